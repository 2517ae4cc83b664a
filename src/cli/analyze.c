#include "cli/options.h"
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
    "      --redact[=WHAT]     leave out all values, secrets (passwords, keys, the environment) or\n"
    "                          none; without WHAT all (none)\n"
    "      --debug-dir=DIR     look for separate debug files in DIR too (repeatable);\n"
    "                          /usr/lib/debug is always looked into\n"
    "      --layout=FILE       read the interpreter by this layout table (pycore layout --table)\n"
    "      --sysroot=DIR       look for the process's files below DIR first: the tree of its\n"
    "                          container or host\n"
    "      --lib-path=DIR      look in DIR, by their base names, for files that are not where the\n"
    "                          process had them (repeatable)\n"
    "      --debuginfod        ask the servers of DEBUGINFOD_URLS for what is missing\n"
    "      --force-executable  use EXECUTABLE for its symbols and debug information although it is\n"
    "                          another build than what was running\n"
    "      --color=WHEN        auto, always or never (auto: on a terminal, unless NO_COLOR is set)\n"
    "      --no-cache          read debug information anew, and keep nothing of it for the next time\n"
    "      --limit-time=SECONDS  end within SECONDS (60): what was found by then is reported\n"
    "      --limit-memory=SIZE   take SIZE bytes of memory at most (1G), the mapped core aside;\n"
    "                          0 is no limit\n"
    "      --help              show this help\n"
    "      --version           show the version\n"
    "\n"
    "Exit status: 0 the report is complete; 1 a part could not be read; 2 no Python state was found;\n"
    "64 wrong usage; 74 the report could not be written.\n";

int pc_command_analyze(int argc, char **argv)
{
    static const pc_command command = {"analyze", help, PC_TAKES_ANALYZE};
    pc_options options = {PC_OPTIONS_LIMITS, PC_OPTIONS_WALK};
    int status = pc_options_parse(&command, argc, argv, &options);
    if (status >= 0)
        return status;
    if (optind == argc || argc - optind > 2) {
        pc_cli_complain(optind == argc ? "analyze: no core file was named" : "analyze: too many arguments: one core file, one executable");
        return pc_cli_usage_error("analyze");
    }
    const char *core = argv[optind], *executable = optind + 1 < argc ? argv[optind + 1] : NULL;
    options.walk.locals = !options.no_locals;
    options.walk.attributes = options.json ? PC_ATTRIBUTES_ALL : PC_ATTRIBUTES_BARE_ARGUMENTS;
    static pc_session session;
    pc_session_options wanted = pc_options_session(&options, executable);
    if (!pc_options_open(&wanted, core, &session))
        return PC_EXIT_NONE;
    pc_report report;
    pc_report_build(&report, &session);
    pc_output output;
    if (!pc_output_open(&output, options.output)) {
        pc_session_leave(&session);
        return PC_EXIT_OUTPUT;
    }
    if (options.json) {
        pc_report_write_json(&report, output.stream);
    } else {
        pc_text_options text = {.color = pc_options_want_color(&options), .max_items = options.walk.limits.max_items, .stack = options.walk.stack,
                                .sysroot = options.sysroot};
        pc_report_write_text(&report, &text, output.stream);
    }
    static const int statuses[] = {PC_EXIT_COMPLETE, PC_EXIT_PARTIAL, PC_EXIT_NONE};
    status = pc_output_close(&output) ? statuses[report.status] : PC_EXIT_OUTPUT;
    if (status == PC_EXIT_NONE)
        pc_cli_complain("%s: no Python state found: %s", core, report.reason);
    if (status != PC_EXIT_OUTPUT && session.modules.executable_refused)
        pc_cli_complain("%s is not the executable of this core and was not used", executable);
    pc_session_leave(&session);
    return status;
}
