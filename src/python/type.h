/* An object's header and its type. A type is read once and kept; what it is for pycore follows from the builtin that it
 * is or inherits from, and whether its repr() is still that builtin's own from its tp_repr slot: sub-classes inherit
 * the pointer, a __repr__ written in Python or C replaces it. */
#ifndef PC_PYTHON_TYPE_H
#define PC_PYTHON_TYPE_H

#include "python/python.h"

typedef enum pc_kind {
    PC_TYPE_OTHER, /* object, or a base that pycore does not know */
    PC_TYPE_OBJECT,
    PC_TYPE_NONE,
    PC_TYPE_NOT_IMPLEMENTED,
    PC_TYPE_ELLIPSIS,
    PC_TYPE_BOOL,
    PC_TYPE_INT, /* 2.7's */
    PC_TYPE_LONG,
    PC_TYPE_FLOAT,
    PC_TYPE_COMPLEX,
    PC_TYPE_UNICODE, /* 3's str, 2.7's unicode */
    PC_TYPE_BYTES,   /* 3's bytes, 2.7's str */
    PC_TYPE_BYTEARRAY,
    PC_TYPE_TUPLE,
    PC_TYPE_LIST,
    PC_TYPE_DICT,
    PC_TYPE_SET,
    PC_TYPE_FROZENSET,
    PC_TYPE_RANGE, /* 2.7: xrange */
    PC_TYPE_SLICE,
    PC_TYPE_TYPE,
    PC_TYPE_FUNCTION,
    PC_TYPE_BUILTIN,
    PC_TYPE_METHOD,
    PC_TYPE_MODULE,
    PC_TYPE_CODE,
    PC_TYPE_CELL,
    PC_TYPE_GENERATOR,
    PC_TYPE_COROUTINE,
    PC_TYPE_ASYNC_GENERATOR,
    PC_TYPE_CLASSMETHOD,
    PC_TYPE_STATICMETHOD,
    PC_TYPE_PROPERTY,
    PC_TYPE_METHOD_DESCRIPTOR,
    PC_TYPE_SLOT_WRAPPER,
    PC_TYPE_GETSET_DESCRIPTOR,
    PC_TYPE_MEMBER_DESCRIPTOR,
    PC_TYPE_METHOD_WRAPPER,
    PC_TYPE_FRAME,
    PC_TYPE_TRACEBACK,
    PC_TYPE_EXCEPTION,
    PC_TYPE_CLASSIC_CLASS,
    PC_TYPE_CLASSIC_INSTANCE,
#define PC_TYPE(kind, module, names, writer) PC_TYPE_##kind,
#include "python/types.def"
#undef PC_TYPE
    PC_TYPE_COUNT
} pc_kind;

typedef enum pc_exception_repr { PC_EXCEPTION_ANY, PC_EXCEPTION_GROUP, PC_EXCEPTION_IMPORT } pc_exception_repr;

typedef struct pc_type {
    pc_addr address;
    pc_kind kind;            /* the innermost builtin among its bases that pycore knows: how its memory is laid out */
    pc_kind base_kind;       /* the kind that this one inherits from, as defaultdict does from dict; else the same */
    bool is_builtin;         /* it is that builtin itself */
    bool is_int;             /* it is the one that prints as digits only, without attributes: not 2.7's "long", and not a sub-class */
    bool heap;               /* made by a class statement or from a spec, not a static struct */
    bool named_by_dict;      /* tp_name is not saved, its name is from the dict of a module */
    bool from_spec;          /* made by C code (PyType_FromSpec) */
    bool repr_is_builtin;    /* repr() is that of `kind` */
    pc_exception_repr exception_repr; /* of an exception: which of the interpreter's own classes' it is */
    bool repr_is_default;    /* repr() is object's: <module.Class object at 0x...> */
    pc_addr base;            /* 0: none */
    const char *module;      /* NULL: not known */
    const char *qualname;    /* 2.7: the name */
    const char *tp_name;     /* as C code has it; NULL where it is not saved */
    const char *short_name;  /* tp_name after its last dot, which many reprs print */
    const char *full_name;   /* module.qualname, builtins bare; NULL where the name is not known */
    uint64_t flags;
    int64_t basic_size, item_size, dict_offset;
} pc_type;

