/* What came of one file that a scan looked at: what groups, filters and the state keep of a report. Plain data; text is valid UTF-8
 * but for the path, which is as it was found. */
#ifndef PC_SCAN_OUTCOME_H
#define PC_SCAN_OUTCOME_H

struct json_t; /* jansson's */

#include "base/arena.h"
#include "base/json.h"
#include "report/report.h"

typedef enum pc_outcome_kind {
    PC_OUTCOME_REPORT,     /* a core, and a report of it: complete, partial, or without Python state */
    PC_OUTCOME_FAILED,     /* the worker died, or took more than it may: there is no report */
    PC_OUTCOME_UNREADABLE, /* missing, no permission, not a regular file, an error while it was read */
    PC_OUTCOME_NOT_CORE,   /* read, and no core */
} pc_outcome_kind;

/* Which file it was: what tells a core that was seen from one that is new, or has changed. */
typedef struct pc_file_id {
    uint64_t size;   /* bytes */
    int64_t changed; /* its mtime, nanoseconds since 1970 */
    uint64_t device, inode;
} pc_file_id;

typedef struct pc_outcome {
    const char *path;
    pc_file_id file;
    pc_outcome_kind kind;
    const char *reason;       /* one line without the path: why there is no report, or no Python state in it; else NULL */
    pc_report_status status;  /* of the report */
    const char *hash, *text;  /* its signature; text NULL: there is none */
    int signal;               /* 0: none */
    const char *signal_name;  /* NULL: none, or not known */
    const char *exception;    /* module.qualname of what was raised, else of what was handled when it aborted; NULL: none */
    const char *version;      /* the interpreter's; NULL: not known */
    const char *build_id;     /* of the module that the interpreter is in; NULL: not known */
    const char *command;      /* NULL: not known */
    bool has_pid;
    int64_t pid;
    int64_t when;             /* microseconds since 1970 UTC: the crash, where it was noted beside the core, else the file's mtime */
    const char *const *frames; /* the innermost ones of the thread that crashed, "qualname (file:line)" */
    size_t frame_count;
    bool matches;             /* --filter lets it through */
} pc_outcome;

/* Sets what a report tells; path, file, kind and matches are the caller's. Lives as long as the report and arena. */
void pc_outcome_of_report(pc_outcome *outcome, const pc_report *report, pc_arena *arena);

/* What came of a file without a report. path and reason are kept as they are. */
pc_outcome pc_outcome_without_report(const char *path, const pc_file_id *file, pc_outcome_kind kind, const char *reason);

const char *pc_outcome_kind_name(pc_outcome_kind kind); /* "report", "failed", "unreadable", "not-core" */
/* By their names; what is none (or NULL) is the last of them: not-core, and none. */
pc_outcome_kind pc_outcome_kind_of(const char *name);
pc_report_status pc_outcome_status_of(const char *name);

/* The frames as a list of JSON, and back. Of whatever list: bounded, and without what is no text. */
void pc_outcome_write_frames(pc_json *j, const pc_outcome *outcome);
void pc_outcome_take_frames(pc_outcome *outcome, const struct json_t *list, pc_arena *arena);

/* One line of JSON without its newline, and back: between a worker and the scan, and in a state. Neither path nor file are in it. The
 * text may come from a worker that was made to write anything: what is missing or of another type is NULL or 0, and the frames are
 * bounded. Errors: PC_ERROR_FORMAT where it is no JSON object. */
void pc_outcome_put_json(const pc_outcome *outcome, pc_buffer *buffer);
pc_error *pc_outcome_from_json(pc_outcome *outcome, pc_arena *arena, const char *text, size_t length);

#endif
