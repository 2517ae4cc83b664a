/* The target's address space as the core holds it: sorted ranges with what backs them. Bytes come from the core
 * first, then from files that are proven to be the ones that were mapped; where neither has them an address is "not
 * saved", which is not zero. Nothing is copied: ranges point into mapped files, and
 * those of modules' files into what is mapped when it is first looked at. */
#ifndef PC_TARGET_MEMORY_H
#define PC_TARGET_MEMORY_H

#include "base/buffer.h"
#include "base/cursor.h"
#include "base/error.h"
#include "base/stop.h"
#include "target/backing.h"
#include "target/touched.h"

typedef struct pc_range {
    pc_addr first, last;  /* inclusive */
    const uint8_t *bytes; /* of first; NULL where nothing was saved, and where they are in a module's file */
    pc_backing *file;     /* that file; NULL: none */
    uint64_t offset;      /* of first in it */
} pc_range;

typedef struct pc_ranges {
    pc_range *items;
    size_t count, capacity;
    size_t recent; /* where the last look-up ended: the next is mostly there too */
} pc_ranges;

/* Bytes that lie together, and at any address of which a look-up finds these. */
typedef struct pc_window {
    pc_addr first;
    uint64_t size; /* 0: nothing */
    const uint8_t *bytes;
} pc_window;

#define PC_MEMORY_WINDOWS 64
#define PC_WINDOW_BITS 16 /* addresses that differ below this look into the same window */

typedef struct pc_memory {
    pc_ranges saved;   /* PT_LOAD's bytes in the core */
    pc_ranges file;    /* unmodified pages, from the mapped files */
    pc_ranges unsaved; /* what was mapped, for telling "not saved" from "nothing there" */
    unsigned address_size; /* bytes: 4 or 8 */
    bool big_endian;
    uint64_t work_left;  /* what may still be spent; a look at memory costs 1 */
    uint64_t work_floor; /* what the part of the report that is being read has to leave for the others */
    bool starved;        /* something was refused for want of work, or because reading has to end */
    pc_ranges blanked;   /* of a small core: what was taken out of it (pycore distill --redact) */
    pc_ranges hidden;    /* and what is there for a name, and not to be told of a value */
    pc_touched *touched; /* takes down what is read; NULL: nobody wants to know */
    pc_window windows[PC_MEMORY_WINDOWS]; /* where addresses were found lately, in the places that they would be looked for */
} pc_memory;

void pc_memory_init(pc_memory *memory, unsigned address_size, bool big_endian);
void pc_memory_deinit(pc_memory *memory);

/* Adds size bytes at first; what would leave the address space is cut. bytes (NULL in `unsaved`) must outlive the
 * memory. pc_ranges_finish() comes after the last one: sorts, takes overlaps away (the lower start wins), joins
 * neighbours that are neighbours in their file too. */
void pc_ranges_add(pc_ranges *ranges, pc_addr first, uint64_t size, const uint8_t *bytes);
/* The same of bytes that are in a module's file; all of them have to be in it. */
void pc_ranges_add_file(pc_ranges *ranges, pc_addr first, uint64_t size, pc_backing *file, uint64_t offset);
void pc_ranges_finish(pc_ranges *ranges);
/* To be called when `saved` or `file` have changed after something was read. */
void pc_memory_changed(pc_memory *memory);
/* The range that holds address, else NULL. */
const pc_range *pc_ranges_find(pc_ranges *ranges, pc_addr address);
/* The range that holds address or is the first behind it, else NULL. */
const pc_range *pc_ranges_from(const pc_ranges *ranges, pc_addr address);

/* Work bounds the time and the memory that one report may cost, whatever the core makes of its links and counts
 * (PC_LIMIT_WORK). Every look at memory costs 1; what is done at length with the bytes of one look has to be paid for with
 * pc_memory_spend(), which is false where that was more than there was. Then no address can be read any more
 * (PC_ERROR_LIMIT): what comes of that must not be kept as if it were the target's. */
