#include "python/repr.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "python/dict.h"
#include "python/library.h"
#include "python/number.h"
#include "python/printable.h"
#include "python/repr_parts.h"
#include "python/str.h"

const char *pc_status_name(pc_status status)
{
    static const char *const names[] = {"complete", "truncated", "unreadable", "cycle", "corrupt", "repeated", "stale", "redacted"};
    return names[status];
}

pc_status pc_status_of_error(const pc_error *error)
{
    return error->code == PC_ERROR_CORRUPT || error->code == PC_ERROR_UNMAPPED ? PC_STATUS_CORRUPT
           : error->code == PC_ERROR_LIMIT                                   ? PC_STATUS_TRUNCATED
                                                                             : PC_STATUS_UNREADABLE;
}

/* Text of our own or in the report's form; what goes beyond the limit is dropped and the writer is full. */
static void write_text(pc_writer *w, const char *text, size_t length)
{
    if (w->full)
        return;
    size_t taken = 0;
    for (; taken < length; taken++) {
        if (((uint8_t)text[taken] & 0xc0) == 0x80)
            continue;
        if (w->characters == w->max_characters) {
            w->full = true;
            break;
        }
        w->characters++;
    }
    pc_buffer_append(&w->out, text, taken);
}

void pc_write(pc_writer *w, const char *text)
{
    write_text(w, text, strlen(text));
}

void pc_write_printf(pc_writer *w, const char *format, ...)
{
    PC_AUTO_BUFFER text = {0};
    va_list args;
    va_start(args, format);
    pc_buffer_vprintf(&text, format, args);
    va_end(args);
    write_text(w, pc_buffer_text(&text), text.length);
}

static void note_error(pc_writer *w, pc_error *error)
{
    if (!w->has_error || w->status == PC_STATUS_COMPLETE) {
        w->status = pc_status_of_error(error);
        w->has_error = true;
        w->error_address = error->address;
    }
    pc_error_destroy(error);
}

/* ---- text ---- */

#define CHUNK 512 /* code units at a time */

typedef enum quoting {
    QUOTE_STR,
    QUOTE_BYTES,
    QUOTE_BYTEARRAY, /* escapes single quotes even between double ones */
    QUOTE_UNICODE2
} quoting;

static void put_character(pc_writer *w, quoting how, uint32_t c, char quote)
{
    pc_buffer *b = &w->out;
    if (w->full)
        return;
    char escape[16];
    size_t n = 0;
    if (c == (uint32_t)(how == QUOTE_BYTEARRAY ? '\'' : quote) || c == '\\')
        n = (size_t)snprintf(escape, sizeof(escape), "\\%c", (char)c);
    else if (c == '\n' || c == '\r' || c == '\t')
        n = (size_t)snprintf(escape, sizeof(escape), "\\%c", c == '\n' ? 'n' : c == '\r' ? 'r' : 't');
    else if (c >= ' ' && c < 0x7f)
        escape[n++] = (char)c;
    else if (how == QUOTE_STR && c >= 0x80 && pc_is_printable(c, w->py->traits->unicode_version)) {
        if (w->characters == w->max_characters) {
            w->full = true;
            return;
        }
        w->characters++;
        pc_text_put_code_point(b, c);
        return;
    } else if (c < 0x100)
        n = (size_t)snprintf(escape, sizeof(escape), "\\x%02x", c);
    else if (c < 0x10000)
        n = (size_t)snprintf(escape, sizeof(escape), "\\u%04x", c);
    else
        n = (size_t)snprintf(escape, sizeof(escape), "\\U%08x", c);
    write_text(w, escape, n);
}

static void write_mark(pc_writer *w)
{
    pc_write(w, PC_SECRETS_MARK);
    w->redacted = w->inexact = true;
}

static bool is_pair(const pc_str *str, const uint32_t *units, size_t i, size_t count)
{
    return str->utf16 && units[i] >= 0xd800 && units[i] < 0xdc00 && i + 1 < count && units[i + 1] >= 0xdc00 && units[i + 1] < 0xe000;
}

/* Which quote: the single one, unless the text has such and no double one. Only as far as the output reaches could
 * it matter, but the rule asks the whole text. */
