#include "target/sysroot.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/error.h"

#define MAX_LINKS 40 /* as the kernel follows */

/* File systems whose files are no files: reading one asks the kernel, or this very process, or acts on a device. A path
 * below an automounter's folder would have whatever host it names mounted. */
static bool is_no_storage(const struct statfs *fs)
{
    static const uint32_t types[] = {
        0x9fa0,     /* proc */
        0x62656572, /* sysfs */
        0x64626720, /* debugfs */
        0x74726163, /* tracefs */
        0x1cd1,     /* devpts */
        0x27e0eb,   /* cgroup */
        0x63677270, /* cgroup2 */
        0xcafe4a11, /* bpf */
        0x62656570, /* configfs */
        0xde5e81e4, /* efivarfs */
        0x6165676c, /* pstore */
        0x73636673, /* securityfs */
        0xf97cff8c, /* selinuxfs */
        0x19800202, /* mqueue */
        0x42494e4d, /* binfmt_misc */
        0x0187,     /* autofs */
    };
    for (size_t i = 0; i < PC_ARRAY_SIZE(types); i++)
        if ((uint32_t)fs->f_type == types[i])
            return true;
    return false;
}

static bool path_is_no_storage(const char *path)
{
    struct statfs fs;
    return statfs(path, &fs) || is_no_storage(&fs);
}

static bool is_on_no_storage(int fd)
{
    struct statfs fs;
    return fstatfs(fd, &fs) || is_no_storage(&fs);
}

static void pop_component(pc_buffer *path)
{
    size_t length = path->length;
    while (length && path->data[length - 1] != '/')
        length--;
    pc_buffer_cut(path, length ? length - 1 : 0);
}

/* Appends name to path, which begins at the root, unless it is a link: then its target comes before the rest. */
static bool step(const char *root, pc_buffer *path, const char *name, size_t length, pc_buffer *rest, int *links)
{
    char target[PATH_MAX];
    PC_AUTO_BUFFER full = {0}, before = {0};
    struct stat st;
    pc_buffer_printf(&full, "%s%s/%.*s", root, pc_buffer_text(path), (int)length, name);
    if (full.length >= PATH_MAX || lstat(full.data, &st))
        return false;
    if (!S_ISLNK(st.st_mode)) {
        pc_buffer_putc(path, '/');
        pc_buffer_append(path, name, length);
        return S_ISDIR(st.st_mode) ? !path_is_no_storage(full.data) : !rest->length;
    }
    ssize_t size = readlink(full.data, target, sizeof(target));
    if (size <= 0 || (size_t)size == sizeof(target) || ++*links > MAX_LINKS || rest->length >= PATH_MAX)
        return false;
    if (target[0] == '/')
        pc_buffer_cut(path, 0);
    pc_buffer_append(&before, target, (size_t)size);
    pc_buffer_putc(&before, '/');
    pc_buffer_append(&before, pc_buffer_text(rest), rest->length);
    pc_buffer_cut(rest, 0);
    pc_buffer_append(rest, before.data, before.length);
    return true;
}

/* Without the slashes at its end, so that the paths below it read well; the root of this machine is "". */
static char *plain_root(const char *root)
{
    size_t length = strlen(root);
    while (length && root[length - 1] == '/')
        length--;
    return strndup(root, length);
}

/* Where path leads to below root, without root. */
static bool resolve(const char *root, const char *path, pc_buffer *found)
{
    PC_AUTO_BUFFER rest = {0};
    int links = 0;
    if (strlen(path) >= PATH_MAX)
        return false;
    pc_buffer_puts(&rest, path);
    while (rest.length) {
        PC_AUTO_BUFFER name = {0}, behind = {0};
        size_t length = strcspn(rest.data, "/"), next = length + strspn(rest.data + length, "/");
        pc_buffer_append(&name, rest.data, length);
        pc_buffer_puts(&behind, rest.data + next);
        pc_buffer_cut(&rest, 0);
        pc_buffer_append(&rest, pc_buffer_text(&behind), behind.length);
        if (!length || !strcmp(name.data, "."))
            continue;
        if (!strcmp(name.data, ".."))
            pop_component(found);
        else if (!step(root, found, name.data, length, &rest, &links))
            return false;
    }
    return true;
}

char *pc_sysroot_path(const char *root, const char *path)
{
    PC_AUTO_BUFFER found = {0}, full = {0};
    char *plain = plain_root(root);
    if (resolve(plain, path, &found))
        pc_buffer_printf(&full, "%s%s", plain, pc_buffer_text(&found));
    free(plain);
    return full.data ? pc_strdup(full.data) : NULL;
}

/* Opens what resolve() has found, name by name: what has become a link meanwhile is not followed. */
static int open_resolved(const char *root, const char *path)
{
    struct stat st;
    int at = open(*root ? root : "/", O_PATH | O_DIRECTORY | O_CLOEXEC), fd = -1;
    PC_AUTO_BUFFER rest = {0};
    pc_buffer_puts(&rest, path);
    char *name = rest.data ? rest.data + strspn(rest.data, "/") : NULL;
    while (at >= 0 && name && *name) {
        char *end = name + strcspn(name, "/"), *next = end + strspn(end, "/");
        *end = 0;
        if (*next) {
            int below = openat(at, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
            int reason = errno;
            close(at);
            at = below;
            errno = reason;
            if (at >= 0 && is_on_no_storage(at)) {
                close(at);
                errno = EACCES;
                return -1;
            }
        } else if (!fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW)) {
            /* a device is not even opened, for some act on that (tapes, watchdogs) */
            errno = EINVAL;
            if (S_ISREG(st.st_mode))
                fd = openat(at, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        }
        name = next;
    }
    int reason = errno;
    if (at >= 0)
        close(at);
    errno = reason;
    if (fd >= 0 && (fstat(fd, &st) || !S_ISREG(st.st_mode) || is_on_no_storage(fd))) {
        close(fd);
        errno = EINVAL;
        return -1;
    }
    return fd;
}

pc_error *pc_sysroot_open(const char *root, const char *path, int *ret_fd, char **ret_path)
{
    if (path[0] != '/')
        return pc_error_create(PC_ERROR_IO, "%s: not an absolute path", path);
    PC_AUTO_BUFFER found = {0}, full = {0};
    char *plain = plain_root(root);
    errno = ENOENT;
    int fd = resolve(plain, path, &found) ? open_resolved(plain, pc_buffer_text(&found)) : -1;
    int reason = errno;
    pc_buffer_printf(&full, "%s%s", plain, fd < 0 ? path : pc_buffer_text(&found));
    free(plain);
    if (fd < 0)
        return pc_error_create(PC_ERROR_IO, "%s: %s", full.data, reason == EINVAL ? "not a regular file" : strerror(reason));
    *ret_fd = fd;
    *ret_path = pc_strdup(full.data);
    return NULL;
}
