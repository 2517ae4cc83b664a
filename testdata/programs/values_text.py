# -*- coding: utf-8 -*-
"""Text and bytes: quotes, control characters, every width of storage, what cannot be printed, and all 256 bytes."""
import sys

import oracle
from many_locals import with_locals

PY2 = sys.version_info[0] == 2


def quotes():
    return ["", "plain", "it's", 'say "so"', "both ' and \"", "back\\slash", "\\'", "tab\tline\nreturn\r", "\x00\x01\x1f\x7f",
            "\x1b[31mred\x1b[0m", "x" * 5000, "'" * 3, '"' * 3, "\\n is not \n"]


def unicode_text():
    return [u"", u"a", u"\x80\x9f\xa0\xad\xff", u"caf\xe9", u"na\xefve \xdcber", u"\u0100\u0391\u4e2d\u6587", u"e\u0301 combining",
            u"\u200b\u200e\u2028\u2029\u2060\ufeff", u"\ue000\uf8ff private", u"\ufffe\uffff\ufdd0", u"\u0378\u05ff unassigned",
            u"\U0001f600", u"mixed \xe9 \u4e2d \U0001d538", u"\U000e0001\U000f0000\U0010ffff\U0002fffe", u"\u3000 \u1680 \u00a0",
            u"\ud800", u"\udfff end", u"a\ud83d\ude00b", u"\ude00\ud83d", u"\udc80\udcff", u"it's \u2018quoted\u2019",
            u"\u0085 next line", u"\u061c\u202e bidi", u"\u00e9" * 300, u"\u4e2d" * 300, u"\U0001f600" * 300, u"\x00\u4e2d",
            u"\U0001e900\U0001fae8\U00031350", u"\u0d4f\u1c80\u2e5d\ua7dc\u1c89"]


def bytes_of_all_kinds():
    every = bytearray(range(256))
    return [b"", b"plain", b"it's", b'say "so"', b"both ' and \"", bytes(every), bytes(every[::-1]), b"\x00" * 10,
            bytearray(), every, bytearray(b"it's"), bytearray(b'"'), bytearray(b"both ' and \""), bytearray(b"\\"),
            "caf\xe9" if PY2 else b"caf\xe9", "\xe4\xb8\xad".encode("latin-1") if not PY2 else "\xe4\xb8\xad"]


def main():
    popped = bytearray(b"first bytes go away")
    del popped[:6]                      # its start is no longer that of its memory
    grown = bytearray(b"x")
    grown.extend(b"y" * 100)
    every_latin = u"".join([(chr if not PY2 else unichr)(i) for i in range(256)])  # noqa: F821
    every_plane = [(chr if not PY2 else unichr)(0x10000 * i + 0x1234) for i in range(0, 17)]  # noqa: F821
    blocks = [u"".join([(chr if not PY2 else unichr)(j) for j in range(i, i + 16)])  # noqa: F821
              for i in range(0, 0x3000, 208)]
    with_locals(quotes() + unicode_text() + bytes_of_all_kinds(), lambda: oracle.crash("abort"))
    return popped, grown, every_latin, every_plane, blocks


main()
