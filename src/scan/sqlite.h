/* SQLite's functions that a state needs; the library is loaded when a scan has one. */
#ifndef PC_SCAN_SQLITE_H
#define PC_SCAN_SQLITE_H

#ifdef HAVE_SQLITE

#include <sqlite3.h>

#include "base/shared_library.h"

/* str_new is not called: it is as old as what the statements need, 3.24. */
#define PC_SQLITE(F) \
    F(sqlite3_, bind_blob) F(sqlite3_, bind_blob64) F(sqlite3_, bind_int64) F(sqlite3_, bind_text) F(sqlite3_, busy_timeout) \
    F(sqlite3_, changes) F(sqlite3_, clear_bindings) F(sqlite3_, close) F(sqlite3_, column_blob) F(sqlite3_, column_bytes) \
    F(sqlite3_, column_int) F(sqlite3_, column_int64) F(sqlite3_, column_text) F(sqlite3_, column_type) F(sqlite3_, db_config) \
    F(sqlite3_, db_readonly) F(sqlite3_, errmsg) F(sqlite3_, exec) F(sqlite3_, extended_result_codes) F(sqlite3_, file_control) \
    F(sqlite3_, finalize) F(sqlite3_, get_autocommit) F(sqlite3_, open_v2) F(sqlite3_, prepare_v2) F(sqlite3_, prepare_v3) \
    F(sqlite3_, reset) F(sqlite3_, step) F(sqlite3_, str_new) F(sqlite3_, system_errno)

typedef PC_LIBRARY(PC_SQLITE) pc_sqlite_functions;

/* pc_sqlite.step is sqlite3_step, and so on, once pc_sqlite_load() has succeeded. */
extern pc_sqlite_functions pc_sqlite;

/* Any number of times. PC_ERROR_IO: the library is not there, or older than 3.24. */
pc_error *pc_sqlite_load(void);

#endif
#endif
