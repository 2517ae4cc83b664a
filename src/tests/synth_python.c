/* The made-up layout, and memory that follows it. Objects are in synth_objects.c. */
#include "tests/synth_python.h"

#include <stdlib.h>
#include <string.h>

#include "tests/check.h"

const pc_repr_limits synth_no_limits = {0, 0, 0};

/* the third: free-threaded */
static const unsigned versions[][3] = {{2, 7}, {3, 6}, {3, 8}, {3, 10}, {3, 11}, {3, 12}, {3, 13}, {3, 15}, {3, 14, 1}};

bool synth_build_of(unsigned major, unsigned minor, size_t index, synth_build *ret_build)
{
    if (index >= 2 * SYNTH_TARGETS)
        return false;
    *ret_build = (synth_build){
        .target = synth_targets[index / 2], .major = major, .minor = minor, .reversed = index % 2, .digit_size = 4,
        .unicode_unit = 4,
    };
    return true;
}

bool synth_build_get(size_t index, synth_build *ret_build)
{
    size_t version = index / (2 * SYNTH_TARGETS);
    if (version >= PC_ARRAY_SIZE(versions) ||
        !synth_build_of(versions[version][0], versions[version][1], index % (2 * SYNTH_TARGETS), ret_build))
        return false;
    ret_build->free_threaded = versions[version][2];
    return true;
}

/* ---- the layout ---- */

/* Versions as major * 100 + minor, both included. What is not here every build has. */
static const struct {
    pc_field field;
    unsigned since, until;
} presence[] = {
    {PC_OB_IVAL, 207, 207}, {PC_LONG_TAG, 312, 999}, {PC_HT_QUALNAME, 303, 999}, {PC_HT_CACHED_KEYS, 303, 999},
    {PC_CL_BASES, 207, 207}, {PC_CL_DICT, 207, 207}, {PC_CL_NAME, 207, 207}, {PC_IN_CLASS, 207, 207},
    {PC_IN_DICT, 207, 207},
    {PC_STR_LENGTH, 303, 999}, {PC_STR_KIND, 303, 999}, {PC_STR_COMPACT, 303, 999}, {PC_STR_ASCII, 303, 999},
    {PC_STR_WSTR, 303, 311}, {PC_STR_WSTR_LENGTH, 303, 311}, {PC_STR_DATA, 303, 999}, {PC_UNICODE_LENGTH, 207, 207},
    {PC_UNICODE_STR, 207, 207}, {PC_MA_KEYS, 303, 999}, {PC_MA_VALUES, 303, 999}, {PC_MA_MASK, 207, 207},
    {PC_MA_TABLE, 207, 207}, {PC_DK_SIZE, 303, 310}, {PC_DK_LOG2_SIZE, 311, 999}, {PC_DK_LOG2_INDEX_BYTES, 311, 999},
    {PC_DK_KIND, 311, 999}, {PC_DK_NENTRIES, 306, 999}, {PC_DK_INDICES, 306, 999}, {PC_UNICODE_ME_KEY, 311, 999},
    {PC_UNICODE_ME_VALUE, 311, 999}, {PC_VALUES_VALUES, 311, 999}, {PC_VALUES_CAPACITY, 313, 999},
    {PC_VALUES_SIZE, 313, 999}, {PC_VALUES_VALID, 313, 999}, {PC_RANGE_STOP, 300, 999}, {PC_RANGE_LENGTH, 207, 207},
    {PC_FUNC_QUALNAME, 303, 999}, {PC_IM_CLASS, 207, 207}, {PC_MD_NAME, 303, 999}, {PC_CO_POSONLYARGCOUNT, 308, 999},
    {PC_CO_KWONLYARGCOUNT, 300, 999}, {PC_CO_QUALNAME, 311, 999}, {PC_CO_CODE, 207, 310},
    {PC_CO_CODE_ADAPTIVE, 311, 999},
    {PC_CO_EXCEPTIONTABLE, 311, 999}, {PC_CO_VARNAMES, 207, 310}, {PC_CO_CELLVARS, 207, 310},
    {PC_CO_FREEVARS, 207, 310},
    {PC_CO_LOCALSPLUSNAMES, 311, 999}, {PC_CO_LOCALSPLUSKINDS, 311, 999}, {PC_CO_MONITORING, 312, 999},
    {PC_MONITORING_LINES, 312, 999}, {PC_MONITORING_OPCODES, 312, 999}, {PC_CO_FIRSTTRACEABLE, 311, 999},
    {PC_EXC_TRACEBACK, 300, 999}, {PC_EXC_CONTEXT, 300, 999}, {PC_EXC_CAUSE, 300, 999},
    {PC_EXC_SUPPRESS_CONTEXT, 303, 999},
    {PC_IF_IS_ENTRY, 311, 311}, {PC_IF_STACKTOP, 311, 313}, {PC_IF_STACKPOINTER, 314, 999},
    {PC_LINE_EVENTS_SIZE, 314, 999}, {PC_LINE_EVENTS_DATA, 314, 999},
    {PC_GROUP_MESSAGE, 311, 999}, {PC_GROUP_EXCEPTIONS, 311, 999}, {PC_OSERROR_FILENAME2, 304, 999}, {PC_OSERROR_WRITTEN, 303, 999},
    {PC_DEQUE_LENGTH, 207, 207}, {PC_GI_NAME, 305, 999}, {PC_GI_QUALNAME, 305, 999}, {PC_GI_CODE, 207, 311},
};

