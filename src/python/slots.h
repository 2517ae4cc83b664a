/* Where the instances of a class keep what its __slots__, and those of its bases, name. */
#ifndef PC_PYTHON_SLOTS_H
#define PC_PYTHON_SLOTS_H

#include "python/repr.h"
#include "python/type.h"

typedef struct pc_slot {
    const char *name; /* as the class has it, private ones mangled */
    uint64_t offset;  /* in the instance, of a pointer; 0 there is a slot without a value */
    bool behind_items; /* counted from the end of a tuple's items (3.15) */
} pc_slot;

typedef struct pc_slots {
    pc_slot *items; /* those of the outermost base first, in a class in the order of their memory */
    size_t count;
    pc_status status; /* not complete: some are missing, and error_address says where it went wrong */
    pc_addr error_address;
} pc_slots;

/* Read once and kept in py; never NULL. */
const pc_slots *pc_slots_of(pc_python *py, const pc_type *type);

#endif
