"""Cores of which a part is missing: cut off at points evenly spread, and written under every coredump_filter, by the kernel and
by a debugger. What is left is told, nothing wrong is, and more of a file never gives less of a report.

Called by run.py; run(...) yields (name, "passed" | "failed" | "skipped", lines). By itself, at more points:

    cut.py --pycore ./pycore --points 200 CORE...
"""
import argparse
import concurrent.futures
import json
import os
import shutil
import sys
import tempfile

if __name__ == "__main__":
    sys.dont_write_bytecode = True
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import schema
from compare import Differences, compare
from crash import crash
from outcome import outcome_of
from tool import WIDE, Tool, check_one_line, check_status

WANTED = ["2.7", "3.9", "3.13", "system"]
PROGRAM = "deadlock"    # several threads
POINTS = 25             # in which a core is cut; by hand 200
FILTERS = ("0x00", "0x01", "0x31", "0x33", "0x7f")


def values_of(frame):
    return {x["name"]: x["value"] for x in frame["locals"] or [] if x["exact"] and not x["truncated"]}


def contradictions(d, where, whole, report):
    """What a report of less says otherwise than that of the whole."""
    d.same(where + ": signal", whole["process"]["signal"], report["process"]["signal"]) if report["threads"] else None
    full = {t["tid"]: t for t in whole["threads"]}
    for t in report["threads"]:
        other = full.get(t["tid"])
        if other is None:
            d.add(where + ": thread", "one of " + " ".join(map(str, full)), t["tid"])
            continue
        if len(t["frames"]) > len(other["frames"]):
            d.add("%s: frames of thread %s" % (where, t["tid"]), len(other["frames"]), len(t["frames"]))
        by_address = {f["address"]: f for f in other["frames"] if f["address"]}
        for f in t["frames"]:
            same = by_address.get(f["address"])
            if same is None:
                d.add("%s: a frame of thread %s" % (where, t["tid"]), "one of the whole core", f["address"])
                continue
            for key in ("name", "filename", "line", "qualname"):
                if f[key] is not None and f[key] != same[key]:
                    d.add("%s: %s of %s" % (where, key, same["name"]), same[key], f[key])
            known = values_of(same)
            for name, value in values_of(f).items():
                if name in known and known[name] != value:
                    d.add("%s: %s in %s" % (where, name, same["name"]), known[name], value)


def frame_count(report):
    return sum(len(t["frames"]) for t in report["threads"]) if report else 0


def cut(d, tool, quick, core, points, folder, say=lambda *_: None):
    """The core is used up."""
    ran = tool.run("analyze", "--json", core)
    check_status(d, "the whole core", ran, [0, 1])
    whole = json.loads(ran.out.decode("utf-8"))
    size, before, statuses = os.path.getsize(core), frame_count(whole), {0: 0, 1: 0, 2: 0}
    for k in range(points - 1, 0, -1):
        left = size * k // points
        where = "cut to %d of %d bytes" % (left, size)
        os.truncate(core, left)
        ran = tool.run("analyze", "--json", core)
        check_status(d, where, ran, [1, 2])
        if ran.status not in (1, 2):
            continue
        statuses[ran.status] += 1
        if ran.status == 2:
            check_one_line(d, where, ran)
        if not ran.out:
            if left > 64:
                d.add(where, "a report, the ELF header being there", "none")
            continue
        report = json.loads(ran.out.decode("utf-8"))
        if not quick.is_valid(report):
            d.add(where, "a report valid by the schema", "another")
        d.same(where + ": core.truncated", True, report["core"]["truncated"])
        d.same(where + ": status", ["complete", "partial", "none"][ran.status], report["status"])
        contradictions(d, where, whole, report)
        now = frame_count(report)
        if now > before:
            d.add(where + ": frames", "no more than the %d of a larger part" % before, now)
        say(left, ran.status, len(report["threads"]), now)
        before = now
    return statuses


def cut_fresh(pycore, schema_path, interpreter, programs, folder, stop, d):
    core, _, _ = crash(interpreter, PROGRAM, programs, folder, stop)
    cut(d, Tool(pycore, os.path.join(folder, "cache")), schema.Quick(schema_path), core, POINTS, folder)


