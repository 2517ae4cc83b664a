/* Debug information made by hand: for byte orders, widths and versions of DWARF that no compiler here writes. */
#ifndef PC_TESTS_SYNTH_DWARF_H
#define PC_TESTS_SYNTH_DWARF_H

#include "tests/synth.h"

typedef struct synth_dwarf {
    synth_target target;
    unsigned version; /* of DWARF: 2 to 4 */
    synth_bytes info; /* of one compile unit */
    synth_bytes names, strings; /* .debug_names and .debug_str, where there is something in them */
} synth_dwarf;

void synth_dwarf_init(synth_dwarf *d, synth_target target, unsigned version, const char *unit);
void synth_dwarf_deinit(synth_dwarf *d);
/* Each returns a reference for the type of a member. name may be NULL for structs and unions. */
uint32_t synth_base_type(synth_dwarf *d, const char *name, unsigned size);
uint32_t synth_pointer_type(synth_dwarf *d);
uint32_t synth_typedef(synth_dwarf *d, const char *name, uint32_t type);
/* Makes a typedef name another type afterwards, itself for instance. */
void synth_typedef_to(synth_dwarf *d, uint32_t reference, uint32_t type);
uint32_t synth_declaration(synth_dwarf *d, const char *name);
uint32_t synth_struct_begin(synth_dwarf *d, const char *name, unsigned size);
uint32_t synth_union_begin(synth_dwarf *d, unsigned size);
void synth_end(synth_dwarf *d); /* of a struct, a union, the unit */
void synth_member(synth_dwarf *d, const char *name, uint32_t type, unsigned offset);
void synth_anonymous_member(synth_dwarf *d, uint32_t type, unsigned offset);
/* A bit field as DWARF 2 tells it (bits from the most significant end of its storage), and as DWARF 4 does (from the
 * beginning of the struct, in memory order). */
void synth_bits_2(synth_dwarf *d, const char *name, uint32_t type, unsigned storage, unsigned offset,
                  unsigned from_left, unsigned bits);
void synth_bits_4(synth_dwarf *d, const char *name, uint32_t type, unsigned bit_offset, unsigned bits);
/* An ELF file with it. */
void synth_dwarf_write(synth_dwarf *d, synth_bytes *bytes);

#endif
