/* Types of extension modules whose structs pycore knows. Each extension has a layout of its own, from the DWARF of its own
 * file, which is loaded when the first of its types is met. */
#ifndef PC_PYTHON_EXTENSION_H
#define PC_PYTHON_EXTENSION_H

#include "python/type.h"

/* What a type made by C code that is none of the interpreter's builtins is: by its name, the module that it lies in (one made
 * from a spec: that its code lies in), and whether that module's layout can be had. PC_TYPE_OTHER if it is none of types.def;
 * a layout that is missing is a diagnostic, once. tp_name, address and heap of type are set. */
pc_kind pc_extension_kind(pc_python *py, const pc_type *type);

/* Whether an ELF file defines the module, by the symbols that it must have. */
bool pc_extension_is_in(pc_image *image, pc_layout_module module);

#endif
