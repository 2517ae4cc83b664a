#!/usr/bin/env python3
"""pycore beside pystack, py-spy, gdb and eu-stack on the same cores, and beside the floor: what a report cannot cost less than.

    make bench [BENCH_FLAGS=...] [BENCH_VENV=DIR] [BENCH_STATIC=FILE] [BENCH_RECORD=1]

The cores are made here and deleted afterwards (cores.py). The runs of the tools on a core are interleaved, so that whatever
else the machine does meets all of them alike; the core is in the page cache. Figures are medians; ratios are those of runs
of one round, with the lowest and the highest. The floor (floor.c) maps the core, touches the pages that pycore needed
(pages.py) and writes as many bytes. Instructions are those that callgrind counts. The results go to bench.md, bench.svg and
growth.svg in the current folder; --record puts them into the source tree, and their sums into README.md.
"""
import sys

sys.dont_write_bytecode = True      # the source tree may be read-only

import argparse
import json
import os
import platform
import shutil
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import cores
import goals
import growth
import running
import scanning
import tables
import tools

PARTS = [kind.name for kind in cores.KINDS] + ["growth", "scan"]
LATE = ("deep", "big", "sparse", "many")        # made and deleted one after another: they are large


def say(text):
    print("bench: " + text, file=sys.stderr, flush=True)


class Cores:
    """The cores, made when they are asked for."""

    def __init__(self, interpreter, folder):
        self.interpreter, self.folder, self.made = interpreter, folder, {}

    def get(self, kind):
        if kind.name not in self.made:
            self.made[kind.name] = self.make(kind)
        return self.made[kind.name]

    def make(self, kind):
        like = next((other for other in cores.KINDS if other.name == kind.like), None)
        if like:
            return cores.pack(self.get(like), kind.packed) if kind.packed else self.get(like)
        interpreter = cores.debian_interpreter() if kind.debian else self.interpreter
        if interpreter is None:
            raise cores.NoCore("this is no Debian with a python3")
        say("making the core `%s` with %s" % (kind.name, interpreter))
        return cores.make(kind, interpreter, self.folder)

    def drop(self, kind):
        core = self.made.pop(kind.name, None)
        if core and os.path.exists(core.path):
            os.remove(core.path)


def interpreter_of(kind, interpreter):
    return cores.debian_interpreter() if kind.debian else interpreter


def measure_cores(bench, args, venv, all_cores):
    """[Measured] of the cores that were asked for."""
    found = []
    for kind in cores.KINDS:
        if kind.name not in args.only:
            continue
        try:
            core = all_cores.get(kind)
        except (cores.NoCore, OSError) as error:
            say("%s: no core: %s" % (kind.name, error))
            continue
        all_tools = tools.pycore_tools(bench.pycore, kind.options)
        all_tools += [tools.static_tool(args.static, kind.options)] if args.static else []
        all_tools += [] if args.no_peers else tools.peers(venv, interpreter_of(kind, all_cores.interpreter))
        if kind.name == "big":
            all_tools.append(reference(bench, all_cores))
        say("%s: measuring" % kind.name)
        started = time.monotonic()
        measured = running.measure(bench, kind, core, all_tools)
        measured.layout = layout_of(bench, core, kind)
        found.append(measured)
        say("%s: %d s" % (kind.name, time.monotonic() - started))
        print(tables.core_section(measured), flush=True)
        if kind.name in LATE:
            all_cores.drop(kind)
    return found


def reference(bench, all_cores):
    """pycore on the small core of the same program, in the rounds of the large one."""
    small = all_cores.get(next(kind for kind in cores.KINDS if kind.name == "threads"))
    return tools.Tool("pycore, text, of the 30 MB core", "reference",
                      [bench.pycore, "analyze", "--limit-time=0", small.path, small.executable], None)


def layout_of(bench, core, kind):
    """Where pycore says that the layout came from."""
    run = bench.run([bench.pycore, "analyze", "--json", "--no-locals"] + kind.options + [core.path, core.executable])
    if run.status not in (0, 1):
        return None
    with open(bench.path("output"), encoding="utf-8") as file:
        layout = (json.load(file).get("interpreter") or {}).get("layout") or {}
    origin = "from the cache" if layout.get("cached") else os.path.basename(layout.get("origin") or "")
    return "%s, %s" % (layout.get("source"), origin)


