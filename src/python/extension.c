#include "python/extension.h"

#include <string.h>

#include "layout/dwarf.h"

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

static pc_error *load(pc_python *py, pc_module *module, pc_layout_module which)
{
    pc_image *debug = pc_image_debug(module->image, py->debug_dirs, py->debug_dir_count);
    if (!debug)
        return pc_error_create(PC_ERROR_NOT_FOUND, "there is no debug information for it (build-id %s)",
                               module->image->build_id ? module->image->build_id : "none");
    PC_TRY(pc_layout_from_dwarf(py->layout, which, debug->elf, debug->path));
    return pc_layout_check_required(py->layout, which);
}

static bool is_the_module(pc_python *py, pc_module *module, pc_layout_module which)
{
    pc_symbol symbols[2];
    const char *const *names = init_functions[which];
    size_t count = names[0] && names[1] ? 2 : 1;
    if (which == PC_MODULE_INTERPRETER || module == py->module)
        return module == py->module;
    return module->image && pc_image_symbols(module->image, names[0] ? names : names + 1, count, symbols);
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

static bool is_known(pc_python *py, pc_module *module, pc_layout_module which)
{
    if (which == PC_MODULE_INTERPRETER)
        return true;
    if (!py->modules_tried[which]) {
        py->modules_tried[which] = true;
        pc_error *error = load(py, module, which);
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
            code = type->heap ? pc_type_code(py, type) : type->address;
        pc_module *module = pc_modules_find(py->modules, code);
        if (module && is_the_module(py, module, types[i].module))
            return is_known(py, module, types[i].module) ? types[i].kind : PC_TYPE_OTHER;
    }
    return PC_TYPE_OTHER;
}
