/* What a worker does with one core: opens it, makes its report, and hands it over in parts. */
#ifndef PC_CLI_CORE_JOB_H
#define PC_CLI_CORE_JOB_H

#include "cli/options.h"
#include "cli/workers.h"
#include "scan/filter.h"
#include "scan/found.h"

typedef struct pc_core_job {
    const pc_options *options; /* with its limits of time, memory and output */
    const char *path;
    pc_file_id file;
    pc_found_kind found;
    bool json, text; /* which reports are wanted */
    const pc_filter *filter; /* NULL: everything matches */
} pc_core_job;

/* A worker for it, killed where it goes on for too long: the workers need room. The result's context is the job, which has to live
 * until then. */
void pc_core_job_start(pc_workers *workers, pc_core_job *job);

/* What a worker has handed over, which may be anything. */
typedef struct pc_core_parts {
    pc_outcome outcome; /* in the arena; without a report kind and reason say why */
    const char *json, *text; /* of the result's data; length 0: none */
    size_t json_length, text_length;
} pc_core_parts;
void pc_core_job_parts(const pc_core_job *job, const pc_worker_result *result, pc_arena *arena, pc_core_parts *ret_parts);

/* JSON as one line: the newlines between its nodes are left out. */
void pc_core_job_write_line(const char *json, size_t length, FILE *out);
void pc_core_job_put_line(const char *json, size_t length, pc_buffer *line); /* without a newline at its end */
/* The report of a file that none can be made of: one line of JSON, with its newline. */
void pc_core_job_put_blank(const pc_outcome *outcome, pc_redact redact, pc_buffer *line);

#endif
