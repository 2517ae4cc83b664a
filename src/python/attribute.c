#include "python/attribute.h"

#include <string.h>

#include "base/limits.h"
#include "python/dict.h"

/* PyMemberDef.type of a slot that raises AttributeError while it is empty (T_OBJECT_EX): those that __slots__ make */
#define MEMBER_OBJECT_EX 16

/* ---- classes ---- */

typedef struct kept_lookup {
    struct kept_lookup *next; /* of the same class */
    const char *name;
    pc_lookup result;
} kept_lookup;

/* A name in one of the arrays that C code gives a static type: PyMethodDef, PyMemberDef, PyGetSetDef. */
static bool is_in_array(pc_python *py, pc_addr type, pc_field list, pc_struct_id item, pc_field name_field, const char *name, bool *ret_in)
{
    pc_addr array, at, text;
    *ret_in = false;
    if (!pc_has(py, list) || !pc_ok(pc_field_uint(py, list, type, &array)))
        return false;
    for (uint64_t i = 0; array && i < PC_LIMIT_LOCALS; i++) {
        PC_AUTO_BUFFER raw = {0};
        if (!pc_size_of(py, item) || !pc_ok(pc_element(array, i, pc_size_of(py, item), &at)) ||
            !pc_ok(pc_field_uint(py, name_field, at, &text)))
            return false;
        if (!text)
            return true;
        if (!pc_ok(pc_memory_string(py->memory, text, PC_LIMIT_NAME, &raw)))
            return false;
        if (!strcmp(pc_buffer_text(&raw), name)) {
            *ret_in = true;
            return true;
        }
    }
    return true;
}

/* Since 3.12 the dicts of static builtin types are not in them but in the interpreter's state. */
static bool is_in_static(pc_python *py, const pc_type *type, const char *name, pc_lookup_kind *ret_kind)
{
    static const char *const objects_own[] = {
        "__class__", "__repr__", "__str__", "__hash__", "__init__", "__new__", "__getattribute__", "__setattr__", "__delattr__",
        "__dir__", "__format__", "__reduce__", "__reduce_ex__", "__sizeof__", "__subclasshook__", "__init_subclass__", "__doc__",
        "__getstate__", "__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__"};
    bool in[3] = {false};
    if (!strncmp(name, "__", 2)) {
        bool known = type->kind == PC_TYPE_OBJECT && type->is_builtin;
        *ret_kind = known ? PC_LOOKUP_ABSENT : PC_LOOKUP_BUILTIN;
        for (size_t i = 0; known && i < PC_ARRAY_SIZE(objects_own); i++)
            if (!strcmp(name, objects_own[i]))
                *ret_kind = PC_LOOKUP_BUILTIN;
        /* no other has these */
        if (!known && (!strcmp(name, "__class__") || !strcmp(name, "__getattr__") || !strcmp(name, "__bool__")) &&
            type->kind != PC_TYPE_LONG && type->kind != PC_TYPE_FLOAT && type->kind != PC_TYPE_COMPLEX && type->kind != PC_TYPE_OTHER)
            *ret_kind = PC_LOOKUP_ABSENT;
        return true;
    }
    if (!is_in_array(py, type->address, PC_TP_METHODS, PC_STRUCT_METHOD_DEF, PC_ML_NAME, name, &in[0]) ||
        !is_in_array(py, type->address, PC_TP_MEMBERS, PC_STRUCT_MEMBER_DEF, PC_MEMBER_NAME, name, &in[1]) ||
        !is_in_array(py, type->address, PC_TP_GETSET, PC_STRUCT_GETSET_DEF, PC_GETSET_NAME, name, &in[2]))
        return false;
    *ret_kind = in[0] || in[1] || in[2] ? PC_LOOKUP_BUILTIN : PC_LOOKUP_ABSENT;
    return true;
}

static pc_error *look_in_class(pc_python *py, pc_addr class, const char *name, pc_lookup *result)
{
    const pc_type *type;
    pc_addr dict, value;
    bool there;
    if (pc_is(py, class, PC_TYPE_CLASSIC_CLASS)) {
        PC_TRY(pc_field_uint(py, PC_CL_DICT, class, &dict));
        PC_TRY(pc_dict_get(py, dict, name, &there, &value));
        *result = there ? (pc_lookup){PC_LOOKUP_FOUND, value, class} : (pc_lookup){.kind = PC_LOOKUP_ABSENT};
        return NULL;
    }
    PC_TRY(pc_type_read(py, class, &type));
    PC_TRY(pc_field_uint(py, PC_TP_DICT, class, &dict));
    *result = (pc_lookup){.kind = PC_LOOKUP_ABSENT};
    if (dict) {
        PC_TRY(pc_dict_get(py, dict, name, &there, &value));
        if (there)
            *result = (pc_lookup){type->heap && !type->from_spec ? PC_LOOKUP_FOUND : PC_LOOKUP_BUILTIN, value, class};
    } else if (!type->heap) {
        result->owner = class;
        if (!is_in_static(py, type, name, &result->kind))
            result->kind = PC_LOOKUP_UNKNOWN;
    } else {
        result->kind = PC_LOOKUP_UNKNOWN;
    }
    return NULL;
}

