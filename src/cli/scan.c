#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/hash.h"
#include "base/map.h"
#include "base/text.h"
#include "cli/core_job.h"
#include "cli/scan_progress.h"
#include "cli/scan_state.h"
#include "scan/collect.h"
#include "scan/filter.h"
#include "scan/groups.h"
#include "scan/list.h"

static const char help[] =
    "Usage: pycore scan [OPTION]... PATH...\n"
    "       pycore scan [OPTION]... --state=FILE {--new-since=TIME | --group=HASH}\n"
    "Look at many cores and tell which go together: those of the same defect have the same signature.\n"
    "\n"
    "PATH is a core, compressed or not, or a folder that is searched for cores; - reads paths from\n"
    "standard input.\n"
    "\n"
    "      --json              one report (pycore-report(5)) on each line, as they are finished\n"
    "      --summary-json[=FILE]  the groups as JSON, to standard output or to FILE\n"
    "  -o, --output=FILE       write to FILE instead of standard output\n"
    "      --output-dir=DIR    write a JSON and a text report of each core into DIR, too\n"
    "  -0, --null              the paths on standard input end with NUL instead of a newline\n"
    "      --filter=KEY=VALUE  only cores of which this holds (repeatable): signal, exception,\n"
    "                          function, file, version, since, until; != for those of which it\n"
    "                          does not; commas between alternatives\n"
    "      --state=FILE        keep in FILE what was read, and take only what is new or has changed\n"
    "      --new-since=TIME    with --state and no PATH: list the groups first seen since then;\n"
    "                          2026-11-29, 2026-11-29T06:30Z, 2h, 3d\n"
    "      --group=HASH        with --state and no PATH: list the cores of this signature\n"
    "      --all               tell of files that are no cores, too\n"
    "  -j, --jobs=N            so many cores at once (the processors that may be used)\n"
    "  -q, --quiet             no progress on standard error\n"
    "      --limit-time=SECONDS  of each core (60)\n"
    "      --limit-memory=SIZE   of each core (1G)\n"
    "      --limit-output=SIZE   of each core's report (256M); 0 is no limit\n"
    "      --no-locals         leave out the variables\n"
    "      --redact[=WHAT]     leave out all values, secrets (passwords, keys, the environment) or\n"
    "                          none; without WHAT all (secrets)\n"
    "      --globals, --stack, --max-repr=N, --max-items=N, --max-depth=N, --max-attributes=N,\n"
    "      --max-frames=N, --debug-dir=DIR, --layout=FILE, --sysroot=DIR, --lib-path=DIR,\n"
    "      --no-cache, --color=WHEN  as pycore analyze has them\n"
    "      --help              show this help\n"
    "      --version           show the version\n"
    "\n"
    "Exit status: 0 whatever the cores are; 64 wrong usage; 74 something could not be written.\n";

typedef struct scan {
    const pc_options *options;
    pc_workers workers;
    pc_groups groups;
    pc_filter filter;
    pc_scan_progress progress;
    pc_cache cache; /* of layouts: what one worker has read serves the others */
    pc_tables tables; /* which workers find read when they are forked */
    uint64_t read; /* cores */
    pc_state *state;       /* NULL: none is kept */
    pc_map fresh;          /* signatures that nobody knew before this run, by a digest */
    FILE *lines;  /* of --json; NULL: none are wanted */
    int folder;   /* of --output-dir; -1: none */
    uint64_t unfinished;
    bool failed;  /* something could not be written, which has been said */
} scan;

typedef struct scan_job {
    pc_core_job core; /* first: the worker's context */
    char *path; /* owned */
    bool named;
} scan_job;

static bool has_to_end(const scan *s)
{
    return s->failed || pc_workers_signal;
}

/* ---- what comes of one file ---- */

static void fail_output(scan *s, const char *path)
{
    if (!s->failed)
        pc_cli_complain("%s: %s", path, strerror(errno ? errno : EIO));
    s->failed = true;
}

