from shop import errors


def total(prices):
    paid = sum(prices)
    errors.die()
    return paid


class Cart(object):
    def __init__(self):
        self.items = []

    def add(self, item, count):
        self.items.append((item, count))
        errors.die()
