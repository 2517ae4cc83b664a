#!/usr/bin/env python3
"""Scans many cores with `pycore scan` on the machines of a Spark cluster, and writes what came of each to Parquet.

    spark-submit pycore_scan.py --list cores.txt --output /shared/triage

Every path gets exactly one row, whatever becomes of the tool. README.md beside this file has the columns.
"""
import argparse
import collections
import datetime
import json
import os
import select
import signal
import subprocess
import sys
import threading
import time

LONGEST_PATH = 65536            # bytes: what `pycore scan` takes in a list
LONGEST_LINE = (1 << 31) - 4096  # bytes: what a row of Spark can hold
TOP_FRAMES = 10
PIECE = 1 << 16
NOT_FOR_A_JOB = ("--filter", "--group", "--json", "--jobs", "--new-since", "--null", "--output", "--output-dir", "--state", "--summary-json",
                 "--help", "--version")
MESSAGE = 500                   # characters of what the tool wrote to standard error

# name, type of Spark SQL, may be null
COLUMNS = [
    ("path", "string", False),              # what is not UTF-8 in it is spelt \udcXX
    ("path_bytes", "binary", True),         # where the path is not UTF-8
    ("kind", "string", False),              # report, failed, unreadable, not-core; lost: the tool gave no line
    ("status", "string", False),            # complete, partial, none
    ("reason", "string", True),             # why there is no report, or nothing of Python in it
    ("signature_hash", "string", True),
    ("signature_text", "string", True),
    ("signal", "string", True),
    ("signal_number", "int", True),
    ("exception", "string", True),
    ("exception_message", "string", True),
    ("pid", "bigint", True),
    ("command", "string", True),
    ("hostname", "string", True),
    ("time", "timestamp", True),            # of the crash, where it was noted
    ("file_time", "timestamp", True),       # of the file's last change
    ("version", "string", True),            # of the interpreter
    ("machine", "string", True),
    ("threads", "int", True),
    ("frames", "array<string>", True),      # the innermost ones of the thread that crashed
    ("size", "bigint", True),
    ("tool", "string", True),               # the version of pycore
    ("attempts", "int", False),             # runs of the tool that were given the path
    ("report", "string", True),             # the whole report, pycore-report(5)
]
BLANK = {name: None for name, _, _ in COLUMNS}

Settings = collections.namedtuple("Settings", "command base attempts window stall longest_line")


class ToolError(Exception):
    """The tool cannot be run at all, or not with these options: no core is to blame, and the job has to fail."""


# ---- what a line says ----

def text_or_none(value):
    """JSON may spell half of a surrogate pair, which Spark cannot store."""
    return value.encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else None


def integer_or_none(value, bits):
    fits = isinstance(value, int) and not isinstance(value, bool) and -(1 << (bits - 1)) <= value < 1 << (bits - 1)
    return value if fits else None