/* What free-threaded builds have, and others have not. */
static const struct {
    pc_field field;
    unsigned since;
} free_threaded[] = {
    {PC_OB_TID, 313}, {PC_CO_TLBC, 314}, {PC_CODE_COPIES_COUNT, 314}, {PC_CODE_COPIES, 314}, {PC_IF_TLBC_INDEX, 314},
};

/* Structs that begin with another one. */
static const struct {
    pc_struct_id id, base;
} bases[] = {
#define ON(id, base) {PC_STRUCT_##id, PC_STRUCT_##base}
    ON(VAR_OBJECT, OBJECT), ON(TYPE, VAR_OBJECT), ON(HEAP_TYPE, TYPE), ON(CLASSIC_CLASS, OBJECT),
    ON(CLASSIC_INSTANCE, OBJECT),
    ON(INT, OBJECT), ON(LONG, VAR_OBJECT), ON(FLOAT, OBJECT), ON(COMPLEX, OBJECT), ON(BYTES, VAR_OBJECT),
    ON(BYTEARRAY, VAR_OBJECT),
    ON(ASCII, OBJECT), ON(COMPACT_UNICODE, ASCII), ON(UNICODE, COMPACT_UNICODE), ON(TUPLE, VAR_OBJECT),
    ON(LIST, VAR_OBJECT),
    ON(DICT, OBJECT), ON(SET, OBJECT), ON(RANGE, OBJECT), ON(SLICE, OBJECT), ON(FUNCTION, OBJECT), ON(METHOD, OBJECT),
    ON(CLASSMETHOD, OBJECT), ON(STATICMETHOD, OBJECT), ON(PROPERTY, OBJECT), ON(CFUNCTION, OBJECT),
    ON(DESCRIPTOR, OBJECT), ON(MEMBER_DESCRIPTOR, DESCRIPTOR),
    ON(WRAPPER, OBJECT), ON(MODULE, OBJECT), ON(CELL, OBJECT), ON(CODE, VAR_OBJECT), ON(FRAME, VAR_OBJECT),
    ON(GENERATOR, OBJECT),
    ON(EXCEPTION, OBJECT), ON(EXCEPTION_GROUP, EXCEPTION), ON(OS_ERROR, EXCEPTION), ON(IMPORT_ERROR, EXCEPTION),
    ON(SYNTAX_ERROR, EXCEPTION), ON(UNICODE_ERROR, EXCEPTION), ON(TRACEBACK, OBJECT), ON(DATE, OBJECT),
    ON(DATE_TIME, OBJECT),
    ON(DEQUE, VAR_OBJECT), ON(ARRAY, VAR_OBJECT), ON(TIME, OBJECT), ON(TIMEDELTA, OBJECT), ON(TIMEZONE, OBJECT), ON(DECIMAL, OBJECT), ON(DECIMAL_CONTEXT, OBJECT),
    ON(PATTERN, VAR_OBJECT), ON(LOCK, OBJECT), ON(RLOCK, OBJECT), ON(HAMT_ARRAY, OBJECT), ON(HAMT_PAIRS, VAR_OBJECT),
#undef ON
};

