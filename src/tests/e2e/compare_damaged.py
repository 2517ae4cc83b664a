"""A report of a program that has written over some of its exceptions: what is stated of each, and all else whole."""
from compare import Differences, compare_process, compare_threads


def in_full(nodes):
    """All exceptions that stand in full in these, by address."""
    found, waiting = {}, [n for n in nodes if n]
    while waiting:
        node = waiting.pop()
        if node["status"] != "repeated":
            found[node["address"]] = node
            waiting += [n for n in [node["cause"], node["context"]] + (node["group"] or []) if n]
    return found


def compare_damaged(answer, report):
    d = Differences()
    d.same("status", "partial", report["status"])
    compare_process(d, answer, report["process"])
    compare_threads(d, answer, report)
    found = in_full(e for t in report["threads"] for e in t["exceptions"]["handled"])
    for want in answer["damaged"]:
        where, got = "damaged %s" % (want["type"] or "exception"), found.get(want["address"])
        if got is None:
            d.add(where, "in full", "not there")
            continue
        where += " %s" % (got["args"] or got["address"])
        for key in ("type", "status", "message", "args"):
            if key in want:
                d.same("%s: %s" % (where, key), want[key], got[key])
        if "context" in want:
            d.same(where + ": context", want["context"], got["context"] and got["context"].get("type"))
        if "context_status" in want:
            d.same(where + ": status of the context", want["context_status"], got["context"] and got["context"]["status"])
        if "cause" in want:
            d.same(where + ": cause", want["cause"], got["cause"] and got["cause"]["status"])
        if "traceback" in want:
            d.same(where + ": traceback", want["traceback"], [f["name"] for f in got["traceback"]])
        if "notes_begin" in want:
            d.same(where + ": notes", want["notes_begin"], got["notes"][:len(want["notes_begin"])])
    healthy = [e for e in found.values() if e["type"] == "KeyError"]
    for e in healthy:
        d.same("the healthy context", ["complete", "'healthy'", "('healthy',)"], [e["status"], e["message"], e["args"]])
    if len(healthy) < len(answer["damaged"]) // 2:
        d.add("healthy contexts", "most", len(healthy))
    return d
