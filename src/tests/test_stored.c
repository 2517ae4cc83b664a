/* Cores as they are stored: what names and notes beside them tell, spools with holes, compressed streams in small pieces. */
#include <CUnit/CUnit.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "base/limits.h"
#include "target/inflate.h"
#include "target/spool.h"
#include "target/stored.h"
#include "tests/check.h"
#include "tests/unit.h"

#define BOOT "6d6cf3a1d14b4e7e9b6f0c3f7a5e4d21"

static void test_names(void)
{
    static const struct {
        const char *path, *command; /* command NULL: no name of systemd's */
        int64_t uid, pid, time;
    } rows[] = {
        {"/var/lib/systemd/coredump/core.python3." BOOT ".x", NULL, 0, 0, 0},
        {"core.python3.0." BOOT ".17.1700000000000000.zst", "python3", 0, 17, 1700000000000000},
        {"/a.b/core.python3\\x2e11.1000." BOOT ".4711.1", "python3.11", 1000, 4711, 1},
        {"core.a\\x2fb\\x.1." BOOT ".2.3", "a/b\\x", 1, 2, 3},
        {"core.\\xff.1." BOOT ".2.3", "\\udcff", 1, 2, 3},
        {"core.1234", NULL, 0, 0, 0},
        {"core", NULL, 0, 0, 0},
        {"", NULL, 0, 0, 0},
        {"core.p.u." BOOT ".2.3", NULL, 0, 0, 0},
        {"core.p.-1." BOOT ".2.3", NULL, 0, 0, 0},
        {"core.p.1." BOOT "0.2.3", NULL, 0, 0, 0},
        {"core.p.1.zd6cf3a1d14b4e7e9b6f0c3f7a5e4d21.2.3", NULL, 0, 0, 0},
        {"core.p.1." BOOT ".99999999999999999999.3", NULL, 0, 0, 0},
        {"vmcore.p.1." BOOT ".2.3", NULL, 0, 0, 0},
    };
    for (size_t i = 0; i < PC_ARRAY_SIZE(rows); i++) {
        pc_arena arena;
        pc_facts f = {0};
        check_context("%s", rows[i].path);
        pc_arena_init(&arena);
        pc_facts_from_name(&f, &arena, rows[i].path);
        CHECK_TEXT(f.command, rows[i].command);
        CHECK_TEXT(f.stored_by, rows[i].command ? "systemd-coredump" : NULL);
        CHECK_INT(f.uid, rows[i].uid);
        CHECK_INT(f.pid, rows[i].pid);
        CHECK_INT(f.time, rows[i].time);
        CHECK_UINT(f.has_pid, rows[i].command != NULL);
        pc_arena_deinit(&arena);
    }
    check_context("%s", "");
}

static void test_facts(void)
{
    pc_arena arena;
    pc_facts f = {0};
    pc_arena_init(&arena);
    pc_facts_put(&f, &arena, "time", "1700000000\n", 11);
    pc_facts_put(&f, &arena, "time", "5", 1); /* what is known stays */
    pc_facts_put(&f, &arena, "uid", "a", 1);
    pc_facts_put(&f, &arena, "gid", "", 0);
    pc_facts_put(&f, &arena, "Signal", "11", 2);
    pc_facts_put(&f, &arena, "hostname", "h\xff", 2);
    pc_facts_put(&f, &arena, "password", "x", 1);
    CHECK_INT(f.time, INT64_C(1700000000000000));
    CHECK(f.has_time && !f.has_uid && !f.has_gid && f.has_signal);
    CHECK_INT(f.signal, 11);
    CHECK_TEXT(f.hostname, "h\\udcff");
    CHECK_TEXT(f.command, NULL);
    pc_facts g = {0};
    pc_facts_put(&g, &arena, "time", "9223372036854775807", 19);
    CHECK(!g.has_time);
    pc_arena_deinit(&arena);
}

