# -*- coding: utf-8 -*-
"""For interpreters without ctypes, which the oracle needs: threads, values and exceptions, and abort(). There is no answer, only reports
of one core that are compared with each other."""
import decimal
import os
import threading
import time


class Point(object):
    def __init__(self, x):
        self.x, self.others = x, {"self": self}


def wait_here(number, started):
    text, mapping = u"number \xe9 %d" % number, {number: [number] * 3, "nested": {"set": {number}}}
    started.set()
    time.sleep(1000)
    return text, mapping


def generator():
    inside = b"bytes\x00"
    yield inside
    yield None


def fail(depth):
    if depth:
        return fail(depth - 1)
    raise KeyError("no such thing")


def main():
    point, number, real, running = Point(3), 10 ** 30, 0.1, generator()
    exact, flags = decimal.Decimal("1.50"), (True, None, Ellipsis, range(3), slice(1, 2), 1j)
    next(running)
    for i in range(3):
        started = threading.Event()
        threading.Thread(target=wait_here, args=(i, started), name="worker %d" % i, daemon=True).start()
        started.wait()
    time.sleep(0.1)
    try:
        fail(3)
    except KeyError as error:
        try:
            [][number % 7 + 1]
        except IndexError:
            os.abort()
    return point, real, exact, flags, error


main()
