/* repr() of the datetime module's types, as Modules/_datetimemodule.c prints them. */
#include <string.h>

#include "python/repr_parts.h"

/* A sub-class is printed by its own name, a type of the module by its full one: both are tp_name. */
static pc_error *begin(pc_writer *w, const pc_type *type)
{
    if (!type->tp_name)
        return pc_type_name_missing(type);
    pc_write_printf(w, "%s(", type->tp_name);
    return NULL;
}

static unsigned microseconds(const uint8_t *bytes)
{
    return (unsigned)bytes[0] << 16 | (unsigned)bytes[1] << 8 | bytes[2];
}

static pc_error *write_zone(pc_writer *w, pc_addr object, pc_field has, pc_field zone)
{
    uint64_t has_zone;
    pc_addr info;
    const pc_type *type;
    PC_TRY(pc_field_uint(w->py, has, object, &has_zone));
    if (!has_zone)
        return NULL;
    PC_TRY(pc_field_uint(w->py, zone, object, &info));
    PC_TRY(pc_type_of(w->py, info, &type));
    if (type->kind == PC_TYPE_NONE)
        return NULL;
    pc_write(w, ", tzinfo=");
    w->guarded[w->depth] = false;
    w->stack[w->depth++] = object;
    pc_write_object(w, info);
    w->depth--;
    return NULL;
}

static pc_error *write_fold(pc_writer *w, pc_addr object, pc_field field)
{
    uint64_t fold = 0;
    if (pc_has(w->py, field))
        PC_TRY(pc_field_uint(w->py, field, object, &fold));
    if (fold)
        pc_write_printf(w, ", fold=%u", (unsigned)fold);
    return NULL;
}

static void write_clock(pc_writer *w, const uint8_t *bytes)
{
    unsigned us = microseconds(bytes + 3);
    pc_write_printf(w, "%u, %u", bytes[0], bytes[1]);
    if (bytes[2] || us)
        pc_write_printf(w, ", %u", bytes[2]);
    if (us)
        pc_write_printf(w, ", %u", us);
}

static pc_error *impossible(pc_addr object)
{
    return pc_error_at(PC_ERROR_CORRUPT, object, "the members of the object at " PC_ADDR " are no date or time", object);
}

/* year (2), month, day */
static bool is_date(const uint8_t *bytes)
{
    unsigned year = (unsigned)bytes[0] << 8 | bytes[1];
    return year >= 1 && year <= 9999 && bytes[2] >= 1 && bytes[2] <= 12 && bytes[3] >= 1 && bytes[3] <= 31;
}

static bool is_clock(const uint8_t *bytes)
{
    return bytes[0] < 24 && bytes[1] < 60 && bytes[2] < 60 && microseconds(bytes + 3) < 1000000;
}

static pc_error *read_data(pc_writer *w, pc_field field, pc_addr object, uint8_t *bytes, size_t size)
{
    pc_addr at;
    PC_TRY(pc_field_address(w->py, field, object, &at));
    return pc_memory_read(w->py->memory, at, bytes, size);
}

static pc_error *write_date(pc_writer *w, pc_addr object, const pc_type *type)
{
    uint8_t d[4];
    PC_TRY(read_data(w, PC_DATE_DATA, object, d, sizeof(d)));
    if (!is_date(d))
        return impossible(object);
    PC_TRY(begin(w, type));
    pc_write_printf(w, "%u, %u, %u)", (unsigned)d[0] << 8 | d[1], d[2], d[3]);
    return NULL;
}

static pc_error *write_date_time(pc_writer *w, pc_addr object, const pc_type *type)
{
    uint8_t d[10];
    PC_TRY(read_data(w, PC_DATE_TIME_DATA, object, d, sizeof(d)));
    if (!is_date(d) || !is_clock(d + 4))
        return impossible(object);
    PC_TRY(begin(w, type));
    pc_write_printf(w, "%u, %u, %u, ", (unsigned)d[0] << 8 | d[1], d[2], d[3]);
    write_clock(w, d + 4);
    PC_TRY(write_fold(w, object, PC_DATE_TIME_FOLD));
    PC_TRY(write_zone(w, object, PC_DATE_TIME_HAS_ZONE, PC_DATE_TIME_ZONE));
    pc_write(w, ")");
    return NULL;
}

static pc_error *write_time(pc_writer *w, pc_addr object, const pc_type *type)
{
    uint8_t d[6];
    PC_TRY(read_data(w, PC_TIME_DATA, object, d, sizeof(d)));
    if (!is_clock(d))
        return impossible(object);
    PC_TRY(begin(w, type));
    write_clock(w, d);
    PC_TRY(write_zone(w, object, PC_TIME_HAS_ZONE, PC_TIME_ZONE));
    PC_TRY(write_fold(w, object, PC_TIME_FOLD));
    pc_write(w, ")");
    return NULL;
}

