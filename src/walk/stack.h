/* The evaluation stack of a frame that is being executed. */
#ifndef PC_WALK_STACK_H
#define PC_WALK_STACK_H

#include "walk/frames.h"

/* Fills frame->stack, or leaves it NULL where its depth is not known: that the interpreter has kept, or that before
 * the instruction by the bytecode. What lies above is never read. pc_frame_describe() comes first. */
void pc_stack_read(pc_walk *walk, const pc_frame_ref *ref, pc_frame *frame);

/* How many of the values at the bottom of a frame's stack are certain to be there: all that the interpreter has kept, else those
 * below what the instruction may have taken. 0 where nothing is known; lasti as in the frame. */
pc_error *pc_stack_certain(pc_python *py, const pc_frame_ref *ref, pc_addr *ret_bottom, uint64_t *ret_count);

#endif
