/* Finding the interpreter in the core, and checking that what was found is one. */
#ifndef PC_PYTHON_RUNTIME_H
#define PC_PYTHON_RUNTIME_H

#include "python/scan.h"

/* Where a module says that an interpreter's state is. */
typedef struct pc_runtime_symbols {
    bool has_runtime, has_current_thread, has_interp_head, has_interpreter;
    pc_addr runtime;        /* _PyRuntime: 3.7 */
    pc_addr current_thread; /* _PyThreadState_Current: to 3.6 */
    pc_addr interp_head;    /* interp_head: to 3.6, a local symbol */
    pc_addr interpreter;    /* an interpreter state itself, found by a scan: the first of its list */
    const pc_scan_hits *others; /* what else the scan found; NULL: nothing */
    const char *found_by;
} pc_runtime_symbols;

/* Looks into one module; false where it has none of the symbols. */
bool pc_runtime_look(pc_module *module, pc_runtime_symbols *ret_symbols);

/* Sets py's first_interpreter, current_thread, version traits and limits, and validates them together with the layout:
 * the interpreters' and threads' lists must close, types must be types, code must be code. An error tells which of
 * these failed; py is then not to be used. */
pc_error *pc_runtime_attach(pc_python *py, const pc_runtime_symbols *symbols);

/* sys.version up to the first space ("3.11.7", "3.14.0a1+"), in the arena; NULL where it cannot be read. */
const char *pc_runtime_version(pc_python *py);

#endif
