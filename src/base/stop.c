#include "base/stop.h"

#include <malloc.h>

#include "base/error.h"
#include "base/limits.h"

#if PC_IS_SANITIZED
size_t __sanitizer_get_current_allocated_bytes(void); /* sanitizer/allocator_interface.h, which not every gcc has */
#endif

volatile sig_atomic_t pc_stop_flag, pc_stop_inflating;

static struct {
    uint64_t all, asked; /* 0: no limit; bytes asked for since the last look */
} memory;

const char *pc_stop_text(void)
{
    static const char *const texts[] = {
        NULL,
        "the time that it may take (--limit-time) is over",
        "the memory that it may take (--limit-memory) is used up",
        "a file that was being read has become shorter or cannot be read",
    };
    return texts[pc_stop_flag];
}

const char *pc_stop_code(void)
{
    static const char *const codes[] = {NULL, "time-limit", "memory-limit", "lost-file"};
    return codes[pc_stop_flag];
}

void pc_stop_limit_memory(uint64_t bytes)
{
    memory.all = bytes;
    memory.asked = 0;
}

/* All that is allocated in this process, by the libraries, too. */
static uint64_t in_use(void)
{
#if PC_IS_SANITIZED
    return __sanitizer_get_current_allocated_bytes();
#elif defined(HAVE_MALLINFO2)
    struct mallinfo2 info = mallinfo2();
    return info.uordblks + info.hblkhd;
#else
    return 0;
#endif
}

void pc_stop_count(size_t size)
{
    if (!memory.all || (memory.asked += size) < memory.all / PC_LIMIT_MEMORY_LOOKS)
        return;
    uint64_t used = in_use();
    memory.asked = 0;
    if (used > memory.all - memory.all / 4)
        pc_stop(PC_STOP_MEMORY);
    if (used > memory.all || size > memory.all - used)
        pc_out_of_memory();
}