static pc_error *choose_quote(pc_writer *w, const pc_str *str, const pc_spans *spans, char *ret_quote)
{
    uint32_t units[CHUNK];
    bool has_single = false;
    size_t count;
    for (uint64_t at = 0, next = 0, room; at < str->length; at += count) {
        if (next < spans->count && at == spans->items[next].first) {
            count = spans->items[next].end - spans->items[next].first;
            next++;
            continue;
        }
        room = next < spans->count && spans->items[next].first - at < CHUNK ? spans->items[next].first - at : CHUNK;
        PC_TRY(pc_str_units(w->py, str, at, units, (size_t)room, &count));
        for (size_t i = 0; i < count; i++) {
            if (units[i] == '"') {
                *ret_quote = '\'';
                return NULL;
            }
            has_single |= units[i] == '\'';
        }
    }
    *ret_quote = has_single ? '"' : '\'';
    return NULL;
}

static pc_error *write_units(pc_writer *w, const pc_str *str, quoting how)
{
    uint32_t units[CHUNK];
    char quote;
    PC_AUTO_SPANS spans = {0};
    pc_str_redactions(w->py, str, &spans);
    PC_TRY(choose_quote(w, str, &spans, &quote));
    char mark[2] = {quote, 0};
    pc_write(w, mark);
    for (uint64_t at = 0, next = 0, room; at < str->length && !w->full;) {
        size_t count, i = 0;
        if (next < spans.count && at == spans.items[next].first) {
            write_mark(w);
            at = spans.items[next++].end;
            continue;
        }
        room = next < spans.count && spans.items[next].first - at < CHUNK ? spans.items[next].first - at : CHUNK;
        PC_TRY(pc_str_units(w->py, str, at, units, (size_t)room, &count));
        for (; i < count; i++) {
            uint32_t c = units[i];
            /* the other half of a pair may be in the next piece */
            if (str->utf16 && i + 1 == count && i && c >= 0xd800 && c < 0xdc00 && at + count < str->length)
                break;
            if (is_pair(str, units, i, count)) {
                i++;
                c = 0x10000 + ((c - 0xd800) << 10) + (units[i] - 0xdc00);
            }
            put_character(w, how, c, quote);
        }
        at += i;
    }
    pc_write(w, mark);
    return NULL;
}

static pc_error *write_quoted(pc_writer *w, pc_addr object, quoting how)
{
    pc_str str;
    PC_TRY(pc_str_open(w->py, object, &str));
    if (!pc_is(w->py, object, PC_TYPE_BYTEARRAY))
        PC_TRY(pc_str_check_end(w->py, &str));
    return write_units(w, &str, how);
}

pc_error *pc_write_quoted(pc_writer *w, const pc_str *str)
{
    bool two = pc_is_python2(w->py);
    if (two != str->is_bytes)
        pc_write(w, two ? "u" : "b");
    return write_units(w, str, str->is_bytes ? QUOTE_BYTES : two ? QUOTE_UNICODE2 : QUOTE_STR);
}

uint64_t pc_write_begin_precision(pc_writer *w, uint64_t characters)
{
    uint64_t outer = w->max_characters;
    if (!w->full && characters < outer - w->characters)
        w->max_characters = w->characters + characters;
    return outer;
}

void pc_write_end_precision(pc_writer *w, uint64_t outer)
{
    if (w->max_characters < outer && !pc_memory_is_starving(w->py->memory))
        w->full = false;
    w->max_characters = outer;
}

void pc_write_quoted_text(pc_writer *w, const uint32_t *text, size_t length)
{
    bool has_single = false, has_double = false;
    for (size_t i = 0; i < length; i++) {
        has_single |= text[i] == '\'';
        has_double |= text[i] == '"';
    }
    char quote = has_single && !has_double ? '"' : '\'', mark[2] = {quote, 0};
    PC_AUTO_SPANS spans = {0};
    if (pc_redacts(w->py, PC_REDACT_SECRETS))
        pc_secrets_find(&w->py->redaction->secrets, text, length, PC_SECRETS_STRING, &spans);
    pc_write(w, mark);
    for (size_t i = 0, next = 0; i < length && !w->full; i++)
        if (next < spans.count && i == spans.items[next].first) {
            write_mark(w);
            i = spans.items[next++].end - 1;
        } else
            put_character(w, QUOTE_STR, text[i], quote);
    pc_write(w, mark);
}

pc_error *pc_write_str(pc_writer *w, pc_addr object)
{
    PC_AUTO_BUFFER text = {0};
    bool redacted;
    PC_TRY(pc_str_append_value(w->py, object, &text, &redacted));
    w->redacted |= redacted;
    w->inexact |= redacted;
    write_text(w, pc_buffer_text(&text), text.length);
    return NULL;
}

