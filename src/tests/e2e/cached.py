"""What is kept of debug information from one run to the next: it changes nothing in a report, whatever state it is in.

Called by run.py; run(...) yields (name, "passed" | "failed" | "skipped", lines).
"""
import json
import os
import re
import shutil
import subprocess
import time

from compare import Differences
from crash import Failure, Skip, crash
from outcome import outcome_of
import memcheck
import tool
from tool import WIDE, Tool, check_status

PROGRAM = "values_modules"      # it has values of many extension modules
NOBODY = 65534
ONE_CORE = ["analyze", "--json", *WIDE]


class Setting:
    def __init__(self, tool, core, folder):
        self.tool, self.core, self.folder = tool, core, folder
        self.plain = self.report("--no-cache")

    def new(self, name):
        """The cache is in a folder of this name from now on."""
        self.tool.cache = os.path.join(self.folder, name)
        shutil.rmtree(self.tool.cache, ignore_errors=True)
        os.makedirs(self.tool.cache)
        return os.path.join(self.tool.cache, "pycore")

    def report(self, *options, command=ONE_CORE, status=(0,)):
        """(all of the report but whether it was cached, whether it was)"""
        ran = self.tool.run(*command, *options, self.core)
        if ran.status not in status or ran.err:
            raise Failure("status %s: %s" % (ran.status, ran.err[-300:]))
        return split(ran.out)

    def same(self, d, where, cached, *options):
        out, was = self.report(*options)
        if out != self.plain[0]:
            d.add(where + ": the report", "that without a cache", "another")
        d.same(where + ": cached", cached, was)

    def filled(self, name):
        """A folder that has what one run leaves there."""
        folder = self.new(name)
        self.report()
        if not os.path.isdir(folder) or not os.listdir(folder):
            raise Failure("nothing was kept in " + folder)
        return folder


def split(out):
    found = re.findall(rb'"cached":(true|false)', out)
    if len(found) != 1:
        raise Failure("the report says %d times whether it was cached" % len(found))
    return out.replace(b'"cached":true', b'"cached":false'), found[0] == b"true"


def contents(folder):
    kept = {}
    for name in os.listdir(folder):
        with open(os.path.join(folder, name), "rb") as f:
            kept[name] = f.read()
    return kept


def put(folder, name, data):
    """As any program would, through a new file: no mode or owner is left from the one before."""
    path = os.path.join(folder, name)
    if os.path.lexists(path):
        os.unlink(path)
    with open(path, "wb") as f:
        f.write(data)
    os.chmod(path, 0o600)


def interpreters_entry(kept):
    return next(n for n in kept if "-interpreter-" in n)


# ---- the tests, of each interpreter ----

def same_reports(s, d):
    """Read anew, kept, and from what was kept; as JSON and as text."""
    folder = s.new("same")
    s.same(d, "the first", False)
    kept = contents(folder)
    s.same(d, "the second", True)
    d.same("entries after the second", sorted(kept), sorted(os.listdir(folder)))
    d.same("the entries' contents", True, kept == contents(folder))
    texts = [s.tool.run("analyze", *options, s.core) for options in ((), ("--no-cache",))]
    check_status(d, "text", texts[0], [0])
    d.same("the text is the same", True, texts[0].out == texts[1].out and texts[0].err == texts[1].err)
    for name in sorted(os.listdir(folder)):
        d.same("mode of " + name, 0o600, os.stat(os.path.join(folder, name)).st_mode & 0o7777)
    d.same("mode of the folder", 0o700, os.stat(folder).st_mode & 0o7777)
    distilled = []
    for options in ((), ("--no-cache",)):
        small = os.path.join(s.folder, "small")
        ran = s.tool.run("distill", "-o", small, *options, s.core)
        check_status(d, "distill", ran, [0])
        with open(small, "rb") as f:
            distilled.append(f.read())
    d.same("the small core is the same", True, distilled[0] == distilled[1])


