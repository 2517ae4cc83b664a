/* The bytecode analyzer against code that real interpreters have compiled, and against code that none would. */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "python/bytecode.h"
#include "python/opcodes.h"
#include "tests/bytecode_samples.h"

/* With the prefixes of its argument; not of a prefix alone, not from the middle, not behind the end. */
static void test_effect(void)
{
    /* 3.8: LOAD_CONST 0, CALL_FUNCTION 2, EXTENDED_ARG 1, BUILD_TUPLE 0, POP_TOP */
    static const uint8_t bytes[] = {100, 0, 131, 2, 144, 1, 102, 0, 1, 0};
    static const int64_t wanted[] = {1, 99, -2, 99, 99, 99, 1 - 256, 99, -1, 99, 99};
    pc_bytecode code = {.dialect = pc_bytecode_dialect_find(3, 8), .code = bytes, .code_size = sizeof(bytes), .stack_size = 300};
    for (uint32_t offset = 0; offset <= sizeof(bytes); offset++) {
        int64_t effect = 99;
        bool known = pc_bytecode_effect_at(&code, offset, &effect);
        CU_ASSERT_EQUAL(effect, wanted[offset]);
        CU_ASSERT_EQUAL(known, wanted[offset] != 99);
    }
}

void suite_bytecode(void);

#define CODE(major, minor, bytes, depth)                                                                     \
    {                                                                                                        \
        .dialect = pc_bytecode_dialect_find(major, minor), .code = bytes, .code_size = sizeof(bytes),        \
        .stack_size = depth                                                                                  \
    }
#define CODE_WITH_TABLE(major, minor, bytes, table, depth)                                                   \
    {                                                                                                        \
        .dialect = pc_bytecode_dialect_find(major, minor), .code = bytes, .code_size = sizeof(bytes),        \
        .exception_table = table, .exception_table_size = sizeof(table), .stack_size = depth                 \
    }

/* A state as text: "depth", or "depth:slot,slot" with the saved exceptions, or "?". */
static const char *stack_at(const pc_bytecode *bytecode, uint32_t offset)
{
    static char text[16 + 12 * PC_BYTECODE_MAX_SAVED];
    pc_stack_state state;
    memset(&state, 0x5a, sizeof(state));
    const pc_stack_state before = state;
    if (!pc_bytecode_stack_at(bytecode, offset, &state)) {
        CU_ASSERT(memcmp(&state, &before, sizeof(state)) == 0);
        return "?";
    }
    int length = snprintf(text, sizeof(text), "%u", state.depth);
    for (uint32_t i = 0; i < state.saved_count; i++) {
        length += snprintf(text + length, sizeof(text) - (size_t)length, "%c%u", i ? ',' : ':', state.saved[i]);
    }
    return text;
}

#define STACK(code, offset, expected) CU_ASSERT_STRING_EQUAL(stack_at(&(code), offset), expected)

static uint32_t start_of(const pc_bytecode *bytecode, uint32_t offset)
{
    uint32_t start = UINT32_MAX;
    return pc_bytecode_instruction_start(bytecode, offset, &start) ? start : UINT32_MAX;
}

static void test_dialects(void)
{
    static const unsigned known[][2] = {{2, 7}, {3, 6}, {3, 7}, {3, 8}, {3, 9}, {3, 10}, {3, 11}, {3, 12}, {3, 13}, {3, 14}, {3, 15}};
    for (size_t i = 0; i < PC_ARRAY_SIZE(known); i++)
        CU_ASSERT_PTR_NOT_NULL(pc_bytecode_dialect_find(known[i][0], known[i][1]));
    CU_ASSERT_PTR_NULL(pc_bytecode_dialect_find(3, 5));
    CU_ASSERT_PTR_NULL(pc_bytecode_dialect_find(3, 16));
    CU_ASSERT_PTR_NULL(pc_bytecode_dialect_find(0, 0));
    pc_bytecode none = {.code = nested_311, .code_size = sizeof(nested_311), .stack_size = 6};
    STACK(none, 0, "?");
}

