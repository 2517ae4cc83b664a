/* repr() of types of extension modules: decimal numbers, locks, patterns. */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "python/lock.h"
#include "tests/check.h"
#include "tests/synth_python.h"
#include "tests/unit.h"

/* The layouts of extension modules are there already. */
static pc_python *open_with(synth_python *p, pc_layout_module module)
{
    pc_python *py = synth_python_open(p);
    p->modules.items = &p->module;
    p->modules.count = 1;
    py->modules_tried[module] = py->modules_known[module] = true;
    return py;
}

static uint64_t decimal(synth_python *p, unsigned flags, const char *digits, int64_t exponent)
{
    unsigned word = p->word, word_digits = word == 8 ? 19 : 9;
    size_t count = strlen(digits), words = (count + word_digits - 1) / word_digits;
    uint64_t object = synth_object(p, synth_type(p, "decimal.Decimal"), PC_STRUCT_DECIMAL, 0);
    uint64_t data = synth_alloc(p, words * word + 1);
    for (size_t i = 0; i < words; i++) {
        size_t end = count - i * word_digits, first = end > word_digits ? end - word_digits : 0;
        char text[32] = "";
        memcpy(text, digits + first, end - first);
        synth_store(p, data + i * word, strtoull(text, NULL, 10), word);
    }
    synth_set(p, PC_DECIMAL_FLAGS, object, flags);
    synth_set(p, PC_DECIMAL_EXPONENT, object, (uint64_t)exponent);
    synth_set(p, PC_DECIMAL_DIGITS, object, count);
    synth_set(p, PC_DECIMAL_LENGTH, object, words);
    synth_set(p, PC_DECIMAL_WORDS, object, data);
    return object;
}

static const struct {
    unsigned flags;
    const char *digits;
    int64_t exponent;
    const char *text;
} decimals[] = {
    {0, "0", 0, "0"}, {1, "0", 0, "-0"}, {0, "0", -2, "0.00"}, {0, "0", 3, "0E+3"}, {0, "0", -6, "0.000000"}, {0, "0", -7, "0E-7"},
    {0, "1", -6, "0.000001"}, {0, "1", -7, "1E-7"}, {0, "12", -7, "0.0000012"}, {0, "12", -8, "1.2E-7"}, {1, "123", -2, "-1.23"},
    {0, "123", -3, "0.123"}, {0, "123", -4, "0.0123"}, {0, "123", 1, "1.23E+3"}, {0, "1000000000", 0, "1000000000"},
    {0, "999999999", 0, "999999999"}, {0, "10000000000000000000", 0, "10000000000000000000"},
    {0, "9999999999999999999", -1, "999999999999999999.9"},
    {0, "123456789012345678901234567890", -20, "1234567890.12345678901234567890"},
    {1, "100000000000000000000000000000000000001", 5, "-1.00000000000000000000000000000000000001E+43"},
    {2, "", 0, "Infinity"}, {3, "", 0, "-Infinity"}, {4, "", 0, "NaN"}, {5, "", 0, "-NaN"}, {8, "", 0, "sNaN"},
    {4, "123", 0, "NaN123"}, {9, "12345678901234567890", 0, "-sNaN12345678901234567890"},
};

static void test_decimals(void)
{
    synth_build build;
    for (size_t i = 0; synth_build_of(3, 11, i, &build); i++) {
        synth_python p;
        uint64_t objects[PC_ARRAY_SIZE(decimals)];
        synth_python_init(&p, &build);
        for (size_t k = 0; k < PC_ARRAY_SIZE(decimals); k++)
            objects[k] = decimal(&p, decimals[k].flags, decimals[k].digits, decimals[k].exponent);
        pc_python *py = open_with(&p, PC_MODULE_DECIMAL);
        py->decimal_letters_read = true;
        py->decimal_letter = 'E';
        for (size_t k = 0; k < PC_ARRAY_SIZE(decimals); k++) {
            char text[128];
            snprintf(text, sizeof(text), "Decimal('%s')", decimals[k].text);
            CHECK_REPR(py, objects[k], text);
        }
        synth_python_deinit(&p);
    }
}

