#!/usr/bin/env python3
"""Writes src/python/library_tables.c: by which fingerprint the code of the standard library is recognized.

    scripts/gen-library.py -o src/python/library_tables.c [PYTHON...]
    scripts/gen-library.py --check src/python/library_tables.c [PYTHON...]

runs itself (with --fingerprints) under every PYTHON, as it is and with -OO, which leaves docstrings and assertions out of
the code. The rows are those of src/python/library.def; the fingerprint is that of src/python/fingerprint.c. Without PYTHON
it asks those that are installed (pyenv's, and pythonN.M of /usr and /usr/local), and those of the manifest in the folder that
PYCORE_TEST_INTERPRETERS names, which need not be installed (src/tests/e2e/interpreters.py says how it looks).

What the file has of versions that are not here stays in it. --check says whether it has what the interpreters say, and
which of its versions could not be asked.

The part for --fingerprints has to run under 2.7, too.
"""
from __future__ import print_function

import argparse
import csv
import glob
import importlib
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import types

VERSION = sys.version_info[:3]
PY2 = VERSION < (3, 0)
CLASSES = (type, types.ClassType) if PY2 else (type,)
HERE = os.path.dirname(os.path.abspath(__file__))
DEFINITIONS = os.path.join(HERE, "..", "src", "python", "library.def")
ROW = re.compile(r'^PC_LIBRARY_(TEXT|CODE|SHAPE)\((\w+), "([^"]*)", "((?:[^"\\]|\\.)*)", "([^"]*)", (.*)\)$', re.M)
MASK = (1 << 64) - 1


def rows():
    with open(DEFINITIONS) as source:
        return ROW.findall(source.read())


def numbers(version):
    return tuple(int(n) for n in version.split("."))


def in_versions(text, version):
    for part in text.split():
        first, _, last = part.partition("-")
        low, high = numbers(first), numbers(last or first)
        if low <= version and version[:len(high)] <= high:
            return True
    return False


class Hash(object):
    def __init__(self):
        self.value = 0xcbf29ce484222325

    def bytes(self, data):
        for byte in bytearray(data):
            self.value = ((self.value ^ byte) * 0x100000001b3) & MASK

    def u32(self, value):
        self.bytes(struct.pack("<I", value & 0xffffffff))

    def u64(self, value):
        self.bytes(struct.pack("<Q", value & MASK))

    def text(self, text):
        data = text if isinstance(text, bytes) else text.encode("utf-8")
        self.u32(len(data))
        self.bytes(data)

    def units(self, units):
        self.u32(len(units))
        for unit in units:
            self.u32(unit)

    def constant(self, value, shape):
        if value is None:
            self.bytes(b"N")
        elif value is Ellipsis:
            self.bytes(b"E")
        elif isinstance(value, bool):
            self.bytes(b"T" if value else b"F")
        elif isinstance(value, int if not PY2 else (int, long)):  # noqa: F821
            self.bytes(b"i")
            self.text(str(value))
        elif isinstance(value, float):
            self.bytes(b"f" + struct.pack("<d", value))
        elif isinstance(value, complex):
            self.bytes(b"x" + struct.pack("<dd", value.real, value.imag))
        elif isinstance(value, bytes):
            self.bytes(b"b")
            if not shape:
                self.units(bytearray(value))
        elif isinstance(value, type(u"")):
            self.bytes(b"u")
            if not shape:
                self.units([ord(c) for c in value])
        elif isinstance(value, tuple):
            self.bytes(b"t")
            self.tuple(value, shape)
        elif isinstance(value, frozenset):
            self.bytes(b"z")
            total = 0
            for item in value:
                own = Hash()
                own.constant(item, False)
                total += own.value
            self.u64(total)
        elif isinstance(value, slice):      # 3.14
            self.bytes(b"s")
            for part in (value.start, value.stop, value.step):
                self.constant(part, shape)
        elif isinstance(value, types.CodeType):
            self.code(value, shape)
        else:
            sys.exit("a constant of a type that is not covered: %r" % (value,))

    def tuple(self, items, shape):
        self.u32(len(items))
        for item in items:
            self.constant(item, shape)

    def code(self, code, shape):
        self.bytes(b"c")
        self.text(code.co_name)
        self.u32(code.co_argcount)
        self.u32(getattr(code, "co_posonlyargcount", 0))
        self.u32(getattr(code, "co_kwonlyargcount", 0))
        self.u32(code.co_flags)
        arguments = code.co_argcount + getattr(code, "co_kwonlyargcount", 0) + bool(code.co_flags & 4) + bool(code.co_flags & 8)
        variables = [(name, "a" if i < arguments else "l", name in code.co_cellvars) for i, name in enumerate(code.co_varnames)]
        variables += [(name, "c", False) for name in code.co_cellvars if name not in code.co_varnames]
        variables += [(name, "f", False) for name in code.co_freevars]
        self.u32(len(variables))
        for name, kind, captured in variables:
            self.bytes(kind.encode("ascii"))
            self.bytes(b"\1" if captured else b"\0")
            self.text(name)
        self.tuple(code.co_names, False)
        self.tuple(code.co_consts, shape)
        for opcode, argument in instructions(code.co_code):
            self.bytes(bytearray([opcode]))
            self.u32(argument)


