/* A core as it was stored: plain, compressed, in apport's report, in ABRT's folder, in a zip archive, or coming in on standard
 * input. Whatever it is, what comes out is a file of the core's own bytes that can be mapped.
 *
 * A plain file is used as it is. All else is inflated into a spool (spool.h), in a stream and with its holes; a stream that ends
 * early or is damaged gives what came before. */
#ifndef PC_TARGET_STORED_H
#define PC_TARGET_STORED_H

#include "base/error.h"
#include "target/facts.h"

/* Called now and then while a core is inflated: bytes of the stored file that were read, of all (0: not known). */
typedef struct pc_progress {
    void (*tell)(void *context, uint64_t done, uint64_t all);
    void *context;
} pc_progress;

/* What a file that begins with these bytes (16 will do) is stored as: "gzip", "zstd", "xz", "lz4", "apport", "zip"; NULL: plain, or
 * no core at all. */
const char *pc_stored_form(const uint8_t *head, size_t size);
/* The first bytes of what such a file holds, of which no more is read and inflated than that takes. *ret_size is less than size where
 * that is all. false: they are not to be had in this way, in an archive or with a stream that is damaged, cut off or not built in. */
bool pc_stored_peek(int fd, uint8_t *head, size_t size, size_t *ret_size);
/* Whether it is a folder of ABRT's, which pc_stored_open() takes for the core in it. */
bool pc_stored_is_folder(const char *path);

typedef struct pc_stored {
    int fd; /* a regular file, or an unnamed one; owned */
    uint64_t size;
    const char *compression; /* "gzip", "zstd", "xz", "lz4", "apport", "zip"; NULL: none */
    const char *damage;      /* why the end is missing, one line in the arena; NULL: it is not */
    pc_facts facts;
} pc_stored;

/* path: "-" is standard input. progress may be NULL. Errors: PC_ERROR_IO, PC_ERROR_FORMAT, PC_ERROR_NOT_FOUND (a compression that
 * is not built in), PC_ERROR_LIMIT; the message does not name the path. */
pc_error *pc_stored_open(pc_stored *stored, const char *path, pc_arena *arena, const pc_progress *progress);
void pc_stored_deinit(pc_stored *stored);

#endif
