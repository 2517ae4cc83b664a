"""One rank of several that hang together, for src/tests/e2e/side_by_side.py: ranks.py RANK KIND.

The main thread ends where it hangs, so that nothing depends on time; the others wait for a lock that nobody gives back.
"""
import os
import sys
import threading


def stay():
    os.kill(os.getpid(), 19 if os.environ.get("PYCORE_TEST_STOP") else 6)


def hold(gate, started):
    started.release() or gate.acquire()


def read(gate, started):
    hold(gate, started)


def write(gate, started):
    hold(gate, started)


def beat(gate, started):
    hold(gate, started)


def start(name, target):
    gate, started = threading.Lock(), threading.Lock()
    gate.acquire()
    started.acquire()
    thread = threading.Thread(target=target, name=name, args=(gate, started))
    thread.daemon = True
    thread.start()
    started.acquire()


def barrier():
    stay()


def refine(number):
    stay()
    return number - 1


def compute(number):
    while number:
        number = refine(number)


def exchange(kind):
    if kind == "early":
        barrier()
    print(kind)
    barrier()


def main(rank, kind):
    targets = [read, write]
    for k in range(2):          # threads of a pool, and which one does what is chance
        start("pool-%d" % k, targets[(rank + k) % 2])
    if kind != "silent":
        start("heartbeat", beat)
    if kind == "compute":
        compute(rank + 1)
    exchange(kind)


main(int(sys.argv[1]), sys.argv[2])
