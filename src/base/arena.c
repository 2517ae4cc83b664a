#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"

struct pc_arena_chunk {
    pc_arena_chunk *next;
    max_align_t data[];
};

#define CHUNK_SIZE ((size_t)64 << 10)
#define MANY_CHUNKS ((size_t)512 << 10) /* bytes of them from which on they are large: most reports have one or two */
#define ALIGNMENT _Alignof(max_align_t)

void pc_arena_init(pc_arena *arena)
{
    *arena = (pc_arena){0};
}

void pc_arena_deinit(pc_arena *arena)
{
    if (!arena)
        return;
    while (arena->chunks) {
        pc_arena_chunk *chunk = arena->chunks;
        arena->chunks = chunk->next;
        free(chunk);
    }
    *arena = (pc_arena){0};
}

static pc_arena_chunk *add_chunk(pc_arena *arena, size_t size)
{
    size_t bytes;
    if (__builtin_add_overflow(size, sizeof(pc_arena_chunk), &bytes))
        bytes = SIZE_MAX; /* refused by the allocator, which ends the process */
    pc_arena_chunk *chunk = pc_malloc_large(bytes);
    chunk->next = arena->chunks;
    arena->chunks = chunk;
    return chunk;
}

static __attribute__((noinline)) void begin_chunk(pc_arena *arena)
{
    arena->left = arena->size < MANY_CHUNKS ? CHUNK_SIZE : PC_LARGE_PAGE - sizeof(pc_arena_chunk);
    arena->next = (uint8_t *)add_chunk(arena, arena->left)->data;
    arena->size += arena->left;
}

static inline void *take(pc_arena *arena, size_t size)
{
    size_t rounded = (size + ALIGNMENT - 1) & ~(ALIGNMENT - 1);
    if (rounded < size)
        rounded = SIZE_MAX - 64;
    /* a large piece has a chunk of its own, and the current one goes on being filled */
    if (rounded > CHUNK_SIZE / 4)
        return add_chunk(arena, rounded)->data;
    if (!arena->next || arena->left < rounded)
        begin_chunk(arena);
    void *p = arena->next;
    arena->next += rounded;
    arena->left -= rounded;
    return p;
}

void *pc_arena_alloc(pc_arena *arena, size_t size)
{
    return memset(take(arena, size), 0, size);
}

void *pc_arena_copy(pc_arena *arena, const void *items, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes))
        bytes = SIZE_MAX - 64;
    void *copy = take(arena, bytes);
    if (bytes)
        memcpy(copy, items, bytes);
    return copy;
}

void *pc_arena_array(pc_arena *arena, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes))
        bytes = SIZE_MAX - 64;
    return pc_arena_alloc(arena, bytes);
}

char *pc_arena_strndup(pc_arena *arena, const char *text, size_t length)
{
    char *copy = pc_arena_alloc(arena, length + 1);
    memcpy(copy, text, length);
    return copy;
}

char *pc_arena_strdup(pc_arena *arena, const char *text)
{
    return text ? pc_arena_strndup(arena, text, strlen(text)) : NULL;
}

char *pc_arena_printf(pc_arena *arena, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (length < 0)
        length = 0;
    char *text = pc_arena_alloc(arena, (size_t)length + 1);
    vsnprintf(text, (size_t)length + 1, format, again);
    va_end(again);
    return text;
}
