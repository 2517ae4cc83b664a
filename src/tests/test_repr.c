/* repr() of containers, of objects with names, and what is left of it where something is cut, missing or circular. */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "tests/check.h"
#include "tests/synth_python.h"
#include "tests/unit.h"

static void test_sequences(void)
{
    synth_build build;
    for (size_t i = 0; synth_build_get(i, &build); i++) {
        synth_python p;
        synth_python_init(&p, &build);
        uint64_t items[] = {synth_int(&p, 1), synth_str(&p, "a"), synth_none(&p)};
        uint64_t inner = synth_tuple(&p, items, 1), nested[] = {inner, inner, synth_list(&p, items, 2)};
        uint64_t objects[] = {
            synth_tuple(&p, NULL, 0), inner, synth_tuple(&p, items, 3), synth_list(&p, NULL, 0),
            synth_list(&p, items, 1),
            synth_list(&p, nested, 3), synth_object(&p, synth_type(&p, "ellipsis"), PC_STRUCT_OBJECT, 0),
            synth_object(&p, synth_type(&p, "NotImplementedType"), PC_STRUCT_OBJECT, 0),
        };
        static const char *const texts[] = {"()", "(1,)", "(1, 'a', None)", "[]", "[1]", "[(1,), (1,), [1, 'a']]",
                                            "Ellipsis", "NotImplemented"};
        pc_python *py = synth_python_open(&p);
        for (size_t k = 0; k < PC_ARRAY_SIZE(objects); k++)
            CHECK_REPR(py, objects[k], texts[k]);
        synth_python_deinit(&p);
    }
}

static void test_slices_and_ranges(void)
{
    synth_build build;
    for (size_t i = 0; synth_build_get(i, &build); i++) {
        synth_python p;
        synth_python_init(&p, &build);
        bool two = build.major == 2;
        uint64_t slice = synth_object(&p, synth_type(&p, "slice"), PC_STRUCT_SLICE, 0), ranges[3];
        synth_set(&p, PC_SLICE_START, slice, synth_int(&p, 1));
        synth_set(&p, PC_SLICE_STOP, slice, synth_none(&p));
        synth_set(&p, PC_SLICE_STEP, slice, synth_int(&p, -1));
        static const int64_t rows[3][4] = {{0, 5, 1, 5}, {2, 5, 1, 3}, {9, -1, -3, 4}}; /* start, stop, step, length */
        for (size_t k = 0; k < 3; k++) {
            ranges[k] = synth_object(&p, synth_type(&p, two ? "xrange" : "range"), PC_STRUCT_RANGE, 0);
            synth_set(&p, PC_RANGE_START, ranges[k], two ? (uint64_t)rows[k][0] : synth_int(&p, rows[k][0]));
            synth_set(&p, PC_RANGE_STEP, ranges[k], two ? (uint64_t)rows[k][2] : synth_int(&p, rows[k][2]));
            if (two)
                synth_set(&p, PC_RANGE_LENGTH, ranges[k], (uint64_t)rows[k][3]);
            else
                synth_set(&p, PC_RANGE_STOP, ranges[k], synth_int(&p, rows[k][1]));
        }
        pc_python *py = synth_python_open(&p);
        CHECK_REPR(py, slice, "slice(1, None, -1)");
        CHECK_REPR(py, ranges[0], two ? "xrange(5)" : "range(0, 5)");
        CHECK_REPR(py, ranges[1], two ? "xrange(2, 5)" : "range(2, 5)");
        CHECK_REPR(py, ranges[2], two ? "xrange(9, -3, -3)" : "range(9, -1, -3)");
        synth_python_deinit(&p);
    }
}

static uint64_t exception(synth_python *p, uint64_t type, const uint64_t *args, size_t count)
{
    uint64_t object = synth_object(p, type, PC_STRUCT_EXCEPTION, 0);
    synth_set(p, PC_EXC_ARGS, object, synth_tuple(p, args, count));
    return object;
}

