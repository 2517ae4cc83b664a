#include "cli/progress.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"

#define WIDTH 30

static void tell(void *context, uint64_t done, uint64_t all)
{
    pc_progress_bar *bar = context;
    uint64_t now = pc_clock_milliseconds();
    if (!bar->on_terminal || now - bar->begun < 1000 || (bar->shown && now - bar->told < 100))
        return;
    bar->shown = true;
    bar->told = now;
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
    *bar = (pc_progress_bar){.on_terminal = isatty(STDERR_FILENO), .begun = pc_clock_milliseconds()};
    return (pc_progress){.tell = tell, .context = bar};
}

void pc_progress_bar_end(pc_progress_bar *bar)
{
    if (bar->shown)
        fputs("\r\033[K", stderr);
    bar->shown = false;
}
