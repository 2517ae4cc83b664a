/* Layouts from debug information: this program's own, as its compiler wrote it, and some made by hand. */
#include <CUnit/CUnit.h>
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/cursor.h"
#include "layout/dwarf.h"
#include "layout/units.h"
#include "target/image.h"
#include "tests/check.h"
#include "tests/dwarf_sample.h"
#include "tests/synth_dwarf.h"
#include "tests/unit.h"

static void check_place(const pc_layout *layout, pc_field field, size_t offset, size_t size, int line)
{
    const pc_field_place *place = &layout->fields[field];
    check_context("%s", pc_field_definitions[field].id);
    check_true(pc_layout_has(layout, field), "there", __FILE__, line);
    check_uint(place->offset, offset, __FILE__, line);
    check_uint(place->size, size, __FILE__, line);
    check_uint(place->bits, 0, __FILE__, line);
    check_context("%s", "");
}
#define CHECK_PLACE(field, type, member)                                                                       \
    check_place(&layout, (field), offsetof(type, member), sizeof(((type *)0)->member), __LINE__)

/* A bit field's value, read as the layout says from an object that the compiler has filled. */
static uint64_t bits_of(const pc_layout *layout, pc_field field, const void *object)
{
    const pc_field_place *place = &layout->fields[field];
    const uint16_t one = 1;
    bool big_endian = !*(const uint8_t *)&one;
    if (!pc_layout_has(layout, field) || !place->bits)
        return UINT64_MAX;
    uint64_t value = pc_load_uint((const uint8_t *)object + place->offset, place->size, big_endian);
    return value >> place->shift & ((UINT64_C(1) << place->bits) - 1);
}

static void check_bits(const pc_layout *layout)
{
    for (unsigned i = 0; i < 32; i++) {
        PyASCIIObject object;
        memset(&object, i % 2 ? 0xff : 0, sizeof(object));
        object.state.kind = i;
        object.state.compact = i & 1;
        object.state.ascii = !(i & 1);
        CHECK_UINT(bits_of(layout, PC_STR_KIND, &object), i);
        CHECK_UINT(bits_of(layout, PC_STR_COMPACT, &object), i & 1);
        CHECK_UINT(bits_of(layout, PC_STR_ASCII, &object), !(i & 1));
    }
}

static void test_own(void)
{
    pc_image *image = NULL;
    pc_layout layout;
    pc_layout_init(&layout);
    CHECK(dwarf_sample_object.frame == NULL); /* the linker keeps what is used */
    CHECK_SUCCESS(pc_image_open("/proc/self/exe", &image));
    CHECK_SUCCESS(pc_layout_from_dwarf(&layout, PC_MODULE_INTERPRETER, pc_image_elf(image), NULL, "self"));
    CHECK_TEXT(layout.origin, "self");
    CHECK_PLACE(PC_OB_REFCNT, PyObject, ob_refcnt);
    CHECK_PLACE(PC_OB_TYPE, PyObject, ob_type);
    CHECK_PLACE(PC_OB_SIZE, PyVarObject, ob_size);
    CHECK_PLACE(PC_LONG_TAG, struct _longobject, long_value.lv_tag);
    CHECK_UINT(layout.fields[PC_LONG_DIGITS].offset, offsetof(struct _longobject, long_value.ob_digit));
    CHECK_UINT(layout.structs[PC_STRUCT_DIGIT].size, sizeof(digit));
    CHECK_PLACE(PC_STR_LENGTH, PyASCIIObject, length);
    CHECK_PLACE(PC_STR_WSTR, PyASCIIObject, wstr);
    check_bits(&layout);
    CHECK_PLACE(PC_STR_DATA, PyUnicodeObject, data);
    CHECK_UINT(layout.structs[PC_STRUCT_UNICODE].size, sizeof(PyUnicodeObject));
    CHECK_PLACE(PC_IF_CODE, _PyInterpreterFrame, f_code);
    CHECK_UINT(layout.fields[PC_IF_CODE].path_length, strlen("f_code"));
    CHECK(layout.fields[PC_IF_CODE].path && !strncmp(layout.fields[PC_IF_CODE].path, "f_code", 6));
    CHECK_PLACE(PC_IF_PREVIOUS, _PyInterpreterFrame, previous);
    CHECK_PLACE(PC_IF_OWNER, _PyInterpreterFrame, owner);
    CHECK_UINT(layout.fields[PC_IF_LOCALSPLUS].offset, offsetof(_PyInterpreterFrame, localsplus));
    CHECK(!pc_layout_has(&layout, PC_IF_GLOBALS));
    CHECK_PLACE(PC_GIL_LAST_HOLDER, struct _gil_runtime_state, last_holder);
    CHECK_PLACE(PC_GIL_LOCKED, struct _gil_runtime_state, locked);
    CHECK_PLACE(PC_IS_THREADS, PyInterpreterState, threads.head);
    CHECK_PLACE(PC_IS_ID, PyInterpreterState, id);
    CHECK(!pc_layout_has(&layout, PC_IS_MODULES));
    CHECK_UINT(layout.structs[PC_STRUCT_CFRAME].size, sizeof(_PyCFrame));
    CHECK(!pc_layout_has(&layout, PC_CFRAME_CURRENT)); /* of another nature */
    CHECK_UINT(layout.structs[PC_STRUCT_FRAME].source, PC_SOURCE_NONE);
    CHECK(!pc_layout_has(&layout, PC_F_BACK));
    CHECK_PLACE(PC_OB_FVAL, PyFloatObject, ob_fval);
    CHECK_PLACE(PC_COMPLEX_IMAG, PyComplexObject, cval.imag);
    CHECK_ERROR(pc_layout_check_required(&layout, PC_MODULE_INTERPRETER), PC_ERROR_LAYOUT);
    CHECK_ERROR(pc_layout_from_dwarf(&layout, PC_MODULE_DATETIME, pc_image_elf(image), NULL, "self"), PC_ERROR_LAYOUT);
    CHECK(!pc_layout_has(&layout, PC_DATE_DATA));
    pc_image_destroy(image);
    pc_layout_deinit(&layout);
}

