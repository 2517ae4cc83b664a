"""Cores as they are stored: compressed, packed, in apport's, systemd's and ABRT's ways, on standard input, cut off.

Called by run.py; run(...) yields (name, "passed" | "failed" | "skipped", lines). Each gives the report of the plain core.
"""
import base64
import gzip
import json
import lzma
import os
import shutil
import struct
import subprocess
import zipfile
import zlib

import tool
import wrong_input
from crash import Failure, Skip
from outcome import run_tests
from tool import check_one_line, check_status, check_text, load_report

MEGABYTE = 1 << 20


class Setting(wrong_input.Setting):
    _plain = None

    def core(self):
        return self.good()[0]

    def data(self):
        with open(self.core(), "rb") as f:
            return f.read()

    def plain(self):
        """The plain core's report."""
        if self._plain is None:
            ran = self.tool.run("analyze", "--json", self.core())
            if ran.status != 0:
                raise Failure("the plain core: status %s: %s" % (ran.status, ran.err[-300:]))
            self._plain = json.loads(ran.out.decode("utf-8"))
        return self._plain


def analyze(s, d, path, standard_input=None, environment=(), options=()):
    """(status, report) of a stored core."""
    env = dict(s.tool.environment(), **dict(environment))
    ran = subprocess.run([s.tool.path, "analyze", "--json", *options, path], input=standard_input, env=env,
                         stdin=None if standard_input is not None else subprocess.DEVNULL,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120 * tool.SLOWNESS)
    ran.status, ran.out, ran.err = ran.returncode, ran.stdout, ran.stderr
    report = load_report(d, ran) if ran.out.strip() else None
    if report is not None:
        s.validate(d, report)
    return ran, report


def same_report(s, d, path, compression, **how):
    """All that the report of the plain core says, but for where the core is and how it was stored."""
    ran, report = analyze(s, d, path, **how)
    check_status(d, path, ran, [0])
    if report is None:
        d.add(path, "a report", ran.err.decode("utf-8", "replace")[-300:])
        return None
    plain = s.plain()
    d.same("core.compression", compression, report["core"]["compression"])
    d.same("core.size", plain["core"]["size"], report["core"]["size"])
    for key in plain:
        if key not in ("core", "process"):
            d.same(key, plain[key], report[key])
    for key in plain["process"]:
        if key not in ("hostname", "time"):
            d.same("process." + key, plain["process"][key], report["process"][key])
    return report


def stored_as(s, d, name, data, compression):
    """As a file under a name that tells nothing, and on a pipe."""
    same_report(s, d, s.file(name, data), compression)
    same_report(s, d, "-", compression, standard_input=data)


def by_command(s, command, name):
    if not shutil.which(command):
        raise Skip("there is no %s command" % command)
    done = subprocess.run([command, "-q", "-c", s.core()], stdout=subprocess.PIPE, check=True, timeout=120)
    return done.stdout


def plain_on_input(s, d):
    same_report(s, d, "-", None, standard_input=s.data())
    with open(s.core(), "rb") as f:     # a file, not a pipe
        ran = subprocess.run([s.tool.path, "analyze", "--json", "-"], stdin=f, env=s.tool.environment(), stdout=subprocess.PIPE)
    d.same("threads", s.plain()["threads"], json.loads(ran.stdout.decode("utf-8"))["threads"])


def as_gzip(s, d):
    stored_as(s, d, "notes.txt", gzip.compress(s.data(), 1), "gzip")


def as_gzip_of_members(s, d):
    """As pigz and cat leave it, with the zeros of a tape behind it."""
    data = s.data()
    pieces = [data[i:i + MEGABYTE] for i in range(0, len(data), MEGABYTE)]
    stored_as(s, d, "members", b"".join(gzip.compress(p, 1) for p in pieces) + b"\0" * 512, "gzip")


def as_xz(s, d):
    stored_as(s, d, "core.gz", lzma.compress(s.data(), preset=0), "xz")     # its name lies


def as_zstd(s, d):
    stored_as(s, d, "core.lz4", by_command(s, "zstd", "zst"), "zstd")


def as_lz4(s, d):
    stored_as(s, d, "core.zst", by_command(s, "lz4", "lz4"), "lz4")


def as_zip(s, d):
    """As core-dump-handler packs them: the core and notes beside it."""
    for method in (zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED):
        path = s.path("bundle.zip")
        with zipfile.ZipFile(path, "w", method) as z:
            z.writestr("5c3b-dump-info.json", json.dumps({"hostname": "node7"}))
            z.writestr("5c3b.core", s.data())
            z.writestr("5c3b-pod-info.json", "{}")
        with open(path, "rb") as f:
            stored_as(s, d, "bundle", f.read(), "zip")


