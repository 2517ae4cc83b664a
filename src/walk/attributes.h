/* What an instance holds: its slots and its own dict, however that is kept. */
#ifndef PC_WALK_ATTRIBUTES_H
#define PC_WALK_ATTRIBUTES_H

#include "walk/result.h"

/* NULL where the object cannot have any, and for modules and classes, whose names are a report's globals. Read once for each
 * object and kept in the walk. */
const pc_attributes *pc_attributes_of(pc_walk *walk, pc_addr object);
/* The same of what is under that name, which may say that all of it is secret. NULL: under none. */
const pc_attributes *pc_attributes_of_named(pc_walk *walk, const char *name, pc_addr object);
/* Those of the frame's arguments, and of self, whose text says no more than type and address, where a renderer wants only these. */
void pc_attributes_of_arguments(pc_walk *walk, pc_frame *frame);
/* The same for all frames of a thread, but for one that stands where another one stands of which they were read: they are told
 * together. */
void pc_attributes_of_thread(pc_walk *walk, pc_thread *thread);
/* Whether the value's text says no more than its type and its address. */
bool pc_value_is_bare(const pc_value *value);

#endif
