#include "cli/workers.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/guard.h"
#include "target/signals.h"

struct pc_worker {
    pid_t pid; /* 0: no process */
    void *context;
    bool ended, killed;
    int status; /* as waitpid() has it */
    uint64_t deadline; /* milliseconds of the monotonic clock; 0: none */
    int output, messages; /* files without names */
    char *mapped;
    size_t length;
    pc_buffer reason;
};

static const int signals[] = {SIGCHLD, SIGINT, SIGTERM};
volatile sig_atomic_t pc_workers_signal;

static void note_signal(int number)
{
    if (number != SIGCHLD)
        pc_workers_signal = number;
}

size_t pc_workers_default_count(void)
{
    cpu_set_t set;
    int count = !sched_getaffinity(0, sizeof(set), &set) ? CPU_COUNT(&set) : 0;
    if (count < 1)
        count = (int)sysconf(_SC_NPROCESSORS_ONLN);
    return count > 0 ? (size_t)count : 1;
}

/* A file in memory; where the kernel has none, one of $TMPDIR that has no name. */
static int open_file(void)
{
    int fd = memfd_create("pycore-worker", MFD_CLOEXEC);
    const char *dir = getenv("TMPDIR");
    if (fd < 0)
        fd = open(dir && *dir ? dir : "/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    return fd;
}

void pc_workers_init(pc_workers *workers, size_t count)
{
    *workers = (pc_workers){.slots = pc_malloc(count * sizeof(*workers->slots)), .count = count};
    for (size_t i = 0; i < count; i++)
        workers->slots[i] = (pc_worker){.output = open_file(), .messages = open_file()};
    sigemptyset(&workers->blocked);
    for (size_t i = 0; i < PC_ARRAY_SIZE(signals); i++)
        sigaddset(&workers->blocked, signals[i]);
    sigprocmask(SIG_BLOCK, NULL, &workers->before);
    pc_workers_signal = 0;
    for (size_t i = 0; i < PC_ARRAY_SIZE(signals); i++) {
        struct sigaction action = {.sa_handler = note_signal, .sa_flags = signals[i] == SIGCHLD ? SA_RESTART | SA_NOCLDSTOP : 0};
        sigaction(signals[i], &action, &workers->old_actions[i]);
        /* whoever started us wants it to be ignored (nohup, a shell's background job) */
        if (signals[i] != SIGCHLD && workers->old_actions[i].sa_handler == SIG_IGN)
            sigaction(signals[i], &workers->old_actions[i], NULL);
    }
}

static void let_go(pc_worker *w)
{
    if (w->mapped)
        munmap(w->mapped, w->length);
    w->mapped = NULL;
    w->length = 0;
}

void *pc_workers_kill(pc_workers *workers)
{
    for (size_t i = 0; i < workers->count; i++) {
        pc_worker *w = &workers->slots[i];
        if (!w->pid)
            continue;
        if (!w->ended) {
            kill(w->pid, SIGKILL);
            while (waitpid(w->pid, NULL, 0) < 0 && errno == EINTR)
                ;
        }
        w->pid = 0;
        workers->busy--;
        return w->context;
    }
    return NULL;
}

void pc_workers_deinit(pc_workers *workers)
{
    for (size_t i = 0; i < workers->count; i++) {
        pc_worker *w = &workers->slots[i];
        let_go(w);
        if (w->output >= 0)
            close(w->output);
        if (w->messages >= 0)
            close(w->messages);
        pc_buffer_deinit(&w->reason);
    }
    free(workers->slots);
    for (size_t i = 0; i < PC_ARRAY_SIZE(signals); i++)
        sigaction(signals[i], &workers->old_actions[i], NULL);
    *workers = (pc_workers){0};
}

static void run(const pc_worker *w, pc_job job, pid_t parent) __attribute__((noreturn));
static void run(const pc_worker *w, pc_job job, pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) /* it is gone already */
        _exit(PC_EXIT_NONE);
    /* Ctrl-C reaches all of a terminal's processes: the parent decides */
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_DFL);
    signal(SIGCHLD, SIG_DFL);
    struct rlimit none = {0};
    setrlimit(RLIMIT_CORE, &none); /* or it would leave one more core to be scanned */
    dup2(w->messages, STDERR_FILENO);
    FILE *out = fdopen(w->output, "w");
    if (!out)
        _exit(PC_EXIT_OUTPUT);
    pc_guard_forked();
    job(w->context, out);
    errno = 0;
    bool failed = ferror(out) != 0;
    if (fflush(out) || failed) {
        pc_cli_complain("its report cannot be handed over: %s", strerror(errno ? errno : EIO));
        _exit(PC_EXIT_OUTPUT);
    }
    _exit(PC_EXIT_COMPLETE);
}

void pc_workers_start(pc_workers *workers, pc_job job, void *context, uint64_t seconds)
{
    pc_worker *w = workers->slots;
    while (w->pid)
        w++;
    let_go(w);
    w->context = context;
    w->ended = w->killed = false;
    w->deadline = seconds ? pc_clock_milliseconds() + (seconds < PC_LIMIT_TIME_MOST ? seconds : PC_LIMIT_TIME_MOST) * 1000 : 0;
    workers->busy++;
    int failed = w->output < 0 || w->messages < 0 || ftruncate(w->output, 0) || ftruncate(w->messages, 0);
    if (!failed) {
        lseek(w->output, 0, SEEK_SET);
        lseek(w->messages, 0, SEEK_SET);
        fflush(NULL); /* or it would be written twice */
        pid_t parent = getpid();
        w->pid = fork();
        if (!w->pid)
            run(w, job, parent);
        failed = w->pid < 0;
    }
    if (failed) { /* told by the next wait */
        w->pid = -1;
        w->ended = true;
        w->status = errno;
    }
}

