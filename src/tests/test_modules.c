/* Which files stand in for pages that the core does not have: the rule at the head of modules.h, case by case. */
#include <CUnit/CUnit.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "target/modules.h"
#include "tests/check.h"
#include "tests/synth.h"
#include "tests/unit.h"

#define MODULE_AT 0x40000000u
#define STACK_AT 0xbf000000u
#define PAGE SYNTH_PAGE

static const uint8_t id_one[] = {1, 1, 1, 1}, id_two[] = {2, 2, 2, 2};
static const synth_symbol symbols[] = {{"thing", 0x1234, false}};

/* What was mapped, what is on disk now, and what the dumper saved of it. */
typedef struct situation {
    synth_target target;
    const uint8_t *mapped_id, *file_id;
    uint8_t mapped_filler, file_filler;
    bool no_first_page, no_stack;
    bool data_saved;  /* the writable page is in the core */
    bool data_cut;    /* half of it is */
    bool of_gdb;          /* NT_FILE has a page size of 1 */
    uint64_t base;        /* of the addresses in the file */
    uint64_t extra_pages; /* the last mapping is longer than the file's segment */
    bool text_saved;  /* the second page is in the core */
    bool forced;      /* the user insists on what he names */
    bool given;       /* the user names the file as the executable; NT_FILE's path leads nowhere */
} situation;

typedef struct result {
    char *path;
    synth_opened opened;
    pc_modules modules;
    pc_module *module;
} result;

static void make(const situation *s, result *r)
{
    synth_module mapped = {.target = s->target, .build_id = s->mapped_id, .build_id_size = 4,
                           .filler = s->mapped_filler, .base = s->base,
                           .symbols = symbols, .symbol_count = 1};
    synth_module file = mapped;
    SYNTH_AUTO_BYTES mapped_bytes = {.target = s->target}, file_bytes = {.target = s->target};
    file.build_id = s->file_id;
    file.filler = s->file_filler;
    synth_module_write(&mapped, &mapped_bytes);
    synth_module_write(&file, &file_bytes);
    synth_file_write(file_bytes.data, file_bytes.size, &r->path);
    const char *path = s->given ? "/nonexistent/program" : r->path;
    uint64_t unit = s->of_gdb ? PAGE : 1;
    const synth_mapping mappings[] = {
        {MODULE_AT, MODULE_AT + PAGE, 0, path}, {MODULE_AT + PAGE, MODULE_AT + 2 * PAGE, unit, path},
        {MODULE_AT + 2 * PAGE, MODULE_AT + (3 + s->extra_pages) * PAGE, 2 * unit, path},
    };
    const uint64_t auxv[] = {AT_PHDR, MODULE_AT + 64, AT_RANDOM, STACK_AT + 8};
    synth_core core;
    synth_core_init(&core, s->target);
    synth_prstatus(&core, 1, 11, NULL, 8);
    synth_nt_file(&core, mappings, 3, s->of_gdb ? 1 : PAGE);
    synth_auxv(&core, auxv, 2);
    synth_load(&core, MODULE_AT, s->no_first_page ? NULL : mapped_bytes.data, s->no_first_page ? 0 : PAGE, PAGE, PF_R);
    synth_load(&core, MODULE_AT + PAGE, s->text_saved ? mapped_bytes.data + PAGE : NULL, s->text_saved ? PAGE : 0, PAGE, PF_R | PF_X);
    synth_load(&core, MODULE_AT + 2 * PAGE, "modified", s->data_saved || s->data_cut ? 8 : 0,
               (1 + s->extra_pages) * PAGE, PF_R | PF_W);
    synth_load(&core, STACK_AT, "stack...random bytes", s->no_stack ? 0 : 20, PAGE, PF_R | PF_W);
    synth_open_core(&r->opened, &core);
    synth_core_deinit(&core);
    CHECK(!r->opened.error);
    const pc_search search = {.force_executable = s->forced};
    pc_modules_init(&r->modules, &r->opened.core, s->given ? r->path : NULL, &search);
    r->module = pc_modules_find(&r->modules, MODULE_AT + PAGE);
    CHECK(r->module != NULL && r->modules.count == 1 && r->module->is_elf && r->module->is_executable);
}

