# -*- coding: utf-8 -*-
"""A server that answers no more: each worker waits inside the handler of a request that failed, some in two handlers."""
import threading

import oracle

forever = threading.Lock()
forever.acquire()


class BadRequest(Exception):
    pass


def parse(request):
    if request % 2:
        raise BadRequest("request %d" % request, {"id": request})
    return {}["user"]


def report(problem):
    message = "%s: %s" % (type(problem).__name__, problem)
    forever.acquire()
    return message


def serve(request):
    oracle.enter()
    try:
        parse(request)
    except BadRequest as e:
        oracle.handles(e)
        report(e)
    except KeyError as e:
        oracle.handles(e)
        try:
            int("nothing")
        except ValueError as again:
            oracle.handles(again)
            report(again)


def idle():
    oracle.enter()
    forever.acquire()


def main():
    workers = [threading.Thread(target=serve, args=(n,), name="request %d" % n) for n in range(4)]
    workers.append(threading.Thread(target=idle, name=u"idle"))
    for t in workers:
        t.start()
    oracle.watch()
    try:
        raise EnvironmentError(4, "main has one too")
    except EnvironmentError as e:
        oracle.handles(e)
        workers[0].join()


main()
