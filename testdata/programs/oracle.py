# -*- coding: utf-8 -*-
"""Programs import this to crash with their own answer written down beside the core.

oracle.crash(KIND) writes answer.json into the current folder - every thread, frame, local and exception as a report
of the core has to show them - and then kills the process without running anything else that changes its state:

    segv      reads address 0 in C, holding the GIL          fatal    Py_FatalError
    abort     os.abort                                       kill     a signal that the program sends to itself
    assert    glibc's failing assertion                      killed   a signal that another process sends

oracle.armed(KIND) writes the answer too, but returns a C function that the caller calls at once in the same
expression, so that the innermost frame of Python is the caller's own: oracle.armed("abort")().
oracle.watch() is for programs that hang: a thread of its own writes the answer as soon as all the others are parked,
and another process then sends the signal.

What cannot be found out by asking the interpreter, the program states: oracle.handles(e) for an exception that is being
handled from here on, oracle.enter() at a thread's start for its system id before 3.8.

With PYCORE_TEST_STOP set the process stops itself (SIGSTOP) where it would have died, for a debugger to take the core.
Runs on CPython 2.7 and 3.6 and later; frames of this file are left out of the comparison.
"""
import ctypes
import functools
import gc
import json
import os
import platform
import signal
import subprocess
import sys
import threading
import time

from oracle_frames import NAMESPACES, exceptions_of, frame_truth, handled_of
from oracle_values import ATTRIBUTES, PRINTED, PY2, to_text

STOP = bool(os.environ.get("PYCORE_TEST_STOP"))
ANSWER = "answer.json"
GETTID = {"x86_64": 186, "i686": 224, "aarch64": 178, "armv7l": 224, "ppc64le": 207, "s390x": 236, "riscv64": 178}

LIBC = ctypes.PyDLL(None)               # calls that keep the GIL
PAUSE = LIBC.pause      # looked up now: the look-up is Python code, and would be seen in the stack
LIBC_RELEASED = ctypes.CDLL(None)       # calls that give it up

TIDS = {}               # {thread ident: system id}, stated by enter()
HANDLED = {}            # {thread ident: [exception, ...] outermost first}, stated by handles()
TRACEBACKS = {}         # {id of an exception: its traceback}, which on 2.7 the exception itself does not have
HELD = {}               # {thread ident: [(generator, exception), ...]}, stated by holds()
EXPLICIT = {}           # {thread ident: [frame or dict, ...] innermost first}, stated by frames_are()
EXTRA_THREADS = []      # thread states of other interpreters, stated by in_other_interpreter()
INTERPRETERS = [1]
_kept = []              # what has to live until the end


def unsigned(number):
    """2.7 gives a thread's ident as a C long."""
    return number % (2 * (sys.maxsize + 1))


def ident():
    return threading.current_thread().ident


def enter():
    """Called by a thread when it starts."""
    machine = platform.machine()        # of the kernel
    number = GETTID.get("i686" if machine == "x86_64" and sys.maxsize < 1 << 32 else machine)
    if number:
        TIDS[ident()] = LIBC.syscall(number)


def handles(e):
    """e is being handled in this thread from here to the crash."""
    if not PY2 and sys.exc_info()[1] is not e:
        raise AssertionError("the program states %r, the interpreter %r" % (e, sys.exc_info()[1]))
    HANDLED.setdefault(ident(), []).append(e)
    if PY2:
        TRACEBACKS[id(e)] = sys.exc_info()[2]


def holds(generator, *exceptions):
    """A suspended generator or coroutine that a value of this thread's frames leads to was handling these, innermost first."""
    HELD.setdefault(ident(), []).extend((generator, e) for e in exceptions)


def attributes_are(o, *names):
    """o is an instance with these attributes, in this order: its slots, then its dictionary."""
    if PY2 and hasattr(o, "__dict__"):          # which has an order of its own there, and may be asked
        own = [n for n in o.__dict__ if isinstance(n, str)]
        names = [n for n in names if n not in own] + [n for n in own if n in names]
    ATTRIBUTES[id(o)] = names


def prints(o):
    """o is a value of the library's whose __repr__ a report has to print."""
    PRINTED[id(o)] = o


