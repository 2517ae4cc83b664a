#include "layout/tables.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "layout/built_in.h"

static void add(pc_tables *tables, char *path)
{
    tables->items = pc_grow(tables->items, tables->count, &tables->capacity, sizeof(*tables->items));
    tables->items[tables->count++] = (pc_table){.path = path};
}

static int by_path(const void *a, const void *b)
{
    const pc_table *x = a, *y = b;
    return strcmp(x->path, y->path);
}

/* All have been added. */
static void sort(pc_tables *tables)
{
    if (tables->count)
        qsort(tables->items, tables->count, sizeof(*tables->items), by_path);
    tables->tried = pc_malloc(tables->count);
    memset(tables->tried, false, tables->count);
}

pc_error *pc_tables_open(pc_tables *tables, const char *directory)
{
    *tables = (pc_tables){0};
    DIR *dir = opendir(directory);
    if (!dir)
        return pc_error_create(PC_ERROR_IO, "%s: %s", directory, strerror(errno));
    for (struct dirent *e; tables->count < PC_LIMIT_TABLES && (e = readdir(dir));) {
        const char *dot = strrchr(e->d_name, '.');
        if (!dot || dot == e->d_name || strcmp(dot, ".table"))
            continue;
        pc_buffer path = {0};
        pc_buffer_puts(&path, directory);
        pc_buffer_putc(&path, '/');
        pc_buffer_puts(&path, e->d_name);
        add(tables, path.data);
    }
    closedir(dir);
    sort(tables);
    return NULL;
}

/* Those that are in this program, in their order. */
static void add_built_in(pc_tables *tables)
{
    const char *path;
    *tables = (pc_tables){0};
    for (size_t i = 0; (path = pc_built_in_path(i)); i++)
        add(tables, pc_strdup(path));
    sort(tables);
}

/* Reads the head of one; false where it cannot be read. */
static bool read_head(pc_tables *tables, size_t i)
{
    pc_table *item = &tables->items[i], read;
    if (!tables->tried[i] && pc_ok(pc_table_read(item->path, true, &read))) {
        free(item->path);
        *item = read;
    }
    tables->tried[i] = true;
    return item->abi.bits;
}

static bool has_any(pc_tables *tables)
{
    for (size_t i = 0; i < tables->count; i++)
        if (read_head(tables, i))
            return true;
    return false;
}

/* A folder beside the program counts only if who owns the program owns it too: a program that somebody has put into a folder
 * where all may write does not read what others left there. */
static bool open_beside(pc_tables *tables, const char *program, const char *relative)
{
    const char *slash = strrchr(program, '/');
    struct stat file, folder;
    PC_AUTO_BUFFER path = {0};
    pc_buffer_printf(&path, "%.*s/%s", (int)(slash ? slash - program : 0), program, relative);
    return slash && !stat(program, &file) && !stat(path.data, &folder) && S_ISDIR(folder.st_mode) && file.st_uid == folder.st_uid &&
           pc_ok(pc_tables_open(tables, path.data));
}

static void open_installed(pc_tables *tables)
{
    static const char *const places[] = {"versions", "../share/pycore/versions"};
    char program[4096];
    ssize_t length = readlink("/proc/self/exe", program, sizeof(program) - 1);
    for (size_t i = 0; length > 0 && i < PC_ARRAY_SIZE(places); i++) {
        program[length] = 0;
        if (open_beside(tables, program, places[i])) {
            if (has_any(tables))
                return;
            pc_tables_deinit(tables);
        }
    }
    if (pc_ok(pc_tables_open(tables, PC_VERSIONS_DIR))) {
        if (has_any(tables))
            return;
        pc_tables_deinit(tables);
    }
    add_built_in(tables);
}

void pc_tables_want_installed(pc_tables *tables)
{
    *tables = (pc_tables){.wanted = true};
}

static void list(pc_tables *tables)
{
    if (tables->wanted)
        open_installed(tables);
}

void pc_tables_load(pc_tables *tables)
{
    list(tables);
    for (size_t i = 0; i < tables->count; i++)
        read_head(tables, i);
}

void pc_tables_deinit(pc_tables *tables)
{
    if (!tables)
        return;
    for (size_t i = 0; i < tables->count; i++) {
        pc_tables_drop(tables, &tables->items[i]);
        pc_table_deinit(&tables->items[i]);
    }
    free(tables->items);
    free(tables->tried);
    free(tables->whole);
    *tables = (pc_tables){0};
}

void pc_tables_drop(pc_tables *tables, const pc_table *head)
{
    pc_table **whole = tables->whole ? &tables->whole[head - tables->items] : NULL;
    if (!whole || !*whole)
        return;
    pc_table_deinit(*whole);
    free(*whole);
    *whole = NULL;
}

pc_error *pc_tables_read(pc_tables *tables, const pc_table *head, const pc_table **ret_table)
{
    size_t i = (size_t)(head - tables->items);
    if (!tables->whole) {
        tables->whole = pc_malloc(tables->count * sizeof(pc_table *));
        memset(tables->whole, 0, tables->count * sizeof(pc_table *));
    }
    if (!tables->whole[i]) {
        pc_table read;
        PC_TRY(pc_table_read(head->path, false, &read));
        tables->whole[i] = pc_malloc(sizeof(read));
        *tables->whole[i] = read;
    }
    *ret_table = tables->whole[i];
    return NULL;
}