/* ---- numbers ---- */

static bool is_blanked_int(pc_python *py, pc_addr object)
{
    pc_addr first;
    uint64_t size;
    if (!py->memory->blanked.count || !pc_ok(pc_number_bytes(py, object, &first, &size)))
        return false;
    const pc_range *r = size ? pc_ranges_from(&py->memory->blanked, first) : NULL;
    return r && r->first - first < size;
}

static pc_error *write_int(pc_writer *w, pc_addr object, const pc_type *type)
{
    PC_AUTO_BUFFER text = {0}, clean = {0};
    size_t digits;
    pc_addr first;
    uint64_t size;
    if (is_blanked_int(w->py, object))
        return pc_write_redacted(w, object, type);
    PC_TRY(pc_number_put_int_begin(w->py, object, w->max_characters - w->characters + 1, &text, &digits));
    if (pc_redacts(w->py, PC_REDACT_SECRETS) && pc_secrets_clean(&w->py->redaction->secrets, pc_buffer_text(&text), PC_SECRETS_PRINTED, false, &clean)) {
        if (pc_ok(pc_number_bytes(w->py, object, &first, &size)))
            pc_memory_blank(w->py->memory, first, size);
        return pc_write_redacted(w, object, type);
    }
    if (w->py->max_str_digits > 0 && digits > (uint64_t)w->py->max_str_digits)
        w->inexact = true; /* the interpreter itself would have refused */
    write_text(w, text.data, text.length);
    if (pc_is_python2(w->py) && type->kind == PC_TYPE_LONG)
        pc_write(w, "L");
    return NULL;
}

static pc_error *write_bool(pc_writer *w, pc_addr object)
{
    uint64_t value;
    PC_TRY(pc_number_uint64(w->py, object, &value));
    if (value > 1)
        return pc_error_at(PC_ERROR_CORRUPT, object, "a bool of %" PRIu64, value);
    pc_write(w, value ? "True" : "False");
    return NULL;
}

static pc_error *write_float(pc_writer *w, pc_addr object, pc_kind kind)
{
    PC_AUTO_BUFFER text = {0};
    double real, imag;
    if (kind == PC_TYPE_FLOAT) {
        PC_TRY(pc_field_double(w->py, PC_OB_FVAL, object, &real));
        pc_number_put_float(&text, real);
    } else {
        PC_TRY(pc_field_double(w->py, PC_COMPLEX_REAL, object, &real));
        PC_TRY(pc_field_double(w->py, PC_COMPLEX_IMAG, object, &imag));
        pc_number_put_complex(&text, real, imag);
    }
    write_text(w, text.data, text.length);
    return NULL;
}

/* ---- containers ---- */

static bool push(pc_writer *w, pc_addr object, bool guarded, const char *open, const char *close)
{
    if (w->depth >= w->max_depth) {
        pc_write_printf(w, "%s...%s", open, close);
        w->inexact = w->truncated = true;
        return false;
    }
    w->guarded[w->depth] = guarded;
    w->stack[w->depth++] = object;
    return true;
}

static bool is_open(const pc_writer *w, pc_addr object)
{
    for (uint32_t i = 0; i < w->depth; i++)
        if (w->stack[i] == object && w->guarded[i])
            return true;
    return false;
}

bool pc_write_enter(pc_writer *w, pc_addr object, const char *open, const char *close, const char *again)
{
    if (is_open(w, object)) {
        pc_write(w, again);
        return false;
    }
    return push(w, object, true, open, close);
}

/* Where a container is on the way from the object back to itself, that one is what ends it. */
bool pc_write_enter_unguarded(pc_writer *w, pc_addr object, const char *open, const char *close)
{
    for (uint32_t i = w->depth; i-- && !w->guarded[i];)
        if (w->stack[i] == object) {
            pc_write_printf(w, "%s...%s", open, close);
            w->inexact = true;
            if (w->status == PC_STATUS_COMPLETE)
                w->status = PC_STATUS_CYCLE;
            return false;
        }
    return push(w, object, false, open, close);
}

bool pc_write_separator(pc_writer *w, uint64_t i)
{
    if (w->full)
        return false;
    if (i)
        pc_write(w, ", ");
    if (i < w->max_items)
        return true;
    pc_write(w, "...");
    w->inexact = w->truncated = true;
    return false;
}

