#include "python/named.h"

#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "python/dict.h"
#include "python/str.h"

static const pc_named absent = {.state = PC_NAMED_ABSENT}, unknown = {.state = PC_NAMED_UNKNOWN};

static pc_named found(pc_addr object)
{
    return (pc_named){.state = PC_NAMED_OBJECT, .object = object};
}

/* NULL is None in a member that holds an object: no str. */
static pc_error *read_field(pc_python *py, pc_field field, pc_addr object, pc_named *ret)
{
    pc_addr value;
    if (!pc_has(py, field)) {
        *ret = absent;
        return NULL;
    }
    PC_TRY(pc_field_uint(py, field, object, &value));
    *ret = found(value);
    return NULL;
}

bool pc_named_is_str(pc_python *py, const pc_named *lookup)
{
    return lookup->state == PC_NAMED_TEXT ||
           (lookup->state == PC_NAMED_OBJECT && pc_is(py, lookup->object, pc_is_python2(py) ? PC_TYPE_BYTES : PC_TYPE_UNICODE));
}

bool pc_named_text(pc_python *py, const pc_named *lookup, const char **ret_text)
{
    if (lookup->state == PC_NAMED_TEXT) {
        *ret_text = lookup->text;
        return true;
    }
    return pc_named_is_str(py, lookup) && pc_str_text(py, lookup->object, ret_text);
}

/* ---- classes ---- */

/* Whether a table of C structs that begin with a name has this one. */
static pc_error *is_in_table(pc_python *py, pc_addr type, pc_field table, pc_field name_field, pc_struct_id id, const char *name, bool *found_it)
{
    pc_addr at, text;
    PC_TRY(pc_field_uint(py, table, type, &at));
    for (size_t i = 0; at && !*found_it; i++) {
        PC_AUTO_BUFFER raw = {0};
        PC_TRY(pc_field_uint(py, name_field, at, &text));
        if (!text)
            return NULL;
        if (i == PC_LIMIT_NAME)
            return pc_error_at(PC_ERROR_LIMIT, type, "the type at " PC_ADDR " has too many attributes", type);
        PC_TRY(pc_memory_string(py->memory, text, PC_LIMIT_NAME, &raw));
        *found_it = !strcmp(pc_buffer_text(&raw), name);
        PC_TRY(pc_element(at, 1, pc_size_of(py, id), &at));
    }
    return NULL;
}

/* Since 3.12 the dicts of static builtins belong to the interpreters: what C code gives such a type is in its tables. */
static pc_error *is_in_tables(pc_python *py, const pc_type *type, const char *name, bool *ret_there)
{
    /* the module's name is put there when the type is made ready, if its tp_name has one */
    bool there = !strcmp(name, "__module__") && (!type->tp_name || strchr(type->tp_name, '.'));
    PC_TRY(is_in_table(py, type->address, PC_TP_GETSET, PC_GETSET_NAME, PC_STRUCT_GETSET_DEF, name, &there));
    PC_TRY(is_in_table(py, type->address, PC_TP_MEMBERS, PC_MEMBER_NAME, PC_STRUCT_MEMBER_DEF, name, &there));
    PC_TRY(is_in_table(py, type->address, PC_TP_METHODS, PC_ML_NAME, PC_STRUCT_METHOD_DEF, name, &there));
    *ret_there = there;
    return NULL;
}

/* One class of a method resolution order; *ret_known is false where its attributes are made when they are asked for. 2.7's
 * may have classic classes in it. */
static pc_error *look_into(pc_python *py, pc_addr class, const char *name, bool *ret_there, bool *ret_known, pc_addr *ret_value)
{
    pc_addr dict;
    const pc_type *type;
    *ret_known = true;
    if (pc_is(py, class, PC_TYPE_CLASSIC_CLASS)) {
        PC_TRY(pc_field_uint(py, PC_CL_DICT, class, &dict));
        return pc_dict_get(py, dict, name, ret_there, ret_value);
    }
    PC_TRY(pc_type_read(py, class, &type));
    PC_TRY(pc_field_uint(py, PC_TP_DICT, class, &dict));
    if (dict)
        return pc_dict_get(py, dict, name, ret_there, ret_value);
    *ret_known = false;
    return is_in_tables(py, type, name, ret_there);
}

