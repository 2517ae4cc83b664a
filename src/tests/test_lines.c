/* The four formats of line tables, byte by byte. */
#include <CUnit/CUnit.h>
#include <stdlib.h>
#include <string.h>

#include "python/code.h"
#include "tests/check.h"
#include "tests/unit.h"

#define TABLE(...) ((const uint8_t[]){__VA_ARGS__}), sizeof((const uint8_t[]){__VA_ARGS__})

static int64_t line_of(pc_line_format format, const uint8_t *table, size_t size, int64_t first, int64_t offset)
{
    /* a copy without a byte to spare, so that a sanitizer sees every byte too many */
    uint8_t *copy = pc_malloc(size ? size : 1);
    if (size)
        memcpy(copy, table, size);
    pc_position p = pc_lines_lookup(format, copy, size, first, offset);
    free(copy);
    check_int(p.column, -1, __FILE__, __LINE__);
    check_int(p.end_line, -1, __FILE__, __LINE__);
    return p.line;
}

static void check_lines(pc_line_format format, const uint8_t *table, size_t size, const int64_t (*wanted)[2],
                        size_t count)
{
    for (size_t i = 0; i < count; i++) {
        check_context("format %d, offset %" PRId64, format, wanted[i][0]);
        CHECK_INT(line_of(format, table, size, 10, wanted[i][0]), wanted[i][1]);
    }
    check_context("%s", "");
}

static void test_unsigned(void)
{
    /* 6 bytes of line 11, then line 13; a jump of 300 lines and one of 300 bytes are both told in two steps */
    static const int64_t wanted[][2] = {{0, 11}, {5, 11}, {6, 13}, {7, 13}, {8, 313}, {15, 313}, {308, 314},
                                        {5000, 314}};
    check_lines(PC_LINES_UNSIGNED, TABLE(0, 1, 6, 2, 2, 255, 0, 45, 255, 0, 45, 1), wanted, PC_ARRAY_SIZE(wanted));
    static const int64_t none[][2] = {{0, 10}, {100, 10}};
    check_lines(PC_LINES_UNSIGNED, NULL, 0, none, 2);
    check_lines(PC_LINES_UNSIGNED, TABLE(0), none, 2); /* half an entry */
}

static void test_signed(void)
{
    /* back by 2 (0xfe), by 128, forward by 127 twice; a step of 200 bytes is no step back */
    static const int64_t wanted[][2] = {{0, 15}, {2, 13}, {4, -115}, {6, 139}, {205, 139}, {206, 140}};
    check_lines(PC_LINES_SIGNED, TABLE(0, 5, 2, 0xfe, 2, 0x80, 2, 0x7f, 0, 0x7f, 200, 1), wanted,
                PC_ARRAY_SIZE(wanted));
    static const int64_t cut[][2] = {{0, 15}, {2, 15}};
    check_lines(PC_LINES_SIGNED, TABLE(0, 5, 2), cut, 2);
}

static void test_ranges(void)
{
    /* 4 bytes of line 11; 2 of no line at all; 6 of the line after 11, an empty range that moves the line, 4 more */
    static const int64_t wanted[][2] = {{0, 11}, {3, 11}, {4, -1}, {5, -1}, {6, 12}, {11, 12}, {12, 5}, {15, 5},
                                        {16, -1}, {1000, -1}};
    check_lines(PC_LINES_RANGES, TABLE(4, 1, 2, 0x80, 6, 1, 0, 100, 4, 0x95), wanted, 8);
    check_lines(PC_LINES_RANGES, TABLE(4, 1, 2, 0x80, 6, 1, 0, 100, 4, 0x95), wanted + 8, 2);
    static const int64_t far[][2] = {{0, 137}, {253, 137}, {254, 264}};
    check_lines(PC_LINES_RANGES, TABLE(254, 127, 254, 127), far, 3);
    static const int64_t none[][2] = {{0, -1}};
    check_lines(PC_LINES_RANGES, NULL, 0, none, 1);
    check_lines(PC_LINES_RANGES, TABLE(4), none, 1);
}

