/* Signatures: what two reports of one defect share, and what tells two defects apart. */
#include <CUnit/CUnit.h>
#include <elf.h>
#include <signal.h>
#include <string.h>

#include "report/signature.h"
#include "tests/check.h"
#include "tests/unit.h"

typedef struct sample {
    pc_arena arena;
    pc_core core;
    pc_walk walk;
    pc_report report;
    pc_thread threads[4];
    pc_report_module modules[1];
    pc_register registers[1];
    pc_exception exception;
} sample;

static void init(sample *s, size_t threads, int signal, const char *name)
{
    memset(s, 0, sizeof(*s));
    pc_arena_init(&s->arena);
    s->core.machine = pc_machine_find(EM_X86_64, 64);
    s->walk = (pc_walk){.core = &s->core, .arena = &s->arena, .threads = s->threads, .thread_count = threads};
    s->report.walk = &s->walk;
    s->report.process.signal = signal;
    s->report.process.signal_name = name;
    s->threads[0].crashed = signal != 0;
    s->modules[0] = (pc_report_module){.path = "/opt/lib/libfoo.so.2", .start = 0x10000, .end = 0x20000};
    s->report.modules = s->modules;
    s->report.module_count = 1;
}

/* Frames out of "module qualname file|...", the innermost first; each at an address of its own. */
static pc_frame *frames(sample *s, const char *text, size_t *ret_count)
{
    pc_frame *list = pc_arena_array(&s->arena, 64, sizeof(*list));
    size_t count = 0;
    for (char *line = pc_arena_strdup(&s->arena, text), *next; line && *line; line = next) {
        char *words[3] = {line, NULL, NULL};
        next = strchr(line, '|');
        if (next)
            *next++ = 0;
        for (size_t i = 1; i < 3 && words[i - 1] && (words[i] = strchr(words[i - 1], ' ')); i++)
            *words[i]++ = 0;
        const char *dot = words[1] ? strrchr(words[1], '.') : NULL;
        pc_place *place = PC_NEW(&s->arena, pc_place);
        *place = (pc_place){.module = *words[0] == '-' ? NULL : words[0], .qualname = words[1], .name = dot ? dot + 1 : words[1],
                            .filename = words[2], .position = {.line = (int64_t)count}};
        list[count] = (pc_frame){.address = 0x1000 + 16 * count, .place = place};
        count++;
    }
    *ret_count = count;
    return list;
}

static void stack(sample *s, size_t thread, const char *text)
{
    s->threads[thread].frames = frames(s, text, &s->threads[thread].frame_count);
}

static void check(sample *s, const char *text)
{
    pc_signature_make(&s->report);
    CHECK_TEXT(s->report.signature.text, text);
    pc_arena_deinit(&s->arena);
}

static void crash(const char *frames_of_it, const char *text)
{
    sample s;
    check_context("%s", frames_of_it);
    init(&s, 1, SIGSEGV, "SIGSEGV");
    stack(&s, 0, frames_of_it);
    check(&s, text);
}

static void test_functions(void)
{
    crash("app.db Pool.get /srv/venv1/lib/python3.11/site-packages/app/db.py|app.web handle a.py", "1 SIGSEGV in app.db:Pool.get < app.web:handle");
    crash("__main__ main /home/u/serve.py", "1 SIGSEGV in __main__.serve:main");
    crash("__main__ <module> <string>", "1 SIGSEGV in __main__.<string>:<module>");
    /* a module whose name is not known */
    crash("- f /x/lib/python3.12/site-packages/pkg/sub/m.py|- g /usr/lib/python3.9/json/decoder.py|- h /srv/app/tool.py|- i",
          "1 SIGSEGV in pkg.sub.m:f < json.decoder:g < tool:h < ?:i");
    crash("- f /usr/lib/python3/dist-packages/apt/cache.pyc|- g /lib/pythonic/x.py|- h a|- i .py", "1 SIGSEGV in apt.cache:f < x:g < a:h < .py:i");
    /* qualified names from 3.11 on, and before */
    crash("m outer.<locals>.C.f a.py|m outer.<locals>.inner.<locals>.<lambda> a.py|m <locals>. a.py", "1 SIGSEGV in m:C.f < m:<lambda> < m:<locals>.");
    /* comprehensions and the import system come and go with versions */
    crash("m f.<locals>.<listcomp> a.py|m f a.py|importlib._bootstrap _find x|_frozen_importlib y z|m2 <module> b.py",
          "1 SIGSEGV in m:f < m2:<module>");
    crash("m f.<locals>.<genexpr> a.py|m f a.py", "1 SIGSEGV in m:<genexpr> < m:f");
    /* a name that cannot be read */
    crash("-", "1 SIGSEGV in ?:?");
}

