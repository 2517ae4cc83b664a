/* The JSON report: every key of the contract is there, null where nothing is known, and text comes back as it was. */
#include <CUnit/CUnit.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "tests/check.h"
#include "tests/sample_report.h"
#include "tests/unit.h"

static const char *const top_keys[] = {"schema", "pycore", "status", "core", "process", "interpreter", "interpreters",
                                       "modules", "threads", "globals",
                                       "signature", "diagnostics", NULL};
static const char *const core_keys[] = {"path", "path_bytes", "size", "machine", "bits", "byte_order", "compression",
                                        "truncated", NULL};
static const char *const process_keys[] = {"pid", "ppid", "uid", "gid", "command", "arguments", "arguments_truncated",
                                           "executable", "hostname",
                                           "time", "cause", "signal", NULL};
static const char *const signal_keys[] = {"number", "name", "code", "code_name", "fault_address", "sender_pid",
                                          "sender_uid", NULL};
static const char *const interpreter_keys[] = {"implementation", "version", "debug", "free_threaded",
                                               "runtime_address", "found_by", "layout", NULL};
static const char *const layout_keys[] = {"source", "origin", "exact", "cached", NULL};
static const char *const state_keys[] = {"id", "address", "main", "own_gil", NULL};
static const char *const module_keys[] = {"path", "start", "end", "build_id", "file", "matches", NULL};
static const char *const thread_keys[] = {"tid", "pthread", "name", "interpreter", "main", "crashed", "holds_gil",
                                          "registers", "frames", "exceptions", NULL};
static const char *const frame_keys[] = {"kind", "name", "qualname", "module", "filename", "line", "column",
                                         "end_line", "end_column",
                                         "first_line", "instruction", "entry", "address", "status", "globals_address", "locals", "stack", NULL};
static const char *const local_keys[] = {"name", "kind", "captured", "type", "address", "value", "exact", "truncated",
                                         "status", "generator", "attributes", "attributes_status", NULL};
static const char *const attribute_keys[] = {"name", "type", "address", "value", "exact", "truncated", "status",
                                              "generator", "attributes", "attributes_status", NULL};
static const char *const exception_keys[] = {"type", "module", "message", "args", "address", "notes",
                                             "suppress_context", "cause", "context",
                                             "group", "traceback", "status", NULL};
static const char *const diagnostic_keys[] = {"severity", "code", "message", "address", NULL};

/* The node at a path: names and indices separated by dots. */
static json_t *at(json_t *node, const char *path)
{
    while (node && *path) {
        char name[64];
        size_t n = strcspn(path, ".");
        memcpy(name, path, n);
        name[n] = 0;
        bool is_array = json_is_array(node);
        node = is_array ? json_array_get(node, (size_t)strtoul(name, NULL, 10)) : json_object_get(node, name);
        path += n + (path[n] == '.');
    }
    return node;
}

static void check_keys(json_t *node, const char *const *keys, int line)
{
    check_true(json_is_object(node), "an object", __FILE__, line);
    for (size_t i = 0; keys[i]; i++) {
        check_context("key %s", keys[i]);
        check_true(json_object_get(node, keys[i]) != NULL, "there", __FILE__, line);
    }
    check_context("%s", "");
}
#define CHECK_KEYS(path, keys) check_keys(at(root, (path)), (keys), __LINE__)
#define CHECK_STRING(path, wanted) CHECK_TEXT(json_string_value(at(root, (path))), (wanted))
#define CHECK_NUMBER(path, wanted)                                                                             \
    CHECK_INT(json_is_integer(at(root, (path))) ? json_integer_value(at(root, (path))) : INT64_MIN, (wanted))
#define CHECK_NULL(path) CHECK(json_is_null(at(root, (path))))

static json_t *parse(const sample_report *s)
{
    char *text = sample_json(s);
    json_error_t error;
    json_t *root = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    if (!root) {
        check_context("%s at %d", error.text, error.position);
        CHECK(!"JSON");
        check_context("%s", "");
    }
    CHECK(strlen(text) > 1 && text[strlen(text) - 1] == '\n');
    free(text);
    return root;
}

