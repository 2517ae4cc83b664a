/* A bar on standard error, while a core is inflated: on a terminal only, and only when it takes longer than a second. */
#ifndef PC_CLI_PROGRESS_H
#define PC_CLI_PROGRESS_H

#include "target/stored.h"

typedef struct pc_progress_bar {
    bool on_terminal, shown;
    uint64_t begun, told; /* milliseconds of the monotonic clock */
} pc_progress_bar;

/* The bar must stay where it is until pc_progress_bar_end(), which takes it off the screen. */
pc_progress pc_progress_bar_begin(pc_progress_bar *bar);
void pc_progress_bar_end(pc_progress_bar *bar);

#endif
