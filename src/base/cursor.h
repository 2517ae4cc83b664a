/* A bounded reader over raw bytes: it knows the byte order and what is left, and remembers that it failed, so that a
 * decoder reads field after field and asks once. Reads past the end give 0. */
#ifndef PC_BASE_CURSOR_H
#define PC_BASE_CURSOR_H

#include "base/types.h"

typedef struct pc_cursor {
    const uint8_t *at;
    size_t left;
    bool big_endian;
    bool failed; /* something was asked for that was not there */
} pc_cursor;

pc_cursor pc_cursor_over(const void *bytes, size_t size, bool big_endian);
bool pc_cursor_skip(pc_cursor *cursor, size_t count);
/* An unsigned integer of 1 to 8 bytes. */
uint64_t pc_cursor_uint(pc_cursor *cursor, size_t width);
/* The NUL-terminated text at the cursor, which moves behind the NUL; NULL if there is none. */
const char *pc_cursor_string(pc_cursor *cursor);

/* The integer of width bytes (1 to 8) at p, in the given byte order. */
uint64_t pc_load_uint(const void *p, size_t width, bool big_endian);
/* value's low bits bits (1 to 64) as a signed number. */
int64_t pc_sign_extend(uint64_t value, unsigned bits);

#endif
