#include "python/dict.h"

#include <string.h>

#include "base/limits.h"
#include "python/str.h"
#include "python/type.h"

#define AHEAD 16 /* entries that are looked at together: most dicts have fewer */

static pc_error *corrupt(pc_addr address, const char *what)
{
    return pc_error_at(PC_ERROR_CORRUPT, address, "the %s at " PC_ADDR " cannot be one", what, address);
}

static pc_error *open_table(pc_python *py, pc_addr object, pc_dict *dict)
{
    int64_t mask;
    PC_TRY(pc_field_int(py, PC_MA_MASK, object, &mask));
    PC_TRY(pc_field_uint(py, PC_MA_TABLE, object, &dict->entries));
    if (mask < 0 || mask >= PC_LIMIT_TABLE_SLOTS || (mask & (mask + 1)))
        return corrupt(object, "dict");
    dict->form = PC_DICT_TABLE;
    dict->slots = (uint64_t)mask + 1;
    dict->entry_size = pc_size_of(py, PC_STRUCT_DICT_ENTRY);
    dict->key_offset = py->layout->fields[PC_ME_KEY].offset;
    dict->value_offset = py->layout->fields[PC_ME_VALUE].offset;
    return NULL;
}

/* The keys object: a header, the hash table of indices, then the entries. */
static pc_error *open_keys(pc_python *py, pc_addr keys, pc_dict *dict)
{
    uint64_t size, index_bytes, kind = 0;
    int64_t count;
    const pc_view view = pc_view_of(py, PC_STRUCT_DICT_KEYS, keys);
    PC_TRY(pc_view_int(py, &view, PC_DK_NENTRIES, &count));
    if (pc_has(py, PC_DK_LOG2_SIZE)) {
        uint64_t log2_size, log2_index_bytes;
        PC_TRY(pc_view_uint(py, &view, PC_DK_LOG2_SIZE, &log2_size));
        PC_TRY(pc_view_uint(py, &view, PC_DK_LOG2_INDEX_BYTES, &log2_index_bytes));
        PC_TRY(pc_view_uint(py, &view, PC_DK_KIND, &kind));
        if (log2_size > 40 || log2_index_bytes > 43 || kind > 2)
            return corrupt(keys, "dict's keys");
        size = UINT64_C(1) << log2_size;
        index_bytes = UINT64_C(1) << log2_index_bytes;
    } else {
        PC_TRY(pc_view_uint(py, &view, PC_DK_SIZE, &size));
        if (size > UINT64_C(1) << 40)
            return corrupt(keys, "dict's keys");
        index_bytes = size * (size <= 0xff ? 1 : size <= 0xffff ? 2 : size <= 0xffffffff ? 4 : 8);
    }
    if (count < 0 || (uint64_t)count > size || count > PC_LIMIT_TABLE_SLOTS)
        return corrupt(keys, "dict's keys");
    pc_addr indices;
    PC_TRY(pc_field_address(py, PC_DK_INDICES, keys, &indices));
    PC_TRY(pc_element(indices, 1, index_bytes, &dict->entries));
    /* kind 0 is general: entries with their hash; 1 unicode and 2 split: without (3.11) */
    bool with_hash = kind == 0;
    dict->entry_size = pc_size_of(py, with_hash ? PC_STRUCT_DICT_ENTRY : PC_STRUCT_DICT_UNICODE_ENTRY);
    dict->key_offset = py->layout->fields[with_hash ? PC_ME_KEY : PC_UNICODE_ME_KEY].offset;
    dict->value_offset = py->layout->fields[with_hash ? PC_ME_VALUE : PC_UNICODE_ME_VALUE].offset;
    dict->form = PC_DICT_COMBINED;
    dict->slots = (uint64_t)count;
    if (!dict->entry_size)
        return pc_error_at(PC_ERROR_LAYOUT, keys, "this build has no dict entries of kind %" PRIu64, kind);
    return NULL;
}

/* values is the struct that holds them; 3.11 and 3.12 keep how many there are, and in which order they came, in the bytes
 * before it; 3.13 in its fields and behind it. */
