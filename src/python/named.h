/* getattr() without running anything: many a repr() asks objects for their __name__ and the like. What the interpreter's
 * own code would find in the object and its classes is found here; where code of somebody else's would be asked (a
 * property, a __getattr__), the answer is that it is not known. */
#ifndef PC_PYTHON_NAMED_H
#define PC_PYTHON_NAMED_H

#include "python/type.h"

typedef enum pc_named_state {
    PC_NAMED_ABSENT,  /* AttributeError */
    PC_NAMED_OBJECT,  /* this object, or what it is bound to: a function becomes a method, no str */
    PC_NAMED_TEXT,    /* a str that is made when it is asked for */
    PC_NAMED_UNKNOWN, /* only running it would tell */
} pc_named_state;

typedef struct pc_named {
    pc_named_state state;
    pc_addr object;
    const char *text; /* in py's arena */
} pc_named;

/* getattr(object, name). Errors: something on the way cannot be read. */
pc_error *pc_named_attribute(pc_python *py, pc_addr object, const char *name, pc_named *ret_lookup);
/* What the object's type has under that name, bound to the object: the object's own attributes do not count. */
pc_error *pc_named_special(pc_python *py, pc_addr object, const char *name, pc_named *ret_lookup);
/* Whether it is a str (2.7: of bytes). */
bool pc_named_is_str(pc_python *py, const pc_named *lookup);
/* Its text; false where it is no str or cannot be read. */
bool pc_named_text(pc_python *py, const pc_named *lookup, const char **ret_text);
/* Whether a class between the type and the builtin that it inherits from has something of its own under that name. */
pc_error *pc_type_defines(pc_python *py, const pc_type *type, const char *name, bool *ret_defines);

#endif
