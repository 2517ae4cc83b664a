/* repr() of ctypes' simple values, functions, arguments and fields (Modules/_ctypes). Structures, arrays and pointers have object's. */
#include <math.h>
#include <string.h>

#include "base/cursor.h"
#include "python/class_attribute.h"
#include "python/number.h"
#include "python/repr_parts.h"
#include "target/machine.h"

/* The letter that is the class's _type_. */
static pc_error *read_format(pc_python *py, const pc_type *type, char *ret_format)
{
    bool there;
    const pc_type *owner;
    pc_addr value;
    const char *text;
    PC_TRY(pc_class_get(py, type, "_type_", &there, &owner, &value));
    if (!there || !pc_str_text(py, value, &text) || strlen(text) != 1)
        return pc_error_at(PC_ERROR_CORRUPT, type->address, "the ctypes type at " PC_ADDR " has no _type_", type->address);
    *ret_format = *text;
    return NULL;
}

/* Whether the class has the other byte order than the machine: its own attribute for that order is itself. */
static pc_error *is_swapped(pc_python *py, const pc_type *type, bool *ret_swapped)
{
    pc_addr dict, value;
    bool there;
    PC_TRY(pc_field_uint(py, PC_TP_DICT, type->address, &dict));
    PC_TRY(pc_dict_get(py, dict, py->memory->big_endian ? "__ctype_le__" : "__ctype_be__", &there, &value));
    *ret_swapped = there && value == type->address;
    return NULL;
}

static void swap(uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size / 2; i++) {
        uint8_t byte = bytes[i];
        bytes[i] = bytes[size - 1 - i];
        bytes[size - 1 - i] = byte;
    }
}

static uint64_t number_of(const pc_memory *memory, const uint8_t *bytes, size_t size)
{
    uint64_t value = 0;
    for (size_t i = 0; i < size; i++)
        value = value << 8 | bytes[memory->big_endian ? i : size - 1 - i];
    return value;
}

/* x87's 80 bits as the double that C converts them to. False where that would be rounded twice here. */
static bool double_of_x87(const uint8_t bytes[10], double *ret_value)
{
    uint64_t fraction = 0;
    for (int i = 8; i-- > 0;)
        fraction = fraction << 8 | bytes[i];
    int exponent = (bytes[9] & 0x7f) << 8 | bytes[8];
    double value = ldexp((double)fraction, exponent - 16383 - 63);
    if (exponent == 0x7fff)
        value = fraction << 1 ? (double)NAN : (double)INFINITY;
    *ret_value = bytes[9] & 0x80 ? -value : value;
    return isnormal(value) || !(fraction & 0x7ff) || exponent == 0x7fff;
}

static bool is_x86(const pc_core *core)
{
    return core->machine && (!strcmp(core->machine->name, "x86_64") || !strcmp(core->machine->name, "i386"));
}

static pc_error *write_floating(pc_writer *w, const uint8_t *bytes, uint64_t size)
{
    PC_AUTO_BUFFER text = {0};
    double value;
    uint64_t bits;
    if (size == 8) {
        bits = number_of(w->py->memory, bytes, 8);
        memcpy(&value, &bits, 8);
    } else if (size == 4) {
        uint32_t half = (uint32_t)number_of(w->py->memory, bytes, 4);
        float single;
        memcpy(&single, &half, 4);
        value = (double)single;
    } else if (w->py->memory->big_endian || (size != 16 && size != 12) || !is_x86(w->py->core)) {
        return pc_error_create(PC_ERROR_LAYOUT, "a long double of %" PRIu64 " bytes is not known", size);
    } else if (!double_of_x87(bytes, &value)) {
        w->inexact = true;
    }
    pc_number_put_float(&text, value);
    pc_write(w, text.data);
    return NULL;
}

