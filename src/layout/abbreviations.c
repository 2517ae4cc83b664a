#include "layout/abbreviations.h"

#include <dwarf.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/limits.h"

/* ---- bytes ---- */

static inline unsigned byte(pc_cursor *c)
{
    if (!c->left) {
        c->failed = true;
        return 0;
    }
    c->left--;
    return *c->at++;
}

static uint64_t long_number(pc_cursor *c, uint64_t value)
{
    for (unsigned shift = 7, next = 0x80; next & 0x80; shift += 7) {
        next = byte(c);
        if (shift < 64)
            value |= (uint64_t)(next & 0x7f) << shift;
    }
    return value;
}

static inline uint64_t number(pc_cursor *c)
{
    unsigned first = byte(c);
    return first & 0x80 ? long_number(c, first & 0x7f) : first;
}

uint64_t pc_cursor_number(pc_cursor *cursor)
{
    return number(cursor);
}

pc_cursor pc_cursor_at(const pc_cursor *section, uint64_t offset)
{
    pc_cursor c = *section;
    if (offset > c.left)
        c.failed = true;
    else
        pc_cursor_skip(&c, (size_t)offset);
    return c;
}

/* ---- forms ---- */

uint32_t pc_form_size(const pc_unit_form *unit, unsigned form)
{
    switch (form) {
    case DW_FORM_flag_present:
    case DW_FORM_implicit_const:
        return 0;
    case DW_FORM_data1:
    case DW_FORM_ref1:
    case DW_FORM_flag:
    case DW_FORM_strx1:
    case DW_FORM_addrx1:
        return 1;
    case DW_FORM_data2:
    case DW_FORM_ref2:
    case DW_FORM_strx2:
    case DW_FORM_addrx2:
        return 2;
    case DW_FORM_strx3:
    case DW_FORM_addrx3:
        return 3;
    case DW_FORM_data4:
    case DW_FORM_ref4:
    case DW_FORM_ref_sup4:
    case DW_FORM_strx4:
    case DW_FORM_addrx4:
        return 4;
    case DW_FORM_data8:
    case DW_FORM_ref8:
    case DW_FORM_ref_sup8:
    case DW_FORM_ref_sig8:
        return 8;
    case DW_FORM_data16:
        return 16;
    case DW_FORM_addr:
        return unit->address_size;
    case DW_FORM_ref_addr:
        return unit->version == 2 ? unit->address_size : unit->offset_size;
    case DW_FORM_strp:
    case DW_FORM_line_strp:
    case DW_FORM_strp_sup:
    case DW_FORM_sec_offset:
    case DW_FORM_GNU_ref_alt:
    case DW_FORM_GNU_strp_alt:
        return unit->offset_size;
    case DW_FORM_udata:
    case DW_FORM_sdata:
    case DW_FORM_ref_udata:
    case DW_FORM_strx:
    case DW_FORM_addrx:
    case DW_FORM_loclistx:
    case DW_FORM_rnglistx:
    case DW_FORM_GNU_addr_index:
    case DW_FORM_GNU_str_index:
    case DW_FORM_string:
    case DW_FORM_exprloc:
    case DW_FORM_block:
    case DW_FORM_block1:
    case DW_FORM_block2:
    case DW_FORM_block4:
        return PC_FORM_VARIABLE;
    default:
        return PC_FORM_UNKNOWN;
    }
}

void pc_form_pass(const pc_unit_form *unit, pc_cursor *cursor, unsigned form)
{
    uint32_t size = pc_form_size(unit, form);
    if (size == PC_FORM_UNKNOWN)
        cursor->failed = true;
    else if (size != PC_FORM_VARIABLE)
        pc_cursor_skip(cursor, size);
    else if (form == DW_FORM_string)
        pc_cursor_string(cursor);
    else if (form == DW_FORM_block1 || form == DW_FORM_block2 || form == DW_FORM_block4)
        pc_cursor_skip(cursor, (size_t)pc_cursor_uint(cursor, form == DW_FORM_block1 ? 1 : form == DW_FORM_block2 ? 2 : 4));
    else if (form == DW_FORM_block || form == DW_FORM_exprloc)
        pc_cursor_skip(cursor, (size_t)number(cursor));
    else
        number(cursor);
}

