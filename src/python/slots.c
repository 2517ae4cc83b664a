#include "python/slots.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "python/dict.h"
#include "python/str.h"

/* PyMemberDef.type of what points to an object: T_OBJECT and T_OBJECT_EX of structmember.h, which is what __slots__ make */
#define MEMBER_OBJECT 6
#define MEMBER_OBJECT_EX 16
/* PyMemberDef.flags, 3.15 */
#define MEMBER_BEHIND_ITEMS 16

typedef struct slot_list {
    pc_slot *items;
    size_t count, capacity;
    size_t first; /* of the class that is being read */
    pc_status status;
    pc_addr error_address;
} slot_list;

static void failed(slot_list *list, pc_error *error)
{
    if (list->status == PC_STATUS_COMPLETE) {
        list->status = pc_status_of_error(error);
        list->error_address = error->address;
    }
    pc_error_destroy(error);
}

static void add(slot_list *list, const char *name, uint64_t offset, bool own_name, bool behind_items)
{
    for (size_t i = list->first; i < list->count; i++)
        if (list->items[i].offset == offset && list->items[i].behind_items == behind_items) {
            /* one slot under two names: the one that it was made with */
            if (own_name)
                list->items[i].name = name;
            return;
        }
    list->items = pc_grow(list->items, list->count, &list->capacity, sizeof(*list->items));
    list->items[list->count++] = (pc_slot){.name = name, .offset = offset, .behind_items = behind_items};
}

/* An entry of a class's dict that is a member descriptor of that class. */
static pc_error *read_member(pc_python *py, const pc_type *type, const pc_type *class, pc_addr key, pc_addr descriptor, slot_list *list)
{
    pc_addr owner, def, name;
    int64_t kind, offset, flags = 0;
    const char *text = NULL;
    PC_TRY(pc_field_uint(py, PC_D_TYPE, descriptor, &owner));
    if (owner != class->address)
        return NULL; /* somebody else's, under a name of this class */
    PC_TRY(pc_field_uint(py, PC_D_NAME, descriptor, &name));
    PC_TRY(pc_field_uint(py, PC_D_MEMBER, descriptor, &def));
    PC_TRY(pc_field_int(py, PC_MEMBER_TYPE, def, &kind));
    PC_TRY(pc_field_int(py, PC_MEMBER_OFFSET, def, &offset));
    if (pc_has(py, PC_MEMBER_FLAGS))
        PC_TRY(pc_field_int(py, PC_MEMBER_FLAGS, def, &flags));
    bool behind_items = flags & MEMBER_BEHIND_ITEMS;
    if (behind_items && type->kind != PC_TYPE_TUPLE)
        return pc_error_at(PC_ERROR_NOT_FOUND, def, "a slot behind the items of what is no tuple");
    if (kind != MEMBER_OBJECT && kind != MEMBER_OBJECT_EX)
        return NULL;
    if (offset < (int64_t)pc_size_of(py, PC_STRUCT_OBJECT) || offset > type->basic_size - (int64_t)py->word ||
        offset > class->basic_size - (int64_t)py->word || offset % (int64_t)py->word)
        return pc_error_at(PC_ERROR_CORRUPT, def, "a slot at %" PRId64 " is not within its instances", offset);
    if (!pc_str_text(py, key, &text))
        return pc_error_at(PC_ERROR_CORRUPT, key, "the name of a slot cannot be read");
    add(list, text, (uint64_t)offset, pc_str_equals(py, name, text), behind_items);
    return NULL;
}

static int by_offset(const void *a, const void *b)
{
    const pc_slot *x = a, *y = b;
    return x->offset < y->offset ? -1 : x->offset > y->offset;
}

static pc_error *read_class(pc_python *py, const pc_type *type, pc_addr address, slot_list *list)
{
    const pc_type *class;
    pc_addr at;
    pc_dict dict;
    if (pc_is(py, address, PC_TYPE_CLASSIC_CLASS))
        return NULL; /* 2.7's have no slots */
    PC_TRY(pc_type_read(py, address, &class));
    if (!class->heap || class->from_spec)
        return NULL; /* C code's members, of which only some are objects */
    PC_TRY(pc_field_uint(py, PC_TP_DICT, address, &at));
    PC_TRY(pc_dict_open(py, at, &dict));
    list->first = list->count;
    for (;;) {
        bool more;
        pc_addr key, value;
        PC_TRY(pc_dict_next(py, &dict, &more, &key, &value));
        if (!more)
            break;
        if (!pc_is(py, value, PC_TYPE_MEMBER_DESCRIPTOR))
            continue;
        if (list->count >= PC_LIMIT_SLOTS || !pc_memory_spend(py->memory, 1 + (list->count - list->first) / 16))
            return pc_error_at(PC_ERROR_LIMIT, address, "more than %d slots", PC_LIMIT_SLOTS);
        pc_error *error = read_member(py, type, class, key, value, list);
        if (error)
            failed(list, error);
    }
    if (list->count > list->first)
        qsort(list->items + list->first, list->count - list->first, sizeof(*list->items), by_offset);
    return NULL;
}

/* A class that names a slot of its base again has one of its own, which hides the other. */
static void drop_hidden(pc_python *py, slot_list *list)
{
    size_t kept = 0;
    if (!pc_memory_spend(py->memory, list->count * list->count / 64))
        return;
    for (size_t i = 0; i < list->count; i++) {
        bool hidden = false;
        for (size_t k = i + 1; k < list->count && !hidden; k++)
            hidden = !strcmp(list->items[i].name, list->items[k].name);
        if (!hidden)
            list->items[kept++] = list->items[i];
    }
    list->count = kept;
}

static pc_error *read_slots(pc_python *py, const pc_type *type, slot_list *list)
{
    pc_addr items, class;
    uint64_t count;
    if (!pc_has(py, PC_D_MEMBER) || !pc_has(py, PC_MEMBER_TYPE) || !pc_has(py, PC_MEMBER_OFFSET))
        return pc_error_create(PC_ERROR_LAYOUT, "this build's slots are not known");
    PC_TRY(pc_type_mro(py, type, &items, &count));
    for (uint64_t i = count; i-- > 0;) {
        pc_error *error = pc_pointer_at(py, items, i, &class);
        if (!error)
            error = read_class(py, type, class, list);
        if (error)
            failed(list, error);
    }
    drop_hidden(py, list);
    return NULL;
}

const pc_slots *pc_slots_of(pc_python *py, const pc_type *type)
{
    pc_slots *slots = pc_map_get(&py->slots, type->address);
    if (slots)
        return slots;
    slot_list list = {0};
    slots = PC_NEW(py->arena, pc_slots);
    if (type->heap) {
        pc_error *error = read_slots(py, type, &list);
        if (error)
            failed(&list, error);
    }
    slots->items = pc_arena_array(py->arena, list.count, sizeof(*list.items));
    if (list.count)
        memcpy(slots->items, list.items, list.count * sizeof(*list.items));
    slots->count = list.count;
    slots->status = list.status;
    slots->error_address = list.error_address;
    free(list.items);
    if (!pc_memory_is_starving(py->memory))
        pc_map_put(&py->slots, type->address, slots);
    return slots;
}
