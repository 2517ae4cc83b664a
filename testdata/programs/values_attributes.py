# -*- coding: utf-8 -*-
"""What instances hold: __slots__ over hierarchies, dicts of every kind, and classes that are built on containers."""
import sys
import types

import oracle
from many_locals import with_locals

PY2 = sys.version_info[0] == 2


class Base(object):
    __slots__ = ("second", "first", "__private")

    def __init__(self):
        self.first, self.second, self.__private = 1, [2], {"three": 3}


class Between(Base):
    """No slots of its own: instances have a dict besides those of the base."""


class Derived(Base):
    __slots__ = ("zeta", "alpha", "first")      # hides the base's first


class Open(Derived):
    __slots__ = ("__dict__", "__weakref__", "own")


class Mixin(object):
    __slots__ = ()


class Mixed(Mixin, Base):
    __slots__ = ("mixed",)


class Empty(object):
    __slots__ = ()


class Weak(object):
    __slots__ = ("__weakref__",)


class Aliased(object):
    __slots__ = ("original", "gone")


Aliased.alias = Aliased.__dict__["original"]
Base.borrowed = Aliased.__dict__["original"]        # of another class: no slot of this one
del Aliased.gone


class Plain(object):
    pass


class Meta(type):
    pass


Made = Meta("Made", (Plain,), {"__slots__": ("made",)})


class Classic:
    """2.7: an instance of old."""


class OwnRepr(object):
    def __init__(self):
        self.inside = (1, 2)

    def __repr__(self):
        return "code of the program's"


class MyList(list):
    pass


class MyDict(dict):
    __slots__ = ("slot", "__dict__")


class MyTuple(tuple):
    pass


class MyInt(int):
    pass


class MyText(str):
    pass


class MyBytes(bytes):
    pass


class MySet(set):
    __slots__ = ("only",)


class MyFloat(float):
    pass


class Failure(Exception):
    def __init__(self, *args):
        Exception.__init__(self, *args)
        self.code = 5


class SlottedFailure(Failure):
    __slots__ = ("detail",)


class StrKey(str):
    pass


def slots():
    base, between, derived, opened, mixed, made = Base(), Between(), Derived(), Open(), Mixed(), Made()
    aliased, bare, deleted = Aliased(), Base.__new__(Base), Base()
    oracle.attributes_are(base, "_Base__private", "first", "second")
    between.more, between.less = "more", None
    oracle.attributes_are(between, "_Base__private", "first", "second", "more", "less")
    derived.zeta = base
    oracle.attributes_are(derived, "_Base__private", "second", "first", "zeta")
    opened.own, opened.anything = 1.5, ()
    oracle.attributes_are(opened, "_Base__private", "second", "first", "own", "anything")
    mixed.mixed = mixed
    oracle.attributes_are(mixed, "_Base__private", "first", "second", "mixed")
    made.made, made.other = [1], [2]
    oracle.attributes_are(made, "made", "other")
    aliased.original = "seen under one name"
    oracle.attributes_are(aliased, "original")
    oracle.attributes_are(bare)
    del deleted.first
    oracle.attributes_are(deleted, "_Base__private", "second")
    return [base, between, derived, opened, mixed, made, aliased, bare, deleted, Empty(), Weak(), Mixin(), object()]


def dicts():
    none, inline, deleted, many, sparse, seen = Plain(), Plain(), Plain(), Plain(), Plain(), Plain()
    oracle.attributes_are(none)
    inline.one, inline.two, inline.itself = 1, u"zw\u00f6lf", inline
    oracle.attributes_are(inline, "one", "two", "itself")
    deleted.a, deleted.b, deleted.c = 1, 2, 3
    del deleted.b
    deleted.d, deleted.b = 4, 5
    oracle.attributes_are(deleted, "a", "c", "d", "b")
    for i in range(120):
        setattr(many, "name_%d" % i, i)
        setattr(sparse, "only_here_%d" % i, [i])
    for i in range(0, 120, 3):
        delattr(sparse, "only_here_%d" % i)
    oracle.attributes_are(many, *["name_%d" % i for i in range(120)])
    oracle.attributes_are(sparse, *["only_here_%d" % i for i in range(120) if i % 3])
    seen.one, seen.two = 1, 2
    seen.__dict__["three"] = 3
    del seen.__dict__["one"]
    oracle.attributes_are(seen, "two", "three")
    odd, replaced, shared, emptied, other = Plain(), Plain(), Plain(), Plain(), Plain()
    odd.__dict__.update([(1, "no name"), ((), "neither"), (None, 0)])
    odd.name = "a name"
    odd.__dict__[StrKey("of a class of its own")] = 1
    oracle.attributes_are(odd, "name", "of a class of its own")
    replaced.lost = 1
    replaced.__dict__ = MyDict(found=2)
    oracle.attributes_are(replaced, "found")
    shared.__dict__ = inline_dict = {"one": 1}
    oracle.attributes_are(shared, "one")
    emptied.a = emptied.b = 1
    del emptied.a, emptied.b
    oracle.attributes_are(emptied)
    other.two, other.one = 2, 1         # the class knows them in another order
    oracle.attributes_are(other, "two", "one")
    return [none, inline, deleted, many, sparse, seen, odd, replaced, shared, emptied, other, inline_dict]


def of_other_types():
    out = []
    for o in (MyList([1]), MyTuple((1, 2, 3)), MyTuple(), MyInt(7), MyInt(-5 if PY2 else -1 << 200),
              MyText("text"), MyBytes(b"raw"), MyFloat(0.5), Failure("text", 1), OwnRepr(), Classic(), types.ModuleType):
        if not isinstance(o, type):
            o.extra = "of " + type(o).__name__ if not isinstance(o, Classic) else "old"
            oracle.attributes_are(o, *[n for n in ("inside", "code", "extra") if hasattr(o, n)])
        out.append(o)
    filled, only, failure, plain_error = MyDict(a=1), MySet([1]), SlottedFailure(), ValueError("x")
    filled.slot, filled.more = 1, 2
    oracle.attributes_are(filled, "slot", "more")
    only.only = 9
    oracle.attributes_are(only, "only")
    failure.detail, failure.text = "slot", "dict"
    oracle.attributes_are(failure, "detail", "code", "text")
    oracle.attributes_are(plain_error)

    def function():
        pass
    function.marked = True
    oracle.attributes_are(function, "marked")
    oracle.attributes_are(dicts)
    return out + [filled, only, failure, plain_error, function, dicts, 1, 1.5, "text", None, [], {}, len, sys, int, Plain]


def main():
    space = Plain() if PY2 else types.SimpleNamespace()
    space.b, space.a = 1, 2
    oracle.attributes_are(space, "b", "a")
    with_locals(slots() + dicts() + of_other_types(), lambda: oracle.crash("segv"))


main()
