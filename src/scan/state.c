#include "scan/state.h"

#include "base/limits.h"

#ifdef HAVE_SQLITE

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/clock.h"
#include "base/text.h"
#include "scan/found.h"
#include "scan/state_file.h"

#define DEFLATE_LEVEL 3

/* In the order of what is bound and read below. */
#define OUTCOME_COLUMNS \
    "path, size, mtime, inode, device, kind, reason, status, signature, signature_text, signal, signal_name, exception, version, " \
    "build_id, command, pid, time, frames, tries, first_seen, scanned_at"
enum {
    COL_PATH, COL_SIZE, COL_MTIME, COL_INODE, COL_DEVICE, COL_KIND, COL_REASON, COL_STATUS, COL_SIGNATURE, COL_TEXT, COL_SIGNAL,
    COL_SIGNAL_NAME, COL_EXCEPTION, COL_VERSION, COL_BUILD_ID, COL_COMMAND, COL_PID, COL_TIME, COL_FRAMES, COL_TRIES, COL_FIRST_SEEN,
    COL_SCANNED_AT, COL_REPORT_SIZE, COL_REPORT,
};

typedef enum pc_statement {
    BEGIN, COMMIT, ROLLBACK, LOOK, PUT, PUT_SIGNATURE, GET_REPORT, GET_FIRST_SEEN, STATEMENTS,
} pc_statement;

/* A file that has changed is another core: it is counted and dated anew. */
#define IS_SAME "size = excluded.size AND mtime = excluded.mtime AND inode = excluded.inode"
static const char *const statements[STATEMENTS] = {
    [BEGIN] = "BEGIN IMMEDIATE",
    [COMMIT] = "COMMIT",
    [ROLLBACK] = "ROLLBACK",
    [LOOK] = "SELECT " OUTCOME_COLUMNS " FROM cores WHERE path = ?1",
    [PUT] = "INSERT INTO cores (" OUTCOME_COLUMNS ", report_size, report) "
            "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24) "
            "ON CONFLICT (path) DO UPDATE SET "
            "tries = CASE WHEN " IS_SAME " THEN tries + 1 ELSE 1 END, "
            "first_seen = CASE WHEN " IS_SAME " THEN first_seen ELSE excluded.first_seen END, "
            "size = excluded.size, mtime = excluded.mtime, inode = excluded.inode, device = excluded.device, kind = excluded.kind, "
            "reason = excluded.reason, status = excluded.status, signature = excluded.signature, "
            "signature_text = excluded.signature_text, signal = excluded.signal, signal_name = excluded.signal_name, "
            "exception = excluded.exception, version = excluded.version, build_id = excluded.build_id, command = excluded.command, "
            "pid = excluded.pid, time = excluded.time, frames = excluded.frames, scanned_at = excluded.scanned_at, "
            "report_size = excluded.report_size, report = excluded.report",
    [PUT_SIGNATURE] = "INSERT INTO signatures (signature, signature_text, first_seen) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
    [GET_REPORT] = "SELECT report_size, report FROM cores WHERE path = ?1",
    [GET_FIRST_SEEN] = "SELECT first_seen FROM signatures WHERE signature = ?1",
};
#define EACH \
    "SELECT " OUTCOME_COLUMNS ", report_size, %s, coalesce(s.since, first_seen) AS since " \
    "FROM cores LEFT JOIN (SELECT signature AS key, first_seen AS since FROM signatures) AS s ON s.key = cores.signature " \
    "WHERE (?1 IS NULL OR coalesce(s.since, first_seen) >= ?1) AND (?2 IS NULL OR signature = ?2) " \
    "ORDER BY since, signature, time, path"

struct pc_state {
    pc_state_file file;
    char *folder; /* that relative paths are relative to; NULL: not known */
    sqlite3_stmt *prepared[STATEMENTS];
    pid_t owner;
    int64_t now; /* 0: the clock's */
};

static pc_error *check_owner(const pc_state *s)
{
    return s->owner == getpid() ? NULL : pc_error_create(PC_ERROR_IO, "%s: opened by another process", s->file.path);
}

/* ---- statements that are kept ---- */

static void reset(sqlite3_stmt **statement)
{
    if (*statement) {
        pc_sqlite.reset(*statement);
        pc_sqlite.clear_bindings(*statement);
    }
}
#define AUTO_RESET __attribute__((cleanup(reset))) sqlite3_stmt *

