# -*- coding: utf-8 -*-
"""Holds values that were made at random, from the seed in the file "seed", and dies."""
import gc
import random

import random_values
import record

COUNT = 10000


def main():
    gc.disable()
    with open("seed") as f:
        maker = random_values.Maker(random.Random(int(f.read())))
    values = [maker.value(0) for _ in range(COUNT)]
    record.crash_with(values, ["random value %d" % i for i in range(COUNT)])


main()
