# -*- coding: utf-8 -*-
"""Nested containers and values, made at random. What kinds there are differs by version: the same seed gives the same
values under the same interpreter."""
import array
import collections
import datetime
import decimal
import fractions
import struct
import sys

import record

PY2 = record.PY2
CODE = u'''
class Plain(object):
    pass

class Shown(object):
    def __repr__(self):
        return "shown"

class Slots(object):
    __slots__ = ("first", "second")

class List(list):
    pass

class Dict(dict):
    pass

class Str(str):
    pass

class Int(int):
    pass

class ShownList(list):
    def __repr__(self):
        return "list"
'''
space = {"__name__": "random_classes"}
exec(compile(CODE, record.MARK + " random>", "exec"), space)
Pair = collections.namedtuple("Pair", "left right")
EDGES = (0, 1, 9, 10, 31, 32, 39, 34, 92, 126, 127, 128, 159, 160, 173, 255, 256, 0x2ff, 0x300, 0x378, 0x600, 0xd7ff, 0xd800,
         0xdfff, 0xe000, 0xfffd, 0xffff, 0x10000, 0x1f600, 0xe0001, 0x10ffff)
unicode_char = unichr if PY2 else chr  # noqa: F821


class Maker(object):
    def __init__(self, source):
        self.r = source
        self.made = []          # what may be met again
        self.atoms = [self.small, self.small, self.integer, self.real, self.complex, self.text, self.text, self.bytes,
                      self.constant, self.moment, self.span, self.decimal, self.fraction, self.range, self.sub_atom]
        self.keys = self.atoms
        self.atoms = self.atoms + [self.signaling]
        self.containers = [self.list, self.list, self.tuple, self.dict, self.dict, self.set, self.frozenset, self.deque,
                           self.ordered, self.default, self.pair, self.instance, self.slots, self.slice, self.bytearray,
                           self.array, self.sub_list, self.sub_dict, self.deleted, self.exception]

    def value(self, depth):
        r = self.r
        if self.made and r.random() < 0.05:
            return r.choice(self.made)
        if depth >= 6 or r.random() < 0.25 + 0.12 * depth:
            return r.choice(self.atoms)()
        made = r.choice(self.containers)(depth + 1)
        if len(self.made) < 500:
            self.made.append(made)
        elif r.random() < 0.1:
            self.made[r.randrange(500)] = made
        return made

    def key(self, depth):
        r = self.r
        if depth >= 6 or r.random() < 0.85:
            return r.choice(self.keys)()
        kind = r.randrange(3)
        items = [self.key(depth + 1) for _ in range(self.size(3))]
        return tuple(items) if kind == 0 else frozenset(items) if kind == 1 else Pair(self.key(depth + 1), 0)

    def size(self, most=5):
        r = self.r
        return r.randrange(60) if r.random() < 0.005 else r.randrange(most + 1)

    def items(self, depth):
        return [self.value(depth) for _ in range(self.size())]

    # ---- atoms

    def small(self):
        return self.r.randrange(-10, 300)

    def integer(self):
        n = self.r.getrandbits(self.r.choice((15, 30, 31, 32, 60, 62, 63, 64, 65, 90, 128, 400)))
        return n if self.r.random() < 0.5 else -n

    def real(self):
        r = self.r
        kind = r.randrange(4)
        if kind == 0:
            return struct.unpack("<d", struct.pack("<Q", r.getrandbits(64)))[0]
        if kind == 1:
            return r.randrange(-10 ** 6, 10 ** 6) / 1000.0
        if kind == 2:
            return r.choice((0.0, -0.0, float("inf"), float("-inf"), float("nan"), 1e16, 1e-5, 1e22, 0.1))
        return r.random() * 10.0 ** r.randrange(-20, 20)

    def complex(self):
        return complex(self.real(), self.real())

    def text(self):
        r = self.r
        kind = r.randrange(6)
        if kind < 2:
            s = u"".join(r.choice(u"abcdef_ '\"\\\n0123") for _ in range(r.randrange(20)))
            return s if not PY2 or kind else s.encode("ascii")
        limits = (0xff, 0xffff, 0x10ffff, 0x2fff)
        limit = limits[kind - 2]
        out = []
        for _ in range(r.randrange(12)):
            c = r.choice(EDGES) if r.random() < 0.4 else r.randrange(1, limit + 1)
            out.append(unicode_char(min(c, limit) or 1))
        return u"".join(out)

    def bytes(self):
        return bytes(bytearray(self.r.randrange(1, 256) for _ in range(self.r.randrange(12))))

    def constant(self):
        return self.r.choice((None, True, False, Ellipsis, NotImplemented, int, ValueError, len, space["Plain"]))

    def moment(self):
        r = self.r
        day = datetime.date(1, 1, 1) + datetime.timedelta(r.randrange(3652000))
        clock = datetime.time(r.randrange(24), r.choice((0, r.randrange(60))), r.choice((0, r.randrange(60))),
                              r.choice((0, r.randrange(1000000))))
        kind = r.randrange(3)
        return day if kind == 0 else clock if kind == 1 else datetime.datetime.combine(day, clock)

    def span(self):
        r = self.r
        return datetime.timedelta(r.randrange(-1000, 1000), r.randrange(86400), r.choice((0, r.randrange(1000000))))

    def decimal(self):
        r = self.r
        text = r.choice(("Infinity", "-Infinity", "NaN", "NaN99", "-0", "0E+5", "1E-10", ""))
        if not text or r.random() < 0.7:
            text = "%d" % r.getrandbits(r.choice((3, 20, 64, 200)))
            text = r.choice(("", "-")) + text + "E%d" % r.randrange(-30, 30)
        return decimal.Decimal(text)

    def signaling(self):
        return decimal.Decimal("sNaN12")    # has no hash

    def fraction(self):
        return fractions.Fraction(self.small(), self.r.randrange(1, 1000))

    def range(self):
        kind = xrange if PY2 else range  # noqa: F821
        return kind(self.small(), self.small(), self.r.choice((1, 2, -1, 7)))

    def sub_atom(self):
        return space["Str"](self.small()) if self.r.random() < 0.5 else space["Int"](self.small())

    # ---- containers

    def list(self, depth):
        return self.items(depth)

    def tuple(self, depth):
        return tuple(self.items(depth))

    def dict(self, depth):
        if self.r.random() < 0.5:
            return dict((self.name(), self.value(depth)) for _ in range(self.size()))
        return dict((self.key(depth), self.value(depth)) for _ in range(self.size()))

    def deleted(self, depth):
        made = dict((self.key(depth), self.small()) for _ in range(self.size(20)))
        for k in list(made):
            if self.r.random() < 0.4:
                del made[k]
        return made

    def set(self, depth):
        made = set(self.key(depth) for _ in range(self.size(12)))
        if self.r.random() < 0.3:
            for k in list(made)[::2]:
                made.discard(k)
        return made

    def frozenset(self, depth):
        return frozenset(self.key(depth) for _ in range(self.size()))

    def deque(self, depth):
        return collections.deque(self.items(depth), self.r.choice((None, None, 3, 0)))

    def ordered(self, depth):
        return collections.OrderedDict((self.key(depth), self.value(depth)) for _ in range(self.size()))

    def default(self, depth):
        made = collections.defaultdict(self.r.choice((None, int, list, space["Plain"])))
        for _ in range(self.size()):
            made[self.key(depth)] = self.value(depth)
        return made

    def pair(self, depth):
        return Pair(self.value(depth), self.value(depth))

    def name(self):
        return "".join(self.r.choice("abcdefgh") for _ in range(self.r.randrange(1, 6)))

    def instance(self, depth):
        made = (space["Plain"] if self.r.random() < 0.7 else space["Shown"])()
        for _ in range(self.size(4)):
            setattr(made, self.name(), self.value(depth))
        return made

    def slots(self, depth):
        made = space["Slots"]()
        made.first = self.value(depth)
        if self.r.random() < 0.5:
            made.second = self.value(depth)
        return made

    def slice(self, depth):
        return slice(self.value(depth), self.small(), None)

    def bytearray(self, depth):
        made = bytearray(self.bytes())
        if self.r.random() < 0.3:
            del made[:2]
        return made

    def array(self, depth):
        code = self.r.choice("bBhHiIlLfd")
        if code in "fd":
            return array.array(code, [self.real() % 1e30 for _ in range(self.size())])
        return array.array(code, [self.r.randrange(0, 127) for _ in range(self.size())])

    def sub_list(self, depth):
        return (space["List"] if self.r.random() < 0.7 else space["ShownList"])(self.items(depth))

    def sub_dict(self, depth):
        return space["Dict"]((self.key(depth), self.value(depth)) for _ in range(self.size()))

    def exception(self, depth):
        return self.r.choice((ValueError, KeyError, RuntimeError, OSError))(*self.items(depth)[:2])
