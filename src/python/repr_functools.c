/* repr() of what the functools, itertools and operator modules make in C. */
#include "base/limits.h"
#include "python/number.h"
#include "python/repr_parts.h"
#include "python/str.h"

/* The arguments of a call, each after a comma. name, where not 0: may stand before them. */
static pc_error *write_arguments(pc_writer *w, pc_addr args, pc_addr keywords, pc_addr name)
{
    pc_addr items;
    uint64_t size, count = 0;
    PC_TRY(pc_tuple_open(w->py, args, &items, &size));
    for (uint64_t i = 0; i < size; i++) {
        pc_addr item;
        PC_TRY(pc_pointer_at(w->py, items, i, &item));
        if (i == 0 && name && item == name)
            continue;
        if (!pc_write_separator(w, ++count))
            return NULL;
        pc_write_object(w, item);
    }
    if (!keywords || pc_is(w->py, keywords, PC_TYPE_NONE))
        return NULL;
    pc_dict dict;
    PC_TRY(pc_dict_open(w->py, keywords, &dict));
    for (;;) {
        bool more;
        pc_addr key, value;
        PC_TRY(pc_dict_next(w->py, &dict, &more, &key, &value));
        if (!more || !pc_write_separator(w, ++count))
            return NULL;
        if (!pc_is(w->py, key, PC_TYPE_UNICODE))
            return pc_error_at(PC_ERROR_CORRUPT, key, "the name of an argument is no str");
        PC_TRY(pc_write_str(w, key));
        pc_write(w, "=");
        pc_write_object(w, value);
    }
}

/* functools.partial(f, 1, a=2); sub-classes by their name, since 3.13 with their module. 2.7's is object's. */
pc_error *pc_write_partial(pc_writer *w, pc_addr object, const pc_type *type)
{
    pc_addr function, args, keywords;
    PC_TRY(pc_field_uint(w->py, PC_PARTIAL_FUNCTION, object, &function));
    PC_TRY(pc_field_uint(w->py, PC_PARTIAL_ARGS, object, &args));
    PC_TRY(pc_field_uint(w->py, PC_PARTIAL_KEYWORDS, object, &keywords));
    PC_AUTO_BUFFER open = {0};
    if (pc_traits_worded(w->py->traits, PC_WORDING_PARTIAL_NAMES_MODULE)) {
        if (!type->module || !type->qualname)
            return pc_type_name_missing(type);
        pc_buffer_printf(&open, "%s.%s(", type->module, type->qualname);
    } else {
        if (!type->tp_name)
            return pc_type_name_missing(type);
        pc_buffer_printf(&open, "%s(", type->tp_name);
    }
    if (!pc_write_enter(w, object, open.data, ")", "..."))
        return NULL;
    pc_write(w, open.data);
    pc_write_object(w, function);
    pc_error *error = write_arguments(w, args, keywords, 0);
    w->depth--;
    pc_write(w, ")");
    return error;
}

pc_error *pc_write_placeholder(pc_writer *w, pc_addr object, const pc_type *type)
{
    (void)object;
    (void)type;
    pc_write(w, "Placeholder");
    return NULL;
}

/* ---- itertools ---- */

static const char *name_of(pc_writer *w, const pc_type *type, const char *name)
{
    return pc_traits_worded(w->py->traits, PC_WORDING_NAMES_OWN_CLASS) ? type->short_name : name;
}

static bool is_one(pc_python *py, pc_addr step)
{
    uint64_t value;
    const pc_type *type;
    return pc_ok(pc_type_of(py, step, &type)) && (type->kind == PC_TYPE_INT || type->kind == PC_TYPE_LONG || type->kind == PC_TYPE_BOOL) &&
           pc_ok(pc_number_uint64(py, step, &value)) && value == 1;
}

/* It counts in a C integer until that is full, or from the beginning in objects. */
pc_error *pc_write_count(pc_writer *w, pc_addr object, const pc_type *type)
{
    int64_t next, most = w->py->word == 8 ? INT64_MAX : INT32_MAX;
    pc_addr number, step;
    const char *name = name_of(w, type, "count");
    if (!name)
        return pc_type_name_missing(type);
    PC_TRY(pc_field_int(w->py, PC_COUNT_NEXT, object, &next));
    if (next != most) {
        pc_write_printf(w, "%s(%" PRId64 ")", name, next);
        return NULL;
    }
    PC_TRY(pc_field_uint(w->py, PC_COUNT_OBJECT, object, &number));
    PC_TRY(pc_field_uint(w->py, PC_COUNT_STEP, object, &step));
    PC_AUTO_BUFFER open = {0};
    pc_buffer_printf(&open, "%s(", name);
    if (!pc_write_enter_unguarded(w, object, open.data, ")"))
        return NULL;
    pc_write(w, open.data);
    if (number) {
        pc_write_object(w, number);
    } else if (pc_traits_worded(w->py->traits, PC_WORDING_COUNT_IS_FULL)) {
        pc_write_printf(w, "%" PRId64, most);
    } else if (pc_traits_worded(w->py->traits, PC_WORDING_COUNT_MAY_BE_FULL)) {
        w->inexact = true;
        pc_write(w, "...");
    } else {
        pc_write(w, "<NULL>"); /* as the interpreter does, of one that begins with the largest */
    }
    if (!is_one(w->py, step)) {
        pc_write(w, ", ");
        pc_write_object(w, step);
    }
    w->depth--;
    pc_write(w, ")");
    return NULL;
}

