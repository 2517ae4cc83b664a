#include "cli/core_job.h"

#include <errno.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "cli/guard.h"
#include "report/report.h"

/* ---- in the worker ---- */

/* What an error says, without the path, so that the same reason of many files is one. */
static const char *without_path(const char *message, const char *path)
{
    size_t length = strlen(path);
    return !strncmp(message, path, length) && !strncmp(message + length, ": ", 2) ? message + length + 2 : message;
}

static void limit_output(uint64_t bytes)
{
    struct rlimit most;
    if (!bytes || getrlimit(RLIMIT_FSIZE, &most))
        return;
    most.rlim_cur = bytes < most.rlim_max ? (rlim_t)bytes : most.rlim_max;
    setrlimit(RLIMIT_FSIZE, &most);
}

/* The parts end with NUL, which is in neither of them. */
static void write_parts(const pc_core_job *j, const pc_outcome *outcome, const pc_report *report, FILE *out)
{
    PC_AUTO_BUFFER head = {0};
    pc_outcome_put_json(outcome, &head);
    fwrite(pc_buffer_text(&head), 1, head.length, out);
    fputc(0, out);
    if (report && j->json)
        pc_report_write_json(report, out);
    fputc(0, out);
    if (report && j->text) {
        const pc_walk_options *walk = &j->options->walk;
        pc_text_options text = {.max_items = walk->limits.max_items, .stack = walk->stack, .sysroot = j->options->sysroot};
        pc_report_write_text(report, &text, out);
    }
    fputc(0, out);
}

/* What was written is none of the result. */
static void take_back(FILE *out)
{
    __fpurge(out);
    rewind(out); /* clears the error, too */
    if (ftruncate(fileno(out), 0))
        _exit(PC_EXIT_OUTPUT);
}

static bool is_written(FILE *out)
{
    bool failed = ferror(out) != 0;
    failed |= fflush(out) != 0;
    if (failed)
        take_back(out);
    return !failed;
}

static void fail(const pc_core_job *j, pc_outcome_kind kind, const char *reason, FILE *out)
{
    pc_outcome outcome = pc_outcome_without_report(j->path, &j->file, kind, reason);
    write_parts(j, &outcome, NULL, out);
}

/* false: what there is to write is too much. */
static bool look(const pc_core_job *j, bool locals, FILE *out)
{
    static pc_session session;
    pc_session_options wanted = pc_options_session(j->options, NULL);
    if (!locals) {
        wanted.walk.locals = wanted.walk.stack = wanted.walk.globals = false;
        wanted.walk.attributes = PC_ATTRIBUTES_NONE;
    }
    PC_AUTO_ERROR error = pc_options_try_open(&wanted, j->path, &session);
    if (error) {
        bool is_core = error->code != PC_ERROR_NOT_CORE || j->found == PC_FOUND_CORE;
        fail(j, is_core ? PC_OUTCOME_UNREADABLE : PC_OUTCOME_NOT_CORE, without_path(error->message, j->path), out);
        return true;
    }
    if (!locals && j->options->walk.locals)
        pc_diagnose(&session.diagnostics, PC_SEVERITY_WARNING, "limit", "the report is larger than --limit-output allows: it is told without variables");
    if (!session.walk.py && session.reason) /* what analyze says on standard error: a line of JSON has to say it itself */
        pc_diagnose(&session.diagnostics, PC_SEVERITY_ERROR, "no-python", "%s", session.reason);
    pc_report report;
    pc_outcome outcome = {.path = j->path, .file = j->file, .kind = PC_OUTCOME_REPORT};
    pc_report_build(&report, &session);
    pc_outcome_of_report(&outcome, &report, &session.arena);
    outcome.matches = !j->filter || pc_filter_accepts(j->filter, &report, &outcome);
    pc_guard_writing();
    limit_output(j->options->scan.limit_output);
    write_parts(j, &outcome, &report, out);
    bool written = is_written(out);
    if (written && pc_guard_lost_file()) { /* registers come from the core itself */
        take_back(out);
        fail(j, PC_OUTCOME_UNREADABLE, "it has become shorter while it was read", out);
    }
    limit_output(RLIM_INFINITY);
    if (written)
        pc_session_leave(&session);
    else
        pc_session_deinit(&session);
    return written;
}

