/* For the makers of synthetic cores, which check what they make by check.h: a failure here is a mistake of the target's. */
#include <stdarg.h>

#include "tests/check.h"
#include "tests/fuzz/fuzz.h"

void check_context(const char *format, ...)
{
    (void)format;
}

void check_true(bool is_true, const char *condition, const char *file, int line)
{
    if (!is_true)
        fuzz_fail(condition, file, line);
}

void check_text(const char *got, const char *wanted, const char *file, int line)
{
    (void)got;
    fuzz_fail(wanted, file, line);
}
