#include "cli/options.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/stop.h"
#include "cli/guard.h"
#include "cli/progress.h"
#include "cli/workers.h"

typedef enum row_kind { ROW_FLAG, ROW_TEXT, ROW_NUMBER, ROW_SIZE, ROW_COLOR, ROW_REDACT, ROW_DIR, ROW_MAYBE_TEXT, ROW_HELP, ROW_VERSION } row_kind;

#define ONE_CORE (PC_TAKES_ANALYZE | PC_TAKES_INSPECT | PC_TAKES_DISTILL)
#define VALUES (ONE_CORE | PC_TAKES_SCAN)
#define MANY (PC_TAKES_SCAN | PC_TAKES_COMPARE)
#define CORES (ONE_CORE | MANY)
#define ALL (CORES | PC_TAKES_LAYOUT)
#define TOLD (PC_TAKES_ANALYZE | PC_TAKES_INSPECT | MANY)
#define THREADS (PC_TAKES_ANALYZE | PC_TAKES_DISTILL | PC_TAKES_SCAN)
#define REPORTS (PC_TAKES_ANALYZE | PC_TAKES_SCAN)

static const struct {
    const char *name;
    int letter; /* 0: none */
    row_kind kind;
    unsigned takers;
    size_t place; /* in pc_options: bool, const char * or uint64_t */
} rows[] = {
    {"json", 0, ROW_FLAG, TOLD, offsetof(pc_options, json)},
    {"output", 'o', ROW_TEXT, ALL, offsetof(pc_options, output)},
    {"no-locals", 0, ROW_FLAG, THREADS, offsetof(pc_options, no_locals)},
    {"globals", 0, ROW_FLAG, REPORTS, offsetof(pc_options, walk.globals)},
    {"stack", 0, ROW_FLAG, REPORTS, offsetof(pc_options, walk.stack)},
    {"max-repr", 0, ROW_NUMBER, VALUES, offsetof(pc_options, walk.limits.max_repr)},
    {"max-items", 0, ROW_NUMBER, VALUES, offsetof(pc_options, walk.limits.max_items)},
    {"max-depth", 0, ROW_NUMBER, VALUES, offsetof(pc_options, walk.limits.max_depth)},
    {"max-attributes", 0, ROW_NUMBER, VALUES, offsetof(pc_options, walk.max_attributes)},
    {"max-frames", 0, ROW_NUMBER, THREADS | PC_TAKES_COMPARE, offsetof(pc_options, walk.max_frames)},
    {"layout", 0, ROW_TEXT, CORES, offsetof(pc_options, layout)},
    {"sysroot", 0, ROW_TEXT, CORES, offsetof(pc_options, sysroot)},
    {"limit-time", 0, ROW_NUMBER, CORES, offsetof(pc_options, limit_time)},
    {"limit-memory", 0, ROW_SIZE, CORES, offsetof(pc_options, limit_memory)},
    {"color", 0, ROW_COLOR, TOLD, offsetof(pc_options, color)},
    {"redact", 0, ROW_REDACT, CORES, offsetof(pc_options, redact)},
    {"full", 0, ROW_FLAG, PC_TAKES_DISTILL, offsetof(pc_options, full)},
    {"table", 0, ROW_TEXT, PC_TAKES_LAYOUT, offsetof(pc_options, table)},
    {"origin", 0, ROW_TEXT, PC_TAKES_LAYOUT, offsetof(pc_options, origin)},
    {"debug-dir", 0, ROW_DIR, ALL, offsetof(pc_options, debug_dirs)},
    {"lib-path", 0, ROW_DIR, CORES, offsetof(pc_options, lib_dirs)},
    {"no-cache", 0, ROW_FLAG, CORES, offsetof(pc_options, no_cache)},
    {"force-executable", 0, ROW_FLAG, PC_TAKES_ANALYZE | PC_TAKES_DISTILL, offsetof(pc_options, force_executable)},
    {"debuginfod", 0, ROW_FLAG, ONE_CORE | PC_TAKES_LAYOUT, offsetof(pc_options, debuginfod)},
    {"jobs", 'j', ROW_NUMBER, MANY, offsetof(pc_options, scan.jobs)},
    {"limit-output", 0, ROW_SIZE, PC_TAKES_SCAN, offsetof(pc_options, scan.limit_output)},
    {"quiet", 'q', ROW_FLAG, PC_TAKES_SCAN, offsetof(pc_options, scan.quiet)},
    {"all", 0, ROW_FLAG, PC_TAKES_SCAN, offsetof(pc_options, scan.all)},
    {"null", '0', ROW_FLAG, PC_TAKES_SCAN, offsetof(pc_options, scan.null)},
    {"summary-json", 0, ROW_MAYBE_TEXT, PC_TAKES_SCAN, offsetof(pc_options, scan.summary_json)},
    {"output-dir", 0, ROW_TEXT, PC_TAKES_SCAN, offsetof(pc_options, scan.output_dir)},
    {"state", 0, ROW_TEXT, PC_TAKES_SCAN, offsetof(pc_options, scan.state)},
    {"new-since", 0, ROW_TEXT, PC_TAKES_SCAN, offsetof(pc_options, scan.new_since)},
    {"group", 0, ROW_TEXT, PC_TAKES_SCAN, offsetof(pc_options, scan.group)},
    {"filter", 0, ROW_DIR, PC_TAKES_SCAN, offsetof(pc_options, scan.filters)},
    {"help", 0, ROW_HELP, ALL, 0},
    {"version", 0, ROW_VERSION, ALL, 0},
};

