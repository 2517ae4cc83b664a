/* Outcomes of many cores, those of the same defect together: by their signature, pycore-signature(7). What has none is counted by
 * why. Whatever the order in which outcomes come, the result is the same. Keys of the JSON: pycore-scan(1). */
#ifndef PC_SCAN_GROUPS_H
#define PC_SCAN_GROUPS_H

#include <stdio.h>

#include "base/buffer.h"
#include "base/limits.h"
#include "base/map.h"
#include "scan/outcome.h"

/* A few different texts, the smallest ones in order. */
typedef struct pc_few {
    const char *items[PC_LIMIT_GROUP_NAMES];
    size_t count;
    bool more;
} pc_few;

typedef struct pc_group {
    const char *hash, *text;
    uint64_t count, fresh;  /* fresh: cores that were read in this run, not known from before */
    bool is_new;            /* no run before this one knew it */
    int64_t first, last;    /* microseconds since 1970 UTC */
    pc_outcome example;     /* the first core of them; of several, the one whose path is the smallest */
    pc_few versions, commands;
} pc_group;

typedef struct pc_failure {
    pc_outcome_kind kind; /* PC_OUTCOME_REPORT: a core without anything to tell it from others by */
    const char *reason;
    uint64_t count;
    const char *example; /* the smallest path */
} pc_failure;

typedef struct pc_groups {
    pc_arena arena;
    pc_map by_hash, failures_by_reason;
    pc_group **items; /* in order after pc_groups_sort() */
    size_t count, capacity;
    pc_failure **failures;
    size_t failure_count, failure_capacity;
    uint64_t kinds[4]; /* outcomes of each pc_outcome_kind */
    uint64_t fresh, known, filtered; /* reports that were made, that were known, and of both those that no filter let through */
} pc_groups;

void pc_groups_init(pc_groups *groups);
void pc_groups_deinit(pc_groups *groups);

/* Copies what it keeps. known: from before this run; is_new: its signature was never seen before. */
void pc_groups_add(pc_groups *groups, const pc_outcome *outcome, bool known, bool is_new);
/* Files that were no cores and have no outcome of their own. */
void pc_groups_count(pc_groups *groups, pc_outcome_kind kind, uint64_t count);
/* By count, the larger ones first, then by hash. */
void pc_groups_sort(pc_groups *groups);

typedef struct pc_summary_options {
    bool color;
    bool has_state;    /* what is new is known */
    unsigned width;    /* columns; 0: no limit */
    uint64_t unfinished; /* files that were not looked at, since the scan was ended */
    bool all;          /* every file that is no core is told */
} pc_summary_options;

void pc_groups_write_text(const pc_groups *groups, const pc_summary_options *options, FILE *out);
/* One line, schema "pycore-scan/1". */
void pc_groups_write_json(const pc_groups *groups, const pc_summary_options *options, FILE *out);

/* "2026-11-29T06:31:19Z" */
void pc_put_time(pc_buffer *buffer, int64_t microseconds);

#endif
