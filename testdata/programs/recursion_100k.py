# -*- coding: utf-8 -*-
"""A hundred thousand frames of one function in one thread, and nobody asked the interpreter for any of them."""
import sys
import threading

import oracle

DEPTH = 100000


def down(n):
    if n:
        return down(n - 1)
    oracle.crash("abort")


def start():
    oracle.enter()
    outer = oracle.stack_here()
    bottom = oracle.frame(down, 3, n=0)
    repeated = oracle.frame(down, 2)
    repeated.update(repeat=DEPTH, counting={"n": [1, 1]})
    oracle.frames_are([bottom, repeated] + outer)
    down(DEPTH)


def main():
    sys.setrecursionlimit(DEPTH + 1000)
    threading.stack_size(1 << 29)       # up to 3.10 each call of a function is one of C as well
    t = threading.Thread(target=start, name="deep")
    t.start()
    t.join()


main()
