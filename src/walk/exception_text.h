/* What str() of an exception gives, where that is the interpreter's own code. */
#ifndef PC_WALK_EXCEPTION_TEXT_H
#define PC_WALK_EXCEPTION_TEXT_H

#include "python/type.h"
#include "walk/result.h"

/* The message, in the walk's arena; NULL where str() is code of the user's, or parts cannot be read. */
const char *pc_exception_message(pc_walk *walk, pc_addr exception, const pc_type *type);
/* Whether str() of instances of the class is BaseException's own. */
bool pc_exception_has_default_str(pc_python *py, const pc_type *type);
/* Whether a static class of that name is among the exception's bases. */
bool pc_exception_is(pc_python *py, pc_addr exception, const char *builtin_class);
/* 2.7: an instance of a class without object as its base: type, module and nothing more. */
void pc_exception_classic(pc_walk *walk, pc_exception *exception);

#endif
