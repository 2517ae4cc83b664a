# -*- coding: utf-8 -*-
"""Run by embedding.c: an interpreter inside somebody else's program, which has a thread without any Python state."""
import os
import sys

sys.path.insert(0, os.environ["PYCORE_TEST_PROGRAMS"])

import oracle  # noqa: E402


def called_from_c(setting):
    words = setting.split()
    try:
        return words[7]
    except IndexError as e:
        oracle.handles(e)
        oracle.crash("abort")


called_from_c("run by a program that embeds")
