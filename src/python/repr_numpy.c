/* repr() of numpy's arrays and scalars as numpy prints them under its default options (arrayprint.py and scalartypes.c.src). */
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "base/text.h"
#include "python/numpy.h"
#include "python/numpy_format.h"
#include "python/repr_parts.h"

#define THRESHOLD 1000   /* of more elements only the corners are shown: */
#define EDGE_ITEMS 3     /* so many at each end */
#define LINE_WIDTH 75
#define NAT_TELLS_UNIT 204 /* the version since when repr() of a datetime that is none names its unit */
#define MAX_SHOWN 20000  /* elements that are printed: corners of many dimensions are many */

typedef struct printer {
    pc_writer *w;
    const pc_array *array;
    bool summarized;
    pc_addr *elements; /* those that are shown, in order */
    uint64_t count, next;
    pc_numpy_floats real, imag;
    int width; /* of integers and times */
} printer;

static bool is_cut(const printer *p, unsigned axis)
{
    return p->summarized && p->array->shape[axis] > 2 * EDGE_ITEMS;
}

static uint64_t shown_of(const printer *p, unsigned axis)
{
    return is_cut(p, axis) ? 2 * EDGE_ITEMS : p->array->shape[axis];
}

/* ---- elements ---- */

static void gather(printer *p, unsigned axis, pc_addr at)
{
    if (axis == p->array->nd) {
        p->elements[p->next++] = at;
        return;
    }
    uint64_t count = p->array->shape[axis], stride = (uint64_t)p->array->strides[axis];
    for (uint64_t i = 0; i < count; i++) {
        if (is_cut(p, axis) && i == EDGE_ITEMS)
            i = count - EDGE_ITEMS;
        gather(p, axis + 1, at + i * stride);
    }
}

/* An element of at most 8 bytes, or a half of one of 16, as a number. */
static pc_error *read_number(printer *p, pc_addr at, uint64_t size, uint64_t *ret_value)
{
    uint8_t bytes[8];
    uint64_t value = 0;
    PC_TRY(pc_memory_read(p->w->py->memory, at, bytes, size));
    for (uint64_t i = 0; i < size; i++)
        value = value << 8 | bytes[p->array->dtype.big_endian ? i : size - 1 - i];
    *ret_value = value;
    return NULL;
}

static double to_double(uint64_t bits, uint64_t size)
{
    double value;
    float single;
    if (size == 2)
        return pc_numpy_half((uint16_t)bits);
    if (size == 4) {
        uint32_t half = (uint32_t)bits;
        memcpy(&single, &half, 4);
        return (double)single;
    }
    memcpy(&value, &bits, 8);
    return value;
}

static pc_error *read_double(printer *p, pc_addr at, uint64_t size, double *ret_value)
{
    uint64_t bits;
    PC_TRY(read_number(p, at, size, &bits));
    *ret_value = to_double(bits, size);
    return NULL;
}

/* The format of all elements' real parts or, offset by half an element, imaginary ones. */
static pc_error *choose_floats(printer *p, bool imaginary, uint64_t size, unsigned version, pc_numpy_floats *ret)
{
    double *values = pc_malloc(p->count * sizeof(*values) + 1);
    pc_error *error = NULL;
    for (uint64_t i = 0; !error && i < p->count; i++)
        error = read_double(p, p->elements[i] + (imaginary ? size : 0), size, &values[i]);
    if (!error)
        pc_numpy_floats_init(ret, values, p->count, (unsigned)size, imaginary, version >= 203, version >= 200);
    free(values);
    return error;
}

static pc_error *put_element(printer *p, pc_addr at, bool padded, pc_buffer *buffer);

/* Integers and times: as wide as the widest. */
static pc_error *choose_width(printer *p)
{
    for (uint64_t i = 0; i < p->count; i++) {
        PC_AUTO_BUFFER text = {0};
        PC_TRY(put_element(p, p->elements[i], false, &text));
        if ((int)text.length > p->width)
            p->width = (int)text.length;
    }
    return NULL;
}