/* DIR/NAME, whole or not at all: under another name until it is. */
static void write_file(scan *s, const char *name, const char *ending, const char *data, size_t length)
{
    PC_AUTO_BUFFER file = {0}, temporary = {0};
    pc_buffer_printf(&file, "%s%s", name, ending);
    pc_buffer_printf(&temporary, ".%s%s.%ld", name, ending, (long)getpid());
    int fd = openat(s->folder, pc_buffer_text(&temporary), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666);
    bool failed = fd < 0;
    while (!failed && length) {
        ssize_t n = write(fd, data, length);
        if (n < 0 && errno == EINTR)
            continue;
        failed = n <= 0;
        data += failed ? 0 : n;
        length -= failed ? 0 : (size_t)n;
    }
    int reason = errno;
    if (fd >= 0 && close(fd) && !failed) {
        failed = true;
        reason = errno;
    }
    if (!failed && renameat(s->folder, pc_buffer_text(&temporary), s->folder, pc_buffer_text(&file))) {
        failed = true;
        reason = errno;
    }
    if (!failed)
        return;
    if (fd >= 0)
        unlinkat(s->folder, pc_buffer_text(&temporary), 0);
    PC_AUTO_BUFFER path = {0};
    pc_buffer_printf(&path, "%s/%s", s->options->scan.output_dir, pc_buffer_text(&file));
    errno = reason;
    fail_output(s, pc_buffer_text(&path));
}

/* The core's own name, and a digest of its path: several folders may have cores of one name. */
static void put_report_name(pc_buffer *name, const char *path)
{
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    size_t length = strnlen(base, PC_LIMIT_REPORT_NAME);
    for (size_t i = 0; i < length; i++)
        pc_buffer_putc(name, (uint8_t)base[i] <= ' ' || (uint8_t)base[i] >= 0x7f ? '_' : base[i]);
    pc_buffer_printf(name, ".%016" PRIx64, pc_hash_text(PC_HASH_START, path));
}

static void write_files(scan *s, const pc_core_parts *parts)
{
    const pc_outcome *o = &parts->outcome;
    PC_AUTO_BUFFER name = {0}, line = {0};
    put_report_name(&name, o->path);
    if (o->kind == PC_OUTCOME_REPORT) {
        write_file(s, pc_buffer_text(&name), ".json", parts->json, parts->json_length);
        write_file(s, pc_buffer_text(&name), ".txt", parts->text, parts->text_length);
        return;
    }
    PC_AUTO_BUFFER json = {0}, text = {0};
    pc_core_job_put_blank(o, s->options->redact, &json);
    write_file(s, pc_buffer_text(&name), ".json", json.data, json.length);
    pc_buffer_printf(&text, "%s: %s", o->path, o->reason);
    pc_text_put_terminal(&line, pc_buffer_text(&text));
    pc_buffer_putc(&line, '\n');
    write_file(s, pc_buffer_text(&name), ".txt", pc_buffer_text(&line), line.length);
}

/* What was told is kept; what was not, because the scan was killed before this, is read and told again. */
static void keep(scan *s, const pc_core_parts *parts, bool *ret_is_new)
{
    const pc_outcome *o = &parts->outcome;
    PC_AUTO_BUFFER line = {0};
    if (parts->json_length)
        pc_core_job_put_line(parts->json, parts->json_length, &line);
    pc_error *error = pc_state_put(s->state, o, line.data, line.length, ret_is_new);
    if (error) {
        pc_cli_complain_error(error);
        s->failed = true;
        return;
    }
    if (o->hash && *ret_is_new)
        pc_map_put(&s->fresh, pc_hash_text(PC_HASH_START, o->hash), s);
    else if (o->hash)
        *ret_is_new = pc_map_get(&s->fresh, pc_hash_text(PC_HASH_START, o->hash)) != NULL;
}

/* The report, or why there is none. */
static void write_line(scan *s, const pc_outcome *o, const char *json, size_t length)
{
    PC_AUTO_BUFFER blank = {0};
    if (o->kind == PC_OUTCOME_REPORT) {
        pc_core_job_write_line(json, length, s->lines);
    } else {
        pc_core_job_put_blank(o, s->options->redact, &blank);
        fwrite(blank.data, 1, blank.length, s->lines);
    }
    if (fflush(s->lines) || ferror(s->lines))
        fail_output(s, s->options->output ? s->options->output : "standard output");
}

