#include "layout/debug_offsets.h"

#include "base/limits.h"

/* Which field of ours each member gives. */
static const struct {
    pc_field member, field;
} offsets[] = {
    {PC_DO_INTERPRETERS, PC_RT_INTERPRETERS},
    {PC_DO_INTERPRETER_ID, PC_IS_ID},
    {PC_DO_INTERPRETER_NEXT, PC_IS_NEXT},
    {PC_DO_INTERPRETER_THREADS, PC_IS_THREADS},
    {PC_DO_INTERPRETER_MODULES, PC_IS_MODULES},
    {PC_DO_INTERPRETER_SYSDICT, PC_IS_SYSDICT},
    {PC_DO_INTERPRETER_BUILTINS, PC_IS_BUILTINS},
    {PC_DO_INTERPRETER_GIL, PC_IS_GIL},
    {PC_DO_THREAD_NEXT, PC_TS_NEXT},
    {PC_DO_THREAD_INTERPRETER, PC_TS_INTERP},
    {PC_DO_THREAD_FRAME, PC_TS_CURRENT_FRAME},
    {PC_DO_THREAD_ID, PC_TS_THREAD_ID},
    {PC_DO_THREAD_NATIVE_ID, PC_TS_NATIVE_ID},
    {PC_DO_FRAME_PREVIOUS, PC_IF_PREVIOUS},
    {PC_DO_FRAME_CODE, PC_IF_CODE},
    {PC_DO_FRAME_INSTR, PC_IF_INSTR},
    {PC_DO_FRAME_LOCALSPLUS, PC_IF_LOCALSPLUS},
    {PC_DO_FRAME_OWNER, PC_IF_OWNER},
    {PC_DO_FRAME_TLBC_INDEX, PC_IF_TLBC_INDEX},
    {PC_DO_CODE_FILENAME, PC_CO_FILENAME},
    {PC_DO_CODE_NAME, PC_CO_NAME},
    {PC_DO_CODE_QUALNAME, PC_CO_QUALNAME},
    {PC_DO_CODE_LINETABLE, PC_CO_LINETABLE},
    {PC_DO_CODE_FIRSTLINENO, PC_CO_FIRSTLINENO},
    {PC_DO_CODE_ARGCOUNT, PC_CO_ARGCOUNT},
    {PC_DO_CODE_LOCALSPLUSNAMES, PC_CO_LOCALSPLUSNAMES},
    {PC_DO_CODE_LOCALSPLUSKINDS, PC_CO_LOCALSPLUSKINDS},
    {PC_DO_CODE_CODE, PC_CO_CODE_ADAPTIVE},
    {PC_DO_CODE_TLBC, PC_CO_TLBC},
    {PC_DO_OBJECT_TYPE, PC_OB_TYPE},
    {PC_DO_TYPE_NAME, PC_TP_NAME},
    {PC_DO_TYPE_REPR, PC_TP_REPR},
    {PC_DO_TYPE_FLAGS, PC_TP_FLAGS},
    {PC_DO_TUPLE_ITEMS, PC_TUPLE_ITEMS},
    {PC_DO_LIST_ITEMS, PC_LIST_ITEMS},
    {PC_DO_SET_USED, PC_SET_USED},
    {PC_DO_SET_TABLE, PC_SET_TABLE},
    {PC_DO_SET_MASK, PC_SET_MASK},
    {PC_DO_DICT_KEYS, PC_MA_KEYS},
    {PC_DO_DICT_VALUES, PC_MA_VALUES},
    {PC_DO_FLOAT_VALUE, PC_OB_FVAL},
    {PC_DO_LONG_TAG, PC_LONG_TAG},
    {PC_DO_LONG_DIGITS, PC_LONG_DIGITS},
    {PC_DO_BYTES_VALUE, PC_OB_SVAL},
    {PC_DO_UNICODE_LENGTH, PC_STR_LENGTH},
    {PC_DO_GENERATOR_NAME, PC_GI_NAME},
    {PC_DO_GENERATOR_FRAME, PC_GI_IFRAME},
    {PC_DO_EXC_VALUE, PC_ITEM_VALUE},
};

