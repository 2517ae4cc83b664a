/* Layout tables as text: what is written is read back, and nothing else is. */
#include <CUnit/CUnit.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "layout/built_in.h"
#include "layout/tables.h"
#include "tests/check.h"
#include "tests/unit.h"

/* A table in which every field is there, each after the other. */
static void fill(pc_table *table, unsigned minor, bool debug)
{
    *table = (pc_table){.abi = {.major = 3, .minor = minor, .bits = 64, .debug = debug}};
    uint32_t at[PC_STRUCT_COUNT] = {0};
    pc_table_begin(table);
    for (size_t i = 0; i < PC_FIELD_COUNT; i++) {
        const pc_field_definition *d = &pc_field_definitions[i];
        pc_field_place *f = &table->layout->fields[i];
        *f = (pc_field_place){.source = PC_SOURCE_TABLE, .offset = at[d->owner], .size = 8, .path = d->path, .path_length = strcspn(d->path, "|")};
        if (d->kind == PC_KIND_BITS) {
            f->size = 1;
            f->bits = 3;
            f->shift = 2;
        }
        at[d->owner] += 8;
    }
    for (size_t i = 0; i < PC_STRUCT_COUNT; i++)
        table->layout->structs[i] = (pc_struct_place){.source = PC_SOURCE_TABLE, .size = at[i] + 8};
    for (int m = 0; m < PC_MODULE_COUNT; m++)
        table->modules[m] = true;
    char version[PC_TABLE_WORD];
    snprintf(version, sizeof(version), "3.%u.7", minor);
    pc_table_add_build(table, PC_MODULE_INTERPRETER, 7, version, "0123abcd", "here");
}

static void text_of(pc_buffer *text, unsigned minor, bool debug)
{
    pc_table table;
    fill(&table, minor, debug);
    pc_table_print(&table, text);
    pc_table_deinit(&table);
}

static void test_round_trip(void)
{
    PC_AUTO_BUFFER text = {0}, again = {0};
    text_of(&text, 11, true);
    pc_table table;
    CHECK_SUCCESS(pc_table_parse(text.data, text.length, "x.table", &table));
    pc_table_print(&table, &again);
    CHECK_TEXT(again.data, text.data);
    CHECK(table.abi.debug && !table.abi.free_threaded && table.abi.minor == 11 && table.abi.bits == 64);
    CHECK_UINT(table.layout->fields[PC_STR_KIND].bits, 3);
    CHECK_UINT(table.layout->fields[PC_TP_FLAGS].source, PC_SOURCE_TABLE);
    CHECK_TEXT(pc_layout_sources(table.layout), "table");
    table.layout->fields[PC_TP_FLAGS].source = PC_SOURCE_DWARF;
    CHECK_TEXT(pc_layout_sources(table.layout), "mixed");
    CHECK(pc_table_has_build(&table, PC_MODULE_INTERPRETER, "0123abcd"));
    CHECK(!pc_table_has_build(&table, PC_MODULE_INTERPRETER, "0123abce"));
    CHECK(!pc_table_has_build(&table, PC_MODULE_INTERPRETER, NULL));
    pc_table_deinit(&table);
    /* its head alone; absent fields, comments and empty lines */
    bool ended = false;
    CHECK_SUCCESS(pc_table_parse_head(text.data, text.length, "x.table", &ended, &table));
    CHECK(ended);
    CHECK_UINT(table.build_count, 1);
    CHECK(!table.modules[PC_MODULE_INTERPRETER]);
    pc_table_deinit(&table);
}

/* The text with one line, which begins so, replaced. */
static void with_line(const pc_buffer *text, const char *begin, const char *line, pc_buffer *ret_text)
{
    const char *at = strstr(text->data, begin), *end = at ? strchr(at, '\n') : NULL;
    CHECK(at != NULL);
    if (!end)
        return;
    pc_buffer_append(ret_text, text->data, (size_t)(at - text->data));
    pc_buffer_puts(ret_text, line);
    pc_buffer_puts(ret_text, end);
}

