/* The report for a person: what died and why first, then the crashing thread, then the others. */
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "report/printer.h"
#include "walk/attributes.h"
#include "walk/generator.h"
#include "walk/locals.h"

/* ---- the head ---- */

static void put_head(printer *p)
{
    const pc_report *r = p->report;
    const char *who = r->process.command ? r->process.command : "a process";
    put(p, BOLD, "%s", who);
    if (r->process.has_pid)
        put(p, NULL, " (pid %" PRId64 ")", r->process.pid);
    fputs(r->process.signal ? " was killed by " : ": ", p->out);
    styled(p, r->process.signal ? RED : BOLD, r->process.cause ? r->process.cause : "why it ended is not known");
    newline(p);
    if (r->redaction && r->redaction->level != PC_REDACT_NONE)
        put(p, NULL, "  redacted:     %s\n", r->redaction->level == PC_REDACT_ALL ? "all values" : "secrets");
    if (r->signature.text)
        put(p, NULL, "  signature:    %s\n", r->signature.hash);
    if (r->process.time || r->process.hostname)
        put(p, NULL, "  stored:       %s%s%s\n", r->process.time ? r->process.time : "", r->process.time && r->process.hostname ? " on " : r->process.hostname ? "on " : "",
            r->process.hostname ? r->process.hostname : "");
    if (r->process.arguments) {
        fputs("  command line: ", p->out);
        for (size_t i = 0; i < r->process.argument_count; i++)
            put(p, NULL, i ? " %s" : "%s", r->process.arguments[i]);
        fputs(r->process.arguments_truncated == PC_TRUE ? "...\n" : "\n", p->out);
    }
    if (r->interpreter.known) {
        fputs("  interpreter:  ", p->out);
        put(p, NULL, "CPython %s%s", r->interpreter.version ? r->interpreter.version : "of an unknown version",
            r->interpreter.debug == PC_TRUE ? " (debug build)" : "");
        if (r->walk->interpreter_count > 1)
            put(p, NULL, ", %zu interpreters", r->walk->interpreter_count);
        newline(p);
    }
    size_t python = 0;
    for (size_t i = 0; i < r->walk->thread_count; i++)
        python += r->walk->threads[i].state != 0;
    put(p, NULL, "  threads:      %zu, %zu of them with Python\n", r->walk->thread_count, python);
}

/* ---- frames ---- */

/* ", suspended at file.py:12" */
static void put_generator(printer *p, const pc_generator *g)
{
    if (!g)
        return;
    plain(p, ", ");
    plain(p, pc_generator_state_name(g->state));
    if (g->line < 0 || !g->filename)
        return;
    const char *slash = strrchr(g->filename, '/');
    plain(p, " at ");
    plain(p, slash ? slash + 1 : g->filename);
    put(p, NULL, ":%" PRId64, g->line);
}

static void put_value(printer *p, const char *where, const char *name, const pc_value *v)
{
    indent(p, where);
    styled(p, CYAN, name ? name : "?");
    fputs(" = ", p->out);
    if (v->repr.text)
        plain(p, v->repr.text);
    else
        put(p, YELLOW, "<%s: %s>", v->type ? v->type : "unknown type", pc_status_name(v->repr.status));
    put_generator(p, v->generator);
    newline(p);
}

static void put_left_out(printer *p, const char *where, uint64_t count, const char *what)
{
    if (!count)
        return;
    indent(p, where);
    put(p, DIM, "... and %" PRIu64 " more %s%s\n", count, what, count == 1 ? "" : "s");
}

/* An object is looked into once in a thread: in the innermost frame that has it, where it is what matters most. */
static bool shows_inside(printer *p, const pc_frame *f, const pc_value *v)
{
    const pc_frame *where = v->attributes ? pc_map_get(&p->inside, v->address) : NULL;
    if (v->attributes && !where)
        pc_map_put(&p->inside, v->address, (void *)f);
    return v->attributes && (!where || where == f) && pc_value_is_bare(v);
}

static void put_attributes(printer *p, const pc_attributes *a)
{
    uint64_t most = p->options->max_items ? p->options->max_items : UINT64_MAX;
    for (size_t i = 0; i < a->count && i < most; i++) {
        PC_AUTO_BUFFER name = {0};
        pc_buffer_printf(&name, ".%s", a->items[i].name);
        put_value(p, "        ", name.data, &a->items[i].value);
    }
    uint64_t left_out = a->left_out + (a->count > most ? a->count - most : 0);
    put_left_out(p, "        ", left_out, "attribute");
    if (a->status != PC_STATUS_COMPLETE && a->status != PC_STATUS_TRUNCATED) {
        indent(p, "        ");
        put(p, YELLOW, "<more attributes: %s>\n", pc_status_name(a->status));
    }
}

