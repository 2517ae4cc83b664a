/* A quick look over a file's DWARF: its compile units by name, and in a unit those DIEs right below its own that may define what is
 * wanted. libdw reads each DIE with all its attributes; most of them are only to be passed over here, and abbreviations that were
 * read once say how far. What is found is only where to look: libdw reads it then. Nothing of a damaged file is an error: what
 * cannot be read ends its unit, or the list of units. */
#ifndef PC_LAYOUT_UNITS_H
#define PC_LAYOUT_UNITS_H

#include <libelf.h>

#include "base/cursor.h"
#include "layout/abbreviations.h"

/* A type that may be wanted, or an import of another unit. */
typedef struct pc_unit_die {
    uint64_t offset;   /* in .debug_info; an import: of what is imported */
    const char *name;  /* NULL: only libdw can tell */
    int mark;          /* what its name is to whoever asks */
    bool is_import;
    bool is_alternate; /* an import out of the supplement */
} pc_unit_die;

typedef struct pc_unit {
    uint64_t begin, root, end; /* in .debug_info: its header, its own DIE, what follows it */
    uint64_t abbreviations;    /* in .debug_abbrev */
    uint64_t string_base;      /* in .debug_str_offsets */
    pc_unit_form form;
    bool is_compile;
    const char *name; /* of a compile unit: its source file's, without folders; NULL: it has none */
    /* as far as it has been read: types of wanted names and imports, in their order */
    pc_unit_die *dies;
    size_t count, capacity;
    bool is_begun, is_read; /* at all, to its end */
    uint64_t next;          /* in .debug_info: the DIE that comes next */
    size_t depth;           /* of it below the unit's own children */
} pc_unit;

/* What a name is to whoever asks; 0: nothing. It always says the same of the same name. */
typedef int pc_judge(const void *context, const char *name, size_t length);

/* What it has said of a name in .debug_str. */
typedef struct pc_judgement {
    uint64_t offset;
    int mark;
    bool is_known;
} pc_judgement;

typedef struct pc_units {
    const struct pc_units *alternate; /* the supplement's, for names that are there; NULL: there is none */
    pc_cursor info, abbreviation, strings, line_strings, string_offsets;
    pc_cursor names; /* .debug_names */
    uint64_t dies_left;
    pc_unit *items; /* by where they begin */
    size_t count, capacity;
    pc_abbreviations table; /* the one that was used last */
    pc_judge *judge;
    const void *context;
    pc_judgement known[2048];
} pc_units;

/* elf: as libdw has opened it, its compressed sections inflated. It must outlive the units, as the supplement's must. */
void pc_units_open(pc_units *units, Elf *elf, const pc_units *alternate, pc_judge *judge, const void *context);
void pc_units_close(pc_units *units);
/* The unit whose own DIE is there; NULL: there is none. */
pc_unit *pc_units_at(const pc_units *units, uint64_t root);
/* One of a unit's dies, which is read as far as that; NULL: it has no more. Good until more of it are asked for. */
const pc_unit_die *pc_units_die(pc_units *units, pc_unit *unit, size_t index);

#endif
