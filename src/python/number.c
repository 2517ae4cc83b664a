#include "python/number.h"

#include <gmp.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "base/limits.h"
#include "base/shared_library.h"
#include "base/text.h"
#include "python/type.h"

#define GMP(F) \
    F(mp_, set_memory_functions) F(mpz_, add_ui) F(mpz_, cdiv_q) F(mpz_, cdiv_q_2exp) F(mpz_, clear) F(mpz_, clears) F(mpz_, fdiv_q) \
    F(mpz_, fdiv_q_2exp) F(mpz_, get_str) F(mpz_, import) F(mpz_, init) F(mpz_, inits) F(mpz_, mul) F(mpz_, mul_2exp) F(mpz_, mul_ui) \
    F(mpz_, set) F(mpz_, set_ui) F(mpz_, sizeinbase)
static PC_LIBRARY(GMP) gmp PC_LIBRARY_LINKED(GMP);
PC_LIBRARY_LOADER(load_functions, gmp, "libgmp.so.10", GMP)

pc_digits pc_digits_of(const char *text)
{
    pc_digits d = {.count = 0};
    const char *e = strchr(text, 'e');
    for (const char *p = text; p < e; p++)
        if (*p >= '0' && *p <= '9' && d.count < PC_DIGITS + 1)
            d.text[d.count++] = *p;
    while (d.count > 1 && d.text[d.count - 1] == '0')
        d.count--;
    d.text[d.count] = 0;
    d.exponent = (int)strtol(e + 1, NULL, 10);
    return d;
}

/* One up in the last digit; false where that carries beyond the first. */
static bool next_up(char *text)
{
    for (char *p = strchr(text, 'e'); p-- > text;) {
        if (*p == '.')
            continue;
        if (*p != '9') {
            ++*p;
            return true;
        }
        *p = '0';
    }
    return false;
}

/* The nearest decimal of n digits is what printf gives; below a power of two the numbers lie closer than above, so that a decimal
 * that is not the nearest may be the only one that reads back. */
pc_digits pc_digits_shortest(double value, pc_reads_back *reads_back, unsigned width)
{
    char text[64] = "0e+00";
    int binary;
    bool power_of_two = frexp(value, &binary) == 0.5;
    for (int precision = 1; value > 0 && precision <= PC_DIGITS; precision++) {
        snprintf(text, sizeof(text), "%.*e", precision - 1, value);
        if (precision == PC_DIGITS || reads_back(text, value, width))
            break;
        if (power_of_two && next_up(text) && reads_back(text, value, width))
            break;
    }
    return pc_digits_of(text);
}

bool pc_number_put_special(pc_buffer *buffer, double *value)
{
    if (isnan(*value)) {
        pc_buffer_puts(buffer, "nan");
        return true;
    }
    if (signbit(*value))
        pc_buffer_putc(buffer, '-');
    *value = fabs(*value);
    if (isinf(*value))
        pc_buffer_puts(buffer, "inf");
    return isinf(*value);
}

void pc_digits_put_exponential(pc_buffer *buffer, const pc_digits *d)
{
    pc_buffer_putc(buffer, d->text[0]);
    if (d->count > 1)
        pc_buffer_printf(buffer, ".%s", d->text + 1);
    pc_buffer_printf(buffer, "e%c%02d", d->exponent < 0 ? '-' : '+', abs(d->exponent));
}

static bool double_reads_back(const char *text, double value, unsigned width)
{
    (void)width;
    return strtod(text, NULL) == value;
}

/* float_repr's 'r' format: an exponent from 1e16 on and below 1e-4; point_zero: "1.0", not "1". */
static void put_double(pc_buffer *buffer, double value, bool point_zero)
{
    if (pc_number_put_special(buffer, &value))
        return;
    pc_digits d = pc_digits_shortest(value, double_reads_back, 0);
    const char *digits = d.text;
    int count = d.count, exponent = d.exponent;
    if (exponent < -4 || exponent >= 16) {
        pc_digits_put_exponential(buffer, &d);
        return;
    }
    if (exponent < 0) {
        pc_buffer_puts(buffer, "0.");
        for (int i = -1; i > exponent; i--)
            pc_buffer_putc(buffer, '0');
        pc_buffer_puts(buffer, digits);
        return;
    }
    for (int i = 0; i <= exponent; i++)
        pc_buffer_putc(buffer, i < count ? digits[i] : '0');
    if (count > exponent + 1)
        pc_buffer_printf(buffer, ".%s", digits + exponent + 1);
    else if (point_zero)
        pc_buffer_puts(buffer, ".0");
}

