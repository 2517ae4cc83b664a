#include "cli/guard.h"

#include <jansson.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/stop.h"
#include "cli/cli.h"

static struct {
    volatile sig_atomic_t quarters, writing, limits_memory;
    const char *volatile unfinished;
    int read_again;
    uint64_t seconds;
} guard;

/* All that may be called in a signal's handler, or without memory. */
static void say(const char *text)
{
    ssize_t ignored = write(STDERR_FILENO, text, strlen(text));
    (void)ignored;
}

static void end_early(const char *text)
{
    if (guard.unfinished)
        unlink(guard.unfinished);
    say(text);
    _exit(guard.writing ? PC_EXIT_OUTPUT : PC_EXIT_NONE);
}

static void out_of_memory(void)
{
    end_early(guard.limits_memory ? "pycore: out of memory: more is needed than --limit-memory allows, or there is no more\n" : "pycore: out of memory\n");
}

static void next_quarter(int number)
{
    (void)number;
    guard.quarters++;
    if (guard.quarters >= 4)
        end_early(guard.writing ? "pycore: the report could not be written in the time that --limit-time allows\n"
                                : "pycore: nothing was found in the time that --limit-time allows\n");
    if (guard.quarters >= 3)
        pc_stop(PC_STOP_TIME);
    pc_stop_inflating = guard.quarters >= 2;
}

/* Cores and modules are mapped, and somebody may cut one off, or its disk fail. Then a page of it becomes one of zeros, so that
 * whoever reads can go on to where it hears that it has to stop: nothing that comes of it is kept. */
static void lost_page(int number, siginfo_t *info, void *context)
{
    static volatile sig_atomic_t pages;
    (void)context;
    uintptr_t size = (uintptr_t)sysconf(_SC_PAGESIZE), page = (uintptr_t)info->si_addr & ~(size - 1);
    pages++;
    pc_stop(PC_STOP_FILE);
    if (number != SIGBUS || (info->si_code != BUS_ADRERR && info->si_code != BUS_OBJERR) || pages > PC_LIMIT_LOST_PAGES ||
        mmap((void *)page, size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
        end_early("pycore: a file that was being read has become shorter or cannot be read\n");
}

void pc_guard_process(void)
{
    pc_out_of_memory = out_of_memory;
    /* jansson's callers would leave out what could not be made */
    json_set_alloc_funcs(pc_malloc, free);
    /* a reader that goes away (head, less) is an output error, told by its errno */
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN); /* so is a file that may not become larger */
    struct sigaction lost = {.sa_flags = SA_SIGINFO};
    lost.sa_sigaction = lost_page;
    sigaction(SIGBUS, &lost, NULL);
}

void pc_guard_forked(void)
{
    guard.quarters = guard.writing = 0;
    guard.unfinished = NULL;
    guard.read_again = 0;
}

static void start_timer(uint64_t milliseconds, bool repeat)
{
    struct itimerval timer = {.it_value = {(time_t)(milliseconds / 1000), (suseconds_t)(milliseconds % 1000 * 1000)}};
    if (repeat)
        timer.it_interval = timer.it_value;
    setitimer(ITIMER_REAL, &timer, NULL); /* its clock is a monotonic one */
}

void pc_guard_begin(uint64_t seconds, uint64_t bytes)
{
    guard.seconds = seconds < PC_LIMIT_TIME_MOST ? seconds : PC_LIMIT_TIME_MOST;
    /* without SA_RESTART: a read of a pipe that gives nothing has to come back */
    struct sigaction action = {.sa_handler = next_quarter};
    sigaction(SIGALRM, &action, NULL);
    if (guard.seconds)
        start_timer(guard.seconds * 1000 / 4, true);
    guard.limits_memory = bytes != 0;
    pc_stop_limit_memory(bytes);
#if !PC_IS_SANITIZED /* whose own memory is counted with it, terabytes of it */
    /* Memory that the libraries take: private and writable. Mapped cores are neither. */
    rlim_t most = bytes < RLIM_INFINITY - PC_LIMIT_MEMORY_OWN ? (rlim_t)bytes + PC_LIMIT_MEMORY_OWN : RLIM_INFINITY;
    struct rlimit data = {.rlim_cur = most, .rlim_max = most};
    if (bytes)
        setrlimit(RLIMIT_DATA, &data);
#endif
}

void pc_guard_writing(void)
{
    if (guard.writing)
        return;
    guard.writing = 1;
    /* no signal in between: it would end a write halfway */
    struct itimerval left;
    if (!guard.seconds || getitimer(ITIMER_REAL, &left))
        return;
    uint64_t quarters = guard.quarters < 3 ? 3 - (uint64_t)guard.quarters : 0;
    guard.quarters = 3;
    start_timer(quarters * guard.seconds * 1000 / 4 + (uint64_t)left.it_value.tv_sec * 1000 + (uint64_t)left.it_value.tv_usec / 1000 + 1, false);
}

void pc_guard_unfinished(const char *path)
{
    guard.unfinished = path;
}

bool pc_guard_read_again(void)
{
    if (guard.read_again >= PC_LIMIT_READ_AGAIN)
        return false;
    guard.read_again++;
    pc_stop_flag = guard.quarters >= 3 ? PC_STOP_TIME : PC_STOP_NONE;
    return true;
}

bool pc_guard_lost_file(void)
{
    return pc_stop_flag == PC_STOP_FILE;
}
