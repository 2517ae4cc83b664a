/* The way from a core to a report, all of it: small cores of real interpreters (testdata/hostile/fuzz-bases, made by pycore
 * distill, hence of nothing but what a report reads), damaged by patches. An input begins with which core (1 byte), what is asked
 * for (2), where the file is cut (1; 0: it is whole). */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/cursor.h"
#include "report/inspect.h"
#include "target/core_writer.h"
#include "tests/fuzz/patches.h"
#include "walk/distill.h"

/* Inputs say which by its place: a new one comes last. */
static const char *const names[] = {"2.7.18", "3.6.15", "3.9.18", "3.11.7", "3.12.1", "3.13t", "3.14", "3.11-i386"};

enum {
    ASK_TEXT = 1,
    ASK_NO_LOCALS = 2,
    ASK_STACK = 4,
    ASK_GLOBALS = 8,
    ASK_NO_LIMITS = 16,
    ASK_LITTLE = 32,
    ASK_INSPECT = 64,
    ASK_DISTILL = 128,
    ASK_NO_NOTE = 256, /* what distill noted is not there: the interpreter has to be found */
    ASK_REDACT_SECRETS = 512, /* of reports; of inspect these bits and those above are which objects */
    ASK_REDACT_ALL = 1024,
};

typedef struct base {
    int fd;
    char path[64];
    size_t size;
    uint8_t *bytes, *good; /* the file, and a copy of it */
    uint8_t *note;         /* the first byte of the name of distill's note */
    fuzz_memory memory;
    pc_addr objects[64];   /* where an object or something else is */
} base;

static base bases[PC_ARRAY_SIZE(names)];

static void find_areas(base *b)
{
    pc_arena arena;
    pc_diagnostics diagnostics;
    pc_core core;
    pc_arena_init(&arena);
    pc_diagnostics_init(&diagnostics, &arena);
    FUZZ_CHECK(fuzz_ok(pc_core_open(&core, b->path, &arena, &diagnostics, NULL)));
    b->memory.word = core.memory.address_size;
    b->memory.big_endian = core.big_endian;
    b->memory.file = b->bytes;
    b->memory.file_size = b->size;
    for (size_t i = 0; i < core.memory.saved.count; i++) {
        const pc_range *r = &core.memory.saved.items[i];
        fuzz_memory_add(&b->memory, b->bytes + (r->bytes - core.data), (size_t)(r->last - r->first) + 1, r->first);
    }
    pc_core_deinit(&core);
    pc_diagnostics_deinit(&diagnostics);
    pc_arena_deinit(&arena);
    fuzz_memory_finish(&b->memory);
    for (size_t i = 0; i < PC_ARRAY_SIZE(b->objects); i++) {
        const fuzz_places *p = &b->memory.pointers;
        b->objects[i] = pc_load_uint(p->items[i * 7919 % p->count], b->memory.word, b->memory.big_endian);
    }
    b->note = memmem(b->bytes, b->size, PC_DISTILLED_NOTE, sizeof(PC_DISTILLED_NOTE));
    FUZZ_CHECK(b->note);
}

/* In memory, so that it can be changed in place between two reports. false: this pycore cannot read xz, or there is no /proc. */
static bool open_base(base *b, const char *name)
{
    PC_AUTO_BUFFER path = {0};
    pc_arena arena;
    pc_stored stored;
    const char *folder = getenv("PYCORE_FUZZ_DATA");
    FUZZ_CHECK(folder && "PYCORE_FUZZ_DATA is testdata/hostile");
    if (access("/proc/self/fd", R_OK) != 0) {
        fprintf(stderr, "fuzz: there is no /proc: %s is left out\n", name);
        return false;
    }
    pc_buffer_printf(&path, "%s/fuzz-bases/%s.core.xz", folder, name);
    pc_arena_init(&arena);
    pc_error *error = pc_stored_open(&stored, path.data, &arena, NULL);
    if (error) {
        fprintf(stderr, "fuzz: %s: %s\n", path.data, error->message);
        FUZZ_CHECK(error->code == PC_ERROR_NOT_FOUND);
        pc_error_destroy(error);
        pc_arena_deinit(&arena);
        return false;
    }
    b->size = (size_t)stored.size;
    b->good = pc_malloc(b->size);
    FUZZ_CHECK(pread(stored.fd, b->good, b->size, 0) == (ssize_t)b->size);
    pc_stored_deinit(&stored);
    pc_arena_deinit(&arena);
    b->fd = memfd_create("fuzz-core", MFD_CLOEXEC);
    FUZZ_CHECK(b->fd >= 0 && write(b->fd, b->good, b->size) == (ssize_t)b->size);
    b->bytes = mmap(NULL, b->size, PROT_READ | PROT_WRITE, MAP_SHARED, b->fd, 0);
    FUZZ_CHECK(b->bytes != MAP_FAILED);
    snprintf(b->path, sizeof(b->path), "/proc/self/fd/%d", b->fd);
    find_areas(b);
    return true;
}

static void check_output(const char *text, size_t size, bool is_json)
{
    FUZZ_CHECK(fuzz_is_printable(text, size));
    if (is_json && size < 4 << 20) {
        json_t *json = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
        FUZZ_CHECK(json);
        json_decref(json);
    }
}