static void test_hostile(void)
{
    static const struct {
        const char *begin, *line;
    } cases[] = {
        {"pycore-layout", "pycore-layout 2"},
        {"pycore-layout", "#!/bin/sh"},
        {"python 3.11", "python 3.11"},
        {"python 3.11", "python 3.11.7 flags - word 64 order little"},
        {"python 3.11", "python 3.11 flags x word 64 order little"},
        {"python 3.11", "python 3.11 flags - word 128 order little"},
        {"python 3.11", "python 3.11 flags - word 64 order middle"},
        {"build ", "build interpreter 3.10.7 0123abcd here"},
        {"build ", "build interpreter 3.11.7 xyz here"},
        {"build ", "build interpreter 3.11.7"},
        {"build ", "  build interpreter 3.11.7 0123abcd here"},
        {"struct TYPE ", "struct TYPE PyTypeObject size -1"},
        {"struct TYPE ", "struct TYPE PyTypeObject size 99999999999999999999"},
        {"struct TYPE ", "struct TYPE PyTypeObject size 400000000"},
        {"struct TYPE ", "struct OBJECT PyObject size 24"}, /* twice */
        {"struct TYPE ", "structure TYPE PyTypeObject size 400"},
        {"  TP_FLAGS ", "  TP_FLAGS tp_flags offset 4000000000 size 8 unsigned"},
        {"  TP_FLAGS ", "  TP_FLAGS tp_flags offset 9999 size 8 unsigned"},
        {"  TP_FLAGS ", "  TP_FLAGS tp_flags offset 8 size 9 unsigned"},
        {"  TP_FLAGS ", "  TP_FLAGS tp_flags offset 8 size 0 unsigned"},
        {"  TP_FLAGS ", "  TP_FLAGS tp_flags offset 08 size 8 unsigned"},
        {"  TP_FLAGS ", "  TP_FLAGS tp_flags offset 8 size 8 pointer"},
        {"  TP_FLAGS ", "  TP_FLAGS tp_other offset 8 size 8 unsigned"},
        {"  TP_FLAGS ", "  TP_FLAGS tp_flags offset 8 size 8 bits 65 at 0"},
        {"  TP_FLAGS ", "  TP_FLAGS tp_flags offset 8 size 1 bits 3 at 6"},
        {"  TP_FLAGS ", "  TP_BASE tp_base offset 8 size 8 pointer"}, /* twice, and TP_FLAGS not at all */
        {"  TP_FLAGS ", "  TP_FLAGS tp_flags offset 8 size 8 unsigned unsigned"},
        {"  TP_FLAGS ", "  TP_FLAGS \033[31m"},
        {"  TP_FLAGS ", ""},
        {"struct SET ", "struct ABSENT x size 8"}, /* SET is not told of */
        {"module interpreter", "module nothing"},
        {"module datetime", "module interpreter"},
    };
    PC_AUTO_BUFFER text = {0};
    text_of(&text, 11, false);
    for (size_t i = 0; i < PC_ARRAY_SIZE(cases); i++) {
        PC_AUTO_BUFFER bad = {0};
        pc_table table;
        check_context("%s", cases[i].line);
        with_line(&text, cases[i].begin, cases[i].line, &bad);
        pc_error *error = pc_table_parse(bad.data, bad.length, "x.table", &table);
        if (!error && !strcmp(cases[i].line, "module nothing")) {
            /* a module of another pycore is passed over */
            CHECK(!table.modules[PC_MODULE_INTERPRETER]);
            pc_table_deinit(&table);
            continue;
        }
        if (!error)
            pc_table_deinit(&table);
        CHECK_ERROR(error, PC_ERROR_FORMAT);
    }
    /* cut anywhere, it is refused or a table; a line of a megabyte is refused */
    for (size_t n = 0; n < text.length; n += 97) {
        pc_table table;
        pc_error *error = pc_table_parse(text.data, n, "x.table", &table);
        check_context("%zu", n);
        if (!error)
            pc_table_deinit(&table);
        CHECK(error || n > strlen("pycore-layout 1"));
        pc_error_destroy(error);
    }
    check_context("%s", "");
    PC_AUTO_BUFFER big = {0};
    pc_buffer_puts(&big, "pycore-layout 1\n");
    for (int i = 0; i < 1 << 20; i++)
        pc_buffer_putc(&big, 'x');
    pc_table table;
    CHECK_ERROR(pc_table_parse(big.data, big.length, "x.table", &table), PC_ERROR_FORMAT);
    CHECK_ERROR(pc_table_read("/dev/zero", false, &table), PC_ERROR_IO);
    CHECK_ERROR(pc_table_read("/nonexistent/x.table", false, &table), PC_ERROR_IO);
}

