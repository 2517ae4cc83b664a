"""Running the tools on one core: in turns, with what each run cost; and what they touched of it, and their instructions."""
import concurrent.futures
import os
import re
import shutil
import signal
import statistics
import subprocess
import tempfile

import pages
import tools
from figures import Spread, paired_ratio, runs_of_pages

MAXIMAL_ROUNDS = 15
ROW_SECONDS = 5         # after that many no more runs of a tool on a core
COLD_SECONDS = 5        # tools that take longer are not run on a core that has to come from the disk


class Bench:
    """What all measurements share: the programs, a folder, and how much time there is."""

    def __init__(self, pycore, programs, folder, quick, say):
        self.pycore, self.folder, self.quick, self.say = pycore, folder, quick, say
        self.measure, self.floor = os.path.join(programs, "measure"), os.path.join(programs, "floor")
        self.rounds = 5 if quick else MAXIMAL_ROUNDS
        self.row_seconds = 2 if quick else ROW_SECONDS
        self.valgrind = shutil.which("valgrind")
        self.callgrind_seconds = 0.2 if quick else 1.2      # of CPU; under callgrind it takes some 50 times as long
        self.environment = {k: v for k, v in os.environ.items() if k not in ("DEBUGINFOD_URLS", "NO_COLOR")}
        self.environment["XDG_CACHE_HOME"] = os.path.join(folder, "cache")

    def path(self, name):
        return os.path.join(self.folder, name)

    def run(self, command, limit=120):
        """Runs a command once and returns its Run; its output is in self.path("output")."""
        numbers = self.path("numbers")
        done = subprocess.run([self.measure, "-t", str(limit), numbers, self.path("output")] + command,
                              env=self.environment, check=False)
        if done.returncode != 0:
            raise OSError("%s does not run" % self.measure)
        with open(numbers, encoding="ascii") as file:
            return Run(*file.read().split())

    def instructions(self, commands):
        """How many instructions callgrind counts of each of the commands, None where it cannot. Nothing is timed meanwhile:
        all processors are used."""
        if not self.valgrind:
            return [None] * len(commands)
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            return list(pool.map(self.count_instructions, commands))

    def count_instructions(self, command):
        with tempfile.TemporaryFile(dir=self.folder) as out:
            command = [self.valgrind, "--tool=callgrind", "--callgrind-out-file=/dev/null"] + command
            done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.PIPE, env=self.environment,
                                  check=False)
        counted = re.search(rb"Collected : (\d+)", done.stderr)
        return int(counted.group(1)) if counted else None


class Run:
    def __init__(self, wall, cpu, peak_kb, status, minor, major):
        self.wall, self.cpu, self.peak_kb, self.status = float(wall), float(cpu), int(peak_kb), int(status)
        self.faults = int(minor) + int(major)


class Row:
    """One tool on one core."""

    def __init__(self, tool):
        self.tool = tool
        self.problem = tool.problem
        self.runs = {}              # {round: Run}
        self.frames = None
        self.touched = None         # bytes of the core that had to be in memory
        self.instructions = None
        self.output_size = None
        self.floor = None           # the Row of the floor of a row of pycore

    def walls(self):
        return {number: run.wall for number, run in self.runs.items()}

    def wall(self):
        return Spread([run.wall for run in self.runs.values()])

    def cpu(self):
        return statistics.median(run.cpu for run in self.runs.values())

    def peak_mb(self):
        return max(run.peak_kb for run in self.runs.values()) / 1024

    def faults(self):
        return int(statistics.median(run.faults for run in self.runs.values()))

    def times(self, other):
        """How many times as long as other, in the rounds of both; None where one of them has failed."""
        if other is None or self.problem or other.problem:
            return None
        return paired_ratio(self.walls(), other.walls())

    def wants(self, number, rounds, seconds):
        if self.problem or number >= rounds:
            return False
        spent = [run.wall for run in self.runs.values()]
        return not spent or sum(spent) + spent[-1] <= seconds


class Measured:
    """The rows of one core."""

    def __init__(self, kind, core):
        self.kind, self.core, self.rows, self.floors, self.layout, self.repeats = kind, core, [], [], None, None
        self.touched_by_distill = None

    def row(self, family, with_locals=True, as_json=False):
        wanted = (family, with_locals, as_json)
        return next((row for row in self.rows if (row.tool.family, row.tool.locals, row.tool.json) == wanted), None)

    def base(self, row):
        """The row of pycore that a row is compared with: text, with locals or without."""
        return self.row("pycore", row.tool.locals)


def measure(bench, kind, core, all_tools):
    measured = Measured(kind, core)
    measured.rows = [Row(tool) for tool in all_tools]
    prepare_pycore(bench, measured)
    pages.warm(core.path)
    everything = measured.rows + measured.floors
    for number in range(bench.rounds):
        turn = number % len(everything)
        for row in everything[turn:] + everything[:turn]:
            if row.wants(number, bench.rounds, bench.row_seconds):
                run_once(bench, kind, core, row, number)
    for row in measured.rows:
        if row.tool.family in tools.PEERS and not row.problem and row.wall().median < COLD_SECONDS:
            row.touched = touched_by(bench, core, row)
    count_instructions(bench, measured)
    return measured


