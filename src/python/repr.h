/* repr() of an object without running anything: what the interpreter would have printed, to the character, wherever that is
 * its own code; what stands in for other code is marked as not exact. Nothing that is cut, or could not be read, is
 * told without a mark. */
#ifndef PC_PYTHON_REPR_H
#define PC_PYTHON_REPR_H

#include "python/python.h"

typedef enum pc_status {
    PC_STATUS_COMPLETE,
    PC_STATUS_TRUNCATED,
    PC_STATUS_UNREADABLE,
    PC_STATUS_CYCLE,
    PC_STATUS_CORRUPT,
    PC_STATUS_REPEATED,
    PC_STATUS_STALE,
    PC_STATUS_REDACTED, /* something is left out for --redact, and marked in the text */
} pc_status;

const char *pc_status_name(pc_status status);
/* The status that an error leaves a node in. */
pc_status pc_status_of_error(const pc_error *error);

/* 0 is no limit (but for those of limits.h). */
typedef struct pc_repr_limits {
    uint64_t max_repr;  /* characters of a value */
    uint64_t max_items; /* items of a container */
    uint64_t max_depth; /* containers in containers */
} pc_repr_limits;

typedef struct pc_repr {
    const char *text; /* in py's arena, valid UTF-8 without control characters of its own; NULL: not known */
    pc_addr error_address; /* where it could not be read, if has_error */
    pc_status status;
    bool exact;       /* repr() to the character */
    bool truncated;   /* cut, `...` being where */
    bool has_error;
} pc_repr;

pc_repr pc_repr_of(pc_python *py, pc_addr object, const pc_repr_limits *limits);
/* Whether the object is an int, none of a sub-class and without attributes, of which pc_repr_of() gives the text of this number, complete
 * and exact. false says nothing. */
bool pc_repr_is_number(pc_python *py, pc_addr object, const pc_repr_limits *limits, int64_t *ret_number);
/* pc_repr_of() where nothing of the object but its type and length is to be told. */
pc_repr pc_repr_hidden(pc_python *py, pc_addr object, const pc_repr_limits *limits);
/* What str() gives: the text itself of a str, repr() of what has no str() of its own. text is NULL where that is code that
 * was not run, or is not known here. */
pc_repr pc_repr_str(pc_python *py, pc_addr object, const pc_repr_limits *limits);

#endif
