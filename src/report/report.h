/* The result as plain data: what the renderers get. No target memory and no open file is behind it but the arena of the
 * session that it was built from, which must outlive it. Keys and meanings: pycore-report(5). */
#ifndef PC_REPORT_REPORT_H
#define PC_REPORT_REPORT_H

#include <stdio.h>

#include "walk/session.h"

typedef enum pc_report_status { PC_REPORT_COMPLETE, PC_REPORT_PARTIAL, PC_REPORT_NONE } pc_report_status;

typedef struct pc_report_module {
    const char *path, *build_id, *file;
    pc_addr start, end;
    pc_known matches;
    bool wants_file, wants_debug_information; /* they would improve the report */
    const char *raw_path; /* as the core has it */
} pc_report_module;

typedef struct pc_report {
    pc_report_status status;
    const pc_redaction *redaction;
    struct {
        const char *path, *path_bytes; /* path_bytes: hex where the path is not UTF-8 */
        uint64_t size;
        const char *machine; /* NULL: not known */
        unsigned bits;
        bool big_endian, truncated;
        const char *compression; /* NULL: none */
    } core;
    struct {
        bool known; /* the core says: ids and command */
        bool has_pid, has_uid, has_gid;
        int64_t pid, ppid, uid, gid;
        const char *command;
        const char *const *arguments; /* NULL: not known */
        size_t argument_count;
        pc_known arguments_truncated;
        bool arguments_known; /* from the initial stack */
        bool arguments_redacted;
        const char *executable;
        const char *hostname, *time; /* of what was noted beside the core; time: ISO 8601, UTC */
        const char *cause;
        int signal; /* 0: none */
        const char *signal_name, *code_name;
        bool has_code, has_fault_address, has_sender;
        int code;
        pc_addr fault_address;
        int64_t sender_pid, sender_uid;
    } process;
    struct {
        bool known;
        const char *version;
        pc_known debug;
        bool free_threaded;
        pc_addr runtime; /* 0: the build has none */
        const char *found_by;
        const char *layout_source, *layout_origin;
        bool layout_exact, layout_cached;
    } interpreter;
    pc_report_module *modules;
    size_t module_count;
    const pc_walk *walk; /* interpreters and threads */
    const pc_diagnostics *diagnostics;
    struct {
        const char *text; /* NULL: there is nothing to tell it from others by */
        char hash[17];
    } signature; /* pycore-signature(7) */
    const char *reason; /* why there is no Python state; NULL if there is */
} pc_report;

void pc_report_build(pc_report *report, pc_session *session);
/* Of a file of which no report can be made: only its path, its size (of 0, where that is not known) and why. walk and diagnostics are
 * what the report is to stand on, and have nothing in them; all live as long as the arena. code: of pycore-report(5). */
void pc_report_blank(pc_report *report, pc_walk *walk, pc_diagnostics *diagnostics, pc_arena *arena, const char *path, uint64_t size, const char *code,
                     const char *reason);
const char *pc_report_status_name(pc_report_status status);

/* One JSON document and a newline. Errors of the stream are the caller's to ask for (ferror). */
void pc_report_write_json(const pc_report *report, FILE *out);

typedef struct pc_text_options {
    bool color;
    uint64_t max_items; /* names of a module or class body, and attributes, that are shown; 0: all */
    bool stack;         /* evaluation stacks were asked for */
    const char *sysroot; /* below which source files are looked up; NULL: on this machine */
} pc_text_options;

void pc_report_write_text(const pc_report *report, const pc_text_options *options, FILE *out);

#endif
