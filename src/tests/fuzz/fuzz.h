/* Fuzz targets: each takes any bytes and gives them to one part of pycore, which has to come back, with nothing read that is not
 * there and nothing printed that is not text. The same code runs in libFuzzer and AFL++ (engine.c) and in `make check`
 * (replay.c), which feeds it what was once found. */
#ifndef PC_TESTS_FUZZ_FUZZ_H
#define PC_TESTS_FUZZ_FUZZ_H

#include <stdio.h>

#include "base/error.h"

/* A target is a line here, a file of its name, a number below and a line in Makefile.am. */
#define FUZZ_TARGETS(TARGET) \
    TARGET(elf)              \
    TARGET(table)            \
    TARGET(core)             \
    TARGET(objects)          \
    TARGET(offsets)          \
    TARGET(lines)            \
    TARGET(note)             \
    TARGET(stored)           \
    TARGET(dwarf)

#define FUZZ_DECLARE(name) void fuzz_##name(const uint8_t *data, size_t size);
FUZZ_TARGETS(FUZZ_DECLARE)
#undef FUZZ_DECLARE

/* For those whose inputs are patches (patches.h): how many bytes come before them. 0: the inputs are none. */
#define FUZZ_HEAD_elf 0
#define FUZZ_HEAD_table 0
#define FUZZ_HEAD_core 4
#define FUZZ_HEAD_objects 2
#define FUZZ_HEAD_offsets 0
#define FUZZ_HEAD_lines 0
#define FUZZ_HEAD_note 0
#define FUZZ_HEAD_stored 0
#define FUZZ_HEAD_dwarf 0

/* Ends the program: the target's answer is wrong, though nothing crashed. */
#define FUZZ_CHECK(condition)                                                                      \
    do {                                                                                           \
        if (!(condition))                                                                          \
            fuzz_fail(#condition, __FILE__, __LINE__);                                             \
    } while (0)
void fuzz_fail(const char *condition, const char *file, int line) __attribute__((noreturn));

/* A file of these bytes; the path is valid until the next call. */
const char *fuzz_file(const uint8_t *data, size_t size);
/* A copy without a byte to spare, so that a sanitizer sees every byte too many; never NULL. Caller frees. */
uint8_t *fuzz_copy(const uint8_t *data, size_t size);
/* Whether it is text that a terminal can be given: UTF-8, no control characters but newlines. */
bool fuzz_is_printable(const char *text, size_t size);

/* An error is as good as a success, but its message has to be one line of text. */
bool fuzz_ok(pc_error *error);

/* Reads the input from its beginning; zeros behind its end. */
typedef struct fuzz_input {
    const uint8_t *at;
    size_t left;
} fuzz_input;
uint64_t fuzz_take(fuzz_input *input, size_t width);

#endif
