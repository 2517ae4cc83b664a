/* Lines of source files on this machine, shown beside frames where the file is there and fits. */
#ifndef PC_REPORT_SOURCE_H
#define PC_REPORT_SOURCE_H

#include "base/types.h"

typedef struct pc_source_cache pc_source_cache;

/* sysroot: where the paths are looked up, by the rules of target/sysroot.h; NULL: on this machine. Borrowed. */
pc_source_cache *pc_source_cache_create(const char *sysroot);
void pc_source_cache_destroy(pc_source_cache *cache);

/* The text of a line (from 1) without indentation and newline, valid until the cache is destroyed; NULL where the file is
 * missing, is not a regular file under an absolute path, or does not fit: a function's `def` must stand between its first
 * line and this one, else the file is another version of what ran. */
const char *pc_source_line(pc_source_cache *cache, const char *path, int64_t line, int64_t first_line, const char *function);

#endif
