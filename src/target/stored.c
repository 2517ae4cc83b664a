#include "target/stored.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/cursor.h"
#include "base/limits.h"
#include "base/stop.h"
#include "target/inflate.h"
#include "target/spool.h"

#define PIECE (256 * 1024)

static pc_error *io_error(void)
{
    return pc_error_create(PC_ERROR_IO, "%s", strerror(errno));
}

/* The time is over, or the memory used up. */
static pc_error *stopped(void)
{
    return pc_error_create(PC_ERROR_LIMIT, "%s", pc_stop_flag ? pc_stop_text() : "half of the time that it may take (--limit-time) is over");
}

/* Whether a read was only interrupted. */
static bool goes_on(void)
{
    return errno == EINTR && !pc_stop_inflating && !pc_is_stopped();
}

/* ---- inflating ---- */

typedef struct unpacker {
    pc_spool spool;
    pc_inflater *inflater; /* NULL: the bytes are the core's own */
    uint8_t *out;          /* PIECE bytes */
    const pc_progress *progress;
    uint64_t done, all;
} unpacker;

static pc_error *unpacker_init(unpacker *u, const pc_inflate_format *format, const pc_progress *progress, uint64_t all)
{
    *u = (unpacker){.spool = {.fd = -1}, .progress = progress, .all = all};
    if (format)
        PC_TRY(pc_inflater_create(format, &u->inflater));
    u->out = pc_malloc(PIECE);
    return pc_spool_init(&u->spool);
}

static void unpacker_deinit(unpacker *u)
{
    pc_inflater_destroy(u->inflater);
    pc_spool_deinit(&u->spool);
    free(u->out);
}

/* One piece of the stored bytes; none is the end. */
static pc_error *unpack(unpacker *u, const uint8_t *bytes, size_t size)
{
    u->done += size;
    if (u->progress)
        u->progress->tell(u->progress->context, u->done, u->all);
    if (!u->inflater)
        return pc_spool_append(&u->spool, bytes, size);
    for (;;) {
        if (pc_stop_inflating || pc_is_stopped())
            return stopped();
        uint8_t *out = u->out;
        size_t room = PIECE, before = size;
        pc_error *error = pc_inflater_step(u->inflater, &bytes, &size, &out, &room);
        pc_error *write_error = pc_spool_append(&u->spool, u->out, PIECE - room);
        if (write_error) {
            pc_error_destroy(error);
            return write_error;
        }
        if (error)
            return error;
        /* with the output full there may be more behind it, whatever is left of the input */
        if (room && (!size || size == before))
            return NULL;
    }
}

/* The error is that of the stored bytes, not of the spool: what came before it is the core's beginning. */
static bool is_damage(const pc_error *error)
{
    return error->code == PC_ERROR_CORRUPT || pc_stop_inflating || pc_is_stopped();
}

/* The core is in the spool now; error is how it ended. */
static pc_error *finish(unpacker *u, pc_error *error, pc_stored *stored, pc_arena *arena)
{
    if (error && (!is_damage(error) || !u->spool.size))
        return error;
    if (error)
        stored->damage = pc_arena_strdup(arena, error->message);
    else if (u->inflater && !pc_inflater_is_complete(u->inflater))
        stored->damage = "its compressed stream ends early";
    pc_error_destroy(error);
    int fd;
    stored->size = u->spool.size;
    PC_TRY(pc_spool_take(&u->spool, &fd));
    close(stored->fd);
    stored->fd = fd;
    return NULL;
}

static pc_error *unpack_descriptor(unpacker *u, int fd, const uint8_t *head, size_t head_size)
{
    uint8_t *in = pc_malloc(PIECE);
    pc_error *error = unpack(u, head, head_size);
    while (!error) {
        ssize_t n = read(fd, in, PIECE);
        if (n < 0 && goes_on())
            continue;
        if (n < 0)
            error = errno == EINTR ? stopped() : io_error();
        else
            error = unpack(u, in, (size_t)n);
        if (n <= 0)
            break;
    }
    free(in);
    return error;
}

/* ---- apport: "Key: value" lines, those that begin with a blank belong to the key before ---- */

