/* Paths in another tree: links are followed inside of it, and nothing leads out. */
#include <CUnit/CUnit.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "target/sysroot.h"
#include "tests/check.h"
#include "tests/unit.h"

static const char *const folders[] = {"/usr", "/usr/lib", "/usr/lib64", "/etc"};
static const char *const files[] = {"/usr/lib/libc.so.6.1", "/etc/passwd", "/file"};
static const struct {
    const char *path, *target;
} links[] = {
    {"/lib", "usr/lib"},                             /* as in a merged /usr */
    {"/usr/lib/libc.so.6", "libc.so.6.1"},           /* beside it */
    {"/usr/lib64/libc.so.6", "../lib/libc.so.6"},    /* through another one */
    {"/usr/lib/absolute", "/etc/passwd"},            /* of the tree, not of this machine */
    {"/usr/lib/out", "../../../../../../etc/passwd"}, /* .. of the root is the root */
    {"/usr/lib/up", ".."},
    {"/usr/slashes", "//usr//lib///"},
    {"/round", "/about"},
    {"/about", "round"},
    {"/self", "self/self"},
    {"/broken", "/nowhere"},
};
static const struct {
    const char *path, *found; /* NULL: nothing */
} rows[] = {
    {"/usr/lib/libc.so.6.1", "/usr/lib/libc.so.6.1"},
    {"/lib/libc.so.6", "/usr/lib/libc.so.6.1"},
    {"/usr/lib64/libc.so.6", "/usr/lib/libc.so.6.1"},
    {"//usr/./lib//libc.so.6", "/usr/lib/libc.so.6.1"},
    {"/usr/lib/absolute", "/etc/passwd"},
    {"/usr/lib/out", "/etc/passwd"},
    {"/../../etc/passwd", "/etc/passwd"},
    {"/lib/../etc/passwd", NULL}, /* .. of what the link leads to: there is no /usr/etc */
    {"/lib/../lib64/libc.so.6", "/usr/lib/libc.so.6.1"},
    {"/usr/lib/up/lib/libc.so.6", "/usr/lib/libc.so.6.1"},
    {"/usr/slashes/libc.so.6", "/usr/lib/libc.so.6.1"},
    {"/lib/", "/usr/lib"},
    {"/", ""},
    {"/file/", "/file"},
    {"/file/below", NULL},
    {"/file/..", NULL},
    {"/nothing", NULL},
    {"/broken", NULL},
    {"/round", NULL},
    {"/self", NULL},
    {"/usr/lib/libc.so.6.1 (deleted)", NULL},
};

static const char *at(const char *root, const char *path)
{
    static char text[4096];
    snprintf(text, sizeof(text), "%s%s", root, path);
    return text;
}

static bool make_tree(char *root)
{
    bool made = mkdtemp(root) != NULL;
    for (size_t i = 0; i < PC_ARRAY_SIZE(folders); i++)
        made = made && !mkdir(at(root, folders[i]), 0700);
    for (size_t i = 0; i < PC_ARRAY_SIZE(files); i++) {
        int fd = open(at(root, files[i]), O_CREAT | O_WRONLY, 0600);
        made = made && fd >= 0;
        close(fd);
    }
    for (size_t i = 0; i < PC_ARRAY_SIZE(links); i++)
        made = made && !symlink(links[i].target, at(root, links[i].path));
    return made;
}

static void remove_tree(const char *root)
{
    for (size_t i = 0; i < PC_ARRAY_SIZE(links); i++)
        unlink(at(root, links[i].path));
    for (size_t i = 0; i < PC_ARRAY_SIZE(files); i++)
        unlink(at(root, files[i]));
    for (size_t i = PC_ARRAY_SIZE(folders); i-- > 0;)
        rmdir(at(root, folders[i]));
    rmdir(root);
}

