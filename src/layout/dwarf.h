/* Fills a layout from DWARF. Reads the names of all compile units, but only the few units that fields.def names; the
 * others are searched only for required structs that those did not define. */
#ifndef PC_LAYOUT_DWARF_H
#define PC_LAYOUT_DWARF_H

#include <libelf.h>

#include "layout/layout.h"

/* elf: a file with .debug_info. Structs of the module and their fields that are found are set, with source dwarf; others
 * are left as they are. Errors: PC_ERROR_FORMAT where there is no DWARF that can be read, PC_ERROR_LAYOUT where it has
 * none of the structs. */
pc_error *pc_layout_from_dwarf(pc_layout *layout, pc_layout_module module, Elf *elf, const char *path);

#endif
