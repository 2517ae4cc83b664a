"""`pycore compare`: the ranks of one program that hangs, with the odd one out, by real cores.

Called by run.py; run(...) yields (name, "passed" | "failed" | "skipped", lines).
"""
import json
import os
import subprocess

import schema
from crash import Skip, environment, run_to_core
from outcome import run_tests
from tool import Tool, check_one_line, check_status, check_text


class Setting:
    def __init__(self, pycore, interpreter, other, programs, schema_path, folder, stop):
        self.tool = Tool(pycore, os.path.join(folder, "cache"))
        self.interpreter, self.other, self.programs, self.folder, self.stop = interpreter, other, programs, folder, stop
        self.schema_path = os.path.join(os.path.dirname(schema_path), "pycore-compare.schema.json")
        self.cores = {}

    def core(self, rank, kind, interpreter=None):
        """A core of this rank, which is made once."""
        interpreter = interpreter or self.interpreter
        key = "%s-%d-%s" % (interpreter.name, rank, kind)
        if key not in self.cores:
            folder = os.path.join(self.folder, key)
            os.makedirs(folder)
            command = [interpreter.python, os.path.join(self.programs, "ranks.py"), str(rank), kind]
            self.cores[key] = run_to_core(command, folder, self.stop, environment(self.stop, self.programs))
        return self.cores[key]

    def ranks(self, *kinds):
        return [self.core(rank, kind) for rank, kind in enumerate(kinds)]

    def compare(self, d, cores, status, *options):
        """The document, whose form is looked at."""
        ran = self.tool.run("compare", "--json", "--limit-time=0", *options, *cores)
        check_status(d, "compare --json", ran, [status])
        document = json.loads(ran.out.decode("utf-8"))
        if schema.jsonschema:
            d.extend(schema.Validator(self.schema_path).complaints(document))
        return document


def rows(document):
    """{name of a thread, with its innermost function of the program where several are alike: [(cores, odd, difference), ...]}"""
    found = {}
    for t in document["threads"]:
        names = [f["name"] for v in t["variants"] for f in v["frames"]]
        name = t["name"] + next((" " + n for n in names if n in ("read", "write")), "")
        found[name] = [(v["cores"], v["odd"], v["difference"] and v["difference"]["kind"]) for v in t["variants"]]
    return found


def variant(document, name, k):
    return next(t for t in document["threads"] if t["name"] == name)["variants"][k]


def pool(document):
    return sorted((k.split()[1], v) for k, v in rows(document).items() if k.startswith("pool-"))


def the_odd_one_out(s, d):
    cores = s.ranks("barrier", "barrier", "compute", "barrier")
    document = s.compare(d, cores, 0)
    everywhere = [([0, 1, 2, 3], False, None)]
    d.same("status", "complete", document["status"])
    d.same("the main thread", [([0, 1, 3], False, None), ([2], True, "line")], rows(document)["MainThread"])
    d.same("heartbeat", everywhere, rows(document)["heartbeat"])
    d.same("the pool", [("read", everywhere), ("write", everywhere)], pool(document))
    d.same("threads", 4, len(document["threads"]))
    d.same("odd", [0, 0, 1, 0], [c["odd"] for c in document["cores"]])
    d.same("paths", cores, [c["path"] for c in document["cores"]])
    d.same("notes", [], document["notes"])
    usual, odd = variant(document, "MainThread", 0), variant(document, "MainThread", 1)
    d.same("the majority's stack", ["stay", "barrier", "exchange", "main", "<module>"], [f["name"] for f in usual["frames"]])
    d.same("the odd one's", ["stay", "refine", "compute", "main", "<module>"], [f["name"] for f in odd["frames"]])
    d.same("where it differs", ("main", "main"),
           (odd["frames"][odd["difference"]["frame"]]["name"], usual["frames"][odd["difference"]["other_frame"]]["name"]))
    text = check_text(d, "text", s.tool.run("compare", *cores).out)
    for wanted in ("4 cores of ", "\n  3  " + cores[2], "the odd one out in 1 thread\n", "\n  1, 2, 4 (3 of 4)\n", "\n  3 (1 of 4)  the odd one out\n",
                   "\n    ... 1 outer frame as in 1, 2, 4\n", "in main  <- not line ", ", in refine\n", ": the same in all 4\n"):
        if wanted not in text:
            d.add("text", wanted, text)


def whatever_the_order(s, d):
    cores = s.ranks("barrier", "barrier", "compute", "barrier")
    document = s.compare(d, cores[2:] + cores[:2], 0)
    d.same("the main thread", [([1, 2, 3], False, None), ([0], True, "line")], rows(document)["MainThread"])
    d.same("the pool", [1, 1], [len(v) for _, v in pool(document)])
    outs = [s.tool.run("compare", "--json", "--jobs=%d" % n, *cores).out for n in (1, 3)]
    d.same("with one worker and with three", outs[0], outs[1])


