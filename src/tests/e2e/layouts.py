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
        self.name, self.version = interpreter.name, interpreter.version
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


def analyze(d, tool, core, *options):
    ran = tool.run("analyze", "--json", *WIDE, *options, core)
    report = load_report(d, ran)
    if report is not None and ran.status:
        d.add("exit status", 0, ran.status)
        for note in report["diagnostics"][:4]:
            d.append("a diagnostic: %s: %s" % (note["code"], note["message"]))
    return report


def try_program(stripped, program, programs, folder, pycore, stop):
    """("passed" | "failed" | "skipped", lines)"""
    os.makedirs(folder)
    d = Differences()
    tool = Tool(pycore, os.path.join(folder, "cache"))
    try:
        core, _, answer = crash(stripped, program, programs, folder, stop)
        full = analyze(d, tool, core, "--debug-dir=" + stripped.debug_tree)
        bare = analyze(d, tool, core)
        if full is None or bare is None or full["interpreter"] is None:
            d.append("no report: %s" % [n["message"] for n in (full or {"diagnostics": []})["diagnostics"]][:3])
            return "failed", d
        d.extend(compare(answer, bare))
        d.same("layout.source with debug information", "dwarf", full["interpreter"]["layout"]["source"])
        if bare["interpreter"] is not None:
            if bare["interpreter"]["layout"]["source"] not in ("table", "mixed"):
                d.add("layout.source without", "table or mixed", bare["interpreter"]["layout"]["source"])
            d.same("layout.exact without", True, bare["interpreter"]["layout"]["exact"])
        same(d, "stripped", comparable(full), comparable(bare))
    except Skip as e:
        return "skipped", [str(e)]
    except Failure as e:
        return "failed", [str(e)]
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return ("failed" if d else "passed"), d


def run(pycore, chosen, programs, work, stop, jobs, only_programs):
    work = os.path.join(work, "layouts")
    shutil.rmtree(work, ignore_errors=True)
    if not can_strip():
        yield "all", "skipped", ["there is no strip (binutils)"]
        return
    for interpreter in chosen:
        if interpreter.name == "system":
            continue        # its debug files are apart already
        folder = os.path.join(work, interpreter.name)
        stripped = Stripped(interpreter, folder)
        wanted = [p for p in PROGRAMS if not only_programs or p in only_programs or "layouts" in only_programs]
        with concurrent.futures.ProcessPoolExecutor(max(1, jobs)) as pool:
            futures = [(p, pool.submit(try_program, stripped, p, programs, os.path.join(folder, p), pycore, stop)) for p in wanted]
            for program, future in futures:
                yield ("%s %s" % (interpreter.name, program),) + future.result()
        shutil.rmtree(folder, ignore_errors=True)