pc_error *pc_write_repeat(pc_writer *w, pc_addr object, const pc_type *type)
{
    int64_t left;
    pc_addr element;
    const char *name = name_of(w, type, "repeat");
    if (!name)
        return pc_type_name_missing(type);
    PC_TRY(pc_field_uint(w->py, PC_REPEAT_ELEMENT, object, &element));
    PC_TRY(pc_field_int(w->py, PC_REPEAT_LEFT, object, &left));
    PC_AUTO_BUFFER open = {0};
    pc_buffer_printf(&open, "%s(", name);
    if (!pc_write_enter_unguarded(w, object, open.data, ")"))
        return NULL;
    pc_write(w, open.data);
    pc_write_object(w, element);
    if (left != -1)
        pc_write_printf(w, ", %" PRId64, left);
    w->depth--;
    pc_write(w, ")");
    return NULL;
}

/* ---- operator ---- */

static bool enter_operator(pc_writer *w, pc_addr object, const char *open)
{
    PC_AUTO_BUFFER again = {0};
    pc_buffer_printf(&again, "%s...)", open);
    if (!pc_write_enter(w, object, open, ")", again.data))
        return false;
    pc_write(w, open);
    return true;
}

/* itemgetter(1) has the item itself, itemgetter(1, 2) a tuple of them. */
pc_error *pc_write_itemgetter(pc_writer *w, pc_addr object, const pc_type *type)
{
    int64_t count;
    pc_addr item, items;
    PC_TRY(pc_field_int(w->py, PC_ITEMGETTER_COUNT, object, &count));
    PC_TRY(pc_field_uint(w->py, PC_ITEMGETTER_ITEM, object, &item));
    if (!type->tp_name)
        return pc_type_name_missing(type);
    PC_AUTO_BUFFER open = {0};
    pc_buffer_printf(&open, "%s(", type->tp_name);
    if (!enter_operator(w, object, open.data))
        return NULL;
    pc_error *error = NULL;
    if (count == 1) {
        pc_write_object(w, item);
    } else if (!(error = pc_expect(w->py, item, PC_TYPE_TUPLE)) && !(error = pc_field_address(w->py, PC_TUPLE_ITEMS, item, &items))) {
        error = pc_write_items(w, items, count < 0 ? 0 : (uint64_t)count);
    }
    w->depth--;
    pc_write(w, ")");
    return error;
}

/* attrgetter('a.b') has the parts of a name that has dots in a tuple. */
static pc_error *write_attribute_name(pc_writer *w, pc_addr attribute)
{
    PC_AUTO_BUFFER text = {0};
    pc_addr items, part;
    uint64_t count;
    if (!pc_is(w->py, attribute, PC_TYPE_TUPLE)) {
        pc_write_object(w, attribute);
        return NULL;
    }
    PC_TRY(pc_var_size(w->py, attribute, &count));
    PC_TRY(pc_field_address(w->py, PC_TUPLE_ITEMS, attribute, &items));
    for (uint64_t i = 0; i < count && text.length < PC_LIMIT_NAME; i++) {
        PC_TRY(pc_pointer_at(w->py, items, i, &part));
        PC_TRY(pc_expect(w->py, part, PC_TYPE_UNICODE));
        pc_buffer_puts(&text, i ? "." : "");
        PC_TRY(pc_str_append(w->py, part, &text));
    }
    /* nobody's attribute has these in its name */
    for (size_t i = 0; i < text.length; i++)
        w->inexact |= text.data[i] < ' ' || text.data[i] > '~' || text.data[i] == '\'' || text.data[i] == '\\';
    pc_write_printf(w, "'%s'", pc_buffer_text(&text));
    return NULL;
}

pc_error *pc_write_attrgetter(pc_writer *w, pc_addr object, const pc_type *type)
{
    pc_addr names, items, name;
    uint64_t count;
    PC_TRY(pc_field_uint(w->py, PC_ATTRGETTER_NAMES, object, &names));
    PC_TRY(pc_tuple_open(w->py, names, &items, &count));
    if (!type->tp_name)
        return pc_type_name_missing(type);
    PC_AUTO_BUFFER open = {0};
    pc_buffer_printf(&open, "%s(", type->tp_name);
    if (!enter_operator(w, object, open.data))
        return NULL;
    pc_error *error = NULL;
    for (uint64_t i = 0; !error && i < count && pc_write_separator(w, i); i++) {
        error = pc_pointer_at(w->py, items, i, &name);
        if (!error)
            error = write_attribute_name(w, name);
    }
    w->depth--;
    pc_write(w, ")");
    return error;
}

pc_error *pc_write_methodcaller(pc_writer *w, pc_addr object, const pc_type *type)
{
    pc_addr name, args, keywords;
    PC_TRY(pc_field_uint(w->py, PC_METHODCALLER_NAME, object, &name));
    PC_TRY(pc_field_uint(w->py, PC_METHODCALLER_ARGS, object, &args));
    PC_TRY(pc_field_uint(w->py, PC_METHODCALLER_KEYWORDS, object, &keywords));
    if (!type->tp_name)
        return pc_type_name_missing(type);
    PC_AUTO_BUFFER open = {0};
    pc_buffer_printf(&open, "%s(", type->tp_name);
    if (!enter_operator(w, object, open.data))
        return NULL;
    pc_write_object(w, name);
    pc_error *error = write_arguments(w, args, keywords, pc_traits_worded(w->py->traits, PC_WORDING_METHODCALLER_KEEPS_NAME) ? name : 0);
    w->depth--;
    pc_write(w, ")");
    return error;
}
