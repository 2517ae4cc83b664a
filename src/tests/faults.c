/* pycore with a fault: something fails, or happens, at the N-th time that memory is asked for, or in reads. The allocators of
 * the whole process are replaced, those of libdw, libelf, jansson and of the C library, too. src/tests/e2e/faults.py runs it.
 *
 *   faults count 0 ARGUMENTS...    runs pycore's command; says on descriptor 3 how often memory was asked for
 *   faults sites 0 ARGUMENTS...    the same, and a line "number callers" for each first time that memory is asked for from one place
 *   faults fail N ARGUMENTS...     the N-th time there is none
 *   faults gone N ARGUMENTS...     from the N-th time on there is none
 *   faults time N ARGUMENTS...     reading has to end, as when the time is over
 *   faults end N ARGUMENTS...      all of the time is over
 *   faults cut:SIZE:FILE N ARGUMENTS...   FILE becomes SIZE bytes long
 *   faults short N ARGUMENTS...    read() and pread() give N bytes at most
 *   faults unread N ARGUMENTS...   the N-th read() or pread() fails */
#include <errno.h>
#include <execinfo.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/limits.h"
#include "cli/cli.h"
#include "cli/guard.h"

enum { SITES = 1 << 14, DEPTH = 7, HEAP = 3 };

static struct {
    const char *action, *file;
    long size;
    unsigned long at, count, reads;
    bool active, in_hook;
    uint64_t sites[SITES]; /* hashes of callers */
} fault;

#ifdef __SANITIZE_ADDRESS__
#define REAL(name) __interceptor_##name
#else
#define REAL(name) __libc_##name
#endif
void *REAL(malloc)(size_t size);
void *REAL(calloc)(size_t count, size_t size);
void *REAL(realloc)(void *old, size_t size);

static bool is(const char *action)
{
    return !strcmp(fault.action, action);
}

/* Says so the first time that memory is asked for from a place. */
static void note_site(void)
{
    void *callers[DEPTH + 2];
    fault.in_hook = true; /* backtrace() allocates */
    int depth = backtrace(callers, DEPTH + 2);
    fault.in_hook = false;
    uint64_t hash = PC_HASH_START;
    for (int i = 2; i < depth; i++)
        hash = pc_hash_unit(hash, (uintptr_t)callers[i]);
    for (size_t i = hash % SITES, n = 0; n < SITES; i = (i + 1) % SITES, n++) {
        if (fault.sites[i] == hash)
            return;
        if (!fault.sites[i]) {
            fault.sites[i] = hash;
            dprintf(HEAP, "%lu\n", fault.count);
            return;
        }
    }
}

/* Whether there is none. */
static bool fails_now(void)
{
    fault.count++;
    if (is("sites"))
        note_site();
    if (is("gone") && fault.count >= fault.at)
        return true;
    if (fault.count != fault.at)
        return false;
    if (is("fail"))
        return true;
    if (is("time") || is("end"))
        for (int i = is("end") ? 4 : 3; i; i--)
            raise(SIGALRM);
    if (fault.file && truncate(fault.file, fault.size))
        _exit(98);
    return false;
}

/* A sanitizer is not ready yet when it asks for memory itself. */
#define UNCHECKED __attribute__((no_sanitize("address", "undefined")))

UNCHECKED static bool fails(void)
{
    return fault.active && !fault.in_hook && fails_now();
}

UNCHECKED void *malloc(size_t size)
{
    if (!fails())
        return REAL(malloc)(size);
    errno = ENOMEM;
    return NULL;
}

UNCHECKED void *calloc(size_t count, size_t size)
{
    if (!fails())
        return REAL(calloc)(count, size);
    errno = ENOMEM;
    return NULL;
}

UNCHECKED void *realloc(void *old, size_t size)
{
    if (!fails())
        return REAL(realloc)(old, size);
    errno = ENOMEM;
    return NULL;
}

static bool read_fails(size_t *size)
{
    if (!fault.active)
        return false;
    if (is("short") && *size > fault.at)
        *size = fault.at;
    if (!is("unread") || ++fault.reads != fault.at)
        return false;
    errno = EIO;
    return true;
}

ssize_t read(int fd, void *buffer, size_t size)
{
    return read_fails(&size) ? -1 : (ssize_t)syscall(SYS_read, fd, buffer, size);
}

ssize_t pread(int fd, void *buffer, size_t size, off_t offset)
{
    return read_fails(&size) ? -1 : (ssize_t)syscall(SYS_pread64, fd, buffer, size, offset);
}

ssize_t pread64(int fd, void *buffer, size_t size, off_t offset);
ssize_t pread64(int fd, void *buffer, size_t size, off_t offset)
{
    return pread(fd, buffer, size, offset);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(int argc, char **argv);
    } commands[] = {{"analyze", pc_command_analyze}, {"inspect", pc_command_inspect}, {"distill", pc_command_distill}};
    if (argc < 5)
        return 97;
    fault.action = argv[1];
    fault.at = strtoul(argv[2], NULL, 10);
    if (!strncmp(argv[1], "cut:", 4)) {
        char *end;
        fault.size = strtol(argv[1] + 4, &end, 10);
        fault.file = end + 1;
    }
    pc_guard_process();
    for (size_t i = 0; i < PC_ARRAY_SIZE(commands); i++) {
        if (strcmp(argv[3], commands[i].name))
            continue;
        if (is("sites")) { /* what it allocates the first time is not ours */
            void *caller[1];
            backtrace(caller, 1);
        }
        fault.active = true;
        int status = commands[i].run(argc - 3, argv + 3);
        fault.active = false;
        if (is("count") || is("sites"))
            dprintf(HEAP, "%lu\n", fault.count);
        return status;
    }
    return 97;
}