static void test_cut_decimals(void)
{
    synth_build build;
    for (size_t i = 0; synth_build_of(3, 12, i, &build); i++) {
        synth_python p;
        static const pc_repr_limits limits = {20, 0, 0};
        synth_python_init(&p, &build);
        /* of a million digits, of which the highest words are there */
        unsigned word = p.word, word_digits = word == 8 ? 19 : 9;
        uint64_t object = decimal(&p, 0, "1", 0), words = 1000, data = synth_alloc(&p, words * word);
        for (uint64_t k = 0; k < words; k++)
            synth_store(&p, data + k * word, 123456789, word);
        synth_set(&p, PC_DECIMAL_WORDS, object, data);
        synth_set(&p, PC_DECIMAL_LENGTH, object, words);
        synth_set(&p, PC_DECIMAL_DIGITS, object, (words - 1) * word_digits + 9);
        uint64_t uneven = decimal(&p, 0, "123456789", 0), leading = decimal(&p, 0, "123456789", 0), large = decimal(&p, 0, "123456789", 0),
                 empty = decimal(&p, 0, "", 0), far = decimal(&p, 0, "5", INT64_MAX >> (word == 8 ? 0 : 32));
        synth_set(&p, PC_DECIMAL_LENGTH, uneven, 2);
        synth_set(&p, PC_DECIMAL_DIGITS, leading, word_digits == 9 ? 8 : 10);
        uint64_t bad = synth_alloc(&p, word);
        synth_store(&p, bad, ~UINT64_C(0), word);
        synth_set(&p, PC_DECIMAL_WORDS, large, bad);
        pc_python *py = open_with(&p, PC_MODULE_DECIMAL);
        CHECK_PARTIAL(py, object, &limits, word == 8 ? "Decimal('12345678900..." : "Decimal('12345678912...", PC_STATUS_TRUNCATED);
        CHECK_PARTIAL(py, uneven, &synth_no_limits, NULL, PC_STATUS_CORRUPT);
        if (word_digits != 9)
            CHECK_PARTIAL(py, leading, &synth_no_limits, NULL, PC_STATUS_CORRUPT);
        CHECK_PARTIAL(py, large, &synth_no_limits, NULL, PC_STATUS_CORRUPT);
        CHECK_PARTIAL(py, empty, &synth_no_limits, NULL, PC_STATUS_CORRUPT);
        if (word == 8)
            CHECK_PARTIAL(py, far, &synth_no_limits, NULL, PC_STATUS_CORRUPT);
        synth_python_deinit(&p);
    }
}

/* A node of a context's variables: pairs of a variable and its value, or of NULL and a node. */
static uint64_t pairs_node(synth_python *p, const uint64_t *items, size_t count)
{
    size_t size = synth_size(p, PC_STRUCT_HAMT_PAIRS);
    uint64_t type = synth_static_type(p, "hamt_bitmap_node", synth_type(p, "object"), 0, false);
    synth_set(p, PC_TP_BASICSIZE, type, size - p->word);
    synth_set(p, PC_TP_ITEMSIZE, type, p->word);
    uint64_t node = synth_object(p, type, PC_STRUCT_HAMT_PAIRS, count * p->word), at = synth_field_at(p, PC_HAMT_ITEMS, node);
    synth_set(p, PC_OB_SIZE, node, count);
    for (size_t i = 0; i < count; i++)
        synth_store(p, at + i * p->word, items[i], p->word);
    return node;
}

static uint64_t array_node(synth_python *p, size_t slot, uint64_t child)
{
    size_t size = synth_size(p, PC_STRUCT_HAMT_ARRAY);
    uint64_t type = synth_static_type(p, "hamt_array_node", synth_type(p, "object"), 0, false);
    synth_set(p, PC_TP_BASICSIZE, type, size);
    synth_set(p, PC_TP_ITEMSIZE, type, 0);
    uint64_t node = synth_object(p, type, PC_STRUCT_HAMT_ARRAY, 32 * p->word);
    synth_store(p, synth_field_at(p, PC_HAMT_NODES, node) + slot * p->word, child, p->word);
    return node;
}

