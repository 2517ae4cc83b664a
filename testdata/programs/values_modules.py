# -*- coding: utf-8 -*-
"""Values of modules of the standard library whose __repr__ is Python code; values_library.py has the most common types."""
import argparse
import logging
import sys
import threading
import weakref

import oracle
from many_locals import with_locals

VERSION = sys.version_info[:2]
KEPT = []


def threads():
    event, ended = threading.Event(), threading.Thread(target=len, args=((),), name="ended")
    waiting = threading.Thread(target=event.wait, name=u"waiting")
    daemon = threading.Thread(target=event.wait)
    new, timer = threading.Thread(name="new \xe9" if VERSION > (3,) else "new"), threading.Timer(60, event.set)
    waiting.daemon = daemon.daemon = timer.daemon = True
    waiting.start()
    daemon.start()
    ended.start()
    ended.join()
    with_state = [threading.current_thread(), ended, waiting, daemon, new, timer]
    lock = threading.Lock()
    lock.acquire()
    KEPT.append(lock)
    values = with_state + [threading.Condition(lock) if VERSION > (3,) else threading.Condition()]
    if VERSION > (3, 10):
        barrier = threading.Barrier(3)
        broken = threading.Barrier(2)
        broken.abort()
        set_event = threading.Event()
        set_event.set()
        values += [event, set_event, threading.Semaphore(3), threading.BoundedSemaphore(2), barrier, broken]
    if VERSION < (3,):
        held = threading.RLock()
        held.acquire()
        values += [held, threading.RLock()]
    return values


def asyncios():
    if VERSION < (3,):
        return []
    import asyncio
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    closed = asyncio.new_event_loop()
    closed.close()
    queue, stack, bound = asyncio.Queue(5), asyncio.LifoQueue(), asyncio.Queue()
    stack.put_nowait(1)
    stack.put_nowait([2])
    bound.put_nowait("x")
    KEPT.append(bound)
    event, lock, zero = asyncio.Event(), asyncio.Lock(), asyncio.Semaphore(0)
    event.set()
    values = [loop, closed, queue, stack, asyncio.Event(), event, lock, asyncio.Condition(lock), asyncio.Semaphore(2), zero,
              asyncio.BoundedSemaphore(), asyncio.PriorityQueue(), asyncio.StreamReader(loop=loop), asyncio.StreamReader(limit=10, loop=loop)]
    if VERSION >= (3, 11):
        values.append(asyncio.TaskGroup())
    return values


def futures():
    if VERSION < (3,):
        return []
    import concurrent.futures
    made = [concurrent.futures.Future() for _ in range(5)]
    made[1].set_running_or_notify_cancel()
    made[2].cancel()
    made[3].set_result([1])
    made[4].set_exception(ValueError("x"))
    return made


def loggers():
    if VERSION < (3,):
        return []
    root, child, own = logging.getLogger(), logging.getLogger("a.b"), logging.getLogger("c")
    own.setLevel(15)
    handler = logging.StreamHandler(sys.stderr)
    handler.setLevel(logging.ERROR)
    record = logging.LogRecord("n", 20, "/p.py", 3, "it's %d", (1,), None)
    return [root, child, own, handler, logging.NullHandler(), logging.FileHandler("log.txt", delay=True)] + \
        ([record] if VERSION >= (3, 8) else [])


def arguments():
    parser = argparse.ArgumentParser("prog")
    action = parser.add_argument("--x", type=int, default=[3], help="a number")
    odd = argparse.Namespace(b=1, a="x", **({"not an identifier": 2} if VERSION > (3,) else {}))
    values = [argparse.Namespace(), odd, parser.parse_args(["--x", "4"]), action]
    return values + ([parser] if VERSION > (3,) else [])


def processes():
    if VERSION < (3,):
        return []
    import subprocess
    values = [subprocess.CompletedProcess(["a", "b"], 0), subprocess.CompletedProcess("x", 1, b"out", "err")]
    if VERSION >= (3, 9):
        short = subprocess.Popen(["true"])
        long = subprocess.Popen(["true", "x" * 100, u"\xe9"])
        short.wait()
        long.wait()
        values += [short, long]
    return values


def functions():
    if VERSION < (3,):
        return []
    import codecs
    import functools
    import inspect
    values = [functools.partialmethod(len, 1, k=2), functools.partialmethod(len), codecs.lookup("utf-8"),
              weakref.WeakValueDictionary(), weakref.WeakKeyDictionary(), logging.__spec__, sys.__spec__]
    if VERSION >= (3, 8):
        values.append(weakref.WeakSet())
    if VERSION >= (3, 9):
        values.append(inspect.signature(lambda a, b=1: 0).bind(1, b=[2]))
    return values


