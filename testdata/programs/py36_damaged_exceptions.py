"""Exceptions that something has written over, each in a thread of its own: what is wrong is said, and all else is whole."""
import ctypes
import functools
import operator
import struct
import sys
import threading

import oracle

GROUPS = sys.version_info >= (3, 11)
ARGS = 24                               # of BaseException, on 64 bits
TRACEBACK = 40 if GROUPS else 32        # 3.11: behind the notes
CONTEXT, CAUSE = TRACEBACK + 8, TRACEBACK + 16
EXCEPTIONS = CAUSE + 24                 # of a group: behind suppress_context and the message
TYPE, SIZE, TB_NEXT, ITEMS = 8, 16, 16, 24
gate, arrived = threading.Lock(), threading.Semaphore(0)
gate.acquire()
writes, expected = [], []


def fail(kind, text):
    raise kind(text)


def write(address, value):
    """Is done in C, after the answer has been written."""
    writes.append(functools.partial(ctypes.memmove, address, struct.pack("<Q", value & (1 << 64) - 1), 8))


def expect(e, status="corrupt", **more):
    more.setdefault("type", type(e).__name__)
    expected.append(dict(more, address="0x%x" % id(e), status=status))


def args_are_no_tuple(e):
    write(id(e) + ARGS, id(type))
    expect(e, args=None, message=None, context="KeyError")


def args_of_a_negative_size(e):
    write(id(e.args) + SIZE, -1)
    expect(e, args=None, message=None, context="KeyError")


def args_are_nowhere(e):
    write(id(e) + ARGS, 0x10)
    expect(e, args=None, message=None)


def caused_by_itself(e):
    write(id(e) + CAUSE, id(e))
    expect(e, "complete", cause="repeated", message="caused_by_itself")


def context_of_its_context(e):
    write(id(e.__context__) + CONTEXT, id(e))
    expect(e, "complete", context="KeyError", message="context_of_its_context")


def context_is_nowhere(e):
    write(id(e) + CONTEXT, 0x7ffffffffff0)
    expect(e, "complete", context=None, context_status="corrupt")


def traceback_without_an_end(e):
    write(id(e.__traceback__.tb_next) + TB_NEXT, id(e.__traceback__))
    expect(e, traceback=["raise_it", "fail"], message="traceback_without_an_end", context="KeyError")


def traceback_of_an_int(e):
    write(id(e.__traceback__) + TB_NEXT, id(1))
    expect(e, traceback=["raise_it"], message="traceback_of_an_int", context="KeyError")


def of_no_type(e):
    write(id(e) + TYPE, 0x18)
    expect(e, type=None, message=None, args=None)


def of_a_type_that_is_none(e):
    write(id(e) + TYPE, id(e.args))
    expect(e, type=None, message=None, args=None)


def notes_without_number(e):
    e.add_note("noted")
    write(id(e.__notes__) + SIZE, 1 << 40)
    expect(e, notes_begin=["noted"], message="notes_without_number", context="KeyError")


def group_without_number(e):
    write(id(e.exceptions) + SIZE, 1 << 40)
    expect(e, "truncated", context="KeyError")


def position_beyond_all(e):
    e.end = -2 ** 63        # no damage: anybody may; the position before it is not in a C long
    expect(e, "complete", message=None, context="KeyError")


def raise_it(damage):
    try:
        {}["healthy"]
    except KeyError:
        if damage is position_beyond_all:
            raise UnicodeDecodeError("utf-8", b"abc", 1, 2, "invalid")
        if damage is group_without_number:
            raise ExceptionGroup("two", [ValueError(1), ValueError(2)])     # noqa: F821
        fail(ValueError, damage.__name__)


def handle(damage):
    oracle.enter()
    try:
        raise_it(damage)
    except Exception as e:
        oracle.handles(e)
        e.__traceback__ = e.__traceback__.tb_next
        damage(e)
        del e
        arrived.release()
        gate.acquire()


def main():
    damages = [args_are_no_tuple, args_of_a_negative_size, args_are_nowhere, caused_by_itself, context_of_its_context,
               context_is_nowhere, traceback_without_an_end, traceback_of_an_int, of_no_type, of_a_type_that_is_none,
               position_beyond_all]
    for damage in damages + ([notes_without_number, group_without_number] if GROUPS else []):
        t = threading.Thread(target=handle, args=(damage,))
        t.daemon = True
        t.start()
        arrived.acquire()
    call = operator.methodcaller("__call__")
    list(map(call, writes + [oracle.armed("abort", damaged=expected)]))


main()
