#include "cli/scan_progress.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"

#define WIDTH 30
#define BAR_MILLISECONDS 200
#define LINE_MILLISECONDS 10000

void pc_scan_progress_begin(pc_scan_progress *p, bool quiet)
{
    *p = (pc_scan_progress){.quiet = quiet, .on_terminal = isatty(STDERR_FILENO)};
    p->begun = p->told = pc_clock_milliseconds();
}

static uint64_t interval(const pc_scan_progress *p)
{
    return p->on_terminal ? BAR_MILLISECONDS : LINE_MILLISECONDS;
}

int pc_scan_progress_wait(const pc_scan_progress *p)
{
    uint64_t since = pc_clock_milliseconds() - p->told;
    return p->quiet ? -1 : since < interval(p) ? (int)(interval(p) - since) : 0;
}

void pc_scan_progress_tell(pc_scan_progress *p)
{
    if (p->quiet || pc_clock_milliseconds() - p->told < interval(p))
        return;
    p->told = pc_clock_milliseconds();
    double seconds = (double)(p->told - p->begun) / 1000, rate = seconds > 0 ? (double)p->done / seconds : 0;
    if (p->on_terminal) {
        fputs("\r\033[K", stderr);
        p->shown = true;
    }
    fputs("pycore: ", stderr);
    if (p->on_terminal && p->all) {
        fputc('[', stderr);
        for (uint64_t i = 0; i < WIDTH; i++)
            fputc(i * p->all < p->done * WIDTH ? '#' : '.', stderr);
        fputs("] ", stderr);
    }
    fprintf(stderr, "%" PRIu64, p->done);
    if (p->all)
        fprintf(stderr, " of %" PRIu64, p->all);
    fprintf(stderr, " cores, %.1f a second", rate);
    if (p->all > p->done && rate > 0) {
        uint64_t left = (uint64_t)((double)(p->all - p->done) / rate) + 1;
        fprintf(stderr, ", %" PRIu64 ":%02" PRIu64 " left", left / 60, left % 60);
    }
    if (!p->on_terminal)
        fputc('\n', stderr);
    fflush(stderr);
}

void pc_scan_progress_end(pc_scan_progress *p)
{
    if (p->shown)
        fputs("\r\033[K", stderr);
    p->shown = false;
}
