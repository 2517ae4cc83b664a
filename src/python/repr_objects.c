/* repr() of what has a name and an address: functions, types, modules, code objects, descriptors, plain instances. */
#include <string.h>

#include "base/text.h"
#include "python/code.h"
#include "python/dict.h"
#include "python/named.h"
#include "python/number.h"
#include "python/repr_parts.h"
#include "python/str.h"

pc_error *pc_type_name_missing(const pc_type *type)
{
    return pc_error_at(PC_ERROR_NOT_SAVED, type->address, "the name of the type at " PC_ADDR " is not saved", type->address);
}

static bool is_builtins(const pc_python *py, const char *module)
{
    return !strcmp(module, pc_is_python2(py) ? "__builtin__" : "builtins");
}

pc_error *pc_write_default(pc_writer *w, pc_addr object, const pc_type *type)
{
    if (!type->qualname)
        return pc_type_name_missing(type);
    if (type->module && !is_builtins(w->py, type->module))
        pc_write_printf(w, "<%s.%s object at " PC_ADDR ">", type->module, type->qualname, object);
    else
        pc_write_printf(w, "<%s object at " PC_ADDR ">", type->tp_name ? type->tp_name : type->qualname, object);
    return NULL;
}

/* <class 'module.name'>; 2.7: static ones are <type 'name'> */
static pc_error *write_type(pc_writer *w, pc_addr object)
{
    const pc_type *type;
    PC_TRY(pc_type_read(w->py, object, &type));
    if (!type->qualname)
        return pc_type_name_missing(type);
    const char *word = pc_is_python2(w->py) && !type->heap ? "type" : "class";
    if (type->module && !is_builtins(w->py, type->module))
        pc_write_printf(w, "<%s '%s.%s'>", word, type->module, type->qualname);
    else
        pc_write_printf(w, "<%s '%s'>", word, type->tp_name ? type->tp_name : type->qualname);
    return NULL;
}

static pc_error *write_function(pc_writer *w, pc_addr object)
{
    pc_addr name;
    PC_TRY(pc_field_uint(w->py, pc_has(w->py, PC_FUNC_QUALNAME) ? PC_FUNC_QUALNAME : PC_FUNC_NAME, object, &name));
    pc_write(w, "<function ");
    PC_TRY(pc_write_str(w, name));
    pc_write_printf(w, " at " PC_ADDR ">", object);
    return NULL;
}

static pc_error *builtin_name(pc_python *py, pc_addr object, pc_buffer *buffer)
{
    pc_addr def, name;
    PC_AUTO_BUFFER raw = {0};
    PC_TRY(pc_field_uint(py, PC_CFUNCTION_ML, object, &def));
    PC_TRY(pc_field_uint(py, PC_ML_NAME, def, &name));
    PC_TRY(pc_memory_string(py->memory, name, PC_LIMIT_NAME, &raw));
    pc_text_put_bytes(buffer, pc_buffer_text(&raw), raw.length);
    return NULL;
}

static pc_error *write_builtin(pc_writer *w, pc_addr object)
{
    pc_addr self;
    PC_AUTO_BUFFER text = {0};
    PC_TRY(builtin_name(w->py, object, &text));
    PC_TRY(pc_field_uint(w->py, PC_CFUNCTION_SELF, object, &self));
    /* 3: functions of a module have it as their self */
    if (!self || (!pc_is_python2(w->py) && pc_is(w->py, self, PC_TYPE_MODULE))) {
        pc_write_printf(w, "<built-in function %s>", pc_buffer_text(&text));
        return NULL;
    }
    const pc_type *type;
    PC_TRY(pc_type_of(w->py, self, &type));
    if (!type->tp_name)
        return pc_type_name_missing(type);
    pc_write_printf(w, "<built-in method %s of %s object at " PC_ADDR ">", pc_buffer_text(&text), type->tp_name, self);
    return NULL;
}

