/* The layout tables that were installed with pycore, and which of them may be a build's: by its build-id, else by what is known
 * of its version, flags and machine. What is chosen is only a guess until the core has been read through it. */
#ifndef PC_LAYOUT_TABLES_H
#define PC_LAYOUT_TABLES_H

#include "layout/table.h"

typedef struct pc_tables {
    pc_table *items; /* their heads, in the order of their names; nothing but a path: it was not read yet, or cannot be */
    bool *tried;     /* which of them are not to be read once more */
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

/* The tables in the directory (*.table), none of which is read yet. An error where there is no such directory. */
pc_error *pc_tables_open(pc_tables *tables, const char *directory);
/* The same for the directory of this pycore, beside the program (uninstalled) or where it was installed, and where there is none
 * for those that are in the program (built_in.h): when they are needed first, as a build whose debug information is there needs none. */
void pc_tables_want_installed(pc_tables *tables);
/* Reads all heads now, for who looks at items; the functions below do it themselves, as far as they have to. */
void pc_tables_load(pc_tables *tables);
void pc_tables_deinit(pc_tables *tables);

/* The tables that may tell of the module, best first; those of another word size or byte order may not. Caller frees. */
pc_table_choice *pc_tables_choose(pc_tables *tables, const pc_abi_hint *hint, pc_layout_module module, size_t *ret_count);

/* The same one by one. A table that has the build-id, and whose name is one of that version, comes at once: the heads of all are
 * read only where there is none, or when another is asked for. */
typedef struct pc_table_choices {
    pc_tables *tables;
    const pc_abi_hint *hint;
    pc_layout_module module;
    const pc_table *named; /* NULL: there is none */
    bool has_version;      /* there is one of this very minor version */
    pc_table_choice *items;
    size_t count, next, given;
} pc_table_choices;

/* The hint lives as long as they. */
void pc_table_choices_begin(pc_table_choices *choices, pc_tables *tables, const pc_abi_hint *hint, pc_layout_module module);
bool pc_table_choices_next(pc_table_choices *choices, pc_table_choice *ret_choice);
void pc_table_choices_end(pc_table_choices *choices);

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
