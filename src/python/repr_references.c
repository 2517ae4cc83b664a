/* repr() of what refers to other objects without showing them: weak references and proxies, super, memoryview, capsules,
 * context variables. */
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "python/named.h"
#include "python/repr_parts.h"

static pc_error *referent(pc_writer *w, pc_addr object, pc_addr *ret_referent, bool *ret_dead, const char **ret_type)
{
    const pc_type *type;
    PC_TRY(pc_field_uint(w->py, PC_WR_OBJECT, object, ret_referent));
    PC_TRY(pc_type_of(w->py, *ret_referent, &type));
    /* None stands where the referent was */
    *ret_dead = type->kind == PC_TYPE_NONE;
    *ret_type = type->tp_name;
    if (pc_traits_worded(w->py->traits, PC_WORDING_REFERENT_IN_FULL))
        *ret_type = type->module && !strcmp(type->module, "__main__") ? type->qualname : type->full_name;
    return *ret_type ? NULL : pc_type_name_missing(type);
}

static bool same(pc_python *py, const pc_named *a, const pc_named *b)
{
    bool is_str = pc_named_is_str(py, a);
    if (is_str != pc_named_is_str(py, b) || a->state == PC_NAMED_UNKNOWN || b->state == PC_NAMED_UNKNOWN)
        return false;
    return !is_str || (a->state == b->state && (a->state == PC_NAMED_TEXT || a->object == b->object));
}

/* The referent's __name__: of the object at first; later only what its type has counts, which came with some 3.11.x. */
static pc_error *name_of(pc_writer *w, pc_addr object, pc_named *ret_name)
{
    bool may_ask_type = pc_traits_worded(w->py->traits, PC_WORDING_WEAKREF_MAY_ASK_TYPE),
         asks_type = pc_traits_worded(w->py->traits, PC_WORDING_WEAKREF_ASKS_TYPE);
    pc_named other;
    PC_TRY(asks_type ? pc_named_special(w->py, object, "__name__", ret_name)
                     : pc_named_attribute(w->py, object, "__name__", ret_name));
    if (may_ask_type && !asks_type) {
        PC_TRY(pc_named_special(w->py, object, "__name__", &other));
        if (!same(w->py, ret_name, &other))
            ret_name->state = PC_NAMED_UNKNOWN;
    }
    return NULL;
}

/* <weakref at 0x...; to 'C' at 0x... (name)> */
pc_error *pc_write_weakref(pc_writer *w, pc_addr object, const pc_type *type)
{
    pc_addr to;
    pc_named name = {0};
    bool dead;
    const char *of, *text;
    (void)type;
    PC_TRY(referent(w, object, &to, &dead, &of));
    if (dead) {
        pc_write_printf(w, "<weakref at " PC_ADDR "; dead>", object);
        return NULL;
    }
    PC_TRY(name_of(w, to, &name));
    w->inexact |= name.state == PC_NAMED_UNKNOWN;
    pc_write_printf(w, "<weakref at " PC_ADDR "; to '%s' at " PC_ADDR, object, of, to);
    if (pc_named_is_str(w->py, &name)) {
        if (!pc_named_text(w->py, &name, &text))
            return pc_error_at(PC_ERROR_NOT_SAVED, name.object, "the name of the object at " PC_ADDR " cannot be read", to);
        pc_write_printf(w, " (%s)", text);
    }
    pc_write(w, name.state == PC_NAMED_UNKNOWN ? "...>" : ">");
    return NULL;
}

/* A proxy's repr() is its own; all else that it is asked goes to the referent. */
pc_error *pc_write_weakproxy(pc_writer *w, pc_addr object, const pc_type *type)
{
    pc_addr to;
    bool dead;
    const char *of;
    (void)type;
    PC_TRY(referent(w, object, &to, &dead, &of));
    if (!pc_traits_worded(w->py->traits, PC_WORDING_WEAKPROXY_QUOTES))
        pc_write_printf(w, "<weakproxy at " PC_ADDR " to %s at " PC_ADDR ">", object, of, to);
    else if (dead)
        pc_write_printf(w, "<weakproxy at " PC_ADDR "; dead>", object);
    else
        pc_write_printf(w, "<weakproxy at " PC_ADDR "; to '%s' at " PC_ADDR ">", object, of, to);
    return NULL;
}