static void test_saved_exceptions(void)
{
    pc_bytecode old = CODE_WITH_TABLE(3, 11, nested_311, nested_311_table, 6);
    STACK(old, 0, "0");
    STACK(old, 14, "3");      /* g(1) */
    STACK(old, 28, "1");      /* PUSH_EXC_INFO */
    STACK(old, 60, "4:0");    /* g(2) */
    STACK(old, 82, "4:0");    /* g(3) when g(2) has returned */
    STACK(old, 96, "2:0");    /* it has raised: PUSH_EXC_INFO */
    STACK(old, 108, "6:0,1"); /* and g(3): two saved, the exception, the call's three */
    STACK(old, 122, "4:0,1"); /* that has raised, too: COPY of what is put back */
    STACK(old, 126, "4:0");   /* behind POP_EXCEPT */
    STACK(old, 128, "1:0");
    STACK(old, 150, "3"); /* g(4) */
    STACK(old, 164, "1");

    pc_bytecode middle = CODE_WITH_TABLE(3, 12, nested_312, nested_312_table, 6);
    STACK(middle, 26, "3");
    STACK(middle, 64, "4:0");
    STACK(middle, 100, "6:0,1");

    pc_bytecode new = CODE_WITH_TABLE(3, 13, nested_313, nested_313_table, 6);
    STACK(new, 26, "3");
    STACK(new, 66, "4:0");
    STACK(new, 104, "6:0,1");
}

static void test_return_from_handler(void)
{
    pc_bytecode code = CODE_WITH_TABLE(3, 13, returning_313, returning_313_table, 5);
    STACK(code, 6, "1");    /* FOR_ITER */
    STACK(code, 20, "4");   /* g(1) above the iterator */
    STACK(code, 50, "5:1"); /* g(2) */
    STACK(code, 58, "3:1"); /* SWAP: the result is on the saved exception */
    STACK(code, 60, "3:2"); /* POP_EXCEPT: that has gone to the top */
    STACK(code, 62, "2");
    STACK(code, 66, "1"); /* RETURN_VALUE */
}

static void test_with(void)
{
    pc_bytecode code = CODE_WITH_TABLE(3, 11, with_311, with_311_table, 6);
    STACK(code, 36, "4");
    STACK(code, 74, "4:2"); /* WITH_EXCEPT_START: __exit__, lasti, saved, exception */
    STACK(code, 86, "4:2");
    STACK(code, 94, "0");

    pc_bytecode old = CODE(2, 7, with_27, 6);
    STACK(old, 19, "3"); /* g(2), __exit__ below */
    STACK(old, 27, "?"); /* WITH_CLEANUP, with or without an exception */
    STACK(old, 28, "?");
    STACK(old, 35, "2");
    pc_bytecode words = CODE(3, 7, with_37, 9);
    STACK(words, 14, "3");
    STACK(words, 22, "?");
    STACK(words, 24, "?");
    STACK(words, 26, "?");
    STACK(words, 32, "2");
}

static void test_depth_with_blocks(void)
{
    pc_bytecode code = CODE(2, 7, nested_27, 5);
    STACK(code, 9, "2");
    STACK(code, 17, "3");
    STACK(code, 39, "2"); /* g(2): 2.7 keeps no exception on the stack */
    STACK(code, 53, "?"); /* g(3), in the finally body */
    STACK(code, 58, "0");
    STACK(code, 61, "3");
    STACK(code, 68, "2");

    pc_bytecode words = CODE(3, 6, nested_36, 17);
    STACK(words, 34, "5"); /* 3 saved ones are below */
    STACK(words, 46, "?");
    STACK(words, 52, "3");
    STACK(words, 56, "6");
    STACK(words, 62, "2");

    pc_bytecode same_block = CODE(3, 8, nested_38, 11);
    STACK(same_block, 14, "6"); /* `except` and `finally` have the same instruction */
    STACK(same_block, 34, "5");
    STACK(same_block, 46, "?");
    STACK(same_block, 52, "3");
    STACK(same_block, 62, "2");

    pc_bytecode copied = CODE(3, 9, nested_39, 11);
    STACK(copied, 42, "5"); /* the body is there twice */
    STACK(copied, 52, "11");
    STACK(copied, 68, "2");
}

