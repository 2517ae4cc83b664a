#include "cli/progress.h"

#include <stdio.h>
#include <unistd.h>

#define WIDTH 30

static double seconds_since(const struct timespec *then)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - then->tv_sec) + (double)(now.tv_nsec - then->tv_nsec) / 1e9;
}

static void tell(void *context, uint64_t done, uint64_t all)
{
    pc_progress_bar *bar = context;
    if (!bar->on_terminal || seconds_since(&bar->begun) < 1 || (bar->shown && seconds_since(&bar->told) < 0.1))
        return;
    bar->shown = true;
    clock_gettime(CLOCK_MONOTONIC, &bar->told);
    fprintf(stderr, "\rpycore: inflating the core ");
    if (all) {
        unsigned percent = done < all ? (unsigned)(100.0 * (double)done / (double)all) : 100;
        fputc('[', stderr);
        for (unsigned i = 0; i < WIDTH; i++)
            fputc(i * 100 < percent * WIDTH ? '#' : '.', stderr);
        fprintf(stderr, "] %3u %%", percent);
    } else {
        fprintf(stderr, "%8.1f MB", (double)done / 1e6);
    }
    fflush(stderr);
}

pc_progress pc_progress_bar_begin(pc_progress_bar *bar)
{
    *bar = (pc_progress_bar){.on_terminal = isatty(STDERR_FILENO)};
    clock_gettime(CLOCK_MONOTONIC, &bar->begun);
    return (pc_progress){.tell = tell, .context = bar};
}

void pc_progress_bar_end(pc_progress_bar *bar)
{
    if (bar->shown)
        fputs("\r\033[K", stderr);
    bar->shown = false;
}
