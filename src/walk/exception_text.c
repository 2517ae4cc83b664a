#include "walk/exception_text.h"

#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "python/dict.h"
#include "python/number.h"
#include "python/str.h"
#include "walk/redact.h"

#define MAX_NESTING 16 /* exceptions that are the only argument of another */

const pc_type *pc_exception_static_base(pc_python *py, const pc_type *type)
{
    for (int i = 0; i < PC_LIMIT_MRO && type && type->heap; i++)
        if (!type->base || !pc_ok(pc_type_read(py, type->base, &type)))
            return NULL;
    return type && !type->heap ? type : NULL;
}

bool pc_exception_type_is(pc_python *py, const pc_type *type, const char *name)
{
    for (int i = 0; i < PC_LIMIT_MRO && type; i++) {
        if (!type->heap && type->short_name && !strcmp(type->short_name, name))
            return true;
        if (!type->base || !pc_ok(pc_type_read(py, type->base, &type)))
            return false;
    }
    return false;
}

bool pc_exception_is(pc_python *py, pc_addr exception, const char *builtin_class)
{
    const pc_type *type;
    return pc_ok(pc_type_of(py, exception, &type)) && pc_exception_type_is(py, type, builtin_class);
}

static bool same_str(pc_python *py, const pc_type *a, const pc_type *b)
{
    uint64_t x, y;
    return pc_ok(pc_field_uint(py, PC_TP_STR, a->address, &x)) && pc_ok(pc_field_uint(py, PC_TP_STR, b->address, &y)) && x == y;
}

/* The class is BaseException's, or shares its str(). */
bool pc_exception_has_default_str(pc_python *py, const pc_type *type)
{
    const pc_type *base = type;
    for (int i = 0; i < PC_LIMIT_MRO && !(base->is_builtin && base->kind == PC_TYPE_EXCEPTION); i++)
        if (!base->base || !pc_ok(pc_type_read(py, base->base, &base)))
            return false;
    return same_str(py, type, base);
}

/* The class whose str() a class has: the first static one in the order of resolution with the same function. class
 * E(ValueError, KeyError) has KeyError's; a __str__ in Python has a slot function of its own. NULL: none. */
static const pc_type *str_owner(pc_python *py, const pc_type *type)
{
    pc_addr mro, items, at;
    uint64_t count;
    const pc_type *class;
    if (!pc_ok(pc_field_uint(py, PC_TP_MRO, type->address, &mro)) || !pc_is(py, mro, PC_TYPE_TUPLE) || !pc_ok(pc_var_size(py, mro, &count)) ||
        !pc_ok(pc_field_address(py, PC_TUPLE_ITEMS, mro, &items)))
        return NULL;
    for (uint64_t i = 0; i < count && i < PC_LIMIT_MRO; i++) {
        if (!pc_ok(pc_pointer_at(py, items, i, &at)) || pc_is(py, at, PC_TYPE_CLASSIC_CLASS))
            continue;
        if (!pc_ok(pc_type_read(py, at, &class)))
            return NULL;
        if (!class->heap && class->kind == PC_TYPE_EXCEPTION && same_str(py, type, class))
            return class;
    }
    return NULL;
}

/* A message on its way. */
typedef struct composer {
    pc_walk *walk;
    pc_buffer text;
    bool unknown, inexact, redacted;
    pc_message_source source; /* why it is unknown */
    bool not_ascii; /* 2.7: a unicode that no str can take is part of it */
    int nesting;
} composer;

static void give_up(composer *c, pc_message_source why)
{
    if (!c->unknown)
        c->source = why;
    c->unknown = true;
}

static void put(composer *c, const char *text)
{
    pc_buffer_puts(&c->text, text);
}

static void put_repr(composer *c, pc_addr object)
{
    pc_repr repr = pc_repr_of(c->walk->py, object, &c->walk->options.limits);
    if (!repr.text)
        give_up(c, PC_MESSAGE_UNREADABLE);
    c->inexact |= !repr.exact;
    c->redacted |= repr.status == PC_STATUS_REDACTED;
    put(c, repr.text ? repr.text : "");
}

