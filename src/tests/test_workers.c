/* Processes that look at one thing each: whatever becomes of them is a result. */
#include <CUnit/CUnit.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/workers.h"
#include "tests/check.h"
#include "tests/unit.h"

static void says(void *context, FILE *out)
{
    fprintf(out, "job %s", (const char *)context);
}

static void says_nothing(void *context, FILE *out)
{
    (void)context;
    (void)out;
}

static void crashes(void *context, FILE *out)
{
    (void)context;
    fputs("half", out);
    fflush(out);
    raise(SIGKILL);
}

static void leaves(void *context, FILE *out)
{
    (void)context;
    (void)out;
    _exit(3);
}

static void complains(void *context, FILE *out)
{
    (void)context;
    (void)out;
    fputs("something before\n", stderr);
    pc_cli_complain("no \033[31m\xff memory");
    _exit(2);
}

static void hangs(void *context, FILE *out)
{
    (void)context;
    (void)out;
    for (;;)
        pause();
}

static void writes_too_much(void *context, FILE *out)
{
    struct rlimit most = {1000, 1000};
    (void)context;
    setrlimit(RLIMIT_FSIZE, &most);
    signal(SIGXFSZ, SIG_IGN);
    for (int i = 0; i < 2000; i++)
        fputc('x', out);
}

static pc_worker_result one(pc_workers *w, pc_job job, const char *context, uint64_t seconds)
{
    pc_worker_result result = {0};
    CHECK(pc_workers_have_room(w));
    pc_workers_start(w, job, (void *)(uintptr_t)context, seconds);
    CHECK(pc_workers_wait(w, -1, -1, &result) == PC_WORKERS_RESULT);
    CHECK(result.context == context);
    return result;
}

static void check_failed(pc_workers *w, pc_job job, uint64_t seconds, const char *reason)
{
    pc_worker_result result = one(w, job, "x", seconds);
    check_context("%s", reason);
    CHECK(!result.done && result.length == 0);
    CHECK(result.reason && strstr(result.reason, reason));
    check_context("%s", "");
}

static void test_results(void)
{
    pc_workers w;
    pc_workers_init(&w, 1);
    for (int round = 0; round < 2; round++) {
        pc_worker_result result = one(&w, says, "a", 0);
        CHECK(result.done && result.length == 5 && !memcmp(result.data, "job a", 5) && !result.reason);
        result = one(&w, says_nothing, "b", 60);
        CHECK(result.done && result.length == 0);
        check_failed(&w, crashes, 0, "its worker was ended by SIGKILL");
        check_failed(&w, leaves, 0, "its worker ended with status 3");
        check_failed(&w, complains, 0, "no \\x1b[31m\\udcff memory");
        check_failed(&w, writes_too_much, 0, "its report cannot be handed over");
    }
    check_failed(&w, hangs, 1, "--limit-time");
    pc_workers_deinit(&w);
}

static void test_many(void)
{
    static const char *const names[] = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};
    bool seen[PC_ARRAY_SIZE(names)] = {false};
    size_t begun = 0, ended = 0;
    pc_workers w;
    pc_workers_init(&w, 3);
    while (ended < PC_ARRAY_SIZE(names)) {
        while (begun < PC_ARRAY_SIZE(names) && pc_workers_have_room(&w)) {
            pc_workers_start(&w, says, (void *)(uintptr_t)names[begun], 60);
            begun++;
        }
        pc_worker_result result;
        CU_ASSERT_FATAL(pc_workers_wait(&w, -1, -1, &result) == PC_WORKERS_RESULT);
        const char *name = result.context;
        CHECK(result.done && result.length == 5 && result.data[4] == *name);
        seen[*name - '0'] = true;
        ended++;
    }
    for (size_t i = 0; i < PC_ARRAY_SIZE(names); i++)
        CHECK(seen[i]);
    CHECK(!w.busy);
    pc_workers_deinit(&w);
}

static void test_waiting(void)
{
    pc_workers w;
    pc_worker_result result;
    int pipes[2];
    pc_workers_init(&w, 2);
    CHECK(pc_workers_wait(&w, -1, 1, &result) == PC_WORKERS_TIMEOUT);
    CU_ASSERT_FATAL(!pipe(pipes));
    CHECK(pc_workers_wait(&w, pipes[0], 0, &result) == PC_WORKERS_TIMEOUT);
    CHECK(write(pipes[1], "x", 1) == 1);
    CHECK(pc_workers_wait(&w, pipes[0], -1, &result) == PC_WORKERS_INPUT);
    pc_workers_start(&w, hangs, pipes, 0);
    raise(SIGTERM);
    CHECK(pc_workers_signal == SIGTERM);
    CHECK(pc_workers_wait(&w, -1, -1, &result) == PC_WORKERS_SIGNAL);
    CHECK(pc_workers_kill(&w) == pipes);
    CHECK(pc_workers_kill(&w) == NULL);
    pc_workers_deinit(&w);
    close(pipes[0]);
    close(pipes[1]);
}

void suite_workers(void)
{
    CU_pSuite suite = CU_add_suite("workers", NULL, NULL);
    CU_add_test(suite, "what becomes of one", test_results);
    CU_add_test(suite, "more than there is room for", test_many);
    CU_add_test(suite, "what it waits for", test_waiting);
}
