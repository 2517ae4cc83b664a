/* repr() of uuid.UUID and the paths of pathlib. */
#include <string.h>

#include "python/decimal_context.h"
#include "python/library.h"
#include "python/number.h"
#include "python/str.h"

/* ---- uuid ---- */

/* 128 bits out of an int's decimal digits. */
static bool read_128(pc_python *py, pc_addr object, uint32_t words[4])
{
    PC_AUTO_BUFFER text = {0};
    size_t digits;
    const pc_type *type;
    if (!pc_ok(pc_type_of(py, object, &type)) || (type->kind != PC_TYPE_LONG && type->kind != PC_TYPE_INT) ||
        !pc_ok(pc_number_put_int(py, object, &text, &digits)) || text.length > 40)
        return false;
    memset(words, 0, 4 * sizeof(*words));
    for (const char *at = pc_buffer_text(&text); *at; at++) {
        if (*at < '0' || *at > '9')
            return false;
        uint64_t carry = (uint64_t)(*at - '0');
        for (int i = 3; i >= 0; i--) {
            carry += (uint64_t)words[i] * 10;
            words[i] = (uint32_t)carry;
            carry >>= 32;
        }
        if (carry)
            return false;
    }
    return true;
}

static bool write_uuid_text(pc_library_call *call)
{
    pc_addr number;
    uint32_t n[4];
    if (!pc_library_object(call->w, call->self, "int", &number) || !read_128(call->w->py, number, n))
        return false;
    pc_write_printf(call->w, "%08x-%04x-%04x-%04x-%04x%08x", n[0], n[1] >> 16, n[1] & 0xffff, n[2] >> 16, n[2] & 0xffff, n[3]);
    return true;
}

bool pc_library_uuid_str(pc_library_call *call)
{
    return write_uuid_text(call);
}

/* 3.14: two properties give its digits */
bool pc_library_uuid_str_3_14(pc_library_call *call)
{
    return pc_library_has(call->w->py, call->type, "hex", PC_LIBRARY_UUID_HEX) &&
           pc_library_has(call->w->py, call->type, "bytes", PC_LIBRARY_UUID_BYTES) && write_uuid_text(call);
}

bool pc_library_uuid(pc_library_call *call)
{
    bool of_properties = pc_library_has(call->w->py, call->type, "__str__", PC_LIBRARY_UUID_STR_314);
    if (!of_properties && !pc_library_has(call->w->py, call->type, "__str__", PC_LIBRARY_UUID_STR))
        return false;
    if (pc_is_python2(call->w->py))
        pc_write(call->w, "UUID");
    else if (!pc_library_write_class(call, PC_NAME))
        return false;
    pc_write(call->w, "('");
    bool known = of_properties ? pc_library_uuid_str_3_14(call) : write_uuid_text(call);
    pc_write(call->w, "')");
    return known;
}

/* ---- pathlib ---- */

#define MAX_PATH_UNITS (1 << 16)

/* A text of code points. */
typedef struct text {
    pc_buffer bytes;
} text;

static size_t length_of(const text *t)
{
    return t->bytes.length / sizeof(uint32_t);
}

static uint32_t *units_of(const text *t)
{
    return (uint32_t *)(void *)t->bytes.data;
}

static void put(text *t, uint32_t unit)
{
    pc_buffer_append(&t->bytes, (const char *)&unit, sizeof(unit));
}

static bool put_object(pc_python *py, text *t, pc_addr object)
{
    pc_str str;
    uint32_t units[256];
    size_t count;
    if (!pc_is(py, object, PC_TYPE_UNICODE) || !pc_ok(pc_str_open(py, object, &str)) || str.length > MAX_PATH_UNITS ||
        length_of(t) > MAX_PATH_UNITS)
        return false;
    for (uint64_t at = 0; at < str.length; at += count) {
        if (!pc_ok(pc_str_units(py, &str, at, units, PC_ARRAY_SIZE(units), &count)) || !count)
            return false;
        pc_buffer_append(&t->bytes, (const char *)units, count * sizeof(*units));
    }
    return true;
}

