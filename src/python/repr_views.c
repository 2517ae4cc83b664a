/* repr() of what shows another mapping's or sequence's contents: dict views, mappingproxy; SimpleNamespace; structseqs. */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "python/repr_parts.h"
#include "python/str.h"

/* ---- dict views ---- */

void pc_write_item(pc_writer *w, pc_shown shown, pc_addr key, pc_addr value)
{
    pc_write(w, shown == PC_SHOW_TUPLES ? "(" : "");
    if (shown != PC_SHOW_VALUES)
        pc_write_object(w, key);
    pc_write(w, shown == PC_SHOW_TUPLES ? ", " : shown == PC_SHOW_PAIRS ? ": " : "");
    if (shown != PC_SHOW_KEYS)
        pc_write_object(w, value);
    pc_write(w, shown == PC_SHOW_TUPLES ? ")" : "");
}

static pc_error *write_view_items(pc_writer *w, pc_addr object, pc_shown shown)
{
    pc_dict dict;
    PC_TRY(pc_dict_open(w->py, object, &dict));
    for (uint64_t i = 0;; i++) {
        bool more;
        pc_addr key, value;
        PC_TRY(pc_dict_next(w->py, &dict, &more, &key, &value));
        if (!more || !pc_write_separator(w, i))
            break;
        pc_write_item(w, shown, key, value);
    }
    if (!w->full && !w->truncated && dict.given != dict.used)
        return pc_error_at(PC_ERROR_CORRUPT, object, "a dict of %" PRIu64 " items has %" PRIu64, dict.used, dict.given);
    return NULL;
}

/* A view asks neither the dict nor its class: what an OrderedDict gives is in its own order. */
pc_error *pc_write_dict_view(pc_writer *w, pc_addr object, const pc_type *type)
{
    pc_addr dict;
    if (!type->tp_name)
        return pc_type_name_missing(type);
    pc_shown shown = strstr(type->tp_name, "keys") ? PC_SHOW_KEYS : strstr(type->tp_name, "values") ? PC_SHOW_VALUES : PC_SHOW_TUPLES;
    PC_TRY(pc_field_uint(w->py, PC_VIEW_DICT, object, &dict));
    PC_AUTO_BUFFER open = {0};
    pc_buffer_printf(&open, "%s([", type->tp_name);
    if (!pc_write_enter(w, object, open.data, "])", "..."))
        return NULL;
    pc_write(w, open.data);
    bool ordered = *type->tp_name == 'o';
    pc_error *error = ordered ? pc_write_ordered_items(w, dict, shown) : write_view_items(w, dict, shown);
    w->depth--;
    pc_write(w, "])");
    return error;
}

pc_error *pc_write_frozen_dict(pc_writer *w, pc_addr object, const pc_type *type)
{
    pc_dict dict;
    const char *name = type->is_builtin ? "frozendict" : type->tp_name;
    if (!name)
        return pc_type_name_missing(type);
    PC_TRY(pc_dict_open(w->py, object, &dict));
    pc_write_printf(w, "%s(", name);
    if (dict.used)
        PC_TRY(pc_write_dict(w, object));
    pc_write(w, ")");
    return NULL;
}

pc_error *pc_write_mapping_proxy(pc_writer *w, pc_addr object, const pc_type *type)
{
    pc_addr mapping;
    const char *open = pc_is_python2(w->py) ? "dict_proxy(" : "mappingproxy(";
    (void)type;
    PC_TRY(pc_field_uint(w->py, PC_PROXY_MAPPING, object, &mapping));
    if (!pc_write_enter_unguarded(w, object, open, ")"))
        return NULL;
    pc_write(w, open);
    pc_write_object(w, mapping);
    w->depth--;
    pc_write(w, ")");
    return NULL;
}

/* ---- SimpleNamespace ---- */

typedef struct named {
    const char *name;
    pc_addr value;
} named;

/* By code points, as UTF-8's bytes sort. */
static int by_name(const void *a, const void *b)
{
    return strcmp(((const named *)a)->name, ((const named *)b)->name);
}

/* Whether the text stands for itself: what is escaped in our UTF-8 would not sort as the code points do. */
static bool sorts_as_it_is(const char *name)
{
    return !strchr(name, '\\');
}

/* sorted: as repr() does it to 3.8, which raises where not all names are str. */
static pc_error *read_names(pc_writer *w, pc_addr object, bool sorted, named **ret_items, size_t *ret_count, bool *ret_sortable)
{
    pc_dict dict;
    named *items = NULL;
    size_t count = 0, capacity = 0;
    bool sortable = true, more = true;
    PC_TRY(pc_dict_open(w->py, object, &dict));
    while (more) {
        pc_addr key, value;
        named item = {0};
        pc_error *error = pc_dict_next(w->py, &dict, &more, &key, &value);
        if (!error && more && !pc_is(w->py, key, PC_TYPE_UNICODE)) {
            if (!sorted)
                continue; /* is left out */
            error = pc_error_at(PC_ERROR_NOT_FOUND, object, "the names of the namespace at " PC_ADDR " cannot be sorted", object);
        }
        if (!error && more && !pc_str_text(w->py, key, &item.name))
            error = pc_error_at(PC_ERROR_NOT_SAVED, key, "the name of an attribute cannot be read");
        if (error) {
            free(items);
            return error;
        }
        if (!more || !*item.name)
            continue;
        item.value = value;
        sortable &= sorts_as_it_is(item.name);
        items = pc_grow(items, count, &capacity, sizeof(*items));
        items[count++] = item;
    }
    *ret_items = items;
    *ret_count = count;
    *ret_sortable = sortable;
    return NULL;
}

