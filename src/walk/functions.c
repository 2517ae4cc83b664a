#include "walk/functions.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "python/dict.h"
#include "python/str.h"
#include "python/type.h"

#define MAX_DEPTH 12 /* classes in classes, functions in functions */

static const char conflicting[] = ""; /* two functions claim the code object */

static void add_code(pc_python *py, pc_addr code_address, const char *qualname, int depth);

static bool ends_with_name(const char *qualname, const char *name)
{
    size_t a = strlen(qualname), b = strlen(name);
    return a >= b && !strcmp(qualname + a - b, name) && (a == b || qualname[a - b - 1] == '.');
}

#define STORE_GLOBAL 97 /* opcode.h, 2.7 to 3.10 */
#define EXTENDED_ARG_2 145
#define EXTENDED_ARG_3 144
#define HAVE_ARGUMENT 90

/* Whether the code stores a global of that name: then what it defines under it is named as if at the module's top. */
static bool stores_global(pc_python *py, const pc_code *code, const char *name)
{
    const uint8_t *p = code->bytecode.code;
    size_t size = p ? code->bytecode.code_size : 0;
    bool two = pc_is_python2(py);
    uint32_t extended = 0;
    pc_addr names, items, object;
    if (!pc_memory_spend(py->memory, size / 8))
        return true;
    if (!pc_ok(pc_field_uint(py, PC_CO_NAMES, code->address, &names)) || !pc_ok(pc_field_address(py, PC_TUPLE_ITEMS, names, &items)))
        return true;
    for (size_t i = 0; i + 1 < size;) {
        uint8_t op = p[i];
        bool wide = two && op >= HAVE_ARGUMENT;
        uint32_t argument = wide ? (i + 2 < size ? p[i + 1] | (uint32_t)p[i + 2] << 8 : 0) : p[i + 1];
        argument |= extended;
        i += two ? (wide ? 3 : 1) : 2;
        extended = op == (two ? EXTENDED_ARG_2 : EXTENDED_ARG_3) ? argument << (two ? 16 : 8) : 0;
        if (op == STORE_GLOBAL && (!pc_ok(pc_pointer_at(py, items, argument, &object)) || pc_str_equals(py, object, name)))
            return true;
    }
    return false;
}

static bool is_comprehension(const char *name)
{
    return !strcmp(name, "<listcomp>") || !strcmp(name, "<setcomp>") || !strcmp(name, "<dictcomp>") || !strcmp(name, "<genexpr>");
}

/* The code objects among a code object's constants are those of functions, classes and comprehensions inside it. */
static void add_inner(pc_python *py, const pc_code *code, const char *qualname, int depth)
{
    pc_addr consts, items, item;
    uint64_t count;
    if (!pc_ok(pc_field_uint(py, PC_CO_CONSTS, code->address, &consts)) || !pc_ok(pc_tuple_open(py, consts, &items, &count)) ||
        count > PC_LIMIT_LOCALS)
        return;
    for (uint64_t i = 0; i < count; i++) {
        pc_code *inner;
        if (!pc_ok(pc_pointer_at(py, items, i, &item)) || !pc_is(py, item, PC_TYPE_CODE) || !pc_ok(pc_code_read(py, item, &inner)) || !inner->name)
            continue;
        /* what a class body or a comprehension encloses is named after it alone */
        bool bare = !(code->flags & PC_CO_OPTIMIZED) || is_comprehension(code->name);
        const char *name = stores_global(py, code, inner->name) ? inner->name : pc_arena_printf(py->arena, "%s%s%s", qualname, bare ? "." : ".<locals>.", inner->name);
        add_code(py, item, name, depth + 1);
    }
}

static void add_code(pc_python *py, pc_addr address, const char *qualname, int depth)
{
    pc_code *code;
    const char *known = pc_map_get(&py->functions, address);
    if (depth > MAX_DEPTH || py->functions.count > PC_LIMIT_FUNCTIONS || !pc_ok(pc_code_read(py, address, &code)) || !code->name)
        return;
    /* functools.wraps() gives a wrapper the name of what it wraps: not the name of this code */
    if (!ends_with_name(qualname, code->name))
        return;
    if (known) {
        if (strcmp(known, qualname))
            pc_map_put(&py->functions, address, (void *)conflicting);
        return;
    }
    pc_map_put(&py->functions, address, (void *)qualname);
    add_inner(py, code, qualname, depth);
}

