#include "python/validate.h"

#include <string.h>

#include "base/limits.h"
#include "python/code.h"
#include "python/dict.h"
#include "python/number.h"
#include "python/str.h"
#include "python/type.h"

typedef enum size_rule {
    WHOLE,   /* tp_basicsize is the struct's size */
    FIELD,   /* it is where the field of items begins */
    FIELD_1, /* and one byte for a NUL */
} size_rule;

/* What tp_basicsize of a type is, by the name that builtins or the types module has for it. */
static const struct size_row {
    const char *name;
    pc_struct_id owner;
    size_rule rule;
    pc_field field;
} sizes[] = {
    {"object", PC_STRUCT_OBJECT, WHOLE, 0},
    {"type", PC_STRUCT_HEAP_TYPE, WHOLE, 0},
    {"long", PC_STRUCT_LONG, FIELD, PC_LONG_DIGITS},
    {"float", PC_STRUCT_FLOAT, WHOLE, 0},
    {"complex", PC_STRUCT_COMPLEX, WHOLE, 0},
    {"bytearray", PC_STRUCT_BYTEARRAY, WHOLE, 0},
    {"unicode", PC_STRUCT_UNICODE, WHOLE, 0},
    {"tuple", PC_STRUCT_TUPLE, FIELD, PC_TUPLE_ITEMS},
    {"list", PC_STRUCT_LIST, WHOLE, 0},
    {"dict", PC_STRUCT_DICT, WHOLE, 0},
    {"set", PC_STRUCT_SET, WHOLE, 0},
    {"frozenset", PC_STRUCT_SET, WHOLE, 0},
    {"range", PC_STRUCT_RANGE, WHOLE, 0},
    {"xrange", PC_STRUCT_RANGE, WHOLE, 0},
    {"slice", PC_STRUCT_SLICE, WHOLE, 0},
    {"property", PC_STRUCT_PROPERTY, WHOLE, 0},
    {"classmethod", PC_STRUCT_CLASSMETHOD, WHOLE, 0},
    {"staticmethod", PC_STRUCT_STATICMETHOD, WHOLE, 0},
    {"BaseException", PC_STRUCT_EXCEPTION, WHOLE, 0},
    {"Exception", PC_STRUCT_EXCEPTION, WHOLE, 0},
    {"ArithmeticError", PC_STRUCT_EXCEPTION, WHOLE, 0},
    {"AssertionError", PC_STRUCT_EXCEPTION, WHOLE, 0},
    {"BufferError", PC_STRUCT_EXCEPTION, WHOLE, 0},
    {"DeprecationWarning", PC_STRUCT_EXCEPTION, WHOLE, 0},
    {"EOFError", PC_STRUCT_EXCEPTION, WHOLE, 0},
    {"FloatingPointError", PC_STRUCT_EXCEPTION, WHOLE, 0},
    {"GeneratorExit", PC_STRUCT_EXCEPTION, WHOLE, 0},
    {"IndexError", PC_STRUCT_EXCEPTION, WHOLE, 0},
    {"KeyError", PC_STRUCT_EXCEPTION, WHOLE, 0},
    {"KeyboardInterrupt", PC_STRUCT_EXCEPTION, WHOLE, 0},
    {"LookupError", PC_STRUCT_EXCEPTION, WHOLE, 0},
    {"MemoryError", PC_STRUCT_EXCEPTION, WHOLE, 0},
    {"NotImplementedError", PC_STRUCT_EXCEPTION, WHOLE, 0},
    {"OverflowError", PC_STRUCT_EXCEPTION, WHOLE, 0},
    {"ReferenceError", PC_STRUCT_EXCEPTION, WHOLE, 0},
    {"RuntimeError", PC_STRUCT_EXCEPTION, WHOLE, 0},
    {"RuntimeWarning", PC_STRUCT_EXCEPTION, WHOLE, 0},
    {"SystemError", PC_STRUCT_EXCEPTION, WHOLE, 0},
    {"TypeError", PC_STRUCT_EXCEPTION, WHOLE, 0},
    {"UnicodeError", PC_STRUCT_EXCEPTION, WHOLE, 0},
    {"UserWarning", PC_STRUCT_EXCEPTION, WHOLE, 0},
    {"ValueError", PC_STRUCT_EXCEPTION, WHOLE, 0},
    {"Warning", PC_STRUCT_EXCEPTION, WHOLE, 0},
    {"ZeroDivisionError", PC_STRUCT_EXCEPTION, WHOLE, 0},
    {"BaseExceptionGroup", PC_STRUCT_EXCEPTION_GROUP, WHOLE, 0},
    {"OSError", PC_STRUCT_OS_ERROR, WHOLE, 0},
    {"PermissionError", PC_STRUCT_OS_ERROR, WHOLE, 0},
    {"FileNotFoundError", PC_STRUCT_OS_ERROR, WHOLE, 0},
    {"ImportError", PC_STRUCT_IMPORT_ERROR, WHOLE, 0},
    {"ModuleNotFoundError", PC_STRUCT_IMPORT_ERROR, WHOLE, 0},
    {"SyntaxError", PC_STRUCT_SYNTAX_ERROR, WHOLE, 0},
    {"IndentationError", PC_STRUCT_SYNTAX_ERROR, WHOLE, 0},
    {"UnicodeDecodeError", PC_STRUCT_UNICODE_ERROR, WHOLE, 0},
    {"UnicodeEncodeError", PC_STRUCT_UNICODE_ERROR, WHOLE, 0},
    {"UnicodeTranslateError", PC_STRUCT_UNICODE_ERROR, WHOLE, 0},
    {"FunctionType", PC_STRUCT_FUNCTION, WHOLE, 0},
    {"MethodType", PC_STRUCT_METHOD, WHOLE, 0},
    {"BuiltinFunctionType", PC_STRUCT_CFUNCTION, WHOLE, 0},
    {"ModuleType", PC_STRUCT_MODULE, WHOLE, 0},
    {"TracebackType", PC_STRUCT_TRACEBACK, WHOLE, 0},
    {"CellType", PC_STRUCT_CELL, WHOLE, 0},
    {"MethodWrapperType", PC_STRUCT_WRAPPER, WHOLE, 0},
    {"ClassType", PC_STRUCT_CLASSIC_CLASS, WHOLE, 0},
    {"InstanceType", PC_STRUCT_CLASSIC_INSTANCE, WHOLE, 0},
};

