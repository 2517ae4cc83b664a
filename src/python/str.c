#include "python/str.h"

#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "base/limits.h"
#include "base/text.h"
#include "python/type.h"

static pc_error *corrupt(pc_addr object)
{
    return pc_error_at(PC_ERROR_CORRUPT, object, "the str at " PC_ADDR " has an impossible state", object);
}

/* Python 3: compact ones have their data behind the header, others point to it; kind 0 is a legacy str (to 3.11) that was
 * made from wchar_t and never made ready. */
static pc_error *open_str3(pc_python *py, pc_addr object, pc_str *str)
{
    uint64_t kind, compact, ascii;
    int64_t length;
    const pc_view view = pc_view_of(py, PC_STRUCT_ASCII, object);
    PC_TRY(pc_view_int(py, &view, PC_STR_LENGTH, &length));
    PC_TRY(pc_view_uint(py, &view, PC_STR_KIND, &kind));
    PC_TRY(pc_view_uint(py, &view, PC_STR_COMPACT, &compact));
    PC_TRY(pc_view_uint(py, &view, PC_STR_ASCII, &ascii));
    if (kind == 0 && pc_has(py, PC_STR_WSTR)) {
        PC_TRY(pc_field_int(py, PC_STR_WSTR_LENGTH, object, &length));
        PC_TRY(pc_field_uint(py, PC_STR_WSTR, object, &str->data));
        str->width = pc_size_of(py, PC_STRUCT_UNICODE_UNIT);
        str->utf16 = str->width == 2;
    } else if (kind == 1 || kind == 2 || kind == 4) {
        str->width = (unsigned)kind;
        if (!compact)
            PC_TRY(pc_field_uint(py, PC_STR_DATA, object, &str->data));
        else
            PC_TRY(pc_element(object, 1, pc_size_of(py, ascii ? PC_STRUCT_ASCII : PC_STRUCT_COMPACT_UNICODE), &str->data));
    } else {
        return corrupt(object);
    }
    if (length < 0 || (str->width != 1 && str->width != 2 && str->width != 4))
        return corrupt(object);
    str->length = (uint64_t)length;
    str->max_unit = ascii ? 0x7f : 0x10ffff;
    return NULL;
}

static pc_error *open_unicode2(pc_python *py, pc_addr object, pc_str *str)
{
    int64_t length;
    PC_TRY(pc_field_int(py, PC_UNICODE_LENGTH, object, &length));
    PC_TRY(pc_field_uint(py, PC_UNICODE_STR, object, &str->data));
    str->width = pc_size_of(py, PC_STRUCT_UNICODE_UNIT);
    str->utf16 = str->width == 2;
    if (length < 0 || (str->width != 2 && str->width != 4))
        return corrupt(object);
    str->length = (uint64_t)length;
    return NULL;
}

static pc_error *open_of(pc_python *py, pc_addr object, const pc_type *type, pc_str *ret_str)
{
    pc_str str = {.max_unit = UINT32_MAX};
    if (type->kind == PC_TYPE_UNICODE) {
        PC_TRY(pc_is_python2(py) ? open_unicode2(py, object, &str) : open_str3(py, object, &str));
    } else if (type->kind == PC_TYPE_BYTES || type->kind == PC_TYPE_BYTEARRAY) {
        str.width = 1;
        str.is_bytes = true;
        PC_TRY(pc_var_size(py, object, &str.length));
        if (type->kind == PC_TYPE_BYTES)
            PC_TRY(pc_field_address(py, PC_OB_SVAL, object, &str.data));
        else
            PC_TRY(pc_field_uint(py, PC_BYTEARRAY_START, object, &str.data));
    } else {
        return pc_error_at(PC_ERROR_CORRUPT, object, "the object at " PC_ADDR " is not text", object);
    }
    *ret_str = str;
    return NULL;
}

pc_error *pc_str_open(pc_python *py, pc_addr object, pc_str *ret_str)
{
    const pc_type *type;
    PC_TRY(pc_type_of(py, object, &type));
    return open_of(py, object, type, ret_str);
}

pc_error *pc_str_check_end(pc_python *py, const pc_str *str)
{
    pc_addr at;
    uint64_t unit;
    if (!pc_ok(pc_element(str->data, str->length, str->width, &at)) || !pc_ok(pc_memory_uint(py->memory, at, str->width, &unit)) || !unit)
        return NULL;
    return pc_error_at(PC_ERROR_CORRUPT, str->data, "the text at " PC_ADDR " does not end where its length says", str->data);
}

