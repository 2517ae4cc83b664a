#include "scan/groups.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/hash.h"
#include "base/limits.h"
#include "base/text.h"
#include "report/colors.h"
#include "report/json_parts.h"

void pc_groups_init(pc_groups *g)
{
    *g = (pc_groups){0};
    pc_arena_init(&g->arena);
    pc_map_init(&g->by_hash);
    pc_map_init(&g->failures_by_reason);
}

void pc_groups_deinit(pc_groups *g)
{
    pc_map_deinit(&g->by_hash);
    pc_map_deinit(&g->failures_by_reason);
    free(g->items);
    free(g->failures);
    pc_arena_deinit(&g->arena);
}

static void add_few(pc_arena *arena, pc_few *few, const char *text)
{
    size_t at = 0;
    if (!text)
        return;
    while (at < few->count && strverscmp(few->items[at], text) < 0)
        at++;
    if (at < few->count && !strcmp(few->items[at], text))
        return;
    if (few->count == PC_ARRAY_SIZE(few->items)) {
        few->more = true;
        if (at == few->count)
            return;
        few->count--;
    }
    memmove(&few->items[at + 1], &few->items[at], (few->count - at) * sizeof(*few->items));
    few->items[at] = pc_arena_strdup(arena, text);
    few->count++;
}

static pc_outcome copy_of(pc_arena *arena, const pc_outcome *o)
{
    pc_outcome copy = *o;
    copy.path = pc_arena_strdup(arena, o->path);
    copy.reason = pc_arena_strdup(arena, o->reason);
    copy.signal_name = pc_arena_strdup(arena, o->signal_name);
    copy.exception = pc_arena_strdup(arena, o->exception);
    copy.version = copy.build_id = copy.command = copy.hash = copy.text = NULL;
    const char **frames = pc_arena_array(arena, o->frame_count, sizeof(*frames));
    for (size_t i = 0; i < o->frame_count; i++)
        frames[i] = pc_arena_strdup(arena, o->frames[i]);
    copy.frames = frames;
    return copy;
}

static bool is_before(const pc_outcome *a, const pc_outcome *b)
{
    return a->when != b->when ? a->when < b->when : strcmp(a->path, b->path) < 0;
}

static void add_to_group(pc_groups *g, const pc_outcome *o, bool known, bool is_new)
{
    pc_addr key = pc_hash_text(PC_HASH_START, o->text);
    pc_group *group = pc_map_get(&g->by_hash, key);
    if (!group) {
        group = PC_NEW(&g->arena, pc_group);
        group->hash = pc_arena_strdup(&g->arena, o->hash);
        group->text = pc_arena_strdup(&g->arena, o->text);
        group->first = group->last = o->when;
        group->is_new = true;
        pc_map_put(&g->by_hash, key, group);
        g->items = pc_grow(g->items, g->count, &g->capacity, sizeof(*g->items));
        g->items[g->count++] = group;
    }
    if (!group->count || is_before(o, &group->example))
        group->example = copy_of(&g->arena, o);
    group->count++;
    group->fresh += !known;
    group->is_new &= is_new;
    group->first = o->when < group->first ? o->when : group->first;
    group->last = o->when > group->last ? o->when : group->last;
    add_few(&g->arena, &group->versions, o->version);
    add_few(&g->arena, &group->commands, o->command);
}

static void add_to_failures(pc_groups *g, const pc_outcome *o)
{
    const char *reason = o->reason ? o->reason : "nothing is known of it";
    uint64_t hash = pc_hash_text(PC_HASH_START, reason);
    pc_addr key = (hash << 2) + (unsigned)o->kind;
    pc_failure *f = pc_map_get(&g->failures_by_reason, key);
    if (!f) {
        f = PC_NEW(&g->arena, pc_failure);
        f->kind = o->kind;
        f->reason = pc_arena_strdup(&g->arena, reason);
        f->example = pc_arena_strdup(&g->arena, o->path);
        pc_map_put(&g->failures_by_reason, key, f);
        g->failures = pc_grow(g->failures, g->failure_count, &g->failure_capacity, sizeof(*g->failures));
        g->failures[g->failure_count++] = f;
    }
    f->count++;
    if (strcmp(o->path, f->example) < 0)
        f->example = pc_arena_strdup(&g->arena, o->path);
}

