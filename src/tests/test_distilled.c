/* Small cores: their note, what has been looked at, and the file that has no more than that. */
#include <CUnit/CUnit.h>
#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "target/core_writer.h"
#include "target/distilled.h"
#include "target/initial_stack.h"
#include "tests/check.h"
#include "tests/synth.h"
#include "tests/unit.h"

static void test_note(void)
{
    static pc_distilled_module modules[] = {{0x1000, "ab12", "/usr/bin/python3 (with blanks)", 1}, {0x2000, NULL, NULL, 0}, {0x3000, NULL, "/x", -1}};
    static pc_distilled_extension extensions[] = {{"datetime", 0x2000}};
    static pc_distilled_function functions[] = {{0x10, "C.f"}, {0x20, "g.<locals>.<lambda>"}};
    static pc_diagnostic diagnostics[] = {{PC_SEVERITY_WARNING, "missing-file", "two\nlines", false, 0}, {PC_SEVERITY_INFO, "corrupt", "x", true, 0x44}};
    static pc_distilled_blank blanks[] = {{0x55, 3, false}, {0x66, 1, true}};
    pc_distilled d = {
        .found_by = "dynamic-symbol", .module = 0x1000, .runtime = 0x7fffffffffff, .layout_source = "dwarf", .layout_origin = "/a b",
        .layout_exact = true, .truncated = true, .hostname = "a host", .has_time = true, .time = 17, .abort_message = 0x99,
        .modules = modules, .module_count = 3, .extensions = extensions, .extension_count = 1, .functions = functions, .function_count = 2,
        .redact = PC_REDACT_SECRETS, .blanks = blanks, .blank_count = 2,
        .diagnostics = diagnostics, .diagnostic_count = 2, .table = "pycore-layout 1\nany\n", .table_size = 20,
    };
    PC_AUTO_BUFFER text = {0}, again = {0};
    pc_arena arena;
    pc_arena_init(&arena);
    pc_distilled_print(&d, &text);
    pc_distilled r = {0};
    CHECK_SUCCESS(pc_distilled_parse(text.data, text.length, &arena, &r));
    pc_distilled_print(&r, &again);
    CHECK_TEXT(again.data, text.data);
    CHECK_TEXT(r.modules[0].file, "/usr/bin/python3 (with blanks)");
    CHECK_INT(r.redact, PC_REDACT_SECRETS);
    CHECK_UINT(r.blank_count, 2);
    CHECK(r.blank_count == 2 && r.blanks[0].first == 0x55 && r.blanks[0].size == 3 && !r.blanks[0].name && r.blanks[1].name);
    CHECK_TEXT(r.modules[1].build_id, NULL);
    CHECK_INT(r.modules[1].matches, 0);
    CHECK_INT(r.modules[2].matches, -1);
    CHECK_UINT(r.runtime, 0x7fffffffffff);
    CHECK_TEXT(r.diagnostics[0].message, "two lines"); /* nothing can add a line of its own */
    CHECK(!r.diagnostics[0].has_address && r.diagnostics[1].has_address);
    CHECK_UINT(r.table_size, 20);
    /* cut anywhere it is read as far as it goes, or refused */
    size_t read = 0;
    for (size_t size = 0; size < text.length; size++) {
        char *copy = malloc(size + 1);
        memcpy(copy, text.data, size);
        read += pc_ok(pc_distilled_parse(copy, size, &arena, &r));
        free(copy);
    }
    CHECK(read > 0 && read < text.length);
    pc_arena_deinit(&arena);
}

