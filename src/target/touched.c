#include "target/touched.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"

#define BLOCK_BITS 6 /* what lies next to each other on the heap has little to do with each other */
#define BLOCK (UINT64_C(1) << BLOCK_BITS)

struct pc_touched_block { /* a bit for each byte */
    uint64_t looked_at, blank, name;
};

void pc_touched_init(pc_touched *touched)
{
    *touched = (pc_touched){.recent = UINT64_MAX};
    pc_map_init(&touched->blocks);
}

void pc_touched_deinit(pc_touched *touched)
{
    if (!touched)
        return;
    for (size_t i = 0; i < touched->blocks.capacity; i++)
        free(touched->blocks.values[i]);
    pc_map_deinit(&touched->blocks);
}

static pc_touched_block *get(const pc_touched *touched, pc_addr number)
{
    return number == touched->recent ? touched->recent_block : pc_map_get(&touched->blocks, number);
}

static pc_touched_block *make(pc_touched *touched, pc_addr number)
{
    pc_touched_block *block = get(touched, number);
    if (!block) {
        block = pc_malloc(sizeof(*block));
        *block = (pc_touched_block){0};
        pc_map_put(&touched->blocks, number, block);
    }
    touched->recent = number;
    touched->recent_block = block;
    return block;
}

static void mark(pc_touched *touched, pc_addr address, uint64_t length, size_t which)
{
    pc_addr end;
    if (!length)
        return;
    if (!pc_addr_add(address, length - 1, &end))
        end = UINT64_MAX;
    for (pc_addr number = address >> BLOCK_BITS, last = end >> BLOCK_BITS; number <= last; number++) {
        unsigned from = number == address >> BLOCK_BITS ? (unsigned)(address % BLOCK) : 0, to = number == last ? (unsigned)(end % BLOCK) : BLOCK - 1;
        uint64_t bits = UINT64_MAX << from & UINT64_MAX >> (BLOCK - 1 - to);
        pc_touched_block *block = make(touched, number);
        *(uint64_t *)((char *)block + which) |= bits;
    }
}

void pc_touched_add(pc_touched *touched, pc_addr address, uint64_t length)
{
    mark(touched, address, length, offsetof(pc_touched_block, looked_at));
}

void pc_touched_blank(pc_touched *touched, pc_addr address, uint64_t length)
{
    mark(touched, address, length, offsetof(pc_touched_block, blank));
}

void pc_touched_name(pc_touched *touched, pc_addr address, uint64_t length)
{
    mark(touched, address, length, offsetof(pc_touched_block, name));
}

uint64_t pc_touched_filter(const pc_touched *touched, pc_addr address, uint8_t *bytes, uint64_t length, uint8_t blank, bool *ret_there)
{
    uint64_t i = 0;
    const pc_touched_block *block = NULL;
    for (; i < length; i++) {
        unsigned bit = (address + i) % BLOCK;
        if (!i || !bit)
            block = get(touched, (address + i) >> BLOCK_BITS);
        bool hidden = block && (block->blank & ~block->name) >> bit & 1, there = hidden || (block && block->looked_at >> bit & 1);
        if (i && there != *ret_there)
            break;
        *ret_there = there;
        bytes[i] = hidden ? blank : there ? bytes[i] : 0;
    }
    return i;
}

static int by_address(const void *a, const void *b)
{
    pc_addr x = *(const pc_addr *)a, y = *(const pc_addr *)b;
    return x < y ? -1 : x > y;
}

/* Addresses of the blocks in order; freed by the caller. */
static pc_addr *sorted(const pc_touched *touched, size_t *ret_count)
{
    pc_addr *blocks = pc_malloc((touched->blocks.count + 1) * sizeof(*blocks));
    size_t count = 0;
    for (size_t i = 0; i < touched->blocks.capacity; i++)
        if (touched->blocks.values[i])
            blocks[count++] = touched->blocks.keys[i] << BLOCK_BITS;
    if (count)
        qsort(blocks, count, sizeof(*blocks), by_address);
    *ret_count = count;
    return blocks;
}

size_t pc_touched_runs(const pc_touched *touched, uint64_t gap, pc_touched_run **ret_runs)
{
    size_t count, run_count = 0;
    pc_addr *blocks = sorted(touched, &count);
    pc_touched_run *runs = pc_malloc((count + 1) * sizeof(*runs));
    for (size_t i = 0; i < count; i++) {
        pc_touched_run *last = run_count ? &runs[run_count - 1] : NULL;
        if (last && blocks[i] - (last->first + last->size) < gap)
            last->size = blocks[i] + BLOCK - last->first;
        else
            runs[run_count++] = (pc_touched_run){.first = blocks[i], .size = BLOCK};
    }
    free(blocks);
    *ret_runs = runs;
    return run_count;
}

size_t pc_touched_blanks(const pc_touched *touched, bool names, pc_touched_run **ret_runs)
{
    size_t count, run_count = 0, capacity = 0;
    pc_addr *blocks = sorted(touched, &count);
    pc_touched_run *runs = NULL;
    for (size_t i = 0; i < count; i++) {
        const pc_touched_block *block = get(touched, blocks[i] >> BLOCK_BITS);
        uint64_t bits = names ? block->blank & block->name : block->blank & ~block->name;
        for (pc_addr at = blocks[i]; bits; bits >>= 1, at++) {
            pc_touched_run *last = run_count ? &runs[run_count - 1] : NULL;
            if (!(bits & 1))
                continue;
            if (last && last->first + last->size == at) {
                last->size++;
                continue;
            }
            runs = pc_grow(runs, run_count, &capacity, sizeof(*runs));
            runs[run_count++] = (pc_touched_run){.first = at, .size = 1};
        }
    }
    free(blocks);
    *ret_runs = runs;
    return run_count;
}
