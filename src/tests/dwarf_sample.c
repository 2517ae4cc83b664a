#include "tests/dwarf_sample.h"

dwarf_sample dwarf_sample_object;
