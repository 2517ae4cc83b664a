/* Reports in JSON become threads that can be compared. A worker wrote them, which may have been made to write anything. */
#include <jansson.h>
#include <string.h>

#include "base/buffer.h"
#include "base/hash.h"
#include "base/limits.h"
#include "report/signature.h"
#include "scan/compare.h"

static const char *text_of(pc_comparison *c, const json_t *object, const char *key)
{
    return pc_arena_strdup(&c->arena, json_string_value(json_object_get(object, key)));
}

static pc_compare_frame frame_of(pc_comparison *c, const json_t *o)
{
    PC_AUTO_BUFFER function = {0};
    const json_t *line = json_object_get(o, "line");
    const char *qualname = text_of(c, o, "qualname");
    pc_compare_frame f = {
        .name = qualname ? qualname : text_of(c, o, "name"),
        .module = text_of(c, o, "module"),
        .filename = text_of(c, o, "filename"),
        .line = json_is_integer(line) ? json_integer_value(line) : -1,
    };
    pc_signature_put_function(&function, f.module, f.filename, f.name);
    f.function = pc_arena_strdup(&c->arena, pc_buffer_text(&function));
    f.id = pc_hash_text(PC_HASH_START, f.function);
    return f;
}

/* Deep recursion is many frames of few places: each place's texts are kept once. */
static bool is_repeated(const json_t *a, const json_t *b)
{
    static const char *const keys[] = {"name", "qualname", "module", "filename", "line"};
    for (size_t i = 0; i < PC_ARRAY_SIZE(keys); i++)
        if (!json_equal(json_object_get(a, keys[i]), json_object_get(b, keys[i])))
            return false;
    return true;
}

static bool is_native(const json_t *frame)
{
    const char *kind = json_string_value(json_object_get(frame, "kind"));
    return kind && strcmp(kind, "python");
}

static void read_frames(pc_comparison *c, pc_compare_thread *t, const json_t *list)
{
    size_t count = json_array_size(list);
    const json_t *last = NULL;
    t->frames = pc_arena_array(&c->arena, count, sizeof(*t->frames));
    for (size_t i = 0; i < count; i++) {
        const json_t *o = json_array_get(list, i);
        if (is_native(o))
            continue;
        pc_compare_frame *f = &t->frames[t->frame_count++];
        *f = last && is_repeated(last, o) ? f[-1] : frame_of(c, o);
        last = o;
    }
    t->own_count = t->frame_count;
    while (t->own_count && pc_signature_is_carrier(t->frames[t->own_count - 1].module))
        t->own_count--;
}

static const char *exception_of(pc_comparison *c, const json_t *exceptions)
{
    const json_t *raised = json_object_get(exceptions, "raised"), *handled = json_array_get(json_object_get(exceptions, "handled"), 0);
    const json_t *e = json_is_object(raised) ? raised : handled;
    const char *type = json_string_value(json_object_get(e, "type")), *module = json_string_value(json_object_get(e, "module"));
    if (!type)
        return NULL;
    return pc_arena_printf(&c->arena, "%s %s", e == raised ? "raising" : "handling",
                           pc_signature_exception(&c->arena, &(pc_exception){.type = type, .module = module}));
}

static const char *stem_of(pc_comparison *c, const char *name)
{
    PC_AUTO_BUFFER stem = {0};
    for (const char *at = name; at && *at; at++) {
        bool digit = *at >= '0' && *at <= '9';
        if (!digit)
            pc_buffer_putc(&stem, *at);
        else if (at == name || at[-1] < '0' || at[-1] > '9')
            pc_buffer_putc(&stem, '#');
    }
    return pc_arena_strdup(&c->arena, pc_buffer_text(&stem));
}

