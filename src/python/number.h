/* Numbers and how repr() prints them. */
#ifndef PC_PYTHON_NUMBER_H
#define PC_PYTHON_NUMBER_H

#include "base/buffer.h"
#include "python/python.h"

/* A positive number's digits, without zeros at their end but at least one, and the power of ten of the first. */
#define PC_DIGITS 17 /* of a decimal that tells every double from its neighbours */
typedef struct pc_digits {
    char text[PC_DIGITS + 8];
    int count, exponent;
} pc_digits;
/* printf's "d.ddde+XX" taken apart */
pc_digits pc_digits_of(const char *text);
/* The fewest that still are this finite number, where `reads_back` says what a text is in a number of that width. */
typedef bool pc_reads_back(const char *text, double value, unsigned width);
pc_digits pc_digits_shortest(double value, pc_reads_back *reads_back, unsigned width);
/* 1.5e+16 */
void pc_digits_put_exponential(pc_buffer *buffer, const pc_digits *d);
/* The sign, which *value has lost then; true where that, or "nan" or "inf" after it, is all. */
bool pc_number_put_special(pc_buffer *buffer, double *value);

/* The shortest digits that give this double back, in the form of float.__repr__: "0.1", "1e+16", "-0.0", "nan". */
void pc_number_put_float(pc_buffer *buffer, double value);
/* As complex.__repr__ prints both. */
void pc_number_put_complex(pc_buffer *buffer, double real, double imag);

/* An int of any size (2.7: int and long) in decimal, without 2.7's L. *ret_digits is how many there are, for the limit that
 * newer interpreters have. Errors: also PC_ERROR_LIMIT for numbers beyond PC_LIMIT_INT_DIGITS. */
pc_error *pc_number_put_int(pc_python *py, pc_addr object, pc_buffer *buffer, size_t *ret_digits);
/* The same, but where the number has many more digits than `enough` only that many of the first ones, in time that does not
 * depend on how large it is, and *ret_digits is SIZE_MAX. */
pc_error *pc_number_put_int_begin(pc_python *py, pc_addr object, uint64_t enough, pc_buffer *buffer, size_t *ret_digits);
/* Whether the int (not 2.7's that has a C long), looked at as a PC_STRUCT_LONG, is sound and of at most 60 bits. */
bool pc_number_small(pc_python *py, const pc_view *object, int64_t *ret_value);
/* The bytes that hold the value. */
pc_error *pc_number_bytes(pc_python *py, pc_addr object, pc_addr *ret_first, uint64_t *ret_size);
/* The int's value where it fits in 64 bits: PC_ERROR_LIMIT where it does not. Negative ones as two's complement; a value of
 * 2^63 to 2^64-1 (thread ids) is taken too. */
pc_error *pc_number_uint64(pc_python *py, pc_addr object, uint64_t *ret_value);

#endif
