/* _Py_DebugOffsets: what a build says of its own fields, and objects read by it. An input begins with which heap (1 byte: of 3.13 and
 * later) and whether it may differ from the table (1). Then come members (1) with what they say (4, the last byte's top bits
 * telling of larger numbers); those that are not named cannot be read. */
#include <string.h>

#include "base/limits.h"
#include "layout/debug_offsets.h"
#include "tests/fuzz/heap.h"

#define FIRST_HEAP 48 /* of 3.13 */

typedef struct saying {
    bool says[PC_FIELD_COUNT];
    uint64_t value[PC_FIELD_COUNT];
} saying;

static bool read_member(void *context, pc_field member, uint64_t *ret_value)
{
    const saying *s = context;
    if (!s->says[member])
        return false;
    *ret_value = s->value[member];
    return true;
}

/* Of an offset or a size as it is: near it, or far from it. */
static uint64_t read_value(fuzz_input *input)
{
    uint32_t bits = (uint32_t)fuzz_take(input, 4);
    static const uint64_t ends[] = {0, UINT32_MAX, UINT64_C(1) << 32, INT64_MAX, UINT64_MAX, PC_LIMIT_STRUCT, (uint64_t)PC_LIMIT_STRUCT + 1, UINT64_MAX - 7};
    return bits >> 31 ? ends[bits % PC_ARRAY_SIZE(ends)] : bits >> 30 ? bits % 65536 : bits % 512;
}

void fuzz_offsets(const uint8_t *data, size_t size)
{
    static const pc_repr_limits limits = {200, 20, 4};
    fuzz_input input = {data, size};
    fuzz_heap *heap = fuzz_heap_get(FIRST_HEAP + fuzz_take(&input, 1) % (FUZZ_HEAPS - FIRST_HEAP));
    bool may_differ = fuzz_take(&input, 1) & 1;
    saying s = {.says = {false}};
    pc_layout layout = heap->python.layout;
    pc_field members[256];
    size_t count = 0;
    for (size_t i = 0; i < PC_FIELD_COUNT && count < PC_ARRAY_SIZE(members); i++)
        if (pc_field_definitions[i].owner == PC_STRUCT_DEBUG_OFFSETS && layout.fields[i].source)
            members[count++] = (pc_field)i;
    FUZZ_CHECK(count > 30);
    while (input.left) {
        pc_field member = members[fuzz_take(&input, 1) % count];
        s.says[member] = true;
        s.value[member] = read_value(&input);
    }
    if (fuzz_ok(pc_debug_offsets_apply(&layout, read_member, &s, may_differ))) {
        for (size_t i = 0; i < PC_FIELD_COUNT; i++) {
            const pc_field_place *place = &layout.fields[i];
            if (place->source == PC_SOURCE_DEBUG_OFFSETS)
                FUZZ_CHECK(place->offset <= layout.structs[pc_field_definitions[i].owner].size);
        }
        fuzz_heap_look(heap, &layout, &limits);
    }
}
