/* Fields of structs, one by one and of a struct as a whole, and arrays of pointers. */
#include <CUnit/CUnit.h>

#include "tests/check.h"
#include "tests/synth_python.h"
#include "tests/unit.h"

static bool same(pc_error *a, pc_error *b)
{
    bool alike = !a == !b && (!a || (a->code == b->code && a->address == b->address && !strcmp(a->message, b->message)));
    pc_error_destroy(a);
    pc_error_destroy(b);
    return alike;
}

/* Its fields and those of another struct, be they there or not, are the same both ways. */
static void compare(pc_python *py, pc_struct_id id, pc_addr address)
{
    const pc_view view = pc_view_of(py, id, address);
    for (int field = 0; field < PC_FIELD_COUNT; field++) {
        uint64_t one = 1, other = 1;
        int64_t signed_one = 1, signed_other = 1;
        pc_struct_id owner = pc_field_definitions[field].owner;
        if (owner != id && owner != PC_STRUCT_TYPE && owner != PC_STRUCT_ASCII)
            continue;
        if (pc_field_definitions[field].kind == PC_KIND_EMBEDDED || pc_field_definitions[field].kind == PC_KIND_FLOAT)
            continue;
        CHECK(same(pc_field_uint(py, (pc_field)field, address, &one), pc_view_uint(py, &view, (pc_field)field, &other)));
        CHECK_UINT(one, other);
        CHECK(same(pc_field_int(py, (pc_field)field, address, &signed_one), pc_view_int(py, &view, (pc_field)field, &signed_other)));
        CHECK_INT(signed_one, signed_other);
    }
}

static void test_views(void)
{
    synth_build build;
    for (size_t i = 0; synth_build_get(i, &build); i++) {
        synth_python p;
        synth_python_init(&p, &build);
        uint64_t text = synth_str(&p, "some text"), whole = synth_alloc(&p, 256), last = synth_alloc(&p, 16);
        for (unsigned k = 0; k < 256; k++)
            synth_store(&p, whole + k, 0xff - k * 37 % 251, 1);
        pc_python *py = synth_python_open(&p);
        static const pc_struct_id ids[] = {PC_STRUCT_ASCII, PC_STRUCT_DICT, PC_STRUCT_DICT_KEYS, PC_STRUCT_OBJECT, PC_STRUCT_COUNT - 1};
        for (size_t k = 0; k < PC_ARRAY_SIZE(ids); k++) {
            compare(py, ids[k], text);
            compare(py, ids[k], whole + 3);
            compare(py, ids[k], last); /* over the end of what is saved */
            compare(py, ids[k], 8);
            compare(py, ids[k], UINT64_MAX - 3);
        }
        /* what is taken down is what was asked for */
        pc_touched touched;
        pc_touched_init(&touched);
        py->memory->touched = &touched;
        CHECK(pc_view_of(py, PC_STRUCT_OBJECT, text).bytes == NULL);
        py->memory->touched = NULL;
        pc_touched_deinit(&touched);
        synth_python_deinit(&p);
    }
}

static void test_pointers(void)
{
    synth_build build;
    for (size_t i = 0; synth_build_get(i, &build); i++) {
        synth_python p;
        pc_addr got[8], one;
        synth_python_init(&p, &build);
        uint64_t array = synth_alloc(&p, 6 * p.word);
        for (unsigned k = 0; k < 6; k++)
            synth_store(&p, array + k * p.word, 0x1000 + k, p.word);
        pc_python *py = synth_python_open(&p);
        CHECK_UINT(pc_pointers_at(py, array, 0, 0, got), 0);
        CHECK_UINT(pc_pointers_at(py, array, 1, 5, got), 5);
        for (unsigned k = 0; k < 5; k++)
            CHECK_UINT(got[k], 0x1001 + k);
        uint64_t end = py->memory->saved.items[py->memory->saved.count - 1].last + 1;
        CHECK_UINT(pc_pointers_at(py, end - 2 * p.word, 0, 8, got), 2); /* those that are there */
        CHECK_UINT(pc_pointers_at(py, end - p.word / 2, 0, 8, got), 0);
        CHECK_UINT(pc_pointers_at(py, end, 0, 8, got), 0);
        CHECK_UINT(pc_pointers_at(py, array, UINT64_MAX / 2, 8, got), 0);
        CHECK_UINT(pc_pointers_at(py, UINT64_MAX - 1, 0, 8, got), 0);
        CHECK_SUCCESS(pc_pointer_at(py, array, 5, &one));
        CHECK_UINT(one, 0x1005);
        uint64_t left = py->memory->work_left;
        CHECK_UINT(pc_pointers_at(py, array, 0, 6, got), 6);
        CHECK_UINT(left - py->memory->work_left, 6); /* as if they were read one by one */
        synth_python_deinit(&p);
    }
}

void suite_fields(void)
{
    CU_pSuite suite = CU_add_suite("fields", NULL, NULL);
    CU_add_test(suite, "a struct as a whole", test_views);
    CU_add_test(suite, "pointers", test_pointers);
}