static pc_error *look_in_classic(pc_python *py, pc_addr class, const char *name, unsigned depth, unsigned *visited, pc_lookup *result)
{
    pc_addr bases, items, base;
    uint64_t count;
    if (depth > 20 || ++*visited > PC_LIMIT_MRO)
        return pc_error_at(PC_ERROR_LIMIT, class, "the bases of the class at " PC_ADDR " do not end", class);
    PC_TRY(look_in_class(py, class, name, result));
    if (result->kind != PC_LOOKUP_ABSENT || !pc_is(py, class, PC_TYPE_CLASSIC_CLASS))
        return NULL;
    PC_TRY(pc_field_uint(py, PC_CL_BASES, class, &bases));
    PC_TRY(pc_tuple_open(py, bases, &items, &count));
    for (uint64_t i = 0; i < count && result->kind == PC_LOOKUP_ABSENT; i++) {
        PC_TRY(pc_pointer_at(py, items, i, &base));
        PC_TRY(look_in_classic(py, base, name, depth + 1, visited, result));
    }
    return NULL;
}

static pc_error *look_in_bases(pc_python *py, pc_addr class, const char *name, pc_lookup *result)
{
    pc_addr items, base;
    uint64_t count;
    unsigned visited = 0;
    if (pc_is(py, class, PC_TYPE_CLASSIC_CLASS))
        return look_in_classic(py, class, name, 0, &visited, result);
    const pc_type *type;
    PC_TRY(pc_type_read(py, class, &type));
    PC_TRY(pc_type_mro(py, type, &items, &count));
    result->kind = PC_LOOKUP_ABSENT;
    for (uint64_t i = 0; i < count && result->kind == PC_LOOKUP_ABSENT; i++) {
        PC_TRY(pc_pointer_at(py, items, i, &base));
        PC_TRY(look_in_class(py, base, name, result));
    }
    return NULL;
}

pc_lookup pc_type_lookup(pc_python *py, pc_addr type, const char *name)
{
    pc_lookup result = {0};
    kept_lookup *first = pc_map_get(&py->lookups, type);
    for (kept_lookup *kept = first; kept; kept = kept->next)
        if (!strcmp(kept->name, name))
            return kept->result;
    if (!pc_ok(look_in_bases(py, type, name, &result)))
        result = (pc_lookup){0};
    if (pc_memory_is_starving(py->memory) || !pc_memory_spend(py->memory, 4))
        return (pc_lookup){0};
    kept_lookup *kept = PC_NEW(py->arena, kept_lookup);
    *kept = (kept_lookup){.next = first, .name = pc_arena_strdup(py->arena, name), .result = result};
    pc_map_put(&py->lookups, type, kept);
    return result;
}

/* ---- instances ---- */

static pc_attribute read_slot(pc_python *py, pc_addr object, const pc_type *type, pc_addr descriptor)
{
    pc_addr def, at, value;
    int64_t kind, offset;
    if (!pc_has(py, PC_D_MEMBER) || !pc_ok(pc_field_uint(py, PC_D_MEMBER, descriptor, &def)) ||
        !pc_ok(pc_field_int(py, PC_MEMBER_TYPE, def, &kind)) || !pc_ok(pc_field_int(py, PC_MEMBER_OFFSET, def, &offset)) ||
        kind != MEMBER_OBJECT_EX || offset < (int64_t)pc_size_of(py, PC_STRUCT_OBJECT) || offset > type->basic_size - (int64_t)py->word ||
        !pc_ok(pc_element(object, 1, (uint64_t)offset, &at)) || !pc_ok(pc_memory_pointer(py->memory, at, &value)))
        return (pc_attribute){.kind = PC_ATTRIBUTE_UNKNOWN};
    return (pc_attribute){value ? PC_ATTRIBUTE_VALUE : PC_ATTRIBUTE_ABSENT, value};
}

/* What the type's slots say of how its attributes are found. */
static bool is_generic(pc_python *py, const pc_type *type)
{
    const pc_type *root = type;
    uint64_t own, generic;
    for (int i = 0; i < PC_LIMIT_MRO && root->base; i++)
        if (!pc_ok(pc_type_read(py, root->base, &root)))
            return false;
    if (root->kind != PC_TYPE_OBJECT || !pc_has(py, PC_TP_GETATTRO) || !pc_ok(pc_field_uint(py, PC_TP_GETATTRO, type->address, &own)) ||
        !pc_ok(pc_field_uint(py, PC_TP_GETATTRO, root->address, &generic)))
        return false;
    if (own == generic)
        return true;
    /* a class that defines __getattr__ in Python, or has defined it: the generic way comes first */
    const pc_type *owner;
    pc_lookup found = pc_type_lookup(py, type->address, "__getattribute__");
    return found.kind == PC_LOOKUP_BUILTIN && pc_ok(pc_type_read(py, found.owner, &owner)) && owner->kind == PC_TYPE_OBJECT &&
           owner->is_builtin && pc_type_lookup(py, type->address, "__getattr__").kind == PC_LOOKUP_FOUND;
}

