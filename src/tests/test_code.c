/* Code objects of both shapes: names, variables, bytecode, positions; and those that cannot be. */
#include <CUnit/CUnit.h>
#include <string.h>

#include "base/limits.h"
#include "python/code.h"
#include "tests/check.h"
#include "tests/synth_python.h"
#include "tests/unit.h"

/* def f(a, b, *c, k): x; a cell `y`, a free `z`, `b` captured. */
#define CODE_SIZE 8
static const uint8_t bytecode[CODE_SIZE] = {9, 0, 100, 0, 83, 0, 9, 0};

static uint64_t names(synth_python *p, const char *const *texts, size_t count, uint64_t *ret_objects)
{
    for (size_t i = 0; i < count; i++)
        ret_objects[i] = synth_str(p, texts[i]);
    return synth_tuple(p, ret_objects, count);
}

static uint64_t make_code(synth_python *p)
{
    static const char *const fast[] = {"a", "b", "k", "c", "x"}, *const all[] = {"a", "b", "k", "c", "x", "y", "z"};
    static const uint8_t kinds[] = {0x20, 0x60, 0x20, 0x20, 0x20, 0x40, 0x80};
    bool has_adaptive = synth_has(p, PC_CO_CODE_ADAPTIVE), two = p->build.major == 2;
    uint64_t objects[8], code = synth_object(p, synth_type(p, "code"), PC_STRUCT_CODE, CODE_SIZE);
    synth_set(p, PC_CO_ARGCOUNT, code, two ? 3 : 2);
    if (!two)
        synth_set(p, PC_CO_KWONLYARGCOUNT, code, 1);
    synth_set(p, PC_CO_NLOCALS, code, 5);
    synth_set(p, PC_CO_STACKSIZE, code, 6);
    synth_set(p, PC_CO_FLAGS, code, PC_CO_OPTIMIZED | PC_CO_NEWLOCALS | PC_CO_VARARGS);
    synth_set(p, PC_CO_FIRSTLINENO, code, 40);
    synth_set(p, PC_CO_FILENAME, code, synth_str(p, "/tmp/f.py"));
    synth_set(p, PC_CO_NAME, code, synth_str(p, "f"));
    uint64_t table;
    if (has_adaptive) {
        static const uint8_t lines[] = {0x80 | 11 << 3 | 1, 4, 9, 0x80 | 15 << 3};
        table = synth_bytes_object(p, lines, sizeof(lines));
        synth_set(p, PC_OB_SIZE, code, CODE_SIZE / 2);
        synth_store_raw(p, synth_field_at(p, PC_CO_CODE_ADAPTIVE, code), bytecode, CODE_SIZE);
        synth_set(p, PC_CO_QUALNAME, code, synth_str(p, "C.f"));
        synth_set(p, PC_CO_EXCEPTIONTABLE, code, synth_bytes_object(p, "\x01\x02", 2));
        synth_set(p, PC_CO_LOCALSPLUSNAMES, code, names(p, all, 7, objects));
        synth_set(p, PC_CO_LOCALSPLUSKINDS, code, synth_bytes_object(p, kinds, sizeof(kinds)));
        synth_set(p, PC_CO_FIRSTTRACEABLE, code, 1);
    } else {
        static const uint8_t delta[] = {0, 1, 4, 2}, ranges[] = {4, 1, 4, 2};
        table = synth_bytes_object(p, p->build.minor == 10 ? ranges : delta, 4);
        synth_set(p, PC_CO_CODE, code, synth_bytes_object(p, bytecode, CODE_SIZE));
        synth_set(p, PC_CO_VARNAMES, code, names(p, fast, 5, objects));
        uint64_t cells[] = {synth_str(p, "y"), objects[1]}, free_variable = synth_str(p, "z");
        synth_set(p, PC_CO_CELLVARS, code, synth_tuple(p, cells, 2));
        synth_set(p, PC_CO_FREEVARS, code, synth_tuple(p, &free_variable, 1));
    }
    synth_set(p, PC_CO_LINETABLE, code, table);
    return code;
}

