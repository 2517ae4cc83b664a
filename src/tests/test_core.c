/* Core files: headers and notes of every width and byte order. What is damaged is in test_core_hostile.c. */
#include <CUnit/CUnit.h>
#include <string.h>

#include "tests/check.h"
#include "tests/synth.h"
#include "tests/unit.h"

#define EACH_TARGET(target)                                                                                    \
    for (const synth_target *target = synth_targets; target < synth_targets + SYNTH_TARGETS; target++)

static void test_header(void)
{
    static const char *const names[] = {"x86_64", "i386", "s390x", "ppc"};
    EACH_TARGET(t) {
        check_context("%s", t->name);
        synth_core core;
        synth_opened o;
        synth_core_init(&core, *t);
        synth_open_core(&o, &core);
        CHECK(!o.error);
        CHECK_UINT(o.core.bits, t->bits);
        CHECK_UINT(o.core.big_endian, t->big_endian);
        CHECK_TEXT(o.core.machine ? o.core.machine->name : NULL, names[t - synth_targets]);
        CHECK(!o.core.truncated);
        CHECK_UINT(o.core.memory.address_size, t->bits / 8);
        CHECK_UINT(o.core.lwp_count, 0);
        CHECK(synth_diagnosed(&o.diagnostics, "no-threads"));
        CHECK(!synth_diagnosed(&o.diagnostics, "truncated"));
        synth_close(&o);
        synth_core_deinit(&core);
    }
    check_context("%s", "");
}

static void test_other_machine(void)
{
    synth_target target = {"none", 64, false, 0x4242};
    synth_core core;
    synth_opened o;
    synth_core_init(&core, target);
    synth_prstatus(&core, 5, 11, NULL, 64);
    synth_open_core(&o, &core);
    CHECK(!o.error);
    CHECK(o.core.machine == NULL);
    CHECK_UINT(o.core.lwp_count, 1);
    uint64_t value;
    CHECK(!pc_core_register(&o.core, &o.core.lwps[0], "rip", &value));
    synth_close(&o);
    synth_core_deinit(&core);
}

static void test_threads(void)
{
    EACH_TARGET(t) {
        check_context("%s", t->name);
        synth_core core;
        synth_opened o;
        synth_core_init(&core, *t);
        synth_prstatus(&core, 4711, 11, NULL, 8);
        synth_prstatus(&core, 4712, 11, NULL, 8);
        /* numbers mean something else under other names */
        static const uint8_t no_thread[336];
        synth_note(&core, "LINUX", NT_PRSTATUS, no_thread, sizeof(no_thread));
        synth_note(&core, "GDB", NT_PRSTATUS, no_thread, sizeof(no_thread));
        synth_prstatus(&core, INT32_MAX, 11, NULL, 8);
        synth_open_core(&o, &core);
        CHECK_UINT(o.core.lwp_count, 3);
        CHECK_INT(o.core.lwps[0].tid, 4711);
        CHECK_INT(o.core.lwps[1].tid, 4712);
        CHECK_INT(o.core.lwps[2].tid, INT32_MAX);
        CHECK_INT(o.core.lwps[0].signal, 11);
        CHECK_INT(o.core.signal_number, 11);
        CHECK(!o.core.has_siginfo);
        synth_close(&o);
        synth_core_deinit(&core);
    }
    check_context("%s", "");
}

