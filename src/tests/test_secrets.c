/* What in a text is not for everybody. */
#include <CUnit/CUnit.h>
#include <stdlib.h>
#include <string.h>

#include "base/secrets.h"
#include "tests/check.h"
#include "tests/unit.h"

static void add(pc_secrets *s, const char *name, const char *value)
{
    pc_secrets_add_environment(s, name, strlen(name), value, strlen(value));
}

static void check_clean(const pc_secrets *s, const char *text, pc_secrets_form form, bool cut, const char *wanted)
{
    PC_AUTO_BUFFER clean = {0};
    bool found = pc_secrets_clean(s, text, form, cut, &clean);
    check_context("%s", text);
    CHECK(found == (wanted != NULL));
    CHECK_TEXT(found ? pc_buffer_text(&clean) : text, wanted ? wanted : text);
    check_context("%s", "");
}

static void test_names(void)
{
    static const char *const yes[] = {"password", "PASSWORD", "db_password", "dbPassword", "DBPassword", "_Client__passwd", "password2", "api_key",
                                      "apiKey", "APIKey", "X-Auth-Token", "access_token", "accesstoken", "Authorization", "Set-Cookie", "dsn", "SENTRY_DSN",
                                      "credentials", "secret_key_base", "clientsecret", "key", "keys", "session", "session_id", "pass", "aws.secret",
                                      "private-key", "privatekey", "csrf_token", "jwt"};
    static const char *const no[] = {"", "_", "name", "monkey", "keyboard", "keyword", "tokenize", "tokenizer", "passenger", "compass", "bypass",
                                     "author", "authors", "obsession", "cook", "description", "dsname", "x", "Passed", "KeyboardInterrupt"};
    for (size_t i = 0; i < PC_ARRAY_SIZE(yes); i++) {
        check_context("%s", yes[i]);
        CHECK(pc_secrets_name(yes[i], strlen(yes[i])));
    }
    for (size_t i = 0; i < PC_ARRAY_SIZE(no); i++) {
        check_context("%s", no[i]);
        CHECK(!pc_secrets_name(no[i], strlen(no[i])));
    }
    check_context("%s", "");
}

static void test_names_next(void)
{
    static const char *const yes[] = {"Point(password=", "password=", "{'password': ", "{b'token': ", "{u\"api_key\": ", "[('authorization', ",
                                      "(b'authorization', ", "['--password', ", "['x', '--api-key', ",
                                      "<Color.TOKEN: ", "[1, <Outer.Mode.API_KEY: ", "<Mode.READ|PASSWORD: "};
    static const char *const no[] = {"", "=", ": ", "'': ", "{'name': ", "['password', ", "('name', ", "['x', 'password', ", "['--name', ", "Point(x=",
                                     "password", "{'password'", "'--password=x', ", "password: ",
                                     "<Color.RED: ", "<TOKEN: ", ".TOKEN: ", "Color.TOKEN: ", "<a b.TOKEN: ", "<Color.TOKEN, ", "<.: "};
    for (size_t i = 0; i < PC_ARRAY_SIZE(yes); i++) {
        check_context("%s", yes[i]);
        CHECK(pc_secrets_names_next(yes[i], strlen(yes[i])));
    }
    for (size_t i = 0; i < PC_ARRAY_SIZE(no); i++) {
        check_context("%s", no[i]);
        CHECK(!pc_secrets_names_next(no[i], strlen(no[i])));
    }
    check_context("%s", "");
}

