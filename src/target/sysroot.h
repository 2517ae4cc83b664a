/* Paths that come out of a core or out of debug information. Whoever made the core chose them; and often the process saw
 * another file system: a container's, or another host's, whose tree lies in a folder here.
 *
 * The rules: a path is absolute and is looked up below a root, "" being that of this machine. Symbolic links are followed as
 * the process would have, absolute ones from the root, and neither they nor ".." lead out of it. Only regular files are
 * opened, never through /proc, /sys and their like, an automounter's folder, or a link that was put there meanwhile. */
#ifndef PC_TARGET_SYSROOT_H
#define PC_TARGET_SYSROOT_H

#include "base/error.h"

/* What path leads to, without symbolic links; NULL where there is nothing. Caller frees. */
char *pc_sysroot_path(const char *root, const char *path);

/* Opens it for reading. ret_path: where it was found, caller frees. */
pc_error *pc_sysroot_open(const char *root, const char *path, int *ret_fd, char **ret_path);

#endif
