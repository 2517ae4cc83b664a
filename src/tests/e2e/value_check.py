"""One value of a report against what repr() has said of it in the process.

The outcomes: "exact"; "stand-in" (some part has a __repr__ of the program's own, and <module.Class object at 0x...> is
in its place); "cut"; "unknown" (null, or a plain form where a library's or the interpreter's own code would print);
"wrong", the only one that may never be: a text that is called exact and differs, or one that is neither what repr()
prints nor something that may stand in for it.
"""
import re

RECURSION = ("RecursionError", "RuntimeError")      # 3.5, and before
OUTCOMES = ("exact", "stand-in", "cut", "unknown", "wrong")
PLAIN = re.compile(r"<[^<>']+(?:<(?:locals|lambda|listcomp|genexpr)>[^<>']*)* (?:object|instance) at 0x[0-9a-f]+>")

CUT_PLAIN = re.compile(r"<[\w.]*( (o(b(j(e(ct?)?)?)?)?( (a(t( (0(x[0-9a-f]*)?)?)?)?)?)?)?)?\.\.\.$")


def matches(text, want):
    """Whether text is `want` with plain forms in the place of some of its parts."""
    if text == want:
        return True
    pieces = PLAIN.split(text)
    return len(pieces) > 1 and in_order(pieces, want)


def in_order(pieces, want):
    """Whether want begins with the first piece, ends with the last one, and has the others in order between them."""
    if len(pieces) == 1:
        return pieces[0] == want
    if not want.startswith(pieces[0]) or not want.endswith(pieces[-1]):
        return False
    at = len(pieces[0])
    for piece in pieces[1:-1]:
        at = want.find(piece, at)
        if at < 0:
            return False
        at += len(piece)
    return at + len(pieces[-1]) <= len(want)


def stand_in_types(text, wanted):
    """The types of the plain forms in text that stand for something else: that are in none of what is wanted."""
    found = (m.group() for m in PLAIN.finditer(text or ""))
    return set(re.match(r"<(.*) (?:object|instance) at", form).group(1) for form in found if not any(form in w for w in wanted))


def is_cut_of(text, want):
    """Whether text is `want` where each `...` may stand for more, and each plain form for another text, also one that is cut."""
    text = CUT_PLAIN.sub("...", text)
    return in_order(re.split(r"\.{3,}", PLAIN.sub("...", text)), want)


def outcome(value, repr_text, stand_in, raises, unlimited, plain):
    """(outcome, None or what is expected)"""
    text, exact = value["value"], value["exact"]
    wanted = [t for t in (repr_text, stand_in) if t is not None]
    if value["status"] in ("corrupt", "repeated", "stale"):
        return "wrong", "a status other than %s" % value["status"]
    if (text is None) != (exact is None):
        return "wrong", "exact null if and only if the value is"
    if text is None:
        return "unknown", None
    if exact:
        if text != repr_text or unlimited or value["truncated"]:
            return "wrong", repr_text if repr_text is not None else "not exact: repr() raises %s" % raises
        return "exact", None
    if text == stand_in and stand_in != repr_text:
        return "stand-in", None
    if unlimited and text == repr_text:
        return "cut", None
    if value["truncated"]:
        if not any(len(t) > 1000000 or is_cut_of(text, t) for t in wanted):
            return "wrong", "a cut of " + (wanted[0] if wanted else "nothing")
        return "cut", None
    if raises in RECURSION and value["status"] == "cycle":
        return "cut", None
    whole = PLAIN.fullmatch(text)
    if whole and plain is not None and text != plain and not (raises is None and text in wanted):
        return "wrong", plain
    if raises and stand_in is None and whole:
        return "stand-in", None
    if raises and stand_in is None:
        return "unknown", None      # there is nothing that it could be
    if not any(is_cut_of(text, t) for t in wanted) and not (whole and text == plain):
        return "wrong", repr_text
    return ("stand-in" if whole and stand_in == text else "unknown"), None
