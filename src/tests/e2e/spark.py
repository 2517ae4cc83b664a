#!/usr/bin/env python3
"""The Spark job of contrib/spark: no path may be lost, whatever the tool does.

What it does with a partition is plain Python and tested as such. The job itself is tested in a cluster of two workers where
pyspark and java are there: PYCORE_TEST_SPARK names a python that has pyspark, if this one has not.

Called by run.py; run(...) yields (name, "passed" | "failed" | "skipped", lines).
"""
import collections
import datetime
import importlib.util
import json
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import small_cores
from crash import Skip
from outcome import run_in_folder
from tool import Tool

TOP = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
JOB = os.path.join(TOP, "contrib", "spark", "pycore_scan.py")
CLUSTER = "local-cluster[2,1,1024]"     # two workers of one processor and so many megabytes each
QUICK = [x for who in ("driver", "executor") for x in ("--conf", "spark.%s.extraJavaOptions=-XX:TieredStopAtLevel=1 -XX:+UseSerialGC" % who)]
CORES = ("2.7.18-nested_handlers", "3.11.7-nested_handlers", "3.12.1-closures", "3.6.15-closures", "system-nested_handlers")
POISON, GARBLED, SILENT = b"poison.core", b"garbled.core", b"silent.core"

# A pycore that is killed by one path, writes nonsense for another and nothing for a third.
WRAPPER = r'''#!%(python)s
import os, signal, subprocess, sys
if sys.argv[1:] == ["--version"]:
    os.execv(%(pycore)r, sys.argv)
rest = b""
while True:
    piece = os.read(0, 65536)
    *paths, rest = (rest + piece).split(b"\0")
    for path in paths:
        name = os.path.basename(path)
        if name == %(poison)r:
            os.kill(os.getpid(), signal.SIGKILL)
        if name == %(garbled)r:
            os.write(1, b'\xff\xfe garbage\n[1, 2\n{"core": {"path": 5}}\n{"schema": "pycore-report/1", "status": "complete", "core": {"path": "/no/such", "path_bytes": null}}\nnull\n')
        elif name != %(silent)r:
            os.write(1, subprocess.run([%(pycore)r, *sys.argv[1:]], input=path + b"\0", stdout=subprocess.PIPE).stdout)
    if not piece:
        sys.exit(0)
'''

# Run by spark-submit: the job as it is, and then what it has written, as JSON.
CHECK = r'''
import json, runpy, sys
from pyspark.sql import SparkSession
stop, SparkSession.stop = SparkSession.stop, lambda self: None
out, job = sys.argv[1:3]
sys.argv = sys.argv[2:]
runpy.run_path(job, run_name="__main__")
spark = SparkSession.builder.getOrCreate()
plain = lambda v: v.hex() if isinstance(v, bytearray) else v
tables = {}
for name in ("cores", "groups", "failures"):
    table = spark.read.parquet(out + "/" + name)
    tables[name] = [{k: plain(v) for k, v in r.asDict().items()} for r in table.collect()]
    tables[name + ".types"] = dict(table.dtypes)
with open(out + "/tables.json", "w") as f:
    json.dump(tables, f, default=str)
stop(spark)
'''


class Setting:
    """The tool, a folder with cores, and the job as a module."""

    def __init__(self, pycore, folder):
        self.pycore, self.folder = pycore, os.fsencode(folder)
        self.tool = Tool(pycore, os.path.join(folder, "cache"))
        spec = importlib.util.spec_from_file_location("pycore_scan", JOB)
        self.job = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(self.job)
        self.cores = []
        for name in CORES:
            path = os.path.join(folder, name + ".core")
            small_cores.unpack(os.path.join(small_cores.CORES, name + ".core.xz"), path)
            self.cores.append(os.fsencode(path))
        for name in (b"new\nline.core", b"not\xffutf-8.core", POISON, GARBLED, SILENT):
            os.link(self.cores[2], self.path(name))
        with open(self.path(b"text"), "w") as f:
            f.write("no core\n")
        self.mixed = self.cores + [self.path(n) for n in (b"new\nline.core", b"not\xffutf-8.core", b"missing", b"text")]

    def path(self, name):
        return os.path.join(self.folder, name)

    def script(self, name, text):
        path = os.fsdecode(self.path(os.fsencode(name)))
        with open(path, "w") as f:
            f.write(text)
        os.chmod(path, 0o755)
        return path

    def wrapper(self):
        return self.script("wrapper", WRAPPER % {"python": sys.executable, "pycore": self.pycore, "poison": POISON, "garbled": GARBLED,
                                                 "silent": SILENT})

    def fake(self, name, body):
        """A tool that knows --version, and does what body says."""
        return self.script(name, "#!%s\nimport json, os, sys, time\nif sys.argv[1:] == ['--version']:\n    sys.exit(0)\n%s\n" % (sys.executable, body))

    def settings(self, pycore=None, *options, **changes):
        args = self.job.options(["--list", "x", "--output", "x", "--limit-time=0", "--pycore", pycore or self.pycore, *options])
        return self.job.settings_of(args)._replace(**changes)

    def rows(self, d, paths, settings):
        """{path: [row as a dict]}; every row has the types that the schema says, and every path one row for each time it is there."""
        found = collections.defaultdict(list)
        for row in self.job.scan_partition(iter(paths), settings):
            row = dict(zip([c[0] for c in self.job.COLUMNS], row))
            check_types(d, self.job.COLUMNS, row)
            found[bytes(row["path_bytes"] if row["path_bytes"] is not None else row["path"].encode())].append(row)
        d.same("rows of each path", collections.Counter(paths), collections.Counter({k: len(v) for k, v in found.items()}))
        return found


