"""`pycore scan`: ten defects by many interpreters make ten groups, and every file that is found is accounted for.

Called by run.py; run(...) yields (name, "passed" | "failed" | "skipped", lines).
"""
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile

import schema
from crash import Failure, Skip, environment, run_to_core
from outcome import run_tests
import tool
from tool import Tool, check_one_line, check_status, check_text

DEFECTS = ("segv_in_function", "segv_in_method", "abort_in_handler", "abort_in_nested_handler", "same_exception_elsewhere", "recursion",
           "mutual_recursion", "closure", "deadlock", "own_exception")
NEAR = ("function_of_the_same_name", "method_of_another_class", "another_exception_in_the_same_place", "another_exception_class",
        "another_signal", "from_another_caller", "another_way_to_the_same_exception")
PLACES = ("venv/lib/python%d.%d/site-packages", "opt/some other/env/lib/python%d.%d/site-packages")
SHIFTS = (0, 37)        # lines
REAL = "real"           # cores as the kernel writes them; the others are made small ones, which take less room
NOBODY = 65534


class Setting:
    def __init__(self, pycore, interpreters, programs, schema_path, folder, stop, jobs):
        self.tool = Tool(pycore, os.path.join(folder, "cache"))
        self.interpreters, self.programs, self.schema_path, self.folder, self.stop, self.jobs = interpreters, programs, schema_path, folder, stop, jobs
        self.bugs = os.path.join(os.path.dirname(programs), "bugs")
        self.small = os.path.join(os.path.dirname(programs), "cores")
        self._shop = None

    def new(self, name):
        path = os.path.join(self.folder, name)
        os.makedirs(path)
        return path

    def scan(self, *args, **how):
        return self.tool.run("scan", "--quiet", *args, **how)

    def small_cores(self):
        return sorted(os.path.join(self.small, n) for n in os.listdir(self.small) if ".core." in n)

    def shop(self):
        """The folder of some 200 cores of ten defects, and how many there are."""
        if self._shop is None:
            if self.stop:
                raise Skip("the kernel does not write cores here, and a debugger's are of processes that did not die")
            if not self.interpreters:
                raise Skip("no interpreter to take cores of")
            self._shop = make_shop(self)
        return self._shop


