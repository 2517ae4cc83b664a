#include "base/spans.h"

#include <stdlib.h>

#include "base/error.h"

void pc_spans_deinit(pc_spans *spans)
{
    if (!spans)
        return;
    free(spans->items);
    *spans = (pc_spans){0};
}

void pc_spans_add(pc_spans *spans, size_t first, size_t end)
{
    if (first >= end)
        return;
    spans->items = pc_grow(spans->items, spans->count, &spans->capacity, sizeof(*spans->items));
    spans->items[spans->count++] = (pc_span){first, end};
}

static int by_first(const void *a, const void *b)
{
    const pc_span *x = a, *y = b;
    return x->first != y->first ? x->first < y->first ? -1 : 1 : x->end < y->end ? -1 : x->end > y->end;
}

void pc_spans_settle(pc_spans *spans)
{
    size_t kept = 0;
    if (spans->count)
        qsort(spans->items, spans->count, sizeof(*spans->items), by_first);
    for (size_t i = 0; i < spans->count; i++) {
        pc_span *last = kept ? &spans->items[kept - 1] : NULL;
        if (last && spans->items[i].first <= last->end)
            last->end = spans->items[i].end > last->end ? spans->items[i].end : last->end;
        else
            spans->items[kept++] = spans->items[i];
    }
    spans->count = kept;
}
