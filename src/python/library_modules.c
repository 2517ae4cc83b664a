/* repr() of threads, futures, loggers, parsed arguments, processes and mocks. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "python/library.h"
#include "python/library_template.h"
#include "python/lock.h"
#include "python/named.h"
#include "python/number.h"
#include "python/str.h"

#define MAX_CHAIN 200 /* loggers and mocks above one */

static bool truth_of(pc_library_call *call, const char *path, bool *ret_truth)
{
    bool there;
    pc_value value;
    return pc_template_value(call->w, call->self, path, &there, &value) && there && pc_library_truth(call->w, value, ret_truth);
}

/* ---- threading ---- */

/* Whether a thread that has not been joined has ended: what Thread.is_alive() would find. */
static bool has_ended(pc_library_call *call, bool started, bool *ret_ended)
{
    pc_python *py = call->w->py;
    pc_addr object;
    pc_lock lock;
    uint64_t set;
    pc_attribute handle = pc_attribute_get(py, call->self, "_os_thread_handle"); /* 3.14 */
    if (handle.kind == PC_ATTRIBUTE_ABSENT)
        handle = pc_attribute_get(py, call->self, "_handle"); /* 3.13 */
    if (handle.kind == PC_ATTRIBUTE_VALUE) {
        if (!pc_is(py, handle.value, PC_TYPE_THREAD_HANDLE) || !pc_has(py, PC_THREAD_HANDLE_EXITING) ||
            !pc_ok(pc_field_uint(py, PC_THREAD_HANDLE, handle.value, &object)) ||
            !pc_ok(pc_field_uint(py, PC_THREAD_HANDLE_EXITING, object, &set)))
            return false;
        *ret_ended = set == 1;
        return true;
    }
    if (!truth_of(call, "_is_stopped", ret_ended))
        return false;
    if (*ret_ended || !started || pc_library_has(py, call->type, "is_alive", PC_LIBRARY_DUMMY_IS_ALIVE))
        return true;
    if (!pc_library_has(py, call->type, "is_alive", PC_LIBRARY_THREAD_IS_ALIVE) ||
        !pc_library_object(call->w, call->self, "_tstate_lock", &object))
        return false;
    if (pc_library_is_none(py, object) || !pc_ok(pc_lock_read(py, object, &lock)))
        return false;
    *ret_ended = !lock.locked;
    return true;
}

bool pc_library_thread(pc_library_call *call)
{
    pc_writer *w = call->w;
    bool two = pc_is_python2(w->py), initialized, started, ended, daemon;
    if (!truth_of(call, two ? "_Thread__initialized" : "_initialized", &initialized) || !initialized ||
        !truth_of(call, two ? "_Thread__started.is_set()" : "_started.is_set()", &started) ||
        !(two ? truth_of(call, "_Thread__stopped", &ended) : has_ended(call, started, &ended)) ||
        !truth_of(call, two ? "_Thread__daemonic" : "_daemonic", &daemon))
        return false;
    return pc_template_write(call, two ? "<{class}({s _Thread__name}, " : "<{class}({s _name}, ") &&
           pc_template_write(call, ended ? "stopped" : started ? "started" : "initial") &&
           pc_template_write(call, daemon ? " daemon" : "") &&
           pc_template_write(call, two ? "{?! _Thread__ident} {s _Thread__ident}{/})>" : "{?! _ident} {s _ident}{/})>");
}

/* An RLock's owner: by its thread's name, where threading knows that. */
static bool write_owner(pc_library_call *call, pc_addr owner)
{
    pc_writer *w = call->w;
    pc_addr active, thread;
    uint64_t ident;
    if (!pc_library_global(w->py, call->function, "_active", &active))
        return false;
    if (!pc_library_is_none(w->py, owner)) {
        if (!pc_ok(pc_number_uint64(w->py, owner, &ident)))
            return false;
        if (pc_library_find_number(w->py, active, ident, &thread) && !pc_library_object(w, thread, "name", &owner))
            return false;
    }
    pc_write_object(w, owner);
    return true;
}

