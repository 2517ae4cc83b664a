/* str() of the builtin types for which it is something else than repr() and is not a text as such. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "python/number.h"
#include "python/repr_parts.h"

/* ---- 2.7's numbers ---- */

/* With 12 digits, as 2.7's str() has them and its repr() has not. dot: a whole number ends with .0 */
static void write_float(pc_writer *w, double value, bool dot, bool sign)
{
    char text[40];
    if (isnan(value))
        snprintf(text, sizeof(text), sign ? "+nan" : "nan");
    else
        snprintf(text, sizeof(text), sign ? "%+.12g" : "%.12g", value);
    bool whole = dot && isfinite(value) && !strpbrk(text, ".e");
    if (whole && strspn(text[0] == '-' ? text + 1 : text, "0123456789") == 12) {
        /* there is no room for .0: 1.2e+11 */
        char *end = text + snprintf(text, sizeof(text), "%.11e", value) - 5;
        for (; *end == '0'; end--)
            ;
        memcpy(*end == '.' ? end : end + 1, "e+11", 5);
        whole = false;
    }
    pc_write(w, text);
    if (whole)
        pc_write(w, ".0");
}

static pc_error *write_complex(pc_writer *w, pc_addr object)
{
    double real, imag;
    PC_TRY(pc_field_double(w->py, PC_COMPLEX_REAL, object, &real));
    PC_TRY(pc_field_double(w->py, PC_COMPLEX_IMAG, object, &imag));
    bool alone = real == 0 && !signbit(real);
    if (!alone) {
        pc_write(w, "(");
        write_float(w, real, false, false);
    }
    write_float(w, imag, false, !alone);
    pc_write(w, alone ? "j" : "j)");
    return NULL;
}

static pc_error *write_number(pc_writer *w, pc_addr object, pc_kind kind)
{
    double value;
    size_t digits;
    PC_AUTO_BUFFER text = {0};
    if (kind == PC_TYPE_COMPLEX)
        return write_complex(w, object);
    if (kind == PC_TYPE_LONG) {
        PC_TRY(pc_number_put_int(w->py, object, &text, &digits));
        pc_write(w, pc_buffer_text(&text));
        return NULL;
    }
    PC_TRY(pc_field_double(w->py, PC_OB_FVAL, object, &value));
    write_float(w, value, true, false);
    return NULL;
}

/* ---- the datetime module ---- */

typedef struct delta {
    int64_t days, seconds, microseconds;
} delta;

static pc_error *read_delta(pc_python *py, pc_addr object, delta *d)
{
    PC_TRY(pc_expect(py, object, PC_TYPE_TIMEDELTA));
    PC_TRY(pc_field_int(py, PC_DELTA_DAYS, object, &d->days));
    PC_TRY(pc_field_int(py, PC_DELTA_SECONDS, object, &d->seconds));
    return pc_field_int(py, PC_DELTA_MICROSECONDS, object, &d->microseconds);
}

static void write_microseconds(pc_writer *w, int64_t microseconds)
{
    if (microseconds)
        pc_write_printf(w, ".%06" PRId64, microseconds);
}

/* 1 day, 2:03:04 */
static pc_error *write_timedelta(pc_writer *w, pc_addr object)
{
    delta d = {0};
    PC_TRY(read_delta(w->py, object, &d));
    if (d.days)
        pc_write_printf(w, "%" PRId64 " day%s, ", d.days, d.days == 1 || d.days == -1 ? "" : "s");
    pc_write_printf(w, "%" PRId64 ":%02" PRId64 ":%02" PRId64, d.seconds / 3600, d.seconds / 60 % 60, d.seconds % 60);
    write_microseconds(w, d.microseconds);
    return NULL;
}

/* +01:00, with seconds where there are some (3.7) */
static void write_offset(pc_writer *w, const delta *d)
{
    int64_t seconds = d->seconds, microseconds = d->microseconds;
    if (d->days < 0) {
        seconds = 86400 - seconds - (microseconds != 0);
        microseconds = microseconds ? 1000000 - microseconds : 0;
    }
    pc_write_printf(w, "%c%02" PRId64 ":%02" PRId64, d->days < 0 ? '-' : '+', seconds / 3600, seconds / 60 % 60);
    if (seconds % 60 || microseconds)
        pc_write_printf(w, ":%02" PRId64, seconds % 60);
    write_microseconds(w, microseconds);
}

