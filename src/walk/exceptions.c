#include "walk/exceptions.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "python/dict.h"
#include "python/type.h"
#include "walk/exception.h"
#include "walk/held.h"

#define EXCEPT_HANDLER 257 /* the block type that is no opcode: opcode.h, 3.0 to 3.10 */

static bool is_exception(pc_python *py, pc_addr object)
{
    return pc_is(py, object, PC_TYPE_EXCEPTION) || pc_is(py, object, PC_TYPE_CLASSIC_INSTANCE);
}

static void emit(pc_handled *h, pc_status status)
{
    if (!h->current || pc_is(h->walk->py, h->current, PC_TYPE_NONE))
        return;
    if (h->count >= PC_LIMIT_EXCEPTIONS)
        return;
    pc_exception_reader reader = {.walk = h->walk, .seen = &h->seen, .count = &h->exception_count};
    uint64_t share = pc_memory_begin_share(h->walk->py->memory, PC_LIMIT_EXCEPTION_SHARE);
    pc_exception *e = pc_exception_read(&reader, h->current, h->current_traceback);
    pc_memory_end_share(h->walk->py->memory, share);
    if (status == PC_STATUS_STALE && e->status == PC_STATUS_COMPLETE)
        e->status = PC_STATUS_STALE;
    h->list = pc_grow(h->list, h->count, &h->capacity, sizeof(*h->list));
    h->list[h->count++] = e;
}

/* current := what the item holds. */
static pc_error *load_item(pc_handled *h)
{
    h->current = 0;
    return h->item ? pc_field_uint(h->walk->py, PC_ITEM_VALUE, h->item, &h->current) : NULL;
}

static void raised(pc_handled *h)
{
    pc_python *py = h->walk->py;
    pc_addr state = h->thread->state, type = 0, value = 0, traceback = 0;
    pc_error *error;
    if (pc_has(py, PC_TS_RAISED)) {
        error = pc_field_uint(py, PC_TS_RAISED, state, &value);
    } else {
        error = pc_field_uint(py, PC_TS_RAISED_TYPE, state, &type);
        if (!error)
            error = pc_field_uint(py, PC_TS_RAISED_VALUE, state, &value);
        if (!error)
            error = pc_field_uint(py, PC_TS_RAISED_TRACEBACK, state, &traceback);
        if (!error && !type)
            return;
    }
    if (error) {
        pc_diagnose_error(h->walk->diagnostics, PC_SEVERITY_ERROR, error, "the exception being raised");
        h->walk->incomplete = true;
        return;
    }
    pc_exception_reader reader = {.walk = h->walk, .seen = &h->seen, .count = &h->exception_count};
    uint64_t share = pc_memory_begin_share(py->memory, PC_LIMIT_EXCEPTION_SHARE);
    if (value && is_exception(py, value))
        h->thread->raised = pc_exception_read(&reader, value, traceback);
    else if (type)
        h->thread->raised = pc_exception_not_made(&reader, type, value, traceback);
    pc_memory_end_share(py->memory, share);
}

void pc_handled_begin(pc_handled *h, pc_walk *walk, pc_thread *thread)
{
    pc_python *py = walk->py;
    pc_error *error = NULL;
    *h = (pc_handled){.walk = walk, .thread = thread};
    pc_map_init(&h->seen);
    if (pc_held_is_known(py))
        h->seeker = pc_held_seeker_create(walk);
    raised(h);
    if (pc_has(py, PC_TS_EXC_INFO)) {
        error = pc_field_uint(py, PC_TS_EXC_INFO, thread->state, &h->item);
        if (!error)
            error = load_item(h);
    } else {
        error = pc_field_uint(py, PC_TS_EXC_VALUE, thread->state, &h->current);
        if (!error)
            error = pc_field_uint(py, PC_TS_EXC_TRACEBACK, thread->state, &h->current_traceback);
    }
    if (error) {
        pc_diagnose_error(walk->diagnostics, PC_SEVERITY_ERROR, error, "the exception being handled");
        walk->incomplete = true;
    }
}

/* An active handler: what is current is being handled by it, and `saved` was before. */
static void handler(pc_handled *h, pc_addr saved)
{
    emit(h, PC_STATUS_COMPLETE);
    h->current = saved;
}

/* To 3.10: the frame's blocks; a handler's block remembers the stack's level, where traceback, value and type of what was
 * handled before lie. */
