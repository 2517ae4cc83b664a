/* Dicts and sets in every form that a version has. */
#include <CUnit/CUnit.h>
#include <stdio.h>

#include "python/dict.h"
#include "tests/check.h"
#include "tests/synth_python.h"
#include "tests/unit.h"

static void test_default_form(void)
{
    synth_build build;
    for (size_t i = 0; synth_build_get(i, &build); i++) {
        synth_python p;
        synth_python_init(&p, &build);
        /* the second was deleted */
        uint64_t keys[] = {synth_str(&p, "a"), 0, synth_int(&p, 2), synth_str(&p, "c")};
        uint64_t values[] = {synth_int(&p, 1), 0, synth_none(&p), synth_bool(&p, true)};
        uint64_t object = synth_dict(&p, keys, values, 4), empty = synth_dict(&p, keys, values, 0), value;
        pc_python *py = synth_python_open(&p);
        CHECK_REPR(py, object, "{'a': 1, 2: None, 'c': True}");
        CHECK_REPR(py, empty, "{}");
        pc_dict dict;
        CHECK_SUCCESS(pc_dict_open(py, object, &dict));
        CHECK_UINT(dict.used, 3);
        CHECK_UINT(dict.form, build.major == 2 ? PC_DICT_TABLE : PC_DICT_COMBINED);
        CHECK(pc_dict_find(py, object, "c", &value) && value == values[3]);
        CHECK(pc_dict_find(py, object, "a", &value) && value == values[0]);
        CHECK(!pc_dict_find(py, object, "b", &value));
        CHECK(!pc_dict_find(py, 0, "a", &value));
        CHECK(!pc_dict_find(py, keys[0], "a", &value));
        synth_python_deinit(&p);
    }
}

/* One, two and four bytes of index for each slot, with what either rule says is the first size of each. */
static void test_index_sizes(void)
{
    static const unsigned log2_sizes[] = {3, 7, 8, 9, 15, 16, 17};
    static const unsigned minors[] = {10, 12};
    for (size_t v = 0; v < 2; v++)
        for (size_t i = 0; i < PC_ARRAY_SIZE(log2_sizes); i++)
            for (size_t t = 0; t < 8; t += 6) { /* x86_64, and ppc, which has the other byte order */
                synth_build build;
                synth_python p;
                synth_build_of(3, minors[v], t, &build);
                synth_python_init(&p, &build);
                uint64_t keys[] = {synth_str(&p, "k"), synth_str(&p, "l")},
                    values[] = {synth_int(&p, 1), synth_int(&p, 2)};
                uint64_t table = synth_dict_keys(&p, log2_sizes[i], SYNTH_KEYS_GENERAL, keys, values, 2);
                uint64_t object = synth_dict_of(&p, table, 0, 2);
                CHECK_REPR(synth_python_open(&p), object, "{'k': 1, 'l': 2}");
                synth_python_deinit(&p);
            }
}

/* 3.11: keys that are all str have no hash beside them. */
static void test_unicode_keys(void)
{
    synth_build build;
    for (size_t i = 0; synth_build_get(i, &build); i++) {
        if (build.major == 2 || build.minor < 11)
            continue;
        synth_python p;
        synth_python_init(&p, &build);
        uint64_t keys[] = {synth_str(&p, "k"), synth_str(&p, "gone"), synth_str(&p, "l")},
            values[] = {synth_int(&p, 1), 0, synth_int(&p, 2)};
        uint64_t object = synth_dict_of(&p, synth_dict_keys(&p, 3, SYNTH_KEYS_UNICODE, keys, values, 3), 0, 2);
        CHECK_REPR(synth_python_open(&p), object, "{'k': 1, 'l': 2}");
        synth_python_deinit(&p);
    }
}

/* 3.8 to 3.13: what stands before a dict says whether the garbage collector knows it. */
static void test_untracked(void)
{
    synth_build build;
    for (size_t i = 0; synth_build_get(i, &build); i++) {
        for (int kind = 0; build.major == 3 && kind < 3; kind++) {
            bool linked = kind == 1, split = kind == 2;
            synth_python p;
            synth_python_init(&p, &build);
            uint64_t keys[] = {synth_str(&p, "k"), synth_str(&p, "l")}, values[] = {synth_int(&p, 1), synth_int(&p, 2)};
            uint64_t table = synth_dict_keys(&p, 3, SYNTH_KEYS_GENERAL, keys, values, 2), apart = synth_alloc(&p, 8 * p.word),
                links = synth_alloc(&p, 8 * p.word), object = synth_dict_of(&p, table, split ? apart : 0, 2);
            CHECK(links + 2 * p.word <= object);
            synth_store(&p, object - 2 * p.word, linked ? links : 0, p.word);
            bool expected = kind == 0 && build.minor >= 8 && build.minor <= 13 && !build.free_threaded;
            CHECK(pc_dict_is_untracked(synth_python_open(&p), object) == expected);
            synth_python_deinit(&p);
        }
    }
}

