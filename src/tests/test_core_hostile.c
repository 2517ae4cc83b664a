/* Core files that are cut, flipped or lying. Whatever they say: nothing outside of the file is read, and what is given
 * out keeps its promises. */
#include <CUnit/CUnit.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "target/modules.h"
#include "tests/check.h"
#include "tests/synth.h"
#include "tests/unit.h"

static bool in_file(const pc_core *core, const uint8_t *bytes, uint64_t size)
{
    return bytes >= core->data && bytes <= core->data + core->size &&
        size <= (uint64_t)(core->data + core->size - bytes);
}

static bool ranges_are_sound(const pc_core *core, const pc_ranges *ranges, bool backed)
{
    uint64_t mask = core->bits == 64 ? UINT64_MAX : UINT32_MAX;
    for (size_t i = 0; i < ranges->count; i++) {
        const pc_range *r = &ranges->items[i];
        if (r->first > r->last || r->last > mask || (i && r->first <= ranges->items[i - 1].last) ||
            (backed && !in_file(core, r->bytes, r->last - r->first + 1)))
            return false;
    }
    return true;
}

/* What every core that opens promises. */
static bool is_sound(pc_core *core)
{
    bool good = ranges_are_sound(core, &core->memory.saved, true);
    good &= ranges_are_sound(core, &core->memory.unsaved, false);
    for (size_t i = 0; i < core->lwp_count; i++)
        good &= !core->lwps[i].registers || in_file(core, core->lwps[i].registers, core->lwps[i].registers_size);
    for (size_t i = 0; i < core->mapping_count; i++) {
        const pc_mapping *m = &core->mappings[i];
        good &= m->start < m->end && (!i || core->mappings[i - 1].start <= m->start);
        good &= in_file(core, (const uint8_t *)m->path, strlen(m->path) + 1);
    }
    good &= !core->auxv || in_file(core, core->auxv, core->auxv_size);
    good &= !core->has_psinfo || (core->command && core->arguments_80);
    const char *const *arguments = NULL;
    size_t count = pc_core_arguments(core, &arguments);
    for (size_t i = 0; i < count; i++)
        good &= arguments[i] != NULL;
    pc_modules modules;
    pc_modules_init(&modules, core, NULL, NULL);
    pc_modules_executable(&modules);
    pc_modules_deinit(&modules);
    return good;
}

static const uint8_t build_id[] = {0xfe, 0xed};

/* A core with one of everything, small enough to be damaged in every place. */
static void make_small(synth_target target, synth_bytes *bytes)
{
    synth_core core;
    SYNTH_AUTO_BYTES stack = {.target = target}, whole = {.target = target};
    synth_module module = {.target = target, .build_id = build_id, .build_id_size = sizeof(build_id)};
    const uint64_t stack_at = 0xbf000000, module_at = 0x40000000;
    const uint64_t auxv[] = {AT_PHDR, module_at + 64, AT_RANDOM, stack_at + 0x80};
    const synth_mapping mappings[] = {{module_at, module_at + 0x1000, 0, "/nonexistent/a"},
                                      {module_at + 0x1000, module_at + 0x2000, 1, "/nonexistent/a"}};
    synth_word(&stack, 1);
    synth_word(&stack, stack_at + 0x80);
    synth_word(&stack, 0);
    synth_word(&stack, 0);
    for (size_t i = 0; i < 4; i++)
        synth_word(&stack, auxv[i]);
    synth_word(&stack, 0);
    synth_word(&stack, 0);
    synth_zeros(&stack, 0x80 - stack.size);
    synth_text(&stack, "program");
    synth_module_write(&module, &whole);
    synth_core_init(&core, target);
    synth_prstatus(&core, 99, 11, NULL, 32);
    synth_psinfo(&core, 99, 1, 0, 0, "program", "program", false);
    synth_siginfo(&core, 11, 1, 0);
    synth_auxv(&core, auxv, 2);
    synth_nt_file(&core, mappings, 2, 4096);
    synth_load(&core, module_at, whole.data, 320, 0x2000, PF_R | PF_X);
    synth_load(&core, stack_at, stack.data, stack.size, 0x1000, PF_R | PF_W);
    synth_core_write(&core, bytes);
    synth_core_deinit(&core);
}

