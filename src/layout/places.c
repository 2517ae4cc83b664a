#include "layout/places.h"

#include <string.h>

#include "base/limits.h"
#include "layout/table.h"

/* ---- writing ---- */

static unsigned number_of_path(const char *alternatives, const char *path)
{
    unsigned number = 0;
    for (; alternatives < path; alternatives++)
        number += *alternatives == '|';
    return number;
}

static void print_field(const pc_layout *layout, size_t field, pc_buffer *buffer)
{
    const pc_field_place *f = &layout->fields[field];
    if (!f->source) {
        pc_buffer_puts(buffer, "-\n");
        return;
    }
    pc_buffer_printf(buffer, "%u %u %u", f->offset, f->size, number_of_path(pc_field_definitions[field].path, f->path));
    if (f->bits)
        pc_buffer_printf(buffer, " %u %u", f->bits, f->shift);
    pc_buffer_putc(buffer, '\n');
}

void pc_places_print(const pc_layout *layout, pc_layout_module module, pc_buffer *buffer)
{
    for (size_t i = 0, field = 0; i < PC_STRUCT_COUNT; i++) {
        bool is_its = pc_struct_definitions[i].module == module;
        if (is_its && layout->structs[i].source)
            pc_buffer_printf(buffer, "%u\n", layout->structs[i].size);
        else if (is_its)
            pc_buffer_puts(buffer, "-\n");
        for (; pc_layout_is_field_of(field, (pc_struct_id)i); field++)
            if (is_its)
                print_field(layout, field, buffer);
    }
}

/* ---- reading ---- */

typedef struct reader {
    const char *at, *end;
} reader;

static bool take(reader *r, char c)
{
    bool is_there = r->at < r->end && *r->at == c;
    r->at += is_there;
    return is_there;
}

static bool take_number(reader *r, uint32_t limit, uint32_t *ret_value)
{
    uint64_t value = 0;
    const char *first = r->at;
    for (; r->at < r->end && *r->at >= '0' && *r->at <= '9' && value <= limit; r->at++)
        value = value * 10 + (uint64_t)(*r->at - '0');
    if (r->at == first || value > limit || (*first == '0' && r->at - first > 1))
        return false;
    *ret_value = (uint32_t)value;
    return true;
}

static bool take_path(reader *r, const char *alternatives, pc_field_place *place)
{
    uint32_t number;
    const char *p = alternatives;
    if (!take(r, ' ') || !take_number(r, PC_LIMIT_STRUCT, &number))
        return false;
    for (; number && *p; p++)
        number -= *p == '|';
    if (number || !*p)
        return false;
    place->path = p;
    while (*p && *p != '|')
        p++;
    place->path_length = (size_t)(p - place->path);
    return true;
}

static bool take_bits(reader *r, pc_field_place *place)
{
    uint32_t bits, shift;
    if (!take_number(r, 64, &bits) || !take(r, ' ') || !take_number(r, 63, &shift) || !bits || place->size > 8 || shift + bits > place->size * 8)
        return false;
    place->bits = (uint8_t)bits;
    place->shift = (uint8_t)shift;
    return true;
}

static bool take_field(reader *r, const pc_field_definition *d, const pc_struct_place *owner, pc_layout_source source, pc_field_place *place)
{
    pc_field_place read = {.source = source};
    if (take(r, '-'))
        return take(r, '\n');
    if (!take_number(r, PC_LIMIT_STRUCT, &read.offset) || !take(r, ' ') || !take_number(r, PC_LIMIT_STRUCT, &read.size) || !take_path(r, d->path, &read) ||
        (take(r, ' ') && !take_bits(r, &read)) || !take(r, '\n') || !pc_layout_is_within(d, owner, read.offset, read.size))
        return false;
    *place = read;
    return true;
}

static bool take_struct(reader *r, pc_layout_source source, pc_struct_place *place)
{
    pc_struct_place read = {.source = source};
    if (take(r, '-'))
        return take(r, '\n');
    if (!take_number(r, PC_LIMIT_STRUCT, &read.size) || !take(r, '\n'))
        return false;
    *place = read;
    return true;
}

static bool take_module(reader *r, pc_layout_module module, pc_layout_source source, pc_layout *layout)
{
    for (size_t i = 0; i < PC_STRUCT_COUNT; i++) {
        if (pc_struct_definitions[i].module != module)
            continue;
        if (!take_struct(r, source, &layout->structs[i]))
            return false;
        for (size_t k = pc_layout_first_field((pc_struct_id)i); pc_layout_is_field_of(k, (pc_struct_id)i); k++)
            if (!take_field(r, &pc_field_definitions[k], &layout->structs[i], source, &layout->fields[k]))
                return false;
    }
    return r->at == r->end;
}

bool pc_places_parse(const char *text, size_t size, pc_layout_module module, pc_layout_source source, pc_layout *layout)
{
    reader r = {text, text + size};
    bool done = take_module(&r, module, source, layout);
    if (!done)
        pc_layout_forget(layout, module);
    return done;
}
