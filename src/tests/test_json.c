/* The writer of JSON. What it writes is held against what jansson makes of it. */
#include <CUnit/CUnit.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/text.h"
#include "tests/check.h"
#include "tests/unit.h"

/* Of one string, as a document. */
static void write_string(pc_buffer *text, const char *string)
{
    pc_json j;
    pc_json_begin_buffer(&j, text);
    pc_json_string(&j, string);
    CHECK_UINT(pc_json_written(&j), j.flushed + (uint64_t)(j.at - j.block));
    pc_json_end(&j);
    CHECK_UINT(pc_json_written(&j), text->length);
}

static void test_escapes(void)
{
    static const struct {
        const char *string, *json;
    } rows[] = {
        {NULL, "null"}, {"", "\"\""}, {"plain / text", "\"plain / text\""}, {"\"\\", "\"\\\"\\\\\""},
        {"\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\""}, {"\x01\x0b\x1b\x1f", "\"\\u0001\\u000B\\u001B\\u001F\""},
        {"~\x7f\xc2\x80\xc2\x9f\xc2\xa0", "\"~\\u007F\\u0080\\u009F\xc2\xa0\""},
        {"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", "\"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\""},
        /* what does not decode: cut, overlong, a surrogate, beyond the last code point, a stray byte */
        {"a\xc3", "\"a\\\\udcc3\""}, {"\xc0\xaf", "\"\\\\udcc0\\\\udcaf\""}, {"\xed\xa0\x80", "\"\\\\udced\\\\udca0\\\\udc80\""},
        {"\xf4\x90\x80\x80", "\"\\\\udcf4\\\\udc90\\\\udc80\\\\udc80\""}, {"\xff\xc2\x41", "\"\\\\udcff\\\\udcc2A\""},
        {"\xe2\x82", "\"\\\\udce2\\\\udc82\""},
    };
    for (size_t i = 0; i < PC_ARRAY_SIZE(rows); i++) {
        PC_AUTO_BUFFER text = {0};
        check_context("row %zu", i);
        write_string(&text, rows[i].string);
        CHECK_TEXT(text.data, rows[i].json);
    }
    check_context("%s", "");
}

