/* pycore-report/1 */
#include <stdlib.h>

#include "base/limits.h"
#include "base/map.h"
#include "report/json_parts.h"
#include "report/report.h"
#include "target/advice.h"
#include "walk/locals.h"

/* How the members of a frame that all frames of its place share begin, and end. */
typedef struct place_text {
    const pc_place *place;
    size_t length, first; /* of the text, and of its part before what each frame has of its own */
    char text[];
} place_text;

/* How the object of a variable begins. */
typedef struct variable_text {
    const char *name; /* NULL: of none */
    pc_local_kind kind;
    bool captured;
    uint8_t length;
    char text[98];
} variable_text;

typedef struct writer {
    pc_json json;
    pc_map attributes; /* pc_attributes by its address here -> bytes of JSON that they are, once they stand there */
    uint64_t repeated; /* bytes of attributes that stand there already */
    pc_map places;     /* pc_place by its address here -> place_text */
    const place_text *recent_place; /* of them; NULL: none */
    variable_text variables[64]; /* of those that came last, by their names' addresses */
    pc_arena arena;
} writer;

static void put_core(pc_json *j, const pc_report *r)
{
    begin_object(j, "core");
    put_text(j, "path", r->core.path);
    put_text(j, "path_bytes", r->core.path_bytes);
    put_integer(j, "size", (int64_t)r->core.size);
    put_text(j, "machine", r->core.machine);
    put_integer_if(j, "bits", r->core.bits != 0, r->core.bits);
    put_text(j, "byte_order", !r->core.bits ? NULL : r->core.big_endian ? "big" : "little");
    put_text(j, "compression", r->core.compression);
    put_bool(j, "truncated", r->core.truncated);
    pc_json_object_end(j);
}

static void put_signal(pc_json *j, const pc_report *r)
{
    if (!r->process.signal) {
        put_null(j, "signal");
        return;
    }
    begin_object(j, "signal");
    put_integer(j, "number", r->process.signal);
    put_text(j, "name", r->process.signal_name);
    put_integer_if(j, "code", r->process.has_code, r->process.code);
    put_text(j, "code_name", r->process.code_name);
    put_address_if(j, "fault_address", r->process.has_fault_address, r->process.fault_address);
    put_integer_if(j, "sender_pid", r->process.has_sender, r->process.sender_pid);
    put_integer_if(j, "sender_uid", r->process.has_sender, r->process.sender_uid);
    pc_json_object_end(j);
}

static void put_arguments(pc_json *j, const pc_report *r)
{
    if (!r->process.arguments) {
        put_null(j, "arguments");
        return;
    }
    begin_array(j, "arguments");
    for (size_t i = 0; i < r->process.argument_count; i++)
        pc_json_string(j, r->process.arguments[i]);
    pc_json_array_end(j);
}

static void put_process(pc_json *j, const pc_report *r)
{
    bool is_known = r->process.known;
    begin_object(j, "process");
    put_integer_if(j, "pid", r->process.has_pid, r->process.pid);
    put_integer_if(j, "ppid", is_known, r->process.ppid);
    put_integer_if(j, "uid", r->process.has_uid, r->process.uid);
    put_integer_if(j, "gid", r->process.has_gid, r->process.gid);
    put_text(j, "command", r->process.command);
    put_arguments(j, r);
    put_known(j, "arguments_truncated", r->process.arguments_truncated);
    put_bool(j, "arguments_redacted", r->process.arguments_redacted);
    put_text(j, "executable", r->process.executable);
    put_text(j, "hostname", r->process.hostname);
    put_text(j, "time", r->process.time);
    put_text(j, "cause", r->process.cause);
    put_signal(j, r);
    pc_json_object_end(j);
}

static void put_interpreter(pc_json *j, const pc_report *r)
{
    if (!r->interpreter.known) {
        put_null(j, "interpreter");
        return;
    }
    begin_object(j, "interpreter");
    put_text(j, "implementation", "cpython");
    put_text(j, "version", r->interpreter.version);
    put_known(j, "debug", r->interpreter.debug);
    put_bool(j, "free_threaded", r->interpreter.free_threaded);
    put_address_if(j, "runtime_address", r->interpreter.runtime != 0, r->interpreter.runtime);
    put_text(j, "found_by", r->interpreter.found_by);
    begin_object(j, "layout");
    put_text(j, "source", r->interpreter.layout_source);
    put_text(j, "origin", r->interpreter.layout_origin);
    put_bool(j, "exact", r->interpreter.layout_exact);
    put_bool(j, "cached", r->interpreter.layout_cached);
    pc_json_object_end(j);
    pc_json_object_end(j);
}

