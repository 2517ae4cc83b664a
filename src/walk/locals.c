#include "walk/locals.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "python/dict.h"
#include "python/str.h"
#include "python/type.h"
#include "walk/attributes.h"
#include "walk/generator.h"
#include "walk/redact.h"

#define FEW 16 /* variables of a function, for which no memory is asked for */

static bool is_definition(pc_kind kind)
{
    return kind == PC_TYPE_MODULE || kind == PC_TYPE_TYPE || kind == PC_TYPE_CLASSIC_CLASS || kind == PC_TYPE_FUNCTION || kind == PC_TYPE_BUILTIN;
}

static pc_value read_value(pc_walk *walk, pc_addr object, bool hidden)
{
    const pc_type *type;
    pc_value value = {.address = object};
    if (pc_ok(pc_type_of(walk->py, object, &type))) {
        value.type = type->full_name;
        value.is_definition = is_definition(type->kind);
        value.generator = pc_generator_of(walk, object);
    }
    value.repr = hidden ? pc_repr_hidden(walk->py, object, &walk->options.limits) : pc_repr_of(walk->py, object, &walk->options.limits);
    pc_redact_repr(walk, &value.repr);
    if (value.repr.has_error) {
        pc_addr where = value.repr.error_address ? value.repr.error_address : object;
        pc_memory *memory = walk->py->memory;
        walk->incomplete = true;
        pc_diagnose_error(walk->diagnostics, PC_SEVERITY_WARNING,
                          pc_error_at(value.repr.status == PC_STATUS_UNREADABLE ? PC_ERROR_NOT_SAVED : PC_ERROR_CORRUPT, where,
                                      pc_memory_is_readable(memory, where) ? "what is at " PC_ADDR " is damaged or not known"
                                                                           : "memory at " PC_ADDR " is not in the core",
                                      where),
                          "a value of type %s at " PC_ADDR " could not be read whole", value.type ? value.type : "(unknown)", object);
    }
    return value;
}

/* Kept for all that name the object. */
static const pc_value *shared_value(pc_walk *walk, const char *name, pc_addr object)
{
    bool hidden = pc_redact_hides(walk, name);
    pc_map *values = hidden ? &walk->hidden_values : &walk->values;
    const pc_value *known = pc_map_get(values, object);
    if (!known) {
        pc_value *value = PC_NEW(walk->arena, pc_value);
        *value = read_value(walk, object, hidden);
        pc_map_put(values, object, value);
        known = value;
    }
    return known;
}

pc_value pc_value_read_named(pc_walk *walk, const char *name, pc_addr object)
{
    return *shared_value(walk, name, object);
}

pc_value pc_value_read(pc_walk *walk, pc_addr object)
{
    return pc_value_read_named(walk, NULL, object);
}

pc_value pc_local_value(const pc_local *local, char room[PC_LOCAL_ROOM])
{
    if (!local->is_number) {
        pc_value value = *local->value;
        value.attributes = local->attributes;
        return value;
    }
    char *end = room + PC_LOCAL_ROOM - 1;
    *end = 0;
    char *text = pc_text_signed_before(end, local->number);
    return (pc_value){.type = "int", .address = local->address, .repr = {.text = text, .exact = true}};
}

/* The object a variable names, 0 where it is unbound. */
static pc_error *variable_object(pc_python *py, const pc_frame_ref *ref, const pc_variable *v, int64_t offset, pc_addr *ret_object)
{
    pc_addr object;
    bool made = true;
    PC_TRY(pc_frame_slot(py, ref, v->slot, &object));
    if (!object || !v->in_cell || !pc_ok(pc_expect(py, object, PC_TYPE_CELL))) {
        *ret_object = object;
        return NULL;
    }
    if (!pc_memory_spend(py->memory, ref->code->bytecode.code_size / 8))
        return pc_error_at(PC_ERROR_LIMIT, object, "looking for cells takes too long");
    /* 3.11: before MAKE_CELL has run the slot of a captured argument still holds the argument, which may itself be a cell */
    if (v->kind != PC_VARIABLE_FREE && pc_has(py, PC_CO_CODE_ADAPTIVE) && offset >= 0 &&
        !pc_bytecode_cell_made(&ref->code->bytecode, v->slot, (uint32_t)offset, &made))
        made = true;
    if (!made) {
        *ret_object = object;
        return NULL;
    }
    return pc_field_uint(py, PC_CELL_CONTENTS, object, ret_object);
}

typedef struct local_list {
    pc_local *items; /* few, or more of its own */
    size_t count, capacity;
    pc_local few[FEW];
} local_list;

static __attribute__((noinline)) void make_room(local_list *list)
{
    if (list->items != list->few) {
        list->items = pc_grow(list->items, list->count, &list->capacity, sizeof(*list->items));
        return;
    }
    list->items = pc_malloc(2 * FEW * sizeof(*list->items));
    list->capacity = 2 * FEW;
    memcpy(list->items, list->few, sizeof(list->few));
}

/* For one more, which counts when it is there. */
static inline pc_local *room_for_local(local_list *list)
{
    if (list->count == list->capacity)
        make_room(list);
    return &list->items[list->count];
}

