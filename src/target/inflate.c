#include "target/inflate.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#ifdef HAVE_ZSTD
#include <zstd.h>
#endif
#ifdef HAVE_LZMA
#include <lzma.h>
#endif
#ifdef HAVE_LZ4
#include <lz4frame.h>
#endif

#include "base/limits.h"
#include "base/shared_library.h"

typedef enum step_result { STEP_MORE, STEP_COMPLETE, STEP_CORRUPT, STEP_TOO_LARGE } step_result;

typedef step_result step_function(void *state, const uint8_t **input, size_t *input_left, uint8_t **output, size_t *output_left);

struct pc_inflate_format {
    const char *name;
    uint8_t magic[6];
    size_t magic_size;
    pc_error *(*load)(void); /* its library; NULL: there is nothing to load */
    void *(*create)(void); /* NULL: not built in */
    void (*destroy)(void *state);
    step_function *step;
};

struct pc_inflater {
    const pc_inflate_format *format;
    void *state;
    bool complete;
};

/* ---- gzip and deflate: zlib ---- */

static void *zlib_create(int window_bits)
{
    z_stream *z = calloc(1, sizeof(*z));
    if (z && inflateInit2(z, window_bits) != Z_OK) {
        free(z);
        return NULL;
    }
    return z;
}

static void *gzip_create(void)
{
    return zlib_create(MAX_WBITS + 16);
}

static void *deflate_create(void)
{
    return zlib_create(-MAX_WBITS);
}

static void zlib_destroy(void *state)
{
    inflateEnd(state);
    free(state);
}

static uInt clamp(size_t size)
{
    return size < UINT_MAX ? (uInt)size : UINT_MAX;
}

static step_result zlib_step(void *state, const uint8_t **input, size_t *input_left, uint8_t **output, size_t *output_left)
{
    z_stream *z = state;
    z->next_in = (Bytef *)*input;
    z->avail_in = clamp(*input_left);
    z->next_out = *output;
    z->avail_out = clamp(*output_left);
    int status = inflate(z, Z_NO_FLUSH);
    *input_left -= (size_t)(z->next_in - *input);
    *output_left -= (size_t)(z->next_out - *output);
    *input = z->next_in;
    *output = z->next_out;
    if (status == Z_STREAM_END)
        return STEP_COMPLETE;
    return status == Z_OK || status == Z_BUF_ERROR ? STEP_MORE : STEP_CORRUPT;
}

/* One member may follow another: pigz, and logs that were appended to. */
static step_result gzip_step(void *state, const uint8_t **input, size_t *input_left, uint8_t **output, size_t *output_left)
{
    step_result result = zlib_step(state, input, input_left, output, output_left);
    if (result == STEP_COMPLETE && inflateReset(state) != Z_OK)
        return STEP_CORRUPT;
    return result;
}

/* ---- zstd ---- */

#ifdef HAVE_ZSTD
#define ZSTD(F) \
    F(ZSTD_, createDStream) F(ZSTD_, DCtx_setParameter) F(ZSTD_, decompressStream) F(ZSTD_, freeDStream) F(ZSTD_, isError)
static PC_LIBRARY(ZSTD) zstd PC_LIBRARY_LINKED(ZSTD);
PC_LIBRARY_LOADER(load_zstd, zstd, "libzstd.so.1", ZSTD)

static void *zstd_create(void)
{
    ZSTD_DStream *z = zstd.createDStream();
    if (z)
        zstd.DCtx_setParameter(z, ZSTD_d_windowLogMax, PC_LIMIT_ZSTD_WINDOW_LOG);
    return z;
}

static void zstd_destroy(void *state)
{
    zstd.freeDStream(state);
}

static step_result zstd_step(void *state, const uint8_t **input, size_t *input_left, uint8_t **output, size_t *output_left)
{
    ZSTD_inBuffer in = {*input, *input_left, 0};
    ZSTD_outBuffer out = {*output, *output_left, 0};
    size_t status = zstd.decompressStream(state, &out, &in);
    /* positions mean nothing then: those of its formats before 1.0 say that the room is full, each time anew */
    if (zstd.isError(status))
        return STEP_CORRUPT;
    *input += in.pos;
    *input_left -= in.pos;
    *output += out.pos;
    *output_left -= out.pos;
    return status ? STEP_MORE : STEP_COMPLETE;
}
#else
#define load_zstd NULL
#define zstd_create NULL
#define zstd_destroy NULL
#define zstd_step NULL
#endif

/* ---- xz ---- */

#ifdef HAVE_LZMA
#define LZMA(F) F(lzma_, code) F(lzma_, end) F(lzma_, stream_decoder)
static PC_LIBRARY(LZMA) lzma PC_LIBRARY_LINKED(LZMA);
PC_LIBRARY_LOADER(load_lzma, lzma, "liblzma.so.5", LZMA)

static void *xz_create(void)
{
    lzma_stream *z = calloc(1, sizeof(*z));
    if (z && lzma.stream_decoder(z, PC_LIMIT_XZ_MEMORY, LZMA_CONCATENATED) != LZMA_OK) {
        free(z);
        return NULL;
    }
    return z;
}

static void xz_destroy(void *state)
{
    lzma.end(state);
    free(state);
}

