#include "python/numpy.h"

#include <stdlib.h>
#include <string.h>

#include "layout/numpy.h"
#include "python/dict.h"
#include "python/number.h"
#include "python/str.h"
#include "python/type.h"

pc_error *pc_numpy_version(pc_python *py, unsigned *ret_version)
{
    pc_addr dict, object;
    const char *text;
    if (!py->numpy_version && pc_module_names(py, py->first_interpreter, "numpy", &dict) && pc_dict_find(py, dict, "__version__", &object) && pc_str_text(py, object, &text)) {
        char *end;
        unsigned long major = strtoul(text, &end, 10), minor = *end == '.' ? strtoul(end + 1, NULL, 10) : 0;
        if (major < 10 && minor < 100)
            py->numpy_version = (unsigned)(major * 100 + minor);
    }
    if (!py->numpy_version)
        return pc_error_create(PC_ERROR_NOT_FOUND, "the version of numpy is not known");
    *ret_version = py->numpy_version;
    return NULL;
}

pc_error *pc_numpy_load(pc_python *py)
{
    unsigned version = 0;
    PC_TRY(pc_numpy_version(py, &version));
    return pc_layout_from_numpy(py->layout, version / 100, pc_size_of(py, PC_STRUCT_OBJECT), py->word);
}

/* The first numbers of NPY_TYPES, each with what its kind character and its size have to be (0: any). */
static const struct {
    pc_dtype_kind kind;
    char letter;
    unsigned size;
    bool implied;
} numbers[] = {
    {PC_DTYPE_BOOL, 'b', 1, true}, {PC_DTYPE_SIGNED, 'i', 1, false}, {PC_DTYPE_UNSIGNED, 'u', 1, false}, {PC_DTYPE_SIGNED, 'i', 2, false},
    {PC_DTYPE_UNSIGNED, 'u', 2, false}, {PC_DTYPE_SIGNED, 'i', 4, false}, {PC_DTYPE_UNSIGNED, 'u', 4, false}, {PC_DTYPE_SIGNED, 'i', 8, true},
    {PC_DTYPE_UNSIGNED, 'u', 8, false}, {PC_DTYPE_SIGNED, 'i', 8, false}, {PC_DTYPE_UNSIGNED, 'u', 8, false}, {PC_DTYPE_FLOAT, 'f', 4, false},
    {PC_DTYPE_FLOAT, 'f', 8, true}, {PC_DTYPE_OTHER, 'f', 0, false}, {PC_DTYPE_COMPLEX, 'c', 8, false}, {PC_DTYPE_COMPLEX, 'c', 16, true},
    {PC_DTYPE_OTHER, 'c', 0, false}, {PC_DTYPE_OBJECT, 'O', 8, false}, {PC_DTYPE_BYTES, 'S', 0, false}, {PC_DTYPE_STR, 'U', 0, false},
    {PC_DTYPE_OTHER, 'V', 0, false}, {PC_DTYPE_DATETIME, 'M', 8, false}, {PC_DTYPE_TIMEDELTA, 'm', 8, false}, {PC_DTYPE_FLOAT, 'f', 2, false},
};

/* PyArray_DatetimeDTypeMetaData: behind NpyAuxData, which is four pointers. */
static pc_error *read_unit(pc_python *py, pc_addr object, pc_dtype *dtype)
{
    pc_addr at, unit_at;
    uint64_t unit = 0, number = 0;
    PC_TRY(pc_field_uint(py, PC_DTYPE_METADATA, object, &at));
    PC_TRY(pc_element(at, 4, py->word, &unit_at));
    PC_TRY(pc_memory_uint(py->memory, unit_at, 4, &unit));
    PC_TRY(pc_memory_uint(py->memory, unit_at + 4, 4, &number));
    if (unit > 14 || !number || number > INT32_MAX)
        return pc_error_at(PC_ERROR_CORRUPT, object, "a numpy time of unit number %" PRIu64, unit);
    dtype->unit = (int64_t)unit;
    dtype->unit_number = (int64_t)number;
    return NULL;
}

static pc_error *read_dtype(pc_python *py, pc_addr object, pc_dtype *ret)
{
    pc_dtype dtype = {.kind = PC_DTYPE_OTHER};
    pc_addr names, class;
    const pc_type *scalar;
    int64_t number, size;
    uint64_t letter, order;
    PC_TRY(pc_field_int(py, PC_DTYPE_NUMBER, object, &number));
    PC_TRY(pc_field_int(py, PC_DTYPE_SIZE, object, &size));
    PC_TRY(pc_field_uint(py, PC_DTYPE_KIND, object, &letter));
    PC_TRY(pc_field_uint(py, PC_DTYPE_BYTEORDER, object, &order));
    PC_TRY(pc_field_uint(py, PC_DTYPE_TYPE, object, &class));
    PC_TRY(pc_type_read(py, class, &scalar));
    if (size < 0 || !order || !strchr("<>=|", (int)order))
        return pc_error_at(PC_ERROR_CORRUPT, object, "what is at " PC_ADDR " is not a numpy dtype", object);
    dtype.size = (uint64_t)size;
    dtype.big_endian = order == '>' || (order != '<' && py->memory->big_endian);
    dtype.swapped = dtype.big_endian != py->memory->big_endian;
    if (number >= 0 && number < (int64_t)PC_ARRAY_SIZE(numbers)) {
        if (numbers[number].letter != (char)letter || (numbers[number].size && numbers[number].size != dtype.size))
            return pc_error_at(PC_ERROR_CORRUPT, object, "a numpy dtype of number %" PRId64 " with %" PRId64 " bytes", number, size);
        PC_TRY(pc_field_uint(py, PC_DTYPE_NAMES, object, &names));
        bool plain = !names || pc_is(py, names, PC_TYPE_NONE);
        dtype.kind = plain ? numbers[number].kind : PC_DTYPE_OTHER;
        dtype.implied = numbers[number].implied && !dtype.swapped;
    }
    if (dtype.kind == PC_DTYPE_DATETIME || dtype.kind == PC_DTYPE_TIMEDELTA)
        PC_TRY(read_unit(py, object, &dtype));
    *ret = dtype;
    return NULL;
}

