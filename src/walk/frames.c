#include "walk/frames.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/limits.h"
#include "python/dict.h"
#include "python/str.h"
#include "python/type.h"
#include "walk/functions.h"
#include "walk/globals.h"
#include "walk/locals.h"
#include "walk/stack.h"

/* Who owns an interpreter frame: enum _frameowner of CPython's internal/pycore_frame.h */
#define OWNED_BY_GENERATOR 1
#define OWNED_BY_C_STACK 3 /* 3.12: a shim between C and Python; 3.14 knows several, up from here */

pc_error *pc_frame_innermost(pc_python *py, pc_addr thread, pc_addr *ret_frame)
{
    pc_addr cframe;
    if (pc_has(py, PC_TS_CURRENT_FRAME))
        return pc_field_uint(py, PC_TS_CURRENT_FRAME, thread, ret_frame);
    if (pc_has(py, PC_TS_CFRAME) && pc_has(py, PC_CFRAME_CURRENT)) {
        PC_TRY(pc_field_uint(py, PC_TS_CFRAME, thread, &cframe));
        if (!cframe) {
            *ret_frame = 0;
            return NULL;
        }
        return pc_field_uint(py, PC_CFRAME_CURRENT, cframe, ret_frame);
    }
    return pc_field_uint(py, PC_TS_FRAME, thread, ret_frame);
}

#define STEPS_AHEAD 16

/* The frame that called this one; 0: none did. */
static pc_error *frame_previous(pc_python *py, pc_addr frame, pc_addr *ret_previous)
{
    const bool of_interpreter = pc_has(py, PC_IF_LOCALSPLUS);
    const pc_view view = pc_view_of(py, of_interpreter ? PC_STRUCT_IFRAME : PC_STRUCT_FRAME, frame);
    PC_TRY(pc_view_uint(py, &view, of_interpreter ? PC_IF_PREVIOUS : PC_F_BACK, ret_previous));
    /* the frames of a deep stack mostly lie side by side: where more steps like this one lead to is on its way to the cache by then */
    if (view.bytes)
        __builtin_prefetch((const void *)((uintptr_t)view.bytes + (uintptr_t)((*ret_previous - frame) * STEPS_AHEAD)));
    return NULL;
}

static pc_error *read_code(pc_python *py, pc_addr address, pc_frame_ref *ref)
{
    pc_error *error = pc_code_read(py, address, &ref->code);
    if (error)
        ref->code = NULL;
    return error;
}

/* To 3.10. */
static pc_error *open_object_frame(pc_python *py, pc_addr address, pc_frame_ref *ref)
{
    pc_addr code, trace;
    int64_t lasti, line;
    const pc_view frame = pc_view_of(py, PC_STRUCT_FRAME, address);
    PC_TRY(pc_view_uint(py, &frame, PC_F_BACK, &ref->previous));
    PC_TRY(pc_view_uint(py, &frame, PC_F_CODE, &code));
    PC_TRY(pc_view_uint(py, &frame, PC_F_GLOBALS, &ref->globals));
    PC_TRY(pc_view_uint(py, &frame, PC_F_LOCALS, &ref->locals));
    PC_TRY(pc_view_int(py, &frame, PC_F_LASTI, &lasti));
    PC_TRY(pc_view_int(py, &frame, PC_F_LINENO, &line));
    PC_TRY(pc_view_uint(py, &frame, PC_F_TRACE, &trace));
    PC_TRY(pc_field_address(py, PC_F_LOCALSPLUS, address, &ref->localsplus));
    if (pc_has(py, PC_F_GEN))
        PC_TRY(pc_view_uint(py, &frame, PC_F_GEN, &ref->generator));
    ref->lasti = lasti < 0 ? -1 : lasti * py->traits->lasti_unit;
    /* f_lineno counts while a tracer is at work: to 3.9 when f_trace is set, in 3.10 when it is not 0 */
    ref->traced_line = trace || py->traits->lines == PC_LINES_RANGES ? line : 0;
    ref->entry = PC_TRUE; /* every call of a Python function entered the interpreter's loop anew */
    return read_code(py, code, ref);
}

