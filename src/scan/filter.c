#include "scan/filter.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/limits.h"
#include "scan/time.h"
#include "target/signals.h"

#define MOST_SIGNAL 64

typedef enum filter_key { KEY_SIGNAL, KEY_EXCEPTION, KEY_FUNCTION, KEY_FILE, KEY_VERSION, KEY_SINCE, KEY_UNTIL } filter_key;

static const char *const keys[] = {"signal", "exception", "function", "file", "version", "since", "until"};
#define KEYS "signal, exception, function, file, version, since and until"

typedef struct filter_value {
    char *text;
    int64_t number; /* a signal, or a time in microseconds */
} filter_value;

struct pc_filter_term {
    filter_key key;
    bool negated;
    filter_value *values;
    size_t count, capacity;
};

/* ---- from text ---- */

static void term_deinit(pc_filter_term *t)
{
    for (size_t i = 0; i < t->count; i++)
        free(t->values[i].text);
    free(t->values);
}

void pc_filter_deinit(pc_filter *f)
{
    if (!f)
        return;
    for (size_t i = 0; i < f->count; i++)
        term_deinit(&f->terms[i]);
    free(f->terms);
    *f = (pc_filter){0};
}

static pc_error *parse_signal(const char *text, int64_t *ret_number)
{
    char *end;
    long number = strtol(text, &end, 10);
    if (*text >= '0' && *text <= '9' && !*end && number <= MOST_SIGNAL) {
        *ret_number = number;
        return NULL;
    }
    const char *name = strncasecmp(text, "SIG", 3) ? text : text + 3;
    if (!strcasecmp(name, "none")) {
        *ret_number = 0;
        return NULL;
    }
    for (int i = 1; i <= MOST_SIGNAL; i++) {
        const char *known = pc_signal_name(i);
        if (known && !strcasecmp(known + 3, name)) {
            *ret_number = i;
            return NULL;
        }
    }
    return pc_error_create(PC_ERROR_FORMAT, "\"%s\" is no signal: SIGSEGV, SEGV, 11, or none", text);
}

static pc_error *add_value(pc_filter_term *t, const char *text, size_t length, int64_t now_us)
{
    if (!length)
        return pc_error_create(PC_ERROR_FORMAT, "an empty value of \"%s\"", keys[t->key]);
    t->values = pc_grow(t->values, t->count, &t->capacity, sizeof(*t->values));
    filter_value *v = &t->values[t->count++];
    *v = (filter_value){.text = pc_malloc(length + 1)};
    memcpy(v->text, text, length);
    v->text[length] = 0;
    if (t->key == KEY_SIGNAL)
        return parse_signal(v->text, &v->number);
    return t->key == KEY_SINCE || t->key == KEY_UNTIL ? pc_time_parse(v->text, now_us, &v->number) : NULL;
}

static pc_error *parse(pc_filter_term *t, const char *text, int64_t now_us)
{
    const char *sign = strchr(text, '=');
    size_t length = sign ? (size_t)(sign - text) : strlen(text);
    t->negated = length && sign && text[length - 1] == '!';
    length -= t->negated;
    size_t key = 0;
    while (key < PC_ARRAY_SIZE(keys) && (strlen(keys[key]) != length || memcmp(keys[key], text, length)))
        key++;
    if (!sign || key == PC_ARRAY_SIZE(keys))
        return pc_error_create(PC_ERROR_FORMAT, "\"%s\" is no filter: one is KEY=VALUE or KEY!=VALUE, and the keys are " KEYS, text);
    t->key = (filter_key)key;
    if ((t->key == KEY_SINCE || t->key == KEY_UNTIL) && (t->negated || strchr(sign, ',')))
        return pc_error_create(PC_ERROR_FORMAT, "\"%s\" takes one time, and = before it", keys[key]);
    for (const char *value = sign + 1;; value += length + 1) {
        length = strcspn(value, ",");
        PC_TRY(add_value(t, value, length, now_us));
        if (!value[length])
            return NULL;
    }
}

pc_error *pc_filter_add(pc_filter *f, const char *text, int64_t now_us)
{
    pc_filter_term t = {0};
    pc_error *error = parse(&t, text, now_us);
    if (error) {
        term_deinit(&t);
        return error;
    }
    f->terms = pc_grow(f->terms, f->count, &f->capacity, sizeof(*f->terms));
    f->terms[f->count++] = t;
    return NULL;
}

/* ---- names ---- */

static bool matches(const char *pattern, const char *text)
{
    return text && !fnmatch(pattern, text, 0);
}