/* To 3.10: keys shared by the instances of a class, the values in an array; in the order of the keys. */
static void test_split(void)
{
    synth_build build;
    for (size_t i = 0; synth_build_get(i, &build); i++) {
        if (build.major == 2 || build.minor > 10)
            continue;
        synth_python p;
        synth_python_init(&p, &build);
        uint64_t keys[] = {synth_str(&p, "x"), synth_str(&p, "unset"), synth_str(&p, "y")};
        uint64_t values = synth_alloc(&p, 8 * p.word), one = synth_int(&p, 1), two = synth_int(&p, 2);
        uint64_t object = synth_dict_of(&p, synth_dict_keys(&p, 3, 0, keys, NULL, 3), values, 2);
        synth_store(&p, values, one, p.word);
        synth_store(&p, values + 2 * p.word, two, p.word);
        pc_python *py = synth_python_open(&p);
        pc_dict dict;
        CHECK_SUCCESS(pc_dict_open(py, object, &dict));
        CHECK_UINT(dict.form, PC_DICT_SPLIT);
        CHECK_REPR(py, object, "{'x': 1, 'y': 2}");
        synth_python_deinit(&p);
    }
}

/* 3.11: values remember in which order they came. */
static void test_ordered(void)
{
    synth_build build;
    for (size_t i = 0; synth_build_get(i, &build); i++) {
        if (build.major == 2 || build.minor < 11)
            continue;
        synth_python p;
        synth_python_init(&p, &build);
        uint64_t keys[] = {synth_str(&p, "x"), synth_str(&p, "y"), synth_str(&p, "z"), synth_str(&p, "unset")};
        uint64_t values[] = {synth_int(&p, 1), synth_int(&p, 2), synth_int(&p, 3), 0, 0};
        static const uint8_t order[] = {2, 0, 1};
        uint64_t shared = synth_dict_keys(&p, 3, SYNTH_KEYS_SPLIT, keys, NULL, 4),
            ordered = synth_dict_values(&p, values, 5, order, 3);
        uint64_t object = synth_dict_of(&p, shared, ordered, 3);
        pc_python *py = synth_python_open(&p);
        pc_dict dict;
        CHECK_REPR(py, object, "{'z': 3, 'x': 1, 'y': 2}");
        CHECK_SUCCESS(pc_dict_open_values(py, shared, ordered, &dict));
        CHECK_UINT(dict.form, PC_DICT_ORDERED);
        CHECK_UINT(dict.used, 3);
        uint64_t value;
        CHECK(pc_dict_find_in(py, &dict, "y", &value) && value == values[1]);
        synth_python_deinit(&p);
    }
}