static void tell(scan *s, const pc_core_parts *parts, bool named)
{
    const pc_outcome *o = &parts->outcome;
    bool told = o->kind == PC_OUTCOME_REPORT ? o->matches : o->kind != PC_OUTCOME_NOT_CORE || named || s->options->scan.all;
    if (!told)
        return;
    if (s->folder >= 0 && o->kind != PC_OUTCOME_NOT_CORE)
        write_files(s, parts);
    if (s->lines)
        write_line(s, o, parts->json, parts->json_length);
}

/* One core, or what is none, is done. */
static void finish(scan *s, const pc_core_parts *parts, bool named, bool kept)
{
    bool is_new = !s->state;
    tell(s, parts, named);
    if (s->state && kept && !s->failed)
        keep(s, parts, &is_new);
    pc_groups_add(&s->groups, &parts->outcome, false, is_new);
}

static void finish_without_report(scan *s, const pc_found *found)
{
    pc_outcome_kind kind = found->kind == PC_FOUND_NOT_CORE ? PC_OUTCOME_NOT_CORE : PC_OUTCOME_UNREADABLE;
    pc_core_parts parts = {.outcome = pc_outcome_without_report(found->path, &found->file, kind, found->reason)};
    finish(s, &parts, found->named, false);
}

static void free_job(scan_job *job)
{
    free(job->path);
    free(job);
}

/* A few cores cost less without. */
static void foresee(scan *s, const pc_outcome *outcome)
{
    if (++s->read < PC_LIMIT_SCAN_ALONE || outcome->kind != PC_OUTCOME_REPORT || !outcome->version)
        return;
    pc_tables_load(&s->tables);
    pc_tables_foresee(&s->tables, outcome->version, outcome->build_id);
}

static void finish_job(scan *s, const pc_worker_result *result)
{
    scan_job *job = result->context;
    pc_core_parts parts;
    pc_arena arena;
    pc_arena_init(&arena);
    pc_core_job_parts(&job->core, result, &arena, &parts);
    s->progress.done++;
    foresee(s, &parts.outcome);
    finish(s, &parts, job->named, true);
    pc_arena_deinit(&arena);
    free_job(job);
}

/* ---- the files ---- */

/* Waits for the next thing to happen. */
static void step(scan *s, int fd)
{
    pc_worker_result result;
    if (pc_workers_wait(&s->workers, fd, pc_scan_progress_wait(&s->progress), &result) == PC_WORKERS_RESULT)
        finish_job(s, &result);
    pc_scan_progress_tell(&s->progress);
}

/* true: it was read before, and what is stored of it is told. */
static bool is_known(scan *s, const pc_found *found)
{
    pc_arena arena;
    pc_state_seen seen;
    pc_outcome o;
    PC_AUTO_BUFFER line = {0};
    bool shown = s->lines && found->named;
    pc_arena_init(&arena);
    pc_error *error = pc_state_look(s->state, found->path, &found->file, &arena, &seen, &o);
    bool known = !error && seen == PC_STATE_KNOWN && pc_scan_state_take(s->state, s->options, &s->filter, &o, shown ? &line : NULL);
    if (error) {
        pc_cli_complain_error(error);
        s->failed = true;
    }
    if (known) {
        pc_groups_add(&s->groups, &o, true, false);
        if (shown && (o.matches || o.kind != PC_OUTCOME_REPORT))
            write_line(s, &o, line.data, line.length);
        s->progress.done++;
    }
    pc_arena_deinit(&arena);
    return known;
}

