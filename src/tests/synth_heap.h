/* A small heap with one of every kind of object, for tests that damage it. */
#ifndef PC_TESTS_SYNTH_HEAP_H
#define PC_TESTS_SYNTH_HEAP_H

#include "tests/synth_python.h"

#define SYNTH_HEAP_OBJECTS 24

typedef struct synth_heap {
    uint64_t objects[SYNTH_HEAP_OBJECTS], code, instance; /* the last is a list of all the others */
    size_t count;
} synth_heap;

void synth_heap_make(synth_python *p, synth_heap *heap);

#endif