/* Integers that are not of a pointer's size. */
static const struct {
    pc_field field;
    unsigned size;
} sizes[] = {
    {PC_DK_LOG2_SIZE, 1}, {PC_DK_LOG2_INDEX_BYTES, 1}, {PC_DK_KIND, 1}, {PC_VALUES_CAPACITY, 1}, {PC_VALUES_SIZE, 1},
    {PC_VALUES_VALID, 1}, {PC_EXC_SUPPRESS_CONTEXT, 1}, {PC_CO_ARGCOUNT, 4}, {PC_CO_POSONLYARGCOUNT, 4},
    {PC_CO_KWONLYARGCOUNT, 4},
    {PC_MEMBER_TYPE, 4}, {PC_CO_NLOCALS, 4}, {PC_CO_STACKSIZE, 4}, {PC_CO_FLAGS, 4}, {PC_CO_FIRSTLINENO, 4}, {PC_CO_FIRSTTRACEABLE, 4},
    {PC_LINE_EVENTS_SIZE, 1}, {PC_IF_TLBC_INDEX, 4}, {PC_IF_OWNER, 1},
    {PC_DECIMAL_FLAGS, 1}, {PC_LOCK_LOCKED, 1}, {PC_PATTERN_FLAGS, 4}, {PC_PATTERN_IS_BYTES, 4},
};

static bool is_present(const synth_build *build, pc_field field)
{
    unsigned version = build->major * 100 + build->minor;
    if (pc_field_definitions[field].owner == PC_STRUCT_OBJECT_COUNTS) /* it is the object once more: its places are taken */
        return false;
    for (size_t i = 0; i < PC_ARRAY_SIZE(presence); i++)
        if (presence[i].field == field)
            return version >= presence[i].since && version <= presence[i].until;
    for (size_t i = 0; i < PC_ARRAY_SIZE(free_threaded); i++)
        if (free_threaded[i].field == field)
            return build->free_threaded && version >= free_threaded[i].since;
    return field != PC_OB_REFCNT || !build->free_threaded;
}

static unsigned field_size(pc_field field, unsigned word)
{
    for (size_t i = 0; i < PC_ARRAY_SIZE(sizes); i++)
        if (sizes[i].field == field)
            return sizes[i].size;
    pc_field_kind kind = pc_field_definitions[field].kind;
    return kind == PC_KIND_FLOAT ? 8 : kind == PC_KIND_BITS ? 4 : kind == PC_KIND_EMBEDDED ? 0 : word;
}

static uint32_t align(uint32_t value, uint32_t alignment)
{
    return (value + alignment - 1) / alignment * alignment;
}

/* Where a struct's own fields begin. */
static uint32_t base_size(const pc_layout *layout, const synth_build *build, pc_struct_id id)
{
    /* 2.7's unicode object is no descendant of another */
    if (id == PC_STRUCT_UNICODE && build->major == 2)
        return layout->structs[PC_STRUCT_OBJECT].size;
    for (size_t i = 0; i < PC_ARRAY_SIZE(bases); i++)
        if (bases[i].id == id)
            return layout->structs[bases[i].base].size;
    /* a word of padding, so that nothing works by standing at offset 0; where keys have their hash beside them, two */
    return build->target.bits / 8 * (id == PC_STRUCT_DICT_ENTRY ? 2 : 1);
}

/* The bits of a str's state: a storage of four bytes that all of them share, filled from the end that the byte order
 * says; interned (2 bits) is first and nobody reads it. */
static void place_bits(pc_field_place *place, const synth_build *build, uint32_t offset, unsigned first, unsigned bits)
{
    place->offset = offset;
    place->size = 4;
    place->bits = (uint8_t)bits;
    place->shift = (uint8_t)(build->target.big_endian ? 32 - first - bits : first);
}

