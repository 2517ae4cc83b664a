#include "scan/state_file.h"

#ifdef HAVE_SQLITE

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/limits.h"

#define APPLICATION_ID 0x70794352 /* "pyCR", in the file's header */
#define SCHEMA 1                  /* its user_version there */

/* No link in the whole path is followed; that of what was named is looked at before. Since SQLite 3.31. */
#ifndef SQLITE_OPEN_NOFOLLOW
#define SQLITE_OPEN_NOFOLLOW 0
#endif

/* One column for each thing that users may ask for by sqlite3(1); pycore-scan(1) has what they mean. */
static const char *const schema[] = {
    "CREATE TABLE signatures (signature TEXT PRIMARY KEY NOT NULL, signature_text TEXT, first_seen INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE cores ("
    "path NOT NULL PRIMARY KEY, size INTEGER NOT NULL, mtime INTEGER NOT NULL, inode INTEGER NOT NULL, device INTEGER NOT NULL, "
    "kind TEXT NOT NULL, reason TEXT, status TEXT, signature TEXT, signature_text TEXT, signal INTEGER, signal_name TEXT, "
    "exception TEXT, version TEXT, build_id TEXT, command TEXT, pid INTEGER, time INTEGER NOT NULL, frames TEXT, "
    "tries INTEGER NOT NULL, first_seen INTEGER NOT NULL, scanned_at INTEGER NOT NULL, report_size INTEGER, report BLOB)",
    "CREATE INDEX cores_by_signature ON cores (signature)",
};

/* ---- errors ---- */

pc_error *pc_state_file_fail(const pc_state_file *s, int code)
{
    int system_error = pc_sqlite.system_errno(s->db);
    switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return pc_error_create(PC_ERROR_IO, "%s: another process has kept it locked for %d seconds", s->path, PC_LIMIT_STATE_WAIT);
    case SQLITE_FULL:
        return pc_error_create(PC_ERROR_IO, "%s: cannot be written: there is no room left", s->path);
    case SQLITE_READONLY:
        return pc_error_create(PC_ERROR_IO, "%s: cannot be written: it, or the folder that it is in, is read-only", s->path);
    case SQLITE_CANTOPEN:
        return pc_error_create(PC_ERROR_IO, "%s: it, or the files that SQLite needs beside it, cannot be opened: %s", s->path,
                               system_error ? strerror(system_error) : pc_sqlite.errmsg(s->db));
    case SQLITE_IOERR:
        return pc_error_create(PC_ERROR_IO, "%s: %s", s->path, system_error ? strerror(system_error) : pc_sqlite.errmsg(s->db));
    case SQLITE_CORRUPT:
        return pc_error_create(PC_ERROR_CORRUPT, "%s: the state is damaged (%s)", s->path, pc_sqlite.errmsg(s->db));
    default:
        return pc_error_create(PC_ERROR_IO, "%s: %s", s->path, pc_sqlite.errmsg(s->db));
    }
}

static pc_error *is_no_state(const pc_state_file *s)
{
    return pc_error_create(PC_ERROR_FORMAT, "%s: not a state of pycore's: it is left alone", s->path);
}

/* ---- SQL ---- */

static pc_error *run(pc_state_file *s, const char *sql)
{
    int code = pc_sqlite.exec(s->db, sql, NULL, NULL, NULL);
    return code == SQLITE_OK ? NULL : pc_state_file_fail(s, code);
}

pc_error *pc_state_file_step(pc_state_file *s, sqlite3_stmt *q, bool *ret_row)
{
    int code = pc_sqlite.step(q);
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        return pc_state_file_fail(s, code);
    if (ret_row)
        *ret_row = code == SQLITE_ROW;
    return NULL;
}

static pc_error *get_int(pc_state_file *s, const char *sql, int64_t *ret_value)
{
    PC_AUTO_STATEMENT q = NULL;
    bool row = false;
    int code = pc_sqlite.prepare_v2(s->db, sql, -1, &q, NULL);
    if (code != SQLITE_OK)
        return pc_state_file_fail(s, code);
    PC_TRY(pc_state_file_step(s, q, &row));
    *ret_value = row ? pc_sqlite.column_int64(q, 0) : 0;
    return NULL;
}