#define FIRST 256 /* what getopt_long() gives for row 0 */

static int argument_of(row_kind kind)
{
    return kind == ROW_REDACT || kind == ROW_MAYBE_TEXT                                                          ? optional_argument
           : kind == ROW_TEXT || kind == ROW_NUMBER || kind == ROW_SIZE || kind == ROW_COLOR || kind == ROW_DIR ? required_argument
                                                                                                       : no_argument;
}

/* One place stays free, for the system's. */
static bool add_dir(pc_dirs *dirs, const char *option, const char *dir)
{
    if (dirs->count + 1 >= PC_ARRAY_SIZE(dirs->items)) {
        pc_cli_complain("too many --%s", option);
        return false;
    }
    dirs->items[dirs->count++] = dir;
    return true;
}

static bool take(size_t row, pc_options *options)
{
    char *place = (char *)options + rows[row].place;
    switch (rows[row].kind) {
    case ROW_FLAG:
        *(bool *)place = true;
        return true;
    case ROW_COLOR:
        if (strcmp(optarg, "auto") && strcmp(optarg, "always") && strcmp(optarg, "never")) {
            pc_cli_complain("--color wants auto, always or never, not '%s'", optarg);
            return false;
        }
        *(const char **)place = optarg;
        return true;
    case ROW_REDACT:
        *(pc_redact *)place = PC_REDACT_ALL;
        if (optarg && !pc_redact_parse(optarg, (pc_redact *)place)) {
            pc_cli_complain("--redact wants all, secrets or none, not '%s'", optarg);
            return false;
        }
        return true;
    case ROW_TEXT:
        *(const char **)place = optarg;
        return true;
    case ROW_MAYBE_TEXT:
        *(const char **)place = optarg ? optarg : "";
        return true;
    case ROW_NUMBER:
        return pc_cli_number(rows[row].name, optarg, (uint64_t *)place);
    case ROW_SIZE:
        return pc_cli_size(rows[row].name, optarg, (uint64_t *)place);
    case ROW_DIR:
        return add_dir((pc_dirs *)place, rows[row].name, optarg);
    case ROW_HELP:
    case ROW_VERSION:
        break;
    }
    return true;
}

