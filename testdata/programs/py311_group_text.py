"""Groups as the text report prints them: nested, wide, deep, with notes, chains and messages of several lines."""
import threading
import traceback

import oracle


def noted(e, *notes):
    for note in notes:
        e.add_note(note)
    return e


def because(e, cause=None, context=None):
    e.__cause__ = cause
    e.__context__ = context
    e.__suppress_context__ = cause is not None
    return e


def nested():
    inner = ExceptionGroup("inner", [ValueError("one"), noted(KeyError("two"), "a note", "another\nof two lines")])
    last = ExceptionGroup("last", [ExceptionGroup("innermost", [OSError(2, "No", "file")])])
    return noted(ExceptionGroup("outer", [inner, TypeError(), last]), "of the group")


def wide():
    return ExceptionGroup("wide", [ValueError(i) for i in range(20)])


def one_more():
    return ExceptionGroup("one more than is shown", [ValueError(i) for i in range(16)])


def deep():
    group = ValueError("the innermost")
    for i in range(14):
        group = ExceptionGroup("level %d" % i, [group, KeyError(i)] if i % 2 else [group])
    return group


def chained():
    first = because(ValueError("second\nof two lines"), context=KeyError("first"))
    second = because(TypeError("with a cause"), cause=ExceptionGroup("the cause", [OSError("in it")]))
    return because(BaseExceptionGroup("chained", [first, second, KeyboardInterrupt()]), context=IndexError("around"))


def odd():
    found = [SyntaxError("wrong", ("f.py", 3, 5, "  if x = 1:\n", 3, 8)), ValueError(""), ValueError("\nlines\n\n"), UnicodeDecodeError("utf-8", b"\xff", 0, 1, "no")]
    found += [noted(ValueError("n"), "", "\n", "x\n"), StopIteration(3), SystemExit("text")]
    with_text, with_number, with_dict, with_others = (ValueError(i) for i in range(4))
    with_number.__notes__ = 12
    with_dict.__notes__ = {"a": 1}
    with_others.__notes__ = (1, None, ["x"], b"bytes", 1.5)
    return BaseExceptionGroup("\u4e2d odd", found + [with_dict, with_others] if hasattr(ImportError(), "name_from") else found + [with_others])


gate, arrived = threading.Lock(), threading.Semaphore(0)
gate.acquire()


def handle(group):
    oracle.enter()
    try:
        raise RuntimeError("because of a group") from group
    except RuntimeError as e:
        oracle.handles(e)
        del e, group
        arrived.release()
        gate.acquire()


def main():
    texts = []
    for make in (nested, wide, one_more, deep, chained, odd):
        group = make()
        texts.append("".join(traceback.format_exception(type(group), group, None))[:-1])
        t = threading.Thread(target=handle, args=(group,))
        t.daemon = True
        t.start()
        arrived.acquire()
    del group
    oracle.crash("abort", texts=texts, only_texts=True)


main()
