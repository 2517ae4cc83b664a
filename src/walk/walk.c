#include "walk/walk.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/stop.h"
#include "walk/attributes.h"
#include "walk/exceptions.h"
#include "walk/frames.h"
#include "walk/globals.h"
#include "walk/redact.h"
#include "walk/thread_names.h"

/* A thread state on its way to becoming a thread of the result. */
typedef struct found_state {
    pc_addr state, pthread;
    int interpreter;
    uint64_t native_id; /* 0: the build does not keep it */
    bool placed;
} found_state;

typedef struct state_list {
    found_state *items;
    size_t count, capacity;
} state_list;

static void report(pc_walk *walk, pc_error *error, const char *what)
{
    pc_diagnose_error(walk->diagnostics, PC_SEVERITY_ERROR, error, "%s", what);
    walk->incomplete = true;
}

static pc_error *read_gil(pc_python *py, pc_interpreter *interpreter)
{
    pc_addr gil;
    int64_t locked, own;
    if (pc_is_free_threaded(py))
        return NULL; /* it has a lock, which is taken only on demand */
    if (!pc_has(py, PC_IS_GIL)) {
        interpreter->gil_holder = py->current_thread;
        interpreter->gil_known = py->current_thread_known;
        return NULL;
    }
    /* 3.12: a lock of its own, or the main interpreter's */
    PC_TRY(pc_field_int(py, PC_IS_OWN_GIL, interpreter->address, &own));
    interpreter->own_gil = own ? PC_TRUE : PC_FALSE;
    PC_TRY(pc_field_uint(py, PC_IS_GIL, interpreter->address, &gil));
    PC_TRY(pc_field_int(py, PC_GIL_LOCKED, gil, &locked));
    if (locked > 0)
        PC_TRY(pc_field_uint(py, PC_GIL_LAST_HOLDER, gil, &interpreter->gil_holder));
    interpreter->gil_known = true;
    return NULL;
}

static pc_error *read_interpreter(pc_python *py, pc_addr address, pc_interpreter *interpreter)
{
    pc_addr main = 0;
    *interpreter = (pc_interpreter){.address = address, .id = -1, .own_gil = PC_UNKNOWN};
    if (pc_has(py, PC_IS_ID))
        PC_TRY(pc_field_int(py, PC_IS_ID, address, &interpreter->id));
    if (py->runtime && pc_has(py, PC_RT_MAIN_INTERPRETER)) {
        PC_TRY(pc_field_uint(py, PC_RT_MAIN_INTERPRETER, py->runtime, &main));
        interpreter->main = main == address;
    } else {
        /* to 3.6 the list begins with the newest: the main one is its last */
        PC_TRY(pc_field_uint(py, PC_IS_NEXT, address, &main));
        interpreter->main = !main;
    }
    return read_gil(py, interpreter);
}

static void read_interpreters(pc_walk *walk)
{
    pc_python *py = walk->py;
    pc_interpreter *list = NULL;
    size_t count = 0, capacity = 0;
    pc_addr at = py->first_interpreter;
    pc_error *error = NULL;
    pc_map seen;
    pc_map_init(&seen);
    while (at && !error) {
        if (count >= PC_LIMIT_INTERPRETERS || !pc_map_add(&seen, at)) {
            error = pc_error_at(PC_ERROR_CORRUPT, at, "it does not end");
            break;
        }
        list = pc_grow(list, count, &capacity, sizeof(*list));
        error = read_interpreter(py, at, &list[count++]);
        if (error)
            report(walk, error, "an interpreter state");
        error = pc_field_uint(py, PC_IS_NEXT, at, &at);
    }
    pc_map_deinit(&seen);
    if (error)
        report(walk, error, "the list of interpreters");
    /* builds that do not number them (to 3.6) list the newest first */
    for (size_t i = 0; i < count && !pc_has(py, PC_IS_ID); i++)
        list[i].id = (int64_t)(count - 1 - i);
    walk->interpreters = pc_arena_array(walk->arena, count, sizeof(*list));
    if (count)
        memcpy(walk->interpreters, list, count * sizeof(*list));
    walk->interpreter_count = count;
    free(list);
}

/* Which thread of the kernel a state belongs to: by pthread_t, else by the id the interpreter noted. */
static bool belongs(const found_state *state, const pc_lwp *lwp)
{
    if (state->pthread && lwp->thread_pointer)
        return state->pthread == lwp->thread_pointer;
    return state->native_id && lwp->tid >= 0 && state->native_id == (uint64_t)lwp->tid;
}

/* A state says to which interpreter it belongs. One that does not may still be the state of a thread that there is. */
static pc_error *check_owner(pc_walk *walk, const found_state *state)
{
    pc_addr owner;
    PC_TRY(pc_field_uint(walk->py, PC_TS_INTERP, state->state, &owner));
    if (owner == walk->interpreters[state->interpreter].address)
        return NULL;
    pc_error *error = pc_error_at(PC_ERROR_CORRUPT, state->state, "what should be a thread state at " PC_ADDR " belongs to no interpreter", state->state);
    for (size_t i = 0; i < walk->core->lwp_count; i++)
        if (belongs(state, &walk->core->lwps[i])) {
            report(walk, error, "a thread state");
            return NULL;
        }
    return error;
}