pc_error *pc_str_units(pc_python *py, const pc_str *str, uint64_t first, uint32_t *units, size_t room, size_t *ret_count)
{
    uint8_t bytes[1024];
    size_t count = 0;
    while (count < room && first + count < str->length) {
        pc_addr at;
        uint64_t there;
        PC_TRY(pc_element(str->data, first + count, str->width, &at));
        size_t n = sizeof(bytes) / str->width;
        if (n > room - count)
            n = room - count;
        if (n > str->length - first - count)
            n = (size_t)(str->length - first - count);
        const uint8_t *p = pc_memory_span(py->memory, at, n * str->width, &there);
        if (p && there >= str->width) {
            if (n > there / str->width)
                n = (size_t)(there / str->width);
        } else {
            /* a unit across two ranges, or an error to be told */
            n = 1;
            pc_error *error = pc_memory_read(py->memory, at, bytes, str->width);
            if (error && count) {
                pc_error_destroy(error);
                break;
            }
            if (error)
                return error;
            p = bytes;
        }
        if (!pc_memory_spend(py->memory, n / 8))
            return pc_error_at(PC_ERROR_LIMIT, at, "a text of %" PRIu64 " characters is too long to be read", str->length);
        for (size_t i = 0; i < n; i++) {
            units[count + i] = (uint32_t)pc_load_uint(p + i * str->width, str->width, py->memory->big_endian);
            if (units[count + i] > str->max_unit)
                return pc_error_at(PC_ERROR_CORRUPT, at, "the text at " PC_ADDR " has characters that cannot be in it", str->data);
        }
        count += n;
    }
    *ret_count = count;
    return NULL;
}

static void put_units(pc_buffer *buffer, const pc_str *str, const uint32_t *units, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t c = units[i];
        if (str->utf16 && c >= 0xd800 && c < 0xdc00 && i + 1 < count && units[i + 1] >= 0xdc00 && units[i + 1] < 0xe000)
            c = 0x10000 + ((c - 0xd800) << 10) + (units[++i] - 0xdc00);
        pc_text_put_code_point(buffer, c);
    }
}

/* What the core was blanked of. */
static void add_ranges(const pc_ranges *ranges, const pc_str *str, pc_spans *spans)
{
    pc_addr at = str->data, last;
    uint64_t size;
    if (!ranges->count || !str->length || __builtin_mul_overflow(str->length, (uint64_t)str->width, &size) ||
        !pc_addr_add(str->data, size - 1, &last))
        return;
    for (const pc_range *r; (r = pc_ranges_from(ranges, at)) && r->first <= last; at = r->last + 1) {
        pc_addr first = r->first < str->data ? str->data : r->first, end = r->last < last ? r->last : last;
        pc_spans_add(spans, (size_t)((first - str->data) / str->width), (size_t)((end - str->data) / str->width + 1));
        if (r->last >= last)
            break;
    }
}

/* Secrets in as much of the text as can be read, but for what the core was blanked of (the spans). */
static void find_secrets(pc_python *py, const pc_str *str, const pc_spans *blanked, pc_spans *found)
{
    size_t count = 0, room = str->length < PC_LIMIT_REDACTED_UNITS ? (size_t)str->length : PC_LIMIT_REDACTED_UNITS;
    if (!room)
        return;
    uint32_t *units = pc_malloc(room * sizeof(*units));
    for (size_t next = 0; count < room;) {
        size_t first = next < blanked->count ? blanked->items[next].first : room, got;
        if (count == first) {
            size_t end = blanked->items[next].end < room ? blanked->items[next].end : room;
            memset(units + count, 0, (end - count) * sizeof(*units));
            count = end;
            next++;
        } else if (pc_ok(pc_str_units(py, str, count, units + count, (first < room ? first : room) - count, &got)) && got) {
            count += got;
        } else {
            break;
        }
    }
    pc_secrets_find(&py->redaction->secrets, units, count, PC_SECRETS_STRING, found);
    if (count < str->length)
        pc_spans_add(found, count, (size_t)str->length);
    free(units);
}

void pc_str_redactions(pc_python *py, const pc_str *str, pc_spans *spans)
{
    PC_AUTO_SPANS found = {0};
    spans->count = 0;
    add_ranges(&py->memory->blanked, str, spans);
    pc_spans_settle(spans);
    if (pc_redacts(py, PC_REDACT_SECRETS))
        find_secrets(py, str, spans, &found);
    for (size_t i = 0; i < found.count; i++) {
        pc_memory_blank(py->memory, str->data + found.items[i].first * str->width, (found.items[i].end - found.items[i].first) * str->width);
        pc_spans_add(spans, found.items[i].first, found.items[i].end);
    }
    add_ranges(&py->memory->hidden, str, spans);
    pc_spans_settle(spans);
}

/* The text's bytes where a report has them as they are: ASCII that lies together, without NUL. NULL: character by character. */
static const char *plain_bytes(pc_python *py, const pc_str *str)
{
    const uint8_t *bytes = str->width == 1 && str->length ? pc_memory_near(py->memory, str->data, (size_t)str->length) : NULL;
    bool plain = bytes;
    for (size_t i = 0; plain && i < str->length; i++)
        plain = (uint8_t)(bytes[i] - 1) < 0x7f;
    return plain && pc_memory_spend(py->memory, str->length / 8) ? (const char *)bytes : NULL;
}

