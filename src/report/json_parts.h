/* What the JSON documents share; nobody else includes it. Each node that is made is put into another one, or written and let go of. */
#ifndef PC_REPORT_JSON_PARTS_H
#define PC_REPORT_JSON_PARTS_H

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "walk/attributes.h"
#include "walk/generator.h"

static inline json_t *text(const char *value)
{
    return value ? json_string(value) : json_null();
}

static inline json_t *address(pc_addr value)
{
    return json_sprintf(PC_ADDR, value);
}

static inline json_t *address_if(bool known, pc_addr value)
{
    return known ? address(value) : json_null();
}

static inline json_t *integer_if(bool known, int64_t value)
{
    return known ? json_integer(value) : json_null();
}

static inline json_t *known(pc_known value)
{
    return value == PC_UNKNOWN ? json_null() : json_boolean(value == PC_TRUE);
}

static inline void put(json_t *object, const char *key, json_t *value)
{
    json_object_set_new(object, key, value);
}

/* A path that may be of any bytes: valid UTF-8, and its bytes as hexadecimal digits where it was none. */
static inline void put_path(json_t *object, const char *path)
{
    PC_AUTO_BUFFER valid = {0}, bytes = {0};
    size_t length = strlen(path);
    pc_text_put_bytes(&valid, path, length);
    pc_text_put_hex(&bytes, path, length);
    put(object, "path", json_string(pc_buffer_text(&valid)));
    put(object, "path_bytes", pc_text_is_utf8(path, length) ? json_null() : json_string(pc_buffer_text(&bytes)));
}

/* Writes JSON's text. jansson escapes what JSON says has to be; DEL and the controls from U+0080 to U+009F are good JSON, but a
 * terminal that shows it may obey them. Such a character is in one piece in text. */
static inline void put_text(FILE *out, const char *text, size_t length)
{
    size_t from = 0;
    for (size_t i = 0; i < length; i++) {
        uint8_t c = (uint8_t)text[i], next = i + 1 < length ? (uint8_t)text[i + 1] : 0;
        bool two = c == 0xc2 && next >= 0x80 && next < 0xa0;
        if (c != 0x7f && !two)
            continue;
        fwrite(text + from, 1, i - from, out);
        fprintf(out, "\\u%04X", two ? next : c);
        i += two;
        from = i + 1;
    }
    fwrite(text + from, 1, length - from, out);
}

static inline int put_piece(const char *text, size_t length, void *out)
{
    put_text(out, text, length);
    return 0;
}

/* Writes a node and lets go of it. */
static inline void dump(FILE *out, json_t *node)
{
    json_dump_callback(node, put_piece, out, JSON_ENCODE_ANY | JSON_COMPACT);
    json_decref(node);
}

static inline json_t *generator_node(const pc_generator *g)
{
    if (!g)
        return json_null();
    json_t *o = json_object();
    put(o, "state", json_string(pc_generator_state_name(g->state)));
    put(o, "qualname", text(g->qualname));
    put(o, "filename", text(g->filename));
    put(o, "line", integer_if(g->line >= 0, g->line));
    put(o, "awaiting", json_null()); /* not looked for */
    return o;
}

static inline void put_value(json_t *o, const pc_value *v)
{
    put(o, "type", text(v->type));
    put(o, "address", address_if(v->address != 0, v->address));
    put(o, "value", text(v->repr.text));
    put(o, "exact", v->repr.text ? json_boolean(v->repr.exact) : json_null());
    put(o, "truncated", json_boolean(v->repr.truncated));
    put(o, "status", json_string(pc_status_name(v->repr.status)));
    put(o, "generator", generator_node(v->generator));
}

static inline json_t *attributes_node(const pc_attributes *a)
{
    if (!a)
        return json_null();
    json_t *list = json_array();
    for (size_t i = 0; i < a->count; i++) {
        json_t *o = json_object();
        put(o, "name", text(a->items[i].name));
        put_value(o, &a->items[i].value);
        put(o, "attributes", json_null()); /* one level deep */
        put(o, "attributes_status", json_null());
        json_array_append_new(list, o);
    }
    return list;
}

/* All of an object but its closing brace: what is large comes behind it, a node at a time. Lets go of it. */
static inline void dump_head(FILE *out, json_t *object)
{
    char *head = json_dumps(object, JSON_COMPACT);
    json_decref(object);
    put_text(out, head ? head : "{", head ? strlen(head) - 1 : 1);
    free(head);
}

static inline json_t *diagnostic_node(const pc_diagnostic *d)
{
    json_t *o = json_object();
    put(o, "severity", json_string(pc_severity_name(d->severity)));
    put(o, "code", text(d->code));
    put(o, "message", text(d->message));
    put(o, "address", address_if(d->has_address, d->address));
    return o;
}

#endif
