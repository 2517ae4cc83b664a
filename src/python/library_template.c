#include "python/library_template.h"

#include <stdlib.h>
#include <string.h>

#include "python/number.h"

#define MAX_WORD 64   /* bytes of a name in a template, which is our own */

/* ---- values ---- */

/* `?PATH`, `!PATH` and comparisons are bools, which str() shows as such. */
static pc_value truth_value(bool truth)
{
    return (pc_value){.kind = PC_VALUE_BOOL, .number = truth};
}

static bool step(pc_writer *w, pc_addr from, const char *name, size_t length, bool *ret_there, pc_value *ret_value)
{
    char word[MAX_WORD];
    bool call = length > 2 && name[length - 1] == ')';
    length -= call ? 2 : 0;
    if (length >= sizeof(word))
        return false;
    memcpy(word, name, length);
    word[length] = 0;
    return call ? pc_library_call_method(w, from, word, ret_there, ret_value) : pc_library_get(w, from, word, ret_there, ret_value);
}

static bool follow(pc_writer *w, pc_addr self, const char *path, size_t length, bool *ret_there, pc_value *ret_value)
{
    pc_value value = {.kind = PC_VALUE_OBJECT, .object = self};
    bool there = true;
    for (size_t at = 0; at < length && there;) {
        const char *dot = memchr(path + at, '.', length - at);
        size_t end = dot ? (size_t)(dot - path) : length;
        if (value.kind != PC_VALUE_OBJECT || !step(w, value.object, path + at, end - at, &there, &value))
            return false;
        at = end + 1;
        if (!there && at < length)
            return false; /* not the attribute that was asked for */
    }
    *ret_there = there;
    *ret_value = value;
    return true;
}

static bool value_of(pc_writer *w, pc_addr self, const char *path, size_t length, bool *ret_there, pc_value *ret_value)
{
    bool truth;
    uint64_t count;
    if (length && (*path == '-' || (*path >= '0' && *path <= '9'))) {
        *ret_there = true;
        *ret_value = (pc_value){.kind = PC_VALUE_NUMBER, .number = strtol(path, NULL, 10)};
        return true;
    }
    if (!length || !strchr("#!?", *path))
        return follow(w, self, path, length, ret_there, ret_value);
    pc_value value;
    if (!follow(w, self, path + 1, length - 1, ret_there, &value) || !*ret_there)
        return false;
    if (*path == '#') {
        if (value.kind != PC_VALUE_OBJECT || !pc_library_length(w, value.object, &count))
            return false;
        *ret_value = (pc_value){.kind = PC_VALUE_NUMBER, .number = (int64_t)count};
        return true;
    }
    if (*path == '?') {
        *ret_value = truth_value(value.kind != PC_VALUE_OBJECT || !pc_library_is_none(w->py, value.object));
        return true;
    }
    if (!pc_library_truth(w, value, &truth))
        return false;
    *ret_value = truth_value(!truth);
    return true;
}

bool pc_template_value(pc_writer *w, pc_addr self, const char *path, bool *ret_there, pc_value *ret_value)
{
    if (w->nesting >= PC_LIMIT_REPR_NESTING)
        return false;
    w->nesting++;
    bool known = value_of(w, self, path, strlen(path), ret_there, ret_value);
    w->nesting--;
    return known;
}

/* ---- text ---- */

static bool write_all(pc_writer *w, pc_addr object)
{
    pc_addr items;
    uint64_t count;
    const pc_type *type;
    if (!pc_ok(pc_type_of(w->py, object, &type)) || !type->is_builtin || !pc_library_tuple(w->py, object, &items, &count))
        return false;
    return pc_ok(pc_write_items(w, items, count));
}

static bool write_keywords(pc_writer *w, pc_addr object)
{
    pc_dict dict;
    const pc_type *type;
    if (!pc_ok(pc_type_of(w->py, object, &type)) || !type->is_builtin || !pc_ok(pc_dict_open(w->py, object, &dict)))
        return false;
    for (uint64_t i = 0;; i++) {
        bool more;
        pc_addr key, value;
        if (!pc_ok(pc_dict_next(w->py, &dict, &more, &key, &value)))
            return false;
        if (!more || !pc_write_separator(w, i))
            return true;
        if (!pc_library_write_str(w, key))
            return false;
        pc_write(w, "=");
        pc_write_object(w, value);
    }
}

