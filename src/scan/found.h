/* One file that may be a core: what it is by its first bytes. Nothing but a regular file is opened, and never in a way that could
 * wait. */
#ifndef PC_SCAN_FOUND_H
#define PC_SCAN_FOUND_H

#include <sys/stat.h>

#include "scan/outcome.h"

typedef enum pc_found_kind {
    PC_FOUND_CORE,       /* an ELF core by its first bytes */
    PC_FOUND_STORED,     /* compressed, a report of apport's, a zip archive, a folder of ABRT's that was named: may hold one */
    PC_FOUND_NOT_CORE,   /* another file, or what nothing is read from: a FIFO, a symbolic link in a folder */
    PC_FOUND_UNREADABLE, /* missing, no permission, an error; a folder, too */
} pc_found_kind;
#define PC_FOUND_KINDS 4

typedef struct pc_found {
    const char *path;   /* as bytes */
    pc_file_id file;    /* zero where it could not be asked for */
    pc_found_kind kind;
    const char *reason; /* of the last two kinds, one line without the path, one of few: "empty", "text", "Permission denied" */
    bool named;         /* by the user, rather than the folder that it is in */
} pc_found;

/* Looks at exactly one path, following symbolic links: a folder is no core, but for one of ABRT's, which holds one. The reason
 * lives as long as the arena, the path as long as the caller's. */
void pc_found_look(pc_found *found, const char *path, pc_arena *arena);

/* A file that this process must not open, whatever leads to it (scan/state.h says why): it is no core, for this reason, which has
 * to live as long. It is left alone until the same owner lets go of all of its files. */
void pc_found_leave(const void *owner, uint64_t device, uint64_t inode, const char *reason);
void pc_found_leave_none(const void *owner);

/* The parts of it, for a walk. Sets all but path and named; folder is an open one, or AT_FDCWD; flags are 0 or AT_SYMLINK_NOFOLLOW. */
void pc_found_look_at(pc_found *found, int folder, const char *name, int flags, pc_arena *arena);
/* As far as what was asked of it tells: its identity, and what it is where it is not a regular file. */
void pc_found_from_stat(pc_found *found, const struct stat *st);
/* what: comes before the error's text. */
void pc_found_fail(pc_found *found, const char *what, int error, pc_arena *arena);

#endif