static pc_error *open_ordered(pc_python *py, pc_addr values, pc_dict *dict)
{
    uint64_t count;
    PC_TRY(pc_field_address(py, PC_VALUES_VALUES, values, &dict->values));
    if (pc_has(py, PC_VALUES_SIZE)) {
        uint64_t capacity;
        PC_TRY(pc_field_uint(py, PC_VALUES_SIZE, values, &count));
        PC_TRY(pc_field_uint(py, PC_VALUES_CAPACITY, values, &capacity));
        PC_TRY(pc_element(dict->values, capacity, py->word, &dict->order));
        if (count > capacity)
            return corrupt(values, "dict's values");
        dict->order_down = false;
    } else {
        if (values < 8)
            return corrupt(values, "dict's values");
        PC_TRY(pc_memory_uint(py->memory, values - 2, 1, &count));
        dict->order = values - 3;
        dict->order_down = true;
    }
    dict->form = PC_DICT_ORDERED;
    dict->key_count = dict->slots; /* of the keys object, which was opened first */
    dict->slots = count;
    dict->used = count;
    return NULL;
}

pc_error *pc_dict_open_values(pc_python *py, pc_addr keys, pc_addr values, pc_dict *ret_dict)
{
    pc_dict dict = {0};
    PC_TRY(open_keys(py, keys, &dict));
    PC_TRY(open_ordered(py, values, &dict));
    *ret_dict = dict;
    return NULL;
}

pc_error *pc_dict_open(pc_python *py, pc_addr object, pc_dict *ret_dict)
{
    const pc_type *type;
    PC_TRY(pc_type_of(py, object, &type));
    return pc_dict_open_of(py, object, type, ret_dict);
}

pc_error *pc_dict_open_of(pc_python *py, pc_addr object, const pc_type *type, pc_dict *ret_dict)
{
    pc_dict dict = {0};
    int64_t used;
    if (type->kind != PC_TYPE_FROZEN_DICT && type->kind != PC_TYPE_DICT)
        PC_TRY(pc_expect(py, object, PC_TYPE_DICT));
    const pc_view view = pc_view_of(py, PC_STRUCT_DICT, object);
    PC_TRY(pc_view_int(py, &view, PC_MA_USED, &used));
    if (pc_has(py, PC_MA_TABLE)) {
        PC_TRY(open_table(py, object, &dict));
    } else {
        pc_addr keys, values;
        PC_TRY(pc_view_uint(py, &view, PC_MA_KEYS, &keys));
        PC_TRY(pc_view_uint(py, &view, PC_MA_VALUES, &values));
        PC_TRY(open_keys(py, keys, &dict));
        if (values && pc_has(py, PC_VALUES_VALUES)) {
            PC_TRY(open_ordered(py, values, &dict));
        } else if (values) {
            dict.form = PC_DICT_SPLIT;
            dict.values = values;
        }
    }
    if (used < 0 || (uint64_t)used > dict.slots)
        return corrupt(object, "dict");
    dict.used = (uint64_t)used;
    *ret_dict = dict;
    return NULL;
}

bool pc_dict_is_untracked(pc_python *py, pc_addr object)
{
    pc_addr values;
    if (!py->traits || !py->traits->untracks_dicts || pc_is_free_threaded(py) || object < 2 * py->word)
        return false;
    /* PyGC_Head stands before the object. Values that an instance shares with its dict may come without the dict being told. */
    const uint8_t *links = pc_memory_near(py->memory, object - 2 * py->word, 2 * py->word + pc_size_of(py, PC_STRUCT_DICT));
    if (!links || pc_load_uint_at_once(links, py->word, py->memory->big_endian))
        return false;
    const pc_view view = {.address = object, .bytes = links + 2 * py->word, .size = pc_size_of(py, PC_STRUCT_DICT)};
    return pc_ok(pc_view_uint(py, &view, PC_MA_VALUES, &values)) && !values;
}

