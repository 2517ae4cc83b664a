#include "layout/built_in.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/limits.h"

/* Made by scripts/pack-tables.sh: a line "NAME HEAD PACKED" for each table, an empty one, then the tables, of each HEAD bytes of what
 * stands before its first module, and PACKED bytes of all, packed by gzip. */
__asm__(".pushsection .rodata\n"
        "pc_built_in_begin: .incbin \"" PC_BUILT_IN_TABLES "\"\n"
        "pc_built_in_end: .byte 0\n"
        ".popsection\n");
extern const char pc_built_in_begin[], pc_built_in_end[];

typedef struct built_in {
    char path[64];
    const char *head, *packed;
    size_t head_size, size;
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
        if (sscanf(p, "%53s %zu %zu%n", name, &t.head_size, &t.size, &used) != 3 || p[used] != '\n' || t.head_size > (size_t)(pc_built_in_end - data) ||
            t.size > (size_t)(pc_built_in_end - data) - t.head_size)
            break;
        used++;
        snprintf(t.path, sizeof(t.path), PC_BUILT_IN "%s", name);
        t.head = data;
        t.packed = data + t.head_size;
        data += t.head_size + t.size;
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

static pc_error *find(const char *path, const built_in **ret_table)
{
    const char *known;
    for (size_t i = 0; (known = pc_built_in_path(i)); i++)
        if (!strcmp(known, path)) {
            *ret_table = &tables[i];
            return NULL;
        }
    return pc_error_create(PC_ERROR_IO, "%s: this pycore has no such table", path);
}

pc_error *pc_built_in_head(const char *path, const char **ret_text, size_t *ret_size)
{
    const built_in *t;
    PC_TRY(find(path, &t));
    *ret_text = t->head;
    *ret_size = t->head_size;
    return NULL;
}

pc_error *pc_built_in_read(const char *path, char **ret_text, size_t *ret_size)
{
    const built_in *t;
    PC_TRY(find(path, &t));
    char *text = pc_malloc(PC_LIMIT_TABLE);
    z_stream z = {.next_in = (Bytef *)(uintptr_t)t->packed, .avail_in = (uInt)t->size, .next_out = (Bytef *)text, .avail_out = PC_LIMIT_TABLE};
    int status = inflateInit2(&z, 15 + 16);
    if (status == Z_OK)
        status = inflate(&z, Z_FINISH);
    size_t size = PC_LIMIT_TABLE - z.avail_out;
    inflateEnd(&z);
    if (status != Z_STREAM_END) {
        free(text);
        return pc_error_create(PC_ERROR_FORMAT, "%s: damaged", path);
    }
    *ret_text = text;
    *ret_size = size;
    return NULL;
}