static step_result xz_step(void *state, const uint8_t **input, size_t *input_left, uint8_t **output, size_t *output_left)
{
    lzma_stream *z = state;
    z->next_in = *input;
    z->avail_in = *input_left;
    z->next_out = *output;
    z->avail_out = *output_left;
    /* no input is the end of the file: that of concatenated streams cannot be told otherwise */
    lzma_ret status = lzma.code(z, *input_left ? LZMA_RUN : LZMA_FINISH);
    *input = z->next_in;
    *input_left = z->avail_in;
    *output = z->next_out;
    *output_left = z->avail_out;
    if (status == LZMA_STREAM_END)
        return STEP_COMPLETE;
    if (status == LZMA_MEMLIMIT_ERROR)
        return STEP_TOO_LARGE;
    return status == LZMA_OK || status == LZMA_BUF_ERROR ? STEP_MORE : STEP_CORRUPT;
}
#else
#define load_lzma NULL
#define xz_create NULL
#define xz_destroy NULL
#define xz_step NULL
#endif

/* ---- LZ4 frames ---- */

#ifdef HAVE_LZ4
#define LZ4(F) F(LZ4F_, createDecompressionContext) F(LZ4F_, decompress) F(LZ4F_, freeDecompressionContext) F(LZ4F_, isError)
static PC_LIBRARY(LZ4) lz4 PC_LIBRARY_LINKED(LZ4);
PC_LIBRARY_LOADER(load_lz4, lz4, "liblz4.so.1", LZ4)

static void *lz4_create(void)
{
    LZ4F_dctx *z;
    return lz4.isError(lz4.createDecompressionContext(&z, LZ4F_VERSION)) ? NULL : z;
}

static void lz4_destroy(void *state)
{
    lz4.freeDecompressionContext(state);
}

static step_result lz4_step(void *state, const uint8_t **input, size_t *input_left, uint8_t **output, size_t *output_left)
{
    size_t in = *input_left, out = *output_left;
    size_t status = lz4.decompress(state, *output, &out, *input, &in, NULL);
    if (lz4.isError(status))
        return STEP_CORRUPT;
    *input += in;
    *input_left -= in;
    *output += out;
    *output_left -= out;
    return status ? STEP_MORE : STEP_COMPLETE;
}
#else
#define load_lz4 NULL
#define lz4_create NULL
#define lz4_destroy NULL
#define lz4_step NULL
#endif

/* Magic: RFC 1952; RFC 8878; the .xz file format, 2.1.1.1; the LZ4 frame format. */
static const pc_inflate_format formats[] = {
    {"gzip", {0x1f, 0x8b, 8}, 3, NULL, gzip_create, zlib_destroy, gzip_step},
    {"zstd", {0x28, 0xb5, 0x2f, 0xfd}, 4, load_zstd, zstd_create, zstd_destroy, zstd_step},
    {"xz", {0xfd, '7', 'z', 'X', 'Z', 0}, 6, load_lzma, xz_create, xz_destroy, xz_step},
    {"lz4", {0x04, 0x22, 0x4d, 0x18}, 4, load_lz4, lz4_create, lz4_destroy, lz4_step},
};
const pc_inflate_format pc_inflate_deflate = {"deflate", {0}, 0, NULL, deflate_create, zlib_destroy, zlib_step};

const pc_inflate_format *pc_inflate_find(const uint8_t *head, size_t size)
{
    for (size_t i = 0; i < PC_ARRAY_SIZE(formats); i++)
        if (size >= formats[i].magic_size && !memcmp(head, formats[i].magic, formats[i].magic_size))
            return &formats[i];
    return NULL;
}

const char *pc_inflate_name(const pc_inflate_format *format)
{
    return format->name;
}

pc_error *pc_inflater_create(const pc_inflate_format *format, pc_inflater **ret_inflater)
{
    if (!format->create)
        return pc_error_create(PC_ERROR_NOT_FOUND, "it is compressed with %s, which this pycore was built without", format->name);
    if (format->load)
        PC_TRY(format->load());
    void *state = format->create();
    if (!state)
        return pc_error_create(PC_ERROR_LIMIT, "there is no memory for inflating %s", format->name);
    pc_inflater *inflater = pc_malloc(sizeof(*inflater));
    *inflater = (pc_inflater){.format = format, .state = state};
    *ret_inflater = inflater;
    return NULL;
}

void pc_inflater_destroy(pc_inflater *inflater)
{
    if (!inflater)
        return;
    inflater->format->destroy(inflater->state);
    free(inflater);
}

pc_error *pc_inflater_step(pc_inflater *inflater, const uint8_t **input, size_t *input_left, uint8_t **output, size_t *output_left)
{
    size_t before = *input_left, room = *output_left;
    step_result result = inflater->format->step(inflater->state, input, input_left, output, output_left);
    if (result == STEP_TOO_LARGE)
        return pc_error_create(PC_ERROR_LIMIT, "inflating it (%s) would take more than %u MiB of memory", inflater->format->name,
                               PC_LIMIT_XZ_MEMORY >> 20);
    /* what follows a complete stream and is none is padding, as dd and tapes leave it: not a part of it */
    if (result == STEP_CORRUPT && inflater->complete) {
        if (*input_left) /* at the end there are no bytes to point behind */
            *input += *input_left;
        *input_left = 0;
        return NULL;
    }
    if (result == STEP_CORRUPT)
        return pc_error_create(PC_ERROR_CORRUPT, "its %s stream is damaged", inflater->format->name);
    if (result == STEP_COMPLETE)
        inflater->complete = true;
    else if (before != *input_left || room != *output_left)
        inflater->complete = false;
    return NULL;
}

bool pc_inflater_is_complete(const pc_inflater *inflater)
{
    return inflater->complete;
}
