#include "walk/exception_details.h"

#include <string.h>

#include "walk/exception_text.h"
#include "walk/redact.h"

typedef enum how { OBJECT, INTEGER, INTEGER_UNLESS_MINUS_1 } how;

static const struct {
    const char *class, *name;
    pc_field field;
    how how;
} members[] = {
    {"OSError", "errno", PC_OSERROR_ERRNO, OBJECT},
    {"OSError", "strerror", PC_OSERROR_STRERROR, OBJECT},
    {"OSError", "filename", PC_OSERROR_FILENAME, OBJECT},
    {"OSError", "filename2", PC_OSERROR_FILENAME2, OBJECT},
    {"BlockingIOError", "characters_written", PC_OSERROR_WRITTEN, INTEGER_UNLESS_MINUS_1},
    {"SyntaxError", "msg", PC_SYNTAXERROR_MESSAGE, OBJECT},
    {"SyntaxError", "filename", PC_SYNTAXERROR_FILENAME, OBJECT},
    {"SyntaxError", "lineno", PC_SYNTAXERROR_LINE, OBJECT},
    {"SyntaxError", "offset", PC_SYNTAXERROR_OFFSET, OBJECT},
    {"SyntaxError", "end_lineno", PC_SYNTAXERROR_END_LINE, OBJECT},
    {"SyntaxError", "end_offset", PC_SYNTAXERROR_END_OFFSET, OBJECT},
    {"SyntaxError", "text", PC_SYNTAXERROR_TEXT, OBJECT},
    {"SyntaxError", "print_file_and_line", PC_SYNTAXERROR_PRINT_FILE, OBJECT},
    {"UnicodeError", "encoding", PC_UNICODEERROR_ENCODING, OBJECT},
    {"UnicodeError", "object", PC_UNICODEERROR_OBJECT, OBJECT},
    {"UnicodeError", "start", PC_UNICODEERROR_START, INTEGER},
    {"UnicodeError", "end", PC_UNICODEERROR_END, INTEGER},
    {"UnicodeError", "reason", PC_UNICODEERROR_REASON, OBJECT},
    {"StopIteration", "value", PC_STOPITERATION_VALUE, OBJECT},
    {"SystemExit", "code", PC_SYSTEMEXIT_CODE, OBJECT},
    {"ImportError", "msg", PC_IMPORTERROR_MESSAGE, OBJECT},
    {"ImportError", "name", PC_IMPORTERROR_NAME, OBJECT},
    {"ImportError", "path", PC_IMPORTERROR_PATH, OBJECT},
    {"ImportError", "name_from", PC_IMPORTERROR_NAME_FROM, OBJECT},
    {"NameError", "name", PC_NAMEERROR_NAME, OBJECT},
    {"AttributeError", "name", PC_ATTRIBUTEERROR_NAME, OBJECT},
    {"AttributeError", "obj", PC_ATTRIBUTEERROR_OBJECT, OBJECT},
};

/* UnicodeError itself has no members; 2.7 has one class more between OSError and its base. */
static bool has_class(pc_python *py, const pc_type *base, const char *class)
{
    if (!strcmp(class, "UnicodeError"))
        return pc_exception_type_is(py, base, "UnicodeDecodeError") || pc_exception_type_is(py, base, "UnicodeEncodeError") ||
               pc_exception_type_is(py, base, "UnicodeTranslateError");
    return pc_exception_type_is(py, base, class) || (!strcmp(class, "OSError") && pc_exception_type_is(py, base, "EnvironmentError"));
}

static const char *value_of(pc_walk *walk, pc_addr exception, size_t i, bool *ret_absent, bool *redacted)
{
    pc_python *py = walk->py;
    pc_addr object;
    int64_t number;
    *ret_absent = false;
    if (members[i].how == OBJECT) {
        if (!pc_ok(pc_field_uint(py, members[i].field, exception, &object)))
            return NULL;
        /* what was never set reads as None */
        return object ? pc_redact_value(walk, members[i].name, object, redacted).text : "None";
    }
    if (!pc_ok(pc_field_int(py, members[i].field, exception, &number)))
        return NULL;
    *ret_absent = members[i].how == INTEGER_UNLESS_MINUS_1 && number == -1;
    if (pc_redacts(py, PC_REDACT_ALL)) {
        *redacted = true;
        return "<int, redacted>";
    }
    return pc_arena_printf(walk->arena, "%" PRId64, number);
}

void pc_exception_details(pc_walk *walk, pc_exception *e, const pc_type *type)
{
    pc_python *py = walk->py;
    const pc_type *base = pc_exception_static_base(py, type);
    pc_detail found[PC_ARRAY_SIZE(members)];
    size_t count = 0;
    for (size_t i = 0; base && i < PC_ARRAY_SIZE(members); i++) {
        bool absent;
        if (!pc_has(py, members[i].field) || !has_class(py, base, members[i].class))
            continue;
        found[count].name = members[i].name;
        found[count].value = value_of(walk, e->address, i, &absent, &e->redacted);
        count += !absent;
    }
    if (!count)
        return;
    pc_detail *details = pc_arena_array(walk->arena, count, sizeof(*details));
    memcpy(details, found, count * sizeof(*details));
    e->details = details;
    e->detail_count = count;
}