/* Of the callable, or 2.7's class: a question mark as the interpreter has it where there is none. */
static pc_error *write_callable_name(pc_writer *w, pc_addr object)
{
    pc_named name;
    const char *text = "?";
    bool two = pc_is_python2(w->py);
    PC_TRY(pc_named_attribute(w->py, object, two ? "__name__" : "__qualname__", &name));
    if (name.state == PC_NAMED_ABSENT && !two)
        PC_TRY(pc_named_attribute(w->py, object, "__name__", &name));
    w->inexact |= name.state == PC_NAMED_UNKNOWN;
    if (pc_named_is_str(w->py, &name) && !pc_named_text(w->py, &name, &text))
        return pc_error_at(PC_ERROR_NOT_SAVED, object, "the name of what is at " PC_ADDR " cannot be read", object);
    pc_write(w, text);
    return NULL;
}

/* <bound method C.f of <C object>>; 2.7 knows the class apart from the function, and methods without a self */
static pc_error *write_method(pc_writer *w, pc_addr object)
{
    pc_addr function, self, class = 0;
    PC_TRY(pc_field_uint(w->py, PC_IM_FUNC, object, &function));
    PC_TRY(pc_field_uint(w->py, PC_IM_SELF, object, &self));
    PC_AUTO_BUFFER close = {0};
    pc_buffer_printf(&close, " at " PC_ADDR ">", object);
    if (!pc_write_enter_unguarded(w, object, "<bound method ", close.data))
        return NULL;
    pc_write(w, self ? "<bound method " : "<unbound method ");
    if (pc_has(w->py, PC_IM_CLASS)) {
        PC_TRY(pc_field_uint(w->py, PC_IM_CLASS, object, &class));
        if (!class) {
            pc_write(w, "?");
        } else if (pc_is(w->py, class, PC_TYPE_CLASSIC_CLASS)) {
            pc_addr name;
            PC_TRY(pc_field_uint(w->py, PC_CL_NAME, class, &name));
            PC_TRY(pc_write_str(w, name));
        } else {
            PC_TRY(write_callable_name(w, class));
        }
        pc_write(w, ".");
    }
    PC_TRY(write_callable_name(w, function));
    if (self) {
        pc_write(w, " of ");
        pc_write_object(w, self);
    }
    w->depth--;
    pc_write(w, ">");
    return NULL;
}

/* 0 for None. */
static pc_error *drop_none(pc_python *py, pc_addr *object)
{
    const pc_type *type;
    if (!*object)
        return NULL;
    PC_TRY(pc_type_of(py, *object, &type));
    if (type->kind == PC_TYPE_NONE)
        *object = 0;
    return NULL;
}

/* 0 where it is not there. */
static pc_error *get_entry(pc_python *py, pc_addr dict, const char *name, pc_addr *ret_value)
{
    bool there;
    PC_TRY(pc_dict_get(py, dict, name, &there, ret_value));
    if (!there)
        *ret_value = 0;
    return NULL;
}

static pc_error *get_attribute(pc_python *py, pc_addr object, const char *name, pc_addr *ret_value)
{
    bool there;
    PC_TRY(pc_instance_get(py, object, name, &there, ret_value));
    if (!there)
        *ret_value = 0;
    return NULL;
}

static pc_error *is_true(pc_python *py, pc_addr object, bool *ret_true)
{
    const pc_type *type;
    uint64_t value = 0;
    if (object) {
        PC_TRY(pc_type_of(py, object, &type));
        if (type->kind == PC_TYPE_BOOL)
            PC_TRY(pc_number_uint64(py, object, &value));
    }
    *ret_true = value == 1;
    return NULL;
}

/* What a loader's module_repr() puts into parentheses, of the interpreter's own loaders that have one. */
static const char *loader_word(pc_python *py, pc_addr loader)
{
    const pc_type *type;
    bool is_class = pc_is(py, loader, PC_TYPE_TYPE);
    if (!pc_ok(is_class ? pc_type_read(py, loader, &type) : pc_type_of(py, loader, &type)) || !type->qualname)
        return NULL;
    if (is_class && !strcmp(type->qualname, "BuiltinImporter"))
        return "built-in";
    if (is_class && !strcmp(type->qualname, "FrozenImporter"))
        return "frozen";
    /* without the underscore: 3.11 */
    return strcmp(type->qualname, "_NamespaceLoader") && strcmp(type->qualname, "NamespaceLoader") ? NULL : "namespace";
}

