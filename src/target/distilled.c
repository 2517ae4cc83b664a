#include "target/distilled.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"

#define FIRST_LINE "pycore-distilled 1"

typedef struct reader {
    char *at; /* what is left of the line; NUL-terminated */
    pc_arena *arena;
    bool failed;
} reader;

/* The next word, or with `rest` all that is left; "-" is NULL. */
static const char *word(reader *r, bool rest)
{
    if (!*r->at) {
        r->failed = true;
        return NULL;
    }
    char *begin = r->at, *end = rest ? NULL : strchr(begin, ' ');
    r->at = end ? end + 1 : begin + strlen(begin);
    if (end)
        *end = 0;
    return strcmp(begin, "-") ? pc_arena_strdup(r->arena, begin) : NULL;
}

static uint64_t number(reader *r, int base)
{
    const char *text = word(r, false);
    char *end;
    if (!text)
        return 0;
    errno = 0;
    uint64_t value = strtoull(text, &end, base);
    if (errno || *end || end == text || *text == '-')
        r->failed = true;
    return value;
}

static pc_addr address(reader *r)
{
    return number(r, 16);
}

typedef struct lists {
    size_t modules, extensions, functions, diagnostics, blanks; /* capacities */
} lists;

/* Pairs of hexadecimal digits, as the core's own notes are told. */
static const char *build_id(reader *r)
{
    const char *text = word(r, false);
    size_t length = text ? strlen(text) : 0;
    if (text && (!length || length % 2 || strspn(text, "0123456789abcdef") != length))
        r->failed = true;
    return text;
}

static const char *layout_source(reader *r)
{
    static const char *const sources[] = {"dwarf", "debug-offsets", "table", "mixed"};
    const char *text = word(r, false);
    for (size_t i = 0; text && i < PC_ARRAY_SIZE(sources); i++)
        if (!strcmp(text, sources[i]))
            return sources[i];
    r->failed |= text != NULL;
    return text;
}

static void parse_module(reader *r, pc_distilled *d, lists *l)
{
    pc_distilled_module m = {.start = address(r), .build_id = build_id(r)};
    const char *matches = word(r, false);
    m.matches = !matches ? -1 : !strcmp(matches, "true");
    m.file = word(r, true);
    d->modules = pc_grow(d->modules, d->module_count, &l->modules, sizeof(*d->modules));
    d->modules[d->module_count++] = m;
}

static void parse_extension(reader *r, pc_distilled *d, lists *l)
{
    pc_distilled_extension e = {.name = word(r, false), .module = address(r)};
    r->failed |= !e.name;
    d->extensions = pc_grow(d->extensions, d->extension_count, &l->extensions, sizeof(*d->extensions));
    d->extensions[d->extension_count++] = e;
}

static void parse_function(reader *r, pc_distilled *d, lists *l)
{
    pc_distilled_function f = {.code = address(r), .name = word(r, true)};
    r->failed |= !f.name || (d->function_count && d->functions[d->function_count - 1].code >= f.code);
    d->functions = pc_grow(d->functions, d->function_count, &l->functions, sizeof(*d->functions));
    d->functions[d->function_count++] = f;
}

static void parse_diagnostic(reader *r, pc_distilled *d, lists *l)
{
    uint64_t severity = number(r, 10);
    pc_diagnostic note = {.severity = (pc_severity)severity, .code = word(r, false)};
    note.has_address = strncmp(r->at, "- ", 2) != 0;
    note.address = address(r);
    note.message = word(r, true);
    r->failed |= severity > PC_SEVERITY_ERROR || !note.code || !note.message || d->diagnostic_count > PC_LIMIT_DIAGNOSTICS;
    d->diagnostics = pc_grow(d->diagnostics, d->diagnostic_count, &l->diagnostics, sizeof(*d->diagnostics));
    d->diagnostics[d->diagnostic_count++] = note;
}

