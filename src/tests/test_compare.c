/* Cores side by side: which threads are the same one, which places they are in, and which core is the odd one out. */
#include <CUnit/CUnit.h>
#include <stdlib.h>
#include <string.h>

#include "base/buffer.h"
#include "base/limits.h"
#include "scan/compare.h"
#include "tests/check.h"
#include "tests/unit.h"

/* Threads as "NAME: outermost 1; inner 2 !raised", one a line; NAME "*" is the main thread, "" has no name. */
static void put_frames(pc_buffer *json, const char *stack)
{
    const char *parts[16];
    size_t count = 0;
    char *copy = pc_strdup(stack), *save = NULL;
    for (char *part = strtok_r(copy, ";", &save); part && count < 16; part = strtok_r(NULL, ";", &save))
        parts[count++] = part;
    pc_buffer_puts(json, "\"frames\":[");
    for (size_t i = count; i-- > 0;) {
        char name[32] = "", module[32] = "m";
        long line = 0;
        if (strchr(parts[i], '.'))
            sscanf(parts[i], " %31[^.].%31s %ld", module, name, &line);
        else
            sscanf(parts[i], " %31s %ld", name, &line);
        if (strcmp(name, ""))
            pc_buffer_printf(json, "%s{\"kind\":\"python\",\"name\":\"%s\",\"qualname\":null,\"module\":\"%s\",\"filename\":\"/%s.py\",\"line\":%ld}",
                             i + 1 < count ? "," : "", name, module, module, line);
    }
    pc_buffer_puts(json, "]");
    free(copy);
}

static void put_thread(pc_buffer *json, char *line, int tid)
{
    char *stack = strchr(line, ':'), *raised = strchr(line, '!'), *crashed = strchr(line, '^');
    *stack++ = 0;
    if (raised)
        *raised++ = 0;
    if (crashed)
        *crashed = 0;
    bool main = !strcmp(line, "*");
    pc_buffer_printf(json, "{\"tid\":%d,\"name\":", tid);
    pc_buffer_printf(json, *line ? "\"%s\"" : "null", main ? "MainThread" : line);
    pc_buffer_printf(json, ",\"main\":%s,\"crashed\":%s,", main ? "true" : "false", crashed ? "true" : "false");
    put_frames(json, stack);
    pc_buffer_puts(json, ",\"exceptions\":{\"handled\":[],\"raised\":");
    pc_buffer_printf(json, raised ? "{\"type\":\"%s\",\"module\":\"builtins\"}}}" : "null}}", raised ? raised : "");
}

