"""Wrong input and wrong use: one clear line, the exit status of the contract, never a crash.

Called by run.py; run(...) yields (name, "passed" | "failed" | "skipped", lines).
"""
import lzma
import os
import shutil
import subprocess

import schema
from crash import Skip, crash, environment, run_to_core
from distilled import without_files
from outcome import run_tests
from tool import Tool, check_one_line, check_status, check_text, load_report

NOBODY = 65534
LOADED = ["libdw.so.1", "libgmp.so.10", "libzstd.so.1", "liblzma.so.5", "liblz4.so.1", "libsqlite3.so.0"]


class Setting:
    """What the tests need: the tool, a folder, and a good core of some interpreter."""

    def __init__(self, pycore, interpreters, programs, schema_path, folder, stop):
        self.tool = Tool(pycore, os.path.join(folder, "cache"))
        self.interpreters, self.programs, self.folder, self.stop = interpreters, programs, folder, stop
        self.schema_path = schema_path
        self._good = None

    def path(self, name):
        return os.path.join(self.folder, name)

    def file(self, name, content):
        with open(self.path(name), "wb") as f:
            f.write(content)
        return self.path(name)

    def good(self):
        """(core, executable, answer) of a program that crashed as usual."""
        if self._good is None:
            if not self.interpreters:
                raise Skip("no interpreter to take a core of")
            folder = self.path("good")
            os.makedirs(folder)
            self._good = crash(self.interpreters[-1], "segv_basic", self.programs, folder, self.stop)
        return self._good

    def validate(self, d, report):
        if schema.jsonschema:
            d.extend(schema.Validator(self.schema_path).complaints(report))


def refused(s, d, operand, prefix=()):
    """Not a core: status 2 and one line; what --json prints, if anything, is a report that says so."""
    ran = s.tool.run("analyze", operand, prefix=prefix)
    check_status(d, "analyze", ran, [2])
    check_one_line(d, "analyze", ran)
    ran = s.tool.run("analyze", "--json", operand, prefix=prefix)
    check_status(d, "analyze --json", ran, [2])
    check_one_line(d, "analyze --json", ran)
    if ran.out.strip():
        report = load_report(d, ran)
        if report is not None:
            s.validate(d, report)
            d.same("status", "none", report.get("status"))


def text_file(s, d):
    refused(s, d, s.file("notes.txt", b"This is no core.\n" * 100))


def empty_file(s, d):
    refused(s, d, s.file("empty", b""))


def only_the_magic(s, d):
    refused(s, d, s.file("magic", b"\x7fELF"))


def elf_executable(s, d):
    refused(s, d, shutil.which("true") or "/bin/true")


def directory(s, d):
    refused(s, d, s.folder)


def missing_file(s, d):
    refused(s, d, s.path("there is no such file"))


def device(s, d):
    refused(s, d, "/dev/null")


def name_with_escapes(s, d):
    """The name of a file reaches standard error, and a terminal."""
    refused(s, d, s.file("\x1b[31m\nred", b"not a core either"))


def no_permission(s, d):
    path = s.file("private", b"\x7fELF")
    os.chmod(path, 0)
    prefix = ()
    if os.getuid() == 0:
        if not shutil.which("setpriv"):
            raise Skip("root may read everything, and there is no setpriv to be somebody else")
        prefix = ("setpriv", "--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups")
        os.chmod(s.folder, 0o755)
        if s.tool.run("--version", prefix=prefix).status != 0:
            raise Skip("root may read everything, and nobody else may run the tool where it is")
    try:
        refused(s, d, path, prefix)
    finally:
        os.chmod(path, 0o600)