def filtered(pycore, schema_path, interpreter, programs, folder, stop, d, value, debugger=False):
    """Children inherit the filter of whoever starts them: this process has it meanwhile. A debugger that is told to leave mapped
    files out names none of them, and saves of their memory what it knows to be anonymous by then."""
    with open("/proc/self/coredump_filter") as f:
        own = f.read().strip()
    try:
        set_filter(value)
        core, _, answer = crash(interpreter, PROGRAM, programs, folder, stop)
    finally:
        set_filter("0x" + own)
    tool = Tool(pycore, os.path.join(folder, "cache"))
    nothing, nameless = value == "0x00", debugger and value == "0x01"
    ran = tool.run("analyze", "--json", *WIDE, core)
    check_status(d, "coredump_filter " + value, ran, [2] if nothing else [0, 1, 2] if nameless else [0])
    nothing |= nameless and ran.status == 2
    report = json.loads(ran.out.decode("utf-8"))
    if not schema.Quick(schema_path).is_valid(report):
        d.add("the report", "valid by the schema", "another")
    if nothing:
        check_one_line(d, "coredump_filter " + value, ran)
        if len(report["threads"]) < 2 or not all(t["registers"] for t in report["threads"]):
            d.add("threads", "with their registers", len(report["threads"]))
        if not stop and not report["process"]["signal"]:
            d.add("signal", "told", None)
    elif ran.status == 0:
        d.extend(x for x in compare(answer, report) if not (nameless and x.startswith("modules: ")))


def in_folder(test, pycore, schema_path, interpreter, programs, folder, stop, *more):
    """In a process of its own: the outcome of a test that leaves nothing in the folder."""
    d = Differences()
    try:
        return outcome_of(d, test, pycore, schema_path, interpreter, programs, folder, stop, d, *more)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def set_filter(value):
    with open("/proc/self/coredump_filter", "w") as f:
        f.write(value)


def run(pycore, interpreters, programs, schema_path, work, stop, jobs):
    folder = os.path.join(work, "cut")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    chosen = []
    for version in WANTED:
        found = [i for i in interpreters if i.name == version or i.name.startswith(version + ".")]
        if found:
            chosen.append(found[0])
        else:
            yield version, "skipped", ["no interpreter %s" % version]
    with concurrent.futures.ProcessPoolExecutor(max(1, jobs)) as pool:
        tasks = []
        for i in chosen:
            place = os.path.join(folder, i.name)
            os.makedirs(place)
            tasks.append(("%s at %d points" % (i.name, POINTS - 1),
                          pool.submit(in_folder, cut_fresh, pycore, schema_path, i, programs, make(place, "cut"), stop)))
            for value in FILTERS:
                if not os.path.exists("/proc/self/coredump_filter"):
                    yield "%s coredump_filter %s" % (i.name, value), "skipped", ["there is no /proc/self/coredump_filter"]
                    continue
                tasks.append(("%s coredump_filter %s" % (i.name, value),
                              pool.submit(in_folder, filtered, pycore, schema_path, i, programs, make(place, value), stop, value)))
                if value in ("0x00", "0x01", "0x7f") and not stop and shutil.which("gcore"):
                    tasks.append(("%s coredump_filter %s, by gcore" % (i.name, value),
                                  pool.submit(in_folder, filtered, pycore, schema_path, i, programs, make(place, value + "g"), True, value, True)))
        for name, future in tasks:
            yield (name, *future.result())
    shutil.rmtree(folder, ignore_errors=True)


def make(*parts):
    folder = os.path.join(*parts)
    os.makedirs(folder)
    return folder


def main():
    top = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", ".."))
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--pycore", default="./pycore")
    p.add_argument("--points", type=int, default=200)
    p.add_argument("cores", nargs="+", metavar="CORE")
    args = p.parse_args()
    quick, failed = schema.Quick(os.path.join(top, "src", "report", "pycore-report.schema.json")), False
    for path in args.cores:
        folder = tempfile.mkdtemp(prefix="pycore-cut-")
        copy, d = os.path.join(folder, "core"), Differences()
        shutil.copyfile(path, copy)
        seen = []
        statuses = cut(d, Tool(os.path.abspath(args.pycore), os.path.join(folder, "cache")), quick, copy, args.points, folder,
                       lambda *row: seen.append(row))
        shutil.rmtree(folder)
        print("%s: %d points, status 1: %d, status 2: %d" % (path, args.points, statuses[1], statuses[2]))
        for i, row in enumerate(seen):
            if not i or row[1:] != seen[i - 1][1:]:
                print("    %d bytes: status %d, %d threads, %d frames" % row)
        print(*d, sep="\n")
        failed |= bool(d)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
