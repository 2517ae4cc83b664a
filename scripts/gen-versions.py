#!/usr/bin/env python3
"""Makes the layout tables of versions/ from the debug information of CPython builds, or checks them against it.

    scripts/gen-versions.py [--pycore PYCORE] [--root DIR]... [--add PYTHON]... [--check | --fresh]

Builds are looked for among pyenv's versions (PYENV_ROOT, ~/.pyenv), in /usr, and in every DIR of --root: a folder into which
a distribution's packages were unpacked (the interpreter's, its libpython and the package with its debug files), or a prefix.
--add names a single interpreter. Each build that has debug information is given to `pycore layout --table`; builds with equal
tables share a file. Tables of builds that cannot be reached now are kept as they are, unless --fresh is given; they are refused
by pycore when fields.def has grown since, so --check names them.

--check writes nothing: it fails if a table is not what the debug information of a build named in it says, or does not tell of
all fields, and lists what could not be checked.
"""
import argparse
import concurrent.futures
import glob
import os
import re
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
VERSIONS = os.path.join(TOP, "versions")
LIBRARY_DIRS = ["lib", "lib64", "usr/lib", "usr/lib64", "usr/lib/*-linux-*", "usr/local/lib"]
NAME = re.compile(r"python(\d)\.(\d+)([dt]*)(-dbg)?$")


class Build:
    """One build: the ELF file that holds the interpreter, its extension modules, and where its debug files may be."""

    def __init__(self, origin, binary, version, extensions, debug_dirs):
        self.origin, self.binary, self.version = origin, binary, version
        self.extensions, self.debug_dirs = extensions, debug_dirs


class Table:
    """A table's text, taken apart: which interpreters it is for, the builds that gave it, and each module's lines."""

    def __init__(self, text):
        self.abi, self.builds, self.modules = "", [], {}
        module = None
        for line in text.splitlines():
            word = line.split(None, 1)[0] if line.strip() else ""
            if word == "python":
                self.abi = line
            elif word == "build":
                self.builds.append(tuple(line.split()[1:]))
            elif word == "module":
                module = self.modules.setdefault(line.split()[1], [])
            elif module is not None and word:
                module.append(line)

    def agrees(self, other):
        return self.abi == other.abi and all(self.modules[m] == other.modules[m] for m in self.modules if m in other.modules)

    def add(self, other):
        for name, lines in other.modules.items():
            self.modules.setdefault(name, lines)
        self.builds = sorted(set(self.builds) | set(other.builds), key=lambda b: (b[0] != "interpreter", b[0], version_key(b[1]), b[1:]))

    def text(self):
        lines = ["pycore-layout 1", self.abi] + ["build " + " ".join(b) for b in self.builds]
        for name in sorted(self.modules, key=lambda n: (n != "interpreter", n)):
            lines += ["module " + name] + self.modules[name]
        return "\n".join(lines) + "\n"

    def name(self):
        _, _, _, flags, _, word, _, order = self.abi.split()
        version = min((b[1] for b in self.builds if b[0] == "interpreter"), key=version_key)
        version = re.match(r"[\d.]+(?:(?:a|b|rc)\d+)?", version).group()
        return "%s%s-%s%s" % (version, "" if flags == "-" else flags, word, "" if order == "little" else "-" + order)


def version_key(text):
    number, rest = re.match(r"([\d.]+)(.*)", text).groups()
    return [int(n) for n in number.split(".")], not re.match("a|b|rc", rest), rest


def contents(path):
    with open(path, "rb") as f:
        return f.read()


def defines_types(data):
    return b"\0PyType_Type\0" in data


