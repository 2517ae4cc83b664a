#!/usr/bin/env python3
"""Writes src/python/static_name_tables.c: under which name in which module's dict a static type of CPython's own is found.

    scripts/gen-static-names.py -o src/python/static_name_tables.c PYTHON...

runs itself (with --list) under every PYTHON: each interpreter imports its modules of C code and says itself which static
types stand in their dicts, and what tp_name they have. A name that means one type in one version and another in the next
is left out: what is looked up there must be right in a version that was not asked, too. Python 2 and 3 have a table each.

The part for --list has to run under 2.7, too.
"""
from __future__ import print_function

import argparse
import os
import subprocess
import sys

HEAPTYPE = 1 << 9
TYPES_OF_PYTHON = ("types", "_collections_abc", "datetime", "decimal", "collections", "functools", "itertools", "io", "os", "struct")


def list_types():
    names = list(sys.builtin_module_names)
    for folder in sys.path:
        if folder.endswith("lib-dynload"):
            names += [n.split(".")[0].replace("module", "") for n in os.listdir(folder)]
    for name in sorted(set(names)) + sorted(TYPES_OF_PYTHON):
        if name.startswith(("_test", "xx", "_xx", "_tkinter")):
            continue
        try:
            __import__(name)
        except Exception:
            pass
    for name, module in sorted(sys.modules.items()):
        path = getattr(module, "__file__", None) or ""
        if module is None or (path.endswith((".py", ".pyc")) and name not in TYPES_OF_PYTHON) or name.startswith("_frozen"):
            continue
        for key, value in sorted(vars(module).items()):
            if isinstance(value, type) and not value.__flags__ & HEAPTYPE and type(value) is type:
                where = value.__module__
                print(name, key, value.__name__ if where in ("builtins", "__builtin__") else where + "." + value.__name__)


def collect(pythons):
    """{major: {(module, key): tp_name}}, without what differs from version to version."""
    found = {}
    with open(os.path.abspath(__file__)) as f:
        source = f.read()       # by -c: the interpreter may see other files than we do
    for python in pythons:
        done = subprocess.run([python, "-W", "ignore", "-c", source, "--list"], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, check=True)
        major = subprocess.run([python, "-c", "import sys; print(sys.version_info[0])"], stdout=subprocess.PIPE, check=True)
        rows = found.setdefault(int(major.stdout), {})
        for line in done.stdout.decode().splitlines():
            module, key, name = line.split()
            rows.setdefault((module, key), set()).add(name)
    return {major: {k: v.pop() for k, v in rows.items() if len(v) == 1} for major, rows in found.items()}


def write(found, path):
    lines = ["/* Written by scripts/gen-static-names.py from what interpreters say of themselves. */",
             '#include "python/static_names.h"', ""]
    for major in (2, 3):
        rows = found.get(major, {})
        lines.append("const pc_static_name_row pc_static_name_rows_%d[] = {" % major)
        lines += ['    {"%s", "%s", "%s"},' % (module, key, name) for (module, key), name in sorted(rows.items())]
        lines += ["};", "const size_t pc_static_name_count_%d = %d;" % (major, len(rows)), ""]
    with open(path, "w") as f:
        f.write("\n".join(lines))


def main():
    if sys.argv[1:] == ["--list"]:
        list_types()
        return
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("-o", dest="output", required=True)
    parser.add_argument("python", nargs="+")
    arguments = parser.parse_args()
    write(collect(arguments.python), arguments.output)


if __name__ == "__main__":
    main()
