/* Arena, buffer, cursor, map, errors, diagnostics, libraries that are loaded. */
#include <CUnit/CUnit.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/cursor.h"
#include "base/diagnostics.h"
#include "base/limits.h"
#include "base/map.h"
#include "base/shared_library.h"
#include "tests/check.h"
#include "tests/unit.h"

static bool is_zero(const uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        if (bytes[i])
            return false;
    return true;
}

static void test_arena(void)
{
    pc_arena arena;
    pc_arena_init(&arena);
    CHECK(pc_arena_alloc(&arena, 0) != NULL);
    CHECK(pc_arena_array(&arena, 0, 16) != NULL);
    uint8_t *before = NULL;
    size_t before_size = 0;
    for (size_t size = 1; size < 200000; size = size * 3 + 1) {
        uint8_t *p = pc_arena_alloc(&arena, size);
        CHECK(is_zero(p, size));
        CHECK_UINT((uintptr_t)p % _Alignof(max_align_t), 0);
        memset(p, 0xaa, size);
        for (size_t i = 0; i < before_size; i++)
            if (before[i] != 0xaa) {
                CHECK(!"what was given out before stays as it is");
                break;
            }
        before = p;
        before_size = size;
    }
    CHECK(is_zero(pc_arena_array(&arena, 1000, 100), 100000));
    CHECK_TEXT(pc_arena_strdup(&arena, "text"), "text");
    CHECK_TEXT(pc_arena_strdup(&arena, ""), "");
    CHECK(pc_arena_strdup(&arena, NULL) == NULL);
    CHECK_TEXT(pc_arena_strndup(&arena, "abcdef", 3), "abc");
    CHECK_TEXT(pc_arena_printf(&arena, "%d-%s", 42, "x"), "42-x");
    CHECK_UINT(strlen(pc_arena_printf(&arena, "%0100000d", 7)), 100000);
    pc_arena_deinit(&arena);
    pc_arena_deinit(&arena); /* empty by now */
    pc_arena_deinit(NULL);
}

static void test_buffer(void)
{
    PC_AUTO_BUFFER b = {0};
    CHECK_TEXT(pc_buffer_text(&b), "");
    CHECK(b.data == NULL);
    pc_buffer_append(&b, "a\0b", 3);
    CHECK_UINT(b.length, 3);
    CHECK(b.data && !memcmp(b.data, "a\0b", 4));
    pc_buffer_cut(&b, 1);
    pc_buffer_cut(&b, 5); /* it was never that long: nothing happens */
    CHECK_TEXT(b.data, "a");
    pc_buffer_puts(&b, "bc");
    pc_buffer_putc(&b, 'd');
    pc_buffer_printf(&b, "%s%03d", "-", 7);
    pc_buffer_printf(&b, "%s", "");
    CHECK_TEXT(b.data, "abcd-007");
    for (int i = 0; i < 100000; i++)
        pc_buffer_printf(&b, "%d", i % 10);
    CHECK_UINT(b.length, 100008);
    CHECK_UINT(strlen(b.data), 100008);
    CHECK(b.data[100007] == '9' && b.capacity > b.length);
    pc_buffer_deinit(&b);
    CHECK(b.data == NULL && b.length == 0);
    pc_buffer_deinit(NULL);
}

static void test_cursor(void)
{
    static const uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 'h', 'i', 0, 0xff};
    pc_cursor little = pc_cursor_over(bytes, sizeof(bytes), false), big = pc_cursor_over(bytes, sizeof(bytes), true);
    CHECK_UINT(pc_cursor_uint(&little, 1), 1);
    CHECK_UINT(pc_cursor_uint(&little, 8), UINT64_C(0x0908070605040302));
    CHECK_UINT(pc_cursor_uint(&big, 3), 0x010203);
    CHECK(pc_cursor_skip(&big, 6));
    CHECK_TEXT(pc_cursor_string(&big), "hi");
    CHECK_UINT(big.left, 1);
    CHECK(pc_cursor_string(&big) == NULL); /* no NUL behind it */
    CHECK(big.failed);
    CHECK_UINT(pc_cursor_uint(&big, 1), 0); /* from then on there is nothing */
    CHECK(!pc_cursor_skip(&big, 0));
    CHECK(pc_cursor_string(&big) == NULL);
    CHECK(!pc_cursor_skip(&little, 5));
    CHECK(little.failed);
    pc_cursor empty = pc_cursor_over(NULL, 0, false);
    CHECK(pc_cursor_skip(&empty, 0) && !empty.failed);
    CHECK(pc_cursor_string(&empty) == NULL);
    CHECK(!pc_cursor_skip(&empty, SIZE_MAX));
    pc_cursor short_one = pc_cursor_over(bytes, 3, false);
    CHECK_UINT(pc_cursor_uint(&short_one, 4), 0);
    CHECK(short_one.failed && short_one.left == 3);
}