/* An attribute: false where it is not known, *ret_there where it is. */
static bool get(pc_library_call *call, const char *name, bool *ret_there, pc_addr *ret_value)
{
    pc_attribute found = pc_attribute_get(call->w->py, call->self, name);
    if (found.kind != PC_ATTRIBUTE_VALUE && found.kind != PC_ATTRIBUTE_ABSENT)
        return false;
    *ret_there = found.kind == PC_ATTRIBUTE_VALUE;
    *ret_value = found.value;
    return true;
}

static bool join(pc_python *py, text *t, pc_addr parts, uint64_t first, uint32_t separator)
{
    pc_addr items, item;
    uint64_t count;
    if (!pc_library_tuple(py, parts, &items, &count) || count > MAX_PATH_UNITS)
        return false;
    for (uint64_t i = first; i < count; i++) {
        if (i > first)
            put(t, separator);
        if (!pc_ok(pc_pointer_at(py, items, i, &item)) || !put_object(py, t, item))
            return false;
    }
    return true;
}

/* posixpath.join() of what the path was made from (3.12) */
static bool join_raw(pc_python *py, text *t, pc_addr paths)
{
    pc_addr items, item;
    uint64_t count;
    if (!pc_library_tuple(py, paths, &items, &count) || count > MAX_PATH_UNITS)
        return false;
    for (uint64_t i = 0; i < count; i++) {
        pc_str str;
        uint32_t first = 0;
        size_t got = 0;
        if (!pc_ok(pc_pointer_at(py, items, i, &item)) || !pc_is(py, item, PC_TYPE_UNICODE) || !pc_ok(pc_str_open(py, item, &str)) ||
            (str.length && !pc_ok(pc_str_units(py, &str, 0, &first, 1, &got))))
            return false;
        size_t length = length_of(t);
        if (first == '/')
            pc_buffer_cut(&t->bytes, 0);
        else if (i && length && units_of(t)[length - 1] != '/')
            put(t, '/');
        if (!put_object(py, t, item))
            return false;
    }
    return true;
}

/* What PurePosixPath makes of a text: slashes that lead, and parts without empty ones and dots. */
static void normalize(const text *raw, text *t)
{
    size_t length = length_of(raw), at = 0, roots = 0;
    const uint32_t *units = units_of(raw);
    while (roots < length && units[roots] == '/')
        roots++;
    for (size_t i = 0; i < (roots == 2 ? 2 : roots ? 1 : 0); i++)
        put(t, '/');
    size_t root = length_of(t);
    while (at < length) {
        size_t end = at;
        while (end < length && units[end] != '/')
            end++;
        if (end > at && !(end - at == 1 && units[at] == '.')) {
            if (length_of(t) > root)
                put(t, '/');
            pc_buffer_append(&t->bytes, (const char *)(units + at), (end - at) * sizeof(*units));
        }
        at = end + 1;
    }
}

/* drive, root and the parts: _parts has the first two as its first item (to 3.11), _tail_cached not (3.12) */
static bool join_parts(pc_library_call *call, text *t, bool windows, bool *ret_parsed)
{
    static const char *const names[] = {"_drv", "_root", "_parts", "_tail_cached"};
    pc_python *py = call->w->py;
    pc_addr values[4];
    bool there[4], anchored;
    for (int i = 0; i < 4; i++)
        if (!get(call, names[i], &there[i], &values[i]))
            return false;
    *ret_parsed = there[0] && there[1] && (there[2] || there[3]);
    if (!*ret_parsed)
        return true;
    if (!put_object(py, t, values[0]) || !put_object(py, t, values[1]))
        return false;
    anchored = length_of(t) > 0;
    size_t start = length_of(t);
    uint32_t separator = windows ? '\\' : '/';
    if (there[3] ? !join(py, t, values[3], 0, separator) : !join(py, t, values[2], anchored, separator))
        return false;
    /* 'c:x' without a drive would be one: "./c:x" (3.12) */
    return !(windows && there[3] && !anchored && length_of(t) > start + 1 && units_of(t)[start + 1] == ':');
}