static uint64_t decimal_context(synth_python *p, uint64_t capitals)
{
    uint64_t object = synth_object(p, synth_type(p, "decimal.Context"), PC_STRUCT_DECIMAL_CONTEXT, 0);
    synth_set(p, PC_CONTEXT_CAPITALS, object, capitals);
    return object;
}

/* A thread whose context has these variables; next: the one before it in the list. */
static uint64_t thread_state(synth_python *p, uint64_t root, uint64_t next)
{
    uint64_t map = synth_alloc(p, synth_size(p, PC_STRUCT_HAMT)), context = synth_alloc(p, synth_size(p, PC_STRUCT_VAR_CONTEXT)),
             state = synth_alloc(p, synth_size(p, PC_STRUCT_THREAD_STATE));
    synth_set(p, PC_HAMT_ROOT, map, root);
    synth_set(p, PC_CTX_VARS, context, map);
    synth_set(p, PC_TS_CONTEXT, state, root ? context : 0);
    synth_set(p, PC_TS_NEXT, state, next);
    return state;
}

/* The letter of an exponent is that of the threads' contexts, wherever in the map of variables they are. */
static void test_letters(void)
{
    enum { UPPER, LOWER, NONE, BOTH, NO_CONTEXT, CYCLE, BAD_NODE, CASES };
    synth_build build;
    for (size_t i = 0; synth_build_of(3, 11, i, &build); i++) {
        for (int which = 0; which < CASES; which++) {
            synth_python p;
            synth_python_init(&p, &build);
            uint64_t number = decimal(&p, 0, "1", 5), var = synth_str(&p, "a variable"), leaf[4] = {var, synth_int(&p, 1), var, 0};
            leaf[3] = which == NONE ? leaf[1] : decimal_context(&p, which != LOWER);
            uint64_t deep[2] = {0, pairs_node(&p, leaf, 4)}, state = thread_state(&p, array_node(&p, 31, pairs_node(&p, deep, 2)), 0);
            if (which == BOTH) {
                leaf[3] = decimal_context(&p, 0);
                state = thread_state(&p, pairs_node(&p, leaf, 4), state);
            } else if (which == NO_CONTEXT) {
                state = thread_state(&p, 0, state);
            } else if (which == CYCLE) {
                uint64_t node = array_node(&p, 3, 0);
                synth_store(&p, synth_field_at(&p, PC_HAMT_NODES, node) + 3 * p.word, node, p.word);
                state = thread_state(&p, node, state);
            } else if (which == BAD_NODE) {
                state = thread_state(&p, number, state);
            }
            uint64_t interpreter = synth_alloc(&p, synth_size(&p, PC_STRUCT_INTERPRETER));
            synth_set(&p, PC_IS_MODULES, interpreter, synth_dict(&p, NULL, NULL, 0));
            synth_set(&p, PC_IS_THREADS, interpreter, state);
            pc_python *py = open_with(&p, PC_MODULE_DECIMAL);
            py->first_interpreter = interpreter;
            check_context("case %d, %zu", which, i);
            if (which == UPPER || which == NO_CONTEXT)
                CHECK_REPR(py, number, "Decimal('1E+5')");
            else if (which == LOWER)
                CHECK_REPR(py, number, "Decimal('1e+5')");
            else
                CHECK_PARTIAL(py, number, &synth_no_limits, "Decimal('1E+5')", PC_STATUS_COMPLETE);
            synth_python_deinit(&p);
        }
    }
}