void pc_number_put_float(pc_buffer *buffer, double value)
{
    put_double(buffer, value, true);
}

void pc_number_put_complex(pc_buffer *buffer, double real, double imag)
{
    bool only_imag = real == 0 && !signbit(real);
    if (!only_imag) {
        pc_buffer_putc(buffer, '(');
        put_double(buffer, real, false);
        if (isnan(imag) || !signbit(imag))
            pc_buffer_putc(buffer, '+');
    }
    put_double(buffer, imag, false);
    pc_buffer_puts(buffer, only_imag ? "j" : "j)");
}

typedef struct big_int {
    pc_addr digits;
    uint64_t count;
    unsigned digit_size;
    bool negative;
} big_int;

/* view: of a PC_STRUCT_LONG. */
static inline __attribute__((always_inline)) pc_error *read_count(pc_python *py, const pc_view *view, uint64_t *ret_count, bool *ret_negative)
{
    uint64_t tag = 0;
    int64_t size = 0;
    if (pc_has(py, PC_LONG_TAG)) {
        PC_TRY(pc_view_uint(py, view, PC_LONG_TAG, &tag));
        /* the low bits: 0 positive, 1 zero, 2 negative; the third is reserved */
        if ((tag & 3) == 3)
            return pc_error_at(PC_ERROR_CORRUPT, view->address, "the int at " PC_ADDR " has no sign", view->address);
        *ret_count = (tag & 3) == 1 ? 0 : tag >> 3;
        *ret_negative = (tag & 3) == 2;
    } else {
        PC_TRY(pc_view_int(py, view, PC_OB_SIZE, &size));
        *ret_negative = size < 0;
        *ret_count = size < 0 ? 0 - (uint64_t)size : (uint64_t)size;
    }
    return NULL;
}

static pc_error *open_long(pc_python *py, pc_addr object, big_int *ret)
{
    const pc_view view = pc_view_of(py, PC_STRUCT_LONG, object);
    big_int big = {.digit_size = pc_size_of(py, PC_STRUCT_DIGIT)};
    PC_TRY(pc_field_address(py, PC_LONG_DIGITS, object, &big.digits));
    PC_TRY(read_count(py, &view, &big.count, &big.negative));
    if (big.digit_size != 4 && big.digit_size != 2)
        return pc_error_at(PC_ERROR_LAYOUT, object, "digits of %u bytes are not known", big.digit_size);
    *ret = big;
    return NULL;
}

static pc_error *check_count(const big_int *big, pc_addr object)
{
    if (big->count <= PC_LIMIT_INT_DIGITS)
        return NULL;
    return pc_error_at(PC_ERROR_LIMIT, object, "the int at " PC_ADDR " has %" PRIu64 " digits of %u bytes", object, big->count, big->digit_size);
}

static unsigned digit_bits(const big_int *big)
{
    return big->digit_size == 4 ? 30 : 15;
}

static inline pc_error *read_digit(pc_python *py, const big_int *big, uint64_t index, uint64_t *ret_digit)
{
    uint64_t digit;
    PC_TRY(pc_memory_uint(py->memory, big->digits + index * big->digit_size, big->digit_size, &digit));
    if (digit >> digit_bits(big))
        return pc_error_at(PC_ERROR_CORRUPT, big->digits, "an int at " PC_ADDR " has a digit that is too large", big->digits);
    *ret_digit = digit;
    return NULL;
}

pc_error *pc_number_bytes(pc_python *py, pc_addr object, pc_addr *ret_first, uint64_t *ret_size)
{
    const pc_type *type;
    big_int big;
    PC_TRY(pc_type_of(py, object, &type));
    if (pc_has(py, PC_OB_IVAL) && type->kind != PC_TYPE_LONG) {
        PC_TRY(pc_field_address(py, PC_OB_IVAL, object, ret_first));
        *ret_size = py->word;
        return NULL;
    }
    PC_TRY(open_long(py, object, &big));
    PC_TRY(check_count(&big, object));
    *ret_first = big.digits;
    *ret_size = big.count * big.digit_size;
    return NULL;
}