def head(args, venv, interpreter):
    notes = " Load of the machine at the start: %.1f.%s" % (os.getloadavg()[0], " A quick run." if args.quick else "")
    version = cores.ask(interpreter, "'%d.%d.%d' % sys.version_info[:3]")
    return "%s, %d CPUs, %s; CPython %s. %s.%s\n" % (
        cpu_name(), os.cpu_count(), "%s %s" % (platform.system(), platform.release().split("-")[0]), version, ", ".join(tools.versions(args.pycore, venv)), notes)


def cpu_name():
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:
            return next(line.split(":")[1].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.machine()


def show_goals(found, scanned):
    all_goals = goals.goals({measured.kind.name: measured for measured in found}, scanned)
    print("## Goals\n\n" + tables.goal_table(all_goals), flush=True)
    return all_goals


def finish(args, about, found, grown, scanned):
    """Writes all results; with --record into the source tree, too."""
    text = "# What `make bench` measured\n\n%s\n" % about
    if found or scanned:
        all_goals = show_goals(found, scanned)
        text += "## Goals\n\n%s\n" % tables.goal_table(all_goals)
    if found:
        tables.write("bench.svg", tables.bar_plot(found))
        text += "![Times](bench.svg)\n\n## Cores\n\n" + "\n".join(tables.core_section(measured) for measured in found)
    if scanned:
        text += "\n## Scan\n\n" + tables.scan_section(scanned)
    if grown:
        tables.write("growth.svg", tables.growth_plot(grown))
        text += "\n## Growth\n\n" + tables.growth_table(grown) + "\n![Growth](growth.svg)\n"
    tables.write("bench.md", text)
    say("results are in bench.md, bench.svg and growth.svg of %s" % os.getcwd())
    if args.record:
        record(about, found, grown, scanned)


def record(about, found, grown, scanned):
    folder, readme = os.path.join(cores.TOP, "doc"), os.path.join(cores.TOP, "README.md")
    with open(readme, encoding="utf-8") as file:
        text = file.read()
    if len(found) == len(cores.KINDS) and scanned:
        text = tables.replace_between(text, "bench", "%s\n%s\n%s" % (about, tables.overview(found), tables.scan_section(scanned)))
        shutil.copy("bench.svg", folder)
        shutil.copy("bench.md", folder)
    else:
        say("README.md keeps the figures of the cores: not all of them were measured")
    if grown:
        text = tables.replace_between(text, "growth", tables.growth_table(grown))
        shutil.copy("growth.svg", folder)
    tables.write(readme, text)


def arguments():
    parser = argparse.ArgumentParser(description="Compares pycore with pystack, py-spy, gdb and eu-stack on cores made here.")
    parser.add_argument("--pycore", required=True, help="the pycore to measure")
    parser.add_argument("--static", metavar="FILE", help="the same pycore as one static file, measured beside it")
    parser.add_argument("--programs", required=True, help="the folder of the built `measure` and `floor`")
    parser.add_argument("--interpreter", help="the python3 whose cores are measured (default: the newest one of pyenv)")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, metavar="NAME", help="which of " + ", ".join(PARTS))
    parser.add_argument("--quick", action="store_true", help="few runs, short growth")
    parser.add_argument("--no-peers", action="store_true", help="pycore and its floor only")
    parser.add_argument("--record", action="store_true", help="put the results into the source tree, too")
    args = parser.parse_args()
    if args.record and args.no_peers:
        parser.error("--record needs the peers")
    args.pycore, args.programs = os.path.abspath(args.pycore), os.path.abspath(args.programs)
    args.static = os.path.abspath(args.static) if args.static else None
    return args


def main():
    args = arguments()
    interpreter = os.path.realpath(args.interpreter or cores.newest_interpreter())
    venv = tools.make_venv(say)
    about = head(args, venv, interpreter)
    print(about, flush=True)
    with tempfile.TemporaryDirectory(prefix="pycore-bench-") as folder:
        bench = running.Bench(args.pycore, args.programs, folder, args.quick, say)
        found = measure_cores(bench, args, venv, Cores(interpreter, folder))
        scanned = scanning.measure(bench, interpreter, venv) if "scan" in args.only else None
        if scanned:
            print(tables.scan_section(scanned), flush=True)
        grown = growth.measure(bench, interpreter) if "growth" in args.only else None
        if grown:
            print(tables.growth_table(grown), flush=True)
        finish(args, about, found, grown, scanned)


if __name__ == "__main__":
    main()
