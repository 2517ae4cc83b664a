/* Single objects, of every version in both widths and byte orders: str, dict, set, int, code ... An input begins with which
 * heap (1 byte) and what limits (1); patches follow. */
#include "tests/fuzz/heap.h"

void fuzz_objects(const uint8_t *data, size_t size)
{
    static const pc_repr_limits limits[] = {{2000, 50, 6}, {0, 0, 0}, {10, 2, 1}, {200, 20, 4}};
    fuzz_input input = {data, size};
    fuzz_heap *heap = fuzz_heap_get(fuzz_take(&input, 1) % FUZZ_HEAPS);
    const pc_repr_limits *wanted = &limits[fuzz_take(&input, 1) % PC_ARRAY_SIZE(limits)];
    fuzz_patches_apply(&heap->memory, &input);
    fuzz_heap_look(heap, &heap->python.layout, wanted);
    fuzz_patches_undo(&heap->memory);
}
