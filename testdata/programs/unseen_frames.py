# -*- coding: utf-8 -*-
"""Frames for which nobody has asked the interpreter, which from 3.11 on have no frame object: as the program knows them."""
import oracle


def outermost(first):
    total = first + 1
    return middle(total, key="value")


def middle(number, **options):
    items = [number, options]
    for item in items:
        result = innermost(item, *items)
        items = result


def innermost(item, *rest):
    text = "item %d" % item
    oracle.frames_are([oracle.frame(innermost, 5, item=item, rest=rest, text=text),
                       oracle.frame(middle, 3, number=item, options={"key": "value"}, items=list(rest), item=item),
                       oracle.frame(outermost, 2, first=item - 1, total=item)])
    oracle.crash("segv", only_innermost=3)
    return text


outermost(41)