def program_alone(s, d):
    """Nothing but the program, and none of the interpreter's files: the tables in it serve."""
    own = [i for i in s.interpreters if without_files(i)]
    if not own:
        raise Skip("nothing can be mounted over an interpreter's files")
    prefix = without_files(own[-1])
    alone = s.path("alone")
    os.makedirs(alone)
    core = crash(own[-1], "segv_basic", s.programs, alone, s.stop)[0]
    shutil.copy(s.tool.path, os.path.join(alone, "pycore"))
    tool = Tool(os.path.join(alone, "pycore"), os.path.join(s.folder, "cache"))
    for options in ((), ("--layout=built-in:nothing.table",)):
        ran = tool.run("analyze", "--json", *options, core, prefix=prefix)
        report = load_report(d, ran) if not options else None
        if report:
            check_status(d, "analyze", ran, [0, 1])
            d.same("layout", True, report["interpreter"]["layout"]["source"] in ("table", "mixed"))
            d.same("frames", True, any(t["frames"] for t in report["threads"]))
        else:
            check_status(d, " ".join(options), ran, [2, 64])
            check_one_line(d, " ".join(options), ran)


def without_python(s, d):
    """A core, but not of Python: status 2, and still a report with the signal, the threads and the modules."""
    folder = s.path("without python")
    os.makedirs(folder)
    core = run_to_core(["/bin/sh", "-c", "kill -%s $$" % ("STOP" if s.stop else "SEGV")], folder, s.stop,
                       environment(s.stop, s.programs))
    refused(s, d, core)
    ran = s.tool.run("analyze", "--json", core)
    report = load_report(d, ran)
    if report is None:
        return
    d.same("status", "none", report["status"])
    d.same("interpreter", None, report["interpreter"])
    d.same("number of threads", 1, len(report["threads"]))
    d.same("signal", None if s.stop else "SIGSEGV", (report["process"]["signal"] or {"name": None})["name"])
    if not report["modules"]:
        d.add("modules", "some", [])


def other_version(s, d):
    """Another interpreter's executable is not what was running: that is said, and nothing false comes of it."""
    core, executable, answer = s.good()
    others = [i for i in s.interpreters if i.version[:2] != s.interpreters[-1].version[:2]]
    if not others:
        raise Skip("there is only one interpreter here")
    other = os.path.realpath(others[0].python)
    ran = s.tool.run("analyze", "--json", core, other)
    check_status(d, "analyze --json", ran, [0, 1, 2])
    report = load_report(d, ran)
    if report is None:
        return
    s.validate(d, report)
    said = ran.err.decode("utf-8", "replace") + " ".join(x["message"] for x in report["diagnostics"])
    if os.path.basename(other) not in said and other not in said:
        d.add("standard error or diagnostics", "that %s is not what was running" % other, said or "nothing")
    if any(m["file"] and os.path.realpath(m["file"]) == other for m in report["modules"]):
        d.add("modules", "nothing read from " + other, "it was")
    if report["interpreter"] is not None and report["status"] == "complete":
        d.same("interpreter.version", answer["version"], report["interpreter"]["version"])


def executable_is_text(s, d):
    core, _, _ = s.good()
    ran = s.tool.run("analyze", "--json", core, s.file("script.py", b"print('not ELF')\n"))
    check_status(d, "analyze --json", ran, [0, 1, 2])
    report = load_report(d, ran) if ran.out.strip() else None
    if report is not None:
        s.validate(d, report)
    if not ran.err and not (report and report["diagnostics"]):
        d.add("standard error or diagnostics", "that it is not an executable", "nothing")