pc_error *pc_frame_no_reference(pc_addr frame)
{
    return pc_error_at(PC_ERROR_CORRUPT, frame, "the frame at " PC_ADDR " holds what is no object", frame);
}

/* Where the instructions are that the frame executes. A free-threaded build of 3.14 gives each thread that specializes
 * them a copy of its own; the copies differ in nothing that is asked here but their addresses. */
static pc_error *code_start(pc_python *py, pc_addr frame, const pc_code *code, pc_addr *ret_start)
{
    pc_addr copies, first;
    int64_t index, count;
    if (!pc_has(py, PC_IF_TLBC_INDEX)) {
        *ret_start = code->code_start;
        return NULL;
    }
    PC_TRY(pc_field_int(py, PC_IF_TLBC_INDEX, frame, &index));
    if (!index) {
        *ret_start = code->code_start;
        return NULL;
    }
    PC_TRY(pc_field_uint(py, PC_CO_TLBC, code->address, &copies));
    PC_TRY(pc_field_int(py, PC_CODE_COPIES_COUNT, copies, &count));
    PC_TRY(pc_field_address(py, PC_CODE_COPIES, copies, &first));
    if (index < 0 || index >= count)
        return pc_error_at(PC_ERROR_CORRUPT, frame, "the frame at " PC_ADDR " executes a copy of its code that is not there", frame);
    return pc_pointer_at(py, first, (uint64_t)index, ret_start);
}

/* Whether a frame is the outermost one that this run of the interpreter's loop executes: 3.12, the shim below it tells. */
static pc_known is_entry(pc_python *py, pc_addr previous)
{
    uint64_t below = 0;
    if (!previous)
        return PC_TRUE;
    return !pc_ok(pc_field_uint(py, PC_IF_OWNER, previous, &below)) ? PC_UNKNOWN : below >= OWNED_BY_C_STACK ? PC_TRUE : PC_FALSE;
}

/* The frame that was opened last, for those that are like it: the frames of a recursion differ in nothing but their links, the tops of
 * their stacks and what is in their slots. What stands before the slots is compared as it is, and leaves no more to be found out. */
#define MOST_WORDS 20

typedef struct pc_recent_frame {
    pc_frame_ref ref;
    size_t words; /* 0: none is kept */
    uint64_t content[MOST_WORDS], counts[MOST_WORDS]; /* counts: the bits that have to be the same */
} pc_recent_frame;

static void set_counting_bits(const pc_layout *layout, pc_recent_frame *recent)
{
    static const pc_field differing[] = {PC_IF_PREVIOUS, PC_IF_STACKPOINTER};
    memset(recent->counts, 0, sizeof(recent->counts));
    memset(recent->counts, 0xff, layout->fields[PC_IF_LOCALSPLUS].offset);
    for (size_t i = 0; i < PC_ARRAY_SIZE(differing); i++) {
        const pc_field_place *place = &layout->fields[differing[i]];
        if (place->source != PC_SOURCE_NONE && (uint64_t)place->offset + place->size <= sizeof(recent->counts))
            memset((uint8_t *)recent->counts + place->offset, 0, place->size);
    }
}

static bool is_like(const pc_recent_frame *recent, const pc_view *frame)
{
    uint64_t word, differing = 0;
    if (!recent || !recent->words || !frame->bytes)
        return false;
    for (size_t i = 0; i < recent->words; i++) {
        memcpy(&word, frame->bytes + i * sizeof(word), sizeof(word));
        differing |= (word ^ recent->content[i]) & recent->counts[i];
    }
    return !differing;
}

