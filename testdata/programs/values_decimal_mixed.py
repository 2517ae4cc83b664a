"""Decimal numbers where one thread's context prints a small e, and threads to come would print a capital one."""
import decimal

import oracle
from many_locals import with_locals


def main():
    decimal.getcontext().capitals = 0
    with_locals([decimal.Decimal(text) for text in ("1E+5", "-12E+3", "1E-7", "1.5")], lambda: oracle.crash("abort"))


main()
