"""Cores from elsewhere: files in a sysroot, by their base names, in debug files of all kinds, and files that are not the ones.

A core's paths are changed to such that lead nowhere here; then the files are given back in one way after the other, and the
report has to be that of the machine where it crashed. Called by run.py; run(...) yields (name, outcome, lines).
"""
import http.server
import json
import os
import re
import shutil
import socket
import struct
import subprocess
import threading
import time
import urllib.request

import schema
import tool
from compare import compare
from crash import Failure, Skip, crash
from interpreters import build_id, has_debug_file
from outcome import run_tests
from tool import WIDE, Tool, check_status, check_text, load_report

SYSTEM_CALLS = "openat,open,creat,openat2,socket,connect,execve,execveat,readlink,readlinkat,stat,lstat,newfstatat,statx"


class Setting:
    """One interpreter: its core as it would be on another machine, and its files without debug information."""

    def __init__(self, pycore, interpreter, others, programs, schema_path, folder, stop):
        self.tool = Tool(pycore, os.path.join(folder, "cache"))
        self.interpreter, self.others, self.programs, self.schema_path = interpreter, others, programs, schema_path
        self.folder, self.stop = folder, stop
        self.prefix = os.path.realpath(interpreter.prefix)
        self.elsewhere = "/" + "x" * (len(self.prefix) - 1)
        self._crashed = self._files = self._extensions = None

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def crashed(self):
        """(core, answer) as the kernel wrote it."""
        if self._crashed is None:
            folder = self.path("crashed")
            os.makedirs(folder)
            core, _, answer = crash(self.interpreter, "segv_basic", self.programs, folder, self.stop)
            self._crashed = core, answer
        return self._crashed

    def core(self, name="foreign", change=None):
        """A copy whose mapped files are elsewhere, or where change() puts them."""
        path = self.path(name)
        shutil.copyfile(self.crashed()[0], path)
        change_paths(path, change or self.to_elsewhere)
        return path

    def to_elsewhere(self, path):
        return self.elsewhere + path[len(self.prefix):] if path.startswith(self.prefix + "/") else path

    def with_extensions(self):
        """(core, answer, tree of debug files) of a program with values of extension modules: no file of these is where it was."""
        if self._extensions is None:
            folder, tree = self.path("extensions"), self.path("extensions debug")
            os.makedirs(folder)
            core, _, answer = crash(self.interpreter, "values_datetime", self.programs, folder, self.stop)
            files = [f for f in sorted(mapped_files(core)) if f.startswith(self.prefix + "/") and "/lib-dynload/" in f and is_elf(f)]
            change_paths(core, self.to_elsewhere)
            for path in files:
                target = os.path.join(tree, ".build-id", build_id(path)[:2], build_id(path)[2:] + ".debug")
                os.makedirs(os.path.dirname(target), exist_ok=True)
                run("objcopy", "--only-keep-debug", path, target)
            self._extensions = core, answer, tree, [os.path.basename(f) for f in files]
        core, answer, tree, names = self._extensions
        if not any(n.startswith(("_datetime", "datetime")) for n in names):
            raise Skip("its extension modules are built in, or without a build-id")
        return core, answer, tree

    def files(self):
        """[(path below the prefix, the stripped file, its debug file)] of the interpreter, its library and its extension modules."""
        if self._files is None:
            for command in ("objcopy", "strip"):
                if not shutil.which(command):
                    raise Skip("there is no %s (binutils)" % command)
            self._files = []
            for path in sorted(mapped_files(self.crashed()[0])):
                if not path.startswith(self.prefix + "/") or not is_elf(path):
                    continue
                relative = path[len(self.prefix) + 1:]
                name = relative.replace("/", "_")
                stripped, debug = self.path(name + ".stripped"), self.path(name + ".debug")
                run("objcopy", "--only-keep-debug", path, debug)
                run("strip", "-s", "-o", stripped, path)
                self._files.append((relative, stripped, debug))
        return self._files

    def tree(self, name, place_debug=None, linked=True):
        """A sysroot with the stripped files; place_debug(root, relative) says where their debug files go. Gives root."""
        root = self.path(name)
        for relative, stripped, debug in self.files():
            target = root + os.path.join(self.elsewhere, relative)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copyfile(stripped, target)
            if linked:
                run("objcopy", "--add-gnu-debuglink=" + debug, target)
            if place_debug:
                place = place_debug(root, os.path.join(self.elsewhere, relative), os.path.basename(debug))
                os.makedirs(os.path.dirname(place), exist_ok=True)
                shutil.copyfile(debug, place)
        return root

    def holder(self):
        """The path below the prefix of the file that has the interpreter."""
        names = [f[0] for f in self.files()]
        libraries = [n for n in names if os.path.basename(n).startswith("libpython")]
        return libraries[0] if libraries else names[0]

    def sanitized(self):
        with open(self.tool.path, "rb") as f:
            return b"__asan_init" in f.read()

    def holders_id(self):
        return build_id(os.path.join(self.prefix, self.holder()))

    def own_debug_is_far(self):
        if any(has_debug_file(f[1]) for f in self.files()):
            raise Skip("its debug files are in /usr/lib/debug, where they are found by build-id")

    def report(self, d, core, *options, statuses=(0,)):
        ran = self.tool.run("analyze", "--json", *WIDE, *options, core)
        check_status(d, "analyze " + " ".join(options), ran, statuses)
        report = load_report(d, ran)
        if report is None:
            raise Failure("no report: %s" % ran.err[-300:])
        if schema.jsonschema:
            d.extend(schema.Validator(self.schema_path).complaints(report))
        return report


