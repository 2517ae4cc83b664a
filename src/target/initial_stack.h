/* What the kernel puts on a process's stack before it begins: its arguments and its environment. */
#ifndef PC_TARGET_INITIAL_STACK_H
#define PC_TARGET_INITIAL_STACK_H

#include "target/core.h"

typedef struct pc_stack_text {
    pc_addr address;
    const char *bytes; /* NUL-terminated, in the core's arena; not UTF-8 for certain */
    size_t length;
} pc_stack_text;

/* argv; 0 and NULL where it cannot be found. Without `texts` only how many there are, and nothing of them is read. */
size_t pc_core_argument_texts(pc_core *core, bool texts, pc_stack_text **ret_texts);

typedef void pc_environment_visitor(void *context, const char *name, size_t name_length, const char *value, size_t length);
/* Each NAME=VALUE that can be read; false where the environment cannot be found. */
bool pc_core_environment(pc_core *core, pc_environment_visitor *visitor, void *context);

#endif
