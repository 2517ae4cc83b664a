/* Structs that carry the names in fields.def and members of the kinds that C has, so that this program's own debug
 * information tells where they are and the compiler says where they should be. They are nobody's: the order, the types
 * and what stands between are made up. */
#ifndef PC_TESTS_DWARF_SAMPLE_H
#define PC_TESTS_DWARF_SAMPLE_H

#include <stddef.h>
#include <stdint.h>

struct _typeobject;

/* an anonymous union in a struct with a tag and a typedef */
typedef struct _object {
    char before;
    union {
        long ob_refcnt;
        uint32_t halves[2];
    };
    struct _typeobject *ob_type;
} PyObject;

/* a typedef without a tag */
typedef struct {
    PyObject ob_base;
    ptrdiff_t ob_size;
} PyVarObject;

typedef uint16_t digit;

/* members of a named member */
struct _longobject {
    PyObject ob_base;
    struct {
        uintptr_t lv_tag;
        digit ob_digit[1];
    } long_value;
};

/* bit fields, one of them across a byte's end, in a named struct behind other members */
typedef struct {
    PyObject ob_base;
    short length;
    struct {
        unsigned int interned : 6;
        unsigned int kind : 5;
        unsigned int compact : 1;
        unsigned int : 3;
        unsigned int ascii : 1;
        unsigned int : 16;
    } state;
    void *const volatile wstr;
} PyASCIIObject;

/* a union is a pointer if that is what fields.def wants */
typedef struct {
    PyASCIIObject head;
    union {
        void *any;
        uint8_t *latin1;
    } data;
} PyUnicodeObject;

/* the second alternative of a path; a name that is there twice, at two depths */
typedef struct _PyInterpreterFrame {
    struct {
        void *previous;
    } other;
    char owner;
    void *f_code;
    void *previous;
    int localsplus[];
} _PyInterpreterFrame;

/* two levels of anonymous members, and a chain of typedefs and qualifiers */
typedef const long stage_one;
typedef volatile stage_one stage_two;
typedef stage_two locked_word;
struct _gil_runtime_state {
    long interval;
    struct {
        char pad;
        union {
            struct {
                void *last_holder;
            };
            long unused;
        };
    };
    locked_word locked;
};

struct _ts;

/* a nested path, and its alternative, which must not be taken */
typedef struct _is {
    struct _is *next;
    void *tstate_head;
    struct {
        uint64_t next_unique_id;
        struct _ts *head;
    } threads;
    int64_t id;
} PyInterpreterState;

/* what should be a pointer is none */
typedef struct _PyCFrame {
    uint16_t current_frame;
} _PyCFrame;

/* declared, never defined: `frame` knows nothing of it */
struct _frame;

typedef struct {
    PyObject ob_base;
    double ob_fval;
} PyFloatObject;

typedef struct {
    PyObject ob_base;
    struct {
        float pad;
        double real;
        double imag;
    } cval;
} PyComplexObject;

/* One of each, so that the compiler writes them all down. */
typedef struct dwarf_sample {
    PyVarObject var_object;
    struct _longobject long_object;
    PyASCIIObject ascii;
    PyUnicodeObject unicode;
    _PyInterpreterFrame *interpreter_frame;
    struct _gil_runtime_state gil;
    PyInterpreterState interpreter;
    _PyCFrame cframe;
    struct _frame *frame;
    PyFloatObject float_object;
    PyComplexObject complex_object;
} dwarf_sample;

extern dwarf_sample dwarf_sample_object;

#endif
