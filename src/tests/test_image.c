/* ELF files on this machine: build-ids, symbols, separate debug files, and what is no ELF file. */
#include <CUnit/CUnit.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/cursor.h"
#include "base/limits.h"
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

static uint32_t gnu_hash(const char *name)
{
    uint32_t h = 5381;
    while (*name)
        h = h * 33 + (uint8_t)*name++;
    return h;
}

/* The last section becomes the hash table of .dynsym, which begins with its second symbol. */
static void put_hash_table(synth_bytes *b, const synth_symbol *symbols, size_t count, uint32_t buckets, size_t cut)
{
    bool wide = b->target.bits == 64;
    size_t header = wide ? 64 : 40, size = 16 + (wide ? 8 : 4) + 4 * buckets + 4 * (count - 1);
    uint32_t divisor = buckets ? buckets : 1;
    b->size -= header;
    synth_elf_section(b, 0, SHT_GNU_HASH, b->size + header, size - cut, 1, 0, 8, 0);
    synth_uint(b, buckets, 4);
    synth_uint(b, 2, 4);
    synth_uint(b, 1, 4);
    synth_uint(b, 6, 4);
    synth_word(b, 0); /* the filter is not asked */
    for (uint32_t k = 0; k < buckets; k++) {
        size_t i = 1;
        while (i < count && gnu_hash(symbols[i].name) % buckets != k)
            i++;
        synth_uint(b, i < count ? i + 1 : 0, 4);
    }
    for (size_t i = 1; i < count; i++) {
        bool last = i + 1 == count || gnu_hash(symbols[i].name) % divisor != gnu_hash(symbols[i + 1].name) % divisor;
        synth_uint(b, (gnu_hash(symbols[i].name) & ~UINT32_C(1)) | last, 4);
    }
}

