#include "python/code.h"

#include "base/limits.h"
#include "python/str.h"
#include "python/type.h"

/* The bytes of a bytes object, together: from the core's own mapping, or copied to the arena. */
static pc_error *bytes_of(pc_python *py, pc_addr object, const uint8_t **ret_bytes, size_t *ret_size)
{
    pc_str str;
    PC_TRY(pc_expect(py, object, PC_TYPE_BYTES));
    PC_TRY(pc_str_open(py, object, &str));
    if (str.length > PC_LIMIT_CODE)
        return pc_error_at(PC_ERROR_LIMIT, object, "%" PRIu64 " bytes of code or line table at " PC_ADDR, str.length, object);
    static const uint8_t nothing[1];
    const uint8_t *bytes = str.length ? pc_memory_peek(py->memory, str.data, str.length) : nothing;
    if (!bytes) {
        if (!pc_memory_spend(py->memory, str.length / 2))
            return pc_error_at(PC_ERROR_LIMIT, object, "the bytes at " PC_ADDR " are too many to be kept", object);
        uint8_t *copy = pc_arena_alloc(py->arena, str.length);
        PC_TRY(pc_memory_read(py->memory, str.data, copy, str.length));
        bytes = copy;
    }
    *ret_bytes = bytes;
    *ret_size = str.length;
    return NULL;
}

/* What stood where a tracer's or debugger's instructions stand now (3.12). */
static void read_monitoring(pc_python *py, pc_code *code)
{
    pc_addr data, lines, opcodes;
    pc_bytecode *b = &code->bytecode;
    size_t units = b->code_size / 2;
    uint64_t step = 2;
    if (!pc_has(py, PC_CO_MONITORING) || !pc_ok(pc_field_uint(py, PC_CO_MONITORING, code->address, &data)) || !data)
        return;
    if (pc_ok(pc_field_uint(py, PC_MONITORING_LINES, data, &lines)) && lines &&
        (!pc_has(py, PC_LINE_EVENTS_SIZE) || (pc_ok(pc_field_uint(py, PC_LINE_EVENTS_SIZE, lines, &step)) &&
                                              pc_ok(pc_field_address(py, PC_LINE_EVENTS_DATA, lines, &lines)))) &&
        step && step <= 8 && (b->monitored_lines = pc_memory_peek(py->memory, lines, units * step))) {
        b->monitored_lines_size = units * step;
        b->monitored_lines_step = step;
    }
    if (pc_ok(pc_field_uint(py, PC_MONITORING_OPCODES, data, &opcodes)) && opcodes &&
        (b->monitored_opcodes = pc_memory_peek(py->memory, opcodes, units)))
        b->monitored_opcodes_size = units;
}

static pc_error *read_bytecode(pc_python *py, pc_code *code)
{
    pc_bytecode *b = &code->bytecode;
    pc_addr object;
    b->dialect = py->traits ? pc_bytecode_dialect_find(py->traits->major, py->traits->minor) : NULL;
    if (pc_has(py, PC_CO_CODE_ADAPTIVE)) {
        uint64_t units;
        PC_TRY(pc_field_address(py, PC_CO_CODE_ADAPTIVE, code->address, &code->code_start));
        PC_TRY(pc_var_size(py, code->address, &units));
        if (units > PC_LIMIT_CODE / 2)
            return pc_error_at(PC_ERROR_LIMIT, code->address, "%" PRIu64 " instructions in one code object", units);
        const uint8_t *bytes = pc_memory_peek(py->memory, code->code_start, units * 2);
        if (!bytes) {
            if (!pc_memory_spend(py->memory, units))
                return pc_error_at(PC_ERROR_LIMIT, code->address, "the code at " PC_ADDR " is too long to be kept", code->address);
            uint8_t *copy = pc_arena_alloc(py->arena, units * 2);
            PC_TRY(pc_memory_read(py->memory, code->code_start, copy, units * 2));
            bytes = copy;
        }
        b->code_size = units * 2;
        b->code = bytes;
        if (pc_ok(pc_field_uint(py, PC_CO_EXCEPTIONTABLE, code->address, &object)))
            pc_error_destroy(bytes_of(py, object, &b->exception_table, &b->exception_table_size));
        read_monitoring(py, code);
        return NULL;
    }
    PC_TRY(pc_field_uint(py, PC_CO_CODE, code->address, &object));
    return bytes_of(py, object, &b->code, &b->code_size);
}

static bool read_count(pc_python *py, pc_field field, pc_addr address, uint64_t *ret_count)
{
    int64_t value = 0;
    if (pc_has(py, field) && (!pc_ok(pc_field_int(py, field, address, &value)) || value < 0 || value > PC_LIMIT_LOCALS))
        return false;
    *ret_count = (uint64_t)value;
    return true;
}