static void add_version(pc_comparison *c, const char *path, const char *version, const char *threads)
{
    PC_AUTO_BUFFER json = {0};
    pc_buffer_printf(&json, "{\"schema\":\"pycore-report/1\",\"status\":\"complete\",\"process\":{\"pid\":7,\"command\":\"p\"},"
                     "\"interpreter\":{\"version\":\"%s\"},\"core\":{\"machine\":\"x86_64\"},\"threads\":[", version);
    char *copy = pc_strdup(threads), *save = NULL;
    int tid = 100;
    for (char *line = strtok_r(copy, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        pc_buffer_puts(&json, tid > 100 ? "," : "");
        put_thread(&json, line, tid++);
    }
    pc_buffer_puts(&json, "]}");
    CHECK_SUCCESS(pc_comparison_add(c, path, pc_buffer_text(&json), json.length));
    free(copy);
}

static void add(pc_comparison *c, const char *threads)
{
    add_version(c, "core", "3.11.7", threads);
}

/* A row as "NAME: 1,2 same | 3! line", the numbers from 1. */
static char *row_text(const pc_comparison *c, size_t i)
{
    pc_buffer text = {0};
    if (i >= c->row_count)
        return NULL;
    const pc_compare_row *row = &c->rows[i];
    pc_buffer_printf(&text, "%s:", row->thread->name ? row->thread->name : "?");
    for (size_t k = 0; k < row->variant_count; k++) {
        const pc_compare_variant *v = &row->variants[k];
        const char *name = pc_compare_difference_name(v->difference);
        pc_buffer_puts(&text, k ? " | " : " ");
        for (size_t n = 0; n < v->count; n++)
            pc_buffer_printf(&text, "%s%zu", n ? "," : "", v->cores[n] + 1);
        pc_buffer_printf(&text, "%s%s%s", v->odd ? "!" : "", name ? " " : "", name ? name : "");
        if (v->difference == PC_COMPARE_FUNCTION || v->difference == PC_COMPARE_LINE || v->difference == PC_COMPARE_DEEPER)
            pc_buffer_printf(&text, " %s", v->thread->frames[v->frame].name);
        if (v->difference == PC_COMPARE_SHALLOWER)
            pc_buffer_printf(&text, " %s", row->variants[0].thread->frames[v->other_frame].name);
    }
    return text.data;
}

static void check_row(const pc_comparison *c, size_t i, const char *wanted)
{
    char *got = row_text(c, i);
    CHECK_TEXT(got, wanted);
    free(got);
}

#define WAITS "*: <module> 9; main 5; wait 3"

static void test_odd_one(void)
{
    pc_comparison c;
    pc_comparison_init(&c);
    add(&c, WAITS "\nw: run 1; poll 2");
    add(&c, WAITS "\nw: run 1; poll 2");
    add(&c, "*: <module> 9; main 7; crunch 4; inner 1\nw: run 1; poll 2");
    add(&c, WAITS "\nw: run 1; poll 2");
    pc_comparison_make(&c);
    CHECK_UINT(c.row_count, 2);
    check_row(&c, 0, "MainThread: 1,2,4 | 3! line main");
    check_row(&c, 1, "w: 1,2,3,4");
    CHECK_UINT(c.rows[0].majority, PC_COMPARE_MAJORITY_OF_PLACES);
    CHECK_UINT(c.rows[0].variants[1].frame, 2);
    CHECK_UINT(c.rows[0].variants[1].other_frame, 1);
    CHECK(!c.rows[0].variants[1].same_functions);
    CHECK_UINT(c.cores[2].odd, 1);
    CHECK_UINT(c.cores[0].odd, 0);
    CHECK(!c.partial);
    CHECK_UINT(c.note_count, 0);
    pc_comparison_deinit(&c);
}

static void test_differences(void)
{
    static const struct {
        const char *stack, *wanted;
    } rows[] = {
        {"*: <module> 9; main 5; wait 3", "MainThread: 1,2,3"},
        {"*: <module> 9; main 5; wait 4", "MainThread: 1,2 | 3! line wait"},
        {"*: <module> 9; main 5; look 3", "MainThread: 1,2 | 3! function look"},
        {"*: <module> 9; main 5", "MainThread: 1,2 | 3! shallower wait"},
        {"*: <module> 9; main 5; wait 3; more 1", "MainThread: 1,2 | 3! deeper more"},
        {"*: <module> 9; main 5; wait 3 !KeyError", "MainThread: 1,2 | 3! exception"},
        {"*:", "MainThread: 1,2 | 3! shallower <module>"},
        {"other: run 1", "MainThread: 1,2 | 3! missing"},
    };
    for (size_t i = 0; i < PC_ARRAY_SIZE(rows); i++) {
        pc_comparison c;
        check_context("%s", rows[i].stack);
        pc_comparison_init(&c);
        add(&c, WAITS);
        add(&c, WAITS);
        add(&c, rows[i].stack);
        pc_comparison_make(&c);
        check_row(&c, 0, rows[i].wanted);
        pc_comparison_deinit(&c);
    }
    check_context("%s", "");
}

/* Lines that all differ do not hide that one is somewhere else; without any majority there is no odd one. */
static void test_majorities(void)
{
    pc_comparison c;
    pc_comparison_init(&c);
    add(&c, "*: main 5; spin 1");
    add(&c, "*: main 5; other 1");
    add(&c, "*: main 5; spin 2");
    add(&c, "*: main 5; spin 3");
    pc_comparison_make(&c);
    check_row(&c, 0, "MainThread: 1 | 3 line spin | 4 line spin | 2! function other");
    CHECK_UINT(c.rows[0].majority, PC_COMPARE_MAJORITY_OF_FUNCTIONS);
    CHECK(c.rows[0].variants[1].same_functions);
    CHECK_UINT(c.cores[1].odd, 1);
    pc_comparison_deinit(&c);

    pc_comparison_init(&c);
    add(&c, "*: main 5; a 1");
    add(&c, "*: main 5; b 1");
    add(&c, "*: main 5; b 1");
    add(&c, "*: main 5; a 1");
    pc_comparison_make(&c);
    check_row(&c, 0, "MainThread: 1,4 | 2,3 function b");
    CHECK_UINT(c.rows[0].majority, PC_COMPARE_NO_MAJORITY);
    pc_comparison_deinit(&c);
}

/* By name, whatever their order; those of a pool, whose numbers say little, by what they do. */
static void test_alignment(void)
{
    pc_comparison c;
    pc_comparison_init(&c);
    add(&c, WAITS "\nreader: run 1; read 2\nwriter: run 1; write 2\npool-0: run 1; work 5; busy 1\npool-1: run 1; idle 7\n: x 1; y 2");
    add(&c, "pool-0: run 1; idle 7\npool-1: run 1; work 5; busy 1\n: x 1; y 2\nwriter: run 1; write 2\nreader: run 1; read 3\n" WAITS);
    pc_comparison_make(&c);
    CHECK_UINT(c.row_count, 6);
    check_row(&c, 0, "reader: 1 | 2 line read");
    check_row(&c, 1, "MainThread: 1,2");
    check_row(&c, 2, "writer: 1,2");
    check_row(&c, 3, "pool-0: 1,2");
    check_row(&c, 4, "pool-1: 1,2");
    check_row(&c, 5, "?: 1,2");
    pc_comparison_deinit(&c);

    /* that only the machinery of threads is in both does not make them one; crashed ones go together */
    pc_comparison_init(&c);
    add(&c, WAITS "\nThread-1: threading.run 1; load 2\na: one 1 ^");
    add(&c, WAITS "\nThread-1: threading.run 1; save 2\nb: two 1 ^");
    pc_comparison_make(&c);
    CHECK_UINT(c.row_count, 4);
    check_row(&c, 0, "Thread-1: 1 | 2 missing");
    check_row(&c, 1, "a: 1 | 2 function two");
    check_row(&c, 2, "Thread-1: 2 | 1 missing");
    check_row(&c, 3, "MainThread: 1,2");
    pc_comparison_deinit(&c);
}

static void test_what_cannot_be_compared(void)
{
    static const char none[] = "{\"schema\":\"pycore-report/1\",\"status\":\"none\",\"threads\":[{\"frames\":[]}],"
        "\"diagnostics\":[{\"severity\":\"info\",\"message\":\"x\"},{\"severity\":\"error\",\"message\":\"no interpreter\"}]}";
    static const char *const wrong[] = {"", "[]", "{}", "{\"schema\":1}", "\"text\"", "{\"schema\":\"x\""};
    static const char *const odd[] = {"{\"schema\":\"s\"}", "{\"schema\":\"s\",\"threads\":{}}", "{\"schema\":\"s\",\"threads\":[1,null,[]]}",
                                      "{\"schema\":\"s\",\"threads\":[{\"frames\":[1,{\"line\":\"x\"}],\"exceptions\":[],\"name\":7}]}"};
    pc_comparison c;
    pc_comparison_init(&c);
    add_version(&c, "a", "3.11.7", WAITS);
    pc_comparison_add_failed(&c, "b", "Permission denied");
    CHECK_SUCCESS(pc_comparison_add(&c, "c", none, sizeof(none) - 1));
    for (size_t i = 0; i < PC_ARRAY_SIZE(wrong); i++)
        CHECK_ERROR(pc_comparison_add(&c, "d", wrong[i], strlen(wrong[i])), PC_ERROR_FORMAT);
    add_version(&c, "e", "3.12.1", "*: other.go 1");
    pc_comparison_make(&c);
    CHECK_UINT(c.core_count, 4);
    CHECK_UINT(c.compared, 2);
    CHECK(c.partial);
    CHECK_TEXT(c.cores[1].reason, "Permission denied");
    CHECK_TEXT(c.cores[2].reason, "no interpreter");
    check_row(&c, 0, "MainThread: 1 | 4 function go");
    CHECK_UINT(c.note_count, 2);
    CHECK_TEXT(c.notes[0], "they are of different programs: m.py (1), other.py (4)");
    CHECK_TEXT(c.notes[1], "they are of different versions of the interpreter: 3.11.7 (1), 3.12.1 (4)");
    pc_comparison_deinit(&c);

    pc_comparison_init(&c);
    for (size_t i = 0; i < PC_ARRAY_SIZE(odd); i++)
        CHECK_SUCCESS(pc_comparison_add(&c, "o", odd[i], strlen(odd[i])));
    pc_comparison_make(&c);
    CHECK_UINT(c.compared, PC_ARRAY_SIZE(odd));
    pc_comparison_deinit(&c);

    pc_comparison_init(&c);
    pc_comparison_make(&c);
    CHECK_UINT(c.row_count, 0);
    pc_comparison_deinit(&c);
}

static char *text_of(const pc_comparison *c, bool json, uint64_t max_frames)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    const pc_compare_text_options options = {.max_frames = max_frames};
    if (!out)
        abort();
    if (json)
        pc_comparison_write_json(c, "none", out);
    else
        pc_comparison_write_text(c, &options, out);
    fclose(out);
    return text;
}

