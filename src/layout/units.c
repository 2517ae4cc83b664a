#include "layout/units.h"

#include <dwarf.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/stop.h"

/* What to do with one attribute, or with some that only have to be passed over. */
typedef enum step_kind {
    STEP_SKIP,    /* bytes of any kind */
    STEP_PASS,    /* one of variable length */
    STEP_NAME,
    STEP_SIBLING,
    STEP_IMPORT,
    STEP_STRING_BASE
} step_kind;

#define VARIABLE UINT32_MAX
#define UNKNOWN (UINT32_MAX - 1)

typedef struct step {
    uint8_t kind;
    uint16_t form;
    uint32_t bytes; /* that it has; VARIABLE and UNKNOWN, too */
} step;

typedef struct abbreviation {
    const uint8_t *at; /* what it declares; NULL: there is none of this code */
    bool is_compiled;  /* the rest has been read */
    bool has_children;
    bool is_candidate; /* of a type that may be wanted, or an import */
    bool is_import;
    bool refers;       /* its name may be another DIE's */
    uint16_t tag;
    uint32_t first, count; /* of its steps */
    /* where that is the same for all DIEs of it; else VARIABLE */
    uint32_t size;
    uint32_t sibling_at; /* of four bytes */
} abbreviation;

/* All of one table; how long an attribute is depends on its unit, too. */
typedef struct pc_abbreviations {
    uint64_t offset;
    unsigned version, address_size, offset_size;
    abbreviation *items; /* by their codes, which are counted from 1 */
    size_t count, capacity;
    step *steps;
    size_t step_count, step_capacity;
} pc_abbreviations;

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

/* LEB128; of a signed one only how long it is. */
static inline uint64_t number(pc_cursor *c)
{
    unsigned first = byte(c);
    return first & 0x80 ? long_number(c, first & 0x7f) : first;
}

/* What begins at an offset; failed where that is outside. */
static pc_cursor at(const pc_cursor *section, uint64_t offset)
{
    pc_cursor c = *section;
    if (offset > c.left)
        c.failed = true;
    else
        pc_cursor_skip(&c, (size_t)offset);
    return c;
}

/* A section of strings ends with a NUL, or has been cut to do so. */
static const char *string_at(const pc_cursor *section, uint64_t offset)
{
    return offset < section->left ? (const char *)section->at + offset : NULL;
}

/* ---- forms ---- */

static uint32_t form_size(const pc_unit *unit, unsigned form)
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
        return VARIABLE;
    default:
        return UNKNOWN; /* DW_FORM_indirect among them, which nobody writes */
    }
}

static void pass(const pc_unit *unit, pc_cursor *c, unsigned form)
{
    uint32_t size = form_size(unit, form);
    if (size == UNKNOWN)
        c->failed = true;
    else if (size != VARIABLE)
        pc_cursor_skip(c, size);
    else if (form == DW_FORM_string)
        pc_cursor_string(c);
    else if (form == DW_FORM_block1 || form == DW_FORM_block2 || form == DW_FORM_block4)
        pc_cursor_skip(c, (size_t)pc_cursor_uint(c, form == DW_FORM_block1 ? 1 : form == DW_FORM_block2 ? 2 : 4));
    else if (form == DW_FORM_block || form == DW_FORM_exprloc)
        pc_cursor_skip(c, (size_t)number(c));
    else
        number(c);
}

static const char *indexed_string(const pc_units *units, const pc_unit *unit, uint64_t index)
{
    uint64_t offset;
    if (__builtin_mul_overflow(index, (uint64_t)unit->offset_size, &offset) || __builtin_add_overflow(offset, unit->string_base, &offset))
        return NULL;
    pc_cursor c = at(&units->string_offsets, offset);
    offset = pc_cursor_uint(&c, unit->offset_size);
    return c.failed ? NULL : string_at(&units->strings, offset);
}

/* A name; NULL where it cannot be had. */
static const char *read_string(const pc_units *units, const pc_unit *unit, pc_cursor *c, unsigned form)
{
    const pc_cursor *section = &units->strings;
    switch (form) {
    case DW_FORM_strp:
        break;
    case DW_FORM_string:
        return pc_cursor_string(c);
    case DW_FORM_strx1:
    case DW_FORM_strx2:
    case DW_FORM_strx3:
    case DW_FORM_strx4:
        return indexed_string(units, unit, pc_cursor_uint(c, form_size(unit, form)));
    case DW_FORM_strx:
        return indexed_string(units, unit, number(c));
    case DW_FORM_line_strp:
        section = &units->line_strings;
        break;
    case DW_FORM_GNU_strp_alt:
    case DW_FORM_strp_sup:
        section = units->alternate ? &units->alternate->strings : NULL;
        break;
    default:
        pass(unit, c, form);
        return NULL;
    }
    uint64_t offset = pc_cursor_uint(c, unit->offset_size);
    return section && !c->failed ? string_at(section, offset) : NULL;
}