void pc_groups_add(pc_groups *g, const pc_outcome *o, bool known, bool is_new)
{
    g->kinds[o->kind]++;
    if (o->kind == PC_OUTCOME_REPORT) {
        g->known += known;
        g->fresh += !known;
        if (!o->matches) {
            g->filtered++;
            return;
        }
    }
    if (o->kind == PC_OUTCOME_REPORT && o->text && o->hash)
        add_to_group(g, o, known, is_new);
    else
        add_to_failures(g, o);
}

void pc_groups_count(pc_groups *g, pc_outcome_kind kind, uint64_t count)
{
    g->kinds[kind] += count;
}

static int by_count(const void *a, const void *b)
{
    const pc_group *x = *(pc_group *const *)a, *y = *(pc_group *const *)b;
    return x->count != y->count ? (x->count < y->count ? 1 : -1) : strcmp(x->text, y->text);
}

static int failures_by_count(const void *a, const void *b)
{
    const pc_failure *x = *(pc_failure *const *)a, *y = *(pc_failure *const *)b;
    if ((x->kind == PC_OUTCOME_NOT_CORE) != (y->kind == PC_OUTCOME_NOT_CORE))
        return x->kind == PC_OUTCOME_NOT_CORE ? 1 : -1;
    if (x->count != y->count)
        return x->count < y->count ? 1 : -1;
    int order = strcmp(x->reason, y->reason);
    return order ? order : (int)x->kind - (int)y->kind;
}

void pc_groups_sort(pc_groups *g)
{
    if (g->count)
        qsort(g->items, g->count, sizeof(*g->items), by_count);
    if (g->failure_count)
        qsort(g->failures, g->failure_count, sizeof(*g->failures), failures_by_count);
}

void pc_put_time(pc_buffer *buffer, int64_t microseconds)
{
    int64_t seconds = microseconds / 1000000 - (microseconds % 1000000 < 0);
    time_t t = (time_t)seconds;
    struct tm parts;
    char text[64];
    if (t == seconds && gmtime_r(&t, &parts) && strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &parts))
        pc_buffer_puts(buffer, text);
}

/* ---- JSON ---- */

static void put_when(pc_json *j, const char *key, int64_t microseconds)
{
    PC_AUTO_BUFFER time = {0};
    pc_put_time(&time, microseconds);
    put_text(j, key, time.length ? pc_buffer_text(&time) : NULL);
}

static void put_names(pc_json *j, const char *key, const pc_few *few)
{
    begin_array(j, key);
    for (size_t i = 0; i < few->count; i++)
        pc_json_string(j, few->items[i]);
    pc_json_array_end(j);
}

static void write_group(pc_json *j, const pc_group *group, bool has_state)
{
    const pc_outcome *example = &group->example;
    pc_json_object(j);
    put_text(j, "hash", group->hash);
    put_text(j, "text", group->text);
    put_integer(j, "count", (int64_t)group->count);
    put_bool_if(j, "new", has_state, group->is_new);
    put_integer_if(j, "new_count", has_state, (int64_t)group->fresh);
    put_when(j, "first", group->first);
    put_when(j, "last", group->last);
    put_text(j, "signal", example->signal_name);
    put_text(j, "exception", example->exception);
    put_text(j, "reason", example->reason);
    pc_json_key(j, "frames");
    pc_outcome_write_frames(j, example);
    put_text(j, "example", example->path);
    put_names(j, "versions", &group->versions);
    put_names(j, "commands", &group->commands);
    pc_json_object_end(j);
}

static uint64_t files_of(const pc_groups *g, uint64_t unfinished)
{
    uint64_t files = unfinished;
    for (size_t i = 0; i < PC_ARRAY_SIZE(g->kinds); i++)
        files += g->kinds[i];
    return files;
}

