#include "report/signature.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

#define FRAMES 6      /* functions of the stack of a crash, the innermost ones */
#define HANG_FRAMES 3 /* of each thread of a process that did not crash by itself */
#define MAX_CYCLE 8   /* functions that call each other in turn */
#define MAX_THREADS 64 /* different ones of a process that did not crash by itself */
#define MAX_LOOKED_AT 20000 /* frames of a stack, from the innermost one */

/* Modules whose functions only carry others: they start threads, tasks, tests and requests. Left out at a stack's outer end. A
 * name ends at a dot, or is the whole. */
static const char *const carriers[] = {
    "threading", "_threading_local", "runpy", "concurrent.futures", "asyncio", "multiprocessing", "socketserver", "SocketServer",
    "wsgiref", "http.server", "BaseHTTPServer", "unittest", "pytest", "_pytest", "pluggy", "doctest", "trace", "cProfile", "profile", "pdb",
    "bdb", "code", "contextlib", "selectors", "sched", "gunicorn", "uvicorn", "hypercorn", "daphne", "waitress", "werkzeug", "cheroot",
    "mod_wsgi", "uwsgi", "celery", "billiard", "kombu", "rq", "dramatiq", "huey", "gevent", "greenlet", "eventlet", "twisted", "tornado",
    "trio", "anyio", "uvloop", "ray", "dask", "distributed", "pyspark", "mpi4py", "torch.distributed.launcher", "torch.multiprocessing",
    "airflow", "luigi", "click", "typer", "flask", "django.core.handlers", "django.core.management", "starlette", "aiohttp.web_protocol",
    "IPython", "ipykernel", "traitlets", "pkg_resources",
};

/* Left out wherever they are: how they call each other differs between versions. */
static const char *const machinery[] = {"importlib", "_frozen_importlib", "_frozen_importlib_external"};

static bool is_of(const char *module, const char *const *list, size_t count)
{
    for (size_t i = 0; module && i < count; i++) {
        size_t n = strlen(list[i]);
        if (!strncmp(module, list[i], n) && (!module[n] || module[n] == '.'))
            return true;
    }
    return false;
}

/* ---- names ---- */

/* The file without the folders that differ between machines: what is behind site-packages, or the standard library's folder. */
static const char *portable_file(const char *filename)
{
    static const char *const roots[] = {"/site-packages/", "/dist-packages/"};
    const char *found = NULL;
    for (size_t i = 0; i < PC_ARRAY_SIZE(roots); i++)
        for (const char *at = filename; (at = strstr(at, roots[i])); found = at)
            at += strlen(roots[i]);
    for (const char *at = filename; !found && (at = strstr(at, "/python")); at++) {
        const char *p = at + strlen("/python");
        p += strspn(p, "0123456789.t");
        if (*p == '/' && p > at + strlen("/python") && at - filename >= 4 && !strncmp(at - 4, "/lib", 4))
            found = p + 1;
    }
    const char *slash = strrchr(filename, '/');
    return found && *found ? found : slash && slash[1] ? slash + 1 : filename;
}

static void put_file(pc_buffer *buffer, const char *filename)
{
    const char *file = portable_file(filename);
    size_t length = strlen(file);
    if (length > 3 && (!strcmp(file + length - 3, ".py") || !strcmp(file + length - 4, ".pyc")))
        length -= file[length - 1] == 'c' ? 4 : 3;
    for (size_t i = 0; i < length; i++)
        pc_buffer_putc(buffer, file[i] == '/' ? '.' : file[i]);
}

void pc_signature_put_function(pc_buffer *buffer, const char *module, const char *filename, const char *qualname)
{
    if (module && strcmp(module, "__main__")) {
        pc_buffer_puts(buffer, module);
    } else {
        pc_buffer_puts(buffer, module ? "__main__." : "");
        if (filename)
            put_file(buffer, filename);
        else
            pc_buffer_puts(buffer, "?");
    }
    /* what encloses it is known from 3.11 on for all functions, before that for some */
    const char *name = qualname ? qualname : "?";
    for (const char *at; (at = strstr(name, "<locals>.")) && at[strlen("<locals>.")];)
        name = at + strlen("<locals>.");
    pc_buffer_printf(buffer, ":%s", name);
}

/* ---- stacks ---- */

