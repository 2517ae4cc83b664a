#include "target/touched.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

#define BLOCK_BITS 6 /* what lies next to each other on the heap has little to do with each other */

void pc_touched_init(pc_touched *touched)
{
    pc_map_init(&touched->blocks);
    touched->recent = UINT64_MAX;
}

void pc_touched_deinit(pc_touched *touched)
{
    if (touched)
        pc_map_deinit(&touched->blocks);
}

void pc_touched_add(pc_touched *touched, pc_addr address, uint64_t length)
{
    pc_addr end;
    if (!length)
        return;
    if (!pc_addr_add(address, length - 1, &end))
        end = UINT64_MAX;
    for (pc_addr block = address >> BLOCK_BITS, last = end >> BLOCK_BITS; block <= last; block++) {
        if (block != touched->recent)
            pc_map_add(&touched->blocks, block);
        touched->recent = block;
    }
}

static int by_address(const void *a, const void *b)
{
    pc_addr x = *(const pc_addr *)a, y = *(const pc_addr *)b;
    return x < y ? -1 : x > y;
}

size_t pc_touched_runs(const pc_touched *touched, uint64_t gap, pc_touched_run **ret_runs)
{
    pc_addr *blocks = pc_malloc((touched->blocks.count + 1) * sizeof(*blocks));
    pc_touched_run *runs = pc_malloc((touched->blocks.count + 1) * sizeof(*runs));
    size_t count = 0, run_count = 0;
    for (size_t i = 0; i < touched->blocks.capacity; i++)
        if (touched->blocks.values[i])
            blocks[count++] = touched->blocks.keys[i] << BLOCK_BITS;
    if (count)
        qsort(blocks, count, sizeof(*blocks), by_address);
    for (size_t i = 0; i < count; i++) {
        pc_touched_run *last = run_count ? &runs[run_count - 1] : NULL;
        if (last && blocks[i] - (last->first + last->size) < gap)
            last->size = blocks[i] + (1u << BLOCK_BITS) - last->first;
        else
            runs[run_count++] = (pc_touched_run){.first = blocks[i], .size = 1u << BLOCK_BITS};
    }
    free(blocks);
    *ret_runs = runs;
    return run_count;
}
