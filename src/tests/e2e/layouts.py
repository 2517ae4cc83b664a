"""Interpreters without debug information: stripped copies of those that are here, and their files gone altogether.

From one core three reports are made: with the debug information, without it and without symbol tables, and with no file of the
process left. They have to be equal but for what only files hold. Interpreters with a prefix of their own are copied, stripped
and run; of others the tool is shown stripped copies of their files (masked.py). Other implementations of Python have to be
refused by their names. Called by run.py; run(...) yields (name, "passed" | "failed" | "skipped", lines).
"""
import concurrent.futures
import glob
import os
import re
import shutil
import signal
import subprocess

import foreign_tables
import interpreters
import masked
from compare import Differences, compare
from crash import Failure, Skip, crash, find_core
from tool import NEEDED, WIDE, Tool, load_report

PROGRAMS = ("segv_basic", "nested_handlers", "exception_messages", "threads_60", "generators", "closures", "subinterpreter", "deadlock",
            "handled_when_hung", "class_body", "values_text", "values_numbers", "values_containers", "values_datetime", "values_entities")
VERSIONS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "versions")


class Stripped:
    """A copy of an interpreter without symbols and debug information, under a folder of ours, and the tree of debug files that
    gives it back what it has lost. It can be run like any interpreter."""

    def __init__(self, interpreter, folder):
        self.name, self.version, self.run, self.sysroot, self.kind = interpreter.name, interpreter.version, None, None, ()
        self.prefix, self.debug_tree = os.path.join(folder, "prefix"), os.path.join(folder, "debug")
        self.short = "python%d.%d" % interpreter.version[:2]
        library = os.path.join(self.prefix, "lib")
        dynload = os.path.join("lib", self.short, "lib-dynload")
        for sub in ("bin", dynload):
            os.makedirs(os.path.join(self.prefix, sub))
        real = os.path.realpath(interpreter.python)
        self.python = self._copy(real, os.path.join(self.prefix, "bin", self.short), interpreter.prefix)
        for path in glob.glob(os.path.join(interpreter.prefix, "lib", "libpython*.so*")):
            target = os.path.join(library, os.path.basename(path))
            if os.path.islink(path):
                os.symlink(os.path.basename(os.path.realpath(path)), target)
            else:
                self._copy(path, target, interpreter.prefix)
        for path in glob.glob(os.path.join(interpreter.prefix, dynload, "*.so")):
            self._copy(path, os.path.join(self.prefix, dynload, os.path.basename(path)), interpreter.prefix)
        for path in glob.glob(os.path.join(interpreter.prefix, "lib", self.short, "*")):
            if os.path.basename(path) != "lib-dynload":
                os.symlink(path, os.path.join(library, self.short, os.path.basename(path)))
        for path in glob.glob(os.path.join(interpreter.prefix, "bin", "python*-config")):
            os.symlink(path, os.path.join(self.prefix, "bin", os.path.basename(path)))

    def _copy(self, source, target, prefix):
        shutil.copy(source, target)
        subprocess.run(["strip", "-s", target], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
        # where its library is looked for: beside it, and not where it was built
        old, new = os.path.join(os.path.realpath(prefix), "lib").encode() + b"\0", b"$ORIGIN/../lib\0"
        with open(target, "r+b") as f:
            data = f.read()
            if data.count(old) and len(old) >= len(new):
                f.seek(data.index(old))
                f.write(new.ljust(len(old), b"\0"))
        build_id = interpreters.build_id(source)
        if build_id:
            link = os.path.join(self.debug_tree, ".build-id", build_id[:2], build_id[2:] + ".debug")
            os.makedirs(os.path.dirname(link), exist_ok=True)
            if not os.path.exists(link):
                os.symlink(os.path.realpath(source), link)
        return target

    def forget_names(self):
        """From now on its files do not name what the interpreter is found by, nor does the tree of debug files give it."""
        for path in [self.python] + glob.glob(os.path.join(self.prefix, "lib", "libpython*.so*")):
            if os.path.islink(path):
                continue
            with open(path, "r+b") as f:
                data = f.read()
                for name in (b"\0_PyRuntime\0", b"\0_PyThreadState_Current\0", b"\0interp_head\0"):
                    for found in re.finditer(re.escape(name), data):
                        f.seek(found.start() + 1)
                        f.write(b"X")

    def tool_options(self, _folder):
        """What gives pycore the debug information."""
        return ["--debug-dir=" + self.debug_tree]

    def config_script(self):
        path = os.path.join(self.prefix, "bin", "%s-config" % self.short)
        return path if os.access(path, os.X_OK) else None


def can_strip():
    return shutil.which("strip") is not None


def comparable(report):
    """A report without what has to differ: how the layout was found, and what is said of it."""
    report = dict(report)
    report["interpreter"] = {k: v for k, v in report["interpreter"].items() if k not in ("layout", "found_by")} if report["interpreter"] else None
    report.pop("diagnostics")
    report["modules"] = [{k: v for k, v in m.items() if k != "wanted"} for m in report["modules"]]
    return report


def same(d, where, want, got):
    """All that differs between two nodes."""
    if isinstance(want, dict) and isinstance(got, dict):
        for key in want:
            same(d, "%s.%s" % (where, key), want[key], got.get(key))
    elif isinstance(want, list) and isinstance(got, list) and len(want) == len(got):
        for i, item in enumerate(want):
            same(d, "%s[%d]" % (where, i), item, got[i])
    elif want != got:
        d.add(where, want, got)


def without_files(d, where, want, got, told):
    """All that differs between two nodes, but for what only files hold: names of C functions and of what C code defines, by which
    some values are recognized. What is stated has to be right; the rest is not exact, or null with a status that says so. told
    counts the exact values: [of the report with files, of those the ones that are exact without]."""
    if isinstance(want, dict) and isinstance(got, dict) and "exact" in want:
        told[0] += want["exact"] is True
        told[1] += want["exact"] is True and got["exact"] is True
        if got["type"] is not None:
            d.same(where + ".type", want["type"], got["type"])
        if got["exact"] is True:
            for key in ("value", "exact", "status"):
                d.same("%s.%s" % (where, key), want[key], got[key])
        elif got["value"] is None and want["value"] is not None and got["status"] == "complete":
            d.add(where + ".status", "that it is not known", got["status"])
        for a, b in zip(want.get("attributes") or (), got.get("attributes") or ()):
            without_files(d, where + "." + str(a["name"]), a, b, told)
    elif isinstance(want, dict) and isinstance(got, dict):
        unknown = [k for k in ("message", "args") if k in want and got.get(k + "_exact") is not True]
        for key in [k for k in want if k not in unknown and k[:-len("_exact")] not in unknown and (k != "details" or not unknown)]:
            without_files(d, "%s.%s" % (where, key), want[key], got.get(key), told)
    elif isinstance(want, list) and isinstance(got, list) and len(want) == len(got):
        for i, item in enumerate(want):
            without_files(d, "%s[%d]" % (where, i), item, got[i], told)
    elif want != got:
        d.add(where, want, got)


def fileless(report, holder_known):
    """A report without what depends on files being there."""
    report = comparable(report)
    report["modules"] = [dict(m, file=None, matches=None) for m in report["modules"]]
    report.pop("status")
    # what libc has kept of an assertion that failed is found by its symbols
    report["process"] = dict(report["process"], cause=re.match(r"\w*", report["process"]["cause"] or "").group())
    if not holder_known:        # to 3.6 a variable of the interpreter says it, which has no name then
        report["threads"] = [dict(t, holds_gil=None) for t in report["threads"]]
        report["interpreter"] = dict(report["interpreter"])
    return report


def analyze(d, tool, core, *options, statuses=(0,), prefix=()):
    ran = tool.run("analyze", "--json", *WIDE, *options, core, prefix=prefix)
    report = load_report(d, ran)
    if report is None:
        d.append("standard error: %s" % ran.err.decode("utf-8", "replace")[-300:])
    elif ran.status not in statuses:
        d.add("exit status", statuses[0], ran.status)
        for note in report["diagnostics"][:4]:
            d.append("a diagnostic: %s: %s" % (note["code"], note["message"]))
    return report


def is_of_a_table(report):
    """Whether a table was made from the very build of one of the modules."""
    known = set()
    for path in glob.glob(os.path.join(VERSIONS, "*.table")):
        with open(path) as f:
            known.update(re.findall(r"^build interpreter \S+ (\w+)", f.read(), re.M))
    return any(m["build_id"] in known for m in report["modules"])


def found_by_something_else(d, report, wanted):
    if report["interpreter"]["found_by"] not in wanted:
        d.add("found_by", " or ".join(wanted), report["interpreter"]["found_by"])


def count(report):
    """[frames, values of which the text is exact, values]"""
    counts = [0, 0, 0]

    def values(node):
        if isinstance(node, dict):
            if "exact" in node and "value" in node:
                counts[1] += node["exact"] is True
                counts[2] += 1
            for item in node.values():
                values(item)
        elif isinstance(node, list):
            for item in node:
                values(item)

    for t in report["threads"]:
        counts[0] += len(t["frames"])
        for f in t["frames"]:
            values(f["locals"])
    return counts


class Trial:
    """What became of one program: outcome and lines, the core and the report with debug information for the next step, and
    the rows of the table: {mode: [frames, exact values, values, wrong ones]}."""

    def __init__(self, outcome, lines, core=None, full=None, rows=None):
        self.outcome, self.lines, self.core, self.full, self.rows = outcome, lines, core, full, rows or {}


def try_program(subject, program, programs, folder, pycore, stop):
    os.makedirs(folder)
    d, rows = Differences(), {}
    tool = Tool(pycore, os.path.join(folder, "cache"))
    try:
        core, _, answer = crash(subject, program, programs, folder, stop)
        NEEDED.pop(os.path.abspath(folder), None)
        tree = ["--sysroot=" + subject.sysroot] if subject.sysroot else []
        full = analyze(d, tool, core, *subject.tool_options(os.path.join(folder, "debug")))
        if full is None or full["interpreter"] is None:
            d.append("no report: %s" % [n["message"] for n in (full or {"diagnostics": []})["diagnostics"]][:3])
            return Trial("failed", d, core)
        truth = compare(answer, full) if answer is not None else []
        rows["dwarf"] = count(full) + [len(truth)]
        prefix = () if isinstance(subject, Stripped) else masked.stripped(full, subject.sysroot, folder)
        bare = analyze(d, tool, core, *tree, prefix=prefix)
        if bare is None or bare["interpreter"] is None:
            d.append("no report without debug information: %s" % [n["message"] for n in (bare or {"diagnostics": []})["diagnostics"]][:3])
            return Trial("failed", d, core, full, rows)
        wrong = compare(answer, bare) if answer is not None else []
        rows["stripped"] = count(bare) + [len(wrong)]
        d.extend(wrong)
        # where one file has it, that of extension modules may be nowhere
        alone = not isinstance(subject, Stripped) and "stripped" in subject.kind and "/.build-id/" not in (subject.debug_file or "/.build-id/")
        if not alone or full["interpreter"]["layout"]["source"] != "mixed" and "no-build-id" not in subject.kind:
            d.same("layout.source with debug information", "dwarf", full["interpreter"]["layout"]["source"])
        if bare["interpreter"]["layout"]["source"] not in ("table", "mixed"):
            d.add("layout.source without", "table or mixed", bare["interpreter"]["layout"]["source"])
        d.same("layout.exact without", is_of_a_table(full), bare["interpreter"]["layout"]["exact"])
        if not isinstance(subject, Stripped):
            found_by_something_else(d, bare, ("dynamic-symbol", "section", "cookie", "scan"))
        same(d, "stripped", comparable(full), comparable(bare))
    except Skip as e:
        return Trial("skipped", [str(e)])
    except Failure as e:
        return Trial("failed", [str(e)])
    return Trial("failed" if d else "passed", d, core, full, rows)


def try_absent(subject, core, full, folder, pycore):
    """The same core, and none of the interpreter's files is there any more."""
    d = Differences()
    tool = Tool(pycore, os.path.join(folder, "cache"))
    prefix = () if isinstance(subject, Stripped) else masked.absent(full, subject.sysroot, folder)
    gone = analyze(d, tool, core, statuses=(0, 1), prefix=prefix)
    if gone is None or gone["interpreter"] is None:
        d.append("nothing was found: %s" % [n["message"] for n in (gone or {"diagnostics": []})["diagnostics"]][-3:])
        return Trial("failed", d)
    d.same("files that are used", [], [m["file"] for m in gone["modules"] if m["file"] and "python" in os.path.basename(m["path"])])
    found_by_something_else(d, gone, ("scan", "cookie"))
    known = subject.version >= (3, 7)
    told = [0, 0]
    wrong = Differences()
    without_files(wrong, "absent", fileless(full, known), fileless(gone, known), told)
    d.extend(wrong)
    if told[1] * 2 < told[0]:
        d.add("exact values without files", "most of %d" % told[0], told[1])
    return Trial("failed" if d else "passed", d, rows={"absent": count(gone) + [len(wrong)]})


def abi_of(subject):
    """As foreign_tables.version_of() has it."""
    return "%d.%d" % subject.version[:2], "u4" if subject.version[0] == 2 else ""


def every_table(pycore, core, full, folder, abi):
    d, accepted = foreign_tables.try_each(pycore, core, full, folder, abi)
    if not [t for t in accepted if foreign_tables.version_of(t) == abi]:
        d.add("tables that are accepted", "one of this version", accepted)
    return d


def unknown_version(pycore, core, full, folder, abi):
    return foreign_tables.try_unknown(pycore, core, full, folder, abi)[0]


def debug_offsets(pycore, core, full, folder, abi):
    table = [t for t in foreign_tables.tables(64) if foreign_tables.version_of(t) == abi][0]
    d, reports = foreign_tables.try_debug_offsets(pycore, core, full, table, folder)
    if not reports:
        d.add("reports in spite of damage", "some", 0)
    return d


def foreign(pool, subject, program, trial, folder, pycore):
    """[(name, the future of differences)] of what layouts of others do to one core, while there is no debug information."""
    steps = [("every table", every_table), ("unknown version", unknown_version)]
    if subject.version >= (3, 13):
        steps.append(("_Py_DebugOffsets", debug_offsets))
    found = []
    for name, step in steps:
        sub = os.path.join(folder, name.replace(" ", "-"))
        os.makedirs(sub)
        found.append((name, pool.submit(step, pycore, trial.core, trial.full, sub, abi_of(subject))))
    return found


def try_nameless(subject, core, full, folder, pycore):
    """The files are there, and no symbol in them says where the interpreter is."""
    d = Differences()
    report = analyze(d, Tool(pycore, os.path.join(folder, "cache")), core)
    if report is None or report["interpreter"] is None:
        d.append("nothing was found: %s" % [n["message"] for n in (report or {"diagnostics": []})["diagnostics"]][-3:])
        return d
    found_by_something_else(d, report, ("section",) if subject.version >= (3, 10) else ("scan",))
    known = subject.version >= (3, 7)
    same(d, "without symbols", fileless(full, known), fileless(report, known))
    return d


def try_interpreter(subject, folder, programs, wanted, pycore, stop, jobs):
    """Yields (program, Trial)."""
    with concurrent.futures.ProcessPoolExecutor(max(1, jobs)) as pool:
        futures = [(p, pool.submit(try_program, subject, p, programs, os.path.join(folder, p), pycore, stop)) for p in wanted]
        done = []
        for program, future in futures:
            trial = future.result()
            yield program, trial
            if trial.full is not None:
                done.append((program, trial))
        if isinstance(subject, Stripped) and done:
            for name, future in foreign(pool, subject, *done[0], folder, pycore):
                lines = future.result()
                yield name, Trial("failed" if lines else "passed", lines)
            subject.forget_names()
            program, trial = done[0]
            lines = try_nameless(subject, trial.core, trial.full, os.path.join(folder, program), pycore)
            yield program + " without symbols", Trial("failed" if lines else "passed", lines)
        if isinstance(subject, Stripped):
            os.rename(subject.prefix, subject.prefix + ".gone")
        futures = [(p, pool.submit(try_absent, subject, t.core, t.full, os.path.join(folder, p), pycore)) for p, t in done]
        for program, future in futures:
            yield program + " without files", future.result()


LOOP = "import time\nprint('ready')\nwhile True:\n    time.sleep(1)\n"


def try_other(interpreter, folder, pycore):
    """Another implementation of Python is said to be that, and nothing is said of its threads."""
    os.makedirs(folder)
    d = Differences()
    with open(os.path.join(folder, "loop.py"), "w") as f:
        f.write(LOOP)
    child = subprocess.Popen([interpreter.run, "loop.py"], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                             env=dict(os.environ, RUN_ENV="PYTHONUNBUFFERED=1"))
    try:
        if child.stdout.readline().strip() != b"ready":
            return "failed", ["it does not run"]
        os.kill(child.pid, signal.SIGABRT)
        child.wait(60)
    finally:
        child.stdout.close()
        if child.poll() is None:
            child.kill()
            child.wait()
    core = find_core(folder)
    if core is None:
        return "skipped", ["no core is written into the current folder"]
    tool = Tool(pycore, os.path.join(folder, "cache"))
    report = analyze(d, tool, core, *(["--sysroot=" + interpreter.sysroot] if interpreter.sysroot else []), statuses=(2,))
    names = {"pypy": "PyPy", "micropython": "MicroPython"}
    name = [names[n] for n in names if n in os.path.basename(interpreter.python)]
    if report is not None:
        said = [n["message"] for n in report["diagnostics"] if n["code"] == "other-implementation"]
        if not name or not said or name[0] + "," not in said[0]:
            d.add("other-implementation", name, said)
        d.same("interpreter", None, report["interpreter"])
    return "failed" if d else "passed", d


class Table:
    """Interpreter x mode: programs, frames, values whose text is exact, of how many, and what is wrong."""

    def __init__(self):
        self.rows = {}

    def add(self, interpreter, rows):
        for mode, counts in rows.items():
            have = self.rows.setdefault((interpreter, mode), [0] * 5)
            self.rows[interpreter, mode] = [a + b for a, b in zip(have, [1] + counts)]

    def write(self, path):
        with open(path, "w") as f:
            f.write("| interpreter | mode | programs | frames | exact values | values | wrong |\n|---|---|---:|---:|---:|---:|---:|\n")
            for (interpreter, mode), counts in self.rows.items():
                f.write("| %s | %s | %s |\n" % (interpreter, mode, " | ".join(map(str, counts))))


def subject_of(interpreter, folder):
    """(what is run, why it cannot be tried)"""
    if interpreter.prefix and interpreter.name != "system":
        return Stripped(interpreter, folder), None
    return interpreter, masked.why_not()


def run(pycore, chosen, programs, work, stop, jobs, only_programs, suits, table=None):
    work = os.path.join(work, "layouts")
    shutil.rmtree(work, ignore_errors=True)
    if not can_strip():
        yield "all", "skipped", ["there is no strip (binutils)"]
        return
    listed = [p for p in PROGRAMS if p in only_programs] or PROGRAMS
    counted = Table()
    for interpreter in chosen:
        folder = os.path.join(work, interpreter.name)
        wanted = [p for p in listed if suits(p, interpreter.version)]
        if "no-build-id" in interpreter.kind and "stripped" not in interpreter.kind:
            yield interpreter.name, "skipped", ["without a build-id a stripped copy of its file is another file: the stripped one is a row"]
            continue
        if "no-ctypes" in interpreter.kind:
            wanted = ["without_oracle"]
        if interpreter.name == "system":
            wanted = [p for p in wanted if p in only_programs] or wanted[:2]    # 3.11.7 is nearly the same
        try:
            subject, reason = subject_of(interpreter, folder)
            if reason:
                yield interpreter.name, "skipped", [reason]
                continue
            for name, trial in try_interpreter(subject, folder, programs, wanted, pycore, stop, jobs):
                counted.add(interpreter.name, trial.rows)
                yield "%s %s" % (interpreter.name, name), trial.outcome, trial.lines
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    for interpreter in interpreters.others():
        folder = os.path.join(work, interpreter.name)
        yield (interpreter.name,) + try_other(interpreter, folder, pycore)
        shutil.rmtree(folder, ignore_errors=True)
    if table:
        counted.write(table)
