#!/usr/bin/env python3
"""Runs a program that crashes and takes its core file.

    scripts/takecore.py [--by-gdb] CORE COMMAND [ARGUMENT]...

The kernel writes the core when /proc/sys/kernel/core_pattern names a file. Where it is a pipe (systemd-coredump, apport)
or no core appears, the program is run under gdb and its `generate-core-file` (what gcore does) takes the core at the
fatal signal. Which of the two it was is printed. Also a module: take().
"""
import glob
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time

CORE_PATTERN = "/proc/sys/kernel/core_pattern"
FATAL = "SIGSEGV SIGABRT SIGBUS SIGFPE SIGILL SIGQUIT SIGSYS SIGTRAP"


class NoCore(Exception):
    """No core could be taken; the text says why and what would help."""


def core_pattern():
    """The kernel's core_pattern, or None where /proc is not there (a bare chroot)."""
    try:
        with open(CORE_PATTERN, encoding="utf-8", errors="replace") as file:
            return file.read().strip()
    except OSError:
        return None


def raise_core_limit():
    """Lets this process and its children leave cores of any size; False when the hard limit forbids them."""
    _, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
    return hard != 0


def is_core(path):
    try:
        with open(path, "rb") as file:
            head = file.read(18)
    except OSError:
        return False
    if len(head) < 18 or head[:4] != b"\x7fELF":
        return False
    return int.from_bytes(head[16:18], "little" if head[5] == 1 else "big") == 4


def find_kernel_core(pattern, folder, started):
    """The core that the kernel wrote since `started`, for a program whose working directory was `folder`."""
    if pattern and "/" in pattern:
        wanted = os.path.join(folder, re.sub(r"%.", "*", pattern)) + "*"
    else:
        wanted = os.path.join(folder, "*")
    cores = [path for path in glob.glob(wanted)
             if os.path.getmtime(path) >= started - 2 and is_core(path)]
    return max(cores, key=os.path.getmtime) if cores else None


def take_by_kernel(command, core, pattern, folder, timeout):
    """True when the core was written."""
    started = time.time()
    process = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, timeout=timeout, check=False)
    if process.returncode >= 0:
        raise NoCore("%s ended with status %d and did not crash" % (command[0], process.returncode))
    found = find_kernel_core(pattern, folder, started)
    if found is None:
        return False
    shutil.move(found, core)
    return True


def take_by_gdb(command, core, folder, timeout):
    if shutil.which("gdb") is None:
        raise NoCore("gdb is not installed, and the kernel wrote no core file (%s: %s)"
                     % (CORE_PATTERN, core_pattern() or "not readable"))
    if not os.path.isdir("/proc/self"):
        raise NoCore("the kernel wrote no core file and /proc is not mounted, which gdb needs to take one: "
                     "mount it (mount -t proc proc /proc), or set core_pattern of the host to `core`")
    script = ["set pagination off", "set confirm off", "set startup-with-shell off",
              "handle all nostop noprint pass", "handle %s stop print" % FATAL,
              "run", "generate-core-file %s" % core, "kill"]
    gdb = ["gdb", "-nx", "-batch", "-iex", "set auto-load off", "-iex", "set debuginfod enabled off"]
    for line in script:
        gdb += ["-ex", line]
    process = subprocess.run(gdb + ["--args"] + command, cwd=folder, stdin=subprocess.DEVNULL, timeout=timeout,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if not is_core(core):
        raise NoCore("gdb took no core; it said:\n" + process.stdout.decode("utf-8", "replace"))


def take(command, core, by_gdb=False, timeout=600):
    """Runs `command` (absolute paths; its working directory is an empty one) until it crashes and leaves its core
    in the file `core`. Returns how it was taken, in words. Raises NoCore."""
    core = os.path.abspath(core)
    pattern = core_pattern()
    allowed = raise_core_limit()
    if by_gdb:
        reason = "as asked"
    elif pattern is not None and pattern.startswith("|"):
        reason = "core_pattern is a pipe: %s" % pattern
    elif not allowed:
        reason = "the hard limit of core size is 0 (ulimit -H -c)"
    else:
        reason = None
    with tempfile.TemporaryDirectory(prefix="takecore-", dir=os.path.dirname(core)) as folder:
        if reason is None:
            if take_by_kernel(command, core, pattern, folder, timeout):
                return "by the kernel"
            reason = "the kernel left none (core_pattern: %s)" % (pattern or "not readable, /proc is missing")
        take_by_gdb(command, core, folder, timeout)
    return "by gdb's generate-core-file, because " + reason if reason != "as asked" else "by gdb, as asked"


def main():
    arguments = sys.argv[1:]
    by_gdb = arguments[:1] == ["--by-gdb"]
    if by_gdb:
        arguments = arguments[1:]
    if len(arguments) < 2 or arguments[0].startswith("-"):
        sys.exit("usage: takecore.py [--by-gdb] CORE COMMAND [ARGUMENT]...")
    command = [os.path.abspath(word) if os.path.exists(word) else word for word in arguments[1:]]
    try:
        how = take(command, arguments[0], by_gdb)
    except (NoCore, OSError, subprocess.TimeoutExpired) as error:
        sys.exit("takecore: %s" % error)
    print("takecore: %s was taken %s" % (arguments[0], how))


if __name__ == "__main__":
    main()