int pc_options_parse(const pc_command *command, int argc, char **argv, pc_options *options)
{
    struct option table[PC_ARRAY_SIZE(rows) + 1] = {{0}};
    size_t count = 0;
    for (size_t i = 0; i < PC_ARRAY_SIZE(rows); i++)
        if (rows[i].takers & command->takes)
            table[count++] = (struct option){rows[i].name, argument_of(rows[i].kind), NULL,
                                             rows[i].letter ? rows[i].letter : FIRST + (int)i};
    optind = 0;
    for (int c; (c = getopt_long(argc, argv, "o:j:q0", table, NULL)) != -1;) {
        size_t row = c < FIRST ? 0 : (size_t)(c - FIRST);
        while (c < FIRST && row < PC_ARRAY_SIZE(rows) && rows[row].letter != c)
            row++;
        if (row == PC_ARRAY_SIZE(rows)) /* getopt has said what */
            return pc_cli_usage_error(command->name);
        if (rows[row].kind == ROW_HELP) {
            fputs(command->help, stdout);
            return PC_EXIT_COMPLETE;
        }
        if (rows[row].kind == ROW_VERSION) {
            puts("pycore " PACKAGE_VERSION);
            return PC_EXIT_COMPLETE;
        }
        if (!take(row, options))
            return pc_cli_usage_error(command->name);
    }
    options->debug_dirs.items[options->debug_dirs.count++] = "/usr/lib/debug";
    if (options->debuginfod && !pc_debuginfod_is_there()) {
        pc_cli_complain("--debuginfod: this pycore was built without libdebuginfod");
        return pc_cli_usage_error(command->name);
    }
    if (command->takes & ONE_CORE)
        pc_guard_begin(options->limit_time, options->limit_memory);
    static pc_cache users; /* of this run */
    if ((command->takes & ONE_CORE) && !options->no_cache) {
        pc_cache_open_user(&users, true);
        options->cache = &users;
    }
    return -1;
}

bool pc_options_jobs(pc_options *options, const char *command)
{
    if (options->scan.jobs > PC_LIMIT_JOBS) {
        pc_cli_complain("%s: --jobs wants %d at most", command, PC_LIMIT_JOBS);
        return false;
    }
    if (!options->scan.jobs)
        options->scan.jobs = pc_workers_default_count();
    return true;
}

bool pc_options_want_color(const pc_options *options)
{
    const char *no_color = getenv("NO_COLOR");
    if (options->color && strcmp(options->color, "auto"))
        return !strcmp(options->color, "always");
    return !options->output && isatty(STDOUT_FILENO) && (!no_color || !*no_color);
}

pc_search pc_options_search(const pc_options *options)
{
    pc_search search = {
        .sysroot = options->sysroot,
        .lib_dirs = options->lib_dirs.items,
        .lib_dir_count = options->lib_dirs.count,
        .debug_dirs = options->debug_dirs.items,
        .debug_dir_count = options->debug_dirs.count,
        .force_executable = options->force_executable,
    };
    static pc_debuginfod *client; /* of this run: what was downloaded is closed when it ends */
    if (options->debuginfod && !client) {
        pc_error *error = pc_debuginfod_open(&client);
        if (error)
            pc_cli_complain("--debuginfod: %s", error->message);
        pc_error_destroy(error);
    }
    search.debuginfod = client;
    return search;
}

pc_session_options pc_options_session(const pc_options *options, const char *executable)
{
    return (pc_session_options){
        .executable = executable,
        .layout = options->layout,
        .search = pc_options_search(options),
        .walk = options->walk,
        .redact = options->redact,
        .cache = options->cache,
        .tables = options->tables,
    };
}

pc_error *pc_options_try_open(const pc_session_options *wanted, const char *core, pc_session *session)
{
    pc_error *error;
    bool changed;
    for (;;) {
        error = pc_session_open(session, core, wanted);
        changed = !error && pc_core_has_changed(&session->core);
        /* what came of a page that was lost is let go of; what is left of the file is read like any other that was cut off */
        if ((!changed && !pc_guard_lost_file()) || !pc_guard_read_again())
            break;
        if (!error)
            pc_session_deinit(session);
        pc_error_destroy(error);
    }
    if (changed && !pc_guard_lost_file()) {
        pc_diagnose(&session->diagnostics, PC_SEVERITY_WARNING, "changed", "the core was written to while it was read, time and again: parts may not go together");
        session->walk.incomplete = true;
    }
    if (!error && pc_guard_lost_file()) {
        pc_session_deinit(session);
        error = pc_error_create(PC_ERROR_IO, "%s: %s", core, pc_stop_text());
    }
    return error;
}

bool pc_options_open(const pc_session_options *wanted, const char *core, pc_session *session)
{
    pc_progress_bar bar;
    pc_progress progress = pc_progress_bar_begin(&bar);
    pc_session_options with_bar = *wanted;
    with_bar.progress = &progress;
    pc_error *error = pc_options_try_open(&with_bar, core, session);
    pc_progress_bar_end(&bar);
    if (error)
        pc_cli_complain_error(error);
    return !error;
}
