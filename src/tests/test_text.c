/* Text on its way into a report and to a terminal. */
#include <CUnit/CUnit.h>
#include <string.h>

#include "base/text.h"
#include "tests/check.h"
#include "tests/unit.h"

static void test_code_points(void)
{
    static const struct {
        uint32_t c;
        const char *text;
    } rows[] = {
        {0, "\\x00"}, {1, "\x01"}, {'a', "a"}, {0x7f, "\x7f"}, {0x80, "\xc2\x80"}, {0x7ff, "\xdf\xbf"},
        {0x800, "\xe0\xa0\x80"},
        {0xd7ff, "\xed\x9f\xbf"}, {0xd800, "\\ud800"}, {0xdc80, "\\udc80"}, {0xdfff, "\\udfff"},
        {0xe000, "\xee\x80\x80"},
        {0xffff, "\xef\xbf\xbf"}, {0x10000, "\xf0\x90\x80\x80"}, {0x10ffff, "\xf4\x8f\xbf\xbf"},
        {0x110000, "\\U00110000"},
        {0xffffffff, "\\Uffffffff"},
    };
    for (size_t i = 0; i < PC_ARRAY_SIZE(rows); i++) {
        PC_AUTO_BUFFER text = {0};
        pc_text_put_code_point(&text, rows[i].c);
        CHECK_TEXT(text.data, rows[i].text);
    }
}

/* Every code point there and back, and its neighbours in length cut off. */
static void test_round_trip(void)
{
    size_t wrong = 0, tested = 0;
    for (uint32_t c = 1; c < 0x110000; c += c < 0x1000 || (c >= 0xd700 && c < 0xe100) ? 1 : 97) {
        PC_AUTO_BUFFER text = {0};
        uint32_t back = 0;
        if (c >= 0xd800 && c <= 0xdfff)
            continue;
        pc_text_put_code_point(&text, c);
        wrong += pc_text_decode(text.data, text.length, &back) != text.length || back != c;
        wrong += text.length > 1 && pc_text_decode(text.data, text.length - 1, &back) != 0;
        tested++;
    }
    CHECK_UINT(wrong, 0);
    CHECK(tested > 10000);
}

static void test_bytes(void)
{
    static const struct {
        const char *bytes;
        size_t length;
        const char *text;
        bool valid;
    } rows[] = {
        {"", 0, "", true},
        {"plain", 5, "plain", true},
        {"\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", 9, "\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80", true},
        {"a\xff" "b", 3, "a\\udcffb", false},
        {"\xc3", 1, "\\udcc3", false},                                 /* cut */
        {"\xe2\x82", 2, "\\udce2\\udc82", false},
        {"\x80\xbf", 2, "\\udc80\\udcbf", false},                      /* no beginning */
        {"\xc0\x80", 2, "\\udcc0\\udc80", false},                      /* overlong NUL */
        {"\xc1\xbf", 2, "\\udcc1\\udcbf", false},
        {"\xe0\x80\x80", 3, "\\udce0\\udc80\\udc80", false},
        {"\xe0\x9f\xbf", 3, "\\udce0\\udc9f\\udcbf", false},
        {"\xf0\x8f\xbf\xbf", 4, "\\udcf0\\udc8f\\udcbf\\udcbf", false},
        {"\xf0\x80\x80\x80", 4, "\\udcf0\\udc80\\udc80\\udc80", false},
        {"\xed\xa0\x80", 3, "\\udced\\udca0\\udc80", false},           /* a surrogate */
        {"\xf4\x90\x80\x80", 4, "\\udcf4\\udc90\\udc80\\udc80", false}, /* beyond U+10FFFF */
        {"\xf5\x80\x80\x80", 4, "\\udcf5\\udc80\\udc80\\udc80", false},
        {"a\0b", 3, "a\\x00b", true},
    };
    for (size_t i = 0; i < PC_ARRAY_SIZE(rows); i++) {
        PC_AUTO_BUFFER text = {0};
        check_context("row %zu", i);
        pc_text_put_bytes(&text, rows[i].bytes, rows[i].length);
        CHECK_TEXT(pc_buffer_text(&text), rows[i].text);
        CHECK_UINT(pc_text_is_utf8(rows[i].bytes, rows[i].length), rows[i].valid);
        CHECK(pc_text_is_utf8(pc_buffer_text(&text), text.length));
    }
    check_context("%s", "");
}

