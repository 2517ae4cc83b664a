#include "walk/held.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/limits.h"
#include "python/dict.h"
#include "python/str.h"
#include "python/type.h"
#include "walk/stack.h"

typedef struct place {
    pc_addr object;
    const pc_type *type;
    int depth; /* steps from a frame */
} place;

#define BLOCK 1024 /* places */

/* The queue is the set of what was met, too: slots has the number of each place, counted from 1, where its object's hash says, or
 * behind that. It is never moved: the pages that it would leave behind cost as much as those that it needs. */
struct pc_held_seeker {
    pc_walk *walk;
    place *blocks[PC_LIMIT_HELD_OBJECTS / BLOCK + 1];
    size_t count, next;
    uint16_t *slots;
    size_t slot_count; /* a power of two; 0: none yet */
    size_t frames;
    bool cut, stacks_cut; /* by a limit */
    pc_exception **found;
    size_t found_count, found_capacity;
};

bool pc_held_is_known(const pc_python *py)
{
    bool state = pc_has(py, PC_GI_IFRAME) ? pc_has(py, PC_GI_FRAME_STATE)
                                          : pc_has(py, PC_GI_FRAME) && (pc_has(py, PC_F_STATE) || pc_has(py, PC_GI_RUNNING));
    /* 2.7 forgets what a generator handled when it is suspended */
    return state && !pc_is_python2(py) && (pc_has(py, PC_GI_EXC_STATE) || pc_has(py, PC_F_EXC_VALUE));
}

pc_held_seeker *pc_held_seeker_create(pc_walk *walk)
{
    pc_held_seeker *s = pc_malloc(sizeof(*s));
    *s = (pc_held_seeker){.walk = walk};
    return s;
}

static bool is_generator(pc_kind kind)
{
    return kind == PC_TYPE_GENERATOR || kind == PC_TYPE_COROUTINE || kind == PC_TYPE_ASYNC_GENERATOR;
}

/* What may lead to a generator. */
static bool is_of_interest(const pc_python *py, const pc_type *type)
{
    switch (type->kind) {
    case PC_TYPE_LIST:
    case PC_TYPE_TUPLE:
    case PC_TYPE_DICT:
    case PC_TYPE_FROZEN_DICT:
    case PC_TYPE_CELL:
        return true;
    case PC_TYPE_MODULE:
    case PC_TYPE_TYPE:
    case PC_TYPE_FUNCTION:
        return false;
    default:
        return is_generator(type->kind) || type->dict_offset || (py->traits && py->traits->managed_dict != PC_MANAGED_NONE && (type->flags & PC_TPFLAGS_MANAGED_DICT));
    }
}

static place *place_at(const pc_held_seeker *s, size_t i)
{
    return &s->blocks[i / BLOCK][i % BLOCK];
}

/* Where the object's number is or would be. */
static size_t find_slot(const pc_held_seeker *s, pc_addr object)
{
    size_t mask = s->slot_count - 1, i = (size_t)pc_hash_address(object) & mask;
    while (s->slots[i] && place_at(s, s->slots[i] - 1u)->object != object)
        i = (i + 1) & mask;
    return i;
}

static void grow_slots(pc_held_seeker *s)
{
    enum { FIRST = 128, TIMES = 4 };
    _Static_assert(PC_LIMIT_HELD_OBJECTS < UINT16_MAX, "numbers of places have 16 bits");
    s->slot_count = s->slot_count ? s->slot_count * TIMES : FIRST;
    free(s->slots);
    s->slots = pc_malloc(s->slot_count * sizeof(*s->slots));
    memset(s->slots, 0, s->slot_count * sizeof(*s->slots));
    for (size_t i = 0; i < s->count; i++)
        s->slots[find_slot(s, place_at(s, i)->object)] = (uint16_t)(i + 1);
}

static void offer_of(pc_held_seeker *s, pc_addr object, const pc_type *type, int depth)
{
    pc_python *py = s->walk->py;
    if (!(depth < PC_LIMIT_HELD_DEPTH ? is_of_interest(py, type) : is_generator(type->kind)))
        return;
    if (type->kind == PC_TYPE_DICT && type->is_builtin && pc_dict_is_untracked(py, object))
        return;
    if (s->count >= PC_LIMIT_HELD_OBJECTS) {
        s->cut = true;
        return;
    }
    if (s->count * 4 >= s->slot_count * 3)
        grow_slots(s);
    size_t slot = find_slot(s, object);
    if (s->slots[slot])
        return;
    if (!s->blocks[s->count / BLOCK])
        s->blocks[s->count / BLOCK] = pc_malloc(BLOCK * sizeof(place));
    *place_at(s, s->count) = (place){.object = object, .type = type, .depth = depth};
    s->slots[slot] = (uint16_t)++s->count;
}

static void offer(pc_held_seeker *s, pc_addr object, int depth)
{
    const pc_type *type;
    if (object && pc_ok(pc_type_of(s->walk->py, object, &type)))
        offer_of(s, object, type, depth);
}

