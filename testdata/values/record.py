# -*- coding: utf-8 -*-
"""Values to be held by the frames of a process that dies, and what repr() says of each of them.

Asking an object for its repr() may change it: inline values become a dict, caches fill, a sub-class is looked up. So a
forked child asks, and the process that leaves the core has never looked at its values. The child is forked by the C
library, not by os.fork(): no handler of Python runs that would make locks and threads other ones than the parent's.

    answer.json      {"count": how many}, when the process is ready to die
    answer.jsonl     a line for each value, in order; the value is the local variable "v<its number>" of some frame:
        expression, type, address      of it
        repr                           what repr() gives; null where it raises
        plain                          <module.Class object at 0x...>
    and only where they are
        raises                         the exception's name
        stand_in                       what repr() gives when all classes of the program that define __repr__ print the plain
                                       form: where that differs; null where it raises
        unlimited                      there are more digits in it than the interpreter would print: repr is without its limit
        attributes                     [[name, repr(, stand_in)], ...] of its __dict__ and __slots__
        died                           the child's status where repr() has killed it: there is nothing else then

Runs on CPython 2.7 and 3.6 and later.
"""
import ctypes
import gc
import json
import os
import signal
import sys
import types

sys.path.insert(1, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "programs"))

from oracle_values import PY2, plain_object, to_text, type_text

STOP = bool(os.environ.get("PYCORE_TEST_STOP"))
MARK = "<values"        # what the names of the files of the program's own code begin with
LINES = "answer.jsonl"
BATCH = 250             # values that a child describes before it writes them down
CHUNK = 400             # values in a frame
PATIENCE = 40           # seconds that a child may take
LIBC = ctypes.PyDLL(None)       # calls that keep the GIL
STRINGS = (str, bytes, bytearray, to_text("").__class__)


def own_classes():
    """The program's classes that define __repr__, and what they print instead."""
    found, candidates, at = [], [object], 0
    while at < len(candidates):         # the free-threaded collector does not tell of all classes
        candidates += type.__subclasses__(candidates[at])
        at += 1
    for o in list({id(o): o for o in candidates + gc.get_objects()}.values()):
        if not issubclass(type(o), type) and not (PY2 and type(o) is types.ClassType):     # proxies answer for others
            continue
        try:
            written = vars(o).get("__repr__")
        except Exception:       # a class that answers otherwise
            continue
        if isinstance(written, types.FunctionType) and written.__code__.co_filename.startswith(MARK):
            found.append(o)
    return found


def plain(o):
    if PY2 and type(o) is types.InstanceType:
        return "<%s.%s instance at 0x%x>" % (o.__class__.__module__, o.__class__.__name__, id(o))
    return plain_object(o)


def ask(o):
    """(text or None, the exception's name or None, whether it has too many digits)"""
    try:
        return to_text(repr(o)), None, False
    except Exception as e:
        name = type(e).__name__
    if name == "ValueError" and hasattr(sys, "set_int_max_str_digits"):
        before = sys.get_int_max_str_digits()
        sys.set_int_max_str_digits(0)
        try:
            return to_text(repr(o)), None, True
        except Exception:
            pass
        finally:
            sys.set_int_max_str_digits(before)
    return None, name, False


GET_DICT = ctypes.pythonapi._PyObject_GetDictPtr
GET_DICT.restype, GET_DICT.argtypes = ctypes.POINTER(ctypes.c_void_p), (ctypes.py_object,)


def dictionary_of(o):
    """The instance's dictionary, whatever its class says when it is asked for __dict__."""
    if PY2 and type(o) is types.InstanceType:
        return o.__dict__
    for c in type.__dict__["__mro__"].__get__(type(o)):
        descriptor = c.__dict__.get("__dict__")
        if type(descriptor) is types.GetSetDescriptorType:
            return descriptor.__get__(o)
    place = GET_DICT(o)
    return ctypes.cast(place[0], ctypes.py_object).value if place and place[0] else None


def attributes_of(o):
    """[(name, value)] of the instance's own dictionary and of the slots that its classes declare, outermost base first."""
    if isinstance(o, (type, types.ModuleType)) or PY2 and isinstance(o, types.ClassType):
        return None
    found, has = [], False
    try:
        slots = [(n, d) for c in reversed(type.__dict__["__mro__"].__get__(type(o)))
                 for n, d in sorted(c.__dict__.items(), key=lambda x: to_text(x[0]))
                 if "__slots__" in c.__dict__ and type(d) is types.MemberDescriptorType]
    except Exception:
        return None
    for name, descriptor in slots:
        has = True
        try:
            found.append((name, descriptor.__get__(o)))
        except AttributeError:
            pass
    own = dictionary_of(o)
    if type(own) is dict:
        has = True
        found += [(n, v) for n, v in own.items()]
    return found if has else None


