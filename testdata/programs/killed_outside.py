# -*- coding: utf-8 -*-
"""Another process sends SIGBUS while this one is in C code and holds the GIL, inside a handler."""
import signal

import oracle


def busy(seconds):
    try:
        raise RuntimeError("too busy", seconds)
    except RuntimeError as e:
        oracle.handles(e)
        oracle.crash("killed", signal.SIGBUS)


busy(2.5)