static void add_function(pc_python *py, pc_addr function, const char *class_name, int depth)
{
    pc_addr code, name;
    const char *text;
    bool own = pc_has(py, PC_FUNC_QUALNAME);
    if (!pc_ok(pc_field_uint(py, PC_FUNC_CODE, function, &code)) ||
        !pc_ok(pc_field_uint(py, own ? PC_FUNC_QUALNAME : PC_FUNC_NAME, function, &name)) || !pc_str_text(py, name, &text))
        return;
    /* 2.7: the place where it is found has to serve */
    if (!own && class_name)
        text = pc_arena_printf(py->arena, "%s.%s", class_name, text);
    add_code(py, code, text, depth);
}

/* A value of a module's or class's dict. module: only classes that say they are of this one are entered. */
static void add_value(pc_python *py, pc_addr object, const char *module, const char *class_name, pc_map *seen, int depth);

static void add_dict(pc_python *py, pc_addr dict_address, const char *module, const char *class_name, pc_map *seen, int depth)
{
    pc_dict dict;
    bool more;
    pc_addr key, value;
    if (depth > MAX_DEPTH || !pc_ok(pc_dict_open(py, dict_address, &dict)))
        return;
    while (pc_ok(pc_dict_next(py, &dict, &more, &key, &value)) && more)
        add_value(py, value, module, class_name, seen, depth);
}

static void add_class(pc_python *py, pc_addr object, const char *module, const char *class_name, bool classic, pc_map *seen, int depth)
{
    pc_addr dict, name;
    const char *text = NULL, *own_module = NULL;
    if (!pc_map_add(seen, object))
        return;
    if (classic) {
        pc_addr module_object;
        if (!pc_ok(pc_field_uint(py, PC_CL_DICT, object, &dict)) || !pc_ok(pc_field_uint(py, PC_CL_NAME, object, &name)))
            return;
        pc_str_text(py, name, &text);
        if (pc_dict_find(py, dict, "__module__", &module_object))
            pc_str_text(py, module_object, &own_module);
    } else {
        const pc_type *type;
        if (!pc_ok(pc_type_read(py, object, &type)) || !type->heap || !pc_ok(pc_field_uint(py, PC_TP_DICT, object, &dict)))
            return;
        text = type->qualname;
        own_module = type->module;
    }
    if (!text || !dict || !own_module || strcmp(own_module, module))
        return;
    if (class_name && !pc_has(py, PC_FUNC_QUALNAME))
        text = pc_arena_printf(py->arena, "%s.%s", class_name, text);
    add_dict(py, dict, module, text, seen, depth + 1);
}

static void add_value(pc_python *py, pc_addr object, const char *module, const char *class_name, pc_map *seen, int depth)
{
    const pc_type *type;
    pc_addr inner = 0;
    if (!pc_ok(pc_type_of(py, object, &type)))
        return;
    switch (type->kind) {
    case PC_TYPE_FUNCTION:
        add_function(py, object, class_name, depth);
        break;
    case PC_TYPE_CLASSMETHOD:
        pc_error_destroy(pc_field_uint(py, PC_CM_CALLABLE, object, &inner));
        break;
    case PC_TYPE_STATICMETHOD:
        pc_error_destroy(pc_field_uint(py, PC_SM_CALLABLE, object, &inner));
        break;
    case PC_TYPE_PROPERTY:
        pc_error_destroy(pc_field_uint(py, PC_PROP_GET, object, &inner));
        break;
    case PC_TYPE_TYPE:
    case PC_TYPE_CLASSIC_CLASS:
        add_class(py, object, module, class_name, type->kind == PC_TYPE_CLASSIC_CLASS, seen, depth);
        break;
    default:
        break;
    }
    if (inner && pc_is(py, inner, PC_TYPE_FUNCTION))
        add_function(py, inner, class_name, depth);
}

static void index_functions(pc_python *py)
{
    pc_addr modules, key, module, dict, name_object;
    pc_dict list;
    bool more;
    pc_map seen;
    pc_map_init(&seen);
    if (pc_ok(pc_field_uint(py, PC_IS_MODULES, py->first_interpreter, &modules)) && pc_ok(pc_dict_open(py, modules, &list)))
        for (int n = 0; n < PC_LIMIT_MODULES_WALKED && pc_ok(pc_dict_next(py, &list, &more, &key, &module)) && more; n++) {
            const char *name = NULL;
            if (pc_is(py, module, PC_TYPE_MODULE) && pc_ok(pc_field_uint(py, PC_MD_DICT, module, &dict)) && dict &&
                pc_dict_find(py, dict, "__name__", &name_object) && pc_str_text(py, name_object, &name))
                add_dict(py, dict, name, NULL, &seen, 0);
        }
    pc_map_deinit(&seen);
}