/* The text up to its NUL that a pointer leads to. */
static pc_error *write_pointed(pc_writer *w, pc_addr at, unsigned width)
{
    if (!at) {
        pc_write(w, "None");
        return NULL;
    }
    pc_str str = {.data = at, .width = width, .max_unit = width == 1 ? 0xff : 0x10ffff, .is_bytes = width == 1};
    for (uint64_t unit = 1;; str.length++) {
        pc_addr next;
        PC_TRY(pc_element(at, str.length, width, &next));
        PC_TRY(pc_memory_uint(w->py->memory, next, width, &unit));
        if (!unit)
            return pc_write_quoted(w, &str);
        if (str.length == PC_LIMIT_STRING)
            return pc_error_at(PC_ERROR_LIMIT, at, "the text at " PC_ADDR " does not end", at);
    }
}

static pc_error *write_value(pc_writer *w, char format, pc_addr at, uint8_t *bytes, uint64_t size)
{
    uint64_t value = size <= 8 ? number_of(w->py->memory, bytes, size) : 0;
    bool two = pc_is_python2(w->py);
    switch (format) {
    case 'b': case 'h': case 'i': case 'l': case 'q':
        pc_write_printf(w, "%" PRId64 "%s", size < 8 ? pc_sign_extend(value, (unsigned)size * 8) : (int64_t)value,
                        two && format == 'q' ? "L" : "");
        return NULL;
    case 'B': case 'H': case 'I': case 'L': case 'Q':
        pc_write_printf(w, "%" PRIu64 "%s", value, two && strchr("ILQ", format) ? "L" : "");
        return NULL;
    case 'P':
        if (!value)
            pc_write(w, "None");
        else
            pc_write_printf(w, "%" PRIu64 "%s", value, two && value >> (8 * size - 1) ? "L" : "");
        return NULL;
    case '?':
        pc_write(w, value ? "True" : "False");
        return NULL;
    case 'f': case 'd': case 'g':
        return write_floating(w, bytes, size);
    case 'c':
        return pc_write_quoted(w, &(pc_str){.data = at, .length = 1, .width = 1, .max_unit = 0xff, .is_bytes = true});
    case 'u':
        return pc_write_quoted(w, &(pc_str){.data = at, .length = 1, .width = (unsigned)size, .max_unit = 0x10ffff});
    case 'z':
        return write_pointed(w, value, 1);
    case 'Z':
        return write_pointed(w, value, 4);
    case 'O':
        pc_write_object(w, value);
        return NULL;
    default:
        return pc_error_create(PC_ERROR_LAYOUT, "the ctypes format '%c' is not known", format);
    }
}

pc_error *pc_write_c_simple(pc_writer *w, pc_addr object, const pc_type *type)
{
    const pc_type *base;
    char format = 0;
    bool swapped;
    uint8_t bytes[16] = {0};
    pc_addr at;
    int64_t size;
    if (!type->tp_name)
        return pc_type_name_missing(type);
    PC_TRY(pc_type_read(w->py, type->base, &base));
    /* the ctypes types themselves are classes made from _SimpleCData; what is made from those is no number any more */
    if (!base->is_builtin) {
        pc_write_printf(w, "<%s object at " PC_ADDR ">", type->tp_name, object);
        return NULL;
    }
    PC_TRY(read_format(w->py, type, &format));
    PC_TRY(is_swapped(w->py, type, &swapped));
    PC_TRY(pc_field_uint(w->py, PC_C_DATA_AT, object, &at));
    PC_TRY(pc_field_int(w->py, PC_C_DATA_SIZE, object, &size));
    if (size < 1 || size > (int64_t)sizeof(bytes) || (size > 8 && format != 'g'))
        return pc_error_at(PC_ERROR_CORRUPT, object, "the ctypes value at " PC_ADDR " has a size of %" PRId64, object, size);
    PC_TRY(pc_memory_read(w->py->memory, at, bytes, (size_t)size));
    if (swapped)
        swap(bytes, (size_t)size);
    pc_write_printf(w, "%s(", type->tp_name);
    PC_TRY(write_value(w, format, at, bytes, (uint64_t)size));
    pc_write(w, ")");
    return NULL;
}

pc_error *pc_write_c_function(pc_writer *w, pc_addr object, const pc_type *type)
{
    if (!type->tp_name)
        return pc_type_name_missing(type);
    pc_write_printf(w, "<%s object at " PC_ADDR ">", type->tp_name, object);
    return NULL;
}