/* Nearly all are such: without GMP. */
static bool is_small(const big_int *big)
{
    return big->count <= 60 / 15 && big->count * digit_bits(big) <= 60;
}

static pc_error *read_small(pc_python *py, pc_addr object, const big_int *big, uint64_t *ret_value)
{
    uint64_t value = 0, digit = 1;
    for (uint64_t i = 0; i < big->count; i++) {
        PC_TRY(read_digit(py, big, i, &digit));
        value |= digit << i * digit_bits(big);
    }
    if (!digit)
        return pc_error_at(PC_ERROR_CORRUPT, object, "the int at " PC_ADDR " has leading zeros, or is a negative zero", object);
    *ret_value = value;
    return NULL;
}

bool pc_number_small(pc_python *py, const pc_view *object, int64_t *ret_value)
{
    const pc_field_place *digits = &py->layout->fields[PC_LONG_DIGITS];
    uint64_t value = 0, count = 0;
    bool negative = false;
    big_int big;
    if (!pc_ok(read_count(py, object, &count, &negative)))
        return false;
    /* nearly all have one digit, which was looked at, too */
    if (count == 1 && pc_size_of(py, PC_STRUCT_DIGIT) == 4 && object->bytes && (uint64_t)digits->offset + 4 <= object->size) {
        value = pc_load_uint_at_once(object->bytes + digits->offset, 4, py->memory->big_endian);
        if (!value || value >> 30)
            return false;
    } else if (!pc_ok(open_long(py, object->address, &big)) || !is_small(&big) || !pc_ok(read_small(py, object->address, &big, &value))) {
        return false;
    }
    *ret_value = negative ? -(int64_t)value : (int64_t)value;
    return true;
}

static void *resize_number(void *old, size_t old_size, size_t size)
{
    (void)old_size;
    return pc_realloc(old, size);
}

static void free_number(void *number, size_t size)
{
    (void)size;
    free(number);
}

/* That there is none is told once: what is said of a value names no library. */
static pc_error *load_gmp(pc_python *py)
{
    pc_error *error = py->lacks_gmp ? NULL : load_functions();
    if (error) {
        pc_diagnose_error(py->diagnostics, PC_SEVERITY_WARNING, error, "large ints are not told");
        py->lacks_gmp = true;
    }
    if (py->lacks_gmp)
        return pc_error_create(PC_ERROR_IO, "there is no GMP");
    gmp.set_memory_functions(pc_malloc, resize_number, free_number); /* its own abort the program */
    return NULL;
}

static pc_error *put_small(pc_python *py, pc_addr object, const big_int *big, pc_buffer *buffer, size_t *ret_digits)
{
    char text[24];
    uint64_t value;
    PC_TRY(read_small(py, object, big, &value));
    char *p = pc_text_digits_before(text + sizeof(text), value);
    *ret_digits = (size_t)(text + sizeof(text) - p);
    if (big->negative)
        *--p = '-';
    pc_buffer_append(buffer, p, (size_t)(text + sizeof(text) - p));
    return NULL;
}

static pc_error *put_long(pc_python *py, pc_addr object, const big_int *big, pc_buffer *buffer, size_t *ret_digits)
{
    PC_TRY(check_count(big, object));
    if (is_small(big))
        return put_small(py, object, big, buffer, ret_digits);
    PC_TRY(load_gmp(py));
    /* what GMP needs for its conversion, in looks at memory: a second for the largest */
    if (!pc_memory_spend(py->memory, big->count * big->count / 8192))
        return pc_error_at(PC_ERROR_LIMIT, object, "the int at " PC_ADDR " has too many digits", object);
    uint32_t *digits = pc_malloc(big->count * sizeof(*digits));
    for (uint64_t i = 0; i < big->count; i++) {
        uint64_t digit = 0;
        pc_error *error = read_digit(py, big, i, &digit);
        if (error) {
            free(digits);
            return error;
        }
        digits[i] = (uint32_t)digit;
    }
    if (!digits[big->count - 1]) {
        free(digits);
        return pc_error_at(PC_ERROR_CORRUPT, object, "the int at " PC_ADDR " has leading zeros, or is a negative zero", object);
    }
    mpz_t number;
    gmp.init(number);
    gmp.import(number, big->count, -1, sizeof(*digits), 0, 32 - digit_bits(big), digits);
    free(digits);
    char *text = pc_malloc(gmp.sizeinbase(number, 10) + 2);
    gmp.get_str(text, 10, number);
    gmp.clear(number);
    *ret_digits = strlen(text);
    if (big->negative)
        pc_buffer_putc(buffer, '-');
    pc_buffer_puts(buffer, text);
    free(text);
    return NULL;
}