/* 2.7 */
bool pc_library_rlock_2(pc_library_call *call)
{
    pc_addr owner;
    return pc_library_object(call->w, call->self, "_RLock__owner", &owner) && pc_template_write(call, "<{class} owner=") &&
           write_owner(call, owner) && pc_template_write(call, " count={d _RLock__count}>");
}

/* 3: of an RLock written in Python, which only programs that ask for it have */
bool pc_library_rlock(pc_library_call *call)
{
    pc_writer *w = call->w;
    pc_addr block, owner;
    pc_lock lock;
    if (!pc_library_object(w, call->self, "_block", &block) || !pc_ok(pc_lock_read(w->py, block, &lock)) ||
        !pc_library_object(w, call->self, "_owner", &owner) ||
        !pc_template_write(call, lock.locked ? "<locked {module}.{qualclass} object owner=" : "<unlocked {module}.{qualclass} object owner="))
        return false;
    return write_owner(call, owner) && pc_template_write(call, " count={d _count} at {hexid}>");
}

bool pc_library_rlock_3_14(pc_library_call *call)
{
    return pc_library_has(call->w->py, call->type, "locked", PC_LIBRARY_RLOCK_LOCKED) && pc_library_rlock(call);
}

/* ---- concurrent.futures ---- */

bool pc_library_future(pc_library_call *call)
{
    static const char *const states[][2] = {
        {"PENDING", "pending"}, {"RUNNING", "running"}, {"CANCELLED", "cancelled"}, {"CANCELLED_AND_NOTIFIED", "cancelled"},
        {"FINISHED", "finished"}};
    pc_writer *w = call->w;
    pc_addr state;
    if (!pc_library_object(w, call->self, "_state", &state) || !pc_is(w->py, state, PC_TYPE_UNICODE) ||
        !pc_template_write(call, "<{class} at {hexid} state="))
        return false;
    for (size_t i = 0; i < PC_ARRAY_SIZE(states); i++)
        if (pc_str_equals(w->py, state, states[i][0])) {
            pc_write(w, states[i][1]);
            return pc_template_write(call, i + 1 < PC_ARRAY_SIZE(states) ? ">"
                                           : "{? _exception} raised {typename _exception}{:} returned {typename _result}{/}>");
        }
    return false;
}

/* ---- logging ---- */

static bool write_level(pc_library_call *call, pc_addr level)
{
    pc_writer *w = call->w;
    pc_addr names, name;
    uint64_t number;
    const pc_type *type;
    if (!pc_ok(pc_type_of(w->py, level, &type)) || !type->is_builtin || !pc_ok(pc_number_uint64(w->py, level, &number)) ||
        !pc_library_global(w->py, call->function, "_levelToName", &names))
        return false;
    pc_write(w, "(");
    if (pc_library_find_number(w->py, names, number, &name)) {
        if (!pc_library_write_str(w, name))
            return false;
    } else {
        pc_write_printf(w, "Level %" PRId64, (int64_t)number);
    }
    pc_write(w, ")>");
    return true;
}

/* <Logger a.b (WARNING)>: the level is the first that is set, up to the root's */
bool pc_library_logger(pc_library_call *call)
{
    pc_writer *w = call->w;
    pc_addr at = call->self, level;
    bool truth;
    if (!pc_library_has(w->py, call->type, "getEffectiveLevel", PC_LIBRARY_LOGGER_EFFECTIVE_LEVEL) ||
        !pc_template_write(call, "<{class} {s name} "))
        return false;
    for (int i = 0; i < MAX_CHAIN; i++) {
        if (!pc_library_object(w, at, "level", &level) ||
            !pc_library_truth(w, (pc_value){.kind = PC_VALUE_OBJECT, .object = level}, &truth))
            return false;
        if (truth)
            return write_level(call, level);
        if (!pc_library_object(w, at, "parent", &at) || !pc_library_truth(w, (pc_value){.kind = PC_VALUE_OBJECT, .object = at}, &truth))
            return false;
        if (!truth)
            return write_level(call, level); /* a 0, which is NOTSET */
    }
    return false;
}