static void run(void *context, FILE *out)
{
    const pc_core_job *j = context;
    pc_guard_begin(j->options->limit_time, j->options->limit_memory);
    if (!look(j, j->options->walk.locals, out) && !look(j, false, out))
        fail(j, PC_OUTCOME_FAILED, "its report is larger than --limit-output allows", out);
}

/* ---- in whoever started it ---- */

void pc_core_job_start(pc_workers *workers, pc_core_job *j)
{
    uint64_t seconds = j->options->limit_time;
    pc_workers_start(workers, run, j, seconds ? seconds + PC_LIMIT_WORKER_GRACE : 0);
}

void pc_core_job_parts(const pc_core_job *j, const pc_worker_result *result, pc_arena *arena, pc_core_parts *parts)
{
    *parts = (pc_core_parts){.outcome = {.kind = PC_OUTCOME_FAILED, .status = PC_REPORT_NONE}};
    pc_outcome *o = &parts->outcome;
    const char *p = result->data, *end = p + result->length;
    const char *ends[3] = {NULL};
    for (size_t i = 0; result->done && i < PC_ARRAY_SIZE(ends) && (ends[i] = memchr(p, 0, (size_t)(end - p))); i++)
        p = ends[i] + 1;
    if (!result->done) {
        o->reason = pc_arena_strdup(arena, result->reason);
    } else if (!ends[2] || !pc_ok(pc_outcome_from_json(o, arena, result->data, (size_t)(ends[0] - result->data)))) {
        o->kind = PC_OUTCOME_FAILED;
        o->reason = "its worker handed over something else than a report";
    } else {
        parts->json = ends[0] + 1;
        parts->json_length = (size_t)(ends[1] - parts->json);
        parts->text = ends[1] + 1;
        parts->text_length = (size_t)(ends[2] - parts->text);
    }
    if (o->kind == PC_OUTCOME_REPORT && j->json && !parts->json_length)
        o->kind = PC_OUTCOME_FAILED;
    if (o->kind != PC_OUTCOME_REPORT && !o->reason)
        o->reason = "its worker did not say why";
    if (o->kind != PC_OUTCOME_REPORT)
        *o = pc_outcome_without_report(j->path, &j->file, o->kind, o->reason);
    o->path = j->path;
    o->file = j->file;
}

/* Up to the next newline, which is passed over; false at the end. */
static bool next_piece(const char **at, const char *end, const char **ret_piece, size_t *ret_length)
{
    if (*at >= end)
        return false;
    const char *newline = memchr(*at, '\n', (size_t)(end - *at));
    *ret_piece = *at;
    *ret_length = (size_t)((newline ? newline : end) - *at);
    *at += *ret_length + 1;
    return true;
}

void pc_core_job_write_line(const char *json, size_t length, FILE *out)
{
    const char *piece;
    size_t n;
    for (const char *end = json + length; next_piece(&json, end, &piece, &n);)
        fwrite(piece, 1, n, out);
    fputc('\n', out);
}

void pc_core_job_put_line(const char *json, size_t length, pc_buffer *line)
{
    const char *piece;
    size_t n;
    for (const char *end = json + length; next_piece(&json, end, &piece, &n);)
        pc_buffer_append(line, piece, n);
}

void pc_core_job_put_blank(const pc_outcome *o, pc_redact redact, pc_buffer *line)
{
    static const char *const codes[] = {"unreadable", "worker", "unreadable", "not-core"};
    pc_arena arena;
    pc_walk walk;
    pc_diagnostics diagnostics;
    pc_report report;
    pc_arena_init(&arena);
    pc_redaction redaction = {.level = redact};
    pc_report_blank(&report, &walk, &diagnostics, &arena, o->path, o->file.size, codes[o->kind], o->reason ? o->reason : "nothing is known of it");
    report.redaction = &redaction;
    char *json = NULL;
    size_t length = 0;
    FILE *memory = open_memstream(&json, &length);
    if (!memory)
        pc_out_of_memory();
    pc_report_write_json(&report, memory);
    if (fclose(memory))
        pc_out_of_memory();
    pc_core_job_put_line(json, length, line);
    pc_buffer_putc(line, '\n');
    free(json);
    pc_diagnostics_deinit(&diagnostics);
    pc_arena_deinit(&arena);
}
