/* Types: what they are for pycore, their names, and chains of them that do not end. */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "python/type.h"
#include "tests/check.h"
#include "tests/synth_python.h"
#include "tests/unit.h"

static void test_kinds(void)
{
    static const struct {
        const char *name;
        pc_kind two, three;
    } rows[] = {
        {"object", PC_TYPE_OBJECT, PC_TYPE_OBJECT}, {"type", PC_TYPE_TYPE, PC_TYPE_TYPE},
        {"int", PC_TYPE_INT, PC_TYPE_LONG},
        {"str", PC_TYPE_BYTES, PC_TYPE_UNICODE}, {"bool", PC_TYPE_BOOL, PC_TYPE_BOOL},
        {"NoneType", PC_TYPE_NONE, PC_TYPE_NONE},
        {"float", PC_TYPE_FLOAT, PC_TYPE_FLOAT}, {"list", PC_TYPE_LIST, PC_TYPE_LIST},
        {"dict", PC_TYPE_DICT, PC_TYPE_DICT},
        {"frozenset", PC_TYPE_FROZENSET, PC_TYPE_FROZENSET}, {"code", PC_TYPE_CODE, PC_TYPE_CODE},
        {"odd", PC_TYPE_OBJECT, PC_TYPE_OBJECT},
    };
    synth_build build;
    for (size_t i = 0; synth_build_get(i, &build); i++) {
        synth_python p;
        uint64_t types[PC_ARRAY_SIZE(rows)];
        synth_python_init(&p, &build);
        for (size_t k = 0; k < PC_ARRAY_SIZE(rows); k++)
            types[k] = synth_type(&p, rows[k].name);
        pc_python *py = synth_python_open(&p);
        for (size_t k = 0; k < PC_ARRAY_SIZE(rows); k++) {
            const pc_type *type = NULL;
            bool known = strcmp(rows[k].name, "odd");
            CHECK_SUCCESS(pc_type_read(py, types[k], &type));
            if (!type)
                continue;
            CHECK_UINT(type->kind, build.major == 2 ? rows[k].two : rows[k].three);
            CHECK_UINT(type->is_builtin, known);
            CHECK_UINT(type->repr_is_builtin, known);
            CHECK_UINT(type->repr_is_default, k == 0);
            CHECK(!type->heap);
            CHECK_TEXT(type->tp_name, rows[k].name);
            CHECK_TEXT(type->full_name, rows[k].name);
            CHECK_TEXT(type->module, build.major == 2 ? "__builtin__" : "builtins");
            const pc_type *again;
            CHECK_SUCCESS(pc_type_read(py, types[k], &again));
            CHECK(again == type);
        }
        synth_python_deinit(&p);
    }
}

static void test_classes(void)
{
    synth_build build;
    for (size_t i = 0; synth_build_get(i, &build); i++) {
        synth_python p;
        synth_python_init(&p, &build);
        bool two = build.major == 2;
        uint64_t list = synth_type(&p, "list"), object = synth_type(&p, "object");
        uint64_t own = synth_class(&p, "pkg.mod", "Outer.Own", list), heir = synth_class(&p, "other", "Heir", own);
        uint64_t loud = synth_class(&p, "m", "Loud", own), quiet = synth_class(&p, "m", "Quiet", list),
            nameless = synth_class(&p, NULL, "N", object);
        /* of that name, but not in the interpreter's module: some extension's */
        uint64_t foreign = synth_static_type(&p, "ext.dict", object, synth_function_address(&p), true);
        uint64_t false_friend = synth_static_type(&p, "dict", object, synth_function_address(&p), true);
        synth_set(&p, PC_TP_REPR, loud, synth_function_address(&p));
        uint64_t instance = synth_object(&p, heir, PC_STRUCT_LIST, 0);
        const pc_type *type;
        pc_python *py = synth_python_open(&p);
        CHECK_SUCCESS(pc_type_read(py, own, &type));
        CHECK_TEXT(type->full_name, two ? "pkg.mod.Own" : "pkg.mod.Outer.Own");
        CHECK_TEXT(type->short_name, "Own");
        CHECK(type->heap && type->kind == PC_TYPE_LIST && !type->is_builtin && type->repr_is_builtin &&
              !type->repr_is_default);
        CHECK_UINT(type->base, list);
        CHECK_SUCCESS(pc_type_read(py, heir, &type));
        CHECK(type->kind == PC_TYPE_LIST && type->repr_is_builtin);
        CHECK_SUCCESS(pc_type_read(py, loud, &type));
        CHECK(type->kind == PC_TYPE_LIST && !type->repr_is_builtin && !type->repr_is_default);
        CHECK_SUCCESS(pc_type_read(py, quiet, &type));
        CHECK(type->repr_is_builtin);
        CHECK_SUCCESS(pc_type_read(py, nameless, &type));
        CHECK_TEXT(type->module, NULL);
        CHECK_TEXT(type->full_name, "N");
        CHECK(type->repr_is_default);
        CHECK_SUCCESS(pc_type_read(py, foreign, &type));
        CHECK(type->kind == PC_TYPE_OBJECT && !type->repr_is_builtin && !type->repr_is_default);
        CHECK_TEXT(type->module, "ext");
        CHECK_TEXT(type->qualname, "dict");
        CHECK_SUCCESS(pc_type_read(py, false_friend, &type));
        CHECK(type->kind == PC_TYPE_OBJECT);
        CHECK(pc_is(py, instance, PC_TYPE_LIST));
        CHECK(!pc_is(py, instance, PC_TYPE_DICT));
        CHECK(!pc_is(py, 0, PC_TYPE_LIST));
        CHECK_SUCCESS(pc_expect(py, instance, PC_TYPE_LIST));
        CHECK_ERROR(pc_expect(py, instance, PC_TYPE_TUPLE), PC_ERROR_CORRUPT);
        synth_python_deinit(&p);
    }
}

