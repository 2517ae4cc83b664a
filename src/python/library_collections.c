/* repr() of the collections module's classes, and of what the library generates: named tuples and data classes. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "python/code.h"
#include "python/instruction.h"
#include "python/library.h"
#include "python/library_template.h"
#include "python/number.h"
#include "python/str.h"

/* Code that is only recognized where other code calls it. */
bool pc_library_unwritten(pc_library_call *call)
{
    (void)call;
    return false;
}

/* The repetition is noticed before it comes here: see is_guarded() in library.c. */
bool pc_library_recursive_repr(pc_library_call *call)
{
    pc_addr function;
    return pc_library_closure(call->w->py, call->function, "user_function", &function) && function != call->function &&
           pc_library_run(call->w, call->self, function);
}

/* ---- named tuples ---- */

/* format % self, where each field of the format is %r */
static bool write_formatted(pc_library_call *call, pc_addr format)
{
    pc_writer *w = call->w;
    PC_AUTO_BUFFER text = {0};
    pc_addr items, item;
    uint64_t count, used = 0;
    if (call->type->kind != PC_TYPE_TUPLE || !pc_library_tuple(w->py, call->self, &items, &count) ||
        !pc_ok(pc_str_append(w->py, format, &text)))
        return false;
    const char *at = pc_buffer_text(&text);
    for (;;) {
        const char *field = strchr(at, '%');
        pc_write_printf(w, "%.*s", field ? (int)(field - at) : (int)strlen(at), at);
        if (!field)
            return used == count;
        if (field[1] != 'r' || used == count || !pc_ok(pc_pointer_at(w->py, items, used, &item)))
            return false;
        if (used < w->max_items || w->full) {
            pc_write_object(w, item);
        } else {
            pc_write(w, "...");
            w->inexact = w->truncated = true;
            return true;
        }
        used++;
        at = field + 2;
    }
}

bool pc_library_namedtuple(pc_library_call *call)
{
    pc_addr format;
    return pc_library_closure(call->w->py, call->function, "repr_fmt", &format) && pc_library_write_class(call, PC_NAME) &&
           write_formatted(call, format);
}

static bool constant_of(pc_python *py, pc_addr function, uint64_t index, pc_addr *ret_value)
{
    pc_addr code, consts, items;
    uint64_t count;
    return pc_ok(pc_field_uint(py, PC_FUNC_CODE, function, &code)) && pc_ok(pc_field_uint(py, PC_CO_CONSTS, code, &consts)) &&
           pc_library_tuple(py, consts, &items, &count) && index < count && pc_ok(pc_pointer_at(py, items, index, ret_value));
}

/* The generated code's text that is not the docstring, which -OO leaves out (None). */
static bool format_of(pc_python *py, pc_addr function, pc_addr *ret_format)
{
    return constant_of(py, function, 1, ret_format) && (pc_is(py, *ret_format, PC_TYPE_UNICODE) || pc_is(py, *ret_format, PC_TYPE_BYTES));
}

/* return self.__class__.__name__ + '(x=%r, y=%r)' % self */
bool pc_library_namedtuple_3_6(pc_library_call *call)
{
    pc_addr format;
    return format_of(call->w->py, call->function, &format) && pc_library_write_class(call, PC_NAME) && write_formatted(call, format);
}

/* return 'P(x=%r, y=%r)' % self */
bool pc_library_namedtuple_2(pc_library_call *call)
{
    pc_addr format;
    return format_of(call->w->py, call->function, &format) && write_formatted(call, format);
}

/* ---- data classes ---- */

typedef struct dataclass_code {
    pc_python *py;
    pc_code *code;
    pc_addr consts, names;
    uint64_t const_count, name_count;
    uint32_t next; /* instruction */
    pc_instruction at;
    bool joined;   /* the class's name is the f-string's first part */
} dataclass_code;

static bool is_instruction(dataclass_code *d, const char *name)
{
    return d->next < d->code->bytecode.code_size && pc_instruction_decode(&d->code->bytecode, d->next, &d->at) &&
           !strcmp(d->at.opcode->name, name);
}

static bool take(dataclass_code *d, const char *name)
{
    if (!is_instruction(d, name))
        return false;
    d->next = d->at.next;
    return true;
}