pc_error *pc_write_items(pc_writer *w, pc_addr items, uint64_t count)
{
    for (uint64_t i = 0; i < count && pc_write_separator(w, i); i++) {
        pc_addr item;
        PC_TRY(pc_pointer_at(w->py, items, i, &item));
        pc_write_object(w, item);
    }
    return NULL;
}

static pc_error *write_sequence(pc_writer *w, pc_addr object, bool is_tuple)
{
    uint64_t count;
    pc_addr items;
    PC_TRY(pc_var_size(w->py, object, &count));
    if (!count) {
        pc_write(w, is_tuple ? "()" : "[]");
        return NULL;
    }
    PC_TRY(is_tuple ? pc_field_address(w->py, PC_TUPLE_ITEMS, object, &items) : pc_field_uint(w->py, PC_LIST_ITEMS, object, &items));
    if (!pc_write_enter(w, object, is_tuple ? "(" : "[", is_tuple ? ")" : "]", is_tuple ? "(...)" : "[...]"))
        return NULL;
    pc_write(w, is_tuple ? "(" : "[");
    pc_error *error = pc_write_items(w, items, count);
    pc_write(w, is_tuple ? count == 1 ? ",)" : ")" : "]");
    w->depth--;
    return error;
}

pc_error *pc_write_dict_items(pc_writer *w, pc_dict *dict)
{
    for (uint64_t i = 0;; i++) {
        bool more;
        pc_addr key, value;
        PC_TRY(pc_dict_next(w->py, dict, &more, &key, &value));
        if (!more || !pc_write_separator(w, i))
            break;
        pc_write_object(w, key);
        pc_write(w, ": ");
        pc_write_object(w, value);
    }
    if (!w->full && !w->truncated && dict->given != dict->used)
        return pc_error_at(PC_ERROR_CORRUPT, dict->entries, "a dict of %" PRIu64 " items has %" PRIu64, dict->used, dict->given);
    return NULL;
}

pc_error *pc_write_dict(pc_writer *w, pc_addr object)
{
    pc_dict dict;
    PC_TRY(pc_dict_open(w->py, object, &dict));
    /* a defaultdict that is its own factory is written again before it is found empty */
    if (!dict.used && !is_open(w, object)) {
        pc_write(w, "{}");
        return NULL;
    }
    if (!pc_write_enter(w, object, "{", "}", "{...}"))
        return NULL;
    pc_write(w, "{");
    pc_error *error = pc_write_dict_items(w, &dict);
    pc_write(w, "}");
    w->depth--;
    return error;
}

static pc_error *write_set_items(pc_writer *w, pc_set *set)
{
    for (uint64_t i = 0;; i++) {
        bool more;
        pc_addr key;
        PC_TRY(pc_set_next(w->py, set, &more, &key));
        if (!more || !pc_write_separator(w, i))
            break;
        pc_write_object(w, key);
    }
    if (!w->full && !w->truncated && set->given != set->used)
        return pc_error_at(PC_ERROR_CORRUPT, set->table, "a set of %" PRIu64 " items has %" PRIu64, set->used, set->given);
    return NULL;
}

/* {1, 2} of an exact set; others with their class: frozenset({1, 2}); 2.7: set([1, 2]) */
static pc_error *write_set(pc_writer *w, pc_addr object, const pc_type *type)
{
    pc_set set;
    bool two = pc_is_python2(w->py), bare = !two && type->kind == PC_TYPE_SET && type->is_builtin;
    const char *name = type->tp_name ? type->tp_name : type->qualname;
    PC_TRY(pc_set_open(w->py, object, &set));
    if (!name)
        return pc_type_name_missing(type);
    /* it is made a list of first, by what the class says; 3 asks for the number of items itself before */
    if ((set.used || two) && !pc_type_inherits_slot(w->py, type, PC_TP_ITER)) {
        w->inexact = true;
        return pc_write_default(w, object, type);
    }
    if (!set.used) {
        pc_write_printf(w, "%s(%s)", name, two ? "[]" : "");
        return NULL;
    }
    PC_AUTO_BUFFER open = {0}, again = {0};
    pc_buffer_printf(&open, bare ? "{" : two ? "%s([" : "%s({", name);
    pc_buffer_printf(&again, "%s(...)", name);
    if (!pc_write_enter(w, object, open.data, bare ? "}" : two ? "])" : "})", again.data))
        return NULL;
    if (!bare)
        pc_write_printf(w, "%s(", name);
    pc_write(w, two ? "[" : "{");
    pc_error *error = write_set_items(w, &set);
    pc_write(w, two ? "]" : "}");
    if (!bare)
        pc_write(w, ")");
    w->depth--;
    return error;
}

