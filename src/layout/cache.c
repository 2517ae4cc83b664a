#include "layout/cache.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/limits.h"
#include "base/stop.h"
#include "base/text.h"
#include "layout/dwarf.h"
#include "layout/places.h"
#include "layout/table.h"

/* One more for each change of what stands in an entry, and of what dwarf.c makes of the same debug information. */
#define FORMAT 3
#define FOLDER "pycore"
#define ENDING ".layout"
#define UNFINISHED ".new" /* after a dot and a number of its own */
#define END "end "

/* ---- folders ---- */

static bool is_ours(const struct stat *st)
{
    return st->st_uid == geteuid() && !(st->st_mode & (S_IWGRP | S_IWOTH));
}

/* An entry of the folder, not what a link leads to. */
static int open_folder(int parent, const char *name)
{
    struct stat st;
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd >= 0 && (fstat(fd, &st) || !is_ours(&st))) {
        close(fd);
        fd = -1;
        errno = EACCES;
    }
    return fd;
}

/* The folder that the user's is in; NULL: there is none. */
static char *parent_folder(void)
{
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    PC_AUTO_BUFFER path = {0};
    if (cache && *cache)
        pc_buffer_puts(&path, cache);
    else if (home && *home)
        pc_buffer_printf(&path, "%s/.cache", home);
    return pc_buffer_text(&path)[0] == '/' ? pc_strdup(path.data) : NULL;
}

/* Somebody else's folder gets nothing of ours: root may have been called with a user's $HOME. */
static int open_parent(const char *path)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0 && (fstat(fd, &st) || (st.st_uid != geteuid() && st.st_uid))) {
        close(fd);
        fd = -1;
        errno = EACCES;
    }
    return fd;
}

static int make_folder(const char *path)
{
    int parent = open_parent(path);
    if (parent < 0 && errno == ENOENT) {
        const char *slash = strrchr(path, '/');
        PC_AUTO_BUFFER above = {0};
        pc_buffer_append(&above, path, slash ? (size_t)(slash - path) : 0);
        int fd = above.length ? open_parent(above.data) : -1;
        if (fd < 0)
            return -1;
        bool made = !mkdirat(fd, slash + 1, 0700) || errno == EEXIST;
        close(fd);
        parent = made ? open_parent(path) : -1;
    }
    if (parent < 0)
        return -1;
    int fd = !mkdirat(parent, FOLDER, 0700) || errno == EEXIST ? open_folder(parent, FOLDER) : -1;
    close(parent);
    return fd;
}

void pc_cache_init(pc_cache *cache)
{
    *cache = (pc_cache){.user = -1, .own = -1, .opener = getpid()};
}

void pc_cache_open_user(pc_cache *cache, bool writes)
{
    pc_cache_init(cache);
    char *parent = parent_folder();
    if (!parent)
        return;
    PC_AUTO_BUFFER path = {0};
    pc_buffer_printf(&path, "%s/" FOLDER, parent);
    cache->user = open_folder(AT_FDCWD, path.data);
    cache->writes_user = writes && cache->user >= 0;
    if (writes && cache->user < 0 && errno == ENOENT)
        cache->to_make = parent;
    else
        free(parent);
}

void pc_cache_add_own(pc_cache *cache)
{
    const char *folder = getenv("TMPDIR");
    PC_AUTO_BUFFER path = {0};
    pc_buffer_printf(&path, "%s/pycore-XXXXXX", folder && *folder ? folder : "/tmp");
    if (cache->own >= 0 || !mkdtemp(path.data))
        return;
    cache->own = open_folder(AT_FDCWD, path.data);
    if (cache->own < 0)
        rmdir(path.data);
    else
        cache->own_path = pc_strdup(path.data);
}

static bool ends_with(const char *name, const char *ending)
{
    size_t length = strlen(name), tail = strlen(ending);
    return length > tail && !strcmp(name + length - tail, ending);
}

static DIR *list(int folder)
{
    int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (fd >= 0 && !dir)
        close(fd);
    return dir;
}

