/* repr() of what generics are parameterized with: TypeVar, ParamSpec, TypeVarTuple, type aliases. C code since 3.12. */
#include "python/repr_parts.h"

static pc_error *read_flag(pc_python *py, pc_field field, pc_addr object, bool *ret_set)
{
    uint64_t value;
    PC_TRY(pc_field_uint(py, field, object, &value));
    *ret_set = value != 0;
    return NULL;
}

static pc_error *write_variance(pc_writer *w, pc_addr object, const pc_field *fields)
{
    bool covariant, contravariant, inferred;
    if (!pc_has(w->py, fields[1])) /* a TypeVarTuple before 3.15 */
        return NULL;
    PC_TRY(read_flag(w->py, fields[1], object, &covariant));
    PC_TRY(read_flag(w->py, fields[2], object, &contravariant));
    PC_TRY(read_flag(w->py, fields[3], object, &inferred));
    pc_write(w, inferred ? "" : covariant ? "+" : contravariant ? "-" : "~");
    return NULL;
}

pc_error *pc_write_type_var(pc_writer *w, pc_addr object, const pc_type *type)
{
    static const pc_field fields[][4] = {
        {PC_TYPE_VAR_NAME, PC_TYPE_VAR_COVARIANT, PC_TYPE_VAR_CONTRAVARIANT, PC_TYPE_VAR_INFERRED},
        {PC_PARAM_SPEC_NAME, PC_PARAM_SPEC_COVARIANT, PC_PARAM_SPEC_CONTRAVARIANT, PC_PARAM_SPEC_INFERRED},
        {PC_TYPE_VAR_TUPLE_NAME, PC_TYPE_VAR_TUPLE_COVARIANT, PC_TYPE_VAR_TUPLE_CONTRAVARIANT, PC_TYPE_VAR_TUPLE_INFERRED}};
    const pc_field *of = fields[type->kind == PC_TYPE_TYPE_VAR ? 0 : type->kind == PC_TYPE_PARAM_SPEC ? 1 : 2];
    pc_addr name;
    PC_TRY(pc_field_uint(w->py, of[0], object, &name));
    PC_TRY(write_variance(w, object, of));
    return pc_write_str(w, name);
}

/* P.args */
pc_error *pc_write_param_spec_part(pc_writer *w, pc_addr object, const pc_type *type)
{
    pc_addr origin, name;
    PC_TRY(pc_field_uint(w->py, PC_PARAM_SPEC_PART_OF, object, &origin));
    if (pc_is(w->py, origin, PC_TYPE_PARAM_SPEC)) {
        PC_TRY(pc_field_uint(w->py, PC_PARAM_SPEC_NAME, origin, &name));
        PC_TRY(pc_write_str(w, name));
    } else {
        if (!pc_write_enter_unguarded(w, object, "", ""))
            return NULL;
        pc_write_object(w, origin);
        w->depth--;
    }
    pc_write(w, type->kind == PC_TYPE_PARAM_SPEC_ARGS ? ".args" : ".kwargs");
    return NULL;
}

pc_error *pc_write_type_alias(pc_writer *w, pc_addr object, const pc_type *type)
{
    (void)type;
    pc_addr name;
    PC_TRY(pc_field_uint(w->py, PC_TYPE_ALIAS_NAME, object, &name));
    return pc_write_str(w, name);
}

pc_error *pc_write_no_default(pc_writer *w, pc_addr object, const pc_type *type)
{
    (void)object;
    (void)type;
    pc_write(w, "typing.NoDefault");
    return NULL;
}
