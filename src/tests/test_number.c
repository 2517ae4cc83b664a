/* Numbers as repr() prints them, and ints in both digit sizes and both forms of their size. */
#include <CUnit/CUnit.h>
#include <gmp.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "python/number.h"
#include "tests/check.h"
#include "tests/synth_python.h"
#include "tests/unit.h"

static void check_float(double value, const char *wanted, int line)
{
    PC_AUTO_BUFFER text = {0};
    pc_number_put_float(&text, value);
    check_text(text.data, wanted, __FILE__, line);
}
#define CHECK_FLOAT(value, wanted) check_float((value), (wanted), __LINE__)

static void test_float_table(void)
{
    CHECK_FLOAT(0.0, "0.0");
    CHECK_FLOAT(-0.0, "-0.0");
    CHECK_FLOAT(1.0, "1.0");
    CHECK_FLOAT(-1.5, "-1.5");
    CHECK_FLOAT(10, "10.0");
    CHECK_FLOAT(0.1, "0.1");
    CHECK_FLOAT(0.1 + 0.2, "0.30000000000000004");
    CHECK_FLOAT(1.0 / 3, "0.3333333333333333");
    CHECK_FLOAT(4.35, "4.35");
    CHECK_FLOAT(123456789012345.6, "123456789012345.6");
    CHECK_FLOAT(1e15, "1000000000000000.0");
    CHECK_FLOAT(9999999999999998.0, "9999999999999998.0");
    CHECK_FLOAT(1e16, "1e+16");
    CHECK_FLOAT(123456789012345678.0, "1.2345678901234568e+17");
    CHECK_FLOAT(9007199254740993.0, "9007199254740992.0");
    CHECK_FLOAT(18014398509481984.0, "1.8014398509481984e+16");
    CHECK_FLOAT(1e22, "1e+22");
    CHECK_FLOAT(1e23, "1e+23");
    CHECK_FLOAT(1e100, "1e+100");
    CHECK_FLOAT(0.0001, "0.0001");
    CHECK_FLOAT(0.00012345, "0.00012345");
    CHECK_FLOAT(0.00001, "1e-05");
    CHECK_FLOAT(8.5e-5, "8.5e-05");
    CHECK_FLOAT(1e-7, "1e-07");
    CHECK_FLOAT(1e-100, "1e-100");
    CHECK_FLOAT(5e-324, "5e-324");
    CHECK_FLOAT(-2.2250738585072014e-308, "-2.2250738585072014e-308");
    CHECK_FLOAT(1.7976931348623157e308, "1.7976931348623157e+308");
    /* powers of two: the nearest decimal of 16 digits does not read back, the next one does */
    CHECK_FLOAT(0x1p-44, "5.684341886080802e-14");
    CHECK_FLOAT(0x1p-24, "5.960464477539063e-08");
    CHECK_FLOAT(0x1p89, "6.189700196426902e+26");
    CHECK_FLOAT(0x1p1023, "8.98846567431158e+307");
    CHECK_FLOAT(HUGE_VAL, "inf");
    CHECK_FLOAT(-HUGE_VAL, "-inf");
    CHECK_FLOAT(NAN, "nan");
    CHECK_FLOAT(-NAN, "nan");
}

/* digits * 10^exponent, exactly. */
static void set_decimal(mpq_t out, const mpz_t digits, long exponent)
{
    mpz_t power;
    mpz_init(power);
    mpz_ui_pow_ui(power, 10, (unsigned long)labs(exponent));
    mpq_set_z(out, digits);
    if (exponent < 0)
        mpz_set(mpq_denref(out), power);
    else
        mpz_mul(mpq_numref(out), mpq_numref(out), power);
    mpq_canonicalize(out);
    mpz_clear(power);
}

static double read_back(const mpz_t digits, long exponent)
{
    char *number = mpz_get_str(NULL, 10, digits);
    PC_AUTO_BUFFER text = {0};
    pc_buffer_printf(&text, "%se%ld", number, exponent);
    free(number);
    return strtod(text.data, NULL);
}

/* Of the decimals of n digits around value, the one nearest to it that reads back; false: there is none. Exact
 * arithmetic, so that nothing is shared with the code under test but strtod(). */
