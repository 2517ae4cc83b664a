/* A library that a run loads when it needs it: what every run loads costs every run its start. */
#ifndef PC_BASE_SHARED_LIBRARY_H
#define PC_BASE_SHARED_LIBRARY_H

#include <stddef.h>

#include "base/error.h"
#include "base/types.h"

/* Loads the library of that soname, for as long as the process lives, and looks up count functions by name.
 * ret_functions is their pointers, one behind the other (a struct of nothing else), untouched on failure: PC_ERROR_IO, with the
 * library named. Not to be called in a static program. */
pc_error *pc_shared_library_load(const char *soname, const char *const *names, size_t count, void *ret_functions);

/* A library whose functions a list names:
 *
 *     #define EXAMPLE(F) F(example_, open) F(example_, close)
 *     static PC_LIBRARY(EXAMPLE) example PC_LIBRARY_LINKED(EXAMPLE);
 *     PC_LIBRARY_LOADER(load_example, example, "libexample.so.1", EXAMPLE)
 *
 * load_example() is to be called before example.open(), any number of times; it fails as pc_shared_library_load() does.
 * Where libraries are linked (LINKED_LIBRARIES: --disable-load-on-demand, and static programs) it has nothing to do. */
#define PC_LIBRARY(LIST) struct { LIST(PC_LIBRARY_POINTER) }
#define PC_LIBRARY_POINTER(prefix, name) __typeof__(&prefix##name) name;

#ifdef LINKED_LIBRARIES

#define PC_LIBRARY_LINKED(LIST) = {LIST(PC_LIBRARY_ADDRESS)}
#define PC_LIBRARY_ADDRESS(prefix, name) .name = prefix##name,
#define PC_LIBRARY_LOADER(loader, functions, soname, LIST) \
    static pc_error *loader(void) \
    { \
        return NULL; \
    }

#else

#define PC_LIBRARY_LINKED(LIST)
#define PC_LIBRARY_LOADER PC_LIBRARY_ALWAYS_LOADER

#endif

/* Of one that is never linked. */
#define PC_LIBRARY_ALWAYS_LOADER(loader, functions, soname, LIST) \
    static pc_error *loader(void) \
    { \
        static const char *const names[] = {LIST(PC_LIBRARY_NAME)}; \
        static bool is_loaded; \
        _Static_assert(sizeof(functions) == sizeof(names), "pointers, one behind the other"); \
        if (!is_loaded) \
            PC_TRY(pc_shared_library_load(soname, names, PC_ARRAY_SIZE(names), &functions)); \
        is_loaded = true; \
        return NULL; \
    }
/* A function's name may be a macro (GMP's are): it is the symbol that counts. */
#define PC_LIBRARY_NAME(prefix, name) PC_LIBRARY_SYMBOL(prefix##name),
#define PC_LIBRARY_SYMBOL(symbol) PC_LIBRARY_TEXT(symbol)
#define PC_LIBRARY_TEXT(symbol) #symbol

#endif
