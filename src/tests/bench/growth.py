"""How the cost of a report grows: cores of several sizes in one respect each, with the time and the instructions of
`pycore analyze --json`."""
import os

import cores
import pages
from figures import Growth, Spread

ROUNDS = 7


class Axis:
    """One respect: the unit of its sizes, the program, and {size: the number that the program is given}."""

    def __init__(self, name, unit, program, sizes):
        self.name, self.unit, self.program, self.sizes = name, unit, program, sizes


AXES = [
    Axis("threads", "thread of 34 frames", "many", [10, 30, 100, 300, 1000]),
    Axis("frames", "frame", "deep", [1000, 3000, 10000, 30000, 100000]),
    Axis("locals", "variable", "locals", [300, 1000, 3000, 10000, 30000]),
    Axis("ranges", "range", "ranges", [300, 1000, 3000, 10000, 30000]),
    Axis("modules", "module", "modules", [60, 200, 600, 1200, 2000]),
    Axis("size", "MB", "heap", [30, 100, 300, 1000, 3000]),
]


class Grown:
    """What was measured along one axis: for each size the Spread of the wall time, and the instructions."""

    def __init__(self, axis):
        self.axis, self.times, self.instructions, self.problem = axis, {}, {}, None

    def time_growth(self):
        return Growth([(size, spread.median) for size, spread in self.times.items()])

    def instruction_growth(self):
        return Growth(list(self.instructions.items())) if len(self.instructions) > 2 else None


def measure(bench, interpreter):
    return [measure_axis(bench, interpreter, axis) for axis in AXES]


def measure_axis(bench, interpreter, axis):
    grown = Grown(axis)
    made = {}
    folder = bench.path("growth")
    os.makedirs(folder, exist_ok=True)
    try:
        libraries = ""
        if axis.program == "modules":
            libraries = cores.make_libraries(interpreter, bench.path("growth-libraries"), max(axis.sizes))
        for size in axis.sizes[:4 if bench.quick else None]:
            bench.say("growth: %s: %s" % (axis.name, size))
            made[size] = os.path.join(folder, "%s-%d.core" % (axis.name, size))
            given = size * 10**6 - 10 * 10**6 if axis.program == "heap" else size
            cores.take(interpreter, axis.program, given, made[size], folder, libraries=libraries)
        measure_sizes(bench, interpreter, grown, made)
    except cores.NoCore as error:
        grown.problem = str(error)
    for path in made.values():
        if os.path.exists(path):
            os.remove(path)
    return grown


def measure_sizes(bench, interpreter, grown, made):
    command = [bench.pycore, "analyze", "--json", "--limit-time=0"]
    commands = {size: command + [path, interpreter] for size, path in made.items()}
    walls, cpu = {size: [] for size in made}, {}
    for size, path in made.items():
        bench.run(commands[size])       # fills the cache of layouts
        pages.warm(path)
    for _ in range(3 if bench.quick else ROUNDS):
        for size in made:
            run = bench.run(commands[size])
            if run.status != 0:
                grown.problem = "pycore ends with status %d for %d" % (run.status, size)
                return
            walls[size].append(run.wall)
            cpu[size] = run.cpu
    grown.times = {size: Spread(walls[size]) for size in made}
    counted = [size for size in made if cpu[size] <= bench.callgrind_seconds]
    for size, count in zip(counted, bench.instructions([commands[size] for size in counted])):
        if count is not None:
            grown.instructions[size] = count
