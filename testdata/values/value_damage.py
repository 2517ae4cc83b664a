# -*- coding: utf-8 -*-
"""Values that are going to be damaged in the core, and where: answer.json says which bytes, and what may be said of the value
then. Nothing is damaged in the process itself.

    victims     {name of the local variable: [damage, ...]}, and each damage
        what        for people
        patches     [[address, bytes in hex], ...]
        statuses    one of which the value has then; null: any
        text        what it is then, exactly; else it may not be called exact

Where a member of an object lies is found by looking for what it is known to point to; what else is in it follows from the
headers of the interpreters. For 64 bits, and builds whose objects have two words of header.
"""
import array
import collections
import ctypes
import datetime
import gc
import json
import os
import signal
import struct
import sys
import types

VERSION = sys.version_info[:2]
PY2 = VERSION[0] == 2
WORD = 8
NOWHERE = 0x00000dead0000000        # no mapping of Linux is there in practice, and none of ours is
FLOAT = 9.75e300
BAD = ("corrupt", "unreadable", "truncated")
OUT = ("corrupt", "unreadable")


def word(value):
    return struct.pack("<Q", value & (1 << 64) - 1)


def word_at(address):
    return struct.unpack("<Q", ctypes.string_at(address, 8))[0]


def place_of(o, part, size=160):
    """Where in the object the pointer to that part of it is."""
    for at in range(2 * WORD, size, WORD):
        if word_at(id(o) + at) == id(part):
            return id(o) + at
    raise LookupError("no pointer to %r in %r" % (type(part), type(o)))


class Victims(object):
    def __init__(self):
        self.values, self.damages = [], []

    def add(self, value, *damages):
        """damages: (what, [(address, bytes), ...], statuses, text)"""
        address = id(value)
        common = [("reference count 0", [(address, word(0))]), ("reference count -1", [(address, word(-1))]),
                  ("reference count 2**62", [(address, word(1 << 62))]), ("type nowhere", [(address + 8, word(NOWHERE))]),
                  ("type NULL", [(address + 8, word(0))]), ("type is a float", [(address + 8, word(id(FLOAT)))]),
                  ("type is itself", [(address + 8, word(address))]), ("type not aligned", [(address + 8, word(id(type(value)) + 1))])]
        self.values.append(value)
        self.damages.append([[what, patches, list(OUT), None] for what, patches in common] +
                            [list(d) + [None] * (4 - len(d)) for d in damages])


def fresh(text):
    """A str that nobody else has."""
    return "".join([text, "!"])


def sizes(address, name="size"):
    return [("%s %d" % (name, n), [(address, word(n))], BAD) for n in (-1, 1 << 62, 1 << 40, 50000000)]


def pointers(address, name, typed=True):
    """typed: what it points to is of one type."""
    found = [("%s nowhere" % name, [(address, word(NOWHERE))], OUT), ("%s NULL" % name, [(address, word(0))], OUT),
             ("%s not aligned" % name, [(address, word(word_at(address) + 1))], OUT)]
    return found + ([("%s is a float" % name, [(address, word(id(FLOAT)))], OUT)] if typed else [])


def texts(v):
    s = fresh("a str")
    if PY2:
        v.add(s, *sizes(id(s) + 16))
        u = u"".join([u"\u4e2d", s])
        v.add(u, *(sizes(id(u) + 16) + [("data nowhere", [(id(u) + 24, word(NOWHERE))], OUT)]))
    else:
        header = sys.getsizeof("") - 1
        v.add(s, *(sizes(id(s) + 16, "length") + [("not ASCII", [(id(s) + header, b"\xff")], OUT),
                                                  ("longer by one", [(id(s) + 16, word(len(s) + 1)), (id(s) + header + len(s), b"xx")], OUT),
                                                  ("kind 7", [(id(s) + 32, b"\xff")], OUT)]))
        u = "".join(["\u4e2d", s])
        v.add(u, *sizes(id(u) + 16, "length"))
        b = bytes(bytearray(b"bytes"))
        v.add(b, *sizes(id(b) + 16))
    ba = bytearray(b"bytearray")
    v.add(ba, *(sizes(id(ba) + 16) + ([("start nowhere", [(id(ba) + 40, word(NOWHERE))], OUT)] if VERSION >= (3, 4) else [])))