static inline void set_object(pc_walk *walk, pc_local *local, pc_addr object)
{
    if (pc_repr_is_number(walk->py, object, &walk->options.limits, &local->number)) {
        local->is_number = true;
        local->address = object;
    } else {
        bool with_attributes = walk->options.attributes == PC_ATTRIBUTES_ALL;
        local->value = shared_value(walk, local->name, object);
        local->attributes = with_attributes ? pc_attributes_of_named(walk, local->name, object) : NULL;
    }
}

static bool refuse_local(pc_walk *walk, pc_frame *frame)
{
    if (frame->status == PC_STATUS_COMPLETE)
        frame->status = PC_STATUS_TRUNCATED;
    walk->incomplete = true;
    return false;
}

/* false: there is no work left for another variable of this frame. */
static inline bool pay_for_local(pc_walk *walk, pc_frame *frame)
{
    return pc_memory_spend(walk->py->memory, PC_WORK_LOCAL) || refuse_local(walk, frame);
}

static void read_fast(pc_walk *walk, const pc_frame_ref *ref, int64_t offset, pc_frame *frame, local_list *list)
{
    static const pc_local_kind kinds[] = {
        [PC_VARIABLE_ARGUMENT] = PC_LOCAL_ARGUMENT, [PC_VARIABLE_LOCAL] = PC_LOCAL_LOCAL,
        [PC_VARIABLE_CELL] = PC_LOCAL_CELL, [PC_VARIABLE_FREE] = PC_LOCAL_FREE,
    };
    pc_python *py = walk->py;
    pc_code *code = ref->code;
    pc_code_read_variables(py, code);
    if (code->variables_error) {
        pc_diagnose(walk->diagnostics, PC_SEVERITY_ERROR, "unreadable", "the variables of %s: %s", code->name ? code->name : "a frame", code->variables_error);
        frame->status = PC_STATUS_UNREADABLE;
        walk->incomplete = true;
        return;
    }
    bool optimized = code->flags & PC_CO_OPTIMIZED, only_ints = optimized;
    size_t i;
    for (i = 0; i < code->variable_count && pay_for_local(walk, frame); i++) {
        const pc_variable *v = &code->variables[i];
        pc_addr object;
        /* what a class body uses of its surroundings is not among its names */
        if (!optimized && v->kind == PC_VARIABLE_FREE)
            continue;
        pc_local *local = room_for_local(list);
        *local = (pc_local){.name = v->name, .kind = kinds[v->kind], .captured = v->captured};
        pc_error *error = variable_object(py, ref, v, offset, &object);
        if (error) {
            pc_value *unknown = PC_NEW(walk->arena, pc_value);
            unknown->repr.status = pc_status_of_error(error);
            local->value = unknown;
            list->count++;
            only_ints = false;
            pc_diagnose_error(walk->diagnostics, PC_SEVERITY_ERROR, error, "the variable %s", v->name ? v->name : "(unknown)");
            walk->incomplete = true;
        } else if (object) {
            set_object(walk, local, object);
            only_ints &= local->is_number;
            list->count++;
        }
    }
    frame->only_ints = only_ints && i == code->variable_count;
}

/* Names of a class body or module: what is in its dict. */
static void read_names(pc_walk *walk, const pc_frame_ref *ref, pc_frame *frame, local_list *list)
{
    pc_python *py = walk->py;
    pc_dict dict;
    if (!pc_is(py, ref->locals, PC_TYPE_DICT))
        return; /* exec() with a mapping of the user's own: what is in it only its code knows */
    pc_error *error = pc_dict_open(py, ref->locals, &dict);
    for (size_t n = 0; !error && n < PC_LIMIT_LOCALS && pay_for_local(walk, frame); n++) {
        bool more;
        pc_addr key, value;
        const char *name = NULL;
        error = pc_dict_next(py, &dict, &more, &key, &value);
        if (error || !more)
            break;
        if (!pc_str_text(py, key, &name))
            continue;
        pc_local *local = room_for_local(list);
        *local = (pc_local){.name = name, .kind = PC_LOCAL_NAME};
        set_object(walk, local, value);
        list->count++;
    }
    if (error) {
        pc_diagnose_error(walk->diagnostics, PC_SEVERITY_ERROR, error, "the names of %s", frame->place->name ? frame->place->name : "a frame");
        frame->status = PC_STATUS_UNREADABLE;
        walk->incomplete = true;
    }
}

void pc_locals_read(pc_walk *walk, const pc_frame_ref *ref, int64_t offset, pc_frame *frame)
{
    local_list list;
    list.items = list.few;
    list.capacity = FEW;
    list.count = 0;
    frame->has_locals = true;
    if (!(ref->code->flags & PC_CO_OPTIMIZED) && ref->locals)
        read_names(walk, ref, frame, &list);
    read_fast(walk, ref, offset, frame, &list);
    frame->locals = pc_arena_copy(walk->arena, list.items, list.count, sizeof(*list.items));
    frame->local_count = (uint32_t)list.count;
    if (list.items != list.few)
        free(list.items);
    if (!walk->defer_attributes)
        pc_attributes_of_arguments(walk, frame);
}
