from shop import errors


def walk(depth):
    if not depth:
        errors.die()
    return walk(depth - 1)


def even(depth):
    return odd(depth - 1)


def odd(depth):
    if depth < 0:
        errors.die()
    return even(depth - 1)
