/* What earlier scans have seen: an SQLite database, so that a scan takes only what is new or has changed. Its columns are a contract,
 * pycore-scan(1) has them.
 *
 * Several processes may have it open at once. What was put is there whatever happens to the process afterwards, and what was not put
 * has left nothing. A machine that loses power may lose the last few: they are scanned again.
 *
 * fork(): only the process that opened a state may use it. A child must not call any of these functions, pc_state_destroy() included
 * (they refuse; but what the child inherits is the parent's, and stays open until it ends or calls exec). The descriptors are closed on exec.
 *
 * POSIX locks: a process that closes *any* descriptor of a file loses its locks on that file, and they are what keeps several processes
 * apart. So the files of an open state are never opened otherwise in the process that has it open: pc_found_look() leaves them alone.
 *
 * Paths are stored absolute (by the working folder at the time of pc_state_open(), symbolic links and ".." as they are).
 * Errors: PC_ERROR_IO; PC_ERROR_FORMAT, where the file is something else, or newer; PC_ERROR_CORRUPT, where it is damaged;
 * PC_ERROR_NOT_FOUND, where there is none to read, or pycore was built without SQLite. All name the file. */
#ifndef PC_SCAN_STATE_H
#define PC_SCAN_STATE_H

#include "base/buffer.h"
#include "base/error.h"
#include "scan/outcome.h"

typedef struct pc_state pc_state;

typedef enum pc_state_seen {
    PC_STATE_NEW,     /* the path was never scanned */
    PC_STATE_CHANGED, /* it was, with another size, mtime or inode */
    PC_STATE_RETRY,   /* it could not be read, or its worker died or overran, fewer than PC_LIMIT_SCAN_TRIES times */
    PC_STATE_KNOWN,   /* need not be scanned: the outcome is stored */
} pc_state_seen;

/* To be written: makes the file where there is none, for its owner alone (mode 0600). Nothing is written into a file that is something
 * else, nor through a symbolic link. To be read: nothing is made where there is none. */
pc_error *pc_state_open(pc_state **ret_state, const char *path, bool read_only);
void pc_state_destroy(pc_state *state);

/* *ret_outcome (may be NULL) is set for PC_STATE_KNOWN and PC_STATE_RETRY: its path is the one given, its file what is stored, `matches`
 * false; its texts live as long as the arena. */
pc_error *pc_state_look(pc_state *state, const char *path, const pc_file_id *file, pc_arena *arena, pc_state_seen *ret_seen,
                        pc_outcome *ret_outcome);
/* In one transaction: what came of a file, and its report as JSON (NULL: none). A path that was there is replaced. *ret_is_new (may
 * be NULL): its signature was in no core that was put before, by whatever process. After an error nothing of it is stored, and
 * others can be put. */
pc_error *pc_state_put(pc_state *state, const pc_outcome *outcome, const char *report, size_t length, bool *ret_is_new);

/* The report of a path as it was put; PC_ERROR_NOT_FOUND where there is none. It is appended. */
pc_error *pc_state_report(pc_state *state, const char *path, pc_buffer *ret_report);
/* When a signature was first put, microseconds since 1970 UTC; INT64_MIN: never. */
pc_error *pc_state_first_seen(pc_state *state, const char *hash, int64_t *ret_us);

typedef struct pc_state_query {
    bool has_since;
    int64_t since_us; /* of signatures first put then or later; of files without a signature, those first put then or later */
    const char *hash; /* NULL: of any */
    bool with_reports; /* else they are not read */
} pc_state_query;

typedef struct pc_state_row {
    pc_outcome outcome; /* its path is the stored one */
    const char *report; /* NULL: there is none, or it was not asked for */
    size_t report_length;
    int64_t tries;             /* how often the file was scanned as it is */
    int64_t first_seen;        /* of the file as it is, microseconds since 1970 UTC; */
    int64_t scanned_at;        /* the last time */
    int64_t group_first_seen;  /* of its signature; of the file where there is none */
} pc_state_row;

/* What is given lives for the call. An error of the callback's ends the listing and is returned. */
typedef pc_error *(*pc_state_visit)(void *context, const pc_state_row *row);
/* As it was at the begin, ordered by group_first_seen, signature, time, path. */
pc_error *pc_state_each(pc_state *state, const pc_state_query *query, pc_state_visit visit, void *context);

/* What is put from here on is put at this time, microseconds since 1970 UTC, instead of the clock's; 0: the clock's again. */
void pc_state_set_clock(pc_state *state, int64_t now_us);

#endif