/* What a writer writes of something, as text. */
static pc_error *capture(pc_writer *w, pc_addr object, const pc_str *str, pc_buffer *buffer)
{
    size_t start = w->out.length;
    uint64_t characters = w->characters, limit = w->max_characters;
    pc_error *error = NULL;
    w->max_characters = UINT64_MAX;
    if (str)
        error = pc_write_quoted(w, str);
    else
        pc_write_object(w, object);
    if (w->out.length > start) {
        pc_buffer_append(buffer, w->out.data + start, w->out.length - start);
        pc_buffer_cut(&w->out, start);
    }
    w->characters = characters;
    w->max_characters = limit;
    return error;
}

/* A str or bytes of fixed length: NULs at its end are not part of it. */
static pc_error *put_text(printer *p, pc_addr at, pc_buffer *buffer)
{
    const pc_dtype *dtype = &p->array->dtype;
    unsigned width = dtype->kind == PC_DTYPE_STR ? 4 : 1;
    pc_str str = {.data = at, .length = dtype->size / width, .width = width, .max_unit = width == 4 ? 0x10ffff : 0xff, .is_bytes = width == 1};
    while (str.length) {
        uint64_t unit = 0;
        PC_TRY(pc_memory_uint(p->w->py->memory, at + (str.length - 1) * width, width, &unit));
        if (unit)
            break;
        str.length--;
    }
    return capture(p->w, 0, &str, buffer);
}

static pc_error *put_object(printer *p, pc_addr at, pc_buffer *buffer)
{
    pc_addr object;
    const pc_type *type;
    PC_AUTO_BUFFER text = {0};
    PC_TRY(pc_memory_pointer(p->w->py->memory, at, &object));
    if (!object) {
        pc_buffer_puts(buffer, "None");
        return NULL;
    }
    PC_TRY(pc_type_of(p->w->py, object, &type));
    bool is_list = type->kind == PC_TYPE_LIST && type->is_builtin;
    PC_TRY(capture(p->w, object, NULL, &text));
    if (text.data && strchr(text.data, '\n'))
        return pc_error_at(PC_ERROR_LIMIT, object, "an array within an array of objects");
    pc_buffer_printf(buffer, is_list ? "list(%s)" : "%s", pc_buffer_text(&text));
    return NULL;
}

static pc_error *put_time(printer *p, uint64_t bits, pc_buffer *buffer)
{
    const pc_dtype *dtype = &p->array->dtype;
    int64_t value = (int64_t)bits;
    if (value != PC_NUMPY_NAT && dtype->kind == PC_DTYPE_TIMEDELTA) {
        pc_buffer_printf(buffer, "%" PRId64, value);
        return NULL;
    }
    pc_buffer_putc(buffer, '\'');
    if (!pc_numpy_put_datetime(buffer, value, dtype->unit, dtype->unit_number))
        return pc_error_create(PC_ERROR_LAYOUT, "a time of numpy's unit %" PRId64 " is not known", dtype->unit);
    pc_buffer_putc(buffer, '\'');
    return NULL;
}

static pc_error *put_element(printer *p, pc_addr at, bool padded, pc_buffer *buffer)
{
    const pc_dtype *dtype = &p->array->dtype;
    PC_AUTO_BUFFER text = {0};
    double real, imag;
    uint64_t bits = 0, size = dtype->size;
    switch (dtype->kind) {
    case PC_DTYPE_STR:
    case PC_DTYPE_BYTES:
        return put_text(p, at, buffer);
    case PC_DTYPE_OBJECT:
        return put_object(p, at, buffer);
    case PC_DTYPE_FLOAT:
        PC_TRY(read_double(p, at, size, &real));
        pc_numpy_floats_put(&p->real, real, buffer);
        return NULL;
    case PC_DTYPE_COMPLEX:
        PC_TRY(read_double(p, at, size / 2, &real));
        PC_TRY(read_double(p, at + size / 2, size / 2, &imag));
        pc_numpy_floats_put(&p->real, real, buffer);
        pc_numpy_floats_put(&p->imag, imag, &text);
        size_t length = text.length;
        while (length && text.data[length - 1] == ' ')
            length--;
        pc_buffer_printf(buffer, "%.*sj%s", (int)length, text.data, text.data + length);
        return NULL;
    default:
        break;
    }
    PC_TRY(read_number(p, at, size, &bits));
    if (dtype->kind == PC_DTYPE_BOOL)
        pc_buffer_puts(buffer, bits ? p->array->nd ? " True" : "True" : "False");
    else if (dtype->kind == PC_DTYPE_SIGNED)
        pc_buffer_printf(&text, "%" PRId64, pc_sign_extend(bits, (unsigned)size * 8));
    else if (dtype->kind == PC_DTYPE_UNSIGNED)
        pc_buffer_printf(&text, "%" PRIu64, bits);
    else
        PC_TRY(put_time(p, bits, &text));
    for (int i = (int)text.length; padded && i < p->width; i++)
        pc_buffer_putc(buffer, ' ');
    pc_buffer_puts(buffer, pc_buffer_text(&text));
    return NULL;
}