/* And which struct's size. */
static const struct {
    pc_field member;
    pc_struct_id owner;
} sizes[] = {
    {PC_DO_RUNTIME_SIZE, PC_STRUCT_RUNTIME},   {PC_DO_INTERPRETER_SIZE, PC_STRUCT_INTERPRETER}, {PC_DO_THREAD_SIZE, PC_STRUCT_THREAD_STATE},
    {PC_DO_FRAME_SIZE, PC_STRUCT_IFRAME},      {PC_DO_CODE_SIZE, PC_STRUCT_CODE},               {PC_DO_OBJECT_SIZE, PC_STRUCT_OBJECT},
    {PC_DO_TYPE_SIZE, PC_STRUCT_TYPE},         {PC_DO_TUPLE_SIZE, PC_STRUCT_TUPLE},             {PC_DO_LIST_SIZE, PC_STRUCT_LIST},
    {PC_DO_SET_SIZE, PC_STRUCT_SET},           {PC_DO_DICT_SIZE, PC_STRUCT_DICT},               {PC_DO_FLOAT_SIZE, PC_STRUCT_FLOAT},
    {PC_DO_LONG_SIZE, PC_STRUCT_LONG},         {PC_DO_BYTES_SIZE, PC_STRUCT_BYTES},             {PC_DO_UNICODE_SIZE, PC_STRUCT_UNICODE},
    {PC_DO_GENERATOR_SIZE, PC_STRUCT_GENERATOR}, {PC_DO_UNICODE_ASCII_SIZE, PC_STRUCT_ASCII},
};

typedef struct comparison {
    pc_layout *layout;
    pc_debug_offset_reader read;
    void *context;
    uint64_t size[PC_STRUCT_COUNT];      /* as the build says; 0: it does not */
    bool differs[PC_STRUCT_COUNT], named[PC_FIELD_COUNT];
    const char *first;                   /* what differs */
    uint64_t says, has;
} comparison;

static void note(comparison *c, pc_struct_id owner, const char *what, uint64_t says, uint64_t has)
{
    c->differs[owner] = true;
    if (!c->first) {
        c->first = what;
        c->says = says;
        c->has = has;
    }
}

static pc_error *read_sizes(comparison *c)
{
    for (size_t i = 0; i < PC_ARRAY_SIZE(sizes); i++) {
        uint64_t size;
        pc_struct_id id = sizes[i].owner;
        if (!pc_layout_has(c->layout, sizes[i].member) || !c->read(c->context, sizes[i].member, &size))
            continue;
        if (!size || size > PC_LIMIT_STRUCT)
            return pc_error_create(PC_ERROR_CORRUPT, "_Py_DebugOffsets says that %s has %" PRIu64 " bytes", pc_struct_definitions[id].id, size);
        c->size[id] = size;
        if (c->layout->structs[id].source && size != c->layout->structs[id].size)
            note(c, id, pc_struct_definitions[id].id, size, c->layout->structs[id].size);
    }
    return NULL;
}

static pc_error *read_offsets(comparison *c)
{
    for (size_t i = 0; i < PC_ARRAY_SIZE(offsets); i++) {
        const pc_field_definition *d = &pc_field_definitions[offsets[i].field];
        pc_field_place *place = &c->layout->fields[offsets[i].field];
        uint64_t offset, size = c->size[d->owner] ? c->size[d->owner] : c->layout->structs[d->owner].size;
        if (!place->source || !pc_layout_has(c->layout, offsets[i].member) || !c->read(c->context, offsets[i].member, &offset))
            continue;
        uint64_t span = d->kind == PC_KIND_EMBEDDED ? 0 : place->size;
        if (span > size || offset > size - span)
            return pc_error_create(PC_ERROR_CORRUPT, "_Py_DebugOffsets has %s at %" PRIu64 ", which is not within its struct", d->id, offset);
        if (offset != place->offset)
            note(c, d->owner, d->id, offset, place->offset);
        place->offset = (uint32_t)offset;
        place->source = PC_SOURCE_DEBUG_OFFSETS;
        c->named[offsets[i].field] = true;
    }
    return NULL;
}

pc_error *pc_debug_offsets_apply(pc_layout *layout, pc_debug_offset_reader read, void *context, bool may_differ)
{
    comparison c = {.layout = layout, .read = read, .context = context};
    if (!pc_layout_has(layout, PC_DO_COOKIE))
        return NULL;
    PC_TRY(read_sizes(&c));
    PC_TRY(read_offsets(&c));
    if (c.first && !may_differ)
        return pc_error_create(PC_ERROR_LAYOUT, "_Py_DebugOffsets says %" PRIu64 " of %s, not %" PRIu64, c.says, c.first, c.has);
    for (size_t i = 0; i < PC_STRUCT_COUNT; i++)
        if (c.differs[i] && c.size[i])
            layout->structs[i].size = (uint32_t)c.size[i];
    for (size_t i = 0; i < PC_FIELD_COUNT; i++)
        if (c.differs[pc_field_definitions[i].owner] && !c.named[i])
            layout->fields[i] = (pc_field_place){0};
    return NULL;
}