def instructions(code):
    """(number, argument) as dis shows them, without EXTENDED_ARG and inline caches."""
    import opcode
    caches = getattr(opcode, "_inline_cache_entries", {})
    if isinstance(caches, list):    # until 3.12 by number
        caches = dict(enumerate(caches))
    else:
        caches = dict((opcode.opmap[name], count) for name, count in caches.items() if name in opcode.opmap)
    data, at, argument = bytearray(code), 0, 0
    while at < len(data):
        number = data[at]
        if VERSION >= (3, 6):
            argument = argument << 8 | data[at + 1]
            at += 2
        elif number >= opcode.HAVE_ARGUMENT:
            argument = argument << 16 | data[at + 2] << 8 | data[at + 1]
            at += 3
        else:
            at += 1
        if number == opcode.opmap["EXTENDED_ARG"]:
            continue
        yield number, argument
        argument = 0
        at += 2 * caches.get(number, 0)


def nested(code, name):
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType) and constant.co_name == name:
            return constant
    return None


def find(module, path, modules):
    """The code of a path like Class.method, Class.property, function.<locals>.inner, which has to be of one of the modules."""
    scope, code = module, None
    call = re.match(r"(\w+)\((.*)\)\.(.*)$", path)
    if call:
        scope = eval("%s(%s)" % (call.group(1), call.group(2)), vars(module))
        path = call.group(3)
    parts = path.split(".")
    for part in parts:
        if part == "<locals>":
            if code is None:
                code = scope.__code__
            continue
        if code is not None:
            code = nested(code, part)
            if code is None:
                return None
            continue
        if isinstance(scope, types.ModuleType):
            scope = getattr(scope, part, None)
        else:
            scope = vars(scope if isinstance(scope, CLASSES) else type(scope)).get(part)
        if scope is None:
            return None
    if code is not None:
        return code
    if isinstance(scope, property):
        scope = scope.fget
    if isinstance(scope, (classmethod, staticmethod)):
        scope = scope.__func__
    if hasattr(scope, "__closure__"):
        if scope.__closure__ and "user_function" in scope.__code__.co_freevars:
            scope = scope.__closure__[scope.__code__.co_freevars.index("user_function")].cell_contents
        if not call and scope.__globals__["__name__"] not in modules:
            sys.exit("%s is of the module %s, not of %s" % (path, scope.__globals__["__name__"], " or ".join(modules)))
        return scope.__code__
    return None


def print_fingerprints():
    for kind, name, modules, path, versions, _ in rows():
        if not in_versions(versions, VERSION):
            continue
        code = None
        for module in modules.split("|"):
            try:
                code = find(importlib.import_module(module), path, modules.split("|"))
            except ImportError:
                continue
            if code is not None:
                break
        if code is None:
            sys.exit("%d.%d.%d: no %s.%s" % (VERSION + (modules, path)))
        if kind == "SHAPE":
            value = Hash()
            value.bytes(b"*")
            value.code(code, True)
            print("%016x %s" % (value.value, name))
            continue
        for module in modules.split("|"):
            value = Hash()
            value.text(module)
            value.code(code, False)
            print("%016x %s" % (value.value, name))


