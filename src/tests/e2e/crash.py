"""Run a program so that it leaves a core and its answer in a folder of its own."""
import json
import os
import resource
import shutil
import signal
import subprocess
import time

from interpreters import embedded_library, has_debug_file, library_of
from tool import NEEDED

TIMEOUT = 60
SKIPPED = 77            # a program's exit status when it cannot show its point here


START = """import ctypes, sys
for number in (3, 4, 5, 6, 7, 8, 11, 24, 25, 31):
    ctypes.CDLL(None).signal(number, None)
sys.path.insert(0, %(seen)r)
sys.path += %(library)r
sys.argv[:] = [%(script)r]
exec(compile(open(%(script)r).read(), %(script)r, "exec"))
"""


class Skip(Exception):
    """This test cannot be run here; the text says why."""


class Failure(Exception):
    """There is no core or no answer to compare."""


def debugger_needed():
    """Why cores have to be taken with gcore, or None: where the kernel writes them into the current folder."""
    with open("/proc/sys/kernel/core_pattern") as f:
        pattern = f.read().strip()
    if pattern.startswith("|"):
        return "the kernel pipes cores to a program (core_pattern %r)" % pattern
    if "/" in pattern or not pattern:
        return "the kernel writes cores elsewhere (core_pattern %r)" % pattern
    if resource.getrlimit(resource.RLIMIT_CORE)[1] == 0:
        return "this session may not write cores (ulimit -Hc is 0)"
    return None


def environment(stop, programs):
    """What the programs see: nothing of the caller's that changes an interpreter."""
    kept = {k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "TMPDIR", "USER")}
    kept.update(LANG="C.UTF-8", LC_ALL="C.UTF-8", PYTHONDONTWRITEBYTECODE="1", PYCORE_TEST_PROGRAMS=programs)
    if stop:
        kept["PYCORE_TEST_STOP"] = "1"
    return kept


def unlimited():
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))


def is_core(path):
    with open(path, "rb") as f:
        head = f.read(18)
    return head[:4] == b"\x7fELF" and head[16:18] in (b"\x04\x00", b"\x00\x04")


def find_core(folder):
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        if os.path.isfile(path) and is_core(path):
            return path
    return None


def run_to_core(command, folder, stop, env):
    """The core that command leaves in folder; with stop, of the process that has stopped itself, by a debugger."""
    with open(os.path.join(folder, "stdout"), "wb") as out, open(os.path.join(folder, "stderr"), "wb") as err:
        child = subprocess.Popen(command, cwd=folder, env=env, stdin=subprocess.DEVNULL, stdout=out, stderr=err,
                                 preexec_fn=unlimited)
        if stop:
            status = _until_stopped(child.pid)
        else:
            try:
                status = child.wait(TIMEOUT)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
                raise Failure("still running after %d seconds" % TIMEOUT)
    if stop and status is None:
        try:
            taken = subprocess.run(["gcore", "-o", os.path.join(folder, "core"), str(child.pid)], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=TIMEOUT)
        finally:
            os.kill(child.pid, signal.SIGKILL)
            os.waitpid(child.pid, 0)
            child.returncode = -signal.SIGKILL
        if taken.returncode:
            raise Skip("gcore may not: %s" % taken.stdout.decode("utf-8", "replace").strip()[-200:])
    elif status == SKIPPED:
        raise Skip(_tail(folder, "stderr"))
    core = find_core(folder)
    if core is None:
        raise Failure("no core (status %s): %s" % (status, _tail(folder, "stderr")))
    return core


def _until_stopped(pid):
    """None when the process has stopped, its exit status when it has ended instead."""
    deadline = time.monotonic() + TIMEOUT
    while time.monotonic() < deadline:
        done, status = os.waitpid(pid, os.WUNTRACED | os.WNOHANG)
        if done:
            if os.WIFSTOPPED(status):
                return None
            return os.WEXITSTATUS(status) if os.WIFEXITED(status) else -os.WTERMSIG(status)
        time.sleep(0.01)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    raise Failure("has not stopped after %d seconds" % TIMEOUT)


def _tail(folder, name):
    with open(os.path.join(folder, name), "rb") as f:
        lines = f.read().decode("utf-8", "replace").strip().splitlines()
    return lines[-1][:300] if lines else "(nothing said)"