def version_of(path, data, major, minor):
    """The version and flags that the file itself states: PY_VERSION, and what only builds with Py_DEBUG have."""
    # linkers let a string end within another: "/opt/3.11.7"
    found = set(re.findall(rb"(?<![\d.])(%d\.%d\.\d+(?:(?:a|b|rc)\d+)?\+?)\0" % (major, minor), data))
    if len(found) != 1:
        return None
    version = found.pop().decode()
    debug = b"_Py_NegativeRefcount\0" in data or re.search(r"(d|-dbg|d\.so\.[\d.]+)$", os.path.basename(path))
    return version + ("d" if debug else "")


def extensions_in(prefix, major, minor, version):
    """The extension modules of one build: a debug build's have a name of their own."""
    found = []
    for folder in ("lib", "usr/lib", "lib64", "usr/lib64", "usr/local/lib"):
        found += glob.glob(os.path.join(prefix, folder, "python%d.%d" % (major, minor), "lib-dynload", "*.so"))
        found += glob.glob(os.path.join(prefix, folder, "python%d" % major, "lib-dynload", "*.so"))
    debug = version.endswith("d")
    plain = [f for f in found if not re.search(r"_d\.so$|-\d+[a-z]*d-", f)]
    marked = [f for f in found if f not in plain]
    # builds that are alone in their prefix do not always mark their extensions
    return sorted(marked if debug and marked else plain)


def builds_under(prefix, origin, names=None):
    """What a prefix, or a tree of unpacked packages, has."""
    files, seen = [], set()
    for folder in ("bin", "usr/bin", "usr/local/bin"):
        files += sorted(glob.glob(os.path.join(prefix, folder, "python[23].*")))
    for folder in LIBRARY_DIRS:
        files += sorted(glob.glob(os.path.join(prefix, folder, "libpython[23].*.so.1.0")))
    for path in files:
        path = os.path.realpath(path)
        name = re.match(r"(?:lib)?python(\d)\.(\d+)", os.path.basename(path))
        if not name or path in seen or not os.path.isfile(path) or (names and path not in names):
            continue
        seen.add(path)
        data = contents(path)
        if data[:4] != b"\x7fELF" or not defines_types(data):
            continue
        major, minor = int(name.group(1)), int(name.group(2))
        version = version_of(path, data, major, minor)
        if version is None:
            print("%s: it does not state its version" % path, file=sys.stderr)
            continue
        debug_dirs = [d for d in (os.path.join(prefix, "usr/lib/debug"), os.path.join(prefix, "lib/debug")) if os.path.isdir(d)]
        yield Build(origin, path, version, extensions_in(prefix, major, minor, version), debug_dirs)


def reachable(arguments):
    root = os.path.expanduser(os.environ.get("PYENV_ROOT", "~/.pyenv"))
    for prefix in sorted(glob.glob(os.path.join(root, "versions", "*"))):
        if not os.path.islink(prefix):
            yield from builds_under(prefix, "pyenv")
    yield from builds_under("/usr", "system")
    for folder in arguments.root:
        yield from builds_under(folder, os.path.basename(os.path.normpath(folder)))
    for python in arguments.add:
        python = os.path.realpath(python)
        prefix = os.path.dirname(os.path.dirname(python))
        yield from builds_under(prefix, os.path.basename(prefix) or "system", {python, *libraries_of(prefix)})


def libraries_of(prefix):
    return [os.path.realpath(p) for folder in LIBRARY_DIRS for p in glob.glob(os.path.join(prefix, folder, "libpython[23].*.so.1.0"))]


def make(build, pycore):
    """(Table or None, what was said)"""
    command = [pycore, "layout", "--table=" + build.version, "--origin=" + build.origin]
    command += ["--debug-dir=" + d for d in build.debug_dirs] + [build.binary] + build.extensions
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    table = Table(done.stdout.decode()) if done.stdout else None
    if table is None or "interpreter" not in table.modules:
        return None, done.stderr.decode().strip()
    return table, done.stderr.decode().strip()


def known_tables():
    return {os.path.basename(p): Table(contents(p).decode()) for p in sorted(glob.glob(os.path.join(VERSIONS, "*.table")))}