static inline bool pc_memory_is_starving(const pc_memory *memory)
{
    return memory->work_left <= memory->work_floor || pc_is_stopped();
}
bool pc_memory_refuse(pc_memory *memory);
static inline bool pc_memory_spend(pc_memory *memory, uint64_t work)
{
    if (pc_memory_is_starving(memory) || work > memory->work_left - memory->work_floor)
        return pc_memory_refuse(memory);
    memory->work_left -= work;
    return true;
}
/* Until pc_memory_end_share(), no more can be spent than that part (per cent) of what there is. Shares nest. */
static inline uint64_t pc_memory_begin_share(pc_memory *memory, unsigned percent)
{
    uint64_t begun = memory->work_floor;
    if (!pc_memory_is_starving(memory))
        memory->work_floor = memory->work_left - (memory->work_left - memory->work_floor) / 100 * percent;
    return begun;
}
static inline void pc_memory_end_share(pc_memory *memory, uint64_t begun)
{
    memory->work_floor = begun;
}

/* Whether the address is backed by the core's own bytes (not by a file, not unsaved). */
bool pc_memory_is_saved(pc_memory *memory, pc_addr address);
bool pc_memory_is_readable(pc_memory *memory, pc_addr address);

/* Of the wanted bytes at address those that lie together: a pointer to them and how many, at least 1. NULL if there are none. */
const uint8_t *pc_memory_span(pc_memory *memory, pc_addr address, uint64_t wanted, uint64_t *ret_length);
/* Takes down that these bytes were read by another way than the functions here. */
void pc_memory_touch(pc_memory *memory, pc_addr address, uint64_t length);
/* The same of a name. */
void pc_memory_touch_name(pc_memory *memory, pc_addr address, uint64_t length);
/* Takes down that these bytes are not to be in a small core. */
void pc_memory_blank(pc_memory *memory, pc_addr address, uint64_t length);
/* A pointer to length bytes, or NULL if they do not lie together or are not there. */
const uint8_t *pc_memory_peek(pc_memory *memory, pc_addr address, size_t length);

static inline pc_window *pc_memory_window(pc_memory *memory, pc_addr address)
{
    uint64_t place = address >> PC_WINDOW_BITS;
    return &memory->windows[(place ^ place >> 6) % PC_MEMORY_WINDOWS];
}

/* pc_memory_peek() where bytes near them were looked at before, and nothing is taken down; else NULL, which says nothing. */
static inline const uint8_t *pc_memory_at_once(pc_memory *memory, pc_addr address, size_t length)
{
    const pc_window *window = pc_memory_window(memory, address);
    uint64_t offset = address - window->first;
    if (offset >= window->size || length > window->size - offset || memory->touched || pc_memory_is_starving(memory))
        return NULL;
    memory->work_left--;
    return window->bytes + offset;
}

/* pc_memory_peek(), quick. */
static inline const uint8_t *pc_memory_near(pc_memory *memory, pc_addr address, size_t length)
{
    const uint8_t *bytes = pc_memory_at_once(memory, address, length);
    return bytes ? bytes : pc_memory_peek(memory, address, length);
}

/* Reads may cross adjacent ranges. Errors: PC_ERROR_NOT_SAVED, PC_ERROR_UNMAPPED with the first address missing,
 * PC_ERROR_LIMIT where no work is left. */
pc_error *pc_memory_read(pc_memory *memory, pc_addr address, void *buffer, size_t length);
pc_error *pc_memory_uint_anywhere(pc_memory *memory, pc_addr address, size_t width, uint64_t *ret_value);
static inline pc_error *pc_memory_uint(pc_memory *memory, pc_addr address, size_t width, uint64_t *ret_value)
{
    const uint8_t *bytes = pc_is_one_load(width) ? pc_memory_at_once(memory, address, width) : NULL;
    if (!bytes)
        return pc_memory_uint_anywhere(memory, address, width, ret_value);
    *ret_value = pc_load_uint_at_once(bytes, width, memory->big_endian);
    return NULL;
}
static inline pc_error *pc_memory_pointer(pc_memory *memory, pc_addr address, pc_addr *ret_value)
{
    const bool is_word = memory->address_size == 8 && pc_is_own_order(memory->big_endian);
    const uint8_t *bytes = is_word ? pc_memory_at_once(memory, address, 8) : NULL;
    if (!bytes)
        return pc_memory_uint_anywhere(memory, address, memory->address_size, ret_value);
    memcpy(ret_value, bytes, 8);
    return NULL;
}
/* The NUL-terminated bytes at address, at most limit of them, appended to the buffer. PC_ERROR_LIMIT if no NUL. */
pc_error *pc_memory_string(pc_memory *memory, pc_addr address, size_t limit, pc_buffer *buffer);

#endif
