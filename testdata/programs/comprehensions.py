# -*- coding: utf-8 -*-
"""Comprehensions in the middle of the stack: nested, with conditions, of every kind, capturing, and in a class body."""
import oracle


def stop(value):
    if value == 6:
        oracle.crash("abort")
    return value


def in_set(limit):
    return set(x for x in [stop(y + limit) for y in range(5)] if x)


def in_dict(limit, factor=1):
    return {key: in_set(value * factor) for key, value in enumerate(range(limit)) if key >= 4}


def nested(rows):
    return [[in_dict(cell) for cell in row if cell] for row in rows for _ in row[:1]]


def captured(offset):
    functions = [lambda: (offset, i) for i in range(3)]
    return [nested([[0, 5], [j]]) for j in range(2) if functions]


def in_generator(names):
    return sum(len(captured(name)) for name in names)


class Body(object):
    limit = 2
    oracle.namespace_is(locals())
    cells = [in_generator((name, "x")) for name in ["first", "second"]]