static void lay_out_struct(pc_layout *layout, const synth_build *build, pc_struct_id id)
{
    unsigned word = build->target.bits / 8, bit = 2, own = 0;
    uint32_t offset = id == PC_STRUCT_OBJECT ? 0 : base_size(layout, build, id), state = 0;
    bool any = false, has_fields = false;
    /* what is embedded may be of any length and stands at the end */
    for (int pass = 0; pass < 2; pass++)
        for (size_t k = 0; k < PC_FIELD_COUNT; k++) {
            pc_field field = (pc_field)(build->reversed ? PC_FIELD_COUNT - 1 - k : k);
            const pc_field_definition *d = &pc_field_definitions[field];
            if (d->owner != id || (d->kind == PC_KIND_EMBEDDED) != (pass == 1))
                continue;
            has_fields = true;
            if (!is_present(build, field))
                continue;
            pc_field_place *place = &layout->fields[field];
            unsigned size = field_size(field, word);
            any = true;
            *place = (pc_field_place){.source = PC_SOURCE_DWARF, .path = d->path, .path_length = strcspn(d->path, "|")};
            if (d->kind == PC_KIND_BITS) {
                unsigned bits = field == PC_STR_KIND ? 3 : 1;
                if (!state)
                    state = offset = align(offset, 4);
                place_bits(place, build, state, bit, bits);
                bit += bits;
                offset = state + 4;
                continue;
            }
            if (build->reversed && own++)
                offset += word;
            offset = align(offset, size ? size : word);
            place->offset = offset;
            place->size = size;
            offset += size;
        }
    if (any || !has_fields)
        layout->structs[id] = (pc_struct_place){.source = PC_SOURCE_DWARF, .size = align(offset, word)};
}

static void lay_out(pc_layout *layout, const synth_build *build)
{
    pc_layout_init(layout);
    /* fields.def has every struct behind the one it begins with */
    for (size_t i = 0; i < PC_STRUCT_COUNT; i++)
        lay_out_struct(layout, build, (pc_struct_id)i);
    /* a struct without fields of its own in this build is still as large as what it begins with */
    if (!layout->structs[PC_STRUCT_COMPACT_UNICODE].source && build->major == 3) {
        layout->structs[PC_STRUCT_COMPACT_UNICODE] = layout->structs[PC_STRUCT_ASCII];
        layout->structs[PC_STRUCT_COMPACT_UNICODE].size += 2 * build->target.bits / 8; /* utf8, utf8_length */
        layout->structs[PC_STRUCT_UNICODE].source = PC_SOURCE_NONE;
        lay_out_struct(layout, build, PC_STRUCT_UNICODE);
    }
    layout->structs[PC_STRUCT_DIGIT].size = build->digit_size;
    layout->structs[PC_STRUCT_UNICODE_UNIT].size = build->unicode_unit;
    layout->structs[PC_STRUCT_DECIMAL_WORD].size = build->target.bits / 8;
    /* PyBytesObject ends with one element of its array, behind which nothing is aligned */
    layout->structs[PC_STRUCT_BYTES].size += build->target.bits / 8;
}

/* ---- memory ---- */

/* Far enough apart for either width; statics begin where the module does. */
#define STATICS_AT 0x08048000u
#define HEAP_AT 0x40000000u

void synth_python_init(synth_python *p, const synth_build *build)
{
    *p = (synth_python){.build = *build, .word = build->target.bits / 8,
                        .statics = {.target = build->target}, .heap = {.target = build->target}};
    check_context("%u.%u%s, %s%s, digits of %u bytes, units of %u", build->major, build->minor,
                  build->free_threaded ? " free-threaded" : "", build->target.name,
                  build->reversed ? ", reversed" : "", build->digit_size, build->unicode_unit);
    lay_out(&p->layout, build);
    synth_type(p, "type"); /* before object, whose type it is */
}

void synth_python_deinit(synth_python *p)
{
    synth_python_close(p);
    synth_bytes_deinit(&p->statics);
    synth_bytes_deinit(&p->heap);
    pc_layout_deinit(&p->layout);
    check_context("%s", "");
}

/* One address space of 32 bits in both: on 64-bit machines it is moved up, so that cut addresses are noticed. */
static uint64_t base_of(const synth_python *p, uint32_t low)
{
    return p->word == 8 ? UINT64_C(0x7f5500000000) + low : low;
}

pc_python *synth_python_open(synth_python *p)
{
    synth_core core;
    if (p->is_open)
        abort();
    synth_none(p);
    synth_core_init(&core, p->build.target);
    synth_prstatus(&core, 1, 11, NULL, 8);
    synth_load(&core, base_of(p, STATICS_AT), p->statics.data, p->statics.size, p->statics.size, PF_R | PF_W);
    synth_load(&core, base_of(p, HEAP_AT), p->heap.data, p->heap.size, p->heap.size + 0x1000, PF_R | PF_W);
    synth_open_core(&p->opened, &core);
    synth_core_deinit(&core);
    CHECK(!p->opened.error);
    p->modules = (pc_modules){.core = &p->opened.core};
    p->module = (pc_module){.start = base_of(p, STATICS_AT), .end = base_of(p, STATICS_AT) + p->statics.size};
    pc_python_init(&p->py, &p->opened.core, &p->modules, &p->layout);
    p->py.module = &p->module;
    p->py.traits = pc_traits_find(p->build.major, p->build.minor);
    p->is_open = true;
    return &p->py;
}