static void hash_thread(pc_compare_thread *t)
{
    t->functions = t->places = PC_HASH_START;
    for (size_t i = 0; i < t->frame_count; i++) {
        t->functions = pc_hash_unit(t->functions, t->frames[i].id);
        t->places = pc_hash_unit(pc_hash_unit(t->places, t->frames[i].id), (uint64_t)t->frames[i].line);
    }
    t->places = pc_hash_text(t->places, t->exception);
}

static void read_threads(pc_comparison *c, pc_compare_core *core, const json_t *list)
{
    size_t count = json_array_size(list), most = count < PC_LIMIT_COMPARE_THREADS ? count : PC_LIMIT_COMPARE_THREADS;
    core->left_out = count - most;
    core->threads = pc_arena_array(&c->arena, most, sizeof(*core->threads));
    core->thread_count = most;
    for (size_t i = 0; i < most; i++) {
        const json_t *o = json_array_get(list, i), *tid = json_object_get(o, "tid");
        pc_compare_thread *t = &core->threads[i];
        t->core = c->core_count;
        t->has_tid = json_is_integer(tid);
        t->tid = json_integer_value(tid);
        t->name = text_of(c, o, "name");
        t->stem = stem_of(c, t->name);
        t->main = json_is_true(json_object_get(o, "main"));
        t->crashed = json_is_true(json_object_get(o, "crashed"));
        t->exception = exception_of(c, json_object_get(o, "exceptions"));
        read_frames(c, t, json_object_get(o, "frames"));
        hash_thread(t);
    }
}

static const char *program_of(const pc_compare_core *core)
{
    for (size_t i = 0; i < core->thread_count; i++)
        if (core->threads[i].main && core->threads[i].frame_count)
            return core->threads[i].frames[core->threads[i].frame_count - 1].filename;
    return NULL;
}

static const char *why_none(pc_comparison *c, const json_t *report)
{
    const json_t *list = json_object_get(report, "diagnostics"), *entry;
    size_t i;
    json_array_foreach(list, i, entry) {
        const char *severity = json_string_value(json_object_get(entry, "severity"));
        if (severity && !strcmp(severity, "error") && json_string_value(json_object_get(entry, "message")))
            return text_of(c, entry, "message");
    }
    return "no Python state was found";
}

static void add(pc_comparison *c, const pc_compare_core *core)
{
    c->cores = pc_grow(c->cores, c->core_count, &c->core_capacity, sizeof(*c->cores));
    c->cores[c->core_count++] = *core;
    c->compared += !core->reason;
    c->partial |= core->reason || (core->status && strcmp(core->status, "complete")) || core->left_out;
}

void pc_comparison_add_failed(pc_comparison *c, const char *path, const char *reason)
{
    add(c, &(pc_compare_core){.path = pc_arena_strdup(&c->arena, path), .reason = pc_arena_strdup(&c->arena, reason)});
}

pc_error *pc_comparison_add(pc_comparison *c, const char *path, const char *json, size_t length)
{
    json_error_t error;
    json_t *report = json_loadb(json, length, JSON_REJECT_DUPLICATES, &error);
    const json_t *process = json_object_get(report, "process"), *pid = json_object_get(process, "pid");
    if (!json_string_value(json_object_get(report, "schema"))) {
        json_decref(report);
        return pc_error_create(PC_ERROR_FORMAT, "not a report");
    }
    pc_compare_core core = {
        .path = pc_arena_strdup(&c->arena, path),
        .status = text_of(c, report, "status"),
        .has_pid = json_is_integer(pid),
        .pid = json_integer_value(pid),
        .command = text_of(c, process, "command"),
        .cause = text_of(c, process, "cause"),
        .version = text_of(c, json_object_get(report, "interpreter"), "version"),
        .machine = text_of(c, json_object_get(report, "core"), "machine"),
    };
    if (core.status && !strcmp(core.status, "none"))
        core.reason = why_none(c, report);
    else
        read_threads(c, &core, json_object_get(report, "threads"));
    core.program = program_of(&core);
    add(c, &core);
    json_decref(report);
    return NULL;
}
