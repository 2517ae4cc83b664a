#!/usr/bin/env python3
"""Whole-process time and peak memory of pycore, pystack and py-spy on the same cores, as a Markdown table.

    make bench [BENCH_FLAGS=...] [BENCH_VENV=DIR]

The cores are made here, with each chosen interpreter, and deleted afterwards:

    threads    4 threads, about 45 MB
    many       1,000 threads of 30 frames each
    deep       100,000 frames in one thread
    big        3 GB of touched heap (half of it small objects), 4 threads

Wall and CPU seconds are medians; the runs of the tools are interleaved, so that whatever else the machine does meets all
of them alike; cores are in the page cache. Peak is the largest resident set of any run. The peers come from PyPI into a
venv under $XDG_CACHE_HOME; BENCH_VENV names one that has them already.
"""
import argparse
import json
import os
import platform
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile

import takecore

PROGRAMS = {
    "threads": """
        payload = [{"number": n, "name": "item %d" % n} for n in range(5000)]
        start_threads(4, 10)
        die()
    """,
    "many": """
        threading.stack_size(256 * 1024)
        start_threads(1000, 30)
        die()
    """,
    "deep": """
        sys.setrecursionlimit(200000)
        def recurse(number):
            if number == 1:
                die()
            recurse(number - 1)
        # Up to 3.10 each call of a function takes some of the C stack.
        if sys.version_info < (3, 11):
            threading.stack_size(1000 * 1024 * 1024)
        thread = threading.Thread(target=recurse, args=(DEPTH,))
        thread.start()
        thread.join()
    """,
    "big": """
        small = ["record %020d" % n + "x" * 60 for n in range(BYTES // 2 // 137)]
        blocks = []
        pattern = bytearray(range(1, 256)) * 4112
        while len(blocks) * len(pattern) < BYTES // 2:
            blocks.append(bytearray(pattern))
        start_threads(4, 10)
        die()
    """,
}

# Each thread has `depth` frames of work() on top of those of the threading module, and sleeps in the last one.
PRELUDE = """
import os, sys, threading, time
BYTES = 3 * 10 ** 9
DEPTH = 100000
ready = threading.Semaphore(0)
def die():
    os.abort()
def work(number, left, text):
    if left > 1:
        values = [number, left, text]
        return work(number, left - 1, text + ".")
    ready.release()
    while True:
        time.sleep(1000)
def start_threads(count, depth):
    for number in range(count):
        thread = threading.Thread(target=work, args=(number, depth, "thread %d" % number))
        thread.daemon = True
        thread.start()
    for number in range(count):
        ready.acquire()
    time.sleep(0.2)
"""

# The function whose frames are counted, and how many of them each core has.
EXPECTED = {"threads": ("work", 40), "many": ("work", 30000), "deep": ("recurse", 100000), "big": ("work", 40)}
TITLES = {"threads": "4 threads", "many": "1,000 threads x 30 frames", "deep": "100,000 frames", "big": "3 GB heap"}
PEERS = ["pystack", "py-spy"]


def say(text):
    print("bench: " + text, file=sys.stderr, flush=True)


# ---- Cores ---------------------------------------------------------------------------------------