static void parse_blank(reader *r, bool name, pc_distilled *d, lists *l)
{
    pc_distilled_blank b = {.first = address(r), .size = number(r, 10), .name = name};
    r->failed |= !b.size || d->blank_count >= PC_LIMIT_BLANKED;
    d->blanks = pc_grow(d->blanks, d->blank_count, &l->blanks, sizeof(*d->blanks));
    d->blanks[d->blank_count++] = b;
}

static void parse_redact(reader *r, pc_distilled *d)
{
    const char *level = word(r, false);
    r->failed |= !level || !pc_redact_parse(level, &d->redact);
}

static void parse_line(reader *r, pc_distilled *d, lists *l)
{
    const char *key = word(r, false);
    if (!key) {
        r->failed = true;
    } else if (!strcmp(key, "interpreter")) {
        d->found_by = word(r, false);
        d->module = address(r);
        d->runtime = address(r);
        d->interpreter_head = address(r);
        d->interpreter = address(r);
        d->current_thread = address(r);
    } else if (!strcmp(key, "layout")) {
        d->layout_source = layout_source(r);
        const char *exact = word(r, false);
        d->layout_exact = exact && !strcmp(exact, "exact");
        d->layout_origin = word(r, true);
    } else if (!strcmp(key, "module")) {
        parse_module(r, d, l);
    } else if (!strcmp(key, "extension")) {
        parse_extension(r, d, l);
    } else if (!strcmp(key, "function")) {
        parse_function(r, d, l);
    } else if (!strcmp(key, "diagnostic")) {
        parse_diagnostic(r, d, l);
    } else if (!strcmp(key, "redact")) {
        parse_redact(r, d);
    } else if (!strcmp(key, "blank") || !strcmp(key, "hide")) {
        parse_blank(r, *key == 'h', d, l);
    } else if (!strcmp(key, "truncated")) {
        d->truncated = true;
    } else if (!strcmp(key, "hostname")) {
        d->hostname = word(r, true);
    } else if (!strcmp(key, "time")) {
        d->time = (int64_t)number(r, 10);
        d->has_time = true;
    } else if (!strcmp(key, "abort-message")) {
        d->abort_message = address(r);
    } /* other words are of a later pycore */
}

/* Lists that grew go into the arena. */
static void *keep(pc_arena *arena, void *items, size_t count, size_t size)
{
    void *kept = pc_arena_array(arena, count, size);
    if (count)
        memcpy(kept, items, count * size);
    free(items);
    return kept;
}

pc_error *pc_distilled_parse(const char *text, size_t size, pc_arena *arena, pc_distilled *ret_distilled)
{
    pc_distilled d = {0};
    lists l = {0};
    size_t line_number = 0;
    bool failed = false, has_table = false;
    for (size_t at = 0; at < size && !failed && !has_table; line_number++) {
        const char *end = memchr(text + at, '\n', size - at);
        size_t length = end ? (size_t)(end - text) - at : size - at;
        PC_AUTO_BUFFER valid = {0};
        pc_text_put_bytes(&valid, text + at, length);
        at += length + 1;
        reader r = {.at = valid.data ? valid.data : (char[]){0}, .arena = arena};
        has_table = valid.data && !strcmp(valid.data, "table");
        if (!line_number)
            failed = !valid.data || strcmp(valid.data, FIRST_LINE) != 0;
        else if (has_table && at <= size) {
            d.table = text + at;
            d.table_size = size - at;
        } else if (!has_table)
            parse_line(&r, &d, &l);
        failed |= r.failed;
    }
    d.modules = keep(arena, d.modules, d.module_count, sizeof(*d.modules));
    d.extensions = keep(arena, d.extensions, d.extension_count, sizeof(*d.extensions));
    d.functions = keep(arena, d.functions, d.function_count, sizeof(*d.functions));
    d.blanks = keep(arena, d.blanks, d.blank_count, sizeof(*d.blanks));
    d.diagnostics = keep(arena, d.diagnostics, d.diagnostic_count, sizeof(*d.diagnostics));
    failed |= d.found_by && !d.layout_source; /* an interpreter is read by a layout, and says so */
    if (failed || !line_number)
        return pc_error_create(PC_ERROR_FORMAT, "line %zu of the note of pycore distill is not as it should be", line_number);
    *ret_distilled = d;
    return NULL;
}

