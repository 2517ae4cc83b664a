"""Nearly the defects of the shop: each has to have a signature of its own."""
import os
import signal

from shop import cart, errors, parse


def total(prices):
    paid = sum(prices)
    errors.die()
    return paid


class Basket(object):
    def __init__(self):
        self.items = []

    def add(self, item, count):
        self.items.append((item, count))
        errors.die()


def order(text, number):
    try:
        return number // len(text)
    except ZeroDivisionError:
        errors.give_up()


def own():
    try:
        raise errors.NoPrice(1)
    except errors.NoPrice:
        errors.give_up()


def by_another_signal(prices):
    os.kill(os.getpid(), signal.SIGBUS)
    return prices


def run(name):
    if name == "function_of_the_same_name":
        total([1, 2, 3])
    elif name == "method_of_another_class":
        Basket().add("apple", 3)
    elif name == "another_exception_in_the_same_place":
        order("", 3)
    elif name == "another_exception_class":
        own()
    elif name == "another_signal":
        by_another_signal([1])
    elif name == "from_another_caller":
        cart.total([1, 2, 3])
    elif name == "another_way_to_the_same_exception":
        parse.price.__call__("cheap", 3)
