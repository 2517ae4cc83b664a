/* A core of which only what a report needs is kept: pycore distill. */
#ifndef PC_WALK_DISTILL_H
#define PC_WALK_DISTILL_H

#include "walk/session.h"

/* What the note of a small core says (target/distilled.h), of a session that has walked: what it took from files, and what was
 * found on the way to the walk. Kept in the session's arena. */
void pc_distill_note(pc_session *session, pc_distilled *ret_distilled);
/* Adds what is to be blanked, of a session that has walked with `touched`: to what was taken down, and to the note. */
void pc_distill_blank(pc_session *session, pc_touched *touched, pc_distilled *note);

#endif