def plain(node):
    """Text of an answer as a report has it: lone surrogates as the six characters of their escape."""
    if isinstance(node, str):
        return node.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(node, list):
        return [plain(x) for x in node]
    return {plain(k): plain(v) for k, v in node.items()} if isinstance(node, dict) else node


def has_answer(folder):
    return os.path.exists(os.path.join(folder, "answer.json"))


def load_answer(folder):
    path = os.path.join(folder, "answer.json")
    if not has_answer(folder):
        raise Failure("no answer: %s" % _tail(folder, "stderr"))
    with open(path) as f:
        return plain(json.load(f))


def build_embedding(interpreter, programs, folder):
    """Compile embedding.c against this interpreter's library; the executable."""
    script = interpreter.config_script()
    if script is None:
        raise Skip("no %s (the interpreter's development package)" % "python%d.%d-config" % interpreter.version[:2])
    compiler = os.environ.get("CC", "cc").split()
    if not shutil.which(compiler[0]):
        raise Skip("no C compiler")
    library = embedded_library(interpreter)
    if interpreter.name == "system" and not (library and has_debug_file(library)):
        raise Skip("no debug information for libpython (install libpython%d.%d-dbg)" % interpreter.version[:2])

    def flags(*options):
        return subprocess.run([script, *options], stdout=subprocess.PIPE, check=True, timeout=30).stdout.decode().split()

    embed = ["--embed"] if interpreter.version >= (3, 8) else []
    # What the interpreter itself was compiled with is not for others: only where its headers are.
    command = compiler + ["-g"] + flags("--includes") + [os.path.join(programs, "embedding.c"), "-o", "embedding"] + \
        flags(*embed, "--ldflags") + ["-pthread", "-Wl,-rpath," + os.path.join(interpreter.prefix, "lib")]
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
    if done.returncode:
        raise Failure("embedding.c does not compile: %s" % done.stdout.decode("utf-8", "replace")[-400:])
    return os.path.join(folder, "embedding")


def further(interpreter, program, programs, folder, stop):
    """(command, environment) for an interpreter that may see nothing but a tree of its own and the current folder."""
    name = os.path.basename(programs)
    for other in (name, "programs"):        # what is told apart in testdata uses each other
        if not os.path.isdir(os.path.join(folder, other)):
            shutil.copytree(os.path.join(os.path.dirname(programs), other), os.path.join(folder, other),
                            ignore=shutil.ignore_patterns("__pycache__"))
    seen = os.path.join("/crash" if interpreter.sysroot else folder, name)
    script = "%s/%s.py" % (name, program)
    words = ["%s=%s" % (k, v) for k, v in sorted(environment(stop, seen).items()) if k not in ("PATH", "HOME", "TMPDIR", "USER")]
    if {"embedder", "frozen"} & set(interpreter.kind):
        # they run a file's text, and nothing says where its modules are; and some look into their own crashes
        library = [library_of(interpreter.version)] if "frozen" in interpreter.kind else []
        with open(os.path.join(folder, "start.py"), "w") as f:
            f.write(START % {"seen": seen, "script": script, "library": library})
        script = "start.py"
    return [interpreter.run, script], dict(os.environ, RUN_ENV=" ".join(words))


def crash(interpreter, program, programs, folder, stop):
    """(core, executable, answer) of one program under one interpreter; the answer is None of without_oracle."""
    if "no-ctypes" in interpreter.kind and program != "without_oracle":
        raise Skip("it has no ctypes, which the programs need to say what is true")
    script = os.path.join(programs, program + ".py")
    env = environment(stop, programs)
    executable = os.path.realpath(interpreter.python)
    command = [interpreter.python, script]
    with open(script, "rb") as f:
        if "embedder" in interpreter.kind and b"oracle.watch(" in f.read():
            raise Skip("its sys.executable is no interpreter that could send the signal")
    if interpreter.run:
        NEEDED[os.path.abspath(folder)] = interpreter.tool_options(os.path.join(folder, "debug"))
        command, env = further(interpreter, program, programs, folder, stop)
    if program == "embedding":
        executable = build_embedding(interpreter, programs, folder)
        command = [executable, script]
        env["PYTHONHOME"] = interpreter.prefix
    core = run_to_core(command, folder, stop, env)
    if {"i386", "debug-build"} <= set(interpreter.kind) and interpreter.version == (3, 11, 2) and not has_answer(folder):
        raise Skip("this build of Debian's dies when a thread begins (tupleobject.c without an interpreter state)")
    return core, executable, load_answer(folder) if program != "without_oracle" else None
