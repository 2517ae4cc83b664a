#include "walk/redact.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "python/dict.h"
#include "python/str.h"
#include "python/type.h"
#include "target/initial_stack.h"

/* ---- the environment ---- */

static void take(void *context, const char *name, size_t name_length, const char *value, size_t length)
{
    pc_secrets_add_environment(context, name, name_length, value, length);
}

/* The bytes of a text of the process, which 3 keeps as bytes here, 2.7 as str. */
static bool read_text(pc_python *py, pc_addr object, pc_buffer *text)
{
    pc_str str;
    size_t count = 1;
    if (!pc_ok(pc_str_open(py, object, &str)) || str.length > PC_LIMIT_SECRET)
        return false;
    pc_touched *touched = py->memory->touched;
    py->memory->touched = NULL; /* of the text alone: that a type was read is to be known, it is read once */
    for (uint64_t at = 0; at < str.length && count; at += count) {
        uint32_t units[256];
        if (!pc_ok(pc_str_units(py, &str, at, units, PC_ARRAY_SIZE(units), &count)))
            count = 0;
        for (size_t i = 0; i < count; i++)
            if (str.is_bytes)
                pc_buffer_putc(text, (char)units[i]);
            else
                pc_text_put_code_point(text, units[i]);
    }
    py->memory->touched = touched;
    return count != 0;
}

/* os.environ holds a dict: what the process has changed since it began. */
static bool take_os_environ(pc_redaction *redaction, pc_python *py)
{
    pc_addr names, environment, data, key, value;
    pc_dict dict;
    bool more;
    if (!pc_module_names(py, py->first_interpreter, "os", &names) || !pc_dict_find(py, names, "environ", &environment) ||
        !pc_instance_find(py, environment, pc_is_python2(py) ? "data" : "_data", &data) || !pc_ok(pc_dict_open(py, data, &dict)))
        return false;
    while (pc_ok(pc_dict_next(py, &dict, &more, &key, &value)) && more) {
        PC_AUTO_BUFFER name = {0}, text = {0};
        if (read_text(py, key, &name) && read_text(py, value, &text))
            take(&redaction->secrets, pc_buffer_text(&name), name.length, pc_buffer_text(&text), text.length);
    }
    return true;
}

void pc_redact_environment(pc_redaction *redaction, pc_core *core, pc_python *py)
{
    pc_touched *touched = core->memory.touched;
    core->memory.touched = NULL;
    bool initial = pc_core_environment(core, take, &redaction->secrets);
    core->memory.touched = touched;
    bool present = py && take_os_environ(redaction, py);
    /* what a small core was blanked of is marked there */
    if (!initial && !present && !(core->distilled && core->distilled->redact != PC_REDACT_NONE))
        pc_diagnose(core->diagnostics, PC_SEVERITY_WARNING, "redact",
                    "the environment of the process is not in the core: its values are redacted only where they are known by their names or form");
}

/* ---- texts ---- */

const char *pc_redact_text(const pc_redaction *r, pc_arena *arena, const char *text, pc_secrets_form form, bool cut, bool *redacted)
{
    PC_AUTO_BUFFER clean = {0};
    if (!text || !r || r->level == PC_REDACT_NONE)
        return text;
    if (r->level == PC_REDACT_ALL) {
        *redacted = true;
        return PC_SECRETS_MARK;
    }
    if (!pc_secrets_clean(&r->secrets, text, form, cut, &clean))
        return text;
    *redacted = true;
    return pc_arena_strdup(arena, pc_buffer_text(&clean));
}

void pc_redact_repr(pc_walk *walk, pc_repr *repr)
{
    bool redacted = false;
    if (!walk->py || !pc_redacts(walk->py, PC_REDACT_SECRETS))
        return;
    repr->text = pc_redact_text(walk->options.redaction, walk->arena, repr->text, PC_SECRETS_PRINTED, false, &redacted);
    if (!redacted)
        return;
    repr->exact = false;
    if (repr->status == PC_STATUS_COMPLETE || repr->status == PC_STATUS_TRUNCATED)
        repr->status = PC_STATUS_REDACTED;
}

