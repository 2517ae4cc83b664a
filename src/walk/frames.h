/* Frames of a thread, and the one behind a traceback entry. */
#ifndef PC_WALK_FRAMES_H
#define PC_WALK_FRAMES_H

#include "walk/result.h"

/* Where a frame keeps what, whichever of CPython's two kinds it is: the frame object (to 3.10) or the interpreter
 * frame (3.11). */
typedef struct pc_frame_ref {
    pc_addr address;
    pc_addr previous; /* 0: the outermost */
    pc_code *code;
    int64_t lasti;    /* byte offset of the instruction that is being executed; negative before the first */
    int64_t traced_line; /* a line that a tracer has set; 0: none */
    pc_addr localsplus;
    pc_addr globals, locals; /* dicts; 0: none */
    pc_addr generator; /* that it belongs to, 0: none */
    bool is_shim;      /* the interpreter's own, not Python code: to be left out (3.12) */
    bool incomplete;   /* it has not begun: the interpreter hides such (3.11) */
    pc_known entry;
} pc_frame_ref;

/* The thread's innermost frame; 0 if it runs no Python. */
pc_error *pc_frame_innermost(pc_python *py, pc_addr thread, pc_addr *ret_frame);
/* Of an address from pc_frame_innermost() or `previous`. When only the code object is damaged, `previous` is set
 * and code is NULL: the walk can go on. */
pc_error *pc_frame_open(pc_python *py, pc_addr address, pc_frame_ref *ret_frame);
/* Of a frame object, as tracebacks hold it. */
pc_error *pc_frame_open_object(pc_python *py, pc_addr object, pc_frame_ref *ret_frame);

/* Fills what a report says of a frame. instruction_offset: where in it, mostly frame->lasti. */
void pc_frame_describe(pc_walk *walk, const pc_frame_ref *ref, int64_t instruction_offset, pc_frame *frame);
/* The line is another than the line table says: a tracer or a traceback has it. */
void pc_frame_set_line(pc_walk *walk, pc_frame *frame, int64_t line);
PC_NEVER_NULL pc_error *pc_frame_no_reference(pc_addr frame);
/* A slot of its localsplus array. */
static inline pc_error *pc_frame_slot(pc_python *py, const pc_frame_ref *ref, uint64_t slot, pc_addr *ret_object)
{
    pc_addr bits = 0;
    PC_TRY(pc_pointer_at(py, ref->localsplus, slot, &bits));
    return pc_stack_reference(py->traits->references, bits, ret_object) ? NULL : pc_frame_no_reference(ref->address);
}

/* Of every frame, innermost first: called before it is described, and when it has been; then frame is NULL where it is left out. */
typedef struct pc_frame_visitor {
    void (*open)(void *context, const pc_frame_ref *ref);
    void (*described)(void *context, const pc_frame_ref *ref, const pc_frame *frame);
    void *context;
} pc_frame_visitor;
/* All frames of a thread into thread->frames. */
void pc_frames_walk(pc_walk *walk, pc_thread *thread, const pc_frame_visitor *visitor);

#endif
