/* Text objects of every storage, in every build. */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

#include "python/str.h"
#include "tests/check.h"
#include "tests/synth_python.h"
#include "tests/unit.h"

static void check_str(pc_python *py, uint64_t object, const char *wanted, const char *file, int line)
{
    const char *text = "untouched";
    bool there = pc_str_text(py, object, &text);
    check_true(there == (wanted != NULL), wanted ? "there" : "not there", file, line);
    check_text(text, wanted ? wanted : "untouched", file, line);
}
#define CHECK_STR(py, object, wanted) check_str((py), (object), (wanted), __FILE__, __LINE__)

static void test_kinds(void)
{
    static const uint32_t ascii[] = {'a', 'b', 'c'}, latin[] = {'a', 0xe9, 0xff},
        wide[] = {'a', 0xe9, 0x20ac, 0xd800}, full[] = {'a', 0x20ac, 0x1f600};
    synth_build build;
    for (size_t i = 0; synth_build_get(i, &build); i++) {
        if (build.major == 2)
            continue;
        synth_python p;
        synth_python_init(&p, &build);
        uint64_t objects[] = {
            synth_str_units(&p, 1, true, true, ascii, 3), synth_str_units(&p, 1, true, false, latin, 3),
            synth_str_units(&p, 2, true, false, wide, 4), synth_str_units(&p, 4, true, false, full, 3),
            synth_str_units(&p, 1, false, true, ascii, 3), synth_str_units(&p, 1, false, false, latin, 3),
            synth_str_units(&p, 2, false, false, wide, 4), synth_str_units(&p, 4, false, false, full, 3),
            synth_str_units(&p, 1, true, true, ascii, 0),
        };
        pc_python *py = synth_python_open(&p);
        CHECK_STR(py, objects[0], "abc");
        CHECK_STR(py, objects[1], "a\xc3\xa9\xc3\xbf");
        CHECK_STR(py, objects[2], "a\xc3\xa9\xe2\x82\xac\\ud800"); /* a lone surrogate is no UTF-8 */
        CHECK_STR(py, objects[3], "a\xe2\x82\xac\xf0\x9f\x98\x80");
        CHECK_STR(py, objects[4], "abc");
        CHECK_STR(py, objects[5], "a\xc3\xa9\xc3\xbf");
        CHECK_STR(py, objects[6], "a\xc3\xa9\xe2\x82\xac\\ud800");
        CHECK_STR(py, objects[7], "a\xe2\x82\xac\xf0\x9f\x98\x80");
        CHECK_STR(py, objects[8], "");
        CHECK_REPR(py, objects[0], "'abc'");
        CHECK_REPR(py, objects[2], "'a\xc3\xa9\xe2\x82\xac\\ud800'");
        CHECK_REPR(py, objects[7], "'a\xe2\x82\xac\xf0\x9f\x98\x80'");
        CHECK(pc_str_equals(py, objects[0], "abc"));
        CHECK(pc_str_equals(py, objects[4], "abc"));
        CHECK(!pc_str_equals(py, objects[0], "ab"));
        CHECK(!pc_str_equals(py, objects[0], "abd"));
        CHECK(!pc_str_equals(py, objects[1], "a\xc3\xa9\xc3\xbf"));
        synth_python_deinit(&p);
    }
}

/* To 3.11: kind 0, made of wchar_t and never made ready. */
static void test_legacy(void)
{
    static const uint32_t units[] = {'a', 0xd83d, 0xde00, 0xd83d}, points[] = {'a', 0x1f600, 0xd83d};
    synth_build build;
    for (size_t i = 0; synth_build_get(i, &build); i++)
        for (unsigned width = 2; width <= 4; width += 2) {
            synth_python p;
            build.unicode_unit = width;
            synth_python_init(&p, &build);
            if (synth_has(&p, PC_STR_WSTR)) {
                uint64_t object = synth_str_units(&p, 1, false, false, units, 0), data = synth_alloc(&p, 32);
                size_t count = width == 2 ? 4 : 3;
                for (size_t k = 0; k < count; k++)
                    synth_store(&p, data + k * width, width == 2 ? units[k] : points[k], width);
                synth_set(&p, PC_STR_KIND, object, 0);
                synth_set(&p, PC_STR_LENGTH, object, 0);
                synth_set(&p, PC_STR_WSTR, object, data);
                synth_set(&p, PC_STR_WSTR_LENGTH, object, count);
                CHECK_STR(synth_python_open(&p), object, "a\xf0\x9f\x98\x80\\ud83d");
            }
            synth_python_deinit(&p);
        }
}

