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

static bool is_on_no_storage(int fd)
{
    struct statfs fs;
    return fstatfs(fd, &fs) || is_no_storage(&fs);
}

void pc_folders_init(pc_folders *folders)
{
    *folders = (pc_folders){0};
}

static void forget(pc_folder *folder)
{
    if (!folder->path)
        return;
    close(folder->fd);
    free(folder->path);
    *folder = (pc_folder){0};
}

void pc_folders_deinit(pc_folders *folders)
{
    for (size_t i = 0; folders && i < PC_FOLDERS; i++)
        forget(&folders->items[i]);
}

static pc_folder *find_folder(pc_folders *folders, const pc_buffer *path)
{
    for (size_t i = 0; i < PC_FOLDERS; i++) {
        pc_folder *folder = &folders->items[i];
        if (folder->path && folder->length == path->length && !memcmp(folder->path, pc_buffer_text(path), path->length))
            return folder;
    }
    return NULL;
}

/* Takes the descriptor over. above is still needed: it does not make room. */
static pc_folder *keep_folder(pc_folders *folders, const pc_folder *above, const pc_buffer *path, int fd, const struct stat *st, bool checked)
{
    if (&folders->items[folders->next] == above)
        folders->next = (folders->next + 1) % PC_FOLDERS;
    pc_folder *folder = &folders->items[folders->next];
    folders->next = (folders->next + 1) % PC_FOLDERS;
    forget(folder);
    *folder = (pc_folder){.path = pc_strdup(pc_buffer_text(path)), .length = path->length, .fd = fd, .device = st->st_dev, .checked = checked};
    return folder;
}

static int give_up(int fd, int reason)
{
    if (fd >= 0)
        close(fd);
    errno = reason;
    return -1;
}

/* A path on its way. */
typedef struct walk {
    pc_folders *folders;
    const char *root; /* without the slashes at its end, so that the paths below it read well; "" is this machine's */
    size_t root_length;
    pc_buffer found; /* the root, and what is below it so far: of no links */
    pc_buffer rest;
    const pc_folder *folder; /* what `found` leads to; its parent, where that is no folder */
    bool at_file, regular;
    int links;
} walk;

static void walk_deinit(walk *w)
{
    pc_buffer_deinit(&w->found);
    pc_buffer_deinit(&w->rest);
}

static const char *last_name(const walk *w)
{
    return strrchr(w->found.data, '/') + 1;
}

static void pop_name(walk *w)
{
    if (w->found.length > w->root_length)
        pc_buffer_cut(&w->found, (size_t)(last_name(w) - 1 - w->found.data));
}

static bool enter_root(walk *w)
{
    struct stat st;
    pc_buffer_cut(&w->found, w->root_length);
    w->folder = find_folder(w->folders, &w->found);
    if (w->folder)
        return true;
    int fd = open(w->root_length ? w->root : "/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st)) {
        give_up(fd, errno);
        return false;
    }
    w->folder = keep_folder(w->folders, NULL, &w->found, fd, &st, false);
    return true;
}

/* Opens what `found` ends with in the folder: what has become a link meanwhile is not followed. -1: it is none, or none to go
 * through; ret_st then tells what it is, if errno is ENOTDIR. */
static int open_below(const walk *w, struct stat *ret_st, bool *ret_checked)
{
    int fd = openat(w->folder->fd, last_name(w), O_PATH | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 || fstat(fd, ret_st))
        return give_up(fd, errno);
    if (!S_ISDIR(ret_st->st_mode))
        return give_up(fd, ENOTDIR);
    /* what is on one device is of one kind */
    *ret_checked = (w->folder->checked && w->folder->device == ret_st->st_dev) || !is_on_no_storage(fd);
    return *ret_checked ? fd : give_up(fd, EACCES);
}

/* The target of the link that `found` ends with comes before the rest, and counts from the folder that the link is in. */
static bool follow(walk *w)
{
    char target[PATH_MAX];
    PC_AUTO_BUFFER before = {0};
    ssize_t size = readlinkat(w->folder->fd, last_name(w), target, sizeof(target));
    if (size <= 0 || (size_t)size == sizeof(target) || ++w->links > MAX_LINKS || w->rest.length >= PATH_MAX)
        return false;
    pop_name(w);
    pc_buffer_append(&before, target, (size_t)size);
    pc_buffer_putc(&before, '/');
    pc_buffer_append(&before, pc_buffer_text(&w->rest), w->rest.length);
    pc_buffer_cut(&w->rest, 0);
    pc_buffer_append(&w->rest, before.data, before.length);
    return target[0] != '/' || enter_root(w);
}