static void write_file(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");
    CHECK(f != NULL);
    if (f) {
        fputs(text, f);
        fclose(f);
    }
}

/* What a person may do to a table that says the same. */
static void test_other_hands(void)
{
    PC_AUTO_BUFFER text = {0}, spaced = {0}, bare = {0};
    text_of(&text, 11, false);
    for (const char *p = text.data; *p; p++) {
        pc_buffer_putc(&spaced, *p);
        if (*p == ' ')
            pc_buffer_puts(&spaced, "  ");
        else if (*p == '\n')
            pc_buffer_puts(&spaced, "# a comment \033 of any bytes\n\n   # one more\n");
    }
    pc_buffer_append(&bare, text.data, text.length - 1); /* no newline at its end */
    const pc_buffer *const texts[] = {&spaced, &bare};
    for (size_t i = 0; i < PC_ARRAY_SIZE(texts); i++) {
        PC_AUTO_BUFFER again = {0};
        pc_table table;
        CHECK_SUCCESS(pc_table_parse(texts[i]->data, texts[i]->length, "x.table", &table));
        pc_table_print(&table, &again);
        CHECK_TEXT(again.data, text.data);
        pc_table_deinit(&table);
    }
    /* fields of a struct, structs of a module, in another order */
    PC_AUTO_BUFFER one = {0}, both = {0}, other = {0}, again = {0};
    const char *flags = strstr(text.data, "  TP_FLAGS ");
    CHECK(flags != NULL);
    if (!flags)
        return;
    pc_buffer_append(&one, flags, strcspn(flags, "\n"));
    with_line(&text, "  TP_FLAGS ", "# it comes later", &both);
    pc_buffer_printf(&one, "\n%.*s", (int)strcspn(strstr(text.data, "  TP_GETSET "), "\n"), strstr(text.data, "  TP_GETSET "));
    with_line(&both, "  TP_GETSET ", one.data, &other);
    pc_table table;
    CHECK_SUCCESS(pc_table_parse(other.data, other.length, "x.table", &table));
    pc_table_print(&table, &again);
    CHECK_TEXT(again.data, text.data);
    pc_table_deinit(&table);
}

/* A head is found whole, wherever the file is cut when its first piece is read. */
static void test_long_head(void)
{
    enum { BUILDS = 150 }; /* more than a first piece has */
    char path[] = "/tmp/pycore-table-XXXXXX";
    PC_AUTO_BUFFER text = {0}, before = {0}, builds = {0};
    int fd = mkstemp(path);
    CHECK(fd >= 0);
    close(fd);
    text_of(&text, 11, false);
    const char *module = strstr(text.data, "module ");
    pc_buffer_append(&before, text.data, (size_t)(module - text.data));
    for (int i = 0; i < BUILDS; i++)
        pc_buffer_printf(&builds, "build datetime 3.11.%d %040x there\n", i % 20, 1000 + i);
    for (size_t most = 8100; most < 8300; most++) {
        PC_AUTO_BUFFER file = {0};
        pc_table table;
        bool is_long = most % 7 == 0;
        check_context("%zu", most);
        pc_buffer_append(&file, before.data, before.length);
        if (is_long)
            pc_buffer_append(&file, builds.data, builds.length);
        pc_buffer_puts(&file, "#");
        while (file.length + 1 < most)
            pc_buffer_putc(&file, '-');
        pc_buffer_printf(&file, "\n%s", module);
        write_file(path, file.data);
        CHECK_SUCCESS(pc_table_read(path, true, &table));
        CHECK_UINT(table.build_count, is_long ? 1 + BUILDS : 1);
        CHECK(pc_table_has_build(&table, PC_MODULE_INTERPRETER, "0123abcd"));
        CHECK(pc_table_has_build(&table, PC_MODULE_DATETIME, "0000000000000000000000000000000000000477") == is_long);
        pc_table_deinit(&table);
    }
    /* one that is damaged behind the first piece is refused */
    PC_AUTO_BUFFER bad = {0};
    pc_table table;
    check_context("%s", "");
    pc_buffer_printf(&bad, "%s%sbuild datetime 3.10.1 0 there\n%s", before.data, builds.data, module);
    write_file(path, bad.data);
    CHECK_ERROR(pc_table_read(path, true, &table), PC_ERROR_FORMAT);
    write_file(path, "");
    CHECK_ERROR(pc_table_read(path, true, &table), PC_ERROR_FORMAT);
    unlink(path);
}

