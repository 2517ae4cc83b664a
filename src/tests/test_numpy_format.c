/* How numpy prints numbers and times, on values whose texts numpy itself gave. */
#include <CUnit/CUnit.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "python/numpy_format.h"
#include "tests/check.h"
#include "tests/unit.h"

static void check_scalar(double value, unsigned width, bool by_width, const char *text)
{
    PC_AUTO_BUFFER buffer = {0};
    pc_numpy_put_float(&buffer, value, width, by_width, true);
    CHECK_TEXT(pc_buffer_text(&buffer), text);
}

static void test_scalars(void)
{
    check_scalar(0.1, 8, false, "0.1");
    check_scalar(1e15, 8, true, "1000000000000000.0");
    check_scalar(1e16, 8, true, "1e+16");
    check_scalar(-0.0, 8, true, "-0.0");
    check_scalar(5e-324, 8, true, "5e-324");
    check_scalar((double)0.1f, 4, false, "0.1");
    check_scalar(16777216, 4, false, "16777216.0");
    check_scalar(16777216, 4, true, "1.6777216e+07");
    check_scalar(999999, 4, true, "999999.0");
    check_scalar(ldexp(1, 87), 4, true, "1.5474251e+26"); /* the nearest of 8 digits does not read back */
    check_scalar(ldexp(1, -149), 4, true, "1e-45");
    check_scalar(pc_numpy_half(0x7bff), 2, false, "65500.0");
    check_scalar(pc_numpy_half(0x7bff), 2, true, "6.55e+04");
    check_scalar(pc_numpy_half(0x0001), 2, true, "6e-08");
    check_scalar(pc_numpy_half(0x3555), 2, true, "0.3333");
    check_scalar(pc_numpy_half(0x7c00), 2, true, "inf");
    check_scalar(pc_numpy_half(0xfc00), 2, true, "-inf");
    check_scalar(pc_numpy_half(0x7e00), 2, true, "nan");
}

static void check_array(const double *values, size_t count, unsigned width, bool plus, bool by_width, const char *text)
{
    pc_numpy_floats floats;
    PC_AUTO_BUFFER buffer = {0};
    pc_numpy_floats_init(&floats, values, count, width, plus, by_width, true);
    for (size_t i = 0; i < count; i++) {
        if (i)
            pc_buffer_putc(&buffer, '|');
        pc_numpy_floats_put(&floats, values[i], &buffer);
    }
    CHECK_TEXT(pc_buffer_text(&buffer), text);
}

#define ARRAY(width, plus, by_width, text, ...) \
    check_array((const double[]){__VA_ARGS__}, sizeof((const double[]){__VA_ARGS__}) / sizeof(double), (width), (plus), (by_width), (text))

static void test_arrays(void)
{
    double nan = (double)NAN, inf = (double)INFINITY;
    ARRAY(8, false, true, "1.|2.", 1, 2);
    ARRAY(8, false, true, " 1.5  | 2.25 |-3.125", 1.5, 2.25, -3.125);
    ARRAY(8, false, true, "0.33333333|0.66666667", 1 / 3.0, 2 / 3.0);
    ARRAY(8, false, true, "1.e-05|1.e+00", 1e-5, 1);
    ARRAY(8, false, true, "1.e+08", 1e8);
    ARRAY(8, false, true, "99999999.", 99999999);
    ARRAY(8, false, true, "1.00e-004|1.25e+100", 1e-4, 1.25e100);
    ARRAY(8, false, true, "nan", nan);
    ARRAY(8, false, true, " inf|-inf", inf, -inf);
    ARRAY(8, false, true, "nan| 1.", nan, 1);
    ARRAY(8, false, true, "   nan|1.e-10", nan, 1e-10);
    ARRAY(8, true, true, "+1. |-0.5|+nan", 1, -0.5, nan);
    ARRAY(4, false, false, " 999999.|1000000.", 999999, 1e6);
    ARRAY(4, false, true, "9.99999e+05|1.00000e+06", 999999, 1e6);
    ARRAY(4, false, true, "-3.7424801e-08|-8.3603005e-08", (double)-3.7424801e-08f, (double)-8.3603005e-08f);
    ARRAY(2, false, false, "-37824.| 24400.", -37824, 24400);
    ARRAY(2, false, true, "0.1", pc_numpy_half(0x2e66));
    ARRAY(8, false, true, " 0.|-0.", 0.0, -0.0);
}

static void check_time(int64_t value, int64_t unit, int64_t number, const char *text)
{
    PC_AUTO_BUFFER buffer = {0};
    CHECK(pc_numpy_put_datetime(&buffer, value, unit, number) == (text != NULL));
    if (text)
        CHECK_TEXT(pc_buffer_text(&buffer), text);
}

static void test_times(void)
{
    check_time(54, PC_NUMPY_YEAR, 1, "2024");
    check_time(-2014, PC_NUMPY_YEAR, 1, "-044");
    check_time(-1, PC_NUMPY_MONTH, 1, "1969-12");
    check_time(5, PC_NUMPY_WEEK, 1, "1970-02-05");
    check_time(11016, PC_NUMPY_DAY, 1, "2000-02-29");
    check_time(-25508, PC_NUMPY_DAY, 1, "1900-03-01");
    check_time(-719162, PC_NUMPY_DAY, 1, "0001-01-01");
    check_time(7, PC_NUMPY_SECOND, 25, "1970-01-01T00:02:55");
    check_time(1, PC_NUMPY_HOUR, 1, "1970-01-01T01");
    check_time(-1, PC_NUMPY_MS, 1, "1969-12-31T23:59:59.999");
    check_time(123, PC_NUMPY_AS, 1, "1970-01-01T00:00:00.000000000000000123");
    check_time(PC_NUMPY_NAT, PC_NUMPY_GENERIC, 1, "NaT");
    check_time(1, PC_NUMPY_GENERIC, 1, NULL);
    check_time(1, 3, 1, NULL);
    check_time(1, -1, 1, NULL);
    check_time(1, PC_NUMPY_DAY, 0, NULL);
    PC_AUTO_BUFFER unit = {0};
    CHECK(pc_numpy_put_unit(&unit, PC_NUMPY_US, 25) && !strcmp(unit.data, "25us"));
    CHECK(!pc_numpy_put_unit(&unit, 15, 1) && !pc_numpy_put_unit(&unit, 3, 1));
}

void suite_numpy_format(void)
{
    CU_pSuite suite = CU_add_suite("numpy_format", NULL, NULL);
    CU_add_test(suite, "scalars", test_scalars);
    CU_add_test(suite, "arrays", test_arrays);
    CU_add_test(suite, "times", test_times);
}