def run(*command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
    if done.returncode:
        raise Failure("%s: %s" % (" ".join(command[:2]), done.stdout.decode("utf-8", "replace")[-300:]))


def is_elf(path):
    try:
        with open(path, "rb") as f:
            return f.read(4) == b"\x7fELF"
    except OSError:
        return False


def program_headers(data):
    """(type, offset, address, bytes in the file) of each, of a 64-bit core that begins with data."""
    phoff, = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    for i in range(count):
        kind, _, offset, address, _, length = struct.unpack_from("<IIQQQQ", data, phoff + i * size)
        yield kind, offset, address, length


def file_notes(data):
    """[(offset of the first path, number of paths)] of the NT_FILE notes of a 64-bit core."""
    found = []
    for kind, offset, _, length in program_headers(data):
        at = offset
        while kind == 4 and at + 12 <= offset + length:
            name_size, data_size, note = struct.unpack_from("<III", data, at)
            content = at + 12 + (name_size + 3 & ~3)
            if note == 0x46494c45:
                files, = struct.unpack_from("<Q", data, content)
                found.append((content + 16 + 24 * files, files))
            at = content + (data_size + 3 & ~3)
    return found


def mapped_paths(data):
    """[(offset in the core, path)] of NT_FILE."""
    paths = []
    for at, files in file_notes(data):
        for _ in range(files):
            end = data.index(b"\0", at)
            paths.append((at, data[at:end].decode()))
            at = end + 1
    return paths


def mapped_files(core):
    with open(core, "rb") as f:
        return set(p for _, p in mapped_paths(f.read(4 << 20)))


def change_paths(core, change):
    """Each path becomes another one of the same length."""
    with open(core, "r+b") as f:
        for at, path in mapped_paths(f.read(4 << 20)):
            new = os.fsencode(change(path))
            assert len(new) == len(os.fsencode(path)), (path, new)
            f.seek(at)
            f.write(new)


def place_of(core, address):
    """Where the core has a byte of the process."""
    core.seek(0)
    for kind, offset, start, length in program_headers(core.read(4 << 20)):
        if kind == 1 and start <= address < start + length:
            return offset + address - start
    raise Failure("the core does not have 0x%x" % address)


def read_word(core, address):
    core.seek(place_of(core, address))
    return struct.unpack("<Q", core.read(8))[0]


def write_word(core, address, value):
    core.seek(place_of(core, address))
    core.write(struct.pack("<Q", value))


def modules(report, suffix):
    return [m for m in report["modules"] if m["path"].endswith(suffix)]


def messages(report, code):
    return [x["message"] for x in report["diagnostics"] if x["code"] == code]


def same_as_there(s, d, report):
    """All that the program said of itself."""
    text = json.dumps(report).replace(s.elsewhere + "/", s.prefix + "/")
    d.extend(compare(s.crashed()[1], json.loads(text)))


# ---- files that are not where they were ----

def nothing_here(s, d):
    """Without its files: which ones are wanted, by build-id, and how to get them."""
    report = s.report(d, s.core(), statuses=(0, 1, 2))
    for relative, stripped, _ in s.files():
        for m in modules(report, "/" + relative):
            d.same(relative + ": file", None, m["file"])
            wanted = [w for w in m["wanted"] if w["what"] == "file"]
            d.same(relative + ": wanted", [build_id(stripped)], [w["build_id"] for w in wanted])
            how = " ".join(wanted[0]["how"]) if wanted else ""
            for word in ("--sysroot", "--lib-path", "debuginfod-find executable " + build_id(stripped)):
                if word not in how:
                    d.add(relative + ": how", word, how)
    said = " ".join(messages(report, "missing-file"))
    if build_id(s.path(s.holder().replace("/", "_") + ".stripped")) not in said:
        d.add("diagnostics", "the build-id of " + s.holder(), said[:300])


def wanted_of_extension(s, d):
    """An extension module that no table knows, neither its build-id nor the size of its instances: its debug information is wanted."""
    core, _, _ = s.with_extensions()
    changed = s.path("unknown extension")
    shutil.copyfile(core, changed)
    before = s.report(d, core, statuses=(0, 1, 2))
    values = [v for t in before["threads"] for f in t["frames"] for v in f["locals"] if v["address"]]
    known = [m for m in before["modules"] if "/_datetime." in m["path"] or "/datetime." in m["path"]]
    if not known or not known[0]["build_id"]:
        raise Failure("the module, or its build-id, is not told")
    d.same("wanted where a table has the build", ["file"], [w["what"] for w in known[0]["wanted"]])
    with open(changed, "r+b") as f:
        types = {read_word(f, int(v["address"], 16) + 8) for v in values if (v["type"] or "").startswith("datetime.")}
        for size_of_instances in (t + 32 for t in types):
            write_word(f, size_of_instances, read_word(f, size_of_instances) + 1000)
        f.seek(place_of(f, int(known[0]["start"], 16)))
        page = f.read(4096)
        f.seek(-len(page), os.SEEK_CUR)
        f.write(page.replace(bytes.fromhex(known[0]["build_id"]), bytes(reversed(bytes.fromhex(known[0]["build_id"])))))
    report = s.report(d, changed, statuses=(0, 1, 2))
    found = [m for m in report["modules"] if "/_datetime." in m["path"] or "/datetime." in m["path"]]
    d.same("modules", 1, len(found))
    for m in found:
        d.same("wanted", ["debug-information", "file"], sorted(w["what"] for w in m["wanted"]))
        d.same("build-ids", {m["build_id"]}, {w["build_id"] for w in m["wanted"]})
        said = [x["message"] for x in report["diagnostics"] if m["path"] in x["message"] and "not shown" in x["message"]]
        d.same("diagnostics", 1, len(said))


def debug_of_missing_extension(s, d):
    """The debug information of an extension module by its build-id, when its file is nowhere."""
    core, answer, tree = s.with_extensions()
    folder = os.path.dirname(os.path.join(s.prefix, s.holder()))
    for options, source in (([], "mixed"), (["--debug-dir=" + tree], "dwarf")):
        report = s.report(d, core, "--lib-path=" + folder, *options, statuses=(0, 1, 2))
        d.same("layout", [source, True], [report["interpreter"]["layout"]["source"], report["interpreter"]["layout"]["exact"]])
        d.same("files that are used", [], [m["file"] for m in report["modules"] if "/lib-dynload/" in m["path"] and m["file"]])
        d.extend(compare(answer, json.loads(json.dumps(report).replace(s.elsewhere + "/", s.prefix + "/"))))


def lib_path(s, d):
    """By their base names, below several folders."""
    folders = sorted(set(os.path.dirname(os.path.join(s.prefix, f[0])) for f in s.files()))
    options = ["--lib-path=" + f for f in ["/nonexistent"] + folders]
    report = s.report(d, s.core(), *options)
    same_as_there(s, d, report)
    for relative, _, _ in s.files():
        for m in modules(report, "/" + relative):
            d.same(relative + ": file", [os.path.join(s.prefix, relative), True, []], [m["file"], m["matches"], m["wanted"]])
    d.same("layout.exact", True, report["interpreter"]["layout"]["exact"])


def lib_path_of_another(s, d):
    """Another interpreter's files under these names: refused, with both ids."""
    if not s.others:
        raise Skip("there is only one interpreter here")
    folder = s.path("other")
    os.makedirs(folder)
    other = os.path.realpath(s.others[0].python)
    for relative, _, _ in s.files():
        shutil.copyfile(other, os.path.join(folder, os.path.basename(relative)))
    report = s.report(d, s.core(), "--lib-path=" + folder, statuses=(0, 1, 2))
    for relative, stripped, _ in s.files():
        for m in modules(report, "/" + relative):
            d.same(relative + ": file, matches", [None, False], [m["file"], m["matches"]])
        if not any(build_id(other) in x and build_id(stripped) in x for x in messages(report, "wrong-file")):
            d.add("diagnostics", "both build-ids, of " + relative, messages(report, "wrong-file")[:2])


def deleted(s, d):
    """The kernel says of a file that was replaced that it is deleted: the old one may be in a folder of the user's."""
    name = s.holder()
    short = os.path.join(s.prefix, name)
    gone = " (deleted)"
    folder = os.path.dirname(name)

    def change(path):
        if path != short:
            return path
        room = len(path) - len(gone) - len("/" + os.path.basename(name))
        if room < 2:
            raise Skip("its path is too short for this")
        changed.append("/" + "x" * (room - 1) + "/" + os.path.basename(name) + gone)
        return changed[-1]

    changed = []
    report = s.report(d, s.core("deleted", change), "--lib-path=" + os.path.join(s.prefix, folder))
    same_as_there(s, d, json.loads(json.dumps(report).replace(changed[0], short)))
    d.same("file", [short], [m["file"] for m in modules(report, os.path.basename(name) + gone)])


def sysroot(s, d):
    s.own_debug_is_far()
    root = s.tree("bare")
    report = s.report(d, s.core(), "--sysroot=" + root)
    d.same("file", [root + os.path.join(s.elsewhere, s.holder())], [m["file"] for m in modules(report, "/" + s.holder())])
    if report["interpreter"]["layout"]["source"] == "dwarf":
        d.add("layout.source of stripped files", "not dwarf", "dwarf")


# ---- debug information of its own ----

def expect_dwarf(s, d, root, *options):
    report = s.report(d, s.core(), "--sysroot=" + root, *options)
    same_as_there(s, d, report)
    layout = report["interpreter"]["layout"]        # mixed: of extension modules without debug files
    d.same("layout.source, exact", [True, True], [layout["source"] in ("dwarf", "mixed"), layout["exact"]])
    if layout["origin"].endswith(".table"):
        d.add("layout.origin", "a debug file", layout["origin"])
    return report


def expect_none(s, d, root, *options):
    report = s.report(d, s.core(), "--sysroot=" + root, *options, statuses=(0, 1, 2))
    if report["interpreter"] and not report["interpreter"]["layout"]["origin"].endswith(".table"):
        d.add("layout.origin", "no debug file", report["interpreter"]["layout"]["origin"])
    return report


def debuglink_beside(s, d):
    s.own_debug_is_far()
    for where in ("", ".debug"):
        root = s.tree("beside" + where, lambda root, path, name: os.path.join(root + os.path.dirname(path), where, name))
        report = expect_dwarf(s, d, root)
        d.same("layout.origin", root + os.path.join(s.elsewhere, os.path.dirname(s.holder()), where,
                                                    s.holder().replace("/", "_") + ".debug"), report["interpreter"]["layout"]["origin"])


def debuglink_in_trees(s, d):
    """DIR and the file's folder: the sysroot's own, and one of the user's."""
    s.own_debug_is_far()
    root = s.tree("system", lambda root, path, name: os.path.join(root + "/usr/lib/debug" + os.path.dirname(path), name))
    expect_dwarf(s, d, root)
    away = s.path("away")
    root = s.tree("apart", lambda root, path, name: os.path.join(away + os.path.dirname(path), name))
    expect_none(s, d, root)
    expect_dwarf(s, d, root, "--debug-dir=" + away)


def debuglink_checksum(s, d):
    """A debug file that was changed is not used, and that is said."""
    s.own_debug_is_far()
    root = s.tree("changed", lambda root, path, name: os.path.join(root + os.path.dirname(path), name))
    debug = root + os.path.join(s.elsewhere, os.path.dirname(s.holder()), s.holder().replace("/", "_") + ".debug")
    with open(debug, "r+b") as f:
        f.seek(-1, 2)
        last = f.read(1)
        f.seek(-1, 2)
        f.write(bytes([last[0] ^ 1]))
    report = expect_none(s, d, root)
    if not any("checksum" in x and debug in x for x in messages(report, "wrong-file")):
        d.add("diagnostics", "the checksum of " + debug, report["diagnostics"])


def debuglink_of_another(s, d):
    """A debug file with the right checksum and another build-id."""
    s.own_debug_is_far()
    if len(s.files()) < 2:
        raise Skip("there is only one file of it")
    root = s.tree("exchanged", linked=False)
    target = root + os.path.join(s.elsewhere, s.holder())
    wrong = next(f[2] for f in s.files() if f[0] != s.holder())
    shutil.copyfile(wrong, os.path.join(os.path.dirname(target), "wrong.debug"))
    run("objcopy", "--add-gnu-debuglink=" + os.path.join(os.path.dirname(target), "wrong.debug"), target)
    report = expect_none(s, d, root)
    if not any("wrong.debug" in x and build_id(target) in x for x in messages(report, "wrong-file")):
        d.add("diagnostics", "wrong.debug with the build-id that was wanted", report["diagnostics"])


def debuglink_without_build_id(s, d):
    """Neither file has a build-id: the checksum decides. The layout is not called exact, for nothing proves the file."""
    s.own_debug_is_far()
    root = s.tree("anonymous", linked=False)
    relative = s.holder()
    target = root + os.path.join(s.elsewhere, relative)
    debug = os.path.join(os.path.dirname(target), "anonymous.debug")
    shutil.copyfile(next(f[2] for f in s.files() if f[0] == relative), debug)
    for path in (debug, target):
        run("objcopy", "--remove-section=.note.gnu.build-id", path)
    run("objcopy", "--add-gnu-debuglink=" + debug, target)
    ran = s.tool.run("layout", target)
    check_status(d, "layout", ran, [0] if s.interpreter.version[0] == 3 else [0, 1])     # 2.7's extension modules are files of their own
    with open(debug, "ab") as f:
        f.write(b"\0")
    ran = s.tool.run("layout", target)
    check_status(d, "layout of a file with another checksum", ran, [2])


def with_dwz(s, name, names, *options):
    """Copies of the interpreter's debug file, worked over by dwz."""
    if not shutil.which("dwz"):
        raise Skip("there is no dwz")
    folder = s.path(name)
    os.makedirs(folder)
    debug = next(f[2] for f in s.files() if f[0] == s.holder())
    copies = [os.path.join(folder, n) for n in names]
    for copy in copies:     # two that have all in common
        shutil.copyfile(debug, copy)
    try:
        run("dwz", *options, *copies)
    except Failure as e:
        raise Skip("dwz does not take these files: %s" % e)
    return copies


def dwz_alone(s, d):
    """What several units have in common is in partial units, of the same file."""
    s.own_debug_is_far()
    copies = with_dwz(s, "dwz", ["a"])
    tree = s.path("dwz-tree")
    place_by_id(tree, copies[0], s.holders_id())
    expect_dwarf(s, d, s.tree("dwz-root"), "--debug-dir=" + tree)


def dwz_supplement(s, d):
    """... or in a supplement: found by its build-id, and by its name; another build's is refused."""
    s.own_debug_is_far()
    common = s.path("common.dwz")
    copies = with_dwz(s, "dwz-m", ["a", "b"], "-m", common, "-M", "/usr/lib/debug/.dwz/common.dwz")
    if b".gnu_debugaltlink" not in open(copies[0], "rb").read():
        raise Skip("dwz found nothing in common")
    root, tree = s.tree("supplemented"), s.path("supplement-tree")
    debug = place_by_id(tree, copies[0], s.holders_id())
    report = expect_none(s, d, root, "--debug-dir=" + tree)
    found = build_id_of_sections(common)
    if found and not any(found in x["message"] for x in report["diagnostics"]):
        d.add("diagnostics without the supplement", "its build-id " + found, report["diagnostics"])
    by_id = place_by_id(tree, common, found)
    expect_dwarf(s, d, root, "--debug-dir=" + tree)
    os.unlink(by_id)
    for place in (os.path.join(tree, ".dwz"), os.path.join(root, "usr/lib/debug/.dwz")):
        os.makedirs(place)
        shutil.copyfile(common, os.path.join(place, "common.dwz"))
        expect_dwarf(s, d, root, "--debug-dir=" + tree)
        shutil.rmtree(place)
    place = os.path.join(tree, ".dwz")
    os.makedirs(place)
    shutil.copyfile(debug, os.path.join(place, "common.dwz"))
    report = expect_none(s, d, root, "--debug-dir=" + tree)
    if not any(found in x and s.holders_id() in x for x in messages(report, "wrong-file")):
        d.add("diagnostics", "both build-ids", report["diagnostics"])
    # a pipe under its name: nobody waits for it
    os.unlink(os.path.join(place, "common.dwz"))
    os.mkfifo(os.path.join(place, "common.dwz"))
    expect_none(s, d, root, "--debug-dir=" + tree)


def place_by_id(tree, path, found):
    place = os.path.join(tree, ".build-id", found[:2], found[2:] + ".debug")
    os.makedirs(os.path.dirname(place), exist_ok=True)
    shutil.copyfile(path, place)
    return place


def build_id_of_sections(path):
    """Of a file without program headers."""
    with open(path, "rb") as f:
        data = f.read()
    at = data.find(b"GNU\0", data.find(struct.pack("<III", 4, 20, 3)))
    return data[at + 4:at + 24].hex() if at > 0 else None


# ---- files that are not the ones ----

def wrong_version(s, d):
    """A binary of another version under this one's name: as the executable, and where the core says."""
    others = [i for i in s.others if i.version[:2] != s.interpreter.version[:2]]
    if not others:
        raise Skip("there is no other version here")
    name = os.path.basename(os.path.realpath(s.interpreter.python))
    folder = s.path("wrong version")
    os.makedirs(folder)
    wrong = os.path.join(folder, name)
    shutil.copyfile(os.path.realpath(others[0].python), wrong)
    good = build_id(os.path.realpath(s.interpreter.python))
    for options, operand in ((("--sysroot=/nonexistent",), [wrong]), (("--lib-path=" + folder,), [])):
        ran = s.tool.run("analyze", "--json", *options, s.core(), *operand)
        check_status(d, "analyze", ran, [0, 1, 2])
        report = load_report(d, ran)
        if report is None:
            continue
        if not any(good in x and build_id(wrong) in x for x in messages(report, "wrong-file")):
            d.add("diagnostics", "both build-ids", report["diagnostics"][:3])
        d.same("modules with it", [], [m["path"] for m in report["modules"] if m["file"] == wrong])
        if report["interpreter"] and report["interpreter"]["version"] != s.crashed()[1]["version"]:
            d.add("version", s.crashed()[1]["version"], report["interpreter"]["version"])


def forced(s, d):
    """--force-executable takes it for its symbols: that is said, nothing is called exact, and no value is another."""
    others = [i for i in s.others if i.version[:2] != s.interpreter.version[:2]]
    if not others:
        raise Skip("there is no other version here")
    wrong = os.path.realpath(others[0].python)
    ran = s.tool.run("analyze", "--json", *WIDE, "--force-executable", s.core(), wrong)
    check_status(d, "analyze", ran, [0, 1, 2])
    report = load_report(d, ran)
    if report is None:
        return
    used = [m for m in report["modules"] if m["file"] == wrong]
    d.same("modules with it", [[False, "file"]], [[m["matches"], m["wanted"][0]["what"]] for m in used])
    if not any(build_id(wrong) in x and used and used[0]["build_id"] in x for x in messages(report, "forced-file")):
        d.add("diagnostics", "forced-file, with both build-ids", report["diagnostics"][:3])
    if report["interpreter"]:
        d.same("version", s.crashed()[1]["version"], report["interpreter"]["version"])
        if len(s.files()) == 1:
            d.same("layout.exact", False, report["interpreter"]["layout"]["exact"])
    plain = s.report(d, s.core(), statuses=(0, 1, 2))
    values = exact_values(plain)
    for place, value in exact_values(report).items():
        if values.get(place, value) != value:
            d.add("the value of %s" % (place,), values[place], value)


def exact_values(report):
    return {(t["tid"], i, v["name"]): v["value"] for t in report["threads"] for i, f in enumerate(t["frames"])
            for v in f["locals"] or [] if v["exact"]}


def forced_right_build(s, d):
    """A copy of the right build whose build-id alone was changed: forced, it gives its symbols."""
    path = s.path("renamed")
    shutil.copyfile(os.path.realpath(s.interpreter.python), path)
    old = bytes.fromhex(build_id(path))
    with open(path, "r+b") as f:
        data = f.read()
        f.seek(data.index(old))
        f.write(bytes(b ^ 0xff for b in old))
    ran = s.tool.run("analyze", "--json", *WIDE, "--force-executable", s.crashed()[0], path)
    check_status(d, "analyze", ran, [0, 1])
    report = load_report(d, ran)
    if report is None:
        return
    d.same("version", s.crashed()[1]["version"], report["interpreter"]["version"])
    if len(s.files()) == 1 or s.holder().startswith("bin/"):
        d.same("layout.exact", False, report["interpreter"]["layout"]["exact"])


def forced_library(s, d):
    """A library of another build-id is not used, unless it is forced: then both ids are said, and nothing is called exact."""
    name = s.holder()
    if not os.path.basename(name).startswith("libpython"):
        raise Skip("the interpreter is in no library")
    path = s.path("forced", os.path.basename(name))
    os.makedirs(os.path.dirname(path))
    shutil.copyfile(os.path.join(s.prefix, name), path)
    old = build_id(path)
    with open(path, "r+b") as f:
        data = f.read()
        f.seek(data.index(bytes.fromhex(old)))
        f.write(bytes(b ^ 0xff for b in bytes.fromhex(old)))
    core = s.core()
    place = "--lib-path=" + os.path.dirname(path)
    plain = s.report(d, core, place, statuses=(0, 1, 2))
    d.same("file that is not forced", [None], [m["file"] for m in modules(plain, "/" + name)])
    report = s.report(d, core, place, "--force-executable", statuses=(0, 1))
    d.same("file, matches", [[path, False]], [[m["file"], m["matches"]] for m in modules(report, "/" + name)])
    d.same("both build-ids are said", 1, len([x for x in messages(report, "forced-file") if old in x and build_id(path) in x]))
    d.same("version, exact", [s.crashed()[1]["version"], False], [report["interpreter"]["version"], report["interpreter"]["layout"]["exact"]])
    values = exact_values(plain)
    for where, value in exact_values(report).items():
        d.same("the value of %s" % (where,), values.get(where, value), value)
    # the right one counts, wherever it is
    report = s.report(d, core, place, "--lib-path=" + os.path.join(s.prefix, os.path.dirname(name)), "--force-executable", statuses=(0, 1))
    d.same("file where there is the right one", [[os.path.join(s.prefix, name), True]], [[m["file"], m["matches"]] for m in modules(report, "/" + name)])
    d.same("forced", [], messages(report, "forced-file"))


def without_build_id(s, d):
    """Neither the core nor the file has one: all that the core holds of it has to agree, and the report says unverified."""
    relative = s.holder()
    path = os.path.join(s.prefix, relative)
    old = bytes.fromhex(build_id(path))
    core = s.core("without-id")
    with open(core, "r+b") as f:
        data = f.read()
        count = 0
        at = data.find(note_of(old))
        while at >= 0:
            f.seek(at + 8)
            f.write(struct.pack("<I", 0x7f))       # another kind of note
            count += 1
            at = data.find(note_of(old), at + 4)
    if not count:
        raise Skip("the core has not saved its headers")
    folder = s.path("without id")
    os.makedirs(folder)
    copy = os.path.join(folder, os.path.basename(relative))
    shutil.copyfile(path, copy)
    with open(copy, "r+b") as f:
        data = f.read()
        at = data.index(note_of(old))
        f.seek(at + 8)
        f.write(struct.pack("<I", 0x7f))
    # the tables know the build no more by its id
    report = s.report(d, core, "--lib-path=" + folder, statuses=(0, 1))
    d.same("file", [copy], [m["file"] for m in modules(report, "/" + relative)])
    if not any(copy in x for x in messages(report, "unverified")):
        d.add("diagnostics", "unverified: " + copy, [x["code"] for x in report["diagnostics"]])
    d.same("layout.exact", False, report["interpreter"]["layout"]["exact"])
    # a change where the core has the byte
    with open(copy, "r+b") as f:
        f.seek(at)
        f.write(b"\x05")
    report = s.report(d, core, "--lib-path=" + folder, statuses=(0, 1, 2))
    d.same("file of one that is not the same", [None], [m["file"] for m in modules(report, "/" + relative)])


def note_of(build_id_bytes):
    return struct.pack("<III", 4, len(build_id_bytes), 3) + b"GNU\0" + build_id_bytes


# ---- paths that somebody made to lead elsewhere ----

def hostile_paths(s, d):
    """Devices, pipes, the kernel's files, links out of the sysroot, and names that a terminal would obey."""
    name = os.path.join(s.prefix, s.holder())
    root = s.path("hostile root")
    os.makedirs(root + "/d")
    fifo = s.path("f")
    os.mkfifo(fifo)
    os.mkfifo(root + "/d/fifo")
    os.symlink(name, root + "/d/outside")           # the very file, but outside
    os.symlink("../" * 30 + name.lstrip("/"), root + "/d/dots")
    os.symlink("loop2", root + "/d/loop1")
    os.symlink("loop1", root + "/d/loop2")
    os.symlink("/proc/self/exe", root + "/d/exe")
    os.symlink(s.tool.path, s.path("l"))
    long = []
    for i, (path, options) in enumerate([
            ("/dev/zero", []), ("/dev/null", []), ("/dev/tty", []), ("/proc/self/exe", []), ("/proc/self/mem", []), ("/proc/1/root/bin/sh", []),
            ("/proc/self/fd/0", []), ("/sys/kernel/notes", []), (fifo, []), ("/", []), ("/d", ["--sysroot=" + root]), ("/d/fifo", ["--sysroot=" + root]),
            ("/d/outside", ["--sysroot=" + root]), ("/d/dots", ["--sysroot=" + root]), ("/d/loop1", ["--sysroot=" + root]),
            ("/d/exe", ["--sysroot=" + root]), ("/../../../../.." + s.tool.path, ["--sysroot=" + root]), ("/d/../../" + fifo, []),
            ("/\x1b[2J\x1b]0;owned\x07\n\rx", []), ("/d/\udcff\udcfe\n", ["--sysroot=" + root])]):
        if len(os.fsencode(path)) > len(name):
            long.append(path)
            continue
        core = s.core("hostile", lambda p: "/" * (len(name) - len(os.fsencode(path))) + path if p == name else p)
        ran = s.tool.run("analyze", "--json", "--no-locals", *options, core)
        check_status(d, repr(path), ran, [0, 1, 2])
        report = load_report(d, ran)
        if report is None:
            continue
        if schema.jsonschema:
            d.extend(schema.Validator(s.schema_path).complaints(report))
        paths = [m for m in report["modules"] if m["path"].lstrip("/") == os.fsencode(path).decode("utf-8", "backslashreplace").lstrip("/")]
        d.same("%r: file" % path, [None], [m["file"] for m in paths] or [None])
        check_text(d, repr(path), s.tool.run("analyze", "--no-locals", *options, core).out)
        check_text(d, repr(path) + ": standard error", ran.err)
    if len(long) > 4:
        d.add("paths that were tried", "most of them", "not %s" % long)


# ---- what is asked of this machine ----

def traced(s, d, options, core, environment):
    """(the calls of the tool, from when it opens the core on: [(name, line)], all lines)"""
    if tool.SLOWNESS > 1:
        raise Skip("it would be the calls of valgrind, too")
    if not shutil.which("strace"):
        raise Skip("there is no strace")
    log = s.path("strace.log")
    env = dict(s.tool.environment(), **environment)
    env["ASAN_OPTIONS"] = "detect_leaks=0:" + env.get("ASAN_OPTIONS", "")       # it cannot run under a tracer
    done = subprocess.run(["strace", "-f", "-s", "4096", "-e", "trace=" + SYSTEM_CALLS, "-o", log, s.tool.path, "analyze", *options, core],
                          env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120 * tool.SLOWNESS)
    with open(log, encoding="utf-8", errors="replace") as f:
        lines = f.read().splitlines()
    if done.returncode not in (0, 1, 2) or not any('"%s"' % core in x for x in lines):
        raise Skip("strace cannot trace here: %s" % done.stderr.decode("utf-8", "replace")[-200:])
    first = next(i for i, x in enumerate(lines) if '"%s"' % core in x and "execve(" not in x)
    return lines[first:], lines


OWN_LIBRARIES = re.compile(r"/etc/ld\.so\.cache$|/(usr/)?lib(32|64)?/(.+/)?lib(dw|elf|gmp|lzma|bz2|zstd|lz4|z)[-.0-9]*\.so[.0-9]*$")


def what_is_opened(s, d):
    """Of a foreign core in its sysroot: the core, the sysroot, debug files, our own tables and libraries, and nothing else."""
    root = s.tree("traced", lambda root, path, name: os.path.join(root + os.path.dirname(path), name))
    home = s.path("home")
    os.makedirs(home)
    core = s.core()
    environment = {"HOME": home, "XDG_CACHE_HOME": os.path.join(home, "cache"), "DEBUGINFOD_URLS": "http://127.0.0.1:9/"}
    tail, lines = traced(s, d, ["--no-cache", "--sysroot=" + root, "--debug-dir=" + s.path("debug-dir")], core, environment)
    tables = os.path.realpath(os.path.join(os.path.dirname(s.tool.path), "versions"))
    places = [core, root, s.path("debug-dir"), "/usr/lib/debug", tables, os.path.join(os.path.dirname(s.tool.path), "versions"), s.tool.path]
    # the same paths on this machine, which serve only when they are the very build
    places += [p for p in mapped_files(core)]
    for line in tail:
        call = re.match(r"\d+ +(\w+)\(", line)
        path = re.search(r'"((?:[^"\\]|\\.)*)"', line)
        if not call or not path or not path.group(1) or "ENOENT" in line and call.group(1) in ("stat", "lstat", "newfstatat", "statx"):
            continue
        path = path.group(1)
        if call.group(1) in ("readlink", "readlinkat") and path == "/proc/self/exe":
            continue            # where our tables are
        if call.group(1) == "readlink" and re.match(r"/proc$|/proc/(self|\d+)(/fd(/4294967295)?)?$", path):
            continue            # libdw's, for the name of a file that is not there (see pc_image_from_fd)
        if re.match(r"/proc/self/(maps|cmdline|task)|/proc/\d+/", path) and s.sanitized():
            continue            # the sanitizer's
        if OWN_LIBRARIES.match(path):
            continue            # loaded when they are needed
        if not path.startswith("/"):
            # opened name by name, from a folder that the call before has opened
            if "AT_FDCWD" in line:
                d.add("opened", "nothing relative to the current folder", line)
            continue
        allowed = any(path == p or path.startswith(p + "/") or p.startswith(path.rstrip("/") + "/") or path == "/" for p in places)
        if not allowed:
            d.add("opened", "the core, the sysroot, debug files and tables", line)
    for line in lines:
        if re.search(r"\b(socket|connect)\(", line):
            d.add("network", "none", line)
        if "libdebuginfod" in line or "libcurl" in line:
            d.add("libraries", "no libdebuginfod", line)
    d.same("programs run", 1, sum(1 for x in lines if re.search(r"\bexecve(at)?\(", x)))
    d.same("left in HOME", [], os.listdir(home))


# ---- debuginfod ----

class Server:
    """A real debuginfod over the files of one folder; gives its URL. Ends with the block."""

    def __init__(self, s, folder):
        if not shutil.which("debuginfod"):
            raise Skip("there is no debuginfod (the server)")
        self.port = free_port()
        self.log = open(s.path("debuginfod.log"), "wb")
        self.url = "http://127.0.0.1:%d" % self.port
        self.process = subprocess.Popen(["debuginfod", "-p", str(self.port), "-d", ":memory:", "-F", folder], stdin=subprocess.DEVNULL,
                                        stdout=self.log, stderr=subprocess.STDOUT)

    def __enter__(self):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                with urllib.request.urlopen(self.url + "/metrics", timeout=5) as answer:
                    text = answer.read().decode("utf-8", "replace")
            except OSError:
                text = ""
            # all folders are walked through, and nothing is waiting to be read
            if re.search(r'^thread_work_total\{role="traverse"\} [1-9]', text, re.M) and re.search(r'^thread_work_pending\{role="scan"\} 0$', text, re.M) \
                    and not re.search(r'^thread_busy\{role="(scan|traverse)"\} [1-9]', text, re.M):
                return self
            time.sleep(0.2)
        self.__exit__()
        raise Skip("debuginfod does not come up: see " + self.log.name)

    def __exit__(self, *what):
        self.process.terminate()
        self.process.wait(30)
        self.log.close()


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Silent:
    """Accepts connections and says nothing; counts them."""

    def __init__(self):
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.socket.listen(16)
        self.url = "http://127.0.0.1:%d" % self.socket.getsockname()[1]

    def connections(self):
        self.socket.setblocking(False)
        count = 0
        while True:
            try:
                self.socket.accept()[0].close()
                count += 1
            except BlockingIOError:
                return count


def asked(s, d, url, *options, core=None, statuses=(0, 1, 2)):
    """(report, seconds, folder of the cache) of a core that has no file here, with a server."""
    if tool.SLOWNESS > 1:
        raise Skip("valgrind asks the server itself, for every library")
    cache = s.path("debuginfod cache")
    shutil.rmtree(cache, ignore_errors=True)
    home = s.path("debuginfod home")
    os.makedirs(home, exist_ok=True)
    env = {k: v for k, v in s.tool.environment().items() if not k.startswith("DEBUGINFOD_")}
    env.update(DEBUGINFOD_URLS=url, DEBUGINFOD_CACHE_PATH=cache, HOME=home, XDG_CACHE_HOME=os.path.join(home, "cache"))
    begun = time.monotonic()
    ran = subprocess.run([s.tool.path, "analyze", "--json", "--no-cache", *WIDE, *options, core or s.core()], env=env, stdin=subprocess.DEVNULL,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120 * tool.SLOWNESS)
    seconds = time.monotonic() - begun
    ran.status, ran.out, ran.err = ran.returncode, ran.stdout, ran.stderr
    if b"built without libdebuginfod" in ran.err:
        raise Skip("pycore was built without libdebuginfod")
    check_status(d, "analyze " + " ".join(options), ran, statuses)
    report = load_report(d, ran)
    if report is None:
        raise Failure("no report: %s" % ran.err[-300:])
    return report, seconds, cache, home


def debuginfod_finds(s, d):
    """The files and the debug information by build-id: the report of the machine where it crashed. Not without the option."""
    folder = s.path("served")
    os.makedirs(folder)
    for relative, stripped, debug in s.files():
        shutil.copyfile(stripped, os.path.join(folder, os.path.basename(stripped)))
        if not has_debug_file(stripped):
            shutil.copyfile(debug, os.path.join(folder, os.path.basename(debug)))
    with Server(s, folder) as server:
        report, _, cache, home = asked(s, d, server.url)
        d.same("without --debuginfod: files that are used", [], [m["file"] for m in report["modules"] if m["path"].startswith(s.elsewhere)
                                                                 and m["file"]])
        d.same("without --debuginfod: cache, HOME", [False, []], [os.path.exists(cache), os.listdir(home)])
        report, _, cache, _ = asked(s, d, server.url, "--debuginfod", statuses=(0,))
        for m in modules(report, "/" + s.holder()):
            if not (m["file"] or "").startswith(cache):
                d.add("file of " + s.holder(), "one in " + cache, m["file"])
        layout = report["interpreter"]["layout"]
        d.same("layout.exact", True, layout["exact"])
        if not layout["origin"].startswith(cache) and not layout["origin"].startswith("/usr/lib/debug/"):
            d.add("layout.origin", "a file in " + cache, layout["origin"])


def debuginfod_of_extension(s, d):
    """The debug information of an extension module whose file is nowhere."""
    core, answer, tree = s.with_extensions()
    library = "--lib-path=" + os.path.dirname(os.path.join(s.prefix, s.holder()))
    with Server(s, tree) as server:
        report, _, _, _ = asked(s, d, server.url, "--debuginfod", library, core=core)
    d.same("layout.source", "dwarf", report["interpreter"]["layout"]["source"])
    d.extend(compare(answer, json.loads(json.dumps(report).replace(s.elsewhere + "/", s.prefix + "/"))))


def debuginfod_fails(s, d):
    """A server without the files, one that refuses, one that never answers: said, and the rest of the report is there."""
    plain = s.report(d, s.core(), statuses=(0, 1, 2))
    silent = Silent()
    asked(s, d, silent.url)
    d.same("connections without --debuginfod", 0, silent.connections())
    empty = s.path("served empty")
    os.makedirs(empty)
    shutil.copy(shutil.which("true"), os.path.join(empty, "true"))
    with Server(s, empty) as server:
        report, _, _, _ = asked(s, d, server.url, "--debuginfod")
        if not any("has no executable of build-id" in x for x in messages(report, "debuginfod")):
            d.add("diagnostics, 404", "what the server does not have", messages(report, "debuginfod"))
        d.same("404: threads", plain["threads"], report["threads"])
    report, seconds, _, _ = asked(s, d, "http://127.0.0.1:%d" % free_port(), "--debuginfod")
    d.same("refused: threads", plain["threads"], report["threads"])
    if not messages(report, "debuginfod"):
        d.add("diagnostics, refused", "debuginfod", report["diagnostics"][:3])
    report, seconds, _, _ = asked(s, d, silent.url, "--debuginfod")
    d.same("silent: threads", plain["threads"], report["threads"])
    if not any("no answer" in x for x in messages(report, "debuginfod")):
        d.add("diagnostics, silent", "no answer", messages(report, "debuginfod"))
    if not silent.connections():
        d.add("silent: connections", "some", 0)
    if seconds > 60:        # some 10; the machine may be busy
        d.add("silent: seconds", "few", seconds)


def debuginfod_lies(s, d):
    """What a server gives for a build-id is checked like any file."""
    other = os.path.realpath((s.others or [s.interpreter])[0].python)
    if not s.others:
        raise Skip("there is only one interpreter here")
    with open(other, "rb") as f:
        data = f.read()

    class Liar(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *args):
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Liar) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        report, _, cache, _ = asked(s, d, "http://127.0.0.1:%d" % server.server_port, "--debuginfod")
        server.shutdown()
    d.same("files that are used", [], [m["file"] for m in report["modules"] if (m["file"] or "").startswith(cache)])
    if not any(build_id(other) in x for x in messages(report, "wrong-file")):
        d.add("diagnostics", "the build-id of what was sent", report["diagnostics"][:4])


TESTS = [nothing_here, wanted_of_extension, debug_of_missing_extension, lib_path, lib_path_of_another, deleted, sysroot, debuglink_beside, debuglink_in_trees, debuglink_checksum,
         debuglink_of_another, debuglink_without_build_id, dwz_alone, dwz_supplement, wrong_version, forced, forced_right_build, forced_library,
         without_build_id, hostile_paths, what_is_opened, debuginfod_finds, debuginfod_of_extension, debuginfod_fails, debuginfod_lies]


def some(interpreters):
    """The oldest, the newest of those that were built by hand, and the system's."""
    return [i for k, i in enumerate(interpreters) if k in (0, len(interpreters) - 2, len(interpreters) - 1)]


def run_all(pycore, interpreters, programs, schema_path, work, stop):
    for interpreter in some(interpreters):
        folder = os.path.join(work, "foreign-" + interpreter.name)
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        others = [i for i in interpreters if i is not interpreter]
        s = Setting(pycore, interpreter, others, programs, schema_path, folder, stop)
        yield from run_tests(TESTS, s, interpreter.name + " ")
        shutil.rmtree(folder, ignore_errors=True)
