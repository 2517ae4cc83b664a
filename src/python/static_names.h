/* Names of static types whose tp_name is not saved: it lies in read-only data, which only the file has. The dicts of the
 * interpreter's own modules say under which name a type stands there, and static_name_tables.c which type that is. */
#ifndef PC_PYTHON_STATIC_NAMES_H
#define PC_PYTHON_STATIC_NAMES_H

#include "python/python.h"

/* In this module's dict the key has the static type of this tp_name, in every version of that major number. Sorted. */
typedef struct pc_static_name_row {
    const char *module, *key, *name;
} pc_static_name_row;

extern const pc_static_name_row pc_static_name_rows_2[], pc_static_name_rows_3[];
extern const size_t pc_static_name_count_2, pc_static_name_count_3;

/* tp_name of the static type, or NULL. The first call looks through sys.modules. Nothing is known before
 * pc_static_names_begin(). */
const char *pc_static_name(pc_python *py, pc_addr type);
/* What must be known to read any dict: the type of types, and that of the sys module's dict, of which its keys. */
void pc_static_names_begin(pc_python *py, pc_addr sysdict);

#endif