static void read_states(pc_walk *walk, int interpreter, state_list *states)
{
    pc_python *py = walk->py;
    pc_addr at = 0, next = 0;
    pc_map seen;
    pc_map_init(&seen);
    pc_error *error = pc_field_uint(py, PC_IS_THREADS, walk->interpreters[interpreter].address, &at);
    for (; !error && at; at = next) {
        found_state state = {.state = at, .interpreter = interpreter};
        if (states->count >= PC_LIMIT_THREADS || !pc_map_add(&seen, at)) {
            error = pc_error_at(PC_ERROR_CORRUPT, at, "it does not end");
            break;
        }
        error = pc_field_uint(py, PC_TS_THREAD_ID, at, &state.pthread);
        if (!error && pc_has(py, PC_TS_NATIVE_ID))
            error = pc_field_uint(py, PC_TS_NATIVE_ID, at, &state.native_id);
        if (!error)
            error = check_owner(walk, &state);
        if (!error)
            error = pc_field_uint(py, PC_TS_NEXT, at, &next);
        if (error)
            break;
        states->items = pc_grow(states->items, states->count, &states->capacity, sizeof(*states->items));
        states->items[states->count++] = state;
    }
    pc_map_deinit(&seen);
    if (error)
        report(walk, error, "the list of thread states");
}

/* Pairs kernel threads with their states: 1,000 with 1,000, so by a table. */
typedef struct state_index {
    pc_map by_pthread, by_native; /* -> position + 1 in the list, chained by `next` */
    size_t *next_pthread, *next_native;
} state_index;

static void index_states(state_index *index, const state_list *states)
{
    pc_map_init(&index->by_pthread);
    pc_map_init(&index->by_native);
    index->next_pthread = pc_malloc((states->count + 1) * sizeof(size_t));
    index->next_native = pc_malloc((states->count + 1) * sizeof(size_t));
    for (size_t i = states->count; i-- > 0;) {
        const found_state *s = &states->items[i];
        index->next_pthread[i] = (size_t)(uintptr_t)pc_map_get(&index->by_pthread, s->pthread);
        index->next_native[i] = (size_t)(uintptr_t)pc_map_get(&index->by_native, s->native_id);
        pc_map_put(&index->by_pthread, s->pthread, (void *)(uintptr_t)(i + 1));
        pc_map_put(&index->by_native, s->native_id, (void *)(uintptr_t)(i + 1));
    }
}

static void index_deinit(state_index *index)
{
    pc_map_deinit(&index->by_pthread);
    pc_map_deinit(&index->by_native);
    free(index->next_pthread);
    free(index->next_native);
}

static void set_registers(pc_walk *walk, const pc_lwp *lwp, pc_thread *thread)
{
    const pc_machine *machine = walk->core->machine;
    size_t count = machine ? machine->register_count : 0, known = 0;
    pc_register *registers = pc_arena_array(walk->arena, count, sizeof(*registers));
    for (size_t i = 0; i < count; i++) {
        registers[known].name = machine->registers[i].name;
        registers[known].redacted = pc_redact_register(walk->options.redaction, walk->core, lwp, &machine->registers[i]);
        known += pc_core_register(walk->core, lwp, registers[known].name, &registers[known].value);
    }
    thread->registers = registers;
    thread->register_count = known;
}

static pc_thread *add_thread(pc_walk *walk, pc_thread **list, size_t *capacity, const pc_lwp *lwp, const found_state *state)
{
    pc_core *core = walk->core;
    *list = pc_grow(*list, walk->thread_count, capacity, sizeof(**list));
    pc_thread *thread = &(*list)[walk->thread_count++];
    *thread = (pc_thread){.lwp = lwp, .interpreter = -1, .holds_gil = walk->py ? PC_FALSE : PC_UNKNOWN};
    if (lwp) {
        thread->main = core->has_psinfo && lwp->tid == core->pid;
        thread->crashed = core->signal_number && lwp == &core->lwps[0];
        thread->has_pthread = lwp->thread_pointer != 0;
        thread->pthread = lwp->thread_pointer;
        set_registers(walk, lwp, thread);
    }
    if (state) {
        const pc_interpreter *interpreter = &walk->interpreters[state->interpreter];
        thread->state = state->state;
        thread->interpreter = state->interpreter;
        thread->pthread = state->pthread;
        thread->has_pthread = state->pthread != 0;
        thread->holds_gil = !interpreter->gil_known ? PC_UNKNOWN : interpreter->gil_holder == state->state ? PC_TRUE : PC_FALSE;
    }
    return thread;
}