/* ---- declarations ---- */

static void add_step(pc_abbreviations *t, pc_abbreviation *a, pc_step_kind kind, unsigned form, uint32_t bytes)
{
    pc_step *last = a->count ? &t->steps[t->step_count - 1] : NULL;
    if (kind == PC_STEP_SKIP && last && last->kind == PC_STEP_SKIP && last->bytes < UINT16_MAX) {
        last->bytes += bytes;
        return;
    }
    t->steps = pc_grow(t->steps, t->step_count, &t->step_capacity, sizeof(*t->steps));
    t->steps[t->step_count++] = (pc_step){.kind = (uint8_t)kind, .form = (uint16_t)form, .bytes = bytes};
    a->count++;
}

static pc_step_kind kind_of(const pc_abbreviation *a, uint64_t attribute)
{
    switch (attribute) {
    case DW_AT_name:
        return a->is_candidate || a->tag == DW_TAG_compile_unit ? PC_STEP_NAME : PC_STEP_PASS;
    case DW_AT_sibling:
        return PC_STEP_SIBLING;
    case DW_AT_import:
        return a->is_import ? PC_STEP_IMPORT : PC_STEP_PASS;
    case DW_AT_str_offsets_base:
        return PC_STEP_STRING_BASE;
    default:
        return PC_STEP_PASS;
    }
}

/* The rest of a declaration: from its tag, or from an attribute on. */
static void pass_slowly(pc_cursor *c, bool is_begun)
{
    if (!is_begun) {
        number(c);
        byte(c);
    }
    while (!c->failed) {
        uint64_t attribute = number(c), form = number(c);
        if (form == DW_FORM_implicit_const)
            number(c);
        else if (!attribute && !form)
            return;
    }
}

/* To the end of a declaration, whose code was read before. Nearly all numbers in it have one byte. */
static void pass_declaration(pc_cursor *c)
{
    const uint8_t *p = c->at, *end = p + c->left;
    bool is_begun = end - p >= 2 && p[0] < 0x80;
    if (is_begun)
        p += 2;
    while (is_begun && end - p >= 3) {
        unsigned attribute = p[0], form = p[1];
        if ((attribute | form) & 0x80)
            break;
        p += 2;
        if (!(attribute | form)) {
            c->at = p;
            c->left = (size_t)(end - p);
            return;
        }
        if (form == DW_FORM_implicit_const)
            while (*p++ & 0x80 && p < end)
                ;
    }
    c->at = p;
    c->left = (size_t)(end - p);
    pass_slowly(c, is_begun);
}

/* Whether there is nothing to find out attribute by attribute. */
static void simplify(pc_abbreviation *a, const pc_unit_form *unit)
{
    bool has_name = a->is_candidate && a->name_at != PC_FORM_VARIABLE;
    if (a->is_import || (a->has_children ? a->sibling_at : a->size) == PC_FORM_VARIABLE)
        return;
    if (a->is_candidate && !has_name && (a->name_form || a->refers))
        return;
    a->is_simple = true;
    a->reach = a->has_children ? a->sibling_at + 4 : a->size;
    if (has_name && a->name_at + unit->offset_size > a->reach)
        a->reach = a->name_at + unit->offset_size;
}

