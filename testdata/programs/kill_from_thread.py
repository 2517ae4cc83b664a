# -*- coding: utf-8 -*-
"""A thread sends the process a signal that nobody handles: the kernel gives it to the main thread, which waits."""
import signal
import threading

import oracle

done = threading.Lock()
done.acquire()


def sender(number):
    oracle.enter()
    reason = "because"
    oracle.crash("kill", signal.SIGQUIT)
    return reason


def main():
    t = threading.Thread(target=sender, args=(3,), name="sender")
    t.daemon = True
    t.start()
    done.acquire()


main()
