/* Where the debug information of an ELF file is: in itself, in a debug file of its own, and in part in a supplement that
 * dwz has made for several files. Whatever a file says of them is checked by build-id, and by checksum where it has one. */
#ifndef PC_TARGET_DEBUG_FILE_H
#define PC_TARGET_DEBUG_FILE_H

#include "target/image.h"
#include "target/search.h"

/* The file that has this image's DWARF: itself, or a file of its build-id in a tree of debug files or the sysroot's, or the
 * one that .gnu_debuglink names, or debuginfod's; NULL if there is none. Owned by the image, looked for once. */
pc_image *pc_image_debug(pc_image *image, const pc_search *search);

/* The debug file of that build-id, in the trees and the sysroot's or debuginfod's, for a module whose file is not here; NULL if there
 * is none. path: the module's, for diagnostics. The caller destroys it. */
pc_image *pc_debug_of_build_id(const char *build_id, const char *path, const pc_search *search);

/* What dwz took out of a file with DWARF, as .gnu_debugaltlink or .debug_sup names it. ret_supplement: NULL where it names
 * none, else owned by the image. PC_ERROR_NOT_FOUND where it cannot be had: then types of the file are not what they seem. */
pc_error *pc_image_supplement(pc_image *debug, const pc_search *search, pc_image **ret_supplement);

/* The name and checksum of a .gnu_debuglink section's bytes; false where they are none, or the name is one with a folder. */
bool pc_debuglink_parse(const uint8_t *data, size_t size, bool big_endian, const char **ret_name, uint32_t *ret_crc);

#endif
