"""Exception groups and notes: handled by except*, nested, split, in chains."""
import oracle


def fail(kind, text):
    raise kind(text)


def collect(*failures):
    found = []
    for kind, text in failures:
        try:
            fail(kind, text)
        except Exception as e:
            e.add_note("noted: " + text)
            found.append(e)
    return found


def split(go):
    """What is handled is the part that matched."""
    try:
        raise ExceptionGroup("mixed", collect((ValueError, "a"), (TypeError, "b"), (KeyError, "c")))
    except* ValueError as group:
        oracle.handles(group)
        go()
    except* TypeError:
        pass


def plain(go):
    inner = ExceptionGroup("inner", collect((OSError, "one")))
    inner.add_note("first note")
    inner.add_note("second \u4e2d note\nof two lines")
    try:
        try:
            raise ExceptionGroup("outer", [inner, ValueError("two"), inner])
        except ExceptionGroup as e:
            raise RuntimeError("because of a group") from e
    except RuntimeError as e:
        oracle.handles(e)
        go()


def last():
    try:
        raise BaseExceptionGroup("base", [KeyboardInterrupt(), *collect((ValueError, "x"))])
    except BaseException as e:
        oracle.handles(e)
        oracle.armed("abort")()


plain(lambda: split(last))
