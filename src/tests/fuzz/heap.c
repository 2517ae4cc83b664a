#include "tests/fuzz/heap.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "python/code.h"
#include "python/dict.h"
#include "python/str.h"
#include "python/type.h"

static fuzz_heap heaps[FUZZ_HEAPS];

fuzz_heap *fuzz_heap_get(size_t index)
{
    fuzz_heap *h = &heaps[index];
    synth_build build;
    if (h->made)
        return h;
    FUZZ_CHECK(synth_build_get(index, &build));
    synth_python_init(&h->python, &build);
    synth_heap_make(&h->python, &h->heap);
    synth_python_open(&h->python);
    synth_file_remove(&h->python.opened.path); /* it is open, and kept until the process ends */
    h->memory.word = h->python.word;
    h->memory.big_endian = build.target.big_endian;
    pc_ranges *saved = &h->python.opened.core.memory.saved;
    for (size_t i = 0; i < saved->count; i++) {
        pc_range *r = &saved->items[i];
        size_t size = (size_t)(r->last - r->first) + 1;
        uint8_t *copy = fuzz_copy(r->bytes, size); /* which can be changed */
        r->bytes = copy;
        fuzz_memory_add(&h->memory, copy, size, r->first);
    }
    fuzz_memory_finish(&h->memory);
    h->made = true;
    return h;
}

static void look_at_text(pc_python *py, uint64_t object)
{
    pc_str text;
    const char *utf8 = NULL;
    uint32_t units[40];
    size_t count = 0;
    if (fuzz_ok(pc_str_open(py, object, &text))) {
        uint64_t firsts[] = {0, 1, text.length / 2, text.length - 1, text.length};
        fuzz_ok(pc_str_check_end(py, &text));
        for (size_t i = 0; i < PC_ARRAY_SIZE(firsts); i++)
            if (firsts[i] < text.length && fuzz_ok(pc_str_units(py, &text, firsts[i], units, PC_ARRAY_SIZE(units), &count)))
                FUZZ_CHECK(count && count <= PC_ARRAY_SIZE(units));
    }
    if (pc_str_text(py, object, &utf8))
        FUZZ_CHECK(pc_text_is_utf8(utf8, strlen(utf8)));
    pc_str_equals(py, object, "key");
}

static void look_at_items(pc_python *py, uint64_t object)
{
    pc_dict dict;
    pc_set set;
    pc_addr key, value;
    bool more = true;
    if (fuzz_ok(pc_dict_open(py, object, &dict)))
        for (int i = 0; i < 1000 && more && fuzz_ok(pc_dict_next(py, &dict, &more, &key, &value)); i++)
            continue;
    pc_dict_find(py, object, "key", &value);
    more = true;
    if (fuzz_ok(pc_set_open(py, object, &set)))
        for (int i = 0; i < 1000 && more && fuzz_ok(pc_set_next(py, &set, &more, &key)); i++)
            continue;
    pc_instance_find(py, object, "absent", &value);
}

static void look_at_code(pc_python *py, uint64_t object)
{
    pc_code *code;
    if (!fuzz_ok(pc_code_read(py, object, &code)))
        return;
    pc_code_read_variables(py, code);
    FUZZ_CHECK(code->variables_error || !code->variable_count || code->variables);
    for (int64_t at = -2; at < 12; at += 2) {
        pc_position p = pc_code_position(py, code, at);
        FUZZ_CHECK(p.line >= -1 && p.column >= -1 && p.end_line >= -1 && p.end_column >= -1);
    }
    pc_stack_state state;
    for (uint32_t at = 0; code->bytecode.code && at < 8; at += 2)
        if (pc_bytecode_stack_at(&code->bytecode, at, &state))
            FUZZ_CHECK(state.depth <= code->bytecode.stack_size && state.saved_count <= PC_BYTECODE_MAX_SAVED);
}

void fuzz_heap_look(fuzz_heap *h, pc_layout *layout, const pc_repr_limits *limits)
{
    pc_arena arena;
    pc_diagnostics diagnostics;
    pc_python py;
    pc_arena_init(&arena);
    pc_diagnostics_init(&diagnostics, &arena);
    h->python.opened.core.memory.work_left = 200000;
    h->python.opened.core.memory.work_floor = 0;
    pc_python_init(&py, &h->python.opened.core, &h->python.modules, layout);
    py.module = &h->python.module;
    py.arena = &arena;
    py.diagnostics = &diagnostics;
    py.traits = h->python.py.traits;
    for (size_t i = 0; i < h->heap.count; i++) {
        uint64_t object = h->heap.objects[h->heap.count - 1 - i];
        pc_repr texts[] = {pc_repr_of(&py, object, limits), pc_repr_str(&py, object, limits)};
        for (size_t k = 0; k < 2; k++)
            if (texts[k].text)
                FUZZ_CHECK(pc_text_is_utf8(texts[k].text, strlen(texts[k].text)));
            else
                FUZZ_CHECK(k || (!texts[k].exact && texts[k].status != PC_STATUS_COMPLETE));
        look_at_text(&py, object);
        look_at_items(&py, object);
    }
    look_at_code(&py, h->heap.code);
    FUZZ_CHECK(py.type_depth == 0);
    pc_python_deinit(&py);
    pc_diagnostics_deinit(&diagnostics);
    pc_arena_deinit(&arena);
}