static pc_error *read_code(pc_python *py, pc_addr address, pc_code *code)
{
    pc_addr object;
    int64_t stack_size;
    uint64_t positional, keyword_only;
    code->address = address;
    PC_TRY(pc_expect(py, address, PC_TYPE_CODE));
    PC_TRY(pc_field_int(py, PC_CO_FIRSTLINENO, address, &code->first_line));
    PC_TRY(pc_field_int(py, PC_CO_FLAGS, address, &code->flags));
    PC_TRY(pc_field_int(py, PC_CO_STACKSIZE, address, &stack_size));
    if (!read_count(py, PC_CO_ARGCOUNT, address, &positional) || !read_count(py, PC_CO_KWONLYARGCOUNT, address, &keyword_only) ||
        !read_count(py, PC_CO_NLOCALS, address, &code->local_count) || stack_size < 0 || stack_size > PC_LIMIT_LOCALS ||
        code->first_line < INT32_MIN || code->first_line > INT32_MAX)
        return pc_error_at(PC_ERROR_CORRUPT, address, "the code object at " PC_ADDR " cannot be one", address);
    code->argument_count = positional + keyword_only + !!(code->flags & PC_CO_VARARGS) + !!(code->flags & PC_CO_VARKEYWORDS);
    code->bytecode.stack_size = (uint32_t)stack_size;
    if (pc_ok(pc_field_uint(py, PC_CO_FILENAME, address, &object)))
        pc_str_name(py, object, &code->filename);
    if (pc_ok(pc_field_uint(py, PC_CO_NAME, address, &object)))
        pc_str_name(py, object, &code->name);
    if (pc_has(py, PC_CO_QUALNAME) && pc_ok(pc_field_uint(py, PC_CO_QUALNAME, address, &object)))
        pc_str_name(py, object, &code->qualname);
    if (pc_has(py, PC_CO_FIRSTTRACEABLE))
        PC_TRY(pc_field_int(py, PC_CO_FIRSTTRACEABLE, address, &code->first_traceable));
    if (pc_ok(pc_field_uint(py, PC_CO_LINETABLE, address, &object)))
        pc_error_destroy(bytes_of(py, object, &code->lines, &code->lines_size));
    pc_error_destroy(read_bytecode(py, code));
    return NULL;
}

pc_error *pc_code_read(pc_python *py, pc_addr address, pc_code **ret_code)
{
    pc_code *code = pc_map_get(&py->codes, address);
    if (!code) {
        pc_code fresh = {0};
        PC_TRY(read_code(py, address, &fresh));
        if (pc_memory_is_starving(py->memory))
            return pc_error_at(PC_ERROR_LIMIT, address, "reading the code object at " PC_ADDR " takes too long", address);
        code = pc_arena_alloc(py->arena, sizeof(*code));
        *code = fresh;
        pc_map_put(&py->codes, address, code);
    }
    *ret_code = code;
    return NULL;
}

static pc_error *tuple_open(pc_python *py, pc_addr tuple, pc_addr *ret_items, uint64_t *ret_count)
{
    uint64_t count;
    PC_TRY(pc_expect(py, tuple, PC_TYPE_TUPLE));
    PC_TRY(pc_var_size(py, tuple, &count));
    if (count > PC_LIMIT_LOCALS)
        return pc_error_at(PC_ERROR_LIMIT, tuple, "%" PRIu64 " names in one code object", count);
    *ret_count = count;
    return pc_field_address(py, PC_TUPLE_ITEMS, tuple, ret_items);
}

static const char *item_name(pc_python *py, pc_addr items, uint64_t index, pc_addr *ret_object)
{
    const char *name = NULL;
    *ret_object = 0;
    if (pc_ok(pc_pointer_at(py, items, index, ret_object)))
        pc_str_text(py, *ret_object, &name);
    return name;
}

/* The counts come from the target, the array is ours. */
static pc_error *pay_for_variables(pc_python *py, const pc_code *code, uint64_t count)
{
    if (pc_memory_spend(py->memory, count * PC_WORK_VARIABLE))
        return NULL;
    return pc_error_at(PC_ERROR_LIMIT, code->address, "the variables of the code object at " PC_ADDR " are too many", code->address);
}

/* co_localspluskinds: CO_FAST_* of CPython's internal/pycore_code.h */
#define KIND_LOCAL 0x20
#define KIND_CELL 0x40
#define KIND_FREE 0x80