/* Of a statement that is kept: the caller resets it. */
static pc_error *prepare(pc_state *s, pc_statement which, sqlite3_stmt **ret_statement)
{
    if (!s->prepared[which]) {
        int code = pc_sqlite.prepare_v3(s->file.db, statements[which], -1, SQLITE_PREPARE_PERSISTENT, &s->prepared[which], NULL);
        if (code != SQLITE_OK)
            return pc_state_file_fail(&s->file, code);
    }
    *ret_statement = s->prepared[which];
    return NULL;
}

static pc_error *run_prepared(pc_state *s, pc_statement which)
{
    AUTO_RESET q = NULL;
    PC_TRY(prepare(s, which, &q));
    return pc_state_file_step(&s->file, q, NULL);
}

static void leave_alone(pc_state *s)
{
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < PC_ARRAY_SIZE(suffixes); i++) {
        struct stat st;
        PC_AUTO_BUFFER name = {0};
        pc_buffer_printf(&name, "%s%s", s->file.real_path, suffixes[i]);
        if (!stat(name.data, &st))
            pc_found_leave(s, st.st_dev, st.st_ino, "the state of this scan");
    }
}

pc_error *pc_state_open(pc_state **ret_state, const char *path, bool read_only)
{
    pc_state_file file;
    PC_TRY(pc_state_file_open(&file, path, read_only));
    pc_state *s = pc_malloc(sizeof(*s));
    *s = (pc_state){.file = file, .folder = getcwd(NULL, 0), .owner = getpid()};
    leave_alone(s);
    *ret_state = s;
    return NULL;
}

void pc_state_destroy(pc_state *s)
{
    if (!s || s->owner != getpid())
        return;
    for (size_t i = 0; i < STATEMENTS; i++)
        pc_sqlite.finalize(s->prepared[i]);
    pc_state_file_close(&s->file);
    pc_found_leave_none(s);
    free(s->folder);
    free(s);
}

void pc_state_set_clock(pc_state *s, int64_t now_us)
{
    s->now = now_us;
}

static int64_t now_of(const pc_state *s)
{
    return s->now ? s->now : pc_clock_now();
}

/* ---- rows ---- */

static void bind_text(sqlite3_stmt *q, int column, const char *text)
{
    if (text)
        pc_sqlite.bind_text(q, column + 1, text, -1, SQLITE_STATIC);
}

static void bind_int(sqlite3_stmt *q, int column, int64_t value)
{
    pc_sqlite.bind_int64(q, column + 1, value);
}

/* Absolute, without "." and empty parts: so that it is the same from whatever folder a scan was started. As text where it is UTF-8,
 * else as the bytes that it is. */
static void bind_path(const pc_state *s, sqlite3_stmt *q, const char *path)
{
    PC_AUTO_BUFFER full = {0};
    if (*path != '/' && s->folder)
        pc_buffer_puts(&full, strcmp(s->folder, "/") ? s->folder : "");
    while (*path) {
        size_t length = strcspn(path, "/");
        if (length && !(length == 1 && *path == '.')) {
            if (*path != '/' && (full.length || s->folder))
                pc_buffer_putc(&full, '/');
            pc_buffer_append(&full, path, length);
        }
        path += length;
        path += strspn(path, "/");
    }
    const char *text = pc_buffer_text(&full);
    if (pc_text_is_utf8(text, full.length))
        pc_sqlite.bind_text(q, COL_PATH + 1, text, (int)full.length, SQLITE_TRANSIENT);
    else
        pc_sqlite.bind_blob(q, COL_PATH + 1, text, (int)full.length, SQLITE_TRANSIENT);
}

static void bind_frames(sqlite3_stmt *q, const pc_outcome *o)
{
    PC_AUTO_BUFFER text = {0};
    pc_json json;
    pc_json_begin_buffer(&json, &text);
    pc_outcome_write_frames(&json, o);
    pc_json_end(&json);
    pc_sqlite.bind_text(q, COL_FRAMES + 1, text.data, (int)text.length, SQLITE_TRANSIENT);
}

static void bind_outcome(const pc_state *s, sqlite3_stmt *q, const pc_outcome *o, int64_t now)
{
    bind_path(s, q, o->path);
    bind_int(q, COL_SIZE, (int64_t)o->file.size);
    bind_int(q, COL_MTIME, o->file.changed);
    bind_int(q, COL_INODE, (int64_t)o->file.inode);
    bind_int(q, COL_DEVICE, (int64_t)o->file.device);
    bind_text(q, COL_KIND, pc_outcome_kind_name(o->kind));
    bind_text(q, COL_REASON, o->reason);
    if (o->kind == PC_OUTCOME_REPORT)
        bind_text(q, COL_STATUS, pc_report_status_name(o->status));
    bind_text(q, COL_SIGNATURE, o->hash);
    bind_text(q, COL_TEXT, o->text);
    if (o->signal)
        bind_int(q, COL_SIGNAL, o->signal);
    bind_text(q, COL_SIGNAL_NAME, o->signal_name);
    bind_text(q, COL_EXCEPTION, o->exception);
    bind_text(q, COL_VERSION, o->version);
    bind_text(q, COL_BUILD_ID, o->build_id);
    bind_text(q, COL_COMMAND, o->command);
    if (o->has_pid)
        bind_int(q, COL_PID, o->pid);
    bind_int(q, COL_TIME, o->when);
    if (o->frame_count)
        bind_frames(q, o);
    bind_int(q, COL_TRIES, 1);
    bind_int(q, COL_FIRST_SEEN, now);
    bind_int(q, COL_SCANNED_AT, now);
}