static void test_full(void)
{
    sample_report s;
    sample_report_full(&s);
    json_t *root = parse(&s);
    CHECK_KEYS("", top_keys);
    CHECK_KEYS("core", core_keys);
    CHECK_KEYS("process", process_keys);
    CHECK_KEYS("process.signal", signal_keys);
    CHECK_KEYS("interpreter", interpreter_keys);
    CHECK_KEYS("interpreter.layout", layout_keys);
    CHECK_KEYS("interpreters.0", state_keys);
    CHECK_KEYS("modules.0", module_keys);
    CHECK_KEYS("threads.0", thread_keys);
    CHECK_KEYS("threads.1", thread_keys);
    CHECK_KEYS("threads.0.frames.0", frame_keys);
    CHECK_KEYS("threads.0.frames.1", frame_keys);
    for (int i = 0; i < 4; i++) {
        char path[64];
        snprintf(path, sizeof(path), "threads.0.frames.0.locals.%d", i);
        CHECK_KEYS(path, local_keys);
    }
    CHECK_NULL("threads.0.frames.0.locals.0.attributes");
    CHECK_NULL("threads.0.frames.0.locals.0.attributes_status");
    CHECK_STRING("threads.0.frames.0.locals.3.attributes_status", "truncated");
    CHECK_KEYS("threads.0.frames.0.locals.3.attributes.0", attribute_keys);
    CHECK_STRING("threads.0.frames.0.locals.3.attributes.0.name", "_C__x" EVIL);
    CHECK_STRING("threads.0.frames.0.locals.3.attributes.0.value", "1");
    CHECK_NULL("threads.0.frames.0.locals.3.attributes.0.attributes");
    CHECK_NULL("threads.0.frames.0.locals.3.attributes.1.value");
    CHECK_STRING("threads.0.frames.1.locals.0.attributes.1.status", "corrupt");
    CHECK_NULL("threads.0.frames.1.stack");
    CHECK_STRING("threads.0.frames.0.globals_address", "0x8000");
    CHECK_NULL("threads.0.frames.1.globals_address");
    CHECK_STRING("threads.0.frames.0.stack.0.value", "'" EVIL "'");
    CHECK_NULL("threads.0.frames.0.stack.1");
    CHECK_STRING("threads.0.frames.0.stack.2.status", "stale");
    CHECK_NULL("threads.0.frames.0.stack.2.exact");
    CHECK_STRING("globals.0.module", "m" EVIL);
    CHECK_STRING("globals.0.address", "0x8000");
    CHECK_STRING("globals.0.names.0.name", "n" EVIL);
    CHECK_KEYS("globals.0.names.1", attribute_keys);
    CHECK_KEYS("threads.0.exceptions.raised", exception_keys);
    CHECK_KEYS("threads.0.exceptions.raised.cause", exception_keys);
    CHECK_KEYS("threads.0.exceptions.raised.traceback.0", frame_keys);
    CHECK_KEYS("threads.0.exceptions.handled.0.group.0", exception_keys);
    CHECK_KEYS("diagnostics.0", diagnostic_keys);

    CHECK_STRING("schema", "pycore-report/1");
    CHECK_STRING("status", "partial");
    CHECK_STRING("core.byte_order", "little");
    CHECK_NUMBER("core.size", 123456789);
    CHECK_NUMBER("process.pid", 4711);
    CHECK_STRING("process.command", "pyth" EVIL);
    CHECK_STRING("process.arguments.2", EVIL);
    CHECK_NULL("process.arguments_truncated");
    CHECK_STRING("process.signal.fault_address", "0x0");
    CHECK_NULL("process.signal.sender_pid");
    CHECK(json_is_false(at(root, "interpreter.debug")));
    CHECK_NULL("interpreter.runtime_address");
    CHECK_NULL("modules.0.matches");
    CHECK_STRING("modules.0.end", "0x2000");
    CHECK_STRING("threads.0.name", "Main" EVIL);
    CHECK_STRING("threads.0.registers.rsp", "0xffffffffffffffff");
    CHECK(json_is_true(at(root, "threads.0.holds_gil")));
    CHECK_NUMBER("threads.1.tid", 4712);
    CHECK_NULL("threads.1.interpreter");
    CHECK_NULL("threads.1.pthread");
    CHECK_UINT(json_array_size(at(root, "threads.1.frames")), 0);
    CHECK_NULL("threads.1.exceptions.raised");
    CHECK_STRING("threads.0.frames.0.qualname", "C.f" EVIL);
    CHECK_NUMBER("threads.0.frames.0.column", 4);
    CHECK_NUMBER("threads.0.frames.0.instruction", 42);
    CHECK(json_is_true(at(root, "threads.0.frames.0.entry")));
    CHECK_NULL("threads.0.frames.1.entry");
    CHECK_NULL("threads.0.frames.1.column");
    CHECK_NULL("threads.0.frames.1.end_column");
    CHECK_NULL("threads.0.frames.1.end_line");
    CHECK_NULL("threads.0.frames.1.instruction");
    CHECK_NULL("threads.0.frames.1.first_line");
    CHECK_NULL("threads.0.exceptions.raised.traceback.1.locals");
    CHECK_STRING("threads.0.frames.0.locals.0.value", "'" EVIL "'");
    CHECK(json_is_true(at(root, "threads.0.frames.0.locals.0.exact")));
    CHECK_STRING("threads.0.frames.0.locals.1.kind", "free");
    CHECK_NULL("threads.0.frames.0.locals.1.value");
    CHECK_NULL("threads.0.frames.0.locals.1.exact"); /* null when value is */
    CHECK_STRING("threads.0.frames.0.locals.1.status", "unreadable");
    CHECK_NULL("threads.0.frames.0.locals.2.name");
    CHECK_NULL("threads.0.frames.0.locals.2.address");
    CHECK(json_is_true(at(root, "threads.0.frames.0.locals.2.truncated")));
    CHECK_STRING("threads.0.exceptions.raised.message", "why " EVIL);
    CHECK_STRING("threads.0.exceptions.raised.notes.0", "a note " EVIL);
    CHECK_NULL("threads.0.exceptions.raised.group");
    CHECK_NULL("threads.0.exceptions.raised.context");
    CHECK_STRING("threads.0.exceptions.handled.0.group.1.status", "repeated");
    CHECK_UINT(json_object_size(at(root, "threads.0.exceptions.handled.0.group.1")), 2);
    CHECK_NULL("threads.0.exceptions.handled.0.group.0.message");
    CHECK_NULL("threads.0.exceptions.handled.0.suppress_context");
    CHECK_UINT(json_array_size(at(root, "diagnostics")), 2);
    CHECK_NULL("diagnostics.0.address");
    CHECK_STRING("diagnostics.1.address", "0xabc");
    json_decref(root);
    sample_report_deinit(&s);
}