/* Types whose rule depends on what else the build has. */
static bool special_row(const pc_python *py, const char *name, struct size_row *row)
{
    bool two = pc_is_python2(py);
    if (!strcmp(name, "int"))
        *row = two ? (struct size_row){name, PC_STRUCT_INT, WHOLE, 0} : (struct size_row){name, PC_STRUCT_LONG, FIELD, PC_LONG_DIGITS};
    else if (!strcmp(name, two ? "str" : "bytes"))
        *row = (struct size_row){name, PC_STRUCT_BYTES, FIELD_1, PC_OB_SVAL};
    else if (!strcmp(name, "str"))
        *row = (struct size_row){name, PC_STRUCT_UNICODE, WHOLE, 0};
    else if (!strcmp(name, "CodeType"))
        *row = pc_has(py, PC_CO_CODE_ADAPTIVE) ? (struct size_row){name, PC_STRUCT_CODE, FIELD, PC_CO_CODE_ADAPTIVE}
                                               : (struct size_row){name, PC_STRUCT_CODE, WHOLE, 0};
    /* with its frame's variables behind it since 3.11 */
    else if (!strcmp(name, "GeneratorType") && !pc_has(py, PC_GI_IFRAME))
        *row = (struct size_row){name, PC_STRUCT_GENERATOR, WHOLE, 0};
    else if (!strcmp(name, "FrameType") && !pc_has(py, PC_F_FRAME))
        *row = (struct size_row){name, PC_STRUCT_FRAME, WHOLE, 0};
    else
        return false;
    return true;
}

