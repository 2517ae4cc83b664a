#include "layout/index.h"

#include <dwarf.h>
#include <stdlib.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/stop.h"
#include "layout/abbreviations.h"

/* Not in all versions of dwarf.h. */
enum { IDX_COMPILE_UNIT = 1, IDX_TYPE_UNIT, IDX_DIE_OFFSET, IDX_PARENT };

/* What the entries of one code have: attributes, whose forms tell how long they are. */
typedef struct pc_index_abbreviation {
    uint64_t code;
    pc_cursor attributes;
    bool is_type; /* of a struct or a typedef */
} pc_index_abbreviation;

/* ---- tables ---- */

static pc_cursor take(pc_cursor *c, uint64_t count, uint64_t size)
{
    pc_cursor part = *c;
    uint64_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes) || bytes > c->left) {
        c->failed = true;
        bytes = 0;
    }
    part.left = (size_t)bytes;
    pc_cursor_skip(c, (size_t)bytes);
    return part;
}

/* Whether one of a type tells where it is: an index may also say no more than in which units there is one. */
static bool read_abbreviations(pc_index_table *t)
{
    pc_cursor c = t->abbreviations;
    bool is_useful = false;
    uint64_t code;
    while ((code = pc_cursor_number(&c)) && !c.failed && t->count < PC_LIMIT_INDEX_ABBREVIATIONS) {
        pc_index_abbreviation a = {.code = code};
        uint64_t attribute, form;
        uint64_t tag = pc_cursor_number(&c);
        a.is_type = tag == DW_TAG_structure_type || tag == DW_TAG_typedef;
        a.attributes = c;
        do {
            attribute = pc_cursor_number(&c);
            form = pc_cursor_number(&c);
            is_useful |= a.is_type && attribute == IDX_DIE_OFFSET;
        } while ((attribute || form) && !c.failed);
        if (c.failed)
            break;
        a.attributes.left = (size_t)(c.at - a.attributes.at);
        t->items = pc_grow(t->items, t->count, &t->capacity, sizeof(*t->items));
        t->items[t->count++] = a;
    }
    return is_useful;
}

/* The table that begins at the cursor, which moves behind it; false: there is none that can be read. */
static bool read_table(pc_cursor *section, pc_index_table *ret)
{
    pc_index_table t = {.offset_size = 4};
    uint64_t length = pc_cursor_uint(section, 4);
    if (length == UINT32_MAX) {
        t.offset_size = 8;
        length = pc_cursor_uint(section, 8);
    }
    if (section->failed || length > section->left)
        return false;
    pc_cursor c = take(section, length, 1);
    if (pc_cursor_uint(&c, 2) != 5)
        return false;
    pc_cursor_skip(&c, 2); /* padding */
    t.unit_count = (uint32_t)pc_cursor_uint(&c, 4);
    uint64_t types = pc_cursor_uint(&c, 4), foreign = pc_cursor_uint(&c, 4);
    t.bucket_count = (uint32_t)pc_cursor_uint(&c, 4);
    t.name_count = (uint32_t)pc_cursor_uint(&c, 4);
    uint64_t abbreviations = pc_cursor_uint(&c, 4), augmentation = pc_cursor_uint(&c, 4);
    take(&c, (augmentation + 3) & ~UINT64_C(3), 1);
    t.units = take(&c, t.unit_count, t.offset_size);
    take(&c, types, t.offset_size);
    take(&c, foreign, 8);
    t.buckets = take(&c, t.bucket_count, 4);
    t.hashes = take(&c, t.bucket_count ? t.name_count : 0, 4);
    t.names = take(&c, t.name_count, t.offset_size);
    t.places = take(&c, t.name_count, t.offset_size);
    t.abbreviations = take(&c, abbreviations, 1);
    t.entries = c;
    *ret = t;
    return !c.failed;
}

void pc_index_open(pc_index *index, const pc_cursor *section, const pc_cursor *strings)
{
    pc_cursor c = *section;
    pc_index_table t;
    *index = (pc_index){.strings = *strings, .steps_left = PC_LIMIT_INDEX_STEPS};
    while (c.left && index->count < PC_LIMIT_INDEX_TABLES && !pc_is_stopped() && read_table(&c, &t)) {
        if (!read_abbreviations(&t)) {
            free(t.items);
            continue;
        }
        index->tables = pc_grow(index->tables, index->count, &index->capacity, sizeof(t));
        index->tables[index->count++] = t;
    }
}

