#include "walk/exception.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "python/dict.h"
#include "python/str.h"
#include "python/type.h"
#include "walk/exception_details.h"
#include "walk/exception_text.h"
#include "walk/redact.h"

static void trouble(pc_exception_reader *r, pc_exception *e, pc_error *error, const char *what)
{
    if (e->status == PC_STATUS_COMPLETE)
        e->status = pc_status_of_error(error);
    r->walk->incomplete = true;
    pc_diagnose_error(r->walk->diagnostics, PC_SEVERITY_WARNING, error, "%s of an exception at " PC_ADDR, what, e->address);
}

/* The entries, outermost first, as they are linked. */
static pc_error *read_traceback(pc_exception_reader *r, pc_addr traceback, pc_exception *e)
{
    pc_python *py = r->walk->py;
    pc_frame *frames = NULL;
    size_t capacity = 0, count = 0;
    pc_map seen;
    pc_map_init(&seen);
    pc_error *error = NULL;
    pc_addr at = traceback;
    while (at && !pc_is(py, at, PC_TYPE_NONE)) {
        pc_addr frame_object;
        int64_t lasti, line;
        pc_frame_ref ref;
        if (count >= PC_LIMIT_TRACEBACK || !pc_map_add(&seen, at)) {
            error = pc_error_at(count >= PC_LIMIT_TRACEBACK ? PC_ERROR_LIMIT : PC_ERROR_CORRUPT, at, "the traceback does not end");
            break;
        }
        error = pc_expect(py, at, PC_TYPE_TRACEBACK);
        if (!error)
            error = pc_field_uint(py, PC_TB_FRAME, at, &frame_object);
        if (!error)
            error = pc_field_int(py, PC_TB_LASTI, at, &lasti);
        if (!error)
            error = pc_field_int(py, PC_TB_LINENO, at, &line);
        if (!error)
            error = pc_frame_open_object(py, frame_object, &ref);
        if (error)
            break;
        if (pc_memory_is_starving(py->memory)) {
            error = pc_error_at(PC_ERROR_LIMIT, at, "reading it takes too long");
            break;
        }
        frames = pc_grow(frames, count, &capacity, sizeof(*frames));
        pc_frame_describe(r->walk, &ref, lasti, &frames[count]);
        /* 3.12: -1 until somebody asks; else it is what Python prints, whatever the line table says */
        if (line > 0 && line != frames[count].place->position.line)
            pc_frame_set_line(r->walk, &frames[count], line);
        count++;
        error = pc_field_uint(py, PC_TB_NEXT, at, &at);
        if (error)
            break;
    }
    pc_map_deinit(&seen);
    e->traceback = count || traceback ? pc_arena_array(r->walk->arena, count, sizeof(*frames)) : NULL;
    e->traceback_count = count;
    if (count)
        memcpy(e->traceback, frames, count * sizeof(*frames));
    free(frames);
    return error;
}

static void add_note(pc_exception_reader *r, pc_exception *e, pc_addr object, bool as_repr)
{
    pc_walk *walk = r->walk;
    if (as_repr) {
        e->notes[e->note_count++] = pc_redact_value(walk, NULL, object, &e->redacted).text;
        return;
    }
    pc_message note = pc_exception_str_of(walk, object);
    if (note.source == PC_MESSAGE_UNREADABLE)
        trouble(r, e, pc_error_at(PC_ERROR_CORRUPT, object, "its text is not known"), "a note");
    e->redacted |= note.redacted;
    e->notes[e->note_count++] = note.text;
}

static bool is_sequence_of_notes(pc_python *py, const pc_type *type, bool *ret_known)
{
    *ret_known = true;
    switch (type->kind) {
    case PC_TYPE_LIST:
    case PC_TYPE_TUPLE:
        return true;
    case PC_TYPE_UNICODE:
    case PC_TYPE_BYTES:
        /* before 3.12, when exceptions got name_from, its characters one by one */
        *ret_known = pc_has(py, PC_IMPORTERROR_NAME_FROM);
        return false;
    case PC_TYPE_INT:
    case PC_TYPE_LONG:
    case PC_TYPE_BOOL:
    case PC_TYPE_FLOAT:
    case PC_TYPE_DICT:
    case PC_TYPE_FROZEN_DICT:
    case PC_TYPE_SET:
    case PC_TYPE_FROZENSET:
        return false;
    default:
        *ret_known = false; /* some other sequence, or none */
        return false;
    }
}