static pc_error *load(synth_dwarf *d, pc_layout *layout)
{
    SYNTH_AUTO_BYTES bytes = {.target = d->target};
    synth_dwarf_write(d, &bytes);
    elf_version(EV_CURRENT);
    Elf *elf = elf_memory((char *)bytes.data, bytes.size);
    pc_layout_init(layout);
    pc_error *error = elf ? pc_layout_from_dwarf(layout, PC_MODULE_INTERPRETER, elf, NULL, "made")
                          : pc_error_create(PC_ERROR_IO, "elf_memory");
    elf_end(elf);
    return error;
}

/* state is at offset 12 and has 32 bits: 2 of interned, kind 3, compact 1, ascii 4 (across a byte's end). Both ways of
 * telling bit fields, for both byte orders: the first bit field is at the lower end of a little-endian storage, and at
 * the upper end of a big-endian one. */
static void make_ascii(synth_dwarf *d)
{
    static const struct {
        const char *name;
        unsigned first, bits;
    } fields[] = {{"interned", 0, 2}, {"kind", 2, 3}, {"compact", 5, 1}, {"ascii", 6, 4}};
    uint32_t number = synth_base_type(d, "unsigned int", 4), state = synth_struct_begin(d, NULL, 4);
    for (size_t i = 0; i < PC_ARRAY_SIZE(fields); i++) {
        unsigned from_left = d->target.big_endian ? fields[i].first : 32 - fields[i].first - fields[i].bits;
        if (d->version < 4)
            synth_bits_2(d, fields[i].name, number, 4, 0, from_left, fields[i].bits);
        else
            synth_bits_4(d, fields[i].name, number, fields[i].first, fields[i].bits);
    }
    synth_end(d);
    synth_struct_begin(d, "PyASCIIObject", 24);
    synth_member(d, "length", number, 8);
    synth_member(d, "state", state, 12);
    synth_end(d);
}