static void test_text(void)
{
    pc_comparison c;
    pc_comparison_init(&c);
    add_version(&c, "one\x1b", "3.11.7", WAITS "\npool-0: run 1; idle 7\npool-1: run 1; idle 7");
    add_version(&c, "two", "3.11.7", WAITS "\npool-0: run 1; idle 7\npool-1: run 1; idle 7");
    add_version(&c, "three\xff", "3.11.7", "*: <module> 9; main 7; rec 4; rec 4; rec 4; rec 4; rec 4; end 1 !KeyError\npool-0: run 1; idle 7\npool-1: run 1; idle 7");
    pc_comparison_add_failed(&c, "four", "text");
    pc_comparison_make(&c);
    char *text = text_of(&c, false, 0);
    CHECK_TEXT(text,
               "3 cores of /m.py, CPython 3.11.7\n"
               "  1  one\\x1b  pid 7\n"
               "  2  two  pid 7\n"
               "  3  three\\udcff  pid 7  the odd one out in 1 thread\n"
               "  4  four  not compared: text\n"
               "\n"
               "MainThread (the main thread): 2 different places\n"
               "  1, 2 (2 of 3)\n"
               "    File \"/m.py\", line 9, in <module>\n"
               "    File \"/m.py\", line 5, in main\n"
               "    File \"/m.py\", line 3, in wait\n"
               "  3 (1 of 3)  the odd one out\n"
               "    ... 1 outer frame as in 1, 2\n"
               "  * File \"/m.py\", line 7, in main  <- not line 5\n"
               "    File \"/m.py\", line 4, in rec\n"
               "    File \"/m.py\", line 4, in rec\n"
               "    File \"/m.py\", line 4, in rec\n"
               "    [Previous frame repeated 2 more times]\n"
               "    File \"/m.py\", line 1, in end\n"
               "    raising KeyError\n"
               "\n"
               "pool-0 and 1 more like it: the same in all 3\n"
               "    File \"/m.py\", line 1, in run\n"
               "    File \"/m.py\", line 7, in idle\n");
    free(text);
    text = text_of(&c, false, 1);
    CHECK(strstr(text, "  1, 2 (2 of 3)\n    ... 2 outer frames\n    File \"/m.py\", line 3, in wait\n") != NULL);
    CHECK(strstr(text, "  * File \"/m.py\", line 7, in main  <- not line 5\n    ... 5 outer frames\n    File \"/m.py\", line 1, in end\n") != NULL);
    free(text);
    text = text_of(&c, true, 0);
    CHECK(strstr(text, "{\"schema\":\"pycore-compare/1\",") == text);
    CHECK(strstr(text, "\"path\":\"three\\\\udcff\",\"path_bytes\":\"7468726565ff\"") != NULL);
    CHECK(strstr(text, "\"difference\":{\"kind\":\"line\",\"frame\":6,\"other_frame\":1,\"same_functions\":false}") != NULL);
    CHECK_TEXT(text + strlen(text) - 3, "]}\n");
    free(text);
    pc_comparison_deinit(&c);
}

