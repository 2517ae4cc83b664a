/* ELF files on this machine: build-ids, symbols, separate debug files, and what is no ELF file. */
#include <CUnit/CUnit.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "target/advice.h"
#include "target/debug_file.h"
#include "tests/check.h"
#include "tests/synth.h"
#include "tests/unit.h"

static const uint8_t id_bytes[] = {0xab, 0xcd, 0x01, 0x02, 0x03};
#define ID_TEXT "abcd010203"

static char *write_module(const synth_module *module)
{
    SYNTH_AUTO_BYTES bytes = {.target = module->target};
    char *path;
    synth_module_write(module, &bytes);
    synth_file_write(bytes.data, bytes.size, &path);
    return path;
}

static void test_build_id(void)
{
    for (size_t k = 0; k < SYNTH_TARGETS; k++) {
        check_context("%s", synth_targets[k].name);
        synth_module module = {.target = synth_targets[k], .build_id = id_bytes, .build_id_size = sizeof(id_bytes)};
        char *path = write_module(&module);
        pc_image *image = NULL;
        CHECK_SUCCESS(pc_image_open(path, &image));
        CHECK_TEXT(image ? image->build_id : NULL, ID_TEXT);
        CHECK_TEXT(image ? image->path : NULL, path);
        pc_image_destroy(image);
        module.build_id = NULL;
        synth_file_remove(&path);
        path = write_module(&module);
        CHECK_SUCCESS(pc_image_open(path, &image));
        CHECK_TEXT(image->build_id, NULL);
        pc_image_destroy(image);
        synth_file_remove(&path);
    }
    check_context("%s", "");
    pc_image_destroy(NULL);
}

static void test_symbols(void)
{
    static const synth_symbol dynamic[] = {{"shared", 0x1000, false}, {"imported", 0x1111, true},
                                           {"both", 0x2000, false}};
    static const synth_symbol local[] = {{"both", 0x3000, false}, {"hidden", 0x2468, false},
                                         {"imported", 0x1357, false}};
    for (size_t k = 0; k < SYNTH_TARGETS; k++) {
        check_context("%s", synth_targets[k].name);
        synth_module module = {.target = synth_targets[k], .dynamic_symbols = dynamic, .dynamic_symbol_count = 3,
                               .symbols = local, .symbol_count = 3};
        static const char *const names[] = {"hidden", "nowhere", "both", "shared", "imported", ""};
        char *path = write_module(&module);
        pc_image *image = NULL;
        pc_symbol symbols[PC_ARRAY_SIZE(names)] = {{0}};
        CHECK_SUCCESS(pc_image_open(path, &image));
        CHECK_UINT(pc_image_symbols(image, names, PC_ARRAY_SIZE(names), symbols), 0x1d);
        CHECK_UINT(symbols[0].value, 0x2468);
        CHECK_UINT(symbols[1].value, 0);
        CHECK_UINT(symbols[2].value, 0x2000); /* .dynsym comes first */
        CHECK_UINT(symbols[3].value, 0x1000);
        CHECK_UINT(symbols[3].size, 8);
        CHECK_UINT(symbols[4].value, 0x1357); /* undefined ones do not count */
        CHECK(pc_image_has_section(image, ".symtab"));
        CHECK(!pc_image_has_section(image, ".debug_info"));
        pc_image_destroy(image);
        synth_file_remove(&path);
    }
    check_context("%s", "");
}

static void test_no_image(void)
{
    pc_image *image = NULL;
    char *path;
    CHECK_ERROR(pc_image_open("/nonexistent/lib.so", &image), PC_ERROR_IO);
    CHECK_ERROR(pc_image_open("/", &image), PC_ERROR_IO);
    CHECK_ERROR(pc_image_open("/dev/null", &image), PC_ERROR_IO);
    static const char *const contents[] = {"", "\x7f", "\x7f" "ELF", "#!/bin/sh\n", "\x7f" "ELF\x02\x01\x01"};
    for (size_t i = 0; i < PC_ARRAY_SIZE(contents); i++) {
        synth_file_write(contents[i], strlen(contents[i]), &path);
        CHECK_ERROR(pc_image_open(path, &image), PC_ERROR_FORMAT);
        synth_file_remove(&path);
    }
    /* a FIFO of that name neither blocks nor is read */
    synth_file_write("", 0, &path);
    unlink(path);
    if (mkfifo(path, 0600))
        CU_FAIL_FATAL("mkfifo");
    CHECK_ERROR(pc_image_open(path, &image), PC_ERROR_IO);
    synth_file_remove(&path);
    CHECK(image == NULL);
}

static void put_note(synth_bytes *b, const char *name, uint32_t type, const void *desc, size_t size, size_t alignment)
{
    size_t at = b->size;
    synth_uint(b, strlen(name) + 1, 4);
    synth_uint(b, size, 4);
    synth_uint(b, type, 4);
    synth_text(b, name);
    while ((b->size - at) % alignment)
        synth_uint(b, 0, 1);
    synth_raw(b, desc, size);
    while ((b->size - at) % alignment)
        synth_uint(b, 0, 1);
}

