#!/usr/bin/env python3
"""Damaged cores: whatever is in the file, the tool ends soon, with a status of the contract and output that can be used.

run.py calls run(...): a fixed number of damages done to each of the small cores of testdata/cores, which are always the same
bytes, and every file of testdata/hostile. The damages follow from a seed, which every failure names. By itself, for longer, and
with cores of any size (testdata/programs/hostile_rich.py dies with one that has something of everything):

    hostile.py --pycore ./pycore --core CORE --seed 7 --runs 1000 --keep DIR
"""
import argparse
import concurrent.futures
import gzip
import json
import os
import random
import re
import resource
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time

if __name__ == "__main__":
    sys.dont_write_bytecode = True
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import schema
import tool
from compare import Differences
from crash import Failure
from small_cores import CORES, names, unpack
from tool import NO_CACHE, check_one_line, check_text

SEED = 20240607
RUNS = 200              # damages done to each core: of ten cores 2,000
JSONSCHEMA = 20         # every how many-th report is held against the schema by jsonschema, too
# That one report may take, of processor time. What bounds a report is work that is counted (limits.h): this only ends one
# that would never do so itself, far from what the counted bound takes on a machine that is slow or busy.
SECONDS = 60
MEGABYTES = 500         # that it may have resident; what a sanitizer needs for itself comes on top
PAGE = 4096
CONTROL = re.compile("[\\x00-\\x09\\x0b-\\x1f\\x7f-\\x9f]")     # what a terminal may obey
SANITIZERS = ("Sanitizer", "runtime error:")

# What replaces a count, a size or a link: ends of ranges, and what is just plausible enough to be followed.
NUMBERS = [0, 1, 2, 3, 7, 19, 255, 4096, 65535, 100000, 0x3fffffff, 0x40000000, 0x7fffffff, 0x80000000, 0xffffffff,
           1 << 32, 1 << 40, (1 << 47) - 8, 1 << 62, (1 << 63) - 1, 1 << 63, (1 << 64) - 1, (1 << 64) - 2, (1 << 64) - 8]


class Core:
    """A 64-bit little-endian core in a file of its own, which is damaged in place and mended again."""

    def __init__(self, path, copy):
        shutil.copyfile(path, copy)
        self.path = copy
        with open(copy, "rb") as f:
            self.good = f.read()
        self.segments, self.notes = [], []      # (address, offset, size), (offset, size)
        self.table, = struct.unpack_from("<Q", self.good, 32)
        self.entry, self.count = struct.unpack_from("<HH", self.good, 54)
        for i in range(self.count):
            kind, _, offset, address, _, size, _, _ = struct.unpack_from("<IIQQQQQQ", self.good, self.table + i * self.entry)
            if kind == 1 and size:
                self.segments.append((address, offset, size))
            elif kind == 4:
                self.notes.append((offset, size))
        self.segments.sort()
        self.hot = []
        self.pages = range(PAGE, len(self.good) - PAGE + 1, PAGE)
        self.file = open(copy, "r+b", buffering=0)
        self.undo = []

    def offset(self, address):
        """Where the bytes of an address are in the file, or None."""
        low, high = 0, len(self.segments)
        while low < high:
            middle = (low + high) // 2
            if self.segments[middle][0] <= address:
                low = middle + 1
            else:
                high = middle
        if not low:
            return None
        start, offset, size = self.segments[low - 1]
        return offset + address - start if address - start < size else None

    def word(self, offset):
        return struct.unpack_from("<Q", self.good, offset)[0] if offset + 8 <= len(self.good) else 0

    def find_hot(self, report):
        """Where a report looks: the addresses that it names, and what they point to, three steps far."""
        found, todo = set(), [a for a in addresses(report) if self.offset(a) is not None]
        for _ in range(3):
            following = []
            for address in todo:
                if address in found or len(found) > 60000:
                    continue
                found.add(address)
                at = self.offset(address)
                for k in range(24):
                    value = self.word(at + 8 * k)
                    if value % 8 == 0 and value not in found and self.offset(value) is not None:
                        following.append(value)
            todo = following
        self.hot = sorted(found)

    def write(self, offset, data):
        data = data[:max(0, len(self.good) - offset)]
        self.undo.append((offset, len(data)))
        os.pwrite(self.file.fileno(), data, offset)

    def cut(self, size):
        os.ftruncate(self.file.fileno(), size)
        self.undo.append((size, len(self.good) - size))

    def mend(self):
        for offset, size in self.undo:
            os.pwrite(self.file.fileno(), self.good[offset:offset + size], offset)
        self.undo = []

    def close(self):
        self.file.close()
        os.unlink(self.path)


