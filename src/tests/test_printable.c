/* str.isprintable() of several Unicode versions. */
#include <CUnit/CUnit.h>

#include "python/printable.h"
#include "tests/check.h"
#include "tests/unit.h"

static const unsigned versions[] = {900, 1100, 1201, 1300, 1400, 1500, 1501, 1600, 1700};

static void test_always(void)
{
    static const uint32_t yes[] = {' ', 'a', '~', 0xa1, 0xe9, 0x3b1, 0x20ac, 0x4e00, 0xac00, 0xfffd, 0x1f600, 0x20000};
    static const uint32_t no[] = {0, '\n', 0x1f, 0x7f, 0x80, 0x9f, 0xa0, 0xad, 0x378, 0x200b, 0x2028, 0x2029, 0x202e,
                                  0x3000, 0xd800,
                                  0xdfff, 0xe000, 0xf8ff, 0xfeff, 0xfffe, 0xffff, 0xe0001, 0xf0000, 0x10ffff,
                                  0x110000, 0xffffffff};
    for (size_t v = 0; v < PC_ARRAY_SIZE(versions); v++) {
        for (size_t i = 0; i < PC_ARRAY_SIZE(yes); i++) {
            check_context("U+%04X in Unicode %u", yes[i], versions[v]);
            CHECK(pc_is_printable(yes[i], versions[v]));
        }
        for (size_t i = 0; i < PC_ARRAY_SIZE(no); i++) {
            check_context("U+%04X in Unicode %u", no[i], versions[v]);
            CHECK(!pc_is_printable(no[i], versions[v]));
        }
    }
    check_context("%s", "");
}

/* Characters and the Unicode version that brought them. */
static void test_since(void)
{
    static const struct {
        uint32_t c;
        unsigned since;
    } rows[] = {
        {0x1f995, 1100}, /* sauropod: 10.0 */
        {0x20bf, 1100},  /* bitcoin sign: 10.0 */
        {0x1f9b8, 1100}, /* superhero: 11.0 */
        {0x32ff, 1201},  /* square era name Reiwa: 12.1 */
        {0x1fa70, 1201}, /* ballet shoes: 12.0 */
        {0x8be, 1300},   /* Arabic letter peh with small v: 13.0 */
        {0x1fad0, 1300}, /* blueberries: 13.0 */
        {0x20c0, 1400},  /* som sign: 14.0 */
        {0x1fae0, 1400}, /* melting face: 14.0 */
        {0x1fae8, 1500}, /* shaking face: 15.0 */
        {0x31350, 1500}, /* CJK extension H: 15.0 */
        {0x2ffc, 1501},  /* ideographic description character: 15.1 */
        {0x2ebf0, 1501}, /* CJK extension I: 15.1 */
        {0x1fae9, 1600}, /* face with bags under eyes: 16.0 */
        {0x10d40, 1600}, /* Garay digit zero: 16.0 */
        {0x20c1, 1700},  /* Saudi riyal sign: 17.0 */
        {0x323b0, 1700}, /* CJK extension J: 17.0 */
    };
    for (size_t i = 0; i < PC_ARRAY_SIZE(rows); i++)
        for (size_t v = 0; v < PC_ARRAY_SIZE(versions); v++) {
            check_context("U+%04X in Unicode %u", rows[i].c, versions[v]);
            CHECK_UINT(pc_is_printable(rows[i].c, versions[v]), versions[v] >= rows[i].since);
        }
    check_context("%s", "");
}

/* What binary search needs. */
static void test_tables(void)
{
    for (size_t t = 0; t < pc_printable_table_count; t++) {
        const pc_printable_table *table = &pc_printable_tables[t];
        CHECK(!t || pc_printable_tables[t - 1].unicode_version < table->unicode_version);
        bool sorted = table->count > 0;
        for (size_t i = 0; i < table->count; i++)
            sorted = sorted && table->ranges[i].first <= table->ranges[i].last &&
                (!i || table->ranges[i - 1].last < table->ranges[i].first);
        CHECK(sorted);
    }
    CHECK(pc_printable_table_count >= PC_ARRAY_SIZE(versions));
}

void suite_printable(void)
{
    CU_pSuite suite = CU_add_suite("printable", NULL, NULL);
    CU_add_test(suite, "in every version", test_always);
    CU_add_test(suite, "since a version", test_since);
    CU_add_test(suite, "the tables", test_tables);
}
