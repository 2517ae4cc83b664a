/* repr() of tuples, lists, dicts, sets, slices and ranges, and what keeps it from going round in circles. */
#include "python/number.h"
#include "python/repr_builtins.h"

static bool push(pc_writer *w, pc_addr object, bool guarded, const char *open, const char *close)
{
    if (w->depth >= w->max_depth) {
        pc_write_printf(w, "%s...%s", open, close);
        w->inexact = w->truncated = true;
        return false;
    }
    w->guarded[w->depth] = guarded;
    w->stack[w->depth++] = object;
    return true;
}

static bool is_open(const pc_writer *w, pc_addr object)
{
    for (uint32_t i = 0; i < w->depth; i++)
        if (w->stack[i] == object && w->guarded[i])
            return true;
    return false;
}

bool pc_write_enter(pc_writer *w, pc_addr object, const char *open, const char *close, const char *again)
{
    if (is_open(w, object)) {
        pc_write(w, again);
        return false;
    }
    return push(w, object, true, open, close);
}

/* Where a container is on the way from the object back to itself, that one is what ends it. */
bool pc_write_enter_unguarded(pc_writer *w, pc_addr object, const char *open, const char *close)
{
    for (uint32_t i = w->depth; i-- && !w->guarded[i];)
        if (w->stack[i] == object) {
            pc_write_printf(w, "%s...%s", open, close);
            w->inexact = true;
            if (w->status == PC_STATUS_COMPLETE)
                w->status = PC_STATUS_CYCLE;
            return false;
        }
    return push(w, object, false, open, close);
}

bool pc_write_separator(pc_writer *w, uint64_t i)
{
    if (w->full)
        return false;
    if (i)
        pc_write(w, ", ");
    if (i < w->max_items)
        return true;
    pc_write(w, "...");
    w->inexact = w->truncated = true;
    return false;
}

pc_error *pc_write_items(pc_writer *w, pc_addr items, uint64_t count)
{
    for (uint64_t i = 0; i < count && pc_write_separator(w, i); i++) {
        pc_addr item;
        PC_TRY(pc_pointer_at(w->py, items, i, &item));
        pc_write_object(w, item);
    }
    return NULL;
}

pc_error *pc_write_sequence(pc_writer *w, pc_addr object, bool is_tuple)
{
    uint64_t count;
    pc_addr items;
    PC_TRY(pc_var_size(w->py, object, &count));
    if (!count) {
        pc_write(w, is_tuple ? "()" : "[]");
        return NULL;
    }
    PC_TRY(is_tuple ? pc_field_address(w->py, PC_TUPLE_ITEMS, object, &items) : pc_field_uint(w->py, PC_LIST_ITEMS, object, &items));
    if (!pc_write_enter(w, object, is_tuple ? "(" : "[", is_tuple ? ")" : "]", is_tuple ? "(...)" : "[...]"))
        return NULL;
    pc_write(w, is_tuple ? "(" : "[");
    pc_error *error = pc_write_items(w, items, count);
    pc_write(w, is_tuple ? count == 1 ? ",)" : ")" : "]");
    w->depth--;
    return error;
}

pc_error *pc_write_dict_items(pc_writer *w, pc_dict *dict)
{
    for (uint64_t i = 0;; i++) {
        bool more;
        pc_addr key, value;
        PC_TRY(pc_dict_next(w->py, dict, &more, &key, &value));
        if (!more || !pc_write_separator(w, i))
            break;
        pc_write_object(w, key);
        pc_write(w, ": ");
        pc_write_object(w, value);
    }
    if (!w->full && !w->truncated && dict->given != dict->used)
        return pc_error_at(PC_ERROR_CORRUPT, dict->entries, "a dict of %" PRIu64 " items has %" PRIu64, dict->used, dict->given);
    return NULL;
}

pc_error *pc_write_dict(pc_writer *w, pc_addr object)
{
    pc_dict dict;
    PC_TRY(pc_dict_open(w->py, object, &dict));
    /* a defaultdict that is its own factory is written again before it is found empty */
    if (!dict.used && !is_open(w, object)) {
        pc_write(w, "{}");
        return NULL;
    }
    if (!pc_write_enter(w, object, "{", "}", "{...}"))
        return NULL;
    pc_write(w, "{");
    pc_error *error = pc_write_dict_items(w, &dict);
    pc_write(w, "}");
    w->depth--;
    return error;
}

