#include "python/scan.h"

#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "base/limits.h"

/* Not by pc_memory_uint(): a scan looks at every word once, which the report's budget is not made for. */
static bool load(pc_core *core, pc_addr address, pc_addr *ret_value)
{
    size_t width = core->bits / 8;
    const pc_range *r = pc_ranges_find(&core->memory.saved, address);
    if (!r || r->last - address < width - 1)
        return false;
    *ret_value = pc_load_uint(r->bytes + (address - r->first), width, core->big_endian);
    return true;
}

/* Whether the segment's memory is that of the module: pages of its file, or the zeroed data behind them, which belong to no
 * file. */
static bool is_of_module(const pc_segment *segment, const pc_module *module)
{
    return (segment->start >= module->start && segment->start < module->end) || segment->start == module->end;
}

static const pc_mapping *mapping_at(const pc_core *core, pc_addr address)
{
    size_t low = 0, high = core->mapping_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (core->mappings[middle].end <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low < core->mapping_count && core->mappings[low].start <= address ? &core->mappings[low] : NULL;
}

/* The saved bytes of a segment that is to be looked at; NULL for others. */
static const uint8_t *bytes_of(pc_core *core, const pc_segment *segment, pc_scan_where where, const pc_module *module, uint64_t *ret_size)
{
    if (!segment->writable || !segment->saved)
        return NULL;
    if (where == PC_SCAN_MODULE && !is_of_module(segment, module))
        return NULL;
    if (where == PC_SCAN_ANONYMOUS && mapping_at(core, segment->start))
        return NULL;
    const pc_range *r = pc_ranges_find(&core->memory.saved, segment->start);
    if (!r)
        return NULL;
    uint64_t there = r->last - segment->start + 1;
    *ret_size = there < segment->saved ? there : segment->saved;
    return r->bytes + (segment->start - r->first);
}

static void add_hit(pc_scan_hits *hits, pc_addr interpreter, pc_scan_ring ring)
{
    for (size_t i = 0; i < hits->count; i++)
        if (hits->items[i].interpreter == interpreter && hits->items[i].ring.threads == ring.threads &&
            hits->items[i].ring.interpreter == ring.interpreter)
            return;
    if (hits->count >= PC_LIMIT_SCAN_HITS)
        return;
    hits->items = pc_grow(hits->items, hits->count, &hits->capacity, sizeof(*hits->items));
    hits->items[hits->count++] = (pc_scan_hit){.interpreter = interpreter, .ring = ring};
}

/* The rings in an order that needs few looks: all with the same place in a thread state together. */
typedef struct ring_index {
    uint32_t interpreter[PC_LIMIT_SCAN_RINGS];
    size_t count;
    uint32_t largest; /* of the places in an interpreter state */
} ring_index;

static void index_rings(ring_index *index, const pc_scan_ring *rings, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t k = 0;
        while (k < index->count && index->interpreter[k] != rings[i].interpreter)
            k++;
        if (k == index->count && k < PC_LIMIT_SCAN_RINGS)
            index->interpreter[index->count++] = rings[i].interpreter;
        if (rings[i].threads > index->largest)
            index->largest = rings[i].threads;
    }
}

/* The word at `at` holds `thread`: is it the word of an interpreter state that points to its first thread? */
static void look(pc_core *core, pc_addr at, pc_addr thread, const ring_index *index, const pc_scan_ring *rings, size_t ring_count, pc_scan_hits *hits)
{
    for (size_t k = 0; k < index->count; k++) {
        pc_addr back, place;
        if (!pc_addr_add(thread, index->interpreter[k], &place) || !load(core, place, &back) || back > at || at - back > index->largest)
            continue;
        for (size_t i = 0; i < ring_count; i++)
            if (rings[i].interpreter == index->interpreter[k] && rings[i].threads == at - back)
                add_hit(hits, back, rings[i]);
    }
}

