#!/usr/bin/env python3
"""The end-to-end suite: crash real interpreters, and hold what pycore says of the cores against the programs' own answers.

Every program in testdata/programs is run by every interpreter found. It writes down what a report has to show and dies;
the report of its core has to equal it. The last line is "N passed, N failed, N skipped"; the exit status is 1 when
anything failed. --help lists the options.
"""
import sys

sys.dont_write_bytecode = True      # the source tree may be read-only

import argparse
import concurrent.futures
import multiprocessing
import os
import re
import shutil
import signal
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import cached
import cut
import distilled
import foreign
import faults
import hostile
import inside
import interpreters
import layouts
import memcheck
import pipelines
import redact
import scan
import scan_state
import schema
import side_by_side
import small_cores
import spark
import third_party
import stored
import value_damage
import value_table
import wrong_input
from compare import Differences, compare, without_own
from compare_damaged import compare_damaged
from compare_exceptions import compare_printed
from crash import Failure, Skip, crash, debugger_needed
from tool import WIDE, Tool, check_status, check_text, load_report

TOP = os.path.normpath(os.path.join(HERE, "..", "..", ".."))
PROGRAMS = os.path.join(TOP, "testdata", "programs")
HOSTILE = os.path.join(TOP, "testdata", "hostile")
SCHEMA = os.path.join(TOP, "src", "report", "pycore-report.schema.json")
HELPERS = ("oracle", "oracle_frames", "oracle_values", "many_locals", "hostile_rich", "secret_holder", "inside_fault", "inside_kill", "without_oracle", "ranks")
SHOWN = 12              # differences that are printed of a failure


def options():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--pycore", metavar="PATH", default=os.environ.get("PYCORE", "./pycore"), help="the tool (./pycore)")
    p.add_argument("--strict", action="store_true", help="an interpreter that is missing is a failure, not a skip")
    p.add_argument("--jobs", type=int, default=2, metavar="N", help="tests at the same time (2)")
    p.add_argument("--only-interpreter", action="append", metavar="NAME", help="3.11.7, 3.11 or system (repeatable)")
    p.add_argument("--only-program", action="append", metavar="NAME",
                   help="a program, or value_table, value_random, value_damage, wrong_input, stored, inside, foreign, distilled, redact, cached, "
                        "scan, scan_state, side_by_side, small_cores, spark, pipelines, hostile, faults, cut, third_party or layouts (repeatable)")
    p.add_argument("--seed", type=int, metavar="N", default=hostile.SEED,
                   help="of the values made at random (%(default)s)")
    p.add_argument("--quick", action="store_true", help="leave out what takes long, unless --only-program names it")
    p.add_argument("--table", metavar="FILE", help="write here what layouts has seen of each interpreter with and without its files")
    p.add_argument("--keep", metavar="DIR", help="leave cores, answers and reports in this folder")
    p.add_argument("--gcore", action="store_true", help="take the cores with gcore even where the kernel would write them")
    p.add_argument("--valgrind", action="store_true", help="run the tool under valgrind, some 40 times slower, without %s" % ", ".join(memcheck.LEFT_OUT))
    p.add_argument("--oracle-only", action="store_true", help="only check that there is a core and an answer for each test")
    p.add_argument("-v", "--verbose", action="store_true", help="a line for each test that passes")
    return p.parse_args()


def find_programs():
    return sorted(n[:-3] for n in os.listdir(PROGRAMS) if n.endswith(".py") and n[:-3] not in HELPERS)


def suits(program, version):
    """py2_NAME is for 2.7 alone, pyNMM_NAME for N.MM and later."""
    m = re.match(r"py(\d)(\d*)_", program)
    if not m:
        return True
    if not m.group(2):
        return version[0] == int(m.group(1))
    return version >= (int(m.group(1)), int(m.group(2)))


