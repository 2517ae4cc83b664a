"""Many values of all types that people meet, by tables of expressions (value_table) and at random (value_random): what a
report says of each against what repr() has said in the process.

Run as a program it tells more: for instance `value_table.py --pycore ./pycore --only-interpreter 3.11 --list-unknown`.
"""
import argparse
import json
import os
import random
import re
import shutil
import sys
import tempfile

sys.dont_write_bytecode = True

import interpreters
from compare import Differences, short
from crash import Failure, Skip, crash, debugger_needed, plain
from tool import Tool, check_status, load_report
from value_check import OUTCOMES, PLAIN, is_cut_of, outcome, stand_in_types
from value_unknown import note, reason_for, stale

HERE = os.path.dirname(os.path.abspath(__file__))
VALUES = os.path.normpath(os.path.join(HERE, "..", "..", "..", "testdata", "values"))
NAMES = ("value_table", "value_random")
UNLIMITED = ["--max-repr=0", "--max-items=0", "--max-depth=0", "--max-attributes=0"]
SEED = "seed"           # the file that tells the program its seed
REASONS = "reasons"     # the folder of what value_unknown.py notes


class Result:
    """What has come of one program under one interpreter."""

    def __init__(self):
        self.differences = Differences()
        self.counts = dict.fromkeys(OUTCOMES, 0)
        self.attributes = dict.fromkeys(OUTCOMES, 0)
        self.unknown = []       # (expression, reason or None, text)
        self.reasons = set()    # the entries of value_unknown.py that were needed
        self.wrong = []         # (expression, expected, got)

    def summary(self):
        text = "tried %d, %s" % (sum(self.counts.values()), ", ".join("%s %d" % (o, self.counts[o]) for o in OUTCOMES))
        if sum(self.attributes.values()):
            text += "; attributes: tried %d, %s" % (sum(self.attributes.values()),
                                                   ", ".join("%s %d" % (o, self.attributes[o]) for o in OUTCOMES))
        unlisted = sum(1 for u in self.unknown if u[1] is None)
        return text + ("; unknown without a reason: %d" % unlisted if unlisted else "")


def read_lines(folder, count):
    with open(os.path.join(folder, "answer.jsonl")) as f:
        lines = [plain(json.loads(line)) for line in f]
    if len(lines) != count:
        raise Failure("the answer has %d values, and says that it has %d" % (len(lines), count))
    return lines


def values_in(report):
    """{"v12": the local of that name}"""
    found = {}
    for thread in report["threads"]:
        for frame in thread["frames"]:
            if frame["name"] == "hold":
                found.update((v["name"], v) for v in frame["locals"] or [])
    return found


def compare_attributes(result, line, value, version):
    got, told = value.get("attributes"), line.get("attributes")
    if got is None:
        if told and value["attributes_status"] != "repeated":
            result.attributes["unknown"] += len(told)
            result.unknown.append((line["expression"] + ": attributes", None, value["attributes_status"]))
        return
    want = {a[0]: a for a in told or []}
    missing = set(want) - set(a["name"] for a in got) - {None}
    if missing and value["attributes_status"] == "complete":
        result.attributes["wrong"] += len(missing)
        result.wrong.append((line["expression"] + ": attributes", sorted(want), [a["name"] for a in got]))
    for attribute in got:
        where = "%s: attribute %s" % (line["expression"], attribute["name"])
        if attribute["name"] not in want and None in want:
            continue        # keys that are no text
        if attribute["name"] not in want:
            result.attributes["wrong"] += 1
            result.wrong.append((where, "no such attribute", attribute["value"]))
            continue
        text, stand_in = want[attribute["name"]][1], want[attribute["name"]][-1]
        kind, expected = outcome(attribute, text, stand_in, None if text is not None else "an exception", False, None)
        result.attributes[kind] += 1
        if kind == "wrong":
            result.wrong.append((where, expected, attribute["value"]))


def compare_value(result, line, value, version):
    expression = line["expression"]
    if value["type"] != line["type"] or value["address"] != line["address"]:
        result.counts["wrong"] += 1
        result.wrong.append((expression, [line["type"], line["address"]], [value["type"], value["address"]]))
        return
    kind, expected = outcome(value, line["repr"], line.get("stand_in", line["repr"]), line.get("raises"),
                             line.get("unlimited"), line["plain"])
    result.counts[kind] += 1
    if kind == "wrong":
        result.wrong.append((expression, expected, value["value"]))
    elif kind == "unknown":
        wanted = [t for t in (line["repr"], line.get("stand_in")) if t is not None]
        types = stand_in_types(value["value"], wanted)
        why, entries = reason_for(expression, types, version)
        result.reasons |= entries
        result.unknown.append((expression, why, value["value"]))
    compare_attributes(result, line, value, version)


# A repr() that was begun where the text is cut: whether it could have been told to its end was not found out.
BEGUN = re.compile(r"[\w.(']*\.\.\.$")


