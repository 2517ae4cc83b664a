#include "walk/thread_names.h"

#include <stdlib.h>

#include "base/limits.h"
#include "python/dict.h"
#include "python/number.h"
#include "python/str.h"
#include "python/type.h"

size_t pc_thread_names_read(pc_python *py, pc_addr interpreter, pc_thread_name **ret_names)
{
    pc_addr names_of_it, active, key, thread, name;
    pc_dict dict;
    bool more;
    pc_thread_name *names = NULL;
    size_t count = 0, capacity = 0;
    *ret_names = NULL;
    if (!pc_module_names(py, interpreter, "threading", &names_of_it) || !pc_dict_find(py, names_of_it, "_active", &active) ||
        !pc_ok(pc_dict_open(py, active, &dict)))
        return 0;
    while (count < PC_LIMIT_THREADS && pc_ok(pc_dict_next(py, &dict, &more, &key, &thread)) && more) {
        pc_thread_name entry = {0};
        if (!pc_ok(pc_number_uint64(py, key, &entry.ident)))
            continue;
        if (py->word < sizeof(entry.ident)) /* 2.7: a C long, which may be negative */
            entry.ident &= UINT32_MAX;
        /* 2.7 has private names: __name of class Thread */
        if (!pc_instance_find(py, thread, pc_is_python2(py) ? "_Thread__name" : "_name", &name))
            continue;
        if (pc_redacts(py, PC_REDACT_ALL))
            entry.name = PC_SECRETS_MARK;
        else if (!pc_str_text(py, name, &entry.name))
            continue;
        names = pc_grow(names, count, &capacity, sizeof(*names));
        names[count++] = entry;
    }
    *ret_names = names;
    return count;
}