/* list() of a list or a deque. */
static bool write_list(pc_writer *w, pc_addr object)
{
    static const char prefix[] = "deque(";
    const pc_type *type;
    size_t start = w->out.length, length = sizeof(prefix) - 1;
    if (w->full)
        return true;
    if (!pc_ok(pc_type_of(w->py, object, &type)) || !type->is_builtin)
        return false;
    pc_write_object(w, object);
    if (type->kind == PC_TYPE_LIST)
        return true;
    /* deque([1, 2]), whose list is what stands in the parentheses */
    char *text = w->out.data + start;
    if (w->out.length < start + length + 1 || strncmp(text, prefix, length) || w->full || w->out.data[w->out.length - 1] != ')' ||
        w->out.data[w->out.length - 2] != ']')
        return false;
    size_t inner = w->out.length - start - length - 1;
    memmove(text, text + length, inner);
    pc_buffer_cut(&w->out, start + inner);
    w->characters -= length + 1;
    return true;
}

/* repr(vars(object)) */
static bool write_instance_dict(pc_writer *w, pc_addr object)
{
    pc_dict dict;
    bool there;
    if (!pc_ok(pc_instance_open(w->py, object, &there, &dict)))
        return false;
    pc_write(w, "{");
    if (there && !pc_ok(pc_write_dict_items(w, &dict)))
        return false;
    pc_write(w, "}");
    return true;
}

static bool write_number(pc_writer *w, char how, pc_value value)
{
    if (value.kind == PC_VALUE_OBJECT) {
        const pc_type *type;
        uint64_t number;
        if (!pc_ok(pc_type_of(w->py, value.object, &type)) ||
            (type->kind != PC_TYPE_LONG && type->kind != PC_TYPE_INT && type->kind != PC_TYPE_BOOL) ||
            !pc_ok(pc_number_uint64(w->py, value.object, &number)) || (number >> 63 && how != 'd'))
            return false;
        if (number >> 63) { /* negative, or beyond: the int's own text tells them apart */
            PC_AUTO_BUFFER text = {0};
            size_t digits;
            if (!pc_ok(pc_number_put_int(w->py, value.object, &text, &digits)))
                return false;
            pc_write(w, pc_buffer_text(&text));
            return true;
        }
        value.number = (int64_t)number;
    }
    pc_write_printf(w, how == '+' ? "%+" PRId64 : how == 'x' ? "%#" PRIx64 : "%" PRId64, value.number);
    return true;
}

static bool write_value(pc_writer *w, const char *verb, size_t length, pc_value value)
{
    bool number = value.kind == PC_VALUE_NUMBER;
    uint64_t count;
    if (value.kind == PC_VALUE_BOOL) {
        pc_write(w, value.number ? "True" : "False");
        return length == 1 && (*verb == 'r' || *verb == 's');
    }
    if (length == 1 && (*verb == 'd' || *verb == '+' || *verb == 'x' || number))
        return write_number(w, *verb, value);
    if (number)
        return false;
    if (length == 1 && *verb == 'r') {
        pc_write_object(w, value.object);
        return true;
    }
    if (length == 1 && *verb == 's')
        return pc_library_write_str(w, value.object);
    if (length == 8)
        return pc_library_write_type_name(w, value.object); /* typename */
    if (length == 4 && !strncmp(verb, "list", 4))
        return write_list(w, value.object);
    if (length == 4 && !strncmp(verb, "dict", 4))
        return write_instance_dict(w, value.object);
    if (!strncmp(verb, "len", length)) {
        if (!pc_library_length(w, value.object, &count))
            return false;
        pc_write_printf(w, "%" PRIu64, count);
        return true;
    }
    if (!strncmp(verb, "all", length))
        return write_all(w, value.object);
    if (!strncmp(verb, "kw", length))
        return write_keywords(w, value.object);
    return !strncmp(verb, "name", length) && pc_library_write_name_of(w, value.object, PC_NAME);
}

static bool call_text(pc_library_call *call, const char *name, size_t length)
{
    char word[MAX_WORD];
    pc_addr function;
    if (length >= sizeof(word))
        return false;
    memcpy(word, name, length);
    word[length] = 0;
    pc_attribute found = pc_attribute_get(call->w->py, call->self, word);
    if (found.kind != PC_ATTRIBUTE_CODE || !found.value)
        return false;
    function = found.value;
    if (pc_is(call->w->py, function, PC_TYPE_PROPERTY) && !pc_ok(pc_field_uint(call->w->py, PC_PROP_GET, function, &function)))
        return false;
    return pc_library_run(call->w, call->self, function);
}

