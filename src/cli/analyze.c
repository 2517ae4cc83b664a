#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/progress.h"
#include "report/report.h"

static const char help[] =
    "Usage: pycore analyze [OPTION]... CORE [EXECUTABLE]\n"
    "Tell what a Python process was doing when its core was taken.\n"
    "\n"
    "CORE may be compressed; - is standard input. EXECUTABLE is found from the core when it is not given.\n"
    "\n"
    "      --json              report as JSON (pycore-report(5)) instead of text\n"
    "  -o, --output=FILE       write the report to FILE\n"
    "      --no-locals         leave out the variables\n"
    "      --globals           the names of the modules whose code is running, too\n"
    "      --stack             what is on the evaluation stacks, too: arguments of C functions\n"
    "      --max-repr=N        characters of one value (200)\n"
    "      --max-items=N       items of one container (20)\n"
    "      --max-depth=N       containers in containers (4)\n"
    "      --max-attributes=N  attributes of one instance (50)\n"
    "      --max-frames=N      frames of one thread (0)\n"
    "                          N = 0 is no limit\n"
    "      --debug-dir=DIR     look for separate debug files in DIR too (repeatable);\n"
    "                          /usr/lib/debug is always looked into\n"
    "      --layout=FILE       read the interpreter by this layout table (pycore layout --table)\n"
    "      --sysroot=DIR       look for the process's files below DIR first: the tree of its\n"
    "                          container or host\n"
    "      --color=WHEN        auto, always or never (auto: on a terminal, unless NO_COLOR is set)\n"
    "      --help              show this help\n"
    "      --version           show the version\n"
    "\n"
    "Exit status: 0 the report is complete; 1 a part could not be read; 2 no Python state was found;\n"
    "64 wrong usage; 74 the report could not be written.\n";

enum { OPT_JSON = 256, OPT_NO_LOCALS, OPT_MAX_REPR, OPT_MAX_ITEMS, OPT_MAX_DEPTH, OPT_MAX_ATTRIBUTES, OPT_GLOBALS, OPT_STACK, OPT_MAX_FRAMES, OPT_DEBUG_DIR, OPT_LAYOUT, OPT_SYSROOT, OPT_COLOR, OPT_HELP, OPT_VERSION };

static const struct option options[] = {
    {"json", no_argument, NULL, OPT_JSON},
    {"output", required_argument, NULL, 'o'},
    {"no-locals", no_argument, NULL, OPT_NO_LOCALS},
    {"globals", no_argument, NULL, OPT_GLOBALS},
    {"stack", no_argument, NULL, OPT_STACK},
    {"max-repr", required_argument, NULL, OPT_MAX_REPR},
    {"max-items", required_argument, NULL, OPT_MAX_ITEMS},
    {"max-depth", required_argument, NULL, OPT_MAX_DEPTH},
    {"max-attributes", required_argument, NULL, OPT_MAX_ATTRIBUTES},
    {"max-frames", required_argument, NULL, OPT_MAX_FRAMES},
    {"debug-dir", required_argument, NULL, OPT_DEBUG_DIR},
    {"layout", required_argument, NULL, OPT_LAYOUT},
    {"sysroot", required_argument, NULL, OPT_SYSROOT},
    {"color", required_argument, NULL, OPT_COLOR},
    {"help", no_argument, NULL, OPT_HELP},
    {"version", no_argument, NULL, OPT_VERSION},
    {NULL, 0, NULL, 0},
};

typedef struct arguments {
    bool json;
    const char *output, *color, *core, *executable, *layout, *sysroot;
    pc_debug_dirs debug_dirs;
    pc_walk_options walk;
} arguments;

