/* repr() of the collections module's types that are written in C: deque, defaultdict, OrderedDict. */
#include "base/limits.h"
#include "python/named.h"
#include "python/repr_parts.h"

/* To 3.6 sub-classes went by the name of the type that they inherit from. */
static const char *name_of(pc_writer *w, const pc_type *type, const char *name)
{
    return pc_traits_worded(w->py->traits, PC_WORDING_NAMES_OWN_CLASS) ? type->short_name : name;
}

/* ---- deque ---- */

static pc_error *write_deque_items(pc_writer *w, pc_addr object, uint64_t length)
{
    pc_python *py = w->py;
    pc_addr block, items, last_block;
    int64_t index, last_index;
    /* a block's items end at its second link, or (2.7) with it */
    const pc_field_place *fields = py->layout->fields;
    uint32_t begin = fields[PC_BLOCK_ITEMS].offset, end = fields[PC_BLOCK_NEXT].offset;
    uint64_t room = ((end > begin ? end : pc_size_of(py, PC_STRUCT_DEQUE_BLOCK)) - begin) / py->word;
    PC_TRY(pc_field_uint(py, PC_DEQUE_FIRST_BLOCK, object, &block));
    PC_TRY(pc_field_int(py, PC_DEQUE_FIRST_INDEX, object, &index));
    if (index < 0 || (uint64_t)index >= room)
        return pc_error_at(PC_ERROR_CORRUPT, object, "the deque at " PC_ADDR " begins at %" PRId64 " of a block", object, index);
    /* both ends say where the last item is */
    PC_TRY(pc_field_uint(py, PC_DEQUE_LAST_BLOCK, object, &last_block));
    PC_TRY(pc_field_int(py, PC_DEQUE_LAST_INDEX, object, &last_index));
    uint64_t at = (uint64_t)index, last = at + length - 1;
    if (length && (last_index < 0 || (uint64_t)last_index != last % room || (last < room) != (block == last_block)))
        return pc_error_at(PC_ERROR_CORRUPT, object, "the ends of the deque at " PC_ADDR " contradict each other", object);
    for (uint64_t i = 0; i < length && pc_write_separator(w, i); i++, at++) {
        pc_addr item;
        if (at == room) {
            PC_TRY(pc_field_uint(py, PC_BLOCK_NEXT, block, &block));
            at = 0;
        }
        PC_TRY(pc_field_address(py, PC_BLOCK_ITEMS, block, &items));
        PC_TRY(pc_pointer_at(py, items, at, &item));
        pc_write_object(w, item);
    }
    return NULL;
}

pc_error *pc_write_deque(pc_writer *w, pc_addr object, const pc_type *type)
{
    int64_t length, max_length;
    const char *name = name_of(w, type, "deque");
    PC_TRY(pc_field_int(w->py, pc_has(w->py, PC_DEQUE_LENGTH) ? PC_DEQUE_LENGTH : PC_OB_SIZE, object, &length));
    PC_TRY(pc_field_int(w->py, PC_DEQUE_MAX_LENGTH, object, &max_length));
    if (!name)
        return pc_type_name_missing(type);
    if (length < 0 || (max_length >= 0 && length > max_length))
        return pc_error_at(PC_ERROR_CORRUPT, object, "the deque at " PC_ADDR " has a length of %" PRId64, object, length);
    PC_AUTO_BUFFER open = {0}, close = {0};
    pc_buffer_printf(&open, "%s([", name);
    pc_buffer_puts(&close, "]");
    if (max_length >= 0)
        pc_buffer_printf(&close, ", maxlen=%" PRId64, max_length);
    pc_buffer_puts(&close, ")");
    /* it is made a list of first, by what the class says */
    if (!pc_type_inherits_slot(w->py, type, PC_TP_ITER)) {
        w->inexact = true;
        return pc_write_default(w, object, type);
    }
    if (!pc_write_enter(w, object, open.data, close.data, "[...]"))
        return NULL;
    pc_write(w, open.data);
    pc_error *error = write_deque_items(w, object, (uint64_t)length);
    w->depth--;
    pc_write(w, close.data);
    return error;
}

/* ---- defaultdict ---- */

