/* The table of fields, and layouts as such. */
#include <CUnit/CUnit.h>
#include <string.h>

#include "layout/layout.h"
#include "tests/check.h"
#include "tests/unit.h"

/* Alternatives separated by |, none of them empty; how many. */
static size_t alternatives(const char *list)
{
    size_t count = 0;
    for (const char *p = list;; p++) {
        size_t n = strcspn(p, "|");
        if (!n)
            return 0;
        count++;
        p += n;
        if (!*p)
            return count;
    }
}

static void test_table(void)
{
    size_t names = 0;
    for (size_t i = 0; i < PC_STRUCT_COUNT; i++) {
        const pc_struct_definition *d = &pc_struct_definitions[i];
        check_context("%s", d->id);
        CHECK(alternatives(d->names) > 0);
        CHECK(alternatives(d->units) > 0);
        CHECK(strstr(d->units, ".c") != NULL && strchr(d->units, ' ') == NULL && strchr(d->units, '/') == NULL);
        CHECK((unsigned)d->module < PC_MODULE_COUNT);
        names += alternatives(d->names);
        for (size_t k = 0; k < i; k++)
            if (!strcmp(d->names, pc_struct_definitions[k].names))
                CHECK(!"named once");
    }
    CHECK(names <= 4 * PC_STRUCT_COUNT); /* what the DWARF loader has room for */
    for (size_t i = 0; i < PC_FIELD_COUNT; i++) {
        const pc_field_definition *d = &pc_field_definitions[i];
        check_context("%s", d->id);
        CHECK(alternatives(d->path) > 0);
        /* below its struct, as the comment at the table's head says */
        CHECK(!i || d->owner >= pc_field_definitions[i - 1].owner);
        for (size_t k = 0; k < i; k++)
            if (d->owner == pc_field_definitions[k].owner && !strcmp(d->path, pc_field_definitions[k].path))
                CHECK(!"named once");
    }
    check_context("%s", "");
    CHECK(PC_FIELD_COUNT > 150);
}

static void test_presence(void)
{
    pc_layout layout;
    pc_layout_init(&layout);
    CHECK(!pc_layout_has(&layout, PC_OB_TYPE));
    CHECK(!pc_layout_has_module(&layout, PC_MODULE_INTERPRETER));
    /* at offset 0 and there is not the same as absent */
    layout.fields[PC_OB_TYPE] = (pc_field_place){.source = PC_SOURCE_DWARF, .size = 8, .path = "ob_type",
                                                 .path_length = 7};
    layout.structs[PC_STRUCT_OBJECT] = (pc_struct_place){.source = PC_SOURCE_DWARF, .size = 16};
    CHECK(pc_layout_has(&layout, PC_OB_TYPE));
    CHECK(!pc_layout_has(&layout, PC_OB_SIZE));
    CHECK(pc_layout_has_module(&layout, PC_MODULE_INTERPRETER));
    CHECK(!pc_layout_has_module(&layout, PC_MODULE_DATETIME));
    CHECK_TEXT(pc_layout_source_name(PC_SOURCE_DWARF), "dwarf");
    CHECK_TEXT(pc_layout_source_name(PC_SOURCE_NONE), "absent");
    pc_layout_deinit(&layout);
    pc_layout_deinit(NULL);
}

static void test_required(void)
{
    pc_layout layout;
    pc_layout_init(&layout);
    for (size_t i = 0; i < PC_FIELD_COUNT; i++)
        if (pc_field_definitions[i].required &&
            pc_struct_definitions[pc_field_definitions[i].owner].module == PC_MODULE_INTERPRETER)
            layout.fields[i].source = PC_SOURCE_DWARF;
    CHECK_SUCCESS(pc_layout_check_required(&layout, PC_MODULE_INTERPRETER));
    CHECK_ERROR(pc_layout_check_required(&layout, PC_MODULE_DATETIME), PC_ERROR_LAYOUT);
    layout.fields[PC_TP_FLAGS].source = PC_SOURCE_NONE;
    layout.fields[PC_TB_LASTI].source = PC_SOURCE_NONE;
    pc_error *error = pc_layout_check_required(&layout, PC_MODULE_INTERPRETER);
    CHECK_TEXT(error ? error->message : NULL,
               "2 required fields are not in it (PyTypeObject.tp_flags, PyTracebackObject.tb_lasti)");
    pc_error_destroy(error);
    pc_layout_deinit(&layout);
    pc_layout_init(&layout);
    error = pc_layout_check_required(&layout, PC_MODULE_INTERPRETER);
    size_t named = 0;
    for (const char *p = error ? error->message : ""; (p = strstr(p, ", ")); p++)
        named++;
    CHECK_UINT(named, 4); /* and "..." */
    CHECK(error && strstr(error->message, ", ...)"));
    pc_error_destroy(error);
}

static void test_print(void)
{
    pc_layout layout;
    PC_AUTO_BUFFER text = {0};
    size_t lines = 0;
    pc_layout_init(&layout);
    layout.structs[PC_STRUCT_ASCII] = (pc_struct_place){.source = PC_SOURCE_DWARF, .size = 48};
    layout.fields[PC_STR_KIND] = (pc_field_place){.source = PC_SOURCE_DWARF, .offset = 32, .size = 4, .shift = 2,
                                                  .bits = 3, .path = "state.kind|x", .path_length = 10};
    pc_layout_print(&layout, &text);
    for (const char *p = text.data; *p; p++)
        lines += *p == '\n';
    CHECK_UINT(lines, PC_STRUCT_COUNT + PC_FIELD_COUNT);
    CHECK(strstr(text.data, "struct PyASCIIObject ") && strstr(text.data, "size    48"));
    CHECK(strstr(text.data, "state.kind ") && strstr(text.data, "offset  32 size  4 bits     bits 3 at 2 dwarf\n"));
    CHECK(strstr(text.data, "  STR_LENGTH             length                   absent\n"));
    pc_layout_deinit(&layout);
}

void suite_layout(void)
{
    CU_pSuite suite = CU_add_suite("layout", NULL, NULL);
    CU_add_test(suite, "the table of fields", test_table);
    CU_add_test(suite, "presence", test_presence);
    CU_add_test(suite, "required fields", test_required);
    CU_add_test(suite, "as text", test_print);
}
