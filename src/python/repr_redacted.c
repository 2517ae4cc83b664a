/* What stands in the place of an object that is not to be told (--redact): <str, 12 characters, redacted>. None, True and False,
 * and what has only names and an address, stay as they are. */
#include "python/repr_parts.h"

static void write_hidden(pc_writer *w, const pc_type *type, bool counted, uint64_t count, const char *what)
{
    const char *name = type->full_name ? type->full_name : "object";
    if (counted)
        pc_write_printf(w, "<%s, %" PRIu64 " %s%s, redacted>", name, count, what, count == 1 ? "" : "s");
    else
        pc_write_printf(w, "<%s, redacted>", name);
    w->redacted = w->inexact = true;
}

static bool is_text(pc_kind kind)
{
    return kind == PC_TYPE_UNICODE || kind == PC_TYPE_BYTES || kind == PC_TYPE_BYTEARRAY;
}

static bool is_number(pc_kind kind)
{
    return kind == PC_TYPE_INT || kind == PC_TYPE_LONG || kind == PC_TYPE_FLOAT || kind == PC_TYPE_COMPLEX;
}

/* Of a container. */
static pc_error *count_items(pc_python *py, pc_addr object, pc_kind kind, uint64_t *ret_count)
{
    pc_dict dict;
    pc_set set;
    switch (kind) {
    case PC_TYPE_DICT:
        PC_TRY(pc_dict_open(py, object, &dict));
        *ret_count = dict.used;
        return NULL;
    case PC_TYPE_SET:
    case PC_TYPE_FROZENSET:
        PC_TRY(pc_set_open(py, object, &set));
        *ret_count = set.used;
        return NULL;
    default:
        return pc_var_size(py, object, ret_count);
    }
}

static bool is_container(pc_kind kind)
{
    return kind == PC_TYPE_TUPLE || kind == PC_TYPE_LIST || kind == PC_TYPE_DICT || kind == PC_TYPE_SET || kind == PC_TYPE_FROZENSET;
}

/* repr() has no more than names, types, lines and addresses, or is hidden in its turn. */
static bool has_only_names(pc_kind kind)
{
    switch (kind) {
    case PC_TYPE_NONE:
    case PC_TYPE_NOT_IMPLEMENTED:
    case PC_TYPE_ELLIPSIS:
    case PC_TYPE_BOOL:
    case PC_TYPE_TYPE:
    case PC_TYPE_FUNCTION:
    case PC_TYPE_BUILTIN:
    case PC_TYPE_METHOD:
    case PC_TYPE_MODULE:
    case PC_TYPE_CODE:
    case PC_TYPE_CELL:
    case PC_TYPE_GENERATOR:
    case PC_TYPE_COROUTINE:
    case PC_TYPE_ASYNC_GENERATOR:
    case PC_TYPE_CLASSMETHOD:
    case PC_TYPE_STATICMETHOD:
    case PC_TYPE_PROPERTY:
    case PC_TYPE_METHOD_DESCRIPTOR:
    case PC_TYPE_SLOT_WRAPPER:
    case PC_TYPE_GETSET_DESCRIPTOR:
    case PC_TYPE_MEMBER_DESCRIPTOR:
    case PC_TYPE_METHOD_WRAPPER:
    case PC_TYPE_FRAME:
    case PC_TYPE_TRACEBACK:
    case PC_TYPE_CLASSIC_CLASS:
    case PC_TYPE_CLASSIC_INSTANCE:
    case PC_TYPE_LOCK:
        return true;
    default:
        return false;
    }
}

pc_error *pc_write_redacted(pc_writer *w, pc_addr object, const pc_type *type)
{
    uint64_t count = 0;
    /* defaultdict is a dict, whatever else it is */
    pc_kind kind = is_container(type->base_kind) ? type->base_kind : type->kind;
    if (is_number(kind)) {
        write_hidden(w, type, false, 0, NULL);
    } else if (is_text(kind)) {
        pc_str str;
        PC_TRY(pc_str_open(w->py, object, &str));
        write_hidden(w, type, true, str.length, str.is_bytes ? "byte" : "character");
    } else if (is_container(kind)) {
        PC_TRY(count_items(w->py, object, kind, &count));
        write_hidden(w, type, true, count, "item");
    } else if (type->repr_is_default) {
        return pc_write_default(w, object, type);
    } else if (type->repr_is_builtin && has_only_names(type->kind)) {
        /* what a module's repr() is made of are names, too */
        bool hide = w->hide;
        w->hide = hide && type->kind != PC_TYPE_MODULE;
        pc_error *error = pc_write_by_kind(w, object, type);
        w->hide = hide;
        return error;
    } else if (!type->repr_is_builtin) {
        w->inexact = true;
        return pc_write_default(w, object, type);
    } else {
        write_hidden(w, type, false, 0, NULL);
    }
    return NULL;
}