static void keep(pc_python *py, const pc_view *frame, const pc_frame_ref *ref)
{
    pc_recent_frame *recent = py->recent_frame;
    if (!recent) {
        recent = py->recent_frame = PC_NEW(py->arena, pc_recent_frame);
        if (py->layout->fields[PC_IF_LOCALSPLUS].offset <= sizeof(recent->content))
            set_counting_bits(py->layout, recent);
    }
    size_t words = (py->layout->fields[PC_IF_LOCALSPLUS].offset + sizeof(uint64_t) - 1) / sizeof(uint64_t);
    /* what was found without these bytes, or without work left, is true of this frame only */
    bool worth = frame->bytes && words <= MOST_WORDS && words * sizeof(uint64_t) <= frame->size && !ref->generator && !ref->traced_line &&
                 !pc_memory_is_starving(py->memory);
    recent->words = worth ? words : 0;
    if (!worth)
        return;
    recent->ref = *ref;
    memcpy(recent->content, frame->bytes, words * sizeof(uint64_t));
}

static pc_error *open_like_recent(pc_python *py, const pc_view *frame, pc_frame_ref *ref)
{
    *ref = py->recent_frame->ref;
    ref->address = frame->address;
    ref->localsplus = frame->address + py->layout->fields[PC_IF_LOCALSPLUS].offset;
    PC_TRY(pc_view_uint(py, frame, PC_IF_PREVIOUS, &ref->previous));
    if (!pc_has(py, PC_IF_IS_ENTRY))
        ref->entry = is_entry(py, ref->previous);
    return NULL;
}

static pc_error *open_interpreter_frame(pc_python *py, const pc_view *frame, pc_frame_ref *ref)
{
    pc_addr code = 0, start, instruction, object;
    const pc_addr address = frame->address;
    uint64_t owner, entry, bits;
    int64_t line;
    PC_TRY(pc_view_uint(py, frame, PC_IF_PREVIOUS, &ref->previous));
    PC_TRY(pc_view_uint(py, frame, PC_IF_OWNER, &owner));
    if (owner >= OWNED_BY_C_STACK) {
        ref->is_shim = true;
        return NULL;
    }
    PC_TRY(pc_view_uint(py, frame, PC_IF_CODE, &bits));
    if (!pc_stack_reference(py->traits->references, bits, &code))
        return pc_frame_no_reference(address);
    PC_TRY(pc_view_uint(py, frame, PC_IF_GLOBALS, &ref->globals));
    PC_TRY(pc_view_uint(py, frame, PC_IF_LOCALS, &ref->locals));
    PC_TRY(pc_view_uint(py, frame, PC_IF_INSTR, &instruction));
    PC_TRY(pc_view_uint(py, frame, PC_IF_FRAME_OBJECT, &object));
    PC_TRY(pc_field_address(py, PC_IF_LOCALSPLUS, address, &ref->localsplus));
    if (object && pc_has(py, PC_F_LINENO) && pc_ok(pc_field_int(py, PC_F_LINENO, object, &line)) && line > 0)
        ref->traced_line = line;
    if (owner == OWNED_BY_GENERATOR && pc_has(py, PC_GI_IFRAME))
        ref->generator = address - py->layout->fields[PC_GI_IFRAME].offset;
    if (pc_has(py, PC_IF_IS_ENTRY)) {
        PC_TRY(pc_view_uint(py, frame, PC_IF_IS_ENTRY, &entry));
        ref->entry = entry ? PC_TRUE : PC_FALSE;
    } else {
        ref->entry = is_entry(py, ref->previous);
    }
    PC_TRY(read_code(py, code, ref));
    PC_TRY(code_start(py, address, ref->code, &start));
    int64_t offset = (int64_t)(instruction - start);
    if (offset < -2 || (offset > 0 && (uint64_t)offset >= ref->code->bytecode.code_size) || offset % 2)
        return pc_error_at(PC_ERROR_CORRUPT, address, "the frame at " PC_ADDR " is at no instruction of its code", address);
    ref->lasti = offset;
    ref->incomplete = owner != OWNED_BY_GENERATOR && offset < ref->code->first_traceable * 2;
    keep(py, frame, ref);
    return NULL;
}

