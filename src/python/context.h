/* Contexts (3.7, PEP 567): the values that context variables have in one. */
#ifndef PC_PYTHON_CONTEXT_H
#define PC_PYTHON_CONTEXT_H

#include "python/python.h"

/* Calls for each variable that has a value in the context, in no order that means anything. An error where the map of them
 * is damaged or not known: calls may have been made by then. */
pc_error *pc_context_each(pc_python *py, pc_addr context, void (*call)(void *argument, pc_addr variable, pc_addr value), void *argument);

#endif
