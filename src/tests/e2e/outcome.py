"""What has come of a test that ran to its end or not."""
import subprocess

from compare import Differences
from crash import Failure, Skip


def outcome_of(d, test, *arguments):
    """("passed" | "failed" | "skipped", lines) of a test that adds to d what differs from what is expected."""
    try:
        test(*arguments)
        return "failed" if d else "passed", list(d)
    except Skip as e:
        return "skipped", [str(e)]
    except Failure as e:
        return "failed", [str(e)] + d
    except (KeyError, TypeError, ValueError, IndexError, StopIteration, OSError, subprocess.SubprocessError) as e:
        return "failed", ["%s: %s" % (type(e).__name__, e)] + d


def run_tests(tests, s, prefix=""):
    """Each test of the list, called with s and an empty Differences: (name, outcome, lines)."""
    for test in tests:
        d = Differences()
        yield (prefix + test.__name__, *outcome_of(d, test, s, d))