class Test:
    """One program under one interpreter, as the processes of the pool get it."""

    def __init__(self, interpreter, program, folder, args, stop, with_executable):
        self.interpreter, self.program, self.folder, self.args = interpreter, program, folder, args
        self.stop, self.with_executable = stop, with_executable
        self.name = "%s %s" % (interpreter.name, program)


def run_test(test):
    """("passed" | "failed" | "skipped", [lines])"""
    os.makedirs(test.folder)
    core = None
    try:
        core, executable, answer = crash(test.interpreter, test.program, PROGRAMS, test.folder, test.stop)
        if test.args.oracle_only:
            return "passed", []
        if "counter" in answer:
            with open(os.path.join(test.folder, answer["counter"]), "rb") as f:
                answer["depth"] = int.from_bytes(f.read(8), sys.byteorder)
        d = examine(test, core, executable, answer)
        return ("failed" if d else "passed"), d
    except Skip as e:
        return "skipped", [str(e)]
    except Failure as e:
        return "failed", [str(e)]
    finally:
        if not test.args.keep:
            shutil.rmtree(test.folder, ignore_errors=True)
        elif core and "recursion" in test.program:
            os.unlink(core)         # the only ones that are large


def examine(test, core, executable, answer):
    """The differences of the JSON report and of the text report."""
    d = Differences()
    tool = Tool(test.args.pycore, os.path.join(os.path.dirname(test.folder), "cache"))
    operands = [core, executable] if test.with_executable else [core]
    ran = tool.run("analyze", "--json", *WIDE, *operands)
    if test.args.keep:
        with open(os.path.join(test.folder, "report.json"), "wb") as f:
            f.write(ran.out)
    status = [1 if "damaged" in answer else 0]
    check_status(d, "analyze --json", ran, status)
    if ran.err:
        d.add("analyze --json: standard error", "nothing", ran.err.decode("utf-8", "replace")[:300])
    report = load_report(d, ran)
    if report is None:
        return d
    if schema.jsonschema:
        d.extend(schema.Validator(SCHEMA).complaints(report))
    for note in [x for x in report.get("diagnostics") or [] if report.get("status") != "complete" and "damaged" not in answer][:3]:
        d.append("a diagnostic: %s" % note.get("message"))
    try:
        d.extend((compare_damaged if "damaged" in answer else compare)(answer, report))
    except (KeyError, TypeError, AttributeError) as e:
        d.add("the report", "all keys of the contract", "%s: %s" % (type(e).__name__, e))
    ran = tool.run("analyze", *operands)
    check_status(d, "analyze", ran, status)
    if ran.err:
        d.add("analyze: standard error", "nothing", ran.err.decode("utf-8", "replace")[:300])
    text = check_text(d, "text report", ran.out)
    if "texts" in answer:
        ran = tool.run("analyze", "--no-locals", *WIDE, *operands)
        compare_printed(d, answer, check_text(d, "text report", ran.out))
    for name in innermost_names(answer, report):
        if name not in text:
            d.add("text report", "a mention of " + name, "none")
    return d


def innermost_names(answer, report):
    """The innermost functions of the thread that crashed, or of any where none has."""
    for t in report.get("threads", []):
        if t["frames"] and (t["crashed"] or answer["stopped"]):
            own = without_own(t["frames"])
            return [t["frames"][0]["name"]] + [f["name"] for f in own[:1]]
    return []


def main():
    # a shell without job control has it ignored in what it starts in the background: the programs are to die of it
    signal.signal(signal.SIGQUIT, signal.SIG_DFL)
    args = options()
    begun = time.monotonic()
    reason = "as asked for by --gcore" if args.gcore else debugger_needed()
    if reason and not shutil.which("gcore"):
        sys.exit("run.py: cores need gcore (of gdb) here: " + reason)
    args.pycore = os.path.abspath(args.pycore)
    if not args.oracle_only and not os.access(args.pycore, os.X_OK):
        sys.exit("run.py: there is no %s: build it, or name it with --pycore" % args.pycore)
    work = os.path.abspath(args.keep) if args.keep else tempfile.mkdtemp(prefix="pycore-e2e-")
    os.makedirs(work, exist_ok=True)
    os.environ["XDG_CACHE_HOME"] = os.path.join(work, "cache")      # not the caller's, for whatever is run
    try:
        if args.valgrind:
            args.pycore = memcheck.wrap(args.pycore, work)
        counts = run(args, work, reason)
    except Skip as e:
        sys.exit("run.py: " + str(e))
    finally:
        if not args.keep:
            shutil.rmtree(work, ignore_errors=True)
    if args.verbose:
        print("%.0f seconds" % (time.monotonic() - begun))
    print("%(passed)d passed, %(failed)d failed, %(skipped)d skipped" % counts)
    sys.exit(1 if counts["failed"] else 0)


