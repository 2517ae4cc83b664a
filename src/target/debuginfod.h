/* Files by their build-ids from debuginfod servers, through libdebuginfod. The library is loaded when a client is opened and
 * not before: it brings a network library that reads files of its own. What it gives is as little believed as any file. */
#ifndef PC_TARGET_DEBUGINFOD_H
#define PC_TARGET_DEBUGINFOD_H

#include "base/error.h"

typedef struct pc_debuginfod pc_debuginfod;

/* Whether this pycore was built with it. */
bool pc_debuginfod_is_there(void);

/* An error where there is no library or DEBUGINFOD_URLS names no server. */
pc_error *pc_debuginfod_open(pc_debuginfod **ret_client);
void pc_debuginfod_close(pc_debuginfod *client);

/* build_id: lower-case hex. PC_ERROR_NOT_FOUND where the servers do not have it, PC_ERROR_IO where none answers as it should:
 * then, and when PC_LIMIT_DEBUGINFOD_* are reached, nothing is asked any more, and the error is the one of before.
 * ret_path: of the file in the library's cache; caller frees. */
pc_error *pc_debuginfod_executable(pc_debuginfod *client, const char *build_id, int *ret_fd, char **ret_path);
pc_error *pc_debuginfod_debuginfo(pc_debuginfod *client, const char *build_id, int *ret_fd, char **ret_path);

#endif