static void write_report(const base *b, pc_session *session, unsigned ask)
{
    char *text = NULL;
    size_t size = 0;
    pc_report report;
    pc_inspection objects[2] = {{.is_object = false}};
    FILE *out = open_memstream(&text, &size);
    FUZZ_CHECK(out);
    if (ask & ASK_INSPECT && session->walk.py)
        for (size_t i = 0; i < 2; i++)
            pc_inspect(&session->walk, b->objects[(ask >> 9) * 2 % PC_ARRAY_SIZE(b->objects) + i], &objects[i]);
    pc_report_build(&report, session);
    FUZZ_CHECK(report.status == PC_REPORT_NONE || session->walk.py);
    pc_text_options options = {.max_items = session->walk.options.limits.max_items, .stack = session->walk.options.stack};
    if (ask & ASK_INSPECT && ask & ASK_TEXT)
        pc_inspect_write_text(&report, objects, session->walk.py ? 2 : 0, &options, out);
    else if (ask & ASK_INSPECT)
        pc_inspect_write_json(&report, objects, session->walk.py ? 2 : 0, out);
    else if (ask & ASK_TEXT)
        pc_report_write_text(&report, &options, out);
    else
        pc_report_write_json(&report, out);
    FUZZ_CHECK(!ferror(out) && fclose(out) == 0);
    check_output(text, size, !(ask & ASK_TEXT));
    free(text);
}

/* A small core of a small core, which has to be one. */
static void distill(pc_session *first, const char *path, const pc_session_options *options)
{
    pc_session_options again = *options;
    pc_distilled note, read;
    pc_touched touched;
    pc_session second;
    pc_distill_note(first, &note);
    pc_touched_init(&touched);
    again.replay = &note;
    again.touched = &touched;
    if (fuzz_ok(pc_session_open(&second, path, &again))) {
        PC_AUTO_BUFFER text = {0};
        char *small = NULL;
        size_t size = 0;
        pc_report report;
        FILE *out = open_memstream(&small, &size);
        FUZZ_CHECK(out);
        pc_report_build(&report, &second);
        second.core.memory.touched = NULL;
        pc_distilled_print(&note, &text);
        FUZZ_CHECK(fuzz_ok(pc_distilled_parse(pc_buffer_text(&text), text.length, &second.arena, &read)));
        pc_core_write_part(&second.core, &touched, NULL, false, text.data, text.length, out);
        FUZZ_CHECK(fclose(out) == 0 && size);
        free(small);
        pc_session_deinit(&second);
    }
    pc_touched_deinit(&touched);
}

static void run(const base *b, unsigned ask)
{
    pc_session_options options = {
        .search = {.sysroot = "/nonexistent"},
        .walk = {.limits = {.max_repr = 200, .max_items = 20, .max_depth = 4}, .max_attributes = 50, .locals = !(ask & ASK_NO_LOCALS),
                 .stack = ask & ASK_STACK, .globals = ask & ASK_GLOBALS, .attributes = ask & ASK_TEXT ? PC_ATTRIBUTES_BARE_ARGUMENTS : PC_ATTRIBUTES_ALL},
        .objects_only = ask & ASK_INSPECT,
        .redact = ask & ASK_REDACT_ALL ? PC_REDACT_ALL : ask & ASK_REDACT_SECRETS ? PC_REDACT_SECRETS : PC_REDACT_NONE,
    };
    pc_session session;
    if (ask & ASK_LITTLE)
        options.walk.limits = (pc_repr_limits){.max_repr = 5, .max_items = 1, .max_depth = 1};
    else if (ask & ASK_NO_LIMITS)
        options.walk.limits = (pc_repr_limits){.max_repr = 0};
    if (!fuzz_ok(pc_session_open(&session, b->path, &options)))
        return;
    write_report(b, &session, ask);
    if (ask & ASK_DISTILL && !(ask & ASK_INSPECT))
        distill(&session, b->path, &options);
    pc_session_deinit(&session);
}

void fuzz_core(const uint8_t *data, size_t size)
{
    fuzz_input input = {data, size};
    size_t which = fuzz_take(&input, 1) % PC_ARRAY_SIZE(names);
    unsigned ask = (unsigned)fuzz_take(&input, 2), cut = (unsigned)fuzz_take(&input, 1);
    base *b = &bases[which];
    if (!b->good && !open_base(b, names[which]))
        return;
    fuzz_patches_apply(&b->memory, &input);
    uint8_t before = *b->note;
    if (ask & ASK_NO_NOTE)
        *b->note = 'X';
    size_t left = cut ? b->size / 256 * cut : b->size;
    FUZZ_CHECK(ftruncate(b->fd, (off_t)left) == 0);
    run(b, ask);
    if (left < b->size) {
        FUZZ_CHECK(ftruncate(b->fd, (off_t)b->size) == 0);
        memcpy(b->bytes + left, b->good + left, b->size - left);
        for (size_t i = 0; i < b->memory.undo_count; i++) /* those are mended already */
            if (b->memory.undo[i].at >= b->bytes + left)
                b->memory.undo[i].size = 0;
    }
    if (ask & ASK_NO_NOTE && b->note < b->bytes + left)
        *b->note = before;
    fuzz_patches_undo(&b->memory);
    FUZZ_CHECK(!memcmp(b->bytes, b->good, b->size)); /* no input depends on another */
}
