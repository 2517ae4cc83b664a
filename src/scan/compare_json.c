#include "report/json_parts.h"
#include "scan/compare.h"

static void write_core(pc_json *j, const pc_compare_core *core)
{
    pc_json_object(j);
    put_path(j, core->path);
    put_text(j, "status", core->status);
    put_text(j, "reason", core->reason);
    put_integer_if(j, "pid", core->has_pid, core->pid);
    put_text(j, "command", core->command);
    put_text(j, "cause", core->cause);
    put_text(j, "version", core->version);
    put_text(j, "machine", core->machine);
    put_text(j, "program", core->program);
    put_integer(j, "threads", (int64_t)(core->thread_count + core->left_out));
    put_integer_if(j, "odd", !core->reason, (int64_t)core->odd);
    pc_json_object_end(j);
}

static void write_frame(pc_json *j, const pc_compare_frame *f)
{
    pc_json_object(j);
    put_text(j, "name", f->name);
    put_text(j, "module", f->module);
    put_text(j, "filename", f->filename);
    put_integer_if(j, "line", f->line >= 0, f->line);
    pc_json_object_end(j);
}

static void put_difference(pc_json *j, const pc_compare_variant *v)
{
    if (v->difference == PC_COMPARE_SAME) {
        put_null(j, "difference");
        return;
    }
    bool places = v->difference != PC_COMPARE_MISSING && v->difference != PC_COMPARE_EXCEPTION;
    begin_object(j, "difference");
    put_text(j, "kind", pc_compare_difference_name(v->difference));
    put_integer_if(j, "frame", places && v->thread && v->frame < v->thread->frame_count, (int64_t)v->frame);
    put_integer_if(j, "other_frame", places, (int64_t)v->other_frame);
    put_bool(j, "same_functions", v->same_functions);
    pc_json_object_end(j);
}

static void put_cores_of(pc_json *j, const pc_compare_row *row, const pc_compare_variant *v)
{
    begin_array(j, "cores");
    for (size_t i = 0; i < v->count; i++)
        pc_json_integer(j, (int64_t)v->cores[i]);
    pc_json_array_end(j);
    begin_array(j, "tids");
    for (size_t i = 0; i < v->count; i++) {
        const pc_compare_thread *t = row->cells[v->cores[i]];
        if (t && t->has_tid)
            pc_json_integer(j, t->tid);
        else
            pc_json_null(j);
    }
    pc_json_array_end(j);
    begin_array(j, "crashed");
    for (size_t i = 0; i < v->count; i++) {
        const pc_compare_thread *t = row->cells[v->cores[i]];
        if (t)
            pc_json_bool(j, t->crashed);
        else
            pc_json_null(j);
    }
    pc_json_array_end(j);
}

static void write_variant(pc_json *j, const pc_compare_row *row, const pc_compare_variant *v)
{
    pc_json_object(j);
    put_cores_of(j, row, v);
    put_bool(j, "present", v->thread != NULL);
    put_bool(j, "odd", v->odd);
    put_difference(j, v);
    put_text(j, "exception", v->thread ? v->thread->exception : NULL);
    begin_array(j, "frames");
    for (size_t i = 0; v->thread && i < v->thread->frame_count; i++)
        write_frame(j, &v->thread->frames[i]);
    pc_json_array_end(j);
    pc_json_object_end(j);
}

static void write_row(pc_json *j, const pc_compare_row *row)
{
    pc_json_object(j);
    put_text(j, "name", row->thread->name);
    put_bool(j, "main", row->thread->main);
    put_text(j, "majority", pc_compare_majority_name(row->majority));
    begin_array(j, "variants");
    for (size_t i = 0; i < row->variant_count; i++)
        write_variant(j, row, &row->variants[i]);
    pc_json_array_end(j);
    pc_json_object_end(j);
}

void pc_comparison_write_json(const pc_comparison *c, const char *redaction, FILE *out)
{
    pc_json json, *j = &json;
    pc_json_begin(j, out);
    pc_json_object(j);
    put_text(j, "schema", "pycore-compare/1");
    put_text(j, "pycore", PACKAGE_VERSION);
    put_text(j, "status", c->compared < 2 ? "none" : c->partial ? "partial" : "complete");
    put_text(j, "redaction", redaction);
    begin_array(j, "cores");
    for (size_t i = 0; i < c->core_count; i++)
        write_core(j, &c->cores[i]);
    pc_json_array_end(j);
    begin_array(j, "notes");
    for (size_t i = 0; i < c->note_count; i++)
        pc_json_string(j, c->notes[i]);
    pc_json_array_end(j);
    begin_array(j, "threads");
    for (size_t i = 0; i < c->row_count; i++) {
        pc_json_break(j, "\n");
        write_row(j, &c->rows[i]);
    }
    pc_json_array_end(j);
    pc_json_object_end(j);
    pc_json_raw(j, "\n", 1);
    pc_json_end(j);
}
