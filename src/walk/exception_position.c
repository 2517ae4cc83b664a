/* The lines with which a SyntaxError says where it is. Not its str(): the traceback module makes them of its members, and in each
 * of the forms of pc_syntax_error_form otherwise. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "python/number.h"
#include "python/printable.h"
#include "python/str.h"
#include "walk/exception_details.h"
#include "walk/exception_text.h"
#include "walk/redact.h"

#define MAX_UNITS 4096 /* characters of a line of source, and the columns that carets may span */

/* A line of source as the interpreter counts it: code points, 2.7: bytes. */
typedef struct source {
    uint32_t *units;
    size_t count;
    bool bytes, redacted;
} source;

typedef struct place {
    pc_addr message, file, line, offset, end_line, end_offset, text; /* 0: None */
} place;

static bool is_space(const source *s, uint32_t c)
{
    if ((c >= 9 && c <= 13) || c == ' ')
        return true;
    if (s->bytes)
        return false;
    return (c >= 0x1c && c <= 0x1f) || c == 0x85 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 ||
           c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

static void put_units(pc_buffer *buffer, const source *s, size_t first, size_t end)
{
    PC_AUTO_BUFFER raw = {0};
    for (size_t i = first; i < end; i++)
        if (s->bytes)
            pc_buffer_putc(&raw, (char)s->units[i]);
        else
            pc_text_put_code_point(buffer, s->units[i]);
    pc_text_put_bytes(buffer, pc_buffer_text(&raw), raw.length);
}

/* Blanks as wide as the text, where what is white stays as it is: tabs keep the caret in its place. */
static void put_blanks(pc_buffer *buffer, const source *s, size_t first, size_t end)
{
    for (size_t i = first; i < end; i++)
        if (is_space(s, s->units[i]))
            put_units(buffer, s, i, i + 1);
        else
            pc_buffer_putc(buffer, ' ');
}

static bool read_source(pc_python *py, pc_addr object, source *s)
{
    pc_str str;
    PC_AUTO_SPANS spans = {0};
    size_t count = 0, next = 0;
    if (!pc_ok(pc_str_open(py, object, &str)) || str.is_bytes != pc_is_python2(py) || str.utf16 || str.length > MAX_UNITS)
        return false;
    s->bytes = str.is_bytes;
    s->units = pc_malloc((size_t)(str.length + 1) * sizeof(*s->units));
    pc_str_redactions(py, &str, &spans);
    s->redacted = spans.count != 0;
    while (s->count < str.length) {
        size_t end = next < spans.count ? spans.items[next].first : (size_t)str.length;
        if (s->count == end) {
            /* the carets below count on every character */
            for (end = spans.items[next++].end; s->count < end; s->count++)
                s->units[s->count] = '*';
            continue;
        }
        if (!pc_ok(pc_str_units(py, &str, s->count, s->units + s->count, end - s->count, &count)) || !count)
            return false;
        s->count += count;
    }
    return true;
}

static size_t without_newlines(const source *s)
{
    size_t end = s->count;
    while (end && s->units[end - 1] == '\n')
        end--;
    return end;
}

/* to 3.8: one caret under the line without the white around it */
static void put_stripped(pc_buffer *buffer, const source *s, bool has_offset, int64_t offset)
{
    size_t first = 0, end = s->count, length = without_newlines(s);
    while (first < end && is_space(s, s->units[first]))
        first++;
    while (end > first && is_space(s, s->units[end - 1]))
        end--;
    pc_buffer_puts(buffer, "\n    ");
    put_units(buffer, s, first, end);
    if (!has_offset)
        return;
    int64_t stop = (offset < (int64_t)length ? offset : (int64_t)length) - 1;
    if (stop < 0) /* counts from the end, as slices do */
        stop = stop + (int64_t)length > 0 ? stop + (int64_t)length : 0;
    first = 0;
    while (first < (size_t)stop && is_space(s, s->units[first]))
        first++;
    pc_buffer_puts(buffer, "\n    ");
    put_blanks(buffer, s, first, (size_t)stop);
    pc_buffer_putc(buffer, '^');
}

/* 3.9: one caret; 3.10: a range of them */
static void put_range(pc_buffer *buffer, const source *s, int64_t offset, int64_t end_offset)
{
    size_t end = without_newlines(s), first = 0;
    while (first < end && (s->units[first] == ' ' || s->units[first] == '\n' || s->units[first] == '\f'))
        first++;
    pc_buffer_puts(buffer, "\n    ");
    put_units(buffer, s, first, end);
    int64_t column = offset - 1 - (int64_t)first;
    if (column < 0)
        return;
    pc_buffer_puts(buffer, "\n    ");
    put_blanks(buffer, s, first, column < (int64_t)(end - first) ? first + (size_t)column : end);
    for (int64_t i = offset; i < end_offset; i++)
        pc_buffer_putc(buffer, '^');
}

static bool is_ascii(const source *s, size_t first, size_t end)
{
    while (first < end && s->units[first] < 0x80)
        first++;
    return first >= end;
}

/* Of that many units of [first, end): those that are not there count only where all is ASCII. */
static uint64_t columns(const source *s, size_t first, size_t end, uint64_t count)
{
    if (is_ascii(s, first, end))
        return count;
    uint64_t sum = 0;
    for (size_t i = first; i < end && i - first < count; i++)
        sum += pc_is_wide(s->units[i]) ? 2 : 1;
    return sum;
}

/* 3.15 */
static void put_columns(pc_buffer *buffer, const source *s, int64_t offset, int64_t end_offset)
{
    size_t end = without_newlines(s), first = 0;
    while (first < end && (s->units[first] == ' ' || s->units[first] == '\n' || s->units[first] == '\f'))
        first++;
    pc_buffer_puts(buffer, "\n    ");
    put_units(buffer, s, first, end);
    int64_t column = offset - 1 - (int64_t)first, length = (int64_t)(end - first), stop = end_offset - 1 - (int64_t)first;
    if (column < 0)
        return;
    uint64_t blanks = columns(s, first, end, (uint64_t)column), carets = (uint64_t)(end_offset - offset);
    if (column < length) {
        size_t from = first + (size_t)column, to = first + (size_t)(stop < length ? stop : length);
        carets = columns(s, from, to, to - from);
    }
    pc_buffer_puts(buffer, "\n    ");
    for (uint64_t i = 0; i < blanks; i++)
        pc_buffer_putc(buffer, ' ');
    for (uint64_t i = 0; i < carets; i++)
        pc_buffer_putc(buffer, '^');
}

static bool read_int(pc_python *py, pc_addr object, int64_t *ret_value)
{
    uint64_t value;
    const pc_type *type;
    if (!pc_ok(pc_type_of(py, object, &type)) || (type->kind != PC_TYPE_INT && type->kind != PC_TYPE_LONG && type->kind != PC_TYPE_BOOL) ||
        !pc_ok(pc_number_uint64(py, object, &value)) || (int64_t)value > INT32_MAX || (int64_t)value < INT32_MIN)
        return false;
    *ret_value = (int64_t)value;
    return true;
}

static bool same_text(const char *a, const char *b)
{
    return a && b ? !strcmp(a, b) : !a && !b;
}

/* false: not known */
static bool put_text(pc_walk *walk, const place *p, pc_buffer *buffer, const source *s)
{
    pc_python *py = walk->py;
    pc_syntax_error_form form = py->traits->syntax_error;
    int64_t offset = 0, end = 0;
    if ((p->offset && !read_int(py, p->offset, &offset)) || (p->end_offset && !read_int(py, p->end_offset, &end)))
        return false;
    if (form < PC_SYNTAX_CARET) {
        put_stripped(buffer, s, p->offset != 0, offset);
        return true;
    }
    if (!p->offset || form == PC_SYNTAX_CARET) {
        put_range(buffer, s, offset, offset + 1);
        return true;
    }
    if (!p->end_offset || !end)
        end = offset;
    if (form == PC_SYNTAX_RANGE) {
        if (offset == end || end == -1)
            end = offset + 1;
    } else {
        /* 3.13: never beyond the line */
        int64_t length = (int64_t)s->count, behind = (int64_t)without_newlines(s) + 1;
        const char *line = p->line ? pc_exception_str_of(walk, p->line).text : NULL;
        const char *end_line = p->end_line ? pc_exception_str_of(walk, p->end_line).text : NULL;
        if (!same_text(line, end_line))
            end = behind;
        if (length && offset > length)
            offset = behind;
        if (length && end > length)
            end = behind;
        if (offset >= end || end < 0)
            end = offset + 1;
    }
    if (end - offset > MAX_UNITS)
        return false;
    if (form >= PC_SYNTAX_COLUMNS)
        put_columns(buffer, s, offset, end);
    else
        put_range(buffer, s, offset, end);
    return true;
}

static bool is_empty(const char *text, pc_python *py, pc_addr object)
{
    pc_str str;
    if (pc_ok(pc_str_open(py, object, &str)))
        return !str.length;
    static const char *const falses[] = {"None", "False", "0", "0.0", "()", "[]", "{}"};
    for (size_t i = 0; i < PC_ARRAY_SIZE(falses); i++)
        if (!strcmp(text, falses[i]))
            return true;
    return false;
}

/* The text, or otherwise where the object is None or empty; NULL: not known */
static const char *text_or(pc_walk *walk, pc_addr object, const char *otherwise)
{
    if (!object)
        return otherwise;
    const char *text = pc_exception_str_of(walk, object).text;
    return !text ? NULL : is_empty(text, walk->py, object) ? otherwise : text;
}

static void compose(pc_walk *walk, const place *p, pc_exception *e)
{
    pc_python *py = walk->py;
    pc_syntax_error_form form = py->traits->syntax_error;
    const char *message = form == PC_SYNTAX_ARGUMENTS ? p->message ? pc_exception_str_of(walk, p->message).text : ""
                                                      : text_or(walk, p->message, "<no detail available>");
    const char *file = text_or(walk, p->file, "<string>"), *line = p->line ? pc_exception_str_of(walk, p->line).text : "None";
    source s = {0};
    PC_AUTO_BUFFER lines = {0};
    bool known = message && file && line;
    /* 3.8: without a line there is no such line, and the file comes behind the message */
    bool stands = p->line || form <= PC_SYNTAX_ALWAYS, behind = !stands && p->file;
    if (known && stands)
        pc_buffer_printf(&lines, "\n  File \"%s\", line %s", file, line);
    if (known && p->text)
        known = read_source(py, p->text, &s) && put_text(walk, p, &lines, &s);
    e->redacted |= s.redacted;
    if (known && lines.length)
        e->position = pc_arena_strdup(walk->arena, lines.data + 1);
    if (known && behind)
        file = pc_exception_str_of(walk, p->file).text;
    if (known)
        e->printed = behind ? pc_arena_printf(walk->arena, "%s (%s)", message, file) : message;
    free(s.units);
}

static pc_addr not_none(pc_python *py, pc_addr object)
{
    return pc_is(py, object, PC_TYPE_NONE) ? 0 : object;
}

static bool read_members(pc_python *py, pc_addr e, place *p)
{
    struct {
        pc_field field;
        pc_addr *to;
    } all[] = {{PC_SYNTAXERROR_MESSAGE, &p->message}, {PC_SYNTAXERROR_FILENAME, &p->file}, {PC_SYNTAXERROR_LINE, &p->line},
               {PC_SYNTAXERROR_OFFSET, &p->offset}, {PC_SYNTAXERROR_END_LINE, &p->end_line},
               {PC_SYNTAXERROR_END_OFFSET, &p->end_offset}, {PC_SYNTAXERROR_TEXT, &p->text}};
    for (size_t i = 0; i < PC_ARRAY_SIZE(all); i++) {
        if (!pc_has(py, all[i].field))
            continue;
        if (!pc_ok(pc_field_uint(py, all[i].field, e, all[i].to)))
            return false;
        *all[i].to = not_none(py, *all[i].to);
    }
    return true;
}

/* count items of a tuple or list that has as many */
static bool unpack(pc_python *py, pc_addr object, pc_addr *items, uint64_t count)
{
    pc_addr array;
    uint64_t size;
    bool tuple = pc_is(py, object, PC_TYPE_TUPLE);
    if ((!tuple && !pc_is(py, object, PC_TYPE_LIST)) || !pc_ok(pc_var_size(py, object, &size)) || size != count ||
        !pc_ok(tuple ? pc_field_address(py, PC_TUPLE_ITEMS, object, &array) : pc_field_uint(py, PC_LIST_ITEMS, object, &array)))
        return false;
    for (uint64_t i = 0; i < count; i++) {
        if (!pc_ok(pc_pointer_at(py, array, i, &items[i])))
            return false;
        items[i] = not_none(py, items[i]);
    }
    return true;
}

/* 2.7 takes them out of the arguments: (message, (file, line, offset, text)) */
static bool read_arguments(pc_python *py, pc_addr e, place *p)
{
    pc_addr args, two[2], four[4];
    int64_t line;
    if (!pc_ok(pc_field_uint(py, PC_EXC_ARGS, e, &args)) || !unpack(py, args, two, 2) || !unpack(py, two[1], four, 4) ||
        !four[1] || !read_int(py, four[1], &line))
        return false;
    *p = (place){.message = two[0], .file = four[0], .line = four[1], .offset = four[2], .text = four[3]};
    return true;
}

void pc_exception_position(pc_walk *walk, pc_exception *e, const pc_type *type)
{
    pc_python *py = walk->py;
    place p = {0};
    const pc_type *base = pc_exception_static_base(py, type);
    /* these are values, too */
    if (pc_redacts(py, PC_REDACT_ALL))
        return;
    if (!base || !py->traits || !pc_exception_type_is(py, base, "SyntaxError"))
        return;
    if (py->traits->syntax_error == PC_SYNTAX_ARGUMENTS ? read_arguments(py, e->address, &p) : read_members(py, e->address, &p))
        compose(walk, &p, e);
    e->position = pc_redact_text(walk->options.redaction, walk->arena, e->position, PC_SECRETS_STRING, false, &e->redacted);
    e->printed = pc_redact_text(walk->options.redaction, walk->arena, e->printed, PC_SECRETS_PRINTED, false, &e->redacted);
}