static pc_error *choose_format(printer *p, unsigned version)
{
    const pc_dtype *dtype = &p->array->dtype;
    switch (dtype->kind) {
    case PC_DTYPE_SIGNED:
    case PC_DTYPE_UNSIGNED:
    case PC_DTYPE_DATETIME:
    case PC_DTYPE_TIMEDELTA:
        return choose_width(p);
    case PC_DTYPE_FLOAT:
        return choose_floats(p, false, dtype->size, version, &p->real);
    case PC_DTYPE_COMPLEX:
        PC_TRY(choose_floats(p, false, dtype->size / 2, version, &p->real));
        return choose_floats(p, true, dtype->size / 2, version, &p->imag);
    default:
        return NULL;
    }
}

/* ---- lines ---- */

static void put_spaces(pc_buffer *buffer, int count)
{
    for (int i = 0; i < count; i++)
        pc_buffer_putc(buffer, ' ');
}

/* A word on the line, or on the next one where it would reach beyond width and that helps. */
static void extend(pc_buffer *text, pc_buffer *line, const char *word, int width, int indent)
{
    int length = (int)pc_text_length(pc_buffer_text(line));
    if (length + (int)pc_text_length(word) > width && length > indent) {
        size_t end = line->length;
        while (end && line->data[end - 1] == ' ')
            end--;
        pc_buffer_append(text, line->data, end);
        pc_buffer_putc(text, '\n');
        pc_buffer_cut(line, 0);
        put_spaces(line, indent);
    }
    pc_buffer_puts(line, word);
}

static pc_error *put_row(printer *p, unsigned axis, int indent, int width, pc_buffer *text)
{
    PC_AUTO_BUFFER line = {0};
    uint64_t count = shown_of(p, axis);
    size_t start = text->length;
    put_spaces(&line, indent);
    for (uint64_t i = 0; i < count; i++) {
        PC_AUTO_BUFFER word = {0};
        if (i)
            pc_buffer_puts(&line, ", ");
        if (is_cut(p, axis) && i == EDGE_ITEMS) {
            extend(text, &line, "...", width, indent);
            pc_buffer_puts(&line, ", ");
        }
        PC_TRY(put_element(p, p->elements[p->next++], true, &word));
        extend(text, &line, pc_buffer_text(&word), width, indent);
    }
    pc_buffer_puts(text, pc_buffer_text(&line));
    /* the first line's indent is the caller's */
    memmove(text->data + start, text->data + start + indent, text->length - start - (size_t)indent);
    pc_buffer_cut(text, text->length - (size_t)indent);
    return NULL;
}

static pc_error *put_rows(printer *p, unsigned axis, int indent, int width, pc_buffer *text)
{
    if (axis == p->array->nd)
        return put_element(p, p->elements[p->next++], true, text);
    pc_buffer_putc(text, '[');
    if (axis + 1 == p->array->nd) {
        PC_TRY(put_row(p, axis, indent, width - 1, text));
    } else {
        uint64_t count = shown_of(p, axis);
        for (uint64_t i = 0; i < count; i++) {
            for (int pass = is_cut(p, axis) && i == EDGE_ITEMS ? 0 : 1; i && pass < 2; pass++) {
                pc_buffer_putc(text, ',');
                for (unsigned k = axis + 1; k < p->array->nd; k++)
                    pc_buffer_putc(text, '\n');
                put_spaces(text, indent);
                if (!pass)
                    pc_buffer_puts(text, "...");
            }
            PC_TRY(put_rows(p, axis + 1, indent + 1, width - 1, text));
        }
    }
    pc_buffer_putc(text, ']');
    return NULL;
}