/* What the small core should give, so that the tests below damage something that works. */
static void test_small(void)
{
    for (size_t k = 0; k < SYNTH_TARGETS; k++) {
        check_context("%s", synth_targets[k].name);
        SYNTH_AUTO_BYTES bytes = {.target = synth_targets[k]};
        synth_opened o;
        const char *const *arguments = NULL;
        make_small(synth_targets[k], &bytes);
        synth_open(&o, bytes.data, bytes.size);
        CHECK(!o.error && is_sound(&o.core) && !o.core.truncated);
        CHECK(o.core.has_psinfo && o.core.has_siginfo);
        CHECK_UINT(o.core.lwp_count, 1);
        CHECK_UINT(o.core.mapping_count, 2);
        CHECK_UINT(pc_core_arguments(&o.core, &arguments), 1);
        CHECK_TEXT(arguments ? arguments[0] : NULL, "program");
        pc_modules modules;
        pc_modules_init(&modules, &o.core, NULL, NULL);
        pc_module *executable = pc_modules_executable(&modules);
        CHECK_TEXT(executable ? executable->build_id : NULL, "feed");
        pc_modules_deinit(&modules);
        synth_close(&o);
    }
    check_context("%s", "");
}

/* Opens path again as it is now. Counted, not asserted one by one: there are thousands. */
static bool open_again(const char *path, bool *ret_opened, bool *ret_truncated)
{
    pc_arena arena;
    pc_diagnostics diagnostics;
    pc_core core;
    pc_arena_init(&arena);
    pc_diagnostics_init(&diagnostics, &arena);
    pc_error *error = pc_core_open(&core, path, &arena, &diagnostics, NULL);
    bool good;
    *ret_opened = !error;
    *ret_truncated = false;
    if (error) {
        good = strstr(error->message, path) && !strchr(error->message, '\n');
        pc_error_destroy(error);
    } else {
        *ret_truncated = core.truncated;
        good = is_sound(&core);
        pc_core_deinit(&core);
    }
    pc_diagnostics_deinit(&diagnostics);
    pc_arena_deinit(&arena);
    return good;
}

static void test_cut_anywhere(void)
{
    for (size_t k = 0; k < SYNTH_TARGETS; k++) {
        SYNTH_AUTO_BYTES bytes = {.target = synth_targets[k]};
        size_t header = synth_targets[k].bits == 64 ? 64 : 52;
        char *path;
        make_small(synth_targets[k], &bytes);
        synth_file_write(bytes.data, bytes.size, &path);
        for (size_t length = bytes.size; length-- > 0;) {
            bool opened, truncated;
            check_context("%s, cut to %zu of %zu bytes", synth_targets[k].name, length, bytes.size);
            if (truncate(path, (off_t)length))
                CU_FAIL_FATAL("truncate");
            bool sound = open_again(path, &opened, &truncated);
            if (!sound || opened != (length >= header) || truncated != opened)
                CHECK(!"sound, opened if the header is there, and truncated");
        }
        check_context("%s", "");
        CHECK(access(path, R_OK) == 0);
        synth_file_remove(&path);
    }
}

static void test_flipped_anywhere(void)
{
    static const uint8_t flips[] = {0xff, 0x80, 0x01};
    for (size_t k = 0; k < SYNTH_TARGETS; k++) {
        SYNTH_AUTO_BYTES bytes = {.target = synth_targets[k]};
        char *path;
        size_t opened_count = 0;
        make_small(synth_targets[k], &bytes);
        synth_file_write(bytes.data, bytes.size, &path);
        int fd = open(path, O_WRONLY | O_CLOEXEC);
        for (size_t at = 0; at < bytes.size; at++)
            for (size_t i = 0; i < PC_ARRAY_SIZE(flips); i++) {
                bool opened = false, truncated;
                uint8_t flipped = bytes.data[at] ^ flips[i];
                check_context("%s, byte %zu flipped by 0x%02x", synth_targets[k].name, at, flips[i]);
                bool written = pwrite(fd, &flipped, 1, (off_t)at) == 1;
                if (!written || !open_again(path, &opened, &truncated))
                    CHECK(!"sound");
                opened_count += opened;
                if (pwrite(fd, &bytes.data[at], 1, (off_t)at) != 1)
                    CU_FAIL_FATAL("pwrite");
            }
        check_context("%s", synth_targets[k].name);
        /* but for the first bytes of the header, a core with one wrong byte is still one */
        CHECK(opened_count > 3 * (bytes.size - 32));
        close(fd);
        synth_file_remove(&path);
    }
    check_context("%s", "");
}

