/* Interpreter frames of 3.11 and later: what their slots refer to, who owns them, where they are in their code. */
#include <CUnit/CUnit.h>

#include <stdlib.h>

#include "tests/check.h"
#include "tests/synth_python.h"
#include "tests/unit.h"
#include "walk/frames.h"
#include "walk/walk.h"

#define UNITS 8

static void test_references(void)
{
    static const struct {
        uint64_t bits;
        bool plain, tagged;
        uint64_t plain_object, tagged_object;
    } rows[] = {
        {0, true, true, 0, 0},
        {0x7f0000001230, true, true, 0x7f0000001230, 0x7f0000001230},
        {0x7f0000001231, true, true, 0x7f0000001231, 0x7f0000001230}, /* counted elsewhere */
        {1, true, true, 1, 0},                                       /* empty */
        {0x7f0000001232, true, false, 0x7f0000001232, 99},           /* a pointer that is no object */
        {2, true, false, 2, 99},
        {0x7f0000001233, true, false, 0x7f0000001233, 99}, /* a small int */
        {UINT64_MAX, true, false, UINT64_MAX, 99},         /* -1 */
    };
    for (size_t i = 0; i < PC_ARRAY_SIZE(rows); i++) {
        check_context("0x%" PRIx64, rows[i].bits);
        pc_addr object = 99;
        CHECK_UINT(pc_stack_reference(PC_REFERENCES_PLAIN, rows[i].bits, &object), rows[i].plain);
        CHECK_UINT(object, rows[i].plain_object);
        object = 99;
        CHECK_UINT(pc_stack_reference(PC_REFERENCES_TAGGED, rows[i].bits, &object), rows[i].tagged);
        CHECK_UINT(object, rows[i].tagged_object);
    }
    check_context("%s", "");
    static const struct {
        uint64_t bits;
        unsigned word;
        int64_t value;
    } ints[] = {
        {3, 8, 0}, {7, 8, 1}, {5 << 2 | 3, 4, 5}, {UINT64_MAX, 8, -1}, {UINT32_MAX, 4, -1}, {0x80000003, 4, -(1 << 29)},
        {0x7fffffff, 4, (1 << 29) - 1}, {UINT64_C(1) << 63 | 3, 8, -(INT64_C(1) << 61)},
    };
    for (size_t i = 0; i < PC_ARRAY_SIZE(ints); i++) {
        int64_t value = 99;
        check_context("0x%" PRIx64, ints[i].bits);
        CHECK(!pc_stack_small_int(PC_REFERENCES_PLAIN, ints[i].bits, ints[i].word, &value));
        CHECK(!pc_stack_small_int(PC_REFERENCES_TAGGED, ints[i].bits - 1, ints[i].word, &value));
        CHECK(!pc_stack_small_int(PC_REFERENCES_TAGGED, ints[i].bits - 2, ints[i].word, &value));
        CHECK_INT(value, 99);
        CHECK(pc_stack_small_int(PC_REFERENCES_TAGGED, ints[i].bits, ints[i].word, &value));
        CHECK_INT(value, ints[i].value);
    }
    check_context("%s", "");
}

typedef struct frame_parts {
    uint64_t code, start, frame, slots;
} frame_parts;

static bool is_tagged(const synth_build *build)
{
    return build->minor >= 14;
}

static frame_parts make_frame(synth_python *p)
{
    frame_parts f = {.code = synth_object(p, synth_type(p, "code"), PC_STRUCT_CODE, 2 * UNITS)};
    synth_set(p, PC_OB_SIZE, f.code, UNITS);
    f.start = synth_field_at(p, PC_CO_CODE_ADAPTIVE, f.code);
    f.frame = synth_alloc(p, synth_size(p, PC_STRUCT_IFRAME) + 4 * p->word);
    f.slots = synth_field_at(p, PC_IF_LOCALSPLUS, f.frame);
    synth_set(p, PC_IF_CODE, f.frame, f.code | is_tagged(&p->build));
    synth_set(p, PC_IF_INSTR, f.frame, f.start + 6);
    return f;
}

