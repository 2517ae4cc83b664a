/* Paths of a process that saw another file system: a container's, or another host's, whose tree lies in a folder here. */
#ifndef PC_TARGET_SYSROOT_H
#define PC_TARGET_SYSROOT_H

#include "base/types.h"

/* What path (absolute) leads to in the tree below root, without symbolic links; those in the tree are followed as the
 * process would have, absolute ones from root, and none leads out of it. NULL where there is nothing. Caller frees. */
char *pc_sysroot_path(const char *root, const char *path);

#endif