/* Register numbers as <sys/user.h> of each machine has them. */
static void test_registers(void)
{
    static const struct {
        const char *name;
        unsigned index[2]; /* x86_64, i386; 99: it has none such */
    } rows[] = {{"rip", {16, 99}}, {"rsp", {19, 99}}, {"r15", {0, 99}}, {"orig_rax", {15, 99}}, {"fs_base", {21, 99}},
                {"gs", {26, 10}},  {"eip", {99, 12}}, {"esp", {99, 15}}, {"ebx", {99, 0}},       {"ss", {20, 16}}};
    for (size_t k = 0; k < 2; k++) {
        const synth_target *t = &synth_targets[k];
        check_context("%s", t->name);
        SYNTH_AUTO_BYTES registers = {.target = *t};
        for (unsigned i = 0; i < (k ? 17 : 27); i++)
            synth_word(&registers, 0x1000 + i);
        synth_core core;
        synth_opened o;
        synth_core_init(&core, *t);
        synth_prstatus(&core, 1, 6, registers.data, registers.size);
        /* (number, base, limit, flags) of segments: i386's gs, of another, and one that is cut off */
        static const uint32_t segments[] = {6, 0x666, 0, 0, 0x100a >> 3, 0xf7761b40, 0, 0, 0x100a >> 3, 0x777};
        SYNTH_AUTO_BYTES tls = {.target = *t};
        for (size_t i = 0; i < PC_ARRAY_SIZE(segments); i++)
            synth_uint(&tls, segments[i], 4);
        synth_note(&core, "LINUX", NT_386_TLS, tls.data, tls.size);
        synth_prstatus(&core, 2, 0, registers.data, registers.size);
        synth_open_core(&o, &core);
        CHECK_UINT(o.core.lwps[0].thread_pointer, k ? 0xf7761b40 : 0x1015);
        CHECK_UINT(o.core.lwps[1].thread_pointer, k ? 0 : 0x1015);
        for (size_t i = 0; i < PC_ARRAY_SIZE(rows); i++) {
            uint64_t value = 0;
            bool has = rows[i].index[k] != 99;
            CHECK_UINT(pc_core_register(&o.core, &o.core.lwps[0], rows[i].name, &value), has);
            CHECK_UINT(value, has ? 0x1000 + rows[i].index[k] : 0);
        }
        synth_close(&o);
        synth_core_deinit(&core);
    }
    check_context("%s", "");
}

/* A note that is too short for all registers gives those that it has. */
static void test_short_registers(void)
{
    synth_core core;
    synth_opened o;
    uint64_t value = 0;
    synth_core_init(&core, synth_targets[0]);
    static const uint8_t two[16] = {1, 0, 0, 0, 0, 0, 0, 0, 2};
    synth_bytes *notes = &core.notes;
    size_t before = notes->size;
    synth_prstatus(&core, 1, 6, two, sizeof(two));
    synth_patch(notes, before + 4, 112 + 16, 4); /* its size; the padding that follows is no note */
    synth_open_core(&o, &core);
    CHECK_UINT(o.core.lwp_count, 1);
    CHECK(pc_core_register(&o.core, &o.core.lwps[0], "r15", &value));
    CHECK_UINT(value, 1);
    CHECK(pc_core_register(&o.core, &o.core.lwps[0], "r14", &value));
    CHECK_UINT(value, 2);
    CHECK(!pc_core_register(&o.core, &o.core.lwps[0], "r13", &value));
    CHECK(!pc_core_register(&o.core, &o.core.lwps[0], "no such", &value));
    synth_close(&o);
    synth_core_deinit(&core);
}

