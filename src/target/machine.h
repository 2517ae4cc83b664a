/* What differs between machines in a Linux core file, as data: note layouts and registers. Nothing else in pycore
 * knows a machine. Layouts are the kernel's ABI: struct elf_prstatus and elf_prpsinfo of linux/elfcore.h,
 * struct user_regs_struct of each architecture's asm/user.h, siginfo of asm-generic/siginfo.h. */
#ifndef PC_TARGET_MACHINE_H
#define PC_TARGET_MACHINE_H

#include "base/types.h"

typedef struct pc_register_layout {
    const char *name;
    uint16_t offset; /* from pr_reg */
    uint8_t size;
} pc_register_layout;

typedef struct pc_machine {
    uint16_t e_machine;
    unsigned bits;
    const char *name; /* as the report says it */
    const pc_register_layout *registers;
    size_t register_count;
    const char *thread_pointer; /* the register whose value glibc and musl use as pthread_t, or NULL */
    const char *program_counter; /* the register of that, or NULL */
    bool is_mips;               /* si_code before si_errno, and other numbers for signals from 7 on */
} pc_machine;

/* NULL for a machine of which nothing is known. */
const pc_machine *pc_machine_find(unsigned e_machine, unsigned bits);

/* Offsets in the notes, by class. */
typedef struct pc_note_layout {
    uint16_t prstatus_signal, prstatus_pid, prstatus_registers; /* pr_cursig (16 bit), pr_pid, pr_reg */
    uint16_t psinfo_uid, psinfo_id_size, psinfo_pid, psinfo_command, psinfo_arguments;
    uint16_t siginfo_union; /* offset of si_pid, si_addr */
} pc_note_layout;

#define PC_PSINFO_COMMAND_SIZE 16
#define PC_PSINFO_ARGUMENTS_SIZE 80

/* psinfo_size tells 16 bit user ids (124 bytes) from 32 bit ones (128) on 32-bit machines. */
pc_note_layout pc_note_layout_for(unsigned bits, size_t psinfo_size);

#endif