/* By the hash table the same is found, for a look at some of the symbols; a symbol that is not in it is not. */
static void test_hashed_symbols(void)
{
    /* in the order of their buckets, of which there are two: hashes 5381 * 33 + 'b' and so on are even for odd letters */
    static const synth_symbol dynamic[] = {{"c", 0x10, false}, {"b", 0x20, true}, {"d", 0x30, false}, {"d", 0x40, false}, {"f", 0x50, false},
                                           {"a", 0x60, false}, {"e", 0x70, false}, {"g", 0x80, true}};
    static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g", "h", ""};
    for (size_t k = 0; k < SYNTH_TARGETS; k++)
        for (uint32_t buckets = 0; buckets < 3; buckets++)
            for (size_t cut = 0; cut < 2; cut++) {
                synth_module module = {.target = synth_targets[k], .dynamic_symbols = dynamic, .dynamic_symbol_count = PC_ARRAY_SIZE(dynamic)};
                SYNTH_AUTO_BYTES bytes = {.target = module.target};
                pc_image *image = NULL;
                pc_symbol symbols[PC_ARRAY_SIZE(names)] = {{0}};
                char *path;
                check_context("%s, %u buckets, cut %zu", synth_targets[k].name, buckets, cut);
                synth_module_write(&module, &bytes);
                put_hash_table(&bytes, dynamic, PC_ARRAY_SIZE(dynamic), buckets, cut * 24);
                synth_file_write(bytes.data, bytes.size, &path);
                CHECK_SUCCESS(pc_image_open(path, &image));
                uint32_t found = pc_image_dynamic_symbols(image, names, PC_ARRAY_SIZE(names), symbols);
                if (!buckets) /* no sound table: every symbol is looked at */
                    CHECK_UINT(found, 0x3d);
                else if (!cut)
                    CHECK_UINT(found, 0x39);
                CHECK(!cut || !(found & ~UINT32_C(0x3d)));
                CHECK_UINT(symbols[2].value, buckets ? 0 : 0x10);
                CHECK_UINT(symbols[3].value, found & 8 ? 0x30 : 0); /* the first of two */
                CHECK_UINT(symbols[5].value, found & 32 ? 0x50 : 0);
                CHECK_UINT(symbols[4].value, found & 16 ? 0x70 : 0);
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

/* What libelf says of the same bytes: whether they are ELF, and which segments are loaded. */
static bool judged_by_libelf(const synth_bytes *b, size_t *ret_count, GElf_Phdr *ret_segments)
{
    GElf_Ehdr header;
    GElf_Phdr p;
    size_t count;
    elf_version(EV_CURRENT);
    Elf *elf = elf_memory((char *)b->data, b->size);
    bool good = elf && elf_kind(elf) == ELF_K_ELF && gelf_getehdr(elf, &header);
    *ret_count = 0;
    if (good && elf_getphdrnum(elf, &count) == 0 && count <= PC_LIMIT_ELF_PHDRS)
        for (size_t i = 0; i < count && gelf_getphdr(elf, (int)i, &p); i++)
            if (p.p_type == PT_LOAD)
                ret_segments[(*ret_count)++] = p;
    elf_end(elf);
    return good;
}

/* The headers are read without libelf where they are plain; whatever stands in them, the outcome is libelf's. */
static void test_headers(void)
{
    static const uint8_t wrong[] = {0x00, 0x01, 0x7f, 0xff};
    static GElf_Phdr segments[PC_LIMIT_ELF_PHDRS];
    for (size_t k = 0; k < SYNTH_TARGETS; k++) {
        synth_module module = {.target = synth_targets[k], .build_id = id_bytes, .build_id_size = sizeof(id_bytes)};
        SYNTH_AUTO_BYTES bytes = {.target = module.target};
        bool wide = module.target.bits == 64;
        size_t headers = wide ? 64 + 4 * 56 : 52 + 4 * 32, count;
        char *path;
        synth_module_write(&module, &bytes);
        synth_file_write(bytes.data, bytes.size, &path);
        for (size_t i = 0; i < headers * PC_ARRAY_SIZE(wrong); i++) {
            uint8_t *at = bytes.data + i / PC_ARRAY_SIZE(wrong), before = *at;
            pc_image *image = NULL;
            check_context("%s, byte %zu", synth_targets[k].name, i / PC_ARRAY_SIZE(wrong));
            *at ^= wrong[i % PC_ARRAY_SIZE(wrong)];
            synth_file_rewrite(path, bytes.data, bytes.size);
            bool good = judged_by_libelf(&bytes, &count, segments);
            CHECK_UINT(pc_ok(pc_image_open(path, &image)), good);
            CHECK(!image || (image->segment_count == count && !memcmp(image->segments, segments, count * sizeof(*segments))));
            pc_image_destroy(image);
            *at = before;
        }
        synth_file_remove(&path);
    }
    check_context("%s", "");
}

/* Moves the notes: to an offset, in a file of that size. */
static void move_notes(synth_bytes *b, size_t to, size_t size, size_t file_size)
{
    bool wide = b->target.bits == 64;
    size_t headers = wide ? 64 : 52, phdr = wide ? 56 : 32, word = wide ? 8 : 4;
    synth_zeros(b, file_size - b->size);
    for (size_t i = 0; i < 4; i++) {
        uint8_t *at = b->data + headers + i * phdr;
        if (pc_load_uint(at, 4, b->target.big_endian) != PT_NOTE)
            continue;
        uint64_t old = pc_load_uint(at + (wide ? 8 : 4), word, b->target.big_endian), length = pc_load_uint(at + (wide ? 32 : 16), word, b->target.big_endian);
        SYNTH_AUTO_BYTES words = {.target = b->target};
        synth_word(&words, to);
        synth_word(&words, size);
        memcpy(b->data + to, b->data + old, length);
        memset(b->data + old, 0, length);
        memcpy(at + (wide ? 8 : 4), words.data, word);
        memcpy(at + (wide ? 32 : 16), words.data + word, word);
    }
}

/* Only the beginning of a file is read when it is opened, and its notes wherever they are; all of it is mapped when it is asked for. */
static void test_beginning(void)
{
    static const struct {
        size_t notes_at, notes_size;
        bool found, mapped;
    } rows[] = {{0x300, 24, true, false}, {4096 - 8, 24, true, false}, {0x5000, 24, true, false}, {0x5000, 6000, true, true},
                {0x7ff0, 24, false, true}}; /* beyond its end: the sections are looked at, and have none */
    static const synth_symbol symbols[] = {{"shared", 0x1000, false}};
    static const char *const names[] = {"shared"};
    for (size_t i = 0; i < SYNTH_TARGETS * PC_ARRAY_SIZE(rows); i++) {
        size_t k = i % SYNTH_TARGETS, r = i / SYNTH_TARGETS;
        synth_module module = {.target = synth_targets[k], .build_id = id_bytes, .build_id_size = sizeof(id_bytes), .dynamic_symbols = symbols,
                               .dynamic_symbol_count = 1};
        SYNTH_AUTO_BYTES bytes = {.target = module.target};
        pc_image *image = NULL;
        pc_symbol symbol;
        char *path;
        check_context("%s, row %zu", synth_targets[k].name, r);
        synth_module_write(&module, &bytes);
        move_notes(&bytes, rows[r].notes_at, rows[r].notes_size, 0x9000);
        bytes.size = rows[r].found ? 0x9000 : 0x8000;
        synth_file_write(bytes.data, bytes.size, &path);
        CHECK_SUCCESS(pc_image_open(path, &image));
        CHECK_TEXT(image->build_id, rows[r].found ? ID_TEXT : NULL);
        CHECK_UINT(image->file.bytes != NULL, rows[r].mapped);
        CHECK_UINT(pc_image_symbols(image, names, 1, &symbol), 1);
        CHECK(image->file.bytes && image->file.fd < 0);
        CHECK(!memcmp(pc_image_bytes(image), bytes.data, bytes.size));
        pc_image_destroy(image);
        synth_file_remove(&path);
    }
    check_context("%s", "");
}

/* Files that are open stay below half of what the process may have; those beyond are mapped at once. */
static void test_backing(void)
{
    static const char text[] = "0123456789";
    char copy[4] = "";
    char *path;
    pc_backing backing;
    synth_file_write(text, sizeof(text), &path);
    pc_backing_init(&backing, open(path, O_RDONLY | O_CLOEXEC), sizeof(text));
    CHECK(!backing.bytes && backing.fd >= 0);
    for (int mapped = 0; mapped < 2; mapped++) {
        CHECK(pc_backing_read(&backing, 2, copy, 3) && !strcmp(copy, "234"));
        CHECK(pc_backing_read(&backing, sizeof(text), copy, 0));
        CHECK(!pc_backing_read(&backing, sizeof(text) - 2, copy, 3));
        CHECK(!pc_backing_read(&backing, UINT64_MAX, copy, 3));
        CHECK(!memcmp(pc_backing_bytes(&backing), text, sizeof(text)));
        CHECK(backing.fd < 0);
    }
    pc_backing_deinit(&backing);
    /* it became shorter meanwhile */
    pc_backing_init(&backing, open(path, O_RDONLY | O_CLOEXEC), sizeof(text) + 1);
    CHECK(pc_backing_read(&backing, 0, copy, 3));
    CHECK(!pc_backing_read(&backing, sizeof(text) - 1, copy, 2));
    pc_backing_deinit(&backing);
    /* what cannot be mapped is not there, and is not asked for again */
    pc_backing_init(&backing, open("/", O_RDONLY | O_CLOEXEC), 1);
    CHECK(!pc_backing_bytes(&backing) && !pc_backing_bytes(&backing) && backing.fd < 0);
    pc_backing_deinit(&backing);
    struct rlimit files;
    if (!getrlimit(RLIMIT_NOFILE, &files) && files.rlim_cur < 1 << 20) {
        int file = open(path, O_RDONLY | O_CLOEXEC);
        pc_backing_init(&backing, fcntl(file, F_DUPFD_CLOEXEC, (int)(files.rlim_cur - files.rlim_cur / 2)), sizeof(text));
        CHECK(backing.bytes && backing.fd < 0);
        pc_backing_deinit(&backing);
        close(file);
    }
    synth_file_remove(&path);
}

void suite_image(void)
{
    CU_pSuite suite = CU_add_suite("image", NULL, NULL);
    CU_add_test(suite, "build-id", test_build_id);
    CU_add_test(suite, "headers, plain and not", test_headers);
    CU_add_test(suite, "what is read of a file", test_beginning);
    CU_add_test(suite, "a file that is mapped when it is wanted", test_backing);
    CU_add_test(suite, "symbols", test_symbols);
    CU_add_test(suite, "symbols by their hashes", test_hashed_symbols);
    CU_add_test(suite, "what is no image", test_no_image);
    CU_add_test(suite, "notes", test_notes);
    CU_add_test(suite, ".gnu_debuglink", test_debuglink);
    CU_add_test(suite, "advice", test_advice);
    CU_add_test(suite, "separate debug file", test_debug_file);
}