void pc_cache_close(pc_cache *cache)
{
    if (!cache)
        return;
    if (cache->own >= 0 && cache->opener == getpid()) {
        DIR *dir = list(cache->own);
        for (struct dirent *e; dir && (e = readdir(dir));)
            if (ends_with(e->d_name, ENDING) || ends_with(e->d_name, UNFINISHED))
                unlinkat(cache->own, e->d_name, 0);
        if (dir)
            closedir(dir);
        rmdir(cache->own_path);
    }
    if (cache->own >= 0)
        close(cache->own);
    if (cache->user >= 0)
        close(cache->user);
    free(cache->own_path);
    free(cache->to_make);
    pc_cache_init(cache);
}

/* ---- what an entry is for ---- */

static uint64_t hash_text(uint64_t hash, const char *text)
{
    size_t length = text ? strlen(text) : 0;
    return pc_hash_bytes(pc_hash_unit(hash, length), text, length);
}

/* Of all that fields.def and modules.def say: another pycore, which knows other fields, has other entries. */
static uint64_t hash_fields(void)
{
    static uint64_t known;
    if (known)
        return known;
    uint64_t h = PC_HASH_START;
    for (size_t i = 0; i < PC_STRUCT_COUNT; i++) {
        const pc_struct_definition *d = &pc_struct_definitions[i];
        h = pc_hash_unit(hash_text(h, d->id), d->module);
        h = hash_text(pc_hash_unit(hash_text(h, d->names), 0), d->units);
    }
    for (size_t i = 0; i < PC_FIELD_COUNT; i++) {
        const pc_field_definition *d = &pc_field_definitions[i];
        h = pc_hash_unit(hash_text(h, d->id), d->owner);
        h = pc_hash_unit(pc_hash_unit(hash_text(h, d->path), d->kind), d->required);
    }
    return known = h;
}

/* A word of a line, without the cost of a format: each module's entry has this line. */
static void put_number(uint64_t value, pc_buffer *line)
{
    char text[24], *end = text + sizeof(text), *digits = pc_text_digits_before(end, value);
    pc_buffer_putc(line, ' ');
    pc_buffer_append(line, digits, (size_t)(end - digits));
}

static void put_file(const pc_image *image, const char *what, pc_buffer *head)
{
    const pc_file_identity *id = &image->identity;
    pc_buffer_puts(head, what);
    pc_buffer_putc(head, ' ');
    pc_buffer_puts(head, image->build_id ? image->build_id : "-");
    put_number(id->device, head);
    put_number(id->inode, head);
    put_number(image->file.size, head);
    put_number((uint64_t)id->modified, head);
    put_number((uint64_t)id->changed, head);
    put_number(strlen(image->path), head);
    pc_buffer_putc(head, ' ');
    pc_buffer_puts(head, image->path);
    pc_buffer_putc(head, '\n');
}

/* What an entry has to begin with, to the byte. */
static void put_head(pc_layout_module module, const pc_image *debug, const pc_image *supplement, pc_buffer *head)
{
    char name[PC_TABLE_WORD];
    pc_layout_module_name(module, name, sizeof(name));
    pc_buffer_printf(head, "pycore-cache %d " PACKAGE_VERSION " %016" PRIx64 " %s\n", FORMAT, hash_fields(), name);
    put_file(debug, "file", head);
    if (supplement)
        put_file(supplement, "supplement", head);
}

static void put_name(pc_layout_module module, const pc_image *debug, const pc_buffer *head, pc_buffer *name)
{
    char of[PC_TABLE_WORD];
    pc_layout_module_name(module, of, sizeof(of));
    pc_buffer_printf(name, "%s-%s-%016" PRIx64 ENDING, debug->build_id ? debug->build_id : "none", of, pc_hash_bytes(PC_HASH_START, head->data, head->length));
}

/* ---- reading ---- */