static void test_generators(void)
{
    pc_bytecode codes[] = {
        CODE(3, 9, generator_39, 2),
        CODE(3, 10, generator_310, 2),
        CODE(3, 11, generator_311, 3),
        CODE_WITH_TABLE(3, 12, generator_312, generator_312_table, 3),
    };
    STACK(codes[0], 2, "1");
    STACK(codes[0], 10, "2");
    STACK(codes[1], 0, "1"); /* what send() has pushed */
    STACK(codes[1], 12, "2");
    STACK(codes[2], 0, "0");
    STACK(codes[2], 2, "1");
    STACK(codes[2], 8, "1");
    STACK(codes[2], 24, "3");
    STACK(codes[3], 20, "3");
    STACK(codes[3], 30, "2");
}

static void test_specialized(void)
{
    uint8_t bytes[sizeof(nested_311)];
    memcpy(bytes, nested_311, sizeof(bytes));
    pc_bytecode code = CODE_WITH_TABLE(3, 11, bytes, nested_311_table, 6);
    for (uint32_t i = 62; i < 70; i++)
        bytes[i] = (uint8_t)(i * 37); /* used caches hold anything */
    unsigned calls = 0;
    for (unsigned opcode = 0; opcode < 256; opcode++) {
        bytes[60] = (uint8_t)opcode;
        calls += strcmp(stack_at(&code, 150), "3") == 0 && start_of(&code, 69) == 60 &&
                 strcmp(stack_at(&code, 72), "1:0") == 0;
    }
    /* CALL and its three forms; STORE_ATTR and its four have as many caches and here the same effect. */
    CU_ASSERT_EQUAL(calls, 9);
}

static void test_instrumented(void)
{
    /* 3.12, traced: INSTRUMENTED_LINE at g(2)'s line and, below it, INSTRUMENTED_INSTRUCTION for INSTRUMENTED_CALL. */
    uint8_t bytes[sizeof(nested_312)], lines[sizeof(nested_312)] = {0}, opcodes[sizeof(nested_312) / 2] = {0};
    memcpy(bytes, nested_312, sizeof(bytes));
    pc_bytecode code = CODE_WITH_TABLE(3, 12, bytes, nested_312_table, 6);
    bytes[58] = 254;
    bytes[64] = 254;
    STACK(code, 26, "3");
    STACK(code, 58, "1:0"); /* it can be reached, and what follows not */
    STACK(code, 60, "?");
    STACK(code, 100, "?");
    CU_ASSERT_EQUAL(start_of(&code, 58), 58);
    CU_ASSERT_EQUAL(start_of(&code, 60), UINT32_MAX);
    lines[58] = 2;   /* PUSH_NULL */
    lines[64] = 253; /* INSTRUMENTED_INSTRUCTION */
    code.monitored_lines = lines;
    code.monitored_lines_size = sizeof(lines);
    code.monitored_lines_step = 2;
    STACK(code, 64, "4:0");
    STACK(code, 72, "?");
    opcodes[32] = 241; /* INSTRUMENTED_CALL */
    code.monitored_opcodes = opcodes;
    code.monitored_opcodes_size = sizeof(opcodes);
    STACK(code, 72, "2:0");
    STACK(code, 100, "6:0,1");
    CU_ASSERT_EQUAL(start_of(&code, 71), 64);
    lines[64] = 254; /* an event for itself is none */
    STACK(code, 72, "?");
    lines[64] = 17; /* RESERVED */
    STACK(code, 72, "?");
    STACK(code, 26, "?"); /* that is no code */
    code.monitored_lines_size = 60; /* the array ends before */
    STACK(code, 26, "3");
    STACK(code, 72, "?");

    /* 3.13: compiled code is entered instead of JUMP_BACKWARD. */
    uint8_t loop[sizeof(returning_313)];
    memcpy(loop, returning_313, sizeof(loop));
    loop[30] = 70;
    pc_bytecode compiled = CODE_WITH_TABLE(3, 13, loop, returning_313_table, 5);
    STACK(compiled, 20, "4");
    STACK(compiled, 58, "3:1");
    STACK(compiled, 30, "1");
}