bool pc_redact_hides(const pc_walk *walk, const char *name)
{
    return name && walk->py && pc_redacts(walk->py, PC_REDACT_SECRETS) && pc_secrets_name(name, strlen(name));
}

pc_repr pc_redact_value(pc_walk *walk, const char *name, pc_addr object, bool *redacted)
{
    pc_repr repr = pc_redact_hides(walk, name) ? pc_repr_hidden(walk->py, object, &walk->options.limits)
                                               : pc_repr_of(walk->py, object, &walk->options.limits);
    pc_redact_repr(walk, &repr);
    *redacted |= repr.status == PC_STATUS_REDACTED;
    return repr;
}

/* ---- arguments ---- */

/* --password, whose value is the next argument. */
static bool names_next(const char *text, size_t length)
{
    return length > 2 && text[0] == '-' && text[1] == '-' && !memchr(text, '=', length) && pc_secrets_name(text + 2, length - 2);
}

static void find_spans(const pc_redaction *r, pc_core *core, const pc_stack_text *a, bool hidden, pc_spans *spans)
{
    if (hidden) {
        pc_spans_add(spans, 0, a->length);
    } else if (r && r->level == PC_REDACT_SECRETS) {
        uint32_t *units = pc_malloc((a->length + 1) * sizeof(*units));
        for (size_t i = 0; i < a->length; i++)
            units[i] = (uint8_t)a->bytes[i];
        pc_secrets_find(&r->secrets, units, a->length, PC_SECRETS_STRING, spans);
        free(units);
        const char *sign = memchr(a->bytes, '=', a->length);
        if (sign && a->length > 2 && a->bytes[0] == '-' && pc_secrets_name(a->bytes, (size_t)(sign - a->bytes)))
            pc_spans_add(spans, (size_t)(sign - a->bytes) + 1, a->length);
    }
    for (size_t i = 0; i < spans->count; i++)
        pc_memory_blank(&core->memory, a->address + spans->items[i].first, spans->items[i].end - spans->items[i].first);
    pc_addr at = a->address, end = a->address + a->length; /* does not wrap: it was read */
    for (const pc_range *b; at < end && (b = pc_ranges_from(&core->memory.blanked, at)) && b->first < end; at = b->last + 1) {
        pc_spans_add(spans, (size_t)((b->first < at ? at : b->first) - a->address), (size_t)((b->last < end - 1 ? b->last + 1 : end) - a->address));
        if (b->last >= end - 1)
            break;
    }
    pc_spans_settle(spans);
}

static const char *argument(const pc_redaction *r, pc_core *core, const pc_stack_text *a, bool hidden, bool *redacted)
{
    PC_AUTO_SPANS spans = {0};
    PC_AUTO_BUFFER text = {0};
    size_t at = 0;
    find_spans(r, core, a, hidden, &spans);
    for (size_t i = 0; i < spans.count; i++) {
        pc_text_put_bytes(&text, a->bytes + at, spans.items[i].first - at);
        pc_buffer_puts(&text, PC_SECRETS_MARK);
        at = spans.items[i].end;
        *redacted = true;
    }
    pc_text_put_bytes(&text, a->bytes + at, a->length - at);
    return pc_arena_strdup(core->arena, pc_buffer_text(&text));
}

size_t pc_redact_arguments(const pc_redaction *r, pc_core *core, const char *const **ret_arguments, bool *redacted)
{
    pc_stack_text *texts;
    bool all = r && r->level == PC_REDACT_ALL;
    size_t count = pc_core_argument_texts(core, !all, &texts);
    if (!count)
        return 0;
    const char **arguments = pc_arena_array(core->arena, count, sizeof(*arguments));
    for (size_t i = 0; i < count; i++) {
        bool next = i && r && r->level == PC_REDACT_SECRETS && names_next(texts[i - 1].bytes, texts[i - 1].length);
        arguments[i] = all ? PC_SECRETS_MARK : argument(r, core, &texts[i], next && texts[i].length, redacted);
    }
    *redacted |= all;
    *ret_arguments = arguments;
    return count;
}
