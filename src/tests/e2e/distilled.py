"""Small cores: the report of one equals that of the core that it was made of, to the byte but for path and size, with the files of
the process at hand and without any of them.

Called by run.py; run(...) yields (name, "passed" | "failed" | "skipped", lines).
"""
import concurrent.futures
import json
import os
import re
import shutil

import schema
from compare import Differences, compare
from crash import Failure, Skip, crash
from outcome import outcome_of
from tool import WIDE, Tool, check_one_line, check_status

PROGRAMS = ("nested_handlers", "values_entities", "deadlock", "values_datetime", "generators", "class_body", "exception_messages")
EACH = 3                # of them, for each interpreter others
MOST = 900000           # bytes of a small core; most have some 300,000
FULL = ("--globals", "--stack")


class Setting:
    def __init__(self, pycore, programs, schema_path, stop):
        self.pycore, self.programs, self.schema_path, self.stop = pycore, programs, schema_path, stop


def report(d, tool, core, options, prefix=()):
    ran = tool.run("analyze", "--json", *options, core, prefix=prefix)
    check_status(d, "analyze " + " ".join(options), ran, [0])
    try:
        return json.loads(ran.out.decode("utf-8"))
    except ValueError as e:
        d.add("analyze " + " ".join(options), "JSON", "%s; %s" % (e, ran.err[-300:]))
        return None


def same(d, where, tool, core, small, options, prefix=()):
    """The small core's report."""
    want, got = report(d, tool, core, options), report(d, tool, small, options, prefix)
    if want is None or got is None:
        return None
    for key in want:
        a, b = want[key], got.get(key)
        if key == "core":
            a, b = ({k: v for k, v in x.items() if k not in ("path", "path_bytes", "size")} for x in (a, b))
        d.same("%s: %s" % (where, key), a, b)
    return got


def without_files(interpreter):
    """A command that runs another where nothing of the interpreter is, or None."""
    if os.getuid() != 0 or not shutil.which("unshare") or not shutil.which("mount") or interpreter.prefix in ("/", "/usr"):
        return None
    script = 'mount -t tmpfs none "$1" && shift && exec "$@"'
    return ("unshare", "-m", "sh", "-c", script, "sh", interpreter.prefix)


def small_cores(s, interpreter, program, folder, number, d):
    os.makedirs(folder)
    tool = Tool(s.pycore, os.path.join(folder, "cache"))
    core, _, answer = crash(interpreter, program, s.programs, folder, s.stop)
    small = os.path.join(folder, "small")
    ran = tool.run("distill", "-o", small, core)
    check_status(d, "distill", ran, [0])
    if ran.out or ran.err:
        d.add("distill: output", "nothing", ran.out + ran.err)
    if not os.path.exists(small):
        return
    if os.path.getsize(small) > MOST or os.path.getsize(small) * 4 > os.path.getsize(core):
        d.add("size of the small core", "a small part of %d" % os.path.getsize(core), os.path.getsize(small))
    got = same(d, "small", tool, core, small, ())
    if got is not None and schema.jsonschema:
        d.extend(schema.Validator(s.schema_path).complaints(got))
    texts = [tool.run("analyze", path).out for path in (core, small)]
    if texts[0] != texts[1]:
        d.add("text", texts[0].decode("utf-8")[:400], texts[1].decode("utf-8", "replace")[:400])
    if number == 0:
        full = os.path.join(folder, "full")
        ran = tool.run("distill", "--full", *WIDE, "-o", full, core)
        check_status(d, "distill --full", ran, [0])
        got = same(d, "full", tool, core, full, FULL + tuple(WIDE), without_files(interpreter) or ())
        if got is not None:
            d.extend(compare(answer, got))
        again = os.path.join(folder, "again")
        tool.run("distill", "-o", again, small)
        same(d, "a small core's small core", tool, core, again, ())


def try_program(s, interpreter, program, folder, number):
    d = Differences()
    try:
        return outcome_of(d, small_cores, s, interpreter, program, folder, number, d)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def wrong_use(s, interpreter, folder):
    """Without Python state there is a small core too; what is no core gives none."""
    d = Differences()
    os.makedirs(folder)
    tool = Tool(s.pycore, os.path.join(folder, "cache"))
    text, small = os.path.join(folder, "text"), os.path.join(folder, "small")
    with open(text, "w") as f:
        f.write("no core\n")
    ran = tool.run("distill", "-o", small, text)
    check_status(d, "distill of a text", ran, [2])
    check_one_line(d, "distill of a text", ran)
    if os.path.exists(small):
        d.add("distill of a text", "no small core", "one")
    for arguments in ((), (text,), ("-o", small), ("-o", small, text, text, text)):
        check_status(d, "distill " + " ".join(arguments), tool.run("distill", *arguments), [64])
    core, _, _ = crash(interpreter, "segv_basic", s.programs, folder, s.stop)
    check_status(d, "a full disk", tool.run("distill", "-o", "/dev/full", core), [74])
    ran = tool.run("distill", "-o", small, core)
    with open(small, "rb") as f:
        data = bytearray(f.read())
    # the note is as little believed as the rest
    line = re.search(rb"interpreter [a-z-]+ [0-9a-fx-]+ (.*)\n", data)
    data[line.start(1):line.end(1)] = re.sub(rb"[0-9a-f]{4,}", lambda m: b"1" * len(m.group()), line.group(1))
    with open(small, "wb") as f:
        f.write(data)
    ran = tool.run("analyze", "--json", small)
    check_status(d, "a note that lies", ran, [2])
    check_one_line(d, "a note that lies", ran)
    return d


def run(pycore, chosen, programs, schema_path, work, stop, jobs):
    work = os.path.join(work, "distilled")
    shutil.rmtree(work, ignore_errors=True)
    s = Setting(pycore, programs, schema_path, stop)
    if chosen:
        try:
            d = wrong_use(s, chosen[-1], os.path.join(work, "wrong_use"))
            yield "wrong_use", "failed" if d else "passed", d
        except (Skip, Failure) as e:
            yield "wrong_use", "skipped" if isinstance(e, Skip) else "failed", [str(e)]
    with concurrent.futures.ProcessPoolExecutor(max(1, jobs)) as pool:
        futures = []
        for i, interpreter in enumerate(chosen):
            for k in range(EACH):
                program = PROGRAMS[(i * EACH + k) % len(PROGRAMS)]
                folder = os.path.join(work, "%s-%s" % (interpreter.name, program))
                futures.append(("%s %s" % (interpreter.name, program), pool.submit(try_program, s, interpreter, program, folder, k)))
        for name, future in futures:
            yield (name,) + future.result()
    shutil.rmtree(work, ignore_errors=True)
