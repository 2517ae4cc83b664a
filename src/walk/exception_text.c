#include "walk/exception_text.h"

#include <string.h>

#include "base/limits.h"
#include "python/dict.h"
#include "python/str.h"

/* The next static class up, itself included: where the interpreter's own code begins. */
static const pc_type *static_base(pc_python *py, const pc_type *type)
{
    for (int i = 0; i < PC_LIMIT_MRO && type && type->heap; i++)
        if (!type->base || !pc_ok(pc_type_read(py, type->base, &type)))
            return NULL;
    return type && !type->heap ? type : NULL;
}

static bool static_is(pc_python *py, const pc_type *type, const char *name)
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
    return pc_ok(pc_type_of(py, exception, &type)) && static_is(py, type, builtin_class);
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

static const char *str_of(pc_walk *walk, pc_addr object)
{
    pc_repr text = pc_repr_str(walk->py, object, &walk->options.limits);
    return text.text && (text.exact || text.truncated) ? text.text : NULL;
}

static const char *repr_text(pc_walk *walk, pc_addr object)
{
    return pc_repr_of(walk->py, object, &walk->options.limits).text;
}

/* args: none gives '', one its str() (KeyError: its repr()), several the tuple's repr() */
static const char *from_args(pc_walk *walk, pc_addr exception, bool repr_one)
{
    pc_python *py = walk->py;
    pc_addr args, items, item;
    uint64_t count;
    if (!pc_ok(pc_field_uint(py, PC_EXC_ARGS, exception, &args)) || !pc_is(py, args, PC_TYPE_TUPLE) || !pc_ok(pc_var_size(py, args, &count)))
        return NULL;
    if (!count)
        return "";
    if (count > 1)
        return repr_text(walk, args);
    if (!pc_ok(pc_field_address(py, PC_TUPLE_ITEMS, args, &items)) || !pc_ok(pc_pointer_at(py, items, 0, &item)))
        return NULL;
    if (repr_one)
        return repr_text(walk, item);
    return str_of(walk, item);
}

static pc_addr member(pc_python *py, pc_field field, pc_addr object)
{
    pc_addr value = 0;
    if (pc_has(py, field))
        pc_error_destroy(pc_field_uint(py, field, object, &value));
    return value;
}

static bool given(pc_python *py, pc_addr object)
{
    return object && !pc_is(py, object, PC_TYPE_NONE);
}

/* [Errno 2] No such file or directory: 'x' -> 'y' */
static const char *os_error(pc_walk *walk, pc_addr e)
{
    pc_python *py = walk->py;
    pc_addr number = member(py, PC_OSERROR_ERRNO, e), text = member(py, PC_OSERROR_STRERROR, e);
    pc_addr file = member(py, PC_OSERROR_FILENAME, e), file2 = member(py, PC_OSERROR_FILENAME2, e);
    if (!number || !text || (pc_is_python2(py) && (!given(py, number) || !given(py, text))))
        return from_args(walk, e, false);
    const char *a = str_of(walk, number), *b = str_of(walk, text);
    if (!a || !b)
        return NULL;
    bool named = pc_is_python2(py) ? given(py, file) : file != 0;
    if (!named)
        return pc_arena_printf(walk->arena, "[Errno %s] %s", a, b);
    const char *c = repr_text(walk, file), *d = file2 ? repr_text(walk, file2) : NULL;
    if (!c || (file2 && !d))
        return NULL;
    if (d)
        return pc_arena_printf(walk->arena, "[Errno %s] %s: %s -> %s", a, b, c, d);
    return pc_arena_printf(walk->arena, "[Errno %s] %s: %s", a, b, c);
}

/* message (file.py, line 3), the file without its folders */
static const char *syntax_error(pc_walk *walk, pc_addr e)
{
    pc_python *py = walk->py;
    pc_addr message = member(py, PC_SYNTAXERROR_MESSAGE, e), file = member(py, PC_SYNTAXERROR_FILENAME, e), line = member(py, PC_SYNTAXERROR_LINE, e);
    const char *text = message ? str_of(walk, message) : "None";
    const char *name = given(py, file) ? str_of(walk, file) : NULL;
    const char *number = given(py, line) ? repr_text(walk, line) : NULL;
    if (!text)
        return NULL;
    const char *slash = name ? strrchr(name, '/') : NULL;
    name = slash ? slash + 1 : name;
    if (name && number)
        return pc_arena_printf(walk->arena, "%s (%s, line %s)", text, name, number);
    if (name)
        return pc_arena_printf(walk->arena, "%s (%s)", text, name);
    if (number)
        return pc_arena_printf(walk->arena, "%s (line %s)", text, number);
    return text;
}

