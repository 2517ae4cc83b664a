"""Damaged objects in a core that is whole otherwise: the status of each says what has become of it, and nothing else of the
report differs from that of the undamaged core.

The program tells which bytes of which of its values to change. Each round changes one thing about each value, all in one
copy of the core, so that a few reports show hundreds of damages.
"""
import os
import shutil
import struct

from compare import Differences
from crash import Failure, Skip, crash
from hostile import Core
from tool import Tool, check_status, load_report

NAME = "value_damage"
KEPT = ("process", "interpreter", "interpreters", "modules", "core")


def held(report):
    """[the locals of the frame that holds the values]"""
    for thread in report["threads"]:
        for frame in thread["frames"]:
            if frame["name"] == "hold":
                return frame["locals"]
    return []


def without(report, names):
    """What may not differ: all but these values, and what is said of the whole report."""
    threads = []
    for thread in report["threads"]:
        frames = []
        for frame in thread["frames"]:
            if frame["name"] == "hold":
                frame = dict(frame, locals=[v if v["name"] not in names else v["name"] for v in frame["locals"]])
            frames.append(frame)
        threads.append(dict(thread, frames=frames))
    return dict({key: report[key] for key in KEPT}, threads=threads)


def first_difference(a, b, path=""):
    """Where two values of JSON differ, and the two."""
    if type(a) is type(b) and isinstance(a, dict) and set(a) == set(b):
        for key in a:
            if a[key] != b[key]:
                return first_difference(a[key], b[key], path + "." + key)
    if type(a) is type(b) and isinstance(a, list) and len(a) == len(b):
        for i, (x, y) in enumerate(zip(a, b)):
            if x != y:
                return first_difference(x, y, "%s[%d]" % (path, i))
    return path, a, b


def check_value(d, where, damage, value):
    if damage["text"] is not None:
        d.same(where, [damage["text"], True, "complete"], [value["value"], value["exact"], value["status"]])
        return
    if value["status"] not in damage["statuses"]:
        d.add(where + ": status", " or ".join(damage["statuses"]), [value["status"], value["value"]])
    elif value["exact"]:
        d.add(where, "no value, or one that is not exact", value["value"])


def rounds_of(victims):
    """[{name of a value: damage}]"""
    return [{name: damages[i] for name, damages in victims.items() if i < len(damages)}
            for i in range(max(len(d) for d in victims.values()))]


def examine(d, interpreter, programs, folder, pycore, stop):
    """How many damages there were."""
    core, executable, answer = crash(interpreter, NAME, programs, folder, stop)
    tool = Tool(pycore, os.path.join(os.path.dirname(folder), "cache"))
    ran = tool.run("analyze", "--json", core, executable)
    check_status(d, "the undamaged core", ran, [0])
    whole = load_report(d, ran)
    if d:
        return 0
    damaged = Core(core, os.path.join(folder, "damaged"))
    count = 0
    for number, damages in enumerate(rounds_of(answer["victims"])):
        for damage in damages.values():
            for address, data in damage["patches"]:
                offset = damaged.offset(address)
                if offset is None:
                    d.add(damage["what"], "an address in the core", hex(address))
                else:
                    damaged.write(offset, bytes.fromhex(data))
        ran = tool.run("analyze", "--json", damaged.path, executable)
        damaged.mend()
        where = "round %d" % number
        check_status(d, where, ran, [0, 1])
        report = load_report(d, ran)
        if report is None:
            continue
        values = {v["name"]: v for v in held(report)}
        for name, damage in sorted(damages.items()):
            before = [v for v in held(whole) if v["name"] == name][0]
            if not before["exact"]:
                continue        # a type that is not read at all
            count += 1
            check_value(d, "%s: %s (%s): %s" % (where, name, before["type"], damage["what"]), damage, values[name])
        expected, got = without(whole, damages), without(report, damages)
        expected["core"] = got["core"] = None
        if expected != got:
            d.add("%s: the rest of the report: %s" % ((where,) + first_difference(expected, got)[:1]),
                  *first_difference(expected, got)[1:])
    damaged.close()
    return count


def run_one(interpreter, programs, folder, pycore, stop, keep=False):
    """(outcome, [lines]), of which the first one is the summary"""
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    d = Differences()
    try:
        count = examine(d, interpreter, programs, folder, pycore, stop)
        return "failed" if d else "passed", ["%d damages, %d told wrongly" % (count, len(d))] + d
    except Skip as e:
        return "skipped", [str(e)]
    except (Failure, OSError, ValueError, struct.error) as e:
        return "failed", ["%s: %s" % (type(e).__name__, e)]
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)