void synth_python_close(synth_python *p)
{
    if (!p->is_open)
        return;
    pc_python_deinit(&p->py);
    synth_close(&p->opened);
    p->is_open = false;
}

static uint64_t take(synth_python *p, synth_bytes *from, uint32_t at, size_t size)
{
    synth_align(from, 16);
    uint64_t address = base_of(p, at) + from->size;
    synth_zeros(from, size ? size : 1);
    return address;
}

uint64_t synth_alloc(synth_python *p, size_t size)
{
    return take(p, &p->heap, HEAP_AT, size);
}

static synth_bytes *find(synth_python *p, uint64_t address, size_t size, size_t *ret_at)
{
    bool is_heap = address >= base_of(p, HEAP_AT);
    synth_bytes *bytes = is_heap ? &p->heap : &p->statics;
    *ret_at = address - base_of(p, is_heap ? HEAP_AT : STATICS_AT);
    if (p->is_open || *ret_at > bytes->size || size > bytes->size - *ret_at)
        abort();
    return bytes;
}

void synth_store(synth_python *p, uint64_t address, uint64_t value, size_t width)
{
    size_t at;
    synth_bytes *bytes = find(p, address, width, &at);
    synth_patch(bytes, at, value, width);
}

void synth_store_raw(synth_python *p, uint64_t address, const void *data, size_t size)
{
    size_t at;
    synth_bytes *bytes = find(p, address, size, &at);
    if (size)
        memcpy(bytes->data + at, data, size);
}

bool synth_has(const synth_python *p, pc_field field)
{
    return p->layout.fields[field].source != PC_SOURCE_NONE;
}

uint64_t synth_field_at(const synth_python *p, pc_field field, uint64_t address)
{
    if (!synth_has(p, field))
        abort();
    return address + p->layout.fields[field].offset;
}

void synth_set(synth_python *p, pc_field field, uint64_t address, uint64_t value)
{
    const pc_field_place *place = &p->layout.fields[field];
    uint64_t target = synth_field_at(p, field, address);
    if (place->bits) {
        size_t at;
        const synth_bytes *bytes = find(p, target, place->size, &at);
        uint64_t old = 0, mask = ((UINT64_C(1) << place->bits) - 1) << place->shift;
        for (size_t i = 0; i < place->size; i++)
            old = old << 8 | bytes->data[at + (p->build.target.big_endian ? i : place->size - 1 - i)];
        value = (old & ~mask) | (value << place->shift & mask);
    }
    synth_store(p, target, value, place->size);
}

size_t synth_size(const synth_python *p, pc_struct_id id)
{
    return p->layout.structs[id].size;
}

uint64_t synth_object(synth_python *p, uint64_t type, pc_struct_id id, size_t extra)
{
    uint64_t object = synth_alloc(p, synth_size(p, id) + extra);
    if (synth_has(p, PC_OB_REFCNT))
        synth_set(p, PC_OB_REFCNT, object, 1);
    synth_set(p, PC_OB_TYPE, object, type);
    return object;
}

/* ---- types ---- */

static uint64_t static_text(synth_python *p, const char *text)
{
    uint64_t at = take(p, &p->statics, STATICS_AT, strlen(text) + 1);
    synth_store_raw(p, at, text, strlen(text) + 1);
    return at;
}

uint64_t synth_function_address(synth_python *p)
{
    return take(p, &p->statics, STATICS_AT, 16);
}

#define READY (UINT64_C(1) << 12)
#define HEAP_TYPE (UINT64_C(1) << 9)
#define TYPE_SUBCLASS (UINT64_C(1) << 31)

static uint64_t load_word(synth_python *p, pc_field field, uint64_t address)
{
    size_t at;
    uint64_t value = 0;
    const synth_bytes *bytes = find(p, synth_field_at(p, field, address), p->word, &at);
    for (size_t i = 0; i < p->word; i++)
        value = value << 8 | bytes->data[at + (p->build.target.big_endian ? i : p->word - 1 - i)];
    return value;
}