/* object's own __repr__ put back by a mixin: neither list's nor somebody's. */
static void test_default_repr_again(void)
{
    synth_build build;
    synth_build_of(3, 11, 0, &build);
    synth_python p;
    synth_python_init(&p, &build);
    uint64_t object = synth_type(&p, "object"), mixed = synth_class(&p, "m", "Mixed", synth_type(&p, "list")),
        plain = synth_class(&p, "m", "P", object);
    synth_set(&p, PC_TP_REPR, object, 0x1234);
    synth_set(&p, PC_TP_REPR, plain, 0x1234);
    synth_set(&p, PC_TP_REPR, mixed, 0x1234);
    uint64_t instance = synth_object(&p, mixed, PC_STRUCT_LIST, 0);
    pc_python *py = synth_python_open(&p);
    const pc_type *type;
    char wanted[64];
    CHECK_SUCCESS(pc_type_read(py, mixed, &type));
    CHECK(type->repr_is_default && !type->repr_is_builtin);
    snprintf(wanted, sizeof(wanted), "<m.Mixed object at 0x%" PRIx64 ">", instance);
    CHECK_REPR(py, instance, wanted);
    synth_python_deinit(&p);
}

/* Names that are not saved, too long, or of strange characters. */
static void test_names(void)
{
    synth_build build;
    for (size_t i = 0; synth_build_get(i, &build); i++) {
        synth_python p;
        synth_python_init(&p, &build);
        char longest[PC_LIMIT_NAME + 2];
        memset(longest, 'x', sizeof(longest));
        longest[sizeof(longest) - 1] = 0;
        uint64_t object = synth_type(&p, "object"), top = p.word == 8 ? UINT64_MAX : UINT32_MAX;
        uint64_t nowhere = synth_static_type(&p, "lost", object, 0, true),
            strange = synth_static_type(&p, "m.\xff\x1b[31m", object, 0, true);
        uint64_t large = synth_static_type(&p, longest, object, 0, true),
            lost_class = synth_class(&p, "m", "C", object);
        synth_set(&p, PC_TP_NAME, nowhere, 0x10);
        synth_set(&p, PC_TP_NAME, lost_class, top);
        synth_set(&p, PC_HT_NAME, lost_class, 0);
        if (synth_has(&p, PC_HT_QUALNAME))
            synth_set(&p, PC_HT_QUALNAME, lost_class, object);
        uint64_t instances[] = {synth_object(&p, nowhere, PC_STRUCT_OBJECT, 0),
                                synth_object(&p, lost_class, PC_STRUCT_OBJECT, 0)};
        pc_python *py = synth_python_open(&p);
        const pc_type *type;
        CHECK_SUCCESS(pc_type_read(py, nowhere, &type));
        CHECK_TEXT(type->tp_name, NULL);
        CHECK_TEXT(type->full_name, NULL);
        CHECK_SUCCESS(pc_type_read(py, large, &type));
        CHECK_TEXT(type->tp_name, NULL);
        CHECK_SUCCESS(pc_type_read(py, strange, &type));
        CHECK_TEXT(type->full_name, "m.\\udcff\x1b[31m"); /* valid UTF-8; a terminal is the renderer's business */
        CHECK_SUCCESS(pc_type_read(py, lost_class, &type));
        CHECK_TEXT(type->full_name, NULL);
        CHECK_PARTIAL(py, instances[0], &synth_no_limits, NULL, PC_STATUS_UNREADABLE);
        CHECK_PARTIAL(py, instances[1], &synth_no_limits, NULL, PC_STATUS_UNREADABLE);
        synth_python_deinit(&p);
    }
}

