/* Layout tables: text that anyone may have written. What one says is kept when it is printed and read again. */
#include <stdlib.h>
#include <string.h>

#include "layout/debug_offsets.h"
#include "layout/places.h"
#include "layout/table.h"
#include "python/scan.h"
#include "tests/fuzz/fuzz.h"

static void check_layout(const pc_layout *layout)
{
    pc_scan_ring ring;
    for (size_t i = 0; i < PC_FIELD_COUNT; i++) {
        const pc_field_place *place = &layout->fields[i];
        if (!place->source)
            continue;
        FUZZ_CHECK(place->path && place->path_length <= strlen(place->path));
        FUZZ_CHECK(place->shift + place->bits <= 64 && (!place->bits || place->shift + place->bits <= 8 * place->size));
    }
    for (int i = 0; i < PC_MODULE_COUNT; i++)
        fuzz_ok(pc_layout_check_required(layout, (pc_layout_module)i));
    pc_scan_ring_of(layout, &ring);
    FUZZ_CHECK(pc_layout_sources(layout));
}

static void check_again(const pc_table *table)
{
    PC_AUTO_BUFFER once = {0}, twice = {0};
    pc_table again;
    pc_table_print(table, &once);
    FUZZ_CHECK(fuzz_is_printable(pc_buffer_text(&once), once.length));
    FUZZ_CHECK(fuzz_ok(pc_table_parse(once.data, once.length, "again", &again)));
    pc_table_print(&again, &twice);
    FUZZ_CHECK(once.length == twice.length && !memcmp(once.data, twice.data, once.length));
    FUZZ_CHECK(table->build_count == again.build_count);
    for (size_t i = 0; i < table->build_count; i++)
        FUZZ_CHECK(table->builds[i].build_id == again.builds[i].build_id);
    pc_table_deinit(&again);
}

/* What an entry of the cache says, too, is kept: there is one way to say it. */
static void check_places(const char *text, size_t size, pc_layout_module module)
{
    PC_AUTO_BUFFER again = {0};
    pc_layout layout;
    pc_layout_init(&layout);
    if (!pc_places_parse(text, size, module, PC_SOURCE_DWARF, &layout))
        return;
    check_layout(&layout);
    pc_places_print(&layout, module, &again);
    FUZZ_CHECK(again.length == size && !memcmp(pc_buffer_text(&again), text, size));
}

static void check_all_places(const pc_layout *layout)
{
    for (int i = 0; i < PC_MODULE_COUNT; i++) {
        PC_AUTO_BUFFER text = {0};
        pc_layout read;
        pc_layout_init(&read);
        pc_places_print(layout, (pc_layout_module)i, &text);
        FUZZ_CHECK(pc_places_parse(pc_buffer_text(&text), text.length, (pc_layout_module)i, PC_SOURCE_TABLE, &read));
        check_places(pc_buffer_text(&text), text.length, (pc_layout_module)i);
    }
}

static void check_abi(const uint8_t *data, size_t size)
{
    char *text = pc_malloc(size + 1);
    pc_abi abi = {0};
    PC_AUTO_BUFFER printed = {0};
    memcpy(text, data, size);
    text[size] = 0;
    if (pc_abi_parse(text, &abi))
        pc_abi_print(&abi, &printed);
    free(text);
}

void fuzz_table(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    pc_table table;
    bool ended;
    if (size < PC_TABLE_WORD)
        check_abi(data, size);
    for (int i = 0; i < PC_MODULE_COUNT; i++)
        check_places(text, size, (pc_layout_module)i);
    if (fuzz_ok(pc_table_parse_head(text, size, "head", &ended, &table)))
        pc_table_deinit(&table);
    if (!fuzz_ok(pc_table_parse(text, size, "whole", &table)))
        return;
    check_layout(table.layout);
    check_all_places(table.layout);
    check_again(&table);
    pc_table_deinit(&table);
}