static bool is_self(dataclass_code *d)
{
    return is_instruction(d, "LOAD_FAST") || is_instruction(d, "LOAD_FAST_BORROW"); /* 3.14 */
}

static bool take_self(dataclass_code *d)
{
    if (!is_self(d) || d->at.argument)
        return false;
    d->next = d->at.next;
    return true;
}

/* self.name */
static bool take_attribute(dataclass_code *d, pc_addr *ret_name)
{
    if (!take(d, "LOAD_ATTR"))
        return false;
    uint64_t index = pc_traits_worded(d->py->traits, PC_WORDING_LOAD_ATTR_HAS_METHOD_BIT) ? d->at.argument >> 1 : d->at.argument;
    return index < d->name_count && pc_ok(pc_pointer_at(d->py, d->names, index, ret_name));
}

static bool take_named(dataclass_code *d, const char *name)
{
    pc_addr object;
    return take_attribute(d, &object) && pc_str_equals(d->py, object, name);
}

static bool take_constant(dataclass_code *d, pc_addr *ret_value)
{
    return take(d, "LOAD_CONST") && d->at.argument < d->const_count &&
           pc_ok(pc_pointer_at(d->py, d->consts, d->at.argument, ret_value)) && pc_is(d->py, *ret_value, PC_TYPE_UNICODE);
}

static bool open_dataclass(pc_python *py, pc_addr address, dataclass_code *d)
{
    pc_addr names, consts;
    *d = (dataclass_code){.py = py};
    if (!pc_ok(pc_code_read(py, address, &d->code)) || !d->code->name || strcmp(d->code->name, "__repr__") ||
        !pc_bytecode_is_usable(&d->code->bytecode) || d->code->bytecode.dialect->major != 3 ||
        !pc_ok(pc_field_uint(py, PC_CO_NAMES, address, &names)) || !pc_ok(pc_field_uint(py, PC_CO_CONSTS, address, &consts)) ||
        !pc_library_tuple(py, names, &d->names, &d->name_count) || !pc_library_tuple(py, consts, &d->consts, &d->const_count) ||
        d->code->argument_count != 1)
        return false;
    if (take(d, "RESUME") && d->at.argument)
        return false;
    if (!take_self(d) || !take_named(d, "__class__") || !take_named(d, "__qualname__"))
        return false;
    d->joined = take(d, "FORMAT_SIMPLE"); /* 3.13 */
    return true;
}

/* A piece of the f-string: its text, and the attribute that follows, if any. */
static bool take_piece(dataclass_code *d, pc_addr *ret_text, pc_addr *ret_name)
{
    *ret_name = 0;
    if (!take_constant(d, ret_text))
        return false;
    if (!is_self(d))
        return true;
    if (!take_self(d) || !take_attribute(d, ret_name))
        return false;
    /* !r: one instruction, two since 3.13 */
    return take(d, "FORMAT_VALUE") ? d->at.argument == 2
                                   : take(d, "CONVERT_VALUE") && d->at.argument == 2 && take(d, "FORMAT_SIMPLE");
}

/* What comes after the last piece; none but the last has no attribute. */
static bool is_end(dataclass_code *d, uint64_t pieces)
{
    pieces += d->joined;
    if (pieces > 1 && (!take(d, "BUILD_STRING") || d->at.argument != pieces))
        return false;
    if (!d->joined && !take(d, "BINARY_ADD") && (!take(d, "BINARY_OP") || d->at.argument))
        return false;
    return take(d, "RETURN_VALUE") && d->next == d->code->bytecode.code_size;
}

/* return self.__class__.__qualname__ + f"(x={self.x!r}, y={self.y!r})"; 3.13: all in one f-string */
bool pc_dataclass_repr_is(pc_python *py, pc_addr address)
{
    dataclass_code d;
    pc_addr text, name;
    if (!open_dataclass(py, address, &d))
        return false;
    for (uint64_t pieces = 0;; pieces += 2) {
        if (!take_piece(&d, &text, &name))
            return false;
        if (!name)
            return is_end(&d, pieces + 1);
    }
}

