#include "python/fingerprint.h"

#include <string.h>

#include "base/limits.h"
#include "python/dict.h"
#include "python/instruction.h"
#include "python/number.h"
#include "python/str.h"
#include "python/type.h"

#define MAX_DEPTH 8       /* code in code, tuples in tuples */
#define MAX_ITEMS 4096    /* of one tuple */
#define MAX_TEXT (1 << 16)

uint64_t pc_fingerprint_byte(uint64_t hash, uint8_t byte)
{
    return pc_hash_unit(hash, byte);
}

uint64_t pc_fingerprint_u32(uint64_t hash, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        hash = pc_fingerprint_byte(hash, (uint8_t)(value >> 8 * i));
    return hash;
}

static uint64_t put_u64(uint64_t hash, uint64_t value)
{
    return pc_fingerprint_u32(pc_fingerprint_u32(hash, (uint32_t)value), (uint32_t)(value >> 32));
}

static uint64_t put_bytes(uint64_t hash, const char *bytes, size_t length)
{
    hash = pc_fingerprint_u32(hash, (uint32_t)length);
    for (size_t i = 0; i < length; i++)
        hash = pc_fingerprint_byte(hash, (uint8_t)bytes[i]);
    return hash;
}

uint64_t pc_fingerprint_text(uint64_t hash, const char *text)
{
    return put_bytes(hash, text, strlen(text));
}

bool pc_fingerprint_instructions(const pc_bytecode *bytecode, uint64_t *hash)
{
    uint64_t result = *hash;
    pc_instruction at;
    if (!pc_bytecode_is_usable(bytecode))
        return false;
    for (uint32_t next = 0; next < bytecode->code_size; next = at.next) {
        if (!pc_instruction_decode(bytecode, next, &at) || pc_instruction_is_hidden(&at))
            return false;
        result = pc_fingerprint_byte(result, (uint8_t)(at.opcode - bytecode->dialect->opcodes));
        result = pc_fingerprint_u32(result, at.argument);
    }
    *hash = result;
    return true;
}

static pc_error *put_code(pc_python *py, pc_addr object, unsigned depth, bool shape, uint64_t *hash);

static pc_error *cannot(pc_addr object)
{
    return pc_error_at(PC_ERROR_LIMIT, object, "the constant at " PC_ADDR " is none of those that a fingerprint covers", object);
}

static pc_error *put_units(pc_python *py, pc_addr object, uint64_t *hash)
{
    pc_str str;
    uint32_t units[256];
    size_t count;
    PC_TRY(pc_str_open(py, object, &str));
    if (str.length > MAX_TEXT)
        return cannot(object);
    *hash = pc_fingerprint_u32(*hash, (uint32_t)str.length);
    for (uint64_t at = 0; at < str.length; at += count) {
        PC_TRY(pc_str_units(py, &str, at, units, PC_ARRAY_SIZE(units), &count));
        if (!count)
            return cannot(object);
        for (size_t i = 0; i < count; i++)
            *hash = pc_fingerprint_u32(*hash, units[i]);
    }
    return NULL;
}

static uint64_t put_double(uint64_t hash, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof(bits));
    return put_u64(hash, bits);
}

static pc_error *put_constant(pc_python *py, pc_addr object, unsigned depth, bool shape, uint64_t *hash);

static pc_error *put_tuple(pc_python *py, pc_addr object, unsigned depth, bool shape, uint64_t *hash)
{
    pc_addr items, item;
    uint64_t count;
    PC_TRY(pc_tuple_open(py, object, &items, &count));
    if (count > MAX_ITEMS)
        return cannot(object);
    *hash = pc_fingerprint_u32(*hash, (uint32_t)count);
    for (uint64_t i = 0; i < count; i++) {
        PC_TRY(pc_pointer_at(py, items, i, &item));
        PC_TRY(put_constant(py, item, depth + 1, shape, hash));
    }
    return NULL;
}

/* The order of a set differs from process to process: its items' sum does not. */
static pc_error *put_set(pc_python *py, pc_addr object, unsigned depth, uint64_t *hash)
{
    pc_set set;
    uint64_t sum = 0;
    PC_TRY(pc_set_open(py, object, &set));
    for (;;) {
        bool more;
        pc_addr item;
        uint64_t own = PC_FINGERPRINT_START;
        PC_TRY(pc_set_next(py, &set, &more, &item));
        if (!more)
            break;
        PC_TRY(put_constant(py, item, depth + 1, false, &own));
        sum += own;
    }
    *hash = put_u64(*hash, sum);
    return NULL;
}

