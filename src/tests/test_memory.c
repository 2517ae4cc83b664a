/* The address space: ranges, what backs them, and reads that cross or miss them. */
#include <CUnit/CUnit.h>
#include <string.h>

#include "target/memory.h"
#include "tests/check.h"
#include "tests/unit.h"

static const uint8_t bytes[64] = {
    0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27,
    28, 29, 30, 31,
    32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59,
    60, 61, 62, 63,
};
static const uint8_t others[64] = "others: every byte of this array differs from bytes[] above ...";

#define TOP UINT64_C(0xfffffffffffffff0) /* 16 bytes below the end of the address space */

static void finish(pc_memory *memory)
{
    pc_ranges_finish(&memory->saved);
    pc_ranges_finish(&memory->file);
    pc_ranges_finish(&memory->unsaved);
}

/* A file that is mapped. */
static pc_backing bytes_file = {.fd = -1, .size = sizeof(bytes), .bytes = bytes}, others_file = {.fd = -1, .size = sizeof(others), .bytes = others};

static uint8_t byte_at(pc_memory *memory, pc_addr address)
{
    uint8_t value = 0xee;
    CHECK_SUCCESS(pc_memory_read(memory, address, &value, 1));
    return value;
}

static void test_ranges(void)
{
    pc_ranges ranges = {0};
    pc_ranges_add(&ranges, 0x3000, 16, bytes + 32);
    pc_ranges_add(&ranges, 0x1000, 16, bytes);
    pc_ranges_add(&ranges, 0x1010, 16, bytes + 16); /* a neighbour in memory and in the file */
    pc_ranges_add(&ranges, 0x2000, 0, bytes);       /* nothing */
    pc_ranges_add(&ranges, 0x3010, 16, bytes);      /* a neighbour in memory only */
    pc_ranges_finish(&ranges);
    CHECK_UINT(ranges.count, 3);
    CHECK_UINT(ranges.items[0].first, 0x1000);
    CHECK_UINT(ranges.items[0].last, 0x101f);
    CHECK(ranges.items[0].bytes == bytes);
    CHECK_UINT(ranges.items[1].last, 0x300f);
    CHECK_UINT(ranges.items[2].first, 0x3010);
    CHECK(pc_ranges_find(&ranges, 0xfff) == NULL);
    CHECK(pc_ranges_find(&ranges, 0x1000) == &ranges.items[0]);
    CHECK(pc_ranges_find(&ranges, 0x101f) == &ranges.items[0]);
    CHECK(pc_ranges_find(&ranges, 0x1020) == NULL);
    CHECK(pc_ranges_find(&ranges, 0x2000) == NULL);
    CHECK(pc_ranges_find(&ranges, 0x3010) == &ranges.items[2]);
    CHECK(pc_ranges_find(&ranges, 0x3020) == NULL);
    CHECK(pc_ranges_find(&ranges, UINT64_MAX) == NULL);
    pc_memory holder = {.saved = ranges};
    pc_memory_deinit(&holder);
    pc_memory_deinit(NULL);
}

static void test_no_ranges(void)
{
    pc_memory memory;
    uint64_t value = 7;
    pc_memory_init(&memory, 8, false);
    finish(&memory);
    CHECK(pc_ranges_find(&memory.saved, 0) == NULL);
    CHECK_ERROR(pc_memory_uint(&memory, 0, 8, &value), PC_ERROR_UNMAPPED);
    CHECK_UINT(value, 7);
    CHECK_SUCCESS(pc_memory_read(&memory, 0, &value, 0));
    pc_memory_deinit(&memory);
}

