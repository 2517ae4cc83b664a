/* Attributes as the interpreter would find them, as far as that needs no code to be run: what the classes of an object's
 * method resolution order have under a name, its __slots__, its own dict or inline values, in that precedence. */
#ifndef PC_PYTHON_ATTRIBUTE_H
#define PC_PYTHON_ATTRIBUTE_H

#include "python/type.h"

typedef enum pc_lookup_kind {
    PC_LOOKUP_UNKNOWN, /* some class on the way could not be read */
    PC_LOOKUP_ABSENT,
    PC_LOOKUP_FOUND,
    PC_LOOKUP_BUILTIN, /* in a class made in C: value is 0 where that class shows no dict (static types, 3.12) */
} pc_lookup_kind;

typedef struct pc_lookup {
    pc_lookup_kind kind;
    pc_addr value; /* as the class has it: a function, a property, a descriptor, any object */
    pc_addr owner; /* the class */
} pc_lookup;

/* The first class in type's method resolution order (2.7's classic classes: depth first, left to right) that has the name.
 * Kept in py. */
pc_lookup pc_type_lookup(pc_python *py, pc_addr type, const char *name);

typedef enum pc_attribute_kind {
    PC_ATTRIBUTE_UNKNOWN,
    PC_ATTRIBUTE_ABSENT, /* AttributeError */
    PC_ATTRIBUTE_VALUE,
    PC_ATTRIBUTE_CODE,   /* code would be run to find it: value is the class's property, function, ..., or 0 (__getattr__) */
} pc_attribute_kind;

typedef struct pc_attribute {
    pc_attribute_kind kind;
    pc_addr value;
} pc_attribute;

/* object.name, of an instance or a module; a class as the object is PC_ATTRIBUTE_UNKNOWN: its metaclass has a say. */
pc_attribute pc_attribute_get(pc_python *py, pc_addr object, const char *name);

#endif
