"""What the tool finds of the files behind a core, changed for it alone: stripped copies in their place, or nothing.

The files are covered in a mount namespace of the tool's own (unshare, as root), so that an interpreter anywhere, in a tree of its
own or installed, can be had without its debug information, or not at all.
"""
import os
import shutil
import subprocess
import tempfile

SCRIPT = 'while [ "$1" != -- ]; do mount --bind "$1" "$2" || exit 125; shift 2; done; shift; exec "$@"'
SYSTEM = ("/lib/", "/lib64/", "/usr/lib/", "/usr/lib64/")
_able = None


def why_not():
    """Why files cannot be covered here, or None."""
    global _able
    if _able is None:
        if not shutil.which("unshare") or not shutil.which("mount") or not shutil.which("strip"):
            _able = "there is no unshare, mount or strip"
        else:
            done = subprocess.run(command([]) + ["true"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            _able = "mount namespaces may not be made here (unshare -m)" if done.returncode else ""
    return _able or None


def command(covered):
    """What runs another command where each (with, file) of them is covered."""
    words = [w for pair in covered for w in pair]
    return ["unshare", "-m", "--propagation", "private", "sh", "-c", SCRIPT, "sh"] + words + ["--"]


def _is_of_interpreter(path, sysroot):
    """Not of the libraries that the tool itself, or what covers files for it, may need."""
    name = os.path.basename(path)
    return "python" in path or bool(sysroot) or not os.path.realpath(path).startswith(SYSTEM) or "python" in name


def files(report, sysroot):
    """The files that a report's modules were read from."""
    found = sorted(set(m["file"] for m in report["modules"] if m["file"]))
    return [f for f in found if os.path.isfile(f) and _is_of_interpreter(f, sysroot)]


def debug_folders(sysroot):
    return [p for p in ((sysroot or "") + "/usr/lib/debug", "/usr/lib/debug") if os.path.isdir(p)]


def stripped(report, sysroot, folder):
    """The command in whose eyes the files of the report have neither symbols nor debug information."""
    covered = []
    for number, path in enumerate(files(report, sysroot)):
        copy = os.path.join(folder, "stripped-%d" % number)
        shutil.copy(path, copy)
        subprocess.run(["strip", "-s", copy], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
        covered.append((copy, path))
    return command(covered + _no_debug(sysroot, folder))


def absent(report, sysroot, folder):
    """And in whose there are none."""
    empty = os.path.join(folder, "nothing")
    with open(empty, "w"):
        pass
    covered = files(report, sysroot)
    if sysroot:         # the very build outside of the tree serves, too
        covered += [m["path"] for m in report["modules"] if "python" in m["path"] and os.path.isfile(m["path"])]
    return command([(empty, path) for path in dict.fromkeys(covered)] + _no_debug(sysroot, folder))


def _no_debug(sysroot, folder):
    return [(tempfile.mkdtemp(prefix="empty-", dir=folder), path) for path in dict.fromkeys(debug_folders(sysroot))]