typedef struct validation {
    pc_python *py;
    unsigned types, codes;
} validation;

/* For a pass over what may be missing: memory that was not saved is no contradiction. */
static pc_error *forgive(pc_error *error)
{
    if (error && (error->code == PC_ERROR_NOT_SAVED || error->code == PC_ERROR_LIMIT)) {
        pc_error_destroy(error);
        return NULL;
    }
    return error;
}

static pc_error *check_size(validation *v, const struct size_row *row, pc_addr type)
{
    pc_python *py = v->py;
    const pc_struct_place *place = &py->layout->structs[row->owner];
    int64_t size;
    uint64_t flags, wanted;
    /* somebody may have put another type there */
    if (pc_type_home(py, type) != pc_type_home(py, py->type_type) ||
        !pc_ok(pc_field_uint(py, PC_TP_FLAGS, type, &flags)) || (flags & PC_TPFLAGS_HEAPTYPE) || !place->source)
        return NULL;
    if (row->rule != WHOLE && !pc_has(py, row->field))
        return NULL;
    PC_TRY(pc_field_int(py, PC_TP_BASICSIZE, type, &size));
    wanted = row->rule == WHOLE ? place->size : py->layout->fields[row->field].offset + (row->rule == FIELD_1);
    if (size != (int64_t)wanted)
        return pc_error_at(PC_ERROR_CORRUPT, type, "an instance of %s has %" PRId64 " bytes, not %" PRIu64, row->name, size, wanted);
    v->types++;
    return NULL;
}

static pc_error *check_sizes_in(validation *v, pc_addr dict, bool of_types)
{
    pc_python *py = v->py;
    pc_dict items;
    bool more;
    pc_error *error = pc_dict_open(py, dict, &items);
    if (error)
        return forgive(error);
    for (;;) {
        pc_addr key, value, meta;
        const char *name;
        error = pc_dict_next(py, &items, &more, &key, &value);
        if (error)
            return forgive(error);
        if (!more)
            return NULL;
        if (!pc_ok(pc_field_uint(py, PC_OB_TYPE, value, &meta)) || meta != py->type_type || !pc_str_text(py, key, &name))
            continue;
        size_t length = strlen(name);
        if (of_types != (length > 4 && !strcmp(name + length - 4, "Type")))
            continue;
        struct size_row row;
        if (special_row(py, name, &row)) {
            PC_TRY(forgive(check_size(v, &row, value)));
            continue;
        }
        for (size_t i = 0; i < PC_ARRAY_SIZE(sizes); i++)
            if (!strcmp(sizes[i].name, name))
                PC_TRY(forgive(check_size(v, &sizes[i], value)));
    }
}

static pc_error *contradiction(pc_addr at, const char *what)
{
    return pc_error_at(PC_ERROR_CORRUPT, at, "%s", what);
}

static pc_error *check_text_at(pc_python *py, pc_field field, pc_addr object, const char *what)
{
    pc_addr at = 0;
    PC_TRY(pc_field_uint(py, field, object, &at));
    if (!pc_is(py, at, PC_TYPE_UNICODE) && !pc_is(py, at, PC_TYPE_BYTES))
        return contradiction(object, what);
    return NULL;
}

static pc_error *check_tuple_at(pc_python *py, pc_field field, pc_addr object, uint64_t *ret_size, const char *what)
{
    pc_addr at = 0;
    PC_TRY(pc_field_uint(py, field, object, &at));
    if (!pc_is(py, at, PC_TYPE_TUPLE))
        return contradiction(object, what);
    return pc_var_size(py, at, ret_size);
}