static void put_files(pc_json *j, const pc_groups *g, uint64_t unfinished)
{
    begin_object(j, "files");
    put_integer(j, "all", (int64_t)files_of(g, unfinished));
    put_integer(j, "cores", (int64_t)g->kinds[PC_OUTCOME_REPORT]);
    put_integer(j, "failed", (int64_t)g->kinds[PC_OUTCOME_FAILED]);
    put_integer(j, "unreadable", (int64_t)g->kinds[PC_OUTCOME_UNREADABLE]);
    put_integer(j, "not_cores", (int64_t)g->kinds[PC_OUTCOME_NOT_CORE]);
    put_integer(j, "unfinished", (int64_t)unfinished);
    pc_json_object_end(j);
}

void pc_groups_write_json(const pc_groups *g, const pc_summary_options *options, FILE *out)
{
    pc_json json, *j = &json;
    pc_json_begin(j, out);
    pc_json_object(j);
    put_text(j, "schema", "pycore-scan/1");
    put_text(j, "pycore", PACKAGE_VERSION);
    put_files(j, g, options->unfinished);
    put_integer(j, "known", (int64_t)g->known);
    put_integer(j, "filtered", (int64_t)g->filtered);
    begin_array(j, "groups");
    for (size_t i = 0; i < g->count; i++)
        write_group(j, g->items[i], options->has_state);
    pc_json_array_end(j);
    begin_array(j, "failures");
    for (size_t i = 0; i < g->failure_count; i++) {
        const pc_failure *f = g->failures[i];
        pc_json_object(j);
        put_text(j, "kind", pc_outcome_kind_name(f->kind));
        put_text(j, "reason", f->reason);
        put_integer(j, "count", (int64_t)f->count);
        put_text(j, "example", f->example);
        pc_json_object_end(j);
    }
    pc_json_array_end(j);
    pc_json_object_end(j);
    pc_json_raw(j, "\n", 1);
    pc_json_end(j);
}

/* ---- text ---- */

/* Safe for a terminal, cut to the columns that are left; style NULL: as it is. */
static void put_cut(const pc_summary_options *options, FILE *out, const char *style, const char *bytes, size_t used)
{
    PC_AUTO_BUFFER safe = {0};
    pc_text_put_terminal_bytes(&safe, bytes, strlen(bytes));
    const char *shown = pc_buffer_text(&safe);
    size_t length = pc_text_length(shown), bytes_shown = safe.length;
    if (options->width && length + used > options->width && options->width > used + 4) {
        size_t keep = options->width - used - 3;
        bytes_shown = 0;
        for (uint32_t c; keep; keep--) {
            size_t n = pc_text_decode(shown + bytes_shown, safe.length - bytes_shown, &c);
            bytes_shown += n ? n : 1;
        }
    }
    fprintf(out, "%s%.*s%s%s", options->color && style ? style : "", (int)bytes_shown, shown, bytes_shown < safe.length ? "..." : "",
            options->color && style ? OFF : "");
}

static void put_line(const pc_summary_options *options, FILE *out, const char *label, const char *text_of_it)
{
    fprintf(out, "         %-8s ", label);
    put_cut(options, out, NULL, text_of_it, 18);
    fputc('\n', out);
}

static void put_few(const pc_summary_options *options, FILE *out, const char *label, const pc_few *few)
{
    PC_AUTO_BUFFER list = {0};
    for (size_t i = 0; i < few->count; i++)
        pc_buffer_printf(&list, "%s%s", i ? ", " : "", few->items[i]);
    if (few->more)
        pc_buffer_puts(&list, ", ...");
    if (few->count)
        put_line(options, out, label, pc_buffer_text(&list));
}

/* "2026-11-29 06:31", in UTC */
static void put_minute(pc_buffer *buffer, int64_t microseconds)
{
    PC_AUTO_BUFFER time = {0};
    pc_put_time(&time, microseconds);
    if (time.length < 16) {
        pc_buffer_printf(buffer, "%-16s", "?");
        return;
    }
    time.data[10] = ' ';
    pc_buffer_append(buffer, time.data, 16);
}

