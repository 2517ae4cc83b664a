#include "target/memory.h"

#include <stdlib.h>
#include <string.h>

#include "base/sort.h"

#define STRING_PIECE 64 /* bytes that are looked through at once for the end of a text */

void pc_memory_init(pc_memory *memory, unsigned address_size, bool big_endian)
{
    *memory = (pc_memory){.address_size = address_size, .big_endian = big_endian, .work_left = UINT64_MAX};
}

void pc_memory_deinit(pc_memory *memory)
{
    if (!memory)
        return;
    free(memory->saved.items);
    free(memory->file.items);
    free(memory->unsaved.items);
    free(memory->blanked.items);
    free(memory->hidden.items);
    *memory = (pc_memory){0};
}

void pc_memory_changed(pc_memory *memory)
{
    memset(memory->windows, 0, sizeof(memory->windows));
}

static void add(pc_ranges *ranges, pc_range range, uint64_t size)
{
    if (!size)
        return;
    if (!pc_addr_add(range.first, size - 1, &range.last))
        range.last = UINT64_MAX;
    ranges->items = pc_grow(ranges->items, ranges->count, &ranges->capacity, sizeof(*ranges->items));
    ranges->items[ranges->count++] = range;
}

void pc_ranges_add(pc_ranges *ranges, pc_addr first, uint64_t size, const uint8_t *bytes)
{
    add(ranges, (pc_range){.first = first, .bytes = bytes}, size);
}

void pc_ranges_add_file(pc_ranges *ranges, pc_addr first, uint64_t size, pc_backing *file, uint64_t offset)
{
    add(ranges, (pc_range){.first = first, .file = file, .offset = offset}, size);
}

static int by_first(const void *a, const void *b)
{
    const pc_range *x = a, *y = b;
    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    return x->last < y->last ? 1 : x->last > y->last ? -1 : 0;
}

/* Whether what backs r is what follows on what backs the one before it. */
static bool follows(const pc_range *before, const pc_range *r)
{
    uint64_t distance = r->first - before->first;
    if (before->last + 1 != r->first || before->file != r->file || !before->bytes != !r->bytes)
        return false;
    return r->file ? before->offset + distance == r->offset : !r->bytes || before->bytes + distance == r->bytes;
}

void pc_ranges_finish(pc_ranges *ranges)
{
    size_t kept = 0;
    pc_sort(ranges->items, ranges->count, sizeof(*ranges->items), by_first);
    for (size_t i = 0; i < ranges->count; i++) {
        pc_range r = ranges->items[i];
        pc_range *before = kept ? &ranges->items[kept - 1] : NULL;
        if (before && r.first <= before->last) {
            if (r.last <= before->last)
                continue;
            uint64_t cut = before->last - r.first + 1;
            r.first += cut;
            r.bytes = r.bytes ? r.bytes + cut : NULL;
            r.offset += cut;
        }
        if (before && follows(before, &r))
            before->last = r.last;
        else
            ranges->items[kept++] = r;
    }
    ranges->count = kept;
    ranges->recent = 0;
}