def typings():
    if VERSION < (3, 7):
        return []
    import dataclasses
    import typing as t
    T = t.TypeVar("T")
    values = [t.Any, t.List, t.List[int], t.Dict[str, t.List[int]], t.Union[int, str], t.Optional[int], t.Union[int, str, None],
              t.Callable, t.Callable[[int, str], bool], t.Callable[..., int], t.Tuple[int, ...], t.ForwardRef("X"), t.ClassVar[int],
              t.Type[int], t.Generic, dataclasses.dataclass(type("D", (), {})).__dataclass_params__]
    if VERSION < (3, 12):
        values += [T, t.Iterable[T], t.TypeVar("C", covariant=True), t.TypeVar("N", contravariant=True)]
    return values


def addresses():
    if VERSION < (3,):
        import decimal
        texts = ["0", "1.5", "-0.00001", "123", "NaN", "-sNaN1", "Infinity", "-Infinity", "0.000"]
        return [decimal.Decimal(text) for text in texts]
    import ipaddress as ip
    import _pydecimal as decimal
    made = ["1.2.3.4", "0.0.0.0", "255.255.255.255", "::", "::1", "1::", "2001:db8::8:800:200c:417a", "1:0:0:2:0:0:0:3", "1:2:3:4:5:6:0:8"]
    return [ip.ip_address(a) for a in made] + [ip.ip_network("10.0.0.0/8"), ip.ip_network("2001:db8::/32")] + \
        [decimal.Decimal("1.50"), decimal.Decimal("-0.001"), decimal.Decimal("Infinity")]


def more():
    """What was met more rarely."""
    import collections
    if VERSION < (3,):
        import UserDict
        return [UserDict.UserDict({"a": [1]}), weakref.WeakValueDictionary(), weakref.WeakKeyDictionary()]
    import ctypes
    import socket
    import unittest
    import warnings
    import xml.dom.minidom as dom
    import zipfile
    closed = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    closed.close()
    info, packed = zipfile.ZipInfo("a.txt"), zipfile.ZipInfo("folder/")
    info.file_size, info.compress_size, info.compress_type = 10, 7, zipfile.ZIP_DEFLATED
    packed.file_size = packed.compress_size = 0
    packed.external_attr = (0o40755 << 16) | 0x10
    held = threading._PyRLock()
    held.acquire()
    text = dom.parseString("<a>short<b/>much longer it's</a>").documentElement.childNodes
    return [closed, info, packed, held, threading._PyRLock(), text[0], text[2], warnings.catch_warnings(record=True),
            warnings.catch_warnings(module=sys), ctypes.c_char_p(), ctypes.c_wchar_p("x"), unittest.TestSuite(),
            unittest.FunctionTestCase(main), collections.Counter({"a": None, "b": 1}), collections.Counter({"z": "x", "b": 1.5})] + \
        newer()


def newer():
    import typing as t
    values = []
    if VERSION >= (3, 9):
        values += [t.Annotated[int, "m", 3], t.Annotated[t.List[str], (1,)]]
    if VERSION >= (3, 10):
        values.append(t.NewType("Own", int))
    if VERSION >= (3, 11):
        import http
        values.append(http.HTTPMethod.GET)
    return values


def mocks():
    if VERSION < (3,):
        return []
    from unittest import mock
    named, spec = mock.Mock(name="it's"), mock.MagicMock(spec=threading.Event)
    plain = mock.MagicMock()
    plain.a.b.return_value = 1
    return [named, spec, plain, plain.a, plain.a.b, plain(), plain().x, named.y(), mock.sentinel.done, mock.ANY,
            mock.NonCallableMock(spec_set=dict)]


def others():
    import tarfile
    import unittest
    import xml.dom.minidom as dom
    values = [tarfile.TarInfo("x"), dom.parseString("<a><b/></a>").documentElement, unittest.TestResult(), unittest.FunctionTestCase(len)][:3]
    if VERSION < (3,):
        return values
    import configparser
    import plistlib
    import statistics
    import tempfile
    import traceback
    parser = configparser.ConfigParser()
    parser.read_string("[s]\na=1\n")
    directory = tempfile.TemporaryDirectory()
    KEPT.append(directory)
    directory.name = "/tmp/name"
    directory._finalizer.detach()
    values += [parser["s"], traceback.FrameSummary("f.py", 3, "name"), directory, exit, help]
    if VERSION >= (3, 8):
        values += [plistlib.UID(1), statistics.NormalDist(1, 2.5)]
    return values


class Named(threading.Thread):
    def is_alive(self):
        return False


def may_be_stand_ins():
    import socket
    return [socket.socket(), Named()]


def main():
    known = threads() + asyncios() + futures() + loggers() + arguments() + processes() + functions() + typings() + addresses() + \
        mocks() + others() + more()
    for value in known:
        oracle.prints(value)
    with_locals(known + [Named()] + may_be_stand_ins() + KEPT, lambda: oracle.crash("abort"))


main()