static void fill(uint8_t *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(i * 7 + (i >> 8) + 1);
}

/* Odd pieces, with pages of zeros between them and at both ends. */
static void test_spool(void)
{
    enum { SIZE = 40 * 4096 + 123 };
    uint8_t *wanted = calloc(1, SIZE), *got = malloc(SIZE);
    fill(wanted + 3 * 4096 + 100, 2 * 4096);
    fill(wanted + 20 * 4096, 1);
    wanted[30 * 4096 - 1] = 1;
    static const size_t pieces[] = {1, 4095, 4096, 5000, 65536, SIZE};
    for (size_t p = 0; p < PC_ARRAY_SIZE(pieces); p++) {
        pc_spool spool;
        int fd = -1;
        check_context("pieces of %zu", pieces[p]);
        CHECK_SUCCESS(pc_spool_init(&spool));
        for (size_t at = 0; at < SIZE; at += pieces[p])
            CHECK_SUCCESS(pc_spool_append(&spool, wanted + at, SIZE - at < pieces[p] ? SIZE - at : pieces[p]));
        CHECK_SUCCESS(pc_spool_append(&spool, NULL, 0));
        CHECK_SUCCESS(pc_spool_take(&spool, &fd));
        struct stat st;
        CHECK(!fstat(fd, &st) && st.st_size == SIZE);
        CHECK(st.st_blocks * 512 < SIZE / 2);
        CHECK(pread(fd, got, SIZE, 0) == SIZE && !memcmp(got, wanted, SIZE));
        close(fd);
        pc_spool_deinit(&spool);
    }
    check_context("%s", "");
    free(wanted);
    free(got);
}

/* Beyond what is kept in memory it goes on in a file, which has all that came before. */
static void test_spool_on_disk(void)
{
    enum { PIECE = 1 << 20 };
    uint8_t *piece = malloc(PIECE), *got = malloc(PIECE);
    pc_spool spool;
    int fd = -1;
    size_t count = PC_LIMIT_STORED_IN_MEMORY / PIECE + 3;
    fill(piece, PIECE);
    CHECK_SUCCESS(pc_spool_init(&spool));
    for (size_t i = 0; i < count; i++) {
        piece[0] = (uint8_t)(i + 1);
        CHECK_SUCCESS(pc_spool_append(&spool, piece, PIECE));
    }
    CHECK(spool.on_disk);
    CHECK_UINT(spool.size, count * (uint64_t)PIECE);
    CHECK_SUCCESS(pc_spool_take(&spool, &fd));
    size_t same = 0;
    for (size_t i = 0; i < count; i++) {
        piece[0] = (uint8_t)(i + 1);
        same += pread(fd, got, PIECE, (off_t)(i * PIECE)) == PIECE && !memcmp(got, piece, PIECE);
    }
    CHECK_UINT(same, count);
    close(fd);
    free(piece);
    free(got);
}

static size_t gzip(const uint8_t *bytes, size_t size, uint8_t *out, size_t room)
{
    z_stream z = {0};
    deflateInit2(&z, 6, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY);
    z.next_in = (Bytef *)bytes;
    z.avail_in = (uInt)size;
    z.next_out = out;
    z.avail_out = (uInt)room;
    deflate(&z, Z_FINISH);
    deflateEnd(&z);
    return room - z.avail_out;
}

