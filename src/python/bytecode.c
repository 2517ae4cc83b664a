#include "python/bytecode.h"

#include "python/instruction.h"

const pc_bytecode_dialect *pc_bytecode_dialect_find(unsigned major, unsigned minor)
{
    for (size_t i = 0; i < pc_bytecode_dialect_count; i++) {
        if (pc_bytecode_dialects[i].major == major && pc_bytecode_dialects[i].minor == minor)
            return &pc_bytecode_dialects[i];
    }
    return NULL;
}

bool pc_bytecode_instruction_start(const pc_bytecode *bytecode, uint32_t offset, uint32_t *ret_start)
{
    pc_instruction at;
    if (!pc_bytecode_is_usable(bytecode) || offset >= bytecode->code_size)
        return false;
    for (uint32_t next = 0; next <= offset; next = at.next) {
        if (!pc_instruction_decode(bytecode, next, &at))
            return false;
        if (offset < at.at) {
            *ret_start = offset - (offset - at.start) % pc_bytecode_prefix(bytecode);
            return true;
        }
        if (offset < at.next) {
            *ret_start = at.at;
            return true;
        }
        if (pc_instruction_is_hidden(&at))
            return false;
    }
    return false;
}

bool pc_bytecode_effect_at(const pc_bytecode *bytecode, uint32_t offset, int64_t *ret_effect)
{
    pc_instruction at;
    if (!pc_bytecode_is_usable(bytecode) || offset >= bytecode->code_size)
        return false;
    for (uint32_t next = 0; next <= offset; next = at.next) {
        if (!pc_instruction_decode(bytecode, next, &at) || pc_instruction_is_hidden(&at))
            return false;
        if (at.at == offset) {
            *ret_effect = pc_instruction_effect(&at);
            return true;
        }
    }
    return false;
}

/* Whether an instruction of that kind (and argument) stands before offset in the prologue, which is executed from its
 * start to its end. RESUME ends it, and instrumentation begins there, as do loops that could become executors. */
static bool done_in_prologue(const pc_bytecode *bytecode, pc_opcode_kind kind, const uint32_t *argument,
                             uint32_t offset, bool *ret_done)
{
    pc_instruction at;
    /* The tables of exceptions and the cells in a frame's locals came together. */
    if (!pc_bytecode_is_usable(bytecode) || !bytecode->dialect->exception_table || offset >= bytecode->code_size)
        return false;
    for (uint32_t next = 0; next < offset; next = at.next) {
        if (!pc_instruction_decode(bytecode, next, &at))
            return false;
        if (at.at >= offset || at.opcode->kind == PC_OPCODE_RESUME || pc_instruction_is_hidden(&at))
            break;
        if (at.opcode->kind == kind && (!argument || at.argument == *argument)) {
            *ret_done = true;
            return true;
        }
    }
    *ret_done = false;
    return true;
}

bool pc_bytecode_cell_made(const pc_bytecode *bytecode, uint32_t local_index, uint32_t offset, bool *ret_made)
{
    return done_in_prologue(bytecode, PC_OPCODE_MAKE_CELL, &local_index, offset, ret_made);
}

bool pc_bytecode_free_vars_copied(const pc_bytecode *bytecode, uint32_t offset, bool *ret_copied)
{
    return done_in_prologue(bytecode, PC_OPCODE_COPY_FREE_VARS, NULL, offset, ret_copied);
}

bool pc_bytecode_in_except_handler(const pc_bytecode *bytecode, uint32_t offset, bool *ret_inside)
{
    /* 2.7's compiler writes one END_FINALLY for each of the block instructions below, and drops none. They nest as the
     * statements do; CO_MAXBLOCKS of them, 20, at most. */
    struct {
        uint32_t handler;
        bool except;
    } open[64];
    size_t count = 0;
    pc_instruction at;
    if (!pc_bytecode_is_usable(bytecode) || bytecode->dialect->major != 2 || offset >= bytecode->code_size)
        return false;
    for (uint32_t next = 0; next <= offset; next = at.next) {
        if (!pc_instruction_decode(bytecode, next, &at))
            return false;
        if (offset < at.next)
            break;
        bool except = at.opcode->kind == PC_OPCODE_SETUP_EXCEPT;
        if (except || at.opcode->kind == PC_OPCODE_SETUP_FINALLY) {
            if (count == PC_ARRAY_SIZE(open) || !pc_instruction_target(bytecode, &at, &open[count].handler))
                return false;
            open[count++].except = except;
        } else if (at.opcode->kind == PC_OPCODE_END_FINALLY) {
            if (!count)
                return false;
            count--;
        }
    }
    bool inside = false;
    for (size_t i = 0; i < count; i++)
        inside |= open[i].except && open[i].handler <= offset;
    *ret_inside = inside;
    return true;
}
