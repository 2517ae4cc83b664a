#include "tests/synth_dwarf.h"

#include <dwarf.h>
#include <string.h>

/* The abbreviations, in the order of their numbers from 1 on: tag, children, then attributes and forms. */
enum { UNIT = 1, BASE, POINTER, TYPEDEF, DECLARATION, STRUCT, UNNAMED_STRUCT, UNION, MEMBER, UNNAMED_MEMBER, BITS_2,
      BITS_4 };

static const uint8_t abbreviations[] = {
    UNIT, DW_TAG_compile_unit, 1, DW_AT_name, DW_FORM_string, 0, 0,
    BASE, DW_TAG_base_type, 0, DW_AT_name, DW_FORM_string, DW_AT_byte_size, DW_FORM_data1, DW_AT_encoding,
        DW_FORM_data1, 0, 0,
    POINTER, DW_TAG_pointer_type, 0, DW_AT_byte_size, DW_FORM_data1, 0, 0,
    TYPEDEF, DW_TAG_typedef, 0, DW_AT_type, DW_FORM_ref4, DW_AT_name, DW_FORM_string, 0, 0,
    DECLARATION, DW_TAG_structure_type, 0, DW_AT_name, DW_FORM_string, DW_AT_declaration, DW_FORM_flag, 0, 0,
    STRUCT, DW_TAG_structure_type, 1, DW_AT_name, DW_FORM_string, DW_AT_byte_size, DW_FORM_data2, 0, 0,
    UNNAMED_STRUCT, DW_TAG_structure_type, 1, DW_AT_byte_size, DW_FORM_data2, 0, 0,
    UNION, DW_TAG_union_type, 1, DW_AT_byte_size, DW_FORM_data2, 0, 0,
    MEMBER, DW_TAG_member, 0, DW_AT_name, DW_FORM_string, DW_AT_type, DW_FORM_ref4, DW_AT_data_member_location,
        DW_FORM_data2, 0, 0,
    UNNAMED_MEMBER, DW_TAG_member, 0, DW_AT_type, DW_FORM_ref4, DW_AT_data_member_location, DW_FORM_data2, 0, 0,
    BITS_2, DW_TAG_member, 0, DW_AT_name, DW_FORM_string, DW_AT_type, DW_FORM_ref4, DW_AT_byte_size, DW_FORM_data1,
        DW_AT_bit_offset, DW_FORM_data1, DW_AT_bit_size, DW_FORM_data1, DW_AT_data_member_location, DW_FORM_data2, 0, 0,
    BITS_4, DW_TAG_member, 0, DW_AT_name, DW_FORM_string, DW_AT_type, DW_FORM_ref4, DW_AT_bit_size, DW_FORM_data1,
        DW_AT_data_bit_offset, DW_FORM_data2, 0, 0,
    0,
};

static uint32_t begin(synth_dwarf *d, uint8_t abbreviation)
{
    uint32_t reference = (uint32_t)d->info.size;
    synth_uint(&d->info, abbreviation, 1);
    return reference;
}

void synth_dwarf_init(synth_dwarf *d, synth_target target, unsigned version, const char *unit)
{
    *d = (synth_dwarf){.target = target, .version = version, .info = {.target = target}, .names = {.target = target}, .strings = {.target = target}};
    synth_uint(&d->info, 0, 4); /* the length, once it is known */
    synth_uint(&d->info, version, 2);
    synth_uint(&d->info, 0, 4);
    synth_uint(&d->info, target.bits / 8, 1);
    begin(d, UNIT);
    synth_text(&d->info, unit);
}

void synth_dwarf_deinit(synth_dwarf *d)
{
    synth_bytes_deinit(&d->info);
    synth_bytes_deinit(&d->names);
    synth_bytes_deinit(&d->strings);
}

uint32_t synth_base_type(synth_dwarf *d, const char *name, unsigned size)
{
    uint32_t reference = begin(d, BASE);
    synth_text(&d->info, name);
    synth_uint(&d->info, size, 1);
    synth_uint(&d->info, DW_ATE_unsigned, 1);
    return reference;
}

uint32_t synth_pointer_type(synth_dwarf *d)
{
    uint32_t reference = begin(d, POINTER);
    synth_uint(&d->info, d->target.bits / 8, 1);
    return reference;
}

