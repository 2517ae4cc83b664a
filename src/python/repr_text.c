/* repr() of text and bytes: in quotes, escaped, with what is redacted left out. */
#include <stdio.h>

#include "base/text.h"
#include "python/printable.h"
#include "python/repr_builtins.h"

#define CHUNK 512 /* code units at a time */

static void put_character(pc_writer *w, pc_quoting how, uint32_t c, char quote)
{
    pc_buffer *b = &w->out;
    if (w->full)
        return;
    char escape[16];
    size_t n = 0;
    if (c == (uint32_t)(how == PC_QUOTE_BYTEARRAY ? '\'' : quote) || c == '\\')
        n = (size_t)snprintf(escape, sizeof(escape), "\\%c", (char)c);
    else if (c == '\n' || c == '\r' || c == '\t')
        n = (size_t)snprintf(escape, sizeof(escape), "\\%c", c == '\n' ? 'n' : c == '\r' ? 'r' : 't');
    else if (c >= ' ' && c < 0x7f)
        escape[n++] = (char)c;
    else if (how == PC_QUOTE_STR && c >= 0x80 && pc_is_printable(c, w->py->traits->unicode_version)) {
        if (w->characters == w->max_characters) {
            w->full = true;
            return;
        }
        w->characters++;
        pc_text_put_code_point(b, c);
        return;
    } else if (c < 0x100)
        n = (size_t)snprintf(escape, sizeof(escape), "\\x%02x", c);
    else if (c < 0x10000)
        n = (size_t)snprintf(escape, sizeof(escape), "\\u%04x", c);
    else
        n = (size_t)snprintf(escape, sizeof(escape), "\\U%08x", c);
    pc_write_bytes(w, escape, n);
}

static void write_mark(pc_writer *w)
{
    pc_write(w, PC_SECRETS_MARK);
    w->redacted = w->inexact = true;
}

static bool is_pair(const pc_str *str, const uint32_t *units, size_t i, size_t count)
{
    return str->utf16 && units[i] >= 0xd800 && units[i] < 0xdc00 && i + 1 < count && units[i + 1] >= 0xdc00 && units[i + 1] < 0xe000;
}

/* Which quote: the single one, unless the text has such and no double one. Only as far as the output reaches could
 * it matter, but the rule asks the whole text. */
static pc_error *choose_quote(pc_writer *w, const pc_str *str, const pc_spans *spans, char *ret_quote)
{
    uint32_t units[CHUNK];
    bool has_single = false;
    size_t count;
    for (uint64_t at = 0, next = 0, room; at < str->length; at += count) {
        if (next < spans->count && at == spans->items[next].first) {
            count = spans->items[next].end - spans->items[next].first;
            next++;
            continue;
        }
        room = next < spans->count && spans->items[next].first - at < CHUNK ? spans->items[next].first - at : CHUNK;
        PC_TRY(pc_str_units(w->py, str, at, units, (size_t)room, &count));
        for (size_t i = 0; i < count; i++) {
            if (units[i] == '"') {
                *ret_quote = '\'';
                return NULL;
            }
            has_single |= units[i] == '\'';
        }
    }
    *ret_quote = has_single ? '"' : '\'';
    return NULL;
}

/* How many units from the first on are written as they are, and these. */
static size_t plain_run(const uint32_t *units, size_t count, char quote, char *ret_text)
{
    size_t n = 0;
    for (; n < count && units[n] >= ' ' && units[n] < 0x7f && units[n] != (uint32_t)quote && units[n] != '\\'; n++)
        ret_text[n] = (char)units[n];
    return n;
}

