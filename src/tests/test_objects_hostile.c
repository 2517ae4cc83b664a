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
#include "tests/synth_python.h"
#include "tests/unit.h"

#define MAX_OBJECTS 24

typedef struct small_heap {
    uint64_t objects[MAX_OBJECTS], code, instance;
    size_t count;
} small_heap;

static uint64_t make_code(synth_python *p, uint64_t name)
{
    uint64_t code = synth_object(p, synth_type(p, "code"), PC_STRUCT_CODE, 8), names = synth_tuple(p, &name, 1);
    synth_set(p, PC_CO_STACKSIZE, code, 2);
    synth_set(p, PC_CO_FIRSTLINENO, code, 3);
    synth_set(p, PC_CO_FILENAME, code, name);
    synth_set(p, PC_CO_NAME, code, name);
    synth_set(p, PC_CO_LINETABLE, code, synth_bytes_object(p, "\xf0\x02\x05\x64\x01\x00", 6));
    if (synth_has(p, PC_CO_CODE)) {
        synth_set(p, PC_CO_CODE, code, synth_bytes_object(p, "\x64\x00\x53\x00", 4));
        synth_set(p, PC_CO_VARNAMES, code, names);
        synth_set(p, PC_CO_CELLVARS, code, names);
        synth_set(p, PC_CO_FREEVARS, code, names);
    } else {
        synth_set(p, PC_OB_SIZE, code, 2);
        synth_set(p, PC_CO_QUALNAME, code, name);
        synth_set(p, PC_CO_LOCALSPLUSNAMES, code, names);
        synth_set(p, PC_CO_LOCALSPLUSKINDS, code, synth_bytes_object(p, "\x20", 1));
    }
    return code;
}

static void make_heap(synth_python *p, small_heap *heap)
{
    static const uint32_t wide[] = {0x20ac, 'x'}, digits[] = {1, 2, 3};
    static const int64_t hashes[] = {1, 2};
    bool two = p->build.major == 2;
    uint64_t *o = heap->objects, text = synth_str(p, "key"), number = synth_int(p, 5);
    uint64_t class = synth_class(p, "m", "C", synth_type(p, "object")),
        list_class = synth_class(p, "m", "L", synth_type(p, "list"));
    size_t n = 0;
    o[n++] = two ? synth_unicode2(p, wide, 2) : synth_str_units(p, 2, true, false, wide, 2);
    o[n++] = synth_long(p, true, digits, 3);
    o[n++] = synth_float(p, 1.5);
    o[n++] = synth_bytes_object(p, "b\xff", 2);
    o[n++] = synth_tuple(p, o, 3);
    o[n++] = synth_dict(p, &text, &o[4], 1);
    uint64_t members[] = {text, number};
    o[n++] = synth_set_of(p, synth_type(p, "set"), members, hashes, 2, 2);
    uint64_t slice = o[n++] = synth_object(p, synth_type(p, "slice"), PC_STRUCT_SLICE, 0);
    synth_set(p, PC_SLICE_START, slice, number);
    synth_set(p, PC_SLICE_STOP, slice, text);
    synth_set(p, PC_SLICE_STEP, slice, synth_none(p));
    uint64_t function = o[n++] = synth_object(p, synth_type(p, "function"), PC_STRUCT_FUNCTION, 0);
    synth_set(p, two ? PC_FUNC_NAME : PC_FUNC_QUALNAME, function, text);
    uint64_t method = o[n++] = synth_object(p, synth_type(p, two ? "instancemethod" : "method"), PC_STRUCT_METHOD, 0);
    synth_set(p, PC_IM_FUNC, method, function);
    synth_set(p, PC_IM_SELF, method, number);
    uint64_t root = synth_type(p, two ? "exceptions.BaseException" : "BaseException");
    uint64_t exception = o[n++] = synth_object(p, root, PC_STRUCT_EXCEPTION, 0);
    synth_set(p, PC_EXC_ARGS, exception, o[4]);
    heap->instance = o[n++] = synth_object(p, class, PC_STRUCT_VAR_OBJECT, 64);
    synth_set(p, PC_TP_DICTOFFSET, class, synth_size(p, PC_STRUCT_VAR_OBJECT));
    synth_store(p, heap->instance + synth_size(p, PC_STRUCT_VAR_OBJECT), o[5], p->word);
    uint64_t sub_list = o[n++] = synth_object(p, list_class, PC_STRUCT_LIST, 0);
    synth_set(p, PC_OB_SIZE, sub_list, 1);
    synth_set(p, PC_LIST_ITEMS, sub_list, synth_field_at(p, PC_TUPLE_ITEMS, o[4]));
    heap->code = o[n++] = make_code(p, text);
    o[n++] = class;
    heap->objects[n] = synth_list(p, o, n);
    heap->count = n + 1;
}

static bool is_text(const pc_repr *repr)
{
    return repr->text ? pc_text_is_utf8(repr->text, strlen(repr->text)) : !repr->exact &&
        repr->status != PC_STATUS_COMPLETE;
}

/* All that can be asked of the heap, with caches that know nothing yet. */
static bool look_at(synth_python *p, const small_heap *heap)
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
    small_heap heap = {0};
    synth_python_init(&p, build);
    make_heap(&p, &heap);
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
