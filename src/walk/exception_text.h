/* What str() of an exception gives, where that is the interpreter's own code. */
#ifndef PC_WALK_EXCEPTION_TEXT_H
#define PC_WALK_EXCEPTION_TEXT_H

#include "python/type.h"
#include "walk/result.h"

/* A text in the walk's arena. */
typedef struct pc_message {
    const char *text; /* NULL: not known */
    pc_message_source source;
    bool redacted;    /* something is left out for --redact, and marked */
    bool exact;       /* to the character: nothing is cut, and nothing stands in for code that was not run */
} pc_message;

pc_message pc_exception_message(pc_walk *walk, pc_addr exception, const pc_type *type);
/* str() of any object, of exceptions too. 2.7: of a unicode as its traceback module prints it, in ASCII with \xe9, \u4e2d. */
pc_message pc_exception_str_of(pc_walk *walk, pc_addr object);
/* Whether str() of instances of the class is BaseException's own. */
bool pc_exception_has_default_str(pc_python *py, const pc_type *type);
/* The next static class up, itself included: where the interpreter's own code begins. NULL: not known. */
const pc_type *pc_exception_static_base(pc_python *py, const pc_type *type);
/* Whether the type or one of its bases is the static class of that name. */
bool pc_exception_type_is(pc_python *py, const pc_type *type, const char *builtin_class);
/* Whether a static class of that name is among the exception's bases. */
bool pc_exception_is(pc_python *py, pc_addr exception, const char *builtin_class);
/* 2.7: an instance of a class without object as its base: type, module, and its str() if that is the interpreter's own. */
void pc_exception_classic(pc_walk *walk, pc_exception *exception);

#endif
