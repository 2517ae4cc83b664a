/* Dicts and sets: their items in the order in which the interpreter iterates. */
#ifndef PC_PYTHON_DICT_H
#define PC_PYTHON_DICT_H

#include "python/python.h"

/* How the items are stored. */
typedef enum pc_dict_form {
    PC_DICT_TABLE,    /* 2.7: one hash table of entries */
    PC_DICT_COMBINED, /* 3.6: entries in the order of insertion */
    PC_DICT_SPLIT,    /* 3.3 to 3.10: shared keys, an array of values */
    PC_DICT_ORDERED,  /* 3.11: shared keys, values with the order of their insertion */
} pc_dict_form;

typedef struct pc_dict {
    pc_dict_form form;
    uint64_t used;    /* len(), as the object states it */
    uint64_t slots;   /* entries to look through */
    uint64_t next;
    uint64_t given;
    pc_addr entries;  /* keys, and values unless they are apart */
    uint64_t entry_size, key_offset, value_offset;
    pc_addr values;
    uint64_t key_count; /* PC_DICT_ORDERED: entries that the order may name */
    pc_addr order;    /* PC_DICT_ORDERED: where the first index is; 3.11, 3.12: the others stand before it */
    bool order_down;
    const uint8_t *ahead; /* entries that were looked at together: of the slots from `next` on */
    size_t ahead_count;
} pc_dict;

/* Of a dict or a sub-class. */
pc_error *pc_dict_open(pc_python *py, pc_addr dict, pc_dict *ret_dict);
/* The same, of an object whose type is known. */
pc_error *pc_dict_open_of(pc_python *py, pc_addr dict, const struct pc_type *type, pc_dict *ret_dict);
/* Whether the garbage collector leaves a dict (of no sub-class) alone: then all that is in it is of types that it has nothing to
 * do with, as numbers and texts are. False where that is not known. */
bool pc_dict_is_untracked(pc_python *py, pc_addr dict);
/* The attributes of an instance that has values but no dict (3.11). */
pc_error *pc_dict_open_values(pc_python *py, pc_addr keys, pc_addr values, pc_dict *ret_dict);
/* The next item; *ret_more is false when there is none. */
pc_error *pc_dict_next(pc_python *py, pc_dict *dict, bool *ret_more, pc_addr *ret_key, pc_addr *ret_value);
/* The value of a str key in a dict; an error where it cannot be known whether it is there. */
pc_error *pc_dict_get(pc_python *py, pc_addr dict, const char *key, bool *ret_there, pc_addr *ret_value);
/* The same, over what an opened dict still has. */
pc_error *pc_dict_get_in(pc_python *py, pc_dict *dict, const char *key, bool *ret_there, pc_addr *ret_value);
/* The value of a str key in a dict; false where it is not there or cannot be read: for what is better than nothing. */
bool pc_dict_find(pc_python *py, pc_addr dict, const char *key, pc_addr *ret_value);
/* The same, over what an opened dict still has. */
bool pc_dict_find_in(pc_python *py, pc_dict *dict, const char *key, pc_addr *ret_value);

typedef struct pc_set {
    pc_addr table;
    uint64_t used, slots, next, given;
} pc_set;

pc_error *pc_set_open(pc_python *py, pc_addr set, pc_set *ret_set);
pc_error *pc_set_next(pc_python *py, pc_set *set, bool *ret_more, pc_addr *ret_key);

/* The attributes of an instance, wherever they are kept; *ret_there is false if it has none. */
pc_error *pc_instance_open(pc_python *py, pc_addr object, bool *ret_there, pc_dict *ret_dict);
/* The same, of an object whose type is known. */
pc_error *pc_instance_open_of(pc_python *py, pc_addr object, const struct pc_type *type, bool *ret_there, pc_dict *ret_dict);
/* One attribute out of the instance's own ones; an error where it cannot be known whether it is there. */
pc_error *pc_instance_get(pc_python *py, pc_addr object, const char *name, bool *ret_there, pc_addr *ret_value);
/* The same; false where it is not there or cannot be read. */
bool pc_instance_find(pc_python *py, pc_addr object, const char *name, pc_addr *ret_value);
/* The dict of a module in sys.modules of an interpreter; false where it is not there or cannot be read. */
bool pc_module_names(pc_python *py, pc_addr interpreter, const char *name, pc_addr *ret_dict);

#endif
