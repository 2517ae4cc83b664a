#include "python/context.h"

#include "base/limits.h"
#include "python/type.h"

/* A hash has 32 bits, of which each level takes five: seven levels, and one for those whose hashes are equal. */
#define MAX_DEPTH 8
#define ARRAY_NODES 32

typedef struct walk {
    pc_python *py;
    void (*call)(void *, pc_addr, pc_addr);
    void *argument;
    uint64_t nodes;
} walk;

static pc_error *each(walk *w, pc_addr node, unsigned depth)
{
    pc_python *py = w->py;
    const pc_type *type;
    pc_addr items, key, value;
    uint64_t count;
    if (depth > MAX_DEPTH || ++w->nodes > PC_LIMIT_CONTEXT_VARS)
        return pc_error_at(PC_ERROR_CORRUPT, node, "the map of a context's variables does not end");
    PC_TRY(pc_type_of(py, node, &type));
    if (!type->item_size) {
        if (type->basic_size != pc_size_of(py, PC_STRUCT_HAMT_ARRAY))
            return pc_error_at(PC_ERROR_CORRUPT, node, "what is at " PC_ADDR " is no node of a context's variables", node);
        PC_TRY(pc_field_address(py, PC_HAMT_NODES, node, &items));
        for (uint64_t i = 0; i < ARRAY_NODES; i++) {
            PC_TRY(pc_pointer_at(py, items, i, &value));
            if (value)
                PC_TRY(each(w, value, depth + 1));
        }
        return NULL;
    }
    PC_TRY(pc_var_size(py, node, &count));
    if (type->item_size != (int64_t)py->word || type->basic_size + (int64_t)py->word != pc_size_of(py, PC_STRUCT_HAMT_PAIRS) || count % 2 ||
        count > PC_LIMIT_CONTEXT_VARS)
        return pc_error_at(PC_ERROR_CORRUPT, node, "what is at " PC_ADDR " is no node of a context's variables", node);
    PC_TRY(pc_field_address(py, PC_HAMT_ITEMS, node, &items));
    for (uint64_t i = 0; i < count; i += 2) {
        PC_TRY(pc_pointer_at(py, items, i, &key));
        PC_TRY(pc_pointer_at(py, items, i + 1, &value));
        if (key)
            w->call(w->argument, key, value);
        else if (value)
            PC_TRY(each(w, value, depth + 1));
    }
    return NULL;
}

pc_error *pc_context_each(pc_python *py, pc_addr context, void (*call)(void *argument, pc_addr variable, pc_addr value), void *argument)
{
    walk w = {.py = py, .call = call, .argument = argument};
    pc_addr map, root;
    PC_TRY(pc_field_uint(py, PC_CTX_VARS, context, &map));
    PC_TRY(pc_field_uint(py, PC_HAMT_ROOT, map, &root));
    return each(&w, root, 0);
}
