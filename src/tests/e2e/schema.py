"""Whether a report has the form of the published schema."""
import json
import re

try:
    import jsonschema
except ImportError:
    jsonschema = None

MISSING = "the module jsonschema is not installed (python3-jsonschema): reports are not validated against the schema"
MANY_FRAMES = 300
ENDS = 40


class Validator:
    def __init__(self, path):
        with open(path) as f:
            schema = json.load(f)
        jsonschema.Draft7Validator.check_schema(schema)
        self.validator = jsonschema.Draft7Validator(schema)

    def complaints(self, report):
        """What is wrong with the form of the report, in a few lines."""
        found = []
        for error in self.validator.iter_errors(sample(report)):
            while error.context:
                error = jsonschema.exceptions.best_match(error.context) or error
                if not error.context:
                    break
                error = max(error.context, key=lambda e: len(e.absolute_path))
            where = "/".join(str(p) for p in error.absolute_path)
            found.append("schema: %s: %s" % (where, error.message[:200]))
            if len(found) == 5:
                break
        return found


class Quick:
    """The same by a check of our own for the words that our schemas use: for thousands of reports, of which jsonschema would
    take a tenth of a second each. It says whether, not where; a word of JSON Schema that it does not know is an error."""

    TYPES = {"object": lambda v: isinstance(v, dict), "array": lambda v: isinstance(v, list), "string": lambda v: isinstance(v, str),
             "boolean": lambda v: isinstance(v, bool), "null": lambda v: v is None,
             "integer": lambda v: isinstance(v, int) and not isinstance(v, bool) or isinstance(v, float) and v.is_integer(),
             "number": lambda v: isinstance(v, (int, float)) and not isinstance(v, bool)}
    SAYS_NOTHING = ("$schema", "$id", "title", "description", "$comment", "definitions", "then", "else")

    def __init__(self, path):
        with open(path) as f:
            self.root = json.load(f)
        self.known = {}
        self.check = self.compile(self.root)

    def is_valid(self, report):
        return self.check(report)

    def compile(self, node):
        if node is True or node is False:
            return lambda v: node
        if "$ref" in node:              # what stands beside it counts for nothing in Draft 7
            name = node["$ref"]
            if name not in self.known:
                self.known[name] = None
                target = self.root
                for step in name.lstrip("#/").split("/") if name != "#" else ():
                    target = target[step]
                self.known[name] = self.compile(target)
            return lambda v: self.known[name](v)
        checks = [getattr(self, "do_" + word.lstrip("$"))(value, node) for word, value in node.items() if word not in self.SAYS_NOTHING]
        if len(checks) == 1:
            return checks[0]
        return lambda v: all(check(v) for check in checks)

    def do_type(self, value, _):
        tests = [self.TYPES[t] for t in ([value] if isinstance(value, str) else value)]
        if len(tests) == 1:
            return tests[0]
        return lambda v: any(t(v) for t in tests)

    def do_const(self, value, _):
        return lambda v: v == value and isinstance(v, bool) == isinstance(value, bool)

    def do_enum(self, values, _):
        return lambda v: any(v == x and isinstance(v, bool) == isinstance(x, bool) for x in values)

    def do_pattern(self, value, _):
        search = re.compile(value).search
        return lambda v: not isinstance(v, str) or search(v) is not None

    def do_minLength(self, value, _):
        return lambda v: not isinstance(v, str) or len(v) >= value

    def do_minItems(self, value, _):
        return lambda v: not isinstance(v, list) or len(v) >= value

    def do_maxItems(self, value, _):
        return lambda v: not isinstance(v, list) or len(v) <= value

    def do_minimum(self, value, _):
        return lambda v: not self.TYPES["number"](v) or v >= value

    def do_required(self, names, _):
        return lambda v: not isinstance(v, dict) or all(n in v for n in names)

    def do_properties(self, rows, _):
        checks = {name: self.compile(node) for name, node in rows.items()}
        return lambda v: not isinstance(v, dict) or all(checks[n](x) for n, x in v.items() if n in checks)

    def do_additionalProperties(self, value, node):
        check, own = self.compile(value), node.get("properties", {})
        return lambda v: not isinstance(v, dict) or all(check(x) for n, x in v.items() if n not in own)

    def do_items(self, value, _):
        check = self.compile(value)
        return lambda v: not isinstance(v, list) or all(check(x) for x in v)

    def do_allOf(self, values, _):
        checks = [self.compile(x) for x in values]
        return lambda v: all(check(v) for check in checks)

    def do_anyOf(self, values, _):
        checks = [self.compile(x) for x in values]
        return lambda v: any(check(v) for check in checks)

    def do_oneOf(self, values, _):
        checks = [self.compile(x) for x in values]
        return lambda v: sum(check(v) for check in checks) == 1

    def do_if(self, value, node):
        check, then, other = self.compile(value), self.compile(node.get("then", True)), self.compile(node.get("else", True))
        return lambda v: then(v) if check(v) else other(v)


def sample(report):
    """The report with the middle of very long stacks left out: validating a frame takes a millisecond."""
    if not isinstance(report, dict) or not isinstance(report.get("threads"), list):
        return report
    threads = []
    for thread in report["threads"]:
        frames = thread.get("frames") if isinstance(thread, dict) else None
        if isinstance(frames, list) and len(frames) > MANY_FRAMES:
            thread = dict(thread, frames=frames[:ENDS] + frames[-ENDS:])
        threads.append(thread)
    return dict(report, threads=threads)