def make_core(interpreter, name, folder):
    body = "".join(line[8:] + "\n" for line in PROGRAMS[name].splitlines())
    program = os.path.join(folder, name + ".py")
    with open(program, "w", encoding="utf-8") as file:
        file.write(PRELUDE + body)
    core = os.path.join(folder, name + ".core")
    say("%s: making the core `%s`" % (interpreter, name))
    how = takecore.take([interpreter, program], core)
    say("%d MB, taken %s" % (os.path.getsize(core) // 10**6, how))
    return core


# ---- Tools ---------------------------------------------------------------------------------------


def make_venv():
    """The folder of the venv that has the peers."""
    given = os.environ.get("BENCH_VENV")
    if given:
        return given
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    venv = os.path.join(cache, "pycore-bench")
    if not all(os.path.exists(os.path.join(venv, "bin", name)) for name in PEERS):
        say("installing %s into %s" % (" and ".join(PEERS), venv))
        subprocess.run([sys.executable, "-m", "venv", venv], check=True)
        subprocess.run([os.path.join(venv, "bin", "pip"), "install", "-q"] + PEERS, check=True)
    return venv


def tools(pycore, venv):
    """(title, command line with CORE and EXE to be filled in, how its frames are counted)"""
    bin_folder = os.path.join(venv, "bin")
    found = []
    if pycore:
        found += [("pycore, text", [pycore, "analyze", "CORE", "EXE"], None),
                  ("pycore, JSON", [pycore, "analyze", "--json", "CORE", "EXE"], count_json)]
    found += [("pystack", [os.path.join(bin_folder, "pystack"), "core", "CORE", "EXE", "--locals"], count_pystack),
              ("py-spy", [os.path.join(bin_folder, "py-spy"), "dump", "--core", "CORE", "-l"], count_py_spy)]
    return found


def count_lines(path, pattern):
    wanted = re.compile(pattern)
    with open(path, "rb") as file:
        return sum(1 for line in file if wanted.search(line))


def count_pystack(path, function):
    return count_lines(path, rb"\(Python\) File .* in " + function.encode() + rb"$")


def count_py_spy(path, function):
    return count_lines(path, rb"^    " + function.encode() + rb" \(")


def count_json(path, function):
    with open(path, encoding="utf-8") as file:
        report = json.load(file)
    return sum(1 for thread in report["threads"] for frame in thread["frames"] if frame["name"] == function)


# ---- Measuring -----------------------------------------------------------------------------------


class Result:
    def __init__(self, title, count):
        self.title = title
        self.count = count
        self.wall = []
        self.cpu = []
        self.peak_kb = 0
        self.frames = None
        self.problem = None

    def add_run(self, measure, command, folder, function):
        numbers, output = os.path.join(folder, "numbers"), os.path.join(folder, "output")
        process = subprocess.run([measure, numbers, output] + command, check=False)
        if process.returncode != 0:
            self.problem = "could not be run"
            return
        with open(numbers, encoding="ascii") as file:
            wall, cpu, peak_kb, status = file.read().split()
        if status != "0":
            with open(output, "rb") as file:
                lines = file.read().decode("utf-8", "replace").strip().splitlines() or [""]
            signal_number = int(status) - 128
            what = "exit status " + status
            if signal_number > 0 and signal_number in set(signal.Signals):
                what = "ends by " + signal.Signals(signal_number).name
            said = next((line for line in lines if "panicked" in line or line.startswith("Error")), lines[-1])
            self.problem = "%s; says: %s" % (what, said.strip()[:110])
            return
        if self.count is not None and self.frames is None:
            self.frames = self.count(output, function)
        self.wall.append(float(wall))
        self.cpu.append(float(cpu))
        self.peak_kb = max(self.peak_kb, int(peak_kb))

    def row(self, base):
        if self.problem:
            return "| %s | %s | | | | | |" % (self.title, self.problem.replace("|", "\\|"))
        wall = statistics.median(self.wall)
        ratio = memory = ""
        if base is not None and base is not self and not base.problem:
            ratio = "%.1f" % (wall / statistics.median(base.wall))
            memory = "%.1f" % (self.peak_kb / base.peak_kb)
        frames = "" if self.frames is None else str(self.frames)
        return "| %s | %.3f | %.3f | %.1f | %s | %s | %s |" % (
            self.title, wall, statistics.median(self.cpu), self.peak_kb / 1024, ratio, memory, frames)


def runs_for(first_round_seconds, asked):
    """Short runs are cheap and noisy, long ones neither."""
    if asked:
        return asked
    if first_round_seconds < 4:
        return 9
    return 5 if first_round_seconds < 60 else 3


def measure_core(args, venv, interpreter, name, core, folder):
    function, frames = EXPECTED[name]
    results = []
    for title, template, count in tools(args.pycore, venv):
        command = [{"CORE": core, "EXE": interpreter}.get(word, word) for word in template]
        results.append((Result(title, count), command))
    done = 0
    runs = args.runs or 1
    while done < runs:
        for result, command in results:
            if result.problem is None:
                result.add_run(args.measure, command, folder, function)
        done += 1
        if done == 1:
            runs = runs_for(sum(result.wall[0] for result, _ in results if result.wall), args.runs)
    base = next((result for result, _ in results if result.title == "pycore, text"), None)
    print("\n%s: core of %d MB, %d frames of `%s`, %d runs each\n"
          % (TITLES[name], os.path.getsize(core) // 10**6, frames, function, runs))
    print("| | wall s | CPU s | peak MB | x pycore's time | x pycore's memory | frames found |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for result, _ in results:
        if result.frames is not None and result.frames != frames:
            result.title += " (frames missing)"
        print(result.row(base), flush=True)


# ---- The program ---------------------------------------------------------------------------------


def default_interpreters():
    pyenv = os.path.expanduser("~/.pyenv/versions")
    found = [os.path.join(pyenv, version, "bin", "python3") for version in ("3.11.7", "3.13.0")]
    return [path for path in found if os.path.exists(path)] or [shutil.which("python3")]


def version_line(command):
    try:
        text = subprocess.run(command + ["--version"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False).stdout
    except OSError as error:
        return str(error)
    return text.decode("utf-8", "replace").strip().splitlines()[0] if text.strip() else "no version"


def main():
    parser = argparse.ArgumentParser(description="Compares pycore with pystack and py-spy on cores made here.")
    parser.add_argument("--pycore", help="the pycore to measure; without it only the peers are")
    parser.add_argument("--measure", required=True, help="the built src/tests/measure")
    parser.add_argument("--interpreter", action="append", help="a python3 with debug information (repeatable)")
    parser.add_argument("--cores", default=",".join(PROGRAMS), help="which, separated by commas (default: %(default)s)")
    parser.add_argument("--runs", type=int, default=0, help="runs of each tool per core (default: 9, 5 or 3, by their length)")
    parser.add_argument("--keep", metavar="FOLDER", help="make the cores in FOLDER and leave them there")
    args = parser.parse_args()
    args.measure = os.path.abspath(args.measure)
    args.pycore = args.pycore and os.path.abspath(args.pycore)
    unknown = [name for name in args.cores.split(",") if name not in PROGRAMS]
    if unknown:
        parser.error("no such core: " + ", ".join(unknown))

    venv = make_venv()
    print("%s, %d CPUs" % (platform.platform(), os.cpu_count()))
    for name in ([args.pycore] if args.pycore else []) + [os.path.join(venv, "bin", peer) for peer in PEERS]:
        version = version_line([name])
        title = os.path.basename(name)
        print("- " + (version if version.startswith(title) else title + " " + version))
    for interpreter in args.interpreter or default_interpreters():
        interpreter = os.path.realpath(interpreter)
        print("\n## %s (%s)" % (version_line([interpreter]), interpreter), flush=True)
        for name in args.cores.split(","):
            with tempfile.TemporaryDirectory(prefix="pycore-bench-") as folder:
                place = args.keep or folder
                os.makedirs(place, exist_ok=True)
                try:
                    core = make_core(interpreter, name, place)
                except (takecore.NoCore, OSError, subprocess.TimeoutExpired) as error:
                    print("\n%s: no core: %s" % (TITLES[name], error), flush=True)
                    continue
                measure_core(args, venv, interpreter, name, core, folder)


if __name__ == "__main__":
    main()