static void check_variable(const pc_code *code, size_t index, const char *name, pc_variable_kind kind, uint32_t slot,
                           bool captured, bool in_cell, int line)
{
    const pc_variable *v = index < code->variable_count ? &code->variables[index] : NULL;
    check_text(v ? v->name : NULL, name, __FILE__, line);
    check_true(v && v->kind == kind, "kind", __FILE__, line);
    check_uint(v ? v->slot : 99, slot, __FILE__, line);
    check_true(v && v->captured == captured && v->in_cell == in_cell, "captured and in_cell", __FILE__, line);
}
#define CHECK_VARIABLE(...) check_variable(__VA_ARGS__, __LINE__)

static void test_code(void)
{
    synth_build build;
    for (size_t i = 0; synth_build_get(i, &build); i++) {
        synth_python p;
        synth_python_init(&p, &build);
        uint64_t object = make_code(&p);
        bool plus = synth_has(&p, PC_CO_LOCALSPLUSNAMES);
        pc_python *py = synth_python_open(&p);
        pc_code *code = NULL, *again = NULL;
        CHECK_SUCCESS(pc_code_read(py, object, &code));
        if (!code) {
            synth_python_deinit(&p);
            continue;
        }
        CHECK_TEXT(code->name, "f");
        CHECK_TEXT(code->filename, "/tmp/f.py");
        CHECK_TEXT(code->qualname, plus ? "C.f" : NULL);
        CHECK_INT(code->first_line, 40);
        CHECK_UINT(code->argument_count, 4);
        CHECK_UINT(code->bytecode.stack_size, 6);
        CHECK_UINT(code->bytecode.code_size, CODE_SIZE);
        CHECK(code->bytecode.code && !memcmp(code->bytecode.code, bytecode, CODE_SIZE));
        CHECK_UINT(code->bytecode.exception_table_size, plus ? 2 : 0);
        CHECK_INT(code->first_traceable, plus ? 1 : 0);
        pc_code_read_variables(py, code);
        CHECK_TEXT(code->variables_error, NULL);
        CHECK_UINT(code->variable_count, 7);
        CHECK_VARIABLE(code, 0, "a", PC_VARIABLE_ARGUMENT, 0, false, false);
        /* to 3.10 the captured argument lives in the second cell, behind the five fast ones */
        CHECK_VARIABLE(code, 1, "b", PC_VARIABLE_ARGUMENT, plus ? 1 : 6, true, true);
        CHECK_VARIABLE(code, 2, "k", PC_VARIABLE_ARGUMENT, 2, false, false);
        CHECK_VARIABLE(code, 3, "c", PC_VARIABLE_ARGUMENT, 3, false, false);
        CHECK_VARIABLE(code, 4, "x", PC_VARIABLE_LOCAL, 4, false, false);
        CHECK_VARIABLE(code, 5, "y", PC_VARIABLE_CELL, 5, false, true);
        CHECK_VARIABLE(code, 6, "z", PC_VARIABLE_FREE, plus ? 6 : 7, false, true);
        CHECK_UINT(code->stack_slot, plus ? 7 : 8);
        CHECK_SUCCESS(pc_code_read(py, object, &again));
        CHECK(again == code);
        synth_python_deinit(&p);
    }
}

