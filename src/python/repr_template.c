/* t-strings (3.14): the object of one, and of each expression in it. Neither has sub-classes, and neither looks whether it is
 * being written already. */
#include "python/repr_parts.h"

/* Class(name=value, value, ...) */
static pc_error *write_members(pc_writer *w, pc_addr object, const char *class, const pc_field *fields, const char *const *names, size_t count)
{
    pc_addr values[4];
    PC_AUTO_BUFFER open = {0};
    for (size_t i = 0; i < count; i++)
        PC_TRY(pc_field_uint(w->py, fields[i], object, &values[i]));
    pc_buffer_printf(&open, "%s(", class);
    if (!pc_write_enter_unguarded(w, object, open.data, ")"))
        return NULL;
    pc_write(w, open.data);
    for (size_t i = 0; i < count; i++) {
        pc_write_printf(w, "%s%s", i ? ", " : "", names ? names[i] : "");
        pc_write_object(w, values[i]);
    }
    w->depth--;
    pc_write(w, ")");
    return NULL;
}

pc_error *pc_write_template(pc_writer *w, pc_addr object, const pc_type *type)
{
    static const pc_field fields[] = {PC_TEMPLATE_STRINGS, PC_TEMPLATE_INTERPOLATIONS};
    static const char *const names[] = {"strings=", "interpolations="};
    (void)type;
    return write_members(w, object, "Template", fields, names, PC_ARRAY_SIZE(fields));
}

pc_error *pc_write_interpolation(pc_writer *w, pc_addr object, const pc_type *type)
{
    static const pc_field fields[] = {PC_INTERPOLATION_VALUE, PC_INTERPOLATION_EXPRESSION, PC_INTERPOLATION_CONVERSION, PC_INTERPOLATION_FORMAT_SPEC};
    (void)type;
    return write_members(w, object, "Interpolation", fields, NULL, PC_ARRAY_SIZE(fields));
}