void pc_index_close(pc_index *index)
{
    for (size_t i = 0; i < index->count; i++)
        free(index->tables[i].items);
    free(index->tables);
    *index = (pc_index){0};
}

/* The number at a place of an array that is all there. */
static uint64_t item(const pc_cursor *array, uint64_t place, unsigned size)
{
    return pc_load_uint(array->at + place * size, size, array->big_endian);
}

const pc_index_table *pc_index_of(pc_index *index, uint64_t unit, uint32_t *ret_number)
{
    for (size_t i = 0; i < index->count; i++) {
        const pc_index_table *t = &index->tables[i];
        for (uint32_t number = 0; number < t->unit_count && index->steps_left && index->steps_left--; number++)
            if (item(&t->units, number, t->offset_size) == unit) {
                *ret_number = number;
                return t;
            }
    }
    return NULL;
}

/* ---- names ---- */

/* Of a name without letters other than ASCII's. */
static uint32_t hash_of(const char *name)
{
    uint32_t h = 5381;
    for (; *name; name++)
        h = h * 33 + (unsigned char)(*name >= 'A' && *name <= 'Z' ? *name - 'A' + 'a' : *name);
    return h;
}

/* One entry; false: the last one was before it, or it cannot be read. */
static bool read_entry(const pc_index_table *t, pc_cursor *c, bool *ret_is_type, uint64_t *ret_unit, uint64_t *ret_die)
{
    const pc_unit_form form_of = {.version = 5, .address_size = 8, .offset_size = t->offset_size};
    uint64_t code = pc_cursor_number(c), unit = t->unit_count == 1 ? 0 : UINT64_MAX, die = UINT64_MAX;
    const pc_index_abbreviation *a = code && code <= t->count && t->items[code - 1].code == code ? &t->items[code - 1] : NULL;
    for (size_t i = 0; code && !a && i < t->count; i++)
        if (t->items[i].code == code)
            a = &t->items[i];
    if (!a || c->failed)
        return false;
    for (pc_cursor declared = a->attributes; declared.left;) {
        uint64_t attribute = pc_cursor_number(&declared), form = pc_cursor_number(&declared), value = 0;
        if (!attribute && !form)
            break;
        uint32_t size = form <= UINT16_MAX ? pc_form_size(&form_of, (unsigned)form) : PC_FORM_UNKNOWN;
        if (form == DW_FORM_udata || form == DW_FORM_ref_udata)
            value = pc_cursor_number(c);
        else if (size <= 8)
            value = size ? pc_cursor_uint(c, size) : 0;
        else
            return false;
        if (attribute == IDX_COMPILE_UNIT)
            unit = value;
        else if (attribute == IDX_DIE_OFFSET)
            die = value;
        else if (attribute == IDX_TYPE_UNIT || (attribute == IDX_PARENT && size))
            unit = die = UINT64_MAX - 1; /* of no compile unit, or in something else of it */
    }
    *ret_is_type = a->is_type;
    *ret_unit = unit;
    *ret_die = die;
    return !c->failed;
}

/* Of the name that has this number. */
static size_t find_in(pc_index *index, const pc_index_table *t, uint32_t number, uint32_t unit, uint64_t *found, size_t count)
{
    bool is_type;
    uint64_t of, die;
    pc_cursor c = pc_cursor_at(&t->entries, item(&t->places, number, t->offset_size));
    while (count < PC_INDEX_FOUND && index->steps_left && index->steps_left-- && read_entry(t, &c, &is_type, &of, &die))
        if (is_type && of == unit && die < UINT64_MAX - 1)
            found[count++] = die;
    return count;
}

size_t pc_index_find(pc_index *index, const pc_index_table *t, uint32_t unit, const char *name, uint64_t found[PC_INDEX_FOUND])
{
    if (!t->bucket_count)
        return 0; /* without hashes: nobody writes that, and all names would have to be compared */
    uint32_t hash = hash_of(name);
    uint64_t number = item(&t->buckets, hash % t->bucket_count, 4); /* counted from 1 */
    size_t count = 0;
    for (; number && number <= t->name_count && index->steps_left && index->steps_left--; number++) {
        uint32_t have = (uint32_t)item(&t->hashes, number - 1, 4);
        if (have % t->bucket_count != hash % t->bucket_count)
            break;
        uint64_t text = have == hash ? item(&t->names, number - 1, t->offset_size) : UINT64_MAX;
        if (text < index->strings.left && !strcmp((const char *)index->strings.at + text, name))
            count = find_in(index, t, (uint32_t)(number - 1), unit, found, count);
    }
    return count;
}
