/* The globals of the modules whose code is in the frames, each module's once. */
#ifndef PC_WALK_GLOBALS_H
#define PC_WALK_GLOBALS_H

#include "walk/result.h"

/* Remembers a frame's dict of globals, where globals were asked for. */
void pc_globals_note(pc_walk *walk, pc_addr dict, const char *module);
/* Reads the names of all that were remembered. */
void pc_globals_read(pc_walk *walk);

#endif
