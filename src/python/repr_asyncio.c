/* repr() of asyncio's futures and tasks: the C classes of _asyncio, which have the library's Python code print them
 * (asyncio/base_futures.py, base_tasks.py, coroutines.py, format_helpers.py). */
#include <string.h>

#include "base/text.h"
#include "python/code.h"
#include "python/dict.h"
#include "python/number.h"
#include "python/repr_parts.h"

enum { PENDING, CANCELLED, FINISHED };

/* What is printed there is not known here. */
static void write_unknown(pc_writer *w)
{
    pc_write(w, "...");
    w->inexact = w->truncated = true;
}

/* What pc_write_object() writes, and how many characters it has, without the limit of the value. */
static void capture(pc_writer *w, pc_addr object, pc_buffer *ret_text)
{
    size_t start = w->out.length;
    uint64_t characters = w->characters, limit = w->max_characters;
    w->max_characters = UINT64_MAX;
    pc_write_object(w, object);
    if (w->out.length > start) {
        pc_buffer_append(ret_text, w->out.data + start, w->out.length - start);
        pc_buffer_cut(&w->out, start);
    }
    w->characters = characters;
    w->max_characters = limit;
}

/* ---- results: reprlib.repr() ---- */

#define MAX_OTHER 30 /* characters of what is neither an int nor a container */
#define MAX_INT 40
#define MAX_ITEMS 6
#define MAX_LEVEL 4  /* of 6: deeper ones are not told */

static pc_error *write_result(pc_writer *w, pc_addr object, int level)
{
    const pc_type *type;
    PC_AUTO_BUFFER text = {0};
    PC_TRY(pc_type_of(w->py, object, &type));
    bool is_tuple = type->kind == PC_TYPE_TUPLE;
    if (type->is_builtin && (is_tuple || type->kind == PC_TYPE_LIST)) {
        uint64_t count;
        pc_addr items, item;
        PC_TRY(pc_var_size(w->py, object, &count));
        if (count > MAX_ITEMS || level == MAX_LEVEL) {
            write_unknown(w);
            return NULL;
        }
        PC_TRY(is_tuple ? pc_field_address(w->py, PC_TUPLE_ITEMS, object, &items) : pc_field_uint(w->py, PC_LIST_ITEMS, object, &items));
        pc_write(w, is_tuple ? "(" : "[");
        for (uint64_t i = 0; i < count; i++) {
            pc_write(w, i ? ", " : "");
            PC_TRY(pc_pointer_at(w->py, items, i, &item));
            PC_TRY(write_result(w, item, level + 1));
        }
        pc_write(w, is_tuple ? count == 1 ? ",)" : ")" : "]");
        return NULL;
    }
    /* sets and dicts are sorted, arrays and deques cut */
    bool plain = type->kind != PC_TYPE_DICT && type->kind != PC_TYPE_SET && type->kind != PC_TYPE_FROZENSET && type->kind != PC_TYPE_TUPLE &&
                 type->kind != PC_TYPE_LIST && (type->is_builtin || type->repr_is_default) && type->short_name &&
                 strcmp(type->short_name, "deque") && strcmp(type->short_name, "array");
    if (plain)
        capture(w, object, &text);
    if (!plain || pc_text_length(pc_buffer_text(&text)) > (type->kind == PC_TYPE_LONG ? MAX_INT : MAX_OTHER))
        write_unknown(w);
    else
        pc_write(w, pc_buffer_text(&text));
    return NULL;
}

/* ---- coroutines ---- */

/* The line where a generator or coroutine is suspended or runs; 0 where it has ended. */
static pc_error *find_line(pc_python *py, pc_addr object, pc_code **ret_code, int64_t *ret_line)
{
    pc_addr code, frame, instruction;
    int64_t offset, state;
    bool ended;
    if (pc_has(py, PC_GI_IFRAME)) {
        uint64_t bits;
        PC_TRY(pc_field_address(py, PC_GI_IFRAME, object, &frame));
        PC_TRY(pc_field_int(py, PC_GI_FRAME_STATE, object, &state));
        PC_TRY(pc_field_uint(py, PC_IF_CODE, frame, &bits));
        PC_TRY(pc_field_uint(py, PC_IF_INSTR, frame, &instruction));
        if (pc_has(py, PC_GI_CODE))
            PC_TRY(pc_field_uint(py, PC_GI_CODE, object, &code));
        else if (!pc_stack_reference(py->traits->references, bits, &code))
            return pc_error_at(PC_ERROR_CORRUPT, object, "the coroutine at " PC_ADDR " has no code", object);
        PC_TRY(pc_code_read(py, code, ret_code));
        offset = (int64_t)(instruction - (*ret_code)->code_start);
        ended = state > py->traits->generator_executing;
    } else {
        PC_TRY(pc_field_uint(py, PC_GI_FRAME, object, &frame));
        PC_TRY(pc_field_uint(py, PC_GI_CODE, object, &code));
        PC_TRY(pc_code_read(py, code, ret_code));
        ended = !frame;
        if (!ended)
            PC_TRY(pc_field_int(py, PC_F_LASTI, frame, &offset));
        offset = ended || offset < 0 ? -1 : offset * py->traits->lasti_unit;
    }
    if (ended)
        *ret_line = 0;
    else
        *ret_line = offset < 0 ? (*ret_code)->first_line : pc_code_position(py, *ret_code, offset).line;
    return NULL;
}