/* Each character, in each place of a word and with a neighbour on either side, comes back from a parser as it was. */
static void test_characters(void)
{
    size_t wrong = 0, escaped = 0, tested = 0;
    for (uint32_t c = 1; c < 0x110000; c += c < 0x3000 || (c > 0xd000 && c < 0xe100) ? 1 : 1021) {
        PC_AUTO_BUFFER string = {0}, text = {0};
        if (c >= 0xd800 && c <= 0xdfff)
            continue;
        pc_buffer_append(&string, "0123456789abcdef", c % 11);
        pc_text_put_code_point(&string, c);
        pc_buffer_puts(&string, "neighbours");
        write_string(&text, string.data);
        json_t *parsed = json_loadb(text.data, text.length, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
        wrong += !json_is_string(parsed) || strcmp(json_string_value(parsed), string.data) != 0 || !pc_text_is_utf8(text.data, text.length);
        escaped += text.length != string.length + 2;
        json_decref(parsed);
        tested++;
    }
    CHECK_UINT(wrong, 0);
    CHECK(tested > 12000);
    CHECK_UINT(escaped, 31 + 2 + 1 + 32); /* controls, quotation mark and backslash, DEL, controls beyond ASCII */
}

/* Any bytes: what comes out is JSON, and what Python's surrogateescape would make of them. */
static void test_bytes(void)
{
    uint32_t seed = 1;
    size_t wrong = 0;
    for (int round = 0; round < 3000; round++) {
        char bytes[24];
        PC_AUTO_BUFFER text = {0}, valid = {0};
        size_t length = (size_t)round % (sizeof(bytes) - 1);
        for (size_t i = 0; i < length; i++) {
            seed = seed * 1103515245 + 12345;
            bytes[i] = (char)(seed >> 16 | (seed >> 8 & 0x80));
            bytes[i] = (char)(bytes[i] ? bytes[i] : 'x');
        }
        bytes[length] = 0;
        pc_text_put_bytes(&valid, bytes, length);
        write_string(&text, bytes);
        json_t *parsed = json_loadb(text.data, text.length, JSON_DECODE_ANY, NULL);
        wrong += !json_is_string(parsed) || strcmp(json_string_value(parsed), pc_buffer_text(&valid)) != 0;
        json_decref(parsed);
    }
    CHECK_UINT(wrong, 0);
}

static void test_numbers(void)
{
    static const int64_t integers[] = {0, 1, -1, 9, 10, 4294967296, INT64_MAX, INT64_MIN};
    static const pc_addr addresses[] = {0, 1, 9, 0xa, 0xf, 0x10, 0x12345678, 0x123456789, 0x7f0000abcdef, 0x0fedcba987654321, INT64_MAX, UINT64_MAX};
    for (size_t i = 0; i < PC_ARRAY_SIZE(integers) + PC_ARRAY_SIZE(addresses); i++) {
        PC_AUTO_BUFFER text = {0};
        char wanted[64];
        pc_json j;
        pc_json_begin_buffer(&j, &text);
        if (i < PC_ARRAY_SIZE(integers)) {
            pc_json_integer(&j, integers[i]);
            snprintf(wanted, sizeof(wanted), "%" PRId64, integers[i]);
        } else {
            pc_addr address = addresses[i - PC_ARRAY_SIZE(integers)];
            pc_json_address(&j, address);
            snprintf(wanted, sizeof(wanted), "\"" PC_ADDR "\"", address);
        }
        pc_json_end(&j);
        CHECK_TEXT(text.data, wanted);
    }
}

static void test_nesting(void)
{
    PC_AUTO_BUFFER text = {0};
    pc_json j;
    pc_json_begin_buffer(&j, &text);
    pc_json_object(&j);
    pc_json_key(&j, "empty");
    pc_json_array(&j);
    pc_json_array_end(&j);
    pc_json_break(&j, "\n");
    pc_json_key(&j, "list");
    pc_json_array(&j);
    for (int i = 0; i < 2; i++) {
        pc_json_break(&j, "\n ");
        pc_json_object(&j);
        pc_json_key(&j, "i");
        pc_json_integer(&j, i);
        pc_json_key(&j, "is");
        pc_json_bool(&j, i);
        pc_json_object_end(&j);
    }
    pc_json_null(&j);
    pc_json_array(&j);
    pc_json_string(&j, "a");
    pc_json_address(&j, 16);
    pc_json_array_end(&j);
    pc_json_array_end(&j);
    pc_json_key(&j, "last");
    pc_json_object(&j);
    pc_json_object_end(&j);
    pc_json_object_end(&j);
    pc_json_end(&j);
    CHECK_TEXT(text.data, "{\"empty\":[],\n\"list\":[\n {\"i\":0,\"is\":false},\n {\"i\":1,\"is\":true},null,[\"a\",\"0x10\"]],\"last\":{}}");
}

static void test_deep(void)
{
    enum { DEPTH = 2000 };
    PC_AUTO_BUFFER text = {0};
    pc_json j;
    size_t depth = 0;
    pc_json_begin_buffer(&j, &text);
    for (int i = 0; i < DEPTH; i++) {
        pc_json_object(&j);
        pc_json_key(&j, "in");
    }
    pc_json_null(&j);
    for (int i = 0; i < DEPTH; i++)
        pc_json_object_end(&j);
    pc_json_end(&j);
    json_t *root = json_loadb(text.data, text.length, 0, NULL);
    for (json_t *at = root; json_is_object(at); at = json_object_get(at, "in"))
        depth++;
    CHECK_UINT(depth, DEPTH);
    json_decref(root);
}

/* Every length around the edges of a block, of what is copied and of what is escaped, to a stream and to a buffer. */
static void test_edges(void)
{
    static const char *const units[] = {"x", "\n", "\xf0\x9f\x98\x80", "\xff", "ab\"cdefgh"};
    size_t wrong = 0;
    char *string = malloc(10 * 3 * PC_JSON_BLOCK);
    for (size_t u = 0; u < PC_ARRAY_SIZE(units); u++)
        for (size_t blocks = 0; blocks <= 2; blocks++)
            for (int off = -9; off <= 9; off++) {
                PC_AUTO_BUFFER text = {0}, valid = {0};
                char *streamed = NULL;
                size_t size = 0, n = blocks * PC_JSON_BLOCK / 2 + 16 + (size_t)off, unit = strlen(units[u]);
                for (size_t i = 0; i < n; i++)
                    memcpy(string + i * unit, units[u], unit);
                string[n * unit] = 0;
                pc_text_put_bytes(&valid, string, n * unit);
                write_string(&text, string);
                json_t *parsed = json_loadb(text.data, text.length, JSON_DECODE_ANY, NULL);
                wrong += !json_is_string(parsed) || strcmp(json_string_value(parsed), valid.data) != 0;
                json_decref(parsed);
                FILE *stream = open_memstream(&streamed, &size);
                pc_json j;
                pc_json_begin(&j, stream);
                pc_json_string(&j, string);
                pc_json_end(&j);
                wrong += pc_json_written(&j) != text.length || fclose(stream) || size != text.length || memcmp(streamed, text.data, size) != 0;
                free(streamed);
            }
    CHECK_UINT(wrong, 0);
    free(string);
}

/* A document larger than a block, whose pieces are small: none is lost or comes twice. */
static void test_many_pieces(void)
{
    enum { ITEMS = 20000 };
    PC_AUTO_BUFFER text = {0};
    pc_json j;
    size_t wrong = 0;
    pc_json_begin_buffer(&j, &text);
    pc_json_array(&j);
    for (int i = 0; i < ITEMS; i++) {
        pc_json_break(&j, i % 3 ? "\n " : "");
        pc_json_object(&j);
        pc_json_key(&j, "number");
        pc_json_integer(&j, i);
        pc_json_object_end(&j);
    }
    pc_json_array_end(&j);
    pc_json_end(&j);
    json_t *root = json_loadb(text.data, text.length, JSON_REJECT_DUPLICATES, NULL);
    CHECK_UINT(json_array_size(root), ITEMS);
    for (size_t i = 0; i < ITEMS; i++)
        wrong += json_integer_value(json_object_get(json_array_get(root, i), "number")) != (json_int_t)i;
    CHECK_UINT(wrong, 0);
    json_decref(root);
}

/* What cannot be written is an error of the stream, which whoever closes it hears of with its number. */
static void test_full_disk(void)
{
    static const size_t sizes[] = {10, 5000, 3 * PC_JSON_BLOCK, 20 * PC_JSON_BLOCK};
    for (size_t i = 0; i < PC_ARRAY_SIZE(sizes); i++) {
        FILE *full = fopen("/dev/full", "we");
        if (!full)
            return;
        char *string = malloc(sizes[i] + 1);
        pc_json j;
        memset(string, 'x', sizes[i]);
        string[sizes[i]] = 0;
        check_context("%zu bytes", sizes[i]);
        pc_json_begin(&j, full);
        pc_json_string(&j, string);
        pc_json_end(&j);
        bool failed = ferror(full);
        errno = 0;
        failed |= fflush(full) != 0;
        CHECK(failed);
        CHECK_INT(errno, ENOSPC);
        fclose(full);
        free(string);
    }
    check_context("%s", "");
}

void suite_json(void)
{
    CU_pSuite suite = CU_add_suite("json", NULL, NULL);
    CU_add_test(suite, "escapes", test_escapes);
    CU_add_test(suite, "characters", test_characters);
    CU_add_test(suite, "any bytes", test_bytes);
    CU_add_test(suite, "numbers", test_numbers);
    CU_add_test(suite, "nesting", test_nesting);
    CU_add_test(suite, "deep", test_deep);
    CU_add_test(suite, "edges of a block", test_edges);
    CU_add_test(suite, "many pieces", test_many_pieces);
    CU_add_test(suite, "full disk", test_full_disk);
}
