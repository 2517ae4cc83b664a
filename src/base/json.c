#include "base/json.h"

#include <endian.h>

#include "base/text.h"

/* Files take whole blocks without a copy. */
#define FILE_BLOCK ((size_t)4096)

void pc_json_begin(pc_json *j, FILE *stream)
{
    j->stream = stream;
    j->buffer = NULL;
    j->flushed = 0;
    j->at = j->block;
    j->comma = false;
}

void pc_json_begin_buffer(pc_json *j, pc_buffer *buffer)
{
    pc_json_begin(j, NULL);
    j->buffer = buffer;
}

static void hand_over(pc_json *j, size_t size)
{
    if (j->stream)
        fwrite(j->block, 1, size, j->stream);
    else
        pc_buffer_append(j->buffer, j->block, size);
}

/* Something always stays, for pc_json_end(). */
void pc_json_flush(pc_json *j)
{
    size_t used = (size_t)(j->at - j->block), size = used ? (used - 1) & ~(FILE_BLOCK - 1) : 0, rest = used - size;
    if (!j->stream || !ferror(j->stream))
        hand_over(j, size);
    memmove(j->block, j->block + size, rest);
    j->flushed += size;
    j->at = j->block + rest;
}

/* The rest, less than a block of a file, goes into the stream's own buffer, after an error, too: then it is tried again when the stream
 * is closed, and whoever does that gets the error's number. */
void pc_json_end(pc_json *j)
{
    pc_json_flush(j);
    size_t used = (size_t)(j->at - j->block);
    hand_over(j, used);
    j->flushed += used;
    j->at = j->block;
}

/* ---- strings ---- */

#define ONES UINT64_C(0x0101010101010101)
#define HIGH (ONES << 7)

/* The high bit of each byte that is not itself in JSON, or may not be: controls, quotation mark, backslash, DEL, what is beyond ASCII.
 * Bytes behind such a one may be marked wrongly. */
static uint64_t special(uint64_t bytes)
{
    uint64_t quote = bytes ^ (ONES * '"'), backslash = bytes ^ (ONES * '\\');
    return ((bytes - ONES * 0x20) | (quote - ONES) | (backslash - ONES) | (bytes + ONES) | bytes) & HIGH;
}

/* How many bytes from the start can be copied. */
static size_t plain_length(const char *text, size_t length)
{
    size_t n = 0;
    for (uint64_t bytes; n + sizeof(bytes) <= length; n += sizeof(bytes)) {
        memcpy(&bytes, text + n, sizeof(bytes));
        if (special(bytes))
            break;
    }
    for (; n < length; n++) {
        uint8_t c = (uint8_t)text[n];
        if (c < 0x20 || c >= 0x7f || c == '"' || c == '\\')
            break;
    }
    return n;
}

static void put_escape(pc_json *j, uint32_t c)
{
    static const char digits[] = "0123456789ABCDEF", letters[] = {['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r', ['"'] = '"', ['\\'] = '\\'};
    char escape[6] = {'\\', 'u', '0', '0', digits[c >> 4 & 15], digits[c & 15]};
    size_t length = sizeof(escape);
    if (c < sizeof(letters) && letters[c]) {
        escape[1] = letters[c];
        length = 2;
    }
    pc_json_raw(j, escape, length);
}

/* One character that is not copied with its neighbours; gives its length. */
static size_t put_special(pc_json *j, const char *text, size_t length)
{
    uint32_t c;
    size_t n = pc_text_decode(text, length, &c);
    if (!n) {
        char escape[8];
        snprintf(escape, sizeof(escape), "\\\\udc%02x", (uint8_t)*text);
        pc_json_raw(j, escape, 7);
        return 1;
    }
    if (c < 0xa0)
        put_escape(j, c);
    else
        pc_json_raw(j, text, n);
    return n;
}

void pc_json_string(pc_json *j, const char *text)
{
    if (!text) {
        pc_json_null(j);
        return;
    }
    pc_json_next(j);
    pc_json_raw(j, "\"", 1);
    for (size_t left = strlen(text); left;) {
        size_t n = plain_length(text, left < PC_JSON_BLOCK / 2 ? left : PC_JSON_BLOCK / 2 - 1);
        if (n)
            pc_json_raw(j, text, n);
        else
            n = put_special(j, text, left);
        text += n;
        left -= n;
    }
    pc_json_raw(j, "\"", 1);
}

/* ---- numbers ---- */

void pc_json_integer(pc_json *j, int64_t value)
{
    char digits[20];
    char *p = pc_text_signed_before(digits + sizeof(digits), value);
    pc_json_next(j);
    pc_json_raw(j, p, (size_t)(digits + sizeof(digits) - p));
}

/* Eight hexadecimal digits, a digit in each byte. */
static uint64_t hex_digits(uint32_t value)
{
    uint64_t spread = value;
    spread = (spread | spread << 16) & UINT64_C(0x0000ffff0000ffff);
    spread = (spread | spread << 8) & UINT64_C(0x00ff00ff00ff00ff);
    spread = (spread | spread << 4) & (ONES * 0x0f);
    uint64_t letters = (spread + ONES * 6) >> 4 & ONES; /* 1 in each byte of 10 or more */
    return htobe64(spread + ONES * '0' + letters * ('a' - '0' - 10));
}

void pc_json_address(pc_json *j, pc_addr value)
{
    unsigned count = value ? (unsigned)(67 - __builtin_clzll(value)) / 4 : 1;
    value <<= 64 - 4 * count; /* the first one to the top: what is written behind the last is written over */
    uint64_t digits[2] = {hex_digits((uint32_t)(value >> 32)), hex_digits((uint32_t)value)};
    pc_json_next(j);
    pc_json_reserve(j, sizeof(digits) + 4);
    memcpy(j->at, "\"0x", 3);
    memcpy(j->at + 3, digits, sizeof(digits));
    j->at[3 + count] = '"';
    j->at += count + 4;
}