/* Where instances of a class keep what is theirs, version by version. */
static void test_instances(void)
{
    synth_build build;
    for (size_t i = 0; synth_build_get(i, &build); i++) {
        synth_python p;
        synth_python_init(&p, &build);
        uint64_t class = synth_class(&p, "m", "C", synth_type(&p, "object")), word = p.word;
        uint64_t key = synth_str(&p, "x"), one = synth_int(&p, 1), values[] = {one, 0};
        uint64_t dict = synth_dict(&p, &key, &one, 1), objects[3] = {0}, value;
        static const uint8_t order[] = {0};
        bool managed = build.major == 3 && build.minor >= 11;
        if (managed) {
            /* 0: a dict; 1: values; 2: neither */
            uint64_t keys = synth_dict_keys(&p, 3, SYNTH_KEYS_SPLIT, &key, NULL, 1);
            synth_set(&p, PC_HT_CACHED_KEYS, class, keys);
            synth_set(&p, PC_TP_FLAGS, class, 1u << 12 | 1u << 9 | 1u << 4 | (build.minor >= 13 ? 1u << 2 : 0));
            for (size_t k = 0; k < 3; k++) {
                objects[k] = synth_alloc(&p, 512) + 16 * word;
                synth_set(&p, PC_OB_TYPE, objects[k], class);
            }
            uint64_t inlined = objects[1] + 2 * word; /* tp_basicsize */
            uint64_t apart = synth_dict_values(&p, values, 2, order, 1);
            synth_store(&p, objects[0] - (build.free_threaded ? 1 : 3) * word, dict, word);
            if (build.minor == 11) {
                synth_store(&p, objects[1] - 4 * word, apart, word);
            } else if (build.minor == 12) {
                synth_store(&p, objects[1] - 3 * word, apart - 1, word);
            } else {
                uint64_t array = synth_field_at(&p, PC_VALUES_VALUES, inlined);
                synth_set(&p, PC_VALUES_VALID, inlined, 1);
                synth_set(&p, PC_VALUES_CAPACITY, inlined, 2);
                synth_set(&p, PC_VALUES_SIZE, inlined, 1);
                synth_store(&p, array, one, word);
            }
        } else {
            /* 0: from the start; 1: from the end of 3 items; 2: NULL */
            uint64_t var = synth_class(&p, "m", "V", synth_type(&p, "object"));
            uint64_t at = synth_size(&p, PC_STRUCT_VAR_OBJECT);
            synth_set(&p, PC_TP_DICTOFFSET, class, at);
            for (size_t k = 0; k < 3; k++)
                objects[k] = synth_object(&p, k == 1 ? var : class, PC_STRUCT_VAR_OBJECT, 64);
            synth_store(&p, objects[0] + at, dict, word);
            synth_set(&p, PC_TP_DICTOFFSET, var, 0 - word);
            synth_set(&p, PC_TP_BASICSIZE, var, at + word);
            synth_set(&p, PC_TP_ITEMSIZE, var, 3);
            synth_set(&p, PC_OB_SIZE, objects[1], 3);
            synth_store(&p, objects[1] + at + (9 + word - 1) / word * word, dict, word);
        }
        uint64_t plain = synth_object(&p, synth_type(&p, "object"), PC_STRUCT_OBJECT, 0);
        pc_python *py = synth_python_open(&p);
        CHECK(pc_instance_find(py, objects[0], "x", &value) && value == one);
        CHECK(pc_instance_find(py, objects[1], "x", &value) && value == one);
        CHECK(!pc_instance_find(py, objects[0], "y", &value));
        pc_dict opened;
        bool there = true;
        CHECK_SUCCESS(pc_instance_open(py, objects[2], &there, &opened));
        CHECK(!there);
        there = true;
        CHECK_SUCCESS(pc_instance_open(py, plain, &there, &opened));
        CHECK(!there);
        synth_python_deinit(&p);
    }
}

static void test_sets(void)
{
    synth_build build;
    for (size_t i = 0; synth_build_get(i, &build); i++) {
        bool two = build.major == 2;
        synth_python p;
        synth_python_init(&p, &build);
        uint64_t dummy = two ? synth_str(&p, "<dummy key>")
                             : synth_object(&p, synth_type(&p, "object"), PC_STRUCT_OBJECT, 0);
        if (two)
            synth_set(&p, PC_OB_SHASH, dummy, 12345);
        /* 2.7 keeps the hash of what was deleted; 3 writes -1 */
        uint64_t keys[8] = {synth_int(&p, 1), dummy, 0, synth_str(&p, "b"), 0, 0, dummy, synth_none(&p)};
        const int64_t hashes[8] = {1, two ? 77 : -1, 0, 3, 0, 0, two ? 78 : -1, 8};
        uint64_t set = synth_type(&p, "set"), frozenset = synth_type(&p, "frozenset");
        uint64_t objects[] = {
            synth_set_of(&p, set, keys, hashes, 8, 3), synth_set_of(&p, frozenset, keys, hashes, 8, 3),
            synth_set_of(&p, synth_class(&p, "m", "Own", set), keys, hashes, 8, 3),
            synth_set_of(&p, set, keys + 4, hashes + 4, 2, 0),
        };
        pc_python *py = synth_python_open(&p);
        CHECK_REPR(py, objects[0], two ? "set([1, 'b', None])" : "{1, 'b', None}");
        CHECK_REPR(py, objects[1], two ? "frozenset([1, 'b', None])" : "frozenset({1, 'b', None})");
        CHECK_REPR(py, objects[2], two ? "Own([1, 'b', None])" : "Own({1, 'b', None})");
        CHECK_REPR(py, objects[3], two ? "set([])" : "set()");
        synth_python_deinit(&p);
    }
}

/* 2.7: a str of those very characters is a member like others, if its hash is its own. */
static void test_a_member_like_the_dummy(void)
{
    synth_build build;
    synth_python p;
    synth_build_of(2, 7, 0, &build);
    synth_python_init(&p, &build);
    uint64_t keys[2] = {synth_str(&p, "<dummy key>"), 0};
    const int64_t hashes[2] = {4242, 0};
    synth_set(&p, PC_OB_SHASH, keys[0], 4242);
    uint64_t object = synth_set_of(&p, synth_type(&p, "set"), keys, hashes, 2, 1);
    CHECK_REPR(synth_python_open(&p), object, "set(['<dummy key>'])");
    synth_python_deinit(&p);
}