static bool write_handler(pc_library_call *call, const char *template)
{
    pc_addr level;
    return pc_library_object(call->w, call->self, "level", &level) && pc_template_write(call, template) && write_level(call, level);
}

bool pc_library_handler(pc_library_call *call)
{
    return write_handler(call, "<{class} ");
}

bool pc_library_file_handler(pc_library_call *call)
{
    return write_handler(call, "<{class} {s baseFilename} ");
}

/* With the name of the stream, if it has one. */
bool pc_library_stream_handler(pc_library_call *call)
{
    pc_writer *w = call->w;
    pc_addr stream, name;
    bool known, there;
    if (!pc_library_object(w, call->self, "stream", &stream))
        return false;
    known = pc_file_name(w->py, stream, &there, &name);
    if (!known) {
        pc_attribute found = pc_attribute_get(w->py, stream, "name");
        if (found.kind != PC_ATTRIBUTE_VALUE && found.kind != PC_ATTRIBUTE_ABSENT)
            return false;
        there = found.kind == PC_ATTRIBUTE_VALUE;
        name = found.value;
    }
    if (!there)
        return write_handler(call, "<{class} ");
    pc_addr level;
    uint64_t length;
    if (!pc_is(w->py, name, PC_TYPE_UNICODE) || !pc_library_length(w, name, &length) ||
        !pc_library_object(w, call->self, "level", &level) || !pc_template_write(call, "<{class} ") || !pc_library_write_str(w, name))
        return false;
    if (length)
        pc_write(w, " ");
    return write_level(call, level);
}

/* ---- argparse ---- */

#define MAX_ATTRIBUTES 4096

typedef struct named {
    const char *name;
    pc_addr key, value;
    size_t position;
} named;

static int by_name(const void *a, const void *b)
{
    const named *x = a, *y = b;
    int order = strcmp(x->name, y->name); /* UTF-8 sorts as its code points */
    return order ? order : (x->position > y->position) - (x->position < y->position);
}

/* Of ASCII; others are left alone. */
static bool is_identifier(const char *name, bool *ret_known)
{
    bool good = *name && (*name < '0' || *name > '9');
    *ret_known = true;
    for (; *name; name++) {
        if ((uint8_t)*name >= 0x80)
            *ret_known = false;
        good &= (*name >= '0' && *name <= '9') || (*name >= 'a' && *name <= 'z') || (*name >= 'A' && *name <= 'Z') || *name == '_';
    }
    return good;
}

/* a=1, b=2, and what cannot be written so as **{'a b': 1} (not 2.7) */
static bool write_attributes(pc_library_call *call, bool sorted)
{
    pc_writer *w = call->w;
    pc_dict dict;
    bool there, more, known = true, others = false;
    size_t count = 0, written = 0;
    if (!pc_ok(pc_instance_open(w->py, call->self, &there, &dict)))
        return false;
    if (!there)
        return true;
    if (dict.used > MAX_ATTRIBUTES || !pc_memory_spend(w->py->memory, dict.used))
        return false;
    named *items = pc_arena_array(w->py->arena, dict.used ? dict.used : 1, sizeof(*items));
    for (; count < dict.used; count++) {
        named *item = &items[count];
        if (!pc_ok(pc_dict_next(w->py, &dict, &more, &item->key, &item->value)) || !more || !pc_str_text(w->py, item->key, &item->name))
            return false;
        item->position = count;
    }
    if (sorted && count)
        qsort(items, count, sizeof(*items), by_name);
    for (size_t i = 0; i < count; i++) {
        bool good = pc_is_python2(w->py) || is_identifier(items[i].name, &known);
        if (!known)
            return false;
        others |= !good;
        if (!good)
            continue;
        if (!pc_write_separator(w, written++))
            return true;
        pc_write_printf(w, "%s=", items[i].name);
        pc_write_object(w, items[i].value);
    }
    if (!others)
        return true;
    pc_write(w, written ? ", **{" : "**{");
    written = 0;
    for (size_t i = 0; i < count; i++) {
        if (is_identifier(items[i].name, &known))
            continue;
        if (!pc_write_separator(w, written++))
            break;
        pc_write_object(w, items[i].key);
        pc_write(w, ": ");
        pc_write_object(w, items[i].value);
    }
    pc_write(w, "}");
    return true;
}

