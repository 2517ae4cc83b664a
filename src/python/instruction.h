/* One instruction of a code object's bytecode, decoded: internal to the analyzer of bytecode.h. */
#ifndef PC_PYTHON_INSTRUCTION_H
#define PC_PYTHON_INSTRUCTION_H

#include "python/bytecode.h"
#include "python/opcodes.h"

typedef struct pc_instruction {
    uint32_t start; /* of the first EXTENDED_ARG before it, or of itself */
    uint32_t at;    /* of itself */
    uint32_t next;  /* behind its caches */
    uint32_t argument;
    const pc_opcode *opcode; /* never that of a specialized or instrumented instruction */
} pc_instruction;

/* The instruction that starts at offset, with the EXTENDED_ARGs before it; false: there is none. The code must be
 * usable. */
bool pc_instruction_decode(const pc_bytecode *bytecode, uint32_t offset, pc_instruction *ret_instruction);

/* Where it jumps, or has its handler; false: it does not, or not into the code. */
bool pc_instruction_target(const pc_bytecode *bytecode, const pc_instruction *instruction, uint32_t *ret_target);

/* By how much it changes the depth of the stack when it does not jump. */
int64_t pc_instruction_effect(const pc_instruction *instruction);

/* What it is, and so where the next instruction starts, is not in the code. */
static inline bool pc_instruction_is_hidden(const pc_instruction *instruction)
{
    return instruction->opcode->kind == PC_OPCODE_LINE_EVENT ||
           instruction->opcode->kind == PC_OPCODE_INSTRUCTION_EVENT ||
           instruction->opcode->kind == PC_OPCODE_EXECUTOR;
}

/* Whether there is code of a possible size. */
bool pc_bytecode_is_usable(const pc_bytecode *bytecode);

/* Code units, in which the interpreter counts, are single bytes in 2.7. */
static inline uint32_t pc_bytecode_unit(const pc_bytecode *bytecode)
{
    return bytecode->dialect->have_argument ? 1 : 2;
}

/* The size of an EXTENDED_ARG. */
static inline uint32_t pc_bytecode_prefix(const pc_bytecode *bytecode)
{
    return bytecode->dialect->have_argument ? 3 : 2;
}

#endif
