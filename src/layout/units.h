/* A quick look over a file's DWARF: its compile units by name, and in a unit those DIEs right below its own that may define what is
 * wanted. libdw reads each DIE with all its attributes; most of them are only to be passed over here, and abbreviations that were
 * read once say how far. What is found is only where to look: libdw reads it then. Nothing of a damaged file is an error: what
 * cannot be read ends its unit, or the list of units. */
#ifndef PC_LAYOUT_UNITS_H
#define PC_LAYOUT_UNITS_H

#include <libelf.h>

#include "base/cursor.h"

/* A type that may be wanted, or an import of another unit. */
typedef struct pc_unit_die {
    uint64_t offset;   /* in .debug_info; an import: of what is imported */
    const char *name;  /* NULL: only libdw can tell */
    bool is_import;
    bool is_alternate; /* an import out of the supplement */
} pc_unit_die;

typedef struct pc_unit {
    uint64_t begin, root, end; /* in .debug_info: its header, its own DIE, what follows it */
    uint64_t abbreviations;    /* in .debug_abbrev */
    uint64_t string_base;      /* in .debug_str_offsets */
    unsigned version, address_size, offset_size;
    bool is_compile;
    const char *name; /* of a compile unit: its source file's, without folders; NULL: it has none */
    bool is_read;     /* dies are all there */
    pc_unit_die *dies;
    size_t count;
} pc_unit;

/* Whether a name is wanted. */
typedef bool pc_wants(const void *context, const char *name, size_t length);

struct pc_abbreviations;

typedef struct pc_units {
    const struct pc_units *alternate; /* the supplement's, for names that are there; NULL: there is none */
    pc_cursor info, abbreviation, strings, line_strings, string_offsets;
    uint64_t dies_left;
    pc_unit *items; /* by where they begin */
    size_t count, capacity;
    struct pc_abbreviations *table; /* the one that was used last */
} pc_units;

/* elf: as libdw has opened it, its compressed sections inflated. It must outlive the units, as the supplement's must. */
void pc_units_open(pc_units *units, Elf *elf, const pc_units *alternate);
void pc_units_close(pc_units *units);
/* The unit whose own DIE is there; NULL: there is none. */
pc_unit *pc_units_at(const pc_units *units, uint64_t root);
/* Reads a unit's dies, once: types of wanted names and imports, in their order. */
void pc_units_read(pc_units *units, pc_unit *unit, pc_wants *wants, const void *context);

#endif
