/* repr() of enum members, flags and their classes. */
#include <stdlib.h>
#include <string.h>

#include "python/library.h"
#include "python/number.h"
#include "python/str.h"

#define MAX_MEMBERS 4096 /* of one flag class */

static bool is_in_mro(pc_python *py, const pc_type *type, pc_addr class)
{
    pc_addr mro, items, base;
    uint64_t count;
    if (!pc_ok(pc_field_uint(py, PC_TP_MRO, type->address, &mro)) || !pc_library_tuple(py, mro, &items, &count) || count > PC_LIMIT_MRO)
        return false;
    for (uint64_t i = 0; i < count; i++)
        if (pc_ok(pc_pointer_at(py, items, i, &base)) && base == class)
            return true;
    return false;
}

/* <enum 'Color'>; 3.11: <flag 'Permission'> */
bool pc_library_enum_class(pc_library_call *call)
{
    pc_writer *w = call->w;
    const pc_type *class;
    pc_addr flag = 0, name;
    if (call->type->kind != PC_TYPE_TYPE || !pc_ok(pc_type_read(w->py, call->self, &class)) || !class->heap ||
        pc_type_lookup(w->py, call->type->address, "__name__").kind != PC_LOOKUP_BUILTIN ||
        !pc_ok(pc_field_uint(w->py, PC_HT_NAME, call->self, &name)))
        return false;
    if (pc_library_row_of(w->py, call->function) == &pc_library_rows[PC_LIBRARY_ENUM_TYPE] &&
        (!pc_library_global(w->py, call->function, "Flag", &flag) || pc_library_is_none(w->py, flag)))
        return false;
    pc_write(w, flag && is_in_mro(w->py, class, flag) ? "<flag " : "<enum ");
    pc_write_object(w, name);
    pc_write(w, ">");
    return true;
}

/* What (type(self)._value_repr_ or repr) makes of the value: it is None, or the __repr__ of the builtin that is mixed in. */
static bool write_value(pc_library_call *call, pc_addr value)
{
    pc_writer *w = call->w;
    const pc_type *type, *owner;
    pc_addr of;
    pc_lookup found = pc_type_lookup(w->py, call->type->address, "_value_repr_");
    if (found.kind != PC_LOOKUP_FOUND || !pc_ok(pc_type_of(w->py, value, &type)))
        return false;
    if (!pc_library_is_none(w->py, found.value)) {
        if (pc_is(w->py, found.value, PC_TYPE_FUNCTION)) {
            /* that of a class written in Python: a known one, and the value's own */
            pc_lookup own = pc_type_lookup(w->py, type->address, "__repr__");
            if (own.kind != PC_LOOKUP_FOUND || own.value != found.value)
                return false;
        } else if (pc_is(w->py, found.value, PC_TYPE_SLOT_WRAPPER)) {
            if (!pc_ok(pc_field_uint(w->py, PC_D_TYPE, found.value, &of)) || !pc_ok(pc_type_read(w->py, of, &owner)) ||
                !type->is_builtin || owner->kind != type->kind)
                return false;
        } else {
            return false;
        }
    }
    pc_write_object(w, value);
    return true;
}

/* 3.11: <Color.RED: 1>, and of flags without a name <Permission: 0> */
bool pc_library_enum(pc_library_call *call)
{
    pc_writer *w = call->w;
    pc_addr name, value;
    if (!pc_library_object(w, call->self, "_name_", &name) || !pc_library_object(w, call->self, "_value_", &value))
        return false;
    bool flag = pc_library_row_of(w->py, call->function) == &pc_library_rows[PC_LIBRARY_FLAG_311];
    pc_write(w, "<");
    if (!pc_library_write_class(call, PC_NAME))
        return false;
    if (!flag || !pc_library_is_none(w->py, name)) {
        pc_write(w, ".");
        if (!pc_library_write_str(w, name))
            return false;
    }
    pc_write(w, ": ");
    if (!write_value(call, value))
        return false;
    pc_write(w, ">");
    return true;
}

