# -*- coding: utf-8 -*-
"""As value_table.py, of the tables in third_party, which need packages beside the standard library."""
import gc
import os

import record
import tables


def main():
    gc.disable()
    values, expressions = tables.evaluate(os.path.join(os.path.dirname(os.path.abspath(__file__)), "third_party"))
    record.crash_with(values, expressions)


main()
