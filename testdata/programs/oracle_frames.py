# -*- coding: utf-8 -*-
"""What a report has to say of one frame and of one exception. Runs on CPython 2.7 and 3.6 and later."""
import gc
import sys
import traceback
import types

from oracle_values import PY2, rank, text_of, to_text, type_module, value, EXACT, own_repr

OPTIMIZED, VARARGS, VARKEYWORDS = 1, 4, 8       # co_flags
NAMESPACES = {}         # {id of a class body's frame: its dictionary}
_qualnames = {}
_instructions = {}


def qualname_of(code, f=None):
    """What the interpreter says (3.11), else what a class body says of itself, else the name of the function whose code
    this is, else None."""
    if hasattr(code, "co_qualname"):
        return code.co_qualname
    if f is not None and not code.co_flags & OPTIMIZED and "__qualname__" in f.f_locals:
        return f.f_locals["__qualname__"]
    if PY2:
        return None
    if not _qualnames:
        for o in gc.get_objects():
            if type(o) is types.FunctionType:
                _qualnames[id(o.__code__)] = o.__qualname__
    return _qualnames.get(id(code))


def instructions_at(code, offset):
    """The offsets by which an instruction may be called: from 3.11 on a frame in a call may stand on one of the
    entries of its inline cache, and what dis prints is the instruction that they belong to."""
    found = [offset]
    if sys.version_info >= (3, 11) and offset >= 0:
        raw = code.co_code
        while offset > 0 and raw[offset] == 0:
            offset -= 2
        if offset != found[0]:
            found.append(offset)
    return found