static uint8_t number_of(unsigned major, unsigned minor, const char *name)
{
    const pc_bytecode_dialect *dialect = pc_bytecode_dialect_find(major, minor);
    for (unsigned i = 0; i < 256; i++)
        if (!strcmp(dialect->opcodes[i].name, name))
            return (uint8_t)i;
    CU_FAIL("no such instruction");
    return 0;
}

/* 3.14: as many bytes for each code unit as the lines of the function need. */
static void test_line_events(void)
{
    for (unsigned minor = 14; minor <= 15; minor++)
        for (size_t step = 2; step <= 5; step++) {
            uint8_t event = number_of(3, minor, "INSTRUMENTED_LINE"), load = number_of(3, minor, "LOAD_SMALL_INT");
            uint8_t bytes[] = {number_of(3, minor, "NOP"), 0, event, 1, event, 2, number_of(3, minor, "BUILD_TUPLE"), 2,
                               number_of(3, minor, "RETURN_VALUE"), 0};
            uint8_t lines[sizeof(bytes) / 2 * 5];
            memset(lines, event, sizeof(lines));
            lines[step] = lines[2 * step] = load;
            pc_bytecode code = CODE(3, minor, bytes, 2);
            code.monitored_lines = lines;
            code.monitored_lines_size = sizeof(bytes) / 2 * step;
            code.monitored_lines_step = step;
            STACK(code, 4, "1");
            STACK(code, 6, "2");
            STACK(code, 8, "1");
            code.monitored_lines_step = step - 1;
            STACK(code, 6, "?");
            code.monitored_lines_step = 0;
            STACK(code, 6, "?");
        }
}

static void test_instruction_start(void)
{
    pc_bytecode code = CODE_WITH_TABLE(3, 11, nested_311, nested_311_table, 6);
    CU_ASSERT_EQUAL(start_of(&code, 0), 0);
    CU_ASSERT_EQUAL(start_of(&code, 1), 0);
    CU_ASSERT_EQUAL(start_of(&code, 12), 10); /* PRECALL's cache */
    CU_ASSERT_EQUAL(start_of(&code, 22), 14); /* CALL's last one */
    CU_ASSERT_EQUAL(start_of(&code, 165), 164);
    CU_ASSERT_EQUAL(start_of(&code, 166), UINT32_MAX);
    CU_ASSERT_EQUAL(start_of(&code, UINT32_MAX), UINT32_MAX);

    pc_bytecode bytes = CODE(2, 7, nested_27, 5);
    CU_ASSERT_EQUAL(start_of(&bytes, 2), 0);
    CU_ASSERT_EQUAL(start_of(&bytes, 12), 12);
    CU_ASSERT_EQUAL(start_of(&bytes, 16), 14);
}

