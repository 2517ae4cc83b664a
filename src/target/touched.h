/* Which parts of an address space have been looked at: blocks, for a core that holds only those (distill). */
#ifndef PC_TARGET_TOUCHED_H
#define PC_TARGET_TOUCHED_H

#include "base/map.h"

typedef struct pc_touched {
    pc_map blocks;
    pc_addr recent; /* number of the block that was looked at last */
} pc_touched;

typedef struct pc_touched_run {
    pc_addr first;
    uint64_t size;
} pc_touched_run;

void pc_touched_init(pc_touched *touched);
void pc_touched_deinit(pc_touched *touched);
/* length bytes at address; what would leave the address space is cut. */
void pc_touched_add(pc_touched *touched, pc_addr address, uint64_t length);
/* The blocks in order of their addresses, those that lie less than gap bytes apart as one run; freed by the caller. */
size_t pc_touched_runs(const pc_touched *touched, uint64_t gap, pc_touched_run **ret_runs);

#endif
