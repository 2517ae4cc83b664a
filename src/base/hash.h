/* FNV-1a with 64 bits (draft-eastlake-fnv-21), and of addresses: they tell things apart, they do not defend against whoever would
 * forge them. */
#ifndef PC_BASE_HASH_H
#define PC_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define PC_HASH_START UINT64_C(0xcbf29ce484222325)

/* One unit more: a byte, as the draft has it, or a number where nobody else has to come to the same result. */
static inline uint64_t pc_hash_unit(uint64_t hash, uint64_t unit)
{
    return (hash ^ unit) * UINT64_C(0x100000001b3);
}

/* Eight bytes are a unit, in this machine's order: quicker, and nobody else comes to the same result. */
static inline uint64_t pc_hash_bytes(uint64_t hash, const char *data, size_t size)
{
    uint64_t unit;
    for (; size >= sizeof(unit); data += sizeof(unit), size -= sizeof(unit)) {
        memcpy(&unit, data, sizeof(unit));
        hash = pc_hash_unit(hash, unit);
        hash ^= hash >> 32;
    }
    for (; size; data++, size--)
        hash = pc_hash_unit(hash, (uint8_t)*data);
    return hash;
}

/* The bytes of a text, without its NUL; NULL is as empty. */
static inline uint64_t pc_hash_text(uint64_t hash, const char *text)
{
    for (; text && *text; text++)
        hash = pc_hash_unit(hash, (uint8_t)*text);
    return hash;
}

/* Of an address in a table of ours. The multiplier is 2^64 over the golden ratio (Knuth, TAOCP volume 3, 6.4): addresses share their
 * low bits, the product's high bits do not. Its low bits are for use. */
static inline uint64_t pc_hash_address(uint64_t address)
{
    return (address * UINT64_C(0x9e3779b97f4a7c15)) >> 20;
}

#endif
