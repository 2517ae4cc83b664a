#include "tests/sample_report.h"

#include <stdlib.h>
#include <string.h>

static void init(sample_report *s)
{
    memset(s, 0, sizeof(*s));
    pc_arena_init(&s->arena);
    pc_diagnostics_init(&s->diagnostics, &s->arena);
    s->walk = (pc_walk){.core = &s->core, .arena = &s->arena, .diagnostics = &s->diagnostics};
    s->report.walk = &s->walk;
    s->report.diagnostics = &s->diagnostics;
    s->report.core.path = "/tmp/core";
    s->report.process.arguments_truncated = PC_UNKNOWN;
    s->report.interpreter.debug = PC_UNKNOWN;
}

void sample_report_deinit(sample_report *s)
{
    pc_diagnostics_deinit(&s->diagnostics);
    pc_arena_deinit(&s->arena);
}

void sample_report_empty(sample_report *s)
{
    init(s);
    s->report.status = PC_REPORT_NONE;
    s->report.reason = "no interpreter " EVIL;
    s->report.process.cause = "no signal";
    pc_diagnose(&s->diagnostics, PC_SEVERITY_ERROR, "corrupt", "broken %s", EVIL);
}

const pc_place *sample_place(pc_arena *arena, pc_place place)
{
    pc_place *copy = PC_NEW(arena, pc_place);
    *copy = place;
    return copy;
}

static pc_frame *frames(sample_report *s, size_t count)
{
    pc_frame *list = pc_arena_array(&s->arena, count, sizeof(*list));
    for (size_t i = 0; i < count; i++)
        list[i] = (pc_frame){
            .address = 0x1000 + i, .entry = i ? PC_UNKNOWN : PC_TRUE,
            .place = sample_place(&s->arena, (pc_place){
                .name = i ? "main" : "f" EVIL, .qualname = i ? NULL : "C.f" EVIL, .module = "m", .filename = "/nonexistent/a.py",
                .position = {10 + (int64_t)i, i ? -1 : 11, i ? -1 : 4, i ? -1 : 9},
                .first_line = i ? -1 : 8, .instruction = i ? -1 : 42, .globals = i ? 0 : 0x8000,
            }),
        };
    return list;
}

static pc_exception *exception(sample_report *s, const char *type, const char *message)
{
    pc_exception *e = PC_NEW(&s->arena, pc_exception);
    *e = (pc_exception){.address = 0x5000, .type = type, .full_type = pc_arena_printf(&s->arena, "m.%s", type),
                        .module = "m", .message = message,
                        .args = "('x',)", .suppress_context = PC_FALSE};
    return e;
}

