/* Objects in a made-up layout. */
#include <stdlib.h>
#include <string.h>

#include "tests/synth_python.h"

static uint64_t var_object(synth_python *p, const char *type, pc_struct_id id, uint64_t size, size_t extra)
{
    uint64_t object = synth_object(p, synth_type(p, type), id, extra);
    synth_set(p, PC_OB_SIZE, object, size);
    return object;
}

uint64_t synth_none(synth_python *p)
{
    if (!p->none)
        p->none = synth_object(p, synth_type(p, "NoneType"), PC_STRUCT_OBJECT, 0);
    return p->none;
}

static uint64_t put_long(synth_python *p, const char *type, bool negative, const uint32_t *digits, size_t count)
{
    size_t size = p->build.digit_size;
    uint64_t object = synth_object(p, synth_type(p, type), PC_STRUCT_LONG, count * size);
    if (synth_has(p, PC_LONG_TAG))
        synth_set(p, PC_LONG_TAG, object, count << 3 | (count == 0 ? 1 : negative ? 2 : 0));
    else
        synth_set(p, PC_OB_SIZE, object, negative ? 0 - (uint64_t)count : count);
    for (size_t i = 0; i < count; i++)
        synth_store(p, synth_field_at(p, PC_LONG_DIGITS, object) + i * size, digits[i], size);
    return object;
}

uint64_t synth_long(synth_python *p, bool negative, const uint32_t *digits, size_t count)
{
    return put_long(p, p->build.major == 2 ? "long" : "int", negative, digits, count);
}

static uint64_t put_int(synth_python *p, const char *type, int64_t value)
{
    if (p->build.major == 2) {
        uint64_t object = synth_object(p, synth_type(p, type), PC_STRUCT_INT, 0);
        synth_set(p, PC_OB_IVAL, object, (uint64_t)value);
        return object;
    }
    uint32_t digits[8];
    unsigned bits = p->build.digit_size == 4 ? 30 : 15;
    uint64_t left = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    size_t count = 0;
    for (; left; left >>= bits)
        digits[count++] = (uint32_t)(left & ((1u << bits) - 1));
    return put_long(p, type, value < 0, digits, count);
}

uint64_t synth_int(synth_python *p, int64_t value)
{
    return put_int(p, "int", value);
}

uint64_t synth_bool(synth_python *p, bool value)
{
    return put_int(p, "bool", value);
}

uint64_t synth_float(synth_python *p, double value)
{
    uint64_t bits, object = synth_object(p, synth_type(p, "float"), PC_STRUCT_FLOAT, 0);
    memcpy(&bits, &value, sizeof(bits));
    synth_set(p, PC_OB_FVAL, object, bits);
    return object;
}

uint64_t synth_str(synth_python *p, const char *ascii)
{
    size_t length = strlen(ascii);
    if (p->build.major == 2)
        return synth_bytes_object(p, ascii, length);
    uint32_t units[256];
    if (length > PC_ARRAY_SIZE(units))
        abort();
    for (size_t i = 0; i < length; i++)
        units[i] = (uint8_t)ascii[i];
    return synth_str_units(p, 1, true, true, units, length);
}

static void store_units(synth_python *p, uint64_t at, unsigned width, const uint32_t *units, size_t count)
{
    for (size_t i = 0; i < count; i++)
        synth_store(p, at + i * width, units[i], width);
}

uint64_t synth_str_units(synth_python *p, unsigned width, bool compact, bool ascii, const uint32_t *units, size_t count)
{
    pc_struct_id id = !compact ? PC_STRUCT_UNICODE : ascii ? PC_STRUCT_ASCII : PC_STRUCT_COMPACT_UNICODE;
    size_t size = (count + 1) * width;
    uint64_t object = synth_object(p, synth_type(p, "str"), id, compact ? size : 0);
    uint64_t data = compact ? object + synth_size(p, id) : synth_alloc(p, size);
    synth_set(p, PC_STR_LENGTH, object, count);
    synth_set(p, PC_STR_KIND, object, width);
    synth_set(p, PC_STR_COMPACT, object, compact);
    synth_set(p, PC_STR_ASCII, object, ascii);
    if (!compact)
        synth_set(p, PC_STR_DATA, object, data);
    store_units(p, data, width, units, count);
    return object;
}

