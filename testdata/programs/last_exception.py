# -*- coding: utf-8 -*-
"""What sys keeps of the exception that nobody handled, as a prompt does: the frames are gone, their variables are not."""
import code
import sys

import oracle


def deeper(divisor):
    dividend = divisor + 1
    return dividend // divisor


class Silent(object):
    def write(self, text):
        pass


def main():
    before, sys.stderr = sys.stderr, Silent()
    prompt = code.InteractiveConsole({"deeper": deeper, "__name__": "prompt"})
    prompt.push("here = 'at the prompt'")
    prompt.push("deeper(0)")
    sys.stderr = before
    oracle.crash("abort", texts=[])


main()