void sample_report_full(sample_report *s)
{
    static const char *const arguments[] = {"python", "-c", EVIL};
    static pc_register registers[] = {{"rip", 0x401000, false}, {"rsp", UINT64_MAX, false}};
    static const char *notes[] = {"a note " EVIL};
    init(s);
    pc_report *r = &s->report;
    r->status = PC_REPORT_PARTIAL;
    r->core.size = 123456789;
    r->core.machine = "x86_64";
    r->core.bits = 64;
    r->process.known = r->process.has_pid = r->process.has_uid = r->process.has_gid = true;
    r->process.pid = 4711;
    r->process.uid = 1000;
    r->process.command = "pyth" EVIL;
    r->process.arguments = arguments;
    r->process.argument_count = 3;
    r->process.cause = "SIGSEGV at address 0x0";
    r->process.signal = 11;
    r->process.signal_name = "SIGSEGV";
    r->process.code_name = "SEGV_MAPERR";
    r->process.has_code = r->process.has_fault_address = true;
    r->process.code = 1;
    r->interpreter.known = true;
    r->interpreter.version = "3.11.7";
    r->interpreter.debug = PC_FALSE;
    r->interpreter.found_by = "dynamic-symbol";
    r->interpreter.layout_source = "dwarf";
    r->interpreter.layout_origin = "/usr/lib/debug" EVIL;
    r->modules = PC_NEW(&s->arena, pc_report_module);
    r->modules[0] = (pc_report_module){.path = "/lib/" EVIL, .build_id = "abcd", .start = 0x1000, .end = 0x2000,
                                       .matches = PC_UNKNOWN};
    r->module_count = 1;

    s->walk.interpreters = PC_NEW(&s->arena, pc_interpreter);
    s->walk.interpreters[0] = (pc_interpreter){.address = 0x9000, .id = 0, .main = true, .own_gil = PC_UNKNOWN};
    s->walk.interpreter_count = 1;
    s->walk.threads = pc_arena_array(&s->arena, 2, sizeof(*s->walk.threads));
    s->walk.thread_count = 2;
    pc_lwp *lwps = pc_arena_array(&s->arena, 2, sizeof(*lwps));
    lwps[0].tid = 4711;
    lwps[1].tid = 4712;
    pc_thread *t = &s->walk.threads[0];
    *t = (pc_thread){.lwp = &lwps[0], .state = 0x7000, .has_pthread = true, .pthread = 0x7f00, .name = "Main" EVIL,
                     .registers = registers,
                     .register_count = 2, .main = true, .crashed = true, .holds_gil = PC_TRUE, .frames = frames(s, 2),
                     .frame_count = 2};
    s->walk.threads[1] = (pc_thread){.lwp = &lwps[1], .interpreter = -1, .holds_gil = PC_FALSE};

    pc_frame *f = &t->frames[0];
    f->has_locals = true;
    f->local_count = 4;
    f->locals = pc_arena_array(&s->arena, 4, sizeof(*f->locals));
    pc_value *values = s->values = pc_arena_array(&s->arena, 4, sizeof(*values));
    values[0] = (pc_value){.type = "str", .address = 0x6000, .repr = {.text = "'" EVIL "'", .exact = true}};
    values[1] = (pc_value){.type = "m.Lost", .address = 0x6010, .repr = {.status = PC_STATUS_UNREADABLE}};
    values[2] = (pc_value){.repr = {.text = "[1, ...", .truncated = true, .status = PC_STATUS_TRUNCATED}};
    values[3] = (pc_value){.type = "m.C", .address = 0x6020, .repr = {.text = "<m.C object at 0x6020>", .exact = true}};
    f->locals[0] = (pc_local){.name = "arg" EVIL, .kind = PC_LOCAL_ARGUMENT, .value = &values[0]};
    f->locals[1] = (pc_local){.name = "gone", .kind = PC_LOCAL_FREE, .captured = true, .value = &values[1]};
    f->locals[2] = (pc_local){.name = NULL, .kind = PC_LOCAL_CELL, .value = &values[2]};

    pc_attributes *inside = PC_NEW(&s->arena, pc_attributes);
    *inside = (pc_attributes){.count = 2, .left_out = 1, .status = PC_STATUS_TRUNCATED};
    inside->items = pc_arena_array(&s->arena, 2, sizeof(*inside->items));
    inside->items[0] = (pc_attribute){.name = "_C__x" EVIL, .value = {.type = "int", .address = 0x6030, .repr = {.text = "1", .exact = true}}};
    inside->items[1] = (pc_attribute){.name = "lost", .value = {.type = "m.Lost", .repr = {.status = PC_STATUS_CORRUPT}}};
    f->locals[3] = (pc_local){.name = "self", .kind = PC_LOCAL_ARGUMENT, .value = &values[3], .attributes = inside};
    t->frames[1].has_locals = true; /* its caller has the same object */
    t->frames[1].local_count = 1;
    t->frames[1].locals = &f->locals[3];

    f->stack = pc_arena_alloc(&s->arena, sizeof(*f->stack) + 3 * sizeof(f->stack->items[0]));
    f->stack->count = 3;
    f->stack->items[0] = values[0];
    f->stack->items[2] = (pc_value){.address = 0x6040, .repr = {.status = PC_STATUS_STALE}};
    s->walk.options.globals = true;
    s->walk.globals_count = 1;
    s->walk.globals = pc_arena_array(&s->arena, 1, sizeof(*s->walk.globals));
    s->walk.globals[0] = (pc_globals){.address = 0x8000, .module = "m" EVIL, .count = 3};
    pc_attribute *names = s->walk.globals[0].names = pc_arena_array(&s->arena, 3, sizeof(*names));
    names[0] = (pc_attribute){.name = "n" EVIL, .value = values[0]};
    names[1] = (pc_attribute){.name = "__dunder__", .value = values[0]};
    names[2] = (pc_attribute){.name = "a_class", .value = {.type = "type", .is_definition = true, .repr = {.text = "<class>"}}};

    pc_exception *raised = exception(s, "Raised", "why " EVIL), *group = exception(s, "Group", "two"),
        *inner = exception(s, "Inner", NULL);
    raised->cause = exception(s, "Cause", "");
    raised->notes = notes;
    raised->note_count = 1;
    raised->traceback = frames(s, 2);
    raised->traceback_count = 2;
    group->group = pc_arena_array(&s->arena, 2, sizeof(*group->group));
    group->group[0] = inner;
    group->group[1] = exception(s, "Again", "");
    group->group[1]->status = PC_STATUS_REPEATED;
    group->group_count = 2;
    group->context = exception(s, "Context", "earlier");
    group->suppress_context = PC_UNKNOWN;
    t->raised = raised;
    t->handled = pc_arena_array(&s->arena, 1, sizeof(*t->handled));
    t->handled[0] = group;
    t->handled_count = 1;
    pc_diagnose(&s->diagnostics, PC_SEVERITY_WARNING, "not-saved", "page of %s", EVIL);
    pc_diagnose_error(&s->diagnostics, PC_SEVERITY_INFO, pc_error_at(PC_ERROR_CORRUPT, 0xabc, "no type"), "local x");
}

char *sample_text(const sample_report *s, bool color, uint64_t max_items)
{
    char *text = NULL;
    size_t size = 0;
    const pc_text_options options = {.color = color, .max_items = max_items, .stack = true};
    FILE *out = open_memstream(&text, &size);
    if (!out)
        abort();
    pc_report_write_text(&s->report, &options, out);
    fclose(out);
    return text;
}

char *sample_json(const sample_report *s)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    if (!out)
        abort();
    pc_report_write_json(&s->report, out);
    fclose(out);
    return text;
}
