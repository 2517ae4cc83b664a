# -*- coding: utf-8 -*-
"""Two threads that wait for each other's lock, main waits for both, and somebody sends SIGABRT."""
import threading

import oracle

accounts = {"left": threading.Lock(), "right": threading.Lock()}
both = threading.Event()


def transfer(source, target, amount):
    oracle.enter()
    with accounts[source]:
        if accounts[target].locked():
            both.set()
        both.wait()
        with accounts[target]:
            amount += 1


def main():
    pair = [threading.Thread(target=transfer, args=names, name="%s to %s" % names[:2])
            for names in (("left", "right", 10), ("right", "left", 20))]
    for t in pair:
        t.start()
    oracle.watch()
    for t in pair:
        t.join()


main()
