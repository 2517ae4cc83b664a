/* What differs between CPython versions and shows in no layout: encodings, flags, wordings of repr(). One row per minor
 * version; the only place where a version number decides anything. */
#ifndef PC_PYTHON_TRAITS_H
#define PC_PYTHON_TRAITS_H

#include "python/bytecode.h"

typedef enum pc_line_format {
    PC_LINES_UNSIGNED,  /* co_lnotab, unsigned deltas: to 3.5 */
    PC_LINES_SIGNED,    /* co_lnotab, signed line deltas: 3.6 to 3.9 */
    PC_LINES_RANGES,    /* co_linetable of PEP 626: 3.10 */
    PC_LINES_LOCATIONS, /* co_linetable with columns, PEP 657: 3.11 */
} pc_line_format;

/* Where an instance whose class has Py_TPFLAGS_MANAGED_DICT keeps its attributes. */
typedef enum pc_managed_dict {
    PC_MANAGED_NONE,   /* to 3.10 */
    PC_MANAGED_BOTH,   /* 3.11: values 4 words before the object, dict 3 words before */
    PC_MANAGED_TAGGED, /* 3.12: one word 3 words before; its low bit says that it is values, minus 1 */
    PC_MANAGED_INLINE, /* 3.13: dict 3 words before; values behind the object if Py_TPFLAGS_INLINE_VALUES */
} pc_managed_dict;

/* How the traceback module prints where a SyntaxError is. */
typedef enum pc_syntax_error_form {
    PC_SYNTAX_ARGUMENTS, /* from its arguments, one caret, nothing without all four: to 2.7 */
    PC_SYNTAX_ALWAYS,    /* from its members, without a line, too: to 3.7 */
    PC_SYNTAX_STRIPPED,  /* without a line the file is behind the message: 3.8 */
    PC_SYNTAX_CARET,     /* white at the line's end stays: 3.9 */
    PC_SYNTAX_RANGE,     /* carets from offset to end_offset: 3.10 */
    PC_SYNTAX_CLAMPED,   /* and never beyond the line: 3.13 */
    PC_SYNTAX_COLUMNS,   /* below the columns that wide characters take: 3.15 */
} pc_syntax_error_form;

/* How a frame's slots (and its code) refer to objects. */
typedef enum pc_stack_references {
    PC_REFERENCES_PLAIN,  /* a pointer, NULL where nothing is: to 3.13 */
    PC_REFERENCES_TAGGED, /* _PyStackRef, 3.14: see pc_stack_reference() */
} pc_stack_references;

typedef struct pc_traits {
    unsigned major, minor;
    pc_line_format lines;
    unsigned lasti_unit; /* bytes that f_lasti and tb_lasti count in: 2 in 3.10's frames and tracebacks */
    pc_managed_dict managed_dict;
    pc_stack_references references;
    bool untracks_dicts; /* the garbage collector leaves dicts alone that hold nothing for it, and their links are 0: 3.8 to 3.13 */
    unsigned unicode_version; /* of str.isprintable(): major * 100 + minor */
    bool one_argument_comma;  /* repr of an exception: ValueError('x',) to 3.6 */
    bool bytearray_names_class; /* repr of a sub-class of bytearray: 3.7 */
    bool wrapper_shows_function; /* repr of classmethod and staticmethod: 3.10 */
    bool loaders_name_modules;   /* repr of a module asks its loader: to 3.11 */
    bool specs_before_loaders;   /* and does so only of one without a __spec__: 3.10 */
    bool namespace_shows_path;   /* repr of a namespace package ends with its path: 3.12 */
    bool timedelta_keywords;     /* repr of a timedelta: 3.7 */
    pc_syntax_error_form syntax_error;
    bool bytearray_quotes_as_bytes; /* repr of a bytearray: before, it escaped single quotes between double ones; 3.15 */
    bool zoneinfo_names_module;     /* repr of a sub-class of zoneinfo.ZoneInfo: 3.14 */
    int8_t generator_executing;     /* gi_frame_state of one that runs; below, it is suspended or has not begun (3.11) */
    bool object_descriptors_bare;   /* repr of a descriptor does not say that it is object's: 3.15 */
    bool pattern_names_template; /* repr of a compiled pattern: 3.3 to 3.12 */
    bool io_names_class;         /* repr of sub-classes of FileIO and TextIOWrapper: 3.13 */
} pc_traits;

typedef enum pc_wording {
#define PC_WORDING(id, major, minor) PC_WORDING_##id,
#include "python/wordings.def"
#undef PC_WORDING
} pc_wording;

/* Whether the version of these traits words something in the way that began with a version (wordings.def). */
bool pc_traits_worded(const pc_traits *traits, pc_wording wording);

/* NULL for a version that pycore does not know. */
const pc_traits *pc_traits_find(unsigned major, unsigned minor);
/* The same, but for one that is newer than all the last row that there is: what is read so has to be validated. */
const pc_traits *pc_traits_nearest(unsigned major, unsigned minor);

/* _PyStackRef: the low two bits are 0 or 1 for an object (1: its count does not include this reference), 2 for a pointer
 * that is none (3.15), 3 for a small int. With 1 and no address the slot is empty; with 0, it was never written. */

/* The object that a slot refers to, 0 where it is empty; false where it holds something else. */
static inline bool pc_stack_reference(pc_stack_references how, uint64_t bits, pc_addr *ret_object)
{
    if (how == PC_REFERENCES_TAGGED) {
        if (bits & 2)
            return false;
        bits &= ~UINT64_C(1);
    }
    *ret_object = bits;
    return true;
}
/* The small int that it holds; false where it holds something else. bits: those of a word of this many bytes. */
bool pc_stack_small_int(pc_stack_references how, uint64_t bits, unsigned word, int64_t *ret_value);

#endif
