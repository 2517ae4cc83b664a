"""`pycore scan --state`: what was read is kept, whatever ends the scan, and is not read again; and the units of contrib/systemd.

Called by run.py; run(...) yields (name, "passed" | "failed" | "skipped", lines).
"""
import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import time

from crash import Skip
from outcome import run_tests
import tool
from tool import Tool, check_one_line, check_status, check_text

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
SMALL = os.path.join(TOP, "testdata", "cores")
UNITS = os.path.join(TOP, "contrib", "systemd")
KILLS = 20
SEED = 20261129
SCAN = ["scan", "--quiet", "--limit-time=0"]     # nothing here depends on how fast a machine is
PATIENCE = 120          # seconds, for what hangs; so many times longer where the tool is slower


class Setting:
    def __init__(self, pycore, folder):
        self.tool, self.folder = Tool(pycore, os.path.join(folder, "cache")), folder

    def new(self, name):
        path = os.path.join(self.folder, name)
        os.makedirs(path)
        return path

    def cores(self, name, count):
        """A folder of so many small cores, under names of their own."""
        folder = self.new(name)
        small = sorted(n for n in os.listdir(SMALL) if ".core." in n)
        for i in range(count):
            shutil.copy(os.path.join(SMALL, small[i % len(small)]), os.path.join(folder, "core.%03d.xz" % i))
        return folder

    def scan(self, *args, **how):
        return self.tool.run(*SCAN, *args, **how)

    def start(self, *args):
        return subprocess.Popen([self.tool.path, *SCAN, *args], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                stderr=subprocess.PIPE, env=self.tool.environment(), start_new_session=True)


def query(state, sql, *values):
    db = sqlite3.connect(state, timeout=60)
    try:
        return db.execute(sql, values).fetchall()
    finally:
        db.close()


def look(state, sql):
    """As one who only reads, beside a scan."""
    try:
        db = sqlite3.connect("file:%s?mode=ro" % state, uri=True, timeout=60)
    except sqlite3.Error:
        return None
    try:
        return db.execute(sql).fetchall()
    except sqlite3.Error:
        return None
    finally:
        db.close()


def summary_of(d, ran):
    check_status(d, "scan", ran, [0])
    d.same("standard error", b"", ran.err)
    return json.loads(ran.out.decode("utf-8"))


def check_rows(d, state, folder, tries=None):
    """Each file once, with a report that is its own."""
    paths = sorted(os.path.join(folder, n) for n in os.listdir(folder))
    rows = query(state, "SELECT path, kind, tries, report IS NOT NULL FROM cores ORDER BY path")
    d.same("integrity", [("ok",)], query(state, "PRAGMA integrity_check"))
    d.same("paths", paths, [r[0] for r in rows])
    d.same("without a report", [], [r for r in rows if r[1] != "report" or not r[3]])
    if tries is not None:
        d.same("tries", {tries}, {r[2] for r in rows})


# ---- tests ----