static void test_recursion(void)
{
    crash("m f a.py|m f a.py|m f a.py|m g a.py", "1 SIGSEGV in m:f < m:g");
    crash("m f a.py|m g a.py|m f a.py|m g a.py|m f a.py|m main a.py", "1 SIGSEGV in m:f < m:g < m:f < m:main");
    crash("m a a.py|m b a.py|m c a.py|m a a.py|m b a.py|m c a.py|m a a.py|m b a.py|m c a.py|m main a.py", "1 SIGSEGV in m:a < m:b < m:c < m:main");
    /* six of them are told, after it is folded */
    crash("m f a|m f a|m f a|m f a|m f a|m f a|m f a|m b a|m c a|m d a|m e a|m g a|m h a", "1 SIGSEGV in m:f < m:b < m:c < m:d < m:e < m:g");
}

static void test_carriers(void)
{
    crash("m f a.py|threading Thread.run t.py|threading Thread._bootstrap t.py", "1 SIGSEGV in m:f");
    crash("threading Lock.x t.py|m f a.py|concurrent.futures.thread _worker t.py|threading run t.py", "1 SIGSEGV in threading:Lock.x < m:f");
    crash("threading Thread.run t.py|threading Thread._bootstrap t.py", "1 SIGSEGV in threading:Thread.run < threading:Thread._bootstrap");
    crash("m f a.py|threadings run t.py", "1 SIGSEGV in m:f < threadings:run");
    crash("m f a.py|asyncio.base_events run_forever x|asyncio.runners run x|__main__ <module> /x/y.py", 
          "1 SIGSEGV in m:f < asyncio.base_events:run_forever < asyncio.runners:run < __main__.y:<module>");
}

static void test_exceptions(void)
{
    sample s;
    /* from where it was raised, through the frame that handles it, outwards */
    for (int handled = 0; handled < 2; handled++) {
        init(&s, 1, handled ? SIGABRT : SIGSEGV, handled ? "SIGABRT" : "SIGSEGV");
        stack(&s, 0, "m cleanup a.py|m handler a.py|m main a.py");
        s.exception.full_type = "app.errors.PoolError";
        s.exception.traceback = frames(&s, "m handler a.py|m work a.py|m deep a.py", &s.exception.traceback_count);
        s.exception.traceback[0].address = s.threads[0].frames[1].address;
        s.exception.traceback[1].address = s.exception.traceback[2].address = 0x9999;
        static pc_exception *list[1];
        list[0] = &s.exception;
        s.threads[0].raised = handled ? NULL : &s.exception;
        s.threads[0].handled = list;
        s.threads[0].handled_count = handled;
        check(&s, "1 app.errors.PoolError in m:deep < m:work < m:handler < m:main");
    }
    /* 2.7 prints names without their modules */
    static const char *const classes[][3] = {{"app.errors", "PoolError", "1 app.errors.PoolError in m:f"},
                                             {"exceptions", "ValueError", "1 ValueError in m:f"}};
    for (size_t i = 0; i < PC_ARRAY_SIZE(classes); i++) {
        init(&s, 1, SIGSEGV, "SIGSEGV");
        stack(&s, 0, "m f a.py");
        s.exception.module = classes[i][0];
        s.exception.type = s.exception.full_type = classes[i][1];
        s.threads[0].raised = &s.exception;
        check(&s, classes[i][2]);
    }
    /* who segfaults while handling one segfaults */
    init(&s, 1, SIGSEGV, "SIGSEGV");
    stack(&s, 0, "m f a.py");
    s.exception.type = "ValueError";
    static pc_exception *list[1];
    list[0] = &s.exception;
    s.threads[0].handled = list;
    s.threads[0].handled_count = 1;
    check(&s, "1 SIGSEGV in m:f");
    /* without a traceback */
    init(&s, 1, SIGSEGV, "SIGSEGV");
    stack(&s, 0, "m f a.py");
    s.exception.type = "ValueError";
    s.threads[0].raised = &s.exception;
    check(&s, "1 ValueError in m:f");
}

