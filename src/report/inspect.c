#include "report/inspect.h"

#include "report/json_parts.h"

/* ---- JSON ---- */

static void put_mro(pc_json *j, const pc_inspection *i)
{
    if (!i->is_object) {
        put_null(j, "mro");
        return;
    }
    begin_array(j, "mro");
    for (size_t k = 0; k < i->mro_count; k++) {
        pc_json_object(j);
        put_text(j, "type", i->mro[k].name);
        put_address_if(j, "address", i->mro[k].address != 0, i->mro[k].address);
        pc_json_object_end(j);
    }
    pc_json_array_end(j);
}

static void write_object(pc_json *j, const pc_inspection *i)
{
    const pc_attributes *a = i->value.attributes;
    pc_json_object(j);
    put_value(j, &i->value);
    put_attributes(j, a);
    put_text(j, "attributes_status", a ? pc_status_name(a->status) : NULL);
    put_integer_if(j, "reference_count", i->has_references, i->references);
    put_known(j, "immortal", i->immortal);
    put_integer_if(j, "size", i->has_size, (int64_t)i->size);
    put_bool_if(j, "size_exact", i->has_size, i->size_exact);
    put_text(j, "size_how", i->has_size ? i->size_how : NULL);
    put_mro(j, i);
    put_text(j, "mro_status", i->is_object ? pc_status_name(i->mro_status) : NULL);
    pc_json_object_end(j);
}

void pc_inspect_write_json(const pc_report *report, const pc_inspection *objects, size_t count, FILE *out)
{
    pc_json json, *j = &json;
    pc_json_begin(j, out);
    pc_json_object(j);
    put_text(j, "schema", "pycore-inspect/1");
    put_text(j, "pycore", PACKAGE_VERSION);
    put_text(j, "status", pc_report_status_name(report->status));
    put_text(j, "redaction", pc_redact_name(report->redaction ? report->redaction->level : PC_REDACT_NONE));
    put_text(j, "core", report->core.path);
    put_text(j, "version", report->interpreter.version);
    pc_json_break(j, "\n");
    begin_array(j, "objects");
    for (size_t i = 0; i < count; i++) {
        pc_json_break(j, "\n ");
        write_object(j, &objects[i]);
    }
    pc_json_array_end(j);
    pc_json_break(j, "\n");
    begin_array(j, "diagnostics");
    for (size_t i = 0; i < report->diagnostics->count; i++)
        write_diagnostic(j, &report->diagnostics->items[i]);
    pc_json_array_end(j);
    pc_json_object_end(j);
    pc_json_raw(j, "\n", 1);
    pc_json_end(j);
}