def namespace_is(names):
    """Called by a class body with its locals(), before a comprehension in it hides them (3.13)."""
    NAMESPACES[id(sys._getframe(1))] = names


def frames_are(frames):
    """This thread's frames, innermost first: dicts, or frame objects that are asked at the moment of the crash.

    Asking the interpreter for a frame makes it create a frame object, and from 3.11 on most processes die without any.
    """
    EXPLICIT[ident()] = frames


def stack_here():
    """The caller's frame and those that called it, innermost first."""
    out, f = [], sys._getframe(1)
    while f is not None:
        out.append(f)
        f = f.f_back
    return out


def frame(function, line, **local_values):
    """A frame as the program knows it without asking: the function, the line counted from its def, its locals' reprs."""
    code = function.__code__
    return {"filename": to_text(code.co_filename), "name": to_text(code.co_name), "line": code.co_firstlineno + line,
            "first_line": code.co_firstlineno, "local_reprs": dict((k, to_text(repr(v))) for k, v in local_values.items())}


def in_other_interpreter(thread_ident, frames):
    """A thread state of this thread in another interpreter; frames as {"name", "line"}."""
    INTERPRETERS[0] += 1
    if frames is not None:
        EXTRA_THREADS.append({"ident": "0x%x" % unsigned(thread_ident), "interpreter": "other", "frames": frames})


def native_ids():
    """{thread ident: system id} of all threads for which it is known."""
    found = dict(TIDS)
    for i, t in threading._active.items():
        if getattr(t, "native_id", None):
            found[i] = t.native_id
    for i, t in threading._active.items():
        if isinstance(t, threading._MainThread):
            found[i] = os.getpid()
    return found


def read(path):
    with open(path, "rb") as f:
        return f.read()


def process_truth():
    return {"pid": os.getpid(), "ppid": os.getppid(), "uid": os.getuid(), "gid": os.getgid(),
            "arguments": [to_text(a) for a in read("/proc/self/cmdline").split(b"\0")[:-1]] if PY2 else
            [os.fsdecode(a) for a in read("/proc/self/cmdline").split(b"\0")[:-1]],
            "command": read("/proc/self/comm").decode("utf-8").rstrip("\n"),
            "executable": to_text(os.readlink("/proc/self/exe"))}


def mapped_files():
    """{path: lowest address} of the mapped ELF files that matter."""
    found = {}
    for line in read("/proc/self/maps").decode("utf-8", "replace").splitlines():
        parts = line.split(None, 5)
        if len(parts) == 6 and parts[5].startswith("/") and (".so" in parts[5] or "python" in parts[5]):
            found.setdefault(parts[5], "0x%x" % int(parts[0].split("-")[0], 16))
    return found


def signal_truth(number, **more):
    names = dict((getattr(signal, n), n) for n in dir(signal) if n.startswith("SIG") and not n.startswith("SIG_"))
    names[signal.SIGABRT] = "SIGABRT"       # and not SIGIOT
    return dict({"number": int(number), "name": names[number]}, **more)


def threads_truth(caller, current):
    """Every thread that has a Python state; caller is the frame that crashes in the thread whose ident is current."""
    tids, threads = native_ids(), []
    exceptions = {}
    running = sys._current_frames()
    ends = [caller] + [f for i, f in running.items() if i != current]
    for f in ends:              # before anything is looked at: f_locals updates dicts that locals() has handed out
        while f is not None and current not in EXPLICIT:
            f.f_locals
            f = f.f_back
    del ends
    elsewhere = set(t["ident"] for t in EXTRA_THREADS)
    for i in sorted(running):
        t = threading._active.get(i)
        if t is None and "0x%x" % unsigned(i) in elsewhere:
            continue        # it was started by another interpreter, which has its state
        stated = HANDLED.get(i, [])[::-1]
        out = {"ident": "0x%x" % unsigned(i), "tid": tids.get(i), "name": to_text(t.name) if t is not None else None,
               "main": isinstance(t, threading._MainThread), "current": i == current, "interpreter": "main"}
        frames = EXPLICIT.get(i)
        if frames is None:
            frames, f = [], caller if i == current else running[i]
            while f is not None:
                frames.append(f)
                f = f.f_back
        out["frames"] = [x if isinstance(x, dict) else frame_truth(x) for x in frames if x is not None]
        out["handled"] = handled_of(stated, i, i == current, exceptions, TRACEBACKS)
        out["held"] = [{"address": exceptions_of(e, exceptions), "holder": "0x%x" % id(g), "type": type(g).__name__,
                        "qualname": g.__qualname__} for g, e in HELD.get(i, [])]
        threads.append(out)
    return threads, exceptions