/* What encode("ascii", "backslashreplace") makes of it; false where that is the same. */
static bool put_escaped(pc_buffer *buffer, const char *text)
{
    size_t left = strlen(text);
    bool any = false;
    while (left) {
        uint32_t c;
        size_t n = pc_text_decode(text, left, &c);
        if (!n)
            break;
        if (c < 0x80)
            pc_buffer_putc(buffer, (char)c);
        else
            pc_buffer_printf(buffer, c < 0x100 ? "\\x%02x" : c < 0x10000 ? "\\u%04x" : "\\U%08x", c);
        any |= c >= 0x80;
        text += n;
        left -= n;
    }
    return any;
}

static void put_exception(composer *c, pc_addr exception, const pc_type *type);

/* What stands in for code that was not run is not what str() gives. */
static bool is_told(const pc_repr *str)
{
    return str->text && (str->exact || str->truncated || str->status == PC_STATUS_REDACTED);
}

static void put_str(composer *c, pc_addr object)
{
    pc_python *py = c->walk->py;
    const pc_type *type;
    if (pc_ok(pc_type_of(py, object, &type)) && type->kind == PC_TYPE_EXCEPTION) {
        if (++c->nesting > MAX_NESTING)
            give_up(c, PC_MESSAGE_UNKNOWN);
        else
            put_exception(c, object, type);
        c->nesting--;
        return;
    }
    pc_repr str = pc_repr_str(py, object, &c->walk->options.limits);
    if (!is_told(&str)) {
        give_up(c, str.has_error ? PC_MESSAGE_UNREADABLE : PC_MESSAGE_ARGUMENT_CODE);
        return;
    }
    c->inexact |= !str.exact;
    c->redacted |= str.status == PC_STATUS_REDACTED;
    if (pc_is_python2(py) && pc_is(py, object, PC_TYPE_UNICODE))
        c->not_ascii |= put_escaped(&c->text, str.text);
    else
        put(c, str.text);
}

/* The characters of a str, whatever its class makes of them. */
static void put_characters(composer *c, pc_addr object)
{
    const char *text = NULL;
    if (pc_str_text(c->walk->py, object, &text))
        put(c, text);
    else
        give_up(c, PC_MESSAGE_UNREADABLE);
}

static pc_message compose_end(composer *c)
{
    pc_message result = {.source = c->source, .redacted = c->redacted};
    if (!c->unknown) {
        bool cleaned = false;
        const char *text = pc_arena_strdup(c->walk->arena, pc_buffer_text(&c->text));
        /* in all there is nothing but what was redacted piece by piece */
        if (!pc_redacts(c->walk->py, PC_REDACT_ALL))
            text = pc_redact_text(c->walk->options.redaction, c->walk->arena, text, PC_SECRETS_PRINTED, false, &cleaned);
        result.text = text;
        result.redacted |= cleaned;
        result.exact = !c->inexact && !cleaned;
    }
    pc_buffer_deinit(&c->text);
    return result;
}

/* args: none gives '', one its str() (KeyError: its repr()), several the tuple's repr() */
static void put_args(composer *c, pc_addr exception, bool repr_one)
{
    pc_python *py = c->walk->py;
    pc_addr args, items, item;
    uint64_t count;
    if (!pc_ok(pc_field_uint(py, PC_EXC_ARGS, exception, &args)) || !pc_is(py, args, PC_TYPE_TUPLE) || !pc_ok(pc_var_size(py, args, &count))) {
        give_up(c, PC_MESSAGE_UNREADABLE);
    } else if (count > 1) {
        put_repr(c, args);
    } else if (count) {
        if (!pc_ok(pc_field_address(py, PC_TUPLE_ITEMS, args, &items)) || !pc_ok(pc_pointer_at(py, items, 0, &item)))
            give_up(c, PC_MESSAGE_UNREADABLE);
        else if (repr_one)
            put_repr(c, item);
        else
            put_str(c, item);
    }
}

static pc_addr member(pc_python *py, pc_field field, pc_addr object)
{
    pc_addr value = 0;
    if (pc_has(py, field))
        pc_error_destroy(pc_field_uint(py, field, object, &value));
    return value;
}

static void put_str_or_none(composer *c, pc_addr object)
{
    if (object)
        put_str(c, object);
    else
        put(c, "None");
}

