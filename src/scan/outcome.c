#include "scan/outcome.h"

#include <jansson.h>
#include <signal.h>
#include <string.h>

#include "base/limits.h"
#include "report/json_parts.h"
#include "report/signature.h"

static const char *const kinds[] = {"report", "failed", "unreadable", "not-core"};

const char *pc_outcome_kind_name(pc_outcome_kind kind)
{
    return kinds[kind];
}

pc_outcome_kind pc_outcome_kind_of(const char *name)
{
    pc_outcome_kind kind = PC_OUTCOME_REPORT;
    while (kind < PC_OUTCOME_NOT_CORE && (!name || strcmp(name, kinds[kind])))
        kind++;
    return kind;
}

pc_report_status pc_outcome_status_of(const char *name)
{
    pc_report_status status = PC_REPORT_COMPLETE;
    while (status < PC_REPORT_NONE && (!name || strcmp(name, pc_report_status_name(status))))
        status++;
    return status;
}

pc_outcome pc_outcome_without_report(const char *path, const pc_file_id *file, pc_outcome_kind kind, const char *reason)
{
    return (pc_outcome){.path = path, .file = *file, .kind = kind, .status = PC_REPORT_NONE, .reason = reason, .when = file->changed / 1000};
}

static const char *frame_text(const pc_place *at, pc_arena *arena)
{
    const char *name = at->qualname ? at->qualname : at->name ? at->name : "?";
    const char *slash = at->filename ? strrchr(at->filename, '/') : NULL, *file = slash ? slash + 1 : at->filename ? at->filename : "?";
    return at->position.line >= 0 ? pc_arena_printf(arena, "%s (%s:%" PRId64 ")", name, file, at->position.line)
                                 : pc_arena_printf(arena, "%s (%s)", name, file);
}

void pc_outcome_of_report(pc_outcome *o, const pc_report *r, pc_arena *arena)
{
    const pc_walk *walk = r->walk;
    const pc_thread *thread = walk->thread_count ? &walk->threads[0] : NULL;
    for (size_t i = 0; i < walk->thread_count; i++)
        if (walk->threads[i].crashed)
            thread = &walk->threads[i];
    o->status = r->status;
    o->reason = r->reason;
    o->text = r->signature.text;
    o->hash = o->text ? pc_arena_strdup(arena, r->signature.hash) : NULL;
    o->signal = r->process.signal;
    o->signal_name = r->process.signal_name;
    o->command = r->process.command;
    o->has_pid = r->process.has_pid;
    o->pid = r->process.pid;
    o->version = r->interpreter.version;
    o->build_id = walk->py && walk->py->module ? walk->py->module->build_id : NULL;
    o->when = walk->core->facts.has_time ? walk->core->facts.time : o->file.changed / 1000;
    const pc_exception *e = NULL;
    if (thread && thread->crashed)
        e = thread->raised ? thread->raised : o->signal == SIGABRT && thread->handled_count ? thread->handled[0] : NULL;
    o->exception = e ? pc_signature_exception(arena, e) : NULL;
    size_t count = thread ? thread->frame_count : 0;
    count = count < PC_LIMIT_OUTCOME_FRAMES ? count : PC_LIMIT_OUTCOME_FRAMES;
    const char **frames = pc_arena_array(arena, count, sizeof(*frames));
    for (size_t i = 0; i < count; i++)
        frames[i] = frame_text(thread->frames[i].place, arena);
    o->frames = frames;
    o->frame_count = count;
}

void pc_outcome_write_frames(pc_json *j, const pc_outcome *outcome)
{
    pc_json_array(j);
    for (size_t i = 0; i < outcome->frame_count; i++)
        pc_json_string(j, outcome->frames[i]);
    pc_json_array_end(j);
}

void pc_outcome_take_frames(pc_outcome *outcome, const json_t *list, pc_arena *arena)
{
    size_t count = json_array_size(list);
    count = count < PC_LIMIT_OUTCOME_FRAMES ? count : PC_LIMIT_OUTCOME_FRAMES;
    const char **frames = pc_arena_array(arena, count, sizeof(*frames));
    outcome->frames = frames;
    outcome->frame_count = 0;
    for (size_t i = 0; i < count; i++) {
        const char *frame = json_string_value(json_array_get(list, i));
        if (frame)
            frames[outcome->frame_count++] = pc_arena_strdup(arena, frame);
    }
}

static void put_known_text(pc_json *j, const char *key, const char *value)
{
    if (value)
        put_text(j, key, value);
}

void pc_outcome_put_json(const pc_outcome *outcome, pc_buffer *buffer)
{
    pc_json json, *j = &json;
    pc_json_begin_buffer(j, buffer);
    pc_json_object(j);
    put_text(j, "kind", kinds[outcome->kind]);
    put_text(j, "status", pc_report_status_name(outcome->status));
    put_known_text(j, "reason", outcome->reason);
    put_known_text(j, "hash", outcome->hash);
    put_known_text(j, "text", outcome->text);
    put_known_text(j, "signal_name", outcome->signal_name);
    put_known_text(j, "exception", outcome->exception);
    put_known_text(j, "version", outcome->version);
    put_known_text(j, "build_id", outcome->build_id);
    put_known_text(j, "command", outcome->command);
    put_integer(j, "signal", outcome->signal);
    if (outcome->has_pid)
        put_integer(j, "pid", outcome->pid);
    put_integer(j, "when", outcome->when);
    pc_json_key(j, "frames");
    pc_outcome_write_frames(j, outcome);
    put_bool(j, "matches", outcome->matches);
    pc_json_object_end(j);
    pc_json_end(j);
}

static const char *string_of(const json_t *o, const char *key, pc_arena *arena)
{
    return pc_arena_strdup(arena, json_string_value(json_object_get(o, key)));
}

pc_error *pc_outcome_from_json(pc_outcome *outcome, pc_arena *arena, const char *text, size_t length)
{
    json_error_t error;
    json_t *o = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);
    if (!json_is_object(o)) {
        json_decref(o);
        return pc_error_create(PC_ERROR_FORMAT, "not what a worker writes");
    }
    outcome->kind = pc_outcome_kind_of(json_string_value(json_object_get(o, "kind")));
    outcome->status = pc_outcome_status_of(json_string_value(json_object_get(o, "status")));
    outcome->reason = string_of(o, "reason", arena);
    outcome->hash = string_of(o, "hash", arena);
    outcome->text = string_of(o, "text", arena);
    outcome->signal_name = string_of(o, "signal_name", arena);
    outcome->exception = string_of(o, "exception", arena);
    outcome->version = string_of(o, "version", arena);
    outcome->build_id = string_of(o, "build_id", arena);
    outcome->command = string_of(o, "command", arena);
    outcome->signal = (int)json_integer_value(json_object_get(o, "signal"));
    outcome->has_pid = json_is_integer(json_object_get(o, "pid"));
    outcome->pid = json_integer_value(json_object_get(o, "pid"));
    outcome->when = json_integer_value(json_object_get(o, "when"));
    outcome->matches = json_is_true(json_object_get(o, "matches"));
    pc_outcome_take_frames(outcome, json_object_get(o, "frames"), arena);
    json_decref(o);
    return NULL;
}
