#include "python/python.h"

#include <string.h>

#include "base/cursor.h"

void pc_python_init(pc_python *py, pc_core *core, pc_modules *modules, pc_layout *layout)
{
    *py = (pc_python){
        .core = core,
        .modules = modules,
        .memory = &core->memory,
        .arena = core->arena,
        .diagnostics = core->diagnostics,
        .layout = layout,
        .word = core->bits / 8,
    };
}

void pc_python_deinit(pc_python *py)
{
    if (!py)
        return;
    pc_map_deinit(&py->types);
    pc_map_deinit(&py->static_names);
    pc_map_deinit(&py->slots);
    pc_map_deinit(&py->codes);
    pc_map_deinit(&py->lookups);
    pc_map_deinit(&py->library);
    pc_map_deinit(&py->module_names);
    pc_map_deinit(&py->functions);
    pc_map_deinit(&py->functions_told);
    pc_map_deinit(&py->secret_objects);
}

static pc_error *absent(pc_field field)
{
    return pc_error_create(PC_ERROR_LAYOUT, "this build has no %s", pc_field_definitions[field].path);
}

static __attribute__((noinline)) pc_error *field_anywhere(pc_python *py, pc_field field, pc_addr address, uint64_t *ret_value)
{
    const pc_field_place *place = &py->layout->fields[field];
    if (place->source == PC_SOURCE_NONE)
        return absent(field);
    pc_addr at;
    uint64_t value;
    if (!pc_addr_add(address, place->offset, &at))
        return pc_error_at(PC_ERROR_CORRUPT, address, "no object can be at " PC_ADDR, address);
    PC_TRY(pc_memory_uint_anywhere(py->memory, at, place->size, &value));
    *ret_value = pc_of_place(place, value);
    return NULL;
}

pc_error *pc_field_uint(pc_python *py, pc_field field, pc_addr address, uint64_t *ret_value)
{
    const pc_field_place *place = &py->layout->fields[field];
    pc_addr at;
    const uint8_t *bytes = NULL;
    if (place->source != PC_SOURCE_NONE && pc_is_one_load(place->size) && pc_addr_add(address, place->offset, &at))
        bytes = pc_memory_at_once(py->memory, at, place->size);
    if (!bytes)
        return field_anywhere(py, field, address, ret_value);
    *ret_value = pc_of_place(place, pc_load_uint_at_once(bytes, place->size, py->memory->big_endian));
    return NULL;
}

pc_error *pc_field_int(pc_python *py, pc_field field, pc_addr address, int64_t *ret_value)
{
    uint64_t value = 0;
    PC_TRY(pc_field_uint(py, field, address, &value));
    *ret_value = pc_signed_of_place(&py->layout->fields[field], value);
    return NULL;
}

pc_error *pc_field_double(pc_python *py, pc_field field, pc_addr address, double *ret_value)
{
    uint64_t bits = 0;
    PC_TRY(pc_field_uint(py, field, address, &bits));
    memcpy(ret_value, &bits, sizeof(*ret_value));
    return NULL;
}

pc_error *pc_field_address(pc_python *py, pc_field field, pc_addr address, pc_addr *ret_address)
{
    const pc_field_place *place = &py->layout->fields[field];
    if (place->source == PC_SOURCE_NONE)
        return absent(field);
    return pc_element(address, 1, place->offset, ret_address);
}

static const uint8_t *bytes_of_field(const pc_view *view, const pc_field_place *place)
{
    bool holds = place->source != PC_SOURCE_NONE && pc_is_one_load(place->size) && (uint64_t)place->offset + place->size <= view->size;
    return holds ? view->bytes + place->offset : NULL;
}

pc_error *pc_view_uint_of_any_size(pc_python *py, const pc_view *view, pc_field field, uint64_t *ret_value)
{
    const pc_field_place *place = &py->layout->fields[field];
    const uint8_t *bytes = bytes_of_field(view, place);
    if (!bytes)
        return pc_field_uint(py, field, view->address, ret_value);
    *ret_value = pc_of_place(place, pc_load_uint_at_once(bytes, place->size, py->memory->big_endian));
    return NULL;
}

pc_error *pc_view_int_of_any_size(pc_python *py, const pc_view *view, pc_field field, int64_t *ret_value)
{
    uint64_t value = 0;
    PC_TRY(pc_view_uint_of_any_size(py, view, field, &value));
    *ret_value = pc_signed_of_place(&py->layout->fields[field], value);
    return NULL;
}

pc_error *pc_reference_count(pc_python *py, pc_addr object, int64_t *ret_count)
{
    const pc_view view = pc_view_of(py, PC_STRUCT_OBJECT, object);
    return pc_view_reference_count(py, &view, ret_count);
}

pc_error *pc_element_beyond(pc_addr base)
{
    return pc_error_at(PC_ERROR_CORRUPT, base, "an array at " PC_ADDR " would leave the address space", base);
}

size_t pc_pointers_at(pc_python *py, pc_addr array, uint64_t index, size_t count, pc_addr *ret_values)
{
    pc_addr at = 0;
    uint64_t there;
    if (!count || !pc_ok(pc_element(array, index, py->word, &at)))
        return 0;
    const uint8_t *bytes = pc_memory_span(py->memory, at, (uint64_t)count * py->word, &there);
    size_t whole = bytes ? (size_t)(there / py->word) : 0;
    if (!whole) /* across the end of a range, or not there */
        return pc_ok(pc_memory_pointer(py->memory, at, ret_values));
    if (!pc_memory_spend(py->memory, whole - 1))
        return 0;
    for (size_t i = 0; i < whole; i++)
        ret_values[i] = pc_load_uint(bytes + i * py->word, py->word, py->memory->big_endian);
    return whole;
}