static bool path_text(pc_library_call *call, bool windows, text *t)
{
    pc_addr value;
    bool there, parsed;
    if (!get(call, "_str", &there, &value))
        return false;
    if (there)
        return put_object(call->w->py, t, value);
    if (!join_parts(call, t, windows, &parsed))
        return false;
    if (!parsed) {
        text raw = {{0}};
        bool known = !windows && get(call, "_raw_paths", &there, &value) && there && join_raw(call->w->py, &raw, value);
        if (known)
            normalize(&raw, t);
        pc_buffer_deinit(&raw.bytes);
        if (!known)
            return false;
    }
    if (!length_of(t))
        put(t, '.');
    return true;
}

/* Whose rules it follows; a sub-class may have others. */
static bool find_flavour(pc_python *py, const pc_type *type, bool *ret_windows)
{
    static const char *const names[] = {"_flavour", "parser"};
    for (int i = 0; i < 2; i++) {
        const pc_type *owner;
        pc_lookup found = pc_type_lookup(py, type->address, names[i]);
        if (found.kind != PC_LOOKUP_FOUND)
            continue;
        if (!pc_ok(pc_type_read(py, found.owner, &owner)) || !owner->module || strncmp(owner->module, "pathlib", 7) || !owner->qualname)
            return false;
        *ret_windows = !strcmp(owner->qualname, "PureWindowsPath");
        return *ret_windows || !strcmp(owner->qualname, "PurePosixPath");
    }
    return false;
}

bool pc_library_path(pc_library_call *call)
{
    pc_python *py = call->w->py;
    text t = {{0}};
    bool windows = false;
    if (!(pc_library_has(py, call->type, "__str__", PC_LIBRARY_PATH_STR) || pc_library_has(py, call->type, "__str__", PC_LIBRARY_PATH_STR_313)) ||
        !(pc_library_has(py, call->type, "as_posix", PC_LIBRARY_PATH_AS_POSIX) ||
          pc_library_has(py, call->type, "as_posix", PC_LIBRARY_PATH_AS_POSIX_313)) ||
        !find_flavour(py, call->type, &windows) || !pc_library_write_class(call, PC_NAME))
        return false;
    bool known = path_text(call, windows, &t);
    if (known) {
        for (size_t i = 0; windows && i < length_of(&t); i++)
            if (units_of(&t)[i] == '\\')
                units_of(&t)[i] = '/';
        pc_write(call->w, "(");
        pc_write_quoted_text(call->w, units_of(&t), length_of(&t));
        pc_write(call->w, ")");
    }
    pc_buffer_deinit(&t.bytes);
    return known;
}

/* ---- ipaddress ---- */

static void write_ip6(pc_writer *w, const uint32_t n[4])
{
    unsigned parts[8], best = 0, best_length = 0;
    for (unsigned i = 0; i < 8; i++)
        parts[i] = i % 2 ? n[i / 2] & 0xffff : n[i / 2] >> 16;
    for (unsigned i = 0; i < 8; i++) {
        unsigned length = 0;
        while (i + length < 8 && !parts[i + length])
            length++;
        if (length > best_length) {
            best = i;
            best_length = length;
        }
    }
    for (unsigned i = 0; i < 8; i++) {
        if (best_length > 1 && i >= best && i < best + best_length) {
            if (i == best)
                pc_write(w, "::");
            continue;
        }
        bool after_gap = best_length > 1 && i == best + best_length;
        pc_write_printf(w, i && !after_gap ? ":%x" : "%x", parts[i]);
    }
}

