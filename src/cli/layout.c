#include <string.h>

#include "cli/options.h"
#include "layout/dwarf.h"
#include "layout/table.h"
#include "python/extension.h"
#include "target/image.h"

static const char help[] =
    "Usage: pycore layout [OPTION]... EXECUTABLE|LIBRARY\n"
    "  or:  pycore layout --table=PYTHON [OPTION]... EXECUTABLE|LIBRARY|EXTENSION...\n"
    "Print where the fields of a CPython build's structs are, from its debug information.\n"
    "\n"
    "      --table=PYTHON      as a table for analyze --layout: of the build's version and flags,\n"
    "                          such as 3.11.7, 3.13.0t or 3.9.2d; its extension modules may be\n"
    "                          named too, those that are not wanted are passed over\n"
    "      --origin=WORD       where the build comes from, for the table\n"
    "  -o, --output=FILE       write the table to FILE\n"
    "      --debug-dir=DIR     look for separate debug files in DIR too (repeatable);\n"
    "                          /usr/lib/debug is always looked into\n"
    "      --debuginfod        ask the servers of DEBUGINFOD_URLS for debug files that are missing\n"
    "      --help              show this help\n"
    "      --version           show the version\n"
    "\n"
    "Exit status: 0 the table is printed; 1 required fields are not in it; 2 the file has no such\n"
    "debug information; 64 wrong usage; 74 the table could not be written.\n";

static pc_error *load(const char *path, const pc_search *search, pc_image **ret_image, pc_layout *layout)
{
    pc_image *image;
    PC_TRY(pc_image_open(path, &image));
    *ret_image = image;
    pc_image *debug = pc_image_debug(image, search);
    if (!debug)
        return pc_error_create(PC_ERROR_NOT_FOUND, "%s: no debug information in it, and none for its build-id %s: install its debug package, or name a tree of debug files with --debug-dir",
                               path, image->build_id ? image->build_id : "(none)");
    pc_image *supplement;
    PC_TRY(pc_image_supplement(debug, search, &supplement));
    for (int i = 0; i < PC_MODULE_COUNT; i++) {
        pc_error *error = pc_layout_from_debug_file(layout, (pc_layout_module)i, debug, search);
        if (error && error->code != PC_ERROR_LAYOUT)
            return error;
        pc_error_destroy(error);
    }
    for (int i = 0; i < PC_MODULE_COUNT; i++)
        if (pc_layout_has_module(layout, (pc_layout_module)i))
            return NULL;
    return pc_error_create(PC_ERROR_LAYOUT, "%s: its debug information knows no struct of CPython", path);
}

static int write_out(const pc_buffer *text, const char *path)
{
    pc_output output;
    if (!pc_output_open(&output, path))
        return PC_EXIT_OUTPUT;
    fputs(pc_buffer_text(text), output.stream);
    return pc_output_close(&output) ? PC_EXIT_COMPLETE : PC_EXIT_OUTPUT;
}

static int complain_of_missing(const pc_layout *layout)
{
    int status = PC_EXIT_COMPLETE;
    for (int i = 0; i < PC_MODULE_COUNT; i++) {
        if (!pc_layout_has_module(layout, (pc_layout_module)i))
            continue;
        pc_error *error = pc_layout_check_required(layout, (pc_layout_module)i);
        if (!error)
            continue;
        pc_cli_complain_error(error);
        status = PC_EXIT_PARTIAL;
    }
    return status;
}

static int print_layout(const char *path, const pc_options *a)
{
    pc_image *image = NULL;
    pc_layout layout;
    pc_search search = pc_options_search(a);
    PC_AUTO_BUFFER text = {0};
    pc_layout_init(&layout);
    int status = PC_EXIT_NONE;
    pc_error *error = load(path, &search, &image, &layout);
    if (error) {
        pc_cli_complain_error(error);
    } else {
        pc_buffer_printf(&text, "# %s\n# build-id %s\n", path, image->build_id ? image->build_id : "none");
        pc_layout_print(&layout, &text);
        status = write_out(&text, a->output);
        if (status == PC_EXIT_COMPLETE)
            status = complain_of_missing(&layout);
    }
    pc_layout_deinit(&layout);
    pc_image_destroy(image);
    return status;
}

