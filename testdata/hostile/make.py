#!/usr/bin/env python3
"""Writes the files of this folder: make.py [FOLDER]. The same bytes each time. README says what each is for."""
import gzip
import os
import struct
import sys

PT_LOAD, PT_NOTE = 1, 4
NT_PRSTATUS, NT_PRPSINFO, NT_AUXV, NT_FILE, NT_SIGINFO = 1, 3, 6, 0x46494c45, 0x53494749
AT_NULL, AT_PHDR, AT_PAGESZ, AT_ENTRY, AT_RANDOM = 0, 3, 6, 9, 25
ALL = (1 << 64) - 1


class Writer:
    """What a core consists of, in its byte order and width."""

    def __init__(self, bits=64, order="<"):
        self.bits, self.order = bits, order
        self.word = "Q" if bits == 64 else "I"

    def pack(self, form, *values):
        return struct.pack(self.order + form.replace("W", self.word), *values)

    def words(self, *values):
        mask = (1 << self.bits) - 1
        return self.pack("W" * len(values), *(v & mask for v in values))

    def header(self, **fields):
        f = {"type": 4, "machine": 62 if self.bits == 64 else 8, "phoff": self.header_size(), "shoff": 0, "phentsize": self.entry_size(),
             "phnum": 0, "shentsize": 64 if self.bits == 64 else 40, "shnum": 0}
        f.update(fields)
        ident = b"\x7fELF" + bytes([self.bits // 32, 1 if self.order == "<" else 2, 1, 0]) + bytes(8)
        return ident + self.pack("HHIWWWIHHHHHH", f["type"], f["machine"], 1, 0, f["phoff"], f["shoff"], 0, self.header_size(),
                                 f["phentsize"], f["phnum"], f["shentsize"], f["shnum"], 0)

    def header_size(self):
        return 64 if self.bits == 64 else 52

    def entry_size(self):
        return 56 if self.bits == 64 else 32

    def entry(self, kind, offset, address, saved, size, flags=6):
        if self.bits == 64:
            return self.pack("IIQQQQQQ", kind, flags, offset, address, 0, saved, size, 4096)
        return self.pack("IIIIIIII", kind, offset, address, 0, saved, size, flags, 4096)

    def note(self, kind, desc, name=b"CORE\0", name_size=None, desc_size=None):
        def pad(b):
            return b + bytes(-len(b) % 4)
        return self.pack("III", len(name) if name_size is None else name_size, len(desc) if desc_size is None else desc_size,
                         kind) + pad(name) + pad(desc)

    def prstatus(self, tid, signal=11):
        size, at = (336, 32) if self.bits == 64 else (144, 24)
        b = bytearray(size)
        b[12:14] = self.pack("H", signal)
        b[at:at + 4] = self.pack("I", tid)
        return self.note(NT_PRSTATUS, bytes(b))

    def psinfo(self, command, arguments):
        size, at = (136, 24) if self.bits == 64 else (124, 12)
        b = bytearray(size)
        b[at:at + 4] = self.pack("I", 4711)
        b[size - 96:] = command[:16].ljust(16, b"\0") + arguments[:80].ljust(80, b"\0")
        return self.note(NT_PRPSINFO, bytes(b))

    def nt_file(self, mappings, count=None, page=4096, names=None):
        """mappings: (start, end, offset in pages, path)"""
        b = self.words(len(mappings) if count is None else count, page)
        b += b"".join(self.words(*m[:3]) for m in mappings)
        return self.note(NT_FILE, b + (b"".join(m[3] + b"\0" for m in mappings) if names is None else names))

    def core(self, notes, segments=(), **fields):
        """segments: (address, bytes, size in memory) or (address, bytes, size, flags)"""
        count = 1 + len(segments)
        at = self.header_size() + count * self.entry_size()
        table, data = self.entry(PT_NOTE, at, 0, len(notes), 0, 0), notes
        for address, content, size, *flags in segments:
            table += self.entry(PT_LOAD, at + len(data), address, len(content), size, *(flags or [6]))
            data += content
        return self.header(phnum=count, **fields) + table + data


W = Writer()
OTHERS = {"le32": Writer(32, "<"), "be64": Writer(64, ">"), "be32": Writer(32, ">")}


def good_notes(w):
    return w.prstatus(4711) + w.psinfo(b"python", b"python -c pass")


# ---- program headers ----

def xnum_absurd(w=W):
    """PN_XNUM, and section 0 says 2^32-1 program headers."""
    section = w.pack("IIWWWWIIWW", 0, 0, 0, 0, 0, 0, 0, 0xffffffff, 0, 0)
    return w.header(phnum=0xffff, shoff=w.header_size(), shnum=1, phoff=w.header_size()) + section + good_notes(w)


def xnum_without_section(w=W):
    """PN_XNUM, and no section 0: its place is behind the end."""
    return w.header(phnum=0xffff, shoff=(1 << w.bits) - 32, shnum=1) + w.entry(PT_NOTE, 200, 0, 1000, 0, 0) + good_notes(w)


def xnum_first_segment_far(w=W):
    """As before, the first segment's contents being said to begin at 2^63: that many headers would fit."""
    return w.header(phnum=0xffff, shoff=(1 << w.bits) - 32, shnum=1) + w.entry(PT_LOAD, 1 << (w.bits - 1), 4096, 1, 1)


def phentsize_zero(w=W):
    """All headers at one place."""
    return w.header(phnum=60000, phentsize=0) + w.entry(PT_NOTE, 0, 0, 4096, 0)


def phentsize_one(w=W):
    """Headers that overlap."""
    return w.header(phnum=60000, phentsize=1) + w.entry(PT_NOTE, 0, 0, 4096, 0) * 20


def phoff_wraps(w=W):
    """The table begins 8 bytes below the end of the address space."""
    return w.header(phnum=3, phoff=(1 << w.bits) - 8) + good_notes(w)


def same_headers(w=W):
    """60,000 segments, all of them the same bytes at the same address, and as many notes."""
    one = w.entry(PT_LOAD, 0, 4096, 64, 1 << (w.bits - 2)) + w.entry(PT_NOTE, 64, 0, 1 << 20, 0)
    return w.header(phnum=60000) + one * 30000


def overlapping(w=W):
    """Segments that overlap, wrap around, are larger than memory or than the file."""
    top, table = 1 << w.bits, b""
    for address, saved, size in ((0, 100, top - 1), (0, top - 1, 0), (top - 1, 1, 1), (top - 1, 100, top - 1), (top - 4096, 4096, 8192),
                                 (4096, 0, top - 1), (4096, 10, 5), (4100, 200, 100), (8192, 4096, top - 8192), (1, top - 1, top - 1)):
        for offset in (0, 64, 1000, top - 1):
            table += w.entry(PT_LOAD, offset, address, saved, size)
    notes = good_notes(w)
    count = len(table) // w.entry_size() + 1
    return w.header(phnum=count) + w.entry(PT_NOTE, w.header_size() + count * w.entry_size(), 0, len(notes), 0) + table + notes + bytes(4096)


def note_at_the_end(w=W):
    """Notes at 2^64-1, at the file's end, and behind it: an address computed from that would wrap."""
    top = (1 << w.bits) - 1
    table = b"".join(w.entry(PT_NOTE, offset, 0, size, 0) for offset in (top, top - 3, 1 << (w.bits - 1), 364, 365, 400) for size in (0, 1, 12, top))
    return w.header(phnum=len(table) // w.entry_size()) + table


# ---- notes ----

def note_sizes(w=W):
    """Sizes of names and contents that go beyond the end, alone or summed up, or wrap when they are rounded."""
    notes = good_notes(w)
    for name_size, desc_size in ((0, 0xffffffff), (0xffffffff, 0), (0xffffffff, 0xffffffff), (0xfffffffd, 4), (4, 0xfffffffd), (0x7fffffff, 0x7fffffff)):
        notes += w.note(NT_PRSTATUS, bytes(20), name_size=name_size, desc_size=desc_size)
    return w.core(notes)


def note_contents_short(w=W):
    """Each kind of note with 0 to 40 bytes of what it should have."""
    kinds = (NT_PRSTATUS, NT_PRPSINFO, NT_AUXV, NT_FILE, NT_SIGINFO)
    return w.core(b"".join(w.note(kind, b"\xff" * size) for size in range(40) for kind in kinds))


def many_threads(w=W):
    """10,000 threads."""
    return w.core(b"".join(w.prstatus(i) for i in range(10000)))


def same_pthread(w=W):
    """2,000 threads of one id, with one thread pointer."""
    one = bytearray(w.prstatus(7))
    one[20 + 112 + 21 * 8:20 + 112 + 22 * 8] = w.words(0x7f0000001000)
    return w.core(bytes(one) * 2000)


def siginfo_wild(w=W):
    """A signal and a code that no system has."""
    return w.core(w.prstatus(1, 0xffff) + w.note(NT_SIGINFO, w.pack("III", 0xffff, 7, 0x80000000) + b"\xff" * 116))


def file_count(w=W):
    """NT_FILE: counts whose product with the size of an entry wraps to something small."""
    top, notes = 1 << w.bits, good_notes(w)
    for count in (top - 1, top // 2, top // 3 + 1, top // 24 + 1, top // 12 + 1, 1000000, 1000001):
        notes += w.nt_file([(4096, 8192, 0, b"/bin/true")], count=count)
    return w.core(notes)


def file_pages(w=W):
    """NT_FILE: a page size with which offsets wrap."""
    return w.core(good_notes(w) + w.nt_file([(4096, 8192, 0, b"/bin/sh"), (8192, 12288, 3, b"/bin/sh"), (12288, 16384, 1 << (w.bits - 1), b"/bin/sh")],
                                            page=(1 << (w.bits - 1)) + 1), [(4096, b"", 4096, 5)])


def file_page_zero(w=W):
    """NT_FILE: pages of no bytes."""
    return w.core(good_notes(w) + w.nt_file([(4096, 8192, 9, b"/bin/sh")], page=0), [(4096, b"", 4096, 5)])


def file_page_one(w=W):
    """NT_FILE: pages of one byte, and a first page of which only that one agrees with the file."""
    return w.core(good_notes(w) + w.nt_file([(4096, 8192, 0, b"/bin/sh")], page=1), [(4096, b"\x7fELF" + bytes(4092), 4096, 5)])


def file_names_missing(w=W):
    """NT_FILE: fewer paths than entries, the last without its end."""
    return w.core(good_notes(w) + w.nt_file([(4096 * i, 4096 * i + 4096, 0, b"") for i in range(9)], names=b"/bin/sh\0/bin/"))


def file_ranges(w=W):
    """NT_FILE: ranges that overlap, are empty, end before they begin, or cover everything; not in order."""
    top = 1 << w.bits
    ranges = [(0, top - 1), (top - 1, 0), (4096, 4096), (8192, 4096), (4096, top - 4096), (top - 4096, top - 1), (0, 1), (4096, 8192)]
    return w.core(good_notes(w) + w.nt_file([r + (i % 3, b"/bin/sh") for i, r in enumerate(ranges * 2)]),
                  [(0, b"", top - 1, 5), (4096, b"\x7fELF" * 1024, 4096, 5)])


def file_paths(w=W):
    """NT_FILE, the command and its arguments: bytes that are no UTF-8, escapes, line ends, controls of direction; names of what must
    not be opened as a file."""
    paths = [b"/tmp/\xff\xfe\x80lib.so", b"/tmp/\x1b[31mred\x1b]0;title\x07.so", b"/tmp/two\nlines\r.so", "/tmp/\u202egnp.so".encode(), b"",
             "/tmp/\u2028\u0085\ufeff\U000e0041".encode(), b"\xed\xb2\x80\xc0\x80\xf4\x90\x80\x80", b"relative/lib.so", b"../../etc/passwd", b"/",
             b"/dev/zero", b"/dev/tty", b"/proc/self/mem", b"/proc/kcore", b"/dev/stdin", b"//////", b"/tmp/" + b"x" * 5000, b"%s%n%s%n", b"[vdso]"]
    mappings = [(0x10000 * (i + 1), 0x10000 * (i + 1) + 4096, 0, p) for i, p in enumerate(paths)]
    return w.core(w.prstatus(4711) + w.psinfo(b"\x1b[2J\xff\xc3\n", b"a \x1b]0;owned\x07 \xe2\x80\xae \xf0\x9f\x8d\xb5\xf0\x9f") + w.nt_file(mappings),
                  [(m[0], b"", 4096, 5) for m in mappings])


def many_modules(w=W):
    """6,000 times the same library."""
    mappings = [(0x10000 * (i + 1), 0x10000 * (i + 1) + 4096, 0, b"/bin/sh") for i in range(6000)]
    return w.core(good_notes(w) + w.nt_file(mappings), [(0x10000, b"", 0x10000 * 6001, 5)])


def module_headers(w=W):
    """First pages of modules whose own program headers are damaged: offsets that wrap, notes that are large or elsewhere."""
    top, segments, mappings = 1 << w.bits, [], []
    pages = [
        w.header(type=3, phnum=0xffff),
        w.header(type=3, phnum=0xffff, phentsize=0) + w.entry(PT_NOTE, 0, 0, 65536, 65536),
        w.header(type=3, phnum=9, phoff=top - 8),
        w.header(type=3, phnum=3) + w.entry(PT_LOAD, 0, top - 4096, top - 1, top - 1) + w.entry(PT_NOTE, 0, 4096, 65536, 65536) +
        w.entry(PT_NOTE, 0, top - 1, 64, 64),
        w.header(type=3, phnum=2) + w.entry(PT_LOAD, 0, 0, 4096, 4096) + w.entry(PT_NOTE, 0, 176, 3900, 3900) +
        w.pack("III", 4, 0xffffffff, 3) + b"GNU\0" + w.pack("III", 0xffffffff, 4, 3) + b"GNU\0",
        b"\x7fELF" + b"\xff" * 4092,
    ]
    for i, page in enumerate(pages):
        start = 0x100000 * (i + 1)
        segments.append((start, page.ljust(4096, b"\0"), 8192, 5))
        mappings.append((start, start + 8192, 0, b"/bin/sh"))
    return w.core(good_notes(w) + w.nt_file(mappings), segments)


# ---- the auxiliary vector and the initial stack ----

def auxv_without_end(w=W):
    """An auxiliary vector of a megabyte without AT_NULL, and a stack that looks like it everywhere: what is searched for is always
    nearly found."""
    vector = w.words(AT_RANDOM, 0x7ffe00200000) * ((1 << 20) // (w.bits // 4))
    return w.core(good_notes(w) + w.note(NT_AUXV, vector), [(0x7ffe00000000, vector[:-8] * 2 + bytes(16), 1 << 21)])


def arguments_overlap(w=W):
    """An initial stack with 4,000 arguments, each of them the same half megabyte."""
    base = 0x7ffe00000000
    vector = w.words(AT_PAGESZ, 4096, AT_RANDOM, base + 0x3f000, AT_NULL, 0)
    stack = w.words(4000, *[base + 0x40000] * 4000) + w.words(0, 0) + vector
    content = (bytes(0x1000) + stack).ljust(0x40000, b"\0") + b"x" * (1 << 19)
    return w.core(good_notes(w) + w.note(NT_AUXV, vector), [(base, content, len(content) + 4096)])


def arguments_without_end(w=W):
    """An initial stack whose count of arguments is as large as what is there, and arguments without an end."""
    base = 0x7ffe00000000
    vector = w.words(AT_RANDOM, base + 0xff000, AT_PHDR, ALL, AT_ENTRY, ALL, AT_NULL, 0)
    stack = w.words(*range(8000, 0, -1)) + w.words(0, base, 0) + vector
    return w.core(good_notes(w) + w.note(NT_AUXV, vector), [(base, stack.ljust(0x100000, b"\xff"), 0x100000)])


PLAIN = [xnum_absurd, xnum_without_section, xnum_first_segment_far, phentsize_zero, phentsize_one, phoff_wraps, same_headers, overlapping,
         note_at_the_end, note_sizes, note_contents_short, many_threads, same_pthread, siginfo_wild, file_count, file_pages, file_page_zero,
         file_page_one, file_names_missing, file_ranges, file_paths, many_modules, module_headers, auxv_without_end, arguments_overlap,
         arguments_without_end]
OF_OTHER_MACHINES = [xnum_absurd, overlapping, note_at_the_end, note_sizes, note_contents_short, file_count, file_ranges, module_headers]


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else os.path.dirname(os.path.abspath(__file__))
    for make in PLAIN:
        write(folder, make.__name__, make())
    for name, writer in OTHERS.items():
        for make in OF_OTHER_MACHINES:
            write(folder, "%s-%s" % (make.__name__, name), make(writer))


def write(folder, name, content):
    with open(os.path.join(folder, name + ".core.gz"), "wb") as f:
        f.write(gzip.compress(content, 9, mtime=0))


if __name__ == "__main__":
    main()
