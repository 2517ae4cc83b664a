/* Cores as they were stored: compressed streams, apport's reports, zip archives, and systemd's names, which is what stands
 * before the first NUL byte of an input. */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/text.h"
#include "target/inflate.h"
#include "target/stored.h"
#include "tests/fuzz/fuzz.h"

/* A few bytes may ask for a disk: here they get so much of it. */
#define ROOM (64u << 20)

static void limit_room(void)
{
    struct rlimit limit = {ROOM, ROOM};
    static bool done;
    if (done)
        return;
    done = true;
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &limit);
}

static void check_facts(const pc_facts *facts)
{
    const char *texts[] = {facts->hostname, facts->command, facts->executable};
    for (size_t i = 0; i < PC_ARRAY_SIZE(texts); i++)
        FUZZ_CHECK(!texts[i] || pc_text_is_utf8(texts[i], strlen(texts[i])));
}

/* The same in pieces of a few bytes: a stream does not care how it comes. */
static void inflate_slowly(const uint8_t *data, size_t size, int wanted)
{
    const pc_inflate_format *format = pc_inflate_find(data, size);
    pc_inflater *inflater;
    uint8_t bytes[512], whole[512];
    uint64_t all = 0;
    if (!format || !fuzz_ok(pc_inflater_create(format, &inflater)))
        return;
    for (size_t at = 0, piece = 1; at < size && all < 1 << 16; piece = piece % 7 + 1) {
        const uint8_t *in = data + at;
        size_t in_left = piece < size - at ? piece : size - at, before;
        do {
            uint8_t *out = bytes;
            size_t out_left = sizeof(bytes);
            before = in_left;
            if (!fuzz_ok(pc_inflater_step(inflater, &in, &in_left, &out, &out_left))) {
                pc_inflater_destroy(inflater);
                return;
            }
            size_t got = sizeof(bytes) - out_left;
            if (wanted >= 0 && got && pread(wanted, whole, got, (off_t)all) == (ssize_t)got)
                FUZZ_CHECK(!memcmp(bytes, whole, got));
            all += got;
            if (!got && before == in_left)
                break;
        } while (all < 1 << 16);
        if (in == data + at) /* it takes no more */
            break;
        at = (size_t)(in - data);
    }
    pc_inflater_is_complete(inflater);
    pc_inflater_destroy(inflater);
}

void fuzz_stored(const uint8_t *data, size_t size)
{
    pc_arena arena;
    pc_stored stored;
    limit_room();
    const uint8_t *nul = size ? memchr(data, 0, size < 256 ? size : 256) : NULL;
    pc_arena_init(&arena);
    if (nul && nul > data && (data[0] == 'c' || data[0] == '/')) {
        pc_facts facts = {.has_pid = false};
        pc_facts_from_name(&facts, &arena, (const char *)data);
        check_facts(&facts);
        size -= (size_t)(nul + 1 - data);
        data = nul + 1;
    }
    if (fuzz_ok(pc_stored_open(&stored, fuzz_file(data, size), &arena, NULL))) {
        FUZZ_CHECK(lseek(stored.fd, 0, SEEK_END) == (off_t)stored.size);
        FUZZ_CHECK(!stored.damage || pc_text_is_utf8(stored.damage, strlen(stored.damage)));
        check_facts(&stored.facts);
        inflate_slowly(data, size, stored.compression && strcmp(stored.compression, "apport") && strcmp(stored.compression, "zip") ? stored.fd : -1);
        pc_stored_deinit(&stored);
    } else {
        inflate_slowly(data, size, -1);
    }
    pc_arena_deinit(&arena);
}
