/* Exceptions over memory made by hand: whose str() a class has, what hangs on an exception, and every word of that wrong. */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "tests/check.h"
#include "tests/synth_python.h"
#include "tests/unit.h"
#include "walk/exception.h"
#include "walk/walk.h"

typedef struct world {
    synth_python p;
    bool two;
    uint64_t root, key_error, value_error; /* static classes */
    pc_map seen;
    size_t count;
    pc_walk walk;
    pc_exception_reader reader;
} world;

static uint64_t static_exception(world *w, const char *name, uint64_t base, bool own_str)
{
    char full[64];
    snprintf(full, sizeof(full), "%s%s", w->two ? "exceptions." : "", name);
    uint64_t type = synth_static_type(&w->p, full, base, 0, false), order[] = {type, base};
    if (own_str)
        synth_set(&w->p, PC_TP_STR, type, synth_function_address(&w->p));
    synth_set(&w->p, PC_TP_MRO, type, synth_tuple(&w->p, order, 2));
    return type;
}

static void begin(world *w, const synth_build *build)
{
    memset(w, 0, sizeof(*w));
    synth_python_init(&w->p, build);
    w->two = build->major == 2;
    w->root = synth_type(&w->p, w->two ? "exceptions.BaseException" : "BaseException");
    synth_set(&w->p, PC_TP_MRO, w->root, synth_tuple(&w->p, &w->root, 1));
    w->key_error = static_exception(w, "KeyError", w->root, true);
    w->value_error = static_exception(w, "ValueError", w->root, false);
}

static void open_world(world *w)
{
    pc_python *py = synth_python_open(&w->p);
    w->walk = (pc_walk){.py = py, .core = &w->p.opened.core, .arena = py->arena, .diagnostics = py->diagnostics};
    pc_map_init(&w->seen);
    w->reader = (pc_exception_reader){.walk = &w->walk, .seen = &w->seen, .count = &w->count};
}

static void end(world *w)
{
    pc_map_deinit(&w->seen);
    pc_walk_deinit(&w->walk);
    synth_python_deinit(&w->p);
}

static uint64_t class_of(world *w, const char *name, const uint64_t *bases, size_t count)
{
    uint64_t order[8], type = synth_class(&w->p, "m", name, bases[0]);
    order[0] = type;
    memcpy(order + 1, bases, count * sizeof(*bases));
    order[count + 1] = w->root;
    synth_set(&w->p, PC_TP_MRO, type, synth_tuple(&w->p, order, count + 2));
    return type;
}

static uint64_t make(world *w, uint64_t type, const uint64_t *args, size_t count)
{
    uint64_t e = synth_object(&w->p, type, PC_STRUCT_EXCEPTION, 64);
    synth_set(&w->p, PC_EXC_ARGS, e, synth_tuple(&w->p, args, count));
    return e;
}

static uint64_t make_text(world *w, uint64_t type, const char *text)
{
    uint64_t argument = synth_str(&w->p, text);
    return make(w, type, &argument, 1);
}

static void check_exception(world *w, uint64_t at, const char *type, const char *message, const char *args, int line)
{
    pc_exception *e = pc_exception_read(&w->reader, at, 0);
    check_text(e->full_type, type, __FILE__, line);
    check_text(e->message, message, __FILE__, line);
    check_text(e->args, args, __FILE__, line);
    check_text(pc_status_name(e->status), "complete", __FILE__, line);
    check_true(!e->message || e->message_exact, "message_exact", __FILE__, line);
    check_true(!e->args || e->args_exact, "args_exact", __FILE__, line);
}

#define CHECK_EXCEPTION(w, at, type, message, args) check_exception((w), (at), (type), (message), (args), __LINE__)

