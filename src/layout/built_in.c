#include "layout/built_in.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/limits.h"

/* Made by scripts/pack-tables.sh: a line "NAME PACKED-SIZE" for each table, an empty one, then the tables, each packed by gzip. */
__asm__(".pushsection .rodata\n"
        "pc_built_in_begin: .incbin \"" PC_BUILT_IN_TABLES "\"\n"
        "pc_built_in_end: .byte 0\n"
        ".popsection\n");
extern const char pc_built_in_begin[], pc_built_in_end[];

typedef struct built_in {
    char path[64];
    const char *packed;
    size_t size;
} built_in;

static built_in *tables;
static size_t table_count;

static void read_index(void)
{
    const char *p = pc_built_in_begin, *data = strstr(p, "\n\n");
    size_t capacity = 0;
    data = data ? data + 2 : pc_built_in_end;
    tables = pc_grow(NULL, 0, &capacity, sizeof(*tables));
    for (int used; p < data && *p != '\n'; p += used) {
        built_in t;
        char name[sizeof(t.path) - sizeof(PC_BUILT_IN)];
        used = 0;
        if (sscanf(p, "%53s %zu%n", name, &t.size, &used) != 2 || p[used] != '\n' || t.size > (size_t)(pc_built_in_end - data))
            break;
        used++;
        snprintf(t.path, sizeof(t.path), PC_BUILT_IN "%s", name);
        t.packed = data;
        data += t.size;
        tables = pc_grow(tables, table_count, &capacity, sizeof(*tables));
        tables[table_count++] = t;
    }
}

const char *pc_built_in_path(size_t i)
{
    if (!tables)
        read_index();
    return i < table_count ? tables[i].path : NULL;
}

pc_error *pc_built_in_read(const char *path, size_t most, char **ret_text, size_t *ret_size)
{
    size_t i = 0;
    const char *known;
    while ((known = pc_built_in_path(i)) && strcmp(known, path))
        i++;
    if (!known)
        return pc_error_create(PC_ERROR_IO, "%s: this pycore has no such table", path);
    char *text = pc_malloc(most + 1);
    z_stream z = {.next_in = (Bytef *)(uintptr_t)tables[i].packed, .avail_in = (uInt)tables[i].size, .next_out = (Bytef *)text, .avail_out = (uInt)most};
    int status = inflateInit2(&z, 15 + 16);
    if (status == Z_OK)
        status = inflate(&z, Z_FINISH);
    size_t size = most - z.avail_out;
    inflateEnd(&z);
    if (status != Z_STREAM_END && z.avail_out) {
        free(text);
        return pc_error_create(PC_ERROR_FORMAT, "%s: damaged", path);
    }
    *ret_text = text;
    *ret_size = size;
    return NULL;
}