static pc_error *write_set_items(pc_writer *w, pc_set *set)
{
    for (uint64_t i = 0;; i++) {
        bool more;
        pc_addr key;
        PC_TRY(pc_set_next(w->py, set, &more, &key));
        if (!more || !pc_write_separator(w, i))
            break;
        pc_write_object(w, key);
    }
    if (!w->full && !w->truncated && set->given != set->used)
        return pc_error_at(PC_ERROR_CORRUPT, set->table, "a set of %" PRIu64 " items has %" PRIu64, set->used, set->given);
    return NULL;
}

/* {1, 2} of an exact set; others with their class: frozenset({1, 2}); 2.7: set([1, 2]) */
pc_error *pc_write_set(pc_writer *w, pc_addr object, const pc_type *type)
{
    pc_set set;
    bool two = pc_is_python2(w->py), bare = !two && type->kind == PC_TYPE_SET && type->is_builtin;
    const char *name = type->tp_name ? type->tp_name : type->qualname;
    PC_TRY(pc_set_open(w->py, object, &set));
    if (!name)
        return pc_type_name_missing(type);
    /* it is made a list of first, by what the class says; 3 asks for the number of items itself before */
    if ((set.used || two) && !pc_type_inherits_slot(w->py, type, PC_TP_ITER)) {
        w->inexact = true;
        return pc_write_default(w, object, type);
    }
    if (!set.used) {
        pc_write_printf(w, "%s(%s)", name, two ? "[]" : "");
        return NULL;
    }
    PC_AUTO_BUFFER open = {0}, again = {0};
    pc_buffer_printf(&open, bare ? "{" : two ? "%s([" : "%s({", name);
    pc_buffer_printf(&again, "%s(...)", name);
    if (!pc_write_enter(w, object, open.data, bare ? "}" : two ? "])" : "})", again.data))
        return NULL;
    if (!bare)
        pc_write_printf(w, "%s(", name);
    pc_write(w, two ? "[" : "{");
    pc_error *error = write_set_items(w, &set);
    pc_write(w, two ? "]" : "}");
    if (!bare)
        pc_write(w, ")");
    w->depth--;
    return error;
}

pc_error *pc_write_slice(pc_writer *w, pc_addr object)
{
    pc_addr start, stop, step;
    PC_TRY(pc_field_uint(w->py, PC_SLICE_START, object, &start));
    PC_TRY(pc_field_uint(w->py, PC_SLICE_STOP, object, &stop));
    PC_TRY(pc_field_uint(w->py, PC_SLICE_STEP, object, &step));
    if (!pc_write_enter_unguarded(w, object, "slice(", ")"))
        return NULL;
    pc_write(w, "slice(");
    pc_write_object(w, start);
    pc_write(w, ", ");
    pc_write_object(w, stop);
    pc_write(w, ", ");
    pc_write_object(w, step);
    pc_write(w, ")");
    w->depth--;
    return NULL;
}

/* 2.7's xrange holds C longs: start, step and the number of items. */
static pc_error *write_xrange(pc_writer *w, pc_addr object)
{
    int64_t start, step, length, last;
    PC_TRY(pc_field_int(w->py, PC_RANGE_START, object, &start));
    PC_TRY(pc_field_int(w->py, PC_RANGE_STEP, object, &step));
    PC_TRY(pc_field_int(w->py, PC_RANGE_LENGTH, object, &length));
    if (__builtin_mul_overflow(length, step, &last) || __builtin_add_overflow(last, start, &last))
        return pc_error_at(PC_ERROR_CORRUPT, object, "an xrange that does not fit in a long");
    if (start == 0 && step == 1)
        pc_write_printf(w, "xrange(%" PRId64 ")", last);
    else if (step == 1)
        pc_write_printf(w, "xrange(%" PRId64 ", %" PRId64 ")", start, last);
    else
        pc_write_printf(w, "xrange(%" PRId64 ", %" PRId64 ", %" PRId64 ")", start, last, step);
    return NULL;
}

pc_error *pc_write_range(pc_writer *w, pc_addr object)
{
    pc_addr start, stop, step;
    uint64_t one;
    if (!pc_has(w->py, PC_RANGE_STOP))
        return write_xrange(w, object);
    PC_TRY(pc_field_uint(w->py, PC_RANGE_START, object, &start));
    PC_TRY(pc_field_uint(w->py, PC_RANGE_STOP, object, &stop));
    PC_TRY(pc_field_uint(w->py, PC_RANGE_STEP, object, &step));
    pc_write(w, "range(");
    pc_write_object(w, start);
    pc_write(w, ", ");
    pc_write_object(w, stop);
    if (!pc_ok(pc_number_uint64(w->py, step, &one)) || one != 1) {
        pc_write(w, ", ");
        pc_write_object(w, step);
    }
    pc_write(w, ")");
    return NULL;
}
