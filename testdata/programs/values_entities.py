# -*- coding: utf-8 -*-
"""What programs consist of: types, functions, builtins, bound methods, modules, code objects, and plain instances."""
import collections
import functools
import itertools
import os
import sys
import types

import oracle
from many_locals import with_locals


class Plain(object):
    """No __repr__ of its own."""

    def method(self):
        return self

    @classmethod
    def of_class(cls):
        return cls

    @staticmethod
    def of_nobody():
        return None

    class Nested(object):
        def deep(self):
            return self


class Meta(type):
    pass


WithMeta = Meta("WithMeta", (object,), {})
Renamed = type("Renamed", (Plain,), {"__module__": "some.other.module"})


class Slotted(object):
    __slots__ = ("first", "second")


class Shown(object):
    """Its repr() cannot be known without running it."""

    def __init__(self, inside):
        self.inside = inside

    def __repr__(self):
        return "<shown %r>" % (self.inside,)


class MyList(list):
    pass


class MyDict(dict):
    pass


class MyInt(int):
    pass


class MyText(str):
    pass


class Failure(Exception):
    pass


def outer():
    captured = 1

    def inner(argument, *rest, **others):
        return captured
    return inner


def types_of_all_kinds():
    class Local(object):
        def method(self):
            return self
    return [int, str, type, object, type(None), type(Ellipsis), Plain, Plain.Nested, Local, WithMeta, Meta, Renamed,
            collections.deque, collections.OrderedDict, types.FunctionType, ValueError, Failure, type(sys), type(len),
            type(iter([])), functools.partial, Local().method, Local]


def callables():
    return [outer, outer(), lambda: None, Plain.method, Plain.of_class, Plain.of_nobody, Plain().method,
            Plain.Nested().deep, len, abs, [].append, {}.get, "text".upper, str.upper, dict.fromkeys, object.__init__,
            (1).__add__, os.getpid, sys.exit, itertools.count, set.union, float.fromhex, "".__class__, MyList().append,
            functools.partial(len, []), Shown(1).__init__, list.__getitem__, type.mro, [1, outer, {len: Plain}]]


def modules():
    bare = types.ModuleType("bare")
    documented = types.ModuleType("documented", "text")
    filed = types.ModuleType("filed")
    filed.__file__ = "/no/such/file.py"
    return [sys, os, os.path, types, sys.modules["__main__"], bare, documented, filed] + \
        [sys.modules[n] for n in ("zipimport", "_frozen_importlib", "importlib._bootstrap", "errno", "time", "itertools")
         if n in sys.modules] + [namespace_package()]


def namespace_package():
    if sys.version_info[0] == 2:
        return sys
    os.mkdir("spaced")
    sys.path.append(os.getcwd())
    import spaced
    return spaced


def codes():
    return [outer.__code__, outer().__code__, (lambda: None).__code__, compile("1", "<\u4e2d>", "eval"), Plain.of_nobody.__code__]


def instances():
    plain, nested, slotted, renamed = Plain(), Plain.Nested(), Slotted(), Renamed()
    plain.number, plain.words, plain.itself = 42, ["a", u"\u4e2d"], plain
    oracle.attributes_are(plain, "number", "words", "itself")
    for i in range(40):
        setattr(nested, "attribute_%d" % i, i)
    oracle.attributes_are(nested, *["attribute_%d" % i for i in range(40)])
    slotted.first = 1
    shown = Shown([1, 2])
    oracle.attributes_are(shown, "inside")
    return [plain, nested, slotted, renamed, WithMeta(), object(), [plain, (nested,)], {"key": slotted}, shown,
            [shown, 1, plain], {"shown": (shown,)}, shown.__repr__, Failure("message", 1), ValueError(), KeyError("x"),
            MyList([1, 2]), MyDict(a=1), MyInt(5), MyText("text"), collections.deque([1]), iter([1]), iter({}), sys.flags,
            collections.OrderedDict(a=1), property(), staticmethod(len), classmethod(len), memoryview(b"raw"), {}.keys(),
            Ellipsis, NotImplemented, None, [None, Ellipsis, NotImplemented], sys.version_info, enumerate([]), reversed([1])]


def main():
    with_locals(types_of_all_kinds() + callables() + modules() + codes() + instances(), lambda: oracle.crash("segv"))


main()
