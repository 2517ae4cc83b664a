# -*- coding: utf-8 -*-
"""Line numbers that are hard to encode: gaps of more than 255 lines, calls over many lines and back again, loops, with,
decorators, lambdas, very long functions, lines beyond 32767. Each step calls the next one from its difficult line."""
import contextlib

import oracle

STEPS = []
HERE = {}


def step(function):
    STEPS.append(function)
    return function


def go(*args):
    HERE["index"] += 1
    if HERE["index"] < len(STEPS):
        STEPS[HERE["index"]]()
    oracle.crash("abort")


@step
def call_over_many_lines():
    first = 1
    return max(
        first,
        go(
            2,
            first +
            3,
        ),
        4,
    )


@step
def backwards():
    return [
        1,
        2, go(
            3),
        4] + [
        5]


@step
@step
def decorated_twice():
    HERE["again"] = HERE.get("again", 0) + 1
    return go()


@step
def loops():
    total = 0
    while True:
        total += 1
        for i in range(3):
            if i == 2:
                if total == 2: go(); break
            else:
                continue


@step
def with_statements():
    @contextlib.contextmanager
    def manager():
        yield go()

    with contextlib.closing(open("answer.line_numbers", "w")) as f, \
            manager() as m:
        f.write(m)


@step
def in_exit():
    class Manager(object):
        def __enter__(self):
            return self

        def __exit__(self, *details):
            go()

    with Manager() as a:
        b = a

        b = None


@step
def expressions():
    value = 1 if HERE else \
        2
    text = ("a"
            "b" +
            str(value
                or
                3))
    return (value and
            text and
            not go() and
            value)


@step
def subscripts():
    class Anything(object):
        def __getitem__(self, key):
            return go()

        def __setattr__(self, name, value):
            Anything()[
                name:
                value]

        def __iter__(self):
            yield 1
            Anything().name = \
                5

        def __lt__(self, other):
            for x in self: x += 1

    return (Anything()
            <
            3)


@step
def one_line(): x = 1; y = 2; go(x,
                                 y); return x


@step
def in_lambda():
    f = (lambda a,
         b=2:
         go(a))
    return f(
        1)


@step
def in_default():
    def inner(a=1,
              b=go(
                  2)):
        return a
    return inner


@step
def in_decorator():
    def calling(*args):
        go()
        return lambda function: function

    @staticmethod
    @calling(
        1,
        2)
    def never():
        pass
    return never


@step
def asserts():
    try:
        raise KeyError
    except KeyError:
        pass
    finally:
        pass
    assert (
        go()
    ), \
        "text"


def generate(name, lines_before, gap, filename):
    source = "\n" * lines_before + "def %s():\n    x = 1\n" % name + "\n" * gap + "    x = (2,\n" + "\n" * gap + \
        "    x, go()\n)\n" + "    return x\n"
    space = {"go": go, "__name__": "generated"}
    exec(compile(source, filename, "exec"), space)
    STEPS.append(space[name])


for gap in (0, 1, 126, 127, 128, 129, 253, 254, 255, 256, 510, 511, 1000, 40000):
    generate("gap_%d" % gap, 10, gap, "<generated %d>" % gap)
generate("far_down", 70000, 3, "<far>")


def long_function(statements, filename):
    body = ["def long_function(go):"] + ["    x%d = [%d,\n %d]" % (i % 50, i, i) for i in range(statements)]
    body += ["    for i in range(3):", "        x1 = (i,", "              i)", "        if i == 2:", "            go()"]
    space = {"__name__": "generated"}
    exec(compile("\n".join(body), filename, "exec"), space)
    STEPS.append(lambda: space["long_function"](go))


long_function(3000, "<long>")
HERE["index"] = -1
go()