/* days, seconds, microseconds */
static pc_error *read_delta(pc_writer *w, pc_addr object, int64_t parts[3])
{
    PC_TRY(pc_field_int(w->py, PC_DELTA_DAYS, object, &parts[0]));
    PC_TRY(pc_field_int(w->py, PC_DELTA_SECONDS, object, &parts[1]));
    PC_TRY(pc_field_int(w->py, PC_DELTA_MICROSECONDS, object, &parts[2]));
    bool possible = parts[0] >= -999999999 && parts[0] <= 999999999 && parts[1] >= 0 && parts[1] < 86400 && parts[2] >= 0 &&
                    parts[2] < 1000000;
    return possible ? NULL : impossible(object);
}

static pc_error *write_timedelta(pc_writer *w, pc_addr object, const pc_type *type)
{
    static const char *const names[] = {"days", "seconds", "microseconds"};
    int64_t parts[3] = {0};
    PC_TRY(read_delta(w, object, parts));
    PC_TRY(begin(w, type));
    bool keywords = w->py->traits->timedelta_keywords;
    int last = parts[2] ? 2 : parts[1] ? 1 : 0;
    const char *separator = "";
    for (int i = 0; i <= last; i++) {
        if (keywords && !parts[i])
            continue;
        pc_write_printf(w, keywords ? "%s%s=%" PRId64 : "%s%.0s%" PRId64, separator, names[i], parts[i]);
        separator = ", ";
    }
    pc_write(w, keywords && !parts[last] ? "0)" : ")");
    return NULL;
}

/* timezone(timedelta(0)) without a name is always the one object utc. */
static pc_error *write_timezone(pc_writer *w, pc_addr object, const pc_type *type)
{
    pc_addr offset, name;
    int64_t parts[3] = {0};
    PC_TRY(pc_field_uint(w->py, PC_TIMEZONE_OFFSET, object, &offset));
    PC_TRY(pc_field_uint(w->py, PC_TIMEZONE_NAME, object, &name));
    PC_TRY(pc_expect(w->py, offset, PC_TYPE_TIMEDELTA));
    PC_TRY(read_delta(w, offset, parts));
    if (!name && !parts[0] && !parts[1] && !parts[2]) {
        pc_write(w, "datetime.timezone.utc");
        return NULL;
    }
    PC_TRY(begin(w, type));
    pc_write_object(w, offset);
    if (name) {
        pc_write(w, ", ");
        pc_write_object(w, name);
    }
    pc_write(w, ")");
    return NULL;
}

pc_error *pc_write_datetime(pc_writer *w, pc_addr object, const pc_type *type)
{
    if (w->depth >= PC_LIMIT_REPR_DEPTH) {
        pc_write(w, "...");
        w->inexact = w->truncated = true;
        return NULL;
    }
    switch (type->kind) {
    case PC_TYPE_DATE:
        return write_date(w, object, type);
    case PC_TYPE_DATETIME:
        return write_date_time(w, object, type);
    case PC_TYPE_TIME:
        return write_time(w, object, type);
    case PC_TYPE_TIMEDELTA:
        return write_timedelta(w, object, type);
    default:
        return write_timezone(w, object, type);
    }
}

pc_error *pc_write_zoneinfo(pc_writer *w, pc_addr object, const pc_type *type)
{
    pc_addr key, file;
    PC_TRY(pc_field_uint(w->py, PC_ZONEINFO_KEY, object, &key));
    /* %T of 3.14's formats leaves out the main module, too */
    bool whole = w->py->traits->zoneinfo_names_module;
    const char *name = !whole ? type->tp_name : type->module && !strcmp(type->module, "__main__") ? type->qualname : type->full_name;
    if (!name)
        return pc_type_name_missing(type);
    if (!pc_is(w->py, key, PC_TYPE_NONE)) {
        pc_write_printf(w, "%s(key=", name);
        pc_write_object(w, key);
    } else {
        PC_TRY(pc_field_uint(w->py, PC_ZONEINFO_FILE, object, &file));
        pc_write_printf(w, "%s.from_file(", name);
        PC_TRY(pc_write_str(w, file));
    }
    pc_write(w, ")");
    return NULL;
}

pc_error *pc_write_iso_calendar_date(pc_writer *w, pc_addr object, const pc_type *type)
{
    static const char *const names[] = {"(year=", ", week=", ", weekday="};
    pc_addr items, item;
    uint64_t count;
    if (!type->tp_name)
        return pc_type_name_missing(type);
    PC_TRY(pc_var_size(w->py, object, &count));
    PC_TRY(pc_field_address(w->py, PC_TUPLE_ITEMS, object, &items));
    if (count != PC_ARRAY_SIZE(names))
        return pc_error_at(PC_ERROR_CORRUPT, object, "a calendar date of %" PRIu64 " parts", count);
    pc_write(w, type->tp_name);
    for (size_t i = 0; i < PC_ARRAY_SIZE(names); i++) {
        PC_TRY(pc_pointer_at(w->py, items, i, &item));
        PC_TRY(pc_expect(w->py, item, PC_TYPE_LONG));
        pc_write(w, names[i]);
        pc_write_object(w, item);
    }
    pc_write(w, ")");
    return NULL;
}
