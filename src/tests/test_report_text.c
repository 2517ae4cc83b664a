/* The report for a person, and the source lines that it shows. */
#include <CUnit/CUnit.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/source.h"
#include "tests/check.h"
#include "tests/sample_report.h"
#include "tests/synth.h"
#include "tests/unit.h"

/* No control character but the line's end, nothing that a terminal would act on. */
static bool is_safe(const char *text)
{
    const char *p = text;
    while (*p) {
        uint32_t c;
        size_t n = pc_text_decode(p, strlen(p), &c);
        if (!n || (c < 0x20 && c != '\n') || (c >= 0x7f && c < 0xa0) || (c >= 0x2028 && c <= 0x202e))
            return false;
        p += n;
    }
    return true;
}

#define CHECK_HAS(text, part) CHECK(strstr((text), (part)) != NULL)

static void test_full(void)
{
    sample_report s;
    sample_report_full(&s);
    char *text = sample_text(&s, false, 0);
    CHECK(is_safe(text));
    CHECK_HAS(text, "pyth" EVIL_SHOWN " (pid 4711) was killed by SIGSEGV at address 0x0\n");
    CHECK_HAS(text, "CPython 3.11.7\n");
    CHECK_HAS(text, "2, 1 of them with Python\n");
    CHECK_HAS(text, "Thread 4711 \"Main" EVIL_SHOWN "\" (crashed, main, holds the GIL)\n");
    CHECK_HAS(text, "Thread 4712 (no Python)\n");
    CHECK_HAS(text, "  File \"/nonexistent/a.py\", line 10, in C.f" EVIL_SHOWN "\n");
    CHECK_HAS(text, "  File \"/nonexistent/a.py\", line 11, in main\n");
    CHECK_HAS(text, "      arg" EVIL_SHOWN " = '" EVIL_SHOWN "'\n");
    CHECK_HAS(text, "gone = <m.Lost: unreadable>\n");
    CHECK_HAS(text, "? = [1, ...\n");
    CHECK_HAS(text, "line 11, in main\n      self = <m.C object at 0x6020>\n      ("); /* not here: further in */
    CHECK_HAS(text, "      self = <m.C object at 0x6020>\n        ._C__x" EVIL_SHOWN " = 1\n        .lost = <m.Lost: corrupt>\n"
                    "        ... and 1 more attribute\n");
    CHECK_HAS(text, "      stack[0] = '" EVIL_SHOWN "'\n      stack[1] = NULL\n"
                    "      stack[2] = <released: nothing is at 0x6040 any more>\n");
    CHECK_HAS(text, "      (the depth of its stack is not known)\n");
    CHECK_HAS(text, "\nGlobals of m" EVIL_SHOWN ":\n  n" EVIL_SHOWN " = '" EVIL_SHOWN "'\n\n"); /* and nothing more */
    CHECK_HAS(text, "m.Cause\n");
    CHECK_HAS(text, "The above exception was the direct cause of the following exception:\n");
    CHECK_HAS(text, "m.Raised: why " EVIL_LINES "\n");
    CHECK_HAS(text, "a note " EVIL_LINES "\n");
    CHECK_HAS(text, "During handling of the above exception, another exception occurred:\n");
    CHECK_HAS(text, "m.Inner (str() is code of its class; args: ('x',))\n");
    CHECK_HAS(text, "(the exception at 0x5000, shown");
    CHECK_HAS(text, "warning: page of " EVIL_SHOWN "\n");
    CHECK_HAS(text, "info: local x: no type\n");
    /* the chain comes before what it led to, frames from the outermost one inwards */
    CHECK(strstr(text, "m.Cause\n") < strstr(text, "m.Raised:"));
    CHECK(strstr(text, "line 11, in main") < strstr(text, "line 10, in C.f"));
    CHECK_UINT(text[strlen(text) - 1], '\n');
    free(text);
    sample_report_deinit(&s);
}

static void test_empty(void)
{
    sample_report s;
    sample_report_empty(&s);
    char *text = sample_text(&s, false, 0);
    CHECK(is_safe(text));
    CHECK_HAS(text, "a process: no signal\n");
    CHECK_HAS(text, "no Python state: no interpreter " EVIL_SHOWN "\n");
    CHECK_HAS(text, "error: broken " EVIL_SHOWN "\n");
    free(text);
    sample_report_deinit(&s);
}

