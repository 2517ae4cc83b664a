/* Arrays of numpy: what they are made of, where their elements are. */
#ifndef PC_PYTHON_NUMPY_H
#define PC_PYTHON_NUMPY_H

#include "python/python.h"

#define PC_NUMPY_MAX_DIMENSIONS 64

typedef enum pc_dtype_kind {
    PC_DTYPE_BOOL, PC_DTYPE_SIGNED, PC_DTYPE_UNSIGNED, PC_DTYPE_FLOAT, PC_DTYPE_COMPLEX, PC_DTYPE_OBJECT, PC_DTYPE_BYTES, PC_DTYPE_STR,
    PC_DTYPE_DATETIME, PC_DTYPE_TIMEDELTA,
    PC_DTYPE_OTHER, /* structures, long doubles, other people's */
} pc_dtype_kind;

typedef struct pc_dtype {
    pc_dtype_kind kind;
    uint64_t size;          /* bytes of an element */
    bool big_endian, swapped; /* swapped: not the target's own byte order */
    bool implied;           /* repr() of an array does not tell it */
    int64_t unit, unit_number; /* of datetimes and timedeltas */
} pc_dtype;

typedef struct pc_array {
    pc_addr data;
    unsigned nd;
    uint64_t shape[PC_NUMPY_MAX_DIMENSIONS];
    int64_t strides[PC_NUMPY_MAX_DIMENSIONS];
    uint64_t count; /* elements */
    pc_dtype dtype;
} pc_array;

/* The version of the numpy that was imported: 126 is 1.26. PC_ERROR_NOT_FOUND where there is none. */
pc_error *pc_numpy_version(pc_python *py, unsigned *ret_version);
/* For types.def's NUMPY: the layout, by that version. */
pc_error *pc_numpy_load(pc_python *py);
/* Checked for what numpy never makes: PC_ERROR_CORRUPT. */
pc_error *pc_array_open(pc_python *py, pc_addr object, pc_array *ret_array);
/* Whether the printing options are the ones numpy begins with; false also where that cannot be known. */
bool pc_numpy_options_are_default(pc_python *py);

#endif
