#include "walk/stack.h"

#include "base/limits.h"
#include "python/type.h"
#include "walk/attributes.h"
#include "walk/locals.h"
#include "walk/redact.h"

/* Where the values are, how many, and up to which slot they are certain: those above the executing instruction may have
 * taken and released. */
typedef struct stack {
    pc_addr bottom;
    uint64_t depth, certain;
} stack;

/* What the interpreter has kept: 3.14, of all frames that have called something; 3.11, of those that have called another one in
 * the same loop; to 3.9, of suspended generators and while a tracer runs; 3.10, the same as a depth. *ret_kept is false where it keeps none while the frame executes. */
static pc_error *kept_depth(pc_python *py, const pc_frame_ref *ref, stack *s, bool *ret_kept)
{
    pc_addr top = 0;
    int64_t depth = -1;
    if (pc_has(py, PC_IF_STACKTOP)) {
        PC_TRY(pc_field_int(py, PC_IF_STACKTOP, ref->address, &depth));
        if (depth >= 0) /* counted with the variables */
            depth = (uint64_t)depth >= ref->code->stack_slot ? depth - (int64_t)ref->code->stack_slot : INT64_MAX;
    } else if (pc_has(py, PC_F_STACKDEPTH)) {
        PC_TRY(pc_field_int(py, PC_F_STACKDEPTH, ref->address, &depth));
    } else if (pc_has(py, PC_IF_STACKPOINTER) || pc_has(py, PC_F_STACKTOP)) {
        PC_TRY(pc_field_uint(py, pc_has(py, PC_IF_STACKPOINTER) ? PC_IF_STACKPOINTER : PC_F_STACKTOP, ref->address, &top));
        if (top)
            depth = top >= s->bottom && (top - s->bottom) % py->word == 0 ? (int64_t)((top - s->bottom) / py->word) : INT64_MAX;
    }
    *ret_kept = depth >= 0;
    if (depth < 0)
        return NULL;
    if ((uint64_t)depth > ref->code->bytecode.stack_size)
        return pc_error_at(PC_ERROR_CORRUPT, ref->address, "the frame at " PC_ADDR " has more on its stack than fits", ref->address);
    s->depth = s->certain = (uint64_t)depth;
    return NULL;
}

/* offset: of any byte of the instruction that is executed, negative where that is not known. */
static pc_error *find_stack(pc_python *py, const pc_frame_ref *ref, int64_t offset, stack *s, bool *ret_known)
{
    const pc_bytecode *b = &ref->code->bytecode;
    pc_stack_state state;
    uint32_t instruction;
    int64_t effect;
    bool kept;
    *ret_known = false;
    pc_code_read_variables(py, ref->code);
    if (ref->code->variables_error)
        return NULL;
    if (pc_has(py, PC_F_VALUESTACK))
        PC_TRY(pc_field_uint(py, PC_F_VALUESTACK, ref->address, &s->bottom));
    else
        PC_TRY(pc_element(ref->localsplus, ref->code->stack_slot, py->word, &s->bottom));
    PC_TRY(kept_depth(py, ref, s, &kept));
    if (kept) {
        *ret_known = true;
        return NULL;
    }
    if (!b->code || !b->dialect || offset < 0)
        return NULL;
    if (!pc_memory_spend(py->memory, b->code_size + b->exception_table_size))
        return pc_error_at(PC_ERROR_LIMIT, ref->address, "computing an evaluation stack takes too long");
    if (!pc_code_stack_at(py, ref->code, (uint32_t)offset, &instruction, &state))
        return NULL;
    s->depth = state.depth;
    /* The operands, and what is left in their place, are on the top. */
    if (!pc_bytecode_effect_at(b, instruction, &effect))
        effect = -(int64_t)s->depth;
    int64_t below = (int64_t)s->depth + (effect < 0 ? effect : 0) - 1;
    s->certain = below > 0 ? (uint64_t)below : 0;
    *ret_known = true;
    return NULL;
}

