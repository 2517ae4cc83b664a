/* .debug_names (DWARF 5), where a file has it: which DIEs of a unit have a name. It only says where to look first: whoever made the
 * file has made the index, too. What is damaged in it leads nowhere. */
#ifndef PC_LAYOUT_INDEX_H
#define PC_LAYOUT_INDEX_H

#include "base/cursor.h"

#define PC_INDEX_FOUND 8 /* DIEs of one name in one unit: a struct, its declaration, its typedef */

typedef struct pc_index_table {
    pc_cursor units, buckets, hashes, names, places, abbreviations, entries;
    uint32_t unit_count, bucket_count, name_count;
    unsigned offset_size;
    struct pc_index_abbreviation *items;
    size_t count, capacity;
} pc_index_table;

/* One per link, or one per unit that was linked. */
typedef struct pc_index {
    pc_cursor strings;
    pc_index_table *tables;
    size_t count, capacity;
    uint64_t steps_left;
} pc_index;

/* Of the sections' bytes, which must outlive it; strings: ends with a NUL, or is empty. */
void pc_index_open(pc_index *index, const pc_cursor *section, const pc_cursor *strings);
void pc_index_close(pc_index *index);
/* The table that has the unit that begins there, and its number in it; NULL: there is none. */
const pc_index_table *pc_index_of(pc_index *index, uint64_t unit, uint32_t *ret_number);
/* Offsets, from the unit's beginning, of its structs and typedefs of that name. */
size_t pc_index_find(pc_index *index, const pc_index_table *table, uint32_t unit, const char *name, uint64_t found[PC_INDEX_FOUND]);

#endif
