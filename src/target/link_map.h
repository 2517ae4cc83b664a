/* Modules by the dynamic linker's own list, for cores without NT_FILE: the kernel leaves that note out when it would exceed
 * 4 MiB (more than 65,535 mappings: the very processes whose program headers need PN_XNUM), emulators never write it.
 * Format: struct r_debug and struct link_map of glibc's and musl's link.h, reached by DT_DEBUG of the executable. */
#ifndef PC_TARGET_LINK_MAP_H
#define PC_TARGET_LINK_MAP_H

#include "target/core.h"

/* Fills core->mappings with the segments of the executable and of every listed library whose first page is saved. The
 * number of modules found; 0 where the list cannot be followed. */
size_t pc_link_map_read(pc_core *core);

#endif
