#include "report/report.h"

#include <string.h>
#include <time.h>

#include "base/limits.h"
#include "base/text.h"
#include "python/dict.h"
#include "python/runtime.h"
#include "report/signature.h"
#include "target/advice.h"
#include "target/signals.h"
#include "walk/redact.h"

const char *pc_report_status_name(pc_report_status status)
{
    static const char *const names[] = {"complete", "partial", "none"};
    return names[status];
}

static const char *utf8(pc_arena *arena, const char *bytes)
{
    PC_AUTO_BUFFER text = {0};
    pc_text_put_bytes(&text, bytes, strlen(bytes));
    return pc_arena_strdup(arena, pc_buffer_text(&text));
}

static const char *hex_of(pc_arena *arena, const char *bytes)
{
    PC_AUTO_BUFFER hex = {0};
    pc_text_put_hex(&hex, bytes, strlen(bytes));
    return pc_arena_strdup(arena, pc_buffer_text(&hex));
}

/* What glibc noted before it aborted (assert(), free() of a bad pointer): __abort_msg points to a size and the text. */
static const char *abort_message(pc_session *s)
{
    pc_addr symbol, block;
    bool redacted; /* the mark in it says so */
    PC_AUTO_BUFFER raw = {0}, text = {0};
    if (!pc_modules_abort_message(&s->modules, &symbol) || !pc_ok(pc_memory_pointer(&s->core.memory, symbol, &block)) || !block ||
        !pc_ok(pc_memory_string(&s->core.memory, block + 4, PC_LIMIT_ABORT_MESSAGE, &raw)) || !raw.length)
        return NULL;
    while (raw.length && (raw.data[raw.length - 1] == '\n' || raw.data[raw.length - 1] == ' '))
        raw.data[--raw.length] = 0;
    pc_text_put_bytes(&text, raw.data, raw.length);
    return pc_redact_text(&s->redaction, &s->arena, pc_arena_strdup(&s->arena, pc_buffer_text(&text)), PC_SECRETS_STRING, false, &redacted);
}

static void put_sender(const pc_report *r, const char *message, pc_buffer *text)
{
    if (r->process.known && r->process.sender_pid == r->process.pid)
        pc_buffer_puts(text, message ? ", raised by the process itself" : " raised by the process itself");
    else if (r->process.sender_pid > 0)
        pc_buffer_printf(text, " sent by process %" PRId64 " of user %" PRId64, r->process.sender_pid, r->process.sender_uid);
    else
        pc_buffer_puts(text, " sent from outside of its pid namespace");
}

/* The signal's number as signals.c counts; 0 for MIPS, which has numbers of its own: then only what all signals have in
 * common is told. */
static int generic_number(const pc_core *core, int number)
{
    return core->machine && core->machine->is_mips ? 0 : number;
}

static const char *cause_text(pc_report *r, pc_session *s)
{
    PC_AUTO_BUFFER text = {0};
    const char *meaning = r->process.has_code ? pc_signal_code_meaning(generic_number(&s->core, s->core.signal_number), r->process.code) : NULL;
    const char *message = r->process.signal == 6 ? abort_message(s) : NULL;
    if (!r->process.signal) /* without notes of threads nobody knows */
        return s->core.lwp_count ? "no signal: a snapshot of a process that was running" : NULL;
    if (r->process.signal_name)
        pc_buffer_puts(&text, r->process.signal_name);
    else
        pc_buffer_printf(&text, "signal %d", r->process.signal);
    if (r->process.has_sender)
        put_sender(r, message, &text);
    if (r->process.has_fault_address)
        pc_buffer_printf(&text, " at address " PC_ADDR, r->process.fault_address);
    if (meaning)
        pc_buffer_printf(&text, " (%s)", meaning);
    if (message)
        pc_buffer_printf(&text, ": %s", message);
    return pc_arena_strdup(&s->arena, pc_buffer_text(&text));
}

static const char *time_text(pc_arena *arena, int64_t microseconds)
{
    time_t seconds = (time_t)(microseconds / 1000000);
    struct tm parts;
    char text[64];
    if (microseconds < 0 || !gmtime_r(&seconds, &parts) || !strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &parts))
        return NULL;
    return pc_arena_printf(arena, "%s.%06dZ", text, (int)(microseconds % 1000000));
}

