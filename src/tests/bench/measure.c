/*
 * Runs a command and writes what it cost, for `make bench`:
 *
 *     measure [-t SECONDS] RESULT OUTPUT COMMAND [ARGUMENT]...
 *
 * RESULT gets one line: wall seconds, CPU seconds (user and system), peak resident kilobytes, exit status (128 + the
 * signal's number for a signal, -1 when it was killed because it took longer than SECONDS), minor and major page faults.
 * The command's standard output and error go to OUTPUT.
 *
 * A program of its own because the kernel counts the memory of the process that forks into the peak of the one that
 * is executed: below the size of a Python interpreter nothing could be measured from Python.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t took_too_long;
static volatile pid_t child;

static void stop_child(int number)
{
    (void)number;
    took_too_long = 1;
    kill(-child, SIGKILL);
}

static double seconds_between(struct timespec from, struct timespec to)
{
    return (double)(to.tv_sec - from.tv_sec) + (double)(to.tv_nsec - from.tv_nsec) / 1e9;
}

static double seconds_of(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static int fail(const char *what)
{
    fprintf(stderr, "measure: %s: %s\n", what, strerror(errno));
    return 125;
}

static int run_command(int out, char **command)
{
    struct rlimit none = {0, 0};
    int in = open("/dev/null", O_RDONLY | O_CLOEXEC);

    /* Writing the core of a tool that crashes is none of its work. */
    setrlimit(RLIMIT_CORE, &none);
    if (in < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
        return fail("standard input and output");
    execvp(command[0], command);
    return fail(command[0]);
}

int main(int argc, char **argv)
{
    struct timespec started, ended;
    struct rusage usage;
    struct sigaction stop = {.sa_handler = stop_child};
    unsigned limit = 0;
    int status, out;
    FILE *result;

    if (argc > 2 && strcmp(argv[1], "-t") == 0) {
        limit = (unsigned)strtoul(argv[2], NULL, 10);
        argc -= 2;
        argv += 2;
    }
    if (argc < 4) {
        fprintf(stderr, "usage: measure [-t SECONDS] RESULT OUTPUT COMMAND [ARGUMENT]...\n");
        return 64;
    }
    /* Before the clock starts: to drop the 50 MB that the run before has left there takes longer than most reports. */
    out = open(argv[2], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (out < 0)
        return fail(argv[2]);
    sigemptyset(&stop.sa_mask);
    sigaction(SIGALRM, &stop, NULL);
    clock_gettime(CLOCK_MONOTONIC, &started);
    child = fork();
    if (child < 0)
        return fail("fork");
    if (child == 0) {
        /* A group of its own: what a shell or gdb has started is stopped with it. */
        setpgid(0, 0);
        _exit(run_command(out, argv + 3));
    }
    alarm(limit);
    while (wait4(child, &status, 0, &usage) < 0) {
        if (errno != EINTR)
            return fail("wait4");
    }
    clock_gettime(CLOCK_MONOTONIC, &ended);
    alarm(0);

    result = fopen(argv[1], "w");
    if (result == NULL)
        return fail(argv[1]);
    status = took_too_long ? -1 : WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    fprintf(result, "%.6f %.6f %ld %d %ld %ld\n", seconds_between(started, ended),
            seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime), usage.ru_maxrss, status, usage.ru_minflt, usage.ru_majflt);
    return fclose(result) == 0 ? 0 : fail(argv[1]);
}
