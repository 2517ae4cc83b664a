/* The note of a small core (distilled.h): what is read of it is what is printed again. */
#include <string.h>

#include "layout/table.h"
#include "target/distilled.h"
#include "tests/fuzz/fuzz.h"

void fuzz_note(const uint8_t *data, size_t size)
{
    pc_arena arena;
    pc_distilled note, again;
    pc_arena_init(&arena);
    if (fuzz_ok(pc_distilled_parse((const char *)data, size, &arena, &note))) {
        PC_AUTO_BUFFER once = {0}, twice = {0};
        pc_distilled_print(&note, &once);
        FUZZ_CHECK(fuzz_ok(pc_distilled_parse(pc_buffer_text(&once), once.length, &arena, &again)));
        pc_distilled_print(&again, &twice);
        FUZZ_CHECK(once.length == twice.length && !memcmp(once.data, twice.data, once.length));
    }
    pc_arena_deinit(&arena);
}
