"""A small order service that dies: what scripts/demo.sh lets crash.

Four threads of it do what servers do: the main thread waits for its workers; `checkout` is in an except block, trying a
refused payment again; `mailer` waits for work; `labels` calls a C function with a wrong address, which ends the process.
"""
import ctypes
import queue
import threading
import time

PRICES = {"tea": 450, "cup": 1200, "caf\u00e9 au lait": 390}


class PaymentError(Exception):
    """The bank said no."""


class Order:
    def __init__(self, number, customer, items):
        self.number = number
        self.customer = customer
        self.items = items

    def total(self):
        return sum(PRICES[name] * count for name, count in self.items.items())


def charge(order, cents):
    card = {"holder": order.customer, "last_digits": "4242", "tries": 3}
    raise PaymentError("card of %s refused: %d" % (card["holder"], cents))


def pay(order, waiting):
    cents = order.total()
    try:
        charge(order, cents)
    except PaymentError as refused:
        delay = 0.5
        try:
            coupon = {}["coupon"]
            cents -= coupon
        except KeyError:
            waiting.set()
            while refused:
                time.sleep(delay)


def send_mail(outbox, waiting):
    sent = 0
    waiting.set()
    while True:
        recipient, text = outbox.get()
        sent += len(recipient) + len(text)


def print_label(order, printer):
    lines = [order.customer.upper()] + ["%2d x %s" % (n, name) for name, n in sorted(order.items.items())]
    weight = 0.25 * sum(order.items.values())
    return ctypes.string_at(printer, len(lines) + int(weight))


def ship(order, others):
    for waiting in others:
        waiting.wait()
    time.sleep(0.2)
    return print_label(order, printer=8)


def main():
    order = Order(10**12 + 7, "Zo\u00eb \U0001f375", {"tea": 2, "cup": 1, "caf\u00e9 au lait": 3})
    outbox = queue.Queue()
    paying, mailing = threading.Event(), threading.Event()
    workers = [
        threading.Thread(target=pay, name="checkout", args=(order, paying)),
        threading.Thread(target=send_mail, name="mailer", args=(outbox, mailing)),
        threading.Thread(target=ship, name="labels", args=(order, [paying, mailing])),
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


if __name__ == "__main__":
    main()
