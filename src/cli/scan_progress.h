/* How far a scan is, on standard error: a bar on a terminal, else a line every ten seconds. */
#ifndef PC_CLI_SCAN_PROGRESS_H
#define PC_CLI_SCAN_PROGRESS_H

#include "base/types.h"

typedef struct pc_scan_progress {
    bool quiet, on_terminal, shown;
    uint64_t begun, told; /* milliseconds of the monotonic clock */
    uint64_t done, all; /* cores; all: 0 while it is not known */
} pc_scan_progress;

void pc_scan_progress_begin(pc_scan_progress *progress, bool quiet);
/* Says something if it is time. */
void pc_scan_progress_tell(pc_scan_progress *progress);
/* Takes a bar off the screen. */
void pc_scan_progress_end(pc_scan_progress *progress);
/* Milliseconds until it will have something to say; -1: it never will. */
int pc_scan_progress_wait(const pc_scan_progress *progress);

#endif