def only_what_is_new_or_changed(s, d):
    folder, state = s.cores("changed", 9), os.path.join(s.folder, "changed.state")
    first = summary_of(d, s.scan("--state", state, "--summary-json", folder))
    d.same("known at first", [0, 9], [first["known"], first["files"]["cores"]])
    d.same("new groups", {True}, {g["new"] for g in first["groups"]})
    d.same("new cores", 9, sum(g["new_count"] for g in first["groups"]))
    check_rows(d, state, folder, 1)
    second = summary_of(d, s.scan("--state", state, "--summary-json", folder))
    d.same("known then", [9, 9], [second["known"], second["files"]["cores"]])
    d.same("new groups then", {False}, {g["new"] for g in second["groups"]})
    without = ("new", "new_count")
    d.same("groups", [{k: g[k] for k in g if k not in without} for g in first["groups"]],
           [{k: g[k] for k in g if k not in without} for g in second["groups"]])
    check_rows(d, state, folder, 1)
    before = dict(query(state, "SELECT path, scanned_at FROM cores"))
    names = sorted(os.listdir(folder))
    os.utime(os.path.join(folder, names[0]), (1, 1))
    shutil.copy(os.path.join(folder, names[1]), os.path.join(folder, "one more.xz"))
    third = summary_of(d, s.scan("--state", state, "--summary-json", folder))
    d.same("known at last", [8, 10], [third["known"], third["files"]["cores"]])
    after = dict(query(state, "SELECT path, scanned_at FROM cores"))
    d.same("read again", sorted([os.path.join(folder, n) for n in (names[0], "one more.xz")]),
           sorted(p for p in after if after[p] != before.get(p)))
    # whoever names a file gets its line, known or not; what lies in a folder is told once
    named = s.scan("--state", state, "--json", os.path.join(folder, names[2]), folder)
    d.same("lines", [os.path.join(folder, names[2])], [json.loads(line)["core"]["path"] for line in named.out.decode("utf-8").splitlines()])


def what_was_stored_is_redacted_as_asked(s, d):
    folder, state = s.cores("redacted", 1), os.path.join(s.folder, "redacted.state")
    check_status(d, "scan", s.scan("--state", state, "--redact=none", folder), [0])
    core = os.path.join(folder, "core.000.xz")
    for asked, wanted in (("none", "none"), ("all", "all"), ("none", "all")):     # what was left out is not there any more
        report = json.loads(s.scan("--state", state, "--json", "--redact=" + asked, core).out.decode("utf-8"))
        d.same("asked for " + asked, wanted, report["redaction"])
    check_status(d, "scan", s.scan("--state", state + "2", "--redact=none", folder), [0])
    ran = s.scan("--state", state + "2", "--new-since=2000-01-01", "--json", "--redact=all")
    d.same("withheld", ["none", "all"], [json.loads(ran.out.decode("utf-8"))[k] for k in ("status", "redaction")])
    check_one_line(d, "withheld", ran)


def lists(s, d):
    """They read no core: there is none any more."""
    folder, state = s.cores("lists", 6), os.path.join(s.folder, "lists.state")
    summary = summary_of(d, s.scan("--state", state, "--summary-json", folder))
    stored = s.scan("--json", folder)
    shutil.rmtree(folder)
    hashes = {g["hash"]: g["count"] for g in summary["groups"]}
    for h, count in hashes.items():
        ran = s.scan("--state", state, "--json", "--group", h)
        check_status(d, "--group", ran, [0])
        reports = [json.loads(line) for line in ran.out.decode("utf-8").splitlines()]
        d.same("cores of a group", [count, {h}], [len(reports), {r["signature"]["hash"] for r in reports}])
    ran = s.scan("--state", state, "--json", "--new-since=2000-01-01")
    d.same("reports", sorted(stored.out.splitlines()), sorted(ran.out.splitlines()))
    d.same("nothing since tomorrow", b"", s.scan("--state", state, "--json", "--new-since=2999-01-01").out)
    ran = s.scan("--state", state, "--new-since=2000-01-01")
    text = check_text(d, "--new-since", ran.out)
    d.same("paths that are listed", 6, text.split("Cores:\n")[-1].count(folder + "/core."))
    again = summary_of(d, s.scan("--state", state, "--summary-json", "--new-since=2000-01-01"))
    d.same("groups", hashes, {g["hash"]: g["count"] for g in again["groups"]})
    d.same("nothing is known of others", b"", s.scan("--state", state, "--json", "--group=" + "0" * 16).out)
    for wrong in (["--new-since=1d"], ["--state", state, "--group", "0" * 16, "."], ["--state", state, "--new-since=soon"]):
        check_status(d, " ".join(wrong), s.scan(*wrong), [64])
    check_status(d, "no state", s.scan("--state", state + ".none", "--new-since=1d"), [74])
    d.same("is made", False, os.path.exists(state + ".none"))