def no_cache(s, d):
    """--no-cache neither reads nor writes; a path that is not absolute is none."""
    folder = s.new("none")
    s.same(d, "--no-cache", False, "--no-cache")
    d.same("kept", False, os.path.exists(folder))
    folder = s.filled("filled")
    before = contents(folder)
    s.same(d, "--no-cache with entries", False, "--no-cache")
    d.same("the entries are as they were", True, before == contents(folder))
    kept, s.tool.cache = s.tool.cache, os.path.relpath(s.tool.cache)
    s.same(d, "a relative path", False)
    s.tool.cache = kept
    if not shutil.which("strace") or tool.SLOWNESS > 1: # it would be the calls of valgrind, too
        return
    env = dict(s.tool.environment())
    env["ASAN_OPTIONS"] = "detect_leaks=0:" + env.get("ASAN_OPTIONS", "")       # it cannot run under a tracer
    log = os.path.join(s.folder, "strace.log")
    for options, opened in ((["--no-cache"], False), ([], True)):
        done = subprocess.run(["strace", "-f", "-e", "trace=file", "-o", log, s.tool.path, *ONE_CORE, *options, s.core], env=env,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
        with open(log, encoding="utf-8", errors="replace") as f:
            lines = f.read()
        if done.returncode != 0 or s.core not in lines:
            return              # it cannot trace here
        d.same("the cache is touched with %s" % options, opened, s.tool.cache in lines)


def damaged_entries(s, d):
    """Each is ignored, and replaced by what it was."""
    folder = s.filled("damaged")
    good = contents(folder)
    name = interpreters_entry(good)
    data = good[name]
    middle = re.search(rb"(?m)^\d+ \d+ \d+$", data).start()   # a field: its offset, size and path
    damages = {"empty": b"", "of a byte": data[:1], "cut in its head": data[:40], "cut in the middle": data[:len(data) // 2],
               "cut by a byte": data[:-1], "longer": data + b"\n", "garbage": bytes(range(256)) * 20, "zeros": bytes(len(data)),
               "of another format": re.sub(rb"^pycore-cache \d+", b"pycore-cache 1", data, 1),
               "of another version": re.sub(rb"^(pycore-cache \d+) \S+", rb"\1 0.0.1", data, 1),
               "of other fields": re.sub(rb"^(pycore-cache \d+ \S+) [0-9a-f]+", rb"\1 0123456789abcdef", data, 1),
               "of another inode": re.sub(rb"(?m)^(file \S+ \S+) [0-9a-f]+", rb"\1 1", data, 1),
               "of another offset": data[:middle] + (b"1" if data[middle:middle + 1] != b"1" else b"2") + data[middle + 1:],
               "of another module": next(v for k, v in sorted(good.items()) if k != name) if len(good) > 1 else b"pycore-cache"}
    for k in range(24):         # one bit, at places evenly spread
        at = len(data) * k // 24
        damages["a bit of byte %d" % at] = data[:at] + bytes([data[at] ^ 1 << k % 8]) + data[at + 1:]
    for what, bad in damages.items():
        put(folder, name, bad)
        s.same(d, what, False)
        d.same("%s: replaced" % what, True, contents(folder) == good)
    s.same(d, "at last", True)
    for k, v in good.items():   # all at once: those of the extension modules, too
        put(folder, k, v[:len(v) * 2 // 3])
    s.same(d, "all of them cut", False)
    d.same("all are replaced", True, contents(folder) == good)


def who_may_write(s, d):
    """What others could have written is not read; links are not followed."""
    folder = s.filled("rights")
    good = contents(folder)
    name = interpreters_entry(good)
    path = os.path.join(folder, name)
    for mode in (0o620, 0o602, 0o666):
        os.chmod(path, mode)
        s.same(d, "mode %o" % mode, False)
        d.same("mode %o: replaced" % mode, 0o600, os.stat(path).st_mode & 0o7777)
    elsewhere = os.path.join(s.folder, "elsewhere")
    put(s.folder, "elsewhere", good[name])
    os.unlink(path)
    os.symlink(elsewhere, path)
    s.same(d, "a link", False)
    d.same("a link: replaced", False, os.path.islink(path))
    with open(elsewhere, "rb") as f:
        d.same("what it led to is as it was", True, f.read() == good[name])
    os.unlink(path)
    os.mkdir(path)
    s.same(d, "a folder", False)
    os.rmdir(path)
    os.mkfifo(path)
    s.same(d, "a pipe", False)
    for mode in (0o770, 0o707):
        put(folder, name, good[name])
        os.chmod(folder, mode)
        s.same(d, "the folder's mode %o" % mode, False)
        os.chmod(folder, 0o700)
    moved = folder + ".moved"
    os.rename(folder, moved)
    os.symlink(moved, folder)
    s.same(d, "the folder is a link", False)
    os.unlink(folder)
    os.rename(moved, folder)
    if os.geteuid() == 0:
        os.chown(path, NOBODY, NOBODY)
        s.same(d, "somebody else's entry", False)
        d.same("somebody else's entry: replaced", 0, os.stat(path).st_uid)
        os.chown(folder, NOBODY, NOBODY)
        before = contents(folder)
        s.same(d, "somebody else's folder", False)
        d.same("somebody else's folder is as it was", True, before == contents(folder))
        os.rename(folder, moved)
        os.chown(s.tool.cache, NOBODY, NOBODY)
        s.same(d, "somebody else's home", False)
        d.same("somebody else's home is as it was", [os.path.basename(moved)], os.listdir(s.tool.cache))
        os.chown(s.tool.cache, 0, 0)
        os.rename(moved, folder)
        os.chown(folder, 0, 0)
    s.same(d, "as it was", True)


def nowhere_to_write(s, d):
    folder = s.new("read-only")
    os.makedirs(folder, 0o700)
    os.chmod(folder, 0o500)
    if os.access(folder, os.W_OK):      # root may write anywhere: its files are to be no larger than nothing
        os.chmod(folder, 0o700)
        if not memcheck.is_wrapped(s.tool.path):    # valgrind has files of its own to write
            ran = s.tool.run(*ONE_CORE, s.core, prefix=["sh", "-c", "ulimit -f 0; exec \"$@\" | cat", "sh"])
            d.same("no room: the report", True, split(ran.out)[0] == s.plain[0])
    else:
        s.same(d, "read-only", False)
    d.same("left there", [], os.listdir(folder))
    os.chmod(folder, 0o700)
    put(s.folder, "a-file", b"")
    s.tool.cache = os.path.join(s.folder, "a-file")
    s.same(d, "a file where the folder should be", False)
    s.tool.cache = os.path.join(s.folder, "not", "there")
    s.same(d, "no folder that it could be in", False)
    d.same("made", False, os.path.exists(os.path.dirname(s.tool.cache)))


def two_at_once(s, d):
    """Several that write the same entries: each report is right, and what is left is whole."""
    folder = s.new("at-once")
    for again in range(3):
        running = [subprocess.Popen([s.tool.path, *ONE_CORE, s.core], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                    env=s.tool.environment()) for _ in range(3)]
        for child in running:
            out, err = child.communicate(timeout=120 * tool.SLOWNESS)
            d.same("the report", True, split(out)[0] == s.plain[0] and not err)
        d.same("unfinished", [], [n for n in os.listdir(folder) if not n.endswith(".layout")])
        s.same(d, "then", True)
        kept = contents(folder)
        put(folder, interpreters_entry(kept), b"damaged")


def bounded(s, d):
    """The oldest go when there are too many; what is none of ours stays."""
    folder = s.filled("bounded")
    good = contents(folder)
    for i in range(1100):
        path = os.path.join(folder, "%040x-interpreter-0123456789abcdef.layout" % i)
        put(folder, os.path.basename(path), b"old")
        os.utime(path, (1000000 + i, 1000000 + i))
    put(folder, "notes.txt", b"mine")
    put(folder, ".0123.new", b"left behind")
    os.utime(os.path.join(folder, ".0123.new"), (1000000, 1000000))
    name = interpreters_entry(good)
    os.unlink(os.path.join(folder, name))
    s.same(d, "too many", False)
    left = os.listdir(folder)
    d.same("no more than", True, len(left) <= 1001)
    d.same("somebody's file", True, "notes.txt" in left)
    d.same("what was left behind", False, ".0123.new" in left)
    d.same("the newest", True, name in left and "%040x-interpreter-0123456789abcdef.layout" % 1099 in left)
    d.same("the oldest", False, "%040x-interpreter-0123456789abcdef.layout" % 0 in left)
    s.same(d, "then", True)


def another_file(s, d):
    """An entry is for one file: a copy of it, and the file itself once it has changed, are read anew."""
    folder = s.filled("another")
    entry = interpreters_entry(contents(folder))
    build_id = entry.split("-")[0]
    origin = json.loads(s.plain[0])["interpreter"]["layout"]["origin"]
    trees = [os.path.join(s.folder, "debug-%d" % i) for i in range(2)]
    for tree in trees:
        os.makedirs(os.path.join(tree, ".build-id", build_id[:2]))
        shutil.copyfile(origin, os.path.join(tree, ".build-id", build_id[:2], build_id[2:] + ".debug"))
    ran = s.tool.run(*ONE_CORE, "--debug-dir=" + trees[0], s.core)
    if trees[0] not in ran.out.decode():
        return                  # its debug information is in the file itself, which comes first
    d.same("a copy", False, split(ran.out)[1])
    time.sleep(3.5)             # one that was written to just now is not kept
    d.same("settled", [False, True], [split(s.tool.run(*ONE_CORE, "--debug-dir=" + trees[0], s.core).out)[1] for _ in range(2)])
    d.same("another copy", False, split(s.tool.run(*ONE_CORE, "--debug-dir=" + trees[1], s.core).out)[1])
    os.utime(os.path.join(trees[0], ".build-id", build_id[:2], build_id[2:] + ".debug"), (1000000, 1000000))
    d.same("changed", False, split(s.tool.run(*ONE_CORE, "--debug-dir=" + trees[0], s.core).out)[1])


def scans(s, d):
    """A scan reads the user's and writes to a folder of its own, which is gone afterwards."""
    folder = s.new("scan")
    own = os.path.join(s.folder, "tmp")
    os.makedirs(own, exist_ok=True)
    os.environ["TMPDIR"] = own
    command = ["scan", "--json", "--quiet", "--redact=none", "--jobs=2", *WIDE, s.core, s.core]
    try:
        first = s.tool.run(*command)
        d.same("kept", False, os.path.exists(folder))
        s.report()
        before = contents(folder)
        second, third = s.tool.run(*command), s.tool.run(*command, "--no-cache")
    finally:
        del os.environ["TMPDIR"]
    d.same("left in its own folder", [], os.listdir(own))
    d.same("the user's folder is as it was", True, before == contents(folder))
    for ran, cached in ((first, False), (second, True), (third, False)):
        check_status(d, "scan", ran, [0])
        lines = [split(line) for line in ran.out.splitlines()]
        d.same("reports", 2, len(lines))
        d.same("cached", [cached, cached], [was for _, was in lines])
        d.same("the reports are the same", True, len(set(out for out, _ in lines)) == 1 and lines[0][0] == split(third.out.splitlines()[0])[0])


TESTS = [same_reports, no_cache, damaged_entries, who_may_write, nowhere_to_write, two_at_once, bounded, another_file, scans]


def chosen(interpreters):
    """All that have debug information, for the first test; the rest is the same for each: the newest, and one with its debug
    information in a file of its own."""
    full = [i for i in interpreters if i.name == "system"] + [i for i in interpreters if i.name != "system"][-1:]
    return [(i, TESTS if i in full else TESTS[:1]) for i in interpreters]


def run(pycore, interpreters, programs, schema_path, work, stop):
    folder = os.path.join(work, "cached")
    shutil.rmtree(folder, ignore_errors=True)
    for interpreter, tests in chosen(interpreters):
        mine = os.path.join(folder, interpreter.name)
        os.makedirs(mine)
        try:
            core = crash(interpreter, PROGRAM, programs, mine, stop)[0]
            tool = Tool(pycore, os.path.join(mine, "cache"))
            tool.caches = True
            s = Setting(tool, core, mine)
            if json.loads(s.plain[0])["interpreter"]["layout"]["source"] != "dwarf":
                raise Skip("there is no debug information of it")
        except (Skip, Failure) as e:
            yield interpreter.name, "skipped" if isinstance(e, Skip) else "failed", [str(e)]
            continue
        for test in tests:
            d = Differences()
            yield ("%s %s" % (test.__name__, interpreter.name), *outcome_of(d, test, s, d))
        shutil.rmtree(mine, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)
