/* str() of the library's exceptions that is no template. */
#include "python/library.h"
#include "python/number.h"
#include "target/signals.h"

#define LAST_NAMED_SIGNAL 31 /* those beyond are numbers of the C library's choosing */

/* Command 'x' returned non-zero exit status 1. / died with <Signals.SIGKILL: 9>. The command as str() has it, or as repr(). */
static bool write_called_process_error(pc_library_call *call, bool quoted)
{
    pc_writer *w = call->w;
    pc_addr command, status;
    const pc_type *type;
    uint64_t number;
    if (!pc_library_object(w, call->self, "cmd", &command) || !pc_library_object(w, call->self, "returncode", &status) ||
        !pc_ok(pc_type_of(w->py, status, &type)) || type->kind != PC_TYPE_LONG || !type->is_builtin ||
        !pc_ok(pc_number_uint64(w->py, status, &number)))
        return false;
    int64_t value = (int64_t)number;
    if (value >= 0 && quoted) {
        pc_write(w, "Command ");
        pc_write_object(w, command);
        pc_write_printf(w, " returned non-zero exit status %" PRId64 ".", value);
        return true;
    }
    pc_write(w, "Command '");
    if (!pc_library_write_str(w, command))
        return false;
    if (value >= 0) {
        pc_write_printf(w, "' returned non-zero exit status %" PRId64 ".", value);
        return true;
    }
    const char *name = value >= -LAST_NAMED_SIGNAL ? pc_signal_name((int)-value) : NULL;
    if (!name)
        return false;
    pc_write_printf(w, "' died with <Signals.%s: %d>.", name, (int)-value);
    return true;
}

bool pc_library_called_process_error(pc_library_call *call)
{
    return write_called_process_error(call, false);
}

/* since 3.15.1 or 3.15.2 */
bool pc_library_called_process_error_3_15(pc_library_call *call)
{
    return write_called_process_error(call, true);
}