static void test_psinfo(void)
{
    static const char *const eighty = "1234567890123456789012345678901234567890"
                                      "1234567890123456789012345678901234567890";
    EACH_TARGET(t)
        for (int narrow = 0; narrow < (t->bits == 32 ? 2 : 1); narrow++) {
            check_context("%s, ids of %d bits", t->name, narrow ? 16 : 32);
            synth_core core;
            synth_opened o;
            synth_core_init(&core, *t);
            synth_psinfo(&core, 1234, 1, narrow ? 65534 : 4000000000u, 100, "python3.11", "python3.11 -c pass", narrow);
            synth_psinfo(&core, 9, 9, 9, 9, "second", "", narrow); /* the first one counts */
            synth_open_core(&o, &core);
            CHECK(o.core.has_psinfo);
            CHECK_INT(o.core.pid, 1234);
            CHECK_INT(o.core.ppid, 1);
            CHECK_INT(o.core.uid, narrow ? 65534 : 4000000000);
            CHECK_INT(o.core.gid, 100);
            CHECK_TEXT(o.core.command, "python3.11");
            CHECK_TEXT(o.core.arguments_80, "python3.11 -c pass");
            CHECK(!o.core.arguments_80_full);
            synth_close(&o);
            synth_core_deinit(&core);

            /* texts that fill their place have no NUL, and need not be UTF-8 */
            synth_core_init(&core, *t);
            synth_psinfo(&core, 1, 0, 0, 0, "\xff""23456789012345\xc3", eighty, narrow);
            synth_open_core(&o, &core);
            CHECK_TEXT(o.core.command, "\\udcff23456789012345\\udcc3");
            CHECK_TEXT(o.core.arguments_80, eighty);
            CHECK(o.core.arguments_80_full);
            synth_close(&o);
            synth_core_deinit(&core);
        }
    check_context("%s", "");
}

static void test_siginfo(void)
{
    EACH_TARGET(t) {
        check_context("%s", t->name);
        uint64_t fault = t->bits == 64 ? UINT64_C(0x7f0012345678) : 0xbf001234;
        synth_core core;
        synth_opened o;
        synth_core_init(&core, *t);
        synth_prstatus(&core, 7, 11, NULL, 8);
        synth_siginfo(&core, 11, 1, fault);
        synth_open_core(&o, &core);
        CHECK(o.core.has_siginfo);
        CHECK_INT(o.core.signal_number, 11);
        CHECK_INT(o.core.signal_code, 1);
        CHECK_UINT(o.core.fault_address, fault);
        synth_close(&o);
        synth_core_deinit(&core);

        synth_core_init(&core, *t);
        synth_siginfo_sender(&core, 6, -6, 4321, 4000000000u);
        synth_prstatus(&core, 7, 6, NULL, 8); /* the order of notes does not matter */
        synth_open_core(&o, &core);
        CHECK_INT(o.core.signal_number, 6);
        CHECK_INT(o.core.signal_code, -6);
        CHECK_INT(o.core.sender_pid, 4321);
        CHECK_INT(o.core.sender_uid, 4000000000);
        synth_close(&o);
        synth_core_deinit(&core);
    }
    check_context("%s", "");
}

/* MIPS has si_code before si_errno. */
static void test_siginfo_of_mips(void)
{
    synth_target target = {"mips", 32, true, EM_MIPS};
    SYNTH_AUTO_BYTES d = {.target = target};
    synth_core core;
    synth_opened o;
    synth_core_init(&core, target);
    synth_prstatus(&core, 7, 11, NULL, 8);
    synth_uint(&d, 11, 4);
    synth_uint(&d, 2, 4);
    synth_uint(&d, 99, 4);
    synth_uint(&d, 0x1234, 4);
    synth_zeros(&d, 112);
    synth_note(&core, "CORE", NT_SIGINFO, d.data, d.size);
    synth_open_core(&o, &core);
    CHECK_INT(o.core.signal_code, 2);
    CHECK_UINT(o.core.fault_address, 0x1234);
    synth_close(&o);
    synth_core_deinit(&core);
}

static int signal_of(int status_signal, int info_signal, bool *ret_has_info, bool *ret_diagnosed)
{
    synth_core core;
    synth_opened o;
    synth_core_init(&core, synth_targets[0]);
    if (status_signal >= 0)
        synth_prstatus(&core, 7, status_signal, NULL, 8);
    if (info_signal >= 0)
        synth_siginfo(&core, info_signal, 1, 0x1000);
    synth_open_core(&o, &core);
    int number = o.core.signal_number;
    *ret_has_info = o.core.has_siginfo;
    *ret_diagnosed = synth_diagnosed(&o.diagnostics, "corrupt");
    synth_close(&o);
    synth_core_deinit(&core);
    return number;
}