static int base64_digit(uint8_t c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* RFC 4648; each line is encoded on its own. out has room for 3 bytes of each 4 digits. */
static bool base64_decode(const uint8_t *text, size_t size, uint8_t *out, size_t *ret_size)
{
    uint32_t bits = 0;
    size_t digits = 0, count = 0;
    for (size_t i = 0; i < size && text[i] != '='; i++) {
        int digit = base64_digit(text[i]);
        if (digit < 0)
            return false;
        bits = bits << 6 | (uint32_t)digit;
        if (++digits % 4 == 0) {
            out[count++] = (uint8_t)(bits >> 16);
            out[count++] = (uint8_t)(bits >> 8);
            out[count++] = (uint8_t)bits;
        }
    }
    if (digits % 4 == 1)
        return false;
    if (digits % 4 == 2)
        out[count++] = (uint8_t)(bits >> 4);
    if (digits % 4 == 3) {
        out[count++] = (uint8_t)(bits >> 10);
        out[count++] = (uint8_t)(bits >> 2);
    }
    *ret_size = count;
    return true;
}

static pc_error *unpack_line(unpacker **u, unpacker *storage, const uint8_t *line, size_t size, const pc_progress *progress, uint64_t all)
{
    uint8_t *bytes = pc_malloc(size);
    size_t count = 0;
    pc_error *error = NULL;
    if (!base64_decode(line, size, bytes, &count))
        error = pc_error_create(PC_ERROR_CORRUPT, "its base64 is damaged");
    if (!error && !*u) {
        *u = storage;
        error = unpacker_init(storage, pc_inflate_find(bytes, count), progress, all);
    }
    if (!error)
        error = unpack(*u, bytes, count);
    free(bytes);
    return error;
}

/* "Thu Nov 20 10:00:00 2026", in the local time of a machine that is not known: not taken. */
static void apport_field(pc_facts *facts, pc_arena *arena, const char *name, size_t name_length, const uint8_t *value, size_t length)
{
    char key[32];
    if (name_length >= sizeof(key))
        return;
    memcpy(key, name, name_length);
    key[name_length] = 0;
    pc_facts_put(facts, arena, key, (const char *)value, length);
}

static pc_error *open_apport(pc_stored *stored, const uint8_t *data, size_t size, pc_arena *arena, const pc_progress *progress)
{
    bool in_core = false;
    unpacker storage, *u = NULL;
    pc_error *error = NULL;
    stored->compression = stored->facts.stored_by = "apport";
    for (size_t at = 0; at < size && !error;) {
        const uint8_t *line = data + at, *end = memchr(line, '\n', size - at);
        size_t length = end ? (size_t)(end - line) : size - at;
        at += length + 1;
        if (length && *line == ' ') {
            if (in_core)
                error = unpack_line(&u, &storage, line + 1, length - 1, progress, size);
            continue;
        }
        const uint8_t *colon = memchr(line, ':', length);
        size_t name = colon ? (size_t)(colon - line) : 0, value = name + 1;
        in_core = name == 8 && !memcmp(line, "CoreDump", 8);
        while (colon && value < length && line[value] == ' ')
            value++;
        if (colon && !in_core && length - name < PC_LIMIT_FACTS)
            apport_field(&stored->facts, arena, (const char *)line, name, line + value, length - value);
    }
    if (!u && !error)
        error = pc_error_create(PC_ERROR_NOT_CORE, "a report of apport without a core");
    if (u && (!error || is_damage(error))) {
        pc_error *last = error ? error : unpack(u, NULL, 0);
        error = finish(u, last, stored, arena);
    }
    if (u)
        unpacker_deinit(u);
    return error;
}

/* ---- zip archives: PKWARE's APPNOTE.TXT; core-dump-handler packs a core with its facts ---- */

typedef struct zip_entry {
    const uint8_t *data;
    uint64_t packed, size;
    unsigned method;
    const char *name;
    size_t name_length;
} zip_entry;

#define ZIP_END_SIZE 22
#define ZIP_ENTRY_SIZE 46
#define ZIP_LOCAL_SIZE 30

static uint64_t le(const uint8_t *bytes, size_t width)
{
    return pc_load_uint(bytes, width, false);
}

/* Sizes and places beyond 32 bits stand in an extra field, those of them that are there in this order. */
static void zip64_extra(const uint8_t *extra, size_t size, uint64_t *values[3], const bool wanted[3])
{
    while (size >= 4) {
        size_t id = le(extra, 2), length = le(extra + 2, 2);
        if (length > size - 4)
            return;
        size_t at = 4;
        for (int i = 0; id == 1 && i < 3; i++)
            if (wanted[i] && at + 8 <= length + 4) {
                *values[i] = le(extra + at, 8);
                at += 8;
            }
        extra += length + 4;
        size -= length + 4;
    }
}

/* One entry of the central directory; false: there is none. */
static bool zip_next(const uint8_t *data, uint64_t size, uint64_t *at, zip_entry *ret_entry)
{
    if (*at > size || size - *at < ZIP_ENTRY_SIZE || le(data + *at, 4) != 0x02014b50)
        return false;
    const uint8_t *e = data + *at;
    size_t name = le(e + 28, 2), extra = le(e + 30, 2), comment = le(e + 32, 2);
    uint64_t packed = le(e + 20, 4), plain = le(e + 24, 4), local = le(e + 42, 4);
    if (size - *at - ZIP_ENTRY_SIZE < name + extra + comment)
        return false;
    bool wanted[3] = {plain == UINT32_MAX, packed == UINT32_MAX, local == UINT32_MAX};
    uint64_t *values[3] = {&plain, &packed, &local};
    zip64_extra(e + ZIP_ENTRY_SIZE + name, extra, values, wanted);
    *at += ZIP_ENTRY_SIZE + name + extra + comment;
    *ret_entry = (zip_entry){.packed = packed, .size = plain, .method = (unsigned)le(e + 10, 2), .name = (const char *)e + ZIP_ENTRY_SIZE, .name_length = name};
    if (local > size || size - local < ZIP_LOCAL_SIZE || le(data + local, 4) != 0x04034b50)
        return true;
    uint64_t begin = local + ZIP_LOCAL_SIZE + le(data + local + 26, 2) + le(data + local + 28, 2);
    if (begin > size)
        return true;
    if (packed > size - begin)
        ret_entry->packed = size - begin; /* cut off: what there is */
    ret_entry->data = data + begin;
    return true;
}

static bool zip_directory(const uint8_t *data, uint64_t size, uint64_t *ret_at)
{
    uint64_t reach = size > ZIP_END_SIZE + 65535 ? size - ZIP_END_SIZE - 65535 : 0;
    for (uint64_t at = size < ZIP_END_SIZE ? 0 : size - ZIP_END_SIZE; at > reach; at--) {
        if (le(data + at, 4) != 0x06054b50)
            continue;
        uint64_t directory = le(data + at + 16, 4);
        /* zip64: a locator of 20 bytes before it names another end record */
        if (directory == UINT32_MAX && at >= 20 && le(data + at - 20, 4) == 0x07064b50) {
            uint64_t end = le(data + at - 12, 8);
            if (end <= size && size - end >= 56 && le(data + end, 4) == 0x06064b50)
                directory = le(data + end + 48, 8);
        }
        *ret_at = directory;
        return directory < size;
    }
    return false;
}

/* The core is the largest file of the archive. */
static pc_error *open_zip(pc_stored *stored, const uint8_t *data, size_t size, pc_arena *arena, const pc_progress *progress)
{
    zip_entry best = {0}, entry;
    uint64_t at;
    if (!zip_directory(data, size, &at))
        return pc_error_create(PC_ERROR_FORMAT, "a zip archive whose directory is missing or damaged");
    for (int i = 0; i < PC_LIMIT_ZIP_ENTRIES && zip_next(data, size, &at, &entry); i++)
        if (entry.data && entry.size > best.size)
            best = entry;
    if (!best.data || (best.method != 0 && best.method != 8))
        return pc_error_create(PC_ERROR_NOT_CORE, best.data ? "a zip archive whose largest file is packed with method %u" : "a zip archive without a core", best.method);
    stored->compression = "zip";
    unpacker u;
    pc_error *error = unpacker_init(&u, best.method ? &pc_inflate_deflate : NULL, progress, best.packed);
    for (uint64_t done = 0; !error && done < best.packed;) {
        size_t n = best.packed - done < PIECE ? (size_t)(best.packed - done) : PIECE;
        error = unpack(&u, best.data + done, n);
        done += n;
    }
    if (!error || is_damage(error))
        error = finish(&u, error, stored, arena);
    unpacker_deinit(&u);
    return error;
}

/* ---- which of them ---- */

typedef pc_error *open_mapped(pc_stored *stored, const uint8_t *data, size_t size, pc_arena *arena, const pc_progress *progress);

/* Archives are read from their ends: one that came in on a pipe is in a spool by now. */
static pc_error *with_mapping(pc_stored *stored, open_mapped *open_it, pc_arena *arena, const pc_progress *progress)
{
    size_t size = (size_t)stored->size;
    void *data = mmap(NULL, size, PROT_READ, MAP_PRIVATE, stored->fd, 0);
    if (data == MAP_FAILED)
        return io_error();
    pc_error *error = open_it(stored, data, size, arena, progress);
    munmap(data, size);
    return error;
}

static pc_error *spool_all(pc_stored *stored, const uint8_t *head, size_t head_size, const pc_inflate_format *format,
                           pc_arena *arena, const pc_progress *progress)
{
    unpacker u;
    pc_error *error = unpacker_init(&u, format, progress, stored->size);
    if (!error)
        error = unpack_descriptor(&u, stored->fd, head, head_size);
    if (!error || is_damage(error))
        error = finish(&u, error, stored, arena);
    unpacker_deinit(&u);
    return error;
}

static pc_error *read_head(int fd, uint8_t *head, size_t *ret_size)
{
    size_t count = 0;
    while (count < 16) {
        ssize_t n = read(fd, head + count, 16 - count);
        if (n < 0 && goes_on())
            continue;
        if (n < 0)
            return errno == EINTR ? stopped() : io_error();
        if (!n)
            break;
        count += (size_t)n;
    }
    *ret_size = count;
    return NULL;
}

static open_mapped *archive_of(const uint8_t *head, size_t size)
{
    if (size >= 12 && !memcmp(head, "ProblemType:", 12))
        return open_apport;
    return size >= 4 && !memcmp(head, "PK\3\4", 4) ? open_zip : NULL;
}

const char *pc_stored_form(const uint8_t *head, size_t size)
{
    const pc_inflate_format *format = pc_inflate_find(head, size);
    if (format)
        return pc_inflate_name(format);
    open_mapped *archive = archive_of(head, size);
    return !archive ? NULL : archive == open_apport ? "apport" : "zip";
}

bool pc_stored_peek(int fd, uint8_t *head, size_t size, size_t *ret_size)
{
    pc_inflater *inflater = NULL;
    uint8_t *in = pc_malloc(PIECE), *out = head;
    size_t left = size;
    bool goes = true;
    for (uint64_t at = 0; goes && left && at < PC_LIMIT_STORED_PEEK;) {
        ssize_t n = pread(fd, in, PIECE, (off_t)at);
        const uint8_t *from = in;
        size_t in_left = n > 0 ? (size_t)n : 0;
        const pc_inflate_format *format = at ? NULL : pc_inflate_find(in, in_left);
        if (!at)
            goes = format && pc_ok(pc_inflater_create(format, &inflater));
        at += in_left;
        goes &= n > 0;
        for (size_t before = 0; goes && left && in_left && in_left != before;) {
            before = in_left;
            goes = pc_ok(pc_inflater_step(inflater, &from, &in_left, &out, &left));
        }
    }
    bool good = !left || (inflater && pc_inflater_is_complete(inflater));
    if (good)
        *ret_size = size - left;
    pc_inflater_destroy(inflater);
    free(in);
    return good;
}

static pc_error *unpack_if_stored(pc_stored *stored, bool seekable, pc_arena *arena, const pc_progress *progress)
{
    uint8_t head[16];
    size_t size = 0;
    PC_TRY(read_head(stored->fd, head, &size));
    if (!size)
        return pc_error_create(PC_ERROR_NOT_CORE, "the file is empty");
    const pc_inflate_format *format = pc_inflate_find(head, size);
    if (format)
        stored->compression = pc_inflate_name(format);
    if (format || !seekable)
        PC_TRY(spool_all(stored, head, size, format, arena, progress));
    open_mapped *open_it = format ? NULL : archive_of(head, size);
    return open_it ? with_mapping(stored, open_it, arena, progress) : NULL;
}

/* ABRT's folder of one problem: the core is in "coredump", which may be compressed. */
static const char *const names_in_folder[] = {"coredump", "coredump.lz4", "coredump.zst", "coredump.gz", "coredump.xz"};

bool pc_stored_is_folder(const char *path)
{
    struct stat st;
    bool found = false;
    int folder = open(path, O_RDONLY | O_CLOEXEC | O_DIRECTORY);
    for (size_t i = 0; i < PC_ARRAY_SIZE(names_in_folder) && folder >= 0 && !found; i++)
        found = !fstatat(folder, names_in_folder[i], &st, AT_SYMLINK_NOFOLLOW) && S_ISREG(st.st_mode);
    if (folder >= 0)
        close(folder);
    return found;
}

static pc_error *open_in_folder(pc_stored *stored, pc_arena *arena)
{
    int fd = -1;
    for (size_t i = 0; i < PC_ARRAY_SIZE(names_in_folder) && fd < 0; i++)
        fd = openat(stored->fd, names_in_folder[i], O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0)
        return pc_error_create(PC_ERROR_NOT_CORE, "is a directory, not a core file");
    pc_facts_from_folder(&stored->facts, arena, stored->fd);
    close(stored->fd);
    stored->fd = fd;
    return NULL;
}

/* What ABRT noted beside a file of such a name. */
static void add_facts_beside(pc_stored *stored, const char *path, pc_arena *arena)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    bool is_one = false;
    for (size_t i = 0; i < PC_ARRAY_SIZE(names_in_folder); i++)
        is_one |= !strcmp(name, names_in_folder[i]);
    if (!is_one)
        return;
    const char *folder = slash == path ? "/" : slash ? pc_arena_strndup(arena, path, (size_t)(slash - path)) : ".";
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    pc_facts_from_folder(&stored->facts, arena, fd);
    close(fd);
}