bool pc_library_sorted_attributes(pc_library_call *call)
{
    return write_attributes(call, true);
}

bool pc_library_attributes(pc_library_call *call)
{
    return write_attributes(call, false);
}

/* ---- subprocess ---- */

/* At most 80 characters: else the first 76 and an end. */
bool pc_library_popen(pc_library_call *call)
{
    pc_writer *w = call->w;
    size_t start = w->out.length, at, count = 0, cut = 0;
    if (!pc_template_write(call, "<{class}: returncode: {s returncode} args: {r args}>"))
        return false;
    for (at = start; at < w->out.length; at++) {
        if (((uint8_t)w->out.data[at] & 0xc0) == 0x80)
            continue;
        if (count++ == 76)
            cut = at;
    }
    if (count <= 80 || w->full)
        return true;
    pc_buffer_cut(&w->out, cut);
    w->characters -= count - 76;
    pc_write(w, "...>");
    return true;
}

/* ---- warnings ---- */

bool pc_library_catch_warnings(pc_library_call *call)
{
    pc_writer *w = call->w;
    pc_addr module, dict, globals, warnings;
    bool record;
    if (!truth_of(call, "_record", &record) || !pc_library_object(w, call->self, "_module", &module) ||
        !pc_is(w->py, module, PC_TYPE_MODULE) || !pc_ok(pc_field_uint(w->py, PC_MD_DICT, module, &dict)) ||
        !pc_ok(pc_field_uint(w->py, PC_FUNC_GLOBALS, call->function, &globals)) ||
        !pc_library_write_name_of(w, call->type->address, PC_NAME))
        return false;
    /* its code is in a module of its own, which knows the one that programs import (3.14) */
    if (pc_dict_find(w->py, globals, "_wm", &warnings) &&
        (!pc_is(w->py, warnings, PC_TYPE_MODULE) || !pc_ok(pc_field_uint(w->py, PC_MD_DICT, warnings, &globals))))
        return false;
    pc_write(w, record ? "(record=True" : "(");
    if (dict != globals) {
        pc_write(w, record ? ", module=" : "module=");
        pc_write_object(w, module);
    }
    pc_write(w, ")");
    return true;
}

/* ---- functools ---- */

bool pc_library_single_dispatch_method(pc_library_call *call)
{
    static const char *const names[] = {"__qualname__", "__name__"};
    pc_writer *w = call->w;
    pc_addr function;
    pc_named found;
    const char *text = "?";
    if (!pc_library_object(w, call->self, "func", &function))
        return false;
    for (size_t i = 0; i < PC_ARRAY_SIZE(names); i++) {
        if (!pc_ok(pc_named_attribute(w->py, function, names[i], &found)))
            return false;
        if (found.state == PC_NAMED_ABSENT)
            continue;
        if (!pc_named_text(w->py, &found, &text))
            return false;
        break;
    }
    pc_write_printf(w, "<single dispatch method descriptor %s>", text);
    return true;
}

/* ---- xml.dom ---- */

