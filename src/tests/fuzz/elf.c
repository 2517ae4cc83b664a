/* A core's ELF header, program headers and notes, and the modules that they lead to. */
#include <string.h>

#include "base/buffer.h"
#include "base/text.h"
#include "target/modules.h"
#include "tests/fuzz/fuzz.h"

void fuzz_elf(const uint8_t *data, size_t size)
{
    pc_arena arena;
    pc_diagnostics diagnostics;
    pc_core core;
    pc_arena_init(&arena);
    pc_diagnostics_init(&diagnostics, &arena);
    if (fuzz_ok(pc_core_open(&core, fuzz_file(data, size), &arena, &diagnostics, NULL))) {
        const pc_search search = {.sysroot = "/nonexistent"};
        pc_modules modules;
        const char *const *arguments;
        pc_addr address;
        uint64_t value;
        pc_modules_init(&modules, &core, NULL, &search);
        pc_modules_executable(&modules);
        pc_modules_abort_message(&modules, &address);
        size_t count = pc_core_arguments(&core, &arguments);
        for (size_t i = 0; i < count; i++)
            FUZZ_CHECK(pc_text_is_utf8(arguments[i], strlen(arguments[i])));
        for (size_t i = 0; i < core.lwp_count && i < 8; i++)
            if (core.machine) {
                pc_core_register(&core, &core.lwps[i], "rip", &value);
                pc_core_register(&core, &core.lwps[i], "orig_rax", &value);
            }
        for (size_t i = 0; i < modules.count; i++) {
            const pc_module *m = &modules.items[i];
            uint8_t bytes[16];
            FUZZ_CHECK(m->start < m->end && m->path && !m->image);
            pc_ok(pc_memory_read(&core.memory, m->start, bytes, sizeof(bytes)));
        }
        for (size_t i = 0; i < core.segment_count && i < 64; i++) {
            PC_AUTO_BUFFER text = {0};
            uint64_t last = core.segments[i].start + core.segments[i].size - 1;
            pc_ok(pc_memory_uint(&core.memory, core.segments[i].start, 8, &value));
            pc_ok(pc_memory_uint(&core.memory, last, 1, &value));
            pc_ok(pc_memory_string(&core.memory, core.segments[i].start, 64, &text));
            pc_core_segment(&core, last);
        }
        pc_modules_deinit(&modules);
        pc_core_deinit(&core);
    }
    for (size_t i = 0; i < diagnostics.count; i++)
        FUZZ_CHECK(pc_text_is_utf8(diagnostics.items[i].message, strlen(diagnostics.items[i].message)));
    pc_diagnostics_deinit(&diagnostics);
    pc_arena_deinit(&arena);
}
