/* Sorting what mostly is in order. */
#ifndef PC_BASE_SORT_H
#define PC_BASE_SORT_H

#include <stdlib.h>

/* qsort(), which leaves alone what is sorted already: segments and mappings of cores are, tens of thousands of them. */
static inline void pc_sort(void *items, size_t count, size_t size, int (*compare)(const void *a, const void *b))
{
    for (size_t i = 1; i < count; i++)
        if (compare((const char *)items + (i - 1) * size, (const char *)items + i * size) > 0) {
            qsort(items, count, size, compare);
            return;
        }
}

#endif
