/* Gives targets what was kept of earlier fuzzing: every file of FOLDER/fuzz-TARGET, each in a process of its own. NAME.gz is
 * unpacked first. Files named NAME.pack hold many small ones: of each a size (4 bytes, little endian) and so many bytes.
 *
 *     replay FOLDER [TARGET]...        all of these targets
 *     replay --one TARGET FILE...      these files, in this process, for a debugger; with PYCORE_FUZZ_DATA=FOLDER for core
 *     replay --unpack FILE FOLDER      what a pack holds, as files, for an engine
 *     replay --pack FILE FOLDER        the other way
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

#include "base/buffer.h"
#include "tests/fuzz/fuzz.h"

/* A bound on hangs, for one that never ends: no measure of a machine's speed. */
#define SECONDS 120

static const struct {
    const char *name;
    void (*run)(const uint8_t *data, size_t size);
} targets[] = {
#define FUZZ_ROW(name) {#name, fuzz_##name},
    FUZZ_TARGETS(FUZZ_ROW)
#undef FUZZ_ROW
};

static unsigned passed, failed;

/* The file's bytes, or what gzip packed; a file that is not packed comes as it is, whatever its first bytes are. */
static bool read_file(const char *path, bool packed, pc_buffer *buffer)
{
    static char piece[65536];
    int got;
    gzFile in = packed ? gzopen(path, "rb") : NULL;
    FILE *plain = packed ? NULL : fopen(path, "rb");
    if (!in && !plain) {
        fprintf(stderr, "replay: %s: %s\n", path, strerror(errno));
        return false;
    }
    while ((got = in ? gzread(in, piece, sizeof(piece)) : (int)fread(piece, 1, sizeof(piece), plain)) > 0)
        pc_buffer_append(buffer, piece, (size_t)got);
    if (in)
        gzclose(in);
    if (plain)
        fclose(plain);
    if (got < 0)
        fprintf(stderr, "replay: %s: damaged\n", path);
    return got >= 0;
}

static bool ends_with(const char *name, const char *ending)
{
    size_t length = strlen(name), wanted = strlen(ending);
    return length >= wanted && !strcmp(name + length - wanted, ending);
}

/* The next piece of a pack; false at its end. */
static bool next_piece(const pc_buffer *pack, size_t *at, const uint8_t **ret_data, size_t *ret_size)
{
    fuzz_input input = {(const uint8_t *)pack->data + *at, pack->length - *at};
    if (input.left < 4)
        return false;
    size_t size = fuzz_take(&input, 4);
    if (size > input.left)
        return false;
    *ret_data = input.at;
    *ret_size = size;
    *at += 4 + size;
    return true;
}

/* What a child does: all pieces of a pack, or the whole; *number tells the parent how far it came. */
static void run_all(size_t target, const pc_buffer *bytes, bool pack, unsigned *number)
{
    const uint8_t *data = (const uint8_t *)pc_buffer_text(bytes);
    size_t size = bytes->length, at = 0;
    while (!pack || next_piece(bytes, &at, &data, &size)) {
        ++*number;
        uint8_t *copy = fuzz_copy(data, size);
        targets[target].run(copy, size);
        free(copy);
        if (!pack)
            break;
    }
}

static void run_file(size_t target, const char *path)
{
    PC_AUTO_BUFFER bytes = {0};
    bool pack = ends_with(path, ".pack");
    if (!read_file(path, pack || ends_with(path, ".gz"), &bytes)) {
        failed++;
        return;
    }
    unsigned *number = mmap(NULL, sizeof(*number), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    FUZZ_CHECK(number != MAP_FAILED);
    fflush(stdout);
    pid_t child = fork();
    int status = -1;
    if (child == 0) {
        struct rlimit limit = {SECONDS, SECONDS}, none = {0, 0};
        setrlimit(RLIMIT_CPU, &limit);
        setrlimit(RLIMIT_CORE, &none);
        run_all(target, &bytes, pack, number);
        exit(0);
    }
    if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status)) {
        printf("fuzz: %s: FAILED: %s, its piece %u", targets[target].name, path, *number);
        printf(WIFSIGNALED(status) ? " (signal %d)\n" : " (wait status %d)\n", WIFSIGNALED(status) ? WTERMSIG(status) : status);
        passed += *number ? *number - 1 : 0;
        failed++;
    } else {
        passed += *number;
    }
    munmap(number, sizeof(*number));
}