/* The next build that has such frames. */
static bool next_build(size_t *index, synth_build *ret_build)
{
    while (synth_build_get((*index)++, ret_build))
        if (ret_build->major == 3 && ret_build->minor >= 11)
            return true;
    return false;
}

static void test_slots(void)
{
    synth_build build;
    for (size_t i = 0; next_build(&i, &build);) {
        synth_python p;
        synth_python_init(&p, &build);
        frame_parts f = make_frame(&p);
        uint64_t one = synth_int(&p, 1), two = synth_int(&p, 2), slot = 99;
        bool tagged = is_tagged(&build);
        synth_store(&p, f.slots, one, p.word);
        synth_store(&p, f.slots + p.word, two | tagged, p.word);
        synth_store(&p, f.slots + 2 * p.word, tagged, p.word);
        synth_store(&p, f.slots + 3 * p.word, 5 << 2 | 3, p.word);
        pc_python *py = synth_python_open(&p);
        pc_frame_ref ref;
        CHECK_SUCCESS(pc_frame_open(py, f.frame, &ref));
        CHECK(ref.code && ref.code->address == f.code);
        CHECK_INT(ref.lasti, 6);
        CHECK(!ref.is_shim && ref.entry == (build.minor == 11 ? PC_FALSE : PC_TRUE));
        CHECK_SUCCESS(pc_frame_slot(py, &ref, 0, &slot));
        CHECK_UINT(slot, one);
        CHECK_SUCCESS(pc_frame_slot(py, &ref, 1, &slot));
        CHECK_UINT(slot, two);
        CHECK_SUCCESS(pc_frame_slot(py, &ref, 2, &slot));
        CHECK_UINT(slot, 0);
        if (tagged)
            CHECK_ERROR(pc_frame_slot(py, &ref, 3, &slot), PC_ERROR_CORRUPT);
        synth_python_deinit(&p);
    }
}

/* 3.12 knows one owner that is no code of Python, 3.14 a second one, and the frame above such a one was entered from C. */
static void test_owners(void)
{
    synth_build build;
    for (size_t i = 0; next_build(&i, &build);) {
        if (build.minor < 12)
            continue;
        for (uint64_t owner = 0; owner <= 4; owner++) {
            synth_python p;
            synth_python_init(&p, &build);
            frame_parts f = make_frame(&p), below = make_frame(&p);
            synth_set(&p, PC_IF_PREVIOUS, f.frame, below.frame);
            synth_set(&p, PC_IF_OWNER, below.frame, owner);
            if (owner >= 3) /* there is nothing of interest in them */
                synth_set(&p, PC_IF_CODE, below.frame, is_tagged(&build));
            pc_python *py = synth_python_open(&p);
            pc_frame_ref ref;
            CHECK_SUCCESS(pc_frame_open(py, f.frame, &ref));
            CHECK_UINT(ref.entry, owner >= 3 ? PC_TRUE : PC_FALSE);
            CHECK_SUCCESS(pc_frame_open(py, below.frame, &ref));
            CHECK_UINT(ref.is_shim, owner >= 3);
            CHECK_UINT(ref.generator, owner == 1 ? below.frame - synth_field_at(&p, PC_GI_IFRAME, 0) : 0);
            synth_python_deinit(&p);
        }
    }
}