static void test_built_in(void)
{
    size_t count = 0;
    const char *path;
    for (; (path = pc_built_in_path(count)); count++) {
        pc_table table;
        char *text;
        size_t size;
        check_context("%s", path);
        const char *head;
        size_t head_size;
        CHECK_SUCCESS(pc_built_in_read(path, &text, &size));
        CHECK(size > 20 && !memcmp(text, "pycore-layout ", 14));
        CHECK_SUCCESS(pc_built_in_head(path, &head, &head_size));
        CHECK(head_size < size && !memcmp(head, text, head_size) && !memcmp(text + head_size, "module ", 7));
        free(text);
        CHECK_SUCCESS(pc_table_read(path, true, &table));
        size_t builds = table.build_count;
        pc_table_deinit(&table);
        CHECK_SUCCESS(pc_table_read(path, false, &table));
        CHECK(builds > 0);
        CHECK_UINT(table.build_count, builds);
        pc_table_deinit(&table);
        for (size_t i = 0; i < count; i++)
            CHECK(strcmp(pc_built_in_path(i), path) != 0);
    }
    check_context("%s", "");
    CHECK(count >= 25); /* each minor version, with debug builds and 32 bit */
    pc_table table;
    CHECK_ERROR(pc_table_read(PC_BUILT_IN "1.4-64.table", false, &table), PC_ERROR_IO);
}

static void test_versions(void)
{
    pc_abi abi = {0};
    CHECK(pc_abi_parse("3.11.7", &abi) && abi.major == 3 && abi.minor == 11 && abi.micro == 7 && !abi.debug);
    CHECK(pc_abi_parse("3.15.0a2dt", &abi) && abi.minor == 15 && !abi.micro && abi.debug && abi.free_threaded);
    CHECK(pc_abi_parse("2.7.18u4", &abi) && abi.unicode == 4);
    CHECK(pc_abi_parse("3.14.0rc1+", &abi));
    CHECK(!pc_abi_parse("3.11", &abi) && !pc_abi_parse("3.11.x", &abi) && !pc_abi_parse("", &abi) && !pc_abi_parse("3.11.7z", &abi));
    CHECK(!pc_abi_parse("99999999999.1.1", &abi));
}

static void put(const char *folder, const char *name, unsigned minor, bool debug)
{
    PC_AUTO_BUFFER path = {0}, text = {0};
    text_of(&text, minor, debug);
    pc_buffer_printf(&path, "%s/%s", folder, name);
    write_file(path.data, text.data);
}

static void drop(const char *folder, const char *name)
{
    PC_AUTO_BUFFER path = {0};
    pc_buffer_printf(&path, "%s/%s", folder, name);
    unlink(path.data);
}

