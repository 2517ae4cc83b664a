/* Attributes without running code, fingerprints of code, and the tables of the standard library's classes. */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "python/attribute.h"
#include "python/fingerprint.h"
#include "python/library.h"
#include "python/opcodes.h"
#include "tests/check.h"
#include "tests/synth_python.h"
#include "tests/unit.h"

static void test_tables(void)
{
    bool seen[PC_LIBRARY_COUNT] = {false};
    for (size_t i = 0; i < pc_library_fingerprint_count; i++) {
        const pc_library_fingerprint *at = &pc_library_fingerprints[i];
        CU_ASSERT(i == 0 || pc_library_fingerprints[i - 1].fingerprint < at->fingerprint);
        CU_ASSERT_FATAL((unsigned)at->id < PC_LIBRARY_COUNT);
        seen[at->id] = true;
    }
    size_t known = 0;
    for (size_t i = 0; i < PC_LIBRARY_COUNT; i++) {
        known += seen[i];
        CU_ASSERT(!pc_library_rows[i].template != !pc_library_rows[i].writer);
    }
    CU_ASSERT(known > PC_LIBRARY_COUNT / 2); /* the others have the code of one of these */
}

/* Items have names, conditions an end; anything else would be a stand-in for ever. */
static void test_templates(void)
{
    for (size_t i = 0; i < PC_LIBRARY_COUNT; i++) {
        const char *at = pc_library_rows[i].template;
        int open = 0;
        if (!at || *at == '=')
            continue;
        for (; *at; at++) {
            if (*at == '}' && at[1] == '}') {
                at++;
                continue;
            }
            if (*at == '{' && at[1] == '{') {
                at++;
                continue;
            }
            CU_ASSERT(*at != '}');
            if (*at != '{')
                continue;
            open += at[1] == '?';
            open -= at[1] == '/';
            CU_ASSERT(open >= 0 && (at[1] != ':' || open > 0));
            at = strchr(at, '}');
            CU_ASSERT_PTR_NOT_NULL_FATAL(at);
        }
        CU_ASSERT_EQUAL(open, 0);
    }
}

static uint8_t number_of(const pc_bytecode_dialect *dialect, const char *name)
{
    for (int i = 0; i < 256; i++)
        if (!strcmp(dialect->opcodes[i].name, name))
            return (uint8_t)i;
    CU_FAIL("an instruction that must be there");
    return 0;
}

static uint64_t hash_of(const pc_bytecode_dialect *dialect, const uint8_t *code, size_t size)
{
    pc_bytecode bytecode = {.dialect = dialect, .code = code, .code_size = size};
    uint64_t hash = PC_FINGERPRINT_START;
    return pc_fingerprint_instructions(&bytecode, &hash) ? hash : 0;
}

/* What the interpreter has made of the code while it ran is not seen; what the compiler wrote is. */
static void test_instructions(void)
{
    const pc_bytecode_dialect *dialect = pc_bytecode_dialect_find(3, 12);
    CU_ASSERT_PTR_NOT_NULL_FATAL(dialect);
    uint8_t load = number_of(dialect, "LOAD_FAST"), attribute = number_of(dialect, "LOAD_ATTR"), back = number_of(dialect, "RETURN_VALUE");
    uint8_t special = number_of(dialect, "LOAD_ATTR_INSTANCE_VALUE"), prefix = number_of(dialect, "EXTENDED_ARG");
    uint8_t plain[24] = {load, 0, attribute, 2}, warm[24], other[24], longer[26] = {load, 0, prefix, 0};
    plain[22] = back;
    memcpy(warm, plain, sizeof(warm));
    warm[2] = special;
    memset(warm + 4, 0xab, 18);
    memcpy(other, plain, sizeof(other));
    other[3] = 4;
    memcpy(longer + 4, plain + 2, 22);
    uint64_t hash = hash_of(dialect, plain, sizeof(plain));
    CU_ASSERT_NOT_EQUAL(hash, 0);
    CU_ASSERT_EQUAL(hash, hash_of(dialect, warm, sizeof(warm)));
    CU_ASSERT_EQUAL(hash, hash_of(dialect, longer, sizeof(longer)));
    CU_ASSERT_NOT_EQUAL(hash, hash_of(dialect, other, sizeof(other)));
    CU_ASSERT_EQUAL(hash_of(dialect, plain, 20), 0); /* caches cut off */
    /* FNV-1a of "a" */
    CU_ASSERT_EQUAL(pc_fingerprint_byte(PC_FINGERPRINT_START, 'a'), UINT64_C(0xaf63dc4c8601ec8c));
}

