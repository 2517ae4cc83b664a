#include "python/library.h"

#include <string.h>

#include "base/limits.h"
#include "python/code.h"
#include "python/fingerprint.h"
#include "python/library_template.h"
#include "python/number.h"
#include "python/str.h"

const pc_library_row pc_library_rows[PC_LIBRARY_COUNT] = {
#define PC_LIBRARY_TEXT(id, module, name, versions, template) [PC_LIBRARY_##id] = {template, NULL},
#define PC_LIBRARY_CODE(id, module, name, versions, writer) [PC_LIBRARY_##id] = {NULL, writer},
#define PC_LIBRARY_SHAPE(id, module, name, versions, writer) [PC_LIBRARY_##id] = {NULL, writer},
#include "python/library.def"
#undef PC_LIBRARY_TEXT
#undef PC_LIBRARY_CODE
#undef PC_LIBRARY_SHAPE
};

/* ---- which code it is ---- */

static const char *module_of(pc_python *py, pc_addr function)
{
    pc_addr globals, name;
    const char *text = NULL;
    if (pc_has(py, PC_FUNC_GLOBALS) && pc_ok(pc_field_uint(py, PC_FUNC_GLOBALS, function, &globals)) &&
        pc_dict_find(py, globals, "__name__", &name))
        pc_str_text(py, name, &text);
    return text;
}

