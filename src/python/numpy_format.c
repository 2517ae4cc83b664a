#include "python/numpy_format.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "python/number.h"

#define PRECISION 8 /* digits behind the point, by default */

/* ---- digits ---- */

double pc_numpy_half(uint16_t bits)
{
    int exponent = bits >> 10 & 31;
    double fraction = (double)(bits & 0x3ff), value;
    if (exponent == 31)
        value = fraction != 0 ? (double)NAN : (double)INFINITY;
    else if (exponent)
        value = ldexp(1024 + fraction, exponent - 25);
    else
        value = ldexp(fraction, -24);
    return bits >> 15 ? -value : value;
}

/* The nearest number of that width, even ones first. What takes libm, which no other code needs, would cost each start its load. */
static double to_width(double value, unsigned width)
{
    if (width == PC_NUMPY_SINGLE)
        return (double)(float)value;
    if (width != PC_NUMPY_HALF || value == 0 || !isfinite(value))
        return value;
    int exponent; /* of twice as much as the first digit */
    frexp(value, &exponent);
    double unit = ldexp(1, (exponent < -13 ? -13 : exponent) - 11), units = value / unit, rest = fabs(units - (int)units);
    int whole = (int)units; /* below 2^11 */
    if (rest > 0.5 || (rest == 0.5 && whole % 2))
        whole += value < 0 ? -1 : 1;
    double rounded = whole * unit;
    return fabs(rounded) > 65504 ? copysign((double)INFINITY, value) : rounded;
}

static bool reads_back(const char *text, double value, unsigned width)
{
    if (width == PC_NUMPY_SINGLE)
        return (double)strtof(text, NULL) == value;
    return to_width(strtod(text, NULL), width) == value;
}

/* Digits from place first (0 is the first one) to end, zeros where there are none. */
static void put_places(pc_buffer *buffer, const pc_digits *d, int first, int end)
{
    for (int i = first; i < end; i++)
        pc_buffer_putc(buffer, i >= 0 && i < d->count ? d->text[i] : '0');
}

static double exponent_cutoff(unsigned width, double otherwise)
{
    return width == PC_NUMPY_HALF ? 1e3 : width == PC_NUMPY_SINGLE ? 1e6 : otherwise;
}

void pc_numpy_put_float(pc_buffer *buffer, double value, unsigned width, bool by_width, bool point_zero)
{
    if (pc_number_put_special(buffer, &value))
        return;
    pc_digits d = pc_digits_shortest(value, reads_back, width);
    if (value != 0 && (value < 1e-4 || value >= (by_width ? exponent_cutoff(width, 1e16) : 1e16))) {
        pc_digits_put_exponential(buffer, &d);
        return;
    }
    if (d.exponent < 0)
        pc_buffer_putc(buffer, '0');
    else
        put_places(buffer, &d, 0, d.exponent + 1);
    if (d.count > d.exponent + 1) {
        pc_buffer_putc(buffer, '.');
        put_places(buffer, &d, d.exponent + 1, d.count);
    } else if (point_zero) {
        pc_buffer_puts(buffer, ".0");
    }
}

/* ---- arrays of floats ---- */

/* A number's parts as they are printed before padding. */
typedef struct parts {
    char whole[330], fraction[PC_DIGITS + 8], exponent[8];
} parts;

/* exact: as above, of the digits before the point. */
static void split_positional(double value, unsigned width, bool plus, bool exact, parts *p)
{
    pc_digits d = pc_digits_shortest(fabs(value), reads_back, width);
    PC_AUTO_BUFFER text = {0};
    if (d.count - 1 - d.exponent > PRECISION) {
        pc_buffer_printf(&text, "%.*f", PRECISION, fabs(value));
    } else if (exact && d.count < d.exponent + 1) {
        pc_buffer_printf(&text, "%.0f.", fabs(value));
    } else {
        if (d.exponent < 0)
            pc_buffer_putc(&text, '0');
        else
            put_places(&text, &d, 0, d.exponent + 1);
        pc_buffer_putc(&text, '.');
        put_places(&text, &d, d.exponent + 1, d.count);
    }
    while (text.data[text.length - 1] == '0')
        pc_buffer_cut(&text, text.length - 1);
    char *point = strchr(text.data, '.');
    *point = 0;
    snprintf(p->whole, sizeof(p->whole), "%s%s", signbit(value) ? "-" : plus ? "+" : "", text.data);
    snprintf(p->fraction, sizeof(p->fraction), "%s", point + 1);
    p->exponent[0] = 0;
}

