/* What a generator, coroutine or async generator is doing, and where. */
#ifndef PC_WALK_GENERATOR_H
#define PC_WALK_GENERATOR_H

#include "walk/result.h"

/* NULL where the object is none of them, or cannot be read. */
const pc_generator *pc_generator_of(pc_walk *walk, pc_addr object);
/* "created", "running", "suspended", "closed" */
const char *pc_generator_state_name(pc_generator_state state);

#endif