static bool nearest(double value, int n, long first_exponent, mpz_t ret_digits, long *ret_exponent)
{
    mpq_t exact, scaled, distance, best;
    mpz_t candidate;
    long exponent = first_exponent - (n - 1);
    bool found = false;
    mpq_inits(exact, scaled, distance, best, NULL);
    mpz_init_set_ui(candidate, 1);
    mpq_set_d(exact, value);
    set_decimal(scaled, candidate, -exponent);
    mpq_mul(scaled, scaled, exact);
    mpz_fdiv_q(candidate, mpq_numref(scaled), mpq_denref(scaled));
    for (int i = 0; i < 2; i++, mpz_add_ui(candidate, candidate, 1)) {
        if (mpz_sgn(candidate) == 0 || read_back(candidate, exponent) != value)
            continue;
        set_decimal(distance, candidate, exponent);
        mpq_sub(distance, distance, exact);
        mpq_abs(distance, distance);
        if (!found || mpq_cmp(distance, best) < 0 || (mpq_equal(distance, best) && mpz_even_p(candidate))) {
            mpq_set(best, distance);
            mpz_set(ret_digits, candidate);
            *ret_exponent = exponent;
            found = true;
        }
    }
    mpq_clears(exact, scaled, distance, best, NULL);
    mpz_clear(candidate);
    return found;
}

/* Whether the repr is the shortest decimal that reads back, and of those the nearest. */
static bool is_shortest(double value)
{
    PC_AUTO_BUFFER text = {0}, got = {0}, wanted = {0};
    char scientific[64];
    mpz_t digits;
    long exponent = 0;
    bool found = false;
    pc_number_put_float(&text, value);
    snprintf(scientific, sizeof(scientific), "%.17e", value);
    long first = strtol(strchr(scientific, 'e') + 1, NULL, 10);
    mpz_init(digits);
    for (int n = 1; n <= 17 && !found; n++)
        found = nearest(value, n, first, digits, &exponent);
    /* both as digits without zeros at either end */
    char *number = mpz_get_str(NULL, 10, digits);
    size_t length = strlen(number);
    while (length > 1 && number[length - 1] == '0')
        length--;
    pc_buffer_append(&wanted, number, length);
    free(number);
    mpz_clear(digits);
    for (const char *p = text.data; *p && *p != 'e'; p++)
        if (*p >= '0' && *p <= '9' && (got.length || *p != '0'))
            pc_buffer_putc(&got, *p);
    while (got.length > 1 && got.data[got.length - 1] == '0')
        got.data[--got.length] = 0;
    return found && strtod(text.data, NULL) == value && !strcmp(got.data, wanted.data);
}

static void test_powers_of_two(void)
{
    for (int e = -1074; e <= 1023; e++)
        for (int k = -1; k <= 1; k++) {
            double power = ldexp(1, e), value = power;
            if (k)
                value = nextafter(power, k < 0 ? 0 : HUGE_VAL);
            check_context("%a", value);
            if (value != 0 && !is_shortest(value))
                CHECK(!"the shortest digits");
        }
    check_context("%s", "");
    CHECK(is_shortest(0x1p-44));
}

static void test_powers_of_ten(void)
{
    for (int e = -323; e <= 308; e++) {
        char text[16], wanted[32];
        PC_AUTO_BUFFER got = {0};
        snprintf(text, sizeof(text), "1e%d", e);
        if (e < -4 || e >= 16)
            snprintf(wanted, sizeof(wanted), "1e%+03d", e);
        else
            snprintf(wanted, sizeof(wanted), "%.*f", e < 0 ? -e : 1, strtod(text, NULL));
        pc_number_put_float(&got, strtod(text, NULL));
        CHECK_TEXT(got.data, wanted);
    }
}

