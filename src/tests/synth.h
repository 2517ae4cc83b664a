/* Core files and ELF modules made for the tests, of any width and byte order: what a test says is written, right or
 * wrong. Nothing here reads what it writes, and nothing is shared with the code that does. */
#ifndef PC_TESTS_SYNTH_H
#define PC_TESTS_SYNTH_H

#include "target/core.h"

typedef struct synth_target {
    const char *name;
    unsigned bits;
    bool big_endian;
    uint16_t machine;
} synth_target;

/* x86_64, i386, s390x, ppc: both widths in both byte orders. */
#define SYNTH_TARGETS 4
extern const synth_target synth_targets[SYNTH_TARGETS];

/* Growing bytes of a target. */
typedef struct synth_bytes {
    synth_target target;
    uint8_t *data;
    size_t size, capacity;
} synth_bytes;

void synth_bytes_deinit(synth_bytes *bytes);
void synth_raw(synth_bytes *bytes, const void *data, size_t size);
void synth_zeros(synth_bytes *bytes, size_t count);
void synth_align(synth_bytes *bytes, size_t alignment);
void synth_uint(synth_bytes *bytes, uint64_t value, size_t width);
void synth_word(synth_bytes *bytes, uint64_t value);
void synth_text(synth_bytes *bytes, const char *text); /* with its NUL */
/* Overwrites what is there already. */
void synth_patch(synth_bytes *bytes, size_t at, uint64_t value, size_t width);

#define SYNTH_AUTO_BYTES __attribute__((cleanup(synth_bytes_deinit))) synth_bytes

/* ---- parts of ELF files ---- */

void synth_elf_header(synth_bytes *bytes, uint16_t type, uint16_t phnum, uint64_t shoff, uint16_t shnum,
                      uint16_t shstrndx);
void synth_elf_section(synth_bytes *bytes, uint32_t name, uint32_t type, uint64_t offset, uint64_t size,
                       uint32_t link, uint32_t info,
                       uint64_t alignment, uint64_t entry_size);

/* ---- core files ---- */

#define SYNTH_SEGMENTS 16

typedef struct synth_segment { /* a PT_LOAD: file_size bytes in the file, of which the header may tell lies */
    uint64_t address, memory_size, claimed_size;
    const void *bytes;
    size_t file_size;
    uint32_t flags;
} synth_segment;

typedef struct synth_core {
    synth_target target;
    uint16_t type;
    synth_bytes notes;
    synth_segment segments[SYNTH_SEGMENTS];
    size_t segment_count;
    bool extended_numbering; /* the count of program headers is in section 0 */
} synth_core;

void synth_core_init(synth_core *core, synth_target target);
void synth_core_deinit(synth_core *core);
/* bytes must live until the core is written; memory_size may be larger than file_size. */
synth_segment *synth_load(synth_core *core, uint64_t address, const void *bytes, size_t file_size,
                          uint64_t memory_size, uint32_t flags);
void synth_note(synth_core *core, const char *name, uint32_t type, const void *desc, size_t size);
/* registers: of the machine's layout, as many bytes; NULL: zeros. */
void synth_prstatus(synth_core *core, int32_t tid, int signal, const void *registers, size_t registers_size);
/* narrow_ids: 16 bit uid and gid, as i386 has them. */
void synth_psinfo(synth_core *core, int32_t pid, int32_t ppid, uint32_t uid, uint32_t gid, const char *command,
                  const char *arguments, bool narrow_ids);
void synth_siginfo(synth_core *core, int signal, int code, uint64_t address);
void synth_siginfo_sender(synth_core *core, int signal, int code, int32_t pid, uint32_t uid);

typedef struct synth_mapping {
    uint64_t start, end, page_offset; /* the last in units of page_size */
    const char *path;
} synth_mapping;

void synth_nt_file(synth_core *core, const synth_mapping *mappings, size_t count, uint64_t page_size);
/* pairs: type, value, ...; AT_NULL is put behind them. */
void synth_auxv(synth_core *core, const uint64_t *pairs, size_t pair_count);
/* The whole file, appended to bytes (of the core's target). */
void synth_core_write(const synth_core *core, synth_bytes *bytes);
/* Where the notes begin in a written core: behind the headers. */
size_t synth_core_notes_at(const synth_core *core);

/* ---- modules ---- */

typedef struct synth_symbol {
    const char *name;
    uint64_t value;
    bool undefined;
} synth_symbol;

#define SYNTH_PAGE 4096
#define SYNTH_MODULE_PAGES 3 /* headers and read-only data; code; writable data */

typedef struct synth_module {
    synth_target target;
    const uint8_t *build_id; /* NULL: none */
    size_t build_id_size;
    const synth_symbol *symbols, *dynamic_symbols; /* .symtab, .dynsym */
    size_t symbol_count, dynamic_symbol_count;
    uint64_t base;       /* added to all addresses in its program headers, as in an executable that cannot be moved */
    bool has_debug_info; /* a section of that name, of a few bytes */
    uint8_t filler; /* what its pages are full of, so that two modules can be told apart */
} synth_module;

/* A shared library of SYNTH_MODULE_PAGES pages, loaded as they stand in the file (the third one writable), followed by
 * its sections. */
void synth_module_write(const synth_module *module, synth_bytes *bytes);

/* ---- files ---- */

/* $TMPDIR or /tmp. */
const char *synth_temporary_folder(void);
/* A file in it; *path is freed with synth_file_remove(). */
void synth_file_write(const void *data, size_t size, char **ret_path);
void synth_file_rewrite(const char *path, const void *data, size_t size);
void synth_file_remove(char **path);

/* A core that is open, with all that has to outlive it. */
typedef struct synth_opened {
    char *path;
    pc_arena arena;
    pc_diagnostics diagnostics;
    pc_core core;
    pc_error *error;
} synth_opened;

/* Writes and opens it. error is kept in the structure. */
void synth_open(synth_opened *opened, const void *data, size_t size);
void synth_open_core(synth_opened *opened, const synth_core *core);
void synth_close(synth_opened *opened);
/* Whether there is a diagnostic of that code. */
bool synth_diagnosed(const pc_diagnostics *diagnostics, const char *code);

#endif
