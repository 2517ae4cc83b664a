"""Inlined comprehensions: their variables are those of the function, and hide its own of the same name meanwhile."""
import oracle


def stop(value):
    if value == 3:
        oracle.crash("abort")
    return value


def hiding(x):
    y = "outer y"
    result = [stop(x) for x in range(5) if x or y]
    return result, x


def capturing(numbers):
    return [(lambda: n, hiding(n)) for n in numbers]


def nested(limit):
    return {i: {j: [capturing([k]) for k in (j,)] for j in range(i)} for i in range(limit)}


def two_after_each_other():
    first = [a for a in range(3)]
    second = {a: nested(3) for a in "a"}
    return first, second


module_level = [two_after_each_other() for once in range(1)]