/* The module that defines the static type at the address, or NULL. That is where it lies, but for those of a library that an
 * executable which is not position-independent refers to: the dynamic linker has moved them into the executable (copy
 * relocations), and their names stayed. */
pc_module *pc_type_home(pc_python *py, pc_addr type);
/* Where C code that belongs to the type lies: its module's file is mapped there. The first of a few slots that is set;
 * 0 where none is. */
pc_addr pc_type_code(pc_python *py, const pc_type *type);

#define PC_TPFLAGS_INLINE_VALUES (UINT64_C(1) << 2) /* 3.13 */
#define PC_TPFLAGS_MANAGED_DICT (UINT64_C(1) << 4)  /* 3.11 */
#define PC_TPFLAGS_HEAPTYPE (UINT64_C(1) << 9)
#define PC_TPFLAGS_READY (UINT64_C(1) << 12)
#define PC_TPFLAGS_BASE_EXC_SUBCLASS (UINT64_C(1) << 30)
#define PC_TPFLAGS_TYPE_SUBCLASS (UINT64_C(1) << 31)

/* The type at an address, checked to be one. Owned by py; PC_ERROR_CORRUPT where it cannot be a type. */
pc_error *pc_type_read(pc_python *py, pc_addr address, const pc_type **ret_type);
/* The type of the object at address. */
pc_error *pc_type_of(pc_python *py, pc_addr object, const pc_type **ret_type);
/* Where the type at the address would stand if it was asked for lately. */
static inline const pc_type **pc_type_recent(pc_python *py, pc_addr address)
{
    return &py->recent_types[(address >> 4 ^ address >> 10) % PC_RECENT_TYPES];
}
/* pc_type_of() of what is looked at as a whole. */
static inline pc_error *pc_type_of_view(pc_python *py, const pc_view *object, const pc_type **ret_type)
{
    pc_addr address = 0;
    if (object->bytes && pc_ok(pc_view_uint(py, object, PC_OB_TYPE, &address))) {
        const pc_type *type = *pc_type_recent(py, address);
        if (type && type->address == address) {
            *ret_type = type;
            return NULL;
        }
    }
    return pc_type_of(py, object->address, ret_type);
}
/* The same, and its kind must be this one or inherit from it: PC_ERROR_CORRUPT if not. */
pc_error *pc_expect(pc_python *py, pc_addr object, pc_kind kind);
/* Whether the object is there and its kind is this one or inherits from it. */
bool pc_is(pc_python *py, pc_addr object, pc_kind kind);
/* What str() of an object of this type is. */
typedef enum pc_str_rule {
    PC_STR_IS_REPR,    /* object's: it calls repr() */
    PC_STR_IS_BUILTIN, /* that of the builtin that is the type's kind */
    PC_STR_IS_OTHER,   /* code of somebody else's, or not known */
} pc_str_rule;
pc_str_rule pc_type_str_rule(pc_python *py, const pc_type *type);
/* Whether the slot (a tp_ field) of the type is that of the builtin it is or inherits from: no class on the way has replaced it. */
bool pc_type_inherits_slot(pc_python *py, const pc_type *type, pc_field slot);
/* The classes of its method resolution order, itself first: an array of pointers. */
pc_error *pc_type_mro(pc_python *py, const pc_type *type, pc_addr *ret_items, uint64_t *ret_count);
/* ob_size, checked not to be negative. */
pc_error *pc_var_size(pc_python *py, pc_addr object, uint64_t *ret_size);
/* A tuple's items, an array of pointers, and how many there are; PC_ERROR_CORRUPT where it is none. */
pc_error *pc_tuple_open(pc_python *py, pc_addr tuple, pc_addr *ret_items, uint64_t *ret_count);
static inline bool pc_is_python2(const pc_python *py)
{
    return pc_has(py, PC_UNICODE_STR);
}

#endif