static void test_damaged_notes(void)
{
    static const char *const texts[] = {
        "", "\n", "pycore-distilled 2\n", "pycore-distilled 1\nmodule zz - - -\n", "pycore-distilled 1\nmodule 10\n",
        "pycore-distilled 1\nextension - 10\n", "pycore-distilled 1\nfunction 10 f\nfunction 10 g\n", "pycore-distilled 1\nfunction 10\n",
        "pycore-distilled 1\ndiagnostic 3 code - text\n", "pycore-distilled 1\ndiagnostic 0 code\n", "pycore-distilled 1\ninterpreter x -1 - - - -\n",
        "pycore-distilled 1\ntime 99999999999999999999999\n", "pycore-distilled 1\nmodule 10 ab\x8e true /x\n", "pycore-distilled 1\nmodule 10 abc true /x\n",
        "pycore-distilled 1\nlayout dwarfs exact /x\n", "pycore-distilled 1\n\n",
        "pycore-distilled 1\nredact some\n", "pycore-distilled 1\nredact\n", "pycore-distilled 1\nblank 10\n", "pycore-distilled 1\nblank 10 0\n",
        "pycore-distilled 1\nhide 10 -1\n",
    };
    pc_arena arena;
    pc_arena_init(&arena);
    for (size_t i = 0; i < PC_ARRAY_SIZE(texts); i++) {
        pc_distilled d;
        check_context("%s", texts[i]);
        CHECK_ERROR(pc_distilled_parse(texts[i], strlen(texts[i]), &arena, &d), PC_ERROR_FORMAT);
    }
    check_context("%s", "");
    pc_distilled d;
    CHECK_SUCCESS(pc_distilled_parse("pycore-distilled 1\nof-a-later-pycore 1 2 3\ntable", 45, &arena, &d));
    CHECK_UINT(d.table_size, 0);
    pc_arena_deinit(&arena);
}

static void test_touched(void)
{
    pc_touched t;
    pc_touched_run *runs;
    pc_touched_init(&t);
    pc_touched_add(&t, 0x1000, 0);
    CHECK_UINT(pc_touched_runs(&t, 64, &runs), 0);
    free(runs);
    pc_touched_add(&t, 0x10ff, 2);           /* two blocks */
    pc_touched_add(&t, 0x1000, 1);
    pc_touched_add(&t, 0x1180, 1);           /* a block of 64 lies between */
    pc_touched_add(&t, UINT64_MAX - 3, 100); /* leaves the address space */
    CHECK_UINT(pc_touched_runs(&t, 64, &runs), 4);
    CHECK_UINT(runs[0].first, 0x1000);
    CHECK_UINT(runs[0].size, 64);
    CHECK_UINT(runs[1].first, 0x10c0);
    CHECK_UINT(runs[1].size, 128);
    CHECK_UINT(runs[3].first, UINT64_MAX - 63);
    free(runs);
    CHECK_UINT(pc_touched_runs(&t, 65, &runs), 3);
    CHECK_UINT(runs[1].first, 0x10c0);
    CHECK_UINT(runs[1].size, 256);
    free(runs);
    pc_touched_deinit(&t);
}

