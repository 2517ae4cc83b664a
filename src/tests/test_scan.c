/* What a scan is made of: which files are looked at, lists of paths that come in, times and filters. */
#include <CUnit/CUnit.h>
#include <elf.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <zlib.h>

#include "base/limits.h"
#include "scan/collect.h"
#include "scan/filter.h"
#include "scan/list.h"
#include "scan/time.h"
#include "tests/check.h"
#include "tests/sample_report.h"
#include "tests/unit.h"

/* ---- a folder with all that may lie there ---- */

static char root[PATH_MAX];

static const char *at_root(const char *name)
{
    static char path[2 * PATH_MAX];
    snprintf(path, sizeof(path), "%s/%s", root, name);
    return path;
}

static void put(const char *name, const void *bytes, size_t size)
{
    FILE *file = fopen(at_root(name), "wb");
    if (!file || fwrite(bytes, 1, size, file) != size || fclose(file))
        abort();
}

static void put_text(const char *name, const char *text)
{
    put(name, text, strlen(text));
}

static void put_gzip(const char *name, const void *bytes, size_t size, size_t cut)
{
    uint8_t out[4096];
    z_stream z = {0};
    if (deflateInit2(&z, 6, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        abort();
    z.next_in = (Bytef *)(uintptr_t)bytes;
    z.avail_in = (uInt)size;
    z.next_out = out;
    z.avail_out = sizeof(out);
    if (deflate(&z, Z_FINISH) != Z_STREAM_END)
        abort();
    put(name, out, sizeof(out) - z.avail_out - cut);
    deflateEnd(&z);
}

static void make_folder(const char *name)
{
    if (mkdir(at_root(name), 0700))
        abort();
}

static const uint8_t *elf_header(unsigned class, unsigned data, unsigned type)
{
    static uint8_t head[128];
    memset(head, 0, sizeof(head));
    memcpy(head, ELFMAG, SELFMAG);
    head[EI_CLASS] = (uint8_t)class;
    head[EI_DATA] = (uint8_t)data;
    head[data == ELFDATA2MSB ? 17 : 16] = (uint8_t)type;
    return head;
}

static void put_elf(const char *name, unsigned class, unsigned data, unsigned type)
{
    put(name, elf_header(class, data, type), 128);
}

static void begin_root(void)
{
    const char *folder = getenv("TMPDIR");
    snprintf(root, sizeof(root), "%s/pycore-scan-XXXXXX", folder ? folder : "/tmp");
    if (!mkdtemp(root))
        abort();
}

static void end_root(void)
{
    char command[PATH_MAX + 16];
    snprintf(command, sizeof(command), "rm -rf '%s'", root);
    if (system(command))
        abort();
}

/* "name kind reason", one a line, the names without the root. */
static char *items_of(const pc_collector *c)
{
    static const char *const kinds[PC_FOUND_KINDS] = {"core", "stored", "no", "unreadable"};
    pc_buffer text = {0};
    for (size_t i = 0; i < c->count; i++) {
        const pc_found *f = &c->items[i];
        size_t length = strlen(root);
        bool below = !strncmp(f->path, root, length) && f->path[length] == '/';
        pc_buffer_printf(&text, "%s%s %s%s%s\n", f->named ? "! " : "", f->path + (below ? length + 1 : 0), kinds[f->kind],
                         f->reason ? " " : "", f->reason ? f->reason : "");
    }
    pc_buffer_puts(&text, "");
    return text.data;
}

static void check_items(const pc_collector *c, const char *wanted)
{
    char *got = items_of(c);
    CHECK_TEXT(got, wanted);
    free(got);
    uint64_t of_kinds = 0, of_reasons = 0, with_reason = c->by_kind[PC_FOUND_NOT_CORE] + c->by_kind[PC_FOUND_UNREADABLE];
    for (size_t i = 0; i < PC_FOUND_KINDS; i++)
        of_kinds += c->by_kind[i];
    for (size_t i = 0; i < c->reason_count; i++)
        of_reasons += c->reasons[i].count;
    CHECK_UINT(c->looked_at, of_kinds);
    CHECK_UINT(c->looked_at, c->count + c->not_kept);
    CHECK_UINT(of_reasons, with_reason);
}

static uint64_t reasons_of(const pc_collector *c, const char *reason)
{
    uint64_t count = 0;
    for (size_t i = 0; i < c->reason_count; i++)
        if (!strcmp(c->reasons[i].reason, reason))
            count += c->reasons[i].count;
    return count;
}

/* Waiting for its end would show as a test that does not end. */
static void make_socket(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), folder = open(".", O_RDONLY | O_CLOEXEC);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", name);
    if (fd < 0 || folder < 0 || chdir(root) || bind(fd, (struct sockaddr *)&address, sizeof(address)) || fchdir(folder))
        abort();
    close(fd);
    close(folder);
}

static void put_everything(void)
{
    put_elf("a.core", ELFCLASS64, ELFDATA2LSB, ET_CORE);
    put_elf("b-be", ELFCLASS64, ELFDATA2MSB, ET_CORE);
    put_elf("c-32.txt", ELFCLASS32, ELFDATA2LSB, ET_CORE);
    put_elf("d-be32", ELFCLASS32, ELFDATA2MSB, ET_CORE);
    put_elf("e-exe", ELFCLASS64, ELFDATA2LSB, ET_EXEC);
    put_elf("e-lib", ELFCLASS64, ELFDATA2MSB, ET_DYN);
    put_elf("e-object", ELFCLASS64, ELFDATA2LSB, ET_REL);
    put_elf("e-swapped", ELFCLASS64, ELFDATA2MSB, 0);
    put_elf("e-odd", 7, ELFDATA2LSB, ET_CORE);
    put("e-short", elf_header(ELFCLASS64, ELFDATA2LSB, ET_CORE), 17);
    put_elf("new\nline", ELFCLASS64, ELFDATA2LSB, ET_CORE);
    put_elf("\xff\xfe", ELFCLASS64, ELFDATA2LSB, ET_CORE);
    put("core.empty", "", 0);
    put_text("core.text", "pid 17\n");
    put_text("core.script", "#!/bin/sh\n");
    put("core.data", "\1\2\3", 3);
    put("core.zeros", elf_header(0, 0, 0) + 8, 100);
    put_gzip("g.core", elf_header(ELFCLASS64, ELFDATA2LSB, ET_CORE), 128, 0);
    put_gzip("g.cut", elf_header(ELFCLASS64, ELFDATA2LSB, ET_CORE), 128, 12);
    put_gzip("g.log", "a log\n", 6, 0);
    put_gzip("g.empty", "", 0, 0);
    put_text("p.crash", "ProblemType: Crash\n");
    put("z", "PK\3\4", 4);
    make_folder("sub");
    put_elf("sub/core", ELFCLASS64, ELFDATA2LSB, ET_CORE);
    put_elf("sub.x", ELFCLASS64, ELFDATA2LSB, ET_CORE);
    make_folder("abrt");
    put_elf("abrt/coredump", ELFCLASS64, ELFDATA2LSB, ET_CORE);
    put_text("abrt/pid", "17");
    make_folder("none");
    if (symlink(root, at_root("sub/loop")) || symlink("a.core", at_root("link")) || symlink("nowhere", at_root("dangling")) ||
        symlink("self", at_root("self")) || mkfifo(at_root("fifo"), 0600))
        abort();
    make_socket("socket");
}

#define CORES \
    "a.core core\nb-be core\nc-32.txt core\nd-be32 core\n" \
    "g.core stored\ng.cut stored\nnew\nline core\np.crash stored\nsub.x core\nz stored\n\xff\xfe core\n" \
    "abrt/coredump core\n" \
    "sub/core core\n"

static void test_folder(void)
{
    begin_root();
    put_everything();
    pc_collector c;
    pc_collector_init(&c);
    pc_collector_look(&c, root);
    check_items(&c, CORES);
    CHECK_UINT(c.looked_at, 13 + c.not_kept);
    CHECK_UINT(c.by_kind[PC_FOUND_STORED], 4);
    CHECK_UINT(c.by_kind[PC_FOUND_UNREADABLE], 0);
    CHECK_UINT(reasons_of(&c, "a symbolic link"), 4);
    CHECK_UINT(reasons_of(&c, "a FIFO"), 1);
    CHECK_UINT(reasons_of(&c, "a socket"), 1);
    CHECK_UINT(reasons_of(&c, "text"), 2);
    CHECK_UINT(reasons_of(&c, "text (gzip)"), 1);
    CHECK_UINT(reasons_of(&c, "empty (gzip)"), 1);
    CHECK_UINT(reasons_of(&c, "an ELF header that is cut off"), 1);
    CHECK_UINT(reasons_of(&c, "a damaged ELF header"), 1);
    CHECK_UINT(reasons_of(&c, "an ELF executable or library"), 1);
    struct stat st;
    CHECK(!stat(at_root("a.core"), &st));
    CHECK_UINT(c.items[0].file.size, 128);
    CHECK_UINT(c.items[0].file.inode, st.st_ino);
    CHECK_UINT(c.items[0].file.device, st.st_dev);
    CHECK_INT(c.items[0].file.changed, (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec);
    pc_collector_deinit(&c);

    pc_collector_init(&c);
    c.keep_all = true;
    pc_collector_look(&c, at_root("sub/"));
    check_items(&c, "sub/core core\nsub/loop no a symbolic link\n");
    pc_collector_deinit(&c);
    end_root();
}

/* What was named is kept, whatever it is, and links are followed. */
static void test_named(void)
{
    static const char *const names[] = {"link", "dangling", "self", "fifo", "socket", "core.text", "missing", "core.text/x", ""};
    begin_root();
    put_everything();
    pc_collector c;
    pc_collector_init(&c);
    for (size_t i = 0; i < PC_ARRAY_SIZE(names); i++)
        pc_collector_look(&c, *names[i] ? at_root(names[i]) : "");
    pc_collector_look(&c, "/dev/null");
    pc_collector_look(&c, at_root("sub/loop/abrt"));
    pc_collector_look(&c, at_root("none"));
    check_items(&c, "! link core\n! dangling unreadable No such file or directory\n! self unreadable Too many levels of symbolic links\n"
                    "! fifo no a FIFO\n! socket no a socket\n! core.text no text\n! missing unreadable No such file or directory\n"
                    "! core.text/x unreadable Not a directory\n! " " unreadable No such file or directory\n! /dev/null no a device\n"
                    "sub/loop/abrt/coredump core\n");
    pc_collector_deinit(&c);

    pc_arena arena;
    pc_found found;
    pc_arena_init(&arena);
    pc_found_look(&found, at_root("abrt"), &arena);
    CHECK_UINT(found.kind, PC_FOUND_STORED);
    CHECK_TEXT(found.reason, NULL);
    pc_found_look(&found, at_root("sub"), &arena);
    CHECK_UINT(found.kind, PC_FOUND_NOT_CORE);
    CHECK_TEXT(found.reason, "a directory");
    CHECK(found.named);
    pc_arena_deinit(&arena);
    end_root();
}

/* Deeper than a path can say: what is within reach is found, the rest is one item. */
static void test_depth(void)
{
    char name[201];
    memset(name, 'd', 200);
    name[200] = 0;
    begin_root();
    int folder = open(root, O_RDONLY | O_CLOEXEC | O_DIRECTORY), levels = 0;
    for (; levels < 25; levels++) {
        int inner = mkdirat(folder, name, 0700) ? -1 : openat(folder, name, O_RDONLY | O_CLOEXEC | O_DIRECTORY);
        int file = openat(inner, "core", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        if (inner < 0 || write(file, elf_header(ELFCLASS64, ELFDATA2LSB, ET_CORE), 128) != 128)
            abort();
        close(file);
        close(folder);
        folder = inner;
    }
    close(folder);
    put_elf("zz", ELFCLASS64, ELFDATA2LSB, ET_CORE);
    pc_collector c;
    pc_collector_init(&c);
    pc_collector_look(&c, root);
    CHECK_UINT(c.by_kind[PC_FOUND_UNREADABLE], 1);
    CHECK_UINT(reasons_of(&c, "a directory that cannot be read: File name too long"), 1);
    CHECK_UINT(c.by_kind[PC_FOUND_CORE], c.count - 1);
    CHECK(c.count > 15 && c.count < 25);
    pc_collector_deinit(&c);
    end_root();
}

static void test_permission(void)
{
    if (!geteuid())
        return; /* to whom nothing is refused */
    begin_root();
    put_elf("a", ELFCLASS64, ELFDATA2LSB, ET_CORE);
    put_elf("b", ELFCLASS64, ELFDATA2LSB, ET_CORE);
    make_folder("c");
    if (chmod(at_root("a"), 0) || chmod(at_root("c"), 0))
        abort();
    pc_collector c;
    pc_collector_init(&c);
    pc_collector_look(&c, root);
    check_items(&c, "a unreadable Permission denied\nb core\nc unreadable a directory that cannot be read: Permission denied\n");
    pc_collector_deinit(&c);
    end_root();
}

static void test_stop(void)
{
    volatile sig_atomic_t stop = 1;
    begin_root();
    put_elf("a", ELFCLASS64, ELFDATA2LSB, ET_CORE);
    pc_collector c;
    pc_collector_init(&c);
    c.stop = &stop;
    pc_collector_look(&c, root);
    CHECK_UINT(c.looked_at, 0);
    pc_collector_deinit(&c);
    end_root();
}

/* ---- lists ---- */

/* What comes out when so many bytes come in at a time. "?" is a bad one. */
static char *through_pipe(const char *bytes, size_t size, char end, size_t step)
{
    int ends[2];
    pc_list list;
    pc_buffer text = {0};
    if (pipe(ends))
        abort();
    pc_list_init(&list, ends[0], end);
    pc_list_step last = PC_LIST_WAIT;
    for (size_t at = 0; last != PC_LIST_END;) {
        const char *path = NULL;
        last = pc_list_next(&list, &path);
        if (last == PC_LIST_PATH)
            pc_buffer_printf(&text, "[%s]", path);
        if (last == PC_LIST_BAD)
            pc_buffer_printf(&text, "[%s?%zu]", list.reason, strlen(path));
        if (last != PC_LIST_WAIT)
            continue;
        size_t n = size - at < step ? size - at : step;
        if (n && write(ends[1], bytes + at, n) != (ssize_t)n)
            abort();
        if (!n && ends[1] >= 0) {
            close(ends[1]);
            ends[1] = -1;
        }
        at += n;
    }
    CHECK_INT(list.error, 0);
    close(ends[0]);
    pc_list_deinit(&list);
    return text.data ? text.data : pc_strdup("");
}

static void check_list(const char *bytes, size_t size, char end, const char *wanted)
{
    static const size_t steps[] = {1, 3, 4096};
    for (size_t i = 0; i < PC_ARRAY_SIZE(steps); i++) {
        check_context("%zu bytes at a time", steps[i]);
        char *got = through_pipe(bytes, size, end, steps[i]);
        CHECK_TEXT(got, wanted);
        free(got);
    }
    check_context("%s", "");
}

#define LIST(bytes, end, wanted) check_list(bytes, sizeof(bytes) - 1, end, wanted)

static void test_lists(void)
{
    LIST("", '\n', "");
    LIST("\n\n", '\n', "");
    LIST("a\n\nb c\r\n\xff\xfe\nlast", '\n', "[a][b c\r][\xff\xfe][last]");
    LIST("a\0b\nc\0\0last", '\0', "[a][b\nc][last]");
    LIST("a\nb\0c\nd\n", '\n', "[a][a path with a NUL in it?1][d]");
    size_t most = PC_LIMIT_LIST_PATH;
    char *bytes = pc_malloc(3 * most + 100);
    PC_AUTO_BUFFER wanted = {0}, endless = {0};
    memset(bytes, 'x', 3 * most + 100);
    bytes[most] = '\n';         /* the longest one */
    bytes[3 * most + 2] = '\n'; /* the next one is too long */
    bytes[3 * most + 4] = '\n';
    pc_buffer_printf(&wanted, "[%.*s][a path of more than %zu bytes?%zu][x][xx]", (int)most, bytes, most, most);
    check_list(bytes, 3 * most + 7, '\n', pc_buffer_text(&wanted));
    /* and without an end */
    pc_buffer_printf(&endless, "[a path of more than %zu bytes?%zu]", most, most);
    check_list(bytes + most + 1, most + 1, '\n', pc_buffer_text(&endless));
    check_list(bytes + most + 1, 2 * most, '\n', pc_buffer_text(&endless));
    free(bytes);
}

/* A path is there as soon as its end is, and nothing waits for the next one. */
static void test_list_waits_for_nothing(void)
{
    int ends[2];
    pc_list list;
    const char *path = NULL;
    if (pipe(ends))
        abort();
    pc_list_init(&list, ends[0], '\n');
    CHECK_UINT(pc_list_next(&list, &path), PC_LIST_WAIT);
    CHECK_INT(write(ends[1], "a\nb", 3), 3);
    CHECK_UINT(pc_list_next(&list, &path), PC_LIST_PATH);
    CHECK_TEXT(path, "a");
    CHECK_UINT(pc_list_next(&list, &path), PC_LIST_WAIT);
    CHECK_UINT(pc_list_next(&list, &path), PC_LIST_WAIT);
    CHECK_INT(write(ends[1], "\n", 1), 1);
    CHECK_UINT(pc_list_next(&list, &path), PC_LIST_PATH);
    CHECK_TEXT(path, "b");
    close(ends[1]);
    CHECK_UINT(pc_list_next(&list, &path), PC_LIST_END);
    CHECK_UINT(pc_list_next(&list, &path), PC_LIST_END);
    close(ends[0]);
    pc_list_deinit(&list);

    int folder = open("/", O_RDONLY | O_CLOEXEC | O_DIRECTORY);
    pc_list_init(&list, folder, '\n');
    CHECK_UINT(pc_list_next(&list, &path), PC_LIST_END);
    CHECK(list.error != 0);
    close(folder);
    pc_list_deinit(&list);
}

/* ---- times and filters ---- */

#define SECOND INT64_C(1000000)
#define NOW (INT64_C(1800000000) * SECOND)

static void test_times(void)
{
    static const struct {
        const char *text;
        int64_t time; /* -1: none */
    } rows[] = {
        {"1970-01-01", 0},
        {"2026-11-20", 1795132800 * SECOND},
        {"2024-02-29T23:59:59Z", 1709251199 * SECOND},
        {"2000-03-01 00:00", 951868800 * SECOND},
        {"2026-11-20T10:00:00.25", 1795168800 * SECOND + 250000},
        {"2026-11-20T10:00:00.123456789Z", 1795168800 * SECOND + 123456},
        {"2026-11-20T10:00:00+01:30", (1795168800 - 5400) * SECOND},
        {"2026-11-20T10:00-0800", (1795168800 + 28800) * SECOND},
        {"2026-11-20T10:00+02", (1795168800 - 7200) * SECOND},
        {"90s", NOW - 90 * SECOND},
        {"30m", NOW - 1800 * SECOND},
        {"2h", NOW - 7200 * SECOND},
        {"3d", NOW - 3 * 86400 * SECOND},
        {"1w", NOW - 7 * 86400 * SECOND},
        {"1d12h", NOW - 36 * 3600 * SECOND},
        {"0s", NOW},
        {"", -1},
        {"2h ", -1},
        {"h", -1},
        {"-2h", -1},
        {"2", -1},
        {"2y", -1},
        {"9999999999s", -1},
        {"999999999w", -1},
        {"2023-02-29", -1},
        {"1900-02-29", -1},
        {"2026-13-01", -1},
        {"2026-00-01", -1},
        {"2026-11-31", -1},
        {"2026-11-00", -1},
        {"0000-01-01", -1},
        {"2026-11", -1},
        {"2026-1-1", -1},
        {"2026-11-20T", -1},
        {"2026-11-20T10", -1},
        {"2026-11-20T24:00", -1},
        {"2026-11-20T10:60", -1},
        {"2026-11-20T10:00:00.", -1},
        {"2026-11-20T10:00ZZ", -1},
        {"2026-11-20T10:00+", -1},
        {"2026-11-20T10:00+01:", -1},
        {"2026-11-20T10:00 +01", -1},
        {"yesterday", -1},
    };
    for (size_t i = 0; i < PC_ARRAY_SIZE(rows); i++) {
        int64_t time = -1;
        check_context("%s", rows[i].text);
        pc_error *error = pc_time_parse(rows[i].text, NOW, &time);
        CHECK_UINT(error != NULL, rows[i].time == -1);
        CHECK_INT(time, rows[i].time);
        pc_error_destroy(error);
    }
    check_context("%s", "");
    int64_t time = 7;
    CHECK_ERROR(pc_time_parse("10000000w10000000w", 0, &time), PC_ERROR_FORMAT); /* each of them would do */
    CHECK_INT(time, 7);
}

static bool accepts(const char *text, const pc_report *r, const pc_outcome *o)
{
    pc_filter f = {0};
    check_context("%s", text);
    CHECK_SUCCESS(pc_filter_add(&f, text, NOW));
    bool good = pc_filter_accepts(&f, r, o);
    pc_filter_deinit(&f);
    return good;
}

static void test_filters(void)
{
    static const struct {
        const char *text;
        bool good;
    } rows[] = {
        {"signal=SIGSEGV", true}, {"signal=segv", true}, {"signal=11", true}, {"signal=SIGABRT", false}, {"signal=ABRT,SEGV", true},
        {"signal!=SIGSEGV", false}, {"signal!=SIGABRT,SIGBUS", true}, {"signal=none", false}, {"signal!=none", true}, {"signal=SIGRTMIN+2", false},
        {"exception=Raised", true}, {"exception=m.Raised", true}, {"exception=aised", false}, {"exception=M.Raised", false},
        {"exception=m.Rai*", true}, {"exception=*Error", false}, {"exception=Cause", true}, {"exception=Context", true}, {"exception=Inner", true},
        {"exception=m", false}, {"exception!=Inner", false}, {"exception=__main__.Main", true}, {"exception=builtins.Main", false},
        {"exception=Main", true}, {"exception=Nothing,Group", true},
        {"function=main", true}, {"function=m.main", true}, {"function=n.main", false}, {"function=C.f*", true}, {"function=f*", true},
        {"function=in_traceback", true}, {"function=[mn]ain", true}, {"function=mai", false}, {"function!=in_traceback", false},
        {"file=a.py", true}, {"file=/nonexistent/a.py", true}, {"file=nonexistent/a.py", true}, {"file=existent/a.py", false}, {"file=*.py", true},
        {"file=/nonexistent/*", true}, {"file=nonexistent", false}, {"file=b.py", false}, {"file!=b.py", true},
        {"version=3.11", true}, {"version=3.11.7", true}, {"version=3", true}, {"version=3.1", false}, {"version=3.11.", false}, {"version=3.12,3.11", true},
        {"version!=3.1", true},
        {"since=2027-01-01", true}, {"since=1h", false}, {"since=3h", true}, {"until=2027-01-01", false}, {"until=1h", true}, {"until=2h", false},
        {"since=2h", true},
    };
    sample_report sample;
    sample_report_full(&sample);
    pc_thread *t = &sample.walk.threads[0];
    pc_place place = {.name = "in_traceback", .module = "m", .position = {.line = 1}};
    pc_frame inner = {.place = &place};
    pc_exception main_one = {.type = "Main", .full_type = "Main", .module = "__main__", .traceback = &inner, .traceback_count = 1};
    t->handled[0]->context->cause = &main_one;
    pc_outcome o = {.when = NOW - 7200 * SECOND};
    pc_outcome_of_report(&o, &sample.report, &sample.arena);
    o.when = NOW - 7200 * SECOND;
    for (size_t i = 0; i < PC_ARRAY_SIZE(rows); i++)
        CHECK_UINT(accepts(rows[i].text, &sample.report, &o), rows[i].good);

    /* without a report nothing is known but the time */
    pc_outcome failed = {.kind = PC_OUTCOME_FAILED, .when = NOW};
    CHECK(!accepts("signal=none", NULL, &failed));
    CHECK(!accepts("signal!=SIGSEGV", NULL, &failed));
    CHECK(!accepts("function!=main", NULL, &failed));
    CHECK(accepts("since=1h", NULL, &failed));

    /* a core of which next to nothing is known */
    sample_report empty;
    sample_report_empty(&empty);
    pc_outcome nothing = {0};
    pc_outcome_of_report(&nothing, &empty.report, &empty.arena);
    CHECK(accepts("signal=none", &empty.report, &nothing));
    CHECK(!accepts("version=3", &empty.report, &nothing));
    CHECK(accepts("version!=3", &empty.report, &nothing));
    CHECK(!accepts("exception=*", &empty.report, &nothing));
    sample_report_deinit(&empty);

    pc_filter both = {0};
    check_context("%s", "");
    CHECK(pc_filter_accepts(&both, NULL, &failed));
    CHECK_SUCCESS(pc_filter_add(&both, "signal=SIGSEGV", NOW));
    CHECK(pc_filter_accepts(&both, &sample.report, &o));
    CHECK_SUCCESS(pc_filter_add(&both, "version=3.12", NOW));
    CHECK(!pc_filter_accepts(&both, &sample.report, &o));
    pc_filter_deinit(&both);
    sample_report_deinit(&sample);
}

static void test_wrong_filters(void)
{
    static const struct {
        const char *text, *says;
    } rows[] = {
        {"", "the keys are signal"}, {"signal", "the keys are signal"}, {"sig=11", "the keys are signal"}, {"=11", "the keys are signal"},
        {"!=11", "the keys are signal"}, {"signal!", "the keys are signal"}, {"signal=", "an empty value of \"signal\""}, {"file=a,,b", "an empty value"},
        {"signal=SIGFOO", "\"SIGFOO\" is no signal"}, {"signal=65", "is no signal"}, {"signal=-1", "is no signal"}, {"signal=SIG", "is no signal"},
        {"signal=11x", "is no signal"}, {"signal=99999999999999999999", "is no signal"}, {"since=soon", "\"soon\" is no time"},
        {"since!=1h", "takes one time"}, {"until=1h,2h", "takes one time"},
    };
    pc_filter f = {0};
    for (size_t i = 0; i < PC_ARRAY_SIZE(rows); i++) {
        check_context("%s", rows[i].text);
        pc_error *error = pc_filter_add(&f, rows[i].text, NOW);
        CHECK(error && strstr(error->message, rows[i].says) && !strchr(error->message, '\n'));
        CHECK_ERROR(error, PC_ERROR_FORMAT);
    }
    check_context("%s", "");
    CHECK_UINT(f.count, 0);
    pc_filter_deinit(&f);
}

void suite_scan(void)
{
    CU_pSuite suite = CU_add_suite("scan", NULL, NULL);
    CU_add_test(suite, "a folder", test_folder);
    CU_add_test(suite, "what was named", test_named);
    CU_add_test(suite, "a folder that is too deep", test_depth);
    CU_add_test(suite, "permissions", test_permission);
    CU_add_test(suite, "a walk that is to end", test_stop);
    CU_add_test(suite, "lists of paths", test_lists);
    CU_add_test(suite, "a list does not wait", test_list_waits_for_nothing);
    CU_add_test(suite, "times", test_times);
    CU_add_test(suite, "filters", test_filters);
    CU_add_test(suite, "wrong filters", test_wrong_filters);
}
