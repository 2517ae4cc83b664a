#include "python/traits.h"

static const pc_traits rows[] = {
    {2, 7, PC_LINES_UNSIGNED, 1, PC_MANAGED_NONE, 502, true, false, false, false, false, false, PC_SYNTAX_ARGUMENTS},
    {3, 6, PC_LINES_SIGNED, 1, PC_MANAGED_NONE, 900, true, false, false, true, false, false, PC_SYNTAX_ALWAYS},
    {3, 7, PC_LINES_SIGNED, 1, PC_MANAGED_NONE, 1100, false, true, false, true, false, true, PC_SYNTAX_ALWAYS},
    {3, 8, PC_LINES_SIGNED, 1, PC_MANAGED_NONE, 1201, false, true, false, true, false, true, PC_SYNTAX_STRIPPED},
    {3, 9, PC_LINES_SIGNED, 1, PC_MANAGED_NONE, 1300, false, true, false, true, false, true, PC_SYNTAX_CARET},
    {3, 10, PC_LINES_RANGES, 2, PC_MANAGED_NONE, 1300, false, true, true, false, false, true, PC_SYNTAX_RANGE},
    {3, 11, PC_LINES_LOCATIONS, 1, PC_MANAGED_BOTH, 1400, false, true, true, false, false, true, PC_SYNTAX_RANGE},
    {3, 12, PC_LINES_LOCATIONS, 1, PC_MANAGED_TAGGED, 1500, false, true, true, false, true, true, PC_SYNTAX_RANGE},
    {3, 13, PC_LINES_LOCATIONS, 1, PC_MANAGED_INLINE, 1501, false, true, true, false, true, true, PC_SYNTAX_CLAMPED},
};

const pc_traits *pc_traits_find(unsigned major, unsigned minor)
{
    for (size_t i = 0; i < PC_ARRAY_SIZE(rows); i++)
        if (rows[i].major == major && rows[i].minor == minor)
            return &rows[i];
    return NULL;
}

const pc_traits *pc_traits_nearest(unsigned major, unsigned minor)
{
    const pc_traits *last = &rows[PC_ARRAY_SIZE(rows) - 1];
    return major == last->major && minor > last->minor ? last : pc_traits_find(major, minor);
}