def check_types(d, columns, row):
    kinds = {"string": str, "binary": bytearray, "int": int, "bigint": int, "timestamp": datetime.datetime, "array<string>": list}
    d.same("columns", [c[0] for c in columns], list(row))
    for name, kind, nullable in columns:
        value = row[name]
        if not (nullable if value is None else isinstance(value, kinds[kind])):
            d.add("type of " + name, kind, value)


def expected_of(s, paths):
    """What the tool says itself: {path: report} and the summary."""
    summary = os.fsdecode(s.path(b"summary.json"))
    ran = subprocess.run([s.pycore, "scan", "--json", "-q", "-0", "--limit-time=0", "--summary-json=" + summary, "-"], input=b"".join(p + b"\0" for p in paths),
                         stdout=subprocess.PIPE, env=s.tool.environment(), check=True)
    reports = {}
    for line in ran.stdout.decode().splitlines():
        report = json.loads(line)
        exact = report["core"]["path_bytes"]
        reports[bytes.fromhex(exact) if exact else report["core"]["path"].encode()] = report
    with open(summary) as f:
        return reports, json.load(f)


def compare_with_summary(d, rows, summary):
    """Groups and failures of the rows against those of `pycore scan --summary-json`."""
    groups, failures = collections.defaultdict(list), collections.Counter()
    for row in rows:
        if row["signature_hash"]:
            groups[row["signature_hash"], row["signature_text"]].append(row)
        else:
            failures[row["kind"], row["reason"]] += 1
    d.same("groups", {(g["hash"], g["text"]): g["count"] for g in summary["groups"]}, {k: len(v) for k, v in groups.items()})
    d.same("failures", {(f["kind"], f["reason"]): f["count"] for f in summary["failures"]}, dict(failures))
    for g in summary["groups"]:
        for row in groups[g["hash"], g["text"]]:
            d.same("exception", g["exception"], row["exception"])
            d.same("signal", g["signal"], row["signal"])
        example = [r for r in groups[g["hash"], g["text"]] if r["path"] == g["example"]]
        for row in example:
            d.same("frames", g["frames"][:10], row["frames"][:len(g["frames"])])
        d.same("versions", sorted(g["versions"]), sorted(set(r["version"] for r in groups[g["hash"], g["text"]])))


def rows_are_what_the_tool_says(s, d):
    paths = s.mixed + s.cores[:1]
    reports, summary = expected_of(s, paths)
    found = s.rows(d, paths, s.settings())
    rows = [r for group in found.values() for r in group]
    compare_with_summary(d, rows, summary)
    for path, group in found.items():
        for row in group:
            report = reports[path]
            d.same("report", report, json.loads(row["report"]))
            d.same("status", report["status"], row["status"])
            d.same("pid", report["process"]["pid"], row["pid"])
            d.same("threads", len(report["threads"]), row["threads"])
            d.same("machine", report["core"]["machine"], row["machine"])
            d.same("attempts", 1, row["attempts"])
            d.same("file_time", os.path.exists(path), row["file_time"] is not None)
    d.same("kinds", {"report": 8, "unreadable": 1, "not-core": 1}, dict(collections.Counter(r["kind"] for r in rows)))
    d.same("redaction", "secrets", json.loads(rows[0]["report"])["redaction"])