HEADER = """/* Written by scripts/gen-library.py, not by hand. Again, after library.def has changed, or with more interpreters:
 *
 *     scripts/gen-library.py -o src/python/library_tables.c */
#include "python/library.h"

const pc_library_fingerprint pc_library_fingerprints[] = {
"""
FOOTER = """};

const size_t pc_library_fingerprint_count = PC_ARRAY_SIZE(pc_library_fingerprints);
"""


class Interpreter(object):
    """One that can be asked: its name, and what runs it, maybe in the current folder alone."""

    def __init__(self, name, run):
        self.name, self.run = name, run

    def output(self, arguments, folder):
        environment = dict(os.environ, PYTHONDONTWRITEBYTECODE="1", RUN_ENV="PYTHONDONTWRITEBYTECODE=1")
        return subprocess.check_output([self.run] + arguments, universal_newlines=True, env=environment, cwd=folder)

    def ask(self):
        """{(fingerprint, row)} and the version"""
        found, folder = set(), tempfile.mkdtemp(prefix="pycore-library-")
        try:
            for path in ("scripts/gen-library.py", "src/python/library.def"):
                place = os.path.join(folder, path)
                os.makedirs(os.path.dirname(place))
                shutil.copy(os.path.join(HERE, "..", path), place)
            for options in ([], ["-OO"]):
                out = self.output(["-S"] + options + ["scripts/gen-library.py", "--fingerprints"], folder)
                found.update(tuple(line.split()) for line in out.splitlines())
            code = "import sys; print('%d.%d.%d' % sys.version_info[:3])"
            return found, self.output(["-c", code], folder).strip()
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def collect(interpreters):
    """{(fingerprint, row): {version}}, {version}"""
    seen, asked = {}, set()
    for interpreter in interpreters:
        found, version = interpreter.ask()
        asked.add(version)
        for key in found:
            seen.setdefault(key, set()).add(version)
    return seen, asked


def without_twins(seen):
    """The same code under two names (UserDict's and UserList's __repr__) is the first one's, where both print the same."""
    order = [row[1] for row in rows()]
    prints = dict((row[1], row[5]) for row in rows())
    kept = {}
    for (fingerprint, name), versions in sorted(seen.items(), key=lambda item: order.index(item[0][1])):
        if fingerprint not in kept:
            kept[fingerprint] = name, set(versions)
            continue
        first, known = kept[fingerprint]
        if prints[first] != prints[name] or "unwritten" in prints[name]:
            sys.exit("%s has the fingerprint of %s" % (name, first))
        known.update(versions)
    return dict(((fingerprint, name), versions) for fingerprint, (name, versions) in kept.items())


def twins(row, names):
    return any(other[1] in names and other[5] == row[5] for other in rows())


def write(seen):
    lines, seen = [], without_twins(seen)
    for fingerprint, name in sorted(seen):
        versions = " ".join(sorted(seen[fingerprint, name], key=numbers))
        lines.append('    {UINT64_C(0x%s), PC_LIBRARY_%s}, /* %s */\n' % (fingerprint, name, versions))
    return HEADER + "".join(lines) + FOOTER


def read(path):
    if not os.path.exists(path):
        return {}
    with open(path) as source:
        text = source.read()
    seen = {}
    for fingerprint, name, versions in re.findall(r'\{UINT64_C\(0x(\w+)\), PC_LIBRARY_(\w+)\}, /\* (.*?) \*/', text):
        seen[fingerprint, name] = set(versions.split())
    return seen


def with_those_not_here(seen, asked, path):
    """What the file has of versions that were not asked, as long as library.def has the row for them."""
    spans = dict((row[1], row[4]) for row in rows())
    for key, versions in read(path).items():
        left = set(v for v in versions - asked if in_versions(spans.get(key[1], "0"), numbers(v)))
        if left:
            seen.setdefault(key, set()).update(left)
    return seen