static void test_which_signal(void)
{
    static const struct {
        int status, info, number;
        bool has_info, diagnosed;
    } rows[] = {
        {11, -1, 11, false, false}, {11, 11, 11, true, false}, {-1, 11, 11, true, false},
        /* they contradict each other: the thread's is believed, of the other nothing is told */
        {11, 6, 11, false, true},
        {0, 11, 0, false, false}, {19, 19, 0, false, false}, /* what a debugger leaves in a snapshot */
        {0, -1, 0, false, false}, {-1, -1, 0, false, false},
    };
    for (size_t i = 0; i < PC_ARRAY_SIZE(rows); i++) {
        bool has_info, diagnosed;
        check_context("NT_PRSTATUS %d, NT_SIGINFO %d", rows[i].status, rows[i].info);
        CHECK_INT(signal_of(rows[i].status, rows[i].info, &has_info, &diagnosed), rows[i].number);
        CHECK_UINT(has_info, rows[i].has_info);
        CHECK_UINT(diagnosed, rows[i].diagnosed);
    }
    check_context("%s", "");
}

static void test_nt_file(void)
{
    EACH_TARGET(t) {
        check_context("%s", t->name);
        static const synth_mapping mappings[] = {
            {0x70000, 0x71000, 2, "/lib/b"}, {0x10000, 0x13000, 0, "/lib/a"}, {0x13000, 0x14000, 3, "/lib/a"},
            {0x20000, 0x20000, 0, "/empty"}, {0x30000, 0x2f000, 0, "/backwards"},
        };
        synth_core core;
        synth_opened o;
        synth_core_init(&core, *t);
        synth_nt_file(&core, mappings, PC_ARRAY_SIZE(mappings), 4096);
        synth_open_core(&o, &core);
        CHECK_UINT(o.core.mapping_count, 3);
        CHECK_UINT(o.core.page_size, 4096);
        CHECK_UINT(o.core.mappings[0].start, 0x10000);
        CHECK_UINT(o.core.mappings[0].end, 0x13000);
        CHECK_UINT(o.core.mappings[0].offset, 0);
        CHECK_UINT(o.core.mappings[1].offset, 0x3000);
        CHECK_TEXT(o.core.mappings[1].path, "/lib/a");
        CHECK_TEXT(o.core.mappings[2].path, "/lib/b");
        CHECK_UINT(o.core.mappings[2].offset, 0x2000);
        CHECK(!synth_diagnosed(&o.diagnostics, "corrupt"));
        synth_close(&o);
        synth_core_deinit(&core);
    }
    check_context("%s", "");
}

/* gdb's gcore counts offsets in bytes and calls that a page size of 1; the machine's is in the auxiliary vector. */
static void test_nt_file_of_gdb(void)
{
    static const synth_mapping mappings[] = {{0x10000, 0x20000, 0x3000, "/lib/a"}};
    static const uint64_t auxv[] = {AT_PAGESZ, 65536};
    synth_core core;
    synth_opened o;
    synth_core_init(&core, synth_targets[2]);
    synth_nt_file(&core, mappings, 1, 1);
    synth_open_core(&o, &core);
    CHECK_UINT(o.core.mapping_count, 1);
    CHECK_UINT(o.core.mappings[0].offset, 0x3000);
    CHECK_UINT(o.core.page_size, 4096);
    synth_close(&o);
    synth_auxv(&core, auxv, 1);
    synth_open_core(&o, &core);
    CHECK_UINT(o.core.page_size, 65536);
    synth_close(&o);
    synth_core_deinit(&core);
}