static __attribute__((noinline)) pc_error *read_slot(pc_python *py, const pc_dict *dict, uint64_t slot, pc_addr *ret_key, pc_addr *ret_value)
{
    pc_addr entry;
    uint64_t index = slot;
    if (dict->form == PC_DICT_ORDERED) {
        pc_addr at = dict->order_down ? dict->order - slot : dict->order + slot;
        PC_TRY(pc_memory_uint(py->memory, at, 1, &index));
        if (index >= dict->key_count)
            return corrupt(dict->values, "dict's values");
    }
    PC_TRY(pc_element(dict->entries, index, dict->entry_size, &entry));
    PC_TRY(pc_memory_pointer(py->memory, entry + dict->key_offset, ret_key));
    if (dict->form == PC_DICT_SPLIT || dict->form == PC_DICT_ORDERED)
        return pc_pointer_at(py, dict->values, index, ret_value);
    return pc_memory_pointer(py->memory, entry + dict->value_offset, ret_value);
}

/* Looks at some entries together, if keys and values lie in them; each costs as much work as it would by itself. */
static __attribute__((noinline)) bool look_ahead(pc_python *py, pc_dict *dict)
{
    uint64_t left = dict->slots - dict->next, whole = left < AHEAD ? left : AHEAD, there;
    uint64_t furthest = dict->key_offset > dict->value_offset ? dict->key_offset : dict->value_offset;
    pc_addr at = 0;
    /* what is taken down is what was wanted, and not what lies between */
    if ((dict->form != PC_DICT_COMBINED && dict->form != PC_DICT_TABLE) || py->memory->touched || furthest + py->word > dict->entry_size ||
        !pc_ok(pc_element(dict->entries, dict->next, dict->entry_size, &at)))
        return false;
    const uint8_t *bytes = pc_memory_at_once(py->memory, at, whole * dict->entry_size);
    if (!bytes) {
        bytes = pc_memory_span(py->memory, at, whole * dict->entry_size, &there);
        whole = bytes ? there / dict->entry_size : 0;
    }
    if (!whole || !pc_memory_spend(py->memory, whole - 1))
        return false;
    dict->ahead = bytes;
    dict->ahead_count = (size_t)whole;
    return true;
}

static pc_error *next_slot(pc_python *py, pc_dict *dict, pc_addr *ret_key, pc_addr *ret_value)
{
    if (!dict->ahead_count && !look_ahead(py, dict))
        return read_slot(py, dict, dict->next, ret_key, ret_value);
    *ret_key = pc_load_uint_at_once(dict->ahead + dict->key_offset, py->word, py->memory->big_endian);
    *ret_value = pc_load_uint_at_once(dict->ahead + dict->value_offset, py->word, py->memory->big_endian);
    dict->ahead += dict->entry_size;
    dict->ahead_count--;
    return NULL;
}

pc_error *pc_dict_next(pc_python *py, pc_dict *dict, bool *ret_more, pc_addr *ret_key, pc_addr *ret_value)
{
    while (dict->next < dict->slots && dict->given < dict->used) {
        pc_addr key, value;
        PC_TRY(next_slot(py, dict, &key, &value));
        dict->next++;
        if (!key || !value)
            continue; /* deleted, or never used */
        dict->given++;
        *ret_key = key;
        *ret_value = value;
        *ret_more = true;
        return NULL;
    }
    *ret_more = false;
    return NULL;
}

pc_error *pc_dict_get_in(pc_python *py, pc_dict *dict, const char *name, bool *ret_there, pc_addr *ret_value)
{
    size_t length = strlen(name);
    for (;;) {
        bool more;
        pc_addr key, value;
        const pc_type *type;
        PC_TRY(pc_dict_next(py, dict, &more, &key, &value));
        if (!more) {
            if (dict->form != PC_DICT_ORDERED && dict->given != dict->used)
                return corrupt(dict->entries, "dict's table");
            *ret_there = false;
            return NULL;
        }
        PC_TRY(pc_type_of(py, key, &type));
        if (pc_str_equals_of(py, key, type, name, length)) {
            *ret_there = true;
            *ret_value = value;
            return NULL;
        }
    }
}

