/* Processes that each look at one core and hand over what they found: a core that makes one crash, hang or grow costs nothing but
 * its own report. What they hand over is as little to be believed as the core.
 *
 * A worker is forked and runs no other program. It ends with whoever started it, however that ends. SIGINT and SIGTERM are noted
 * between pc_workers_init() and pc_workers_deinit(), unless they were ignored. */
#ifndef PC_CLI_WORKERS_H
#define PC_CLI_WORKERS_H

#include <signal.h>
#include <stdio.h>

#include "base/types.h"

typedef struct pc_worker pc_worker;

typedef struct pc_workers {
    pc_worker *slots;
    size_t count, busy;
    sigset_t blocked, before; /* signals, while it waits */
    struct sigaction old_actions[3];
} pc_workers;

typedef struct pc_worker_result {
    void *context;     /* of pc_workers_start() */
    bool done;         /* the job came to its end: what was written is whole */
    const char *data;  /* what it wrote; until the next call */
    size_t length;
    const char *reason; /* not done: why, one line of valid UTF-8, until the next call */
} pc_worker_result;

/* What a worker does, in its own process; written to out. Standard error is kept, and its last line is the reason where the job
 * does not come to its end. */
typedef void (*pc_job)(void *context, FILE *out);

/* count: at least 1. */
void pc_workers_init(pc_workers *workers, size_t count);
/* Ends one that still runs, and gives its context; NULL: none does. */
void *pc_workers_kill(pc_workers *workers);
/* None may run any more. */
void pc_workers_deinit(pc_workers *workers);
static inline bool pc_workers_have_room(const pc_workers *workers)
{
    return workers->busy < workers->count;
}
/* Needs room. seconds: after which it is killed, 0: never; it should have given up by itself before. */
void pc_workers_start(pc_workers *workers, pc_job job, void *context, uint64_t seconds);

typedef enum pc_workers_event {
    PC_WORKERS_RESULT,  /* ret_result is set */
    PC_WORKERS_INPUT,   /* something can be read from the descriptor */
    PC_WORKERS_TIMEOUT, /* milliseconds went by */
    PC_WORKERS_SIGNAL,  /* SIGINT or SIGTERM has come: pc_workers_signal */
} pc_workers_event;

/* Waits for the first of these; a descriptor of -1 is none, and milliseconds of -1 for ever. */
pc_workers_event pc_workers_wait(pc_workers *workers, int fd, int milliseconds, pc_worker_result *ret_result);
/* The signal that has come; 0: none. */
extern volatile sig_atomic_t pc_workers_signal;
/* Ends this process by that signal, so that whoever sent it sees that it did; 0: does nothing. */
void pc_workers_end_by(int number);

/* How many processors this process may use. */
size_t pc_workers_default_count(void);

#endif
