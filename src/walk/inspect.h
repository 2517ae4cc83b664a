/* One object in full: what it is, what it costs, what it holds, and what it inherits from. */
#ifndef PC_WALK_INSPECT_H
#define PC_WALK_INSPECT_H

#include "walk/result.h"

typedef struct pc_class_ref {
    const char *name; /* module.qualname, builtins bare; NULL: not known */
    pc_addr address;
} pc_class_ref;

typedef struct pc_inspection {
    pc_value value; /* with its attributes */
    bool is_object; /* false: nothing there can be one, and all that follows is not known */
    bool has_references;
    int64_t references; /* ob_refcnt as it is */
    pc_known immortal;  /* never counted, whatever references says */
    bool has_size;
    uint64_t size;      /* bytes */
    bool size_exact;    /* what sys.getsizeof() gives; else of the object's own memory, and what it points to is not counted */
    const char *size_how; /* of what it is the sum */
    pc_class_ref *mro;  /* of its type */
    size_t mro_count;
    pc_status mro_status;
} pc_inspection;

void pc_inspect(pc_walk *walk, pc_addr object, pc_inspection *ret_inspection);

#endif