void pc_workers_end_by(int number)
{
    if (!number)
        return;
    signal(number, SIG_DFL);
    raise(number);
}

static bool read_ended(pc_worker *w)
{
    if (!w->pid || w->ended)
        return w->pid != 0;
    pid_t pid;
    while ((pid = waitpid(w->pid, &w->status, WNOHANG)) < 0 && errno == EINTR)
        ;
    w->ended = pid == w->pid || pid < 0;
    if (pid < 0) /* nobody knows how it ended */
        w->status = W_EXITCODE(PC_EXIT_NONE, 0);
    return w->ended;
}

/* The last line that it wrote to standard error. */
static void put_last_line(pc_worker *w, pc_buffer *text)
{
    char tail[PC_LIMIT_WORKER_MESSAGE];
    off_t size = lseek(w->messages, 0, SEEK_END), at = size > (off_t)sizeof(tail) ? size - (off_t)sizeof(tail) : 0;
    ssize_t n = size > 0 ? pread(w->messages, tail, sizeof(tail), at) : 0;
    while (n > 0 && (tail[n - 1] == '\n' || tail[n - 1] == ' '))
        n--;
    const char *line = n > 0 ? memrchr(tail, '\n', (size_t)n) : NULL;
    line = line ? line + 1 : tail;
    size_t length = n > 0 ? (size_t)(tail + n - line) : 0;
    static const char own[] = "pycore: ";
    if (length > strlen(own) && !memcmp(line, own, strlen(own))) {
        line += strlen(own);
        length -= strlen(own);
    }
    pc_text_put_terminal_bytes(text, line, length);
}

static const char *reason_of(pc_worker *w)
{
    PC_AUTO_BUFFER last = {0};
    pc_buffer_cut(&w->reason, 0);
    if (w->pid < 0) {
        pc_buffer_printf(&w->reason, "a worker cannot be started: %s", strerror(w->status));
        return pc_buffer_text(&w->reason);
    }
    put_last_line(w, &last);
    if (w->killed)
        pc_buffer_puts(&w->reason, "it took longer than --limit-time allows, and was killed");
    else if (WIFSIGNALED(w->status) && pc_signal_name(WTERMSIG(w->status)))
        pc_buffer_printf(&w->reason, "its worker was ended by %s", pc_signal_name(WTERMSIG(w->status)));
    else if (WIFSIGNALED(w->status))
        pc_buffer_printf(&w->reason, "its worker was ended by signal %d", WTERMSIG(w->status));
    else if (last.length)
        pc_buffer_puts(&w->reason, pc_buffer_text(&last));
    else
        pc_buffer_printf(&w->reason, "its worker ended with status %d", WEXITSTATUS(w->status));
    return pc_buffer_text(&w->reason);
}

static void make_result(pc_workers *workers, pc_worker *w, pc_worker_result *result)
{
    bool done = w->pid > 0 && !w->killed && WIFEXITED(w->status) && WEXITSTATUS(w->status) == PC_EXIT_COMPLETE;
    *result = (pc_worker_result){.context = w->context, .done = done, .data = ""};
    off_t size = done ? lseek(w->output, 0, SEEK_END) : 0;
    if (size > 0) {
        void *mapped = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, w->output, 0);
        w->mapped = mapped != MAP_FAILED ? mapped : NULL;
        w->length = w->mapped ? (size_t)size : 0;
        result->done = w->mapped != NULL;
        result->data = w->mapped;
        result->length = w->length;
    }
    if (!result->done)
        result->reason = reason_of(w);
    w->pid = 0;
    workers->busy--;
}

static pc_workers_event wait_for(pc_workers *workers, int fd, int milliseconds, pc_worker_result *ret_result)
{
    uint64_t end = milliseconds < 0 ? 0 : pc_clock_milliseconds() + (uint64_t)milliseconds;
    for (;;) {
        if (pc_workers_signal)
            return PC_WORKERS_SIGNAL;
        uint64_t now = pc_clock_milliseconds(), next = end;
        for (size_t i = 0; i < workers->count; i++) {
            pc_worker *w = &workers->slots[i];
            if (read_ended(w)) {
                make_result(workers, w, ret_result);
                return PC_WORKERS_RESULT;
            }
            if (w->pid && w->deadline && now >= w->deadline) {
                w->killed = true;
                w->deadline = 0;
                kill(w->pid, SIGKILL);
            }
            if (w->pid && w->deadline && (!next || w->deadline < next))
                next = w->deadline;
        }
        if (milliseconds >= 0 && now >= end)
            return PC_WORKERS_TIMEOUT;
        struct pollfd input = {.fd = fd, .events = POLLIN};
        uint64_t left = next > now ? next - now : 0;
        struct timespec timeout = {(time_t)(left / 1000), (long)(left % 1000) * 1000000};
        if (ppoll(&input, fd >= 0, next ? &timeout : NULL, &workers->before) > 0)
            return PC_WORKERS_INPUT;
    }
}

pc_workers_event pc_workers_wait(pc_workers *workers, int fd, int milliseconds, pc_worker_result *ret_result)
{
    for (size_t i = 0; i < workers->count; i++)
        let_go(&workers->slots[i]);
    /* one that comes between the look and the wait would not end the wait */
    sigprocmask(SIG_BLOCK, &workers->blocked, NULL);
    pc_workers_event event = wait_for(workers, fd, milliseconds, ret_result);
    sigprocmask(SIG_SETMASK, &workers->before, NULL);
    return event;
}
