/* repr() of the typing module's generic aliases. */
#include <string.h>

#include "python/library.h"
#include "python/str.h"

static bool write_type(pc_writer *w, pc_addr object, bool tuples);

static bool write_types(pc_writer *w, pc_addr items, uint64_t count, bool tuples)
{
    for (uint64_t i = 0; i < count && pc_write_separator(w, i); i++) {
        pc_addr item;
        if (!pc_ok(pc_pointer_at(w->py, items, i, &item)) || !write_type(w, item, tuples))
            return false;
    }
    return true;
}

/* Classes by their names, without `builtins`; functions by theirs; tuples as lists (3.12). */
static bool write_type(pc_writer *w, pc_addr object, bool tuples)
{
    const pc_type *type;
    pc_addr name, items;
    uint64_t count;
    if (!object || !pc_ok(pc_type_of(w->py, object, &type)) || w->nesting >= PC_LIMIT_REPR_DEPTH)
        return false;
    if (type->kind == PC_TYPE_TYPE) {
        const pc_type *class;
        if (!pc_ok(pc_type_read(w->py, object, &class)) || !class->module)
            return false;
        if (strcmp(class->module, "builtins")) {
            if (!pc_library_write_name_of(w, object, PC_MODULE_NAME))
                return false;
            pc_write(w, ".");
        }
        return pc_library_write_name_of(w, object, PC_QUALNAME);
    }
    if (type->kind == PC_TYPE_ELLIPSIS) {
        pc_write(w, "...");
        return true;
    }
    if (type->kind == PC_TYPE_FUNCTION)
        return pc_ok(pc_field_uint(w->py, PC_FUNC_NAME, object, &name)) && pc_ok(pc_write_str(w, name));
    if (tuples && type->kind == PC_TYPE_TUPLE) {
        if (!pc_library_tuple(w->py, object, &items, &count))
            return false;
        pc_write(w, "[");
        w->nesting++;
        bool known = write_types(w, items, count, tuples);
        w->nesting--;
        pc_write(w, "]");
        return known;
    }
    pc_write_object(w, object);
    return true;
}

typedef struct alias {
    pc_addr name, origin, args;
    uint64_t count;
    bool named, special, tuples;
    pc_addr first;
} alias;

static bool read_alias(pc_library_call *call, alias *a)
{
    pc_writer *w = call->w;
    pc_addr args;
    bool there;
    pc_value special;
    memset(a, 0, sizeof(*a));
    if (!pc_library_object(w, call->self, "_name", &a->name) || !pc_library_object(w, call->self, "__origin__", &a->origin) ||
        !pc_library_object(w, call->self, "__args__", &args) || !pc_is(w->py, args, PC_TYPE_TUPLE) ||
        !pc_library_tuple(w->py, args, &a->args, &a->count) ||
        !pc_library_truth(w, (pc_value){.kind = PC_VALUE_OBJECT, .object = a->name}, &a->named))
        return false;
    if (a->count && !pc_ok(pc_pointer_at(w->py, a->args, 0, &a->first)))
        return false;
    /* to 3.8: List and List[int] are of one class */
    if (pc_library_row_of(w->py, call->function) == &pc_library_rows[PC_LIBRARY_GENERIC_ALIAS] &&
        (!pc_library_get(w, call->self, "_special", &there, &special) || !there || !pc_library_truth(w, special, &a->special)))
        return false;
    a->tuples = pc_traits_worded(w->py->traits, PC_WORDING_TYPING_LOOKS_INTO_TUPLES);
    return true;
}

static bool write_alias(pc_library_call *call, const alias *a)
{
    pc_writer *w = call->w;
    if (a->named) {
        pc_write(w, "typing.");
        if (!pc_library_write_str(w, a->name))
            return false;
    } else if (!write_type(w, a->origin, a->tuples)) {
        return false;
    }
    if (a->special)
        return true;
    pc_write(w, "[");
    if (!write_types(w, a->args, a->count, a->tuples))
        return false;
    pc_write(w, "]");
    return true;
}