/* What is beyond the limits is left out, and said. */
static void test_limits(void)
{
    PC_AUTO_BUFFER threads = {0};
    pc_comparison c;
    for (int i = 0; i < PC_LIMIT_COMPARE_THREADS + 2; i++)
        pc_buffer_printf(&threads, "t%c%d: f 1\n", 'a' + i % 26, i);
    pc_comparison_init(&c);
    add(&c, pc_buffer_text(&threads));
    add(&c, pc_buffer_text(&threads));
    pc_comparison_make(&c);
    CHECK_UINT(c.cores[0].left_out, 2);
    CHECK_UINT(c.row_count, PC_LIMIT_COMPARE_THREADS);
    CHECK(c.partial);
    pc_comparison_deinit(&c);
}

void suite_compare(void)
{
    CU_pSuite suite = CU_add_suite("compare", NULL, NULL);
    CU_add_test(suite, "the odd one out", test_odd_one);
    CU_add_test(suite, "where stacks differ", test_differences);
    CU_add_test(suite, "majorities", test_majorities);
    CU_add_test(suite, "threads that are the same one", test_alignment);
    CU_add_test(suite, "what cannot be compared", test_what_cannot_be_compared);
    CU_add_test(suite, "text and JSON", test_text);
    CU_add_test(suite, "limits", test_limits);
}
