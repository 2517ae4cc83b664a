"""What a report shows when it is asked for more: evaluation stacks, globals, and as many attributes as were asked for.

Called by run.py; run(...) yields (name, "passed" | "failed" | "skipped", lines).
"""
import os
import shutil
import struct

import schema
from crash import Skip, crash
from hostile import Core
from outcome import run_tests
from tool import Tool, check_status, check_text, load_report


class Setting:
    """A core of one interpreter with its answer, and the tool."""

    def __init__(self, pycore, interpreter, programs, schema_path, folder, stop):
        self.tool = Tool(pycore, os.path.join(folder, "cache"))
        self.interpreter, self.programs, self.schema_path = interpreter, programs, schema_path
        self.folder, self.stop, self.cores = folder, stop, {}
        self.more = interpreter.tool_options(os.path.join(folder, "debug"))

    def core(self, program):
        if program not in self.cores:
            folder = os.path.join(self.folder, program)
            os.makedirs(folder)
            core, _, answer = crash(self.interpreter, program, self.programs, folder, self.stop)
            self.cores[program] = core, answer
        return self.cores[program]

    def report(self, d, core, *options):
        ran = self.tool.run("analyze", "--json", *options, *self.more, core)
        check_status(d, "analyze --json " + " ".join(options), ran, [0])
        report = load_report(d, ran)
        if report is not None and schema.jsonschema:
            d.extend(schema.Validator(self.schema_path).complaints(report))
        return report

    def text(self, d, core, *options):
        ran = self.tool.run("analyze", *options, *self.more, core)
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


def inspect(s, d, core, operands, statuses=(0,), options=()):
    """The document of inspect --json."""
    ran = s.tool.run("inspect", "--json", *options, *s.more, core, *operands)
    check_status(d, "inspect --json", ran, statuses)
    document = load_report(d, ran)
    if document is not None and schema.jsonschema:
        path = os.path.join(os.path.dirname(s.schema_path), "pycore-inspect.schema.json")
        d.extend(schema.Validator(path).complaints(document))
    return document


def objects(s, d):
    """Type, value, reference count, size, classes and attributes as the process itself said them."""
    core, answer = s.core("inside_fault")
    wanted = answer["objects"]
    document = inspect(s, d, core, [o["address"] for o in wanted])
    d.same("schema", "pycore-inspect/1", document["schema"])
    d.same("status", "complete", document["status"])
    d.same("number of objects", len(wanted), len(document["objects"]))
    for want, got in zip(wanted, document["objects"]):
        where = "%s at %s" % (want["mro"][0][0], want["address"])
        d.same(where + ": address", want["address"], got["address"])
        d.same(where + ": mro", want["mro"], [[c["type"], c["address"]] for c in got["mro"]])
        d.same(where + ": type", want["mro"][0][0], got["type"])
        d.same(where + ": mro_status", "complete", got["mro_status"])
        if got["exact"]:
            d.same(where + ": value", want.get("repr", got["value"]), got["value"])
        if not got["immortal"]:
            # what is in use everywhere is so at the end, too, and the first one has been an argument meanwhile
            if want["references"] < 5 and "names" not in want:
                d.same(where + ": reference_count", want["references"], got["reference_count"])
        elif s.interpreter.version < (3, 12):
            d.add(where + ": immortal", False, True)
        if got["size_exact"]:
            d.same(where + ": size", want["size"], got["size"])
        elif want["default_size"] is not None and (s.interpreter.version < (3, 12) or got["type"] != "list_iterator"):
            d.add(where + ": size", "%d, exact" % want["default_size"], [got["size"], got["size_how"]])
        if "names" in want and s.interpreter.version[0] == 3:
            d.same(where + ": attributes", want["names"], [a["name"] for a in got["attributes"]])
    exact = sum(1 for o in document["objects"] if o["size_exact"])
    if exact < 20:
        d.add("sizes that are exact", "20 or more", exact)
    immortal = [o["value"] for o in document["objects"] if o["immortal"]]
    d.same("None is immortal", s.interpreter.version >= (3, 12), "None" in immortal)
    ran = s.tool.run("inspect", *s.more, core, *[o["address"] for o in wanted])
    check_status(d, "inspect", ran, [0])
    text = check_text(d, "text of inspect", ran.out)
    for part in ("%s: __main__.Wide\n" % answer["wide"], "  attributes: 61\n    slot = 'a slot'\n", "  classes:\n    __main__.Wide at "):
        if part not in text:
            d.add("text of inspect", part, "not there")