static pc_error *write_slice(pc_writer *w, pc_addr object)
{
    pc_addr start, stop, step;
    PC_TRY(pc_field_uint(w->py, PC_SLICE_START, object, &start));
    PC_TRY(pc_field_uint(w->py, PC_SLICE_STOP, object, &stop));
    PC_TRY(pc_field_uint(w->py, PC_SLICE_STEP, object, &step));
    if (!pc_write_enter_unguarded(w, object, "slice(", ")"))
        return NULL;
    pc_write(w, "slice(");
    pc_write_object(w, start);
    pc_write(w, ", ");
    pc_write_object(w, stop);
    pc_write(w, ", ");
    pc_write_object(w, step);
    pc_write(w, ")");
    w->depth--;
    return NULL;
}

/* 2.7's xrange holds C longs: start, step and the number of items. */
static pc_error *write_xrange(pc_writer *w, pc_addr object)
{
    int64_t start, step, length, last;
    PC_TRY(pc_field_int(w->py, PC_RANGE_START, object, &start));
    PC_TRY(pc_field_int(w->py, PC_RANGE_STEP, object, &step));
    PC_TRY(pc_field_int(w->py, PC_RANGE_LENGTH, object, &length));
    if (__builtin_mul_overflow(length, step, &last) || __builtin_add_overflow(last, start, &last))
        return pc_error_at(PC_ERROR_CORRUPT, object, "an xrange that does not fit in a long");
    if (start == 0 && step == 1)
        pc_write_printf(w, "xrange(%" PRId64 ")", last);
    else if (step == 1)
        pc_write_printf(w, "xrange(%" PRId64 ", %" PRId64 ")", start, last);
    else
        pc_write_printf(w, "xrange(%" PRId64 ", %" PRId64 ", %" PRId64 ")", start, last, step);
    return NULL;
}

static pc_error *write_range(pc_writer *w, pc_addr object)
{
    pc_addr start, stop, step;
    uint64_t one;
    if (!pc_has(w->py, PC_RANGE_STOP))
        return write_xrange(w, object);
    PC_TRY(pc_field_uint(w->py, PC_RANGE_START, object, &start));
    PC_TRY(pc_field_uint(w->py, PC_RANGE_STOP, object, &stop));
    PC_TRY(pc_field_uint(w->py, PC_RANGE_STEP, object, &step));
    pc_write(w, "range(");
    pc_write_object(w, start);
    pc_write(w, ", ");
    pc_write_object(w, stop);
    if (!pc_ok(pc_number_uint64(w->py, step, &one)) || one != 1) {
        pc_write(w, ", ");
        pc_write_object(w, step);
    }
    pc_write(w, ")");
    return NULL;
}

static pc_error *write_bytearray(pc_writer *w, pc_addr object, const pc_type *type)
{
    bool own = w->py->traits->bytearray_names_class && !type->is_builtin && type->short_name;
    pc_write_printf(w, "%s(b", own ? type->short_name : "bytearray");
    PC_TRY(write_quoted(w, object, w->py->traits->bytearray_quotes_as_bytes ? QUOTE_BYTES : QUOTE_BYTEARRAY));
    pc_write(w, ")");
    return NULL;
}

/* ExceptionGroup('m', [ValueError(1)]): not the arguments, which may be others by now, but in their form */
static pc_error *write_group(pc_writer *w, pc_addr object, pc_addr args)
{
    pc_addr message, exceptions, text, items, second;
    uint64_t count;
    PC_TRY(pc_field_uint(w->py, PC_GROUP_MESSAGE, object, &message));
    PC_TRY(pc_field_uint(w->py, PC_GROUP_EXCEPTIONS, object, &exceptions));
    PC_TRY(pc_field_uint(w->py, PC_GROUP_EXCEPTIONS_TEXT, object, &text));
    PC_TRY(pc_var_size(w->py, args, &count));
    PC_TRY(pc_field_address(w->py, PC_TUPLE_ITEMS, args, &items));
    pc_write(w, "(");
    pc_write_object(w, message);
    pc_write(w, ", ");
    if (text) {
        PC_TRY(pc_write_str(w, text));
    } else if (count < 2) {
        return pc_error_at(PC_ERROR_CORRUPT, args, "a group without two arguments");
    } else {
        PC_TRY(pc_pointer_at(w->py, items, 1, &second));
        if (pc_is(w->py, second, PC_TYPE_LIST)) {
            PC_TRY(pc_expect(w->py, exceptions, PC_TYPE_TUPLE));
            PC_TRY(pc_var_size(w->py, exceptions, &count));
            PC_TRY(pc_field_address(w->py, PC_TUPLE_ITEMS, exceptions, &items));
            pc_write(w, "[");
            PC_TRY(pc_write_items(w, items, count));
            pc_write(w, "]");
        } else {
            pc_write_object(w, exceptions);
        }
    }
    pc_write(w, ")");
    return NULL;
}

