"""A call of C code in the middle of an expression in a loop, for src/tests/e2e/inside.py: --stack shows what it was given."""
import json
import os
import sys


def discard(value):
    return value


def main(first, second):
    numbers = iter([first, second])
    with open("answer.json.new", "w") as f:
        json.dump({"iterator": "0x%x" % id(numbers), "function": repr(discard), "called": repr(os.kill), "pid": os.getpid()}, f)
    os.rename("answer.json.new", "answer.json")
    number = 19 if os.environ.get("PYCORE_TEST_STOP") else 6
    for n in numbers:
        text = "before", [n, discard(os.kill(os.getpid(), number))], n
    return text


main(sys.maxsize, 2.5)
