/* A table from addresses to pointers of ours: caches of types and code objects, visited sets. */
#ifndef PC_BASE_MAP_H
#define PC_BASE_MAP_H

#include "base/types.h"

typedef struct pc_map {
    pc_addr *keys;
    void **values;
    size_t capacity, count;
} pc_map;

void pc_map_init(pc_map *map);
void pc_map_deinit(pc_map *map);
void *pc_map_get(const pc_map *map, pc_addr key); /* NULL where it is not there */
/* value must not be NULL; replaces what was there. */
void pc_map_put(pc_map *map, pc_addr key, void *value);
/* A visited set: true if key was not yet in it. */
bool pc_map_add(pc_map *map, pc_addr key);
bool pc_map_has(const pc_map *map, pc_addr key);

#endif
