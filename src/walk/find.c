#include "walk/find.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "layout/dwarf.h"
#include "python/runtime.h"
#include "python/scan.h"
#include "python/validate.h"
#include "python/version.h"

/* Somewhere an interpreter may be. */
typedef struct place {
    pc_module *module; /* NULL: in memory that belongs to no file */
    pc_runtime_symbols symbols;
    pc_version_claims claims;
    pc_abi_hint hint;
} place;

static bool is_exact(const pc_module *module)
{
    return module && module->matches == PC_MATCH_YES && module->build_id && module->image->build_id;
}

/* Reads the interpreter at the place through the session's layout. abi: NULL where the layout is the build's own debug
 * information. What a layout that does not fit makes of the core is not to be heard of. */
static pc_error *attach(pc_session *s, const place *p, const pc_session_options *options, const pc_abi *abi, bool any_version)
{
    pc_diagnostics unheard;
    pc_diagnostics_init(&unheard, &s->arena);
    pc_python_deinit(&s->py);
    pc_python_init(&s->py, &s->core, &s->modules, &s->layout);
    s->py.module = p->module;
    s->py.debug_dirs = options->debug_dirs;
    s->py.debug_dir_count = options->debug_dir_count;
    s->py.tables = &s->tables;
    s->py.table_file = s->has_table_file ? &s->table_file : NULL;
    s->py.hint = p->hint;
    s->py.diagnostics = &unheard;
    pc_error *error = pc_layout_check_required(&s->layout, PC_MODULE_INTERPRETER);
    if (!error)
        error = pc_runtime_attach(&s->py, &p->symbols);
    /* where the build is known to be this one, a contradiction is damage to the core, of which as much is told as can be */
    if (!error && !s->layout_exact) {
        error = pc_validate_layout(&s->py, abi, any_version);
        if (error && error->code == PC_ERROR_NOT_FOUND && !abi) {
            pc_error_destroy(error);
            error = NULL;
        }
    }
    pc_diagnostics_deinit(&unheard);
    s->py.diagnostics = &s->diagnostics;
    for (int i = 0; i < PC_MODULE_COUNT; i++)
        s->py.modules_tried[i] = s->py.modules_known[i]; /* what could not be had is to be said, now that it counts */
    return error;
}

static void settle(pc_session *s, const place *p)
{
    s->symbols = p->symbols;
    unsigned major = (unsigned)(s->py.hex_version >> 24), minor = (unsigned)(s->py.hex_version >> 16 & 0xff);
    s->py.hint.has_minor = s->py.hint.has_micro = s->py.hint.has_flags = true;
    s->py.hint.abi.major = major;
    s->py.hint.abi.minor = minor;
    s->py.hint.abi.micro = (unsigned)(s->py.hex_version >> 8 & 0xff);
    pc_version_compare(&s->py, &p->claims);
    if (s->py.traits && s->py.traits->minor != minor)
        pc_diagnose(&s->diagnostics, PC_SEVERITY_WARNING, "unknown-version", "CPython %u.%u is newer than this pycore: it is read as if it were %u.%u", major, minor,
                    s->py.traits->major, s->py.traits->minor);
}

static pc_error *load_dwarf(pc_session *s, pc_module *module, const pc_session_options *options)
{
    pc_image *debug = module && module->image ? pc_image_debug(module->image, options->debug_dirs, options->debug_dir_count) : NULL;
    if (!debug)
        return pc_error_create(PC_ERROR_NOT_FOUND,
                               "there is no debug information for it (build-id %s): install its debug package, or name a tree of debug files with --debug-dir",
                               module && module->image && module->image->build_id ? module->image->build_id : "none");
    pc_layout_deinit(&s->layout);
    PC_TRY(pc_layout_from_dwarf(&s->layout, PC_MODULE_INTERPRETER, debug->elf, debug->path));
    s->layout_exact = is_exact(module);
    return NULL;
}

/* Takes the interpreter's part of a table for the session's layout. */
static void load_table(pc_session *s, const pc_table *table, bool exact)
{
    pc_layout_deinit(&s->layout);
    pc_layout_adopt(&s->layout, PC_MODULE_INTERPRETER, &table->layout);
    s->layout.origin = strdup(table->path);
    s->layout_exact = exact;
}

/* Whether tables of another minor version may be tried: only where there are none of its own. */
static bool is_unlisted(const pc_table_choice *choices, size_t count, const pc_abi_hint *hint)
{
    for (size_t i = 0; i < count; i++)
        if (choices[i].is_version)
            return false;
    return hint->has_minor;
}