/* Valid UTF-8, whatever is stored; NULL for what is no text. */
static const char *text_of(sqlite3_stmt *q, int column, pc_arena *arena)
{
    const char *text = (const char *)pc_sqlite.column_text(q, column);
    if (!text)
        return NULL;
    if (pc_text_is_utf8(text, strlen(text)))
        return pc_arena_strdup(arena, text);
    PC_AUTO_BUFFER mended = {0};
    pc_text_put_bytes(&mended, text, strlen(text));
    return pc_arena_strdup(arena, pc_buffer_text(&mended));
}

static const char *path_of(sqlite3_stmt *q, pc_arena *arena)
{
    const void *bytes = pc_sqlite.column_blob(q, COL_PATH);
    return pc_arena_strndup(arena, bytes ? bytes : "", (size_t)pc_sqlite.column_bytes(q, COL_PATH));
}

static void read_outcome(sqlite3_stmt *q, pc_outcome *ret_outcome, pc_arena *arena)
{
    pc_outcome o = {
        .path = path_of(q, arena),
        .file = {.size = (uint64_t)pc_sqlite.column_int64(q, COL_SIZE), .changed = pc_sqlite.column_int64(q, COL_MTIME),
                 .device = (uint64_t)pc_sqlite.column_int64(q, COL_DEVICE), .inode = (uint64_t)pc_sqlite.column_int64(q, COL_INODE)},
        .kind = pc_outcome_kind_of((const char *)pc_sqlite.column_text(q, COL_KIND)),
        .reason = text_of(q, COL_REASON, arena),
        .status = pc_outcome_status_of((const char *)pc_sqlite.column_text(q, COL_STATUS)),
        .hash = text_of(q, COL_SIGNATURE, arena),
        .text = text_of(q, COL_TEXT, arena),
        .signal = pc_sqlite.column_int(q, COL_SIGNAL),
        .signal_name = text_of(q, COL_SIGNAL_NAME, arena),
        .exception = text_of(q, COL_EXCEPTION, arena),
        .version = text_of(q, COL_VERSION, arena),
        .build_id = text_of(q, COL_BUILD_ID, arena),
        .command = text_of(q, COL_COMMAND, arena),
        .has_pid = pc_sqlite.column_type(q, COL_PID) == SQLITE_INTEGER,
        .pid = pc_sqlite.column_int64(q, COL_PID),
        .when = pc_sqlite.column_int64(q, COL_TIME),
    };
    const char *frames = (const char *)pc_sqlite.column_text(q, COL_FRAMES);
    json_t *list = frames ? json_loads(frames, 0, NULL) : NULL;
    pc_outcome_take_frames(&o, list, arena);
    json_decref(list);
    *ret_outcome = o;
}

/* What could not even be opened costs nothing to try again; what kills workers does. */
static bool is_tried_again(const pc_outcome *o, int64_t tries)
{
    return o->kind == PC_OUTCOME_UNREADABLE || (o->kind == PC_OUTCOME_FAILED && tries < PC_LIMIT_SCAN_TRIES);
}

pc_error *pc_state_look(pc_state *s, const char *path, const pc_file_id *file, pc_arena *arena, pc_state_seen *ret_seen,
                        pc_outcome *ret_outcome)
{
    AUTO_RESET q = NULL;
    bool row;
    pc_outcome o;
    PC_TRY(check_owner(s));
    PC_TRY(prepare(s, LOOK, &q));
    bind_path(s, q, path);
    PC_TRY(pc_state_file_step(&s->file, q, &row));
    if (!row) {
        *ret_seen = PC_STATE_NEW;
        return NULL;
    }
    read_outcome(q, &o, arena);
    if (o.file.size != file->size || o.file.changed != file->changed || o.file.inode != file->inode) {
        *ret_seen = PC_STATE_CHANGED;
        return NULL;
    }
    *ret_seen = is_tried_again(&o, pc_sqlite.column_int64(q, COL_TRIES)) ? PC_STATE_RETRY : PC_STATE_KNOWN;
    if (ret_outcome) {
        *ret_outcome = o;
        ret_outcome->path = path;
    }
    return NULL;
}

