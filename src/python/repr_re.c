/* repr() of compiled patterns and matches (Modules/_sre). */
#include "python/repr_parts.h"

static const struct {
    uint64_t flag;
    const char *name;
} flag_names[] = {{2, "IGNORECASE"}, {4, "LOCALE"}, {8, "MULTILINE"}, {16, "DOTALL"}, {32, "UNICODE"}, {64, "VERBOSE"},
                  {128, "DEBUG"}, {256, "ASCII"}};
#define FLAG_TEMPLATE 1
#define FLAG_UNICODE 32
#define FLAGS_CHARACTERS (4 | 32 | 256) /* LOCALE, UNICODE, ASCII */

static void write_flags(pc_writer *w, uint64_t flags)
{
    const char *separator = ", ";
    if ((flags & FLAG_TEMPLATE) && w->py->traits->pattern_names_template) {
        pc_write_printf(w, "%sre.TEMPLATE", separator);
        separator = "|";
        flags &= ~(uint64_t)FLAG_TEMPLATE;
    }
    for (size_t i = 0; i < PC_ARRAY_SIZE(flag_names); i++) {
        if (!(flags & flag_names[i].flag))
            continue;
        pc_write_printf(w, "%sre.%s", separator, flag_names[i].name);
        separator = "|";
        flags &= ~flag_names[i].flag;
    }
    if (flags)
        pc_write_printf(w, "%s0x%" PRIx64, separator, flags);
}

pc_error *pc_write_pattern(pc_writer *w, pc_addr object, const pc_type *type)
{
    (void)type;
    pc_addr pattern;
    uint64_t flags;
    int64_t is_bytes;
    PC_TRY(pc_field_uint(w->py, PC_PATTERN_PATTERN, object, &pattern));
    PC_TRY(pc_field_uint(w->py, PC_PATTERN_FLAGS, object, &flags));
    PC_TRY(pc_field_int(w->py, PC_PATTERN_IS_BYTES, object, &is_bytes));
    /* what str patterns have anyway is not told */
    if (!is_bytes && (flags & FLAGS_CHARACTERS) == FLAG_UNICODE)
        flags &= ~(uint64_t)FLAG_UNICODE;
    pc_write(w, "re.compile(");
    uint64_t outer = pc_write_begin_precision(w, 200);
    pc_write_object(w, pattern);
    pc_write_end_precision(w, outer);
    write_flags(w, flags);
    pc_write(w, ")");
    return NULL;
}

pc_error *pc_write_match(pc_writer *w, pc_addr object, const pc_type *type)
{
    pc_addr string, marks, first, end;
    pc_str str;
    const pc_type *kind;
    if (!type->tp_name)
        return pc_type_name_missing(type);
    PC_TRY(pc_field_uint(w->py, PC_MATCH_STRING, object, &string));
    PC_TRY(pc_field_address(w->py, PC_MATCH_MARKS, object, &marks));
    PC_TRY(pc_pointer_at(w->py, marks, 0, &first));
    PC_TRY(pc_pointer_at(w->py, marks, 1, &end));
    PC_TRY(pc_type_of(w->py, string, &kind));
    pc_write_printf(w, "<%s object; span=(%" PRIu64 ", %" PRIu64 "), match=", type->tp_name, first, end);
    if (kind->kind == PC_TYPE_UNICODE || kind->kind == PC_TYPE_BYTES || kind->kind == PC_TYPE_BYTEARRAY) {
        PC_TRY(pc_str_open(w->py, string, &str));
        /* a bytearray may have become shorter since */
        if (first > end || (end > str.length && kind->kind != PC_TYPE_BYTEARRAY))
            return pc_error_at(PC_ERROR_CORRUPT, object, "the match at " PC_ADDR " is not within its text", object);
        if (end > str.length)
            end = str.length;
        if (first > end)
            first = end;
        PC_TRY(pc_element(str.data, first, str.width, &str.data));
        str.length = end - first;
        uint64_t outer = pc_write_begin_precision(w, 50);
        pc_error *error = pc_write_quoted(w, &str);
        pc_write_end_precision(w, outer);
        PC_TRY(error);
    } else {
        /* some other object's buffer */
        pc_write(w, "...");
        w->inexact = w->truncated = true;
    }
    pc_write(w, ">");
    return NULL;
}
