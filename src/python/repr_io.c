/* repr() of files: the io module's, and 2.7's own. They show attributes of other files, which any class may define otherwise:
 * what is known is where the interpreter's own classes keep them. */
#include <string.h>

#include "python/class_attribute.h"
#include "python/dict.h"
#include "python/repr_parts.h"

#define MAX_LAYERS 16 /* of a file around a file */

/* What getattr(file, "name") gives. */
typedef struct attribute {
    enum { ATTRIBUTE_NONE, ATTRIBUTE_OBJECT, ATTRIBUTE_NUMBER, ATTRIBUTE_COMPUTED } how;
    pc_addr object;
    int64_t number;
} attribute;

/* Whether instances have a __getattr__ or __getattribute__ written in Python. */
static pc_error *has_hooks(pc_python *py, const pc_type *type, bool *ret_hooks)
{
    static const char *const names[] = {"__getattr__", "__getattribute__"};
    for (size_t i = 0; i < PC_ARRAY_SIZE(names); i++) {
        bool there;
        const pc_type *owner;
        pc_addr value;
        PC_TRY(pc_class_get(py, type, names[i], &there, &owner, &value));
        if (there && pc_is(py, value, PC_TYPE_FUNCTION)) {
            *ret_hooks = true;
            return NULL;
        }
    }
    *ret_hooks = false;
    return NULL;
}

/* socket.SocketIO's name: its socket's descriptor, -1 once it is closed. */
static pc_error *socket_name(pc_python *py, pc_addr object, attribute *ret)
{
    bool closed, there;
    pc_addr socket;
    const pc_type *type;
    PC_TRY(pc_instance_get(py, object, "__IOBase_closed", &closed, &socket));
    attribute result = {.how = ATTRIBUTE_NUMBER, .number = -1};
    if (!closed) {
        PC_TRY(pc_instance_get(py, object, "_sock", &there, &socket));
        if (!there || !pc_ok(pc_type_of(py, socket, &type)) || type->kind != PC_TYPE_C_SOCKET)
            result.how = ATTRIBUTE_COMPUTED;
        else
            PC_TRY(pc_field_int(py, PC_SOCKET_FD, socket, &result.number));
    }
    *ret = result;
    return NULL;
}

static pc_error *find_attribute(pc_python *py, pc_addr object, const char *name, attribute *ret)
{
    attribute result = {.how = ATTRIBUTE_COMPUTED};
    for (int i = 0; i < MAX_LAYERS; i++) {
        const pc_type *type, *owner;
        bool there, hooks;
        pc_addr value;
        uint64_t ok, detached = 0;
        PC_TRY(pc_type_of(py, object, &type));
        PC_TRY(has_hooks(py, type, &hooks));
        if (hooks)
            break;
        PC_TRY(pc_class_get(py, type, name, &there, &owner, &value));
        if (!there) {
            PC_TRY(pc_instance_get(py, object, name, &there, &value));
            result.how = there ? ATTRIBUTE_OBJECT : ATTRIBUTE_NONE;
            result.object = value;
            break;
        }
        bool buffered = owner->kind == PC_TYPE_BUFFERED;
        if (owner->full_name && !strcmp(owner->full_name, "socket.SocketIO")) {
            PC_TRY(socket_name(py, object, &result));
            break;
        }
        if (!owner->is_builtin || (!buffered && owner->kind != PC_TYPE_TEXTIO))
            break;
        PC_TRY(pc_field_uint(py, buffered ? PC_BUFFERED_OK : PC_TEXTIO_OK, object, &ok));
        if (!buffered)
            PC_TRY(pc_field_uint(py, PC_TEXTIO_DETACHED, object, &detached));
        if (!ok || detached) {
            result.how = ATTRIBUTE_NONE; /* an exception that repr() drops */
            break;
        }
        PC_TRY(pc_field_uint(py, buffered ? PC_BUFFERED_RAW : PC_TEXTIO_BUFFER, object, &object));
    }
    *ret = result;
    return NULL;
}

bool pc_file_name(pc_python *py, pc_addr object, bool *ret_there, pc_addr *ret_name)
{
    const pc_type *type;
    attribute name;
    if (!pc_ok(pc_type_of(py, object, &type)) || (type->kind != PC_TYPE_TEXTIO && type->kind != PC_TYPE_BUFFERED) ||
        !pc_ok(find_attribute(py, object, "name", &name)) || name.how != ATTRIBUTE_OBJECT)
        return false;
    *ret_there = true;
    *ret_name = name.object;
    return true;
}

/* " name=..." or nothing. */
static void write_attribute(pc_writer *w, const char *name, const attribute *value)
{
    if (value->how == ATTRIBUTE_NONE)
        return;
    pc_write_printf(w, " %s=", name);
    if (value->how == ATTRIBUTE_NUMBER)
        pc_write_printf(w, "%" PRId64, value->number);
    else
        pc_write_object(w, value->object);
}

static pc_error *write_stand_in(pc_writer *w, pc_addr object, const pc_type *type)
{
    w->inexact = true;
    return pc_write_default(w, object, type);
}