/* In a module's globals what was imported or defined says little; its variables do. */
static bool is_boring(const char *name, const pc_value *v)
{
    size_t n = name ? strlen(name) : 0;
    return v->is_definition || (n > 4 && !strncmp(name, "__", 2) && !strcmp(name + n - 2, "__"));
}

static void put_locals(printer *p, const pc_frame *f)
{
    if (f->place->is_module_body && f->has_locals)
        pc_map_add(&p->bodies, f->place->globals);
    uint64_t shown = 0, left_out = 0;
    for (size_t i = 0; i < f->local_count; i++) {
        const pc_local *l = &f->locals[i];
        char room[PC_LOCAL_ROOM];
        const pc_value v = pc_local_value(l, room);
        if (l->kind == PC_LOCAL_NAME && is_boring(l->name, &v))
            continue;
        if (l->kind == PC_LOCAL_NAME && p->options->max_items && shown >= p->options->max_items) {
            left_out++;
            continue;
        }
        put_value(p, "      ", l->name, &v);
        if (shows_inside(p, f, &v))
            put_attributes(p, v.attributes);
        shown++;
    }
    put_left_out(p, "      ", left_out, "name");
}

/* The operands of a call that is running: the function, and what it was given. */
static void put_stack(printer *p, const pc_frame *f)
{
    if (!f->stack) {
        indent(p, "      ");
        put(p, DIM, "(the depth of its stack is not known)\n");
    }
    for (size_t i = 0; f->stack && i < f->stack->count; i++) {
        char name[32];
        const pc_value *v = &f->stack->items[i];
        snprintf(name, sizeof(name), "stack[%zu]", i);
        if (v->address && v->repr.status != PC_STATUS_STALE) {
            put_value(p, "      ", name, v);
            continue;
        }
        indent(p, "      ");
        styled(p, CYAN, name);
        fputs(" = ", p->out);
        if (v->address)
            put(p, DIM, "<released: nothing is at " PC_ADDR " any more>\n", v->address);
        else
            put(p, DIM, "NULL\n");
    }
}

static bool says_the_same(const pc_place *a, const pc_place *b)
{
    return b->filename && b->name && a->position.line == b->position.line && !strcmp(a->filename, b->filename) && !strcmp(a->name, b->name);
}

static inline bool same_place(const pc_frame *one, const pc_frame *other)
{
    const pc_place *a = one->place, *b = other->place;
    return a->filename && a->name && (a == b || says_the_same(a, b));
}

/* A line of a program has its literals in it: with --redact=all none is shown. */
static void put_source(printer *p, const pc_frame *f)
{
    const pc_redaction *r = p->report->redaction;
    const pc_place *at = f->place;
    PC_AUTO_BUFFER valid = {0}, clean = {0};
    const char *source = r && r->level == PC_REDACT_ALL ? NULL : pc_source_line(p->sources, at->filename, at->position.line, at->first_line, at->name);
    if (!source)
        return;
    pc_text_put_bytes(&valid, source, strlen(source));
    bool cleaned = r && r->level == PC_REDACT_SECRETS && pc_secrets_clean(&r->secrets, pc_buffer_text(&valid), PC_SECRETS_STRING, false, &clean);
    indent(p, "    ");
    styled(p, DIM, pc_buffer_text(cleaned ? &clean : &valid));
    newline(p);
}

static void put_frame(printer *p, const pc_frame *f, bool locals)
{
    const pc_place *at = f->place;
    indent(p, "  ");
    if (!at->name && !at->filename) {
        put(p, YELLOW, "a frame that cannot be read (%s) at " PC_ADDR "\n", pc_status_name(f->status), f->address);
        return;
    }
    put(p, NULL, "File \"%s\", line ", at->filename ? at->filename : "?");
    if (at->position.line >= 0)
        put(p, NULL, "%" PRId64, at->position.line);
    else
        fputs("?", p->out);
    fputs(", in ", p->out);
    styled(p, BOLD, at->qualname ? at->qualname : at->name ? at->name : "?");
    newline(p);
    put_source(p, f);
    if (locals)
        put_locals(p, f);
    if (locals && p->options->stack)
        put_stack(p, f);
}

