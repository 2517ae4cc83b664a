#include "target/machine.h"

#include <elf.h>

#define R64(index, name) {name, (index) * 8, 8}
#define R32(index, name) {name, (index) * 4, 4}

static const pc_register_layout x86_64_registers[] = {
    R64(0, "r15"),  R64(1, "r14"),       R64(2, "r13"),     R64(3, "r12"),     R64(4, "rbp"), R64(5, "rbx"),
    R64(6, "r11"),  R64(7, "r10"),       R64(8, "r9"),      R64(9, "r8"),      R64(10, "rax"), R64(11, "rcx"),
    R64(12, "rdx"), R64(13, "rsi"),      R64(14, "rdi"),    R64(15, "orig_rax"), R64(16, "rip"), R64(17, "cs"),
    R64(18, "eflags"), R64(19, "rsp"),   R64(20, "ss"),     R64(21, "fs_base"), R64(22, "gs_base"), R64(23, "ds"),
    R64(24, "es"),  R64(25, "fs"),       R64(26, "gs"),
};

static const pc_register_layout i386_registers[] = {
    R32(0, "ebx"), R32(1, "ecx"), R32(2, "edx"), R32(3, "esi"),       R32(4, "edi"),  R32(5, "ebp"),
    R32(6, "eax"), R32(7, "ds"),  R32(8, "es"),  R32(9, "fs"),        R32(10, "gs"),  R32(11, "orig_eax"),
    R32(12, "eip"), R32(13, "cs"), R32(14, "eflags"), R32(15, "esp"), R32(16, "ss"),
};

static const pc_machine machines[] = {
    {EM_X86_64, 64, "x86_64", x86_64_registers, PC_ARRAY_SIZE(x86_64_registers), "fs_base", "rip", false},
    {EM_386, 32, "i386", i386_registers, PC_ARRAY_SIZE(i386_registers), NULL, "eip", false},
    {EM_AARCH64, 64, "aarch64", NULL, 0, NULL, NULL, false},
    {EM_ARM, 32, "arm", NULL, 0, NULL, NULL, false},
    {EM_PPC64, 64, "ppc64", NULL, 0, NULL, NULL, false},
    {EM_S390, 64, "s390x", NULL, 0, NULL, NULL, false},
    {EM_RISCV, 64, "riscv64", NULL, 0, NULL, NULL, false},
    {EM_MIPS, 64, "mips64", NULL, 0, NULL, NULL, true},
    {EM_MIPS, 32, "mips", NULL, 0, NULL, NULL, true},
    {EM_PPC, 32, "ppc", NULL, 0, NULL, NULL, false},
};

const pc_machine *pc_machine_find(unsigned e_machine, unsigned bits)
{
    for (size_t i = 0; i < PC_ARRAY_SIZE(machines); i++)
        if (machines[i].e_machine == e_machine && machines[i].bits == bits)
            return &machines[i];
    return NULL;
}

pc_note_layout pc_note_layout_for(unsigned bits, size_t psinfo_size)
{
    if (bits == 64)
        return (pc_note_layout){
            .prstatus_signal = 12, .prstatus_pid = 32, .prstatus_registers = 112,
            .psinfo_uid = 16, .psinfo_id_size = 4, .psinfo_pid = 24, .psinfo_command = 40, .psinfo_arguments = 56,
            .siginfo_union = 16,
        };
    uint16_t id_size = psinfo_size == 124 ? 2 : 4, pid = psinfo_size == 124 ? 12 : 16;
    return (pc_note_layout){
        .prstatus_signal = 12, .prstatus_pid = 24, .prstatus_registers = 72,
        .psinfo_uid = 8, .psinfo_id_size = id_size, .psinfo_pid = pid,
        .psinfo_command = (uint16_t)(pid + 16), .psinfo_arguments = (uint16_t)(pid + 32),
        .siginfo_union = 12,
    };
}