def addresses(s, d):
    """Decimal and hexadecimal ones, wrong ones, and those where no object is."""
    core, answer = s.core("inside_fault")
    number = int(answer["wide"], 16)
    for operand in ("%d" % number, "0x%x" % number, "0X%X" % number, "0x000%x" % number):
        document = inspect(s, d, core, [operand])
        d.same("inspect " + operand, [answer["wide"]], [o["address"] for o in document["objects"]])
    for operand in ("", "0x", "0xg", "%x" % number, " 12", "-5", "+5", "0x-5", "12 ", "0x1ffffffffffffffff", "wide"):
        ran = s.tool.run("inspect", *s.more, core, operand)
        check_status(d, "inspect %r" % operand, ran, [64])
        d.same("inspect %r: output" % operand, b"", ran.out)
    ran = s.tool.run("inspect", *s.more, core)
    check_status(d, "inspect without an address", ran, [64])
    for operand in ("0", "0x10", "0xffffffffffffffff", "0x%x" % (number + 8)):
        document = inspect(s, d, core, [operand, answer["wide"]], [1])
        d.same("inspect %s: status" % operand, ["partial", "corrupt", "complete"],
               [document["status"]] + [o["status"] for o in document["objects"]])
        nothing = document["objects"][0]
        for key in ("type", "value", "exact", "attributes", "reference_count", "size", "mro"):
            d.same("inspect %s: %s" % (operand, key), None, nothing[key])
        ran = s.tool.run("inspect", *s.more, core, operand)
        check_status(d, "inspect " + operand, ran, [1])


def damaged(s, d):
    """A type that is none, a hierarchy that is none, a dict that is none: said so, and the rest is there."""
    core, answer = s.core("inside_fault")
    if "t" in s.interpreter.flags:
        raise Skip("objects of a free-threaded build are not known to this test")
    copy = os.path.join(os.path.dirname(core), "damaged")
    damage = Core(core, copy)
    wide = int(answer["wide"], 16)
    good = inspect(s, d, core, [answer["wide"]])["objects"][0]
    mro = next(o for o in answer["objects"] if o["address"] == answer["wide"])["mro"]
    at = damage.offset(int(mro[0][1], 16))
    ends = [k for k in range(8, 600, 8) if damage.word(at + k) and is_mro(damage, damage.word(at + k), mro)]
    if len(ends) != 1:
        d.add("places of tp_mro", 1, len(ends))
        return
    damage.write(at + ends[0], struct.pack("<Q", wide))
    got = inspect(s, d, copy, [answer["wide"]], [1])["objects"][0]
    d.same("no hierarchy: mro_status", "corrupt", got["mro_status"])
    d.same("no hierarchy: value", good["value"], got["value"])
    if got["attributes_status"] == "complete":
        d.add("no hierarchy: attributes_status", "corrupt", "complete")
    damage.mend()
    damage.write(damage.offset(wide) + 8, struct.pack("<Q", wide))
    got = inspect(s, d, copy, [answer["wide"]], [1])["objects"][0]
    d.same("no type: status", "corrupt", got["status"])
    damage.mend()
    damage.write(damage.offset(wide), struct.pack("<q", -7))
    got = inspect(s, d, copy, [answer["wide"]], [0, 1])["objects"][0]
    d.same("a count of nonsense", -7, got["reference_count"])
    damage.close()


def is_mro(core, address, mro):
    """Whether a tuple of these classes is there."""
    at = core.offset(address)
    wanted = [int(c[1], 16) for c in mro]
    # 3.14 keeps a tuple's hash before its items
    return at is not None and any([core.word(at + first + 8 * k) for k in range(len(mro))] == wanted for first in (24, 32))


TESTS = [objects, addresses, damaged, loop, c_functions, not_asked_for, module_globals, attributes]


def run(pycore, interpreters, programs, schema_path, work, stop):
    for interpreter in interpreters:
        folder = os.path.join(work, "inside-" + interpreter.name)
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        s = Setting(pycore, interpreter, programs, schema_path, folder, stop)
        yield from run_tests(TESTS, s, interpreter.name + " ")
        shutil.rmtree(folder, ignore_errors=True)
