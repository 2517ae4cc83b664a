/* repr() of the ast module's nodes (3.14), which goes three nodes deep and shows the first and the last item of a list. */
#include "python/attribute.h"
#include "python/repr_parts.h"

#define DEPTH 3

static pc_error *write_node(pc_writer *w, pc_addr object, const pc_type *type, unsigned depth);

static pc_error *write_value(pc_writer *w, pc_addr value, unsigned depth)
{
    const pc_type *type;
    PC_TRY(pc_type_of(w->py, value, &type));
    if (type->kind == PC_TYPE_AST)
        return write_node(w, value, type, depth);
    pc_write_object(w, value);
    return NULL;
}

static pc_error *write_list(pc_writer *w, pc_addr list, const pc_type *type, unsigned depth)
{
    bool tuple = type->kind == PC_TYPE_TUPLE;
    pc_addr items, item;
    uint64_t count;
    PC_TRY(pc_var_size(w->py, list, &count));
    if (!count) {
        pc_write_object(w, list);
        return NULL;
    }
    PC_TRY(tuple ? pc_field_address(w->py, PC_TUPLE_ITEMS, list, &items) : pc_field_uint(w->py, PC_LIST_ITEMS, list, &items));
    pc_write(w, tuple ? "(" : "[");
    PC_TRY(pc_pointer_at(w->py, items, 0, &item));
    PC_TRY(write_value(w, item, depth));
    if (count > 1) {
        pc_write(w, count > 2 ? ", ..., " : ", ");
        PC_TRY(pc_pointer_at(w->py, items, count - 1, &item));
        PC_TRY(write_value(w, item, depth));
    }
    pc_write(w, tuple ? ")" : "]");
    return NULL;
}

static pc_error *write_field(pc_writer *w, pc_addr object, const char *name, unsigned depth)
{
    const pc_type *type;
    pc_attribute found = pc_attribute_get(w->py, object, name);
    pc_write_printf(w, "%s=", name);
    if (found.kind != PC_ATTRIBUTE_VALUE) {
        w->inexact = true; /* without a value there is no repr() */
        pc_write(w, "...");
        return NULL;
    }
    PC_TRY(pc_type_of(w->py, found.value, &type));
    if (type->kind == PC_TYPE_LIST || type->kind == PC_TYPE_TUPLE)
        return write_list(w, found.value, type, depth);
    return write_value(w, found.value, depth);
}

static pc_error *write_fields(pc_writer *w, pc_addr object, pc_addr fields, unsigned depth)
{
    pc_addr items, item;
    uint64_t count;
    PC_TRY(pc_tuple_open(w->py, fields, &items, &count));
    for (uint64_t i = 0; i < count && pc_write_separator(w, i); i++) {
        const char *name;
        PC_TRY(pc_pointer_at(w->py, items, i, &item));
        if (!pc_str_text(w->py, item, &name))
            return pc_error_at(PC_ERROR_CORRUPT, item, "the name of a field cannot be read");
        PC_TRY(write_field(w, object, name, depth));
    }
    return NULL;
}

/* A node within others is printed so, whatever its class's __repr__ is. */
static pc_error *write_node(pc_writer *w, pc_addr object, const pc_type *type, unsigned depth)
{
    PC_AUTO_BUFFER open = {0}, again = {0};
    if (!type->short_name)
        return pc_type_name_missing(type);
    pc_lookup fields = pc_type_lookup(w->py, type->address, "_fields");
    if ((fields.kind != PC_LOOKUP_FOUND && fields.kind != PC_LOOKUP_BUILTIN) || !fields.value) {
        w->inexact = true;
        return pc_write_default(w, object, type);
    }
    pc_buffer_printf(&open, "%s(", type->short_name);
    pc_buffer_printf(&again, "%s(...)", type->short_name);
    if (!depth) {
        pc_write(w, pc_buffer_text(&again));
        return NULL;
    }
    if (!pc_write_enter(w, object, pc_buffer_text(&open), ")", pc_buffer_text(&again)))
        return NULL;
    pc_write(w, pc_buffer_text(&open));
    pc_error *error = write_fields(w, object, fields.value, depth - 1);
    w->depth--;
    pc_write(w, ")");
    return error;
}

pc_error *pc_write_ast(pc_writer *w, pc_addr object, const pc_type *type)
{
    return write_node(w, object, type, DEPTH);
}
