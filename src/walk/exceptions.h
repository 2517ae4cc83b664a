/* The exceptions in flight in a thread: the one being raised, and all those being handled. */
#ifndef PC_WALK_EXCEPTIONS_H
#define PC_WALK_EXCEPTIONS_H

#include "walk/frames.h"

/* Follows the handled exceptions of one thread while its frames are walked from the innermost outwards. The
 * interpreter keeps only the innermost one; each handler that is active saved the one before it on its frame's
 * evaluation stack, and each running generator has a state of its own. */
typedef struct pc_handled {
    pc_walk *walk;
    pc_thread *thread;
    pc_map seen; /* exceptions told in full in this thread */
    size_t exception_count;
    pc_addr item;    /* the exc_info item that `current` belongs to (3.7) */
    pc_addr current; /* the exception that is handled at this point of the walk, 0: none */
    pc_addr current_traceback; /* 2.7: exceptions do not hold their own */
    pc_exception **list;
    size_t count, capacity;
    size_t items_walked;
    struct pc_held_seeker *seeker; /* NULL: 2.7, whose generators hold none */
} pc_handled;

void pc_handled_begin(pc_handled *handled, pc_walk *walk, pc_thread *thread);
/* Of a pc_frame_visitor. */
void pc_handled_frame(void *context, const pc_frame_ref *ref);
void pc_handled_described(void *context, const pc_frame_ref *ref, const pc_frame *frame);
/* Of a suspended frame, where handled->current is what its generator holds: appends what its handlers handle, innermost first. */
pc_error *pc_handled_in_frame(pc_handled *handled, const pc_frame_ref *ref);
/* Sets thread->handled and thread->held, and frees what was used. */
void pc_handled_end(pc_handled *handled);

/* What sys holds of the last exception that ended a program or was printed at its prompt (last_exc, last_value); NULL: none. */
pc_exception *pc_last_exception_read(pc_walk *walk, pc_addr interpreter);

#endif
