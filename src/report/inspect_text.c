#include "report/inspect.h"
#include "report/printer.h"

static void put_label(printer *p, const char *label)
{
    fputs("  ", p->out);
    styled(p, CYAN, label);
    fputs(": ", p->out);
}

static void put_one_value(printer *p, const pc_value *v)
{
    if (v->repr.text)
        plain(p, v->repr.text);
    else
        put(p, YELLOW, "<%s: %s>", v->type ? v->type : "unknown type", pc_status_name(v->repr.status));
    newline(p);
}

static void put_references(printer *p, const pc_inspection *i)
{
    put_label(p, "references");
    if (!i->has_references)
        put(p, YELLOW, "not known\n");
    else if (i->immortal == PC_TRUE)
        put(p, NULL, "immortal (ob_refcnt is %" PRId64 ")\n", i->references);
    else
        put(p, NULL, "%" PRId64 "\n", i->references);
}

static void put_size(printer *p, const pc_inspection *i)
{
    put_label(p, "size");
    if (!i->has_size) {
        put(p, YELLOW, "not known\n");
        return;
    }
    put(p, NULL, "%" PRIu64 " bytes: %s", i->size, i->size_how);
    put(p, DIM, "%s\n", i->size_exact ? " (sys.getsizeof() gives the same)" : " (the object itself; its type's __sizeof__() may count more)");
}

static void put_attributes(printer *p, const pc_attributes *a)
{
    put_label(p, "attributes");
    put(p, NULL, a->count ? "%zu\n" : "none\n", a->count);
    for (size_t i = 0; i < a->count; i++) {
        fputs("    ", p->out);
        styled(p, CYAN, a->items[i].name ? a->items[i].name : "?");
        fputs(" = ", p->out);
        put_one_value(p, &a->items[i].value);
    }
    if (a->left_out)
        put(p, DIM, "    ... and %" PRIu64 " more\n", a->left_out);
    if (a->status != PC_STATUS_COMPLETE && a->status != PC_STATUS_TRUNCATED)
        put(p, YELLOW, "    <more attributes: %s>\n", pc_status_name(a->status));
}

static void put_object(printer *p, const pc_inspection *i)
{
    put(p, BOLD, PC_ADDR, i->value.address);
    if (!i->is_object) {
        put(p, YELLOW, ": no object (%s)\n", pc_status_name(i->value.repr.status));
        return;
    }
    put(p, BOLD, ": %s\n", i->value.type ? i->value.type : "an object of an unknown type");
    put_label(p, "value");
    put_one_value(p, &i->value);
    put_references(p, i);
    put_size(p, i);
    fputs("  ", p->out);
    styled(p, CYAN, "classes");
    fputs(":\n", p->out);
    for (size_t k = 0; k < i->mro_count; k++)
        put(p, NULL, "    %s at " PC_ADDR "\n", i->mro[k].name ? i->mro[k].name : "?", i->mro[k].address);
    if (i->mro_status != PC_STATUS_COMPLETE)
        put(p, YELLOW, "    <more classes: %s>\n", pc_status_name(i->mro_status));
    if (i->value.attributes)
        put_attributes(p, i->value.attributes);
}

void pc_inspect_write_text(const pc_report *report, const pc_inspection *objects, size_t count, const pc_text_options *options, FILE *out)
{
    printer p = {.report = report, .options = options, .out = out, .prefix = ""};
    if (report->redaction && report->redaction->level != PC_REDACT_NONE)
        put(&p, NULL, "redacted: %s\n", report->redaction->level == PC_REDACT_ALL ? "all values" : "secrets");
    for (size_t i = 0; i < count; i++) {
        if (i)
            newline(&p);
        put_object(&p, &objects[i]);
    }
    bool any = false;
    for (size_t i = 0; i < report->diagnostics->count; i++) {
        const pc_diagnostic *d = &report->diagnostics->items[i];
        if (d->severity == PC_SEVERITY_INFO)
            continue;
        if (!any)
            newline(&p);
        any = true;
        put(&p, YELLOW, "%s", pc_severity_name(d->severity));
        put(&p, NULL, ": %s\n", d->message);
    }
}