/* Where two overlap, the one that begins lower has the common part; of two that begin together, the longer. */
static void test_overlaps(void)
{
    pc_memory memory;
    pc_memory_init(&memory, 8, false);
    pc_ranges_add(&memory.saved, 0x1000, 16, bytes);
    pc_ranges_add(&memory.saved, 0x1008, 16, others);
    pc_ranges_add(&memory.saved, 0x1002, 4, others);    /* inside of the first */
    pc_ranges_add(&memory.saved, 0x1004, 12, others);   /* up to its end */
    pc_ranges_add(&memory.saved, 0x1014, 0x0c, others); /* over the end of the second */
    pc_ranges_add(&memory.saved, 0x2000, 4, others);
    pc_ranges_add(&memory.saved, 0x2000, 8, bytes);
    finish(&memory);
    for (unsigned i = 0; i < 16; i++)
        CHECK_UINT(byte_at(&memory, 0x1000 + i), bytes[i]);
    for (unsigned i = 16; i < 24; i++)
        CHECK_UINT(byte_at(&memory, 0x1000 + i), others[i - 8]);
    for (unsigned i = 24; i < 32; i++)
        CHECK_UINT(byte_at(&memory, 0x1000 + i), others[i - 20]);
    CHECK(!pc_memory_is_saved(&memory, 0x1020));
    for (unsigned i = 0; i < 8; i++)
        CHECK_UINT(byte_at(&memory, 0x2000 + i), bytes[i]);
    for (size_t i = 0; i < memory.saved.count; i++) {
        CHECK(memory.saved.items[i].first <= memory.saved.items[i].last);
        CHECK(!i || memory.saved.items[i - 1].last < memory.saved.items[i].first);
    }
    pc_memory_deinit(&memory);
}

static void test_crossing_reads(void)
{
    uint8_t buffer[40];
    pc_memory memory;
    pc_memory_init(&memory, 8, false);
    pc_ranges_add(&memory.saved, 0x1000, 10, bytes);
    pc_ranges_add(&memory.saved, 0x100a, 10, others);
    pc_ranges_add_file(&memory.file, 0x1014, 10, &bytes_file, 32);
    pc_ranges_add(&memory.unsaved, 0x1000, 0x40, NULL);
    finish(&memory);
    CHECK_SUCCESS(pc_memory_read(&memory, 0x1000, buffer, 30));
    CHECK(!memcmp(buffer, bytes, 10) && !memcmp(buffer + 10, others, 10) && !memcmp(buffer + 20, bytes + 32, 10));
    memset(buffer, 0x77, sizeof(buffer));
    pc_error *error = pc_memory_read(&memory, 0x1000, buffer, 31);
    CHECK(error && error->has_address && error->address == 0x101e);
    CHECK_ERROR(error, PC_ERROR_NOT_SAVED);
    /* a pointer to them exists only where they lie together */
    CHECK(pc_memory_peek(&memory, 0x1000, 10) == bytes);
    CHECK(pc_memory_peek(&memory, 0x1001, 9) == bytes + 1);
    CHECK(pc_memory_peek(&memory, 0x1001, 10) == NULL);
    CHECK(pc_memory_peek(&memory, 0x1040, 1) == NULL);
    uint64_t value;
    CHECK_SUCCESS(pc_memory_uint(&memory, 0x1008, 4, &value));
    CHECK_UINT(value, 8 | 9 << 8 | (uint64_t)others[0] << 16 | (uint64_t)others[1] << 24);
    pc_memory_deinit(&memory);
}

static void test_file_behind_saved(void)
{
    pc_memory memory;
    uint64_t length;
    pc_memory_init(&memory, 8, false);
    pc_ranges_add_file(&memory.file, 0x1000, 64, &bytes_file, 0);
    pc_ranges_add(&memory.saved, 0x1010, 16, others);
    finish(&memory);
    CHECK_UINT(byte_at(&memory, 0x100f), 15);
    CHECK_UINT(byte_at(&memory, 0x1010), others[0]);
    CHECK_UINT(byte_at(&memory, 0x101f), others[15]);
    CHECK_UINT(byte_at(&memory, 0x1020), 32);
    CHECK(pc_memory_span(&memory, 0x1008, UINT64_MAX, &length) == bytes + 8);
    CHECK_UINT(length, 8); /* up to the saved page, which is newer */
    CHECK(pc_memory_span(&memory, 0x1010, UINT64_MAX, &length) == others);
    CHECK_UINT(length, 16);
    CHECK(pc_memory_span(&memory, 0x1030, UINT64_MAX, &length) == bytes + 0x30);
    CHECK_UINT(length, 16);
    CHECK(!pc_memory_is_saved(&memory, 0x1000));
    CHECK(pc_memory_is_saved(&memory, 0x1010));
    CHECK(pc_memory_is_readable(&memory, 0x1000));
    CHECK(!pc_memory_is_readable(&memory, 0x1040));
    pc_memory_deinit(&memory);
}