/* 2.7's int, which has a C long. */
static bool is_c_long(const pc_python *py, const pc_type *type)
{
    return pc_has(py, PC_OB_IVAL) && type->kind != PC_TYPE_LONG;
}

static pc_error *put_c_long(pc_python *py, pc_addr object, pc_buffer *buffer, size_t *ret_digits)
{
    int64_t value;
    PC_TRY(pc_field_int(py, PC_OB_IVAL, object, &value));
    pc_buffer_printf(buffer, "%" PRId64, value);
    *ret_digits = 19;
    return NULL;
}

pc_error *pc_number_put_int(pc_python *py, pc_addr object, pc_buffer *buffer, size_t *ret_digits)
{
    const pc_type *type;
    big_int big;
    PC_TRY(pc_type_of(py, object, &type));
    if (is_c_long(py, type))
        return put_c_long(py, object, buffer, ret_digits);
    PC_TRY(open_long(py, object, &big));
    return put_long(py, object, &big, buffer, ret_digits);
}

/* ---- the first digits of a large one ---- */

/* low * 2^shift <= x <= high * 2^shift */
typedef struct bounds {
    mpz_t low, high;
    int64_t shift;
} bounds;

/* Keeps so many bits; low goes down, high goes up. */
static void bounds_round(bounds *b, size_t bits)
{
    size_t have = gmp.sizeinbase(b->high, 2);
    if (have <= bits)
        return;
    gmp.fdiv_q_2exp(b->low, b->low, have - bits);
    gmp.cdiv_q_2exp(b->high, b->high, have - bits);
    b->shift += (int64_t)(have - bits);
}

static void bounds_power_of_ten(bounds *b, uint64_t exponent, size_t bits)
{
    gmp.set_ui(b->low, 1);
    gmp.set_ui(b->high, 1);
    b->shift = 0;
    for (int i = 63; i >= 0; i--) {
        gmp.mul(b->low, b->low, b->low);
        gmp.mul(b->high, b->high, b->high);
        b->shift *= 2;
        if (exponent >> i & 1) {
            gmp.mul_ui(b->low, b->low, 10);
            gmp.mul_ui(b->high, b->high, 10);
        }
        bounds_round(b, bits);
    }
}

static void shift_by(mpz_t number, int64_t bits)
{
    if (bits >= 0)
        gmp.mul_2exp(number, number, (mp_bitcnt_t)bits);
    else
        gmp.fdiv_q_2exp(number, number, (mp_bitcnt_t)-bits);
}

/* The digits of top * 2^shift and of (top + 1) * 2^shift, divided by 10^drop: NULL where they do not agree in the first `enough`. */
static char *common_digits(const mpz_t top, int64_t shift, uint64_t drop, size_t bits, uint64_t enough)
{
    bounds ten;
    mpz_t low, high;
    gmp.inits(ten.low, ten.high, low, high, NULL);
    bounds_power_of_ten(&ten, drop, bits);
    gmp.set(low, top);
    gmp.add_ui(high, top, 1);
    shift_by(low, shift - ten.shift);
    shift_by(high, shift - ten.shift);
    gmp.fdiv_q(low, low, ten.high);
    gmp.cdiv_q(high, high, ten.low);
    char *a = pc_malloc(gmp.sizeinbase(low, 10) + 2), *b = pc_malloc(gmp.sizeinbase(high, 10) + 2);
    gmp.get_str(a, 10, low);
    gmp.get_str(b, 10, high);
    bool agree = strlen(a) == strlen(b) && strlen(a) >= enough && !memcmp(a, b, enough);
    if (agree) {
        a[enough] = 0;
    } else {
        free(a);
        a = NULL;
    }
    free(b);
    gmp.clears(ten.low, ten.high, low, high, NULL);
    return a;
}

