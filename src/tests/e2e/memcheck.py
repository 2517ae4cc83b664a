"""The tool under valgrind: a program that stands for it, and what valgrind had to say of all its runs.

Called by run.py (--valgrind).
"""
import os
import shlex
import shutil

import hostile
import tool
from crash import Skip

SLOWNESS = 40
RUNS = 3                # damages of each small core
LEFT_OUT = ("faults", "cut", "layouts", "third_party")      # allocators of their own, and what would take days
OPTIONS = ["-q", "--vgdb=no", "--leak-check=full", "--errors-for-leak-kinds=definite,possible", "--error-exitcode=98", "--num-callers=25"]
# A worker of a scan ends with a copy of the state's database, which the scan closes: SQLite finds the head of a page from its end.
# What pycore has when it ends is not let go of, and is pointed to: libdw's trees by pointers with a colour in their lowest bits.
SUPPRESSIONS = """{
   pages of SQLite's cache
   Memcheck:Leak
   match-leak-kinds: possible
   fun:malloc
   obj:*/libsqlite3.so*
}
{
   colours of libdw's trees
   Memcheck:Leak
   match-leak-kinds: possible
   fun:malloc
   fun:tsearch
   obj:*/libdw*
}
"""


def wrap(pycore, work):
    """A script to run instead of pycore; a file for each process takes valgrind's findings."""
    valgrind = shutil.which("valgrind")
    if not valgrind:
        raise Skip("there is no valgrind")
    if hostile.is_sanitized(pycore):
        raise Skip("valgrind cannot run a program that was built with the address sanitizer")
    tool.SLOWNESS = SLOWNESS
    hostile.RUNS = RUNS
    folder = os.path.join(work, "valgrind")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    script = os.path.join(folder, "pycore")
    suppressions = os.path.join(folder, "suppressions")
    with open(suppressions, "w", encoding="ascii") as f:
        f.write(SUPPRESSIONS)
    command = [valgrind, *OPTIONS, "--suppressions=" + suppressions, "--log-file=%s/%%p.log" % folder, "--", pycore]
    with open(script, "w", encoding="utf-8") as f:
        f.write("#!/bin/sh\nexec %s \"$@\"\n" % " ".join(map(shlex.quote, command)))
    os.chmod(script, 0o755)
    return script


def is_wrapped(pycore):
    with open(pycore, "rb") as f:
        return f.read(2) == b"#!"


def findings(work):
    """(how many processes were watched, the lines of those of which there is something to say)"""
    folder = os.path.join(work, "valgrind")
    names, lines = [n for n in os.listdir(folder) if n.endswith(".log")], []
    for name in names:
        with open(os.path.join(folder, name), encoding="utf-8", errors="replace") as f:
            lines += f.read().splitlines()
    return len(names), lines
