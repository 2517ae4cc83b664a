# -*- coding: utf-8 -*-
"""Generators: running ones in the middle of the stack, suspended, exhausted, closed and new ones in locals."""
import itertools

import oracle


def numbers(limit, label="numbers"):
    total = 0
    for i in range(limit):
        total += i
        yield total
    label = "exhausted"


def filtered(source, go):
    seen = []
    for value in source:
        seen.append(value)
        if len(seen) == 3:
            go(seen)
        got = yield value
        if got:
            seen.append(got)


def tree(depth):
    if depth:
        for x in tree(depth - 1):
            yield x
        yield depth
        oracle_point(depth)


def oracle_point(depth):
    if depth == 2:
        name = "point"
        expression = (x * 2 for x in range(3))
        next(expression)
        oracle.crash("segv")
        return name


def main():
    suspended, fresh, exhausted, closed = numbers(3), numbers(4), numbers(1), numbers(5)
    next(suspended)
    list(exhausted)
    next(closed)
    closed.close()
    pipeline = filtered(itertools.chain(numbers(2), numbers(9)), lambda seen: list(tree(3)))
    next(pipeline)
    pipeline.send("sent")
    for value in pipeline:
        value += 1


main()
