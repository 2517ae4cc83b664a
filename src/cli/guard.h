/* What a run may take of the machine (--limit-time, --limit-memory), and files that are lost while they are mapped. Reading is
 * told to end by pc_stop() in good time, so that what was found is still reported; what does not listen (a library at work, a
 * pipe that gives nothing) is ended with one line on standard error. */
#ifndef PC_CLI_GUARD_H
#define PC_CLI_GUARD_H

#include "base/types.h"

/* For the whole process, at its begin: running out of memory, files that become shorter, readers that go away. */
void pc_guard_process(void);
/* In a process that was forked: what its parent is writing is none of its business. */
void pc_guard_forked(void);
/* 0 is no limit. Of the time half is for inflating a core, three quarters are for reading it. */
void pc_guard_begin(uint64_t seconds, uint64_t bytes);
/* Reading is over: from here on an early end is one of writing. */
void pc_guard_writing(void);
/* The file that is removed when the process ends early; NULL: none. */
void pc_guard_unfinished(const char *path);
/* Whether a file was lost: what was made of it is not to be kept. */
bool pc_guard_lost_file(void);
/* For reading what was lost, or has changed, again from what is there now; false: it was so several times. */
bool pc_guard_read_again(void);

#endif