static void test_empty(void)
{
    sample_report s;
    sample_report_empty(&s);
    json_t *root = parse(&s);
    CHECK_KEYS("", top_keys);
    CHECK_KEYS("core", core_keys);
    CHECK_KEYS("process", process_keys);
    CHECK_STRING("status", "none");
    CHECK_NULL("interpreter");
    CHECK_NULL("process.signal");
    CHECK_NULL("process.pid");
    CHECK_NULL("process.arguments");
    CHECK_NULL("core.machine");
    CHECK_UINT(json_array_size(at(root, "threads")), 0);
    CHECK_UINT(json_array_size(at(root, "modules")), 0);
    json_decref(root);
    sample_report_deinit(&s);
}

/* A long chain and a long stack: the document is written without holding them twice, and is whole. */
static void test_long(void)
{
    sample_report s;
    sample_report_full(&s);
    pc_thread *t = &s.walk.threads[0];
    t->frame_count = 20000;
    t->frames = pc_arena_array(&s.arena, t->frame_count, sizeof(*t->frames));
    for (size_t i = 0; i < t->frame_count; i++)
        t->frames[i] = (pc_frame){.address = i, .place = sample_place(&s.arena, (pc_place){.name = "f", .position = {.line = (int64_t)i}})};
    pc_exception *last = t->raised;
    for (int i = 0; i < 400; i++) {
        pc_exception *e = PC_NEW(&s.arena, pc_exception);
        *e = (pc_exception){.type = "E", .address = 1, .message = "m"};
        last->cause = e;
        last = e;
    }
    json_t *root = parse(&s);
    CHECK_UINT(json_array_size(at(root, "threads.0.frames")), 20000);
    CHECK_NUMBER("threads.0.frames.19999.line", 19999);
    size_t depth = 0;
    for (json_t *e = at(root, "threads.0.exceptions.raised"); json_is_object(e); e = json_object_get(e, "cause"))
        depth++;
    CHECK_UINT(depth, 401);
    json_decref(root);
    sample_report_deinit(&s);
}

/* What stands there already is not written without end: 100,000 frames of one method have the same self. */
static void test_repeated_attributes(void)
{
    sample_report s;
    sample_report_full(&s);
    size_t size = PC_LIMIT_REPEATED / 2 + 1;
    char *large = pc_arena_alloc(&s.arena, size + 1);
    memset(large, 'x', size);
    pc_frame *f = &s.walk.threads[0].frames[0];
    pc_local self = f->locals[3];
    self.attributes->items[0].value.repr.text = large;
    f->locals = pc_arena_array(&s.arena, 3, sizeof(*f->locals));
    for (size_t i = 0; i < 3; i++)
        f->locals[i] = self;
    f->local_count = 3;
    s.walk.threads[0].frames[1].local_count = 0;
    json_t *root = parse(&s);
    for (int i = 0; i < 3; i++) {
        char path[64];
        snprintf(path, sizeof(path), "threads.0.frames.0.locals.%d.attributes_status", i);
        CHECK_STRING(path, i < 2 ? "truncated" : "repeated");
    }
    CHECK(json_is_array(at(root, "threads.0.frames.0.locals.1.attributes")));
    CHECK_NULL("threads.0.frames.0.locals.2.attributes");
    json_decref(root);
    sample_report_deinit(&s);
}