uint32_t synth_typedef(synth_dwarf *d, const char *name, uint32_t type)
{
    uint32_t reference = begin(d, TYPEDEF);
    synth_uint(&d->info, type, 4);
    synth_text(&d->info, name);
    return reference;
}

void synth_typedef_to(synth_dwarf *d, uint32_t reference, uint32_t type)
{
    synth_patch(&d->info, reference + 1, type, 4);
}

uint32_t synth_declaration(synth_dwarf *d, const char *name)
{
    uint32_t reference = begin(d, DECLARATION);
    synth_text(&d->info, name);
    synth_uint(&d->info, 1, 1);
    return reference;
}

uint32_t synth_struct_begin(synth_dwarf *d, const char *name, unsigned size)
{
    uint32_t reference = begin(d, name ? STRUCT : UNNAMED_STRUCT);
    if (name)
        synth_text(&d->info, name);
    synth_uint(&d->info, size, 2);
    return reference;
}

uint32_t synth_union_begin(synth_dwarf *d, unsigned size)
{
    uint32_t reference = begin(d, UNION);
    synth_uint(&d->info, size, 2);
    return reference;
}

void synth_end(synth_dwarf *d)
{
    synth_uint(&d->info, 0, 1);
}

void synth_member(synth_dwarf *d, const char *name, uint32_t type, unsigned offset)
{
    begin(d, MEMBER);
    synth_text(&d->info, name);
    synth_uint(&d->info, type, 4);
    synth_uint(&d->info, offset, 2);
}

void synth_anonymous_member(synth_dwarf *d, uint32_t type, unsigned offset)
{
    begin(d, UNNAMED_MEMBER);
    synth_uint(&d->info, type, 4);
    synth_uint(&d->info, offset, 2);
}

void synth_bits_2(synth_dwarf *d, const char *name, uint32_t type, unsigned storage, unsigned offset,
                  unsigned from_left, unsigned bits)
{
    begin(d, BITS_2);
    synth_text(&d->info, name);
    synth_uint(&d->info, type, 4);
    synth_uint(&d->info, storage, 1);
    synth_uint(&d->info, from_left, 1);
    synth_uint(&d->info, bits, 1);
    synth_uint(&d->info, offset, 2);
}

void synth_bits_4(synth_dwarf *d, const char *name, uint32_t type, unsigned bit_offset, unsigned bits)
{
    begin(d, BITS_4);
    synth_text(&d->info, name);
    synth_uint(&d->info, type, 4);
    synth_uint(&d->info, bits, 1);
    synth_uint(&d->info, bit_offset, 2);
}

void synth_dwarf_write(synth_dwarf *d, synth_bytes *bytes)
{
    static const char names[] = "\0.debug_info\0.debug_abbrev\0.shstrtab\0.debug_names\0.debug_str";
    bool wide = d->target.bits == 64;
    size_t header = wide ? 64 : 52;
    const struct {
        uint32_t name, type;
        const void *data;
        size_t size;
    } sections[] = {
        {0, SHT_NULL, "", 0}, {1, SHT_PROGBITS, d->info.data, d->info.size},
        {13, SHT_PROGBITS, abbreviations, sizeof(abbreviations)}, {27, SHT_STRTAB, names, sizeof(names)},
        {37, SHT_PROGBITS, d->names.data, d->names.size}, {50, SHT_PROGBITS, d->strings.data, d->strings.size},
    };
    size_t count = PC_ARRAY_SIZE(sections) - (d->names.size ? 0 : 2);
    size_t at = header, total = header;
    synth_patch(&d->info, 0, d->info.size - 4, 4);
    for (size_t i = 0; i < count; i++)
        total += (sections[i].size + 7) / 8 * 8;
    synth_elf_header(bytes, ET_REL, 0, total, count, 3);
    for (size_t i = 0; i < count; i++) {
        while (bytes->size % 8 != header % 8)
            synth_uint(bytes, 0, 1);
        synth_raw(bytes, sections[i].data, sections[i].size);
    }
    while (bytes->size < total)
        synth_uint(bytes, 0, 1);
    for (size_t i = 0; i < count; i++) {
        synth_elf_section(bytes, sections[i].name, sections[i].type, i ? at : 0, sections[i].size, 0, 0, 1, 0);
        at += (sections[i].size + 7) / 8 * 8;
    }
}
