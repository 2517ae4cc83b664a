/* Finding interpreter states in a core without a name for anything: a state points to its threads, and each thread points back.
 * Everything that is found is a guess, to be validated from end to end. */
#ifndef PC_PYTHON_SCAN_H
#define PC_PYTHON_SCAN_H

#include "python/python.h"

/* Where an interpreter state keeps its first thread, and a thread its interpreter and the next thread; and what is a dict in an
 * interpreter state, and an object's type: bytes from the struct. */
typedef struct pc_scan_ring {
    uint32_t threads, interpreter, next, sysdict, builtins, modules, type;
} pc_scan_ring;

/* The places that a layout has; false if it does not have them. */
bool pc_scan_ring_of(const pc_layout *layout, pc_scan_ring *ret_ring);
static inline bool pc_scan_ring_equal(const pc_scan_ring *a, const pc_scan_ring *b)
{
    return a->threads == b->threads && a->interpreter == b->interpreter && a->sysdict == b->sysdict && a->builtins == b->builtins && a->type == b->type &&
           a->next == b->next && a->modules == b->modules;
}

typedef struct pc_scan_hit {
    pc_addr interpreter;
    pc_scan_ring ring; /* by which it was found */
} pc_scan_hit;

typedef struct pc_scan_hits {
    pc_scan_hit *items;
    size_t count, capacity;
} pc_scan_hits;

/* Which memory: what was writable in a module's file and its zeroed data, or all that no file backs. */
typedef enum pc_scan_where { PC_SCAN_MODULE, PC_SCAN_ANONYMOUS } pc_scan_where;

/* Interpreter states that lie in that memory, by any of the rings. module is for PC_SCAN_MODULE. Takes time in proportion to the
 * memory, whatever is in it. */
void pc_scan_rings(pc_core *core, pc_scan_where where, const pc_module *module, const pc_scan_ring *rings, size_t ring_count, pc_scan_hits *hits);
/* Interpreter states, wherever they lie, that variables of the module point to, by py's layout. */
void pc_scan_pointers(pc_python *py, const pc_module *module, pc_scan_hits *hits);
/* The runtime state whose main interpreter is the last in py's list, and the head of its whole list, from which py's interpreter is
 * reached; false where there is none, or more than one. */
bool pc_scan_runtime(pc_python *py, pc_addr *ret_runtime, pc_addr *ret_head);
/* Whether the list from one interpreter state on has another. */
bool pc_scan_leads_to(pc_python *py, pc_addr from, pc_addr to);
/* The first place of these bytes in that memory, at a multiple of 8; 0 where there is none. */
pc_addr pc_scan_bytes(pc_core *core, pc_scan_where where, const pc_module *module, const void *bytes, size_t length, pc_addr from);
void pc_scan_deinit(pc_scan_hits *hits);

#endif