/* xorshift64 (Marsaglia), so that every run is the same. */
static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void test_random_floats(void)
{
    uint64_t state = 42;
    size_t tested = 0;
    for (int i = 0; i < 4000; i++) {
        double value;
        uint64_t bits = next_random(&state) & INT64_MAX;
        if (i % 4 == 0)
            bits &= ~(UINT64_C(0x7ff) << 52); /* subnormal */
        memcpy(&value, &bits, sizeof(value));
        if (i % 4 == 1)
            value = (double)(bits % 1000000) / 1000; /* what people write */
        if (!isfinite(value) || value == 0)
            continue;
        tested++;
        check_context("%a", value);
        if (!is_shortest(value))
            CHECK(!"the shortest digits");
    }
    check_context("%s", "");
    CHECK(tested > 3900);
}

static void test_complex(void)
{
    static const struct {
        double real, imag;
        const char *text;
    } rows[] = {
        {0, 1, "1j"}, {0, -1, "-1j"}, {0, 0, "0j"}, {0.0, -0.0, "-0j"}, {1, 2, "(1+2j)"}, {-1, 0, "(-1+0j)"},
        {0.5, 2, "(0.5+2j)"},
        {-0.0, 0, "(-0+0j)"}, {-0.0, -1, "(-0-1j)"}, {1e16, -1e-5, "(1e+16-1e-05j)"}, {NAN, HUGE_VAL, "(nan+infj)"},
        {0, NAN, "nanj"}, {1, NAN, "(1+nanj)"}, {1, -NAN, "(1+nanj)"}, {-HUGE_VAL, -HUGE_VAL, "(-inf-infj)"},
    };
    for (size_t i = 0; i < PC_ARRAY_SIZE(rows); i++) {
        PC_AUTO_BUFFER text = {0};
        pc_number_put_complex(&text, rows[i].real, rows[i].imag);
        CHECK_TEXT(text.data, rows[i].text);
    }
}

static void test_float_objects(void)
{
    synth_build build;
    for (size_t i = 0; synth_build_get(i, &build); i++) {
        synth_python p;
        synth_python_init(&p, &build);
        uint64_t one = synth_float(&p, 0.1), two = synth_float(&p, -1e300),
            number = synth_object(&p, synth_type(&p, "complex"), PC_STRUCT_COMPLEX, 0);
        synth_set(&p, PC_COMPLEX_REAL, number, UINT64_C(0xbff8000000000000)); /* -1.5 */
        synth_set(&p, PC_COMPLEX_IMAG, number, UINT64_C(0x4000000000000000)); /* 2.0 */
        pc_python *py = synth_python_open(&p);
        CHECK_REPR(py, one, "0.1");
        CHECK_REPR(py, two, "-1e+300");
        CHECK_REPR(py, number, "(-1.5+2j)");
        synth_python_deinit(&p);
    }
}