static void test_inflate(void)
{
    uint8_t plain[5000], packed[12000], got[12000];
    fill(plain, sizeof(plain));
    size_t one = gzip(plain, sizeof(plain), packed, sizeof(packed)), size = one;
    size += gzip(plain, 100, packed + size, sizeof(packed) - size); /* a second member */
    const pc_inflate_format *format = pc_inflate_find(packed, size);
    CHECK(format != NULL);
    CHECK_TEXT(format ? pc_inflate_name(format) : NULL, "gzip");
    for (size_t step = 1; format && step < 3000; step = step * 3 + 1) {
        pc_inflater *z = NULL;
        size_t count = 0;
        check_context("pieces of %zu", step);
        CHECK_SUCCESS(pc_inflater_create(format, &z));
        for (size_t at = 0; z && at < size; at += step) {
            const uint8_t *in = packed + at;
            size_t left = size - at < step ? size - at : step, before;
            do {
                uint8_t *out = got + count;
                size_t room = 7; /* never enough for all */
                before = left;
                CHECK_SUCCESS(pc_inflater_step(z, &in, &left, &out, &room));
                count = (size_t)(out - got);
                if (room == 7 && before == left)
                    break;
            } while (count + 7 < sizeof(got));
        }
        CHECK(z && pc_inflater_is_complete(z));
        CHECK_UINT(count, sizeof(plain) + 100);
        CHECK(!memcmp(got, plain, sizeof(plain)) && !memcmp(got + sizeof(plain), plain, 100));
        pc_inflater_destroy(z);
    }
    check_context("%s", "");
    CHECK(pc_inflate_find((const uint8_t *)"\x7f" "ELF", 4) == NULL);
    CHECK(pc_inflate_find(packed, 2) == NULL);
    pc_inflater_destroy(NULL);
}

#ifdef HAVE_ZSTD
/* A frame of 8320 letters, and what looks like one of a format before 1.0, of which libzstd says again and again that it has filled the
 * room: it is no part of the stream. */
static void test_zstd_of_before(void)
{
    static const uint8_t packed[] = {0x28, 0xb5, 0x2f, 0xfd, 0x10, 0x4b, 3, 4, 1, 'E', 0x25, 0xb5, 0x2f, 0xfd, 1, 0x45, 3, 0xc8, 0x4c};
    static uint8_t text[1 << 18];
    pc_inflater *z = NULL;
    CHECK_SUCCESS(pc_inflater_create(pc_inflate_find(packed, sizeof(packed)), &z));
    const uint8_t *in = packed;
    size_t left = sizeof(packed), room = sizeof(text);
    uint8_t *out = text;
    for (int steps = 0; z && left && steps < 4; steps++)
        CHECK_SUCCESS(pc_inflater_step(z, &in, &left, &out, &room));
    CHECK_UINT(left, 0);
    CHECK_UINT(out - text, 8320);
    CHECK(z && pc_inflater_is_complete(z));
    pc_inflater_destroy(z);
}
#endif

static void test_damaged(void)
{
    uint8_t plain[5000], packed[6000], got[6000];
    fill(plain, sizeof(plain));
    size_t size = gzip(plain, sizeof(plain), packed, sizeof(packed));
    packed[size - 6] ^= 1; /* in the checksum */
    pc_inflater *z = NULL;
    CHECK_SUCCESS(pc_inflater_create(pc_inflate_find(packed, size), &z));
    const uint8_t *in = packed;
    uint8_t *out = got;
    size_t left = size, room = sizeof(got);
    pc_error *error = NULL;
    while (z && !error && left)
        error = pc_inflater_step(z, &in, &left, &out, &room);
    CHECK_ERROR(error, PC_ERROR_CORRUPT);
    CHECK_UINT(out - got, sizeof(plain)); /* what came before is right */
    CHECK(!memcmp(got, plain, sizeof(plain)));
    pc_inflater_destroy(z);
}

void suite_stored(void)
{
    CU_pSuite s = CU_add_suite("stored", NULL, NULL);
    CU_add_test(s, "systemd-coredump's names", test_names);
    CU_add_test(s, "facts beside a core", test_facts);
    CU_add_test(s, "a spool with holes", test_spool);
    CU_add_test(s, "a spool that leaves memory", test_spool_on_disk);
    CU_add_test(s, "gzip in pieces", test_inflate);
    CU_add_test(s, "a damaged stream", test_damaged);
#ifdef HAVE_ZSTD
    CU_add_test(s, "zstd of before 1.0", test_zstd_of_before);
#endif
}