def run(args, work, reason):
    counts = {"passed": 0, "failed": 0, "skipped": 0}

    def say(name, outcome, lines):
        counts[outcome] += 1
        if outcome == "passed":
            if args.verbose:
                print("passed: %s" % name)
        elif outcome == "skipped":
            print("skipped: %s: %s" % (name, lines[0]))
        else:
            print("FAILED: %s" % name)
            for line in lines[:SHOWN]:
                print("    " + line)
            if len(lines) > SHOWN:
                print("    ... and %d more" % (len(lines) - SHOWN))
        sys.stdout.flush()

    if reason:
        print("The cores are taken with gcore, of processes that stop where they would have died: " + reason)
    if not schema.jsonschema:
        say("schema", "skipped", [schema.MISSING])
    found, missing = interpreters.find()
    chosen = [i for i in found if wanted(args.only_interpreter, i.name)]
    own = [i for i in chosen if not i.run]
    for name, why in missing:
        if wanted(args.only_interpreter, name):
            say("interpreter " + name, "failed" if args.strict and name != interpreters.FURTHER else "skipped", [why])
    programs = [p for p in find_programs() if not args.only_program or p in args.only_program]
    tests = []
    for i, interpreter in enumerate(chosen):
        for j, program in enumerate(programs):
            if suits(program, interpreter.version):
                folder = os.path.join(work, "%s-%s" % (interpreter.name, program))
                shutil.rmtree(folder, ignore_errors=True)
                # started through the dynamic linker, the interpreter is not the process's executable
                named = (i + j) % 2 == 0 and "ldso" not in interpreter.kind
                tests.append(Test(interpreter, program, folder, args, bool(reason), named))
    with concurrent.futures.ProcessPoolExecutor(max(1, args.jobs)) as pool:
        futures = [(t, pool.submit(run_test, t)) for t in tests]
        values = value_tests(args, chosen, work, bool(reason), pool)
        for test, future in futures:
            try:
                say(test.name, *future.result())
            except Exception as e:      # of the suite itself: a failure of this test, and the others go on
                say(test.name, "failed", ["%s: %s" % (type(e).__name__, e)])
        for name, future in values:
            try:
                outcome, lines = future.result()
            except Exception as e:
                outcome, lines = "failed", ["%s: %s" % (type(e).__name__, e)]
            if outcome == "passed":
                print("%s: %s" % (name, lines[0]))
            say(name, outcome, lines)
    for name, outcomes in at_once(suites(args, own, chosen, work, bool(reason)), args.jobs):
        for test, outcome, lines in outcomes:
            say(("%s %s" % (name, test)).strip(), outcome, lines)
    if not args.oracle_only and any(wanted(args.only_program, program) for program in value_table.NAMES):
        say("value_unknown", *value_table.check_reasons(work))
    if args.valgrind:
        runs, lines = memcheck.findings(work)
        print("valgrind: %d runs of the tool" % runs)
        say("valgrind", "passed" if runs and not lines else "failed", lines or ["nothing was run"])
    return counts


