# -*- coding: utf-8 -*-
"""What str() of an exception gives: of every builtin class with a text of its own, of arguments that are no texts, and of
those whose str() is code of the program's, which is not run."""
import datetime
import decimal
import threading

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


class Both(ValueError, KeyError):
    """str() is KeyError's, the second base's."""


class Again(LookupError):
    __str__ = BaseException.__str__


class Wide(str):
    """str() is str's own."""


class Located(SyntaxError):
    def __str__(self):
        return "the traceback module does not ask"


def with_attributes(e, **attributes):
    for name, value in attributes.items():
        setattr(e, name, value)
    return e


class Day(datetime.date):
    def isoformat(self):
        return "a day"


def moments():
    """str() of what the datetime module makes is not repr()."""
    date, time, moment, delta = datetime.date, datetime.time, datetime.datetime, datetime.timedelta
    found = [date(1, 2, 3), moment(2024, 2, 29, 12, 30), moment(1999, 12, 31, 23, 59, 59, 7), time(), time(1, 2, 3, 45), delta(0),
             delta(1, 3661), delta(-1), delta(-1, 1, 1), delta(400, 86399, 999999), Day(2020, 1, 1)]
    if not oracle.PY2:
        zone = datetime.timezone
        found += [zone.utc, zone(delta(0)), zone(delta(hours=-5, minutes=-30)), zone(delta(hours=1), "MEZ"), zone(delta(0), "zero"),
                  moment(2024, 1, 1, tzinfo=zone.utc), time(1, tzinfo=zone(delta(hours=9))), moment(2024, 1, 1, tzinfo=zone(-delta(minutes=1)))]
    return [Exception(x) for x in found]


def decimals():
    """str() of which 2.7 computes in Python."""
    texts = ("0", "-1.50", "1E+30", "1e-30", "NaN", "-sNaN12", "-Infinity", "123456789012345678901234567890.5")
    return [] if oracle.PY2 else [Exception(decimal.Decimal(t)) for t in texts]


def of_the_library():
    """str() is code of the standard library: it is known, and not run."""
    import getopt
    import optparse
    import subprocess
    found = [subprocess.CalledProcessError(1, ["ls", "x"]), getopt.GetoptError("no such", "x"), optparse.OptParseError("why")]
    if not oracle.PY2:
        import concurrent.futures.process
        import configparser
        import multiprocessing.pool
        import urllib.error
        found += [subprocess.CalledProcessError(-9, "kill me"), subprocess.CalledProcessError(-6, "abort"), subprocess.CalledProcessError(0, ()),
                  subprocess.TimeoutExpired(["sleep", "9"], 1.5), urllib.error.URLError("no host"),
                  configparser.NoOptionError("o", "s"), concurrent.futures.process._RemoteTraceback("tb\nlines"),
                  multiprocessing.pool.RemoteTraceback("tb"), multiprocessing.pool.MaybeEncodingError(KeyError("k"), [1])]
    return found


def syntax_errors():
    """Every way of having a position, or part of one."""
    lines = ["x = (1,\n", "  ab  cd\n", "\tab\n", " \f x", "", "\n", "a\n\n"]
    found = [SyntaxError("at", ("f.py", 3, offset, line)) for line in lines for offset in (None, 0, 1, 3, 6, 99, -2)]
    found += [SyntaxError("at", ("f.py", None, 1, "ab")), SyntaxError("at", (None, 3, 1, "ab")), SyntaxError("at", (None, None, None, None)),
              SyntaxError("at", ("", 1, 1, None)), SyntaxError(), SyntaxError(None), SyntaxError(""),
              Located("a", ("/a/b.py", 7, 2, "text")), IndentationError("unexpected", ("f", 1, 2, "  x")), TabError("t")]
    if hasattr(SyntaxError(), "end_offset"):
        found += [SyntaxError("at", ("f.py", 3, offset, line, 3 + (offset == 2), end)) for line in lines[:3]
                  for offset in (1, 2, 5, 9) for end in (None, 0, -1, 1, 4, 8, 50)]
    for source in ("x = = 1", "def f(:\n  pass", "if x:\npass", "  y", "print(1", "a b", "'abc", "\u4e2d\u4e2d = = 1", "f(a for a in b, c)"):
        try:
            compile(source, "<made>", "exec")
        except SyntaxError as e:
            found.append(e)
    return found


