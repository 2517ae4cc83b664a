#include "target/facts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/error.h"
#include "base/limits.h"
#include "base/text.h"

static bool number(const char *text, size_t length, int64_t *ret_value)
{
    char copy[24], *end;
    if (!length || length >= sizeof(copy))
        return false;
    memcpy(copy, text, length);
    copy[length] = 0;
    errno = 0;
    long long value = strtoll(copy, &end, 10);
    if (errno || *end || end == copy || value < 0)
        return false;
    *ret_value = value;
    return true;
}

static void put_number(const char *value, size_t length, bool *has, int64_t *ret_value)
{
    if (!*has)
        *has = number(value, length, ret_value);
}

static void put_seconds(pc_facts *f, const char *value, size_t length)
{
    int64_t seconds;
    if (!f->has_time && number(value, length, &seconds) && !__builtin_mul_overflow(seconds, 1000000, &f->time))
        f->has_time = true;
}

static void put_text(pc_arena *arena, const char **text, const char *value, size_t length)
{
    PC_AUTO_BUFFER valid = {0};
    if (*text || !length)
        return;
    pc_text_put_bytes(&valid, value, length);
    *text = pc_arena_strdup(arena, pc_buffer_text(&valid));
}

/* systemd-coredump(8), "user.coredump.*"; ABRT's elements; apport's data format */
static const struct {
    const char *names;
    enum { FACT_PID, FACT_UID, FACT_GID, FACT_SIGNAL, FACT_SECONDS, FACT_MICROSECONDS, FACT_HOSTNAME, FACT_COMMAND, FACT_EXECUTABLE } what;
} known[] = {
    {"pid", FACT_PID}, {"Pid", FACT_PID}, {"uid", FACT_UID}, {"gid", FACT_GID},
    {"signal", FACT_SIGNAL}, {"Signal", FACT_SIGNAL}, {"signal_number", FACT_SIGNAL},
    {"timestamp", FACT_MICROSECONDS}, {"time", FACT_SECONDS},
    {"hostname", FACT_HOSTNAME}, {"comm", FACT_COMMAND},
    {"exe", FACT_EXECUTABLE}, {"executable", FACT_EXECUTABLE}, {"ExecutablePath", FACT_EXECUTABLE},
};

void pc_facts_put(pc_facts *f, pc_arena *arena, const char *name, const char *value, size_t length)
{
    while (length && (value[length - 1] == '\n' || value[length - 1] == ' ' || !value[length - 1]))
        length--;
    for (size_t i = 0; i < PC_ARRAY_SIZE(known); i++) {
        if (strcmp(known[i].names, name))
            continue;
        switch (known[i].what) {
        case FACT_PID:
            put_number(value, length, &f->has_pid, &f->pid);
            break;
        case FACT_UID:
            put_number(value, length, &f->has_uid, &f->uid);
            break;
        case FACT_GID:
            put_number(value, length, &f->has_gid, &f->gid);
            break;
        case FACT_SIGNAL:
            put_number(value, length, &f->has_signal, &f->signal);
            break;
        case FACT_SECONDS:
            put_seconds(f, value, length);
            break;
        case FACT_MICROSECONDS:
            put_number(value, length, &f->has_time, &f->time);
            break;
        case FACT_HOSTNAME:
            put_text(arena, &f->hostname, value, length);
            break;
        case FACT_COMMAND:
            put_text(arena, &f->command, value, length);
            break;
        case FACT_EXECUTABLE:
            put_text(arena, &f->executable, value, length);
            break;
        }
    }
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* systemd's xescape(): "python3\x2e11" */
static void unescape(const char *text, size_t length, pc_buffer *out)
{
    for (size_t i = 0; i < length; i++) {
        int high, low;
        if (length - i >= 4 && text[i] == '\\' && text[i + 1] == 'x' && (high = hex_digit(text[i + 2])) >= 0 && (low = hex_digit(text[i + 3])) >= 0) {
            pc_buffer_putc(out, (char)(high << 4 | low));
            i += 3;
        } else {
            pc_buffer_putc(out, text[i]);
        }
    }
}

void pc_facts_from_name(pc_facts *f, pc_arena *arena, const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path, *parts[6];
    size_t lengths[6], count = 0;
    int64_t uid, pid, time;
    for (const char *at = name; at && count < PC_ARRAY_SIZE(parts);) {
        const char *dot = strchr(at, '.');
        parts[count] = at;
        lengths[count++] = dot ? (size_t)(dot - at) : strlen(at);
        at = dot ? dot + 1 : NULL;
    }
    /* core, COMM, UID, BOOT_ID, PID, USEC */
    if (count < 6 || lengths[0] != 4 || memcmp(parts[0], "core", 4) || lengths[3] != 32 || strspn(parts[3], "0123456789abcdef") != 32 ||
        !number(parts[2], lengths[2], &uid) || !number(parts[4], lengths[4], &pid) || !number(parts[5], lengths[5], &time))
        return;
    PC_AUTO_BUFFER command = {0};
    unescape(parts[1], lengths[1], &command);
    f->stored_by = "systemd-coredump";
    pc_facts_put(f, arena, "comm", pc_buffer_text(&command), command.length);
    pc_facts_put(f, arena, "uid", parts[2], lengths[2]);
    pc_facts_put(f, arena, "pid", parts[4], lengths[4]);
    pc_facts_put(f, arena, "timestamp", parts[5], lengths[5]);
}

void pc_facts_from_attributes(pc_facts *f, pc_arena *arena, int fd)
{
    static const char prefix[] = "user.coredump.";
    char *value = NULL, names[1024];
    /* mostly there are none */
    ssize_t size = flistxattr(fd, names, sizeof(names));
    if (size >= 0 && !memmem(names, (size_t)size, prefix, sizeof(prefix) - 1))
        return;
    for (size_t i = 0; i < PC_ARRAY_SIZE(known); i++) {
        PC_AUTO_BUFFER name = {0};
        pc_buffer_printf(&name, "%s%s", prefix, known[i].names);
        if (fgetxattr(fd, name.data, NULL, 0) <= 0)
            continue;
        value = value ? value : pc_malloc(PC_LIMIT_FACTS);
        ssize_t length = fgetxattr(fd, name.data, value, PC_LIMIT_FACTS);
        if (length <= 0)
            continue;
        f->stored_by = "systemd-coredump";
        pc_facts_put(f, arena, known[i].names, value, (size_t)length);
    }
    free(value);
}

void pc_facts_from_folder(pc_facts *f, pc_arena *arena, int folder_fd)
{
    char *value = pc_malloc(PC_LIMIT_FACTS);
    for (size_t i = 0; i < PC_ARRAY_SIZE(known); i++) {
        struct stat st;
        int fd = openat(folder_fd, known[i].names, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
        if (fd < 0)
            continue;
        ssize_t length = fstat(fd, &st) || !S_ISREG(st.st_mode) ? -1 : read(fd, value, PC_LIMIT_FACTS);
        close(fd);
        if (length <= 0)
            continue;
        f->stored_by = "abrt";
        pc_facts_put(f, arena, known[i].names, value, (size_t)length);
    }
    free(value);
}