static void test_paths(void)
{
    char root[] = "/tmp/pycore-sysroot-XXXXXX";
    if (make_tree(root)) {
        for (size_t i = 0; i < PC_ARRAY_SIZE(rows); i++) {
            check_context("%s", rows[i].path);
            char *found = pc_sysroot_path(root, rows[i].path);
            CHECK_TEXT(found, rows[i].found ? at(root, rows[i].found) : NULL);
            free(found);
        }
    } else {
        CU_FAIL("the tree could not be made");
    }
    check_context("%s", "");
    remove_tree(root);
}

/* What is opened, and what is not: nothing but regular files, whatever leads to them. */
static void test_open(void)
{
    static const struct {
        const char *path;
        bool opened;
    } opens[] = {
        {"/usr/lib/libc.so.6.1", true}, {"/lib/libc.so.6", true}, {"/usr/lib64/libc.so.6", true}, {"/usr/lib/absolute", true},
        {"/usr/lib/out", true}, {"/../../etc/passwd", true}, {"/usr/lib", false}, {"/", false}, {"", false}, {"file", false},
        {"/round", false}, {"/broken", false}, {"/nothing", false}, {"/fifo", false}, {"/to_fifo", false}, {"/usr/kernel/self/exe", false},
    };
    char root[] = "/tmp/pycore-sysroot-XXXXXX";
    if (make_tree(root)) {
        PC_AUTO_BUFFER slashed = {0};
        CHECK(!mkfifo(at(root, "/fifo"), 0600) && !symlink("fifo", at(root, "/to_fifo")) && !symlink("/proc", at(root, "/usr/kernel")));
        pc_buffer_printf(&slashed, "%s//", root);
        for (size_t i = 0; i < PC_ARRAY_SIZE(opens); i++) {
            int fd = -1;
            char *found = NULL, *wanted = pc_sysroot_path(root, opens[i].path);
            check_context("%s", opens[i].path);
            bool opened = pc_ok(pc_sysroot_open(i % 2 ? slashed.data : root, opens[i].path, &fd, &found));
            CHECK_UINT(opened, opens[i].opened);
            CHECK_UINT(fd >= 0, opens[i].opened);
            if (opened) {
                CHECK_TEXT(found, wanted);
                close(fd);
            }
            free(found);
            free(wanted);
        }
        unlink(at(root, "/fifo"));
        unlink(at(root, "/to_fifo"));
        unlink(at(root, "/usr/kernel"));
    } else {
        CU_FAIL("the tree could not be made");
    }
    check_context("%s", "");
    remove_tree(root);
}

/* The root of this machine: the kernel's own files are none, by whatever way they are reached. */
static void test_this_machine(void)
{
    static const char *const refused[] = {"/dev/null", "/dev/zero", "/proc/self/exe", "/proc/self/mem", "/proc/version", "/proc/self/root/etc/passwd",
                                          "/proc/thread-self/exe", "/sys/kernel/notes", "/tmp/../proc/self/exe", "//proc//self//exe", "/etc"};
    for (size_t i = 0; i < PC_ARRAY_SIZE(refused); i++) {
        int fd = -1;
        char *found = NULL;
        check_context("%s", refused[i]);
        CHECK(!pc_ok(pc_sysroot_open("", refused[i], &fd, &found)));
        CHECK(fd == -1 && !found);
    }
    check_context("%s", "");
}

/* Longer than any path that could be opened. */
static void test_long(void)
{
    PC_AUTO_BUFFER path = {0};
    for (int i = 0; i < 3000; i++)
        pc_buffer_puts(&path, "/.");
    CHECK_TEXT(pc_sysroot_path("/", path.data), NULL);
}

void suite_sysroot(void)
{
    CU_pSuite suite = CU_add_suite("sysroot", NULL, NULL);
    CU_add_test(suite, "paths and links", test_paths);
    CU_add_test(suite, "what is opened", test_open);
    CU_add_test(suite, "devices and the kernel's files", test_this_machine);
    CU_add_test(suite, "long paths", test_long);
}
