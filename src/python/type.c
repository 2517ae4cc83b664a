#include "python/type.h"

#include <string.h>

#include "base/cursor.h"
#include "base/limits.h"
#include "base/text.h"
#include "python/dict.h"
#include "python/extension.h"
#include "python/static_names.h"
#include "python/str.h"

/* Static types of the interpreter's own module, by tp_name. */
static const struct {
    const char *name;
    pc_kind kind;
} builtins[] = {
    {"object", PC_TYPE_OBJECT}, {"NoneType", PC_TYPE_NONE}, {"NotImplementedType", PC_TYPE_NOT_IMPLEMENTED},
    {"ellipsis", PC_TYPE_ELLIPSIS}, {"bool", PC_TYPE_BOOL}, {"float", PC_TYPE_FLOAT}, {"complex", PC_TYPE_COMPLEX},
    {"bytearray", PC_TYPE_BYTEARRAY}, {"tuple", PC_TYPE_TUPLE}, {"list", PC_TYPE_LIST}, {"dict", PC_TYPE_DICT},
    {"set", PC_TYPE_SET}, {"frozenset", PC_TYPE_FROZENSET}, {"range", PC_TYPE_RANGE}, {"xrange", PC_TYPE_RANGE},
    {"slice", PC_TYPE_SLICE}, {"type", PC_TYPE_TYPE}, {"function", PC_TYPE_FUNCTION},
    {"builtin_function_or_method", PC_TYPE_BUILTIN}, {"method", PC_TYPE_METHOD}, {"instancemethod", PC_TYPE_METHOD},
    {"module", PC_TYPE_MODULE}, {"code", PC_TYPE_CODE}, {"cell", PC_TYPE_CELL}, {"generator", PC_TYPE_GENERATOR},
    {"coroutine", PC_TYPE_COROUTINE}, {"async_generator", PC_TYPE_ASYNC_GENERATOR}, {"classmethod", PC_TYPE_CLASSMETHOD},
    {"staticmethod", PC_TYPE_STATICMETHOD}, {"property", PC_TYPE_PROPERTY}, {"method_descriptor", PC_TYPE_METHOD_DESCRIPTOR},
    {"classmethod_descriptor", PC_TYPE_METHOD_DESCRIPTOR}, {"wrapper_descriptor", PC_TYPE_SLOT_WRAPPER},
    {"getset_descriptor", PC_TYPE_GETSET_DESCRIPTOR}, {"member_descriptor", PC_TYPE_MEMBER_DESCRIPTOR},
    {"method-wrapper", PC_TYPE_METHOD_WRAPPER}, {"frame", PC_TYPE_FRAME}, {"traceback", PC_TYPE_TRACEBACK},
    {"BaseException", PC_TYPE_EXCEPTION}, {"exceptions.BaseException", PC_TYPE_EXCEPTION},
    {"classobj", PC_TYPE_CLASSIC_CLASS}, {"instance", PC_TYPE_CLASSIC_INSTANCE},
    {"unicode", PC_TYPE_UNICODE}, {"bytes", PC_TYPE_BYTES}, {"long", PC_TYPE_LONG},
};

static pc_kind builtin_kind(const pc_python *py, const char *name)
{
    bool two = pc_is_python2(py);
    if (!strcmp(name, "int"))
        return two ? PC_TYPE_INT : PC_TYPE_LONG;
    if (!strcmp(name, "str"))
        return two ? PC_TYPE_BYTES : PC_TYPE_UNICODE;
    for (size_t i = 0; i < PC_ARRAY_SIZE(builtins); i++)
        if (!strcmp(name, builtins[i].name))
            return builtins[i].kind;
    return PC_TYPE_OTHER;
}

static pc_error *not_a_type(pc_addr address)
{
    return pc_error_at(PC_ERROR_CORRUPT, address, "what is at " PC_ADDR " is not a type", address);
}

