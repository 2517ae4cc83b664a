#include "tests/fuzz/patches.h"

#include <stdlib.h>
#include <string.h>

#include "base/cursor.h"

void fuzz_memory_add(fuzz_memory *memory, uint8_t *bytes, size_t size, uint64_t address)
{
    memory->areas = pc_grow(memory->areas, memory->area_count, &memory->area_capacity, sizeof(*memory->areas));
    memory->areas[memory->area_count++] = (fuzz_area){bytes, size, address};
}

static const fuzz_area *area_of(const fuzz_memory *memory, uint64_t address)
{
    size_t low = 0, high = memory->area_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (memory->areas[middle].address <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low && address - memory->areas[low - 1].address < memory->areas[low - 1].size ? &memory->areas[low - 1] : NULL;
}

static void put_place(fuzz_places *places, uint8_t *at)
{
    places->items = pc_grow(places->items, places->count, &places->capacity, sizeof(*places->items));
    places->items[places->count++] = at;
}

static int by_address(const void *a, const void *b)
{
    uint64_t x = ((const fuzz_area *)a)->address, y = ((const fuzz_area *)b)->address;
    return x < y ? -1 : x > y;
}

void fuzz_memory_finish(fuzz_memory *memory)
{
    qsort(memory->areas, memory->area_count, sizeof(*memory->areas), by_address);
    for (size_t i = 0; i < memory->area_count; i++) {
        const fuzz_area *a = &memory->areas[i];
        for (size_t at = 0; at + memory->word <= a->size; at += memory->word) {
            uint64_t value = pc_load_uint(a->bytes + at, memory->word, memory->big_endian);
            put_place(&memory->words, a->bytes + at);
            if (value && value < 4096)
                put_place(&memory->numbers, a->bytes + at);
            else if (area_of(memory, value))
                put_place(&memory->pointers, a->bytes + at);
        }
    }
    FUZZ_CHECK(memory->pointers.count && memory->numbers.count);
}

void fuzz_memory_deinit(fuzz_memory *memory)
{
    free(memory->areas);
    free(memory->words.items);
    free(memory->pointers.items);
    free(memory->numbers.items);
    free(memory->undo);
}

/* What replaces a count, a size or a link: ends of ranges, and what is just plausible enough to be followed. */
static const uint64_t numbers[] = {0, 1, 2, 3, 4, 7, 8, 15, 19, 31, 63, 127, 128, 255, 256, 4095, 4096, 65535, 65536, 100000, 0x3fffffff, 0x40000000,
    0x7fffffff, 0x80000000, 0xfffffffe, 0xffffffff, UINT64_C(1) << 32, UINT64_C(1) << 40, (UINT64_C(1) << 47) - 8, UINT64_C(1) << 61, UINT64_C(1) << 62,
    INT64_MAX - 7, INT64_MAX - 1, INT64_MAX, (uint64_t)INT64_MIN, (uint64_t)INT64_MIN + 1, UINT64_MAX - 15, UINT64_MAX - 7, UINT64_MAX - 1, UINT64_MAX};

static void keep(fuzz_memory *memory, uint8_t *at, size_t size)
{
    memory->undo = pc_grow(memory->undo, memory->undo_count, &memory->undo_capacity, sizeof(*memory->undo));
    struct fuzz_undo *u = &memory->undo[memory->undo_count++];
    u->at = at;
    u->size = size;
    memcpy(u->before, at, size);
}

static void store(fuzz_memory *memory, uint8_t *at, uint64_t value)
{
    keep(memory, at, memory->word);
    for (size_t i = 0; i < memory->word; i++)
        at[memory->big_endian ? memory->word - 1 - i : i] = (uint8_t)(value >> 8 * i);
}

static uint64_t load(const fuzz_memory *memory, const uint8_t *at)
{
    return pc_load_uint(at, memory->word, memory->big_endian);
}

/* The address of a place; 0 for one in the file's headers. */
static uint64_t address_of(const fuzz_memory *memory, const uint8_t *at)
{
    for (size_t i = 0; i < memory->area_count; i++)
        if (at >= memory->areas[i].bytes && at < memory->areas[i].bytes + memory->areas[i].size)
            return memory->areas[i].address + (uint64_t)(at - memory->areas[i].bytes);
    return 0;
}

static size_t room_behind(const fuzz_memory *memory, const uint8_t *at)
{
    for (size_t i = 0; i < memory->area_count; i++)
        if (at >= memory->areas[i].bytes && at < memory->areas[i].bytes + memory->areas[i].size)
            return memory->areas[i].size - (size_t)(at - memory->areas[i].bytes);
    return 0;
}

static void patch_word(fuzz_memory *memory, uint8_t *at, unsigned rule, uint32_t with)
{
    uint8_t *other = memory->words.items[with % memory->words.count];
    uint8_t *link = memory->pointers.items[with % memory->pointers.count];
    uint64_t before = load(memory, at);
    size_t size = memory->word * (1 + (with >> 24) % 8), room = room_behind(memory, at), other_room = room_behind(memory, link);
    switch (rule % 12) {
    case 0:
        store(memory, at, numbers[with % PC_ARRAY_SIZE(numbers)]);
        break;
    case 1: /* what another link leads to: another type, another object of the same kind */
        store(memory, at, load(memory, link));
        break;
    case 2:
        store(memory, at, load(memory, other));
        break;
    case 3: /* two change places */
        store(memory, at, load(memory, link));
        store(memory, link, before);
        break;
    case 4:
        store(memory, at, address_of(memory, other));
        break;
    case 5: /* a neighbour */
        store(memory, at, before + (uint64_t)(int64_t)(int8_t)with);
        break;
    case 6: /* itself, or what stands close before it */
        store(memory, at, address_of(memory, at) - memory->word * (with % 16));
        break;
    case 7:
        store(memory, at, before ^ UINT64_C(1) << with % 64);
        break;
    case 8: { /* a field that is smaller than a word */
        uint8_t *byte = at + (with >> 8) % memory->word;
        keep(memory, byte, 1);
        *byte = (uint8_t)with;
        break;
    }
    case 9:
        store(memory, at, before * (1 + with % 8) + with / 8 % 8);
        break;
    case 10:
        store(memory, at, (uint64_t)(int64_t)(int32_t)with);
        break;
    default: /* one thing over another */
        size = size < room ? size : room;
        size = size < other_room ? size : other_room;
        if (size) {
            keep(memory, at, size);
            memmove(at, link, size);
        }
    }
}

void fuzz_patches_apply(fuzz_memory *memory, fuzz_input *input)
{
    while (input->left) {
        unsigned list = (unsigned)fuzz_take(input, 1), rule = (unsigned)fuzz_take(input, 1);
        uint32_t where = (uint32_t)fuzz_take(input, 4), with = (uint32_t)fuzz_take(input, 4);
        const fuzz_places *places = list % 8 < 4 ? &memory->pointers : list % 8 < 6 ? &memory->numbers : &memory->words;
        if (list % 8 == 7 && memory->file_size >= 8) {
            uint8_t *at = memory->file + where % (memory->file_size - 7);
            patch_word(memory, at, rule % 12 == 11 ? 8 : rule, with);
        } else {
            patch_word(memory, places->items[where % places->count], rule, with);
        }
    }
}

void fuzz_patches_undo(fuzz_memory *memory)
{
    while (memory->undo_count) {
        const struct fuzz_undo *u = &memory->undo[--memory->undo_count];
        memcpy(u->at, u->before, u->size);
    }
}

/* Below n; a generator of our own, so that a seed means the same everywhere. */
static size_t pick(uint64_t *random, size_t n)
{
    *random = *random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (size_t)(*random >> 33) % n;
}

size_t fuzz_patches_mutate(uint8_t *data, size_t size, size_t max_size, size_t head, unsigned seed)
{
    uint64_t random = seed;
    if (max_size < head + FUZZ_PATCH_SIZE)
        return size;
    if (size < head) {
        memset(data + size, 0, head - size);
        size = head;
    }
    size_t count = (size - head) / FUZZ_PATCH_SIZE, how = pick(&random, 10);
    uint8_t *first = data + head;
    size = head + count * FUZZ_PATCH_SIZE;
    if (how < 5 || !count) { /* one more */
        if (size + FUZZ_PATCH_SIZE > max_size)
            return size;
        uint8_t *new = first + count * FUZZ_PATCH_SIZE;
        for (size_t i = 0; i < FUZZ_PATCH_SIZE; i++)
            new[i] = (uint8_t)pick(&random, 256);
        return size + FUZZ_PATCH_SIZE;
    }
    uint8_t *patch = first + pick(&random, count) * FUZZ_PATCH_SIZE;
    if (how < 7) { /* another place, another value, another rule */
        size_t part = pick(&random, 4);
        if (part < 2) {
            patch[part] = (uint8_t)pick(&random, 256);
        } else { /* mostly close by */
            uint8_t *low = &patch[part == 2 ? 2 : 6];
            *low = (uint8_t)(*low + pick(&random, 16) - 8);
        }
    } else if (how < 8) { /* the same once more, a little farther */
        if (size + FUZZ_PATCH_SIZE <= max_size) {
            uint8_t *new = first + count * FUZZ_PATCH_SIZE;
            memcpy(new, patch, FUZZ_PATCH_SIZE);
            new[2] = (uint8_t)(new[2] + 1 + pick(&random, 4));
            size += FUZZ_PATCH_SIZE;
        }
    } else if (how < 9) { /* one less */
        memmove(patch, patch + FUZZ_PATCH_SIZE, (size_t)(data + size - patch) - FUZZ_PATCH_SIZE);
        size -= FUZZ_PATCH_SIZE;
    } else if (head) {
        data[pick(&random, head)] = (uint8_t)pick(&random, 256);
    }
    return size;
}
