#include "scan/found.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cursor.h"
#include "base/error.h"
#include "base/text.h"
#include "target/stored.h"

#define HEAD 64 /* bytes that are looked at */

static void is_no_core(pc_found *found, const char *reason)
{
    found->kind = PC_FOUND_NOT_CORE;
    found->reason = reason;
}

void pc_found_fail(pc_found *found, const char *what, int error, pc_arena *arena)
{
    found->kind = PC_FOUND_UNREADABLE;
    found->reason = pc_arena_printf(arena, "%s%s", what, strerror(error));
}

static const char *what_of_mode(mode_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFREG:
        return NULL;
    case S_IFDIR:
        return "a directory";
    case S_IFLNK:
        return "a symbolic link";
    case S_IFIFO:
        return "a FIFO";
    case S_IFSOCK:
        return "a socket";
    case S_IFCHR:
    case S_IFBLK:
        return "a device";
    default:
        return "not a regular file";
    }
}

void pc_found_from_stat(pc_found *found, const struct stat *st)
{
    found->file = (pc_file_id){
        .size = (uint64_t)st->st_size,
        .changed = (int64_t)((uint64_t)st->st_mtim.tv_sec * 1000000000 + (uint64_t)st->st_mtim.tv_nsec),
        .device = (uint64_t)st->st_dev,
        .inode = (uint64_t)st->st_ino,
    };
    is_no_core(found, what_of_mode(st->st_mode));
}

/* ---- files that are left alone ---- */

typedef struct left_file {
    const void *owner;
    uint64_t device, inode;
    const char *reason;
} left_file;

static left_file *left;
static size_t left_count, left_capacity;

void pc_found_leave(const void *owner, uint64_t device, uint64_t inode, const char *reason)
{
    left = pc_grow(left, left_count, &left_capacity, sizeof(*left));
    left[left_count++] = (left_file){.owner = owner, .device = device, .inode = inode, .reason = reason};
}

void pc_found_leave_none(const void *owner)
{
    size_t kept = 0;
    for (size_t i = 0; i < left_count; i++)
        if (left[i].owner != owner)
            left[kept++] = left[i];
    left_count = kept;
    if (!kept) {
        free(left);
        left = NULL;
        left_capacity = 0;
    }
}

static const char *why_left(const pc_file_id *file)
{
    for (size_t i = 0; i < left_count; i++)
        if (left[i].inode == file->inode && left[i].device == file->device)
            return left[i].reason;
    return NULL;
}

/* ---- what a file begins with ---- */

static bool is_text(const char *head, size_t size)
{
    /* the last character may be cut off */
    size_t at = 0;
    for (size_t length; at < size; at += length) {
        uint32_t c;
        length = pc_text_decode(head + at, size - at, &c);
        if (!length)
            return size - at < 4 && size == HEAD;
        if (c < 32 && !strchr("\t\n\r\f\x1b", (int)c))
            return false;
    }
    return true;
}

static const char *what_else(const uint8_t *head, size_t size)
{
    size_t zeros = 0;
    while (zeros < size && !head[zeros])
        zeros++;
    if (!size)
        return "empty";
    if (zeros == size)
        return "zeros";
    if (size > 2 && !memcmp(head, "#!", 2))
        return "a script";
    return is_text((const char *)head, size) ? "text" : "data";
}

static const char *what_elf(const uint8_t *head, size_t size)
{
    if (size < EI_NIDENT + 2)
        return "an ELF header that is cut off";
    if ((head[EI_CLASS] != ELFCLASS32 && head[EI_CLASS] != ELFCLASS64) || (head[EI_DATA] != ELFDATA2LSB && head[EI_DATA] != ELFDATA2MSB))
        return "a damaged ELF header";
    switch (pc_load_uint(head + EI_NIDENT, 2, head[EI_DATA] == ELFDATA2MSB)) {
    case ET_CORE:
        return NULL;
    case ET_EXEC:
        return "an ELF executable";
    case ET_DYN:
        return "an ELF executable or library";
    case ET_REL:
        return "an ELF object file";
    default:
        return "an ELF file of another type";
    }
}

/* NULL: a core. */
static const char *what_is(const uint8_t *head, size_t size)
{
    return size >= SELFMAG && !memcmp(head, ELFMAG, SELFMAG) ? what_elf(head, size) : what_else(head, size);
}

/* A compressed file that begins as no core does is none: logs are compressed, too, and there are many. */
static void look_at_head(pc_found *found, int fd, const uint8_t *head, size_t size, pc_arena *arena)
{
    const char *form = pc_stored_form(head, size), *other;
    uint8_t inner[HEAD];
    size_t inner_size;
    if (!form) {
        other = what_is(head, size);
    } else {
        other = pc_stored_peek(fd, inner, sizeof(inner), &inner_size) ? what_is(inner, inner_size) : NULL;
        other = other ? pc_arena_printf(arena, "%s (%s)", other, form) : NULL;
    }
    found->kind = form ? PC_FOUND_STORED : PC_FOUND_CORE;
    if (other)
        is_no_core(found, other);
}

static ssize_t read_head(int fd, uint8_t *head)
{
    size_t size = 0;
    ssize_t n = 1;
    while (size < HEAD && n > 0) {
        n = pread(fd, head + size, HEAD - size, (off_t)size);
        if (n < 0 && errno == EINTR)
            n = 1;
        else if (n > 0)
            size += (size_t)n;
    }
    return n < 0 ? -1 : (ssize_t)size;
}

/* A regular file, as far as was seen before. */
static void look_into(pc_found *found, int fd, pc_arena *arena)
{
    uint8_t head[HEAD];
    struct stat st;
    ssize_t size;
    if (fstat(fd, &st)) {
        pc_found_fail(found, "", errno, arena);
        return;
    }
    pc_found_from_stat(found, &st);
    if (found->reason) /* it is another one by now */
        return;
    if ((size = read_head(fd, head)) < 0)
        pc_found_fail(found, "", errno, arena);
    else
        look_at_head(found, fd, head, (size_t)size, arena);
}

void pc_found_look_at(pc_found *found, int folder, const char *name, int flags, pc_arena *arena)
{
    struct stat st;
    if (fstatat(folder, name, &st, flags)) {
        pc_found_fail(found, "", errno, arena);
        return;
    }
    pc_found_from_stat(found, &st);
    if (!found->reason)
        found->reason = why_left(&found->file);
    if (found->reason)
        return;
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | (flags & AT_SYMLINK_NOFOLLOW ? O_NOFOLLOW : 0));
    if (fd < 0) {
        pc_found_fail(found, "", errno, arena);
        return;
    }
    look_into(found, fd, arena);
    close(fd);
}

void pc_found_look(pc_found *found, const char *path, pc_arena *arena)
{
    *found = (pc_found){.path = path, .named = true};
    pc_found_look_at(found, AT_FDCWD, path, 0, arena);
    if (found->kind == PC_FOUND_NOT_CORE && pc_stored_is_folder(path)) {
        found->kind = PC_FOUND_STORED;
        found->reason = NULL;
    }
}
