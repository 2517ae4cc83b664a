#include "layout/table.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "layout/built_in.h"

#define FIRST_READ 8192 /* hardly any head is longer, and all of a folder are read */

void pc_table_deinit(pc_table *table)
{
    if (!table)
        return;
    free(table->path);
    free(table->builds);
    pc_buffer_deinit(&table->words);
    if (table->layout)
        free(table->layout->origin);
    free(table->layout);
    *table = (pc_table){0};
}

void pc_table_begin(pc_table *table)
{
    table->layout = pc_malloc(sizeof(*table->layout));
    pc_layout_init(table->layout);
}

void pc_layout_forget(pc_layout *layout, pc_layout_module module)
{
    for (size_t i = 0; i < PC_STRUCT_COUNT; i++)
        if (pc_struct_definitions[i].module == module)
            layout->structs[i] = (pc_struct_place){0};
    for (size_t i = 0; i < PC_FIELD_COUNT; i++)
        if (pc_struct_definitions[pc_field_definitions[i].owner].module == module)
            layout->fields[i] = (pc_field_place){0};
}

void pc_layout_adopt(pc_layout *layout, pc_layout_module module, const pc_layout *from)
{
    for (size_t i = 0; i < PC_STRUCT_COUNT; i++)
        if (pc_struct_definitions[i].module == module)
            layout->structs[i] = from->structs[i];
    for (size_t i = 0; i < PC_FIELD_COUNT; i++)
        if (pc_struct_definitions[pc_field_definitions[i].owner].module == module)
            layout->fields[i] = from->fields[i];
}

/* ---- versions ---- */

bool pc_abi_parse_flags(const char *p, pc_abi *abi)
{
    size_t at = 0;
    if (p[at] == 'd') {
        abi->debug = true;
        at++;
    }
    if (p[at] == 't') {
        abi->free_threaded = true;
        at++;
    }
    if (p[at] == 'u' && (p[at + 1] == '2' || p[at + 1] == '4')) {
        abi->unicode = (unsigned)(p[at + 1] - '0');
        at += 2;
    }
    return !p[at];
}

static bool parse_version(const char **text, unsigned count, unsigned *ret_parts)
{
    const char *p = *text;
    for (unsigned i = 0; i < count; i++) {
        const char *first = p;
        for (ret_parts[i] = 0; *p >= '0' && *p <= '9' && p - first <= 3; p++)
            ret_parts[i] = ret_parts[i] * 10 + (unsigned)(*p - '0');
        if (p == first || p - first > 3)
            return false;
        if (i + 1 < count && *p++ != '.')
            return false;
    }
    *text = p;
    return true;
}

bool pc_abi_parse_minor(const char *text, pc_abi *abi)
{
    unsigned parts[2];
    if (!parse_version(&text, 2, parts) || *text)
        return false;
    abi->major = parts[0];
    abi->minor = parts[1];
    return true;
}

bool pc_abi_parse(const char *text, pc_abi *abi)
{
    unsigned parts[3];
    pc_abi result = *abi;
    if (!parse_version(&text, 3, parts))
        return false;
    result.major = parts[0];
    result.minor = parts[1];
    result.micro = parts[2];
    /* a pre-release: 3.15.0a2, 3.14.0rc1 */
    size_t letters = *text == 'a' || *text == 'b' ? 1 : !strncmp(text, "rc", 2) ? 2 : 0;
    if (letters && strspn(text + letters, "0123456789"))
        text += letters + strspn(text + letters, "0123456789");
    text += *text == '+';
    if (!pc_abi_parse_flags(text, &result))
        return false;
    *abi = result;
    return true;
}

static void print_flags(const pc_abi *abi, pc_buffer *buffer)
{
    if (abi->debug)
        pc_buffer_putc(buffer, 'd');
    if (abi->free_threaded)
        pc_buffer_putc(buffer, 't');
    if (abi->unicode)
        pc_buffer_printf(buffer, "u%u", abi->unicode);
}

void pc_abi_print(const pc_abi *abi, pc_buffer *buffer)
{
    pc_buffer_printf(buffer, "%u.%u", abi->major, abi->minor);
    print_flags(abi, buffer);
}

/* ---- reading ---- */

static pc_error *read_built_in(const char *path, bool head_only, pc_table *ret_table)
{
    const char *head;
    char *whole;
    size_t length;
    bool ended;
    if (head_only) {
        PC_TRY(pc_built_in_head(path, &head, &length));
        return pc_table_parse_head(head, length, path, &ended, ret_table);
    }
    PC_TRY(pc_built_in_read(path, &whole, &length));
    pc_error *error = pc_table_parse(whole, length, path, ret_table);
    free(whole);
    return error;
}

static void read_until(int fd, char *text, size_t wanted, size_t *size)
{
    for (ssize_t n; *size < wanted && (n = read(fd, text + *size, wanted - *size)) > 0;)
        *size += (size_t)n;
}

