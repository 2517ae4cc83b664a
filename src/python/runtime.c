#include "python/runtime.h"

#include <string.h>

#include "base/limits.h"
#include "python/code.h"
#include "python/dict.h"
#include "python/number.h"
#include "python/scan.h"
#include "python/static_names.h"
#include "python/str.h"
#include "python/type.h"

bool pc_runtime_look(pc_module *module, pc_runtime_symbols *ret_symbols)
{
    static const char *const names[] = {"_PyRuntime", "_PyThreadState_Current", "interp_head"};
    pc_symbol symbols[3];
    if (!module->image || !module->has_bias)
        return false;
    /* what has _PyRuntime (3.7) has no interp_head: the symbol tables, which are long, need not be looked into */
    uint32_t found = pc_image_dynamic_symbols(module->image, names, 2, symbols);
    bool dynamic = found != 0;
    if (!(found & 1)) {
        found = pc_image_symbols(module->image, names, 3, symbols);
        dynamic &= !(found & 4);
    }
    if (!(found & 3))
        return false;
    *ret_symbols = (pc_runtime_symbols){
        .has_runtime = found & 1,
        .has_current_thread = found & 2,
        .has_interp_head = found & 4,
        .runtime = module->bias + symbols[0].value,
        .current_thread = module->bias + symbols[1].value,
        .interp_head = module->bias + symbols[2].value,
        .found_by = dynamic ? "dynamic-symbol" : "symbol-table",
    };
    return true;
}

/* How many interpreters the list from here on has; 0 where it does not end. */
static size_t list_length(pc_python *py, pc_addr interpreter)
{
    size_t n = 0;
    for (pc_addr at = interpreter; at; n++)
        if (n >= PC_LIMIT_INTERPRETERS || !pc_ok(pc_field_uint(py, PC_IS_NEXT, at, &at)))
            return 0;
    return n;
}

/* interp_head by what it points to, for builds whose list has no other name: the variables of the module that hold the
 * address of an interpreter state, and of these the one that begins the longest list. */
static void find_head(pc_python *py)
{
    pc_scan_hits hits = {0};
    size_t best = py->first_interpreter ? list_length(py, py->first_interpreter) : 0;
    pc_scan_pointers(py, py->module, &hits);
    for (size_t i = 0; i < hits.count; i++) {
        size_t length = list_length(py, hits.items[i].interpreter);
        if (length > best) {
            best = length;
            py->first_interpreter = hits.items[i].interpreter;
        }
    }
    pc_scan_deinit(&hits);
}

/* The first interpreter state, as far as the symbols tell. */
static pc_error *find_interpreter(pc_python *py, const pc_runtime_symbols *symbols)
{
    if (symbols->has_interpreter) {
        py->first_interpreter = symbols->interpreter;
        /* one that was found may stand in the middle of the list: the one from which most others are reached is its head */
        size_t best = list_length(py, symbols->interpreter);
        for (size_t i = 0; symbols->others && i < symbols->others->count; i++) {
            pc_addr other = symbols->others->items[i].interpreter;
            size_t length = pc_scan_leads_to(py, other, symbols->interpreter) ? list_length(py, other) : 0;
            if (length > best) {
                best = length;
                py->first_interpreter = other;
            }
        }
    } else if (symbols->has_runtime && pc_has(py, PC_RT_INTERPRETERS)) {
        py->runtime = symbols->runtime;
        PC_TRY(pc_field_uint(py, PC_RT_INTERPRETERS, symbols->runtime, &py->first_interpreter));
        if (pc_has(py, PC_RT_CURRENT_THREAD))
            py->current_thread_known = pc_ok(pc_field_uint(py, PC_RT_CURRENT_THREAD, symbols->runtime, &py->current_thread));
    } else {
        if (symbols->has_current_thread) {
            PC_TRY(pc_memory_pointer(py->memory, symbols->current_thread, &py->current_thread));
            py->current_thread_known = true;
        }
        if (symbols->has_interp_head) {
            PC_TRY(pc_memory_pointer(py->memory, symbols->interp_head, &py->first_interpreter));
        } else {
            if (py->current_thread)
                PC_TRY(pc_field_uint(py, PC_TS_INTERP, py->current_thread, &py->first_interpreter));
            find_head(py);
            if (!py->first_interpreter)
                return pc_error_create(PC_ERROR_NOT_FOUND, "no thread held the GIL, and nothing in its variables points to an interpreter state");
        }
    }
    if (!py->first_interpreter)
        return pc_error_create(PC_ERROR_NOT_FOUND, "it was not initialised, or was finalised already: there is no interpreter state");
    return NULL;
}

/* The threads' list must end, and each must say that it belongs to this interpreter. */
static pc_error *check_threads(pc_python *py, pc_addr interpreter)
{
    pc_addr thread, owner;
    pc_map seen;
    pc_map_init(&seen);
    pc_error *error = pc_field_uint(py, PC_IS_THREADS, interpreter, &thread);
    for (size_t n = 0; !error && thread; n++) {
        if (n > PC_LIMIT_THREADS || !pc_map_add(&seen, thread)) {
            error = pc_error_at(PC_ERROR_CORRUPT, thread, "the list of thread states does not end");
            break;
        }
        error = pc_field_uint(py, PC_TS_INTERP, thread, &owner);
        if (!error && owner != interpreter)
            error = pc_error_at(PC_ERROR_CORRUPT, thread, "what should be a thread state at " PC_ADDR " belongs to no interpreter", thread);
        if (!error)
            error = pc_field_uint(py, PC_TS_NEXT, thread, &thread);
    }
    pc_map_deinit(&seen);
    return error;
}

