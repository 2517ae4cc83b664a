/* Where the fields of one module's structs are, as text for those who know the very same fields: numbers in the order of
 * fields.def, without names. It is for the cache, which says before it of which fields.def it is; a person reads tables (table.h).
 *
 *   416            a struct's size; - where it is absent
 *   24 8 0         a field's offset and size, and which alternative of its path the build has; - likewise
 *   32 1 0 3 2     the same of a bit field: its bits, and by how many they are shifted
 */
#ifndef PC_LAYOUT_PLACES_H
#define PC_LAYOUT_PLACES_H

#include "layout/layout.h"

void pc_places_print(const pc_layout *layout, pc_layout_module module, pc_buffer *buffer);
/* Into a layout that has nothing of the module; it has not afterwards where this is false: it is not what can be printed. */
bool pc_places_parse(const char *text, size_t size, pc_layout_module module, pc_layout_source source, pc_layout *layout);

#endif
