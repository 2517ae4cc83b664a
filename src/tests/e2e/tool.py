"""Running the tool under test."""
import json
import os
import subprocess
import unicodedata

TIMEOUT = 120
SLOWNESS = 1            # how many times longer everything may take (run.py --valgrind)
WIDE = ["--max-repr=1000000", "--max-items=100000", "--max-depth=64", "--max-attributes=0"]


NO_CACHE = "none"       # no absolute path: there is none
NEEDED = {}             # {folder: what the tool has to be told to find the files behind the cores in it}


class Ran:
    """What a run of the tool has left: its exit status (negative: the signal that killed it), output and errors."""

    def __init__(self, status, out, err):
        self.status, self.out, self.err = status, out, err


class Tool:
    def __init__(self, path, cache):
        self.path, self.cache = path, cache
        self.caches = False             # what a test is about is the debug information, mostly, and not what is kept of it

    def environment(self):
        env = {k: v for k, v in os.environ.items() if k not in ("DEBUGINFOD_URLS", "NO_COLOR", "PYCORE_TEST_STOP")}
        env["XDG_CACHE_HOME"] = self.cache if self.caches else NO_CACHE     # the caller's own is none of the suite's business
        return env

    def run(self, *args, prefix=(), stdout=subprocess.PIPE):
        command = [*prefix, self.path, *args]
        if args and args[0] in ("analyze", "inspect", "distill") and not any(a.startswith("--limit-time") for a in args):
            command.append("--limit-time=0")        # nothing here depends on how fast a machine is; TIMEOUT holds what hangs
        if args and args[0] in ("analyze", "inspect"):
            for folder in sorted(set(os.path.dirname(os.path.abspath(a)) for a in args[1:] if not a.startswith("-"))):
                command += NEEDED.get(folder, [])
        try:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=stdout, stderr=subprocess.PIPE,
                                  timeout=TIMEOUT * SLOWNESS, env=self.environment())
        except subprocess.TimeoutExpired:
            return Ran(-9, b"", b"still running after %d seconds" % (TIMEOUT * SLOWNESS))
        return Ran(done.returncode, done.stdout or b"", done.stderr)


def check_status(d, where, ran, wanted):
    if ran.status not in wanted:
        d.add(where + ": exit status", " or ".join(map(str, wanted)),
              "%s (%s)" % (ran.status, ran.err.decode("utf-8", "replace").strip()[-300:]))


def load_report(d, ran):
    """The report as JSON, or None."""
    try:
        return json.loads(ran.out.decode("utf-8"))
    except ValueError as e:
        d.add("standard output", "JSON", "%s (%d bytes)" % (e, len(ran.out)))
    return None


def check_text(d, where, out):
    """Text for people: valid UTF-8, and nothing in it that a terminal would obey."""
    try:
        text = out.decode("utf-8")
    except UnicodeDecodeError as e:
        d.add(where, "UTF-8", e)
        return ""
    found = sorted(set(c for c in text if c != "\n" and unicodedata.category(c) == "Cc"))
    if found:
        at = text.index(found[0])
        d.add(where + ": control characters", "none", [found, text[max(0, at - 30):at + 30]])
    return text


def check_one_line(d, where, ran):
    """Errors are one line that begins with the tool's name."""
    text = check_text(d, where + ": standard error", ran.err)
    if not (text.startswith("pycore: ") and text.endswith("\n") and text.count("\n") == 1):
        d.add(where + ": standard error", "one line 'pycore: ...'", text or "nothing")
