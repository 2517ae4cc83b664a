#include "python/class_attribute.h"

#include "base/limits.h"
#include "python/dict.h"

pc_error *pc_class_get(pc_python *py, const pc_type *type, const char *name, bool *ret_there, const pc_type **ret_owner,
                       pc_addr *ret_value)
{
    pc_addr items;
    uint64_t count;
    PC_TRY(pc_type_mro(py, type, &items, &count));
    for (uint64_t i = 0; i < count; i++) {
        pc_addr base, dict, value;
        bool there;
        const pc_type *owner;
        PC_TRY(pc_pointer_at(py, items, i, &base));
        if (pc_is(py, base, PC_TYPE_CLASSIC_CLASS)) {
            PC_TRY(pc_field_uint(py, PC_CL_DICT, base, &dict));
            owner = type;
        } else {
            PC_TRY(pc_type_read(py, base, &owner));
            PC_TRY(pc_field_uint(py, PC_TP_DICT, base, &dict));
            if (!dict && !owner->heap)
                continue;
        }
        PC_TRY(pc_dict_get(py, dict, name, &there, &value));
        if (!there)
            continue;
        *ret_there = true;
        *ret_owner = owner;
        *ret_value = value;
        return NULL;
    }
    *ret_there = false;
    return NULL;
}