static void test_extended_arg(void)
{
    /* 3.8: LOAD_CONST 66051 */
    static const uint8_t words[] = {144, 1, 144, 2, 100, 3, 83, 0};
    pc_bytecode code = CODE(3, 8, words, 1);
    STACK(code, 0, "0");
    STACK(code, 2, "0");
    STACK(code, 4, "0");
    STACK(code, 6, "1");
    CU_ASSERT_EQUAL(start_of(&code, 3), 2);
    CU_ASSERT_EQUAL(start_of(&code, 4), 4);

    /* The argument counts: JUMP_FORWARD by 256 + 2 over NOPs. */
    uint8_t far[4 + 258 + 4];
    for (size_t i = 0; i < sizeof(far); i += 2) {
        far[i] = 9;
        far[i + 1] = 0;
    }
    memcpy(far, (const uint8_t[]){144, 1, 110, 2}, 4);
    memcpy(far + 262, (const uint8_t[]){100, 0, 83, 0}, 4);
    pc_bytecode jump = CODE(3, 8, far, 1);
    STACK(jump, 262, "0");
    STACK(jump, 264, "1");
    STACK(jump, 4, "?"); /* jumped over */

    /* 2.7: the high half. JUMP_FORWARD 0x10001, out of the code. */
    static const uint8_t bytes[] = {145, 1, 0, 110, 1, 0, 9, 100, 0, 0, 83};
    pc_bytecode old = CODE(2, 7, bytes, 1);
    STACK(old, 10, "?");
    CU_ASSERT_EQUAL(start_of(&old, 1), 0);
    CU_ASSERT_EQUAL(start_of(&old, 5), 3);

    /* Prefixes without end, or without an instruction; a jump behind a prefix. */
    static const uint8_t many[] = {144, 0, 144, 0, 144, 0, 144, 0, 100, 0, 83, 0};
    static const uint8_t alone[] = {100, 0, 144, 0};
    static const uint8_t between[] = {110, 2, 144, 1, 100, 0, 83, 0};
    static const uint8_t both[] = {100, 0, 114, 6, 144, 1, 100, 0, 83, 0};
    pc_bytecode codes[] = {CODE(3, 8, many, 1), CODE(3, 8, alone, 1), CODE(3, 8, between, 1), CODE(3, 8, both, 1)};
    STACK(codes[0], 0, "?");
    CU_ASSERT_EQUAL(start_of(&codes[0], 8), UINT32_MAX);
    STACK(codes[1], 0, "?");
    STACK(codes[2], 6, "1");
    STACK(codes[3], 0, "?");
}

/* -1: not known. */
static int cell_made(const pc_bytecode *bytecode, uint32_t index, uint32_t offset)
{
    bool made = false;
    return pc_bytecode_cell_made(bytecode, index, offset, &made) ? made : -1;
}

static int copied(const pc_bytecode *bytecode, uint32_t offset)
{
    bool done = false;
    return pc_bytecode_free_vars_copied(bytecode, offset, &done) ? done : -1;
}

static void test_cells(void)
{
    pc_bytecode codes[] = {CODE(3, 11, outer_311, 2), CODE(3, 13, outer_313, 2)};
    for (size_t i = 0; i < PC_ARRAY_SIZE(codes); i++) {
        CU_ASSERT_EQUAL(cell_made(&codes[i], 0, 0), 0);
        CU_ASSERT_EQUAL(cell_made(&codes[i], 0, 2), 1);
        CU_ASSERT_EQUAL(cell_made(&codes[i], 1, 2), 0);
        CU_ASSERT_EQUAL(cell_made(&codes[i], 1, 20), 1);
        CU_ASSERT_EQUAL(cell_made(&codes[i], 2, 20), 0);
        CU_ASSERT_EQUAL(copied(&codes[i], 20), 0);
        CU_ASSERT_EQUAL(cell_made(&codes[i], 0, 100), -1);
    }
    pc_bytecode inner = CODE(3, 11, inner_311, 2);
    CU_ASSERT_EQUAL(copied(&inner, 0), 0);
    CU_ASSERT_EQUAL(copied(&inner, 2), 1);
    CU_ASSERT_EQUAL(copied(&inner, 10), 1);
    CU_ASSERT_EQUAL(cell_made(&inner, 0, 10), 0);

    static const uint8_t extended[] = {144, 1, 135, 2, 151, 0, 100, 0, 83, 0};
    pc_bytecode many = CODE(3, 11, extended, 1);
    CU_ASSERT_EQUAL(cell_made(&many, 258, 6), 1);
    CU_ASSERT_EQUAL(cell_made(&many, 258, 2), 0);
    CU_ASSERT_EQUAL(cell_made(&many, 2, 6), 0);

    pc_bytecode before = CODE(3, 10, generator_310, 2);
    CU_ASSERT_EQUAL(cell_made(&before, 0, 2), -1);
    static const uint8_t garbage[] = {255, 255, 83, 0};
    pc_bytecode none = CODE(3, 11, garbage, 1);
    CU_ASSERT_EQUAL(cell_made(&none, 0, 2), -1);
    CU_ASSERT_EQUAL(copied(&none, 2), -1);
}

