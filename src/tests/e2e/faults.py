"""What goes wrong outside of the core: no memory, reads that are short or fail, no room, no time, files cut off meanwhile.

src/tests/faults.c is pycore with a fault at a place that can be told: the N-th time that memory is asked for. So each of these
happens at many places of a run, the same ones in each. run(...) yields (name, "passed" | "failed" | "skipped", lines).
"""
import concurrent.futures
import json
import os
import resource
import shutil
import subprocess

import schema
import small_cores
from compare import Differences
from hostile import CONTROL, SANITIZERS, important
from tool import NO_CACHE, check_one_line

SMALL = "3.11.7-nested_handlers"
LARGE = "3.13.0-values_containers"
SECONDS = 100           # none takes one; with a sanitizer on a busy machine some
FULL = "PYCORE_TEST_ALL_FAULTS" in os.environ      # every place, not some evenly spread


class Faults:
    def __init__(self, pycore, schema_path, folder):
        self.program = os.path.join(os.path.dirname(pycore), "pycore-faults")
        self.pycore, self.folder = pycore, folder
        self.quick = schema.Quick(schema_path)
        self.env = {k: v for k, v in os.environ.items() if k not in ("DEBUGINFOD_URLS", "NO_COLOR")}
        self.env["XDG_CACHE_HOME"] = NO_CACHE
        self.env["TMPDIR"] = os.path.join(folder, "tmp")
        os.makedirs(self.env["TMPDIR"])
        # what fails for want of memory is to be heard of, and what is left behind then is not
        self.env["ASAN_OPTIONS"] = "exitcode=99:detect_leaks=0:malloc_context_size=5:" + self.env.get("ASAN_OPTIONS", "")
        self.env["UBSAN_OPTIONS"] = "exitcode=99:halt_on_error=1:print_stacktrace=1:" + self.env.get("UBSAN_OPTIONS", "")

    def run(self, action, number, *args, limits=()):
        """(status, output, errors)"""
        def limit():
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            for which, value in limits:
                resource.setrlimit(which, (value, value))

        done = subprocess.run([self.program, action, str(number), *args], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env=self.env, timeout=SECONDS, preexec_fn=limit)
        return done.returncode, done.stdout, done.stderr

    def numbers(self, action, *args):
        """What the counting actions say on descriptor 3."""
        read, write = os.pipe()

        def third():
            os.dup2(write, 3)

        child = subprocess.Popen([self.program, action, "0", *args], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                 env=self.env, preexec_fn=third, pass_fds=(write, 3) if write != 3 else (3,))
        os.close(write)
        with os.fdopen(read) as f:
            said = f.read()
        child.wait()
        return [int(x) for x in said.split()]

    def core(self, name=SMALL):
        path = os.path.join(self.folder, name)
        if not os.path.exists(path):
            small_cores.unpack(os.path.join(small_cores.CORES, name + ".core.xz"), path)
        return path

    def report(self, d, where, ran):
        """The report of a run that has one, else None; what must not be in any case."""
        status, out, err = ran
        said = err.decode("utf-8", "replace")
        if any(word in said for word in SANITIZERS):
            d.add(where, "nothing of a sanitizer", " | ".join(important(said)))
        elif status not in (0, 1, 2, 74):
            d.add(where, "exit status 0, 1, 2 or 74", "%d %s" % (status, said[-200:]))
        elif status in (2, 74):
            check_one_line(d, where, type("Ran", (), {"err": err}))
        elif err:
            d.add(where + ": standard error", "nothing", said[:200])
        if status in (0, 1) or (status == 2 and out):
            try:
                text = out.decode("utf-8")
                report = json.loads(text)
            except ValueError as e:
                d.add(where, "JSON", "%s (%d bytes, status %d)" % (e, len(out), status))
                return None
            if not self.quick.is_valid(report):
                d.add(where, "a report valid by the schema", "another")
            if CONTROL.search(text):
                d.add(where, "no control characters", repr(CONTROL.search(text).group()))
            if report.get("status") != ["complete", "partial", "none"][status]:
                d.add(where + ": status", status, report.get("status"))
            return report
        return None