static void test_exceptions(void)
{
    synth_build build;
    for (size_t i = 0; synth_build_get(i, &build); i++) {
        synth_python p;
        synth_python_init(&p, &build);
        uint64_t root = synth_type(&p, build.major == 2 ? "exceptions.BaseException" : "BaseException");
        uint64_t args[] = {synth_str(&p, "x"), synth_int(&p, 2)}, own = synth_class(&p, "m", "Outer.Own", root);
        uint64_t objects[] = {exception(&p, root, args, 0), exception(&p, root, args, 1), exception(&p, own, args, 2)};
        bool comma = build.major == 2 || build.minor < 7;
        pc_python *py = synth_python_open(&p);
        CHECK_REPR(py, objects[0], "BaseException()");
        CHECK_REPR(py, objects[1], comma ? "BaseException('x',)" : "BaseException('x')");
        CHECK_REPR(py, objects[2], "Own('x', 2)");
        synth_python_deinit(&p);
    }
}

static void check_at(pc_python *py, uint64_t object, const char *format, uint64_t address, bool exact, int line)
{
    char wanted[256];
    const char *mark = strchr(format, '@');
    snprintf(wanted, sizeof(wanted), "%.*s0x%" PRIx64 "%s", (int)(mark - format), format, address, mark + 1);
    check_repr(py, object, &synth_no_limits, wanted, exact, PC_STATUS_COMPLETE, __FILE__, line);
}
/* Where the text has @, the object's address is printed. */
#define CHECK_AT(py, object, format) check_at((py), (object), (format), (object), true, __LINE__)

static void test_named(void)
{
    synth_build build;
    for (size_t i = 0; synth_build_get(i, &build); i++) {
        synth_python p;
        synth_python_init(&p, &build);
        bool two = build.major == 2;
        uint64_t object = synth_type(&p, "object"), class = synth_class(&p, "m.n", "Outer.C", object);
        uint64_t plain = synth_object(&p, object, PC_STRUCT_OBJECT, 0),
            instance = synth_object(&p, class, PC_STRUCT_OBJECT, 0);
        uint64_t in_builtins = synth_object(&p, synth_class(&p, two ? "__builtin__" : "builtins", "B", object),
                                            PC_STRUCT_OBJECT, 0);
        uint64_t function = synth_object(&p, synth_type(&p, "function"), PC_STRUCT_FUNCTION, 0);
        synth_set(&p, two ? PC_FUNC_NAME : PC_FUNC_QUALNAME, function, synth_str(&p, "f.<locals>.g"));
        uint64_t method = synth_object(&p, synth_type(&p, two ? "instancemethod" : "method"), PC_STRUCT_METHOD, 0);
        synth_set(&p, PC_IM_FUNC, method, function);
        synth_set(&p, PC_IM_SELF, method, plain);
        uint64_t cell = synth_object(&p, synth_type(&p, "cell"), PC_STRUCT_CELL, 0),
            full = synth_object(&p, synth_type(&p, "cell"), PC_STRUCT_CELL, 0);
        synth_set(&p, PC_CELL_CONTENTS, full, plain);
        uint64_t static_type = synth_static_type(&p, "ext.module.Thing", object, 0, true),
            thing = synth_object(&p, static_type, PC_STRUCT_OBJECT, 0);
        pc_python *py = synth_python_open(&p);
        CHECK_AT(py, plain, "<object object at @>");
        CHECK_AT(py, instance, two ? "<m.n.C object at @>" : "<m.n.Outer.C object at @>");
        CHECK_AT(py, in_builtins, "<B object at @>");
        CHECK_AT(py, function, "<function f.<locals>.g at @>");
        CHECK_AT(py, cell, "<cell at @: empty>");
        CHECK_AT(py, thing, "<ext.module.Thing object at @>");
        CHECK_REPR(py, class, two ? "<class 'm.n.C'>" : "<class 'm.n.Outer.C'>");
        CHECK_REPR(py, object, two ? "<type 'object'>" : "<class 'object'>");
        CHECK_REPR(py, static_type, two ? "<type 'ext.module.Thing'>" : "<class 'ext.module.Thing'>");
        char wanted[128];
        snprintf(wanted, sizeof(wanted), "<cell at 0x%" PRIx64 ": object object at 0x%" PRIx64 ">", full, plain);
        CHECK_REPR(py, full, wanted);
        snprintf(wanted, sizeof(wanted), "<bound method %sf.<locals>.g of <object object at 0x%" PRIx64 ">>",
                 two ? "?." : "", plain);
        CHECK_REPR(py, method, wanted);
        synth_python_deinit(&p);
    }
}

