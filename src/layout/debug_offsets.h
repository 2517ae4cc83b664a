/* _Py_DebugOffsets (3.13): at the beginning of the runtime state the build itself says where some of its fields are. */
#ifndef PC_LAYOUT_DEBUG_OFFSETS_H
#define PC_LAYOUT_DEBUG_OFFSETS_H

#include "layout/layout.h"

/* A member's value, by its field in fields.def; false where it cannot be read. */
typedef bool (*pc_debug_offset_reader)(void *context, pc_field member, uint64_t *ret_value);

/* Compares a table's layout, which also tells the shape of _Py_DebugOffsets, with what the build says. Fields that the build
 * names get their place and source from it. PC_ERROR_LAYOUT, naming the first, where the two disagree; with may_differ the
 * other fields of a struct that differs are taken away instead, for nobody knows where they are. Absurd offsets are
 * PC_ERROR_CORRUPT. A layout without the struct is left as it is. */
pc_error *pc_debug_offsets_apply(pc_layout *layout, pc_debug_offset_reader read, void *context, bool may_differ);

#endif
