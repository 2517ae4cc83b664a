/* Finds the interpreter in a core and the layout to read it with: every place where there may be one is tried with every layout
 * that may be its, until one validates. */
#ifndef PC_WALK_FIND_H
#define PC_WALK_FIND_H

#include "walk/session.h"

/* True when the session's py is attached; else its reason says in one line why not. */
bool pc_find_interpreter(pc_session *session);

#endif
