# -*- coding: utf-8 -*-
"""Every way to hand over arguments that 2.7 and 3 share: defaults, *, **, many, deleted, rebound, partial, methods."""
import functools

import oracle


def last(*args, **kwargs):
    oracle.crash("segv")
    return args, kwargs


def none():
    return last()


def deleted(a, b, c):
    del b
    c = "rebound"
    return none()


def many(a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, b0=0, b1=1, b2=2, b3=3, b4=4, b5=5, b6=6, b7=7, b8=8, b9=9, *rest, **named):
    local_after, another = rest, len(named)
    return deleted(a0, a1, a2)


def only_keywords(**kwargs):
    kwargs["added"] = True
    return many(*range(15), named=1, **dict.fromkeys(["x", "y"]))


def only_rest(*args):
    first = args[0]
    return only_keywords(first=first)


class Callable(object):
    def __call__(self, argument, default=None):
        return only_rest(self, argument)

    def method(self, *args):
        return self(*args)

    @classmethod
    def of_class(cls, value=1):
        return cls().method(value)

    @staticmethod
    def of_nobody(value):
        return Callable.of_class(value=value)

    @property
    def computed(self):
        return self.of_nobody(7)

    def __getattr__(self, name):
        return self.computed

    def __add__(self, other):
        return self.missing


def decorated(function):
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)
    return wrapper


@decorated
def inner(value, other=2):
    return value + other


def sort_key(item):
    return inner(item)


def main():
    call = functools.partial(sorted, key=sort_key)
    call([Callable()])
    return max(map(sort_key, [1]))


main()