static int in_handler(const pc_bytecode *bytecode, uint32_t offset)
{
    bool inside = false;
    return pc_bytecode_in_except_handler(bytecode, offset, &inside) ? inside : -1;
}

static void test_except_handler(void)
{
    pc_bytecode code = CODE(2, 7, nested_27, 5);
    CU_ASSERT_EQUAL(in_handler(&code, 9), 0);
    CU_ASSERT_EQUAL(in_handler(&code, 14), 0);
    CU_ASSERT_EQUAL(in_handler(&code, 17), 1);
    CU_ASSERT_EQUAL(in_handler(&code, 39), 1);
    CU_ASSERT_EQUAL(in_handler(&code, 53), 1); /* the finally body within: its END_FINALLY is not the handler's */
    CU_ASSERT_EQUAL(in_handler(&code, 58), 1);
    CU_ASSERT_EQUAL(in_handler(&code, 61), 1);
    CU_ASSERT_EQUAL(in_handler(&code, 62), 0);
    CU_ASSERT_EQUAL(in_handler(&code, 76), -1);

    pc_bytecode with = CODE(2, 7, with_27, 6);
    CU_ASSERT_EQUAL(in_handler(&with, 27), 0);
    pc_bytecode other = CODE(3, 6, nested_36, 17);
    CU_ASSERT_EQUAL(in_handler(&other, 34), -1);

    static const uint8_t stray[] = {88, 100, 0, 0, 83};
    pc_bytecode unbalanced = CODE(2, 7, stray, 1);
    CU_ASSERT_EQUAL(in_handler(&unbalanced, 1), -1);
    uint8_t deep[3 * 100];
    for (size_t i = 0; i < sizeof(deep); i += 3)
        memcpy(deep + i, (const uint8_t[]){121, 0, 0}, 3);
    pc_bytecode nested = CODE(2, 7, deep, 1);
    CU_ASSERT_EQUAL(in_handler(&nested, 3 * 50), 1);
    CU_ASSERT_EQUAL(in_handler(&nested, 3 * 80), -1);
}

static void test_hostile_code(void)
{
    static const uint8_t below[] = {1, 0, 100, 0, 83, 0};            /* POP_TOP of nothing */
    static const uint8_t above[] = {100, 0, 100, 0, 83, 0};          /* more than co_stacksize */
    static const uint8_t grows[] = {100, 0, 113, 0};                 /* a loop that pushes */
    static const uint8_t away[] = {110, 100, 100, 0, 83, 0};         /* a jump out of the code */
    static const uint8_t askew[] = {110, 1, 100, 0, 83, 0};          /* into the middle of an instruction */
    static const uint8_t endless[] = {100, 0, 1, 0};                 /* off the end */
    static const uint8_t huge[] = {144, 255, 144, 255, 144, 255, 102, 255, 83, 0};
    static const uint8_t odd[] = {100, 0, 83};
    static const uint8_t self[] = {113, 0};
    pc_bytecode bad[] = {
        CODE(3, 8, below, 1), CODE(3, 8, above, 1),   CODE(3, 8, grows, 1000), CODE(3, 8, away, 1),
        CODE(3, 8, askew, 1), CODE(3, 8, endless, 1), CODE(3, 8, huge, UINT32_MAX), CODE(3, 8, odd, 1),
    };
    for (size_t i = 0; i < PC_ARRAY_SIZE(bad); i++) {
        for (uint32_t offset = 0; offset < 12; offset++) {
            if (i != 2 || offset >= sizeof(grows)) /* there it is the states that do not agree */
                STACK(bad[i], offset, "?");
        }
    }
    STACK(bad[2], 0, "?");
    pc_bytecode loop = CODE(3, 8, self, 0);
    STACK(loop, 0, "0");
    STACK(loop, 1, "?");
    pc_bytecode empty = {.dialect = pc_bytecode_dialect_find(3, 8), .code = self, .code_size = 0};
    STACK(empty, 0, "?");
    CU_ASSERT_EQUAL(start_of(&empty, 0), UINT32_MAX);

    static const uint8_t backward[] = {151, 0, 140, 3, 83, 0}; /* before the start */
    static const uint8_t swap[] = {151, 0, 100, 0, 99, 2, 83, 0};
    static const uint8_t copy[] = {151, 0, 100, 0, 120, 0, 83, 0};
    static const uint8_t except[] = {151, 0, 100, 0, 89, 0, 83, 0}; /* nothing was saved */
    static const uint8_t cut[] = {151, 0, 100, 0, 116, 0, 0, 0};    /* the caches are not there */
    pc_bytecode words[] = {CODE(3, 11, backward, 9), CODE(3, 11, swap, 9), CODE(3, 11, copy, 9),
                           CODE(3, 11, except, 9), CODE(3, 11, cut, 9)};
    for (size_t i = 0; i < PC_ARRAY_SIZE(words); i++)
        STACK(words[i], 2, "?");
}

