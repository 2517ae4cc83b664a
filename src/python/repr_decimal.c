/* repr() of the C decimal module's types. A number's coefficient is an array of words, the lowest first, of 19 decimal digits each
 * where they have 64 bits and 9 where they have 32: digits can be printed one after the other, and cut anywhere. */
#include <stdio.h>
#include <string.h>

#include "python/decimal_context.h"
#include "python/repr_parts.h"

#define NEGATIVE 1
#define INFINITE 2
#define QUIET_NAN 4
#define SIGNALING_NAN 8
#define MAX_WORD_DIGITS 19

typedef struct number {
    pc_addr words;
    uint64_t word_count, digits;
    int64_t exponent;
    unsigned word_size, word_digits;
} number;

static pc_error *corrupt(pc_addr object)
{
    return pc_error_at(PC_ERROR_CORRUPT, object, "what is at " PC_ADDR " is not a decimal number", object);
}

static pc_error *open_number(pc_writer *w, pc_addr object, number *ret)
{
    number n = {.word_size = pc_size_of(w->py, PC_STRUCT_DECIMAL_WORD)};
    int64_t digits, count;
    PC_TRY(pc_field_int(w->py, PC_DECIMAL_EXPONENT, object, &n.exponent));
    PC_TRY(pc_field_int(w->py, PC_DECIMAL_DIGITS, object, &digits));
    PC_TRY(pc_field_int(w->py, PC_DECIMAL_LENGTH, object, &count));
    PC_TRY(pc_field_uint(w->py, PC_DECIMAL_WORDS, object, &n.words));
    n.word_digits = n.word_size == 8 ? 19 : 9;
    if (n.word_size != 8 && n.word_size != 4)
        return pc_error_at(PC_ERROR_LAYOUT, object, "decimal words of %u bytes are not known", n.word_size);
    n.digits = (uint64_t)digits;
    n.word_count = (uint64_t)count;
    if (digits < 0 || count < 0 || n.digits / n.word_digits + (n.digits % n.word_digits != 0) != n.word_count)
        return corrupt(object);
    *ret = n;
    return NULL;
}

/* A word's digits with leading zeros. */
static pc_error *read_word(pc_writer *w, const number *n, uint64_t index, char text[MAX_WORD_DIGITS + 2])
{
    pc_addr at;
    uint64_t word = 0;
    PC_TRY(pc_element(n->words, index, n->word_size, &at));
    PC_TRY(pc_memory_uint(w->py->memory, at, n->word_size, &word));
    int length = snprintf(text, MAX_WORD_DIGITS + 2, "%0*" PRIu64, (int)n->word_digits, word);
    return length == (int)n->word_digits ? NULL : corrupt(n->words);
}

/* Digits first to end (exclusive), counted from the left. */
static pc_error *write_digits(pc_writer *w, const number *n, uint64_t first, uint64_t end)
{
    char text[MAX_WORD_DIGITS + 2];
    uint64_t padding = n->word_count * n->word_digits - n->digits; /* zeros that the highest word has before the first digit */
    for (uint64_t at = first; at < end && !w->full;) {
        uint64_t place = at + padding, offset = place % n->word_digits, left = n->word_digits - offset;
        PC_TRY(read_word(w, n, n->word_count - 1 - place / n->word_digits, text));
        size_t zeros = strspn(text, "0");
        if (!at && zeros != padding && !(n->digits == 1 && zeros == n->word_digits))
            return corrupt(n->words);
        if (left > end - at)
            left = end - at;
        pc_write_printf(w, "%.*s", (int)left, text + offset);
        at += left;
    }
    return NULL;
}

/* As to-scientific-string of the General Decimal Arithmetic Specification: without an exponent where that takes at most five zeros
 * after the point. */
static pc_error *write_finite(pc_writer *w, pc_addr object)
{
    number n;
    PC_TRY(open_number(w, object, &n));
    int64_t point; /* digits before it */
    if (!n.digits || __builtin_add_overflow((int64_t)n.digits, n.exponent, &point) || point == INT64_MIN)
        return corrupt(object);
    if (n.exponent <= 0 && point > -6) {
        uint64_t whole = point > 0 ? (uint64_t)point : 0;
        if (point <= 0)
            pc_write_printf(w, "0.%.*s", (int)-point, "00000");
        if (point <= 0 && !n.exponent)
            return corrupt(object);
        PC_TRY(write_digits(w, &n, 0, whole));
        if (point > 0 && whole < n.digits)
            pc_write(w, ".");
        return write_digits(w, &n, whole, n.digits);
    }
    PC_TRY(write_digits(w, &n, 0, 1));
    if (n.digits > 1)
        pc_write(w, ".");
    PC_TRY(write_digits(w, &n, 1, n.digits));
    char letter = pc_decimal_letter(w->py, false);
    w->inexact |= !letter;
    pc_write_printf(w, "%c%+" PRId64, letter ? letter : 'E', point - 1);
    return NULL;
}

