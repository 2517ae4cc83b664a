#include "base/secrets.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"

#define BUCKETS 256

void pc_secrets_init(pc_secrets *s)
{
    memset(s, 0, sizeof(*s));
}

void pc_secrets_deinit(pc_secrets *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->count; i++)
        free((void *)s->needles[i].units);
    free(s->needles);
    memset(s, 0, sizeof(*s));
}

const char *pc_redact_name(pc_redact level)
{
    static const char *const names[] = {"none", "secrets", "all"};
    return names[level];
}

bool pc_redact_parse(const char *name, pc_redact *ret_level)
{
    for (pc_redact level = PC_REDACT_NONE; level <= PC_REDACT_ALL; level++)
        if (!strcmp(name, pc_redact_name(level))) {
            *ret_level = level;
            return true;
        }
    return false;
}

/* ---- characters ---- */

static bool is_digit(uint32_t c)
{
    return c >= '0' && c <= '9';
}

static bool is_upper(uint32_t c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_lower(uint32_t c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_alnum(uint32_t c)
{
    return is_digit(c) || is_upper(c) || is_lower(c);
}

static bool is_blank(uint32_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* base64 in both alphabets */
static bool is_token(uint32_t c)
{
    return is_alnum(c) || c == '_' || c == '-' || c == '+' || c == '/' || c == '=';
}

static bool is_name(uint32_t c)
{
    return is_alnum(c) || c == '_' || c == '-' || c == '.';
}

/* ---- names ---- */

/* Words that a name may consist of. Those that are too common to mean much in a text count only for what has that name. */
#define RARE(word) {word, sizeof(word) - 1, false}
#define COMMON(word) {word, sizeof(word) - 1, true}
static const struct {
    char text[14];
    uint8_t length;
    bool common;
} words[] = {
    RARE("password"), RARE("passwords"), RARE("passwd"), RARE("passphrase"), RARE("passcode"), RARE("pwd"), RARE("secret"), RARE("secrets"),
    RARE("token"), RARE("tokens"), RARE("apikey"), RARE("apikeys"), RARE("authorization"), RARE("cookie"), RARE("cookies"), RARE("dsn"),
    RARE("credential"), RARE("credentials"), RARE("creds"), RARE("jwt"), RARE("sessionid"), RARE("otp"), RARE("csrf"), RARE("xsrf"),
    COMMON("key"), COMMON("keys"), COMMON("pass"), COMMON("auth"), COMMON("session"), COMMON("sessions"), COMMON("bearer"),
};

/* These are recognised without anything between them and their neighbours: dbpassword, mysecretkey. */
static const char *const parts[] = {"password", "passwd", "passphrase", "secret", "credential", "apikey", "authorization"};
static const char *const endings[] = {"token", "cookie", "privatekey", "accesskey"};

#define MAX_NAME 128 /* characters of a name that are looked at */

typedef enum meaning { NO_WORD, COMMON_WORD, RARE_WORD } meaning;

static meaning meaning_of(const char *word, size_t length)
{
    for (size_t i = 0; i < PC_ARRAY_SIZE(words); i++)
        if (words[i].length == length && words[i].text[0] == word[0] && !memcmp(words[i].text, word, length))
            return words[i].common ? COMMON_WORD : RARE_WORD;
    return NO_WORD;
}

static bool name_counts(const char *name, size_t length, bool in_text)
{
    char lower[MAX_NAME + 1];
    size_t start = 0, n = length < MAX_NAME ? length : MAX_NAME, word_count = 0;
    bool last_common = false;
    for (size_t i = 0; i < n; i++)
        lower[i] = is_upper((uint8_t)name[i]) ? (char)(name[i] - 'A' + 'a') : name[i];
    lower[n] = 0;
    for (size_t i = 0; i <= n; i++) {
        bool ends = i == n || !is_upper((uint8_t)name[i]) ? i == n || !is_lower((uint8_t)lower[i])
                                                          : i && (is_lower((uint8_t)name[i - 1]) || (i + 1 < n && is_lower((uint8_t)name[i + 1])));
        if (!ends)
            continue;
        if (i > start) {
            meaning last = meaning_of(lower + start, i - start);
            if (last == RARE_WORD || (last == COMMON_WORD && !in_text))
                return true;
            word_count++;
            last_common = last == COMMON_WORD;
        }
        start = i < n && is_upper((uint8_t)name[i]) ? i : i + 1;
    }
    /* api_key, session-id: in company they mean what they say */
    if (in_text && word_count > 1 && last_common)
        return true;
    for (size_t i = 0; i < PC_ARRAY_SIZE(parts); i++)
        if (strstr(lower, parts[i]))
            return true;
    for (size_t i = 0; i < PC_ARRAY_SIZE(endings); i++) {
        size_t l = strlen(endings[i]);
        if (n >= l && !memcmp(lower + n - l, endings[i], l))
            return true;
    }
    return false;
}

bool pc_secrets_name(const char *name, size_t length)
{
    return name_counts(name, length, false);
}

/* <Color.TOKEN: or <Flags.READ|TOKEN: of a member of an enum. */
static bool names_member(const char *text, size_t length)
{
    if (length < 5 || text[length - 1] != ' ' || text[length - 2] != ':')
        return false;
    size_t end = length - 2, first = end;
    while (first && end - first < MAX_NAME && (is_alnum((uint8_t)text[first - 1]) || text[first - 1] == '_' || text[first - 1] == '|'))
        first--;
    if (first < 2 || text[first - 1] != '.' || !pc_secrets_name(text + first, end - first))
        return false;
    for (size_t at = first - 1; at && first - at < MAX_NAME; at--)
        if (text[at - 1] == '<')
            return true;
        else if (text[at - 1] == ' ')
            return false;
    return false;
}

bool pc_secrets_names_next(const char *text, size_t length)
{
    size_t end = length, first;
    if (length > 1 && text[length - 1] == '=') {
        end--;
        for (first = end; first && end - first < MAX_NAME && (is_alnum((uint8_t)text[first - 1]) || text[first - 1] == '_'); first--)
            ;
        return first < end && pc_secrets_name(text + first, end - first);
    }
    if (names_member(text, length))
        return true;
    if (length < 5 || text[length - 1] != ' ' || (text[length - 2] != ':' && text[length - 2] != ',') ||
        (text[length - 3] != '\'' && text[length - 3] != '"'))
        return false;
    char quote = text[length - 3];
    end = length - 3;
    for (first = end; first && end - first < MAX_NAME && text[first - 1] != quote; first--)
        ;
    if (!first || text[first - 1] != quote || first == end)
        return false;
    if (text[length - 2] == ':')
        return pc_secrets_name(text + first, end - first);
    if (end - first > 2 && text[first] == '-' && text[first + 1] == '-')
        return !memchr(text + first, '=', end - first) && pc_secrets_name(text + first + 2, end - first - 2);
    size_t before = first - 1;
    if (before && (text[before - 1] == 'b' || text[before - 1] == 'u'))
        before--;
    return before && text[before - 1] == '(' && pc_secrets_name(text + first, end - first);
}

/* ---- known values ---- */

static size_t bucket_of(const uint32_t *units)
{
    return (units[0] * 31 + units[1]) % BUCKETS;
}

#define MIN_UNITS 6

static uint32_t pair_of(uint32_t first, uint32_t second)
{
    return first << 8 | second;
}

static void add_needle(pc_secrets *s, const uint32_t *units, size_t length)
{
    if (length < MIN_UNITS || s->count >= PC_LIMIT_SECRETS || length > PC_LIMIT_SECRET)
        return;
    size_t bucket = bucket_of(units);
    for (size_t i = s->first[bucket]; i; i = s->needles[i - 1].next)
        if (s->needles[i - 1].length == length && !memcmp(s->needles[i - 1].units, units, length * sizeof(*units)))
            return;
    uint32_t *copy = pc_malloc(length * sizeof(*copy));
    memcpy(copy, units, length * sizeof(*copy));
    s->needles = pc_grow(s->needles, s->count, &s->capacity, sizeof(*s->needles));
    s->needles[s->count++] = (pc_needle){.units = copy, .length = length, .next = s->first[bucket]};
    s->first[bucket] = s->count;
    if (length > s->longest)
        s->longest = length;
    for (size_t i = 0; i + 1 < length; i++)
        if (units[i] < 0x100 && units[i + 1] < 0x100)
            s->pairs[pair_of(units[i], units[i + 1]) / 64] |= UINT64_C(1) << pair_of(units[i], units[i + 1]) % 64;
}

typedef struct units {
    uint32_t *items;
    size_t count, capacity;
} units;

static void put_unit(units *u, uint32_t c)
{
    if (u->count == u->capacity)
        u->items = pc_grow(u->items, u->count, &u->capacity, sizeof(*u->items));
    u->items[u->count++] = c;
}

static void put_escape(units *u, const char *format, uint32_t c)
{
    PC_AUTO_BUFFER text = {0};
    pc_buffer_printf(&text, "%c%c", '\\', format[0]);
    static const char digits[] = "0123456789abcdef";
    for (int shift = (format[0] == 'x' ? 1 : format[0] == 'u' ? 3 : 7) * 4; shift >= 0; shift -= 4)
        pc_buffer_putc(&text, digits[(c >> shift) & 15]);
    for (size_t i = 0; i < text.length; i++)
        put_unit(u, (uint8_t)text.data[i]);
}

/* As repr() writes it within quotes: of a str of 3, of bytes, of a unicode of 2.7 (ASCII only). */
static void put_repr(units *u, const units *raw, bool ascii)
{
    for (size_t i = 0; i < raw->count; i++) {
        uint32_t c = raw->items[i];
        if (c == '\\' || c == '\n' || c == '\r' || c == '\t') {
            put_unit(u, '\\');
            put_unit(u, c == '\\' ? '\\' : c == '\n' ? 'n' : c == '\r' ? 'r' : 't');
        } else if (c < ' ' || c == 0x7f || (c < 0x100 && c >= 0x80 && (ascii || c < 0xa1))) {
            put_escape(u, "x", c);
        } else if ((c >= 0x100 && ascii && c < 0x10000) || (c >= 0xd800 && c < 0xe000)) {
            put_escape(u, "u", c);
        } else if (c >= 0x10000 && ascii) {
            put_escape(u, "U", c);
        } else {
            put_unit(u, c);
        }
    }
}

/* The bytes as UTF-8, each that does not decode as Python's surrogateescape has it. */
static void decode(units *u, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length;) {
        uint32_t c;
        size_t n = pc_text_decode(bytes + i, length - i, &c);
        put_unit(u, n ? c : 0xdc00u + (uint8_t)bytes[i]);
        i += n ? n : 1;
    }
}

/* Of what comes in one form only. */
static bool is_plain(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (text[i] < ' ' || text[i] > '~' || text[i] == '\\')
            return false;
    return true;
}

static void add_value(pc_secrets *s, const char *value, size_t length, size_t least)
{
    units bytes = {0}, text = {0};
    while (length && is_blank((uint8_t)value[length - 1]))
        length--;
    while (length && is_blank((uint8_t)*value)) {
        value++;
        length--;
    }
    decode(&text, value, length);
    if (text.count >= least && is_plain(value, length)) {
        add_needle(s, text.items, text.count);
    } else if (text.count >= least) {
        for (size_t i = 0; i < length; i++)
            put_unit(&bytes, (uint8_t)value[i]);
        add_needle(s, text.items, text.count);
        add_needle(s, bytes.items, bytes.count);
        units pairs = {0}; /* 2.7's narrow builds */
        for (size_t i = 0; i < text.count; i++) {
            uint32_t c = text.items[i];
            if (c >= 0x10000)
                put_unit(&pairs, 0xd800 + ((c - 0x10000) >> 10));
            put_unit(&pairs, c >= 0x10000 ? 0xdc00 + ((c - 0x10000) & 0x3ff) : c);
        }
        add_needle(s, pairs.items, pairs.count);
        free(pairs.items);
        for (int form = 0; form < 3; form++) {
            units escaped = {0};
            put_repr(&escaped, form == 1 ? &bytes : &text, form != 0);
            add_needle(s, escaped.items, escaped.count);
            free(escaped.items);
        }
    }
    free(bytes.items);
    free(text.items);
}

static void find_url_password(const uint32_t *u, size_t count, size_t at, pc_spans *spans);

void pc_secrets_add_environment(pc_secrets *s, const char *name, size_t name_length, const char *value, size_t length)
{
    if (length > PC_LIMIT_SECRET)
        length = PC_LIMIT_SECRET;
    add_value(s, value, length, pc_secrets_name(name, name_length) ? MIN_UNITS : 9);
    if (!memmem(value, length, "://", 3))
        return;
    units raw = {0};
    pc_spans spans = {0};
    for (size_t i = 0; i < length; i++)
        put_unit(&raw, (uint8_t)value[i]);
    for (size_t i = 0; i + 2 < length; i++)
        if (value[i] == ':' && value[i + 1] == '/' && value[i + 2] == '/')
            find_url_password(raw.items, length, i, &spans);
    for (size_t i = 0; i < spans.count; i++)
        add_value(s, value + spans.items[i].first, spans.items[i].end - spans.items[i].first, MIN_UNITS);
    pc_spans_deinit(&spans);
    free(raw.items);
}

/* false: there is more to compare than such a text is worth */
static bool find_needles(const pc_secrets *s, const uint32_t *u, size_t count, pc_spans *spans)
{
    uint64_t work = 0, limit = UINT64_C(1000000) + 64 * (uint64_t)count;
    for (size_t at = 0; s->count && at + MIN_UNITS <= count; at++)
        for (size_t i = s->first[bucket_of(u + at)]; i; i = s->needles[i - 1].next) {
            const pc_needle *n = &s->needles[i - 1];
            size_t same = 0;
            if (n->length > count - at)
                continue;
            while (same < n->length && n->units[same] == u[at + same])
                same++;
            if (same == n->length)
                pc_spans_add(spans, at, at + same);
            work += same + 1;
            if (work > limit)
                return false;
        }
    return true;
}

/* Where the text's end is the beginning of a known value. */
static void find_cut_needle(const pc_secrets *s, const uint32_t *u, size_t count, pc_spans *spans)
{
    size_t longest = s->longest < count ? s->longest : count;
    if (longest > PC_LIMIT_SECRET_CUT)
        longest = PC_LIMIT_SECRET_CUT;
    for (size_t length = longest; length >= 4; length--)
        for (size_t i = 0; i < s->count; i++)
            if (s->needles[i].length > length && s->needles[i].units[0] == u[count - length] &&
                !memcmp(s->needles[i].units, u + count - length, length * sizeof(*u))) {
                pc_spans_add(spans, count - length, count);
                return;
            }
}

bool pc_secrets_has_part(const pc_secrets *s, const uint8_t *bytes, size_t count)
{
    /* most are told by that: there are some dozen registers in each of a hundred thousand threads */
    for (size_t i = 0; i + 1 < count; i++)
        if (!(s->pairs[pair_of(bytes[i], bytes[i + 1]) / 64] >> pair_of(bytes[i], bytes[i + 1]) % 64 & 1))
            return false;
    for (size_t i = 0; i < s->count; i++)
        for (size_t at = 0; at + count <= s->needles[i].length; at++) {
            size_t same = 0;
            while (same < count && s->needles[i].units[at + same] == bytes[same])
                same++;
            if (same == count)
                return true;
        }
    return false;
}

/* ---- keys and tokens ---- */

#define TOKEN(begin, least, most) {begin, sizeof(begin) - 1, least, most}
static const struct {
    char begin[18];
    uint8_t length;
    uint8_t least, most; /* characters behind it; most 0: as many as there are */
} tokens[] = {
    TOKEN("AKIA", 16, 16), TOKEN("ASIA", 16, 16), TOKEN("ABIA", 16, 16), TOKEN("ACCA", 16, 16), TOKEN("ghp_", 20, 0),
    TOKEN("gho_", 20, 0), TOKEN("ghu_", 20, 0), TOKEN("ghs_", 20, 0), TOKEN("ghr_", 20, 0), TOKEN("github_pat_", 20, 0),
    TOKEN("glpat-", 16, 0), TOKEN("xoxb-", 10, 0), TOKEN("xoxp-", 10, 0), TOKEN("xoxa-", 10, 0), TOKEN("xoxr-", 10, 0),
    TOKEN("xoxs-", 10, 0), TOKEN("xoxe-", 10, 0), TOKEN("xoxe.", 10, 0), TOKEN("xapp-", 10, 0), TOKEN("sk_live_", 10, 0),
    TOKEN("sk_test_", 10, 0), TOKEN("rk_live_", 10, 0), TOKEN("rk_test_", 10, 0), TOKEN("whsec_", 16, 0), TOKEN("sk-", 20, 0),
    TOKEN("AIza", 35, 35), TOKEN("ya29.", 20, 0), TOKEN("SG.", 20, 0), TOKEN("npm_", 30, 0), TOKEN("pypi-", 40, 0),
    TOKEN("hf_", 30, 0), TOKEN("dop_v1_", 40, 0), TOKEN("shpat_", 20, 0), TOKEN("AGE-SECRET-KEY-1", 20, 0),
};

static bool begins(const uint32_t *u, size_t count, const char *text)
{
    for (size_t i = 0; text[i]; i++)
        if (i >= count || u[i] != (uint8_t)text[i])
            return false;
    return true;
}

static size_t token_end(const uint32_t *u, size_t count, size_t at)
{
    while (at < count && (is_token(u[at]) || u[at] == '.' || u[at] == '~'))
        at++;
    return at;
}

static size_t find_known_token(const uint32_t *u, size_t count, size_t at)
{
    for (size_t i = 0; i < PC_ARRAY_SIZE(tokens); i++) {
        if (u[at] != (uint8_t)tokens[i].begin[0] || !begins(u + at, count - at, tokens[i].begin))
            continue;
        size_t n = tokens[i].length, end = at + n;
        while (end < count && (!tokens[i].most || end - at - n <= tokens[i].most) && (is_alnum(u[end]) || u[end] == '_' || u[end] == '-' || (u[end] == '.' && !tokens[i].most)))
            end++;
        if (end - at - n >= tokens[i].least && (!tokens[i].most || end - at - n == tokens[i].most))
            return end;
    }
    return 0;
}

/* header.payload.signature, each base64 */
static size_t find_jwt(const uint32_t *u, size_t count, size_t at)
{
    size_t dots = 0, part = at, end = at;
    if (!begins(u + at, count - at, "eyJ"))
        return 0;
    /* a header has some 40 characters: without a dot it is none */
    for (; end < count && (dots || end - at < 4096) && (is_alnum(u[end]) || u[end] == '_' || u[end] == '-' || u[end] == '.'); end++)
        if (u[end] == '.') {
            if (end - part < 8 && dots < 2)
                break;
            part = end + 1;
            dots++;
        }
    return dots ? end : 0;
}

static size_t find_text(const uint32_t *u, size_t count, size_t at, size_t most, const char *text)
{
    size_t end = most && count - at > most ? at + most : count;
    for (; at < end; at++)
        if (u[at] == (uint8_t)text[0] && begins(u + at, end - at, text))
            return at;
    return SIZE_MAX;
}

/* -----BEGIN ... PRIVATE KEY-----, to its end or that of the text */
static size_t find_pem(const uint32_t *u, size_t count, size_t at)
{
    if (!begins(u + at, count - at, "-----BEGIN ") || find_text(u, count, at, 64, "PRIVATE KEY") == SIZE_MAX)
        return 0;
    size_t end = find_text(u, count, at, 0, "-----END ");
    if (end == SIZE_MAX)
        return count;
    size_t dashes = find_text(u, count, end + 9, 64, "-----");
    return dashes == SIZE_MAX ? count : dashes + 5;
}

/* A run that looks drawn by lot: letters of both cases and digits that change all the time; or hexadecimal digits, as many as a key
 * of 128 bits has. What has words in it (paths, identifiers), and a UUID, is not. */
static bool is_random(const uint32_t *u, size_t count)
{
    size_t digits = 0, upper = 0, lower = 0, hex_lower = 0, hex_upper = 0, other = 0, changes = 0;
    uint64_t seen[2] = {0};
    int last = -1;
    if (count < 20)
        return false;
    for (size_t i = 0; i < count; i++) {
        uint32_t c = u[i];
        int class = is_digit(c) ? 0 : is_upper(c) ? 1 : is_lower(c) ? 2 : 3;
        digits += class == 0;
        upper += class == 1;
        lower += class == 2;
        other += class == 3 && c != '=';
        hex_lower += class == 0 || (c >= 'a' && c <= 'f');
        hex_upper += class == 0 || (c >= 'A' && c <= 'F');
        changes += class != last && last >= 0;
        last = class;
        seen[c / 64 % 2] |= UINT64_C(1) << (c % 64);
    }
    size_t different = (size_t)(__builtin_popcountll(seen[0]) + __builtin_popcountll(seen[1]));
    if (hex_lower == count || hex_upper == count)
        return count >= 32 && digits >= 4 && digits < count && different >= 8;
    return digits >= 2 && upper >= 2 && lower >= 2 && other * 8 <= count && changes * 3 >= count && different >= (count < 32 ? 12 : 16);
}

static void find_random(const uint32_t *u, size_t count, pc_spans *spans)
{
    for (size_t at = 0; at < count;) {
        size_t end = at;
        while (end < count && is_token(u[end]))
            end++;
        /* name=VALUE: what is before the sign is not of it */
        size_t first = at;
        for (size_t i = at; i < end; i++)
            if (u[i] == '=' && i + 1 < end && u[i + 1] != '=')
                first = i + 1;
        bool path = u[at] == '/' || (at && (u[at - 1] == '.' || u[at - 1] == '~' || u[at - 1] == ':'));
        if (!path && is_random(u + first, end - first)) {
            pc_spans_add(spans, first, end);
        } else {
            /* of a path, or joined by other signs: each part by itself */
            for (size_t i = at; i < end;) {
                size_t stop = i;
                while (stop < end && u[stop] != '/' && u[stop] != '=')
                    stop++;
                if (is_random(u + i, stop - i))
                    pc_spans_add(spans, i, stop);
                i = stop + 1;
            }
        }
        at = end + 1;
    }
}

/* at: of "://". user:PASSWORD@; a long user without a password is one, too. */
static void find_url_password(const uint32_t *u, size_t count, size_t at, pc_spans *spans)
{
    size_t first = at + 3, colon = 0, sign = 0;
    if (!at || !is_alnum(u[at - 1]))
        return;
    for (size_t i = first; i < count && i - first < PC_LIMIT_SECRET_URL && !is_blank(u[i]) && !(u[i] < 0x80 && strchr("/?#\"'<>", (char)u[i])); i++) {
        if (u[i] == ':' && !colon && !sign)
            colon = i;
        if (u[i] == '@')
            sign = i;
    }
    if (!sign)
        return;
    if (colon && colon + 1 < sign)
        pc_spans_add(spans, colon + 1, sign);
    if ((!colon || colon + 1 == sign) && (colon ? colon : sign) - first >= 16)
        pc_spans_add(spans, first, colon ? colon : sign);
}

/* What stands behind `at`, a sign between a name and its value: name=value, name: value, "name": "value". Gives its end, or 0. */
static size_t find_named(const uint32_t *u, size_t count, size_t at, pc_spans *spans)
{
    char name[MAX_NAME];
    size_t end = at, first, value = at + 1;
    while (end && u[end - 1] == ' ')
        end--;
    if (end && (u[end - 1] == '"' || u[end - 1] == '\''))
        end--;
    for (first = end; first && end - first < MAX_NAME && is_name(u[first - 1]); first--)
        ;
    for (size_t i = first; i < end; i++)
        name[i - first] = (char)u[i];
    if (first == end || !name_counts(name, end - first, true))
        return 0;
    while (value < count && u[value] == ' ')
        value++;
    size_t stop = value;
    /* of what was redacted or is only a type nothing more is to be hidden */
    if (value < count && u[value] == '<')
        return 0;
    if (value < count && (u[value] == 'b' || u[value] == 'u') && value + 1 < count && (u[value + 1] == '"' || u[value + 1] == '\''))
        value++;
    if (value < count && (u[value] == '"' || u[value] == '\'')) {
        uint32_t quote = u[value++];
        for (stop = value; stop < count && u[stop] != quote; stop++)
            if (u[stop] == '\\' && stop + 1 < count)
                stop++;
        stop = stop < count ? stop : count;
    } else {
        bool line = false; /* a header's value goes to the end of its line */
        for (size_t i = 0; i + 5 <= end - first && !line; i++)
            line = !strncmp(name + i, "ookie", 5) || !strncmp(name + i, "uthor", 5);
        line = line && u[at] == ':';
        for (stop = value; stop < count && (line ? u[stop] != '\n' && u[stop] != '\r'
                                                 : !is_blank(u[stop]) && !(u[stop] < 0x80 && strchr("\"'&;,)}]>", (char)u[stop])));)
            stop++;
    }
    pc_spans_add(spans, value, stop);
    return stop;
}

static void find_forms(const uint32_t *u, size_t count, bool named, pc_spans *spans)
{
    for (size_t at = 0; at < count;) {
        size_t end = 0;
        bool begin = !at || !is_alnum(u[at - 1]);
        if (begin && u[at] == '-')
            end = find_pem(u, count, at);
        else if (begin && is_alnum(u[at])) {
            end = find_jwt(u, count, at);
            if (!end)
                end = find_known_token(u, count, at);
        }
        if (end) {
            pc_spans_add(spans, at, end);
            at = end;
            continue;
        }
        if (begin && (u[at] == 'B' || u[at] == 'b') && at + 7 < count && begins(u + at + 1, count - at - 1, "earer ")) {
            end = token_end(u, count, at + 7);
            if (end - at - 7 >= 16)
                pc_spans_add(spans, at + 7, end);
        }
        if (u[at] == ':' && at + 2 < count && u[at + 1] == '/' && u[at + 2] == '/')
            find_url_password(u, count, at, spans);
        end = named && (u[at] == '=' || u[at] == ':') ? find_named(u, count, at, spans) : 0;
        at = end > at ? end : at + 1;
    }
}

/* ---- all of it ---- */

static void find(const pc_secrets *s, const uint32_t *u, size_t count, pc_secrets_form form, bool cut, pc_spans *spans)
{
    spans->count = 0;
    if (!find_needles(s, u, count, spans)) {
        spans->count = 0;
        pc_spans_add(spans, 0, count);
        return;
    }
    if (cut)
        find_cut_needle(s, u, count, spans);
    find_forms(u, count, form == PC_SECRETS_STRING, spans);
    if (form == PC_SECRETS_STRING)
        find_random(u, count, spans);
    pc_spans_settle(spans);
}

void pc_secrets_find(const pc_secrets *s, const uint32_t *u, size_t count, pc_secrets_form form, pc_spans *spans)
{
    find(s, u, count, form, false, spans);
}

void pc_secrets_find_cut(const pc_secrets *s, const uint32_t *u, size_t count, pc_secrets_form form, pc_spans *spans)
{
    find(s, u, count, form, true, spans);
}

void pc_secrets_find_bytes(const pc_secrets *s, const uint8_t *bytes, size_t size, unsigned width, bool big_endian, pc_spans *spans)
{
    for (unsigned shift = 0; s->count && shift < width; shift++) {
        size_t count = size > shift ? (size - shift) / width : 0;
        pc_spans found = {0};
        uint32_t *u = pc_malloc((count + 1) * sizeof(*u));
        for (size_t i = 0; i < count; i++) {
            u[i] = 0;
            for (unsigned k = 0; k < width; k++)
                u[i] |= (uint32_t)bytes[shift + i * width + k] << 8 * (big_endian ? width - 1 - k : k);
        }
        if (!find_needles(s, u, count, &found)) {
            found.count = 0;
            pc_spans_add(&found, 0, count);
        }
        for (size_t i = 0; i < found.count; i++)
            pc_spans_add(spans, shift + found.items[i].first * width, shift + found.items[i].end * width);
        free(u);
        pc_spans_deinit(&found);
    }
}

bool pc_secrets_clean(const pc_secrets *s, const char *text, pc_secrets_form form, bool cut, pc_buffer *buffer)
{
    units u = {0};
    pc_spans spans = {0};
    size_t length = strlen(text);
    for (size_t i = 0; i < length;) {
        uint32_t c;
        size_t n = pc_text_decode(text + i, length - i, &c);
        put_unit(&u, n ? c : 0xfffd);
        i += n ? n : 1;
    }
    find(s, u.items, u.count, form, cut, &spans);
    bool found = spans.count != 0;
    for (size_t i = 0, k = 0; found && i < u.count; i++) {
        if (k < spans.count && i == spans.items[k].first) {
            pc_buffer_puts(buffer, PC_SECRETS_MARK);
            i = spans.items[k++].end - 1;
        } else {
            pc_text_put_code_point(buffer, u.items[i]);
        }
    }
    pc_spans_deinit(&spans);
    free(u.items);
    return found;
}
