#include "cli/cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/guard.h"

void pc_cli_complain(const char *format, ...)
{
    PC_AUTO_BUFFER text = {0}, safe = {0};
    va_list args;
    va_start(args, format);
    pc_buffer_vprintf(&text, format, args);
    va_end(args);
    pc_text_put_terminal_bytes(&safe, pc_buffer_text(&text), text.length);
    fprintf(stderr, "pycore: %s\n", pc_buffer_text(&safe));
}

void pc_cli_complain_error(pc_error *error)
{
    pc_cli_complain("%s", error->message);
    pc_error_destroy(error);
}

int pc_cli_usage_error(const char *command)
{
    fprintf(stderr, "Try 'pycore %s%s--help' for more information.\n", command, *command ? " " : "");
    return PC_EXIT_USAGE;
}

bool pc_cli_number(const char *option, const char *text, uint64_t *ret_value)
{
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (errno || *end || end == text || value < 0) {
        pc_cli_complain("--%s wants a number from 0 on, not '%s'", option, text);
        return false;
    }
    *ret_value = (uint64_t)value;
    return true;
}

bool pc_cli_size(const char *option, const char *text, uint64_t *ret_value)
{
    static const char units[] = "KMG";
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    const char *unit = *end ? strchr(units, *end) : NULL;
    unsigned shift = unit ? 10 * (unsigned)(unit - units + 1) : 0;
    if (errno || end == text || value < 0 || (*end && !unit) || (unit && end[1]) || value > INT64_MAX >> shift) {
        pc_cli_complain("--%s wants a number of bytes, or one with K, M or G, not '%s'", option, text);
        return false;
    }
    *ret_value = (uint64_t)value << shift;
    return true;
}

bool pc_output_open(pc_output *output, const char *path)
{
    struct stat st;
    pc_guard_writing();
    *output = (pc_output){.stream = stdout, .path = path};
    if (!path)
        return true;
    /* devices and pipes are written to as they are */
    bool exists = !stat(path, &st);
    if (exists && !S_ISREG(st.st_mode)) {
        output->stream = fopen(path, "we");
    } else {
        if (asprintf(&output->temporary, "%s.XXXXXX", path) < 0)
            pc_out_of_memory();
        int fd = mkostemp(output->temporary, O_CLOEXEC);
        if (fd < 0) {
            free(output->temporary);
            output->temporary = NULL;
            output->stream = NULL;
        } else {
            mode_t mask = umask(0);
            umask(mask);
            pc_guard_unfinished(output->temporary);
            /* mkostemp() makes files for their owner alone */
            output->stream = fchmod(fd, (exists ? st.st_mode & 0777 : 0666) & ~(exists ? 0 : mask)) ? NULL : fdopen(fd, "w");
        }
    }
    if (!output->stream) {
        pc_cli_complain("%s: %s", path, strerror(errno));
        return false;
    }
    return true;
}

bool pc_output_close(pc_output *output)
{
    bool failed = ferror(output->stream) != 0;
    errno = 0;
    failed |= fflush(output->stream) != 0;
    int reason = errno;
    if (!failed && pc_guard_lost_file()) {
        failed = true;
        reason = ENODATA; /* registers and a small core's pages come from the core itself */
    }
    if (output->stream != stdout && fclose(output->stream)) {
        failed = true;
        reason = errno;
    }
    if (!failed && output->temporary && rename(output->temporary, output->path)) {
        failed = true;
        reason = errno;
    }
    if (failed) {
        pc_cli_complain("%s: %s", output->path ? output->path : "standard output", strerror(reason ? reason : EIO));
        if (output->temporary)
            unlink(output->temporary);
    }
    pc_guard_unfinished(NULL);
    free(output->temporary);
    output->temporary = NULL;
    return !failed;
}

void pc_output_abandon(pc_output *output)
{
    if (output->stream && output->stream != stdout)
        fclose(output->stream);
    if (output->temporary)
        unlink(output->temporary);
    pc_guard_unfinished(NULL);
    free(output->temporary);
}