def misses():
    """Raised by the interpreter: names, attributes, imports."""
    def by(function):
        try:
            function()
        except Exception as e:
            return e

    def import_it():
        import no_such_module_of_mine       # noqa: F401

    def import_from():
        from os import no_such_name_of_mine     # noqa: F401

    return [by(lambda: no_such_name_of_mine), by(lambda: [].no_such_attribute_of_mine), by(import_it), by(import_from)]  # noqa: F821


def made():
    found = [Exception(), Exception(None), Exception(12), Exception(2 ** 70), Exception(u"t\xebxt"), Exception(("a", 1)),
             Exception("one", "two"), Exception(Spoken()), Exception(Worded("own")), Exception([1, "x"]), Exception(True),
             Exception(b"bytes"), Loud("hushed"), Quiet(1), KeyError("k"), KeyError(), KeyError("a", "b"), Plain((1,)),
             OSError(), OSError(2), OSError(2, "two"), OSError(13, "thirteen", "file"), OSError(1, 2, 3), StopIteration(4),
             SystemExit(3), SyntaxError("m"), SyntaxError("m", ("/a/f.py", 3, 1, "x")), ImportError("no", "module"),
             AttributeError("x"), UnicodeDecodeError("utf-8", b"\xff\xfe", 0, 2, "why"),
             UnicodeEncodeError("ascii", u"\xe9\u4e2d", 0, 1, "not"), UnicodeEncodeError("ascii", u"\xe9\u4e2d", 1, 2, "not"),
             UnicodeDecodeError("utf-8", b"abc", 1, 2, "one"), UnicodeTranslateError(u"abc", 0, 2, "two"), UnicodeError("plain"),
             Both("k"), Again("k"), Exception(Wide("w")), Exception(Exception(u"within")), Exception(KeyError("k")),
             Exception(Loud("x")), Exception(0.1), Exception(1.0 / 3), Exception(1e16), Exception(1.0 / 3 + 2j), Exception(float("nan")),
             Exception(bytearray(b"x")), Exception(b"a\xff"), Exception("two\nlines\n"), Exception(""), Exception(int),
             OSError(None, "no number"), OSError(2, "two", None), OSError(2, u"t\xebxt"), OSError(2, "two", 7),
             with_attributes(OSError("x"), filename="later"), with_attributes(OSError(5, "x"), errno=None, strerror=12),
             ImportError(Worded("own")), StopIteration(), StopIteration((1, 2)), SystemExit(), SystemExit("bye"), SystemExit(1, 2),
             KeyboardInterrupt(), GeneratorExit(), MemoryError(), Exception(2 ** 70, u"\u4e2d"), Exception(Ellipsis, range(3))]
    if not oracle.PY2:
        found += [OSError(2, "two", "from", None, "to"), BlockingIOError(11, "again", 5), ImportError("no", name="n", path="p"),
                  with_attributes(ImportError("no"), msg=None), StopAsyncIteration(3), Exception("\udc80 surrogate")]
    found += syntax_errors() + misses() + moments() + decimals() + of_the_library() + [Exception(x) for x in (1e11, -123456789012.0, 1.5e11, 99999999999.5, -0.0, 1e-5)]
    found += [Exception(x) for x in (-1j, complex(-0.0, 1), complex(1, float('nan')), float('-inf'))]
    try:
        open("/no/such/folder/file")
    except (IOError, OSError) as e:
        found.append(e)
    return found


gate, arrived = threading.Lock(), threading.Semaphore(0)
gate.acquire()


def handle(last):
    oracle.enter()
    try:
        raise last
    except BaseException as e:
        oracle.handles(e)
        arrived.release()
        gate.acquire()


def main():
    """Each thread handles one, and with it those that came before it; 2.7 has no such chains."""
    found = made()
    for i in range(len(found) - 1):
        if not oracle.PY2 and i % 24:
            found[i + 1].__context__ = found[i]
    last = found if oracle.PY2 else found[::24] + found[-1:]
    for e in last:
        t = threading.Thread(target=handle, args=(e,))
        t.daemon = True
        t.start()
        arrived.acquire()
    del found, e
    oracle.crash("abort", texts=[])


main()
