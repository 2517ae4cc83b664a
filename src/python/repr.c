#include "python/repr.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "python/library.h"
#include "python/number.h"
#include "python/repr_builtins.h"

const char *pc_status_name(pc_status status)
{
    static const char *const names[] = {"complete", "truncated", "unreadable", "cycle", "corrupt", "repeated", "stale", "redacted"};
    return names[status];
}

pc_status pc_status_of_error(const pc_error *error)
{
    return error->code == PC_ERROR_CORRUPT || error->code == PC_ERROR_UNMAPPED ? PC_STATUS_CORRUPT
           : error->code == PC_ERROR_LIMIT                                   ? PC_STATUS_TRUNCATED
                                                                             : PC_STATUS_UNREADABLE;
}

void pc_write_bytes(pc_writer *w, const char *text, size_t length)
{
    if (w->full)
        return;
    size_t taken = 0;
    for (; taken < length; taken++) {
        if (((uint8_t)text[taken] & 0xc0) == 0x80)
            continue;
        if (w->characters == w->max_characters) {
            w->full = true;
            break;
        }
        w->characters++;
    }
    pc_buffer_append(&w->out, text, taken);
}

void pc_write(pc_writer *w, const char *text)
{
    pc_write_bytes(w, text, strlen(text));
}

void pc_write_printf(pc_writer *w, const char *format, ...)
{
    PC_AUTO_BUFFER text = {0};
    va_list args;
    va_start(args, format);
    pc_buffer_vprintf(&text, format, args);
    va_end(args);
    pc_write_bytes(w, pc_buffer_text(&text), text.length);
}

static void note_error(pc_writer *w, pc_error *error)
{
    if (!w->has_error || w->status == PC_STATUS_COMPLETE) {
        w->status = pc_status_of_error(error);
        w->has_error = true;
        w->error_address = error->address;
    }
    pc_error_destroy(error);
}

/* ---- numbers ---- */

static bool is_blanked_int(pc_python *py, pc_addr object)
{
    pc_addr first;
    uint64_t size;
    if (!py->memory->blanked.count || !pc_ok(pc_number_bytes(py, object, &first, &size)))
        return false;
    const pc_range *r = size ? pc_ranges_from(&py->memory->blanked, first) : NULL;
    return r && r->first - first < size;
}

static pc_error *write_int(pc_writer *w, pc_addr object, const pc_type *type)
{
    PC_AUTO_BUFFER text = {0}, clean = {0};
    size_t digits;
    pc_addr first;
    uint64_t size;
    if (is_blanked_int(w->py, object))
        return pc_write_redacted(w, object, type);
    PC_TRY(pc_number_put_int_begin(w->py, object, w->max_characters - w->characters + 1, &text, &digits));
    if (pc_redacts(w->py, PC_REDACT_SECRETS) && pc_secrets_clean(&w->py->redaction->secrets, pc_buffer_text(&text), PC_SECRETS_PRINTED, false, &clean)) {
        if (pc_ok(pc_number_bytes(w->py, object, &first, &size)))
            pc_memory_blank(w->py->memory, first, size);
        return pc_write_redacted(w, object, type);
    }
    if (w->py->max_str_digits > 0 && digits > (uint64_t)w->py->max_str_digits)
        w->inexact = true; /* the interpreter itself would have refused */
    pc_write_bytes(w, text.data, text.length);
    if (pc_is_python2(w->py) && type->kind == PC_TYPE_LONG)
        pc_write(w, "L");
    return NULL;
}

static pc_error *write_bool(pc_writer *w, pc_addr object)
{
    uint64_t value;
    PC_TRY(pc_number_uint64(w->py, object, &value));
    if (value > 1)
        return pc_error_at(PC_ERROR_CORRUPT, object, "a bool of %" PRIu64, value);
    pc_write(w, value ? "True" : "False");
    return NULL;
}

static pc_error *write_float(pc_writer *w, pc_addr object, pc_kind kind)
{
    PC_AUTO_BUFFER text = {0};
    double real, imag;
    if (kind == PC_TYPE_FLOAT) {
        PC_TRY(pc_field_double(w->py, PC_OB_FVAL, object, &real));
        pc_number_put_float(&text, real);
    } else {
        PC_TRY(pc_field_double(w->py, PC_COMPLEX_REAL, object, &real));
        PC_TRY(pc_field_double(w->py, PC_COMPLEX_IMAG, object, &imag));
        pc_number_put_complex(&text, real, imag);
    }
    pc_write_bytes(w, text.data, text.length);
    return NULL;
}