uint64_t synth_unicode2(synth_python *p, const uint32_t *units, size_t count)
{
    unsigned width = p->build.unicode_unit;
    uint64_t object = synth_object(p, synth_type(p, "unicode"), PC_STRUCT_UNICODE, 0),
        data = synth_alloc(p, (count + 1) * width);
    synth_set(p, PC_UNICODE_LENGTH, object, count);
    synth_set(p, PC_UNICODE_STR, object, data);
    store_units(p, data, width, units, count);
    return object;
}

uint64_t synth_bytes_object(synth_python *p, const void *data, size_t size)
{
    uint64_t object = var_object(p, p->build.major == 2 ? "str" : "bytes", PC_STRUCT_BYTES, size, size + 1);
    synth_store_raw(p, synth_field_at(p, PC_OB_SVAL, object), data, size);
    return object;
}

static void store_pointers(synth_python *p, uint64_t at, const uint64_t *items, size_t count)
{
    for (size_t i = 0; i < count; i++)
        synth_store(p, at + i * p->word, items[i], p->word);
}

uint64_t synth_tuple(synth_python *p, const uint64_t *items, size_t count)
{
    uint64_t object = var_object(p, "tuple", PC_STRUCT_TUPLE, count, (count + 1) * p->word);
    store_pointers(p, synth_field_at(p, PC_TUPLE_ITEMS, object), items, count);
    return object;
}

uint64_t synth_list(synth_python *p, const uint64_t *items, size_t count)
{
    uint64_t object = var_object(p, "list", PC_STRUCT_LIST, count, 0), array = 0;
    if (count)
        array = synth_alloc(p, count * p->word);
    synth_set(p, PC_LIST_ITEMS, object, array);
    store_pointers(p, array, items, count);
    return object;
}

/* ---- dicts ---- */

static void store_entry(synth_python *p, uint64_t entry, bool unicode, uint64_t key, uint64_t value)
{
    synth_set(p, unicode ? PC_UNICODE_ME_KEY : PC_ME_KEY, entry, key);
    synth_set(p, unicode ? PC_UNICODE_ME_VALUE : PC_ME_VALUE, entry, value);
}

uint64_t synth_dict_keys(synth_python *p, unsigned log2_size, unsigned kind, const uint64_t *keys,
                         const uint64_t *values, size_t count)
{
    bool unicode = kind != SYNTH_KEYS_GENERAL && synth_has(p, PC_UNICODE_ME_KEY);
    size_t size = (size_t)1 << log2_size, index = size < 256 ? 1 : size < 65536 ? 2 : 4;
    size_t entry_size = synth_size(p, unicode ? PC_STRUCT_DICT_UNICODE_ENTRY : PC_STRUCT_DICT_ENTRY);
    uint64_t header = synth_field_at(p, PC_DK_INDICES, 0);
    uint64_t object = synth_alloc(p, header + size * index + size * entry_size);
    if (synth_has(p, PC_DK_SIZE)) {
        synth_set(p, PC_DK_SIZE, object, size);
    } else {
        synth_set(p, PC_DK_LOG2_SIZE, object, log2_size);
        synth_set(p, PC_DK_LOG2_INDEX_BYTES, object, log2_size + (index == 1 ? 0 : index == 2 ? 1 : 2));
        synth_set(p, PC_DK_KIND, object, kind);
    }
    synth_set(p, PC_DK_NENTRIES, object, count);
    /* -1: a free slot; the hash table itself is not looked at */
    uint64_t entries = object + header + size * index;
    for (uint64_t at = object + header; at < entries; at++)
        synth_store(p, at, 0xff, 1);
    for (size_t i = 0; i < count; i++)
        store_entry(p, entries + i * entry_size, unicode, keys[i], values ? values[i] : 0);
    return object;
}