static pc_error *read_whole(int fd, const char *path, size_t wanted, pc_table *ret_table)
{
    size_t size = 0;
    char *text = pc_malloc(wanted + 1);
    read_until(fd, text, wanted, &size);
    pc_error *error = pc_table_parse(text, size, path, ret_table);
    free(text);
    return error;
}

static pc_error *read_head(int fd, const char *path, size_t wanted, pc_table *ret_table)
{
    char first[FIRST_READ];
    size_t step = wanted < sizeof(first) ? wanted : sizeof(first), size = 0;
    bool ended;
    first[0] = 0; /* an empty file */
    read_until(fd, first, step, &size);
    const char *newline = size == step && step < wanted ? memrchr(first, '\n', size) : NULL;
    size_t lines = newline ? (size_t)(newline + 1 - first) : size;
    pc_error *error = pc_table_parse_head(first, lines, path, &ended, ret_table);
    if (ended || size < step || step == wanted)
        return error;
    if (error)
        pc_error_destroy(error);
    else
        pc_table_deinit(ret_table);
    char *text = pc_malloc(wanted + 1);
    memcpy(text, first, size);
    read_until(fd, text, wanted, &size);
    error = pc_table_parse_head(text, size, path, &ended, ret_table);
    free(text);
    return error;
}

pc_error *pc_table_read(const char *path, bool head_only, pc_table *ret_table)
{
    if (!strncmp(path, PC_BUILT_IN, strlen(PC_BUILT_IN)))
        return read_built_in(path, head_only, ret_table);
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return pc_error_create(PC_ERROR_IO, "%s: %s", path, strerror(errno));
    if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
        close(fd);
        return pc_error_create(PC_ERROR_IO, "%s: not a regular file", path);
    }
    size_t wanted = head_only ? PC_LIMIT_TABLE_HEAD : PC_LIMIT_TABLE + 1;
    if (st.st_size >= 0 && (uint64_t)st.st_size < wanted)
        wanted = (size_t)st.st_size;
    pc_error *error = head_only ? read_head(fd, path, wanted, ret_table) : read_whole(fd, path, wanted, ret_table);
    close(fd);
    return error;
}

/* ---- writing ---- */

static void print_field(const pc_layout *layout, size_t i, pc_buffer *buffer)
{
    const pc_field_place *f = &layout->fields[i];
    const pc_field_definition *d = &pc_field_definitions[i];
    if (!f->source) {
        pc_buffer_printf(buffer, "  %s absent\n", d->id);
        return;
    }
    pc_buffer_printf(buffer, "  %s %.*s offset %u size %u ", d->id, (int)f->path_length, f->path, f->offset, f->size);
    if (f->bits)
        pc_buffer_printf(buffer, "bits %u at %u\n", f->bits, f->shift);
    else
        pc_buffer_printf(buffer, "%s\n", pc_field_kind_names[d->kind]);
}

void pc_table_print(const pc_table *table, pc_buffer *buffer)
{
    char name[PC_TABLE_WORD];
    PC_AUTO_BUFFER flags = {0};
    print_flags(&table->abi, &flags);
    pc_buffer_printf(buffer, "pycore-layout 1\npython %u.%u flags %s word %u order %s\n", table->abi.major, table->abi.minor,
                     flags.length ? flags.data : "-", table->abi.bits, table->abi.big_endian ? "big" : "little");
    for (size_t i = 0; i < table->build_count; i++) {
        const char *version = table->words.data + table->builds[i].words, *build_id = version + strlen(version) + 1, *origin = build_id + strlen(build_id) + 1;
        pc_layout_module_name((pc_layout_module)table->builds[i].module, name, sizeof(name));
        pc_buffer_printf(buffer, "build %s %s %s %s\n", name, version, *build_id ? build_id : "-", origin);
    }
    for (int m = 0; m < PC_MODULE_COUNT; m++) {
        if (!table->modules[m])
            continue;
        pc_layout_module_name((pc_layout_module)m, name, sizeof(name));
        pc_buffer_printf(buffer, "module %s\n", name);
        for (size_t i = 0; i < PC_STRUCT_COUNT; i++) {
            const pc_struct_definition *d = &pc_struct_definitions[i];
            if ((int)d->module != m)
                continue;
            pc_buffer_printf(buffer, "struct %s %.*s ", d->id, (int)strcspn(d->names, "|"), d->names);
            if (table->layout->structs[i].source)
                pc_buffer_printf(buffer, "size %u\n", table->layout->structs[i].size);
            else
                pc_buffer_puts(buffer, "absent\n");
            for (size_t k = 0; k < PC_FIELD_COUNT; k++)
                if (pc_field_definitions[k].owner == i)
                    print_field(table->layout, k, buffer);
        }
    }
}
