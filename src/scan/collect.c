#include "scan/collect.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/error.h"

/* A folder that is still to be walked. */
typedef struct folder {
    const char *path;
    pc_file_id file; /* as its parent saw it */
    bool named;
} folder;

typedef struct walk {
    pc_collector *collector;
    folder *folders; /* the next one is the last */
    size_t count, capacity;
} walk;

typedef struct names {
    char **items;
    size_t count, capacity;
} names;

void pc_collector_init(pc_collector *c)
{
    *c = (pc_collector){0};
    pc_arena_init(&c->arena);
}

void pc_collector_deinit(pc_collector *c)
{
    if (!c)
        return;
    free(c->items);
    free(c->reasons);
    pc_arena_deinit(&c->arena);
}

static void count_reason(pc_collector *c, const pc_found *found)
{
    size_t i = 0;
    while (i < c->reason_count && (c->reasons[i].kind != found->kind || strcmp(c->reasons[i].reason, found->reason)))
        i++;
    if (i == c->reason_count) {
        c->reasons = pc_grow(c->reasons, c->reason_count, &c->reason_capacity, sizeof(*c->reasons));
        c->reasons[c->reason_count++] = (pc_found_count){.kind = found->kind, .reason = found->reason};
    }
    c->reasons[i].count++;
}

static const char *join(pc_arena *arena, const char *folder_path, const char *name)
{
    size_t length = strlen(folder_path);
    return pc_arena_printf(arena, "%s%s%s", folder_path, length && folder_path[length - 1] == '/' ? "" : "/", name);
}

/* folder_path NULL: the found one has its path. It is made only for what is kept. */
static void add(pc_collector *c, pc_found *found, const char *folder_path, const char *name)
{
    c->looked_at++;
    c->by_kind[found->kind]++;
    if (found->reason)
        count_reason(c, found);
    if (found->kind == PC_FOUND_NOT_CORE && !found->named && !c->keep_all) {
        c->not_kept++;
        return;
    }
    if (folder_path)
        found->path = join(&c->arena, folder_path, name);
    c->items = pc_grow(c->items, c->count, &c->capacity, sizeof(*c->items));
    c->items[c->count++] = *found;
}

/* ---- folders ---- */

static void add_unreadable_folder(pc_collector *c, const folder *f, int error)
{
    pc_found found = {.path = f->path, .file = f->file, .named = f->named};
    pc_found_fail(&found, "a directory that cannot be read: ", error, &c->arena);
    add(c, &found, NULL, NULL);
}

static void push(walk *w, const folder *f)
{
    w->folders = pc_grow(w->folders, w->count, &w->capacity, sizeof(*w->folders));
    w->folders[w->count++] = *f;
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void names_deinit(names *n)
{
    for (size_t i = 0; i < n->count; i++)
        free(n->items[i]);
    free(n->items);
}

/* Sorted. What was read before an error is there, too. The result is the errno, or 0. */
static int read_names(DIR *dir, names *ret_names)
{
    names n = {0};
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(dir);
        if (!entry)
            break;
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
            continue;
        n.items = pc_grow(n.items, n.count, &n.capacity, sizeof(*n.items));
        n.items[n.count++] = pc_strdup(entry->d_name);
    }
    int error = errno;
    if (n.count)
        qsort(n.items, n.count, sizeof(*n.items), by_bytes);
    *ret_names = n;
    return error;
}

/* Views of the kernel, of which hardly a file is what it seems: some have no end, some are the machine's memory. */
static bool is_of_the_kernel(int fd)
{
    static const uint32_t kinds[] = {PROC_SUPER_MAGIC, SYSFS_MAGIC, DEBUGFS_MAGIC, TRACEFS_MAGIC, CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC};
    struct statfs fs;
    bool found = false;
    if (fstatfs(fd, &fs))
        return false;
    for (size_t i = 0; i < PC_ARRAY_SIZE(kinds); i++)
        found |= (uint32_t)fs.f_type == kinds[i];
    return found;
}

static void walk_names(walk *w, const folder *f, int fd, const names *n)
{
    pc_collector *c = w->collector;
    size_t first = w->count;
    for (size_t i = 0; i < n->count && !(c->stop && *c->stop); i++) {
        pc_found found = {0};
        struct stat st;
        if (!fstatat(fd, n->items[i], &st, AT_SYMLINK_NOFOLLOW) && S_ISDIR(st.st_mode)) {
            pc_found_from_stat(&found, &st);
            push(w, &(folder){.path = join(&c->arena, f->path, n->items[i]), .file = found.file});
            continue;
        }
        pc_found_look_at(&found, fd, n->items[i], AT_SYMLINK_NOFOLLOW, &c->arena);
        add(c, &found, f->path, n->items[i]);
    }
    /* the last one pushed is the next one walked */
    for (size_t low = first, high = w->count; low + 1 < high; low++) {
        folder swapped = w->folders[low];
        w->folders[low] = w->folders[--high];
        w->folders[high] = swapped;
    }
}

/* By its whole path: an open descriptor for each level would end earlier than the paths do. What is opened has to be what the
 * parent had, so that nobody who may write there leads the walk to another place. */
static void walk_folder(walk *w, const folder *f)
{
    pc_collector *c = w->collector;
    struct stat st;
    names n = {0};
    int fd = open(f->path, O_RDONLY | O_CLOEXEC | O_DIRECTORY | O_NONBLOCK | O_NOCTTY | (f->named ? 0 : O_NOFOLLOW));
    if (fd < 0 || fstat(fd, &st)) {
        add_unreadable_folder(c, f, errno);
        if (fd >= 0)
            close(fd);
        return;
    }
    pc_found found = {.path = f->path};
    pc_found_from_stat(&found, &st);
    if (!f->named && (found.file.device != f->file.device || found.file.inode != f->file.inode)) {
        found.kind = PC_FOUND_UNREADABLE;
        found.reason = "a directory that was replaced while its parent was read";
        add(c, &found, NULL, NULL);
        close(fd);
        return;
    }
    if (!f->named && is_of_the_kernel(fd)) {
        found.reason = "a file system of the kernel (/proc, /sys)";
        add(c, &found, NULL, NULL);
        close(fd);
        return;
    }
    DIR *dir = fdopendir(fd);
    int error = dir ? read_names(dir, &n) : errno;
    walk_names(w, f, fd, &n);
    if (error)
        add_unreadable_folder(c, f, error);
    names_deinit(&n);
    if (dir)
        closedir(dir);
    else
        close(fd);
}

void pc_collector_look(pc_collector *c, const char *path)
{
    struct stat st;
    if (stat(path, &st) || !S_ISDIR(st.st_mode)) {
        pc_found found;
        pc_found_look(&found, pc_arena_strdup(&c->arena, path), &c->arena);
        add(c, &found, NULL, NULL);
        return;
    }
    walk w = {.collector = c};
    push(&w, &(folder){.path = pc_arena_strdup(&c->arena, path), .named = true});
    while (w.count && !(c->stop && *c->stop)) {
        folder next = w.folders[--w.count];
        walk_folder(&w, &next);
    }
    free(w.folders);
}