static void check_refused(const void *data, size_t size, const char *wanted)
{
    synth_opened o;
    synth_open(&o, data, size);
    CHECK(o.error && (o.error->code == PC_ERROR_NOT_CORE || o.error->code == PC_ERROR_FORMAT));
    CHECK(o.error && strstr(o.error->message, wanted) && strstr(o.error->message, o.path));
    synth_close(&o);
}

static void test_not_a_core(void)
{
    SYNTH_AUTO_BYTES module = {.target = synth_targets[0]};
    synth_module library = {.target = synth_targets[0]};
    check_refused("", 0, "empty");
    check_refused("\x7f", 1, "not a core file");
    check_refused("\x7f" "ELF", 4, "header");
    check_refused("#!/bin/sh\necho this is text\n", 27, "not a core file");
    synth_module_write(&library, &module);
    check_refused(module.data, module.size, "not a core file");
    pc_core core;
    CHECK_ERROR(pc_core_open(&core, "/nonexistent/core", NULL, NULL, NULL), PC_ERROR_IO);
    CHECK_ERROR(pc_core_open(&core, "/", NULL, NULL, NULL), PC_ERROR_NOT_CORE);
    CHECK_ERROR(pc_core_open(&core, "/dev/null", NULL, NULL, NULL), PC_ERROR_NOT_CORE);
    pc_core_deinit(NULL);
}

/* Patches one field of a core with a single note at its start, and opens it. */
static void open_patched(synth_opened *o, const synth_core *core, size_t at, uint64_t value, size_t width)
{
    SYNTH_AUTO_BYTES bytes = {.target = core->target};
    synth_core_write(core, &bytes);
    synth_patch(&bytes, at, value, width);
    synth_open(o, bytes.data, bytes.size);
    CHECK(!o->error);
    CHECK(o->error || is_sound(&o->core));
}

static void test_note_sizes(void)
{
    static const uint64_t sizes[] = {0, 1, 3, 0x7fffffff, 0xfffffffc, 0xffffffff};
    for (size_t k = 0; k < SYNTH_TARGETS; k++)
        for (size_t i = 0; i < PC_ARRAY_SIZE(sizes); i++)
            for (size_t field = 0; field < 2; field++) {
                check_context("%s, %s 0x%" PRIx64, synth_targets[k].name, field ? "descsz" : "namesz", sizes[i]);
                synth_core core;
                synth_opened o;
                synth_core_init(&core, synth_targets[k]);
                synth_prstatus(&core, 1, 11, NULL, 32);
                open_patched(&o, &core, synth_core_notes_at(&core) + field * 4, sizes[i], 4);
                CHECK_UINT(o.core.lwp_count, 0);
                synth_close(&o);
                synth_core_deinit(&core);
            }
    check_context("%s", "");
}

/* Notes of every length up to the real one: what is too short says nothing. */
static void test_short_notes(void)
{
    static const uint32_t types[] = {NT_PRSTATUS, NT_PRPSINFO, NT_SIGINFO, NT_AUXV, NT_FILE};
    static const uint8_t zeros[160];
    for (size_t k = 0; k < SYNTH_TARGETS; k++)
        for (size_t i = 0; i < PC_ARRAY_SIZE(types); i++)
            for (size_t size = 0; size <= sizeof(zeros); size += size < 16 ? 1 : 4) {
                check_context("%s, note %u of %zu bytes", synth_targets[k].name, types[i], size);
                synth_core core;
                synth_opened o;
                synth_core_init(&core, synth_targets[k]);
                synth_note(&core, "CORE", types[i], zeros, size);
                synth_open_core(&o, &core);
                size_t registers = synth_targets[k].bits == 64 ? 112 : 72;
                if (o.error || !is_sound(&o.core) ||
                    o.core.lwp_count != (types[i] == NT_PRSTATUS && size >= registers))
                    CHECK(!"sound, and a thread if its registers' place is reached");
                synth_close(&o);
                synth_core_deinit(&core);
            }
    check_context("%s", "");
    CHECK(sizeof(zeros) > 136);
}