/* ---- arrays ---- */

static pc_error *put_dtype(const pc_dtype *dtype, pc_buffer *buffer)
{
    static const char *const names[] = {"bool", "int", "uint", "float", "complex", "object"};
    const char *order = dtype->big_endian ? ">" : "<";
    uint64_t bits = dtype->kind == PC_DTYPE_BOOL || dtype->kind == PC_DTYPE_OBJECT ? 0 : dtype->size * 8;
    switch (dtype->kind) {
    case PC_DTYPE_BYTES:
        pc_buffer_printf(buffer, "'|S%" PRIu64 "'", dtype->size);
        return NULL;
    case PC_DTYPE_STR:
        pc_buffer_printf(buffer, "'%sU%" PRIu64 "'", order, dtype->size / 4);
        return NULL;
    case PC_DTYPE_DATETIME:
    case PC_DTYPE_TIMEDELTA: {
        PC_AUTO_BUFFER unit = {0};
        bool datetime = dtype->kind == PC_DTYPE_DATETIME;
        if (!pc_numpy_put_unit(&unit, dtype->unit, dtype->unit_number))
            return pc_error_create(PC_ERROR_LAYOUT, "numpy's unit %" PRId64 " is not known", dtype->unit);
        if (dtype->swapped)
            pc_buffer_printf(buffer, "'%s%c8", order, datetime ? 'M' : 'm');
        else
            pc_buffer_printf(buffer, "%s%s", unit.data ? "'" : "", datetime ? "datetime64" : "timedelta64");
        if (unit.data)
            pc_buffer_printf(buffer, "[%s]", unit.data);
        pc_buffer_puts(buffer, unit.data || dtype->swapped ? "'" : "");
        return NULL;
    }
    default:
        break;
    }
    if (dtype->swapped)
        pc_buffer_printf(buffer, "'%s%c%" PRIu64 "'", order, "biufcO"[dtype->kind], dtype->size);
    else if (bits)
        pc_buffer_printf(buffer, "%s%" PRIu64, names[dtype->kind], bits);
    else
        pc_buffer_puts(buffer, names[dtype->kind]);
    return NULL;
}

static void put_shape(const pc_array *array, pc_buffer *buffer)
{
    pc_buffer_putc(buffer, '(');
    for (unsigned i = 0; i < array->nd; i++)
        pc_buffer_printf(buffer, "%s%" PRIu64, i ? ", " : "", array->shape[i]);
    pc_buffer_puts(buffer, array->nd == 1 ? ",)" : ")");
}

/* Shape and dtype where the elements do not tell them. */
static pc_error *put_extras(const printer *p, unsigned version, pc_buffer *text)
{
    const pc_array *array = p->array;
    PC_AUTO_BUFFER extras = {0};
    bool empty = !array->count && !(array->nd == 1 && !array->shape[0]), dtype = !array->dtype.implied || !array->count;
    /* to 2.1 it counted to what is in the brackets */
    bool shape = empty || (version >= 202 && p->summarized);
    if (version < 202 && shape) {
        pc_buffer_puts(text, ", shape=");
        put_shape(array, text);
    } else if (shape) {
        pc_buffer_puts(&extras, "shape=");
        put_shape(array, &extras);
    }
    if (dtype) {
        pc_buffer_puts(&extras, extras.length ? ", dtype=" : "dtype=");
        PC_TRY(put_dtype(&array->dtype, &extras));
    }
    if (extras.length) {
        pc_buffer_putc(text, ',');
        const char *last = strrchr(text->data, '\n');
        int length = (int)pc_text_length(last ? last + 1 : text->data);
        if (length + (int)pc_text_length(extras.data) + 2 > LINE_WIDTH) {
            pc_buffer_putc(text, '\n');
            put_spaces(text, (int)(strchr(text->data, '(') - text->data) + 1);
        } else {
            pc_buffer_putc(text, ' ');
        }
        pc_buffer_puts(text, extras.data);
    }
    pc_buffer_putc(text, ')');
    return NULL;
}

