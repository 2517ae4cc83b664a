/* The folders of layouts that are kept: where they are, and when there is none. What is in them is held against real reports by
 * the end-to-end tests. */
#include <CUnit/CUnit.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "layout/cache.h"
#include "layout/places.h"
#include "tests/check.h"
#include "tests/unit.h"

/* Environment variables of one name are set back by whoever changes them. */
static char *keep(const char *name)
{
    const char *value = getenv(name);
    return value ? pc_strdup(value) : NULL;
}

static void set_back(const char *name, char *value)
{
    if (value)
        setenv(name, value, 1);
    else
        unsetenv(name);
    free(value);
}

static void test_places(void)
{
    static const struct {
        const char *cache, *home; /* NULL: not set */
        const char *to_make;      /* below the folder; NULL: none */
    } rows[] = {
        {NULL, NULL, NULL},    {"", NULL, NULL},        {"relative", "/", NULL}, {NULL, "relative", NULL}, {"", "", NULL},
        {"@", "/home", "@"},   {"@", NULL, "@"},        {NULL, "@", "@/.cache"}, {"", "@", "@/.cache"},    {"./@", NULL, NULL},
        {"@/file", NULL, NULL},
    };
    char folder[] = "/tmp/pycore-unit-XXXXXX";
    char *cache_home = keep("XDG_CACHE_HOME"), *home = keep("HOME");
    CHECK(mkdtemp(folder) != NULL);
    PC_AUTO_BUFFER file = {0};
    pc_buffer_printf(&file, "%s/file", folder);
    int fd = open(file.data, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    CHECK(fd >= 0);
    close(fd);
    for (size_t i = 0; i < PC_ARRAY_SIZE(rows); i++) {
        const char *texts[] = {rows[i].cache, rows[i].home, rows[i].to_make};
        pc_buffer paths[3] = {{0}};
        for (size_t k = 0; k < PC_ARRAY_SIZE(texts); k++)
            for (const char *p = texts[k]; p && *p; p++)
                pc_buffer_printf(&paths[k], "%.*s", *p == '@' ? 100 : 1, *p == '@' ? folder : p);
        unsetenv("XDG_CACHE_HOME");
        unsetenv("HOME");
        if (rows[i].cache)
            setenv("XDG_CACHE_HOME", pc_buffer_text(&paths[0]), 1);
        if (rows[i].home)
            setenv("HOME", pc_buffer_text(&paths[1]), 1);
        check_context("row %zu", i);
        pc_cache cache;
        pc_cache_open_user(&cache, true);
        CHECK_UINT(cache.user + 1, 0);
        CHECK_TEXT(cache.to_make, rows[i].to_make ? pc_buffer_text(&paths[2]) : NULL);
        pc_cache_close(&cache);
        /* who only reads makes nothing */
        pc_cache_open_user(&cache, false);
        CHECK(cache.user < 0 && !cache.to_make);
        pc_cache_close(&cache);
        for (size_t k = 0; k < PC_ARRAY_SIZE(paths); k++)
            pc_buffer_deinit(&paths[k]);
    }
    check_context("%s", "");
    set_back("XDG_CACHE_HOME", cache_home);
    set_back("HOME", home);
    CHECK(!unlink(file.data) && !rmdir(folder));
}

/* A layout in which some things are absent, and a field has each alternative of its path. */
static void fill(pc_layout *layout)
{
    pc_layout_init(layout);
    for (size_t i = 0; i < PC_STRUCT_COUNT; i++)
        if (i % 5)
            layout->structs[i] = (pc_struct_place){.source = PC_SOURCE_DWARF, .size = 8000 + (uint32_t)i};
    for (size_t i = 0; i < PC_FIELD_COUNT; i++) {
        const pc_field_definition *d = &pc_field_definitions[i];
        if (!layout->structs[d->owner].source || i % 7 == 6)
            continue;
        const char *last = strrchr(d->path, '|'), *path = i % 2 && last ? last + 1 : d->path;
        layout->fields[i] = (pc_field_place){.source = PC_SOURCE_DWARF, .offset = (uint32_t)(8 * i), .size = i % 3 ? 8 : 1, .path = path, .path_length = strcspn(path, "|")};
        if (d->kind == PC_KIND_BITS)
            layout->fields[i].bits = layout->fields[i].shift = 3;
    }
}

static bool same_place(const pc_field_place *a, const pc_field_place *b)
{
    return a->source == b->source && a->offset == b->offset && a->size == b->size && a->bits == b->bits && a->shift == b->shift && a->path == b->path &&
           a->path_length == b->path_length;
}

static bool has_any(const pc_layout *layout)
{
    bool any = false;
    for (size_t i = 0; i < PC_FIELD_COUNT; i++)
        any |= layout->fields[i].source != PC_SOURCE_NONE;
    for (size_t i = 0; i < PC_STRUCT_COUNT; i++)
        any |= layout->structs[i].source != PC_SOURCE_NONE;
    return any;
}

static void test_entry(void)
{
    pc_layout layout, read;
    fill(&layout);
    for (int m = 0; m < PC_MODULE_COUNT; m++) {
        PC_AUTO_BUFFER text = {0}, again = {0};
        pc_layout_module module = (pc_layout_module)m;
        check_context("module %d", m);
        pc_places_print(&layout, module, &text);
        pc_layout_init(&read);
        CHECK(pc_places_parse(pc_buffer_text(&text), text.length, module, PC_SOURCE_DWARF, &read));
        for (size_t i = 0; i < PC_STRUCT_COUNT; i++) {
            bool is_its = pc_struct_definitions[i].module == module;
            CHECK(read.structs[i].source == (is_its ? layout.structs[i].source : PC_SOURCE_NONE) && (!is_its || read.structs[i].size == layout.structs[i].size));
        }
        for (size_t i = 0; i < PC_FIELD_COUNT; i++)
            CHECK(same_place(&read.fields[i], pc_struct_definitions[pc_field_definitions[i].owner].module == module ? &layout.fields[i] : &(pc_field_place){0}));
        pc_places_print(&read, module, &again);
        CHECK_TEXT(pc_buffer_text(&again), pc_buffer_text(&text));
        /* a line less, a line more, cut anywhere: nothing is left of it */
        pc_buffer_puts(&again, "-\n");
        pc_layout_init(&read);
        CHECK(!pc_places_parse(again.data, again.length, module, PC_SOURCE_DWARF, &read) && !has_any(&read));
        for (size_t n = 0; n < text.length; n += 1 + n / 50)
            CHECK(!pc_places_parse(text.data, n, module, PC_SOURCE_DWARF, &read) && !has_any(&read));
    }
    check_context("%s", "");
}

/* The first struct, PyObject, has three fields: two numbers and a pointer. */
static void test_hostile_entry(void)
{
    static const char *const good[] = {"16\n0 8 0\n-\n8 8 0\n", "16\n-\n-\n-\n", "-\n-\n-\n-\n", "16\n0 8 0 3 2\n-\n8 8 0\n"};
    static const char *const bad[] = {
        "16\n0 8 0\n-\n8 8 0",       "16\n0 8 0\n-\n8 9 0\n",  "16\n0 8 0\n-\n8 0 0\n",    "16\n0 8 0\n-\n9 8 0\n",     "16\n0 8 0\n-\n17 8 0\n",
        "16\n0 8 0\n-\n08 8 0\n",   "16\n0 8 0\n-\n8 8 99\n", "16\n0 8 0\n-\n8 8\n",      "16\n0 8 0\n-\n8 8 0 \n",    "16\n0 8 0\n-\n8 8 0 3\n",
        "16\n0 8 0\n-\n8 8 0 0 1\n", "16\n0 8 0\n-\n8 8 0 65 0\n", "16\n0 8 0\n-\n8 1 0 4 5\n", "16\n0 8 0\n-\n8 8 0 4 64\n", "16\n0 8 0\n-\n-8 8 0\n",
        "16\n0 8 0\n-\n 8 8 0\n",   "-\n0 8 0\n-\n8 8 0\n",   "99999999999999999999\n-\n-\n-\n", "100000000\n-\n-\n-\n", "\n-\n-\n-\n",
        "16\n18446744073709551616 8 0\n-\n-\n",
    };
    CHECK_UINT(pc_layout_first_field(PC_STRUCT_OBJECT_COUNTS), 3);
    for (size_t i = 0; i < PC_ARRAY_SIZE(good) + PC_ARRAY_SIZE(bad); i++) {
        const char *begin = i < PC_ARRAY_SIZE(good) ? good[i] : bad[i - PC_ARRAY_SIZE(good)];
        PC_AUTO_BUFFER rest = {0}, text = {0};
        pc_layout layout;
        pc_layout_init(&layout);
        /* all that comes behind is absent */
        pc_places_print(&layout, PC_MODULE_INTERPRETER, &rest);
        pc_buffer_printf(&text, "%s%s", begin, rest.data + strlen("-\n-\n-\n-\n"));
        check_context("%s", begin);
        bool read = pc_places_parse(text.data, text.length, PC_MODULE_INTERPRETER, PC_SOURCE_DWARF, &layout);
        CHECK(read == (i < PC_ARRAY_SIZE(good)));
        CHECK(read || !has_any(&layout));
    }
    check_context("%s", "");
}

static void test_own(void)
{
    char folder[] = "/tmp/pycore-unit-XXXXXX";
    char *temporary = keep("TMPDIR");
    struct stat st;
    pc_cache cache;
    CHECK(mkdtemp(folder) != NULL);
    setenv("TMPDIR", folder, 1);
    pc_cache_init(&cache);
    pc_cache_add_own(&cache);
    CHECK(cache.own >= 0 && cache.own_path && !strncmp(cache.own_path, folder, strlen(folder)));
    CHECK(!stat(cache.own_path, &st) && S_ISDIR(st.st_mode) && (st.st_mode & 07777) == 0700);
    int fd = openat(cache.own, "0123-interpreter-0123456789abcdef.layout", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    CHECK(fd >= 0);
    close(fd);
    /* a worker lets go of it, and it is still there */
    int status = -1;
    pid_t child = fork();
    if (!child) {
        pc_cache_close(&cache);
        _exit(0);
    }
    CHECK(child > 0 && waitpid(child, &status, 0) == child && !status);
    CHECK(!fstatat(cache.own, "0123-interpreter-0123456789abcdef.layout", &st, 0));
    PC_AUTO_BUFFER path = {0};
    pc_buffer_puts(&path, cache.own_path);
    pc_cache_close(&cache);
    CHECK(stat(path.data, &st) && errno == ENOENT);
    CHECK(cache.own < 0 && !cache.own_path);
    pc_cache_close(NULL);
    setenv("TMPDIR", "/nonexistent", 1);
    pc_cache_add_own(&cache);
    CHECK(cache.own < 0 && !cache.own_path);
    pc_cache_close(&cache);
    set_back("TMPDIR", temporary);
    CHECK(!rmdir(folder));
}

void suite_cache(void)
{
    CU_pSuite suite = CU_add_suite("cache", NULL, NULL);
    CU_add_test(suite, "where the user's folder is", test_places);
    CU_add_test(suite, "what is in an entry", test_entry);
    CU_add_test(suite, "hostile entries", test_hostile_entry);
    CU_add_test(suite, "the folder of one run", test_own);
}