/* Whether a type is `type` itself or inherits from it, once it is known where that is. */
static bool is_metatype(pc_python *py, pc_addr meta)
{
    for (int i = 0; i < PC_LIMIT_MRO && meta; i++) {
        if (!py->type_type || meta == py->type_type)
            return true;
        if (!pc_ok(pc_field_uint(py, PC_TP_BASE, meta, &meta)))
            return false;
    }
    return false;
}

/* A type's own type is `type` or a sub-class of it, which has a flag of its own. */
static pc_error *check_type(pc_python *py, pc_addr address, uint64_t *ret_flags)
{
    pc_addr meta;
    uint64_t flags, meta_flags;
    PC_TRY(pc_field_uint(py, PC_OB_TYPE, address, &meta));
    PC_TRY(pc_field_uint(py, PC_TP_FLAGS, address, &flags));
    if (!pc_ok(pc_field_uint(py, PC_TP_FLAGS, meta, &meta_flags)) || !(meta_flags & PC_TPFLAGS_TYPE_SUBCLASS) ||
        !is_metatype(py, meta))
        return not_a_type(address);
    *ret_flags = flags;
    return NULL;
}

/* tp_name of a static type: "module.name", or "name" for builtins. */
static void name_static(pc_python *py, pc_type *type)
{
    const char *dot = strrchr(type->tp_name, '.');
    type->qualname = type->short_name;
    type->module = dot ? pc_arena_strndup(py->arena, type->tp_name, (size_t)(dot - type->tp_name))
                       : pc_is_python2(py) ? "__builtin__" : "builtins";
}

static void name_heap(pc_python *py, pc_type *type, pc_addr dict)
{
    pc_addr name = 0, module;
    if (pc_has(py, PC_HT_QUALNAME) && pc_ok(pc_field_uint(py, PC_HT_QUALNAME, type->address, &name)) && name)
        pc_str_name(py, name, &type->qualname);
    if (!type->qualname && pc_ok(pc_field_uint(py, PC_HT_NAME, type->address, &name)) && name)
        pc_str_name(py, name, &type->qualname);
    if (!type->tp_name)
        type->tp_name = type->short_name = type->qualname;
    /* without its module a class would be taken for a builtin of its name */
    const pc_type *kind;
    bool there;
    if (!dict)
        return;
    if (!pc_ok(pc_dict_get(py, dict, "__module__", &there, &module)) || (there && !pc_ok(pc_type_of(py, module, &kind))) ||
        (there && (kind->kind == PC_TYPE_UNICODE || kind->kind == PC_TYPE_BYTES) && !pc_str_name(py, module, &type->module)))
        type->qualname = NULL;
}

static void set_full_name(pc_python *py, pc_type *type)
{
    if (!type->qualname)
        return;
    if (!type->module || !strcmp(type->module, "builtins") || !strcmp(type->module, "__builtin__"))
        type->full_name = type->qualname;
    else
        type->full_name = pc_arena_printf(py->arena, "%s.%s", type->module, type->qualname);
}


/* tp_repr of the outermost base, which is object: class C(Mixin, dict) may have it from the mixin. 0: not known. */
static uint64_t object_repr(pc_python *py, const pc_type *type)
{
    uint64_t repr;
    for (int i = 0; i < PC_LIMIT_MRO && type->base; i++)
        if (!pc_ok(pc_type_read(py, type->base, &type)))
            return 0;
    return type->kind == PC_TYPE_OBJECT && pc_ok(pc_field_uint(py, PC_TP_REPR, type->address, &repr)) ? repr : 0;
}

/* A class statement takes the name from a str on the heap; C code has it among its constants, and since 3.11 (which copies it)
 * such types are marked by having a copy. */
static bool is_from_spec(pc_python *py, pc_addr type, pc_addr name)
{
    pc_addr copy;
    if (pc_has(py, PC_HT_TPNAME))
        return pc_ok(pc_field_uint(py, PC_HT_TPNAME, type, &copy)) && copy && copy == name;
    return name && pc_modules_find(py->modules, name);
}

