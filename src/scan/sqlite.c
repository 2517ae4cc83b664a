#include "scan/sqlite.h"

#ifdef HAVE_SQLITE

#include "base/shared_library.h"
#include "base/types.h"

/* of all of SQLite 3 */
#define SONAME "libsqlite3.so.0"
#define OLDEST 3024000

#ifdef STATIC_EXE

#define FUNCTION(name) .name = sqlite3_##name,
pc_sqlite_functions pc_sqlite = {PC_SQLITE_FUNCTIONS(FUNCTION)};

pc_error *pc_sqlite_load(void)
{
    return NULL;
}

#else

#define NAME(name) "sqlite3_" #name,
static const char *const names[] = {PC_SQLITE_FUNCTIONS(NAME)};
_Static_assert(sizeof(pc_sqlite_functions) == PC_ARRAY_SIZE(names) * sizeof(void *), "pointers, one behind the other");

pc_sqlite_functions pc_sqlite;

pc_error *pc_sqlite_load(void)
{
    pc_sqlite_functions loaded;
    if (pc_sqlite.open_v2)
        return NULL;
    PC_TRY(pc_shared_library_load(SONAME, names, PC_ARRAY_SIZE(names), &loaded));
    if (loaded.libversion_number() < OLDEST)
        return pc_error_create(PC_ERROR_IO, "%s is older than 3.24", SONAME);
    pc_sqlite = loaded;
    return NULL;
}

#endif
#endif
