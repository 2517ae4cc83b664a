#include "target/program_headers.h"

#include <string.h>

size_t pc_memory_phdrs(pc_core *core, pc_addr header, GElf_Phdr *phdrs, size_t room)
{
    uint8_t ident[EI_NIDENT];
    if (!pc_ok(pc_memory_read(&core->memory, header, ident, sizeof(ident))) || memcmp(ident, ELFMAG, SELFMAG))
        return 0;
    bool wide = ident[EI_CLASS] == ELFCLASS64;
    uint64_t phoff, entry, count;
    if (!pc_ok(pc_memory_uint(&core->memory, header + (wide ? 32 : 28), wide ? 8 : 4, &phoff)) ||
        !pc_ok(pc_memory_uint(&core->memory, header + (wide ? 54 : 42), 2, &entry)) ||
        !pc_ok(pc_memory_uint(&core->memory, header + (wide ? 56 : 44), 2, &count)))
        return 0;
    size_t n = 0;
    for (; n < count && n < room; n++) {
        pc_addr at = header + phoff + n * entry;
        uint64_t type, flags, offset, vaddr, filesz, memsz, align;
        size_t w = wide ? 8 : 4;
        if (!pc_ok(pc_memory_uint(&core->memory, at, 4, &type)) ||
            !pc_ok(pc_memory_uint(&core->memory, at + (wide ? 4 : 24), 4, &flags)) ||
            !pc_ok(pc_memory_uint(&core->memory, at + (wide ? 8 : 4), w, &offset)) ||
            !pc_ok(pc_memory_uint(&core->memory, at + (wide ? 16 : 8), w, &vaddr)) ||
            !pc_ok(pc_memory_uint(&core->memory, at + (wide ? 32 : 16), w, &filesz)) ||
            !pc_ok(pc_memory_uint(&core->memory, at + (wide ? 40 : 20), w, &memsz)) ||
            !pc_ok(pc_memory_uint(&core->memory, at + (wide ? 48 : 28), w, &align)))
            break;
        phdrs[n] = (GElf_Phdr){.p_type = (uint32_t)type, .p_flags = (uint32_t)flags, .p_offset = offset, .p_vaddr = vaddr,
                               .p_filesz = filesz, .p_memsz = memsz, .p_align = align};
    }
    return n;
}

bool pc_phdrs_bias(const pc_core *core, pc_addr header, const GElf_Phdr *phdrs, size_t count, pc_addr *ret_bias)
{
    for (size_t i = 0; i < count; i++)
        if (phdrs[i].p_type == PT_LOAD && phdrs[i].p_offset < core->page_size) {
            *ret_bias = header - (phdrs[i].p_vaddr - phdrs[i].p_offset);
            return true;
        }
    return false;
}
