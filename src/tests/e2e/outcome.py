"""What has come of a test that ran to its end or not."""
import os
import shutil
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


def run_in_folder(work, name, tests, make):
    """run_tests() with what make() gives of a folder of that name, which is new and is removed."""
    folder = os.path.join(work, name)
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    yield from run_tests(tests, make(folder))
    shutil.rmtree(folder, ignore_errors=True)