/* ---- 3.6 to 3.10: flags are taken apart into those that have names ---- */

typedef struct member {
    pc_addr object, name; /* 0: it has none */
    int64_t value;
} member;

static bool read_int(pc_python *py, pc_addr object, int64_t *ret_value)
{
    const pc_type *type;
    uint64_t number;
    PC_AUTO_BUFFER text = {0};
    size_t digits;
    if (!pc_ok(pc_type_of(py, object, &type)) || type->kind != PC_TYPE_LONG || !pc_ok(pc_number_uint64(py, object, &number)))
        return false;
    if (number >> 63 && (!pc_ok(pc_number_put_int(py, object, &text, &digits)) || text.data[0] != '-'))
        return false;
    *ret_value = (int64_t)number;
    return true;
}

static bool read_member(pc_writer *w, pc_addr object, member *ret_member)
{
    pc_addr name, value;
    if (!pc_library_object(w, object, "_name_", &name) || !pc_library_object(w, object, "_value_", &value) ||
        !read_int(w->py, value, &ret_member->value))
        return false;
    ret_member->object = object;
    ret_member->name = pc_library_is_none(w->py, name) ? 0 : name;
    return true;
}

/* All that the class has made, with and without names; in the order in which it has them. */
static bool read_members(pc_writer *w, pc_addr class, member *members, size_t *ret_count)
{
    pc_lookup map = pc_type_lookup(w->py, class, "_value2member_map_");
    pc_dict dict;
    size_t count = 0;
    if (map.kind != PC_LOOKUP_FOUND || !pc_ok(pc_dict_open(w->py, map.value, &dict)) || dict.used > MAX_MEMBERS)
        return false;
    for (;;) {
        bool more;
        pc_addr key, value;
        if (!pc_ok(pc_dict_next(w->py, &dict, &more, &key, &value)))
            return false;
        if (!more)
            break;
        if (!read_member(w, value, &members[count++]))
            return false;
    }
    *ret_count = count;
    return true;
}

static int largest_first(const void *a, const void *b)
{
    const member *x = a, *y = b;
    return (x->value < y->value) - (x->value > y->value);
}

static bool is_power_of_two(int64_t value)
{
    return value > 0 && !(value & (value - 1));
}

/* As enum._decompose() does. A member without a name counts where it is a single bit, and where nothing else is covered. */
static size_t decompose(const member *all, size_t count, int64_t value, member *parts)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        bool counts = all[i].name || (value >= 0 && is_power_of_two(all[i].value));
        if (counts && all[i].value && (all[i].value & value) == all[i].value)
            parts[n++] = all[i];
    }
    for (size_t i = 0; !n && i < count; i++)
        if (all[i].value == value)
            parts[n++] = all[i];
    if (n)
        qsort(parts, n, sizeof(*parts), largest_first);
    if (n > 1 && parts[0].value == value) {
        n--;
        memmove(parts, parts + 1, n * sizeof(*parts));
    }
    return n;
}

bool pc_library_flag_3_6(pc_library_call *call)
{
    pc_writer *w = call->w;
    member self, *all;
    pc_addr value;
    size_t count;
    if (!read_member(w, call->self, &self) || !pc_library_object(w, call->self, "_value_", &value) ||
        pc_type_lookup(w->py, call->type->address, "__class__").kind != PC_LOOKUP_BUILTIN)
        return false;
    pc_write(w, "<");
    if (!pc_library_write_class(call, PC_NAME))
        return false;
    pc_write(w, ".");
    if (self.name) {
        if (!pc_library_write_str(w, self.name))
            return false;
    } else {
        if (!pc_memory_spend(w->py->memory, MAX_MEMBERS / 4))
            return false;
        all = pc_arena_array(w->py->arena, 2 * MAX_MEMBERS, sizeof(*all));
        if (!read_members(w, call->type->address, all, &count))
            return false;
        member *parts = all + MAX_MEMBERS;
        size_t n = decompose(all, count, self.value, parts);
        for (size_t i = 0; i < n; i++) {
            if (i)
                pc_write(w, "|");
            if (!parts[i].name)
                pc_write_printf(w, "%" PRId64, parts[i].value);
            else if (!pc_library_write_str(w, parts[i].name))
                return false;
        }
    }
    pc_write(w, ": ");
    pc_write_object(w, value);
    pc_write(w, ">");
    return true;
}