static void test_messages(void)
{
    synth_build build;
    for (size_t i = 0; synth_build_get(i, &build); i++) {
        world w;
        begin(&w, &build);
        bool comma = w.two || build.minor == 6;
        uint64_t two[2] = {synth_int(&w.p, 1), synth_str(&w.p, "b")}, one = synth_int(&w.p, 7);
        const uint64_t both[] = {w.value_error, w.key_error}, keys[] = {w.key_error}, values[] = {w.value_error};
        uint64_t loud = class_of(&w, "Loud", values, 1), sub = class_of(&w, "Sub", keys, 1), mixed = class_of(&w, "Mixed", both, 2);
        uint64_t named = class_of(&w, "Named", values, 1);
        synth_set(&w.p, PC_TP_STR, loud, synth_function_address(&w.p));
        synth_set(&w.p, PC_TP_STR, mixed, 0);
        uint64_t function = synth_function_address(&w.p);
        synth_set(&w.p, PC_TP_STR, w.key_error, function);
        synth_set(&w.p, PC_TP_STR, sub, function);
        synth_set(&w.p, PC_TP_STR, mixed, function); /* the second base's */
        uint64_t inner = make_text(&w, w.key_error, "in"), outer = make(&w, w.value_error, &inner, 1), looped = make(&w, w.value_error, &one, 1);
        uint64_t about_loud = make_text(&w, loud, "quiet"), about = make(&w, w.value_error, &about_loud, 1);
        synth_set(&w.p, PC_EXC_ARGS, looped, synth_tuple(&w.p, &looped, 1));
        uint64_t none = make(&w, w.value_error, NULL, 0), text = make_text(&w, w.value_error, "x"), number = make(&w, w.value_error, &one, 1);
        uint64_t several = make(&w, named, two, 2), key = make_text(&w, w.key_error, "k"), subkey = make_text(&w, sub, "k");
        uint64_t mixedkey = make_text(&w, mixed, "k"), custom = make_text(&w, loud, "x");
        open_world(&w);
        CHECK_EXCEPTION(&w, none, "ValueError", "", "()");
        CHECK_EXCEPTION(&w, text, "ValueError", "x", "('x',)");
        CHECK_EXCEPTION(&w, number, "ValueError", "7", "(7,)");
        CHECK_EXCEPTION(&w, several, w.two ? "Named" : "m.Named", "(1, 'b')", "(1, 'b')");
        CHECK_EXCEPTION(&w, key, "KeyError", "'k'", "('k',)");
        CHECK_EXCEPTION(&w, subkey, w.two ? "Sub" : "m.Sub", "'k'", "('k',)");
        CHECK_EXCEPTION(&w, mixedkey, w.two ? "Mixed" : "m.Mixed", "'k'", "('k',)");
        CHECK_EXCEPTION(&w, outer, "ValueError", "'in'", comma ? "(KeyError('in',),)" : "(KeyError('in'),)");
        CHECK_EXCEPTION(&w, custom, w.two ? "Loud" : "m.Loud", NULL, "('x',)");
        pc_exception *e = pc_exception_read(&w.reader, about, 0);
        CHECK_TEXT(e->message, NULL);
        CHECK_UINT(e->message_source, PC_MESSAGE_CLASS_CODE);
        e = pc_exception_read(&w.reader, looped, 0); /* Python would recurse without an end */
        CHECK_TEXT(e->message, NULL);
        CHECK_UINT(e->message_source, PC_MESSAGE_UNKNOWN);
        e = pc_exception_read(&w.reader, text, 0);
        CHECK_UINT(e->status, PC_STATUS_REPEATED);
        CHECK(!w.walk.incomplete);
        end(&w);
    }
    check_context("%s", "");
}

static const char *detail(const pc_exception *e, const char *name)
{
    for (size_t i = 0; i < e->detail_count; i++)
        if (!strcmp(e->details[i].name, name))
            return e->details[i].value;
    return "not there";
}

static void test_details(void)
{
    synth_build build;
    for (size_t i = 0; synth_build_get(i, &build); i++) {
        world w;
        begin(&w, &build);
        uint64_t os_error = static_exception(&w, w.two ? "EnvironmentError" : "OSError", w.root, true);
        synth_set(&w.p, PC_TP_BASICSIZE, os_error, synth_size(&w.p, PC_STRUCT_OS_ERROR));
        uint64_t e = synth_object(&w.p, os_error, PC_STRUCT_OS_ERROR, 64), later = synth_object(&w.p, os_error, PC_STRUCT_OS_ERROR, 64);
        uint64_t args[] = {synth_int(&w.p, 2), synth_str(&w.p, "No")};
        synth_set(&w.p, PC_EXC_ARGS, e, synth_tuple(&w.p, args, 2));
        synth_set(&w.p, PC_OSERROR_ERRNO, e, args[0]);
        synth_set(&w.p, PC_OSERROR_STRERROR, e, args[1]);
        synth_set(&w.p, PC_EXC_ARGS, later, synth_tuple(&w.p, args + 1, 1));
        synth_set(&w.p, PC_OSERROR_FILENAME, later, args[1]);
        uint64_t plain = make_text(&w, w.value_error, "x");
        open_world(&w);
        pc_exception *read = pc_exception_read(&w.reader, e, 0);
        CHECK_TEXT(read->message, "[Errno 2] No");
        CHECK_TEXT(detail(read, "errno"), "2");
        CHECK_TEXT(detail(read, "strerror"), "'No'");
        CHECK_TEXT(detail(read, "filename"), "None");
        CHECK_TEXT(detail(read, "characters_written"), "not there");
        read = pc_exception_read(&w.reader, later, 0);
        CHECK_TEXT(read->message, "[Errno None] None: 'No'");
        CHECK_TEXT(detail(read, "errno"), "None");
        CHECK(pc_exception_read(&w.reader, plain, 0)->details == NULL);
        end(&w);
    }
    check_context("%s", "");
}

