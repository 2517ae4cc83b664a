/* One report's memory: allocated piece by piece, freed at once. Nothing taken from it is ever NULL. */
#ifndef PC_BASE_ARENA_H
#define PC_BASE_ARENA_H

#include "base/types.h"

typedef struct pc_arena_chunk pc_arena_chunk;

typedef struct pc_arena {
    pc_arena_chunk *chunks;
    uint8_t *next;
    size_t left;
    size_t size; /* of all chunks that pieces share */
} pc_arena;

void pc_arena_init(pc_arena *arena);
void pc_arena_deinit(pc_arena *arena);

/* Zeroed, aligned for any type. */
void *pc_arena_alloc(pc_arena *arena, size_t size);
/* count items of size bytes, zeroed. */
void *pc_arena_array(pc_arena *arena, size_t count, size_t size);
/* A copy of count items of size bytes. */
void *pc_arena_copy(pc_arena *arena, const void *items, size_t count, size_t size);
char *pc_arena_strndup(pc_arena *arena, const char *text, size_t length);
char *pc_arena_strdup(pc_arena *arena, const char *text); /* NULL gives NULL */
char *pc_arena_printf(pc_arena *arena, const char *format, ...) PC_PRINTF(2, 3);

#define PC_NEW(arena, type) ((type *)pc_arena_alloc((arena), sizeof(type)))

#endif