typedef enum where { NOWHERE, IN_DICT, IN_TABLE } where;

static pc_error *look_in_classes(pc_python *py, const pc_type *type, const char *name, where *ret_where, pc_addr *ret_value)
{
    pc_addr items;
    uint64_t count;
    PC_TRY(pc_type_mro(py, type, &items, &count));
    *ret_where = NOWHERE;
    for (uint64_t i = 0; i < count && *ret_where == NOWHERE; i++) {
        pc_addr class;
        bool there = false, known;
        PC_TRY(pc_pointer_at(py, items, i, &class));
        PC_TRY(look_into(py, class, name, &there, &known, ret_value));
        if (there)
            *ret_where = known ? IN_DICT : IN_TABLE;
    }
    return NULL;
}

pc_error *pc_type_defines(pc_python *py, const pc_type *type, const char *name, bool *ret_defines)
{
    pc_addr items;
    uint64_t count;
    bool defines = false;
    PC_TRY(pc_type_mro(py, type, &items, &count));
    for (uint64_t i = 0; i < count && !defines; i++) {
        pc_addr class, value;
        const pc_type *base;
        bool known;
        PC_TRY(pc_pointer_at(py, items, i, &class));
        if (pc_ok(pc_type_read(py, class, &base)) && base->is_builtin)
            break;
        PC_TRY(look_into(py, class, name, &defines, &known, &value));
    }
    *ret_defines = defines;
    return NULL;
}

static pc_error *has_slot(pc_python *py, pc_addr object, pc_field slot, bool *ret_has)
{
    const pc_type *type;
    uint64_t function;
    PC_TRY(pc_type_of(py, object, &type));
    PC_TRY(pc_field_uint(py, slot, type->address, &function));
    *ret_has = function != 0;
    return NULL;
}

/* What a class's attribute is for an instance. */
static pc_error *bind(pc_python *py, pc_addr value, pc_named *ret)
{
    bool binds;
    PC_TRY(has_slot(py, value, PC_TP_DESCR_GET, &binds));
    *ret = binds && !pc_is(py, value, PC_TYPE_FUNCTION) ? unknown : found(value);
    return NULL;
}

/* ---- what builtins make of their fields ---- */

static pc_error *c_name(pc_python *py, pc_addr builtin, const char **ret_name)
{
    pc_addr def, name;
    PC_AUTO_BUFFER raw = {0}, text = {0};
    PC_TRY(pc_field_uint(py, PC_CFUNCTION_ML, builtin, &def));
    PC_TRY(pc_field_uint(py, PC_ML_NAME, def, &name));
    PC_TRY(pc_memory_string(py->memory, name, PC_LIMIT_NAME, &raw));
    pc_text_put_bytes(&text, pc_buffer_text(&raw), raw.length);
    *ret_name = pc_arena_strdup(py->arena, pc_buffer_text(&text));
    return NULL;
}

static pc_error *type_attribute(pc_python *py, pc_addr object, const char *name, pc_named *ret);

/* The class's qualified name and the name, with a dot. */
static pc_error *qualify(pc_python *py, pc_addr class, const char *name, pc_named *ret)
{
    pc_named owner = unknown;
    const char *text;
    PC_TRY(type_attribute(py, class, "__qualname__", &owner));
    *ret = unknown;
    if (pc_named_text(py, &owner, &text))
        *ret = (pc_named){.state = PC_NAMED_TEXT, .text = pc_arena_printf(py->arena, "%s.%s", text, name)};
    return NULL;
}

