/* One exception with all that hangs on it: message, arguments, notes, cause, context, group, traceback. */
#ifndef PC_WALK_EXCEPTION_H
#define PC_WALK_EXCEPTION_H

#include "walk/frames.h"

typedef struct pc_exception_reader {
    pc_walk *walk;
    pc_map *seen;  /* exceptions told in full; shared by all of one thread */
    size_t *count; /* how many, against the limit */
    int depth;
} pc_exception_reader;

/* Never NULL: what cannot be read is in its status. traceback: 2.7's, where exceptions have none themselves; else 0, or one that
 * stands in as long as the exception has none yet. */
pc_exception *pc_exception_read(pc_exception_reader *reader, pc_addr exception, pc_addr traceback);

/* To 3.11, one that was raised in C and has not been made yet: its class, and what the instance will be made from (0, an
 * argument or a tuple of them). */
pc_exception *pc_exception_not_made(pc_exception_reader *reader, pc_addr type, pc_addr value, pc_addr traceback);

#endif