/* exact: the digits that the shortest ones leave out are those of the number, not zeros. */
static void split_scientific(double value, unsigned width, bool plus, int precision, bool exact, int exponent_digits, parts *p)
{
    pc_digits d = pc_digits_shortest(fabs(value), reads_back, width);
    if (d.count - 1 > precision || (exact && d.count - 1 < precision)) {
        char text[64];
        snprintf(text, sizeof(text), "%.*e", precision, fabs(value));
        d = pc_digits_of(text);
    }
    snprintf(p->whole, sizeof(p->whole), "%s%c", signbit(value) ? "-" : plus ? "+" : "", d.text[0]);
    snprintf(p->fraction, sizeof(p->fraction), "%.*s", (int)sizeof(p->fraction) - 1, d.text + 1);
    snprintf(p->exponent, sizeof(p->exponent), "%c%0*d", d.exponent < 0 ? '-' : '+', exponent_digits > 4 ? 4 : exponent_digits, abs(d.exponent));
}

/* Whether these are printed with exponents: by the largest and the smallest that is not zero. */
static bool wants_exponents(double largest, double smallest, unsigned width, bool by_width, bool weak)
{
    double cutoff = by_width ? exponent_cutoff(width, 1e8) : 1e8;
    double limit = weak ? to_width(0.0001, width) : 0.0001;
    double ratio = width == PC_NUMPY_DOUBLE ? largest / smallest : to_width((double)((float)largest / (float)smallest), width);
    return largest >= cutoff || smallest < limit || ratio > 1000;
}

static int larger(int a, size_t b)
{
    return a > (int)b ? a : (int)b;
}

void pc_numpy_floats_init(pc_numpy_floats *floats, const double *values, size_t count, unsigned width, bool plus, bool by_width, bool weak)
{
    pc_numpy_floats f = {.width = width, .plus = plus, .precision = PRECISION, .exponent_digits = 2};
    double largest = 0, smallest = 0;
    size_t finite = 0;
    bool negative_infinity = plus;
    parts p;
    for (size_t i = 0; i < count; i++) {
        double magnitude = fabs(values[i]);
        negative_infinity |= isinf(values[i]) && values[i] < 0;
        if (!isfinite(values[i]))
            continue;
        finite++;
        if (magnitude > largest)
            largest = magnitude;
        if (magnitude != 0 && (smallest == 0 || magnitude < smallest))
            smallest = magnitude;
    }
    f.exponents = smallest != 0 && wants_exponents(largest, smallest, width, by_width, weak);
    int fraction = 0, exponent_digits = 0;
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(values[i]))
            continue;
        if (f.exponents)
            split_scientific(values[i], width, plus, PRECISION, false, 2, &p);
        else
            split_positional(values[i], width, plus, false, &p);
        f.pad_left = larger(f.pad_left, strlen(p.whole));
        fraction = larger(fraction, strlen(p.fraction));
        exponent_digits = larger(exponent_digits, f.exponents ? strlen(p.exponent) - 1 : 0);
    }
    f.pad_right = fraction;
    if (f.exponents) {
        f.precision = fraction;
        f.exponent_digits = exponent_digits;
        f.pad_right = exponent_digits + 2 + fraction;
    }
    if (finite != count) {
        int beyond = f.pad_right + 1, room = 3 + negative_infinity - beyond;
        if (3 - beyond > room)
            room = 3 - beyond;
        if (room > f.pad_left)
            f.pad_left = room;
    }
    *floats = f;
}

void pc_numpy_floats_put(const pc_numpy_floats *f, double value, pc_buffer *buffer)
{
    parts p;
    if (!isfinite(value)) {
        char text[8];
        snprintf(text, sizeof(text), "%s%s", isnan(value) ? f->plus ? "+" : "" : value < 0 ? "-" : f->plus ? "+" : "", isnan(value) ? "nan" : "inf");
        pc_buffer_printf(buffer, "%*s", f->pad_left + f->pad_right + 1, text);
    } else if (f->exponents) {
        split_scientific(value, f->width, f->plus, f->precision, true, f->exponent_digits, &p);
        pc_buffer_printf(buffer, "%*s.%s", f->pad_left, p.whole, p.fraction);
        for (int i = (int)strlen(p.fraction); i < f->precision; i++)
            pc_buffer_putc(buffer, '0');
        pc_buffer_printf(buffer, "e%s", p.exponent);
    } else {
        split_positional(value, f->width, f->plus, true, &p);
        pc_buffer_printf(buffer, "%*s.%-*s", f->pad_left, p.whole, f->pad_right, p.fraction);
    }
}