static pc_error *type_name(pc_writer *w, pc_addr address, const char **ret_name)
{
    const pc_type *type;
    *ret_name = "NULL";
    if (!address)
        return NULL;
    PC_TRY(pc_type_read(w->py, address, &type));
    if (!type->tp_name)
        return pc_type_name_missing(type);
    *ret_name = type->tp_name;
    return NULL;
}

/* <super: <class 'C'>, <D object>> */
pc_error *pc_write_super(pc_writer *w, pc_addr object, const pc_type *type)
{
    pc_addr class, of;
    const char *class_name, *of_name;
    (void)type;
    PC_TRY(pc_field_uint(w->py, PC_SUPER_TYPE, object, &class));
    PC_TRY(pc_field_uint(w->py, PC_SUPER_OBJECT_TYPE, object, &of));
    PC_TRY(type_name(w, class, &class_name));
    PC_TRY(type_name(w, of, &of_name));
    pc_write_printf(w, of ? "<super: <class '%s'>, <%s object>>" : "<super: <class '%s'>, %s>", class_name, of_name);
    return NULL;
}

#define MEMORYVIEW_RELEASED 1 /* _Py_MEMORYVIEW_RELEASED */

pc_error *pc_write_memoryview(pc_writer *w, pc_addr object, const pc_type *type)
{
    uint64_t flags = 0;
    (void)type;
    if (pc_has(w->py, PC_MEMORYVIEW_FLAGS))
        PC_TRY(pc_field_uint(w->py, PC_MEMORYVIEW_FLAGS, object, &flags));
    pc_write_printf(w, flags & MEMORYVIEW_RELEASED ? "<released memory at " PC_ADDR ">" : "<memory at " PC_ADDR ">", object);
    return NULL;
}

pc_error *pc_write_capsule(pc_writer *w, pc_addr object, const pc_type *type)
{
    pc_addr name;
    PC_AUTO_BUFFER raw = {0}, text = {0};
    (void)type;
    PC_TRY(pc_field_uint(w->py, PC_CAPSULE_NAME, object, &name));
    if (!name) {
        pc_write_printf(w, "<capsule object NULL at " PC_ADDR ">", object);
        return NULL;
    }
    PC_TRY(pc_memory_string(w->py->memory, name, PC_LIMIT_NAME, &raw));
    pc_text_put_bytes(&text, pc_buffer_text(&raw), raw.length);
    w->inexact |= !pc_text_is_utf8(pc_buffer_text(&raw), raw.length); /* it has a character of its own for each such byte */
    pc_write_printf(w, "<capsule object \"%s\" at " PC_ADDR ">", pc_buffer_text(&text), object);
    return NULL;
}

/* ---- contextvars ---- */

/* <ContextVar name='n' default=1 at 0x...> */
pc_error *pc_write_context_var(pc_writer *w, pc_addr object, const pc_type *type)
{
    pc_addr name, value;
    (void)type;
    PC_TRY(pc_field_uint(w->py, PC_VAR_NAME, object, &name));
    PC_TRY(pc_field_uint(w->py, PC_VAR_DEFAULT, object, &value));
    PC_AUTO_BUFFER close = {0};
    pc_buffer_printf(&close, " at " PC_ADDR ">", object);
    if (!pc_write_enter_unguarded(w, object, "<ContextVar name=", close.data))
        return NULL;
    pc_write(w, "<ContextVar name=");
    pc_write_object(w, name);
    if (value) {
        pc_write(w, " default=");
        pc_write_object(w, value);
    }
    w->depth--;
    pc_write(w, close.data);
    return NULL;
}