pc_addr pc_type_code(pc_python *py, const pc_type *type)
{
    static const pc_field slots[] = {PC_TP_DEALLOC, PC_TP_METHODS, PC_TP_REPR};
    pc_addr code;
    for (size_t i = 0; i < PC_ARRAY_SIZE(slots); i++) {
        /* what it has inherited lies in the interpreter: where others lie elsewhere, those are its own */
        if (pc_ok(pc_field_uint(py, slots[i], type->address, &code)) && code) {
            const pc_module *module = pc_modules_find(py->modules, code);
            if (module && (module != py->module || i + 1 == PC_ARRAY_SIZE(slots)))
                return code;
        }
    }
    return 0;
}

/* time.struct_time, os.stat_result and others of their kind, which many modules have: tuples with names (2.7: no tuples), made
 * by one function of the interpreter that counts their fields in their dicts. */
static bool is_structseq(pc_python *py, const pc_type *type, const pc_type *base, uint64_t repr, pc_addr dict)
{
    bool there;
    pc_addr value;
    return type->kind == PC_TYPE_OTHER && (!type->heap || type->from_spec) && base->is_builtin &&
           base->kind == (pc_is_python2(py) ? PC_TYPE_OBJECT : PC_TYPE_TUPLE) && dict && pc_modules_find(py->modules, repr) == py->module && pc_ok(pc_dict_get(py, dict, "n_sequence_fields", &there, &value)) && there;
}

pc_module *pc_type_home(pc_python *py, pc_addr type)
{
    pc_addr name;
    pc_module *module = pc_modules_find(py->modules, type), *other;
    if ((!module || module->is_executable) && pc_ok(pc_field_uint(py, PC_TP_NAME, type, &name)) && (other = pc_modules_find(py->modules, name)))
        return other;
    return module;
}

static bool is_builtin_place(pc_python *py, const pc_type *type)
{
    /* without any module the names that dicts of the interpreter gave are all there is */
    if (!py->module)
        return type->named_by_dict;
    return (type->address >= py->module->start && type->address < py->module->end) || pc_type_home(py, type->address) == py->module;
}

/* Two of the interpreter's own exceptions print more than others: groups since a patch release of 3.13, ImportError since 3.15. */
static pc_exception_repr own_exception_repr(pc_python *py, const pc_type *type, const pc_type *base)
{
    if (type->heap || base->kind != PC_TYPE_EXCEPTION || !type->tp_name || !is_builtin_place(py, type))
        return PC_EXCEPTION_ANY;
    if (!strcmp(type->tp_name, "BaseExceptionGroup") && pc_has(py, PC_GROUP_EXCEPTIONS_TEXT))
        return PC_EXCEPTION_GROUP;
    if (!strcmp(type->tp_name, "ImportError") && pc_traits_worded(py->traits, PC_WORDING_IMPORT_ERROR_KEYWORDS))
        return PC_EXCEPTION_IMPORT;
    return PC_EXCEPTION_ANY;
}

static void set_tp_name(pc_type *type, const char *name)
{
    const char *dot = strrchr(name, '.');
    type->tp_name = name;
    type->short_name = dot ? dot + 1 : name;
}

