/* repr() of types of C code beside the first builtins: deque, defaultdict, arrays; the first digits of huge ints. */
#include <CUnit/CUnit.h>
#include <gmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/check.h"
#include "tests/synth_python.h"
#include "tests/unit.h"

/* The made-up layout is that of all modules. */
static pc_python *open_all(synth_python *p)
{
    pc_python *py = synth_python_open(p);
    p->modules.items = &p->module;
    p->modules.count = 1;
    for (size_t i = 0; i < PC_MODULE_COUNT; i++)
        py->modules_tried[i] = py->modules_known[i] = true;
    return py;
}

/* A block of four items between its links. */
static void set_block(synth_python *p)
{
    pc_field_place *fields = p->layout.fields;
    p->layout.structs[PC_STRUCT_DEQUE_BLOCK].size = 6 * p->word;
    fields[PC_BLOCK_PREVIOUS].offset = 0;
    fields[PC_BLOCK_ITEMS].offset = p->word;
    fields[PC_BLOCK_NEXT].offset = 5 * p->word;
}

static uint64_t last_block;

static uint64_t deque(synth_python *p, uint64_t type, uint64_t first, const uint64_t *items, size_t count, int64_t max_length)
{
    uint64_t object = synth_object(p, type, PC_STRUCT_DEQUE, 0), block = synth_alloc(p, 6 * p->word), at = first;
    synth_set(p, PC_DEQUE_FIRST_BLOCK, object, block);
    synth_set(p, PC_DEQUE_FIRST_INDEX, object, first);
    synth_set(p, PC_DEQUE_MAX_LENGTH, object, (uint64_t)max_length);
    synth_set(p, synth_has(p, PC_DEQUE_LENGTH) ? PC_DEQUE_LENGTH : PC_OB_SIZE, object, count);
    for (size_t i = 0; i < count; i++, at++) {
        if (at == 4) {
            uint64_t next = synth_alloc(p, 6 * p->word);
            synth_store(p, block + 5 * p->word, next, p->word);
            block = next;
            at = 0;
        }
        synth_store(p, block + (1 + at) * p->word, items[i], p->word);
    }
    last_block = block;
    synth_set(p, PC_DEQUE_LAST_BLOCK, object, block);
    synth_set(p, PC_DEQUE_LAST_INDEX, object, count ? at - 1 : first);
    return object;
}

static void test_deques(void)
{
    synth_build build;
    for (size_t i = 0; synth_build_get(i, &build); i++) {
        synth_python p;
        synth_python_init(&p, &build);
        set_block(&p);
        uint64_t root = synth_type(&p, "object"),
            type = synth_static_type(&p, "collections.deque", root, synth_function_address(&p), false),
            own = synth_class(&p, "m", "Own", type), items[6];
        for (size_t k = 0; k < 6; k++)
            items[k] = synth_int(&p, (int64_t)k);
        uint64_t objects[] = {deque(&p, type, 0, items, 0, -1), deque(&p, type, 3, items, 6, -1), deque(&p, own, 1, items, 2, 9),
                              deque(&p, type, 1, items, 3, 2), deque(&p, type, 4, items, 1, -1)};
        uint64_t elsewhere = deque(&p, type, 1, items, 3, -1), earlier = deque(&p, type, 2, items, 5, -1);
        synth_set(&p, PC_DEQUE_LAST_BLOCK, elsewhere, last_block + p.word);
        synth_set(&p, PC_DEQUE_LAST_INDEX, earlier, 1);
        uint64_t self = deque(&p, type, 1, items, 1, -1);
        synth_store(&p, last_block + 2 * p.word, self, p.word);
        bool old = build.major == 2 || build.minor < 7;
        pc_python *py = open_all(&p);
        CHECK_REPR(py, objects[0], "deque([])");
        CHECK_REPR(py, objects[1], "deque([0, 1, 2, 3, 4, 5])");
        CHECK_REPR(py, objects[2], old ? "deque([0, 1], maxlen=9)" : "Own([0, 1], maxlen=9)");
        CHECK_PARTIAL(py, objects[3], &synth_no_limits, NULL, PC_STATUS_CORRUPT); /* longer than it may be */
        CHECK_PARTIAL(py, objects[4], &synth_no_limits, NULL, PC_STATUS_CORRUPT); /* begins behind its block */
        CHECK_PARTIAL(py, elsewhere, &synth_no_limits, NULL, PC_STATUS_CORRUPT); /* its ends are in blocks apart */
        CHECK_PARTIAL(py, earlier, &synth_no_limits, NULL, PC_STATUS_CORRUPT);   /* it ends where it cannot */
        CHECK_REPR(py, self, "deque([[...]])");
        synth_python_deinit(&p);
    }
}

