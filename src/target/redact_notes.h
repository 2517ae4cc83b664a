/* What the notes of a core tell of a process's values: registers, the kernel's copy of the command line. */
#ifndef PC_TARGET_REDACT_NOTES_H
#define PC_TARGET_REDACT_NOTES_H

#include "target/core.h"

/* Whether the register's value is not to be told. */
bool pc_redact_register(const pc_redaction *redaction, const pc_core *core, const pc_lwp *lwp, const pc_register_layout *layout);
/* Takes out of one PT_NOTE, in place, what is not to be told: registers, the 80 bytes of arguments (all of them where they are
 * known otherwise), and the contents of notes that no report needs. */
void pc_redact_notes(const pc_redaction *redaction, const pc_core *core, bool arguments_known, uint8_t *bytes, size_t size);

#endif
