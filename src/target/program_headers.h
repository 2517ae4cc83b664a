/* Program headers of a module, read from the process's memory. */
#ifndef PC_TARGET_PROGRAM_HEADERS_H
#define PC_TARGET_PROGRAM_HEADERS_H

#include "target/core.h"

#define PC_MEMORY_PHDRS 64 /* looked at; modules have about a dozen */

/* Of the module whose ELF header is at that address; how many were read into phdrs, 0 where there is no ELF header. */
size_t pc_memory_phdrs(pc_core *core, pc_addr header, GElf_Phdr *phdrs, size_t room);

/* Run-time address minus address in the file, by the segment that holds the module's ELF header; false if none does. */
bool pc_phdrs_bias(const pc_core *core, pc_addr header, const GElf_Phdr *phdrs, size_t count, pc_addr *ret_bias);

#endif