static uint64_t class_with(synth_python *p, const char *name, uint64_t value, bool with_dict)
{
    uint64_t object = synth_type(p, "object"), class = synth_class(p, "m", "C", object), key = synth_str(p, name);
    uint64_t mro[] = {class, object}, none = 0;
    synth_set(p, PC_TP_DICT, class, synth_dict(p, &key, &value, 1));
    synth_set(p, PC_TP_MRO, class, synth_tuple(p, mro, 2));
    synth_set(p, PC_TP_DICT, object, synth_dict(p, &none, &none, 0));
    synth_set(p, PC_TP_DICTOFFSET, class, with_dict ? synth_size(p, PC_STRUCT_OBJECT) : 0);
    synth_set(p, PC_TP_BASICSIZE, class, synth_size(p, PC_STRUCT_OBJECT) + p->word);
    return class;
}

static pc_attribute get(pc_python *py, uint64_t object, const char *name)
{
    return pc_attribute_get(py, object, name);
}

static void test_attributes(void)
{
    synth_build build;
    for (size_t i = 0; synth_build_get(i, &build); i++) {
        synth_python p;
        synth_python_init(&p, &build);
        uint64_t one = synth_int(&p, 1), two = synth_int(&p, 2);
        uint64_t class = class_with(&p, "a", one, true), keys[] = {synth_str(&p, "b"), synth_str(&p, "a")}, values[] = {two, two};
        uint64_t with = synth_object(&p, class, PC_STRUCT_OBJECT, p.word), without = synth_object(&p, class, PC_STRUCT_OBJECT, p.word);
        synth_store(&p, with + synth_size(&p, PC_STRUCT_OBJECT), synth_dict(&p, keys, values, 2), p.word);
        /* one whose metaclass, or C code, finds attributes otherwise */
        uint64_t own = class_with(&p, "a", one, false), strange = synth_object(&p, own, PC_STRUCT_OBJECT, p.word);
        synth_set(&p, PC_TP_GETATTRO, own, synth_function_address(&p));
        uint64_t generic = synth_function_address(&p);
        synth_set(&p, PC_TP_GETATTRO, class, generic);
        synth_set(&p, PC_TP_GETATTRO, synth_type(&p, "object"), generic);
        pc_python *py = synth_python_open(&p);
        CU_ASSERT_EQUAL(get(py, with, "b").kind, PC_ATTRIBUTE_VALUE);
        CU_ASSERT_EQUAL(get(py, with, "b").value, two);
        CU_ASSERT_EQUAL(get(py, with, "a").value, two); /* its own before the class's */
        CU_ASSERT_EQUAL(get(py, without, "a").value, one);
        CU_ASSERT_EQUAL(get(py, without, "b").kind, PC_ATTRIBUTE_ABSENT);
        CU_ASSERT_EQUAL(get(py, strange, "a").kind, PC_ATTRIBUTE_UNKNOWN);
        CU_ASSERT_EQUAL(get(py, class, "a").kind, PC_ATTRIBUTE_UNKNOWN);
        CU_ASSERT_EQUAL(get(py, 0, "a").kind, PC_ATTRIBUTE_UNKNOWN);
        CU_ASSERT_EQUAL(pc_type_lookup(py, class, "a").kind, PC_LOOKUP_FOUND);
        CU_ASSERT_EQUAL(pc_type_lookup(py, class, "a").owner, class);
        CU_ASSERT_EQUAL(pc_type_lookup(py, class, "z").kind, PC_LOOKUP_ABSENT);
        CU_ASSERT_EQUAL(pc_type_lookup(py, one, "z").kind, PC_LOOKUP_UNKNOWN);
        synth_python_deinit(&p);
    }
}

void suite_library(void)
{
    CU_pSuite suite = CU_add_suite("library", NULL, NULL);
    CU_add_test(suite, "tables", test_tables);
    CU_add_test(suite, "templates", test_templates);
    CU_add_test(suite, "instructions", test_instructions);
    CU_add_test(suite, "attributes", test_attributes);
}
