/* Line and location tables, and bytecode with its exception table. An input begins with the format of the table (1 byte), the first
 * line (4), an offset (2), the version (1), the stack's size (1), how many bytes are exception table (1), how many are bytecode
 * (1), how many are what a tracer saved (1). */
#include <stdlib.h>

#include "python/code.h"
#include "tests/fuzz/fuzz.h"

static void look_at_lines(unsigned format, int64_t first, int64_t offset, const uint8_t *table, size_t size)
{
    static const pc_line_format formats[] = {PC_LINES_UNSIGNED, PC_LINES_SIGNED, PC_LINES_RANGES, PC_LINES_LOCATIONS};
    const int64_t offsets[] = {offset, 0, 2, INT64_MAX, -1};
    for (size_t i = 0; i < PC_ARRAY_SIZE(offsets); i++)
        pc_lines_lookup(formats[format % PC_ARRAY_SIZE(formats)], table, size, first, offsets[i]);
}

static void look_at_code(const pc_bytecode *code, uint32_t offset)
{
    const uint32_t offsets[] = {0, offset, offset + 1, (uint32_t)code->code_size, UINT32_MAX};
    for (size_t i = 0; i < PC_ARRAY_SIZE(offsets); i++) {
        pc_stack_state state;
        int64_t effect;
        uint32_t start;
        bool answer;
        if (pc_bytecode_stack_at(code, offsets[i], &state)) {
            FUZZ_CHECK(state.depth <= code->stack_size && state.saved_count <= PC_BYTECODE_MAX_SAVED);
            for (uint32_t k = 0; k < state.saved_count; k++)
                FUZZ_CHECK(state.saved[k] < state.depth);
        }
        pc_bytecode_effect_at(code, offsets[i], &effect);
        if (pc_bytecode_instruction_start(code, offsets[i], &start))
            FUZZ_CHECK(start <= offsets[i] && start < code->code_size);
        pc_bytecode_cell_made(code, offset, offsets[i], &answer);
        pc_bytecode_free_vars_copied(code, offsets[i], &answer);
        pc_bytecode_in_except_handler(code, offsets[i], &answer);
    }
}

static uint8_t *take_bytes(fuzz_input *input, size_t wanted, size_t *ret_size)
{
    *ret_size = wanted < input->left ? wanted : input->left;
    uint8_t *copy = fuzz_copy(input->at, *ret_size);
    input->at += *ret_size;
    input->left -= *ret_size;
    return copy;
}

void fuzz_lines(const uint8_t *data, size_t size)
{
    static const unsigned versions[][2] = {{2, 7}, {3, 6}, {3, 7}, {3, 8}, {3, 9}, {3, 10}, {3, 11}, {3, 12}, {3, 13}, {3, 14}, {3, 15}};
    fuzz_input input = {data, size};
    unsigned format = (unsigned)fuzz_take(&input, 1);
    int64_t first = (int32_t)fuzz_take(&input, 4);
    if (format & 0x40) /* co_firstlineno is an int, but a layout may say that it has 8 bytes */
        first = (int64_t)((uint64_t)first * UINT64_C(0x100000001));
    uint32_t offset = (uint32_t)fuzz_take(&input, 2);
    const unsigned *version = versions[fuzz_take(&input, 1) % PC_ARRAY_SIZE(versions)];
    pc_bytecode code = {.dialect = pc_bytecode_dialect_find(version[0], version[1]), .stack_size = (uint32_t)fuzz_take(&input, 1)};
    size_t table_size, exceptions = fuzz_take(&input, 1), length = 2 * fuzz_take(&input, 1), monitored = fuzz_take(&input, 1);
    FUZZ_CHECK(code.dialect);
    uint8_t *bytes = take_bytes(&input, length, &code.code_size), *handlers = take_bytes(&input, exceptions, &code.exception_table_size);
    uint8_t *events = take_bytes(&input, monitored, &code.monitored_lines_size), *table = take_bytes(&input, input.left, &table_size);
    code.code = bytes;
    if (version[0] == 3 && version[1] >= 11)
        code.exception_table = handlers;
    else
        code.exception_table_size = 0;
    if (monitored) {
        code.monitored_lines = events;
        code.monitored_lines_step = version[1] >= 14 ? 3 : 2;
        code.monitored_opcodes = table;
        code.monitored_opcodes_size = table_size;
    }
    look_at_lines(format, first, offset, table, table_size);
    look_at_code(&code, offset);
    free(bytes);
    free(handlers);
    free(events);
    free(table);
}