/* A count that can be one. The allocator links free blocks through their first word, where objects have it. */
static bool is_alive(pc_python *py, pc_addr object)
{
    int64_t count;
    if (!pc_has(py, PC_OB_REFCNT))
        return true;
    return pc_ok(pc_reference_count(py, object, &count)) && count > 0 && count < INT64_C(1) << 40;
}

/* Whether what may have been released is still an object, all of it. */
static bool is_object(pc_walk *walk, pc_addr object, bool hidden)
{
    const pc_type *type;
    return is_alive(walk->py, object) && pc_ok(pc_type_of(walk->py, object, &type)) && type->full_name &&
           !(hidden ? pc_repr_hidden : pc_repr_of)(walk->py, object, &walk->options.limits).has_error;
}

static pc_value read_slot(pc_walk *walk, uint64_t bits, bool certain)
{
    pc_python *py = walk->py;
    pc_addr object;
    int64_t number;
    /* 3.15's loops count in such, but what an executing instruction has left behind need not be that of this loop */
    if (pc_stack_small_int(py->traits->references, bits, py->word, &number))
        return certain && pc_redacts(py, PC_REDACT_ALL) ? (pc_value){.type = "int", .repr = {.text = "<int, redacted>", .status = PC_STATUS_REDACTED}}
               : certain ? (pc_value){.type = "int", .repr = {.text = pc_arena_printf(walk->arena, "%" PRId64, number), .exact = true}}
                         : (pc_value){.repr = {.status = PC_STATUS_STALE}};
    if (!pc_stack_reference(py->traits->references, bits, &object))
        return (pc_value){.repr = {.status = certain ? PC_STATUS_UNREADABLE : PC_STATUS_STALE}};
    if (!object)
        return (pc_value){0};
    /* the arguments of a call have no names here: they have some in the frame that was called, which was read before */
    const char *name = pc_map_has(&py->secret_objects, object) ? PC_REDACT_SECRET_NAME : NULL;
    if (!certain && !is_object(walk, object, name))
        return (pc_value){.address = object, .repr = {.status = PC_STATUS_STALE}};
    pc_value value = pc_value_read_named(walk, name, object);
    if (walk->options.attributes == PC_ATTRIBUTES_ALL)
        value.attributes = pc_attributes_of_named(walk, name, object);
    return value;
}

static pc_error *read_values(pc_walk *walk, const stack *s, pc_frame *frame)
{
    /* find_stack() has seen that the depth is one that fits */
    pc_stack_values *values = pc_arena_alloc(walk->arena, sizeof(*values) + (size_t)s->depth * sizeof(values->items[0]));
    values->count = (size_t)s->depth;
    for (uint64_t i = 0; i < s->depth; i++) {
        pc_addr bits = 0;
        if (!pc_memory_spend(walk->py->memory, PC_WORK_LOCAL))
            return pc_error_at(PC_ERROR_LIMIT, s->bottom, "an evaluation stack takes too long");
        PC_TRY(pc_pointer_at(walk->py, s->bottom, i, &bits));
        values->items[i] = read_slot(walk, bits, i < s->certain);
    }
    frame->stack = values;
    return NULL;
}

void pc_stack_read(pc_walk *walk, const pc_frame_ref *ref, pc_frame *frame)
{
    stack s = {0};
    bool known = false;
    if (!ref->code || frame->status != PC_STATUS_COMPLETE)
        return;
    pc_error *error = find_stack(walk->py, ref, frame->place->instruction, &s, &known);
    if (!error && known)
        error = read_values(walk, &s, frame);
    if (error) {
        pc_diagnose_error(walk->diagnostics, PC_SEVERITY_WARNING, error, "the evaluation stack of %s", frame->place->name ? frame->place->name : "a frame");
        walk->incomplete = true;
    }
}

pc_error *pc_stack_certain(pc_python *py, const pc_frame_ref *ref, pc_addr *ret_bottom, uint64_t *ret_count)
{
    stack s = {0};
    bool known;
    PC_TRY(find_stack(py, ref, ref->lasti, &s, &known));
    *ret_bottom = s.bottom;
    *ret_count = known ? s.certain : 0;
    return NULL;
}
