/* What the bytecode analyzer knows of each CPython's instructions. The rows are in opcode_tables.c, which
 * scripts/gen-opcodes.py writes from what the interpreters say of themselves; here is what the columns mean. */
#ifndef PC_PYTHON_OPCODES_H
#define PC_PYTHON_OPCODES_H

#include "base/types.h"

/* What an instruction is to the analyzer. Most only move the stack's top. */
typedef enum pc_opcode_kind {
    PC_OPCODE_ABSENT, /* no instruction of this number */
    PC_OPCODE_PLAIN,
    PC_OPCODE_EXTENDED_ARG,
    PC_OPCODE_LINE_EVENT,        /* INSTRUMENTED_LINE: the instruction is in the code's monitoring data (3.12+) */
    PC_OPCODE_INSTRUCTION_EVENT, /* INSTRUMENTED_INSTRUCTION: the same, in another array (3.12+) */
    PC_OPCODE_EXECUTOR,          /* ENTER_EXECUTOR: the instruction is in the optimizer's executor (3.13+) */
    PC_OPCODE_JUMP,
    PC_OPCODE_BRANCH, /* goes on or jumps, each with its own effect; blocks whose handler's depth is known are such */
    PC_OPCODE_STOP,   /* returns, raises, or leaves by the block stack: nothing follows */
    PC_OPCODE_RETURN, /* 3.14: the same, of what does not raise; before, STOP */
    PC_OPCODE_CONSTANT, /* 3.14: does not raise; before, PLAIN */

    PC_OPCODE_RESUME,         /* the end of the prologue (3.11+) */
    PC_OPCODE_MAKE_CELL,      /* 3.11+ */
    PC_OPCODE_COPY_FREE_VARS, /* 3.11+ */
    PC_OPCODE_GEN_START,      /* pops what the first send() pushed (3.10) */

    PC_OPCODE_PUSH_EXC_INFO, /* saves the handled exception below the new one, at the top (3.11+) */
    PC_OPCODE_POP_EXCEPT,    /* 3.11+; until 3.10 it pops three values and is PLAIN */
    PC_OPCODE_SWAP,
    PC_OPCODE_COPY,
    PC_OPCODE_ROTATE, /* ROT_TWO, ROT_THREE, ROT_FOUR, ROT_N: parameter values, or as many as the argument for 0 */

    /* Until 3.8 a `finally` body is entered with one value or with several, see bytecode.c. */
    PC_OPCODE_SETUP_EXCEPT,       /* to 3.7 */
    PC_OPCODE_SETUP_FINALLY,      /* the handler is a finally body or a with statement's end; 3.8: only the latter */
    PC_OPCODE_SETUP_TRY,          /* 3.8's SETUP_FINALLY, for `except` and for `finally` */
    PC_OPCODE_BEGIN_FINALLY,      /* 3.8 */
    PC_OPCODE_CALL_FINALLY,       /* 3.8 */
    PC_OPCODE_POP_FINALLY,        /* 3.8 */
    PC_OPCODE_END_FINALLY,        /* to 3.8 */
    PC_OPCODE_WITH_CLEANUP,       /* 2.7 */
    PC_OPCODE_WITH_CLEANUP_START, /* 3.6 to 3.8 */
} pc_opcode_kind;

typedef enum pc_opcode_jump {
    PC_JUMP_NONE,
    PC_JUMP_FORWARD,  /* from the end of the instruction, its caches included */
    PC_JUMP_BACKWARD, /* the same */
    PC_JUMP_ABSOLUTE, /* from the start of the code */
} pc_opcode_jump;

/* By how much an instruction that does not jump changes the depth, of its argument. */
typedef enum pc_opcode_form {
    PC_EFFECT_CONSTANT, /* effect */
    PC_EFFECT_LINEAR,   /* effect + factor * argument */
    PC_EFFECT_BITS,     /* effect + factor * (bits of the argument that are set in parameter) */
    PC_EFFECT_EQUAL,    /* effect + factor if the argument is parameter */
    PC_EFFECT_BYTES,    /* effect + factor * (low byte + what is above it): UNPACK_EX */
    PC_EFFECT_PAIRS,    /* effect + factor * (low byte + 2 * second byte): calls of 2.7 */
} pc_opcode_form;

typedef struct pc_opcode {
    char name[48];  /* empty: there is none. No pointer: the tables need no relocation, which would cost every start their pages */
    uint8_t kind;   /* pc_opcode_kind */
    uint8_t jump;   /* pc_opcode_jump */
    uint8_t caches; /* code units of inline cache that follow (3.11+) */
    uint8_t base;   /* the instruction it specializes or instruments, else itself: that one's row is to be read */
    uint8_t form;   /* pc_opcode_form */
    int8_t effect;
    int8_t factor;
    uint8_t parameter;
    int8_t jump_effect; /* when it jumps, or its block's handler is entered */
} pc_opcode;

typedef struct pc_bytecode_dialect pc_bytecode_dialect;
struct pc_bytecode_dialect {
    uint8_t major, minor;
    uint8_t have_argument; /* instructions from here on are 3 bytes, those before 1 (2.7); 0: all are words of 2 */
    uint8_t jump_scale;    /* bytes per unit of a jump's argument */
    bool exception_table;  /* handlers are listed outside the code (3.11+) */
    pc_opcode opcodes[256];
};

extern const pc_bytecode_dialect pc_bytecode_dialects[];
extern const size_t pc_bytecode_dialect_count;

#endif