static pc_error *open_stored(pc_stored *stored, const char *path, pc_arena *arena, const pc_progress *progress)
{
    struct stat st;
    bool is_input = !strcmp(path, "-");
    stored->fd = is_input ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3) : open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (stored->fd < 0 || fstat(stored->fd, &st))
        return io_error();
    if (S_ISDIR(st.st_mode) && !is_input) {
        PC_TRY(open_in_folder(stored, arena));
        if (fstat(stored->fd, &st))
            return io_error();
    }
    bool regular = S_ISREG(st.st_mode);
    if (!regular && !(is_input && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode))))
        return pc_error_create(PC_ERROR_NOT_CORE, is_input ? "a core has to come in on a pipe or be a file" : "not a regular file");
    stored->size = regular ? (uint64_t)st.st_size : 0;
    if (!is_input) {
        pc_facts_from_name(&stored->facts, arena, path);
        add_facts_beside(stored, path, arena);
    }
    if (regular)
        pc_facts_from_attributes(&stored->facts, arena, stored->fd);
    /* what was read of it by whoever gave it to us is still a part of it */
    if (regular && lseek(stored->fd, 0, SEEK_SET))
        return io_error();
    return unpack_if_stored(stored, regular, arena, progress);
}

pc_error *pc_stored_open(pc_stored *stored, const char *path, pc_arena *arena, const pc_progress *progress)
{
    pc_stored fresh = {.fd = -1};
    pc_error *error = open_stored(&fresh, path, arena, progress);
    if (error) {
        pc_stored_deinit(&fresh);
        return error;
    }
    *stored = fresh;
    return NULL;
}

void pc_stored_deinit(pc_stored *stored)
{
    if (stored && stored->fd >= 0)
        close(stored->fd);
    if (stored)
        stored->fd = -1;
}
