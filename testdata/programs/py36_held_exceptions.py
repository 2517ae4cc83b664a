"""Generators and coroutines that were suspended within their handlers, wherever a frame's values lead to them."""
import oracle


class Pause:
    def __await__(self):
        yield


class Keeper:
    pass


def fail(text):
    detail = text.upper()
    raise ValueError(text, detail)


def holding(text):
    try:
        fail(text)
    except ValueError as e:
        yield e


def nested(text):
    try:
        fail(text)
    except ValueError as first:
        try:
            {}[text]
        except KeyError as second:
            yield first, second


def ended(text):
    """The handler has ended: nothing is held."""
    try:
        fail(text)
    except ValueError:
        pass
    yield


def delegating(inner):
    yield next(inner)
    yield from inner


def looping(inner):
    for e in inner:
        del e
        yield
        yield


async def waiting(text):
    try:
        fail(text)
    except ValueError as e:
        oracle.last_held = e
        await Pause()


async def outer(inner):
    try:
        fail("of the outer one")
    except ValueError as e:
        oracle.outer_held = e
        await inner


async def values(text):
    try:
        fail(text)
    except ValueError as e:
        yield e


def drive(coroutine):
    try:
        coroutine.send(None)
    except StopIteration as e:
        return e.value


def state(generator, *exceptions):
    oracle.holds(generator, *exceptions)
    return generator


def simple():
    g = holding("simple")
    return state(g, next(g))


def twice():
    g = nested("twice")
    first, second = next(g)
    return state(g, second, first)


def kept():
    k = Keeper()
    k.generator = simple()
    k.unused = [1, 2, k]
    return k


def through_another():
    inner = holding("delegated")
    g = delegating(inner)
    oracle.holds(inner, next(g))
    return g


def on_the_stack():
    inner = holding("the iterator of a loop")
    e = next(inner)
    g = delegating(looping(iter([1, 2])))
    next(g)
    oracle.holds(inner, e)
    return looping_over(inner, g)


def looping_over(*iterators):
    g = chained(iterators)
    next(g)
    return g


def chained(iterators):
    for g in iterators:
        try:
            yield
        finally:
            del g


def awaited():
    inner = waiting("awaited")
    c = outer(inner)
    drive(c)
    oracle.holds(c, oracle.outer_held)
    oracle.holds(inner, oracle.last_held)
    del oracle.outer_held, oracle.last_held
    return c


def asynchronous():
    g = values("asynchronous")
    return state(g, drive(g.__anext__()))


def running():
    """It holds nothing: what it handles is handled."""
    try:
        fail("handled")
    except ValueError as e:
        oracle.handles(e)
        oracle.crash("abort", texts=[])
        yield


def iterating():
    """Only the loop's iterator, on the evaluation stack of a frame that runs, leads to it."""
    for e in known(holding("of a loop")):
        e = len(e.args)
        main()


def known(g):
    return Stated(g)


class Stated:
    def __init__(self, g):
        self.g = g

    def __iter__(self):
        g, self.g = self.g, None
        return Chain(g)


class Chain:
    def __init__(self, g):
        self.g = g

    def __next__(self):
        e = next(self.g)
        oracle.holds(self.g, e)
        return e


def main():
    one = simple()
    both = twice()
    containers = {"list": [kept(), (simple(),)], 7: None}
    delegated, stacked, coroutine, values_of = through_another(), on_the_stack(), awaited(), asynchronous()
    nothing = ended("ended"), holding("not begun"), holding("exhausted"), holding("closed")
    next(nothing[0])
    list(nothing[2])
    next(nothing[3])
    nothing[3].close()
    captured = simple()

    def closure():
        return captured

    now = running()
    next(now)
    return one, both, containers, delegated, stacked, coroutine, values_of, closure


iterating()
