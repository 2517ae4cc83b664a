#!/usr/bin/env python3
"""The small cores of testdata/cores against what their programs said of themselves; --make writes them (testdata/cores/README).

Called by run.py; run(...) yields (name, "passed" | "failed" | "skipped", lines).
"""
import argparse
import json
import lzma
import os
import shutil
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import interpreters
from compare import Differences, compare
from crash import Failure, Skip, crash, debugger_needed
from tool import WIDE, Tool, check_status, load_report

TOP = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
CORES = os.path.join(TOP, "testdata", "cores")
PROGRAMS = ("nested_handlers", "closures", "values_containers")


def names(folder):
    return sorted(n[:-len(".core.xz")] for n in os.listdir(folder) if n.endswith(".core.xz"))


def unpack(path, target):
    with lzma.open(path) as f, open(target, "wb") as out:
        shutil.copyfileobj(f, out)


def differences(tool, core, answer):
    d = Differences()
    ran = tool.run("analyze", "--json", *WIDE, core)
    check_status(d, "analyze", ran, [0])
    report = load_report(d, ran)
    if report is not None:
        for note in [x for x in report["diagnostics"] if x["severity"] != "info"][:3]:
            d.append("a diagnostic: %s" % note["message"])
        d.extend(compare(answer, report))
        d.same("core.truncated", False, report["core"]["truncated"])
        d.extend(["%s was opened" % m["path"] for m in report["modules"] if m["file"] and m["matches"] is False])
    return d


def run(pycore, work):
    folder = os.path.join(work, "small_cores")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    tool = Tool(pycore, os.path.join(folder, "cache"))
    for name in names(CORES):
        core = os.path.join(folder, name)
        unpack(os.path.join(CORES, name + ".core.xz"), core)
        with lzma.open(os.path.join(CORES, name + ".json.xz"), "rt", encoding="utf-8") as f:
            answer = json.load(f)
        d = differences(tool, core, answer)
        yield name, "failed" if d else "passed", d
        os.unlink(core)
    shutil.rmtree(folder, ignore_errors=True)


def make_one(tool, interpreter, program, programs, folder, stop):
    """None, or why there is none."""
    os.makedirs(folder)
    core, _, answer = crash(interpreter, program, programs, folder, stop)
    small = os.path.join(folder, "small")
    options = interpreter.tool_options(os.path.join(folder, "debug"))
    ran = tool.run("distill", *WIDE, *options, "-o", small, core)
    if ran.status:
        return "distill: status %d: %s" % (ran.status, ran.err.decode("utf-8", "replace"))
    d = differences(tool, small, answer)
    if d:
        return "its report is not the answer: %s" % d[:3]
    name = os.path.join(CORES, "%s-%s" % (interpreter.name, program))
    with open(small, "rb") as f, lzma.open(name + ".core.xz", "wb", preset=9 | lzma.PRESET_EXTREME) as out:
        shutil.copyfileobj(f, out)
    with lzma.open(name + ".json.xz", "wt", encoding="utf-8", preset=9 | lzma.PRESET_EXTREME) as out:
        json.dump(answer, out)
    return None


def main():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--make", action="store_true", required=True)
    p.add_argument("--pycore", default="./pycore")
    p.add_argument("--programs", default=os.path.join(TOP, "testdata", "programs"))
    p.add_argument("--only-interpreter", action="append", metavar="NAME")
    args = p.parse_args()
    work = tempfile.mkdtemp(prefix="small-cores-")
    tool = Tool(os.path.abspath(args.pycore), os.path.join(work, "cache"))
    failed = 0
    for number, interpreter in enumerate(interpreters.find()[0]):
        if args.only_interpreter and interpreter.name not in args.only_interpreter:
            continue
        program = PROGRAMS[number % len(PROGRAMS)]
        try:
            why = make_one(tool, interpreter, program, args.programs, os.path.join(work, interpreter.name), bool(debugger_needed()))
        except (Failure, Skip) as e:
            why = str(e)
        print("%s %s: %s" % (interpreter.name, program, why or "made"))
        failed += why is not None
    shutil.rmtree(work, ignore_errors=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