/* A thread of a free-threaded 3.14 may execute a copy of the code. */
static void test_copies(void)
{
    synth_build build;
    for (size_t i = 0; next_build(&i, &build);) {
        if (!build.free_threaded || build.minor < 14)
            continue;
        synth_python p;
        synth_python_init(&p, &build);
        frame_parts f = make_frame(&p);
        uint64_t copies = synth_alloc(&p, synth_size(&p, PC_STRUCT_CODE_COPIES) + 3 * p.word), copy = synth_alloc(&p, 2 * UNITS);
        uint64_t first = synth_field_at(&p, PC_CODE_COPIES, copies);
        synth_set(&p, PC_CO_TLBC, f.code, copies);
        synth_set(&p, PC_CODE_COPIES_COUNT, copies, 2);
        synth_store(&p, first, f.start, p.word);
        synth_store(&p, first + p.word, copy, p.word);
        synth_set(&p, PC_IF_TLBC_INDEX, f.frame, 1);
        synth_set(&p, PC_IF_INSTR, f.frame, copy + 10);
        frame_parts other = make_frame(&p);
        synth_set(&p, PC_IF_CODE, other.frame, f.code);
        synth_set(&p, PC_IF_INSTR, other.frame, f.start + 2);
        frame_parts wrong = make_frame(&p);
        synth_set(&p, PC_IF_CODE, wrong.frame, f.code);
        synth_set(&p, PC_IF_TLBC_INDEX, wrong.frame, 2);
        pc_python *py = synth_python_open(&p);
        pc_frame_ref ref;
        CHECK_SUCCESS(pc_frame_open(py, f.frame, &ref));
        CHECK_INT(ref.lasti, 10);
        CHECK_SUCCESS(pc_frame_open(py, other.frame, &ref));
        CHECK_INT(ref.lasti, 2);
        CHECK_ERROR(pc_frame_open(py, wrong.frame, &ref), PC_ERROR_CORRUPT);
        synth_python_deinit(&p);
    }
}

static bool same_ref(const pc_frame_ref *a, const pc_frame_ref *b)
{
    return a->address == b->address && a->previous == b->previous && a->code == b->code && a->lasti == b->lasti && a->traced_line == b->traced_line &&
           a->localsplus == b->localsplus && a->globals == b->globals && a->locals == b->locals && a->generator == b->generator &&
           a->is_shim == b->is_shim && a->incomplete == b->incomplete && a->entry == b->entry;
}

/* What is told of a frame is the same whichever frame was opened before it: one that differs from it in one thing, or in none. */
static void test_neighbours(void)
{
    static const pc_field fields[] = {PC_IF_PREVIOUS, PC_IF_GLOBALS, PC_IF_LOCALS, PC_IF_OWNER, PC_IF_IS_ENTRY, PC_IF_STACKTOP, PC_IF_STACKPOINTER, PC_IF_INSTR};
    synth_build build;
    for (size_t i = 0; next_build(&i, &build);)
        for (size_t k = 0; k <= PC_ARRAY_SIZE(fields); k++) {
            synth_python p;
            pc_frame_ref first, second, alone;
            bool differs = k < PC_ARRAY_SIZE(fields);
            check_context("%u.%u: %s", build.major, build.minor, differs ? pc_field_definitions[fields[k]].path : "alike");
            synth_python_init(&p, &build);
            frame_parts one = make_frame(&p), other = make_frame(&p), outer = make_frame(&p);
            synth_set(&p, PC_IF_CODE, other.frame, one.code | is_tagged(&build));
            synth_set(&p, PC_IF_INSTR, other.frame, one.start + 6);
            synth_set(&p, PC_IF_PREVIOUS, one.frame, outer.frame);
            synth_set(&p, PC_IF_PREVIOUS, other.frame, outer.frame);
            if (differs && synth_has(&p, fields[k]))
                synth_set(&p, fields[k], other.frame, fields[k] == PC_IF_INSTR ? one.start + 4 : fields[k] == PC_IF_PREVIOUS ? one.frame : 1);
            pc_python *py = synth_python_open(&p);
            CHECK_SUCCESS(pc_frame_open(py, one.frame, &first));
            CHECK_SUCCESS(pc_frame_open(py, other.frame, &second));
            py->recent_frame = NULL;
            CHECK_SUCCESS(pc_frame_open(py, other.frame, &alone));
            CHECK(same_ref(&second, &alone));
            CHECK_UINT(second.address, other.frame);
            CHECK_UINT(second.localsplus, other.slots);
            CHECK(first.code && second.code == first.code);
            synth_python_deinit(&p);
        }
    check_context("%s", "");
}

