/* The file of a state: an SQLite database that is a state and nothing else, or is to become one. For state.c, and with SQLite only. */
#ifndef PC_SCAN_STATE_FILE_H
#define PC_SCAN_STATE_FILE_H

#ifdef HAVE_SQLITE

#include <sys/stat.h>

#include "base/error.h"
#include "scan/sqlite.h"

typedef struct pc_state_file {
    char *path;         /* as it was named, for messages */
    char *real_path;    /* without symbolic links */
    sqlite3 *db;
    bool unlocked;      /* read without locks, as nobody writes it: whether that stayed so is seen by what stat says */
    struct stat before;
} pc_state_file;

pc_error *pc_state_file_open(pc_state_file *ret_file, const char *path, bool read_only);
void pc_state_file_close(pc_state_file *file);
/* Of what was read so far: an error where it cannot be relied on. */
pc_error *pc_state_file_check_unchanged(const pc_state_file *file);

/* What SQLite's code means, in one line. */
pc_error *pc_state_file_fail(const pc_state_file *file, int code);
/* *ret_row (may be NULL): there is a row. */
pc_error *pc_state_file_step(pc_state_file *file, sqlite3_stmt *statement, bool *ret_row);

static inline void pc_statement_cleanup(sqlite3_stmt **statement)
{
    pc_sqlite.finalize(*statement);
}
#define PC_AUTO_STATEMENT __attribute__((cleanup(pc_statement_cleanup))) sqlite3_stmt *

#endif
#endif
