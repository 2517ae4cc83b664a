#include "walk/globals.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "python/dict.h"
#include "python/str.h"
#include "walk/attributes.h"
#include "walk/locals.h"

void pc_globals_note(pc_walk *walk, pc_addr dict, const char *module)
{
    if (!walk->options.globals || !dict || walk->globals_count >= PC_LIMIT_MODULES_WALKED || !pc_map_add(&walk->globals_seen, dict))
        return;
    walk->globals = pc_grow(walk->globals, walk->globals_count, &walk->globals_capacity, sizeof(*walk->globals));
    walk->globals[walk->globals_count++] = (pc_globals){.address = dict, .module = module};
}

static pc_error *read_names(pc_walk *walk, pc_globals *globals, pc_attribute **items, size_t *count)
{
    size_t capacity = 0;
    pc_python *py = walk->py;
    pc_dict dict;
    PC_TRY(pc_dict_open(py, globals->address, &dict));
    for (;;) {
        bool more;
        pc_addr key, value;
        const char *name;
        PC_TRY(pc_dict_next(py, &dict, &more, &key, &value));
        if (!more)
            break;
        if (!pc_str_text(py, key, &name))
            continue;
        if (*count >= PC_LIMIT_LOCALS || !pc_memory_spend(py->memory, PC_WORK_LOCAL))
            return pc_error_at(PC_ERROR_LIMIT, globals->address, "they are too many");
        *items = pc_grow(*items, *count, &capacity, sizeof(**items));
        pc_attribute *a = &(*items)[(*count)++];
        *a = (pc_attribute){.name = name, .value = pc_value_read_named(walk, name, value)};
        if (walk->options.attributes == PC_ATTRIBUTES_ALL)
            a->value.attributes = pc_attributes_of_named(walk, name, value);
    }
    return dict.given == dict.used ? NULL : pc_error_at(PC_ERROR_CORRUPT, globals->address, "some of them are missing");
}

void pc_globals_read(pc_walk *walk)
{
    for (size_t i = 0; i < walk->globals_count; i++) {
        pc_globals *globals = &walk->globals[i];
        pc_attribute *items = NULL;
        uint64_t share = pc_memory_begin_share(&walk->core->memory, PC_LIMIT_VALUE_SHARE);
        pc_error *error = read_names(walk, globals, &items, &globals->count);
        pc_memory_end_share(&walk->core->memory, share);
        globals->names = pc_arena_array(walk->arena, globals->count, sizeof(*items));
        if (globals->count)
            memcpy(globals->names, items, globals->count * sizeof(*items));
        free(items);
        if (error) {
            globals->status = pc_status_of_error(error);
            pc_diagnose_error(walk->diagnostics, PC_SEVERITY_WARNING, error, "the globals of %s", globals->module ? globals->module : "a module");
            walk->incomplete = true;
        }
    }
}