static void offer_variables(pc_held_seeker *s, const pc_frame_ref *ref, int depth)
{
    pc_python *py = s->walk->py;
    pc_code_read_variables(py, ref->code);
    for (size_t i = 0; !ref->code->variables_error && i < ref->code->variable_count; i++) {
        pc_addr object;
        const pc_type *type;
        if (!pc_ok(pc_frame_slot(py, ref, ref->code->variables[i].slot, &object)))
            return;
        if (!object)
            continue;
        const pc_view head = pc_view_of(py, PC_STRUCT_OBJECT, object);
        if (!pc_ok(pc_type_of_view(py, &head, &type)) || type->is_int) /* as most are */
            continue;
        /* one level less: a variable in a cell is a variable */
        if (type->kind != PC_TYPE_CELL && type->base_kind != PC_TYPE_CELL)
            offer_of(s, object, type, depth);
        else if (pc_ok(pc_field_uint(py, PC_CELL_CONTENTS, object, &object)))
            offer(s, object, depth);
    }
    if (!(ref->code->flags & PC_CO_OPTIMIZED) && ref->locals)
        offer(s, ref->locals, depth);
}

/* What it awaits or yields from, and the iterators of its loops. */
static void offer_stack(pc_held_seeker *s, const pc_frame_ref *ref, int depth)
{
    pc_python *py = s->walk->py;
    pc_addr bottom, bits, object;
    uint64_t count;
    if (!pc_ok(pc_stack_certain(py, ref, &bottom, &count)))
        return;
    for (uint64_t i = 0; i < count; i++)
        if (pc_ok(pc_pointer_at(py, bottom, i, &bits)) && pc_stack_reference(py->traits->references, bits, &object))
            offer(s, object, depth);
}

void pc_held_add_frame(pc_held_seeker *s, const pc_frame_ref *ref, bool only_ints)
{
    pc_memory *memory = s->walk->py->memory;
    if (s->cut || !ref->code)
        return;
    bool with_stack = s->frames++ < PC_LIMIT_HELD_STACKS;
    s->stacks_cut |= !with_stack;
    if (only_ints && !with_stack)
        return;
    uint64_t share = pc_memory_begin_share(memory, PC_LIMIT_HELD_SHARE);
    if (!only_ints)
        offer_variables(s, ref, 0);
    if (with_stack)
        offer_stack(s, ref, 0);
    s->cut |= pc_memory_is_starving(memory);
    pc_memory_end_share(memory, share);
}

/* ---- what objects hold ---- */

static void offer_items(pc_held_seeker *s, pc_addr items, uint64_t count, int depth)
{
    pc_addr some[64];
    for (uint64_t i = 0; i < count;) {
        if (i >= PC_LIMIT_HELD_ITEMS) {
            s->cut = true;
            return;
        }
        uint64_t left = (count < PC_LIMIT_HELD_ITEMS ? count : PC_LIMIT_HELD_ITEMS) - i;
        size_t got = pc_pointers_at(s->walk->py, items, i, left < PC_ARRAY_SIZE(some) ? (size_t)left : PC_ARRAY_SIZE(some), some);
        if (!got)
            return;
        for (size_t k = 0; k < got; k++)
            offer(s, some[k], depth);
        i += got;
    }
}

static void offer_dict(pc_held_seeker *s, pc_dict *dict, int depth)
{
    bool more;
    pc_addr key, value;
    for (size_t i = 0; pc_ok(pc_dict_next(s->walk->py, dict, &more, &key, &value)) && more; i++) {
        if (i >= PC_LIMIT_HELD_ITEMS) {
            s->cut = true;
            return;
        }
        offer(s, value, depth);
    }
}

static void look_into(pc_held_seeker *s, const place *p, const pc_type *type)
{
    pc_python *py = s->walk->py;
    bool list = type->kind == PC_TYPE_LIST, there;
    pc_addr items;
    uint64_t count;
    pc_dict dict;
    if (list || type->kind == PC_TYPE_TUPLE) {
        if (pc_ok(pc_var_size(py, p->object, &count)) &&
            pc_ok(list ? pc_field_uint(py, PC_LIST_ITEMS, p->object, &items) : pc_field_address(py, PC_TUPLE_ITEMS, p->object, &items)))
            offer_items(s, items, count, p->depth + 1);
    } else if (type->kind == PC_TYPE_DICT || type->kind == PC_TYPE_FROZEN_DICT) {
        if (pc_ok(pc_dict_open_of(py, p->object, type, &dict)))
            offer_dict(s, &dict, p->depth + 1);
    }
    if (!type->is_builtin && pc_ok(pc_instance_open_of(py, p->object, type, &there, &dict)) && there)
        offer_dict(s, &dict, p->depth + 1);
}

/* ---- generators ---- */

