#include <string.h>

#include "cli/options.h"
#include "report/report.h"
#include "target/core_writer.h"
#include "walk/distill.h"

static const char help[] =
    "Usage: pycore distill [OPTION]... CORE [EXECUTABLE] -o SMALL\n"
    "Write a small core with only what a report of CORE needs.\n"
    "\n"
    "The small core needs no file beside it: `pycore analyze SMALL` gives the report of CORE.\n"
    "\n"
    "  -o, --output=SMALL      write it to SMALL\n"
    "      --full              for reports with --globals and --stack\n"
    "      --no-locals         for reports without the variables\n"
    "      --max-repr=N        characters of one value (200)\n"
    "      --max-items=N       items of one container (20)\n"
    "      --max-depth=N       containers in containers (4)\n"
    "      --max-attributes=N  attributes of one instance (50)\n"
    "      --max-frames=N      frames of one thread (0)\n"
    "                          N = 0 is no limit; what is beyond is not in the small core\n"
    "      --redact[=WHAT]     take all values, secrets (passwords, keys, the environment) or none\n"
    "                          out of the small core; without WHAT all (none)\n"
    "      --debug-dir=DIR     look for separate debug files in DIR too (repeatable);\n"
    "                          /usr/lib/debug is always looked into\n"
    "      --layout=FILE       read the interpreter by this layout table (pycore layout --table)\n"
    "      --sysroot=DIR       look for the process's files below DIR first\n"
    "      --lib-path=DIR      look in DIR, by their base names, for files that are not where the\n"
    "                          process had them (repeatable)\n"
    "      --debuginfod        ask the servers of DEBUGINFOD_URLS for what is missing\n"
    "      --force-executable  use EXECUTABLE for its symbols and debug information although it is\n"
    "                          another build than what was running\n"
    "      --no-cache          read debug information anew, and keep nothing of it for the next time\n"
    "      --limit-time=SECONDS  end within SECONDS (60): what was found by then is reported\n"
    "      --limit-memory=SIZE   take SIZE bytes of memory at most (1G), the mapped core aside;\n"
    "                          0 is no limit\n"
    "      --help              show this help\n"
    "      --version           show the version\n"
    "\n"
    "Exit status: 0 the report is complete; 1 a part could not be read; 2 no Python state was found;\n"
    "64 wrong usage; 74 the small core could not be written.\n";

static bool write_small(pc_session *session, const pc_touched *touched, bool arguments_known, const pc_distilled *note, const char *path)
{
    pc_output output;
    PC_AUTO_BUFFER text = {0};
    if (!pc_output_open(&output, path))
        return false;
    pc_distilled_print(note, &text);
    pc_core_write_part(&session->core, touched, &session->redaction, arguments_known, text.data, text.length, output.stream);
    return pc_output_close(&output);
}

/* Walks once as analyze does, and takes down what was found; then again from that, as the small core will be read, and takes
 * down what is looked at. */
static int distill(const char *core, const pc_session_options *how, const char *path)
{
    static const int statuses[] = {PC_EXIT_COMPLETE, PC_EXIT_PARTIAL, PC_EXIT_NONE};
    static pc_session first, second;
    pc_session_options again = *how;
    pc_distilled note;
    pc_touched touched;
    if (!pc_options_open(how, core, &first))
        return PC_EXIT_NONE;
    pc_distill_note(&first, &note);
    pc_touched_init(&touched);
    again.replay = &note;
    again.touched = &touched;
    int status = PC_EXIT_NONE;
    if (pc_options_open(&again, core, &second)) {
        pc_report report;
        pc_report_build(&report, &second);
        second.core.memory.touched = NULL;
        pc_distill_blank(&second, &touched, &note);
        status = write_small(&second, &touched, report.process.arguments_known, &note, path) ? statuses[report.status] : PC_EXIT_OUTPUT;
        if (status == PC_EXIT_NONE)
            pc_cli_complain("%s: no Python state found: %s", core, report.reason);
        pc_session_leave(&second);
    }
    pc_touched_deinit(&touched);
    pc_session_leave(&first);
    return status;
}

int pc_command_distill(int argc, char **argv)
{
    static const pc_command command = {"distill", help, PC_TAKES_DISTILL};
    pc_options options = {PC_OPTIONS_LIMITS, PC_OPTIONS_WALK};
    int status = pc_options_parse(&command, argc, argv, &options);
    if (status >= 0)
        return status;
    if (optind == argc || argc - optind > 2 || !options.output) {
        pc_cli_complain(!options.output ? "distill: -o SMALL is missing" : "distill: one core file is wanted, and one executable at most");
        return pc_cli_usage_error("distill");
    }
    if (!strcmp(argv[optind], "-")) {
        pc_cli_complain("distill: the core is read twice, so that it has to be a file");
        return pc_cli_usage_error("distill");
    }
    options.walk.locals = !options.no_locals;
    options.walk.attributes = PC_ATTRIBUTES_ALL;
    options.walk.globals = options.walk.stack = options.full;
    pc_session_options how = pc_options_session(&options, optind + 1 < argc ? argv[optind + 1] : NULL);
    return distill(argv[optind], &how, options.output);
}
