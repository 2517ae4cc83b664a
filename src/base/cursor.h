/* A bounded reader over raw bytes: it knows the byte order and what is left, and remembers that it failed, so that a
 * decoder reads field after field and asks once. Reads past the end give 0. */
#ifndef PC_BASE_CURSOR_H
#define PC_BASE_CURSOR_H

#include <string.h>

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
uint64_t pc_load_uint_of_any_width(const void *p, size_t width, bool big_endian);
/* Whether that is one load: nearly always. */
static inline bool pc_is_one_load(size_t width)
{
    return width == 8 || width == 4 || width == 1;
}
/* Whether that byte order is this machine's. */
static inline bool pc_is_own_order(bool big_endian)
{
    return big_endian == (__BYTE_ORDER__ == __ORDER_BIG_ENDIAN__);
}
/* pc_load_uint() of such a width. */
static inline uint64_t pc_load_uint_at_once(const void *p, size_t width, bool big_endian)
{
    const bool other_order = !pc_is_own_order(big_endian);
    uint64_t eight;
    uint32_t four;
    if (width == 8) {
        memcpy(&eight, p, 8);
        return other_order ? __builtin_bswap64(eight) : eight;
    }
    if (width == 1)
        return *(const uint8_t *)p;
    memcpy(&four, p, 4);
    return other_order ? __builtin_bswap32(four) : four;
}
static inline uint64_t pc_load_uint(const void *p, size_t width, bool big_endian)
{
    return pc_is_one_load(width) ? pc_load_uint_at_once(p, width, big_endian) : pc_load_uint_of_any_width(p, width, big_endian);
}
/* value's low bits bits (1 to 64) as a signed number. */
static inline int64_t pc_sign_extend(uint64_t value, unsigned bits)
{
    if (bits < 64) {
        uint64_t sign = UINT64_C(1) << (bits - 1);
        value &= (sign << 1) - 1;
        value = (value ^ sign) - sign;
    }
    return (int64_t)value;
}

#endif