static pc_error *frame_blocks(pc_handled *h, const pc_frame_ref *ref)
{
    pc_python *py = h->walk->py;
    int64_t count, type, level;
    pc_addr blocks, block, stack, saved;
    PC_TRY(pc_field_int(py, PC_F_IBLOCK, ref->address, &count));
    PC_TRY(pc_field_address(py, PC_F_BLOCKSTACK, ref->address, &blocks));
    PC_TRY(pc_field_uint(py, PC_F_VALUESTACK, ref->address, &stack));
    if (count < 0 || count > 20) /* CO_MAXBLOCKS */
        return pc_error_at(PC_ERROR_CORRUPT, ref->address, "the frame at " PC_ADDR " has %" PRId64 " blocks", ref->address, count);
    for (int64_t i = count - 1; i >= 0; i--) {
        PC_TRY(pc_element(blocks, (uint64_t)i, pc_size_of(py, PC_STRUCT_TRY_BLOCK), &block));
        PC_TRY(pc_field_int(py, PC_B_TYPE, block, &type));
        if (type != EXCEPT_HANDLER)
            continue;
        PC_TRY(pc_field_int(py, PC_B_LEVEL, block, &level));
        if (level < 0 || level > ref->code->bytecode.stack_size)
            return pc_error_at(PC_ERROR_CORRUPT, block, "a block at " PC_ADDR " has a level of %" PRId64, block, level);
        PC_TRY(pc_pointer_at(py, stack, (uint64_t)level + 1, &saved));
        handler(h, saved);
    }
    return NULL;
}

static pc_error *active_handlers(pc_handled *h, const pc_frame_ref *ref)
{
    pc_python *py = h->walk->py;
    const pc_bytecode *b = &ref->code->bytecode;
    pc_stack_state state;
    uint32_t start;
    if (!pc_memory_spend(py->memory, b->code_size + b->exception_table_size))
        return pc_error_at(PC_ERROR_LIMIT, ref->address, "computing an evaluation stack takes too long");
    pc_code_read_variables(py, ref->code);
    if (!b->code || !b->dialect || ref->code->variables_error || !pc_code_stack_at(py, ref->code, (uint32_t)ref->lasti, &start, &state))
        return pc_error_at(PC_ERROR_NOT_FOUND, ref->address, "the evaluation stack of %s is not known",
                           ref->code->name ? ref->code->name : "a frame");
    for (uint32_t i = state.saved_count; i-- > 0;) {
        pc_addr saved;
        PC_TRY(pc_frame_slot(py, ref, ref->code->stack_slot + state.saved[i], &saved));
        if (saved && !pc_is(py, saved, PC_TYPE_NONE) && !is_exception(py, saved))
            return pc_error_at(PC_ERROR_CORRUPT, saved, "what %s saved is no exception", ref->code->name ? ref->code->name : "a frame");
        handler(h, saved);
    }
    return NULL;
}

/* 3.11: the slots that the bytecode tells. */
static inline pc_error *frame_slots(pc_handled *h, const pc_frame_ref *ref)
{
    /* where no handler covers anything, none can be active */
    return !ref->code->bytecode.exception_table_size || ref->lasti < 0 ? NULL : active_handlers(h, ref);
}

/* 2.7: a function that has handled an exception keeps what was handled before in its frame, and its own one stays
 * visible until it returns, even when the handler has ended. */
static pc_error *frame_fields(pc_handled *h, const pc_frame_ref *ref)
{
    pc_python *py = h->walk->py;
    pc_addr type, value, traceback;
    bool inside = true;
    PC_TRY(pc_field_uint(py, PC_F_EXC_TYPE, ref->address, &type));
    if (!type)
        return NULL;
    PC_TRY(pc_field_uint(py, PC_F_EXC_VALUE, ref->address, &value));
    PC_TRY(pc_field_uint(py, PC_F_EXC_TRACEBACK, ref->address, &traceback));
    const pc_bytecode *b = &ref->code->bytecode;
    if (!pc_memory_spend(py->memory, b->code_size / 4))
        return pc_error_at(PC_ERROR_LIMIT, ref->address, "looking for handlers takes too long");
    if (b->code && b->dialect && ref->lasti >= 0 && !pc_bytecode_in_except_handler(b, (uint32_t)ref->lasti, &inside))
        inside = true;
    emit(h, inside ? PC_STATUS_COMPLETE : PC_STATUS_STALE);
    h->current = value;
    h->current_traceback = traceback;
    return NULL;
}