/* 'utf-8' codec can't decode byte 0xff in position 0: invalid start byte */
static const char *unicode_error(pc_walk *walk, pc_addr e, const pc_type *type)
{
    pc_python *py = walk->py;
    pc_addr object = member(py, PC_UNICODEERROR_OBJECT, e), encoding = member(py, PC_UNICODEERROR_ENCODING, e);
    pc_addr reason = member(py, PC_UNICODEERROR_REASON, e);
    bool decode = static_is(py, type, "UnicodeDecodeError"), translate = static_is(py, type, "UnicodeTranslateError");
    int64_t start, end;
    pc_str str;
    if (!object)
        return "";
    const char *codec = translate ? NULL : encoding ? str_of(walk, encoding) : NULL, *why = reason ? str_of(walk, reason) : NULL;
    if (!why || (!codec && !translate) || !pc_ok(pc_field_int(py, PC_UNICODEERROR_START, e, &start)) ||
        !pc_ok(pc_field_int(py, PC_UNICODEERROR_END, e, &end)) || !pc_ok(pc_str_open(py, object, &str)) || str.is_bytes != decode)
        return NULL;
    const char *what = decode ? "decode" : translate ? "translate" : "encode";
    const char *head = codec ? pc_arena_printf(walk->arena, "'%s' codec can't %s", codec, what) : pc_arena_printf(walk->arena, "can't %s", what);
    if (start < 0 || (uint64_t)start >= str.length || end != start + 1)
        return pc_arena_printf(walk->arena, "%s %s in position %" PRId64 "-%" PRId64 ": %s", head, decode ? "bytes" : "characters", start, end - 1, why);
    uint32_t c;
    size_t count;
    if (!pc_ok(pc_str_units(py, &str, (uint64_t)start, &c, 1, &count)) || !count)
        return NULL;
    if (decode)
        return pc_arena_printf(walk->arena, "%s byte 0x%02x in position %" PRId64 ": %s", head, c, start, why);
    const char *quote = pc_is_python2(py) ? "u'" : "'";
    return pc_arena_printf(walk->arena, c <= 0xff ? "%s character %s\\x%02x' in position %" PRId64 ": %s" : c <= 0xffff ? "%s character %s\\u%04x' in position %" PRId64 ": %s" : "%s character %s\\U%08x' in position %" PRId64 ": %s",
                           head, quote, c, start, why);
}

/* The classes of exceptions.c that have a str() of their own. */
static const char *builtin_message(pc_walk *walk, pc_addr e, const pc_type *type)
{
    pc_python *py = walk->py;
    if (static_is(py, type, "KeyError"))
        return from_args(walk, e, true);
    if (static_is(py, type, "OSError") || static_is(py, type, "EnvironmentError"))
        return os_error(walk, e);
    if (static_is(py, type, "SyntaxError"))
        return syntax_error(walk, e);
    if (static_is(py, type, "ImportError")) {
        pc_addr message = member(py, PC_IMPORTERROR_MESSAGE, e);
        return given(py, message) && pc_is(py, message, PC_TYPE_UNICODE) ? str_of(walk, message) : from_args(walk, e, false);
    }
    if (static_is(py, type, "BaseExceptionGroup")) {
        pc_addr message = member(py, PC_GROUP_MESSAGE, e), tuple = member(py, PC_GROUP_EXCEPTIONS, e);
        uint64_t count;
        const char *text = message ? str_of(walk, message) : NULL;
        if (!text || !tuple || !pc_ok(pc_var_size(py, tuple, &count)))
            return NULL;
        return pc_arena_printf(walk->arena, "%s (%" PRIu64 " sub-exception%s)", text, count, count == 1 ? "" : "s");
    }
    if (static_is(py, type, "UnicodeDecodeError") || static_is(py, type, "UnicodeEncodeError") || static_is(py, type, "UnicodeTranslateError"))
        return unicode_error(walk, e, type);
    return NULL;
}

const char *pc_exception_message(pc_walk *walk, pc_addr exception, const pc_type *type)
{
    pc_python *py = walk->py;
    if (pc_exception_has_default_str(py, type))
        return from_args(walk, exception, false);
    /* a member that cannot be read must not pass for one that was not given */
    uint8_t members[512];
    size_t size = type->basic_size > 0 && type->basic_size < (int64_t)sizeof(members) ? (size_t)type->basic_size : sizeof(members);
    if (!pc_ok(pc_memory_read(py->memory, exception, members, size)))
        return NULL;
    const pc_type *base = static_base(py, type);
    /* a __str__ in Python has a slot function of its own */
    if (!base || !same_str(py, type, base))
        return NULL;
    return builtin_message(walk, exception, base);
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
    e->full_type = e->module ? pc_arena_printf(walk->arena, "%s.%s", e->module, e->type) : e->type;
}