static void test_auxv(void)
{
    EACH_TARGET(t) {
        check_context("%s", t->name);
        static const uint64_t pairs[] = {AT_PHDR, 0x10040, AT_ENTRY, 0x11000, AT_RANDOM, 0xbfff0000, AT_PHDR, 0x666};
        uint64_t value = 3;
        synth_core core;
        synth_opened o;
        synth_core_init(&core, *t);
        synth_auxv(&core, pairs, 4);
        synth_open_core(&o, &core);
        CHECK(pc_core_auxv(&o.core, AT_ENTRY, &value));
        CHECK_UINT(value, 0x11000);
        CHECK(pc_core_auxv(&o.core, AT_PHDR, &value));
        CHECK_UINT(value, 0x10040);
        CHECK(!pc_core_auxv(&o.core, AT_EXECFN, &value));
        CHECK(!pc_core_auxv(&o.core, AT_NULL, &value));
        CHECK_UINT(value, 0x10040);
        synth_close(&o);
        synth_core_deinit(&core);
    }
    check_context("%s", "");
}

static void test_segments(void)
{
    static const char text[] = "what is saved";
    EACH_TARGET(t) {
        check_context("%s", t->name);
        synth_core core;
        synth_opened o;
        char buffer[sizeof(text)];
        synth_core_init(&core, *t);
        synth_load(&core, 0x50000, text, sizeof(text), 0x2000, PF_R | PF_W);
        synth_load(&core, 0x10000, NULL, 0, 0x1000, PF_R | PF_X);
        synth_load(&core, 0x60000, text, 4, 2, PF_R); /* p_filesz above p_memsz */
        synth_open_core(&o, &core);
        CHECK(!o.core.truncated);
        CHECK_UINT(o.core.segment_count, 3);
        CHECK_SUCCESS(pc_memory_read(&o.core.memory, 0x50000, buffer, sizeof(text)));
        CHECK_TEXT(buffer, text);
        /* what p_memsz has beyond p_filesz is not zeros */
        CHECK_ERROR(pc_memory_read(&o.core.memory, 0x50000 + sizeof(text), buffer, 1), PC_ERROR_NOT_SAVED);
        CHECK_ERROR(pc_memory_read(&o.core.memory, 0x10000, buffer, 1), PC_ERROR_NOT_SAVED);
        CHECK_ERROR(pc_memory_read(&o.core.memory, 0x52000, buffer, 1), PC_ERROR_UNMAPPED);
        CHECK_SUCCESS(pc_memory_read(&o.core.memory, 0x60003, buffer, 1));
        CHECK_ERROR(pc_memory_read(&o.core.memory, 0x60004, buffer, 1), PC_ERROR_UNMAPPED);
        const pc_segment *s = pc_core_segment(&o.core, 0x51fff);
        CHECK(s && s->start == 0x50000 && s->size == 0x2000 && s->saved == sizeof(text) && s->writable &&
              !s->executable && !s->omitted);
        s = pc_core_segment(&o.core, 0x10000);
        CHECK(s && s->omitted && s->executable && !s->writable);
        CHECK(pc_core_segment(&o.core, 0xffff) == NULL);
        CHECK(pc_core_segment(&o.core, 0x52000) == NULL);
        synth_close(&o);
        synth_core_deinit(&core);
    }
    check_context("%s", "");
}

/* In 32 bits nothing lies above 4 GiB, whatever the file says. */
static void test_segments_at_the_top(void)
{
    EACH_TARGET(t) {
        check_context("%s", t->name);
        uint64_t top = t->bits == 64 ? UINT64_MAX : UINT32_MAX, value;
        synth_core core;
        synth_opened o;
        synth_core_init(&core, *t);
        synth_load(&core, top - 7, "abcdefghijkl", 12, 0x1000, PF_R);
        synth_open_core(&o, &core);
        CHECK_SUCCESS(pc_memory_uint(&o.core.memory, top, 1, &value));
        CHECK_UINT(value, 'h');
        CHECK_UINT(o.core.memory.saved.items[0].last, top);
        CHECK_UINT(o.core.segments[0].size, 8);
        CHECK_ERROR(pc_memory_uint(&o.core.memory, top + 1, 1, &value), PC_ERROR_UNMAPPED);
        synth_close(&o);
        synth_core_deinit(&core);
    }
    check_context("%s", "");
}

