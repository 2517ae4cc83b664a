/* The members that the builtin classes of exceptions define beside their arguments, and where a SyntaxError points. */
#ifndef PC_WALK_EXCEPTION_DETAILS_H
#define PC_WALK_EXCEPTION_DETAILS_H

#include "python/type.h"
#include "walk/result.h"

/* Sets details of an exception of the given type. */
void pc_exception_details(pc_walk *walk, pc_exception *exception, const pc_type *type);
/* Sets position and printed of a SyntaxError, as the version's traceback module makes them of its members; leaves those of
 * others, and of one whose members would need code to be run, as they are. */
void pc_exception_position(pc_walk *walk, pc_exception *exception, const pc_type *type);

#endif