static void test_nt_file_counts(void)
{
    static const uint64_t counts[] = {2, 3, 0x10000, 0x7fffffff, 0xaaaaaaaaaaaaaab, UINT64_MAX};
    static const synth_mapping mappings[] = {{0x1000, 0x2000, 0, "/a"}};
    for (size_t k = 0; k < SYNTH_TARGETS; k++)
        for (size_t i = 0; i < PC_ARRAY_SIZE(counts); i++) {
            check_context("%s, 0x%" PRIx64 " mappings", synth_targets[k].name, counts[i]);
            synth_core core;
            synth_opened o;
            synth_core_init(&core, synth_targets[k]);
            synth_nt_file(&core, mappings, 1, 4096);
            open_patched(&o, &core, synth_core_notes_at(&core) + 20, counts[i], synth_targets[k].bits / 8);
            CHECK_UINT(o.core.mapping_count, 0);
            CHECK(synth_diagnosed(&o.diagnostics, "corrupt"));
            synth_close(&o);
            synth_core_deinit(&core);
        }
    check_context("%s", "");
}

/* Paths that end before their number: those that are there count. */
static void test_nt_file_paths(void)
{
    static const synth_mapping mappings[] = {{0x1000, 0x2000, 0, "/a"}, {0x3000, 0x4000, 0, "/bbbbbbbbb"}};
    synth_core core;
    synth_opened o;
    synth_core_init(&core, synth_targets[0]);
    synth_nt_file(&core, mappings, 2, 4096);
    synth_patch(&core.notes, 4, 16 + 6 * 8 + 3 + 5, 4); /* in the middle of the second */
    synth_open_core(&o, &core);
    CHECK(!o.error && is_sound(&o.core));
    CHECK_UINT(o.core.mapping_count, 1);
    CHECK(synth_diagnosed(&o.diagnostics, "corrupt"));
    synth_close(&o);
    synth_core_deinit(&core);
}

/* Offsets, sizes and addresses that leave the file or the address space, in the note's and the segment's header. */
static void test_program_headers(void)
{
    static const uint64_t values[] = {0, 1, 0x7fffffff, 0xffffffff, 0x7fffffffffffffff, 0xffffffffffff0000, UINT64_MAX};
    for (size_t k = 0; k < SYNTH_TARGETS; k++) {
        bool wide = synth_targets[k].bits == 64;
        size_t word = wide ? 8 : 4, header = wide ? 64 : 52, size = wide ? 56 : 32;
        const size_t fields[] = {wide ? 8 : 4, wide ? 16 : 8, wide ? 32 : 16, wide ? 40 : 20, wide ? 48 : 28};
        for (size_t i = 0; i < PC_ARRAY_SIZE(values); i++)
            for (size_t f = 0; f < PC_ARRAY_SIZE(fields); f++)
                for (size_t segment = 0; segment < 2; segment++) {
                    check_context("%s, header %zu, offset %zu: 0x%" PRIx64, synth_targets[k].name, segment, fields[f],
                                  values[i]);
                    synth_core core;
                    synth_opened o;
                    synth_core_init(&core, synth_targets[k]);
                    synth_prstatus(&core, 1, 11, NULL, 32);
                    synth_load(&core, 0x10000, "bytes", 5, 5, PF_R);
                    open_patched(&o, &core, header + segment * size + fields[f], values[i], word);
                    synth_close(&o);
                    synth_core_deinit(&core);
                }
    }
    check_context("%s", "");
}

