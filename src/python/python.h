/* The interpreter inside the core: its memory seen through the layout. Everything above the address space reads the
 * target by field(FIELD, address); no struct of CPython is declared in C anywhere. */
#ifndef PC_PYTHON_PYTHON_H
#define PC_PYTHON_PYTHON_H

#include "base/map.h"
#include "base/secrets.h"
#include "layout/cache.h"
#include "layout/tables.h"
#include "python/traits.h"
#include "target/modules.h"

struct pc_type;

#define PC_RECENT_TYPES 64

typedef struct pc_python {
    pc_core *core;
    pc_modules *modules;
    pc_memory *memory; /* core's */
    pc_arena *arena;
    pc_diagnostics *diagnostics;
    pc_layout *layout;           /* grows by the layouts of extension modules as they are met */
    bool modules_tried[PC_MODULE_COUNT], modules_known[PC_MODULE_COUNT]; /* extension modules' */
    const pc_module *extension_modules[PC_MODULE_COUNT]; /* those that types were told by; NULL: none yet */
    const pc_search *search; /* where separate debug files are looked for */
    pc_cache *cache;             /* of layouts; NULL: none */
    pc_tables *tables;           /* for modules without debug information; NULL: none */
    const pc_table *table_file;  /* the one that the user names, before all others; NULL: none */
    pc_abi_hint hint;            /* what is known of the build */
    const pc_traits *traits;  /* of the version, once it is known; of the nearest known version for one that is not */
    uint64_t hex_version;     /* sys.hexversion: 0x030b07f0 is 3.11.7 */
    bool layout_exact;        /* it is the very build's: what contradicts it is damage */
    pc_module *module;        /* the ELF module that holds the interpreter */
    pc_addr runtime;          /* _PyRuntime; 0 where the build has none */
    pc_addr first_interpreter;
    pc_addr type_type;        /* the type `type`; 0 until the interpreter has been checked */
    pc_addr current_thread;   /* who holds the GIL: to 3.11 one word for all, 0 where nobody does or it is not known */
    bool current_thread_known;
    const char *found_by;     /* the report's interpreter.found_by */
    int64_t max_str_digits;   /* 0: no limit */
    bool lacks_gmp;           /* its library cannot be loaded */
    unsigned word;            /* bytes of a pointer */
    pc_map types;             /* address -> struct pc_type */
    const struct pc_type *recent_types[PC_RECENT_TYPES]; /* of them those that were asked for lately, by their addresses */
    pc_map slots;             /* address of a type -> struct pc_slots */
    pc_map static_names;      /* address of a static type -> its tp_name, where that is not saved */
    bool static_names_begun, static_names_building, static_names_built;
    int type_depth;           /* of types being read: bases, and the types of their names */
    pc_map codes;             /* address -> struct pc_code */
    struct pc_recent_frame *recent_frame; /* see walk/frames.c; NULL: none yet */
    pc_map lookups;           /* what classes have under a name: see attribute.c */
    pc_map library;           /* address of a code object -> its row of library.def: see library.c */
    pc_map module_names;      /* address of a dict of globals -> its __name__ */
    pc_map functions;         /* address of a code object -> qualified name of the function that has it */
    bool functions_indexed;
    pc_map secret_objects;    /* what was under names that say that it is secret */
    pc_map functions_told;    /* those of them that were asked for */
    const pc_redaction *redaction; /* NULL: none */
    unsigned numpy_version;   /* 126 is 1.26; 0: not known yet */
    bool decimal_letters_read;
    char decimal_letter, decimal_letter_python; /* see decimal_context.h */
} pc_python;

void pc_python_init(pc_python *py, pc_core *core, pc_modules *modules, pc_layout *layout);
void pc_python_deinit(pc_python *py);

static inline bool pc_redacts(const pc_python *py, pc_redact level)
{
    return py->redaction && py->redaction->level == level;
}

static inline bool pc_has(const pc_python *py, pc_field field)
{
    return pc_layout_has(py->layout, field);
}

/* An object's reference count. PC_ERROR_LAYOUT where there is none as such: free-threaded builds count in two places. */
pc_error *pc_reference_count(pc_python *py, pc_addr object, int64_t *ret_count);

/* A build without the GIL (--disable-gil, 3.13): its objects begin with the thread that owns them. */
static inline bool pc_is_free_threaded(const pc_python *py)
{
    return pc_has(py, PC_OB_TID);
}

/* The value of a field of the struct at address: as it is in the struct, zero-extended. PC_ERROR_LAYOUT where the build has
 * no such field, else the errors of pc_memory_read(). */