static void test_bit_fields(void)
{
    for (size_t t = 0; t < SYNTH_TARGETS; t++)
        for (unsigned version = 2; version <= 4; version++) {
            check_context("%s, DWARF %u", synth_targets[t].name, version);
            bool big = synth_targets[t].big_endian;
            synth_dwarf d;
            pc_layout layout;
            synth_dwarf_init(&d, synth_targets[t], version, "/build/Objects/unicodeobject.c");
            make_ascii(&d);
            synth_end(&d);
            CHECK_SUCCESS(load(&d, &layout));
            const pc_field_place *kind = &layout.fields[PC_STR_KIND], *ascii = &layout.fields[PC_STR_ASCII];
            CHECK_UINT(layout.structs[PC_STRUCT_ASCII].size, 24);
            CHECK_UINT(layout.fields[PC_STR_LENGTH].offset, 8);
            CHECK_UINT(kind->bits, 3);
            CHECK_UINT(ascii->bits, 4);
            /* kind is 5, ascii is 9, all else is ones; as four bytes of memory */
            uint32_t word = big ? 0xffffffffu & ~(7u << 27) & ~(15u << 22) : 0xffffffffu & ~(7u << 2) & ~(15u << 6);
            word |= big ? 5u << 27 | 9u << 22 : 5u << 2 | 9u << 6;
            uint8_t memory[16];
            for (size_t i = 0; i < 4; i++)
                memory[12 + i] = (uint8_t)(word >> (8 * (big ? 3 - i : i)));
            CHECK(kind->offset + kind->size <= 16 && ascii->offset + ascii->size <= 16);
            CHECK_UINT(pc_load_uint(memory + kind->offset, kind->size, big) >> kind->shift & 7, 5);
            CHECK_UINT(pc_load_uint(memory + ascii->offset, ascii->size, big) >> ascii->shift & 15, 9);
            pc_layout_deinit(&layout);
            synth_dwarf_deinit(&d);
        }
    check_context("%s", "");
}

static void test_widths(void)
{
    for (size_t t = 0; t < SYNTH_TARGETS; t++) {
        check_context("%s", synth_targets[t].name);
        unsigned word = synth_targets[t].bits / 8;
        synth_dwarf d;
        pc_layout layout;
        synth_dwarf_init(&d, synth_targets[t], 4, "object.c");
        uint32_t pointer = synth_pointer_type(&d), number = synth_base_type(&d, "long", word);
        synth_declaration(&d, "_typeobject"); /* before the definition */
        synth_struct_begin(&d, "_object", 2 * word);
        synth_member(&d, "ob_refcnt", number, 0);
        synth_member(&d, "ob_type", pointer, word);
        synth_end(&d);
        uint32_t inner = synth_union_begin(&d, word);
        synth_member(&d, "tp_name", pointer, 0);
        synth_end(&d);
        synth_struct_begin(&d, "_typeobject", 300);
        synth_anonymous_member(&d, inner, 0x100);
        synth_member(&d, "tp_basicsize", number, 0x108);
        synth_end(&d);
        synth_end(&d);
        CHECK_SUCCESS(load(&d, &layout));
        CHECK_UINT(layout.fields[PC_OB_TYPE].offset, word);
        CHECK_UINT(layout.fields[PC_OB_TYPE].size, word);
        CHECK_UINT(layout.fields[PC_TP_NAME].offset, 0x100);
        CHECK_UINT(layout.fields[PC_TP_NAME].size, word);
        CHECK_UINT(layout.structs[PC_STRUCT_TYPE].size, 300);
        pc_layout_deinit(&layout);
        synth_dwarf_deinit(&d);
    }
    check_context("%s", "");
}

/* Types that name themselves, members that contain themselves. */
static void test_circles(void)
{
    synth_dwarf d;
    pc_layout layout;
    synth_dwarf_init(&d, synth_targets[0], 4, "object.c");
    uint32_t number = synth_base_type(&d, "long", 8), circle = synth_typedef(&d, "PyVarObject", 0);
    synth_typedef_to(&d, circle, circle);
    uint32_t one = synth_typedef(&d, "one", 0), two = synth_typedef(&d, "PyTypeObject", one);
    synth_typedef_to(&d, one, two);
    uint32_t itself = synth_struct_begin(&d, "_object", 16);
    synth_anonymous_member(&d, itself, 8);
    synth_member(&d, "ob_refcnt", number, 0);
    synth_member(&d, "ob_type", circle, 8);
    synth_end(&d);
    synth_end(&d);
    CHECK_SUCCESS(load(&d, &layout));
    CHECK(!pc_layout_has(&layout, PC_OB_TYPE));
    CHECK(!pc_layout_has(&layout, PC_OB_SIZE));
    CHECK(!pc_layout_has(&layout, PC_TP_NAME));
    CHECK_UINT(layout.structs[PC_STRUCT_OBJECT].size, 16);
    pc_layout_deinit(&layout);
    synth_dwarf_deinit(&d);
}

