"""Values of packages beside the standard library, in virtual environments made with pip: the tables of
testdata/values/third_party. Where a package cannot be had the test is skipped: a network is nothing that this suite may ask for.
PYCORE_TEST_VENVS names a folder that keeps the environments from one run to the next.
"""
import os
import subprocess

import value_table
from interpreters import Interpreter

# (interpreter, packages)
WANTED = [("3.11", ["numpy==1.26.4"]), ("3.12", ["numpy>=2"])]
KEPT = "PYCORE_TEST_VENVS"
PATIENCE = 300


def prepared(interpreter, packages, folder):
    """(python of an environment that has the packages, None) or (None, why not)"""
    python = os.path.join(folder, "bin", "python")
    pip = [python, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--retries", "0", "--timeout", "15"]
    done = os.path.join(folder, "installed")
    if os.path.exists(done):
        return python, None
    for command in ([interpreter.python, "-m", "venv", folder], pip + packages):
        try:
            ran = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=PATIENCE)
        except (OSError, subprocess.TimeoutExpired) as e:
            return None, "%s: %s" % (" ".join(packages), e)
        if ran.returncode:
            last = ran.stdout.decode("utf-8", "replace").strip().splitlines()[-1:]
            return None, "%s cannot be installed: %s" % (" ".join(packages), "".join(last)[:200])
    with open(done, "w"):
        pass
    return python, None


def run(pycore, chosen, work, stop, keep):
    """Yields (name, outcome, [lines])."""
    kept = os.environ.get(KEPT) or os.path.join(work, "venvs")
    for version, packages in WANTED:
        for interpreter in chosen:
            if "%d.%d" % interpreter.version[:2] != version or interpreter.name == "system" or interpreter.run:
                continue
            name = "%s %s" % (interpreter.name, " ".join(packages))
            folder = os.path.join(kept, "%s-%s" % (interpreter.name, "-".join(packages).replace("=", "").replace(">", "")))
            python, why = prepared(interpreter, packages, folder)
            if why:
                yield name, "skipped", [why]
                continue
            other = Interpreter(interpreter.name, python, interpreter.version, interpreter.prefix)
            yield (name,) + value_table.run_one(other, "value_third_party", os.path.join(work, "third-" + interpreter.name), pycore,
                                                stop, 1, keep)
