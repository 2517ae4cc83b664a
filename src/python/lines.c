/* Line tables, as CPython's Objects/lnotab_notes.txt and Objects/locations.md describe them. */
#include "base/cursor.h"
#include "python/code.h"

static pc_position only_line(int64_t line)
{
    return (pc_position){.line = line, .end_line = -1, .column = -1, .end_column = -1};
}

/* Pairs of bytes: by how much the address and the line grow; the last line that begins at or before the offset. */
static pc_position lookup_lnotab(const uint8_t *table, size_t size, bool is_signed, int64_t line, int64_t offset)
{
    int64_t address = 0;
    for (size_t i = 0; i + 1 < size; i += 2) {
        address += table[i];
        if (address > offset)
            break;
        line += is_signed ? (int8_t)table[i + 1] : table[i + 1];
    }
    return only_line(line);
}

/* Pairs of bytes: the range's length, and the line's growth, -128 being no line. */
static pc_position lookup_ranges(const uint8_t *table, size_t size, int64_t line, int64_t offset)
{
    int64_t end = 0, computed = line;
    for (size_t i = 0; i + 1 < size; i += 2) {
        int8_t delta = (int8_t)table[i + 1];
        end += table[i];
        if (delta != -128)
            computed += delta;
        if (offset < end)
            return only_line(delta == -128 ? -1 : computed);
    }
    return only_line(-1);
}

/* Six bits a byte, low ones first, bit 6 set if more follow. What a line number cannot have is dropped: sums of what is left
 * do not overflow, however long the table. */
static uint64_t varint(pc_cursor *c)
{
    uint64_t value = 0, byte;
    unsigned shift = 0;
    do {
        byte = pc_cursor_uint(c, 1);
        if (shift < 36)
            value |= (byte & 63) << shift;
        shift += 6;
    } while (byte & 64 && !c->failed);
    return value;
}

static int64_t signed_varint(pc_cursor *c)
{
    uint64_t value = varint(c);
    return value & 1 ? -(int64_t)(value >> 1) : (int64_t)(value >> 1);
}

static pc_position lookup_locations(const uint8_t *table, size_t size, int64_t line, int64_t offset)
{
    pc_cursor c = pc_cursor_over(table, size, false);
    int64_t end = 0;
    while (c.left && !c.failed) {
        uint8_t first = (uint8_t)pc_cursor_uint(&c, 1);
        unsigned code = first >> 3 & 15;
        pc_position p = only_line(-1);
        end += ((first & 7) + 1) * 2;
        switch (code) {
        case 15: /* no location */
            break;
        case 14: { /* long form; columns are stored plus one, 0 being none */
            line += signed_varint(&c);
            p.line = line;
            p.end_line = line + (int64_t)varint(&c);
            p.column = (int64_t)varint(&c) - 1;
            p.end_column = (int64_t)varint(&c) - 1;
            break;
        }
        case 13: /* no columns */
            line += signed_varint(&c);
            p.line = p.end_line = line;
            break;
        case 10: /* one line: the line's growth is the code's, columns are bytes */
        case 11:
        case 12:
            line += code - 10;
            p.line = p.end_line = line;
            p.column = (int64_t)pc_cursor_uint(&c, 1);
            p.end_column = (int64_t)pc_cursor_uint(&c, 1);
            break;
        default: { /* short form: same line, columns below 80 */
            uint8_t second = (uint8_t)pc_cursor_uint(&c, 1);
            p.line = p.end_line = line;
            p.column = (int64_t)(code << 3 | second >> 4);
            p.end_column = p.column + (second & 15);
        }
        }
        if (c.failed)
            break;
        if (offset < end)
            return p;
    }
    return only_line(-1);
}

pc_position pc_lines_lookup(pc_line_format format, const uint8_t *table, size_t size, int64_t first_line, int64_t offset)
{
    switch (format) {
    case PC_LINES_UNSIGNED:
    case PC_LINES_SIGNED:
        return lookup_lnotab(table, size, format == PC_LINES_SIGNED, first_line, offset);
    case PC_LINES_RANGES:
        return lookup_ranges(table, size, first_line, offset);
    case PC_LINES_LOCATIONS:
        return lookup_locations(table, size, first_line, offset);
    }
    return only_line(-1);
}

pc_position pc_code_position(const pc_python *py, const pc_code *code, int64_t offset)
{
    pc_position p = only_line(offset < 0 ? code->first_line : -1);
    if (offset >= 0 && code->lines)
        p = pc_lines_lookup(py->traits->lines, code->lines, code->lines_size, code->first_line, offset);
    /* what cannot be in any source is not told; 0 is where the code of a module begins (3.11) */
    if (p.line < 0 || p.line > INT32_MAX)
        p = only_line(-1);
    if (p.end_line < p.line || p.end_line > INT32_MAX || p.column > INT32_MAX || p.end_column > INT32_MAX)
        p = only_line(p.line);
    return p;
}