bool pc_library_character_data(pc_library_call *call)
{
    pc_writer *w = call->w;
    pc_addr data;
    pc_str str;
    uint32_t units[16];
    size_t count = 0;
    if (!pc_library_object(w, call->self, "data", &data) || !pc_is(w->py, data, PC_TYPE_UNICODE) || !pc_ok(pc_str_open(w->py, data, &str)) ||
        (str.length && !pc_ok(pc_str_units(w->py, &str, 0, units, 10, &count))) || (count < 10 && count != str.length) ||
        !pc_template_write(call, "<DOM {class} node \""))
        return false;
    pc_write_quoted_text(w, units, count);
    pc_write(w, str.length > 10 ? "...\">" : "\">");
    return true;
}

/* ---- zipfile ---- */

/* As ls prints it: what stat.filemode() gives of a mode. */
static void write_mode(pc_writer *w, unsigned mode, char unknown)
{
    static const struct {
        unsigned bits;
        char letter;
    } types[] = {{0120000, 'l'}, {0140000, 's'}, {0100000, '-'}, {0060000, 'b'}, {0040000, 'd'}, {0020000, 'c'}, {0010000, 'p'}};
    char text[11] = {unknown};
    for (size_t i = PC_ARRAY_SIZE(types); i-- > 0;)
        if ((mode & 0170000) == types[i].bits)
            text[0] = types[i].letter;
    for (unsigned i = 0; i < 9; i++)
        text[1 + i] = mode & 0400u >> i ? "rwx"[i % 3] : '-';
    if (mode & 04000)
        text[3] = mode & 0100 ? 's' : 'S';
    if (mode & 02000)
        text[6] = mode & 0010 ? 's' : 'S';
    if (mode & 01000)
        text[9] = mode & 0001 ? 't' : 'T';
    pc_write(w, text);
}

bool pc_library_zip_info(pc_library_call *call)
{
    pc_writer *w = call->w;
    pc_addr object, names, name;
    uint64_t attributes, method, size, packed;
    pc_str str;
    uint32_t last = 0;
    size_t got = 0;
    static const char *const fields[] = {"external_attr", "compress_type", "file_size", "compress_size"};
    uint64_t *const values[] = {&attributes, &method, &size, &packed};
    for (size_t i = 0; i < PC_ARRAY_SIZE(fields); i++)
        if (!pc_library_object(w, call->self, fields[i], &object) || !pc_ok(pc_number_uint64(w->py, object, values[i])) || *values[i] >> 63)
            return false;
    if (!pc_library_object(w, call->self, "filename", &object) || !pc_is(w->py, object, PC_TYPE_UNICODE) ||
        !pc_ok(pc_str_open(w->py, object, &str)) || !str.length || !pc_ok(pc_str_units(w->py, &str, str.length - 1, &last, 1, &got)) ||
        !pc_library_global(w->py, call->function, "compressor_names", &names) || !pc_template_write(call, "<{class} filename={r filename}"))
        return false;
    bool folder = last == '/';
    if (method) {
        pc_write(w, " compress_type=");
        if (!pc_library_find_number(w->py, names, method, &name))
            pc_write_printf(w, "%" PRIu64, method);
        else if (!pc_library_write_str(w, name))
            return false;
    }
    if (attributes >> 16) {
        unsigned mode = (unsigned)(attributes >> 16);
        /* kinds that Linux does not have are told apart only by some versions */
        if (mode >> 16 || !(mode & 0170000))
            return false;
        pc_write(w, " filemode='");
        write_mode(w, mode, '?');
        pc_write(w, "'");
    }
    if (attributes & 0xffff)
        pc_write_printf(w, " external_attr=0x%x", (unsigned)(attributes & 0xffff));
    if (!folder || size)
        pc_write_printf(w, " file_size=%" PRIu64, size);
    if ((!folder || packed) && (method || size != packed))
        pc_write_printf(w, " compress_size=%" PRIu64, packed);
    pc_write(w, ">");
    return true;
}

/* ---- unittest.mock ---- */

