#include "scan/compare.h"

#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/limits.h"

void pc_comparison_init(pc_comparison *c)
{
    *c = (pc_comparison){0};
    pc_arena_init(&c->arena);
}

void pc_comparison_deinit(pc_comparison *c)
{
    if (!c)
        return;
    free(c->cores);
    free(c->rows);
    free(c->notes);
    pc_arena_deinit(&c->arena);
}

const char *pc_compare_difference_name(pc_compare_difference difference)
{
    static const char *const names[] = {NULL, "function", "line", "deeper", "shallower", "exception", "missing"};
    return names[difference];
}

const char *pc_compare_majority_name(pc_compare_majority majority)
{
    static const char *const names[] = {NULL, "functions", "places"};
    return names[majority];
}

/* ---- stacks ---- */

/* How much of two stacks is alike, from outside in and of the frames that are their own: from 0, nothing, to 1000. */
static int similarity(const pc_compare_thread *a, const pc_compare_thread *b)
{
    size_t most = a->own_count > b->own_count ? a->own_count : b->own_count, n = 0;
    if (a->functions == b->functions)
        return 1000;
    while (n < a->own_count && n < b->own_count && n < PC_LIMIT_COMPARE_FRAMES &&
           a->frames[a->own_count - 1 - n].id == b->frames[b->own_count - 1 - n].id)
        n++;
    return most ? (int)(n * 1000 / most) : 0;
}

static bool is_same_text(const char *a, const char *b)
{
    return a == b || (a && b && !strcmp(a, b));
}

/* Where the first one leaves the second, from outside in. */
static void find_difference(const pc_compare_thread *a, const pc_compare_thread *b, pc_compare_variant *v)
{
    v->frame = v->other_frame = 0;
    v->same_functions = a && b && a->functions == b->functions;
    v->difference = a == b ? PC_COMPARE_SAME : PC_COMPARE_MISSING;
    if (!a || !b)
        return;
    for (size_t n = 0;; n++) {
        bool a_ends = n == a->frame_count, b_ends = n == b->frame_count;
        if (a_ends && b_ends) {
            v->difference = is_same_text(a->exception, b->exception) ? PC_COMPARE_SAME : PC_COMPARE_EXCEPTION;
            return;
        }
        if (a_ends || b_ends) {
            v->difference = b_ends ? PC_COMPARE_DEEPER : PC_COMPARE_SHALLOWER;
            v->frame = b_ends ? a->frame_count - 1 - n : 0;
            v->other_frame = b_ends ? 0 : b->frame_count - 1 - n;
            return;
        }
        v->frame = a->frame_count - 1 - n;
        v->other_frame = b->frame_count - 1 - n;
        const pc_compare_frame *x = &a->frames[v->frame], *y = &b->frames[v->other_frame];
        if (x->function != y->function && strcmp(x->function, y->function)) {
            v->difference = PC_COMPARE_FUNCTION;
            return;
        }
        if (x->line != y->line) {
            v->difference = PC_COMPARE_LINE;
            return;
        }
    }
}

static bool is_same_place(const pc_compare_thread *a, const pc_compare_thread *b)
{
    pc_compare_variant v;
    if (!a || !b)
        return a == b;
    if (a->places != b->places)
        return false;
    find_difference(a, b, &v);
    return v.difference == PC_COMPARE_SAME;
}

/* ---- which threads are the same one ---- */

typedef struct pair {
    size_t row, thread;
    int score;
} pair;

/* How well a thread goes with a row, by another thread of it; 0: not at all. Names count first: what a program calls its threads
 * tells what they are for. Those with a number are often one of several alike, made in no fixed order, so that among them the one at
 * the same place is the same thread. */
static int score_of(const pc_compare_thread *a, const pc_compare_thread *b)
{
    if (a->main || b->main)
        return a->main && b->main ? 100000 : 0;
    int alike = similarity(a, b), crashed = a->crashed && b->crashed ? 500 : 0;
    bool same_name = a->name && is_same_text(a->name, b->name), same_stem = !strcmp(a->stem, b->stem);
    if (same_name && !strchr(a->stem, '#'))
        return 90000 + alike;
    if (same_stem && a->places == b->places)
        return 80000 + crashed + same_name;
    if (same_stem && a->functions == b->functions)
        return 70000 + crashed + same_name;
    if (same_stem && alike)
        return 50000 + alike * 10 + crashed + same_name;
    if (same_name && (!a->frame_count || !b->frame_count))
        return 40000;
    if (a->functions == b->functions && a->own_count)
        return 30000 + crashed;
    if (alike >= 500)
        return 20000 + alike;
    return crashed ? 10000 : 0;
}

