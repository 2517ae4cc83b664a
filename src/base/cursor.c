#include "base/cursor.h"

#include <string.h>

pc_cursor pc_cursor_over(const void *bytes, size_t size, bool big_endian)
{
    return (pc_cursor){.at = bytes, .left = size, .big_endian = big_endian};
}

bool pc_cursor_skip(pc_cursor *cursor, size_t count)
{
    if (cursor->failed || count > cursor->left) {
        cursor->failed = true;
        return false;
    }
    if (count) { /* nothing of nothing has no address to begin with */
        cursor->at += count;
        cursor->left -= count;
    }
    return true;
}

uint64_t pc_cursor_uint(pc_cursor *cursor, size_t width)
{
    const uint8_t *p = cursor->at;
    return pc_cursor_skip(cursor, width) ? pc_load_uint(p, width, cursor->big_endian) : 0;
}

const char *pc_cursor_string(pc_cursor *cursor)
{
    const uint8_t *p = cursor->at;
    const uint8_t *nul = cursor->left && !cursor->failed ? memchr(p, 0, cursor->left) : NULL;
    if (!nul) {
        cursor->failed = true;
        return NULL;
    }
    pc_cursor_skip(cursor, (size_t)(nul - p) + 1);
    return (const char *)p;
}

uint64_t pc_load_uint_of_any_width(const void *p, size_t width, bool big_endian)
{
    const uint8_t *bytes = p;
    uint64_t value = 0;
    for (size_t i = 0; i < width; i++)
        value = value << 8 | bytes[big_endian ? i : width - 1 - i];
    return value;
}