static void test_choice(void)
{
    static const char *const names[] = {"a.table", "b.table", "c.table", "d.table", ".table", "e.txt"};
    char folder[] = "/tmp/pycore-unit-XXXXXX";
    pc_tables tables;
    CHECK_ERROR(pc_tables_open(&tables, "/nonexistent"), PC_ERROR_IO);
    CHECK(mkdtemp(folder) != NULL);
    put(folder, "a.table", 9, false);
    put(folder, "b.table", 11, true);
    put(folder, "c.table", 11, false);
    put(folder, "d.table", 13, false);
    put(folder, ".table", 12, false);
    put(folder, "e.txt", 12, false);
    CHECK_SUCCESS(pc_tables_open(&tables, folder));
    CHECK_UINT(tables.count, 4);
    pc_abi_hint hint = {.has_minor = true, .abi = {.major = 3, .minor = 11, .bits = 64}};
    size_t count;
    pc_table_choice *choices = pc_tables_choose(&tables, &hint, PC_MODULE_INTERPRETER, &count);
    CHECK_UINT(count, 4);
    /* of that version, the ordinary build first; then the neighbours */
    CHECK(strstr(choices[0].table->path, "/c.table") && choices[0].is_version && !choices[0].exact);
    CHECK(strstr(choices[1].table->path, "/b.table") && choices[1].is_version);
    CHECK(!choices[2].is_version);
    free(choices);
    hint.build_id = "0123abcd";
    choices = pc_tables_choose(&tables, &hint, PC_MODULE_INTERPRETER, &count);
    CHECK(choices[0].exact);
    free(choices);
    hint = (pc_abi_hint){.abi = {.bits = 32}};
    choices = pc_tables_choose(&tables, &hint, PC_MODULE_INTERPRETER, &count);
    CHECK_UINT(count, 0);
    free(choices);
    hint.abi.bits = 64;
    choices = pc_tables_choose(&tables, &hint, PC_MODULE_DATETIME, &count);
    CHECK_UINT(count, 0); /* no build says that it is of datetime */
    free(choices);
    pc_tables_deinit(&tables);
    for (size_t i = 0; i < PC_ARRAY_SIZE(names); i++)
        drop(folder, names[i]);
    CHECK(rmdir(folder) == 0);
}

static void put_text(const char *folder, const char *name, const char *text)
{
    PC_AUTO_BUFFER path = {0};
    pc_buffer_printf(&path, "%s/%s", folder, name);
    write_file(path.data, text);
}

/* A table of this build-id, else as text_of() makes it. */
static void put_build(const char *folder, const char *name, unsigned minor, const char *build_id)
{
    PC_AUTO_BUFFER text = {0}, own = {0}, line = {0};
    text_of(&text, minor, false);
    pc_buffer_printf(&line, "build interpreter 3.%u.7 %s here", minor, build_id);
    with_line(&text, "build ", line.data, &own);
    put_text(folder, name, own.data);
}

/* That the choices one by one are those of the list; the names of all but the first, which need not be read. */
static void check_choices(const char *folder, const char *build_id, unsigned minor, const char *first, unsigned read)
{
    pc_tables some, all;
    pc_abi_hint hint = {.build_id = build_id, .has_minor = true, .abi = {.major = 3, .minor = minor, .bits = 64}};
    pc_table_choices choices;
    pc_table_choice choice;
    size_t count, heads = 0;
    check_context("%s of 3.%u", build_id ? build_id : "none", minor);
    CHECK_SUCCESS(pc_tables_open(&some, folder));
    CHECK_SUCCESS(pc_tables_open(&all, folder));
    pc_table_choice *wanted = pc_tables_choose(&all, &hint, PC_MODULE_INTERPRETER, &count);
    pc_table_choices_begin(&choices, &some, &hint, PC_MODULE_INTERPRETER);
    for (size_t i = 0; i < some.count; i++)
        heads += some.items[i].abi.bits != 0;
    CHECK_UINT(heads, read);
    for (size_t i = 0; i < count; i++) {
        CHECK(pc_table_choices_next(&choices, &choice));
        CHECK_TEXT(choice.table->path, wanted[i].table->path);
        CHECK(i || strstr(choice.table->path, first));
        CHECK(choice.exact == wanted[i].exact && choice.is_version == wanted[i].is_version && choice.distance == wanted[i].distance);
    }
    CHECK(!pc_table_choices_next(&choices, &choice));
    pc_table_choices_end(&choices);
    free(wanted);
    pc_tables_deinit(&some);
    pc_tables_deinit(&all);
    check_context("%s", "");
}