def a_core_without_python_says_why(s, d):
    """What `analyze` says on standard error has to be in the line."""
    with open(s.cores[0], "rb") as f:
        damaged = bytearray(f.read())
    damaged[4096:] = bytes(len(damaged) - 4096)
    path = s.path(b"zeros.core")
    with open(path, "wb") as f:
        f.write(damaged)
    row = s.rows(d, [path], s.settings())[path][0]
    d.same("status", "none", row["status"])
    if not row["reason"]:
        d.add("reason", "why there is nothing of Python", row["report"][:300])
    compare_with_summary(d, [row], expected_of(s, [path])[1])


def a_tool_that_is_killed(s, d):
    paths = s.cores[:2] + [s.path(POISON)] + s.cores[2:] + [s.path(SILENT)]
    for jobs in ("1", "3"):
        found = s.rows(d, paths, s.settings(s.wrapper(), "--jobs=" + jobs))
        for path, (row,) in found.items():
            name = os.path.basename(path)
            d.same("kind of %s" % name, "lost" if name in (POISON, SILENT) else "report", row["kind"])
            if name == POISON:
                d.same("its reason", "the tool was ended by SIGKILL", row["reason"])
                d.same("its attempts", 3, row["attempts"])
            if name == SILENT:
                d.same("its reason", "the tool gave no line", row["reason"])


def a_tool_that_writes_garbage(s, d):
    paths = s.cores[:2] + [s.path(GARBLED)]
    found = s.rows(d, paths, s.settings(s.wrapper(), "--attempts=2"))
    d.same("kinds", ["report", "report", "lost"], [found[p][0]["kind"] for p in paths])
    d.same("reason", "the tool gave no line; 5 of its lines were no report of a path it was given", found[paths[2]][0]["reason"])
    d.same("attempts", 2, found[paths[2]][0]["attempts"])
    # half a pair, numbers that are none of Spark's, types that are none of the schema's, a line for a path that had one
    odd = s.fake("odd", r'''
for path in sys.stdin.buffer.read().decode().split("\0")[:-1]:
    process = {"pid": 1 << 70, "command": "\ud800", "hostname": 7, "time": "yesterday", "signal": [], "arguments": None}
    print(json.dumps({"schema": "pycore-report/1", "status": "complete", "core": {"path": path, "size": True}, "process": process, "threads": [3, None],
                      "signature": {"hash": None, "text": {}}, "diagnostics": 8}))
    print(json.dumps({"schema": "pycore-report/1", "status": "none", "core": {"path": path}}))
sys.exit(9)''')
    for row in [r for rows in s.rows(d, [b"/a", b"/b"], s.settings(odd)).values() for r in rows]:
        d.same("odd report", ["report", "complete", None, "?", None, None, None], [row[k] for k in ("kind", "status", "pid", "command", "hostname", "time", "size")])


def a_line_without_end(s, d):
    endless = s.fake("endless", "sys.stdin.buffer.read(1)\nwhile True:\n    os.write(1, b'x' * 65536)")
    for (row,) in s.rows(d, [b"/a", b"/b"], s.settings(endless, longest_line=1000000, attempts=2)).values():
        d.same("row", ["lost", "the tool wrote a line of more than 1000000 bytes", 2], [row[k] for k in ("kind", "reason", "attempts")])


def a_tool_that_hangs(s, d):
    hanging = s.fake("hanging", "time.sleep(1000)")
    for (row,) in s.rows(d, [b"/a"], s.settings(hanging, stall=1, attempts=2)).values():
        d.same("row", ["lost", "the tool was silent for 1 seconds", 2], [row[k] for k in ("kind", "reason", "attempts")])


def a_tool_that_dies_at_once(s, d):
    dying = s.fake("dying", "sys.exit('no memory')")
    for (row,) in s.rows(d, [b"/%d" % i for i in range(20)], s.settings(dying, window=4, attempts=2)).values():
        d.same("row", ["lost", "the tool ended with status 1: no memory", 2], [row[k] for k in ("kind", "reason", "attempts")])


