#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/stop.h"

static void abort_without_memory(void)
{
    static const char text[] = "pycore: out of memory\n";
    ssize_t ignored = write(STDERR_FILENO, text, sizeof(text) - 1);
    (void)ignored;
    abort();
}

void (*pc_out_of_memory)(void) = abort_without_memory;

void *pc_realloc(void *old, size_t size)
{
    pc_stop_count(size);
    void *p = realloc(old, size ? size : 1);
    if (!p) {
        pc_out_of_memory();
        abort();
    }
    return p;
}

void *pc_malloc(size_t size)
{
    return pc_realloc(NULL, size);
}

void *pc_malloc_large(size_t size)
{
    /* a rest that fills less than half of such a page has small ones */
    const size_t whole = size > SIZE_MAX - PC_LARGE_PAGE ? 0 : (size + PC_LARGE_PAGE / 2) & ~(PC_LARGE_PAGE - 1);
    if (!whole)
        return pc_malloc(size);
    pc_stop_count(size);
    void *p = aligned_alloc(PC_LARGE_PAGE, (size + PC_LARGE_PAGE - 1) & ~(PC_LARGE_PAGE - 1));
    if (!p) {
        pc_out_of_memory();
        abort();
    }
    (void)madvise(p, whole, MADV_HUGEPAGE);
    return p;
}

char *pc_strdup(const char *text)
{
    size_t size = strlen(text) + 1;
    return memcpy(pc_malloc(size), text, size);
}

void *pc_grow_now(void *array, size_t count, size_t *capacity, size_t item_size)
{
    size_t wanted = *capacity ? *capacity * 2 : 16, bytes;
    if (wanted <= count)
        wanted = count + 1;
    if (__builtin_mul_overflow(wanted, item_size, &bytes)) {
        pc_out_of_memory();
        abort();
    }
    *capacity = wanted;
    return pc_realloc(array, bytes);
}

static pc_error *PC_PRINTF(4, 0) error_create(pc_error_code code, bool has_address, pc_addr address, const char *format, va_list args)
{
    pc_error *error = pc_malloc(sizeof(*error));
    char *message = NULL;
    if (vasprintf(&message, format, args) < 0)
        pc_out_of_memory();
    *error = (pc_error){.code = code, .has_address = has_address, .address = address, .message = message};
    return error;
}

pc_error *pc_error_create(pc_error_code code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    pc_error *error = error_create(code, false, 0, format, args);
    va_end(args);
    return error;
}

pc_error *pc_error_at(pc_error_code code, pc_addr address, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    pc_error *error = error_create(code, true, address, format, args);
    va_end(args);
    return error;
}

void pc_error_destroy(pc_error *error)
{
    if (!error)
        return;
    free(error->message);
    free(error);
}

const char *pc_error_code_name(pc_error_code code)
{
    static const char *const names[] = {
        [PC_ERROR_IO] = "io",           [PC_ERROR_FORMAT] = "format",   [PC_ERROR_NOT_SAVED] = "not-saved",
        [PC_ERROR_UNMAPPED] = "unmapped", [PC_ERROR_CORRUPT] = "corrupt", [PC_ERROR_LIMIT] = "limit",
        [PC_ERROR_LAYOUT] = "layout",   [PC_ERROR_NOT_FOUND] = "not-found",
        [PC_ERROR_NOT_CORE] = "not-core",
    };
    return names[code];
}