/* *ret_suspended is false for one that runs, has not begun or has ended: then its frame is not its own, or not there. */
static pc_error *open_suspended(pc_python *py, pc_addr generator, pc_frame_ref *ref, bool *ret_suspended)
{
    pc_addr frame = 0;
    int64_t state = -1, running = 0;
    *ret_suspended = false;
    if (pc_has(py, PC_GI_IFRAME)) {
        /* 3.11: less before the first instruction and while suspended than while it runs */
        PC_TRY(pc_field_int(py, PC_GI_FRAME_STATE, generator, &state));
        if (state >= py->traits->generator_executing)
            return NULL;
        PC_TRY(pc_field_address(py, PC_GI_IFRAME, generator, &frame));
    } else {
        PC_TRY(pc_field_uint(py, PC_GI_FRAME, generator, &frame));
        if (!frame)
            return NULL;
        if (pc_has(py, PC_F_STATE)) /* 3.10 */
            PC_TRY(pc_field_int(py, PC_F_STATE, frame, &state));
        else
            PC_TRY(pc_field_int(py, PC_GI_RUNNING, generator, &running));
        if (state >= 0 || running)
            return NULL;
    }
    PC_TRY(pc_frame_open(py, frame, ref));
    *ret_suspended = ref->code && !ref->is_shim && ref->lasti >= 0;
    return NULL;
}

static pc_error *current_of(pc_python *py, pc_addr generator, const pc_frame_ref *ref, pc_addr *ret_exception)
{
    pc_addr item;
    if (pc_has(py, PC_GI_EXC_STATE)) {
        PC_TRY(pc_field_address(py, PC_GI_EXC_STATE, generator, &item));
        return pc_field_uint(py, PC_ITEM_VALUE, item, ret_exception);
    }
    return pc_field_uint(py, PC_F_EXC_VALUE, ref->address, ret_exception); /* 3.6 */
}

static void keep(pc_held_seeker *s, pc_handled *h, pc_addr generator, const pc_type *type, const pc_frame_ref *ref)
{
    pc_python *py = s->walk->py;
    pc_addr name;
    const char *qualname = ref->code->qualname;
    if (!h->count)
        return;
    if (pc_ok(pc_field_uint(py, PC_GI_QUALNAME, generator, &name)))
        pc_str_text(py, name, &qualname);
    for (size_t i = 0; i < h->count; i++) {
        h->list[i]->holder = generator;
        h->list[i]->holder_type = type->full_name;
        h->list[i]->holder_name = qualname;
        s->found = pc_grow(s->found, s->found_count, &s->found_capacity, sizeof(*s->found));
        s->found[s->found_count++] = h->list[i];
    }
}

static void look_at_generator(pc_held_seeker *s, pc_handled *h, const place *p, const pc_type *type)
{
    pc_python *py = s->walk->py;
    pc_frame_ref ref;
    bool suspended = false;
    h->current = 0;
    h->count = 0;
    pc_error *error = open_suspended(py, p->object, &ref, &suspended);
    if (!error && suspended)
        error = current_of(py, p->object, &ref, &h->current);
    if (!error && suspended) {
        error = pc_handled_in_frame(h, &ref);
        keep(s, h, p->object, type, &ref);
        offer_variables(s, &ref, p->depth);
        offer_stack(s, &ref, p->depth);
    }
    if (error && !pc_memory_is_starving(py->memory)) {
        pc_diagnose_error(s->walk->diagnostics, PC_SEVERITY_WARNING, error, "what the %s at " PC_ADDR " handles", type->full_name, p->object);
        s->walk->incomplete = true;
        error = NULL;
    }
    pc_error_destroy(error);
}

void pc_held_end(pc_held_seeker *s, pc_handled *handled)
{
    pc_walk *walk = s->walk;
    pc_memory *memory = walk->py->memory;
    pc_handled h = *handled;
    h.list = NULL;
    h.capacity = 0;
    uint64_t share = pc_memory_begin_share(memory, PC_LIMIT_HELD_SHARE);
    for (; s->next < s->count && !pc_memory_is_starving(memory); s->next++) {
        const place p = *place_at(s, s->next);
        if (is_generator(p.type->kind))
            look_at_generator(s, &h, &p, p.type);
        else
            look_into(s, &p, p.type);
    }
    s->cut |= s->next < s->count;
    pc_memory_end_share(memory, share);
    handled->seen = h.seen; /* grown, perhaps */
    handled->exception_count = h.exception_count;
    handled->thread->held = pc_arena_array(walk->arena, s->found_count, sizeof(*s->found));
    handled->thread->held_count = s->found_count;
    if (s->found_count)
        memcpy(handled->thread->held, s->found, s->found_count * sizeof(*s->found));
    if (s->cut || s->stacks_cut)
        pc_diagnose(walk->diagnostics, PC_SEVERITY_INFO, "limit",
                    "thread %" PRId64 ": not all that its frames lead to was searched for suspended generators that hold exceptions",
                    handled->thread->lwp ? handled->thread->lwp->tid : -1);
    free(h.list);
    free(s->found);
    for (size_t i = 0; i < PC_ARRAY_SIZE(s->blocks) && s->blocks[i]; i++)
        free(s->blocks[i]);
    free(s->slots);
    free(s);
}
