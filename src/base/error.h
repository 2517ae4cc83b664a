/* Errors as values. A function that can fail returns a pc_error *, NULL being success; its ret_ parameters are
 * untouched on failure. The caller owns the error: destroys it, or returns it further up. */
#ifndef PC_BASE_ERROR_H
#define PC_BASE_ERROR_H

#include "base/types.h"

typedef enum pc_error_code {
    PC_ERROR_IO,        /* a file could not be opened, read or written */
    PC_ERROR_FORMAT,    /* not the format it should be */
    PC_ERROR_NOT_SAVED, /* the address was mapped in the process; its bytes are not in the core */
    PC_ERROR_UNMAPPED,  /* nothing of the process was at that address */
    PC_ERROR_CORRUPT,   /* bytes are there and cannot be what they should be */
    PC_ERROR_LIMIT,     /* a cap of limits.h */
    PC_ERROR_LAYOUT,    /* the layout does not know a field */
    PC_ERROR_NOT_FOUND,
    PC_ERROR_NOT_CORE,  /* the file was read, and is no core */
} pc_error_code;

typedef struct pc_error {
    pc_error_code code;
    bool has_address;
    pc_addr address; /* where it went wrong, in the target */
    char *message;   /* one line, no full stop at its end */
} pc_error;

PC_NEVER_NULL pc_error *pc_error_create(pc_error_code code, const char *format, ...) PC_PRINTF(2, 3);
PC_NEVER_NULL pc_error *pc_error_at(pc_error_code code, pc_addr address, const char *format, ...) PC_PRINTF(3, 4);
void pc_error_destroy(pc_error *error); /* NULL is accepted */

/* Short form of the code, as diagnostics carry it: "not-saved", "corrupt", ... */
const char *pc_error_code_name(pc_error_code code);

static inline void pc_error_cleanup(pc_error **error)
{
    pc_error_destroy(*error);
}
#define PC_AUTO_ERROR __attribute__((cleanup(pc_error_cleanup))) pc_error *

#define PC_TRY(expression)                                                                                   \
    do {                                                                                                     \
        pc_error *pc_try_error_ = (expression);                                                              \
        if (pc_try_error_)                                                                                   \
            return pc_try_error_;                                                                            \
    } while (0)

/* For where a failure means "not known" and nothing else: true on success. */
static inline bool pc_ok(pc_error *error)
{
    if (!error)
        return true;
    pc_error_destroy(error);
    return false;
}

/* Out of memory ends the process: there is no report without memory, and an unchecked path would be worse.
 * The handler must not return; by default it says so on standard error and aborts. */
extern void (*pc_out_of_memory)(void);
void *pc_malloc(size_t size);
/* The same for much that is going to be used, all of it: in pages of 2 MB where the kernel has such, each of which comes at once.
 * free() takes it. */
#define PC_LARGE_PAGE ((size_t)2 << 20)
void *pc_malloc_large(size_t size);
char *pc_strdup(const char *text);
void *pc_realloc(void *old, size_t size);
void *pc_grow_now(void *array, size_t count, size_t *capacity, size_t item_size);
/* Room for one more item in a growing array; *capacity is updated. */
static inline void *pc_grow(void *array, size_t count, size_t *capacity, size_t item_size)
{
    return count < *capacity ? array : pc_grow_now(array, count, capacity, item_size);
}

#endif
