#include "layout/dwarf.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/map.h"
#include "base/shared_library.h"
#include "base/stop.h"
#include "layout/index.h"
#include "layout/units.h"

#define LIBDW(F) \
    F(dwarf_, attr_integrate) F(dwarf_, begin_elf) F(dwarf_, bytesize) F(dwarf_, child) F(dwarf_, diename) F(dwarf_, end) \
    F(dwarf_, errmsg) F(dwarf_, formref_die) F(dwarf_, formudata) F(dwarf_, hasattr) F(dwarf_, offdie) F(dwarf_, setalt) \
    F(dwarf_, siblingof) F(dwarf_, tag)
static PC_LIBRARY(LIBDW) libdw PC_LIBRARY_LINKED(LIBDW);
PC_LIBRARY_LOADER(load_libdw, libdw, "libdw.so.1", LIBDW)

/* A struct's name, or a source file where it is looked for. */
typedef struct word {
    const char *text;
    size_t length;
    pc_struct_id id;
    int next, same; /* of its bucket; of the same text, which only the first of them is in a bucket for. -1: no more */
} word;

#define BUCKETS 512
#define NAME_SIZE 64 /* of fields.def's */

typedef struct words {
    int buckets[BUCKETS];
    word items[PC_STRUCT_COUNT * 4];
    size_t count;
} words;

typedef struct kept_member {
    Dwarf_Die die;
    const char *name; /* NULL: it has none */
    bool is_member;
} kept_member;

/* Those of the struct whose fields are asked for, as far as that went: by one name after the other. */
typedef struct members {
    void *of; /* which DIE's */
    kept_member items[PC_LIMIT_KEPT_MEMBERS];
    size_t count;
    bool is_complete;
} members;

struct pc_dwarf {
    Dwarf *dwarf, *alternate;
    char *path;
    bool big_endian;
    pc_units units, alternate_units;
    pc_index index;
    words names, sources; /* of all modules: what is read of a unit for one is there for the next */
    members members;
};

typedef struct search {
    pc_dwarf *of;
    pc_layout *layout;
    pc_layout_module module;
    bool big_endian;
    uint64_t dies_left;
    bool found[PC_STRUCT_COUNT], wanted[PC_STRUCT_COUNT]; /* at all; where the search has come to */
    size_t found_count, wanted_count;
} search;

static unsigned word_hash(const char *text, size_t length)
{
    unsigned h = 5381;
    for (size_t i = 0; i < length; i++)
        h = h * 33 + (unsigned char)text[i];
    return h % BUCKETS;
}

/* -1: none of them */
static int find_word(const words *w, const char *text, size_t length)
{
    int at = w->buckets[word_hash(text, length)];
    while (at >= 0 && (w->items[at].length != length || memcmp(w->items[at].text, text, length)))
        at = w->items[at].next;
    return at;
}

static void add_words(words *w, const char *list, pc_struct_id id)
{
    while (*list && w->count < PC_ARRAY_SIZE(w->items)) {
        size_t n = strcspn(list, "|");
        unsigned h = word_hash(list, n);
        int first = find_word(w, list, n), *link = first < 0 ? &w->buckets[h] : &w->items[first].same;
        w->items[w->count] = (word){.text = list, .length = n, .id = id, .next = -1, .same = -1};
        *(first < 0 ? &w->items[w->count].next : &w->items[w->count].same) = *link;
        *link = (int)w->count++;
        list += n + (list[n] == '|');
    }
}

static void add_all_words(pc_dwarf *d)
{
    for (size_t i = 0; i < BUCKETS; i++)
        d->names.buckets[i] = d->sources.buckets[i] = -1;
    for (size_t i = 0; i < PC_STRUCT_COUNT; i++) {
        add_words(&d->names, pc_struct_definitions[i].names, (pc_struct_id)i);
        add_words(&d->sources, pc_struct_definitions[i].units, (pc_struct_id)i);
    }
}

/* A wanted name's place among them, counted from 1. */
static int judge_name(const void *context, const char *name, size_t length)
{
    return find_word(context, name, length) + 1;
}