static void test_forms(void)
{
    static const struct {
        const char *text, *clean; /* NULL: nothing is found */
    } rows[] = {
        {"postgres://bob:hunter2@db/x", "postgres://bob:<redacted>@db/x"},
        {"see http://a:b@c and http://d:e@f.", "see http://a:<redacted>@c and http://d:<redacted>@f."},
        {"redis://:hunter2@h", "redis://:<redacted>@h"},
        {"https://0123456789abcdef0123@h/", "https://<redacted>@h/"},
        {"http://host:80/a@b", NULL},
        {"http://bob@host", NULL},
        {"://a:b@c", NULL},
        {"AKIAIOSFODNN7EXAMPLE", "<redacted>"},
        {"XAKIAIOSFODNN7EXAMPLE", NULL},
        {"AKIAIOSFODNN7EXAMPL", NULL},
        {"a ghp_0123456789abcdefghij0123456789ABCDEF b", "a <redacted> b"},
        {"xoxb-123456789012-abc", "<redacted>"},
        {"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-_9", "<redacted>"},
        {"eyJhbGciOiJIUzI1Ni", NULL},
        {"Bearer abcdefghijklmnop", "Bearer <redacted>"},
        {"bearer of news", NULL},
        {"x -----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----\ny", "x <redacted>\ny"},
        {"-----BEGIN PRIVATE KEY-----\nMII", "<redacted>"},
        {"-----BEGIN CERTIFICATE-----\nMII", NULL},
        {"password=hunter2&x=1", "password=<redacted>&x=1"},
        {"x password: hunter2, y", "x password: <redacted>, y"},
        {"{\"api_key\": \"a b\", \"x\": 1}", "{\"api_key\": \"<redacted>\", \"x\": 1}"},
        {"{'token': 'it\\'s', 'x'}", "{'token': '<redacted>', 'x'}"},
        {"Cookie: a=b; c=d\nHost: h", "Cookie: <redacted>\nHost: h"},
        {"{'password': <str, 3 characters, redacted>}", NULL},
        {"key=value", NULL},
        {"session: x", NULL},
        {"password=", NULL},
        {"d41d8cd98f00b204e9800998ecf8427e", "<redacted>"},
        {"sha d41d8cd98f00b204e9800998ecf8427e.", "sha <redacted>."},
        {"550e8400-e29b-41d4-a716-446655440000", NULL},
        {"wJalrXUtnFEMI7K7MDENG4bPxRfiCYEXAMPLEKEY", "<redacted>"},
        {"x=wJalrX5UtnFE4MI7K7MDENG4bPxRfiCYEX", "x=<redacted>"},
        {"/usr/lib/python3.11/site-packages/Crypto/Cipher/AES.py", NULL},
        {"TestCase2WithAVeryLongCamelCaseName", NULL},
        {"a_long_name_with_words_and_1_number", NULL},
        {"12345678901234567890123456789012", NULL},
        {"", NULL},
    };
    pc_secrets s;
    pc_secrets_init(&s);
    for (size_t i = 0; i < PC_ARRAY_SIZE(rows); i++)
        check_clean(&s, rows[i].text, PC_SECRETS_STRING, false, rows[i].clean);
    /* what is put together has addresses in it, and keys with their values that were looked at before */
    check_clean(&s, "d41d8cd98f00b204e9800998ecf8427e", PC_SECRETS_PRINTED, false, NULL);
    check_clean(&s, "{'password': 'x'}", PC_SECRETS_PRINTED, false, NULL);
    check_clean(&s, "'http://a:b@c'", PC_SECRETS_PRINTED, false, "'http://a:<redacted>@c'");
    pc_secrets_deinit(&s);
}