def suites(args, own, chosen, work, stop):
    """What is tested beside the programs: [(name, what gives the generator of its outcomes)]; --quick leaves out what takes long."""
    both = (args.pycore, own, PROGRAMS, SCHEMA, work, stop)
    rows = [("wrong_input", True, lambda: wrong_input.run(*both)),
            ("stored", False, lambda: stored.run(*both)),
            ("inside", True, lambda: inside.run(args.pycore, chosen, PROGRAMS, SCHEMA, work, stop)),
            ("foreign", False, lambda: foreign.run_all(args.pycore, own, PROGRAMS, SCHEMA, work, stop)),
            ("distilled", False, lambda: distilled.run(*both, args.jobs)),
            ("redact", True, lambda: redact.run(*both, args.jobs)),
            ("scan", False, lambda: scan.run(*both, args.jobs)),
            ("scan_state", True, lambda: scan_state.run(args.pycore, work)),
            ("side_by_side", False, lambda: side_by_side.run(*both)),
            ("cached", False, lambda: cached.run(*both)),
            ("small_cores", True, lambda: small_cores.run(args.pycore, work)),
            ("pipelines", True, lambda: pipelines.run(args.pycore, work)),
            ("spark", False, lambda: spark.run(args.pycore, work)),
            ("hostile", False, lambda: hostile.run(args.pycore, HOSTILE, SCHEMA, work, args.keep, args.jobs)),
            ("cut", False, lambda: cut.run(args.pycore, own, PROGRAMS, SCHEMA, work, stop, args.jobs)),
            ("faults", False, lambda: faults.run(args.pycore, SCHEMA, work, args.jobs)),
            ("third_party", False, lambda: third_party.run(args.pycore, chosen, work, stop, args.keep)),
            ("layouts", False, lambda: layouts.run(args.pycore, chosen, PROGRAMS, work, stop, args.jobs, args.only_program or (), suits, args.table))]
    if args.oracle_only:
        return []
    rows = [r for r in rows if not args.valgrind or r[0] not in memcheck.LEFT_OUT]
    return [(name, make) for name, quick, make in rows if wanted(args.only_program, name) and (quick or args.only_program or not args.quick)]


SUITES = []             # what at_once() was called with, for the processes that are forked by it


def run_suite(number):
    """All outcomes of one suite; what goes wrong in the suite itself is a failure."""
    outcomes = []
    try:
        outcomes.extend(SUITES[number][1]())
    except Exception as e:
        outcomes.append(("", "failed", ["%s: %s" % (type(e).__name__, e)]))
    return outcomes


def at_once(rows, jobs):
    """[(name, outcomes)] of the suites, in their order: two run at once, as each has stretches in which one processor has nothing to do."""
    SUITES[:] = rows
    context = multiprocessing.get_context("fork")
    with concurrent.futures.ProcessPoolExecutor(2 if jobs > 1 else 1, mp_context=context) as pool:
        futures = [(name, pool.submit(run_suite, number)) for number, (name, _) in enumerate(rows)]
        for name, future in futures:
            try:
                yield name, future.result()
            except Exception as e:      # its process died
                yield name, [("", "failed", ["%s: %s" % (type(e).__name__, e)])]


def value_tests(args, chosen, work, stop, pool):
    """[(name, the future of its outcome)]"""
    if args.oracle_only:
        return []
    found = []
    for program in value_table.NAMES:
        for interpreter in chosen if wanted(args.only_program, program) else []:
            folder = os.path.join(work, "%s-%s" % (interpreter.name, program))
            found.append(("%s.%s" % (program, interpreter.name),
                          pool.submit(value_table.run_one, interpreter, program, folder, args.pycore, stop, args.seed, args.keep)))
    for interpreter in chosen if wanted(args.only_program, value_damage.NAME) else []:
        folder = os.path.join(work, "%s-%s" % (interpreter.name, value_damage.NAME))
        found.append(("%s.%s" % (value_damage.NAME, interpreter.name),
                      pool.submit(value_damage.run_one, interpreter, value_table.VALUES, folder, args.pycore, stop, args.keep)))
    return found


def wanted(only, name):
    return not only or any(name == o or name.startswith(o + ".") for o in only)


if __name__ == "__main__":
    main()