static void test_no_types(void)
{
    synth_build build;
    for (size_t i = 0; synth_build_get(i, &build); i++) {
        synth_python p;
        synth_python_init(&p, &build);
        uint64_t object = synth_type(&p, "object"), top = p.word == 8 ? UINT64_MAX : UINT32_MAX,
            instance = synth_object(&p, object, PC_STRUCT_OBJECT, 512);
        uint64_t of_instance = synth_object(&p, instance, PC_STRUCT_OBJECT, 512),
            itself = synth_object(&p, object, PC_STRUCT_OBJECT, 512);
        synth_set(&p, PC_OB_TYPE, itself, itself);
        pc_python *py = synth_python_open(&p);
        const pc_type *type = NULL;
        CHECK_ERROR(pc_type_read(py, instance, &type), PC_ERROR_CORRUPT);
        CHECK_ERROR(pc_type_of(py, of_instance, &type), PC_ERROR_CORRUPT);
        CHECK_ERROR(pc_type_read(py, itself, &type), PC_ERROR_CORRUPT);
        CHECK_ERROR(pc_type_read(py, 0, &type), PC_ERROR_CORRUPT);
        CHECK_ERROR(pc_type_read(py, 8, &type), PC_ERROR_UNMAPPED);
        pc_error *error = pc_type_read(py, top - 3, &type);
        CHECK(error && (error->code == PC_ERROR_UNMAPPED || error->code == PC_ERROR_CORRUPT));
        pc_error_destroy(error);
        CHECK(type == NULL);
        synth_python_deinit(&p);
    }
}

/* A type that is its own base, two that are each other's, and more of them in a row than any program has. */
static void test_endless_bases(void)
{
    synth_build build;
    for (size_t i = 0; synth_build_get(i, &build); i++) {
        if (i % 16 > 3)
            continue; /* 32 and 64 bits are enough */
        synth_python p;
        synth_python_init(&p, &build);
        uint64_t object = synth_type(&p, "object"), itself = synth_static_type(&p, "itself", object, 0, true);
        uint64_t one = synth_class(&p, "m", "One", object), two = synth_class(&p, "m", "Two", one), chain = object;
        synth_set(&p, PC_TP_BASE, itself, itself);
        synth_set(&p, PC_TP_BASE, one, two);
        for (int k = 0; k < 3000; k++)
            chain = synth_static_type(&p, "link", chain, 0, true);
        uint64_t instances[] = {synth_object(&p, itself, PC_STRUCT_OBJECT, 0),
                                synth_object(&p, one, PC_STRUCT_OBJECT, 0),
            synth_object(&p, chain, PC_STRUCT_OBJECT, 0)};
        pc_python *py = synth_python_open(&p);
        const pc_type *type;
        for (size_t k = 0; k < 3; k++) {
            CHECK_SUCCESS(pc_type_of(py, instances[k], &type));
            CHECK_UINT(type->kind, PC_TYPE_OTHER);
            CHECK(!type->repr_is_default && !type->repr_is_builtin);
            CHECK(!pc_repr_of(py, instances[k], &synth_no_limits).exact);
        }
        CHECK_INT(py->type_depth, 0);
        synth_python_deinit(&p);
    }
}

/* A type whose names and dict are instances of itself, all the way down. */
static void test_named_by_itself(void)
{
    synth_build build;
    for (size_t i = 0; synth_build_get(i, &build); i++) {
        synth_python p;
        synth_python_init(&p, &build);
        uint64_t object = synth_type(&p, "object"), class = synth_class(&p, "m", "C", object),
            strings = synth_type(&p, "str");
        uint64_t instance = synth_object(&p, class, PC_STRUCT_HEAP_TYPE, 64);
        synth_set(&p, PC_HT_NAME, class, instance);
        if (synth_has(&p, PC_HT_QUALNAME))
            synth_set(&p, PC_HT_QUALNAME, class, instance);
        synth_set(&p, PC_TP_DICT, class, instance);
        synth_set(&p, PC_TP_BASE, class, class);
        /* and str is an instance's name's type: str's own name is a str */
        uint64_t heap_str = synth_class(&p, "m", "S", strings), text = synth_str(&p, "own");
        synth_set(&p, PC_OB_TYPE, text, heap_str);
        synth_set(&p, PC_HT_NAME, heap_str, text);
        if (synth_has(&p, PC_HT_QUALNAME))
            synth_set(&p, PC_HT_QUALNAME, heap_str, text);
        pc_python *py = synth_python_open(&p);
        const pc_type *type;
        CHECK_SUCCESS(pc_type_read(py, class, &type));
        CHECK_UINT(type->kind, PC_TYPE_OTHER);
        pc_repr repr = pc_repr_of(py, instance, &synth_no_limits);
        CHECK(!repr.exact);
        CHECK_SUCCESS(pc_type_read(py, heap_str, &type));
        CHECK_REPR(py, text, "'own'");
        synth_python_deinit(&p);
    }
}

void suite_type(void)
{
    CU_pSuite suite = CU_add_suite("type", NULL, NULL);
    CU_add_test(suite, "kinds", test_kinds);
    CU_add_test(suite, "classes", test_classes);
    CU_add_test(suite, "object's __repr__ again", test_default_repr_again);
    CU_add_test(suite, "names", test_names);
    CU_add_test(suite, "what is no type", test_no_types);
    CU_add_test(suite, "bases without end", test_endless_bases);
    CU_add_test(suite, "named by itself", test_named_by_itself);
}
