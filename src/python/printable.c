#include "python/printable.h"

static bool in_ranges(const pc_code_point_range *ranges, size_t count, uint32_t c)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (ranges[middle].last < c)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && ranges[low].first <= c;
}

bool pc_is_printable(uint32_t code_point, unsigned unicode_version)
{
    for (size_t i = 0; i < pc_printable_table_count && pc_printable_tables[i].unicode_version <= unicode_version; i++)
        if (in_ranges(pc_printable_tables[i].ranges, pc_printable_tables[i].count, code_point))
            return true;
    return false;
}

bool pc_is_wide(uint32_t code_point)
{
    return in_ranges(pc_wide_code_points, pc_wide_code_point_count, code_point);
}