/* Through typedefs and qualifiers to what they name. */
static bool peel(Dwarf_Die *die, Dwarf_Die *ret)
{
    Dwarf_Die current = *die;
    for (int i = 0; i < PC_LIMIT_TYPE_CHAIN; i++) {
        int tag = libdw.tag(&current);
        if (tag != DW_TAG_typedef && tag != DW_TAG_const_type && tag != DW_TAG_volatile_type && tag != DW_TAG_atomic_type &&
            tag != DW_TAG_restrict_type) {
            *ret = current;
            return true;
        }
        Dwarf_Attribute attribute;
        Dwarf_Die next;
        if (!libdw.attr_integrate(&current, DW_AT_type, &attribute) || !libdw.formref_die(&attribute, &next))
            return false;
        current = next;
    }
    return false;
}

static bool type_of(Dwarf_Die *member, Dwarf_Die *ret)
{
    Dwarf_Attribute attribute;
    Dwarf_Die type;
    return libdw.attr_integrate(member, DW_AT_type, &attribute) && libdw.formref_die(&attribute, &type) && peel(&type, ret);
}

static bool unsigned_attribute(Dwarf_Die *die, unsigned name, Dwarf_Word *ret)
{
    Dwarf_Attribute attribute;
    return libdw.attr_integrate(die, name, &attribute) && !libdw.formudata(&attribute, ret);
}

typedef struct member_place {
    uint64_t offset; /* bytes from the outermost struct */
    bool is_bits;
    uint64_t bit_offset; /* from the outermost struct, as DW_AT_data_bit_offset counts */
    unsigned bits;
    Dwarf_Die type;
} member_place;

static bool is_aggregate(Dwarf_Die *die)
{
    int tag = libdw.tag(die);
    return tag == DW_TAG_structure_type || tag == DW_TAG_union_type;
}

static bool place_member(search *s, Dwarf_Die *member, uint64_t base, member_place *ret)
{
    member_place place = {.offset = base};
    Dwarf_Word value, bits;
    if (!type_of(member, &place.type))
        return false;
    if (unsigned_attribute(member, DW_AT_data_member_location, &value))
        place.offset += value; /* a union's members have none */
    if (unsigned_attribute(member, DW_AT_bit_size, &bits)) {
        Dwarf_Word storage, from_left;
        if (!bits || bits > 64)
            return false;
        place.is_bits = true;
        place.bits = (unsigned)bits;
        if (unsigned_attribute(member, DW_AT_data_bit_offset, &value)) {
            place.bit_offset = base * 8 + value; /* DWARF 4 */
        } else if (unsigned_attribute(member, DW_AT_bit_offset, &from_left)) {
            /* DWARF 2: counted from the storage unit's most significant bit */
            int size = libdw.bytesize(&place.type);
            storage = unsigned_attribute(member, DW_AT_byte_size, &value) ? value : size > 0 ? (Dwarf_Word)size : 4;
            if (from_left + bits > storage * 8)
                return false;
            place.bit_offset = place.offset * 8 + (s->big_endian ? from_left : storage * 8 - from_left - bits);
        } else {
            place.bit_offset = place.offset * 8;
        }
    }
    *ret = place;
    return true;
}

/* The next one; false: there is none, or too much has been read. */
static bool read_member(search *s, Dwarf_Die *aggregate, kept_member *last, kept_member *ret)
{
    kept_member m = {.name = NULL};
    if (last ? libdw.siblingof(&last->die, &m.die) : libdw.child(aggregate, &m.die))
        return false;
    if (!s->dies_left || !s->dies_left--)
        return false;
    m.is_member = libdw.tag(&m.die) == DW_TAG_member;
    const char *name = m.is_member ? libdw.diename(&m.die) : NULL;
    m.name = name && *name ? name : NULL;
    *ret = m;
    return true;
}

/* The one of that number; last: the one before it. Kept or in scratch; NULL: there is none. */
static kept_member *member_at(search *s, Dwarf_Die *aggregate, size_t number, kept_member *last, kept_member *scratch)
{
    members *kept = aggregate->addr == s->of->members.of ? &s->of->members : NULL;
    if (kept && number < kept->count)
        return &kept->items[number];
    bool keeps = kept && number == kept->count && number < PC_ARRAY_SIZE(kept->items);
    kept_member *ret = keeps ? &kept->items[number] : scratch;
    if ((kept && kept->is_complete) || !read_member(s, aggregate, last, ret)) {
        if (keeps)
            kept->is_complete = true;
        return NULL;
    }
    if (keeps)
        kept->count++;
    return ret;
}