static int by_score(const void *a, const void *b)
{
    const pair *x = a, *y = b;
    if (x->score != y->score)
        return x->score > y->score ? -1 : 1;
    if (x->row != y->row)
        return x->row < y->row ? -1 : 1;
    return (x->thread > y->thread) - (x->thread < y->thread);
}

static void add_row(pc_comparison *c, const pc_compare_thread *t)
{
    c->rows = pc_grow(c->rows, c->row_count, &c->row_capacity, sizeof(*c->rows));
    pc_compare_row *row = &c->rows[c->row_count++];
    *row = (pc_compare_row){.thread = t, .cells = pc_arena_array(&c->arena, c->core_count, sizeof(*row->cells))};
    row->cells[t->core] = t;
}

/* Each thread to the row that it goes best with, those that go best first; what goes with none has a row of its own. */
static void place_threads(pc_comparison *c, const pc_compare_core *core)
{
    pair *pairs = NULL;
    size_t count = 0, capacity = 0, rows = c->row_count;
    bool *placed = pc_arena_array(&c->arena, core->thread_count, sizeof(*placed));
    for (size_t row = 0; row < rows; row++)
        for (size_t i = 0; i < core->thread_count; i++) {
            int score = score_of(c->rows[row].thread, &core->threads[i]);
            if (!score)
                continue;
            pairs = pc_grow(pairs, count, &capacity, sizeof(*pairs));
            pairs[count++] = (pair){row, i, score};
        }
    if (count)
        qsort(pairs, count, sizeof(*pairs), by_score);
    for (size_t i = 0; i < count; i++) {
        const pc_compare_thread *t = &core->threads[pairs[i].thread];
        const pc_compare_thread **cell = &c->rows[pairs[i].row].cells[t->core];
        if (*cell || placed[pairs[i].thread])
            continue;
        *cell = t;
        placed[pairs[i].thread] = true;
    }
    free(pairs);
    for (size_t i = 0; i < core->thread_count; i++)
        if (!placed[i] && c->row_count < PC_LIMIT_COMPARE_ROWS)
            add_row(c, &core->threads[i]);
        else if (!placed[i])
            c->partial = true;
}

/* ---- where they were ---- */

/* Which of them it is: a new one where it is none of those. */
static size_t variant_of(pc_compare_variant *variants, size_t *count, const pc_compare_thread *t)
{
    size_t i = 0;
    while (i < *count && !is_same_place(variants[i].thread, t))
        i++;
    if (i == *count)
        variants[(*count)++] = (pc_compare_variant){.thread = t};
    variants[i].count++;
    return i;
}

/* Of two that are as frequent one that is there comes first, then the one that has the first core. */
static int by_count(const void *a, const void *b)
{
    const pc_compare_variant *x = a, *y = b;
    if (x->same_function_cores != y->same_function_cores)
        return x->same_function_cores > y->same_function_cores ? -1 : 1;
    if (x->count != y->count)
        return x->count > y->count ? -1 : 1;
    if (!x->thread != !y->thread)
        return x->thread ? -1 : 1;
    return x->cores[0] < y->cores[0] ? -1 : 1;
}