static bool write_inner(pc_library_call *call, bool brackets)
{
    pc_writer *w = call->w;
    size_t start = w->out.length;
    if (!pc_ok(pc_write_default(w, call->self, call->type)))
        return false;
    if (brackets || w->full)
        return true;
    /* without the first and the last character */
    size_t length = w->out.length - start;
    memmove(w->out.data + start, w->out.data + start + 1, length - 1);
    pc_buffer_cut(&w->out, start + length - 2);
    w->characters -= 2;
    return true;
}

static bool is_word(const char *word, size_t length, const char *expected)
{
    return length == strlen(expected) && !memcmp(word, expected, length);
}

static bool write_item(pc_library_call *call, const char *item, size_t length)
{
    pc_writer *w = call->w;
    const char *space = memchr(item, ' ', length);
    size_t verb = space ? (size_t)(space - item) : length;
    const char *path = space ? space + 1 : item + length;
    size_t path_length = (size_t)(item + length - path);
    if (is_word(item, verb, "class"))
        return pc_library_write_class(call, PC_NAME);
    if (is_word(item, verb, "qualclass"))
        return pc_library_write_class(call, PC_QUALNAME);
    if (is_word(item, verb, "module"))
        return pc_library_write_class(call, PC_MODULE_NAME);
    if (is_word(item, verb, "id") || is_word(item, verb, "hexid")) {
        if (*item == 'i')
            pc_write_printf(w, "%" PRIu64, call->self);
        else
            pc_write_printf(w, PC_ADDR, call->self);
        return true;
    }
    if (is_word(item, verb, "default") || is_word(item, verb, "inner"))
        return write_inner(call, *item == 'd');
    if (is_word(item, verb, "call"))
        return call_text(call, path, path_length);
    if (is_word(item, verb, "fail"))
        return false;
    bool there;
    pc_value value;
    return value_of(w, call->self, path, path_length, &there, &value) && there && write_value(w, item, verb, value);
}

static bool condition(pc_library_call *call, const char *item, size_t length, bool *ret_holds)
{
    const char *space = memchr(item, ' ', length);
    bool there;
    pc_value value;
    if (!space)
        return false;
    size_t path = (size_t)(item + length - space - 1);
    const char *number = item[1] == '=' ? memchr(space + 1, ' ', path) : NULL;
    if (!value_of(call->w, call->self, space + 1, number ? (size_t)(number - space - 1) : path, &there, &value))
        return false;
    if (number) {
        uint64_t other;
        if (!there || value.kind != PC_VALUE_OBJECT || !pc_ok(pc_number_uint64(call->w->py, value.object, &other)))
            return false;
        *ret_holds = other == (uint64_t)strtoll(number + 1, NULL, 10);
        return true;
    }
    if (item[1] == '@') {
        *ret_holds = there;
        return true;
    }
    if (!there)
        return false;
    if (item[1] == '!') {
        *ret_holds = value.kind != PC_VALUE_OBJECT || !pc_library_is_none(call->w->py, value.object);
        return true;
    }
    return pc_library_truth(call->w, value, ret_holds);
}

/* Writes until {:} or {/} of this level, or the end; `wanted` is false where it is only passed over. */
static bool write_part(pc_library_call *call, const char **template, bool wanted)
{
    const char *at = *template;
    while (*at) {
        const char *brace = strpbrk(at, "{}");
        size_t plain = brace ? (size_t)(brace - at) : strlen(at);
        if (wanted && plain)
            pc_write_printf(call->w, "%.*s", (int)plain, at);
        at += plain;
        if (!*at)
            break;
        if (at[0] == at[1]) {
            char text[2] = {*at, 0};
            if (wanted)
                pc_write(call->w, text);
            at += 2;
            continue;
        }
        const char *end = strchr(at, '}');
        const char *item = at + 1;
        if (!end)
            return false;
        if (*item == ':' || *item == '/')
            break;
        at = end + 1;
        if (*item != '?') {
            if (wanted && !write_item(call, item, (size_t)(end - item)))
                return false;
            continue;
        }
        bool holds = false;
        if (wanted && !condition(call, item, (size_t)(end - item), &holds))
            return false;
        if (!write_part(call, &at, wanted && holds))
            return false;
        if (at[1] == ':') {
            at += 3;
            if (!write_part(call, &at, wanted && !holds))
                return false;
        }
        at += 3; /* {/} */
    }
    *template = at;
    return true;
}

bool pc_template_write(pc_library_call *call, const char *template)
{
    return write_part(call, &template, true);
}
