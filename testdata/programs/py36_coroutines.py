"""Coroutines driven by hand: awaiting each other on the stack, suspended, and asynchronous generators and contexts."""
import oracle


class Pause:
    def __init__(self, tag):
        self.tag = tag

    def __await__(self):
        answer = yield self.tag
        return answer


class Context:
    async def __aenter__(self):
        await Pause("entering")
        return self

    async def __aexit__(self, *details):
        oracle.crash("abort")


async def values(limit):
    for i in range(limit):
        await Pause(i)
        yield i * i


async def leaf(number):
    got = await Pause("leaf %d" % number)
    async with Context() as context:
        inside = [got, context is not None]
    return inside


async def branch(number):
    total = []
    async for v in values(2):
        total.append(v)
    squares = [x async for x in values(2)]
    return await leaf(number + len(squares)), total


def delegate(coroutine):
    result = yield from coroutine.__await__()
    return result


def main():
    waiting = leaf(0)
    waiting.send(None)
    never_started = branch(1)
    running = delegate(branch(2))
    step = next(running)
    while True:
        step = running.send("answer to %r" % (step,))


main()