static pc_attribute absent(pc_python *py, pc_addr class)
{
    pc_lookup fallback = pc_type_lookup(py, class, "__getattr__");
    if (fallback.kind == PC_LOOKUP_ABSENT)
        return (pc_attribute){.kind = PC_ATTRIBUTE_ABSENT};
    return (pc_attribute){.kind = fallback.kind == PC_LOOKUP_FOUND ? PC_ATTRIBUTE_CODE : PC_ATTRIBUTE_UNKNOWN};
}

static bool has_slot(pc_python *py, pc_field field, pc_addr value, bool *ret_has)
{
    const pc_type *type;
    uint64_t slot;
    if (!pc_has(py, field) || !pc_ok(pc_type_of(py, value, &type)) || !pc_ok(pc_field_uint(py, field, type->address, &slot)))
        return false;
    *ret_has = slot != 0;
    return true;
}

/* What the class has, where the instance has nothing that comes before it. */
static pc_attribute of_class(pc_python *py, pc_lookup found)
{
    bool binds;
    if (!found.value || !has_slot(py, PC_TP_DESCR_GET, found.value, &binds))
        return (pc_attribute){.kind = PC_ATTRIBUTE_UNKNOWN};
    return (pc_attribute){binds ? PC_ATTRIBUTE_CODE : PC_ATTRIBUTE_VALUE, found.value};
}

static pc_attribute of_classic(pc_python *py, pc_addr object, const char *name)
{
    pc_addr class, value;
    bool there;
    if (!pc_ok(pc_field_uint(py, PC_IN_CLASS, object, &class)) || !pc_ok(pc_instance_get(py, object, name, &there, &value)))
        return (pc_attribute){.kind = PC_ATTRIBUTE_UNKNOWN};
    if (there)
        return (pc_attribute){PC_ATTRIBUTE_VALUE, value};
    pc_lookup found = pc_type_lookup(py, class, name);
    if (found.kind == PC_LOOKUP_FOUND)
        return of_class(py, found);
    return found.kind == PC_LOOKUP_ABSENT ? absent(py, class) : (pc_attribute){.kind = PC_ATTRIBUTE_UNKNOWN};
}

static pc_attribute of_module(pc_python *py, pc_addr object, const char *name)
{
    pc_addr dict, value;
    bool there;
    if (!pc_ok(pc_field_uint(py, PC_MD_DICT, object, &dict)) || !pc_ok(pc_dict_get(py, dict, name, &there, &value)) || !there)
        return (pc_attribute){.kind = PC_ATTRIBUTE_UNKNOWN};
    return (pc_attribute){PC_ATTRIBUTE_VALUE, value};
}

pc_attribute pc_attribute_get(pc_python *py, pc_addr object, const char *name)
{
    const pc_attribute unknown = {.kind = PC_ATTRIBUTE_UNKNOWN};
    const pc_type *type;
    pc_addr value;
    bool there, is_data = false;
    if (!object || !pc_ok(pc_type_of(py, object, &type)) || type->kind == PC_TYPE_TYPE || type->kind == PC_TYPE_CLASSIC_CLASS)
        return unknown;
    if (type->kind == PC_TYPE_CLASSIC_INSTANCE)
        return of_classic(py, object, name);
    if (type->kind == PC_TYPE_MODULE && type->is_builtin)
        return of_module(py, object, name);
    if (!is_generic(py, type))
        return unknown;
    pc_lookup found = pc_type_lookup(py, type->address, name);
    if (found.kind == PC_LOOKUP_UNKNOWN || (found.kind == PC_LOOKUP_BUILTIN && !found.value))
        return unknown;
    if (found.value && !has_slot(py, PC_TP_DESCR_SET, found.value, &is_data))
        return unknown;
    if (is_data && pc_is(py, found.value, PC_TYPE_MEMBER_DESCRIPTOR)) {
        pc_attribute slot = read_slot(py, object, type, found.value);
        return slot.kind == PC_ATTRIBUTE_ABSENT ? absent(py, type->address) : slot;
    }
    if (is_data)
        return (pc_attribute){PC_ATTRIBUTE_CODE, found.value};
    if (!pc_ok(pc_instance_get(py, object, name, &there, &value)))
        return unknown;
    if (there)
        return (pc_attribute){PC_ATTRIBUTE_VALUE, value};
    return found.value ? of_class(py, found) : absent(py, type->address);
}