static void test_contexts(void)
{
    synth_build build;
    for (size_t i = 0; synth_build_of(3, 10, i, &build); i++) {
        synth_python p;
        synth_python_init(&p, &build);
        uint64_t object = synth_object(&p, synth_type(&p, "decimal.Context"), PC_STRUCT_DECIMAL_CONTEXT, 0);
        synth_set(&p, PC_CONTEXT_PREC, object, 28);
        synth_set(&p, PC_CONTEXT_EMAX, object, 99);
        synth_set(&p, PC_CONTEXT_EMIN, object, (uint64_t)-99);
        synth_set(&p, PC_CONTEXT_ROUND, object, 6);
        synth_set(&p, PC_CONTEXT_CAPITALS, object, 1);
        synth_set(&p, PC_CONTEXT_STATUS, object, 0x7fff);
        synth_set(&p, PC_CONTEXT_TRAPS, object, 0x102);
        uint64_t strange = synth_object(&p, synth_type(&p, "decimal.Context"), PC_STRUCT_DECIMAL_CONTEXT, 0);
        synth_set(&p, PC_CONTEXT_ROUND, strange, 8);
        pc_python *py = open_with(&p, PC_MODULE_DECIMAL);
        CHECK_REPR(py, object, "Context(prec=28, rounding=ROUND_HALF_EVEN, Emin=-99, Emax=99, capitals=1, clamp=0, "
                               "flags=[Clamped, InvalidOperation, DivisionByZero, Inexact, FloatOperation, Overflow, Rounded, "
                               "Subnormal, Underflow], traps=[InvalidOperation])");
        CHECK_PARTIAL(py, strange, &synth_no_limits, NULL, PC_STATUS_CORRUPT);
        synth_python_deinit(&p);
    }
}

static void test_locks(void)
{
    synth_build build;
    for (size_t i = 0; synth_build_of(3, 8, i, &build); i++) {
        synth_python p;
        char text[128];
        pc_lock lock;
        synth_python_init(&p, &build);
        uint64_t locks[2], recursive[2], other = synth_int(&p, 1);
        synth_set(&p, PC_TP_BASICSIZE, synth_type(&p, "_thread.lock"), p.layout.structs[PC_STRUCT_LOCK].size);
        synth_set(&p, PC_TP_BASICSIZE, synth_type(&p, "_thread.RLock"), p.layout.structs[PC_STRUCT_RLOCK].size);
        for (unsigned k = 0; k < 2; k++) {
            locks[k] = synth_object(&p, synth_type(&p, "_thread.lock"), PC_STRUCT_LOCK, 0);
            synth_set(&p, PC_LOCK_LOCKED, locks[k], k);
            recursive[k] = synth_object(&p, synth_type(&p, "_thread.RLock"), PC_STRUCT_RLOCK, 0);
            synth_set(&p, PC_RLOCK_OWNER, recursive[k], k * 4711);
            synth_set(&p, PC_RLOCK_COUNT, recursive[k], k * 3);
        }
        pc_python *py = open_with(&p, PC_MODULE_THREAD);
        for (unsigned k = 0; k < 2; k++) {
            snprintf(text, sizeof(text), "<%slocked _thread.lock object at " PC_ADDR ">", k ? "" : "un", (pc_addr)locks[k]);
            CHECK_REPR(py, locks[k], text);
            snprintf(text, sizeof(text), "<%slocked _thread.RLock object owner=%u count=%u at " PC_ADDR ">", k ? "" : "un", k * 4711, k * 3,
                     (pc_addr)recursive[k]);
            CHECK_REPR(py, recursive[k], text);
            CHECK(pc_ok(pc_lock_read(py, locks[k], &lock)) && !lock.recursive && lock.locked == (k == 1));
            CHECK(pc_ok(pc_lock_read(py, recursive[k], &lock)) && lock.recursive && lock.locked == (k == 1) && lock.count == k * 3);
        }
        CHECK_ERROR(pc_lock_read(py, other, &lock), PC_ERROR_CORRUPT);
        synth_python_deinit(&p);
    }
}

