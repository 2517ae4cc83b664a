/* repr() of ctypes' pointers to text, objects and libraries, and of socket.socket: Python code around C objects. */
#include <string.h>

#include "python/dict.h"
#include "python/library.h"
#include "python/number.h"

/* ---- ctypes ---- */

static bool read_word(pc_library_call *call, uint64_t *ret_word)
{
    pc_addr at;
    return call->type->kind == PC_TYPE_C_SIMPLE && pc_ok(pc_field_uint(call->w->py, PC_C_DATA_AT, call->self, &at)) &&
           pc_ok(pc_memory_pointer(call->w->py->memory, at, ret_word));
}

/* c_char_p(140000000000): where the text is, not the text */
bool pc_library_c_pointer(pc_library_call *call)
{
    uint64_t word;
    if (!read_word(call, &word) || !pc_library_write_class(call, PC_NAME))
        return false;
    if (word)
        pc_write_printf(call->w, "(%" PRIu64 ")", word);
    else
        pc_write(call->w, "(None)");
    return true;
}

bool pc_library_py_object(pc_library_call *call)
{
    pc_writer *w = call->w;
    const pc_type *base;
    uint64_t word;
    if (!read_word(call, &word) || !pc_ok(pc_type_read(w->py, call->type->base, &base)))
        return false;
    if (!word && base->is_builtin) {
        if (!pc_library_write_class(call, PC_NAME))
            return false;
        pc_write(w, "(<NULL>)");
        return true;
    }
    return pc_ok(pc_write_c_simple(w, call->self, call->type));
}

bool pc_library_cdll(pc_library_call *call)
{
    pc_writer *w = call->w;
    pc_addr name, handle;
    uint64_t number;
    if (!pc_library_object(w, call->self, "_name", &name) || !pc_library_object(w, call->self, "_handle", &handle) ||
        !pc_ok(pc_number_uint64(w->py, handle, &number)))
        return false;
    pc_write(w, "<");
    if (!pc_library_write_class(call, PC_NAME))
        return false;
    pc_write(w, " '");
    if (!pc_library_write_str(w, name))
        return false;
    pc_write_printf(w, pc_is_python2(w->py) ? "', handle %" PRIx64 " at %" PRIx64 ">" : "', handle %" PRIx64 " at 0x%" PRIx64 ">", number, call->self);
    return true;
}

/* ---- socket ---- */

/* Whether what the code asks of self are the methods and properties of the library's own classes. */
static bool is_unchanged(pc_python *py, const pc_type *type)
{
    static const char *const names[] = {"family", "type", "proto", "fileno", "getsockname", "getpeername"};
    for (size_t i = 0; i < PC_ARRAY_SIZE(names); i++) {
        pc_lookup found = pc_type_lookup(py, type->address, names[i]);
        const pc_type *owner;
        if ((found.kind != PC_LOOKUP_FOUND && found.kind != PC_LOOKUP_BUILTIN) || !pc_ok(pc_type_read(py, found.owner, &owner)) ||
            !owner->full_name || (strcmp(owner->full_name, "socket.socket") && strcmp(owner->full_name, "_socket.socket")))
            return false;
    }
    return true;
}

/* str() of the member of an IntEnum that has the value: AddressFamily.AF_INET; of the number where there is none. */
static bool write_member(pc_library_call *call, const char *enumeration, int64_t number)
{
    pc_python *py = call->w->py;
    pc_addr class, map, name;
    pc_dict dict;
    const pc_type *type;
    if (!pc_library_global(py, call->function, enumeration, &class) || !pc_ok(pc_type_read(py, class, &type)))
        return false;
    pc_lookup found = pc_type_lookup(py, class, "_value2member_map_");
    if (found.kind != PC_LOOKUP_FOUND)
        return false;
    map = found.value;
    if (!pc_ok(pc_dict_open(py, map, &dict)))
        return false;
    for (;;) {
        bool more;
        pc_addr key, member;
        uint64_t value;
        if (!pc_ok(pc_dict_next(py, &dict, &more, &key, &member)))
            return false;
        if (!more)
            break;
        if (!pc_ok(pc_number_uint64(py, key, &value)) || (int64_t)value != number)
            continue;
        if (!pc_instance_find(py, member, "_name_", &name))
            return false;
        pc_write_printf(call->w, "%s.", enumeration);
        return pc_library_write_str(call->w, name);
    }
    pc_write_printf(call->w, "%" PRId64, number);
    return true;
}

static bool write_socket(pc_library_call *call, bool named)
{
    pc_writer *w = call->w;
    pc_python *py = w->py;
    int64_t fd, family, kind, proto;
    pc_value value;
    bool there, closed = false;
    if (call->type->kind != PC_TYPE_C_SOCKET || !is_unchanged(py, call->type) || !pc_library_get(w, call->self, "_closed", &there, &value) ||
        (there && !pc_library_truth(w, value, &closed)) || !pc_ok(pc_field_int(py, PC_SOCKET_FD, call->self, &fd)) ||
        !pc_ok(pc_field_int(py, PC_SOCKET_FAMILY, call->self, &family)) || !pc_ok(pc_field_int(py, PC_SOCKET_TYPE, call->self, &kind)) ||
        !pc_ok(pc_field_int(py, PC_SOCKET_PROTO, call->self, &proto)))
        return false;
    pc_write(w, "<");
    if (!pc_library_write_class(call, PC_MODULE_NAME))
        return false;
    pc_write(w, ".");
    if (!pc_library_write_class(call, PC_QUALNAME))
        return false;
    pc_write_printf(w, "%s fd=%" PRId64 ", family=", closed ? " [closed]" : "", fd);
    if (!named)
        pc_write_printf(w, "%" PRId64 ", type=%" PRId64, family, kind);
    else if (!write_member(call, "AddressFamily", family))
        return false;
    if (named) {
        pc_write(w, ", type=");
        if (!write_member(call, "SocketKind", kind))
            return false;
    }
    pc_write_printf(w, ", proto=%" PRId64, proto);
    if (!closed) {
        /* the addresses are the kernel's, and no core has them */
        pc_write(w, "...");
        w->inexact = w->truncated = true;
    }
    pc_write(w, ">");
    return true;
}

bool pc_library_socket(pc_library_call *call)
{
    return write_socket(call, false);
}

bool pc_library_socket_3_10(pc_library_call *call)
{
    return write_socket(call, true);
}