static pc_error *read_type(pc_python *py, pc_addr address, pc_type *type)
{
    pc_addr name_at, dict, repr, base_repr = 0;
    PC_TRY(check_type(py, address, &type->flags));
    PC_TRY(pc_field_int(py, PC_TP_BASICSIZE, address, &type->basic_size));
    PC_TRY(pc_field_int(py, PC_TP_ITEMSIZE, address, &type->item_size));
    PC_TRY(pc_field_int(py, PC_TP_DICTOFFSET, address, &type->dict_offset));
    PC_TRY(pc_field_uint(py, PC_TP_NAME, address, &name_at));
    PC_TRY(pc_field_uint(py, PC_TP_DICT, address, &dict));
    PC_TRY(pc_field_uint(py, PC_TP_REPR, address, &repr));
    PC_TRY(pc_field_uint(py, PC_TP_BASE, address, &type->base));
    type->address = address;
    type->heap = type->flags & PC_TPFLAGS_HEAPTYPE;
    PC_AUTO_BUFFER raw = {0}, text = {0};
    if (pc_ok(pc_memory_string(py->memory, name_at, PC_LIMIT_NAME, &raw)) && raw.length) {
        pc_text_put_bytes(&text, raw.data, raw.length);
        set_tp_name(type, pc_arena_strdup(py->arena, text.data));
    }
    if (!type->heap && (!type->tp_name || !py->module)) {
        const char *name = pc_static_name(py, address);
        if (name)
            set_tp_name(type, name);
        type->named_by_dict = name;
    }
    type->from_spec = type->heap && is_from_spec(py, address, name_at);
    if (type->heap) {
        bool saved = type->tp_name;
        name_heap(py, type, dict);
        if (!saved && type->from_spec && type->module && type->qualname) /* C code names it with its module */
            type->tp_name = pc_arena_printf(py->arena, "%s.%s", type->module, type->qualname);
        if (type->from_spec && type->tp_name)
            type->kind = pc_extension_kind(py, type);
    } else if (type->tp_name) {
        name_static(py, type);
        if (is_builtin_place(py, type))
            type->kind = builtin_kind(py, type->tp_name);
        if (type->kind == PC_TYPE_OTHER)
            type->kind = pc_extension_kind(py, type);
    }
    set_full_name(py, type);
    const pc_type *base;
    bool has_base = type->base && pc_ok(pc_type_read(py, type->base, &base)) && pc_ok(pc_field_uint(py, PC_TP_REPR, type->base, &base_repr));
    if (has_base && repr != base_repr && is_structseq(py, type, base, repr, dict))
        type->kind = PC_TYPE_STRUCTSEQ;
    type->is_builtin = type->kind != PC_TYPE_OTHER;
    type->base_kind = type->kind;
    if (!has_base) {
        type->repr_is_builtin = type->is_builtin;
        /* 2.7: a static type that is not yet made ready has no tp_repr, and the interpreter prints the same */
        type->repr_is_default = type->kind == PC_TYPE_OBJECT || (!type->base && !repr);
        return NULL;
    }
    /* tp_base is the "solid" base: the one whose layout an instance extends */
    if (!type->is_builtin) {
        type->kind = base->kind;
        type->base_kind = base->base_kind;
    } else if (base->kind != PC_TYPE_OBJECT && base->kind != PC_TYPE_OTHER) {
        type->base_kind = base->kind;
    }
    type->exception_repr = repr == base_repr ? base->exception_repr : own_exception_repr(py, type, base);
    type->repr_is_builtin = type->is_builtin || (base->repr_is_builtin && (repr == base_repr || type->exception_repr != PC_EXCEPTION_ANY));
    type->repr_is_default = repr == base_repr ? base->repr_is_default : repr == object_repr(py, base);
    return NULL;
}

static pc_error *type_read(pc_python *py, pc_addr address, const pc_type **ret_type)
{
    pc_type *type = pc_map_get(&py->types, address);
    if (!type) {
        if (!address)
            return not_a_type(address);
        pc_type fresh = {0};
        PC_TRY(read_type(py, address, &fresh));
        if (pc_memory_is_starving(py->memory))
            return pc_error_at(PC_ERROR_LIMIT, address, "reading the type at " PC_ADDR " takes too long", address);
        fresh.is_int = fresh.kind == PC_TYPE_LONG && fresh.is_builtin && fresh.full_name && !strcmp(fresh.full_name, "int") && !fresh.heap &&
                       !fresh.dict_offset && !(fresh.flags & PC_TPFLAGS_MANAGED_DICT);
        /* reading the names may have put it there: the type of a str is a type */
        type = pc_arena_alloc(py->arena, sizeof(*type));
        *type = fresh;
        pc_map_put(&py->types, address, type);
        *pc_type_recent(py, address) = type;
    }
    *ret_type = type;
    return NULL;
}

