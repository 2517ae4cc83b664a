"""--redact: what a program keeps secret is in no output, and what is none still is; without it all of it is there.

The program's marks are of two kinds: SECRET for what is a secret by its name, its form or the environment, VALUE for what is a
value like any. With `secrets` there must be no SECRET in anything that pycore writes, with `all` none of both.

Called by run.py; run(...) yields (name, "passed" | "failed" | "skipped", lines).
"""
import concurrent.futures
import json
import os
import shutil
import struct

import schema
from compare import Differences
from crash import environment, run_to_core
from outcome import outcome_of
from tool import WIDE, Tool, check_status, load_report

PROGRAM = "secret_holder"
SECRET, VALUE = "cAnArY", "vAlUe"
SETTING = SECRET + "-environment-caf\u00e9-'x'"
NUMBER, KEY = 4242135242135, 7153715371537          # an int that the environment has, and one under a secret name
PLAIN = NUMBER + 7193719731                          # one that nobody keeps secret
OPTIONS = ((), ("--globals", "--stack"), tuple(WIDE))
LABELS = ("attribute", "url", "slot", "slot-item", "message", "local", "header", "host", "cookie", "name", "query", "json", "pair", "nested",
          "user", "field", "next", "option", "operand", "item", "thread", "argument", "positional", "keyword", "key", "file", "environment", "global",
          "dict-key", "member")


class Setting:
    def __init__(self, pycore, programs, schema_path, stop):
        self.pycore, self.programs, self.schema_path, self.stop = pycore, programs, schema_path, stop


def crash(s, interpreter, folder):
    env = dict(environment(s.stop, s.programs), PYCORE_TEST_SETTING=SETTING, PYCORE_TEST_NUMBER=str(NUMBER),
               PYCORE_TEST_URL="amqp://user:%s-amqp@queue/" % SECRET, PYCORE_TEST_TOKEN=SECRET + "-token")
    command = [interpreter.python, os.path.join(s.programs, PROGRAM + ".py"), "--password=%s-given" % SECRET, "--api-token", SECRET + "-following",
               "-x", "a %s b" % SETTING, "https://user:%s-given@host/" % SECRET, VALUE + "-given"]
    return run_to_core(command, folder, s.stop, env)