static void write_wanted(pc_json *j, pc_arena *arena, const pc_report_module *m, pc_wanted what)
{
    const char *how[PC_ADVICE_MAX];
    size_t count = pc_advice(arena, what, m->raw_path, m->build_id, how);
    pc_json_object(j);
    put_text(j, "what", what == PC_WANTED_FILE ? "file" : "debug-information");
    put_text(j, "build_id", m->build_id);
    begin_array(j, "how");
    for (size_t i = 0; i < count; i++)
        pc_json_string(j, how[i]);
    pc_json_array_end(j);
    pc_json_object_end(j);
}

static void write_module(pc_json *j, const pc_report_module *m, pc_arena *arena)
{
    pc_json_object(j);
    put_text(j, "path", m->path);
    put_address(j, "start", m->start);
    put_address(j, "end", m->end);
    put_text(j, "build_id", m->build_id);
    put_text(j, "file", m->file);
    put_known(j, "matches", m->matches);
    begin_array(j, "wanted");
    if (m->wants_file)
        write_wanted(j, arena, m, PC_WANTED_FILE);
    if (m->wants_debug_information)
        write_wanted(j, arena, m, PC_WANTED_DEBUG_INFORMATION);
    pc_json_array_end(j);
    pc_json_object_end(j);
}

#define NO_ATTRIBUTES ",\"attributes\":null,\"attributes_status\":null"

/* Many frames share an object. */
static void put_shared_attributes(writer *w, const pc_attributes *a)
{
    pc_json *j = &w->json;
    pc_addr key = (pc_addr)(uintptr_t)a;
    if (!a) {
        PC_JSON_LITERAL(j, NO_ATTRIBUTES);
        return;
    }
    uint64_t length = (uintptr_t)pc_map_get(&w->attributes, key);
    if (length && w->repeated + length > PC_LIMIT_REPEATED) {
        put_null(j, "attributes");
        put_status(j, "attributes_status", PC_STATUS_REPEATED);
        return;
    }
    uint64_t before = pc_json_written(j) + strlen(",\"attributes\":");
    put_attributes(j, a);
    if (!length)
        pc_map_put(&w->attributes, key, (void *)(uintptr_t)(pc_json_written(j) - before));
    w->repeated += length;
    put_status(j, "attributes_status", a->status);
}

static void put_shared_value(writer *w, const pc_value *v)
{
    put_value(&w->json, v);
    put_shared_attributes(w, v->attributes);
}

static size_t position(const pc_json *j)
{
    return (size_t)(j->at - j->block);
}

/* A function's variables come again in each of its frames. */
static void begin_variable(writer *w, const pc_local *l)
{
    static const char *const kinds[] = {"argument", "local", "cell", "free", "name"};
    pc_json *j = &w->json;
    variable_text *known = &w->variables[((uintptr_t)l->name >> 4 ^ (uintptr_t)l->name >> 10) % PC_ARRAY_SIZE(w->variables)];
    if (l->name && known->name == l->name && known->kind == l->kind && known->captured == l->captured) {
        pc_json_again(j, known->text, known->length);
        return;
    }
    pc_json_object(j);
    uint64_t flushed = j->flushed;
    size_t from = position(j) - 1;
    put_text(j, "name", l->name);
    put_text(j, "kind", kinds[l->kind]);
    put_bool(j, "captured", l->captured);
    size_t length = position(j) - from;
    if (j->flushed != flushed || length > sizeof(known->text))
        return; /* it is not in one piece, or long */
    *known = (variable_text){.name = l->name, .kind = l->kind, .captured = l->captured, .length = (uint8_t)length};
    memcpy(known->text, j->block + from, length);
}