static void test_sign_extend(void)
{
    CHECK_INT(pc_sign_extend(0x7f, 8), 127);
    CHECK_INT(pc_sign_extend(0x80, 8), -128);
    CHECK_INT(pc_sign_extend(0xffff, 16), -1);
    CHECK_INT(pc_sign_extend(0x12380, 8), -128); /* bits above do not count */
    CHECK_INT(pc_sign_extend(1, 1), -1);
    CHECK_INT(pc_sign_extend(0, 1), 0);
    CHECK_INT(pc_sign_extend(0x80000000, 32), INT32_MIN);
    CHECK_INT(pc_sign_extend(UINT64_C(1) << 62, 63), -(INT64_C(1) << 62));
    CHECK_INT(pc_sign_extend(UINT64_MAX, 64), -1);
    CHECK_INT(pc_sign_extend(INT64_MAX, 64), INT64_MAX);
}

static void test_addresses(void)
{
    pc_addr sum = 5;
    CHECK(pc_addr_add(1, 2, &sum) && sum == 3);
    CHECK(pc_addr_add(UINT64_MAX, 0, &sum) && sum == UINT64_MAX);
    CHECK(!pc_addr_add(UINT64_MAX, 1, &sum));
    CHECK(!pc_addr_add(UINT64_C(1) << 63, UINT64_C(1) << 63, &sum));
    CHECK_UINT(sum, UINT64_MAX);
}

static void test_map(void)
{
    pc_map map;
    static int values[5000];
    pc_map_init(&map);
    CHECK(pc_map_get(&map, 0) == NULL);
    CHECK(!pc_map_has(&map, 5));
    /* addresses as objects have them, and the two ends */
    for (uint64_t i = 0; i < 5000; i++)
        pc_map_put(&map, UINT64_C(0x7f0000000000) + i * 16, &values[i]);
    pc_map_put(&map, 0, &values[1]);
    pc_map_put(&map, UINT64_MAX, &values[2]);
    CHECK_UINT(map.count, 5002);
    bool all = true;
    for (uint64_t i = 0; i < 5000; i++)
        all &= pc_map_get(&map, UINT64_C(0x7f0000000000) + i * 16) == &values[i] &&
            !pc_map_has(&map, UINT64_C(0x7f0000000000) + i * 16 + 8);
    CHECK(all);
    CHECK(pc_map_get(&map, 0) == &values[1]);
    CHECK(pc_map_get(&map, UINT64_MAX) == &values[2]);
    pc_map_put(&map, 0, &values[3]);
    CHECK(pc_map_get(&map, 0) == &values[3]);
    CHECK_UINT(map.count, 5002);
    pc_map_deinit(&map);
    CHECK(pc_map_add(&map, 7));
    CHECK(!pc_map_add(&map, 7));
    CHECK(pc_map_add(&map, 8));
    CHECK(pc_map_has(&map, 7) && !pc_map_has(&map, 9));
    pc_map_deinit(&map);
    pc_map_deinit(NULL);
}

static void test_errors(void)
{
    static const struct {
        pc_error_code code;
        const char *name;
    } rows[] = {{PC_ERROR_IO, "io"}, {PC_ERROR_NOT_SAVED, "not-saved"}, {PC_ERROR_CORRUPT, "corrupt"},
                {PC_ERROR_LIMIT, "limit"}};
    for (size_t i = 0; i < PC_ARRAY_SIZE(rows); i++)
        CHECK_TEXT(pc_error_code_name(rows[i].code), rows[i].name);
    pc_error *error = pc_error_at(PC_ERROR_CORRUPT, 0x1234, "%s %d", "message", 5);
    CHECK(error->code == PC_ERROR_CORRUPT && error->has_address && error->address == 0x1234);
    CHECK_TEXT(error->message, "message 5");
    CHECK(!pc_ok(error));
    CHECK(pc_ok(NULL));
    error = pc_error_create(PC_ERROR_IO, "no address");
    CHECK(!error->has_address);
    pc_error_destroy(error);
    pc_error_destroy(NULL);
}