/* ---- others ---- */

static pc_error *write_bytearray(pc_writer *w, pc_addr object, const pc_type *type)
{
    bool own = w->py->traits->bytearray_names_class && !type->is_builtin && type->short_name;
    pc_write_printf(w, "%s(b", own ? type->short_name : "bytearray");
    PC_TRY(pc_write_quoted_as(w, object, w->py->traits->bytearray_quotes_as_bytes ? PC_QUOTE_BYTES : PC_QUOTE_BYTEARRAY));
    pc_write(w, ")");
    return NULL;
}

static pc_repr_writer *const writers[PC_TYPE_COUNT] = {
#define PC_TYPE(kind, module, names, writer) [PC_TYPE_##kind] = writer,
#include "python/types.def"
#undef PC_TYPE
};

pc_error *pc_write_by_kind(pc_writer *w, pc_addr object, const pc_type *type)
{
    switch (type->kind) {
    case PC_TYPE_NONE:
        pc_write(w, "None");
        return NULL;
    case PC_TYPE_NOT_IMPLEMENTED:
        pc_write(w, "NotImplemented");
        return NULL;
    case PC_TYPE_ELLIPSIS:
        pc_write(w, "Ellipsis");
        return NULL;
    case PC_TYPE_BOOL:
        return write_bool(w, object);
    case PC_TYPE_INT:
    case PC_TYPE_LONG:
        return write_int(w, object, type);
    case PC_TYPE_FLOAT:
    case PC_TYPE_COMPLEX:
        return write_float(w, object, type->kind);
    case PC_TYPE_UNICODE:
        if (pc_is_python2(w->py))
            pc_write(w, "u");
        return pc_write_quoted_as(w, object, pc_is_python2(w->py) ? PC_QUOTE_UNICODE2 : PC_QUOTE_STR);
    case PC_TYPE_BYTES:
        if (!pc_is_python2(w->py))
            pc_write(w, "b");
        return pc_write_quoted_as(w, object, PC_QUOTE_BYTES);
    case PC_TYPE_BYTEARRAY:
        return write_bytearray(w, object, type);
    case PC_TYPE_TUPLE:
    case PC_TYPE_LIST:
        return pc_write_sequence(w, object, type->kind == PC_TYPE_TUPLE);
    case PC_TYPE_DICT:
        return pc_write_dict(w, object);
    case PC_TYPE_SET:
    case PC_TYPE_FROZENSET:
        return pc_write_set(w, object, type);
    case PC_TYPE_RANGE:
        return pc_write_range(w, object);
    case PC_TYPE_SLICE:
        return pc_write_slice(w, object);
    case PC_TYPE_EXCEPTION:
        return pc_write_exception(w, object, type);
    default:
        return writers[type->kind] ? writers[type->kind](w, object, type) : pc_write_named(w, object, type);
    }
}

/* What is referred to has a reference; and nobody has memory for as many as this. Immortal objects have one that lies
 * between (3.12); free-threaded builds count in two places, which are not looked at. */
static inline __attribute__((always_inline)) pc_error *check_references(pc_python *py, const pc_view *object)
{
    int64_t count;
    if (!pc_has(py, PC_OB_REFCNT))
        return NULL;
    PC_TRY(pc_view_reference_count(py, object, &count));
    if (count < 1 || count > PC_LIMIT_REFERENCES)
        return pc_error_at(PC_ERROR_CORRUPT, object->address, "the object at " PC_ADDR " has a reference count of %" PRId64, object->address, count);
    return NULL;
}

#define NUMBER_LENGTH 20 /* of any int64_t */

