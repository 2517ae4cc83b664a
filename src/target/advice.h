/* How a file that would improve a report can be got, for people. */
#ifndef PC_TARGET_ADVICE_H
#define PC_TARGET_ADVICE_H

#include "base/arena.h"
#include "base/buffer.h"

typedef enum pc_wanted { PC_WANTED_FILE, PC_WANTED_DEBUG_INFORMATION } pc_wanted;

#define PC_ADVICE_MAX 4

/* For the file that was mapped as path, of that build-id (NULL: not known): things to do, commands and options first words.
 * How many of ret_how are set; they are in the arena. */
size_t pc_advice(pc_arena *arena, pc_wanted what, const char *path, const char *build_id, const char *ret_how[PC_ADVICE_MAX]);

/* The same as one text: "apt install ..., or ..., or ...". */
const char *pc_advice_text(pc_arena *arena, pc_wanted what, const char *path, const char *build_id);

#endif