static void write_local(writer *w, const pc_local *l)
{
    pc_json *j = &w->json;
    begin_variable(w, l);
    if (l->is_number) {
        char digits[PC_LOCAL_ROOM], *end = digits + sizeof(digits), *text = pc_text_signed_before(end, l->number);
        PC_JSON_LITERAL(j, ",\"type\":\"int\",\"address\":");
        j->comma = false;
        pc_json_address(j, l->address);
        PC_JSON_LITERAL(j, ",\"value\":\"");
        pc_json_raw(j, text, (size_t)(end - text));
        PC_JSON_LITERAL(j, "\"" WHOLE_VALUE NO_ATTRIBUTES);
    } else {
        put_value(j, l->value);
        put_shared_attributes(w, l->attributes);
    }
    pc_json_object_end(j);
}

static void put_locals(writer *w, const pc_frame *f)
{
    if (!f->has_locals) {
        put_null(&w->json, "locals");
        return;
    }
    begin_array(&w->json, "locals");
    for (size_t i = 0; i < f->local_count; i++)
        write_local(w, &f->locals[i]);
    pc_json_array_end(&w->json);
}

static void put_stack(writer *w, const pc_frame *f)
{
    pc_json *j = &w->json;
    if (!f->stack) {
        put_null(j, "stack");
        return;
    }
    begin_array(j, "stack");
    for (size_t i = 0; i < f->stack->count; i++) {
        if (!f->stack->items[i].address) {
            pc_json_null(j);
            continue;
        }
        pc_json_object(j);
        put_shared_value(w, &f->stack->items[i]);
        pc_json_object_end(j);
    }
    pc_json_array_end(j);
}

static void put_members_of_place(pc_json *j, const pc_place *at)
{
    put_text(j, "kind", "python");
    put_text(j, "name", at->name);
    put_text(j, "qualname", at->qualname);
    put_text(j, "module", at->module);
    put_text(j, "filename", at->filename);
    put_integer_if(j, "line", at->position.line >= 0, at->position.line);
    put_integer_if(j, "column", at->position.column >= 0, at->position.column);
    put_integer_if(j, "end_line", at->position.end_line >= 0, at->position.end_line);
    put_integer_if(j, "end_column", at->position.end_column >= 0, at->position.end_column);
    put_integer_if(j, "first_line", at->first_line >= 0, at->first_line);
    put_integer_if(j, "instruction", at->instruction >= 0, at->instruction);
}

/* Many frames stand at one place: its text is kept. NULL: it is too long. */
static const place_text *text_of_place(writer *w, const pc_place *at)
{
    pc_addr key = (pc_addr)(uintptr_t)at;
    if (w->recent_place && w->recent_place->place == at)
        return w->recent_place;
    place_text *known = pc_map_get(&w->places, key);
    if (!known) {
        PC_AUTO_BUFFER text = {0};
        pc_json *j = pc_malloc(sizeof(*j));
        pc_json_begin_buffer(j, &text);
        put_members_of_place(j, at);
        size_t first = (size_t)pc_json_written(j);
        put_address_if(j, "globals_address", at->globals != 0, at->globals);
        pc_json_end(j);
        free(j);
        if (text.length > PC_JSON_BLOCK / 4)
            return NULL;
        known = pc_arena_alloc(&w->arena, sizeof(*known) + text.length);
        *known = (place_text){.place = at, .length = text.length, .first = first};
        memcpy(known->text, text.data, text.length);
        pc_map_put(&w->places, key, known);
    }
    w->recent_place = known;
    return known;
}

static void write_frame(writer *w, const pc_frame *f)
{
    static const struct {
        const char *text;
        size_t length;
    } entries[] = {
#define ENTRY(value) {",\"entry\":" value ",\"address\":", sizeof(",\"entry\":" value ",\"address\":") - 1}
        ENTRY("null"), ENTRY("false"), ENTRY("true")
#undef ENTRY
    };
    pc_json *j = &w->json;
    const place_text *text = text_of_place(w, f->place);
    pc_json_object(j);
    if (text)
        pc_json_again(j, text->text, text->first);
    else
        put_members_of_place(j, f->place);
    pc_json_raw(j, entries[f->entry + 1].text, entries[f->entry + 1].length);
    j->comma = false;
    pc_json_address(j, f->address);
    if (f->status == PC_STATUS_COMPLETE)
        PC_JSON_LITERAL(j, ",\"status\":\"complete\"");
    else
        put_status(j, "status", f->status);
    if (text)
        pc_json_raw(j, text->text + text->first, text->length - text->first);
    else
        put_address_if(j, "globals_address", f->place->globals != 0, f->place->globals);
    put_locals(w, f);
    put_stack(w, f);
    pc_json_object_end(j);
}

