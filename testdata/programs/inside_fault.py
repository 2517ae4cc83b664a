"""Objects, globals and threads in C functions, for src/tests/e2e/inside.py. The answer says what the process knows of them."""
from __future__ import print_function

import ctypes
import json
import os
import sys
import threading
import time

a_global = ["global", {"of": "the module"}]
another = 2.5
for _i in range(30):
    globals()["many_%02d" % _i] = _i
del _i
_hidden = "shown too"


class AClass(object):
    attribute = 1


class Base(object):
    __slots__ = ("slot",)


class Wide(Base):
    """More attributes than a report shows by itself."""

    def __init__(self):
        self.slot = "a slot"
        for i in range(60):
            setattr(self, "a%02d" % i, i)


class Pair(tuple):
    pass


class Sized(object):
    def __sizeof__(self):
        return 12345


class Failure(ValueError):
    pass


lock = threading.Lock()
waiting = threading.Event()


def wait_for(the_lock):
    waiting.set()
    the_lock.acquire()


def describe(objects):
    """What the interpreter says of them; the list that holds them is the only one to do so when it is done."""
    out = []
    o = object()
    own = sys.getrefcount(o)        # of the name o and the argument; 3.14 does not count them all
    for i in range(len(objects)):
        o = objects[i]
        count = sys.getrefcount(o) - own
        kinds = type(o).__mro__
        out.append({"address": "0x%x" % id(o), "references": count, "size": sys.getsizeof(o), "own_size": isinstance(o, Sized),
                    "default_size": sys.getsizeof(o) if default_size(o) else None,
                    "mro": [[(c.__module__ + "." if c.__module__ not in ("builtins", "__builtin__") else "") +
                             getattr(c, "__qualname__", c.__name__), "0x%x" % id(c)] for c in kinds]})
        if isinstance(o, Wide):
            out[-1]["names"] = ["slot"] + ["a%02d" % k for k in range(60)]
        if not isinstance(o, (Wide, Sized)):
            out[-1]["repr"] = repr(o)
    o = kinds = None
    return out


def default_size(o):
    """Whether its size is what object.__sizeof__() says."""
    for c in type(o).__mro__:
        if "__sizeof__" in c.__dict__:
            return c is object
    return False


def crash(the_wide, itself):
    if os.environ.get("PYCORE_TEST_STOP"):
        os.kill(os.getpid(), 19)
    return "before", [itself, ctypes.string_at(8, 77)]


def main():
    wide = Wide()
    objects = [wide, object(), Pair((1, 2, 3)), Pair(), Sized(), Failure("x"), (1, 2, 3), (), [1, 2], {"k": 1}, 1.5, 2 ** 100, 0, -1,
               True, None, Ellipsis, b"raw bytes", u"text", u"t\u20acxt", set([1]), AClass, AClass(), main, len, slice(1, 2, 3), os,
               iter([]), 1 + 2j, bytearray(b"x"), range(3), frozenset(), NotImplemented]
    lock.acquire()
    t = threading.Thread(target=wait_for, args=(lock,), name="waits")
    t.daemon = True
    t.start()
    waiting.wait(20)
    time.sleep(0.1)
    answer = {"objects": describe(objects), "lock": "0x%x" % id(lock), "wide": "0x%x" % id(wide), "globals": "0x%x" % id(globals()),
              "names": [n for n in globals() if n != "__warningregistry__"],
              "shown": ["a_global", "another", "_hidden", "lock", "waiting"] + ["many_%02d" % i for i in range(30)],
              "version": list(sys.version_info[:2]), "many": repr(globals()["a_global"])}
    with open("answer.json.new", "w") as f:
        json.dump(answer, f)
    os.rename("answer.json.new", "answer.json")
    crash(wide, objects)


main()