static pc_error *check_code(validation *v, pc_addr code)
{
    pc_python *py = v->py;
    int64_t arguments = 0, locals = 0, stack = 0, line = 0;
    uint64_t count = 0;
    pc_addr lines = 0;
    PC_TRY(pc_expect(py, code, PC_TYPE_CODE));
    PC_TRY(check_text_at(py, PC_CO_NAME, code, "a code object's name is no text"));
    PC_TRY(check_text_at(py, PC_CO_FILENAME, code, "a code object's file name is no text"));
    if (pc_has(py, PC_CO_QUALNAME))
        PC_TRY(check_text_at(py, PC_CO_QUALNAME, code, "a code object's qualified name is no text"));
    PC_TRY(check_tuple_at(py, PC_CO_CONSTS, code, &count, "a code object's constants are no tuple"));
    PC_TRY(check_tuple_at(py, PC_CO_NAMES, code, &count, "a code object's names are no tuple"));
    PC_TRY(pc_field_int(py, PC_CO_ARGCOUNT, code, &arguments));
    PC_TRY(pc_field_int(py, PC_CO_NLOCALS, code, &locals));
    PC_TRY(pc_field_int(py, PC_CO_STACKSIZE, code, &stack));
    PC_TRY(pc_field_int(py, PC_CO_FIRSTLINENO, code, &line));
    if (arguments < 0 || locals < arguments || locals > PC_LIMIT_LOCALS || stack < 0 || stack > PC_LIMIT_LOCALS || line < -1)
        return contradiction(code, "a code object's counts are impossible");
    if (pc_has(py, PC_CO_LOCALSPLUSNAMES)) {
        PC_TRY(check_tuple_at(py, PC_CO_LOCALSPLUSNAMES, code, &count, "a code object's variables are no tuple"));
        if ((int64_t)count < locals)
            return contradiction(code, "a code object has more variables than names");
    } else if (pc_has(py, PC_CO_VARNAMES)) {
        PC_TRY(check_tuple_at(py, PC_CO_VARNAMES, code, &count, "a code object's variables are no tuple"));
        if ((int64_t)count != locals)
            return contradiction(code, "a code object has not as many variables as names");
        PC_TRY(check_tuple_at(py, PC_CO_CELLVARS, code, &count, "a code object's cells are no tuple"));
        PC_TRY(check_tuple_at(py, PC_CO_FREEVARS, code, &count, "a code object's free variables are no tuple"));
    }
    PC_TRY(pc_field_uint(py, PC_CO_LINETABLE, code, &lines));
    if (!pc_is(py, lines, PC_TYPE_BYTES))
        return contradiction(code, "a code object's line table is no bytes");
    if (pc_has(py, PC_CO_EXCEPTIONTABLE)) {
        PC_TRY(pc_field_uint(py, PC_CO_EXCEPTIONTABLE, code, &lines));
        if (!pc_is(py, lines, PC_TYPE_BYTES))
            return contradiction(code, "a code object's exception table is no bytes");
    }
    if (pc_has(py, PC_CO_CODE)) {
        PC_TRY(pc_field_uint(py, PC_CO_CODE, code, &lines));
        if (!pc_is(py, lines, PC_TYPE_BYTES))
            return contradiction(code, "a code object's instructions are no bytes");
    }
    v->codes++;
    return NULL;
}

static pc_error *check_function(validation *v, pc_addr function)
{
    pc_addr code = 0, closure = 0;
    PC_TRY(check_text_at(v->py, PC_FUNC_NAME, function, "a function's name is no text"));
    if (pc_has(v->py, PC_FUNC_CLOSURE)) {
        PC_TRY(pc_field_uint(v->py, PC_FUNC_CLOSURE, function, &closure));
        if (closure && !pc_is(v->py, closure, PC_TYPE_TUPLE))
            return contradiction(function, "a function's closure is no tuple");
    }
    PC_TRY(pc_field_uint(v->py, PC_FUNC_CODE, function, &code));
    return check_code(v, code);
}