def addresses(node):
    """Everything in a report that is an address."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key in ("address", "pthread", "runtime_address") and isinstance(value, str):
                yield int(value, 16)
            elif isinstance(value, (dict, list)) and key not in ("modules", "registers", "diagnostics"):
                yield from addresses(value)
    elif isinstance(node, list):
        for value in node:
            yield from addresses(value)


# ---- the damages: each changes the core by means of the random numbers it is given ----

def hot_word(core, rng):
    """The file offset of a word that a report reads with some probability."""
    return core.offset(rng.choice(core.hot)) + 8 * rng.choice((0, 1, 1, 2, 2, 3, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 16, 20, 24, 30))


def scattered_bytes(core, rng):
    for _ in range(rng.choice((30, 300, 3000))):
        core.write(rng.randrange(64, len(core.good)), bytes([rng.randrange(256)]))


def bits(core, rng):
    """What a bad memory bank or disk does."""
    for _ in range(rng.choice((1, 10, 100))):
        at = core.offset(rng.choice(core.hot)) + rng.randrange(64) if rng.random() < 0.7 else rng.randrange(len(core.good))
        core.write(at, bytes([core.good[at] ^ 1 << rng.randrange(8)]) if at < len(core.good) else b"")


def some_page(core, rng):
    """Where a page begins in the file, mostly one that a report reads."""
    if rng.random() < 0.2 or not core.hot:
        return rng.choice(core.pages)
    return core.offset(rng.choice(core.hot)) // PAGE * PAGE


def pages_zeroed(core, rng):
    for _ in range(rng.choice((1, 1, 2, 5, 20))):
        core.write(some_page(core, rng), bytes(PAGE))


def pages_swapped(core, rng):
    for _ in range(rng.choice((1, 1, 2, 5, 20))):
        one, other = some_page(core, rng), some_page(core, rng)
        core.write(one, core.good[other:other + PAGE])
        core.write(other, core.good[one:one + PAGE])


def pages_elsewhere(core, rng):
    """A page that was written at another offset: off by part of a page, or in the place of its neighbour."""
    for _ in range(rng.choice((1, 2, 5))):
        page, off = some_page(core, rng), rng.choice((-PAGE, PAGE, 8, 16, 512))
        core.write(page, core.good[max(0, page + off):page + off + PAGE])


def dense_bytes(core, rng):
    for _ in range(rng.choice((1, 3, 10, 100))):
        at = core.offset(rng.choice(core.hot)) & ~4095
        for _ in range(rng.choice((1, 8, 64))):
            core.write(at + rng.randrange(4096), bytes([rng.choice((0, 1, 0x7f, 0x80, 0xff, rng.randrange(256)))]))


def pointers(core, rng):
    """Links to other valid things, to themselves, into the middle of things, and nowhere."""
    for _ in range(rng.choice((1, 5, 30, 200))):
        at = hot_word(core, rng)
        old = core.word(at)
        if core.offset(old) is None and rng.random() < 0.9:
            continue
        new = rng.choice((rng.choice(core.hot), rng.choice(core.hot), rng.choice(core.hot) + rng.choice((1, 4, 8, 16)), old + 8, old - 8,
                          core.word(hot_word(core, rng)), rng.choice(NUMBERS), rng.getrandbits(47)))
        core.write(at, struct.pack("<Q", new & (1 << 64) - 1))


def cycles(core, rng):
    """Links that lead back: a word of a thing becomes the thing's own address, or that of one beside it."""
    for _ in range(rng.choice((1, 5, 30))):
        i = rng.randrange(len(core.hot))
        at = core.offset(core.hot[i]) + 8 * rng.randrange(2, 24)
        if core.offset(core.word(at)) is not None:
            core.write(at, struct.pack("<Q", core.hot[max(0, i - rng.choice((0, 0, 0, 1, 2)))]))


def counts(core, rng):
    for _ in range(rng.choice((1, 5, 30, 200))):
        at = hot_word(core, rng)
        if core.offset(core.word(at)) is not None and rng.random() < 0.9:
            continue
        if rng.random() < 0.7:
            core.write(at, struct.pack("<Q", rng.choice(NUMBERS)))
        else:
            core.write(at + rng.choice((0, 4)), struct.pack("<I", rng.choice(NUMBERS) & 0xffffffff))


def types(core, rng):
    """Things that claim to be of another type."""
    for _ in range(rng.choice((1, 5, 30))):
        to, source = core.offset(rng.choice(core.hot)), core.offset(rng.choice(core.hot))
        core.write(to + 8, struct.pack("<Q", core.word(source + 8)))


