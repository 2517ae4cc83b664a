#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/text.h"
#include "tests/synth.h"

void fuzz_fail(const char *condition, const char *file, int line)
{
    fprintf(stderr, "%s:%d: not so: %s\n", file, line, condition);
    abort();
}

/* In memory where the system has it: thousands are written each second, and nothing is left behind after a crash. */
const char *fuzz_file(const uint8_t *data, size_t size)
{
    static int fd = -1;
    static char in_memory[64];
    static char *on_disk;
    if (fd < 0 && !on_disk) {
        fd = memfd_create("fuzz", MFD_CLOEXEC);
        snprintf(in_memory, sizeof(in_memory), "/proc/self/fd/%d", fd);
        if (fd >= 0 && access(in_memory, R_OK) != 0) { /* no /proc */
            close(fd);
            fd = -1;
        }
    }
    if (fd < 0) {
        if (on_disk)
            synth_file_remove(&on_disk);
        synth_file_write(data, size, &on_disk);
        return on_disk;
    }
    FUZZ_CHECK(ftruncate(fd, 0) == 0);
    FUZZ_CHECK(pwrite(fd, data, size, 0) == (ssize_t)size);
    return in_memory;
}

uint8_t *fuzz_copy(const uint8_t *data, size_t size)
{
    uint8_t *copy = pc_malloc(size ? size : 1);
    if (size)
        memcpy(copy, data, size);
    return copy;
}

bool fuzz_is_printable(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];
        if ((c < 0x20 && c != '\n') || c == 0x7f)
            return false;
        if (c == 0xc2 && i + 1 < size && (unsigned char)text[i + 1] < 0xa0) /* C1 */
            return false;
    }
    return pc_text_is_utf8(text, size);
}

bool fuzz_ok(pc_error *error)
{
    if (!error)
        return true;
    FUZZ_CHECK(error->message && error->message[0]);
    pc_error_destroy(error);
    return false;
}

uint64_t fuzz_take(fuzz_input *input, size_t width)
{
    uint64_t value = 0;
    for (size_t i = 0; i < width; i++) {
        if (!input->left)
            return value;
        value |= (uint64_t)*input->at++ << 8 * i;
        input->left--;
    }
    return value;
}