/* ---- enums whose members are shown as their module's: @global_enum (3.11) ---- */

static void write_module(pc_library_call *call)
{
    const char *module = call->type->module, *dot = strrchr(module, '.');
    pc_write_printf(call->w, "%s.", dot ? dot + 1 : module);
}

bool pc_library_global_enum(pc_library_call *call)
{
    pc_addr name;
    if (!call->type->module || !pc_library_object(call->w, call->self, "_name_", &name))
        return false;
    write_module(call);
    return pc_library_write_str(call->w, name);
}

/* re.IGNORECASE|re.MULTILINE|0x200: what has no name stands there as a number */
bool pc_library_global_flag(pc_library_call *call)
{
    pc_writer *w = call->w;
    pc_addr name, value;
    const char *text;
    if (!call->type->module || !pc_library_object(w, call->self, "_name_", &name) || !pc_library_object(w, call->self, "_value_", &value))
        return false;
    if (pc_library_is_none(w->py, name)) {
        write_module(call);
        if (!pc_library_write_class(call, PC_NAME))
            return false;
        pc_write(w, "(");
        pc_write_object(w, value);
        pc_write(w, ")");
        return true;
    }
    if (!pc_str_text(w->py, name, &text))
        return false;
    for (const char *at = text;;) {
        const char *bar = strchr(at, '|');
        if (*at < '0' || *at > '9')
            write_module(call);
        pc_write_printf(w, "%.*s", bar ? (int)(bar - at) : (int)strlen(at), at);
        if (!bar)
            return true;
        pc_write(w, "|");
        at = bar + 1;
    }
}

/* 3.8 to 3.10: re.IGNORECASE|re.MULTILINE, ~re.IGNORECASE, ~(re.A|re.B) */
bool pc_library_regex_flag(pc_library_call *call)
{
    pc_writer *w = call->w;
    member self;
    pc_addr items, name, object;
    uint64_t count;
    if (!read_member(w, call->self, &self))
        return false;
    if (self.name) {
        pc_write(w, "re.");
        return pc_library_write_str(w, self.name);
    }
    pc_lookup names = pc_type_lookup(w->py, call->type->address, "_member_names_");
    pc_lookup map = pc_type_lookup(w->py, call->type->address, "_member_map_");
    if (names.kind != PC_LOOKUP_FOUND || map.kind != PC_LOOKUP_FOUND || !pc_library_tuple(w->py, names.value, &items, &count) ||
        count > 64)
        return false;
    bool negative = self.value < 0;
    int64_t left = negative ? ~self.value : self.value;
    const char *parts[65];
    size_t n = 0;
    for (uint64_t i = 0; i < count; i++) {
        member m;
        const char *text;
        if (!pc_ok(pc_pointer_at(w->py, items, i, &name)) || !pc_str_text(w->py, name, &text) ||
            !pc_dict_find(w->py, map.value, text, &object) || !read_member(w, object, &m))
            return false;
        if (!(left & m.value))
            continue;
        left &= ~m.value;
        parts[n++] = pc_arena_printf(w->py->arena, "re.%s", text);
    }
    if (left)
        parts[n++] = pc_arena_printf(w->py->arena, "0x%" PRIx64, (uint64_t)left);
    pc_write(w, !negative ? "" : n > 1 ? "~(" : "~");
    for (size_t i = 0; i < n; i++)
        pc_write_printf(w, "%s%s", i ? "|" : "", parts[i]);
    pc_write(w, negative && n > 1 ? ")" : "");
    return true;
}
