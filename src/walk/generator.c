#include "walk/generator.h"

#include "python/str.h"
#include "python/type.h"
#include "walk/frames.h"

const char *pc_generator_state_name(pc_generator_state state)
{
    static const char *const names[] = {"created", "running", "suspended", "closed"};
    return names[state];
}

/* Frame states since 3.10: negative before the first instruction and while suspended, 0 while running, then ended. */
static pc_generator_state state_of(const pc_python *py, int64_t state)
{
    /* suspended while delegating to another one has a state of its own since 3.13 */
    int64_t created = pc_traits_worded(py->traits, PC_WORDING_GENERATOR_DELEGATES) ? -3 : -2;
    return state <= created ? PC_GENERATOR_CREATED : state < 0 ? PC_GENERATOR_SUSPENDED : state == 0 ? PC_GENERATOR_RUNNING : PC_GENERATOR_CLOSED;
}

/* *ret_frame is 0 where it has none any more. */
static pc_error *read_state(pc_python *py, pc_addr object, pc_generator_state *ret_state, pc_addr *ret_frame)
{
    int64_t state, lasti;
    if (pc_has(py, PC_GI_IFRAME)) { /* 3.11: it is a part of the object */
        PC_TRY(pc_field_int(py, PC_GI_FRAME_STATE, object, &state));
        *ret_state = state_of(py, state);
        return pc_field_address(py, PC_GI_IFRAME, object, ret_frame);
    }
    PC_TRY(pc_field_uint(py, PC_GI_FRAME, object, ret_frame));
    if (!*ret_frame) {
        *ret_state = PC_GENERATOR_CLOSED;
    } else if (pc_has(py, PC_F_STATE)) { /* 3.10 */
        PC_TRY(pc_field_int(py, PC_F_STATE, *ret_frame, &state));
        *ret_state = state_of(py, state);
    } else {
        PC_TRY(pc_field_int(py, PC_GI_RUNNING, object, &state));
        PC_TRY(pc_field_int(py, PC_F_LASTI, *ret_frame, &lasti));
        *ret_state = state ? PC_GENERATOR_RUNNING : lasti < 0 ? PC_GENERATOR_CREATED : PC_GENERATOR_SUSPENDED;
    }
    return NULL;
}

static void read_name(pc_python *py, pc_addr object, const pc_code *code, pc_generator *g)
{
    pc_addr name = 0;
    if (pc_has(py, PC_GI_QUALNAME) && pc_ok(pc_field_uint(py, PC_GI_QUALNAME, object, &name)) && name)
        pc_str_text(py, name, &g->qualname);
    if (!g->qualname && code)
        g->qualname = code->qualname ? code->qualname : code->name;
}

/* One that runs stands where its frame does; an ended one of 3.12 and later keeps its code where the frame was. */
static void read_place(pc_python *py, pc_addr object, pc_addr frame, pc_generator *g)
{
    pc_frame_ref ref = {.lasti = -1};
    pc_addr address;
    pc_code *code = NULL;
    bool opened = frame && pc_ok(pc_frame_open(py, frame, &ref));
    if (pc_has(py, PC_GI_CODE)) { /* to 3.11 */
        if (pc_ok(pc_field_uint(py, PC_GI_CODE, object, &address)) && !pc_ok(pc_code_read(py, address, &code)))
            code = NULL;
    } else {
        code = ref.code;
    }
    read_name(py, object, code, g);
    if (!code)
        return;
    g->filename = code->filename;
    if (g->state == PC_GENERATOR_CREATED)
        g->line = code->first_line;
    else if (g->state != PC_GENERATOR_CLOSED && opened && ref.code == code && ref.lasti >= 0)
        g->line = pc_code_position(py, code, ref.lasti).line;
}

const pc_generator *pc_generator_of(pc_walk *walk, pc_addr object)
{
    pc_python *py = walk->py;
    const pc_type *type;
    pc_addr frame = 0;
    pc_generator g = {.line = -1};
    if (!pc_ok(pc_type_of(py, object, &type)) ||
        (type->kind != PC_TYPE_GENERATOR && type->kind != PC_TYPE_COROUTINE && type->kind != PC_TYPE_ASYNC_GENERATOR) ||
        !pc_ok(read_state(py, object, &g.state, &frame)))
        return NULL;
    read_place(py, object, frame, &g);
    pc_generator *result = PC_NEW(walk->arena, pc_generator);
    *result = g;
    return result;
}
