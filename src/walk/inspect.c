#include "walk/inspect.h"

#include "base/limits.h"
#include "python/dict.h"
#include "python/str.h"
#include "python/type.h"
#include "walk/attributes.h"
#include "walk/locals.h"

#define TPFLAGS_MANAGED_WEAKREF (UINT64_C(1) << 3) /* 3.12 */
#define TPFLAGS_HAVE_GC (UINT64_C(1) << 14)

/* Free-threaded builds count twice, and what is not counted has all bits of the owner's count set. */
static void read_two_counts(pc_python *py, pc_addr object, pc_inspection *i)
{
    uint64_t local;
    int64_t shared;
    if (!pc_ok(pc_field_uint(py, PC_OB_REF_LOCAL, object, &local)) || !pc_ok(pc_field_int(py, PC_OB_REF_SHARED, object, &shared)))
        return;
    i->has_references = true;
    i->immortal = local == UINT32_MAX ? PC_TRUE : PC_FALSE;
    i->references = (int64_t)local + (i->immortal == PC_TRUE ? 0 : shared / 4 - (shared % 4 < 0));
}

static void read_references(pc_python *py, pc_addr object, pc_inspection *i)
{
    i->immortal = PC_UNKNOWN;
    if (pc_has(py, PC_OB_REF_LOCAL) && pc_has(py, PC_OB_REF_SHARED)) {
        read_two_counts(py, object, i);
        return;
    }
    i->has_references = pc_has(py, PC_OB_REFCNT) && pc_ok(pc_reference_count(py, object, &i->references));
    /* Objects that are not counted came with 3.12, as did LONG_TAG: the sign of the count's low 32 bits tells, of a count of 32 bits
     * bit 29. */
    if (i->has_references && pc_has(py, PC_LONG_TAG))
        i->immortal = (uint64_t)i->references & (py->word == 8 ? 0x80000000u : 0x20000000u) ? PC_TRUE : PC_FALSE;
    else if (i->has_references)
        i->immortal = PC_FALSE;
}

/* ---- the size ---- */

/* Whose __sizeof__ an object has. */
typedef enum sizer { SIZER_OBJECT, SIZER_BUILTIN, SIZER_OTHER } sizer;

/* Builtin types that have a __sizeof__ of their own. */
static bool has_own_sizeof(pc_kind kind)
{
    return kind == PC_TYPE_LONG || kind == PC_TYPE_UNICODE || kind == PC_TYPE_LIST || kind == PC_TYPE_DICT || kind == PC_TYPE_FROZEN_DICT || kind == PC_TYPE_SET ||
           kind == PC_TYPE_FROZENSET || kind == PC_TYPE_BYTEARRAY || kind == PC_TYPE_TYPE || kind == PC_TYPE_CODE || kind == PC_TYPE_FRAME ||
           kind == PC_TYPE_GENERATOR || kind == PC_TYPE_COROUTINE || kind == PC_TYPE_ASYNC_GENERATOR;
}

/* By the first class of the hierarchy that defines it. */
static sizer find_sizer(pc_python *py, const pc_inspection *i)
{
    for (size_t k = 0; k < i->mro_count; k++) {
        const pc_type *class;
        pc_addr dict, method;
        bool there;
        if (!pc_ok(pc_type_read(py, i->mro[k].address, &class)))
            return SIZER_OTHER;
        if (class->is_builtin && class->kind == PC_TYPE_OBJECT)
            return SIZER_OBJECT;
        if (pc_ok(pc_field_uint(py, PC_TP_DICT, class->address, &dict)) && dict) {
            if (!pc_ok(pc_dict_get(py, dict, "__sizeof__", &there, &method)))
                return SIZER_OTHER;
            if (there)
                return class->is_builtin ? SIZER_BUILTIN : SIZER_OTHER;
        } else if (class->heap || class->kind == PC_TYPE_OTHER || class->kind == PC_TYPE_OBJECT || has_own_sizeof(class->kind)) {
            /* 3.12 keeps the dicts of builtin types elsewhere; what those that are known inherit is known */
            return class->is_builtin ? SIZER_BUILTIN : SIZER_OTHER;
        }
    }
    return SIZER_OTHER;
}


static void add(pc_inspection *i, pc_buffer *how, const char *what, uint64_t bytes)
{
    if (!bytes)
        return;
    pc_buffer_printf(how, "%s%s %" PRIu64, how->length ? " + " : "", what, bytes);
    if (__builtin_add_overflow(i->size, bytes, &i->size))
        i->has_size = false;
}

static void add_items(pc_inspection *i, pc_buffer *how, uint64_t count, uint64_t size)
{
    uint64_t bytes;
    if (!count || !size)
        return;
    if (__builtin_mul_overflow(count, size, &bytes) || __builtin_add_overflow(i->size, bytes, &i->size)) {
        i->has_size = false;
        return;
    }
    pc_buffer_printf(how, "%s%" PRIu64 " items of %" PRIu64, how->length ? " + " : "", count, size);
}

/* What object.__sizeof__() counts behind tp_basicsize: the items of an object of variable size, and not 3.13's inline values. */
static pc_error *add_object(pc_python *py, pc_addr object, const pc_type *type, pc_inspection *i, pc_buffer *how)
{
    int64_t count;
    if (type->item_size > 0) {
        PC_TRY(pc_field_int(py, PC_OB_SIZE, object, &count));
        add_items(i, how, count < 0 ? 0 - (uint64_t)count : (uint64_t)count, (uint64_t)type->item_size);
    }
    return NULL;
}

