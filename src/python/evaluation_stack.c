/* The evaluation stack at an instruction: pc_bytecode_stack_at().
 *
 * The state before each instruction is computed from those before it in the flow, beginning with an empty stack at the
 * first. Where two ways meet with different states nothing is known, there and behind.
 *
 * Some slots are marked. A state's marks are a list from the highest slot down whose items are shared by all states:
 * equal lists are the same item. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/limits.h"
#include "python/instruction.h"

enum {
    MARK_SAVED,   /* what PUSH_EXC_INFO has saved */
    MARK_ENTERED, /* stands for what a finally body was entered with until 3.8, one value or more */
    MARK_RAISED,  /* the same, of one that is only entered for an exception or another way out */
    MARKS = 128,  /* different items: the standard library's functions have at most 7 */
};

typedef struct mark {
    uint32_t slot;
    uint16_t below; /* the next item, 0: none */
    uint8_t count;  /* items from this one down */
    uint8_t kind;
} mark;

typedef struct state {
    uint32_t depth;
    uint16_t marks; /* the highest one, 0: none */
} state;

enum {
    SEEN = 1,        /* there is a state */
    UNKNOWN = 2,     /* but different ones met */
    QUEUED = 4,      /* to be followed */
    POSTPONED = 8,   /* a block whose handler is to be followed */
    PREFIXED = 16,   /* an EXTENDED_ARG stands before it: it cannot be jumped to */
    HANDLER = 32,    /* of a block, and */
    IS_FINALLY = 64, /* a finally body */
};

typedef struct protected_range { /* an entry of the exception table; offsets in bytes */
    uint32_t start, end, handler;
    uint32_t depth;
    bool lasti;
} protected_range;

typedef struct analysis {
    const pc_bytecode *bytecode;
    state *states; /* by code unit, as are the flags */
    uint8_t *flags;
    uint32_t *queue, *postponed; /* offsets; the room is for one per code unit */
    size_t queue_length, postponed_length;
    protected_range *ranges; /* ascending */
    size_t range_count;
    mark marks[MARKS];
    uint16_t mark_count;
    bool broken; /* no compiler wrote this */
} analysis;

static uint32_t unit_of(const analysis *a, uint32_t offset)
{
    return offset / pc_bytecode_unit(a->bytecode);
}

static void push_mark(analysis *a, state *at, uint32_t slot, uint8_t kind)
{
    uint8_t count = at->marks ? a->marks[at->marks].count : 0;
    if (count == PC_BYTECODE_MAX_SAVED || (count && a->marks[at->marks].slot >= slot)) {
        a->broken = true;
        return;
    }
    for (uint16_t i = a->mark_count; i-- > 1;) {
        if (a->marks[i].slot == slot && a->marks[i].below == at->marks && a->marks[i].kind == kind) {
            at->marks = i;
            return;
        }
    }
    if (a->mark_count == MARKS) {
        a->broken = true;
        return;
    }
    a->marks[a->mark_count] =
        (mark){.slot = slot, .below = at->marks, .count = (uint8_t)(count + 1), .kind = kind};
    at->marks = a->mark_count++;
}

/* Whether the highest mark is at that slot, and one of a finally body. */
static bool is_finally_mark(const analysis *a, const state *at, uint32_t slot)
{
    return at->marks && a->marks[at->marks].slot == slot && a->marks[at->marks].kind != MARK_SAVED;
}

static void drop_marks(const analysis *a, state *at, uint32_t from_slot)
{
    while (at->marks && a->marks[at->marks].slot >= from_slot)
        at->marks = a->marks[at->marks].below;
}

/* Pushes (pops) as many values. */
static void move_top(analysis *a, state *at, int64_t effect)
{
    int64_t depth = at->depth + effect;
    if (depth < 0 || depth > a->bytecode->stack_size) {
        a->broken = true;
        return;
    }
    at->depth = (uint32_t)depth;
    drop_marks(a, at, at->depth);
}

