/* Which bytes of an address space have been looked at, for a core that holds only those (distill): in blocks, with what is between
 * them and next to them, or to the byte where nothing else may be told. */
#ifndef PC_TARGET_TOUCHED_H
#define PC_TARGET_TOUCHED_H

#include "base/map.h"

typedef struct pc_touched_block pc_touched_block;

typedef struct pc_touched {
    pc_map blocks;
    pc_addr recent; /* number of the block that was looked at last */
    pc_touched_block *recent_block;
    bool paused;    /* what is looked at now is nobody's business */
} pc_touched;

typedef struct pc_touched_run {
    pc_addr first;
    uint64_t size;
} pc_touched_run;

void pc_touched_init(pc_touched *touched);
void pc_touched_deinit(pc_touched *touched);
/* length bytes at address; what would leave the address space is cut. */
void pc_touched_add(pc_touched *touched, pc_addr address, uint64_t length);
/* The same of bytes that are not to be told, whether they were looked at or not. */
void pc_touched_blank(pc_touched *touched, pc_addr address, uint64_t length);
/* The blocks in order of their addresses, those that lie less than gap bytes apart as one run; freed by the caller. */
size_t pc_touched_runs(const pc_touched *touched, uint64_t gap, pc_touched_run **ret_runs);
/* The bytes that are not to be told, as runs in order; freed by the caller. */
size_t pc_touched_blanks(const pc_touched *touched, pc_touched_run **ret_runs);
/* Whether the byte was looked at and may be told. */
bool pc_touched_has(const pc_touched *touched, pc_addr address);
/* Whether it is not to be told. */
bool pc_touched_is_blank(const pc_touched *touched, pc_addr address);

#endif
