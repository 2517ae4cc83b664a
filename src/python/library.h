/* repr() of classes of the standard library whose __repr__ is written in Python. None of it is run: the code is recognized by
 * its fingerprint, and what stands in library.def for it prints what that code would. Code that is not recognized, and
 * methods of it that a sub-class has replaced by some that are not, make the value a stand-in. */
#ifndef PC_PYTHON_LIBRARY_H
#define PC_PYTHON_LIBRARY_H

#include "python/attribute.h"
#include "python/repr_parts.h"

/* One __repr__ that is being written, or another method or property of the library that it calls. */
typedef struct pc_library_call {
    pc_writer *w;
    pc_addr self;
    const pc_type *type;
    pc_addr function; /* of the code that is written here */
} pc_library_call;

/* Writes what the code would print; false: it is not known, and what has been written is taken back. */
typedef bool pc_library_writer(pc_library_call *call);

typedef enum pc_library_id {
#define PC_LIBRARY_TEXT(id, module, name, versions, template) PC_LIBRARY_##id,
#define PC_LIBRARY_CODE(id, module, name, versions, writer) PC_LIBRARY_##id,
#define PC_LIBRARY_SHAPE(id, module, name, versions, writer) PC_LIBRARY_##id,
#include "python/library.def"
#undef PC_LIBRARY_TEXT
#undef PC_LIBRARY_CODE
#undef PC_LIBRARY_SHAPE
    PC_LIBRARY_COUNT
} pc_library_id;

typedef struct pc_library_row {
    const char *template; /* see library_template.h */
    pc_library_writer *writer; /* NULL where there is a template */
} pc_library_row;

extern const pc_library_row pc_library_rows[PC_LIBRARY_COUNT];
#define PC_LIBRARY_TEXT(id, module, name, versions, template)
#define PC_LIBRARY_CODE(id, module, name, versions, writer) pc_library_writer writer;
#define PC_LIBRARY_SHAPE(id, module, name, versions, writer) pc_library_writer writer;
#include "python/library.def"
#undef PC_LIBRARY_TEXT
#undef PC_LIBRARY_CODE
#undef PC_LIBRARY_SHAPE

/* library_tables.c: sorted by fingerprint. */
typedef struct pc_library_fingerprint {
    uint64_t fingerprint;
    pc_library_id id;
} pc_library_fingerprint;
extern const pc_library_fingerprint pc_library_fingerprints[];
extern const size_t pc_library_fingerprint_count;

/* The object's repr() where its type's __repr__ is Python code that is known. False: it is not, and nothing was written. */
bool pc_write_library(pc_writer *w, pc_addr object, const pc_type *type);

/* ---- for the writers ---- */

/* The row of a function's code; NULL: not the library's, or not known. */
const pc_library_row *pc_library_row_of(pc_python *py, pc_addr function);
/* What the function of a row prints for self. */
bool pc_library_run(pc_writer *w, pc_addr self, pc_addr function);
/* Whether type's `name` is what C code made it (a builtin's method), or the function of that row, or a property of it. */
bool pc_library_has_builtin(pc_python *py, const pc_type *type, const char *name);
bool pc_library_has(pc_python *py, const pc_type *type, const char *name, pc_library_id id);

/* A value that code computes: an object of the target, a number, or a text of ours. */
typedef struct pc_value {
    enum { PC_VALUE_OBJECT, PC_VALUE_NUMBER, PC_VALUE_BOOL } kind;
    pc_addr object;
    int64_t number;
} pc_value;

/* object.name, as far as it is known: fields, and properties that rows tell the value of. ret_there is false for an
 * AttributeError. */
bool pc_library_get(pc_writer *w, pc_addr object, const char *name, bool *ret_there, pc_value *ret_value);
/* The same, of an attribute that must be there and be an object. */
bool pc_library_object(pc_writer *w, pc_addr object, const char *name, pc_addr *ret_value);
/* bool(value) */
bool pc_library_truth(pc_writer *w, pc_value value, bool *ret_truth);
bool pc_library_length(pc_writer *w, pc_addr object, uint64_t *ret_length);
/* str(object) */
bool pc_library_write_str(pc_writer *w, pc_addr object);
/* type(self).__name__ and so on: of the class, not of the instance. NULL: not known. */
typedef enum pc_name_of { PC_NAME, PC_QUALNAME, PC_MODULE_NAME } pc_name_of;
bool pc_library_write_class(pc_library_call *call, pc_name_of what);
/* Like %s of a class's own name. */
bool pc_library_write_name_of(pc_writer *w, pc_addr class, pc_name_of what);
/* object.__class__.__name__ */
bool pc_library_write_type_name(pc_writer *w, pc_addr object);
/* Cells of a closure, by the name of the free variable. */
bool pc_library_closure(pc_python *py, pc_addr function, const char *name, pc_addr *ret_value);
/* The module's globals of a function. */
bool pc_library_global(pc_python *py, pc_addr function, const char *name, pc_addr *ret_value);
bool pc_library_tuple(pc_python *py, pc_addr object, pc_addr *ret_items, uint64_t *ret_count);
/* The value of an int key in a dict. */
bool pc_library_find_number(pc_python *py, pc_addr dict, uint64_t key, pc_addr *ret_value);
bool pc_library_is_none(pc_python *py, pc_addr object);

#endif
