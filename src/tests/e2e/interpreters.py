"""The interpreters of this machine that the suite can crash, and the ones that it would like to have.

PYCORE_TEST_INTERPRETERS names a folder of further ones, which need not be installed: its manifest.tsv has a line for each,
with the columns name, python (a file of this machine), sysroot (the tree that it sees, or -), run (a program that is
called like the interpreter, runs it in the current folder - as /crash where there is a sysroot - with the words of RUN_ENV
as its environment, and leaves its core there), version, kind (words between commas, the machine among them) and
debuginfo (the file with its DWARF, or -).
"""
import csv
import glob
import os
import re
import struct
import subprocess

FURTHER = "PYCORE_TEST_INTERPRETERS"
WANTED = ["2.7.18", "3.6.15", "3.7.16", "3.8.18", "3.9.18", "3.10.13", "3.11.7", "3.12.1", "3.13.0"]
DEBUG_TREE = "/usr/lib/debug/.build-id"


class Interpreter:
    """One interpreter: its name in the results, its executable, its version as a tuple; of a further one also what runs
    it, the tree that it sees, and the file with its debug information."""

    def __init__(self, name, python, version, prefix, run=None, sysroot=None, debug_file=None, kind=()):
        self.name, self.python, self.version, self.prefix = name, python, version, prefix
        self.run, self.sysroot, self.debug_file, self.kind = run, sysroot, debug_file, kind
        self.flags = "t" if re.search(r"\dt$", os.path.basename(python)) else ""

    def tool_options(self, folder):
        """What pycore has to be told to find this interpreter's files; folder is for a tree of debug files."""
        options = ["--sysroot=" + self.sysroot] if self.sysroot else []
        found = self.debug_file and build_id(self.debug_file)
        if found and os.path.realpath(self.debug_file) != os.path.realpath(self.python):
            place = os.path.join(folder, ".build-id", found[:2])
            if not os.path.isdir(place):
                os.makedirs(place)
                os.symlink(self.debug_file, os.path.join(place, found[2:] + ".debug"))
            options.append("--debug-dir=" + folder)
            if "/.build-id/" in self.debug_file:    # those of its extension modules lie beside it
                options.append("--debug-dir=" + self.debug_file.split("/.build-id/")[0])
        return options

    def config_script(self):
        """pythonN.M-config of this interpreter, or None."""
        name = "python%d.%d-config" % self.version[:2]
        if self.prefix is None:
            return None
        path = os.path.join(self.prefix, "bin", name)
        return path if os.access(path, os.X_OK) else None


def build_id(path):
    """The build-id of an ELF file of this machine's byte order as hex, or None."""
    try:
        with open(path, "rb") as f:
            head = f.read(64)
            if head[:4] != b"\x7fELF" or head[4] not in (1, 2):
                return None
            wide = head[4] == 2
            phoff, = struct.unpack_from("<Q", head, 32) if wide else struct.unpack_from("<I", head, 28)
            size, count = struct.unpack_from("<HH", head, 54 if wide else 42)
            f.seek(phoff)
            table = f.read(size * count)
            for i in range(count):
                if wide:
                    kind, _, offset, _, _, length = struct.unpack_from("<IIQQQQ", table, i * size)
                else:
                    kind, offset, _, _, length = struct.unpack_from("<IIIII", table, i * size)
                if kind != 4:           # PT_NOTE
                    continue
                f.seek(offset)
                found = _build_id_in(f.read(length))
                if found:
                    return found
    except (OSError, struct.error):
        pass
    return None


def _build_id_in(notes):
    at = 0
    while at + 12 <= len(notes):
        name_size, size, kind = struct.unpack_from("<III", notes, at)
        data = at + 12 + (name_size + 3 & ~3)
        if kind == 3 and notes[at + 12:at + 16] == b"GNU\0":
            return notes[data:data + size].hex()
        at = data + (size + 3 & ~3)
    return None


