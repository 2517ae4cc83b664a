/* repr() of the builtins that types.def does not name: only repr.c, which tells them apart, and the files that write them
 * include it. */
#ifndef PC_PYTHON_REPR_BUILTINS_H
#define PC_PYTHON_REPR_BUILTINS_H

#include "python/repr_parts.h"

typedef enum pc_quoting {
    PC_QUOTE_STR,
    PC_QUOTE_BYTES,
    PC_QUOTE_BYTEARRAY, /* escapes single quotes even between double ones */
    PC_QUOTE_UNICODE2
} pc_quoting;

/* Text of our own or in the report's form; what goes beyond the limit is dropped and the writer is full. */
void pc_write_bytes(pc_writer *w, const char *text, size_t length);

/* repr_text.c: the text of a str, bytes or bytearray in quotes */
pc_error *pc_write_quoted_as(pc_writer *w, pc_addr object, pc_quoting how);

/* repr_containers.c */
pc_error *pc_write_sequence(pc_writer *w, pc_addr object, bool is_tuple);
pc_error *pc_write_set(pc_writer *w, pc_addr object, const pc_type *type);
pc_error *pc_write_slice(pc_writer *w, pc_addr object);
pc_error *pc_write_range(pc_writer *w, pc_addr object);

/* repr_exceptions.c */
pc_error *pc_write_exception(pc_writer *w, pc_addr object, const pc_type *type);

#endif
