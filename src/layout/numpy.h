/* The layout of numpy's objects, from numpy.def. */
#ifndef PC_LAYOUT_NUMPY_H
#define PC_LAYOUT_NUMPY_H

#include "layout/layout.h"

/* major: of numpy's version; header: size of an object's header. PC_ERROR_LAYOUT for versions that are not known. */
pc_error *pc_layout_from_numpy(pc_layout *layout, unsigned major, unsigned header, unsigned word);

#endif
