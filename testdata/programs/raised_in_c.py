# -*- coding: utf-8 -*-
"""The crash happens in C code that has set an exception which no Python code has seen yet, inside a handler."""
import oracle


class Pending(UserWarning):
    pass


def main():
    try:
        raise LookupError("handled meanwhile")
    except LookupError as e:
        oracle.handles(e)
        oracle.raising_in_c(Pending, b"set by C code")


main()