def five_of(interpreters):
    """The oldest, the newest, and some between."""
    own = [i for i in interpreters if i.name != "system"] or interpreters
    chosen = {}
    for k in range(5):
        i = own[k * (len(own) - 1) // 4]
        chosen[i.name] = i
    return list(chosen.values())


def install(s, root, interpreter, shift, place):
    """The shop in a folder as of a virtual environment, its lines moved."""
    to = os.path.join(root, place % interpreter.version[:2])
    for folder, _, names in os.walk(s.bugs):
        for name in names:
            if not name.endswith(".py"):
                continue
            target = os.path.join(to, os.path.relpath(folder, s.bugs), name)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            with open(os.path.join(folder, name)) as f:
                code = f.read()
            with open(target, "w") as f:
                f.write("# moved\n" * shift + code)
    return to


def core_of(s, interpreter, site, arguments, target, real):
    folder = target + ".run"
    os.makedirs(folder)
    env = environment(False, s.programs)
    env["PYTHONPATH"] = site
    core = run_to_core([interpreter.python, os.path.join(site, "crash_of.py")] + arguments, folder, False, env)
    if real:
        os.rename(core, target)
    else:
        ran = s.tool.run("distill", core, "-o", target)
        if ran.status != 0:
            raise Failure("distill: %s %r" % (ran.status, ran.err[-300:]))
    shutil.rmtree(folder)


def make_shop(s):
    folder, count = s.new("shop"), 0
    for interpreter in five_of(s.interpreters):
        for n, (shift, place) in enumerate((a, b) for a in SHIFTS for b in PLACES):
            site = install(s, os.path.join(s.folder, "installed-%s-%d" % (interpreter.name, n)), interpreter, shift, place)
            for k, defect in enumerate(DEFECTS):
                target = os.path.join(folder, "%s-%d-%s%s" % (interpreter.name, n, defect, "-" + REAL if not n else ""))
                core_of(s, interpreter, site, [defect, str(1 + (k + n) % 4)], target, not n)
                count += 1
    return folder, count


def summary_of(d, ran):
    check_status(d, "scan", ran, [0])
    try:
        return json.loads(ran.out.decode("utf-8"))
    except ValueError as e:
        raise Failure("scan: no JSON: %s; %r" % (e, ran.err[-300:]))


def lines_of(d, ran):
    check_status(d, "scan --json", ran, [0])
    return [json.loads(line) for line in ran.out.decode("utf-8").splitlines()]


def parts(summary):
    f = summary["files"]
    return f["cores"] + f["failed"] + f["unreadable"] + f["not_cores"] + f["unfinished"]


def ten_defects(s, d):
    folder, count = s.shop()
    summary_file = os.path.join(s.folder, "summary.json")
    reports = lines_of(d, s.scan("--json", "--no-locals", "--summary-json=" + summary_file, folder))
    with open(summary_file) as f:
        summary = json.load(f)
    d.same("reports", count, len(reports))
    d.same("cores", count, summary["files"]["cores"])
    d.same("files", count, summary["files"]["all"])
    d.same("failures", [], summary["failures"])
    d.same("groups", len(DEFECTS), len(summary["groups"]))
    for group in summary["groups"]:
        d.same("cores of a group: " + group["text"], count // len(DEFECTS), group["count"])
    seen = {}
    for r in reports:
        name = os.path.basename(r["core"]["path"]).replace("-" + REAL, "")
        seen.setdefault(name.split("-", 2)[2], set()).add(r["signature"]["hash"])
    d.same("defects", sorted(DEFECTS), sorted(seen))
    d.same("signatures of each defect", [1] * len(DEFECTS), [len(seen[k]) for k in sorted(seen)])


def near_misses(s, d):
    """Nearly the same is not the same."""
    folder, count = s.shop()
    others = s.new("near")
    interpreter = five_of(s.interpreters)[-1]
    site = install(s, os.path.join(s.folder, "installed-near"), interpreter, 0, PLACES[0])
    for name in NEAR:
        core_of(s, interpreter, site, ["near_miss", "1", name], os.path.join(others, name), False)
    summary = summary_of(d, s.scan("--summary-json", folder, others))
    d.same("groups", len(DEFECTS) + len(NEAR), len(summary["groups"]))
    d.same("cores of each", [count // len(DEFECTS)] * len(DEFECTS) + [1] * len(NEAR), [g["count"] for g in summary["groups"]])


def any_number_of_workers(s, d):
    d.same("text", s.scan("--jobs=1", s.small).out, s.scan("--jobs=7", s.small).out)
    one, many = (sorted(lines_of(d, s.scan("--json", "--jobs=%d" % n, s.small)), key=lambda r: r["core"]["path"]) for n in (1, 5))
    d.same("reports", one, many)


def reports_are_those_of_analyze(s, d):
    cores = s.small_cores()
    reports = {r["core"]["path"]: r for r in lines_of(d, s.scan("--json", "--limit-time=0", *cores))}
    d.same("paths", cores, sorted(reports))
    for core in cores[:4]:
        want = json.loads(s.tool.run("analyze", "--json", "--redact=secrets", core).out.decode("utf-8"))
        d.same(os.path.basename(core), want, reports.get(core))
    if schema.jsonschema:
        for r in reports.values():
            d.extend(schema.Validator(s.schema_path).complaints(r))


def hostile_folder(s):
    """(folder, how many files are in it, how many of them are cores): what may lie in a folder of cores."""
    folder, small = s.new("mixed"), s.small_cores()
    os.makedirs(os.path.join(folder, "deep", "er"))
    files = cores = 0

    def put(name, data):
        nonlocal files
        with open(os.path.join(os.fsencode(folder), name), "wb") as f:
            f.write(data)
        files += 1
    plain = [subprocess.run(["xz", "-dc", c], stdout=subprocess.PIPE, check=True).stdout for c in small[:3]]
    put(b"core.1", plain[0])
    put(b"deep/core with\nnewline", plain[1])
    put(b"deep/er/core-\xff\xfe.core", plain[2])
    put(b"deep/er/cut", plain[0][:len(plain[0]) // 2])
    put(b"copy.xz", open(small[3], "rb").read())
    put(b"\x1b[31mred.xz", open(small[4], "rb").read())
    put(b"cut.xz", open(small[3], "rb").read()[:200])
    put(b"cut header", plain[0][:100])
    put(b"garbage core", b"\x7fELF\x02\x01\x01" + b"\0" * 9 + b"\x04\0" + b"\xff" * 5000)
    cores += 9      # two of them with nothing left of them
    put(b"empty", b"")
    put(b"text", b"no core\n" * 100)
    put(b"text.gz", b"\x1f\x8b\x08\0\0\0\0\0\0\3\xcb\xcf\xe5\2\0\xc4\xf6\x5c\x1e\3\0\0\0")
    put(b"apport.crash", b"ProblemType: Crash\nPid: 3\n")
    shutil.copy(s.tool.path, os.path.join(folder, "program"))
    files += 1
    for name, what in (("sparse core", plain[0]), ("sparse zeros", b"")):
        with open(os.path.join(folder, name), "wb") as f:
            f.write(what)
            f.truncate(3 << 30)
        files += 1
    cores += 1
    os.symlink("..", os.path.join(folder, "deep", "loop"))
    os.symlink("core.1", os.path.join(folder, "link"))
    os.symlink("nowhere", os.path.join(folder, "broken"))
    os.mkfifo(os.path.join(folder, "fifo"))
    files += 4
    with socket.socket(socket.AF_UNIX) as server:
        here = os.getcwd()
        os.chdir(folder)
        server.bind("socket")
        os.chdir(here)
    files += 1
    return folder, files, cores


def everything_is_accounted_for(s, d):
    folder, files, cores = hostile_folder(s)
    summary = summary_of(d, s.scan("--summary-json", folder))
    d.same("files", files, summary["files"]["all"])
    d.same("sum of the parts", files, parts(summary))
    d.same("grouped", cores, sum(g["count"] for g in summary["groups"]) + sum(f["count"] for f in summary["failures"] if f["kind"] == "report"))
    told = sum(f["count"] for f in summary["failures"] if f["kind"] != "report")
    d.same("failures", summary["files"]["failed"] + summary["files"]["unreadable"], sum(
        f["count"] for f in summary["failures"] if f["kind"] in ("failed", "unreadable")))
    everything = summary_of(d, s.scan("--summary-json", "--all", folder))
    d.same("files of --all", summary["files"], everything["files"])
    d.same("told of by --all", files - cores, sum(f["count"] for f in everything["failures"] if f["kind"] != "report"))
    if told > files - cores:
        d.add("told of", "at most %d" % (files - cores), told)
    text = s.scan(folder)
    check_status(d, "scan", text, [0])
    check_text(d, "scan", text.out)
    reports = lines_of(d, s.scan("--json", "--all", folder))
    d.same("lines of --all", files, len(reports))
    if schema.jsonschema:
        for r in reports:
            d.extend(schema.Validator(s.schema_path).complaints(r))
    shutil.rmtree(folder)


def what_may_not_be_read(s, d):
    """A file and a folder without permission are two unreadable ones, and the rest is scanned."""
    folder = tempfile.mkdtemp(prefix="pycore-forbidden-")     # the suite's own folder is for its user alone
    try:
        scan_forbidden(s, d, folder)
    finally:
        shutil.rmtree(folder)


def scan_forbidden(s, d, folder):
    prefix = ()
    for name in ("core.xz", "secret.xz", "dir/other.xz"):
        os.makedirs(os.path.dirname(os.path.join(folder, name)), exist_ok=True)
        shutil.copy(s.small_cores()[0], os.path.join(folder, name))
    if os.getuid() == 0:
        prefix = ("setpriv", "--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups")
        os.chmod(folder, 0o755)
        if not shutil.which("setpriv") or s.tool.run("--version", prefix=prefix).status != 0:
            raise Skip("root may read everything, and nobody else may run the tool where it is")
    os.chmod(os.path.join(folder, "secret.xz"), 0)
    os.chmod(os.path.join(folder, "dir"), 0)
    try:
        summary = summary_of(d, s.scan("--summary-json", folder, prefix=prefix))
    finally:
        os.chmod(os.path.join(folder, "dir"), 0o755)
    d.same("files", {"all": 3, "cores": 1, "failed": 0, "unreadable": 2, "not_cores": 0, "unfinished": 0}, summary["files"])
    d.same("reasons", [("unreadable", "Permission denied")] * 2,
           [(f["kind"], f["reason"].split(": ")[-1]) for f in summary["failures"] for _ in range(f["count"])])


def list_on_standard_input(s, d):
    """Each path has one line, which names it, whatever it is; NUL ends paths of any bytes."""
    folder = s.new("list")
    odd = os.path.join(os.fsencode(folder), b"new\nline \xff.xz")
    shutil.copy(os.fsencode(s.small_cores()[0]), odd)
    paths = [os.fsencode(s.small_cores()[1]), odd, os.fsencode(folder) + b"/missing", b"/dev/null", os.fsencode(folder), os.fsencode(s.tool.path)]
    command = [s.tool.path, "scan", "--quiet", "--json", "-0", "-"]
    done = subprocess.run(command, input=b"\0".join(paths), stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=s.tool.environment(), timeout=120 * tool.SLOWNESS)
    d.same("exit status", 0, done.returncode)
    reports = [json.loads(line) for line in done.stdout.decode("utf-8").splitlines()]
    got = sorted(bytes.fromhex(r["core"]["path_bytes"]) if r["core"]["path_bytes"] else os.fsencode(r["core"]["path"]) for r in reports)
    d.same("paths", sorted(paths), got)
    d.same("complete", 2, sum(r["status"] == "complete" for r in reports))
    for r in reports:
        if r["status"] == "none":
            d.same("why, of " + r["core"]["path"], 1, len(r["diagnostics"]))
    lines = subprocess.run(command[:4] + ["-"], input=b"\n" + paths[0] + b"\n\n" + paths[3], stdout=subprocess.PIPE, env=s.tool.environment(), timeout=120 * tool.SLOWNESS)
    d.same("lines", 2, len(lines.stdout.splitlines()))


def a_line_as_soon_as_it_is_there(s, d):
    """Who writes one path and waits for its line gets it."""
    child = subprocess.Popen([s.tool.path, "scan", "--json", "--quiet", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=s.tool.environment())
    try:
        for core in s.small_cores()[:3]:
            child.stdin.write(os.fsencode(core) + b"\n")
            child.stdin.flush()
            d.same("path", core, json.loads(child.stdout.readline().decode("utf-8"))["core"]["path"])
        child.stdin.close()
        d.same("the end", b"", child.stdout.read())
        d.same("exit status", 0, child.wait(120))
    finally:
        child.kill()
        child.wait()
        child.stdout.close()


def output_dir(s, d):
    folder = s.new("out")
    missing = os.path.join(folder, "nothing")
    ran = s.scan("--output-dir", os.path.join(folder, "reports"), s.small, missing)
    check_status(d, "scan", ran, [0])
    names = sorted(os.listdir(os.path.join(folder, "reports")))
    count = len(s.small_cores()) + 1
    d.same("JSON files", count, sum(n.endswith(".json") for n in names))
    d.same("text files", count, sum(n.endswith(".txt") for n in names))
    d.same("others", 2 * count, len(names))
    for name in names:
        with open(os.path.join(folder, "reports", name), "rb") as f:
            data = f.read()
        if name.endswith(".json"):
            report = json.loads(data.decode("utf-8"))
            d.same(name, True, os.path.basename(report["core"]["path"]) in name)
        else:
            check_text(d, name, data)
    blocked = os.path.join(folder, "file")
    open(blocked, "w").close()
    check_status(d, "a file for a folder", s.scan("--output-dir", blocked, s.small), [74])


def limits(s, d):
    """A worker that runs out of what it may have is a result with that reason."""
    core = s.small_cores()[0]
    for option, reason in (("--limit-memory=100K", "memory"), ("--limit-output=300", "--limit-output")):
        ran = s.scan("--json", option, core, s.tool.path)
        reports = lines_of(d, ran)
        d.same(option, 2, len(reports))
        failed = [r for r in reports if r["core"]["path"] == core][0]
        d.same(option + ": status", "none", failed["status"])
        d.same(option + ": reason", True, reason in failed["diagnostics"][0]["message"])
    with_locals = len(s.scan("--json", core).out)
    ran = s.scan("--json", "--limit-output=%d" % (with_locals * 3 // 4), core)
    report = lines_of(d, ran)[0]
    d.same("without variables", [None], sorted(set(f["locals"] for t in report["threads"] for f in t["frames"]), key=str))
    d.same("which is said", True, any(x["code"] == "limit" for x in report["diagnostics"]))


def secrets_are_redacted(s, d):
    core = s.small_cores()[0]
    for option, want in ((None, "secrets"), ("--redact=none", "none"), ("--redact", "all")):
        report = lines_of(d, s.scan("--json", *([option] if option else []), core))[0]
        d.same("redaction", want, report["redaction"])


def filters(s, d):
    reports = lines_of(d, s.scan("--json", s.small))
    versions = sorted(r["interpreter"]["version"] for r in reports)
    for version in ("3.11", "2", "3.1"):
        want = [v for v in versions if v == version or v.startswith(version + ".")]
        d.same("version=" + version, want, sorted(r["interpreter"]["version"] for r in lines_of(d, s.scan("--json", "--filter=version=" + version, s.small))))
        summary = summary_of(d, s.scan("--summary-json", "--filter=version!=" + version, s.small))
        d.same("version!=" + version, len(want), summary["filtered"])
    ran = s.scan("--filter=colour=red", s.small)
    check_status(d, "a filter that is none", ran, [64])


def wrong_use(s, d):
    for arguments in ([], ["-", "-"], ["--json", "--summary-json", s.small], ["--jobs=x", s.small], ["--jobs=100000", s.small], ["--no-such"],
                      ["--limit-time=-1", s.small]):
        ran = s.tool.run("scan", *arguments)
        check_status(d, " ".join(arguments), ran, [64])
        d.same("standard output", b"", ran.out)
    ran = s.scan(os.path.join(s.folder, "missing"))
    check_status(d, "what is missing", ran, [0])
    check_one_line(d, "what is missing", ran)
    with open("/dev/full", "wb") as full:
        ran = s.scan("--json", s.small, stdout=full)
        check_status(d, "a full disk", ran, [74])
        check_one_line(d, "a full disk", ran)


def ended_by_a_signal(s, d):
    """What is done is told, and what is not is counted."""
    for number in (signal.SIGINT, signal.SIGTERM):
        child = subprocess.Popen([s.tool.path, "scan", "--quiet", "--summary-json", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                 env=s.tool.environment(), restore_signals=True, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
        lines = s.tool.path
        child.stdin.write(os.fsencode(lines) + b"\n")
        child.stdin.flush()
        while not os.path.exists("/proc/%d/task" % child.pid) or not waits_in_poll(child.pid):
            pass
        child.send_signal(number)
        out = child.communicate(timeout=120 * tool.SLOWNESS)[0]
        d.same("ended by", -number, child.returncode)
        d.same("sum of the parts", 1, parts(json.loads(out.decode("utf-8"))))


def waits_in_poll(pid):
    """The list has been read as far as it goes: it sleeps until there is more."""
    try:
        with open("/proc/%d/wchan" % pid) as f:
            return "poll" in f.read()
    except OSError:
        return True


def no_core_is_left(s, d):
    """Workers leave no cores and no files behind."""
    folder = s.new("left")
    ran = s.scan(s.small, prefix=("env", "-C", folder, "TMPDIR=" + folder))
    check_status(d, "scan", ran, [0])
    d.same("files", [], os.listdir(folder))


TESTS = [ten_defects, near_misses, any_number_of_workers, reports_are_those_of_analyze, everything_is_accounted_for, what_may_not_be_read,
         list_on_standard_input, a_line_as_soon_as_it_is_there, output_dir, limits, secrets_are_redacted, filters, wrong_use, ended_by_a_signal,
         no_core_is_left]


def run(pycore, interpreters, programs, schema_path, work, stop, jobs):
    folder = os.path.join(work, "scan")
    os.makedirs(folder)
    s = Setting(pycore, interpreters, programs, schema_path, folder, stop, jobs)
    try:
        yield from run_tests(TESTS, s, "scan.")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
