"""The exceptions of a report against the answer's: which are raised and handled, their chains and tracebacks."""


import re


def links(node):
    out = [node["cause"], node["context"]] + (node["group"] or [])
    return [n for n in out if n is not None]


def collect(d, where, nodes, everywhere):
    """Put each exception that is there in full into everywhere; each may be so once in a thread."""
    here, waiting, repeated = set(), list(nodes), []
    while waiting:
        node = waiting.pop(0)
        if node["status"] == "repeated":
            repeated.append(node["address"])
            continue
        if node["address"] in here:
            d.add(where + ": exception %s" % node["address"], "in full once", "in full twice")
            continue
        here.add(node["address"])
        everywhere[node["address"]] = node
        waiting += links(node)
    return repeated


def compare_exceptions(d, answer, report, main_id, compare_frame):
    everywhere, repeated = {}, []
    for t in report["threads"]:
        if t["exceptions"] is not None:
            both = [t["exceptions"]["raised"]] if t["exceptions"]["raised"] else []
            repeated += collect(d, "thread %s" % t["tid"], both + t["exceptions"]["handled"] + t["exceptions"]["held"], everywhere)
    last = [i["last_exception"] for i in report["interpreters"] if i["last_exception"]]
    repeated += collect(d, "the last exception", last, everywhere)
    for address in repeated:
        if address not in everywhere:
            d.add("exception %s" % address, "in full somewhere", "repeated only")
    checked = set()
    last = [i["last_exception"] and i["last_exception"]["address"] for i in report["interpreters"] if i["id"] == main_id]
    d.same("the last exception", [answer["last"]], last)
    compare_tree(d, answer, answer["last"], everywhere, checked, compare_frame)
    for want in answer["threads"]:
        if "handled" not in want:
            continue
        for t in report["threads"]:
            if t["pthread"] == want["ident"] and t["interpreter"] == main_id:
                compare_thread(d, answer, want, t["exceptions"], everywhere)
        for h in (want["handled"] or []) + want["held"]:
            compare_tree(d, answer, h["address"], everywhere, checked, compare_frame)


def compare_thread(d, answer, want, got, everywhere):
    where = "thread %s" % (want["tid"] or want["ident"])
    if got is None:
        d.add(where + ": exceptions", "an object", None)
        return
    compare_raised(d, where, answer.get("raised") if want["current"] else None, got["raised"])
    if want["handled"] is None:
        return
    addresses = [h["address"] for h in want["handled"]]
    found = [e["address"] for e in got["handled"]]
    if answer["version"].startswith("2.") and addresses:
        found = found[:1]           # what sys.exc_info() gives comes first; what else there may be is not asked
    if addresses != found:
        names = [[answer["exceptions"][a]["name"] for a in addresses], [e.get("type", "(repeated)") for e in got["handled"]]]
        d.add(where + ": handled exceptions", *(names if names[0] != names[1] else (addresses, found)))
    compare_held(d, where, want["held"], got["held"])
    for h in want["handled"]:
        node = everywhere.get(h["address"])
        if node is not None and h["stale"] is not None:
            d.same(where + ": status of the handled exception", "stale" if h["stale"] else "complete", node["status"])


def compare_held(d, where, want, got):
    """Whose order is that of the search; of one holder it is the order of its handlers."""
    holders = {}
    for e in got:
        by = e["held_by"]
        holders.setdefault((by["address"], by["type"], by["qualname"]), []).append(e["address"])
    wanted = {}
    for e in want:
        wanted.setdefault((e["holder"], e["type"], e["qualname"]), []).append(e["address"])
    for who in sorted(set(wanted) | set(holders)):
        d.same("%s: held by %s %s" % (where, who[1], who[2]), wanted.get(who), holders.get(who))


def compare_raised(d, where, want, got):
    if want is None or got is None:
        if got is not None:
            d.add(where + ": raised", None, got.get("type"))
        elif want is not None:
            d.add(where + ": raised", want["name"], None)
        return
    d.same(where + ": raised: type", want["name"], got.get("type"))
    d.same(where + ": raised: module", want["module"], got.get("module"))
    d.same(where + ": raised: args", want["args"], got.get("args"))
    context = got.get("context")
    d.same(where + ": raised: context", want["context"], context and context["address"])