/* The modules in sys.modules: their dicts, and some functions in them. */
static pc_error *check_modules(validation *v, pc_addr modules, pc_addr sysdict)
{
    enum { ENOUGH_CODES = 40, ENOUGH_MODULES = 200, ENOUGH_ITEMS = 60 };
    pc_python *py = v->py;
    pc_dict list, items;
    bool more, proven = false;
    pc_error *error = pc_dict_open(py, modules, &list);
    if (error)
        return forgive(error);
    for (int n = 0; n < ENOUGH_MODULES && (v->codes < ENOUGH_CODES || !proven); n++) {
        pc_addr key, module, dict, value;
        const char *name;
        error = pc_dict_next(py, &list, &more, &key, &module);
        if (error)
            return forgive(error);
        if (!more)
            break;
        const pc_type *type;
        if (!pc_str_text(py, key, &name) || !pc_ok(pc_type_of(py, module, &type)) || type->kind != PC_TYPE_MODULE || type->heap)
            continue;
        error = pc_field_uint(py, PC_MD_DICT, module, &dict);
        if (error) {
            PC_TRY(forgive(error));
            continue;
        }
        if (!strcmp(name, "sys")) {
            if (dict != sysdict)
                return contradiction(module, "the dict of the module sys is not that of the interpreter");
            proven = true;
        }
        error = pc_dict_open(py, dict, &items);
        for (int k = 0; !error && k < ENOUGH_ITEMS && v->codes < ENOUGH_CODES; k++) {
            error = pc_dict_next(py, &items, &more, &key, &value);
            if (error || !more)
                break;
            if (pc_is(py, value, PC_TYPE_FUNCTION))
                error = check_function(v, value);
        }
        PC_TRY(forgive(error));
    }
    return NULL;
}

/* Where each thread is: a frame whose code is code and whose globals are a dict. */
static pc_error *check_frames(validation *v)
{
    enum { ENOUGH = 64 };
    pc_python *py = v->py;
    pc_addr thread = 0;
    PC_TRY(pc_field_uint(py, PC_IS_THREADS, py->first_interpreter, &thread));
    for (int n = 0; n < ENOUGH && thread; n++) {
        pc_addr frame = 0, code = 0, globals = 0, holder = 0, next = 0;
        bool own = false;
        if (pc_has(py, PC_TS_CURRENT_FRAME)) {
            PC_TRY(forgive(pc_field_uint(py, PC_TS_CURRENT_FRAME, thread, &frame)));
        } else if (pc_has(py, PC_CFRAME_CURRENT)) {
            PC_TRY(forgive(pc_field_uint(py, PC_TS_CFRAME, thread, &holder)));
            if (holder)
                PC_TRY(forgive(pc_field_uint(py, PC_CFRAME_CURRENT, holder, &frame)));
        } else if (pc_has(py, PC_TS_FRAME)) {
            PC_TRY(forgive(pc_field_uint(py, PC_TS_FRAME, thread, &frame)));
            own = true;
        }
        pc_field code_field = own ? PC_F_CODE : PC_IF_CODE, globals_field = own ? PC_F_GLOBALS : PC_IF_GLOBALS;
        if (frame && own && !pc_is(py, frame, PC_TYPE_FRAME))
            return contradiction(frame, "a thread's frame is no frame");
        if (frame && pc_ok(pc_field_uint(py, code_field, frame, &code)) && pc_ok(pc_field_uint(py, globals_field, frame, &globals)) &&
            pc_is(py, code & ~(pc_addr)3, PC_TYPE_CODE) && !pc_is(py, globals, PC_TYPE_DICT)) /* 3.14: tagged */
            return contradiction(frame, "the globals of a frame are no dict");
        if (frame && own && !pc_is(py, code, PC_TYPE_CODE))
            return contradiction(frame, "the code of a frame is no code");
        PC_TRY(forgive(pc_field_uint(py, PC_TS_NEXT, thread, &next)));
        thread = next;
    }
    return NULL;
}