pc_error *pc_dict_get(pc_python *py, pc_addr object, const char *name, bool *ret_there, pc_addr *ret_value)
{
    pc_dict dict;
    PC_TRY(pc_dict_open(py, object, &dict));
    return pc_dict_get_in(py, &dict, name, ret_there, ret_value);
}

bool pc_dict_find_in(pc_python *py, pc_dict *dict, const char *name, pc_addr *ret_value)
{
    size_t length = strlen(name);
    for (;;) {
        bool more;
        pc_addr key, value;
        const pc_type *type;
        if (!pc_ok(pc_dict_next(py, dict, &more, &key, &value)) || !more)
            return false;
        if (pc_ok(pc_type_of(py, key, &type)) && pc_str_equals_of(py, key, type, name, length)) {
            *ret_value = value;
            return true;
        }
    }
}

bool pc_dict_find(pc_python *py, pc_addr object, const char *name, pc_addr *ret_value)
{
    pc_dict dict;
    return object && pc_ok(pc_dict_open(py, object, &dict)) && pc_dict_find_in(py, &dict, name, ret_value);
}

bool pc_module_names(pc_python *py, pc_addr interpreter, const char *name, pc_addr *ret_dict)
{
    pc_addr modules, module;
    return pc_ok(pc_field_uint(py, PC_IS_MODULES, interpreter, &modules)) && pc_dict_find(py, modules, name, &module) &&
           pc_is(py, module, PC_TYPE_MODULE) && pc_ok(pc_field_uint(py, PC_MD_DICT, module, ret_dict));
}

pc_error *pc_set_open(pc_python *py, pc_addr object, pc_set *ret_set)
{
    pc_set set = {0};
    int64_t used, mask;
    PC_TRY(pc_field_int(py, PC_SET_USED, object, &used));
    PC_TRY(pc_field_int(py, PC_SET_MASK, object, &mask));
    PC_TRY(pc_field_uint(py, PC_SET_TABLE, object, &set.table));
    if (mask < 0 || mask >= PC_LIMIT_TABLE_SLOTS || (mask & (mask + 1)) || used < 0 || used > mask + 1)
        return corrupt(object, "set");
    set.used = (uint64_t)used;
    set.slots = (uint64_t)mask + 1;
    *ret_set = set;
    return NULL;
}

/* A deleted entry holds a dummy. In 3 its hash is -1, which no object has. In 2.7 it is a str "<dummy key>" and the entry
 * keeps the hash of what was deleted. */
static pc_error *is_dummy(pc_python *py, pc_addr entry, pc_addr key, bool *ret_dummy)
{
    int64_t hash, own;
    PC_TRY(pc_field_int(py, PC_SET_HASH, entry, &hash));
    if (!pc_is_python2(py)) {
        *ret_dummy = hash == -1;
        return NULL;
    }
    *ret_dummy = pc_is(py, key, PC_TYPE_BYTES) && pc_str_equals(py, key, "<dummy key>") &&
                 pc_ok(pc_field_int(py, PC_OB_SHASH, key, &own)) && own != hash;
    return NULL;
}

pc_error *pc_set_next(pc_python *py, pc_set *set, bool *ret_more, pc_addr *ret_key)
{
    while (set->next < set->slots && set->given < set->used) {
        pc_addr entry, key;
        bool dummy;
        PC_TRY(pc_element(set->table, set->next, pc_size_of(py, PC_STRUCT_SET_ENTRY), &entry));
        PC_TRY(pc_field_uint(py, PC_SET_KEY, entry, &key));
        set->next++;
        if (!key)
            continue;
        PC_TRY(is_dummy(py, entry, key, &dummy));
        if (dummy)
            continue;
        set->given++;
        *ret_key = key;
        *ret_more = true;
        return NULL;
    }
    *ret_more = false;
    return NULL;
}

