/* pycore-report/1. The document's frame is written here, its nodes by jansson one at a time, so that a stack of any depth
 * is not held twice. */
#include "base/limits.h"
#include "base/map.h"
#include "report/json_parts.h"
#include "report/report.h"
#include "target/advice.h"

typedef struct writer {
    FILE *out;
    pc_map attributes; /* pc_attributes by its address here -> attributes_text */
    uint64_t repeated; /* bytes of attributes that stand there already */
} writer;

/* Many frames share an object: its attributes are put into words once. */
typedef struct attributes_text {
    char *text;
    size_t length;
    bool written;
} attributes_text;

static json_t *core_node(const pc_report *r)
{
    json_t *o = json_object();
    put(o, "path", text(r->core.path));
    put(o, "path_bytes", text(r->core.path_bytes));
    put(o, "size", json_integer((json_int_t)r->core.size));
    put(o, "machine", text(r->core.machine));
    put(o, "bits", integer_if(r->core.bits != 0, r->core.bits));
    put(o, "byte_order", r->core.bits ? json_string(r->core.big_endian ? "big" : "little") : json_null());
    put(o, "compression", text(r->core.compression));
    put(o, "truncated", json_boolean(r->core.truncated));
    return o;
}

static json_t *signal_node(const pc_report *r)
{
    json_t *o = json_object();
    put(o, "number", json_integer(r->process.signal));
    put(o, "name", text(r->process.signal_name));
    put(o, "code", integer_if(r->process.has_code, r->process.code));
    put(o, "code_name", text(r->process.code_name));
    put(o, "fault_address", address_if(r->process.has_fault_address, r->process.fault_address));
    put(o, "sender_pid", integer_if(r->process.has_sender, r->process.sender_pid));
    put(o, "sender_uid", integer_if(r->process.has_sender, r->process.sender_uid));
    return o;
}

static json_t *process_node(const pc_report *r)
{
    json_t *o = json_object();
    bool is_known = r->process.known;
    put(o, "pid", integer_if(r->process.has_pid, r->process.pid));
    put(o, "ppid", integer_if(is_known, r->process.ppid));
    put(o, "uid", integer_if(r->process.has_uid, r->process.uid));
    put(o, "gid", integer_if(r->process.has_gid, r->process.gid));
    put(o, "command", text(r->process.command));
    json_t *arguments = r->process.arguments ? json_array() : json_null();
    for (size_t i = 0; r->process.arguments && i < r->process.argument_count; i++)
        json_array_append_new(arguments, text(r->process.arguments[i]));
    put(o, "arguments", arguments);
    put(o, "arguments_truncated", known(r->process.arguments_truncated));
    put(o, "arguments_redacted", json_boolean(r->process.arguments_redacted));
    put(o, "executable", text(r->process.executable));
    put(o, "hostname", text(r->process.hostname));
    put(o, "time", text(r->process.time));
    put(o, "cause", text(r->process.cause));
    put(o, "signal", r->process.signal ? signal_node(r) : json_null());
    return o;
}

static json_t *interpreter_node(const pc_report *r)
{
    if (!r->interpreter.known)
        return json_null();
    json_t *o = json_object(), *layout = json_object();
    put(o, "implementation", json_string("cpython"));
    put(o, "version", text(r->interpreter.version));
    put(o, "debug", known(r->interpreter.debug));
    put(o, "free_threaded", json_boolean(r->interpreter.free_threaded));
    put(o, "runtime_address", address_if(r->interpreter.runtime != 0, r->interpreter.runtime));
    put(o, "found_by", text(r->interpreter.found_by));
    put(layout, "source", text(r->interpreter.layout_source));
    put(layout, "origin", text(r->interpreter.layout_origin));
    put(layout, "exact", json_boolean(r->interpreter.layout_exact));
    put(layout, "cached", json_boolean(r->interpreter.layout_cached));
    put(o, "layout", layout);
    return o;
}

static void put_wanted(json_t *list, pc_arena *arena, const pc_report_module *m, pc_wanted what)
{
    const char *how[PC_ADVICE_MAX];
    size_t count = pc_advice(arena, what, m->raw_path, m->build_id, how);
    json_t *o = json_object(), *ways = json_array();
    put(o, "what", text(what == PC_WANTED_FILE ? "file" : "debug-information"));
    put(o, "build_id", text(m->build_id));
    for (size_t i = 0; i < count; i++)
        json_array_append_new(ways, text(how[i]));
    put(o, "how", ways);
    json_array_append_new(list, o);
}

