"""Closures as only Python 3 has them: nonlocal, the __class__ cell, a cell that is unbound again, keyword-only arguments."""
import oracle


class Base:
    def run(self, go):
        label = "base"
        go()
        return label


class Derived(Base):
    def run(self, go, *, times=1):
        tag = __class__.__name__
        super().run(go)
        return tag, times

    def plain(self, go):
        __class__
        return (lambda: self.run(go, times=2))()


def count(go):
    total, unbound = 0, "for a while"

    def add(amount):
        nonlocal total, unbound
        total += amount
        if amount == 2:
            del unbound
            go()
        return lambda: unbound

    for amount in range(4):
        add(amount)


def with_everything(position, *, keyword, default=3, **others):
    def inner():
        def innermost():
            nonlocal keyword
            keyword = [keyword, position]
            oracle.crash("segv")
            return default, others
        return innermost()
    return inner()


def main():
    count(lambda: Derived().plain(lambda: with_everything("p", keyword="k", extra={"x": 1})))


main()