static void test_not_saved_is_not_unmapped(void)
{
    pc_memory memory;
    uint64_t value = 7;
    pc_memory_init(&memory, 8, false);
    pc_ranges_add(&memory.saved, 0x1000, 16, bytes);
    pc_ranges_add(&memory.unsaved, 0x1000, 0x1000, NULL);
    finish(&memory);
    CHECK_SUCCESS(pc_memory_uint(&memory, 0x100f, 1, &value));
    CHECK_UINT(value, 15);
    CHECK_ERROR(pc_memory_uint(&memory, 0x1010, 1, &value), PC_ERROR_NOT_SAVED);
    CHECK_ERROR(pc_memory_uint(&memory, 0x100c, 8, &value), PC_ERROR_NOT_SAVED);
    CHECK_ERROR(pc_memory_uint(&memory, 0x1fff, 1, &value), PC_ERROR_NOT_SAVED);
    CHECK_ERROR(pc_memory_uint(&memory, 0x2000, 1, &value), PC_ERROR_UNMAPPED);
    CHECK_ERROR(pc_memory_uint(&memory, 0xfff, 1, &value), PC_ERROR_UNMAPPED);
    CHECK_ERROR(pc_memory_uint(&memory, 0, 8, &value), PC_ERROR_UNMAPPED);
    CHECK_UINT(value, 15);
    pc_memory_deinit(&memory);
}

/* The last byte of the address space is a byte like others, and nothing wraps around behind it. */
static void test_top(void)
{
    pc_memory memory;
    uint64_t value, length;
    uint8_t buffer[32];
    pc_memory_init(&memory, 8, false);
    pc_ranges_add(&memory.saved, TOP, 64, bytes); /* 48 bytes too many */
    pc_ranges_add(&memory.saved, 0, 16, others);
    pc_ranges_add(&memory.unsaved, TOP, 64, NULL);
    finish(&memory);
    CHECK_UINT(memory.saved.items[1].last, UINT64_MAX);
    CHECK_UINT(byte_at(&memory, UINT64_MAX), 15);
    CHECK_SUCCESS(pc_memory_uint(&memory, UINT64_MAX - 7, 8, &value));
    CHECK_UINT(value, UINT64_C(0x0f0e0d0c0b0a0908));
    CHECK_ERROR(pc_memory_uint(&memory, UINT64_MAX - 6, 8, &value), PC_ERROR_NOT_SAVED);
    CHECK_ERROR(pc_memory_read(&memory, TOP, buffer, 17), PC_ERROR_NOT_SAVED);
    CHECK_SUCCESS(pc_memory_read(&memory, TOP, buffer, 16));
    CHECK(pc_memory_span(&memory, UINT64_MAX, UINT64_MAX, &length) == bytes + 15);
    CHECK_UINT(length, 1);
    PC_AUTO_BUFFER text = {0};
    CHECK_ERROR(pc_memory_string(&memory, TOP + 1, 100, &text), PC_ERROR_NOT_SAVED);
    pc_memory_deinit(&memory);
}

static void test_widths_and_orders(void)
{
    static const struct {
        size_t width;
        uint64_t little, big;
    } rows[] = {
        {1, 0x01, 0x01},           {2, 0x0201, 0x0102},           {3, 0x030201, 0x010203},
        {4, 0x04030201, 0x01020304}, {5, 0x0504030201, 0x0102030405}, {7, 0x07060504030201, 0x01020304050607},
        {8, 0x0807060504030201, 0x0102030405060708},
    };
    for (unsigned big = 0; big < 2; big++)
        for (unsigned size = 4; size <= 8; size += 4) {
            pc_memory memory;
            uint64_t value;
            pc_addr pointer;
            pc_memory_init(&memory, size, big);
            pc_ranges_add(&memory.saved, 0x1000, sizeof(bytes), bytes);
            finish(&memory);
            for (size_t i = 0; i < PC_ARRAY_SIZE(rows); i++) {
                CHECK_SUCCESS(pc_memory_uint(&memory, 0x1001, rows[i].width, &value));
                CHECK_UINT(value, big ? rows[i].big : rows[i].little);
            }
            CHECK_SUCCESS(pc_memory_pointer(&memory, 0x1001, &pointer));
            size_t row = size == 8 ? 6 : 3;
            CHECK_UINT(pointer, big ? rows[row].big : rows[row].little);
            pc_memory_deinit(&memory);
        }
}

