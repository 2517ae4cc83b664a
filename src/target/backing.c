#include "target/backing.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

/* Half of the files that the process may have open are for others than these. */
static bool may_stay_open(int fd)
{
    static rlim_t most;
    struct rlimit files;
    if (!most)
        most = !getrlimit(RLIMIT_NOFILE, &files) ? files.rlim_cur / 2 : 1;
    return (rlim_t)fd < most;
}

void pc_backing_init(pc_backing *backing, int fd, size_t size)
{
    *backing = (pc_backing){.fd = fd, .size = size};
    if (!may_stay_open(fd))
        pc_backing_map(backing);
}

const uint8_t *pc_backing_map(pc_backing *backing)
{
    if (backing->fd < 0)
        return backing->bytes;
    /* private: layout/dwarf.c changes section headers, whose pages it makes writable */
    void *bytes = backing->size ? mmap(NULL, backing->size, PROT_READ, MAP_PRIVATE, backing->fd, 0) : MAP_FAILED;
    backing->bytes = bytes == MAP_FAILED ? NULL : bytes;
    close(backing->fd);
    backing->fd = -1;
    return backing->bytes;
}

void pc_backing_deinit(pc_backing *backing)
{
    if (backing->bytes)
        munmap((void *)backing->bytes, backing->size);
    if (backing->fd >= 0)
        close(backing->fd);
    *backing = (pc_backing){.fd = -1};
}

bool pc_backing_read(const pc_backing *backing, uint64_t offset, void *buffer, size_t size)
{
    if (offset > backing->size || size > backing->size - offset)
        return false;
    if (backing->bytes)
        memcpy(buffer, backing->bytes + offset, size);
    for (ssize_t n; !backing->bytes && size; offset += (uint64_t)n, buffer = (char *)buffer + n, size -= (size_t)n) {
        n = pread(backing->fd, buffer, size, (off_t)offset);
        if (n < 0 && errno == EINTR)
            n = 0;
        else if (n <= 0)
            return false;
    }
    return true;
}
