# -*- coding: utf-8 -*-
"""Sixty threads of five frames each, and one that has no name because threading did not start it."""
try:
    import thread
except ImportError:
    import _thread as thread
import threading

import oracle

gate = threading.Lock()
gate.acquire()
arrived = threading.Semaphore(0)


def level_5(number):
    square = number * number
    arrived.release()
    gate.acquire()
    return square


def level_4(number):
    text = "thread %d" % number
    return level_5(number), text


def level_3(number, *rest):
    return level_4(number)


def level_2(number, **options):
    return level_3(number, options)


def level_1(number):
    oracle.enter()
    level_2(number, color="blue")


def main():
    for number in range(60):
        t = threading.Thread(target=level_1, args=(number,))
        t.name = "pool %d" % number
        t.daemon = True
        t.start()
    thread.start_new_thread(level_1, (60,))
    for _ in range(61):
        arrived.acquire()
    oracle.crash("abort")


main()
