# -*- coding: utf-8 -*-
"""What str() of an exception gives: of every builtin class with a text of its own, of arguments that are no texts, and of
those whose str() is code of the program's, which is not run."""
import oracle


class Spoken(object):
    """Its repr() is object's, its str() is not."""

    def __str__(self):
        return "spoken"


class Worded(str):
    def __str__(self):
        return "other words"


class Loud(Exception):
    def __str__(self):
        return "LOUD"


class Quiet(Loud, ValueError):
    pass


class Plain(KeyError):
    pass


def made():
    found = [Exception(), Exception(None), Exception(12), Exception(2 ** 70), Exception(u"t\xebxt"), Exception(("a", 1)),
             Exception("one", "two"), Exception(Spoken()), Exception(Worded("own")), Exception([1, "x"]), Exception(True),
             Exception(b"bytes"), Loud("hushed"), Quiet(1), KeyError("k"), KeyError(), KeyError("a", "b"), Plain((1,)),
             OSError(), OSError(2), OSError(2, "two"), OSError(13, "thirteen", "file"), OSError(1, 2, 3), StopIteration(4),
             SystemExit(3), SyntaxError("m"), SyntaxError("m", ("/a/f.py", 3, 1, "x")), ImportError("no", "module"),
             AttributeError("x"), UnicodeDecodeError("utf-8", b"\xff\xfe", 0, 2, "why"),
             UnicodeEncodeError("ascii", u"\xe9\u4e2d", 0, 1, "not"), UnicodeEncodeError("ascii", u"\xe9\u4e2d", 1, 2, "not")]
    try:
        open("/no/such/folder/file")
    except (IOError, OSError) as e:
        found.append(e)
    return found


def chain(todo):
    """Each raised while the one before it is being handled."""
    if not todo:
        oracle.crash("abort")
    try:
        raise todo[0]
    except BaseException as e:
        oracle.handles(e)
        chain(todo[1:])


chain(made())