/* The member of that name in the aggregate, or in its anonymous members. */
static bool find_member(search *s, Dwarf_Die *aggregate, uint64_t base, const char *name, size_t length, int depth, member_place *ret)
{
    kept_member scratch, *m = NULL;
    member_place place;
    for (size_t i = 0; depth <= 8 && (m = member_at(s, aggregate, i, m, &scratch)); i++) {
        if (!m->is_member)
            continue;
        if (m->name) {
            if (strlen(m->name) == length && !memcmp(m->name, name, length))
                return place_member(s, &m->die, base, ret);
        } else if (place_member(s, &m->die, base, &place) && is_aggregate(&place.type) &&
                   find_member(s, &place.type, place.offset, name, length, depth + 1, ret)) {
            return true;
        }
    }
    return false;
}

static bool find_path(search *s, Dwarf_Die *aggregate, const char *path, size_t length, member_place *ret)
{
    Dwarf_Die current = *aggregate;
    uint64_t base = 0;
    for (;;) {
        const char *dot = memchr(path, '.', length);
        size_t n = dot ? (size_t)(dot - path) : length;
        member_place place;
        if (!find_member(s, &current, base, path, n, 0, &place))
            return false;
        if (!dot) {
            *ret = place;
            return true;
        }
        path += n + 1;
        length -= n + 1;
        base = place.offset;
        current = place.type;
        if (!is_aggregate(&current))
            return false;
    }
}

static void set_field(search *s, pc_field field, const char *path, size_t length, const member_place *place)
{
    pc_field_place *out = &s->layout->fields[field];
    Dwarf_Die type = place->type;
    int size = libdw.bytesize(&type);
    uint64_t offset = place->offset;
    pc_field_place result = {.source = PC_SOURCE_DWARF, .path = path, .path_length = length};
    pc_field_kind kind = pc_field_definitions[field].kind;
    if (place->is_bits) {
        unsigned in_byte = (unsigned)(place->bit_offset % 8);
        offset = place->bit_offset / 8;
        size = (int)((in_byte + place->bits + 7) / 8);
        result.bits = (uint8_t)place->bits;
        result.shift = (uint8_t)(s->big_endian ? (unsigned)size * 8 - in_byte - place->bits : in_byte);
    } else if (libdw.tag(&type) == DW_TAG_pointer_type && size < 0) {
        size = 8;
    }
    bool whole = kind == PC_KIND_EMBEDDED || (size > 0 && size <= 8);
    /* a member of that name with another nature is not the field that is meant */
    if (kind == PC_KIND_POINTER && libdw.tag(&type) != DW_TAG_pointer_type && !is_aggregate(&type) && size != 8 && size != 4)
        whole = false;
    if (!whole || offset > UINT32_MAX)
        return;
    result.offset = (uint32_t)offset;
    result.size = size > 0 ? (uint32_t)size : 0;
    *out = result;
}

static void resolve_struct(search *s, pc_struct_id id, Dwarf_Die *type)
{
    int size = libdw.bytesize(type);
    s->found[id] = true;
    s->found_count++;
    s->wanted[id] = false;
    s->wanted_count--;
    s->layout->structs[id] = (pc_struct_place){.source = PC_SOURCE_DWARF, .size = size > 0 ? (uint32_t)size : 0};
    if (!is_aggregate(type))
        return;
    s->of->members.of = type->addr;
    s->of->members.count = 0;
    s->of->members.is_complete = false;
    for (size_t i = 0; i < PC_FIELD_COUNT; i++) {
        if (pc_field_definitions[i].owner != id)
            continue;
        for (const char *p = pc_field_definitions[i].path; *p;) {
            size_t n = strcspn(p, "|");
            member_place place;
            if (find_path(s, type, p, n, &place)) {
                set_field(s, (pc_field)i, p, n, &place);
                break;
            }
            p += n + (p[n] == '|');
        }
    }
}