/* With colour, the text is the same but for the sequences of ours, each of which is ended. */
static void test_color(void)
{
    sample_report s;
    sample_report_full(&s);
    char *plain = sample_text(&s, false, 0), *colored = sample_text(&s, true, 0);
    PC_AUTO_BUFFER stripped = {0};
    bool on = false, good = true;
    size_t sequences = 0;
    CHECK(strchr(plain, '\x1b') == NULL);
    for (const char *p = colored; *p;) {
        if (*p != '\x1b') {
            good &= *p != '\n' || !on; /* a line does not colour the next one */
            pc_buffer_putc(&stripped, *p++);
            continue;
        }
        size_t n = strspn(p + 1, "[0123456789;");
        good &= p[1 + n] == 'm' && n <= 6;
        on = strncmp(p + 1, "[0m", 3) != 0;
        sequences++;
        p += n + 2;
    }
    CHECK(good && !on && sequences > 10);
    CHECK_TEXT(stripped.data, plain);
    free(plain);
    free(colored);
    sample_report_deinit(&s);
}

/* A stack that recursed: the same frame is shown three times and then counted, as Python does. */
static void test_repeated_frames(void)
{
    sample_report s;
    sample_report_full(&s);
    pc_thread *t = &s.walk.threads[0];
    t->frames = pc_arena_array(&s.arena, 100, sizeof(*t->frames));
    t->frame_count = 100;
    for (size_t i = 0; i < 100; i++)
        t->frames[i] = (pc_frame){.address = i, .place = sample_place(&s.arena, (pc_place){.name = i < 99 ? "deep" : "main",
                                  .filename = "/nonexistent/b.py", .position = {.line = 3}})};
    char *text = sample_text(&s, false, 0);
    size_t shown = 0;
    for (const char *p = text; (p = strstr(p, "in deep\n")); p++)
        shown++;
    CHECK_UINT(shown, 3);
    CHECK_HAS(text, "[Previous frame repeated 96 more times]\n");
    free(text);
    t->frame_count = 4;
    t->frames_limited = true;
    text = sample_text(&s, false, 0);
    CHECK_HAS(text, "[Previous frame repeated 1 more time]\n");
    CHECK_HAS(text, "--max-frames");
    free(text);
    sample_report_deinit(&s);
}

static void test_module_body(void)
{
    sample_report s;
    sample_report_full(&s);
    pc_frame *f = &s.walk.threads[0].frames[0];
    pc_place body = *f->place;
    body.is_module_body = true;
    f->place = &body;
    f->local_count = 6;
    f->locals = pc_arena_array(&s.arena, 6, sizeof(*f->locals));
    static const char *const names[] = {"__name__", "os", "helper", "one", "two", "three"},
        *const types[] = {"str", "module", "function", "int", "int", "int"};
    pc_value values[6];
    for (size_t i = 0; i < 6; i++) {
        values[i] = (pc_value){.type = types[i], .is_definition = i == 1 || i == 2, .repr = {.text = "5", .exact = true}};
        f->locals[i] = (pc_local){.name = names[i], .kind = PC_LOCAL_NAME, .value = &values[i]};
    }
    f->locals[4] = (pc_local){.name = names[4], .kind = PC_LOCAL_NAME, .number = 5, .is_number = true};
    char *text = sample_text(&s, false, 2);
    CHECK(!strstr(text, "__name__") && !strstr(text, "      os =") && !strstr(text, "helper"));
    CHECK_HAS(text, "      one = 5\n      two = 5\n      ... and 1 more name\n");
    free(text);
    text = sample_text(&s, false, 0);
    CHECK_HAS(text, "      three = 5\n");
    free(text);
    sample_report_deinit(&s);
}

/* Threads that stand at the same place are told once; a crashed one never disappears among them. */
static void test_same_stacks(void)
{
    sample_report s;
    sample_report_full(&s);
    pc_thread *threads = pc_arena_array(&s.arena, 5, sizeof(*threads));
    pc_lwp *lwps = pc_arena_array(&s.arena, 5, sizeof(*lwps));
    for (size_t i = 0; i < 5; i++) {
        pc_frame *f = PC_NEW(&s.arena, pc_frame);
        *f = (pc_frame){.address = i, .place = sample_place(&s.arena, (pc_place){.name = "wait", .filename = "/nonexistent/c.py",
                        .position = {.line = i == 4 ? 9 : 5}})};
        lwps[i].tid = 100 + (int64_t)i;
        threads[i] = (pc_thread){.lwp = &lwps[i], .state = 1, .frames = f, .frame_count = 1, .crashed = i == 0,
                                 .holds_gil = PC_UNKNOWN};
    }
    s.walk.threads = threads;
    s.walk.thread_count = 5;
    char *text = sample_text(&s, false, 0);
    CHECK_HAS(text, "Thread 100 (crashed)\n");
    CHECK_HAS(text, "Thread 101\n");
    CHECK(!strstr(text, "Thread 102") && !strstr(text, "Thread 103"));
    CHECK_HAS(text, "with the same stack:");
    CHECK_HAS(text, "102, 103");
    CHECK_HAS(text, "Thread 104\n");
    free(text);
    sample_report_deinit(&s);
}

