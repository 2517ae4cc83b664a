#!/usr/bin/env python3
"""What pycore-scan(1) promises to pipelines, and the recipes of README.md, run as they stand there.

Called by run.py; run(...) yields (name, "passed" | "failed" | "skipped", lines).
"""
import collections
import json
import os
import re
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import small_cores
from crash import Failure, Skip
from outcome import run_in_folder
from tool import Tool, check_one_line

TOP = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
README = os.path.join(TOP, "README.md")
ODD = "tab\tand\nnewline.core"


class Setting:
    def __init__(self, pycore, folder):
        self.tool, self.folder = Tool(pycore, os.path.join(folder, "cache")), folder
        self.cores = os.path.join(folder, "cores")
        os.makedirs(self.cores)
        for name in small_cores.names(small_cores.CORES):
            small_cores.unpack(os.path.join(small_cores.CORES, name + ".core.xz"), os.path.join(self.cores, name + ".core"))
        shutil.copy(os.path.join(self.cores, "3.12.1-closures.core"), os.path.join(self.cores, ODD))
        with open(os.path.join(self.cores, "text.core"), "w") as f:
            f.write("no core\n")
        # a core of a process without anything in its memory
        with open(os.path.join(self.cores, "3.12.1-closures.core"), "rb") as f, open(os.path.join(self.cores, "without_memory.core"), "wb") as out:
            data = f.read()
            out.write(data[:4096] + bytes(len(data) - 4096))
        self.paths = [os.path.join(self.cores, n) for n in sorted(os.listdir(self.cores))] + [os.path.join(self.cores, "missing.core")]
        self._lines = None

    def scan(self, *options, paths=None, **how):
        command = [self.tool.path, "scan", "--json", "--quiet", "--limit-time=0", *options, "-0", "-"]
        how.setdefault("stdout", subprocess.PIPE)
        how.setdefault("env", self.tool.environment())
        given = b"".join(os.fsencode(p) + b"\0" for p in (self.paths if paths is None else paths))
        return subprocess.run(command, input=given, stderr=subprocess.PIPE, timeout=300, **how)

    def ndjson(self):
        """(the file, the reports in it)"""
        path = os.path.join(self.folder, "cores.ndjson")
        if self._lines is None:
            done = self.scan()
            if done.returncode:
                raise Failure("scan: %d: %s" % (done.returncode, done.stderr[-300:]))
            with open(path, "wb") as f:
                f.write(done.stdout)
            self._lines = [json.loads(line) for line in done.stdout.decode("utf-8").splitlines()]
        return path, self._lines


# ---- the recipes: what each says, told by plain Python from the same lines ----

def tsv(*cells):
    def cell(v):
        v = "" if v is None else str(v)
        for c, spelt in (("\\", "\\\\"), ("\t", "\\t"), ("\n", "\\n"), ("\r", "\\r")):
            v = v.replace(c, spelt)
        return v
    return "\t".join(cell(v) for v in cells)


def count_signatures(reports, _):
    counts = collections.Counter("%(hash)s %(text)s" % r["signature"] for r in reports if r["signature"])
    return ["%d %s" % (n, text) for text, n in counts.items()]


def find_exception(reports, value):
    for r in reports:
        found = [e for t in r["threads"] if t["exceptions"] for e in [t["exceptions"]["raised"], *t["exceptions"]["handled"]]]
        if any(e and e.get("type") == value for e in found):
            yield tsv(r["process"]["hostname"], r["process"]["time"], r["core"]["path"])


def find_function(reports, value):
    for r in reports:
        if any(value in (f["qualname"], f["name"]) for t in r["threads"] for f in t["frames"]):
            yield tsv(r["core"]["path"])


def find_variable(reports, value):
    for r in reports:
        for f in [f for t in r["threads"] if t["crashed"] for f in t["frames"]]:
            for v in f["locals"] or []:
                if v["name"] == value:
                    yield {"core": r["core"]["path"], "function": f["qualname"] or f["name"], "type": v["type"], "value": v["value"]}


def list_failures(reports, _):
    return [tsv(r["core"]["path"], r["diagnostics"][-1]["message"]) for r in reports if r["status"] == "none"]


def make_table(reports, _):
    for r in reports:
        p = r["process"]
        yield tsv(r["core"]["path"], r["status"], p["time"], p["hostname"], p["pid"], (p["signal"] or {}).get("name"),
                  (r["interpreter"] or {}).get("version"), len(r["threads"]), (r["signature"] or {}).get("hash"))


# What the README asks, what answers here, and what is in the small cores instead of the README's example; how many lines there are.
RECIPES = [
    ("how often did what happen?", count_signatures, None, 4),
    ("where and when was this exception raised, or handled?", find_exception, "FileNotFoundError", 3),
    ("which cores have this function in a stack?", find_function, "handler_in_handler", 4),
    ("what was this variable in the threads that crashed?", find_variable, "self", 4),
    ("of which files is nothing known, and why?", list_failures, None, 3),
    ("a table for a spreadsheet", make_table, None, 14),
]


def recipes():
    """[(the question, the commands)] of the README's section."""
    with open(README, encoding="utf-8") as f:
        section = re.search(r"^## Pipelines$(.*?)^## ", f.read(), re.M | re.S).group(1)
    block = "\n".join(re.findall(r"^```sh\n(.*?)^```$", section, re.M | re.S))
    return [(m.group(1), m.group(2).strip()) for m in re.finditer(r"^# (.*)\n((?:(?!# ).*\n?)+)", block, re.M)]


def the_readme_has_these_recipes(s, d):
    d.same("recipes", [r[0] for r in RECIPES], [r[0] for r in recipes()])


