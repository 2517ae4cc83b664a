/* Times as people and scripts write them, for --filter and --new-since. */
#ifndef PC_SCAN_TIME_H
#define PC_SCAN_TIME_H

#include "base/error.h"

/* Microseconds since 1970 UTC. An ISO 8601 date (its midnight) or date and time ("2026-11-20T10:00", with seconds and a fraction
 * or without, "T" or a blank), UTC unless an offset stands behind it ("Z", "+01:00"); or how long ago, from now_us: "30m", "2h",
 * "3d", "1w", "90s", also "1d12h". Errors: PC_ERROR_FORMAT, with the text. */
pc_error *pc_time_parse(const char *text, int64_t now_us, int64_t *ret_us);

#endif
