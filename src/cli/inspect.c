#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/options.h"
#include "report/inspect.h"

static const char help[] =
    "Usage: pycore inspect [OPTION]... CORE ADDRESS...\n"
    "Tell all of the objects at these addresses: type, value, reference count, size, classes and\n"
    "attributes. An address is hexadecimal with 0x before it, as reports have it, or decimal, as\n"
    "id() gives it.\n"
    "\n"
    "      --json              as JSON (pycore-inspect/1) instead of text\n"
    "  -o, --output=FILE       write to FILE\n"
    "      --max-repr=N        characters of one value (10000)\n"
    "      --max-items=N       items of one container (1000)\n"
    "      --max-depth=N       containers in containers (10)\n"
    "      --max-attributes=N  attributes of one instance (0)\n"
    "                          N = 0 is no limit\n"
    "      --redact[=WHAT]     leave out all values, secrets (passwords, keys, the environment) or\n"
    "                          none; without WHAT all (none)\n"
    "      --debug-dir=DIR     look for separate debug files in DIR too (repeatable);\n"
    "                          /usr/lib/debug is always looked into\n"
    "      --layout=FILE       read the interpreter by this layout table (pycore layout --table)\n"
    "      --sysroot=DIR       look for the process's files below DIR first\n"
    "      --lib-path=DIR      look in DIR, by their base names, for files that are not where the\n"
    "                          process had them (repeatable)\n"
    "      --debuginfod        ask the servers of DEBUGINFOD_URLS for what is missing\n"
    "      --color=WHEN        auto, always or never (auto: on a terminal, unless NO_COLOR is set)\n"
    "      --no-cache          read debug information anew, and keep nothing of it for the next time\n"
    "      --limit-time=SECONDS  end within SECONDS (60): what was found by then is reported\n"
    "      --limit-memory=SIZE   take SIZE bytes of memory at most (1G), the mapped core aside;\n"
    "                          0 is no limit\n"
    "      --help              show this help\n"
    "      --version           show the version\n"
    "\n"
    "Exit status: 0 all is told; 1 there is no object at an address, or a part could not be read;\n"
    "2 no Python state was found; 64 wrong usage; 74 the output could not be written.\n";

static bool read_address(const char *word, pc_addr *ret_address)
{
    bool is_hex = word[0] == '0' && (word[1] == 'x' || word[1] == 'X');
    const char *digits = is_hex ? word + 2 : word;
    char *end;
    errno = 0;
    unsigned long long value = strtoull(digits, &end, is_hex ? 16 : 10);
    if (errno || *end || !strchr(is_hex ? "0123456789abcdefABCDEF" : "0123456789", digits[0]) || !digits[0]) {
        pc_cli_complain("inspect: an address is 0x and hexadecimal digits, or decimal ones, not '%s'", word);
        return false;
    }
    *ret_address = value;
    return true;
}

static int inspect(pc_session *session, const pc_options *options, const pc_addr *addresses, size_t count)
{
    pc_report report;
    pc_inspection *objects = pc_arena_array(&session->arena, count, sizeof(*objects));
    for (size_t i = 0; session->walk.py && i < count; i++)
        pc_inspect(&session->walk, addresses[i], &objects[i]);
    pc_report_build(&report, session);
    /* of the core as such only what was asked for counts */
    if (session->walk.py)
        report.status = session->walk.incomplete ? PC_REPORT_PARTIAL : PC_REPORT_COMPLETE;
    else
        count = 0;
    pc_output output;
    if (!pc_output_open(&output, options->output))
        return PC_EXIT_OUTPUT;
    if (options->json) {
        pc_inspect_write_json(&report, objects, count, output.stream);
    } else {
        pc_text_options text = {.color = pc_options_want_color(options)};
        pc_inspect_write_text(&report, objects, count, &text, output.stream);
    }
    if (!pc_output_close(&output))
        return PC_EXIT_OUTPUT;
    if (!session->walk.py) {
        pc_cli_complain("%s: no Python state found: %s", session->core.path, report.reason);
        return PC_EXIT_NONE;
    }
    return report.status == PC_REPORT_COMPLETE ? PC_EXIT_COMPLETE : PC_EXIT_PARTIAL;
}

int pc_command_inspect(int argc, char **argv)
{
    static const pc_command command = {"inspect", help, PC_TAKES_INSPECT};
    pc_options options = {PC_OPTIONS_LIMITS, .walk = {.limits = {.max_repr = 10000, .max_items = 1000, .max_depth = 10}, .attributes = PC_ATTRIBUTES_ALL}};
    int status = pc_options_parse(&command, argc, argv, &options);
    if (status >= 0)
        return status;
    if (argc - optind < 2) {
        pc_cli_complain(optind == argc ? "inspect: no core file was named" : "inspect: no address was given");
        return pc_cli_usage_error("inspect");
    }
    const char *core = argv[optind];
    size_t count = (size_t)(argc - optind - 1);
    pc_addr *addresses = pc_malloc(count * sizeof(*addresses));
    status = -1;
    for (size_t i = 0; status < 0 && i < count; i++)
        if (!read_address(argv[(size_t)optind + 1 + i], &addresses[i]))
            status = pc_cli_usage_error("inspect");
    static pc_session session;
    pc_session_options wanted = pc_options_session(&options, NULL);
    wanted.objects_only = true;
    if (status < 0 && !pc_options_open(&wanted, core, &session)) {
        status = PC_EXIT_NONE;
    } else if (status < 0) {
        status = inspect(&session, &options, addresses, count);
        pc_session_leave(&session);
    }
    free(addresses);
    return status;
}