/* Whether a DIE names one of the structs; the first definition of each counts. */
static void look_at(search *s, Dwarf *dwarf, const pc_unit_die *found)
{
    Dwarf_Die die, type;
    const words *names = &s->of->names;
    int at = found->mark - 1;
    bool is_open = false;
    if (!found->name) {
        const char *name = (is_open = libdw.offdie(dwarf, found->offset, &die)) ? libdw.diename(&die) : NULL;
        at = name ? find_word(names, name, strlen(name)) : -1;
    }
    for (; at >= 0; at = names->items[at].same) {
        pc_struct_id id = names->items[at].id;
        if (!s->wanted[id])
            continue;
        if (!is_open && !(is_open = libdw.offdie(dwarf, found->offset, &die)))
            return;
        if (!peel(&die, &type) || libdw.hasattr(&type, DW_AT_declaration))
            continue;
        resolve_struct(s, id, &type);
    }
}

/* To where all that is wanted has been found. What dwz has found in several units is in a partial unit that they import, of this file
 * or of the supplement. */
static void search_unit(search *s, bool is_alternate, pc_unit *unit, pc_map *imported, int depth)
{
    pc_dwarf *d = s->of;
    pc_units *units = is_alternate ? &d->alternate_units : &d->units;
    const pc_unit_die *die;
    for (size_t i = 0; s->wanted_count && (die = pc_units_die(units, unit, i)); i++) {
        if (!s->dies_left || !s->dies_left-- || pc_is_stopped())
            return;
        if (!die->is_import) {
            look_at(s, is_alternate ? d->alternate : d->dwarf, die);
            continue;
        }
        bool leads_out = is_alternate || die->is_alternate;
        pc_unit *target = pc_units_at(leads_out ? &d->alternate_units : &d->units, die->offset);
        if (target && depth < PC_LIMIT_IMPORT_DEPTH && pc_map_add(imported, (uintptr_t)target))
            search_unit(s, leads_out, target, imported, depth + 1);
    }
}

/* Those DIEs of the unit that an index has for one of a struct's names, by where they are: the first definition counts. */
static size_t ask_index(search *s, const pc_index_table *table, uint32_t number, const char *list, uint64_t found[PC_INDEX_FOUND])
{
    char name[NAME_SIZE];
    size_t count = 0;
    while (*list) {
        size_t n = strcspn(list, "|");
        uint64_t more[PC_INDEX_FOUND];
        if (n >= sizeof(name))
            return 0;
        memcpy(name, list, n);
        name[n] = 0;
        size_t more_count = pc_index_find(&s->of->index, table, number, name, more);
        for (size_t i = 0; i < more_count && count < PC_INDEX_FOUND; i++) {
            size_t at = count++;
            for (; at && found[at - 1] > more[i]; at--)
                found[at] = found[at - 1];
            found[at] = more[i];
        }
        list += n + (list[n] == '|');
    }
    return count;
}

/* What an index leads to is looked at as if it had been found by reading; what it does not know is read then. */
static void look_by_index(search *s, const pc_unit *unit)
{
    uint32_t number;
    const pc_index_table *table = pc_index_of(&s->of->index, unit->begin, &number);
    for (size_t id = 0; table && s->wanted_count && id < PC_STRUCT_COUNT && !pc_is_stopped(); id++) {
        uint64_t found[PC_INDEX_FOUND];
        size_t count = s->wanted[id] ? ask_index(s, table, number, pc_struct_definitions[id].names, found) : 0;
        for (size_t i = 0; i < count && s->wanted[id]; i++) {
            Dwarf_Die die;
            const pc_unit_die at = {.offset = unit->begin + found[i]};
            if (found[i] >= unit->end - unit->begin || at.offset <= unit->root || !libdw.offdie(s->of->dwarf, at.offset, &die))
                continue;
            int tag = libdw.tag(&die);
            if (tag == DW_TAG_structure_type || tag == DW_TAG_typedef)
                look_at(s, s->of->dwarf, &at);
        }
    }
}

/* What is still looked for and may be in the unit of that source file's name, without folders; NULL: in any. */
static size_t want(search *s, const char *source)
{
    const words *sources = &s->of->sources;
    int at = source ? find_word(sources, source, strlen(source)) : -1;
    s->wanted_count = 0;
    if (source && at < 0)
        return 0;
    for (size_t i = 0; i < PC_STRUCT_COUNT; i++) {
        s->wanted[i] = !source && pc_struct_definitions[i].module == s->module && !s->found[i];
        s->wanted_count += s->wanted[i];
    }
    for (; at >= 0; at = sources->items[at].same) {
        pc_struct_id id = sources->items[at].id;
        if (pc_struct_definitions[id].module != s->module || s->found[id] || s->wanted[id])
            continue;
        s->wanted[id] = true;
        s->wanted_count++;
    }
    return s->wanted_count;
}

