#include "base/shared_library.h"

#include <dlfcn.h>
#include <string.h>

/* POSIX says that a pointer to a function can be had from dlsym()'s, by way of its bytes. */
_Static_assert(sizeof(void *) == sizeof(void (*)(void)), "pointers to functions are as wide as others");

#if PC_IS_SANITIZED
/* The leak check takes what a library that was loaded later has for its threads for another allocation, and falls over it, unless it
 * leaves that alone. (libsanitizer of gcc 12, glibc 2.36) */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "intercept_tls_get_addr=0";
}
#endif

pc_error *pc_shared_library_load(const char *soname, const char *const *names, size_t count, void *ret_functions)
{
    void *library = dlopen(soname, RTLD_NOW | RTLD_LOCAL);
    if (!library)
        return pc_error_create(PC_ERROR_IO, "%s", dlerror()); /* says its name */
    for (size_t i = 0; i < count; i++)
        if (!dlsym(library, names[i]))
            return pc_error_create(PC_ERROR_IO, "%s has no %s()", soname, names[i]);
    for (size_t i = 0; i < count; i++) {
        void *function = dlsym(library, names[i]);
        memcpy((char *)ret_functions + i * sizeof(function), &function, sizeof(function));
    }
    /* it stays loaded: some libraries, and what they bring, cannot be unloaded */
    return NULL;
}
