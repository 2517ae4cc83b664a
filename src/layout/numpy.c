#include "layout/numpy.h"

#include <string.h>

static const struct {
    unsigned major;
    pc_field field;
    uint32_t offset, size;
} places[] = {
#define PC_NUMPY(major, field, offset, size) {major, PC_##field, offset, size},
#include "layout/numpy.def"
#undef PC_NUMPY
};

pc_error *pc_layout_from_numpy(pc_layout *layout, unsigned major, unsigned header, unsigned word)
{
    if ((major != 1 && major != 2) || word != 8)
        return pc_error_create(PC_ERROR_LAYOUT, "the objects of numpy %u with %u bits are not known", major, word * 8);
    for (size_t i = 0; i < PC_ARRAY_SIZE(places); i++) {
        if (places[i].major && places[i].major != major)
            continue;
        const pc_field_definition *definition = &pc_field_definitions[places[i].field];
        layout->structs[definition->owner].source = PC_SOURCE_TABLE;
        layout->fields[places[i].field] = (pc_field_place){.source = PC_SOURCE_TABLE, .offset = header + places[i].offset,
                                                          .size = places[i].size, .path = definition->path,
                                                          .path_length = strcspn(definition->path, "|")};
    }
    return NULL;
}