def apport_report(data, fields):
    """As apport's problem_report writes it: each line encoded on its own, a gzip header first."""
    def line(piece):
        return b" " + base64.b64encode(piece) + b"\n"

    z = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS, zlib.DEF_MEM_LEVEL, 0)
    lines = [fields, b"CoreDump: base64\n", line(b"\x1f\x8b\x08\0\0\0\0\0\x02\xff")]
    for at in range(0, len(data), MEGABYTE):
        piece = z.compress(data[at:at + MEGABYTE])
        if piece:
            lines.append(line(piece))
    lines.append(line(z.flush() + struct.pack("<LL", zlib.crc32(data), len(data) & 0xffffffff)))
    return b"".join(lines)


def as_apport(s, d):
    fields = b"ProblemType: Crash\nArchitecture: amd64\nExecutablePath: /usr/bin/python3\nProcMaps:\n 1-2 r--p\n 2-3 rw-p\nSignal: 11\n"
    report = apport_report(s.data(), fields)
    stored_as(s, d, "_usr_bin_python3.1000.crash", report + b"Uname: Linux\n", "apport")
    ran, _ = analyze(s, d, s.file("without.crash", fields))
    check_status(d, "a report without a core", ran, [2])
    check_one_line(d, "a report without a core", ran)


def systemd_name(s, d):
    name = "core.python3\\x2e11.1000.6d6cf3a1d14b4e7e9b6f0c3f7a5e4d21.4711.1700000000123456.gz"
    report = same_report(s, d, s.file(name, gzip.compress(s.data(), 1)), "gzip")
    if report:
        d.same("process.time", "2023-11-14T22:13:20.123456Z", report["process"]["time"])
    # what the core itself says is not asked elsewhere; of one without its notes the name tells
    ran, report = analyze(s, d, s.file(name.replace(".gz", ""), without_notes(s.data())))
    if report:
        d.same("process.pid", 4711, report["process"]["pid"])
        d.same("process.uid", 1000, report["process"]["uid"])
        d.same("process.command", "python3.11", report["process"]["command"])


def without_notes(data):
    """The core with its PT_NOTE renamed, so that nobody finds it."""
    out = bytearray(data)
    phoff, = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    for i in range(count):
        if struct.unpack_from("<I", data, phoff + i * size)[0] == 4:
            struct.pack_into("<I", out, phoff + i * size, 0x6fffff00)
    return bytes(out)


def systemd_attributes(s, d):
    path = s.file("with-attributes", s.data())
    try:
        for name, value in (("hostname", "crashed-here"), ("timestamp", "1700000000000001"), ("comm", "other"), ("pid", "1")):
            os.setxattr(path, "user.coredump." + name, value.encode())
    except OSError as e:
        raise Skip("no extended attributes in %s: %s" % (s.folder, e))
    report = same_report(s, d, path, None)
    if report:
        d.same("process.hostname", "crashed-here", report["process"]["hostname"])
        d.same("process.time", "2023-11-14T22:13:20.000001Z", report["process"]["time"])
    ran = s.tool.run("analyze", path)
    text = check_text(d, "text", ran.out)
    if "2023-11-14T22:13:20.000001Z on crashed-here" not in text:
        d.add("text", "when and where", text[:300])


def abrt_folder(s, d):
    folder = s.path("ccpp-2023-11-14-22:13:20-4711")
    os.mkdir(folder)
    for name, value in (("time", "1700000000"), ("hostname", "builder\x1b[2J"), ("uid", "12"), ("executable", "/usr/bin/python3")):
        with open(os.path.join(folder, name), "w") as f:
            f.write(value)
    os.mkfifo(os.path.join(folder, "pid"))      # nobody may wait for this one
    with open(os.path.join(folder, "coredump"), "wb") as f:
        f.write(s.data())
    report = same_report(s, d, folder, None)
    if report:
        d.same("process.time", "2023-11-14T22:13:20.000000Z", report["process"]["time"])
        d.same("process.hostname", "builder\x1b[2J", report["process"]["hostname"])
    report = same_report(s, d, os.path.join(folder, "coredump"), None)
    if report:
        d.same("process.time of the file", "2023-11-14T22:13:20.000000Z", report["process"]["time"])
    check_text(d, "text", s.tool.run("analyze", folder).out)