def library_of(version):
    """The standard library of a release: a frozen program brings only what it needs itself."""
    root = os.path.expanduser(os.environ.get("PYENV_ROOT", "~/.pyenv"))
    return os.path.join(root, "versions", "%d.%d.%d" % version, "lib", "python%d.%d" % version[:2])


def has_debug_file(path):
    found = build_id(path)
    return bool(found) and os.path.exists("%s/%s/%s.debug" % (DEBUG_TREE, found[:2], found[2:]))


def embedded_library(interpreter):
    """The libpython that a program which embeds this interpreter gets, or None where it is linked statically."""
    pattern = "libpython%d.%d*.so.1.0" % interpreter.version[:2]
    for folder in (os.path.join(interpreter.prefix, "lib"), "/usr/lib/*-linux-gnu"):
        for path in glob.glob(os.path.join(folder, pattern)):
            return path
    return None


def _version_of(python):
    out = subprocess.run([python, "-c", "import sys; print('%d.%d.%d' % sys.version_info[:3])"],
                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=30, check=True)
    return tuple(int(n) for n in out.stdout.decode().split("."))


def _rows(folder):
    """Those of a manifest that this machine can run: (row, kind)."""
    machines = {"x86_64": ("amd64", "i386"), "aarch64": ("arm64",)}.get(os.uname().machine, (os.uname().machine,))
    with open(os.path.join(folder, "manifest.tsv")) as f:
        rows = [(row, row["kind"].split(",")) for row in csv.DictReader(f, delimiter="\t")]
    return [(row, kind) for row, kind in rows if any(m in kind for m in machines)]


def others():
    """What a manifest has of other implementations of Python."""
    rows = _rows(os.environ[FURTHER]) if os.environ.get(FURTHER) else []
    return [Interpreter(row["name"], row["python"], (0,), None, row["run"], row["sysroot"] if row["sysroot"] != "-" else None, None, kind)
            for row, kind in rows if "not-cpython" in kind]


def _further(folder, known):
    """Those of a manifest that run on this machine and whose debug information is at hand."""
    found, missing = [], []
    for row, kind in _rows(folder):
        version = tuple(int(n) for n in re.findall(r"\d+", row["version"])[:3])
        if "not-cpython" in kind or os.path.realpath(row["python"]) in known:
            continue
        if row["debuginfo"] == "-":
            missing.append((row["name"], "no debug information"))
        elif not os.access(row["run"], os.X_OK) or len(version) != 3:
            missing.append((row["name"], "cannot be run"))
        else:
            found.append(Interpreter(row["name"], row["python"], version, None, row["run"],
                                     row["sysroot"] if row["sysroot"] != "-" else None, row["debuginfo"], kind))
    return found, missing


def find():
    """([Interpreter], [(name, why it is missing)])"""
    found, missing = [], []
    root = os.path.expanduser(os.environ.get("PYENV_ROOT", "~/.pyenv"))
    for version in WANTED:
        prefix = os.path.join(root, "versions", version)
        python = os.path.join(prefix, "bin", "python")
        if os.access(python, os.X_OK):
            found.append(Interpreter(version, python, tuple(int(n) for n in version.split(".")), prefix))
        else:
            missing.append((version, "not installed (pyenv install %s)" % version))
    python = "/usr/bin/python3"
    if not os.access(python, os.X_OK):
        missing.append(("system", "there is no /usr/bin/python3"))
    elif not has_debug_file(os.path.realpath(python)):
        missing.append(("system", "no debug information for its build-id (install %s-dbg of the same package version)"
                        % os.path.basename(os.path.realpath(python))))
    else:
        found.append(Interpreter("system", python, _version_of(python), "/usr"))
    if os.environ.get(FURTHER):
        more = _further(os.environ[FURTHER], set(os.path.realpath(i.python) for i in found))
        found += more[0]
        missing += more[1]
    else:
        missing.append((FURTHER, "names no folder of further ones"))
    return found, missing
