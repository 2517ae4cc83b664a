#include "layout/units.h"

#include <dwarf.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/stop.h"

/* A section of strings ends with a NUL, or has been cut to do so. */
static const char *string_at(const pc_cursor *section, uint64_t offset)
{
    return offset < section->left ? (const char *)section->at + offset : NULL;
}

/* ---- attributes ---- */

static const char *indexed_string(const pc_units *units, const pc_unit *unit, uint64_t index)
{
    uint64_t offset;
    if (__builtin_mul_overflow(index, (uint64_t)unit->form.offset_size, &offset) || __builtin_add_overflow(offset, unit->string_base, &offset))
        return NULL;
    pc_cursor c = pc_cursor_at(&units->string_offsets, offset);
    offset = pc_cursor_uint(&c, unit->form.offset_size);
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
        return indexed_string(units, unit, pc_cursor_uint(c, pc_form_size(&unit->form, form)));
    case DW_FORM_strx:
        return indexed_string(units, unit, pc_cursor_number(c));
    case DW_FORM_line_strp:
        section = &units->line_strings;
        break;
    case DW_FORM_GNU_strp_alt:
    case DW_FORM_strp_sup:
        section = units->alternate ? &units->alternate->strings : NULL;
        break;
    default:
        pc_form_pass(&unit->form, c, form);
        return NULL;
    }
    uint64_t offset = pc_cursor_uint(c, unit->form.offset_size);
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
        pc_form_pass(&unit->form, c, form);
        return false;
    }
    value = size ? pc_cursor_uint(c, size) : pc_cursor_number(c);
    *ret_alternate = form == DW_FORM_GNU_ref_alt || form == DW_FORM_ref_sup4 || form == DW_FORM_ref_sup8;
    return !c->failed && !__builtin_add_overflow(base, value, ret_offset);
}

/* ---- DIEs ---- */

typedef struct die {
    const char *name;
    uint64_t sibling, import, string_base;
    bool has_import, import_is_alternate;
} die;

/* The attributes of one DIE, of which those count that have steps of their own. only_sibling: the others do not count, either. */
static void read_die(const pc_units *units, const pc_unit *unit, const pc_abbreviations *t, const pc_abbreviation *a, pc_cursor *c, bool only_sibling,
                     die *ret)
{
    bool is_alternate;
    die d = {0};
    const pc_step *first = a->count ? t->steps + a->first : NULL; /* there may be no steps at all */
    for (const pc_step *s = first, *end = first ? first + a->count : NULL; s < end && !c->failed; s++) {
        switch (s->kind) {
        case PC_STEP_SKIP:
            pc_cursor_skip(c, s->bytes);
            break;
        case PC_STEP_NAME:
            if (only_sibling)
                pc_form_pass(&unit->form, c, s->form);
            else
                d.name = read_string(units, unit, c, s->form);
            break;
        case PC_STEP_SIBLING:
            if (!read_reference(unit, c, s->form, s->bytes, &d.sibling, &is_alternate) || is_alternate)
                d.sibling = 0;
            else if (only_sibling)
                s = end - 1; /* the rest is passed over with the children */
            break;
        case PC_STEP_IMPORT:
            d.has_import = read_reference(unit, c, s->form, s->bytes, &d.import, &d.import_is_alternate);
            break;
        case PC_STEP_STRING_BASE:
            if (s->bytes <= 8)
                d.string_base = pc_cursor_uint(c, s->bytes);
            else
                pc_form_pass(&unit->form, c, s->form);
            break;
        default:
            pc_form_pass(&unit->form, c, s->form);
        }
    }
    *ret = d;
}

/* From the unit's own DIE to its end. */
static pc_cursor begin(const pc_units *units, const pc_unit *unit)
{
    pc_cursor c = pc_cursor_at(&units->info, unit->root);
    c.left = (size_t)(unit->end - unit->root);
    return c;
}

/* What a name is to whoever asks. The same names are in nearly every unit, at the same place of .debug_str. */
static inline int judge_at(pc_units *units, uint64_t offset, const char **ret_name)
{
    pc_judgement *known = &units->known[offset % PC_ARRAY_SIZE(units->known)];
    const char *name = string_at(&units->strings, offset);
    *ret_name = name;
    if (!name)
        return 0;
    if (!known->is_known || known->offset != offset)
        *known = (pc_judgement){.is_known = true, .offset = offset, .mark = units->judge(units->context, name, strlen(name))};
    return known->mark;
}

static void add_die(pc_unit *unit, const pc_unit_die *found)
{
    unit->dies = pc_grow(unit->dies, unit->count, &unit->capacity, sizeof(*unit->dies));
    unit->dies[unit->count++] = *found;
}