static pc_error *put_constant(pc_python *py, pc_addr object, unsigned depth, bool shape, uint64_t *hash)
{
    const pc_type *type;
    uint64_t truth;
    double real, imag;
    PC_AUTO_BUFFER text = {0};
    size_t digits;
    static const pc_field parts[] = {PC_SLICE_START, PC_SLICE_STOP, PC_SLICE_STEP};
    pc_addr part;
    PC_TRY(pc_type_of(py, object, &type));
    if (depth > MAX_DEPTH || !type->is_builtin)
        return cannot(object);
    switch (type->kind) {
    case PC_TYPE_NONE:
        *hash = pc_fingerprint_byte(*hash, 'N');
        return NULL;
    case PC_TYPE_ELLIPSIS:
        *hash = pc_fingerprint_byte(*hash, 'E');
        return NULL;
    case PC_TYPE_BOOL:
        PC_TRY(pc_number_uint64(py, object, &truth));
        *hash = pc_fingerprint_byte(*hash, truth ? 'T' : 'F');
        return NULL;
    case PC_TYPE_INT:
    case PC_TYPE_LONG:
        PC_TRY(pc_number_put_int(py, object, &text, &digits));
        *hash = put_bytes(pc_fingerprint_byte(*hash, 'i'), pc_buffer_text(&text), text.length);
        return NULL;
    case PC_TYPE_FLOAT:
        PC_TRY(pc_field_double(py, PC_OB_FVAL, object, &real));
        *hash = put_double(pc_fingerprint_byte(*hash, 'f'), real);
        return NULL;
    case PC_TYPE_COMPLEX:
        PC_TRY(pc_field_double(py, PC_COMPLEX_REAL, object, &real));
        PC_TRY(pc_field_double(py, PC_COMPLEX_IMAG, object, &imag));
        *hash = put_double(put_double(pc_fingerprint_byte(*hash, 'x'), real), imag);
        return NULL;
    case PC_TYPE_UNICODE:
        *hash = pc_fingerprint_byte(*hash, 'u');
        return shape ? NULL : put_units(py, object, hash);
    case PC_TYPE_BYTES:
        *hash = pc_fingerprint_byte(*hash, 'b');
        return shape ? NULL : put_units(py, object, hash);
    case PC_TYPE_TUPLE:
        *hash = pc_fingerprint_byte(*hash, 't');
        return put_tuple(py, object, depth, shape, hash);
    case PC_TYPE_FROZENSET:
        *hash = pc_fingerprint_byte(*hash, 'z');
        return put_set(py, object, depth, hash);
    case PC_TYPE_SLICE: /* 3.14 */
        *hash = pc_fingerprint_byte(*hash, 's');
        for (size_t i = 0; i < PC_ARRAY_SIZE(parts); i++) {
            PC_TRY(pc_field_uint(py, parts[i], object, &part));
            PC_TRY(put_constant(py, part, depth + 1, shape, hash));
        }
        return NULL;
    case PC_TYPE_CODE:
        return put_code(py, object, depth + 1, shape, hash);
    default:
        return cannot(object);
    }
}

static pc_error *put_count(pc_python *py, pc_field field, pc_addr object, uint64_t *hash)
{
    int64_t value = 0;
    if (pc_has(py, field))
        PC_TRY(pc_field_int(py, field, object, &value));
    *hash = pc_fingerprint_u32(*hash, (uint32_t)value);
    return NULL;
}

static pc_error *put_code(pc_python *py, pc_addr object, unsigned depth, bool shape, uint64_t *hash)
{
    static const char kinds[] = {'a', 'l', 'c', 'f'};
    pc_code *code;
    pc_addr names, consts;
    PC_TRY(pc_code_read(py, object, &code));
    pc_code_read_variables(py, code);
    if (!code->name || code->variables_error)
        return cannot(object);
    *hash = pc_fingerprint_text(pc_fingerprint_byte(*hash, 'c'), code->name);
    PC_TRY(put_count(py, PC_CO_ARGCOUNT, object, hash));
    PC_TRY(put_count(py, PC_CO_POSONLYARGCOUNT, object, hash));
    PC_TRY(put_count(py, PC_CO_KWONLYARGCOUNT, object, hash));
    *hash = pc_fingerprint_u32(*hash, (uint32_t)code->flags);
    *hash = pc_fingerprint_u32(*hash, (uint32_t)code->variable_count);
    for (size_t i = 0; i < code->variable_count; i++) {
        const pc_variable *v = &code->variables[i];
        if (!v->name)
            return cannot(object);
        *hash = pc_fingerprint_byte(*hash, (uint8_t)kinds[v->kind]);
        *hash = pc_fingerprint_byte(*hash, v->captured);
        *hash = pc_fingerprint_text(*hash, v->name);
    }
    PC_TRY(pc_field_uint(py, PC_CO_NAMES, object, &names));
    PC_TRY(pc_field_uint(py, PC_CO_CONSTS, object, &consts));
    PC_TRY(put_tuple(py, names, depth, false, hash));
    PC_TRY(put_tuple(py, consts, depth, shape, hash));
    if (!pc_fingerprint_instructions(&code->bytecode, hash))
        return pc_error_at(PC_ERROR_CORRUPT, object, "the instructions of the code at " PC_ADDR " cannot be read", object);
    return NULL;
}

pc_error *pc_fingerprint_code(pc_python *py, const char *module, pc_addr code, uint64_t *ret_fingerprint)
{
    uint64_t hash = pc_fingerprint_text(PC_FINGERPRINT_START, module);
    PC_TRY(put_code(py, code, 0, false, &hash));
    *ret_fingerprint = hash;
    return NULL;
}

pc_error *pc_fingerprint_shape(pc_python *py, pc_addr code, uint64_t *ret_fingerprint)
{
    uint64_t hash = pc_fingerprint_byte(PC_FINGERPRINT_START, '*');
    PC_TRY(put_code(py, code, 0, true, &hash));
    *ret_fingerprint = hash;
    return NULL;
}
