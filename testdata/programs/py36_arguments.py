"""Keyword-only arguments, annotations, unpacking in calls, and arguments that are captured or rebound."""
import oracle


def innermost(position, default="d", *, only, only_default=4):
    annotated: int = 5
    unassigned: str
    oracle.crash("segv")
    return annotated


def after_star(*args, first, second="s", **others):
    return innermost(*args, **{"only": first, **others})


def bare_star(*, a, b=2):
    first, *middle, last = range(5)
    return after_star(1, *[2], first=a, **{"only_default": b})


def captured(a, *args, b, **kwargs):
    inside = lambda: (a, args, b, kwargs)
    return bare_star(a=inside()[0])


def main(value: "annotation" = 3, *, flag: bool = True) -> None:
    captured(value, 4, b=flag, c=None)


main()