def installed():
    """[Interpreter], one for each version, [why another one cannot be asked]"""
    found, missing = {}, []
    for pattern in ("~/.pyenv/versions/*/bin/python", "/usr/bin/python[23].*", "/usr/local/bin/python[23].*"):
        for python in sorted(glob.glob(os.path.expanduser(pattern))):
            if not re.search(r"python[\d.]*$", python):
                continue
            try:
                command = [python, "-c", "import sys; print('%d.%d.%d' % sys.version_info[:3])"]
                version = subprocess.check_output(command, universal_newlines=True, stderr=subprocess.DEVNULL).strip()
            except (OSError, subprocess.CalledProcessError):
                continue
            found.setdefault(version, Interpreter(python, python))
    further = os.environ.get("PYCORE_TEST_INTERPRETERS")
    if further:
        with open(os.path.join(further, "manifest.tsv")) as source:
            lines = list(csv.DictReader(source, delimiter="\t"))
        for line in lines:
            kind = line["kind"].split(",")
            if "not-cpython" in kind or "embedder" in kind or "frozen" in kind:
                continue
            if os.access(line["run"], os.X_OK):
                found.setdefault(line["name"], Interpreter(line["name"], line["run"]))
            else:
                missing.append("%s cannot be run" % line["name"])
    return [found[key] for key in sorted(found)], missing


def check(path, interpreters, missing):
    """Whatever an interpreter says of itself has to be in the table. Another patch release than the table was made from may
    have other code: then its row is missing, which is told, but is no failure."""
    table = read(path)
    prints = dict((row[1], row[5]) for row in rows())
    names = set(name for _, name in table)
    known = dict((fingerprint, name) for fingerprint, name in table)
    absent_rows = [row[1] for row in rows() if row[1] not in names and not twins(row, names)]
    passed, failed, skipped, asked = 0, len(absent_rows), len(missing), set()
    for name in absent_rows:
        print("check-library: no interpreter has been asked for %s" % name)
    for why in missing:
        print("check-library: skipped: %s" % why)
    for interpreter in interpreters:
        try:
            found, version = interpreter.ask()
        except (OSError, subprocess.CalledProcessError) as error:
            skipped += 1
            print("check-library: skipped: %s could not be asked: %s" % (interpreter.name, error))
            continue
        asked.add(version)
        wrong = sorted(name for fingerprint, name in found if fingerprint in known and prints.get(known[fingerprint]) != prints[name])
        absent = sorted(name for fingerprint, name in found if fingerprint not in known)
        if wrong:
            failed += 1
            print("check-library: %s: taken for others: %s" % (interpreter.name, ", ".join(wrong)))
        elif absent:
            skipped += 1
            print("check-library: %s (%s): not in the table: %s" % (interpreter.name, version, ", ".join(absent)))
        else:
            passed += 1
    for version in sorted(set(v for versions in table.values() for v in versions) - asked, key=numbers):
        skipped += 1
        print("check-library: skipped: %s, of which the table tells, is not here" % version)
    print("library: %d passed, %d failed, %d skipped" % (passed, failed, skipped))
    return 1 if failed else 0


def main():
    parser = argparse.ArgumentParser(description="Write the fingerprints of the standard library's code.")
    parser.add_argument("-o", "--output", help="the file to write")
    parser.add_argument("--check", metavar="FILE", help="compare this file with what the interpreters say")
    parser.add_argument("--fingerprints", action="store_true", help="print those of the running interpreter")
    parser.add_argument("python", nargs="*", help="interpreters; without: all that are here")
    arguments = parser.parse_args()
    if arguments.fingerprints:
        print_fingerprints()
        return 0
    interpreters, missing = ([Interpreter(python, python) for python in arguments.python], []) if arguments.python else installed()
    if arguments.check:
        return check(arguments.check, interpreters, missing)
    if not arguments.output or not interpreters:
        parser.error("an output file and interpreters are needed")
    seen, asked = collect(interpreters)
    text = write(with_those_not_here(seen, asked, arguments.output))
    with open(arguments.output, "w") as out:
        out.write(text)
    return 0


sys.exit(main())