pc_error *pc_frame_open(pc_python *py, pc_addr address, pc_frame_ref *ret_frame)
{
    const pc_frame_ref unknown = {.address = address, .entry = PC_UNKNOWN, .lasti = -1};
    if (!pc_has(py, PC_IF_LOCALSPLUS)) {
        *ret_frame = unknown;
        return open_object_frame(py, address, ret_frame);
    }
    const pc_view frame = pc_view_of(py, PC_STRUCT_IFRAME, address);
    if (is_like(py->recent_frame, &frame))
        return open_like_recent(py, &frame, ret_frame);
    *ret_frame = unknown;
    return open_interpreter_frame(py, &frame, ret_frame);
}

pc_error *pc_frame_open_object(pc_python *py, pc_addr object, pc_frame_ref *ret_frame)
{
    pc_addr frame = object;
    PC_TRY(pc_expect(py, object, PC_TYPE_FRAME));
    if (pc_has(py, PC_F_FRAME))
        PC_TRY(pc_field_uint(py, PC_F_FRAME, object, &frame));
    return pc_frame_open(py, frame, ret_frame);
}

/* __name__ of its globals. */
static const char *module_name(pc_python *py, pc_addr globals)
{
    pc_addr name;
    const char *text = NULL;
    /* 1,000 frames of one module ask once: kept under the dict's own address */
    const char *kept = pc_map_get(&py->module_names, globals);
    if (kept)
        return *kept ? kept : NULL;
    if (globals && pc_dict_find(py, globals, "__name__", &name))
        pc_str_text(py, name, &text);
    if (pc_memory_is_starving(py->memory))
        return NULL;
    pc_map_put(&py->module_names, globals, (void *)(text ? text : ""));
    return text;
}

static const char *qualname(pc_python *py, const pc_frame_ref *ref)
{
    pc_addr argument;
    if (ref->code->qualname) /* 3.11 */
        return ref->code->qualname;
    if (!ref->code->argument_count || !pc_ok(pc_frame_slot(py, ref, 0, &argument)))
        argument = 0;
    return pc_function_qualname(py, ref->code, argument);
}

/* ---- places ---- */

static const pc_place nowhere = {.first_line = -1, .instruction = -1, .position = {.line = -1, .end_line = -1, .column = -1, .end_column = -1}};

/* What tells a place from others. */
typedef struct place_key {
    const pc_code *code; /* NULL: none is known */
    int64_t offset, line; /* line: what the line table says is another; 0: it is not */
    pc_addr globals;
    const char *module, *qualname;
    bool is_module_body;
} place_key;

/* The place comes first: who has one of the walk's has this. */
typedef struct known_place {
    pc_place place;
    place_key key;
    struct known_place *next; /* of the same hash */
} known_place;

static bool is_same(const place_key *a, const place_key *b)
{
    return a->code == b->code && a->offset == b->offset && a->line == b->line && a->globals == b->globals && a->module == b->module &&
           a->qualname == b->qualname && a->is_module_body == b->is_module_body;
}

static uint64_t hash_key(const place_key *k)
{
    uint64_t hash = pc_hash_unit(pc_hash_unit(pc_hash_unit(PC_HASH_START, (uintptr_t)k->code), (uint64_t)k->offset), (uint64_t)k->line);
    hash = pc_hash_unit(pc_hash_unit(pc_hash_unit(hash, k->globals), (uintptr_t)k->module), (uintptr_t)k->qualname);
    return hash ^ hash >> 32;
}

static pc_place find_place(const pc_walk *walk, const place_key *k)
{
    const pc_code *code = k->code;
    pc_place place = nowhere;
    uint32_t start;
    if (code) {
        place.filename = code->filename;
        place.name = code->name;
        place.first_line = code->first_line;
        place.position = pc_code_position(walk->py, code, k->offset);
    }
    place.qualname = k->qualname;
    place.module = k->module;
    place.globals = k->globals;
    place.is_module_body = k->is_module_body;
    if (code && k->offset >= 0 && k->offset <= UINT32_MAX) {
        place.instruction = k->offset;
        /* a frame that calls may point into the instruction's caches */
        if (code->bytecode.code && code->bytecode.dialect && pc_bytecode_instruction_start(&code->bytecode, (uint32_t)k->offset, &start))
            place.instruction = start;
    }
    if (k->line)
        place.position = (pc_position){.line = k->line, .end_line = -1, .column = -1, .end_column = -1};
    return place;
}