/* [Errno 2] No such file or directory: 'x' -> 'y' */
static void put_os_error(composer *c, pc_addr e)
{
    pc_python *py = c->walk->py;
    pc_addr number = member(py, PC_OSERROR_ERRNO, e), text = member(py, PC_OSERROR_STRERROR, e);
    pc_addr file = member(py, PC_OSERROR_FILENAME, e), file2 = member(py, PC_OSERROR_FILENAME2, e);
    if (!file && (!number || !text)) {
        put_args(c, e, false);
        return;
    }
    put(c, "[Errno ");
    put_str_or_none(c, number);
    put(c, "] ");
    put_str_or_none(c, text);
    if (file) {
        put(c, ": ");
        put_repr(c, file);
    }
    if (file && file2) {
        put(c, " -> ");
        put_repr(c, file2);
    }
}

/* message (file.py, line 3), the file without its folders; only of a str and of an int proper */
static void put_syntax_error(composer *c, pc_addr e)
{
    pc_python *py = c->walk->py;
    pc_addr file = member(py, PC_SYNTAXERROR_FILENAME, e), line = member(py, PC_SYNTAXERROR_LINE, e);
    bool two = pc_is_python2(py), named = pc_is(py, file, two ? PC_TYPE_BYTES : PC_TYPE_UNICODE);
    const pc_type *type;
    bool numbered = line && pc_ok(pc_type_of(py, line, &type)) &&
                    (two ? type->kind == PC_TYPE_INT || type->kind == PC_TYPE_BOOL : type->kind == PC_TYPE_LONG && type->is_builtin);
    put_str_or_none(c, member(py, PC_SYNTAXERROR_MESSAGE, e));
    /* its file and line are what somebody gave it, not where a frame is */
    if ((!named && !numbered) || pc_redacts(py, PC_REDACT_ALL))
        return;
    put(c, " (");
    if (named) {
        size_t start = c->text.length;
        put_characters(c, file);
        const char *name = pc_buffer_text(&c->text) + start, *slash = strrchr(name, '/');
        if (slash) {
            char *base = pc_arena_strdup(c->walk->arena, slash + 1);
            pc_buffer_cut(&c->text, start);
            put(c, base);
        }
    }
    uint64_t number = 0;
    if (numbered && !pc_ok(pc_number_uint64(py, line, &number)))
        give_up(c, PC_MESSAGE_UNKNOWN); /* beyond a C long */
    if (numbered)
        pc_buffer_printf(&c->text, named ? ", line %" PRId64 : "line %" PRId64, (int64_t)number);
    put(c, ")");
}

/* 'utf-8' codec can't decode byte 0xff in position 0: invalid start byte */
static void put_unicode_error(composer *c, pc_addr e, const char *what)
{
    pc_python *py = c->walk->py;
    pc_addr object = member(py, PC_UNICODEERROR_OBJECT, e), encoding = member(py, PC_UNICODEERROR_ENCODING, e);
    pc_addr reason = member(py, PC_UNICODEERROR_REASON, e);
    bool decode = !strcmp(what, "decode"), translate = !strcmp(what, "translate");
    int64_t start, end;
    pc_str str;
    if (!object)
        return;
    if (pc_redacts(py, PC_REDACT_ALL)) {
        put(c, PC_SECRETS_MARK);
        c->redacted = c->inexact = true;
        return;
    }
    if (!reason || (!encoding && !translate) || !pc_ok(pc_field_int(py, PC_UNICODEERROR_START, e, &start)) ||
        !pc_ok(pc_field_int(py, PC_UNICODEERROR_END, e, &end)) || !pc_ok(pc_str_open(py, object, &str)) || str.is_bytes != decode ||
        end == INT64_MIN) {
        give_up(c, PC_MESSAGE_UNKNOWN); /* whoever replaces a member may have put anything there */
        return;
    }
    if (!translate) {
        put(c, "'");
        put_str(c, encoding);
        put(c, "' codec ");
    }
    pc_buffer_printf(&c->text, "can't %s ", what);
    uint32_t unit;
    size_t count;
    if (start < 0 || (uint64_t)start >= str.length || start == INT64_MAX || end != start + 1)
        pc_buffer_printf(&c->text, "%s in position %" PRId64 "-%" PRId64 ": ", decode ? "bytes" : "characters", start, end - 1);
    else if (!pc_ok(pc_str_units(py, &str, (uint64_t)start, &unit, 1, &count)) || !count)
        give_up(c, PC_MESSAGE_UNREADABLE);
    else if (decode)
        pc_buffer_printf(&c->text, "byte 0x%02x in position %" PRId64 ": ", unit, start);
    else {
        pc_buffer_printf(&c->text, "character %s'", pc_is_python2(py) ? "u" : "");
        pc_buffer_printf(&c->text, unit <= 0xff ? "\\x%02x" : unit <= 0xffff ? "\\u%04x" : "\\U%08x", unit);
        pc_buffer_printf(&c->text, "' in position %" PRId64 ": ", start);
    }
    put_str(c, reason);
}