static void clear(result *r)
{
    pc_modules_deinit(&r->modules);
    synth_close(&r->opened);
    synth_file_remove(&r->path);
}

/* Whether the byte at address is there, and which. */
static int byte_at(result *r, uint64_t address)
{
    uint8_t byte;
    return pc_ok(pc_memory_read(&r->opened.core.memory, address, &byte, 1)) ? byte : -1;
}

static const char *match_name(const pc_module *module)
{
    return module->matches == PC_MATCH_YES ? "yes" : module->matches == PC_MATCH_NO ? "no" : "unknown";
}

static void check_situation(const situation *s, const char *matches, bool served, int line)
{
    result r;
    make(s, &r);
    check_text(match_name(r.module), matches, __FILE__, line);
    check_true((r.module->image != NULL) == served, served ? "used" : "not used", __FILE__, line);
    check_int(byte_at(&r, MODULE_AT + PAGE + 100), served ? s->file_filler : -1, __FILE__, line);
    check_true(synth_diagnosed(&r.opened.diagnostics, "wrong-file") == !strcmp(matches, "no"), "diagnosed", __FILE__,
               line);
    clear(&r);
}
#define CHECK_SITUATION(matches, served, ...)                                                                  \
    check_situation(&(situation){.target = *t, __VA_ARGS__}, (matches), (served), __LINE__)

static void test_the_rule(void)
{
    for (const synth_target *t = synth_targets; t < synth_targets + SYNTH_TARGETS; t++) {
        check_context("%s", t->name);
        /* both have an id: it alone decides, whatever the pages say */
        CHECK_SITUATION("yes", true, .mapped_id = id_one, .file_id = id_one, .mapped_filler = 5, .file_filler = 6);
        CHECK_SITUATION("no", false, .mapped_id = id_one, .file_id = id_two, .mapped_filler = 5, .file_filler = 5);
        /* neither, or one: the first page must be the file's */
        CHECK_SITUATION("yes", true, .mapped_filler = 5, .file_filler = 5);
        CHECK_SITUATION("no", false, .mapped_filler = 5, .file_filler = 6);
        CHECK_SITUATION("no", false, .mapped_id = id_one, .mapped_filler = 5, .file_filler = 5);
        CHECK_SITUATION("no", false, .file_id = id_one, .mapped_filler = 5, .file_filler = 5);
        /* no first page: the mappings must be those that the file gives */
        CHECK_SITUATION("unknown", true, .file_id = id_one, .no_first_page = true, .file_filler = 6);
        CHECK_SITUATION("no", false, .file_id = id_one, .no_first_page = true, .extra_pages = 4, .file_filler = 6);
        /* a debugger's core has a page size of 1 in NT_FILE: that does not make the first byte decide */
        CHECK_SITUATION("no", false, .mapped_filler = 5, .file_filler = 6, .of_gdb = true);
        CHECK_SITUATION("yes", true, .mapped_filler = 5, .file_filler = 5, .of_gdb = true);
        CHECK_SITUATION("unknown", true, .file_id = id_one, .no_first_page = true, .file_filler = 6, .of_gdb = true);
        /* a file that the user names is held to the same */
        CHECK_SITUATION("yes", true, .mapped_id = id_one, .file_id = id_one, .file_filler = 6, .given = true);
        CHECK_SITUATION("no", false, .mapped_id = id_one, .file_id = id_two, .file_filler = 6, .given = true);
    }
    check_context("%s", "");
}

