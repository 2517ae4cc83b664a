/* A growing text. data is always NUL-terminated once something was appended. */
#ifndef PC_BASE_BUFFER_H
#define PC_BASE_BUFFER_H

#include <stdarg.h>

#include "base/types.h"

typedef struct pc_buffer {
    char *data; /* NULL while nothing was appended */
    size_t length, capacity;
} pc_buffer;

void pc_buffer_deinit(pc_buffer *buffer);
void pc_buffer_append(pc_buffer *buffer, const char *text, size_t length);
void pc_buffer_puts(pc_buffer *buffer, const char *text);
void pc_buffer_putc(pc_buffer *buffer, char c);
/* Back to a length that it had. */
static inline void pc_buffer_cut(pc_buffer *buffer, size_t length)
{
    if (length < buffer->length) {
        buffer->length = length;
        buffer->data[length] = 0;
    }
}
void pc_buffer_printf(pc_buffer *buffer, const char *format, ...) PC_PRINTF(2, 3);
void pc_buffer_vprintf(pc_buffer *buffer, const char *format, va_list args) PC_PRINTF(2, 0);

static inline const char *pc_buffer_text(const pc_buffer *buffer)
{
    return buffer->data ? buffer->data : "";
}

#define PC_AUTO_BUFFER __attribute__((cleanup(pc_buffer_deinit))) pc_buffer

#endif
