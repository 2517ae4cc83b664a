"""Positional-only arguments, assignment expressions, and f-strings that call on the way."""
import oracle


def innermost(a, b=2, /, c=3, *rest, d, **others):
    if (n := len(rest)) > 1:
        oracle.crash("assert")
    return n


def every_kind(x, /, y, *, z):
    return [total := innermost(x, y, 5, 6, 7, d=z, a="the same name as the positional-only one"), total]


def in_format(value, /):
    return f"{value!r:>10} {every_kind(value, y=(w := 2), z=w)=}"


in_format("text")
