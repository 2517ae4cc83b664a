/* Text of the target on its way into a report. A report holds valid UTF-8 only: a lone surrogate or a byte that does
 * not decode becomes the six characters \udcXX that Python writes for it. */
#ifndef PC_BASE_TEXT_H
#define PC_BASE_TEXT_H

#include "base/buffer.h"

/* The code point as UTF-8; a lone surrogate as \udXXX, what is beyond U+10FFFF as \UXXXXXXXX, NUL as \x00. */
void pc_text_put_code_point(pc_buffer *buffer, uint32_t code_point);
/* Bytes that should be UTF-8 (paths, C strings), each undecodable one as \udcXX. */
void pc_text_put_bytes(pc_buffer *buffer, const char *bytes, size_t length);
/* true if all of it is valid UTF-8 (no surrogates, no overlong forms). */
bool pc_text_is_utf8(const char *bytes, size_t length);
/* Decodes one code point of valid or invalid UTF-8: its length in bytes, 0 where it is not valid. */
size_t pc_text_decode(const char *bytes, size_t length, uint32_t *ret_code_point);
/* Number of code points in valid UTF-8. */
size_t pc_text_length(const char *text);
/* Valid UTF-8 for a terminal: everything that could move the cursor, change colours or reverse the direction of
 * the line comes out as \n, \xXX or \uXXXX. */
void pc_text_put_terminal(pc_buffer *buffer, const char *text);
/* The same of any bytes: as pc_text_put_bytes() makes them valid. */
void pc_text_put_terminal_bytes(pc_buffer *buffer, const char *bytes, size_t length);
/* The value's decimal digits, before end: where they begin. At most 20 of them. */
static inline char *pc_text_digits_before(char *end, uint64_t value)
{
    do
        *--end = (char)('0' + value % 10);
    while (value /= 10);
    return end;
}
/* The same of one with a sign. */
static inline char *pc_text_signed_before(char *end, int64_t value)
{
    char *text = pc_text_digits_before(end, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
    if (value < 0)
        *--text = '-';
    return text;
}
/* Two lower-case hexadecimal digits for each byte. */
void pc_text_put_hex(pc_buffer *buffer, const char *bytes, size_t length);

#endif