/* ---- opening ---- */

/* What the file begins with, read by SQLite's own descriptor: closing one of ours would drop its locks. An empty one is to become a
 * state; what is none, or newer, is found here before anything of it is locked, recovered or written. */
static pc_error *check_header(pc_state_file *s, bool read_only, bool *ret_empty)
{
    sqlite3_file *file = NULL;
    uint8_t head[100] = {0};
    sqlite3_int64 size = 0;
    int code = pc_sqlite.file_control(s->db, "main", SQLITE_FCNTL_FILE_POINTER, &file);
    if (code != SQLITE_OK || !file || !file->pMethods)
        return pc_state_file_fail(s, code);
    if ((code = file->pMethods->xFileSize(file, &size)) != SQLITE_OK)
        return pc_state_file_fail(s, code);
    if (size == 0 && !read_only) {
        *ret_empty = true;
        return NULL;
    }
    if (size < (sqlite3_int64)sizeof(head))
        return is_no_state(s);
    if ((code = file->pMethods->xRead(file, head, sizeof(head), 0)) != SQLITE_OK)
        return pc_state_file_fail(s, code);
    uint32_t version = (uint32_t)head[60] << 24 | (uint32_t)head[61] << 16 | (uint32_t)head[62] << 8 | head[63];
    uint32_t application = (uint32_t)head[68] << 24 | (uint32_t)head[69] << 16 | (uint32_t)head[70] << 8 | head[71];
    if (memcmp(head, "SQLite format 3", 16) || application != APPLICATION_ID || version == 0)
        return is_no_state(s);
    if (version > SCHEMA)
        return pc_error_create(PC_ERROR_FORMAT, "%s: written by a newer pycore (schema %" PRIu32 ", this one knows %d): it is left alone",
                               s->path, version, SCHEMA);
    *ret_empty = false;
    return NULL;
}

/* The same as SQLite sees it: what another process has just written may not be in the file yet. */
static pc_error *check_contents(pc_state_file *s, bool *ret_empty)
{
    int64_t application, version, tables;
    PC_TRY(get_int(s, "PRAGMA application_id", &application));
    PC_TRY(get_int(s, "PRAGMA user_version", &version));
    PC_TRY(get_int(s, "SELECT count(*) FROM sqlite_master", &tables));
    *ret_empty = application == 0 && version == 0 && tables == 0;
    if (*ret_empty)
        return NULL;
    if (application != APPLICATION_ID || version < 1)
        return is_no_state(s);
    if (version > SCHEMA)
        return pc_error_create(PC_ERROR_FORMAT, "%s: written by a newer pycore (schema %" PRId64 ", this one knows %d): it is left alone",
                               s->path, version, SCHEMA);
    return NULL;
}

static pc_error *make_tables(pc_state_file *s)
{
    char sql[64];
    bool empty;
    PC_TRY(check_contents(s, &empty));
    if (!empty)
        return NULL;
    for (size_t i = 0; i < PC_ARRAY_SIZE(schema); i++)
        PC_TRY(run(s, schema[i]));
    snprintf(sql, sizeof(sql), "PRAGMA application_id = %d", APPLICATION_ID);
    PC_TRY(run(s, sql));
    snprintf(sql, sizeof(sql), "PRAGMA user_version = %d", SCHEMA);
    return run(s, sql);
}

/* To set the mode takes the file for oneself, and does not wait for it. Some file systems have no shared memory, and stay without. */
static pc_error *set_wal(pc_state_file *s, bool *ret_is_wal)
{
    static const struct timespec pause = {.tv_nsec = 10000000};
    for (int tries = 0;; tries++) {
        PC_AUTO_STATEMENT q = NULL;
        int code = pc_sqlite.prepare_v2(s->db, "PRAGMA journal_mode = WAL", -1, &q, NULL);
        if (code == SQLITE_OK && (code = pc_sqlite.step(q)) == SQLITE_ROW) {
            const unsigned char *mode = pc_sqlite.column_text(q, 0);
            *ret_is_wal = mode && !strcmp((const char *)mode, "wal");
            return NULL;
        }
        if ((code & 0xff) != SQLITE_BUSY || tries >= PC_LIMIT_STATE_WAIT * 100)
            return pc_state_file_fail(s, code);
        nanosleep(&pause, NULL);
    }
}