static int by_code(const void *key, const void *item)
{
    pc_addr code = *(const pc_addr *)key, other = ((const pc_distilled_function *)item)->code;
    return code < other ? -1 : code > other;
}

/* A small core has not all functions of all modules, which have to be looked through: the names are in its note. */
static const char *noted_qualname(const pc_distilled *distilled, const pc_code *code)
{
    const pc_distilled_function *found =
        distilled->function_count ? bsearch(&code->address, distilled->functions, distilled->function_count, sizeof(*found), by_code) : NULL;
    return found ? found->name : NULL;
}

static const char *indexed_qualname(pc_python *py, const pc_code *code)
{
    if (!py->functions_indexed) {
        py->functions_indexed = true;
        uint64_t share = pc_memory_begin_share(py->memory, PC_LIMIT_INDEX_SHARE);
        index_functions(py);
        /* half an index does not know of the other function that claims the same code */
        if (pc_memory_is_starving(py->memory))
            pc_map_deinit(&py->functions);
        pc_memory_end_share(py->memory, share);
    }
    return pc_map_get(&py->functions, code->address);
}

/* The function that a class's dict has under the code's name, as it is or under the decorators of the language. */
static bool function_of(pc_python *py, pc_addr dict, const pc_code *code, pc_addr *ret_function)
{
    pc_addr object, of_code;
    const pc_type *type;
    if (!pc_dict_find(py, dict, code->name, &object) || !pc_ok(pc_type_of(py, object, &type)))
        return false;
    pc_field inner = type->kind == PC_TYPE_CLASSMETHOD    ? PC_CM_CALLABLE
                     : type->kind == PC_TYPE_STATICMETHOD ? PC_SM_CALLABLE
                     : type->kind == PC_TYPE_PROPERTY     ? PC_PROP_GET
                                                          : PC_FIELD_COUNT;
    if (inner != PC_FIELD_COUNT && !pc_ok(pc_field_uint(py, inner, object, &object)))
        return false;
    if (!pc_is(py, object, PC_TYPE_FUNCTION) || !pc_ok(pc_field_uint(py, PC_FUNC_CODE, object, &of_code)) || of_code != code->address)
        return false;
    *ret_function = object;
    return true;
}

/* Classes that no module holds: the first argument leads to them. */
static const char *qualname_by_argument(pc_python *py, const pc_code *code, pc_addr argument)
{
    const pc_type *type, *owner;
    pc_addr classes, class, dict, function, name;
    uint64_t count;
    const char *text;
    if (!code->name || !pc_ok(pc_type_of(py, argument, &type)) || (type->kind == PC_TYPE_TYPE && !pc_ok(pc_type_read(py, argument, &type))) ||
        !pc_ok(pc_type_mro(py, type, &classes, &count)))
        return NULL;
    for (uint64_t i = 0; i < count; i++) {
        if (!pc_ok(pc_pointer_at(py, classes, i, &class)) || !pc_ok(pc_type_read(py, class, &owner)) || !owner->heap ||
            !pc_ok(pc_field_uint(py, PC_TP_DICT, class, &dict)) || !function_of(py, dict, code, &function))
            continue;
        if (!pc_has(py, PC_FUNC_QUALNAME)) /* 2.7 */
            return owner->qualname ? pc_arena_printf(py->arena, "%s.%s", owner->qualname, code->name) : NULL;
        if (pc_ok(pc_field_uint(py, PC_FUNC_QUALNAME, function, &name)) && pc_str_text(py, name, &text) && ends_with_name(text, code->name))
            return text;
        return NULL;
    }
    return NULL;
}

const char *pc_function_qualname(pc_python *py, const pc_code *code, pc_addr first_argument)
{
    const char *name = py->core->distilled ? noted_qualname(py->core->distilled, code) : indexed_qualname(py, code);
    /* a module's own code is its qualified name in every version */
    if (!name && code->name && !strcmp(code->name, "<module>"))
        return code->name;
    if (!name && first_argument)
        name = qualname_by_argument(py, code, first_argument);
    if (name && *name)
        pc_map_put(&py->functions_told, code->address, (void *)name);
    return name && *name ? name : NULL;
}
