/* A library that a run loads when it needs it: what every run loads costs every run its start. */
#ifndef PC_BASE_SHARED_LIBRARY_H
#define PC_BASE_SHARED_LIBRARY_H

#include <stddef.h>

#include "base/error.h"

/* Loads the library of that soname, for as long as the process lives, and looks up count functions by name.
 * ret_functions is their pointers, one behind the other (a struct of nothing else), untouched on failure: PC_ERROR_IO, with the
 * library named. Not to be called in a static program. */
pc_error *pc_shared_library_load(const char *soname, const char *const *names, size_t count, void *ret_functions);

#endif