def numbers(v):
    i = int("123456789012345678901234567890123456789")
    v.add(i, *[("size %d" % n, [(id(i) + 16, word(n << 3 if VERSION >= (3, 12) else n))], BAD) for n in (1 << 59, 1 << 40, 60000000)] +
          [("a digit too large", [(id(i) + 24, b"\xff\xff\xff\xff")], OUT)])
    v.add(float("1.25"))
    v.add(complex(1.5, 2.5))


def sequences(v):
    item = [1, 2, fresh("three")]
    items = word_at(id(item) + 24)
    v.add(item, *(sizes(id(item) + 16) + pointers(id(item) + 24, "items") + pointers(items, "an item", False) + [
        ("contains itself", [(items, word(id(item)))], ("complete",), "[[...], 2, %r]" % item[2])]))
    pair = tuple([1.5, fresh("two")])
    v.add(pair, *(sizes(id(pair) + 16) + pointers(id(pair) + 24, "an item", False) + [
        ("contains itself", [(id(pair) + 24, word(id(pair)))], ("complete",), "((...), %r)" % pair[1])]))
    s = slice(tuple([1]), 2, 3)
    at = place_of(s, s.start)
    v.add(s, *(pointers(at, "start", False) + [("contains itself", [(at, word(id(s)))], ("cycle",))]))
    a = array.array("i", [1, 2, 3])
    v.add(a, *(sizes(id(a) + 16) + [("items nowhere", [(id(a) + 24, word(NOWHERE))], OUT)]))
    d = collections.deque([1, 2, fresh("three")])
    left = id(d) + (16 if PY2 else 24)
    block = word_at(left)
    index = struct.unpack("<q", ctypes.string_at(id(d) + (32 if PY2 else 40), 8))[0]
    first = block + (0 if PY2 else 8) + 8 * index
    v.add(d, *(pointers(left, "left block") + pointers(first, "an item", False) + [
        ("contains itself", [(first, word(id(d)))], ("complete",), "deque([[...], 2, %r])" % d[2]),
        ("left index", [(id(d) + (32 if PY2 else 40), word(1 << 50))], OUT)] + ([] if PY2 else sizes(id(d) + 16))))


def tables(v):
    table = {fresh("a key"): 1, 5: fresh("a value")}
    if PY2:
        entries = word_at(id(table) + 40)
        v.add(table, *([("used %d" % n, [(id(table) + 24, word(n))], BAD) for n in (-1, 3, 1 << 40)] +
                       [("mask %d" % n, [(id(table) + 32, word(n))], BAD) for n in (-1, 6, 1 << 40)] + pointers(id(table) + 40, "table")))
    else:
        keys = word_at(id(table) + 32)
        count = keys + (24 if VERSION >= (3, 11) else 32)
        # behind the indices, of a byte each
        entries = keys + (32 + (1 << ord(ctypes.string_at(keys + 9, 1))) if VERSION >= (3, 11) else 40 + word_at(keys + 8))
        v.add(table, *([("used %d" % n, [(id(table) + 16, word(n))], BAD) for n in (-1, 3, 1 << 40)] +
                       [("entries %d" % n, [(count, word(n))], BAD) for n in (-1, 0, 1 << 40, 1 << 62)] + pointers(id(table) + 32, "keys") +
                       [("size of the index", [(keys + 8, b"\xff" if VERSION >= (3, 11) else word(1 << 50))], BAD),
                        ("key nowhere", [(entries + 8, word(NOWHERE))], OUT), ("value nowhere", [(entries + 16, word(NOWHERE))], OUT),
                        ("value NULL", [(entries + 16, word(0))], OUT)] +
                       [("contains itself", [(entries + 16, word(id(table)))], ("complete",),
                         repr(table).replace(": 1,", ": {...},"))]))
    s = set([fresh("member"), 12])
    entry = next(at for at in range(word_at(id(s) + 40), word_at(id(s) + 40) + 8 * 16, 16) if word_at(at + (8 if PY2 else 0)))
    v.add(s, *([("used %d" % n, [(id(s) + 24, word(n))], BAD) for n in (-1, 3, 1 << 40)] +
               [("mask %d" % n, [(id(s) + 32, word(n))], BAD) for n in (-1, 6, 1 << 40)] + pointers(id(s) + 40, "table") +
               [("member nowhere", [(entry + (8 if PY2 else 0), word(NOWHERE))], OUT)]))


