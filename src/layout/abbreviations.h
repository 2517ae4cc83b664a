/* What DIEs look like: the abbreviations of .debug_abbrev, read as far as a unit asks for them, and what is worth knowing of those
 * that it uses: how long their DIEs are, and where in one its name and the way to its sibling are. */
#ifndef PC_LAYOUT_ABBREVIATIONS_H
#define PC_LAYOUT_ABBREVIATIONS_H

#include "base/cursor.h"

/* How long some attributes are is their unit's affair. */
typedef struct pc_unit_form {
    unsigned version, address_size, offset_size;
} pc_unit_form;

/* Sizes of attributes, and of what is made up of them. */
#define PC_FORM_VARIABLE UINT32_MAX
#define PC_FORM_UNKNOWN (UINT32_MAX - 1) /* DW_FORM_indirect among them, which nobody writes */

uint32_t pc_form_size(const pc_unit_form *unit, unsigned form);
/* Behind the attribute; the cursor has failed where nobody knows. */
void pc_form_pass(const pc_unit_form *unit, pc_cursor *cursor, unsigned form);
/* LEB128; of a signed one only how long it is. */
uint64_t pc_cursor_number(pc_cursor *cursor);
/* What begins at an offset; failed where that is outside. */
pc_cursor pc_cursor_at(const pc_cursor *section, uint64_t offset);

/* What to do with one attribute, or with some that only have to be passed over. */
typedef enum pc_step_kind {
    PC_STEP_SKIP, /* bytes of any kind */
    PC_STEP_PASS, /* one of variable length */
    PC_STEP_NAME,
    PC_STEP_SIBLING,
    PC_STEP_IMPORT,
    PC_STEP_STRING_BASE
} pc_step_kind;

typedef struct pc_step {
    uint8_t kind;
    uint16_t form;
    uint32_t bytes; /* that it has; VARIABLE and UNKNOWN, too */
} pc_step;

typedef struct pc_abbreviation {
    const uint8_t *at; /* what it declares; NULL: there is none of this code */
    bool is_compiled;  /* the rest has been read */
    bool has_children;
    bool is_candidate; /* of a type that may be wanted, or an import */
    bool is_import;
    bool refers;       /* its name may be another DIE's */
    /* A DIE tells at places that are always the same what there is to know of it: where its sibling is, or how long it is, and,
     * where it is a candidate, its name's place among the strings. */
    bool is_simple;
    uint16_t tag, name_form;
    uint32_t first, count; /* of its steps */
    uint32_t size;         /* VARIABLE: not always the same */
    uint32_t sibling_at;   /* of four bytes, which a unit's offset follows; VARIABLE: none, or elsewhere in each */
    uint32_t name_at;      /* likewise, of an offset into .debug_str */
    uint32_t reach;        /* of a simple one: the bytes of it that are looked at, or passed over */
} pc_abbreviation;

typedef struct pc_abbreviations {
    pc_cursor section;
    uint64_t offset;
    pc_unit_form unit;
    pc_cursor rest;         /* of the table, which is not read yet */
    pc_abbreviation *items; /* by their codes, which are counted from 1 */
    size_t count, capacity;
    pc_step *steps;
    size_t step_count, step_capacity;
} pc_abbreviations;

void pc_abbreviations_deinit(pc_abbreviations *table);
/* Makes it the table at the offset, as units of such a form have it; what is known of it stays. */
void pc_abbreviations_open(pc_abbreviations *table, const pc_cursor *section, uint64_t offset, const pc_unit_form *unit);
/* The same, of which only the first one with that code is kept: the units that are only listed need no more. */
const pc_abbreviation *pc_abbreviations_only(pc_abbreviations *table, const pc_cursor *section, uint64_t offset, const pc_unit_form *unit,
                                             uint64_t code);
/* Codes that nobody would give end a table. NULL: there is none of this code, or it is damaged. */
const pc_abbreviation *pc_abbreviations_find(pc_abbreviations *table, uint64_t code);

/* The same, the quick way. */
static inline const pc_abbreviation *pc_abbreviations_get(pc_abbreviations *table, uint64_t code)
{
    return code < table->count && table->items[code].is_compiled ? &table->items[code] : pc_abbreviations_find(table, code);
}

#endif
