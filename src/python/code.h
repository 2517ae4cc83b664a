/* Code objects and their line tables. A code object is read once and kept. */
#ifndef PC_PYTHON_CODE_H
#define PC_PYTHON_CODE_H

#include "python/python.h"

typedef enum pc_variable_kind { PC_VARIABLE_ARGUMENT, PC_VARIABLE_LOCAL, PC_VARIABLE_CELL, PC_VARIABLE_FREE } pc_variable_kind;

typedef struct pc_variable {
    const char *name; /* NULL: cannot be read */
    pc_variable_kind kind;
    bool captured;    /* an argument or local that closures share */
    bool in_cell;     /* its slot holds a cell */
    uint32_t slot;    /* index in the frame's localsplus */
} pc_variable;

/* What an instruction's place tells, see pc_code_stack_at(). */
typedef struct pc_code_stack {
    uint32_t offset, start;
    bool known;
    pc_stack_state state;
} pc_code_stack;

typedef struct pc_code {
    pc_addr address;
    const char *filename, *name, *qualname; /* NULL: not known; qualname is stored from 3.11 on */
    int64_t first_line, flags;
    uint64_t argument_count; /* all: positional, keyword-only, *args, **kwargs */
    uint64_t local_count;    /* to 3.10: fast locals, before the cells */
    uint64_t stack_slot;     /* index in localsplus where the evaluation stack begins */
    int64_t first_traceable; /* 3.11: the instruction, counted in code units, before which a frame is not complete */
    pc_bytecode bytecode;    /* code is NULL where it cannot be read */
    pc_addr code_start;      /* 3.11: of the first instruction, in the target */
    const uint8_t *lines;    /* the line table; NULL where it cannot be read */
    size_t lines_size;
    pc_variable *variables;  /* in the order of their definition; read on demand */
    size_t variable_count;
    bool variables_read;
    const char *variables_error; /* why they could not be read, NULL if they could */
    pc_code_stack *stack;    /* what was last asked for; NULL: nothing yet */
} pc_code;

#define PC_CO_OPTIMIZED 1
#define PC_CO_NEWLOCALS 2
#define PC_CO_VARARGS 4
#define PC_CO_VARKEYWORDS 8
#define PC_CO_GENERATOR 0x20
#define PC_CO_COROUTINE 0x80
#define PC_CO_ASYNC_GENERATOR 0x200

pc_error *pc_code_read(pc_python *py, pc_addr address, pc_code **ret_code);
void pc_code_find_variables(pc_python *py, pc_code *code);
/* Names and slots of its variables, or variables_error. */
static inline void pc_code_read_variables(pc_python *py, pc_code *code)
{
    if (!code->variables_read)
        pc_code_find_variables(py, code);
}

/* The start of the instruction to which the byte at offset belongs, and the evaluation stack before it: as
 * pc_bytecode_instruction_start() and pc_bytecode_stack_at() tell; false where one is not known. What was last found is kept:
 * other frames of the same code are mostly at the same place. */
bool pc_code_stack_at(pc_python *py, pc_code *code, uint32_t offset, uint32_t *ret_start, pc_stack_state *ret_state);

/* Where in the source an instruction is. Lines from 1; columns from 0 in bytes of UTF-8; -1 where not known. */
typedef struct pc_position {
    int64_t line, end_line, column, end_column;
} pc_position;

/* Of the instruction at a byte offset; a negative offset is the code's first line, as the interpreter has it. */
pc_position pc_code_position(const pc_python *py, const pc_code *code, int64_t offset);

/* The line-table decoders, each over the raw bytes of its format (see pc_line_format). */
pc_position pc_lines_lookup(pc_line_format format, const uint8_t *table, size_t size, int64_t first_line, int64_t offset);

#endif
