/* What scans have seen: that it is kept by whatever ends a process, shared, and never written over something else. */
#include <CUnit/CUnit.h>
#include <CUnit/TestRun.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/limits.h"
#include "scan/found.h"
#include "scan/state.h"
#include "tests/check.h"
#include "tests/unit.h"

#ifdef HAVE_SQLITE

#include <sqlite3.h>

static char root[PATH_MAX / 2];
static char state_path[PATH_MAX];

static int set_up(void)
{
    snprintf(root, sizeof(root), "%s/pycore-unit-XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
    if (!mkdtemp(root))
        return 1;
    snprintf(state_path, sizeof(state_path), "%s/state", root);
    return 0;
}

static void remove_file(const char *suffix)
{
    char path[PATH_MAX + 16];
    snprintf(path, sizeof(path), "%s%s", state_path, suffix);
    unlink(path);
}

static void remove_state(void)
{
    remove_file("");
    remove_file("-wal");
    remove_file("-shm");
    remove_file("-journal");
}

static int tear_down(void)
{
    remove_state();
    return rmdir(root);
}

static pc_state *open_state(bool read_only)
{
    pc_state *state = NULL;
    CHECK_SUCCESS(pc_state_open(&state, state_path, read_only));
    if (!state)
        CU_FAIL_FATAL("no state");
    return state;
}

static void execute(const char *path, const char *sql)
{
    sqlite3 *db = NULL;
    if (sqlite3_open(path, &db) != SQLITE_OK || sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) {
        fprintf(stderr, "%s\n", sqlite3_errmsg(db));
        abort();
    }
    sqlite3_close(db);
}

/* The first column of the first row, as text. */
static const char *value_of(const char *sql)
{
    static char value[256];
    sqlite3 *db = NULL;
    sqlite3_stmt *q = NULL;
    value[0] = 0;
    if (sqlite3_open(state_path, &db) == SQLITE_OK && sqlite3_prepare_v2(db, sql, -1, &q, NULL) == SQLITE_OK && sqlite3_step(q) == SQLITE_ROW)
        snprintf(value, sizeof(value), "%s", sqlite3_column_text(q, 0) ? (const char *)sqlite3_column_text(q, 0) : "NULL");
    else
        snprintf(value, sizeof(value), "no row: %s", sqlite3_errmsg(db));
    sqlite3_finalize(q);
    sqlite3_close(db);
    return value;
}

static pc_outcome sample(const char *path)
{
    static const char *const frames[] = {"inner (a.py:3)", "outer (a.py:9)"};
    return (pc_outcome){.path = path,
                        .file = {.size = 4096, .changed = INT64_C(1700000000123456789), .device = 66, .inode = UINT64_MAX - 1},
                        .kind = PC_OUTCOME_REPORT,
                        .status = PC_REPORT_PARTIAL,
                        .reason = "no Python state",
                        .hash = "0123456789abcdef",
                        .text = "v1 SIGSEGV\na.inner",
                        .signal = 11,
                        .signal_name = "SIGSEGV",
                        .exception = "builtins.ValueError",
                        .version = "3.11.7",
                        .build_id = "00ff",
                        .command = "python3",
                        .has_pid = true,
                        .pid = 77,
                        .when = INT64_C(1700000000123456),
                        .frames = frames,
                        .frame_count = 2};
}

static void put(pc_state *state, const pc_outcome *outcome, const char *report)
{
    CHECK_SUCCESS(pc_state_put(state, outcome, report, report ? strlen(report) : 0, NULL));
}

static pc_state_seen look(pc_state *state, const pc_outcome *outcome)
{
    pc_arena arena;
    pc_outcome got;
    pc_state_seen seen = PC_STATE_NEW;
    pc_arena_init(&arena);
    CHECK_SUCCESS(pc_state_look(state, outcome->path, &outcome->file, &arena, &seen, &got));
    pc_arena_deinit(&arena);
    return seen;
}

/* ---- one process ---- */

static void test_known(void)
{
    pc_state *state = open_state(false);
    pc_outcome o = sample("/cores/a"), got = {0};
    bool is_new = false;
    pc_state_seen seen;
    struct stat st;
    CHECK_UINT(look(state, &o), PC_STATE_NEW);
    CHECK_SUCCESS(pc_state_put(state, &o, "{}", 2, &is_new));
    CHECK(is_new);
    pc_state_destroy(state);
    CHECK(!stat(state_path, &st) && (st.st_mode & 0777) == 0600);
    state = open_state(false);
    pc_arena arena;
    pc_arena_init(&arena);
    CHECK_SUCCESS(pc_state_look(state, "/cores/./a", &o.file, &arena, &seen, &got));
    CHECK_UINT(seen, PC_STATE_KNOWN);
    CHECK_TEXT(got.path, "/cores/./a");
    CHECK_UINT(got.file.inode, o.file.inode);
    CHECK_UINT(got.file.size, o.file.size);
    CHECK_INT(got.file.changed, o.file.changed);
    CHECK_UINT(got.kind, PC_OUTCOME_REPORT);
    CHECK_UINT(got.status, PC_REPORT_PARTIAL);
    CHECK_TEXT(got.reason, o.reason);
    CHECK_TEXT(got.hash, o.hash);
    CHECK_TEXT(got.text, o.text);
    CHECK_INT(got.signal, 11);
    CHECK_TEXT(got.signal_name, o.signal_name);
    CHECK_TEXT(got.exception, o.exception);
    CHECK_TEXT(got.version, o.version);
    CHECK_TEXT(got.build_id, o.build_id);
    CHECK_TEXT(got.command, o.command);
    CHECK(got.has_pid && got.pid == 77);
    CHECK_INT(got.when, o.when);
    CHECK_UINT(got.frame_count, 2);
    CHECK_TEXT(got.frames[1], "outer (a.py:9)");
    CHECK_SUCCESS(pc_state_put(state, &o, "{}", 2, &is_new));
    CHECK(!is_new);
    /* what is not known stays so */
    pc_outcome blank = {.path = "/cores/blank", .kind = PC_OUTCOME_NOT_CORE, .reason = "text"};
    put(state, &blank, NULL);
    CHECK_SUCCESS(pc_state_look(state, blank.path, &blank.file, &arena, &seen, &got));
    CHECK_UINT(seen, PC_STATE_KNOWN);
    CHECK(!got.hash && !got.text && !got.exception && !got.has_pid && !got.signal && !got.frame_count);
    CHECK_UINT(got.kind, PC_OUTCOME_NOT_CORE);
    pc_arena_deinit(&arena);
    pc_state_destroy(state);
    remove_state();
}

static void test_changed(void)
{
    pc_state *state = open_state(false);
    pc_outcome o = sample("/cores/a");
    put(state, &o, "{}");
    o.file.device++; /* which one it is changes from mount to mount */
    CHECK_UINT(look(state, &o), PC_STATE_KNOWN);
    o.file.size++;
    CHECK_UINT(look(state, &o), PC_STATE_CHANGED);
    o.file.size--;
    o.file.changed++;
    CHECK_UINT(look(state, &o), PC_STATE_CHANGED);
    o.file.changed--;
    o.file.inode--;
    CHECK_UINT(look(state, &o), PC_STATE_CHANGED);
    put(state, &o, "{}");
    CHECK_UINT(look(state, &o), PC_STATE_KNOWN);
    pc_state_destroy(state);
    CHECK_TEXT(value_of("SELECT count(*) FROM cores"), "1");
    remove_state();
}

static void test_retry(void)
{
    pc_state *state = open_state(false);
    pc_outcome o = sample("/cores/a");
    o.kind = PC_OUTCOME_FAILED;
    for (int i = 0; i < PC_LIMIT_SCAN_TRIES; i++) {
        CHECK_UINT(look(state, &o), i ? PC_STATE_RETRY : PC_STATE_NEW);
        put(state, &o, NULL);
    }
    CHECK_UINT(look(state, &o), PC_STATE_KNOWN);
    o.file.size++; /* another core: counted anew */
    CHECK_UINT(look(state, &o), PC_STATE_CHANGED);
    put(state, &o, NULL);
    CHECK_UINT(look(state, &o), PC_STATE_RETRY);
    o.kind = PC_OUTCOME_UNREADABLE;
    for (int i = 0; i < PC_LIMIT_SCAN_TRIES + 1; i++)
        put(state, &o, NULL);
    CHECK_UINT(look(state, &o), PC_STATE_RETRY);
    pc_state_destroy(state);
    CHECK_TEXT(value_of("SELECT tries FROM cores"), "5");
    remove_state();
}

static void test_times(void)
{
    pc_state *state = open_state(false);
    pc_outcome o = sample("/cores/a");
    int64_t first;
    pc_state_set_clock(state, 1000);
    put(state, &o, "{}");
    pc_state_set_clock(state, 2000);
    put(state, &o, "{}");
    CHECK_TEXT(value_of("SELECT first_seen || ' ' || scanned_at || ' ' || tries FROM cores"), "1000 2000 2");
    CHECK_SUCCESS(pc_state_first_seen(state, o.hash, &first));
    CHECK_INT(first, 1000);
    CHECK_SUCCESS(pc_state_first_seen(state, "fedcba9876543210", &first));
    CHECK_INT(first, INT64_MIN);
    pc_state_set_clock(state, 3000);
    o.file.size++;
    put(state, &o, "{}");
    CHECK_TEXT(value_of("SELECT first_seen || ' ' || tries FROM cores"), "3000 1");
    CHECK_SUCCESS(pc_state_first_seen(state, o.hash, &first));
    CHECK_INT(first, 1000);
    pc_state_set_clock(state, 0);
    put(state, &o, "{}");
    pc_state_destroy(state);
    CHECK_TEXT(value_of("SELECT scanned_at > 1600000000000000 FROM cores"), "1");
    remove_state();
}

static void test_paths(void)
{
    char here[PATH_MAX], full[PATH_MAX + 64];
    pc_state *state = open_state(false);
    pc_outcome o = sample("core\xff");
    CHECK(getcwd(here, sizeof(here)) != NULL);
    put(state, &o, NULL);
    CHECK_TEXT(value_of("SELECT typeof(path) FROM cores"), "blob");
    o.path = "./x//core\xff/../y";
    put(state, &o, NULL);
    o.path = "a/./\xc3\xa4";
    put(state, &o, NULL);
    CHECK_TEXT(value_of("SELECT count(*) FROM cores WHERE typeof(path) = 'text'"), "1");
    snprintf(full, sizeof(full), "%s/a/\xc3\xa4", here);
    CHECK_TEXT(value_of("SELECT path FROM cores WHERE typeof(path) = 'text'"), full);
    o.path = full;
    CHECK_UINT(look(state, &o), PC_STATE_KNOWN);
    snprintf(full, sizeof(full), "%s/x/core\xff/../y", here);
    CHECK_UINT(look(state, &o), PC_STATE_KNOWN);
    pc_state_destroy(state);
    remove_state();
}

static void test_reports(void)
{
    pc_state *state = open_state(false);
    pc_outcome o = sample("/cores/a");
    size_t size = 1 << 20;
    char *large = pc_malloc(size + 1);
    for (size_t i = 0; i < size; i++)
        large[i] = (char)(' ' + i * i % 90);
    large[size] = 0;
    PC_AUTO_BUFFER got = {0};
    put(state, &o, large);
    CHECK_SUCCESS(pc_state_report(state, o.path, &got));
    CHECK_UINT(got.length, size);
    CHECK(!strcmp(got.data, large));
    CHECK_TEXT(value_of("SELECT report_size || (length(report) < report_size / 2) FROM cores"), "10485761");
    free(large);
    pc_buffer_cut(&got, 0);
    put(state, &o, "{}"); /* no shorter when it is compressed */
    CHECK_SUCCESS(pc_state_report(state, o.path, &got));
    CHECK_TEXT(got.data, "{}");
    put(state, &o, NULL);
    CHECK_ERROR(pc_state_report(state, o.path, &got), PC_ERROR_NOT_FOUND);
    CHECK_ERROR(pc_state_report(state, "/cores/b", &got), PC_ERROR_NOT_FOUND);
    put(state, &o, "{}");
    execute(state_path, "UPDATE cores SET report_size = 3");
    CHECK_ERROR(pc_state_report(state, o.path, &got), PC_ERROR_CORRUPT);
    execute(state_path, "UPDATE cores SET report_size = -1");
    CHECK_ERROR(pc_state_report(state, o.path, &got), PC_ERROR_CORRUPT);
    CHECK_TEXT(got.data, "{}");
    pc_state_destroy(state);
    remove_state();
}

/* ---- listing ---- */

static pc_error *collect_row(void *context, const pc_state_row *row)
{
    pc_buffer_printf(context, "%s %" PRId64 " %s;", row->outcome.path, row->group_first_seen, row->report ? row->report : "-");
    return NULL;
}

static pc_error *refuse_row(void *context, const pc_state_row *row)
{
    (*(int *)context)++;
    return pc_error_create(PC_ERROR_LIMIT, "%s", row->outcome.path);
}

static void check_list(pc_state *state, pc_state_query query, const char *wanted)
{
    PC_AUTO_BUFFER got = {0};
    CHECK_SUCCESS(pc_state_each(state, &query, collect_row, &got));
    CHECK_TEXT(pc_buffer_text(&got), wanted);
}

static void put_listed(pc_state *state, int64_t now, const char *path, const char *hash)
{
    pc_outcome o = sample(path);
    o.hash = hash;
    pc_state_set_clock(state, now);
    put(state, &o, path);
}

static void test_list(void)
{
    int count = 0;
    pc_state *state = open_state(false);
    put_listed(state, 10, "/a", "aaaaaaaaaaaaaaaa");
    put_listed(state, 20, "/c", "bbbbbbbbbbbbbbbb");
    put_listed(state, 30, "/b", "aaaaaaaaaaaaaaaa");
    put_listed(state, 40, "/d", NULL);
    check_list(state, (pc_state_query){0}, "/a 10 -;/b 10 -;/c 20 -;/d 40 -;");
    check_list(state, (pc_state_query){.has_since = true, .since_us = 20, .with_reports = true}, "/c 20 /c;/d 40 /d;");
    check_list(state, (pc_state_query){.has_since = true, .since_us = 21}, "/d 40 -;");
    check_list(state, (pc_state_query){.has_since = true, .since_us = 41}, "");
    check_list(state, (pc_state_query){.hash = "aaaaaaaaaaaaaaaa", .with_reports = true}, "/a 10 /a;/b 10 /b;");
    check_list(state, (pc_state_query){.hash = "aaaaaaaaaaaaaaaa", .has_since = true, .since_us = 11}, "");
    check_list(state, (pc_state_query){.hash = "' OR 1"}, "");
    CHECK_ERROR(pc_state_each(state, &(pc_state_query){0}, refuse_row, &count), PC_ERROR_LIMIT);
    CHECK_INT(count, 1);
    /* the core of a new defect under an old path; its old signature stays known */
    put_listed(state, 50, "/a", "cccccccccccccccc");
    check_list(state, (pc_state_query){.has_since = true, .since_us = 50}, "/a 50 -;");
    pc_state_destroy(state);
    state = open_state(true);
    check_list(state, (pc_state_query){.has_since = true, .since_us = 50}, "/a 50 -;");
    pc_outcome o = sample("/z");
    CHECK_ERROR(pc_state_put(state, &o, NULL, 0, NULL), PC_ERROR_IO);
    pc_state_destroy(state);
    remove_state();
}

/* ---- what is no state ---- */

static void write_file(const char *bytes, size_t size)
{
    FILE *f = fopen(state_path, "wb");
    if (!f || fwrite(bytes, 1, size, f) != size || fclose(f))
        abort();
}

/* Size, time and contents; nothing beside it. */
static void check_refused(pc_error_code code)
{
    char before[8192], after[8192];
    struct stat st;
    FILE *f = fopen(state_path, "rb");
    size_t size = f ? fread(before, 1, sizeof(before), f) : 0;
    CHECK(f != NULL);
    if (f)
        fclose(f);
    for (int read_only = 0; read_only < 2; read_only++) {
        pc_state *state = NULL;
        CHECK_ERROR(pc_state_open(&state, state_path, read_only), code);
        CHECK(state == NULL);
    }
    f = fopen(state_path, "rb");
    CHECK_UINT(f ? fread(after, 1, sizeof(after), f) : 0, size);
    if (f)
        fclose(f);
    CHECK(!memcmp(before, after, size));
    char path[PATH_MAX + 16];
    snprintf(path, sizeof(path), "%s-wal", state_path);
    CHECK(stat(path, &st) && errno == ENOENT);
    remove_state();
}

static void test_foreign(void)
{
    write_file("hello\n", 6);
    check_refused(PC_ERROR_FORMAT);
    char zeros[4096] = {0};
    write_file(zeros, sizeof(zeros));
    check_refused(PC_ERROR_FORMAT);
    memset(zeros, 'x', sizeof(zeros));
    write_file(zeros, sizeof(zeros));
    check_refused(PC_ERROR_FORMAT);
    execute(state_path, "CREATE TABLE cores (path)");
    check_refused(PC_ERROR_FORMAT);
    execute(state_path, "PRAGMA journal_mode = WAL; CREATE TABLE other (x)");
    check_refused(PC_ERROR_FORMAT);
    pc_state_destroy(open_state(false));
    execute(state_path, "PRAGMA user_version = 2");
    check_refused(PC_ERROR_FORMAT);
    pc_state_destroy(open_state(false));
    execute(state_path, "PRAGMA user_version = 0");
    check_refused(PC_ERROR_FORMAT);
    /* an empty file becomes one, but not by being read */
    pc_state *state = NULL;
    write_file("", 0);
    CHECK_ERROR(pc_state_open(&state, state_path, true), PC_ERROR_FORMAT);
    pc_state_destroy(open_state(false));
    pc_state_destroy(open_state(true));
    remove_state();
}

static void test_newer_meanwhile(void)
{
    /* what another process has written is still beside the file that it is for */
    pc_state *state = open_state(false), *other = NULL;
    sqlite3 *db = NULL;
    CHECK(sqlite3_open(state_path, &db) == SQLITE_OK);
    CHECK(sqlite3_exec(db, "PRAGMA user_version = 7", NULL, NULL, NULL) == SQLITE_OK);
    CHECK_ERROR(pc_state_open(&other, state_path, false), PC_ERROR_FORMAT);
    CHECK_ERROR(pc_state_open(&other, state_path, true), PC_ERROR_FORMAT);
    sqlite3_close(db);
    pc_state_destroy(state);
    remove_state();
}

static void test_not_regular(void)
{
    char link_path[PATH_MAX + 16];
    pc_state *state = NULL;
    CHECK_ERROR(pc_state_open(&state, root, false), PC_ERROR_IO);
    CHECK_ERROR(pc_state_open(&state, root, true), PC_ERROR_IO);
    CHECK_ERROR(pc_state_open(&state, "/dev/null", false), PC_ERROR_IO);
    CHECK_ERROR(pc_state_open(&state, "/dev/null", true), PC_ERROR_IO);
    CHECK_ERROR(pc_state_open(&state, "", false), PC_ERROR_IO);
    CHECK_ERROR(pc_state_open(&state, state_path, true), PC_ERROR_NOT_FOUND);
    snprintf(link_path, sizeof(link_path), "%s/none/state", root);
    CHECK_ERROR(pc_state_open(&state, link_path, false), PC_ERROR_IO);
    snprintf(link_path, sizeof(link_path), "%s/link", root);
    CHECK(!symlink(state_path, link_path));
    CHECK_ERROR(pc_state_open(&state, link_path, false), PC_ERROR_IO);
    CHECK(access(state_path, F_OK) != 0);
    pc_state_destroy(open_state(false));
    CHECK_ERROR(pc_state_open(&state, link_path, false), PC_ERROR_IO);
    CHECK_SUCCESS(pc_state_open(&state, link_path, true));
    pc_state_destroy(state);
    unlink(link_path);
    CHECK(!mkfifo(link_path, 0600));
    CHECK_ERROR(pc_state_open(&state, link_path, false), PC_ERROR_IO);
    CHECK_ERROR(pc_state_open(&state, link_path, true), PC_ERROR_IO);
    unlink(link_path);
    remove_state();
}

/* ---- processes ---- */

/* In a child, whose exit status is how many checks failed. */
static int run_child(void (*what)(void))
{
    int status;
    pid_t child = fork();
    if (!child) {
        unsigned before = CU_get_number_of_failures();
        what();
        for (CU_pFailureRecord f = CU_get_failure_list(); f && CU_get_number_of_failures() > before; f = f->pNext)
            fprintf(stderr, "in a child: %s:%u: %s\n", f->strFileName, f->uiLineNumber, f->strCondition);
        fflush(NULL);
        _exit((int)(CU_get_number_of_failures() - before));
    }
    return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* As one who may read and not write; root may always. */
static void read_as_other(void)
{
    pc_state *state = NULL;
    if (!geteuid() && (setegid(65534) || seteuid(65534)))
        return;
    CHECK_ERROR(pc_state_open(&state, state_path, false), PC_ERROR_IO);
    CHECK_SUCCESS(pc_state_open(&state, state_path, true));
    if (!state)
        return;
    check_list(state, (pc_state_query){0}, "/a 10 -;");
    pc_state_destroy(state);
}

static void make_as_other(void)
{
    pc_state *state = NULL;
    if (!geteuid() && (setegid(65534) || seteuid(65534)))
        return;
    CHECK_ERROR(pc_state_open(&state, state_path, false), PC_ERROR_IO);
}

static void test_read_only_folder(void)
{
    pc_state *state = open_state(false);
    put_listed(state, 10, "/a", "aaaaaaaaaaaaaaaa");
    pc_state_destroy(state);
    CHECK(!chmod(state_path, 0644)); /* which the files beside it get, too */
    state = open_state(false);
    CHECK(!chmod(root, 0555));
    if (!geteuid())
        CHECK_INT(run_child(read_as_other), 0); /* beside one who writes it */
    pc_state_destroy(state);
    CHECK_INT(run_child(read_as_other), 0);
    CHECK(!chmod(root, 0755));
    remove_state();
    CHECK(!chmod(root, 0555));
    CHECK_INT(run_child(make_as_other), 0);
    CHECK(!chmod(root, 0700));
}

static void fill_disk(void)
{
    pc_state *state = open_state(false);
    char report[3000], path[32];
    pc_error *error = NULL;
    unsigned seed = 1, stored = 0;
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){200000, RLIM_INFINITY});
    for (int i = 0; i < 1000 && !error; i++) {
        for (size_t k = 0; k < sizeof(report); k++)
            report[k] = (char)(seed = seed * 1103515245 + 12345) & 0x7f;
        snprintf(path, sizeof(path), "/%d", i);
        pc_outcome o = sample(path);
        error = pc_state_put(state, &o, report, sizeof(report), NULL);
        stored += !error;
    }
    CHECK_ERROR(error, PC_ERROR_IO);
    CHECK(stored > 0);
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){RLIM_INFINITY, RLIM_INFINITY});
    put_listed(state, 10, "/a", "aaaaaaaaaaaaaaaa");
    char wanted[32];
    snprintf(wanted, sizeof(wanted), "%u ok", stored + 1);
    CHECK_TEXT(value_of("SELECT count(*) || ' ' || (SELECT integrity_check FROM pragma_integrity_check) FROM cores"), wanted);
    pc_state_destroy(state);
}

