/* The files that were mapped into the process: which of them are ELF modules, where they lay, their build-ids, and the
 * files on this machine that are proven to be them. Those files stand in for pages that the dumper left out because
 * they were unmodified.
 *
 * A file serves when its build-id equals the one in the core's first page of the module. Where neither has one, its
 * headers must equal that page, and so must whatever else the core has of what nobody writes to. Where the core has no first
 * page, path, mapped sizes and all such bytes must agree; then `matches` is unknown (null in the report). A contradiction
 * refuses it, unless the user insists: then its symbols and debug information serve, and never its bytes. */
#ifndef PC_TARGET_MODULES_H
#define PC_TARGET_MODULES_H

#include "base/map.h"
#include "target/core.h"
#include "target/image.h"
#include "target/search.h"

typedef enum pc_match { PC_MATCH_UNKNOWN, PC_MATCH_YES, PC_MATCH_NO } pc_match;

typedef struct pc_module {
    const char *raw_path; /* as NT_FILE has it */
    const char *path;     /* valid UTF-8 */
    size_t first_mapping, mapping_count;
    pc_addr start, end; /* end exclusive */
    bool is_elf, is_executable; /* the main executable */
    const char *build_id; /* from the core's memory, NULL where it is not saved or there is none */
    bool has_header; /* the core has its first page */
    pc_image *image;      /* NULL: no file, or refused */
    const char *file;     /* that serves it, or served it when a small core was made of this one; NULL: none */
    pc_match matches;     /* of the file that serves, else of the one that was looked at */
    const char *file_build_id; /* of a refused file */
    bool of_user;         /* it is the one that the user named */
    pc_addr bias;         /* run-time address minus address in the file */
    bool has_bias;
} pc_module;

typedef struct pc_modules {
    pc_core *core;
    pc_module *items;
    size_t count, capacity;
    bool in_order; /* each ends before the next begins: only damaged cores have others */
    pc_map images; /* hash of what was asked for -> pc_image */
    uint64_t compared; /* bytes of the core that files without build-ids were held against */
    int looked_for; /* modules whose files were looked for */
    const pc_search *search;
    bool forcing; /* of files that are not the ones, the first is to serve */
    bool executable_refused; /* the file the user named is not the one of this core */
} pc_modules;

/* executable and search may be NULL; both are borrowed. What is missing or refused becomes diagnostics of the core. */
void pc_modules_init(pc_modules *modules, pc_core *core, const char *executable, const pc_search *search);
void pc_modules_deinit(pc_modules *modules);
pc_module *pc_modules_find(pc_modules *modules, pc_addr address);
pc_module *pc_modules_executable(pc_modules *modules);
/* Whether `file` is what was mapped, as reports have it: 1, 0, or -1 for not known. */
int pc_module_matches(const pc_module *module);
/* Where glibc keeps the message of an abort (__abort_msg): the address of the pointer. false where that is not known. */
bool pc_modules_abort_message(pc_modules *modules, pc_addr *ret_address);
/* The run-time address of a symbol that the module's file defines. */
bool pc_module_symbol(pc_module *module, const char *name, pc_addr *ret_address);

#endif
