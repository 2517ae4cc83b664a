#include "target/initial_stack.h"

#include <elf.h>
#include <string.h>

#include "base/cursor.h"
#include "base/limits.h"
#include "base/text.h"

/* argc, argv, NULL, environment, NULL, the auxiliary vector, and above it the strings. */
typedef struct initial_stack {
    pc_addr argv, environment; /* of the first pointers */
    size_t argument_count, environment_count;
    bool by_linker; /* the dynamic linker was started, and has changed them for the program that it runs */
} initial_stack;

/* Whether the words at `bytes` are the process's auxiliary vector. The dynamic linker, when it is the program that was started,
 * makes those of its own executable in it those of the one that it runs. */
static bool is_auxv(const pc_core *core, const uint8_t *bytes, size_t size, bool by_linker)
{
    size_t word = core->bits / 8;
    if (!by_linker)
        return !memcmp(bytes, core->auxv, size);
    for (size_t at = 0; at + 2 * word <= size; at += 2 * word) {
        uint64_t key = pc_load_uint(core->auxv + at, word, core->big_endian);
        bool own = key == AT_PHDR || key == AT_PHENT || key == AT_PHNUM || key == AT_ENTRY || key == AT_EXECFN;
        if (memcmp(bytes + at, core->auxv + at, own ? word : 2 * word))
            return false;
    }
    return true;
}

/* Of the note, what the stack has, too: the pairs up to AT_NULL; zeros follow in the note. */
static size_t auxv_size(const pc_core *core)
{
    size_t word = core->bits / 8;
    pc_cursor c = pc_cursor_over(core->auxv, core->auxv_size, core->big_endian);
    while (c.left >= 2 * word) {
        uint64_t key = pc_cursor_uint(&c, word);
        pc_cursor_uint(&c, word);
        if (key == AT_NULL)
            return core->auxv_size - c.left;
    }
    return core->auxv_size;
}

/* The vector in what is saved of the stack below `above`. A small core has the stack in pieces. */
static bool find_auxv(pc_core *core, pc_addr above, size_t size, bool by_linker, const pc_range **ret_piece, size_t *ret_at)
{
    enum { REACH = 4 << 20 }; /* environments are capped at a quarter of the stack limit, mostly 2 MB */
    const pc_ranges *saved = &core->memory.saved;
    const pc_range *next = pc_ranges_from(saved, above);
    size_t word = core->bits / 8, count = next ? (size_t)(next - saved->items) + (next->first <= above) : saved->count;
    while (count--) {
        const pc_range *piece = &saved->items[count];
        if (piece->last < above && above - piece->last > REACH)
            return false;
        uint64_t end = piece->last < above ? piece->last - piece->first + 1 : above - piece->first; /* not all of 2^64: it begins at above or below */
        if (end < size)
            continue;
        uint64_t low = above - piece->first > REACH ? above - piece->first - REACH : 0, at = end - size;
        for (at -= at >= (piece->first + at) % word ? (piece->first + at) % word : at; at > low; at = at > word ? at - word : 0)
            if (is_auxv(core, piece->bytes + at, size, by_linker)) {
                *ret_piece = piece;
                *ret_at = (size_t)at;
                return true;
            }
    }
    return false;
}

/* The vector's bytes are known from NT_AUXV, and AT_RANDOM points above it; so does AT_EXECFN, beyond the environment's strings. */
static bool find(pc_core *core, initial_stack *ret)
{
    uint64_t above;
    size_t word = core->bits / 8, size = auxv_size(core), at;
    const pc_range *stack;
    if (core->auxv_size < 2 * word || (!pc_core_auxv(core, AT_RANDOM, &above) && !pc_core_auxv(core, AT_EXECFN, &above)))
        return false;
    bool found = find_auxv(core, above, size, false, &stack, &at), by_linker = !found;
    if (!found && !find_auxv(core, above, size, true, &stack, &at))
        return false;
    const uint8_t *bytes = stack->bytes;
    /* backwards over the environment, then over argv until the word that is its count */
    size_t i = at / word, nulls = 0, count = 0;
    size_t argv_end = 0;
    bool counted = false;
    for (; !counted && i > 0 && count <= PC_LIMIT_STACK_ARGS * 16; count++) {
        i--;
        uint64_t value = pc_load_uint(bytes + i * word + at % word, word, core->big_endian);
        if (!value && ++nulls == 2)
            argv_end = i;
        counted = nulls == 2 && i != argv_end && value == argv_end - i - 1;
    }
    if (!counted || argv_end - i - 1 > PC_LIMIT_STACK_ARGS)
        return false;
    pc_addr bottom = stack->first + i * word + at % word;
    *ret = (initial_stack){
        .argv = bottom + word,
        .argument_count = argv_end - i - 1,
        .environment = bottom + (argv_end + 1 - i) * word,
        .environment_count = at / word - argv_end - 2,
        .by_linker = by_linker,
    };
    /* no farther: behind the vector the environment's strings may begin */
    pc_memory_touch(&core->memory, bottom, at - (i * word + at % word) + size);
    return true;
}

