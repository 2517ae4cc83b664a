#include "python/instruction.h"

#include "base/limits.h"

bool pc_bytecode_is_usable(const pc_bytecode *bytecode)
{
    return bytecode->dialect && bytecode->code && bytecode->code_size && bytecode->code_size <= PC_LIMIT_CODE &&
           (bytecode->dialect->have_argument || bytecode->code_size % 2 == 0);
}

/* What is executed at offset, which is within the code; NULL: no instruction. */
static const pc_opcode *opcode_at(const pc_bytecode *bytecode, uint32_t offset)
{
    const pc_opcode *opcodes = bytecode->dialect->opcodes;
    const pc_opcode *opcode = &opcodes[bytecode->code[offset]];
    size_t unit = offset / 2;
    /* A line event may stand for an instruction event, never the other way round. */
    if (opcode->kind == PC_OPCODE_LINE_EVENT && bytecode->monitored_lines && bytecode->monitored_lines_step &&
        unit < bytecode->monitored_lines_size / bytecode->monitored_lines_step)
        opcode = &opcodes[bytecode->monitored_lines[bytecode->monitored_lines_step * unit]];
    if (opcode->kind == PC_OPCODE_INSTRUCTION_EVENT && bytecode->monitored_opcodes &&
        unit < bytecode->monitored_opcodes_size)
        opcode = &opcodes[bytecode->monitored_opcodes[unit]];
    if (!opcode->name[0])
        return NULL;
    opcode = &opcodes[opcode->base];
    return opcode->kind == PC_OPCODE_ABSENT ? NULL : opcode;
}

bool pc_instruction_decode(const pc_bytecode *bytecode, uint32_t offset, pc_instruction *ret_instruction)
{
    uint8_t have_argument = bytecode->dialect->have_argument;
    const uint8_t *code = bytecode->code;
    pc_instruction result = {.start = offset};
    size_t at = offset;
    /* The compilers write at most three prefixes: an argument has 32 bits. */
    for (unsigned prefixes = 0; prefixes < 4; prefixes++) {
        if (at >= bytecode->code_size)
            return false;
        size_t left = bytecode->code_size - at, length;
        const pc_opcode *opcode = opcode_at(bytecode, (uint32_t)at);
        if (!opcode)
            return false;
        if (!have_argument) {
            length = 2;
            result.argument = result.argument << 8 | code[at + 1]; /* the code's size is even */
        } else if (code[at] < have_argument) {
            length = 1;
        } else {
            length = 3;
            if (left < length)
                return false;
            result.argument = result.argument << 16 | (uint32_t)code[at + 2] << 8 | code[at + 1];
        }
        if (opcode->kind == PC_OPCODE_EXTENDED_ARG) {
            at += length;
            continue;
        }
        length += (size_t)opcode->caches * 2;
        if (left < length)
            return false;
        result.opcode = opcode;
        result.at = (uint32_t)at;
        result.next = (uint32_t)(at + length);
        *ret_instruction = result;
        return true;
    }
    return false;
}

bool pc_instruction_target(const pc_bytecode *bytecode, const pc_instruction *at, uint32_t *ret_target)
{
    uint64_t distance = (uint64_t)at->argument * bytecode->dialect->jump_scale, target;
    switch ((pc_opcode_jump)at->opcode->jump) {
    case PC_JUMP_FORWARD:
        target = at->next + distance;
        break;
    case PC_JUMP_BACKWARD:
        if (distance > at->next)
            return false;
        target = at->next - distance;
        break;
    case PC_JUMP_ABSOLUTE:
        target = distance;
        break;
    default:
        return false;
    }
    if (target >= bytecode->code_size || target % pc_bytecode_unit(bytecode))
        return false;
    *ret_target = (uint32_t)target;
    return true;
}

int64_t pc_instruction_effect(const pc_instruction *at)
{
    const pc_opcode *opcode = at->opcode;
    int64_t argument = at->argument, times = 0;
    switch ((pc_opcode_form)opcode->form) {
    case PC_EFFECT_CONSTANT:
        break;
    case PC_EFFECT_LINEAR:
        times = argument;
        break;
    case PC_EFFECT_BITS:
        times = __builtin_popcount(at->argument & opcode->parameter);
        break;
    case PC_EFFECT_EQUAL:
        times = argument == opcode->parameter;
        break;
    case PC_EFFECT_BYTES:
        times = (argument & 0xff) + (argument >> 8);
        break;
    case PC_EFFECT_PAIRS:
        times = (argument & 0xff) + 2 * (argument >> 8 & 0xff);
        break;
    }
    return opcode->effect + opcode->factor * times;
}
