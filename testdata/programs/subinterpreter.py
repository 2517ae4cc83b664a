# -*- coding: utf-8 -*-
"""Two interpreters in one process: a thread runs code in the second one while the first one's main thread crashes."""
import os
import sys
import threading
import time

import oracle

CODE = "import time\nvalue = [1, 'two']\nopen('inside', 'w').close()\ntime.sleep(1000)\n"


def find_way():
    """A builtin that runs code in a new interpreter, by whatever module this version has, and what makes its arguments."""
    try:
        if sys.version_info >= (3, 13):
            import _interpreters
            return getattr(_interpreters, "exec"), lambda: (_interpreters.create(), CODE)
        import _xxsubinterpreters
        return _xxsubinterpreters.run_string, lambda: (_xxsubinterpreters.create(), CODE)
    except ImportError:
        pass
    try:
        from _testcapi import run_in_subinterp
        return run_in_subinterp, lambda: (CODE,)
    except ImportError:
        sys.stderr.write("no module here makes interpreters\n")
        sys.exit(77)


def worker(run, make_arguments):
    oracle.enter()
    label = "in the first interpreter"
    oracle.frames_are(oracle.stack_here())
    run(*make_arguments())
    return label


def main():
    t = threading.Thread(target=worker, args=find_way(), name="host")
    t.daemon = True
    t.start()
    while not os.path.exists("inside"):
        time.sleep(0.005)
    time.sleep(0.05)
    oracle.in_other_interpreter(t.ident, [{"name": "<module>", "line": 4, "module": "__main__",
                                           "some_locals": {"value": "[1, 'two']"}}])
    oracle.crash("segv")


main()