static void test_python2(void)
{
    static const uint32_t narrow[] = {'a', 0xe9, 0xd83d, 0xde00, '\''}, wide[] = {'a', 0xe9, 0x1f600, '\''};
    synth_build build;
    for (size_t i = 0; synth_build_of(2, 7, i, &build); i++)
        for (unsigned width = 2; width <= 4; width += 2) {
            synth_python p;
            build.unicode_unit = width;
            synth_python_init(&p, &build);
            uint64_t text = synth_unicode2(&p, width == 2 ? narrow : wide, width == 2 ? 5 : 4);
            uint64_t bytes = synth_bytes_object(&p, "caf\xc3\xa9 \xff\n", 8);
            pc_python *py = synth_python_open(&p);
            CHECK_STR(py, text, "a\xc3\xa9\xf0\x9f\x98\x80'");
            CHECK_REPR(py, text, "u\"a\\xe9\\U0001f600'\""); /* nothing beyond ASCII is printable to it */
            CHECK_STR(py, bytes, "caf\xc3\xa9 \\udcff\n");
            CHECK_REPR(py, bytes, "'caf\\xc3\\xa9 \\xff\\n'");
            synth_python_deinit(&p);
        }
}

/* A surrogate pair that the end of a piece tears apart, in whatever sizes the text is read. */
static void test_pairs_between_pieces(void)
{
    synth_build build;
    synth_build_of(2, 7, 0, &build);
    build.unicode_unit = 2;
    for (size_t before = 250; before < 260; before++)
        for (unsigned twice = 0; twice < 2; twice++) {
            uint32_t units[520];
            size_t at = before + (twice ? 256 : 0);
            PC_AUTO_BUFFER wanted = {0}, quoted = {0};
            synth_python p;
            synth_python_init(&p, &build);
            for (size_t i = 0; i < PC_ARRAY_SIZE(units); i++)
                units[i] = 'x';
            units[at] = 0xd83d;
            units[at + 1] = 0xde00;
            uint64_t object = synth_unicode2(&p, units, PC_ARRAY_SIZE(units));
            pc_python *py = synth_python_open(&p);
            for (size_t i = 0; i < PC_ARRAY_SIZE(units) - 1; i++) {
                pc_buffer_puts(&wanted, i == at ? "\xf0\x9f\x98\x80" : "x");
                pc_buffer_puts(&quoted, i == at ? "\\U0001f600" : "x");
            }
            CHECK_STR(py, object, wanted.data);
            pc_repr repr = pc_repr_of(py, object, &synth_no_limits);
            CHECK(repr.text && strlen(repr.text) == quoted.length + 3 &&
                  !strncmp(repr.text + 2, quoted.data, quoted.length));
            synth_python_deinit(&p);
        }
}

static void test_quotes_and_escapes(void)
{
    static const struct {
        const char *text, *repr;
    } rows[] = {
        {"", "''"}, {"it's", "\"it's\""}, {"\"", "'\"'"}, {"'\"", "'\\'\"'"}, {"\\", "'\\\\'"},
        {"\r\n\t", "'\\r\\n\\t'"}, {"\x01\x1f\x7f ", "'\\x01\\x1f\\x7f '"},
        {"\a\b\v\f\x1b[31m", "'\\x07\\x08\\x0b\\x0c\\x1b[31m'"},
    };
    synth_build build;
    for (size_t i = 0; synth_build_get(i, &build); i++) {
        synth_python p;
        uint64_t texts[PC_ARRAY_SIZE(rows)], bytes[PC_ARRAY_SIZE(rows)];
        synth_python_init(&p, &build);
        for (size_t k = 0; k < PC_ARRAY_SIZE(rows); k++) {
            texts[k] = synth_str(&p, rows[k].text);
            bytes[k] = synth_bytes_object(&p, rows[k].text, strlen(rows[k].text));
        }
        pc_python *py = synth_python_open(&p);
        for (size_t k = 0; k < PC_ARRAY_SIZE(rows); k++) {
            PC_AUTO_BUFFER wanted = {0};
            CHECK_REPR(py, texts[k], rows[k].repr);
            pc_buffer_printf(&wanted, "%s%s", build.major == 2 ? "" : "b", rows[k].repr);
            CHECK_REPR(py, bytes[k], wanted.data);
        }
        synth_python_deinit(&p);
    }
}