/* Where a reference leads to; false for one of another kind than a unit's DIE is named by. */
static bool read_reference(const pc_unit *unit, pc_cursor *c, unsigned form, uint32_t size, uint64_t *ret_offset, bool *ret_alternate)
{
    uint64_t base = unit->begin, value;
    switch (form) {
    case DW_FORM_ref1:
    case DW_FORM_ref2:
    case DW_FORM_ref4:
    case DW_FORM_ref8:
        break;
    case DW_FORM_ref_addr:
    case DW_FORM_GNU_ref_alt:
    case DW_FORM_ref_sup4:
    case DW_FORM_ref_sup8:
        base = 0;
        break;
    case DW_FORM_ref_udata:
        size = 0;
        break;
    default:
        pass(unit, c, form);
        return false;
    }
    value = size ? pc_cursor_uint(c, size) : number(c);
    *ret_alternate = form == DW_FORM_GNU_ref_alt || form == DW_FORM_ref_sup4 || form == DW_FORM_ref_sup8;
    return !c->failed && !__builtin_add_overflow(base, value, ret_offset);
}

/* ---- abbreviations ---- */

static void add_step(pc_abbreviations *t, abbreviation *a, step_kind kind, unsigned form, uint32_t bytes)
{
    step *last = a->count ? &t->steps[t->step_count - 1] : NULL;
    if (kind == STEP_SKIP && last && last->kind == STEP_SKIP && last->bytes < UINT16_MAX) {
        last->bytes += bytes;
        return;
    }
    t->steps = pc_grow(t->steps, t->step_count, &t->step_capacity, sizeof(*t->steps));
    t->steps[t->step_count++] = (step){.kind = (uint8_t)kind, .form = (uint16_t)form, .bytes = bytes};
    a->count++;
}

static step_kind kind_of(const abbreviation *a, uint64_t attribute)
{
    switch (attribute) {
    case DW_AT_name:
        return a->is_candidate || a->tag == DW_TAG_compile_unit ? STEP_NAME : STEP_PASS;
    case DW_AT_sibling:
        return STEP_SIBLING;
    case DW_AT_import:
        return a->is_import ? STEP_IMPORT : STEP_PASS;
    case DW_AT_str_offsets_base:
        return STEP_STRING_BASE;
    default:
        return STEP_PASS;
    }
}

/* To the end of a declaration, whose code was read before. */
static void pass_declaration(pc_cursor *c)
{
    number(c);
    byte(c);
    while (!c->failed) {
        uint64_t attribute = number(c), form = number(c);
        if (form == DW_FORM_implicit_const)
            number(c);
        else if (!attribute && !form)
            return;
    }
}

/* What it says of DIEs. Most are never asked for. */
static bool compile(pc_abbreviations *t, const pc_unit *unit, pc_cursor *c, abbreviation *ret)
{
    uint64_t tag = number(c);
    abbreviation a = {.at = ret->at, .is_compiled = true, .tag = (uint16_t)tag, .has_children = byte(c), .first = (uint32_t)t->step_count,
                      .sibling_at = VARIABLE};
    a.is_import = tag == DW_TAG_imported_unit;
    a.is_candidate = a.is_import || tag == DW_TAG_structure_type || tag == DW_TAG_typedef;
    while (!c->failed) {
        uint64_t attribute = number(c), form = number(c);
        if (!attribute && !form) {
            *ret = a;
            return t->step_count < UINT32_MAX;
        }
        if (form == DW_FORM_implicit_const)
            number(c);
        uint32_t size = form <= UINT16_MAX ? form_size(unit, (unsigned)form) : UNKNOWN;
        step_kind kind = kind_of(&a, attribute);
        a.refers |= attribute == DW_AT_specification || attribute == DW_AT_abstract_origin;
        if (kind == STEP_SIBLING && form == DW_FORM_ref4)
            a.sibling_at = a.size;
        a.size = a.size >= UINT16_MAX || size >= UNKNOWN ? VARIABLE : a.size + size;
        if (kind != STEP_PASS || size == VARIABLE || size == UNKNOWN)
            add_step(t, &a, kind, form <= UINT16_MAX ? (unsigned)form : 0, size);
        else if (size)
            add_step(t, &a, STEP_SKIP, 0, size);
    }
    return false;
}