/* The dynamic linker takes its own arguments away; their strings stand before those that are left, and begin with the name
 * under which it was started. Returns where, and how many there are; start where that cannot be told. */
static pc_addr own_arguments(pc_core *core, pc_addr start, size_t *ret_count)
{
    pc_addr name_at, best = start;
    PC_AUTO_BUFFER name = {0};
    const pc_range *stack = pc_ranges_find(&core->memory.saved, start);
    *ret_count = 0;
    if (!stack || !pc_core_auxv(core, AT_EXECFN, &name_at) || !pc_ok(pc_memory_string(&core->memory, name_at, PC_LIMIT_STACK_BYTES, &name)))
        return start;
    size_t at = (size_t)(start - stack->first), least = at > PC_LIMIT_STACK_BYTES ? at - PC_LIMIT_STACK_BYTES : 1, size = name.length + 1;
    for (size_t count = 1; at > least && !stack->bytes[at - 1] && count < PC_LIMIT_STACK_ARGS; count++) {
        size_t begin = at - 1;
        while (begin > least && stack->bytes[begin - 1])
            begin--;
        if (begin == at - 1 || stack->bytes[begin - 1])
            break;
        at = begin;
        if (size <= stack->last - stack->first - at && !memcmp(stack->bytes + at, pc_buffer_text(&name), size)) {
            best = stack->first + at;
            *ret_count = count;
        }
    }
    return best;
}

size_t pc_core_argument_texts(pc_core *core, bool texts, pc_stack_text **ret_texts)
{
    initial_stack stack;
    size_t left = PC_LIMIT_STACK_BYTES, own = 0;
    pc_addr next = 0;
    if (!find(core, &stack) || !stack.argument_count || !pc_ok(pc_memory_pointer(&core->memory, stack.argv, &next)))
        return 0;
    if (stack.by_linker)
        next = own_arguments(core, next, &own);
    stack.argument_count += own;
    pc_stack_text *list = pc_arena_array(core->arena, stack.argument_count + 1, sizeof(*list));
    for (size_t k = 0; texts && k < stack.argument_count; k++) {
        pc_addr pointer = next;
        /* The kernel lays the strings one behind the other; programs change the pointers afterwards (2.7 makes that of the
         * argument before the command "-c"). */
        PC_AUTO_BUFFER raw = {0};
        if (!pc_ok(pc_memory_string(&core->memory, pointer, left, &raw)))
            return 0;
        left -= raw.length;
        next = pointer + raw.length + 1;
        list[k] = (pc_stack_text){.address = pointer, .bytes = pc_arena_strndup(core->arena, pc_buffer_text(&raw), raw.length), .length = raw.length};
    }
    *ret_texts = list;
    return stack.argument_count;
}

bool pc_core_environment(pc_core *core, pc_environment_visitor *visitor, void *context)
{
    initial_stack stack;
    size_t left = PC_LIMIT_STACK_BYTES, word = core->bits / 8, read = 0;
    if (!find(core, &stack))
        return false;
    for (size_t k = 0; k < stack.environment_count; k++) {
        pc_addr pointer;
        PC_AUTO_BUFFER raw = {0};
        if (!pc_ok(pc_memory_pointer(&core->memory, stack.environment + k * word, &pointer)) ||
            !pc_ok(pc_memory_string(&core->memory, pointer, left, &raw)))
            continue;
        left -= raw.length;
        read++;
        const char *text = pc_buffer_text(&raw), *sign = strchr(text, '=');
        if (sign)
            visitor(context, text, (size_t)(sign - text), sign + 1, raw.length - (size_t)(sign - text) - 1);
    }
    return read || !stack.environment_count;
}

size_t pc_core_arguments(pc_core *core, const char *const **ret_arguments)
{
    pc_stack_text *texts;
    size_t count = pc_core_argument_texts(core, true, &texts);
    if (!count)
        return 0;
    const char **arguments = pc_arena_array(core->arena, count + 1, sizeof(*arguments));
    for (size_t i = 0; i < count; i++) {
        PC_AUTO_BUFFER text = {0};
        pc_text_put_bytes(&text, texts[i].bytes, texts[i].length);
        arguments[i] = pc_arena_strdup(core->arena, pc_buffer_text(&text));
    }
    *ret_arguments = arguments;
    return count;
}