/* With WAL and NORMAL no transaction waits for the disk: a process that is killed loses nothing, for the kernel has it. */
static pc_error *set_up_writing(pc_state_file *s)
{
    bool is_wal = false;
    PC_TRY(run(s, "BEGIN IMMEDIATE"));
    pc_error *error = make_tables(s);
    if (!error)
        error = run(s, "COMMIT");
    if (error) {
        pc_sqlite.exec(s->db, "ROLLBACK", NULL, NULL, NULL);
        return error;
    }
    PC_TRY(set_wal(s, &is_wal));
    return run(s, is_wal ? "PRAGMA synchronous = NORMAL" : "PRAGMA synchronous = FULL");
}

/* Nothing of the file is to run or to be believed: it may be anybody's. */
static pc_error *set_up(pc_state_file *s)
{
    pc_sqlite.extended_result_codes(s->db, 1);
    pc_sqlite.busy_timeout(s->db, PC_LIMIT_STATE_WAIT * 1000);
    pc_sqlite.db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    pc_sqlite.db_config(s->db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
#ifdef SQLITE_DBCONFIG_DEFENSIVE
    pc_sqlite.db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
#endif
#ifdef SQLITE_DBCONFIG_ENABLE_VIEW
    pc_sqlite.db_config(s->db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
#endif
    return run(s, "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON");
}

/* The folder without symbolic links, and the name in it. */
static pc_error *real_path(const char *path, char **ret_path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    char *folder = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup("."), *real;
    if (!folder)
        pc_out_of_memory();
    real = realpath(folder, NULL);
    free(folder);
    if (!real)
        return pc_error_create(PC_ERROR_IO, "%s: %s", path, strerror(errno));
    if (!*name || !strcmp(name, ".") || !strcmp(name, "..")) {
        free(real);
        return pc_error_create(PC_ERROR_IO, "%s: %s", path, *path ? "not a regular file" : "no name");
    }
    PC_AUTO_BUFFER full = {0};
    pc_buffer_printf(&full, "%s/%s", strcmp(real, "/") ? real : "", name);
    free(real);
    *ret_path = pc_strdup(pc_buffer_text(&full));
    return NULL;
}

static pc_error *make_file(const char *shown, const char *path)
{
    struct stat st;
    int fd;
    if (lstat(path, &st)) {
        if (errno != ENOENT)
            return pc_error_create(PC_ERROR_IO, "%s: %s", shown, strerror(errno));
        fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd >= 0)
            close(fd); /* nobody can have locks on it in this process */
        else if (errno != EEXIST)
            return pc_error_create(PC_ERROR_IO, "%s: cannot be made: %s", shown, strerror(errno));
        if (lstat(path, &st))
            return pc_error_create(PC_ERROR_IO, "%s: %s", shown, strerror(errno));
    }
    if (S_ISLNK(st.st_mode))
        return pc_error_create(PC_ERROR_IO, "%s: a symbolic link: name the file that it leads to", shown);
    return S_ISREG(st.st_mode) ? NULL : pc_error_create(PC_ERROR_IO, "%s: not a regular file", shown);
}

static pc_error *open_written(pc_state_file *s, const char *path)
{
    bool empty;
    PC_TRY(make_file(s->path, path));
    int code = pc_sqlite.open_v2(path, &s->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW, NULL);
    if (code != SQLITE_OK)
        return pc_state_file_fail(s, code);
    if (pc_sqlite.db_readonly(s->db, "main") == 1)
        return pc_state_file_fail(s, SQLITE_READONLY);
    PC_TRY(check_header(s, false, &empty));
    PC_TRY(set_up(s));
    PC_TRY(set_up_writing(s));
    pc_sqlite.db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
    int64_t tables; /* with what is read first, the files beside it are made */
    return get_int(s, "SELECT count(*) FROM sqlite_master", &tables);
}

/* As a URI: "file:" and the path, with what has a meaning there as %XX. */
static void put_uri(pc_buffer *uri, const char *path)
{
    pc_buffer_puts(uri, "file:");
    for (; *path; path++)
        if (strchr("%?#", *path))
            pc_buffer_printf(uri, "%%%02x", (unsigned char)*path);
        else
            pc_buffer_putc(uri, *path);
    pc_buffer_puts(uri, "?immutable=1");
}

/* Who may write there reads with locks as any other; without that, SQLite needs what a process that has it open has made beside
 * it. Where there is none, nobody writes, and it is read as it is. */
static pc_error *open_read(pc_state_file *s, const char *path)
{
    PC_AUTO_BUFFER folder = {0}, wal = {0}, uri = {0};
    bool empty;
    const char *slash = strrchr(path, '/');
    pc_buffer_append(&folder, path, slash == path ? 1 : (size_t)(slash - path));
    pc_buffer_printf(&wal, "%s-wal", path);
    bool may_write = !faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) && !faccessat(AT_FDCWD, folder.data, W_OK, AT_EACCESS);
    s->unlocked = !may_write && access(wal.data, F_OK);
    put_uri(&uri, path);
    int flags = SQLITE_OPEN_NOFOLLOW | (may_write ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY) | (s->unlocked ? SQLITE_OPEN_URI : 0);
    if (stat(path, &s->before))
        return pc_error_create(PC_ERROR_IO, "%s: %s", s->path, strerror(errno));
    int code = pc_sqlite.open_v2(s->unlocked ? uri.data : path, &s->db, flags, NULL);
    if (code != SQLITE_OK)
        return pc_state_file_fail(s, code);
    PC_TRY(check_header(s, true, &empty));
    PC_TRY(set_up(s));
    PC_TRY(check_contents(s, &empty));
    if (empty)
        return is_no_state(s);
    PC_TRY(run(s, "PRAGMA query_only = ON"));
    if (may_write) /* what others have left is tidied up by the last one */
        pc_sqlite.db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
    return NULL;
}