static void test_strings(void)
{
    static const uint8_t text[] = {'o', 'n', 'e', 0, 't', 'w', 'o'}, more[] = {'!', 0, 'x'};
    pc_memory memory;
    pc_memory_init(&memory, 8, false);
    pc_ranges_add(&memory.saved, 0x1000, sizeof(text), text);
    pc_ranges_add(&memory.saved, 0x1000 + sizeof(text), sizeof(more), more);
    pc_ranges_add(&memory.unsaved, 0x1000, 0x100, NULL);
    finish(&memory);
    PC_AUTO_BUFFER got = {0};
    CHECK_SUCCESS(pc_memory_string(&memory, 0x1000, 100, &got));
    CHECK_TEXT(got.data, "one");
    CHECK_SUCCESS(pc_memory_string(&memory, 0x1004, 100, &got)); /* across two ranges, behind what is there */
    CHECK_TEXT(got.data, "onetwo!");
    CHECK_SUCCESS(pc_memory_string(&memory, 0x1003, 100, &got));
    CHECK_TEXT(got.data, "onetwo!");
    PC_AUTO_BUFFER limited = {0};
    CHECK_SUCCESS(pc_memory_string(&memory, 0x1000, 4, &limited)); /* the NUL is the last one allowed */
    CHECK_ERROR(pc_memory_string(&memory, 0x1000, 3, &limited), PC_ERROR_LIMIT);
    CHECK_ERROR(pc_memory_string(&memory, 0x1009, 100, &limited), PC_ERROR_NOT_SAVED);
    CHECK_ERROR(pc_memory_string(&memory, 0, 100, &limited), PC_ERROR_UNMAPPED);
    pc_memory_deinit(&memory);
}

/* Many ranges, asked for in an order that gives the remembered one no chance. */
static void test_many(void)
{
    pc_memory memory;
    pc_memory_init(&memory, 8, false);
    for (uint64_t i = 0; i < 1000; i++)
        pc_ranges_add(&memory.saved, 0x10000 + (i * 7919 % 1000) * 0x100, 16, bytes + i * 7919 % 1000 % 48);
    finish(&memory);
    CHECK_UINT(memory.saved.count, 1000);
    for (uint64_t i = 0; i < 1000; i++) {
        uint64_t k = i * 617 % 1000;
        CHECK_UINT(byte_at(&memory, 0x10000 + k * 0x100), k % 48);
        CHECK(!pc_memory_is_saved(&memory, 0x10000 + k * 0x100 + 16));
    }
    pc_memory_deinit(&memory);
}