/* What else the core has of it has to agree; and a file that is forced gives no bytes. */
static void test_contents(void)
{
    for (const synth_target *t = synth_targets; t < synth_targets + SYNTH_TARGETS; t++) {
        static const struct {
            situation s;
            pc_match matches;
            bool served, unverified;
        } rows[] = {
            {{.mapped_filler = 5, .file_filler = 5, .text_saved = true}, PC_MATCH_YES, true, true},
            {{.mapped_filler = 5, .file_filler = 5, .text_saved = true, .no_first_page = true}, PC_MATCH_UNKNOWN, true, true},
            {{.mapped_filler = 5, .file_filler = 6, .text_saved = true, .no_first_page = true}, PC_MATCH_NO, false, false},
            {{.mapped_filler = 5, .file_filler = 6, .no_first_page = true}, PC_MATCH_UNKNOWN, true, true}, /* nothing contradicts */
            {{.mapped_id = id_one, .file_id = id_one, .mapped_filler = 5, .file_filler = 5}, PC_MATCH_YES, true, false},
        };
        for (size_t i = 0; i < PC_ARRAY_SIZE(rows); i++) {
            situation s = rows[i].s;
            result r;
            check_context("%s, row %zu", t->name, i);
            s.target = *t;
            make(&s, &r);
            CHECK_UINT(r.module->matches, rows[i].matches);
            CHECK_UINT(r.module->image != NULL, rows[i].served);
            CHECK_UINT(synth_diagnosed(&r.opened.diagnostics, "unverified"), rows[i].unverified);
            clear(&r);
        }
        result r;
        situation s = {.target = *t, .mapped_id = id_one, .file_id = id_two, .mapped_filler = 5, .file_filler = 6, .given = true, .forced = true};
        make(&s, &r);
        check_context("%s, forced", t->name);
        CHECK(r.module->image && r.module->file && r.module->matches == PC_MATCH_NO && !r.modules.executable_refused);
        CHECK_INT(pc_module_matches(r.module), 0);
        CHECK_INT(byte_at(&r, MODULE_AT + PAGE + 100), -1);
        CHECK(synth_diagnosed(&r.opened.diagnostics, "forced-file"));
        clear(&r);
    }
    check_context("%s", "");
}

static void test_what_is_known(void)
{
    for (const synth_target *t = synth_targets; t < synth_targets + SYNTH_TARGETS; t++) {
        check_context("%s", t->name);
        result r;
        make(&(situation){.target = *t, .mapped_id = id_one, .file_id = id_one, .file_filler = 6}, &r);
        CHECK_TEXT(r.module->build_id, "01010101");
        CHECK_TEXT(r.module->path, r.path);
        CHECK(r.module->has_header && r.module->has_bias);
        CHECK_UINT(r.module->bias, MODULE_AT);
        CHECK_UINT(r.module->start, MODULE_AT);
        CHECK_UINT(r.module->end, MODULE_AT + 3 * PAGE);
        pc_addr address = 0;
        CHECK(pc_module_symbol(r.module, "thing", &address));
        CHECK_UINT(address, MODULE_AT + 0x1234);
        CHECK(!pc_module_symbol(r.module, "nothing", &address));
        CHECK(pc_modules_executable(&r.modules) == r.module);
        CHECK(pc_modules_find(&r.modules, MODULE_AT - 1) == NULL);
        CHECK(pc_modules_find(&r.modules, MODULE_AT + 3 * PAGE) == NULL);
        clear(&r);

        /* symbols are where the file says, wherever that is; the header may be in the core or not */
        for (int i = 0; i < 2; i++) {
            make(&(situation){.target = *t, .mapped_id = id_one, .file_id = id_one, .base = 0x10000,
                              .no_first_page = i}, &r);
            CHECK_UINT(r.module->bias, MODULE_AT - 0x10000);
            CHECK_TEXT(r.module->build_id, i ? NULL : "01010101");
            CHECK(pc_module_symbol(r.module, "thing", &address));
            CHECK_UINT(address, MODULE_AT - 0x10000 + 0x1234);
            clear(&r);
        }

        make(&(situation){.target = *t, .mapped_id = id_one, .file_id = id_two, .given = true}, &r);
        CHECK_TEXT(r.module->file_build_id, "02020202");
        CHECK(r.modules.executable_refused);
        CHECK(!pc_module_symbol(r.module, "thing", &address));
        clear(&r);
    }
    check_context("%s", "");
    pc_modules_deinit(NULL);
}