pc_error *pc_field_uint(pc_python *py, pc_field field, pc_addr address, uint64_t *ret_value);
pc_error *pc_field_int(pc_python *py, pc_field field, pc_addr address, int64_t *ret_value);
pc_error *pc_field_double(pc_python *py, pc_field field, pc_addr address, double *ret_value);
/* Where an EMBEDDED field begins. */
pc_error *pc_field_address(pc_python *py, pc_field field, pc_addr address, pc_addr *ret_address);
/* base + index * size, PC_ERROR_CORRUPT where that leaves the address space. */
PC_NEVER_NULL pc_error *pc_element_beyond(pc_addr base);
static inline pc_error *pc_element(pc_addr base, uint64_t index, uint64_t size, pc_addr *ret_address)
{
    uint64_t offset;
    pc_addr at;
    if (__builtin_mul_overflow(index, size, &offset) || !pc_addr_add(base, offset, &at))
        return pc_element_beyond(base);
    *ret_address = at;
    return NULL;
}
/* An element of an array of pointers. */
static inline pc_error *pc_pointer_at(pc_python *py, pc_addr array, uint64_t index, pc_addr *ret_value)
{
    pc_addr at = 0;
    PC_TRY(pc_element(array, index, py->word, &at));
    return pc_memory_pointer(py->memory, at, ret_value);
}
/* Elements of it from index on, as many as can be had at once; 0 where the first cannot be read. */
size_t pc_pointers_at(pc_python *py, pc_addr array, uint64_t index, size_t count, pc_addr *ret_values);
/* A struct whose bytes lie together, looked at as a whole: its fields then cost no look-up each. */
typedef struct pc_view {
    pc_addr address;
    const uint8_t *bytes; /* NULL: field by field */
    uint32_t size;        /* of what can be looked at so */
} pc_view;
static inline pc_view pc_view_of(pc_python *py, pc_struct_id id, pc_addr address)
{
    pc_view view = {.address = address};
    const uint32_t size = py->layout->structs[id].size;
    /* what is taken down is what was wanted, and not what lies between */
    if (size && !py->memory->touched && (view.bytes = pc_memory_near(py->memory, address, size)))
        view.size = size;
    return view;
}

/* The field's value out of what is stored at its place. */
static inline uint64_t pc_of_place(const pc_field_place *place, uint64_t value)
{
    if (!place->bits)
        return value;
    value >>= place->shift;
    return place->bits < 64 ? value & ((UINT64_C(1) << place->bits) - 1) : value;
}

/* The same of a signed one. */
static inline int64_t pc_signed_of_place(const pc_field_place *place, uint64_t value)
{
    return pc_sign_extend(value, place->bits ? place->bits : place->size * 8);
}

/* Whether the view has the field as a word of eight bytes in this machine's order: nearly always. */
static inline bool pc_view_has_word(const pc_python *py, const pc_view *view, const pc_field_place *place)
{
    return place->size == 8 && !place->bits && place->source != PC_SOURCE_NONE && (uint64_t)place->offset + 8 <= view->size &&
           pc_is_own_order(py->memory->big_endian);
}

/* pc_field_uint() and pc_field_int() of the struct. */
pc_error *pc_view_uint_of_any_size(pc_python *py, const pc_view *view, pc_field field, uint64_t *ret_value);
pc_error *pc_view_int_of_any_size(pc_python *py, const pc_view *view, pc_field field, int64_t *ret_value);
static inline pc_error *pc_view_uint(pc_python *py, const pc_view *view, pc_field field, uint64_t *ret_value)
{
    const pc_field_place *place = &py->layout->fields[field];
    if (!pc_view_has_word(py, view, place))
        return pc_view_uint_of_any_size(py, view, field, ret_value);
    memcpy(ret_value, view->bytes + place->offset, sizeof(*ret_value));
    return NULL;
}
static inline pc_error *pc_view_int(pc_python *py, const pc_view *view, pc_field field, int64_t *ret_value)
{
    const pc_field_place *place = &py->layout->fields[field];
    if (!pc_view_has_word(py, view, place))
        return pc_view_int_of_any_size(py, view, field, ret_value);
    memcpy(ret_value, view->bytes + place->offset, sizeof(*ret_value));
    return NULL;
}

/* pc_reference_count() of it. */
static inline pc_error *pc_view_reference_count(pc_python *py, const pc_view *object, int64_t *ret_count)
{
    uint64_t half = 0;
    if (py->layout->fields[PC_OB_REFCNT].size >= py->word)
        return pc_view_int(py, object, PC_OB_REFCNT, ret_count);
    /* 3.14: half of the word, without a sign; immortal objects have its highest bit set */
    PC_TRY(pc_view_uint(py, object, PC_OB_REFCNT, &half));
    *ret_count = (int64_t)half;
    return NULL;
}

/* Size of a struct; 0 where the build has none such. */
static inline uint32_t pc_size_of(const pc_python *py, pc_struct_id id)
{
    return py->layout->structs[id].size;
}

#endif
