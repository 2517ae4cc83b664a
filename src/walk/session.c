#include "walk/session.h"

#include <string.h>

#include "walk/find.h"
#include "walk/redact.h"

/* A small core says what was met on the way to the walk in the core that it was made of. */
static void take_noted_diagnostics(pc_session *s)
{
    const pc_distilled *d = s->core.distilled;
    s->diagnostics.count = s->diagnostics.dropped = 0;
    for (size_t i = 0; i < d->diagnostic_count; i++)
        pc_diagnose_again(&s->diagnostics, &d->diagnostics[i]);
}

static void redact(pc_session *s, pc_redact level, bool found)
{
    const pc_distilled *d = s->core.distilled;
    s->redaction.level = d && d->redact > level ? d->redact : level;
    if (!d && s->core.runs) /* of a small core that was redacted nobody knows any more how */
        s->redaction.level = PC_REDACT_ALL;
    if (s->redaction.level == PC_REDACT_SECRETS)
        pc_redact_environment(&s->redaction, &s->core, found ? &s->py : NULL);
    s->py.redaction = &s->redaction;
}

pc_error *pc_session_open(pc_session *s, const char *path, const pc_session_options *options)
{
    memset(s, 0, sizeof(*s));
    pc_arena_init(&s->arena);
    pc_secrets_init(&s->redaction.secrets);
    pc_diagnostics_init(&s->diagnostics, &s->arena);
    pc_layout_init(&s->layout);
    pc_error *error = pc_core_open(&s->core, path, &s->arena, &s->diagnostics, options->progress);
    if (error) {
        pc_session_deinit(s);
        return error;
    }
    if (options->layout) {
        error = pc_table_read(options->layout, false, &s->table_file);
        if (error) {
            pc_session_deinit(s);
            return error;
        }
        s->has_table_file = s->layout_named = true;
    }
    s->core.memory.touched = options->touched;
    s->search = options->search;
    s->cache = options->cache;
    s->tables = options->tables;
    s->search.diagnostics = &s->diagnostics;
    s->search.folders = &s->folders;
    pc_modules_init(&s->modules, &s->core, options->executable, &s->search);
    if (options->replay)
        s->core.distilled = options->replay;
    bool found = pc_find_interpreter(s);
    if (s->core.distilled && (found || !s->core.distilled->found_by))
        take_noted_diagnostics(s);
    pc_walk_options walk = options->walk;
    redact(s, options->redact, found);
    s->diagnostics_before_walk = s->diagnostics.count;
    walk.redaction = &s->redaction;
    if (options->objects_only)
        pc_walk_init(&s->walk, &s->core, found ? &s->py : NULL, &walk);
    else
        pc_walk_run(&s->walk, &s->core, found ? &s->py : NULL, &walk);
    return NULL;
}

const char *pc_session_layout_source(const pc_session *s)
{
    return s->core.distilled && !s->layout_named ? s->core.distilled->layout_source : pc_layout_sources(&s->layout);
}

const char *pc_session_layout_origin(const pc_session *s)
{
    return s->core.distilled && !s->layout_named ? s->core.distilled->layout_origin : s->layout.origin;
}

void pc_session_leave(pc_session *s)
{
    if (PC_IS_SANITIZED)
        pc_session_deinit(s);
}

void pc_session_deinit(pc_session *s)
{
    if (!s)
        return;
    pc_walk_deinit(&s->walk);
    pc_python_deinit(&s->py);
    pc_layout_deinit(&s->layout);
    pc_tables_deinit(&s->own_tables);
    pc_table_deinit(&s->table_file);
    pc_modules_deinit(&s->modules);
    pc_folders_deinit(&s->folders);
    pc_core_deinit(&s->core);
    pc_secrets_deinit(&s->redaction.secrets);
    pc_diagnostics_deinit(&s->diagnostics);
    pc_arena_deinit(&s->arena);
}