static bool is_int(const pc_type *type)
{
    return type->is_builtin && (type->kind == PC_TYPE_LONG || type->kind == PC_TYPE_BOOL);
}

/* Beside tp_basicsize, what the __sizeof__ of a builtin counts, as far as it is simple. Sets size_exact where it is all. */
static pc_error *add_builtin(pc_python *py, pc_addr object, const pc_type *type, pc_inspection *i, pc_buffer *how)
{
    uint64_t count;
    int64_t room;
    if (type->kind == PC_TYPE_LIST && pc_has(py, PC_LIST_ALLOCATED)) {
        PC_TRY(pc_field_int(py, PC_LIST_ALLOCATED, object, &room));
        add_items(i, how, room > 0 ? (uint64_t)room : 0, py->word);
        i->size_exact = room >= 0;
    } else if (is_int(type)) {
        PC_TRY(pc_field_int(py, pc_has(py, PC_LONG_TAG) ? PC_LONG_TAG : PC_OB_SIZE, object, &room));
        count = pc_has(py, PC_LONG_TAG) ? (uint64_t)room >> 3 : room < 0 ? 0 - (uint64_t)room : (uint64_t)room;
        /* 0 has no digit, or room for one (3.11) */
        i->size_exact = count || pc_has(py, PC_LONG_TAG);
        add_items(i, how, count ? count : 1, pc_size_of(py, PC_STRUCT_DIGIT));
    }
    return NULL;
}

static pc_error *measure(pc_walk *walk, pc_addr object, const pc_type *type, pc_inspection *i)
{
    pc_python *py = walk->py;
    PC_AUTO_BUFFER how = {0};
    sizer whose = find_sizer(py, i);
    /* without the GIL the collector needs none */
    uint64_t header = (type->flags & TPFLAGS_HAVE_GC) && !pc_is_free_threaded(py) ? pc_size_of(py, PC_STRUCT_GC_HEAD) : 0;
    /* before the object: 3.11's dict and values, since 3.12 the dict and the weak references */
    if (py->traits && py->traits->managed_dict != PC_MANAGED_NONE && (type->flags & (PC_TPFLAGS_MANAGED_DICT | TPFLAGS_MANAGED_WEAKREF)))
        header += 2 * py->word;
    if (type->basic_size < 0)
        return pc_error_at(PC_ERROR_CORRUPT, type->address, "a size of %" PRId64, type->basic_size);
    i->has_size = true;
    add(i, &how, "header", header);
    /* bool's has room for a digit already */
    if (whose == SIZER_BUILTIN && is_int(type))
        add(i, &how, "an int without digits", py->layout->fields[PC_LONG_DIGITS].offset);
    else
        add(i, &how, "tp_basicsize", (uint64_t)type->basic_size);
    if (whose == SIZER_BUILTIN) {
        PC_TRY(add_builtin(py, object, type, i, &how));
    } else {
        PC_TRY(add_object(py, object, type, i, &how));
        i->size_exact = whose == SIZER_OBJECT;
    }
    if ((type->flags & TPFLAGS_HAVE_GC) && !pc_size_of(py, PC_STRUCT_GC_HEAD))
        i->size_exact = false;
    i->size_how = pc_arena_strdup(walk->arena, pc_buffer_text(&how));
    return NULL;
}

/* ---- the classes ---- */

static pc_error *read_mro(pc_walk *walk, const pc_type *type, pc_inspection *i)
{
    pc_python *py = walk->py;
    pc_addr items;
    uint64_t count;
    PC_TRY(pc_type_mro(py, type, &items, &count));
    i->mro = pc_arena_array(walk->arena, count, sizeof(*i->mro));
    for (uint64_t k = 0; k < count; k++) {
        pc_addr at, name;
        const pc_type *class;
        PC_TRY(pc_pointer_at(py, items, k, &at));
        pc_class_ref *ref = &i->mro[i->mro_count++];
        ref->address = at;
        if (pc_is(py, at, PC_TYPE_CLASSIC_CLASS)) { /* 2.7 */
            if (pc_ok(pc_field_uint(py, PC_CL_NAME, at, &name)))
                pc_str_text(py, name, &ref->name);
            continue;
        }
        PC_TRY(pc_type_read(py, at, &class));
        ref->name = class->full_name;
    }
    return NULL;
}

static void failed(pc_walk *walk, pc_error *error, const char *what, pc_addr object)
{
    pc_diagnose_error(walk->diagnostics, PC_SEVERITY_WARNING, error, "%s of the object at " PC_ADDR, what, object);
    walk->incomplete = true;
}

void pc_inspect(pc_walk *walk, pc_addr object, pc_inspection *i)
{
    const pc_type *type;
    *i = (pc_inspection){.value = {.address = object}, .immortal = PC_UNKNOWN};
    pc_error *error = object ? pc_type_of(walk->py, object, &type) : pc_error_at(PC_ERROR_CORRUPT, 0, "nothing is at NULL");
    if (error) {
        i->value.repr.status = pc_status_of_error(error);
        pc_diagnose_error(walk->diagnostics, PC_SEVERITY_ERROR, error, "there is no object at " PC_ADDR, object);
        walk->incomplete = true;
        return;
    }
    i->is_object = true;
    i->value = pc_value_read(walk, object);
    i->value.attributes = pc_attributes_of(walk, object);
    read_references(walk->py, object, i);
    error = read_mro(walk, type, i);
    if (error) {
        i->mro_status = pc_status_of_error(error);
        failed(walk, error, "the classes", object);
    }
    error = measure(walk, object, type, i);
    if (error) {
        i->has_size = false;
        failed(walk, error, "the size", object);
    }
}