static json_t *module_node(const pc_report_module *m, pc_arena *arena)
{
    json_t *o = json_object();
    put(o, "path", text(m->path));
    put(o, "start", address(m->start));
    put(o, "end", address(m->end));
    put(o, "build_id", text(m->build_id));
    put(o, "file", text(m->file));
    put(o, "matches", known(m->matches));
    json_t *wanted = json_array();
    if (m->wants_file)
        put_wanted(wanted, arena, m, PC_WANTED_FILE);
    if (m->wants_debug_information)
        put_wanted(wanted, arena, m, PC_WANTED_DEBUG_INFORMATION);
    put(o, "wanted", wanted);
    return o;
}

static void write_attributes(writer *w, const pc_attributes *a)
{
    if (!a) {
        fputs(",\"attributes\":null,\"attributes_status\":null", w->out);
        return;
    }
    attributes_text *known = pc_map_get(&w->attributes, (pc_addr)(uintptr_t)a);
    if (!known) {
        json_t *list = attributes_node(a);
        known = pc_malloc(sizeof(*known));
        *known = (attributes_text){.text = json_dumps(list, JSON_COMPACT)};
        known->length = known->text ? strlen(known->text) : 0;
        json_decref(list);
        pc_map_put(&w->attributes, (pc_addr)(uintptr_t)a, known);
    }
    if (known->written && w->repeated + known->length > PC_LIMIT_REPEATED) {
        fprintf(w->out, ",\"attributes\":null,\"attributes_status\":\"%s\"", pc_status_name(PC_STATUS_REPEATED));
        return;
    }
    w->repeated += known->written ? known->length : 0;
    known->written = true;
    fputs(",\"attributes\":", w->out);
    put_text(w->out, known->text ? known->text : "null", known->text ? known->length : 4);
    fprintf(w->out, ",\"attributes_status\":\"%s\"", pc_status_name(a->status));
}

/* A value, behind the keys that o has already. Lets go of it. */
static void write_value(writer *w, json_t *o, const pc_value *v)
{
    put_value(o, v);
    dump_head(w->out, o);
    write_attributes(w, v->attributes);
    fputc('}', w->out);
}

static void write_local(writer *w, const pc_local *l)
{
    static const char *const kinds[] = {"argument", "local", "cell", "free", "name"};
    json_t *o = json_object();
    put(o, "name", text(l->name));
    put(o, "kind", json_string(kinds[l->kind]));
    put(o, "captured", json_boolean(l->captured));
    write_value(w, o, &l->value);
}

static void write_frame(writer *w, const pc_frame *f)
{
    json_t *o = json_object();
    put(o, "kind", json_string("python"));
    put(o, "name", text(f->name));
    put(o, "qualname", text(f->qualname));
    put(o, "module", text(f->module));
    put(o, "filename", text(f->filename));
    put(o, "line", integer_if(f->position.line >= 0, f->position.line));
    put(o, "column", integer_if(f->position.column >= 0, f->position.column));
    put(o, "end_line", integer_if(f->position.end_line >= 0, f->position.end_line));
    put(o, "end_column", integer_if(f->position.end_column >= 0, f->position.end_column));
    put(o, "first_line", integer_if(f->first_line >= 0, f->first_line));
    put(o, "instruction", integer_if(f->instruction >= 0, f->instruction));
    put(o, "entry", known(f->entry));
    put(o, "address", address(f->address));
    put(o, "status", json_string(pc_status_name(f->status)));
    put(o, "globals_address", address_if(f->globals != 0, f->globals));
    dump_head(w->out, o);
    fputs(f->has_locals ? ",\"locals\":[" : ",\"locals\":null", w->out);
    for (size_t i = 0; f->has_locals && i < f->local_count; i++) {
        fputs(i ? "," : "", w->out);
        write_local(w, &f->locals[i]);
    }
    fputs(f->has_locals ? "]" : "", w->out);
    fputs(f->has_stack ? ",\"stack\":[" : ",\"stack\":null", w->out);
    for (size_t i = 0; f->has_stack && i < f->stack_count; i++) {
        fputs(i ? "," : "", w->out);
        if (f->stack[i].address)
            write_value(w, json_object(), &f->stack[i]);
        else
            fputs("null", w->out);
    }
    fputs(f->has_stack ? "]}" : "}", w->out);
}

