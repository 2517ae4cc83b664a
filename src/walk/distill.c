#include "walk/distill.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "python/dict.h"
#include "target/core_writer.h"
#include "walk/redact.h"

static const char *utf8(pc_session *s, const char *bytes)
{
    PC_AUTO_BUFFER text = {0};
    if (!bytes)
        return NULL;
    pc_text_put_bytes(&text, bytes, strlen(bytes));
    return pc_arena_strdup(&s->arena, pc_buffer_text(&text));
}

static void note_modules(pc_session *s, pc_distilled *d)
{
    d->modules = pc_arena_array(&s->arena, s->modules.count, sizeof(*d->modules));
    for (size_t i = 0; i < s->modules.count; i++) {
        const pc_module *m = &s->modules.items[i];
        if (m->is_elf)
            d->modules[d->module_count++] = (pc_distilled_module){
                .start = m->start, .build_id = m->build_id, .file = utf8(s, m->file), .matches = pc_module_matches(m)};
    }
    pc_modules_abort_message(&s->modules, &d->abort_message);
}

static void note_interpreter(pc_session *s, pc_distilled *d)
{
    const pc_python *py = &s->py;
    d->found_by = py->found_by;
    d->module = py->module ? py->module->start : 0;
    d->runtime = s->symbols.has_runtime ? s->symbols.runtime : 0;
    d->interpreter_head = s->symbols.has_interp_head ? s->symbols.interp_head : 0;
    d->interpreter = s->symbols.has_interpreter ? s->symbols.interpreter : 0;
    d->current_thread = s->symbols.has_current_thread ? s->symbols.current_thread : 0;
    d->layout_source = pc_session_layout_source(s);
    d->layout_origin = utf8(s, pc_session_layout_origin(s));
    d->layout_exact = s->layout_exact;
    d->extensions = pc_arena_array(&s->arena, PC_MODULE_COUNT, sizeof(*d->extensions));
    for (int i = 0; i < PC_MODULE_COUNT; i++) {
        char name[PC_TABLE_WORD];
        if (!py->extension_modules[i])
            continue;
        pc_layout_module_name((pc_layout_module)i, name, sizeof(name));
        d->extensions[d->extension_count++] =
            (pc_distilled_extension){.name = pc_arena_strdup(&s->arena, name), .module = py->extension_modules[i]->start};
    }
}

static int by_code(const void *a, const void *b)
{
    pc_addr x = ((const pc_distilled_function *)a)->code, y = ((const pc_distilled_function *)b)->code;
    return x < y ? -1 : x > y;
}

static void note_functions(pc_session *s, pc_distilled *d)
{
    const pc_map *told = &s->py.functions_told;
    d->functions = pc_arena_array(&s->arena, told->count, sizeof(*d->functions));
    for (size_t i = 0; i < told->capacity; i++)
        if (told->values[i])
            d->functions[d->function_count++] = (pc_distilled_function){.code = told->keys[i], .name = told->values[i]};
    if (d->function_count)
        qsort(d->functions, d->function_count, sizeof(*d->functions), by_code);
}

/* The layout as a table, so that the small core needs no debug information either. */
static void note_table(pc_session *s, pc_distilled *d)
{
    pc_python *py = &s->py;
    pc_table table = {.abi = py->hint.abi};
    pc_addr sysdict, object;
    bool there;
    table.abi.debug = pc_ok(pc_field_uint(py, PC_IS_SYSDICT, py->first_interpreter, &sysdict)) &&
                      pc_ok(pc_dict_get(py, sysdict, "gettotalrefcount", &there, &object)) && there;
    table.abi.unicode = pc_has(py, PC_UNICODE_STR) ? pc_size_of(py, PC_STRUCT_UNICODE_UNIT) : 0;
    table.layout = &s->layout;
    for (int i = 0; i < PC_MODULE_COUNT; i++)
        table.modules[i] = pc_layout_has_module(&s->layout, (pc_layout_module)i);
    PC_AUTO_BUFFER text = {0};
    pc_table_print(&table, &text);
    d->table = pc_arena_strdup(&s->arena, text.data);
    d->table_size = text.length;
}

static void clean_diagnostics(pc_session *s, pc_distilled *d)
{
    bool redacted = false;
    pc_diagnostic *copies = pc_arena_array(&s->arena, d->diagnostic_count, sizeof(*copies));
    for (size_t i = 0; i < d->diagnostic_count; i++) {
        copies[i] = d->diagnostics[i];
        if (s->redaction.level == PC_REDACT_SECRETS)
            copies[i].message = pc_redact_text(&s->redaction, &s->arena, copies[i].message, PC_SECRETS_PRINTED, false, &redacted);
    }
    d->diagnostics = copies;
}

void pc_distill_blank(pc_session *s, pc_touched *touched, pc_distilled *d)
{
    if (s->redaction.level == PC_REDACT_NONE)
        return;
    const pc_ranges *before[] = {&s->core.memory.blanked, &s->core.memory.hidden};
    for (size_t k = 0; k < PC_ARRAY_SIZE(before); k++)
        for (size_t i = 0; i < before[k]->count; i++)
            pc_touched_blank(touched, before[k]->items[i].first, before[k]->items[i].last - before[k]->items[i].first + 1);
    pc_core_blank_known(&s->core, touched, &s->redaction.secrets);
    pc_touched_run *runs[2];
    size_t counts[2] = {pc_touched_blanks(touched, false, &runs[0]), pc_touched_blanks(touched, true, &runs[1])};
    d->blanks = pc_arena_array(&s->arena, counts[0] + counts[1], sizeof(*d->blanks));
    for (size_t k = 0; k < 2; k++) {
        for (size_t i = 0; i < counts[k]; i++)
            d->blanks[d->blank_count++] = (pc_distilled_blank){.first = runs[k][i].first, .size = runs[k][i].size, .name = k == 1};
        free(runs[k]);
    }
}

void pc_distill_note(pc_session *s, pc_distilled *ret_distilled)
{
    pc_distilled d = {
        .redact = s->redaction.level,
        .truncated = s->core.truncated,
        .hostname = s->core.facts.hostname,
        .has_time = s->core.facts.has_time,
        .time = s->core.facts.time,
        .diagnostics = s->diagnostics.items,
        .diagnostic_count = s->diagnostics_before_walk,
    };
    note_modules(s, &d);
    if (s->walk.py) {
        note_interpreter(s, &d);
        note_functions(s, &d);
        note_table(s, &d);
    }
    clean_diagnostics(s, &d);
    *ret_distilled = d;
}