/* In whatever order, what is kept is that of the place that is asked for. */
static void test_stack(void)
{
    /* 3.8: LOAD_CONST 0, LOAD_CONST 1, EXTENDED_ARG 0, BUILD_TUPLE 2, RETURN_VALUE, and what nothing leads to */
    static const uint8_t bytes[] = {100, 0, 100, 1, 144, 0, 102, 2, 83, 0, 100, 0};
    static const uint32_t offsets[] = {0, 1, 1, 0, 9, 8, 11, 11, 2, 3, 4, 6, 7, 5, 10, 12, 12, 6};
    static const uint32_t starts[] = {0, 0, 0, 0, 8, 8, 99, 99, 2, 2, 4, 6, 6, 4, 99, 99, 99, 6}, depths[] = {0, 0, 0, 0, 1, 1, 99, 99, 1, 1, 2, 2, 2, 2, 99, 99, 99, 2};
    synth_build build;
    synth_python p;
    synth_build_get(0, &build);
    synth_python_init(&p, &build);
    pc_python *py = synth_python_open(&p);
    pc_code code = {.bytecode = {.dialect = pc_bytecode_dialect_find(3, 8), .code = bytes, .code_size = sizeof(bytes), .stack_size = 3}};
    for (size_t i = 0; i < PC_ARRAY_SIZE(offsets); i++) {
        uint32_t start = 99;
        pc_stack_state state = {.depth = 99};
        CHECK(pc_code_stack_at(py, &code, offsets[i], &start, &state) == (starts[i] != 99));
        CHECK_UINT(start, starts[i]);
        CHECK_UINT(state.depth, depths[i]);
    }
    synth_python_deinit(&p);
}

static void test_positions(void)
{
    synth_build build;
    for (size_t i = 0; synth_build_get(i, &build); i++) {
        synth_python p;
        synth_python_init(&p, &build);
        uint64_t object = make_code(&p);
        bool columns = build.minor >= 11 && build.major == 3;
        pc_python *py = synth_python_open(&p);
        pc_code *code = NULL;
        CHECK_SUCCESS(pc_code_read(py, object, &code));
        pc_position before = pc_code_position(py, code, -1), first = pc_code_position(py, code, 0),
            later = pc_code_position(py, code, 4);
        CHECK_INT(before.line, 40);
        CHECK_INT(before.column, -1);
        CHECK_INT(first.line, 41);
        CHECK_INT(first.column, columns ? 4 : -1);
        CHECK_INT(first.end_column, columns ? 9 : -1);
        CHECK_INT(first.end_line, columns ? 41 : -1);
        CHECK_INT(later.line, columns ? -1 : 43);
        synth_python_deinit(&p);
    }
}

/* The line table says a line that no source has. */
static void test_impossible_line(void)
{
    synth_build build;
    synth_python p;
    synth_build_of(3, 11, 0, &build);
    synth_python_init(&p, &build);
    uint64_t object = make_code(&p), huge = make_code(&p), below = make_code(&p);
    synth_set(&p, PC_CO_FIRSTLINENO, below, (uint32_t)-5);
    /* one entry without columns, 100 lines back; one with a number of 36 bits */
    synth_set(&p, PC_CO_LINETABLE, object, synth_bytes_object(&p, "\xe8\x49\x03", 3));
    synth_set(&p, PC_CO_LINETABLE, huge, synth_bytes_object(&p, "\xe8\x7e\x7f\x7f\x7f\x7f\x3f", 7));
    pc_python *py = synth_python_open(&p);
    pc_code *code;
    CHECK_SUCCESS(pc_code_read(py, object, &code));
    CHECK_INT(pc_code_position(py, code, 0).line, -1);
    CHECK_SUCCESS(pc_code_read(py, huge, &code));
    CHECK_INT(pc_code_position(py, code, 0).line, -1);
    CHECK_INT(pc_code_position(py, code, 0).end_line, -1);
    CHECK_SUCCESS(pc_code_read(py, below, &code));
    CHECK_INT(pc_code_position(py, code, -1).line, -1); /* of a frame that has not begun */
    synth_python_deinit(&p);
}

