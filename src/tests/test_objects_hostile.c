/* A small heap with one of every kind of object, and every word of it wrong in turn: pointers that lead elsewhere, to
 * themselves or nowhere, sizes of every size. Nothing is asked of the result but that there is one, and that it is
 * text. */
#include <CUnit/CUnit.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "python/code.h"
#include "python/dict.h"
#include "python/type.h"
#include "tests/check.h"
#include "tests/synth_heap.h"
#include "tests/unit.h"

static bool is_text(const pc_repr *repr)
{
    return repr->text ? pc_text_is_utf8(repr->text, strlen(repr->text)) : !repr->exact &&
        repr->status != PC_STATUS_COMPLETE;
}

/* All that can be asked of the heap, with caches that know nothing yet. */
static bool look_at(synth_python *p, const synth_heap *heap)
{
    const pc_repr_limits limits = {.max_repr = 2000, .max_items = 50, .max_depth = 6};
    pc_arena arena;
    pc_diagnostics diagnostics;
    pc_python py;
    bool good = true;
    pc_arena_init(&arena);
    pc_diagnostics_init(&diagnostics, &arena);
    p->opened.core.memory.work_left = 200000;
    pc_python_init(&py, &p->opened.core, &p->modules, &p->layout);
    py.module = &p->module;
    py.arena = &arena;
    py.diagnostics = &diagnostics;
    py.traits = p->py.traits;
    pc_repr all = pc_repr_of(&py, heap->objects[heap->count - 1], &limits);
    good &= is_text(&all);
    for (size_t i = 0; i + 1 < heap->count && !all.exact; i++) {
        pc_repr one = pc_repr_of(&py, heap->objects[i], &limits);
        good &= is_text(&one);
    }
    pc_code *code;
    if (pc_ok(pc_code_read(&py, heap->code, &code))) {
        pc_code_read_variables(&py, code);
        good &= code->variables_error || code->variable_count <= 3 || code->variables;
        for (int64_t at = 0; at < 8; at += 2)
            good &= pc_code_position(&py, code, at).line >= -1;
    }
    pc_addr value;
    pc_instance_find(&py, heap->instance, "absent", &value);
    good &= py.type_depth == 0;
    pc_python_deinit(&py);
    pc_diagnostics_deinit(&diagnostics);
    pc_arena_deinit(&arena);
    return good;
}

/* The bytes of a segment become bytes of ours, which can be changed without writing the file anew. */
static uint8_t *make_writable(pc_memory *memory, size_t index, size_t *ret_size)
{
    pc_range *range = &memory->saved.items[index];
    *ret_size = range->last - range->first + 1;
    uint8_t *copy = pc_malloc(*ret_size);
    memcpy(copy, range->bytes, *ret_size);
    range->bytes = copy;
    return copy;
}

static void damage(const synth_build *build)
{
    synth_python p;
    synth_heap heap = {0};
    synth_python_init(&p, build);
    synth_heap_make(&p, &heap);
    synth_python_open(&p);
    pc_memory *memory = &p.opened.core.memory;
    CHECK_UINT(memory->saved.count, 2);
    uint8_t *bytes[2];
    size_t sizes[2];
    for (size_t i = 0; i < 2; i++)
        bytes[i] = make_writable(memory, i, &sizes[i]);
    pc_repr whole = pc_repr_of(&p.py, heap.objects[heap.count - 1], &synth_no_limits);
    CHECK(whole.exact && whole.text && strlen(whole.text) > 300); /* there is something to damage */
    CHECK(look_at(&p, &heap));
    for (size_t i = 0; i < 2; i++)
        for (size_t at = 0; at + p.word <= sizes[i]; at += p.word) {
            const uint64_t here = memory->saved.items[i].first + at;
            const uint64_t values[] = {0, UINT64_MAX, here, heap.objects[at / p.word % heap.count], UINT32_MAX >> 1};
            synth_bytes patch = {.target = build->target, .data = bytes[i], .size = sizes[i]};
            uint8_t before[8];
            memcpy(before, bytes[i] + at, p.word);
            for (size_t v = 0; v < PC_ARRAY_SIZE(values); v++) {
                check_context("%u.%u, %s, address 0x%" PRIx64 " is 0x%" PRIx64, build->major, build->minor,
                              build->target.name, here, values[v]);
                synth_patch(&patch, at, values[v], p.word);
                if (!look_at(&p, &heap))
                    CHECK(!"text, or a status that says why not");
            }
            memcpy(bytes[i] + at, before, p.word);
        }
    /* and all is as before */
    check_context("%u.%u, %s", build->major, build->minor, build->target.name);
    CHECK(look_at(&p, &heap));
    synth_python_deinit(&p);
    free(bytes[0]);
    free(bytes[1]);
}

/* x86_64 and ppc: the other two are between them. */
static void test_versions(unsigned major, unsigned minor)
{
    synth_build build;
    for (size_t i = 0; synth_build_of(major, minor, i, &build); i += 6)
        damage(&build);
}

static void test_27(void)
{
    test_versions(2, 7);
}

static void test_36(void)
{
    test_versions(3, 6);
}

static void test_311(void)
{
    test_versions(3, 11);
}

static void test_313(void)
{
    test_versions(3, 13);
}

void suite_objects_hostile(void)
{
    CU_pSuite suite = CU_add_suite("objects_hostile", NULL, NULL);
    CU_add_test(suite, "every word wrong, 2.7", test_27);
    CU_add_test(suite, "every word wrong, 3.6", test_36);
    CU_add_test(suite, "every word wrong, 3.11", test_311);
    CU_add_test(suite, "every word wrong, 3.13", test_313);
}
