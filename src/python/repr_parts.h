/* What repr.c and the other repr_*.c share; nobody else includes it. */
#ifndef PC_PYTHON_REPR_PARTS_H
#define PC_PYTHON_REPR_PARTS_H

#include "base/buffer.h"
#include "base/limits.h"
#include "python/repr.h"
#include "python/dict.h"
#include "python/str.h"
#include "python/type.h"

typedef struct pc_writer {
    pc_python *py;
    pc_buffer out;
    uint64_t characters, max_characters, max_items;
    uint32_t max_depth, depth, nesting;
    uint64_t work; /* objects visited */
    bool inexact, truncated, full;
    bool hide;     /* the object that is being written is not to be told */
    bool redacted; /* something was left out for --redact */
    pc_status status;
    bool has_error;
    pc_addr error_address;
    /* Up to depth; not set before. */
    pc_addr stack[PC_LIMIT_REPR_DEPTH + 1]; /* containers being written */
    bool guarded[PC_LIMIT_REPR_DEPTH + 1];  /* whether the interpreter would notice that it is writing this one already */
} pc_writer;

void pc_write(pc_writer *w, const char *text);
void pc_write_printf(pc_writer *w, const char *format, ...) PC_PRINTF(2, 3);
/* The object's repr. An error that concerns only this object is written in its place and kept in the writer. */
void pc_write_object(pc_writer *w, pc_addr object);
/* A str's text as it is (%S, %U), a C string, escaped as the report wants it. */
pc_error *pc_write_str(pc_writer *w, pc_addr object);
/* str() of an object whose str() is that of its kind and is not its repr(); *ret_known is false where it is not known here. */
pc_error *pc_write_str_of(pc_writer *w, pc_addr object, const pc_type *type, bool *ret_known);
/* repr() of a new str, or bytes, that has these units. */
pc_error *pc_write_quoted(pc_writer *w, const pc_str *str);
/* Until pc_write_end_precision() with what this gives, only so many characters are written and the others dropped without a
 * mark: the C code's "%.200R". */
uint64_t pc_write_begin_precision(pc_writer *w, uint64_t characters);
void pc_write_end_precision(pc_writer *w, uint64_t outer);
/* getattr(file, "name") of the io module's files; false: not known, or none of them. */
bool pc_file_name(pc_python *py, pc_addr object, bool *ret_there, pc_addr *ret_name);
/* A text of our own in quotes, as repr() prints a str (2.7: one of ASCII). */
void pc_write_quoted_text(pc_writer *w, const uint32_t *text, size_t length);
/* A decimal's number, as its str() is. */
pc_error *pc_write_decimal_text(pc_writer *w, pc_addr object);
/* Types whose repr shows names and addresses: functions, types, modules, code, descriptors ... */
pc_error *pc_write_named(pc_writer *w, pc_addr object, const pc_type *type);
/* Writes repr() of an object whose type is of a kind, or a sub-class that has not replaced its repr(). */
typedef pc_error *pc_repr_writer(pc_writer *w, pc_addr object, const pc_type *type);
#define PC_TYPE(kind, module, names, writer) pc_repr_writer writer;
#include "python/types.def"
#undef PC_TYPE
/* Before a container is written: false, with what stands in for it written, where it is being written already (`again`) or
 * lies too deep (`open` ... `close`). Else the caller lets w->depth go down again when it is done. */
bool pc_write_enter(pc_writer *w, pc_addr object, const char *open, const char *close, const char *again);
/* The same where the interpreter's own code does not look whether it is writing the object already, so that it would recurse
 * until its stack is full: the status is `cycle`. */
bool pc_write_enter_unguarded(pc_writer *w, pc_addr object, const char *open, const char *close);
/* Before item number i: the comma; false where the rest is left out. */
bool pc_write_separator(pc_writer *w, uint64_t i);
/* Items of an array of pointers, with separators. */
pc_error *pc_write_items(pc_writer *w, pc_addr items, uint64_t count);
/* The items of a dict without its braces. */
pc_error *pc_write_dict_items(pc_writer *w, pc_dict *dict);
/* repr() of a dict, whatever its class's is. */
pc_error *pc_write_dict(pc_writer *w, pc_addr object);
/* What is shown of a mapping's items. */
typedef enum pc_shown { PC_SHOW_KEYS, PC_SHOW_VALUES, PC_SHOW_TUPLES, PC_SHOW_PAIRS } pc_shown;
void pc_write_item(pc_writer *w, pc_shown shown, pc_addr key, pc_addr value);
/* The items of an OrderedDict in its order. */
pc_error *pc_write_ordered_items(pc_writer *w, pc_addr object, pc_shown shown);
/* In the place of an object that is not to be told: its type and its length, or its repr() where that has nothing but names
 * (repr_redacted.c). */
pc_error *pc_write_redacted(pc_writer *w, pc_addr object, const pc_type *type);
/* repr() of an object by its kind, whose repr() is the interpreter's own. */
pc_error *pc_write_by_kind(pc_writer *w, pc_addr object, const pc_type *type);
/* The error where a repr needs the name of a type and it is not saved. */
pc_error *pc_type_name_missing(const pc_type *type);
/* <module.Class object at 0x...> */
pc_error *pc_write_default(pc_writer *w, pc_addr object, const pc_type *type);

#endif