/* The most significant digits of the target as one number. */
static pc_error *read_top(pc_python *py, pc_addr object, const big_int *big, uint64_t count, mpz_t top)
{
    for (uint64_t i = 0; i < count; i++) {
        uint64_t digit = 0;
        PC_TRY(read_digit(py, big, big->count - 1 - i, &digit));
        if (!i && !digit)
            return pc_error_at(PC_ERROR_CORRUPT, object, "the int at " PC_ADDR " has leading zeros, or is a negative zero", object);
        gmp.mul_2exp(top, top, digit_bits(big));
        gmp.add_ui(top, top, (unsigned long)digit);
    }
    return NULL;
}

pc_error *pc_number_put_int_begin(pc_python *py, pc_addr object, uint64_t enough, pc_buffer *buffer, size_t *ret_digits)
{
    enum { SLACK = 64, MOST = 100000 };
    const pc_type *type;
    big_int big;
    uint64_t lowest;
    PC_TRY(pc_type_of(py, object, &type));
    if (is_c_long(py, type))
        return put_c_long(py, object, buffer, ret_digits);
    PC_TRY(open_long(py, object, &big));
    if (enough > MOST)
        return put_long(py, object, &big, buffer, ret_digits);
    unsigned bits = digit_bits(&big);
    uint64_t precision = enough * 10 / 3 + 2 * SLACK, tops = precision / bits + 2;
    if (big.count <= 2 * tops || big.count > UINT64_C(1) << 40)
        return put_long(py, object, &big, buffer, ret_digits);
    PC_TRY(load_gmp(py));
    PC_TRY(read_digit(py, &big, 0, &lowest)); /* what is said to be so large must be there at both ends */
    mpz_t top;
    gmp.init(top);
    pc_error *error = read_top(py, object, &big, tops, top);
    char *digits = NULL;
    if (!error) {
        int64_t shift = (int64_t)((big.count - tops) * bits);
        double decimals = ((double)shift + (double)gmp.sizeinbase(top, 2)) * 0.30102999566398120;
        digits = common_digits(top, shift, (uint64_t)decimals - enough - SLACK / 4, precision + SLACK, enough);
    }
    gmp.clear(top);
    if (error || !digits) /* not in a long row of nines or noughts */
        return error ? error : put_long(py, object, &big, buffer, ret_digits);
    if (big.negative)
        pc_buffer_putc(buffer, '-');
    pc_buffer_puts(buffer, digits);
    free(digits);
    *ret_digits = SIZE_MAX;
    return NULL;
}

pc_error *pc_number_uint64(pc_python *py, pc_addr object, uint64_t *ret_value)
{
    const pc_type *type;
    big_int big;
    PC_TRY(pc_type_of(py, object, &type));
    if (pc_has(py, PC_OB_IVAL) && (type->kind == PC_TYPE_INT || type->kind == PC_TYPE_BOOL)) {
        int64_t value;
        PC_TRY(pc_field_int(py, PC_OB_IVAL, object, &value));
        *ret_value = (uint64_t)value;
        return NULL;
    }
    if (type->kind != PC_TYPE_LONG && type->kind != PC_TYPE_BOOL)
        return pc_error_at(PC_ERROR_CORRUPT, object, "the object at " PC_ADDR " is not an int", object);
    PC_TRY(open_long(py, object, &big));
    PC_TRY(check_count(&big, object));
    unsigned __int128 value = 0;
    for (uint64_t i = big.count; i-- > 0;) {
        uint64_t digit = 0;
        PC_TRY(read_digit(py, &big, i, &digit));
        value = value << digit_bits(&big) | digit;
        if (value >> 64)
            return pc_error_at(PC_ERROR_LIMIT, object, "the int at " PC_ADDR " does not fit in 64 bits", object);
    }
    *ret_value = big.negative ? 0 - (uint64_t)value : (uint64_t)value;
    return NULL;
}