static void test_full_disk(void)
{
    CHECK_INT(run_child(fill_disk), 0);
    remove_state();
}

static void test_fork(void)
{
    pc_state *state = open_state(false);
    pc_outcome o = sample("/cores/a");
    put(state, &o, NULL);
    int status = -1;
    pid_t child = fork();
    if (!child) {
        pc_error *error = pc_state_put(state, &o, NULL, 0, NULL);
        pc_state_destroy(state);
        _exit(!error);
    }
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    put(state, &o, NULL);
    /* nothing stays open for a program that is run; and its files are not opened as cores */
    for (int fd = 3; fd < 64; fd++) {
        char path[64], target[PATH_MAX] = "";
        snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
        if (readlink(path, target, sizeof(target) - 1) > 0 && !strncmp(target, state_path, strlen(state_path)))
            CHECK(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    }
    pc_arena arena;
    pc_found found;
    pc_arena_init(&arena);
    static const char *const suffixes[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < PC_ARRAY_SIZE(suffixes); i++) {
        char path[PATH_MAX + 16];
        snprintf(path, sizeof(path), "%s%s", state_path, suffixes[i]);
        pc_found_look(&found, path, &arena);
        CHECK_UINT(found.kind, PC_FOUND_NOT_CORE);
        CHECK_TEXT(found.reason, "the state of this scan");
    }
    pc_state_destroy(state);
    pc_found_look(&found, state_path, &arena);
    CHECK_TEXT(found.reason, "data");
    pc_arena_deinit(&arena);
    remove_state();
}

enum { WRITERS = 4, ROUNDS = 50 };

/* All of them put the same paths, and some of their own; the first ones make the file at the same time. */
static void write_much(int number)
{
    pc_state *state = NULL;
    pc_error *error = pc_state_open(&state, state_path, false);
    for (int i = 0; i < ROUNDS && !error; i++) {
        char path[32];
        snprintf(path, sizeof(path), i % 2 ? "/shared/%d" : "/own/%d.%d", i, number);
        pc_outcome o = sample(path);
        error = pc_state_put(state, &o, "{\"report\": 1}", 13, NULL);
    }
    if (error)
        fprintf(stderr, "%s\n", error->message);
    pc_state_destroy(state);
    _exit(error != NULL);
}

static void test_concurrent(void)
{
    pid_t children[WRITERS];
    for (int i = 0; i < WRITERS; i++)
        if (!(children[i] = fork()))
            write_much(i);
    for (int i = 0; i < WRITERS; i++) {
        int status = -1;
        CHECK(waitpid(children[i], &status, 0) == children[i] && status == 0);
    }
    CHECK_TEXT(value_of("SELECT count(*) || ' ' || count(DISTINCT path) || ' ' || sum(tries) FROM cores"), "125 125 200");
    CHECK_TEXT(value_of("SELECT count(*) FROM signatures"), "1");
    CHECK_TEXT(value_of("PRAGMA integrity_check"), "ok");
    remove_state();
}

/* Tells of each core that was put, and is killed at any instant. */
static void put_and_tell(int fd, unsigned first)
{
    pc_state *state = NULL;
    char report[2000];
    if (!pc_ok(pc_state_open(&state, state_path, false)))
        _exit(1);
    for (unsigned i = first;; i++) {
        char path[32];
        snprintf(path, sizeof(path), "/%u", i);
        pc_outcome o = sample(path);
        memset(report, 'a' + (int)(i % 26), sizeof(report));
        if (!pc_ok(pc_state_put(state, &o, report, sizeof(report), NULL)) || write(fd, &i, sizeof(i)) != sizeof(i))
            _exit(1);
    }
}

/* How far it comes before each kill is counted in what it has put, and a little more that differs from round to round. */
static void test_kill(void)
{
    unsigned told = 0, seed = 7;
    for (int round = 0; round < 20; round++) {
        int fds[2], status;
        unsigned i;
        check_context("round %d", round);
        CHECK(!pipe(fds));
        pid_t child = fork();
        if (!child) {
            close(fds[0]);
            put_and_tell(fds[1], told);
        }
        close(fds[1]);
        unsigned wanted = told + (seed = seed * 1103515245 + 12345) / 65536 % 40;
        while (told < wanted && read(fds[0], &i, sizeof(i)) == sizeof(i))
            told = i + 1;
        usleep(seed / 65536 % 3000);
        kill(child, SIGKILL);
        CHECK(waitpid(child, &status, 0) == child && WIFSIGNALED(status));
        while (read(fds[0], &i, sizeof(i)) == sizeof(i))
            told = i + 1;
        close(fds[0]);
        if (access(state_path, F_OK) && !told)
            continue;
        /* one more may have been put and not told of */
        pc_state *state = open_state(false);
        char sql[256];
        snprintf(sql, sizeof(sql), "SELECT (SELECT integrity_check FROM pragma_integrity_check) || ' ' || (count(*) IN (%u, %u)) || "
                 "' ' || count(DISTINCT path) = 'ok 1 ' || count(*) FROM cores", told, told + 1);
        CHECK_TEXT(value_of(sql), "1");
        for (i = 0; i < told; i++) {
            char path[32];
            PC_AUTO_BUFFER report = {0};
            snprintf(path, sizeof(path), "/%u", i);
            CHECK_SUCCESS(pc_state_report(state, path, &report));
            CHECK(report.length == 2000 && report.data[0] == 'a' + (int)(i % 26));
        }
        pc_state_destroy(state);
    }
    check_context("%s", "");
    CHECK(told > 20);
    remove_state();
}

static void test_damaged(void)
{
    pc_state *state = open_state(false);
    for (int i = 0; i < 50; i++) {
        char path[32];
        snprintf(path, sizeof(path), "/%d", i);
        pc_outcome o = sample(path);
        put(state, &o, "{}");
    }
    pc_state_destroy(state);
    int fd = open(state_path, O_WRONLY);
    char garbage[4096];
    memset(garbage, 0xa5, sizeof(garbage));
    struct stat st;
    CHECK(!fstat(fd, &st));
    for (off_t at = 4096; at < st.st_size; at += 4096)
        CHECK(pwrite(fd, garbage, sizeof(garbage), at) == sizeof(garbage));
    close(fd);
    state = NULL;
    pc_error *error = pc_state_open(&state, state_path, false);
    if (!error) {
        PC_AUTO_BUFFER got = {0};
        error = pc_state_each(state, &(pc_state_query){0}, collect_row, &got);
    }
    CHECK_ERROR(error, PC_ERROR_CORRUPT);
    pc_state_destroy(state);
    remove_state();
}

#else

static int set_up(void)
{
    return 0;
}

static int tear_down(void)
{
    return 0;
}

static void test_none(void)
{
    pc_state *state = NULL;
    CHECK_ERROR(pc_state_open(&state, "state", false), PC_ERROR_NOT_FOUND);
    pc_state_destroy(state);
}

#endif

void suite_state(void)
{
    CU_pSuite suite = CU_add_suite("state", set_up, tear_down);
#ifdef HAVE_SQLITE
    CU_add_test(suite, "what was scanned is known", test_known);
    CU_add_test(suite, "what has changed is another core", test_changed);
    CU_add_test(suite, "what failed is tried again, a few times", test_retry);
    CU_add_test(suite, "times", test_times);
    CU_add_test(suite, "paths", test_paths);
    CU_add_test(suite, "reports", test_reports);
    CU_add_test(suite, "lists", test_list);
    CU_add_test(suite, "other files and newer states are left alone", test_foreign);
    CU_add_test(suite, "a state that is newer in its log alone", test_newer_meanwhile);
    CU_add_test(suite, "links, devices, folders", test_not_regular);
    CU_add_test(suite, "a folder that may not be written", test_read_only_folder);
    CU_add_test(suite, "a full disk", test_full_disk);
    CU_add_test(suite, "a forked process", test_fork);
    CU_add_test(suite, "several writers", test_concurrent);
    CU_add_test(suite, "killed at any instant", test_kill);
    CU_add_test(suite, "a damaged file", test_damaged);
#else
    CU_add_test(suite, "without SQLite", test_none);
#endif
}