/* One value on its line: nothing in it may end the line. */
static void put_text(pc_buffer *b, const char *value)
{
    pc_buffer_putc(b, ' ');
    for (const char *p = value && *value ? value : "-"; *p; p++)
        pc_buffer_putc(b, *p == '\n' ? ' ' : *p);
}

static void put_address(pc_buffer *b, bool known, pc_addr value)
{
    if (known)
        pc_buffer_printf(b, " " PC_ADDR, value);
    else
        pc_buffer_puts(b, " -");
}

void pc_distilled_print(const pc_distilled *d, pc_buffer *b)
{
    pc_buffer_puts(b, FIRST_LINE "\n");
    if (d->found_by) {
        pc_buffer_printf(b, "interpreter %s", d->found_by);
        put_address(b, d->module, d->module);
        put_address(b, d->runtime, d->runtime);
        put_address(b, d->interpreter_head, d->interpreter_head);
        put_address(b, d->interpreter, d->interpreter);
        put_address(b, d->current_thread, d->current_thread);
        pc_buffer_printf(b, "\nlayout %s %s", d->layout_source, d->layout_exact ? "exact" : "-");
        put_text(b, d->layout_origin);
        pc_buffer_putc(b, '\n');
    }
    for (size_t i = 0; i < d->module_count; i++) {
        const pc_distilled_module *m = &d->modules[i];
        pc_buffer_puts(b, "module");
        put_address(b, true, m->start);
        put_text(b, m->build_id);
        put_text(b, m->matches < 0 ? NULL : m->matches ? "true" : "false");
        put_text(b, m->file);
        pc_buffer_putc(b, '\n');
    }
    for (size_t i = 0; i < d->extension_count; i++) {
        pc_buffer_printf(b, "extension %s", d->extensions[i].name);
        put_address(b, true, d->extensions[i].module);
        pc_buffer_putc(b, '\n');
    }
    for (size_t i = 0; i < d->function_count; i++) {
        pc_buffer_puts(b, "function");
        put_address(b, true, d->functions[i].code);
        put_text(b, d->functions[i].name);
        pc_buffer_putc(b, '\n');
    }
    for (size_t i = 0; i < d->diagnostic_count; i++) {
        const pc_diagnostic *n = &d->diagnostics[i];
        pc_buffer_printf(b, "diagnostic %d %s", (int)n->severity, n->code);
        put_address(b, n->has_address, n->address);
        put_text(b, n->message);
        pc_buffer_putc(b, '\n');
    }
    if (d->redact != PC_REDACT_NONE)
        pc_buffer_printf(b, "redact %s\n", pc_redact_name(d->redact));
    for (size_t i = 0; i < d->blank_count; i++)
        pc_buffer_printf(b, "%s " PC_ADDR " %" PRIu64 "\n", d->blanks[i].name ? "hide" : "blank", d->blanks[i].first, d->blanks[i].size);
    if (d->truncated)
        pc_buffer_puts(b, "truncated\n");
    if (d->hostname) {
        pc_buffer_puts(b, "hostname");
        put_text(b, d->hostname);
        pc_buffer_putc(b, '\n');
    }
    if (d->has_time)
        pc_buffer_printf(b, "time %" PRId64 "\n", d->time);
    if (d->abort_message)
        pc_buffer_printf(b, "abort-message " PC_ADDR "\n", d->abort_message);
    if (d->table) {
        pc_buffer_puts(b, "table\n");
        pc_buffer_append(b, d->table, d->table_size);
    }
}