static pc_error *write_import_error(pc_writer *w, pc_addr object, pc_addr args)
{
    static const pc_field fields[] = {PC_IMPORTERROR_NAME, PC_IMPORTERROR_PATH};
    static const char *const names[] = {"name=", "path="};
    pc_addr items, value;
    uint64_t count, written;
    PC_TRY(pc_var_size(w->py, args, &count));
    PC_TRY(pc_field_address(w->py, PC_TUPLE_ITEMS, args, &items));
    pc_write(w, "(");
    PC_TRY(pc_write_items(w, items, count));
    written = count;
    for (size_t i = 0; i < PC_ARRAY_SIZE(fields); i++) {
        PC_TRY(pc_field_uint(w->py, fields[i], object, &value));
        if (!value)
            continue;
        pc_write(w, written++ ? ", " : "");
        pc_write(w, names[i]);
        pc_write_object(w, value);
    }
    pc_write(w, ")");
    return NULL;
}

/* ValueError('x'): the class's name without its module, and the arguments */
static pc_error *write_exception(pc_writer *w, pc_addr object, const pc_type *type)
{
    pc_addr args, items, item;
    uint64_t count;
    PC_TRY(pc_field_uint(w->py, PC_EXC_ARGS, object, &args));
    PC_TRY(pc_expect(w->py, args, PC_TYPE_TUPLE));
    PC_TRY(pc_var_size(w->py, args, &count));
    if (!type->short_name)
        return pc_type_name_missing(type);
    PC_AUTO_BUFFER open = {0};
    pc_buffer_printf(&open, "%s(", type->short_name);
    if (!pc_write_enter_unguarded(w, object, open.data, ")"))
        return NULL;
    pc_write(w, type->short_name);
    pc_error *error = NULL;
    if (type->exception_repr != PC_EXCEPTION_ANY) {
        error = type->exception_repr == PC_EXCEPTION_GROUP ? write_group(w, object, args) : write_import_error(w, object, args);
    } else if (count == 1 && !w->py->traits->one_argument_comma) {
        PC_TRY(pc_field_address(w->py, PC_TUPLE_ITEMS, args, &items));
        PC_TRY(pc_pointer_at(w->py, items, 0, &item));
        pc_write(w, "(");
        pc_write_object(w, item);
        pc_write(w, ")");
    } else {
        pc_write_object(w, args);
    }
    w->depth--;
    return error;
}

static pc_repr_writer *const writers[PC_TYPE_COUNT] = {
#define PC_TYPE(kind, module, names, writer) [PC_TYPE_##kind] = writer,
#include "python/types.def"
#undef PC_TYPE
};

pc_error *pc_write_by_kind(pc_writer *w, pc_addr object, const pc_type *type)
{
    switch (type->kind) {
    case PC_TYPE_NONE:
        pc_write(w, "None");
        return NULL;
    case PC_TYPE_NOT_IMPLEMENTED:
        pc_write(w, "NotImplemented");
        return NULL;
    case PC_TYPE_ELLIPSIS:
        pc_write(w, "Ellipsis");
        return NULL;
    case PC_TYPE_BOOL:
        return write_bool(w, object);
    case PC_TYPE_INT:
    case PC_TYPE_LONG:
        return write_int(w, object, type);
    case PC_TYPE_FLOAT:
    case PC_TYPE_COMPLEX:
        return write_float(w, object, type->kind);
    case PC_TYPE_UNICODE:
        if (pc_is_python2(w->py))
            pc_write(w, "u");
        return write_quoted(w, object, pc_is_python2(w->py) ? QUOTE_UNICODE2 : QUOTE_STR);
    case PC_TYPE_BYTES:
        if (!pc_is_python2(w->py))
            pc_write(w, "b");
        return write_quoted(w, object, QUOTE_BYTES);
    case PC_TYPE_BYTEARRAY:
        return write_bytearray(w, object, type);
    case PC_TYPE_TUPLE:
    case PC_TYPE_LIST:
        return write_sequence(w, object, type->kind == PC_TYPE_TUPLE);
    case PC_TYPE_DICT:
        return pc_write_dict(w, object);
    case PC_TYPE_SET:
    case PC_TYPE_FROZENSET:
        return write_set(w, object, type);
    case PC_TYPE_RANGE:
        return write_range(w, object);
    case PC_TYPE_SLICE:
        return write_slice(w, object);
    case PC_TYPE_EXCEPTION:
        return write_exception(w, object, type);
    default:
        return writers[type->kind] ? writers[type->kind](w, object, type) : pc_write_named(w, object, type);
    }
}