/* A small int has no value of its own, and variables of one name come again: they are told as all others. */
static void test_numbers(void)
{
    static const char long_name[] = "a name that is longer than what is kept of those that come again, which is some 100 bytes with what is told beside it";
    static const int64_t numbers[] = {0, -1, 42, INT64_MAX, INT64_MIN};
    sample_report s;
    sample_report_full(&s);
    pc_frame *f = &s.walk.threads[0].frames[0];
    const char *names[] = {"n", NULL, "n" EVIL, long_name, "n"};
    size_t count = PC_ARRAY_SIZE(numbers);
    pc_value *values = pc_arena_array(&s.arena, count, sizeof(*values));
    f->local_count = (uint32_t)(4 * count);
    f->locals = pc_arena_array(&s.arena, f->local_count, sizeof(*f->locals));
    for (size_t i = 0; i < f->local_count; i++) {
        size_t k = i / 4;
        pc_local l = {.name = names[k], .kind = (pc_local_kind)(k % 5), .captured = k % 2};
        values[k] = (pc_value){.type = "int", .address = 0x6000 + k, .repr = {.text = pc_arena_printf(&s.arena, "%" PRId64, numbers[k]), .exact = true}};
        l.is_number = i % 2;
        if (l.is_number) {
            l.address = values[k].address;
            l.number = numbers[k];
        } else {
            l.value = &values[k];
        }
        f->locals[i] = l;
    }
    json_t *root = parse(&s), *locals = at(root, "threads.0.frames.0.locals");
    CHECK_UINT(json_array_size(locals), f->local_count);
    for (size_t i = 0; i < f->local_count; i++) {
        json_t *local = json_array_get(locals, i);
        check_context("variable %zu", i);
        CHECK(json_equal(local, json_array_get(locals, i / 4 * 4)));
        CHECK_TEXT(json_string_value(json_object_get(local, "name")), names[i / 4]);
        CHECK_TEXT(json_string_value(json_object_get(local, "value")), values[i / 4].repr.text);
        CHECK(json_is_true(json_object_get(local, "captured")) == (i / 4 % 2 == 1));
    }
    check_context("%s", "");
    CHECK_KEYS("threads.0.frames.0.locals.1", local_keys);
    json_decref(root);
    sample_report_deinit(&s);
}

/* What a terminal may obey stands in the text as an escape, and comes back as it was. */
static void test_controls(void)
{
    sample_report s;
    sample_report_full(&s);
    static char controls[] = "a\x1b[m\x7f\xc2\x80\xc2\x9f\xc2\xa0\xc3\x80\x7f";
    pc_frame *f = &s.walk.threads[0].frames[0];
    s.values[0].repr.text = controls;
    f->locals[3].attributes->items[0].value.repr.text = controls;
    s.report.process.command = controls;
    char *text = sample_json(&s);
    size_t size = strlen(text) - 1; /* the last is the end of the line */
    for (size_t i = 0; i + 1 < size; i++)
        CHECK(((unsigned char)text[i] >= 0x20 || text[i] == '\n') && text[i] != 0x7f && !((unsigned char)text[i] == 0xc2 && (unsigned char)text[i + 1] < 0xa0));
    CHECK(strstr(text, "\\u001B[m\\u007F\\u0080\\u009F\xc2\xa0\xc3\x80\\u007F") != NULL);
    json_t *root = json_loadb(text, size, 0, NULL);
    CHECK_STRING("threads.0.frames.0.locals.0.value", controls);
    CHECK_STRING("threads.0.frames.0.locals.3.attributes.0.value", controls);
    CHECK_STRING("process.command", controls);
    json_decref(root);
    free(text);
    sample_report_deinit(&s);
}

void suite_report_json(void)
{
    CU_pSuite suite = CU_add_suite("report_json", NULL, NULL);
    CU_add_test(suite, "one of everything", test_full);
    CU_add_test(suite, "next to nothing", test_empty);
    CU_add_test(suite, "long", test_long);
    CU_ADD_TEST(suite, test_repeated_attributes);
    CU_add_test(suite, "control characters", test_controls);
    CU_add_test(suite, "numbers", test_numbers);
}