/* Exchanges the marks of the top and of the slot that is count - 1 below it. */
static void swap_marks(analysis *a, state *at, uint32_t count)
{
    uint32_t top = at->depth - 1, other = at->depth - count;
    state rest = *at;
    bool top_marked = rest.marks && a->marks[rest.marks].slot == top;
    if (top_marked)
        rest.marks = a->marks[rest.marks].below;
    bool other_marked = rest.marks && a->marks[rest.marks].slot == other;
    if (other_marked)
        rest.marks = a->marks[rest.marks].below;
    /* A saved exception leaves its place only to be put back at once: none is between the two. */
    if (rest.marks && a->marks[rest.marks].slot >= other)
        a->broken = true;
    if (a->broken || top_marked == other_marked || count == 1)
        return;
    push_mark(a, &rest, top_marked ? other : top, MARK_SAVED);
    *at = rest;
}

/* Makes *at the state in which the next instruction begins; false where none follows. */
static bool execute(analysis *a, const pc_instruction *ins, state *at)
{
    uint32_t count = ins->argument;
    int64_t effect = pc_instruction_effect(ins);
    switch ((pc_opcode_kind)ins->opcode->kind) {
    case PC_OPCODE_JUMP:
    case PC_OPCODE_STOP:
    case PC_OPCODE_RETURN:
    case PC_OPCODE_LINE_EVENT:
    case PC_OPCODE_INSTRUCTION_EVENT:
    case PC_OPCODE_EXECUTOR:
        return false;

    case PC_OPCODE_PUSH_EXC_INFO: /* exc -> saved, exc */
        if (!at->depth)
            a->broken = true;
        else
            push_mark(a, at, at->depth - 1, MARK_SAVED);
        effect = 1;
        break;

    case PC_OPCODE_POP_EXCEPT:
        /* The top is the innermost saved exception or, before it is raised again, a copy of it (COPY 3): either way
         * the interpreter has it back, and the slot has nothing that is not known from there. */
        if (!at->marks)
            a->broken = true;
        else
            at->marks = a->marks[at->marks].below;
        break;

    case PC_OPCODE_SWAP:
        if (!count || count > at->depth)
            a->broken = true;
        else
            swap_marks(a, at, count);
        break;

    case PC_OPCODE_COPY:
        if (!count || count > at->depth)
            a->broken = true;
        break;

    case PC_OPCODE_ROTATE:
        if (ins->opcode->parameter)
            count = ins->opcode->parameter;
        /* The compilers never rotated what is marked. */
        if (count > at->depth || (at->marks && a->marks[at->marks].slot >= at->depth - count))
            a->broken = true;
        break;

    case PC_OPCODE_WITH_CLEANUP:
    case PC_OPCODE_WITH_CLEANUP_START:
        /* Takes __exit__ from below what the handler was entered with, and it may suppress the exception. */
        if (at->depth < 2) {
            a->broken = true;
        } else if (is_finally_mark(a, at, at->depth - 1)) {
            drop_marks(a, at, at->depth - 1);
            push_mark(a, at, at->depth - 2, MARK_ENTERED);
        }
        break;

    case PC_OPCODE_POP_FINALLY: /* with 1: from below the top */
        if (count && at->depth >= 2 && is_finally_mark(a, at, at->depth - 2))
            drop_marks(a, at, at->depth - 2);
        break;

    case PC_OPCODE_END_FINALLY:
        /* At the end of `except` clauses none of which matched, the exception is raised again, too. */
        if (!at->depth || !is_finally_mark(a, at, at->depth - 1) || a->marks[at->marks].kind == MARK_RAISED)
            return false;
        break;

    default:
        break;
    }
    if (!a->broken)
        move_top(a, at, effect);
    return true;
}

