# -*- coding: utf-8 -*-
"""Values of an extension module's own types: the datetime module, whose structs its own debug information tells."""
import datetime

import oracle
from many_locals import with_locals


class Day(datetime.date):
    pass


def dates():
    return [datetime.date(1, 1, 1), datetime.date(2024, 2, 29), datetime.date.max, Day(1999, 12, 31)]


def times():
    return [datetime.time(), datetime.time(23, 59), datetime.time(1, 2, 3), datetime.time(1, 2, 0, 5), datetime.time.max]


def moments():
    return [datetime.datetime(2024, 2, 29), datetime.datetime(2024, 2, 29, 12, 30, 1),
            datetime.datetime(2024, 2, 29, 12, 30, 0, 999999), datetime.datetime.min, datetime.datetime.max]


def deltas():
    return [datetime.timedelta(), datetime.timedelta(1), datetime.timedelta(0, 1), datetime.timedelta(0, 0, 1),
            datetime.timedelta(-1, 5), datetime.timedelta(3, 0, 7), datetime.timedelta.min, datetime.timedelta.max]


def with_zones():
    if not hasattr(datetime, "timezone"):
        return []
    zones = [datetime.timezone.utc, datetime.timezone(datetime.timedelta(hours=-5, minutes=-30)),
             datetime.timezone(datetime.timedelta(0), u"Zul\xfc"), datetime.timezone.max]
    return zones + [datetime.datetime(2024, 2, 29, 12, 30, tzinfo=z) for z in zones] + \
        [datetime.time(1, 2, tzinfo=zones[0], fold=1), datetime.datetime(2024, 2, 29, 1, tzinfo=zones[1], fold=1),
         datetime.datetime(2024, 2, 29, 1, fold=1), {zones[0]: [datetime.date(2000, 1, 1)]}]


def main():
    with_locals(dates() + times() + moments() + deltas() + with_zones(), lambda: oracle.crash("abort"))


main()
