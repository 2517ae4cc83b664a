/* Which cores are wanted: --filter=KEY=VALUE[,VALUE...] or KEY!=VALUE[,VALUE...], each of which has to hold. pycore-scan(1) has the
 * keys. */
#ifndef PC_SCAN_FILTER_H
#define PC_SCAN_FILTER_H

#include "scan/outcome.h"

typedef struct pc_filter_term pc_filter_term;

typedef struct pc_filter {
    pc_filter_term *terms;
    size_t count, capacity;
} pc_filter;

void pc_filter_deinit(pc_filter *filter); /* of one that was all zero at first */
/* One more expression. Errors: PC_ERROR_FORMAT, naming what is known. */
pc_error *pc_filter_add(pc_filter *filter, const char *text, int64_t now_us);
/* There is a term that pc_filter_accepts() cannot tell without a report. */
bool pc_filter_needs_report(const pc_filter *filter);
/* The outcome as pc_outcome_of_report() sets it. report NULL: there is none, and nothing but times can hold. */
bool pc_filter_accepts(const pc_filter *filter, const pc_report *report, const pc_outcome *outcome);

#endif
