"""Decimal numbers where every context prints a small e."""
import decimal

import oracle
import oracle_values
from many_locals import with_locals

TEXTS = ("1E+5", "-12E+3", "1E-7", "1.5E-7", "123456789E-20", "9.99E+999", "0E+3", "0E-9", "1.5", "NaN", "-Infinity", "1E-400")


def numbers():
    found = [decimal.Decimal(text) for text in TEXTS]
    if oracle.PY2:
        oracle_values.PRINTED.update((id(n), n) for n in found)
    else:
        oracle_values.ENTITIES += (decimal.Decimal,)
    return found


def main():
    decimal.DefaultContext.capitals = 0
    decimal.getcontext().capitals = 0
    assert repr(decimal.Decimal("1E+5")).endswith("1e+5')")
    with_locals(numbers(), lambda: oracle.crash("abort"))


main()
