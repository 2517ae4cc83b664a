/* A regular file that is open, and of which all is mapped once something of it is wanted. Of most files that a core names it never
 * is: what stands at their beginning says enough. */
#ifndef PC_TARGET_BACKING_H
#define PC_TARGET_BACKING_H

#include "base/types.h"

typedef struct pc_backing {
    int fd;               /* -1: it is mapped, or cannot be */
    size_t size;          /* when it was opened */
    const uint8_t *bytes; /* NULL: not mapped */
} pc_backing;

/* Takes fd over. Where a process may not have many files open, it is mapped at once. */
void pc_backing_init(pc_backing *backing, int fd, size_t size);
void pc_backing_deinit(pc_backing *backing);

/* Maps it, and closes it; NULL where it cannot be mapped, now and from then on. */
const uint8_t *pc_backing_map(pc_backing *backing);
static inline const uint8_t *pc_backing_bytes(pc_backing *backing)
{
    return backing->bytes ? backing->bytes : pc_backing_map(backing);
}

/* Bytes of it, mapped or not; false where it has not so many, any more. */
bool pc_backing_read(const pc_backing *backing, uint64_t offset, void *buffer, size_t size);

#endif
