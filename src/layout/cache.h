/* Layouts that were read from DWARF before, by build-id, so that the next report need not read it: in the user's folder
 * ($XDG_CACHE_HOME/pycore, else ~/.cache/pycore), and for a run that looks at many cores in one of its own, which its
 * processes share.
 *
 * What is there is as good as the DWARF or is not used: an entry is for one debug file (path, device, inode, size, times,
 * build-id; the same of its supplement), one list of fields and one format (places.h); it ends with a digest; it and its folder belong to
 * the user, and nobody else may write there. An entry that is none of that is as if it were not there, and is replaced. Entries
 * are written whole or not at all. Nothing here is ever an error: what cannot be read or written is not cached.
 *
 *   pc_cache cache;
 *   pc_cache_open_user(&cache, true);   one core: reads the user's folder and writes there
 *   ...
 *   pc_cache_close(&cache);
 *
 *   pc_cache_open_user(&cache, false);  many cores: reads the user's, writes to a folder of this run,
 *   pc_cache_add_own(&cache);           made here, before the workers are forked, who share it
 *   ... wanted.cache = &cache, in each pc_session_options ...
 *   pc_cache_close(&cache);             in whoever opened it: removes the folder of this run. A worker that ends by _exit()
 *                                       need not close it, and removes nothing if it does
 *
 * With neither (pc_cache_init() alone, or no cache in the session's options) everything comes from DWARF. */
#ifndef PC_LAYOUT_CACHE_H
#define PC_LAYOUT_CACHE_H

#include <sys/types.h>

#include "layout/layout.h"
#include "target/debug_file.h"

typedef struct pc_cache {
    int user; /* the user's folder; -1: there is none, or not one that can be relied on */
    int own;  /* that of this run; -1: there is none */
    char *to_make; /* where the user's folder is made once there is something to write; NULL: nothing is written there */
    bool writes_user;
    char *own_path;
    pid_t opener;
} pc_cache;

/* One that has nothing and takes nothing. */
void pc_cache_init(pc_cache *cache);
/* The user's. Without an absolute $XDG_CACHE_HOME or $HOME there is none. */
void pc_cache_open_user(pc_cache *cache, bool writes);
/* One below $TMPDIR that ends with pc_cache_close(); from now on what is new goes there, and only there. */
void pc_cache_add_own(pc_cache *cache);
void pc_cache_close(pc_cache *cache); /* NULL is accepted */

/* pc_layout_from_debug_file() through the cache (NULL: without); the layout has nothing of the module yet. ret_before: whether it
 * was there before this run; what one process of a run has left for another is not told, as it depends on which was faster. */
pc_error *pc_cache_layout(pc_cache *cache, pc_layout *layout, pc_layout_module module, pc_image *debug, const pc_search *where, bool *ret_before);

#endif