/* Each interpreter's threads are checked where the interpreter is attached; here that the list of interpreters ends. */
static pc_error *check_interpreters(pc_python *py)
{
    pc_addr at = py->first_interpreter;
    for (size_t n = 0; at; n++) {
        if (n >= PC_LIMIT_INTERPRETERS)
            return contradiction(at, "the list of interpreter states does not end");
        PC_TRY(pc_field_uint(py, PC_IS_NEXT, at, &at));
    }
    return NULL;
}

static pc_error *check_claims(pc_python *py, const pc_abi *abi, bool any_version, pc_addr sysdict)
{
    pc_addr object;
    uint64_t number = 0;
    bool there;
    if (!any_version && (abi->major != py->hex_version >> 24 || abi->minor != (py->hex_version >> 16 & 0xff)))
        return pc_error_create(PC_ERROR_CORRUPT, "the core is of CPython %u.%u", (unsigned)(py->hex_version >> 24), (unsigned)(py->hex_version >> 16 & 0xff));
    if (pc_ok(pc_dict_get(py, sysdict, "gettotalrefcount", &there, &object)) && there != abi->debug)
        return contradiction(sysdict, there ? "the core is of a debug build" : "the core is not of a debug build");
    if (pc_is_python2(py) && pc_dict_find(py, sysdict, "maxunicode", &object) && pc_ok(pc_number_uint64(py, object, &number)) &&
        (number > 0xffff) != (pc_size_of(py, PC_STRUCT_UNICODE_UNIT) == 4))
        return contradiction(sysdict, number > 0xffff ? "unicode has 4 bytes for a character in the core" : "unicode has 2 bytes for a character in the core");
    const char *flags;
    if (pc_dict_find(py, sysdict, "abiflags", &object) && pc_str_text(py, object, &flags) && (strchr(flags, 't') != NULL) != abi->free_threaded)
        return contradiction(sysdict, abi->free_threaded ? "the core is not of a free-threaded build" : "the core is of a free-threaded build");
    return NULL;
}

pc_error *pc_validate_layout(pc_python *py, const pc_abi *abi, bool any_version)
{
    validation v = {.py = py};
    pc_addr builtins = 0, modules = 0, sysdict = 0, types = 0, dict = 0, object;
    bool there;
    PC_TRY(pc_field_uint(py, PC_IS_BUILTINS, py->first_interpreter, &builtins));
    PC_TRY(pc_field_uint(py, PC_IS_MODULES, py->first_interpreter, &modules));
    PC_TRY(pc_field_uint(py, PC_IS_SYSDICT, py->first_interpreter, &sysdict));
    if (abi)
        PC_TRY(check_claims(py, abi, any_version, sysdict));
    PC_TRY(check_interpreters(py));
    PC_TRY(check_sizes_in(&v, builtins, false));
    if (pc_dict_find(py, modules, "types", &types) && pc_ok(pc_field_uint(py, PC_MD_DICT, types, &dict)))
        PC_TRY(check_sizes_in(&v, dict, true));
    PC_TRY(check_modules(&v, modules, sysdict));
    PC_TRY(check_frames(&v));
    /* the limit came with security releases, at the end of a struct where no other field shows it */
    if (pc_ok(pc_dict_get(py, sysdict, "get_int_max_str_digits", &there, &object)) &&
        there != (pc_has(py, PC_IS_MAX_STR_DIGITS) || pc_has(py, PC_RT_MAX_STR_DIGITS)))
        return contradiction(sysdict, there ? "the core's interpreter limits the digits of an int" : "the core's interpreter does not limit the digits of an int");
    if (v.types < 20 || !v.codes)
        return pc_error_create(PC_ERROR_NOT_FOUND, "too little of it is saved to prove the layout (%u types, %u functions)", v.types, v.codes);
    return NULL;
}
