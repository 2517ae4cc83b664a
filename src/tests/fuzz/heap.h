/* Synthetic heaps (synth_heap.h) of any version, width and byte order, and everything that can be asked of one. */
#ifndef PC_TESTS_FUZZ_HEAP_H
#define PC_TESTS_FUZZ_HEAP_H

#include "tests/fuzz/patches.h"
#include "tests/synth_heap.h"

#define FUZZ_HEAPS 72

typedef struct fuzz_heap {
    synth_python python;
    synth_heap heap;
    fuzz_memory memory;
    bool made;
} fuzz_heap;

/* Made when it is first asked for, and kept. */
fuzz_heap *fuzz_heap_get(size_t index);
/* layout: the heap's own, or another in its place, which may grow. */
void fuzz_heap_look(fuzz_heap *heap, pc_layout *layout, const pc_repr_limits *limits);

#endif
