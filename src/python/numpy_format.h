/* How numpy prints numbers and times: the digits of its arrays and scalars. Knows no target. */
#ifndef PC_PYTHON_NUMPY_FORMAT_H
#define PC_PYTHON_NUMPY_FORMAT_H

#include "base/buffer.h"

/* NPY_DATETIMEUNIT of numpy/ndarraytypes.h. */
typedef enum pc_numpy_unit {
    PC_NUMPY_YEAR, PC_NUMPY_MONTH, PC_NUMPY_WEEK, PC_NUMPY_DAY = 4, PC_NUMPY_HOUR, PC_NUMPY_MINUTE, PC_NUMPY_SECOND, PC_NUMPY_MS,
    PC_NUMPY_US, PC_NUMPY_NS, PC_NUMPY_PS, PC_NUMPY_FS, PC_NUMPY_AS, PC_NUMPY_GENERIC
} pc_numpy_unit;
#define PC_NUMPY_NAT INT64_MIN

/* "D", "25s"; nothing for the generic one. False for a unit that there is not. */
bool pc_numpy_put_unit(pc_buffer *buffer, int64_t unit, int64_t number);
/* 2024-01-02T03:04:05.678, as far as the unit goes; NaT. False where it is not known. */
bool pc_numpy_put_datetime(pc_buffer *buffer, int64_t value, int64_t unit, int64_t number);

/* Widths of floating-point numbers, in bytes. */
#define PC_NUMPY_HALF 2
#define PC_NUMPY_SINGLE 4
#define PC_NUMPY_DOUBLE 8
double pc_numpy_half(uint16_t bits);

/* A scalar: the shortest digits that tell it from others of its width. by_width: narrow ones have exponents sooner (numpy 2.3);
 * point_zero: "1.0", not "1". */
void pc_numpy_put_float(pc_buffer *buffer, double value, unsigned width, bool by_width, bool point_zero);

/* How the numbers of an array are printed (FloatingFormat of numpy's arrayprint.py under its default options): all with the
 * point in one column. */
typedef struct pc_numpy_floats {
    unsigned width;
    bool exponents, plus; /* plus: imaginary parts show it */
    int pad_left, pad_right, precision, exponent_digits;
} pc_numpy_floats;

/* By the values that will be printed. by_width: as above; weak: limits are compared in the width of the
 * numbers (numpy 2). */
void pc_numpy_floats_init(pc_numpy_floats *floats, const double *values, size_t count, unsigned width, bool plus, bool by_width, bool weak);
void pc_numpy_floats_put(const pc_numpy_floats *floats, double value, pc_buffer *buffer);

#endif
