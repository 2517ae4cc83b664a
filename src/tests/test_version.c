/* What several places say of the version: which of it is told once the interpreter itself was read. */
#include <CUnit/CUnit.h>
#include <string.h>

#include "python/version.h"
#include "tests/check.h"
#include "tests/synth_python.h"
#include "tests/unit.h"

static size_t count_disagreements(const pc_diagnostics *list, const char *where)
{
    size_t count = 0;
    for (size_t i = 0; i < list->count; i++)
        count += !strcmp(list->items[i].code, "version-disagrees") && strstr(list->items[i].message, where);
    return count;
}

#define DEBUG_OFFSETS {.where = "_Py_DebugOffsets", .major = 3, .minor = 11, .micro = 7, .has_micro = true}
#define OTHER_OFFSETS {.where = "_Py_DebugOffsets", .major = 3, .minor = 12, .micro = 1, .has_micro = true}
#define OWN_PATH {.where = "its path", .major = 3, .minor = 9}
#define OTHERS_PATH {.where = "the path of a mapped file", .major = 3, .minor = 9}

/* sys.hexversion says 3.11.7; the file's constants say another version, or none. */
static void test_compare(void)
{
    static const struct {
        pc_version_claims claims;
        bool has_file;
        char constants[24];
        size_t offsets, path, file; /* how often each is told of */
    } rows[] = {
        {{.items = {DEBUG_OFFSETS}, .count = 1, .read = 1}, true, "x\0003.12.1\0y", 0, 0, 0}, /* not searched */
        {{.items = {OTHER_OFFSETS}, .count = 1, .read = 1}, true, "x\0003.12.1\0y", 1, 0, 1},
        {{.items = {OTHER_OFFSETS}, .count = 1, .read = 1}, true, "x\0003.11.7\0y", 1, 0, 0},
        {{.items = {OTHER_OFFSETS}, .count = 1, .read = 1}, true, "x\0003.12.1\0003.10.2\0", 1, 0, 0}, /* of two none counts */
        {{.items = {OTHER_OFFSETS}, .count = 1, .read = 1}, false, "", 1, 0, 0},
        {{.items = {DEBUG_OFFSETS, OWN_PATH}, .count = 2, .read = 1}, true, "x\0003.12.1\0y", 0, 1, 0},
        {{.items = {OTHER_OFFSETS, OWN_PATH}, .count = 2, .read = 1}, true, "x\0003.12.1\0y", 1, 1, 1},
        {{.items = {DEBUG_OFFSETS, OTHERS_PATH}, .count = 2, .read = 1}, true, "x\0003.12.1\0y", 0, 0, 0},
    };
    synth_build build;
    if (!synth_build_get(0, &build))
        return;
    for (size_t i = 0; i < PC_ARRAY_SIZE(rows); i++) {
        synth_python p;
        synth_python_init(&p, &build);
        check_context("row %zu", i);
        pc_python *py = synth_python_open(&p);
        char bytes[32] = {0};
        memcpy(bytes, rows[i].constants, sizeof(rows[i].constants));
        GElf_Phdr constants = {.p_type = PT_LOAD, .p_flags = PF_R, .p_filesz = sizeof(bytes)};
        pc_image image = {.file = {.fd = -1, .size = sizeof(bytes), .bytes = (const uint8_t *)bytes}, .segments = &constants, .segment_count = 1};
        pc_module module = {.raw_path = "/usr/bin/python3", .image = &image, .matches = PC_MATCH_YES};
        pc_version_claims claims = rows[i].claims;
        claims.unread = rows[i].has_file ? &module : NULL;
        py->hex_version = 0x030b07f0;
        pc_version_compare(py, &claims);
        CHECK_UINT(count_disagreements(py->diagnostics, "_Py_DebugOffsets says"), rows[i].offsets);
        CHECK_UINT(count_disagreements(py->diagnostics, "its path says"), rows[i].path);
        CHECK_UINT(count_disagreements(py->diagnostics, "the constants of its file says"), rows[i].file);
        CHECK_UINT(count_disagreements(py->diagnostics, ""), rows[i].offsets + rows[i].path + rows[i].file);
        synth_python_deinit(&p);
    }
}

void suite_version(void)
{
    CU_pSuite suite = CU_add_suite("version", NULL, NULL);
    CU_add_test(suite, "what disagrees", test_compare);
}