/* What was read of a core is in the small one, at its place; all else that was mapped is not saved there. */
static void test_writer(void)
{
    static uint8_t one[8192], two[4096];
    for (size_t i = 0; i < sizeof(one); i++)
        one[i] = (uint8_t)(i * 5 + 3);
    memset(two, 9, sizeof(two));
    for (size_t i = 0; i < SYNTH_TARGETS; i++) {
        synth_core core;
        synth_opened full, small;
        pc_touched touched;
        check_context("%s", synth_targets[i].name);
        synth_core_init(&core, synth_targets[i]);
        synth_prstatus(&core, 17, 11, NULL, 0);
        synth_note(&core, "OTHER", 5, "odd", 3); /* its padding is between the notes */
        synth_load(&core, 0x10000, one, sizeof(one), sizeof(one) + 4096, PF_R | PF_W);
        synth_load(&core, 0x20000, two, sizeof(two), sizeof(two), PF_R | PF_X);
        synth_open_core(&full, &core);
        CHECK_SUCCESS(full.error);
        pc_touched_init(&touched);
        full.core.memory.touched = &touched;
        uint8_t bytes[300];
        uint64_t value;
        CHECK_SUCCESS(pc_memory_read(&full.core.memory, 0x10000 + 100, bytes, 300));
        CHECK_SUCCESS(pc_memory_uint(&full.core.memory, 0x20ff8, 8, &value));
        CHECK_ERROR(pc_memory_uint(&full.core.memory, 0x12000, 8, &value), PC_ERROR_NOT_SAVED);
        full.core.memory.touched = NULL;
        FILE *out = tmpfile();
        static const char note[] = "pycore-distilled 1\nhostname h\n";
        pc_core_write_part(&full.core, &touched, NULL, false, note, strlen(note), out);
        long size = ftell(out);
        uint8_t *data = calloc(1, (size_t)size);
        rewind(out);
        CHECK(fread(data, 1, (size_t)size, out) == (size_t)size);
        fclose(out);
        CHECK(size < 2048);
        synth_open(&small, data, (size_t)size);
        CHECK_SUCCESS(small.error);
        pc_memory *memory = &small.core.memory;
        CHECK(!small.core.truncated);
        CHECK_UINT(small.core.lwp_count, 1);
        CHECK_INT(small.core.lwp_count ? small.core.lwps[0].tid : 0, 17);
        CHECK(small.core.distilled != NULL);
        CHECK_TEXT(small.core.facts.hostname, "h");
        uint8_t got[300];
        CHECK_SUCCESS(pc_memory_read(memory, 0x10000 + 100, got, 300));
        CHECK(!memcmp(got, one + 100, 300) && !memcmp(got, bytes, 300));
        CHECK_SUCCESS(pc_memory_uint(memory, 0x20ff8, 8, &value));
        CHECK_UINT(value, UINT64_C(0x0909090909090909));
        CHECK_ERROR(pc_memory_uint(memory, 0x10800, 8, &value), PC_ERROR_NOT_SAVED);
        CHECK_ERROR(pc_memory_uint(memory, 0x12000, 8, &value), PC_ERROR_NOT_SAVED);
        CHECK_ERROR(pc_memory_uint(memory, 0x20000, 8, &value), PC_ERROR_NOT_SAVED);
        CHECK_ERROR(pc_memory_uint(memory, 0x13000, 8, &value), PC_ERROR_UNMAPPED);
        const pc_segment *s = pc_core_segment(&small.core, 0x20ff8);
        CHECK(s && s->executable && !s->writable);
        s = pc_core_segment(&small.core, 0x10800);
        CHECK(s && s->writable && !s->executable);
        pc_touched_deinit(&touched);
        free(data);
        synth_close(&small);
        synth_close(&full);
        synth_core_deinit(&core);
    }
    check_context("%s", "");
}

static void test_blanks(void)
{
    pc_touched t;
    pc_touched_run *runs;
    pc_touched_init(&t);
    pc_touched_add(&t, 0x103e, 4); /* over two blocks */
    pc_touched_blank(&t, 0x103f, 2);
    pc_touched_name(&t, 0x1040, 1);
    pc_touched_blank(&t, 0x2000, 1);
    CHECK_UINT(pc_touched_blanks(&t, false, &runs), 2);
    CHECK_UINT(runs[0].first, 0x103f);
    CHECK_UINT(runs[0].size, 1);
    CHECK_UINT(runs[1].first, 0x2000);
    free(runs);
    CHECK_UINT(pc_touched_blanks(&t, true, &runs), 1);
    CHECK_UINT(runs[0].first, 0x1040);
    CHECK_UINT(runs[0].size, 1);
    free(runs);
    uint8_t bytes[8];
    bool there;
    memset(bytes, 7, sizeof(bytes));
    CHECK_UINT(pc_touched_filter(&t, 0x103c, bytes, sizeof(bytes), '*', &there), 2);
    CHECK(!there && !bytes[0] && !bytes[1]);
    CHECK_UINT(pc_touched_filter(&t, 0x103e, bytes + 2, sizeof(bytes) - 2, '*', &there), 4);
    CHECK(there && bytes[2] == 7 && bytes[3] == '*' && bytes[4] == 7 && bytes[5] == 7 && bytes[6] == 7);
    pc_touched_deinit(&t);
}

/* With redaction only the very bytes that were read are there, those that are blank as asterisks, and of the notes what a report
 * needs. */
