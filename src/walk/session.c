#include "walk/session.h"

#include <string.h>

#include "base/limits.h"
#include "layout/dwarf.h"
#include "python/runtime.h"

/* Loads the layout of the build behind the module and attaches to the interpreter in it. */
static pc_error *attach(pc_session *s, pc_module *module, const pc_session_options *options, pc_runtime_symbols *symbols)
{
    pc_image *debug = pc_image_debug(module->image, options->debug_dirs, options->debug_dir_count);
    if (!debug)
        return pc_error_create(PC_ERROR_NOT_FOUND,
                               "there is no debug information for it (build-id %s): install its debug package, or name a tree of debug files with --debug-dir",
                               module->image->build_id ? module->image->build_id : "none");
    /* a separate debug file has the local symbols that the stripped file has not */
    pc_runtime_look(module, symbols);
    pc_layout_deinit(&s->layout);
    PC_TRY(pc_layout_from_dwarf(&s->layout, PC_MODULE_INTERPRETER, debug->elf, debug->path));
    s->has_layout = true;
    PC_TRY(pc_layout_check_required(&s->layout, PC_MODULE_INTERPRETER));
    s->layout_exact = module->matches == PC_MATCH_YES && module->build_id && module->image->build_id;
    pc_python_deinit(&s->py);
    pc_python_init(&s->py, &s->core, &s->modules, &s->layout);
    s->py.module = module;
    s->py.debug_dirs = options->debug_dirs;
    s->py.debug_dir_count = options->debug_dir_count;
    return pc_runtime_attach(&s->py, symbols);
}

static bool try_module(pc_session *s, pc_module *module, const pc_session_options *options)
{
    pc_runtime_symbols symbols;
    if (!module->image || s->files_tried >= PC_LIMIT_INTERPRETER_FILES || !pc_runtime_look(module, &symbols))
        return false;
    s->files_tried++;
    pc_error *error = attach(s, module, options, &symbols);
    if (!error)
        return true;
    if (!s->reason)
        s->reason = pc_arena_printf(&s->arena, "%s has a CPython interpreter, but %s", module->path, error->message);
    pc_diagnose_error(&s->diagnostics, PC_SEVERITY_ERROR, error, "the interpreter in %s", module->path);
    return false;
}

static const char *why_none(pc_session *s)
{
    const pc_module *missing = NULL;
    for (size_t i = 0; i < s->modules.count; i++) {
        const pc_module *m = &s->modules.items[i];
        if (m->is_elf && !m->image && (!missing || strstr(m->path, "python")))
            missing = m;
    }
    if (!s->core.lwp_count && !s->core.segment_count)
        return "it has no threads and no memory: the file is cut off or damaged";
    if (!s->core.mapping_count)
        return "the core does not say which files were mapped (no NT_FILE note, and the dynamic linker's list cannot be read)";
    if (!missing)
        return "no module of the process holds a CPython interpreter: this was not a Python program";
    return pc_arena_printf(&s->arena, "no module that could be opened holds a CPython interpreter; %s (build-id %s) is %s", missing->path,
                           missing->build_id ? missing->build_id : "not known",
                           missing->matches == PC_MATCH_NO ? "another build here" : "not on this machine");
}

static bool find_interpreter(pc_session *s, const pc_session_options *options)
{
    pc_module *executable = pc_modules_executable(&s->modules);
    if (executable && try_module(s, executable, options))
        return true;
    for (int named = 1; named >= 0; named--)
        for (size_t i = 0; i < s->modules.count; i++) {
            pc_module *m = &s->modules.items[i];
            /* most interpreters outside of the executable are in a libpython: those first */
            if (m != executable && (strstr(m->raw_path, "libpython") != NULL) == named && try_module(s, m, options))
                return true;
        }
    if (!s->reason)
        s->reason = why_none(s);
    return false;
}

pc_error *pc_session_open(pc_session *s, const char *path, const pc_session_options *options)
{
    memset(s, 0, sizeof(*s));
    pc_arena_init(&s->arena);
    pc_diagnostics_init(&s->diagnostics, &s->arena);
    pc_layout_init(&s->layout);
    pc_error *error = pc_core_open(&s->core, path, &s->arena, &s->diagnostics, options->progress);
    if (error) {
        pc_session_deinit(s);
        return error;
    }
    pc_modules_init(&s->modules, &s->core, options->executable);
    bool found = find_interpreter(s, options);
    pc_walk_run(&s->walk, &s->core, found ? &s->py : NULL, &options->walk);
    return NULL;
}

void pc_session_deinit(pc_session *s)
{
    if (!s)
        return;
    pc_walk_deinit(&s->walk);
    pc_python_deinit(&s->py);
    pc_layout_deinit(&s->layout);
    pc_modules_deinit(&s->modules);
    pc_core_deinit(&s->core);
    pc_diagnostics_deinit(&s->diagnostics);
    pc_arena_deinit(&s->arena);
}
