/* An unnamed temporary file that is written once from its beginning: in memory while it is small, else in $TMPDIR (/tmp),
 * where nothing of it is left however pycore ends. Pages of zeros become holes. */
#ifndef PC_TARGET_SPOOL_H
#define PC_TARGET_SPOOL_H

#include "base/error.h"

typedef struct pc_spool {
    int fd;
    bool on_disk;
    uint64_t size;    /* bytes so far, holes included */
    uint64_t written; /* bytes that are not holes */
} pc_spool;

pc_error *pc_spool_init(pc_spool *spool);
void pc_spool_deinit(pc_spool *spool); /* closes fd, unless it was taken */
/* Errors: PC_ERROR_IO, which names the folder and says what would help when its room is short; PC_ERROR_LIMIT. */
pc_error *pc_spool_append(pc_spool *spool, const uint8_t *bytes, size_t size);
/* To be called after the last piece: the file gets its size. The caller owns the descriptor from here on. */
pc_error *pc_spool_take(pc_spool *spool, int *ret_fd);

#endif