/* What str.isprintable() says of the version is what is escaped. */
static void test_unprintable(void)
{
    static const uint32_t units[] = {0xa0, 0xad, 0x2028, 0xe000, 0x1f9e0, 0x10ffff, 0xdc80, 0};
    synth_build build;
    for (size_t i = 0; synth_build_get(i, &build); i++) {
        if (build.major == 2)
            continue;
        synth_python p;
        synth_python_init(&p, &build);
        uint64_t object = synth_str_units(&p, 4, true, false, units, PC_ARRAY_SIZE(units));
        /* U+1F9E0 came with Unicode 10, hence with 3.7 */
        CHECK_REPR(synth_python_open(&p), object,
                   build.minor == 6 ? "'\\xa0\\xad\\u2028\\ue000\\U0001f9e0\\U0010ffff\\udc80\\x00'"
                                    : "'\\xa0\\xad\\u2028\\ue000\xf0\x9f\xa7\xa0\\U0010ffff\\udc80\\x00'");
        synth_python_deinit(&p);
    }
}

static void test_bytearray(void)
{
    synth_build build;
    for (size_t i = 0; synth_build_get(i, &build); i++) {
        synth_python p;
        synth_python_init(&p, &build);
        uint64_t data = synth_alloc(&p, 16), object = synth_object(&p, synth_type(&p, "bytearray"),
                                                                   PC_STRUCT_BYTEARRAY, 0);
        uint64_t empty = synth_object(&p, synth_type(&p, "bytearray"), PC_STRUCT_BYTEARRAY, 0);
        uint64_t own = synth_object(&p, synth_class(&p, "m", "Own", synth_type(&p, "bytearray")), PC_STRUCT_BYTEARRAY,
                                    0);
        synth_store_raw(&p, data, "a'\0\xff", 4);
        synth_set(&p, PC_BYTEARRAY_START, object, data);
        synth_set(&p, PC_OB_SIZE, object, 4);
        pc_python *py = synth_python_open(&p);
        CHECK_REPR(py, object, build.minor >= 15 ? "bytearray(b\"a'\\x00\\xff\")" : "bytearray(b\"a\\'\\x00\\xff\")");
        CHECK_REPR(py, empty, "bytearray(b'')");
        CHECK_REPR(py, own, build.major * 100 + build.minor >= 307 ? "Own(b'')" : "bytearray(b'')");
        synth_python_deinit(&p);
    }
}

static void test_cut(void)
{
    synth_build build;
    synth_python p;
    synth_build_of(3, 11, 0, &build);
    synth_python_init(&p, &build);
    static const uint32_t units[] = {'a', 0x20ac, '\n', 'b'};
    uint64_t object = synth_str_units(&p, 2, true, false, units, 4);
    static const struct {
        uint64_t max;
        const char *text;
    } rows[] = {{1, "'..."}, {2, "'a..."}, {3, "'a\xe2\x82\xac..."}, {4, "'a\xe2\x82\xac\\..."},
                {5, "'a\xe2\x82\xac\\n..."}, {6, "'a\xe2\x82\xac\\nb..."}};
    pc_python *py = synth_python_open(&p);
    for (size_t i = 0; i < PC_ARRAY_SIZE(rows); i++) {
        pc_repr_limits limits = {.max_repr = rows[i].max};
        CHECK_PARTIAL(py, object, &limits, rows[i].text, PC_STATUS_TRUNCATED);
    }
    pc_repr_limits enough = {.max_repr = 7};
    check_repr(py, object, &enough, "'a\xe2\x82\xac\\nb'", true, PC_STATUS_COMPLETE, __FILE__, __LINE__);
    pc_repr text = pc_repr_str(py, object, &synth_no_limits);
    CHECK_TEXT(text.text, "a\xe2\x82\xac\nb");
    synth_python_deinit(&p);
}

/* States that no str has, lengths that nothing can have, data that is not there. */
/* A name is text of a report: what needs no other form is taken as it is, and only that. Longer than what is read at once. */
static void test_names(void)
{
    enum { LENGTH = 300 };
    static const uint32_t specials[] = {'b', 0, 1, 0x7f, 0x80, 0xe9};
    static const char *const texts[][2] = {{"b", "b"}, {"\\x00", "\\x00"}, {"\x01", "\x01"}, {"\x7f", "\x7f"}, {"\\udc80", "\xc2\x80"}, {"\\udce9", "\xc3\xa9"}};
    synth_build build;
    for (size_t i = 0; synth_build_get(i, &build); i++)
        for (size_t k = 0; k < PC_ARRAY_SIZE(specials); k++) {
            synth_python p;
            synth_python_init(&p, &build);
            char bytes[LENGTH], wanted[LENGTH + 8];
            uint32_t units[LENGTH];
            bool two = build.major == 2, ascii = specials[k] < 0x80;
            memset(bytes, 'a', sizeof(bytes));
            bytes[LENGTH - 2] = (char)specials[k];
            for (size_t u = 0; u < LENGTH; u++)
                units[u] = (uint8_t)bytes[u];
            snprintf(wanted, sizeof(wanted), "%.*s%sa", LENGTH - 2, bytes, texts[k][!two]);
            uint64_t object = two ? synth_bytes_object(&p, bytes, LENGTH) : synth_str_units(&p, 1, true, ascii, units, LENGTH);
            uint64_t lying = two ? 0 : synth_str_units(&p, 1, true, true, units, LENGTH);
            pc_python *py = synth_python_open(&p);
            const char *text = NULL;
            CHECK(pc_str_text(py, object, &text));
            CHECK_TEXT(text, wanted);
            CHECK(two || pc_str_text(py, lying, &text) == ascii);
            synth_python_deinit(&p);
        }
}

