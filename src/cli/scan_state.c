#include "cli/scan_state.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "cli/core_job.h"
#include "report/report.h"
#include "scan/time.h"

/* ---- one report ---- */

/* A report that was made with less left out is not shown where more is to be. */
static bool is_redacted(const json_t *report, pc_redact wanted)
{
    const char *level = json_string_value(json_object_get(report, "redaction"));
    for (pc_redact i = wanted; level && i <= PC_REDACT_ALL; i++)
        if (!strcmp(level, pc_redact_name(i)))
            return true;
    return false;
}

static void set_path(json_t *core, const char *path)
{
    PC_AUTO_BUFFER valid = {0}, bytes = {0};
    size_t length = strlen(path);
    pc_text_put_bytes(&valid, path, length);
    pc_text_put_hex(&bytes, path, length);
    json_object_set_new(core, "path", json_string(pc_buffer_text(&valid)));
    json_object_set_new(core, "path_bytes", pc_text_is_utf8(path, length) ? json_null() : json_string(pc_buffer_text(&bytes)));
}

/* path NULL: it stays as it is. */
static bool put_line(const char *report, size_t length, const char *path, pc_redact redact, pc_buffer *ret_line)
{
    json_t *node = json_loadb(report, length, 0, NULL);
    bool good = node && is_redacted(node, redact);
    if (good && path)
        set_path(json_object_get(node, "core"), path);
    char *line = good && path ? json_dumps(node, JSON_COMPACT) : NULL;
    if (line)
        pc_buffer_puts(ret_line, line);
    else if (good)
        pc_buffer_append(ret_line, report, length);
    free(line);
    json_decref(node);
    return good;
}

bool pc_scan_state_take(pc_state *state, const pc_options *options, const pc_filter *filter, pc_outcome *outcome, pc_buffer *ret_line)
{
    PC_AUTO_BUFFER report = {0};
    if (pc_filter_needs_report(filter))
        return false;
    outcome->matches = pc_filter_accepts(filter, NULL, outcome);
    if (!ret_line || outcome->kind != PC_OUTCOME_REPORT)
        return true;
    return pc_ok(pc_state_report(state, outcome->path, &report)) &&
           put_line(pc_buffer_text(&report), report.length, outcome->path, options->redact, ret_line);
}

/* ---- lists ---- */

typedef struct list {
    const pc_options *options;
    const pc_filter *filter;
    pc_groups groups;
    FILE *out;
    bool lines, cores; /* what is written of each core: its report, or a line for people */
    pc_buffer table;
    uint64_t withheld; /* reports that have in them what is not to be shown */
} list;

static void put_core(list *l, const pc_outcome *o)
{
    PC_AUTO_BUFFER line = {0};
    pc_buffer_puts(&line, "  ");
    pc_put_time(&line, o->when);
    pc_buffer_printf(&line, "  %s  ", o->hash ? o->hash : "-               ");
    pc_text_put_bytes(&line, o->path, strlen(o->path));
    pc_text_put_terminal(&l->table, pc_buffer_text(&line));
    pc_buffer_putc(&l->table, '\n');
}

static pc_error *visit(void *context, const pc_state_row *row)
{
    list *l = context;
    pc_outcome o = row->outcome;
    o.matches = pc_filter_accepts(l->filter, NULL, &o);
    pc_groups_add(&l->groups, &o, true, false);
    if (!o.matches)
        return NULL;
    if (l->cores)
        put_core(l, &o);
    if (!l->lines)
        return NULL;
    PC_AUTO_BUFFER line = {0}, blank = {0};
    if (row->report && put_line(row->report, row->report_length, NULL, l->options->redact, &line)) {
        pc_core_job_write_line(line.data, line.length, l->out);
        return NULL;
    }
    if (row->report) {
        l->withheld++;
        o.reason = "its report was stored with less left out than is asked for: scan it again";
    }
    pc_core_job_put_blank(&o, l->options->redact, &blank);
    fwrite(blank.data, 1, blank.length, l->out);
    return NULL;
}

static pc_error *query_of(const pc_options *options, pc_state_query *ret_query)
{
    pc_state_query q = {.hash = options->scan.group, .has_since = options->scan.new_since != NULL, .with_reports = options->json};
    if (q.has_since)
        PC_TRY(pc_time_parse(options->scan.new_since, pc_clock_now(), &q.since_us));
    *ret_query = q;
    return NULL;
}

static bool write_summary_file(const pc_groups *groups, const pc_summary_options *summary, const char *path)
{
    pc_output output;
    if (!pc_output_open(&output, path))
        return false;
    pc_groups_write_json(groups, summary, output.stream);
    return pc_output_close(&output);
}

bool pc_scan_write_summary(pc_groups *groups, const pc_options *options, const pc_summary_options *summary, FILE *out)
{
    const char *file = options->scan.summary_json;
    bool good = true;
    pc_groups_sort(groups);
    if (file && *file)
        good = write_summary_file(groups, summary, file);
    if (options->json)
        return good;
    if (file && !*file)
        pc_groups_write_json(groups, summary, out);
    else
        pc_groups_write_text(groups, summary, out);
    return good;
}

static bool write_list(list *l)
{
    pc_summary_options summary = {.color = pc_options_want_color(l->options), .all = true};
    if (!pc_scan_write_summary(&l->groups, l->options, &summary, l->out))
        return false;
    if (l->table.length)
        fprintf(l->out, "\nCores:\n%s", l->table.data);
    return true;
}

int pc_scan_state_list(const pc_options *options, const pc_filter *filter)
{
    pc_state *state = NULL;
    pc_state_query query;
    pc_output output;
    if (pc_filter_needs_report(filter)) {
        pc_cli_complain("scan: what is listed from a state can be filtered by times alone");
        return pc_cli_usage_error("scan");
    }
    pc_error *error = query_of(options, &query);
    if (error) {
        pc_cli_complain_error(error);
        return pc_cli_usage_error("scan");
    }
    if ((error = pc_state_open(&state, options->scan.state, true))) {
        pc_cli_complain_error(error);
        return PC_EXIT_OUTPUT;
    }
    if (!pc_output_open(&output, options->output)) {
        pc_state_destroy(state);
        return PC_EXIT_OUTPUT;
    }
    bool summary_only = options->scan.summary_json && !*options->scan.summary_json;
    list l = {.options = options, .filter = filter, .out = output.stream, .lines = options->json, .cores = !options->json && !summary_only};
    pc_groups_init(&l.groups);
    error = pc_state_each(state, &query, visit, &l);
    bool good = !error && write_list(&l);
    if (error)
        pc_cli_complain_error(error);
    if (l.withheld)
        pc_cli_complain("%s: %" PRIu64 " reports were stored with less left out than is asked for, and are not shown", options->scan.state, l.withheld);
    pc_buffer_deinit(&l.table);
    pc_groups_deinit(&l.groups);
    pc_state_destroy(state);
    if (!good)
        pc_output_abandon(&output);
    return good && pc_output_close(&output) ? PC_EXIT_COMPLETE : PC_EXIT_OUTPUT;
}