def some(numbers, count):
    """That many of them, evenly spread, the first and the last among them."""
    numbers = list(numbers)
    if FULL or len(numbers) <= count:
        return numbers
    return [numbers[i * (len(numbers) - 1) // (count - 1)] for i in range(count)]


def without_memory(f, d):
    """Each place where memory is asked for, the first time that it is, and then for good from there on."""
    core = f.core()
    clean = f.run("none", 0, "analyze", "--json", core)
    all_sites = f.numbers("sites", "analyze", "--json", core)
    if len(all_sites) < 100:
        d.add("places", "at least 100", len(all_sites))
        return
    sites, count = all_sites[:-1], all_sites[-1]
    for action, numbers in (("fail", some(sites, 150)), ("fail", some(range(1, count + 1), 50)), ("gone", some(range(1, count + 1), 30))):
        for n in numbers:
            where = "%s %d" % (action, n)
            ran = f.run(action, n, "analyze", "--json", core)
            f.report(d, where, ran)
            if ran[0] == 0 and ran[1] != clean[1]:
                d.add(where, "all of the report", "status 0 and less")


def without_memory_elsewhere(f, d):
    """The text, inspect, distill, and a compressed core."""
    core, small = f.core(), os.path.join(f.folder, "small")
    address = json.loads(f.run("none", 0, "analyze", "--json", core)[1].decode())["threads"][0]["frames"][0]["address"]
    packed = os.path.join(small_cores.CORES, SMALL + ".core.xz")
    for args in (["analyze", core], ["inspect", "--json", core, address], ["distill", core, "-o", small], ["analyze", packed]):
        clean = f.run("none", 0, *args)
        sites = f.numbers("sites", *args)[:-1]
        for n in some(sites, 25):
            where = "%s: fail %d" % (" ".join(args[:1] + args[2:]), n)
            if os.path.exists(small):
                os.unlink(small)
            ran = f.run("fail", n, *args)
            said = ran[2].decode("utf-8", "replace")
            if any(word in said for word in SANITIZERS) or ran[0] not in (0, 1, 2, 74):
                d.add(where, "exit status 0, 1, 2 or 74", "%d %s" % (ran[0], " | ".join(important(said)) or said[-200:]))
            elif ran[0] == 0 and ran[1] != clean[1]:
                d.add(where, "all of the output", "status 0 and less")
            left = [x for x in os.listdir(f.folder) if x.startswith("small.")]
            if left or (ran[0] == 74 and os.path.exists(small)):
                d.add(where, "nothing left behind", left or [small])
    if os.listdir(f.env["TMPDIR"]):
        d.add("$TMPDIR", "empty", os.listdir(f.env["TMPDIR"]))


def reads(f, d):
    """read() and pread() that give less than they were asked for, and that fail."""
    for path in (os.path.join(small_cores.CORES, SMALL + ".core.xz"), f.core()):
        clean = f.run("none", 0, "analyze", "--json", path)
        for size in (1, 7, 1000):
            ran = f.run("short", size, "analyze", "--json", path)
            if ran != clean:
                d.add("%s: reads of %d bytes" % (os.path.basename(path), size), "the same report", "status %d %s" % (ran[0], ran[2][-200:]))
        for n in range(1, 30):
            f.report(d, "%s: read %d fails" % (os.path.basename(path), n), f.run("unread", n, "analyze", "--json", path))


def without_time(f, d):
    """The time is over at any moment: what was found by then is told, or, where it is over for good, that it is."""
    core = f.core()
    clean = f.run("none", 0, "analyze", "--json", "--limit-time=1000", core)
    count = f.numbers("count", "analyze", "--json", core)[-1]
    told, frames = 0, []
    for n in some(range(1, count + 1), 60):
        where = "the time is nearly over at %d" % n
        ran = f.run("time", n, "analyze", "--json", "--limit-time=1000", core)
        report = f.report(d, where, ran)
        if ran[0] == 0 and ran[1] != clean[1]:
            d.add(where, "all of the report, or status 1", "status 0 and less")
        if report and ran[0]:
            told += any(x["code"] == "time-limit" for x in report["diagnostics"]) or ran[2].count(b"--limit-time")
            frames.append(sum(len(t["frames"]) for t in report["threads"]))
    if not told or not any(frames) or frames != sorted(frames):
        d.add("frames as the time goes on", "more and more", frames)
    for n in some(range(1, count + 1), 20):
        ran = f.run("end", n, "analyze", "--json", "--limit-time=1000", core)
        if ran[0] not in (2, 74) or ran[2].count(b"\n") != 1 or b"--limit-time" not in ran[2]:
            d.add("the time is over at %d" % n, "status 2 or 74, one line", "%d %s" % (ran[0], ran[2][:200]))


def pipe_that_stalls(f, d):
    """Half a core comes in, and no more: that half is reported, in the time that was given."""
    with open(os.path.join(small_cores.CORES, SMALL + ".core.xz"), "rb") as packed:
        half = packed.read()[:30000]
    for begin in (b"", half):
        child = subprocess.Popen([f.pycore, "analyze", "--json", "--limit-time=4", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, env=f.env)
        try:
            child.stdin.write(begin)
            child.stdin.flush()
            out, err = child.stdout.read(), child.stderr.read()
            ran = (child.wait(SECONDS), out, err)
            child.stdin.close()
        finally:
            child.kill()
        report = f.report(d, "%d bytes and no more" % len(begin), ran)
        if ran[0] not in (1, 2):
            d.add("exit status", "1 or 2", ran[0])
        if begin and not (report and report["core"]["truncated"] and report["threads"]):
            d.add("the report", "the half that came in", ran[2][:200])


def memory_limit(f, d):
    """--limit-memory: what was found is told; where that does not do either, that it does not."""
    core = f.core(LARGE)
    wide = ["--max-repr=0", "--max-items=0", "--max-depth=0", "--max-attributes=0"]
    ran = f.run("none", 0, "analyze", "--json", *wide, core)
    found = {}
    for limit in (100, 400, 500, 600, 700, 800, 900, 1000, 1200, 1500, 2000, 3000, 4000, 6000, 1000000):
        at = f.run("none", 0, "analyze", "--json", *wide, "--limit-memory=%dK" % limit, core)
        report = f.report(d, "--limit-memory=%dK" % limit, at)
        found[limit] = (at[0], bool(report) and any(x["code"] == "memory-limit" for x in report["diagnostics"]))
        if at[0] == 0 and at[1] != ran[1]:
            d.add("--limit-memory=%dK" % limit, "all of the report", "status 0 and less")
        if at[0] == 1 and not found[limit][1]:
            d.add("--limit-memory=%dK" % limit, "a diagnostic that says so", "none")
    if found[100] != (2, False) or found[1000000][0] != 0 or not any(x == (1, True) for x in found.values()):
        d.add("limits", "none, some and all of it", found)


def cut_meanwhile(f, d):
    """The core becomes shorter while it is read: the report is that of the core that is left."""
    source, core = f.core(), os.path.join(f.folder, "cut")
    size = os.path.getsize(source)
    shutil.copyfile(source, core)
    clean = json.loads(f.run("none", 0, "analyze", "--json", core)[1].decode())
    sites = f.numbers("sites", "analyze", "--json", core)[:-1]
    same = 0
    for k, n in enumerate(some(sites, 40)):
        left = (0, 1, 5000, 100000, size // 2 // 4096 * 4096, size - 5000, size - 1)[k % 7]
        shutil.copyfile(source, core)
        ran = f.run("cut:%d:%s" % (left, core), n, "analyze", "--json", core)
        where = "cut to %d of %d bytes at %d" % (left, size, n)
        report = f.report(d, where, ran)
        with open(core, "r+b") as file:
            file.truncate(left)
        wanted = f.run("none", 0, "analyze", "--json", core)
        if ran[0] == 74 or (ran == wanted and ran[0]):
            same += 1
        elif report != clean:
            d.add(where, "the report of the core that is left, or that of the whole one", "status %d %s" % (ran[0], ran[2][:200]))
    if same < 5:
        d.add("reports of what is left", "at least 5", same)


def no_room(f, d):
    """Files that may not become larger: an output, a small core, and a core that is inflated."""
    core, out = f.core(), os.path.join(f.folder, "out")
    for args in (["analyze", "--json", "-o", out, core], ["analyze", "-o", out, core], ["distill", core, "-o", out], ["inspect", "-o", out, core, "0x1000"]):
        for size in (0, 10):
            status, said, err = f.run("none", 0, *args, limits=[(resource.RLIMIT_FSIZE, size)])
            check_one_line(d, args[0], type("Ran", (), {"err": err}))
            if status != 74 or said or [x for x in os.listdir(f.folder) if x.startswith("out")]:
                d.add("%s into %d bytes" % (args[0], size), "status 74, nothing left behind", "%d %s %s" % (status, err[:200], os.listdir(f.folder)))
    status, said, err = f.run("none", 0, "analyze", "--json", os.path.join(small_cores.CORES, SMALL + ".core.xz"), limits=[(resource.RLIMIT_FSIZE, 4096)])
    check_one_line(d, "inflating", type("Ran", (), {"err": err}))
    if status != 2 or b"TMPDIR" not in err or os.listdir(f.env["TMPDIR"]):
        d.add("inflating into 4096 bytes", "status 2, a line that names TMPDIR", "%d %s" % (status, err[:200]))


def nobody_reads(f, d):
    """The reader goes away (head, less)."""
    for args in (["analyze", "--json"], ["analyze"], ["inspect"]):
        read, write = os.pipe()
        os.close(read)
        operands = [f.core()] + (["0x1000"] if args[0] == "inspect" else [])
        done = subprocess.run([f.pycore, *args, *operands], stdin=subprocess.DEVNULL, stdout=write, stderr=subprocess.PIPE, env=f.env, timeout=SECONDS)
        os.close(write)
        check_one_line(d, " ".join(args), type("Ran", (), {"err": done.stderr}))
        if done.returncode != 74:
            d.add(" ".join(args), "status 74", "%d %s" % (done.returncode, done.stderr[:200]))


TESTS = [without_memory, without_memory_elsewhere, reads, without_time, pipe_that_stalls, memory_limit, cut_meanwhile, no_room, nobody_reads]


def run_one(name, pycore, schema_path, folder):
    d = Differences()
    os.makedirs(folder)
    faults = Faults(pycore, schema_path, folder)
    if not os.access(faults.program, os.X_OK):
        return "failed", ["there is no %s: make pycore-faults" % faults.program]
    try:
        dict((t.__name__, t) for t in TESTS)[name](faults, d)
    except subprocess.TimeoutExpired as e:
        d.append("still running after %d seconds: %s" % (SECONDS, " ".join(e.cmd)))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return "failed" if d else "passed", list(d)


def run(pycore, schema_path, work, jobs):
    folder = os.path.join(work, "faults")
    shutil.rmtree(folder, ignore_errors=True)
    with concurrent.futures.ProcessPoolExecutor(max(1, jobs)) as pool:
        tasks = [(t.__name__, pool.submit(run_one, t.__name__, pycore, schema_path, os.path.join(folder, t.__name__))) for t in TESTS]
        for name, future in tasks:
            yield (name, *future.result())
    shutil.rmtree(folder, ignore_errors=True)
