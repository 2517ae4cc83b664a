#include "python/scan.h"

#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "base/limits.h"
#include "base/stop.h"

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
    if (!segment->writable || !segment->saved || pc_is_stopped())
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

bool pc_scan_ring_of(const pc_layout *layout, pc_scan_ring *ret_ring)
{
    static const pc_field fields[] = {PC_IS_THREADS, PC_TS_INTERP, PC_TS_NEXT, PC_IS_SYSDICT, PC_IS_BUILTINS, PC_IS_MODULES, PC_OB_TYPE};
    for (size_t i = 0; i < PC_ARRAY_SIZE(fields); i++)
        if (!pc_layout_has(layout, fields[i]))
            return false;
    const pc_field_place *f = layout->fields;
    *ret_ring = (pc_scan_ring){f[PC_IS_THREADS].offset, f[PC_TS_INTERP].offset, f[PC_TS_NEXT].offset, f[PC_IS_SYSDICT].offset,
                               f[PC_IS_BUILTINS].offset, f[PC_IS_MODULES].offset, f[PC_OB_TYPE].offset};
    return true;
}

static bool load_at(pc_core *core, pc_addr base, uint32_t offset, pc_addr *ret_value)
{
    pc_addr at;
    return pc_addr_add(base, offset, &at) && load(core, at, ret_value) && *ret_value;
}

/* Many lists have such rings. The second thread, if there is one, is of the same interpreter. */
static bool has_threads(pc_core *core, pc_addr interpreter, const pc_scan_ring *ring)
{
    pc_addr thread, at, next, owner;
    return load_at(core, interpreter, ring->threads, &thread) && pc_addr_add(thread, ring->next, &at) && load(core, at, &next) &&
           (!next || (load_at(core, next, ring->interpreter, &owner) && owner == interpreter));
}

/* The state's dicts are of one type, whose type is `type`, whose type is itself. */
static bool has_dicts(pc_core *core, pc_addr interpreter, const pc_scan_ring *ring)
{
    pc_addr sysdict, builtins, modules, type, other, third, meta, metameta;
    return load_at(core, interpreter, ring->sysdict, &sysdict) && load_at(core, interpreter, ring->builtins, &builtins) &&
           load_at(core, interpreter, ring->modules, &modules) && sysdict != builtins && modules != builtins && load_at(core, sysdict, ring->type, &type) &&
           load_at(core, builtins, ring->type, &other) && type == other && load_at(core, modules, ring->type, &third) && type == third &&
           load_at(core, type, ring->type, &meta) && meta != type && load_at(core, meta, ring->type, &metameta) && meta == metameta;
}

static void add_hit(pc_core *core, pc_scan_hits *hits, pc_addr interpreter, pc_scan_ring ring)
{
    for (size_t i = 0; i < hits->count; i++)
        if (hits->items[i].interpreter == interpreter && pc_scan_ring_equal(&hits->items[i].ring, &ring))
            return;
    if (hits->count >= PC_LIMIT_SCAN_HITS || !has_threads(core, interpreter, &ring) || !has_dicts(core, interpreter, &ring))
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
                add_hit(core, hits, back, rings[i]);
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
        for (uint64_t k = 0; k + width <= size && !pc_is_stopped(); k += width) {
            pc_addr value = pc_load_uint(bytes + k, width, core->big_endian);
            if (value >= lowest && value <= highest && !(value % width))
                look(core, start + k, value, &index, rings, ring_count, hits);
        }
    }
}

void pc_scan_pointers(pc_python *py, const pc_module *module, pc_scan_hits *hits)
{
    pc_core *core = py->core;
    pc_scan_ring ring;
    if (!pc_scan_ring_of(py->layout, &ring))
        return;
    for (size_t i = 0; module && i < core->segment_count; i++) {
        uint64_t size;
        const uint8_t *bytes = bytes_of(core, &core->segments[i], PC_SCAN_MODULE, module, &size);
        for (uint64_t k = 0; bytes && k + py->word <= size && !pc_is_stopped(); k += py->word) {
            pc_addr state = pc_load_uint(bytes + k, py->word, core->big_endian), place, thread, back;
            if (state && !(state % py->word) && pc_addr_add(state, ring.threads, &place) && load(core, place, &thread) && thread &&
                pc_addr_add(thread, ring.interpreter, &place) && load(core, place, &back) && back == state)
                add_hit(core, hits, state, ring);
        }
    }
}

bool pc_scan_leads_to(pc_python *py, pc_addr from, pc_addr to)
{
    for (size_t n = 0; n < PC_LIMIT_INTERPRETERS && from; n++) {
        if (from == to)
            return true;
        if (!pc_ok(pc_field_uint(py, PC_IS_NEXT, from, &from)))
            return false;
    }
    return false;
}

bool pc_scan_runtime(pc_python *py, pc_addr *ret_runtime, pc_addr *ret_head)
{
    pc_core *core = py->core;
    pc_addr last = py->first_interpreter, runtime = 0, first = 0;
    if (!py->module || !pc_has(py, PC_RT_INTERPRETERS) || !pc_has(py, PC_RT_MAIN_INTERPRETER))
        return false;
    /* the main interpreter was the first, and new ones are put before it */
    for (size_t n = 0; n < PC_LIMIT_INTERPRETERS; n++) {
        pc_addr next;
        if (!pc_ok(pc_field_uint(py, PC_IS_NEXT, last, &next)))
            return false;
        if (!next)
            break;
        last = next;
    }
    uint32_t head_at = py->layout->fields[PC_RT_INTERPRETERS].offset, main_at = py->layout->fields[PC_RT_MAIN_INTERPRETER].offset;
    for (size_t i = 0; i < core->segment_count; i++) {
        uint64_t size;
        pc_addr start = core->segments[i].start, head;
        const uint8_t *bytes = bytes_of(core, &core->segments[i], PC_SCAN_MODULE, py->module, &size);
        for (uint64_t k = 0; bytes && k + py->word <= size && !pc_is_stopped(); k += py->word) {
            pc_addr at = start + k;
            if (pc_load_uint(bytes + k, py->word, core->big_endian) != last || at < main_at || !load(core, at - main_at + head_at, &head) ||
                !pc_scan_leads_to(py, head, py->first_interpreter))
                continue;
            if (runtime)
                return false;
            runtime = at - main_at;
            first = head;
        }
    }
    *ret_runtime = runtime;
    *ret_head = first;
    return runtime;
}

pc_addr pc_scan_bytes(pc_core *core, pc_scan_where where, const pc_module *module, const void *bytes, size_t length, pc_addr from)
{
    for (size_t i = 0; i < core->segment_count; i++) {
        uint64_t size;
        pc_addr start = core->segments[i].start;
        const uint8_t *memory = bytes_of(core, &core->segments[i], where, module, &size);
        for (uint64_t k = 0; memory && k + length <= size && !pc_is_stopped(); k += 8)
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