def elf_header(core, rng):
    for _ in range(rng.choice((1, 2, 4))):
        if rng.random() < 0.5:
            core.write(rng.randrange(4, 64), bytes([rng.choice((0, 1, 2, 0xff, rng.randrange(256)))]))
        else:
            at, size = rng.choice(((16, 2), (18, 2), (24, 8), (32, 8), (40, 8), (54, 2), (56, 2), (58, 2), (60, 2), (62, 2)))
            core.write(at, struct.pack("<Q", rng.choice(NUMBERS))[:size])


def program_headers(core, rng):
    for _ in range(rng.choice((1, 3, 20))):
        at = core.table + core.entry * rng.randrange(core.count)
        field = rng.choice((0, 8, 16, 32, 40, 48))
        if field == 0:
            core.write(at, struct.pack("<I", rng.choice((0, 1, 1, 4, 4, 6, 0x60000000))))
            continue
        other = core.word(core.table + core.entry * rng.randrange(core.count) + field)
        new = rng.choice((rng.choice(NUMBERS), other, core.word(at + field) + rng.choice((-4096, -1, 1, 8, 4096))))
        core.write(at + field, struct.pack("<Q", new & (1 << 64) - 1))


def notes(core, rng):
    offset, size = rng.choice(core.notes)
    for _ in range(rng.choice((1, 3, 20, 200))):
        at = offset + rng.randrange(min(size, rng.choice((32, 4096, size))))
        if rng.random() < 0.5:
            core.write(at, bytes([rng.randrange(256)]))
        else:
            core.write(at & ~3, struct.pack("<Q", rng.choice(NUMBERS))[:rng.choice((4, 8))])


def cut_anywhere(core, rng):
    core.cut(rng.randrange(64, len(core.good)))


def cut_at_a_boundary(core, rng):
    ends = [core.table + core.entry * rng.randrange(core.count + 1)]
    for offset, size in core.notes + [s[1:] for s in core.segments]:
        ends += [offset, offset + size]
    core.cut(max(1, min(rng.choice(ends) + rng.choice((-1, 0, 0, 1)), len(core.good) - 1)))


DAMAGES = [scattered_bytes, bits, dense_bytes, pages_zeroed, pages_swapped, pages_elsewhere, pointers, cycles, counts, types,
           elf_header, program_headers, notes, cut_anywhere, cut_at_a_boundary]
HEAVY = [dense_bytes, pointers, pointers, cycles, counts, counts, types]    # twice as often: most of the code is behind them

OPTIONS = [["--json"], ["--json"], ["--json", "--no-locals"], ["--json", "--max-repr=0", "--max-items=0", "--max-depth=0"],
           ["--json", "--max-repr=100000", "--max-items=10000", "--max-depth=100"], [], [], ["--max-repr=0", "--max-items=0", "--max-depth=0"],
           ["--no-locals"], ["--json", "--stack", "--globals", "--max-attributes=0"], ["--stack", "--globals"], ["--max-frames=3", "--max-items=1", "--max-repr=5", "--max-depth=1"]]


# ---- one run of the tool ----