static void test_redacted(void)
{
    static uint8_t one[4096];
    for (size_t i = 0; i < sizeof(one); i++)
        one[i] = (uint8_t)(i * 5 + 3);
    for (size_t i = 0; i < SYNTH_TARGETS; i++) {
        synth_core core;
        synth_opened full, small;
        pc_touched touched;
        pc_redaction redaction = {.level = PC_REDACT_ALL};
        check_context("%s", synth_targets[i].name);
        synth_core_init(&core, synth_targets[i]);
        synth_prstatus(&core, 17, 11, NULL, 0);
        synth_note(&core, "OTHER", 5, "secret", 6);
        synth_load(&core, 0x10000, one, sizeof(one), sizeof(one), PF_R | PF_W);
        synth_load(&core, 0x20000, one, sizeof(one), sizeof(one), PF_R);
        synth_open_core(&full, &core);
        CHECK_SUCCESS(full.error);
        pc_touched_init(&touched);
        full.core.memory.touched = &touched;
        uint8_t bytes[300];
        uint64_t value;
        CHECK_SUCCESS(pc_memory_read(&full.core.memory, 0x10000 + 101, bytes, 3));
        CHECK_SUCCESS(pc_memory_read(&full.core.memory, 0x10000 + 200, bytes, 300));
        CHECK_SUCCESS(pc_memory_uint(&full.core.memory, 0x20008, 4, &value));
        pc_memory_blank(&full.core.memory, 0x10000 + 210, 4);
        full.core.memory.touched = NULL;
        FILE *out = tmpfile();
        static const char note[] = "pycore-distilled 1\nredact all\nblank 0x100d2 4\nhide 0x100e0 1\n";
        pc_core_write_part(&full.core, &touched, &redaction, true, note, strlen(note), out);
        long size = ftell(out);
        uint8_t *data = calloc(1, (size_t)size + 1);
        rewind(out);
        CHECK(fread(data, 1, (size_t)size, out) == (size_t)size);
        fclose(out);
        for (long k = 0; k + 6 <= size; k++)
            CHECK(memcmp(data + k, "secret", 6) != 0);
        synth_open(&small, data, (size_t)size);
        CHECK_SUCCESS(small.error);
        pc_memory *memory = &small.core.memory;
        CHECK(small.core.distilled && small.core.distilled->redact == PC_REDACT_ALL);
        CHECK_UINT(small.core.lwp_count, 1);
        uint8_t got[300];
        CHECK_SUCCESS(pc_memory_read(memory, 0x10000 + 101, got, 3));
        CHECK(!memcmp(got, one + 101, 3));
        CHECK_SUCCESS(pc_memory_read(memory, 0x10000 + 200, got, 300));
        CHECK(!memcmp(got, one + 200, 10) && !memcmp(got + 10, "****", 4) && !memcmp(got + 14, one + 214, 286));
        CHECK_ERROR(pc_memory_read(memory, 0x10000 + 100, got, 1), PC_ERROR_NOT_SAVED);
        CHECK_ERROR(pc_memory_read(memory, 0x10000 + 104, got, 1), PC_ERROR_NOT_SAVED);
        CHECK_ERROR(pc_memory_read(memory, 0x10000 + 500, got, 1), PC_ERROR_NOT_SAVED);
        uint64_t again;
        CHECK_SUCCESS(pc_memory_uint(memory, 0x20008, 4, &again));
        CHECK_UINT(again, value);
        CHECK_ERROR(pc_memory_read(memory, 0x20007, got, 1), PC_ERROR_NOT_SAVED);
        CHECK_ERROR(pc_memory_read(memory, 0x2000c, got, 1), PC_ERROR_NOT_SAVED);
        const pc_range *r = pc_ranges_from(&memory->blanked, 0);
        CHECK(r && r->first == 0x100d2 && r->last == 0x100d5);
        r = pc_ranges_from(&memory->hidden, 0);
        CHECK(r && r->first == 0x100e0 && r->last == 0x100e0);
        CHECK(!pc_ranges_from(&memory->blanked, 0x100d6));
        synth_close(&small);
        /* what says which bytes are there is as little believed as all else */
        for (long at = 64; at < size; at++) {
            uint8_t before = data[at];
            data[at] ^= 0xff;
            synth_open(&small, data, (size_t)size);
            if (!small.error)
                pc_ok(pc_memory_read(&small.core.memory, 0x10000 + 200, got, 300));
            else
                pc_error_destroy(small.error);
            small.error = NULL;
            synth_close(&small);
            data[at] = before;
        }
        pc_touched_deinit(&touched);
        free(data);
        synth_close(&full);
        synth_core_deinit(&core);
    }
    check_context("%s", "");
}