/* Which table is taken does not depend on names, how many are read does. */
static void test_names(void)
{
    static const char *const names[] = {"3.9.2-64.table", "3.1.7-64.table", "3.11.0-64.table", "3.11.7-64.table", "3.13.0-64.table", "mine.table", "3.15.0-64.table"};
    char folder[] = "/tmp/pycore-unit-XXXXXX";
    CHECK(mkdtemp(folder) != NULL);
    put_build(folder, "3.9.2-64.table", 9, "0900");
    put_build(folder, "3.1.7-64.table", 1, "0100");
    put_build(folder, "3.11.0-64.table", 11, "1100");
    put_build(folder, "3.11.7-64.table", 11, "1107");
    put_build(folder, "3.13.0-64.table", 12, "1200"); /* misleads */
    put_build(folder, "mine.table", 14, "1400");
    put_text(folder, "3.15.0-64.table", "damaged");
    /* by its name and build-id: what stands before it in that version is read, too */
    check_choices(folder, "1100", 11, "/3.11.0-64.table", 1);
    check_choices(folder, "1107", 11, "/3.11.7-64.table", 2);
    check_choices(folder, "0100", 1, "/3.1.7-64.table", 1);
    check_choices(folder, "1400", 14, "/mine.table", 1);
    /* by its build-id alone */
    check_choices(folder, "1200", 12, "/3.13.0-64.table", 6);
    check_choices(folder, "1100", 13, "/3.11.0-64.table", 6);
    /* by neither */
    check_choices(folder, "abcd", 11, "/3.11.0-64.table", 6);
    check_choices(folder, "", 9, "/3.9.2-64.table", 6);
    check_choices(folder, NULL, 9, "/3.9.2-64.table", 6);
    /* of two of one build-id the first by name */
    put_build(folder, "mine.table", 11, "1107");
    check_choices(folder, "1107", 11, "/3.11.7-64.table", 2);
    for (size_t i = 0; i < PC_ARRAY_SIZE(names); i++)
        drop(folder, names[i]);
    CHECK(rmdir(folder) == 0);
}

/* What an older pycore did not know yet is taken from a table that agrees with all that it told. */
static void test_older(void)
{
    char folder[] = "/tmp/pycore-tables-XXXXXX";
    bool told[PC_FIELD_COUNT];
    pc_tables tables = {0};
    pc_table older;
    PC_AUTO_BUFFER newer = {0}, text = {0}, again = {0};
    text_of(&newer, 11, false);
    CHECK(mkdtemp(folder) != NULL);
    put(folder, "a.table", 11, false);
    CHECK_SUCCESS(pc_tables_open(&tables, folder));
    with_line(&newer, "  TP_GETSET ", "", &text);
    CHECK_ERROR(pc_table_parse(text.data, text.length, "x.table", &older), PC_ERROR_FORMAT);
    CHECK_SUCCESS(pc_table_parse_older(text.data, text.length, "x.table", told, &older));
    CHECK(!told[PC_TP_GETSET] && told[PC_TP_MEMBERS] && !older.layout->fields[PC_TP_GETSET].source);
    CHECK_SUCCESS(pc_tables_complete(&tables, told, &older));
    pc_table_print(&older, &again);
    CHECK_TEXT(again.data, newer.data);
    /* one that says otherwise of the rest is another build's */
    older.layout->fields[PC_TP_MEMBERS].offset -= 8;
    CHECK_ERROR(pc_tables_complete(&tables, told, &older), PC_ERROR_LAYOUT);
    older.layout->fields[PC_TP_MEMBERS].offset += 8;
    /* so is one of a debug build; a module that cannot be completed is dropped, if it is not the interpreter */
    older.abi.debug = true;
    CHECK_ERROR(pc_tables_complete(&tables, told, &older), PC_ERROR_LAYOUT);
    told[PC_TP_GETSET] = true;
    told[PC_DECIMAL_FLAGS] = false;
    CHECK_SUCCESS(pc_tables_complete(&tables, told, &older));
    CHECK(!older.modules[PC_MODULE_DECIMAL] && older.modules[PC_MODULE_INTERPRETER] && !older.layout->structs[PC_STRUCT_DECIMAL].source);
    pc_table_deinit(&older);
    pc_tables_deinit(&tables);
    drop(folder, "a.table");
    CHECK(rmdir(folder) == 0);
}

void suite_table(void)
{
    CU_pSuite suite = CU_add_suite("table", NULL, NULL);
    CU_add_test(suite, "written and read back", test_round_trip);
    CU_add_test(suite, "hostile text", test_hostile);
    CU_add_test(suite, "written by other hands", test_other_hands);
    CU_add_test(suite, "long heads", test_long_head);
    CU_add_test(suite, "those in the program", test_built_in);
    CU_add_test(suite, "versions and flags", test_versions);
    CU_add_test(suite, "which is tried first", test_choice);
    CU_add_test(suite, "misleading names", test_names);
    CU_add_test(suite, "one of an older pycore", test_older);
}
