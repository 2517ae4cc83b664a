"""Interpreters without debug information: stripped copies of those that are here, and their files gone altogether.

From one core three reports are made: with the debug information (a tree of debug files for --debug-dir), without it, and
with no file of the process left. They have to be equal but for what only files hold. Then every table of versions/ is
tried on every core: those of another build are refused, with a reason. Called by run.py; run(...) yields
(name, "passed" | "failed" | "skipped", lines).
"""
import concurrent.futures
import glob
import os
import shutil
import subprocess

import interpreters
from compare import Differences, compare
from crash import Failure, Skip, crash
from tool import WIDE, Tool, load_report

PROGRAMS = ("segv_basic", "nested_handlers", "exception_messages", "threads_60", "generators", "closures", "subinterpreter", "deadlock",
            "handled_when_hung", "class_body", "values_text", "values_numbers", "values_containers", "values_datetime", "values_entities")


class Stripped:
    """A copy of an interpreter without symbols and debug information, under a folder of ours, and the tree of debug files that
    gives it back what it has lost. It can be run like any interpreter."""

    def __init__(self, interpreter, folder):
        self.name, self.version, self.run, self.sysroot = interpreter.name, interpreter.version, None, None
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
    if not holder_known:        # to 3.6 a variable of the interpreter says it, which has no name then
        report["threads"] = [dict(t, holds_gil=None) for t in report["threads"]]
        report["interpreter"] = dict(report["interpreter"])
    return report


def analyze(d, tool, core, *options, statuses=(0,)):
    ran = tool.run("analyze", "--json", *WIDE, *options, core)
    report = load_report(d, ran)
    if report is not None and ran.status not in statuses:
        d.add("exit status", 0, ran.status)
        for note in report["diagnostics"][:4]:
            d.append("a diagnostic: %s: %s" % (note["code"], note["message"]))
    return report


def try_program(subject, program, programs, folder, pycore, stop):
    """("passed" | "failed" | "skipped", lines, core, the report with the debug information)"""
    os.makedirs(folder)
    d = Differences()
    tool = Tool(pycore, os.path.join(folder, "cache"))
    core = full = None
    try:
        core, _, answer = crash(subject, program, programs, folder, stop)
        tree = ["--sysroot=" + subject.sysroot] if subject.sysroot else []
        full = analyze(d, tool, core, *tree, *subject.tool_options(os.path.join(folder, "debug")))
        bare = analyze(d, tool, core, *tree)
        if full is None or bare is None or full["interpreter"] is None:
            d.append("no report: %s" % [n["message"] for n in (full or {"diagnostics": []})["diagnostics"]][:3])
            return "failed", d, core, None
        d.extend(compare(answer, bare))
        d.same("layout.source with debug information", "dwarf", full["interpreter"]["layout"]["source"])
        if bare["interpreter"] is not None and not is_debug_build(subject):
            if bare["interpreter"]["layout"]["source"] not in ("table", "mixed"):
                d.add("layout.source without", "table or mixed", bare["interpreter"]["layout"]["source"])
            d.same("layout.exact without", True, bare["interpreter"]["layout"]["exact"])
        same(d, "stripped", comparable(full), comparable(bare))
    except Skip as e:
        return "skipped", [str(e)], core, None
    except Failure as e:
        return "failed", [str(e)], core, None
    return ("failed" if d else "passed"), d, core, full


def is_debug_build(subject):
    """Debian's have their debug information in their file."""
    return subject.name.endswith("d")


def try_absent(subject, core, full, folder, pycore):
    """The same core, and none of the interpreter's files is there any more."""
    d = Differences()
    tool = Tool(pycore, os.path.join(folder, "cache"))
    gone = analyze(d, tool, core, statuses=(0, 1))
    if gone is None or gone["interpreter"] is None:
        d.append("nothing was found: %s" % [n["message"] for n in (gone or {"diagnostics": []})["diagnostics"]][-3:])
        return "failed", d
    d.same("files that are used", [], [m["file"] for m in gone["modules"] if m["file"] and "python" in os.path.basename(m["path"])])
    if gone["interpreter"]["found_by"] not in ("scan", "cookie"):
        d.add("found_by", "scan or cookie", gone["interpreter"]["found_by"])
    known = subject.version >= (3, 7)
    told = [0, 0]
    without_files(d, "absent", fileless(full, known), fileless(gone, known), told)
    if told[1] * 2 < told[0]:
        d.add("exact values without files", "most of %d" % told[0], told[1])
    return ("failed" if d else "passed"), d


def try_interpreter(interpreter, folder, programs, wanted, pycore, stop, jobs):
    subject = interpreter if interpreter.run else Stripped(interpreter, folder)
    with concurrent.futures.ProcessPoolExecutor(max(1, jobs)) as pool:
        futures = [(p, pool.submit(try_program, subject, p, programs, os.path.join(folder, p), pycore, stop)) for p in wanted]
        done = []
        for program, future in futures:
            outcome, lines, core, full = future.result()
            yield program, outcome, lines
            if full is not None:
                done.append((program, core, full))
        if not interpreter.run:
            os.rename(subject.prefix, subject.prefix + ".gone")
        futures = [(p, pool.submit(try_absent, subject, core, full, os.path.join(folder, p), pycore)) for p, core, full in done]
        for program, future in futures:
            yield (program + " without files",) + future.result()


def run(pycore, chosen, programs, work, stop, jobs, only_programs, suits):
    work = os.path.join(work, "layouts")
    shutil.rmtree(work, ignore_errors=True)
    if not can_strip():
        yield "all", "skipped", ["there is no strip (binutils)"]
        return
    listed = [p for p in PROGRAMS if p in only_programs] or PROGRAMS
    for interpreter in chosen:
        if interpreter.name.startswith("system"):
            continue        # its debug files are apart already
        folder = os.path.join(work, interpreter.name)
        wanted = [p for p in listed if suits(p, interpreter.version)]
        try:
            for name, outcome, lines in try_interpreter(interpreter, folder, programs, wanted, pycore, stop, jobs):
                yield "%s %s" % (interpreter.name, name), outcome, lines
        finally:
            shutil.rmtree(folder, ignore_errors=True)