def part(value, *keys):
    """What is below these keys; None where there is nothing."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def items(value):
    return value if isinstance(value, list) else []


def parse(line):
    """The path that a line echoes and what it says; (None, None): it is no report."""
    try:
        report = json.loads(line.decode("utf-8"))
        path, exact = part(report, "core", "path"), part(report, "core", "path_bytes")
        path = bytes.fromhex(exact) if isinstance(exact, str) else path.encode("utf-8")
    except (ValueError, AttributeError, RecursionError):
        return None, None
    known = part(report, "schema") == "pycore-report/1" and part(report, "status") in ("complete", "partial", "none")
    return (path, report) if known else (None, None)


def when(text):
    try:
        found = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
        return found if found.tzinfo else None
    except (ValueError, AttributeError):
        return None


def changed(path):
    try:
        start = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
        return start + datetime.timedelta(microseconds=os.stat(path).st_mtime_ns // 1000)
    except (OSError, ValueError, OverflowError):
        return None


def crashed_thread(report):
    """The last one that crashed, else the first."""
    threads = items(part(report, "threads"))
    return ([None] + threads[:1] + [t for t in threads if part(t, "crashed") is True])[-1]


def in_full(report, exception):
    """An exception stands in full where it is met first; later its address refers to that."""
    address, left = part(exception, "address"), []
    if part(exception, "status") != "repeated":
        return exception
    for thread in items(part(report, "threads")):
        left += [part(thread, "exceptions", "raised"), *items(part(thread, "exceptions", "handled")), *items(part(thread, "exceptions", "held"))]
    left += [part(i, "last_exception") for i in items(part(report, "interpreters"))]
    while left:
        e = left.pop()
        if part(e, "address") == address and part(e, "status") != "repeated":
            return e
        left += [x for x in (part(e, "cause"), part(e, "context"), *items(part(e, "group"))) if x]
    return None


def crash_exception(report, thread):
    """What was raised, or handled when it aborted, as `pycore scan` has it."""
    if part(thread, "crashed") is not True:
        return None
    found = part(thread, "exceptions", "raised")
    if not found and part(report, "process", "signal", "name") == "SIGABRT":
        found = (items(part(thread, "exceptions", "handled")) + [None])[0]
    return in_full(report, found)


def type_name(exception):
    name, module = text_or_none(part(exception, "type")), text_or_none(part(exception, "module"))
    return "%s.%s" % (module, name) if name and module and module not in ("builtins", "exceptions") else name


def frame_text(frame):
    name = part(frame, "qualname") or part(frame, "name") or "?"
    place = os.path.basename(str(part(frame, "filename") or "?"))
    line = part(frame, "line")
    return text_or_none("%s (%s:%s)" % (name, place, line) if line is not None else "%s (%s)" % (name, place))


def kind_of(report):
    """kind and reason. A file of which no report could be made has a line, too, with one diagnostic."""
    errors = [d for d in items(part(report, "diagnostics")) if part(d, "severity") == "error"]
    if report["status"] != "none":
        return "report", None
    reason = text_or_none(part(errors[-1], "message")) if errors else None
    kinds = {"not-core": "not-core", "unreadable": "unreadable", "worker": "failed"}
    blank = len(errors) == 1 and part(report, "core", "bits") is None
    return (kinds.get(part(errors[0], "code"), "report") if blank else "report"), reason


def row(path, attempts, values):
    try:
        shown, exact = path.decode("utf-8"), None
    except UnicodeDecodeError:
        shown = "".join("\\u%04x" % ord(c) if 0xdc80 <= ord(c) <= 0xdcff else c for c in path.decode("utf-8", "surrogateescape"))
        exact = bytearray(path)
    return tuple({**BLANK, **values, "path": shown, "path_bytes": exact, "attempts": attempts}.values())


def row_of_report(path, attempts, line, report):
    kind, reason = kind_of(report)
    thread = crashed_thread(report)
    exception = crash_exception(report, thread)
    process = part(report, "process")
    return row(path, attempts, {
        "kind": kind,
        "status": report["status"],
        "reason": reason,
        "signature_hash": text_or_none(part(report, "signature", "hash")),
        "signature_text": text_or_none(part(report, "signature", "text")),
        "signal": text_or_none(part(process, "signal", "name")),
        "signal_number": integer_or_none(part(process, "signal", "number"), 32),
        "exception": type_name(exception),
        "exception_message": text_or_none(part(exception, "message")),
        "pid": integer_or_none(part(process, "pid"), 64),
        "command": text_or_none(part(process, "command")),
        "hostname": text_or_none(part(process, "hostname")),
        "time": when(part(process, "time")),
        "file_time": changed(path),
        "version": text_or_none(part(report, "interpreter", "version")),
        "machine": text_or_none(part(report, "core", "machine")),
        "threads": len(items(part(report, "threads"))),
        "frames": [frame_text(f) for f in items(part(thread, "frames"))[:TOP_FRAMES]],
        "size": integer_or_none(part(report, "core", "size"), 64),
        "tool": text_or_none(part(report, "pycore")),
        "report": line.decode("utf-8").rstrip("\n"),
    })


def row_without_line(path, attempts, kind, reason):
    return row(path, attempts, {"kind": kind, "status": "none", "reason": reason, "file_time": changed(path) if b"\0" not in path else None})


# ---- a run of the tool ----

class Run:
    """One process of the tool, which is fed by a thread while its lines are read. Iterated, it gives (path, line, report); what is
    left in `pending` then has got no line, and `reason` says how it ended."""

    def __init__(self, settings, paths):
        self.settings, self.paths = settings, paths
        self.lock = threading.Lock()
        self.pending = collections.Counter()
        self.slots = threading.Semaphore(settings.window)   # or a tool that dies would leave thousands to be tried one by one
        self.stopped = self.exhausted = False
        self.error = self.reason = None
        self.strays = 0
        self.message = ""

    def start(self):
        self.process = subprocess.Popen(self.settings.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                        bufsize=0)
        self.threads = [threading.Thread(target=f, daemon=True) for f in (self.feed, self.drain)]
        for thread in self.threads:
            thread.start()

    def feed(self):
        taken = False
        try:
            while self.slots.acquire() and not (self.stopped and taken):    # at least one, so that there is progress
                path = next(self.paths, None)
                if path is None:
                    self.exhausted = True
                    break
                with self.lock:
                    self.pending[path] += 1
                taken = True
                if not self.send(path + b"\0"):
                    break
        except BaseException as e:      # of where the paths come from: told by whoever reads the lines
            self.error = e
        finally:
            try:
                self.process.stdin.close()
            except OSError:
                pass

    def send(self, data):
        try:
            while data:
                data = data[self.process.stdin.write(data):]
            return True
        except OSError:                 # it is gone
            return False

    def drain(self):
        last = b""
        for piece in iter(lambda: self.process.stderr.read(PIECE), b""):
            last = (last + piece)[-4 * MESSAGE:]
        self.message = " ".join(last.decode("utf-8", "replace").split())[-MESSAGE:]

    def lines(self):
        """What it writes, line by line; ends with it, or when it is silent for too long or writes a line without end."""
        poll, fd, buffer, searched = select.poll(), self.process.stdout.fileno(), bytearray(), 0
        poll.register(fd, select.POLLIN)
        heard = time.monotonic()
        while True:
            end = buffer.find(b"\n", searched)
            if end >= 0:
                yield bytes(buffer[:end + 1])
                del buffer[:end + 1]
                searched, heard = 0, time.monotonic()
                continue
            searched = len(buffer)
            if searched > self.settings.longest_line:
                self.reason = "the tool wrote a line of more than %d bytes" % self.settings.longest_line
                return
            if not self.pending:
                heard = time.monotonic()
            if not poll.poll(1000):
                if self.settings.stall and time.monotonic() - heard > self.settings.stall:
                    self.reason = "the tool was silent for %d seconds" % self.settings.stall
                    return
                continue
            piece = os.read(fd, PIECE)
            if not piece:
                return
            buffer += piece

    def __iter__(self):
        self.start()
        try:
            for line in self.lines():
                path, report = parse(line)
                with self.lock:
                    expected = path is not None and self.pending[path] > 0
                    if expected:
                        self.pending[path] -= 1
                    if path is not None and not self.pending[path]:
                        del self.pending[path]
                if expected:
                    self.slots.release()
                    yield path, line, report
                else:
                    self.strays += 1
            self.end()
        finally:
            self.kill()
        if self.error:
            raise self.error

    def end(self):
        """Waits for its end, and sets why it ended."""
        if self.reason is None:
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.reason = "the tool closed its output and did not end"
        self.kill()
        status = self.process.returncode
        if self.reason is None and status is not None and status < 0:
            self.reason = "the tool was ended by %s" % (signal.Signals(-status).name if -status in list(signal.Signals) else "signal %d" % -status)
        elif self.reason is None and status:
            self.reason = "the tool ended with status %s" % status
        elif self.reason is None:
            self.reason = "the tool gave no line"
        if self.strays:
            self.reason += "; %d of its lines were no report of a path it was given" % self.strays
        if self.message and status:
            self.reason += ": " + self.message
        if status == 64:
            raise ToolError(self.message or "pycore scan: wrong usage")

    def kill(self):
        self.stopped = True
        self.slots.release()
        if self.process.poll() is None:
            self.process.kill()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            pass                        # it hangs in the kernel: left to it
        self.process.stdout.close()
        # the one that feeds may wait for the next path, which comes, or fails; the other for a child that keeps standard error
        self.threads[0].join()
        self.threads[1].join(1)


def check_tool(settings):
    command = [settings.command[0], "--version"]
    try:
        ran = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=60)
    except (OSError, subprocess.TimeoutExpired) as e:
        raise ToolError("%s cannot be run: %s" % (command[0], e)) from None
    if ran.returncode:
        raise ToolError("%s --version: status %d: %s" % (command[0], ran.returncode, ran.stderr.decode("utf-8", "replace").strip()[-MESSAGE:]))


def scan_partition(paths, settings):
    """The rows of these paths (bytes), one for each, as they are finished. What is held is no more than settings.window paths and
    the longest line."""
    unfit = collections.deque()

    def fit():
        for path in paths:
            path = bytes(path)
            if not path:
                continue
            path = os.path.join(settings.base, path)
            if b"\0" not in path and len(path) <= LONGEST_PATH:
                yield path
            else:
                unfit.append(path)

    def told():
        while unfit:
            path = unfit.popleft()
            reason = "a path with a NUL in it" if b"\0" in path else "a path of more than %d bytes" % LONGEST_PATH
            yield row_without_line(path, 0, "unreadable", reason)

    check_tool(settings)
    source, exhausted = fit(), False
    while not exhausted:
        run = Run(settings, source)
        for path, line, report in run:
            yield row_of_report(path, 1, line, report)
            yield from told()
        yield from told()
        exhausted = run.exhausted
        for path in run.pending.elements():
            yield scan_alone(path, settings, run.reason)


def scan_alone(path, settings, reason):
    """The row of a path that was among those the tool got before it died: whether it was the one shows when it is the only one."""
    attempts = 1
    while attempts < settings.attempts:
        attempts += 1
        run = Run(settings, iter([path]))
        for _, line, report in run:
            return row_of_report(path, attempts, line, report)
        reason = run.reason
    return row_without_line(path, attempts, "lost", reason)


# ---- the job ----

def size_of(text):
    try:
        return int(text[:-1]) << {"K": 10, "M": 20, "G": 30}[text[-1].upper()] if text[-1:].isalpha() else int(text)
    except (ValueError, KeyError):
        raise argparse.ArgumentTypeError("a size is a number, with K, M or G behind it") from None


def options(arguments):
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--list", action="append", default=[], metavar="FILE", help="a text file of paths, one a line, as Spark reads files (repeatable)")
    p.add_argument("--directory", action="append", default=[], metavar="DIR", help="every file below DIR, which all machines have there (repeatable)")
    p.add_argument("-0", "--null", action="store_true", help="the paths of the lists end with NUL instead of a newline")
    p.add_argument("--output", required=True, metavar="DIR", help="write the tables below DIR: cores, groups, failures")
    p.add_argument("--overwrite", action="store_true", help="replace tables that are there")
    p.add_argument("--base", default=os.getcwd(), metavar="DIR", help="relative paths are below DIR (the current folder)")
    p.add_argument("--pycore", default="pycore", metavar="PROGRAM", help="the tool, as the machines have it (pycore)")
    p.add_argument("--jobs", type=int, default=1, metavar="N", help="cores at once in each task (1)")
    p.add_argument("--partitions", type=int, metavar="N", help="tasks (4 for each processor of the cluster)")
    p.add_argument("--attempts", type=int, default=3, metavar="N", help="runs of the tool for a path until it counts as lost (3)")
    p.add_argument("--stall", type=int, metavar="SECONDS", help="a tool that is silent for so long is ended (--limit-time and 120 more); 0: never")
    p.add_argument("--limit-time", type=int, default=60, metavar="SECONDS", help="of each core (60)")
    p.add_argument("--limit-memory", default="1G", metavar="SIZE", help="of each core (1G)")
    p.add_argument("--limit-output", type=str, default="64M", metavar="SIZE", help="of each report, which becomes one value of the table (64M)")
    p.add_argument("--redact", choices=("all", "secrets", "none"), default="secrets", help="what the reports leave out (secrets)")
    p.add_argument("--option", action="append", default=[], metavar="OPTION", help="one more option of pycore scan, as --option=--sysroot=/image (repeatable)")
    args = p.parse_args(arguments)
    if not args.list and not args.directory:
        p.error("neither --list nor --directory says which cores")
    for option in args.option:
        if option.split("=")[0] in NOT_FOR_A_JOB or not option.startswith("--"):
            p.error("--option=%s: that is the job's own business, or leaves lines out" % option)
    for name in ("jobs", "attempts", "partitions"):
        if getattr(args, name) is not None and getattr(args, name) < 1:
            p.error("--%s is 1 at least" % name)
    try:
        args.output_bytes = size_of(args.limit_output)
    except argparse.ArgumentTypeError as e:
        p.error("--limit-output: %s" % e)
    return args


def settings_of(args):
    command = [args.pycore, "scan", "--json", "--quiet", "-0", "--jobs=%d" % args.jobs, "--limit-time=%d" % args.limit_time,
               "--limit-memory=" + args.limit_memory, "--limit-output=" + args.limit_output, "--redact=" + args.redact, *args.option, "-"]
    stall = args.stall if args.stall is not None else args.limit_time and args.limit_time + 120
    longest = min(args.output_bytes + (1 << 20), LONGEST_LINE) if args.output_bytes else LONGEST_LINE
    return Settings(command, os.fsencode(os.path.abspath(args.base)), args.attempts, 4 * args.jobs + 4, stall, longest)


def files_below(folder):
    """The files, links left out, and the folders that cannot be read, so that they are in the table, too."""
    unread = []
    for place, _, names in os.walk(os.fsencode(os.path.abspath(folder)), onerror=lambda e: unread.append(os.fsencode(e.filename))):
        for name in names:
            path = os.path.join(place, name)
            if not os.path.islink(path):
                yield path
    yield from unread


def schema():
    from pyspark.sql import types
    kinds = {"string": types.StringType, "binary": types.BinaryType, "int": types.IntegerType, "bigint": types.LongType,
             "timestamp": types.TimestampType, "array<string>": lambda: types.ArrayType(types.StringType(), False)}
    return types.StructType([types.StructField(name, kinds[kind](), nullable) for name, kind, nullable in COLUMNS])


def paths_of(spark, args, partitions):
    """An RDD of bytes. The reader of text files hands on bytes that are not UTF-8; read as text in Python they would be lost."""
    context = spark.sparkContext
    parts = []
    if args.list:
        lines = spark.read.option("lineSep", "\0" if args.null else "\n").text(args.list)
        parts.append(lines.selectExpr("cast(value as binary) as path").repartition(partitions).rdd.map(lambda r: bytes(r.path)))
    for folder in args.directory:
        parts.append(context.parallelize(list(files_below(folder)), partitions))
    return parts[0] if len(parts) == 1 else context.union(parts)


def tables(cores):
    """The groups, those with most cores first, and the failures."""
    from pyspark.sql import functions as f
    moment = f.coalesce("time", "file_time")
    groups = cores.where("signature_hash is not null").withColumn("when", moment).groupBy("signature_hash", "signature_text").agg(
        f.count("*").alias("count"), f.min("when").alias("first"), f.max("when").alias("last"),
        f.array_sort(f.collect_set("version")).alias("versions"), f.array_sort(f.collect_set("hostname")).alias("hostnames"),
        f.min("signal").alias("signal"), f.min("exception").alias("exception"),
        f.min(f.struct("when", "path", "path_bytes", "frames")).alias("_example"))
    groups = groups.select("*", *[f.col("_example." + a).alias(b) for a, b in (("path", "example"), ("path_bytes", "example_bytes"), ("frames", "frames"))])
    groups = groups.drop("_example").coalesce(1).sortWithinPartitions(f.desc("count"), "signature_text")
    failures = cores.where("signature_hash is null").groupBy("kind", "reason").agg(
        f.count("*").alias("count"), f.min("path").alias("example")).coalesce(1).sortWithinPartitions(f.desc("count"), "kind", "reason")
    return groups, failures


def printable(value):
    if isinstance(value, list):
        value = ",".join(map(str, value))
    if isinstance(value, datetime.datetime):
        value = value.isoformat(" ")
    return "".join(c if c.isprintable() else "\\u%04x" % ord(c) for c in str("-" if value is None else value))


def show(title, table, columns, out):
    print(title, file=out)
    print("\t".join(columns), file=out)
    for r in table.select(*columns).toLocalIterator():
        print("\t".join(printable(v) for v in r), file=out)


def main(arguments=None):
    args = options(arguments)
    from pyspark.sql import SparkSession
    spark = (SparkSession.builder.appName("pycore scan").config("spark.sql.session.timeZone", "UTC")
             .config("spark.sql.parquet.outputTimestampType", "TIMESTAMP_MICROS").getOrCreate())
    settings = settings_of(args)
    partitions = args.partitions or 4 * spark.sparkContext.defaultParallelism
    mode = "overwrite" if args.overwrite else "errorifexists"
    output = args.output.rstrip("/")
    rows = paths_of(spark, args, partitions).mapPartitions(lambda paths: scan_partition(iter(paths), settings))
    spark.createDataFrame(rows, schema()).write.mode(mode).parquet(output + "/cores")
    # from what was written: a core is looked at once
    groups, failures = tables(spark.read.schema(schema()).parquet(output + "/cores"))
    groups.write.mode(mode).parquet(output + "/groups")
    failures.write.mode(mode).parquet(output + "/failures")
    show("Groups", spark.read.parquet(output + "/groups"), ["count", "first", "last", "signature_hash", "signature_text", "versions", "example"], sys.stdout)
    show("\nFailures", spark.read.parquet(output + "/failures"), ["count", "kind", "reason", "example"], sys.stdout)
    spark.stop()


if __name__ == "__main__":
    main()