class Tested:
    def __init__(self, pycore, schema_path, folder):
        self.pycore, self.folder = pycore, folder
        self.quick = schema.Quick(schema_path)
        self.validator = schema.Validator(schema_path) if schema.jsonschema else None
        self.sanitized = is_sanitized(pycore)
        self.seconds = SECONDS * (4 if self.sanitized else 1) * tool.SLOWNESS
        self.longest, self.largest, self.runs = 0.0, 0, 0
        env = {k: v for k, v in os.environ.items() if k not in ("DEBUGINFOD_URLS", "NO_COLOR")}
        env["XDG_CACHE_HOME"] = NO_CACHE
        # freed memory that is held back to find its users would drown what is measured
        env["ASAN_OPTIONS"] = "exitcode=99:quarantine_size_mb=8:malloc_context_size=5:allocator_may_return_null=1:" + env.get("ASAN_OPTIONS", "")
        env["UBSAN_OPTIONS"] = "exitcode=99:halt_on_error=1:print_stacktrace=1:" + env.get("UBSAN_OPTIONS", "")
        self.env = env

    def limit(self):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_CPU, (self.seconds, self.seconds + 1))

    def run(self, *args):
        """(status, output, errors, seconds of processor time, resident megabytes)"""
        with tempfile.TemporaryFile(dir=self.folder) as out, tempfile.TemporaryFile(dir=self.folder) as err:
            child = subprocess.Popen([self.pycore, "analyze", *args], stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=self.env,
                                     preexec_fn=self.limit)
            deadline = time.monotonic() + 2 * self.seconds      # the limit is one of processor time: this one is for waiting
            while True:
                pid, status, used = os.wait4(child.pid, os.WNOHANG)
                if pid:
                    break
                if time.monotonic() > deadline:
                    child.kill()
                time.sleep(0.002)
            child.returncode = os.WEXITSTATUS(status) if os.WIFEXITED(status) else -os.WTERMSIG(status)
            out.seek(0)
            err.seek(0)
            return child.returncode, out.read(), err.read(), used.ru_utime + used.ru_stime, used.ru_maxrss >> 10

    def examine(self, args):
        """What is wrong, as lines; none is right."""
        d = Differences()
        status, out, err, seconds, megabytes = self.run(*args)
        self.runs += 1
        self.longest, self.largest = max(self.longest, seconds), max(self.largest, megabytes)
        said = err.decode("utf-8", "replace")
        if any(word in said for word in SANITIZERS):
            d.append("a sanitizer's finding: " + " | ".join(important(said)))
            return d
        if status in (-signal.SIGXCPU, -signal.SIGKILL) or seconds > self.seconds:
            d.add("time", "below %d seconds" % self.seconds, "%.1f (status %d)" % (seconds, status))
            return d
        if status not in (0, 1, 2):
            d.add("exit status", "0, 1 or 2", "%d %s" % (status, said[-300:]))
            return d
        if megabytes > MEGABYTES * (2 if self.sanitized or tool.SLOWNESS > 1 else 1):
            d.add("resident memory", "below %d MB" % MEGABYTES, "%d MB" % megabytes)
        ran = type("Ran", (), {"err": err})
        if status == 2:
            check_one_line(d, "status 2", ran)
        elif err:
            d.add("standard error", "nothing", said[:300])
        if "--json" not in args:
            check_text(d, "text report", out)
        elif out or status != 2:
            self.examine_json(d, status, out)
        return d

    def examine_json(self, d, status, out):
        try:
            text = out.decode("utf-8")
            report = json.loads(text)
        except (ValueError, RecursionError) as e:
            d.add("standard output", "JSON", "%s (%d bytes)" % (e, len(out)))
            return
        d.same("status", ["complete", "partial", "none"][status], report.get("status"))
        if CONTROL.search(text):
            d.add("JSON report: control characters", "none", repr(CONTROL.search(text).group()))
        valid = self.quick.is_valid(report)
        if self.validator and len(out) < 3000000 and (not valid or self.runs % JSONSCHEMA == 0):
            d.extend(self.validator.complaints(report))
        if not valid:
            d.add("JSON report", "valid by the schema", "not valid")


def important(said):
    """The lines of a sanitizer's message that tell where."""
    lines = [x.strip() for x in said.splitlines()]
    return [x for x in lines if "ERROR" in x or "runtime error" in x][:2] + [x for x in lines if x.startswith("#")][:8]


def is_sanitized(path):
    with open(path, "rb") as f:
        content = f.read()
    return b"__asan_init" in content or b"__ubsan_handle" in content


# ---- the two kinds of tests ----

def damage_core(tested, path, folder, seed, runs, keep, say, first=0):
    """Damages numbers first to first + runs - 1 of that seed, one after the other. (failures, what went wrong)"""
    found = Differences()
    core = Core(path, os.path.join(folder, "damaged"))
    status, out, _, _, _ = tested.run("--json", core.path)
    if status != 0:
        raise Failure("the core is not good before it is damaged: status %d" % status)
    core.find_hot(json.loads(out.decode("utf-8")))
    for n in range(first, first + runs):
        rng = random.Random(seed * 1000003 + n)
        kinds = [rng.choice(DAMAGES + HEAVY) for _ in range(rng.choice((1, 1, 2, 3)))]
        for kind in kinds:
            kind(core, rng)
        args = rng.choice(OPTIONS)
        wrong = tested.examine([*args, core.path])
        if wrong:
            name = "seed %d, damage %d (%s; %s)" % (seed, n, ", ".join(k.__name__ for k in kinds), " ".join(args) or "no options")
            if keep:
                kept = os.path.join(keep, "hostile-%s-%d-%d" % (os.path.basename(path), seed, n))
                shutil.copyfile(core.path, kept)
                name += ": kept as " + kept
            for line in [name] + list(wrong):
                found.append(line)
            say(name, wrong)
        core.mend()
    core.close()
    return found


