"""What a report shows when it is asked for more: evaluation stacks, globals, and as many attributes as were asked for.

Called by run.py; run(...) yields (name, "passed" | "failed" | "skipped", lines).
"""
import json
import os
import shutil
import subprocess

import schema
from compare import Differences
from crash import Failure, Skip, crash
from tool import Tool, check_status, check_text, load_report


class Setting:
    """A core of one interpreter with its answer, and the tool."""

    def __init__(self, pycore, interpreter, programs, schema_path, folder, stop):
        self.tool = Tool(pycore, os.path.join(folder, "cache"))
        self.interpreter, self.programs, self.schema_path = interpreter, programs, schema_path
        self.folder, self.stop, self.cores = folder, stop, {}

    def core(self, program):
        if program not in self.cores:
            folder = os.path.join(self.folder, program)
            os.makedirs(folder)
            core, _, answer = crash(self.interpreter, program, self.programs, folder, self.stop)
            self.cores[program] = core, answer
        return self.cores[program]

    def report(self, d, core, *options):
        ran = self.tool.run("analyze", "--json", *options, core)
        check_status(d, "analyze --json " + " ".join(options), ran, [0])
        report = load_report(d, ran)
        if report is not None and schema.jsonschema:
            d.extend(schema.Validator(self.schema_path).complaints(report))
        return report

    def text(self, d, core, *options):
        ran = self.tool.run("analyze", *options, core)
        check_status(d, "analyze " + " ".join(options), ran, [0])
        return check_text(d, "text report", ran.out)


def frame_of(d, report, name):
    for thread in report["threads"]:
        for frame in thread["frames"]:
            if frame["name"] == name:
                return frame
    d.add("frame " + name, "one", "none")
    return None


def local_of(frame, name):
    return next(v for v in frame["locals"] if v["name"] == name)


def stack_of(d, report, name):
    """(the values of a frame's stack without the slots that are empty, how many those are)"""
    frame = frame_of(d, report, name)
    if frame is None or frame["stack"] is None:
        d.add("the stack of " + name, "known", None)
        return [], 0
    return [v for v in frame["stack"] if v is not None], sum(1 for v in frame["stack"] if v is None)


def loop(s, d):
    """for n in numbers: discard(os.kill(pid, 6)): iterator, function, and the C function that is running with its arguments."""
    core, answer = s.core("inside_kill")
    report = s.report(d, core, "--stack")
    values, empty = stack_of(d, report, "main")
    number = "19" if s.stop else "6"
    wanted = ["'before'", local_of(frame_of(d, report, "main"), "n")["value"], answer["function"], answer["called"],
              str(answer["pid"]), number]
    d.same("main: stack", wanted, [v["value"] for v in values[1:]])
    d.same("main: the iterator", answer["iterator"], values[0]["address"] if values else None)
    # what stands for "no self" beside a function, LOAD_METHOD's and PUSH_NULL's; 3.15: for the index of a loop over a list, too
    version = s.interpreter.version
    d.same("main: empty slots", 3 if version >= (3, 15) else 2 if version >= (3, 11) else 1 if version >= (3, 7) else 0, empty)
    for v in values[1:]:
        d.same("main: %s: status, exact" % v["value"], ["complete", True], [v["status"], v["exact"]])
    text = s.text(d, core, "--stack")
    for line in ("= " + answer["called"], "= %d" % answer["pid"], "= " + number):
        if not any(x.startswith("      stack[") and x.endswith(line) for x in text.splitlines()):
            d.add("text: a slot of the stack", line, "none")


def c_functions(s, d):
    """Which lock a thread waits for, and which pointer string_at() was given."""
    core, answer = s.core("inside_fault")
    report = s.report(d, core, "--stack")
    values, _ = stack_of(d, report, "wait_for")
    if not any(answer["lock"] in (v["address"], v["value"]) or answer["lock"] in (v["value"] or "") for v in values):
        d.add("wait_for: the lock on the stack", answer["lock"], [v["value"] for v in values])
    if s.stop:
        return
    values, _ = stack_of(d, report, "string_at")
    d.same("string_at: arguments", ["8", "77"], [v["value"] for v in values[1:]])
    values, _ = stack_of(d, report, "crash")
    itself = local_of(frame_of(d, report, "crash"), "itself")
    d.same("crash: stack", ["'before'", itself["value"]], [v["value"] for v in values[:2]])
    # callers of functions in Python: 3.11 has moved the arguments into the called frame, others have not yet
    more = [v["value"] for v in values[2:]]
    if s.interpreter.version >= (3, 11):
        d.same("crash: arguments of string_at()", [], more)
    else:
        d.same("crash: arguments of string_at()", ["8", "77"], more[1:])