/* defaultdict(<class 'int'>, {...}): what makes the values, then what a dict shows. */
pc_error *pc_write_defaultdict(pc_writer *w, pc_addr object, const pc_type *type)
{
    pc_addr factory;
    const char *name = name_of(w, type, "defaultdict");
    PC_TRY(pc_field_uint(w->py, PC_DEFAULT_FACTORY, object, &factory));
    if (!name)
        return pc_type_name_missing(type);
    pc_write_printf(w, "%s(", name);
    if (!factory) {
        pc_write(w, "None");
    } else if (pc_write_enter(w, factory, "", "", "...")) {
        pc_write_object(w, factory);
        w->depth--;
    }
    pc_write(w, ", ");
    PC_TRY(pc_write_dict(w, object));
    pc_write(w, ")");
    return NULL;
}

/* ---- OrderedDict ---- */

typedef struct ordered {
    pc_addr node;
    uint64_t used;
} ordered;

static pc_error *open_ordered(pc_python *py, pc_addr object, ordered *ret)
{
    int64_t used;
    PC_TRY(pc_expect(py, object, PC_TYPE_ORDERED_DICT));
    PC_TRY(pc_field_int(py, PC_MA_USED, object, &used));
    PC_TRY(pc_field_uint(py, PC_OD_FIRST, object, &ret->node));
    if (used < 0 || (used && !ret->node))
        return pc_error_at(PC_ERROR_CORRUPT, object, "the OrderedDict at " PC_ADDR " has %" PRId64 " items", object, used);
    ret->used = (uint64_t)used;
    return NULL;
}

/* The keys are in a list beside the dict that has the values: mostly both are in the same order, and the key is the same
 * object; else it is looked for. */
static pc_error *find_value(pc_writer *w, pc_addr object, pc_dict *dict, pc_addr key, pc_addr *ret_value)
{
    bool more;
    pc_addr candidate;
    for (int round = 0; round < 2; round++) {
        for (;;) {
            PC_TRY(pc_dict_next(w->py, dict, &more, &candidate, ret_value));
            if (!more)
                break;
            if (candidate == key)
                return NULL;
        }
        PC_TRY(pc_dict_open(w->py, object, dict));
    }
    return pc_error_at(PC_ERROR_CORRUPT, object, "the OrderedDict at " PC_ADDR " has a key without a value", object);
}

pc_error *pc_write_ordered_items(pc_writer *w, pc_addr object, pc_shown shown)
{
    ordered list = {0};
    pc_dict dict;
    PC_TRY(open_ordered(w->py, object, &list));
    PC_TRY(pc_dict_open(w->py, object, &dict));
    for (uint64_t i = 0; i < list.used && pc_write_separator(w, i); i++) {
        pc_addr key, value = 0;
        if (!list.node)
            return pc_error_at(PC_ERROR_CORRUPT, object, "the OrderedDict at " PC_ADDR " lacks keys", object);
        PC_TRY(pc_field_uint(w->py, PC_NODE_KEY, list.node, &key));
        PC_TRY(pc_field_uint(w->py, PC_NODE_NEXT, list.node, &list.node));
        if (shown != PC_SHOW_KEYS)
            PC_TRY(find_value(w, object, &dict, key, &value));
        pc_write_item(w, shown, key, value);
    }
    return NULL;
}

pc_error *pc_write_ordered_dict(pc_writer *w, pc_addr object, const pc_type *type)
{
    /* what a sub-class may have of its own that is asked: to 3.11 items(), since what dict() asks of a mapping */
    static const char *const asked[][4] = {{"items"}, {"keys", "__iter__", "__getitem__", "__missing__"}};
    bool as_dict = pc_traits_worded(w->py->traits, PC_WORDING_ORDERED_DICT_AS_DICT);
    ordered list = {0};
    PC_TRY(open_ordered(w->py, object, &list));
    if (!type->short_name)
        return pc_type_name_missing(type);
    if (!list.used) {
        pc_write_printf(w, "%s()", type->short_name);
        return NULL;
    }
    for (size_t i = 0; !type->is_builtin && i < 4 && asked[as_dict][i]; i++) {
        bool own;
        PC_TRY(pc_type_defines(w->py, type, asked[as_dict][i], &own));
        if (own) {
            w->inexact = true;
            return pc_write_default(w, object, type);
        }
    }
    PC_AUTO_BUFFER open = {0};
    pc_buffer_printf(&open, "%s(%s", type->short_name, as_dict ? "{" : "[");
    const char *close = as_dict ? "})" : "])";
    if (!pc_write_enter(w, object, open.data, close, "..."))
        return NULL;
    pc_write(w, open.data);
    pc_error *error = pc_write_ordered_items(w, object, as_dict ? PC_SHOW_PAIRS : PC_SHOW_TUPLES);
    w->depth--;
    pc_write(w, close);
    return error;
}