/* A layout in which a lock has another size than the type says is another build's. */
static void test_lock_of_other_size(void)
{
    synth_build build;
    for (size_t i = 0; synth_build_of(3, 8, i, &build); i++) {
        synth_python p;
        pc_lock lock;
        synth_python_init(&p, &build);
        synth_set(&p, PC_TP_BASICSIZE, synth_type(&p, "_thread.lock"), p.layout.structs[PC_STRUCT_RLOCK].size + 64);
        uint64_t object = synth_object(&p, synth_type(&p, "_thread.lock"), PC_STRUCT_LOCK, 0);
        pc_python *py = open_with(&p, PC_MODULE_THREAD);
        CHECK_ERROR(pc_lock_read(py, object, &lock), PC_ERROR_CORRUPT);
        synth_python_deinit(&p);
    }
}

static uint64_t pattern(synth_python *p, uint64_t text, uint64_t flags, bool is_bytes)
{
    uint64_t object = synth_object(p, synth_type(p, "re.Pattern"), PC_STRUCT_PATTERN, 0);
    synth_set(p, PC_PATTERN_PATTERN, object, text);
    synth_set(p, PC_PATTERN_FLAGS, object, flags);
    synth_set(p, PC_PATTERN_IS_BYTES, object, is_bytes);
    return object;
}

static void test_patterns(void)
{
    static const unsigned versions[] = {12, 13};
    synth_build build;
    for (size_t v = 0; v < 2; v++)
        for (size_t i = 0; synth_build_of(3, versions[v], i, &build); i++) {
            synth_python p;
            char spaces[251], text[400];
            synth_python_init(&p, &build);
            memset(spaces, 'x', 250);
            spaces[250] = 0;
            uint64_t ascii = synth_str(&p, "a'b");
            uint64_t objects[] = {
                pattern(&p, ascii, 32, false), pattern(&p, ascii, 32 | 2 | 8, false), pattern(&p, ascii, 256, false),
                pattern(&p, synth_bytes_object(&p, "\xff", 1), 4, true), pattern(&p, ascii, 32 | 1 | 512, false),
                pattern(&p, synth_str(&p, spaces), 32, false), pattern(&p, synth_str(&p, spaces), 2, true),
                pattern(&p, ascii, 32 | 256, false), pattern(&p, synth_none(&p), 0, true),
            };
            static const char *const texts[] = {
                "re.compile(\"a'b\")", "re.compile(\"a'b\", re.IGNORECASE|re.MULTILINE)", "re.compile(\"a'b\", re.ASCII)",
                "re.compile(b'\\xff', re.LOCALE)", NULL, NULL, NULL, "re.compile(\"a'b\", re.UNICODE|re.ASCII)", "re.compile(None)",
            };
            pc_python *py = open_with(&p, PC_MODULE_SRE);
            for (size_t k = 0; k < PC_ARRAY_SIZE(objects); k++)
                if (texts[k])
                    CHECK_REPR(py, objects[k], texts[k]);
            CHECK_REPR(py, objects[4], v ? "re.compile(\"a'b\", 0x201)" : "re.compile(\"a'b\", re.TEMPLATE|0x200)");
            snprintf(text, sizeof(text), "re.compile('%.199s)", spaces);
            CHECK_REPR(py, objects[5], text);
            snprintf(text, sizeof(text), "re.compile('%.199s, re.IGNORECASE)", spaces);
            CHECK_REPR(py, objects[6], text);
            static const pc_repr_limits limits = {100, 0, 0};
            snprintf(text, sizeof(text), "re.compile('%.88s...", spaces);
            CHECK_PARTIAL(py, objects[6], &limits, text, PC_STATUS_TRUNCATED);
            synth_python_deinit(&p);
        }
}

void suite_extensions(void)
{
    CU_pSuite suite = CU_add_suite("extensions", NULL, NULL);
    CU_add_test(suite, "decimals", test_decimals);
    CU_add_test(suite, "cut decimals", test_cut_decimals);
    CU_add_test(suite, "letters of exponents", test_letters);
    CU_add_test(suite, "contexts", test_contexts);
    CU_add_test(suite, "locks", test_locks);
    CU_add_test(suite, "a lock of another size", test_lock_of_other_size);
    CU_add_test(suite, "patterns", test_patterns);
}