def write_answer(caller, current, signal_wanted, crashed, holds_gil, more):
    threads, exceptions = threads_truth(caller, current)
    answer = {"version": sys.version.split()[0].rstrip("+"), "debug": hasattr(sys, "gettotalrefcount"),
              "free_threaded": "free-threading" in sys.version, "process": process_truth(), "modules": mapped_files(),
              "tasks": sorted(int(t) for t in os.listdir("/proc/self/task")), "threads": threads + EXTRA_THREADS,
              "exceptions": exceptions, "last": exceptions_of(getattr(sys, "last_value", None), exceptions, getattr(sys, "last_traceback", None)),
              "interpreters": INTERPRETERS[0], "signal": None if STOP else signal_wanted,
              "crashed": None if STOP else crashed, "holds_gil": holds_gil and "0x%x" % unsigned(holds_gil), "stopped": STOP}
    answer.update(more)
    data = json.dumps(answer)
    with open(ANSWER + ".new", "wb") as f:
        f.write(data if isinstance(data, bytes) else data.encode("ascii"))
    os.rename(ANSWER + ".new", ANSWER)


def hold_off():
    """No collection and no other thread's turn between the answer and the end.

    A thread that waits for the GIL has armed the old interval: let it run once so that it arms the new one.
    """
    gc.disable()
    if hasattr(sys, "setswitchinterval"):
        sys.setswitchinterval(1000)
    else:
        sys.setcheckinterval(1 << 30)
    time.sleep(0.02)
    for _ in range(2000):       # a request to give up the GIL that is pending is served here
        pass


def outsider(number):
    """A process that sends us the signal once the answer is there; its pid."""
    command = ["/bin/sh", "-c", "while [ ! -e %s ]; do sleep 0.01; done; sleep 0.05; kill -%d %d" % (ANSWER, number, os.getpid())]
    if not os.path.exists(command[0]):      # in a tree that has nothing but the interpreter
        command = [sys.executable, "-c", "import os, time\nwhile not os.path.exists(%r):\n    time.sleep(0.01)\n"
                   "time.sleep(0.05)\nos.kill(%d, %d)" % (ANSWER, os.getpid(), number)]
    _kept.append(subprocess.Popen(command))
    return _kept[-1].pid


def _plan(kind, number):
    """(the C function that ends it, the signal expected, tid of the thread that dies, who holds the GIL)"""
    pid, me = os.getpid(), ident()
    tid = native_ids().get(me)
    if kind == "segv":
        address = 8 if hasattr(sys, "gettotalrefcount") else 0      # debug builds assert that it is not 0
        return (functools.partial(ctypes._string_at, address, -1),
                signal_truth(signal.SIGSEGV, code=1, code_name="SEGV_MAPERR", fault_address=hex(address)), tid, me)
    own = {"code": -6, "code_name": "SI_TKILL", "sender_pid": pid, "sender_uid": os.getuid(), "fault_address": None}
    if kind == "abort":
        return os.abort, signal_truth(signal.SIGABRT, **own), tid, me
    if kind == "assert":
        call = functools.partial(getattr(LIBC, "__assert_fail"), b"1 + 1 == 3", b"sums.c", 12, b"add")
        return call, signal_truth(signal.SIGABRT, **own), tid, me
    if kind == "fatal":
        ctypes.pythonapi.Py_FatalError.restype = None
        return (functools.partial(ctypes.pythonapi.Py_FatalError, b"the oracle's fatal error"),
                signal_truth(signal.SIGABRT, **own), tid, me)
    # A signal to the process as a whole goes to its main thread, whoever sent it.
    if kind == "kill":
        own.update(code=0, code_name="SI_USER")
        return functools.partial(os.kill, pid, number), signal_truth(number, **own), pid, me
    if kind == "killed":
        sender = outsider(signal.SIGSTOP if STOP else number)
        return PAUSE, signal_truth(number, code=0, code_name="SI_USER", sender_pid=sender,
                                        sender_uid=os.getuid(), fault_address=None), pid, me
    raise ValueError(kind)


