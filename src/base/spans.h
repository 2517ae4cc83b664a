/* Ranges of a text, or of bytes. */
#ifndef PC_BASE_SPANS_H
#define PC_BASE_SPANS_H

#include <stddef.h>

typedef struct pc_span {
    size_t first, end; /* end exclusive */
} pc_span;

typedef struct pc_spans { /* in order and without overlaps once they are settled */
    pc_span *items;
    size_t count, capacity;
} pc_spans;

void pc_spans_deinit(pc_spans *spans);
/* An empty one is none. */
void pc_spans_add(pc_spans *spans, size_t first, size_t end);
/* Puts them in order and joins those that overlap. */
void pc_spans_settle(pc_spans *spans);

#define PC_AUTO_SPANS __attribute__((cleanup(pc_spans_deinit))) pc_spans

#endif