/* Whether it is one that counts, and no import. */
static bool consider(pc_units *units, pc_unit *unit, const pc_abbreviation *a, const die *d, uint64_t offset)
{
    pc_unit_die found = {.offset = offset, .name = d->name};
    if (a->is_import) {
        found = (pc_unit_die){.offset = d->import, .is_import = true, .is_alternate = d->import_is_alternate};
        if (d->has_import)
            add_die(unit, &found);
        return false;
    }
    found.mark = d->name ? units->judge(units->context, d->name, strlen(d->name)) : 0;
    if (d->name ? !found.mark : !a->refers)
        return false;
    add_die(unit, &found);
    return true;
}

/* To the sibling of a DIE that has children; NULL: there is none that could be one. */
static const uint8_t *sibling_of(const pc_units *units, const pc_unit *unit, const uint8_t *die_at, uint64_t offset)
{
    return offset > (uint64_t)(die_at - units->info.at) && offset < unit->end ? units->info.at + offset : NULL;
}

/* From one DIE to what follows it, or its children; NULL: it is damaged. */
static const uint8_t *read_other(pc_units *units, pc_unit *unit, const pc_abbreviation *a, const uint8_t *p, const uint8_t *die_at, bool counts,
                                 bool *ret_found)
{
    die d;
    pc_cursor c = pc_cursor_over(p, (size_t)(units->info.at + unit->end - p), units->info.big_endian);
    read_die(units, unit, &units->table, a, &c, a->has_children && !counts, &d);
    if (c.failed)
        return NULL;
    *ret_found = counts && consider(units, unit, a, &d, (uint64_t)(die_at - units->info.at));
    if (!a->has_children)
        return c.at;
    if (d.sibling)
        return sibling_of(units, unit, die_at, d.sibling);
    unit->depth++;
    return c.at;
}

/* The same of a simple one. */
static inline const uint8_t *read_simple(pc_units *units, pc_unit *unit, const pc_abbreviation *a, const uint8_t *p, const uint8_t *die_at,
                                         bool counts, bool *ret_found)
{
    bool big_endian = units->info.big_endian;
    if (a->reach > (uint64_t)(units->info.at + unit->end - p))
        return NULL;
    if (counts && a->name_at != PC_FORM_VARIABLE) {
        pc_unit_die found = {.offset = (uint64_t)(die_at - units->info.at)};
        found.mark = judge_at(units, pc_load_uint(p + a->name_at, unit->form.offset_size, big_endian), &found.name);
        *ret_found = found.mark || (!found.name && a->refers);
        if (*ret_found)
            add_die(unit, &found);
    }
    return a->has_children ? sibling_of(units, unit, die_at, unit->begin + pc_load_uint(p + a->sibling_at, 4, big_endian)) : p + a->size;
}

/* Reads on, to the next type of a wanted name at most. */
static void read_on(pc_units *units, pc_unit *unit)
{
    const uint8_t *p = units->info.at + unit->next, *end = units->info.at + unit->end;
    bool found = false;
    pc_abbreviations_open(&units->table, &units->abbreviation, unit->abbreviations, &unit->form);
    while (p && !found && p < end && units->dies_left && units->dies_left-- && unit->count < PC_LIMIT_UNIT_DIES && !pc_is_stopped()) {
        const uint8_t *die_at = p;
        uint64_t code = *p++;
        if (code & 0x80) {
            pc_cursor c = pc_cursor_over(die_at, (size_t)(end - die_at), false);
            code = pc_cursor_number(&c);
            p = c.at;
        }
        if (!code) {
            if (!unit->depth--)
                break;
            continue;
        }
        const pc_abbreviation *a = pc_abbreviations_get(&units->table, code);
        if (!a)
            break;
        bool counts = a->is_candidate && !unit->depth;
        p = a->is_simple ? read_simple(units, unit, a, p, die_at, counts, &found) : read_other(units, unit, a, p, die_at, counts, &found);
    }
    if (found && p)
        unit->next = (uint64_t)(p - units->info.at);
    else
        unit->is_read = true;
}

/* To the first of the DIEs below its own. */
static void begin_to_read(pc_units *units, pc_unit *unit)
{
    die d;
    pc_cursor c = begin(units, unit);
    uint64_t code = pc_cursor_number(&c);
    unit->is_begun = unit->is_read = true;
    pc_abbreviations_open(&units->table, &units->abbreviation, unit->abbreviations, &unit->form);
    const pc_abbreviation *a = code ? pc_abbreviations_get(&units->table, code) : NULL;
    if (!a || !a->has_children)
        return;
    read_die(units, unit, &units->table, a, &c, false, &d);
    unit->is_read = c.failed;
    unit->next = (uint64_t)(c.at - units->info.at);
}

