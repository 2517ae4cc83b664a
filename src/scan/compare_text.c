/* A comparison for a person: the cores with their numbers, then the threads, those that differ first. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/colors.h"
#include "scan/compare.h"

#define REPEATS_SHOWN 3 /* as Python's own tracebacks do */

typedef struct writer {
    const pc_comparison *c;
    const pc_compare_text_options *options;
    FILE *out;
} writer;

/* One that is safe for a terminal, whatever is in it. */
static void PC_PRINTF(3, 4) put(writer *w, const char *style, const char *format, ...)
{
    PC_AUTO_BUFFER text = {0}, safe = {0};
    va_list args;
    va_start(args, format);
    pc_buffer_vprintf(&text, format, args);
    va_end(args);
    pc_text_put_terminal_bytes(&safe, pc_buffer_text(&text), text.length);
    bool color = w->options->color && style;
    fputs(color ? style : "", w->out);
    fputs(pc_buffer_text(&safe), w->out);
    fputs(color ? OFF : "", w->out);
}

static void newline(writer *w)
{
    fputc('\n', w->out);
}

/* Their numbers from 1 on: "1-3, 5". */
static void put_numbers(pc_buffer *buffer, const size_t *cores, size_t count)
{
    for (size_t i = 0; i < count;) {
        size_t last = i;
        while (last + 1 < count && cores[last + 1] == cores[last] + 1)
            last++;
        pc_buffer_printf(buffer, "%s%zu", i ? ", " : "", cores[i] + 1);
        if (last > i)
            pc_buffer_printf(buffer, "%s%zu", last > i + 1 ? "-" : ", ", cores[last] + 1);
        i = last + 1;
    }
}

/* ---- the cores ---- */

static void put_core(writer *w, size_t i)
{
    const pc_compare_core *core = &w->c->cores[i];
    put(w, NULL, "  %zu  %s", i + 1, core->path);
    if (core->reason) {
        put(w, RED, "  not compared: %s", core->reason);
        newline(w);
        return;
    }
    if (core->has_pid)
        put(w, NULL, "  pid %" PRId64, core->pid);
    if (core->cause)
        put(w, NULL, "  %s", core->cause);
    if (core->status && strcmp(core->status, "complete"))
        put(w, NULL, "  (%s)", core->status);
    if (core->odd)
        put(w, RED, "  the odd one out in %zu thread%s", core->odd, core->odd == 1 ? "" : "s");
    newline(w);
    if (core->left_out) {
        put(w, NULL, "     %" PRIu64 " more threads were left out", core->left_out);
        newline(w);
    }
}

static void put_head(writer *w)
{
    const pc_compare_core *first = NULL;
    for (size_t i = 0; i < w->c->core_count && !first; i++)
        first = w->c->cores[i].reason ? NULL : &w->c->cores[i];
    put(w, BOLD, "%zu core%s", w->c->compared, w->c->compared == 1 ? "" : "s");
    if (first && !w->c->note_count) {
        put(w, NULL, " of %s", first->program ? first->program : first->command ? first->command : "one program");
        if (first->version)
            put(w, NULL, ", CPython %s", first->version);
    }
    newline(w);
    for (size_t i = 0; i < w->c->core_count; i++)
        put_core(w, i);
    for (size_t i = 0; i < w->c->note_count; i++) {
        put(w, BOLD, "  %s", w->c->notes[i]);
        newline(w);
    }
}

/* ---- stacks ---- */

static void put_frame(writer *w, const pc_compare_frame *f, bool marked)
{
    put(w, marked ? RED : NULL, "  %s ", marked ? "*" : " ");
    put(w, NULL, "File \"%s\", line ", f->filename ? f->filename : "?");
    if (f->line >= 0)
        put(w, NULL, "%" PRId64, f->line);
    else
        put(w, NULL, "?");
    put(w, NULL, ", in ");
    put(w, BOLD, "%s", f->name ? f->name : "?");
}

static bool same_place(const pc_compare_frame *a, const pc_compare_frame *b)
{
    return a->line == b->line && !strcmp(a->function, b->function);
}

static void put_outer(writer *w, size_t count, const char *as_in)
{
    if (!count)
        return;
    put(w, DIM, "    ... %zu outer frame%s%s%s", count, count == 1 ? "" : "s", *as_in ? " as in " : "", as_in);
    newline(w);
}

/* What the marked frame has instead of what the others have there. */
static void put_instead(writer *w, const pc_compare_variant *v, const pc_compare_thread *other)
{
    const pc_compare_frame *o = v->other_frame < other->frame_count ? &other->frames[v->other_frame] : NULL;
    if (v->difference == PC_COMPARE_LINE && o->line >= 0)
        put(w, RED, "  <- not line %" PRId64, o->line);
    else if (v->difference == PC_COMPARE_FUNCTION)
        put(w, RED, "  <- not in %s", o->name ? o->name : "?");
    else if (v->difference == PC_COMPARE_DEEPER)
        put(w, RED, "  <- not called there");
}

/* From outside in; of the frames that the variant has in common with the first one only the number. The innermost ones count:
 * of others only the one where it begins to differ is told in any case. */