def unpacked(path, folder):
    """A file of testdata/hostile as it is to be read: NAME.gz holds NAME."""
    name = os.path.join(folder, os.path.basename(path))
    if not path.endswith(".gz"):
        shutil.copyfile(path, name)
        return name
    name = name[:-3]
    with gzip.open(path, "rb") as packed, open(name, "wb") as f:
        zeros = bytes(1 << 16)
        size = 0
        while True:     # holes stay holes: some claim to be large
            block = packed.read(1 << 16)
            if not block:
                break
            size += len(block)
            if block == zeros[:len(block)]:
                f.seek(len(block), os.SEEK_CUR)
            else:
                f.write(block)
        f.truncate(size)
    return name


def is_data(name):
    return not name.startswith("fuzz-") and not name.endswith((".py", ".md")) and name != "README"


def replay(tested, path, folder):
    """A file that once did harm, with all kinds of options."""
    d = Differences()
    name = unpacked(path, folder)
    for args in ([], ["--json"], ["--json", "--max-repr=0", "--max-items=0", "--max-depth=0"]):
        for line in tested.examine([*args, name]):
            d.append("%s: %s" % (" ".join(args) or "no options", line))
    os.unlink(name)
    return d


def damage_stored(pycore, name, schema_path, folder, keep):
    """One test of run(), in a process of its own: ("passed" | "failed", lines)"""
    os.makedirs(folder)
    path = os.path.join(folder, name)
    unpack(os.path.join(CORES, name + ".core.xz"), path)
    try:
        d = damage_core(Tested(pycore, schema_path, folder), path, folder, SEED, RUNS, keep, lambda *_: None)
        return "failed" if d else "passed", list(d)
    except (Failure, OSError, ValueError, struct.error) as e:
        return "failed", ["%s: %s" % (type(e).__name__, e)]


def replay_one(pycore, path, schema_path, folder):
    os.makedirs(folder)
    d = replay(Tested(pycore, schema_path, folder), path, folder)
    return "failed" if d else "passed", list(d)


def run(pycore, hostile, schema_path, work, keep, jobs):
    """Yields (name, "passed" | "failed", lines)."""
    folder = os.path.join(work, "hostile")
    shutil.rmtree(folder, ignore_errors=True)
    with concurrent.futures.ProcessPoolExecutor(max(1, jobs)) as pool:
        tasks = []
        largest_first = sorted(names(CORES), key=lambda n: -os.path.getsize(os.path.join(CORES, n + ".core.xz")))
        for name in largest_first:
            tasks.append(("damaged %s, seed %d" % (name, SEED), pool.submit(damage_stored, pycore, name, schema_path,
                                                                            os.path.join(folder, name), keep and work)))
        for name in sorted(filter(is_data, os.listdir(hostile))):
            tasks.append((name, pool.submit(replay_one, pycore, os.path.join(hostile, name), schema_path, os.path.join(folder, name))))
        for name, future in tasks:
            yield (name, *future.result())
    shutil.rmtree(folder, ignore_errors=True)


def main():
    top = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", ".."))
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--pycore", metavar="PATH", default="./pycore", help="the tool (./pycore)")
    p.add_argument("--core", action="append", default=[], metavar="CORE", help="a good core, to be damaged in a copy (repeatable)")
    p.add_argument("--replay", action="append", default=[], metavar="FILE", help="a file as in testdata/hostile (repeatable)")
    p.add_argument("--seed", type=int, default=SEED)
    p.add_argument("--first", type=int, default=0, metavar="N", help="begin with damage number N (0)")
    p.add_argument("--runs", type=int, default=RUNS, metavar="N", help="how many damages for each core (%d)" % RUNS)
    p.add_argument("--keep", metavar="DIR", help="leave the cores that did harm in this folder")
    args = p.parse_args()
    folder = tempfile.mkdtemp(prefix="pycore-hostile-")
    failed = False
    tested = Tested(os.path.abspath(args.pycore), os.path.join(top, "src", "report", "pycore-report.schema.json"), folder)

    def say(name, wrong):
        print("FAILED: " + name, *wrong, sep="\n    ", flush=True)

    try:
        for path in args.replay:
            wrong = replay(tested, path, folder)
            failed |= bool(wrong)
            if wrong:
                say(path, wrong)
        for path in args.core:
            failed |= bool(damage_core(tested, path, folder, args.seed, args.runs, args.keep, say, args.first))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print("%d runs, at most %.1f seconds, %d MB" % (tested.runs, tested.longest, tested.largest))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
