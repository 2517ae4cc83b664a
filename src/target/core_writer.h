/* Writes an ELF core that holds a part of another's memory: the notes as they are, one more of ours, and of each segment the
 * bytes that have been looked at, wherever they came from; the rest of it stays "not saved". Class, machine and byte order are
 * the other's. */
#ifndef PC_TARGET_CORE_WRITER_H
#define PC_TARGET_CORE_WRITER_H

#include <stdio.h>

#include "target/core.h"

/* note: text of our own note. redaction: NULL, or what is not to be told: then only the bytes that were looked at are there, to the
 * byte, without those that touched has as blank, and the other notes have no values. Those that are not there are zeros in the file; a
 * second note of ours, of type PC_DISTILLED_RUNS_TYPE, has the lengths of what is there and what is not, in turns, over the
 * saved bytes of all PT_LOADs in their order, each as seven bits a byte, the lowest ones first, the eighth bit set but in the last
 * byte. Errors of the stream are the caller's to ask for (ferror). */
void pc_core_write_part(pc_core *core, const pc_touched *touched, const pc_redaction *redaction, bool arguments_known, const char *note,
                        size_t note_size, FILE *out);
/* Marks as blank, of what would be written, the known values wherever they are. */
void pc_core_blank_known(pc_core *core, pc_touched *touched, const pc_secrets *secrets);

#endif
