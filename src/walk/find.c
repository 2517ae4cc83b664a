#include "walk/find.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/stop.h"
#include "layout/debug_offsets.h"
#include "python/runtime.h"
#include "python/scan.h"
#include "python/validate.h"
#include "python/version.h"
#include "target/advice.h"

/* Somewhere an interpreter may be. */
typedef struct place {
    pc_module *module; /* NULL: in memory that belongs to no file, or not yet known */
    pc_module *guess;  /* where its version may be looked for if the module is not known */
    pc_runtime_symbols symbols;
    const pc_scan_ring *ring; /* by which a scan found it: only layouts with it need to be tried */
    pc_version_claims claims;
    pc_abi_hint hint;
} place;

static bool is_exact(const pc_module *module)
{
    return module && module->matches == PC_MATCH_YES && module->build_id && module->image->build_id;
}

/* The user says that another build's file is to be used. */
static bool is_forced(const pc_module *module)
{
    return module && module->image && module->matches == PC_MATCH_NO;
}

/* Reads the interpreter at the place through the session's layout. abi: NULL where the layout is the build's own debug
 * information. What a layout that does not fit makes of the core is not to be heard of. */
static pc_error *attach(pc_session *s, const place *p, const pc_abi *abi, bool any_version)
{
    pc_diagnostics unheard;
    pc_diagnostics_init(&unheard, &s->arena);
    pc_python_deinit(&s->py);
    pc_python_init(&s->py, &s->core, &s->modules, &s->layout);
    s->py.module = p->module;
    s->py.search = &s->search;
    s->py.cache = s->cache;
    s->py.tables = s->tables;
    s->py.table_file = s->has_table_file ? &s->table_file : NULL;
    s->py.hint = p->hint;
    s->py.layout_exact = s->layout_exact;
    s->py.diagnostics = &unheard;
    pc_error *error = pc_layout_check_required(&s->layout, PC_MODULE_INTERPRETER);
    if (!error)
        error = pc_runtime_attach(&s->py, &p->symbols);
    /* where the build is known to be this one, a contradiction is damage to the core, of which as much is told as can be */
    if (!error && !s->layout_exact) {
        error = pc_validate_layout(&s->py, abi, any_version);
        if (error && error->code == PC_ERROR_NOT_FOUND && !abi && !is_forced(p->module)) {
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

/* A layout of a build like it is good, its own would be better. */
static void want_debug_information(pc_session *s)
{
    const pc_module *m = s->py.module;
    if (s->layout_exact || !m || s->core.distilled || s->has_table_file || !strcmp(pc_layout_sources(&s->layout), "dwarf"))
        return;
    pc_diagnose(&s->diagnostics, PC_SEVERITY_INFO, "missing-debug-information",
                "%s (build-id %s) is read by the layout of a build like it, for want of its debug information; to get that: %s", m->path,
                m->build_id ? m->build_id : "not known", pc_advice_text(&s->arena, PC_WANTED_DEBUG_INFORMATION, m->raw_path, m->build_id));
}

/* The place is the interpreter's: what is known of it now. */
static void settle(pc_session *s, place *p)
{
    s->symbols = p->symbols;
    if (is_forced(s->py.module))
        s->layout_exact = false;
    want_debug_information(s);
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

static pc_error *load_dwarf(pc_session *s, pc_module *module)
{
    pc_image *debug = module && module->image ? pc_image_debug(module->image, &s->search) : NULL;
    const char *build_id = module && module->image ? module->image->build_id : NULL;
    if (!debug)
        return pc_error_create(PC_ERROR_NOT_FOUND,
                               "there is no debug information for it (build-id %s); to get it: %s",
                               build_id ? build_id : "none", pc_advice_text(&s->arena, PC_WANTED_DEBUG_INFORMATION, module ? module->raw_path : "", build_id));
    pc_layout_deinit(&s->layout);
    pc_error *error = pc_cache_layout(s->cache, &s->layout, PC_MODULE_INTERPRETER, debug, &s->search, &s->layout_cached);
    if (error) {
        /* to be said even where a table does as well */
        pc_diagnose(&s->diagnostics, PC_SEVERITY_INFO, "missing-debug-information", "%s", error->message);
        return error;
    }
    s->layout_exact = is_exact(module);
    return NULL;
}

/* Takes the interpreter's part of a table for the session's layout. */
static void load_table(pc_session *s, const pc_table *table, bool exact)
{
    pc_layout_deinit(&s->layout);
    pc_layout_adopt(&s->layout, PC_MODULE_INTERPRETER, table->layout);
    s->layout.origin = pc_strdup(table->path);
    s->layout_cached = false;
    s->layout_exact = exact;
}

typedef struct offsets_in_core {
    pc_session *session;
    pc_addr at;
} offsets_in_core;

static bool read_member(void *context, pc_field member, uint64_t *ret_value)
{
    const offsets_in_core *o = context;
    const pc_field_place *f = &o->session->layout.fields[member];
    return pc_ok(pc_memory_uint(&o->session->core.memory, o->at + f->offset, f->size, ret_value));
}

/* What the build says of itself comes before what a table says of a build like it. */
static pc_error *apply_offsets(pc_session *s, const place *p, bool any_version)
{
    uint64_t hex;
    bool free_threaded;
    offsets_in_core o = {s, p->symbols.runtime};
    if (!p->symbols.has_runtime || !pc_version_of_runtime(&s->core.memory, p->symbols.runtime, &hex, &free_threaded))
        return NULL;
    return pc_debug_offsets_apply(&s->layout, read_member, &o, any_version);
}

static bool has_ring(const pc_layout *layout, const pc_scan_ring *ring)
{
    pc_scan_ring own;
    return pc_scan_ring_of(layout, &own) && pc_scan_ring_equal(&own, ring);
}

static pc_error *try_tables(pc_session *s, const place *p)
{
    enum { SAID = 8 };
    pc_error *first = NULL;
    pc_table_choices choices;
    pc_table_choice choice;
    pc_table_choices_begin(&choices, s->tables, &p->hint, PC_MODULE_INTERPRETER);
    /* those of another minor version only where there are none of its own */
    bool any_version = p->hint.has_minor && !choices.has_version, found = false;
    while (!found && s->layouts_tried < PC_LIMIT_LAYOUTS && !pc_is_stopped() && pc_table_choices_next(&choices, &choice)) {
        const pc_table *table;
        pc_error *error = pc_tables_read(s->tables, choice.table, &table);
        if (!error && p->ring && !has_ring(table->layout, p->ring)) {
            pc_tables_drop(s->tables, choice.table);
            continue;
        }
        s->layouts_tried++;
        if (!error) {
            load_table(s, table, pc_table_has_build(table, PC_MODULE_INTERPRETER, p->hint.build_id));
            error = apply_offsets(s, p, any_version);
            if (!error)
                error = attach(s, p, &table->abi, any_version);
            /* a scan tells only now in which module the interpreter is */
            if (!error && s->py.module)
                s->layout_exact = pc_table_has_build(table, PC_MODULE_INTERPRETER, s->py.module->build_id);
        }
        found = !error;
        if (!error)
            continue;
        if (choices.given <= SAID && error->code != PC_ERROR_FORMAT)
            pc_diagnose(&s->diagnostics, PC_SEVERITY_INFO, "layout-refused", "%s: %s", choice.table->path, error->message);
        else if (choices.given <= SAID)
            pc_diagnose(&s->diagnostics, PC_SEVERITY_WARNING, "layout-refused", "%s", error->message);
        if (first)
            pc_error_destroy(error);
        else
            first = error;
    }
    pc_table_choices_end(&choices);
    if (found) {
        pc_error_destroy(first);
        return NULL;
    }
    return first ? first : pc_error_create(PC_ERROR_NOT_FOUND, "there is no layout table for its machine");
}

static pc_error *try_file(pc_session *s, const place *p)
{
    load_table(s, &s->table_file, pc_table_has_build(&s->table_file, PC_MODULE_INTERPRETER, p->hint.build_id));
    PC_TRY(apply_offsets(s, p, false));
    return attach(s, p, &s->table_file.abi, true);
}

/* Tries all layouts on one place. */
static bool try_place(pc_session *s, place *p)
{
    pc_module *named = p->module ? p->module : p->guess;
    pc_version_gather(&s->modules, named, &p->symbols, &p->claims);
    p->hint = pc_version_hint(&s->core, named, &p->claims);
    pc_error *error;
    if (s->has_table_file) {
        error = try_file(s, p);
    } else {
        error = load_dwarf(s, p->module);
        bool has_dwarf = !error;
        if (!error)
            error = attach(s, p, NULL, false);
        if (error && (!has_dwarf || !s->layout_exact)) {
            pc_error *other = try_tables(s, p);
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
    if (p->ring) { /* what only looked like one is nothing to complain of */
        pc_error_destroy(error);
        return false;
    }
    const char *where = p->module ? p->module->path : "memory of no file";
    if (!s->reason)
        s->reason = pc_arena_printf(&s->arena, s->has_table_file ? "%s has a CPython interpreter, but not of the layout that was given: %s"
                                                                 : "%s has a CPython interpreter, but %s", where, error->message);
    pc_diagnose_error(&s->diagnostics, PC_SEVERITY_ERROR, error, "the interpreter in %s", where);
    return false;
}

static bool try_module(pc_session *s, pc_module *module)
{
    place p = {.module = module};
    /* a separate debug file has the local symbols that the stripped file has not */
    if (!pc_runtime_look(module, &p.symbols) || s->files_tried >= PC_LIMIT_INTERPRETER_FILES)
        return false;
    s->files_tried++;
    pc_image_debug(module->image, &s->search);
    pc_runtime_look(module, &p.symbols);
    return try_place(s, &p);
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
    return pc_arena_printf(&s->arena, "no module that could be opened holds a CPython interpreter; %s (build-id %s) is %s; to get it: %s", missing->path,
                           missing->build_id ? missing->build_id : "not known",
                           missing->matches == PC_MATCH_NO ? "another build here" : "not on this machine",
                           pc_advice_text(&s->arena, PC_WANTED_FILE, missing->raw_path, missing->build_id));
}

/* A small core says what was found in the core that it was made of: that is a guess like any other, and has to validate. */
static bool find_noted(pc_session *s)
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
    bool told[PC_FIELD_COUNT];
    pc_error *error = NULL;
    if (!d->found_by || !d->table)
        error = pc_error_create(PC_ERROR_NOT_FOUND, "no interpreter was found in the core that this small one was made of");
    if (!error && s->layout_named) {
        p.hint = pc_version_hint(&s->core, p.module, &p.claims);
        if (p.module)
            p.hint.build_id = p.module->build_id;
        error = try_file(s, &p);
        if (!error) {
            settle(s, &p);
            return true;
        }
    }
    if (!error)
        error = pc_table_parse_older(d->table, d->table_size, "the table in the core", told, &s->table_file);
    if (!error) {
        s->has_table_file = true;
        error = pc_tables_complete(s->tables, told, &s->table_file);
    }
    if (!error) {
        p.hint = pc_version_hint(&s->core, p.module, &p.claims);
        load_table(s, &s->table_file, false);
        error = attach(s, &p, &s->table_file.abi, true);
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

/* Which modules may hold the interpreter, best first: 0 the executable, 1 a libpython, 2 any other. */
static int rank(const pc_module *module, const pc_module *executable)
{
    return module == executable ? 0 : strstr(module->raw_path, "libpython") ? 1 : 2;
}

typedef bool (*module_trial)(pc_session *s, pc_module *module);

static bool for_modules(pc_session *s, module_trial trial, int last_rank)
{
    const pc_module *executable = pc_modules_executable(&s->modules);
    for (int r = 0; r <= last_rank; r++)
        for (size_t i = 0; i < s->modules.count; i++)
            if (!pc_is_stopped() && rank(&s->modules.items[i], executable) == r && trial(s, &s->modules.items[i]))
                return true;
    return false;
}

/* The separate debug file of a stripped static executable has the only symbol table there is. */
static bool try_debug_file(pc_session *s, pc_module *module)
{
    pc_runtime_symbols symbols;
    if (!module->image || pc_runtime_look(module, &symbols))
        return false; /* was tried */
    pc_image *debug = pc_image_debug(module->image, &s->search);
    return debug && try_module(s, module);
}

static bool was_tried(pc_session *s, pc_addr runtime)
{
    pc_runtime_symbols symbols;
    for (size_t i = 0; i < s->modules.count; i++)
        if (s->modules.items[i].image && pc_runtime_look(&s->modules.items[i], &symbols) && symbols.has_runtime && symbols.runtime == runtime)
            return true;
    return false;
}

/* 3.10: the runtime state has a section of its own. */
static bool try_section(pc_session *s, pc_module *module)
{
    pc_addr at;
    if (!module->image || !module->has_bias || !pc_image_section(module->image, ".PyRuntime", &at) || was_tried(s, module->bias + at))
        return false;
    place p = {.module = module, .symbols = {.has_runtime = true, .runtime = module->bias + at, .found_by = "section"}};
    return try_place(s, &p);
}

/* 3.13: it begins with a cookie. */
static bool try_cookies(pc_session *s, pc_scan_where where, pc_module *module)
{
    enum { ENOUGH = 16 };
    pc_addr from = 0;
    for (int i = 0; i < ENOUGH; i++) {
        uint64_t hex;
        bool free_threaded;
        pc_addr at = pc_scan_bytes(&s->core, where, module, PC_DEBUG_COOKIE, sizeof(PC_DEBUG_COOKIE) - 1, from);
        if (!at)
            return false;
        from = at + 8;
        if (!pc_version_of_runtime(&s->core.memory, at, &hex, &free_threaded) || was_tried(s, at))
            continue;
        /* its module may be known by nothing but that */
        place p = {.module = pc_modules_find(&s->modules, at), .symbols = {.has_runtime = true, .runtime = at, .found_by = "cookie"}};
        if (try_place(s, &p))
            return true;
    }
    return false;
}

static bool try_cookies_in(pc_session *s, pc_module *module)
{
    return module->is_elf && try_cookies(s, PC_SCAN_MODULE, module);
}

/* The rings of all tables, or of the user's. */
static size_t collect_rings(pc_session *s, pc_scan_ring *rings, size_t capacity)
{
    size_t count = 0;
    pc_tables_load(s->tables);
    for (size_t i = 0; i < (s->has_table_file ? 1 : s->tables->count) && !pc_is_stopped(); i++) {
        pc_table read = {0};
        const pc_layout *layout = s->table_file.layout;
        if (!s->has_table_file) {
            if (s->tables->items[i].abi.bits != s->core.bits || s->tables->items[i].abi.big_endian != s->core.big_endian ||
                !pc_ok(pc_table_read(s->tables->items[i].path, false, &read)))
                continue;
            layout = read.layout;
        }
        pc_scan_ring ring;
        bool has = pc_scan_ring_of(layout, &ring);
        for (size_t k = 0; has && k < count; k++)
            has = !pc_scan_ring_equal(&rings[k], &ring);
        if (has && count < capacity)
            rings[count++] = ring;
        pc_table_deinit(&read);
    }
    return count;
}

/* The module that a table knows by its build-id, for a hint. */
static pc_module *known_module(pc_session *s)
{
    pc_tables_load(s->tables);
    for (size_t i = 0; i < s->modules.count; i++)
        for (size_t k = 0; k < s->tables->count; k++)
            if (pc_table_has_build(&s->tables->items[k], PC_MODULE_INTERPRETER, s->modules.items[i].build_id))
                return &s->modules.items[i];
    return NULL;
}

static bool try_hits(pc_session *s, const pc_scan_hits *hits, pc_module *module)
{
    for (size_t i = 0; i < hits->count && s->layouts_tried < PC_LIMIT_LAYOUTS; i++) {
        place p = {
            .guess = module,
            .ring = &hits->items[i].ring,
            .symbols = {.has_interpreter = true, .interpreter = hits->items[i].interpreter, .others = hits, .found_by = "scan"},
        };
        if (try_place(s, &p))
            return true;
    }
    return false;
}

static bool scan(pc_session *s)
{
    pc_scan_ring rings[PC_LIMIT_SCAN_RINGS];
    pc_scan_hits hits = {0};
    size_t count = collect_rings(s, rings, PC_ARRAY_SIZE(rings));
    pc_module *known = known_module(s);
    for (size_t i = 0; i < s->modules.count; i++)
        if (s->modules.items[i].is_elf)
            pc_scan_rings(&s->core, PC_SCAN_MODULE, &s->modules.items[i], rings, count, &hits);
    bool found = try_hits(s, &hits, known);
    if (!found) {
        pc_scan_rings(&s->core, PC_SCAN_ANONYMOUS, NULL, rings, count, &hits);
        found = try_hits(s, &hits, known);
    }
    pc_scan_deinit(&hits);
    return found;
}

/* What says that this is another implementation of Python: bytes in the executable or a library, not their names. */
static const char *other_implementation(pc_session *s)
{
    static const struct {
        const char *name, *bytes;
    } others[] = {{"PyPy", "rpython_startup_code"}, {"MicroPython", "MicroPython v"}};
    for (size_t i = 0; i < s->modules.count; i++) {
        pc_image *image = s->modules.items[i].image;
        const uint8_t *bytes = image ? pc_image_bytes(image) : NULL;
        for (size_t k = 0; bytes && k < PC_ARRAY_SIZE(others); k++)
            if (memmem(bytes, image->file.size, others[k].bytes, strlen(others[k].bytes)))
                return others[k].name;
    }
    return NULL;
}

static bool find(pc_session *s)
{
    if (for_modules(s, try_module, 2) || for_modules(s, try_debug_file, 1) || for_modules(s, try_section, 2) ||
        for_modules(s, try_cookies_in, 2) || try_cookies(s, PC_SCAN_ANONYMOUS, NULL))
        return true;
    return scan(s);
}

bool pc_find_interpreter(pc_session *s)
{
    pc_tables_want_installed(&s->own_tables);
    if (!s->tables)
        s->tables = &s->own_tables;
    if (s->core.distilled)
        return find_noted(s);
    if (find(s))
        return true;
    if (pc_is_stopped())
        s->reason = pc_stop_text();
    const char *other = s->files_tried || pc_is_stopped() ? NULL : other_implementation(s);
    if (other) {
        s->reason = pc_arena_printf(&s->arena, "it is %s, not CPython, which alone is supported", other);
        pc_diagnose(&s->diagnostics, PC_SEVERITY_ERROR, "other-implementation", "%s", s->reason);
    }
    if (!s->reason)
        s->reason = why_none(s);
    return false;
}