static pc_error *put_array(printer *p, const char *class, unsigned version, pc_buffer *text)
{
    const pc_array *array = p->array;
    pc_buffer_printf(text, "%s(", class);
    if (!array->count) {
        pc_buffer_puts(text, "[]");
        return put_extras(p, version, text);
    }
    int indent = (int)pc_text_length(text->data) + 1;
    gather(p, 0, array->data);
    p->next = 0;
    PC_TRY(choose_format(p, version));
    PC_TRY(put_rows(p, 0, indent, LINE_WIDTH - 1, text));
    return put_extras(p, version, text);
}

static pc_error *write_stand_in(pc_writer *w, pc_addr object, const pc_type *type)
{
    w->inexact = true;
    return pc_write_default(w, object, type);
}

pc_error *pc_write_ndarray(pc_writer *w, pc_addr object, const pc_type *type)
{
    pc_array array;
    unsigned version;
    PC_TRY(pc_numpy_version(w->py, &version));
    PC_TRY(pc_array_open(w->py, object, &array));
    printer p = {.w = w, .array = &array, .summarized = array.count > THRESHOLD, .count = 1};
    for (unsigned i = 0; i < array.nd && p.count <= MAX_SHOWN; i++)
        p.count *= shown_of(&p, i);
    if (array.dtype.kind == PC_DTYPE_OTHER || p.count > MAX_SHOWN || (array.dtype.swapped && array.dtype.kind == PC_DTYPE_STR) || !type->short_name)
        return write_stand_in(w, object, type);
    /* a class of somebody's own may make other things of its elements */
    bool is_matrix = type->full_name && (!strcmp(type->full_name, "numpy.matrix") || !strcmp(type->full_name, "numpy.matrixlib.defmatrix.matrix"));
    if ((!type->is_builtin && !is_matrix) || !pc_numpy_options_are_default(w->py))
        w->inexact = true;
    if (array.dtype.kind == PC_DTYPE_OBJECT && !pc_write_enter_unguarded(w, object, "array(", ", dtype=object)"))
        return NULL;
    PC_AUTO_BUFFER text = {0};
    p.elements = pc_malloc(p.count * sizeof(*p.elements) + 1);
    pc_error *error = put_array(&p, type->is_builtin ? "array" : type->short_name, version, &text);
    free(p.elements);
    if (array.dtype.kind == PC_DTYPE_OBJECT)
        w->depth--;
    if (error && error->code == PC_ERROR_LIMIT && !pc_memory_is_starving(w->py->memory)) {
        pc_error_destroy(error);
        return write_stand_in(w, object, type);
    }
    PC_TRY(error);
    pc_write(w, pc_buffer_text(&text));
    return NULL;
}

/* ---- scalars ---- */

static pc_error *put_scalar_time(pc_writer *w, pc_addr object, bool datetime, uint64_t bits, unsigned version, pc_buffer *buffer)
{
    int64_t unit, number;
    PC_AUTO_BUFFER name = {0};
    PC_TRY(pc_field_int(w->py, PC_SCALAR_UNIT, object, &unit));
    PC_TRY(pc_field_int(w->py, PC_SCALAR_UNIT_NUMBER, object, &number));
    bool is_nat = (int64_t)bits == PC_NUMPY_NAT, told = is_nat && datetime && version >= NAT_TELLS_UNIT;
    bool named = datetime ? number != 1 || unit == PC_NUMPY_HOUR || told : true;
    if (datetime || is_nat) {
        pc_buffer_putc(buffer, '\'');
        if (!pc_numpy_put_datetime(buffer, (int64_t)bits, unit, number))
            return pc_error_at(PC_ERROR_CORRUPT, object, "a numpy time of unit number %" PRId64, unit);
        pc_buffer_putc(buffer, '\'');
    } else {
        pc_buffer_printf(buffer, "%" PRId64, (int64_t)bits);
    }
    if (!pc_numpy_put_unit(&name, unit, number))
        return pc_error_at(PC_ERROR_CORRUPT, object, "a numpy time of unit number %" PRId64, unit);
    if (told && unit == PC_NUMPY_GENERIC)
        pc_buffer_puts(&name, "generic");
    if (named && name.length)
        pc_buffer_printf(buffer, ",'%s'", name.data);
    return NULL;
}

