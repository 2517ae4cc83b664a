/* Interpreters, their threads, and in each thread frames and exceptions: from the address space to plain data. */
#ifndef PC_WALK_WALK_H
#define PC_WALK_WALK_H

#include "walk/result.h"

/* A walk that has read nothing yet: for values and attributes of single objects. */
void pc_walk_init(pc_walk *walk, pc_core *core, pc_python *py, const pc_walk_options *options);
/* py may be NULL: then the kernel's threads are all there is. What cannot be read becomes diagnostics, and sets
 * walk->incomplete; the walk goes on with what is beside it. */
void pc_walk_run(pc_walk *walk, pc_core *core, pc_python *py, const pc_walk_options *options);
void pc_walk_deinit(pc_walk *walk);

#endif