/* A class that prints itself in its own way is not printed in another one's. */
static void test_own_repr(void)
{
    synth_build build;
    for (size_t i = 0; synth_build_get(i, &build); i++) {
        synth_python p;
        synth_python_init(&p, &build);
        uint64_t own = synth_class(&p, "m", "Own", synth_type(&p, "list")),
            heir = synth_class(&p, "m", "Heir", synth_type(&p, "list"));
        uint64_t objects[2], item = synth_int(&p, 1), array = synth_alloc(&p, p.word);
        synth_store(&p, array, item, p.word);
        synth_set(&p, PC_TP_REPR, own, synth_function_address(&p));
        for (size_t k = 0; k < 2; k++) {
            objects[k] = synth_object(&p, k ? heir : own, PC_STRUCT_LIST, 0);
            synth_set(&p, PC_OB_SIZE, objects[k], 1);
            synth_set(&p, PC_LIST_ITEMS, objects[k], array);
        }
        pc_python *py = synth_python_open(&p);
        check_at(py, objects[0], "<m.Own object at @>", objects[0], false, __LINE__);
        CHECK_REPR(py, objects[1], "[1]");
        synth_python_deinit(&p);
    }
}

static void test_cycles(void)
{
    synth_build build;
    for (size_t i = 0; synth_build_get(i, &build); i++) {
        synth_python p;
        synth_python_init(&p, &build);
        uint64_t list = synth_list(&p, (const uint64_t[]){synth_none(&p)}, 1),
            other = synth_list(&p, (const uint64_t[]){list}, 1);
        uint64_t key = synth_str(&p, "k"), none = synth_none(&p), dict = synth_dict(&p, &key, &none, 1),
            tuple = synth_tuple(&p, &dict, 1);
        uint64_t direct = synth_list(&p, &none, 1);
        /* list -> other -> list; direct -> direct; circular -> tuple -> circular */
        uint64_t arrays[2] = {synth_alloc(&p, p.word), synth_alloc(&p, p.word)};
        synth_store(&p, arrays[0], other, p.word);
        synth_set(&p, PC_LIST_ITEMS, list, arrays[0]);
        synth_store(&p, arrays[1], direct, p.word);
        synth_set(&p, PC_LIST_ITEMS, direct, arrays[1]);
        uint64_t circular = synth_dict(&p, &key, &tuple, 1);
        synth_store(&p, synth_field_at(&p, PC_TUPLE_ITEMS, tuple), circular, p.word);
        pc_python *py = synth_python_open(&p);
        CHECK_REPR(py, list, "[[[...]]]");
        CHECK_REPR(py, direct, "[[...]]");
        CHECK_REPR(py, circular, "{'k': ({...},)}");
        synth_python_deinit(&p);
    }
}

static void test_limits(void)
{
    static const struct {
        pc_repr_limits limits;
        const char *text;
    } rows[] = {
        {{.max_items = 2}, "[1, 2, ...]"}, {{.max_items = 3}, NULL}, {{.max_depth = 1}, "[1, 2, (...)]"},
        {{.max_depth = 2}, NULL},
        {{.max_repr = 4}, "[1, ..."}, {{.max_repr = 14}, "[1, 2, ('deep'..."}, {{.max_repr = 17}, NULL},
        {{.max_repr = 1, .max_items = 1}, "[..."},
    };
    synth_build build;
    for (size_t i = 0; synth_build_of(3, 12, i, &build); i++) {
        synth_python p;
        synth_python_init(&p, &build);
        uint64_t text = synth_str(&p, "deep");
        uint64_t items[] = {synth_int(&p, 1), synth_int(&p, 2), synth_tuple(&p, &text, 1)};
        uint64_t list = synth_list(&p, items, 3);
        pc_python *py = synth_python_open(&p);
        for (size_t k = 0; k < PC_ARRAY_SIZE(rows); k++)
            if (rows[k].text) {
                pc_repr repr = pc_repr_of(py, list, &rows[k].limits);
                CHECK(repr.truncated);
                CHECK_PARTIAL(py, list, &rows[k].limits, rows[k].text, PC_STATUS_TRUNCATED);
            } else {
                check_repr(py, list, &rows[k].limits, "[1, 2, ('deep',)]", true, PC_STATUS_COMPLETE, __FILE__,
                           __LINE__);
            }
        synth_python_deinit(&p);
    }
}