static pc_error *open_either(pc_state_file *s, bool read_only)
{
    char *path = NULL;
    struct stat st;
    pc_error *error = NULL;
    if (!read_only) {
        PC_TRY(real_path(s->path, &path));
        error = open_written(s, path);
    } else if (stat(s->path, &st) || !(path = realpath(s->path, NULL))) {
        error = pc_error_create(errno == ENOENT ? PC_ERROR_NOT_FOUND : PC_ERROR_IO, "%s: %s", s->path, strerror(errno));
    } else if (!S_ISREG(st.st_mode)) {
        error = pc_error_create(PC_ERROR_IO, "%s: not a regular file", s->path);
    } else {
        error = open_read(s, path);
    }
    s->real_path = path;
    return error;
}

pc_error *pc_state_file_open(pc_state_file *ret_file, const char *path, bool read_only)
{
    pc_error *error = pc_sqlite_load();
    if (error)
        return error;
    pc_state_file s = {.path = pc_strdup(path)};
    error = open_either(&s, read_only);
    if (error)
        pc_state_file_close(&s);
    else
        *ret_file = s;
    return error;
}

void pc_state_file_close(pc_state_file *s)
{
    pc_sqlite.close(s->db);
    free(s->path);
    free(s->real_path);
}

/* Whoever began to write a state that was read without locks has changed it on the way to us. */
pc_error *pc_state_file_check_unchanged(const pc_state_file *s)
{
    struct stat now;
    if (!s->unlocked)
        return NULL;
    if (stat(s->path, &now) || now.st_ino != s->before.st_ino || now.st_size != s->before.st_size ||
        now.st_mtim.tv_sec != s->before.st_mtim.tv_sec || now.st_mtim.tv_nsec != s->before.st_mtim.tv_nsec)
        return pc_error_create(PC_ERROR_IO, "%s: another process began to write it meanwhile: what was read is not to be relied on",
                               s->path);
    return NULL;
}

#endif
