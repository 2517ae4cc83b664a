#include "base/map.h"

#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/hash.h"

void pc_map_init(pc_map *map)
{
    *map = (pc_map){0};
}

void pc_map_deinit(pc_map *map)
{
    if (!map)
        return;
    free(map->keys);
    free(map->values);
    *map = (pc_map){0};
}

/* Where key is or would be; an empty slot has no value. */
static size_t find_slot(const pc_map *map, pc_addr key)
{
    size_t mask = map->capacity - 1;
    size_t i = (size_t)pc_hash_address(key) & mask;
    while (map->values[i] && map->keys[i] != key)
        i = (i + 1) & mask;
    return i;
}

static void put_at(pc_map *map, size_t slot, pc_addr key, void *value)
{
    if (!map->values[slot])
        map->count++;
    map->keys[slot] = key;
    map->values[slot] = value;
}

static void map_grow(pc_map *map)
{
    pc_map bigger = {.capacity = map->capacity ? map->capacity * 2 : 64};
    bigger.keys = pc_malloc(bigger.capacity * sizeof(*bigger.keys));
    bigger.values = pc_malloc(bigger.capacity * sizeof(*bigger.values));
    memset(bigger.values, 0, bigger.capacity * sizeof(*bigger.values));
    for (size_t i = 0; i < map->capacity; i++)
        if (map->values[i])
            put_at(&bigger, find_slot(&bigger, map->keys[i]), map->keys[i], map->values[i]);
    pc_map_deinit(map);
    *map = bigger;
}

void *pc_map_get(const pc_map *map, pc_addr key)
{
    return map->capacity ? map->values[find_slot(map, key)] : NULL;
}

void pc_map_put(pc_map *map, pc_addr key, void *value)
{
    if (map->count * 4 >= map->capacity * 3)
        map_grow(map);
    put_at(map, find_slot(map, key), key, value);
}

bool pc_map_has(const pc_map *map, pc_addr key)
{
    return pc_map_get(map, key) != NULL;
}

bool pc_map_add(pc_map *map, pc_addr key)
{
    static char present;
    if (map->count * 4 >= map->capacity * 3) {
        if (pc_map_has(map, key))
            return false;
        map_grow(map);
    }
    size_t i = find_slot(map, key);
    if (map->values[i])
        return false;
    map->count++;
    map->keys[i] = key;
    map->values[i] = &present;
    return true;
}