/* More than 65534 segments: their number is in section 0. */
static void test_extended_numbering(void)
{
    EACH_TARGET(t) {
        check_context("%s", t->name);
        SYNTH_AUTO_BYTES bytes = {.target = *t};
        synth_core core;
        synth_opened o;
        uint64_t value;
        synth_core_init(&core, *t);
        core.extended_numbering = true;
        synth_prstatus(&core, 77, 11, NULL, 8);
        synth_load(&core, 0x1000, "x", 1, 0x1000, PF_R);
        synth_load(&core, 0x3000, "y", 1, 0x1000, PF_R);
        synth_core_write(&core, &bytes);
        synth_open(&o, bytes.data, bytes.size);
        CHECK(!o.error && !o.core.truncated);
        CHECK_UINT(o.core.segment_count, 2);
        CHECK_UINT(o.core.lwp_count, 1);
        CHECK_SUCCESS(pc_memory_uint(&o.core.memory, 0x3000, 1, &value));
        CHECK_UINT(value, 'y');
        synth_close(&o);
        /* the section is the file's end: a cut core has lost it, and still has its segments */
        synth_open(&o, bytes.data, bytes.size - 1);
        CHECK(!o.error && o.core.truncated);
        CHECK_UINT(o.core.segment_count, 2);
        CHECK_UINT(o.core.lwp_count, 1);
        CHECK_SUCCESS(pc_memory_uint(&o.core.memory, 0x3000, 1, &value));
        synth_close(&o);
        synth_core_deinit(&core);
    }
    check_context("%s", "");
}

/* argc, argv, NULL, environment, NULL, the vector; above it the strings. */
static void test_arguments(void)
{
    static const char *const arguments[] = {"python3", "-c", "import \xff", ""};
    EACH_TARGET(t) {
        check_context("%s", t->name);
        uint64_t base = 0xbf000000, word = t->bits / 8, strings = base + 0x400;
        SYNTH_AUTO_BYTES stack = {.target = *t}, text = {.target = *t};
        const uint64_t pairs[] = {AT_PAGESZ, 4096, AT_RANDOM, strings + 0x100};
        synth_zeros(&stack, 3 * word); /* of deeper frames */
        synth_word(&stack, 4);
        for (size_t i = 0; i < 4; i++) {
            synth_word(&stack, strings + text.size);
            synth_text(&text, arguments[i]);
        }
        synth_word(&stack, 0);
        synth_word(&stack, strings); /* "environment" */
        synth_word(&stack, 0);
        for (size_t i = 0; i < 4; i++)
            synth_word(&stack, pairs[i]);
        synth_word(&stack, 0);
        synth_word(&stack, 0);
        synth_zeros(&stack, 0x400 - stack.size);
        synth_raw(&stack, text.data, text.size);
        synth_zeros(&stack, 0x600 - stack.size);
        synth_core core;
        synth_opened o;
        synth_core_init(&core, *t);
        synth_auxv(&core, pairs, 2);
        synth_load(&core, base, stack.data, stack.size, stack.size, PF_R | PF_W);
        synth_open_core(&o, &core);
        const char *const *got = NULL;
        size_t count = pc_core_arguments(&o.core, &got);
        CHECK_UINT(count, 4);
        CHECK_TEXT(count == 4 ? got[0] : NULL, "python3");
        CHECK_TEXT(count == 4 ? got[1] : NULL, "-c");
        CHECK_TEXT(count == 4 ? got[2] : NULL, "import \\udcff");
        CHECK_TEXT(count == 4 ? got[3] : NULL, "");
        synth_close(&o);

        /* not found: no stack in the core; no vector */
        core.segment_count = 0;
        synth_open_core(&o, &core);
        CHECK_UINT(pc_core_arguments(&o.core, &got), 0);
        synth_close(&o);
        synth_core_deinit(&core);
    }
    check_context("%s", "");
}