void pc_tables_foresee(pc_tables *tables, const char *version, const char *build_id)
{
    pc_abi abi = {0};
    bool known = version && pc_abi_parse(version, &abi);
    for (size_t i = 0; i < tables->count; i++) {
        const pc_table *head = &tables->items[i], *whole;
        if ((known && abi.major == head->abi.major && abi.minor == head->abi.minor && abi.debug == head->abi.debug &&
             abi.free_threaded == head->abi.free_threaded) ||
            pc_table_has_build(head, PC_MODULE_INTERPRETER, build_id))
            pc_error_destroy(pc_tables_read(tables, head, &whole));
    }
}

static int64_t apart(int64_t a, int64_t b)
{
    return a < b ? b - a : a - b;
}

/* Build-id before all; then the minor version, the flags, the nearest patch. */
static int64_t distance_to(const pc_table *t, const pc_abi_hint *h, pc_layout_module module)
{
    int64_t far = 0, patch = 1000;
    if (h->build_id && *h->build_id && pc_table_has_build(t, module, h->build_id))
        return 0;
    if (h->has_minor)
        far += apart(t->abi.major * 100 + t->abi.minor, h->abi.major * 100 + h->abi.minor) * 1000000;
    else
        far += 999 - (t->abi.major * 100 + t->abi.minor); /* the newest first */
    if (h->has_flags)
        far += (t->abi.debug != h->abi.debug) * 100000 + (t->abi.free_threaded != h->abi.free_threaded) * 200000;
    else
        far += t->abi.debug * 20000 + t->abi.free_threaded * 40000;
    for (size_t i = 0; i < t->build_count; i++)
        if (t->builds[i].module == module) {
            int64_t d = h->has_micro ? apart(t->builds[i].micro, h->abi.micro) : 0;
            patch = d < patch ? d : patch;
        }
    return 1 + far + patch;
}

static int by_distance(const void *a, const void *b)
{
    const pc_table_choice *x = a, *y = b;
    if (x->distance != y->distance)
        return x->distance < y->distance ? -1 : 1;
    return strcmp(x->table->path, y->table->path);
}

pc_table_choice *pc_tables_choose(pc_tables *tables, const pc_abi_hint *hint, pc_layout_module module, size_t *ret_count)
{
    size_t count = 0;
    pc_tables_load(tables);
    pc_table_choice *choices = pc_malloc((tables->count + 1) * sizeof(*choices));
    for (size_t i = 0; i < tables->count; i++) {
        const pc_table *t = &tables->items[i];
        bool has = false;
        for (size_t k = 0; k < t->build_count && !has; k++)
            has = t->builds[k].module == module;
        if (!has || t->abi.bits != hint->abi.bits || t->abi.big_endian != hint->abi.big_endian)
            continue;
        int64_t d = distance_to(t, hint, module);
        choices[count++] = (pc_table_choice){
            .table = t,
            .exact = !d,
            .is_version = hint->has_minor && t->abi.major == hint->abi.major && t->abi.minor == hint->abi.minor,
            .distance = d,
        };
    }
    if (count)
        qsort(choices, count, sizeof(*choices), by_distance);
    *ret_count = count;
    return choices;
}

/* Whether a file's name does not deny that it is a table of this version: "3.13.5t-64.table", or one that somebody made up. */
static bool may_be_named_for(const char *path, const char *version, size_t length)
{
    const char *name = path + strlen(path);
    while (name > path && name[-1] != '/' && name[-1] != ':')
        name--;
    bool is_version = *name >= '0' && *name <= '9';
    return !is_version || (!strncmp(name, version, length) && !(name[length] >= '0' && name[length] <= '9'));
}

/* The first, in the order of names, that has the build-id and is of the version; the name only saves looking at others. */
static const pc_table *find_named(pc_tables *tables, const pc_abi_hint *hint, pc_layout_module module)
{
    PC_AUTO_BUFFER version = {0};
    list(tables);
    pc_buffer_printf(&version, "%u.%u", hint->abi.major, hint->abi.minor);
    for (size_t i = 0; hint->has_minor && hint->build_id && i < tables->count; i++) {
        const pc_table *t = &tables->items[i];
        if (may_be_named_for(t->path, version.data, version.length) && read_head(tables, i) && t->abi.major == hint->abi.major &&
            t->abi.minor == hint->abi.minor && t->abi.bits == hint->abi.bits && t->abi.big_endian == hint->abi.big_endian &&
            pc_table_has_build(t, module, hint->build_id))
            return t;
    }
    return NULL;
}

static void choose(pc_table_choices *choices)
{
    choices->items = pc_tables_choose(choices->tables, choices->hint, choices->module, &choices->count);
    for (size_t i = 0; i < choices->count; i++)
        choices->has_version |= choices->items[i].is_version;
}

