# -*- coding: utf-8 -*-
"""Holds secrets wherever a program can: src/tests/e2e/redact.py looks for them.

No secret is a literal of this file: each has a mark in it that is put together when it runs, of one kind for what is a secret by its
name, its form or because it is in the environment, of the other for what is a value like any.
"""
import collections
import ctypes
import json
import os
import signal
import sys
import threading

SECRET = "".join(reversed("YrAnAc"))
VALUE = "".join(reversed("eUlAv"))
ENVIRONMENT = os.environ["PYCORE_TEST_SETTING"]
NUMBER = int(os.environ["PYCORE_TEST_NUMBER"])
PLAIN_NUMBER = NUMBER + int("".join(reversed("1379173917")))
Account = collections.namedtuple("Account", "user password")
global_value = VALUE + "-global"
global_token = SECRET + "-global"


try:
    import enum
    Mode = enum.Enum("Mode", [("TOKEN", SECRET + "-member"), ("NAME", VALUE + "-member")], module=__name__)
    modes = [Mode.TOKEN, Mode.NAME]
except ImportError:         # 2.7 has no enums
    modes = [{"token": SECRET + "-member"}, {"name": VALUE + "-member"}]


def as_text(text):
    return text if isinstance(text, type(u"")) else text.decode("utf-8")


def as_bytes(text):
    return text if isinstance(text, bytes) else text.encode("utf-8")


class Client(object):
    def __init__(self):
        self.password = SECRET + "-attribute"
        self.url = "postgres://admin:%s-url@db.example.com/main" % SECRET
        self.setting = ENVIRONMENT
        self.place = VALUE + "-attribute"


class Credentials(object):
    """Secret as a whole: its attributes have names that say nothing."""
    __slots__ = ("first", "second")

    def __init__(self):
        self.first = SECRET + "-slot"
        self.second = [SECRET + "-slot-item"]


def fail_with_everything():
    try:
        try:
            try:
                compile("x = = %r" % ENVIRONMENT, VALUE + ".py", "exec")
            except SyntaxError:
                raise ValueError("cannot log in with %s and %s-message" % (ENVIRONMENT, VALUE))
        except ValueError as e:
            if hasattr(e, "add_note"):
                e.add_note("noted: " + ENVIRONMENT)
            raise KeyError(ENVIRONMENT, VALUE + "-key")
    except KeyError:
        open(os.path.join("/nonexistent", VALUE + "-file", ENVIRONMENT))


def keep(client, token=None, *arguments, **options):
    password = SECRET + "-local"
    api_key = int("".join(reversed("7351735173517")))
    headers = {"Authorization": "Bearer %s-header" % SECRET, "Accept": VALUE + "-header"}
    lines = "Host: %s-host\nCookie: id=%s-cookie; x=%s-more\n" % (VALUE, SECRET, SECRET)
    query = "name=%s-name&password=%s-query&x=1" % (VALUE, SECRET)
    document = json.dumps({"token": SECRET + "-json", "name": VALUE + "-json"})
    pairs = [("token", SECRET + "-pair"), ("name", VALUE + "-pair")]
    nested = {"a": {"b": [{"secret": {"c": SECRET + "-nested"}}]}, VALUE + "-dict-key": 1}
    account = Account(VALUE + "-user", SECRET + "-field")
    command = ["client", "--token", SECRET + "-next", "--password=" + SECRET + "-option", VALUE + "-operand"]
    at_begin = ENVIRONMENT + "y" * 600
    in_middle = "x" * 90 + ENVIRONMENT + "y" * 600
    at_limit = "x" * 190 + ENVIRONMENT + "y" * 600
    behind_limit = "x" * 400 + ENVIRONMENT
    escaped = "\n\t" + ENVIRONMENT + "\x00\\"
    of_repr = "it is %r" % ENVIRONMENT
    raw, buffer = b"\x00" + as_bytes(ENVIRONMENT), bytearray(b"\xff" + as_bytes(ENVIRONMENT))
    two_bytes, four_bytes = u"\u4e2d " + as_text(ENVIRONMENT), u"\U0001f375 " + as_text(ENVIRONMENT)
    numbers = {"plain": PLAIN_NUMBER, "known": NUMBER}
    members = set([ENVIRONMENT])
    web_token = ".".join(["eyJhbGciOiJIUzI1NiJ9", SECRET + "eyJzdWIiOiIxMjM0NTY3ODkwIn0", "c2lnbmF0dXJl"])
    cloud_key = "ghp_" + SECRET * 6
    pem = "-----BEGIN RSA PRIVATE KEY-----\n%s\n-----END RSA PRIVATE KEY-----\n" % SECRET
    credentials = Credentials()
    whole_environment, argv = os.environ, list(sys.argv)
    first_mode, other_mode = modes
    kept_modes = list(modes)
    value, values = VALUE + "-local", [VALUE + "-item", {VALUE: 1.5}]

    def inside():
        return password, value
    threading.current_thread().name = "%s-thread %s" % (VALUE, ENVIRONMENT)
    try:
        fail_with_everything()
    except Exception as e:
        held = e
        if os.environ.get("PYCORE_TEST_STOP"):
            os.kill(os.getpid(), signal.SIGSTOP)
        ctypes.string_at(8)


keep(Client(), SECRET + "-argument", VALUE + "-positional", session_id=SECRET + "-keyword", name=VALUE + "-keyword")
