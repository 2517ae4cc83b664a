#include "base/buffer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

void pc_buffer_deinit(pc_buffer *buffer)
{
    if (!buffer)
        return;
    free(buffer->data);
    *buffer = (pc_buffer){0};
}

static void reserve(pc_buffer *buffer, size_t more)
{
    size_t wanted;
    if (__builtin_add_overflow(buffer->length, more, &wanted) || __builtin_add_overflow(wanted, 1, &wanted))
        wanted = SIZE_MAX;
    if (wanted <= buffer->capacity)
        return;
    size_t capacity = buffer->capacity ? buffer->capacity : 64;
    while (capacity < wanted && capacity <= SIZE_MAX / 2)
        capacity *= 2;
    if (capacity < wanted)
        capacity = wanted;
    buffer->data = pc_realloc(buffer->data, capacity);
    buffer->capacity = capacity;
}

void pc_buffer_append(pc_buffer *buffer, const char *text, size_t length)
{
    reserve(buffer, length);
    memcpy(buffer->data + buffer->length, text, length);
    buffer->length += length;
    buffer->data[buffer->length] = 0;
}

void pc_buffer_puts(pc_buffer *buffer, const char *text)
{
    pc_buffer_append(buffer, text, strlen(text));
}

void pc_buffer_putc(pc_buffer *buffer, char c)
{
    if (buffer->capacity - buffer->length < 2) { /* also where there is none yet */
        pc_buffer_append(buffer, &c, 1);
        return;
    }
    buffer->data[buffer->length++] = c;
    buffer->data[buffer->length] = 0;
}

void pc_buffer_vprintf(pc_buffer *buffer, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    if (length > 0) {
        reserve(buffer, (size_t)length);
        vsnprintf(buffer->data + buffer->length, (size_t)length + 1, format, again);
        buffer->length += (size_t)length;
    }
    va_end(again);
}

void pc_buffer_printf(pc_buffer *buffer, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    pc_buffer_vprintf(buffer, format, args);
    va_end(args);
}