/* What a program has written to is not what the file has. */
static void test_writable_pages(void)
{
    const synth_target *t = &synth_targets[0];
    static const struct {
        bool saved, cut, no_stack;
        int first, later;
    } rows[] = {
        {false, false, false, 6, 6},  /* left out by a dumper that saves what was modified: unmodified */
        {false, false, true, -1, -1}, /* by one that saves no such memory: who knows */
        {true, false, false, 'm', -1}, /* partly there: the rest was once saved */
    };
    for (size_t i = 0; i < PC_ARRAY_SIZE(rows); i++) {
        result r;
        check_context("case %zu", i);
        make(&(situation){.target = *t, .mapped_id = id_one, .file_id = id_one, .file_filler = 6,
                          .data_saved = rows[i].saved,
                          .data_cut = rows[i].cut, .no_stack = rows[i].no_stack}, &r);
        CHECK_INT(byte_at(&r, MODULE_AT + 2 * PAGE), rows[i].first);
        CHECK_INT(byte_at(&r, MODULE_AT + 2 * PAGE + 100), rows[i].later);
        CHECK_INT(byte_at(&r, MODULE_AT + PAGE), 6); /* code is never written to */
        clear(&r);
    }
    check_context("%s", "");
}

/* The same file mapped twice; a data file; a file that is gone; none at all. */
static void test_other_mappings(void)
{
    SYNTH_AUTO_BYTES library = {.target = synth_targets[0]};
    synth_module module = {.target = synth_targets[0], .build_id = id_one, .build_id_size = 4};
    synth_core core;
    synth_opened o;
    pc_modules modules;
    char *path;
    synth_module_write(&module, &library);
    synth_file_write(library.data, library.size, &path);
    const synth_mapping mappings[] = {
        {0x10000, 0x11000, 0, path}, {0x11000, 0x12000, 1, path}, {0x20000, 0x21000, 0, path},
        {0x30000, 0x31000, 0, "/usr/share/data\xff"},
        {0x40000, 0x41000, 0, "/nonexistent/lib.so"},
    };
    synth_core_init(&core, synth_targets[0]);
    synth_prstatus(&core, 1, 11, NULL, 8);
    synth_nt_file(&core, mappings, PC_ARRAY_SIZE(mappings), PAGE);
    synth_load(&core, 0x10000, library.data, PAGE, PAGE, PF_R);
    synth_load(&core, 0x20000, library.data, PAGE, PAGE, PF_R);
    synth_load(&core, 0x30000, "data, not code", 14, PAGE, PF_R);
    synth_load(&core, 0x40000, NULL, 0, PAGE, PF_R | PF_X);
    synth_open_core(&o, &core);
    pc_modules_init(&modules, &o.core, NULL, NULL);
    CHECK_UINT(modules.count, 4);
    CHECK(modules.count == 4 && modules.items[0].image && modules.items[1].image);
    CHECK_UINT(modules.items[0].end, 0x12000);
    CHECK_UINT(modules.items[1].bias, 0x20000);
    CHECK(!modules.items[2].is_elf && !modules.items[2].image);
    CHECK_TEXT(modules.items[2].path, "/usr/share/data\\udcff");
    CHECK(modules.items[3].is_elf && !modules.items[3].image && modules.items[3].matches == PC_MATCH_UNKNOWN);
    CHECK(pc_modules_executable(&modules) == NULL);
    pc_modules_deinit(&modules);
    synth_close(&o);
    synth_core_deinit(&core);

    synth_core_init(&core, synth_targets[0]);
    synth_prstatus(&core, 1, 11, NULL, 8);
    synth_open_core(&o, &core);
    pc_modules_init(&modules, &o.core, path, NULL);
    CHECK_UINT(modules.count, 0);
    CHECK(synth_diagnosed(&o.diagnostics, "executable-unused"));
    CHECK(synth_diagnosed(&o.diagnostics, "no-nt-file"));
    pc_modules_deinit(&modules);
    synth_close(&o);
    synth_core_deinit(&core);
    synth_file_remove(&path);
}

