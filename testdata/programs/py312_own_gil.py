# -*- coding: utf-8 -*-
"""Three interpreters with a GIL of their own each (3.12), and two threads in each of the further ones."""
import os
import sys
import threading
import time

import oracle

CODE = """
import threading, time
def inner(number):
    mine = [number, %(number)d]
    open("inside-%(number)d-" + str(threading.get_ident()), "w").close()
    time.sleep(1000)
t = threading.Thread(target=inner, args=(7,))
t.start()
value = {"interpreter": %(number)d}
open("host-%(number)d", "w").close()
time.sleep(1000)
"""


def find_way():
    try:
        if sys.version_info >= (3, 13):
            import _interpreters
            return _interpreters.create, getattr(_interpreters, "exec")
        import _xxsubinterpreters
        return lambda: _xxsubinterpreters.create(isolated=True), _xxsubinterpreters.run_string
    except ImportError:
        sys.stderr.write("no module here makes interpreters\n")
        sys.exit(77)


def host(create, run, number):
    oracle.enter()
    made = create()
    oracle.frames_are(oracle.stack_here())
    run(made, CODE % {"number": number})


def inside():
    """{number: ident} of the threads that the interpreters have started."""
    parts = [n.split("-")[1:] for n in os.listdir(".") if n.startswith("inside-")]
    return {int(number): int(ident) for number, ident in parts}


def main():
    create, run = find_way()
    hosts = {}
    for number in (1, 2):
        hosts[number] = threading.Thread(target=host, args=(create, run, number), name="host %d" % number, daemon=True)
        hosts[number].start()
    while len(inside()) < 2 or not all(os.path.exists("host-%d" % n) for n in hosts):
        time.sleep(0.005)
    time.sleep(0.05)
    for number, ident in sorted(inside().items()):
        oracle.in_other_interpreter(hosts[number].ident, [{"name": "<module>", "line": 11, "module": "__main__",
                                                           "some_locals": {"value": "{'interpreter': %d}" % number}}])
        oracle.in_other_interpreter(ident, [{"name": "inner", "line": 6, "module": "__main__",
                                             "some_locals": {"mine": "[7, %d]" % number, "number": "7"}},
                                            dict(name="run", some_locals={}),
                                            dict(name="_bootstrap_inner", some_locals={}), dict(name="_bootstrap", some_locals={})])
    oracle.INTERPRETERS[0] = 3
    oracle.crash("segv")


main()
