/* An attribute as a class has it: from its own dict or those of its bases, in the method resolution order. Nothing is bound
 * or called. */
#ifndef PC_PYTHON_CLASS_ATTRIBUTE_H
#define PC_PYTHON_CLASS_ATTRIBUTE_H

#include "python/type.h"

/* *ret_there is false where no class has it; else its value and the class that has it. An error where that cannot be known. The
 * dicts of static types of the interpreter itself, which do not lie in them since 3.12, are left out. */
pc_error *pc_class_get(pc_python *py, const pc_type *type, const char *name, bool *ret_there, const pc_type **ret_owner,
                       pc_addr *ret_value);

#endif