#define REPEATS_SHOWN 3 /* as Python's own tracebacks do */

/* A deep stack has very many, of which a traceback may ask. */
static void note_shown_frames(printer *p)
{
    for (; p->threads_in_frames < p->thread_count; p->threads_in_frames++) {
        const pc_thread *t = p->threads[p->threads_in_frames];
        for (size_t i = 0; i < t->frame_count; i++)
            pc_map_add(&p->frames, t->frames[i].address);
    }
}

void pc_print_frames(printer *p, const pc_frame *frames, size_t count, bool innermost_first, bool fresh_locals_only)
{
    size_t run = 0;
    if (fresh_locals_only && count)
        note_shown_frames(p);
    for (size_t i = 0; i < count; i++) {
        const pc_frame *f = &frames[innermost_first ? count - 1 - i : i];
        bool repeats = i + 1 < count && same_place(f, innermost_first ? f - 1 : f + 1);
        if (run < REPEATS_SHOWN) {
            put_frame(p, f, !fresh_locals_only || pc_map_add(&p->frames, f->address));
        } else if (!repeats) {
            indent(p, "  ");
            size_t times = run - REPEATS_SHOWN + 1;
            put(p, DIM, "[Previous frame repeated %zu more time%s]\n", times, times == 1 ? "" : "s");
        }
        run = repeats ? run + 1 : 0;
    }
}

/* Which frames show what is inside of which objects, of those that put_frames() shows. */
static void plan_insides(printer *p, const pc_thread *t)
{
    size_t run = 0;
    pc_map_deinit(&p->inside);
    for (size_t i = t->frame_count; i-- > 0;) {
        run = i + 1 < t->frame_count && same_place(&t->frames[i + 1], &t->frames[i]) ? run + 1 : 0;
        /* the innermost is the last that is put */
        for (size_t k = 0; run < REPEATS_SHOWN && k < t->frames[i].local_count; k++) {
            const pc_local *l = &t->frames[i].locals[k];
            if (!l->is_number && l->attributes)
                pc_map_put(&p->inside, l->value->address, &t->frames[i]);
        }
    }
}

/* ---- threads ---- */

static void put_thread_line(printer *p, const pc_thread *t)
{
    if (t->lwp)
        put(p, BOLD, "Thread %" PRId64, t->lwp->tid);
    else
        put(p, BOLD, "Thread of an unknown id (pthread " PC_ADDR ")", t->pthread);
    if (t->name)
        put(p, BOLD, " \"%s\"", t->name);
    const char *sep = " (";
    const struct {
        bool is;
        const char *word;
    } words[] = {{t->crashed, "crashed"}, {t->main, "main"}, {t->holds_gil == PC_TRUE, "holds the GIL"}, {!t->state, "no Python"}};
    for (size_t i = 0; i < PC_ARRAY_SIZE(words); i++)
        if (words[i].is) {
            fputs(sep, p->out);
            styled(p, i == 0 ? RED : "", words[i].word);
            sep = ", ";
        }
    if (t->interpreter > 0 || (t->interpreter == 0 && p->report->walk->interpreter_count > 1)) {
        fputs(sep, p->out);
        put(p, NULL, "interpreter %" PRId64, p->report->walk->interpreters[t->interpreter].id);
        sep = ", ";
    }
    fputs(strcmp(sep, " (") ? ")\n" : "\n", p->out);
}

static void put_held(printer *p, const pc_thread *t)
{
    for (size_t i = 0; i < t->held_count; i++) {
        const pc_exception *e = t->held[i];
        if (!i || e->holder != t->held[i - 1]->holder)
            put(p, BOLD, "Exception held by the suspended %s %s at " PC_ADDR ":\n", e->holder_type ? e->holder_type : "generator",
                e->holder_name ? e->holder_name : "(unknown)", e->holder);
        else
            put(p, BOLD, "And by it further out:\n");
        pc_print_exception(p, e);
    }
}