/* One wrong byte in the headers of the file, or of its first page in the core. Whatever is served lies within the
 * file. */
static void test_flipped_headers(void)
{
    for (size_t k = 0; k < SYNTH_TARGETS; k++) {
        SYNTH_AUTO_BYTES library = {.target = synth_targets[k]};
        synth_module module = {.target = synth_targets[k], .build_id = id_one, .build_id_size = 4, .symbols = symbols,
                               .symbol_count = 1};
        char *path;
        bool wide = synth_targets[k].bits == 64;
        synth_module_write(&module, &library);
        synth_file_write(library.data, library.size, &path);
        const synth_mapping mappings[] = {{MODULE_AT, MODULE_AT + PAGE, 0, path},
                                          {MODULE_AT + PAGE, MODULE_AT + 2 * PAGE, 1, path}};
        uint8_t *page = pc_malloc(PAGE);
        memcpy(page, library.data, PAGE);
        synth_core core;
        synth_core_init(&core, synth_targets[k]);
        synth_prstatus(&core, 1, 11, NULL, 8);
        synth_nt_file(&core, mappings, 2, PAGE);
        synth_load(&core, MODULE_AT, page, PAGE, PAGE, PF_R);
        synth_load(&core, MODULE_AT + PAGE, NULL, 0, PAGE, PF_R | PF_X);
        size_t headers = (wide ? 64 + 4 * 56 : 52 + 4 * 32) + 20, tables = (size_t)SYNTH_MODULE_PAGES * PAGE;
        int fd = open(path, O_WRONLY | O_CLOEXEC);
        for (int in_file = 0; in_file < 2; in_file++)
            for (size_t i = 0; i < headers + (in_file ? library.size - tables : 0); i++) {
                size_t at = i < headers ? i : tables + i - headers;
                uint8_t wrong = library.data[at] ^ 0xff;
                synth_opened o;
                pc_modules modules;
                pc_addr address;
                check_context("%s, %s, byte %zu", synth_targets[k].name, in_file ? "file" : "core", at);
                if (in_file && pwrite(fd, &wrong, 1, (off_t)at) != 1)
                    CU_FAIL_FATAL("pwrite");
                if (!in_file)
                    page[at] = wrong;
                synth_open_core(&o, &core);
                pc_modules_init(&modules, &o.core, NULL, NULL);
                bool sound = true;
                for (size_t m = 0; m < modules.count; m++) {
                    pc_image *image = modules.items[m].image;
                    pc_module_symbol(&modules.items[m], "thing", &address);
                    for (size_t f = 0; image && f < o.core.memory.file.count; f++) {
                        const pc_range *range = &o.core.memory.file.items[f];
                        sound &= range->file == &image->file && range->offset < image->file.size && range->last - range->first < image->file.size - range->offset;
                    }
                }
                if (!sound)
                    CHECK(!"sound");
                pc_modules_deinit(&modules);
                synth_close(&o);
                if (!in_file)
                    page[at] = library.data[at];
                if (in_file && pwrite(fd, &library.data[at], 1, (off_t)at) != 1)
                    CU_FAIL_FATAL("pwrite");
            }
        check_context("%s", "");
        close(fd);
        free(page);
        synth_core_deinit(&core);
        CHECK(access(path, R_OK) == 0);
        synth_file_remove(&path);
    }
}

void suite_modules(void)
{
    CU_pSuite suite = CU_add_suite("modules", NULL, NULL);
    CU_add_test(suite, "contents and files that are forced", test_contents);
    CU_add_test(suite, "which files serve", test_the_rule);
    CU_add_test(suite, "what is known of a module", test_what_is_known);
    CU_add_test(suite, "writable pages", test_writable_pages);
    CU_add_test(suite, "other mappings", test_other_mappings);
    CU_add_test(suite, "flipped headers", test_flipped_headers);
}