static void test_none(void)
{
    synth_dwarf d;
    pc_layout layout;
    synth_dwarf_init(&d, synth_targets[0], 4, "object.c");
    uint32_t number = synth_base_type(&d, "long", 8);
    synth_struct_begin(&d, "nobody", 8);
    synth_member(&d, "ob_refcnt", number, 0);
    synth_end(&d);
    synth_end(&d);
    CHECK_ERROR(load(&d, &layout), PC_ERROR_LAYOUT);
    CHECK(layout.origin == NULL);
    pc_layout_deinit(&layout);
    synth_dwarf_deinit(&d);
    synth_module module = {.target = synth_targets[0]};
    SYNTH_AUTO_BYTES bytes = {.target = synth_targets[0]};
    synth_module_write(&module, &bytes);
    Elf *elf = elf_memory((char *)bytes.data, bytes.size);
    pc_layout_init(&layout);
    CHECK_ERROR(pc_layout_from_dwarf(&layout, PC_MODULE_INTERPRETER, elf, NULL, "bare"), PC_ERROR_FORMAT);
    pc_layout_deinit(&layout);
    elf_end(elf);
}

/* .debug_names with one name and its entries: of which kind, in which unit, where in it. */
static void make_index(synth_dwarf *d, const char *name, unsigned tag, unsigned unit, const uint32_t *dies, size_t count)
{
    enum { CODE = 3, ATTRIBUTE_UNIT = 1, ATTRIBUTE_DIE = 3 };
    const uint8_t abbreviations[] = {CODE, (uint8_t)tag, ATTRIBUTE_UNIT, DW_FORM_data1, ATTRIBUTE_DIE, DW_FORM_ref4, 0, 0, 0};
    synth_bytes *b = &d->names;
    uint32_t hash = 5381;
    for (const char *c = name; *c; c++)
        hash = hash * 33 + (unsigned)(*c >= 'A' && *c <= 'Z' ? *c - 'A' + 'a' : *c);
    synth_uint(b, 0, 4); /* the length, once it is known */
    synth_uint(b, 5, 2);
    synth_uint(b, 0, 2);
    synth_uint(b, 1, 4); /* unit */
    synth_uint(b, 0, 8);
    synth_uint(b, 1, 4); /* bucket */
    synth_uint(b, 1, 4); /* name */
    synth_uint(b, sizeof(abbreviations), 4);
    synth_uint(b, 4, 4);
    synth_text(b, "abc");
    synth_uint(b, 0, 4); /* where the unit begins */
    synth_uint(b, 1, 4); /* the bucket's name */
    synth_uint(b, hash, 4);
    synth_uint(b, 1, 4); /* the name in .debug_str */
    synth_uint(b, 0, 4); /* its entries */
    synth_raw(b, abbreviations, sizeof(abbreviations));
    for (size_t i = 0; i < count; i++) {
        synth_uint(b, CODE, 1);
        synth_uint(b, unit, 1);
        synth_uint(b, dies[i], 4);
    }
    synth_uint(b, 0, 1);
    synth_patch(b, 0, b->size - 4, 4);
    synth_uint(&d->strings, 0, 1);
    synth_text(&d->strings, name);
}

/* A unit that has the same struct twice, of which the first counts; and what else an index could lead to. */
typedef struct twice {
    uint32_t first, second, declaration, other, member;
} twice;

static twice make_twice(synth_dwarf *d)
{
    twice t;
    uint32_t number = synth_base_type(d, "long", 8);
    t.declaration = synth_declaration(d, "_object");
    t.other = synth_struct_begin(d, "other", 40);
    t.member = (uint32_t)d->info.size;
    synth_member(d, "_object", number, 32);
    synth_end(d);
    t.first = synth_struct_begin(d, "_object", 16);
    synth_member(d, "ob_refcnt", number, 8);
    synth_end(d);
    t.second = synth_struct_begin(d, "_object", 24);
    synth_member(d, "ob_refcnt", number, 16);
    synth_end(d);
    synth_end(d);
    return t;
}

