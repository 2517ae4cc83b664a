# -*- coding: utf-8 -*-
"""A frame whose locals are the given values, each under a name of its own: v0, v1, ..."""


def with_locals(values, then):
    names = ["v%d" % i for i in range(len(values))]
    lines = ["def many_locals(values, then):"]
    lines += ["    %s = values[%d]" % (name, i) for i, name in enumerate(names)]
    lines += ["    values = None", "    then()", ""]
    space = {"__name__": "generated"}
    exec(compile("\n".join(lines), "<generated>", "exec"), space)
    space["many_locals"](values, then)