static json_t *details_node(const pc_exception *e)
{
    if (!e->details)
        return json_null();
    json_t *o = json_object();
    for (size_t i = 0; i < e->detail_count; i++)
        put(o, e->details[i].name, text(e->details[i].value));
    return o;
}

static void put_holder(json_t *o, const pc_exception *e)
{
    if (!e->holder)
        return;
    json_t *holder = json_object();
    put(holder, "type", text(e->holder_type));
    put(holder, "qualname", text(e->holder_name));
    put(holder, "address", address(e->holder));
    put(o, "held_by", holder);
}

/* A traceback may have 100,000 entries, each with its locals. */
static void write_exception(writer *w, const pc_exception *e)
{
    FILE *out = w->out;
    if (!e) {
        fputs("null", out);
        return;
    }
    json_t *o = json_object();
    if (e->status == PC_STATUS_REPEATED) {
        put(o, "address", address(e->address));
        put(o, "status", json_string(pc_status_name(e->status)));
        put_holder(o, e);
        dump(out, o);
        return;
    }
    put_holder(o, e);
    put(o, "type", text(e->type));
    put(o, "module", text(e->module));
    put(o, "message", text(e->message));
    put(o, "message_exact", e->message ? json_boolean(e->message_exact) : json_null());
    put(o, "args", text(e->args));
    put(o, "args_exact", e->args ? json_boolean(e->args_exact) : json_null());
    put(o, "details", details_node(e));
    put(o, "address", address_if(e->address != 0, e->address));
    json_t *notes = json_array();
    for (size_t i = 0; i < e->note_count; i++)
        json_array_append_new(notes, text(e->notes[i]));
    put(o, "notes", notes);
    put(o, "redacted", json_boolean(e->redacted));
    put(o, "suppress_context", known(e->suppress_context));
    dump_head(out, o);
    fputs(",\"cause\":", out);
    write_exception(w, e->cause);
    fputs(",\"context\":", out);
    write_exception(w, e->context);
    fputs(e->group ? ",\"group\":[" : ",\"group\":null", out);
    for (size_t i = 0; e->group && i < e->group_count; i++) {
        fputs(i ? "," : "", out);
        write_exception(w, e->group[i]);
    }
    fputs(e->group ? "],\"traceback\":[" : ",\"traceback\":[", out);
    for (size_t i = 0; i < e->traceback_count; i++) {
        fputs(i ? "," : "", out);
        write_frame(w, &e->traceback[i]);
    }
    fprintf(out, "],\"status\":\"%s\"}", pc_status_name(e->status));
}

static void write_interpreter_state(writer *w, const pc_interpreter *i)
{
    FILE *out = w->out;
    json_t *o = json_object();
    put(o, "id", integer_if(i->id >= 0, i->id));
    put(o, "address", address(i->address));
    put(o, "main", json_boolean(i->main));
    put(o, "own_gil", known(i->own_gil));
    dump_head(out, o);
    fputs(",\"last_exception\":", out);
    write_exception(w, i->last_exception);
    fputs("}", out);
}

static json_t *registers_node(const pc_thread *t)
{
    json_t *o = json_object();
    for (size_t i = 0; i < t->register_count; i++)
        put(o, t->registers[i].name, address_if(!t->registers[i].redacted, t->registers[i].value));
    return o;
}

