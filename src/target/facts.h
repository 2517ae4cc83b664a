/* What whoever stored a core noted beside it: in the file's name, its extended attributes, the fields of a report, the files of
 * a folder. Used only for what the core itself does not say; as little to be believed. Text is valid UTF-8. */
#ifndef PC_TARGET_FACTS_H
#define PC_TARGET_FACTS_H

#include "base/arena.h"

typedef struct pc_facts {
    const char *stored_by; /* "systemd-coredump", "apport", "abrt", "core-dump-handler"; NULL: nothing is noted */
    bool has_pid, has_uid, has_gid, has_signal, has_time;
    int64_t pid, uid, gid, signal;
    int64_t time; /* microseconds since 1970 UTC */
    const char *hostname, *command, *executable; /* NULL: not noted */
} pc_facts;

/* One fact by the name that systemd-coredump, ABRT or apport has for it; an unknown name, or a number that is none, is passed
 * over. What is known already stays. */
void pc_facts_put(pc_facts *facts, pc_arena *arena, const char *name, const char *value, size_t length);
/* systemd-coredump's core.COMM.UID.BOOT_ID.PID.USEC[.ENDING], COMM with \xNN for what file names cannot have. */
void pc_facts_from_name(pc_facts *facts, pc_arena *arena, const char *path);
/* systemd-coredump's user.coredump.* attributes of an open file. */
void pc_facts_from_attributes(pc_facts *facts, pc_arena *arena, int fd);
/* ABRT's folder of small files (pid, uid, time, hostname, executable ...). */
void pc_facts_from_folder(pc_facts *facts, pc_arena *arena, int folder_fd);

#endif
