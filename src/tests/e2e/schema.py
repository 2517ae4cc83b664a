"""Whether a report has the form of the published schema."""
import json

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