/* Goes on to name, in the folder. */
static bool step(walk *w, const char *name, size_t length)
{
    struct stat st;
    bool checked;
    pc_buffer_putc(&w->found, '/');
    pc_buffer_append(&w->found, name, length);
    if (w->found.length >= PATH_MAX)
        return false;
    const pc_folder *known = find_folder(w->folders, &w->found);
    if (known) {
        w->folder = known;
        return true;
    }
    /* what the path ends with is mostly a file, and may be a device: that is not opened in any way */
    bool last = !w->rest.length;
    if (last && fstatat(w->folder->fd, last_name(w), &st, AT_SYMLINK_NOFOLLOW))
        return false;
    int fd = -1;
    if (!last || S_ISDIR(st.st_mode)) {
        fd = open_below(w, &st, &checked);
        if (fd < 0 && errno != ENOTDIR)
            return false;
    }
    if (fd >= 0) {
        w->folder = keep_folder(w->folders, w->folder, &w->found, fd, &st, checked);
        return true;
    }
    if (S_ISLNK(st.st_mode))
        return follow(w);
    w->at_file = true;
    w->regular = S_ISREG(st.st_mode);
    return last;
}

/* `found` has become shorter: the folder that it leads to, name by name where that is no longer open. */
static bool enter_again(walk *w)
{
    PC_AUTO_BUFFER below = {0};
    w->folder = find_folder(w->folders, &w->found);
    if (w->folder)
        return true;
    pc_buffer_puts(&below, w->found.data + w->root_length);
    if (!enter_root(w))
        return false;
    for (const char *slash = below.data; slash && *slash;) {
        const char *name = slash + 1, *end = name + strcspn(name, "/");
        struct stat st;
        bool checked;
        pc_buffer_putc(&w->found, '/');
        pc_buffer_append(&w->found, name, (size_t)(end - name));
        slash = end;
        const pc_folder *known = find_folder(w->folders, &w->found);
        int fd = known ? -1 : open_below(w, &st, &checked);
        if (!known && fd < 0)
            return false;
        w->folder = known ? known : keep_folder(w->folders, w->folder, &w->found, fd, &st, checked);
    }
    return true;
}

static bool go(walk *w, const char *path)
{
    if (strlen(path) >= PATH_MAX || !enter_root(w))
        return false;
    pc_buffer_puts(&w->rest, path);
    while (w->rest.length) {
        PC_AUTO_BUFFER name = {0}, behind = {0};
        size_t length = strcspn(w->rest.data, "/"), next = length + strspn(w->rest.data + length, "/");
        pc_buffer_append(&name, w->rest.data, length);
        pc_buffer_puts(&behind, w->rest.data + next);
        pc_buffer_cut(&w->rest, 0);
        pc_buffer_append(&w->rest, pc_buffer_text(&behind), behind.length);
        if (!length || !strcmp(name.data, "."))
            continue;
        bool up = !strcmp(name.data, "..");
        if (up)
            pop_name(w);
        if (up ? !enter_again(w) : !step(w, name.data, length))
            return false;
    }
    return true;
}

/* own: what is kept of the folders where the caller keeps none. */
static bool walk_path(walk *w, pc_folders *folders, pc_folders *own, const char *root, const char *path)
{
    pc_folders_init(own);
    *w = (walk){.folders = folders ? folders : own, .root = root, .root_length = strlen(root)};
    while (w->root_length && root[w->root_length - 1] == '/')
        w->root_length--;
    pc_buffer_append(&w->found, root, w->root_length);
    errno = ENOENT;
    return go(w, path);
}

char *pc_sysroot_path(const char *root, const char *path)
{
    walk w;
    pc_folders own;
    char *found = walk_path(&w, NULL, &own, root, path) ? pc_strdup(pc_buffer_text(&w.found)) : NULL;
    walk_deinit(&w);
    pc_folders_deinit(&own);
    return found;
}

static int open_file(const walk *w, struct stat *st)
{
    if (!w->at_file || !w->regular)
        return give_up(-1, EINVAL);
    int fd = openat(w->folder->fd, last_name(w), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return fd;
    bool good = !fstat(fd, st) && S_ISREG(st->st_mode) && ((w->folder->checked && w->folder->device == st->st_dev) || !is_on_no_storage(fd));
    return good ? fd : give_up(fd, EINVAL);
}

pc_error *pc_sysroot_open(pc_folders *folders, const char *root, const char *path, int *ret_fd, struct stat *ret_st, char **ret_path)
{
    walk w;
    pc_folders own;
    struct stat st;
    pc_error *error = NULL;
    if (path[0] != '/')
        return pc_error_create(PC_ERROR_IO, "%s: not an absolute path", path);
    int fd = walk_path(&w, folders, &own, root, path) ? open_file(&w, &st) : -1;
    if (fd < 0) {
        int reason = errno;
        error = pc_error_create(PC_ERROR_IO, "%.*s%s: %s", (int)w.root_length, root, path, reason == EINVAL ? "not a regular file" : strerror(reason));
    } else {
        *ret_fd = fd;
        *ret_st = st;
        *ret_path = pc_strdup(pc_buffer_text(&w.found));
    }
    walk_deinit(&w);
    pc_folders_deinit(&own);
    return error;
}