static void check_position(const uint8_t *table, size_t size, int64_t offset, int64_t line, int64_t end_line,
                           int64_t column, int64_t end_column, int at)
{
    uint8_t *copy = pc_malloc(size ? size : 1);
    if (size)
        memcpy(copy, table, size);
    pc_position p = pc_lines_lookup(PC_LINES_LOCATIONS, copy, size, 10, offset);
    free(copy);
    check_int(p.line, line, __FILE__, at);
    check_int(p.end_line, end_line, __FILE__, at);
    check_int(p.column, column, __FILE__, at);
    check_int(p.end_column, end_column, __FILE__, at);
}
#define CHECK_POSITION(table, offset, line, end_line, column, end_column)                                      \
    check_position(table, (offset), (line), (end_line), (column), (end_column), __LINE__)

/* An entry's first byte: bit 7, the code, the length in code units minus 1. */
#define ENTRY(code, units) (uint8_t)(0x80 | (code) << 3 | ((units)-1))

static void test_locations(void)
{
    /* short forms: columns below 80, of the same line */
#define SHORT TABLE(ENTRY(0, 1), 0x00, ENTRY(0, 2), 0x7f, ENTRY(9, 8), 0x7f)
    CHECK_POSITION(SHORT, 0, 10, 10, 0, 0);
    CHECK_POSITION(SHORT, 1, 10, 10, 0, 0);
    CHECK_POSITION(SHORT, 2, 10, 10, 7, 22);
    CHECK_POSITION(SHORT, 5, 10, 10, 7, 22);
    CHECK_POSITION(SHORT, 6, 10, 10, 79, 94);
    CHECK_POSITION(SHORT, 21, 10, 10, 79, 94);
    CHECK_POSITION(SHORT, 22, -1, -1, -1, -1);
    /* one line, columns in bytes: the same line, the next one, the one after it */
#define ONE_LINE TABLE(ENTRY(10, 1), 100, 255, ENTRY(11, 1), 1, 2, ENTRY(12, 1), 3, 4)
    CHECK_POSITION(ONE_LINE, 0, 10, 10, 100, 255);
    CHECK_POSITION(ONE_LINE, 2, 11, 11, 1, 2);
    CHECK_POSITION(ONE_LINE, 4, 13, 13, 3, 4);
    /* no columns: line deltas 3, -3 (7), 64 (0x80: 64 + 0, then 2), -1000 (2001: 0x51, 0x1f) */
#define NO_COLUMNS TABLE(ENTRY(13, 1), 6, ENTRY(13, 1), 7, ENTRY(13, 1), 0x40, 0x02, ENTRY(13, 1), 0x51, 0x1f)
    CHECK_POSITION(NO_COLUMNS, 0, 13, 13, -1, -1);
    CHECK_POSITION(NO_COLUMNS, 2, 10, 10, -1, -1);
    CHECK_POSITION(NO_COLUMNS, 4, 74, 74, -1, -1);
    CHECK_POSITION(NO_COLUMNS, 6, -926, -926, -1, -1);
    /* the long form: a line delta of 1, 5 lines, columns 99 and none; and nothing at all, in between */
#define LONG TABLE(ENTRY(14, 1), 2, 5, 0x40 | 36, 1, 0, ENTRY(15, 3), ENTRY(14, 1), 1, 0, 1, 0x41, 2)
    CHECK_POSITION(LONG, 0, 11, 16, 99, -1);
    CHECK_POSITION(LONG, 2, -1, -1, -1, -1);
    CHECK_POSITION(LONG, 7, -1, -1, -1, -1);
    CHECK_POSITION(LONG, 8, 11, 11, 0, 128); /* a delta of -0 */
    CHECK_POSITION(LONG, 10, -1, -1, -1, -1);
}