static void test_index(void)
{
    const struct {
        const char *what;
        size_t leads_to[2]; /* offsets into twice */
        unsigned tag, unit;
        size_t size; /* of the struct that is taken */
    } cases[] = {
        {"the second alone", {offsetof(twice, second), offsetof(twice, second)}, DW_TAG_structure_type, 0, 24},
        {"both, the second before", {offsetof(twice, second), offsetof(twice, first)}, DW_TAG_structure_type, 0, 16},
        {"a declaration before it", {offsetof(twice, declaration), offsetof(twice, second)}, DW_TAG_structure_type, 0, 24},
        {"only a declaration", {offsetof(twice, declaration), offsetof(twice, declaration)}, DW_TAG_structure_type, 0, 16},
        {"another struct", {offsetof(twice, other), offsetof(twice, other)}, DW_TAG_structure_type, 0, 16},
        {"no type", {offsetof(twice, member), offsetof(twice, member)}, DW_TAG_structure_type, 0, 16},
        {"of another kind", {offsetof(twice, second), offsetof(twice, second)}, DW_TAG_member, 0, 16},
        {"of another unit", {offsetof(twice, second), offsetof(twice, second)}, DW_TAG_structure_type, 1, 16},
    };
    for (size_t t = 0; t < SYNTH_TARGETS; t++)
        for (size_t i = 0; i < PC_ARRAY_SIZE(cases); i++) {
            check_context("%s, %s", synth_targets[t].name, cases[i].what);
            synth_dwarf d;
            pc_layout layout;
            synth_dwarf_init(&d, synth_targets[t], 4, "/build/Objects/object.c");
            twice places = make_twice(&d);
            uint32_t dies[2];
            for (size_t k = 0; k < 2; k++)
                memcpy(&dies[k], (const char *)&places + cases[i].leads_to[k], sizeof(dies[k]));
            make_index(&d, "_object", cases[i].tag, cases[i].unit, dies, 2);
            CHECK_SUCCESS(load(&d, &layout));
            CHECK_UINT(layout.structs[PC_STRUCT_OBJECT].size, cases[i].size);
            CHECK_UINT(layout.fields[PC_OB_REFCNT].offset, cases[i].size - 8);
            pc_layout_deinit(&layout);
            synth_dwarf_deinit(&d);
        }
    check_context("%s", "");
}

/* Whatever an index says, what it leads to is one of the two. */
static void test_index_flipped(void)
{
    static const uint8_t flips[] = {0xff, 0x01, 0x80, 0x08};
    size_t by_index = 0, by_reading = 0;
    for (size_t t = 0; t < SYNTH_TARGETS; t++) {
        synth_dwarf d;
        synth_dwarf_init(&d, synth_targets[t], 4, "object.c");
        twice places = make_twice(&d);
        make_index(&d, "_object", DW_TAG_structure_type, 0, &places.second, 1);
        for (size_t at = 0; at < d.names.size; at++)
            for (size_t i = 0; i < PC_ARRAY_SIZE(flips); i++) {
                pc_layout layout;
                check_context("%s, byte %zu flipped by 0x%02x", synth_targets[t].name, at, flips[i]);
                d.names.data[at] ^= flips[i];
                CHECK_SUCCESS(load(&d, &layout));
                d.names.data[at] ^= flips[i];
                uint64_t size = layout.structs[PC_STRUCT_OBJECT].size;
                by_index += size == 24;
                by_reading += size == 16;
                CHECK(size == 24 || size == 16);
                pc_layout_deinit(&layout);
            }
        synth_dwarf_deinit(&d);
    }
    check_context("%s", "");
    CHECK(by_index > 0 && by_reading > 0);
}

/* Every byte of the debug information wrong in turn. A field that is found all the same is one that can be read. */
static void test_flipped(void)
{
    static const uint8_t flips[] = {0xff, 0x01, 0x80};
    size_t loaded = 0, tried = 0;
    for (size_t t = 0; t < SYNTH_TARGETS; t += 3) {
        synth_dwarf d;
        synth_dwarf_init(&d, synth_targets[t], t ? 2 : 4, "unicodeobject.c");
        make_ascii(&d);
        synth_end(&d);
        make_index(&d, "PyASCIIObject", DW_TAG_structure_type, 0, (const uint32_t[]){40}, 1);
        SYNTH_AUTO_BYTES bytes = {.target = d.target};
        synth_dwarf_write(&d, &bytes);
        for (size_t at = synth_targets[t].bits == 64 ? 64 : 52; at < bytes.size; at++)
            for (size_t i = 0; i < PC_ARRAY_SIZE(flips); i++) {
                pc_layout layout;
                uint8_t *copy = pc_malloc(bytes.size);
                memcpy(copy, bytes.data, bytes.size);
                copy[at] ^= flips[i];
                Elf *elf = elf_memory((char *)copy, bytes.size);
                pc_layout_init(&layout);
                check_context("%s, byte %zu flipped by 0x%02x", synth_targets[t].name, at, flips[i]);
                loaded += elf && pc_ok(pc_layout_from_dwarf(&layout, PC_MODULE_INTERPRETER, elf, NULL, "flipped"));
                tried++;
                for (size_t f = 0; f < PC_FIELD_COUNT; f++) {
                    const pc_field_place *place = &layout.fields[f];
                    bool embedded = pc_field_definitions[f].kind == PC_KIND_EMBEDDED;
                    if (place->source && !embedded && (!place->size || place->size > 8 ||
                                                       place->shift + place->bits > 64))
                        CHECK(!"a field of a possible size");
                }
                pc_layout_deinit(&layout);
                elf_end(elf);
                free(copy);
            }
        synth_dwarf_deinit(&d);
    }
    check_context("%s", "");
    CHECK(loaded > 0 && loaded < tried);
}