def position_of(code, offset):
    """[line, end_line, column, end_column] since 3.11, else None."""
    if not hasattr(code, "co_positions") or offset < 0:
        return None
    if id(code) not in _instructions:
        _instructions[id(code)] = list(code.co_positions())
    return list(_instructions[id(code)][offset // 2])


def variables_of(code):
    """[(name, kind, captured)] of a function in the order in which its code object names them."""
    count = code.co_argcount + getattr(code, "co_kwonlyargcount", 0)
    count += bool(code.co_flags & VARARGS) + bool(code.co_flags & VARKEYWORDS)
    cells = code.co_cellvars
    out = [(n, "argument" if i < count else "local", n in cells) for i, n in enumerate(code.co_varnames)]
    out += [(n, "cell", True) for n in cells if n not in code.co_varnames]
    return out + [(n, "free", False) for n in code.co_freevars]


def namespace_of(f):
    """The dictionary of a module or class body whose f_locals shows only an inlined comprehension's variables (3.13)."""
    return f.f_globals if f.f_code.co_name == "<module>" else NAMESPACES[id(f)]


def frame_truth(f, line=None, offset=None):
    """A frame, or with a line and an offset an entry of a traceback."""
    code = f.f_code
    offset = f.f_lasti if offset is None else offset
    line = f.f_lineno if line is None else line
    out = {"filename": to_text(code.co_filename), "name": to_text(code.co_name), "line": line,
           "qualname": to_text(qualname_of(code, f)), "module": to_text(f.f_globals.get("__name__")),
           "first_line": code.co_firstlineno, "instructions": instructions_at(code, offset),
           "position": position_of(code, offset),
           "address": "0x%x" % id(f) if sys.version_info < (3, 11) else None}
    values, hidden = f.f_locals, []
    if code.co_flags & OPTIMIZED:
        out["locals"] = [{"name": to_text(n), "kind": kind, "captured": captured, "value": value(values[n])}
                         for n, kind, captured in variables_of(code) if n in values]
        out["may_have"] = []
    else:
        if not isinstance(values, dict):
            values, hidden = namespace_of(f), values
        elif sys.version_info >= (3, 12) and (code.co_name == "<module>" or id(f) in NAMESPACES):
            own = namespace_of(f)
            values, hidden = own, dict((n, values[n]) for n in code.co_varnames if n in values and n not in own)
        out["locals"] = [{"name": to_text(n), "kind": "name", "captured": False, "value": value(values[n])}
                         for n in list(values) if isinstance(n, (str, type(u"")))]
        out["locals"] += [{"name": n, "kind": "local", "captured": None, "value": value(hidden[n])} for n in hidden]
        # f_locals does not show what a class body sees of the function around it, nor (3.12) the variables of inlined
        # comprehensions; a report may.
        out["may_have"] = [to_text(n) for n in code.co_freevars + code.co_cellvars + code.co_varnames]
    return out


def runs_code(t):
    own = getattr(t, "__str__", None)
    return isinstance(own, types.FunctionType) or hasattr(own, "im_func")


DETAILS = ((EnvironmentError, "errno strerror filename filename2"), (SyntaxError, "msg filename lineno offset end_lineno end_offset text print_file_and_line"),
           ((UnicodeDecodeError, UnicodeEncodeError, UnicodeTranslateError), "encoding object start end reason"),
           (StopIteration, "value"), (SystemExit, "code"), (ImportError, "msg name path name_from"), (NameError, "name"),
           (AttributeError, "name obj"))


# Whose __str__ is known though it is Python code, which a report may do without
LIBRARY = ("subprocess", "urllib.error", "getopt", "optparse", "configparser", "concurrent.futures.process", "multiprocessing.pool")


def details_of(e):
    """{name: its text, or None where nobody may state it} of what the builtin class defines beside the arguments."""
    out = {}
    for kind, names in DETAILS:
        for name in names.split() if isinstance(e, kind) else ():
            if "__get__" in dir(getattr(type(e), name, None)):
                text, want = text_of(getattr(e, name))
                out[name] = text if want == "exact" else None
    if getattr(e, "characters_written", None) is not None:
        out["characters_written"] = repr(e.characters_written)
    return out or None


def printed_of(e):
    """What traceback prints of an exception but its stack; None where it fails, as on a line that is no number."""
    try:
        return to_text("".join(traceback.format_exception_only(type(e), e))[:-1])
    except TypeError:
        return None


def exceptions_of(e, found, tb=None):
    """Put e and everything linked from it into found, by address; e's address."""
    if e is None:
        return None
    address = "0x%x" % id(e)
    if address in found:
        return address
    t = type(e)
    entries, tb = [], getattr(e, "__traceback__", tb)
    found[address] = out = {"name": to_text(t.__name__), "qualname": to_text(getattr(t, "__qualname__", t.__name__)),
                            "module": to_text(type_module(t)), "address": address, "message": None}
    args, want = text_of(e.args)
    out["args"] = args if want == "exact" else None
    own = getattr(t, "__str__")
    if getattr(own, "__module__", None) in LIBRARY and rank(e.args) == EXACT:
        out["message"], out["printed"] = to_text(str(e)), printed_of(e)
    known = rank(e.args) == EXACT or [type(a).__name__ for a in e.args] == ["Decimal"]
    if not isinstance(getattr(t, "__str__"), types.FunctionType) and known and \
            not isinstance(own_repr(t)[1], types.FunctionType) and not hasattr(t.__str__, "im_func"):
        # str() of the only argument is the message: where that is code of the program's, nobody may state it
        out["runs_code"] = len(e.args) == 1 and runs_code(type(e.args[0]))
        try:
            out["message"] = None if out["runs_code"] else to_text(str(e))
        except UnicodeError:
            pass
        out["printed"] = None if out["runs_code"] else printed_of(e)
    out["details"] = details_of(e)
    while tb is not None:
        line = tb.tb_lineno
        entries.append(frame_truth(tb.tb_frame, line, tb.tb_lasti))
        tb = tb.tb_next
    out["traceback"] = entries
    out["suppress_context"] = bool(getattr(e, "__suppress_context__", False))
    notes = getattr(e, "__notes__", [])
    out["notes"] = [to_text(str(n)) for n in notes] if isinstance(notes, (list, tuple)) else [repr(notes)]
    out["cause"] = exceptions_of(getattr(e, "__cause__", None), found)
    out["context"] = exceptions_of(getattr(e, "__context__", None), found)
    group = getattr(e, "exceptions", None) if hasattr(t, "subgroup") else None
    out["group"] = None if group is None else [exceptions_of(x, found) for x in group]
    return address


def handled_of(stated, thread_ident, is_current, found, tracebacks):
    """The exceptions that a thread handles, innermost first, as [{"address", "stale"}]; None where nobody can say.

    2.7 keeps one per thread, and keeps it when its handler has ended: for the thread that asks, it is what
    sys.exc_info() gives; of the others there is what they stated. Since 3 all of them are what the program stated, and
    where the interpreter can be asked for the innermost one, the two have to agree.
    """
    if PY2:
        if is_current:
            e, tb = sys.exc_info()[1:]
            return [] if e is None else [{"address": exceptions_of(e, found, tb), "stale": not stated or stated[0] is not e}]
        return [{"address": exceptions_of(e, found, tracebacks[id(e)]), "stale": False} for e in stated[:1]] or None
    known = {}
    if hasattr(sys, "_current_exceptions"):
        known = dict((i, e[1] if isinstance(e, tuple) else e) for i, e in sys._current_exceptions().items())
    if is_current:
        known[thread_ident] = sys.exc_info()[1]
    if thread_ident in known and known[thread_ident] is not (stated[0] if stated else None):
        raise AssertionError("the program states %r, the interpreter %r" % (stated[:1], known[thread_ident]))
    return [{"address": exceptions_of(e, found), "stale": False} for e in stated]