static bool write_dataclass(pc_library_call *call)
{
    pc_writer *w = call->w;
    dataclass_code d;
    pc_addr address, text, name, value;
    if (!pc_ok(pc_field_uint(w->py, PC_FUNC_CODE, call->function, &address)) || !open_dataclass(w->py, address, &d) ||
        !pc_library_write_class(call, PC_QUALNAME))
        return false;
    for (uint64_t i = 0;; i++) {
        const char *attribute;
        if (!take_piece(&d, &text, &name) || !pc_ok(pc_write_str(w, text)))
            return false;
        if (!name)
            return true;
        if (i == w->max_items) {
            pc_write(w, "...");
            w->inexact = w->truncated = true;
            return true;
        }
        if (!pc_str_text(w->py, name, &attribute) || !pc_library_object(w, call->self, attribute, &value))
            return false;
        pc_write_object(w, value);
    }
}

const pc_library_row pc_dataclass_row = {NULL, write_dataclass};

/* ---- Counter ---- */

#define MAX_SORTED 200000 /* items of one Counter: its order needs them all */

typedef struct counted {
    pc_addr key, value;
    uint64_t position;
    bool is_float;
    int64_t number;
    double real;
} counted;

/* By the count, largest first; those of the same count in the dict's order. */
static int by_count(const void *a, const void *b)
{
    const counted *x = a, *y = b;
    int order = x->is_float || y->is_float ? (x->real < y->real) - (x->real > y->real) : (x->number < y->number) - (x->number > y->number);
    return order ? order : (x->position > y->position) - (x->position < y->position);
}

static bool read_count(pc_python *py, counted *item)
{
    const pc_type *type;
    PC_AUTO_BUFFER text = {0};
    uint64_t number;
    size_t digits;
    if (!pc_ok(pc_type_of(py, item->value, &type)) || !type->is_builtin)
        return false;
    if (type->kind == PC_TYPE_FLOAT) {
        item->is_float = true;
        return pc_ok(pc_field_double(py, PC_OB_FVAL, item->value, &item->real)) && item->real == item->real;
    }
    if ((type->kind != PC_TYPE_LONG && type->kind != PC_TYPE_INT && type->kind != PC_TYPE_BOOL) ||
        !pc_ok(pc_number_uint64(py, item->value, &number)))
        return false;
    if (number >> 63) { /* negative, or beyond 2^63 */
        if (!pc_ok(pc_number_put_int(py, item->value, &text, &digits)) || text.data[0] != '-')
            return false;
    }
    item->number = (int64_t)number;
    item->real = (double)item->number;
    return item->number < (INT64_C(1) << 53) && item->number > -(INT64_C(1) << 53);
}

/* Whether some two of the values cannot be compared, so that sorting fails for sure (3). */
static bool cannot_be_sorted(pc_python *py, const counted *items, size_t count)
{
    bool numbers = false, texts = false, bytes = false, others = false;
    for (size_t i = 0; i < count; i++) {
        const pc_type *type;
        if (!pc_ok(pc_type_of(py, items[i].value, &type)) || !type->is_builtin)
            return false;
        numbers |= type->kind == PC_TYPE_LONG || type->kind == PC_TYPE_BOOL || type->kind == PC_TYPE_FLOAT;
        texts |= type->kind == PC_TYPE_UNICODE;
        bytes |= type->kind == PC_TYPE_BYTES;
        others |= type->kind == PC_TYPE_NONE;
        if (type->kind != PC_TYPE_LONG && type->kind != PC_TYPE_BOOL && type->kind != PC_TYPE_FLOAT && type->kind != PC_TYPE_UNICODE &&
            type->kind != PC_TYPE_BYTES && type->kind != PC_TYPE_NONE)
            return false;
    }
    return count > 1 && !pc_is_python2(py) && (others || numbers + texts + bytes > 1);
}

static bool write_counted(pc_writer *w, const counted *items, size_t count)
{
    for (size_t i = 0; i < count && pc_write_separator(w, i); i++) {
        pc_write_object(w, items[i].key);
        pc_write(w, ": ");
        pc_write_object(w, items[i].value);
    }
    return true;
}

