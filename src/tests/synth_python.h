/* Objects of an interpreter that never was: a layout made up for one width, byte order and version, and objects that
 * follow it, in a synthetic core. The walkers know the target through the layout alone, so any layout that is
 * consistent is as good as a real one, and better where real ones agree by chance. */
#ifndef PC_TESTS_SYNTH_PYTHON_H
#define PC_TESTS_SYNTH_PYTHON_H

#include "python/python.h"
#include "python/repr.h"
#include "tests/synth.h"

typedef struct synth_build {
    synth_target target;
    unsigned major, minor;
    bool free_threaded;    /* 3.13 */
    bool reversed;         /* fields stand in the reverse of their order in fields.def, with gaps */
    unsigned digit_size;   /* 4 (30 bits) or 2 (15 bits) */
    unsigned unicode_unit; /* of 2.7's unicode and of wchar_t: 2 or 4 */
} synth_build;

/* Number index of all builds: 9 versions, 4 targets, both orders; false behind the last. */
bool synth_build_get(size_t index, synth_build *ret_build);
/* The same with one version: 8 builds. */
bool synth_build_of(unsigned major, unsigned minor, size_t index, synth_build *ret_build);

typedef struct synth_python {
    synth_build build;
    unsigned word;
    pc_layout layout;
    synth_bytes statics, heap; /* the interpreter's module; what it allocated */
    struct {
        const char *name;
        uint64_t address;
    } types[64];
    size_t type_count;
    uint64_t none;
    bool is_open;
    synth_opened opened;
    pc_modules modules;
    pc_module module;
    pc_python py;
} synth_python;

/* Also sets the tests' context to what the build is. */
void synth_python_init(synth_python *p, const synth_build *build);
void synth_python_deinit(synth_python *p);
/* Writes the core and opens it. Further objects need synth_python_close() first, which keeps those there are. */
pc_python *synth_python_open(synth_python *p);
void synth_python_close(synth_python *p);

/* ---- memory ---- */

uint64_t synth_alloc(synth_python *p, size_t size); /* zeros, on the heap */
void synth_store(synth_python *p, uint64_t address, uint64_t value, size_t width);
void synth_store_raw(synth_python *p, uint64_t address, const void *data, size_t size);
/* The field of the struct at address, which the build must have. */
void synth_set(synth_python *p, pc_field field, uint64_t address, uint64_t value);
bool synth_has(const synth_python *p, pc_field field);
uint64_t synth_field_at(const synth_python *p, pc_field field, uint64_t address);
size_t synth_size(const synth_python *p, pc_struct_id id);
/* An object of a type: its struct and extra bytes behind it. */
uint64_t synth_object(synth_python *p, uint64_t type, pc_struct_id id, size_t extra);

/* ---- types ---- */

/* The interpreter's static type of that name, made when it is first asked for. Its base is object, int for bool. */
uint64_t synth_type(synth_python *p, const char *name);
/* Another static type, even outside of the interpreter's module. repr 0: the base's. */
uint64_t synth_static_type(synth_python *p, const char *tp_name, uint64_t base, uint64_t repr, bool outside);
/* What a class statement makes; it has its base's __repr__. */
uint64_t synth_class(synth_python *p, const char *module, const char *qualname, uint64_t base);
/* An address that no other function has, as for tp_repr. */
uint64_t synth_function_address(synth_python *p);

/* ---- objects ---- */

uint64_t synth_none(synth_python *p);
uint64_t synth_bool(synth_python *p, bool value);
uint64_t synth_int(synth_python *p, int64_t value); /* 2.7: an int */
/* Of digits of the build's digit size, least significant first; 2.7: a long */
uint64_t synth_long(synth_python *p, bool negative, const uint32_t *digits, size_t count);
uint64_t synth_float(synth_python *p, double value);
/* A str of ASCII: 2.7's is made of bytes. */
uint64_t synth_str(synth_python *p, const char *ascii);
/* 3: of units of width bytes (1, 2, 4). */
uint64_t synth_str_units(synth_python *p, unsigned width, bool compact, bool ascii, const uint32_t *units,
                         size_t count);
uint64_t synth_unicode2(synth_python *p, const uint32_t *units, size_t count); /* 2.7's unicode */
uint64_t synth_bytes_object(synth_python *p, const void *data, size_t size);   /* 2.7: str */
uint64_t synth_tuple(synth_python *p, const uint64_t *items, size_t count);
uint64_t synth_list(synth_python *p, const uint64_t *items, size_t count);

/* ---- dicts and sets ---- */

#define SYNTH_KEYS_GENERAL 0
#define SYNTH_KEYS_UNICODE 1
#define SYNTH_KEYS_SPLIT 2

/* Keys and their values in the order of insertion, in the form that the version mostly uses; 0, 0: a
 * deleted entry. */
uint64_t synth_dict(synth_python *p, const uint64_t *keys, const uint64_t *values, size_t count);
/* 3: a keys object of 2^log2_size slots; values may be NULL. kind counts from 3.11 on. */
uint64_t synth_dict_keys(synth_python *p, unsigned log2_size, unsigned kind, const uint64_t *keys,
                         const uint64_t *values, size_t count);
uint64_t synth_dict_of(synth_python *p, uint64_t keys, uint64_t values, uint64_t used);
/* 3.11: values in an order of their own. */
uint64_t synth_dict_values(synth_python *p, const uint64_t *values, size_t capacity, const uint8_t *order,
                           size_t count);
/* The table as it stands, NULL keys free; used is how many are to count. */
uint64_t synth_set_of(synth_python *p, uint64_t type, const uint64_t *keys, const int64_t *hashes, size_t slots,
                      uint64_t used);

/* ---- checks ---- */

void check_repr(pc_python *py, uint64_t object, const pc_repr_limits *limits, const char *text, bool exact,
                pc_status status,
                const char *file, int line);
extern const pc_repr_limits synth_no_limits;
/* The repr to the character, in full. */
#define CHECK_REPR(py, object, text)                                                                           \
    check_repr((py), (object), &synth_no_limits, (text), true, PC_STATUS_COMPLETE, __FILE__, __LINE__)
/* Something that stands in for it, or NULL, and how that is marked. */
#define CHECK_PARTIAL(py, object, limits, text, status)                                                        \
    check_repr((py), (object), (limits), (text), false, (status), __FILE__, __LINE__)

#endif
