/* Runs all suites of unit.h, or with arguments those of these names. */
#include "tests/unit.h"

#include <stdio.h>
#include <string.h>

#include <CUnit/Basic.h>

#include "base/types.h"

static const struct {
    const char *name;
    void (*add)(void);
} suites[] = {
#define UNIT_ROW(name) {#name, suite_##name},
    UNIT_SUITES(UNIT_ROW)
#undef UNIT_ROW
};

static bool is_wanted(const char *name, int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], name) == 0)
            return true;
    return argc <= 1;
}

int main(int argc, char **argv)
{
    if (CU_initialize_registry() != CUE_SUCCESS) {
        fprintf(stderr, "unit: %s\n", CU_get_error_msg());
        return 1;
    }
    for (size_t i = 0; i < PC_ARRAY_SIZE(suites); i++) {
        if (!is_wanted(suites[i].name, argc, argv))
            continue;
        suites[i].add();
        if (CU_get_error() != CUE_SUCCESS) {
            fprintf(stderr, "unit: %s: %s\n", suites[i].name, CU_get_error_msg());
            return 1;
        }
    }

    /* What it returns is no verdict: success, though assertions failed. */
    CU_basic_set_mode(CU_BRM_NORMAL);
    CU_basic_run_tests();
    unsigned run = CU_get_number_of_tests_run();
    unsigned failed = CU_get_number_of_tests_failed();
    unsigned skipped = CU_get_number_of_tests_inactive();
    /* A suite that cannot be set up counts as one failure: none of its tests ran. */
    unsigned broken = CU_get_number_of_suites_failed();
    bool good = CU_get_number_of_failures() == 0 && broken == 0 && run > 0;
    CU_cleanup_registry();
    printf("unit: %u passed, %u failed, %u skipped\n", run - failed, failed + broken, skipped);
    return good ? 0 : 1;
}