/* typing.Callable[[int, str], bool] */
static bool write_callable(pc_library_call *call, const alias *a)
{
    pc_writer *w = call->w;
    pc_addr result;
    if (!a->count || !pc_ok(pc_pointer_at(w->py, a->args, a->count - 1, &result)))
        return false;
    pc_write(w, "typing.Callable[[");
    if (!write_types(w, a->args, a->count - 1, a->tuples))
        return false;
    pc_write(w, "], ");
    if (!write_type(w, result, a->tuples))
        return false;
    pc_write(w, "]");
    return true;
}

bool pc_library_generic_alias(pc_library_call *call)
{
    alias a;
    if (!read_alias(call, &a) || (!a.count && !a.special))
        return false;
    bool old = pc_library_row_of(call->w->py, call->function) == &pc_library_rows[PC_LIBRARY_GENERIC_ALIAS];
    bool callable = old && a.named && pc_str_equals(call->w->py, a.name, "Callable");
    if (callable && !a.special && !(a.count == 2 && pc_is(call->w->py, a.first, PC_TYPE_ELLIPSIS)))
        return write_callable(call, &a);
    return write_alias(call, &a);
}

bool pc_library_callable(pc_library_call *call)
{
    alias a;
    if (!read_alias(call, &a) || !a.count)
        return false;
    if (a.count == 2 && pc_is(call->w->py, a.first, PC_TYPE_ELLIPSIS))
        return write_alias(call, &a);
    if (a.count == 2 && !pc_is(call->w->py, a.first, PC_TYPE_TYPE))
        return false; /* it may stand for several parameters */
    return write_callable(call, &a);
}

static bool is_none_type(pc_python *py, pc_addr object)
{
    const pc_type *type;
    return pc_is(py, object, PC_TYPE_TYPE) && pc_ok(pc_type_read(py, object, &type)) && type->kind == PC_TYPE_NONE;
}

/* typing.Optional[int] of two, one of which is None's */
bool pc_library_union(pc_library_call *call)
{
    pc_writer *w = call->w;
    alias a;
    pc_addr second;
    if (!read_alias(call, &a) || !a.count)
        return false;
    if (a.count == 2) {
        if (!pc_ok(pc_pointer_at(w->py, a.args, 1, &second)))
            return false;
        bool first_none = is_none_type(w->py, a.first);
        if (first_none || is_none_type(w->py, second)) {
            pc_write(w, "typing.Optional[");
            bool known = write_type(w, first_none ? second : a.first, a.tuples);
            pc_write(w, "]");
            return known;
        }
    }
    return write_alias(call, &a);
}

/* 3.11: Any is a class, whose sub-classes are shown as such. */
bool pc_library_any_class(pc_library_call *call)
{
    pc_addr any;
    if (call->type->kind != PC_TYPE_TYPE || !pc_library_global(call->w->py, call->function, "Any", &any))
        return false;
    if (any != call->self)
        return pc_ok(pc_write_named(call->w, call->self, call->type));
    pc_write(call->w, "typing.Any");
    return true;
}

/* typing.Annotated[int, 'meters'] */
bool pc_library_annotated(pc_library_call *call)
{
    pc_writer *w = call->w;
    pc_addr origin, metadata, items;
    uint64_t count;
    if (!pc_library_object(w, call->self, "__origin__", &origin) || !pc_library_object(w, call->self, "__metadata__", &metadata) ||
        !pc_is(w->py, metadata, PC_TYPE_TUPLE) || !pc_library_tuple(w->py, metadata, &items, &count))
        return false;
    pc_write(w, "typing.Annotated[");
    if (!write_type(w, origin, pc_traits_worded(w->py->traits, PC_WORDING_TYPING_LOOKS_INTO_TUPLES)))
        return false;
    pc_write(w, ", ");
    bool known = pc_ok(pc_write_items(w, items, count));
    pc_write(w, "]");
    return known;
}