static bool lacks_required(const search *s)
{
    for (size_t i = 0; i < PC_FIELD_COUNT; i++)
        if (pc_field_definitions[i].required && pc_struct_definitions[pc_field_definitions[i].owner].module == s->module &&
            !s->found[pc_field_definitions[i].owner])
            return true;
    return false;
}

static void search_units(search *s, bool everywhere)
{
    pc_units *units = &s->of->units;
    pc_map imported; /* of the unit that is searched; all units together where it does not matter which */
    pc_map_init(&imported);
    for (size_t i = 0; i < units->count && !pc_is_stopped(); i++) {
        pc_unit *unit = &units->items[i];
        if (!unit->is_compile || (!everywhere && !unit->name) || !want(s, everywhere ? NULL : unit->name))
            continue;
        if (!everywhere)
            look_by_index(s, unit);
        search_unit(s, false, unit, &imported, 0);
        if (!everywhere) {
            pc_map_deinit(&imported);
            pc_map_init(&imported);
        }
    }
    pc_map_deinit(&imported);
}

/* Whether a damaged file asks for more memory than any debug information. */
static bool inflates_too_much(Elf *elf)
{
    uint64_t sum = 0;
    for (Elf_Scn *section = NULL; (section = elf_nextscn(elf, section));) {
        GElf_Shdr header;
        GElf_Chdr compressed;
        if (!gelf_getshdr(section, &header) || !(header.sh_flags & SHF_COMPRESSED) || header.sh_type == SHT_NOBITS ||
            !gelf_getchdr(section, &compressed))
            continue;
        if (__builtin_add_overflow(sum, compressed.ch_size, &sum) || sum > PC_LIMIT_INFLATED)
            return true;
    }
    return false;
}

static bool is_in(const char *const *list, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (!strcmp(list[i], name))
            return true;
    return false;
}

/* Only these pages: what is private and writable counts as memory of ours (RLIMIT_DATA), however large the file is. */
static bool make_headers_writable(Elf *elf)
{
    size_t size = 0, count = 0;
    GElf_Ehdr header;
    char *file = elf_rawfile(elf, &size);
    size_t entry = gelf_fsize(elf, ELF_T_SHDR, 1, EV_CURRENT); /* as libelf counts, whatever e_shentsize says */
    if (!file || !entry || !gelf_getehdr(elf, &header) || elf_getshdrnum(elf, &count) || header.e_shoff >= size)
        return false;
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), begin = (uintptr_t)file + header.e_shoff, end = (uintptr_t)file + size;
    uintptr_t wanted = count < size / entry ? begin + count * entry : end;
    begin &= ~(page - 1);
    return !mprotect((void *)begin, (wanted < end ? wanted : end) - begin, PROT_READ | PROT_WRITE);
}

/* libdw inflates every compressed .debug_ section that it knows when it opens a file. Types need three of them; the others
 * are most of the bytes, so they are shown to it as having none. And it must not find the link to a supplement: it would open
 * whatever file that names, without asking anybody; dwarf_setalt() gives it the one that we have found. Only our private copy
 * of the headers changes. */
static bool hide_sections(Elf *elf)
{
    static const char *const unused[] = {".debug_line", ".debug_loc", ".debug_loclists", ".debug_ranges", ".debug_rnglists",
                                         ".debug_aranges", ".debug_macro", ".debug_macinfo", ".debug_frame"};
    static const char *const links[] = {".gnu_debugaltlink", ".debug_sup"};
    size_t strings;
    bool writable = false;
    if (elf_getshdrstrndx(elf, &strings))
        return true;
    for (Elf_Scn *section = NULL; (section = elf_nextscn(elf, section));) {
        GElf_Shdr header;
        const char *name = gelf_getshdr(section, &header) ? elf_strptr(elf, strings, header.sh_name) : NULL;
        if (!name)
            continue;
        bool links_out = is_in(links, PC_ARRAY_SIZE(links), name);
        /* .zdebug_: compressed in another way, which nobody writes any more */
        bool is_compressed = header.sh_flags & SHF_COMPRESSED;
        bool is_hidden = links_out || !strncmp(name, ".zdebug_", 8) || (is_compressed && is_in(unused, PC_ARRAY_SIZE(unused), name));
        /* libelf changes the header of what it inflates */
        if ((is_hidden || is_compressed) && !writable && !(writable = make_headers_writable(elf)))
            return false;
        if (is_hidden) {
            header.sh_type = SHT_NOBITS;
            gelf_update_shdr(section, &header);
        }
    }
    return true;
}