/* Whatever the end cuts off is not known; what stands before it is. */
static void test_truncated_locations(void)
{
    static const uint8_t table[] = {ENTRY(0, 1), 0x12, ENTRY(14, 1), 2, 5, 0x40 | 36, 1, 0x41, 1, ENTRY(11, 1), 1, 2};
    for (size_t size = 0; size <= sizeof(table); size++) {
        check_context("%zu bytes", size);
        int64_t line0 = size >= 2 ? 10 : -1, line1 = size >= 9 ? 11 : -1, line2 = size >= 12 ? 12 : -1;
        check_position(table, size, 0, line0, line0, size >= 2 ? 1 : -1, size >= 2 ? 3 : -1, __LINE__);
        check_position(table, size, 2, line1, size >= 9 ? 16 : -1, size >= 9 ? 99 : -1, size >= 9 ? 64 : -1, __LINE__);
        check_position(table, size, 4, line2, line2, size >= 12 ? 1 : -1, size >= 12 ? 2 : -1, __LINE__);
    }
    check_context("%s", "");
}

/* Numbers of any length and sums of any size: they mean nothing and must do no harm. */
static void test_hostile_locations(void)
{
    uint8_t table[4096];
    for (unsigned code = 10; code < 15; code++)
        for (unsigned fill = 0; fill < 4; fill++) {
            static const uint8_t fills[] = {0xff, 0x7f, 0x3f, 0x40};
            /* as many of the largest numbers as there is room for, of either sign */
            size_t n = 0;
            memset(table, 0, sizeof(table));
            while (n + 64 < sizeof(table)) {
                table[n++] = ENTRY(code, 8);
                for (int k = 0; k < (code == 14 ? 4 : 1); k++) {
                    table[n++] = fills[fill] & 0x7e; /* even: a delta forward */
                    for (int m = 0; m < 9; m++)
                        table[n++] = 0x7f;
                    table[n++] = 0x3f;
                }
            }
            pc_position p = pc_lines_lookup(PC_LINES_LOCATIONS, table, sizeof(table), INT64_C(1) << 62, INT64_MAX);
            CHECK_INT(p.line, -1);
        }
    static const uint8_t endless[] = {ENTRY(13, 1), 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
                                      0xff};
    check_position(endless, sizeof(endless), 0, -1, -1, -1, -1, __LINE__);
}

/* All tables of two entries' bytes that a generator comes up with: every format answers, within the table. */
static void test_random_tables(void)
{
    uint64_t state = 7;
    size_t known = 0;
    for (int i = 0; i < 20000; i++) {
        uint8_t table[24];
        for (size_t k = 0; k < sizeof(table); k++) {
            state = state * UINT64_C(6364136223846793005) + 1442695040888963407;
            table[k] = (uint8_t)(state >> 56);
        }
        size_t size = (size_t)(state >> 32) % (sizeof(table) + 1);
        uint8_t *copy = pc_malloc(size + 1);
        memcpy(copy, table, size);
        for (int format = PC_LINES_UNSIGNED; format <= PC_LINES_LOCATIONS; format++)
            known += pc_lines_lookup((pc_line_format)format, copy, size, 1, (int64_t)(state % 64)).line > 0;
        free(copy);
    }
    CHECK(known > 1000 && known < 80000);
}

void suite_lines(void)
{
    CU_pSuite suite = CU_add_suite("lines", NULL, NULL);
    CU_add_test(suite, "to 3.5", test_unsigned);
    CU_add_test(suite, "3.6 to 3.9", test_signed);
    CU_add_test(suite, "3.10", test_ranges);
    CU_add_test(suite, "3.11", test_locations);
    CU_add_test(suite, "3.11, cut", test_truncated_locations);
    CU_add_test(suite, "3.11, hostile", test_hostile_locations);
    CU_add_test(suite, "random tables", test_random_tables);
}