/* Started through the dynamic linker, which has put its own arguments out of argv and the program's headers into the vector. */
static void test_arguments_of_linker(void)
{
    static const char *const arguments[] = {"/lib/ld.so", "--library-path", "/lib", "python3", "a.py"};
    enum { OWN = 3, ALL = 5 };
    for (int named = 0; named < 2; named++) {
        EACH_TARGET(t) {
            check_context("%s%s", t->name, named ? ", by another name" : "");
            uint64_t base = 0xbf000000, word = t->bits / 8, strings = base + 0x400;
            SYNTH_AUTO_BYTES stack = {.target = *t}, text = {.target = *t};
            const uint64_t noted[] = {AT_PHDR, 0x1000, AT_EXECFN, strings + 0x180, AT_RANDOM, strings + 0x100};
            uint64_t left[ALL - OWN];
            for (size_t i = 0; i < ALL; i++) {
                if (i >= OWN)
                    left[i - OWN] = strings + text.size;
                synth_text(&text, arguments[i]);
            }
            synth_zeros(&stack, 2 * word);
            synth_word(&stack, ALL - OWN);
            for (size_t i = 0; i < ALL - OWN; i++)
                synth_word(&stack, left[i]);
            synth_word(&stack, 0);
            synth_word(&stack, 0); /* no environment */
            const uint64_t changed[] = {AT_PHDR, 0x2000, AT_EXECFN, left[0], AT_RANDOM, strings + 0x100, 0, 0};
            for (size_t i = 0; i < 8; i++)
                synth_word(&stack, changed[i]);
            synth_zeros(&stack, 0x400 - stack.size);
            synth_raw(&stack, text.data, text.size);
            synth_zeros(&stack, 0x400 + 0x180 - stack.size);
            synth_text(&stack, named ? "/lib/other.so" : arguments[0]);
            synth_zeros(&stack, 0x600 - stack.size);
            synth_core core;
            synth_opened o;
            synth_core_init(&core, *t);
            synth_auxv(&core, noted, 3);
            synth_load(&core, base, stack.data, stack.size, stack.size, PF_R | PF_W);
            synth_open_core(&o, &core);
            const char *const *got = NULL;
            size_t count = pc_core_arguments(&o.core, &got), first = named ? OWN : 0;
            CHECK_UINT(count, ALL - first);
            for (size_t i = 0; i < count && i < ALL - first; i++)
                CHECK_TEXT(got[i], arguments[first + i]);
            synth_close(&o);
            synth_core_deinit(&core);
        }
    }
    check_context("%s", "");
}

void suite_core(void)
{
    CU_pSuite suite = CU_add_suite("core", NULL, NULL);
    CU_add_test(suite, "header", test_header);
    CU_add_test(suite, "a machine that is not known", test_other_machine);
    CU_add_test(suite, "threads", test_threads);
    CU_add_test(suite, "registers", test_registers);
    CU_add_test(suite, "registers that are cut", test_short_registers);
    CU_add_test(suite, "NT_PRPSINFO", test_psinfo);
    CU_add_test(suite, "NT_SIGINFO", test_siginfo);
    CU_add_test(suite, "NT_SIGINFO of MIPS", test_siginfo_of_mips);
    CU_add_test(suite, "which signal it was", test_which_signal);
    CU_add_test(suite, "NT_FILE", test_nt_file);
    CU_add_test(suite, "NT_FILE of gdb", test_nt_file_of_gdb);
    CU_add_test(suite, "NT_AUXV", test_auxv);
    CU_add_test(suite, "segments", test_segments);
    CU_add_test(suite, "segments at the top", test_segments_at_the_top);
    CU_add_test(suite, "extended numbering", test_extended_numbering);
    CU_add_test(suite, "arguments from the stack", test_arguments);
    CU_add_test(suite, "arguments of what the dynamic linker runs", test_arguments_of_linker);
}