/* What was noted beside the core, where the core itself does not say. */
static void add_facts(pc_report *r, pc_session *s)
{
    const pc_facts *f = &s->core.facts;
    r->process.hostname = f->hostname;
    r->process.time = f->has_time ? time_text(&s->arena, f->time) : NULL;
    if (!r->process.has_pid && f->has_pid) {
        r->process.has_pid = true;
        r->process.pid = f->pid;
    }
    if (!r->process.has_uid && f->has_uid) {
        r->process.has_uid = true;
        r->process.uid = f->uid;
    }
    if (!r->process.has_gid && f->has_gid) {
        r->process.has_gid = true;
        r->process.gid = f->gid;
    }
    if (!r->process.command)
        r->process.command = f->command;
    if (!r->process.executable)
        r->process.executable = f->executable;
    /* a core whose notes are gone; one of a debugger has them, and no signal */
    if (!s->core.lwp_count && !r->process.signal && f->has_signal && f->signal > 0 && f->signal < 128)
        r->process.signal = (int)f->signal;
}

static void build_process(pc_report *r, pc_session *s)
{
    pc_core *core = &s->core;
    pc_module *executable = pc_modules_executable(&s->modules);
    r->process.known = r->process.has_pid = r->process.has_uid = r->process.has_gid = core->has_psinfo;
    r->process.pid = core->pid;
    r->process.ppid = core->ppid;
    r->process.uid = core->uid;
    r->process.gid = core->gid;
    r->process.command = core->command;
    r->process.arguments_truncated = PC_UNKNOWN;
    r->process.argument_count = pc_redact_arguments(&s->redaction, core, &r->process.arguments, &r->process.arguments_redacted);
    if (r->process.argument_count) {
        r->process.arguments_truncated = PC_FALSE;
        r->process.arguments_known = true;
    } else if (core->has_psinfo) {
        /* the kernel joins them with blanks: what was one argument is not known */
        const char **one = pc_arena_array(&s->arena, 1, sizeof(*one));
        one[0] = pc_redact_text(&s->redaction, &s->arena, core->arguments_80, PC_SECRETS_STRING, core->arguments_80_full,
                                &r->process.arguments_redacted);
        r->process.arguments = one;
        r->process.argument_count = 1;
        r->process.arguments_truncated = core->arguments_80_full ? PC_TRUE : PC_FALSE;
    }
    r->process.executable = executable ? executable->path : NULL;
    r->process.signal = core->signal_number;
    add_facts(r, s);
    if (r->process.signal) {
        r->process.signal_name = pc_signal_name(generic_number(core, r->process.signal));
        r->process.has_code = core->has_siginfo;
        r->process.code = core->signal_code;
    }
    if (r->process.has_code) {
        pc_signal_origin origin = pc_signal_code_origin(generic_number(core, core->signal_number), core->signal_code);
        r->process.code_name = pc_signal_code_name(generic_number(core, core->signal_number), core->signal_code);
        r->process.has_fault_address = origin == PC_SIGNAL_FAULT;
        r->process.has_sender = origin == PC_SIGNAL_SENT;
        r->process.fault_address = core->fault_address;
        r->process.sender_pid = core->sender_pid;
        r->process.sender_uid = core->sender_uid;
    }
    r->process.cause = cause_text(r, s);
}

static void build_interpreter(pc_report *r, pc_session *s)
{
    pc_python *py = s->walk.py;
    pc_addr sysdict, object;
    if (!py)
        return;
    r->interpreter.known = true;
    r->interpreter.version = pc_runtime_version(py);
    /* builds with Py_DEBUG, and only they, have this function */
    bool there;
    r->interpreter.debug = PC_UNKNOWN;
    if (pc_ok(pc_field_uint(py, PC_IS_SYSDICT, py->first_interpreter, &sysdict)) &&
        pc_ok(pc_dict_get(py, sysdict, "gettotalrefcount", &there, &object)))
        r->interpreter.debug = there ? PC_TRUE : PC_FALSE;
    r->interpreter.free_threaded = pc_is_free_threaded(py);
    r->interpreter.runtime = py->runtime;
    r->interpreter.found_by = py->found_by;
    const char *origin = pc_session_layout_origin(s);
    r->interpreter.layout_source = pc_session_layout_source(s);
    r->interpreter.layout_origin = origin ? utf8(&s->arena, origin) : NULL;
    r->interpreter.layout_exact = s->layout_exact;
    r->interpreter.layout_cached = s->layout_cached;
}

