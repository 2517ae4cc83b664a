"""Handlers as only Python 3 has them: chains, finally and __exit__ while an exception passes, generators in handlers."""
import contextlib
import sys

import oracle


class Wrapped(Exception):
    """With a cause."""


class Manager:
    def __init__(self, go):
        self.go = go

    def __enter__(self):
        return self

    def __exit__(self, kind, value, traceback):
        oracle.handles(value)
        self.go()


def fail(text):
    raise ValueError(text)


def chained(go):
    try:
        try:
            fail("cause")
        except ValueError as e:
            raise Wrapped("from") from e
    except Wrapped as e:
        oracle.handles(e)
        go()


def suppressed(go):
    try:
        try:
            fail("hidden")
        except ValueError:
            raise Wrapped("from None") from None
    except Wrapped as e:
        oracle.handles(e)
        go()


def context_only(go):
    try:
        try:
            try:
                fail("first")
            except ValueError:
                {}["second"]
        except KeyError:
            1 / 0
    except ZeroDivisionError as e:
        oracle.handles(e)
        go()


def in_finally(go):
    """The exception has not been caught by anybody, but is what sys.exc_info() gives."""
    try:
        fail("passing a finally")
    finally:
        oracle.handles(sys.exc_info()[1])
        go()


def in_exit(go):
    with Manager(go) as manager:
        fail("leaving " + type(manager).__name__)


def in_exit_of_many(go):
    with contextlib.ExitStack() as stack:
        stack.enter_context(Manager(go))
        stack.callback(len, [])
        fail("leaving a stack")


def raised_in_finally(go):
    try:
        try:
            fail("replaced")
        finally:
            oracle.handles(sys.exc_info()[1])
            try:
                raise KeyError("in finally")
            except KeyError as e:
                oracle.handles(e)
                go()
    except ValueError:
        pass


def numbers(go):
    try:
        fail("in a generator")
    except ValueError as e:
        yield 1
        oracle.handles(e)
        go()
        yield 2


def suspended():
    try:
        fail("in a suspended generator")
    except ValueError as e:
        yield e


def generator_in_handler(go):
    """The suspended generator's exception is not handled by this thread; the running one's is, and then ours."""
    asleep = suspended()
    oracle.holds(asleep, next(asleep))
    running = numbers(go)
    next(running)
    try:
        raise IndexError("around the generators")
    except IndexError as e:
        oracle.handles(e)
        for number in running:
            asleep = number


def delegating(go):
    try:
        fail("in the delegating generator")
    except ValueError as e:
        oracle.handles(e)
        yield from numbers(go)


def delegation(go):
    for number in delegating(go):
        number += 1


def thrown_into(go):
    def body():
        try:
            yield "ready"
        except RuntimeError as e:
            oracle.handles(e)
            go()
    generator = body()
    next(generator)
    generator.throw(RuntimeError("thrown into a generator"))


def from_comprehension(go):
    def handler(number):
        try:
            return 1 // (number - 2)
        except ZeroDivisionError as e:
            oracle.handles(e)
            go()
    return [handler(n) for n in range(5)]


def many_locals_and_handlers(go):
    a, b, c = 1, 2, 3
    try:
        try:
            raise OSError(13, "Permission denied", "/some/file")
        except OSError as e:
            oracle.handles(e)
            for a in [a]:
                with contextlib.suppress(KeyError):
                    try:
                        raise UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte")
                    except UnicodeError as f:
                        oracle.handles(f)
                        go()
    finally:
        c = b


def cleared_name(go):
    """The name is unbound when its handler ends; the exception lives on in another."""
    try:
        fail("kept by another name")
    except ValueError as e:
        kept = e
    try:
        raise kept
    except ValueError:
        oracle.handles(kept)
        go()


STEPS = [chained, suppressed, context_only, in_finally, in_exit, in_exit_of_many, raised_in_finally, generator_in_handler,
         delegation, thrown_into, from_comprehension, many_locals_and_handlers, cleared_name]


def run(index):
    if index < len(STEPS):
        STEPS[index](lambda: run(index + 1))
    try:
        raise SystemExit(3)
    except BaseException as last:
        oracle.handles(last)
        oracle.armed("abort")()


run(0)