uint64_t synth_dict_of(synth_python *p, uint64_t keys, uint64_t values, uint64_t used)
{
    uint64_t object = synth_object(p, synth_type(p, "dict"), PC_STRUCT_DICT, 0);
    synth_set(p, PC_MA_USED, object, used);
    synth_set(p, PC_MA_KEYS, object, keys);
    synth_set(p, PC_MA_VALUES, object, values);
    return object;
}

uint64_t synth_dict(synth_python *p, const uint64_t *keys, const uint64_t *values, size_t count)
{
    unsigned log2_size = 3;
    uint64_t used = 0;
    while (((size_t)1 << log2_size) * 2 / 3 < count)
        log2_size++;
    for (size_t i = 0; i < count; i++)
        used += keys[i] && values[i];
    if (p->build.major == 3)
        return synth_dict_of(p, synth_dict_keys(p, log2_size, SYNTH_KEYS_GENERAL, keys, values, count), 0, used);
    /* 2.7: the table's order is that of the hashes; every other slot is free here */
    size_t size = (size_t)2 << log2_size, entry_size = synth_size(p, PC_STRUCT_DICT_ENTRY);
    uint64_t object = synth_object(p, synth_type(p, "dict"), PC_STRUCT_DICT, 0),
        table = synth_alloc(p, size * entry_size);
    synth_set(p, PC_MA_USED, object, used);
    synth_set(p, PC_MA_MASK, object, size - 1);
    synth_set(p, PC_MA_TABLE, object, table);
    for (size_t i = 0; i < count; i++)
        store_entry(p, table + 2 * i * entry_size, false, keys[i], values[i]);
    return object;
}

uint64_t synth_dict_values(synth_python *p, const uint64_t *values, size_t capacity, const uint8_t *order, size_t count)
{
    uint64_t array = synth_field_at(p, PC_VALUES_VALUES, 0), object;
    if (synth_has(p, PC_VALUES_SIZE)) {
        object = synth_alloc(p, array + capacity * p->word + capacity);
        synth_set(p, PC_VALUES_CAPACITY, object, capacity);
        synth_set(p, PC_VALUES_SIZE, object, count);
        synth_set(p, PC_VALUES_VALID, object, 1);
        for (size_t i = 0; i < count; i++)
            synth_store(p, object + array + capacity * p->word + i, order[i], 1);
    } else {
        /* the prefix: its own size, how many there are, and their order, each before the last */
        size_t prefix = (capacity + 2 + p->word - 1) / p->word * p->word;
        object = synth_alloc(p, prefix + array + capacity * p->word) + prefix;
        synth_store(p, object - 1, prefix, 1);
        synth_store(p, object - 2, count, 1);
        for (size_t i = 0; i < count; i++)
            synth_store(p, object - 3 - i, order[i], 1);
    }
    store_pointers(p, object + array, values, capacity);
    return object;
}

uint64_t synth_set_of(synth_python *p, uint64_t type, const uint64_t *keys, const int64_t *hashes, size_t slots,
                      uint64_t used)
{
    size_t entry_size = synth_size(p, PC_STRUCT_SET_ENTRY);
    uint64_t object = synth_object(p, type, PC_STRUCT_SET, 0), table = synth_alloc(p, slots * entry_size);
    synth_set(p, PC_SET_USED, object, used);
    synth_set(p, PC_SET_MASK, object, slots - 1);
    synth_set(p, PC_SET_TABLE, object, table);
    for (size_t i = 0; i < slots; i++) {
        synth_set(p, PC_SET_KEY, table + i * entry_size, keys[i]);
        synth_set(p, PC_SET_HASH, table + i * entry_size, (uint64_t)hashes[i]);
    }
    return object;
}
