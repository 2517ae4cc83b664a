/* The slots of classes, and what instances hold in them and in their dicts. */
#include <CUnit/CUnit.h>
#include <string.h>

#include "base/limits.h"
#include "python/slots.h"
#include "tests/check.h"
#include "tests/synth_python.h"
#include "tests/unit.h"
#include "walk/attributes.h"
#include "walk/walk.h"

#define OBJECT 6 /* what a member points to: see slots.c */
#define OBJECT_EX 16
#define INT 1

/* A member descriptor of a class, as its dict has it. */
static uint64_t member(synth_python *p, uint64_t class, const char *name, int kind, int64_t offset)
{
    uint64_t descriptor = synth_object(p, synth_type(p, "member_descriptor"), PC_STRUCT_MEMBER_DESCRIPTOR, 0);
    uint64_t def = synth_alloc(p, synth_size(p, PC_STRUCT_MEMBER_DEF));
    synth_set(p, PC_MEMBER_TYPE, def, (uint64_t)kind);
    synth_set(p, PC_MEMBER_OFFSET, def, (uint64_t)offset);
    synth_set(p, PC_D_TYPE, descriptor, class);
    synth_set(p, PC_D_NAME, descriptor, synth_str(p, name));
    synth_set(p, PC_D_MEMBER, descriptor, def);
    return descriptor;
}

static void set_mro(synth_python *p, uint64_t class, const uint64_t *mro, size_t count)
{
    synth_set(p, PC_TP_MRO, class, synth_tuple(p, mro, count));
}

/* Two classes: the base with two slots, its heir with three, one of which has the name of the base's. */
typedef struct family {
    synth_python p;
    uint64_t object, base, heir, first; /* first: offset of the first slot */
} family;

static void family_init(family *f, const synth_build *build)
{
    synth_python *p = &f->p;
    synth_python_init(p, build);
    f->object = synth_type(p, "object");
    f->base = synth_class(p, "m", "Base", f->object);
    f->heir = synth_class(p, "m", "Heir", f->base);
    f->first = synth_size(p, PC_STRUCT_OBJECT);
    unsigned word = p->word;
    synth_set(p, PC_TP_BASICSIZE, f->base, f->first + 2 * word);
    synth_set(p, PC_TP_BASICSIZE, f->heir, f->first + 5 * word);
    uint64_t keys[] = {synth_str(p, "b"), synth_str(p, "alias"), synth_str(p, "a"), synth_str(p, "number")};
    uint64_t b = member(p, f->base, "b", OBJECT_EX, (int64_t)(f->first + word));
    uint64_t values[] = {b, b, member(p, f->base, "a", OBJECT_EX, (int64_t)f->first), member(p, f->base, "number", INT, (int64_t)f->first)};
    synth_set(p, PC_TP_DICT, f->base, synth_dict(p, keys, values, 4));
    uint64_t heir_keys[] = {synth_str(p, "z"), synth_str(p, "b"), synth_str(p, "c"), synth_str(p, "others"), synth_str(p, "method")};
    uint64_t heir_values[] = {member(p, f->heir, "z", OBJECT, (int64_t)(f->first + 4 * word)),
                              member(p, f->heir, "b", OBJECT_EX, (int64_t)(f->first + 2 * word)),
                              member(p, f->heir, "c", OBJECT_EX, (int64_t)(f->first + 3 * word)), b, synth_none(p)};
    synth_set(p, PC_TP_DICT, f->heir, synth_dict(p, heir_keys, heir_values, 5));
    uint64_t mro[] = {f->heir, f->base, f->object};
    set_mro(p, f->base, mro + 1, 2);
    set_mro(p, f->heir, mro, 3);
}

static void check_slots(pc_python *py, uint64_t class, const char *names, pc_status status)
{
    const pc_type *type;
    PC_AUTO_BUFFER text = {0};
    CHECK_SUCCESS(pc_type_read(py, class, &type));
    const pc_slots *slots = pc_slots_of(py, type);
    for (size_t i = 0; i < slots->count; i++)
        pc_buffer_printf(&text, "%s%s", i ? " " : "", slots->items[i].name);
    CHECK_TEXT(pc_buffer_text(&text), names);
    CHECK_TEXT(pc_status_name(slots->status), pc_status_name(status));
    if (status == PC_STATUS_COMPLETE)
        CHECK(slots == pc_slots_of(py, type));
}