def a_killed_worker_is_tried_again(s, d):
    folder, state = s.cores("worker", 40), os.path.join(s.folder, "worker.state")
    scan = s.start("--jobs=1", "--state", state, folder)
    children = "/proc/%d/task/%d/children" % (scan.pid, scan.pid)
    if not os.path.exists(children):
        scan.kill()
        scan.communicate()
        raise Skip("the kernel does not tell a process's children")
    killed, end = 0, time.monotonic() + PATIENCE * tool.SLOWNESS
    while scan.poll() is None and killed < 3 and time.monotonic() < end:
        time.sleep(0.0005 * (tool.SLOWNESS - 1))
        try:
            with open(children) as f:
                for pid in f.read().split():
                    os.kill(int(pid), signal.SIGKILL)
        except OSError:
            continue
        killed = (look(state, "SELECT count(*) FROM cores WHERE kind = 'failed'") or [(0,)])[0][0]
    scan.communicate(timeout=PATIENCE * tool.SLOWNESS)
    d.same("exit status", 0, scan.returncode)
    failed = [r[0] for r in query(state, "SELECT path FROM cores WHERE kind = 'failed'")]
    d.same("a worker was killed", True, len(failed) >= 3)
    d.same("all are there", [(40,)], query(state, "SELECT count(*) FROM cores"))
    d.same("why", [], query(state, "SELECT reason FROM cores WHERE kind = 'failed' AND (reason IS NULL OR reason NOT LIKE '%SIGKILL%')"))
    check_status(d, "the next scan", s.scan("--state", state, folder), [0])
    check_rows(d, state, folder)
    d.same("tried again", sorted(failed), sorted(r[0] for r in query(state, "SELECT path FROM cores WHERE tries > 1")))


def killed_at_twenty_instants(s, d):
    """Each time when some more rows are there; the rows that were seen stay."""
    folder, state = s.cores("killed", 60), os.path.join(s.folder, "killed.state")
    numbers, rows, kills = random.Random(SEED), {}, 0
    sql = "SELECT path, scanned_at FROM cores"
    for _ in range(KILLS):
        scan = s.start("--jobs=2", "--state", state, folder)
        wanted, end = len(rows) + numbers.randrange(4), time.monotonic() + PATIENCE * tool.SLOWNESS
        pause = numbers.random() * 0.02
        while scan.poll() is None and time.monotonic() < end and len(look(state, sql) or ()) < wanted:
            time.sleep(0.0005 * tool.SLOWNESS)
        time.sleep(pause)
        seen = dict(look(state, sql) or ())
        os.killpg(scan.pid, signal.SIGKILL)
        scan.communicate()
        kills += scan.returncode == -signal.SIGKILL
        now = dict(look(state, sql) or ())
        d.same("rows that were seen", [], [p for p in list(rows.items()) + list(seen.items()) if now.get(p[0]) != p[1]])
        rows = now
    d.same("killed", KILLS, kills)
    d.same("in between", True, 0 < len(rows) < 60)
    summary = summary_of(d, s.scan("--state", state, "--summary-json", folder))
    d.same("known", len(rows), summary["known"])
    check_rows(d, state, folder, 1)
    d.same("what was read once", rows, {p: t for p, t in query(state, sql) if p in rows})


def two_scans_at_once(s, d):
    folder, state = s.cores("two", 30), os.path.join(s.folder, "two.state")
    scans = [s.start("--jobs=1", "--state", state, folder) for _ in range(2)]
    for scan in scans:
        _, err = scan.communicate(timeout=PATIENCE * tool.SLOWNESS)
        d.same("exit status", [0, b""], [scan.returncode, err])
    check_rows(d, state, folder)
    summary = summary_of(d, s.scan("--state", state, "--summary-json", folder))
    d.same("known", 30, summary["known"])