/* Functions, the innermost first. */
typedef struct stack {
    const char **items;
    size_t count, capacity;
    const pc_place *last; /* the one that was looked at last */
} stack;

/* To 3.11 comprehensions are functions of their own (PEP 709). */
static bool is_inlined(const char *name)
{
    return name && (!strcmp(name, "<listcomp>") || !strcmp(name, "<setcomp>") || !strcmp(name, "<dictcomp>"));
}

static void add(pc_arena *arena, stack *s, const pc_place *f)
{
    const pc_place *last = s->last;
    s->last = f;
    /* the commonest recursion, which may be deep */
    if (last && last->name == f->name && last->filename == f->filename && last->module == f->module && last->qualname == f->qualname)
        return;
    if (is_inlined(f->name) || is_of(f->module, machinery, PC_ARRAY_SIZE(machinery)))
        return;
    PC_AUTO_BUFFER text = {0};
    pc_signature_put_function(&text, f->module, f->filename, f->qualname ? f->qualname : f->name);
    s->items = pc_grow(s->items, s->count, &s->capacity, sizeof(*s->items));
    s->items[s->count++] = pc_arena_strdup(arena, pc_buffer_text(&text));
    /* recursion: what the last functions repeat of those before them is left out */
    for (size_t n = 1; n <= MAX_CYCLE && 2 * n <= s->count; n++) {
        size_t i = 0;
        while (i < n && !strcmp(s->items[s->count - 1 - i], s->items[s->count - 1 - i - n]))
            i++;
        if (i == n) {
            s->count -= n;
            break;
        }
    }
}

bool pc_signature_is_carrier(const char *module)
{
    return is_of(module, carriers, PC_ARRAY_SIZE(carriers)) || is_of(module, machinery, PC_ARRAY_SIZE(machinery));
}

/* How many frames are left of a list, the innermost first, when those at its outer end that carry others are taken off. */
static size_t without_carriers(const pc_frame *frames, size_t count)
{
    while (count && pc_signature_is_carrier(frames[count - 1].place->module))
        count--;
    return count;
}

/* At most `limit` functions of a thread. Where there is nothing but carriers: these, if they are `wanted`. */
static void add_thread(pc_arena *arena, const pc_thread *t, size_t first, size_t limit, bool wanted, stack *s)
{
    size_t count = without_carriers(t->frames, t->frame_count);
    if (count <= first && wanted)
        count = t->frame_count;
    if (count - first > MAX_LOOKED_AT && count > first)
        count = first + MAX_LOOKED_AT;
    for (size_t i = first; i < count && s->count < limit; i++)
        add(arena, s, t->frames[i].place);
}

static void put_stack(pc_buffer *text, const stack *s, size_t limit)
{
    for (size_t i = 0; i < s->count && i < limit; i++)
        pc_buffer_printf(text, "%s%s", i ? " < " : "", s->items[i]);
}

/* From where an exception was raised outwards: the traceback, then the callers of its outermost frame. */
static void add_exception(pc_arena *arena, const pc_exception *e, const pc_thread *t, stack *s)
{
    size_t first = 0;
    for (size_t i = e->traceback_count; i-- > 0 && s->count < FRAMES;)
        add(arena, s, e->traceback[i].place);
    for (size_t i = 0; e->traceback_count && i < t->frame_count && !first; i++)
        if (t->frames[i].address == e->traceback[0].address)
            first = i + 1;
    add_thread(arena, t, first, FRAMES, !s->count, s);
}

/* ---- what kind of an end it was ---- */

/* Somebody else ended the process, or only looked at it: no thread of it did anything wrong that its stack would show. */
static bool is_from_outside(const pc_report *r)
{
    if (!r->process.signal || r->process.signal == SIGSTOP)
        return true;
    if (r->process.has_sender && r->process.has_pid && r->process.sender_pid != r->process.pid)
        return true;
    return r->process.signal == SIGQUIT && !r->process.has_sender; /* from the terminal */
}