/* Lists in lists: deeper than any limit of ours lets a recursion go. */
static void test_deep(void)
{
    synth_build build;
    synth_python p;
    synth_build_of(3, 11, 0, &build);
    synth_python_init(&p, &build);
    uint64_t list = synth_list(&p, NULL, 0);
    for (int i = 0; i < 100000; i++)
        list = synth_list(&p, &list, 1);
    pc_repr repr = pc_repr_of(synth_python_open(&p), list, &synth_no_limits);
    CHECK(repr.truncated && !repr.exact);
    CHECK_UINT(strlen(repr.text), 2 * PC_LIMIT_REPR_DEPTH + 5);
    CHECK(strstr(repr.text, "[[...]]") != NULL);
    synth_python_deinit(&p);
}

/* A list of twice the same list of twice the same list ...: short in memory, endless on paper. */
static void test_shared_structure(void)
{
    synth_build build;
    synth_python p;
    synth_build_of(3, 11, 0, &build);
    synth_python_init(&p, &build);
    uint64_t list = synth_list(&p, NULL, 0);
    for (int i = 0; i < 150; i++)
        list = synth_list(&p, (const uint64_t[]){list, list}, 2);
    const pc_repr_limits limits = {.max_repr = 1000000};
    pc_python *py = synth_python_open(&p);
    pc_repr repr = pc_repr_of(py, list, &limits);
    CHECK(repr.truncated && !repr.exact && repr.text && strlen(repr.text) <= 1000003);
    synth_python_deinit(&p);
}

/* One bad item does not take the others with it; a bad container says nothing. */
static void test_unreadable_items(void)
{
    synth_build build;
    for (size_t i = 0; synth_build_get(i, &build); i++) {
        synth_python p;
        char wanted[128];
        synth_python_init(&p, &build);
        uint64_t bad = synth_int(&p, 5), type = synth_object(&p, synth_type(&p, "object"), PC_STRUCT_OBJECT, 0),
            top = p.word == 8 ? UINT64_MAX : UINT32_MAX;
        uint64_t behind = synth_alloc(&p, 16) + 0x800;
        synth_set(&p, PC_OB_TYPE, bad, type); /* what is no type */
        uint64_t objects[] = {
            synth_list(&p, (const uint64_t[]){synth_int(&p, 1), 0, synth_int(&p, 3)}, 3),
            synth_list(&p, (const uint64_t[]){synth_int(&p, 1), bad}, 2),
            synth_list(&p, (const uint64_t[]){behind, synth_int(&p, 1)}, 2),
            synth_list(&p, (const uint64_t[]){synth_int(&p, 1)}, 1), synth_tuple(&p, NULL, 0),
            synth_list(&p, (const uint64_t[]){bad}, 1),
            synth_list(&p, (const uint64_t[]){top}, 1),
        };
        synth_set(&p, PC_LIST_ITEMS, objects[3], 0);
        synth_set(&p, PC_OB_SIZE, objects[4], top); /* a negative size */
        synth_set(&p, PC_OB_SIZE, objects[5], top / 2);
        pc_python *py = synth_python_open(&p);
        CHECK_PARTIAL(py, objects[0], &synth_no_limits, "[1, <NULL>, 3]", PC_STATUS_CORRUPT);
        snprintf(wanted, sizeof(wanted), "[1, <unreadable object at 0x%" PRIx64 ">]", bad);
        CHECK_PARTIAL(py, objects[1], &synth_no_limits, wanted, PC_STATUS_CORRUPT);
        pc_repr repr = pc_repr_of(py, objects[2], &synth_no_limits);
        CHECK(repr.has_error && repr.error_address >= behind && repr.error_address < behind + 32);
        snprintf(wanted, sizeof(wanted), "[<unreadable object at 0x%" PRIx64 ">, 1]", behind);
        CHECK_PARTIAL(py, objects[2], &synth_no_limits, wanted, PC_STATUS_UNREADABLE);
        CHECK_PARTIAL(py, objects[3], &synth_no_limits, NULL, PC_STATUS_CORRUPT);
        CHECK_PARTIAL(py, objects[4], &synth_no_limits, NULL, PC_STATUS_CORRUPT);
        CHECK(pc_repr_of(py, objects[5], &synth_no_limits).text == NULL);
        snprintf(wanted, sizeof(wanted), "[<unreadable object at 0x%" PRIx64 ">]", top);
        CHECK_PARTIAL(py, objects[6], &synth_no_limits, wanted, PC_STATUS_CORRUPT);
        CHECK_PARTIAL(py, 0, &synth_no_limits, NULL, PC_STATUS_CORRUPT);
        CHECK_PARTIAL(py, bad, &synth_no_limits, NULL, PC_STATUS_CORRUPT);
        CHECK_PARTIAL(py, behind, &synth_no_limits, NULL, PC_STATUS_UNREADABLE);
        synth_python_deinit(&p);
    }
}

