/* What could not be had, kept beside the result: code, message and, where there is one, the target's address. */
#ifndef PC_BASE_DIAGNOSTICS_H
#define PC_BASE_DIAGNOSTICS_H

#include "base/arena.h"
#include "base/error.h"

typedef enum pc_severity { PC_SEVERITY_INFO, PC_SEVERITY_WARNING, PC_SEVERITY_ERROR } pc_severity;

typedef struct pc_diagnostic {
    pc_severity severity;
    const char *code; /* a word of a fixed vocabulary: pycore-report(5) */
    const char *message;
    bool has_address;
    pc_addr address;
} pc_diagnostic;

typedef struct pc_diagnostics {
    pc_arena *arena;
    pc_diagnostic *items;
    size_t count, capacity, dropped;
} pc_diagnostics;

void pc_diagnostics_init(pc_diagnostics *diagnostics, pc_arena *arena);
void pc_diagnostics_deinit(pc_diagnostics *diagnostics);
/* code must live as long as the list. The message is made valid UTF-8. */
void pc_diagnose(pc_diagnostics *diagnostics, pc_severity severity, const char *code, const char *format, ...)
    PC_PRINTF(4, 5);
/* One that was made before; its texts must live as long as the list. */
void pc_diagnose_again(pc_diagnostics *diagnostics, const pc_diagnostic *diagnostic);
/* Takes the error over: "what: its message". */
void pc_diagnose_error(pc_diagnostics *diagnostics, pc_severity severity, pc_error *error, const char *format, ...)
    PC_PRINTF(4, 5);
const char *pc_severity_name(pc_severity severity);

#endif