static pc_error *check_interpreter(pc_python *py, pc_addr interpreter)
{
    pc_addr sysdict, builtins, modules, type, meta;
    pc_dict dict;
    pc_error *error = check_threads(py, interpreter);
    if (error && !py->layout_exact)
        return error;
    pc_error_destroy(error); /* of a damaged list the walk tells */
    PC_TRY(pc_field_uint(py, PC_IS_SYSDICT, interpreter, &sysdict));
    PC_TRY(pc_field_uint(py, PC_IS_BUILTINS, interpreter, &builtins));
    PC_TRY(pc_field_uint(py, PC_IS_MODULES, interpreter, &modules));
    /* dict's type is type, whose type is type itself */
    PC_TRY(pc_field_uint(py, PC_OB_TYPE, sysdict, &type));
    PC_TRY(pc_field_uint(py, PC_OB_TYPE, type, &type));
    PC_TRY(pc_field_uint(py, PC_OB_TYPE, type, &meta));
    if (type != meta)
        return pc_error_at(PC_ERROR_CORRUPT, type, "types are not of type `type`");
    py->type_type = type;
    if (!py->module)
        py->module = pc_type_home(py, type);
    pc_static_names_begin(py, sysdict);
    PC_TRY(pc_dict_open(py, sysdict, &dict));
    PC_TRY(pc_dict_open(py, builtins, &dict));
    PC_TRY(pc_dict_open(py, modules, &dict));
    return NULL;
}

/* sys.hexversion: 0x030b07f0 is 3.11.7 */
static pc_error *read_version(pc_python *py)
{
    pc_addr sysdict, object;
    uint64_t hex = 0;
    PC_TRY(pc_field_uint(py, PC_IS_SYSDICT, py->first_interpreter, &sysdict));
    if (!pc_dict_find(py, sysdict, "hexversion", &object))
        return pc_error_at(PC_ERROR_CORRUPT, sysdict, "sys.hexversion is not there");
    PC_TRY(pc_number_uint64(py, object, &hex));
    unsigned major = (unsigned)(hex >> 24 & 0xff), minor = (unsigned)(hex >> 16 & 0xff);
    py->hex_version = hex;
    py->traits = pc_traits_nearest(major, minor);
    if (!py->traits)
        return pc_error_create(PC_ERROR_NOT_FOUND, "CPython %u.%u is not supported", major, minor);
    return NULL;
}

/* The first frame's code is a code object, if any thread runs Python at all. */
static pc_error *check_code(pc_python *py)
{
    pc_addr thread, frame, code;
    PC_TRY(pc_field_uint(py, PC_IS_THREADS, py->first_interpreter, &thread));
    if (!thread || !pc_has(py, PC_TS_FRAME) || !pc_ok(pc_field_uint(py, PC_TS_FRAME, thread, &frame)) || !frame)
        return NULL;
    if (pc_ok(pc_field_uint(py, PC_F_CODE, frame, &code)))
        return pc_expect(py, code, PC_TYPE_CODE);
    return NULL;
}

pc_error *pc_runtime_attach(pc_python *py, const pc_runtime_symbols *symbols)
{
    pc_addr at;
    PC_TRY(find_interpreter(py, symbols));
    py->found_by = symbols->found_by;
    PC_TRY(check_interpreter(py, py->first_interpreter));
    if (symbols->has_interpreter) {
        if (!pc_has(py, PC_RT_INTERPRETERS)) {
            find_head(py);
        } else if (pc_scan_runtime(py, &py->runtime, &at) && at != py->first_interpreter) {
            PC_TRY(check_interpreter(py, at));
            py->first_interpreter = at;
        }
    }
    if (!py->current_thread_known && py->runtime && pc_has(py, PC_RT_CURRENT_THREAD))
        py->current_thread_known = pc_ok(pc_field_uint(py, PC_RT_CURRENT_THREAD, py->runtime, &py->current_thread));
    PC_TRY(read_version(py));
    PC_TRY(check_code(py));
    if (pc_has(py, PC_IS_MAX_STR_DIGITS))
        pc_error_destroy(pc_field_int(py, PC_IS_MAX_STR_DIGITS, py->first_interpreter, &py->max_str_digits));
    else if (py->runtime && pc_has(py, PC_RT_MAX_STR_DIGITS))
        pc_error_destroy(pc_field_int(py, PC_RT_MAX_STR_DIGITS, py->runtime, &py->max_str_digits));
    return NULL;
}

const char *pc_runtime_version(pc_python *py)
{
    pc_addr sysdict, object;
    const char *text;
    if (!pc_ok(pc_field_uint(py, PC_IS_SYSDICT, py->first_interpreter, &sysdict)) || !pc_dict_find(py, sysdict, "version", &object) ||
        !pc_str_text(py, object, &text))
        return NULL;
    return pc_arena_strndup(py->arena, text, strcspn(text, " "));
}