static void test_slots(void)
{
    synth_build build;
    for (size_t i = 0; synth_build_get(i, &build); i++) {
        family f;
        family_init(&f, &build);
        pc_python *py = synth_python_open(&f.p);
        check_slots(py, f.object, "", PC_STATUS_COMPLETE);
        check_slots(py, f.base, "a b", PC_STATUS_COMPLETE);
        check_slots(py, f.heir, "a b c z", PC_STATUS_COMPLETE);
        const pc_type *type;
        CHECK_SUCCESS(pc_type_read(py, f.heir, &type));
        CHECK_UINT(pc_slots_of(py, type)->items[1].offset, f.first + 2 * f.p.word);
        synth_python_deinit(&f.p);
    }
}

/* What is damaged is left out and said; the rest is there. */
static void test_damaged_slots(void)
{
    enum { OFFSET_BEYOND, OFFSET_NEGATIVE, OFFSET_IN_HEADER, OFFSET_UNALIGNED, DEF_NOWHERE, MRO_NONE, MRO_HUGE, MRO_OF_NOTHING, DICT_NONE, COUNT };
    static const char *const names[COUNT] = {"a b c", "a b c", "a b c", "a b c", "a b c", "", "", "a b", "a b"};
    synth_build build;
    for (size_t i = 0; synth_build_get(i, &build); i++)
        for (int way = 0; way < COUNT; way++) {
            family f;
            family_init(&f, &build);
            synth_python *p = &f.p;
            uint64_t word = p->word, key = synth_str(p, "z"), z, entry[3], keys[3];
            int64_t offset = way == OFFSET_BEYOND      ? (int64_t)(f.first + 5 * word)
                             : way == OFFSET_NEGATIVE  ? -8
                             : way == OFFSET_IN_HEADER ? 0
                             : way == OFFSET_UNALIGNED ? (int64_t)(f.first + 4 * word - 1)
                                                       : (int64_t)(f.first + 4 * word);
            z = member(p, f.heir, "z", OBJECT_EX, offset);
            keys[0] = key;
            entry[0] = z;
            keys[1] = synth_str(p, "b");
            entry[1] = member(p, f.heir, "b", OBJECT_EX, (int64_t)(f.first + 2 * word));
            keys[2] = synth_str(p, "c");
            entry[2] = member(p, f.heir, "c", OBJECT_EX, (int64_t)(f.first + 3 * word));
            synth_set(p, PC_TP_DICT, f.heir, synth_dict(p, keys, entry, 3));
            uint64_t tuple[] = {f.heir, f.base, f.object}, mro = synth_tuple(p, tuple, 3);
            if (way == DEF_NOWHERE)
                synth_set(p, PC_D_MEMBER, z, 0x10);
            if (way == MRO_HUGE)
                synth_set(p, PC_OB_SIZE, mro, PC_LIMIT_MRO + 1);
            if (way == MRO_OF_NOTHING) {
                tuple[0] = 0;
                mro = synth_tuple(p, tuple, 3);
            }
            if (way == DICT_NONE)
                synth_set(p, PC_TP_DICT, f.heir, synth_none(p));
            synth_set(p, PC_TP_MRO, f.heir, way == MRO_NONE ? synth_none(p) : mro);
            pc_python *py = synth_python_open(p);
            check_slots(py, f.heir, names[way], way == MRO_HUGE ? PC_STATUS_TRUNCATED : PC_STATUS_CORRUPT);
            check_slots(py, f.base, "a b", PC_STATUS_COMPLETE);
            synth_python_deinit(p);
        }
}

static void check_attributes(pc_python *py, uint64_t object, uint64_t most, const char *wanted, pc_status status, uint64_t left_out)
{
    PC_AUTO_BUFFER text = {0};
    pc_walk walk = {.py = py, .core = py->core, .arena = py->arena, .diagnostics = py->diagnostics, .options = {.max_attributes = most}};
    const pc_attributes *a = pc_attributes_of(&walk, object);
    for (size_t i = 0; a && i < a->count; i++) {
        const pc_value *v = &a->items[i].value;
        pc_buffer_printf(&text, "%s%s=%s", i ? " " : "", a->items[i].name, v->repr.text ? v->repr.text : pc_status_name(v->repr.status));
        CHECK(!v->attributes);
    }
    CHECK_TEXT(a ? pc_buffer_text(&text) : NULL, wanted);
    if (a) {
        CHECK_TEXT(pc_status_name(a->status), pc_status_name(status));
        CHECK_UINT(a->left_out, left_out);
        CHECK(walk.incomplete == (status != PC_STATUS_COMPLETE && status != PC_STATUS_TRUNCATED));
        CHECK(a == pc_attributes_of(&walk, object));
    }
    pc_walk_deinit(&walk);
}