static void put_group(composer *c, pc_addr e)
{
    pc_python *py = c->walk->py;
    pc_addr message = member(py, PC_GROUP_MESSAGE, e), tuple = member(py, PC_GROUP_EXCEPTIONS, e);
    uint64_t count;
    if (!message || !pc_is(py, tuple, PC_TYPE_TUPLE) || !pc_ok(pc_var_size(py, tuple, &count))) {
        give_up(c, PC_MESSAGE_UNREADABLE);
        return;
    }
    put_str(c, message);
    pc_buffer_printf(&c->text, " (%" PRIu64 " sub-exception%s)", count, count == 1 ? "" : "s");
}

/* The classes of exceptions.c that have a str() of their own. */
static void put_builtin(composer *c, pc_addr e, const pc_type *type)
{
    static const struct {
        const char *class, *what;
    } unicode_errors[] = {{"UnicodeDecodeError", "decode"}, {"UnicodeEncodeError", "encode"}, {"UnicodeTranslateError", "translate"}};
    pc_python *py = c->walk->py;
    for (size_t i = 0; i < PC_ARRAY_SIZE(unicode_errors); i++)
        if (pc_exception_type_is(py, type, unicode_errors[i].class)) {
            put_unicode_error(c, e, unicode_errors[i].what);
            return;
        }
    if (pc_exception_type_is(py, type, "KeyError")) {
        put_args(c, e, true);
    } else if (pc_exception_type_is(py, type, "OSError") || pc_exception_type_is(py, type, "EnvironmentError")) {
        put_os_error(c, e);
    } else if (pc_exception_type_is(py, type, "SyntaxError")) {
        put_syntax_error(c, e);
    } else if (pc_exception_type_is(py, type, "ImportError")) {
        pc_addr message = member(py, PC_IMPORTERROR_MESSAGE, e);
        const pc_type *of;
        if (message && pc_ok(pc_type_of(py, message, &of)) && of->kind == PC_TYPE_UNICODE && of->is_builtin)
            put_str(c, message);
        else
            put_args(c, e, false);
    } else if (pc_exception_type_is(py, type, "BaseExceptionGroup")) {
        put_group(c, e);
    } else {
        give_up(c, PC_MESSAGE_UNREADABLE);
    }
}

/* A __str__ in Python: told where it is the standard library's own and known. */
static void put_code(composer *c, pc_addr exception)
{
    pc_repr str = pc_repr_str(c->walk->py, exception, &c->walk->options.limits);
    if (!is_told(&str)) {
        give_up(c, PC_MESSAGE_CLASS_CODE);
        return;
    }
    c->inexact |= !str.exact;
    c->redacted |= str.status == PC_STATUS_REDACTED;
    put(c, str.text);
}

