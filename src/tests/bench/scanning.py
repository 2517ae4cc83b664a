"""`pycore scan` beside shell loops over the peers, on 1,000 paths of small cores."""
import os
import shlex

import cores
import tools
from figures import Spread

COUNT = 1000
DIFFERENT = 10          # cores; the paths are links to them, so that they fit into memory
SAMPLE = 50             # paths that a loop over a peer goes through
ROUNDS = 3


class Scanned:
    """Wall seconds: of the scan with one worker and with two, by round, and of the loops for all paths, from a sample."""

    def __init__(self):
        self.one, self.two, self.loops, self.problem = {}, {}, {}, None
        self.count = self.sample = 0

    def gain(self):
        return Spread([self.one[number] / self.two[number] for number in self.one])

    def times(self, peer, scans):
        """How many times as long a loop takes as scans: self.one or self.two."""
        return Spread([self.loops[peer][number] / scans[number] for number in self.loops[peer]])


def measure(bench, interpreter, venv):
    scanned = Scanned()
    scanned.count, scanned.sample = (100, 10) if bench.quick else (COUNT, SAMPLE)
    folder = bench.path("scan")
    try:
        paths = make_links(bench, interpreter, folder, scanned.count)
    except cores.NoCore as error:
        scanned.problem = str(error)
        return scanned
    sample = paths[:scanned.sample]
    loops = {name: loop(words, interpreter, sample) for name, words in peer_commands(venv, interpreter).items()}
    bench.run(scan(bench, folder, 1), 600)          # fills the cache of layouts
    for number in range(ROUNDS):
        for workers, result in ((1, scanned.one), (2, scanned.two)):
            run = bench.run(scan(bench, folder, workers), 600)
            if run.status != 0 or lines_of_output(bench) != scanned.count:
                scanned.problem = "pycore scan ends with status %d and %d reports" % (run.status, lines_of_output(bench))
                return scanned
            result[number] = run.wall
        for name, command in loops.items():
            run = bench.run(command, 600)
            if run.status == 0:
                scanned.loops.setdefault(name, {})[number] = run.wall * scanned.count / scanned.sample
    return scanned


def scan(bench, folder, workers):
    return [bench.pycore, "scan", "--json", "-q", "-j%d" % workers, folder]


def lines_of_output(bench):
    with open(bench.path("output"), "rb") as file:
        return sum(1 for line in file if line.startswith(b"{"))


def make_links(bench, interpreter, folder, count):
    """Real cores of the first kind, each under many names."""
    os.makedirs(folder, exist_ok=True)
    made, paths = [], []
    for number in range(DIFFERENT):
        bench.say("scan: core %d of %d" % (number + 1, DIFFERENT))
        made.append(bench.path("scan-%d.core" % number))
        cores.take(interpreter, "heap", cores.FOUR_THREADS, made[-1], bench.folder)
    for number in range(count):
        paths.append(os.path.join(folder, "%04d.core" % number))
        os.link(made[number % DIFFERENT], paths[-1])
    return paths


def peer_commands(venv, interpreter):
    peers = tools.peers(venv, interpreter)
    return {tool.family: tool.command for tool in peers if tool.family in tools.PYPI and tool.locals}


def loop(words, executable, paths):
    """A shell that runs a command for each of the paths, as somebody without a scan would."""
    command = " ".join('"$core"' if word == "CORE" else shlex.quote(executable if word == "EXE" else word) for word in words)
    return ["/bin/sh", "-c", "for core; do %s || exit 1; done" % command, "sh"] + paths
