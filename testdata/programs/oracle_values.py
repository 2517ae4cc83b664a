# -*- coding: utf-8 -*-
"""What a report has to say of one value: its type, its address and the text that repr() prints for it.

Runs inside the program that is about to crash, on CPython 2.7 and 3.6 and later. Not every text can be asked of
somebody who may not run the program's code, so each value carries what is wanted of its text ("want"):

    exact       repr() of this type, and of all parts, is the interpreter's own code: to the character
    if-stated   repr() is C code of some other type: if a report calls its text exact, then it has to be this one
    stand-in    some part defines __repr__ in Python: that part as <module.Class object at 0x...>, and not "exact"
    unlimited   an int with more digits than repr() would print: all of them, and not "exact"
"""
import datetime
import sys
import types

PY2 = sys.version_info[0] == 2

if PY2:
    text_type = unicode  # noqa: F821
    ATOMS = (int, long, float, complex, str, unicode, bytearray, bool, type(None), type(Ellipsis),  # noqa: F821
             type(NotImplemented), xrange)  # noqa: F821
else:
    text_type = str
    ATOMS = (int, float, complex, str, bytes, bytearray, bool, type(None), type(Ellipsis), type(NotImplemented), range)

ENTITIES = (types.FunctionType, types.BuiltinFunctionType, types.CodeType, types.ModuleType, type(str.upper),
            datetime.date, datetime.time, datetime.datetime, datetime.timedelta) + \
    ((datetime.timezone,) if hasattr(datetime, "timezone") else ())
CONTAINERS = (tuple, list, dict, set, frozenset)
LIMIT = 900000          # characters; the suite asks for values of up to a million

EXACT, IF_STATED, STAND_IN = range(3)
WANTS = {EXACT: "exact", IF_STATED: "if-stated", STAND_IN: "stand-in"}

# What the programs say of an instance's attributes: {id: [name, ...]}. Asking the instance for its __dict__ would
# create one on 3.11 and later, and the state without it would never be seen in any core.
ATTRIBUTES = {}


def to_text(s):
    """Names are bytes on 2.7; bytes that are not UTF-8 become the lone surrogates that 3 makes of them."""
    if s is None or isinstance(s, text_type):
        return s
    try:
        return s.decode("utf-8")
    except UnicodeDecodeError:
        return text_type().join([unichr(b if b < 128 else 0xdc00 + b) for b in bytearray(s)])  # noqa: F821


def in_module(module, name):
    if module in ("builtins", "__builtin__", None):
        return to_text(name)
    return to_text(module) + to_text(".") + to_text(name)


def type_module(t):
    """By the getter of type itself: t.__module__ would finish a static type that 2.7 has left unfinished so far."""
    module = type.__dict__["__module__"].__get__(t)
    return module if isinstance(module, (str, text_type)) else None


def type_name(t):
    """As type.__repr__ finds it: a metaclass may define __qualname__ otherwise."""
    if PY2:
        return type.__dict__["__name__"].__get__(t)
    return type.__dict__["__qualname__"].__get__(t)


def type_text(t):
    return in_module(type_module(t), type_name(t))


def plain_object(o):
    return to_text("<%s object at 0x%x>") % (type_text(type(o)), id(o))


def own_repr(t):
    """The class among t's bases that defines __repr__, and the function (None: unknown)."""
    bases = type.__dict__["__mro__"].__get__(t)
    if bases is None:           # not yet made ready (2.7)
        return t, None
    for base in bases:
        found = base.__dict__.get("__repr__")
        if found is not None:
            return base, found
    return object, object.__dict__["__repr__"]


def parts_of(o):
    """The values inside a container or a bound method that its repr() prints, or () for anything else."""
    if isinstance(o, dict):
        return [x for pair in dict.items(o) for x in pair]
    for kind in (list, tuple, set, frozenset):
        if isinstance(o, kind):
            return list(kind.__iter__(o))
    if type(o) is slice:
        return [o.start, o.stop, o.step]
    if type(o) is types.MethodType:
        return [o.__self__]
    return ()


