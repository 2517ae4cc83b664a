/* What a code object is, as one number: over its name, arguments, flags, names, variables, constants (with nested code) and
 * instructions as dis shows them, without inline caches and specializations. Not over what differs between
 * installations: file name, lines. Two interpreters of one minor version that have the same source have the same number. */
#ifndef PC_PYTHON_FINGERPRINT_H
#define PC_PYTHON_FINGERPRINT_H

#include "base/hash.h"
#include "python/bytecode.h"
#include "python/code.h"
#include "python/python.h"

#define PC_FINGERPRINT_START PC_HASH_START

uint64_t pc_fingerprint_byte(uint64_t hash, uint8_t byte);
uint64_t pc_fingerprint_u32(uint64_t hash, uint32_t value);
/* Its length and its bytes. */
uint64_t pc_fingerprint_text(uint64_t hash, const char *text);
/* Number and argument of each instruction; false: some is not known. */
bool pc_fingerprint_instructions(const pc_bytecode *bytecode, uint64_t *hash);

/* Of the code of a function that was defined in a module of that name. */
pc_error *pc_fingerprint_code(pc_python *py, const char *module, pc_addr code, uint64_t *ret_fingerprint);

/* The same of code that the library generates for one class: without the module and the texts among its constants. */
pc_error *pc_fingerprint_shape(pc_python *py, pc_addr code, uint64_t *ret_fingerprint);

#endif
