# -*- coding: utf-8 -*-
"""2.7 only: tuple arguments, old-style classes, backticks, list comprehensions whose variable stays, exec in a function."""
import oracle


class Old:
    attribute = 1

    def __init__(self, value):
        self.value = value

    def method(self, argument):
        return last(self, argument)


def last(instance, *rest):
    raw, text, number, small = "caf\xe9", u"caf\xe9", 10 ** 20L, 5L
    old_class, unbound_method, span = Old, Old.method, xrange(1, 10, 2)  # noqa: F821
    leftover = [item for item in range(3)]
    quoted = `leftover`
    oracle.crash("segv")
    return raw, text, number, small


def unpacked((a, (b, c)), d, (e,)=("default",)):
    both = lambda: (a, d)
    return Old(c).method(both)


def with_exec(code):
    exec code in globals(), {"unused": 1}
    exec "added = 5"
    return unpacked((1, (2, [3])), d="d")


with_exec("pass")
