/* Fills a layout from DWARF. Reads the names of all compile units, but only the few units that fields.def names; the
 * others are searched only for required structs that those did not define. */
#ifndef PC_LAYOUT_DWARF_H
#define PC_LAYOUT_DWARF_H

#include "target/debug_file.h"

#include "layout/layout.h"

/* elf: a file with .debug_info; supplement: what dwz took out of it, NULL where that is nothing. Structs of the module and their fields that are found are set, with source dwarf; others
 * are left as they are. Errors: PC_ERROR_FORMAT where there is no DWARF that can be read, PC_ERROR_LAYOUT where it has
 * none of the structs. */
pc_error *pc_layout_from_dwarf(pc_layout *layout, pc_layout_module module, Elf *elf, Elf *supplement, const char *path);

/* The same of a debug file; its supplement is looked for. PC_ERROR_NOT_FOUND where that cannot be had. */
pc_error *pc_layout_from_debug_file(pc_layout *layout, pc_layout_module module, pc_image *debug, const pc_search *where);

#endif