static void put_details(pc_json *j, const pc_exception *e)
{
    if (!e->details) {
        put_null(j, "details");
        return;
    }
    begin_object(j, "details");
    for (size_t i = 0; i < e->detail_count; i++)
        put_text(j, e->details[i].name, e->details[i].value);
    pc_json_object_end(j);
}

static void put_holder(pc_json *j, const pc_exception *e)
{
    if (!e->holder)
        return;
    begin_object(j, "held_by");
    put_text(j, "type", e->holder_type);
    put_text(j, "qualname", e->holder_name);
    put_address(j, "address", e->holder);
    pc_json_object_end(j);
}

static void write_exception(writer *w, const pc_exception *e);

static void put_exception(writer *w, const char *key, const pc_exception *e)
{
    pc_json_key(&w->json, key);
    write_exception(w, e);
}

static void put_group(writer *w, const pc_exception *e)
{
    if (!e->group) {
        put_null(&w->json, "group");
        return;
    }
    begin_array(&w->json, "group");
    for (size_t i = 0; i < e->group_count; i++)
        write_exception(w, e->group[i]);
    pc_json_array_end(&w->json);
}

/* A traceback may have 100,000 entries, each with its locals. */
static void write_exception(writer *w, const pc_exception *e)
{
    pc_json *j = &w->json;
    if (!e) {
        pc_json_null(j);
        return;
    }
    pc_json_object(j);
    if (e->status == PC_STATUS_REPEATED) {
        put_address(j, "address", e->address);
        put_status(j, "status", e->status);
        put_holder(j, e);
        pc_json_object_end(j);
        return;
    }
    put_holder(j, e);
    put_text(j, "type", e->type);
    put_text(j, "module", e->module);
    put_text(j, "message", e->message);
    put_bool_if(j, "message_exact", e->message != NULL, e->message_exact);
    put_text(j, "args", e->args);
    put_bool_if(j, "args_exact", e->args != NULL, e->args_exact);
    put_details(j, e);
    put_address_if(j, "address", e->address != 0, e->address);
    begin_array(j, "notes");
    for (size_t i = 0; i < e->note_count; i++)
        pc_json_string(j, e->notes[i]);
    pc_json_array_end(j);
    put_bool(j, "redacted", e->redacted);
    put_known(j, "suppress_context", e->suppress_context);
    put_exception(w, "cause", e->cause);
    put_exception(w, "context", e->context);
    put_group(w, e);
    begin_array(j, "traceback");
    for (size_t i = 0; i < e->traceback_count; i++)
        write_frame(w, &e->traceback[i]);
    pc_json_array_end(j);
    put_status(j, "status", e->status);
    pc_json_object_end(j);
}

static void write_interpreter_state(writer *w, const pc_interpreter *i)
{
    pc_json *j = &w->json;
    pc_json_object(j);
    put_integer_if(j, "id", i->id >= 0, i->id);
    put_address(j, "address", i->address);
    put_bool(j, "main", i->main);
    put_known(j, "own_gil", i->own_gil);
    put_exception(w, "last_exception", i->last_exception);
    pc_json_object_end(j);
}

static void put_registers(pc_json *j, const pc_thread *t)
{
    begin_object(j, "registers");
    for (size_t i = 0; i < t->register_count; i++)
        put_address_if(j, t->registers[i].name, !t->registers[i].redacted, t->registers[i].value);
    pc_json_object_end(j);
}

static void put_exceptions(writer *w, const char *key, pc_exception *const *list, size_t count)
{
    begin_array(&w->json, key);
    for (size_t i = 0; i < count; i++) {
        pc_json_break(&w->json, "\n  ");
        write_exception(w, list[i]);
    }
    pc_json_array_end(&w->json);
}