def compare_cut(result, line, full, cut):
    """The same value under the limits that users have."""
    if not cut["truncated"]:
        if (cut["value"], cut["exact"]) != (full["value"], full["exact"]):
            result.wrong.append((line["expression"] + " (limited)", full["value"], cut["value"]))
    elif cut["exact"] is not False or not (cut["value"] and ("..." in cut["value"] or PLAIN.search(cut["value"]))) or not (
            full["value"] is None or len(full["value"]) > 200000 or is_cut_of(cut["value"], full["value"]) or is_cut_of(BEGUN.sub("...", cut["value"]), full["value"])):
        result.wrong.append((line["expression"] + " (limited)", full["value"], cut["value"]))


def examine(interpreter, program, folder, pycore, stop, seed):
    """Result of one program under one interpreter."""
    result = Result()
    d = result.differences
    with open(os.path.join(folder, SEED), "w") as f:
        f.write(str(seed))
    core, executable, answer = crash(interpreter, program, VALUES, folder, stop)
    lines = read_lines(folder, answer["count"])
    tool = Tool(pycore, os.path.join(os.path.dirname(folder), "cache"))
    reports = []
    for limits in (UNLIMITED, []):
        ran = tool.run("analyze", "--json", *limits, core, executable)
        check_status(d, "analyze --json " + " ".join(limits), ran, [0, 1])
        report = load_report(d, ran)
        if report is None:
            return result
        reports.append(values_in(report))
        if limits:
            with open(os.path.join(folder, "report.json"), "wb") as f:
                f.write(ran.out)
    for i, line in enumerate(lines):
        full, cut = (r.get("v%d" % i) for r in reports)
        if full is None or cut is None:
            result.counts["wrong"] += 1
            result.wrong.append((line["expression"], "a local variable v%d" % i, None))
        elif "died" not in line:
            compare_value(result, line, full, interpreter.version)
            compare_cut(result, line, full, cut)
    for expression, reason, text in result.unknown:
        if reason is None:
            d.append("%s: not known, and value_unknown.py gives no reason: %s" % (expression, short(str(text))))
    for expression, expected, got in result.wrong:
        d.append("%s: expected %s, got %s" % (expression, short(expected), short(got)))
    return result


def run_one(interpreter, program, folder, pycore, stop, seed, keep=False, list_unknown=False):
    """(outcome, [lines]), of which the first one is the summary"""
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    try:
        result = examine(interpreter, program, folder, pycore, stop, seed)
        note(os.path.join(os.path.dirname(folder), REASONS), interpreter, program, result.reasons)
        lines = [result.summary() + ("; seed %d" % seed if program == "value_random" else "")]
        if list_unknown:
            lines += ["unknown: %s: %s" % (x, why or "NO REASON (%s)" % short(str(text))) for x, why, text in result.unknown]
        return ("failed" if result.differences else "passed"), lines + result.differences
    except Skip as e:
        return "skipped", [str(e)]
    except Failure as e:
        return "failed", [str(e)]
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)


def check_reasons(work):
    """(outcome, [lines]) of the entries of value_unknown.py, once all has been run."""
    unneeded, judged = stale(os.path.join(work, REASONS))
    if unneeded:
        return "failed", ["value_unknown.py: nothing needs %s any more" % entry for entry in unneeded]
    return ("passed" if judged else "skipped"), ["%d entries, each needed" % judged]


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    p.add_argument("--pycore", metavar="PATH", default="./pycore", help="the tool (./pycore)")
    p.add_argument("--only-interpreter", action="append", metavar="NAME", help="3.11.7, 3.11 or system (repeatable)")
    p.add_argument("--only-program", action="append", choices=NAMES, help="one of the two")
    p.add_argument("--seed", type=int, metavar="N", help="of the random values (another one each time)")
    p.add_argument("--list-unknown", action="store_true", help="name the values that are not known")
    p.add_argument("--without-debug", action="store_true",
                   help="do not show the tool debug files that lie apart: the layouts are those of versions/")
    p.add_argument("--gcore", action="store_true", help="take the cores with gcore")
    p.add_argument("--keep", metavar="DIR", help="leave cores, answers and reports in this folder")
    args = p.parse_args()
    seed = args.seed if args.seed is not None else random.SystemRandom().randrange(1 << 31)
    work = os.path.abspath(args.keep) if args.keep else tempfile.mkdtemp(prefix="pycore-values-")
    failed = False
    try:
        for interpreter in interpreters.find()[0]:
            if args.only_interpreter and not any(interpreter.name == o or interpreter.name.startswith(o + ".")
                                                 for o in args.only_interpreter):
                continue
            if args.without_debug:
                interpreter.debug_file = None
            for program in args.only_program or NAMES:
                folder = os.path.join(work, "%s-%s" % (interpreter.name, program))
                outcome, lines = run_one(interpreter, program, folder, os.path.abspath(args.pycore),
                                         bool(args.gcore or debugger_needed()), seed, args.keep, args.list_unknown)
                print("%s.%s: %s" % (program, interpreter.name, "\n    ".join(lines)))
                failed |= outcome == "failed"
                sys.stdout.flush()
        outcome, lines = check_reasons(work)
        print("value_unknown: %s" % "\n    ".join(lines))
        failed |= outcome == "failed"
    finally:
        if not args.keep:
            shutil.rmtree(work, ignore_errors=True)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
