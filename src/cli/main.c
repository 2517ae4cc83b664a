#include <string.h>
#include <sys/resource.h>

#include "cli/cli.h"
#include "cli/guard.h"

static const char help[] =
    "Usage: pycore COMMAND [OPTION]...\n"
    "Analyze core dumps of CPython processes, offline: nothing of the core is executed or believed.\n"
    "\n"
    "  pycore analyze [OPTION]... CORE [EXECUTABLE]   what a Python process was doing\n"
    "  pycore scan [OPTION]... PATH...                many cores, those of one defect together\n"
    "  pycore compare [OPTION]... CORE CORE...        cores of one program side by side\n"
    "  pycore inspect [OPTION]... CORE ADDRESS...     objects in full\n"
    "  pycore distill [OPTION]... CORE -o SMALL       a small core with only what the report needs\n"
    "  pycore layout [OPTION]... EXECUTABLE|LIBRARY   where the fields of a build's structs are\n"
    "\n"
    "  pycore COMMAND --help    options of a command\n"
    "  pycore --version         the version\n";

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(int argc, char **argv);
    } commands[] = {{"analyze", pc_command_analyze}, {"inspect", pc_command_inspect}, {"distill", pc_command_distill},
                    {"scan", pc_command_scan}, {"compare", pc_command_compare}, {"layout", pc_command_layout}};
    pc_guard_process();
    /* each module's file is kept open, and some processes have more than the usual 1,024 */
    struct rlimit files;
    if (!getrlimit(RLIMIT_NOFILE, &files)) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    if (argc < 2) {
        pc_cli_complain("no command was given");
        return pc_cli_usage_error("");
    }
    if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help")) {
        fputs(help, stdout);
        return PC_EXIT_COMPLETE;
    }
    if (!strcmp(argv[1], "--version")) {
        puts("pycore " PACKAGE_VERSION);
        return PC_EXIT_COMPLETE;
    }
    for (size_t i = 0; i < PC_ARRAY_SIZE(commands); i++)
        if (!strcmp(argv[1], commands[i].name)) {
            argv[1] = (char *)"pycore"; /* getopt names it in its messages */
            return commands[i].run(argc - 1, argv + 1);
        }
    pc_cli_complain("'%s' is not a command", argv[1]);
    return pc_cli_usage_error("");
}