static void test_hangs(void)
{
    static const struct {
        int signal;
        bool has_sender, self, hang;
    } cases[] = {{0, false, false, true}, {SIGSTOP, true, true, true}, {SIGABRT, true, false, true}, {SIGABRT, true, true, false},
                 {SIGQUIT, false, false, true}, {SIGSEGV, false, false, false}};
    for (size_t i = 0; i < PC_ARRAY_SIZE(cases); i++) {
        sample s;
        check_context("%zu", i);
        init(&s, 4, cases[i].signal, "SIGNAL");
        s.report.process.has_pid = true;
        s.report.process.pid = 5;
        s.report.process.has_sender = cases[i].has_sender;
        s.report.process.sender_pid = cases[i].self ? 5 : 6;
        stack(&s, 0, "m get a.py|m f a.py|m g a.py|m h a.py");
        stack(&s, 1, "queue Queue.get q.py|app.log drain a.py|threading Thread.run t.py");
        stack(&s, 2, "queue Queue.get q.py|app.log drain a.py|threading Thread.run t.py");
        stack(&s, 3, "threading Condition.wait t.py|concurrent.futures.thread _worker t.py|threading Thread.run t.py");
        check(&s, cases[i].hang ? "1 hang in m:get < m:f < m:g | queue:Queue.get < app.log:drain" : "1 SIGNAL in m:get < m:f < m:g < m:h");
    }
    sample s;
    init(&s, 2, 0, NULL);
    stack(&s, 0, "threading Condition.wait t.py|threading Thread.run t.py");
    check(&s, "1 hang in threading:Condition.wait < threading:Thread.run");
}

static void test_without_python(void)
{
    static const struct {
        uint64_t pc;
        const char *text;
    } cases[] = {{0x11c3f, "1 SIGSEGV in libfoo.so.2+0x1c3f"}, {0, "1 SIGSEGV in null"}, {0x20000, "1 SIGSEGV in ?"}};
    sample s;
    for (size_t i = 0; i < PC_ARRAY_SIZE(cases); i++) {
        init(&s, 1, SIGSEGV, "SIGSEGV");
        s.registers[0] = (pc_register){.name = "rip", .value = cases[i].pc};
        s.threads[0].registers = s.registers;
        s.threads[0].register_count = 1;
        check(&s, cases[i].text);
    }
    init(&s, 1, SIGSEGV, "SIGSEGV");
    check(&s, NULL);
    init(&s, 1, 0, NULL);
    check(&s, NULL);
    init(&s, 0, SIGSEGV, "SIGSEGV");
    check(&s, NULL);
}

static void test_digest(void)
{
    /* the test vectors of the draft */
    static const struct {
        const char *text, *hash;
    } cases[] = {{"", "cbf29ce484222325"}, {"a", "af63dc4c8601ec8c"}, {"foobar", "85944171f73967e8"}};
    for (size_t i = 0; i < PC_ARRAY_SIZE(cases); i++) {
        char hash[17];
        pc_signature_digest(cases[i].text, hash);
        CHECK_TEXT(hash, cases[i].hash);
    }
}

void suite_signature(void)
{
    CU_pSuite suite = CU_add_suite("signature", NULL, NULL);
    CU_add_test(suite, "functions", test_functions);
    CU_add_test(suite, "recursion", test_recursion);
    CU_add_test(suite, "carriers", test_carriers);
    CU_add_test(suite, "exceptions", test_exceptions);
    CU_add_test(suite, "hangs", test_hangs);
    CU_add_test(suite, "without Python", test_without_python);
    CU_add_test(suite, "digest", test_digest);
}
