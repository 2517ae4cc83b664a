/* The layout tables that are in the program itself, for where there is nothing but it. */
#ifndef PC_LAYOUT_BUILT_IN_H
#define PC_LAYOUT_BUILT_IN_H

#include "base/error.h"

#define PC_BUILT_IN "built-in:" /* begins the paths of such tables, which end like the file's name */

/* The path of table i; NULL: there are no more. Valid until the program's end. */
const char *pc_built_in_path(size_t i);
/* What stands before its first module. PC_ERROR_IO where there is no such table. */
pc_error *pc_built_in_head(const char *path, const char **ret_text, size_t *ret_size);
/* All of it, malloced. */
pc_error *pc_built_in_read(const char *path, char **ret_text, size_t *ret_size);

#endif
