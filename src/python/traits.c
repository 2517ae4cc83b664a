#include "python/traits.h"

#include "base/cursor.h"

/* What a row does not name is false, or the first of its kind. */
static const pc_traits rows[] = {
    {.major = 2, .minor = 7, .lines = PC_LINES_UNSIGNED, .lasti_unit = 1, .managed_dict = PC_MANAGED_NONE,
     .unicode_version = 502, .syntax_error = PC_SYNTAX_ARGUMENTS, .one_argument_comma = true},
    {.major = 3, .minor = 6, .lines = PC_LINES_SIGNED, .lasti_unit = 1, .managed_dict = PC_MANAGED_NONE,
     .unicode_version = 900, .syntax_error = PC_SYNTAX_ALWAYS, .one_argument_comma = true,
     .loaders_name_modules = true,
     .pattern_names_template = true},
    {.major = 3, .minor = 7, .lines = PC_LINES_SIGNED, .lasti_unit = 1, .managed_dict = PC_MANAGED_NONE,
     .unicode_version = 1100, .syntax_error = PC_SYNTAX_ALWAYS, .bytearray_names_class = true,
     .loaders_name_modules = true, .timedelta_keywords = true,
     .pattern_names_template = true},
    {.major = 3, .minor = 8, .lines = PC_LINES_SIGNED, .lasti_unit = 1, .managed_dict = PC_MANAGED_NONE,
     .untracks_dicts = true,
     .unicode_version = 1201, .syntax_error = PC_SYNTAX_STRIPPED, .bytearray_names_class = true,
     .loaders_name_modules = true, .timedelta_keywords = true,
     .pattern_names_template = true},
    {.major = 3, .minor = 9, .lines = PC_LINES_SIGNED, .lasti_unit = 1, .managed_dict = PC_MANAGED_NONE,
     .untracks_dicts = true,
     .unicode_version = 1300, .syntax_error = PC_SYNTAX_CARET, .bytearray_names_class = true,
     .loaders_name_modules = true, .timedelta_keywords = true,
     .pattern_names_template = true},
    {.major = 3, .minor = 10, .lines = PC_LINES_RANGES, .lasti_unit = 2, .managed_dict = PC_MANAGED_NONE,
     .untracks_dicts = true,
     .unicode_version = 1300, .syntax_error = PC_SYNTAX_RANGE, .bytearray_names_class = true,
     .loaders_name_modules = true, .specs_before_loaders = true,
     .wrapper_shows_function = true, .timedelta_keywords = true,
     .pattern_names_template = true},
    {.major = 3, .minor = 11, .lines = PC_LINES_LOCATIONS, .lasti_unit = 1, .managed_dict = PC_MANAGED_BOTH,
     .untracks_dicts = true,
     .unicode_version = 1400, .syntax_error = PC_SYNTAX_RANGE, .bytearray_names_class = true,
     .loaders_name_modules = true, .specs_before_loaders = true,
     .wrapper_shows_function = true, .timedelta_keywords = true,
     .pattern_names_template = true},
    {.major = 3, .minor = 12, .lines = PC_LINES_LOCATIONS, .lasti_unit = 1, .managed_dict = PC_MANAGED_TAGGED,
     .untracks_dicts = true,
     .unicode_version = 1500, .syntax_error = PC_SYNTAX_RANGE, .bytearray_names_class = true,
     .wrapper_shows_function = true, .namespace_shows_path = true, .timedelta_keywords = true,
     .pattern_names_template = true},
    {.major = 3, .minor = 13, .lines = PC_LINES_LOCATIONS, .lasti_unit = 1, .managed_dict = PC_MANAGED_INLINE,
     .untracks_dicts = true,
     .unicode_version = 1501, .syntax_error = PC_SYNTAX_CLAMPED, .bytearray_names_class = true,
     .wrapper_shows_function = true, .namespace_shows_path = true, .timedelta_keywords = true,
     .io_names_class = true},
    {.major = 3, .minor = 14, .lines = PC_LINES_LOCATIONS, .lasti_unit = 1, .managed_dict = PC_MANAGED_INLINE,
     .unicode_version = 1600, .syntax_error = PC_SYNTAX_CLAMPED, .references = PC_REFERENCES_TAGGED,
     .bytearray_names_class = true, .wrapper_shows_function = true, .namespace_shows_path = true,
     .timedelta_keywords = true,
     .io_names_class = true,
     .zoneinfo_names_module = true},
    {.major = 3, .minor = 15, .lines = PC_LINES_LOCATIONS, .lasti_unit = 1, .managed_dict = PC_MANAGED_INLINE,
     .unicode_version = 1700, .syntax_error = PC_SYNTAX_COLUMNS, .references = PC_REFERENCES_TAGGED,
     .bytearray_names_class = true, .wrapper_shows_function = true, .namespace_shows_path = true,
     .timedelta_keywords = true, .bytearray_quotes_as_bytes = true, .object_descriptors_bare = true,
     .generator_executing = 4, .zoneinfo_names_module = true,
     .io_names_class = true},
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

bool pc_stack_small_int(pc_stack_references how, uint64_t bits, unsigned word, int64_t *ret_value)
{
    if (how != PC_REFERENCES_TAGGED || (bits & 3) != 3)
        return false;
    *ret_value = pc_sign_extend(bits >> 2, word * 8 - 2);
    return true;
}