static void test_environment(void)
{
    pc_secrets s;
    pc_secrets_init(&s);
    add(&s, "NAME", "canary-value");
    add(&s, "SHORT", "12345678");
    add(&s, "PASSWORD", "hunter");
    add(&s, "PIN", "hunte2");
    add(&s, "URL", "amqp://u:s3cr3t@h");
    add(&s, "SPACED", "  spaced-value\n");
    add(&s, "ODD", "caf\xc3\xa9 \xff \"x\"\t\\");
    add(&s, "EMPTY", "");
    check_clean(&s, "a canary-value.", PC_SECRETS_PRINTED, false, "a <redacted>.");
    check_clean(&s, "canary-valuecanary-value", PC_SECRETS_PRINTED, false, "<redacted>");
    check_clean(&s, "canary-valu", PC_SECRETS_PRINTED, false, NULL);
    check_clean(&s, "xx canary-valu", PC_SECRETS_PRINTED, true, "xx <redacted>");
    check_clean(&s, "xx can", PC_SECRETS_PRINTED, true, NULL);
    check_clean(&s, "xx cana", PC_SECRETS_PRINTED, true, "xx <redacted>");
    check_clean(&s, "12345678", PC_SECRETS_PRINTED, false, NULL);
    check_clean(&s, "the hunter hunts", PC_SECRETS_PRINTED, false, "the <redacted> hunts");
    check_clean(&s, "hunte2", PC_SECRETS_PRINTED, false, NULL);
    check_clean(&s, "s3cr3t", PC_SECRETS_PRINTED, false, "<redacted>");
    check_clean(&s, "[spaced-value]", PC_SECRETS_PRINTED, false, "[<redacted>]");
    /* as repr() writes it: str, bytes, 2.7's unicode */
    check_clean(&s, "'caf\xc3\xa9 \\udcff \"x\"\\t\\\\'", PC_SECRETS_PRINTED, false, "'<redacted>'");
    check_clean(&s, "b'caf\\xc3\\xa9 \\xff \"x\"\\t\\\\'", PC_SECRETS_PRINTED, false, "b'<redacted>'");
    check_clean(&s, "u'caf\\xe9 \\udcff \"x\"\\t\\\\'", PC_SECRETS_PRINTED, false, "u'<redacted>'");
    CHECK(pc_secrets_has_part(&s, (const uint8_t *)"nary-val", 8));
    CHECK(!pc_secrets_has_part(&s, (const uint8_t *)"nary-vax", 8));
    uint32_t raw[] = {'x', 'c', 'a', 'f', 0xc3, 0xa9, ' ', 0xff, ' ', '"', 'x', '"', '\t', '\\', 'y'};
    pc_spans spans = {0};
    pc_secrets_find(&s, raw, PC_ARRAY_SIZE(raw), PC_SECRETS_STRING, &spans);
    CHECK_UINT(spans.count, 1);
    CHECK_UINT(spans.count ? spans.items[0].first : 0, 1);
    CHECK_UINT(spans.count ? spans.items[0].end : 0, 14);
    pc_spans_deinit(&spans);
    pc_secrets_deinit(&s);
}

/* Many values that begin alike, in a text that does so everywhere: all of it is taken for one rather than compared for minutes. */
static void test_bounded(void)
{
    pc_secrets s;
    pc_secrets_init(&s);
    size_t size = 200000;
    char *text = calloc(1, size + 1);
    memset(text, 'a', size);
    for (size_t i = 0; i < 50; i++) {
        text[20000 + i] = 'b';
        pc_secrets_add_environment(&s, "X", 1, text, 20000 + i + 1);
        text[20000 + i] = 'a';
    }
    check_clean(&s, text, PC_SECRETS_PRINTED, false, PC_SECRETS_MARK);
    free(text);
    pc_secrets_deinit(&s);
}

static void test_levels(void)
{
    pc_redact level = PC_REDACT_NONE;
    CHECK(pc_redact_parse("all", &level) && level == PC_REDACT_ALL);
    CHECK(pc_redact_parse("secrets", &level) && level == PC_REDACT_SECRETS);
    CHECK(!pc_redact_parse("some", &level) && level == PC_REDACT_SECRETS);
    CHECK(pc_redact_parse("none", &level) && level == PC_REDACT_NONE);
    CHECK(!pc_redact_parse("", &level));
}

void suite_secrets(void)
{
    CU_pSuite s = CU_add_suite("secrets", NULL, NULL);
    CU_add_test(s, "names that say so", test_names);
    CU_add_test(s, "texts that end with such a name", test_names_next);
    CU_add_test(s, "what looks like one", test_forms);
    CU_add_test(s, "the environment's values", test_environment);
    CU_add_test(s, "bounded time", test_bounded);
    CU_add_test(s, "levels", test_levels);
}