static void find_variants(pc_comparison *c, pc_compare_row *row)
{
    pc_compare_variant *found = pc_malloc(c->compared * sizeof(*found));
    size_t *variants = pc_malloc(c->core_count * sizeof(*variants));
    for (size_t i = 0; i < c->core_count; i++)
        if (!c->cores[i].reason)
            variants[i] = variant_of(found, &row->variant_count, row->cells[i]);
    row->variants = pc_arena_array(&c->arena, row->variant_count, sizeof(*row->variants));
    for (size_t i = 0; i < row->variant_count; i++) {
        row->variants[i] = (pc_compare_variant){.thread = found[i].thread,
                                                .cores = pc_arena_array(&c->arena, found[i].count, sizeof(*found[i].cores))};
        for (size_t k = 0; k < row->variant_count; k++) {
            const pc_compare_thread *a = found[i].thread, *b = found[k].thread;
            if (a && b ? a->functions == b->functions : a == b)
                row->variants[i].same_function_cores += found[k].count;
        }
    }
    for (size_t i = 0; i < c->core_count; i++)
        if (!c->cores[i].reason) {
            pc_compare_variant *v = &row->variants[variants[i]];
            v->cores[v->count++] = i;
        }
    free(found);
    free(variants);
    qsort(row->variants, row->variant_count, sizeof(*row->variants), by_count);
}

static void make_variants(pc_comparison *c, pc_compare_row *row)
{
    find_variants(c, row);
    const pc_compare_variant *first = &row->variants[0];
    if (first->count * 2 > c->compared)
        row->majority = PC_COMPARE_MAJORITY_OF_PLACES;
    else if (first->same_function_cores * 2 > c->compared)
        row->majority = PC_COMPARE_MAJORITY_OF_FUNCTIONS;
    for (size_t i = 0; i < row->variant_count; i++) {
        pc_compare_variant *v = &row->variants[i];
        find_difference(v->thread, first->thread, v);
        v->odd = i && (row->majority == PC_COMPARE_MAJORITY_OF_PLACES || (row->majority && !v->same_functions));
        for (size_t k = 0; v->odd && k < v->count; k++)
            c->cores[v->cores[k]].odd++;
    }
}

static int rank_of(const pc_compare_row *row)
{
    bool differs = row->variant_count > 1;
    return (differs ? 0 : 10) + (row->thread->main ? 0 : 5) + (differs && row->majority ? 0 : 1) + (row->thread->frame_count ? 0 : 2);
}

static int by_rank(const void *a, const void *b)
{
    const pc_compare_row *x = a, *y = b;
    if (rank_of(x) != rank_of(y))
        return rank_of(x) < rank_of(y) ? -1 : 1;
    if (x->thread->core != y->thread->core)
        return x->thread->core < y->thread->core ? -1 : 1;
    return x->thread < y->thread ? -1 : x->thread > y->thread;
}

/* ---- whether they can be compared ---- */

static void put_note(pc_comparison *c, const char *what, const char *(*value_of)(const pc_compare_core *))
{
    PC_AUTO_BUFFER note = {0};
    size_t values = 0;
    for (size_t i = 0; i < c->core_count; i++) {
        const char *value = value_of(&c->cores[i]);
        bool seen = c->cores[i].reason || !value;
        for (size_t k = 0; k < i && !seen; k++)
            seen = !c->cores[k].reason && is_same_text(value_of(&c->cores[k]), value);
        if (seen)
            continue;
        if (values++ < 8)
            pc_buffer_printf(&note, "%s%s (%zu)", values > 1 ? ", " : "", value, i + 1);
    }
    if (values < 2)
        return;
    c->notes = pc_grow(c->notes, c->note_count, &c->note_capacity, sizeof(*c->notes));
    c->notes[c->note_count++] = pc_arena_printf(&c->arena, "they are of different %s: %s%s", what, pc_buffer_text(&note), values > 8 ? ", ..." : "");
}

static const char *base_of(const char *path)
{
    const char *slash = path ? strrchr(path, '/') : NULL;
    return slash && slash[1] ? slash + 1 : path;
}

static const char *program_of(const pc_compare_core *core)
{
    return base_of(core->program);
}

static const char *version_of(const pc_compare_core *core)
{
    return core->version;
}

static const char *machine_of(const pc_compare_core *core)
{
    return core->machine;
}

void pc_comparison_make(pc_comparison *c)
{
    put_note(c, "programs", program_of);
    put_note(c, "versions of the interpreter", version_of);
    put_note(c, "machines", machine_of);
    for (size_t i = 0; i < c->core_count; i++)
        place_threads(c, &c->cores[i]);
    for (size_t i = 0; i < c->row_count; i++)
        make_variants(c, &c->rows[i]);
    if (c->row_count)
        qsort(c->rows, c->row_count, sizeof(*c->rows), by_rank);
}