/* __notes__ (PEP 678) live in the exception's dict. What is no sequence is printed as repr() has it. */
static pc_error *read_notes(pc_exception_reader *r, pc_exception *e)
{
    pc_python *py = r->walk->py;
    pc_addr list, items, item;
    uint64_t count;
    bool there, known;
    const pc_type *type;
    PC_TRY(pc_instance_get(py, e->address, "__notes__", &there, &list));
    if (!there)
        return NULL;
    PC_TRY(pc_type_of(py, list, &type));
    if (type->kind == PC_TYPE_NONE)
        return NULL;
    if (!is_sequence_of_notes(py, type, &known)) {
        e->notes = pc_arena_array(r->walk->arena, 1, sizeof(*e->notes));
        if (known)
            add_note(r, e, list, true);
        else
            e->note_count = 1;
        return NULL;
    }
    bool tuple = type->kind == PC_TYPE_TUPLE;
    PC_TRY(pc_var_size(py, list, &count));
    PC_TRY(tuple ? pc_field_address(py, PC_TUPLE_ITEMS, list, &items) : pc_field_uint(py, PC_LIST_ITEMS, list, &items));
    if (count)
        e->notes = pc_arena_array(r->walk->arena, count < PC_LIMIT_EXCEPTIONS ? count : PC_LIMIT_EXCEPTIONS, sizeof(*e->notes));
    for (uint64_t i = 0; i < count; i++) {
        if (i == PC_LIMIT_EXCEPTIONS)
            return pc_error_at(PC_ERROR_LIMIT, list, "there are %" PRIu64 " of them", count);
        PC_TRY(pc_pointer_at(py, items, i, &item));
        add_note(r, e, item, false);
    }
    return NULL;
}

static pc_error *read_group(pc_exception_reader *r, pc_exception *e)
{
    pc_python *py = r->walk->py;
    pc_addr tuple, items, item;
    uint64_t count;
    PC_TRY(pc_field_uint(py, PC_GROUP_EXCEPTIONS, e->address, &tuple));
    PC_TRY(pc_tuple_open(py, tuple, &items, &count));
    if (count > PC_LIMIT_EXCEPTIONS)
        return pc_error_at(PC_ERROR_LIMIT, tuple, "a group of %" PRIu64 " exceptions", count);
    e->group = pc_arena_array(r->walk->arena, count, sizeof(*e->group));
    for (uint64_t i = 0; i < count; i++) {
        PC_TRY(pc_pointer_at(py, items, i, &item));
        e->group[e->group_count++] = pc_exception_read(r, item, 0);
    }
    return NULL;
}

static pc_exception *linked(pc_exception_reader *r, pc_exception *e, pc_field field, const char *what)
{
    pc_addr other = 0;
    pc_error *error = pc_field_uint(r->walk->py, field, e->address, &other);
    if (error)
        trouble(r, e, error, what);
    return other && !pc_is(r->walk->py, other, PC_TYPE_NONE) ? pc_exception_read(r, other, 0) : NULL;
}

static void set_type(pc_walk *walk, pc_exception *e, const pc_type *type)
{
    const char *m = type->module;
    e->type = type->heap && type->tp_name ? type->tp_name : type->short_name;
    e->module = m;
    if (pc_is_python2(walk->py))
        e->full_type = e->type;
    else if (!type->qualname || !m || !strcmp(m, "builtins") || !strcmp(m, "__main__"))
        e->full_type = type->qualname;
    else
        e->full_type = pc_arena_printf(walk->arena, "%s.%s", m, type->qualname);
}

static void set_args(pc_exception_reader *r, pc_exception *e, pc_addr args)
{
    pc_walk *walk = r->walk;
    pc_repr repr = pc_redact_value(walk, NULL, args, &e->redacted);
    e->args = repr.text;
    e->args_exact = repr.exact;
    if (!repr.text || repr.has_error)
        trouble(r, e, pc_error_at(pc_memory_is_starving(walk->py->memory) || repr.status == PC_STATUS_TRUNCATED ? PC_ERROR_LIMIT
                                  : repr.status == PC_STATUS_CORRUPT                                            ? PC_ERROR_CORRUPT
                                                                                                                : PC_ERROR_NOT_SAVED,
                                  repr.has_error && repr.error_address ? repr.error_address : args, "they cannot be read whole"), "the arguments");
}

static void set_message(pc_exception *e, pc_message message)
{
    e->message = message.text;
    e->message_exact = message.exact;
    e->message_source = message.source;
    e->redacted |= message.redacted;
}

static void read_links(pc_exception_reader *r, pc_exception *e)
{
    pc_python *py = r->walk->py;
    uint64_t suppress;
    pc_error *error;
    if (!pc_has(py, PC_EXC_CONTEXT))
        return;
    e->suppress_context = !pc_ok(pc_field_uint(py, PC_EXC_SUPPRESS_CONTEXT, e->address, &suppress)) ? PC_UNKNOWN
                          : suppress                                                               ? PC_TRUE
                                                                                                   : PC_FALSE;
    r->depth++;
    e->cause = linked(r, e, PC_EXC_CAUSE, "the cause");
    e->context = linked(r, e, PC_EXC_CONTEXT, "the context");
    r->depth++; /* in JSON an array is between them */
    if (pc_exception_is(py, e->address, "BaseExceptionGroup") && (error = read_group(r, e)))
        trouble(r, e, error, "the group");
    r->depth -= 2;
}

