# -*- coding: utf-8 -*-
"""Cell and free variables: captured arguments and locals, rebound ones, unbound ones, three levels deep, in class bodies."""
import oracle


def outer(captured, plain, *captured_rest, **captured_options):
    shared = [captured]
    rebound = "first"
    if plain is None:
        not_yet = "never"
    own = "not captured"

    def middle(text, captured_too):
        local = (text, shared)
        captured = "hides the outer one"

        class Body(object):
            seen = shared
            text = "of the class"

            def method(self, number=1):
                inside = [number, text, captured_rest, captured_too]
                if number < 0:
                    return not_yet
                oracle.crash("assert")
                return inside, captured, captured_options, local

        return Body().method(number=2)

    rebound = "second"
    captured = captured + "!"

    def uses_rebound():
        return rebound, not_yet

    def counter():
        return middle("text", captured_too=own)

    return counter()


def counting():
    state = {"count": 0}
    functions = []
    for i in range(3):
        def step(by=i):
            state["count"] += by
            return state, i
        functions.append(step)
    for function in functions:
        function()
    return outer("argument", 2.5, "rest", 7, option=functions[0] is functions[1])


counting()