static void free_table(pc_abbreviations *t)
{
    if (!t)
        return;
    free(t->items);
    free(t->steps);
    free(t);
}

/* All that a unit uses; codes that nobody would give end it, and with it the unit that uses them. */
static pc_abbreviations *table_of(pc_units *units, const pc_unit *unit)
{
    pc_abbreviations *t = units->table;
    if (t && t->offset == unit->abbreviations && t->version == unit->version && t->address_size == unit->address_size &&
        t->offset_size == unit->offset_size)
        return t;
    if (!t) {
        t = units->table = pc_malloc(sizeof(*t));
        *t = (pc_abbreviations){0};
    }
    t->offset = unit->abbreviations;
    t->version = unit->version;
    t->address_size = unit->address_size;
    t->offset_size = unit->offset_size;
    t->count = t->step_count = 0;
    pc_cursor c = at(&units->abbreviation, unit->abbreviations);
    for (uint64_t code; !c.failed && (code = number(&c)) && code < PC_LIMIT_ABBREVIATIONS;) {
        while (t->count <= code) {
            t->items = pc_grow(t->items, t->count, &t->capacity, sizeof(*t->items));
            t->items[t->count++] = (abbreviation){0};
        }
        if (!t->items[code].at && !c.failed)
            t->items[code].at = c.at;
        pass_declaration(&c);
    }
    return t;
}

/* ---- DIEs ---- */

typedef struct die {
    const char *name;
    uint64_t sibling, import, string_base;
    bool has_import, import_is_alternate;
} die;

/* The attributes of one DIE, of which those count that have steps of their own. only_sibling: the others do not count, either. */
static void read_die(const pc_units *units, const pc_unit *unit, const pc_abbreviations *t, const abbreviation *a, pc_cursor *c, bool only_sibling,
                     die *ret)
{
    bool is_alternate;
    die d = {0};
    const step *first = a->count ? t->steps + a->first : NULL; /* there may be no steps at all */
    for (const step *s = first, *end = first ? first + a->count : NULL; s < end && !c->failed; s++) {
        switch (s->kind) {
        case STEP_SKIP:
            pc_cursor_skip(c, s->bytes);
            break;
        case STEP_NAME:
            if (only_sibling)
                pass(unit, c, s->form);
            else
                d.name = read_string(units, unit, c, s->form);
            break;
        case STEP_SIBLING:
            if (!read_reference(unit, c, s->form, s->bytes, &d.sibling, &is_alternate) || is_alternate)
                d.sibling = 0;
            else if (only_sibling)
                s = end - 1; /* the rest is passed over with the children */
            break;
        case STEP_IMPORT:
            d.has_import = read_reference(unit, c, s->form, s->bytes, &d.import, &d.import_is_alternate);
            break;
        case STEP_STRING_BASE:
            if (s->bytes <= 8)
                d.string_base = pc_cursor_uint(c, s->bytes);
            else
                pass(unit, c, s->form);
            break;
        default:
            pass(unit, c, s->form);
        }
    }
    *ret = d;
}

/* The same of a DIE that does not count, and has no children: as far as its end. With children: to its sibling, which is 0 where
 * it does not say. */
static uint64_t pass_die(const pc_units *units, const pc_unit *unit, const pc_abbreviations *t, const abbreviation *a, pc_cursor *c)
{
    if (!a->has_children && a->size <= c->left) {
        c->at += a->size;
        c->left -= a->size;
        return 0;
    }
    if (a->has_children && a->sibling_at < c->left) {
        pc_cursor sibling = *c;
        pc_cursor_skip(&sibling, a->sibling_at);
        uint64_t offset = unit->begin + pc_cursor_uint(&sibling, 4);
        c->failed = sibling.failed;
        return offset;
    }
    die d;
    read_die(units, unit, t, a, c, a->has_children, &d);
    return d.sibling;
}

/* From the unit's own DIE to its end. */
static pc_cursor begin(const pc_units *units, const pc_unit *unit)
{
    pc_cursor c = at(&units->info, unit->root);
    c.left = (size_t)(unit->end - unit->root);
    return c;
}