/* What byref() and from_param() give. Floating-point numbers and characters are printed in other ways in other versions; what is
 * larger than a char may have a sign that the tag has not. */
pc_error *pc_write_c_argument(pc_writer *w, pc_addr object, const pc_type *type)
{
    static const char tags[] = "hHiIlLqQ";
    static const unsigned sizes[] = {2, 4, 0, 8}; /* 0: a word */
    uint64_t tag;
    pc_addr value, pointer;
    PC_TRY(pc_field_uint(w->py, PC_C_ARGUMENT_TAG, object, &tag));
    if (w->py->layout->fields[PC_C_ARGUMENT_TAG].size > 1) /* a text: 3.15 */
        PC_TRY(pc_memory_uint(w->py->memory, tag, 1, &tag));
    const char *found = tag ? strchr(tags, (int)tag) : NULL;
    if (tag == 'P' || tag == 'z' || tag == 'Z') {
        PC_TRY(pc_field_uint(w->py, PC_C_ARGUMENT_POINTER, object, &pointer));
        pc_write_printf(w, "<cparam '%c' (" PC_ADDR ")>", (int)tag, pointer);
    } else if (found) {
        unsigned size = sizes[(found - tags) / 2];
        uint64_t number = 0;
        size = size ? size : w->py->word;
        PC_TRY(pc_field_address(w->py, PC_C_ARGUMENT_VALUE, object, &value));
        PC_TRY(pc_memory_uint(w->py->memory, value, size, &number));
        pc_write_printf(w, "<cparam '%c' (%" PRId64 ")>", (int)tag, pc_sign_extend(number, size * 8));
    } else {
        w->inexact = true;
        return pc_write_default(w, object, type);
    }
    return NULL;
}

/* 3.14 */
static pc_error *write_named_field(pc_writer *w, pc_addr object, const pc_type *type, const pc_type *field_type, int64_t offset, int64_t size)
{
    pc_addr name;
    uint64_t bits, first;
    if (!type->tp_name)
        return pc_type_name_missing(type);
    PC_TRY(pc_field_uint(w->py, PC_C_FIELD_NAME, object, &name));
    PC_TRY(pc_field_uint(w->py, PC_C_FIELD_BITS, object, &bits));
    PC_TRY(pc_field_uint(w->py, PC_C_FIELD_FIRST_BIT, object, &first));
    pc_write_printf(w, "<%s ", type->tp_name);
    pc_write_object(w, name);
    pc_write_printf(w, " type=%s, ofs=%" PRId64, field_type->tp_name, offset);
    if (bits)
        pc_write_printf(w, ", bit_size=%" PRIu64 ", bit_offset=%" PRIu64 ">", bits, first);
    else
        pc_write_printf(w, ", size=%" PRId64 ">", size);
    return NULL;
}

pc_error *pc_write_c_field(pc_writer *w, pc_addr object, const pc_type *type)
{
    int64_t offset, size;
    pc_addr kind;
    const pc_type *field_type;
    PC_TRY(pc_field_int(w->py, PC_C_FIELD_OFFSET, object, &offset));
    PC_TRY(pc_field_int(w->py, PC_C_FIELD_SIZE, object, &size));
    PC_TRY(pc_field_uint(w->py, PC_C_FIELD_TYPE, object, &kind));
    PC_TRY(pc_type_read(w->py, kind, &field_type));
    if (!field_type->tp_name)
        return pc_type_name_missing(field_type);
    if (pc_has(w->py, PC_C_FIELD_NAME))
        return write_named_field(w, object, type, field_type, offset, size);
    pc_write_printf(w, "<Field type=%s, ofs=%" PRId64, field_type->tp_name, offset);
    /* a bit field: how many bits, and the first, share one number */
    if (size >> 16)
        pc_write_printf(w, ":%" PRId64 ", bits=%" PRId64 ">", size & 0xffff, size >> 16);
    else
        pc_write_printf(w, ", size=%" PRId64 ">", size);
    return NULL;
}