/* -1: go on; else the exit status. */
static int parse(int argc, char **argv, arguments *a)
{
    *a = (arguments){.color = "auto", .walk = {.limits = {.max_repr = 200, .max_items = 20, .max_depth = 4}, .locals = true, .max_attributes = 50}};
    optind = 0;
    for (int c; (c = getopt_long(argc, argv, "o:", options, NULL)) != -1;) {
        bool ok = true;
        switch (c) {
        case OPT_JSON:
            a->json = true;
            break;
        case 'o':
            a->output = optarg;
            break;
        case OPT_NO_LOCALS:
            a->walk.locals = false;
            break;
        case OPT_GLOBALS:
            a->walk.globals = true;
            break;
        case OPT_STACK:
            a->walk.stack = true;
            break;
        case OPT_MAX_REPR:
            ok = pc_cli_number("max-repr", optarg, &a->walk.limits.max_repr);
            break;
        case OPT_MAX_ITEMS:
            ok = pc_cli_number("max-items", optarg, &a->walk.limits.max_items);
            break;
        case OPT_MAX_DEPTH:
            ok = pc_cli_number("max-depth", optarg, &a->walk.limits.max_depth);
            break;
        case OPT_MAX_ATTRIBUTES:
            ok = pc_cli_number("max-attributes", optarg, &a->walk.max_attributes);
            break;
        case OPT_MAX_FRAMES:
            ok = pc_cli_number("max-frames", optarg, &a->walk.max_frames);
            break;
        case OPT_DEBUG_DIR:
            ok = pc_cli_add_debug_dir(&a->debug_dirs, optarg);
            break;
        case OPT_LAYOUT:
            a->layout = optarg;
            break;
        case OPT_SYSROOT:
            a->sysroot = optarg;
            break;
        case OPT_COLOR:
            a->color = optarg;
            ok = !strcmp(optarg, "auto") || !strcmp(optarg, "always") || !strcmp(optarg, "never");
            if (!ok)
                pc_cli_complain("--color wants auto, always or never, not '%s'", optarg);
            break;
        case OPT_HELP:
            fputs(help, stdout);
            return PC_EXIT_COMPLETE;
        case OPT_VERSION:
            puts("pycore " PACKAGE_VERSION);
            return PC_EXIT_COMPLETE;
        default:
            return pc_cli_usage_error("analyze"); /* getopt has said what */
        }
        if (!ok)
            return pc_cli_usage_error("analyze");
    }
    if (optind == argc || argc - optind > 2) {
        pc_cli_complain(optind == argc ? "analyze: no core file was named" : "analyze: too many arguments: one core file, one executable");
        return pc_cli_usage_error("analyze");
    }
    a->core = argv[optind];
    a->executable = optind + 1 < argc ? argv[optind + 1] : NULL;
    pc_cli_finish_debug_dirs(&a->debug_dirs);
    a->walk.attributes = a->json ? PC_ATTRIBUTES_ALL : PC_ATTRIBUTES_BARE_ARGUMENTS;
    return -1;
}

static bool wants_color(const arguments *a)
{
    const char *no_color = getenv("NO_COLOR");
    if (strcmp(a->color, "auto"))
        return !strcmp(a->color, "always");
    return !a->output && isatty(STDOUT_FILENO) && (!no_color || !*no_color);
}

int pc_command_analyze(int argc, char **argv)
{
    arguments a;
    int status = parse(argc, argv, &a);
    if (status >= 0)
        return status;
    pc_session_options session_options = {
        .executable = a.executable,
        .layout = a.layout,
        .sysroot = a.sysroot,
        .debug_dirs = a.debug_dirs.items,
        .debug_dir_count = a.debug_dirs.count,
        .walk = a.walk,
    };
    pc_progress_bar bar;
    pc_progress progress = pc_progress_bar_begin(&bar);
    session_options.progress = &progress;
    pc_session session;
    pc_error *error = pc_session_open(&session, a.core, &session_options);
    pc_progress_bar_end(&bar);
    if (error) {
        pc_cli_complain_error(error);
        return PC_EXIT_NONE;
    }
    pc_report report;
    pc_report_build(&report, &session);
    pc_output output;
    if (!pc_output_open(&output, a.output)) {
        pc_session_deinit(&session);
        return PC_EXIT_OUTPUT;
    }
    if (a.json) {
        pc_report_write_json(&report, output.stream);
    } else {
        pc_text_options text = {.color = wants_color(&a), .max_items = a.walk.limits.max_items, .stack = a.walk.stack};
        pc_report_write_text(&report, &text, output.stream);
    }
    static const int statuses[] = {PC_EXIT_COMPLETE, PC_EXIT_PARTIAL, PC_EXIT_NONE};
    status = pc_output_close(&output) ? statuses[report.status] : PC_EXIT_OUTPUT;
    if (status == PC_EXIT_NONE)
        pc_cli_complain("%s: no Python state found: %s", a.core, report.reason);
    if (status != PC_EXIT_OUTPUT && session.modules.executable_refused)
        pc_cli_complain("%s is not the executable of this core and was not used", a.executable);
    pc_session_deinit(&session);
    return status;
}
