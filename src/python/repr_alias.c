/* repr() of list[int] and int | str: types.GenericAlias (3.9) and types.UnionType (3.10), which is typing.Union, too (3.14). */
#include <string.h>

#include "base/limits.h"
#include "python/named.h"
#include "python/repr_parts.h"

static pc_error *is_there(pc_writer *w, pc_addr object, const char *name, bool *ret_there)
{
    pc_named lookup;
    PC_TRY(pc_named_attribute(w->py, object, name, &lookup));
    w->inexact |= lookup.state == PC_NAMED_UNKNOWN;
    *ret_there = lookup.state == PC_NAMED_OBJECT || lookup.state == PC_NAMED_TEXT;
    return NULL;
}

/* Text as str() of it: where it is no str, that would be code. */
static pc_error *lookup_text(pc_writer *w, const pc_named *lookup, const char **ret_text)
{
    *ret_text = "...";
    if (!pc_named_is_str(w->py, lookup))
        w->inexact = true;
    else if (!pc_named_text(w->py, lookup, ret_text))
        return pc_error_at(PC_ERROR_NOT_SAVED, lookup->object, "the name of a type cannot be read");
    return NULL;
}

/* What has __qualname__ and __module__ is called by them, unless it is a generic itself; all else by its repr(). */
static pc_error *write_item(pc_writer *w, pc_addr item)
{
    bool origin, args;
    pc_named qualname, module;
    const char *name, *owner;
    if (pc_is(w->py, item, PC_TYPE_GENERIC_ALIAS) || pc_is(w->py, item, PC_TYPE_UNION)) {
        pc_write_object(w, item);
        return NULL;
    }
    PC_TRY(is_there(w, item, "__origin__", &origin));
    PC_TRY(is_there(w, item, "__args__", &args));
    PC_TRY(pc_named_attribute(w->py, item, "__qualname__", &qualname));
    PC_TRY(pc_named_attribute(w->py, item, "__module__", &module));
    bool named = !(origin && args) && qualname.state != PC_NAMED_ABSENT && module.state != PC_NAMED_ABSENT;
    if (named && module.state == PC_NAMED_OBJECT)
        named = module.object && !pc_is(w->py, module.object, PC_TYPE_NONE);
    if (!named) {
        pc_write_object(w, item);
        return NULL;
    }
    PC_TRY(lookup_text(w, &qualname, &name));
    PC_TRY(lookup_text(w, &module, &owner));
    pc_write_printf(w, "%s%s%s", strcmp(owner, "builtins") ? owner : "", strcmp(owner, "builtins") ? "." : "", name);
    return NULL;
}

static bool is_none_type(pc_python *py, pc_addr item)
{
    const pc_type *type;
    return pc_is(py, item, PC_TYPE_TYPE) && pc_ok(pc_type_read(py, item, &type)) && type->kind == PC_TYPE_NONE;
}

static pc_error *write_argument(pc_writer *w, pc_addr item)
{
    if (pc_is(w->py, item, PC_TYPE_ELLIPSIS))
        pc_write(w, "...");
    else if (pc_traits_worded(w->py->traits, PC_WORDING_ALIAS_NAMES_NONE) && is_none_type(w->py, item))
        pc_write(w, "None");
    else
        return write_item(w, item);
    return NULL;
}

/* Callable[[int, str], bool]: the list of what it takes. */
static pc_error *write_list_argument(pc_writer *w, pc_addr list)
{
    pc_addr items, item;
    uint64_t count;
    PC_TRY(pc_var_size(w->py, list, &count));
    PC_TRY(pc_field_uint(w->py, PC_LIST_ITEMS, list, &items));
    pc_write(w, "[");
    for (uint64_t i = 0; i < count && pc_write_separator(w, i); i++) {
        PC_TRY(pc_pointer_at(w->py, items, i, &item));
        PC_TRY(write_argument(w, item));
    }
    pc_write(w, "]");
    return NULL;
}

static pc_error *open_args(pc_writer *w, pc_addr args, uint64_t *ret_count, pc_addr *ret_items)
{
    PC_TRY(pc_expect(w->py, args, PC_TYPE_TUPLE));
    PC_TRY(pc_var_size(w->py, args, ret_count));
    return pc_field_address(w->py, PC_TUPLE_ITEMS, args, ret_items);
}

static pc_error *write_alias(pc_writer *w, pc_addr origin, pc_addr args)
{
    pc_addr items, item;
    uint64_t count;
    bool into_lists = pc_traits_worded(w->py->traits, PC_WORDING_ALIAS_LOOKS_INTO_LISTS);
    PC_TRY(open_args(w, args, &count, &items));
    PC_TRY(write_argument(w, origin));
    pc_write(w, count ? "[" : "[()");
    for (uint64_t i = 0; i < count && pc_write_separator(w, i); i++) {
        PC_TRY(pc_pointer_at(w->py, items, i, &item));
        const pc_type *type;
        PC_TRY(pc_type_of(w->py, item, &type));
        PC_TRY(into_lists && type->kind == PC_TYPE_LIST && type->is_builtin ? write_list_argument(w, item) : write_argument(w, item));
    }
    pc_write(w, "]");
    return NULL;
}

pc_error *pc_write_generic_alias(pc_writer *w, pc_addr object, const pc_type *type)
{
    pc_addr origin, args;
    uint64_t starred = 0;
    (void)type;
    PC_TRY(pc_field_uint(w->py, PC_GA_ORIGIN, object, &origin));
    PC_TRY(pc_field_uint(w->py, PC_GA_ARGS, object, &args));
    if (pc_has(w->py, PC_GA_STARRED))
        PC_TRY(pc_field_uint(w->py, PC_GA_STARRED, object, &starred));
    if (!pc_write_enter_unguarded(w, object, starred ? "*" : "", ""))
        return NULL;
    pc_write(w, starred ? "*" : "");
    pc_error *error = write_alias(w, origin, args);
    w->depth--;
    return error;
}

static pc_error *write_alternatives(pc_writer *w, pc_addr args)
{
    pc_addr items, item;
    uint64_t count;
    PC_TRY(open_args(w, args, &count, &items));
    for (uint64_t i = 0; i < count && !w->full; i++) {
        pc_write(w, i ? " | " : "");
        if (i >= w->max_items) {
            pc_write(w, "...");
            w->inexact = w->truncated = true;
            return NULL;
        }
        PC_TRY(pc_pointer_at(w->py, items, i, &item));
        if (is_none_type(w->py, item))
            pc_write(w, "None");
        else
            PC_TRY(pc_traits_worded(w->py->traits, PC_WORDING_ALIAS_NAMES_NONE) ? write_argument(w, item) : write_item(w, item));
    }
    return NULL;
}

pc_error *pc_write_union(pc_writer *w, pc_addr object, const pc_type *type)
{
    pc_addr args;
    (void)type;
    PC_TRY(pc_field_uint(w->py, PC_UNION_ARGS, object, &args));
    if (!pc_write_enter_unguarded(w, object, "", ""))
        return NULL;
    pc_error *error = write_alternatives(w, args);
    w->depth--;
    return error;
}
