"""The locals of a frame against the answer's: names and their order, kinds, types, addresses and texts."""


def compare_locals(d, where, want, got):
    if "local_reprs" in want:
        compare_stated(d, where, want["local_reprs"], got)
        return
    if "some_locals" in want:
        texts = {v["name"]: v["value"] for v in got}
        for name, text in want["some_locals"].items():
            d.same("%s: %s" % (where, name), text, texts.get(name))
        return
    if "locals" not in want:
        return
    # Names that no program can write (the iterator of a comprehension is ".0") may be left out.
    named = [v for v in want["locals"] if v["kind"] == "name"]
    others = [v for v in want["locals"] if v["kind"] != "name" and not v["name"].startswith(".")]
    hidden = {v["name"]: v for v in want["locals"] if v["name"].startswith(".")}
    # A warning that is issued after the answer was written leaves its registry in the module.
    got_named = [v for v in got if v["kind"] == "name" and v["name"] != "__warningregistry__"]
    named = [v for v in named if v["name"] != "__warningregistry__"]
    got_others = []
    for v in got:
        if v["kind"] == "name":
            continue
        if (v["name"] or "").startswith("."):
            if v["name"] in hidden:
                compare_value(d, "%s: %s" % (where, v["name"]), hidden[v["name"]]["value"], v)
            else:
                d.add(where + ": a local that does not exist", None, v["name"])
        elif v["name"] not in want["may_have"] or any(o["name"] == v["name"] for o in others):
            got_others.append(v)
    for expected, found in ((named, got_named), (others, got_others)):
        names = [v["name"] for v in expected], [v["name"] for v in found]
        for name in names[0]:
            if name not in names[1]:
                d.add("%s: %s" % (where, name), "a value", "no such local")
        for name in names[1]:
            if name not in names[0]:
                d.add(where + ": a local that does not exist", None, name)
        if names[0] != names[1] and sorted(names[0]) == sorted(names[1]):
            d.add(where + ": order of the locals", *names)
        by_name = {v["name"]: v for v in found}
        for v in expected:
            if v["name"] in by_name:
                compare_local(d, "%s: %s" % (where, v["name"]), v, by_name[v["name"]])


def compare_stated(d, where, texts, got):
    """A frame that was not asked: the program states its locals' texts, and nothing more."""
    found = {v["name"]: v["value"] for v in got}
    if found != texts:
        d.add(where + ": locals", texts, found)
    for v in got:
        if v["exact"] is not True or v["truncated"] or v["status"] != "complete":
            d.add("%s: %s: exact, truncated, status" % (where, v["name"]), [True, False, "complete"],
                  [v["exact"], v["truncated"], v["status"]])


def compare_local(d, where, want, got):
    if want["captured"] is not None:
        compare_kind(d, where, want, got)
    compare_value(d, where, want["value"], got)


def compare_kind(d, where, want, got):
    """A variable of the function itself that closures share may be called a cell, or a local that is captured."""
    kinds = [want["kind"]]
    if want["captured"] and want["kind"] in ("local", "cell"):
        kinds = ["local", "cell"]
    if got["kind"] not in kinds:
        d.add(where + ": kind", want["kind"], got["kind"])
    elif got["kind"] in ("argument", "local"):
        d.same(where + ": captured", want["captured"], got["captured"])


def compare_value(d, where, want, got):
    d.same(where + ": type", want["type"], got["type"])
    d.same(where + ": address", want["address"], got["address"])
    compare_text(d, where, want, got)
    if "attributes" in want:
        compare_attributes(d, where, want["attributes"], got)


def compare_attributes(d, where, want, got):
    found = got["attributes"]
    if want is None or found is None:
        d.same(where + ": attributes", want, found and [a["name"] for a in found])
        d.same(where + ": attributes_status", None, got["attributes_status"])
        return
    d.same(where + ": attributes_status", "complete", got["attributes_status"])
    if d.same(where + ": names of the attributes", [n for n, _ in want], [a["name"] for a in found]):
        for (name, value), attribute in zip(want, found):
            compare_value(d, "%s.%s" % (where, name), value, attribute)
            d.same("%s.%s: attributes" % (where, name), [None, None], [attribute["attributes"], attribute["attributes_status"]])


def compare_text(d, where, want, got):
    text, exact, kind = want["repr"], got["exact"], want["want"]
    if (got["value"] is None) != (exact is None):
        d.add(where + ": exact", "null if and only if value is", [got["value"], exact])
    if text is None:
        return
    if kind == "exact":
        if got["value"] != text:
            d.add(where, text, got["value"] if got["value"] is not None else "null (%s)" % got["status"])
        elif exact is not True or got["truncated"] or got["status"] != "complete":
            d.add(where + ": exact, truncated, status", [True, False, "complete"], [exact, got["truncated"], got["status"]])
    elif kind == "if-stated":
        if exact and got["value"] != text:
            d.add(where, text, got["value"])
    elif kind == "unlimited":
        if got["value"] != text or exact is not False:
            d.add(where, [text, False], [got["value"], exact])
    elif got["value"] is not None and (got["value"] != text or exact is not False):
        d.add(where + ": text and exact", [text, False], [got["value"], exact])