/* One thing wrong: it is said, and all that does not depend on it is there. */
static void test_damaged(void)
{
    synth_build build;
    for (size_t i = 0; synth_build_get(i, &build); i++) {
        world w;
        begin(&w, &build);
        uint64_t number = synth_int(&w.p, 3), no_tuple = make_text(&w, w.value_error, "x"), nowhere = make_text(&w, w.value_error, "x");
        uint64_t negative = make_text(&w, w.value_error, "x"), no_type = make_text(&w, w.value_error, "x"), endless = make_text(&w, w.value_error, "x");
        uint64_t args = synth_tuple(&w.p, &number, 1), healthy = make_text(&w, w.key_error, "k");
        synth_set(&w.p, PC_EXC_ARGS, no_tuple, number);
        synth_set(&w.p, PC_EXC_ARGS, nowhere, 0x10);
        synth_set(&w.p, PC_EXC_ARGS, negative, args);
        synth_set(&w.p, PC_OB_SIZE, args, UINT64_MAX);
        synth_set(&w.p, PC_OB_TYPE, no_type, number);
        if (!w.two) {
            synth_set(&w.p, PC_EXC_CONTEXT, no_tuple, healthy);
            synth_set(&w.p, PC_EXC_CAUSE, endless, endless);
            synth_set(&w.p, PC_EXC_CONTEXT, endless, 0x20);
            synth_set(&w.p, PC_EXC_TRACEBACK, endless, number);
        }
        open_world(&w);
        pc_exception *e = pc_exception_read(&w.reader, no_tuple, 0);
        CHECK_TEXT(pc_status_name(e->status), "corrupt");
        CHECK_TEXT(e->type, "ValueError");
        CHECK_TEXT(e->message, NULL);
        CHECK_TEXT(e->args, NULL);
        CHECK_UINT(e->message_source, PC_MESSAGE_UNREADABLE);
        CHECK(w.two || (e->context && e->context->status == PC_STATUS_COMPLETE && !strcmp(e->context->message, "'k'")));
        e = pc_exception_read(&w.reader, nowhere, 0);
        CHECK_TEXT(pc_status_name(e->status), "corrupt");
        CHECK_TEXT(e->message, NULL);
        e = pc_exception_read(&w.reader, negative, 0);
        CHECK_TEXT(pc_status_name(e->status), "corrupt");
        CHECK_TEXT(e->message, NULL);
        CHECK_TEXT(e->args, NULL);
        e = pc_exception_read(&w.reader, no_type, 0);
        CHECK_TEXT(pc_status_name(e->status), "corrupt");
        CHECK_TEXT(e->type, NULL);
        e = pc_exception_read(&w.reader, endless, 0);
        CHECK_TEXT(e->message, "x");
        if (!w.two) {
            CHECK_TEXT(pc_status_name(e->status), "corrupt"); /* its traceback is an int */
            CHECK_TEXT(pc_status_name(e->cause->status), "repeated");
            CHECK_TEXT(pc_status_name(e->context->status), "corrupt");
            CHECK_UINT(e->traceback_count, 0);
        }
        CHECK(w.walk.incomplete);
        end(&w);
    }
    check_context("%s", "");
}

/* A chain longer than is followed, and exceptions that are each other's cause and context. */
static void test_chains(void)
{
    synth_build build;
    for (size_t i = 0; synth_build_of(3, 12, i, &build); i++) {
        world w;
        begin(&w, &build);
        uint64_t chain[700];
        for (size_t k = 0; k < PC_ARRAY_SIZE(chain); k++) {
            chain[k] = make(&w, w.value_error, NULL, 0);
            if (k)
                synth_set(&w.p, PC_EXC_CONTEXT, chain[k - 1], chain[k]);
            synth_set(&w.p, PC_EXC_CAUSE, chain[k], chain[k ? k - 1 : 0]);
        }
        open_world(&w);
        pc_exception *e = pc_exception_read(&w.reader, chain[0], 0);
        size_t depth = 1;
        for (; e->context; e = e->context, depth++)
            CHECK_TEXT(pc_status_name(e->cause->status), "repeated");
        CHECK_TEXT(pc_status_name(e->status), "truncated");
        CHECK(depth > 100 && depth < PC_ARRAY_SIZE(chain));
        end(&w);
    }
    check_context("%s", "");
}