static pc_error *builtin_attribute(pc_python *py, pc_addr object, const char *name, pc_named *ret)
{
    const char *own;
    pc_addr self;
    if (!strcmp(name, "__module__"))
        return read_field(py, PC_CFUNCTION_MODULE, object, ret);
    PC_TRY(c_name(py, object, &own));
    *ret = (pc_named){.state = PC_NAMED_TEXT, .text = own};
    PC_TRY(pc_field_uint(py, PC_CFUNCTION_SELF, object, &self));
    if (!strcmp(name, "__name__") || !self || pc_is(py, self, PC_TYPE_MODULE))
        return NULL;
    if (!pc_is(py, self, PC_TYPE_TYPE))
        PC_TRY(pc_field_uint(py, PC_OB_TYPE, self, &self));
    return qualify(py, self, own, ret);
}

static pc_error *descriptor_attribute(pc_python *py, pc_addr object, const char *name, pc_named *ret)
{
    pc_addr owner;
    const char *own;
    PC_TRY(read_field(py, PC_D_NAME, object, ret));
    if (!strcmp(name, "__name__"))
        return NULL;
    PC_TRY(pc_field_uint(py, PC_D_TYPE, object, &owner));
    if (pc_named_text(py, ret, &own))
        return qualify(py, owner, own, ret);
    *ret = unknown;
    return NULL;
}

/* What C code of the object's own builtin type answers; *ret_answers is false where it has no such attribute. */
static pc_error *computed(pc_python *py, pc_addr object, pc_kind kind, const char *name, bool *ret_answers, pc_named *ret)
{
    bool is_name = !strcmp(name, "__name__"), is_qualname = !strcmp(name, "__qualname__") && !pc_is_python2(py),
         is_module = !strcmp(name, "__module__");
    pc_addr other;
    *ret_answers = is_name || is_qualname;
    switch (kind) {
    case PC_TYPE_FUNCTION:
        *ret_answers |= is_module;
        return !*ret_answers ? NULL : read_field(py, is_name ? PC_FUNC_NAME : is_module ? PC_FUNC_MODULE : PC_FUNC_QUALNAME, object, ret);
    case PC_TYPE_BUILTIN:
        *ret_answers |= is_module;
        return !*ret_answers ? NULL : builtin_attribute(py, object, name, ret);
    case PC_TYPE_METHOD_DESCRIPTOR:
    case PC_TYPE_SLOT_WRAPPER:
    case PC_TYPE_GETSET_DESCRIPTOR:
    case PC_TYPE_MEMBER_DESCRIPTOR:
        return !*ret_answers ? NULL : descriptor_attribute(py, object, name, ret);
    case PC_TYPE_METHOD_WRAPPER:
        if (!*ret_answers)
            return NULL;
        PC_TRY(pc_field_uint(py, PC_WRAPPER_DESCR, object, &other));
        return descriptor_attribute(py, other, name, ret);
    case PC_TYPE_GENERATOR:
    case PC_TYPE_COROUTINE:
    case PC_TYPE_ASYNC_GENERATOR:
        if (!*ret_answers)
            return NULL;
        if (pc_has(py, PC_GI_NAME)) /* 3.5 */
            return read_field(py, is_name ? PC_GI_NAME : PC_GI_QUALNAME, object, ret);
        PC_TRY(pc_field_uint(py, PC_GI_CODE, object, &other));
        return read_field(py, PC_CO_NAME, other, ret);
    default:
        *ret_answers = false;
        return NULL;
    }
}

/* How getattr() of a type's instances begins, and what it does where nothing is found. */
typedef struct getattr_rule {
    bool is_builtin; /* as that of the builtin that the type inherits from */
    bool has_hook;   /* __getattr__ is asked for what is not there */
} getattr_rule;

