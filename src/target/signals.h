/* Names and meanings of Linux signals and their codes (signal(7), sigaction(2)). */
#ifndef PC_TARGET_SIGNALS_H
#define PC_TARGET_SIGNALS_H

#include "base/types.h"

typedef enum pc_signal_origin { PC_SIGNAL_OTHER, PC_SIGNAL_FAULT, PC_SIGNAL_SENT } pc_signal_origin;

/* "SIGSEGV"; NULL where the number is no signal. Real-time signals are "SIGRTMIN+n". */
const char *pc_signal_name(int number);
/* "SEGV_MAPERR"; NULL where it is not known. */
const char *pc_signal_code_name(int number, int code);
/* What the code means, for a person: "address not mapped"; NULL where there is nothing to add. */
const char *pc_signal_code_meaning(int number, int code);
/* Whether siginfo has a fault address, or a sender. */
pc_signal_origin pc_signal_code_origin(int number, int code);

#endif
