# -*- coding: utf-8 -*-
"""Values whose __repr__ is Python code of the standard library: a report has to print what that code prints.

What it cannot know (a sub-class has replaced a method, the library's code asks the kernel) it may show as a stand-in:
such values are in the functions whose name begins with may_."""
import collections
import fractions
import sys
import uuid

import oracle
from many_locals import with_locals

PY2 = sys.version_info[0] == 2


class Loud(object):
    def __repr__(self):
        return "loud"


class Words(collections.Counter):
    pass


class Reversed(collections.Counter):
    def most_common(self, n=None):
        return sorted(self.items())


Point = collections.namedtuple("Point", "x y")
Empty = collections.namedtuple("Empty", "")


class Point3(Point):
    z = 3


def counters():
    ties = collections.Counter("abracadabra")
    mixed = collections.Counter({"a": 1, "b": 2.5, "c": -7, "d": True})
    deleted = collections.Counter(range(5))
    del deleted[2]
    return [collections.Counter(), ties, mixed, deleted, Words("hello"), collections.Counter({(1, 2): 1, None: 2})]


def tuples():
    nested = Point([], Point(1, 2))
    nested[0].append(nested)
    return [Point(1, "two"), Point3(None, u"\xe9"), Empty(), nested, [Point(0, {})]]


def fractions_and_uuids():
    return [fractions.Fraction(1, 3), fractions.Fraction(-10 ** 30, 7), uuid.UUID(int=0), uuid.UUID(int=2 ** 128 - 1),
            uuid.UUID("12345678-1234-5678-1234-567812345678"), {uuid.NAMESPACE_DNS: fractions.Fraction(2)}]


def user_types():
    if PY2:
        import UserDict
        import UserList
        import UserString
        classes = [UserDict.UserDict, UserList.UserList, UserString.UserString]
    else:
        classes = [collections.UserDict, collections.UserList, collections.UserString]
    return [classes[0]({"a": 1}), classes[1]([1, [2]]), classes[2]("text")]


def python3():
    if PY2:
        ordered = collections.OrderedDict([("z", 1), ("a", [2]), (3, None)])
        del ordered["a"]
        ordered["b"] = ordered
        return [ordered, collections.OrderedDict()]
    chain = collections.ChainMap({"a": 1}, {"b": {}})
    chain.maps.append(chain)
    mapping = {"k": "v"}
    import collections.abc as abc
    return [chain, collections.ChainMap(), abc.KeysView(mapping), abc.ItemsView(mapping), abc.ValuesView(mapping)]


def paths():
    if PY2:
        return []
    import pathlib
    posix, windows = pathlib.PurePosixPath, pathlib.PureWindowsPath
    made = [posix(), posix("."), posix("/"), posix("//"), posix("///a"), posix("//a/b"), posix("a//b/./c/"), posix("a", "/b", "c"),
            posix("a/", "b"), posix("it's"), posix(u"\xe9/\udcff"), pathlib.Path("/tmp") / "x", posix("/usr/lib").parent,
            posix("a/b.txt").with_name("c"), pathlib.PosixPath("x")]
    drives = [windows("c:/x/y"), windows("c:x"), windows("//server/share/z"), windows("a\\b"), windows("./c:x"), windows("/")]
    for path in drives + made[::2]:
        str(path)
    return made + drives


def enums():
    if PY2:
        return []
    import enum
    import http
    import re
    import signal
    import socket

    class Color(enum.Enum):
        RED = 1
        GREEN = "g"
        BLUE = (1, [2])
        ALIAS = 1

    class Number(enum.IntEnum):
        ONE = 1
        BIG = 10 ** 30

    class Text(str, enum.Enum):
        A = "a'"

    class Permission(enum.Flag):
        R = 4
        W = 2
        X = 1
        RWX = 7

    class Mode(enum.IntFlag):
        A = 1
        B = 2
        D = 8

    made = [Color.RED, Color.GREEN, Color.BLUE, Color.ALIAS, Color, Number.ONE, Number.BIG, Number, Text.A, Permission.R,
            Permission.R | Permission.X, Permission.RWX, Permission(0), ~Permission.W, Permission, Mode.A, Mode.A | Mode.B, Mode(0),
            Mode(16), Mode(19), Mode.D | 4, ~Mode.A, Mode(-1), Mode, http.HTTPStatus.NOT_FOUND, signal.SIGINT, signal.Signals.SIGTERM,
            socket.AF_INET, socket.SOCK_STREAM, {Color.RED: [Number.ONE]}]
    flags = [re.IGNORECASE, re.I | re.M, re.RegexFlag(0), ~re.I]
    for flag in flags:
        repr(flag)      # makes what is made of it once and kept
    return made + flags


def dataclasses_():
    if sys.version_info < (3, 7):
        return []
    import dataclasses

    make, field = dataclasses.make_dataclass, dataclasses.field
    Node = make("Node", [("name", str), ("value", object, None), ("hidden", int, field(default=7, repr=False)),
                         ("children", list, field(default_factory=list))])
    Nothing = make("Nothing", [])
    Plain = make("Plain", [("more", int, 1)], bases=(Node,), repr=False)
    Frozen = make("Frozen", [("a", int), ("b", object, None)], frozen=True)
    Many = make("Many", [("f%d" % i, int) for i in range(12)])

    class Sub(Node):
        pass

    root = Node("root", Nothing())
    root.children.append(Node("child", root))
    root.children.append({"self": root})
    return [root, Nothing(), Plain("plain"), Sub("sub", [1]), Frozen(1, Frozen(2)), Many(*range(12))]


def may_be_stand_ins():
    nested = Point(Loud(), 1)
    values = [Reversed("aab"), nested, [fractions.Fraction(1, 2), Loud()], collections.Counter({"a": 1, "b": 10 ** 40}),
              collections.Counter({"a": Loud()})]
    if not PY2:
        values += [collections.ChainMap({"x": Loud()}), collections.Counter({"a": None, "b": 1})]
    return values


class WithProperty(fractions.Fraction):
    @property
    def _numerator(self):
        return 5

    @_numerator.setter
    def _numerator(self, value):
        pass


def main():
    known = counters() + tuples() + fractions_and_uuids() + user_types() + python3() + paths() + enums() + dataclasses_()
    for value in known:
        oracle.prints(value)
    with_locals(known + may_be_stand_ins() + [WithProperty(1, 3)], lambda: oracle.crash("abort"))


main()