static void test_attributes(void)
{
    synth_build build;
    for (size_t i = 0; synth_build_get(i, &build); i++) {
        family f;
        family_init(&f, &build);
        synth_python *p = &f.p;
        unsigned word = p->word;
        uint64_t dict_at = f.first + 5 * word;
        uint64_t with_dict = synth_class(p, "m", "WithDict", f.heir), mro[] = {with_dict, f.heir, f.base, f.object};
        synth_set(p, PC_TP_BASICSIZE, with_dict, dict_at + word);
        synth_set(p, PC_TP_DICTOFFSET, with_dict, dict_at);
        set_mro(p, with_dict, mro, 4);
        uint64_t plain = synth_object(p, f.object, PC_STRUCT_OBJECT, 0), slotted = synth_object(p, f.heir, PC_STRUCT_OBJECT, 5 * word);
        synth_store(p, slotted + f.first, synth_int(p, 1), word);
        synth_store(p, slotted + f.first + word, synth_int(p, 99), word); /* the base's b, hidden */
        synth_store(p, slotted + f.first + 4 * word, synth_str(p, "zed"), word);
        uint64_t none = synth_object(p, with_dict, PC_STRUCT_OBJECT, 6 * word), both = synth_object(p, with_dict, PC_STRUCT_OBJECT, 6 * word),
                 broken = synth_object(p, with_dict, PC_STRUCT_OBJECT, 6 * word), lost = synth_object(p, with_dict, PC_STRUCT_OBJECT, 6 * word);
        uint64_t ordered = synth_object(p, with_dict, PC_STRUCT_OBJECT, 6 * word);
        uint64_t keys[] = {synth_int(p, 3), synth_str(p, "y"), synth_str(p, "x")};
        uint64_t values[] = {synth_int(p, 6), synth_int(p, 5), synth_int(p, 7)};
        synth_store(p, ordered + dict_at, synth_dict(p, keys, values, 3), word);
        synth_store(p, both + f.first, synth_none(p), word);
        synth_store(p, both + dict_at, synth_dict(p, keys, values, 2), word);
        synth_store(p, broken + f.first, synth_none(p), word);
        synth_store(p, broken + dict_at, plain, word);
        synth_store(p, lost + f.first, 0x10, word);
        pc_python *py = synth_python_open(p);
        check_attributes(py, plain, 0, NULL, PC_STATUS_COMPLETE, 0);
        check_attributes(py, 0x10, 0, NULL, PC_STATUS_COMPLETE, 0);
        check_attributes(py, f.heir, 0, NULL, PC_STATUS_COMPLETE, 0); /* a class */
        check_attributes(py, slotted, 0, "a=1 z='zed'", PC_STATUS_COMPLETE, 0);
        check_attributes(py, none, 0, "", PC_STATUS_COMPLETE, 0);
        check_attributes(py, both, 0, "a=None y=5", PC_STATUS_COMPLETE, 0);
        check_attributes(py, both, 1, "a=None", PC_STATUS_TRUNCATED, 2);
        if (build.major == 3) /* 2.7's dicts have the order of their hashes */
            check_attributes(py, ordered, 0, "y=5 x=7", PC_STATUS_COMPLETE, 0);
        check_attributes(py, slotted, 1, "a=1", PC_STATUS_TRUNCATED, 1);
        check_attributes(py, broken, 0, "a=None", PC_STATUS_CORRUPT, 0);
        synth_python_deinit(p);
    }
}

static void test_bare(void)
{
    static const struct {
        const char *text;
        bool bare;
    } rows[] = {{"<m.C object at 0x10>", true}, {"<m.C instance at 0x10>", true}, {"<f.<locals>.C object at 0x10>", true},
                {"<m.C object at 0x100>", false}, {"<m.C object at 0x10> ", false}, {"<function f at 0x10>", false},
                {"<bound method f of <m.C object at 0x10>>", false}, {"<m.C key=1 object at 0x10>", false}, {"[]", false}, {"<", false},
                {NULL, false}};
    for (size_t i = 0; i < PC_ARRAY_SIZE(rows); i++) {
        pc_value value = {.address = 0x10, .repr = {.text = rows[i].text}};
        check_context("%s", rows[i].text ? rows[i].text : "NULL");
        CHECK(pc_value_is_bare(&value) == rows[i].bare);
    }
    check_context("%s", "");
}

void suite_attributes(void)
{
    CU_pSuite suite = CU_add_suite("attributes", NULL, NULL);
    CU_ADD_TEST(suite, test_slots);
    CU_ADD_TEST(suite, test_damaged_slots);
    CU_ADD_TEST(suite, test_attributes);
    CU_ADD_TEST(suite, test_bare);
}
