/* Whether reading has to end before all is read: the time or the memory that a run may take is nearly used up, or a file that
 * was being read is no longer whole. Set from outside, also by a signal's handler; looked at by all that may take long. What has
 * been found by then is still reported. */
#ifndef PC_BASE_STOP_H
#define PC_BASE_STOP_H

#include <signal.h>

#include "base/types.h"

typedef enum pc_stop_reason {
    PC_STOP_NONE,
    PC_STOP_TIME,   /* --limit-time */
    PC_STOP_MEMORY, /* --limit-memory */
    PC_STOP_FILE,   /* a mapped file has become shorter, or its disk fails (cli/guard.c) */
} pc_stop_reason;

extern volatile sig_atomic_t pc_stop_flag;      /* the reason */
extern volatile sig_atomic_t pc_stop_inflating; /* a compressed core is not inflated any further: what is there is to be read, too */

/* The first reason counts. May be called by a signal's handler. */
static inline void pc_stop(pc_stop_reason reason)
{
    if (!pc_stop_flag)
        pc_stop_flag = (int)reason;
}

static inline bool pc_is_stopped(void)
{
    return __builtin_expect(pc_stop_flag != PC_STOP_NONE, 0);
}

/* What a diagnostic says of it, and its code: "time-limit", "memory-limit", "lost-file". NULL: it goes on. */
const char *pc_stop_text(void);
const char *pc_stop_code(void);

/* How much memory this process may take, as far as it is known here, and the part of it after which reading ends; bytes. Without
 * a call there is no limit. Beyond the whole pc_out_of_memory() is called. */
void pc_stop_limit_memory(uint64_t bytes);
/* For allocators: size bytes more are asked for. Looks now and then at what is in use. */
void pc_stop_count(size_t size);

#endif