/* ---- reports ---- */

/* As sqlite3(1)'s sqlar_uncompress(report, report_size) reads it: zlib's format, or as it is where that is no larger. */
static pc_error *bind_report(pc_state *s, sqlite3_stmt *q, const char *report, size_t length)
{
    uLong most = compressBound(length), size = most;
    if (length > PC_LIMIT_STATE_REPORT)
        return pc_error_create(PC_ERROR_LIMIT, "%s: a report of %zu bytes is too large for it", s->file.path, length);
    Bytef *packed = pc_malloc(most);
    if (compress2(packed, &size, (const Bytef *)report, length, DEFLATE_LEVEL) == Z_OK && size < length) {
        pc_sqlite.bind_blob64(q, COL_REPORT + 1, packed, size, free);
    } else {
        free(packed);
        pc_sqlite.bind_blob64(q, COL_REPORT + 1, report, length, SQLITE_STATIC);
    }
    bind_int(q, COL_REPORT_SIZE, (int64_t)length);
    return NULL;
}

static pc_error *unpack_report(const pc_state *s, int64_t length, const void *packed, size_t size, pc_buffer *ret_report)
{
    if (length < 0 || length > PC_LIMIT_STATE_REPORT || (uint64_t)length < size)
        return pc_error_create(PC_ERROR_CORRUPT, "%s: the state is damaged (the length of a report)", s->file.path);
    if (!packed || (size_t)length == size) {
        pc_buffer_append(ret_report, packed ? packed : "", packed ? size : 0);
        return NULL;
    }
    uLongf got = (uLongf)length;
    char *text = pc_malloc((size_t)length + 1);
    bool good = uncompress((Bytef *)text, &got, packed, size) == Z_OK && got == (uLongf)length;
    if (good)
        pc_buffer_append(ret_report, text, got);
    free(text);
    return good ? NULL : pc_error_create(PC_ERROR_CORRUPT, "%s: the state is damaged (a report)", s->file.path);
}

static pc_error *read_report(const pc_state *s, sqlite3_stmt *q, int size_column, pc_buffer *ret_report)
{
    const void *packed = pc_sqlite.column_blob(q, size_column + 1);
    int size = pc_sqlite.column_bytes(q, size_column + 1);
    return unpack_report(s, pc_sqlite.column_int64(q, size_column), packed, (size_t)size, ret_report);
}

pc_error *pc_state_report(pc_state *s, const char *path, pc_buffer *ret_report)
{
    AUTO_RESET q = NULL;
    bool row;
    PC_TRY(check_owner(s));
    PC_TRY(prepare(s, GET_REPORT, &q));
    bind_path(s, q, path);
    PC_TRY(pc_state_file_step(&s->file, q, &row));
    if (!row || pc_sqlite.column_type(q, 0) != SQLITE_INTEGER)
        return pc_error_create(PC_ERROR_NOT_FOUND, "%s: has no report of %s", s->file.path, path);
    return read_report(s, q, 0, ret_report);
}

pc_error *pc_state_first_seen(pc_state *s, const char *hash, int64_t *ret_us)
{
    AUTO_RESET q = NULL;
    bool row;
    PC_TRY(check_owner(s));
    PC_TRY(prepare(s, GET_FIRST_SEEN, &q));
    bind_text(q, 0, hash);
    PC_TRY(pc_state_file_step(&s->file, q, &row));
    *ret_us = row ? pc_sqlite.column_int64(q, 0) : INT64_MIN;
    return NULL;
}

/* ---- putting ---- */

static pc_error *put_signature(pc_state *s, const pc_outcome *o, int64_t now, bool *ret_is_new)
{
    AUTO_RESET q = NULL;
    *ret_is_new = false;
    if (!o->hash)
        return NULL;
    PC_TRY(prepare(s, PUT_SIGNATURE, &q));
    bind_text(q, 0, o->hash);
    bind_text(q, 1, o->text);
    bind_int(q, 2, now);
    PC_TRY(pc_state_file_step(&s->file, q, NULL));
    *ret_is_new = pc_sqlite.changes(s->file.db) > 0;
    return NULL;
}

static pc_error *put_core(pc_state *s, const pc_outcome *o, const char *report, size_t length, int64_t now)
{
    AUTO_RESET q = NULL;
    PC_TRY(prepare(s, PUT, &q));
    bind_outcome(s, q, o, now);
    if (report)
        PC_TRY(bind_report(s, q, report, length));
    return pc_state_file_step(&s->file, q, NULL);
}

