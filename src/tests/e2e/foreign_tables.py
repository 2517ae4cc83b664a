"""Layout tables on cores that they were not made for: every table of versions/ on one core, and a core of a version that has none;
and _Py_DebugOffsets that do not tell the truth.

What a table has otherwise than the build, and this core needs, has to be found out: the table is refused, with a reason. Where
one is accepted, what the report states is right.
"""
import glob
import os
import re
import shutil
import struct

from compare import Differences
from hostile import Core
from tool import WIDE, Tool, load_report

VERSIONS = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "versions"))


def tables(word=None):
    found = sorted(glob.glob(os.path.join(VERSIONS, "*.table")))
    return [t for t in found if word is None or t.endswith("-%d.table" % word)]


def version_of(table):
    """("3.11", "d") of 3.11.2d-64.table"""
    name = os.path.basename(table).split("-")[0]
    parts = name.split(".")
    return ".".join(parts[:2]), parts[2].lstrip("0123456789")


def is_refused(d, where, ran, report):
    """Whether no Python state was found; then somebody said why."""
    if report is None or ran.status not in (0, 1, 2):
        d.add(where + ": exit status", "0, 1 or 2", ran.status)
        return True
    if ran.status != 2:
        return False
    said = [n["message"] for n in report["diagnostics"] if n["severity"] == "error" and n["message"]]
    if report["interpreter"] is not None or not said or b"no Python state found: " not in ran.err:
        d.add(where + ": refused", "with a reason", [report["interpreter"], said, ran.err[-200:]])
    return True


def stated(d, where, want, got):
    """What is stated of a node in both reports has to be the same; what is null, or not exact, is not stated."""
    if isinstance(want, dict) and isinstance(got, dict) and "exact" in want:
        if want["exact"] is True and got["exact"] is True:
            d.same(where + ".value", want["value"], got["value"])
        if want["type"] is not None and got["type"] is not None:
            d.same(where + ".type", want["type"], got["type"])
        return
    if isinstance(want, dict) and isinstance(got, dict):
        for key in want:
            if key not in ("status", "diagnostics", "layout", "found_by", "signature", "file", "matches", "wanted", "pycore"):
                stated(d, "%s.%s" % (where, key), want[key], got.get(key))
    elif isinstance(want, list) and isinstance(got, list):
        if len(want) != len(got):
            d.add(where, "%d of them" % len(want), len(got))
        for i, (a, b) in enumerate(zip(want, got)):
            stated(d, "%s[%d]" % (where, i), a, b)
    elif want is not None and got is not None:
        d.same(where, want, got)


def try_each(pycore, core, want, folder, own):
    """Every table on a core of which `want` is the report: (differences, how many were accepted). own: versions whose table may
    be: of the same minor and flags."""
    d, accepted = Differences(), []
    tool = Tool(pycore, os.path.join(folder, "cache"))
    for table in tables():
        where = os.path.basename(table)
        ran = tool.run("analyze", "--json", *WIDE, "--layout=" + table, core)
        report = load_report(d, ran)
        if is_refused(d, where, ran, report):
            continue
        accepted.append(where)
        if version_of(table) != own:
            # of another version, with the same structs as far as this core can tell
            if report["interpreter"]["version"] != want["interpreter"]["version"]:
                d.add(where + ": version", want["interpreter"]["version"], report["interpreter"]["version"])
            d.same(where + ": layout.exact", False, report["interpreter"]["layout"]["exact"])
        stated(d, where, want, report)
    return d, accepted


def without_own_tables(pycore, folder, own):
    """A copy of the tool beside a folder of tables that has none of this minor version."""
    os.makedirs(os.path.join(folder, "versions"))
    for table in tables():
        if version_of(table)[0] != own:
            shutil.copy(table, os.path.join(folder, "versions"))
    return shutil.copy(pycore, os.path.join(folder, "pycore"))


def try_unknown(pycore, core, want, folder, own):
    """The core of a version of which there is no table: (differences, by which one it was read, if any)."""
    d = Differences()
    folder = os.path.join(folder, "unknown")
    tool = Tool(without_own_tables(pycore, folder, own[0]), os.path.join(folder, "cache"))
    ran = tool.run("analyze", "--json", *WIDE, core)
    report = load_report(d, ran)
    used = None
    if not is_refused(d, "unknown version", ran, report):
        layout = report["interpreter"]["layout"]
        used = os.path.basename(layout["origin"])
        d.same("layout.exact", False, layout["exact"])
        if version_of(used)[0] == own[0]:
            d.add("layout.origin", "a neighbour's", layout["origin"])
        d.same("interpreter.version", want["interpreter"]["version"], report["interpreter"]["version"])
        stated(d, "unknown version", want, report)
    shutil.rmtree(folder)
    return d, used


DAMAGED = ("RUNTIME_SIZE", "INTERPRETERS", "INTERPRETER_THREADS", "INTERPRETER_MODULES", "THREAD_NEXT", "THREAD_FRAME", "FRAME_CODE",
           "FRAME_LOCALSPLUS", "FRAME_OWNER", "CODE_NAME", "CODE_LINETABLE", "TYPE_FLAGS", "TUPLE_ITEMS", "DICT_KEYS", "UNICODE_LENGTH", "EXC_VALUE")


def members(table):
    """{name: offset} of what _Py_DebugOffsets has, as a table tells."""
    with open(table) as f:
        return {m.group(1): int(m.group(2)) for m in re.finditer(r"^  DO_(\w+) \S+ offset (\d+) ", f.read(), re.M)}


def damages(table, core, runtime):
    """(what it is, file offset, bytes): the cookie, the version, the flag, and offsets that are off or absurd."""
    at, have = core.offset(runtime), members(table)
    yield "cookie", at, b"xdebugpx"
    for version in (0, 0x030b00f0, 0x03ff00f0, (1 << 64) - 1):
        yield "version %#x" % version, at + 8, struct.pack("<Q", version)
    yield "free_threaded", at + 16, struct.pack("<Q", 1 - core.word(at + 16))
    for number, name in enumerate(n for n in DAMAGED if n in have):
        value = core.word(at + have[name])
        wrong = (value + 8, value - 8, 0xffffffff, (1 << 64) - 8)[number % 4] % (1 << 64)
        yield "%s %#x" % (name, wrong), at + have[name], struct.pack("<Q", wrong)


def try_debug_offsets(pycore, path, want, table, folder):
    """What is damaged is not believed: (differences, how many damages left a report)."""
    d, reports = Differences(), 0
    tool = Tool(pycore, os.path.join(folder, "cache"))
    core = Core(path, os.path.join(folder, "damaged"))
    for what, offset, data in list(damages(table, core, int(want["interpreter"]["runtime_address"], 16))):
        core.write(offset, data)
        ran = tool.run("analyze", "--json", *WIDE, core.path)
        report = load_report(d, ran)
        if not is_refused(d, what, ran, report):
            reports += 1
            d.same(what + ": version", want["interpreter"]["version"], report["interpreter"]["version"])
            stated(d, what, {k: v for k, v in want.items() if k != "core"}, report)
        core.mend()
    core.close()
    return d, reports