/* A dict whose len() is not what its table holds is not told as if it were whole. */
static void test_wrong_counts(void)
{
    synth_build build;
    for (size_t i = 0; synth_build_get(i, &build); i++) {
        synth_python p;
        synth_python_init(&p, &build);
        uint64_t keys[] = {synth_str(&p, "a"), synth_str(&p, "b")}, values[] = {synth_int(&p, 1), synth_int(&p, 2)},
            top = build.target.bits == 64 ? UINT64_MAX : UINT32_MAX;
        uint64_t more = synth_dict(&p, keys, values, 2), negative = synth_dict(&p, keys, values, 2),
            huge = synth_dict(&p, keys, values, 2);
        const int64_t hashes[4] = {1, 2, 0, 0};
        uint64_t slots[4] = {keys[0], keys[1], 0, 0}, set = synth_type(&p, "set");
        uint64_t sets[] = {synth_set_of(&p, set, slots, hashes, 4, 3), synth_set_of(&p, set, slots, hashes, 4, top),
                           synth_set_of(&p, set, slots, hashes, 4, 2), synth_set_of(&p, set, slots, hashes, 4, 5)};
        /* 3: three used, two entries; 2.7: three used, four slots */
        synth_set(&p, PC_MA_USED, more, 3);
        synth_set(&p, PC_MA_USED, negative, top);
        synth_set(&p, PC_MA_USED, huge, top / 2);
        synth_set(&p, PC_SET_MASK, sets[2], 5); /* not one less than a power of two */
        pc_python *py = synth_python_open(&p);
        CHECK_PARTIAL(py, more, &synth_no_limits, NULL, PC_STATUS_CORRUPT);
        CHECK_PARTIAL(py, negative, &synth_no_limits, NULL, PC_STATUS_CORRUPT);
        CHECK_PARTIAL(py, huge, &synth_no_limits, NULL, PC_STATUS_CORRUPT);
        for (size_t k = 0; k < PC_ARRAY_SIZE(sets); k++)
            CHECK_PARTIAL(py, sets[k], &synth_no_limits, NULL, PC_STATUS_CORRUPT);
        synth_python_deinit(&p);
    }
}

/* Headers that cannot be, keys objects that are not there. */
static void test_hostile_keys(void)
{
    synth_build build;
    for (size_t i = 0; synth_build_get(i, &build); i++) {
        synth_python p;
        synth_python_init(&p, &build);
        uint64_t key = synth_str(&p, "a"), value = synth_int(&p, 1), objects[6];
        uint64_t top = build.target.bits == 64 ? UINT64_MAX : UINT32_MAX;
        size_t count = 0;
        if (build.major == 2) {
            static const uint64_t masks[] = {2, 0x7fffffff, 0xffffffff};
            for (size_t k = 0; k < 3; k++)
                synth_set(&p, PC_MA_MASK, objects[count++] = synth_dict(&p, &key, &value, 1), masks[k]);
            synth_set(&p, PC_MA_TABLE, objects[count++] = synth_dict(&p, &key, &value, 1), 0);
            synth_set(&p, PC_MA_TABLE, objects[count++] = synth_dict(&p, &key, &value, 1), top);
        } else {
            uint64_t keys[4];
            for (size_t k = 0; k < 4; k++)
                keys[k] = synth_dict_keys(&p, 3, 0, &key, &value, 1);
            synth_set(&p, PC_DK_NENTRIES, keys[0], top);
            synth_set(&p, PC_DK_NENTRIES, keys[1], 9);
            if (synth_has(&p, PC_DK_SIZE)) {
                synth_set(&p, PC_DK_SIZE, keys[2], top); /* to 3.10 */
                synth_set(&p, PC_DK_SIZE, keys[3], 0);
            } else {
                synth_set(&p, PC_DK_LOG2_SIZE, keys[2], 200);
                synth_set(&p, PC_DK_KIND, keys[3], 3);
            }
            for (size_t k = 0; k < 4; k++)
                objects[count++] = synth_dict_of(&p, keys[k], 0, 1);
            objects[count++] = synth_dict_of(&p, 0, 0, 1);
            objects[count++] = synth_dict_of(&p, top, 0, 1);
        }
        pc_python *py = synth_python_open(&p);
        for (size_t k = 0; k < count; k++) {
            pc_repr repr = pc_repr_of(py, objects[k], &synth_no_limits);
            CHECK(repr.text == NULL);
            CHECK(repr.status == PC_STATUS_CORRUPT || repr.status == PC_STATUS_UNREADABLE);
        }
        synth_python_deinit(&p);
    }
}

