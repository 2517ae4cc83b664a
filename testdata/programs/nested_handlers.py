# -*- coding: utf-8 -*-
"""Exceptions handled while others are being handled, one way after the other, all of them still in flight at the end.

Each step handles an exception and calls the next one from its handler. On 2.7 only the innermost one is kept.
"""
import oracle


class Rejected(Exception):
    def __init__(self, reason, code):
        Exception.__init__(self, reason, code)


def fail(text):
    detail = [text] * 2
    raise ValueError(text, len(detail))


def deeper(depth, text):
    if depth:
        return deeper(depth - 1, text)
    raise KeyError(text)


def simple(go):
    try:
        fail("simple")
    except ValueError as e:
        oracle.handles(e)
        go()


def handler_in_handler(go):
    try:
        fail("outer")
    except ValueError as first:
        oracle.handles(first)
        try:
            deeper(3, "inner")
        except KeyError as second:
            oracle.handles(second)
            try:
                raise Rejected("innermost", 7)
            except Rejected as third:
                oracle.handles(third)
                go()


def completed_inside(go):
    """A handler that has come to its end leaves the outer one as the innermost again."""
    try:
        deeper(1, "kept")
    except KeyError as e:
        try:
            fail("over")
        except ValueError:
            pass
        for _ in range(3):
            try:
                fail("over, in a loop")
            except ValueError:
                continue
        oracle.handles(e)
        go()


def returned_inside(go):
    def swallow():
        try:
            fail("swallowed")
        except ValueError:
            return "returned from the handler"

    try:
        deeper(0, "kept too")
    except KeyError as e:
        text = swallow()
        oracle.handles(e)
        go()
        return text


def in_a_loop(go):
    for number in range(5):
        for letter in "ab":
            try:
                if number == 2:
                    raise IndexError(number, letter)
            except IndexError as e:
                oracle.handles(e)
                while True:
                    go()


def in_arguments(go):
    """Values wait on the evaluation stack below those of the handler."""
    def handler(argument):
        try:
            raise AttributeError(argument)
        except AttributeError as e:
            oracle.handles(e)
            return [argument, go()]

    return [1, 2, {"key": (3, handler("argument"))}]


def raised_again(go):
    try:
        try:
            fail("again")
        except ValueError:
            raise
    except ValueError as e:
        oracle.handles(e)
        go()


def many_kinds(go):
    try:
        {}["missing"]
    except (KeyError, TypeError) as e:
        oracle.handles(e)
        try:
            int("not a number")
        except Exception as f:
            oracle.handles(f)
            go()


def caught_bare(go):
    try:
        [][5]
    except:  # noqa: E722
        import sys
        oracle.handles(sys.exc_info()[1])
        go()


def else_and_finally(go):
    """Neither of them handles anything when nothing was raised."""
    try:
        pass
    except ValueError:
        pass
    else:
        try:
            pass
        finally:
            go()


STEPS = [simple, handler_in_handler, completed_inside, returned_inside, in_a_loop, in_arguments, raised_again, many_kinds,
         caught_bare, else_and_finally, handler_in_handler]


def run(index):
    if index < len(STEPS):
        STEPS[index](lambda: run(index + 1))
    try:
        os_error = open("/no/such/file")
    except EnvironmentError as e:
        oracle.handles(e)
        os_error = None
        oracle.armed("abort")()


run(0)