static void write_thread(writer *w, const pc_report *r, const pc_thread *t)
{
    pc_json *j = &w->json;
    const pc_interpreter *i = t->interpreter >= 0 ? &r->walk->interpreters[t->interpreter] : NULL;
    pc_json_object(j);
    put_integer_if(j, "tid", t->lwp != NULL, t->lwp ? t->lwp->tid : 0);
    put_address_if(j, "pthread", t->has_pthread, t->pthread);
    put_text(j, "name", t->name);
    put_integer_if(j, "interpreter", i && i->id >= 0, i ? i->id : 0);
    put_bool(j, "main", t->main);
    put_bool(j, "crashed", t->crashed);
    put_known(j, "holds_gil", t->holds_gil);
    put_registers(j, t);
    begin_array(j, "frames");
    for (size_t k = 0; k < t->frame_count; k++) {
        pc_json_break(j, "\n  ");
        write_frame(w, &t->frames[k]);
    }
    pc_json_array_end(j);
    pc_json_break(j, "\n ");
    begin_object(j, "exceptions");
    put_exception(w, "raised", t->raised);
    put_exceptions(w, "handled", t->handled, t->handled_count);
    put_exceptions(w, "held", t->held, t->held_count);
    pc_json_object_end(j);
    pc_json_object_end(j);
}

static void put_globals(writer *w, const pc_walk *walk)
{
    pc_json *j = &w->json;
    if (!walk->options.globals) {
        put_null(j, "globals");
        return;
    }
    begin_array(j, "globals");
    for (size_t i = 0; i < walk->globals_count; i++) {
        const pc_globals *g = &walk->globals[i];
        pc_json_break(j, "\n ");
        pc_json_object(j);
        put_text(j, "module", g->module);
        put_address(j, "address", g->address);
        put_status(j, "status", g->status);
        begin_array(j, "names");
        for (size_t k = 0; k < g->count; k++) {
            pc_json_break(j, "\n  ");
            pc_json_object(j);
            put_text(j, "name", g->names[k].name);
            put_shared_value(w, &g->names[k].value);
            pc_json_object_end(j);
        }
        pc_json_array_end(j);
        pc_json_object_end(j);
    }
    pc_json_array_end(j);
}

static void put_signature(pc_json *j, const pc_report *r)
{
    if (!r->signature.text) {
        put_null(j, "signature");
        return;
    }
    begin_object(j, "signature");
    put_text(j, "hash", r->signature.hash);
    put_text(j, "text", r->signature.text);
    pc_json_object_end(j);
}

void pc_report_write_json(const pc_report *r, FILE *out)
{
    const pc_walk *walk = r->walk;
    writer w;
    pc_json *j = &w.json;
    w.repeated = 0;
    w.recent_place = NULL;
    memset(w.variables, 0, sizeof(w.variables));
    pc_map_init(&w.attributes);
    pc_map_init(&w.places);
    pc_arena_init(&w.arena);
    pc_json_begin(j, out);
    pc_json_object(j);
    put_text(j, "schema", "pycore-report/1");
    put_text(j, "pycore", PACKAGE_VERSION);
    put_text(j, "status", pc_report_status_name(r->status));
    put_text(j, "redaction", pc_redact_name(r->redaction ? r->redaction->level : PC_REDACT_NONE));
    pc_json_break(j, "\n");
    put_core(j, r);
    pc_json_break(j, "\n");
    put_process(j, r);
    pc_json_break(j, "\n");
    put_interpreter(j, r);
    pc_json_break(j, "\n");
    begin_array(j, "interpreters");
    for (size_t i = 0; i < walk->interpreter_count; i++)
        write_interpreter_state(&w, &walk->interpreters[i]);
    pc_json_array_end(j);
    pc_json_break(j, "\n");
    begin_array(j, "modules");
    for (size_t i = 0; i < r->module_count; i++) {
        pc_json_break(j, "\n ");
        write_module(j, &r->modules[i], r->diagnostics->arena);
    }
    pc_json_array_end(j);
    pc_json_break(j, "\n");
    begin_array(j, "threads");
    for (size_t i = 0; i < walk->thread_count; i++) {
        pc_json_break(j, "\n ");
        write_thread(&w, r, &walk->threads[i]);
    }
    pc_json_array_end(j);
    pc_json_break(j, "\n");
    put_globals(&w, walk);
    pc_json_break(j, "\n");
    put_signature(j, r);
    pc_json_break(j, "\n");
    begin_array(j, "diagnostics");
    for (size_t i = 0; i < r->diagnostics->count; i++) {
        pc_json_break(j, "\n ");
        write_diagnostic(j, &r->diagnostics->items[i]);
    }
    pc_json_array_end(j);
    pc_json_object_end(j);
    pc_json_raw(j, "\n", 1);
    pc_json_end(j);
    pc_map_deinit(&w.attributes);
    pc_map_deinit(&w.places);
    pc_arena_deinit(&w.arena);
}