bool pc_repr_is_number(pc_python *py, pc_addr object, const pc_repr_limits *limits, int64_t *ret_number)
{
    const pc_type *type;
    int64_t number;
    /* most variables of a deep recursion are ints: it is looked at once, as if it were one */
    const pc_view view = pc_view_of(py, PC_STRUCT_LONG, object);
    /* what is to be hidden is looked for in the text, which may be cut or be one that the interpreter refuses to make, too */
    if ((py->redaction && py->redaction->level != PC_REDACT_NONE) || py->memory->blanked.count ||
        (limits->max_repr && limits->max_repr < NUMBER_LENGTH) || (py->max_str_digits > 0 && py->max_str_digits < NUMBER_LENGTH) ||
        !pc_ok(pc_type_of_view(py, &view, &type)) || !type->is_int || !pc_ok(check_references(py, &view)) || !pc_number_small(py, &view, &number) ||
        pc_memory_is_starving(py->memory))
        return false;
    *ret_number = number;
    return true;
}

static pc_error *write_any(pc_writer *w, pc_addr object)
{
    const pc_type *type;
    const pc_view head = pc_view_of(w->py, PC_STRUCT_OBJECT, object);
    PC_TRY(pc_type_of_view(w->py, &head, &type));
    pc_error *error = check_references(w->py, &head);
    if (error) {
        /* which of these it is, its type says: they are what a process of many wrong decrements dies of */
        if (type->kind != PC_TYPE_NONE && type->kind != PC_TYPE_NOT_IMPLEMENTED && type->kind != PC_TYPE_ELLIPSIS)
            return error;
        note_error(w, error);
    }
    if (w->hide)
        return pc_write_redacted(w, object, type);
    if (type->repr_is_default)
        return pc_write_default(w, object, type);
    /* 2.7's classic instances look for a method of their class first */
    if (type->kind == PC_TYPE_CLASSIC_INSTANCE && pc_write_library(w, object, type))
        return NULL;
    if (type->repr_is_builtin)
        return pc_write_by_kind(w, object, type);
    if (pc_write_library(w, object, type))
        return NULL;
    /* a __repr__ that would have to be run */
    w->inexact = true;
    return pc_write_default(w, object, type);
}

void pc_write_object(pc_writer *w, pc_addr object)
{
    if (w->full)
        return;
    /* not all that leads to other objects is a container: a module's name may be the module itself */
    if (++w->work > PC_LIMIT_VALUE_WORK || w->nesting >= PC_LIMIT_REPR_NESTING) {
        pc_write(w, "...");
        w->inexact = w->truncated = true;
        return;
    }
    uint32_t depth = w->depth;
    size_t length = w->out.length;
    bool hide = w->hide;
    if (!hide && pc_redacts(w->py, PC_REDACT_SECRETS))
        w->hide = pc_secrets_names_next(pc_buffer_text(&w->out), length);
    if (w->hide && !hide)
        pc_map_add(&w->py->secret_objects, object);
    w->nesting++;
    pc_error *error = object ? write_any(w, object) : pc_error_at(PC_ERROR_CORRUPT, 0, "a pointer to an object is NULL");
    w->nesting--;
    w->hide = hide;
    w->depth = depth; /* an error leaves its containers behind */
    if (pc_memory_is_starving(w->py->memory)) {
        /* what was written of this object may be wrong: the value is cut before it */
        if (!w->full)
            pc_buffer_cut(&w->out, length);
        w->full = true;
        pc_error_destroy(error);
    } else if (error) {
        note_error(w, error);
        w->inexact = true;
        pc_write_printf(w, object ? "<unreadable object at " PC_ADDR ">" : "<NULL>", object);
    }
}

/* The value as such is not known: nothing is told in its place. */
static pc_repr give_up(pc_writer *w, pc_error *error)
{
    pc_repr result = {.status = PC_STATUS_TRUNCATED};
    if (error && !pc_memory_is_starving(w->py->memory))
        result = (pc_repr){.status = pc_status_of_error(error), .has_error = true, .error_address = error->address};
    pc_error_destroy(error);
    pc_buffer_deinit(&w->out);
    return result;
}

