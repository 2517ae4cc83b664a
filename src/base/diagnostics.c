#include "base/diagnostics.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"

void pc_diagnostics_init(pc_diagnostics *diagnostics, pc_arena *arena)
{
    *diagnostics = (pc_diagnostics){.arena = arena};
}

void pc_diagnostics_deinit(pc_diagnostics *diagnostics)
{
    if (!diagnostics)
        return;
    free(diagnostics->items);
    *diagnostics = (pc_diagnostics){0};
}

static void PC_PRINTF(5, 0) add(pc_diagnostics *list, pc_severity severity, const char *code, const pc_error *error,
                const char *format, va_list args)
{
    if (list->count >= PC_LIMIT_DIAGNOSTICS) {
        list->dropped++;
        return;
    }
    PC_AUTO_BUFFER what = {0}, text = {0};
    pc_buffer_vprintf(&what, format, args);
    pc_text_put_bytes(&text, pc_buffer_text(&what), what.length);
    if (error) {
        pc_buffer_puts(&text, ": ");
        pc_text_put_bytes(&text, error->message, strlen(error->message));
    }
    list->items = pc_grow(list->items, list->count, &list->capacity, sizeof(*list->items));
    list->items[list->count++] = (pc_diagnostic){
        .severity = severity,
        .code = code,
        .message = pc_arena_strdup(list->arena, pc_buffer_text(&text)),
        .has_address = error && error->has_address,
        .address = error ? error->address : 0,
    };
}

void pc_diagnose_again(pc_diagnostics *list, const pc_diagnostic *diagnostic)
{
    list->items = pc_grow(list->items, list->count, &list->capacity, sizeof(*list->items));
    list->items[list->count++] = *diagnostic;
}

void pc_diagnose(pc_diagnostics *diagnostics, pc_severity severity, const char *code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add(diagnostics, severity, code, NULL, format, args);
    va_end(args);
}

void pc_diagnose_error(pc_diagnostics *diagnostics, pc_severity severity, pc_error *error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add(diagnostics, severity, pc_error_code_name(error->code), error, format, args);
    va_end(args);
    pc_error_destroy(error);
}

const char *pc_severity_name(pc_severity severity)
{
    static const char *const names[] = {"info", "warning", "error"};
    return names[severity];
}