pc_error *pc_array_open(pc_python *py, pc_addr object, pc_array *ret_array)
{
    pc_array array = {.count = 1};
    pc_addr dimensions, strides, descr;
    int64_t nd;
    PC_TRY(pc_field_uint(py, PC_NUMPY_DATA, object, &array.data));
    PC_TRY(pc_field_int(py, PC_NUMPY_ND, object, &nd));
    PC_TRY(pc_field_uint(py, PC_NUMPY_DIMENSIONS, object, &dimensions));
    PC_TRY(pc_field_uint(py, PC_NUMPY_STRIDES, object, &strides));
    PC_TRY(pc_field_uint(py, PC_NUMPY_DESCR, object, &descr));
    if (nd < 0 || nd > PC_NUMPY_MAX_DIMENSIONS)
        return pc_error_at(PC_ERROR_CORRUPT, object, "a numpy array of %" PRId64 " dimensions", nd);
    array.nd = (unsigned)nd;
    for (unsigned i = 0; i < array.nd; i++) {
        uint64_t stride = 0;
        PC_TRY(pc_pointer_at(py, dimensions, i, &array.shape[i]));
        PC_TRY(pc_pointer_at(py, strides, i, &stride));
        array.strides[i] = (int64_t)stride;
        if (array.shape[i] > INT64_MAX)
            return pc_error_at(PC_ERROR_CORRUPT, object, "a numpy array with a dimension of %" PRId64, (int64_t)array.shape[i]);
        if (__builtin_mul_overflow(array.count, array.shape[i], &array.count))
            return pc_error_at(PC_ERROR_CORRUPT, object, "a numpy array has more elements than there is memory");
    }
    PC_TRY(read_dtype(py, descr, &array.dtype));
    *ret_array = array;
    return NULL;
}

static bool is_number(pc_python *py, pc_addr dict, const char *name, uint64_t wanted)
{
    pc_addr object;
    uint64_t value;
    return pc_dict_find(py, dict, name, &object) && pc_ok(pc_number_uint64(py, object, &value)) && value == wanted;
}

static bool is_text(pc_python *py, pc_addr dict, const char *name, const char *wanted)
{
    pc_addr object;
    return pc_dict_find(py, dict, name, &object) && pc_str_equals(py, object, wanted);
}

/* Whether the value is None; one that is not there counts as None: older versions lack it. */
static bool is_none(pc_python *py, pc_addr dict, const char *name)
{
    pc_addr object;
    bool there;
    return pc_ok(pc_dict_get(py, dict, name, &there, &object)) && (!there || pc_is(py, object, PC_TYPE_NONE));
}

static bool are_default(pc_python *py, pc_addr options)
{
    pc_addr legacy;
    uint64_t version;
    /* sys.maxsize; False before 1.22 */
    return is_number(py, options, "edgeitems", 3) && is_number(py, options, "threshold", 1000) && is_number(py, options, "precision", 8) &&
           is_number(py, options, "linewidth", 75) && is_number(py, options, "suppress", 0) && is_text(py, options, "floatmode", "maxprec") &&
           is_text(py, options, "nanstr", "nan") && is_text(py, options, "infstr", "inf") && is_text(py, options, "sign", "-") &&
           is_none(py, options, "formatter") && is_none(py, options, "override_repr") && pc_dict_find(py, options, "legacy", &legacy) &&
           pc_ok(pc_number_uint64(py, legacy, &version)) && (version == INT64_MAX || !version);
}

bool pc_numpy_options_are_default(pc_python *py)
{
    static const char *const modules[] = {"numpy._core.arrayprint", "numpy.core.arrayprint"};
    pc_addr dict, options, value;
    /* 2.1: a context variable. One that was set in any thread has its value at hand, too. */
    if (pc_module_names(py, py->first_interpreter, "numpy._core.printoptions", &dict))
        return pc_dict_find(py, dict, "format_options", &options) && pc_ok(pc_field_uint(py, PC_VAR_CACHED, options, &value)) && !value &&
               pc_ok(pc_field_uint(py, PC_VAR_DEFAULT, options, &options)) && are_default(py, options);
    for (size_t i = 0; i < PC_ARRAY_SIZE(modules); i++)
        if (pc_module_names(py, py->first_interpreter, modules[i], &dict))
            return pc_dict_find(py, dict, "_format_options", &options) && are_default(py, options);
    return false;
}