pc_exception *pc_exception_read(pc_exception_reader *r, pc_addr address, pc_addr traceback)
{
    pc_walk *walk = r->walk;
    pc_python *py = walk->py;
    pc_exception *e = PC_NEW(walk->arena, pc_exception);
    e->address = address;
    e->suppress_context = PC_FALSE; /* what builds that have none (2.7) do */
    if (!pc_map_add(r->seen, address)) {
        e->status = PC_STATUS_REPEATED;
        return e;
    }
    if (++*r->count > PC_LIMIT_EXCEPTIONS || r->depth > PC_LIMIT_EXCEPTION_DEPTH) {
        trouble(r, e, pc_error_at(PC_ERROR_LIMIT, address, "the chain is too long to follow"), "the chain");
        return e;
    }
    const pc_type *type;
    pc_addr args = 0;
    pc_error *error = pc_type_of(py, address, &type);
    if (!error && type->kind == PC_TYPE_CLASSIC_INSTANCE) {
        pc_exception_classic(walk, e);
    } else {
        if (!error && type->kind != PC_TYPE_EXCEPTION)
            error = pc_error_at(PC_ERROR_CORRUPT, address, "the object is of type %s", type->full_name ? type->full_name : "(unknown)");
        if (error) {
            trouble(r, e, error, "the type");
            return e;
        }
        set_type(walk, e, type);
        error = pc_field_uint(py, PC_EXC_ARGS, address, &args);
        if (!error)
            error = pc_expect(py, args, PC_TYPE_TUPLE);
        if (error)
            trouble(r, e, error, "the arguments");
        else
            set_args(r, e, args);
        if (!e->type)
            trouble(r, e, pc_error_at(PC_ERROR_NOT_SAVED, type->address, "its name is not saved"), "the type");
        set_message(e, pc_exception_message(walk, address, type));
        /* what its arguments lack has been told */
        if (e->message_source == PC_MESSAGE_UNREADABLE && e->status == PC_STATUS_COMPLETE)
            trouble(r, e, pc_error_at(pc_memory_is_starving(py->memory) ? PC_ERROR_LIMIT : PC_ERROR_NOT_SAVED, address, "what it is made of cannot be read"),
                    "the message");
        pc_exception_details(walk, e, type);
        pc_exception_position(walk, e, type);
        error = read_notes(r, e);
        if (error)
            trouble(r, e, error, "the notes");
        if (pc_has(py, PC_EXC_TRACEBACK)) {
            pc_addr own = 0;
            error = pc_field_uint(py, PC_EXC_TRACEBACK, address, &own);
            if (error)
                trouble(r, e, error, "the traceback");
            traceback = own ? own : traceback;
        }
    }
    if (traceback && (error = read_traceback(r, traceback, e)))
        trouble(r, e, error, "the traceback");
    if (args)
        read_links(r, e);
    return e;
}

pc_exception *pc_exception_not_made(pc_exception_reader *r, pc_addr type_address, pc_addr value, pc_addr traceback)
{
    pc_walk *walk = r->walk;
    pc_python *py = walk->py;
    pc_exception *e = PC_NEW(walk->arena, pc_exception);
    const pc_type *type;
    e->suppress_context = PC_FALSE; /* what builds that have none (2.7) do */
    pc_error *error = pc_type_read(py, type_address, &type);
    if (error) {
        trouble(r, e, error, "the type");
        return e;
    }
    set_type(walk, e, type);
    e->args_exact = e->message_exact = true;
    if (!value || pc_is(py, value, PC_TYPE_NONE)) {
        e->args = "()";
        e->message = "";
    } else if (pc_is(py, value, PC_TYPE_TUPLE)) {
        set_args(r, e, value);
        e->message_source = PC_MESSAGE_UNREADABLE;
    } else {
        pc_repr args = pc_redact_value(walk, NULL, value, &e->redacted);
        e->args = args.text ? pc_arena_printf(walk->arena, "(%s,)", args.text) : NULL;
        e->args_exact = args.exact;
        pc_message unknown = {.source = PC_MESSAGE_CLASS_CODE};
        set_message(e, pc_exception_has_default_str(py, type) ? pc_exception_str_of(walk, value) : unknown);
    }
    if (traceback && (error = read_traceback(r, traceback, e)))
        trouble(r, e, error, "the traceback");
    return e;
}
