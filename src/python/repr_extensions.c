/* repr() of single types of extension modules. */
#include "python/repr_parts.h"

pc_error *pc_write_c_socket(pc_writer *w, pc_addr object, const pc_type *type)
{
    (void)type;
    int64_t fd, family, kind, proto;
    PC_TRY(pc_field_int(w->py, PC_SOCKET_FD, object, &fd));
    PC_TRY(pc_field_int(w->py, PC_SOCKET_FAMILY, object, &family));
    PC_TRY(pc_field_int(w->py, PC_SOCKET_TYPE, object, &kind));
    PC_TRY(pc_field_int(w->py, PC_SOCKET_PROTO, object, &proto));
    pc_write_printf(w, "<socket object, fd=%" PRId64 ", family=%" PRId64 ", type=%" PRId64 ", %s=%" PRId64 ">", fd, family, kind,
                    pc_is_python2(w->py) ? "protocol" : "proto", proto);
    return NULL;
}

pc_error *pc_write_mmap(pc_writer *w, pc_addr object, const pc_type *type)
{
    static const char *const accesses[] = {"DEFAULT", "READ", "WRITE", "COPY"};
    pc_addr data;
    int64_t size, pos, offset;
    uint64_t access;
    if (!type->tp_name)
        return pc_type_name_missing(type);
    PC_TRY(pc_field_uint(w->py, PC_MMAP_DATA, object, &data));
    PC_TRY(pc_field_int(w->py, PC_MMAP_SIZE, object, &size));
    PC_TRY(pc_field_int(w->py, PC_MMAP_POS, object, &pos));
    PC_TRY(pc_field_int(w->py, PC_MMAP_OFFSET, object, &offset));
    PC_TRY(pc_field_uint(w->py, PC_MMAP_ACCESS, object, &access));
    if (!data) {
        pc_write_printf(w, "<%s closed=True>", type->tp_name);
        return NULL;
    }
    if (access >= PC_ARRAY_SIZE(accesses))
        return pc_error_at(PC_ERROR_CORRUPT, object, "an mmap with access %" PRIu64, access);
    pc_write_printf(w, "<%s closed=False, access=ACCESS_%s, length=%" PRId64 ", pos=%" PRId64 ", offset=%" PRId64 ">", type->tp_name,
                    accesses[access], size, pos, offset);
    return NULL;
}

pc_error *pc_write_element(pc_writer *w, pc_addr object, const pc_type *type)
{
    (void)type;
    pc_addr tag;
    PC_TRY(pc_field_uint(w->py, PC_ELEMENT_TAG, object, &tag));
    pc_write(w, "<Element ");
    pc_write_object(w, tag);
    pc_write_printf(w, " at " PC_ADDR ">", object);
    return NULL;
}

pc_error *pc_write_zstd_dict(pc_writer *w, pc_addr object, const pc_type *type)
{
    (void)type;
    uint64_t id;
    int64_t size;
    PC_TRY(pc_field_uint(w->py, PC_ZSTD_DICT_ID, object, &id));
    PC_TRY(pc_field_int(w->py, PC_ZSTD_DICT_SIZE, object, &size));
    pc_write_printf(w, "<ZstdDict dict_id=%" PRIu64 " dict_size=%" PRId64 ">", id, size);
    return NULL;
}

/* 3.13 */
pc_error *pc_write_struct(pc_writer *w, pc_addr object, const pc_type *type)
{
    pc_addr format;
    pc_str str;
    if (!type->short_name)
        return pc_type_name_missing(type);
    PC_TRY(pc_field_uint(w->py, PC_STRUCT_FORMAT, object, &format));
    PC_TRY(pc_str_open(w->py, format, &str));
    str.is_bytes = false; /* it is kept as bytes of ASCII, and shown as a str */
    pc_write_printf(w, "%s(", type->short_name);
    PC_TRY(pc_write_quoted(w, &str));
    pc_write(w, ")");
    return NULL;
}