/* ---- times ---- */

static const char *const units[] = {"Y", "M", "W", NULL, "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as"};

bool pc_numpy_put_unit(pc_buffer *buffer, int64_t unit, int64_t number)
{
    if (unit == PC_NUMPY_GENERIC)
        return true;
    if (unit < 0 || unit >= (int64_t)PC_ARRAY_SIZE(units) || !units[unit] || number < 1)
        return false;
    if (number != 1)
        pc_buffer_printf(buffer, "%" PRId64, number);
    pc_buffer_puts(buffer, units[unit]);
    return true;
}

/* The proleptic Gregorian date of days since 1970-01-01, by eras of 400 years that begin in March. */
static void put_date(pc_buffer *buffer, __int128 days)
{
    __int128 shifted = days + 719468, era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    int64_t of_era = (int64_t)(shifted - era * 146097);
    int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int64_t day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * day_of_year + 2) / 153, day = day_of_year - (153 * month + 2) / 5 + 1;
    month = month < 10 ? month + 3 : month - 9;
    int64_t year = (int64_t)(era * 400) + year_of_era + (month <= 2);
    pc_buffer_printf(buffer, "%04" PRId64 "-%02d-%02d", year, (int)month, (int)day);
}

static __int128 floor_divide(__int128 a, __int128 b, __int128 *ret_rest)
{
    __int128 quotient = a / b, rest = a % b;
    if (rest < 0) {
        rest += b;
        quotient--;
    }
    *ret_rest = rest;
    return quotient;
}

bool pc_numpy_put_datetime(pc_buffer *buffer, int64_t value, int64_t unit, int64_t number)
{
    static const int64_t per_second[] = {1, 1000, 1000000, 1000000000, 1000000000000, 1000000000000000, 1000000000000000000};
    if (value == PC_NUMPY_NAT) {
        pc_buffer_puts(buffer, "NaT");
        return true;
    }
    if (unit < 0 || unit >= PC_NUMPY_GENERIC || !units[unit] || number < 1)
        return false;
    /* numpy multiplies so, too: what does not fit comes out as some other date */
    __int128 count = (int64_t)((uint64_t)value * (uint64_t)number), rest, seconds, fraction = 0;
    if (unit <= PC_NUMPY_MONTH) {
        __int128 year = unit == PC_NUMPY_YEAR ? count : floor_divide(count, 12, &rest);
        if (year > INT64_MAX - 1970 || year < INT64_MIN)
            return false;
        pc_buffer_printf(buffer, "%04" PRId64, (int64_t)year + 1970);
        if (unit == PC_NUMPY_MONTH)
            pc_buffer_printf(buffer, "-%02d", (int)rest + 1);
        return true;
    }
    if (unit == PC_NUMPY_WEEK || unit == PC_NUMPY_DAY) {
        put_date(buffer, unit == PC_NUMPY_WEEK ? (int64_t)((uint64_t)count * 7) : count);
        return true;
    }
    if (unit <= PC_NUMPY_SECOND)
        seconds = count * (unit == PC_NUMPY_HOUR ? 3600 : unit == PC_NUMPY_MINUTE ? 60 : 1);
    else
        seconds = floor_divide(count, per_second[unit - PC_NUMPY_SECOND], &fraction);
    put_date(buffer, floor_divide(seconds, 86400, &rest));
    int of_day = (int)rest;
    pc_buffer_printf(buffer, "T%02d", of_day / 3600);
    if (unit >= PC_NUMPY_MINUTE)
        pc_buffer_printf(buffer, ":%02d", of_day / 60 % 60);
    if (unit >= PC_NUMPY_SECOND)
        pc_buffer_printf(buffer, ":%02d", of_day % 60);
    if (unit >= PC_NUMPY_MS)
        pc_buffer_printf(buffer, ".%0*" PRId64, (int)(unit - PC_NUMPY_SECOND) * 3, (int64_t)fraction);
    return true;
}
