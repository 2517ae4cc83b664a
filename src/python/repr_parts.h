/* What repr.c and repr_objects.c share; nobody else includes it. */
#ifndef PC_PYTHON_REPR_PARTS_H
#define PC_PYTHON_REPR_PARTS_H

#include "base/buffer.h"
#include "base/limits.h"
#include "python/repr.h"
#include "python/type.h"

typedef struct pc_writer {
    pc_python *py;
    pc_buffer out;
    uint64_t characters, max_characters, max_items;
    uint32_t max_depth, depth, nesting;
    uint64_t work; /* objects visited */
    pc_addr stack[PC_LIMIT_REPR_DEPTH + 1]; /* containers being written */
    bool inexact, truncated, full;
    pc_status status;
    bool has_error;
    pc_addr error_address;
} pc_writer;

void pc_write(pc_writer *w, const char *text);
void pc_write_printf(pc_writer *w, const char *format, ...) PC_PRINTF(2, 3);
/* The object's repr. An error that concerns only this object is written in its place and kept in the writer. */
void pc_write_object(pc_writer *w, pc_addr object);
/* A str's text as it is (%S, %U), a C string, escaped as the report wants it. */
pc_error *pc_write_str(pc_writer *w, pc_addr object);
/* Types whose repr shows names and addresses: functions, types, modules, code, descriptors ... */
pc_error *pc_write_named(pc_writer *w, pc_addr object, const pc_type *type);
/* Types of the datetime module. */
pc_error *pc_write_datetime(pc_writer *w, pc_addr object, const pc_type *type);
/* The error where a repr needs the name of a type and it is not saved. */
pc_error *pc_type_name_missing(const pc_type *type);
/* <module.Class object at 0x...> */
pc_error *pc_write_default(pc_writer *w, pc_addr object, const pc_type *type);

#endif