static void pair_threads(pc_walk *walk, state_list *states, pc_thread **list)
{
    pc_core *core = walk->core;
    size_t capacity = 0;
    state_index index;
    index_states(&index, states);
    for (size_t i = 0; i < core->lwp_count; i++) {
        const pc_lwp *lwp = &core->lwps[i];
        bool any = false;
        for (int way = 0; way < 2; way++) {
            pc_map *map = way ? &index.by_native : &index.by_pthread;
            uint64_t key = way ? (uint64_t)lwp->tid : lwp->thread_pointer;
            size_t *next = way ? index.next_native : index.next_pthread;
            for (size_t at = key ? (size_t)(uintptr_t)pc_map_get(map, key) : 0; at && pc_memory_spend(&core->memory, 1); at = next[at - 1]) {
                found_state *s = &states->items[at - 1];
                if (s->placed || !belongs(s, lwp))
                    continue;
                s->placed = any = true;
                add_thread(walk, list, &capacity, lwp, s);
            }
        }
        if (!any)
            add_thread(walk, list, &capacity, lwp, NULL);
    }
    for (size_t i = 0; i < states->count; i++)
        if (!states->items[i].placed)
            add_thread(walk, list, &capacity, NULL, &states->items[i]);
    index_deinit(&index);
}

static void name_threads(pc_walk *walk, int interpreter)
{
    pc_thread_name *names;
    size_t count = pc_thread_names_read(walk->py, walk->interpreters[interpreter].address, &names);
    pc_map by_ident;
    bool redacted = false; /* the mark in a name says so */
    pc_map_init(&by_ident);
    for (size_t i = 0; i < count; i++)
        pc_map_put(&by_ident, names[i].ident, &names[i]);
    for (size_t i = 0; i < walk->thread_count; i++) {
        pc_thread *t = &walk->threads[i];
        pc_thread_name *found = t->interpreter == interpreter && t->has_pthread ? pc_map_get(&by_ident, t->pthread) : NULL;
        if (found)
            t->name = pc_redact_text(walk->options.redaction, walk->arena, found->name, PC_SECRETS_STRING, false, &redacted);
    }
    pc_map_deinit(&by_ident);
    free(names);
}

void pc_walk_init(pc_walk *walk, pc_core *core, pc_python *py, const pc_walk_options *options)
{
    *walk = (pc_walk){.py = py, .core = core, .arena = core->arena, .diagnostics = core->diagnostics, .options = *options};
}

void pc_walk_run(pc_walk *walk, pc_core *core, pc_python *py, const pc_walk_options *options)
{
    pc_walk_init(walk, core, py, options);
    state_list states = {0};
    if (py) {
        read_interpreters(walk);
        for (size_t i = 0; i < walk->interpreter_count; i++)
            read_states(walk, (int)i, &states);
    }
    pair_threads(walk, &states, &walk->threads);
    free(states.items);
    for (size_t i = 0; i < walk->interpreter_count; i++)
        name_threads(walk, (int)i);
    for (size_t i = 0; i < walk->thread_count; i++) {
        pc_thread *thread = &walk->threads[i];
        if (!thread->state)
            continue;
        pc_handled handled;
        uint64_t share = pc_memory_begin_share(&core->memory, PC_LIMIT_THREAD_SHARE);
        pc_handled_begin(&handled, walk, thread);
        pc_frames_walk(walk, thread, &(pc_frame_visitor){pc_handled_frame, pc_handled_described, &handled});
        pc_handled_end(&handled);
        pc_attributes_of_thread(walk, thread);
        pc_memory_end_share(&core->memory, share);
    }
    for (size_t i = 0; i < walk->interpreter_count; i++)
        walk->interpreters[i].last_exception = pc_last_exception_read(walk, walk->interpreters[i].address);
    pc_globals_read(walk);
    if (pc_is_stopped()) {
        pc_diagnose(walk->diagnostics, PC_SEVERITY_WARNING, pc_stop_code(), "%s: parts are left out, marked as truncated", pc_stop_text());
        walk->incomplete = true;
    } else if (core->memory.starved) {
        pc_diagnose(walk->diagnostics, PC_SEVERITY_WARNING, "limit",
                    "reading all that the core links to would take too long: parts are left out, marked as truncated");
        walk->incomplete = true;
    }
}

void pc_walk_deinit(pc_walk *walk)
{
    if (!walk)
        return;
    for (size_t i = 0; i < walk->thread_count; i++)
        free(walk->threads[i].frames);
    free(walk->threads);
    pc_map_deinit(&walk->values);
    pc_map_deinit(&walk->attributes);
    pc_map_deinit(&walk->hidden_values);
    pc_map_deinit(&walk->hidden_attributes);
    pc_map_deinit(&walk->stacks);
    pc_map_deinit(&walk->places);
    free(walk->globals);
    pc_map_deinit(&walk->globals_seen);
}
