#include <stdlib.h>
#include <string.h>

#include "cli/core_job.h"
#include "scan/compare.h"

#define FRAMES_SHOWN 20

static const char help[] =
    "Usage: pycore compare [OPTION]... CORE CORE...\n"
    "Hold cores of one program against each other, thread by thread: ranks or workers that hang.\n"
    "\n"
    "      --json              as JSON (pycore-compare/1) instead of text\n"
    "  -o, --output=FILE       write to FILE\n"
    "      --max-frames=N      frames of one stack that the text shows (20); 0 is no limit\n"
    "      --redact[=WHAT]     leave out all values, secrets (passwords, keys, the environment) or\n"
    "                          none; without WHAT all (none)\n"
    "      --debug-dir=DIR     look for separate debug files in DIR too (repeatable);\n"
    "                          /usr/lib/debug is always looked into\n"
    "      --layout=FILE       read the interpreters by this layout table (pycore layout --table)\n"
    "      --sysroot=DIR       look for the processes' files below DIR first\n"
    "      --lib-path=DIR      look in DIR, by their base names, for files that are not where the\n"
    "                          processes had them (repeatable)\n"
    "      --color=WHEN        auto, always or never (auto: on a terminal, unless NO_COLOR is set)\n"
    "  -j, --jobs=N            so many cores at once (the processors that may be used)\n"
    "      --limit-time=SECONDS  of each core (60)\n"
    "      --limit-memory=SIZE   of each core (1G); 0 is no limit\n"
    "      --help              show this help\n"
    "      --version           show the version\n"
    "\n"
    "Exit status: 0 all of them are compared; 1 one of them, or a part of one, could not be read;\n"
    "2 less than two could be compared; 64 wrong usage; 74 the output could not be written.\n";

/* One of the cores, and what came of it: they come to their ends in any order. */
typedef struct compare_job {
    pc_core_job core; /* first: the worker's context */
    char *json; /* NULL: there is no report */
    size_t length;
    char *reason;
} compare_job;

static void take_result(const pc_worker_result *result)
{
    compare_job *job = result->context;
    pc_core_parts parts;
    pc_arena arena;
    pc_arena_init(&arena);
    pc_core_job_parts(&job->core, result, &arena, &parts);
    if (parts.outcome.kind == PC_OUTCOME_REPORT) {
        job->json = pc_malloc(parts.json_length + 1);
        memcpy(job->json, parts.json, parts.json_length);
        job->length = parts.json_length;
    } else {
        job->reason = pc_strdup(parts.outcome.reason);
    }
    pc_arena_deinit(&arena);
}

static void step(pc_workers *workers)
{
    pc_worker_result result;
    if (pc_workers_wait(workers, -1, -1, &result) == PC_WORKERS_RESULT)
        take_result(&result);
}

static void start(pc_workers *workers, compare_job *job)
{
    pc_arena arena;
    pc_found found;
    pc_arena_init(&arena);
    pc_found_look(&found, job->core.path, &arena);
    job->core.file = found.file;
    job->core.found = found.kind;
    if (found.reason)
        job->reason = pc_strdup(found.reason);
    pc_arena_deinit(&arena);
    while (!job->reason && !pc_workers_have_room(workers) && !pc_workers_signal)
        step(workers);
    if (!job->reason && !pc_workers_signal)
        pc_core_job_start(workers, &job->core);
}

/* The signal that has come meanwhile; 0: none. */
static int read_cores(const pc_options *options, compare_job *jobs, size_t count)
{
    pc_workers workers;
    pc_workers_init(&workers, options->scan.jobs);
    for (size_t i = 0; i < count && !pc_workers_signal; i++)
        start(&workers, &jobs[i]);
    while (workers.busy && !pc_workers_signal)
        step(&workers);
    int ended_by = pc_workers_signal;
    while (pc_workers_kill(&workers))
        ;
    pc_workers_deinit(&workers);
    return ended_by;
}

static void add_cores(pc_comparison *c, const compare_job *jobs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const compare_job *job = &jobs[i];
        if (!job->json)
            pc_comparison_add_failed(c, job->core.path, job->reason ? job->reason : "it was not read");
        else if (!pc_ok(pc_comparison_add(c, job->core.path, job->json, job->length)))
            pc_comparison_add_failed(c, job->core.path, "its worker handed over something else than a report");
    }
}

static int write_comparison(const pc_comparison *c, const pc_options *options, uint64_t max_frames)
{
    pc_output output;
    if (!pc_output_open(&output, options->output))
        return PC_EXIT_OUTPUT;
    if (options->json) {
        pc_comparison_write_json(c, pc_redact_name(options->redact), output.stream);
    } else {
        const pc_compare_text_options text = {.color = pc_options_want_color(options), .max_frames = max_frames};
        pc_comparison_write_text(c, &text, output.stream);
    }
    if (!pc_output_close(&output))
        return PC_EXIT_OUTPUT;
    if (c->compared < 2) {
        pc_cli_complain("compare: less than two of these cores can be compared");
        return PC_EXIT_NONE;
    }
    return c->partial ? PC_EXIT_PARTIAL : PC_EXIT_COMPLETE;
}

static int compare(const pc_options *options, size_t count, char **paths, uint64_t max_frames)
{
    compare_job *jobs = pc_malloc(count * sizeof(*jobs));
    for (size_t i = 0; i < count; i++)
        jobs[i] = (compare_job){.core = {.options = options, .path = paths[i], .json = true}};
    int ended_by = read_cores(options, jobs, count), status = PC_EXIT_NONE;
    if (!ended_by) {
        pc_comparison comparison;
        pc_comparison_init(&comparison);
        add_cores(&comparison, jobs, count);
        pc_comparison_make(&comparison);
        status = write_comparison(&comparison, options, max_frames);
        pc_comparison_deinit(&comparison);
    }
    for (size_t i = 0; i < count; i++) {
        free(jobs[i].json);
        free(jobs[i].reason);
    }
    free(jobs);
    pc_workers_end_by(ended_by);
    return status;
}

int pc_command_compare(int argc, char **argv)
{
    static const pc_command command = {"compare", help, PC_TAKES_COMPARE};
    pc_options options = {PC_OPTIONS_LIMITS, .scan = {.limit_output = PC_LIMIT_OUTPUT}, .walk = {.max_frames = FRAMES_SHOWN}};
    int status = pc_options_parse(&command, argc, argv, &options);
    if (status >= 0)
        return status;
    if (argc - optind < 2 || argc - optind > PC_LIMIT_COMPARE_CORES) {
        pc_cli_complain(argc - optind < 2 ? "compare: two cores at least are wanted" : "compare: %d cores at most are compared", PC_LIMIT_COMPARE_CORES);
        return pc_cli_usage_error("compare");
    }
    if (!pc_options_jobs(&options, "compare"))
        return pc_cli_usage_error("compare");
    /* all of a stack is read, as two of them are held against each other from their outer ends */
    uint64_t max_frames = options.walk.max_frames;
    options.walk.max_frames = 0;
    return compare(&options, (size_t)(argc - optind), argv + optind, max_frames);
}
