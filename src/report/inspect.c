#include "report/inspect.h"

#include "report/json_parts.h"

/* ---- JSON ---- */

static json_t *object_node(const pc_inspection *i)
{
    json_t *o = json_object(), *mro = json_null();
    const pc_attributes *a = i->value.attributes;
    put_value(o, &i->value);
    put(o, "attributes", attributes_node(a));
    put(o, "attributes_status", a ? json_string(pc_status_name(a->status)) : json_null());
    put(o, "reference_count", integer_if(i->has_references, i->references));
    put(o, "immortal", known(i->immortal));
    put(o, "size", integer_if(i->has_size, (int64_t)i->size));
    put(o, "size_exact", i->has_size ? json_boolean(i->size_exact) : json_null());
    put(o, "size_how", i->has_size ? text(i->size_how) : json_null());
    if (i->is_object)
        mro = json_array();
    for (size_t k = 0; k < i->mro_count; k++) {
        json_t *class = json_object();
        put(class, "type", text(i->mro[k].name));
        put(class, "address", address_if(i->mro[k].address != 0, i->mro[k].address));
        json_array_append_new(mro, class);
    }
    put(o, "mro", mro);
    put(o, "mro_status", i->is_object ? json_string(pc_status_name(i->mro_status)) : json_null());
    return o;
}

void pc_inspect_write_json(const pc_report *report, const pc_inspection *objects, size_t count, FILE *out)
{
    json_t *o = json_object(), *diagnostics = json_array();
    put(o, "schema", json_string("pycore-inspect/1"));
    put(o, "pycore", json_string(PACKAGE_VERSION));
    put(o, "status", json_string(pc_report_status_name(report->status)));
    put(o, "redaction", json_string(pc_redact_name(report->redaction ? report->redaction->level : PC_REDACT_NONE)));
    put(o, "core", text(report->core.path));
    put(o, "version", text(report->interpreter.version));
    dump_head(out, o);
    fputs(",\n\"objects\":[", out);
    for (size_t i = 0; i < count; i++) {
        fputs(i ? ",\n " : "\n ", out);
        dump(out, object_node(&objects[i]));
    }
    for (size_t i = 0; i < report->diagnostics->count; i++)
        json_array_append_new(diagnostics, diagnostic_node(&report->diagnostics->items[i]));
    fputs("],\n\"diagnostics\":", out);
    dump(out, diagnostics);
    fputs("}\n", out);
}