def not_asked_for(s, d):
    core, _ = s.core("inside_fault")
    report = s.report(d, core)
    d.same("globals", None, report["globals"])
    for thread in report["threads"]:
        for frame in thread["frames"]:
            d.same(frame["name"] + ": stack", None, frame["stack"])
    text = s.text(d, core)
    for word in ("stack[", "Globals of"):
        if word in text:
            d.add("text", "no " + word, "there")


def module_globals(s, d):
    core, answer = s.core("inside_fault")
    report = s.report(d, core, "--globals", "--max-items=0")
    addresses = [g["address"] for g in report["globals"]]
    d.same("globals: each once", sorted(set(addresses)), sorted(addresses))
    for thread in report["threads"]:
        for frame in thread["frames"]:
            if frame["globals_address"] not in addresses:
                d.add(frame["name"] + ": globals_address", "one of the modules'", frame["globals_address"])
    for g in report["globals"]:
        d.same("globals of %s: status" % g["module"], "complete", g["status"])
        if g["address"] != answer["globals"]:
            continue
        d.same("module", "__main__", g["module"])
        d.same("names", answer["names"], [n["name"] for n in g["names"] if n["name"] != "__warningregistry__"])
        values = {n["name"]: n["value"] for n in g["names"]}
        d.same("a_global", answer["many"], values["a_global"])
    d.same("the module's own", 1, addresses.count(answer["globals"]))
    text = s.text(d, core, "--globals", "--max-items=0")
    lines = [x.strip().split(" = ")[0] for x in text.splitlines() if " = " in x]
    for name in answer["shown"]:
        d.same("text: times %s is shown" % name, 1, lines.count(name))
    for name in ("__name__", "__builtins__", "AClass", "describe", "ctypes", "__file__"):
        d.same("text: times %s is shown" % name, 0, lines.count(name))
    text = s.text(d, core, "--max-items=5")
    if "      ... and %d more names\n" % (len(answer["shown"]) + 1 - 5) not in text:    # and print_function
        d.add("text: names left out with --max-items=5", len(answer["shown"]) + 1 - 5, "not said")


def attributes(s, d):
    """50 of them unless more are asked for; 20 in the text, where self and the arguments are."""
    core, answer = s.core("inside_fault")
    names = answer["objects"][0]["names"]
    if s.interpreter.version[0] == 2:
        names = None
    for options, count, status in (((), 50, "truncated"), (("--max-attributes=0",), 61, "complete"),
                                   (("--max-attributes=61",), 61, "complete"), (("--max-attributes=1",), 1, "truncated")):
        report = s.report(d, core, *options)
        wide = local_of(frame_of(d, report, "crash"), "the_wide")
        d.same("%s: attributes" % (options,), [count, status], [len(wide["attributes"]), wide["attributes_status"]])
        if names:
            d.same("%s: names" % (options,), names[:count], [a["name"] for a in wide["attributes"]])
        outer = local_of(frame_of(d, report, "main"), "wide")
        d.same("%s: the same object in another frame" % (options,), wide["attributes"], outer["attributes"])
    text = s.text(d, core)
    d.same("text: times the slot is shown", 1, text.count("        .slot = 'a slot'\n"))
    d.same("text: attributes left out", 1, text.count("        ... and 41 more attributes\n"))
    at = text.index("in crash\n")
    if not at < text.index(".slot = 'a slot'"):
        d.add("text: attributes", "in the innermost frame", "further out")


TESTS = [loop, c_functions, not_asked_for, module_globals, attributes]


def run(pycore, interpreters, programs, schema_path, work, stop):
    for interpreter in interpreters:
        folder = os.path.join(work, "inside-" + interpreter.name)
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        s = Setting(pycore, interpreter, programs, schema_path, folder, stop)
        for test in TESTS:
            d = Differences()
            name = "%s %s" % (interpreter.name, test.__name__)
            try:
                test(s, d)
                yield name, "failed" if d else "passed", d
            except Skip as e:
                yield name, "skipped", [str(e)]
            except Failure as e:
                yield name, "failed", [str(e)]
            except (KeyError, TypeError, ValueError, IndexError, StopIteration, OSError, json.JSONDecodeError, subprocess.SubprocessError) as e:
                yield name, "failed", ["%s: %s" % (type(e).__name__, e)] + d
        shutil.rmtree(folder, ignore_errors=True)
