/* Several cores of one program, side by side: which threads of them are the same one, where each was, and which core is the odd one
 * out. Plain data, made of reports in JSON (pycore-report(5)). pycore-compare(1) has the rules. */
#ifndef PC_SCAN_COMPARE_H
#define PC_SCAN_COMPARE_H

#include <stdio.h>

#include "base/arena.h"
#include "base/error.h"

typedef struct pc_compare_frame {
    const char *function; /* as signatures name it, "module:qualname": what is compared, the same on all hosts */
    uint64_t id;          /* hash of it */
    const char *name;     /* qualified where that is known; NULL: not known */
    const char *module, *filename; /* NULL: not known */
    int64_t line;         /* -1: not known */
} pc_compare_frame;

typedef struct pc_compare_thread {
    size_t core;
    bool has_tid, main, crashed;
    int64_t tid;
    const char *name;      /* NULL: not known */
    const char *exception; /* "raising m.E", "handling m.E"; NULL: none */
    pc_compare_frame *frames; /* innermost first; none: no Python in this thread */
    size_t frame_count;
    size_t own_count;      /* without those at the outer end that only carry others: threading and the like */
    uint64_t places, functions; /* hashes: with the lines and the exception, and without */
    const char *stem;      /* the name with # for each number; "": not known */
} pc_compare_thread;

typedef struct pc_compare_core {
    const char *path;   /* as it was named */
    const char *reason; /* why it is not compared, one line; NULL: it is */
    const char *status; /* of its report; NULL: there is none */
    bool has_pid;
    int64_t pid;
    const char *command, *version, *machine, *program, *cause; /* NULL: not known. program: the file at the main thread's outer end */
    pc_compare_thread *threads;
    size_t thread_count;
    uint64_t left_out;  /* threads beyond PC_LIMIT_COMPARE_THREADS */
    size_t odd;         /* threads in which it is the odd one out */
} pc_compare_core;

/* How a stack leaves the one that it is compared with. */
typedef enum pc_compare_difference {
    PC_COMPARE_SAME,
    PC_COMPARE_FUNCTION,  /* from outside in, another function */
    PC_COMPARE_LINE,      /* the same function at another line */
    PC_COMPARE_DEEPER,    /* it has more frames inside of the other one's innermost */
    PC_COMPARE_SHALLOWER, /* it has fewer */
    PC_COMPARE_EXCEPTION, /* the same frames and another exception */
    PC_COMPARE_MISSING,   /* one of both is not there */
} pc_compare_difference;

/* What some of the cores have for one thread. */
typedef struct pc_compare_variant {
    const pc_compare_thread *thread; /* of the first of its cores; NULL: they have no such thread */
    size_t *cores;
    size_t count;
    size_t same_function_cores; /* that have the same functions, at whatever lines: this variant's, too */
    bool odd;
    pc_compare_difference difference; /* from the row's first variant */
    size_t frame, other_frame;        /* where, in both; FUNCTION, LINE: the frames that differ; DEEPER: the frame and what it is called by;
                                         SHALLOWER: its innermost frame and the one that it is not in */
    bool same_functions;              /* as the first one: only lines, or the exception, differ */
} pc_compare_variant;

/* In what more than half of the cores agree. */
typedef enum pc_compare_majority {
    PC_COMPARE_NO_MAJORITY,
    PC_COMPARE_MAJORITY_OF_FUNCTIONS, /* but not in the lines: loops that were caught at different points */
    PC_COMPARE_MAJORITY_OF_PLACES,    /* in functions, lines and exception */
} pc_compare_majority;

/* One thread of the program. */
typedef struct pc_compare_row {
    const pc_compare_thread *thread; /* of the first core that has it */
    const pc_compare_thread **cells; /* of each core; NULL: it has none */
    pc_compare_variant *variants;    /* those whose functions are the most frequent ones first, and of them the most frequent */
    size_t variant_count;
    pc_compare_majority majority;    /* the first one's */
} pc_compare_row;

typedef struct pc_comparison {
    pc_arena arena;
    pc_compare_core *cores; /* in the order in which they were added */
    size_t core_count, core_capacity, compared;
    pc_compare_row *rows;   /* those that differ first, the main thread first among them */
    size_t row_count, row_capacity;
    const char **notes;     /* what makes comparing them doubtful: other programs, other versions. One line each */
    size_t note_count, note_capacity;
    bool partial;           /* a core could not be compared, or not all of it could be read */
} pc_comparison;

void pc_comparison_init(pc_comparison *comparison);
void pc_comparison_deinit(pc_comparison *comparison);
/* A core's report. One that says that there is no Python state is a core that cannot be compared. Errors: PC_ERROR_FORMAT where it is
 * no report; nothing is added then. */
pc_error *pc_comparison_add(pc_comparison *comparison, const char *path, const char *json, size_t length);
/* A core that there is no report of. */
void pc_comparison_add_failed(pc_comparison *comparison, const char *path, const char *reason);
/* When all were added. */
void pc_comparison_make(pc_comparison *comparison);

typedef struct pc_compare_text_options {
    bool color;
    uint64_t max_frames; /* of one stack that are shown; 0: all */
} pc_compare_text_options;
void pc_comparison_write_text(const pc_comparison *comparison, const pc_compare_text_options *options, FILE *out);
/* One document pycore-compare/1. redaction: "none", "secrets", "all". */
void pc_comparison_write_json(const pc_comparison *comparison, const char *redaction, FILE *out);

/* For both: "function", "line" ...; NULL: they are the same. */
const char *pc_compare_difference_name(pc_compare_difference difference);

const char *pc_compare_majority_name(pc_compare_majority majority); /* NULL, "functions", "places" */

#endif
