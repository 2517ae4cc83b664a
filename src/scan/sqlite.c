#include "scan/sqlite.h"

#ifdef HAVE_SQLITE

pc_sqlite_functions pc_sqlite PC_LIBRARY_LINKED(PC_SQLITE);
PC_LIBRARY_LOADER(load, pc_sqlite, "libsqlite3.so.0", PC_SQLITE)

pc_error *pc_sqlite_load(void)
{
    return load();
}

#endif