/* With the slots of its base; repr 0: that one too. */
static void fill_type(synth_python *p, uint64_t type, uint64_t meta, uint64_t name, uint64_t base, uint64_t repr,
                      uint64_t flags)
{
    if (synth_has(p, PC_OB_REFCNT))
        synth_set(p, PC_OB_REFCNT, type, 1);
    synth_set(p, PC_OB_TYPE, type, meta);
    synth_set(p, PC_TP_NAME, type, name);
    synth_set(p, PC_TP_BASICSIZE, type, 2 * p->word);
    synth_set(p, PC_TP_FLAGS, type, flags);
    synth_set(p, PC_TP_BASE, type, base);
    synth_set(p, PC_TP_REPR, type, repr || !base ? repr : load_word(p, PC_TP_REPR, base));
    synth_set(p, PC_TP_STR, type, base ? load_word(p, PC_TP_STR, base) : synth_function_address(p));
}

uint64_t synth_static_type(synth_python *p, const char *tp_name, uint64_t base, uint64_t repr, bool outside)
{
    uint64_t meta = synth_type(p, "type"), name = static_text(p, tp_name);
    size_t size = synth_size(p, PC_STRUCT_TYPE);
    uint64_t type = outside ? synth_alloc(p, size) : take(p, &p->statics, STATICS_AT, size);
    fill_type(p, type, meta, name, base, repr, READY);
    return type;
}

/* Builtins whose str() is not object's, which calls repr(). */
static bool has_own_str(const char *name)
{
    static const char *const names[] = {"str", "unicode", "bytes", "bytearray", "BaseException",
                                        "exceptions.BaseException"};
    for (size_t i = 0; i < PC_ARRAY_SIZE(names); i++)
        if (!strcmp(name, names[i]))
            return true;
    return false;
}

uint64_t synth_type(synth_python *p, const char *name)
{
    for (size_t i = 0; i < p->type_count; i++)
        if (!strcmp(p->types[i].name, name))
            return p->types[i].address;
    if (p->type_count == PC_ARRAY_SIZE(p->types))
        abort();
    bool is_object = !strcmp(name, "object"), is_meta = !strcmp(name, "type");
    uint64_t type = take(p, &p->statics, STATICS_AT, synth_size(p, PC_STRUCT_HEAP_TYPE));
    p->types[p->type_count].name = name;
    p->types[p->type_count++].address = type;
    uint64_t base = is_object ? 0 : synth_type(p, strcmp(name, "bool") ? "object" : "int");
    /* set and frozenset have one function for both */
    bool is_frozen = !strcmp(name, "frozenset");
    uint64_t repr = is_frozen ? load_word(p, PC_TP_REPR, synth_type(p, "set")) : synth_function_address(p);
    fill_type(p, type, is_meta ? type : synth_type(p, "type"), static_text(p, name), base, repr,
              READY | (is_meta ? TYPE_SUBCLASS : 0));
    if (has_own_str(name))
        synth_set(p, PC_TP_STR, type, synth_function_address(p));
    return type;
}

uint64_t synth_class(synth_python *p, const char *module, const char *qualname, uint64_t base)
{
    const char *dot = strrchr(qualname, '.'), *name = dot ? dot + 1 : qualname;
    uint64_t meta = synth_type(p, "type"), text = synth_alloc(p, strlen(name) + 1);
    uint64_t type = synth_alloc(p, synth_size(p, PC_STRUCT_HEAP_TYPE));
    uint64_t key = synth_str(p, "__module__"), value = module ? synth_str(p, module) : 0;
    synth_store_raw(p, text, name, strlen(name) + 1);
    fill_type(p, type, meta, text, base, 0, READY | HEAP_TYPE);
    synth_set(p, PC_HT_NAME, type, synth_str(p, name));
    if (synth_has(p, PC_HT_QUALNAME))
        synth_set(p, PC_HT_QUALNAME, type, synth_str(p, qualname));
    synth_set(p, PC_TP_DICT, type, synth_dict(p, &key, &value, module ? 1 : 0));
    return type;
}

/* ---- checks ---- */

void check_repr(pc_python *py, uint64_t object, const pc_repr_limits *limits, const char *text, bool exact,
                pc_status status,
                const char *file, int line)
{
    pc_repr repr = pc_repr_of(py, object, limits);
    check_text(repr.text, text, file, line);
    check_text(pc_status_name(repr.status), pc_status_name(status), file, line);
    check_true(repr.exact == exact, exact ? "exact" : "not exact", file, line);
}
