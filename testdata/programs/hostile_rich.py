# -*- coding: utf-8 -*-
"""A little of everything in one core, for src/tests/e2e/hostile.py to damage: threads, nested handlers, generators, containers
in themselves and in each other, all kinds of values, a stack with tracebacks. No answer is written: there is nothing to compare."""
from __future__ import division, print_function

import collections
import ctypes
import decimal
import os
import signal
import sys
import threading
import time
import types


class Base(object):
    kind = "base"

    def __init__(self, n):
        self.n = n
        self.name = "item %d" % n
        self.other = None


class Slotted(object):
    __slots__ = ("a", "b")

    def __init__(self):
        self.a = 1
        self.b = [self]


class MyDict(dict):
    pass


class MyError(ValueError):
    def __str__(self):
        return "custom"


class Old:
    pass


def generator(x):
    try:
        raise KeyError(x)
    except KeyError as inner:
        y = [inner]
        yield x
        while True:
            yield y


def nested(n):
    """A list in a list in a list."""
    d = []
    for i in range(n):
        d = [d, i]
    return d


def shared(n):
    """2 ** n leaves for whoever does not notice that they are the same."""
    d = ["leaf"]
    for i in range(n):
        d = [d, d]
    return d


def work(waiting, n):
    local = {"n": n, "list": list(range(n * 3)), "object": Base(n)}
    g = generator(n)
    next(g)
    text = u"caf\xe9 \u20ac \U0001f375 \x1b[31m %d" % n
    try:
        try:
            raise ValueError("inner", n)
        except ValueError as e:
            try:
                {}["missing"]
            except KeyError as k:
                open("/there/is/no/%d" % n)
    except Exception as outer:
        members, frozen = set(range(n)), frozenset("abc")
        waiting.set()
        while outer:
            time.sleep(100)


def recurse(n, seen):
    here = {"n": n, "seen": seen}
    if n == 0:
        return end(seen)
    try:
        if n % 7 == 0:
            raise MyError("at %d" % n)
        return recurse(n - 1, seen + [n])
    except MyError:
        try:
            u"\xff".encode("ascii")
        except UnicodeError as u:
            return recurse(n - 1, seen + [n])


def end(seen):
    big, negative, fraction, imaginary = 2 ** 200, -5, 3.14, 1 - 2.5j
    raw, buffer = b"raw\x00\xff\x1b", bytearray(b"buffer")
    pair = (1, ("two", [3, {4: 5}]), None, True, Ellipsis)
    itself = []
    itself.append(itself)
    itself.append({"itself": itself})
    named_itself = types.ModuleType("x")
    named_itself.__name__ = named_itself
    ordered, mine, counted = collections.OrderedDict([("x", 1)]), MyDict(a=1), collections.Counter("hello")
    deep, explosive = nested(50), shared(30)
    objects = [Base(i) for i in range(10)]
    objects[0].other = objects
    slots, old = Slotted(), Old()
    old.x = 1
    function, builtin, method, module, kind, code = end, len, objects[0].__init__, sys, Base, end.__code__
    span, cut, no = range(0, 100, 3), slice(1, None, 2), NotImplemented
    wrapped = [property(lambda s: 1), staticmethod(len), classmethod(len), str.join, "".join, decimal.Decimal("1.5")]
    long_text, quoted = "x" * 100000, 'it\'s "quoted"'
    modules = dict(sys.modules)

    def inner():
        return big, pair, inner

    def yielding():
        for i in range(3):
            yield (yield inner)

    running = yielding()
    next(running)
    try:
        try:
            raise RuntimeError("first")
        except RuntimeError:
            raise MyError("second", seen)
    except MyError as e:
        kept = e
        if os.environ.get("PYCORE_TEST_STOP"):
            os.kill(os.getpid(), signal.SIGSTOP)
        ctypes.string_at(8)


def main():
    for i in range(1, 4):
        waiting = threading.Event()
        t = threading.Thread(target=work, args=(waiting, i), name="work-%d" % i)
        t.daemon = True
        t.start()
        waiting.wait(20)
    recurse(30, [])


main()
