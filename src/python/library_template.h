/* The templates of library.def: what a __repr__ prints, as text with items in braces. Internal to library.c and the writers.
 *
 *   {class} {qualclass} {module}   type(self).__name__, __qualname__, __module__
 *   {id} {hexid}                   id(self), in decimal and as 0x...
 *   {default} {inner}              object.__repr__(self), and the same without its angle brackets
 *   {r PATH} {s PATH} {d PATH}     repr(), str(), %d of a value
 *   {+ PATH}                       %+d
 *   {x PATH}                       %#x
 *   {len PATH}                     len()
 *   {all PATH}                     repr() of a sequence's items, with ", " between them
 *   {kw PATH}                      name=repr of a dict's items
 *   {name PATH}                    __name__ of a class
 *   {call NAME}                    the text of another method, or property, whose row is a template
 *   {list PATH}                    list() of a list or deque
 *   {dict PATH}                    __dict__
 *   {typename PATH}                type(value).__name__, asked as value.__class__
 *   {fail}                         not known
 *   {? PATH}A{:}B{/}               A where the value is true, else B; {:}B may be left out
 *   {?! PATH}A{:}B{/}              where it is not None
 *   {?@ PATH}A{:}B{/}              where there is such an attribute
 *   {?= PATH N}A{:}B{/}            where it is that number
 *
 * PATH is a name or names with dots, from self; name() calls a method, and a method or a property must have a row itself that
 * begins with `=`: the path of its value, from its self. `#PATH` there is its length, `!PATH` its
 * negation, `?PATH` whether it is not None, a number itself.
 * An empty path is self. {{ and }} are braces. */
#ifndef PC_PYTHON_LIBRARY_TEMPLATE_H
#define PC_PYTHON_LIBRARY_TEMPLATE_H

#include "python/library.h"

/* False: some part is not known. */
bool pc_template_write(pc_library_call *call, const char *template);
bool pc_template_value(pc_writer *w, pc_addr self, const char *path, bool *ret_there, pc_value *ret_value);
bool pc_library_call_method(pc_writer *w, pc_addr object, const char *name, bool *ret_there, pc_value *ret_value);
/* Code that the library generates for one class, with as many fields as that has. */
bool pc_dataclass_repr_is(pc_python *py, pc_addr code);
extern const pc_library_row pc_dataclass_row;

#endif
