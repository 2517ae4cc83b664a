/* A core file: what its ELF header, program headers and notes say, and the address space they describe. The file is
 * mapped, not read: memory in use does not grow with its size.
 * Formats: elf(5), core(5); notes as linux/fs/binfmt_elf.c writes them. */
#ifndef PC_TARGET_CORE_H
#define PC_TARGET_CORE_H

#include <gelf.h>

#include "base/arena.h"
#include "base/diagnostics.h"
#include "target/distilled.h"
#include "target/machine.h"
#include "target/memory.h"
#include "target/stored.h"

typedef struct pc_segment { /* one PT_LOAD */
    pc_addr start;
    uint64_t size, saved; /* bytes in memory, bytes in this file */
    bool writable, executable;
    bool omitted; /* the dumper left all of it out (not: cut off at the end of the file) */
} pc_segment;

typedef struct pc_mapping { /* one entry of NT_FILE */
    pc_addr start, end; /* end exclusive */
    uint64_t offset;    /* in the file, bytes */
    const char *path;   /* raw bytes, NUL-terminated, in the core's mapping */
} pc_mapping;

typedef struct pc_lwp { /* one NT_PRSTATUS: a thread of the kernel */
    int64_t tid;
    int signal;
    const uint8_t *registers; /* of machine->registers' layout; NULL where the note is short */
    size_t registers_size;
    pc_addr thread_pointer; /* what pthread_self() gave, 0 where not known */
} pc_lwp;

typedef struct pc_notes { /* one PT_NOTE */
    const uint8_t *bytes;
    size_t size;
} pc_notes;

typedef struct pc_core {
    pc_arena *arena;
    pc_diagnostics *diagnostics;
    const char *path;
    const char *compression; /* NULL: none */
    pc_facts facts;
    int fd;
    struct timespec modified; /* the file, when it was opened */
    const uint8_t *data;
    uint64_t size;
    Elf *elf;
    GElf_Ehdr header;
    const pc_machine *machine; /* NULL: a machine not known */
    unsigned bits;
    bool big_endian, truncated;

    pc_segment *segments;
    size_t segment_count, segment_capacity;
    pc_mapping *mappings; /* in order of their addresses */
    size_t mapping_count;
    pc_notes *notes;
    size_t notes_count, notes_capacity;
    const pc_distilled *distilled; /* what pycore distill noted; NULL: this is no such core */
    const uint8_t *runs; /* of a small core that was redacted: which bytes of its segments are there (core_writer.h); NULL: all */
    size_t runs_size;
    uint64_t page_size; /* a power of two from 4096 on, whatever the core says */
    pc_lwp *lwps; /* in the order of their notes: of a kernel's core the first is the one that crashed */
    size_t lwp_count, lwp_capacity;

    bool has_psinfo;
    int64_t pid, ppid, uid, gid;
    const char *command, *arguments_80; /* kernel's 16 and 80 bytes, as valid UTF-8 */
    bool arguments_80_full;
    bool has_siginfo;
    int signal_number, signal_code; /* number 0: no signal, a snapshot */
    bool has_fault_address, has_sender;
    pc_addr fault_address;
    int64_t sender_pid, sender_uid;
    const uint8_t *auxv;
    size_t auxv_size;

    pc_memory memory; /* `saved` and `unsaved` are filled; `file` is the modules' business */
} pc_core;

/* path may be "-", and the file may be compressed or packed (stored.h); progress is for inflating it and may be NULL.
 * On success the caller deinits; arena and diagnostics must outlive it. What is damaged behind a readable ELF header is
 * a diagnostic, not an error. Errors: PC_ERROR_IO, PC_ERROR_FORMAT, one line that names the path. */
pc_error *pc_core_open(pc_core *core, const char *path, pc_arena *arena, pc_diagnostics *diagnostics, const pc_progress *progress);
void pc_core_deinit(pc_core *core);

/* Whether the file has become another since it was opened: what was read of it may be half of the one and half of the other.
 * Where it became shorter that is pc_stop(PC_STOP_FILE), too: zeros may have been read where nothing is any more. */
bool pc_core_has_changed(const pc_core *core);

/* Puts `mappings` in the order of their addresses, after they were filled. */
void pc_core_sort_mappings(pc_core *core);

/* The value of an auxiliary vector entry (AT_PHDR, AT_EXECFN, ...). */
bool pc_core_auxv(const pc_core *core, uint64_t type, uint64_t *ret_value);
/* The value of a register by its name. */
bool pc_core_register(const pc_core *core, const pc_lwp *lwp, const char *name, uint64_t *ret_value);
/* The segment that covers address, else NULL. */
const pc_segment *pc_core_segment(const pc_core *core, pc_addr address);
/* argv as it stands on the initial stack, as valid UTF-8 in the arena; 0 and NULL where it cannot be found. */
size_t pc_core_arguments(pc_core *core, const char *const **ret_arguments);

#endif
