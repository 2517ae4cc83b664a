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
} initial_stack;

/* The vector's bytes are known from NT_AUXV, and AT_RANDOM points above it. */
static bool find(pc_core *core, initial_stack *ret)
{
    uint64_t above;
    size_t word = core->bits / 8;
    if (core->auxv_size < 2 * word || (!pc_core_auxv(core, AT_RANDOM, &above) && !pc_core_auxv(core, AT_EXECFN, &above)))
        return false;
    const pc_range *stack = pc_ranges_find(&core->memory.saved, above);
    if (!stack)
        return false;
    const uint8_t *bytes = stack->bytes;
    size_t end = (size_t)(above - stack->first);
    size_t wanted = core->auxv_size;
    size_t reach = (size_t)4 << 20; /* environments are capped at a quarter of the stack limit, mostly 2 MB */
    size_t low = end > reach ? end - reach : 0, at = 0;
    bool found = false;
    /* the note has zeros behind AT_NULL that the stack has not; the pairs up to it are compared */
    pc_cursor c = pc_cursor_over(core->auxv, core->auxv_size, core->big_endian);
    while (c.left >= 2 * word) {
        uint64_t key = pc_cursor_uint(&c, word);
        pc_cursor_uint(&c, word);
        if (key == AT_NULL) {
            wanted = core->auxv_size - c.left;
            break;
        }
    }
    for (size_t i = end > wanted ? (end - wanted) / word * word : 0; i > low && !found; i -= word)
        if (!memcmp(bytes + i, core->auxv, wanted)) {
            at = i;
            found = true;
        }
    if (!found)
        return false;
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
    };
    pc_memory_touch(&core->memory, bottom, above - bottom + 1);
    return true;
}

size_t pc_core_argument_texts(pc_core *core, bool texts, pc_stack_text **ret_texts)
{
    initial_stack stack;
    size_t left = PC_LIMIT_STACK_BYTES;
    pc_addr next = 0;
    if (!find(core, &stack))
        return 0;
    pc_stack_text *list = pc_arena_array(core->arena, stack.argument_count + 1, sizeof(*list));
    for (size_t k = 0; texts && k < stack.argument_count; k++) {
        pc_addr pointer = next;
        /* The kernel lays the strings one behind the other; programs change the pointers afterwards (2.7 makes that of the
         * argument before the command "-c"). */
        if (!k && !pc_ok(pc_memory_pointer(&core->memory, stack.argv, &pointer)))
            return 0;
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
