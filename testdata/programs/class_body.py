# -*- coding: utf-8 -*-
"""A crash inside class bodies: their variables are names in a dictionary. One is nested in a function and in another."""
import signal

import oracle


def build(base, label):
    extra = [label]

    class Outer(base):
        """The class that never comes to be."""
        first = 1
        second = [first, extra]
        deleted = None
        del deleted

        def method(self):
            return extra

        class Inner(object):
            name = label + "!"
            table = {"key": (1, 2)}
            if len(name) < 3:
                unbound = True
            oracle.crash("kill", signal.SIGXCPU)

    return Outer


build(dict, "label")