/* What a report may cost: every look counts, a share leaves the rest, and when nothing is left nothing can be read. */
static void test_work(void)
{
    pc_memory memory;
    uint64_t value = 7;
    pc_memory_init(&memory, 8, false);
    pc_ranges_add(&memory.saved, 0x1000, sizeof(bytes), bytes);
    finish(&memory);
    memory.work_left = 1000;
    CHECK_SUCCESS(pc_memory_uint(&memory, 0x1000, 8, &value));
    CHECK_UINT(memory.work_left, 999);
    CHECK(pc_memory_spend(&memory, 99));
    CHECK_UINT(memory.work_left, 900);
    uint64_t outer = pc_memory_begin_share(&memory, 50);
    uint64_t inner = pc_memory_begin_share(&memory, 50);
    CHECK(pc_memory_spend(&memory, 200));
    CHECK(!memory.starved);
    CHECK(!pc_memory_spend(&memory, 100)); /* of 900 half, of that half: 225 or less */
    CHECK(memory.starved && pc_memory_is_starving(&memory));
    CHECK_ERROR(pc_memory_uint(&memory, 0x1000, 8, &value), PC_ERROR_LIMIT);
    CHECK(pc_memory_span(&memory, 0x1000, UINT64_MAX, &value) == NULL);
    pc_memory_end_share(&memory, inner);
    CHECK(!pc_memory_is_starving(&memory));
    CHECK_SUCCESS(pc_memory_uint(&memory, 0x1000, 8, &value));
    CHECK(!pc_memory_spend(&memory, 400));
    pc_memory_end_share(&memory, outer);
    CHECK(memory.work_left >= 440 && memory.work_left <= 460);
    CHECK(!pc_memory_spend(&memory, UINT64_MAX));
    CHECK_UINT(memory.work_left, 0);
    uint64_t last = pc_memory_begin_share(&memory, 100);
    CHECK(!pc_memory_spend(&memory, 0));
    pc_memory_end_share(&memory, last);
    CHECK_ERROR(pc_memory_uint(&memory, 0x9000, 8, &value), PC_ERROR_LIMIT); /* not "nothing is mapped there" */
    PC_AUTO_BUFFER text = {0};
    CHECK_ERROR(pc_memory_string(&memory, 0x1000, 8, &text), PC_ERROR_LIMIT);
    pc_memory_deinit(&memory);
}

/* What is at each address, told without looking anything up twice: -1 where nothing is. */
static int model(const pc_memory *memory, pc_addr address)
{
    for (size_t i = 0; i < memory->saved.count; i++)
        if (address >= memory->saved.items[i].first && address <= memory->saved.items[i].last)
            return memory->saved.items[i].bytes[address - memory->saved.items[i].first];
    for (size_t i = 0; i < memory->file.count; i++) {
        const pc_range *r = &memory->file.items[i];
        if (address >= r->first && address <= r->last)
            return r->file->bytes[r->offset + (address - r->first)];
    }
    return -1;
}

static void check_read(pc_memory *memory, pc_addr address, size_t width)
{
    uint8_t wanted[8];
    uint64_t value = 0x77;
    bool there = true;
    for (size_t i = 0; i < width; i++) {
        int byte = address <= UINT64_MAX - i ? model(memory, address + i) : -1;
        there = there && byte >= 0;
        wanted[i] = (uint8_t)byte;
    }
    pc_error *error = pc_memory_uint(memory, address, width, &value);
    CHECK(!error == there);
    CHECK_UINT(value, there ? pc_load_uint_of_any_width(wanted, width, memory->big_endian) : 0x77);
    const uint8_t *near = pc_memory_near(memory, address, width);
    CHECK(near == pc_memory_peek(memory, address, width));
    CHECK(!near || (there && !memcmp(near, wanted, width)));
    pc_error_destroy(error);
}

/* Places that were found are found again, at their edges and where other places are kept in the same window; in every
 * order of those looks. */
static void test_windows(void)
{
    static const pc_addr starts[] = {0, 0x1000, 0x1010, 0x1020, 0xfff8, 0x10000 - 0x10, 0x20000, 0x20018, 0x20000 + ((uint64_t)PC_MEMORY_WINDOWS << PC_WINDOW_BITS),
                                     0x1000 + (UINT64_C(65) << PC_WINDOW_BITS), 0xffffffe0, TOP - 16, TOP};
    for (unsigned big = 0; big < 2; big++)
        for (unsigned size = 4; size <= 8; size += 4) {
            pc_memory memory;
            pc_memory_init(&memory, size, big);
            for (size_t i = 0; i < PC_ARRAY_SIZE(starts); i++) /* some overlap, some are neighbours, of some the file has what is around them */
                if (i % 3 == 2)
                    pc_ranges_add_file(&memory.file, starts[i], 40, i % 2 ? &bytes_file : &others_file, i);
                else
                    pc_ranges_add(&memory.saved, starts[i], 16, i % 2 ? bytes + i : others + i);
            pc_ranges_add(&memory.saved, 0x3000, 0, bytes);
            finish(&memory);
            pc_addr at[PC_ARRAY_SIZE(starts) * 64];
            size_t count = 0;
            for (size_t i = 0; i < PC_ARRAY_SIZE(starts); i++)
                for (unsigned k = 0; k < 64; k++)
                    at[count++] = starts[i] + k - 12;
            for (size_t step = 1; step < count; step += 297)
                for (size_t i = 0, k = 0; i < count; i++, k = (k + step) % count) {
                    check_read(&memory, at[k], 1 + (i + step) % 8);
                    check_read(&memory, at[k], memory.address_size);
                }
            pc_memory_deinit(&memory);
        }
}