static const pc_library_row *find(uint64_t fingerprint)
{
    size_t low = 0, high = pc_library_fingerprint_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const pc_library_fingerprint *at = &pc_library_fingerprints[middle];
        if (at->fingerprint == fingerprint)
            return &pc_library_rows[at->id];
        if (at->fingerprint < fingerprint)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static const pc_library_row *recognize(pc_python *py, pc_addr function, pc_addr code)
{
    uint64_t fingerprint;
    const char *module = module_of(py, function);
    if (!module)
        return NULL;
    const pc_library_row *row = pc_ok(pc_fingerprint_code(py, module, code, &fingerprint)) ? find(fingerprint) : NULL;
    if (!row && pc_ok(pc_fingerprint_shape(py, code, &fingerprint)))
        row = find(fingerprint);
    if (!row && pc_dataclass_repr_is(py, code))
        row = &pc_dataclass_row;
    return row;
}

const pc_library_row *pc_library_row_of(pc_python *py, pc_addr function)
{
    pc_addr code;
    if (!pc_is(py, function, PC_TYPE_FUNCTION) || !pc_ok(pc_field_uint(py, PC_FUNC_CODE, function, &code)))
        return NULL;
    pc_library_row **kept = pc_map_get(&py->library, code);
    if (!kept) {
        const pc_library_row *row = recognize(py, function, code);
        if (pc_memory_is_starving(py->memory))
            return NULL;
        kept = pc_arena_alloc(py->arena, sizeof(row));
        memcpy(kept, &row, sizeof(row));
        pc_map_put(&py->library, code, kept);
    }
    return *kept;
}

bool pc_library_has_builtin(pc_python *py, const pc_type *type, const char *name)
{
    return pc_type_lookup(py, type->address, name).kind == PC_LOOKUP_BUILTIN;
}

bool pc_library_has(pc_python *py, const pc_type *type, const char *name, pc_library_id id)
{
    pc_lookup found = pc_type_lookup(py, type->address, name);
    if (found.kind == PC_LOOKUP_FOUND && pc_is(py, found.value, PC_TYPE_CLASSMETHOD) &&
        !pc_ok(pc_field_uint(py, PC_CM_CALLABLE, found.value, &found.value)))
        return false;
    if (found.kind == PC_LOOKUP_FOUND && pc_is(py, found.value, PC_TYPE_PROPERTY) &&
        (!pc_has(py, PC_PROP_GET) || !pc_ok(pc_field_uint(py, PC_PROP_GET, found.value, &found.value))))
        return false;
    return found.kind == PC_LOOKUP_FOUND && pc_library_row_of(py, found.value) == &pc_library_rows[id];
}

bool pc_library_closure(pc_python *py, pc_addr function, const char *name, pc_addr *ret_value)
{
    pc_addr code_at, closure, items, cell;
    uint64_t count, index = 0;
    pc_code *code;
    if (!pc_ok(pc_field_uint(py, PC_FUNC_CODE, function, &code_at)) || !pc_ok(pc_code_read(py, code_at, &code)) ||
        !pc_ok(pc_field_uint(py, PC_FUNC_CLOSURE, function, &closure)) || !pc_library_tuple(py, closure, &items, &count))
        return false;
    pc_code_read_variables(py, code);
    for (size_t i = 0; i < code->variable_count; i++) {
        if (code->variables[i].kind != PC_VARIABLE_FREE)
            continue;
        if (code->variables[i].name && !strcmp(code->variables[i].name, name))
            return index < count && pc_ok(pc_pointer_at(py, items, index, &cell)) && pc_is(py, cell, PC_TYPE_CELL) &&
                   pc_ok(pc_field_uint(py, PC_CELL_CONTENTS, cell, ret_value)) && *ret_value;
        index++;
    }
    return false;
}

bool pc_library_global(pc_python *py, pc_addr function, const char *name, pc_addr *ret_value)
{
    pc_addr globals;
    return pc_has(py, PC_FUNC_GLOBALS) && pc_ok(pc_field_uint(py, PC_FUNC_GLOBALS, function, &globals)) &&
           pc_dict_find(py, globals, name, ret_value);
}

bool pc_library_tuple(pc_python *py, pc_addr object, pc_addr *ret_items, uint64_t *ret_count)
{
    const pc_type *type;
    if (!object || !pc_ok(pc_type_of(py, object, &type)) || (type->kind != PC_TYPE_TUPLE && type->kind != PC_TYPE_LIST) ||
        !pc_ok(pc_var_size(py, object, ret_count)))
        return false;
    return pc_ok(type->kind == PC_TYPE_TUPLE ? pc_field_address(py, PC_TUPLE_ITEMS, object, ret_items)
                                             : pc_field_uint(py, PC_LIST_ITEMS, object, ret_items));
}

bool pc_library_is_none(pc_python *py, pc_addr object)
{
    return pc_is(py, object, PC_TYPE_NONE);
}

/* ---- values ---- */

static bool of_property(pc_writer *w, pc_addr object, pc_addr function, bool *ret_there, pc_value *ret_value)
{
    const pc_library_row *row = pc_library_row_of(w->py, function);
    if (!row || !row->template || row->template[0] != '=')
        return false;
    return pc_template_value(w, object, row->template + 1, ret_there, ret_value);
}

bool pc_library_get(pc_writer *w, pc_addr object, const char *name, bool *ret_there, pc_value *ret_value)
{
    pc_attribute found = pc_attribute_get(w->py, object, name);
    pc_addr getter;
    if (found.kind == PC_ATTRIBUTE_UNKNOWN)
        return false;
    if (found.kind == PC_ATTRIBUTE_CODE) {
        if (!found.value)
            return false;
        if (pc_is(w->py, found.value, PC_TYPE_PROPERTY))
            return pc_has(w->py, PC_PROP_GET) && pc_ok(pc_field_uint(w->py, PC_PROP_GET, found.value, &getter)) &&
                   of_property(w, object, getter, ret_there, ret_value);
        return false;
    }
    *ret_there = found.kind == PC_ATTRIBUTE_VALUE;
    *ret_value = (pc_value){.kind = PC_VALUE_OBJECT, .object = found.value};
    return true;
}

bool pc_library_call_method(pc_writer *w, pc_addr object, const char *name, bool *ret_there, pc_value *ret_value)
{
    pc_attribute found = pc_attribute_get(w->py, object, name);
    /* a method that was put into the instance: the object and the function are in it */
    if (found.kind == PC_ATTRIBUTE_VALUE && pc_is(w->py, found.value, PC_TYPE_METHOD))
        return pc_ok(pc_field_uint(w->py, PC_IM_SELF, found.value, &object)) && object &&
               pc_ok(pc_field_uint(w->py, PC_IM_FUNC, found.value, &found.value)) && of_property(w, object, found.value, ret_there, ret_value);
    return found.kind == PC_ATTRIBUTE_CODE && found.value && of_property(w, object, found.value, ret_there, ret_value);
}

bool pc_library_object(pc_writer *w, pc_addr object, const char *name, pc_addr *ret_value)
{
    bool there;
    pc_value value;
    if (!pc_library_get(w, object, name, &there, &value) || !there || value.kind != PC_VALUE_OBJECT)
        return false;
    *ret_value = value.object;
    return true;
}

/* Whether a class statement has given the type a method that the builtin's own would not see. */
static bool is_replaced(pc_python *py, const pc_type *type, const char *name)
{
    pc_lookup found = pc_type_lookup(py, type->address, name);
    return found.kind == PC_LOOKUP_FOUND || found.kind == PC_LOOKUP_UNKNOWN;
}

bool pc_library_length(pc_writer *w, pc_addr object, uint64_t *ret_length)
{
    pc_python *py = w->py;
    const pc_type *type;
    pc_str str;
    pc_dict dict;
    pc_set set;
    if (!pc_ok(pc_type_of(py, object, &type)) || is_replaced(py, type, "__len__"))
        return false;
    if (type->tp_name && !strcmp(type->tp_name, "collections.deque") && !pc_is_python2(py))
        return pc_ok(pc_var_size(py, object, ret_length));
    switch (type->kind) {
    case PC_TYPE_TUPLE:
    case PC_TYPE_LIST:
        return pc_ok(pc_var_size(py, object, ret_length));
    case PC_TYPE_DICT:
    case PC_TYPE_FROZEN_DICT:
        if (!pc_ok(pc_dict_open(py, object, &dict)))
            return false;
        *ret_length = dict.used;
        return true;
    case PC_TYPE_SET:
    case PC_TYPE_FROZENSET:
        if (!pc_ok(pc_set_open(py, object, &set)))
            return false;
        *ret_length = set.used;
        return true;
    case PC_TYPE_UNICODE:
    case PC_TYPE_BYTES:
    case PC_TYPE_BYTEARRAY:
        if (!pc_ok(pc_str_open(py, object, &str)))
            return false;
        *ret_length = str.length;
        return true;
    default:
        return false;
    }
}

bool pc_library_truth(pc_writer *w, pc_value value, bool *ret_truth)
{
    pc_python *py = w->py;
    const pc_type *type;
    uint64_t number;
    double real;
    if (value.kind != PC_VALUE_OBJECT) {
        *ret_truth = value.number != 0;
        return true;
    }
    if (!pc_ok(pc_type_of(py, value.object, &type)))
        return false;
    switch (type->kind) {
    case PC_TYPE_NONE:
        *ret_truth = false;
        return true;
    case PC_TYPE_BOOL:
    case PC_TYPE_INT:
    case PC_TYPE_LONG:
        if (!type->is_builtin && is_replaced(py, type, pc_is_python2(py) ? "__nonzero__" : "__bool__"))
            return false;
        /* one that is too large for 64 bits is not 0 */
        *ret_truth = !pc_ok(pc_number_uint64(py, value.object, &number)) || number;
        return true;
    case PC_TYPE_FLOAT:
        if (!type->is_builtin || !pc_ok(pc_field_double(py, PC_OB_FVAL, value.object, &real)))
            return false;
        *ret_truth = real != 0;
        return true;
    case PC_TYPE_FUNCTION:
    case PC_TYPE_METHOD:
    case PC_TYPE_BUILTIN:
    case PC_TYPE_MODULE:
    case PC_TYPE_CODE:
    case PC_TYPE_GENERATOR:
    case PC_TYPE_COROUTINE:
    case PC_TYPE_FRAME:
    case PC_TYPE_TRACEBACK:
    case PC_TYPE_TYPE:
        *ret_truth = true;
        return true;
    case PC_TYPE_EXCEPTION:
        if (is_replaced(py, type, pc_is_python2(py) ? "__nonzero__" : "__bool__") || is_replaced(py, type, "__len__"))
            return false;
        *ret_truth = true;
        return true;
    case PC_TYPE_OBJECT:
        /* C code's types may have a length, too */
        if (pc_type_lookup(py, type->address, pc_is_python2(py) ? "__nonzero__" : "__bool__").kind == PC_LOOKUP_ABSENT &&
            pc_type_lookup(py, type->address, "__len__").kind == PC_LOOKUP_ABSENT) {
            *ret_truth = true;
            return true;
        }
        break;
    default:
        break;
    }
    if (!pc_library_length(w, value.object, &number) || is_replaced(py, type, pc_is_python2(py) ? "__nonzero__" : "__bool__"))
        return false;
    *ret_truth = number != 0;
    return true;
}

/* ---- text ---- */

bool pc_library_write_name_of(pc_writer *w, pc_addr class, pc_name_of what)
{
    pc_python *py = w->py;
    const pc_type *type, *meta;
    pc_addr name;
    pc_lookup found;
    static const char *const names[] = {"__name__", "__qualname__", "__module__"};
    if (pc_is(py, class, PC_TYPE_CLASSIC_CLASS)) {
        if (what == PC_MODULE_NAME)
            return pc_ok(pc_field_uint(py, PC_CL_DICT, class, &name)) && pc_dict_find(py, name, "__module__", &name) &&
                   pc_ok(pc_write_str(w, name));
        return what == PC_NAME && pc_ok(pc_field_uint(py, PC_CL_NAME, class, &name)) && pc_ok(pc_write_str(w, name));
    }
    if (!pc_ok(pc_type_read(py, class, &type)) || !pc_ok(pc_type_of(py, class, &meta)))
        return false;
    /* a metaclass may have its own idea of it */
    found = pc_type_lookup(py, meta->address, names[what]);
    if (what == PC_MODULE_NAME ? found.kind == PC_LOOKUP_FOUND && !pc_is(py, found.value, PC_TYPE_UNICODE) && !pc_is(py, found.value, PC_TYPE_BYTES)
                               : found.kind != PC_LOOKUP_BUILTIN)
        return false;
    if (what == PC_MODULE_NAME) {
        if (!type->module)
            return false;
        pc_write(w, type->module);
        return true;
    }
    if (type->heap)
        return pc_ok(pc_field_uint(py, what == PC_QUALNAME && pc_has(py, PC_HT_QUALNAME) ? PC_HT_QUALNAME : PC_HT_NAME, class, &name)) &&
               pc_ok(pc_write_str(w, name));
    if (!type->short_name)
        return false;
    pc_write(w, type->short_name);
    return true;
}

bool pc_library_write_type_name(pc_writer *w, pc_addr object)
{
    pc_library_call call = {.w = w, .self = object};
    return object && pc_ok(pc_type_of(w->py, object, &call.type)) && pc_library_write_class(&call, PC_NAME);
}

bool pc_library_find_number(pc_python *py, pc_addr object, uint64_t key, pc_addr *ret_value)
{
    pc_dict dict;
    if (!pc_ok(pc_dict_open(py, object, &dict)))
        return false;
    for (;;) {
        bool more;
        pc_addr at, value;
        uint64_t number;
        if (!pc_ok(pc_dict_next(py, &dict, &more, &at, &value)) || !more)
            return false;
        if ((pc_is(py, at, PC_TYPE_LONG) || pc_is(py, at, PC_TYPE_INT)) && pc_ok(pc_number_uint64(py, at, &number)) && number == key) {
            *ret_value = value;
            return true;
        }
    }
}

bool pc_library_write_class(pc_library_call *call, pc_name_of what)
{
    pc_python *py = call->w->py;
    pc_addr class = call->type->address;
    if (call->type->kind == PC_TYPE_CLASSIC_INSTANCE) {
        if (!pc_ok(pc_field_uint(py, PC_IN_CLASS, call->self, &class)))
            return false;
    } else if (pc_type_lookup(py, class, "__class__").kind != PC_LOOKUP_BUILTIN) {
        return false;
    }
    return pc_library_write_name_of(call->w, class, what);
}

/* A class that has int's or str's own method put into it, as enum does (3.11). */
static bool write_builtin_str(pc_writer *w, pc_addr object, const pc_type *type, pc_addr wrapper)
{
    PC_AUTO_BUFFER text = {0};
    size_t digits;
    pc_addr of;
    const pc_type *owner;
    if (!pc_ok(pc_field_uint(w->py, PC_D_TYPE, wrapper, &of)) || !pc_ok(pc_type_read(w->py, of, &owner)) || !owner->is_builtin ||
        owner->kind != type->kind)
        return false;
    if (type->kind == PC_TYPE_UNICODE)
        return pc_ok(pc_write_str(w, object));
    if (type->kind != PC_TYPE_LONG || !pc_ok(pc_number_put_int(w->py, object, &text, &digits)))
        return false;
    pc_write(w, pc_buffer_text(&text));
    return true;
}

bool pc_library_write_str(pc_writer *w, pc_addr object)
{
    pc_python *py = w->py;
    const pc_type *type;
    pc_addr class;
    if (!object || !pc_ok(pc_type_of(py, object, &type)))
        return false;
    bool two = pc_is_python2(py);
    class = type->address;
    if (type->kind == PC_TYPE_CLASSIC_INSTANCE && !pc_ok(pc_field_uint(py, PC_IN_CLASS, object, &class)))
        return false;
    pc_lookup found = pc_type_lookup(py, class, "__str__");
    if (found.kind == PC_LOOKUP_FOUND && pc_is(py, found.value, PC_TYPE_SLOT_WRAPPER))
        return write_builtin_str(w, object, type, found.value);
    if (found.kind == PC_LOOKUP_FOUND)
        return pc_library_run(w, object, found.value);
    pc_str_rule rule = pc_type_str_rule(py, type);
    if (rule == PC_STR_IS_BUILTIN && (type->kind == PC_TYPE_UNICODE || (two && type->kind == PC_TYPE_BYTES)))
        return pc_ok(pc_write_str(w, object));
    /* 2.7 prints numbers otherwise, of which these are left; exceptions and the like have a text of their own */
    bool same = type->kind == PC_TYPE_INT || type->kind == PC_TYPE_BOOL ||
                (!two && (type->kind == PC_TYPE_LONG || type->kind == PC_TYPE_FLOAT || type->kind == PC_TYPE_COMPLEX ||
                          type->kind == PC_TYPE_BYTES || type->kind == PC_TYPE_BYTEARRAY));
    if (two && rule == PC_STR_IS_BUILTIN && type->kind == PC_TYPE_LONG) {
        PC_AUTO_BUFFER text = {0};
        size_t digits;
        if (!pc_ok(pc_number_put_int(py, object, &text, &digits)))
            return false;
        pc_write(w, pc_buffer_text(&text));
        return true;
    }
    if (rule != PC_STR_IS_REPR && (rule != PC_STR_IS_BUILTIN || !same) && type->kind != PC_TYPE_CLASSIC_INSTANCE)
        return false;
    pc_write_object(w, object);
    return true;
}

/* ---- writing ---- */

bool pc_library_run(pc_writer *w, pc_addr self, pc_addr function)
{
    const pc_library_row *row = pc_library_row_of(w->py, function);
    pc_library_call call = {.w = w, .self = self, .function = function};
    if (!row || !pc_ok(pc_type_of(w->py, self, &call.type)) || w->nesting >= PC_LIMIT_REPR_NESTING)
        return false;
    w->nesting++;
    bool known = row->writer ? row->writer(&call) : row->template && row->template[0] != '=' && pc_template_write(&call, row->template);
    w->nesting--;
    return known;
}

/* The function that repr() would call. */
static pc_addr repr_function(pc_python *py, pc_addr object, const pc_type *type)
{
    pc_addr class = type->address;
    if (type->kind == PC_TYPE_CLASSIC_INSTANCE) {
        pc_addr own;
        bool there;
        /* 2.7's classic instances may have one of their own */
        if (!pc_ok(pc_field_uint(py, PC_IN_CLASS, object, &class)) || !pc_ok(pc_instance_get(py, object, "__repr__", &there, &own)) || there)
            return 0;
    }
    pc_lookup found = pc_type_lookup(py, class, "__repr__");
    return found.kind == PC_LOOKUP_FOUND ? found.value : 0;
}

/* Whether the code itself notices that the object is being written already, and prints "..." then. */
static bool is_guarded(const pc_library_row *row)
{
    return row->writer == pc_library_recursive_repr || row->writer == pc_library_ordered_dict_2;
}

/* Whether the same object is being written with nothing in between that would notice: the interpreter would go on until its
 * stack is full. */
static bool is_endless(pc_writer *w, pc_addr object)
{
    for (uint32_t i = w->depth; i-- > 0;) {
        const pc_type *type;
        if (w->stack[i] == object)
            return true;
        if (!pc_ok(pc_type_of(w->py, w->stack[i], &type)) || type->repr_is_builtin)
            return false;
        const pc_library_row *row = pc_library_row_of(w->py, repr_function(w->py, w->stack[i], type));
        if (row && is_guarded(row))
            return false;
    }
    return false;
}

bool pc_write_library(pc_writer *w, pc_addr object, const pc_type *type)
{
    pc_addr function = repr_function(w->py, object, type);
    const pc_library_row *row = w->full || !function ? NULL : pc_library_row_of(w->py, function);
    if (!row)
        return false;
    if (w->depth > w->max_depth) {
        w->truncated = true; /* and a stand-in */
        return false;
    }
    pc_writer before = *w;
    for (uint32_t i = 0; is_guarded(row) && i < w->depth; i++)
        if (w->stack[i] == object) {
            pc_write(w, "...");
            return true;
        }
    if (is_endless(w, object)) {
        pc_write(w, "...");
        w->inexact = true;
        w->status = PC_STATUS_CYCLE;
        return true;
    }
    w->guarded[w->depth] = false;
    w->stack[w->depth++] = object;
    bool known = pc_library_run(w, object, function);
    w->depth = before.depth;
    if (known || w->full)
        return true;
    pc_buffer_cut(&w->out, before.out.length);
    w->characters = before.characters;
    w->inexact = before.inexact;
    w->truncated = before.truncated;
    w->status = before.status;
    w->has_error = before.has_error;
    w->error_address = before.error_address;
    return false;
}