static void test_ints(void)
{
    static const struct {
        int64_t value;
        const char *text;
    } rows[] = {
        {0, "0"}, {1, "1"}, {-1, "-1"}, {32767, "32767"}, {32768, "32768"}, {(1 << 30) - 1, "1073741823"},
        {1 << 30, "1073741824"},
        {-(1 << 30), "-1073741824"}, {INT32_MAX, "2147483647"}, {INT32_MIN, "-2147483648"},
        {INT64_MAX, "9223372036854775807"}, {INT64_MIN, "-9223372036854775808"},
        {INT64_C(1) << 60, "1152921504606846976"},
    };
    synth_build build;
    for (size_t i = 0; synth_build_get(i, &build); i++)
        for (unsigned digit = 2; digit <= 4; digit += 2) {
            synth_python p;
            uint64_t objects[PC_ARRAY_SIZE(rows)], value;
            build.digit_size = digit;
            synth_python_init(&p, &build);
            for (size_t k = 0; k < PC_ARRAY_SIZE(rows); k++)
                objects[k] = synth_int(&p, rows[k].value);
            uint64_t yes = synth_bool(&p, true), no = synth_bool(&p, false), text = synth_str(&p, "1"), dead = synth_int(&p, 1);
            if (synth_has(&p, PC_OB_REFCNT))
                synth_set(&p, PC_OB_REFCNT, dead, 0);
            else
                synth_set(&p, PC_OB_TYPE, dead, text);
            pc_python *py = synth_python_open(&p);
            for (size_t k = 0; k < PC_ARRAY_SIZE(rows); k++) {
                bool fits = build.major == 3 || build.target.bits == 64 ||
                    (rows[k].value >= INT32_MIN && rows[k].value <= INT32_MAX);
                if (!fits)
                    continue; /* 2.7's int is a C long */
                CHECK_REPR(py, objects[k], rows[k].text);
                CHECK_SUCCESS(pc_number_uint64(py, objects[k], &value));
                CHECK_INT((int64_t)value, rows[k].value);
            }
            /* which of them need no text */
            const pc_repr_limits few = {.max_repr = 10};
            int64_t number = 0;
            for (size_t k = 0; k < PC_ARRAY_SIZE(rows); k++) {
                bool is = build.major == 3 && rows[k].value < INT64_C(1) << 60 && rows[k].value > -(INT64_C(1) << 60);
                check_context("%s", rows[k].text);
                CHECK_UINT(pc_repr_is_number(py, objects[k], &synth_no_limits, &number), is);
                if (is)
                    CHECK_INT(number, rows[k].value);
                CHECK(!pc_repr_is_number(py, objects[k], &few, &number));
            }
            check_context("%s", "");
            CHECK(!pc_repr_is_number(py, yes, &synth_no_limits, &number));
            CHECK(!pc_repr_is_number(py, text, &synth_no_limits, &number));
            CHECK(!pc_repr_is_number(py, dead, &synth_no_limits, &number));
            CHECK(!pc_repr_is_number(py, 0, &synth_no_limits, &number));
            static const pc_redaction secrets = {.level = PC_REDACT_SECRETS};
            py->redaction = &secrets;
            CHECK(!pc_repr_is_number(py, objects[0], &synth_no_limits, &number));
            py->redaction = NULL;
            CHECK_REPR(py, yes, "True");
            CHECK_REPR(py, no, "False");
            CHECK_ERROR(pc_number_uint64(py, text, &value), PC_ERROR_CORRUPT);
            CHECK_ERROR(pc_number_uint64(py, 0, &value), PC_ERROR_UNMAPPED);
            synth_python_deinit(&p);
        }
}

static void test_large_ints(void)
{
    /* 2^64 - 1, 2^64, -(2^64), 2^200 in digits of 30 and of 15 bits */
    static const uint32_t all30[] = {0x3fffffff, 0x3fffffff, 15}, next30[] = {0, 0, 16},
        power30[] = {0, 0, 0, 0, 0, 0, 1 << 20};
    static const uint32_t all15[] = {0x7fff, 0x7fff, 0x7fff, 0x7fff, 15}, next15[] = {0, 0, 0, 0, 16},
        power15[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 << 5};
    synth_build build;
    for (size_t i = 0; synth_build_get(i, &build); i++)
        for (unsigned digit = 2; digit <= 4; digit += 2) {
            synth_python p;
            uint64_t value = 7;
            bool wide = digit == 4;
            build.digit_size = digit;
            synth_python_init(&p, &build);
            uint64_t objects[] = {
                synth_long(&p, false, wide ? all30 : all15, wide ? 3 : 5),
                synth_long(&p, false, wide ? next30 : next15, wide ? 3 : 5),
                synth_long(&p, true, wide ? next30 : next15, wide ? 3 : 5),
                synth_long(&p, true, wide ? power30 : power15, wide ? 7 : 14),
                synth_long(&p, false, NULL, 0),
            };
            static const char *const texts[] = {"18446744073709551615", "18446744073709551616", "-18446744073709551616",
                                                "-1606938044258990275541962092341162602522202993782792835301376", "0"};
            pc_python *py = synth_python_open(&p);
            for (size_t k = 0; k < PC_ARRAY_SIZE(objects); k++) {
                PC_AUTO_BUFFER wanted = {0};
                pc_buffer_printf(&wanted, "%s%s", texts[k], build.major == 2 ? "L" : "");
                CHECK_REPR(py, objects[k], wanted.data);
            }
            CHECK_SUCCESS(pc_number_uint64(py, objects[0], &value));
            CHECK_UINT(value, UINT64_MAX);
            CHECK_ERROR(pc_number_uint64(py, objects[1], &value), PC_ERROR_LIMIT);
            CHECK_ERROR(pc_number_uint64(py, objects[3], &value), PC_ERROR_LIMIT);
            CHECK_UINT(value, UINT64_MAX);
            synth_python_deinit(&p);
        }
}

