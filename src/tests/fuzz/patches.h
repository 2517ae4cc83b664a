/* Damage at the level of objects: an input is a list of patches to a process's memory that is whole. A word becomes a link to
 * something else, another word of that memory, a count that is too large, its neighbour, itself; two words change places; an
 * object is laid over another one. So inputs are small, and all of them lead deep. */
#ifndef PC_TESTS_FUZZ_PATCHES_H
#define PC_TESTS_FUZZ_PATCHES_H

#include "tests/fuzz/fuzz.h"

typedef struct fuzz_area { /* bytes that are, or begin, a part of the target's memory */
    uint8_t *bytes;
    size_t size;
    uint64_t address;
} fuzz_area;

typedef struct fuzz_places {
    uint8_t **items;
    size_t count, capacity;
} fuzz_places;

typedef struct fuzz_memory {
    size_t word; /* bytes of a pointer */
    bool big_endian;
    uint8_t *file; /* all of it, headers and notes too; may be NULL */
    size_t file_size;
    fuzz_area *areas;
    size_t area_count, area_capacity;
    fuzz_places words, pointers, numbers; /* all aligned words; links within the memory; what may be a count */
    struct fuzz_undo {
        uint8_t *at, before[64];
        size_t size;
    } *undo;
    size_t undo_count, undo_capacity;
} fuzz_memory;

void fuzz_memory_add(fuzz_memory *memory, uint8_t *bytes, size_t size, uint64_t address);
/* After the last area. */
void fuzz_memory_finish(fuzz_memory *memory);
void fuzz_memory_deinit(fuzz_memory *memory);

#define FUZZ_PATCH_SIZE 10 /* bytes of a patch: which list, what, where (4), with what (4) */

/* Applies all that is left of the input. */
void fuzz_patches_apply(fuzz_memory *memory, fuzz_input *input);
void fuzz_patches_undo(fuzz_memory *memory);
/* Of an input with so many bytes before its patches: adds, changes, repeats or drops some. The new size. */
size_t fuzz_patches_mutate(uint8_t *data, size_t size, size_t max_size, size_t head, unsigned seed);

#endif