/* Opens a file's DWARF without letting libdw do more than read it. */
static pc_error *begin(Elf *elf, const char *path, Dwarf **ret_dwarf)
{
    if (!hide_sections(elf))
        return pc_error_create(PC_ERROR_IO, "%s: not read for want of memory", path);
    if (inflates_too_much(elf))
        return pc_error_create(PC_ERROR_LIMIT, "%s: its compressed debug information is too large", path);
    Dwarf *dwarf = libdw.begin_elf(elf, DWARF_C_READ, NULL);
    if (!dwarf)
        return pc_error_create(PC_ERROR_FORMAT, "%s: %s", path, libdw.errmsg(-1));
    *ret_dwarf = dwarf;
    return NULL;
}

void pc_dwarf_close(pc_dwarf *d)
{
    if (!d)
        return;
    pc_index_close(&d->index);
    pc_units_close(&d->units);
    pc_units_close(&d->alternate_units);
    libdw.end(d->dwarf);
    libdw.end(d->alternate);
    free(d->path);
    free(d);
}

pc_error *pc_dwarf_open(Elf *elf, Elf *supplement, const char *path, pc_dwarf **ret_dwarf)
{
    PC_AUTO_ERROR lacks_library = load_libdw();
    if (lacks_library)
        return pc_error_create(PC_ERROR_IO, "%s: its debug information is not read: %s", path, lacks_library->message);
    pc_dwarf *d = pc_malloc(sizeof(*d));
    *d = (pc_dwarf){.path = pc_strdup(path)};
    pc_error *error = begin(elf, path, &d->dwarf);
    if (!error && supplement)
        error = begin(supplement, path, &d->alternate);
    if (error) {
        pc_dwarf_close(d);
        return error;
    }
    if (d->alternate) {
        libdw.setalt(d->dwarf, d->alternate);
        pc_units_open(&d->alternate_units, supplement, NULL, judge_name, &d->names);
    }
    const char *ident = elf_getident(elf, NULL);
    d->big_endian = ident && ident[EI_DATA] == ELFDATA2MSB;
    add_all_words(d);
    pc_units_open(&d->units, elf, d->alternate ? &d->alternate_units : NULL, judge_name, &d->names);
    pc_index_open(&d->index, &d->units.names, &d->units.strings);
    *ret_dwarf = d;
    return NULL;
}

pc_error *pc_dwarf_layout(pc_dwarf *d, pc_layout_module module, pc_layout *layout)
{
    search s = {.of = d, .layout = layout, .module = module, .big_endian = d->big_endian, .dies_left = PC_LIMIT_DIES};
    search_units(&s, false);
    /* link-time optimisation may leave units without their names */
    if (lacks_required(&s))
        search_units(&s, true);
    if (!s.found_count)
        return pc_error_create(PC_ERROR_LAYOUT, "%s: its debug information does not have the structs", d->path);
    if (module == PC_MODULE_INTERPRETER && !layout->origin)
        layout->origin = pc_strdup(d->path);
    return NULL;
}

pc_error *pc_layout_from_dwarf(pc_layout *layout, pc_layout_module module, Elf *elf, Elf *supplement, const char *path)
{
    pc_dwarf *d;
    PC_TRY(pc_dwarf_open(elf, supplement, path, &d));
    pc_error *error = pc_dwarf_layout(d, module, layout);
    pc_dwarf_close(d);
    return error;
}

static void close_types(void *types)
{
    pc_dwarf_close(types);
}

pc_error *pc_layout_from_debug_file(pc_layout *layout, pc_layout_module module, pc_image *debug, const pc_search *where)
{
    pc_image *supplement;
    PC_TRY(pc_image_supplement(debug, where, &supplement));
    if (!debug->types) {
        pc_dwarf *d;
        PC_TRY(pc_dwarf_open(pc_image_elf(debug), supplement ? pc_image_elf(supplement) : NULL, debug->path, &d));
        debug->types = d;
        debug->close_types = close_types;
    }
    return pc_dwarf_layout(debug->types, module, layout);
}
