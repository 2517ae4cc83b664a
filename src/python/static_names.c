#include "python/static_names.h"

#include <string.h>

#include "base/limits.h"
#include "python/dict.h"
#include "python/str.h"
#include "python/type.h"

static void put(pc_python *py, pc_addr type, const char *name)
{
    if (type && !pc_map_get(&py->static_names, type))
        pc_map_put(&py->static_names, type, (void *)name);
}

static pc_addr raw_type(pc_python *py, pc_addr object)
{
    pc_addr type;
    return object && pc_ok(pc_field_uint(py, PC_OB_TYPE, object, &type)) ? type : 0;
}

/* A type in the data of a module, made by no class statement. */
static bool is_static_type(pc_python *py, pc_addr type)
{
    uint64_t flags;
    return raw_type(py, type) == py->type_type && pc_ok(pc_field_uint(py, PC_TP_FLAGS, type, &flags)) && !(flags & PC_TPFLAGS_HEAPTYPE);
}

static void put_type_of(pc_python *py, pc_addr object, const char *name)
{
    pc_addr type = raw_type(py, object);
    if (is_static_type(py, type))
        put(py, type, name);
}

void pc_static_names_begin(pc_python *py, pc_addr sysdict)
{
    pc_addr base, dict = raw_type(py, sysdict), key, value;
    pc_dict items;
    bool more;
    py->static_names_begun = true;
    put(py, py->type_type, "type");
    put(py, dict, "dict");
    if (pc_ok(pc_field_uint(py, PC_TP_BASE, dict, &base)))
        put(py, base, "object");
    if (pc_ok(pc_dict_open(py, sysdict, &items)) && pc_ok(pc_dict_next(py, &items, &more, &key, &value)) && more)
        put(py, raw_type(py, key), "str");
}

typedef struct name_table {
    const pc_static_name_row *rows;
    size_t count;
} name_table;

static const char *find_row(const name_table *table, const char *module, const char *key)
{
    size_t low = 0, high = table->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const pc_static_name_row *row = &table->rows[middle];
        int order = strcmp(row->module, module);
        if (!order)
            order = strcmp(row->key, key);
        if (!order)
            return row->name;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static bool has_module(const name_table *table, const char *module)
{
    for (size_t i = 0; i < table->count; i++)
        if (!strcmp(table->rows[i].module, module))
            return true;
    return false;
}

static void index_dict(pc_python *py, const name_table *table, const char *module, pc_addr dict)
{
    pc_dict items;
    pc_addr key, value;
    bool more;
    if (!pc_ok(pc_dict_open(py, dict, &items)))
        return;
    while (pc_ok(pc_dict_next(py, &items, &more, &key, &value)) && more) {
        const char *text, *name;
        if (is_static_type(py, value) && pc_str_text(py, key, &text) && (name = find_row(table, module, text)))
            put(py, value, name);
    }
}

static pc_addr in_dict(pc_python *py, pc_addr dict, const char *key)
{
    pc_addr value;
    return dict && pc_dict_find(py, dict, key, &value) ? value : 0;
}

static pc_addr dict_of_type(pc_python *py, pc_addr type)
{
    pc_addr dict;
    return type && pc_ok(pc_field_uint(py, PC_TP_DICT, type, &dict)) ? dict : 0;
}

/* Types that stand in no dict, or only in that of `types`, which not every program imports: by objects that are always of them. */
static void index_by_objects(pc_python *py, pc_addr builtins)
{
    pc_addr object_dict = dict_of_type(py, in_dict(py, builtins, "object")), none = in_dict(py, builtins, "None");
    put_type_of(py, none, "NoneType");
    put_type_of(py, in_dict(py, builtins, "Ellipsis"), "ellipsis");
    put_type_of(py, in_dict(py, builtins, "NotImplemented"), "NotImplementedType");
    put_type_of(py, in_dict(py, builtins, "len"), "builtin_function_or_method");
    put_type_of(py, in_dict(py, object_dict, "__class__"), "getset_descriptor");
    put_type_of(py, in_dict(py, object_dict, "__init__"), "wrapper_descriptor");
    put_type_of(py, in_dict(py, object_dict, "__reduce__"), "method_descriptor");
    put_type_of(py, in_dict(py, dict_of_type(py, in_dict(py, builtins, "dict")), "fromkeys"), "classmethod_descriptor");
    put_type_of(py, in_dict(py, dict_of_type(py, in_dict(py, builtins, "type")), "__basicsize__"), "member_descriptor");
}

/* A function of the interpreter's own library, written in Python, and its code. */
static void index_function(pc_python *py, pc_addr module_dict, const char *name)
{
    pc_addr function = in_dict(py, module_dict, name), code;
    if (!is_static_type(py, raw_type(py, function)) || pc_map_get(&py->static_names, raw_type(py, function)))
        return;
    if (pc_ok(pc_field_uint(py, PC_FUNC_CODE, function, &code)) && is_static_type(py, raw_type(py, code))) {
        put_type_of(py, function, "function");
        put_type_of(py, code, "code");
    }
}

static void build(pc_python *py)
{
    static const struct {
        const char *module, *function;
    } functions[] = {{"_frozen_importlib", "_call_with_frames_removed"}, {"os", "walk"}, {"os", "fsencode"}, {"posixpath", "join"}, {"codecs", "open"}};
    pc_addr builtins, modules, module, dict, key, value;
    bool more, two = pc_is_python2(py);
    name_table table = {two ? pc_static_name_rows_2 : pc_static_name_rows_3, two ? pc_static_name_count_2 : pc_static_name_count_3};
    if (!pc_ok(pc_field_uint(py, PC_IS_BUILTINS, py->first_interpreter, &builtins)) ||
        !pc_ok(pc_field_uint(py, PC_IS_MODULES, py->first_interpreter, &modules)))
        return;
    index_dict(py, &table, two ? "__builtin__" : "builtins", builtins);
    index_by_objects(py, builtins);
    put_type_of(py, in_dict(py, modules, "sys"), "module");
    for (size_t i = 0; i < PC_ARRAY_SIZE(functions); i++)
        if ((module = in_dict(py, modules, functions[i].module)) && pc_ok(pc_field_uint(py, PC_MD_DICT, module, &dict)))
            index_function(py, dict, functions[i].function);
    pc_dict list;
    pc_addr module_type = raw_type(py, in_dict(py, modules, "sys"));
    if (!pc_ok(pc_dict_open(py, modules, &list)))
        return;
    for (size_t n = 0; n < PC_LIMIT_MODULES_WALKED && pc_ok(pc_dict_next(py, &list, &more, &key, &value)) && more; n++) {
        const char *name;
        if (raw_type(py, value) == module_type && pc_str_text(py, key, &name) && has_module(&table, name) &&
            pc_ok(pc_field_uint(py, PC_MD_DICT, value, &dict)))
            index_dict(py, &table, name, dict);
    }
}

const char *pc_static_name(pc_python *py, pc_addr type)
{
    if (!py->static_names_begun)
        return NULL;
    const char *name = pc_map_get(&py->static_names, type);
    /* while the index is being made, or before the interpreter is known, there is what has been put in */
    if (!name && !py->static_names_built && py->first_interpreter && !py->static_names_building) {
        py->static_names_building = true;
        build(py);
        py->static_names_building = false;
        py->static_names_built = true;
        name = pc_map_get(&py->static_names, type);
    }
    return name;
}