/* The interpreter's, and those of extension modules of which values are not shown for want of it. */
static bool wants_debug_information(pc_session *s, const pc_python *py, const pc_module *module)
{
    if (module == py->module)
        return !s->layout_exact && strcmp(pc_session_layout_source(s), "dwarf");
    for (int i = 0; i < PC_MODULE_COUNT; i++)
        if (py->extension_modules[i] == module && py->modules_tried[i] && !py->modules_known[i])
            return true;
    return false;
}

static void build_modules(pc_report *r, pc_session *s)
{
    const pc_python *py = s->walk.py;
    size_t missing = 0, told = 0;
    r->modules = pc_arena_array(&s->arena, s->modules.count, sizeof(*r->modules));
    for (size_t i = 0; i < s->modules.count; i++) {
        const pc_module *m = &s->modules.items[i];
        if (!m->is_elf)
            continue;
        r->modules[r->module_count++] = (pc_report_module){
            .path = m->path,
            .build_id = m->build_id,
            .file = m->file ? utf8(&s->arena, m->file) : NULL,
            .start = m->start,
            .end = m->end,
            .matches = (pc_known)pc_module_matches(m),
            .wants_file = (!m->file || pc_module_matches(m) == 0) && r->module_count < PC_LIMIT_MODULE_FILES,
            .wants_debug_information = py && wants_debug_information(s, py, m),
            .raw_path = m->raw_path,
        };
        /* of many, those that matter most are among the named ones */
        bool named = told < 16 || (told < 32 && (m->is_executable || strstr(m->raw_path, "/libpython")));
        missing += !m->file;
        told += !m->file && named;
        if (!m->file && named)
            pc_diagnose(&s->diagnostics, PC_SEVERITY_INFO, "missing-file",
                        "%s (build-id %s) is %s: unmodified pages of it that the core does not hold are not saved; to get it: %s", m->path,
                        m->build_id ? m->build_id : "not known", m->matches == PC_MATCH_NO ? "another build here" : "not on this machine",
                        pc_advice_text(&s->arena, PC_WANTED_FILE, m->raw_path, m->build_id));
    }
    if (missing > told)
        pc_diagnose(&s->diagnostics, PC_SEVERITY_INFO, "missing-file", "and %zu more", missing - told);
}

/* They name paths, types and variables; the rest is here to be on the safe side. */
static void clean_diagnostics(pc_session *s)
{
    bool redacted = false;
    for (size_t i = 0; s->redaction.level == PC_REDACT_SECRETS && i < s->diagnostics.count; i++)
        s->diagnostics.items[i].message =
            pc_redact_text(&s->redaction, &s->arena, s->diagnostics.items[i].message, PC_SECRETS_PRINTED, false, &redacted);
}

static void put_path(pc_report *r, pc_arena *arena, const char *path)
{
    r->core.path = utf8(arena, path);
    if (!pc_text_is_utf8(path, strlen(path)))
        r->core.path_bytes = hex_of(arena, path);
}

void pc_report_blank(pc_report *r, pc_walk *walk, pc_diagnostics *diagnostics, pc_arena *arena, const char *path, uint64_t size, const char *code,
                     const char *reason)
{
    *walk = (pc_walk){.arena = arena};
    pc_diagnostics_init(diagnostics, arena);
    pc_diagnose(diagnostics, PC_SEVERITY_ERROR, code, "%s", reason);
    *r = (pc_report){.status = PC_REPORT_NONE, .walk = walk, .diagnostics = diagnostics, .reason = reason};
    put_path(r, arena, path);
    r->core.size = size;
    r->process.arguments_truncated = PC_UNKNOWN;
}

void pc_report_build(pc_report *r, pc_session *s)
{
    *r = (pc_report){.walk = &s->walk, .redaction = &s->redaction, .diagnostics = &s->diagnostics, .reason = s->walk.py ? NULL : s->reason};
    put_path(r, &s->arena, s->core.path);
    r->core.size = s->core.size;
    r->core.machine = s->core.machine ? s->core.machine->name : NULL;
    r->core.bits = s->core.bits;
    r->core.big_endian = s->core.big_endian;
    r->core.truncated = s->core.truncated;
    r->core.compression = s->core.compression;
    build_process(r, s);
    build_interpreter(r, s);
    build_modules(r, s);
    pc_signature_make(r);
    clean_diagnostics(s);
    if (s->diagnostics.dropped)
        pc_diagnose(&s->diagnostics, PC_SEVERITY_WARNING, "limit", "more diagnostics than are kept");
    r->status = !s->walk.py ? PC_REPORT_NONE : s->walk.incomplete || s->core.truncated ? PC_REPORT_PARTIAL : PC_REPORT_COMPLETE;
}
