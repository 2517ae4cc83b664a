/* Finding interpreter states in a core without a name for anything: a state points to its threads, and each thread points back.
 * Everything that is found is a guess, to be validated from end to end. */
#ifndef PC_PYTHON_SCAN_H
#define PC_PYTHON_SCAN_H

#include "python/python.h"

/* Where an interpreter state keeps its first thread and a thread its interpreter: bytes from the struct. */
typedef struct pc_scan_ring {
    uint32_t threads, interpreter;
} pc_scan_ring;

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
/* The runtime state whose list of interpreters is py's: 0 where there is none, or more than one. */
pc_addr pc_scan_runtime(pc_python *py);
/* The first place of these bytes in that memory, at a multiple of 8; 0 where there is none. */
pc_addr pc_scan_bytes(pc_core *core, pc_scan_where where, const pc_module *module, const void *bytes, size_t length, pc_addr from);
void pc_scan_deinit(pc_scan_hits *hits);

#endif