/* All pairs of bytes: what comes out is valid, whatever went in. */
static void test_all_pairs(void)
{
    size_t wrong = 0, valid = 0;
    for (unsigned i = 0; i < 0x10000; i++) {
        char bytes[2] = {(char)(i >> 8), (char)i};
        PC_AUTO_BUFFER text = {0}, screen = {0};
        pc_text_put_bytes(&text, bytes, 2);
        wrong += !pc_text_is_utf8(text.data, text.length);
        valid += pc_text_is_utf8(bytes, 2);
        pc_text_put_terminal(&screen, text.data);
        for (size_t k = 0; k < screen.length; k++)
            wrong += (uint8_t)screen.data[k] < 0x20 || screen.data[k] == 0x7f;
    }
    CHECK_UINT(wrong, 0);
    CHECK_UINT(valid, 128 * 128 + 30 * 64); /* two of ASCII; C2 to DF with any continuation */
}

static void test_length(void)
{
    CHECK_UINT(pc_text_length(""), 0);
    CHECK_UINT(pc_text_length("abc"), 3);
    CHECK_UINT(pc_text_length("\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"), 3);
}

static void test_terminal(void)
{
    static const struct {
        const char *text, *screen;
    } rows[] = {
        {"", ""},
        {"plain \xc3\xa9 \xf0\x9f\x98\x80", "plain \xc3\xa9 \xf0\x9f\x98\x80"},
        {"a\nb\tc\rd", "a\\nb\\tc\\x0dd"},
        {"\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"},
        {"\x1b]0;title\x07", "\\x1b]0;title\\x07"},
        {"\b\x7f", "\\x08\\x7f"},
        {"\xc2\x9b" "31m", "\\x9b31m"},                     /* CSI in one character */
        {"\xc2\x85", "\\x85"},                              /* next line */
        {"\xe2\x80\xae" "evil", "\\u202eevil"},             /* right-to-left override */
        {"\xe2\x81\xa6", "\\u2066"},                        /* left-to-right isolate */
        {"\xd8\x9c", "\\u061c"},                            /* Arabic letter mark */
        {"\xe2\x80\x8b\xef\xbb\xbf", "\\u200b\\ufeff"},     /* no width */
        {"\xe2\x80\xa8\xe2\x80\xa9", "\\u2028\\u2029"},     /* line and paragraph separator */
        {"\xf3\xa0\x81\x81", "\\U000e0041"},                /* tag letter A */
        {"\xc2\xad", "\\xad"},                              /* soft hyphen */
        {"bad \xff byte", "bad \\xff byte"},
    };
    for (size_t i = 0; i < PC_ARRAY_SIZE(rows); i++) {
        PC_AUTO_BUFFER text = {0};
        check_context("row %zu", i);
        pc_text_put_terminal(&text, rows[i].text);
        CHECK_TEXT(pc_buffer_text(&text), rows[i].screen);
    }
    for (unsigned c = 1; c < 0xa0; c++) {
        PC_AUTO_BUFFER in = {0}, out = {0};
        check_context("U+%04X", c);
        pc_text_put_code_point(&in, c);
        pc_text_put_terminal(&out, in.data);
        CHECK_UINT(out.data[0] == '\\' && out.length > 1, c < 0x20 || c >= 0x7f);
    }
    check_context("%s", "");
}

void suite_text(void)
{
    CU_pSuite suite = CU_add_suite("text", NULL, NULL);
    CU_add_test(suite, "code points", test_code_points);
    CU_add_test(suite, "there and back", test_round_trip);
    CU_add_test(suite, "bytes", test_bytes);
    CU_add_test(suite, "all pairs of bytes", test_all_pairs);
    CU_add_test(suite, "length", test_length);
    CU_add_test(suite, "for a terminal", test_terminal);
}
