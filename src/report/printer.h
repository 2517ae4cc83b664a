/* What the parts of the text report share; nobody else includes it. */
#ifndef PC_REPORT_PRINTER_H
#define PC_REPORT_PRINTER_H

#include <string.h>

#include "base/map.h"
#include "base/text.h"
#include "report/colors.h"
#include "report/report.h"
#include "report/source.h"

typedef struct printer {
    const pc_report *report;
    const pc_text_options *options;
    FILE *out;
    pc_source_cache *sources;
    const pc_thread **threads; /* that were shown, or are being shown */
    size_t thread_count;
    size_t threads_in_frames; /* how many of them have their frames in `frames` */
    pc_map frames; /* addresses of frames whose locals are shown already; asked for by tracebacks only, and filled for them */
    pc_map bodies; /* dicts of globals that are shown already, as the names of a module's body */
    pc_map inside; /* objects of one thread -> the frame that shows their attributes */
    const char *prefix; /* before every line: the frames of exception groups */
    int group_depth;    /* of exception groups, as traceback counts: 0 outside of any */
    bool group_open;    /* its frame is to be closed behind the exception that is being printed */
} printer;

static inline void plain(printer *p, const char *text)
{
    PC_AUTO_BUFFER safe = {0};
    pc_text_put_terminal(&safe, text);
    fputs(pc_buffer_text(&safe), p->out);
}

static inline void styled(printer *p, const char *style, const char *text)
{
    bool color = p->options->color && *style;
    fputs(color ? style : "", p->out);
    plain(p, text);
    fputs(color ? OFF : "", p->out);
}

static inline void PC_PRINTF(3, 4) put(printer *p, const char *style, const char *format, ...)
{
    PC_AUTO_BUFFER text = {0};
    va_list args;
    va_start(args, format);
    pc_buffer_vprintf(&text, format, args);
    va_end(args);
    /* the line's end is ours; every other one comes from the target and is escaped */
    size_t length = strlen(format);
    bool ends = length && format[length - 1] == '\n';
    if (ends)
        pc_buffer_cut(&text, text.length - 1);
    if (style)
        styled(p, style, pc_buffer_text(&text));
    else
        plain(p, pc_buffer_text(&text));
    if (ends)
        fputc('\n', p->out);
}

static inline void newline(printer *p)
{
    fputc('\n', p->out);
}

static inline void indent(printer *p, const char *more)
{
    fputs(p->prefix, p->out);
    fputs(more, p->out);
}

/* count frames from first on; a run of the same place is shown three times. fresh_locals_only: the variables only of frames
 * that were not shown before. */
void pc_print_frames(printer *p, const pc_frame *frames, size_t count, bool innermost_first, bool fresh_locals_only);

/* An exception with what it was raised from or in the handling of, as traceback.print_exception() prints it, and the variables
 * of its frames. */
void pc_print_exception(printer *p, const pc_exception *exception);

#endif