/* Ranges that come later are seen once they are told of. */
static void test_change(void)
{
    pc_memory memory;
    uint64_t value;
    pc_memory_init(&memory, 8, false);
    pc_ranges_add_file(&memory.file, 0x1000, 64, &bytes_file, 0);
    finish(&memory);
    CHECK_SUCCESS(pc_memory_uint(&memory, 0x1010, 1, &value));
    CHECK_UINT(value, bytes[16]);
    pc_ranges_add(&memory.saved, 0x1010, 16, others);
    finish(&memory);
    pc_memory_changed(&memory);
    CHECK_SUCCESS(pc_memory_uint(&memory, 0x1010, 1, &value));
    CHECK_UINT(value, others[0]);
    pc_memory_deinit(&memory);
}

/* What is read is taken down, though it was read before; and when work is at its end, nothing is read that was. */
static void test_windows_are_not_around(void)
{
    pc_memory memory;
    pc_touched touched;
    uint64_t value;
    uint8_t copy[4] = {1, 1, 1, 1};
    bool there;
    pc_memory_init(&memory, 8, false);
    pc_ranges_add(&memory.saved, 0x1000, sizeof(bytes), bytes);
    finish(&memory);
    CHECK_SUCCESS(pc_memory_uint(&memory, 0x1000, 8, &value));
    pc_touched_init(&touched);
    memory.touched = &touched;
    CHECK_SUCCESS(pc_memory_uint(&memory, 0x1000, 4, &value));
    CHECK(pc_memory_near(&memory, 0x1004, 4) == bytes + 4);
    CHECK_UINT(pc_touched_filter(&touched, 0x1000, copy, 4, 0, &there), 4);
    CHECK(there);
    CHECK_UINT(pc_touched_filter(&touched, 0x1004, copy, 4, 0, &there), 4);
    CHECK(there);
    CHECK_UINT(pc_touched_filter(&touched, 0x1008, copy, 4, 0, &there), 4);
    CHECK(!there);
    memory.touched = NULL;
    pc_touched_deinit(&touched);
    memory.work_left = 1;
    CHECK(pc_memory_near(&memory, 0x1000, 4) == bytes);
    CHECK_UINT(memory.work_left, 0);
    CHECK(pc_memory_near(&memory, 0x1000, 4) == NULL);
    CHECK_ERROR(pc_memory_uint(&memory, 0x1000, 8, &value), PC_ERROR_LIMIT);
    pc_memory_deinit(&memory);
}

void suite_memory(void)
{
    CU_pSuite suite = CU_add_suite("memory", NULL, NULL);
    CU_add_test(suite, "ranges are sorted and joined", test_ranges);
    CU_add_test(suite, "no ranges at all", test_no_ranges);
    CU_add_test(suite, "overlapping ranges", test_overlaps);
    CU_add_test(suite, "reads across ranges", test_crossing_reads);
    CU_add_test(suite, "a file behind saved pages", test_file_behind_saved);
    CU_add_test(suite, "not saved is not unmapped", test_not_saved_is_not_unmapped);
    CU_add_test(suite, "the top of the address space", test_top);
    CU_add_test(suite, "integers of every width and order", test_widths_and_orders);
    CU_add_test(suite, "strings", test_strings);
    CU_add_test(suite, "many ranges", test_many);
    CU_add_test(suite, "work", test_work);
    CU_add_test(suite, "places that were found before", test_windows);
    CU_add_test(suite, "ranges that come later", test_change);
    CU_add_test(suite, "no way around what is counted", test_windows_are_not_around);
}