pc_error *pc_state_put(pc_state *s, const pc_outcome *o, const char *report, size_t length, bool *ret_is_new)
{
    bool is_new;
    PC_TRY(check_owner(s));
    PC_TRY(run_prepared(s, BEGIN));
    int64_t now = now_of(s); /* after the lock: in the order in which they are stored */
    pc_error *error = put_signature(s, o, now, &is_new);
    if (!error)
        error = put_core(s, o, report, length, now);
    if (!error)
        error = run_prepared(s, COMMIT);
    if (error) {
        if (!pc_sqlite.get_autocommit(s->file.db)) /* some errors have rolled it back already */
            pc_error_destroy(run_prepared(s, ROLLBACK));
        return error;
    }
    if (ret_is_new)
        *ret_is_new = is_new;
    return NULL;
}

/* ---- listing ---- */

static pc_error *visit_row(pc_state *s, sqlite3_stmt *q, bool with_report, pc_state_visit visit, void *context)
{
    PC_AUTO_BUFFER report = {0};
    pc_state_row row = {
        .tries = pc_sqlite.column_int64(q, COL_TRIES),
        .first_seen = pc_sqlite.column_int64(q, COL_FIRST_SEEN),
        .scanned_at = pc_sqlite.column_int64(q, COL_SCANNED_AT),
        .group_first_seen = pc_sqlite.column_int64(q, COL_REPORT + 1),
    };
    if (with_report && pc_sqlite.column_type(q, COL_REPORT_SIZE) == SQLITE_INTEGER) {
        PC_TRY(read_report(s, q, COL_REPORT_SIZE, &report));
        row.report = pc_buffer_text(&report);
        row.report_length = report.length;
    }
    pc_arena arena;
    pc_arena_init(&arena);
    read_outcome(q, &row.outcome, &arena);
    pc_error *error = visit(context, &row);
    pc_arena_deinit(&arena);
    return error;
}

pc_error *pc_state_each(pc_state *s, const pc_state_query *query, pc_state_visit visit, void *context)
{
    PC_AUTO_STATEMENT q = NULL;
    bool row = true;
    char sql[1024];
    PC_TRY(check_owner(s));
    snprintf(sql, sizeof(sql), EACH, query->with_reports ? "report" : "NULL");
    int code = pc_sqlite.prepare_v2(s->file.db, sql, -1, &q, NULL);
    if (code != SQLITE_OK)
        return pc_state_file_fail(&s->file, code);
    if (query->has_since)
        bind_int(q, 0, query->since_us);
    bind_text(q, 1, query->hash);
    while (row) {
        PC_TRY(pc_state_file_step(&s->file, q, &row));
        if (row)
            PC_TRY(visit_row(s, q, query->with_reports, visit, context));
    }
    return pc_state_file_check_unchanged(&s->file);
}

#else

static pc_error *is_not_there(const char *path)
{
    return pc_error_create(PC_ERROR_NOT_FOUND, "%s: this pycore was built without SQLite, and keeps no state", path);
}

pc_error *pc_state_open(pc_state **ret_state, const char *path, bool read_only)
{
    (void)ret_state, (void)read_only;
    return is_not_there(path);
}

void pc_state_destroy(pc_state *state)
{
    (void)state;
}

pc_error *pc_state_look(pc_state *state, const char *path, const pc_file_id *file, pc_arena *arena, pc_state_seen *ret_seen,
                        pc_outcome *ret_outcome)
{
    (void)state, (void)file, (void)arena, (void)ret_seen, (void)ret_outcome;
    return is_not_there(path);
}

pc_error *pc_state_put(pc_state *state, const pc_outcome *outcome, const char *report, size_t length, bool *ret_is_new)
{
    (void)state, (void)report, (void)length, (void)ret_is_new;
    return is_not_there(outcome->path);
}

pc_error *pc_state_report(pc_state *state, const char *path, pc_buffer *ret_report)
{
    (void)state, (void)ret_report;
    return is_not_there(path);
}

pc_error *pc_state_first_seen(pc_state *state, const char *hash, int64_t *ret_us)
{
    (void)state, (void)ret_us;
    return is_not_there(hash);
}

pc_error *pc_state_each(pc_state *state, const pc_state_query *query, pc_state_visit visit, void *context)
{
    (void)state, (void)query, (void)visit, (void)context;
    return is_not_there("state");
}

void pc_state_set_clock(pc_state *state, int64_t now_us)
{
    (void)state, (void)now_us;
}

#endif