/* Another way leads to the instruction at offset, with that state or with an unknown one. */
static void arrive(analysis *a, uint32_t offset, state at, bool unknown)
{
    uint32_t unit = unit_of(a, offset);
    uint8_t *flags = &a->flags[unit];
    if (offset >= a->bytecode->code_size || *flags & PREFIXED) {
        a->broken = true;
        return;
    }
    if ((*flags & (HANDLER | IS_FINALLY)) == (HANDLER | IS_FINALLY) && !unknown) {
        if (!at.depth)
            a->broken = true;
        else if (!is_finally_mark(a, &at, at.depth - 1))
            push_mark(a, &at, at.depth - 1, MARK_ENTERED);
        if (a->broken)
            return;
    }
    if (*flags & UNKNOWN)
        return;
    if (*flags & SEEN) {
        const state *known = &a->states[unit];
        if (!unknown && known->depth == at.depth && known->marks == at.marks)
            return;
        unknown = true;
    }
    a->states[unit] = at;
    *flags |= unknown ? SEEN | UNKNOWN : SEEN;
    if (!(*flags & QUEUED)) {
        *flags |= QUEUED;
        a->queue[a->queue_length++] = offset;
    }
}

/* Reads one number of the exception table: six bits a byte, the highest first, bit 6: more follow. Bit 7 is set in the
 * first byte of an entry. */
static bool next_number(const uint8_t *table, size_t size, size_t *position, bool first, uint32_t *ret_number)
{
    uint32_t number = 0;
    for (unsigned i = 0; i < 5 && *position < size; i++) {
        uint8_t byte = table[(*position)++];
        if ((byte >> 7 != 0) != (first && i == 0))
            return false;
        number = number << 6 | (byte & 63);
        if (!(byte & 64)) {
            *ret_number = number;
            return true;
        }
    }
    return false;
}

static bool read_exception_table(analysis *a)
{
    const uint8_t *table = a->bytecode->exception_table;
    size_t size = a->bytecode->exception_table_size, position = 0, units = a->bytecode->code_size / 2;
    if (!a->bytecode->dialect->exception_table || !size)
        return true;
    if (!table || size > PC_LIMIT_CODE)
        return false;
    a->ranges = pc_malloc((size / 4 + 1) * sizeof(*a->ranges)); /* an entry is four numbers, or more bytes */
    uint32_t previous_end = 0;
    while (position < size) {
        uint32_t start, length, handler, depth_and_lasti;
        if (!next_number(table, size, &position, true, &start) ||
            !next_number(table, size, &position, false, &length) ||
            !next_number(table, size, &position, false, &handler) ||
            !next_number(table, size, &position, false, &depth_and_lasti))
            return false;
        if (start > units || length > units - start || handler >= units || 2 * start < previous_end)
            return false;
        previous_end = 2 * (start + length);
        a->ranges[a->range_count++] = (protected_range){.start = 2 * start,
                                                        .end = previous_end,
                                                        .handler = 2 * handler,
                                                        .depth = depth_and_lasti >> 1,
                                                        .lasti = depth_and_lasti & 1};
    }
    return true;
}

