#include "target/signals.h"

static const char *const names[] = {
    [1] = "SIGHUP",   [2] = "SIGINT",    [3] = "SIGQUIT",  [4] = "SIGILL",   [5] = "SIGTRAP",  [6] = "SIGABRT",
    [7] = "SIGBUS",   [8] = "SIGFPE",    [9] = "SIGKILL",  [10] = "SIGUSR1", [11] = "SIGSEGV", [12] = "SIGUSR2",
    [13] = "SIGPIPE", [14] = "SIGALRM",  [15] = "SIGTERM", [16] = "SIGSTKFLT", [17] = "SIGCHLD", [18] = "SIGCONT",
    [19] = "SIGSTOP", [20] = "SIGTSTP",  [21] = "SIGTTIN", [22] = "SIGTTOU", [23] = "SIGURG",  [24] = "SIGXCPU",
    [25] = "SIGXFSZ", [26] = "SIGVTALRM", [27] = "SIGPROF", [28] = "SIGWINCH", [29] = "SIGIO", [30] = "SIGPWR",
    [31] = "SIGSYS",
};

static const struct {
    int number; /* 0: any signal */
    int code;
    pc_signal_origin origin;
    const char *name, *meaning;
} codes[] = {
    {11, 1, PC_SIGNAL_FAULT, "SEGV_MAPERR", "address not mapped"},
    {11, 2, PC_SIGNAL_FAULT, "SEGV_ACCERR", "access not permitted"},
    {11, 3, PC_SIGNAL_FAULT, "SEGV_BNDERR", "bounds check failed"},
    {11, 4, PC_SIGNAL_FAULT, "SEGV_PKUERR", "protection key denied access"},
    {7, 1, PC_SIGNAL_FAULT, "BUS_ADRALN", "unaligned address"},
    {7, 2, PC_SIGNAL_FAULT, "BUS_ADRERR", "no memory behind the address (a mapped file that was cut?)"},
    {7, 3, PC_SIGNAL_FAULT, "BUS_OBJERR", "hardware error"},
    {7, 4, PC_SIGNAL_FAULT, "BUS_MCEERR_AR", "memory failure"},
    {7, 5, PC_SIGNAL_FAULT, "BUS_MCEERR_AO", "memory failure"},
    {4, 1, PC_SIGNAL_FAULT, "ILL_ILLOPC", "illegal opcode"},
    {4, 2, PC_SIGNAL_FAULT, "ILL_ILLOPN", "illegal operand"},
    {4, 3, PC_SIGNAL_FAULT, "ILL_ILLADR", "illegal addressing mode"},
    {4, 4, PC_SIGNAL_FAULT, "ILL_ILLTRP", "illegal trap"},
    {4, 5, PC_SIGNAL_FAULT, "ILL_PRVOPC", "privileged opcode"},
    {4, 6, PC_SIGNAL_FAULT, "ILL_PRVREG", "privileged register"},
    {4, 7, PC_SIGNAL_FAULT, "ILL_COPROC", "coprocessor error"},
    {4, 8, PC_SIGNAL_FAULT, "ILL_BADSTK", "internal stack error"},
    {8, 1, PC_SIGNAL_FAULT, "FPE_INTDIV", "integer division by zero"},
    {8, 2, PC_SIGNAL_FAULT, "FPE_INTOVF", "integer overflow"},
    {8, 3, PC_SIGNAL_FAULT, "FPE_FLTDIV", "floating-point division by zero"},
    {8, 4, PC_SIGNAL_FAULT, "FPE_FLTOVF", "floating-point overflow"},
    {8, 5, PC_SIGNAL_FAULT, "FPE_FLTUND", "floating-point underflow"},
    {8, 6, PC_SIGNAL_FAULT, "FPE_FLTRES", "floating-point inexact result"},
    {8, 7, PC_SIGNAL_FAULT, "FPE_FLTINV", "invalid floating-point operation"},
    {8, 8, PC_SIGNAL_FAULT, "FPE_FLTSUB", "subscript out of range"},
    {5, 1, PC_SIGNAL_FAULT, "TRAP_BRKPT", "breakpoint"},
    {5, 2, PC_SIGNAL_FAULT, "TRAP_TRACE", "trace trap"},
    {31, 1, PC_SIGNAL_OTHER, "SYS_SECCOMP", "system call refused by seccomp"},
    {0, 0, PC_SIGNAL_SENT, "SI_USER", NULL},
    {0, 0x80, PC_SIGNAL_OTHER, "SI_KERNEL", "raised by the kernel, no address given"},
    {0, -1, PC_SIGNAL_SENT, "SI_QUEUE", NULL},
    {0, -2, PC_SIGNAL_OTHER, "SI_TIMER", "timer expired"},
    {0, -3, PC_SIGNAL_SENT, "SI_MESGQ", NULL},
    {0, -4, PC_SIGNAL_OTHER, "SI_ASYNCIO", NULL},
    {0, -5, PC_SIGNAL_OTHER, "SI_SIGIO", NULL},
    {0, -6, PC_SIGNAL_SENT, "SI_TKILL", NULL},
};

const char *pc_signal_name(int number)
{
    /* 32 and 33 are taken by the C library: what programs call SIGRTMIN is 34 with glibc */
    static const char *const real_time[] = {
        "SIGRTMIN", "SIGRTMIN+1", "SIGRTMIN+2", "SIGRTMIN+3", "SIGRTMIN+4", "SIGRTMIN+5", "SIGRTMIN+6", "SIGRTMIN+7",
        "SIGRTMIN+8", "SIGRTMIN+9", "SIGRTMIN+10", "SIGRTMIN+11", "SIGRTMIN+12", "SIGRTMIN+13", "SIGRTMIN+14",
        "SIGRTMIN+15", "SIGRTMIN+16", "SIGRTMIN+17", "SIGRTMIN+18", "SIGRTMIN+19", "SIGRTMIN+20", "SIGRTMIN+21",
        "SIGRTMIN+22", "SIGRTMIN+23", "SIGRTMIN+24", "SIGRTMIN+25", "SIGRTMIN+26", "SIGRTMIN+27", "SIGRTMIN+28",
        "SIGRTMIN+29", "SIGRTMAX",
    };
    if (number >= 34 && number <= 64)
        return real_time[number - 34];
    return number > 0 && (size_t)number < PC_ARRAY_SIZE(names) ? names[number] : NULL;
}

static size_t find_code(int number, int code)
{
    size_t i = 0;
    while (i < PC_ARRAY_SIZE(codes) && !(codes[i].code == code && (!codes[i].number || codes[i].number == number)))
        i++;
    return i;
}

const char *pc_signal_code_name(int number, int code)
{
    size_t i = find_code(number, code);
    return i < PC_ARRAY_SIZE(codes) ? codes[i].name : NULL;
}

const char *pc_signal_code_meaning(int number, int code)
{
    size_t i = find_code(number, code);
    return i < PC_ARRAY_SIZE(codes) ? codes[i].meaning : NULL;
}

pc_signal_origin pc_signal_code_origin(int number, int code)
{
    size_t i = find_code(number, code);
    return i < PC_ARRAY_SIZE(codes) ? codes[i].origin : PC_SIGNAL_OTHER;
}