/* What a walk makes of it that knows nothing yet: text, or a status that says why not. */
static bool look_at(world *w, uint64_t exception)
{
    pc_arena arena;
    pc_diagnostics diagnostics;
    pc_python py;
    pc_map seen;
    size_t count = 0;
    pc_arena_init(&arena);
    pc_diagnostics_init(&diagnostics, &arena);
    pc_map_init(&seen);
    w->p.opened.core.memory.work_left = 200000;
    pc_python_init(&py, &w->p.opened.core, &w->p.modules, &w->p.layout);
    py.module = &w->p.module;
    py.arena = &arena;
    py.diagnostics = &diagnostics;
    py.traits = w->p.py.traits;
    pc_walk walk = {.py = &py, .core = &w->p.opened.core, .arena = &arena, .diagnostics = &diagnostics, .options.limits = {2000, 50, 6}};
    pc_exception_reader reader = {.walk = &walk, .seen = &seen, .count = &count};
    pc_exception *e = pc_exception_read(&reader, exception, 0);
    bool good = (!e->message || pc_text_is_utf8(e->message, strlen(e->message))) && (e->type || e->status != PC_STATUS_COMPLETE) &&
                (e->args || e->status != PC_STATUS_COMPLETE || e->message == NULL || *e->message) && (!e->message_exact || e->message);
    pc_walk_deinit(&walk);
    pc_map_deinit(&seen);
    pc_python_deinit(&py);
    pc_diagnostics_deinit(&diagnostics);
    pc_arena_deinit(&arena);
    return good;
}

/* The bytes of a segment become bytes of ours, which can be changed without writing the file anew. */
static uint8_t *make_writable(pc_memory *memory, size_t index, size_t *ret_size)
{
    pc_range *range = &memory->saved.items[index];
    *ret_size = range->last - range->first + 1;
    uint8_t *copy = pc_malloc(*ret_size);
    memcpy(copy, range->bytes, *ret_size);
    range->bytes = copy;
    return copy;
}

static void damage(const synth_build *build)
{
    world w;
    begin(&w, build);
    uint64_t inner = make_text(&w, w.key_error, "in"), e = make(&w, w.value_error, &inner, 1), objects[] = {e, inner, w.value_error};
    if (!w.two) {
        synth_set(&w.p, PC_EXC_CONTEXT, e, inner);
        synth_set(&w.p, PC_EXC_CAUSE, inner, make_text(&w, w.key_error, "cause"));
    }
    open_world(&w);
    pc_memory *memory = &w.p.opened.core.memory;
    uint8_t *bytes[2];
    size_t sizes[2];
    for (size_t i = 0; i < 2; i++)
        bytes[i] = make_writable(memory, i, &sizes[i]);
    CHECK(look_at(&w, e));
    for (size_t i = 0; i < 2; i++)
        for (size_t at = 0; at + w.p.word <= sizes[i]; at += w.p.word) {
            const uint64_t here = memory->saved.items[i].first + at;
            const uint64_t values[] = {0, UINT64_MAX, here, objects[at / w.p.word % PC_ARRAY_SIZE(objects)], UINT32_MAX >> 1};
            synth_bytes patch = {.target = build->target, .data = bytes[i], .size = sizes[i]};
            uint8_t before[8];
            memcpy(before, bytes[i] + at, w.p.word);
            for (size_t v = 0; v < PC_ARRAY_SIZE(values); v++) {
                check_context("%u.%u, %s, address 0x%" PRIx64 " is 0x%" PRIx64, build->major, build->minor, build->target.name, here, values[v]);
                synth_patch(&patch, at, values[v], w.p.word);
                if (!look_at(&w, e))
                    CHECK(!"text, or a status that says why not");
            }
            memcpy(bytes[i] + at, before, w.p.word);
        }
    end(&w);
    free(bytes[0]);
    free(bytes[1]);
}

/* Every word of exceptions, their arguments and their types is wrong in turn. */
static void test_any_word(void)
{
    static const unsigned versions[][2] = {{2, 7}, {3, 6}, {3, 12}};
    synth_build build;
    for (size_t i = 0; i < PC_ARRAY_SIZE(versions); i++)
        if (synth_build_of(versions[i][0], versions[i][1], i, &build))
            damage(&build);
    check_context("%s", "");
}

void suite_exceptions(void)
{
    CU_pSuite suite = CU_add_suite("exceptions", NULL, NULL);
    CU_add_test(suite, "whose str() it is", test_messages);
    CU_add_test(suite, "members of the builtin classes", test_details);
    CU_add_test(suite, "one thing wrong", test_damaged);
    CU_add_test(suite, "chains without an end", test_chains);
    CU_add_test(suite, "any word wrong", test_any_word);
}
