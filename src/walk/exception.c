#include "walk/exception.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "python/dict.h"
#include "python/str.h"
#include "python/type.h"
#include "walk/exception_text.h"

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
        if (line > 0 && line != frames[count].position.line)
            frames[count].position = (pc_position){.line = line, .end_line = -1, .column = -1, .end_column = -1};
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

/* __notes__ (PEP 678) live in the exception's dict. */
static void read_notes(pc_exception_reader *r, pc_exception *e)
{
    pc_python *py = r->walk->py;
    pc_addr list, items, item;
    uint64_t count;
    bool there;
    pc_error *error = pc_instance_get(py, e->address, "__notes__", &there, &list);
    if (error)
        trouble(r, e, error, "the notes");
    if (error || !there)
        return;
    bool tuple = pc_is(py, list, PC_TYPE_TUPLE);
    if ((!tuple && !pc_is(py, list, PC_TYPE_LIST)) || !pc_ok(pc_var_size(py, list, &count)) ||
        !pc_ok(tuple ? pc_field_address(py, PC_TUPLE_ITEMS, list, &items) : pc_field_uint(py, PC_LIST_ITEMS, list, &items)))
        return;
    uint64_t max = r->walk->options.limits.max_items;
    for (uint64_t i = 0; i < count && (!max || i < max) && i < PC_LIMIT_EXCEPTIONS; i++) {
        error = pc_pointer_at(py, items, i, &item);
        pc_repr text = {0};
        if (!error)
            text = pc_repr_str(py, item, &r->walk->options.limits);
        if (!error && !text.text)
            error = pc_error_at(text.status == PC_STATUS_TRUNCATED ? PC_ERROR_LIMIT : PC_ERROR_CORRUPT, item, "its text is not known");
        if (error) {
            trouble(r, e, error, "a note");
            break;
        }
        if (!e->notes)
            e->notes = pc_arena_array(r->walk->arena, count < PC_LIMIT_EXCEPTIONS ? count : PC_LIMIT_EXCEPTIONS, sizeof(*e->notes));
        e->notes[e->note_count++] = text.text;
    }
}

static pc_error *read_group(pc_exception_reader *r, pc_exception *e)
{
    pc_python *py = r->walk->py;
    pc_addr tuple, items, item;
    uint64_t count;
    PC_TRY(pc_field_uint(py, PC_GROUP_EXCEPTIONS, e->address, &tuple));
    PC_TRY(pc_expect(py, tuple, PC_TYPE_TUPLE));
    PC_TRY(pc_var_size(py, tuple, &count));
    PC_TRY(pc_field_address(py, PC_TUPLE_ITEMS, tuple, &items));
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

static void set_type(pc_exception *e, const pc_type *type)
{
    e->type = type->heap && type->tp_name ? type->tp_name : type->short_name;
    e->full_type = type->module && !strcmp(type->module, "exceptions") ? type->qualname : type->full_name;
    e->module = type->module;
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
        set_type(e, type);
        error = pc_field_uint(py, PC_EXC_ARGS, address, &args);
        if (error)
            trouble(r, e, error, "the arguments");
        else
            e->args = pc_repr_of(py, args, &walk->options.limits).text;
        e->message = pc_exception_message(walk, address, type);
        read_notes(r, e);
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
    set_type(e, type);
    if (!value || pc_is(py, value, PC_TYPE_NONE)) {
        e->args = "()";
        e->message = "";
    } else if (pc_is(py, value, PC_TYPE_TUPLE)) {
        e->args = pc_repr_of(py, value, &walk->options.limits).text;
    } else {
        pc_repr args = pc_repr_of(py, value, &walk->options.limits), text = pc_repr_str(py, value, &walk->options.limits);
        e->args = args.text ? pc_arena_printf(walk->arena, "(%s,)", args.text) : NULL;
        e->message = pc_exception_has_default_str(py, type) ? text.text : NULL;
    }
    if (traceback && (error = read_traceback(r, traceback, e)))
        trouble(r, e, error, "the traceback");
    return e;
}
