/* SQLite's functions that a state needs. The library is loaded when a scan has a state: to link it would take a quarter of the start
 * of every other run, for its relocations. A static program has it linked. */
#ifndef PC_SCAN_SQLITE_H
#define PC_SCAN_SQLITE_H

#ifdef HAVE_SQLITE

#include <sqlite3.h>

#include "base/error.h"

#define PC_SQLITE_FUNCTIONS(F) \
    F(bind_blob) F(bind_blob64) F(bind_int64) F(bind_text) F(busy_timeout) F(changes) F(clear_bindings) F(close) F(column_blob) \
    F(column_bytes) F(column_int) F(column_int64) F(column_text) F(column_type) F(db_config) F(db_readonly) F(errmsg) F(exec) \
    F(extended_result_codes) F(file_control) F(finalize) F(get_autocommit) F(libversion_number) F(open_v2) F(prepare_v2) \
    F(prepare_v3) F(reset) F(step) F(system_errno)

typedef struct pc_sqlite_functions {
#define PC_SQLITE_FUNCTION(name) __typeof__(&sqlite3_##name) name;
    PC_SQLITE_FUNCTIONS(PC_SQLITE_FUNCTION)
#undef PC_SQLITE_FUNCTION
} pc_sqlite_functions;

/* pc_sqlite.step is sqlite3_step, and so on, once pc_sqlite_load() has succeeded. */
extern pc_sqlite_functions pc_sqlite;

/* Any number of times. PC_ERROR_IO: the library is not there, or older than 3.24. */
pc_error *pc_sqlite_load(void);

#endif
#endif