class Instance(object):
    def __init__(self):
        self.first, self.second = 1, fresh("second")


class Slots(object):
    __slots__ = ("first", "second")


def objects(v):
    i = Instance()
    v.add(i)
    s = Slots()
    s.first = fresh("first")
    v.add(s)
    e = ValueError(fresh("why"), 2)
    own = e.args
    v.add(e, *(pointers(place_of(e, own), "arguments") + [
        ("its arguments contain it", [(id(own) + 24, word(id(e)))], ("complete",), "ValueError(ValueError(...), 2)")]))
    lone = KeyError(fresh("key"))
    own = lone.args
    if VERSION >= (3, 7):       # before, the tuple of the only argument is printed, too
        v.add(lone, ("its argument is itself", [(id(own) + 24, word(id(lone)))], ("cycle",)))
    space = {}
    exec(compile("class C(object):\n    def victim(self): pass", fresh("file"), "exec"), space)
    f = space["C"].__dict__["victim"]
    name = f.__qualname__ if not PY2 else f.__name__
    v.add(f, *pointers(place_of(f, name), "name"))
    exec(compile("def other(): pass", fresh("other"), "exec"), space)
    c = space["other"].__code__
    v.add(c, *(pointers(place_of(c, c.co_name, 240), "name") + pointers(place_of(c, c.co_filename, 240), "file name")))
    m = Instance().__init__
    v.add(m, *(pointers(place_of(m, m.__func__), "function", False) + [
        ("of itself", [(place_of(m, m.__self__), word(id(m)))], ("cycle",)),
        ("self nowhere", [(place_of(m, m.__self__), word(NOWHERE))], OUT)]))

    def generator():
        yield 1
    g = generator()
    v.add(g)
    module = types.ModuleType(fresh("module"))
    v.add(module, *[("dict nowhere", [(place_of(module, module.__dict__), word(NOWHERE))], OUT)])
    cls = type(fresh("Made"), (object,), {})
    v.add(cls)
    inner = (lambda x: lambda: x)([1, 2]).__closure__[0]
    v.add(inner, ("contents nowhere", [(id(inner) + 16, word(NOWHERE))], OUT))


def moments(v):
    day = datetime.date(2024, 2, 3)
    v.add(day, *[(what, [(id(day) + 25 + at, data)], OUT) for what, at, data in (("month 77", 2, b"\x4d"), ("day 0", 3, b"\0"), ("year 0", 0, b"\0\0"))])
    moment = datetime.datetime(2024, 2, 3, 4, 5, 6)
    v.add(moment, *[(what, [(id(moment) + 25 + at, data)], OUT) for what, at, data in (("hour 99", 4, b"\x63"), ("minute 60", 5, b"\x3c"))])
    v.add(datetime.timedelta(1, 2, 3))
    d = collections.OrderedDict([(fresh("key"), 1)])
    v.add(d)


def hold(v):
    names = "".join("v%d, " % i for i in range(len(v.values)))
    source = "def hold(values, die):\n    untouched = ['another', {'value': 1}]\n    [%s] = values.pop()\n    die()\n" % names
    space = {}
    exec(compile(source, "<held>", "exec"), space)
    return space["hold"]


def die():
    if os.environ.get("PYCORE_TEST_STOP"):
        os.kill(os.getpid(), signal.SIGSTOP)
    os.abort()


def main():
    gc.disable()
    v = Victims()
    for part in (0, 1):     # two of each share the damages: half as many reports show them
        first = len(v.values)
        for make in (texts, numbers, sequences, tables, objects, moments):
            make(v)
        v.damages[first:] = [d[part::2] for d in v.damages[first:]]
    answer = {"victims": dict(("v%d" % i, [{"what": what, "statuses": statuses, "text": text,
                                            "patches": [[a, "".join("%02x" % x for x in bytearray(data))] for a, data in patches]}
                                           for what, patches, statuses, text in damages]) for i, damages in enumerate(v.damages))}
    with open("answer.json", "w") as f:
        json.dump(answer, f)
    holder, values = hold(v), [v.values]
    v.damages = v.values = None
    holder(values, die)


main()