/* What is referred to has a reference; and nobody has memory for as many as this. Immortal objects have one that lies
 * between (3.12); free-threaded builds count in two places, which are not looked at. */
static pc_error *check_references(pc_python *py, pc_addr object)
{
    int64_t count;
    if (!pc_has(py, PC_OB_REFCNT))
        return NULL;
    PC_TRY(pc_reference_count(py, object, &count));
    if (count < 1 || count > PC_LIMIT_REFERENCES)
        return pc_error_at(PC_ERROR_CORRUPT, object, "the object at " PC_ADDR " has a reference count of %" PRId64, object, count);
    return NULL;
}

static pc_error *write_any(pc_writer *w, pc_addr object)
{
    const pc_type *type;
    PC_TRY(pc_type_of(w->py, object, &type));
    pc_error *error = check_references(w->py, object);
    if (error) {
        /* which of these it is, its type says: they are what a process of many wrong decrements dies of */
        if (type->kind != PC_TYPE_NONE && type->kind != PC_TYPE_NOT_IMPLEMENTED && type->kind != PC_TYPE_ELLIPSIS)
            return error;
        note_error(w, error);
    }
    if (w->hide)
        return pc_write_redacted(w, object, type);
    if (type->repr_is_default)
        return pc_write_default(w, object, type);
    /* 2.7's classic instances look for a method of their class first */
    if (type->kind == PC_TYPE_CLASSIC_INSTANCE && pc_write_library(w, object, type))
        return NULL;
    if (type->repr_is_builtin)
        return pc_write_by_kind(w, object, type);
    if (pc_write_library(w, object, type))
        return NULL;
    /* a __repr__ that would have to be run */
    w->inexact = true;
    return pc_write_default(w, object, type);
}

void pc_write_object(pc_writer *w, pc_addr object)
{
    if (w->full)
        return;
    /* not all that leads to other objects is a container: a module's name may be the module itself */
    if (++w->work > PC_LIMIT_VALUE_WORK || w->nesting >= PC_LIMIT_REPR_NESTING) {
        pc_write(w, "...");
        w->inexact = w->truncated = true;
        return;
    }
    uint32_t depth = w->depth;
    size_t length = w->out.length;
    bool hide = w->hide;
    if (!hide && pc_redacts(w->py, PC_REDACT_SECRETS))
        w->hide = pc_secrets_names_next(pc_buffer_text(&w->out), length);
    w->nesting++;
    pc_error *error = object ? write_any(w, object) : pc_error_at(PC_ERROR_CORRUPT, 0, "a pointer to an object is NULL");
    w->nesting--;
    w->hide = hide;
    w->depth = depth; /* an error leaves its containers behind */
    if (pc_memory_is_starving(w->py->memory)) {
        /* what was written of this object may be wrong: the value is cut before it */
        if (!w->full)
            pc_buffer_cut(&w->out, length);
        w->full = true;
        pc_error_destroy(error);
    } else if (error) {
        note_error(w, error);
        w->inexact = true;
        pc_write_printf(w, object ? "<unreadable object at " PC_ADDR ">" : "<NULL>", object);
    }
}

/* The value as such is not known: nothing is told in its place. */
static pc_repr give_up(pc_writer *w, pc_error *error)
{
    pc_repr result = {.status = PC_STATUS_TRUNCATED};
    if (error && !pc_memory_is_starving(w->py->memory))
        result = (pc_repr){.status = pc_status_of_error(error), .has_error = true, .error_address = error->address};
    pc_error_destroy(error);
    pc_buffer_deinit(&w->out);
    return result;
}

