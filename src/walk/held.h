/* Exceptions that nobody handles at the moment: generators and coroutines were suspended within their handlers. */
#ifndef PC_WALK_HELD_H
#define PC_WALK_HELD_H

#include "walk/exceptions.h"

/* Looks for suspended generators among what the variables and the evaluation stacks of a thread's frames lead to: their values,
 * and what containers, instances and other suspended generators hold, some levels deep (limits.h). */
typedef struct pc_held_seeker pc_held_seeker;

/* Whether generators of this build hold any, and its layout says what is needed to know. */
bool pc_held_is_known(const pc_python *py);
pc_held_seeker *pc_held_seeker_create(pc_walk *walk);
/* The frame's values are where the search begins; only_ints: its variables lead nowhere. */
void pc_held_add_frame(pc_held_seeker *seeker, const pc_frame_ref *ref, bool only_ints);
/* Searches, and sets held of the thread whose handled exceptions have been told. Frees the seeker. */
void pc_held_end(pc_held_seeker *seeker, pc_handled *handled);

#endif