/* Fields that point to objects of another type, to themselves, or nowhere. */
static void test_wrong_types(void)
{
    synth_build build;
    for (size_t i = 0; synth_build_get(i, &build); i++) {
        synth_python p;
        synth_python_init(&p, &build);
        bool two = build.major == 2;
        uint64_t number = synth_int(&p, 5), root = synth_type(&p, two ? "exceptions.BaseException" : "BaseException");
        static const struct {
            const char *type;
            pc_struct_id id;
        } rows[] = {
            {"function", PC_STRUCT_FUNCTION}, {"method", PC_STRUCT_METHOD},
            {"builtin_function_or_method", PC_STRUCT_CFUNCTION},
            {"code", PC_STRUCT_CODE}, {"generator", PC_STRUCT_GENERATOR}, {"coroutine", PC_STRUCT_GENERATOR},
            {"getset_descriptor", PC_STRUCT_DESCRIPTOR}, {"method-wrapper", PC_STRUCT_WRAPPER},
            {"slice", PC_STRUCT_SLICE},
        };
        uint64_t objects[3 * PC_ARRAY_SIZE(rows)], wrong = exception(&p, root, NULL, 0);
        synth_set(&p, PC_EXC_ARGS, wrong, number);
        /* full of NULL, of ints, of itself */
        for (size_t k = 0; k < PC_ARRAY_SIZE(objects); k++) {
            size_t row = k / 3;
            uint64_t object = objects[k] = synth_object(&p, synth_type(&p, rows[row].type), rows[row].id, 64);
            uint64_t at = k % 3 ? synth_size(&p, PC_STRUCT_VAR_OBJECT) : UINT32_MAX;
            for (; at + p.word <= synth_size(&p, rows[row].id); at += p.word)
                synth_store(&p, object + at, k % 3 == 1 ? number : object, p.word);
            synth_set(&p, PC_OB_TYPE, object, synth_type(&p, rows[row].type));
        }
        pc_python *py = synth_python_open(&p);
        for (size_t k = 0; k < PC_ARRAY_SIZE(objects); k++) {
            pc_repr repr = pc_repr_of(py, objects[k], &synth_no_limits);
            /* nothing of it is a name: what is printed, if anything, is marked */
            if (repr.exact && repr.text)
                CHECK_TEXT(repr.text, "not an exact repr");
        }
        CHECK_PARTIAL(py, wrong, &synth_no_limits, NULL, PC_STATUS_CORRUPT);
        synth_python_deinit(&p);
    }
}

void suite_repr(void)
{
    CU_pSuite suite = CU_add_suite("repr", NULL, NULL);
    CU_add_test(suite, "sequences", test_sequences);
    CU_add_test(suite, "slices and ranges", test_slices_and_ranges);
    CU_add_test(suite, "exceptions", test_exceptions);
    CU_add_test(suite, "what has a name", test_named);
    CU_add_test(suite, "a __repr__ of one's own", test_own_repr);
    CU_add_test(suite, "cycles", test_cycles);
    CU_add_test(suite, "limits", test_limits);
    CU_add_test(suite, "deep structure", test_deep);
    CU_add_test(suite, "shared structure", test_shared_structure);
    CU_add_test(suite, "unreadable items", test_unreadable_items);
    CU_add_test(suite, "wrong types", test_wrong_types);
}
