/* The contexts of decimal arithmetic: repr() of a number with an exponent prints E or e as the context of the thread that asks has it. */
#ifndef PC_PYTHON_DECIMAL_CONTEXT_H
#define PC_PYTHON_DECIMAL_CONTEXT_H

#include "python/python.h"

/* The letter that every thread of every interpreter would print: 'E' or 'e', 0 where they differ or that cannot be known.
 * in_python: of the module written in Python, which keeps contexts of its own. Read once, kept in py. */
char pc_decimal_letter(pc_python *py, bool in_python);

#endif