def prepare_pycore(bench, measured):
    """Lets each row of pycore fill the cache, finds the pages that it needs, and makes its floor of them."""
    core = measured.core
    for row in measured.rows:
        if not row.tool.is_pycore():
            continue
        command = row.tool.filled(core)
        run = bench.run(command)
        row.output_size = os.path.getsize(bench.path("output"))
        if run.status not in (0, 1):
            row.problem = problem_of(bench, row, run)
            continue
        needed = touched_pages(bench, core, row)
        kept = distilled_pages(bench, measured, row)
        if kept is not None:
            measured.touched_by_distill = len(kept) * pages.PAGE
        row.touched = None if needed is None else len(needed) * pages.PAGE
        if needed is None or (kept is not None and len(kept) < len(needed)):
            needed = kept
        if needed is not None:
            runs = bench.path("pages-%d" % len(measured.floors))
            pages.write_runs(runs, runs_of_pages(needed))
            tool = tools.Tool("floor of " + row.tool.title, "floor", [bench.floor, "CORE", runs, str(row.output_size)], None,
                              locals=row.tool.locals, json=row.tool.json)
            row.floor = Row(tool)
            row.floor.touched = len(needed) * pages.PAGE
            measured.floors.append(row.floor)


def touched_pages(bench, core, row):
    """The pages of the core that a run brings into memory, or None where they cannot be told."""
    try:
        if not pages.evict(core.path):
            return None
        bench.run(row.tool.filled(core), row.tool.limit)
        return pages.resident(core.path)
    except OSError:
        return None


def touched_by(bench, core, row):
    found = touched_pages(bench, core, row)
    return None if found is None else len(found) * pages.PAGE


def distilled_pages(bench, measured, row):
    """The pages of what `pycore distill` keeps for the same report, or None where the core is packed."""
    small = bench.path("small.core")
    options = measured.kind.options + ["--limit-time=0"] + ([] if row.tool.locals else ["--no-locals"])
    core = measured.core
    run = bench.run([bench.pycore, "distill"] + options + [core.path, core.executable, "-o", small])
    if measured.kind.packed or run.status not in (0, 1):
        return None
    return pages.pages_of_small_core(core.path, small)


def run_once(bench, kind, core, row, number):
    run = bench.run(row.tool.filled(core), row.tool.limit)
    if row.frames is None and row.tool.count is not None and run.status in (0, 1):
        row.frames = row.tool.count(bench.path("output"), kind.function)
    accepted = (0, 1) if row.tool.family in ("pycore", "static") else (0,)
    if run.status not in accepted or row.frames == 0:
        row.problem = problem_of(bench, row, run)
    else:
        row.runs[number] = run


def problem_of(bench, row, run):
    """What went wrong, in words, with a line of what the tool itself said."""
    with open(bench.path("output"), "rb") as file:
        text = file.read(1 << 20).decode("utf-8", "replace").replace(bench.folder + "/", "")
    if run.status == -1:
        return "not done after %d s" % row.tool.limit
    if run.status > 128 and run.status - 128 in set(signal.Signals):
        what = "ends by " + signal.Signals(run.status - 128).name
    elif run.status:
        what = "ends with status %d" % run.status
    else:
        what = "finds no frame"
    lines = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
    # The line that tells most, as the tools word it; the reason of a panic stands in the line after it.
    wordings = ("panicked", r"^Error|Error:|error:", "Exception|Unable|not a core|Undefined command", "signal")
    told = (number for wording in wordings for number, line in enumerate(lines)
            if re.search(wording, line) and not line.startswith("Program terminated"))
    at = next(told, len(lines) - 1)
    said = " ".join(lines[at:at + 2] if at >= 0 and "panicked" in lines[at] else lines[at:at + 1])
    return "%s: %s" % (what, said[:140]) if said else what


def count_instructions(bench, measured):
    """Under callgrind: pycore's text and JSON with locals, and the floor of the text; of cores that are read fast the text
    once more, to see whether it is the same. What takes long is left out."""
    rows = [row for row in measured.rows if row.tool.is_pycore() and not row.problem and row.tool.locals]
    rows = [row for row in rows if row.cpu() <= bench.callgrind_seconds]
    rows += [row.floor for row in rows if row.floor and not row.tool.json]
    again = [row for row in rows if row is measured.row("pycore") and measured.kind.is_light()]
    counts = bench.instructions([row.tool.filled(measured.core) for row in rows + again])
    for row, count in zip(rows, counts):
        row.instructions = count
    if again and counts[-1] is not None:
        measured.repeats = counts[-1] - again[0].instructions
