/* Names that Python code gave its threads, from the table of the threading module inside the core. */
#ifndef PC_WALK_THREAD_NAMES_H
#define PC_WALK_THREAD_NAMES_H

#include "python/python.h"

typedef struct pc_thread_name {
    uint64_t ident; /* as threading.get_ident() gives it: pthread_self() */
    const char *name;
} pc_thread_name;

/* threading._active of one interpreter; freed by the caller. 0 and NULL where the module was not imported. */
size_t pc_thread_names_read(pc_python *py, pc_addr interpreter, pc_thread_name **ret_names);

#endif