static void take(scan *s, const pc_found *found)
{
    if (found->kind == PC_FOUND_NOT_CORE || found->kind == PC_FOUND_UNREADABLE) {
        finish_without_report(s, found);
        return;
    }
    if (s->state && !has_to_end(s) && is_known(s, found))
        return;
    while (!pc_workers_have_room(&s->workers) && !has_to_end(s))
        step(s, -1);
    if (has_to_end(s)) {
        s->unfinished++;
        return;
    }
    scan_job *job = pc_malloc(sizeof(*job));
    *job = (scan_job){.path = pc_strdup(found->path), .named = found->named};
    job->core = (pc_core_job){.options = s->options,
                              .path = job->path,
                              .file = found->file,
                              .found = found->kind,
                              .json = s->lines || s->folder >= 0 || s->state,
                              .text = s->folder >= 0,
                              .filter = s->filter.count ? &s->filter : NULL};
    pc_core_job_start(&s->workers, &job->core);
}

static void take_list(scan *s)
{
    pc_list list;
    pc_list_step what = PC_LIST_WAIT;
    pc_list_init(&list, STDIN_FILENO, s->options->scan.null ? 0 : '\n');
    s->progress.all = 0; /* nobody knows how many will come */
    while (what != PC_LIST_END && !has_to_end(s)) {
        const char *path;
        pc_arena arena;
        pc_arena_init(&arena);
        pc_found found;
        what = pc_list_next(&list, &path);
        if (what == PC_LIST_PATH) {
            pc_found_look(&found, path, &arena);
            take(s, &found);
        } else if (what == PC_LIST_BAD) {
            found = (pc_found){.path = path, .kind = PC_FOUND_UNREADABLE, .reason = list.reason, .named = true};
            take(s, &found);
        } else if (what == PC_LIST_WAIT) {
            step(s, list.fd);
        }
        pc_arena_deinit(&arena);
    }
    if (list.error)
        pc_cli_complain("standard input: %s", strerror(list.error));
    pc_list_deinit(&list);
}

static void take_path(scan *s, const char *path)
{
    pc_collector collector;
    pc_collector_init(&collector);
    collector.keep_all = s->options->scan.all;
    collector.stop = &pc_workers_signal;
    pc_collector_look(&collector, path);
    for (size_t i = 0; i < collector.count; i++)
        s->progress.all += collector.items[i].kind == PC_FOUND_CORE || collector.items[i].kind == PC_FOUND_STORED;
    for (size_t i = 0; i < collector.count; i++) {
        const pc_found *found = &collector.items[i];
        if (found->named && found->kind != PC_FOUND_CORE && found->kind != PC_FOUND_STORED)
            pc_cli_complain("%s: %s", found->path, found->reason);
        take(s, found);
    }
    pc_groups_count(&s->groups, PC_OUTCOME_NOT_CORE, collector.not_kept);
    pc_collector_deinit(&collector);
}

/* ---- the command ---- */

