# -*- coding: utf-8 -*-
"""Numbers: ints around every digit boundary and far beyond it, floats whose shortest text is hard to find."""
import random

import oracle
from many_locals import with_locals

inf, nan = float("inf"), float("nan")


def integers():
    found = [0, 1, -1, True, False, 10 ** 300, 10 ** 4000, -10 ** 4000, 2 ** 100, -2 ** 90, 10 ** 18, 10 ** 19, -10 ** 9]
    for bits in (8, 15, 16, 30, 31, 32, 45, 60, 62, 63, 64, 65, 75, 90, 120, 128, 1000):
        for near in (-1, 0, 1):
            found += [2 ** bits + near, -2 ** bits + near]
    found += [int("123456789" * 20), 10 ** 5000 + 7]
    return found


def floats():
    found = [0.0, -0.0, inf, -inf, nan, 1e16, 1e15, 9999999999999998.0, 1e17, 1e22, 1e23, 5e-324, 2.2250738585072014e-308,
             1.7976931348623157e308, 0.1, 0.2, 0.1 + 0.2, 1 / 3., 2 / 3., 2.0 ** -44, 1e-4, 1e-5, 0.00012345, 123456.789,
             1795313098.18341, 9007199254740993.0, 5e-5, 4.35, 8.41e21, 2.0 ** 53 + 2, 1e100, -1.5, 100.0, 1e5, 3.14159]
    return found


def complexes():
    return [0j, -0j, complex(-0.0, -0.0), complex(0.0, -1.0), complex(-0.0, 1.0), complex(nan, nan), complex(0, nan),
            complex(inf, -inf), complex(1, -0.0), 1.5 + 2j, 1e16 + 1e-5j, complex(-0.0, nan), complex(0, inf)]


def main():
    source = random.Random(20)
    drawn = [source.uniform(-1e6, 1e6) for _ in range(100)] + \
        [source.random() * 10.0 ** source.randint(-300, 300) for _ in range(200)]
    powers = [2.0 ** n for n in range(-1074, 1024)]
    near_powers = [2.0 ** n * (1 - 2.0 ** -53) for n in range(-1000, 1024, 7)]
    with_locals(integers() + floats() + complexes(), lambda: oracle.crash("abort"))
    return drawn, powers, near_powers


main()
