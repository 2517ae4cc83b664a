# -*- coding: utf-8 -*-
"""Containers: nested and cyclic, empty and with one element, dicts of every index width and with deleted entries,
sets in the order of their table, instance dictionaries that share their keys."""
import oracle
from many_locals import with_locals


class Point(object):
    def __init__(self, x, y):
        self.x = x
        self.y = y


def cyclic():
    a_list = [1]
    a_list.append(a_list)
    a_dict = {"self": None}
    a_dict["self"] = a_dict
    inner = []
    a_tuple = (1, inner)
    inner.append(a_tuple)
    twice = ["seen twice"]
    a, b = [], {}
    a.append(b)
    b["back"] = a
    return [a_list, a_dict, a_tuple, inner, [twice, twice], (twice, {"x": twice}), a, b, slice(a_list, None)]


def nested():
    deep = []
    for level in range(30):
        deep = [level, deep] if level % 3 else {level: (deep,)}
    return [deep, [[[[[]]]]], ((),), ((((1,),),),), [(), [], {}, set(), frozenset()], {(): [], frozenset(): {}},
            {1: {2: {3: {4: {}}}}}, [None] * 50, [[i] * i for i in range(12)]]


def dicts():
    deleted = dict((i, str(i)) for i in range(100))
    for i in range(0, 100, 3):
        del deleted[i]
    reused = {"a": 1, "b": 2, "c": 3}
    del reused["b"]
    reused["b"] = 4
    emptied = {"gone": 1}
    del emptied["gone"]
    cleared = {"gone": 1}
    cleared.clear()
    non_strings = {1: "int", 2.5: "float", None: "none", (1, 2): "tuple", b"b": "bytes", u"\u4e2d": "text", True: "one"}
    colliding = dict((i * 2 ** 20, i) for i in range(40))
    return [{}, {"one": 1}, deleted, reused, emptied, cleared, non_strings, colliding, dict.fromkeys("abcdefgh"),
            dict((str(i), i) for i in range(6)), dict(zip(range(300), range(300))), dict.fromkeys(range(70000), 0)]


def sets():
    removed = set(range(50))
    for i in range(0, 50, 2):
        removed.discard(i)
    return [set(), frozenset(), set([1]), frozenset(["one"]), removed, set("a random word".split()), set(range(1000)),
            frozenset([frozenset([1]), (2, 3), None, u"\u4e2d", 4.5]), set([True, 2 ** 70, -1, "x", b"y"])]


def instance_dicts():
    first, second, third = Point(1, "one"), Point([2], None), Point(3, 3.0)
    second.extra = "another key"
    del third.x
    return [vars(first), vars(second), vars(third), vars(Point(0, 0))]


def others():
    grown = []
    for i in range(10):
        grown.append(i)
    grown.pop()
    shrunk = list(range(1000))
    del shrunk[3:]
    return [grown, shrunk, tuple(range(100)), range(0), range(5), range(2, 50, 7), range(10, 0, -3), slice(None),
            slice(1, 2), slice(None, None, -1), slice([1], {2: 3}, "x"), [slice(slice(1), 2)], [[]] * 3]


def main():
    with_locals(cyclic() + nested() + dicts() + sets() + instance_dicts() + others(), lambda: oracle.crash("abort"))


main()