static pc_error *read_rule(pc_python *py, const pc_type *type, getattr_rule *ret)
{
    getattr_rule rule = {.is_builtin = pc_type_inherits_slot(py, type, PC_TP_GETATTRO)};
    if (!rule.is_builtin) {
        bool whole;
        PC_TRY(pc_type_defines(py, type, "__getattribute__", &whole));
        PC_TRY(pc_type_defines(py, type, "__getattr__", &rule.has_hook));
        rule.is_builtin = rule.has_hook && !whole;
    }
    *ret = rule;
    return NULL;
}

static void apply_hook(const getattr_rule *rule, pc_named *lookup)
{
    if (rule->has_hook && lookup->state == PC_NAMED_ABSENT)
        *lookup = unknown;
}

/* Whether the builtin that the type is or inherits from leaves getattr() to object. */
static bool is_objects(pc_python *py, const pc_type *type)
{
    uint64_t own, other;
    for (int i = 0; i < PC_LIMIT_MRO && !type->is_builtin; i++)
        if (!type->base || !pc_ok(pc_type_read(py, type->base, &type)))
            return false;
    const pc_type *base = type;
    for (int i = 0; i < PC_LIMIT_MRO && base->base; i++)
        if (!pc_ok(pc_type_read(py, base->base, &base)))
            return false;
    return base->kind == PC_TYPE_OBJECT && pc_ok(pc_field_uint(py, PC_TP_GETATTRO, type->address, &own)) &&
           pc_ok(pc_field_uint(py, PC_TP_GETATTRO, base->address, &other)) && own == other;
}

/* Whether a metaclass that is a class has something under the name that comes before what the class itself has. Each class has a
 * __module__: as long as that is a str, it is the metaclass's own. */
static pc_error *metaclass_has_a_say(pc_python *py, const pc_type *meta, const char *name, bool *ret_has)
{
    where place = NOWHERE;
    pc_addr value = 0;
    PC_TRY(pc_type_defines(py, meta, name, ret_has));
    if (!*ret_has || strcmp(name, "__module__"))
        return NULL;
    PC_TRY(look_in_classes(py, meta, name, &place, &value));
    *ret_has = place != IN_DICT || !pc_is(py, value, pc_is_python2(py) ? PC_TYPE_BYTES : PC_TYPE_UNICODE);
    return NULL;
}

/* Of a class: its metaclass comes first, then its bases. */
static pc_error *type_attribute(pc_python *py, pc_addr object, const char *name, pc_named *ret)
{
    const pc_type *type, *meta;
    getattr_rule rule = {0};
    bool defines;
    PC_TRY(pc_type_read(py, object, &type));
    PC_TRY(pc_type_of(py, object, &meta));
    PC_TRY(metaclass_has_a_say(py, meta, name, &defines));
    PC_TRY(read_rule(py, meta, &rule));
    *ret = unknown;
    if (defines || !rule.is_builtin)
        return NULL;
    if (!strcmp(name, "__name__") || (!strcmp(name, "__qualname__") && !pc_is_python2(py))) {
        if (type->heap)
            return read_field(py, strcmp(name, "__name__") ? PC_HT_QUALNAME : PC_HT_NAME, object, ret);
        if (type->short_name)
            *ret = (pc_named){.state = PC_NAMED_TEXT, .text = type->short_name};
        return NULL;
    }
    if (!strcmp(name, "__module__")) {
        pc_addr dict, value;
        bool there;
        if (!type->heap) {
            if (type->module)
                *ret = (pc_named){.state = PC_NAMED_TEXT, .text = type->module};
            return NULL;
        }
        PC_TRY(pc_field_uint(py, PC_TP_DICT, object, &dict));
        PC_TRY(pc_dict_get(py, dict, name, &there, &value));
        *ret = there ? found(value) : absent;
        return NULL;
    }
    where where_it_is;
    pc_addr value;
    PC_TRY(look_in_classes(py, type, name, &where_it_is, &value));
    if (where_it_is == NOWHERE)
        PC_TRY(look_in_classes(py, meta, name, &where_it_is, &value));
    if (where_it_is == IN_DICT)
        return bind(py, value, ret);
    *ret = where_it_is == NOWHERE ? absent : unknown;
    apply_hook(&rule, ret);
    return NULL;
}