static pc_repr finish(pc_writer *w)
{
    /* text costs our memory; and what was written when no more could be read may be wrong, unless it was cut there */
    if (!pc_memory_is_starving(w->py->memory) ? !pc_memory_spend(w->py->memory, w->out.length / 2) : !w->full)
        return give_up(w, NULL);
    pc_repr result = {.status = w->status, .has_error = w->has_error, .error_address = w->error_address};
    if (w->full) {
        pc_buffer_puts(&w->out, "...");
        w->truncated = true;
    }
    result.text = pc_arena_strdup(w->py->arena, pc_buffer_text(&w->out));
    result.truncated = w->truncated;
    result.exact = !w->inexact && !w->truncated && !w->has_error;
    if (w->redacted && result.status == PC_STATUS_COMPLETE)
        result.status = PC_STATUS_REDACTED;
    if (result.truncated && result.status == PC_STATUS_COMPLETE)
        result.status = PC_STATUS_TRUNCATED;
    pc_buffer_deinit(&w->out);
    return result;
}

static void writer_init(pc_writer *w, pc_python *py, const pc_repr_limits *limits)
{
    *w = (pc_writer){
        .py = py,
        .hide = pc_redacts(py, PC_REDACT_ALL),
        .max_characters = limits->max_repr && limits->max_repr < PC_LIMIT_REPR ? limits->max_repr : PC_LIMIT_REPR,
        .max_items = limits->max_items ? limits->max_items : UINT64_MAX,
        .max_depth = limits->max_depth && limits->max_depth < PC_LIMIT_REPR_DEPTH ? (uint32_t)limits->max_depth : PC_LIMIT_REPR_DEPTH,
    };
}

static pc_repr repr_of(pc_python *py, pc_addr object, const pc_repr_limits *limits, bool hide)
{
    pc_writer w;
    writer_init(&w, py, limits);
    w.hide |= hide;
    uint64_t share = pc_memory_begin_share(py->memory, PC_LIMIT_VALUE_SHARE);
    pc_error *error = object ? write_any(&w, object) : pc_error_at(PC_ERROR_CORRUPT, 0, "NULL");
    pc_repr result = error ? give_up(&w, error) : finish(&w);
    pc_memory_end_share(py->memory, share);
    return result;
}

pc_repr pc_repr_of(pc_python *py, pc_addr object, const pc_repr_limits *limits)
{
    return repr_of(py, object, limits, false);
}

pc_repr pc_repr_hidden(pc_python *py, pc_addr object, const pc_repr_limits *limits)
{
    return repr_of(py, object, limits, true);
}

pc_repr pc_repr_str(pc_python *py, pc_addr object, const pc_repr_limits *limits)
{
    const pc_type *type;
    if (!pc_ok(pc_type_of(py, object, &type)))
        return pc_repr_of(py, object, limits); /* which tells the error */
    pc_str_rule rule = pc_type_str_rule(py, type);
    bool two = pc_is_python2(py);
    /* Numbers have a str() of their own in some versions, 3's bytes and bytearray in all; it differs from repr() only for 2.7's
     * long, float, complex and bytearray. */
    bool same = type->kind == PC_TYPE_INT || type->kind == PC_TYPE_BOOL ||
                (!two && (type->kind == PC_TYPE_LONG || type->kind == PC_TYPE_FLOAT || type->kind == PC_TYPE_COMPLEX ||
                          type->kind == PC_TYPE_BYTES || type->kind == PC_TYPE_BYTEARRAY));
    if (rule == PC_STR_IS_REPR || (rule == PC_STR_IS_BUILTIN && same))
        return pc_repr_of(py, object, limits);
    if (pc_redacts(py, PC_REDACT_ALL)) {
        pc_repr hidden = pc_repr_of(py, object, limits);
        return hidden.status == PC_STATUS_REDACTED || hidden.has_error ? hidden : (pc_repr){.status = PC_STATUS_UNREADABLE};
    }
    pc_writer w;
    bool known;
    pc_error *error = NULL;
    writer_init(&w, py, limits);
    uint64_t share = pc_memory_begin_share(py->memory, PC_LIMIT_VALUE_SHARE);
    if (rule == PC_STR_IS_BUILTIN)
        error = pc_write_str_of(&w, object, type, &known);
    else
        known = pc_library_write_str(&w, object) || w.full;
    pc_repr result = error ? give_up(&w, error) : finish(&w);
    pc_memory_end_share(py->memory, share);
    /* an error has told its own status */
    return known || result.has_error ? result : (pc_repr){.status = PC_STATUS_UNREADABLE};
}
