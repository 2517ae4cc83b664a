/* Which characters repr() of a str leaves as they are: those that str.isprintable() accepts, which depends on the
 * interpreter's own Unicode version. */
#ifndef PC_PYTHON_PRINTABLE_H
#define PC_PYTHON_PRINTABLE_H

#include "base/types.h"

typedef struct pc_code_point_range {
    uint32_t first, last;
} pc_code_point_range;

/* What this Unicode version adds to those before it. */
typedef struct pc_printable_table {
    unsigned unicode_version; /* major * 100 + minor */
    const pc_code_point_range *ranges;
    size_t count;
} pc_printable_table;

extern const pc_printable_table pc_printable_tables[];
extern const size_t pc_printable_table_count;

extern const pc_code_point_range pc_wide_code_points[];
extern const size_t pc_wide_code_point_count;

/* Whether it takes two columns on a terminal, as 3.15's traceback module counts them. */
bool pc_is_wide(uint32_t code_point);
bool pc_is_printable(uint32_t code_point, unsigned unicode_version);

#endif
