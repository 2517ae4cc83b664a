#include "python/number.h"

#include <gmp.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"
#include "base/limits.h"
#include "python/type.h"

#define MAX_DIGITS 17 /* of a decimal that tells every double from its neighbours */

/* "d.ddde+XX" of precision digits, as digits and the exponent of the first. */
static void take_apart(const char *text, char *digits, int *exponent)
{
    const char *e = strchr(text, 'e');
    int n = 0;
    for (const char *p = text; p < e; p++)
        if (*p >= '0' && *p <= '9')
            digits[n++] = *p;
    while (n > 1 && digits[n - 1] == '0')
        n--;
    digits[n] = 0;
    *exponent = (int)strtol(e + 1, NULL, 10);
}

/* The value's last digit one up (away from zero) and reads back as value? */
static bool next_digit_up(double value, int precision, char *digits, int *exponent)
{
    char text[64], nine[32];
    snprintf(text, sizeof(text), "%.*e", precision - 1, value);
    char *e = strchr(text, 'e');
    long power = strtol(e + 1, NULL, 10);
    *e = 0;
    int n = 0;
    for (const char *p = text; *p; p++)
        if (*p != '.')
            nine[n++] = *p;
    nine[n] = 0;
    int i = n - 1;
    while (i >= 0 && nine[i] == '9')
        nine[i--] = '0';
    if (i < 0)
        return false;
    nine[i]++;
    snprintf(text, sizeof(text), "%c.%se%+ld", nine[0], nine + 1, power);
    if (strtod(text, NULL) != value)
        return false;
    take_apart(text, digits, exponent);
    return true;
}

/* The shortest digits that read back as the positive finite value. The nearest decimal of n digits is what printf
 * gives; just below a power of two the doubles lie closer than above it, so there a decimal that is not the nearest may
 * read back where the nearest does not. */
static void shortest(double value, char *digits, int *exponent)
{
    int binary_exponent;
    bool power_of_two = frexp(value, &binary_exponent) == 0.5;
    for (int precision = 1; precision <= MAX_DIGITS; precision++) {
        char text[64];
        snprintf(text, sizeof(text), "%.*e", precision - 1, value);
        if (precision == MAX_DIGITS || strtod(text, NULL) == value) {
            take_apart(text, digits, exponent);
            return;
        }
        if (power_of_two && next_digit_up(value, precision, digits, exponent))
            return;
    }
}

/* float_repr's 'r' format: an exponent from 1e16 on and below 1e-4; point_zero: "1.0", not "1". */
static void put_double(pc_buffer *buffer, double value, bool point_zero)
{
    if (isnan(value)) {
        pc_buffer_puts(buffer, "nan");
        return;
    }
    if (signbit(value))
        pc_buffer_putc(buffer, '-');
    value = fabs(value);
    if (isinf(value)) {
        pc_buffer_puts(buffer, "inf");
        return;
    }
    char digits[MAX_DIGITS + 8] = "0";
    int exponent = 0;
    if (value != 0)
        shortest(value, digits, &exponent);
    int count = (int)strlen(digits);
    if (exponent < -4 || exponent >= 16) {
        pc_buffer_putc(buffer, digits[0]);
        if (count > 1)
            pc_buffer_printf(buffer, ".%s", digits + 1);
        pc_buffer_printf(buffer, "e%c%02d", exponent < 0 ? '-' : '+', abs(exponent));
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

static pc_error *open_long(pc_python *py, pc_addr object, big_int *ret)
{
    big_int big = {.digit_size = pc_size_of(py, PC_STRUCT_DIGIT)};
    PC_TRY(pc_field_address(py, PC_LONG_DIGITS, object, &big.digits));
    if (pc_has(py, PC_LONG_TAG)) {
        uint64_t tag;
        PC_TRY(pc_field_uint(py, PC_LONG_TAG, object, &tag));
        /* the low bits: 0 positive, 1 zero, 2 negative; the third is reserved */
        if ((tag & 3) == 3)
            return pc_error_at(PC_ERROR_CORRUPT, object, "the int at " PC_ADDR " has no sign", object);
        big.count = (tag & 3) == 1 ? 0 : tag >> 3;
        big.negative = (tag & 3) == 2;
    } else {
        int64_t size;
        PC_TRY(pc_field_int(py, PC_OB_SIZE, object, &size));
        big.negative = size < 0;
        big.count = size < 0 ? 0 - (uint64_t)size : (uint64_t)size;
    }
    if (big.digit_size != 4 && big.digit_size != 2)
        return pc_error_at(PC_ERROR_LAYOUT, object, "digits of %u bytes are not known", big.digit_size);
    if (big.count > PC_LIMIT_INT_DIGITS)
        return pc_error_at(PC_ERROR_LIMIT, object, "the int at " PC_ADDR " has %" PRIu64 " digits of %u bytes", object, big.count, big.digit_size);
    *ret = big;
    return NULL;
}

static unsigned digit_bits(const big_int *big)
{
    return big->digit_size == 4 ? 30 : 15;
}

static pc_error *read_digit(pc_python *py, const big_int *big, uint64_t index, uint64_t *ret_digit)
{
    uint64_t digit;
    PC_TRY(pc_memory_uint(py->memory, big->digits + index * big->digit_size, big->digit_size, &digit));
    if (digit >> digit_bits(big))
        return pc_error_at(PC_ERROR_CORRUPT, big->digits, "an int at " PC_ADDR " has a digit that is too large", big->digits);
    *ret_digit = digit;
    return NULL;
}

pc_error *pc_number_put_int(pc_python *py, pc_addr object, pc_buffer *buffer, size_t *ret_digits)
{
    const pc_type *type;
    big_int big;
    PC_TRY(pc_type_of(py, object, &type));
    if (pc_has(py, PC_OB_IVAL) && type->kind != PC_TYPE_LONG) {
        int64_t value;
        PC_TRY(pc_field_int(py, PC_OB_IVAL, object, &value));
        pc_buffer_printf(buffer, "%" PRId64, value);
        *ret_digits = 19;
        return NULL;
    }
    PC_TRY(open_long(py, object, &big));
    /* what GMP needs for its conversion, in looks at memory: a second for the largest */
    if (!pc_memory_spend(py->memory, big.count * big.count / 8192))
        return pc_error_at(PC_ERROR_LIMIT, object, "the int at " PC_ADDR " has too many digits", object);
    uint32_t *digits = pc_malloc(big.count * sizeof(*digits));
    for (uint64_t i = 0; i < big.count; i++) {
        uint64_t digit = 0;
        pc_error *error = read_digit(py, &big, i, &digit);
        if (error) {
            free(digits);
            return error;
        }
        digits[i] = (uint32_t)digit;
    }
    if (big.count && !digits[big.count - 1]) {
        free(digits);
        return pc_error_at(PC_ERROR_CORRUPT, object, "the int at " PC_ADDR " has leading zeros, or is a negative zero", object);
    }
    mpz_t number;
    mpz_init(number);
    mpz_import(number, big.count, -1, sizeof(*digits), 0, 32 - digit_bits(&big), digits);
    free(digits);
    char *text = pc_malloc(mpz_sizeinbase(number, 10) + 2);
    mpz_get_str(text, 10, number);
    mpz_clear(number);
    *ret_digits = strlen(text);
    if (big.negative)
        pc_buffer_putc(buffer, '-');
    pc_buffer_puts(buffer, text);
    free(text);
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