static void put_thread_body(printer *p, const pc_thread *t)
{
    p->threads[p->thread_count++] = t;
    plan_insides(p, t);
    if (t->state && !t->frame_count)
        fputs("  (runs no Python code)\n", p->out);
    if (t->frame_count)
        fputs("Stack (most recent call last):\n", p->out);
    if (t->frames_limited)
        put(p, DIM, "  [frames further out are left out: --max-frames]\n");
    pc_print_frames(p, t->frames, t->frame_count, true, false);
    if (t->raised) {
        put(p, BOLD, "Exception being raised:\n");
        pc_print_exception(p, t->raised);
    }
    for (size_t i = 0; i < t->handled_count; i++) {
        /* outer ones are mostly the context of the inner ones, and shown with them */
        if (t->handled[i]->status == PC_STATUS_REPEATED)
            continue;
        put(p, BOLD, i ? "Exception being handled further out:\n" : "Exception being handled:\n");
        pc_print_exception(p, t->handled[i]);
    }
    put_held(p, t);
}

static bool same_stack(const pc_thread *a, const pc_thread *b)
{
    if (a->frame_count != b->frame_count || !a->state != !b->state || a->interpreter != b->interpreter)
        return false;
    for (size_t i = 0; i < a->frame_count; i++)
        if (!same_place(&a->frames[i], &b->frames[i]))
            return false;
    return true;
}

static bool is_special(const pc_thread *t)
{
    return t->crashed || t->raised || t->handled_count || t->held_count || t->holds_gil == PC_TRUE;
}

static uint64_t stack_hash(const pc_thread *t)
{
    uint64_t h = t->frame_count + 1, of_place = 0;
    const pc_place *before = NULL;
    for (size_t i = 0; i < t->frame_count; i++) {
        const pc_place *at = t->frames[i].place;
        if (at != before)
            of_place = pc_hash_text(pc_hash_unit(PC_HASH_START, (uint64_t)at->position.line), at->name);
        h = pc_hash_unit(h, of_place);
        before = at;
    }
    return h;
}

static int by_tid(const void *a, const void *b)
{
    const pc_thread *x = *(const pc_thread *const *)a, *y = *(const pc_thread *const *)b;
    int64_t i = x->lwp ? x->lwp->tid : INT64_MAX, k = y->lwp ? y->lwp->tid : INT64_MAX;
    return i < k ? -1 : i > k;
}

#define LINE_WIDTH 110

static void put_same_threads(printer *p, const pc_thread **same, size_t count)
{
    size_t column = 0;
    fputs("  and with the same stack:", p->out);
    for (size_t i = 0; i < count; i++) {
        PC_AUTO_BUFFER text = {0};
        if (same[i]->lwp)
            pc_buffer_printf(&text, " %" PRId64, same[i]->lwp->tid);
        else
            pc_buffer_printf(&text, " pthread " PC_ADDR, same[i]->pthread);
        if (same[i]->name)
            pc_buffer_printf(&text, " \"%s\"", same[i]->name);
        pc_buffer_puts(&text, i + 1 < count ? "," : "");
        size_t width = pc_text_length(text.data);
        if (!i || column + width > LINE_WIDTH) {
            fputs("\n   ", p->out);
            column = 3;
        }
        plain(p, text.data);
        column += width;
    }
    newline(p);
}

/* Threads by their stacks, so that 100,000 different ones are not compared with each other. */
typedef struct stack_index {
    pc_map first;  /* hash of a stack -> position + 1 of the first thread that has it */
    size_t *next;  /* -> position + 1 of the next one, 0: none */
    bool *done;    /* said already */
    const pc_thread **same;
} stack_index;

static void index_init(stack_index *index, const pc_walk *walk)
{
    size_t count = walk->thread_count;
    pc_map_init(&index->first);
    index->next = pc_malloc((count + 1) * sizeof(*index->next));
    index->done = pc_malloc(count + 1);
    index->same = pc_malloc((count + 1) * sizeof(*index->same));
    memset(index->done, 0, count + 1);
    for (size_t i = count; i-- > 0;) {
        uint64_t hash = stack_hash(&walk->threads[i]);
        index->next[i] = (size_t)(uintptr_t)pc_map_get(&index->first, hash);
        pc_map_put(&index->first, hash, (void *)(uintptr_t)(i + 1));
    }
}

static void index_deinit(stack_index *index)
{
    pc_map_deinit(&index->first);
    free(index->next);
    free(index->done);
    free(index->same);
}

