/* Which version of CPython a core is of, before anything of it can be read: what several places say of it. None is believed: they
 * decide which layouts are tried first, and are compared with sys.hexversion once that has been read. */
#ifndef PC_PYTHON_VERSION_H
#define PC_PYTHON_VERSION_H

#include "python/runtime.h"

typedef struct pc_version_claim {
    const char *where; /* who says so, for people */
    unsigned major, minor, micro;
    bool has_micro;
} pc_version_claim;

typedef struct pc_version_claims {
    pc_version_claim items[8]; /* what is believed sooner comes first */
    size_t count;
    bool has_free_threaded, free_threaded; /* as _Py_DebugOffsets says */
    pc_module *unread; /* whose file's constants were not searched, as the interpreter's own variables say it; NULL: none */
    size_t read;       /* how many claims come before what they would say */
} pc_version_claims;

/* module may be NULL; where is what is known of the runtime's place. To search the constants of a file costs more than all others,
 * and is done where nothing better is known. */
void pc_version_gather(pc_modules *modules, pc_module *module, const pc_runtime_symbols *where, pc_version_claims *ret_claims);
/* What is to be looked for among the tables. */
pc_abi_hint pc_version_hint(const pc_core *core, const pc_module *module, const pc_version_claims *claims);
/* Diagnoses those that say something else than the interpreter itself. The constants are searched where its variables do. */
void pc_version_compare(pc_python *py, pc_version_claims *claims);

/* The cookie and the version at the beginning of a runtime state (3.13). */
#define PC_DEBUG_COOKIE "xdebugpy"
bool pc_version_of_runtime(pc_memory *memory, pc_addr runtime, uint64_t *ret_hex, bool *ret_free_threaded);

#endif