pc_error *pc_write_decimal_text(pc_writer *w, pc_addr object)
{
    uint64_t flags;
    PC_TRY(pc_field_uint(w->py, PC_DECIMAL_FLAGS, object, &flags));
    pc_write(w, flags & NEGATIVE ? "-" : "");
    if (flags & INFINITE) {
        pc_write(w, "Infinity");
    } else if (flags & (QUIET_NAN | SIGNALING_NAN)) {
        number n;
        PC_TRY(open_number(w, object, &n));
        pc_write(w, flags & SIGNALING_NAN ? "sNaN" : "NaN");
        PC_TRY(write_digits(w, &n, 0, n.digits));
    } else {
        PC_TRY(write_finite(w, object));
    }
    return NULL;
}

pc_error *pc_write_decimal(pc_writer *w, pc_addr object, const pc_type *type)
{
    (void)type;
    pc_write(w, "Decimal('");
    PC_TRY(pc_write_decimal_text(w, object));
    pc_write(w, "')");
    return NULL;
}

/* Signals by their bit; those that are InvalidOperation by another name count as one. */
static const struct {
    unsigned bit;
    const char *name;
} signals[] = {
    {0, "Clamped"}, {1, "InvalidOperation"}, {2, "DivisionByZero"}, {3, "InvalidOperation"}, {4, "InvalidOperation"},
    {5, "InvalidOperation"}, {6, "Inexact"}, {7, "InvalidOperation"}, {8, "InvalidOperation"}, {9, "InvalidOperation"},
    {10, "FloatOperation"}, {11, "Overflow"}, {12, "Rounded"}, {13, "Subnormal"}, {14, "Underflow"},
};

static bool is_set(uint64_t flags, const char *name)
{
    for (size_t i = 0; i < PC_ARRAY_SIZE(signals); i++)
        if ((flags >> signals[i].bit & 1) && !strcmp(signals[i].name, name))
            return true;
    return false;
}

static void write_signals(pc_writer *w, uint64_t flags)
{
    const char *separator = "";
    bool invalid = false;
    pc_write(w, "[");
    for (size_t i = 0; i < PC_ARRAY_SIZE(signals); i++) {
        bool is_invalid = !strcmp(signals[i].name, "InvalidOperation");
        if (!(flags >> signals[i].bit & 1) || (is_invalid && invalid))
            continue;
        invalid |= is_invalid;
        pc_write_printf(w, "%s%s", separator, signals[i].name);
        separator = ", ";
    }
    pc_write(w, "]");
}

pc_error *pc_write_decimal_context(pc_writer *w, pc_addr object, const pc_type *type)
{
    static const char *const roundings[] = {"UP", "DOWN", "CEILING", "FLOOR", "HALF_UP", "HALF_DOWN", "HALF_EVEN", "05UP"};
    (void)type;
    int64_t prec, emax, emin, clamp, capitals;
    uint64_t traps, status, rounding;
    PC_TRY(pc_field_int(w->py, PC_CONTEXT_PREC, object, &prec));
    PC_TRY(pc_field_int(w->py, PC_CONTEXT_EMAX, object, &emax));
    PC_TRY(pc_field_int(w->py, PC_CONTEXT_EMIN, object, &emin));
    PC_TRY(pc_field_int(w->py, PC_CONTEXT_CLAMP, object, &clamp));
    PC_TRY(pc_field_int(w->py, PC_CONTEXT_CAPITALS, object, &capitals));
    PC_TRY(pc_field_uint(w->py, PC_CONTEXT_TRAPS, object, &traps));
    PC_TRY(pc_field_uint(w->py, PC_CONTEXT_STATUS, object, &status));
    PC_TRY(pc_field_uint(w->py, PC_CONTEXT_ROUND, object, &rounding));
    if (rounding >= PC_ARRAY_SIZE(roundings))
        return pc_error_at(PC_ERROR_CORRUPT, object, "a decimal context that rounds in way number %" PRIu64, rounding);
    pc_write_printf(w, "Context(prec=%" PRId64 ", rounding=ROUND_%s, Emin=%" PRId64 ", Emax=%" PRId64 ", capitals=%" PRId64
                       ", clamp=%" PRId64 ", flags=", prec, roundings[rounding], emin, emax, capitals, clamp);
    write_signals(w, status);
    pc_write(w, ", traps=");
    write_signals(w, traps);
    pc_write(w, ")");
    return NULL;
}

pc_error *pc_write_decimal_signals(pc_writer *w, pc_addr object, const pc_type *type)
{
    static const char *const names[] = {"InvalidOperation", "FloatOperation", "DivisionByZero", "Overflow", "Underflow",
                                        "Subnormal", "Inexact", "Rounded", "Clamped"};
    (void)type;
    pc_addr at;
    uint64_t flags = 0;
    PC_TRY(pc_field_uint(w->py, PC_SIGNALS_FLAGS, object, &at));
    if (!at) /* repr() raises */
        return pc_error_at(PC_ERROR_NOT_FOUND, object, "the context of the signals at " PC_ADDR " is gone", object);
    PC_TRY(pc_memory_uint(w->py->memory, at, 4, &flags));
    for (size_t i = 0; i < PC_ARRAY_SIZE(names); i++)
        pc_write_printf(w, "%s<class 'decimal.%s'>:%s", i ? ", " : "{", names[i], is_set(flags, names[i]) ? "True" : "False");
    pc_write(w, "}");
    return NULL;
}