class Child(object):
    """What the child does: everything there is to say of the values from some number on."""

    def __init__(self, values, expressions):
        self.values, self.expressions, self.classes = values, expressions, own_classes()
        self.written = [(c, vars(c)["__repr__"]) for c in self.classes]

    def patched(self, on):
        for c, method in self.written:
            setattr(c, "__repr__", plain if on else method)

    def describe(self, numbers):
        """A line for each of these values. Patching the classes is what takes time: it is done once for all of them."""
        lines, passes = [], []
        attributes = [attributes_of(self.values[i]) for i in numbers]
        for patched in (False, True)[:1 + bool(self.classes)]:
            self.patched(patched)
            passes.append([[ask(self.values[i])] + [ask(v) for _, v in more or ()] for i, more in zip(numbers, attributes)])
        self.patched(False)
        for i, more, first, second in zip(numbers, attributes, passes[0], passes[-1]):
            o, (text, raised, unlimited) = self.values[i], first[0]
            line = {"expression": self.expressions[i], "type": type_text(type(o)), "address": "0x%x" % id(o), "repr": text,
                    "plain": plain(o)}
            if raised:
                line["raises"] = raised
            if unlimited:
                line["unlimited"] = True
            if second[0][0] != text:
                line["stand_in"] = second[0][0]
            if more is not None:
                line["attributes"] = [[to_text(n) if isinstance(n, STRINGS) else None, first[k][0]] +
                                      ([second[k][0]] if second[k][0] != first[k][0] else [])
                                      for k, (n, _) in enumerate(more, 1)]
            lines.append(json.dumps(line) + "\n")
        return lines

    def run(self, start, batch, handle):
        for i in range(start, len(self.values), batch):
            text = "".join(self.describe(range(i, min(i + batch, len(self.values)))))
            os.write(handle, text if PY2 else text.encode("ascii"))


def record(values, expressions):
    """Write answer.jsonl."""
    handle = os.open(LINES, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    done, batch, again = 0, BATCH, 0
    while done < len(values):
        sys.stdout.flush()
        sys.stderr.flush()
        child = LIBC.fork()
        if child == 0:
            status = 1
            try:
                signal.alarm(PATIENCE)
                Child(values, expressions).run(done, batch, handle)
                status = 0
            except BaseException:
                sys.excepthook(*sys.exc_info())
                sys.stderr.flush()
            finally:
                os._exit(status)
        status = os.waitpid(child, 0)[1]
        with open(LINES, "rb") as f:
            done = sum(1 for _ in f)
        if status == 256:
            raise SystemExit("the child has failed")
        if status and batch > 1:
            batch, again = 1, done + BATCH      # which of them was it?
        elif status:
            line = json.dumps({"expression": expressions[done], "died": status}) + "\n"
            os.write(handle, line if PY2 else line.encode("ascii"))
            done += 1
            batch = BATCH if done >= again else 1
    os.close(handle)


def frame_of(first, count):
    """A function whose local variables are the values from number `first` on, and which calls the next such."""
    names = "".join("v%d, " % i for i in range(first, first + count))
    source = "def hold(chunks, calls):\n    [%s] = chunks.pop()\n    calls.pop()(chunks, calls)\n" % names
    space = {}
    exec(compile(source, "<held>", "exec"), space)
    return space["hold"]


def die(chunks, calls):
    if STOP:
        os.kill(os.getpid(), signal.SIGSTOP)
    os.abort()


def crash_with(values, expressions):
    """End the process with all the values in its frames; `values` is emptied."""
    gc.disable()
    if hasattr(sys, "setswitchinterval"):
        sys.setswitchinterval(1000)
    else:
        sys.setcheckinterval(1 << 30)
    count = len(values)
    record(values, expressions)
    calls, chunks = [die], []
    for first in range((count - 1) // CHUNK * CHUNK, -1, -CHUNK):
        calls.append(frame_of(first, min(CHUNK, count - first)))
    for first in range(0, count, CHUNK):        # both are popped from the end: the first chunk's frame is the outermost
        chunks.insert(0, values[first:first + CHUNK])
    del values[:], expressions[:]
    with open("answer.json.new", "w") as f:
        f.write('{"count": %d}' % count)
    os.rename("answer.json.new", "answer.json")
    calls.pop()(chunks, calls)
