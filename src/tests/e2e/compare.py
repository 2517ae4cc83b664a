"""A report against the answer that the crashed program left: everything but values and exceptions."""
import os

from compare_values import compare_locals
from compare_exceptions import compare_exceptions

OWN_FILES = ("oracle.py", "oracle_frames.py")


class Differences(list):
    """What differs: lines that say where, what was expected and what there is."""

    def add(self, where, want, got):
        self.append("%s: expected %s, got %s" % (where, short(want), short(got)))

    def same(self, where, want, got):
        if want != got or type(want) is not type(got):
            self.add(where, want, got)
            return False
        return True


def short(x):
    text = x if isinstance(x, str) else repr(x)
    text = "".join(c if c.isprintable() else "\\x%02x" % ord(c) for c in text)
    return text if len(text) <= 160 else text[:100] + " ... " + text[-50:]


def version_of(answer):
    numbers = []
    for part in answer["version"].split(".")[:2]:
        numbers.append(int("".join(c for c in part if c.isdigit())))
    return tuple(numbers)


def compare(answer, report):
    """The differences between a report and the truth."""
    d = Differences()
    d.same("schema", "pycore-report/1", report.get("schema"))
    d.same("status", "complete", report.get("status"))
    if d and report.get("status") == "none":
        return d
    compare_process(d, answer, report["process"])
    compare_interpreters(d, answer, report)
    compare_modules(d, answer, report["modules"])
    if "overflow" in answer:
        compare_overflow(d, answer, report["threads"])
        return d
    compare_threads(d, answer, report)
    compare_exceptions(d, answer, report, main_interpreter(report), compare_frame)
    return d


def compare_process(d, answer, process):
    for key, want in sorted(answer["process"].items()):
        d.same("process." + key, want, process[key])
    d.same("process.arguments_truncated", False, process["arguments_truncated"])
    signal = process["signal"]
    if answer["signal"] is None or signal is None:
        d.same("process.signal", answer["signal"], signal)
        return
    for key, want in sorted(answer["signal"].items()):
        d.same("process.signal." + key, want, signal[key])


def main_interpreter(report):
    ids = [i["id"] for i in report["interpreters"] if i["main"]]
    return ids[0] if ids else 0


def compare_interpreters(d, answer, report):
    interpreter = report["interpreter"]
    if interpreter is None:
        d.add("interpreter", answer["version"], None)
        return
    for key in ("version", "debug", "free_threaded"):
        d.same("interpreter." + key, answer[key], interpreter[key])
    d.same("number of interpreters", answer["interpreters"], len(report["interpreters"]))
    d.same("number of main interpreters", 1, sum(1 for i in report["interpreters"] if i["main"]))


def compare_modules(d, answer, modules):
    starts = {}
    for m in modules:       # a file that maps parts of itself again (libffi) is more than one; the lowest is asked for
        if m["path"] not in starts or int(m["start"], 16) < int(starts[m["path"]], 16):
            starts[m["path"]] = m["start"]
    for path, start in sorted(answer["modules"].items()):
        d.same("modules: start of " + path, start, starts.get(path))
    for m in modules:
        if m["matches"] is False:
            d.add("modules: matches of %s" % m["path"], True, False)


def thread_name(want):
    return "thread %s %s" % (want.get("tid") or want["ident"], want.get("name") or "")


def find_thread(d, want, threads, main_id):
    """The report's thread state for one of the answer's."""
    found = [t for t in threads if t["pthread"] == want["ident"] and t["interpreter"] is not None and
             (t["interpreter"] == main_id) == (want["interpreter"] == "main")]
    if len(found) != 1:
        d.add(thread_name(want), "one thread state of the %s interpreter" % want["interpreter"], "%d of them" % len(found))
    return found[0] if found else None


def compare_threads(d, answer, report):
    threads, main_id = report["threads"], main_interpreter(report)
    d.same("system ids of the threads", answer["tasks"], sorted(set(t["tid"] or 0 for t in threads)))
    known = set()
    for want in answer["threads"]:
        got = find_thread(d, want, threads, main_id)
        if got is None:
            continue
        known.add(id(got))
        compare_thread(d, answer, want, got)
    for t in threads:
        if id(t) in known:
            continue
        if t["frames"]:
            d.add("a thread that does not exist", None, [t["tid"], t["name"], t["frames"][0]["name"]])
        elif t["interpreter"] == main_id:
            d.add("a thread state that does not exist", None, [t["tid"], t["pthread"], t["name"]])