def identifiers(table):
    return {m: [re.match(r"struct \S+|  \S+", line).group() for line in lines] for m, lines in table.modules.items()}


def check(made, skipped):
    known, failures, checked = known_tables(), [], set()
    fresh = {}
    for build, table in made:
        for module, names in identifiers(table).items():
            fresh[module] = names
        for name, old in known.items():
            mine = [b for b in old.builds if b[2] != "-" and any(b[0] == n[0] and b[2] == n[2] for n in table.builds)]
            for module in sorted(set(b[0] for b in mine)):
                checked.update(("%s %s" % (name, b) for b in mine))
                if old.modules[module] != table.modules[module]:
                    failures.append("%s: module %s is not what %s says" % (name, module, build.binary))
        if not any(b in old.builds for old in known.values() for b in table.builds if b[0] == "interpreter"):
            skipped.append("%s (%s): in no table" % (build.binary, build.version))
    for name, old in known.items():
        for module, names in identifiers(old).items():
            if module in fresh and names != fresh[module]:
                failures.append("%s: module %s does not tell of the fields that fields.def has" % (name, module))
        if not any(key.startswith(name + " ") for key in checked):
            skipped.append("%s: none of its builds is here" % name)
    for line in skipped:
        print("not checked: " + line)
    for line in sorted(set(failures)):
        print("FAILED " + line)
    if failures:
        print("make them again: scripts/gen-versions.py (see versions/README)")
    print("tables: %d passed, %d failed, %d skipped" % (len(known) - len(set(f.split(":")[0] for f in failures)), len(set(failures)), len(skipped)))
    return 1 if failures else 0


def write(made, fresh):
    tables = [] if fresh else list(known_tables().values())
    ids = {b[2] for _, table in made for b in table.builds if b[2] != "-"}
    for table in tables:
        # what is made again replaces what was said before
        table.builds = [b for b in table.builds if b[2] not in ids]
    tables = [t for t in tables if any(b[0] == "interpreter" for b in t.builds)]
    for _, table in made:
        for old in tables:
            if old.agrees(table):
                old.add(table)
                break
        else:
            table.add(Table(""))
            tables.append(table)
    os.makedirs(VERSIONS, exist_ok=True)
    for path in glob.glob(os.path.join(VERSIONS, "*.table")):
        os.unlink(path)
    names = {}
    for table in sorted(tables, key=lambda t: t.text()):
        number = names[table.name()] = names.get(table.name(), 0) + 1
        path = os.path.join(VERSIONS, table.name() + ("" if number == 1 else "-%d" % number) + ".table")
        with open(path, "w") as f:
            f.write(table.text())
        print("%s: %s" % (os.path.basename(path), ", ".join(sorted(set("%s %s" % (b[3], b[1]) for b in table.builds if b[0] == "interpreter")))))
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--pycore", default=None, help="the program to use (./pycore)")
    parser.add_argument("--root", action="append", default=[], metavar="DIR")
    parser.add_argument("--add", action="append", default=[], metavar="PYTHON")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--fresh", action="store_true", help="forget the tables that there are")
    arguments = parser.parse_args()
    pycore = arguments.pycore or next((p for p in ("./pycore", os.path.join(TOP, "pycore")) if os.access(p, os.X_OK)), None)
    if pycore is None:
        parser.error("no pycore here: name one with --pycore")
    made, skipped = [], []
    builds = list(reachable(arguments))
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda build: make(build, pycore), builds))
    for build, (table, said) in zip(builds, results):
        if table is None:
            skipped.append("%s (%s): %s" % (build.binary, build.version, said.splitlines()[0] if said else "no table"))
        else:
            made.append((build, table))
    if arguments.check:
        return check(made, skipped)
    for line in skipped:
        print("left out: " + line)
    return write(made, arguments.fresh)


if __name__ == "__main__":
    sys.exit(main())