def many_paths_are_streamed(s, d):
    """Neither pipe is filled while nobody reads, and no more paths are taken than the window has."""
    echo = s.fake("echo", r'''
rest = b""
while True:
    piece = os.read(0, 65536)
    *paths, rest = (rest + piece).split(b"\0")
    for path in paths:
        sys.stderr.write("x" * 1000)
        print(json.dumps({"schema": "pycore-report/1", "status": "none", "core": {"path": path.decode()}, "padding": "x" * 100000}), flush=True)
    if not piece:
        break''')
    taken = [0]
    most = given = 0
    settings = s.settings(echo, "--jobs=2")

    def paths():
        for i in range(2000):
            taken[0] += 1
            yield b"/%0200d" % i
    for _ in s.job.scan_partition(paths(), settings):
        given += 1
        most = max(most, taken[0] - given)
    d.same("rows", 2000, given)
    d.same("paths that are held", True, most <= settings.window + 1)


def paths_that_are_none(s, d):
    paths = [b"", s.cores[2], b"", b"/with\0nul", b"/" + b"x" * 70000]
    rows = list(s.job.scan_partition(iter(paths), s.settings()))
    kinds = sorted((r[2], r[4]) for r in rows)
    d.same("rows", [("report", None), ("unreadable", "a path of more than 65536 bytes"), ("unreadable", "a path with a NUL in it")], kinds)
    d.same("nothing at all", [], list(s.job.scan_partition(iter([]), s.settings())))
    relative = list(s.job.scan_partition(iter([b"text"]), s.settings(None, "--base", os.fsdecode(s.folder))))
    d.same("a relative path", [os.fsdecode(s.path(b"text"))], [r[0] for r in relative])


def what_is_no_core_s_fault_fails(s, d):
    def broken():
        yield s.cores[2]
        raise KeyError("the input is gone")
    for wanted, paths, settings in ((s.job.ToolError, s.cores, s.settings("/no/such/tool")),
                                    (s.job.ToolError, s.cores, s.settings("/bin/false")),
                                    (s.job.ToolError, s.cores, s.settings(None, "--option=--no-such-option")),
                                    (KeyError, broken(), s.settings())):
        try:
            list(s.job.scan_partition(iter(paths), settings))
            d.add("with %s" % settings.command, wanted.__name__, "rows")
        except wanted:
            pass


def one_who_does_not_want_all(s, d):
    """Spark closes what it does not read to its end (limit, cancel): no process may be left."""
    forever = s.fake("forever", r'''
print(json.dumps({"schema": "pycore-report/1", "status": "none", "core": {"path": "/a"}}), flush=True)
with open(sys.argv[-2], "w") as f:
    f.write(str(os.getpid()))
time.sleep(1000)''')
    pid_file = os.fsdecode(s.path(b"pid"))
    settings = s.settings(forever)
    settings = settings._replace(command=settings.command[:-1] + [pid_file, "-"])
    rows = s.job.scan_partition(iter([b"/a", b"/b"]), settings)
    next(rows)
    rows.close()
    if os.path.exists(pid_file) and os.path.getsize(pid_file):
        with open(pid_file) as f:
            try:
                os.kill(int(f.read()), 0)
                d.add("the tool", "to have ended", "it runs")
            except ProcessLookupError:
                pass


def options_are_passed_on(s, d):
    command = s.job.settings_of(s.job.options(["--list", "x", "--output", "o", "--limit-time=5", "--limit-memory=2G", "--option=--sysroot=/image"])).command
    for option in ("--json", "-0", "--redact=secrets", "--limit-time=5", "--limit-memory=2G", "--limit-output=64M", "--sysroot=/image"):
        d.same(option, True, option in command)
    d.same("the list", "-", command[-1])
    with open(os.devnull, "w") as null:
        for wrong in (["--output", "o"], ["--list", "x"], ["--list", "x", "--output", "o", "--option=--filter=signal=SIGABRT"],
                      ["--list", "x", "--output", "o", "--limit-output=much"]):
            before, sys.stderr = sys.stderr, null
            try:
                s.job.options(wrong)
                d.add("options %s" % wrong, "an error", "none")
            except SystemExit as e:
                d.same("status", 2, e.code)
            finally:
                sys.stderr = before


def readme_has_the_columns(s, d):
    with open(os.path.join(os.path.dirname(JOB), "README.md")) as f:
        listed = [[cell.strip(" `") for cell in line.split("|")[1:3]] for line in f if line.startswith("| `")]
    d.same("columns", [[name, kind] for name, kind, _ in s.job.COLUMNS], listed[:len(s.job.COLUMNS)])


def files_below_a_folder(s, d):
    os.symlink(".", s.path(b"loop"))
    found = sorted(s.job.files_below(os.fsdecode(s.folder)))
    os.unlink(s.path(b"loop"))
    d.same("once", len(set(found)), len(found))
    for path in (s.path(b"not\xffutf-8.core"), s.path(b"new\nline.core"), s.path(b"text")):
        d.same(repr(path), True, path in found)
    d.same("links", [], [p for p in found if b"loop" in p])


