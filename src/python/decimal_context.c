#include "python/decimal_context.h"

#include <string.h>

#include "base/limits.h"
#include "python/attribute.h"
#include "python/context.h"
#include "python/dict.h"
#include "python/number.h"
#include "python/str.h"

/* What the contexts met so far would print. */
typedef struct letters {
    pc_python *py;
    bool c_upper, c_lower, python_upper, python_lower, unknown;
} letters;

static void see(letters *l, pc_addr object)
{
    pc_python *py = l->py;
    const pc_type *type;
    int64_t capitals;
    uint64_t number;
    if (!pc_ok(pc_type_of(py, object, &type))) {
        l->unknown = true;
    } else if (type->kind == PC_TYPE_DECIMAL_CONTEXT) {
        if (!pc_ok(pc_field_int(py, PC_CONTEXT_CAPITALS, object, &capitals)) || capitals < 0 || capitals > 1)
            l->unknown = true;
        else
            *(capitals ? &l->c_upper : &l->c_lower) = true;
    } else if (type->heap && (!type->qualname || !strcmp(type->qualname, "Context"))) {
        pc_attribute attribute = pc_attribute_get(py, object, "capitals");
        if (attribute.kind == PC_ATTRIBUTE_ABSENT)
            return; /* somebody else's context */
        if (attribute.kind != PC_ATTRIBUTE_VALUE || !pc_ok(pc_number_uint64(py, attribute.value, &number)) || number > 1)
            l->unknown = true;
        else
            *(number ? &l->python_upper : &l->python_lower) = true;
    }
}

static void see_variable(void *argument, pc_addr variable, pc_addr value)
{
    (void)variable;
    see(argument, value);
}

/* A str key of a dict that may not be there. */
static void see_item(letters *l, pc_addr dict, const char *key)
{
    bool there = false;
    pc_addr value = 0;
    if (!dict)
        return;
    if (!pc_ok(pc_dict_get(l->py, dict, key, &there, &value)))
        l->unknown = true;
    else if (there)
        see(l, value);
}

/* The module written in Python keeps a thread's context in a threading.local up to 3.6. */
static void see_thread_locals(letters *l, pc_addr dict)
{
    pc_python *py = l->py;
    pc_dict locals;
    pc_addr key, dummy, attributes;
    const pc_type *type;
    const char *name;
    bool more = true;
    if (!pc_ok(pc_dict_open(py, dict, &locals))) {
        l->unknown = true;
        return;
    }
    for (uint64_t count = 0; !l->unknown; count++) {
        if (count >= PC_LIMIT_CONTEXT_VARS || !pc_ok(pc_dict_next(py, &locals, &more, &key, &dummy)))
            l->unknown = true;
        else if (!more)
            return;
        else if (!pc_str_text(py, key, &name) || strncmp(name, "thread.local.", strlen("thread.local.")))
            continue;
        else if (!pc_ok(pc_type_of(py, dummy, &type)) || type->basic_size != pc_size_of(py, PC_STRUCT_LOCAL_DUMMY) ||
                 !pc_ok(pc_field_uint(py, PC_LOCAL_DUMMY_DICT, dummy, &attributes)))
            l->unknown = true;
        else
            see_item(l, attributes, "__decimal_context__");
    }
}

static void see_thread_state(letters *l, pc_addr state)
{
    pc_python *py = l->py;
    pc_addr at = 0;
    if (pc_has(py, PC_TS_CONTEXT)) { /* 3.7: variables of the context that the thread is in */
        if (!pc_ok(pc_field_uint(py, PC_TS_CONTEXT, state, &at)) || (at && !pc_ok(pc_context_each(py, at, see_variable, l))))
            l->unknown = true;
    } else if (!pc_ok(pc_field_uint(py, PC_TS_DICT, state, &at))) {
        l->unknown = true;
    } else if (at) {
        see_item(l, at, "___DECIMAL_CTX__");
        see_thread_locals(l, at);
    }
}

/* The context that threads without one begin with. */
static void see_module(letters *l, pc_addr modules, const char *name)
{
    bool there = false;
    pc_addr module, dict;
    if (!pc_ok(pc_dict_get(l->py, modules, name, &there, &module)) || (there && !pc_is(l->py, module, PC_TYPE_MODULE))) {
        l->unknown = true;
    } else if (there) {
        if (!pc_ok(pc_field_uint(l->py, PC_MD_DICT, module, &dict)))
            l->unknown = true;
        else
            see_item(l, dict, "DefaultContext");
    }
}

static void see_interpreter(letters *l, pc_addr interpreter)
{
    pc_python *py = l->py;
    pc_addr modules, state;
    if (!pc_ok(pc_field_uint(py, PC_IS_MODULES, interpreter, &modules)) || !pc_ok(pc_field_uint(py, PC_IS_THREADS, interpreter, &state))) {
        l->unknown = true;
        return;
    }
    see_module(l, modules, "decimal");
    see_module(l, modules, "_pydecimal");
    for (uint64_t count = 0; state && !l->unknown; count++) {
        see_thread_state(l, state);
        if (count >= PC_LIMIT_THREADS || !pc_ok(pc_field_uint(py, PC_TS_NEXT, state, &state)))
            l->unknown = true;
    }
}

static char letter(const letters *l, bool upper, bool lower)
{
    return l->unknown || upper == lower ? 0 : upper ? 'E' : 'e';
}

char pc_decimal_letter(pc_python *py, bool in_python)
{
    if (!py->decimal_letters_read) {
        letters l = {.py = py};
        pc_addr at = py->first_interpreter;
        py->decimal_letters_read = true;
        for (uint64_t count = 0; at && !l.unknown; count++) {
            see_interpreter(&l, at);
            if (count >= PC_LIMIT_INTERPRETERS || !pc_ok(pc_field_uint(py, PC_IS_NEXT, at, &at)))
                l.unknown = true;
        }
        py->decimal_letter = letter(&l, l.c_upper, l.c_lower);
        py->decimal_letter_python = letter(&l, l.python_upper, l.python_lower);
    }
    return in_python ? py->decimal_letter_python : py->decimal_letter;
}