static void put_stack(writer *w, const pc_compare_row *row, const pc_compare_variant *v)
{
    const pc_compare_thread *t = v->thread;
    bool differs = v->difference == PC_COMPARE_FUNCTION || v->difference == PC_COMPARE_LINE || v->difference == PC_COMPARE_DEEPER;
    size_t shown = t->frame_count, common = 0, run = 0;
    PC_AUTO_BUFFER first = {0};
    put_numbers(&first, row->variants[0].cores, row->variants[0].count);
    if (v->difference == PC_COMPARE_SHALLOWER || v->difference == PC_COMPARE_EXCEPTION)
        common = t->frame_count ? t->frame_count - 1 : 0;
    else if (differs)
        common = t->frame_count - 1 - v->frame;
    shown -= common;
    put_outer(w, common, common ? pc_buffer_text(&first) : "");
    uint64_t most = w->options->max_frames ? w->options->max_frames : UINT64_MAX;
    for (size_t i = shown; i-- > 0;) {
        const pc_compare_frame *f = &t->frames[i];
        bool marked = differs && i == v->frame;
        if (i >= most && !marked) {
            size_t more = i + 1 - (size_t)most;
            put_outer(w, more, "");
            i -= more - 1;
            continue;
        }
        run = i + 1 < shown && same_place(f, f + 1) ? run + 1 : 0;
        if (run < REPEATS_SHOWN) {
            put_frame(w, f, marked);
            if (marked)
                put_instead(w, v, row->variants[0].thread);
            newline(w);
        } else if (!i || !same_place(f, f - 1)) {
            put(w, DIM, "    [Previous frame repeated %zu more time%s]", run - REPEATS_SHOWN + 1, run == REPEATS_SHOWN ? "" : "s");
            newline(w);
        }
    }
    if (v->difference == PC_COMPARE_SHALLOWER && t->frame_count) {
        const pc_compare_thread *other = row->variants[0].thread;
        put(w, RED, "  * and no call of %s", other->frames[v->other_frame].name ? other->frames[v->other_frame].name : "?");
        newline(w);
    }
    if (t->exception) {
        put(w, v->difference == PC_COMPARE_EXCEPTION ? RED : NULL, "  %s %s", v->difference == PC_COMPARE_EXCEPTION ? "*" : " ", t->exception);
        newline(w);
    } else if (v->difference == PC_COMPARE_EXCEPTION) {
        put(w, RED, "  * not %s", row->variants[0].thread->exception);
        newline(w);
    }
}

static void put_variant(writer *w, const pc_compare_row *row, const pc_compare_variant *v)
{
    PC_AUTO_BUFFER numbers = {0};
    put_numbers(&numbers, v->cores, v->count);
    put(w, v->odd ? RED : BOLD, "  %s", pc_buffer_text(&numbers));
    put(w, NULL, " (%zu of %zu)", v->count, w->c->compared);
    if (v->odd)
        put(w, RED, v->count == 1 ? "  the odd one out" : "  the odd ones out");
    if (!v->thread) {
        put(w, NULL, ": no such thread");
        newline(w);
        return;
    }
    if (v->same_functions && v->difference == PC_COMPARE_LINE)
        put(w, NULL, ": the same functions, another line");
    else if (!v->thread->frame_count)
        put(w, NULL, ": no Python in it");
    newline(w);
    put_stack(w, row, v);
}

/* ---- threads ---- */

static void put_title(writer *w, const pc_compare_row *row)
{
    PC_AUTO_BUFFER crashed = {0};
    size_t *cores = NULL, count = 0, capacity = 0;
    put(w, BOLD, "%s", row->thread->name ? row->thread->name : row->thread->main ? "The main thread" : "A thread without a name");
    if (row->thread->main && row->thread->name)
        put(w, NULL, " (the main thread)");
    for (size_t i = 0; i < w->c->core_count; i++)
        if (row->cells[i] && row->cells[i]->crashed) {
            cores = pc_grow(cores, count, &capacity, sizeof(*cores));
            cores[count++] = i;
        }
    put_numbers(&crashed, cores, count);
    if (count && count < w->c->compared)
        put(w, NULL, ", which crashed in %s", pc_buffer_text(&crashed));
    free(cores);
}

static void put_differing(writer *w, const pc_compare_row *row)
{
    newline(w);
    put_title(w, row);
    put(w, NULL, ": %zu different places", row->variant_count);
    newline(w);
    for (size_t i = 0; i < row->variant_count; i++)
        put_variant(w, row, &row->variants[i]);
}

/* Those that are in the same place in all cores; threads of a pool are often all in one. */
static void put_agreeing(writer *w, size_t first)
{
    const pc_compare_row *rows = w->c->rows, *row = &rows[first];
    size_t alike = 0;
    for (size_t i = first; i < w->c->row_count; i++)
        alike += rows[i].thread->places == row->thread->places && rows[i].thread->main == row->thread->main;
    for (size_t i = first; i-- > 0 && rows[i].variant_count == 1;)
        if (rows[i].thread->places == row->thread->places && rows[i].thread->main == row->thread->main)
            return; /* told with that one */
    newline(w);
    put_title(w, row);
    if (alike > 1)
        put(w, NULL, " and %zu more like it", alike - 1);
    put(w, NULL, ": %s in ", row->thread->frame_count ? "the same" : "no Python");
    if (w->c->compared == 2)
        put(w, NULL, "both");
    else
        put(w, NULL, "all %zu", w->c->compared);
    newline(w);
    put_stack(w, row, &row->variants[0]);
}

void pc_comparison_write_text(const pc_comparison *c, const pc_compare_text_options *options, FILE *out)
{
    writer w = {.c = c, .options = options, .out = out};
    put_head(&w);
    for (size_t i = 0; i < c->row_count && c->compared > 1; i++)
        if (c->rows[i].variant_count > 1)
            put_differing(&w, &c->rows[i]);
        else
            put_agreeing(&w, i);
}