static const pc_place *place_of(pc_walk *walk, const place_key *k)
{
    if (walk->recent_place && is_same(&((const known_place *)walk->recent_place)->key, k))
        return walk->recent_place;
    uint64_t hash = hash_key(k);
    known_place *first = pc_map_get(&walk->places, hash), *p = first;
    while (p && !is_same(&p->key, k))
        p = p->next;
    if (!p) {
        p = PC_NEW(walk->arena, known_place);
        *p = (known_place){.place = find_place(walk, k), .key = *k, .next = first};
        pc_map_put(&walk->places, hash, p);
    }
    walk->recent_place = &p->place;
    return &p->place;
}

/* A recursion stands where it stood. What else belongs to a place follows from this, where it was found. */
static bool is_where_it_was(const pc_walk *walk, const pc_frame_ref *ref, int64_t offset, bool is_module_body)
{
    const place_key *k = walk->recent_place ? &((const known_place *)walk->recent_place)->key : NULL;
    return k && k->code == ref->code && k->offset == offset && k->globals == ref->globals && k->is_module_body == is_module_body && !k->line &&
           k->module && ref->code->qualname && k->qualname == ref->code->qualname;
}

static const pc_place *find_place_of(pc_walk *walk, const pc_frame_ref *ref, int64_t offset, bool is_module_body)
{
    const place_key k = {.code = ref->code, .offset = offset, .globals = ref->globals, .is_module_body = is_module_body,
                         .qualname = qualname(walk->py, ref), .module = module_name(walk->py, ref->globals)};
    return place_of(walk, &k);
}

void pc_frame_set_line(pc_walk *walk, pc_frame *frame, int64_t line)
{
    place_key k = {0};
    if (frame->place != &nowhere)
        k = ((const known_place *)frame->place)->key;
    k.line = line;
    frame->place = place_of(walk, &k);
}

void pc_frame_describe(pc_walk *walk, const pc_frame_ref *ref, int64_t offset, pc_frame *frame)
{
    pc_python *py = walk->py;
    pc_code *code = ref->code;
    *frame = (pc_frame){.address = ref->address, .place = &nowhere, .entry = ref->entry};
    if (!code) {
        frame->status = PC_STATUS_CORRUPT;
        return;
    }
    /* the decoders are linear in the size of the code and of its line table */
    if (!pc_memory_spend(py->memory, PC_WORK_FRAME + code->lines_size / 8 + code->bytecode.code_size / 8)) {
        frame->status = PC_STATUS_TRUNCATED;
        walk->incomplete = true;
        return;
    }
    bool is_module_body = ref->locals && ref->locals == ref->globals;
    frame->place = is_where_it_was(walk, ref, offset, is_module_body) ? walk->recent_place : find_place_of(walk, ref, offset, is_module_body);
    pc_globals_note(walk, ref->globals, frame->place->module);
    if (!code->name || !code->filename || (frame->place->position.line < 0 && !code->lines)) {
        frame->status = PC_STATUS_UNREADABLE;
        walk->incomplete = true;
    }
    if (walk->options.locals)
        pc_locals_read(walk, ref, offset, frame);
}

/* Whether the stack comes to an end, as all do that are not damaged, and with how many frames: what is true of nearly all need not be
 * asked of each frame. Brent's way (BIT 20, 1980): a frame is kept for as many steps as were made before. */