static pc_error *write_timezone(pc_writer *w, pc_addr object)
{
    pc_addr offset, name;
    delta d = {0};
    PC_TRY(pc_field_uint(w->py, PC_TIMEZONE_OFFSET, object, &offset));
    PC_TRY(pc_field_uint(w->py, PC_TIMEZONE_NAME, object, &name));
    if (name)
        return pc_write_str(w, name);
    PC_TRY(read_delta(w->py, offset, &d));
    pc_write(w, "UTC");
    if (d.days || d.seconds || d.microseconds)
        write_offset(w, &d);
    return NULL;
}

/* The offset of the time zone behind a time; *ret_known is false where that is the zone's own code to say. */
static pc_error *write_zone(pc_writer *w, pc_addr object, pc_field has, pc_field zone, bool *ret_known)
{
    uint64_t has_zone;
    pc_addr info, offset;
    const pc_type *type;
    delta d = {0};
    PC_TRY(pc_field_uint(w->py, has, object, &has_zone));
    if (!has_zone)
        return NULL;
    PC_TRY(pc_field_uint(w->py, zone, object, &info));
    PC_TRY(pc_type_of(w->py, info, &type));
    if (type->kind == PC_TYPE_NONE)
        return NULL;
    if (type->kind != PC_TYPE_TIMEZONE || !type->is_builtin) {
        *ret_known = false;
        return NULL;
    }
    PC_TRY(pc_field_uint(w->py, PC_TIMEZONE_OFFSET, info, &offset));
    PC_TRY(read_delta(w->py, offset, &d));
    write_offset(w, &d);
    return NULL;
}

static void write_date(pc_writer *w, const uint8_t *d)
{
    pc_write_printf(w, "%04u-%02u-%02u", (unsigned)d[0] << 8 | d[1], d[2], d[3]);
}

static void write_clock(pc_writer *w, const uint8_t *d)
{
    pc_write_printf(w, "%02u:%02u:%02u", d[0], d[1], d[2]);
    write_microseconds(w, (int64_t)d[3] << 16 | (int64_t)d[4] << 8 | d[5]);
}

/* isoformat(), which a sub-class may replace: then it is code of somebody else's. */
static pc_error *write_moment(pc_writer *w, pc_addr object, const pc_type *type, bool *ret_known)
{
    uint8_t d[10];
    pc_addr at;
    bool time = type->kind == PC_TYPE_TIME, date = type->kind == PC_TYPE_DATE;
    *ret_known = type->is_builtin;
    if (!type->is_builtin)
        return NULL;
    PC_TRY(pc_field_address(w->py, time ? PC_TIME_DATA : date ? PC_DATE_DATA : PC_DATE_TIME_DATA, object, &at));
    PC_TRY(pc_memory_read(w->py->memory, at, d, time ? 6 : date ? 4 : 10));
    if (!time)
        write_date(w, d);
    if (date)
        return NULL;
    if (!time)
        pc_write(w, " ");
    write_clock(w, time ? d : d + 4);
    return time ? write_zone(w, object, PC_TIME_HAS_ZONE, PC_TIME_ZONE, ret_known)
                : write_zone(w, object, PC_DATE_TIME_HAS_ZONE, PC_DATE_TIME_ZONE, ret_known);
}

pc_error *pc_write_str_of(pc_writer *w, pc_addr object, const pc_type *type, bool *ret_known)
{
    bool two = pc_is_python2(w->py);
    *ret_known = true;
    switch (type->kind) {
    case PC_TYPE_UNICODE:
        return pc_write_str(w, object);
    case PC_TYPE_BYTES:
    case PC_TYPE_BYTEARRAY:
        *ret_known = two;
        return two ? pc_write_str(w, object) : NULL;
    case PC_TYPE_LONG:
    case PC_TYPE_FLOAT:
    case PC_TYPE_COMPLEX:
        *ret_known = two;
        return two ? write_number(w, object, type->kind) : NULL;
    case PC_TYPE_DECIMAL:
        return pc_write_decimal_text(w, object);
    case PC_TYPE_TIMEDELTA:
        return write_timedelta(w, object);
    case PC_TYPE_TIMEZONE:
        return write_timezone(w, object);
    case PC_TYPE_DATE:
    case PC_TYPE_TIME:
    case PC_TYPE_DATETIME:
        return write_moment(w, object, type, ret_known);
    default:
        *ret_known = false;
        return NULL;
    }
}