/* (namespace) from ['/a', '/b']: the path is computed when it is asked for; what was computed last stands in for it. */
static bool write_namespace(pc_writer *w, pc_addr loader)
{
    const pc_type *type;
    pc_addr path, list;
    if (!w->py->traits->namespace_shows_path || !pc_ok(pc_type_of(w->py, loader, &type)) || !type->qualname ||
        strcmp(type->qualname, "NamespaceLoader") || !pc_instance_find(w->py, loader, "_path", &path) ||
        !pc_instance_find(w->py, path, "_path", &list))
        return false;
    pc_write(w, " (namespace) from ");
    pc_write_object(w, list);
    w->inexact = true;
    return true;
}

static pc_error *write_spec(pc_writer *w, pc_addr spec, pc_addr name)
{
    pc_python *py = w->py;
    pc_addr origin = 0, loader = 0, has_location = 0;
    bool located;
    PC_TRY(get_attribute(py, spec, "_set_fileattr", &has_location));
    PC_TRY(is_true(py, has_location, &located));
    PC_TRY(get_attribute(py, spec, "origin", &origin));
    PC_TRY(drop_none(py, &origin));
    PC_TRY(get_attribute(py, spec, "loader", &loader));
    PC_TRY(drop_none(py, &loader));
    pc_write_object(w, name);
    if (origin) {
        pc_write(w, located ? " from " : " (");
        if (located)
            pc_write_object(w, origin);
        else
            PC_TRY(pc_write_str(w, origin));
        pc_write(w, located ? "" : ")");
    } else if (loader && !write_namespace(w, loader)) {
        pc_write(w, " (");
        pc_write_object(w, loader);
        pc_write(w, ")");
    }
    pc_write(w, ">");
    return NULL;
}

static pc_error *write_module2(pc_writer *w, pc_addr dict)
{
    static const char *const names[] = {"__name__", "__file__"};
    pc_addr values[2];
    for (int i = 0; i < 2; i++) {
        const pc_type *type;
        PC_TRY(get_entry(w->py, dict, names[i], &values[i]));
        if (values[i])
            PC_TRY(pc_type_of(w->py, values[i], &type));
        if (values[i] && type->kind != PC_TYPE_BYTES)
            values[i] = 0;
    }
    pc_write(w, "<module '");
    if (values[0])
        PC_TRY(pc_write_str(w, values[0]));
    else
        pc_write(w, "?");
    pc_write(w, values[1] ? "' from '" : "' (built-in)>");
    if (values[1]) {
        PC_TRY(pc_write_str(w, values[1]));
        pc_write(w, "'>");
    }
    return NULL;
}

/* 3: from __spec__ as importlib does, else from __name__ and __file__; 2.7: from the latter. What is missing changes the
 * form, so that everything must be known to be there or not. */
static pc_error *write_module(pc_writer *w, pc_addr object)
{
    pc_addr dict, name = 0, spec = 0, spec_name = 0, file = 0, loader = 0;
    pc_python *py = w->py;
    PC_TRY(pc_field_uint(py, PC_MD_DICT, object, &dict));
    if (pc_is_python2(py))
        return write_module2(w, dict);
    PC_TRY(get_entry(py, dict, "__loader__", &loader));
    PC_TRY(drop_none(py, &loader));
    PC_TRY(get_entry(py, dict, "__spec__", &spec));
    PC_TRY(drop_none(py, &spec));
    if (spec)
        PC_TRY(get_attribute(py, spec, "name", &spec_name));
    PC_TRY(get_entry(py, dict, "__name__", &name));
    PC_TRY(get_entry(py, dict, "__file__", &file));
    bool asked = loader && py->traits->loaders_name_modules && !(spec_name && py->traits->specs_before_loaders);
    const char *word = asked ? loader_word(py, loader) : NULL;
    pc_write(w, "<module ");
    if (spec_name && !word)
        return write_spec(w, spec, spec_name);
    if (name)
        pc_write_object(w, name);
    else
        pc_write(w, "'?'");
    if (word) {
        pc_write_printf(w, " (%s)", word);
    } else if (file) {
        pc_write(w, " from ");
        pc_write_object(w, file);
    } else if (loader) {
        pc_write(w, " (");
        pc_write_object(w, loader);
        pc_write(w, ")");
    }
    pc_write(w, ">");
    return NULL;
}

