#include "target/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/limits.h"

#define PAGE 4096

static const char *folder(void)
{
    const char *name = getenv("TMPDIR");
    return name && *name == '/' ? name : "/tmp";
}

static pc_error *failed(const pc_spool *spool, const char *what)
{
    if (errno == ENOSPC || errno == EDQUOT || errno == EFBIG)
        return pc_error_create(PC_ERROR_IO, "inflating it takes more room than there is in %s (%" PRIu64 " MB were written): name a larger folder in TMPDIR",
                               folder(), spool->written / 1000000);
    return pc_error_create(PC_ERROR_IO, "a temporary file in %s cannot be %s: %s", folder(), what, strerror(errno));
}

static pc_error *create_on_disk(pc_spool *spool, int *ret_fd)
{
    int fd = open(folder(), O_TMPFILE | O_RDWR | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        /* file systems without O_TMPFILE (overlayfs of old kernels, NFS) */
        PC_AUTO_BUFFER path = {0};
        pc_buffer_printf(&path, "%s/pycore-XXXXXX", folder());
        fd = mkostemp(path.data, O_CLOEXEC);
        if (fd < 0)
            return failed(spool, "made");
        unlink(path.data);
    }
    *ret_fd = fd;
    return NULL;
}

pc_error *pc_spool_init(pc_spool *spool)
{
    *spool = (pc_spool){.fd = memfd_create("pycore", MFD_CLOEXEC)};
    if (spool->fd >= 0)
        return NULL;
    spool->on_disk = true;
    return create_on_disk(spool, &spool->fd);
}

void pc_spool_deinit(pc_spool *spool)
{
    if (spool && spool->fd >= 0)
        close(spool->fd);
    if (spool)
        spool->fd = -1;
}

static pc_error *write_at(pc_spool *spool, const uint8_t *bytes, size_t size, uint64_t offset)
{
    while (size) {
        ssize_t n = pwrite(spool->fd, bytes, size, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return failed(spool, "written");
        bytes += n;
        size -= (size_t)n;
        offset += (uint64_t)n;
        spool->written += (uint64_t)n;
    }
    return NULL;
}

static bool is_zero(const uint8_t *bytes, size_t size)
{
    return !bytes[0] && !memcmp(bytes, bytes + 1, size - 1);
}

/* What lies between holes, written at its place. */
static pc_error *write_sparse(pc_spool *spool, const uint8_t *bytes, size_t size, uint64_t offset)
{
    size_t begin = 0, at = 0;
    while (at < size) {
        size_t piece = PAGE - (size_t)((offset + at) % PAGE);
        piece = piece < size - at ? piece : size - at;
        if (is_zero(bytes + at, piece)) {
            PC_TRY(write_at(spool, bytes + begin, at - begin, offset + begin));
            begin = at + piece;
        }
        at += piece;
    }
    return write_at(spool, bytes + begin, size - begin, offset + begin);
}

/* From memory to the disk, holes left out. */
static pc_error *move_to_disk(pc_spool *spool)
{
    int memory = spool->fd, disk;
    uint8_t bytes[64 * 1024];
    PC_TRY(create_on_disk(spool, &disk));
    spool->fd = disk;
    spool->on_disk = true;
    spool->written = 0;
    pc_error *error = NULL;
    uint64_t at = 0;
    while (!error && at < spool->size) {
        ssize_t n = pread(memory, bytes, sizeof(bytes), (off_t)at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            /* the end is a hole that was not written yet */
            break;
        }
        error = write_sparse(spool, bytes, (size_t)n, at);
        at += (uint64_t)n;
    }
    close(memory);
    return error;
}

pc_error *pc_spool_append(pc_spool *spool, const uint8_t *bytes, size_t size)
{
    if (!size)
        return NULL;
    if (size > PC_LIMIT_STORED - spool->size)
        return pc_error_create(PC_ERROR_LIMIT, "inflated it is larger than %llu GiB", PC_LIMIT_STORED >> 30);
    if (!spool->on_disk && spool->written + size > PC_LIMIT_STORED_IN_MEMORY)
        PC_TRY(move_to_disk(spool));
    PC_TRY(write_sparse(spool, bytes, size, spool->size));
    spool->size += size;
    return NULL;
}

pc_error *pc_spool_take(pc_spool *spool, int *ret_fd)
{
    if (ftruncate(spool->fd, (off_t)spool->size))
        return failed(spool, "written");
    *ret_fd = spool->fd;
    spool->fd = -1;
    return NULL;
}