static void test_notes(void)
{
    for (unsigned alignment = 4; alignment <= 8; alignment += 4)
        for (size_t k = 0; k < SYNTH_TARGETS; k++) {
            check_context("%s, alignment %u", synth_targets[k].name, alignment);
            bool big = synth_targets[k].big_endian;
            SYNTH_AUTO_BYTES b = {.target = synth_targets[k]};
            put_note(&b, "GNU", 1, "\0\0\0\0\3\0\0", 7, alignment);       /* NT_GNU_ABI_TAG */
            put_note(&b, "Foo", NT_GNU_BUILD_ID, "nope", 4, alignment); /* the number of another's note */
            put_note(&b, "GNU", NT_GNU_BUILD_ID, id_bytes, sizeof(id_bytes), alignment);
            char *id = pc_build_id_from_notes(b.data, b.size, alignment, big);
            CHECK_TEXT(id, ID_TEXT);
            free(id);
            /* every cut: either all of the id is there or none is told */
            for (size_t size = 0; size < b.size; size++) {
                uint8_t *copy = pc_malloc(size + 1);
                memcpy(copy, b.data, size);
                id = pc_build_id_from_notes(copy, size, alignment, big);
                if (id)
                    CHECK_TEXT(id, ID_TEXT);
                free(id);
                free(copy);
            }
            for (size_t at = 0; at < b.size; at++) {
                b.data[at] ^= 0xff;
                free(pc_build_id_from_notes(b.data, b.size, alignment, big));
                b.data[at] ^= 0xff;
            }
        }
    check_context("%s", "");
    SYNTH_AUTO_BYTES b = {.target = synth_targets[0]};
    static const uint8_t large[65];
    put_note(&b, "GNU", NT_GNU_BUILD_ID, large, sizeof(large), 4);
    put_note(&b, "GNU", NT_GNU_BUILD_ID, large, 0, 4);
    char *id = pc_build_id_from_notes(b.data, b.size, 4, false);
    CHECK_TEXT(id, NULL); /* larger than any hash; empty */
    free(id);
}

/* DIR/.build-id/ab/cd010203.debug, as distributions have them. */
static void test_debug_file(void)
{
    PC_AUTO_BUFFER folder = {0}, build_ids = {0}, sub = {0}, link = {0};
    pc_buffer_printf(&folder, "%s/pycore-unit-XXXXXX", synth_temporary_folder());
    if (!mkdtemp(folder.data))
        CU_FAIL_FATAL("mkdtemp");
    pc_buffer_printf(&build_ids, "%s/.build-id", folder.data);
    pc_buffer_printf(&sub, "%s/ab", build_ids.data);
    pc_buffer_printf(&link, "%s/cd010203.debug", sub.data);
    if (mkdir(build_ids.data, 0700) || mkdir(sub.data, 0700))
        CU_FAIL_FATAL("mkdir");
    static const uint8_t other_id[] = {0xab, 0xcd, 0x01, 0x02, 0x04};
    static const synth_symbol stripped[] = {{"static_thing", 0x5555, false}};
    synth_module module = {.target = synth_targets[0], .build_id = id_bytes, .build_id_size = sizeof(id_bytes)};
    /* 0: the right one; 1: another build's under its name; 2: no debug information in it; 3: no ELF file */
    for (int i = 0; i < 4; i++) {
        check_context("case %d", i);
        synth_module debug = {.target = synth_targets[0], .build_id = i == 1 ? other_id : id_bytes,
                              .build_id_size = sizeof(id_bytes),
                              .has_debug_info = i != 2, .symbols = stripped, .symbol_count = 1};
        SYNTH_AUTO_BYTES bytes = {.target = synth_targets[0]};
        char *path = write_module(&module), *file;
        synth_module_write(&debug, &bytes);
        synth_file_write(bytes.data, i == 3 ? 100 : bytes.size, &file);
        if (i == 3)
            synth_file_rewrite(file, "text", 4);
        if (rename(file, link.data))
            CU_FAIL_FATAL("rename");
        pc_image *image = NULL;
        const char *const dirs[] = {"/nonexistent", folder.data}, *const name = "static_thing";
        const pc_search search = {.debug_dirs = dirs, .debug_dir_count = 2};
        pc_symbol symbol;
        CHECK_SUCCESS(pc_image_open(path, &image));
        CHECK_UINT(pc_image_symbols(image, &name, 1, &symbol), 0);
        pc_image *found = pc_image_debug(image, &search);
        CHECK_UINT(found != NULL, i == 0);
        CHECK(pc_image_debug(image, &search) == found);
        CHECK_UINT(pc_image_symbols(image, &name, 1, &symbol), i == 0);
        pc_image_destroy(image);
        synth_file_remove(&path);
        unlink(link.data);
        free(file);
    }
    check_context("%s", "");
    module.has_debug_info = true;
    char *path = write_module(&module);
    pc_image *image = NULL;
    CHECK_SUCCESS(pc_image_open(path, &image));
    CHECK(pc_image_debug(image, &(pc_search){0}) == image); /* it has it itself */
    pc_image_destroy(image);
    synth_file_remove(&path);
    CHECK(!rmdir(sub.data) && !rmdir(build_ids.data) && !rmdir(folder.data));
}

