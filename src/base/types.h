/* Words that every layer uses: addresses of the target and what may be done with them. */
#ifndef PC_BASE_TYPES_H
#define PC_BASE_TYPES_H

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An address in the target's address space, whatever the target's width. Never a pointer of ours. */
typedef uint64_t pc_addr;

#define PC_ADDR "0x%" PRIx64

#define PC_PRINTF(fmt, args) __attribute__((format(printf, fmt, args), nonnull(fmt)))
#define PC_NEVER_NULL __attribute__((returns_nonnull)) /* what it returns */
#define PC_ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* Whether AddressSanitizer is built in: as gcc says it, and as clang does. */
#ifdef __SANITIZE_ADDRESS__
#define PC_IS_SANITIZED 1
#elif defined(__has_feature)
#define PC_IS_SANITIZED __has_feature(address_sanitizer)
#else
#define PC_IS_SANITIZED 0
#endif

/* base + offset; false, with *ret_sum untouched, where the sum leaves 64 bits. */
static inline bool pc_addr_add(pc_addr base, uint64_t offset, pc_addr *ret_sum)
{
    pc_addr sum;
    if (__builtin_add_overflow(base, offset, &sum))
        return false;
    *ret_sum = sum;
    return true;
}

#endif
