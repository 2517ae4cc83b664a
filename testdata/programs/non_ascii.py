# -*- coding: utf-8 -*-
"""Names outside ASCII: of files, and on 3 of functions, classes, variables, threads; values that would move a cursor."""
import io
import os
import sys
import threading

import oracle

PY2 = sys.version_info[0] == 2
NAME = "fil\xc3\xa9_\xe4\xb8\xad.py" if PY2 else "fil\xe9_\u4e2d_\U0001d538.py"

SOURCE_3 = u'''# -*- coding: utf-8 -*-
class Gr\xfc\xdfe:
    def \u6587\u5b57(self, \u540d\u524d, *, \xe9t\xe9=1):
        \u03c0 = "\u03c0 \u2248 3.14"
        \U00010400 = [\u540d\u524d, \xe9t\xe9]
        return run(\u03c0)

def start(run_it):
    global run
    run = run_it
    Gr\xfc\xdfe().\u6587\u5b57("\u540d")
'''
SOURCE_2 = u'''# -*- coding: utf-8 -*-
def start(run_it):
    text = u"\u540d\u524d"
    raw = "\xe9t\xe9"
    run_it(text)
'''


def run(argument):
    escape = "\x1b[2J\x07\x9b"
    reverse = u"\u202etxt.exe"
    dangerous = {"\x1b]0;title\x07": ["\x08\x7f", u"\u2066"]}
    oracle.crash("fatal")
    return argument, escape, reverse, dangerous


def worker(start):
    oracle.enter()
    start(run)


def main():
    with io.open(NAME, "w", encoding="utf-8") as f:
        f.write(SOURCE_2 if PY2 else SOURCE_3)
    space = {"__name__": "nam\xe9" if not PY2 else "name"}
    with io.open(NAME, "rb") as f:
        exec(compile(f.read(), os.path.abspath(NAME), "exec"), space)
    t = threading.Thread(target=worker, args=(space["start"],))
    t.name = u"th\xe9\u4e2d\U0001f600" if not PY2 else "th\xc3\xa9"
    t.start()
    t.join()


main()
