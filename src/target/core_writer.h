/* Writes an ELF core that holds a part of another's memory: the notes as they are, one more of ours, and of each segment the
 * bytes that have been looked at, wherever they came from; the rest of it stays "not saved". Class, machine and byte order are
 * the other's. */
#ifndef PC_TARGET_CORE_WRITER_H
#define PC_TARGET_CORE_WRITER_H

#include <stdio.h>

#include "target/core.h"

/* note: text of our own note. Errors of the stream are the caller's to ask for (ferror). */
void pc_core_write_part(pc_core *core, const pc_touched *touched, const char *note, size_t note_size, FILE *out);

#endif