/* All of the text, or what is behind one of its separators. */
static bool matches_end(const char *pattern, const char *text, char separator)
{
    for (const char *at = text; at; at = (at = strchr(at, separator)) ? at + 1 : NULL)
        if (matches(pattern, at))
            return true;
    return false;
}

static bool is_exception(const char *pattern, const pc_exception *e)
{
    const char *name = e->full_type ? e->full_type : e->type;
    if (matches_end(pattern, name, '.'))
        return true;
    /* printed without their module */
    const char *dot = strrchr(pattern, '.');
    size_t length = dot ? (size_t)(dot - pattern) : 0;
    return dot && e->module && strlen(e->module) == length && !memcmp(e->module, pattern, length) && matches(dot + 1, e->type);
}

static bool is_function(const char *pattern, const pc_place *f)
{
    const char *name = f->qualname ? f->qualname : f->name;
    if (matches(pattern, f->name) || matches(pattern, f->qualname))
        return true;
    if (!name || !f->module)
        return false;
    PC_AUTO_BUFFER full = {0};
    pc_buffer_printf(&full, "%s.%s", f->module, name);
    return matches(pattern, pc_buffer_text(&full));
}

static bool is_version(const char *prefix, const char *version)
{
    size_t length = strlen(prefix);
    return version && !strncmp(version, prefix, length) && (!version[length] || version[length] == '.');
}

/* ---- a report ---- */

static bool any_frame(const pc_filter_term *t, const pc_frame *frames, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const pc_place *f = frames[i].place, *last = i ? frames[i - 1].place : NULL;
        /* the commonest recursion, which may be deep */
        if (last && last->name == f->name && last->qualname == f->qualname && last->module == f->module && last->filename == f->filename)
            continue;
        for (size_t k = 0; k < t->count; k++) {
            const char *pattern = t->values[k].text;
            if (t->key == KEY_FUNCTION ? is_function(pattern, f) : matches_end(pattern, f->filename, '/'))
                return true;
        }
    }
    return false;
}

/* The exception, what it is chained to, and the members of groups. */
static bool any_exception(const pc_filter_term *t, const pc_exception *e, int depth)
{
    if (!e || depth > PC_LIMIT_EXCEPTION_DEPTH)
        return false;
    if (t->key != KEY_EXCEPTION && any_frame(t, e->traceback, e->traceback_count))
        return true;
    for (size_t k = 0; t->key == KEY_EXCEPTION && k < t->count; k++)
        if (is_exception(t->values[k].text, e))
            return true;
    for (size_t i = 0; i < e->group_count; i++)
        if (any_exception(t, e->group[i], depth + 1))
            return true;
    return any_exception(t, e->cause, depth + 1) || any_exception(t, e->context, depth + 1);
}

static bool any_thread(const pc_filter_term *t, const pc_walk *walk)
{
    for (size_t i = 0; i < walk->thread_count; i++) {
        const pc_thread *thread = &walk->threads[i];
        if (t->key != KEY_EXCEPTION && any_frame(t, thread->frames, thread->frame_count))
            return true;
        if (any_exception(t, thread->raised, 0))
            return true;
        for (size_t k = 0; k < thread->handled_count; k++)
            if (any_exception(t, thread->handled[k], 0))
                return true;
    }
    return false;
}

static bool any_value(const pc_filter_term *t, const pc_outcome *o)
{
    for (size_t i = 0; i < t->count; i++)
        if (t->key == KEY_SIGNAL ? o->signal == t->values[i].number : is_version(t->values[i].text, o->version))
            return true;
    return false;
}

static bool holds(const pc_filter_term *t, const pc_report *r, const pc_outcome *o)
{
    if (t->key == KEY_SINCE)
        return o->when >= t->values[0].number;
    if (t->key == KEY_UNTIL)
        return o->when < t->values[0].number;
    if (!r)
        return false;
    return t->negated != (t->key == KEY_SIGNAL || t->key == KEY_VERSION ? any_value(t, o) : any_thread(t, r->walk));
}

bool pc_filter_accepts(const pc_filter *f, const pc_report *r, const pc_outcome *o)
{
    for (size_t i = 0; i < f->count; i++)
        if (!holds(&f->terms[i], r, o))
            return false;
    return true;
}

bool pc_filter_needs_report(const pc_filter *f)
{
    for (size_t i = 0; i < f->count; i++)
        if (f->terms[i].key != KEY_SINCE && f->terms[i].key != KEY_UNTIL)
            return true;
    return false;
}