static pc_error *write_code(pc_writer *w, pc_addr object)
{
    pc_code *code;
    PC_TRY(pc_code_read(w->py, object, &code));
    if (!code->name || !code->filename)
        return pc_error_at(PC_ERROR_NOT_SAVED, object, "the name of the code object at " PC_ADDR " cannot be read", object);
    pc_write_printf(w, "<code object %s at " PC_ADDR ", file \"%s\", line %" PRId64 ">", code->name, object, code->filename,
                    code->first_line ? code->first_line : -1);
    return NULL;
}

static pc_error *write_cell(pc_writer *w, pc_addr object)
{
    pc_addr contents;
    PC_TRY(pc_field_uint(w->py, PC_CELL_CONTENTS, object, &contents));
    if (!contents) {
        pc_write_printf(w, "<cell at " PC_ADDR ": empty>", object);
        return NULL;
    }
    const pc_type *type;
    PC_TRY(pc_type_of(w->py, contents, &type));
    if (!type->tp_name)
        return pc_type_name_missing(type);
    pc_write_printf(w, "<cell at " PC_ADDR ": %s object at " PC_ADDR ">", object, type->tp_name, contents);
    return NULL;
}

static pc_error *write_generator(pc_writer *w, pc_addr object, pc_kind kind)
{
    pc_addr name, code;
    const char *word = kind == PC_TYPE_COROUTINE ? "coroutine" : kind == PC_TYPE_ASYNC_GENERATOR ? "async_generator" : "generator";
    if (pc_has(w->py, PC_GI_QUALNAME)) {
        PC_TRY(pc_field_uint(w->py, PC_GI_QUALNAME, object, &name));
    } else {
        PC_TRY(pc_field_uint(w->py, PC_GI_CODE, object, &code));
        PC_TRY(pc_field_uint(w->py, PC_CO_NAME, code, &name));
    }
    pc_write_printf(w, "<%s object ", word);
    PC_TRY(pc_write_str(w, name));
    pc_write_printf(w, " at " PC_ADDR ">", object);
    return NULL;
}

static pc_error *write_wrapped(pc_writer *w, pc_addr object, const pc_type *type, pc_field field, const char *word)
{
    pc_addr function;
    if (!w->py->traits->wrapper_shows_function)
        return pc_write_default(w, object, type);
    PC_TRY(pc_field_uint(w->py, field, object, &function));
    PC_AUTO_BUFFER open = {0};
    pc_buffer_printf(&open, "<%s(", word);
    if (!pc_write_enter_unguarded(w, object, open.data, ")>"))
        return NULL;
    pc_write(w, open.data);
    pc_write_object(w, function);
    w->depth--;
    pc_write(w, ")>");
    return NULL;
}

static pc_error *write_descriptor(pc_writer *w, pc_addr object, const char *word)
{
    pc_addr owner, name;
    const pc_type *type;
    PC_TRY(pc_field_uint(w->py, PC_D_TYPE, object, &owner));
    PC_TRY(pc_field_uint(w->py, PC_D_NAME, object, &name));
    PC_TRY(pc_type_read(w->py, owner, &type));
    if (!type->tp_name)
        return pc_type_name_missing(type);
    pc_write_printf(w, "<%s '", word);
    PC_TRY(pc_write_str(w, name));
    if (w->py->traits->object_descriptors_bare && type->kind == PC_TYPE_OBJECT && type->is_builtin)
        pc_write(w, "'>");
    else
        pc_write_printf(w, "' of '%s' objects>", type->tp_name);
    return NULL;
}

static pc_error *write_method_wrapper(pc_writer *w, pc_addr object)
{
    pc_addr descriptor, self, name;
    const pc_type *type;
    PC_TRY(pc_field_uint(w->py, PC_WRAPPER_DESCR, object, &descriptor));
    PC_TRY(pc_field_uint(w->py, PC_WRAPPER_SELF, object, &self));
    PC_TRY(pc_field_uint(w->py, PC_D_NAME, descriptor, &name));
    PC_TRY(pc_type_of(w->py, self, &type));
    if (!type->tp_name)
        return pc_type_name_missing(type);
    pc_write(w, "<method-wrapper '");
    PC_TRY(pc_write_str(w, name));
    pc_write_printf(w, "' of %s object at " PC_ADDR ">", type->tp_name, self);
    return NULL;
}

