# -*- coding: utf-8 -*-
"""The C stack comes to its end: repr() in C calls __repr__ in Python calls repr() in C, in a thread with a small stack.

The answer is written before; how far it came is counted in a file that is mapped, and so outlives the process.
"""
import ctypes
import mmap
import os
import sys
import threading

import oracle

with open("counter.bin", "w+b") as shared:
    shared.write(b"\0" * mmap.PAGESIZE)
    shared.flush()
    memory = mmap.mmap(shared.fileno(), mmap.PAGESIZE)
oracle.COUNTER = ctypes.c_long.from_buffer(memory)      # and no variable here: what is mapped from a file need not be saved


class Endless(object):
    def __repr__(self):
        oracle.COUNTER.value += 1
        return repr(self)


def start():
    oracle.enter()
    thing = Endless()
    oracle.before_overflow(Endless.__dict__["__repr__"], 2, counter="counter.bin")
    try:
        repr(thing)
    except RuntimeError:        # RecursionError of 3.14, which looks at how much there is of the stack
        sys.stderr.write("this interpreter sees the end of the stack coming\n")
        sys.stderr.flush()
        os._exit(77)


def main():
    sys.setrecursionlimit(10 ** 6)
    try:
        threading.stack_size(96 * 1024)
    except ValueError:          # too small for a debug build of 3.14
        threading.stack_size(256 * 1024)
    t = threading.Thread(target=start, name="endless")
    t.start()
    t.join()


main()