static bool open_folder(const char *path, int *ret_folder)
{
    if ((mkdir(path, 0777) && errno != EEXIST) || (*ret_folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0) {
        pc_cli_complain("%s: %s", path, strerror(errno));
        return false;
    }
    return true;
}

static unsigned columns_of(FILE *out)
{
    struct winsize size;
    return isatty(fileno(out)) && !ioctl(fileno(out), TIOCGWINSZ, &size) ? size.ws_col : 0;
}

static int run(scan *s, int count, char **paths)
{
    pc_output output;
    if (s->options->scan.output_dir && !open_folder(s->options->scan.output_dir, &s->folder))
        return PC_EXIT_OUTPUT;
    if (!pc_output_open(&output, s->options->output))
        return PC_EXIT_OUTPUT;
    pc_error *error = s->options->scan.state ? pc_state_open(&s->state, s->options->scan.state, false) : NULL;
    if (error) {
        pc_cli_complain_error(error);
        pc_output_abandon(&output);
        return PC_EXIT_OUTPUT;
    }
    s->lines = s->options->json ? output.stream : NULL;
    pc_groups_init(&s->groups);
    pc_workers_init(&s->workers, s->options->scan.jobs);
    if (!s->options->no_cache) {
        pc_cache_open_user(&s->cache, false);
        pc_cache_add_own(&s->cache);
    }
    pc_scan_progress_begin(&s->progress, s->options->scan.quiet);
    for (int i = 0; i < count && !has_to_end(s); i++) {
        if (!strcmp(paths[i], "-"))
            take_list(s);
        else
            take_path(s, paths[i]);
    }
    while (s->workers.busy && !has_to_end(s))
        step(s, -1);
    int ended_by = pc_workers_signal;
    for (scan_job *job; (job = pc_workers_kill(&s->workers)); s->unfinished++)
        free_job(job);
    pc_scan_progress_end(&s->progress);
    pc_cache_close(&s->cache); /* while signals are still caught */
    pc_workers_deinit(&s->workers);
    const pc_summary_options summary = {.color = pc_options_want_color(s->options),
                                        .width = columns_of(output.stream),
                                        .has_state = s->state != NULL,
                                        .unfinished = s->unfinished,
                                        .all = s->options->scan.all};
    s->failed |= !pc_scan_write_summary(&s->groups, s->options, &summary, output.stream);
    pc_groups_deinit(&s->groups);
    pc_state_destroy(s->state);
    pc_map_deinit(&s->fresh);
    if (s->folder >= 0)
        close(s->folder);
    if (s->failed) { /* which has been said */
        pc_output_abandon(&output);
        return PC_EXIT_OUTPUT;
    }
    if (!pc_output_close(&output))
        return PC_EXIT_OUTPUT;
    pc_workers_end_by(ended_by);
    return PC_EXIT_COMPLETE;
}

static bool add_filters(pc_filter *filter, const pc_dirs *texts)
{
    int64_t now = pc_clock_now();
    pc_error *error = NULL;
    for (size_t i = 0; i < texts->count && !error; i++)
        error = pc_filter_add(filter, texts->items[i], now);
    if (error)
        pc_cli_complain_error(error);
    return !error;
}

int pc_command_scan(int argc, char **argv)
{
    static const pc_command command = {"scan", help, PC_TAKES_SCAN};
    pc_options options = {PC_OPTIONS_LIMITS,
                          .redact = PC_REDACT_SECRETS,
                          PC_OPTIONS_WALK,
                          .scan = {.limit_output = PC_LIMIT_OUTPUT}};
    int status = pc_options_parse(&command, argc, argv, &options);
    if (status >= 0)
        return status;
    bool lists_state = options.scan.new_since || options.scan.group;
    if (lists_state && (!options.scan.state || optind < argc || options.scan.output_dir)) {
        pc_cli_complain("scan: --new-since and --group list what is in --state=FILE, and take no path and no --output-dir");
        return pc_cli_usage_error("scan");
    }
    if (optind == argc && !lists_state) {
        pc_cli_complain("scan: no path was named");
        return pc_cli_usage_error("scan");
    }
    if (options.json && options.scan.summary_json && !*options.scan.summary_json) {
        pc_cli_complain("scan: --json and --summary-json cannot both be written to standard output: --summary-json=FILE");
        return pc_cli_usage_error("scan");
    }
    int lists = 0;
    for (int i = optind; i < argc; i++)
        lists += !strcmp(argv[i], "-");
    if (lists > 1) {
        pc_cli_complain("scan: there is only one standard input");
        return pc_cli_usage_error("scan");
    }
    if (!pc_options_jobs(&options, "scan"))
        return pc_cli_usage_error("scan");
    options.walk.locals = !options.no_locals;
    options.walk.attributes = options.json || options.scan.output_dir || options.scan.state ? PC_ATTRIBUTES_ALL : PC_ATTRIBUTES_NONE;
    scan s = {.options = &options, .folder = -1};
    pc_cache_init(&s.cache);
    options.cache = &s.cache;
    pc_tables_want_installed(&s.tables);
    options.tables = &s.tables;
    if (!add_filters(&s.filter, &options.scan.filters))
        status = pc_cli_usage_error("scan");
    else
        status = lists_state ? pc_scan_state_list(&options, &s.filter) : run(&s, argc - optind, argv + optind);
    pc_filter_deinit(&s.filter);
    pc_tables_deinit(&s.tables);
    return status;
}