pc_error *pc_write_context_token(pc_writer *w, pc_addr object, const pc_type *type)
{
    pc_addr var;
    uint64_t used;
    (void)type;
    PC_TRY(pc_field_uint(w->py, PC_TOKEN_VAR, object, &var));
    PC_TRY(pc_field_uint(w->py, PC_TOKEN_USED, object, &used));
    PC_AUTO_BUFFER close = {0};
    pc_buffer_printf(&close, " at " PC_ADDR ">", object);
    const char *open = used ? "<Token used var=" : "<Token var=";
    if (!pc_write_enter_unguarded(w, object, open, close.data))
        return NULL;
    pc_write(w, open);
    pc_write_object(w, var);
    w->depth--;
    pc_write(w, close.data);
    return NULL;
}

pc_error *pc_write_token_missing(pc_writer *w, pc_addr object, const pc_type *type)
{
    (void)object;
    (void)type;
    pc_write(w, "<Token.MISSING>");
    return NULL;
}

/* ---- 3.15 ---- */

/* As it was made: sentinel("name", repr="text") */
pc_error *pc_write_sentinel(pc_writer *w, pc_addr object, const pc_type *type)
{
    (void)type;
    pc_addr text;
    PC_TRY(pc_field_uint(w->py, PC_SENTINEL_REPR, object, &text));
    if (!text || pc_is(w->py, text, PC_TYPE_NONE))
        PC_TRY(pc_field_uint(w->py, PC_SENTINEL_NAME, object, &text));
    return pc_write_str(w, text);
}

#define MAX_LAZY 32 /* names of what is imported from another lazy import */

static pc_error *write_first_part(pc_writer *w, pc_addr name)
{
    const char *text;
    if (!pc_str_text(w->py, name, &text))
        return pc_error_at(PC_ERROR_NOT_SAVED, name, "the name of a module cannot be read");
    pc_write_printf(w, "%.*s", (int)strcspn(text, "."), text);
    return NULL;
}

/* "import a.b", "from a import b"; what "import a.b as c" leaves is b of an import of a.b. */
static pc_error *write_lazy_name(pc_writer *w, pc_addr object)
{
    pc_addr at = object, from, attribute, parts[MAX_LAZY];
    size_t count = 0;
    for (;;) {
        PC_TRY(pc_field_uint(w->py, PC_LAZY_FROM, at, &from));
        PC_TRY(pc_field_uint(w->py, PC_LAZY_ATTRIBUTE, at, &attribute));
        if (!pc_is(w->py, from, PC_TYPE_LAZY_IMPORT))
            break;
        if (count == MAX_LAZY)
            return pc_error_at(PC_ERROR_LIMIT, object, "the lazy import at " PC_ADDR " is one of too many others", object);
        PC_TRY(pc_expect(w->py, attribute, PC_TYPE_UNICODE));
        parts[count++] = attribute;
        at = from;
    }
    PC_TRY(pc_expect(w->py, from, PC_TYPE_UNICODE));
    bool whole = !attribute || pc_is(w->py, attribute, PC_TYPE_NONE);
    PC_TRY(whole && count ? write_first_part(w, from) : pc_write_str(w, from));
    if (!whole && pc_is(w->py, attribute, PC_TYPE_UNICODE)) {
        pc_write(w, ".");
        PC_TRY(pc_write_str(w, attribute));
    } else if (!whole && !count) {
        pc_write(w, "..."); /* as the interpreter does: "from a import ..." */
    }
    while (count) {
        pc_write(w, ".");
        PC_TRY(pc_write_str(w, parts[--count]));
    }
    return NULL;
}

pc_error *pc_write_lazy_import(pc_writer *w, pc_addr object, const pc_type *type)
{
    (void)type;
    pc_write(w, "<lazy_import '");
    PC_TRY(write_lazy_name(w, object));
    pc_write(w, "'>");
    return NULL;
}