def rank(o, path=()):
    """How much may be asked of repr(o): the least that may be asked of any part of it."""
    t = type(o)
    if t in ATOMS:
        return EXACT
    if id(o) in path:
        return EXACT
    if len(path) > 60:
        return IF_STATED
    base, found = own_repr(t)
    if base is object:
        return EXACT
    if isinstance(found, types.FunctionType):
        return STAND_IN
    if t is types.ModuleType and sys.version_info >= (3, 12) and type(o.__loader__).__name__ == "NamespaceLoader":
        return IF_STATED    # its path is computed when it is asked for
    if t in ENTITIES or isinstance(o, type):
        return EXACT
    worst = EXACT if t in CONTAINERS or t in (slice, types.MethodType) else IF_STATED
    for part in parts_of(o):
        worst = max(worst, rank(part, path + (id(o),)))
        if worst == STAND_IN:
            break
    return worst


def join(parts):
    return to_text(", ").join(parts)


def render(o, path=()):
    """repr(o) without running any repr that is defined in Python; None where that is not known here."""
    t = type(o)
    if id(o) in path:
        return {list: "[...]", tuple: "(...)", dict: "{...}"}.get(t) or t.__name__ + "(...)"
    kind = rank(o)
    if kind != STAND_IN:
        return to_text(repr(o))
    if isinstance(own_repr(t)[1], types.FunctionType):
        return plain_object(o)
    if t not in CONTAINERS and t not in (slice, types.MethodType):
        return None
    if t is types.MethodType:
        return None
    parts = [render(x, path + (id(o),)) for x in parts_of(o)]
    if None in parts:
        return None
    if t is list:
        return "[" + join(parts) + "]"
    if t is tuple:
        return "(" + join(parts) + ("," if len(parts) == 1 else "") + ")"
    if t is dict:
        return "{" + join([k + ": " + v for k, v in zip(parts[::2], parts[1::2])]) + "}"
    if t is slice:
        return "slice(" + join(parts) + ")"
    if PY2:
        return t.__name__ + "([" + join(parts) + "])"
    return "{" + join(parts) + "}" if t is set else "frozenset({" + join(parts) + "})"


def text_of(o):
    """(text or None, what is wanted of it)"""
    kind = rank(o)
    if kind == STAND_IN:
        return render(o), WANTS[kind]
    try:
        return to_text(repr(o)), WANTS[kind]
    except ValueError:
        if not hasattr(sys, "set_int_max_str_digits"):
            raise
    before = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(0)
    try:
        return to_text(repr(o)), "unlimited"
    finally:
        sys.set_int_max_str_digits(before)


def has_no_attributes(o):
    """Whether o can have none: neither a dictionary nor slots. Of modules and classes a report does not tell them."""
    if isinstance(o, (type, types.ModuleType)) or (PY2 and isinstance(o, types.ClassType)):
        return True
    t = type(o)
    if type.__dict__["__dictoffset__"].__get__(t) or (PY2 and t is types.InstanceType):
        return False
    bases = type.__dict__["__mro__"].__get__(t) or ()
    return not any(isinstance(m, types.MemberDescriptorType) for b in bases if type.__dict__["__flags__"].__get__(b) & 1 << 9
                   for m in type.__dict__["__dict__"].__get__(b).values())


def value(o, attributes=True):
    text, want = text_of(o)
    out = {"type": type_text(type(o)), "address": "0x%x" % id(o), "want": want,
           "repr": text if text is not None and len(text) <= LIMIT else None}
    if attributes and id(o) in ATTRIBUTES:
        out["attributes"] = [[to_text(n), value(getattr(o, n), False)] for n in ATTRIBUTES[id(o)]]
    elif attributes and has_no_attributes(o):
        out["attributes"] = None
    return out
