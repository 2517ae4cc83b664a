#include "report/json_parts.h"
#include "scan/compare.h"

static json_t *core_node(const pc_compare_core *core)
{
    json_t *o = json_object();
    put_path(o, core->path);
    put(o, "status", text(core->status));
    put(o, "reason", text(core->reason));
    put(o, "pid", integer_if(core->has_pid, core->pid));
    put(o, "command", text(core->command));
    put(o, "cause", text(core->cause));
    put(o, "version", text(core->version));
    put(o, "machine", text(core->machine));
    put(o, "program", text(core->program));
    put(o, "threads", json_integer((json_int_t)(core->thread_count + core->left_out)));
    put(o, "odd", core->reason ? json_null() : json_integer((json_int_t)core->odd));
    return o;
}

static json_t *frame_node(const pc_compare_frame *f)
{
    json_t *o = json_object();
    put(o, "name", text(f->name));
    put(o, "module", text(f->module));
    put(o, "filename", text(f->filename));
    put(o, "line", integer_if(f->line >= 0, f->line));
    return o;
}

static json_t *difference_node(const pc_compare_variant *v)
{
    if (v->difference == PC_COMPARE_SAME)
        return json_null();
    bool places = v->difference != PC_COMPARE_MISSING && v->difference != PC_COMPARE_EXCEPTION;
    json_t *o = json_object();
    put(o, "kind", text(pc_compare_difference_name(v->difference)));
    put(o, "frame", integer_if(places && v->thread && v->frame < v->thread->frame_count, (int64_t)v->frame));
    put(o, "other_frame", integer_if(places, (int64_t)v->other_frame));
    put(o, "same_functions", json_boolean(v->same_functions));
    return o;
}

static json_t *variant_node(const pc_compare_row *row, const pc_compare_variant *v)
{
    json_t *o = json_object(), *cores = json_array(), *tids = json_array(), *frames = json_array(), *crashed = json_array();
    for (size_t i = 0; i < v->count; i++) {
        const pc_compare_thread *t = row->cells[v->cores[i]];
        json_array_append_new(cores, json_integer((json_int_t)v->cores[i]));
        json_array_append_new(tids, integer_if(t && t->has_tid, t ? t->tid : 0));
        json_array_append_new(crashed, t ? json_boolean(t->crashed) : json_null());
    }
    for (size_t i = 0; v->thread && i < v->thread->frame_count; i++)
        json_array_append_new(frames, frame_node(&v->thread->frames[i]));
    put(o, "cores", cores);
    put(o, "tids", tids);
    put(o, "crashed", crashed);
    put(o, "present", json_boolean(v->thread != NULL));
    put(o, "odd", json_boolean(v->odd));
    put(o, "difference", difference_node(v));
    put(o, "exception", text(v->thread ? v->thread->exception : NULL));
    put(o, "frames", frames);
    return o;
}

static json_t *row_node(const pc_compare_row *row)
{
    json_t *o = json_object(), *variants = json_array();
    put(o, "name", text(row->thread->name));
    put(o, "main", json_boolean(row->thread->main));
    put(o, "majority", text(pc_compare_majority_name(row->majority)));
    for (size_t i = 0; i < row->variant_count; i++)
        json_array_append_new(variants, variant_node(row, &row->variants[i]));
    put(o, "variants", variants);
    return o;
}

void pc_comparison_write_json(const pc_comparison *c, const char *redaction, FILE *out)
{
    json_t *o = json_object(), *cores = json_array(), *notes = json_array();
    put(o, "schema", json_string("pycore-compare/1"));
    put(o, "pycore", json_string(PACKAGE_VERSION));
    put(o, "status", json_string(c->compared < 2 ? "none" : c->partial ? "partial" : "complete"));
    put(o, "redaction", json_string(redaction));
    for (size_t i = 0; i < c->core_count; i++)
        json_array_append_new(cores, core_node(&c->cores[i]));
    for (size_t i = 0; i < c->note_count; i++)
        json_array_append_new(notes, json_string(c->notes[i]));
    put(o, "cores", cores);
    put(o, "notes", notes);
    dump_head(out, o);
    fputs(",\"threads\":[", out);
    for (size_t i = 0; i < c->row_count; i++) {
        fputs(i ? ",\n" : "\n", out);
        dump(out, row_node(&c->rows[i]));
    }
    fputs("]}\n", out);
}
