/*
 * The floor of `make bench`: what a report cannot cost less than.
 *
 *     floor CORE PAGES BYTES
 *
 * Maps CORE, touches one byte of each page that PAGES names (pairs of 64-bit numbers: first page, how many), and writes
 * BYTES bytes to standard output in pieces of 64 kB. It finds out nothing: what another program takes beyond this is
 * the work of finding out, and its own start.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE 65536

static int fail(const char *what)
{
    perror(what);
    return 1;
}

static const void *map(const char *path, size_t *ret_size)
{
    struct stat st;
    void *data = MAP_FAILED;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd >= 0 && fstat(fd, &st) == 0) {
        *ret_size = (size_t)st.st_size;
        data = mmap(NULL, *ret_size, PROT_READ, MAP_PRIVATE, fd, 0);
    }
    if (fd >= 0)
        close(fd);
    return data == MAP_FAILED ? NULL : data;
}

static void touch(const volatile unsigned char *core, size_t core_size, const uint64_t *pages, size_t count)
{
    size_t page_size = (size_t)sysconf(_SC_PAGESIZE), page_count = (core_size + page_size - 1) / page_size;

    for (size_t i = 0; i + 1 < count; i += 2)
        for (uint64_t page = pages[i]; page < page_count && page - pages[i] < pages[i + 1]; page++)
            (void)core[page * page_size];
}

static int write_bytes(uint64_t left)
{
    static char piece[PIECE];

    memset(piece, 'x', sizeof(piece));
    while (left > 0) {
        ssize_t written = write(STDOUT_FILENO, piece, left < PIECE ? (size_t)left : PIECE);

        if (written < 0)
            return fail("standard output");
        left -= (uint64_t)written;
    }
    return 0;
}

int main(int argc, char **argv)
{
    size_t core_size, pages_size;
    const void *core, *pages;

    if (argc != 4) {
        fprintf(stderr, "usage: floor CORE PAGES BYTES\n");
        return 64;
    }
    core = map(argv[1], &core_size);
    if (core == NULL)
        return fail(argv[1]);
    pages = map(argv[2], &pages_size);
    if (pages == NULL)
        return fail(argv[2]);
    touch(core, core_size, pages, pages_size / sizeof(uint64_t));
    return write_bytes(strtoull(argv[3], NULL, 10));
}
