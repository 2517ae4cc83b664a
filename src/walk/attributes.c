#include "walk/attributes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/limits.h"
#include "python/dict.h"
#include "python/slots.h"
#include "python/str.h"
#include "python/type.h"
#include "walk/locals.h"
#include "walk/redact.h"

typedef struct reader {
    pc_walk *walk;
    bool hidden; /* what is in it is secret, whatever its names are */
    pc_addr member_value; /* `_value_`, which is read when `_name_` is known; 0: there is none */
    size_t member_index;
    pc_attribute *items;
    size_t count, capacity;
    uint64_t limit, left_out;
    pc_status status;
} reader;

static bool can_have(const pc_python *py, const pc_type *type, const pc_slots *slots)
{
    if (type->kind == PC_TYPE_MODULE || type->kind == PC_TYPE_TYPE || type->kind == PC_TYPE_CLASSIC_CLASS)
        return false;
    bool managed = py->traits && py->traits->managed_dict != PC_MANAGED_NONE && (type->flags & PC_TPFLAGS_MANAGED_DICT);
    return slots->count || slots->status != PC_STATUS_COMPLETE || managed || type->dict_offset || type->kind == PC_TYPE_CLASSIC_INSTANCE;
}

static void note(reader *r, pc_status status)
{
    if (r->status == PC_STATUS_COMPLETE)
        r->status = status;
}

/* Of an object whose attributes are not whole. */
static void failed(reader *r, pc_addr object, const pc_type *type, pc_error *error)
{
    note(r, pc_status_of_error(error));
    pc_diagnose_error(r->walk->diagnostics, PC_SEVERITY_WARNING, error, "the attributes of the %s at " PC_ADDR,
                      type->full_name ? type->full_name : "object", object);
    r->walk->incomplete = true;
}

static void add(reader *r, const char *name, pc_addr object)
{
    if (r->count >= r->limit) {
        r->left_out++;
        note(r, PC_STATUS_TRUNCATED);
        return;
    }
    bool waits = !r->hidden && !strcmp(name, "_value_");
    if (waits) {
        r->member_value = object;
        r->member_index = r->count;
    }
    pc_value value = waits ? (pc_value){0} : pc_value_read_named(r->walk, r->hidden ? PC_REDACT_SECRET_NAME : name, object);
    r->items = pc_grow(r->items, r->count, &r->capacity, sizeof(*r->items));
    r->items[r->count++] = (pc_attribute){.name = name, .value = value};
}

static pc_error *read_slots(reader *r, pc_addr object, const pc_slots *slots)
{
    pc_python *py = r->walk->py;
    for (size_t i = 0; i < slots->count; i++) {
        pc_addr at, value;
        uint64_t items = 0;
        if (slots->items[i].behind_items)
            PC_TRY(pc_var_size(py, object, &items));
        PC_TRY(pc_element(object, 1, slots->items[i].offset, &at));
        PC_TRY(pc_element(at, items, py->word, &at));
        PC_TRY(pc_memory_pointer(py->memory, at, &value));
        if (value)
            add(r, slots->items[i].name, value);
    }
    return NULL;
}

static pc_error *read_dict(reader *r, pc_addr object)
{
    pc_python *py = r->walk->py;
    pc_dict dict;
    bool there, more;
    PC_TRY(pc_instance_open(py, object, &there, &dict));
    while (there) {
        pc_addr key, value;
        const pc_type *type;
        const char *name;
        if (r->count >= r->limit && dict.given < dict.used) {
            r->left_out += dict.used - dict.given;
            note(r, PC_STATUS_TRUNCATED);
            return NULL;
        }
        PC_TRY(pc_dict_next(py, &dict, &more, &key, &value));
        if (!more)
            break;
        PC_TRY(pc_type_of(py, key, &type));
        /* only text can name an attribute, whatever else is put into the dict */
        if (type->kind != PC_TYPE_UNICODE && type->kind != PC_TYPE_BYTES)
            continue;
        if (!pc_str_text(py, key, &name))
            return pc_error_at(PC_ERROR_CORRUPT, key, "the name of an attribute cannot be read");
        add(r, name, value);
    }
    if (there && dict.form != PC_DICT_ORDERED && dict.given != dict.used)
        return pc_error_at(PC_ERROR_CORRUPT, dict.entries, "a dict of %" PRIu64 " items has %" PRIu64, dict.used, dict.given);
    return NULL;
}

/* A member of an enum has its value under its own name. */
static void read_member_value(reader *r)
{
    const char *name = NULL;
    for (size_t i = 0; i < r->count; i++)
        if (!strcmp(r->items[i].name, "_name_"))
            name = r->items[i].value.repr.text;
    if (r->member_value)
        r->items[r->member_index].value = pc_value_read_named(r->walk, pc_redact_hides(r->walk, name) ? PC_REDACT_SECRET_NAME : NULL, r->member_value);
}