static int wants_all(const void *context, const char *name, size_t length)
{
    return context && strlen(name) == length;
}

static bool same_text(const char *a, const char *b)
{
    return a && b ? !strcmp(a, b) : a == b;
}

static size_t check_unit(Dwarf_Die *root, pc_units *units, pc_unit *unit)
{
    Dwarf_Die die;
    size_t count = 0;
    bool is_compile = dwarf_tag(root) == DW_TAG_compile_unit;
    CHECK_UINT(unit->root, dwarf_dieoffset(root));
    CHECK(unit->is_compile == is_compile);
    const char *name = is_compile ? dwarf_diename(root) : NULL, *slash = name ? strrchr(name, '/') : NULL;
    CHECK(same_text(unit->name, slash ? slash + 1 : name));
    bool more = !dwarf_child(root, &die);
    for (; more; more = !dwarf_siblingof(&die, &die)) {
        int tag = dwarf_tag(&die);
        if ((tag != DW_TAG_structure_type && tag != DW_TAG_typedef) || !dwarf_diename(&die))
            continue;
        const pc_unit_die *found = pc_units_die(units, unit, count);
        CHECK(found != NULL);
        if (found) {
            CHECK_UINT(found->offset, dwarf_dieoffset(&die));
            CHECK(!found->name || same_text(found->name, dwarf_diename(&die)));
            CHECK_UINT(found->mark, found->name != NULL);
            CHECK(!found->is_import);
        }
        count++;
    }
    CHECK(!pc_units_die(units, unit, count));
    CHECK(pc_units_at(units, unit->root) == unit);
    CHECK(!pc_units_at(units, unit->root + 1));
    return count;
}

/* What is found without libdw, against what it finds itself. */
static void test_units(void)
{
    pc_image *image = NULL;
    pc_units units;
    CHECK_SUCCESS(pc_image_open("/proc/self/exe", &image));
    Dwarf *dwarf = dwarf_begin_elf(pc_image_elf(image), DWARF_C_READ, NULL);
    CHECK(dwarf != NULL);
    pc_units_open(&units, pc_image_elf(image), NULL, wants_all, &units);
    size_t i = 0, dies = 0;
    Dwarf_Die root;
    uint8_t type;
    for (Dwarf_CU *cu = NULL; dwarf && !dwarf_get_units(dwarf, cu, &cu, NULL, &type, &root, NULL) && i < units.count; i++)
        dies += check_unit(&root, &units, &units.items[i]);
    CHECK_UINT(units.count, i);
    CHECK(i > 1 && dies > 100);
    pc_units_close(&units);
    dwarf_end(dwarf);
    pc_image_destroy(image);
}

static bool has_debug_information(void)
{
    pc_image *image = NULL;
    if (!pc_ok(pc_image_open("/proc/self/exe", &image)))
        return false;
    bool has = pc_image_has_section(image, ".debug_info");
    pc_image_destroy(image);
    return has;
}

void suite_dwarf(void)
{
    CU_pSuite suite = CU_add_suite("dwarf", NULL, NULL);
    CU_pTest own = CU_add_test(suite, "this program's own", test_own);
    CU_pTest units = CU_add_test(suite, "its units, as libdw has them", test_units);
    CU_add_test(suite, "bit fields", test_bit_fields);
    CU_add_test(suite, "widths", test_widths);
    CU_add_test(suite, "circles", test_circles);
    CU_add_test(suite, "none", test_none);
    CU_add_test(suite, "an index", test_index);
    CU_add_test(suite, "an index, flipped", test_index_flipped);
    CU_add_test(suite, "flipped", test_flipped);
    /* compiled without, or stripped: then it is skipped, and counted as such */
    if (own && units && !has_debug_information()) {
        CU_set_fail_on_inactive(CU_FALSE);
        CU_set_test_active(own, CU_FALSE);
        CU_set_test_active(units, CU_FALSE);
    }
}