static void test_source_lines(void)
{
    static const char source[] = "import os\r\n\r\n@decorator\n\tasync def work(x):\n    return x  # \xc3\xa9\n\r"
                                 "class K:\n    def f (self): pass\nlast\ndef g_more(): pass";
    char *path;
    synth_file_write(source, sizeof(source) - 1, &path);
    pc_source_cache *cache = pc_source_cache_create(NULL);
    CHECK_TEXT(pc_source_line(cache, path, 1, 1, "<module>"), "import os");
    CHECK_TEXT(pc_source_line(cache, path, 1, -1, NULL), "import os");
    CHECK_TEXT(pc_source_line(cache, path, 5, 3, "work"), "return x  # \xc3\xa9");
    CHECK_TEXT(pc_source_line(cache, path, 5, 4, "work"), "return x  # \xc3\xa9");
    CHECK_TEXT(pc_source_line(cache, path, 8, 8, "f"), "def f (self): pass");
    CHECK_TEXT(pc_source_line(cache, path, 8, 7, "K"), "def f (self): pass");
    CHECK_TEXT(pc_source_line(cache, path, 9, 1, NULL), "last");
    /* another version of the file: no such function where the code says */
    CHECK_TEXT(pc_source_line(cache, path, 5, 3, "wor"), NULL);
    CHECK_TEXT(pc_source_line(cache, path, 5, 3, "worker"), NULL);
    CHECK_TEXT(pc_source_line(cache, path, 5, 5, "work"), NULL);
    CHECK_TEXT(pc_source_line(cache, path, 3, 3, "work"), NULL); /* not yet there */
    CHECK_TEXT(pc_source_line(cache, path, 2, 1, NULL), NULL);   /* nothing to show */
    CHECK_TEXT(pc_source_line(cache, path, 10, 10, "g_more"), "def g_more(): pass");
    CHECK_TEXT(pc_source_line(cache, path, 10, 10, "g"), NULL);
    CHECK_TEXT(pc_source_line(cache, path, 11, 1, NULL), NULL);
    CHECK_TEXT(pc_source_line(cache, path, 0, 1, NULL), NULL);
    CHECK_TEXT(pc_source_line(cache, path, -1, 1, NULL), NULL);
    CHECK_TEXT(pc_source_line(cache, path, INT64_MAX, INT64_MAX, "f"), NULL);
    CHECK_TEXT(pc_source_line(cache, path, 5, INT64_MAX, "f"), NULL);
    CHECK_TEXT(pc_source_line(cache, NULL, 1, 1, NULL), NULL);
    CHECK_TEXT(pc_source_line(cache, "relative.py", 1, 1, NULL), NULL);
    CHECK_TEXT(pc_source_line(cache, "/nonexistent/x.py", 1, 1, NULL), NULL);
    CHECK_TEXT(pc_source_line(cache, "/proc/self/status", 1, 1, NULL), NULL);
    CHECK_TEXT(pc_source_line(cache, "/dev/zero", 1, 1, NULL), NULL);
    CHECK_TEXT(pc_source_line(cache, "/tmp", 1, 1, NULL), NULL);
    synth_file_remove(&path);
    synth_file_write("text\0binary\n", 12, &path);
    CHECK_TEXT(pc_source_line(cache, path, 1, 1, NULL), NULL);
    synth_file_remove(&path);
    pc_source_cache_destroy(cache);
    pc_source_cache_destroy(NULL);
}

void suite_report_text(void)
{
    CU_pSuite suite = CU_add_suite("report_text", NULL, NULL);
    CU_add_test(suite, "one of everything", test_full);
    CU_add_test(suite, "next to nothing", test_empty);
    CU_add_test(suite, "colour", test_color);
    CU_add_test(suite, "repeated frames", test_repeated_frames);
    CU_add_test(suite, "a module's body", test_module_body);
    CU_add_test(suite, "same stacks", test_same_stacks);
    CU_add_test(suite, "source lines", test_source_lines);
}
