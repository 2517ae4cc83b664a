#include "base/text.h"

#include <string.h>

void pc_text_put_code_point(pc_buffer *buffer, uint32_t c)
{
    char out[4];
    if (c == 0) {
        pc_buffer_puts(buffer, "\\x00");
    } else if (c < 0x80) {
        pc_buffer_putc(buffer, (char)c);
    } else if (c < 0x800) {
        out[0] = (char)(0xc0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3f));
        pc_buffer_append(buffer, out, 2);
    } else if (c >= 0xd800 && c <= 0xdfff) {
        pc_buffer_printf(buffer, "\\u%04x", c);
    } else if (c < 0x10000) {
        out[0] = (char)(0xe0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3f));
        out[2] = (char)(0x80 | (c & 0x3f));
        pc_buffer_append(buffer, out, 3);
    } else if (c < 0x110000) {
        out[0] = (char)(0xf0 | c >> 18);
        out[1] = (char)(0x80 | (c >> 12 & 0x3f));
        out[2] = (char)(0x80 | (c >> 6 & 0x3f));
        out[3] = (char)(0x80 | (c & 0x3f));
        pc_buffer_append(buffer, out, 4);
    } else {
        pc_buffer_printf(buffer, "\\U%08x", c);
    }
}

size_t pc_text_decode(const char *bytes, size_t length, uint32_t *ret_code_point)
{
    const uint8_t *p = (const uint8_t *)bytes;
    if (!length)
        return 0;
    if (p[0] < 0x80) {
        *ret_code_point = p[0];
        return 1;
    }
    size_t n = p[0] >= 0xf0 && p[0] <= 0xf4 ? 4 : p[0] >= 0xe0 && p[0] < 0xf0 ? 3 : p[0] >= 0xc2 && p[0] < 0xe0 ? 2 : 0;
    if (!n || n > length)
        return 0;
    uint32_t c = p[0] & (0xffu >> (n + 1));
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        c = c << 6 | (p[i] & 0x3f);
    }
    if ((n == 3 && c < 0x800) || (n == 4 && c < 0x10000) || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        return 0;
    *ret_code_point = c;
    return n;
}

/* How many of them are printable ASCII: nearly always all. */
static size_t plain_length(const char *bytes, size_t length)
{
    size_t n = 0;
    while (n < length && bytes[n] >= ' ' && bytes[n] <= '~')
        n++;
    return n;
}

void pc_text_put_bytes(pc_buffer *buffer, const char *bytes, size_t length)
{
    while (length) {
        uint32_t c;
        size_t plain = plain_length(bytes, length), n = plain ? plain : pc_text_decode(bytes, length, &c);
        if (plain)
            pc_buffer_append(buffer, bytes, plain);
        else if (n)
            pc_text_put_code_point(buffer, c);
        else
            pc_buffer_printf(buffer, "\\udc%02x", (uint8_t)*bytes);
        n = n ? n : 1;
        bytes += n;
        length -= n;
    }
}

bool pc_text_is_utf8(const char *bytes, size_t length)
{
    while (length) {
        uint32_t c;
        size_t n = pc_text_decode(bytes, length, &c);
        if (!n)
            return false;
        bytes += n;
        length -= n;
    }
    return true;
}

size_t pc_text_length(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += ((uint8_t)*text & 0xc0) != 0x80;
    return count;
}

/* C0, DEL, C1; the bidirectional controls and marks; line and paragraph separator; zero-width and other format
 * characters that hide text; tags. */
static bool is_unsafe(uint32_t c)
{
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad || c == 0x61c || (c >= 0x200b && c <= 0x200f) ||
           (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0xfeff ||
           (c >= 0xfff9 && c <= 0xfffb) || (c >= 0xe0000 && c <= 0xe007f);
}

void pc_text_put_terminal(pc_buffer *buffer, const char *text)
{
    size_t length = strlen(text);
    while (length) {
        uint32_t c = 0;
        size_t plain = plain_length(text, length), n = plain ? plain : pc_text_decode(text, length, &c);
        if (plain) {
            pc_buffer_append(buffer, text, plain);
        } else if (!n) {
            pc_buffer_printf(buffer, "\\x%02x", (uint8_t)*text);
            n = 1;
        } else if (!is_unsafe(c)) {
            pc_buffer_append(buffer, text, n);
        } else if (c == '\n') {
            pc_buffer_puts(buffer, "\\n");
        } else if (c == '\t') {
            pc_buffer_puts(buffer, "\\t");
        } else if (c < 0x100) {
            pc_buffer_printf(buffer, "\\x%02x", c);
        } else if (c < 0x10000) {
            pc_buffer_printf(buffer, "\\u%04x", c);
        } else {
            pc_buffer_printf(buffer, "\\U%08x", c);
        }
        text += n;
        length -= n;
    }
}

void pc_text_put_terminal_bytes(pc_buffer *buffer, const char *bytes, size_t length)
{
    PC_AUTO_BUFFER valid = {0};
    pc_text_put_bytes(&valid, bytes, length);
    pc_text_put_terminal(buffer, pc_buffer_text(&valid));
}

void pc_text_put_hex(pc_buffer *buffer, const char *bytes, size_t length)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < length; i++) {
        char both[2] = {digits[(uint8_t)bytes[i] >> 4], digits[bytes[i] & 0xf]};
        pc_buffer_append(buffer, both, sizeof(both));
    }
}
