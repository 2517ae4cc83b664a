#include "tests/synth_heap.h"

static uint64_t make_code(synth_python *p, uint64_t name)
{
    uint64_t code = synth_object(p, synth_type(p, "code"), PC_STRUCT_CODE, 8), names = synth_tuple(p, &name, 1);
    synth_set(p, PC_CO_STACKSIZE, code, 2);
    synth_set(p, PC_CO_FIRSTLINENO, code, 3);
    synth_set(p, PC_CO_FILENAME, code, name);
    synth_set(p, PC_CO_NAME, code, name);
    synth_set(p, PC_CO_LINETABLE, code, synth_bytes_object(p, "\xf0\x02\x05\x64\x01\x00", 6));
    if (synth_has(p, PC_CO_CODE)) {
        synth_set(p, PC_CO_CODE, code, synth_bytes_object(p, "\x64\x00\x53\x00", 4));
        synth_set(p, PC_CO_VARNAMES, code, names);
        synth_set(p, PC_CO_CELLVARS, code, names);
        synth_set(p, PC_CO_FREEVARS, code, names);
    } else {
        synth_set(p, PC_OB_SIZE, code, 2);
        synth_set(p, PC_CO_QUALNAME, code, name);
        synth_set(p, PC_CO_LOCALSPLUSNAMES, code, names);
        synth_set(p, PC_CO_LOCALSPLUSKINDS, code, synth_bytes_object(p, "\x20", 1));
    }
    return code;
}

void synth_heap_make(synth_python *p, synth_heap *heap)
{
    static const uint32_t wide[] = {0x20ac, 'x'}, digits[] = {1, 2, 3};
    static const int64_t hashes[] = {1, 2};
    bool two = p->build.major == 2;
    uint64_t *o = heap->objects, text = synth_str(p, "key"), number = synth_int(p, 5);
    uint64_t class = synth_class(p, "m", "C", synth_type(p, "object")),
        list_class = synth_class(p, "m", "L", synth_type(p, "list"));
    size_t n = 0;
    o[n++] = two ? synth_unicode2(p, wide, 2) : synth_str_units(p, 2, true, false, wide, 2);
    o[n++] = synth_long(p, true, digits, 3);
    o[n++] = synth_float(p, 1.5);
    o[n++] = synth_bytes_object(p, "b\xff", 2);
    o[n++] = synth_tuple(p, o, 3);
    o[n++] = synth_dict(p, &text, &o[4], 1);
    uint64_t members[] = {text, number};
    o[n++] = synth_set_of(p, synth_type(p, "set"), members, hashes, 2, 2);
    uint64_t slice = o[n++] = synth_object(p, synth_type(p, "slice"), PC_STRUCT_SLICE, 0);
    synth_set(p, PC_SLICE_START, slice, number);
    synth_set(p, PC_SLICE_STOP, slice, text);
    synth_set(p, PC_SLICE_STEP, slice, synth_none(p));
    uint64_t function = o[n++] = synth_object(p, synth_type(p, "function"), PC_STRUCT_FUNCTION, 0);
    synth_set(p, two ? PC_FUNC_NAME : PC_FUNC_QUALNAME, function, text);
    uint64_t method = o[n++] = synth_object(p, synth_type(p, two ? "instancemethod" : "method"), PC_STRUCT_METHOD, 0);
    synth_set(p, PC_IM_FUNC, method, function);
    synth_set(p, PC_IM_SELF, method, number);
    uint64_t root = synth_type(p, two ? "exceptions.BaseException" : "BaseException");
    uint64_t exception = o[n++] = synth_object(p, root, PC_STRUCT_EXCEPTION, 0);
    synth_set(p, PC_EXC_ARGS, exception, o[4]);
    heap->instance = o[n++] = synth_object(p, class, PC_STRUCT_VAR_OBJECT, 64);
    synth_set(p, PC_TP_DICTOFFSET, class, synth_size(p, PC_STRUCT_VAR_OBJECT));
    synth_store(p, heap->instance + synth_size(p, PC_STRUCT_VAR_OBJECT), o[5], p->word);
    uint64_t sub_list = o[n++] = synth_object(p, list_class, PC_STRUCT_LIST, 0);
    synth_set(p, PC_OB_SIZE, sub_list, 1);
    synth_set(p, PC_LIST_ITEMS, sub_list, synth_field_at(p, PC_TUPLE_ITEMS, o[4]));
    heap->code = o[n++] = make_code(p, text);
    o[n++] = class;
    heap->objects[n] = synth_list(p, o, n);
    heap->count = n + 1;
}