static pc_repr finish(pc_writer *w)
{
    /* text costs our memory; and what was written when no more could be read may be wrong, unless it was cut there */
    if (!pc_memory_is_starving(w->py->memory) ? !pc_memory_spend(w->py->memory, w->out.length / 2) : !w->full)
        return give_up(w, NULL);
    pc_repr result = {.status = w->status, .has_error = w->has_error, .error_address = w->error_address};
    if (w->full) {
        pc_buffer_puts(&w->out, "...");
        w->truncated = true;
    }
    result.text = pc_arena_strdup(w->py->arena, pc_buffer_text(&w->out));
    result.truncated = w->truncated;
    result.exact = !w->inexact && !w->truncated && !w->has_error;
    if (w->redacted && result.status == PC_STATUS_COMPLETE)
        result.status = PC_STATUS_REDACTED;
    if (result.truncated && result.status == PC_STATUS_COMPLETE)
        result.status = PC_STATUS_TRUNCATED;
    pc_buffer_deinit(&w->out);
    return result;
}

static void writer_init(pc_writer *w, pc_python *py, const pc_repr_limits *limits)
{
    memset(w, 0, offsetof(pc_writer, stack));
    w->py = py;
    w->hide = pc_redacts(py, PC_REDACT_ALL);
    w->max_characters = limits->max_repr && limits->max_repr < PC_LIMIT_REPR ? limits->max_repr : PC_LIMIT_REPR;
    w->max_items = limits->max_items ? limits->max_items : UINT64_MAX;
    w->max_depth = limits->max_depth && limits->max_depth < PC_LIMIT_REPR_DEPTH ? (uint32_t)limits->max_depth : PC_LIMIT_REPR_DEPTH;
}

static pc_repr repr_of(pc_python *py, pc_addr object, const pc_repr_limits *limits, bool hide)
{
    pc_writer w;
    writer_init(&w, py, limits);
    w.hide |= hide;
    uint64_t share = pc_memory_begin_share(py->memory, PC_LIMIT_VALUE_SHARE);
    pc_error *error = object ? write_any(&w, object) : pc_error_at(PC_ERROR_CORRUPT, 0, "NULL");
    pc_repr result = error ? give_up(&w, error) : finish(&w);
    pc_memory_end_share(py->memory, share);
    return result;
}

pc_repr pc_repr_of(pc_python *py, pc_addr object, const pc_repr_limits *limits)
{
    return repr_of(py, object, limits, false);
}

pc_repr pc_repr_hidden(pc_python *py, pc_addr object, const pc_repr_limits *limits)
{
    pc_map_add(&py->secret_objects, object);
    return repr_of(py, object, limits, true);
}

pc_repr pc_repr_str(pc_python *py, pc_addr object, const pc_repr_limits *limits)
{
    const pc_type *type;
    if (!pc_ok(pc_type_of(py, object, &type)))
        return pc_repr_of(py, object, limits); /* which tells the error */
    pc_str_rule rule = pc_type_str_rule(py, type);
    bool two = pc_is_python2(py);
    /* Numbers have a str() of their own in some versions, 3's bytes and bytearray in all; it differs from repr() only for 2.7's
     * long, float, complex and bytearray. */
    bool same = type->kind == PC_TYPE_INT || type->kind == PC_TYPE_BOOL ||
                (!two && (type->kind == PC_TYPE_LONG || type->kind == PC_TYPE_FLOAT || type->kind == PC_TYPE_COMPLEX ||
                          type->kind == PC_TYPE_BYTES || type->kind == PC_TYPE_BYTEARRAY));
    if (rule == PC_STR_IS_REPR || (rule == PC_STR_IS_BUILTIN && same))
        return pc_repr_of(py, object, limits);
    if (pc_redacts(py, PC_REDACT_ALL)) {
        pc_repr hidden = pc_repr_of(py, object, limits);
        return hidden.status == PC_STATUS_REDACTED || hidden.has_error ? hidden : (pc_repr){.status = PC_STATUS_UNREADABLE};
    }
    pc_writer w;
    bool known;
    pc_error *error = NULL;
    writer_init(&w, py, limits);
    uint64_t share = pc_memory_begin_share(py->memory, PC_LIMIT_VALUE_SHARE);
    if (rule == PC_STR_IS_BUILTIN)
        error = pc_write_str_of(&w, object, type, &known);
    else
        known = pc_library_write_str(&w, object) || w.full;
    pc_repr result = error ? give_up(&w, error) : finish(&w);
    pc_memory_end_share(py->memory, share);
    /* an error has told its own status */
    return known || result.has_error ? result : (pc_repr){.status = PC_STATUS_UNREADABLE};
}