const pc_unit_die *pc_units_die(pc_units *units, pc_unit *unit, size_t index)
{
    if (!unit->is_begun)
        begin_to_read(units, unit);
    while (index >= unit->count && !unit->is_read)
        read_on(units, unit);
    return index < unit->count ? &unit->dies[index] : NULL;
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
        {".debug_names", &units->names},
    };
    for (size_t i = 0; i < PC_ARRAY_SIZE(wanted); i++)
        *wanted[i].cursor = pc_cursor_over(NULL, 0, big_endian);
    if (elf_getshdrstrndx(elf, &strings))
        return;
    for (Elf_Scn *section = NULL; (section = elf_nextscn(elf, section));) {
        GElf_Shdr header;
        const char *name = gelf_getshdr(section, &header) && header.sh_type != SHT_NOBITS && !(header.sh_flags & SHF_COMPRESSED) ? elf_strptr(elf, strings, header.sh_name) : NULL;
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
    pc_cursor c = pc_cursor_at(&units->info, begin);
    pc_unit u = {.begin = begin, .form = {.offset_size = 4}};
    unsigned type = DW_UT_compile;
    uint64_t length = pc_cursor_uint(&c, 4);
    if (length == UINT32_MAX) {
        u.form.offset_size = 8;
        length = pc_cursor_uint(&c, 8);
    } else if (length >= 0xfffffff0) {
        return false;
    }
    if (c.failed || length > c.left)
        return false;
    u.end = (uint64_t)(c.at - units->info.at) + length;
    u.form.version = (unsigned)pc_cursor_uint(&c, 2);
    if (u.form.version < 2 || u.form.version > 5)
        return false;
    if (u.form.version == 5) {
        type = (unsigned)pc_cursor_uint(&c, 1);
        u.form.address_size = (unsigned)pc_cursor_uint(&c, 1);
    }
    u.abbreviations = pc_cursor_uint(&c, u.form.offset_size);
    if (u.form.version < 5)
        u.form.address_size = (unsigned)pc_cursor_uint(&c, 1);
    if (type == DW_UT_skeleton || type == DW_UT_split_compile)
        pc_cursor_skip(&c, 8); /* an id */
    else if (type == DW_UT_type || type == DW_UT_split_type)
        pc_cursor_skip(&c, 8 + u.form.offset_size); /* a signature, and where the type is */
    u.root = (uint64_t)(c.at - units->info.at);
    u.is_compile = type == DW_UT_compile;
    u.string_base = u.form.offset_size == 8 ? 16 : 8; /* behind the first header, where nothing else is said */
    *ret = u;
    return !c.failed && u.root <= u.end && (u.form.address_size == 4 || u.form.address_size == 8);
}

/* What a compile unit's own DIE says of it. Most units are not read, and their tables neither: only this abbreviation is. */
static void read_root(const pc_units *units, pc_unit *unit, pc_abbreviations *scratch)
{
    pc_cursor c = begin(units, unit);
    uint64_t code = pc_cursor_number(&c);
    const pc_abbreviation *a = code ? pc_abbreviations_only(scratch, &units->abbreviation, unit->abbreviations, &unit->form, code) : NULL;
    unit->is_compile = a && a->tag == DW_TAG_compile_unit;
    if (!unit->is_compile)
        return;
    die d;
    pc_cursor again = c;
    read_die(units, unit, scratch, a, &c, false, &d);
    if (d.string_base) {
        unit->string_base = d.string_base;
        read_die(units, unit, scratch, a, &again, false, &d); /* its name may have come before that */
    }
    const char *slash = d.name ? strrchr(d.name, '/') : NULL;
    unit->name = slash ? slash + 1 : d.name;
}

void pc_units_open(pc_units *units, Elf *elf, const pc_units *alternate, pc_judge *judge, const void *context)
{
    *units = (pc_units){.alternate = alternate, .judge = judge, .context = context, .dies_left = PC_LIMIT_DIES};
    find_sections(units, elf);
    pc_unit unit;
    pc_abbreviations scratch = {0};
    for (uint64_t begin = 0; begin < units->info.left && !pc_is_stopped() && read_header(units, begin, &unit); begin = unit.end) {
        if (unit.is_compile)
            read_root(units, &unit, &scratch);
        units->items = pc_grow(units->items, units->count, &units->capacity, sizeof(unit));
        units->items[units->count++] = unit;
    }
    pc_abbreviations_deinit(&scratch);
}

void pc_units_close(pc_units *units)
{
    for (size_t i = 0; i < units->count; i++)
        free(units->items[i].dies);
    free(units->items);
    pc_abbreviations_deinit(&units->table);
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
