/* Writes JSON, a piece at a time: nothing of the document is kept but a block of it. Without blanks, but for the lines that the
 * caller breaks. Keys come in the order in which they are put.
 *
 * What is written is valid UTF-8 whatever it is given: bytes that do not decode come out as the six characters \udcXX,
 * as Python shows them. Beside what JSON says has to be escaped, DEL and the controls from U+0080 to U+009F are: they are good
 * JSON, but a terminal that shows them may obey them.
 *
 * A stream's errors stay with the stream (ferror()); when there was one, the rest is not written. */
#ifndef PC_BASE_JSON_H
#define PC_BASE_JSON_H

#include <stdio.h>
#include <string.h>

#include "base/buffer.h"

#define PC_JSON_BLOCK 32768 /* bytes that are written at once */

typedef struct pc_json {
    FILE *stream;      /* where full blocks go to: one of these two */
    pc_buffer *buffer;
    uint64_t flushed;  /* bytes that have left the block */
    char *at;          /* behind the last one in it */
    bool comma;        /* a value stands before what comes next */
    char block[PC_JSON_BLOCK];
} pc_json;

void pc_json_begin(pc_json *j, FILE *stream);
void pc_json_begin_buffer(pc_json *j, pc_buffer *buffer);
/* Hands over what is still in the block. */
void pc_json_end(pc_json *j);

/* Makes room for a piece, which is smaller than half of a block. */
void pc_json_flush(pc_json *j);
static inline void pc_json_reserve(pc_json *j, size_t size)
{
    if ((size_t)(j->block + PC_JSON_BLOCK - j->at) < size)
        pc_json_flush(j);
}

/* Bytes that were written until now. */
static inline uint64_t pc_json_written(const pc_json *j)
{
    return j->flushed + (uint64_t)(j->at - j->block);
}

/* A few bytes of JSON as they are; pc_json_token() puts a whole value. */
static inline void pc_json_raw(pc_json *j, const char *text, size_t length)
{
    pc_json_reserve(j, length);
    memcpy(j->at, text, length);
    j->at += length;
}

/* The same of a literal. */
#define PC_JSON_LITERAL(j, text) pc_json_raw((j), "" text, sizeof(text) - 1)

/* What separates the next value from the one before it. */
static inline void pc_json_next(pc_json *j)
{
    pc_json_reserve(j, 1);
    if (j->comma)
        *j->at++ = ',';
    j->comma = true;
}

static inline void pc_json_token(pc_json *j, const char *text)
{
    pc_json_next(j);
    pc_json_raw(j, text, strlen(text));
}

/* Members or items as they are to stand there: that were written before, mostly; without what separates the first of them from another one. */
static inline void pc_json_again(pc_json *j, const char *text, size_t length)
{
    pc_json_next(j);
    pc_json_raw(j, text, length);
}

/* A line break and what indents the next value. */
static inline void pc_json_break(pc_json *j, const char *blanks)
{
    if (j->comma)
        pc_json_raw(j, ",", 1);
    pc_json_raw(j, blanks, strlen(blanks));
    j->comma = false;
}

static inline void pc_json_open(pc_json *j, char bracket)
{
    pc_json_next(j);
    pc_json_raw(j, &bracket, 1);
    j->comma = false;
}

static inline void pc_json_close(pc_json *j, char bracket)
{
    pc_json_raw(j, &bracket, 1);
    j->comma = true;
}

static inline void pc_json_object(pc_json *j)
{
    pc_json_open(j, '{');
}

static inline void pc_json_object_end(pc_json *j)
{
    pc_json_close(j, '}');
}

static inline void pc_json_array(pc_json *j)
{
    pc_json_open(j, '[');
}

static inline void pc_json_array_end(pc_json *j)
{
    pc_json_close(j, ']');
}

/* One of ours: short, and with nothing in it that JSON escapes. */
static inline void pc_json_key(pc_json *j, const char *key)
{
    size_t length = strlen(key);
    pc_json_reserve(j, length + 4);
    char *p = j->at;
    *p = ',';
    p += j->comma;
    *p++ = '"';
    memcpy(p, key, length);
    p += length;
    *p++ = '"';
    *p++ = ':';
    j->at = p;
    j->comma = false;
}

void pc_json_string(pc_json *j, const char *text); /* NULL: null */
void pc_json_integer(pc_json *j, int64_t value);
void pc_json_address(pc_json *j, pc_addr value);   /* as a string: "0x7f00" */

static inline void pc_json_null(pc_json *j)
{
    pc_json_token(j, "null");
}

static inline void pc_json_bool(pc_json *j, bool value)
{
    pc_json_token(j, value ? "true" : "false");
}

#endif