pc_error *pc_write_namespace(pc_writer *w, pc_addr object, const pc_type *type)
{
    const char *name = type->is_builtin ? "namespace" : type->tp_name;
    pc_addr dict;
    if (!name)
        return pc_type_name_missing(type);
    PC_TRY(pc_field_uint(w->py, PC_NS_DICT, object, &dict));
    PC_AUTO_BUFFER open = {0}, again = {0};
    pc_buffer_printf(&open, "%s(", name);
    pc_buffer_printf(&again, "%s(...)", name);
    named *items;
    size_t count;
    bool sortable;
    bool sorted = !pc_traits_worded(w->py->traits, PC_WORDING_NAMESPACE_AS_INSERTED);
    PC_TRY(read_names(w, dict, sorted, &items, &count, &sortable));
    if (sorted) {
        w->inexact |= !sortable;
        if (count)
            qsort(items, count, sizeof(*items), by_name);
    }
    if (pc_write_enter(w, object, open.data, ")", again.data)) {
        pc_write(w, open.data);
        for (size_t i = 0; i < count && pc_write_separator(w, i); i++) {
            pc_write(w, items[i].name);
            pc_write(w, "=");
            pc_write_object(w, items[i].value);
        }
        pc_write(w, ")");
        w->depth--;
    }
    free(items);
    return NULL;
}

/* ---- structseq ---- */

/* To 3.7 the text was put together in 512 bytes: what did not fit was left out, with dots in its place. */
#define OLD_ROOM (512 - 5)
#define OLD_NAME 100

static pc_error *member_name(pc_python *py, pc_addr members, uint64_t index, pc_buffer *buffer)
{
    pc_addr member, name;
    PC_AUTO_BUFFER raw = {0};
    PC_TRY(pc_element(members, index, pc_size_of(py, PC_STRUCT_MEMBER_DEF), &member));
    PC_TRY(pc_field_uint(py, PC_MEMBER_NAME, member, &name));
    PC_TRY(pc_memory_string(py->memory, name, PC_LIMIT_NAME, &raw));
    pc_text_put_bytes(buffer, pc_buffer_text(&raw), raw.length);
    return NULL;
}

/* One field; *ret_fits is false where it was dropped. */
static pc_error *write_structseq_field(pc_writer *w, pc_addr members, pc_addr items, uint64_t index, size_t *used, bool *ret_fits)
{
    pc_addr item;
    PC_AUTO_BUFFER name = {0};
    size_t length = w->out.length;
    uint64_t characters = w->characters;
    PC_TRY(member_name(w->py, members, index, &name));
    PC_TRY(pc_pointer_at(w->py, items, index, &item));
    pc_write_printf(w, "%s=", pc_buffer_text(&name));
    pc_write_object(w, item);
    *ret_fits = true;
    if (pc_traits_worded(w->py->traits, PC_WORDING_STRUCTSEQ_UNBOUNDED))
        return NULL;
    if (w->full) {
        /* whether all of it would have been dropped is not known any more */
        pc_buffer_cut(&w->out, length);
        return NULL;
    }
    *used += w->out.length - length + 2;
    if (*used > OLD_ROOM) {
        *ret_fits = false;
        pc_buffer_cut(&w->out, length);
        w->characters = characters;
    }
    return NULL;
}

pc_error *pc_write_structseq(pc_writer *w, pc_addr object, const pc_type *type)
{
    pc_addr members, items;
    uint64_t count;
    if (!type->tp_name)
        return pc_type_name_missing(type);
    PC_TRY(pc_field_uint(w->py, PC_TP_MEMBERS, type->address, &members));
    PC_TRY(pc_field_address(w->py, PC_TUPLE_ITEMS, object, &items));
    PC_TRY(pc_var_size(w->py, object, &count));
    PC_AUTO_BUFFER open = {0};
    pc_buffer_puts(&open, type->tp_name);
    if (!pc_traits_worded(w->py->traits, PC_WORDING_STRUCTSEQ_UNBOUNDED))
        pc_buffer_cut(&open, OLD_NAME);
    pc_buffer_puts(&open, "(");
    if (!pc_write_enter_unguarded(w, object, open.data, ")"))
        return NULL;
    pc_write(w, open.data);
    size_t used = open.length;
    bool fits = true;
    pc_error *error = NULL;
    for (uint64_t i = 0; !error && fits && i < count && pc_write_separator(w, i); i++) {
        error = write_structseq_field(w, members, items, i, &used, &fits);
        if (!error && !fits)
            pc_write(w, "...");
    }
    w->depth--;
    pc_write(w, ")");
    return error;
}
