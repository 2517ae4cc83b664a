/* What `pycore inspect` prints: text, or the JSON document pycore-inspect/1. No target memory is behind what it is given. */
#ifndef PC_REPORT_INSPECT_H
#define PC_REPORT_INSPECT_H

#include "report/report.h"
#include "walk/inspect.h"

void pc_inspect_write_text(const pc_report *report, const pc_inspection *objects, size_t count, const pc_text_options *options, FILE *out);
void pc_inspect_write_json(const pc_report *report, const pc_inspection *objects, size_t count, FILE *out);

#endif
