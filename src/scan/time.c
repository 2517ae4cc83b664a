#include "scan/time.h"

#include <string.h>

#define SECOND INT64_C(1000000)
#define DAY (86400 * SECOND)

/* Exactly `digits` of them. */
static bool take_number(const char **at, int digits, int64_t most, int64_t *ret_number)
{
    int64_t number = 0;
    for (int i = 0; i < digits; i++) {
        if ((*at)[i] < '0' || (*at)[i] > '9')
            return false;
        number = number * 10 + ((*at)[i] - '0');
    }
    *at += digits;
    *ret_number = number;
    return number <= most;
}

/* The character where it is there. */
static bool take(const char **at, char c)
{
    bool is_there = **at == c;
    *at += is_there;
    return is_there;
}

static bool is_leap(int64_t year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Days since 1970; false: there is no such day. */
static bool days_of(int64_t year, int64_t month, int64_t day, int64_t *ret_days)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (!year || !month || !day || day > lengths[month - 1] + (month == 2 && is_leap(year)))
        return false;
    int64_t before = year - 1, days = before * 365 + before / 4 - before / 100 + before / 400 - 719162;
    for (int m = 0; m < month - 1; m++)
        days += lengths[m] + (m == 1 && is_leap(year));
    *ret_days = days + day - 1;
    return true;
}

static bool take_offset(const char **at, int64_t *ret_us)
{
    int64_t hours, minutes = 0, sign = **at == '-' ? -1 : 1;
    *ret_us = 0;
    if (!**at)
        return true;
    if (take(at, 'Z'))
        return true;
    if ((!take(at, '+') && !take(at, '-')) || !take_number(at, 2, 23, &hours))
        return false;
    if ((take(at, ':') || **at) && !take_number(at, 2, 59, &minutes))
        return false;
    *ret_us = sign * (hours * 60 + minutes) * 60 * SECOND;
    return true;
}

/* What is less than a microsecond is left out. */
static bool take_fraction(const char **at, int64_t *ret_us)
{
    if (**at < '0' || **at > '9')
        return false;
    *ret_us = 0;
    for (int64_t part = SECOND / 10; **at >= '0' && **at <= '9'; part /= 10)
        *ret_us += part * (*(*at)++ - '0');
    return true;
}

static bool take_clock(const char **at, int64_t *ret_us)
{
    int64_t hour, minute, second = 0, fraction = 0, offset;
    if (!take_number(at, 2, 23, &hour) || !take(at, ':') || !take_number(at, 2, 59, &minute))
        return false;
    if (take(at, ':') && (!take_number(at, 2, 60, &second) || (take(at, '.') && !take_fraction(at, &fraction))))
        return false;
    if (!take_offset(at, &offset))
        return false;
    *ret_us = ((hour * 60 + minute) * 60 + second) * SECOND + fraction - offset;
    return true;
}

static bool parse_date(const char *at, int64_t *ret_us)
{
    int64_t year, month, day, days, clock = 0;
    if (!take_number(&at, 4, 9999, &year) || !take(&at, '-') || !take_number(&at, 2, 12, &month) || !take(&at, '-') ||
        !take_number(&at, 2, 31, &day) || !days_of(year, month, day, &days))
        return false;
    if ((take(&at, 'T') || take(&at, ' ')) && !take_clock(&at, &clock))
        return false;
    *ret_us = days * DAY + clock;
    return !*at;
}

static bool parse_ago(const char *at, int64_t *ret_us)
{
    static const struct {
        char letter;
        int64_t us;
    } units[] = {{'s', SECOND}, {'m', 60 * SECOND}, {'h', 3600 * SECOND}, {'d', DAY}, {'w', 7 * DAY}};
    int64_t all = 0;
    do {
        int64_t number = 0, us = 0;
        size_t digits = strspn(at, "0123456789");
        if (!digits || digits > 9 || !take_number(&at, (int)digits, INT64_MAX, &number))
            return false;
        for (size_t i = 0; i < PC_ARRAY_SIZE(units); i++)
            if (*at == units[i].letter)
                us = units[i].us;
        if (!us || __builtin_mul_overflow(number, us, &us) || __builtin_add_overflow(all, us, &all))
            return false;
        at++;
    } while (*at);
    *ret_us = all;
    return true;
}

pc_error *pc_time_parse(const char *text, int64_t now_us, int64_t *ret_us)
{
    int64_t time, ago;
    if (parse_date(text, &time) || (parse_ago(text, &ago) && !__builtin_sub_overflow(now_us, ago, &time))) {
        *ret_us = time;
        return NULL;
    }
    return pc_error_create(PC_ERROR_FORMAT, "\"%s\" is no time: 2026-11-20, 2026-11-20T10:00:00Z, or how long ago: 30m, 2h, 3d, 1w", text);
}