/* value: what is not to be shown is looked for; of a name only what the core was blanked of. */
static pc_error *append(pc_python *py, pc_addr object, bool value, pc_buffer *buffer, bool *ret_redacted)
{
    pc_str str;
    PC_TRY(pc_str_open(py, object, &str));
    /* it is kept: beside the time, that costs our memory */
    if (str.length > PC_LIMIT_STRING || !pc_memory_spend(py->memory, str.length / 2))
        return pc_error_at(PC_ERROR_LIMIT, object, "the text at " PC_ADDR " has %" PRIu64 " characters", object, str.length);
    PC_AUTO_BUFFER bytes = {0};
    PC_AUTO_SPANS spans = {0};
    if (value)
        pc_str_redactions(py, &str, &spans);
    else
        add_ranges(&py->memory->blanked, &str, &spans);
    *ret_redacted = spans.count != 0;
    const char *plain = spans.count ? NULL : plain_bytes(py, &str);
    if (plain) {
        pc_buffer_append(buffer, plain, (size_t)str.length);
        return NULL;
    }
    size_t next = 0;
    for (uint64_t at = 0; at < str.length;) {
        uint32_t units[256];
        size_t count, room = PC_ARRAY_SIZE(units);
        if (next < spans.count && at == spans.items[next].first) {
            pc_buffer_puts(str.is_bytes ? &bytes : buffer, PC_SECRETS_MARK);
            at = spans.items[next++].end;
            continue;
        }
        if (next < spans.count && spans.items[next].first - at < room)
            room = (size_t)(spans.items[next].first - at);
        PC_TRY(pc_str_units(py, &str, at, units, room, &count));
        if (!count)
            break;
        /* a pair must not be torn apart by the end of the piece */
        if (str.utf16 && count > 1 && at + count < str.length && units[count - 1] >= 0xd800 && units[count - 1] < 0xdc00)
            count--;
        if (str.is_bytes)
            for (size_t i = 0; i < count; i++)
                pc_buffer_putc(&bytes, (char)units[i]);
        else
            put_units(buffer, &str, units, count);
        at += count;
    }
    if (str.is_bytes && bytes.length)
        pc_text_put_bytes(buffer, bytes.data, bytes.length);
    return NULL;
}

pc_error *pc_str_append(pc_python *py, pc_addr object, pc_buffer *buffer)
{
    bool redacted;
    return append(py, object, false, buffer, &redacted);
}

pc_error *pc_str_append_value(pc_python *py, pc_addr object, pc_buffer *buffer, bool *ret_redacted)
{
    bool redacted;
    PC_TRY(append(py, object, true, buffer, &redacted));
    *ret_redacted = redacted;
    return NULL;
}

bool pc_str_text(pc_python *py, pc_addr object, const char **ret_text)
{
    PC_AUTO_BUFFER text = {0};
    if (!object || !pc_ok(pc_str_append(py, object, &text)))
        return false;
    *ret_text = pc_arena_strdup(py->arena, pc_buffer_text(&text));
    return true;
}

bool pc_str_name(pc_python *py, pc_addr object, const char **ret_text)
{
    pc_str str;
    if (!pc_str_text(py, object, ret_text))
        return false;
    if (py->memory->touched && pc_ok(pc_str_open(py, object, &str)))
        pc_memory_touch_name(py->memory, str.data, str.length * str.width);
    return true;
}

static __attribute__((noinline)) bool has_text(pc_python *py, pc_addr object, const pc_type *type, const char *ascii, size_t length)
{
    pc_str str;
    size_t count;
    uint32_t units[64];
    const uint8_t *bytes;
    if (length > PC_ARRAY_SIZE(units) || !pc_ok(open_of(py, object, type, &str)) || str.length != length)
        return false;
    if (length && str.width == 1 && (bytes = pc_memory_near(py->memory, str.data, length)))
        return !memcmp(bytes, ascii, length);
    if (!pc_ok(pc_str_units(py, &str, 0, units, length, &count)) || count != length)
        return false;
    for (size_t i = 0; i < length; i++)
        if (units[i] != (unsigned char)ascii[i])
            return false;
    return true;
}

bool pc_str_equals_of(pc_python *py, pc_addr object, const pc_type *type, const char *ascii, size_t length)
{
    uint64_t own;
    /* most have another length; one that was never made ready (to 3.11) has 0 here and its own elsewhere */
    if (type->kind == PC_TYPE_UNICODE && pc_has(py, PC_STR_LENGTH)) {
        const pc_view view = pc_view_of(py, PC_STRUCT_ASCII, object);
        if (pc_ok(pc_view_uint(py, &view, PC_STR_LENGTH, &own)) && own && own != length)
            return false;
    }
    return has_text(py, object, type, ascii, length);
}

bool pc_str_equals(pc_python *py, pc_addr object, const char *ascii)
{
    const pc_type *type;
    return pc_ok(pc_type_of(py, object, &type)) && pc_str_equals_of(py, object, type, ascii, strlen(ascii));
}