def forms(mark):
    """The mark as it may stand in memory."""
    if isinstance(mark, int):
        low, high = mark & ((1 << 30) - 1), mark >> 30
        return [str(mark).encode(), struct.pack("=II", low, high), struct.pack("=q", mark)]
    return [mark.encode(x) for x in ("ascii", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")]


def marks(level):
    return {"none": [], "secrets": [SECRET, NUMBER, KEY], "all": [SECRET, NUMBER, KEY, VALUE, PLAIN]}[level]


def check_absent(d, where, data, level):
    for mark in marks(level):
        for form in forms(mark):
            if form in data:
                at = data.index(form)
                d.add("%s: %s" % (where, mark), "not there", repr(data[max(0, at - 60):at + 40]))
                break


def outputs(tool, core, level):
    """Everything that pycore says of a core, by name."""
    found = {}
    for form in ((), ("--json",)):
        for options in OPTIONS:
            ran = tool.run("analyze", "--redact=" + level, *form, *options, core)
            found["analyze %s %s" % (" ".join(form), " ".join(options))] = ran
    return found


def addresses(report):
    """Of the objects of the frame that has the secrets, and of its exceptions."""
    found = []
    for thread in report["threads"]:
        for frame in thread["frames"]:
            for value in frame["locals"] or []:
                if frame["name"] == "keep":
                    found += [value["address"]] + [a["address"] for a in value["attributes"] or []]
        for e in thread["exceptions"]["handled"]:
            found.append(e.get("address"))
    return [a for a in dict.fromkeys(found) if a]


def shape(report):
    """What stays whatever is redacted: where frames are, and the names and types of what is in them."""
    return [[(f["name"], f["qualname"], f["module"], f["filename"], f["line"], f["column"], f["status"],
              [(v["name"], v["kind"], v["type"], v["address"]) for v in f["locals"]]) for f in t["frames"]] +
            [(e["type"], [(f["name"], f["line"]) for f in e["traceback"]]) for e in t["exceptions"]["handled"] if "type" in e]
            for t in report["threads"]]


def check_values(d, report, level):
    """What stands in the place of some values."""
    frame = next(f for t in report["threads"] for f in t["frames"] if f["name"] == "keep")
    found = {v["name"]: (v["value"], v["status"], v["exact"]) for v in frame["locals"]}
    text, raw = "str", "characters"
    if report["interpreter"]["version"].startswith("2."):
        raw = "bytes"
    length = len(SECRET + "-local")
    wanted = {"password": ("<%s, %d %s, redacted>" % (text, length, raw), "redacted", False)}
    if level == "secrets":
        wanted["query"] = ("'name=%s-name&password=<redacted>&x=1'" % VALUE, "redacted", False)
        wanted["in_middle"] = ("'%s<redacted>%s..." % ("x" * 90, "y" * 99), "redacted", False)
        wanted["value"] = ("'%s-local'" % VALUE, "complete", True)
    else:
        wanted["value"] = ("<%s, %d %s, redacted>" % (text, len(VALUE + "-local"), raw), "redacted", False)
        wanted["values"] = ("<list, 2 items, redacted>", "redacted", False)
        wanted["api_key"] = ("<int, redacted>", "redacted", False)
    for name, row in wanted.items():
        d.same("%s: %s" % (level, name), row, found.get(name))


def check_level(s, d, tool, core, level, plain, folder):
    found = outputs(tool, core, level)
    for name, ran in found.items():
        check_status(d, "%s, --redact=%s" % (name, level), ran, [0])
        check_absent(d, "%s, --redact=%s" % (name, level), ran.out + ran.err, level)
    report = load_report(d, found["analyze --json "])
    if report is None:
        return
    d.same("redaction", level, report["redaction"])
    d.same("%s: what stays" % level, shape(plain), shape(report))
    check_values(d, report, level)
    if schema.jsonschema:
        d.extend(schema.Validator(s.schema_path).complaints(report))
    first = found["analyze  "].out.decode("utf-8").splitlines()[1]
    if "redacted: " not in first:
        d.add("the second line of the text", "redacted: ...", first)
    for form in ((), ("--json",)):
        # an object that is asked for by its address has no name that could say that it is a secret
        objects = addresses(plain) if level == "all" else [v["address"] for t in report["threads"] for f in t["frames"] for v in f["locals"]
                                                           if f["name"] == "keep" and v["name"] in ("at_limit", "of_repr", "raw", "pem", "headers")]
        ran = tool.run("inspect", "--redact=" + level, *form, core, *objects)
        check_status(d, "inspect, --redact=%s" % level, ran, [0])
        check_absent(d, "inspect %s, --redact=%s" % (" ".join(form), level), ran.out + ran.err, level)
    check_small(s, d, tool, core, level, folder)


def check_small(s, d, tool, core, level, folder):
    small, again = os.path.join(folder, "small-" + level), os.path.join(folder, "again-" + level)
    ran = tool.run("distill", "--full", "--redact=" + level, "-o", small, core)
    check_status(d, "distill --redact=" + level, ran, [0])
    if ran.err or not os.path.exists(small):
        d.add("distill --redact=" + level, "a small core and no complaint", ran.err)
        return
    with open(small, "rb") as f:
        check_absent(d, "the small core, --redact=" + level, f.read(), level)
    wanted = tool.run("analyze", "--json", "--redact=" + level, core)
    for path, options in ((small, ()), (small, ("--redact=none",))):
        got = tool.run("analyze", "--json", *options, path)
        check_status(d, "analyze a small core, --redact=" + level, got, [0])
        same_reports(d, "the report of a small core, --redact=" + level, wanted, got)
    tool.run("distill", "--full", "-o", again, small)
    same_reports(d, "the small core of a small core, --redact=" + level, wanted, tool.run("analyze", "--json", again))
    if level == "all":
        full = os.path.join(folder, "full")
        tool.run("distill", "--full", "-o", full, core)
        ran = tool.run("analyze", "--json", "--redact", full)
        check_absent(d, "a small core with all values, redacted", ran.out + ran.err, level)


def same_reports(d, where, wanted, got):
    reports = []
    for ran in (wanted, got):
        try:
            reports.append(json.loads(ran.out.decode("utf-8")))
        except ValueError as e:
            d.add(where, "JSON", "%s; %s" % (e, ran.err[-300:]))
            return
    for key in reports[0]:
        if key != "core":
            d.same("%s: %s" % (where, key), reports[0][key], reports[1].get(key))


def redacted(s, interpreter, folder, d):
    os.makedirs(folder)
    tool = Tool(s.pycore, os.path.join(folder, "cache"))
    core = crash(s, interpreter, folder)
    # without it all is there: what is not would not be missed
    everything = b""
    for name, ran in outputs(tool, core, "none").items():
        check_status(d, name, ran, [0])
        everything += ran.out
    text = everything.decode("utf-8")
    for mark in [SECRET + "-given", SECRET + "-following", VALUE + "-given", str(NUMBER), str(KEY), str(PLAIN)]:
        if mark not in text:
            d.add("--redact=none", mark, "not there")
    for label in LABELS:
        if SECRET + "-" + label not in text and VALUE + "-" + label not in text:
            d.add("--redact=none", label, "neither as a secret nor as a value")
    plain = load_report(d, tool.run("analyze", "--json", core))
    if plain is None:
        return
    for level in ("secrets", "all"):
        check_level(s, d, tool, core, level, plain, folder)
    # what is no secret stays
    text = tool.run("analyze", "--json", "--redact=secrets", *WIDE, core).out.decode("utf-8")
    for label in ("attribute", "message", "header", "host", "name", "json", "pair", "user", "operand", "local", "item", "thread", "positional", "given"):
        if VALUE + "-" + label not in text:
            d.add("--redact=secrets", VALUE + "-" + label, "not there")
    if str(PLAIN) not in text:
        d.add("--redact=secrets", PLAIN, "not there")
    d.same("plain --redact", tool.run("analyze", "--redact=all", core).out, tool.run("analyze", "--redact", core).out)
    check_status(d, "--redact=some", tool.run("analyze", "--redact=some", core), [64])


def try_interpreter(s, interpreter, folder):
    d = Differences()
    try:
        return outcome_of(d, redacted, s, interpreter, folder, d)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run(pycore, chosen, programs, schema_path, work, stop, jobs):
    work = os.path.join(work, "redact")
    shutil.rmtree(work, ignore_errors=True)
    s = Setting(pycore, programs, schema_path, stop)
    with concurrent.futures.ProcessPoolExecutor(max(1, jobs)) as pool:
        futures = [(i.name, pool.submit(try_interpreter, s, i, os.path.join(work, i.name))) for i in chosen if not i.run]
        for name, future in futures:
            outcome, lines = future.result()
            yield name, outcome, lines