/* 3.11: one tuple of names, one byte of flags each. */
static pc_error *read_localsplus(pc_python *py, pc_code *code)
{
    pc_addr names, kinds, items, object;
    uint64_t count = 0;
    const uint8_t *flags;
    size_t flag_count;
    PC_TRY(pc_field_uint(py, PC_CO_LOCALSPLUSNAMES, code->address, &names));
    PC_TRY(pc_field_uint(py, PC_CO_LOCALSPLUSKINDS, code->address, &kinds));
    PC_TRY(tuple_open(py, names, &items, &count));
    PC_TRY(bytes_of(py, kinds, &flags, &flag_count));
    if (flag_count != count)
        return pc_error_at(PC_ERROR_CORRUPT, code->address, "the code object at " PC_ADDR " has %" PRIu64 " variables of %zu kinds", code->address, count, flag_count);
    PC_TRY(pay_for_variables(py, code, count));
    code->variables = pc_arena_array(py->arena, count, sizeof(*code->variables));
    for (uint64_t i = 0; i < count; i++) {
        pc_variable *v = &code->variables[i];
        bool local = flags[i] & KIND_LOCAL, cell = flags[i] & KIND_CELL, is_free = flags[i] & KIND_FREE;
        *v = (pc_variable){
            .name = item_name(py, items, i, &object),
            .kind = is_free ? PC_VARIABLE_FREE : i < code->argument_count ? PC_VARIABLE_ARGUMENT : local ? PC_VARIABLE_LOCAL : PC_VARIABLE_CELL,
            .captured = local && cell,
            .in_cell = cell || is_free,
            .slot = (uint32_t)i,
        };
    }
    code->variable_count = count;
    code->stack_slot = count;
    return NULL;
}

/* To 3.10: three tuples; a captured argument is in co_varnames and again in co_cellvars, and only the cell is kept up to
 * date. */
static pc_error *read_three_tuples(pc_python *py, pc_code *code)
{
    pc_addr varnames, cellvars, freevars, items[3], object;
    uint64_t counts[3] = {0};
    PC_TRY(pc_field_uint(py, PC_CO_VARNAMES, code->address, &varnames));
    PC_TRY(pc_field_uint(py, PC_CO_CELLVARS, code->address, &cellvars));
    PC_TRY(pc_field_uint(py, PC_CO_FREEVARS, code->address, &freevars));
    PC_TRY(tuple_open(py, varnames, &items[0], &counts[0]));
    PC_TRY(tuple_open(py, cellvars, &items[1], &counts[1]));
    PC_TRY(tuple_open(py, freevars, &items[2], &counts[2]));
    uint64_t total = counts[0] + counts[1] + counts[2];
    PC_TRY(pay_for_variables(py, code, total));
    code->variables = pc_arena_array(py->arena, total, sizeof(*code->variables));
    pc_map slots; /* of the fast locals, by their name's address: names are interned */
    pc_map_init(&slots);
    size_t n = 0;
    for (uint64_t i = 0; i < counts[0]; i++, n++) {
        bool argument = i < code->argument_count;
        code->variables[n] = (pc_variable){.name = item_name(py, items[0], i, &object), .slot = (uint32_t)i,
                                           .kind = argument ? PC_VARIABLE_ARGUMENT : PC_VARIABLE_LOCAL};
        if (object)
            pc_map_put(&slots, object, &code->variables[n]);
    }
    for (uint64_t i = 0; i < counts[1]; i++) {
        const char *name = item_name(py, items[1], i, &object);
        pc_variable *fast = object ? pc_map_get(&slots, object) : NULL;
        uint32_t slot = (uint32_t)(code->local_count + i);
        if (fast) {
            fast->slot = slot;
            fast->captured = fast->in_cell = true;
            continue;
        }
        code->variables[n++] = (pc_variable){.name = name, .slot = slot, .kind = PC_VARIABLE_CELL, .in_cell = true};
    }
    for (uint64_t i = 0; i < counts[2]; i++)
        code->variables[n++] = (pc_variable){.name = item_name(py, items[2], i, &object), .slot = (uint32_t)(code->local_count + counts[1] + i),
                                             .kind = PC_VARIABLE_FREE, .in_cell = true};
    pc_map_deinit(&slots);
    code->variable_count = n;
    code->stack_slot = code->local_count + counts[1] + counts[2];
    return NULL;
}

void pc_code_find_variables(pc_python *py, pc_code *code)
{
    PC_AUTO_ERROR error = pc_has(py, PC_CO_LOCALSPLUSNAMES) ? read_localsplus(py, code) : read_three_tuples(py, code);
    /* names that could not be read for want of work may be read for another frame */
    code->variables_read = !pc_memory_is_starving(py->memory);
    code->variables_error = error ? pc_arena_strdup(py->arena, error->message) : NULL;
}

bool pc_code_stack_at(pc_python *py, pc_code *code, uint32_t offset, uint32_t *ret_start, pc_stack_state *ret_state)
{
    pc_code_stack *s = code->stack;
    if (!s || s->offset != offset) {
        if (!s)
            s = code->stack = PC_NEW(py->arena, pc_code_stack);
        *s = (pc_code_stack){.offset = offset};
        s->known = pc_bytecode_instruction_start(&code->bytecode, offset, &s->start) && pc_bytecode_stack_at(&code->bytecode, s->start, &s->state);
    }
    if (!s->known)
        return false;
    *ret_start = s->start;
    *ret_state = s->state;
    return true;
}
