import os
import signal


class OutOfStock(Exception):
    pass


class NoPrice(ValueError):
    pass


def die():
    os.kill(os.getpid(), signal.SIGSEGV)


def give_up():
    os.kill(os.getpid(), signal.SIGABRT)