static pc_error *leave_generator(pc_handled *h, const pc_frame_ref *ref)
{
    pc_python *py = h->walk->py;
    pc_addr state;
    if (!ref->generator)
        return NULL;
    if (pc_has(py, PC_GI_EXC_STATE)) {
        PC_TRY(pc_field_address(py, PC_GI_EXC_STATE, ref->generator, &state));
        if (state != h->item || ++h->items_walked > PC_LIMIT_EXC_INFO)
            return NULL;
        PC_TRY(pc_field_uint(py, PC_ITEM_PREVIOUS, state, &h->item));
        return load_item(h);
    }
    /* 3.6: while a generator runs, its frame keeps what its caller handles */
    return pc_has(py, PC_F_EXC_VALUE) ? pc_field_uint(py, PC_F_EXC_VALUE, ref->address, &h->current) : NULL;
}

pc_error *pc_handled_in_frame(pc_handled *h, const pc_frame_ref *ref)
{
    pc_error *error = pc_has(h->walk->py, PC_F_BLOCKSTACK) ? frame_blocks(h, ref) : frame_slots(h, ref);
    /* what is left is, in 3.6, what its caller handled when its own first handler began */
    if (error)
        emit(h, PC_STATUS_COMPLETE);
    h->current = 0;
    return error;
}

void pc_handled_frame(void *context, const pc_frame_ref *ref)
{
    pc_handled *h = context;
    pc_python *py = h->walk->py;
    if (!ref->code)
        return;
    bool blocks = pc_has(py, PC_F_BLOCKSTACK), two = pc_is_python2(py);
    pc_error *error = two ? frame_fields(h, ref) : blocks ? frame_blocks(h, ref) : frame_slots(h, ref);
    if (!error && !two)
        error = leave_generator(h, ref);
    if (error) {
        pc_diagnose_error(h->walk->diagnostics, PC_SEVERITY_WARNING, error,
                          "exceptions handled further out in thread %" PRId64 " may be missing", h->thread->lwp ? h->thread->lwp->tid : -1);
        h->walk->incomplete = true;
    }
}

void pc_handled_described(void *context, const pc_frame_ref *ref, const pc_frame *frame)
{
    pc_handled *h = context;
    if (h->seeker && ref->code)
        pc_held_add_frame(h->seeker, ref, frame && frame->only_ints);
}

void pc_handled_end(pc_handled *h)
{
    /* set from C, or by a frame whose handlers could not be read */
    emit(h, PC_STATUS_COMPLETE);
    h->thread->handled = pc_arena_array(h->walk->arena, h->count, sizeof(*h->list));
    if (h->count)
        memcpy(h->thread->handled, h->list, h->count * sizeof(*h->list));
    h->thread->handled_count = h->count;
    free(h->list);
    h->list = NULL;
    if (h->seeker)
        pc_held_end(h->seeker, h);
    pc_map_deinit(&h->seen);
}

/* 0: not there */
static pc_error *sys_entry(pc_python *py, pc_addr sys, const char *name, pc_addr *ret_object)
{
    bool there;
    PC_TRY(pc_dict_get(py, sys, name, &there, ret_object));
    if (!there || pc_is(py, *ret_object, PC_TYPE_NONE))
        *ret_object = 0;
    return NULL;
}

static pc_error *last_exception(pc_walk *walk, pc_addr interpreter, pc_exception_reader *reader, pc_exception **ret_exception)
{
    pc_python *py = walk->py;
    pc_addr sys, type, value, exception, traceback;
    PC_TRY(pc_field_uint(py, PC_IS_SYSDICT, interpreter, &sys));
    if (!sys)
        return NULL;
    PC_TRY(sys_entry(py, sys, "last_exc", &exception)); /* 3.12 */
    PC_TRY(sys_entry(py, sys, "last_type", &type));
    PC_TRY(sys_entry(py, sys, "last_value", &value));
    PC_TRY(sys_entry(py, sys, "last_traceback", &traceback));
    exception = exception ? exception : value;
    if (exception && is_exception(py, exception))
        *ret_exception = pc_exception_read(reader, exception, traceback);
    else if (type && pc_is(py, type, PC_TYPE_TYPE))
        *ret_exception = pc_exception_not_made(reader, type, exception, traceback);
    return NULL;
}

pc_exception *pc_last_exception_read(pc_walk *walk, pc_addr interpreter)
{
    pc_exception *e = NULL;
    pc_map seen;
    size_t count = 0;
    pc_exception_reader reader = {.walk = walk, .seen = &seen, .count = &count};
    pc_map_init(&seen);
    uint64_t share = pc_memory_begin_share(walk->py->memory, PC_LIMIT_EXCEPTION_SHARE);
    pc_error *error = last_exception(walk, interpreter, &reader, &e);
    pc_memory_end_share(walk->py->memory, share);
    pc_map_deinit(&seen);
    if (error) {
        pc_diagnose_error(walk->diagnostics, PC_SEVERITY_WARNING, error, "the last exception of an interpreter");
        walk->incomplete = true;
    }
    return e;
}