/* What it says of DIEs. Most are never asked for. */
static bool compile(pc_abbreviations *t, const pc_unit_form *unit, pc_cursor *c, pc_abbreviation *ret)
{
    uint64_t tag = number(c);
    pc_abbreviation a = {.at = ret->at, .is_compiled = true, .tag = (uint16_t)tag, .has_children = byte(c), .first = (uint32_t)t->step_count,
                         .sibling_at = PC_FORM_VARIABLE, .name_at = PC_FORM_VARIABLE};
    a.is_import = tag == DW_TAG_imported_unit;
    a.is_candidate = a.is_import || tag == DW_TAG_structure_type || tag == DW_TAG_typedef;
    while (!c->failed) {
        uint64_t attribute = number(c), form = number(c);
        if (!attribute && !form) {
            simplify(&a, unit);
            *ret = a;
            return t->step_count < UINT32_MAX;
        }
        if (form == DW_FORM_implicit_const)
            number(c);
        uint32_t size = form <= UINT16_MAX ? pc_form_size(unit, (unsigned)form) : PC_FORM_UNKNOWN;
        pc_step_kind kind = kind_of(&a, attribute);
        a.refers |= attribute == DW_AT_specification || attribute == DW_AT_abstract_origin;
        if (kind == PC_STEP_SIBLING && form == DW_FORM_ref4)
            a.sibling_at = a.size;
        if (kind == PC_STEP_NAME) {
            a.name_at = form == DW_FORM_strp ? a.size : PC_FORM_VARIABLE;
            a.name_form = form <= UINT16_MAX ? (uint16_t)form : UINT16_MAX;
        }
        a.size = a.size >= UINT16_MAX || size >= PC_FORM_UNKNOWN ? PC_FORM_VARIABLE : a.size + size;
        if (kind != PC_STEP_PASS || size == PC_FORM_VARIABLE || size == PC_FORM_UNKNOWN)
            add_step(t, &a, kind, form <= UINT16_MAX ? (unsigned)form : 0, size);
        else if (size)
            add_step(t, &a, PC_STEP_SKIP, 0, size);
    }
    return false;
}

/* ---- tables ---- */

void pc_abbreviations_deinit(pc_abbreviations *table)
{
    free(table->items);
    free(table->steps);
    *table = (pc_abbreviations){0};
}

static bool same_form(const pc_unit_form *a, const pc_unit_form *b)
{
    return a->version == b->version && a->address_size == b->address_size && a->offset_size == b->offset_size;
}

void pc_abbreviations_open(pc_abbreviations *table, const pc_cursor *section, uint64_t offset, const pc_unit_form *unit)
{
    if (table->count && table->offset == offset && same_form(&table->unit, unit))
        return;
    table->section = *section;
    table->offset = offset;
    table->unit = *unit;
    table->rest = pc_cursor_at(section, offset);
    table->count = table->step_count = 0;
}

const pc_abbreviation *pc_abbreviations_only(pc_abbreviations *table, const pc_cursor *section, uint64_t offset, const pc_unit_form *unit,
                                             uint64_t code)
{
    uint64_t have;
    pc_cursor c = pc_cursor_at(section, offset);
    table->items = pc_grow(table->items, 0, &table->capacity, sizeof(*table->items));
    table->count = table->step_count = 0;
    while ((have = number(&c)) && have != code && !c.failed)
        pass_declaration(&c);
    return have && compile(table, unit, &c, &table->items[0]) ? &table->items[0] : NULL;
}

/* Reads on in the table, to the code at most. */
static void read_to(pc_abbreviations *t, uint64_t wanted)
{
    pc_cursor *c = &t->rest;
    for (uint64_t code; !c->failed && (code = number(c)) && code < PC_LIMIT_ABBREVIATIONS;) {
        while (t->count <= code) {
            t->items = pc_grow(t->items, t->count, &t->capacity, sizeof(*t->items));
            t->items[t->count++] = (pc_abbreviation){0};
        }
        if (!t->items[code].at && !c->failed)
            t->items[code].at = c->at;
        pass_declaration(c);
        if (code == wanted)
            return;
    }
    c->failed = true;
}

const pc_abbreviation *pc_abbreviations_find(pc_abbreviations *table, uint64_t code)
{
    if (!table->rest.failed && (code >= table->count || !table->items[code].at))
        read_to(table, code);
    pc_abbreviation *a = code < table->count && table->items[code].at ? &table->items[code] : NULL;
    if (a && !a->is_compiled) {
        pc_cursor declaration = pc_cursor_at(&table->section, (uint64_t)(a->at - table->section.at));
        if (!compile(table, &table->unit, &declaration, a))
            a = NULL;
    }
    return a;
}