/* Index of the first range whose end is not below address; count if there is none. */
static size_t lower_bound(const pc_ranges *ranges, pc_addr address)
{
    size_t low = 0, high = ranges->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (ranges->items[middle].last < address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const pc_range *pc_ranges_find(pc_ranges *ranges, pc_addr address)
{
    if (ranges->recent < ranges->count) {
        const pc_range *r = &ranges->items[ranges->recent];
        if (address >= r->first && address <= r->last)
            return r;
    }
    size_t i = lower_bound(ranges, address);
    if (i == ranges->count || ranges->items[i].first > address)
        return NULL;
    ranges->recent = i;
    return &ranges->items[i];
}

const pc_range *pc_ranges_from(const pc_ranges *ranges, pc_addr address)
{
    size_t i = lower_bound(ranges, address);
    return i < ranges->count ? &ranges->items[i] : NULL;
}

bool pc_memory_is_saved(pc_memory *memory, pc_addr address)
{
    return pc_ranges_find(&memory->saved, address) != NULL;
}

bool pc_memory_is_readable(pc_memory *memory, pc_addr address)
{
    return pc_memory_is_saved(memory, address) || pc_ranges_find(&memory->file, address);
}

bool pc_memory_refuse(pc_memory *memory)
{
    memory->starved = true;
    if (!pc_memory_is_starving(memory))
        memory->work_left = memory->work_floor;
    return false;
}

void pc_memory_touch(pc_memory *memory, pc_addr address, uint64_t length)
{
    if (memory->touched)
        pc_touched_add(memory->touched, address, length);
}

void pc_memory_touch_name(pc_memory *memory, pc_addr address, uint64_t length)
{
    if (memory->touched)
        pc_touched_name(memory->touched, address, length);
}

void pc_memory_blank(pc_memory *memory, pc_addr address, uint64_t length)
{
    if (memory->touched)
        pc_touched_blank(memory->touched, address, length);
}

/* Makes the window one with address in it; false where nothing is there. */
static bool look_up(pc_memory *memory, pc_addr address, pc_window *window)
{
    const pc_range *r = pc_ranges_find(&memory->saved, address);
    if (r) {
        *window = (pc_window){.first = r->first, .size = r->last - r->first + 1, .bytes = r->bytes};
        return true;
    }
    const pc_range *f = pc_ranges_find(&memory->file, address);
    const uint8_t *bytes = f ? pc_backing_bytes(f->file) : NULL;
    if (!bytes)
        return false;
    pc_addr first = f->first, last = f->last;
    /* a saved page inside a file's range is newer than the file */
    size_t next = lower_bound(&memory->saved, address);
    if (next < memory->saved.count && memory->saved.items[next].first <= last)
        last = memory->saved.items[next].first - 1;
    if (next && memory->saved.items[next - 1].last >= first)
        first = memory->saved.items[next - 1].last + 1;
    *window = (pc_window){.first = first, .size = last - first + 1, .bytes = bytes + f->offset + (first - f->first)};
    return true;
}

/* pc_memory_span(), which is not taken down. */
static const uint8_t *span_at(pc_memory *memory, pc_addr address, uint64_t wanted, uint64_t *ret_length)
{
    if (!pc_memory_spend(memory, 1))
        return NULL;
    pc_window *window = pc_memory_window(memory, address);
    if (address - window->first >= window->size && !look_up(memory, address, window))
        return NULL;
    uint64_t offset = address - window->first, there = window->size - offset;
    *ret_length = there < wanted ? there : wanted;
    return window->bytes + offset;
}

const uint8_t *pc_memory_span(pc_memory *memory, pc_addr address, uint64_t wanted, uint64_t *ret_length)
{
    uint64_t length;
    const uint8_t *bytes = span_at(memory, address, wanted, &length);
    if (!bytes)
        return NULL;
    pc_memory_touch(memory, address, length);
    *ret_length = length;
    return bytes;
}

const uint8_t *pc_memory_peek(pc_memory *memory, pc_addr address, size_t length)
{
    uint64_t there;
    const uint8_t *bytes = pc_memory_span(memory, address, length ? length : 1, &there);
    return bytes && length <= there ? bytes : NULL;
}

static pc_error *missing(pc_memory *memory, pc_addr address)
{
    if (pc_is_stopped())
        return pc_error_at(PC_ERROR_LIMIT, address, "not read at " PC_ADDR ": %s", address, pc_stop_text());
    if (pc_memory_is_starving(memory))
        return pc_error_at(PC_ERROR_LIMIT, address, "reading goes on for too long at " PC_ADDR, address);
    if (pc_ranges_find(&memory->unsaved, address))
        return pc_error_at(PC_ERROR_NOT_SAVED, address, "memory at " PC_ADDR " is not saved in the core", address);
    return pc_error_at(PC_ERROR_UNMAPPED, address, "nothing is mapped at " PC_ADDR, address);
}

pc_error *pc_memory_read(pc_memory *memory, pc_addr address, void *buffer, size_t length)
{
    uint8_t *out = buffer;
    pc_addr end;
    if (length && !pc_addr_add(address, length - 1, &end))
        return missing(memory, UINT64_MAX);
    while (length) {
        uint64_t there;
        const uint8_t *bytes = pc_memory_span(memory, address, length, &there);
        if (!bytes)
            return missing(memory, address);
        size_t n = (size_t)there;
        memcpy(out, bytes, n);
        out += n;
        address += n;
        length -= n;
    }
    return NULL;
}

pc_error *pc_memory_uint_anywhere(pc_memory *memory, pc_addr address, size_t width, uint64_t *ret_value)
{
    uint8_t copy[8];
    const uint8_t *bytes = pc_memory_peek(memory, address, width);
    if (!bytes) {
        PC_TRY(pc_memory_read(memory, address, copy, width));
        bytes = copy;
    }
    *ret_value = pc_load_uint(bytes, width, memory->big_endian);
    return NULL;
}

pc_error *pc_memory_string(pc_memory *memory, pc_addr address, size_t limit, pc_buffer *buffer)
{
    size_t taken = 0;
    pc_addr at = address;
    while (taken < limit) {
        uint64_t there;
        /* in pieces: most are short, and what lies behind them is not looked at */
        uint64_t piece = STRING_PIECE - at % STRING_PIECE;
        if (piece > limit - taken)
            piece = limit - taken;
        const uint8_t *bytes = span_at(memory, at, piece, &there);
        if (!bytes)
            return missing(memory, at);
        size_t n = (size_t)there;
        const uint8_t *nul = memchr(bytes, 0, n);
        pc_memory_touch(memory, at, nul ? (uint64_t)(nul - bytes) + 1 : there);
        pc_buffer_append(buffer, (const char *)bytes, nul ? (size_t)(nul - bytes) : n);
        if (nul)
            return NULL;
        taken += n;
        if (!pc_addr_add(at, n, &at))
            return missing(memory, UINT64_MAX);
    }
    return pc_error_at(PC_ERROR_LIMIT, address, "no end of the text at " PC_ADDR " within %zu bytes", address, limit);
}
