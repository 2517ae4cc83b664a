/* What the bytecode of a code object tells about a frame that executes it: how deep its evaluation stack is, which
 * slots of it hold exceptions that were being handled when another was caught, which cells it has already made.
 *
 * The interpreter does not store these. Here they are computed as its compiler computed them: by following the
 * instructions from the first one, each with its effect on the stack (opcodes.h). The bytes come from the target's
 * memory and are not believed: code that cannot be (a stack below its bottom or above co_stacksize, a jump out of the
 * code, an instruction that is none) has no answers. Work and memory are linear in the code's size. */
#ifndef PC_PYTHON_BYTECODE_H
#define PC_PYTHON_BYTECODE_H

#include "base/types.h"

/* Saved exceptions on one evaluation stack. The compiler allows 20 nested blocks (CO_MAXBLOCKS). */
#define PC_BYTECODE_MAX_SAVED 32

/* The instructions of one minor version of CPython. */
typedef struct pc_bytecode_dialect pc_bytecode_dialect;

/* Of 2.7 and 3.6 to 3.15, else NULL. */
const pc_bytecode_dialect *pc_bytecode_dialect_find(unsigned major, unsigned minor);

/* The bytes are borrowed. Offsets are in bytes from the first instruction, as dis prints them. */
typedef struct pc_bytecode {
    const pc_bytecode_dialect *dialect;
    const uint8_t *code; /* as in memory: specialized and instrumented instructions are understood (3.11+) */
    size_t code_size;
    const uint8_t *exception_table; /* 3.11+, else NULL */
    size_t exception_table_size;
    uint32_t stack_size; /* co_stacksize */

    /* What stood where a debugger, tracer or profiler has put its events (3.12+): _co_monitoring's `lines`, some bytes
     * for each code unit (two to 3.13), the opcode first, and `per_instruction_opcodes`, one byte for each. NULL, 0 where they are
     * not there or not known: then nothing is known of what is reached only over such an instruction. */
    const uint8_t *monitored_lines;
    size_t monitored_lines_size, monitored_lines_step;
    const uint8_t *monitored_opcodes;
    size_t monitored_opcodes_size;
} pc_bytecode;

typedef struct pc_stack_state {
    uint32_t depth; /* values on the stack */
    /* 3.11+: indices of the slots, from the stack's bottom, that hold what PUSH_EXC_INFO saved (None where nothing was
     * handled), outermost first. An innermost one that POP_EXCEPT has put back into exc_info is not among them.
     * Until 3.10 none: there the frame's blocks tell. */
    uint32_t saved_count;
    uint32_t saved[PC_BYTECODE_MAX_SAVED];
} pc_stack_state;

/* The functions return false, with their ret_ parameter untouched, where the answer is not known. */

/* The stack before the instruction that starts at offset is executed. While it is (in the frame of a caller, or the
 * innermost one's), it may have taken its operands from the stack already; saved exceptions stay where they are.
 * Not known, too: code that nothing leads to; until 3.8 the bodies of `finally` and the end of `with`, which are
 * entered with one value or with more. */
bool pc_bytecode_stack_at(const pc_bytecode *bytecode, uint32_t offset, pc_stack_state *ret_state);

/* By how much the instruction that starts at offset changes the stack's depth when it does not jump. */
bool pc_bytecode_effect_at(const pc_bytecode *bytecode, uint32_t offset, int64_t *ret_effect);

/* The start of the instruction to which the byte at offset belongs, be it of its inline caches (in 3.11 and 3.12 a
 * frame that calls points at the last one). EXTENDED_ARG counts as an instruction, as for dis. */
bool pc_bytecode_instruction_start(const pc_bytecode *bytecode, uint32_t offset, uint32_t *ret_start);

/* Whether, in a frame that is at offset, MAKE_CELL for that index of its localsplus array (COPY_FREE_VARS) has been
 * executed: only then does the slot of a captured variable hold the cell, before it a plain value, if any (3.11+; until
 * 3.10 frames begin with their cells, and the functions return false). A frame that has not begun has done neither:
 * that is not asked here. */
bool pc_bytecode_cell_made(const pc_bytecode *bytecode, uint32_t local_index, uint32_t offset, bool *ret_made);
bool pc_bytecode_free_vars_copied(const pc_bytecode *bytecode, uint32_t offset, bool *ret_copied);

/* 2.7: whether offset is within the `except` clauses of a try statement, where sys.exc_info() gives the exception that
 * is being handled; elsewhere what it gives may be stale. */
bool pc_bytecode_in_except_handler(const pc_bytecode *bytecode, uint32_t offset, bool *ret_inside);

#endif