/* Py_TPFLAGS_MANAGED_DICT: see pc_managed_dict. */
static pc_error *open_managed(pc_python *py, pc_addr object, const pc_type *type, bool *ret_there, pc_dict *ret_dict)
{
    pc_addr dict = 0, values = 0, keys;
    /* without the GIL there is no header of the garbage collector in between */
    unsigned distance = pc_is_free_threaded(py) ? 1 : 3;
    if (object < 4 * py->word)
        return corrupt(object, "object");
    PC_TRY(pc_memory_pointer(py->memory, object - distance * py->word, &dict));
    switch (py->traits->managed_dict) {
    case PC_MANAGED_BOTH:
        PC_TRY(pc_memory_pointer(py->memory, object - 4 * py->word, &values));
        break;
    case PC_MANAGED_TAGGED:
        if (dict & 1) {
            values = dict + 1;
            dict = 0;
        }
        break;
    case PC_MANAGED_INLINE:
        if (!dict && (type->flags & PC_TPFLAGS_INLINE_VALUES)) {
            uint64_t valid;
            pc_addr at;
            PC_TRY(pc_element(object, 1, (uint64_t)type->basic_size, &at));
            PC_TRY(pc_field_uint(py, PC_VALUES_VALID, at, &valid));
            values = valid ? at : 0;
        }
        break;
    case PC_MANAGED_NONE:
        return corrupt(object, "object");
    }
    *ret_there = dict || values;
    if (dict)
        return pc_dict_open(py, dict, ret_dict);
    if (!values)
        return NULL;
    PC_TRY(pc_field_uint(py, PC_HT_CACHED_KEYS, type->address, &keys));
    return pc_dict_open_values(py, keys, values, ret_dict);
}

pc_error *pc_instance_open(pc_python *py, pc_addr object, bool *ret_there, pc_dict *ret_dict)
{
    const pc_type *type;
    PC_TRY(pc_type_of(py, object, &type));
    return pc_instance_open_of(py, object, type, ret_there, ret_dict);
}

pc_error *pc_instance_open_of(pc_python *py, pc_addr object, const pc_type *type, bool *ret_there, pc_dict *ret_dict)
{
    pc_addr at, dict;
    if (type->kind == PC_TYPE_CLASSIC_INSTANCE) {
        PC_TRY(pc_field_uint(py, PC_IN_DICT, object, &dict));
    } else if (py->traits && py->traits->managed_dict != PC_MANAGED_NONE && (type->flags & PC_TPFLAGS_MANAGED_DICT)) {
        return open_managed(py, object, type, ret_there, ret_dict);
    } else if (!type->dict_offset) {
        *ret_there = false;
        return NULL;
    } else if (type->dict_offset > 0) {
        PC_TRY(pc_element(object, 1, (uint64_t)type->dict_offset, &at));
        PC_TRY(pc_memory_pointer(py->memory, at, &dict));
    } else {
        /* from the end of an object of variable size, which is rounded up to a word */
        int64_t items;
        PC_TRY(pc_field_int(py, PC_OB_SIZE, object, &items));
        uint64_t count = items < 0 ? 0 - (uint64_t)items : (uint64_t)items, size;
        if (type->item_size < 0 || type->basic_size < 0 || __builtin_mul_overflow(count, (uint64_t)type->item_size, &size))
            return corrupt(object, "object");
        size = (size + (uint64_t)type->basic_size + py->word - 1) / py->word * py->word;
        uint64_t back = 0 - (uint64_t)type->dict_offset;
        if (back > size)
            return corrupt(object, "object");
        PC_TRY(pc_element(object, 1, size - back, &at));
        PC_TRY(pc_memory_pointer(py->memory, at, &dict));
    }
    *ret_there = dict != 0;
    return dict ? pc_dict_open(py, dict, ret_dict) : NULL;
}

pc_error *pc_instance_get(pc_python *py, pc_addr object, const char *name, bool *ret_there, pc_addr *ret_value)
{
    pc_dict dict;
    bool there;
    PC_TRY(pc_instance_open(py, object, &there, &dict));
    if (there)
        return pc_dict_get_in(py, &dict, name, ret_there, ret_value);
    *ret_there = false;
    return NULL;
}

bool pc_instance_find(pc_python *py, pc_addr object, const char *name, pc_addr *ret_value)
{
    pc_dict dict;
    bool there;
    return pc_ok(pc_instance_open(py, object, &there, &dict)) && there && pc_dict_find_in(py, &dict, name, ret_value);
}
