#include <string.h>

#include "cli/cli.h"
#include "layout/dwarf.h"
#include "target/image.h"

static const char help[] =
    "Usage: pycore layout [OPTION]... EXECUTABLE|LIBRARY\n"
    "Print where the fields of a CPython build's structs are, from its debug information.\n"
    "\n"
    "  -o, --output=FILE       write the table to FILE\n"
    "      --debug-dir=DIR     look for separate debug files in DIR too (repeatable);\n"
    "                          /usr/lib/debug is always looked into\n"
    "      --help              show this help\n"
    "      --version           show the version\n"
    "\n"
    "Exit status: 0 the table is printed; 1 required fields are not in it; 2 the file has no such\n"
    "debug information; 64 wrong usage; 74 the table could not be written.\n";

enum { OPT_DEBUG_DIR = 256, OPT_HELP, OPT_VERSION };

static const struct option options[] = {
    {"output", required_argument, NULL, 'o'},
    {"debug-dir", required_argument, NULL, OPT_DEBUG_DIR},
    {"help", no_argument, NULL, OPT_HELP},
    {"version", no_argument, NULL, OPT_VERSION},
    {NULL, 0, NULL, 0},
};

static pc_error *load(const char *path, const pc_debug_dirs *dirs, pc_image **ret_image, pc_layout *layout)
{
    pc_image *image;
    PC_TRY(pc_image_open(path, &image));
    *ret_image = image;
    pc_image *debug = pc_image_debug(image, dirs->items, dirs->count);
    if (!debug)
        return pc_error_create(PC_ERROR_NOT_FOUND, "%s: no debug information in it, and none for its build-id %s: install its debug package, or name a tree of debug files with --debug-dir",
                               path, image->build_id ? image->build_id : "(none)");
    for (int i = 0; i < PC_MODULE_COUNT; i++)
        pc_error_destroy(pc_layout_from_dwarf(layout, (pc_layout_module)i, debug->elf, debug->path));
    for (int i = 0; i < PC_MODULE_COUNT; i++)
        if (pc_layout_has_module(layout, (pc_layout_module)i))
            return NULL;
    return pc_error_create(PC_ERROR_LAYOUT, "%s: its debug information knows no struct of CPython", path);
}

int pc_command_layout(int argc, char **argv)
{
    const char *out_path = NULL;
    pc_debug_dirs dirs = {.count = 0};
    optind = 0;
    for (int c; (c = getopt_long(argc, argv, "o:", options, NULL)) != -1;) {
        if (c == 'o') {
            out_path = optarg;
        } else if (c == OPT_DEBUG_DIR && pc_cli_add_debug_dir(&dirs, optarg)) {
            continue;
        } else if (c == OPT_HELP) {
            fputs(help, stdout);
            return PC_EXIT_COMPLETE;
        } else if (c == OPT_VERSION) {
            puts("pycore " PACKAGE_VERSION);
            return PC_EXIT_COMPLETE;
        } else {
            return pc_cli_usage_error("layout");
        }
    }
    if (argc - optind != 1) {
        pc_cli_complain("layout: one executable or library is wanted");
        return pc_cli_usage_error("layout");
    }
    pc_cli_finish_debug_dirs(&dirs);
    pc_image *image = NULL;
    pc_layout layout;
    pc_layout_init(&layout);
    int status = PC_EXIT_COMPLETE;
    pc_error *error = load(argv[optind], &dirs, &image, &layout);
    if (error) {
        pc_cli_complain_error(error);
        status = PC_EXIT_NONE;
    } else {
        pc_output output;
        PC_AUTO_BUFFER text = {0};
        pc_buffer_printf(&text, "# %s\n# build-id %s\n", argv[optind], image->build_id ? image->build_id : "none");
        pc_layout_print(&layout, &text);
        if (!pc_output_open(&output, out_path)) {
            status = PC_EXIT_OUTPUT;
        } else {
            fputs(text.data, output.stream);
            status = pc_output_close(&output) ? PC_EXIT_COMPLETE : PC_EXIT_OUTPUT;
        }
        for (int i = 0; status == PC_EXIT_COMPLETE && i < PC_MODULE_COUNT; i++) {
            if (!pc_layout_has_module(&layout, (pc_layout_module)i))
                continue;
            error = pc_layout_check_required(&layout, (pc_layout_module)i);
            if (!error)
                continue;
            pc_cli_complain_error(error);
            status = PC_EXIT_PARTIAL;
        }
    }
    pc_layout_deinit(&layout);
    pc_image_destroy(image);
    return status;
}