/* 3.11: an order that names values which are not there. */
static void test_hostile_values(void)
{
    synth_build build;
    for (size_t i = 0; synth_build_get(i, &build); i++) {
        if (build.major == 2 || build.minor < 11)
            continue;
        synth_python p;
        synth_python_init(&p, &build);
        static const uint8_t order[] = {0, 250}; /* beyond the keys */
        uint64_t keys[] = {synth_str(&p, "x"), synth_str(&p, "y")}, values[] = {synth_int(&p, 1), synth_int(&p, 2)};
        uint64_t shared = synth_dict_keys(&p, 3, SYNTH_KEYS_SPLIT, keys, NULL, 2);
        uint64_t object = synth_dict_of(&p, shared, synth_dict_values(&p, values, 2, order, 2), 2);
        uint64_t tiny = synth_dict_of(&p, shared, 3, 1);
        pc_python *py = synth_python_open(&p);
        CHECK_PARTIAL(py, object, &synth_no_limits, NULL, PC_STATUS_CORRUPT);
        CHECK_PARTIAL(py, tiny, &synth_no_limits, NULL, PC_STATUS_CORRUPT);
        synth_python_deinit(&p);
    }
}

/* Entries are looked at in pieces: the items are those that are met one by one, and what lies behind the end of what is saved
 * ends them where it ends. */
static void test_pieces(void)
{
    synth_build build;
    for (size_t i = 0; synth_build_get(i, &build); i++) {
        synth_python p;
        uint64_t keys[50], values[50];
        synth_python_init(&p, &build);
        for (unsigned k = 0; k < PC_ARRAY_SIZE(keys); k++) {
            bool deleted = k % 7 == 3;
            keys[k] = deleted ? 0 : synth_int(&p, k);
            values[k] = deleted ? 0 : synth_int(&p, 100 + k);
        }
        uint64_t object = synth_dict(&p, keys, values, PC_ARRAY_SIZE(keys));
        pc_python *py = synth_python_open(&p);
        pc_dict dict;
        pc_touched touched;
        CHECK_SUCCESS(pc_dict_open(py, object, &dict));
        for (unsigned cut = 0; cut < 2; cut++) {
            pc_range *last = &py->memory->saved.items[py->memory->saved.count - 1];
            if (cut) {
                last->last = dict.entries + 37 * dict.entry_size + dict.entry_size / 2;
                pc_memory_changed(py->memory);
            }
            pc_dict whole = dict, single = dict;
            bool more = true, other = true;
            while (more) {
                pc_addr key = 1, value = 1, key_alone = 1, value_alone = 1;
                pc_error *error = pc_dict_next(py, &whole, &more, &key, &value);
                pc_touched_init(&touched);
                py->memory->touched = &touched; /* one by one */
                pc_error *error_alone = pc_dict_next(py, &single, &other, &key_alone, &value_alone);
                py->memory->touched = NULL;
                pc_touched_deinit(&touched);
                CHECK(!error == !error_alone && more == other && key == key_alone && value == value_alone);
                CHECK_UINT(whole.next, single.next);
                CHECK(!error || cut);
                more = more && !error;
                pc_error_destroy(error);
                pc_error_destroy(error_alone);
            }
            CHECK(cut ? whole.given < dict.used : whole.given == dict.used);
        }
        synth_python_deinit(&p);
    }
}

void suite_dict(void)
{
    CU_pSuite suite = CU_add_suite("dict", NULL, NULL);
    CU_add_test(suite, "the common form", test_default_form);
    CU_add_test(suite, "sizes of indices", test_index_sizes);
    CU_add_test(suite, "unicode keys", test_unicode_keys);
    CU_add_test(suite, "pieces", test_pieces);
    CU_add_test(suite, "untracked", test_untracked);
    CU_add_test(suite, "split", test_split);
    CU_add_test(suite, "ordered values", test_ordered);
    CU_add_test(suite, "instances", test_instances);
    CU_add_test(suite, "sets", test_sets);
    CU_add_test(suite, "a member like the dummy", test_a_member_like_the_dummy);
    CU_add_test(suite, "wrong counts", test_wrong_counts);
    CU_add_test(suite, "hostile keys", test_hostile_keys);
    CU_add_test(suite, "hostile values", test_hostile_values);
}