static const abbreviation *next_abbreviation(const pc_units *units, const pc_unit *unit, pc_abbreviations *t, pc_cursor *c)
{
    uint64_t code = number(c);
    if (!code || c->failed)
        return NULL;
    abbreviation *a = code < t->count && t->items[code].at ? &t->items[code] : NULL;
    if (a && !a->is_compiled) {
        pc_cursor declaration = at(&units->abbreviation, (uint64_t)(a->at - units->abbreviation.at));
        if (!compile(t, unit, &declaration, a))
            a = NULL;
    }
    c->failed = !a;
    return a;
}

static void add_die(pc_unit *unit, const abbreviation *a, const die *d, uint64_t offset, size_t *capacity, pc_wants *wants, const void *context)
{
    pc_unit_die found = {.offset = offset, .name = d->name};
    if (a->is_import) {
        if (!d->has_import)
            return;
        found = (pc_unit_die){.offset = d->import, .is_import = true, .is_alternate = d->import_is_alternate};
    } else if (d->name ? !wants(context, d->name, strlen(d->name)) : !a->refers) {
        return;
    }
    unit->dies = pc_grow(unit->dies, unit->count, capacity, sizeof(*unit->dies));
    unit->dies[unit->count++] = found;
}

void pc_units_read(pc_units *units, pc_unit *unit, pc_wants *wants, const void *context)
{
    if (unit->is_read)
        return;
    unit->is_read = true;
    size_t capacity = 0, depth = 0;
    pc_abbreviations *t = table_of(units, unit);
    pc_cursor c = begin(units, unit);
    const uint8_t *section = units->info.at;
    const abbreviation *a = next_abbreviation(units, unit, t, &c);
    die d;
    if (!a || !a->has_children)
        return;
    read_die(units, unit, t, a, &c, false, &d);
    while (!c.failed && units->dies_left && units->dies_left-- && unit->count < PC_LIMIT_UNIT_DIES && !pc_is_stopped()) {
        uint64_t offset = (uint64_t)(c.at - section);
        if (!(a = next_abbreviation(units, unit, t, &c))) {
            if (!depth--)
                return;
            continue;
        }
        uint64_t sibling;
        if (!depth && a->is_candidate) {
            read_die(units, unit, t, a, &c, false, &d);
            sibling = d.sibling;
            if (!c.failed)
                add_die(unit, a, &d, offset, &capacity, wants, context);
        } else {
            sibling = pass_die(units, unit, t, a, &c);
        }
        if (!a->has_children)
            continue;
        uint64_t here = (uint64_t)(c.at - section);
        if (sibling > here && sibling < unit->end) {
            c.at = section + sibling;
            c.left = (size_t)(unit->end - sibling);
        } else if (sibling) {
            return; /* one that leads back is of no file that is whole */
        } else {
            depth++;
        }
    }
}

/* ---- units ---- */

static pc_cursor section_of(Elf_Scn *section, bool big_endian)
{
    Elf_Data *data = elf_rawdata(section, NULL);
    return pc_cursor_over(data ? data->d_buf : NULL, data && data->d_buf ? data->d_size : 0, big_endian);
}

/* Without what is behind its last NUL. */
static void cut_strings(pc_cursor *section)
{
    while (section->left && section->at[section->left - 1])
        section->left--;
}

static void find_sections(pc_units *units, Elf *elf)
{
    size_t strings;
    const char *ident = elf_getident(elf, NULL);
    bool big_endian = ident && ident[EI_DATA] == ELFDATA2MSB;
    const struct {
        const char *name;
        pc_cursor *cursor;
    } wanted[] = {
        {".debug_info", &units->info},           {".debug_abbrev", &units->abbreviation},           {".debug_str", &units->strings},
        {".debug_line_str", &units->line_strings}, {".debug_str_offsets", &units->string_offsets},
    };
    for (size_t i = 0; i < PC_ARRAY_SIZE(wanted); i++)
        *wanted[i].cursor = pc_cursor_over(NULL, 0, big_endian);
    if (elf_getshdrstrndx(elf, &strings))
        return;
    for (Elf_Scn *section = NULL; (section = elf_nextscn(elf, section));) {
        GElf_Shdr header;
        const char *name = gelf_getshdr(section, &header) && header.sh_type != SHT_NOBITS ? elf_strptr(elf, strings, header.sh_name) : NULL;
        for (size_t i = 0; name && i < PC_ARRAY_SIZE(wanted); i++)
            if (!wanted[i].cursor->at && !strcmp(name, wanted[i].name))
                *wanted[i].cursor = section_of(section, big_endian);
    }
    cut_strings(&units->strings);
    cut_strings(&units->line_strings);
}