/* Of the initial stack a small core has what tells the arguments; the environment is not in it, wherever the vector points to. */
static void test_environment(void)
{
    static const uint64_t keys[] = {AT_RANDOM, AT_EXECFN};
    for (size_t k = 0; k < 2 * SYNTH_TARGETS; k++) {
        const synth_target t = synth_targets[k / 2];
        bool random = keys[k % 2] == AT_RANDOM;
        check_context("%s, AT_%s", t.name, random ? "RANDOM" : "EXECFN");
        uint64_t base = 0xbf000000, word = t.bits / 8, strings = base + 0x400, noted = t.bits == 64 ? 0x77665544332211 : 0x44332211;
        SYNTH_AUTO_BYTES stack = {.target = t};
        synth_zeros(&stack, 3 * word);
        const uint64_t words[] = {2, strings, strings + 8, 0, strings + 11, strings + 0x100, 0, AT_PHDR, noted, keys[k % 2],
                                  random ? base + 0x380 : strings + 0x200, 0, 0};
        for (size_t i = 0; i < PC_ARRAY_SIZE(words); i++)
            synth_word(&stack, words[i]);
        synth_zeros(&stack, 0x400 - stack.size);
        synth_text(&stack, "python3");
        synth_text(&stack, "-i");
        synth_text(&stack, "FIRST=canary");
        synth_zeros(&stack, 0x500 - stack.size);
        synth_text(&stack, "SECOND=canary");
        synth_zeros(&stack, 0x600 - stack.size);
        synth_text(&stack, "/usr/bin/python3");
        synth_zeros(&stack, 0x700 - stack.size);
        synth_core core;
        synth_opened full, small;
        pc_touched touched;
        synth_core_init(&core, t);
        synth_prstatus(&core, 17, 11, NULL, 0);
        synth_auxv(&core, words + 7, 2);
        synth_load(&core, base, stack.data, stack.size, stack.size, PF_R | PF_W);
        synth_open_core(&full, &core);
        CHECK_SUCCESS(full.error);
        pc_touched_init(&touched);
        full.core.memory.touched = &touched;
        const char *const *got = NULL;
        CHECK_UINT(pc_core_arguments(&full.core, &got), 2);
        full.core.memory.touched = NULL;
        pc_redaction redaction = {.level = PC_REDACT_ALL};
        FILE *out = tmpfile();
        static const char note[] = "pycore-distilled 1\n";
        pc_core_write_part(&full.core, &touched, &redaction, true, note, strlen(note), out);
        long size = ftell(out);
        uint8_t *data = calloc(1, (size_t)size + 1);
        rewind(out);
        CHECK(fread(data, 1, (size_t)size, out) == (size_t)size);
        fclose(out);
        for (long at = 0; at + 6 <= size; at++)
            CHECK(memcmp(data + at, "canary", 6) != 0);
        synth_open(&small, data, (size_t)size);
        CHECK_SUCCESS(small.error);
        size_t count = pc_core_arguments(&small.core, &got);
        CHECK_UINT(count, 2);
        CHECK_TEXT(count == 2 ? got[0] : NULL, "python3");
        CHECK_TEXT(count == 2 ? got[1] : NULL, "-i");
        pc_touched_deinit(&touched);
        free(data);
        synth_close(&small);
        synth_close(&full);
        synth_core_deinit(&core);
    }
    check_context("%s", "");
}

void suite_distilled(void)
{
    CU_pSuite s = CU_add_suite("distilled", NULL, NULL);
    CU_add_test(s, "the note", test_note);
    CU_add_test(s, "damaged notes", test_damaged_notes);
    CU_add_test(s, "what is not to be told", test_blanks);
    CU_add_test(s, "redacted", test_redacted);
    CU_add_test(s, "the environment", test_environment);
    CU_add_test(s, "what has been looked at", test_touched);
    CU_add_test(s, "a part of a core", test_writer);
}
