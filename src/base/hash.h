/* FNV-1a with 64 bits (draft-eastlake-fnv-21): it tells things apart, it does not defend against whoever would forge them. */
#ifndef PC_BASE_HASH_H
#define PC_BASE_HASH_H

#include <stdint.h>

#define PC_HASH_START UINT64_C(0xcbf29ce484222325)

/* One unit more: a byte, as the draft has it, or a number where nobody else has to come to the same result. */
static inline uint64_t pc_hash_unit(uint64_t hash, uint64_t unit)
{
    return (hash ^ unit) * UINT64_C(0x100000001b3);
}

/* The bytes of a text, without its NUL; NULL is as empty. */
static inline uint64_t pc_hash_text(uint64_t hash, const char *text)
{
    for (; text && *text; text++)
        hash = pc_hash_unit(hash, (uint8_t)*text);
    return hash;
}

#endif
