"""Which pages of a core a program needed.

Two ways that know nothing of each other:

- The core is driven out of the page cache (posix_fadvise), the program is run, and mincore() says what is there now: what
  the kernel had to read from the disk. It is the same for every tool, whether it maps or reads the core, but what the
  kernel reads ahead counts too, as it does for whoever waits for the disk. pycore maps a core as MADV_RANDOM, which
  turns reading ahead off: for it the count is exact.
- `pycore distill` keeps what a report looked at: its segments, by their addresses in the segments of the core.

The floor touches the smaller one of the two.
"""
import bisect
import ctypes
import mmap
import os
import struct

PAGE = mmap.PAGESIZE
PT_LOAD, PT_NOTE = 1, 4
MANY_SEGMENTS = 0xffff


class Segment:
    def __init__(self, fields):
        self.type, _, self.offset, self.start, _, self.size = fields[:6]


def evict(path):
    """Drives a file out of the page cache; False where some of it stays (tmpfs)."""
    with open(path, "rb+") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    return not resident(path)


def resident(path):
    """The numbers of a file's pages that are in the page cache."""
    libc = ctypes.CDLL(None, use_errno=True)
    # Writable, because only who may write a file learns the truth of it; nothing is written.
    with open(path, "rb+") as file, mmap.mmap(file.fileno(), 0, mmap.MAP_SHARED, mmap.PROT_READ | mmap.PROT_WRITE) as data:
        count = (len(data) + PAGE - 1) // PAGE
        vector = (ctypes.c_ubyte * count)()
        first = ctypes.c_char.from_buffer(data)
        status = libc.mincore(ctypes.c_void_p(ctypes.addressof(first)), ctypes.c_size_t(len(data)), vector)
        error = ctypes.get_errno()
        del first
        if status != 0:
            raise OSError(error, os.strerror(error), path)
    return {number for number, flags in enumerate(vector) if flags & 1}


def warm(path):
    """Has a file in the page cache, but for its holes, as far as it fits."""
    with open(path, "rb", buffering=0) as file:
        size, at = os.fstat(file.fileno()).st_size, 0
        while at < size:
            try:
                at = os.lseek(file.fileno(), at, os.SEEK_DATA)
            except OSError:         # nothing but a hole is left
                return
            end = os.lseek(file.fileno(), at, os.SEEK_HOLE)
            while at < end:
                os.lseek(file.fileno(), at, os.SEEK_SET)
                at += len(file.read(min(end - at, 1 << 24))) or size


def head_of(path):
    """(the segments of a little-endian 64-bit ELF file, bytes of its headers)"""
    with open(path, "rb") as file:
        head = file.read(64)
        if head[:6] != b"\x7fELF\x02\x01":
            raise ValueError(path + " is no 64-bit core")
        table, sections = struct.unpack_from("<QQ", head, 32)
        size, count = struct.unpack_from("<HH", head, 54)
        if count == MANY_SEGMENTS:
            file.seek(sections + 44)        # sh_info of the first section
            count, = struct.unpack("<I", file.read(4))
        file.seek(table)
        data = file.read(size * count)
    return [Segment(struct.unpack_from("<IIQQQQQQ", data, at)) for at in range(0, len(data), size)], table + len(data)


def pages_between(offset, size):
    return range(offset // PAGE, (offset + size + PAGE - 1) // PAGE)


def pages_of_small_core(core, small):
    """The pages of core that hold what the small core has of it, its headers and its notes."""
    segments, head_size = head_of(core)
    pages = set(pages_between(0, head_size))
    for segment in segments:
        if segment.type == PT_NOTE:
            pages.update(pages_between(segment.offset, segment.size))
    loads = sorted((s for s in segments if s.type == PT_LOAD and s.size), key=lambda s: s.start)
    starts = [s.start for s in loads]
    for kept in head_of(small)[0]:
        if kept.type != PT_LOAD:
            continue
        end = kept.start + kept.size
        for load in loads[max(bisect.bisect_right(starts, kept.start) - 1, 0):]:
            if load.start >= end:
                break
            first, last = max(kept.start, load.start), min(end, load.start + load.size)
            if first < last:        # else it came from a file that was mapped
                pages.update(pages_between(load.offset + first - load.start, last - first))
    return pages


def write_runs(path, runs):
    """For the floor program."""
    with open(path, "wb") as file:
        file.write(b"".join(struct.pack("=QQ", first, count) for first, count in runs))
