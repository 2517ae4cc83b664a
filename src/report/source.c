#include "report/source.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/limits.h"
#include "target/sysroot.h"

typedef struct source_file {
    char *path;
    char *text;          /* NULL: not to be had */
    char **lines;
    size_t count;
    struct source_file *next;
} source_file;

struct pc_source_cache {
    const char *root;
    pc_folders folders;
    source_file *files;
};

pc_source_cache *pc_source_cache_create(const char *sysroot)
{
    pc_source_cache *cache = pc_malloc(sizeof(*cache));
    cache->root = sysroot ? sysroot : "";
    pc_folders_init(&cache->folders);
    cache->files = NULL;
    return cache;
}

void pc_source_cache_destroy(pc_source_cache *cache)
{
    while (cache && cache->files) {
        source_file *file = cache->files;
        cache->files = file->next;
        free(file->lines);
        free(file->text);
        free(file->path);
        free(file);
    }
    pc_folders_deinit(cache ? &cache->folders : NULL);
    free(cache);
}

/* The path comes out of the core. */
static char *read_file(pc_folders *folders, const char *root, const char *path)
{
    struct stat st;
    int fd;
    char *found, *text = NULL;
    if (!pc_ok(pc_sysroot_open(folders, root, path, &fd, &st, &found)))
        return NULL;
    free(found);
    if (st.st_size > 0 && st.st_size <= PC_LIMIT_SOURCE) {
        size_t size = (size_t)st.st_size, got = 0;
        text = pc_malloc(size + 1);
        ssize_t n;
        while (got < size && (n = read(fd, text + got, size - got)) > 0)
            got += (size_t)n;
        text[got] = 0;
        if (strlen(text) != got) { /* binary */
            free(text);
            text = NULL;
        }
    }
    close(fd);
    return text;
}

static source_file *find_file(pc_source_cache *cache, const char *path)
{
    for (source_file *f = cache->files; f; f = f->next)
        if (!strcmp(f->path, path))
            return f;
    source_file *file = pc_malloc(sizeof(*file));
    *file = (source_file){.path = pc_strdup(path), .text = read_file(&cache->folders, cache->root, path), .next = cache->files};
    size_t capacity = 0;
    for (char *p = file->text; p && *p;) {
        file->lines = pc_grow(file->lines, file->count, &capacity, sizeof(*file->lines));
        file->lines[file->count++] = p;
        char *end = p + strcspn(p, "\r\n");
        char *next = end + (end[0] == '\r' && end[1] == '\n' ? 2 : *end ? 1 : 0);
        *end = 0;
        p = next;
    }
    cache->files = file;
    return file;
}

static const char *skip_blanks(const char *p)
{
    while (*p == ' ' || *p == '\t' || *p == '\f')
        p++;
    return p;
}

/* "def name(", "async def name[", "class name:" */
static bool defines(const char *line, const char *name)
{
    static const char *const words[] = {"def ", "class "};
    line = skip_blanks(line);
    if (!strncmp(line, "async ", 6))
        line = skip_blanks(line + 6);
    for (size_t i = 0; i < PC_ARRAY_SIZE(words); i++) {
        size_t n = strlen(words[i]), m = strlen(name);
        const char *p = skip_blanks(line + (strncmp(line, words[i], n) ? 0 : n));
        if (p != line && !strncmp(p, name, m) && !isalnum((unsigned char)p[m]) && p[m] != '_')
            return true;
    }
    return false;
}

const char *pc_source_line(pc_source_cache *cache, const char *path, int64_t line, int64_t first_line, const char *function)
{
    if (!path || line < 1)
        return NULL;
    source_file *file = find_file(cache, path);
    if (!file->text || (uint64_t)line > file->count)
        return NULL;
    bool fits = !function || function[0] == '<' || first_line < 1; /* <module>, <lambda>, <listcomp>: no name to look for */
    for (int64_t i = first_line; !fits && i <= line && i <= first_line + 100; i++)
        fits = defines(file->lines[i - 1], function);
    const char *text = skip_blanks(file->lines[line - 1]);
    return fits && *text ? text : NULL;
}
