#include "tests/check.h"

#include <CUnit/CUnit.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static char context[256];

void check_context(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(context, sizeof(context), format, args);
    va_end(args);
}

static void report(bool good, const char *file, int line, const char *format, ...) PC_PRINTF(4, 5);

static void report(bool good, const char *file, int line, const char *format, ...)
{
    char text[1024];
    va_list args;
    int length = context[0] && !good ? snprintf(text, sizeof(text), "[%s] ", context) : 0;
    va_start(args, format);
    vsnprintf(text + length, sizeof(text) - (size_t)length, format, args);
    va_end(args);
    CU_assertImplementation(good, (unsigned)line, text, file, "", CU_FALSE);
}

void check_text(const char *got, const char *wanted, const char *file, int line)
{
    bool good = got && wanted ? !strcmp(got, wanted) : got == wanted;
    report(good, file, line, "%s%s%s is not %s%s%s", got ? "\"" : "", got ? got : "NULL", got ? "\"" : "",
           wanted ? "\"" : "", wanted ? wanted : "NULL", wanted ? "\"" : "");
}

void check_uint(uint64_t got, uint64_t wanted, const char *file, int line)
{
    report(got == wanted, file, line, "%" PRIu64 " (0x%" PRIx64 ") is not %" PRIu64 " (0x%" PRIx64 ")", got, got,
           wanted, wanted);
}

void check_int(int64_t got, int64_t wanted, const char *file, int line)
{
    report(got == wanted, file, line, "%" PRId64 " is not %" PRId64, got, wanted);
}

void check_true(bool is_true, const char *condition, const char *file, int line)
{
    report(is_true, file, line, "%s", condition);
}

void check_success(pc_error *error, const char *file, int line)
{
    report(!error, file, line, "an error: %s", error ? error->message : "none");
    pc_error_destroy(error);
}

void check_error(pc_error *error, pc_error_code code, const char *file, int line)
{
    report(error && error->code == code, file, line, "%s is not %s (%s)", error ? pc_error_code_name(error->code)
           : "success",
           pc_error_code_name(code), error ? error->message : "");
    pc_error_destroy(error);
}
