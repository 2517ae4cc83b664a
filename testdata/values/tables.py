# -*- coding: utf-8 -*-
"""Reads the tables of values (*.table) and evaluates them. README says how they are written."""
import os
import sys

import record

VERSION = sys.version_info[:2]


class Wrong(Exception):
    """A line of a table that cannot be used."""


def number(text):
    return tuple(int(n) for n in text.split("."))


def applies(spec):
    """2.7, 3, 3.8+, 3.6-3.9, and several of them with commas between."""
    for part in spec.split(","):
        if part.endswith("+"):
            ok = VERSION >= number(part[:-1])
        elif "-" in part:
            low, high = part.split("-")
            ok = number(low) <= VERSION <= number(high)
        else:
            ok = VERSION[:len(number(part))] == number(part)
        if ok:
            return True
    return False


def lines_of(path):
    """(line number, kind, text) of what applies here. Statements that follow one another are one text."""
    with open(path, "rb") as f:
        lines = f.read().decode("utf-8").split(u"\n")
    block, begun, block_spec = [], 0, None
    for at, line in enumerate(lines, 1):
        spec = ""
        if line.startswith(u"@"):
            spec, _, line = line[1:].partition(u" ")
        if block and not (line.startswith(u"!") and spec == block_spec):
            yield begun, u"!", u"\n".join(block)
            block = []
        if not line.strip() or line.startswith(u"#") or (spec and not applies(spec)):
            continue
        if line.startswith(u"!"):
            if not block:
                begun, block_spec = at, spec
            block.append(line[2:])
        elif line[0] in u"*?" and line[1:2] in u" ?*":
            word, _, rest = line.partition(u" ")
            yield at, word, rest
        else:
            yield at, u"", line
    if block:
        yield begun, u"!", u"\n".join(block)


def compiled(text, name, at, mode):
    return compile(u"\n" * (at - 1) + text if mode == "exec" else text, name, mode)


def evaluate(folder):
    """([value], [expression])"""
    values, expressions, wrong = [], [], []
    for name in sorted(os.listdir(folder)):
        if not name.endswith(".table"):
            continue
        space = {"__name__": "table_" + name[:-6], "__builtins__": __builtins__}
        module = type(sys)(space["__name__"])
        module.__dict__.update(space)
        space = module.__dict__
        sys.modules[module.__name__] = module
        for at, kind, text in lines_of(os.path.join(folder, name)):
            place = "%s %s:%d>" % (record.MARK, name, at)
            try:
                if kind == u"!":
                    exec(compiled(text, place, at, "exec"), space)
                    continue
                value = eval(compiled(text.strip(), place, at, "eval"), space)
            except Exception as e:
                if u"?" in kind:
                    continue        # not there in every build
                wrong.append("%s:%d: %s: %s: %s" % (name, at, text.strip().split(u"\n")[0][:100], type(e).__name__, e))
                continue
            label = u"%s: %s" % (name[:-6], text.strip())
            if u"*" in kind:
                for i, item in enumerate(value):
                    values.append(item)
                    expressions.append(u"%s [%d]" % (label, i))
                value = item = None
            else:
                values.append(value)
                expressions.append(label)
    if wrong:
        raise Wrong("\n".join(wrong))
    return values, expressions