pc_error *pc_type_read(pc_python *py, pc_addr address, const pc_type **ret_type)
{
    if (py->type_depth > PC_LIMIT_MRO)
        return pc_error_at(PC_ERROR_LIMIT, address, "the bases of the type at " PC_ADDR " do not end", address);
    py->type_depth++;
    pc_error *error = type_read(py, address, ret_type);
    py->type_depth--;
    return error;
}

/* address: what was read of it already, or 0. */
static __attribute__((noinline)) pc_error *type_anywhere(pc_python *py, pc_addr object, pc_addr address, const pc_type **ret_type)
{
    if (!address)
        PC_TRY(pc_field_uint(py, PC_OB_TYPE, object, &address));
    const pc_type *type = pc_map_get(&py->types, address);
    if (!type)
        return pc_type_read(py, address, ret_type);
    *pc_type_recent(py, address) = type;
    *ret_type = type;
    return NULL;
}

/* pc_type_of() where bytes near the object were looked at before, and the type was asked for lately; else NULL, which says
 * nothing. *ret_address is set if the look at memory was worth something: to what the object says is its type. */
static inline const pc_type *type_at_once(pc_python *py, pc_addr object, pc_addr *ret_address)
{
    const pc_field_place *place = &py->layout->fields[PC_OB_TYPE];
    const uint8_t *bytes = NULL;
    pc_addr at;
    if (place->size == py->word && pc_addr_add(object, place->offset, &at))
        bytes = pc_memory_at_once(py->memory, at, py->word);
    if (!bytes)
        return NULL;
    *ret_address = pc_load_uint_at_once(bytes, py->word, py->memory->big_endian);
    const pc_type *type = *pc_type_recent(py, *ret_address);
    return type && type->address == *ret_address ? type : NULL;
}

pc_error *pc_type_of(pc_python *py, pc_addr object, const pc_type **ret_type)
{
    pc_addr address = 0;
    const pc_type *type = type_at_once(py, object, &address);
    if (!type)
        return type_anywhere(py, object, address, ret_type);
    *ret_type = type;
    return NULL;
}

/* A static type without a name that stands where the interpreter has nothing but this kind, and has its size: that of frames,
 * tracebacks and cells stands in no dict of programs that have not imported `types`. */
static bool adopt(pc_python *py, pc_addr address, pc_kind kind)
{
    static const struct {
        pc_kind kind;
        pc_struct_id owner;
        const char *name;
    } roles[] = {{PC_TYPE_TRACEBACK, PC_STRUCT_TRACEBACK, "traceback"}, {PC_TYPE_FRAME, PC_STRUCT_FRAME, "frame"}, {PC_TYPE_CELL, PC_STRUCT_CELL, "cell"}};
    /* 3.11: what is in a cell's place may not be one yet */
    if (kind == PC_TYPE_CELL && !pc_has(py, PC_CO_CELLVARS))
        return false;
    pc_type *type = pc_map_get(&py->types, address);
    for (size_t i = 0; type && i < PC_ARRAY_SIZE(roles); i++) {
        int64_t least = pc_size_of(py, roles[i].owner);
        if (roles[i].kind != kind || type->tp_name || type->heap || type->kind != PC_TYPE_OBJECT || !type->base || type->basic_size < least ||
            (kind != PC_TYPE_FRAME && type->basic_size != least))
            continue;
        set_tp_name(type, roles[i].name);
        name_static(py, type);
        set_full_name(py, type);
        type->kind = kind;
        type->is_builtin = type->repr_is_builtin = type->named_by_dict = true;
        return true;
    }
    return false;
}

