#include "python/extension.h"

#include <string.h>

#include "layout/dwarf.h"

static const struct {
    const char *name;
    pc_kind kind;
    pc_layout_module module;
} types[] = {
    {"datetime.date", PC_TYPE_DATE, PC_MODULE_DATETIME},
    {"datetime.time", PC_TYPE_TIME, PC_MODULE_DATETIME},
    {"datetime.datetime", PC_TYPE_DATETIME, PC_MODULE_DATETIME},
    {"datetime.timedelta", PC_TYPE_TIMEDELTA, PC_MODULE_DATETIME},
    {"datetime.timezone", PC_TYPE_TIMEZONE, PC_MODULE_DATETIME},
};

/* The function that every extension module exports tells a module from another that uses the same names (3, 2.7). */
static const char *const init_functions[PC_MODULE_COUNT][2] = {
    [PC_MODULE_DATETIME] = {"PyInit__datetime", "initdatetime"},
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
    return module->image && (module == py->module || pc_image_symbols(module->image, init_functions[which], 2, symbols));
}

pc_kind pc_extension_kind(pc_python *py, pc_addr type, const char *tp_name)
{
    for (size_t i = 0; i < PC_ARRAY_SIZE(types); i++) {
        pc_layout_module which = types[i].module;
        if (strcmp(tp_name, types[i].name))
            continue;
        pc_module *module = pc_modules_find(py->modules, type);
        if (!module || !is_the_module(py, module, which))
            return PC_TYPE_OTHER;
        if (!py->modules_tried[which]) {
            py->modules_tried[which] = true;
            pc_error *error = load(py, module, which);
            if (error)
                pc_diagnose_error(py->diagnostics, PC_SEVERITY_INFO, error, "values of the types of %s are not shown", module->path);
            else
                py->modules_known[which] = true;
        }
        return py->modules_known[which] ? types[i].kind : PC_TYPE_OTHER;
    }
    return PC_TYPE_OTHER;
}