static const pc_thread *crashed_thread(const pc_walk *walk)
{
    for (size_t i = 0; i < walk->thread_count; i++)
        if (walk->threads[i].crashed)
            return &walk->threads[i];
    return NULL;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* What all threads are at, without those that wait for work: a set, so that their number and order do not count. */
static bool put_threads(const pc_report *r, pc_buffer *text)
{
    const pc_walk *walk = r->walk;
    stack places = {0};
    for (int wanted = 0; wanted < 2 && !places.count; wanted++)
        for (size_t i = 0; i < walk->thread_count; i++) {
            stack s = {0};
            PC_AUTO_BUFFER place = {0};
            add_thread(walk->arena, &walk->threads[i], 0, HANG_FRAMES, wanted, &s);
            put_stack(&place, &s, HANG_FRAMES);
            free(s.items);
            if (!place.length)
                continue;
            places.items = pc_grow(places.items, places.count, &places.capacity, sizeof(*places.items));
            places.items[places.count++] = pc_arena_strdup(walk->arena, pc_buffer_text(&place));
        }
    if (places.count)
        qsort(places.items, places.count, sizeof(*places.items), by_text);
    size_t told = 0;
    for (size_t i = 0; i < places.count && told < MAX_THREADS; i++)
        if (!i || strcmp(places.items[i], places.items[i - 1]))
            pc_buffer_printf(text, "%s%s", told++ ? " | " : "", places.items[i]);
    free(places.items);
    return told;
}

/* The module's file and the offset of the program counter in it: the innermost native part that is known. */
static bool put_program_counter(const pc_report *r, const pc_thread *t, pc_buffer *text)
{
    const pc_machine *machine = r->walk->core->machine;
    const pc_register *counter = NULL;
    for (size_t i = 0; machine && machine->program_counter && i < t->register_count; i++)
        if (!strcmp(t->registers[i].name, machine->program_counter))
            counter = &t->registers[i];
    if (!counter)
        return false;
    for (size_t m = 0; m < r->module_count; m++) {
        const pc_report_module *module = &r->modules[m];
        if (counter->value < module->start || counter->value >= module->end)
            continue;
        const char *slash = strrchr(module->path, '/');
        pc_buffer_printf(text, "%s+0x%" PRIx64, slash ? slash + 1 : module->path, counter->value - module->start);
        return true;
    }
    pc_buffer_puts(text, counter->value < 4096 ? "null" : "?");
    return true;
}

const char *pc_signature_exception(pc_arena *arena, const pc_exception *e)
{
    static const char *const bare[] = {"builtins", "exceptions", "__main__"};
    const char *type = e->full_type ? e->full_type : e->type;
    size_t length = e->module ? strlen(e->module) : 0;
    if (!type || !length || is_of(e->module, bare, PC_ARRAY_SIZE(bare)) || (!strncmp(type, e->module, length) && type[length] == '.'))
        return type;
    return pc_arena_printf(arena, "%s.%s", e->module, type);
}

static bool put_crash(const pc_report *r, const pc_thread *t, pc_buffer *text)
{
    stack s = {0};
    const pc_exception *e = t->raised;
    if (!e && r->process.signal == SIGABRT && t->handled_count)
        e = t->handled[0];
    const char *type = e ? pc_signature_exception(r->walk->arena, e) : NULL;
    if (type) {
        pc_buffer_puts(text, type);
        add_exception(r->walk->arena, e, t, &s);
    } else {
        pc_buffer_puts(text, r->process.signal_name ? r->process.signal_name : "signal");
        add_thread(r->walk->arena, t, 0, FRAMES, true, &s);
    }
    pc_buffer_puts(text, s.count ? " in " : "");
    put_stack(text, &s, FRAMES);
    bool any = s.count;
    free(s.items);
    if (any)
        return true;
    pc_buffer_puts(text, " in ");
    return put_program_counter(r, t, text);
}

void pc_signature_digest(const char *text, char ret_hash[17])
{
    snprintf(ret_hash, 17, "%016" PRIx64, pc_hash_text(PC_HASH_START, text));
}

void pc_signature_make(pc_report *report)
{
    PC_AUTO_BUFFER text = {0};
    const pc_thread *crashed = crashed_thread(report->walk);
    bool any;
    pc_buffer_puts(&text, PC_SIGNATURE_VERSION " ");
    if (is_from_outside(report) || !crashed) {
        pc_buffer_puts(&text, "hang in ");
        any = put_threads(report, &text);
    } else {
        any = put_crash(report, crashed, &text);
    }
    report->signature.text = NULL;
    if (!any)
        return;
    report->signature.text = pc_arena_strdup(report->walk->arena, pc_buffer_text(&text));
    pc_signature_digest(report->signature.text, report->signature.hash);
}