static void test_arrays(void)
{
    static const struct {
        char typecode;
        unsigned size;
        uint64_t items[2];
        const char *text;
    } rows[] = {
        {'b', 1, {0xff, 1}, "array('b', [-1, 1])"},
        {'H', 2, {0xffff, 0}, "array('H', [65535, 0])"},
        {'i', 4, {0x80000000, 5}, "array('i', [-2147483648, 5])"},
        {'q', 8, {UINT64_MAX, 7}, "array('q', [-1, 7])"},
        {'Q', 8, {UINT64_MAX, 7}, "array('Q', [18446744073709551615, 7])"},
        {'f', 4, {0x3dcccccd, 0x7f800000}, "array('f', [0.10000000149011612, inf])"},
        {'d', 8, {UINT64_C(0x3fb999999999999a), UINT64_C(0x8000000000000000)}, "array('d', [0.1, -0.0])"},
    };
    synth_build build;
    for (size_t i = 0; synth_build_get(i, &build); i++) {
        synth_python p;
        synth_python_init(&p, &build);
        uint64_t type = synth_static_type(&p, "array.array", synth_type(&p, "object"), synth_function_address(&p), false);
        uint64_t objects[PC_ARRAY_SIZE(rows) + 1];
        for (size_t k = 0; k <= PC_ARRAY_SIZE(rows); k++) {
            bool odd = k == PC_ARRAY_SIZE(rows); /* a type code that there is not */
            uint64_t description = synth_alloc(&p, synth_size(&p, PC_STRUCT_ARRAY_DESCRIPTION)), items = synth_alloc(&p, 16);
            unsigned size = odd ? 4 : rows[k].size;
            objects[k] = synth_object(&p, type, PC_STRUCT_ARRAY, 0);
            synth_set(&p, PC_OB_SIZE, objects[k], 2);
            synth_set(&p, PC_ARRAY_ITEMS, objects[k], items);
            synth_set(&p, PC_ARRAY_DESCRIPTION, objects[k], description);
            synth_set(&p, PC_ARRAY_TYPECODE, description, (uint64_t)(odd ? '?' : rows[k].typecode));
            synth_set(&p, PC_ARRAY_ITEM_SIZE, description, size);
            for (size_t n = 0; n < 2 && !odd; n++)
                synth_store(&p, items + n * size, rows[k].items[n], size);
        }
        pc_python *py = open_all(&p);
        for (size_t k = 0; k < PC_ARRAY_SIZE(rows); k++)
            CHECK_REPR(py, objects[k], rows[k].text);
        CHECK_PARTIAL(py, objects[PC_ARRAY_SIZE(rows)], &synth_no_limits, NULL, PC_STATUS_CORRUPT);
        synth_python_deinit(&p);
    }
}

/* 2^n - 1 and the power of ten next to it, by their first digits. */
static void test_huge_ints(void)
{
    enum { DIGITS = 3000, SHOWN = 40 };
    synth_build build;
    for (size_t i = 0; synth_build_of(3, 12, i, &build); i++) {
        synth_python p;
        synth_python_init(&p, &build);
        unsigned bits = build.digit_size == 4 ? 30 : 15;
        uint32_t *digits = malloc(DIGITS * sizeof(*digits));
        for (size_t k = 0; k < DIGITS; k++)
            digits[k] = (1u << bits) - 1;
        uint64_t ones = synth_long(&p, true, digits, DIGITS);
        mpz_t number, ten;
        mpz_inits(number, ten, NULL);
        mpz_ui_pow_ui(ten, 10, 9000);
        size_t count;
        mpz_export(digits, &count, -1, sizeof(*digits), 0, 32 - bits, ten);
        uint64_t power = synth_long(&p, false, digits, count);
        mpz_sub_ui(ten, ten, 1);
        mpz_export(digits, &count, -1, sizeof(*digits), 0, 32 - bits, ten);
        uint64_t nines = synth_long(&p, false, digits, count);
        mpz_ui_pow_ui(number, 2, DIGITS * bits);
        mpz_sub_ui(number, number, 1);
        char *text = mpz_get_str(NULL, 10, number), wanted[3][SHOWN + 4];
        snprintf(wanted[0], sizeof(wanted[0]), "-%.*s...", SHOWN - 1, text);
        snprintf(wanted[1], sizeof(wanted[1]), "1%0*d...", SHOWN - 1, 0);
        memset(wanted[2], '9', SHOWN);
        memcpy(wanted[2] + SHOWN, "...", 4);
        pc_python *py = open_all(&p);
        pc_repr_limits limits = {SHOWN, 0, 0};
        CHECK_PARTIAL(py, ones, &limits, wanted[0], PC_STATUS_TRUNCATED);
        CHECK_PARTIAL(py, power, &limits, wanted[1], PC_STATUS_TRUNCATED);
        CHECK_PARTIAL(py, nines, &limits, wanted[2], PC_STATUS_TRUNCATED);
        free(text);
        free(digits);
        mpz_clears(number, ten, NULL);
        synth_python_deinit(&p);
    }
}

void suite_repr_c_types(void)
{
    CU_pSuite suite = CU_add_suite("repr_c_types", NULL, NULL);
    CU_add_test(suite, "deques", test_deques);
    CU_add_test(suite, "arrays", test_arrays);
    CU_add_test(suite, "huge ints", test_huge_ints);
}
