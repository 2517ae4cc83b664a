"""Two inlined comprehensions share a variable, and only one of them captures it: what the slot holds is sometimes a cell
and sometimes the value itself. (3.13.0 itself crashes when asked for the locals of this frame; so nobody asks.)"""
import oracle


def stop(value):
    if value == 1:
        oracle.frames_are([oracle.frame(stop, 3, value=1), oracle.frame(shared, 3, count=3, limit=2, i=1)])
        oracle.crash("abort", only_innermost=2)
    return value


def shared(limit):
    count = len([lambda: i for i in range(3)])
    if count:
        return [stop(i) for i in range(limit)]


shared(2)
