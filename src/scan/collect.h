/* Which files are to be scanned: what was named, and what is in the folders that were. The first bytes of a file decide, never its
 * name, so that every way of storing cores is followed: systemd-coredump's, apport's, ABRT's folders, core.*, gcore's.
 *
 * Nothing but regular files is opened, and never in a way that could wait: FIFOs, sockets and devices are only counted. Symbolic
 * links are followed where the user named them, not in a folder. A folder is taken in the order of its names, its files before
 * the folders in it, so that the order does not depend on the file system. */
#ifndef PC_SCAN_COLLECT_H
#define PC_SCAN_COLLECT_H

#include <signal.h>

#include "scan/found.h"

/* How many files were no cores or unreadable for one reason. */
typedef struct pc_found_count {
    pc_found_kind kind;
    const char *reason;
    uint64_t count;
} pc_found_count;

typedef struct pc_collector {
    bool keep_all;                     /* also what is no core and was not named: --all. To be set before the first look */
    const volatile sig_atomic_t *stop; /* not 0: the walk ends; NULL: it does not. To be set, too */
    pc_found *items; /* cores, what may hold one, what is unreadable, and what was named */
    size_t count, capacity;
    uint64_t looked_at;                 /* files and other things: those kept, and not_kept */
    uint64_t not_kept;                  /* no cores, all of them counted in: */
    uint64_t by_kind[PC_FOUND_KINDS];   /* kept or not; their sum is looked_at */
    pc_found_count *reasons;            /* in the order in which they were met */
    size_t reason_count, reason_capacity;
    pc_arena arena; /* of paths and reasons */
} pc_collector;

void pc_collector_init(pc_collector *collector);
void pc_collector_deinit(pc_collector *collector);
/* A path that the user gave: a file is looked at, a folder walked with all below it. What goes wrong is an item. */
void pc_collector_look(pc_collector *collector, const char *path);

#endif