/* frames is written by itself, between the keys that come before and after it */
static void write_thread(writer *w, const pc_report *r, const pc_thread *t)
{
    FILE *out = w->out;
    json_t *o = json_object();
    bool has_tid = t->lwp != NULL;
    put(o, "tid", integer_if(has_tid, has_tid ? t->lwp->tid : 0));
    put(o, "pthread", address_if(t->has_pthread, t->pthread));
    put(o, "name", text(t->name));
    const pc_interpreter *i = t->interpreter >= 0 ? &r->walk->interpreters[t->interpreter] : NULL;
    put(o, "interpreter", integer_if(i && i->id >= 0, i ? i->id : 0));
    put(o, "main", json_boolean(t->main));
    put(o, "crashed", json_boolean(t->crashed));
    put(o, "holds_gil", known(t->holds_gil));
    put(o, "registers", registers_node(t));
    dump_head(out, o);
    fputs(",\"frames\":[", out);
    for (size_t k = 0; k < t->frame_count; k++) {
        fputs(k ? ",\n  " : "\n  ", out);
        write_frame(w, &t->frames[k]);
    }
    fputs("],\n \"exceptions\":{\"raised\":", out);
    write_exception(w, t->raised);
    fputs(",\"handled\":[", out);
    for (size_t k = 0; k < t->handled_count; k++) {
        fputs(k ? ",\n  " : "\n  ", out);
        write_exception(w, t->handled[k]);
    }
    fputs("],\"held\":[", out);
    for (size_t k = 0; k < t->held_count; k++) {
        fputs(k ? ",\n  " : "\n  ", out);
        write_exception(w, t->held[k]);
    }
    fputs("]}}", out);
}

static void write_globals(writer *w, const pc_walk *walk)
{
    if (!walk->options.globals) {
        fputs("null", w->out);
        return;
    }
    fputc('[', w->out);
    for (size_t i = 0; i < walk->globals_count; i++) {
        const pc_globals *g = &walk->globals[i];
        json_t *o = json_object();
        fputs(i ? ",\n " : "\n ", w->out);
        put(o, "module", text(g->module));
        put(o, "address", address(g->address));
        put(o, "status", json_string(pc_status_name(g->status)));
        dump_head(w->out, o);
        fputs(",\"names\":[", w->out);
        for (size_t k = 0; k < g->count; k++) {
            fputs(k ? ",\n  " : "\n  ", w->out);
            o = json_object();
            put(o, "name", text(g->names[k].name));
            write_value(w, o, &g->names[k].value);
        }
        fputs("]}", w->out);
    }
    fputc(']', w->out);
}

static void writer_deinit(writer *w)
{
    for (size_t i = 0; i < w->attributes.capacity; i++) {
        attributes_text *known = w->attributes.values[i];
        if (known)
            free(known->text);
        free(known);
    }
    pc_map_deinit(&w->attributes);
}

void pc_report_write_json(const pc_report *r, FILE *out)
{
    const pc_walk *walk = r->walk;
    writer w = {.out = out};
    pc_map_init(&w.attributes);
    fprintf(out, "{\"schema\":\"pycore-report/1\",\"pycore\":\"%s\",\"status\":\"%s\",\"redaction\":\"%s\",\n\"core\":", PACKAGE_VERSION,
            pc_report_status_name(r->status), pc_redact_name(r->redaction ? r->redaction->level : PC_REDACT_NONE));
    dump(out, core_node(r));
    fputs(",\n\"process\":", out);
    dump(out, process_node(r));
    fputs(",\n\"interpreter\":", out);
    dump(out, interpreter_node(r));
    fputs(",\n\"interpreters\":[", out);
    for (size_t i = 0; i < walk->interpreter_count; i++) {
        fputs(i ? "," : "", out);
        write_interpreter_state(&w, &walk->interpreters[i]);
    }
    fputs("],\n\"modules\":[", out);
    for (size_t i = 0; i < r->module_count; i++) {
        fputs(i ? ",\n " : "\n ", out);
        dump(out, module_node(&r->modules[i], r->diagnostics->arena));
    }
    fputs("],\n\"threads\":[", out);
    for (size_t i = 0; i < walk->thread_count; i++) {
        fputs(i ? ",\n " : "\n ", out);
        write_thread(&w, r, &walk->threads[i]);
    }
    fputs("],\n\"globals\":", out);
    write_globals(&w, walk);
    fputs(",\n\"signature\":", out);
    dump(out, r->signature.text ? json_pack("{s:s, s:s}", "hash", r->signature.hash, "text", r->signature.text) : json_null());
    fputs(",\n\"diagnostics\":[", out);
    for (size_t i = 0; i < r->diagnostics->count; i++) {
        fputs(i ? ",\n " : "\n ", out);
        dump(out, diagnostic_node(&r->diagnostics->items[i]));
    }
    fputs("]}\n", out);
    writer_deinit(&w);
}