static pc_error *write_coroutine(pc_writer *w, pc_addr object)
{
    const pc_type *type;
    pc_addr name;
    pc_code *code = NULL;
    int64_t line = -1;
    PC_TRY(pc_type_of(w->py, object, &type));
    if ((type->kind != PC_TYPE_COROUTINE && type->kind != PC_TYPE_GENERATOR) || !pc_has(w->py, PC_GI_QUALNAME)) {
        write_unknown(w);
        return NULL;
    }
    PC_TRY(pc_field_uint(w->py, PC_GI_QUALNAME, object, &name));
    PC_TRY(find_line(w->py, object, &code, &line));
    if (!code->filename || line < 0)
        return pc_error_at(PC_ERROR_NOT_SAVED, object, "where the coroutine at " PC_ADDR " is cannot be read", object);
    PC_TRY(pc_write_str(w, name));
    if (line)
        pc_write_printf(w, "() running at %s:%" PRId64, code->filename, line);
    else
        pc_write_printf(w, "() done, defined at %s:%" PRId64, code->filename, code->first_line);
    return NULL;
}

/* ---- callbacks ---- */

static pc_error *write_callback(pc_writer *w, pc_addr object)
{
    const pc_type *type;
    pc_addr function = object, name, code_at, self, wrapped, def, name_at;
    pc_code *code;
    bool there;
    PC_TRY(pc_type_of(w->py, object, &type));
    if (type->kind == PC_TYPE_METHOD)
        PC_TRY(pc_field_uint(w->py, PC_IM_FUNC, object, &function));
    if (pc_is(w->py, function, PC_TYPE_FUNCTION)) {
        PC_TRY(pc_field_uint(w->py, PC_FUNC_QUALNAME, function, &name));
        PC_TRY(pc_field_uint(w->py, PC_FUNC_CODE, function, &code_at));
        PC_TRY(pc_write_str(w, name));
        pc_write(w, "()");
        if (function != object)
            return NULL;
        /* of a function that wraps another one, the other's place */
        PC_TRY(pc_instance_get(w->py, function, "__wrapped__", &there, &wrapped));
        PC_TRY(pc_code_read(w->py, code_at, &code));
        if (there || !code->filename) {
            write_unknown(w);
            return NULL;
        }
        pc_write_printf(w, " at %s:%" PRId64, code->filename, code->first_line);
        return NULL;
    }
    if (type->kind == PC_TYPE_BUILTIN) {
        const pc_type *owner;
        PC_AUTO_BUFFER text = {0};
        PC_TRY(pc_field_uint(w->py, PC_CFUNCTION_SELF, object, &self));
        PC_TRY(pc_field_uint(w->py, PC_CFUNCTION_ML, object, &def));
        PC_TRY(pc_field_uint(w->py, PC_ML_NAME, def, &name_at));
        PC_TRY(pc_memory_string(w->py->memory, name_at, PC_LIMIT_NAME, &text));
        if (self && !pc_is(w->py, self, PC_TYPE_MODULE) && !pc_is(w->py, self, PC_TYPE_TYPE) && pc_ok(pc_type_of(w->py, self, &owner)) && owner->qualname) {
            pc_write_printf(w, "%s.%s()", owner->qualname, text.data);
            return NULL;
        }
    } else if (type->short_name && !strcmp(type->short_name, "TaskWakeupMethWrapper") && type->repr_is_default) {
        PC_TRY(pc_write_default(w, object, type)); /* to 3.8 */
        pc_write(w, "()");
        return NULL;
    }
    write_unknown(w);
    return NULL;
}

/* Callback number i: an item, or the first of a pair with its context (3.7). */
static pc_error *find_callback(pc_python *py, pc_addr first, pc_addr items, uint64_t i, pc_addr *ret_callback)
{
    if (first && !i) {
        *ret_callback = first;
        return NULL;
    }
    pc_addr item, parts;
    PC_TRY(pc_pointer_at(py, items, i - (first != 0), &item));
    if (pc_has(py, PC_FUTURE_CALLBACK0)) {
        PC_TRY(pc_expect(py, item, PC_TYPE_TUPLE));
        PC_TRY(pc_field_address(py, PC_TUPLE_ITEMS, item, &parts));
        return pc_pointer_at(py, parts, 0, ret_callback);
    }
    *ret_callback = item;
    return NULL;
}