def another_line(s, d):
    document = s.compare(d, s.ranks("barrier", "early", "barrier"), 0)
    d.same("the main thread", [([0, 2], False, None), ([1], True, "line")], rows(document)["MainThread"])
    odd = variant(document, "MainThread", 1)
    d.same("where", "exchange", odd["frames"][odd["difference"]["frame"]]["name"])
    d.same("the functions are the same", True, odd["difference"]["same_functions"])


def a_thread_that_is_missing(s, d):
    document = s.compare(d, s.ranks("barrier", "silent", "barrier"), 0)
    d.same("heartbeat", [([0, 2], False, None), ([1], True, "missing")], rows(document)["heartbeat"])


def no_majority(s, d):
    document = s.compare(d, s.ranks("barrier", "compute"), 0)
    d.same("the main thread", [([0], False, None), ([1], False, "line")], rows(document)["MainThread"])


def other_versions(s, d):
    if s.other is None:
        raise Skip("no second interpreter")
    cores = [s.core(0, "barrier"), s.core(0, "barrier", s.other), s.core(0, "compute", s.other)]
    document = s.compare(d, cores, 0)
    d.same("notes", 1, len(document["notes"]))
    d.same("the main thread", [([0, 1], False, None), ([2], True, "line")], rows(document)["MainThread"])
    if not all(c["version"] in document["notes"][0] for c in document["cores"]):
        d.add("note", "both versions", document["notes"][0])


def some_cannot_be_read(s, d):
    cores = s.ranks("barrier", "barrier")
    text, cut = os.path.join(s.folder, "notes\n.txt"), os.path.join(s.folder, "cut")
    with open(text, "w") as f:
        f.write("This is no core.\n")
    with open(cores[0], "rb") as f, open(cut, "wb") as g:
        g.write(f.read(64))
    document = s.compare(d, [text, cores[0], cut, "/nonexistent", s.folder, cores[1]], 1)
    d.same("status", "partial", document["status"])
    d.same("the main thread", [([1, 5], False, None)], rows(document)["MainThread"])
    d.same("which were not compared", [False, True, False, False, False, True], [c["reason"] is None for c in document["cores"]])
    for k, wanted in ((0, "text"), (3, "No such file or directory"), (4, "a directory")):
        d.same("reason", wanted, document["cores"][k]["reason"])
    for operands in ([text, cut], [cores[0], "/nonexistent"]):
        d.same("status", "none", s.compare(d, operands, 2)["status"])
        ran = s.tool.run("compare", *operands)
        check_status(d, "compare", ran, [2])
        check_one_line(d, "compare", ran)
        check_text(d, "compare", ran.out)


def limits_are_of_each_core(s, d):
    cores = s.ranks("barrier", "barrier")
    document = s.compare(d, cores, 2, "--limit-memory=100K")
    d.same("which were not compared", [False, False], [c["reason"] is None for c in document["cores"]])


def redaction(s, d):
    d.same("redaction", "secrets", s.compare(d, s.ranks("barrier", "barrier"), 0, "--redact=secrets")["redaction"])


def wrong_use(s, d):
    core = s.core(0, "barrier")
    for arguments in ([], [core], ["--jobs=5000", core, core], ["--max-frames=x", core, core], ["--no-such", core, core]):
        ran = s.tool.run("compare", *arguments)
        check_status(d, " ".join(["compare"] + arguments), ran, [64])
        d.same("output", b"", ran.out)
    with open("/dev/full", "wb") as full:
        ran = s.tool.run("compare", core, core, stdout=full)
    check_status(d, "compare > /dev/full", ran, [74])
    check_one_line(d, "compare > /dev/full", ran)
    target = os.path.join(s.folder, "out.json")
    check_status(d, "compare -o", s.tool.run("compare", "--json", "-o", target, core, core), [0])
    with open(target) as f:
        d.same("schema", "pycore-compare/1", json.load(f)["schema"])


TESTS = [the_odd_one_out, whatever_the_order, another_line, a_thread_that_is_missing, no_majority, other_versions, some_cannot_be_read,
         limits_are_of_each_core, redaction, wrong_use]


def some_of(interpreters):
    """The oldest, the newest, and one between."""
    found = []
    for k in (0, len(interpreters) // 2, len(interpreters) - 1):
        if interpreters and interpreters[k] not in found:
            found.append(interpreters[k])
    return found


def run(pycore, interpreters, programs, schema_path, work, stop):
    for interpreter in some_of(interpreters):
        folder = os.path.join(work, "side_by_side", interpreter.name)
        os.makedirs(folder)
        other = next((i for i in reversed(interpreters) if i.version != interpreter.version), None)
        s = Setting(pycore, interpreter, other, programs, schema_path, folder, stop)
        yield from run_tests(TESTS, s, interpreter.name + " ")
        subprocess.run(["rm", "-rf", folder], check=False)
