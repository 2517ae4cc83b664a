# -*- coding: utf-8 -*-
"""A segmentation fault in C, three parked threads, and a local of every builtin type in one frame."""
import sys
import threading

import oracle

parked = threading.Event()
never = threading.Lock()
never.acquire()


def wait_here(number, name="worker"):
    label = "%s-%d" % (name, number)
    doubled = [number * 2, label]
    parked.set()
    never.acquire()
    return doubled


def worker(number):
    oracle.enter()
    wait_here(number)


def every_type(first, second=2):
    none, truth, falsehood = None, True, False
    number, big, negative, fraction = 7, 2 ** 100, -2 ** 31, 0.1
    imaginary = 1 - 2.5j
    text, unicode_text, raw, buffer = "text", u"caf\xe9", b"raw\x00\xff", bytearray(b"buffer")
    pair, one, no_tuple = (1, "two"), ("alone",), ()
    numbers, no_list = [1, 2, [3, [4]]], []
    table, no_dict = {"key": "value", 2: [3], (4, 5): None}, {}
    members, frozen, no_set, no_frozenset = set([1, 2, 3]), frozenset(["a"]), set(), frozenset()
    span, cut = range(0, 10, 3), slice(1, None, 2)
    ellipsis, not_implemented = Ellipsis, NotImplemented
    function, builtin, method, module, kind, code = every_type, len, [].append, sys, int, every_type.__code__
    if first < 0:
        unbound = first
    oracle.crash("segv")


def main():
    threads = []
    for number in range(3):
        parked.clear()
        t = threading.Thread(target=worker, args=(number,), name="worker %d" % number)
        t.daemon = True
        t.start()
        parked.wait()
        threads.append(t.name)
    every_type(1)


main()