def _prepare(kind, caller, number, more):
    hold_off()
    call, signal_wanted, crashed, holds_gil = _plan(kind, number)
    _kept.append(call)
    me = ident()
    stop = functools.partial(os.kill, os.getpid(), signal.SIGSTOP)
    write_answer(caller, me, signal_wanted, crashed, holds_gil, more)
    return stop if STOP and kind != "killed" else call


def crash(kind="segv", number=signal.SIGABRT, **more):
    call = _prepare(kind, None if ident() in EXPLICIT else sys._getframe(1), number, more)
    call()
    PAUSE()             # a signal to the process is another thread's to take: hold still meanwhile


def armed(kind="abort", number=signal.SIGABRT, **more):
    return _prepare(kind, sys._getframe(1), number, dict(more, armed=True))


def not_when_stopped(what):
    if STOP:
        sys.stderr.write("%s cannot be shown by a process that is stopped\n" % what)
        sys.stderr.flush()
        os._exit(77)


def raising_in_c(category, text):
    """Crash in C while an exception is set that no Python code has seen yet.

    bsearch() compares the key with the middle one of three elements first: PyErr_WarnEx(category, text) under a filter
    that makes errors of warnings sets the exception and returns -1, so that the next element is the first one, at
    address 16, where no text can be.
    """
    not_when_stopped("an exception that is pending in C")
    import warnings
    warnings.simplefilter("error")
    buffer = ctypes.create_string_buffer(text)
    _kept.append(buffer)
    LIBC.bsearch.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_size_t, ctypes.c_void_p]
    compare = ctypes.cast(ctypes.pythonapi.PyErr_WarnEx, ctypes.c_void_p)
    hold_off()
    context = HANDLED.get(ident(), [None])[-1]
    write_answer(sys._getframe(1), ident(),
                 signal_truth(signal.SIGSEGV, code=1, code_name="SEGV_MAPERR", fault_address="0x10"),
                 native_ids()[ident()], ident(),
                 {"raised": {"name": to_text(category.__name__), "module": to_text(category.__module__),
                             "args": to_text(repr((text if PY2 else text.decode(),))),
                             "context": None if PY2 or context is None else "0x%x" % id(context)}})
    LIBC.bsearch(id(category), 16, 3, ctypes.addressof(buffer) - 16, compare)


def before_overflow(function, line, **more):
    """The answer before a recursion of function, at that line counted from its def, that ends the C stack."""
    not_when_stopped("a stack overflow")
    hold_off()
    code = function.__code__
    frames = {"name": to_text(code.co_name), "filename": to_text(code.co_filename), "line": code.co_firstlineno + line}
    write_answer(None, ident(), signal_truth(signal.SIGSEGV), native_ids()[ident()], ident(),
                 dict(more, overflow=frames))


def watch(number=signal.SIGABRT):
    """Start a thread that writes the answer when all the others are parked; the signal then comes from outside."""
    t = threading.Thread(target=_watch, args=(number,))
    t.name = "oracle"
    t.daemon = True
    t.start()


def _watch(number):
    enter()
    me, same, before = ident(), 0, None
    while same < 3:             # parked: nobody has moved for as long as three looks
        time.sleep(0.03)
        now = sorted((i, id(f), f.f_lasti) for i, f in sys._current_frames().items() if i != me)
        same = same + 1 if now == before else 0
        before = now
    hold_off()
    sender = outsider(signal.SIGSTOP if STOP else number)
    write_answer(sys._getframe(0), me,
                 signal_truth(number, code=0, code_name="SI_USER", sender_pid=sender, sender_uid=os.getuid(),
                              fault_address=None), os.getpid(), None, {})
    LIBC_RELEASED.pause()       # and everybody waits: nobody holds the GIL