def compare_tree(d, answer, address, everywhere, checked, compare_frame):
    """One exception and all those that it leads to."""
    waiting = [address]
    while waiting:
        address = waiting.pop()
        if address is None or address in checked:
            continue
        checked.add(address)
        want, got = answer["exceptions"][address], everywhere.get(address)
        where = "exception %s %s" % (want["name"], want["message"] or want["args"] or "")
        if got is None:
            d.add(where, "in the report", "not there")
            continue
        compare_one(d, answer, where[:100], want, got, compare_frame)
        waiting += [want["cause"], want["context"]] + (want["group"] or [])


def compare_details(d, where, want, got):
    if d.same(where + ": names of the details", want and sorted(want), got and sorted(got)) and want:
        for name, text in want.items():
            if text is not None:
                d.same("%s: %s" % (where, name), text, got[name])


def compare_one(d, answer, where, want, got, compare_frame):
    if got["type"] not in (want["name"], want["qualname"]):
        d.add(where + ": type", want["name"], got["type"])
    d.same(where + ": module", want["module"], got["module"])
    if want["args"] is not None:
        d.same(where + ": args", want["args"], got["args"])
    if want.get("runs_code"):
        d.same(where + ": message", None, got["message"])
    elif want["message"] is not None and (got["message"] is not None or want["message"]):
        d.same(where + ": message", want["message"], got["message"])
    for key, text in (("message", want["message"]), ("args", want["args"])):
        exact = got[key + "_exact"]
        if (got[key] is None) != (exact is None):
            d.add("%s: %s_exact" % (where, key), "null if and only if %s is" % key, [got[key], exact])
        elif got[key] is not None and text is not None:
            d.same("%s: %s_exact" % (where, key), True, exact)
    compare_details(d, where, want["details"], got["details"])
    if want["suppress_context"] or got["suppress_context"] is not None:
        d.same(where + ": suppress_context", want["suppress_context"], got["suppress_context"])
    d.same(where + ": notes", want["notes"], got["notes"] or [])
    for link in ("cause", "context"):
        d.same("%s: %s" % (where, link), want[link], got[link] and got[link]["address"])
    group = got["group"] and [e["address"] for e in got["group"]]
    d.same(where + ": group", want["group"], group)
    entries = got["traceback"] or []
    if len(entries) != len(want["traceback"]):
        d.add(where + ": traceback", [(f["name"], f["line"]) for f in want["traceback"]],
              [(f["name"], f["line"]) for f in entries])
        return
    for i, (a, b) in enumerate(zip(want["traceback"], entries)):
        compare_frame(d, answer, "%s: traceback %d %s" % (where, i, a["name"]), a, b)


def as_shown(text):
    """As the text report has it: what is no line's end and would control a terminal is escaped."""
    return "".join("\\t" if c == "\t" else "\\x%02x" % ord(c) if c < " " and c != "\n" or "\x7f" <= c < "\xa0" else c for c in text)


def compare_printed(d, answer, text):
    """Every exception stands in the text report as traceback prints it, within groups behind their frames; and what the
    program states as a whole ("texts") to the character."""
    bare = "\n" + re.sub(r"(?m)^ *[|+] ", "", text) + "\n"
    for e in [] if answer.get("only_texts") else answer["exceptions"].values():
        if e.get("printed") and "\n" + as_shown(e["printed"]) + "\n" not in bare:
            d.add("text report: an exception", e["printed"], near(e["printed"], bare))
    for whole in answer["texts"]:
        if "\n" + as_shown(whole) + "\n" not in "\n" + text:
            d.add("text report: these lines", whole, near(whole.strip("\n +|"), text))


def near(wanted, text):
    """A line of the text that begins as one of the wanted ones."""
    for line in wanted.split("\n")[::-1]:
        for found in text.split("\n"):
            if found.startswith(line[:12]):
                return found
    return "no such line"