static void test_not_code(void)
{
    synth_build build;
    for (size_t i = 0; synth_build_get(i, &build); i++) {
        static const pc_field counts[] = {PC_CO_ARGCOUNT, PC_CO_NLOCALS, PC_CO_STACKSIZE};
        synth_python p;
        synth_python_init(&p, &build);
        uint64_t objects[2 * PC_ARRAY_SIZE(counts)], number = synth_int(&p, 3);
        for (size_t k = 0; k < PC_ARRAY_SIZE(objects); k++) {
            objects[k] = make_code(&p);
            synth_set(&p, counts[k / 2], objects[k], k % 2 ? UINT32_MAX : PC_LIMIT_LOCALS + 1);
        }
        pc_python *py = synth_python_open(&p);
        pc_code *code = NULL;
        for (size_t k = 0; k < PC_ARRAY_SIZE(objects); k++)
            CHECK_ERROR(pc_code_read(py, objects[k], &code), PC_ERROR_CORRUPT);
        CHECK_ERROR(pc_code_read(py, number, &code), PC_ERROR_CORRUPT);
        CHECK_ERROR(pc_code_read(py, 0, &code), PC_ERROR_UNMAPPED);
        CHECK(code == NULL);
        synth_python_deinit(&p);
    }
}

/* Parts that are missing leave the others; variables that contradict each other are none. */
static void test_damaged(void)
{
    synth_build build;
    for (size_t i = 0; synth_build_get(i, &build); i++) {
        synth_python p;
        synth_python_init(&p, &build);
        bool plus = synth_has(&p, PC_CO_LOCALSPLUSNAMES);
        uint64_t bare = make_code(&p), odd = make_code(&p), huge = make_code(&p), number = synth_int(&p, 3);
        static const pc_field parts[] = {PC_CO_FILENAME, PC_CO_NAME, PC_CO_LINETABLE};
        for (size_t k = 0; k < PC_ARRAY_SIZE(parts); k++)
            synth_set(&p, parts[k], bare, k % 2 ? 0 : number);
        synth_set(&p, plus ? PC_CO_LOCALSPLUSNAMES : PC_CO_VARNAMES, bare, number);
        if (plus)
            synth_set(&p, PC_CO_LOCALSPLUSKINDS, odd, synth_bytes_object(&p, "\x20", 1)); /* one kind for seven names */
        else
            synth_set(&p, PC_CO_CELLVARS, odd, 0);
        if (plus)
            synth_set(&p, PC_OB_SIZE, huge, PC_LIMIT_CODE);
        else
            synth_set(&p, PC_CO_CODE, huge, number);
        pc_python *py = synth_python_open(&p);
        pc_code *code = NULL;
        CHECK_SUCCESS(pc_code_read(py, bare, &code));
        CHECK_TEXT(code->filename, NULL);
        CHECK_TEXT(code->name, NULL);
        CHECK(code->lines == NULL);
        CHECK_INT(pc_code_position(py, code, 0).line, -1);
        CHECK_INT(code->first_line, 40);
        pc_code_read_variables(py, code);
        CHECK(code->variables_error != NULL);
        CHECK_UINT(code->variable_count, 0);
        CHECK_SUCCESS(pc_code_read(py, odd, &code));
        CHECK_TEXT(code->name, "f");
        pc_code_read_variables(py, code);
        CHECK(code->variables_error != NULL);
        CHECK_SUCCESS(pc_code_read(py, huge, &code));
        CHECK(code->bytecode.code == NULL);
        CHECK_UINT(code->bytecode.code_size, 0);
        CHECK_TEXT(code->name, "f");
        synth_python_deinit(&p);
    }
}

void suite_code(void)
{
    CU_pSuite suite = CU_add_suite("code", NULL, NULL);
    CU_add_test(suite, "names and variables", test_code);
    CU_add_test(suite, "stack", test_stack);
    CU_add_test(suite, "positions", test_positions);
    CU_add_test(suite, "impossible lines", test_impossible_line);
    CU_add_test(suite, "not code", test_not_code);
    CU_add_test(suite, "damaged", test_damaged);
}