def cluster(s, d):
    python = os.environ.get("PYCORE_TEST_SPARK", sys.executable)
    python = sys.executable if python == "1" else python
    if not shutil.which("java"):
        raise Skip("java is not installed: the Spark job is not run in a cluster")
    home = subprocess.run([python, "-c", "import pyspark, os; print(os.path.dirname(pyspark.__file__))"], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, universal_newlines=True).stdout.strip()
    if not home:
        raise Skip("%s has no pyspark (PYCORE_TEST_SPARK names a python that has it): the Spark job is not run in a cluster" % python)
    paths = s.mixed + [s.path(POISON), s.path(GARBLED)] + s.cores[:1]
    listed, out = os.fsdecode(s.path(b"list")), os.fsdecode(s.path(b"out"))
    with open(listed, "wb") as f:
        f.write(b"".join(p + b"\0" for p in paths))
    env = dict(s.tool.environment(), PYSPARK_PYTHON=python, SPARK_LOCAL_IP="127.0.0.1", SPARK_LOCAL_DIRS=os.fsdecode(s.folder))
    ran = subprocess.run([os.path.join(home, "bin", "spark-submit"), "--master", CLUSTER, "--conf", "spark.ui.enabled=false",
                          "--conf", "spark.sql.shuffle.partitions=2", *QUICK, s.script("check.py", CHECK), out,
                          JOB, "--list", "file://" + listed, "-0", "--output", out, "--pycore", s.wrapper(), "--partitions", "3", "--limit-time=0",
                          "--attempts=2"], cwd=os.fsdecode(s.folder), env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                         timeout=300)
    if ran.returncode:
        d.add("spark-submit", "status 0", "%d: %s" % (ran.returncode, ran.stderr.decode("utf-8", "replace")[-2000:]))
        return
    with open(os.path.join(out, "tables.json")) as f:
        tables = json.load(f)
    rows = tables["cores"]
    d.same("types", {name: kind for name, kind, _ in s.job.COLUMNS}, tables["cores.types"])
    d.same("rows", collections.Counter(paths), collections.Counter(bytes.fromhex(r["path_bytes"]) if r["path_bytes"] else r["path"].encode() for r in rows))
    lost = {os.path.basename(r["path"]).encode(): r["reason"] for r in rows if r["kind"] == "lost"}
    d.same("lost", {POISON, GARBLED}, set(lost))
    d.same("why", "the tool was ended by SIGKILL", lost.get(POISON))
    reports, summary = expected_of(s, [p for p in paths if os.path.basename(p) not in (POISON, GARBLED)])
    compare_with_summary(d, [r for r in rows if r["kind"] != "lost"], summary)
    d.same("reports", [reports[os.fsencode(r["path"])] for r in rows if r["kind"] == "report" and not r["path_bytes"]],
           [json.loads(r["report"]) for r in rows if r["kind"] == "report" and not r["path_bytes"]])
    d.same("table of groups", [[g["hash"], g["text"], g["count"], sorted(g["versions"]), g["exception"], g["signal"]] for g in summary["groups"]],
           [[g["signature_hash"], g["signature_text"], g["count"], g["versions"], g["exception"], g["signal"]] for g in tables["groups"]])
    for g in tables["groups"]:
        times = sorted(r["time"] or r["file_time"] for r in rows if r["signature_hash"] == g["signature_hash"])
        d.same("first and last", [times[0], times[-1]], [g["first"], g["last"]])
    d.same("table of failures", sorted((f["kind"], f["count"]) for f in tables["failures"]), [("lost", 1), ("lost", 1), ("not-core", 1), ("unreadable", 1)])
    for g in tables["groups"]:
        d.same("printed", True, g["signature_text"] in ran.stdout.decode())


TESTS = (rows_are_what_the_tool_says, a_core_without_python_says_why, a_tool_that_is_killed, a_tool_that_writes_garbage, a_line_without_end,
         a_tool_that_hangs, a_tool_that_dies_at_once, many_paths_are_streamed, paths_that_are_none, what_is_no_core_s_fault_fails,
         one_who_does_not_want_all, options_are_passed_on, readme_has_the_columns, files_below_a_folder, cluster)


def run(pycore, work):
    yield from run_in_folder(work, "spark", TESTS, lambda folder: Setting(pycore, folder))