static int is_file(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static void run_folder(size_t target, const char *folder)
{
    PC_AUTO_BUFFER path = {0};
    struct dirent **entries = NULL;
    pc_buffer_printf(&path, "%s/fuzz-%s", folder, targets[target].name);
    int count = scandir(path.data, &entries, is_file, alphasort);
    if (count <= 0) {
        printf("fuzz: %s: FAILED: nothing is in %s\n", targets[target].name, path.data);
        failed++;
    }
    size_t length = path.length;
    for (int i = 0; i < count; i++) {
        pc_buffer_cut(&path, length);
        pc_buffer_printf(&path, "/%s", entries[i]->d_name);
        run_file(target, path.data);
        free(entries[i]);
    }
    free(entries);
}

static int unpack(const char *file, const char *folder)
{
    PC_AUTO_BUFFER bytes = {0};
    const uint8_t *data;
    size_t size, at = 0, number = 0;
    if (!read_file(file, true, &bytes))
        return 1;
    while (next_piece(&bytes, &at, &data, &size)) {
        PC_AUTO_BUFFER path = {0};
        pc_buffer_printf(&path, "%s/seed-%05zu", folder, ++number);
        FILE *out = fopen(path.data, "wb");
        if (!out || fwrite(data, 1, size, out) != size || fclose(out)) {
            fprintf(stderr, "replay: %s: %s\n", path.data, strerror(errno));
            return 1;
        }
    }
    return 0;
}

static int pack(const char *file, const char *folder)
{
    struct dirent **entries = NULL;
    int count = scandir(folder, &entries, is_file, alphasort);
    gzFile out = count > 0 ? gzopen(file, "wb9") : NULL;
    bool good = out;
    for (int i = 0; i < count; i++) {
        PC_AUTO_BUFFER path = {0}, bytes = {0};
        pc_buffer_printf(&path, "%s/%s", folder, entries[i]->d_name);
        free(entries[i]);
        if (!good || !read_file(path.data, false, &bytes))
            continue;
        uint8_t head[4];
        for (int k = 0; k < 4; k++)
            head[k] = (uint8_t)(bytes.length >> 8 * k);
        good = gzwrite(out, head, 4) == 4 && (!bytes.length || gzwrite(out, bytes.data, (unsigned)bytes.length) > 0);
    }
    free(entries);
    return out && gzclose(out) == Z_OK && good ? 0 : 1;
}

static bool is_named(const char *name, int argc, char **argv)
{
    for (int i = 0; i < argc; i++)
        if (!strcmp(name, argv[i]))
            return true;
    return !argc;
}

int main(int argc, char **argv)
{
    if (argc == 4 && !strcmp(argv[1], "--unpack"))
        return unpack(argv[2], argv[3]);
    if (argc == 4 && !strcmp(argv[1], "--pack"))
        return pack(argv[2], argv[3]);
    if (argc < 2) {
        fprintf(stderr, "usage: replay FOLDER [TARGET]...\n");
        return 64;
    }
    setenv("PYCORE_FUZZ_DATA", argv[1], 0);
    for (size_t t = 0; t < PC_ARRAY_SIZE(targets); t++) {
        if (strcmp(argv[1], "--one")) {
            if (is_named(targets[t].name, argc - 2, argv + 2))
                run_folder(t, argv[1]);
        } else if (argc > 2 && !strcmp(targets[t].name, argv[2])) {
            for (int i = 3; i < argc; i++) {
                PC_AUTO_BUFFER bytes = {0};
                fprintf(stderr, "%s\n", argv[i]);
                if (read_file(argv[i], ends_with(argv[i], ".gz"), &bytes)) {
                    uint8_t *copy = fuzz_copy((const uint8_t *)pc_buffer_text(&bytes), bytes.length);
                    targets[t].run(copy, bytes.length);
                    free(copy);
                    passed++;
                }
            }
        }
    }
    printf("fuzz: %u passed, %u failed, 0 skipped\n", passed, failed);
    return failed || !passed;
}