void pc_table_choices_begin(pc_table_choices *choices, pc_tables *tables, const pc_abi_hint *hint, pc_layout_module module)
{
    *choices = (pc_table_choices){.tables = tables, .hint = hint, .module = module, .named = find_named(tables, hint, module)};
    choices->has_version = choices->named;
    if (!choices->named)
        choose(choices);
}

bool pc_table_choices_next(pc_table_choices *choices, pc_table_choice *ret_choice)
{
    choices->given++;
    if (choices->named && choices->given == 1) {
        *ret_choice = (pc_table_choice){.table = choices->named, .exact = true, .is_version = true};
        return true;
    }
    if (!choices->items)
        choose(choices);
    while (choices->next < choices->count && choices->items[choices->next].table == choices->named)
        choices->next++;
    if (choices->next == choices->count)
        return false;
    *ret_choice = choices->items[choices->next++];
    return true;
}

void pc_table_choices_end(pc_table_choices *choices)
{
    free(choices->items);
    *choices = (pc_table_choices){0};
}

static bool same_struct(const pc_struct_place *a, const pc_struct_place *b)
{
    return !a->source == !b->source && a->size == b->size;
}

static bool same_field(const pc_field_place *a, const pc_field_place *b)
{
    return !a->source == !b->source && a->offset == b->offset && a->size == b->size && a->bits == b->bits && a->shift == b->shift;
}

static bool is_of(size_t field, int module)
{
    return (int)pc_struct_definitions[pc_field_definitions[field].owner].module == module;
}

static bool is_whole(const bool told[PC_FIELD_COUNT], int module)
{
    for (size_t i = 0; i < PC_FIELD_COUNT; i++)
        if (is_of(i, module) && !told[i])
            return false;
    return true;
}

/* A struct of which nothing is told is one of the newer pycore's. */
static bool is_told(const bool told[PC_FIELD_COUNT], size_t id)
{
    for (size_t i = 0; i < PC_FIELD_COUNT; i++)
        if (pc_field_definitions[i].owner == id && told[i])
            return true;
    return false;
}

static bool agrees(const pc_table *older, const bool told[PC_FIELD_COUNT], const pc_table *newer, int module)
{
    if (!newer->modules[module])
        return false;
    for (size_t i = 0; i < PC_STRUCT_COUNT; i++)
        if ((int)pc_struct_definitions[i].module == module && is_told(told, i) && !same_struct(&older->layout->structs[i], &newer->layout->structs[i]))
            return false;
    for (size_t i = 0; i < PC_FIELD_COUNT; i++)
        if (is_of(i, module) && told[i] && !same_field(&older->layout->fields[i], &newer->layout->fields[i]))
            return false;
    return true;
}

/* Takes what is not told; false where it was taken before and was otherwise. */
static bool take(pc_table *older, const bool told[PC_FIELD_COUNT], const pc_table *newer, int module, bool again)
{
    for (size_t i = 0; i < PC_STRUCT_COUNT; i++) {
        if ((int)pc_struct_definitions[i].module != module || is_told(told, i))
            continue;
        if (again && !same_struct(&older->layout->structs[i], &newer->layout->structs[i]))
            return false;
        older->layout->structs[i] = newer->layout->structs[i];
    }
    for (size_t i = 0; i < PC_FIELD_COUNT; i++) {
        if (!is_of(i, module) || told[i])
            continue;
        if (again && !same_field(&older->layout->fields[i], &newer->layout->fields[i]))
            return false;
        older->layout->fields[i] = newer->layout->fields[i];
    }
    return true;
}

pc_error *pc_tables_complete(pc_tables *tables, const bool told[PC_FIELD_COUNT], pc_table *table)
{
    unsigned found[PC_MODULE_COUNT] = {0};
    bool differ[PC_MODULE_COUNT] = {false};
    const pc_abi *a = &table->abi;
    bool whole = true;
    for (int m = 0; m < PC_MODULE_COUNT; m++)
        whole &= !table->modules[m] || is_whole(told, m);
    if (!whole)
        pc_tables_load(tables);
    for (size_t i = 0; !whole && i < tables->count; i++) {
        const pc_abi *b = &tables->items[i].abi;
        const pc_table *newer;
        if (a->major != b->major || a->minor != b->minor || a->bits != b->bits || a->big_endian != b->big_endian || a->debug != b->debug ||
            a->free_threaded != b->free_threaded || a->unicode != b->unicode || !pc_ok(pc_tables_read(tables, &tables->items[i], &newer)))
            continue;
        for (int m = 0; m < PC_MODULE_COUNT; m++)
            if (table->modules[m] && !is_whole(told, m) && agrees(table, told, newer, m))
                differ[m] |= !take(table, told, newer, m, found[m]++);
    }
    for (int m = 0; m < PC_MODULE_COUNT; m++) {
        if (!table->modules[m] || is_whole(told, m) || (found[m] && !differ[m]))
            continue;
        if (m == PC_MODULE_INTERPRETER)
            return pc_error_create(PC_ERROR_LAYOUT, "%s is of an older pycore, and no installed table says what that did not know", table->path);
        pc_layout_forget(table->layout, (pc_layout_module)m);
        table->modules[m] = false;
    }
    return NULL;
}