/* str() of an address: not of one that is an IPv4 address in IPv6, which 3.13 shows otherwise */
static bool write_ip(pc_library_call *call)
{
    pc_writer *w = call->w;
    pc_addr number;
    uint32_t n[4];
    if (!pc_library_object(w, call->self, "_ip", &number) || !read_128(w->py, number, n))
        return false;
    if (pc_library_has(w->py, call->type, "_string_from_ip_int", PC_LIBRARY_IP_FROM_INT4)) {
        pc_write_printf(w, "%u.%u.%u.%u", n[3] >> 24, n[3] >> 16 & 0xff, n[3] >> 8 & 0xff, n[3] & 0xff);
        return !n[0] && !n[1] && !n[2];
    }
    if (!pc_library_has(w->py, call->type, "_string_from_ip_int", PC_LIBRARY_IP_FROM_INT6))
        return false;
    pc_attribute scope = pc_attribute_get(w->py, call->self, "_scope_id"); /* 3.9 */
    if (scope.kind == PC_ATTRIBUTE_VALUE && !pc_library_is_none(w->py, scope.value))
        return false;
    if (scope.kind != PC_ATTRIBUTE_VALUE && scope.kind != PC_ATTRIBUTE_ABSENT)
        return false;
    if (!n[0] && !n[1] && n[2] == 0xffff && pc_library_row_of(w->py, call->function) == &pc_library_rows[PC_LIBRARY_IP6_ADDRESS_STR_313])
        return false;
    write_ip6(w, n);
    return true;
}

bool pc_library_ip(pc_library_call *call)
{
    return write_ip(call);
}

/* ---- decimals of the module in Python: 2.7's, and the one that 3 has for where there is no other ---- */

bool pc_library_decimal(pc_library_call *call)
{
    pc_writer *w = call->w;
    pc_addr sign, digits, exponent;
    uint64_t negative, raw;
    pc_str str;
    uint32_t units[64];
    size_t count = 0;
    if (!pc_library_object(w, call->self, "_sign", &sign) || !pc_library_object(w, call->self, "_int", &digits) ||
        !pc_library_object(w, call->self, "_exp", &exponent) || !pc_ok(pc_number_uint64(w->py, sign, &negative)) || negative > 1)
        return false;
    /* of numbers that have more digits than contexts mostly give, the text is not built here */
    if (!pc_ok(pc_str_open(w->py, digits, &str)) || str.length > PC_ARRAY_SIZE(units) ||
        (str.length && !pc_ok(pc_str_units(w->py, &str, 0, units, PC_ARRAY_SIZE(units), &count))) || count != str.length)
        return false;
    char number[65];
    for (size_t i = 0; i < count; i++) {
        if (units[i] < '0' || units[i] > '9')
            return false;
        number[i] = (char)units[i];
    }
    number[count] = 0;
    pc_write(w, negative ? "-" : "");
    if (pc_is(w->py, exponent, PC_TYPE_UNICODE) || pc_is(w->py, exponent, PC_TYPE_BYTES)) {
        bool infinite = pc_str_equals(w->py, exponent, "F"), quiet = pc_str_equals(w->py, exponent, "n");
        pc_write(w, infinite ? "Infinity" : quiet ? "NaN" : "sNaN");
        pc_write(w, infinite ? "" : number);
        return infinite || quiet || pc_str_equals(w->py, exponent, "N");
    }
    if (!pc_ok(pc_number_uint64(w->py, exponent, &raw)))
        return false;
    int64_t e = (int64_t)raw, left;
    if (!count || __builtin_add_overflow(e, (int64_t)count, &left) || left == INT64_MIN)
        return false;
    if (e > 0 || left <= -6) {
        char letter = pc_decimal_letter(w->py, true);
        if (letter)
            pc_write_printf(w, "%c%s%s%c%+" PRId64, number[0], count > 1 ? "." : "", number + 1, letter, left - 1);
        return letter;
    }
    if (left <= 0) {
        pc_write(w, "0.");
        for (int64_t i = left; i < 0; i++)
            pc_write(w, "0");
        pc_write(w, number);
    } else {
        pc_write_printf(w, "%.*s%s%s", (int)left, number, left < (int64_t)count ? "." : "", number + left);
    }
    return true;
}