static void put_exception(composer *c, pc_addr exception, const pc_type *type)
{
    pc_python *py = c->walk->py;
    if (pc_exception_has_default_str(py, type)) {
        put_args(c, exception, false);
        return;
    }
    /* a member that cannot be read must not pass for one that was not given */
    uint8_t members[512];
    size_t size = type->basic_size > 0 && type->basic_size < (int64_t)sizeof(members) ? (size_t)type->basic_size : sizeof(members);
    const pc_type *owner = str_owner(py, type);
    if (!owner) {
        put_code(c, exception);
        return;
    }
    if (!pc_ok(pc_memory_read(py->memory, exception, members, size))) {
        give_up(c, PC_MESSAGE_UNREADABLE);
        return;
    }
    size_t start = c->text.length;
    bool before = c->not_ascii;
    c->not_ascii = false;
    put_builtin(c, exception, owner);
    /* 2.7: only the text of an EnvironmentError may be unicode */
    if (c->not_ascii && !c->unknown && !pc_exception_type_is(py, owner, "EnvironmentError")) {
        pc_buffer_cut(&c->text, start);
        pc_buffer_printf(&c->text, "<unprintable %s object>", type->short_name ? type->short_name : "?");
        if (!type->short_name)
            give_up(c, PC_MESSAGE_UNREADABLE);
        c->not_ascii = false;
    }
    c->not_ascii |= before;
}

pc_message pc_exception_message(pc_walk *walk, pc_addr exception, const pc_type *type)
{
    composer c = {.walk = walk};
    put_exception(&c, exception, type);
    return compose_end(&c);
}

pc_message pc_exception_str_of(pc_walk *walk, pc_addr object)
{
    composer c = {.walk = walk};
    put_str(&c, object);
    return compose_end(&c);
}

/* ---- 2.7's classes without object as their base ---- */

/* Whether one of the names is defined by the class or one of its bases; true, too, where that cannot be known. */
static bool classic_defines(pc_python *py, pc_addr class, const char *const *names, size_t name_count)
{
    pc_addr todo[64] = {class};
    size_t count = 1;
    for (size_t i = 0; i < count; i++) {
        pc_addr dict, bases, items, value;
        uint64_t n;
        bool there;
        if (!pc_ok(pc_field_uint(py, PC_CL_DICT, todo[i], &dict)) || !pc_ok(pc_field_uint(py, PC_CL_BASES, todo[i], &bases)) ||
            !pc_ok(pc_var_size(py, bases, &n)) || !pc_ok(pc_field_address(py, PC_TUPLE_ITEMS, bases, &items)))
            return true;
        for (size_t k = 0; k < name_count; k++)
            if (!pc_ok(pc_dict_get(py, dict, names[k], &there, &value)) || there)
                return true;
        for (uint64_t k = 0; k < n; k++)
            if (count == PC_ARRAY_SIZE(todo) || !pc_ok(pc_pointer_at(py, items, k, &todo[count])) ||
                !pc_is(py, todo[count++], PC_TYPE_CLASSIC_CLASS))
                return true;
    }
    return false;
}

/* str() is repr() as long as neither the instance nor its classes define a method that would be asked. */
static void classic_message(pc_walk *walk, pc_addr class, pc_exception *e)
{
    static const char *const names[] = {"__str__", "__repr__", "__getattr__", "__unicode__"};
    pc_python *py = walk->py;
    pc_addr dict, value;
    bool there;
    e->message_source = PC_MESSAGE_CLASS_CODE;
    if (classic_defines(py, class, names, PC_ARRAY_SIZE(names)) || !pc_ok(pc_field_uint(py, PC_IN_DICT, e->address, &dict)))
        return;
    for (size_t i = 0; i < PC_ARRAY_SIZE(names); i++)
        if (!pc_ok(pc_dict_get(py, dict, names[i], &there, &value)) || there)
            return;
    pc_repr repr = pc_repr_of(py, e->address, &walk->options.limits);
    if (!repr.exact)
        return;
    e->message = repr.text;
    e->message_exact = true;
    e->message_source = PC_MESSAGE_KNOWN;
}

void pc_exception_classic(pc_walk *walk, pc_exception *e)
{
    pc_python *py = walk->py;
    pc_addr class, name, dict, module;
    if (!pc_ok(pc_field_uint(py, PC_IN_CLASS, e->address, &class)) || !pc_ok(pc_field_uint(py, PC_CL_NAME, class, &name)) ||
        !pc_str_text(py, name, &e->type)) {
        e->status = PC_STATUS_UNREADABLE;
        return;
    }
    if (pc_ok(pc_field_uint(py, PC_CL_DICT, class, &dict)) && pc_dict_find(py, dict, "__module__", &module))
        pc_str_text(py, module, &e->module);
    e->full_type = e->type;
    classic_message(walk, class, e);
}
