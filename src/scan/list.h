/* A list of paths that comes in on a pipe or stands in a file: one a line, or each ended by a NUL. A path is given as soon as its
 * end is there, and it may be of any bytes; empty ones are passed over, and the last one needs no end. */
#ifndef PC_SCAN_LIST_H
#define PC_SCAN_LIST_H

#include "base/buffer.h"

typedef enum pc_list_step {
    PC_LIST_PATH,
    PC_LIST_BAD,  /* what stands there can be no path: the reason says why */
    PC_LIST_WAIT, /* nothing for now: poll(2) the descriptor for input, or just call again */
    PC_LIST_END,  /* of the list, or of what can be read of it: then `error` is set */
} pc_list_step;

typedef struct pc_list {
    int fd;             /* not owned */
    char end;           /* of a path: a newline, or NUL */
    const char *reason; /* after PC_LIST_BAD, one line */
    int error;          /* the errno of a read that failed; 0: none did */
    bool ended, skips;  /* skips: the rest of a path that is too long */
    pc_buffer buffer;
    size_t taken;       /* of the buffer's beginning */
    size_t searched;    /* no end of a path before this */
} pc_list;

void pc_list_init(pc_list *list, int fd, char end);
void pc_list_deinit(pc_list *list);
/* Reads once at most, and only what is there: it does not wait. Call it until it says PC_LIST_WAIT, then wait. *ret_path is valid
 * until the next call; of a path that is too long it is the beginning. */
pc_list_step pc_list_next(pc_list *list, const char **ret_path);

#endif
