/* Where the fields of this interpreter build's structs are. One layout, filled by loaders, each field remembering its
 * source. Version differences show as presence: test for the field, not for the version. */
#ifndef PC_LAYOUT_LAYOUT_H
#define PC_LAYOUT_LAYOUT_H

#include "base/buffer.h"
#include "base/error.h"

typedef enum pc_struct_id {
#define PC_STRUCT(id, module, names, units) PC_STRUCT_##id,
#define PC_FIELD(owner, id, path, kind, need)
#include "layout/fields.def"
#undef PC_STRUCT
#undef PC_FIELD
    PC_STRUCT_COUNT
} pc_struct_id;

typedef enum pc_field {
#define PC_STRUCT(id, module, names, units)
#define PC_FIELD(owner, id, path, kind, need) PC_##id,
#include "layout/fields.def"
#undef PC_STRUCT
#undef PC_FIELD
    PC_FIELD_COUNT
} pc_field;

typedef enum pc_field_kind {
    PC_KIND_POINTER,
    PC_KIND_UNSIGNED,
    PC_KIND_SIGNED,
    PC_KIND_BITS,
    PC_KIND_FLOAT,
    PC_KIND_EMBEDDED
} pc_field_kind;

typedef enum pc_layout_source {
    PC_SOURCE_NONE,
    PC_SOURCE_DWARF,
    PC_SOURCE_DEBUG_OFFSETS, /* _Py_DebugOffsets in the core: 3.13 */
    PC_SOURCE_TABLE,         /* versions/ */
    PC_SOURCE_COUNT
} pc_layout_source;

/* Who defines a struct. */
typedef enum pc_layout_module {
#define PC_LAYOUT_MODULE(id, init, init2) PC_MODULE_##id,
#include "layout/modules.def"
#undef PC_LAYOUT_MODULE
    PC_MODULE_COUNT
} pc_layout_module;

typedef struct pc_struct_definition {
    const char *id;
    pc_layout_module module;
    const char *names, *units;
} pc_struct_definition;

typedef struct pc_field_definition {
    const char *id;
    pc_struct_id owner;
    const char *path;
    pc_field_kind kind;
    bool required;
} pc_field_definition;

extern const pc_struct_definition pc_struct_definitions[PC_STRUCT_COUNT];
extern const pc_field_definition pc_field_definitions[PC_FIELD_COUNT];
extern const char *const pc_field_kind_names[PC_KIND_EMBEDDED + 1];

/* Where one field is. A bit field's storage is `size` bytes at `offset`, read as an integer of the target's byte
 * order, shifted right by `shift`, of which `bits` bits count; bits is 0 for whole fields. */
typedef struct pc_field_place {
    pc_layout_source source; /* PC_SOURCE_NONE: this build has no such field */
    uint32_t offset, size;
    uint8_t shift, bits;
    const char *path; /* the alternative that the build has; lives as long as the program */
    size_t path_length;
} pc_field_place;

typedef struct pc_struct_place {
    pc_layout_source source;
    uint32_t size;
} pc_struct_place;

typedef struct pc_layout {
    pc_struct_place structs[PC_STRUCT_COUNT];
    pc_field_place fields[PC_FIELD_COUNT];
    char *origin; /* the file that the interpreter's structs came from */
} pc_layout;

void pc_layout_init(pc_layout *layout);
void pc_layout_deinit(pc_layout *layout);

static inline bool pc_layout_has(const pc_layout *layout, pc_field field)
{
    return layout->fields[field].source != PC_SOURCE_NONE;
}

static inline bool pc_layout_is_field_of(size_t field, pc_struct_id owner)
{
    return field < PC_FIELD_COUNT && pc_field_definitions[field].owner == owner;
}

/* Whether a field may be there in its struct. */
static inline bool pc_layout_is_within(const pc_field_definition *field, const pc_struct_place *owner, uint64_t offset, uint64_t size)
{
    return owner->source && offset <= owner->size && (field->kind == PC_KIND_EMBEDDED || (size && size <= 8 && size <= owner->size - offset));
}

/* PC_ERROR_LAYOUT, naming the first few, if required fields of the module's structs are absent. */
pc_error *pc_layout_check_required(const pc_layout *layout, pc_layout_module module);
/* Whether any struct of the module is known. */
bool pc_layout_has_module(const pc_layout *layout, pc_layout_module module);
const char *pc_layout_source_name(pc_layout_source source);
/* The one source of all that the layout has, or "mixed"; "absent" for an empty one. */
const char *pc_layout_sources(const pc_layout *layout);
/* As tables call it: "interpreter", "datetime", ... cut to size bytes. */
void pc_layout_module_name(pc_layout_module module, char *ret_name, size_t size);
/* The module of that name; false where this pycore knows none. */
bool pc_layout_module_of(const char *name, size_t length, pc_layout_module *ret_module);
/* A struct's fields stand together, from this one on. */
size_t pc_layout_first_field(pc_struct_id owner);
/* The table as text: a line per struct and field, absent ones too. */
void pc_layout_print(const pc_layout *layout, pc_buffer *buffer);

#endif
