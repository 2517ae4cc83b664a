/* What the JSON documents share; nobody else includes it. A key whose value is not known has null. */
#ifndef PC_REPORT_JSON_PARTS_H
#define PC_REPORT_JSON_PARTS_H

#include "base/json.h"
#include "base/text.h"
#include "walk/attributes.h"
#include "walk/generator.h"

static inline void put_text(pc_json *j, const char *key, const char *value)
{
    pc_json_key(j, key);
    pc_json_string(j, value);
}

static inline void put_null(pc_json *j, const char *key)
{
    pc_json_key(j, key);
    pc_json_null(j);
}

static inline void put_bool(pc_json *j, const char *key, bool value)
{
    pc_json_key(j, key);
    pc_json_bool(j, value);
}

static inline void put_bool_if(pc_json *j, const char *key, bool known, bool value)
{
    if (known)
        put_bool(j, key, value);
    else
        put_null(j, key);
}

static inline void put_known(pc_json *j, const char *key, pc_known value)
{
    put_bool_if(j, key, value != PC_UNKNOWN, value == PC_TRUE);
}

static inline void put_integer(pc_json *j, const char *key, int64_t value)
{
    pc_json_key(j, key);
    pc_json_integer(j, value);
}

static inline void put_integer_if(pc_json *j, const char *key, bool known, int64_t value)
{
    if (known)
        put_integer(j, key, value);
    else
        put_null(j, key);
}

static inline void put_address_if(pc_json *j, const char *key, bool known, pc_addr value)
{
    pc_json_key(j, key);
    if (known)
        pc_json_address(j, value);
    else
        pc_json_null(j);
}

static inline void put_address(pc_json *j, const char *key, pc_addr value)
{
    put_address_if(j, key, true, value);
}

static inline void put_status(pc_json *j, const char *key, pc_status status)
{
    put_text(j, key, pc_status_name(status));
}

static inline void begin_object(pc_json *j, const char *key)
{
    pc_json_key(j, key);
    pc_json_object(j);
}

static inline void begin_array(pc_json *j, const char *key)
{
    pc_json_key(j, key);
    pc_json_array(j);
}

/* A path that may be of any bytes: valid UTF-8, and its bytes as hexadecimal digits where it was none. */
static inline void put_path(pc_json *j, const char *path)
{
    PC_AUTO_BUFFER bytes = {0};
    size_t length = strlen(path);
    bool is_text = pc_text_is_utf8(path, length);
    if (!is_text)
        pc_text_put_hex(&bytes, path, length);
    put_text(j, "path", path);
    put_text(j, "path_bytes", is_text ? NULL : pc_buffer_text(&bytes));
}

static inline void put_generator(pc_json *j, const pc_generator *g)
{
    if (!g) {
        put_null(j, "generator");
        return;
    }
    begin_object(j, "generator");
    put_text(j, "state", pc_generator_state_name(g->state));
    put_text(j, "qualname", g->qualname);
    put_text(j, "filename", g->filename);
    put_integer_if(j, "line", g->line >= 0, g->line);
    put_null(j, "awaiting"); /* not looked for */
    pc_json_object_end(j);
}

/* What follows a value's text of nearly all. */
#define WHOLE_VALUE ",\"exact\":true,\"truncated\":false,\"status\":\"complete\",\"generator\":null"

static inline void put_value(pc_json *j, const pc_value *v)
{
    put_text(j, "type", v->type);
    put_address_if(j, "address", v->address != 0, v->address);
    put_text(j, "value", v->repr.text);
    if (v->repr.text && v->repr.exact && !v->repr.truncated && v->repr.status == PC_STATUS_COMPLETE && !v->generator) {
        PC_JSON_LITERAL(j, WHOLE_VALUE);
        return;
    }
    put_bool_if(j, "exact", v->repr.text != NULL, v->repr.exact);
    put_bool(j, "truncated", v->repr.truncated);
    put_status(j, "status", v->repr.status);
    put_generator(j, v->generator);
}

static inline void put_attributes(pc_json *j, const pc_attributes *a)
{
    if (!a) {
        put_null(j, "attributes");
        return;
    }
    begin_array(j, "attributes");
    for (size_t i = 0; i < a->count; i++) {
        pc_json_object(j);
        put_text(j, "name", a->items[i].name);
        put_value(j, &a->items[i].value);
        put_null(j, "attributes"); /* one level deep */
        put_null(j, "attributes_status");
        pc_json_object_end(j);
    }
    pc_json_array_end(j);
}

static inline void write_diagnostic(pc_json *j, const pc_diagnostic *d)
{
    pc_json_object(j);
    put_text(j, "severity", pc_severity_name(d->severity));
    put_text(j, "code", d->code);
    put_text(j, "message", d->message);
    put_address_if(j, "address", d->has_address, d->address);
    pc_json_object_end(j);
}

#endif