static pc_error *write_callbacks(pc_writer *w, pc_addr object)
{
    pc_addr first = 0, list, items = 0, callback;
    uint64_t count = 0;
    if (pc_has(w->py, PC_FUTURE_CALLBACK0))
        PC_TRY(pc_field_uint(w->py, PC_FUTURE_CALLBACK0, object, &first));
    PC_TRY(pc_field_uint(w->py, PC_FUTURE_CALLBACKS, object, &list));
    if (list && !pc_is(w->py, list, PC_TYPE_NONE)) {
        PC_TRY(pc_expect(w->py, list, PC_TYPE_LIST));
        PC_TRY(pc_var_size(w->py, list, &count));
        PC_TRY(pc_field_uint(w->py, PC_LIST_ITEMS, list, &items));
    }
    count += first != 0;
    if (!count)
        return NULL;
    pc_write(w, " cb=[");
    PC_TRY(find_callback(w->py, first, items, 0, &callback));
    PC_TRY(write_callback(w, callback));
    if (count > 2)
        pc_write_printf(w, ", <%" PRIu64 " more>", count - 2);
    if (count > 1) {
        pc_write(w, ", ");
        PC_TRY(find_callback(w->py, first, items, count - 1, &callback));
        PC_TRY(write_callback(w, callback));
    }
    pc_write(w, "]");
    return NULL;
}

/* ---- futures and tasks ---- */

static pc_error *write_task_parts(pc_writer *w, pc_addr object)
{
    pc_addr name, coroutine, waiter;
    if (pc_has(w->py, PC_TASK_NAME)) {
        uint64_t number;
        PC_TRY(pc_field_uint(w->py, PC_TASK_NAME, object, &name));
        pc_write(w, " name=");
        /* 3.12: a number as long as nobody has asked for the name */
        if (pc_is(w->py, name, PC_TYPE_LONG) && pc_ok(pc_number_uint64(w->py, name, &number)))
            pc_write_printf(w, "'Task-%" PRIu64 "'", number);
        else
            pc_write_object(w, name);
    }
    PC_TRY(pc_field_uint(w->py, PC_TASK_COROUTINE, object, &coroutine));
    if (coroutine && !pc_is(w->py, coroutine, PC_TYPE_NONE)) {
        pc_write(w, " coro=<");
        PC_TRY(write_coroutine(w, coroutine));
        pc_write(w, ">");
    }
    PC_TRY(pc_field_uint(w->py, PC_TASK_WAITER, object, &waiter));
    if (waiter && !pc_is(w->py, waiter, PC_TYPE_NONE)) {
        pc_write(w, " wait_for=");
        pc_write_object(w, waiter);
    }
    return NULL;
}

static pc_error *is_cancelling(pc_python *py, pc_addr object, uint64_t state, bool *ret_cancelling)
{
    uint64_t value;
    bool counts = pc_has(py, PC_TASK_CANCELS); /* 3.11 */
    PC_TRY(pc_field_uint(py, counts ? PC_TASK_CANCELS : PC_TASK_MUST_CANCEL, object, &value));
    *ret_cancelling = value && (!counts || state == PENDING);
    return NULL;
}

static pc_error *write_future(pc_writer *w, pc_addr object, const pc_type *type)
{
    static const char *const states[] = {"pending", "cancelled", "finished"};
    bool is_task = type->kind == PC_TYPE_ASYNCIO_TASK, cancelling = false;
    uint64_t state;
    pc_addr exception, result, source;
    PC_TRY(pc_field_uint(w->py, PC_FUTURE_STATE, object, &state));
    if (state >= PC_ARRAY_SIZE(states))
        return pc_error_at(PC_ERROR_CORRUPT, object, "a future in state %" PRIu64, state);
    if (is_task)
        PC_TRY(is_cancelling(w->py, object, state, &cancelling));
    pc_write_printf(w, "<%s %s", type->short_name, cancelling ? "cancelling" : states[state]);
    if (is_task)
        PC_TRY(write_task_parts(w, object));
    if (state == FINISHED) {
        PC_TRY(pc_field_uint(w->py, PC_FUTURE_EXCEPTION, object, &exception));
        PC_TRY(pc_field_uint(w->py, PC_FUTURE_RESULT, object, &result));
        if (exception && !pc_is(w->py, exception, PC_TYPE_NONE)) {
            pc_write(w, " exception=");
            pc_write_object(w, exception);
        } else {
            pc_write(w, " result=");
            if (result)
                PC_TRY(write_result(w, result, 0));
            else
                pc_write(w, "None");
        }
    }
    PC_TRY(write_callbacks(w, object));
    PC_TRY(pc_field_uint(w->py, PC_FUTURE_SOURCE, object, &source));
    if (source && !pc_is(w->py, source, PC_TYPE_NONE)) {
        pc_write(w, " created at "); /* in asyncio's debug mode */
        write_unknown(w);
    }
    pc_write(w, ">");
    return NULL;
}

pc_error *pc_write_asyncio_future(pc_writer *w, pc_addr object, const pc_type *type)
{
    if (!type->short_name)
        return pc_type_name_missing(type);
    if (!pc_write_enter(w, object, "<", ">", "..."))
        return NULL;
    pc_error *error = write_future(w, object, type);
    w->depth--;
    return error;
}
