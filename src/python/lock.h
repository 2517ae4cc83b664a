/* Locks of the _thread module, which threading's classes are made of. */
#ifndef PC_PYTHON_LOCK_H
#define PC_PYTHON_LOCK_H

#include "python/python.h"

typedef struct pc_lock {
    bool recursive; /* an RLock: owner and count are known */
    bool locked;
    uint64_t owner; /* as threading.get_ident(); 0: nobody's */
    uint64_t count; /* how often its owner has acquired it */
} pc_lock;

/* Of a _thread.lock or _thread.RLock. PC_ERROR_CORRUPT where it is none; PC_ERROR_LAYOUT where the state is not known: always of
 * 2.7's locks. */
pc_error *pc_lock_read(pc_python *py, pc_addr object, pc_lock *ret_lock);

#endif
