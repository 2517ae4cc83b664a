/* A report made by hand, with one of everything and with text that would like to be more than text. */
#ifndef PC_TESTS_SAMPLE_REPORT_H
#define PC_TESTS_SAMPLE_REPORT_H

#include "report/report.h"

/* Moves the cursor, colours, ends the line, reverses its direction. */
#define EVIL "\x1b[2J\x1b]0;x\x07\r\n\xe2\x80\xae\xc2\x9b"
/* The same as a terminal may see it. */
#define EVIL_SHOWN "\\x1b[2J\\x1b]0;x\\x07\\x0d\\n\\u202e\\x9b"

/* And as an exception's message, which has lines of its own. */
#define EVIL_LINES "\\x1b[2J\\x1b]0;x\\x07\\x0d\n\\u202e\\x9b"

typedef struct sample_report {
    pc_arena arena;
    pc_diagnostics diagnostics;
    pc_core core;
    pc_walk walk;
    pc_report report;
    pc_value *values; /* of the first frame's variables */
} sample_report;

/* Two threads: one crashed in f(), raising, with a chain and a group; the other has no Python. */
void sample_report_full(sample_report *sample);
/* A core of which next to nothing is known. */
void sample_report_empty(sample_report *sample);
void sample_report_deinit(sample_report *sample);

/* What the renderers write; free() it. */
char *sample_text(const sample_report *sample, bool color, uint64_t max_items);
char *sample_json(const sample_report *sample);

/* A copy in the arena. */
const pc_place *sample_place(pc_arena *arena, pc_place place);

#endif