static void test_counts_in_the_header(void)
{
    synth_core core;
    synth_opened o;
    synth_core_init(&core, synth_targets[0]);
    synth_load(&core, 0x10000, "bytes", 5, 5, PF_R);
    open_patched(&o, &core, 54, 32, 2); /* e_phentsize */
    CHECK_UINT(o.core.segment_count, 0);
    CHECK(synth_diagnosed(&o.diagnostics, "corrupt"));
    synth_close(&o);
    open_patched(&o, &core, 54, 0, 2);
    CHECK_UINT(o.core.segment_count, 0);
    synth_close(&o);
    open_patched(&o, &core, 56, 0, 2); /* e_phnum */
    CHECK_UINT(o.core.segment_count, 0);
    synth_close(&o);
    open_patched(&o, &core, 56, 60000, 2);
    CHECK(o.core.truncated);
    CHECK(o.core.segment_count >= 1);
    synth_close(&o);
    open_patched(&o, &core, 32, UINT64_MAX - 8, 8); /* e_phoff */
    CHECK(o.core.truncated);
    CHECK_UINT(o.core.segment_count, 0);
    synth_close(&o);
    core.extended_numbering = true;
    SYNTH_AUTO_BYTES bytes = {.target = core.target};
    synth_core_write(&core, &bytes);
    synth_patch(&bytes, bytes.size - 64 + 44, 0xffffffff, 4); /* sh_info */
    synth_open(&o, bytes.data, bytes.size);
    CHECK(!o.error && is_sound(&o.core) && o.core.truncated);
    CHECK(synth_diagnosed(&o.diagnostics, "limit"));
    synth_close(&o);
    synth_core_deinit(&core);
}

/* A stack that says what it likes about argc and argv. */
static void test_hostile_stack(void)
{
    const uint64_t base = 0xbf000000;
    const uint64_t auxv[] = {AT_RANDOM, base + 0x100};
    for (uint64_t argc = 0; argc < 6; argc++)
        for (uint64_t pointer = 0; pointer < 3; pointer++) {
            SYNTH_AUTO_BYTES stack = {.target = synth_targets[0]};
            synth_core core;
            synth_opened o;
            const char *const *arguments = NULL;
            synth_word(&stack, argc);
            synth_word(&stack, pointer == 0 ? base + 0x100 : pointer == 1 ? 0x1234 : base + 0x1ff);
            synth_word(&stack, 0);
            synth_word(&stack, 0);
            for (size_t i = 0; i < 2; i++)
                synth_word(&stack, auxv[i]);
            synth_word(&stack, 0);
            synth_word(&stack, 0);
            while (stack.size < 0x200)
                synth_uint(&stack, stack.size == 0x110 ? 0 : 'x', 1);
            synth_core_init(&core, synth_targets[0]);
            synth_auxv(&core, auxv, 1);
            synth_load(&core, base, stack.data, stack.size, stack.size, PF_R);
            synth_open_core(&o, &core);
            check_context("argc %d, pointer %d", (int)argc, (int)pointer);
            CHECK_UINT(pc_core_arguments(&o.core, &arguments), argc == 1 && pointer == 0);
            synth_close(&o);
            synth_core_deinit(&core);
        }
    check_context("%s", "");
}

void suite_core_hostile(void)
{
    CU_pSuite suite = CU_add_suite("core_hostile", NULL, NULL);
    CU_add_test(suite, "a small core", test_small);
    CU_add_test(suite, "cut anywhere", test_cut_anywhere);
    CU_add_test(suite, "flipped anywhere", test_flipped_anywhere);
    CU_add_test(suite, "not a core file", test_not_a_core);
    CU_add_test(suite, "sizes of notes", test_note_sizes);
    CU_add_test(suite, "notes that are too short", test_short_notes);
    CU_add_test(suite, "counts in NT_FILE", test_nt_file_counts);
    CU_add_test(suite, "paths in NT_FILE", test_nt_file_paths);
    CU_add_test(suite, "program headers", test_program_headers);
    CU_add_test(suite, "counts in the header", test_counts_in_the_header);
    CU_add_test(suite, "a hostile stack", test_hostile_stack);
}
