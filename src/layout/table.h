/* A layout as text: what `pycore layout --table` writes from a build's debug information, for builds that have none. One line
 * per struct and field, absent ones too, so that a person can compare two with diff. How to make one: versions/README.
 *
 *   pycore-layout 1
 *   python 3.11 flags - word 64 order little
 *   build interpreter 3.11.7 BUILD-ID ORIGIN
 *   module interpreter
 *   struct OBJECT PyObject size 16
 *     OB_TYPE ob_type offset 8 size 8 pointer
 *     STR_KIND state.kind offset 32 size 1 bits 3 at 2
 *     CO_CODE absent
 *
 * flags: d (Py_DEBUG), t (free-threaded), u2 or u4 (2.7's unicode), in this order; - for none. A build line for each file
 * whose debug information gave just this. A table may be anyone's file: it is read as strictly as a core. */
#ifndef PC_LAYOUT_TABLE_H
#define PC_LAYOUT_TABLE_H

#include "layout/layout.h"

#define PC_TABLE_WORD 64 /* bytes of a word in it, with its NUL */

/* Which interpreters a layout is for. */
typedef struct pc_abi {
    unsigned major, minor, micro; /* micro: 0 in a table, whose build lines have it */
    bool debug, free_threaded;
    unsigned unicode; /* 2.7: bytes of a Py_UNICODE; 0: there is none */
    unsigned bits;    /* of a pointer */
    bool big_endian;
} pc_abi;

/* A file that gave a table. All heads are kept while a core is read: what only who has the whole table asks for is not in it. */
typedef struct pc_table_build {
    uint64_t build_id; /* hashed */
    uint32_t words;    /* where its version, build-id and origin are in the table's */
    uint16_t micro;
    uint8_t module; /* pc_layout_module */
} pc_table_build;

typedef struct pc_table {
    char *path;
    pc_abi abi;
    pc_table_build *builds;
    size_t build_count, build_capacity;
    pc_buffer words; /* of the builds, each with a NUL; no data: its head alone was read */
    bool modules[PC_MODULE_COUNT]; /* which of them it tells of */
    pc_layout *layout;             /* all their structs, with source table; NULL likewise */
} pc_table;

/* Gives it a layout that is empty. */
void pc_table_begin(pc_table *table);
void pc_table_deinit(pc_table *table);

void pc_table_add_build(pc_table *table, pc_layout_module module, unsigned micro, const char *version, const char *build_id, const char *origin);

/* Reads a table out of text. PC_ERROR_FORMAT names the line. */
pc_error *pc_table_parse(const char *text, size_t size, const char *path, pc_table *ret_table);
/* Only what stands before its first module. Whether it failed or not, *ret_ended says whether the text reached that module:
 * where it did not, more of the text may say otherwise. */
pc_error *pc_table_parse_head(const char *text, size_t size, const char *path, bool *ret_ended, pc_table *ret_table);
/* Reads a table that an older pycore may have made: told says which fields it mentions, absent ones too. */
pc_error *pc_table_parse_older(const char *text, size_t size, const char *path, bool told[PC_FIELD_COUNT], pc_table *ret_table);
pc_error *pc_table_read(const char *path, bool head_only, pc_table *ret_table);
/* The text of one. builds' layout must be table's own. */
void pc_table_print(const pc_table *table, pc_buffer *buffer);

/* "3.11.7", "3.13.0rc1d", "2.7.18u4": version and flags. false for what is not of this form. */
bool pc_abi_parse(const char *text, pc_abi *abi);
/* Parts of it alone: "3.11"; "dt". */
bool pc_abi_parse_minor(const char *text, pc_abi *abi);
bool pc_abi_parse_flags(const char *text, pc_abi *abi);
/* "3.11", "3.13t". */
void pc_abi_print(const pc_abi *abi, pc_buffer *buffer);
/* Whether the build-id is that of a file that gave this table's module: of a head, as far as a hash can tell. */
bool pc_table_has_build(const pc_table *table, pc_layout_module module, const char *build_id);

/* The structs and fields of one module, into a layout that has none of them. */
void pc_layout_adopt(pc_layout *layout, pc_layout_module module, const pc_layout *from);
/* Takes one module's structs away. */
void pc_layout_forget(pc_layout *layout, pc_layout_module module);

#endif