def cut_off(s, d):
    """Cores that end early: what is there is read, and what is not is never made up."""
    core, _, answer = s.good()
    with open(core, "rb") as f:
        content = f.read()
    for part in (64, 1000, 5000, len(content) // 3, len(content) * 2 // 3, len(content) - 100):
        path = s.file("cut", content[:part])
        ran = s.tool.run("analyze", "--json", path)
        where = "cut to %d bytes" % part
        check_status(d, where, ran, [0, 1, 2])
        report = load_report(d, ran) if ran.out.strip() else None
        if report is None:
            if ran.status != 2:
                d.add(where, "a report", "nothing")
            continue
        s.validate(d, report)
        d.same(where + ": truncated", True, report["core"]["truncated"])
        if report["interpreter"] and report["interpreter"]["version"] not in (None, answer["version"]):
            d.add(where + ": version", answer["version"], report["interpreter"]["version"])
        check_status(d, where + ", text", s.tool.run("analyze", path), [0, 1, 2])


def without_nt_file(s, d):
    """The kernel leaves NT_FILE out where there are more than 65,535 mappings: the dynamic linker's list tells the modules."""
    core, _, _ = s.good()
    with open(core, "rb") as f:
        content = f.read()
    kind = content.find(b"ELIFCORE")        # the note's type, little-endian, and the name behind it
    if kind < 0:
        d.add("the core", "an NT_FILE note", "none")
        return
    path = s.file("unlisted", content[:kind] + b"XLIF" + content[kind + 4:])
    reports = []
    for operand in (core, path):
        ran = s.tool.run("analyze", "--json", operand)
        check_status(d, operand, ran, [0])
        reports.append(load_report(d, ran))
        s.validate(d, reports[-1])
    d.same("threads", reports[0]["threads"], reports[1]["threads"])
    executables = [r["process"]["executable"] for r in reports]
    if os.path.realpath(executables[0]) != os.path.realpath(executables[1] or ""):
        d.add("executable", *executables)
    listed = [{os.path.realpath(m["path"]) for m in r["modules"]} for r in reports]
    if not listed[1] or listed[1] - listed[0]:
        d.add("modules", sorted(listed[0]), sorted(listed[1]))


def usage(s, d):
    core = s.file("operand", b"")
    for args in (["--no-such-option"], ["analyze", "--no-such-option", core], ["analyze"], ["analyze", core, core, core],
                 ["no-such-command"], [], ["analyze", "--max-repr=many", core], ["analyze", "--max-items", core],
                 ["analyze", "--color=perhaps", core], ["analyze", "--max-depth=-1", core], ["analyze", "-o"]):
        ran = s.tool.run(*args)
        where = " ".join(["pycore"] + [a if a != core else "CORE" for a in args])
        check_status(d, where, ran, [64])
        text = check_text(d, where, ran.err)
        if not text.startswith("pycore: "):
            d.add(where + ": standard error", "pycore: ...", text or "nothing")
        if ran.out:
            d.add(where + ": standard output", "nothing", ran.out[:80].decode("utf-8", "replace"))


def help_and_version(s, d):
    for args in (["--help"], ["--version"], ["analyze", "--help"]):
        ran = s.tool.run(*args)
        where = " ".join(["pycore"] + args)
        check_status(d, where, ran, [0])
        if not check_text(d, where, ran.out).strip() or ran.err:
            d.add(where, "text on standard output", [ran.out[:80], ran.err[:80]])


def output_full(s, d):
    if not os.path.exists("/dev/full"):
        raise Skip("there is no /dev/full")
    core, _, _ = s.good()
    for args in ([], ["--json"]):
        ran = s.tool.run("analyze", *args, "-o", "/dev/full", core)
        check_status(d, "-o /dev/full", ran, [74])
        check_one_line(d, "-o /dev/full", ran)
        with open("/dev/full", "wb") as full:
            ran = s.tool.run("analyze", *args, core, stdout=full)
        check_status(d, "> /dev/full", ran, [74])
        check_one_line(d, "> /dev/full", ran)
    ran = s.tool.run("analyze", "-o", s.path("no such folder/report"), core)
    check_status(d, "-o into a folder that is not there", ran, [74])
    check_one_line(d, "-o into a folder that is not there", ran)


def output_file(s, d):
    """-o FILE holds what standard output would, and what is printed is the same each time."""
    core, _, _ = s.good()
    for args in ([], ["--json"]):
        printed = s.tool.run("analyze", *args, core)
        ran = s.tool.run("analyze", *args, "-o", s.path("report"), core)
        check_status(d, "-o FILE", ran, [0])
        with open(s.path("report"), "rb") as f:
            if f.read() != printed.out or ran.out:
                d.add("-o FILE", "the bytes of standard output", "others")


def without_locals(s, d):
    core, _, _ = s.good()
    ran = s.tool.run("analyze", "--json", "--no-locals", core)
    check_status(d, "--no-locals", ran, [0])
    report = load_report(d, ran)
    if report is not None:
        s.validate(d, report)
        if any(f["locals"] is not None for t in report["threads"] for f in t["frames"]):
            d.add("locals", None, "some")
        if not any(t["frames"] for t in report["threads"]):
            d.add("frames", "some", "none")


def limits(s, d):
    """Values that were cut say so: never longer than asked for, never called exact, and the status stays 0."""
    core, _, _ = s.good()
    ran = s.tool.run("analyze", "--json", "--max-repr=12", "--max-items=2", "--max-depth=1", "--max-frames=2", core)
    check_status(d, "small limits", ran, [0])
    report = load_report(d, ran)
    if report is None:
        return
    s.validate(d, report)
    for t in report["threads"]:
        if len(t["frames"]) > 2:
            d.add("--max-frames=2: frames", 2, len(t["frames"]))
        for v in [v for f in t["frames"] for v in f["locals"]]:
            if v["truncated"] and (v["exact"] or (v["value"] is not None and "..." not in v["value"])):
                d.add("a value that was cut: exact is false and '...' in it", v["name"], [v["value"], v["exact"]])
            if v["value"] is not None and len(v["value"]) > 12 + 3:
                d.add("--max-repr=12: %s" % v["name"], "12 characters", v["value"])


def constant_memory(s, d):
    """A core of 3 GB, most of it holes: resident memory does not grow with it."""
    core, _, _ = s.good()
    path = s.path("huge")
    shutil.copyfile(core, path)
    os.truncate(path, 3 << 30)
    child = subprocess.Popen([s.tool.path, "analyze", "--json", path], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                             stderr=subprocess.DEVNULL, env=s.tool.environment())
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = status
    d.same("a core of 3 GB: exit status", 0, status)
    if used.ru_maxrss > 512 << 10:      # far above what is wanted: a build with sanitizers has to pass as well
        d.add("resident memory", "below 512 MiB", "%d MiB" % (used.ru_maxrss >> 10))


def libraries_that_cannot_be_loaded(s, d):
    """What a run loads when it needs it is named, costs only what needs it, and what was not computed is not made up."""
    if not s.interpreters:
        raise Skip("no interpreter to take a core of")
    broken, folder = s.path("broken"), s.path("numbers")
    for path in (broken, folder):
        os.makedirs(path)
    for name in LOADED:
        with open(os.path.join(broken, name), "wb"):
            pass
    with open(s.tool.path, "rb") as f:
        program = f.read()
    prefix = ("env", "LD_LIBRARY_PATH=" + broken)
    if any(name.encode() not in program for name in LOADED[:2]) or s.tool.run("--version", prefix=prefix).status != 0:
        raise Skip("it is linked with what others load")
    core, _, _ = crash(s.interpreters[-1], "values_numbers", s.programs, folder, s.stop)
    ran = s.tool.run("analyze", "--json", core, prefix=prefix)
    check_status(d, "analyze", ran, [1])
    report = load_report(d, ran)
    if report is not None:
        s.validate(d, report)
        for name in LOADED[:2]:
            told = [g["message"] for g in report["diagnostics"] if name in g["message"]]
            d.same(name + ": how often it is named", 1, len(told))
        ints = [v for t in report["threads"] for f in t["frames"] for v in f["locals"] if v["type"] == "int"]
        d.same("small and large ints", {("complete", True), ("unreadable", False)}, {(v["status"], v["value"] is not None) for v in ints})
    packed = s.file("core.xz", lzma.compress(b"\x7fELF"))
    ran = s.tool.run("analyze", packed, prefix=prefix)
    check_status(d, "a packed core", ran, [2])
    check_one_line(d, "a packed core", ran)
    if b"liblzma.so.5" not in ran.err and b"was built without" not in ran.err:
        d.add("a packed core", "liblzma.so.5 is named", ran.err)


TESTS = [text_file, empty_file, only_the_magic, elf_executable, directory, missing_file, device, name_with_escapes,
         no_permission, program_alone, without_python, other_version, executable_is_text, cut_off, without_nt_file, usage,
         help_and_version, output_full, output_file, without_locals, limits, constant_memory, libraries_that_cannot_be_loaded]


def run(pycore, interpreters, programs, schema_path, work, stop):
    folder = os.path.join(work, "wrong_input")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    yield from run_tests(TESTS, Setting(pycore, interpreters, programs, schema_path, folder, stop))
    shutil.rmtree(folder, ignore_errors=True)
