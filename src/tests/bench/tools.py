"""The tools that are compared: their command lines, and how the frames that they found are counted."""
import glob
import json
import os
import re
import shutil
import subprocess
import sys

PYPI = ["pystack", "py-spy"]
PEERS = PYPI + ["gdb", "eu-stack"]


class Tool:
    """One way of running one tool. `command` has the words CORE and EXE where these go; count(path, function) says how
    many frames of a function an output has; `locals` tells with which of pycore's rows it is compared."""

    def __init__(self, title, family, command, count, **more):
        self.title, self.family, self.command, self.count = title, family, command, count
        self.locals = more.get("locals", True)
        self.json = more.get("json", False)
        self.limit = more.get("limit", 600)         # seconds
        self.problem = more.get("problem")          # why it is not run

    def is_pycore(self):
        """As it is linked by default, which everything is compared with."""
        return self.family == "pycore"

    def filled(self, core):
        return [{"CORE": core.path, "EXE": core.executable}.get(word, word) for word in self.command]


def pycore_tools(pycore, options):
    tools = []
    for with_locals in (True, False):
        for as_json in (False, True):
            command = [pycore, "analyze"] + options + ["--limit-time=0"]
            command += [] if with_locals else ["--no-locals"]
            command += ["--json"] if as_json else []
            title = "pycore, %s%s" % ("JSON" if as_json else "text", "" if with_locals else ", --no-locals")
            tools.append(Tool(title, "pycore", command + ["CORE", "EXE"], count_json if as_json else None,
                              locals=with_locals, json=as_json))
    return tools


def static_tool(pycore, options):
    """The same pycore as one static file (./configure --enable-static-exe): the same report, less to start."""
    return Tool("pycore as one static file, text", "static", [pycore, "analyze"] + options + ["--limit-time=0", "CORE", "EXE"], None)


def peers(venv, interpreter):
    pystack, py_spy = (os.path.join(venv, "bin", name) for name in PYPI)
    return [
        Tool("pystack --locals", "pystack", [pystack, "core", "CORE", "EXE", "--locals"], count_pystack),
        Tool("pystack", "pystack", [pystack, "core", "CORE", "EXE"], count_pystack, locals=False),
        Tool("py-spy --locals", "py-spy", [py_spy, "dump", "--core", "CORE", "--locals"], count_py_spy),
        Tool("py-spy", "py-spy", [py_spy, "dump", "--core", "CORE"], count_py_spy, locals=False),
        gdb_tool(interpreter),
        eu_stack_tool(),
    ]


def gdb_tool(interpreter):
    title, problem = "gdb py-bt", None
    script = gdb_script(interpreter)
    if shutil.which("gdb") is None:
        problem = "not run: gdb is not installed"
    elif script is None:
        problem = "not run: this interpreter has no %s-gdb.py" % os.path.basename(interpreter)
    command = ["gdb", "-nx", "-batch", "-iex", "set auto-load off", "-iex", "set debuginfod enabled off", "-ex",
               "source %s" % script, "-ex", "thread apply all py-bt", "EXE", "CORE"]
    return Tool(title, "gdb", command, count_gdb, locals=False, limit=20, problem=problem)


def eu_stack_tool():
    problem = None if shutil.which("eu-stack") else "not run: eu-stack (elfutils) is not installed"
    return Tool("eu-stack, stacks of C only", "eu-stack", ["eu-stack", "--core", "CORE", "-e", "EXE"], None,
                locals=False, limit=60, problem=problem)


def gdb_script(interpreter):
    """CPython's script for gdb of this interpreter, as `make install` and Debian have it."""
    name = os.path.basename(interpreter) + "-gdb.py"
    places = [interpreter + "-gdb.py", "/usr/share/gdb/auto-load/usr/bin/" + name]
    places += glob.glob(os.path.join(os.path.dirname(interpreter), "..", "lib", "libpython*-gdb.py"))
    return next((path for path in places if os.path.exists(path)), None)


# ---- Installing them -----------------------------------------------------------------------------


def make_venv(say):
    """The folder of the venv that has the peers: the one that BENCH_VENV names, else one that is made once."""
    given = os.environ.get("BENCH_VENV")
    if given:
        return os.path.abspath(given)
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    venv = os.path.join(cache, "pycore-bench")
    if not all(os.path.exists(os.path.join(venv, "bin", name)) for name in PYPI):
        say("installing %s into %s" % (" and ".join(PYPI), venv))
        subprocess.run([sys.executable, "-m", "venv", venv], check=True)
        subprocess.run([os.path.join(venv, "bin", "pip"), "install", "-q"] + PYPI, check=True)
    return venv


def versions(pycore, venv):
    """A line for each of the tools."""
    commands = [[pycore], [os.path.join(venv, "bin", "pystack")], [os.path.join(venv, "bin", "py-spy")], ["gdb"], ["eu-stack"]]
    return [version_line(command) for command in commands]


def version_line(command):
    name = os.path.basename(command[0])
    try:
        done = subprocess.run(command + ["--version"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False)
    except OSError:
        return name + ": not installed"
    line = (done.stdout.decode("utf-8", "replace").strip().splitlines() or ["?"])[0]
    number = re.search(r"\d+(\.\d+)+", line)
    return "%s %s" % (name, number.group() if number else line)


# ---- Counting frames -----------------------------------------------------------------------------


def count_lines(path, pattern):
    wanted = re.compile(pattern)
    with open(path, "rb") as file:
        return sum(1 for line in file if wanted.search(line))


def count_pystack(path, function):
    return count_lines(path, rb"\(Python\) File .* in " + function.encode() + rb"$")


def count_py_spy(path, function):
    return count_lines(path, rb"^    " + function.encode() + rb" \(")


def count_gdb(path, function):
    return count_lines(path, rb"^  File .*, line \d+, in " + function.encode() + rb"\b")


def count_json(path, function):
    with open(path, encoding="utf-8") as file:
        report = json.load(file)
    return sum(1 for thread in report["threads"] for frame in thread["frames"] if frame["name"] == function)