static pc_error *write_units(pc_writer *w, const pc_str *str, pc_quoting how)
{
    uint32_t units[CHUNK];
    char quote, plain[CHUNK];
    PC_AUTO_SPANS spans = {0};
    pc_str_redactions(w->py, str, &spans);
    PC_TRY(choose_quote(w, str, &spans, &quote));
    char mark[2] = {quote, 0};
    pc_write(w, mark);
    for (uint64_t at = 0, next = 0, room; at < str->length && !w->full;) {
        size_t count, i = 0;
        if (next < spans.count && at == spans.items[next].first) {
            write_mark(w);
            at = spans.items[next++].end;
            continue;
        }
        room = next < spans.count && spans.items[next].first - at < CHUNK ? spans.items[next].first - at : CHUNK;
        PC_TRY(pc_str_units(w->py, str, at, units, (size_t)room, &count));
        for (; i < count; i++) {
            size_t n = plain_run(units + i, count - i, how == PC_QUOTE_BYTEARRAY ? '\'' : quote, plain);
            pc_write_bytes(w, plain, n);
            i += n;
            if (i == count)
                break;
            uint32_t c = units[i];
            /* the other half of a pair may be in the next piece */
            if (str->utf16 && i + 1 == count && i && c >= 0xd800 && c < 0xdc00 && at + count < str->length)
                break;
            if (is_pair(str, units, i, count)) {
                i++;
                c = 0x10000 + ((c - 0xd800) << 10) + (units[i] - 0xdc00);
            }
            put_character(w, how, c, quote);
        }
        at += i;
    }
    pc_write(w, mark);
    return NULL;
}

pc_error *pc_write_quoted_as(pc_writer *w, pc_addr object, pc_quoting how)
{
    pc_str str;
    PC_TRY(pc_str_open(w->py, object, &str));
    if (!pc_is(w->py, object, PC_TYPE_BYTEARRAY))
        PC_TRY(pc_str_check_end(w->py, &str));
    return write_units(w, &str, how);
}

pc_error *pc_write_quoted(pc_writer *w, const pc_str *str)
{
    bool two = pc_is_python2(w->py);
    if (two != str->is_bytes)
        pc_write(w, two ? "u" : "b");
    return write_units(w, str, str->is_bytes ? PC_QUOTE_BYTES : two ? PC_QUOTE_UNICODE2 : PC_QUOTE_STR);
}

uint64_t pc_write_begin_precision(pc_writer *w, uint64_t characters)
{
    uint64_t outer = w->max_characters;
    if (!w->full && characters < outer - w->characters)
        w->max_characters = w->characters + characters;
    return outer;
}

void pc_write_end_precision(pc_writer *w, uint64_t outer)
{
    if (w->max_characters < outer && !pc_memory_is_starving(w->py->memory))
        w->full = false;
    w->max_characters = outer;
}

void pc_write_quoted_text(pc_writer *w, const uint32_t *text, size_t length)
{
    bool has_single = false, has_double = false;
    for (size_t i = 0; i < length; i++) {
        has_single |= text[i] == '\'';
        has_double |= text[i] == '"';
    }
    char quote = has_single && !has_double ? '"' : '\'', mark[2] = {quote, 0};
    PC_AUTO_SPANS spans = {0};
    if (pc_redacts(w->py, PC_REDACT_SECRETS))
        pc_secrets_find(&w->py->redaction->secrets, text, length, PC_SECRETS_STRING, &spans);
    pc_write(w, mark);
    for (size_t i = 0, next = 0; i < length && !w->full; i++)
        if (next < spans.count && i == spans.items[next].first) {
            write_mark(w);
            i = spans.items[next++].end - 1;
        } else
            put_character(w, PC_QUOTE_STR, text[i], quote);
    pc_write(w, mark);
}

pc_error *pc_write_str(pc_writer *w, pc_addr object)
{
    PC_AUTO_BUFFER text = {0};
    bool redacted;
    PC_TRY(pc_str_append_value(w->py, object, &text, &redacted));
    w->redacted |= redacted;
    w->inexact |= redacted;
    pc_write_bytes(w, pc_buffer_text(&text), text.length);
    return NULL;
}