/* All of the entry; false where that is none that may be used. */
static bool read_entry(int folder, const char *name, pc_buffer *ret_text)
{
    struct stat st;
    int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool good = !fstat(fd, &st) && S_ISREG(st.st_mode) && is_ours(&st) && st.st_size > 0 && st.st_size <= PC_LIMIT_CACHE_ENTRY;
    size_t wanted = good ? (size_t)st.st_size : 0, size = 0;
    char *data = pc_malloc(wanted + 1);
    for (ssize_t n; size < wanted && ((n = read(fd, data + size, wanted - size)) > 0 || (n < 0 && errno == EINTR));)
        size += n > 0 ? (size_t)n : 0;
    close(fd);
    data[size] = 0;
    *ret_text = (pc_buffer){.data = data, .length = size, .capacity = wanted + 1};
    return good && size == wanted;
}

/* The module's layout in an entry; its digest is at the end. On failure the layout has nothing of it. */
static bool parse_entry(const pc_buffer *text, const pc_buffer *head, pc_layout_module module, pc_layout *layout)
{
    PC_AUTO_BUFFER end = {0};
    size_t tail = sizeof(END) - 1 + 16 + 1;
    if (text->length < head->length + tail || memcmp(text->data, head->data, head->length))
        return false;
    size_t size = text->length - tail;
    pc_buffer_printf(&end, END "%016" PRIx64 "\n", pc_hash_bytes(PC_HASH_START, text->data, size));
    return !memcmp(text->data + size, end.data, tail) &&
           pc_places_parse(text->data + head->length, size - head->length, module, PC_SOURCE_DWARF, layout);
}

static bool load(int folder, const char *name, const pc_buffer *head, pc_layout_module module, const pc_image *debug, pc_layout *layout)
{
    PC_AUTO_BUFFER text = {0};
    if (folder < 0 || !read_entry(folder, name, &text) || !parse_entry(&text, head, module, layout))
        return false;
    if (module == PC_MODULE_INTERPRETER && !layout->origin)
        layout->origin = pc_strdup(debug->path);
    return true;
}

/* ---- writing ---- */

static bool same_place(const pc_field_place *a, const pc_field_place *b)
{
    return a->source == b->source && a->offset == b->offset && a->size == b->size && a->shift == b->shift && a->bits == b->bits && a->path == b->path &&
           a->path_length == b->path_length;
}

/* Whether reading it again gives just this layout: what an entry cannot say is read from DWARF each time. */
static bool says_the_same(const pc_buffer *text, const pc_buffer *head, pc_layout_module module, const pc_layout *layout)
{
    pc_layout *read = pc_malloc(sizeof(*read));
    pc_layout_init(read);
    bool same = parse_entry(text, head, module, read);
    for (size_t i = 0; i < PC_STRUCT_COUNT; i++)
        if (pc_struct_definitions[i].module == module)
            same &= read->structs[i].source == layout->structs[i].source && read->structs[i].size == layout->structs[i].size;
    for (size_t i = 0; i < PC_FIELD_COUNT; i++)
        if (pc_struct_definitions[pc_field_definitions[i].owner].module == module)
            same &= same_place(&read->fields[i], &layout->fields[i]);
    free(read);
    return same;
}

typedef struct entry {
    char *name;
    struct timespec modified;
} entry;

static int by_age(const void *a, const void *b)
{
    const struct timespec *x = &((const entry *)a)->modified, *y = &((const entry *)b)->modified;
    if (x->tv_sec != y->tv_sec)
        return x->tv_sec < y->tv_sec ? -1 : 1;
    return x->tv_nsec < y->tv_nsec ? -1 : x->tv_nsec > y->tv_nsec;
}

