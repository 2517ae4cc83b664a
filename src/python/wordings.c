#include "python/traits.h"

bool pc_traits_worded(const pc_traits *traits, pc_wording wording)
{
    static const struct {
        unsigned major, minor;
    } since[] = {
#define PC_WORDING(id, major, minor) {major, minor},
#include "python/wordings.def"
#undef PC_WORDING
    };
    return traits->major != since[wording].major ? traits->major > since[wording].major : traits->minor >= since[wording].minor;
}