/* Python 2: <class module.C at 0x...>, <module.C instance at 0x...> unless the class has a __repr__ */
static pc_error *write_classic(pc_writer *w, pc_addr object, bool instance)
{
    pc_addr class = object, dict, name, module, method;
    if (instance) {
        PC_TRY(pc_field_uint(w->py, PC_IN_CLASS, object, &class));
        PC_TRY(pc_expect(w->py, class, PC_TYPE_CLASSIC_CLASS));
    }
    PC_TRY(pc_field_uint(w->py, PC_CL_DICT, class, &dict));
    PC_TRY(pc_field_uint(w->py, PC_CL_NAME, class, &name));
    pc_write(w, instance ? "<" : "<class ");
    PC_TRY(get_entry(w->py, dict, "__module__", &module));
    if (module)
        PC_TRY(pc_write_str(w, module));
    else
        pc_write(w, "?");
    pc_write(w, ".");
    PC_TRY(pc_write_str(w, name));
    pc_write_printf(w, instance ? " instance at " PC_ADDR ">" : " at " PC_ADDR ">", object);
    if (!instance)
        return NULL;
    /* __repr__ or __getattr__ of the class or one of its bases */
    pc_addr todo[64] = {class};
    size_t count = 1;
    for (size_t i = 0; i < count; i++) {
        pc_addr bases, items;
        uint64_t n;
        PC_TRY(pc_field_uint(w->py, PC_CL_DICT, todo[i], &dict));
        PC_TRY(pc_field_uint(w->py, PC_CL_BASES, todo[i], &bases));
        PC_TRY(get_entry(w->py, dict, "__repr__", &method));
        if (!method)
            PC_TRY(get_entry(w->py, dict, "__getattr__", &method));
        w->inexact |= method != 0;
        PC_TRY(pc_var_size(w->py, bases, &n));
        PC_TRY(pc_field_address(w->py, PC_TUPLE_ITEMS, bases, &items));
        for (uint64_t k = 0; k < n; k++) {
            if (count == PC_ARRAY_SIZE(todo)) {
                w->inexact = true;
                break;
            }
            PC_TRY(pc_pointer_at(w->py, items, k, &todo[count]));
            PC_TRY(pc_expect(w->py, todo[count], PC_TYPE_CLASSIC_CLASS));
            count++;
        }
    }
    return NULL;
}

pc_error *pc_write_named(pc_writer *w, pc_addr object, const pc_type *type)
{
    switch (type->kind) {
    case PC_TYPE_TYPE:
        return write_type(w, object);
    case PC_TYPE_FUNCTION:
        return write_function(w, object);
    case PC_TYPE_BUILTIN:
        return write_builtin(w, object);
    case PC_TYPE_METHOD:
        return write_method(w, object);
    case PC_TYPE_MODULE:
        return write_module(w, object);
    case PC_TYPE_CODE:
        return write_code(w, object);
    case PC_TYPE_CELL:
        return write_cell(w, object);
    case PC_TYPE_GENERATOR:
    case PC_TYPE_COROUTINE:
    case PC_TYPE_ASYNC_GENERATOR:
        return write_generator(w, object, type->kind);
    case PC_TYPE_CLASSMETHOD:
        return write_wrapped(w, object, type, PC_CM_CALLABLE, "classmethod");
    case PC_TYPE_STATICMETHOD:
        return write_wrapped(w, object, type, PC_SM_CALLABLE, "staticmethod");
    case PC_TYPE_METHOD_DESCRIPTOR:
        return write_descriptor(w, object, "method");
    case PC_TYPE_SLOT_WRAPPER:
        return write_descriptor(w, object, "slot wrapper");
    case PC_TYPE_GETSET_DESCRIPTOR:
        return write_descriptor(w, object, "attribute");
    case PC_TYPE_MEMBER_DESCRIPTOR:
        return write_descriptor(w, object, "member");
    case PC_TYPE_METHOD_WRAPPER:
        return write_method_wrapper(w, object);
    case PC_TYPE_CLASSIC_CLASS:
    case PC_TYPE_CLASSIC_INSTANCE:
        return write_classic(w, object, type->kind == PC_TYPE_CLASSIC_INSTANCE);
    case PC_TYPE_PROPERTY:
    case PC_TYPE_TRACEBACK:
        return pc_write_default(w, object, type);
    default:
        /* a repr of the interpreter's own that is not built here (frame) */
        w->inexact = true;
        return pc_write_default(w, object, type);
    }
}
