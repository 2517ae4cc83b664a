/* Compressed streams, told by their first bytes and never by a name: gzip, zstd, xz and LZ4 frames, and the bare deflate of
 * zip archives. A stream may consist of several one behind the other. Only gzip and deflate are always built in. */
#ifndef PC_TARGET_INFLATE_H
#define PC_TARGET_INFLATE_H

#include "base/error.h"

typedef struct pc_inflate_format pc_inflate_format;

/* The format whose magic the bytes begin with; NULL if none does. */
const pc_inflate_format *pc_inflate_find(const uint8_t *head, size_t size);
/* Deflate without any header (RFC 1951). */
extern const pc_inflate_format pc_inflate_deflate;
/* "gzip", "zstd", "xz", "lz4", "deflate". */
const char *pc_inflate_name(const pc_inflate_format *format);

typedef struct pc_inflater pc_inflater;

/* PC_ERROR_NOT_FOUND where this pycore was built without the library for it, PC_ERROR_IO where that cannot be loaded. */
pc_error *pc_inflater_create(const pc_inflate_format *format, pc_inflater **ret_inflater);
void pc_inflater_destroy(pc_inflater *inflater);
/* Takes from the input and puts into the output what it can: both pointers move, both counts go down. Returns with neither
 * moved only where it needs more input. PC_ERROR_CORRUPT: the stream cannot go on; what was put out before is right. */
pc_error *pc_inflater_step(pc_inflater *inflater, const uint8_t **input, size_t *input_left, uint8_t **output, size_t *output_left);
/* Whether the stream may end here. */
bool pc_inflater_is_complete(const pc_inflater *inflater);

#endif
