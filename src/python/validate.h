/* Whether a layout is that of the interpreter in the core, judged by the core itself. The lists and the types are checked when
 * the interpreter is attached (runtime.h); here what a layout of a near version would get wrong: sizes of types, code and
 * function objects, modules, frames, what sys says of the build. */
#ifndef PC_PYTHON_VALIDATE_H
#define PC_PYTHON_VALIDATE_H

#include "python/python.h"

/* An error tells the first thing that contradicts the layout. What the core has not saved contradicts nothing, but where too
 * little could be looked at nothing is proven, which is an error too. abi: what the layout claims to be for, or NULL.
 * any_version: a layout of another minor version may do. */
pc_error *pc_validate_layout(pc_python *py, const pc_abi *abi, bool any_version);

#endif