/* The header of the unit there; false where there is none that can be read. */
static bool read_header(const pc_units *units, uint64_t begin, pc_unit *ret)
{
    pc_cursor c = at(&units->info, begin);
    pc_unit u = {.begin = begin, .offset_size = 4};
    unsigned type = DW_UT_compile;
    uint64_t length = pc_cursor_uint(&c, 4);
    if (length == UINT32_MAX) {
        u.offset_size = 8;
        length = pc_cursor_uint(&c, 8);
    } else if (length >= 0xfffffff0) {
        return false;
    }
    if (c.failed || length > c.left)
        return false;
    u.end = (uint64_t)(c.at - units->info.at) + length;
    u.version = (unsigned)pc_cursor_uint(&c, 2);
    if (u.version < 2 || u.version > 5)
        return false;
    if (u.version == 5) {
        type = (unsigned)pc_cursor_uint(&c, 1);
        u.address_size = (unsigned)pc_cursor_uint(&c, 1);
    }
    u.abbreviations = pc_cursor_uint(&c, u.offset_size);
    if (u.version < 5)
        u.address_size = (unsigned)pc_cursor_uint(&c, 1);
    if (type == DW_UT_skeleton || type == DW_UT_split_compile)
        pc_cursor_skip(&c, 8); /* an id */
    else if (type == DW_UT_type || type == DW_UT_split_type)
        pc_cursor_skip(&c, 8 + u.offset_size); /* a signature, and where the type is */
    u.root = (uint64_t)(c.at - units->info.at);
    u.is_compile = type == DW_UT_compile;
    u.string_base = u.offset_size == 8 ? 16 : 8; /* behind the first header, where nothing else is said */
    *ret = u;
    return !c.failed && u.root <= u.end && (u.address_size == 4 || u.address_size == 8);
}

/* What a compile unit's own DIE says of it. Most units are not read, and their tables neither: only this abbreviation is. */
static void read_root(const pc_units *units, pc_unit *unit, pc_abbreviations *scratch)
{
    pc_cursor c = begin(units, unit), declaration = at(&units->abbreviation, unit->abbreviations);
    abbreviation a = {0};
    uint64_t wanted = number(&c), code;
    while ((code = number(&declaration)) && code != wanted && !declaration.failed)
        pass_declaration(&declaration);
    scratch->step_count = 0;
    unit->is_compile = code && compile(scratch, unit, &declaration, &a) && a.tag == DW_TAG_compile_unit;
    if (!unit->is_compile)
        return;
    die d;
    pc_cursor again = c;
    read_die(units, unit, scratch, &a, &c, false, &d);
    if (d.string_base) {
        unit->string_base = d.string_base;
        read_die(units, unit, scratch, &a, &again, false, &d); /* its name may have come before that */
    }
    const char *slash = d.name ? strrchr(d.name, '/') : NULL;
    unit->name = slash ? slash + 1 : d.name;
}

void pc_units_open(pc_units *units, Elf *elf, const pc_units *alternate)
{
    *units = (pc_units){.alternate = alternate, .dies_left = PC_LIMIT_DIES};
    find_sections(units, elf);
    pc_unit unit;
    pc_abbreviations scratch = {0};
    for (uint64_t begin = 0; begin < units->info.left && !pc_is_stopped() && read_header(units, begin, &unit); begin = unit.end) {
        if (unit.is_compile)
            read_root(units, &unit, &scratch);
        units->items = pc_grow(units->items, units->count, &units->capacity, sizeof(unit));
        units->items[units->count++] = unit;
    }
    free(scratch.steps);
}

void pc_units_close(pc_units *units)
{
    for (size_t i = 0; i < units->count; i++)
        free(units->items[i].dies);
    free(units->items);
    free_table(units->table);
    *units = (pc_units){0};
}

pc_unit *pc_units_at(const pc_units *units, uint64_t root)
{
    size_t low = 0, high = units->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (units->items[middle].root < root)
            low = middle + 1;
        else
            high = middle;
    }
    return low < units->count && units->items[low].root == root ? &units->items[low] : NULL;
}
