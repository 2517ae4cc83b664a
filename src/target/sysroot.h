/* Paths that come out of a core or out of debug information. Whoever made the core chose them; and often the process saw
 * another file system: a container's, or another host's, whose tree lies in a folder here.
 *
 * The rules: a path is absolute and is looked up below a root, "" being that of this machine. Symbolic links are followed as
 * the process would have, absolute ones from the root, and neither they nor ".." lead out of it. Only regular files are
 * opened, never through /proc, /sys and their like, an automounter's folder, or a link that was put there meanwhile. */
#ifndef PC_TARGET_SYSROOT_H
#define PC_TARGET_SYSROOT_H

#include <sys/stat.h>

#include "base/error.h"

#define PC_FOLDERS 32

/* A folder that a path led through, and that may be gone through again. */
typedef struct pc_folder {
    char *path;   /* with the root before it; NULL: none */
    size_t length; /* of the path */
    int fd;
    dev_t device;
    bool checked; /* what is on this device are files; a root is the user's, and is not asked */
} pc_folder;

/* The folders that were gone through lately, still open. Most files of a process are in a few of them. */
typedef struct pc_folders {
    pc_folder items[PC_FOLDERS];
    size_t next; /* the one that makes room */
} pc_folders;

void pc_folders_init(pc_folders *folders);
void pc_folders_deinit(pc_folders *folders);

/* What path leads to, without symbolic links; NULL where there is nothing. Caller frees. */
char *pc_sysroot_path(const char *root, const char *path);

/* Opens it for reading. ret_st: what it is. ret_path: where it was found, caller frees. folders: NULL where none are kept. */
pc_error *pc_sysroot_open(pc_folders *folders, const char *root, const char *path, int *ret_fd, struct stat *ret_st, char **ret_path);

#endif
