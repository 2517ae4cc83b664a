#include "python/extension.h"

#include <stdlib.h>
#include <string.h>

#include "layout/cache.h"
#include "python/numpy.h"
#include "target/advice.h"

static const struct {
    const char *names;
    pc_kind kind;
    pc_layout_module module;
} types[] = {
#define PC_TYPE(kind, module, names, writer) {names, PC_TYPE_##kind, PC_MODULE_##module},
#include "python/types.def"
#undef PC_TYPE
};

static const char *const init_functions[PC_MODULE_COUNT][2] = {
#define PC_LAYOUT_MODULE(id, init, init2) {init, init2},
#include "layout/modules.def"
#undef PC_LAYOUT_MODULE
};

/* Types of which several of a module are told apart: by the sizes of all structs, a table of another patch release could be taken
 * whose RLock has the size of this one's lock (3.13). */
static const struct {
    pc_kind kind;
    pc_struct_id owner;
} instances[] = {{PC_TYPE_LOCK, PC_STRUCT_LOCK}, {PC_TYPE_RLOCK, PC_STRUCT_RLOCK}, {PC_TYPE_THREAD_HANDLE, PC_STRUCT_THREAD_HANDLE_OBJECT}};

static bool has_size_of_kind(const pc_python *py, const pc_type *type, pc_kind kind)
{
    for (size_t i = 0; i < PC_ARRAY_SIZE(instances); i++)
        if (instances[i].kind == kind)
            return py->layout->structs[instances[i].owner].source && (int64_t)py->layout->structs[instances[i].owner].size == type->basic_size;
    return true;
}

/* Whether the layout can be that of the type's module: its instances have the size of one of the structs. */
static pc_error *check_size(pc_python *py, const pc_type *type, pc_layout_module which, pc_kind kind)
{
    if (!has_size_of_kind(py, type, kind))
        return pc_error_create(PC_ERROR_CORRUPT, "an instance of %s has %" PRId64 " bytes, which is not its struct's size", type->tp_name, type->basic_size);
    for (size_t i = 0; i < PC_STRUCT_COUNT; i++)
        if (pc_struct_definitions[i].module == which && py->layout->structs[i].source && (int64_t)py->layout->structs[i].size == type->basic_size)
            return NULL;
    return pc_error_create(PC_ERROR_CORRUPT, "an instance of %s has %" PRId64 " bytes, which is no struct's size", type->tp_name, type->basic_size);
}

static pc_error *adopt(pc_python *py, const pc_table *table, const pc_type *type, pc_layout_module which, pc_kind kind, bool exact)
{
    pc_layout_adopt(py->layout, which, table->layout);
    pc_error *error = pc_layout_check_required(py->layout, which);
    if (!error && !exact)
        error = check_size(py, type, which, kind);
    if (error)
        pc_layout_forget(py->layout, which);
    return error;
}

/* From the tables: by the module's own build-id, else by the interpreter's version. */
static pc_error *load_table(pc_python *py, const pc_module *module, const pc_type *type, pc_layout_module which, pc_kind kind)
{
    enum { ENOUGH = 8 };
    if (py->table_file && py->table_file->modules[which])
        return adopt(py, py->table_file, type, which, kind, false);
    pc_error *first = NULL;
    pc_abi_hint hint = py->hint;
    hint.build_id = module->build_id ? module->build_id : module->image ? module->image->build_id : NULL;
    pc_table_choices choices;
    pc_table_choice choice;
    pc_table_choices_begin(&choices, py->tables, &hint, which);
    bool done = false;
    while (!done && choices.given < ENOUGH && pc_table_choices_next(&choices, &choice)) {
        const pc_table *table;
        if (!choice.exact && !choice.is_version)
            break;
        pc_error *error = pc_tables_read(py->tables, choice.table, &table);
        if (!error)
            error = adopt(py, table, type, which, kind, pc_table_has_build(table, which, hint.build_id));
        done = !error;
        if (first)
            pc_error_destroy(error);
        else
            first = error;
    }
    pc_table_choices_end(&choices);
    if (done) {
        pc_error_destroy(first);
        return NULL;
    }
    return first ? first : pc_error_create(PC_ERROR_NOT_FOUND, "there is neither debug information nor a layout table for it (build-id %s); to get it: %s",
                                           hint.build_id ? hint.build_id : "none",
                                           pc_advice_text(py->core->arena, PC_WANTED_DEBUG_INFORMATION, module->raw_path, hint.build_id));
}

