#include "layout/layout.h"

#include <stdlib.h>
#include <string.h>

const pc_struct_definition pc_struct_definitions[PC_STRUCT_COUNT] = {
#define PC_STRUCT(id, module, names, units) {#id, PC_MODULE_##module, names, units},
#define PC_FIELD(owner, id, path, kind, need)
#include "layout/fields.def"
#undef PC_STRUCT
#undef PC_FIELD
};

#define PC_NEED_REQUIRED true
#define PC_NEED_OPTIONAL false

const pc_field_definition pc_field_definitions[PC_FIELD_COUNT] = {
#define PC_STRUCT(id, module, names, units)
#define PC_FIELD(owner, id, path, kind, need) {#id, PC_STRUCT_##owner, path, PC_KIND_##kind, PC_NEED_##need},
#include "layout/fields.def"
#undef PC_STRUCT
#undef PC_FIELD
};

const char *const pc_field_kind_names[] = {"pointer", "unsigned", "signed", "bits", "float", "embedded"};

void pc_layout_init(pc_layout *layout)
{
    memset(layout, 0, sizeof(*layout));
}

void pc_layout_deinit(pc_layout *layout)
{
    if (!layout)
        return;
    free(layout->origin);
    pc_layout_init(layout);
}

pc_error *pc_layout_check_required(const pc_layout *layout, pc_layout_module module)
{
    PC_AUTO_BUFFER names = {0};
    size_t missing = 0;
    for (size_t i = 0; i < PC_FIELD_COUNT; i++) {
        const pc_field_definition *d = &pc_field_definitions[i];
        if (!d->required || pc_struct_definitions[d->owner].module != module || layout->fields[i].source != PC_SOURCE_NONE)
            continue;
        if (missing++ < 4)
            pc_buffer_printf(&names, "%s%.*s.%s", missing > 1 ? ", " : "",
                             (int)strcspn(pc_struct_definitions[d->owner].names, "|"), pc_struct_definitions[d->owner].names, d->path);
    }
    if (!missing)
        return NULL;
    return pc_error_create(PC_ERROR_LAYOUT, "%zu required fields are not in it (%s%s)", missing, pc_buffer_text(&names),
                           missing > 4 ? ", ..." : "");
}

bool pc_layout_has_module(const pc_layout *layout, pc_layout_module module)
{
    for (size_t i = 0; i < PC_STRUCT_COUNT; i++)
        if (pc_struct_definitions[i].module == module && layout->structs[i].source != PC_SOURCE_NONE)
            return true;
    return false;
}

const char *pc_layout_source_name(pc_layout_source source)
{
    static const char *const names[PC_SOURCE_COUNT] = {"absent", "dwarf", "debug-offsets", "table"};
    return names[source];
}

const char *pc_layout_sources(const pc_layout *layout)
{
    pc_layout_source one = PC_SOURCE_NONE;
    for (size_t i = 0; i < PC_FIELD_COUNT; i++) {
        pc_layout_source source = layout->fields[i].source;
        if (pc_struct_definitions[pc_field_definitions[i].owner].module == PC_MODULE_NUMPY)
            continue; /* has only one */
        if (source && one && source != one)
            return "mixed";
        if (source)
            one = source;
    }
    return pc_layout_source_name(one);
}

static const struct {
    const char *name;
    size_t length;
} module_names[PC_MODULE_COUNT] = {
#define PC_LAYOUT_MODULE(id, init, init2) {#id, sizeof(#id) - 1},
#include "layout/modules.def"
#undef PC_LAYOUT_MODULE
};

static char to_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

void pc_layout_module_name(pc_layout_module module, char *ret_name, size_t size)
{
    size_t n = 0;
    for (; n + 1 < size && n < module_names[module].length; n++)
        ret_name[n] = to_lower(module_names[module].name[n]);
    ret_name[n] = 0;
}

bool pc_layout_module_of(const char *name, size_t length, pc_layout_module *ret_module)
{
    for (int i = 0; i < PC_MODULE_COUNT; i++) {
        size_t n = 0;
        if (length != module_names[i].length)
            continue;
        while (n < length && to_lower(module_names[i].name[n]) == name[n])
            n++;
        if (n == length) {
            *ret_module = (pc_layout_module)i;
            return true;
        }
    }
    return false;
}

size_t pc_layout_first_field(pc_struct_id owner)
{
    size_t low = 0, high = PC_FIELD_COUNT;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (pc_field_definitions[middle].owner < owner)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void pc_layout_print(const pc_layout *layout, pc_buffer *buffer)
{
    int last = -1;
    for (size_t i = 0; i < PC_STRUCT_COUNT; i++)
        for (size_t k = 0; k <= PC_FIELD_COUNT; k++) {
            if (last != (int)i) {
                const pc_struct_place *s = &layout->structs[i];
                const char *names = pc_struct_definitions[i].names;
                pc_buffer_printf(buffer, "struct %-42.*s", (int)strcspn(names, "|"), names);
                if (s->source)
                    pc_buffer_printf(buffer, " size %5u            %s\n", s->size, pc_layout_source_name(s->source));
                else
                    pc_buffer_puts(buffer, " absent\n");
                last = (int)i;
            }
            if (k == PC_FIELD_COUNT || pc_field_definitions[k].owner != i)
                continue;
            const pc_field_place *f = &layout->fields[k];
            const char *path = f->source ? f->path : pc_field_definitions[k].path;
            int length = (int)(f->source ? f->path_length : strlen(path));
            pc_buffer_printf(buffer, "  %-22s %-24.*s", pc_field_definitions[k].id, length, path);
            if (!f->source) {
                pc_buffer_puts(buffer, " absent\n");
                continue;
            }
            pc_buffer_printf(buffer, " offset %3u size %2u %-8s", f->offset, f->size, pc_field_kind_names[pc_field_definitions[k].kind]);
            if (f->bits)
                pc_buffer_printf(buffer, " bits %u at %u", f->bits, f->shift);
            pc_buffer_printf(buffer, " %s\n", pc_layout_source_name(f->source));
        }
}
