/* Fills a layout from DWARF. Reads the names of all compile units, but only the few units that fields.def names; the
 * others are searched only for required structs that those did not define. units.h finds the structs, libdw reads them. */
#ifndef PC_LAYOUT_DWARF_H
#define PC_LAYOUT_DWARF_H

#include "target/debug_file.h"

#include "layout/layout.h"

/* The DWARF of one file, opened. What has been read of it for one module need not be read for the next. */
typedef struct pc_dwarf pc_dwarf;

/* elf: a file with .debug_info; supplement: what dwz took out of it, NULL where that is nothing. Both must outlive it.
 * PC_ERROR_FORMAT where there is no DWARF that can be read. */
pc_error *pc_dwarf_open(Elf *elf, Elf *supplement, const char *path, pc_dwarf **ret_dwarf);
void pc_dwarf_close(pc_dwarf *dwarf);
/* Structs of the module and their fields that are found are set, with source dwarf; others are left as they are.
 * PC_ERROR_LAYOUT where it has none of the structs. */
pc_error *pc_dwarf_layout(pc_dwarf *dwarf, pc_layout_module module, pc_layout *layout);

/* Opened for one module. */
pc_error *pc_layout_from_dwarf(pc_layout *layout, pc_layout_module module, Elf *elf, Elf *supplement, const char *path);
/* Of a debug file, which keeps its DWARF open; its supplement is looked for. PC_ERROR_NOT_FOUND where that cannot be had. */
pc_error *pc_layout_from_debug_file(pc_layout *layout, pc_layout_module module, pc_image *debug, const pc_search *where);

#endif