/* What a newer interpreter refuses to print is printed, and not called exact. */
static void test_digit_limit(void)
{
    static const uint32_t digits[] = {0, 0, 0, 0, 0, 0, 1 << 20}; /* 61 decimals */
    synth_build build;
    synth_python p;
    synth_build_of(3, 12, 0, &build);
    synth_python_init(&p, &build);
    uint64_t object = synth_long(&p, false, digits, 7);
    pc_python *py = synth_python_open(&p);
    py->max_str_digits = 60;
    CHECK(!pc_repr_of(py, object, &synth_no_limits).exact);
    py->max_str_digits = 61;
    CHECK(pc_repr_of(py, object, &synth_no_limits).exact);
    py->max_str_digits = 0;
    CHECK(pc_repr_of(py, object, &synth_no_limits).exact);
    synth_python_deinit(&p);
}

static void test_hostile(void)
{
    static const uint32_t digits[] = {1, 2};
    synth_build build;
    for (size_t i = 0; synth_build_get(i, &build); i++)
        for (unsigned digit = 2; digit <= 4; digit += 2) {
            synth_python p;
            uint64_t value, huge[] = {PC_LIMIT_INT_DIGITS + 1, UINT32_MAX >> 4};
            build.digit_size = digit;
            synth_python_init(&p, &build);
            uint64_t large = synth_long(&p, false, digits, 2), counts[2], two = synth_bool(&p, true), cut;
            synth_store(&p, synth_field_at(&p, PC_LONG_DIGITS, large), digit == 4 ? 1u << 30 : 1u << 15, digit);
            for (size_t k = 0; k < 3; k++) {
                uint64_t object = synth_long(&p, false, digits, 2), count = k < 2 ? huge[k] : 100000;
                synth_set(&p, synth_has(&p, PC_LONG_TAG) ? PC_LONG_TAG : PC_OB_SIZE, object,
                          synth_has(&p, PC_LONG_TAG) ? count << 3 : count);
                *(k < 2 ? &counts[k] : &cut) = object; /* the last goes beyond what is saved */
            }
            if (build.major == 2)
                synth_set(&p, PC_OB_IVAL, two, 2);
            else
                synth_store(&p, synth_field_at(&p, PC_LONG_DIGITS, two), 2, digit);
            pc_python *py = synth_python_open(&p);
            CHECK_PARTIAL(py, large, &synth_no_limits, NULL, PC_STATUS_CORRUPT);
            CHECK_PARTIAL(py, two, &synth_no_limits, NULL, PC_STATUS_CORRUPT);
            CHECK_PARTIAL(py, counts[0], &synth_no_limits, NULL, PC_STATUS_TRUNCATED);
            CHECK_PARTIAL(py, counts[1], &synth_no_limits, NULL, PC_STATUS_TRUNCATED);
            CHECK(pc_repr_of(py, cut, &synth_no_limits).text == NULL);
            CHECK_ERROR(pc_number_uint64(py, large, &value), PC_ERROR_CORRUPT);
            CHECK_ERROR(pc_number_uint64(py, counts[0], &value), PC_ERROR_LIMIT);
            synth_python_deinit(&p);
        }
}

void suite_number(void)
{
    CU_pSuite suite = CU_add_suite("number", NULL, NULL);
    CU_add_test(suite, "a table of floats", test_float_table);
    CU_add_test(suite, "powers of two and their neighbours", test_powers_of_two);
    CU_add_test(suite, "powers of ten", test_powers_of_ten);
    CU_add_test(suite, "random floats", test_random_floats);
    CU_add_test(suite, "complex", test_complex);
    CU_add_test(suite, "float objects", test_float_objects);
    CU_add_test(suite, "ints", test_ints);
    CU_add_test(suite, "large ints", test_large_ints);
    CU_add_test(suite, "the limit of digits", test_digit_limit);
    CU_add_test(suite, "hostile", test_hostile);
}