static bool measure_stack(pc_python *py, pc_addr innermost, size_t *ret_count)
{
    const pc_memory *memory = py->memory;
    /* more are not described; beyond it the walk has to do with its own means */
    const uint64_t left = pc_memory_is_starving(memory) ? 0 : (memory->work_left - memory->work_floor) / PC_WORK_FRAME;
    const size_t most = left < PC_LIMIT_FRAMES ? (size_t)left : PC_LIMIT_FRAMES;
    size_t count = 0, kept_for = 1, steps = 0;
    pc_addr kept = innermost, next = 0;
    for (pc_addr at = innermost; at; at = next) {
        if (++count > most)
            return false;
        /* what cannot be read ends the walk, too, which tells it */
        if (!pc_ok(frame_previous(py, at, &next)))
            break;
        if (next == kept)
            return false;
        if (++steps == kept_for) {
            kept = next;
            kept_for *= 2;
            steps = 0;
        }
    }
    *ret_count = count;
    return true;
}

typedef struct frame_list {
    pc_frame *items;
    size_t capacity;
} frame_list;

static pc_frame *add_frame(frame_list *list, pc_thread *thread)
{
    list->items = pc_grow(list->items, thread->frame_count, &list->capacity, sizeof(*list->items));
    return &list->items[thread->frame_count++];
}

void pc_frames_walk(pc_walk *walk, pc_thread *thread, const pc_frame_visitor *visitor)
{
    pc_python *py = walk->py;
    pc_addr at = 0;
    size_t visited = 0, count = 0;
    uint64_t most = walk->options.max_frames;
    frame_list list = {0};
    pc_map seen;
    pc_map_init(&seen);
    pc_error *error = pc_frame_innermost(py, thread->state, &at);
    bool ends = !error && measure_stack(py, at, &count);
    if (ends && count) {
        list.capacity = most && most < count ? (size_t)most : count;
        list.items = pc_malloc_large(list.capacity * sizeof(*list.items));
    }
    walk->defer_attributes = true;
    while (!error && at) {
        pc_frame_ref ref;
        if (!ends && !pc_map_add(&seen, at)) {
            error = pc_error_at(PC_ERROR_CORRUPT, at, "the frame at " PC_ADDR " comes twice in one stack", at);
            break;
        }
        if (++visited > PC_LIMIT_FRAMES) {
            error = pc_error_at(PC_ERROR_LIMIT, at, "more than %d frames", PC_LIMIT_FRAMES);
            break;
        }
        if (walk->options.max_frames && thread->frame_count >= walk->options.max_frames)
            thread->frames_limited = true;
        pc_addr previous = 0;
        error = pc_frame_open(py, at, &ref);
        previous = ref.previous;
        if (error && previous && !thread->frames_limited) {
            /* this frame is damaged, the link to its caller is not */
            pc_frame *frame = add_frame(&list, thread);
            pc_frame_describe(walk, &ref, ref.lasti, frame);
            frame->status = pc_status_of_error(error);
            pc_diagnose_error(walk->diagnostics, PC_SEVERITY_ERROR, error, "a frame of thread %" PRId64, thread->lwp ? thread->lwp->tid : -1);
            walk->incomplete = true;
            error = NULL;
        } else if (!error && !ref.is_shim && !ref.incomplete) {
            walk->defer_attributes = false; /* tracebacks of exceptions */
            visitor->open(visitor->context, &ref);
            walk->defer_attributes = true;
            pc_frame *frame = NULL;
            if (!thread->frames_limited) {
                frame = add_frame(&list, thread);
                pc_frame_describe(walk, &ref, ref.lasti, frame);
                if (walk->options.stack)
                    pc_stack_read(walk, &ref, frame);
                if (ref.traced_line > 0)
                    pc_frame_set_line(walk, frame, ref.traced_line);
            }
            visitor->described(visitor->context, &ref, frame);
        }
        at = previous;
    }
    walk->defer_attributes = false;
    pc_map_deinit(&seen);
    if (error) {
        pc_diagnose_error(walk->diagnostics, PC_SEVERITY_ERROR, error, "the stack of thread %" PRId64 " is not complete", thread->lwp ? thread->lwp->tid : -1);
        walk->incomplete = true;
    }
    /* shims, and frames that have not begun, were counted, too */
    if (list.capacity - thread->frame_count > thread->frame_count / 8)
        list.items = pc_realloc(list.items, thread->frame_count * sizeof(*list.items));
    thread->frames = list.items;
}
