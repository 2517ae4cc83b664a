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
        pc_folders kept;
        pc_folders_init(&kept);
        CHECK(!mkfifo(at(root, "/fifo"), 0600) && !symlink("fifo", at(root, "/to_fifo")) && !symlink("/proc", at(root, "/usr/kernel")));
        pc_buffer_printf(&slashed, "%s//", root);
        for (size_t i = 0; i < 3 * PC_ARRAY_SIZE(opens); i++) { /* none kept, kept, found again */
            pc_folders *own = i < PC_ARRAY_SIZE(opens) ? NULL : &kept;
            size_t k = i % PC_ARRAY_SIZE(opens);
            struct stat st;
            int fd = -1;
            char *found = NULL, *wanted = pc_sysroot_path(root, opens[k].path);
            check_context("%s", opens[k].path);
            bool opened = pc_ok(pc_sysroot_open(own, i % 2 ? slashed.data : root, opens[k].path, &fd, &st, &found));
            CHECK_UINT(opened, opens[k].opened);
            CHECK_UINT(fd >= 0, opens[k].opened);
            if (opened) {
                CHECK_TEXT(found, wanted);
                close(fd);
            }
            free(found);
            free(wanted);
        }
        pc_folders_deinit(&kept);
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
    pc_folders kept;
    pc_folders_init(&kept);
    for (size_t i = 0; i < 3 * PC_ARRAY_SIZE(refused); i++) {
        struct stat st;
        int fd = -1;
        char *found = NULL;
        const char *path = refused[i % PC_ARRAY_SIZE(refused)];
        check_context("%s", path);
        CHECK(!pc_ok(pc_sysroot_open(i < PC_ARRAY_SIZE(refused) ? NULL : &kept, "", path, &fd, &st, &found)));
        CHECK(fd == -1 && !found);
    }
    pc_folders_deinit(&kept);
    check_context("%s", "");
}

static size_t count_open(void)
{
    size_t count = 0;
    for (int fd = 0; fd < 1024; fd++)
        count += fcntl(fd, F_GETFD) != -1;
    return count;
}

/* More folders than are kept, deep and side by side: what is closed meanwhile is opened again, and nothing stays open. */
static void test_many_folders(void)
{
    char root[] = "/tmp/pycore-sysroot-XXXXXX";
    bool made = mkdtemp(root) != NULL;
    PC_AUTO_BUFFER deep = {0}, up = {0};
    pc_buffer_puts(&deep, root);
    for (int i = 0; made && i < 2 * PC_FOLDERS; i++) {
        PC_AUTO_BUFFER file = {0};
        pc_buffer_puts(&deep, "/d");
        pc_buffer_puts(&up, "/..");
        made = !mkdir(deep.data, 0700);
        pc_buffer_printf(&file, "%s/f", deep.data);
        int fd = open(file.data, O_CREAT | O_WRONLY, 0600);
        made = made && fd >= 0 && !close(fd);
    }
    CHECK(made);
    pc_folders kept;
    pc_folders_init(&kept);
    size_t before = count_open();
    for (size_t i = 1; made && i <= 2 * PC_FOLDERS; i++) {
        PC_AUTO_BUFFER path = {0}, wanted = {0};
        size_t level = i * 7 % (2 * PC_FOLDERS) + 1;
        struct stat st;
        int fd = -1;
        char *found = NULL;
        /* to the bottom, all the way up, and to one in between */
        pc_buffer_printf(&wanted, "%.*s/f", (int)(strlen(root) + 2 * level), deep.data);
        pc_buffer_printf(&path, "%s%s/d/..%s", deep.data + strlen(root), up.data, wanted.data + strlen(root));
        CHECK_SUCCESS(pc_sysroot_open(&kept, root, path.data, &fd, &st, &found));
        CHECK_TEXT(found, wanted.data);
        CHECK(fd >= 0 && !close(fd));
        CHECK(count_open() <= before + PC_FOLDERS);
        free(found);
    }
    pc_folders_deinit(&kept);
    CHECK_UINT(count_open(), before);
    for (size_t length = deep.length; length > strlen(root); length -= 2) {
        PC_AUTO_BUFFER file = {0};
        pc_buffer_printf(&file, "%.*s/f", (int)length, deep.data);
        unlink(file.data);
        pc_buffer_cut(&deep, length);
        rmdir(deep.data);
    }
    rmdir(root);
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
    CU_add_test(suite, "more folders than are kept", test_many_folders);
    CU_add_test(suite, "long paths", test_long);
}