/* Counter({'a': 3, 'b': 1}) */
bool pc_library_counter(pc_library_call *call)
{
    pc_writer *w = call->w;
    pc_dict dict;
    bool more, known = true;
    if (call->type->kind != PC_TYPE_DICT || !pc_ok(pc_dict_open(w->py, call->self, &dict)) || dict.used > MAX_SORTED ||
        !pc_library_has(w->py, call->type, "most_common", PC_LIBRARY_COUNTER_MOST_COMMON) ||
        !pc_library_has_builtin(w->py, call->type, "__len__") ||
        !pc_library_has_builtin(w->py, call->type, pc_is_python2(w->py) ? "iteritems" : "items") ||
        !pc_memory_spend(w->py->memory, dict.used * 2) || !pc_library_write_class(call, PC_NAME))
        return false;
    if (!dict.used) {
        pc_write(w, "()");
        return true;
    }
    size_t count = 0, capacity = 0;
    counted *items = NULL;
    for (;;) {
        counted item = {.position = count};
        if (!pc_ok(pc_dict_next(w->py, &dict, &more, &item.key, &item.value))) {
            known = false;
            break;
        }
        if (!more)
            break;
        known &= read_count(w->py, &item);
        items = pc_grow(items, count, &capacity, sizeof(*items));
        items[count++] = item;
    }
    /* what cannot be compared is left in its order */
    bool unsorted = !known && (count == 1 || cannot_be_sorted(w->py, items, count));
    known = (known || unsorted) && count == dict.used;
    if (known) {
        if (!unsorted)
            qsort(items, count, sizeof(*items), by_count);
        pc_write(w, "({");
        write_counted(w, items, count);
        pc_write(w, "})");
    }
    free(items);
    return known;
}

/* ---- 2.7's OrderedDict: a ring of [previous, next, key] ---- */

bool pc_library_ordered_dict_2(pc_library_call *call)
{
    pc_writer *w = call->w;
    pc_addr root, at, items;
    uint64_t count, done = 0;
    pc_dict dict;
    pc_map values;
    bool known = true, more;
    if (call->type->kind != PC_TYPE_DICT || !pc_ok(pc_dict_open(w->py, call->self, &dict)) || dict.used > MAX_SORTED ||
        !pc_library_has_builtin(w->py, call->type, "__len__") ||
        !pc_library_has(w->py, call->type, "items", PC_LIBRARY_ORDERED_DICT_27_ITEMS) ||
        !pc_library_has(w->py, call->type, "__iter__", PC_LIBRARY_ORDERED_DICT_27_ITER) ||
        !pc_library_has_builtin(w->py, call->type, "__getitem__") || !pc_library_write_class(call, PC_NAME))
        return false;
    if (!dict.used) {
        pc_write(w, "()");
        return true;
    }
    if (!pc_library_object(w, call->self, "_OrderedDict__root", &root) || !pc_library_tuple(w->py, root, &items, &count) || count != 3 ||
        !pc_ok(pc_pointer_at(w->py, items, 1, &at)))
        return false;
    pc_map_init(&values);
    for (uint64_t i = 0; known && i < dict.slots; i++) {
        pc_addr key, value;
        known = pc_ok(pc_dict_next(w->py, &dict, &more, &key, &value));
        if (!known || !more)
            break;
        if (key && value)
            pc_map_put(&values, key, (void *)(uintptr_t)value);
    }
    pc_write(w, "([");
    for (; known && at != root && pc_write_separator(w, done); done++) {
        pc_addr key, value;
        known = done <= dict.used && pc_library_tuple(w->py, at, &items, &count) && count == 3 && pc_ok(pc_pointer_at(w->py, items, 2, &key)) &&
                pc_ok(pc_pointer_at(w->py, items, 1, &at));
        if (!known)
            break;
        value = (pc_addr)(uintptr_t)pc_map_get(&values, key);
        if (!value) {
            known = false; /* the ring has another object than the table, equal to its key */
            break;
        }
        pc_write(w, "(");
        pc_write_object(w, key);
        pc_write(w, ", ");
        pc_write_object(w, value);
        pc_write(w, ")");
    }
    pc_write(w, "])");
    pc_map_deinit(&values);
    return known;
}
