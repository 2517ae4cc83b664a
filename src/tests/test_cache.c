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
    CU_add_test(suite, "the folder of one run", test_own);
}
