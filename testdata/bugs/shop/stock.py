import os
import signal
import subprocess
import sys
import threading
import time

from shop import errors


def take(count):
    if count:
        raise errors.OutOfStock(count)


class Stock(object):
    """Two locks that two threads take in different orders, and one more thread for each `more`."""

    def __init__(self, more):
        self.shelf, self.till = threading.Lock(), threading.Lock()
        self.more = more

    def fill(self, mine, other):
        mine.acquire()
        self.here.release()
        while not self.both:
            time.sleep(0.001)
        self.wait_for(other)

    def wait_for(self, lock):
        self.here.release()
        lock.acquire()

    def run(self):
        self.here, self.both = threading.Semaphore(0), False
        pairs = [(self.shelf, self.till), (self.till, self.shelf)]
        for pair in pairs:
            threading.Thread(target=self.fill, args=pair).start()
        for _ in pairs:
            self.here.acquire()
        self.both = True
        for _ in range(self.more):
            threading.Thread(target=self.wait_for, args=(self.shelf,)).start()
        for _ in range(2 + self.more):
            self.here.acquire()
        self.look_on()

    def look_on(self):
        """Somebody who waits for long enough kills it from outside: when it stands here, for it says so."""
        code = "import os, sys; sys.stdin.readline(); os.kill(%d, %d)" % (os.getpid(), signal.SIGABRT)
        killer = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE)
        self.sleep(killer)

    def sleep(self, killer):
        killer.stdin.write(b"now\n")
        killer.stdin.flush()
        while True:
            time.sleep(1000)
