/* repr() of array.array, and of 2.7's buffer: what lies in memory as C values. */
#include <string.h>

#include "python/number.h"
#include "python/repr_parts.h"
#include "python/str.h"

typedef struct array {
    pc_addr items;
    uint64_t count;
    char typecode;
    unsigned size;  /* bytes of an item */
    bool is_signed, is_float, is_long; /* is_long: 2.7 makes a long of it */
} array;

static pc_error *open_array(pc_python *py, pc_addr object, array *ret)
{
    pc_addr description;
    uint64_t typecode, size;
    PC_TRY(pc_field_uint(py, PC_ARRAY_DESCRIPTION, object, &description));
    PC_TRY(pc_field_uint(py, PC_ARRAY_TYPECODE, description, &typecode));
    PC_TRY(pc_field_uint(py, PC_ARRAY_ITEM_SIZE, description, &size));
    PC_TRY(pc_field_uint(py, PC_ARRAY_ITEMS, object, &ret->items));
    PC_TRY(pc_var_size(py, object, &ret->count));
    ret->typecode = (char)typecode;
    ret->size = (unsigned)size;
    ret->is_signed = typecode && typecode < 0x80 && strchr("bhilq", (char)typecode);
    ret->is_float = typecode == 'f' || typecode == 'd';
    ret->is_long = pc_is_python2(py) && (typecode == 'I' || typecode == 'L');
    bool known = typecode && typecode < 0x80 && strchr("bBhHiIlLqQfdcuw", (char)typecode);
    if (!known || (size != 1 && size != 2 && size != 4 && size != 8) || (typecode == 'f' && size != 4) || (typecode == 'd' && size != 8))
        return pc_error_at(PC_ERROR_CORRUPT, object, "the array at " PC_ADDR " has no known type of items", object);
    return NULL;
}

static double to_double(const array *a, uint64_t bits)
{
    double wide;
    float narrow;
    uint32_t low = (uint32_t)bits;
    if (a->size == 4) {
        memcpy(&narrow, &low, sizeof(narrow));
        return (double)narrow;
    }
    memcpy(&wide, &bits, sizeof(wide));
    return wide;
}

static pc_error *write_number(pc_writer *w, const array *a, pc_addr at)
{
    uint64_t value;
    PC_TRY(pc_memory_uint(w->py->memory, at, a->size, &value));
    if (a->is_float) {
        PC_AUTO_BUFFER text = {0};
        pc_number_put_float(&text, to_double(a, value));
        pc_write(w, pc_buffer_text(&text));
        return NULL;
    }
    if (a->is_signed) {
        unsigned unused = 64 - 8 * a->size;
        pc_write_printf(w, "%" PRId64, (int64_t)(value << unused) >> unused);
    } else {
        pc_write_printf(w, "%" PRIu64, value);
    }
    pc_write(w, a->is_long ? "L" : "");
    return NULL;
}

static pc_error *write_numbers(pc_writer *w, const array *a)
{
    for (uint64_t i = 0; i < a->count && pc_write_separator(w, i); i++) {
        pc_addr at;
        PC_TRY(pc_element(a->items, i, a->size, &at));
        PC_TRY(write_number(w, a, at));
    }
    return NULL;
}

/* 2.7's 'c' holds bytes, 'u' and 'w' (3.13) characters: their text is shown. */
static pc_error *write_text(pc_writer *w, const array *a)
{
    pc_str text = {.data = a->items, .length = a->count, .width = a->size, .max_unit = a->size == 1 ? 0xff : a->size == 2 ? 0xffff : 0x10ffff,
                   .is_bytes = a->typecode == 'c', .utf16 = a->size == 2};
    return pc_write_quoted(w, &text);
}

pc_error *pc_write_array(pc_writer *w, pc_addr object, const pc_type *type)
{
    array a = {0};
    const char *name = pc_traits_worded(w->py->traits, PC_WORDING_NAMES_OWN_CLASS) ? type->short_name : "array";
    PC_TRY(open_array(w->py, object, &a));
    if (!name)
        return pc_type_name_missing(type);
    if (!a.count) {
        pc_write_printf(w, "%s('%c')", name, a.typecode);
        return NULL;
    }
    bool is_text = strchr("cuw", a.typecode);
    PC_AUTO_BUFFER open = {0};
    pc_buffer_printf(&open, "%s('%c', %s", name, a.typecode, is_text ? "" : "[");
    const char *close = is_text ? ")" : "])";
    if (!pc_write_enter_unguarded(w, object, open.data, close))
        return NULL;
    pc_write(w, open.data);
    pc_error *error = is_text ? write_text(w, &a) : write_numbers(w, &a);
    w->depth--;
    pc_write(w, close);
    return error;
}

/* <read-only buffer for 0x..., size -1, offset 1 at 0x...>: size -1 is all that there is */
pc_error *pc_write_buffer2(pc_writer *w, pc_addr object, const pc_type *type)
{
    pc_addr base, pointer;
    int64_t size, offset, read_only;
    (void)type;
    PC_TRY(pc_field_uint(w->py, PC_BUFFER_BASE, object, &base));
    PC_TRY(pc_field_uint(w->py, PC_BUFFER_POINTER, object, &pointer));
    PC_TRY(pc_field_int(w->py, PC_BUFFER_SIZE, object, &size));
    PC_TRY(pc_field_int(w->py, PC_BUFFER_OFFSET, object, &offset));
    PC_TRY(pc_field_int(w->py, PC_BUFFER_READONLY, object, &read_only));
    const char *word = read_only ? "read-only" : "read-write";
    if (base)
        pc_write_printf(w, "<%s buffer for " PC_ADDR ", size %" PRId64 ", offset %" PRId64 " at " PC_ADDR ">", word, base, size, offset, object);
    else
        pc_write_printf(w, "<%s buffer ptr " PC_ADDR ", size %" PRId64 " at " PC_ADDR ">", word, pointer, size, object);
    return NULL;
}