/* The modules that the file defines, into the table. */
static pc_error *add_to_table(pc_table *table, const char *path, const pc_options *a, const pc_search *search, const pc_abi *abi)
{
    pc_image *image;
    PC_TRY(pc_image_open(path, &image));
    pc_image *debug = pc_image_debug(image, search);
    pc_error *error = NULL;
    for (int i = 0; !error && i < PC_MODULE_COUNT; i++) {
        pc_layout_module module = (pc_layout_module)i;
        if (table->modules[i] || !pc_extension_is_in(image, module))
            continue;
        if (!debug) {
            error = pc_error_create(PC_ERROR_NOT_FOUND, "%s: there is no debug information for it (build-id %s)", path, image->build_id ? image->build_id : "none");
            break;
        }
        error = pc_layout_from_debug_file(table->layout, module, debug, search);
        if (!error)
            error = pc_layout_check_required(table->layout, module);
        if (error) {
            pc_layout_forget(table->layout, module);
            break;
        }
        table->modules[i] = true;
        pc_table_add_build(table, module, abi->micro, a->table, image->build_id ? image->build_id : "", a->origin);
        table->abi.bits = image->header.e_ident[EI_CLASS] == ELFCLASS32 ? 32 : 64;
        table->abi.big_endian = image->header.e_ident[EI_DATA] == ELFDATA2MSB;
    }
    pc_image_destroy(image);
    return error;
}

static int print_table(char **paths, int count, const pc_options *a)
{
    pc_table table = {0};
    pc_abi abi = {0};
    if (!pc_abi_parse(a->table, &abi) || a->origin[strcspn(a->origin, " #\t\n")] || strlen(a->origin) >= PC_TABLE_WORD ||
        strlen(a->table) >= PC_TABLE_WORD) {
        pc_cli_complain("layout: --table wants a version such as 3.11.7 or 3.13.0t, --origin one word");
        return pc_cli_usage_error("layout");
    }
    table.abi = abi;
    pc_table_begin(&table);
    pc_search search = pc_options_search(a);
    int status = PC_EXIT_COMPLETE;
    for (int i = 0; i < count; i++) {
        pc_error *error = add_to_table(&table, paths[i], a, &search, &abi);
        if (error) {
            pc_cli_complain_error(error);
            status = PC_EXIT_PARTIAL;
        }
    }
    /* what the layout itself shows is not taken from a command line */
    if (table.modules[PC_MODULE_INTERPRETER]) {
        table.abi.unicode = pc_layout_has(table.layout, PC_UNICODE_STR) ? table.layout->structs[PC_STRUCT_UNICODE_UNIT].size : 0;
        table.abi.free_threaded = pc_layout_has(table.layout, PC_OB_TID);
    }
    if (table.build_count) {
        PC_AUTO_BUFFER text = {0};
        pc_table_print(&table, &text);
        int written = write_out(&text, a->output);
        status = written == PC_EXIT_COMPLETE ? status : written;
    } else {
        pc_cli_complain("layout: none of these files is CPython or one of its extension modules, with debug information");
        status = PC_EXIT_NONE;
    }
    pc_table_deinit(&table);
    return status;
}

int pc_command_layout(int argc, char **argv)
{
    static const pc_command command = {"layout", help, PC_TAKES_LAYOUT};
    pc_options a = {.origin = "-"};
    int status = pc_options_parse(&command, argc, argv, &a);
    if (status >= 0)
        return status;
    if (optind == argc || (!a.table && argc - optind != 1)) {
        pc_cli_complain("layout: one executable or library is wanted");
        return pc_cli_usage_error("layout");
    }
    return a.table ? print_table(argv + optind, argc - optind, &a) : print_layout(argv[optind], &a);
}