static pc_error *read_mode(pc_python *py, pc_addr object, const char **ret_mode)
{
    uint64_t created = 0, appending = 0, truncate = 0, readable, writable;
    if (pc_has(py, PC_FILEIO_CREATED))
        PC_TRY(pc_field_uint(py, PC_FILEIO_CREATED, object, &created));
    if (pc_has(py, PC_FILEIO_APPENDING))
        PC_TRY(pc_field_uint(py, PC_FILEIO_APPENDING, object, &appending));
    if (pc_has(py, PC_FILEIO_TRUNCATE))
        PC_TRY(pc_field_uint(py, PC_FILEIO_TRUNCATE, object, &truncate));
    PC_TRY(pc_field_uint(py, PC_FILEIO_READABLE, object, &readable));
    PC_TRY(pc_field_uint(py, PC_FILEIO_WRITABLE, object, &writable));
    if (created)
        *ret_mode = readable ? "xb+" : "xb";
    else if (appending)
        *ret_mode = readable ? "ab+" : "ab";
    else
        *ret_mode = !readable ? "wb" : writable ? truncate ? "wb+" : "rb+" : "rb";
    return NULL;
}

pc_error *pc_write_fileio(pc_writer *w, pc_addr object, const pc_type *type)
{
    pc_python *py = w->py;
    int64_t fd;
    uint64_t closefd;
    attribute name;
    const char *mode = "", *class = py->traits->io_names_class ? type->tp_name : "_io.FileIO";
    if (!class)
        return pc_type_name_missing(type);
    PC_TRY(pc_field_int(py, PC_FILEIO_FD, object, &fd));
    if (fd < 0) {
        pc_write_printf(w, "<%s [closed]>", class);
        return NULL;
    }
    PC_TRY(read_mode(py, object, &mode));
    PC_TRY(pc_field_uint(py, PC_FILEIO_CLOSEFD, object, &closefd));
    PC_TRY(find_attribute(py, object, "name", &name));
    if (name.how == ATTRIBUTE_COMPUTED)
        return write_stand_in(w, object, type);
    pc_write_printf(w, "<%s", class);
    if (name.how == ATTRIBUTE_NONE)
        pc_write_printf(w, " fd=%" PRId64, fd);
    write_attribute(w, "name", &name);
    pc_write_printf(w, " mode='%s'", mode);
    if (!pc_is_python2(py))
        pc_write(w, closefd ? " closefd=True" : " closefd=False");
    pc_write(w, ">");
    return NULL;
}

pc_error *pc_write_buffered(pc_writer *w, pc_addr object, const pc_type *type)
{
    attribute name;
    if (!type->tp_name)
        return pc_type_name_missing(type);
    PC_TRY(find_attribute(w->py, object, "name", &name));
    if (name.how == ATTRIBUTE_COMPUTED)
        return write_stand_in(w, object, type);
    pc_write_printf(w, "<%s", type->tp_name);
    write_attribute(w, "name", &name);
    pc_write(w, ">");
    return NULL;
}

pc_error *pc_write_textio(pc_writer *w, pc_addr object, const pc_type *type)
{
    attribute name, mode = {.how = ATTRIBUTE_NONE};
    uint64_t ok;
    pc_addr encoding;
    const char *class = w->py->traits->io_names_class ? type->tp_name : "_io.TextIOWrapper";
    if (!class)
        return pc_type_name_missing(type);
    PC_TRY(pc_field_uint(w->py, PC_TEXTIO_OK, object, &ok));
    PC_TRY(pc_field_uint(w->py, PC_TEXTIO_ENCODING, object, &encoding));
    PC_TRY(find_attribute(w->py, object, "name", &name));
    if (!pc_is_python2(w->py))
        PC_TRY(find_attribute(w->py, object, "mode", &mode));
    /* one that is not initialised raises */
    if (!ok || name.how == ATTRIBUTE_COMPUTED || mode.how == ATTRIBUTE_COMPUTED)
        return write_stand_in(w, object, type);
    pc_write_printf(w, "<%s", class);
    write_attribute(w, "name", &name);
    write_attribute(w, "mode", &mode);
    pc_write(w, " encoding=");
    pc_write_object(w, encoding);
    pc_write(w, ">");
    return NULL;
}

/* <open file 'x', mode 'r' at 0x...> */
pc_error *pc_write_file2(pc_writer *w, pc_addr object, const pc_type *type)
{
    (void)type;
    pc_addr stream, name, mode;
    PC_TRY(pc_field_uint(w->py, PC_FILE2_STREAM, object, &stream));
    PC_TRY(pc_field_uint(w->py, PC_FILE2_NAME, object, &name));
    PC_TRY(pc_field_uint(w->py, PC_FILE2_MODE, object, &mode));
    pc_write(w, stream ? "<open file " : "<closed file ");
    /* a unicode one is put between single quotes, whatever is inside */
    const char *text;
    if (pc_is(w->py, name, PC_TYPE_UNICODE) && (!pc_str_text(w->py, name, &text) || strchr(text, '\'')))
        w->inexact = true;
    pc_write_object(w, name);
    pc_write(w, ", mode '");
    PC_TRY(pc_write_str(w, mode));
    pc_write_printf(w, "' at " PC_ADDR ">", object);
    return NULL;
}