/* Makes room for one more: the oldest go, and what was left unfinished long ago. */
static void make_room(int folder)
{
    entry *entries = NULL;
    size_t count = 0, capacity = 0, seen = 0;
    struct stat st;
    DIR *dir = list(folder);
    for (struct dirent *e; dir && seen < PC_LIMIT_CACHE_NAMES && (e = readdir(dir)); seen++) {
        bool is_entry = ends_with(e->d_name, ENDING), is_unfinished = e->d_name[0] == '.' && ends_with(e->d_name, UNFINISHED);
        if ((!is_entry && !is_unfinished) || fstatat(folder, e->d_name, &st, AT_SYMLINK_NOFOLLOW))
            continue;
        if (is_unfinished && time(NULL) - st.st_mtime > PC_LIMIT_CACHE_UNFINISHED)
            unlinkat(folder, e->d_name, 0);
        if (!is_entry)
            continue;
        entries = pc_grow(entries, count, &capacity, sizeof(*entries));
        entries[count++] = (entry){.name = pc_strdup(e->d_name), .modified = st.st_mtim};
    }
    if (dir)
        closedir(dir);
    if (count >= PC_LIMIT_CACHE_ENTRIES) {
        qsort(entries, count, sizeof(*entries), by_age);
        /* some more than one, so that not every write has to */
        for (size_t i = 0; i < count - PC_LIMIT_CACHE_ENTRIES + PC_LIMIT_CACHE_ENTRIES / 8; i++)
            unlinkat(folder, entries[i].name, 0);
    }
    for (size_t i = 0; i < count; i++)
        free(entries[i].name);
    free(entries);
}

static void write_entry(int folder, const char *name, const pc_buffer *text)
{
    uint64_t number;
    PC_AUTO_BUFFER unfinished = {0};
    if (getrandom(&number, sizeof(number), 0) != (ssize_t)sizeof(number))
        return;
    pc_buffer_printf(&unfinished, ".%016" PRIx64 UNFINISHED, number);
    int fd = openat(folder, unfinished.data, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return;
    size_t size = 0;
    for (ssize_t n; size < text->length && ((n = write(fd, text->data + size, text->length - size)) > 0 || (n < 0 && errno == EINTR));)
        size += n > 0 ? (size_t)n : 0;
    bool written = !close(fd) && size == text->length;
    if (!written || renameat(folder, unfinished.data, folder, name))
        unlinkat(folder, unfinished.data, 0);
}

/* A file that was written to a moment ago may be written to again without that its times show it. */
static bool is_settled(const pc_image *image)
{
    struct timespec now;
    return !image || (!clock_gettime(CLOCK_REALTIME, &now) && image->identity.changed / 1000000000 + PC_LIMIT_CACHE_SETTLED < (int64_t)now.tv_sec);
}

static void store(pc_cache *cache, const char *name, const pc_buffer *head, pc_layout_module module, const pc_layout *layout)
{
    PC_AUTO_BUFFER text = {0};
    pc_buffer_append(&text, head->data, head->length);
    pc_places_print(layout, module, &text);
    pc_buffer_printf(&text, END "%016" PRIx64 "\n", pc_hash_bytes(PC_HASH_START, text.data, text.length));
    if (text.length > PC_LIMIT_CACHE_ENTRY || !says_the_same(&text, head, module, layout))
        return;
    if (cache->own < 0 && cache->to_make) {
        cache->user = make_folder(cache->to_make);
        cache->writes_user = cache->user >= 0;
        free(cache->to_make);
        cache->to_make = NULL;
    }
    int folder = cache->own >= 0 ? cache->own : cache->writes_user ? cache->user : -1;
    if (folder < 0)
        return;
    make_room(folder);
    write_entry(folder, name, &text);
}

pc_error *pc_cache_layout(pc_cache *cache, pc_layout *layout, pc_layout_module module, pc_image *debug, const pc_search *where, bool *ret_before)
{
    pc_image *supplement;
    PC_TRY(pc_image_supplement(debug, where, &supplement));
    PC_AUTO_BUFFER head = {0}, name = {0};
    bool used = cache && (cache->own >= 0 || cache->user >= 0 || cache->to_make);
    if (used) {
        put_head(module, debug, supplement, &head);
        put_name(module, debug, &head, &name);
        bool before = load(cache->user, name.data, &head, module, debug, layout);
        if (before || load(cache->own, name.data, &head, module, debug, layout)) {
            *ret_before = before;
            return NULL;
        }
    }
    PC_TRY(pc_layout_from_debug_file(layout, module, debug, where));
    /* what was found when time or memory ran out, or the file itself, is not all */
    if (used && !pc_is_stopped() && is_settled(debug) && is_settled(supplement))
        store(cache, name.data, &head, module, layout);
    *ret_before = false;
    return NULL;
}