def recipe(number):
    question, oracle, value, count = RECIPES[number]

    def test(s, d):
        if not shutil.which("jq"):
            raise Skip("jq is not installed: the recipes of README.md are not run")
        command = dict(recipes())[question]
        if value:
            command, changed = re.subn(r"(--arg \w+) \S+", r"\1 " + value, command)
            d.same("arguments", 1, changed)
        path, reports = s.ndjson()
        ran = subprocess.run(["sh", "-c", command], cwd=os.path.dirname(path), env=dict(os.environ, LC_ALL="C"), stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
        d.same("status", [0, b""], [ran.returncode, ran.stderr])
        lines = ran.stdout.decode("utf-8").splitlines()
        wanted = list(oracle(reports, value))
        if wanted and isinstance(wanted[0], dict):
            lines = [json.loads(line) for line in lines]
        elif oracle is count_signatures:
            d.same("order", sorted((int(line.split()[0]) for line in lines), reverse=True), [int(line.split()[0]) for line in lines])
            lines, wanted = sorted(line.strip() for line in lines), sorted(wanted)
        d.same("output", wanted, lines)
        d.same("lines", True, len(wanted) >= count)
    test.__name__ = "recipe_%d_%s" % (number + 1, oracle.__name__)
    return test


# ---- the contract ----

def every_path_has_a_line(s, d):
    """As many as it was named, with a status and a reason where there is no report; the exit status is 0."""
    paths = s.paths + s.paths[:2] + ["", s.paths[0]]
    done = s.scan("--jobs=3", paths=paths)
    d.same("exit status", 0, done.returncode)
    d.same("standard error", b"", done.stderr)
    d.same("the last byte", b"\n", done.stdout[-1:])
    reports = [json.loads(line) for line in done.stdout.decode("utf-8").split("\n")[:-1]]
    d.same("paths", collections.Counter(p for p in paths if p), collections.Counter(r["core"]["path"] for r in reports))
    for r in reports:
        bad = os.path.basename(r["core"]["path"]) in ("text.core", "missing.core", "without_memory.core")
        d.same("status none: " + r["core"]["path"], bad, r["status"] == "none")
        if bad:
            d.same("reasons: " + r["core"]["path"], 1, len([x for x in r["diagnostics"] if x["severity"] == "error"]))


def a_path_that_can_be_none(s, d):
    """Longer than any may be, or with a NUL: echoed up to there."""
    long = "/" + "x" * 70000
    done = s.scan(paths=[long, s.paths[0]])
    got = sorted(json.loads(line)["core"]["path"] for line in done.stdout.splitlines())
    d.same("lines", sorted([long[:65536], s.paths[0]]), got)
    command = [s.tool.path, "scan", "--json", "--quiet", "-"]
    done = subprocess.run(command, input=b"/a\0b\n/c", stdout=subprocess.PIPE, env=s.tool.environment(), timeout=60)
    d.same("with NUL", ["/a", "/c"], sorted(json.loads(line)["core"]["path"] for line in done.stdout.splitlines()))
    d.same("exit status", 0, done.returncode)


def outputs_that_fail(s, d):
    with open("/dev/full", "wb") as full:
        done = s.scan(stdout=full)
    d.same("full: exit status", 74, done.returncode)
    done.err = done.stderr
    check_one_line(d, "full", done)
    reader, writer = os.pipe()
    os.close(reader)
    done = s.scan(stdout=writer, paths=s.paths[:1])
    os.close(writer)
    d.same("closed: exit status", 74, done.returncode)
    done = s.scan("--no-such-option")
    d.same("usage: exit status", [64, b""], [done.returncode, done.stdout])


def nothing_is_left_behind(s, d):
    """Neither in the home directory, nor where it runs, nor in TMPDIR; compressed cores are among what is read."""
    places = {}
    for name in ("home", "here", "tmp"):
        places[name] = os.path.join(s.folder, "left", name)
        os.makedirs(places[name])
    env = dict(s.tool.environment(), HOME=places["home"], TMPDIR=places["tmp"], DEBUGINFOD_URLS="http://127.0.0.1:9/")
    for name in ("XDG_CACHE_HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        env.pop(name, None)
    stored = [os.path.join(small_cores.CORES, n) for n in sorted(os.listdir(small_cores.CORES)) if n.endswith(".core.xz")][:3]
    done = s.scan(env=env, cwd=places["here"], paths=s.paths + stored)
    d.same("lines", len(s.paths) + 3, len(done.stdout.splitlines()))
    for name, place in places.items():
        d.same(name, [], os.listdir(place))


def no_connection_is_opened(s, d):
    if not shutil.which("strace"):
        raise Skip("there is no strace")
    log = os.path.join(s.folder, "strace.log")
    env = dict(s.tool.environment(), DEBUGINFOD_URLS="http://127.0.0.1:9/")
    env["ASAN_OPTIONS"] = "detect_leaks=0:" + env.get("ASAN_OPTIONS", "")       # it cannot run under a tracer
    command = ["strace", "-f", "-e", "trace=socket,connect,execve", "-o", log, s.tool.path, "scan", "--json", "-q", "--limit-time=0", *s.paths[:3]]
    done = subprocess.run(command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
    with open(log, encoding="utf-8", errors="replace") as f:
        calls = re.findall(r"\b(socket|connect|execve)\(", f.read())
    if done.returncode or not calls:
        raise Skip("strace cannot trace here: %s" % done.stderr.decode("utf-8", "replace")[-200:])
    d.same("calls", ["execve"], calls)


TESTS = (the_readme_has_these_recipes, *[recipe(i) for i in range(len(RECIPES))], every_path_has_a_line, a_path_that_can_be_none,
         outputs_that_fail, nothing_is_left_behind, no_connection_is_opened)


def run(pycore, work):
    yield from run_in_folder(work, "pipelines", TESTS, lambda folder: Setting(pycore, folder))