static void test_debuglink(void)
{
    static const struct {
        const char *bytes;
        size_t size;
        const char *name; /* NULL: refused */
        uint32_t crc;     /* little endian */
    } rows[] = {
        {"a.debug\0\1\2\3\4", 12, "a.debug", 0x04030201},
        {"abc\0\1\0\0\0", 8, "abc", 1},
        {"ab\0\0\1\0\0\0", 8, "ab", 1},
        {"abcd\0\0\0\0\1\0\0\0", 12, "abcd", 1},
        {"abc\0\1\0\0", 7, NULL, 0},          /* cut */
        {"abc", 3, NULL, 0},
        {"", 0, NULL, 0},
        {"\0\0\0\0\1\0\0\0", 8, NULL, 0},    /* no name */
        {"a/b\0\1\0\0\0", 8, NULL, 0},       /* leads elsewhere */
        {"..\0\0\1\0\0\0", 8, NULL, 0},
        {".\0\0\0\1\0\0\0", 8, NULL, 0},
    };
    for (size_t i = 0; i < PC_ARRAY_SIZE(rows); i++) {
        const char *name = NULL;
        uint32_t crc = 0;
        check_context("row %zu", i);
        /* without a byte behind it */
        uint8_t *copy = malloc(rows[i].size + !rows[i].size);
        memcpy(copy, rows[i].bytes, rows[i].size);
        bool parsed = pc_debuglink_parse(copy, rows[i].size, false, &name, &crc);
        CHECK_UINT(parsed, rows[i].name != NULL);
        CHECK_TEXT(name, rows[i].name);
        CHECK_UINT(crc, rows[i].crc);
        if (parsed) {
            CHECK(pc_debuglink_parse(copy, rows[i].size, true, &name, &crc));
            CHECK_UINT(crc, __builtin_bswap32(rows[i].crc));
        }
        free(copy);
    }
    check_context("%s", "");
}

static void test_advice(void)
{
    static const struct {
        const char *path, *package, *debug; /* NULL: none is known */
    } rows[] = {
        {"/usr/bin/python3.11", "apt install python3.11 ", "apt install python3.11-dbg "},
        {"/usr/lib/x86_64-linux-gnu/libpython3.9.so.1.0", "apt install libpython3.9 ", "apt install python3.9-dbg "},
        {"/usr/lib/python3.12/lib-dynload/_decimal.cpython-312-x86_64-linux-gnu.so", "apt install libpython3.12-stdlib ", "apt install python3.12-dbg "},
        {"/home/me/bin/python3.11", NULL, NULL},
        {"/usr/bin/python3.", NULL, NULL},
        {"/usr/bin/python", NULL, NULL},
        {"/usr/bin/python3.11111111", NULL, NULL},
        {"/usr/lib/libz.so.1", NULL, NULL},
        {"", NULL, NULL},
    };
    pc_arena arena;
    pc_arena_init(&arena);
    for (size_t i = 0; i < PC_ARRAY_SIZE(rows); i++) {
        check_context("%s", rows[i].path);
        const char *file = pc_advice_text(&arena, PC_WANTED_FILE, rows[i].path, "abcd"), *debug = pc_advice_text(&arena, PC_WANTED_DEBUG_INFORMATION, rows[i].path, NULL);
        CHECK((strstr(file, rows[i].package ? rows[i].package : "apt") != NULL) == (rows[i].package != NULL));
        CHECK((strstr(debug, rows[i].debug ? rows[i].debug : "apt") != NULL) == (rows[i].debug != NULL));
        CHECK(strstr(file, "debuginfod-find executable abcd") && strstr(file, "--sysroot") && strstr(file, "--lib-path"));
        CHECK(strstr(debug, "--debug-dir") && !strstr(debug, "debuginfod"));
    }
    check_context("%s", "");
    pc_arena_deinit(&arena);
}

void suite_image(void)
{
    CU_pSuite suite = CU_add_suite("image", NULL, NULL);
    CU_add_test(suite, "build-id", test_build_id);
    CU_add_test(suite, "symbols", test_symbols);
    CU_add_test(suite, "what is no image", test_no_image);
    CU_add_test(suite, "notes", test_notes);
    CU_add_test(suite, ".gnu_debuglink", test_debuglink);
    CU_add_test(suite, "advice", test_advice);
    CU_add_test(suite, "separate debug file", test_debug_file);
}