pc_error *pc_expect(pc_python *py, pc_addr object, pc_kind kind)
{
    const pc_type *type;
    PC_TRY(pc_type_of(py, object, &type));
    if (type->kind != kind && type->base_kind != kind && adopt(py, type->address, kind))
        return NULL;
    if (type->kind != kind && type->base_kind != kind)
        return pc_error_at(PC_ERROR_CORRUPT, object, "the object at " PC_ADDR " is of type %s, which cannot be here", object,
                           type->full_name ? type->full_name : "(unknown)");
    return NULL;
}

bool pc_is(pc_python *py, pc_addr object, pc_kind kind)
{
    const pc_type *type;
    return object && pc_ok(pc_type_of(py, object, &type)) && (type->kind == kind || type->base_kind == kind);
}

pc_str_rule pc_type_str_rule(pc_python *py, const pc_type *type)
{
    uint64_t own, other;
    const pc_type *base = type;
    if (!pc_ok(pc_field_uint(py, PC_TP_STR, type->address, &own)))
        return PC_STR_IS_OTHER;
    for (int i = 0; i < PC_LIMIT_MRO && !base->is_builtin; i++)
        if (!base->base || !pc_ok(pc_type_read(py, base->base, &base)))
            return PC_STR_IS_OTHER;
    bool builtin = base->is_builtin && pc_ok(pc_field_uint(py, PC_TP_STR, base->address, &other)) && own == other;
    for (int i = 0; i < PC_LIMIT_MRO && base->base; i++)
        if (!pc_ok(pc_type_read(py, base->base, &base)))
            return PC_STR_IS_OTHER;
    if (base->kind == PC_TYPE_OBJECT && pc_ok(pc_field_uint(py, PC_TP_STR, base->address, &other)) && own == other)
        return PC_STR_IS_REPR;
    return builtin ? PC_STR_IS_BUILTIN : PC_STR_IS_OTHER;
}

bool pc_type_inherits_slot(pc_python *py, const pc_type *type, pc_field slot)
{
    uint64_t own, other;
    const pc_type *base = type;
    for (int i = 0; i < PC_LIMIT_MRO && !base->is_builtin; i++)
        if (!base->base || !pc_ok(pc_type_read(py, base->base, &base)))
            return false;
    return base->is_builtin && pc_ok(pc_field_uint(py, slot, type->address, &own)) &&
           pc_ok(pc_field_uint(py, slot, base->address, &other)) && own == other;
}

pc_error *pc_type_mro(pc_python *py, const pc_type *type, pc_addr *ret_items, uint64_t *ret_count)
{
    pc_addr mro;
    uint64_t count = 0;
    PC_TRY(pc_field_uint(py, PC_TP_MRO, type->address, &mro));
    PC_TRY(pc_expect(py, mro, PC_TYPE_TUPLE));
    PC_TRY(pc_var_size(py, mro, &count));
    if (count > PC_LIMIT_MRO)
        return pc_error_at(PC_ERROR_LIMIT, mro, "a class with %" PRIu64 " bases", count);
    PC_TRY(pc_field_address(py, PC_TUPLE_ITEMS, mro, ret_items));
    *ret_count = count;
    return NULL;
}

pc_error *pc_var_size(pc_python *py, pc_addr object, uint64_t *ret_size)
{
    int64_t size;
    PC_TRY(pc_field_int(py, PC_OB_SIZE, object, &size));
    if (size < 0)
        return pc_error_at(PC_ERROR_CORRUPT, object, "the object at " PC_ADDR " has a size of %" PRId64, object, size);
    *ret_size = (uint64_t)size;
    return NULL;
}

pc_error *pc_tuple_open(pc_python *py, pc_addr tuple, pc_addr *ret_items, uint64_t *ret_count)
{
    uint64_t count = 0;
    PC_TRY(pc_expect(py, tuple, PC_TYPE_TUPLE));
    PC_TRY(pc_var_size(py, tuple, &count));
    PC_TRY(pc_field_address(py, PC_TUPLE_ITEMS, tuple, ret_items));
    *ret_count = count;
    return NULL;
}