static void test_hostile(void)
{
    static const uint32_t units[] = {'a', 'b'};
    synth_build build;
    for (size_t i = 0; synth_build_get(i, &build); i++) {
        if (build.major == 2)
            continue;
        synth_python p;
        synth_python_init(&p, &build);
        uint64_t top = build.target.bits == 64 ? UINT64_MAX : UINT32_MAX;
        uint64_t kind = synth_str_units(&p, 1, true, true, units, 2), negative = synth_str_units(&p, 1, true, true,
            units, 2);
        uint64_t huge = synth_str_units(&p, 4, true, false, units, 2),
            null = synth_str_units(&p, 2, false, false, units, 2);
        uint64_t wrapping = synth_str_units(&p, 4, false, false, units, 2),
            unsaved = synth_str_units(&p, 4, false, false, units, 2);
        uint64_t number = synth_int(&p, 3), none = synth_none(&p);
        synth_set(&p, PC_STR_KIND, kind, 3);
        synth_set(&p, PC_STR_LENGTH, negative, top);
        synth_set(&p, PC_STR_LENGTH, huge, top / 2);
        synth_set(&p, PC_STR_DATA, null, 0);
        synth_set(&p, PC_STR_DATA, wrapping, top - 4);
        synth_set(&p, PC_STR_LENGTH, wrapping, top / 2);
        uint64_t behind = synth_alloc(&p, 1) + 0x800; /* mapped behind the heap, and not in the core */
        synth_set(&p, PC_STR_DATA, unsaved, behind);
        pc_python *py = synth_python_open(&p);
        CHECK_PARTIAL(py, kind, &synth_no_limits, NULL, PC_STATUS_CORRUPT);
        CHECK_PARTIAL(py, negative, &synth_no_limits, NULL, PC_STATUS_CORRUPT);
        CHECK_PARTIAL(py, null, &synth_no_limits, NULL, PC_STATUS_CORRUPT);
        CHECK_PARTIAL(py, wrapping, &synth_no_limits, NULL, PC_STATUS_CORRUPT);
        CHECK_PARTIAL(py, unsaved, &synth_no_limits, NULL, PC_STATUS_UNREADABLE);
        CHECK(pc_repr_of(py, huge, &synth_no_limits).text == NULL);
        pc_str str;
        CHECK_ERROR(pc_str_open(py, number, &str), PC_ERROR_CORRUPT);
        CHECK_ERROR(pc_str_open(py, none, &str), PC_ERROR_CORRUPT);
        CHECK_ERROR(pc_str_open(py, 0, &str), PC_ERROR_UNMAPPED);
        PC_AUTO_BUFFER text = {0};
        CHECK_ERROR(pc_str_append(py, huge, &text), PC_ERROR_LIMIT);
        CHECK_STR(py, unsaved, NULL);
        CHECK_STR(py, 0, NULL);
        synth_python_deinit(&p);
    }
}

void suite_str(void)
{
    CU_pSuite suite = CU_add_suite("str", NULL, NULL);
    CU_add_test(suite, "every storage", test_kinds);
    CU_add_test(suite, "legacy strings", test_legacy);
    CU_add_test(suite, "2.7's unicode and str", test_python2);
    CU_add_test(suite, "surrogate pairs between pieces", test_pairs_between_pieces);
    CU_add_test(suite, "quotes and escapes", test_quotes_and_escapes);
    CU_add_test(suite, "what is not printable", test_unprintable);
    CU_add_test(suite, "bytearray", test_bytearray);
    CU_add_test(suite, "cut", test_cut);
    CU_add_test(suite, "names", test_names);
    CU_add_test(suite, "hostile", test_hostile);
}
