/* The note that `pycore distill` puts into a small core: what the report took from elsewhere than the core's memory, so that the
 * small core needs no file beside it. It is text, one word and its value a line, and is believed as little as the rest of a
 * core: what it says of the interpreter has to validate.
 *
 *   pycore-distilled 1
 *   interpreter FOUND_BY MODULE_START RUNTIME INTERPRETER_HEAD INTERPRETER CURRENT_THREAD
 *   layout SOURCE EXACT ORIGIN
 *   module START BUILD_ID MATCHES FILE
 *   extension NAME MODULE_START
 *   function CODE QUALIFIED_NAME
 *   diagnostic SEVERITY CODE ADDRESS MESSAGE
 *   redact LEVEL
 *   blank ADDRESS SIZE
 *   hide ADDRESS SIZE
 *   ...
 *   table
 *   (a layout table, to the end of the note)
 *
 * Addresses are hexadecimal, - stands for what is not known; the last value of a line may have blanks. */
#ifndef PC_TARGET_DISTILLED_H
#define PC_TARGET_DISTILLED_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/diagnostics.h"
#include "base/secrets.h"

#define PC_DISTILLED_NOTE "PYCORE" /* the note's name; its type is 1 */
#define PC_DISTILLED_TYPE 1
#define PC_DISTILLED_RUNS_TYPE 2 /* which bytes of the PT_LOADs, in order, are there: see core_writer.h */
#define PC_DISTILLED_BLANK '*' /* a byte of what was taken out, in the memory and the notes */

typedef struct pc_distilled_module {
    pc_addr start;
    const char *build_id, *file; /* NULL: none */
    int matches;                 /* -1: not known */
} pc_distilled_module;

typedef struct pc_distilled_extension {
    const char *name;
    pc_addr module;
} pc_distilled_extension;

typedef struct pc_distilled_function {
    pc_addr code;
    const char *name;
} pc_distilled_function;

typedef struct pc_distilled_blank { /* bytes that are not to be told */
    pc_addr first;
    uint64_t size;
    bool name; /* they are there, for the names that they are, and not to be told of a value; else they were taken out */
} pc_distilled_blank;

typedef struct pc_distilled {
    pc_redact redact; /* by which level it was distilled: what that hides is not in it */
    pc_distilled_blank *blanks;
    size_t blank_count;
    const char *found_by; /* NULL: no interpreter was found */
    pc_addr module, runtime, interpreter_head, interpreter, current_thread; /* 0: not known */
    const char *layout_source, *layout_origin;
    bool layout_exact;
    bool truncated;
    const char *hostname;
    bool has_time;
    int64_t time; /* microseconds since 1970 UTC */
    pc_addr abort_message; /* of glibc's __abort_msg; 0: not known */
    pc_distilled_module *modules;
    size_t module_count;
    pc_distilled_extension *extensions;
    size_t extension_count;
    pc_distilled_function *functions; /* to 3.10: in order of their code objects' addresses */
    size_t function_count;
    pc_diagnostic *diagnostics; /* of what came before the walk */
    size_t diagnostic_count;
    const char *table; /* in the note's bytes */
    size_t table_size;
} pc_distilled;

/* PC_ERROR_FORMAT with the line's number; text is kept in the arena, but for the table, which stays where it is. */
pc_error *pc_distilled_parse(const char *text, size_t size, pc_arena *arena, pc_distilled *ret_distilled);
void pc_distilled_print(const pc_distilled *distilled, pc_buffer *buffer);

#endif