static void put_complex(double real, double imag, unsigned width, bool by_width, pc_buffer *buffer)
{
    uint64_t bits;
    memcpy(&bits, &real, 8);
    if (bits) {
        pc_numpy_put_float(buffer, real, width, by_width, false);
        PC_AUTO_BUFFER text = {0};
        pc_numpy_put_float(&text, imag, width, by_width, false);
        pc_buffer_printf(buffer, "%s%s", text.data[0] == '-' ? "" : "+", text.data);
    } else {
        pc_numpy_put_float(buffer, imag, width, by_width, false);
    }
    pc_buffer_putc(buffer, 'j');
}

/* What is in the parentheses of numpy 2, and without them the repr() of numpy 1. */
static pc_error *put_scalar(pc_writer *w, pc_addr object, const char *name, unsigned version, pc_buffer *buffer)
{
    pc_addr at;
    uint64_t bits = 0, more = 0;
    unsigned size = strstr(name, "longlong") ? 64 : (unsigned)strtoul(name + strcspn(name, "0123456789"), NULL, 10);
    bool is_complex = !strncmp(name, "complex", 7);
    size = !size ? 1 : size / (is_complex ? 16 : 8);
    if (size != 1 && size != 2 && size != 4 && size != 8)
        return pc_error_at(PC_ERROR_LAYOUT, object, "numpy's %s is not known", name);
    PC_TRY(pc_field_address(w->py, PC_SCALAR_VALUE, object, &at));
    PC_TRY(pc_memory_uint(w->py->memory, at, size, &bits));
    if (is_complex) {
        PC_TRY(pc_memory_uint(w->py->memory, at + size, size, &more));
        put_complex(to_double(bits, size), to_double(more, size), size, version >= 203, buffer);
    } else if (!strncmp(name, "float", 5)) {
        pc_numpy_put_float(buffer, to_double(bits, size), size, version >= 203, true);
    } else if (strstr(name, "time")) {
        return put_scalar_time(w, object, *name == 'd', bits, version, buffer);
    } else if (*name == 'u') {
        pc_buffer_printf(buffer, "%" PRIu64, bits);
    } else if (*name == 'b') {
        pc_buffer_puts(buffer, bits ? "True" : "False");
    } else {
        pc_buffer_printf(buffer, "%" PRId64, pc_sign_extend(bits, size * 8));
    }
    return NULL;
}

pc_error *pc_write_numpy_scalar(pc_writer *w, pc_addr object, const pc_type *type)
{
    unsigned version;
    PC_AUTO_BUFFER text = {0};
    if (!type->is_builtin)
        return write_stand_in(w, object, type);
    PC_TRY(pc_numpy_version(w->py, &version));
    const char *name = type->short_name;
    PC_TRY(put_scalar(w, object, name, version, &text));
    if (version >= 200 && strstr(name, "longlong"))
        name = *name == 'u' ? "uint64" : "int64";
    bool is_complex = *name == 'c', is_time = strstr(name, "time"), is_bool = *name == 'b';
    if (is_time)
        pc_write_printf(w, "%s.%s(%s)", version >= 200 ? "np" : "numpy", name, pc_buffer_text(&text));
    else if (version >= 200)
        pc_write_printf(w, is_bool ? "np.%.0s%s_" : "np.%s(%s)", name, pc_buffer_text(&text));
    else if (is_complex && (strchr(text.data + 1, '+') || strchr(text.data + 1, '-')))
        pc_write_printf(w, "(%s)", text.data);
    else
        pc_write(w, pc_buffer_text(&text));
    return NULL;
}