def cut_stream(s, d):
    """What came before the cut is there, and the report says that it is cut."""
    for name, data in (("gzip", gzip.compress(s.data(), 1)), ("xz", lzma.compress(s.data(), preset=0)),
                       ("apport", apport_report(s.data(), b"ProblemType: Crash\n"))):
        ran, report = analyze(s, d, s.file("cut", data[:len(data) * 9 // 10]))
        check_status(d, name, ran, [1, 2])
        if report is None:
            d.add(name, "a report", ran.err.decode("utf-8", "replace")[-300:])
            continue
        d.same(name + ": core.truncated", True, report["core"]["truncated"])
        d.same(name + ": threads", len(s.plain()["threads"]), len(report["threads"]))
        if not any(x["code"] == "truncated" for x in report["diagnostics"]):
            d.add(name + ": diagnostics", "truncated", report["diagnostics"])
    for name, data in (("two bytes", b"\x1f\x8b"), ("a header", gzip.compress(s.data()[:100000], 1)[:12]),
                       ("zeros behind a magic", b"\xfd7zXZ\0" + b"\0" * 200), ("text in gzip", gzip.compress(b"no core" * 100))):
        ran, _ = analyze(s, d, s.file("damaged", data))
        check_status(d, name, ran, [2])
        check_one_line(d, name, ran)


def damaged_middle(data):
    """The stream with bytes changed that matter: some, in a long run of zeros, do not."""
    for middle in range(len(data) // 2, len(data) - 64, 997):
        damaged = data[:middle] + b"\xff" * 64 + data[middle + 64:]
        try:
            zlib.decompressobj(zlib.MAX_WBITS | 16).decompress(damaged)
        except zlib.error:
            return damaged
    raise Failure("no change of the stream damages it")


def damaged_stream(s, d):
    ran, report = analyze(s, d, s.file("damaged.gz", damaged_middle(gzip.compress(s.data(), 1))))
    check_status(d, "damaged in its middle", ran, [1, 2])
    if report:
        d.same("core.truncated", True, report["core"]["truncated"])


def holes_stay_holes(s, d):
    """A core of 3 GB, most of it holes, inflates into the room of its contents, and leaves nothing behind."""
    folder = s.path("tmp")
    os.mkdir(folder)
    zeros = gzip.compress(b"\0" * (64 * MEGABYTE), 1)
    data = gzip.compress(s.data(), 1) + zeros * 48
    report = None
    ran, report = analyze(s, d, s.file("sparse.gz", data), environment={"TMPDIR": folder}, options=["--limit-time=0"])
    check_status(d, "sparse", ran, [0, 1])
    if report:
        d.same("core.size", len(s.data()) + 48 * 64 * MEGABYTE, report["core"]["size"])
        d.same("threads", s.plain()["threads"], report["threads"])
    d.same("files left in TMPDIR", [], os.listdir(folder))


def no_room(s, d):
    """Where the disk is full: one line that says so and names the way out."""
    if os.getuid() != 0 or not shutil.which("mount") or not shutil.which("unshare"):
        raise Skip("only root can make a small file system to fill")
    folder = s.path("small")
    os.mkdir(folder)
    random = os.urandom(100 * MEGABYTE)     # what does not shrink has to be written
    path = s.file("large.gz", gzip.compress(s.data() + random, 0))
    script = 'mount -t tmpfs -o size=80m none "$1" || exit 77; TMPDIR=$1 exec "$2" analyze --json "$3"'
    ran = subprocess.run(["unshare", "-m", "sh", "-c", script, "sh", folder, s.tool.path, path], env=s.tool.environment(),
                         stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120 * tool.SLOWNESS)
    if ran.returncode in (1, 77) and b"pycore" not in ran.stderr:
        raise Skip("no small file system can be made here: %s" % ran.stderr.decode("utf-8", "replace").strip()[-200:])
    ran.status, ran.out, ran.err = ran.returncode, ran.stdout, ran.stderr
    check_status(d, "full", ran, [2])
    check_one_line(d, "full", ran)
    for word in (folder, "TMPDIR"):
        if word.encode() not in ran.err:
            d.add("standard error", word, ran.err)


TESTS = [plain_on_input, as_gzip, as_gzip_of_members, as_xz, as_zstd, as_lz4, as_zip, as_apport, systemd_name,
         systemd_attributes, abrt_folder, cut_stream, damaged_stream, holes_stay_holes, no_room]


def run(pycore, interpreters, programs, schema_path, work, stop):
    folder = os.path.join(work, "stored")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    yield from run_tests(TESTS, Setting(pycore, interpreters, programs, schema_path, folder, stop))
    shutil.rmtree(folder, ignore_errors=True)