static void test_many_marks(void)
{
    /* PUSH_EXC_INFO after PUSH_EXC_INFO: more than any compiler nests. */
    uint8_t bytes[2 * 100 + 4] = {124, 0};
    for (size_t i = 2; i < sizeof(bytes) - 2; i += 2)
        bytes[i] = 35;
    bytes[sizeof(bytes) - 2] = 83;
    pc_bytecode code = CODE(3, 11, bytes, 1000);
    STACK(code, 0, "?");
    bytes[2 * 33] = 83;
    STACK(code, 2 * 33, "33:0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31");
}

static void test_hostile_tables(void)
{
    /* Cut anywhere: half an entry is not known, whole ones are another table. */
    for (size_t size = 1; size < sizeof(nested_311_table); size++) {
        pc_bytecode code = CODE_WITH_TABLE(3, 11, nested_311, nested_311_table, 6);
        uint8_t *table = malloc(size); /* to the byte, for the sanitizer */
        memcpy(table, nested_311_table, size);
        code.exception_table = table;
        code.exception_table_size = size;
        const char *text = stack_at(&code, 150);
        bool whole = size == 4 || size == 9 || size == 13 || size == 18 || size == 22 || size == 27;
        CU_ASSERT_STRING_EQUAL(text, whole ? "3" : "?");
        free(table);
    }
    static const uint8_t outside[] = {130, 11, 127, 63, 0};                        /* a handler behind the code */
    static const uint8_t longer[] = {130, 127, 63, 14, 0};                         /* a range that leaves it */
    static const uint8_t unordered[] = {142, 10, 30, 3, 130, 11, 14, 0};
    static const uint8_t deeper[] = {130, 11, 14, 126, 0};                         /* a depth that is not there */
    static const uint8_t unending[] = {130, 64, 64, 64, 64, 64, 64, 64, 64, 0, 0}; /* a number of too many bytes */
    static const uint8_t unmarked[] = {2, 11, 14, 0};
    struct {
        const uint8_t *bytes;
        size_t size;
    } tables[] = {
        {outside, sizeof(outside)}, {longer, sizeof(longer)},     {unordered, sizeof(unordered)},
        {deeper, sizeof(deeper)},   {unending, sizeof(unending)}, {unmarked, sizeof(unmarked)},
        {NULL, 5},
    };
    for (size_t i = 0; i < PC_ARRAY_SIZE(tables); i++) {
        pc_bytecode code = CODE_WITH_TABLE(3, 11, nested_311, nested_311_table, 6);
        code.exception_table = tables[i].bytes;
        code.exception_table_size = tables[i].size;
        STACK(code, 150, "?");
    }
}