static pc_error *try_tables(pc_session *s, const place *p, const pc_session_options *options)
{
    size_t count;
    pc_error *first = NULL;
    pc_table_choice *choices = pc_tables_choose(&s->tables, &p->hint, PC_MODULE_INTERPRETER, &count);
    bool any_version = is_unlisted(choices, count, &p->hint), found = false;
    for (size_t i = 0; i < count && !found && s->layouts_tried < PC_LIMIT_LAYOUTS; i++) {
        pc_table table;
        s->layouts_tried++;
        pc_error *error = pc_table_read(choices[i].table->path, false, &table);
        if (!error) {
            load_table(s, &table, choices[i].exact);
            error = attach(s, p, options, &table.abi, any_version);
            pc_table_deinit(&table);
        }
        found = !error;
        if (!error)
            continue;
        if (i < 8)
            pc_diagnose(&s->diagnostics, PC_SEVERITY_INFO, "layout-refused", "%s: %s", choices[i].table->path, error->message);
        if (first)
            pc_error_destroy(error);
        else
            first = error;
    }
    free(choices);
    if (found) {
        pc_error_destroy(first);
        return NULL;
    }
    return first ? first : pc_error_create(PC_ERROR_NOT_FOUND, "there is no layout table for its machine");
}

static pc_error *try_file(pc_session *s, const place *p, const pc_session_options *options)
{
    load_table(s, &s->table_file, pc_table_has_build(&s->table_file, PC_MODULE_INTERPRETER, p->hint.build_id));
    return attach(s, p, options, &s->table_file.abi, true);
}

/* Tries all layouts on one place. */
static bool try_place(pc_session *s, place *p, const pc_session_options *options)
{
    pc_version_gather(&s->modules, p->module, &p->symbols, &p->claims);
    p->hint = pc_version_hint(&s->core, p->module, &p->claims);
    pc_error *error;
    if (s->has_table_file) {
        error = try_file(s, p, options);
    } else {
        error = load_dwarf(s, p->module, options);
        bool has_dwarf = !error;
        if (!error)
            error = attach(s, p, options, NULL, false);
        if (error && (!has_dwarf || !s->layout_exact)) {
            pc_error *other = try_tables(s, p, options);
            if (!other || !has_dwarf) {
                pc_error_destroy(error);
                error = other;
            } else {
                pc_error_destroy(other);
            }
        }
    }
    if (!error) {
        settle(s, p);
        return true;
    }
    const char *where = p->module ? p->module->path : "memory of no file";
    if (!s->reason)
        s->reason = pc_arena_printf(&s->arena, "%s has a CPython interpreter, but %s", where, error->message);
    pc_diagnose_error(&s->diagnostics, PC_SEVERITY_ERROR, error, "the interpreter in %s", where);
    return false;
}

static bool try_module(pc_session *s, pc_module *module, const pc_session_options *options)
{
    place p = {.module = module};
    if (!module->image || s->files_tried >= PC_LIMIT_INTERPRETER_FILES)
        return false;
    /* a separate debug file has the local symbols that the stripped file has not */
    if (!pc_runtime_look(module, &p.symbols))
        return false;
    s->files_tried++;
    pc_image_debug(module->image, options->debug_dirs, options->debug_dir_count);
    pc_runtime_look(module, &p.symbols);
    return try_place(s, &p, options);
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

/* A small core says what was found in the core that it was made of: that is a guess like any other, and has to validate. */
static bool find_noted(pc_session *s, const pc_session_options *options)
{
    const pc_distilled *d = s->core.distilled;
    place p = {
        .module = d->module ? pc_modules_find(&s->modules, d->module) : NULL,
        .symbols = {
            .has_runtime = d->runtime, .runtime = d->runtime, .has_interp_head = d->interpreter_head, .interp_head = d->interpreter_head,
            .has_interpreter = d->interpreter, .interpreter = d->interpreter, .has_current_thread = d->current_thread,
            .current_thread = d->current_thread, .found_by = d->found_by,
        },
    };
    pc_error *error = NULL;
    if (!d->found_by || !d->table)
        error = pc_error_create(PC_ERROR_NOT_FOUND, "no interpreter was found in the core that this small one was made of");
    if (!error)
        error = pc_table_parse(d->table, d->table_size, "the table in the core", false, &s->table_file);
    if (!error) {
        s->has_table_file = true;
        p.hint = pc_version_hint(&s->core, p.module, &p.claims);
        load_table(s, &s->table_file, false);
        error = attach(s, &p, options, &s->table_file.abi, true);
    }
    if (!error) {
        s->layout_exact = d->layout_exact;
        settle(s, &p);
        return true;
    }
    s->reason = pc_arena_strdup(&s->arena, error->message);
    pc_diagnose_error(&s->diagnostics, PC_SEVERITY_ERROR, error, "what this small core says of its interpreter");
    return false;
}

bool pc_find_interpreter(pc_session *s, const pc_session_options *options)
{
    if (s->core.distilled) {
        pc_error_destroy(pc_tables_open_installed(&s->tables));
        return find_noted(s, options);
    }
    pc_error_destroy(pc_tables_open_installed(&s->tables));
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