def compare_thread(d, answer, want, got):
    where = thread_name(want)
    if want.get("tid") is not None:
        d.same(where + ": tid", want["tid"], got["tid"])
    elif got["tid"] not in answer["tasks"]:
        d.add(where + ": tid", answer["tasks"], got["tid"])
    d.same(where + ": crashed", got["tid"] == answer["crashed"], got["crashed"])
    if want["interpreter"] == "main":
        d.same(where + ": name", want["name"], got["name"])
        d.same(where + ": main", want["main"], got["main"])
    holds = want["ident"] == answer["holds_gil"] and want["interpreter"] == "main"
    d.same(where + ": holds_gil", None if answer["free_threaded"] else holds, got["holds_gil"])
    if not got["registers"]:
        d.add(where + ": registers", "some", got["registers"])
    armed = answer.get("armed") and want.get("current")
    compare_frames(d, answer, where, want["frames"], got["frames"], armed)


def without_own(frames):
    """Without the innermost frames, those of the oracle."""
    frames = [f for f in frames if f["kind"] == "python"]
    at = 0
    while at < len(frames) and os.path.basename(frames[at]["filename"] or "") in OWN_FILES:
        at += 1
    return frames[at:]


def expanded(frames):
    """The answer's frames, with those that are stated once for many of them as many."""
    out = []
    for f in frames:
        if "repeat" not in f:
            out.append(f)
            continue
        (name, (first, step)), = f["counting"].items()
        out += [dict(f, local_reprs={name: str(first + step * i)}) for i in range(f["repeat"])]
    return out


def compare_frames(d, answer, where, want, got, armed=False):
    want, got = without_own_answer(expanded(want)), without_own(got)
    limit = answer.get("only_innermost")
    if limit:
        want, got = want[:limit], got[:limit]
    if len(want) != len(got):
        d.add(where + ": number of frames", len(want), len(got))
        names = [f["name"] for f in want[:40]], [f["name"] for f in got[:40]]
        if names[0] != names[1]:
            d.add(where + ": frames", *names)
    for i, (a, b) in enumerate(zip(want, got)):
        compare_frame(d, answer, "%s: frame %d %s" % (where, i, a["name"]), a, b, moved=armed and i == 0)
        if len(d) > 200:
            break


def without_own_answer(frames):
    at = 0
    while at < len(frames) and os.path.basename(frames[at].get("filename") or "") in OWN_FILES:
        at += 1
    return frames[at:]


def compare_frame(d, answer, where, want, got, moved=False):
    """moved: the frame has gone on within its line since the answer was written."""
    for key in ("filename", "name", "line", "module", "first_line"):
        if key in want:
            d.same("%s: %s" % (where, key), want[key], got[key])
    d.same(where + ": status", "complete", got["status"])
    modern = version_of(answer) >= (3, 11)
    if want.get("qualname") is not None and (modern or got["qualname"] is not None):
        d.same(where + ": qualname", want["qualname"], got["qualname"])
    if not moved:
        if "instructions" in want and got["instruction"] not in want["instructions"]:
            d.add(where + ": instruction", want["instructions"], got["instruction"])
        if want.get("position"):
            position = [got[k] for k in ("line", "end_line", "column", "end_column")]
            d.same(where + ": line, end_line, column, end_column", want["position"], position)
    if want.get("address"):
        d.same(where + ": address", want["address"], got["address"])
    if got["locals"] is None:
        d.add(where + ": locals", "a list", None)
        return
    compare_locals(d, where, want, got["locals"])


def compare_overflow(d, answer, threads):
    """Of a stack overflow only this is known: how far the recursion came, and where each of its frames stands."""
    want, depth = answer["overflow"], answer["depth"]
    crashed = [t for t in threads if t["crashed"]]
    if len(crashed) != 1:
        d.add("crashed threads", 1, len(crashed))
        return
    d.same("crashed thread", answer["crashed"], crashed[0]["tid"])
    frames = crashed[0]["frames"]
    deep = [f for f in frames if f["name"] == want["name"] and f["filename"] == want["filename"]]
    if not depth <= len(deep) <= depth + 1:
        d.add("frames of the recursion", "%d or one more" % depth, len(deep))
    for i, f in enumerate(deep[1:]):
        if not d.same("frame %d of the recursion: line" % (i + 1), want["line"], f["line"]):
            break
    for t in answer["threads"]:
        if not t["current"]:
            got = [x for x in threads if x["pthread"] == t["ident"]]
            if len(got) != 1:
                d.add(thread_name(t), "one thread", len(got))
            else:
                compare_frames(d, answer, thread_name(t), t["frames"], got[0]["frames"])