void pc_scan_rings(pc_core *core, pc_scan_where where, const pc_module *module, const pc_scan_ring *rings, size_t ring_count, pc_scan_hits *hits)
{
    size_t width = core->bits / 8;
    const pc_ranges *saved = &core->memory.saved;
    ring_index index = {.count = 0};
    if (!saved->count || !ring_count)
        return;
    index_rings(&index, rings, ring_count);
    pc_addr lowest = saved->items[0].first, highest = saved->items[saved->count - 1].last;
    for (size_t i = 0; i < core->segment_count; i++) {
        uint64_t size;
        const uint8_t *bytes = bytes_of(core, &core->segments[i], where, module, &size);
        pc_addr start = core->segments[i].start;
        if (!bytes || start % width)
            continue;
        for (uint64_t k = 0; k + width <= size; k += width) {
            pc_addr value = pc_load_uint(bytes + k, width, core->big_endian);
            if (value >= lowest && value <= highest && !(value % width))
                look(core, start + k, value, &index, rings, ring_count, hits);
        }
    }
}

void pc_scan_pointers(pc_python *py, const pc_module *module, pc_scan_hits *hits)
{
    pc_core *core = py->core;
    pc_scan_ring ring = {py->layout->fields[PC_IS_THREADS].offset, py->layout->fields[PC_TS_INTERP].offset};
    for (size_t i = 0; module && i < core->segment_count; i++) {
        uint64_t size;
        const uint8_t *bytes = bytes_of(core, &core->segments[i], PC_SCAN_MODULE, module, &size);
        for (uint64_t k = 0; bytes && k + py->word <= size; k += py->word) {
            pc_addr state = pc_load_uint(bytes + k, py->word, core->big_endian), place, thread, back;
            if (state && !(state % py->word) && pc_addr_add(state, ring.threads, &place) && load(core, place, &thread) && thread &&
                pc_addr_add(thread, ring.interpreter, &place) && load(core, place, &back) && back == state)
                add_hit(hits, state, ring);
        }
    }
}

pc_addr pc_scan_runtime(pc_python *py)
{
    pc_core *core = py->core;
    pc_addr head = py->first_interpreter, last = head, found = 0;
    if (!py->module || !pc_has(py, PC_RT_INTERPRETERS) || !pc_has(py, PC_RT_MAIN_INTERPRETER))
        return 0;
    /* the main interpreter was the first, and new ones are put before it */
    for (size_t n = 0; n < PC_LIMIT_INTERPRETERS; n++) {
        pc_addr next;
        if (!pc_ok(pc_field_uint(py, PC_IS_NEXT, last, &next)))
            return 0;
        if (!next)
            break;
        last = next;
    }
    uint32_t head_at = py->layout->fields[PC_RT_INTERPRETERS].offset, main_at = py->layout->fields[PC_RT_MAIN_INTERPRETER].offset;
    for (size_t i = 0; i < core->segment_count; i++) {
        uint64_t size;
        pc_addr start = core->segments[i].start, main;
        const uint8_t *bytes = bytes_of(core, &core->segments[i], PC_SCAN_MODULE, py->module, &size);
        for (uint64_t k = 0; bytes && k + py->word <= size; k += py->word) {
            pc_addr at = start + k;
            if (pc_load_uint(bytes + k, py->word, core->big_endian) != head || at < head_at || !load(core, at - head_at + main_at, &main) || main != last)
                continue;
            if (found)
                return 0;
            found = at - head_at;
        }
    }
    return found;
}

pc_addr pc_scan_bytes(pc_core *core, pc_scan_where where, const pc_module *module, const void *bytes, size_t length, pc_addr from)
{
    for (size_t i = 0; i < core->segment_count; i++) {
        uint64_t size;
        pc_addr start = core->segments[i].start;
        const uint8_t *memory = bytes_of(core, &core->segments[i], where, module, &size);
        for (uint64_t k = 0; memory && k + length <= size; k += 8)
            if (start + k >= from && !memcmp(memory + k, bytes, length))
                return start + k;
    }
    return 0;
}

void pc_scan_deinit(pc_scan_hits *hits)
{
    free(hits->items);
    *hits = (pc_scan_hits){0};
}
