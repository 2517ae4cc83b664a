/* repr() of exceptions. */
#include "python/repr_builtins.h"

/* ExceptionGroup('m', [ValueError(1)]): not the arguments, which may be others by now, but in their form */
static pc_error *write_group(pc_writer *w, pc_addr object, pc_addr args)
{
    pc_addr message, exceptions, text, items, second;
    uint64_t count;
    PC_TRY(pc_field_uint(w->py, PC_GROUP_MESSAGE, object, &message));
    PC_TRY(pc_field_uint(w->py, PC_GROUP_EXCEPTIONS, object, &exceptions));
    PC_TRY(pc_field_uint(w->py, PC_GROUP_EXCEPTIONS_TEXT, object, &text));
    PC_TRY(pc_var_size(w->py, args, &count));
    PC_TRY(pc_field_address(w->py, PC_TUPLE_ITEMS, args, &items));
    pc_write(w, "(");
    pc_write_object(w, message);
    pc_write(w, ", ");
    if (text) {
        PC_TRY(pc_write_str(w, text));
    } else if (count < 2) {
        return pc_error_at(PC_ERROR_CORRUPT, args, "a group without two arguments");
    } else {
        PC_TRY(pc_pointer_at(w->py, items, 1, &second));
        if (pc_is(w->py, second, PC_TYPE_LIST)) {
            PC_TRY(pc_tuple_open(w->py, exceptions, &items, &count));
            pc_write(w, "[");
            PC_TRY(pc_write_items(w, items, count));
            pc_write(w, "]");
        } else {
            pc_write_object(w, exceptions);
        }
    }
    pc_write(w, ")");
    return NULL;
}

static pc_error *write_import_error(pc_writer *w, pc_addr object, pc_addr args)
{
    static const pc_field fields[] = {PC_IMPORTERROR_NAME, PC_IMPORTERROR_PATH};
    static const char *const names[] = {"name=", "path="};
    pc_addr items, value;
    uint64_t count, written;
    PC_TRY(pc_var_size(w->py, args, &count));
    PC_TRY(pc_field_address(w->py, PC_TUPLE_ITEMS, args, &items));
    pc_write(w, "(");
    PC_TRY(pc_write_items(w, items, count));
    written = count;
    for (size_t i = 0; i < PC_ARRAY_SIZE(fields); i++) {
        PC_TRY(pc_field_uint(w->py, fields[i], object, &value));
        if (!value)
            continue;
        pc_write(w, written++ ? ", " : "");
        pc_write(w, names[i]);
        pc_write_object(w, value);
    }
    pc_write(w, ")");
    return NULL;
}

/* ValueError('x'): the class's name without its module, and the arguments */
pc_error *pc_write_exception(pc_writer *w, pc_addr object, const pc_type *type)
{
    pc_addr args, items, item;
    uint64_t count;
    PC_TRY(pc_field_uint(w->py, PC_EXC_ARGS, object, &args));
    PC_TRY(pc_expect(w->py, args, PC_TYPE_TUPLE));
    PC_TRY(pc_var_size(w->py, args, &count));
    if (!type->short_name)
        return pc_type_name_missing(type);
    PC_AUTO_BUFFER open = {0};
    pc_buffer_printf(&open, "%s(", type->short_name);
    if (!pc_write_enter_unguarded(w, object, open.data, ")"))
        return NULL;
    pc_write(w, type->short_name);
    pc_error *error = NULL;
    if (type->exception_repr != PC_EXCEPTION_ANY) {
        error = type->exception_repr == PC_EXCEPTION_GROUP ? write_group(w, object, args) : write_import_error(w, object, args);
    } else if (count == 1 && !w->py->traits->one_argument_comma) {
        PC_TRY(pc_field_address(w->py, PC_TUPLE_ITEMS, args, &items));
        PC_TRY(pc_pointer_at(w->py, items, 0, &item));
        pc_write(w, "(");
        pc_write_object(w, item);
        pc_write(w, ")");
    } else {
        pc_write_object(w, args);
    }
    w->depth--;
    return error;
}
