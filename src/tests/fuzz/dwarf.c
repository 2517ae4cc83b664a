/* Executables, libraries and debug files: symbols, sections, build-ids, and the debug information that a layout is read from. */
#include <string.h>

#include "layout/dwarf.h"
#include "target/debug_file.h"
#include "tests/fuzz/fuzz.h"

static void read_layout(pc_image *image, const pc_search *search, pc_layout_module module)
{
    pc_layout layout;
    pc_image *supplement = NULL;
    fuzz_ok(pc_image_supplement(image, search, &supplement));
    pc_layout_init(&layout);
    if (fuzz_ok(pc_layout_from_dwarf(&layout, module, pc_image_elf(image), supplement ? pc_image_elf(supplement) : NULL, image->path))) {
        PC_AUTO_BUFFER text = {0};
        fuzz_ok(pc_layout_check_required(&layout, module));
        pc_layout_print(&layout, &text);
        FUZZ_CHECK(fuzz_is_printable(pc_buffer_text(&text), text.length));
    }
    pc_layout_deinit(&layout);
}

void fuzz_dwarf(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"_PyRuntime", "interp_head", "_PyThreadState_Current", "__abort_msg", "a", "b"};
    const pc_search search = {.sysroot = "/nonexistent"};
    const char *name;
    uint32_t crc;
    pc_image *image;
    if (size < 64 && pc_debuglink_parse(data, size, data && size & 1, &name, &crc))
        FUZZ_CHECK(strlen(name) < size && !strchr(name, '/'));
    if (!fuzz_ok(pc_image_open(fuzz_file(data, size), &image)))
        return;
    pc_symbol symbols[PC_ARRAY_SIZE(names)];
    pc_addr address;
    FUZZ_CHECK(!image->build_id || strspn(image->build_id, "0123456789abcdef") == strlen(image->build_id));
    pc_image_symbols(image, names, PC_ARRAY_SIZE(names), symbols);
    pc_image_dynamic_symbols(image, names, PC_ARRAY_SIZE(names), symbols);
    pc_image_section(image, ".PyRuntime", &address);
    pc_image_has_section(image, ".debug_info");
    if (pc_image_has_section(image, ".debug_info"))
        read_layout(image, &search, PC_MODULE_INTERPRETER);
    else
        pc_image_debug(image, &search);
    pc_image_destroy(image);
}
