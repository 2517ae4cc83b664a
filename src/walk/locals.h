/* The variables of a frame. */
#ifndef PC_WALK_LOCALS_H
#define PC_WALK_LOCALS_H

#include "walk/frames.h"

/* Fills frame->locals: bound ones only, in the order of their definition. offset: the frame's instruction. */
void pc_locals_read(pc_walk *walk, const pc_frame_ref *ref, int64_t offset, pc_frame *frame);

/* What is told of the variable, with the object's attributes; room is for its text. */
pc_value pc_local_value(const pc_local *local, char room[PC_LOCAL_ROOM]);

/* An object as a report tells it. */
pc_value pc_value_read(pc_walk *walk, pc_addr object);
/* The same of what is under that name, which may say that it is secret. NULL: under none. */
pc_value pc_value_read_named(pc_walk *walk, const char *name, pc_addr object);

#endif