/* From debug information: the file's, or where that is not here the one of its build-id. */
static bool load_debug(pc_python *py, pc_module *module, const pc_type *type, pc_layout_module which, pc_kind kind)
{
    pc_image *by_id = !module->image && module->build_id ? pc_debug_of_build_id(module->build_id, module->path, py->search) : NULL;
    pc_image *debug = module->image ? pc_image_debug(module->image, py->search) : by_id;
    bool before;
    bool done = debug && pc_ok(pc_cache_layout(py->cache, py->layout, which, debug, py->search, &before)) &&
                pc_ok(pc_layout_check_required(py->layout, which)) &&
                (by_id || module->matches != PC_MATCH_NO || pc_ok(check_size(py, type, which, kind)));
    pc_image_destroy(by_id);
    return done;
}

static pc_error *load(pc_python *py, pc_module *module, const pc_type *type, pc_layout_module which, pc_kind kind)
{
    if (which == PC_MODULE_NUMPY)
        return pc_numpy_load(py);
    if (!py->table_file && load_debug(py, module, type, which, kind))
        return NULL;
    pc_layout_forget(py->layout, which);
    if (py->tables)
        return load_table(py, module, type, which, kind);
    return pc_error_create(PC_ERROR_NOT_FOUND, "there is no debug information for it (build-id %s)",
                           module->image && module->image->build_id ? module->image->build_id : "none");
}

bool pc_extension_is_in(pc_image *image, pc_layout_module which)
{
    static const char *const type[] = {"PyType_Type"};
    pc_symbol symbols[2];
    const char *const *names = which == PC_MODULE_INTERPRETER ? type : init_functions[which];
    size_t count = which == PC_MODULE_INTERPRETER ? 1 : (names[0] != NULL) + (names[1] != NULL);
    return count && pc_image_symbols(image, names[0] ? names : names + 1, count, symbols);
}

/* Of a small core: as it was noted. */
static bool is_noted(const pc_distilled *distilled, const pc_module *module, pc_layout_module which)
{
    char name[PC_TABLE_WORD];
    pc_layout_module_name(which, name, sizeof(name));
    for (size_t i = 0; i < distilled->extension_count; i++)
        if (distilled->extensions[i].module == module->start && !strcmp(distilled->extensions[i].name, name))
            return true;
    return false;
}

static bool is_the_module(pc_python *py, pc_module *module, const pc_type *type, pc_layout_module which)
{
    if (which == PC_MODULE_INTERPRETER || module == py->module)
        return module == py->module;
    /* without the file a name that C code or a dict of the interpreter's own has given is good enough to try a layout with */
    if (py->core->distilled ? !is_noted(py->core->distilled, module, which)
        : module->image     ? !pc_extension_is_in(module->image, which)
                            : !type->named_by_dict && !type->from_spec)
        return false;
    py->extension_modules[which] = module;
    return true;
}

static bool is_name(const char *names, const char *name)
{
    size_t length = strlen(name);
    for (const char *at = names; at; at = strchr(at, '|')) {
        at += *at == '|';
        if (!strncmp(at, name, length) && (!at[length] || at[length] == '|'))
            return true;
    }
    return false;
}

static bool is_known(pc_python *py, pc_module *module, const pc_type *type, pc_layout_module which, pc_kind kind)
{
    if (which == PC_MODULE_INTERPRETER)
        return true;
    if (!py->modules_tried[which]) {
        py->modules_tried[which] = true;
        pc_error *error = load(py, module, type, which, kind);
        if (error)
            pc_diagnose_error(py->diagnostics, PC_SEVERITY_INFO, error, "values of some types of %s are not shown", module->path);
        else
            py->modules_known[which] = true;
    }
    return py->modules_known[which];
}

pc_kind pc_extension_kind(pc_python *py, const pc_type *type)
{
    pc_addr code = 0;
    for (size_t i = 0; i < PC_ARRAY_SIZE(types); i++) {
        if (!is_name(types[i].names, type->tp_name))
            continue;
        if (!code)
            code = type->heap || !pc_modules_find(py->modules, type->address) ? pc_type_code(py, type) : type->address;
        pc_module *module = code == type->address ? pc_type_home(py, code) : pc_modules_find(py->modules, code);
        if (module && is_the_module(py, module, type, types[i].module))
            return is_known(py, module, type, types[i].module, types[i].kind) && has_size_of_kind(py, type, types[i].kind) ? types[i].kind : PC_TYPE_OTHER;
    }
    return PC_TYPE_OTHER;
}
