/* Qualified names for code objects that do not store one (to 3.10). */
#ifndef PC_WALK_FUNCTIONS_H
#define PC_WALK_FUNCTIONS_H

#include "python/code.h"

/* Found by identity: the function whose code this is, in the modules' and classes' dicts, in the code that encloses it, or
 * in the classes of the first argument that it was called with (0: none). NULL where there is none, or where two disagree. */
const char *pc_function_qualname(pc_python *py, const pc_code *code, pc_addr first_argument);

#endif
