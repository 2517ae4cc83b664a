/* Text objects: str of every storage kind (PEP 393), 2.7's unicode (UCS-2 and UCS-4) and str. */
#ifndef PC_PYTHON_STR_H
#define PC_PYTHON_STR_H

#include "base/buffer.h"
#include "python/python.h"

/* Where an object's code units are. */
typedef struct pc_str {
    pc_addr data;
    uint64_t length; /* units */
    unsigned width;  /* bytes of a unit */
    uint32_t max_unit; /* no unit can be larger */
    bool is_bytes;   /* 3's bytes and bytearray, 2.7's str: units are bytes, not code points */
    bool utf16;      /* 2.7, narrow build: surrogate pairs are one character */
} pc_str;

/* Of a str, unicode, bytes or bytearray, or a sub-class. The object's type is checked, the length is not: units may turn
 * out to be unreadable. */
pc_error *pc_str_open(pc_python *py, pc_addr object, pc_str *ret_str);

/* Units from first on into buffer, at most room of them; PC_ERROR_NOT_SAVED and so on if the first is not there. */
pc_error *pc_str_units(pc_python *py, const pc_str *str, uint64_t first, uint32_t *units, size_t room, size_t *ret_count);

/* C code reads text to the NUL that follows it: where something else does, the length is not the text's. PC_ERROR_CORRUPT then;
 * what cannot be read is not told. Not for bytearrays. */
pc_error *pc_str_check_end(pc_python *py, const pc_str *str);

/* The text as valid UTF-8 in py's arena (lone surrogates, and bytes of 2.7 that are not UTF-8, escaped), for names and
 * messages. False with *ret_text untouched where it cannot be read in full. */
bool pc_str_text(pc_python *py, pc_addr object, const char **ret_text);
/* The same of a name of the program's code, which is told whatever secrets it looks like. */
bool pc_str_name(pc_python *py, pc_addr object, const char **ret_text);
/* The same, appended; at most PC_LIMIT_STRING units. */
pc_error *pc_str_append(pc_python *py, pc_addr object, pc_buffer *buffer);
/* Of a value, what is not to be shown of it: secrets, and what a small core was blanked of. Replaces what the spans, of units,
 * had. A core that is being distilled is told to blank it. */
void pc_str_redactions(pc_python *py, const pc_str *str, pc_spans *spans);
/* Appends a value's text with marks in place of those; *ret_redacted where there are some. */
pc_error *pc_str_append_value(pc_python *py, pc_addr object, pc_buffer *buffer, bool *ret_redacted);
/* Whether the text is exactly this ASCII one. */
bool pc_str_equals(pc_python *py, pc_addr object, const char *ascii);
/* The same, of an object whose type is known, and of a text of so many characters. */
bool pc_str_equals_of(pc_python *py, pc_addr object, const struct pc_type *type, const char *ascii, size_t length);

#endif