static const pc_attributes *read_attributes(pc_walk *walk, pc_addr object, const pc_type *type, const pc_slots *slots, bool hidden)
{
    uint64_t limit = walk->options.max_attributes;
    reader r = {.walk = walk, .hidden = hidden, .limit = limit && limit < PC_LIMIT_ATTRIBUTES ? limit : PC_LIMIT_ATTRIBUTES};
    if (slots->status != PC_STATUS_COMPLETE)
        failed(&r, object, type,
               pc_error_at(slots->status == PC_STATUS_CORRUPT ? PC_ERROR_CORRUPT : slots->status == PC_STATUS_TRUNCATED ? PC_ERROR_LIMIT : PC_ERROR_NOT_SAVED,
                           slots->error_address, "the slots of its class cannot be read whole"));
    pc_error *error = read_slots(&r, object, slots);
    if (error)
        failed(&r, object, type, error);
    error = read_dict(&r, object);
    if (error)
        failed(&r, object, type, error);
    read_member_value(&r);
    pc_attributes *attributes = PC_NEW(walk->arena, pc_attributes);
    *attributes = (pc_attributes){.count = r.count, .left_out = r.left_out, .status = r.status};
    attributes->items = pc_arena_array(walk->arena, r.count, sizeof(*r.items));
    if (r.count)
        memcpy(attributes->items, r.items, r.count * sizeof(*r.items));
    free(r.items);
    return attributes;
}

const pc_attributes *pc_attributes_of_named(pc_walk *walk, const char *name, pc_addr object)
{
    bool hidden = pc_redact_hides(walk, name);
    pc_map *attributes = hidden ? &walk->hidden_attributes : &walk->attributes;
    const pc_type *type;
    if (!object || !pc_ok(pc_type_of(walk->py, object, &type)))
        return NULL;
    const pc_slots *slots = pc_slots_of(walk->py, type);
    if (!can_have(walk->py, type, slots)) /* ints and texts are many: they are not kept for that */
        return NULL;
    const pc_attributes *known = pc_map_get(attributes, object);
    if (!known) {
        uint64_t share = pc_memory_begin_share(walk->py->memory, PC_LIMIT_VALUE_SHARE);
        known = read_attributes(walk, object, type, slots, hidden);
        pc_memory_end_share(walk->py->memory, share);
        pc_map_put(attributes, object, (void *)known);
    }
    return known;
}

const pc_attributes *pc_attributes_of(pc_walk *walk, pc_addr object)
{
    return pc_attributes_of_named(walk, NULL, object);
}

bool pc_value_is_bare(const pc_value *value)
{
    const char *text = value->repr.text, *blank = text && text[0] == '<' ? strchr(text, ' ') : NULL;
    /* 2.7's classic instances say "instance" */
    for (int way = 0; blank && way < 2; way++) {
        char end[64];
        snprintf(end, sizeof(end), way ? " instance at " PC_ADDR ">" : " object at " PC_ADDR ">", value->address);
        if (!strcmp(blank, end))
            return true;
    }
    return false;
}

void pc_attributes_of_arguments(pc_walk *walk, pc_frame *frame)
{
    if (walk->options.attributes != PC_ATTRIBUTES_BARE_ARGUMENTS)
        return;
    for (size_t i = 0; i < frame->local_count; i++) {
        pc_local *l = &frame->locals[i];
        if (l->is_number)
            continue;
        bool is_argument = l->kind == PC_LOCAL_ARGUMENT || (l->name && !strcmp(l->name, "self"));
        if (is_argument && pc_value_is_bare(l->value))
            l->attributes = pc_attributes_of_named(walk, l->name, l->value->address);
    }
}

static uint64_t hash_stack(const pc_thread *thread)
{
    uint64_t hash = PC_HASH_START ^ (uint64_t)thread->interpreter;
    for (size_t i = 0; i < thread->frame_count; i++) {
        const pc_place *at = thread->frames[i].place;
        hash = pc_hash_text(pc_hash_text(pc_hash_unit(hash, (uint64_t)at->position.line), at->name), at->filename);
    }
    return hash;
}

void pc_attributes_of_thread(pc_walk *walk, pc_thread *thread)
{
    if (walk->options.attributes != PC_ATTRIBUTES_BARE_ARGUMENTS)
        return;
    bool is_special = thread->crashed || thread->raised || thread->handled_count || thread->holds_gil == PC_TRUE;
    if (!is_special && !pc_map_add(&walk->stacks, hash_stack(thread)))
        return;
    for (size_t i = 0; i < thread->frame_count; i++)
        if (!thread->frames[i].only_ints)
            pc_attributes_of_arguments(walk, &thread->frames[i]);
}