static bool mock_text(pc_writer *w, pc_addr mock, const char *attribute, const char **ret_text)
{
    pc_addr value;
    *ret_text = NULL;
    if (!pc_library_object(w, mock, attribute, &value))
        return false;
    return pc_library_is_none(w->py, value) || (pc_is(w->py, value, PC_TYPE_UNICODE) && pc_str_text(w->py, value, ret_text));
}

/* The names on the way from the outermost mock to this one. */
static bool put_mock_name(pc_writer *w, pc_addr mock, pc_buffer *name)
{
    const char *parts[MAX_CHAIN], *dots[MAX_CHAIN], *first, *text;
    size_t count = 0;
    pc_addr parent, last = mock;
    if (!mock_text(w, mock, "_mock_new_name", &text) || !text || !pc_library_object(w, mock, "_mock_new_parent", &parent))
        return false;
    const char *dot = strcmp(text, "()") ? "." : "";
    parts[count] = text;
    dots[count++] = "";
    while (!pc_library_is_none(w->py, parent)) {
        last = parent;
        if (count == MAX_CHAIN || !mock_text(w, parent, "_mock_new_name", &text) || !text)
            return false;
        parts[count] = text;
        dots[count++] = dot;
        dot = strcmp(text, "()") ? "." : "";
        if (!pc_library_object(w, parent, "_mock_new_parent", &parent))
            return false;
    }
    if (!mock_text(w, last, "_mock_name", &first))
        return false;
    pc_buffer_puts(name, first && *first ? first : "mock");
    if (count > 1 && strcmp(parts[count - 2], "()"))
        pc_buffer_puts(name, ".");
    for (size_t i = count - 1; i-- > 0;)
        pc_buffer_printf(name, "%s%s", parts[i], dots[i]);
    return true;
}

static void write_quoted(pc_writer *w, const char *text)
{
    PC_AUTO_BUFFER units = {0};
    for (size_t length = strlen(text), step; length; text += step, length -= step) {
        uint32_t unit = (uint8_t)*text;
        step = pc_text_decode(text, length, &unit);
        step = step ? step : 1;
        pc_buffer_append(&units, (const char *)&unit, sizeof(unit));
    }
    pc_write_quoted_text(w, (const uint32_t *)(const void *)units.data, units.length / sizeof(uint32_t));
}

bool pc_library_mock(pc_library_call *call)
{
    pc_writer *w = call->w;
    PC_AUTO_BUFFER name = {0};
    pc_addr spec, spec_set;
    bool set;
    pc_lookup method = pc_type_lookup(w->py, call->type->address, "_extract_mock_name"); /* 3.7 */
    if (method.kind != PC_LOOKUP_ABSENT && !pc_library_has(w->py, call->type, "_extract_mock_name", PC_LIBRARY_MOCK_NAME))
        return false;
    if (!put_mock_name(w, call->self, &name) || !pc_library_object(w, call->self, "_spec_class", &spec) ||
        !pc_library_object(w, call->self, "_spec_set", &spec_set) ||
        !pc_library_truth(w, (pc_value){.kind = PC_VALUE_OBJECT, .object = spec_set}, &set))
        return false;
    pc_write(w, "<");
    if (!pc_library_write_name_of(w, call->type->address, PC_NAME))
        return false;
    if (strcmp(pc_buffer_text(&name), "mock") && strcmp(pc_buffer_text(&name), "mock.")) {
        pc_write(w, " name=");
        write_quoted(w, pc_buffer_text(&name));
    }
    if (!pc_library_is_none(w->py, spec)) {
        pc_write(w, set ? " spec_set='" : " spec='");
        if (!pc_is(w->py, spec, PC_TYPE_TYPE) || !pc_library_write_name_of(w, spec, PC_NAME))
            return false;
        pc_write(w, "'");
    }
    pc_write_printf(w, " id='%" PRIu64 "'>", call->self);
    return true;
}
