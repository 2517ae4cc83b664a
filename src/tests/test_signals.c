/* Names of signals and of their codes. */
#include <CUnit/CUnit.h>
#include <string.h>

#include "target/signals.h"
#include "tests/check.h"
#include "tests/unit.h"

static void test_names(void)
{
    static const struct {
        int number;
        const char *name;
    } rows[] = {
        {0, NULL}, {-1, NULL}, {1, "SIGHUP"}, {6, "SIGABRT"}, {7, "SIGBUS"}, {8, "SIGFPE"}, {9, "SIGKILL"},
        {11, "SIGSEGV"}, {15, "SIGTERM"},
        {31, "SIGSYS"}, {32, NULL}, {33, NULL}, {34, "SIGRTMIN"}, {35, "SIGRTMIN+1"}, {63, "SIGRTMIN+29"},
        {64, "SIGRTMAX"}, {65, NULL}, {INT32_MAX, NULL}, {INT32_MIN, NULL},
    };
    for (size_t i = 0; i < PC_ARRAY_SIZE(rows); i++) {
        check_context("signal %d", rows[i].number);
        CHECK_TEXT(pc_signal_name(rows[i].number), rows[i].name);
    }
    check_context("%s", "");
    for (int i = 1; i < 32; i++)
        for (int k = i + 1; k < 65; k++)
            if (pc_signal_name(k) && !strcmp(pc_signal_name(i), pc_signal_name(k)))
                CHECK(!"two signals of one name");
    CHECK_TEXT(pc_signal_name(17), "SIGCHLD");
}

static void test_codes(void)
{
    static const struct {
        int number, code;
        const char *name;
        bool has_meaning;
        pc_signal_origin origin;
    } rows[] = {
        {11, 1, "SEGV_MAPERR", true, PC_SIGNAL_FAULT}, {11, 2, "SEGV_ACCERR", true, PC_SIGNAL_FAULT},
        {7, 2, "BUS_ADRERR", true, PC_SIGNAL_FAULT},
        {8, 1, "FPE_INTDIV", true, PC_SIGNAL_FAULT}, {4, 1, "ILL_ILLOPC", true, PC_SIGNAL_FAULT},
        {11, 0, "SI_USER", false, PC_SIGNAL_SENT},
        {6, -6, "SI_TKILL", false, PC_SIGNAL_SENT}, {15, -1, "SI_QUEUE", false, PC_SIGNAL_SENT},
        {11, 0x80, "SI_KERNEL", true, PC_SIGNAL_OTHER},
        {14, -2, "SI_TIMER", true, PC_SIGNAL_OTHER},
        /* a code means something only with its signal */
        {6, 1, NULL, false, PC_SIGNAL_OTHER}, {11, 77, NULL, false, PC_SIGNAL_OTHER},
        {9, 2, NULL, false, PC_SIGNAL_OTHER}, {11, INT32_MIN, NULL, false, PC_SIGNAL_OTHER},
    };
    for (size_t i = 0; i < PC_ARRAY_SIZE(rows); i++) {
        check_context("signal %d, code %d", rows[i].number, rows[i].code);
        CHECK_TEXT(pc_signal_code_name(rows[i].number, rows[i].code), rows[i].name);
        CHECK_UINT(pc_signal_code_meaning(rows[i].number, rows[i].code) != NULL, rows[i].has_meaning);
        CHECK_UINT(pc_signal_code_origin(rows[i].number, rows[i].code), rows[i].origin);
    }
    check_context("%s", "");
}

void suite_signals(void)
{
    CU_pSuite suite = CU_add_suite("signals", NULL, NULL);
    CU_add_test(suite, "names", test_names);
    CU_add_test(suite, "codes", test_codes);
}