def its_own_files_are_no_cores(s, d):
    folder = s.cores("beside", 3)
    state = os.path.join(folder, "state")
    summary = summary_of(d, s.scan("--state", state, "--summary-json", "--all", folder))
    d.same("left alone", [3], [f["count"] for f in summary["failures"] if "state" in f["reason"]])
    d.same("rows", [(3,)], query(state, "SELECT count(*) FROM cores"))


def a_state_that_cannot_be_written(s, d):
    folder, state = s.cores("unwritable", 20), os.path.join(s.folder, "unwritable.state")
    with open(state, "w") as f:
        f.write("my notes\n" * 1000)
    link = state + ".link"
    os.symlink("elsewhere", link)
    for path in (state, link, folder, "/dev/null", os.path.join(s.folder, "no", "where")):
        ran = s.scan("--state", path, folder)
        check_status(d, path, ran, [74])
        check_one_line(d, path, ran)
        d.same("output", b"", ran.out)
    with open(state) as f:
        d.same("what it was", "my notes\n" * 1000, f.read())
    d.same("elsewhere", False, os.path.lexists(os.path.join(s.folder, "elsewhere")))
    os.unlink(state)
    if shutil.which("prlimit"):
        ran = s.scan("--state", state, folder, prefix=("prlimit", "--fsize=60000"))
        check_status(d, "a full disk", ran, [74])
        check_one_line(d, "a full disk", ran)
        check_status(d, "with room again", s.scan("--state", state, folder), [0])
        check_rows(d, state, folder)


def systemd_units(s, d):
    if not shutil.which("systemd-analyze"):
        raise Skip("systemd-analyze is not there")
    folder = s.new("units")
    paths = [os.path.join(folder, n) for n in sorted(os.listdir(UNITS)) if n.endswith((".service", ".timer"))]
    d.same("units", 2, len(paths))
    for path in paths:
        with open(os.path.join(UNITS, os.path.basename(path))) as f:
            text = f.read()
        with open(path, "w") as f:      # what is not installed here is not to be complained of
            f.write(text.replace("/usr/bin/pycore", os.path.abspath(s.tool.path)))
    verify = ["systemd-analyze", "verify", "--man=no"]
    done = subprocess.run(verify + paths, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=PATIENCE)
    d.same("systemd-analyze verify", [0, ""], [done.returncode, done.stdout.decode("utf-8", "replace")])
    rate = ["systemd-analyze", "security", "--offline=true", "--threshold=15"]
    done = subprocess.run(rate + [p for p in paths if p.endswith(".service")], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=PATIENCE)
    d.same("systemd-analyze security: an exposure of 1.5 at most", 0, done.returncode)
    if done.returncode:
        d.append(done.stdout.decode("utf-8", "replace")[-300:])
    command = [line for line in open(paths[0]) if line.startswith("ExecStart=")][0].split()[1:]
    there = [a.replace("/var/lib/systemd/coredump", SMALL).replace("/var/lib/pycore", folder) for a in command]
    check_status(d, "its command", s.tool.run(*there), [0])
    d.same("cores", True, query(os.path.join(folder, "cores"), "SELECT count(*) FROM cores")[0][0] > 5)


TESTS = (only_what_is_new_or_changed, what_was_stored_is_redacted_as_asked, lists, a_killed_worker_is_tried_again,
         killed_at_twenty_instants, two_scans_at_once, its_own_files_are_no_cores, a_state_that_cannot_be_written, systemd_units)


def run(pycore, work):
    folder = os.path.join(work, "scan_state")
    os.makedirs(folder)
    s = Setting(os.path.abspath(pycore), folder)
    ran = s.scan("--state", os.path.join(folder, "probe"), os.devnull)
    if b"built without SQLite" in ran.err:
        yield "scan_state", "skipped", ["pycore was built without SQLite"]
        return
    yield from run_tests(TESTS, s)
    shutil.rmtree(folder, ignore_errors=True)