/* Frames that were opened, those that were described, and those that were left out. */
typedef struct visited {
    size_t opened, described, left_out;
} visited;

static void count_opened(void *context, const pc_frame_ref *ref)
{
    visited *v = context;
    CHECK_UINT(v->opened, v->described + v->left_out);
    CHECK(ref->address);
    v->opened++;
}

static void count_described(void *context, const pc_frame_ref *ref, const pc_frame *frame)
{
    visited *v = context;
    v->described += frame != NULL;
    v->left_out += !frame;
    CHECK_UINT(v->opened, v->described + v->left_out);
    if (frame)
        CHECK_UINT(frame->address, ref->address);
}

/* Stacks that end, and such that come back to a frame that they had: the first one, one within, the last one. */
static void test_ends(void)
{
    enum { MOST = 40 };
    static const struct {
        size_t count;
        int back; /* to which one; -1: it ends */
    } rows[] = {{0, -1}, {1, -1}, {2, -1}, {MOST, -1}, {1, 0}, {2, 0}, {2, 1}, {3, 1}, {MOST, 0}, {MOST, 17}, {MOST, MOST - 1}, {33, 31}};
    synth_build build;
    for (size_t i = 0; next_build(&i, &build);)
        for (size_t k = 0; k < PC_ARRAY_SIZE(rows); k++)
            for (uint64_t most = 0; most <= MOST; most += MOST / 2) {
                synth_python p;
                uint64_t frames[MOST + 1] = {0};
                visited v = {0};
                size_t count = rows[k].count, shown = most && most < count ? (size_t)most : count;
                check_context("%u.%u: %zu frames, back to %d, at most %" PRIu64, build.major, build.minor, count, rows[k].back, most);
                synth_python_init(&p, &build);
                for (size_t n = 0; n < count; n++) {
                    frames[n] = make_frame(&p).frame;
                    if (n)
                        synth_set(&p, PC_IF_PREVIOUS, frames[n - 1], frames[n]);
                }
                if (rows[k].back >= 0)
                    synth_set(&p, PC_IF_PREVIOUS, frames[count - 1], frames[rows[k].back]);
                uint64_t state = synth_alloc(&p, 4096), cframe = synth_alloc(&p, 256);
                if (synth_has(&p, PC_TS_CURRENT_FRAME)) {
                    synth_set(&p, PC_TS_CURRENT_FRAME, state, frames[0]);
                } else {
                    synth_set(&p, PC_TS_CFRAME, state, cframe);
                    synth_set(&p, PC_CFRAME_CURRENT, cframe, frames[0]);
                }
                pc_python *py = synth_python_open(&p);
                pc_walk walk = {.py = py, .core = &p.opened.core, .arena = py->arena, .diagnostics = py->diagnostics, .options = {.max_frames = most}};
                pc_thread thread = {.state = state};
                size_t before = py->diagnostics->count;
                pc_frames_walk(&walk, &thread, &(pc_frame_visitor){count_opened, count_described, &v});
                CHECK_UINT(v.opened, count);
                CHECK_UINT(v.described, shown);
                CHECK_UINT(thread.frame_count, shown);
                CHECK_UINT(thread.frames_limited, most && most < count);
                for (size_t n = 0; n < thread.frame_count; n++)
                    CHECK_UINT(thread.frames[n].address, frames[n]);
                CHECK_UINT(py->diagnostics->count - before, rows[k].back >= 0);
                free(thread.frames);
                pc_walk_deinit(&walk);
                synth_python_deinit(&p);
            }
    check_context("%s", "");
}

void suite_frames(void)
{
    CU_pSuite suite = CU_add_suite("frames", NULL, NULL);
    CU_add_test(suite, "references", test_references);
    CU_add_test(suite, "slots", test_slots);
    CU_add_test(suite, "owners", test_owners);
    CU_add_test(suite, "copies of code", test_copies);
    CU_add_test(suite, "neighbours", test_neighbours);
    CU_add_test(suite, "ends of stacks", test_ends);
}
