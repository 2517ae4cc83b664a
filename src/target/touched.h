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
/* The bytes that are not to be told, as runs in order, those that are names or those that are not; freed by the caller. */
size_t pc_touched_blanks(const pc_touched *touched, bool names, pc_touched_run **ret_runs);
/* Bytes of a name, which is told whatever it looks like. */
void pc_touched_name(pc_touched *touched, pc_addr address, uint64_t length);
/* Of length bytes of address, in place: 0 for those that nobody looked at, `blank` for those that are not to be told. Returns how many
 * of the first ones are all there, or are all not there (*ret_there). */
uint64_t pc_touched_filter(const pc_touched *touched, pc_addr address, uint8_t *bytes, uint64_t length, uint8_t blank, bool *ret_there);

#endif
