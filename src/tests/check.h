/* Assertions that say what they found, and where in a test's loops they were. */
#ifndef PC_TESTS_CHECK_H
#define PC_TESTS_CHECK_H

#include "base/error.h"

/* Which of many combinations is being tested: shown with a failure. Empty the context at the end of the loop. */
void check_context(const char *format, ...) PC_PRINTF(1, 2);

void check_text(const char *got, const char *wanted, const char *file, int line);
void check_uint(uint64_t got, uint64_t wanted, const char *file, int line);
void check_int(int64_t got, int64_t wanted, const char *file, int line);
void check_true(bool is_true, const char *condition, const char *file, int line);
/* NULL is wanted; the error is destroyed. */
void check_success(pc_error *error, const char *file, int line);
/* An error of this code is wanted; it is destroyed. */
void check_error(pc_error *error, pc_error_code code, const char *file, int line);

#define CHECK_TEXT(got, wanted) check_text((got), (wanted), __FILE__, __LINE__) /* either may be NULL */
#define CHECK_UINT(got, wanted) check_uint((uint64_t)(got), (uint64_t)(wanted), __FILE__, __LINE__)
#define CHECK_INT(got, wanted) check_int((int64_t)(got), (int64_t)(wanted), __FILE__, __LINE__)
#define CHECK(condition) check_true((condition), #condition, __FILE__, __LINE__)
#define CHECK_SUCCESS(error) check_success((error), __FILE__, __LINE__)
#define CHECK_ERROR(error, code) check_error((error), (code), __FILE__, __LINE__)

#endif
