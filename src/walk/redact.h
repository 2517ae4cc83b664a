/* What --redact keeps out of a report, where texts are made: the process's environment, which tells what to look for, and the
 * places that are not repr() of an object. */
#ifndef PC_WALK_REDACT_H
#define PC_WALK_REDACT_H

#include "target/redact_notes.h"
#include "walk/result.h"

#define PC_REDACT_SECRET_NAME "password" /* stands for the name of what is in an object that is secret itself */

/* Adds the values of the environment that the process got, and of os.environ as it was. py: NULL where no interpreter is known. A
 * diagnostic where neither is in the core. What is read for it is not taken down. */
void pc_redact_environment(pc_redaction *redaction, pc_core *core, pc_python *py);

/* The text as it may be told: a copy in the arena with marks, or the text itself. *redacted becomes true where something is
 * left out. cut: what was behind it is missing. */
const char *pc_redact_text(const pc_redaction *redaction, pc_arena *arena, const char *text, pc_secrets_form form, bool cut, bool *redacted);
/* Once more over a text that is put together. */
void pc_redact_repr(pc_walk *walk, pc_repr *repr);
/* repr() of what is under that name (NULL: under none). */
pc_repr pc_redact_value(pc_walk *walk, const char *name, pc_addr object, bool *redacted);
/* Whether what is under that name (NULL: under none) is not to be told, because of the name. */
bool pc_redact_hides(const pc_walk *walk, const char *name);
/* The process's arguments as they may be told; 0 and NULL where they cannot be found. */
size_t pc_redact_arguments(const pc_redaction *redaction, pc_core *core, const char *const **ret_arguments, bool *redacted);

#endif