static void put_group(const pc_group *group, const pc_summary_options *options, FILE *out)
{
    const pc_outcome *example = &group->example;
    PC_AUTO_BUFFER line = {0}, what = {0}, frames = {0};
    pc_buffer_printf(&line, "%7" PRIu64 "  ", group->count);
    put_minute(&line, group->first);
    pc_buffer_puts(&line, "  ");
    put_minute(&line, group->last);
    pc_buffer_printf(&line, "  %-8s  %s", example->signal_name ? example->signal_name : "-", group->hash);
    fputs(pc_buffer_text(&line), out);
    if (options->has_state && group->is_new)
        fprintf(out, "  %snew%s", options->color ? RED : "", options->color ? OFF : "");
    /* what was hashed, without its version */
    const char *told = strchr(group->text, ' ');
    fputs("\n         ", out);
    put_cut(options, out, BOLD, told ? told + 1 : group->text, 9);
    fputc('\n', out);
    for (size_t i = 0; i < example->frame_count && i < 4; i++)
        pc_buffer_printf(&frames, "%s%s", i ? " < " : "", example->frames[i]);
    if (frames.length)
        put_line(options, out, "stack", pc_buffer_text(&frames));
    else if (example->reason)
        put_line(options, out, "Python", example->reason);
    if (options->has_state && group->fresh && group->fresh < group->count) {
        pc_buffer_printf(&what, "%" PRIu64 " of them", group->fresh);
        put_line(options, out, "new", pc_buffer_text(&what));
    }
    put_few(options, out, "commands", &group->commands);
    put_few(options, out, "versions", &group->versions);
    put_line(options, out, "example", example->path);
}

static void put_count(pc_buffer *buffer, const char *between, uint64_t count, const char *one, const char *many)
{
    pc_buffer_printf(buffer, "%s%" PRIu64 " %s", between, count, count == 1 ? one : many);
}

void pc_groups_write_text(const pc_groups *g, const pc_summary_options *options, FILE *out)
{
    PC_AUTO_BUFFER head = {0};
    put_count(&head, "", files_of(g, options->unfinished), "file", "files");
    put_count(&head, ": ", g->kinds[PC_OUTCOME_REPORT], "core", "cores");
    if (g->known)
        pc_buffer_printf(&head, " (%" PRIu64 " known from before)", g->known);
    put_count(&head, " in ", g->count, "group", "groups");
    if (g->filtered)
        pc_buffer_printf(&head, ", %" PRIu64 " left out by --filter", g->filtered);
    if (g->kinds[PC_OUTCOME_FAILED])
        pc_buffer_printf(&head, ", %" PRIu64 " failed", g->kinds[PC_OUTCOME_FAILED]);
    if (g->kinds[PC_OUTCOME_UNREADABLE])
        pc_buffer_printf(&head, ", %" PRIu64 " unreadable", g->kinds[PC_OUTCOME_UNREADABLE]);
    if (g->kinds[PC_OUTCOME_NOT_CORE])
        put_count(&head, ", ", g->kinds[PC_OUTCOME_NOT_CORE], "no core", "no cores");
    if (options->unfinished)
        pc_buffer_printf(&head, ", %" PRIu64 " not looked at: the scan was ended", options->unfinished);
    fprintf(out, "%s\n", pc_buffer_text(&head));
    if (g->count)
        fprintf(out, "\n%s%7s  %-16s  %-16s  %-8s  SIGNATURE%s\n", options->color ? DIM : "", "COUNT", "FIRST (UTC)", "LAST (UTC)", "SIGNAL",
                options->color ? OFF : "");
    for (size_t i = 0; i < g->count; i++)
        put_group(g->items[i], options, out);
    bool headed = false;
    for (size_t i = 0; i < g->failure_count; i++) {
        const pc_failure *f = g->failures[i];
        if (f->kind == PC_OUTCOME_NOT_CORE && !options->all)
            continue;
        if (!headed)
            fprintf(out, "\n%s%7s  WHY THERE IS NOTHING TO GROUP BY%s\n", options->color ? DIM : "", "COUNT", options->color ? OFF : "");
        headed = true;
        PC_AUTO_BUFFER line = {0};
        static const char *const before[] = {"", "failed: ", "unreadable: ", "no core: "};
        pc_buffer_printf(&line, "%s%s", before[f->kind], f->reason);
        fprintf(out, "%7" PRIu64 "  ", f->count);
        put_cut(options, out, NULL, pc_buffer_text(&line), 9);
        fputc('\n', out);
        put_line(options, out, "example", f->example);
    }
}