static void test_grow(void)
{
    int *items = NULL;
    size_t capacity = 0;
    for (size_t count = 0; count < 1000; count++) {
        items = pc_grow(items, count, &capacity, sizeof(*items));
        items[count] = (int)count;
        if (capacity <= count)
            CHECK(!"room for one more");
    }
    CHECK(items[0] == 0 && items[999] == 999);
    free(items);
}

static void test_diagnostics(void)
{
    pc_arena arena;
    pc_diagnostics list;
    pc_arena_init(&arena);
    pc_diagnostics_init(&list, &arena);
    pc_diagnose(&list, PC_SEVERITY_WARNING, "code", "%s \xff", "bytes");
    pc_diagnose_error(&list, PC_SEVERITY_INFO, pc_error_at(PC_ERROR_NOT_SAVED, 0, "why \xfe"), "thread %d", 3);
    pc_diagnose_error(&list, PC_SEVERITY_ERROR, pc_error_create(PC_ERROR_IO, "why"), "what");
    CHECK_UINT(list.count, 3);
    CHECK_TEXT(list.items[0].message, "bytes \\udcff");
    CHECK_TEXT(list.items[0].code, "code");
    CHECK(!list.items[0].has_address);
    CHECK_TEXT(list.items[1].message, "thread 3: why \\udcfe");
    CHECK_TEXT(list.items[1].code, "not-saved");
    CHECK(list.items[1].has_address && list.items[1].address == 0);
    CHECK(list.items[2].severity == PC_SEVERITY_ERROR && !list.items[2].has_address);
    CHECK_TEXT(pc_severity_name(PC_SEVERITY_INFO), "info");
    CHECK_TEXT(pc_severity_name(PC_SEVERITY_WARNING), "warning");
    CHECK_TEXT(pc_severity_name(PC_SEVERITY_ERROR), "error");
    for (size_t i = 3; i < PC_LIMIT_DIAGNOSTICS + 10; i++)
        pc_diagnose(&list, PC_SEVERITY_INFO, "many", "number %zu", i);
    CHECK_UINT(list.count, PC_LIMIT_DIAGNOSTICS);
    CHECK_UINT(list.dropped, 10);
    /* one that is dropped is destroyed all the same */
    pc_diagnose_error(&list, PC_SEVERITY_ERROR, pc_error_create(PC_ERROR_IO, "late"), "what");
    CHECK_UINT(list.dropped, 11);
    pc_diagnostics_deinit(&list);
    pc_diagnostics_deinit(NULL);
    pc_arena_deinit(&arena);
}

#ifndef STATIC_EXE
static void test_shared_library(void)
{
    static const char *const names[] = {"cos", "floor"}, *const more[] = {"cos", "no_such_function"};
    struct {
        double (*cos)(double), (*floor)(double);
    } functions = {NULL, NULL};
    pc_error *error = pc_shared_library_load("libno-such-library.so.0", names, 2, &functions);
    CHECK(error && strstr(error->message, "libno-such-library.so.0"));
    CHECK_ERROR(error, PC_ERROR_IO);
    error = pc_shared_library_load("libm.so.6", more, 2, &functions);
    CHECK(error && strstr(error->message, "libm.so.6 has no no_such_function()"));
    CHECK_ERROR(error, PC_ERROR_IO);
    CHECK(!functions.cos && !functions.floor);
    CHECK_SUCCESS(pc_shared_library_load("libm.so.6", names, 2, &functions));
    if (functions.cos && functions.floor)
        CHECK(functions.cos(0) == 1 && functions.floor(2.5) == 2);
}
#endif

void suite_base(void)
{
    CU_pSuite suite = CU_add_suite("base", NULL, NULL);
    CU_add_test(suite, "arena", test_arena);
    CU_add_test(suite, "buffer", test_buffer);
    CU_add_test(suite, "cursor", test_cursor);
    CU_add_test(suite, "signs", test_sign_extend);
    CU_add_test(suite, "addresses", test_addresses);
    CU_add_test(suite, "map", test_map);
    CU_add_test(suite, "errors", test_errors);
    CU_add_test(suite, "growing arrays", test_grow);
    CU_add_test(suite, "diagnostics", test_diagnostics);
#ifndef STATIC_EXE
    CU_add_test(suite, "shared library", test_shared_library);
#endif
}