static const protected_range *range_of(const analysis *a, uint32_t offset)
{
    size_t low = 0, high = a->range_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (a->ranges[middle].end <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low < a->range_count && a->ranges[low].start <= offset ? &a->ranges[low] : NULL;
}

/* The way to the handler of an instruction that raises. */
static void follow_raise(analysis *a, const pc_instruction *ins, state at, bool unknown)
{
    const protected_range *range = range_of(a, ins->at);
    /* These cannot raise, and the exception that is saved in a range may not be yet, or not any more (nor, in 3.15, the
     * iterator of a generator expression that ends); a hidden one may be one of these. */
    if (!range || pc_instruction_is_hidden(ins) || ins->opcode->kind == PC_OPCODE_PUSH_EXC_INFO ||
        ins->opcode->kind == PC_OPCODE_POP_EXCEPT || ins->opcode->kind == PC_OPCODE_SWAP ||
        ins->opcode->kind == PC_OPCODE_COPY || ins->opcode->kind == PC_OPCODE_CONSTANT ||
        ins->opcode->kind == PC_OPCODE_RETURN)
        return;
    if (!unknown) {
        if (range->depth > at.depth) {
            a->broken = true;
            return;
        }
        at.depth = range->depth;
        drop_marks(a, &at, at.depth);
        move_top(a, &at, range->lasti ? 2 : 1);
    }
    if (!a->broken)
        arrive(a, range->handler, at, unknown);
}

/* The way of a jump, or of a block to its handler. */
static void follow_jump(analysis *a, const pc_instruction *ins, state at, bool unknown, int64_t effect)
{
    uint32_t target;
    if (!pc_instruction_target(a->bytecode, ins, &target)) {
        a->broken = true;
        return;
    }
    if (!unknown)
        move_top(a, &at, effect);
    if (!a->broken)
        arrive(a, target, at, unknown);
}

static bool is_finally_block(const analysis *a, const pc_instruction *ins)
{
    uint32_t handler;
    if (ins->opcode->kind == PC_OPCODE_SETUP_FINALLY)
        return true;
    return ins->opcode->kind == PC_OPCODE_SETUP_TRY && pc_instruction_target(a->bytecode, ins, &handler) &&
           a->flags[unit_of(a, handler)] & IS_FINALLY;
}

static void follow(analysis *a, uint32_t offset)
{
    pc_instruction ins;
    uint32_t unit = unit_of(a, offset);
    state at = a->states[unit];
    bool unknown = a->flags[unit] & UNKNOWN;
    if (!pc_instruction_decode(a->bytecode, offset, &ins)) {
        a->broken = true;
        return;
    }
    /* The prefixes do nothing to the stack: its state is known at the instruction itself, too. */
    for (uint32_t inner = offset; inner != ins.at;) {
        inner += pc_bytecode_prefix(a->bytecode);
        uint8_t *flags = &a->flags[unit_of(a, inner)];
        if ((*flags & (SEEN | PREFIXED)) == SEEN)
            a->broken = true;
        *flags |= SEEN | PREFIXED | (unknown ? UNKNOWN : 0);
        a->states[unit_of(a, inner)] = at;
    }
    switch ((pc_opcode_kind)ins.opcode->kind) {
    case PC_OPCODE_JUMP:
    case PC_OPCODE_BRANCH:
    case PC_OPCODE_SETUP_EXCEPT:
        follow_jump(a, &ins, at, unknown, ins.opcode->jump_effect);
        break;
    case PC_OPCODE_SETUP_FINALLY:
    case PC_OPCODE_SETUP_TRY:
        if (!is_finally_block(a, &ins)) {
            follow_jump(a, &ins, at, unknown, ins.opcode->jump_effect);
        } else if (!(a->flags[unit] & POSTPONED)) {
            a->flags[unit] |= POSTPONED;
            a->postponed[a->postponed_length++] = offset;
        }
        break;
    default:
        break;
    }
    follow_raise(a, &ins, at, unknown);
    state next = at;
    if (unknown) {
        /* Whether END_FINALLY goes on is not known either: if it does, then with an unknown state. */
        pc_opcode_kind kind = (pc_opcode_kind)ins.opcode->kind;
        if (kind != PC_OPCODE_JUMP && kind != PC_OPCODE_STOP && kind != PC_OPCODE_RETURN && !pc_instruction_is_hidden(&ins))
            arrive(a, ins.next, next, true);
    } else if (!a->broken && execute(a, &ins, &next) && !a->broken) {
        arrive(a, ins.next, next, false);
    }
}

/* Follows the way an exception takes into a finally body that was not entered from above. */
static void follow_postponed(analysis *a, uint32_t offset)
{
    pc_instruction ins;
    uint32_t handler, unit = unit_of(a, offset);
    if (!pc_instruction_decode(a->bytecode, offset, &ins) || !pc_instruction_target(a->bytecode, &ins, &handler)) {
        a->broken = true;
        return;
    }
    if (a->flags[unit_of(a, handler)] & SEEN)
        return;
    state at = a->states[unit];
    bool unknown = a->flags[unit] & UNKNOWN;
    if (!unknown) {
        move_top(a, &at, ins.opcode->kind == PC_OPCODE_SETUP_TRY ? 1 : ins.opcode->jump_effect);
        if (!a->broken && at.depth)
            push_mark(a, &at, at.depth - 1, MARK_RAISED);
    }
    if (!a->broken)
        arrive(a, handler, at, unknown);
}

/* Until 3.8 there is one copy of a finally body, which is entered with one value or, when an exception was raised, with
 * six (2.7: three), or with a value to return and the reason: END_FINALLY sees which and pops them. Here they are one
 * slot with a mark, so that the states of the ways in agree, and what follows END_FINALLY is known. In 3.8 a
 * body is told from the clauses of `except`, which have the same block instruction, by being entered otherwise, too:
 * from BEGIN_FINALLY just before it or by CALL_FINALLY. */
static void find_finally_bodies(analysis *a)
{
    const pc_bytecode *bytecode = a->bytecode;
    pc_instruction ins;
    for (uint32_t offset = 0; offset < bytecode->code_size; offset = ins.next) {
        uint32_t target;
        if (!pc_instruction_decode(bytecode, offset, &ins)) {
            a->broken = true;
            return;
        }
        uint8_t found;
        switch ((pc_opcode_kind)ins.opcode->kind) {
        case PC_OPCODE_SETUP_FINALLY:
            found = HANDLER | IS_FINALLY;
            break;
        case PC_OPCODE_SETUP_TRY:
            found = HANDLER;
            break;
        case PC_OPCODE_CALL_FINALLY:
            found = IS_FINALLY;
            break;
        case PC_OPCODE_BEGIN_FINALLY:
            if (ins.next < bytecode->code_size)
                a->flags[unit_of(a, ins.next)] |= IS_FINALLY;
            continue;
        default:
            continue;
        }
        if (!pc_instruction_target(bytecode, &ins, &target)) {
            a->broken = true;
            return;
        }
        a->flags[unit_of(a, target)] |= found;
    }
}

static void analyze(analysis *a)
{
    pc_instruction first;
    if (!pc_instruction_decode(a->bytecode, 0, &first) || !read_exception_table(a))
        return;
    if (!a->bytecode->dialect->exception_table)
        find_finally_bodies(a);
    if (a->broken)
        return;
    /* 3.10: a generator begins by popping what the first send() has pushed. */
    state start = {.depth = first.opcode->kind == PC_OPCODE_GEN_START};
    arrive(a, 0, start, false);
    while (!a->broken && (a->queue_length || a->postponed_length)) {
        if (a->queue_length) {
            uint32_t offset = a->queue[--a->queue_length];
            a->flags[unit_of(a, offset)] &= (uint8_t)~QUEUED;
            follow(a, offset);
        } else {
            /* The way from above comes first: where it differs, as at the end of `except ... as name` in 3.6, it is
             * the one that goes on behind END_FINALLY. The block met last is the innermost. */
            follow_postponed(a, a->postponed[--a->postponed_length]);
        }
    }
}

bool pc_bytecode_stack_at(const pc_bytecode *bytecode, uint32_t offset, pc_stack_state *ret_state)
{
    if (!pc_bytecode_is_usable(bytecode) || offset >= bytecode->code_size || offset % pc_bytecode_unit(bytecode))
        return false;
    size_t units = bytecode->code_size / pc_bytecode_unit(bytecode);
    analysis *a = pc_malloc(sizeof(*a));
    *a = (analysis){
        .bytecode = bytecode,
        .states = pc_malloc(units * sizeof(*a->states)),
        .flags = pc_malloc(units),
        .queue = pc_malloc(units * sizeof(*a->queue)),
        .postponed = pc_malloc(units * sizeof(*a->postponed)),
        .mark_count = 1,
    };
    memset(a->flags, 0, units);
    analyze(a);

    uint32_t unit = unit_of(a, offset);
    bool known = !a->broken && (a->flags[unit] & (SEEN | UNKNOWN)) == SEEN;
    if (known) {
        pc_stack_state result = {.depth = a->states[unit].depth};
        uint16_t i = a->states[unit].marks;
        result.saved_count = i ? a->marks[i].count : 0;
        for (uint32_t slot = result.saved_count; slot-- > 0; i = a->marks[i].below) {
            result.saved[slot] = a->marks[i].slot;
            known &= a->marks[i].kind == MARK_SAVED;
        }
        if (known)
            *ret_state = result;
    }
    free(a->ranges);
    free(a->postponed);
    free(a->queue);
    free(a->flags);
    free(a->states);
    free(a);
    return known;
}