/* The threads that stand where this one stands are said with it. */
static void put_threads_like(printer *p, size_t position, stack_index *index)
{
    const pc_walk *walk = p->report->walk;
    const pc_thread *t = &walk->threads[position];
    size_t count = 0;
    newline(p);
    put_thread_line(p, t);
    for (size_t k = index->next[position]; !is_special(t) && k; k = index->next[k - 1]) {
        const pc_thread *other = &walk->threads[k - 1];
        if (index->done[k - 1] || is_special(other) || !same_stack(t, other))
            continue;
        index->done[k - 1] = true;
        index->same[count++] = other;
    }
    if (count) {
        qsort(index->same, count, sizeof(*index->same), by_tid);
        put_same_threads(p, index->same, count);
        if (t->frame_count && t->frames[0].has_locals)
            put(p, DIM, "  (the variables are those of the first)\n");
    }
    put_thread_body(p, t);
}

static void put_threads(printer *p)
{
    const pc_walk *walk = p->report->walk;
    stack_index index;
    index_init(&index, walk);
    /* the crashed ones, those with an exception, the rest */
    for (int pass = 0; pass < 3; pass++)
        for (size_t i = 0; i < walk->thread_count; i++) {
            const pc_thread *t = &walk->threads[i];
            bool now = pass == 0 ? t->crashed : pass == 1 ? t->raised || t->handled_count : true;
            if (!now || index.done[i])
                continue;
            index.done[i] = true;
            put_threads_like(p, i, &index);
        }
    index_deinit(&index);
}

static void put_globals(printer *p)
{
    const pc_walk *walk = p->report->walk;
    for (size_t i = 0; i < walk->globals_count; i++) {
        const pc_globals *g = &walk->globals[i];
        uint64_t shown = 0, left_out = 0;
        for (size_t k = 0; k < g->count && !pc_map_has(&p->bodies, g->address); k++) {
            const pc_attribute *a = &g->names[k];
            if (is_boring(a->name, &a->value))
                continue;
            if (p->options->max_items && shown >= p->options->max_items) {
                left_out++;
                continue;
            }
            if (!shown++) {
                newline(p);
                put(p, BOLD, "Globals of %s:\n", g->module ? g->module : "a module without a name");
            }
            put_value(p, "  ", a->name, &a->value);
        }
        put_left_out(p, "  ", left_out, "name");
    }
}

static void put_last_exceptions(printer *p)
{
    const pc_walk *walk = p->report->walk;
    for (size_t i = 0; i < walk->interpreter_count; i++) {
        const pc_interpreter *interpreter = &walk->interpreters[i];
        if (!interpreter->last_exception)
            continue;
        newline(p);
        put(p, BOLD, "Exception that nobody handled last (sys.last_value)");
        if (walk->interpreter_count > 1)
            put(p, BOLD, " in interpreter %" PRId64, interpreter->id);
        put(p, BOLD, ":\n");
        pc_print_exception(p, interpreter->last_exception);
    }
}

static void put_diagnostics(printer *p)
{
    const pc_diagnostics *d = p->report->diagnostics;
    bool any = false;
    for (size_t i = 0; i < d->count; i++) {
        if (d->items[i].severity == PC_SEVERITY_INFO && p->report->status == PC_REPORT_COMPLETE)
            continue;
        if (!any) {
            newline(p);
            put(p, BOLD, "What is not whole, and why:\n");
            any = true;
        }
        fputs("  ", p->out);
        put(p, d->items[i].severity == PC_SEVERITY_INFO ? DIM : YELLOW, "%s", pc_severity_name(d->items[i].severity));
        put(p, NULL, ": %s", d->items[i].message);
        newline(p);
    }
}

void pc_report_write_text(const pc_report *report, const pc_text_options *options, FILE *out)
{
    printer p = {.report = report, .options = options, .out = out, .sources = pc_source_cache_create(options->sysroot), .prefix = ""};
    p.threads = pc_malloc((report->walk->thread_count + 1) * sizeof(*p.threads));
    pc_map_init(&p.frames);
    pc_map_init(&p.bodies);
    pc_map_init(&p.inside);
    put_head(&p);
    if (report->reason)
        put(&p, YELLOW, "  no Python state: %s\n", report->reason);
    put_threads(&p);
    put_last_exceptions(&p);
    put_globals(&p);
    put_diagnostics(&p);
    free(p.threads);
    pc_map_deinit(&p.frames);
    pc_map_deinit(&p.bodies);
    pc_map_deinit(&p.inside);
    pc_source_cache_destroy(p.sources);
}