/* Any bytes, for every version: answers or not, within bounds. The numbers are the same in each run. */
static void test_random_bytes(void)
{
    static const unsigned versions[][2] = {{2, 7},  {3, 6},  {3, 8},  {3, 9},  {3, 10},
                                           {3, 11}, {3, 12}, {3, 13}, {3, 14}, {3, 15}};
    uint32_t seed = 1;
    for (unsigned round = 0; round < 4000; round++) {
        const unsigned *version = versions[round % PC_ARRAY_SIZE(versions)];
        const pc_bytecode *source = NULL;
        pc_bytecode real[] = {CODE(2, 7, nested_27, 5), CODE(3, 8, nested_38, 11),
                              CODE_WITH_TABLE(3, 12, nested_312, nested_312_table, 6),
                              CODE_WITH_TABLE(3, 13, returning_313, returning_313_table, 5)};
        for (size_t i = 0; i < PC_ARRAY_SIZE(real); i++) {
            if (real[i].dialect == pc_bytecode_dialect_find(version[0], version[1]) && round % 3)
                source = &real[i];
        }
        size_t size = source ? source->code_size : 2 + round % 60;
        size_t table_size = source ? source->exception_table_size : 8;
        uint8_t *bytes = malloc(size), *table = malloc(table_size ? table_size : 1);
        for (size_t i = 0; i < size + table_size; i++) {
            seed = seed * 1664525 + 1013904223;
            uint8_t *to = i < size ? bytes + i : table + (i - size);
            *to = (uint8_t)(seed >> 24);
            if (source && (seed >> 8 & 63) != 0) /* real code with a few bytes changed */
                *to = i < size ? source->code[i] : source->exception_table[i - size];
        }
        pc_bytecode code = {.dialect = pc_bytecode_dialect_find(version[0], version[1]),
                            .code = bytes,
                            .code_size = size,
                            .exception_table = version[1] >= 11 ? table : NULL,
                            .exception_table_size = version[1] >= 11 ? table_size : 0,
                            .stack_size = source ? source->stack_size : seed % 100,
                            .monitored_lines = round % 2 ? bytes : NULL,
                            .monitored_lines_size = size,
                            .monitored_lines_step = round % 5};
        for (uint32_t offset = 0; offset < size; offset++) {
            pc_stack_state state;
            if (pc_bytecode_stack_at(&code, offset, &state)) {
                CU_ASSERT_FATAL(state.depth <= code.stack_size && state.saved_count <= PC_BYTECODE_MAX_SAVED);
                for (uint32_t i = 0; i < state.saved_count; i++)
                    CU_ASSERT_FATAL(state.saved[i] < state.depth && (!i || state.saved[i - 1] < state.saved[i]));
            }
            uint32_t start = start_of(&code, offset);
            CU_ASSERT_FATAL(start == UINT32_MAX || start <= offset);
            (void)cell_made(&code, 0, offset);
            (void)copied(&code, offset);
            (void)in_handler(&code, offset);
        }
        free(bytes);
        free(table);
    }
}

void suite_bytecode(void)
{
    CU_pSuite suite = CU_add_suite("bytecode", NULL, NULL);
    CU_add_test(suite, "dialects", test_dialects);
    CU_add_test(suite, "saved exceptions", test_saved_exceptions);
    CU_add_test(suite, "return from a handler", test_return_from_handler);
    CU_add_test(suite, "with", test_with);
    CU_add_test(suite, "depth where blocks are instructions", test_depth_with_blocks);
    CU_add_test(suite, "generators", test_generators);
    CU_add_test(suite, "specialized instructions", test_specialized);
    CU_add_test(suite, "instrumented instructions", test_instrumented);
    CU_add_test(suite, "line events of 3.14", test_line_events);
    CU_add_test(suite, "start of an instruction", test_instruction_start);
    CU_add_test(suite, "EXTENDED_ARG", test_extended_arg);
    CU_add_test(suite, "cells", test_cells);
    CU_add_test(suite, "except handler of 2.7", test_except_handler);
    CU_add_test(suite, "hostile code", test_hostile_code);
    CU_add_test(suite, "more saved exceptions than blocks", test_many_marks);
    CU_add_test(suite, "hostile exception tables", test_hostile_tables);
    CU_add_test(suite, "random bytes", test_random_bytes);
    CU_add_test(suite, "effect of an instruction", test_effect);
}
