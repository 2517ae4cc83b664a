/* Where files that belong to a core are looked for, as the user said. All texts are borrowed. */
#ifndef PC_TARGET_SEARCH_H
#define PC_TARGET_SEARCH_H

#include "base/diagnostics.h"
#include "target/debuginfod.h"
#include "target/sysroot.h"

typedef struct pc_search {
    const char *sysroot; /* where the process's paths are looked up first; NULL: they are those of this machine */
    const char *const *lib_dirs; /* where files are looked for by their base names */
    size_t lib_dir_count;
    const char *const *debug_dirs; /* trees of debug files: those of the user, then the system's */
    size_t debug_dir_count;
    bool force_executable; /* what the user names as the executable serves, whatever build it is, and so does a libpython */
    pc_folders *folders; /* that were gone through on the way to files; NULL: they are not kept */
    pc_debuginfod *debuginfod; /* NULL: nothing is asked of any server */
    pc_diagnostics *diagnostics; /* takes what was refused; NULL: nobody wants to know */
} pc_search;

#endif