/* object's own rule: data descriptors of the classes, the object's attributes, the classes' other ones. */
static pc_error *generic_attribute(pc_python *py, pc_addr object, const pc_type *type, const char *name, bool own, pc_named *ret)
{
    where where_it_is;
    pc_addr in_class, value;
    bool there = false, data = false;
    PC_TRY(look_in_classes(py, type, name, &where_it_is, &in_class));
    *ret = unknown;
    if (where_it_is == IN_TABLE)
        return NULL;
    if (where_it_is == IN_DICT)
        PC_TRY(has_slot(py, in_class, PC_TP_DESCR_SET, &data));
    if (own && !data)
        PC_TRY(pc_instance_get(py, object, name, &there, &value));
    if (!there && where_it_is == IN_DICT)
        return bind(py, in_class, ret);
    *ret = there ? found(value) : absent;
    return NULL;
}

static pc_error *look_up(pc_python *py, pc_addr object, const char *name, bool special, int depth, pc_named *ret)
{
    const pc_type *type;
    pc_addr inner;
    bool answers = false, there;
    PC_TRY(pc_type_of(py, object, &type));
    if (type->kind == PC_TYPE_TYPE && !special)
        return type_attribute(py, object, name, ret);
    if (type->kind == PC_TYPE_TYPE && !strcmp(name, "__name__"))
        return type_attribute(py, object, name, ret); /* the type of classes has it for them */
    if (type->is_builtin)
        PC_TRY(computed(py, object, type->kind, name, &answers, ret));
    if (answers)
        return NULL;
    if (special)
        return generic_attribute(py, object, type, name, false, ret);
    *ret = unknown;
    getattr_rule rule = {0};
    PC_TRY(read_rule(py, type, &rule));
    if (!rule.is_builtin)
        return NULL;
    if (type->kind == PC_TYPE_MODULE) {
        pc_addr dict, value;
        PC_TRY(pc_field_uint(py, PC_MD_DICT, object, &dict));
        PC_TRY(pc_dict_get(py, dict, name, &there, &value));
        if (there) {
            *ret = found(value);
            return NULL;
        }
        PC_TRY(generic_attribute(py, object, type, name, false, ret));
        PC_TRY(pc_dict_get(py, dict, "__getattr__", &there, &value)); /* 3.7 */
        rule.has_hook |= there;
        apply_hook(&rule, ret);
        return NULL;
    }
    if (type->kind == PC_TYPE_METHOD) {
        /* what a method does not have itself, its function is asked for */
        PC_TRY(generic_attribute(py, object, type, name, false, ret));
        if (ret->state != PC_NAMED_ABSENT || depth >= PC_LIMIT_TYPE_CHAIN)
            return NULL;
        PC_TRY(pc_field_uint(py, PC_IM_FUNC, object, &inner));
        return look_up(py, inner, name, false, depth + 1, ret);
    }
    if (!is_objects(py, type))
        return NULL;
    PC_TRY(generic_attribute(py, object, type, name, true, ret));
    apply_hook(&rule, ret);
    return NULL;
}

pc_error *pc_named_attribute(pc_python *py, pc_addr object, const char *name, pc_named *ret_lookup)
{
    pc_named lookup = unknown;
    PC_TRY(look_up(py, object, name, false, 0, &lookup));
    *ret_lookup = lookup;
    return NULL;
}

pc_error *pc_named_special(pc_python *py, pc_addr object, const char *name, pc_named *ret_lookup)
{
    pc_named lookup = unknown;
    PC_TRY(look_up(py, object, name, true, 0, &lookup));
    *ret_lookup = lookup;
    return NULL;
}
