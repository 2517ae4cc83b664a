/* The layout tables that were installed with pycore, and which of them may be a build's: by its build-id, else by what is known
 * of its version, flags and machine. What is chosen is only a guess until the core has been read through it. */
#ifndef PC_LAYOUT_TABLES_H
#define PC_LAYOUT_TABLES_H

#include "layout/table.h"

typedef struct pc_tables {
    pc_table *items; /* their heads only, in the order of their names */
    pc_table **whole; /* those of them that have been read, in the same order */
    size_t count, capacity;
    bool wanted; /* the installed ones, not looked for yet */
} pc_tables;

/* What is known of an interpreter before its layout is. */
typedef struct pc_abi_hint {
    const char *build_id;    /* NULL: not known */
    bool has_minor, has_micro, has_flags; /* which of abi is known; flags: debug and free_threaded */
    pc_abi abi;              /* bits and byte order always are */
} pc_abi_hint;

typedef struct pc_table_choice {
    const pc_table *table; /* its head */
    bool exact;            /* by its build-id */
    bool is_version;       /* of this very minor version */
    int64_t distance;      /* the smaller, the sooner it is tried */
} pc_table_choice;

/* Reads the heads of all tables in the directory (*.table). An error where there is no such directory; a table that cannot be
 * read is passed over. */
pc_error *pc_tables_open(pc_tables *tables, const char *directory);
/* The same for the directory of this pycore, beside the program (uninstalled) or where it was installed, and where there is none
 * for those that are in the program (built_in.h): when they are needed first, as a build whose debug information is there needs none. */
void pc_tables_want_installed(pc_tables *tables);
/* Opens them now, for who looks at items; the functions below do it themselves. */
void pc_tables_load(pc_tables *tables);
void pc_tables_deinit(pc_tables *tables);

/* The tables that may tell of the module, best first; those of another word size or byte order may not. Caller frees. */
pc_table_choice *pc_tables_choose(pc_tables *tables, const pc_abi_hint *hint, pc_layout_module module, size_t *ret_count);

/* All of a table, of which head is an item; it is read once. Valid as long as the tables, or until it is dropped. */
pc_error *pc_tables_read(pc_tables *tables, const pc_table *head, const pc_table **ret_table);
/* Reads those that more interpreters of a kind will need, before processes are forked for them; NULL: not known. */
void pc_tables_foresee(pc_tables *tables, const char *version, const char *build_id);
/* Frees what was read of a table that will hardly be asked for again. */
void pc_tables_drop(pc_tables *tables, const pc_table *head);

/* Reads a table that an older pycore made, and takes what that did not know yet (told, by pc_table_parse_older()) from the tables
 * of the same version and flags that agree with it in all that it tells. PC_ERROR_LAYOUT where there is none, or where those
 * differ: what is absent tells builds apart, so nothing may be left open. A module that cannot be completed is dropped. */
pc_error *pc_tables_complete(pc_tables *tables, const bool told[PC_FIELD_COUNT], pc_table *table);

#endif
